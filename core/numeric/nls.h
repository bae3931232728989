/* Nonlinear least squares. */
#ifndef JV_NUMERIC_NLS_H
#define JV_NUMERIC_NLS_H

#include "base/ctx.h"
#include "base/option.h"

/* The model: n fitted values for k parameters. A value that is not finite means: outside, never
 * accepted. jacobian, n x k column-major, may be NULL: central differences of the fourth order then
 * stand in. Both return JV_OK or fail, which ends the fit. They allocate nothing. */
typedef struct jv_nls_model {
  size_t n, k;
  void *data;
  jv_status (*value)(jv_ctx *cx, void *data, const double *b, double *fitted);
  jv_status (*jacobian)(jv_ctx *cx, void *data, const double *b, double *jacobian);
} jv_nls_model;

typedef struct jv_nls_options {
  int max_iterations; /* of each try; 5000 */
  double tolerance;   /* relative change of the parameters; 1e-12 */
} jv_nls_options;

extern const jv_option jv_nls_option_rows[];

typedef struct jv_nls {
  size_t n, k, n_used;
  double *coef, *se, *t, *p_value;    /* k; Student with df */
  double *covariance;                 /* k x k, sigma^2 (J'J)^-1 */
  double *fitted, *residuals;         /* n; NaN where y is missing */
  double rss, sigma, df, loglik, aic; /* sigma = sqrt(rss / df); Gaussian */
  size_t iterations, evaluations;     /* over all tries */
  bool converged;                     /* the last relative step is below the tolerance */
  bool singular;                      /* J has not full rank at the end: se are NaN */
} jv_nls;

/* jv_nls_fit(cx, model, y, start, opt, out): b that minimises sum (y - f(b))^2.
 *
 *   y      n doubles, NaN = missing (left out)
 *   start  k doubles
 *   out    the caller's: jv_nls_free
 *
 * Not converging is a result. The minimum is a local one: the lowest of those that up to four
 * damping schedules reach from the start.
 * Cost: some dozens of Jacobians a try, each 4 k models when differenced, and O(n k^2).
 * Cancellable. Errors: JV_EDATA (fewer values than parameters, model not finite at the start, infinite
 * y), JV_EINVAL (k = 0), JV_ENOMEM, JV_ECANCEL, and those of the model.
 * Source: More (1978), The Levenberg-Marquardt algorithm; Nielsen (1999), IMM-REP-1999-05.
 * Checked by: tests/core/test_nls.c, tests/core/test_nist_nonlinear.c */
jv_status jv_nls_fit(jv_ctx *cx, const jv_nls_model *model, const double *y, const double *start,
                     const jv_nls_options *opt, jv_nls **out);
void jv_nls_free(jv_ctx *cx, jv_nls *fit);

#endif
