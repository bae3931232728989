/* Naive and seasonal naive: the last value observed (of the season) is the forecast.
 *
 * With lag L = 1 (naive) or m (seasonal naive), c[t] the last value observed before t at a
 * distance that is a multiple of L:
 *   y[t] = c[t] + e[t],  e ~ N(0, sigma^2);  sigma^2 = mean of e^2 over the errors there are
 *   y[n+h] ~ N(last of its season, k sigma^2),  k = steps of L from that value to n + h
 *
 * Missing values are passed over: steps are counted from the value last observed, so a gap at the
 * end widens the intervals. With no error to measure (one value a season) the standard deviation is
 * infinite. Seasonal naive needs one observed value of every season. Update moves the last values
 * and keeps sigma. A path is a random walk per season.
 *
 * Source: Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2, 5.5.
 * Checked by: tests/core/test_simple.c, tests/conformance/simple.json */
#include "model/builtin.h"
#include "model/state.h"
#include <stdio.h>
#include <string.h>

typedef struct naive_state {
  size_t lag;
  double *last; /* lag values; last[i] belongs to step i + 1, i + 1 + lag, … ahead */
  double *age;  /* lag: steps of L from last[i] to step i + 1; 1 when it is of the last cycle */
} naive_state;

static const jv_option rows[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void naive_free(jv_ctx *cx, jv_fit *fit) {
  naive_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->last);
  jv_free(cx, s->age);
  jv_free(cx, s);
  fit->state = NULL;
}

static jv_status new_state(jv_ctx *cx, size_t lag, jv_fit *fit) {
  naive_state *s = JV_NEW(cx, naive_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->lag = lag;
  s->last = JV_ARRAY(cx, double, lag);
  if (s->last) s->age = JV_ARRAY(cx, double, lag);
  if (!s->age) {
    naive_free(cx, fit);
    return JV_ENOMEM;
  }
  for (size_t i = 0; i < lag; i++) {
    s->last[i] = NAN;
    s->age[i] = 0;
  }
  return JV_OK;
}

/* Takes one observation: its season is at the front; it moves to the back. */
static void advance(naive_state *s, double y, double *fitted, double *residual) {
  double last = s->last[0], age = s->age[0];
  *fitted = last;
  *residual = y - last;
  memmove(s->last, s->last + 1, (s->lag - 1) * sizeof *s->last);
  memmove(s->age, s->age + 1, (s->lag - 1) * sizeof *s->age);
  s->last[s->lag - 1] = isnan(y) ? last : y;
  s->age[s->lag - 1] = isnan(y) ? age + 1 : 1;
}

static double mean_square(const double *e, size_t n) {
  double sum = 0;
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(e[i])) {
      sum += e[i] * e[i];
      used++;
    }
  return used ? sum / (double)used : INFINITY;
}

static jv_status check_seasons(jv_ctx *cx, const jv_fit *fit) {
  const naive_state *s = fit->state;
  for (size_t i = 0; i < s->lag; i++)
    if (isnan(s->last[i]))
      return jv_fail(cx, JV_EDATA,
                     "%s: needs an observed value of each of the %zu seasons; the season of step "
                     "%zu ahead has none",
                     fit->cls->name, s->lag, i + 1);
  return JV_OK;
}

static jv_status fit_lag(jv_ctx *cx, const jv_sample *sample, size_t lag, jv_fit *fit) {
  JV_TRY(new_state(cx, lag, fit));
  for (size_t i = 0; i < sample->n; i++)
    advance(fit->state, sample->y[i], &fit->fitted[i], &fit->residuals[i]);
  jv_status status = check_seasons(cx, fit);
  if (status != JV_OK) {
    naive_free(cx, fit);
    return status;
  }
  fit->sigma2 = mean_square(fit->residuals, sample->n);
  fit->n_params = 1;
  return JV_OK;
}

/* Nothing but sigma is estimated. */
static jv_status naive_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const naive_state *s = from->state;
  JV_TRY(fit_lag(cx, sample, s->lag, fit));
  fit->sigma2 = from->sigma2;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  return JV_OK;
}

static jv_status naive_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  snprintf(fit->form, sizeof fit->form, "Naive");
  return fit_lag(cx, sample, 1, fit);
}

static jv_status snaive_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  snprintf(fit->form, sizeof fit->form, "Seasonal naive [%zu]", sample->m);
  return fit_lag(cx, sample, sample->m, fit);
}

static jv_status naive_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const naive_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] = s->last[i % s->lag];
    size_t cycles = i / s->lag;
    fc->sd[i] = sqrt(fit->sigma2 * ((double)cycles + s->age[i % s->lag]));
  }
  return JV_OK;
}

static jv_status naive_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  (void)x;
  const naive_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  if (isinf(sigma))
    return jv_fail(cx, JV_EDATA, "%s: no sample paths, the series is too short to show an error",
                   fit->cls->name);
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double *path = paths + k * h;
    for (size_t i = 0; i < h; i++) {
      double z = sigma * jv_draw(&draws);
      path[i] = i < s->lag ? s->last[i] + sqrt(s->age[i]) * z : path[i - s->lag] + z;
    }
  }
  return JV_OK;
}

static jv_status naive_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++)
    advance(fit->state, y[i], &fit->fitted[fit->n + i], &fit->residuals[fit->n + i]);
  return JV_OK;
}

static jv_status naive_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const naive_state *s = fit->state;
  JV_TRY(jv_state_set_count(cx, into, "lag", s->lag));
  JV_TRY(jv_state_set_reals(cx, into, "last", s->last, s->lag));
  return jv_state_set_reals(cx, into, "age", s->age, s->lag);
}

static jv_status read_state(jv_ctx *cx, const struct cJSON *from, naive_state *s) {
  JV_TRY(jv_state_get_reals(cx, from, "last", s->last, s->lag));
  JV_TRY(jv_state_get_reals(cx, from, "age", s->age, s->lag));
  for (size_t i = 0; i < s->lag; i++)
    if (isnan(s->last[i]) || !(s->age[i] >= 1))
      return jv_fail(cx, JV_EPARSE, "impossible state of season %zu", i + 1);
  return JV_OK;
}

static jv_status naive_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  size_t lag;
  JV_TRY(jv_state_get_count(cx, from, "lag", &lag));
  /* counted before it is believed: a file may name any lag */
  if (lag < 1 || lag != jv_state_list_length(from, "last"))
    return jv_fail(cx, JV_EPARSE, "'last' does not have the %zu values of 'lag'", lag);
  JV_TRY(new_state(cx, lag, fit));
  jv_status status = read_state(cx, from, fit->state);
  if (status != JV_OK) naive_free(cx, fit);
  return status;
}

const jv_model_class jv_model_naive = {
    .name = "naive",
    .title = "Naive (random walk)",
    .doc = "Forecasts the last observed value; intervals widen with the square root of the number "
           "of steps from it. Missing values are passed over. The yardstick of skill scores.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2",
    .tags = JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_UPDATE,
    .options = rows,
    .min_n = 1,
    .fit = naive_fit,
    .apply = naive_apply,
    .forecast = naive_forecast,
    .simulate = naive_simulate,
    .update = naive_update,
    .save = naive_save,
    .load = naive_load,
    .free_state = naive_free,
};

const jv_model_class jv_model_snaive = {
    .name = "snaive",
    .title = "Seasonal naive",
    .doc = "Forecasts the last observed value of the same season (the same quarter a year ago); "
           "intervals widen with each whole season. Missing values are passed over; every season "
           "needs one observed value. With a seasonal period of 1 it is the naive model.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.2",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_UPDATE,
    .options = rows,
    .min_n = 1,
    .fit = snaive_fit,
    .apply = naive_apply,
    .forecast = naive_forecast,
    .simulate = naive_simulate,
    .update = naive_update,
    .save = naive_save,
    .load = naive_load,
    .free_state = naive_free,
};
