/* Forecast objects: made by a class, checked here, and read as quantiles and intervals.
 *
 * The interval of level L has its ends at p = (1 -+ L/100)/2 of each step's distribution. Quantile
 * functions are monotone, as are the maps of transformed models, so intervals nest and hold
 * lower <= median <= upper by construction. */
#include "model/around.h"
#include "model/conformal.h"
#include "numeric/distribution.h"
#include "numeric/summary.h"
#include <string.h>

/* Are the parts there that the distribution names? */
static bool is_whole(const jv_forecast *fc) {
  switch (fc->dist) {
  case JV_DIST_NORMAL:
  case JV_DIST_STUDENT:
    return fc->sd != NULL;
  case JV_DIST_PATHS:
    return fc->paths && fc->n_paths;
  case JV_DIST_ERRORS:
    return fc->errors != NULL;
  case JV_DIST_MAPPED:
    return fc->scaled != NULL;
  case JV_DIST_POINT:
    break;
  }
  return true;
}

/* What a class owes: a mean for every step, and the parts that its distribution names. */
static jv_status check_made(jv_ctx *cx, const jv_fit *fit, const jv_forecast *fc) {
  if (!is_whole(fc))
    return jv_fail(cx, JV_ENUMERIC, "%s: gave a distribution without its numbers", fit->cls->name);
  for (size_t i = 0; i < fc->h; i++) {
    if (isnan(fc->mean[i]))
      return jv_fail(cx, JV_ENUMERIC, "%s: the forecast of step %zu is not a number",
                     fit->cls->name, i + 1);
    if (fc->sd && !(fc->sd[i] >= 0))
      return jv_fail(cx, JV_ENUMERIC, "%s: the standard deviation of step %zu is %g",
                     fit->cls->name, i + 1, fc->sd[i]);
  }
  return JV_OK;
}

jv_status jv_forecast_blank(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            jv_forecast **out) {
  jv_forecast *fc = JV_NEW(cx, jv_forecast);
  if (!fc) return JV_ENOMEM;
  fc->h = h;
  fc->df = NAN;
  fc->fit = fit;
  fc->n = fit->n;
  fc->mean = JV_ARRAY(cx, double, h);
  double *copy = fc->mean && x ? JV_ARRAY(cx, double, h * fit->k) : NULL;
  if (!fc->mean || (x && !copy)) {
    jv_forecast_free(cx, fc);
    return JV_ENOMEM;
  }
  if (x) memcpy(copy, x, h * fit->k * sizeof *copy);
  fc->x = copy;
  for (size_t i = 0; i < h; i++) fc->mean[i] = NAN;
  *out = fc;
  return JV_OK;
}

jv_status jv_forecast_plain(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            jv_forecast **out) {
  jv_forecast *fc = NULL;
  JV_TRY(jv_forecast_blank(cx, fit, h, x, &fc));
  jv_status status = fit->cls->forecast(cx, fit, fc);
  if (status == JV_OK) status = check_made(cx, fit, fc);
  if (status != JV_OK) {
    jv_forecast_free(cx, fc);
    return status;
  }
  *out = fc;
  return JV_OK;
}

jv_status jv_fit_forecast(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                          jv_forecast **out) {
  *out = NULL;
  if (h < 1) return jv_fail(cx, JV_EINVAL, "%s: the horizon must be at least 1", fit->cls->name);
  JV_TRY(jv_check_given(cx, fit, x, h));
  jv_forecast *fc = NULL;
  JV_TRY(jv_forecast_plain(cx, jv_fit_core(fit), h, x, &fc));
  if (fit->around) JV_TRY(jv_around_forecast(cx, fit, &fc));
  *out = fc;
  return JV_OK;
}

void jv_forecast_free(jv_ctx *cx, jv_forecast *fc) {
  if (!fc) return;
  jv_forecast_free(cx, fc->scaled);
  jv_errors_free(cx, fc->errors);
  jv_free(cx, fc->x);
  jv_free(cx, fc->mean);
  jv_free(cx, fc->sd);
  jv_free(cx, fc->paths);
  jv_free(cx, fc->sorted);
  jv_free(cx, fc);
}

/* Paths turned to h rows of n_paths and each row sorted, once. */
static jv_status sort_paths(jv_ctx *cx, jv_forecast *fc) {
  if (fc->sorted) return JV_OK;
  double *sorted = JV_ARRAY(cx, double, fc->h * fc->n_paths);
  if (!sorted) return JV_ENOMEM;
  for (size_t i = 0; i < fc->h; i++) {
    double *row = sorted + i * fc->n_paths;
    for (size_t k = 0; k < fc->n_paths; k++) {
      row[k] = fc->paths[k * fc->h + i];
      if (!isnan(row[k])) continue;
      jv_free(cx, sorted);
      return jv_fail(cx, JV_ENUMERIC, "sample path %zu is not a number at step %zu", k + 1, i + 1);
    }
    jv_sort(row, fc->n_paths);
  }
  fc->sorted = sorted;
  return JV_OK;
}

/* The quantile z of the standardised distribution at step i; sd = 0 is certainty, and an infinite
 * sd leaves the median where it is. */
static double at_score(const jv_forecast *fc, size_t i, double z) {
  return z == 0 || fc->sd[i] == 0 ? fc->mean[i] : fc->mean[i] + fc->sd[i] * z;
}

static double score(const jv_forecast *fc, double p) {
  if (p == 0.5) return 0;
  return fc->dist == JV_DIST_NORMAL ? jv_normal_quantile(p) : jv_student_quantile(p, fc->df);
}

jv_status jv_forecast_complete(jv_ctx *cx, jv_forecast *fc) {
  if (!fc->spread) return JV_OK;
  if (fc->fit->n != fc->n)
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: the fit has taken new observations since this forecast was made: forecast "
                   "again",
                   fc->fit->cls->name);
  JV_TRY(fc->spread(cx, fc->fit, fc));
  fc->spread = NULL;
  return check_made(cx, fc->fit, fc);
}

static jv_status check_spread(jv_ctx *cx, jv_forecast *fc) {
  JV_TRY(jv_forecast_complete(cx, fc));
  if (fc->dist != JV_DIST_POINT) return JV_OK;
  return jv_fail(cx, JV_EUNSUPPORTED, "a point forecast has no quantiles or intervals");
}

/* Quantile p of one step on the scale of fc. */
static jv_status quantile(jv_ctx *cx, jv_forecast *fc, size_t step, double p, double *out) {
  double error;
  switch (fc->dist) {
  case JV_DIST_PATHS:
    JV_TRY(sort_paths(cx, fc));
    *out = jv_sorted_quantile(fc->sorted + step * fc->n_paths, fc->n_paths, p);
    return JV_OK;
  case JV_DIST_ERRORS:
    JV_TRY(jv_errors_quantile(cx, fc->errors, step, p, &error));
    *out = fc->mean[step] + error;
    return JV_OK;
  case JV_DIST_MAPPED:
    JV_TRY(quantile(cx, fc->scaled, step, p, &error));
    *out = jv_map_inverse(&fc->map, error);
    return JV_OK;
  case JV_DIST_NORMAL:
  case JV_DIST_STUDENT:
  case JV_DIST_POINT:
    break;
  }
  *out = at_score(fc, step, score(fc, p));
  return JV_OK;
}

jv_status jv_forecast_quantile(jv_ctx *cx, jv_forecast *fc, size_t step, double p, double *out) {
  if (!(p > 0 && p < 1))
    return jv_fail(cx, JV_EINVAL, "a quantile is asked for at 0 < p < 1, got %g", p);
  if (step >= fc->h)
    return jv_fail(cx, JV_EINVAL, "step %zu is beyond the horizon %zu", step + 1, fc->h);
  JV_TRY(check_spread(cx, fc));
  return quantile(cx, fc, step, p, out);
}

jv_status jv_forecast_interval(jv_ctx *cx, jv_forecast *fc, double level, double *lower,
                               double *upper) {
  if (!(level > 0 && level < 100))
    return jv_fail(cx, JV_EINVAL, "a level is a percentage between 0 and 100, got %g", level);
  JV_TRY(check_spread(cx, fc));
  double p = 0.5 + level / 200;
  if (fc->dist != JV_DIST_NORMAL && fc->dist != JV_DIST_STUDENT) {
    double spare; /* all of it can be had, or nothing is written */
    for (size_t i = 0; i < fc->h; i++) JV_TRY(quantile(cx, fc, i, p, &spare));
    for (size_t i = 0; i < fc->h; i++) {
      JV_TRY(quantile(cx, fc, i, 1 - p, &lower[i]));
      JV_TRY(quantile(cx, fc, i, p, &upper[i]));
    }
    return JV_OK;
  }
  double z = score(fc, p);
  for (size_t i = 0; i < fc->h; i++) {
    lower[i] = at_score(fc, i, -z);
    upper[i] = at_score(fc, i, z);
  }
  return JV_OK;
}
