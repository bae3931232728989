/* Random walk with drift: the line through the first and the last observation goes on.
 *
 *   y[t] = y[t-1] + b + e[t],  e ~ N(0, sigma^2)
 *   b       = (y[last] - y[first]) / d,   d = last - first in steps
 *   sigma^2 = sum e^2 / (number of errors - 1)
 *   y[last+k] ~ N(y[last] + k b, sigma^2 k (1 + k/d))
 *
 * The term k/d is the uncertainty of b. Missing values are passed over with true spacing: steps are
 * counted from the value last observed, and an error across a gap of k steps is y - (last + k b).
 * From two values there is no spread to measure: the standard deviation is infinite. Update moves
 * the last value; b, d and sigma stay. A path draws its own slope b + sigma/sqrt(d) z, so that sums
 * over steps carry the uncertainty of b.
 *
 * Source: Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2, 5.5.
 * Differs: R forecast divides the rise by the number of pairs observed, here by the true distance;
 * the two agree without gaps.
 * Checked by: tests/core/test_simple.c, tests/conformance/simple.json */
#include "model/builtin.h"
#include "model/state.h"
#include <stdio.h>

typedef struct drift_state {
  double last, age; /* the last observed value, and steps from it to one step ahead */
  double slope, span;
} drift_state;

static const jv_option rows[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* Slope, span and last value; last - first in two observed values at least. */
static void draw_line(const double *y, size_t n, drift_state *s) {
  size_t first = 0, last = n - 1;
  while (isnan(y[first])) first++;
  while (isnan(y[last])) last--;
  s->span = (double)(last - first);
  s->slope = (y[last] - y[first]) / s->span;
  s->last = NAN;
  s->age = 1;
}

static void advance(drift_state *s, double y, double *fitted, double *residual) {
  *fitted = s->last + s->age * s->slope;
  *residual = y - *fitted;
  if (isnan(y))
    s->age += 1;
  else {
    s->last = y;
    s->age = 1;
  }
}

static double variance(const double *e, size_t n) {
  double sum = 0;
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(e[i])) {
      sum += e[i] * e[i];
      used++;
    }
  return used > 1 ? sum / (double)(used - 1) : INFINITY;
}

static jv_status drift_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  drift_state *s = JV_NEW(cx, drift_state);
  if (!s) return JV_ENOMEM;
  draw_line(sample->y, sample->n, s);
  for (size_t i = 0; i < sample->n; i++)
    advance(s, sample->y[i], &fit->fitted[i], &fit->residuals[i]);
  fit->sigma2 = variance(fit->residuals, sample->n);
  fit->n_params = 2;
  snprintf(fit->form, sizeof fit->form, "Drift");
  fit->state = s;
  return JV_OK;
}

static jv_status drift_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const drift_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    double k = (double)i + s->age;
    fc->mean[i] = s->last + k * s->slope;
    fc->sd[i] = sqrt(fit->sigma2 * k * (1 + k / s->span));
  }
  return JV_OK;
}

static jv_status drift_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  (void)x;
  const drift_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  if (isinf(sigma)) return jv_fail(cx, JV_EDATA, "drift: no sample paths from two observed values");
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double slope = s->slope + sigma / sqrt(s->span) * jv_rng_normal(&draws.rng);
    double at = s->last + (s->age - 1) * slope + sigma * sqrt(s->age - 1) * jv_draw(&draws);
    for (size_t i = 0; i < h; i++) {
      at += slope + sigma * jv_draw(&draws);
      paths[k * h + i] = at;
    }
  }
  return JV_OK;
}

static jv_status drift_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++)
    advance(fit->state, y[i], &fit->fitted[fit->n + i], &fit->residuals[fit->n + i]);
  return JV_OK;
}

static jv_status drift_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const drift_state *s = fit->state;
  JV_TRY(jv_state_set_real(cx, into, "last", s->last));
  JV_TRY(jv_state_set_real(cx, into, "age", s->age));
  JV_TRY(jv_state_set_real(cx, into, "slope", s->slope));
  return jv_state_set_real(cx, into, "span", s->span);
}

static jv_status drift_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  drift_state *s = fit->state;
  JV_TRY(jv_state_get_real(cx, from, "last", &s->last));
  JV_TRY(jv_state_get_real(cx, from, "age", &s->age));
  JV_TRY(jv_state_get_real(cx, from, "slope", &s->slope));
  JV_TRY(jv_state_get_real(cx, from, "span", &s->span));
  if (isnan(s->last) || isnan(s->slope) || !(s->age >= 1) || !(s->span >= 1))
    return jv_fail(cx, JV_EPARSE, "drift: impossible state");
  return JV_OK;
}

const jv_model_class jv_model_drift = {
    .name = "drift",
    .title = "Random walk with drift",
    .doc = "Continues the straight line through the first and the last observed value; intervals "
           "carry the uncertainty of the slope. Missing values are passed over with true spacing.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2",
    .tags = JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_UPDATE | JV_TAG_ESTIMATION,
    .options = rows,
    .min_n = 2,
    .fit = drift_fit,
    .forecast = drift_forecast,
    .simulate = drift_simulate,
    .update = drift_update,
    .save = drift_save,
    .load = drift_load,
    .state_size = sizeof(drift_state),
};
