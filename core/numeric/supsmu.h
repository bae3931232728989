/* Friedman's super smoother: running lines whose span follows the data. */
#ifndef JV_NUMERIC_SUPSMU_H
#define JV_NUMERIC_SUPSMU_H

#include "base/ctx.h"

/* jv_supsmu(cx, x, y, n, span, bass, smooth): smooth[i] at x[i].
 *
 *   x     n ascending doubles, or NULL for 1, 2, ..., n
 *   y     n doubles, none missing
 *   span  fraction of the points in the window, 0 < span <= 1; 0: chosen by cross-validation
 *   bass  0..10, more is smoother; only with a chosen span
 *
 * Cost O(n). Allocates O(n).
 * Errors: JV_EDATA (n = 0, missing or infinite), JV_EINVAL (span, bass, x not ascending), JV_ENOMEM.
 * Source: Friedman (1984), A variable span smoother, Stanford LCS technical report 5. */
jv_status jv_supsmu(jv_ctx *cx, const double *x, const double *y, size_t n, double span,
                    double bass, double *smooth);

#endif
