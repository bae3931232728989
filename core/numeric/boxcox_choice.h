/* The exponent of a Box-Cox transformation, chosen from the data. */
#ifndef JV_NUMERIC_BOXCOX_CHOICE_H
#define JV_NUMERIC_BOXCOX_CHOICE_H

#include "base/ctx.h"

/* Guerrero: lambda in [lower, upper] that minimises the coefficient of variation of
 * sd_i / mean_i^(1 - lambda) over the blocks of max(2, m) values, counted from the end.
 *   y      n doubles, NaN = missing, m the seasonal period (1: none)
 *   lower, upper  -1 and 2 by convention; lower is 0 at least when a value is <= 0
 * A series of at most 2 m values gives 1. Golden section and parabolas (Brent) to 1.2e-4, which is
 * R's tolerance: the criterion is flat and more digits of lambda mean nothing.
 * Source: Guerrero (1993), J. Forecasting 12. Allocates O(n / m).
 * Errors: JV_EINVAL (not lower < upper), JV_EDATA (infinite, nothing observed), JV_ENOMEM. */
jv_status jv_boxcox_guerrero(jv_ctx *cx, const double *y, size_t n, size_t m, double lower,
                             double upper, double *lambda);

/* Profile likelihood of a regression on a linear trend and, for m > 1, seasonal dummies, over the
 * grid lower, lower + 0.05, ..., upper. y > 0.
 * Source: Box & Cox (1964).
 * Errors: as above; JV_EDATA also for a value <= 0. */
jv_status jv_boxcox_likelihood(jv_ctx *cx, const double *y, size_t n, size_t m, double lower,
                               double upper, double *lambda);

#endif
