/* The layers around a forecast: first the method of its intervals, then the map. See model/around.h. */
#include "model/around.h"
#include "model/conformal.h"

/* ---- forecasts: the method ---- */

static jv_status spread_paths(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  size_t n = (size_t)fit->around->common.paths;
  double *paths = JV_ARRAY(cx, double, n * fc->h);
  if (!paths) return JV_ENOMEM;
  jv_status status = jv_around_draw(cx, fit, fc->h, fc->x, n, paths);
  if (status != JV_OK) {
    jv_free(cx, paths);
    return status;
  }
  fc->paths = paths;
  fc->n_paths = n;
  fc->dist = JV_DIST_PATHS;
  return JV_OK;
}

static jv_status spread_errors(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_errors *errors;
  JV_TRY(jv_conformal_errors(cx, fit, fc->h, &errors));
  JV_TRY(jv_errors_copy(cx, errors, fc->h, &fc->errors));
  fc->dist = JV_DIST_ERRORS;
  return JV_OK;
}

static bool is_analytic(const jv_forecast *fc) {
  return fc->dist == JV_DIST_NORMAL || fc->dist == JV_DIST_STUDENT;
}

/* The family's distribution gives way to one that is made when it is asked for. */
static void replace_spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc,
                           jv_status (*spread)(jv_ctx *, const jv_fit *, jv_forecast *)) {
  jv_free(cx, fc->sd);
  jv_free(cx, fc->paths);
  jv_free(cx, fc->sorted);
  fc->sd = fc->paths = fc->sorted = NULL;
  fc->n_paths = 0;
  fc->dist = JV_DIST_POINT;
  fc->mean_is_median = false; /* what was said of the family's distribution */
  fc->spread = spread;
  fc->fit = fit;
}

static jv_status apply_method(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_common *c = &fit->around->common;
  switch (c->interval) {
  case JV_INTERVAL_ANALYTIC:
    if (is_analytic(fc) && !fc->spread) return JV_OK;
    return jv_fail(
        cx, JV_EUNSUPPORTED,
        "%s: this form has no intervals in closed form: interval = simulated or conformal",
        fit->cls->name);
  case JV_INTERVAL_CONFORMAL:
  case JV_INTERVAL_CONFORMAL_ROLLING:
    replace_spread(cx, fit, fc, spread_errors);
    return JV_OK;
  case JV_INTERVAL_SIMULATED:
  case JV_INTERVAL_BOOTSTRAP:
    replace_spread(cx, fit, fc, spread_paths);
    return JV_OK;
  default:
    if (c->parameter_uncertainty && !(fit->cls->tags & JV_TAG_ESTIMATION))
      replace_spread(cx, fit, fc, spread_paths);
    return JV_OK;
  }
}

/* ---- forecasts: the map ---- */

static jv_status spread_scaled(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  (void)fit;
  JV_TRY(jv_forecast_complete(cx, fc->scaled));
  fc->dist = fc->scaled->dist == JV_DIST_POINT ? JV_DIST_POINT : JV_DIST_MAPPED;
  return JV_OK;
}

/* The mean of y as that of equally likely quantiles. */
static jv_status mean_of_quantiles(jv_ctx *cx, jv_forecast *fc, size_t i, double *out) {
  enum { POINTS = 500 };
  double sum = 0, z;
  for (size_t k = 0; k < POINTS; k++) {
    JV_TRY(jv_forecast_quantile(cx, fc->scaled, i, ((double)k + 0.5) / POINTS, &z));
    sum += jv_map_inverse(&fc->map, z);
  }
  *out = sum / POINTS;
  return JV_OK;
}

static double mean_of_paths(const jv_forecast *fc, size_t i) {
  const jv_forecast *z = fc->scaled;
  double sum = 0;
  for (size_t k = 0; k < z->n_paths; k++) sum += jv_map_inverse(&fc->map, z->paths[k * z->h + i]);
  return sum / (double)z->n_paths;
}

/* Over the known errors with either sign. */
static double mean_of_errors(const jv_forecast *fc, size_t i) {
  const jv_errors *e = fc->scaled->errors;
  double z = fc->scaled->mean[i], sum = 0;
  for (size_t k = 0; k < e->count[i]; k++) {
    double error = e->sorted[i * e->origins + k];
    sum += jv_map_inverse(&fc->map, z - error) + jv_map_inverse(&fc->map, z + error);
  }
  return e->count[i] ? sum / (2 * (double)e->count[i]) : jv_map_inverse(&fc->map, z);
}

/* Means of the back-transformed distribution: by the second order from a normal one. */
static jv_status adjust_bias(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  JV_TRY(jv_forecast_complete(cx, fc));
  const jv_forecast *z = fc->scaled;
  if (z->dist == JV_DIST_POINT)
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: bias_adjust needs a distribution, this model gives points: interval = "
                   "conformal",
                   fit->cls->name);
  for (size_t i = 0; i < fc->h; i++) {
    if (z->dist == JV_DIST_PATHS)
      fc->mean[i] = mean_of_paths(fc, i);
    else if (z->dist == JV_DIST_ERRORS)
      fc->mean[i] = mean_of_errors(fc, i);
    else if (isinf(z->sd[i]))
      fc->mean[i] = jv_map_inverse(&fc->map, z->mean[i]);
    else if (z->dist == JV_DIST_NORMAL && fc->map.kind != JV_MAP_LOGIT)
      fc->mean[i] = jv_map_mean(&fc->map, z->mean[i], z->sd[i] * z->sd[i]);
    else
      JV_TRY(mean_of_quantiles(cx, fc, i, &fc->mean[i]));
  }
  fc->mean_is_median = false;
  return JV_OK;
}

static jv_status apply_map(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  fc->map = fit->around->map;
  fc->dist = fc->scaled->dist == JV_DIST_POINT ? JV_DIST_POINT : JV_DIST_MAPPED;
  if (fc->scaled->spread) fc->spread = spread_scaled;
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = jv_map_inverse(&fc->map, fc->scaled->mean[i]);
  fc->mean_is_median = true;
  return fit->around->common.bias_adjust ? adjust_bias(cx, fit, fc) : JV_OK;
}

/* The median is what a map keeps: where a family gives the mean of skewed paths, theirs. */
static jv_status say_medians(jv_ctx *cx, jv_forecast *fc) {
  if (fc->dist != JV_DIST_PATHS || fc->mean_is_median) return JV_OK;
  for (size_t i = 0; i < fc->h; i++) JV_TRY(jv_forecast_quantile(cx, fc, i, 0.5, &fc->mean[i]));
  return JV_OK;
}

/* Puts the forecast of the mapped scale into the one that is shown. */
static jv_status show_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast **fc) {
  jv_forecast *shown = NULL;
  JV_TRY(jv_forecast_blank(cx, fit, (*fc)->h, (*fc)->x, &shown));
  shown->scaled = *fc;
  *fc = shown;
  return apply_map(cx, fit, shown);
}

jv_status jv_around_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast **fc) {
  bool mapped = fit->around->map.kind != JV_MAP_NONE;
  jv_status status = mapped ? say_medians(cx, *fc) : JV_OK;
  if (status == JV_OK) status = apply_method(cx, fit, *fc);
  if (status == JV_OK && mapped) status = show_forecast(cx, fit, fc);
  if (status != JV_OK) {
    jv_forecast_free(cx, *fc);
    *fc = NULL;
  }
  return status;
}
