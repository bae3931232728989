/* Measures of forecast error: points, quantiles, intervals.
 *
 * e = actual - forecast. A pair of which either is NaN is left out and counted as skipped; with no
 * pair left every measure is NaN. Percentages are of the actual:
 *   an actual of zero makes MPE and MAPE infinite, unless the error is zero too: that pair is left
 *   out of both. sMAPE = mean of 200 |e| / (|actual| + |forecast|), 0..200; both zero count 0.
 * MASE and RMSSE divide by the in-sample error of the lag-m naive forecast; a scale of zero gives
 * infinity, or NaN when the error is zero too.
 * Sources: Hyndman & Koehler (2006), IJF 22, 679-688; Makridakis et al. (2020) for sMAPE and OWA;
 * Gneiting & Raftery (2007), JASA 102, 359-378, for pinball and interval scores. */
#ifndef JV_EVALUATE_METRICS_H
#define JV_EVALUATE_METRICS_H

#include <stddef.h>

/* The measures of point forecasts, once: field, printed name, meaning. */
#define JV_METRICS(X)                                                                              \
  X(me, "ME", "mean error, actual - forecast")                                                     \
  X(mae, "MAE", "mean absolute error")                                                             \
  X(rmse, "RMSE", "root of the mean squared error")                                                \
  X(mpe, "MPE", "mean percentage error, % of the actual")                                          \
  X(mape, "MAPE", "mean absolute percentage error, %")                                             \
  X(smape, "sMAPE", "symmetric mean absolute percentage error, 0-200")                             \
  X(mase, "MASE", "mean absolute error over that of the in-sample lag-m naive forecast")           \
  X(rmsse, "RMSSE", "root mean squared error over that of the in-sample lag-m naive forecast")

typedef struct jv_accuracy {
#define X(field, name, doc) double field;
  JV_METRICS(X)
#undef X
  size_t used, skipped; /* pairs */
} jv_accuracy;

/* In-sample errors of the lag-m naive forecast: mean |y[t] - y[t-m]| and mean of its square over the
 * pairs observed; NaN when there are none. Computed by jv_scale_of. */
typedef struct jv_scale {
  double mae, mse;
} jv_scale;

jv_scale jv_scale_of(const double *y, size_t n, size_t m);
/* The scale of nothing: MASE and RMSSE are NaN. */
jv_scale jv_scale_none(void);

/* Running sums, for errors that come in pieces. Zeroed to begin. */
typedef struct jv_error_sums {
  size_t used, skipped, percent_used;
  double e, abs, square, percent, abs_percent, symmetric;
} jv_error_sums;

void jv_error_add(jv_error_sums *sums, double actual, double forecast);
jv_accuracy jv_error_measures(const jv_error_sums *sums, jv_scale scale);

jv_accuracy jv_accuracy_of(const double *actual, const double *forecast, size_t n, jv_scale scale);

/* Overall weighted average of M4: means of sMAPE and MASE over those of Naive2, averaged. */
double jv_owa(double smape, double mase, double smape_naive2, double mase_naive2);

/* Mean over the pairs observed; *used (NULL: not wanted) counts them; NaN when there are none.
 * pinball: (y - q) p above the quantile, (q - y)(1 - p) below; lower is better.
 * winkler: width + 2/alpha of what lies outside, alpha = 1 - level/100.
 * coverage: the share of y in [lower, upper], ends counted. */
double jv_pinball(const double *y, const double *q, size_t n, double p, size_t *used);
double jv_winkler(const double *y, const double *lower, const double *upper, size_t n, double level,
                  size_t *used);
double jv_coverage(const double *y, const double *lower, const double *upper, size_t n,
                   size_t *used);

#endif
