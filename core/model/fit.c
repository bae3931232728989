/* The generic layer under every model: checks of the sample, memory, criteria, update, paths.
 *
 * A family may rely on what is checked here and must not check it again: y has no infinite values,
 * no NaN unless it has JV_TAG_MISSING, at least min_n observed values, y > 0 with JV_TAG_POSITIVE,
 * and m >= 1. */
#include "model/around.h"
#include "numeric/distribution.h"
#include <stdio.h>
#include <string.h>

static jv_status check_values(jv_ctx *cx, const jv_model_class *cls, const double *y, size_t n,
                              size_t first, size_t *observed) {
  *observed = 0;
  for (size_t i = 0; i < n; i++) {
    size_t at = first + i + 1;
    if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "%s: observation %zu is infinite", cls->name, at);
    if (isnan(y[i])) {
      if (cls->tags & JV_TAG_MISSING) continue;
      return jv_fail(cx, JV_EDATA,
                     "%s: observation %zu is missing, and this model needs a complete series: "
                     "interpolate it first, or choose a model that takes gaps",
                     cls->name, at);
    }
    if ((cls->tags & JV_TAG_POSITIVE) && y[i] <= 0)
      return jv_fail(cx, JV_EDATA, "%s: needs values above zero, observation %zu is %g", cls->name,
                     at, y[i]);
    ++*observed;
  }
  return JV_OK;
}

/* Regressors, n rows of k: all of them known. */
static jv_status check_regressors(jv_ctx *cx, const jv_model_class *cls, const double *x, size_t n,
                                  size_t k) {
  if (k > 0 && !(cls->tags & JV_TAG_REGRESSORS))
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: takes no regressors", cls->name);
  for (size_t i = 0; i < n * k; i++)
    if (!isfinite(x[i]))
      return jv_fail(cx, JV_EDATA, "%s: regressor %zu is %s at observation %zu", cls->name,
                     i % k + 1, isnan(x[i]) ? "missing" : "infinite", i / k + 1);
  return JV_OK;
}

static jv_status check_sample(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample) {
  if (sample->m < 1)
    return jv_fail(cx, JV_EINVAL, "%s: the seasonal period must be at least 1, got 0", cls->name);
  size_t observed, need = cls->min_n > 1 ? cls->min_n : 1;
  JV_TRY(check_values(cx, cls, sample->y, sample->n, 0, &observed));
  if (observed < need)
    return jv_fail(cx, JV_EDATA, "%s: needs at least %zu observed value%s, got %zu", cls->name,
                   need, need == 1 ? "" : "s", observed);
  return check_regressors(cx, cls, sample->x, sample->n, sample->k);
}

/* Copies of the regressors' names, or x1, x2, … */
static jv_status name_regressors(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  if (sample->k == 0) return JV_OK;
  fit->x_names = JV_ARRAY(cx, char *, sample->k);
  if (!fit->x_names) return JV_ENOMEM;
  fit->k = sample->k;
  for (size_t j = 0; j < fit->k; j++) {
    char number[32];
    snprintf(number, sizeof number, "x%zu", j + 1);
    fit->x_names[j] = jv_strdup(cx, sample->x_names ? sample->x_names[j] : number);
    if (!fit->x_names[j]) return JV_ENOMEM;
  }
  return JV_OK;
}

static void set_nan(double *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = NAN;
}

jv_status jv_fit_blank(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                       const void *opt, jv_fit **out) {
  jv_fit *fit = JV_NEW(cx, jv_fit);
  if (!fit) return JV_ENOMEM;
  fit->cls = cls;
  fit->n = sample->n;
  fit->m = sample->m;
  fit->seed = sample->seed;
  fit->loglik = fit->aic = fit->aicc = fit->bic = fit->sigma2 = NAN;
  fit->converged = true;
  fit->opt = jv_calloc(cx, 1, cls->opt_size);
  fit->fitted = JV_ARRAY(cx, double, sample->n);
  fit->residuals = JV_ARRAY(cx, double, sample->n);
  fit->id = jv_strdup(cx, sample->id ? sample->id : "");
  jv_status named = name_regressors(cx, sample, fit);
  if (!fit->opt || !fit->fitted || !fit->residuals || !fit->id || named != JV_OK) {
    jv_fit_free(cx, fit);
    jv_fail(cx, JV_ENOMEM, "%s: out of memory for %zu observations", cls->name, sample->n);
    return JV_ENOMEM;
  }
  if (opt)
    memcpy(fit->opt, opt, cls->opt_size);
  else
    jv_option_defaults(cls->options, fit->opt);
  set_nan(fit->fitted, fit->n);
  set_nan(fit->residuals, fit->n);
  *out = fit;
  return JV_OK;
}

jv_status jv_fit_plain(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                       const void *opt, const jv_fit *from, jv_fit **out) {
  *out = NULL;
  JV_TRY(jv_check_cancel(cx));
  if (opt && cls->check) JV_TRY(cls->check(cx, opt));
  JV_TRY(check_sample(cx, cls, sample));
  jv_fit *fit = NULL;
  JV_TRY(jv_fit_blank(cx, cls, sample, opt, &fit));
  jv_status status = from ? cls->apply(cx, from, sample, fit) : cls->fit(cx, sample, fit);
  if (status != JV_OK) {
    fit->state = NULL; /* a family frees what it made before it fails */
    jv_fit_free(cx, fit);
    return status;
  }
  *out = fit;
  return JV_OK;
}

jv_status jv_fit_new(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                     const void *opt, jv_fit **out) {
  if (!jv_common_is_plain(sample->common)) return jv_around_fit(cx, cls, sample, opt, NULL, out);
  return jv_fit_plain(cx, cls, sample, opt, NULL, out);
}

jv_status jv_fit_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit **out) {
  const jv_model_class *cls = from->cls;
  *out = NULL;
  if (!cls->apply)
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: cannot be applied to another series without a new fit",
                   cls->name);
  if (sample->k != from->k)
    return jv_fail(cx, JV_EINVAL, "%s: was fitted with %zu regressors, this sample has %zu",
                   cls->name, from->k, sample->k);
  if (!from->around) return jv_fit_plain(cx, cls, sample, from->opt, from, out);
  return jv_around_fit(cx, cls, sample, from->opt, from, out);
}

const jv_fit *jv_fit_core(const jv_fit *fit) {
  return fit->around && fit->around->core ? fit->around->core : fit;
}

void jv_fit_free(jv_ctx *cx, jv_fit *fit) {
  if (!fit) return;
  if (fit->state && fit->cls->free_state)
    fit->cls->free_state(cx, fit);
  else
    jv_free(cx, fit->state);
  jv_free(cx, fit->opt);
  jv_free(cx, fit->fitted);
  jv_free(cx, fit->residuals);
  jv_free(cx, fit->id);
  for (size_t j = 0; j < fit->k; j++) jv_free(cx, fit->x_names[j]);
  jv_free(cx, fit->x_names);
  jv_free(cx, fit->pool);
  jv_around_free(cx, fit->around);
  jv_free(cx, fit);
}

void jv_fit_criteria(jv_fit *fit, size_t n_used) {
  double k = (double)fit->n_params, n = (double)n_used;
  fit->aic = -2 * fit->loglik + 2 * k;
  fit->bic = -2 * fit->loglik + k * log(n);
  /* Hurvich & Tsai (1989); without a degree of freedom left it is no criterion at all */
  fit->aicc = n > k + 1 ? fit->aic + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
  if (isnan(fit->loglik)) fit->aicc = NAN;
}

jv_rng jv_fit_rng(const jv_fit *fit, size_t k) {
  return jv_rng_keyed(fit->seed, fit->id, fit->cls->name, k);
}

jv_status jv_check_given(jv_ctx *cx, const jv_fit *fit, const double *x, size_t rows) {
  if (fit->k == 0 && !x) return JV_OK;
  if (!x)
    return jv_fail(
        cx, JV_EINVAL,
        "%s: was fitted with %zu regressor%s (%s%s): their values are needed for each of "
        "the %zu new periods",
        fit->cls->name, fit->k, fit->k == 1 ? "" : "s", fit->x_names[0], fit->k == 1 ? "" : ", …",
        rows);
  if (fit->k == 0)
    return jv_fail(cx, JV_EINVAL,
                   "%s: was fitted without regressors, so it takes no values of them",
                   fit->cls->name);
  return check_regressors(cx, fit->cls, x, rows, fit->k);
}

jv_draws jv_fit_draws(const jv_fit *fit, size_t k) {
  jv_draws draws = {.rng = jv_fit_rng(fit, k), .pool = fit->pool, .n_pool = fit->n_pool};
  draws.joint = fit->joint != NULL;
  if (draws.joint) draws.places = jv_rng_keyed(fit->seed, fit->id, fit->joint, k);
  return draws;
}

double jv_draw(jv_draws *draws) {
  if (draws->n_pool == 0) return jv_rng_normal(&draws->rng);
  jv_rng *places = draws->joint ? &draws->places : &draws->rng;
  return draws->pool[jv_rng_below(places, draws->n_pool)];
}

static jv_status grow(jv_ctx *cx, double **x, size_t n, size_t k) {
  double *more = jv_realloc(cx, *x, n + k, sizeof **x);
  if (!more) return JV_ENOMEM;
  set_nan(more + n, k);
  *x = more;
  return JV_OK;
}

jv_status jv_fit_grow(jv_ctx *cx, jv_fit *fit, size_t more) {
  JV_TRY(grow(cx, &fit->fitted, fit->n, more));
  return grow(cx, &fit->residuals, fit->n, more);
}

jv_status jv_fit_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more) {
  const jv_model_class *cls = fit->cls;
  if (!cls->update)
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: cannot take new data without a new fit", cls->name);
  size_t observed;
  JV_TRY(check_values(cx, cls, y, more, fit->n, &observed));
  JV_TRY(jv_check_given(cx, fit, x, more));
  if (more == 0) return JV_OK;
  if (fit->around) return jv_around_update(cx, fit, y, x, more);
  JV_TRY(jv_fit_grow(cx, fit, more));
  JV_TRY(cls->update(cx, fit, y, x, more));
  fit->n += more;
  return JV_OK;
}

jv_status jv_fit_components(jv_ctx *cx, const jv_fit *fit, size_t *count, const char *const **names,
                            double **values) {
  *values = NULL;
  fit = jv_fit_core(fit);
  if (!fit->cls->components)
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: has no components", fit->cls->name);
  JV_TRY(fit->cls->components(cx, fit, count, names, NULL));
  double *made = JV_ARRAY(cx, double, *count * fit->n);
  if (!made) return JV_ENOMEM;
  set_nan(made, *count * fit->n);
  jv_status status = fit->cls->components(cx, fit, count, names, made);
  if (status != JV_OK) {
    jv_free(cx, made);
    return status;
  }
  *values = made;
  return JV_OK;
}

/* One step of one path out of the forecast's own distribution. */
static double draw(const jv_forecast *fc, size_t step, jv_rng *rng) {
  double z = fc->dist == JV_DIST_NORMAL ? jv_rng_normal(rng)
                                        : jv_student_quantile(jv_rng_uniform(rng), fc->df);
  return fc->sd[step] > 0 ? fc->mean[step] + fc->sd[step] * z : fc->mean[step];
}

/* For classes without simulate. Steps of NORMAL and STUDENT are drawn independently: right for each
 * step, not for their sums. Of PATHS whole rows are taken, in order and then at random. */
static jv_status draw_paths(jv_ctx *cx, const jv_fit *fit, const jv_forecast *fc, size_t n_paths,
                            double *paths) {
  if (fc->dist == JV_DIST_POINT || (fc->dist != JV_DIST_PATHS && !fc->sd))
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: has point forecasts only, so no sample paths",
                   fit->cls->name);
  for (size_t i = 0; fc->sd && i < fc->h; i++)
    if (isinf(fc->sd[i]))
      return jv_fail(cx, JV_ENUMERIC, "%s: no sample paths, the variance of step %zu is infinite",
                     fit->cls->name, i + 1);
  for (size_t k = 0; k < n_paths; k++) {
    jv_rng rng = jv_fit_rng(fit, k);
    if (fc->dist == JV_DIST_PATHS) {
      size_t row = k < fc->n_paths ? k : (size_t)jv_rng_below(&rng, fc->n_paths);
      memcpy(paths + k * fc->h, fc->paths + row * fc->h, fc->h * sizeof *paths);
    } else
      for (size_t i = 0; i < fc->h; i++) paths[k * fc->h + i] = draw(fc, i, &rng);
  }
  return JV_OK;
}

jv_status jv_simulate_plain(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *paths) {
  if (fit->cls->simulate) return fit->cls->simulate(cx, fit, h, x, n_paths, paths);
  jv_forecast *fc = NULL;
  JV_TRY(jv_forecast_plain(cx, fit, h, x, &fc));
  jv_status status = draw_paths(cx, fit, fc, n_paths, paths);
  jv_forecast_free(cx, fc);
  return status;
}

jv_status jv_fit_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                          double *paths) {
  if (h < 1 || n_paths < 1)
    return jv_fail(cx, JV_EINVAL,
                   "%s: horizon and number of paths must be at least 1, got %zu, %zu",
                   fit->cls->name, h, n_paths);
  JV_TRY(jv_check_given(cx, fit, x, h));
  if (fit->around) return jv_around_simulate(cx, fit, h, x, n_paths, paths);
  return jv_simulate_plain(cx, fit, h, x, n_paths, paths);
}
