/* Missing values filled, outliers and level shifts found and mended.
 *
 * y holds n doubles in the unit of the series, NaN = missing; m is the seasonal period (1: none). */
#ifndef JV_NUMERIC_CLEAN_H
#define JV_NUMERIC_CLEAN_H

#include "base/ctx.h"
#include "base/option.h"

/* Unset: seasonal when m > 1 and more than 2 m values are observed, else linear. */
typedef enum jv_fill { JV_FILL_LINEAR, JV_FILL_SEASONAL } jv_fill;

/* jv_fill_missing(cx, y, n, m, method, out): out is y with its missing values filled; out may be y.
 *
 *   linear    lines between the observed neighbours; beyond the ends the nearest observed value
 *   seasonal  the same on the seasonally adjusted series of a robust STL, plus the season; the STL
 *             is made of a first filling by regression on a polynomial and Fourier terms. Where
 *             that leaves the range of y by more than half of it, linear instead.
 *
 * method: jv_fill or JV_OPT_UNSET. R's na.interp. Allocates O(n).
 * Errors: JV_EDATA (nothing observed, infinite value, seasonal with too few values), JV_ENOMEM.
 * Checked by: tests/core/test_clean.c, tests/core/test_stats_conformance.c */
jv_status jv_fill_missing(jv_ctx *cx, const double *y, size_t n, size_t m, int method, double *out);

typedef struct jv_outlier_options {
  double width; /* multiples of the interquartile range beyond the quartiles; 3 */
  int passes;   /* 1 or 2; 2: once more on the mended series */
} jv_outlier_options;

extern const jv_option jv_outlier_option_rows[];

/* What cleaning found: `count` places (0-based, ascending) and what belongs there instead. */
typedef struct jv_outliers {
  size_t count;
  size_t *index;
  double *observed, *replacement;
} jv_outliers;

/* jv_outliers_find(cx, y, n, m, opt, out): values whose residual from the super smoother of the
 * (seasonally adjusted) series lies more than 3 interquartile ranges outside the quartiles.
 *
 * Adjusted when m > 1, n > 2 m and the season is strong: 1 - var(rest) / var(rest + season) >= 0.6
 * by robust STL. Replacements are jv_fill_missing's. Constant series have none.
 * R's tsoutliers (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 13.9).
 * out: the caller's, jv_outliers_free. Errors: JV_EDATA (nothing observed, infinite), JV_ENOMEM. */
jv_status jv_outliers_find(jv_ctx *cx, const double *y, size_t n, size_t m,
                           const jv_outlier_options *opt, jv_outliers **out);
void jv_outliers_free(jv_ctx *cx, jv_outliers *o);

typedef struct jv_shift_options {
  double threshold; /* in robust standard deviations; 6 */
  int window;       /* values on either side; JV_OPT_UNSET: max(m, 6) */
} jv_shift_options;

extern const jv_option jv_shift_option_rows[];

/* A level shift: from `index` (0-based) on the series lies `size` higher than before. */
typedef struct jv_shift {
  size_t index;
  double size, score; /* score: size over the usual spread of such differences */
} jv_shift;

/* jv_level_shifts(cx, y, n, m, opt, shifts, count): at most n shifts, ascending.
 *
 * With z the filled and, when the season is strong, adjusted series and w the window,
 *   s_t = median(z_t .. z_{t+w-1}) - median(z_{t-w} .. z_{t-1})
 * a shift is a place where |s_t - median(s)| exceeds threshold * 1.4826 MAD(s) and the step
 * z_t - z_{t-1} goes the same way and is at least half of it; the largest step within a window of it. A random walk has wide s and so no
 * shifts; a level that moves once has nearly nothing else.
 * Too short for four windows, or constant: none. Errors: JV_EDATA, JV_ENOMEM. */
jv_status jv_level_shifts(jv_ctx *cx, const double *y, size_t n, size_t m,
                          const jv_shift_options *opt, jv_shift *shifts, size_t *count);

#endif
