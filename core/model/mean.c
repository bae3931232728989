/* Mean: every future value has the mean of the past.
 *
 *   y[t] = mu + e[t],  e ~ N(0, sigma^2) independent
 *   mu    = mean of the n observed values,  s^2 = sum (y - mu)^2 / (n - 1)
 *   y[n+h] ~ mu + s * sqrt(1 + 1/n) * t(n - 1)     for every h
 *
 * The Student form carries the uncertainty of mu and of sigma. Missing values are left out. With
 * one observation the spread is unknown and the standard deviation infinite. Update moves no
 * parameter: mu and s stay as estimated.
 *
 * A sample path draws one mu + s*sqrt(1/n)*z and one sigma = s*sqrt(df/chi2), shared by its steps,
 * so sums over steps carry the uncertainty of mu.
 *
 * Source: Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2, 5.5.
 * Checked by: tests/core/test_simple.c, tests/conformance/simple.json */
#include "model/builtin.h"
#include "model/state.h"
#include "numeric/summary.h"
#include <stdio.h>

typedef struct mean_state {
  double mean, sd; /* mu and s; sd infinite from one observation */
  size_t used;     /* observed values */
} mean_state;

static const jv_option rows[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static jv_status mean_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  mean_state *s = JV_NEW(cx, mean_state);
  if (!s) return JV_ENOMEM;
  s->used = jv_summary_count(sample->y, sample->n);
  s->mean = jv_summary_mean(sample->y, sample->n);
  s->sd = s->used > 1 ? jv_summary_sd(sample->y, sample->n) : INFINITY;
  for (size_t i = 0; i < sample->n; i++) {
    fit->fitted[i] = s->mean;
    fit->residuals[i] = sample->y[i] - s->mean;
  }
  fit->sigma2 = s->sd * s->sd;
  fit->n_params = 2;
  snprintf(fit->form, sizeof fit->form, "Mean");
  fit->state = s;
  return JV_OK;
}

static jv_status mean_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const mean_state *s = fit->state;
  double used = (double)s->used;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_STUDENT;
  fc->df = s->used > 1 ? used - 1 : 1;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] = s->mean;
    fc->sd[i] = s->sd * sqrt(1 + 1 / used);
  }
  return JV_OK;
}

/* Gamma(a, 1) for a >= 1/2 by squeeze-free acceptance (Marsaglia & Tsang 2000, ACM TOMS 26,
 * 363-372); a below 1 by its own boost, gamma(a + 1) u^(1/a). */
static double draw_gamma(jv_rng *rng, double a) {
  double boost = 1;
  if (a < 1) {
    boost = pow(jv_rng_uniform(rng), 1 / a);
    a += 1;
  }
  double d = a - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double z = jv_rng_normal(rng), v = pow(1 + c * z, 3), u = jv_rng_uniform(rng);
    if (v > 0 && log(u) < z * z / 2 + d - d * v + d * log(v)) return boost * d * v;
  }
}

/* sqrt(df / chi-square(df)), which turns a normal into a Student. */
static double spread_factor(jv_rng *rng, double df) {
  return sqrt(df / (2 * draw_gamma(rng, df / 2)));
}

static jv_status mean_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                               size_t n_paths, double *paths) {
  (void)x;
  const mean_state *s = fit->state;
  if (isinf(s->sd)) return jv_fail(cx, JV_EDATA, "mean: no sample paths from one observed value");
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double sd = s->sd * spread_factor(&draws.rng, (double)s->used - 1);
    double mu = s->mean + sd * sqrt(1 / (double)s->used) * jv_rng_normal(&draws.rng);
    for (size_t i = 0; i < h; i++) paths[k * h + i] = mu + sd * jv_draw(&draws);
  }
  return JV_OK;
}

static jv_status mean_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)cx;
  (void)x;
  const mean_state *s = fit->state;
  for (size_t i = 0; i < k; i++) {
    fit->fitted[fit->n + i] = s->mean;
    fit->residuals[fit->n + i] = y[i] - s->mean;
  }
  return JV_OK;
}

static jv_status mean_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const mean_state *s = fit->state;
  JV_TRY(jv_state_set_real(cx, into, "mean", s->mean));
  JV_TRY(jv_state_set_real(cx, into, "sd", s->sd));
  return jv_state_set_count(cx, into, "used", s->used);
}

static jv_status mean_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  mean_state *s = fit->state;
  JV_TRY(jv_state_get_real(cx, from, "mean", &s->mean));
  JV_TRY(jv_state_get_real(cx, from, "sd", &s->sd));
  JV_TRY(jv_state_get_count(cx, from, "used", &s->used));
  if (s->used < 1 || !(s->sd >= 0)) return jv_fail(cx, JV_EPARSE, "mean: impossible state");
  return JV_OK;
}

const jv_model_class jv_model_mean = {
    .name = "mean",
    .title = "Mean of the past",
    .doc = "Forecasts the mean of all observed values, with Student intervals that carry the "
           "uncertainty of the mean. Missing values are left out. A yardstick for series without "
           "trend or season.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2",
    .tags = JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_UPDATE | JV_TAG_ESTIMATION,
    .options = rows,
    .min_n = 1,
    .fit = mean_fit,
    .forecast = mean_forecast,
    .simulate = mean_simulate,
    .update = mean_update,
    .save = mean_save,
    .load = mean_load,
    .state_size = sizeof(mean_state),
};
