/* Classical decomposition: a moving average, and one index for each season. */
#ifndef JV_NUMERIC_CLASSICAL_H
#define JV_NUMERIC_CLASSICAL_H

#include "base/ctx.h"

/* The centred moving average at t (0-based): of m values, or of m + 1 with half weights at its ends
 * for even m. NaN where the window leaves the sample or holds a missing value. */
double jv_classical_trend(const double *y, size_t n, size_t m, size_t t);

/* The m indices by position from the start of the sample: means of y - trend less their mean, or of
 * y / trend over their mean. False when a season is nowhere seen with its trend, or, with
 * multiplicative, an index lies within 1e-4 of zero. */
bool jv_classical_indices(const double *y, size_t n, size_t m, bool multiplicative, double *index);

/* jv_classical(cx, y, n, m, multiplicative, seasonal, trend, remainder): y = trend + seasonal +
 * remainder, or their product.
 *
 *   y        n values, NaN = missing; m >= 2, two whole seasons at least
 *   outputs  n values each, the caller's; NULL skips one; none may be y. trend and remainder are NaN
 *            at both ends and where the window holds a gap
 *
 * Errors: JV_EDATA (too short, a season that is nowhere seen with its trend, multiplicative with values
 * of zero or below), JV_ENOMEM.
 * Source: Kendall & Stuart (1983), The Advanced Theory of Statistics 3, 46.8.
 * Checked by: tests/core/test_stl.c, tests/core/test_decompose_conformance.c */
jv_status jv_classical(jv_ctx *cx, const double *y, size_t n, size_t m, bool multiplicative,
                       double *seasonal, double *trend, double *remainder);

#endif
