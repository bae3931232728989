/* Naive2: the naive forecast of the seasonally adjusted series, with its season put back.
 *
 *   x[t] = y[t] / S[t] when the series is seasonal by the test at 90 % (1.645), else y[t]
 *   y[n+h] = S[n+h] x[last],   sd = S[n+h] sigma sqrt(k)
 *
 * S by classical multiplicative decomposition; k = steps from the value last observed; sigma^2 =
 * mean of the squared one-step errors of x. The test needs three whole seasons, as in the M4
 * competition. Series with values of zero or below are adjusted additively: x = y - S, sd without
 * the factor.
 *
 * Missing values are passed over, in the test, the indices and the walk. One value gives an
 * infinite standard deviation. Update moves the last value; indices and sigma stay.
 *
 * Source: Makridakis, Spiliotis & Assimakopoulos (2020), The M4 Competition, IJF 36, 54-74, sec. 2.
 * Checked by: tests/core/test_simple.c, tests/conformance/simple.json */
#include "model/builtin.h"
#include "model/classical.h"
#include "model/state.h"
#include <stdio.h>

#define M4_QUANTILE 1.645 /* as the competition's program has it, not qnorm(0.95) in full */

typedef struct naive2_state {
  jv_adjust adjust;
  double last, age; /* of the adjusted series; age 1 when the last observation is there */
} naive2_state;

typedef struct naive2_opt {
  int seasonal;
} naive2_opt;

static const jv_option rows[] = {
    {"seasonal", JV_OPT_CHOICE, offsetof(naive2_opt, seasonal), JV_SEASONAL_AUTO, 0, 0,
     "seasonal adjustment; auto: by the autocorrelation test", JV_SEASONAL_CHOICES},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void naive2_free(jv_ctx *cx, jv_fit *fit) {
  naive2_state *s = fit->state;
  if (!s) return;
  jv_adjust_free(cx, &s->adjust);
  jv_free(cx, s);
  fit->state = NULL;
}

/* Takes observation t; gives the error of the adjusted series. */
static double advance(naive2_state *s, size_t t, double y, double *fitted, double *residual) {
  double x = jv_adjust_remove(&s->adjust, t, y), error = x - s->last;
  *fitted = jv_adjust_apply(&s->adjust, t, s->last);
  *residual = y - *fitted;
  if (isnan(x))
    s->age += 1;
  else {
    s->last = x;
    s->age = 1;
  }
  return error;
}

static void walk(naive2_state *s, const jv_sample *sample, jv_fit *fit) {
  double sum = 0;
  size_t used = 0;
  for (size_t t = 0; t < sample->n; t++) {
    double e = advance(s, t, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
    if (isnan(e)) continue;
    sum += e * e;
    used++;
  }
  fit->sigma2 = used ? sum / (double)used : INFINITY;
}

static jv_status naive2_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const naive2_opt *opt = fit->opt;
  naive2_state *s = JV_NEW(cx, naive2_state);
  if (!s) return JV_ENOMEM;
  jv_status status = jv_adjust_fit(cx, sample->y, sample->n, sample->m,
                                   jv_seasonal_of(opt->seasonal, sample->transformed),
                                   3 * sample->m, M4_QUANTILE, &s->adjust);
  if (status != JV_OK) {
    jv_free(cx, s);
    return jv_fail_in(cx, "naive2");
  }
  s->last = NAN;
  s->age = 1;
  walk(s, sample, fit);
  fit->n_params = s->adjust.index ? s->adjust.m : 1;
  snprintf(fit->form, sizeof fit->form, "Naive2");
  jv_adjust_describe(&s->adjust, fit->form, sizeof fit->form);
  fit->state = s;
  return JV_OK;
}

/* The season of another fit, on this sample. */
static jv_status naive2_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                              jv_fit *fit) {
  naive2_state *s = JV_NEW(cx, naive2_state);
  if (!s) return JV_ENOMEM;
  if (jv_adjust_copy(cx, &((const naive2_state *)from->state)->adjust, &s->adjust) != JV_OK) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  s->last = NAN;
  s->age = 1;
  walk(s, sample, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  fit->state = s;
  return JV_OK;
}

static double scale_at(const naive2_state *s, size_t t) {
  return s->adjust.multiplicative ? fabs(jv_adjust_index(&s->adjust, t)) : 1;
}

static jv_status naive2_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const naive2_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] = jv_adjust_apply(&s->adjust, fit->n + i, s->last);
    fc->sd[i] = scale_at(s, fit->n + i) * sqrt(fit->sigma2 * ((double)i + s->age));
  }
  return JV_OK;
}

static jv_status naive2_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                 size_t n_paths, double *paths) {
  (void)x;
  const naive2_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  if (isinf(sigma)) return jv_fail(cx, JV_EDATA, "naive2: no sample paths from one observed value");
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double level = s->last + sigma * sqrt(s->age - 1) * jv_draw(&draws);
    for (size_t i = 0; i < h; i++) {
      level += sigma * jv_draw(&draws);
      paths[k * h + i] = jv_adjust_apply(&s->adjust, fit->n + i, level);
    }
  }
  return JV_OK;
}

/* Errors of the adjusted series, which sigma is of. */
static jv_status naive2_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const naive2_state *s = fit->state;
  (void)cx;
  for (size_t t = 0; t < fit->n; t++) {
    double e = fit->residuals[t] / scale_at(s, t);
    z[t] = fit->sigma2 > 0 ? e / sqrt(fit->sigma2) : e;
  }
  return JV_OK;
}

static jv_status naive2_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                   const char *const **names, double *values) {
  static const char *const parts[] = {"level", "season"};
  const naive2_state *s = fit->state;
  (void)cx;
  *count = 2;
  *names = parts;
  if (values) jv_adjust_split(&s->adjust, fit->fitted, fit->n, values);
  return JV_OK;
}

static jv_status naive2_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                               size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++) {
    size_t t = fit->n + i;
    advance(fit->state, t, y[i], &fit->fitted[t], &fit->residuals[t]);
  }
  return JV_OK;
}

static jv_status naive2_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const naive2_state *s = fit->state;
  JV_TRY(jv_state_set_real(cx, into, "last", s->last));
  JV_TRY(jv_state_set_real(cx, into, "age", s->age));
  return jv_adjust_save(cx, &s->adjust, into);
}

static jv_status naive2_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  naive2_state *s = fit->state;
  JV_TRY(jv_state_get_real(cx, from, "last", &s->last));
  JV_TRY(jv_state_get_real(cx, from, "age", &s->age));
  if (isnan(s->last) || !(s->age >= 1)) return jv_fail(cx, JV_EPARSE, "naive2: impossible state");
  return jv_adjust_load(cx, from, fit->m, &s->adjust);
}

const jv_model_class jv_model_naive2 = {
    .name = "naive2",
    .title = "Naive2 (naive after seasonal adjustment)",
    .doc = "The M competitions' benchmark: where a test of the autocorrelation finds a season, the "
           "series is adjusted by classical multiplicative decomposition, the last adjusted value "
           "is carried forward, and the season is put back. Series with values of zero or below "
           "are adjusted additively. Missing values are passed over.",
    .source = "Makridakis, Spiliotis & Assimakopoulos (2020), The M4 Competition, IJF 36, 54-74",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(naive2_opt),
    .min_n = 1,
    .fit = naive2_fit,
    .apply = naive2_apply,
    .forecast = naive2_forecast,
    .simulate = naive2_simulate,
    .innovations = naive2_innovations,
    .components = naive2_components,
    .update = naive2_update,
    .save = naive2_save,
    .load = naive2_load,
    .state_size = sizeof(naive2_state),
    .free_state = naive2_free,
};
