/* What all families of ets do alike once they are fitted. */
#include "model/ets_forecast.h"
#include "model/ets_state.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- forecast */

enum { PATHS = 5000 };

jv_status jv_ets_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                          double *paths) {
  (void)x;
  const jv_ets_state *s = fit->state;
  if (isinf(fit->sigma2))
    return jv_fail(cx, JV_EDATA, "%s: no sample paths from one observed value", fit->cls->name);
  double *ring = JV_ARRAY(cx, double, s->m);
  if (!ring) return cx->status;
  jv_status status = JV_OK;
  for (size_t k = 0; k < n_paths && status == JV_OK; k++) {
    jv_ets_run run = jv_ets_state_run(s, s->last, ring);
    jv_draws draws = jv_fit_draws(fit, k);
    jv_ets_path(&run, fit->sigma2, &draws, h, paths + k * h);
    if (k % 256 == 0) status = jv_check_cancel(cx);
  }
  jv_free(cx, ring);
  return status;
}

jv_status jv_ets_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_ets_state *s = fit->state;
  bool analytic = jv_ets_has_variance(s->form);
  double **room = analytic ? &fc->sd : &fc->paths;
  *room = JV_ARRAY(cx, double, analytic ? fc->h : fc->h *PATHS);
  double *ring = *room ? JV_ARRAY(cx, double, s->m) : NULL;
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->last, ring);
  jv_ets_moments(&run, fit->sigma2, fc->h, fc->mean, fc->sd);
  jv_free(cx, ring);
  fc->dist = analytic ? JV_DIST_NORMAL : JV_DIST_PATHS;
  fc->mean_is_median = analytic;
  if (analytic) {
    for (size_t i = 0; i < fc->h; i++) fc->sd[i] = sqrt(fmax(fc->sd[i], 0));
    return JV_OK;
  }
  fc->n_paths = PATHS;
  return jv_ets_simulate(cx, fit, fc->h, NULL, PATHS, fc->paths);
}

/* ---- the rest */

jv_status jv_ets_components(jv_ctx *cx, const jv_fit *fit, size_t *count, const char *const **names,
                            double *values) {
  static const char *const plain[] = {"level", "slope"};
  static const char *const seasonal[] = {"level", "season"};
  static const char *const all[] = {"level", "slope", "season"};
  const jv_ets_state *s = fit->state;
  bool trend = s->form.trend != JV_ETS_NONE, season = s->form.season != JV_ETS_NONE;
  *names = trend && season ? all : season ? seasonal : plain;
  *count = trend && season ? 3 : trend || season ? 2 : 1;
  if (!values) return JV_OK;
  double *ring = JV_ARRAY(cx, double, s->m), f;
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->first, ring);
  for (size_t t = 0; t < s->skip * *count; t++) values[t % s->skip + t / s->skip * fit->n] = NAN;
  for (size_t t = s->skip; t < fit->n; t++) {
    double y = fit->fitted[t] + fit->residuals[t];
    size_t at = run.at;
    jv_ets_filter(&run, &y, 1, &f);
    values[t] = run.level;
    if (trend) values[fit->n + t] = run.slope;
    if (season) values[(trend ? 2 : 1) * fit->n + t] = ring[at];
  }
  jv_free(cx, ring);
  return JV_OK;
}

static bool multiplies(jv_ets_form form) {
  return form.error == JV_ETS_MUL || form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL;
}

/* What the form asks of another sample. */
static jv_status check_applied(jv_ctx *cx, const jv_ets_state *like, const jv_sample *sample,
                               const jv_fit *fit) {
  const char *name = fit->cls->name;
  if (sample->n <= like->skip)
    return jv_fail(cx, JV_EDATA, "%s: starts after %zu observations, this sample has %zu", name,
                   like->skip, sample->n);
  for (size_t t = 0; t < sample->n && multiplies(like->form); t++)
    if (sample->y[t] <= 0)
      return jv_fail(cx, JV_EDATA, "%s: the form multiplies: observation %zu is %g", name, t + 1,
                     sample->y[t]);
  return JV_OK;
}

/* Form, weights and start of another fit, on this sample. */
jv_status jv_ets_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const jv_ets_state *like = from->state;
  JV_TRY(check_applied(cx, like, sample, fit));
  double *ring = JV_ARRAY(cx, double, like->m);
  if (!ring) return JV_ENOMEM;
  if (jv_ets_state_new(cx, like->form, like->m, fit) != JV_OK) {
    jv_free(cx, ring);
    return JV_ENOMEM;
  }
  jv_ets_state *s = fit->state, own = *s;
  *s = *like;
  s->first = own.first;
  s->last = own.last;
  s->n_trials = 1; /* nothing else was tried here */
  s->trials[0] = (jv_ets_trial){.form = s->form, .verdict = JV_ETS_CHOSEN};
  memcpy(s->first, like->first, jv_ets_count_states(like->form, like->m) * sizeof *s->first);
  jv_ets_run run = jv_ets_state_run(s, s->first, ring);
  jv_ets_filter(&run, sample->y + s->skip, sample->n - s->skip, fit->fitted + s->skip);
  jv_ets_run_get(&run, s->last);
  for (size_t t = s->skip; t < sample->n; t++) fit->residuals[t] = sample->y[t] - fit->fitted[t];
  jv_free(cx, ring);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  return JV_OK;
}

jv_status jv_ets_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)x;
  jv_ets_state *s = fit->state;
  double *ring = JV_ARRAY(cx, double, s->m);
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->last, ring);
  jv_ets_filter(&run, y, k, fit->fitted + fit->n);
  for (size_t i = fit->n; i < fit->n + k; i++) fit->residuals[i] = y[i - fit->n] - fit->fitted[i];
  jv_ets_run_get(&run, s->last);
  jv_free(cx, ring);
  return JV_OK;
}

jv_status jv_ets_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  (void)cx;
  const jv_ets_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  for (size_t t = 0; t < fit->n; t++) {
    double r = fit->residuals[t];
    if (s->form.error == JV_ETS_MUL) r /= fit->fitted[t];
    z[t] = r == 0 ? 0 : r / sigma;
  }
  return JV_OK;
}
