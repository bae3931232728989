/* Autocovariance, autocorrelation, partial autocorrelation.
 *
 * NaN is missing: the mean is that of what is observed, a lag uses the pairs that are complete. */
#ifndef JV_NUMERIC_ACF_H
#define JV_NUMERIC_ACF_H

#include "base/ctx.h"

/* acov[k], k = 0..max_lag:  sum (y_t - mean)(y_{t-k} - mean) / (pairs + k),  the pairs being those
 * that are complete; without missing values the divisor is n. Allocates nothing.
 * Errors: JV_EINVAL (max_lag >= n), JV_EDATA (nothing observed, an infinite value). */
jv_status jv_autocovariance(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *acov);

/* acf[k] = acov[k] / acov[0], k = 0..max_lag, kept in [-1, 1]; NaN for constant y. */
jv_status jv_acf(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *acf);

/* pacf[k - 1], k = 1..max_lag: the last coefficient of the Yule-Walker autoregression of order k.
 * Errors: as jv_autocovariance; JV_ENOMEM. */
jv_status jv_pacf(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *pacf);

/* Durbin-Levinson: from acov[0..order] the coefficients phi of each order up to `order`.
 *   phi   `order` coefficients of the last order
 *   pacf  `order` partial autocorrelations, or NULL
 *   var   order + 1 innovation variances, var[0] = acov[0], or NULL
 * acov may be scaled (autocorrelations). A variance that reaches 0 ends with zeros. */
void jv_durbin_levinson(const double *acov, size_t order, double *phi, double *pacf, double *var);

#endif
