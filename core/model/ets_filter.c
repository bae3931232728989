/* The recursions of ets.h, one loop for each pair of trend and season.
 *
 * A loop is bound by the chain of operations from one level to the next (about 16 cycles), so the
 * likelihood is left to a second pass whose operations do not wait for each other. */
#include "model/ets_engine.h"
#include <math.h>
#include <stdlib.h>

/* TREND, SEASON and DAMPED are constants at every call, so that each call becomes its own loop. */
JV_ETS_INLINE void run_over(const int TREND, const int SEASON, const bool DAMPED, jv_ets_run *run,
                            const double *y, size_t n, double *f) {
  const double alpha = run->par.alpha, beta = run->par.beta, gamma = run->par.gamma;
  const double phi = DAMPED ? run->par.phi : 1;
  double *ring = run->ring, level = run->level, slope = run->slope;
  size_t at = run->at, m = run->m;
  for (size_t t = 0; t < n; t++) {
    double carry = TREND == JV_ETS_NONE ? 0 : slope;
    if (DAMPED) carry = TREND == JV_ETS_MUL ? pow(slope, phi) : phi * slope;
    double q = level;
    if (TREND == JV_ETS_ADD) q = level + carry;
    if (TREND == JV_ETS_MUL) q = level * carry;
    double s = SEASON == JV_ETS_NONE ? 0 : ring[at];
    f[t] = SEASON == JV_ETS_ADD ? q + s : SEASON == JV_ETS_MUL ? q * s : q;
    double v = SEASON == JV_ETS_ADD ? y[t] - s - q : SEASON == JV_ETS_MUL ? y[t] / s - q : y[t] - q;
    if (__builtin_expect(isnan(y[t]), 0)) {
      level = q;
      slope = carry;
    } else {
      if (TREND == JV_ETS_ADD) slope = carry + beta * v;
      if (TREND == JV_ETS_MUL) slope = carry + beta * v / level;
      level = q + alpha * v;
      if (SEASON == JV_ETS_ADD) ring[at] = s + gamma * v;
      if (SEASON == JV_ETS_MUL) ring[at] = s + gamma * (y[t] / q - s);
    }
    if (SEASON != JV_ETS_NONE && ++at == m) at = 0;
  }
  run->level = level;
  run->slope = slope;
  run->at = at;
}

void jv_ets_filter(jv_ets_run *run, const double *y, size_t n, double *f) {
#define CASE(TREND, DAMPED)                                                                        \
  switch (run->form.season) {                                                                      \
  case JV_ETS_ADD:                                                                                 \
    run_over(TREND, JV_ETS_ADD, DAMPED, run, y, n, f);                                             \
    return;                                                                                        \
  case JV_ETS_MUL:                                                                                 \
    run_over(TREND, JV_ETS_MUL, DAMPED, run, y, n, f);                                             \
    return;                                                                                        \
  default:                                                                                         \
    run_over(TREND, JV_ETS_NONE, DAMPED, run, y, n, f);                                            \
    return;                                                                                        \
  }
  bool damped = run->form.damped;
  if (run->conventional) {
    jv_ets_conventional(run, y, n, f);
    return;
  }
  if (run->form.trend == JV_ETS_NONE) CASE(JV_ETS_NONE, false)
  if (run->form.trend == JV_ETS_ADD && !damped) CASE(JV_ETS_ADD, false)
  if (run->form.trend == JV_ETS_ADD) CASE(JV_ETS_ADD, true)
  if (!damped) CASE(JV_ETS_MUL, false)
  CASE(JV_ETS_MUL, true)
#undef CASE
}

/* A mean that is no number, as of a multiplicative trend that turned negative, fits nothing: fmax
 * alone would call it a perfect fit. */
double jv_ets_floor(double sse, double size) {
  return isnan(sse) ? INFINITY : fmax(sse, 1e-30 * size + 1e-300);
}

double jv_ets_half_deviance(jv_ets_kind error, const double *y, const double *f, size_t n,
                            double *sse, double *logs, size_t *n_used) {
  double sum = 0, product = 1, size = 0;
  long power = 0;
  size_t used = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(y[t])) continue;
    double e = y[t] - f[t];
    used++;
    if (error == JV_ETS_MUL) {
      e /= f[t];
      product *= f[t];
      if ((used & 7) == 0) { /* eight factors of a scaled series stay far from overflow */
        int more;
        product = frexp(product, &more);
        power += more;
      }
      size += 1;
    } else {
      size += y[t] * y[t];
    }
    sum += e * e;
  }
  *logs = error == JV_ETS_MUL ? log(fabs(product)) + (double)power * 0.69314718055994530942 : 0;
  *sse = jv_ets_floor(sum, size);
  *n_used = used;
  return 0.5 * (double)used * log(jv_ets_floor(sum, size)) + *logs;
}

void jv_ets_run_set(jv_ets_run *run, const double *states) {
  run->level = *states++;
  run->slope = run->form.trend == JV_ETS_NONE ? 0 : *states++;
  run->at = 0;
  if (run->form.season == JV_ETS_NONE) return;
  for (size_t j = 0; j < run->m; j++) run->ring[j] = states[run->m - 1 - j];
}

void jv_ets_run_get(const jv_ets_run *run, double *states) {
  *states++ = run->level;
  if (run->form.trend != JV_ETS_NONE) *states++ = run->slope;
  if (run->form.season == JV_ETS_NONE) return;
  for (size_t j = 0; j < run->m; j++) states[j] = run->ring[(run->at + run->m - 1 - j) % run->m];
}

jv_status jv_ets_evaluate(jv_ctx *cx, jv_ets_form form, jv_ets_par par, const double *states0,
                          const double *y, size_t n, size_t m, double *f, double *final,
                          double *loglik, double *sse) {
  if (form.error != JV_ETS_ADD && form.error != JV_ETS_MUL)
    return jv_fail(cx, JV_EINVAL, "ets: an additive or multiplicative error is needed");
  double *own = JV_ARRAY(cx, double, m + (f ? 0 : n));
  if (!own) return cx->status;
  jv_ets_run run = {.form = form, .par = par, .ring = own, .m = m};
  jv_ets_run_set(&run, states0);
  double *mean = f ? f : own + m, logs, sum;
  size_t used;
  jv_ets_filter(&run, y, n, mean);
  double half = jv_ets_half_deviance(form.error, y, mean, n, &sum, &logs, &used);
  if (loglik) *loglik = -half;
  if (sse) *sse = sum;
  if (final) jv_ets_run_get(&run, final);
  jv_free(cx, own);
  return JV_OK;
}
