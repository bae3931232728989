/* Summary statistics of doubles that keep their digits when the spread is tiny beside the mean.
 *
 * NaN is missing and is left out everywhere. A statistic that needs more values than there are is
 * NaN. Infinite values give what the definitions give: infinity or NaN. */
#ifndef JV_NUMERIC_SUMMARY_H
#define JV_NUMERIC_SUMMARY_H

#include "base/ctx.h"

size_t jv_summary_count(const double *x, size_t n); /* values that are not missing */
double jv_summary_sum(const double *x, size_t n);   /* of nothing: 0 */
double jv_summary_mean(const double *x, size_t n);
double jv_summary_variance(const double *x, size_t n); /* divisor n - 1 */
double jv_summary_sd(const double *x, size_t n);
double jv_summary_min(const double *x, size_t n);
double jv_summary_max(const double *x, size_t n);

/* sum of (x_t - mean)(x_{t-k} - mean) over sum of (x_t - mean)^2, as NIST and the time-series texts
 * define it; pairs with a missing side are left out. NaN for constant x and k >= n. */
double jv_summary_acf(const double *x, size_t n, size_t k);
/* Pearson's correlation over the pairs that are complete. */
double jv_summary_correlation(const double *x, const double *y, size_t n);

/* Quantiles by linear interpolation of order statistics, definition 7 of Hyndman & Fan (1996):
 * x_(j) + g (x_(j+1) - x_(j)) at position (n - 1) p. k probabilities into out; no data: NaN.
 * Errors: JV_EINVAL (p outside [0, 1]), JV_ENOMEM. */
jv_status jv_summary_quantiles(jv_ctx *cx, const double *x, size_t n, const double *p, size_t k,
                               double *out);
/* Ascending; no NaN. And the same quantile of values already sorted, n > 0, 0 <= p <= 1; it never
 * falls as p rises. */
void jv_sort(double *x, size_t n);
double jv_sorted_quantile(const double *sorted, size_t n, double p);
jv_status jv_summary_median(jv_ctx *cx, const double *x, size_t n, double *out);
/* Median absolute deviation from the median, times 1.4826: a standard deviation for normal values. */
jv_status jv_summary_mad(jv_ctx *cx, const double *x, size_t n, double *out);

#endif
