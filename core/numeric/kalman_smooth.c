/* Smoothing backwards through the gains of a run, and the simulation smoother.
 *
 * With A = I - M z'/F (filtered form, so that L = T A), from r = 0, N = 0 at the end (DK 4.4):
 *   r <- z v/F + A' T' r,   N <- z z'/F + A' T' N T A
 *   E(a[t] | y) = a[t] + P r,   Var = P - P N P
 *   and means forwards without covariances: a^[t+1] = c + T a^[t] + R Q R' r[t]  (DK 4.6.2)
 * A missing y has A = I and no term in z.
 *
 * Diffuse steps: everything is expanded in 1/kappa, 1/(kappa Fi + F) = F1/kappa + F2/kappa^2 with
 * F1 = 1/Fi, F2 = -F/Fi^2; A = A0 + A1/kappa, A0 = I - Mi z'/Fi, A1 = -g z', g = M/Fi - Mi F/Fi^2;
 * r = r0 + r1/kappa, N = N0 + N1/kappa + N2/kappa^2. With B = T' N T of each order,
 *   r0 <- A0' T' r0                       r1 <- z v/Fi + A0' T' r1 + A1' T' r0
 *   N0 <- A0' B0 A0
 *   N1 <- F1 z z' + A0' B1 A0 + A1' B0 A0 + A0' B0 A1
 *   N2 <- F2 z z' + A0' B2 A0 + A1' B1 A0 + A0' B1 A1 + A1' B0 A1
 *   E = a + P* r0 + Pi r1,   Var = P* - P* N0 P* - P* N1 Pi - Pi N1 P* - Pi N2 Pi
 * N0 Pi = 0 throughout, which is why the terms in A2 fall out (DK 5.3 with N1 made symmetric). */
#include "numeric/kalman.h"
#include <math.h>
#include <string.h>

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* out = T' x at step t. */
static void pull(const jv_ssm *s, size_t t, const double *x, double *out) {
  const double *row = jv_ssm_t(s, t);
  memset(out, 0, s->p * sizeof *out);
  for (size_t i = 0; i < s->p; i++, row += s->p) {
    if (x[i] == 0) continue;
    for (size_t j = 0; j < s->p; j++)
      if (row[j] != 0) out[j] += row[j] * x[i];
  }
}

static void add(double *x, size_t p, double w, const double *z) {
  for (size_t i = 0; i < p; i++) x[i] += w * z[i];
}

/* r0 (and r1 while diffuse), which hold T' r already, through observation t. */
static void pull_observation(const jv_kalman *k, const double *z, size_t t, double *r0,
                             double *r1) {
  size_t p = k->p;
  const double *m = k->gain + t * p, *mi = k->gain_inf + t * p;
  double v = k->v[t], f = k->f[t], fi = k->f_inf[t];
  if (isnan(v)) return;
  if (fi > 0) {
    double m0 = dot(mi, r0, p), g0 = dot(m, r0, p) / fi - m0 * f / (fi * fi);
    add(r1, p, (v - dot(mi, r1, p)) / fi - g0, z);
    add(r0, p, -m0 / fi, z);
    return;
  }
  add(r1, p, -dot(m, r1, p) / f, z);
  add(r0, p, (v - dot(m, r0, p)) / f, z);
}

/* x += R diag(q) R' r at step t. */
static void add_disturbance(const jv_ssm *s, size_t t, const double *r, double *x) {
  const double *rr = s->rr + t * s->rr_step, *q = s->q + t * s->q_step;
  for (size_t j = 0; j < s->r; j++) {
    double u = 0;
    for (size_t i = 0; i < s->p; i++) u += rr[i * s->r + j] * r[i];
    u *= q[j];
    for (size_t i = 0; i < s->p; i++) x[i] += rr[i * s->r + j] * u;
  }
}

/* The smoothed first state from r0, r1 before it. */
static void first_state(const jv_ssm *s, const double *r0, const double *r1, double *out) {
  size_t p = s->p;
  for (size_t i = 0; i < p; i++) {
    out[i] = s->a0 ? s->a0[i] : 0;
    if (s->p0) out[i] += dot(s->p0 + i * p, r0, p);
    if (s->diffuse && s->diffuse[i]) out[i] += r1[i];
  }
}

/* Row t+1 of states holds r[t] on the way back; the way forth puts the mean in its place. The three
 * vectors of scratch are those of the run, free by now. */
void jv_kalman_smooth_means(const jv_kalman *k, const jv_ssm *s, double *states) {
  size_t p = k->p, n = k->steps;
  double *r0 = k->work, *r1 = k->work + p, *pulled = k->work + 2 * p;
  if (n == 0) return;
  memset(r0, 0, 2 * p * sizeof *r0);
  for (size_t t = n; t-- > 0;) {
    if (t + 1 < n) memcpy(states + (t + 1) * p, r0, p * sizeof *r0);
    pull(s, t, r0, pulled);
    memcpy(r0, pulled, p * sizeof *r0);
    pull(s, t, r1, pulled);
    memcpy(r1, pulled, p * sizeof *r1);
    pull_observation(k, jv_ssm_z(s, t), t, r0, r1);
  }
  first_state(s, r0, r1, states);
  for (size_t t = 0; t + 1 < n; t++) {
    jv_ssm_advance(s, t, states + t * p, pulled);
    add_disturbance(s, t, states + (t + 1) * p, pulled);
    memcpy(states + (t + 1) * p, pulled, p * sizeof *pulled);
  }
}

/* ---- covariances ---- */

typedef struct backward {
  const jv_kalman *k;
  const jv_ssm *s;
  size_t p;
  double *n0, *n1, *n2, *left, *right; /* p*p each */
  double *x, *y;                       /* p */
} backward;

/* N = T' N T. */
static void pull_matrix(backward *b, size_t t, double *n) {
  size_t p = b->p;
  const double *tt = jv_ssm_t(b->s, t);
  for (size_t i = 0; i < p; i++) pull(b->s, t, n + i * p, b->left + i * p); /* N T, by rows */
  memset(n, 0, p * p * sizeof *n);
  for (size_t i = 0; i < p; i++)
    for (size_t j = 0; j < p; j++)
      if (tt[i * p + j] != 0) add(n + j * p, p, tt[i * p + j], b->left + i * p);
}

/* n += w z z' + z x' + x z'. */
static void add_z(double *n, size_t p, const double *z, double w, const double *x) {
  for (size_t i = 0; i < p; i++)
    for (size_t j = 0; j < p; j++) n[i * p + j] += w * z[i] * z[j] + z[i] * x[j] + x[i] * z[j];
}

/* out = w B m; returns m' B m. */
static double through(const double *matrix, const double *m, size_t p, double w, double *out) {
  for (size_t i = 0; i < p; i++) out[i] = w * dot(matrix + i * p, m, p);
  return w * w == 0 ? 0 : dot(m, out, p) / w;
}

/* N <- term z z' + A' N A with A = I - m z'/f. */
static void sandwich(backward *b, double *n, const double *z, const double *m, double f,
                     double term) {
  double mm = through(n, m, b->p, -1 / f, b->x);
  add_z(n, b->p, z, term + mm / (f * f), b->x);
}

/* N1, N2 += the terms in A1 = -g z' of B below them: A1' B A0 + A0' B A1 is
 * -z (B g)' - (B g) z' + 2 z z' (Mi' B g)/Fi. */
static void add_cross(backward *b, double *to, const double *below, const double *z,
                      const double *g, const double *mi, double fi) {
  through(below, g, b->p, -1, b->x);
  add_z(to, b->p, z, -2 * dot(mi, b->x, b->p) / fi, b->x);
}

static void matrices_diffuse(backward *b, size_t t, const double *z) {
  size_t p = b->p;
  const double *m = b->k->gain + t * p, *mi = b->k->gain_inf + t * p;
  double f = b->k->f[t], fi = b->k->f_inf[t];
  for (size_t i = 0; i < p; i++) b->y[i] = m[i] / fi - mi[i] * f / (fi * fi);
  double g00 = through(b->n0, b->y, p, 1, b->x);
  sandwich(b, b->n2, z, mi, fi, -f / (fi * fi) + g00);
  add_cross(b, b->n2, b->n1, z, b->y, mi, fi);
  sandwich(b, b->n1, z, mi, fi, 1 / fi);
  add_cross(b, b->n1, b->n0, z, b->y, mi, fi);
  sandwich(b, b->n0, z, mi, fi, 0);
}

static void matrices_back(backward *b, size_t t) {
  const double *z = jv_ssm_z(b->s, t), *m = b->k->gain + t * b->p;
  bool diffuse = t < b->k->diffuse_end;
  pull_matrix(b, t, b->n0);
  if (diffuse) {
    pull_matrix(b, t, b->n1);
    pull_matrix(b, t, b->n2);
  }
  if (isnan(b->k->v[t])) return;
  if (b->k->f_inf[t] > 0) {
    matrices_diffuse(b, t, z);
    return;
  }
  double f = b->k->f[t];
  sandwich(b, b->n0, z, m, f, 1 / f);
  if (!diffuse) return;
  sandwich(b, b->n1, z, m, f, 0);
  sandwich(b, b->n2, z, m, f, 0);
}

/* cov -= x N y + (its transpose when twice). */
static void take_product(backward *b, double *cov, const double *x, const double *n,
                         const double *y, bool twice) {
  size_t p = b->p;
  for (size_t i = 0; i < p; i++)
    for (size_t j = 0; j < p; j++) b->left[i * p + j] = dot(x + i * p, n + j * p, p);
  for (size_t i = 0; i < p; i++)
    for (size_t j = 0; j < p; j++) {
      double w = dot(b->left + i * p, y + j * p, p);
      cov[i * p + j] -= w;
      if (twice) cov[j * p + i] -= w;
    }
}

static void covariance_at(backward *b, size_t t, double *cov) {
  size_t square = b->p * b->p;
  const double *star = b->k->covs + t * square, *inf = b->k->covs_inf + t * square;
  memcpy(cov, star, square * sizeof *cov);
  take_product(b, cov, star, b->n0, star, false);
  if (t >= b->k->diffuse_end) return;
  take_product(b, cov, inf, b->n1, star, true);
  take_product(b, cov, inf, b->n2, inf, false);
}

jv_status jv_kalman_smooth(jv_ctx *cx, const jv_kalman *k, const jv_ssm *s, double *states,
                           double *covs) {
  size_t p = k->p, square = p * p;
  double *room = jv_calloc(cx, 4 * square + 2 * p, sizeof *room);
  if (!room) return JV_ENOMEM;
  backward b = {.k = k, .s = s, .p = p, .n0 = room, .n1 = room + square, .n2 = room + 2 * square};
  b.left = b.n2 + square;
  b.x = b.left + square;
  b.y = b.x + p;
  for (size_t t = k->steps; t-- > 0;) {
    matrices_back(&b, t);
    covariance_at(&b, t, covs + t * square);
  }
  jv_free(cx, room);
  jv_kalman_smooth_means(k, s, states);
  return JV_OK;
}

/* ---- the simulation smoother ---- */

/* x = L w with L L' = P0 (semidefinite); w standard normal. P0 is copied to `factor`. */
static bool draw_first(const jv_ssm *s, jv_rng *rng, double *factor, double *x) {
  size_t p = s->p;
  memset(x, 0, p * sizeof *x);
  if (!s->p0) return true;
  memcpy(factor, s->p0, p * p * sizeof *factor);
  for (size_t j = 0; j < p; j++) {
    double *pivot = factor + j * p, d = pivot[j], top = s->p0[j * p + j];
    double w = jv_rng_normal(rng);
    if (d < -1e-9 * top) return false;
    if (!(d > 1e-14 * top)) continue; /* a combination of those before it */
    d = sqrt(d);
    for (size_t i = j; i < p; i++) factor[i * p + j] /= d;
    for (size_t i = j + 1; i < p; i++)
      for (size_t l = j + 1; l <= i; l++)
        factor[i * p + l] -= factor[i * p + j] * factor[l * p + j];
    for (size_t i = j; i < p; i++) x[i] += factor[i * p + j] * w;
  }
  return true;
}

/* Unconditional states a+ without constants, and y - y+ into `rest` (NaN where y is). */
static void draw_plain(const jv_ssm *s, const double *y, size_t n, jv_rng *rng, double *states,
                       double *rest) {
  size_t p = s->p;
  jv_ssm plain = *s;
  plain.c = NULL;
  for (size_t t = 0; t < n; t++) {
    const double *at = states + t * p;
    double e = sqrt(jv_ssm_h(s, t)) * jv_rng_normal(rng);
    rest[t] = y[t] - dot(jv_ssm_z(s, t), at, p) - e;
    if (t + 1 == n) break;
    double *next = states + (t + 1) * p;
    jv_ssm_advance(&plain, t, at, next);
    const double *rr = s->rr + t * s->rr_step, *q = s->q + t * s->q_step;
    for (size_t j = 0; j < s->r; j++) {
      double u = sqrt(q[j]) * jv_rng_normal(rng);
      for (size_t i = 0; i < p; i++) next[i] += rr[i * s->r + j] * u;
    }
  }
}

/* Errors of prediction of y with the gains of the run. */
static void filter_means(jv_kalman *k, const jv_ssm *s, const double *y) {
  size_t p = k->p;
  double *a = k->work, *next = k->work + p;
  for (size_t i = 0; i < p; i++) a[i] = s->a0 ? s->a0[i] : 0;
  for (size_t t = 0; t < k->steps; t++) {
    double v = y[t] - jv_ssm_d(s, t) - dot(jv_ssm_z(s, t), a, p);
    k->v[t] = v;
    if (!isnan(v)) {
      bool diffuse = k->f_inf[t] > 0;
      const double *m = (diffuse ? k->gain_inf : k->gain) + t * p;
      add(a, p, v / (diffuse ? k->f_inf[t] : k->f[t]), m);
    }
    jv_ssm_advance(s, t, a, next);
    memcpy(a, next, p * sizeof *a);
  }
}

jv_status jv_kalman_draw(jv_ctx *cx, jv_kalman *k, const jv_ssm *s, const double *y, jv_rng *rng,
                         double *states) {
  size_t p = k->p, n = k->steps;
  if (n == 0) return JV_OK;
  double *plain = JV_ARRAY(cx, double, n *p + n + p * p);
  if (!plain) return JV_ENOMEM;
  double *rest = plain + n * p;
  bool proper = draw_first(s, rng, rest + n, plain);
  if (proper) {
    draw_plain(s, y, n, rng, plain, rest);
    filter_means(k, s, rest);
    jv_kalman_smooth_means(k, s, states);
    add(states, n * p, 1, plain);
  }
  jv_free(cx, plain);
  return proper ? JV_OK : jv_fail(cx, JV_ENUMERIC, "the first state's covariance is indefinite");
}

/* ---- the joint distribution ---- */

/* Column j of the covariance: x = P z moves on with T. */
static void joint_column(const jv_ssm *s, size_t n, size_t j, double *x, double *next,
                         double *cov) {
  size_t p = s->p;
  jv_ssm plain = *s;
  plain.c = NULL;
  for (size_t i = j; i < n; i++) {
    double value = dot(jv_ssm_z(s, i), x, p) + (i == j ? jv_ssm_h(s, i) : 0);
    cov[i * n + j] = cov[j * n + i] = value;
    jv_ssm_advance(&plain, i, x, next);
    memcpy(x, next, p * sizeof *x);
  }
}

jv_status jv_ssm_joint(jv_ctx *cx, const jv_ssm *s, size_t n, double *mean, double *cov) {
  size_t p = s->p;
  jv_kalman *k;
  JV_TRY(jv_kalman_new(cx, p, s->r, n, JV_KALMAN_STATES, &k));
  jv_kalman_run(k, s, NULL, n);
  for (size_t j = 0; j < n; j++) {
    mean[j] = k->mean[j];
    joint_column(s, n, j, k->gain + j * p, k->work, cov);
  }
  jv_kalman_free(cx, k);
  return JV_OK;
}
