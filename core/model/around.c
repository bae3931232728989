/* The layers around every model: see model/around.h. */
#include "model/around.h"
#include "model/conformal.h"
#include "numeric/summary.h"
#include <stdio.h>
#include <string.h>

void jv_around_free(jv_ctx *cx, jv_around *around) {
  if (!around) return;
  jv_fit_free(cx, around->core);
  jv_free(cx, around->y);
  jv_free(cx, around->x);
  jv_free(cx, around->pool);
  jv_errors_free(cx, around->errors);
  jv_free(cx, around);
}

static jv_status copy_reals(jv_ctx *cx, const double *from, size_t n, double **out) {
  if (!from) return JV_OK;
  *out = JV_ARRAY(cx, double, n);
  if (!*out) return JV_ENOMEM;
  if (n) memcpy(*out, from, n * sizeof **out);
  return JV_OK;
}

/* Options, map and observations, before there is a fit. */
static jv_status new_around(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                            const jv_around *like, jv_around **out) {
  jv_around *a = JV_NEW(cx, jv_around);
  if (!a) return JV_ENOMEM;
  a->common = like ? like->common : *sample->common;
  if (sample->start) {
    a->dated = true;
    a->start = *sample->start;
  }
  jv_status status = jv_common_check(cx, cls->name, &a->common);
  if (status == JV_OK) status = copy_reals(cx, sample->y, sample->n, &a->y);
  if (status == JV_OK) status = copy_reals(cx, sample->x, sample->n * sample->k, &a->x);
  if (like)
    a->map = like->map;
  else if (status == JV_OK)
    status = jv_map_choose(cx, cls->name, &a->common, a->y, sample->n, sample->m, &a->map);
  if (status != JV_OK) {
    jv_around_free(cx, a);
    return status;
  }
  *out = a;
  return JV_OK;
}

/* ---- the fit that a transformed model shows ---- */

static void show_values(const jv_around *a, jv_fit *fit, size_t from) {
  for (size_t t = from; t < fit->n; t++) {
    fit->fitted[t] = jv_map_inverse(&a->map, a->core->fitted[t]);
    fit->residuals[t] = a->y[t] - fit->fitted[t];
  }
}

static void show_numbers(const jv_around *a, jv_fit *fit) {
  const jv_fit *core = a->core;
  char scale[64];
  fit->loglik = core->loglik;
  fit->n_params = core->n_params;
  fit->aic = core->aic;
  fit->aicc = core->aicc;
  fit->bic = core->bic;
  fit->sigma2 = core->sigma2;
  fit->converged = core->converged;
  fit->evaluations = core->evaluations;
  jv_map_describe(&a->map, scale, sizeof scale);
  snprintf(fit->form, sizeof fit->form, "%.60s of %.30s",
           core->form[0] ? core->form : fit->cls->name, scale);
}

jv_status jv_around_show(jv_ctx *cx, jv_fit *core, jv_around *around, jv_fit **out) {
  jv_sample like = {.n = core->n,
                    .m = core->m,
                    .id = core->id,
                    .seed = core->seed,
                    .k = core->k,
                    .x_names = (const char *const *)core->x_names};
  jv_fit *fit = NULL;
  around->core = core;
  jv_status status = jv_fit_blank(cx, core->cls, &like, core->opt, &fit);
  if (status != JV_OK) {
    jv_around_free(cx, around);
    return status;
  }
  fit->around = around;
  show_values(around, fit, 0);
  show_numbers(around, fit);
  *out = fit;
  return JV_OK;
}

/* ---- fitting ---- */

static jv_status fit_mapped(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                            const void *opt, const jv_fit *from, jv_around *a, jv_fit **core) {
  jv_sample mapped = *sample;
  double *z = JV_ARRAY(cx, double, sample->n);
  if (!z) return JV_ENOMEM;
  jv_status status = jv_map_forward(cx, cls->name, &a->map, sample->y, sample->n, 0, z);
  mapped.y = z;
  mapped.common = NULL;
  mapped.transformed = a->map.kind != JV_MAP_NONE;
  if (status == JV_OK) status = jv_fit_plain(cx, cls, &mapped, opt, from, core);
  jv_free(cx, z);
  return status;
}

/* What the method needs of the family can be told before any forecast is asked for. */
static jv_status check_method(jv_ctx *cx, const jv_model_class *cls, const jv_common *c) {
  bool paths = c->interval == JV_INTERVAL_SIMULATED || c->interval == JV_INTERVAL_BOOTSTRAP;
  if (c->interval == JV_INTERVAL_ANALYTIC && !(cls->tags & (JV_TAG_ANALYTIC | JV_TAG_SCRIPTED)))
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: has no intervals in closed form: interval = simulated or conformal",
                   cls->name);
  if (paths && !(cls->tags & JV_TAG_SIMULATE))
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: has no sample paths to read intervals off: interval = conformal",
                   cls->name);
  bool carried = (cls->tags & JV_TAG_ESTIMATION) != 0;
  if (c->parameter_uncertainty && !carried && (!cls->apply || !(cls->tags & JV_TAG_SIMULATE)))
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: cannot carry the uncertainty of its parameters: interval = "
                   "conformal_rolling measures it by refits",
                   cls->name);
  return JV_OK;
}

/* check_values of the untransformed y comes with the plain fit; infinite ones must not reach a map. */
static jv_status check_finite(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample) {
  for (size_t i = 0; i < sample->n; i++)
    if (isinf(sample->y[i]))
      return jv_fail(cx, JV_EDATA, "%s: observation %zu is infinite", cls->name, i + 1);
  return JV_OK;
}

jv_status jv_around_fit(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                        const void *opt, const jv_fit *from, jv_fit **out) {
  jv_around *a = NULL;
  jv_fit *core = NULL;
  const jv_around *like = from ? from->around : NULL;
  *out = NULL;
  JV_TRY(check_method(cx, cls, like ? &like->common : sample->common));
  JV_TRY(check_finite(cx, cls, sample));
  JV_TRY(new_around(cx, cls, sample, like, &a));
  jv_status status = fit_mapped(cx, cls, sample, opt, from ? jv_fit_core(from) : NULL, a, &core);
  if (status != JV_OK) {
    jv_around_free(cx, a);
    return status;
  }
  if (a->map.kind != JV_MAP_NONE) return jv_around_show(cx, core, a, out);
  core->around = a;
  *out = core;
  return JV_OK;
}

/* ---- new observations ---- */

static jv_status grow_copy(jv_ctx *cx, double **x, size_t n, const double *more, size_t k) {
  double *grown = jv_realloc(cx, *x, n + k, sizeof *grown);
  if (!grown) return JV_ENOMEM;
  memcpy(grown + n, more, k * sizeof *grown);
  *x = grown;
  return JV_OK;
}

static jv_status update_core(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                             size_t more) {
  jv_around *a = fit->around;
  if (!a->core) return fit->cls->update(cx, fit, y, x, more);
  double *z = JV_ARRAY(cx, double, more);
  if (!z) return JV_ENOMEM;
  jv_status status = jv_map_forward(cx, fit->cls->name, &a->map, y, more, fit->n, z);
  if (status == JV_OK) status = jv_fit_update(cx, a->core, z, x, more);
  jv_free(cx, z);
  return status;
}

jv_status jv_around_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more) {
  jv_around *a = fit->around;
  size_t n = fit->n;
  JV_TRY(jv_fit_grow(cx, fit, more));
  JV_TRY(grow_copy(cx, &a->y, n, y, more));
  if (fit->k) JV_TRY(grow_copy(cx, &a->x, n * fit->k, x, more * fit->k));
  JV_TRY(update_core(cx, fit, y, x, more));
  fit->n += more;
  if (a->core) show_values(a, fit, n);
  jv_free(cx, a->pool);
  a->pool = NULL;
  a->n_pool = 0;
  jv_errors_free(cx, a->errors);
  a->errors = NULL;
  return JV_OK;
}

/* ---- the observations on the model's scale ---- */

jv_status jv_around_mapped(jv_ctx *cx, const jv_fit *fit, size_t from, size_t to, double *z) {
  const jv_around *a = fit->around;
  return jv_map_forward(cx, fit->cls->name, &a->map, a->y + from, to - from, from, z);
}

jv_sample jv_around_sample(const jv_fit *fit, const double *z, size_t n) {
  const jv_around *a = fit->around;
  return (jv_sample){.y = z,
                     .n = n,
                     .m = fit->m,
                     .id = fit->id,
                     .seed = fit->seed,
                     .start = a->dated ? &a->start : NULL,
                     .x = a->x,
                     .k = fit->k,
                     .x_names = (const char *const *)fit->x_names,
                     .transformed = a->map.kind != JV_MAP_NONE};
}

/* ---- bootstrapped innovations ---- */

enum { FEWEST_INNOVATIONS = 5 };

/* Residuals over the root of their mean square, for families without the hook. */
static void scale_residuals(const jv_fit *fit, double *z) {
  double square = 0;
  size_t used = 0;
  for (size_t t = 0; t < fit->n; t++) {
    z[t] = fit->residuals[t];
    if (isnan(z[t])) continue;
    square += z[t] * z[t];
    used++;
  }
  double root = used ? sqrt(square / (double)used) : 0;
  for (size_t t = 0; t < fit->n; t++)
    if (root > 0) z[t] /= root;
}

/* Centred, those that there are. */
static jv_status fill_pool(jv_ctx *cx, const jv_fit *core, double *z, size_t *count) {
  if (core->cls->innovations)
    JV_TRY(core->cls->innovations(cx, core, z));
  else
    scale_residuals(core, z);
  double mean = jv_summary_mean(z, core->n);
  size_t n = 0;
  for (size_t t = 0; t < core->n; t++)
    if (isfinite(z[t])) z[n++] = z[t] - mean;
  if (n < FEWEST_INNOVATIONS)
    return jv_fail(cx, JV_EDATA,
                   "%s: bootstrapped intervals need at least %d residuals, this fit has %zu",
                   core->cls->name, FEWEST_INNOVATIONS, n);
  *count = n;
  return JV_OK;
}

static jv_status make_pool(jv_ctx *cx, const jv_fit *fit) {
  jv_around *a = fit->around;
  if (a->n_pool) return JV_OK;
  double *z = JV_ARRAY(cx, double, fit->n);
  if (!z) return JV_ENOMEM;
  for (size_t t = 0; t < fit->n; t++) z[t] = NAN;
  jv_status status = fill_pool(cx, jv_fit_core(fit), z, &a->n_pool);
  if (status != JV_OK) {
    jv_free(cx, z);
    return status;
  }
  a->pool = z;
  return JV_OK;
}

/* ---- paths ---- */

static jv_status draw_errors(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                             size_t n_paths, double *paths) {
  const jv_errors *errors;
  jv_forecast *fc = NULL;
  JV_TRY(jv_conformal_errors(cx, fit, h, &errors));
  for (size_t i = 0; i < h; i++)
    if (errors->count[i] == 0)
      return jv_fail(cx, JV_EUNSUPPORTED,
                     "%s: no error is known %zu steps ahead to draw paths from", fit->cls->name,
                     i + 1);
  JV_TRY(jv_forecast_plain(cx, jv_fit_core(fit), h, x, &fc));
  for (size_t k = 0; k < n_paths; k++) {
    jv_rng rng = jv_fit_rng(fit, k);
    memcpy(paths + k * h, fc->mean, h * sizeof *paths);
    jv_errors_draw(errors, h, &rng, paths + k * h);
  }
  jv_forecast_free(cx, fc);
  return JV_OK;
}

jv_status jv_around_draw(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                         double *paths) {
  const jv_around *a = fit->around;
  jv_fit shadow = *jv_fit_core(fit);
  shadow.around = NULL;
  shadow.seed = fit->seed; /* which a caller may have changed */
  if (a->common.interval == JV_INTERVAL_CONFORMAL ||
      a->common.interval == JV_INTERVAL_CONFORMAL_ROLLING)
    return draw_errors(cx, fit, h, x, n_paths, paths);
  if (a->common.interval == JV_INTERVAL_BOOTSTRAP) {
    JV_TRY(make_pool(cx, fit));
    shadow.pool = a->pool;
    shadow.n_pool = a->n_pool;
  }
  if (a->common.parameter_uncertainty && !(fit->cls->tags & JV_TAG_ESTIMATION))
    return jv_refit_draw(cx, fit, &shadow, h, x, n_paths, paths);
  return jv_simulate_plain(cx, &shadow, h, x, n_paths, paths);
}

jv_status jv_around_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                             size_t n_paths, double *paths) {
  JV_TRY(jv_around_draw(cx, fit, h, x, n_paths, paths));
  for (size_t i = 0; i < n_paths * h; i++) paths[i] = jv_map_inverse(&fit->around->map, paths[i]);
  return JV_OK;
}
