/* Kalman filter and smoothers against brute force: every state and observation of a short series as
 * a linear map of the diffuse start and of independent normals, conditioned by dense algebra.
 *
 *   a[t] = m[t] + D[t] delta + G[t] xi,  y = mu + X delta + S xi,  V = S S'
 *   delta^ = (X'V^-1 X)^-1 X'V^-1 (y - mu)
 *   log L  = -1/2 (N log 2 pi + log|V| + log|X'V^-1 X| + (y-mu-X delta^)' V^-1 (y-mu-X delta^)) */
#include "testing.h"
#include "base/rng.h"
#include "numeric/kalman.h"

enum { P = 3, R = 2, N = 9, XI = P + N * R + N, MAX = 64 };

/* ---- dense algebra ---- */

/* a (n*n, by rows) becomes its Cholesky factor; returns log|a|. */
static double cholesky(double *a, size_t n) {
  double sum = 0;
  for (size_t j = 0; j < n; j++) {
    for (size_t k = 0; k < j; k++)
      for (size_t i = j; i < n; i++) a[i * n + j] -= a[i * n + k] * a[j * n + k];
    assert_true(a[j * n + j] > 0);
    double d = sqrt(a[j * n + j]);
    sum += 2 * log(d);
    for (size_t i = j; i < n; i++) a[i * n + j] /= d;
  }
  return sum;
}

/* x = L^-1 x for n*k x by rows. */
static void forward(const double *l, size_t n, double *x, size_t k) {
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < k; c++) {
      for (size_t j = 0; j < i; j++) x[i * k + c] -= l[i * n + j] * x[j * k + c];
      x[i * k + c] /= l[i * n + i];
    }
}

/* out (k*l) = x' y for n*k x and n*l y. */
static void cross(const double *x, size_t k, const double *y, size_t l, size_t n, double *out) {
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < l; j++) {
      double sum = 0;
      for (size_t t = 0; t < n; t++) sum += x[t * k + i] * y[t * l + j];
      out[i * l + j] = sum;
    }
}

/* ---- a system at random, everything varying ---- */

typedef struct system {
  jv_ssm s;
  double z[N * P], h[N], t[N * P * P], rr[N * P * R], q[N * R], d[N], c[N * P], a0[P], p0[P * P];
  unsigned char diffuse[P];
  double y[N];
} system_t;

static void fill(jv_rng *rng, double *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = jv_rng_normal(rng);
}

static void make_system(system_t *m, uint64_t seed, unsigned diffuse, const char *missing) {
  jv_rng rng = jv_rng_keyed(seed, "kalman", NULL, 0);
  memset(m, 0, sizeof *m);
  fill(&rng, m->z, N * P);
  fill(&rng, m->t, N * P * P);
  for (size_t i = 0; i < N * P * P; i++) m->t[i] *= 0.6;
  fill(&rng, m->rr, N * P * R);
  fill(&rng, m->d, N);
  fill(&rng, m->c, N * P);
  fill(&rng, m->a0, P);
  fill(&rng, m->y, N);
  for (size_t t = 0; t < N; t++) {
    m->h[t] = 0.2 + jv_rng_uniform(&rng);
    for (size_t j = 0; j < R; j++) m->q[t * R + j] = jv_rng_uniform(&rng);
    m->y[t] = missing[t] == '.' ? NAN : 3 * m->y[t];
  }
  double root[P * P];
  fill(&rng, root, P * P);
  for (size_t i = 0; i < P; i++) m->diffuse[i] = (diffuse >> i) & 1;
  for (size_t i = 0; i < P; i++)
    for (size_t j = 0; j < P; j++)
      for (size_t l = 0; l < P; l++)
        if (!m->diffuse[i] && !m->diffuse[j]) m->p0[i * P + j] += root[i * P + l] * root[j * P + l];
  for (size_t i = 0; i < P; i++)
    if (m->diffuse[i]) m->a0[i] = 0; /* what a flat prior is around does not matter */
  m->s = (jv_ssm){.p = P,
                  .r = R,
                  .z = m->z,
                  .h = m->h,
                  .t = m->t,
                  .rr = m->rr,
                  .q = m->q,
                  .d = m->d,
                  .c = m->c,
                  .z_step = P,
                  .h_step = 1,
                  .t_step = P * P,
                  .rr_step = P * R,
                  .q_step = R,
                  .d_step = 1,
                  .c_step = P,
                  .a0 = m->a0,
                  .p0 = m->p0,
                  .diffuse = m->diffuse};
}

/* ---- brute force ---- */

typedef struct brute {
  size_t nd, used;
  double loglik;
  double mean[N * P], cov[N * P * P];
} brute;

typedef struct linear {
  double m[N * P], dd[N * P * P], g[N * P * XI]; /* by time, state */
  double mu[N], x[N * P], s[N * XI];             /* of the observed y */
} linear;

static void first(const system_t *m, linear *w, size_t nd) {
  double l[P * P];
  memcpy(l, m->p0, sizeof l);
  size_t k = 0;
  for (size_t j = 0; j < P; j++) { /* diffuse rows of P0 are zero: a pivot is left out */
    double d = l[j * P + j];
    if (d <= 1e-12) continue;
    d = sqrt(d);
    for (size_t i = j; i < P; i++) l[i * P + j] /= d;
    for (size_t i = j + 1; i < P; i++)
      for (size_t c = j + 1; c <= i; c++) l[i * P + c] -= l[i * P + j] * l[c * P + j];
    for (size_t i = j; i < P; i++) w->g[i * XI + j] = l[i * P + j];
  }
  for (size_t i = 0; i < P; i++) {
    w->m[i] = m->a0[i];
    if (m->diffuse[i]) w->dd[i * nd + k++] = 1;
  }
}

static void map_states(const system_t *m, linear *w, size_t nd) {
  memset(w, 0, sizeof *w);
  first(m, w, nd);
  for (size_t t = 0; t + 1 < N; t++)
    for (size_t i = 0; i < P; i++) {
      size_t to = (t + 1) * P + i;
      w->m[to] = m->c[t * P + i];
      for (size_t j = 0; j < P; j++) {
        double a = m->t[t * P * P + i * P + j];
        size_t from = t * P + j;
        w->m[to] += a * w->m[from];
        for (size_t e = 0; e < nd; e++) w->dd[to * nd + e] += a * w->dd[from * nd + e];
        for (size_t e = 0; e < XI; e++) w->g[to * XI + e] += a * w->g[from * XI + e];
      }
      for (size_t j = 0; j < R; j++)
        w->g[to * XI + P + t * R + j] += m->rr[t * P * R + i * R + j] * sqrt(m->q[t * R + j]);
    }
}

static size_t map_observed(const system_t *m, linear *w, size_t nd, double *y) {
  size_t used = 0;
  for (size_t t = 0; t < N; t++) {
    if (isnan(m->y[t])) continue;
    double mu = m->d[t];
    for (size_t j = 0; j < P; j++) {
      double z = m->z[t * P + j];
      mu += z * w->m[t * P + j];
      for (size_t e = 0; e < nd; e++) w->x[used * nd + e] += z * w->dd[(t * P + j) * nd + e];
      for (size_t e = 0; e < XI; e++) w->s[used * XI + e] += z * w->g[(t * P + j) * XI + e];
    }
    w->s[used * XI + P + N * R + t] = sqrt(m->h[t]);
    y[used++] = m->y[t] - mu;
  }
  return used;
}

/* E and Var of the states at t, by L^-1 of everything. */
static void condition(const linear *w, brute *b, const double *l, const double *y, const double *x,
                      const double *info, size_t t) {
  size_t n = b->used, nd = b->nd;
  double cay[MAX * P], gain[P * P + 1] = {0};
  for (size_t i = 0; i < n; i++) /* Cov(y, a[t]) */
    for (size_t j = 0; j < P; j++) {
      double sum = 0;
      for (size_t e = 0; e < XI; e++) sum += w->s[i * XI + e] * w->g[(t * P + j) * XI + e];
      cay[i * P + j] = sum;
    }
  forward(l, n, cay, P);
  if (nd) cross(x, nd, cay, P, n, gain); /* nd * P */
  for (size_t j = 0; j < nd; j++)
    for (size_t i = 0; i < P; i++) gain[j * P + i] = w->dd[(t * P + i) * nd + j] - gain[j * P + i];
  if (nd) forward(info, nd, gain, P);
  double *mean = b->mean + t * P, *cov = b->cov + t * P * P;
  for (size_t i = 0; i < P; i++) {
    mean[i] = w->m[t * P + i];
    for (size_t e = 0; e < n; e++) mean[i] += cay[e * P + i] * y[e];
    for (size_t e = 0; e < nd; e++) mean[i] += gain[e * P + i] * y[n + e];
    for (size_t j = 0; j < P; j++) {
      double sum = 0;
      for (size_t e = 0; e < XI; e++)
        sum += w->g[(t * P + i) * XI + e] * w->g[(t * P + j) * XI + e];
      for (size_t e = 0; e < n; e++) sum -= cay[e * P + i] * cay[e * P + j];
      for (size_t e = 0; e < nd; e++) sum += gain[e * P + i] * gain[e * P + j];
      cov[i * P + j] = sum;
    }
  }
}

static void solve_brute(const system_t *m, brute *b) {
  static linear w;
  double y[MAX], v[N * N], info[P * P + 1], delta[P + 1];
  b->nd = (size_t)(m->diffuse[0] + m->diffuse[1] + m->diffuse[2]);
  map_states(m, &w, b->nd);
  size_t n = b->used = map_observed(m, &w, b->nd, y), nd = b->nd;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      v[i * n + j] = 0;
      for (size_t e = 0; e < XI; e++) v[i * n + j] += w.s[i * XI + e] * w.s[j * XI + e];
    }
  double log_v = cholesky(v, n), log_i = 0, square = 0;
  forward(v, n, y, 1);
  if (nd) {
    forward(v, n, w.x, nd);
    cross(w.x, nd, w.x, nd, n, info);
    cross(w.x, nd, y, 1, n, delta);
    log_i = cholesky(info, nd);
    forward(info, nd, delta, 1); /* L_I^-1 X'V^-1 y: what gain is multiplied by */
  }
  for (size_t i = 0; i < n; i++) square += y[i] * y[i];
  for (size_t i = 0; i < nd; i++) square -= delta[i] * delta[i];
  b->loglik = -0.5 * ((double)n * log(6.283185307179586) + log_v + log_i + square);
  for (size_t i = 0; i < nd; i++) y[n + i] = delta[i];
  for (size_t t = 0; t < N; t++) condition(&w, b, v, y, w.x, info, t);
}

static const char *const gaps[] = {"xxxxxxxxx", ".xxx..xx.", "xx.xxxx.x"};

#define EACH_SYSTEM(m)                                                                             \
  for (unsigned diffuse = 0; diffuse < 8; diffuse++)                                               \
    for (size_t gap = 0; gap < 3; gap++)                                                           \
      for (uint64_t seed = 0; seed < 4 && (make_system(&(m), seed, diffuse, gaps[gap]), 1); seed++)

static void likelihood_is_the_density(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, P, R, N, JV_KALMAN_NOTHING, &k));
  static system_t m;
  static brute b;
  EACH_SYSTEM(m) {
    solve_brute(&m, &b);
    /* 1e-8: a diffuse step may divide by a small Fi, and dense algebra by a small pivot */
    assert_near(jv_kalman_run(k, &m.s, m.y, N), b.loglik, 1e-8, 1);
    assert_int_equal(k->used_diffuse, b.nd);
    assert_int_equal(k->used + k->used_diffuse, b.used);
  }
  jv_kalman_free(&cx, k);
}

static void smoother_is_the_conditional_moment(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, P, R, N, JV_KALMAN_STATES, &k));
  static system_t m;
  static brute b;
  double states[N * P], covs[N * P * P];
  EACH_SYSTEM(m) {
    solve_brute(&m, &b);
    jv_kalman_run(k, &m.s, m.y, N);
    assert_ok(&cx, jv_kalman_smooth(&cx, k, &m.s, states, covs));
    double size = 1;
    for (size_t i = 0; i < N * P * P; i++) size = fmax(size, fabs(b.cov[i]));
    for (size_t i = 0; i < N * P; i++) assert_near(states[i], b.mean[i], 1e-7, sqrt(size));
    for (size_t i = 0; i < N * P * P; i++) assert_near(covs[i], b.cov[i], 1e-7, size);
  }
  jv_kalman_free(&cx, k);
}

static void draws_have_the_smoothed_moments(void **state) {
  (void)state;
  enum { DRAWS = 20000 };
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, P, R, N, JV_KALMAN_GAINS, &k));
  static system_t m;
  static brute b;
  static double sum[N * P], square[N * P * P];
  for (unsigned diffuse = 0; diffuse < 8; diffuse += 5) { /* none, and two of three */
    make_system(&m, 2, diffuse, gaps[1]);
    solve_brute(&m, &b);
    jv_kalman_run(k, &m.s, m.y, N);
    jv_rng rng = jv_rng_keyed(0, "draw", NULL, diffuse);
    memset(sum, 0, sizeof sum);
    memset(square, 0, sizeof square);
    for (size_t i = 0; i < DRAWS; i++) {
      double x[N * P];
      assert_ok(&cx, jv_kalman_draw(&cx, k, &m.s, m.y, &rng, x));
      for (size_t t = 0; t < N; t++)
        for (size_t a = 0; a < P; a++) {
          double da = x[t * P + a] - b.mean[t * P + a];
          sum[t * P + a] += da / DRAWS;
          for (size_t c = 0; c < P; c++)
            square[(t * P + a) * P + c] += da * (x[t * P + c] - b.mean[t * P + c]) / DRAWS;
        }
    }
    for (size_t t = 0; t < N; t++)
      for (size_t a = 0; a < P; a++) {
        const double *cov = b.cov + t * P * P;
        double va = cov[a * P + a];
        assert_near(sum[t * P + a], 0, 5 * sqrt(va / DRAWS), 1); /* five standard errors */
        for (size_t c = 0; c < P; c++) {
          double se = sqrt((va * cov[c * P + c] + pow(cov[a * P + c], 2)) / DRAWS);
          assert_near(square[(t * P + a) * P + c], cov[a * P + c], 5 * se, 1);
        }
      }
  }
  jv_kalman_free(&cx, k);
}

static void joint_is_the_likelihood(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  static system_t m;
  double mean[N], cov[N * N], rest[N], square = 0;
  make_system(&m, 3, 0, gaps[0]);
  assert_ok(&cx, jv_ssm_joint(&cx, &m.s, N, mean, cov));
  for (size_t i = 0; i < N; i++) rest[i] = m.y[i] - mean[i];
  double log_v = cholesky(cov, N);
  forward(cov, N, rest, 1);
  for (size_t i = 0; i < N; i++) square += rest[i] * rest[i];
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, P, R, N, JV_KALMAN_NOTHING, &k));
  assert_near(jv_kalman_run(k, &m.s, m.y, N), -0.5 * (N * log(6.283185307179586) + log_v + square),
              1e-10, 1);
  jv_kalman_free(&cx, k);
}

/* AR(2): y[1], y[2] have covariance s2 / D [1 - b, a; a, 1 - b], D = (1 + b)((1 - b)^2 - a^2). */
static void ar_likelihood_is_exact(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const double a = 1.3, b = -0.5, s2 = 0.7, y[] = {0.3, 1.2, 0.7, -0.2, -1.1, -0.4, 0.9, 1.5};
  double d = (1 + b) * ((1 - b) * (1 - b) - a * a), v0 = s2 * (1 - b) / d, v1 = s2 * a / d;
  double det = v0 * v0 - v1 * v1, want = log(6.283185307179586) * 8 + log(det);
  want += (v0 * (y[0] * y[0] + y[1] * y[1]) - 2 * v1 * y[0] * y[1]) / det;
  for (size_t t = 2; t < 8; t++) want += log(s2) + pow(y[t] - a * y[t - 1] - b * y[t - 2], 2) / s2;
  /* states y[t], b y[t-1] */
  const double z[] = {1, 0}, h = 0, t[] = {a, 1, b, 0}, rr[] = {1, 0};
  const double p0[] = {v0, b * v1, b * v1, b * b * v0};
  jv_ssm s = {.p = 2, .r = 1, .z = z, .h = &h, .t = t, .rr = rr, .q = &s2, .p0 = p0};
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, 2, 1, 8, JV_KALMAN_NOTHING, &k));
  assert_near(jv_kalman_run(k, &s, y, 8), -0.5 * want, 1e-12, 1);
  jv_kalman_free(&cx, k);
}

/* A local level without noise of its level is a mean: smoothed level, and its variance s2/n. */
static void a_fixed_level_is_the_mean(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const double one = 1, h = 2, q = 0, y[] = {3, NAN, 5, 10};
  const unsigned char diffuse = 1;
  jv_ssm s = {
      .p = 1, .r = 1, .z = &one, .h = &h, .t = &one, .rr = &one, .q = &q, .diffuse = &diffuse};
  jv_kalman *k;
  double states[4], covs[4];
  assert_ok(&cx, jv_kalman_new(&cx, 1, 1, 4, JV_KALMAN_STATES, &k));
  jv_kalman_run(k, &s, y, 4);
  assert_ok(&cx, jv_kalman_smooth(&cx, k, &s, states, covs));
  for (size_t t = 0; t < 4; t++) {
    assert_near(states[t], 6, 1e-14, 1);
    assert_near(covs[t], 2.0 / 3, 1e-14, 1);
  }
  jv_kalman_free(&cx, k);
}

/* Nothing observed: all stays diffuse, the likelihood is that of nothing. */
static void nothing_observed(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  static system_t m;
  make_system(&m, 1, 7, ".........");
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, P, R, N, JV_KALMAN_PREDICTIONS, &k));
  assert_true(jv_kalman_run(k, &m.s, m.y, N) == 0);
  assert_int_equal(k->diffuse_end, N + 1);
  assert_true(jv_kalman_run(k, &m.s, m.y, 0) == 0);
  make_system(&m, 1, 0, gaps[0]);
  m.h[2] = -1e6; /* a variance below zero is a result: NaN */
  assert_true(isnan(jv_kalman_run(k, &m.s, m.y, N)));
  jv_kalman_free(&cx, k);
}

static jv_status life(jv_ctx *cx) {
  static system_t m;
  make_system(&m, 1, 3, gaps[1]);
  jv_kalman *k;
  JV_TRY(jv_kalman_new(cx, P, R, N, JV_KALMAN_STATES, &k));
  double states[N * P], covs[N * P * P], mean[N], joint[N * N];
  jv_kalman_run(k, &m.s, m.y, N);
  jv_rng rng = jv_rng_keyed(1, "", NULL, 0);
  jv_status status = jv_kalman_smooth(cx, k, &m.s, states, covs);
  if (status == JV_OK) status = jv_kalman_draw(cx, k, &m.s, m.y, &rng, states);
  if (status == JV_OK) status = jv_ssm_joint(cx, &m.s, N, mean, joint);
  jv_kalman_free(cx, k);
  return status;
}

static void starves_cleanly(void **state) {
  (void)state;
  testing_starve(life, 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(likelihood_is_the_density),
      cmocka_unit_test(smoother_is_the_conditional_moment),
      cmocka_unit_test(draws_have_the_smoothed_moments),
      cmocka_unit_test(joint_is_the_likelihood),
      cmocka_unit_test(ar_likelihood_is_exact),
      cmocka_unit_test(a_fixed_level_is_the_mean),
      cmocka_unit_test(nothing_observed),
      cmocka_unit_test(starves_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
