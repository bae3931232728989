/* A forecast: the distribution of each step ahead, made by a class and read as quantiles and
 * intervals. */
#ifndef JV_MODEL_FORECAST_H
#define JV_MODEL_FORECAST_H

#include "base/ctx.h"
#include "model/transform.h"

typedef struct jv_fit jv_fit; /* model/model.h */

/* The distribution of each step ahead. Filled by a class's forecast for h steps:
 *   NORMAL  mean, sd        STUDENT  mean, sd (the scale), df
 *   PATHS   mean, paths (n_paths rows of h), quantiles read off the sorted paths of each step
 *   POINT   mean alone
 * and by the generic layer, never by a class:
 *   ERRORS  mean, errors: quantiles are the mean and a quantile of past errors (model/conformal.h)
 *   MAPPED  mean, scaled: the forecast on the scale of a transformation, whose quantiles are mapped
 * LOGNORMAL-like forms come from paths. sd[i] may be infinite; it is never negative. */
typedef enum jv_dist {
  JV_DIST_POINT,
  JV_DIST_NORMAL,
  JV_DIST_STUDENT,
  JV_DIST_PATHS,
  JV_DIST_ERRORS,
  JV_DIST_MAPPED
} jv_dist;

struct jv_errors; /* model/conformal.h */

typedef struct jv_forecast {
  size_t h;
  double *x; /* h rows of the regressors' future values, the forecast's own copy; NULL: none */
  jv_dist dist;
  double *mean; /* h */
  double *sd;   /* h, or NULL */
  double df;
  double *paths; /* n_paths * h, path by path, or NULL */
  size_t n_paths;
  double *sorted; /* the generic layer's: paths sorted by step, made on first use */
  bool mean_is_median;
  struct jv_errors *errors;   /* ERRORS */
  struct jv_forecast *scaled; /* MAPPED, by the map */
  jv_map map;
  /* Where the spread costs more than the means (it is measured by refits): leaves dist POINT and
   * names what fills it in when it is first asked for. NULL: all is there. */
  jv_status (*spread)(jv_ctx *cx, const jv_fit *fit, struct jv_forecast *fc);
  const jv_fit *fit; /* for spread: the fit of n observations, which must be alive and as it was */
  size_t n;
} jv_forecast;

void jv_forecast_free(jv_ctx *cx, jv_forecast *fc);

/* Fills in a spread that is still owed; quantile and interval do so themselves. Needed before dist is
 * looked at. Errors: JV_EUNSUPPORTED (the fit has been updated since), those of the family. */
jv_status jv_forecast_complete(jv_ctx *cx, jv_forecast *fc);

/* Quantile p (0 < p < 1) of step i (0-based). Errors: JV_EUNSUPPORTED for point forecasts,
 * and for what too few conformal errors cannot tell. */
jv_status jv_forecast_quantile(jv_ctx *cx, jv_forecast *fc, size_t step, double p, double *out);

/* Ends of the central interval of `level` per cent (0 < level < 100) for all steps.
 * Intervals nest and hold lower <= median <= upper by construction. */
jv_status jv_forecast_interval(jv_ctx *cx, jv_forecast *fc, double level, double *lower,
                               double *upper);

#endif
