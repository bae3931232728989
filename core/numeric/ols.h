/* Ordinary least squares with the diagnostics of a regression table. */
#ifndef JV_NUMERIC_OLS_H
#define JV_NUMERIC_OLS_H

#include "base/ctx.h"
#include "base/option.h"

typedef struct jv_ols_options {
  int intercept;    /* 1: a column of ones is put before those of x */
  double tolerance; /* of the rank test; NaN: 16 max(n, p) epsilon */
} jv_ols_options;

extern const jv_option jv_ols_option_rows[];

/* Columns are those of x, after the intercept where there is one. Observations with a missing y or
 * x take no part: their fitted, residuals and leverage are NaN. A column that is a combination of
 * those before it is aliased: it takes no part, and its numbers are NaN. */
typedef struct jv_ols {
  size_t n, n_used, p, rank;
  bool intercept;
  bool *aliased;                   /* p */
  double *coef, *se, *t, *p_value; /* p; p_value two-sided, Student with df_residual */
  double *vif;                     /* p: variance inflation; NaN for the intercept */
  double *covariance;              /* p x p, of the coefficients */
  double *fitted, *residuals;      /* n */
  double *leverage;                /* n: diagonal of the hat matrix */
  double df_model, df_residual;
  double tss, ess, rss;            /* sums of squares, about the mean with an intercept */
  double sigma;                    /* residual standard deviation, sqrt(rss / df_residual) */
  double r2, adj_r2, f, f_p_value; /* without an intercept about zero */
  double loglik, aic, aicc, bic;   /* Gaussian; the variance counts as a parameter */
  double durbin_watson;
  double condition; /* of the scaled columns that take part */
} jv_ols;

/* jv_ols_fit(cx, y, x, n, k, opt, out): y = x b + e by pivoted QR with refinement.
 *
 *   y    n doubles, NaN = missing
 *   x    n x k column-major, NaN = missing; k may be 0 with an intercept
 *   opt  NULL: intercept, default tolerance
 *   out  the caller's: jv_ols_free
 *
 * Cost O(n p^2). Cancellable. With as many columns as observations the fit is exact and every
 * standard error NaN.
 * Errors: JV_EDATA (infinite value, fewer complete observations than columns, no column at all),
 * JV_ENOMEM, JV_ENUMERIC, JV_ECANCEL.
 * Source: Golub & Van Loan, Matrix Computations, 5.3-5.5; Bjorck (1967) for the refinement.
 * Checked by: tests/core/test_ols.c, tests/core/test_nist.c */
jv_status jv_ols_fit(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                     const jv_ols_options *opt, jv_ols **out);
void jv_ols_free(jv_ctx *cx, jv_ols *fit);

/* Predictions for rows x (rows x k column-major, as given to jv_ols_fit, without the ones): mean,
 * and the standard errors of the mean (se_mean) and of a new observation (se_new); NULL skips. */
jv_status jv_ols_predict(jv_ctx *cx, const jv_ols *fit, const double *x, size_t rows, double *mean,
                         double *se_mean, double *se_new);

#endif
