/* The distribution of a year's total, from sample paths and what has been observed of the year. */
#ifndef JV_EVALUATE_ANNUAL_H
#define JV_EVALUATE_ANNUAL_H

#include "model/model.h"
#include "series/period.h"

typedef struct jv_annual_year {
  jv_period year;  /* A with the anchor of the series */
  size_t observed; /* sub-periods of the year that have happened */
  size_t forecast; /* and that have not */
  double so_far;   /* sum of those observed */
  double mean, sd;
  double *totals; /* n_paths, ascending */
} jv_annual_year;

typedef struct jv_annual {
  size_t n_years, n_paths;
  size_t from, to;       /* of a span of steps, 0-based and to exclusive; of years: 0 and 0 */
  jv_annual_year *years; /* those with a sub-period ahead, and wholly covered by data and horizon */
} jv_annual;

/* jv_annual_new(cx, fit, y, n, start, h, x, n_paths, out): totals of the (fiscal) years that end within
 * h steps of the end of y.
 *
 *   y, n     the observations that fit was made from; y[0] belongs to `start`
 *   start    frequency A, Q, M, W or D; a week or day belongs to the year of its period
 *   x        h rows of the regressors' future values; NULL where the fit has none
 *   n_paths  at least 2; path k is that of jv_fit_simulate
 *
 * mean is the sum of what is observed and of the point forecasts, so that it agrees with the
 * forecast table; where those are medians it is the mean of the totals. sd and quantiles are those
 * of the totals. A year of which a past sub-period is missing or before the data has no total and is
 * left out.
 * Errors: JV_EPERIOD (undated or hourly), JV_EDATA (no year ends within the horizon), JV_EINVAL,
 * JV_ENOMEM, those of forecast and simulate. Checked by: tests/core/test_annual.c */
jv_status jv_annual_new(jv_ctx *cx, const jv_fit *fit, const double *y, size_t n, jv_period start,
                        size_t h, const double *x, size_t n_paths, jv_annual **out);
/* The total of the steps [from, to) ahead, 0-based, as the one "year" of *out: its period is that of
 * nothing, and nothing of it is observed. Errors: JV_EINVAL (not from < to), those above. */
jv_status jv_annual_span(jv_ctx *cx, const jv_fit *fit, const double *x, size_t from, size_t to,
                         size_t n_paths, jv_annual **out);
void jv_annual_free(jv_ctx *cx, jv_annual *annual);

/* Type-7 quantile of a year's totals, 0 <= p <= 1. */
double jv_annual_quantile(const jv_annual *annual, size_t year, double p);

#endif
