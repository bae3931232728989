/* A regression explained, saved and loaded. */
#include "model/regression_state.h"
#include "model/state.h"
#include "numeric/distribution.h"
#include <stdio.h>
#include <string.h>

/* ---- explaining ---- */

static jv_status explain_coefficients(jv_ctx *cx, const jv_regression_state *s,
                                      struct cJSON *list) {
  for (size_t j = 0; j < s->p; j++) {
    char name[JV_DESIGN_NAME] = "(intercept)";
    struct cJSON *one;
    double se = s->aliased[j] ? NAN : sqrt(s->covariance[j * (s->p + 1)]);
    double t = s->coef[j] / se;
    if (j > 0) jv_design_name(&s->design, j - 1, name);
    JV_TRY(jv_state_add_object(cx, list, &one));
    JV_TRY(jv_state_set_text(cx, one, "name", name));
    JV_TRY(jv_state_set_real(cx, one, "estimate", s->coef[j]));
    JV_TRY(jv_state_set_real(cx, one, "se", se));
    JV_TRY(jv_state_set_real(cx, one, "t", t));
    JV_TRY(jv_state_set_real(cx, one, "p", 2 * jv_student_upper(fabs(t), s->df)));
  }
  return JV_OK;
}

static jv_status explain_trace(jv_ctx *cx, const jv_regression_state *s, struct cJSON *into) {
  struct cJSON *trace, *one;
  if (s->n_trials == 0) return JV_OK;
  JV_TRY(jv_state_set_list(cx, into, "trace", &trace));
  for (size_t i = 0; i < s->n_trials; i++) {
    JV_TRY(jv_state_add_object(cx, trace, &one));
    JV_TRY(jv_state_set_real(cx, one, "period", s->trials[i].period));
    JV_TRY(jv_state_set_real(cx, one, "fourier", s->trials[i].waves));
    JV_TRY(jv_state_set_real(cx, one, "aicc", s->trials[i].aicc));
  }
  return JV_OK;
}

static jv_status explain_waves(jv_ctx *cx, const jv_regression_state *s, struct cJSON *steps) {
  char text[160];
  for (size_t i = 0; i < s->design.n_periods && s->n_trials; i++) {
    snprintf(text, sizeof text, "K = %zu pairs of Fourier terms of period %zu by AICc",
             s->design.waves[i], s->design.period[i]);
    JV_TRY(jv_state_add_text(cx, steps, text));
  }
  return JV_OK;
}

static jv_status explain_steps(jv_ctx *cx, const jv_regression_state *s, struct cJSON *steps) {
  char text[200], name[JV_DESIGN_NAME];
  JV_TRY(explain_waves(cx, s, steps));
  for (size_t j = 1; j < s->p; j++) {
    if (!s->aliased[j]) continue;
    jv_design_name(&s->design, j - 1, name);
    snprintf(text, sizeof text, "%.60s is a combination of the columns before it and is left out",
             name);
    JV_TRY(jv_state_add_text(cx, steps, text));
  }
  snprintf(text, sizeof text,
           "R2 %.4g, adjusted %.4g; residual sd %.6g on %g degrees of freedom; F p-value %.3g",
           s->r2, s->adj_r2, s->sigma, s->df, s->f_p_value);
  JV_TRY(jv_state_add_text(cx, steps, text));
  snprintf(text, sizeof text, "mean squared leave-one-out error %.6g, Durbin-Watson %.3g", s->cv,
           s->durbin_watson);
  return jv_state_add_text(cx, steps, text);
}

/* The whole fit's numbers, by name: explained and saved alike. */
typedef struct number {
  const char *name;
  size_t offset;
} number;

static const number numbers[] = {{"sigma", offsetof(jv_regression_state, sigma)},
                                 {"df", offsetof(jv_regression_state, df)},
                                 {"r2", offsetof(jv_regression_state, r2)},
                                 {"adj_r2", offsetof(jv_regression_state, adj_r2)},
                                 {"f", offsetof(jv_regression_state, f)},
                                 {"f_p", offsetof(jv_regression_state, f_p_value)},
                                 {"cv", offsetof(jv_regression_state, cv)},
                                 {"durbin_watson", offsetof(jv_regression_state, durbin_watson)}};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static jv_status set_numbers(jv_ctx *cx, const jv_regression_state *s, struct cJSON *into) {
  for (size_t i = 0; i < NUMBERS; i++) {
    double value;
    memcpy(&value, (const char *)s + numbers[i].offset, sizeof value);
    JV_TRY(jv_state_set_real(cx, into, numbers[i].name, value));
  }
  return JV_OK;
}

jv_status jv_regression_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_regression_state *s = fit->state;
  struct cJSON *steps, *coefficients;
  JV_TRY(jv_state_set_list(cx, into, "steps", &steps));
  JV_TRY(explain_steps(cx, s, steps));
  JV_TRY(jv_state_set_list(cx, into, "coefficients", &coefficients));
  JV_TRY(explain_coefficients(cx, s, coefficients));
  JV_TRY(explain_trace(cx, s, into));
  return set_numbers(cx, s, into);
}

/* ---- saving ---- */

static jv_status save_design(jv_ctx *cx, const jv_design *d, struct cJSON *into) {
  double periods[JV_DESIGN_PERIODS], waves[JV_DESIGN_PERIODS], calendar[JV_CALENDAR_COUNT];
  double start[] = {(double)d->start.ordinal, d->start.freq.kind, d->start.freq.anchor};
  for (size_t i = 0; i < d->n_periods; i++) {
    periods[i] = (double)d->period[i];
    waves[i] = (double)d->waves[i];
  }
  for (size_t i = 0; i < JV_CALENDAR_COUNT; i++) calendar[i] = d->calendar[i];
  JV_TRY(jv_state_set_flag(cx, into, "trend", d->trend));
  JV_TRY(jv_state_set_count(cx, into, "dummies", d->dummies));
  JV_TRY(jv_state_set_count(cx, into, "offset", d->offset));
  JV_TRY(jv_state_set_reals(cx, into, "periods", periods, d->n_periods));
  JV_TRY(jv_state_set_reals(cx, into, "waves", waves, d->n_periods));
  JV_TRY(jv_state_set_reals(cx, into, "calendar", calendar, JV_CALENDAR_COUNT));
  return jv_state_set_reals(cx, into, "start", start, d->dated ? 3 : 0);
}

static jv_status save_trials(jv_ctx *cx, const jv_regression_state *s, struct cJSON *into) {
  double *flat = JV_ARRAY(cx, double, 3 * s->n_trials);
  if (!flat) return JV_ENOMEM;
  for (size_t i = 0; i < s->n_trials; i++) {
    flat[3 * i] = s->trials[i].period;
    flat[3 * i + 1] = s->trials[i].waves;
    flat[3 * i + 2] = s->trials[i].aicc;
  }
  jv_status status = jv_state_set_reals(cx, into, "trials", flat, 3 * s->n_trials);
  jv_free(cx, flat);
  return status;
}

jv_status jv_regression_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_regression_state *s = fit->state;
  struct cJSON *design;
  JV_TRY(jv_state_set_object(cx, into, "design", &design));
  JV_TRY(save_design(cx, &s->design, design));
  JV_TRY(jv_state_set_reals(cx, into, "coefficients", s->coef, s->p));
  JV_TRY(jv_state_set_reals(cx, into, "covariance", s->covariance, s->p * s->p));
  JV_TRY(set_numbers(cx, s, into));
  JV_TRY(save_trials(cx, s, into));
  return jv_state_set_reals(cx, into, "x", s->x, s->n * s->design.k);
}

/* ---- loading ---- */

static bool is_count(double x, double least, double most) {
  return x >= least && x <= most && x == floor(x);
}

static jv_status load_waves(jv_ctx *cx, const struct cJSON *from, jv_design *d) {
  double periods[JV_DESIGN_PERIODS], waves[JV_DESIGN_PERIODS];
  size_t n = jv_state_list_length(from, "periods");
  if (n > JV_DESIGN_PERIODS || jv_state_list_length(from, "waves") != n)
    return jv_fail(cx, JV_EPARSE, "'waves' does not fit the %zu periods", n);
  JV_TRY(jv_state_get_reals(cx, from, "periods", periods, n));
  JV_TRY(jv_state_get_reals(cx, from, "waves", waves, n));
  for (size_t i = 0; i < n; i++) {
    if (!is_count(periods[i], 2, 1e8) || !is_count(waves[i], 0, floor(periods[i] / 2)))
      return jv_fail(cx, JV_EPARSE, "impossible Fourier terms");
    d->period[i] = (size_t)periods[i];
    d->waves[i] = (size_t)waves[i];
  }
  d->n_periods = n;
  return JV_OK;
}

static jv_status load_start(jv_ctx *cx, const struct cJSON *from, jv_design *d) {
  double start[3];
  d->dated = jv_state_list_length(from, "start") == 3;
  if (!d->dated) return JV_OK;
  JV_TRY(jv_state_get_reals(cx, from, "start", start, 3));
  if (!is_count(start[0], -0x1p53, 0x1p53) || !is_count(start[1], JV_FREQ_A, JV_FREQ_H) ||
      !is_count(start[2], 0, 12))
    return jv_fail(cx, JV_EPARSE, "'start' is no period");
  d->start.ordinal = (int64_t)start[0];
  d->start.freq.kind = (uint8_t)start[1];
  d->start.freq.anchor = (uint8_t)start[2];
  return jv_period_valid(d->start) ? JV_OK : jv_fail(cx, JV_EPARSE, "'start' is no period");
}

static jv_status load_design(jv_ctx *cx, const struct cJSON *from, jv_design *d) {
  double calendar[JV_CALENDAR_COUNT];
  JV_TRY(jv_state_get_flag(cx, from, "trend", &d->trend));
  JV_TRY(jv_state_get_count(cx, from, "dummies", &d->dummies));
  JV_TRY(jv_state_get_count(cx, from, "offset", &d->offset));
  JV_TRY(jv_state_get_reals(cx, from, "calendar", calendar, JV_CALENDAR_COUNT));
  for (size_t i = 0; i < JV_CALENDAR_COUNT; i++) d->calendar[i] = calendar[i] == 1;
  JV_TRY(load_waves(cx, from, d));
  return load_start(cx, from, d);
}

static jv_status load_trials(jv_ctx *cx, const struct cJSON *from, jv_regression_state *s) {
  size_t n = jv_state_list_length(from, "trials");
  double *flat = JV_ARRAY(cx, double, n);
  if (!flat) return JV_ENOMEM;
  jv_status status = jv_state_get_reals(cx, from, "trials", flat, n);
  for (size_t i = 0; i + 2 < n && status == JV_OK; i += 3) {
    if (!is_count(flat[i], 2, 1e8) || !is_count(flat[i + 1], 0, 1e8))
      status = jv_fail(cx, JV_EPARSE, "'trials' holds an impossible one");
    else
      status = jv_regression_add_trial(cx, s, (size_t)flat[i], (size_t)flat[i + 1], flat[i + 2]);
  }
  jv_free(cx, flat);
  return status;
}

static jv_status load_numbers(jv_ctx *cx, const struct cJSON *from, jv_regression_state *s) {
  for (size_t i = 0; i < NUMBERS; i++) {
    double value;
    JV_TRY(jv_state_get_real(cx, from, numbers[i].name, &value));
    memcpy((char *)s + numbers[i].offset, &value, sizeof value);
  }
  if (s->sigma >= 0 && s->df > 0 && isfinite(s->df)) return JV_OK;
  return jv_fail(cx, JV_EPARSE, "impossible spread of a regression");
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_regression_state *s = fit->state;
  const struct cJSON *design;
  JV_TRY(jv_state_get_object(cx, from, "design", &design));
  JV_TRY(load_design(cx, design, &s->design));
  s->design.k = fit->k;
  /* counted before it is believed: a file may name any number of seasons */
  if (jv_state_list_length(from, "coefficients") != 1 + jv_design_columns(&s->design))
    return jv_fail(cx, JV_EPARSE, "'coefficients' does not fit the design");
  JV_TRY(jv_regression_make_room(cx, fit));
  JV_TRY(jv_state_get_reals(cx, from, "coefficients", s->coef, s->p));
  JV_TRY(jv_state_get_reals(cx, from, "covariance", s->covariance, s->p * s->p));
  for (size_t j = 0; j < s->p; j++) s->aliased[j] = isnan(s->coef[j]);
  JV_TRY(load_numbers(cx, from, s));
  JV_TRY(load_trials(cx, from, s));
  s->n = fit->n;
  s->x = JV_ARRAY(cx, double, fit->n * fit->k);
  if (!s->x) return JV_ENOMEM;
  return jv_state_get_reals(cx, from, "x", s->x, fit->n * fit->k);
}

jv_status jv_regression_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  fit->state = JV_NEW(cx, jv_regression_state);
  if (!fit->state) return JV_ENOMEM;
  jv_status status = load_state(cx, from, fit);
  if (status != JV_OK) jv_regression_free(cx, fit);
  return status;
}
