/* Kalman filter with exact diffuse start; see the header for the model.
 *
 * Step t, from the prediction a, P* (and Pi while something is diffuse):
 *   v = y - d - z'a,  M = P* z,  F = z'M + h,  Mi = Pi z,  Fi = z'Mi
 *   Fi > 0 (DK 5.2.2):  a  += Mi v / Fi,   Pi -= Mi Mi' / Fi
 *                       P* += Mi Mi' F / Fi^2 - (M Mi' + Mi M') / Fi
 *   else:               a  += M v / F,     P* -= M M' / F
 *   a = T a + c,  P* = T P* T' + R Q R',  Pi = T Pi T'
 * A missing y leaves the update out.
 *
 * Fi counts as zero below 1e-10 z'z: Pi starts as ones, and roundings of the updates are a few
 * epsilon. Each diffuse update takes one from the rank of Pi, so its end is counted, not measured.
 * T is sparse in every model here: the places of what is not zero are listed once, which makes the
 * step O(p * nonzeros) in place of O(p^3). */
#include "numeric/kalman.h"
#include <math.h>
#include <string.h>

#define LOG_2PI 1.8378770664093454836
#define DIFFUSE_ZERO 1e-10

jv_status jv_kalman_new(jv_ctx *cx, size_t p, size_t r, size_t n, jv_kalman_keep keep,
                        jv_kalman **out) {
  *out = NULL;
  jv_kalman *k = JV_NEW(cx, jv_kalman);
  if (!k) return JV_ENOMEM;
  k->p = p;
  k->r = r;
  k->n = n;
  k->keep = keep;
  size_t square = p * p, rows = keep >= JV_KALMAN_PREDICTIONS ? n : 0;
  size_t gains = keep >= JV_KALMAN_GAINS ? n : 0, covs = keep >= JV_KALMAN_STATES ? n : 0;
  size_t fixed = 3 * p + 4 * square;
  double *at =
      jv_calloc(cx, fixed + 4 * rows + 2 * gains * p + covs * (p + 2 * square) + 1, sizeof *at);
  k->places = JV_ARRAY(cx, size_t, square + 1);
  k->starts = JV_ARRAY(cx, size_t, p + 1);
  k->block = at;
  if (!at || !k->places || !k->starts) {
    jv_kalman_free(cx, k);
    return JV_ENOMEM;
  }
  const struct {
    double **part;
    size_t size;
  } parts[] = {{&k->a, p},
               {&k->work, 2 * p + square},
               {&k->p_star, square},
               {&k->p_inf, square},
               {&k->noise, square},
               {&k->mean, rows},
               {&k->f, rows},
               {&k->v, rows},
               {&k->f_inf, rows},
               {&k->gain, gains * p},
               {&k->gain_inf, gains * p},
               {&k->states, covs * p},
               {&k->covs, covs * square},
               {&k->covs_inf, covs * square}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    *parts[i].part = at;
    at += parts[i].size;
  }
  *out = k;
  return JV_OK;
}

void jv_kalman_free(jv_ctx *cx, jv_kalman *k) {
  if (!k) return;
  jv_free(cx, k->places);
  jv_free(cx, k->starts);
  jv_free(cx, k->block);
  jv_free(cx, k);
}

void jv_ssm_advance(const jv_ssm *s, size_t t, const double *a, double *out) {
  const double *row = jv_ssm_t(s, t), *c = s->c ? s->c + t * s->c_step : NULL;
  for (size_t i = 0; i < s->p; i++, row += s->p) {
    double sum = c ? c[i] : 0;
    for (size_t j = 0; j < s->p; j++)
      if (row[j] != 0) sum += row[j] * a[j];
    out[i] = sum;
  }
}

/* R diag(q) R' at step t into k->noise. */
static void make_noise(jv_kalman *k, const jv_ssm *s, size_t t) {
  const double *rr = s->rr + t * s->rr_step, *q = s->q + t * s->q_step;
  size_t p = s->p, r = s->r;
  memset(k->noise, 0, p * p * sizeof *k->noise);
  for (size_t j = 0; j < r; j++)
    for (size_t i = 0; i < p; i++) {
      double left = rr[i * r + j] * q[j];
      if (left == 0) continue;
      for (size_t l = 0; l <= i; l++) k->noise[i * p + l] += left * rr[l * r + j];
    }
}

static void list_places(jv_kalman *k, const double *t) {
  size_t p = k->p, n = 0;
  for (size_t i = 0; i < p; i++) {
    k->starts[i] = n;
    for (size_t j = 0; j < p; j++)
      if (t[i * p + j] != 0) k->places[n++] = j;
  }
  k->starts[p] = n;
}

/* P = T P T' + noise (NULL: none); both halves of P stay filled. */
static void carry(jv_kalman *k, const double *t, const double *noise, double *cov) {
  size_t p = k->p;
  double *left = k->work + 2 * p;
  memset(left, 0, p * p * sizeof *left);
  for (size_t i = 0; i < p; i++)
    for (size_t e = k->starts[i]; e < k->starts[i + 1]; e++) {
      size_t j = k->places[e];
      double w = t[i * p + j];
      for (size_t c = 0; c < p; c++) left[i * p + c] += w * cov[j * p + c];
    }
  for (size_t i = 0; i < p; i++)
    for (size_t c = 0; c <= i; c++) {
      double sum = noise ? noise[i * p + c] : 0;
      for (size_t e = k->starts[c]; e < k->starts[c + 1]; e++)
        sum += left[i * p + k->places[e]] * t[c * p + k->places[e]];
      cov[i * p + c] = cov[c * p + i] = sum;
    }
}

/* P += w (x y' + y x') / 2, on both halves. */
static void add_outer(double *cov, size_t p, double w, const double *x, const double *y) {
  for (size_t i = 0; i < p; i++) {
    double a = 0.5 * w * x[i], b = 0.5 * w * y[i];
    for (size_t j = 0; j <= i; j++) {
      cov[i * p + j] += a * y[j] + b * x[j];
      cov[j * p + i] = cov[i * p + j];
    }
  }
}

/* out = P z; returns z' P z. */
static double project(const double *cov, const double *z, size_t p, double *out) {
  double sum = 0;
  memset(out, 0, p * sizeof *out);
  for (size_t j = 0; j < p; j++)
    if (z[j] != 0)
      for (size_t i = 0; i < p; i++) out[i] += cov[j * p + i] * z[j];
  for (size_t i = 0; i < p; i++) sum += z[i] * out[i];
  return sum;
}

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* What one step found, before the state moves. */
typedef struct innovation {
  double mean, v, f, f_inf;
  double *gain, *gain_inf;
} innovation;

static void keep(jv_kalman *k, size_t t, const innovation *now) {
  size_t p = k->p;
  if (k->keep >= JV_KALMAN_PREDICTIONS) {
    k->mean[t] = now->mean;
    k->v[t] = now->v;
    k->f[t] = now->f;
    k->f_inf[t] = now->f_inf;
  }
  if (k->keep >= JV_KALMAN_GAINS) {
    memcpy(k->gain + t * p, now->gain, p * sizeof *k->gain);
    memcpy(k->gain_inf + t * p, now->gain_inf, p * sizeof *k->gain);
  }
  if (k->keep >= JV_KALMAN_STATES) {
    memcpy(k->states + t * p, k->a, p * sizeof *k->a);
    memcpy(k->covs + t * p * p, k->p_star, p * p * sizeof *k->a);
    memcpy(k->covs_inf + t * p * p, k->p_inf, p * p * sizeof *k->a);
  }
}

static void observe(jv_kalman *k, const jv_ssm *s, size_t t, double y, bool diffuse,
                    innovation *now) {
  size_t p = k->p;
  const double *z = jv_ssm_z(s, t);
  now->gain = k->work;
  now->gain_inf = k->work + p;
  now->mean = jv_ssm_d(s, t) + dot(z, k->a, p);
  now->v = y - now->mean;
  now->f = project(k->p_star, z, p, now->gain) + jv_ssm_h(s, t);
  now->f_inf = 0;
  memset(now->gain_inf, 0, p * sizeof *now->gain_inf);
  if (!diffuse) return;
  now->f_inf = project(k->p_inf, z, p, now->gain_inf);
  if (!(now->f_inf > DIFFUSE_ZERO * dot(z, z, p))) now->f_inf = 0;
}

static void update_diffuse(jv_kalman *k, const innovation *now) {
  size_t p = k->p;
  double fi = now->f_inf;
  for (size_t i = 0; i < p; i++) k->a[i] += now->gain_inf[i] * (now->v / fi);
  add_outer(k->p_star, p, now->f / (fi * fi), now->gain_inf, now->gain_inf);
  add_outer(k->p_star, p, -2 / fi, now->gain, now->gain_inf);
  add_outer(k->p_inf, p, -1 / fi, now->gain_inf, now->gain_inf);
  k->sum_log_diffuse += log(fi);
  k->used_diffuse++;
}

/* False when the variance is not positive. */
static bool update_proper(jv_kalman *k, const innovation *now) {
  if (!(now->f > 0) || !isfinite(now->f)) return false;
  for (size_t i = 0; i < k->p; i++) k->a[i] += now->gain[i] * (now->v / now->f);
  add_outer(k->p_star, k->p, -1 / now->f, now->gain, now->gain);
  k->sum_log += log(now->f);
  k->sum_squares += now->v * now->v / now->f;
  k->used++;
  return true;
}

/* The state before the first step; returns the rank of what is diffuse. */
static size_t start(jv_kalman *k, const jv_ssm *s) {
  size_t p = k->p, rank = 0;
  k->sum_log = k->sum_squares = k->sum_log_diffuse = 0;
  k->used = k->used_diffuse = 0;
  for (size_t i = 0; i < p; i++) k->a[i] = s->a0 ? s->a0[i] : 0;
  for (size_t i = 0; i < p * p; i++) k->p_star[i] = s->p0 ? s->p0[i] : 0;
  memset(k->p_inf, 0, p * p * sizeof *k->p_inf);
  for (size_t i = 0; i < p; i++)
    if (s->diffuse && s->diffuse[i]) {
      k->p_inf[i * p + i] = 1;
      rank++;
    }
  return rank;
}

static void predict(jv_kalman *k, const jv_ssm *s, size_t t, bool diffuse) {
  const double *tt = jv_ssm_t(s, t);
  if (t == 0 || s->t_step) list_places(k, tt);
  if (t == 0 || s->rr_step || s->q_step) make_noise(k, s, t);
  jv_ssm_advance(s, t, k->a, k->work);
  memcpy(k->a, k->work, k->p * sizeof *k->a);
  carry(k, tt, k->noise, k->p_star);
  if (diffuse) carry(k, tt, NULL, k->p_inf);
}

double jv_kalman_run(jv_kalman *k, const jv_ssm *s, const double *y, size_t n) {
  size_t rank = start(k, s);
  k->steps = n;
  k->diffuse_end = rank ? n + 1 : 0;
  k->loglik = NAN;
  for (size_t t = 0; t < n; t++) {
    innovation now;
    observe(k, s, t, y ? y[t] : NAN, rank > 0, &now);
    keep(k, t, &now);
    if (!isnan(now.v)) {
      if (now.f_inf > 0) {
        update_diffuse(k, &now);
        if (--rank == 0) {
          memset(k->p_inf, 0, k->p * k->p * sizeof *k->p_inf);
          k->diffuse_end = t + 1;
        }
      } else if (!update_proper(k, &now))
        return NAN;
    }
    predict(k, s, t, rank > 0);
  }
  double all = (double)(k->used + k->used_diffuse);
  k->loglik = -0.5 * (all * LOG_2PI + k->sum_log + k->sum_squares + k->sum_log_diffuse);
  return k->loglik;
}
