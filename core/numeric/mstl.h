/* MSTL: decomposition of a series with several seasons, none or missing values. */
#ifndef JV_NUMERIC_MSTL_H
#define JV_NUMERIC_MSTL_H

#include "numeric/stl.h"

typedef struct jv_mstl_options {
  jv_stl_options stl; /* window absent: 11 for the shortest period, 15, 19, … for the next ones */
  int iterate;        /* rounds over the periods; JV_OPT_UNSET: 2, with one period 1 */
} jv_mstl_options;

/* The parts of one decomposition: n values each. y = trend + the sum of seasonal + remainder, with
 * what stands in for missing values in y's place. */
typedef struct jv_mstl {
  size_t n, n_periods;
  size_t *period;    /* n_periods, ascending */
  double *trend;     /* n */
  double *seasonal;  /* n_periods rows of n */
  double *remainder; /* n; NaN where y is missing */
  double *adjusted;  /* n: trend + remainder = y less its seasons; NaN where y is missing */
  double *filled;    /* n: y, missing values interpolated */
  double *weights;   /* n: robustness weights of the last STL; 1 without */
} jv_mstl;

/* jv_mstl_new(cx, y, n, periods, n_periods, opt, out)
 *
 *   y        n values, NaN = missing; at least two observed
 *   periods  each at least 1, in any order; those of 1, and those of which the series does not hold
 *            more than two, are left out. With none left the trend is the super smoother's.
 *   opt      NULL: the defaults
 *   out      the caller's: jv_mstl_free
 *
 * Missing values: jv_fill_missing (clean.h) by the longest period.
 * Errors: JV_EDATA (fewer than two values, a period of zero), JV_ENOMEM, JV_ECANCEL.
 * Source: Bandara, Hyndman & Bergmeir (2021), MSTL, arXiv:2107.13462, algorithm 1.
 * Checked by: tests/core/test_mstl.c, tests/core/test_decompose_conformance.c */
jv_status jv_mstl_new(jv_ctx *cx, const double *y, size_t n, const size_t *periods,
                      size_t n_periods, const jv_mstl_options *opt, jv_mstl **out);
void jv_mstl_free(jv_ctx *cx, jv_mstl *d);

#endif
