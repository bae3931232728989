/* Tests on residuals and on the stability of a regression.
 *
 * NaN is missing. Every test fills a jv_test_result: statistic, p-value, degrees of freedom. */
#ifndef JV_NUMERIC_DIAGNOSTICS_H
#define JV_NUMERIC_DIAGNOSTICS_H

#include "base/ctx.h"
#include "numeric/test_result.h"

/* ---- autocorrelation, variance, normality: diagnostics.c, shapiro.c ---- */

/* H0: no autocorrelation up to `lags`. r_k as jv_acf, n the observed values:
 *   Ljung-Box  n (n + 2) sum r_k^2 / (n - k)       Box-Pierce  n sum r_k^2
 * chi-square with lags - fitdf degrees of freedom; fitdf counts the parameters of the model whose
 * residuals these are. Ljung & Box (1978); Box & Pierce (1970).
 * Errors: JV_EINVAL (lags = 0, fitdf >= lags, lags >= n), JV_EDATA (constant, infinite). */
jv_status jv_ljung_box(jv_ctx *cx, const double *e, size_t n, size_t lags, size_t fitdf,
                       jv_test_result *out);
jv_status jv_box_pierce(jv_ctx *cx, const double *e, size_t n, size_t lags, size_t fitdf,
                        jv_test_result *out);

/* H0: no ARCH effects: (rows) R^2 of e_t^2 on a constant and e_{t-1}^2 .. e_{t-lags}^2, chi-square
 * with `lags`. Rows with a missing value are left out. Engle (1982).
 * Errors: JV_EINVAL (lags = 0), JV_EDATA (too few rows, constant squares), JV_ENOMEM. */
jv_status jv_arch_lm(jv_ctx *cx, const double *e, size_t n, size_t lags, jv_test_result *out);

/* H0: normal. n (S^2 / 6 + (K - 3)^2 / 24), chi-square with 2; S, K the moment ratios.
 * Jarque & Bera (1987). Errors: JV_EDATA (fewer than 3 observed, constant, infinite). */
jv_status jv_jarque_bera(jv_ctx *cx, const double *x, size_t n, jv_test_result *out);

/* H0: normal. Shapiro & Wilk's W for 3 to 5000 values, p-value by Royston (1995), AS R94.
 * Errors: JV_EDATA (number of values, constant, infinite), JV_ENOMEM. */
jv_status jv_shapiro_wilk(jv_ctx *cx, const double *x, size_t n, jv_test_result *out);

/* ---- stability: stability.c. y and the n x k columns of x (column-major, k may be 0) are complete;
   a constant is always among the regressors. ---- */

/* Recursive residuals of y on 1 and x: p = k + 1 are lost at the start (w[0 .. p-1] = NaN).
 *   w_t = (y_t - x_t' b_{t-1}) / sqrt(1 + x_t' (X'X)^-1_{t-1} x_t)
 * Their sum of squares is the residual sum of squares of the whole fit.
 * Errors: JV_EDATA (n <= p, missing, the first p rows are dependent), JV_ENOMEM. */
jv_status jv_recursive_residuals(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                                 double *w);

typedef enum jv_cusum_kind { JV_CUSUM_RECURSIVE, JV_CUSUM_OLS } jv_cusum_kind;

/* H0: the coefficients do not change. path (n doubles or NULL) is the process; `lags` of the result
 * is the 1-based place of its largest excess.
 *   recursive  W_t = sum_{i<=t} w_i / s,  s^2 = sum w^2 / (n - p); statistic
 *              max |W_t| / (sqrt(n - p) (1 + 2 (t - p) / (n - p))): 5 % at 0.948
 *   ols        B_t = sum_{i<=t} e_i / (s sqrt n); statistic max |B_t|: 5 % at 1.358
 * Brown, Durbin & Evans (1975); Ploberger & Kraemer (1992). Errors as above. */
jv_status jv_cusum(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                   jv_cusum_kind kind, double *path, jv_test_result *out);

/* The p-value of a statistic of jv_cusum. */
double jv_cusum_p_value(jv_cusum_kind kind, double statistic);

/* H0: the coefficients before row `at` (0-based, the first of the second part) are those from it on.
 *   F = ((RSS - RSS1 - RSS2) / p) / ((RSS1 + RSS2) / (n - 2 p)),  p = k + 1
 * Where the second part has at most p rows, Chow's forecast test:
 *   F = ((RSS - RSS1) / n2) / (RSS1 / (n1 - p))
 * Chow (1960). Errors: JV_EINVAL (at), JV_EDATA (too few rows before, dependent columns), JV_ENOMEM. */
jv_status jv_chow(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k, size_t at,
                  jv_test_result *out);

#endif
