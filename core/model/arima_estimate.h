/* Estimates of one ARIMA order: coefficients with their standard errors, and the fit's numbers. */
#ifndef JV_MODEL_ARIMA_ESTIMATE_H
#define JV_MODEL_ARIMA_ESTIMATE_H

#include "model/arima_likelihood.h"

/* ML starts from several places; CSS-ML only from the conditional estimate. */
typedef enum jv_arima_method { JV_ARIMA_ML, JV_ARIMA_CSS_ML, JV_ARIMA_CSS } jv_arima_method;

typedef struct jv_arima_estimate {
  jv_arima_order order;
  bool constant;
  size_t k, n_x;           /* ARMA coefficients; regressors, the constant last */
  double *coef;            /* k, then the n_x regressors' */
  double *se;              /* k + n_x; NaN where the likelihood has no curvature to give one */
  double *beta_covariance; /* n_x * n_x, given the ARMA coefficients */
  double *first;           /* the values without regressors that differencing takes, oldest first */
  double loglik;           /* Gaussian, of the n_used values; of the differenced series */
  double sigma2;           /* sum of squared innovations / (n_used - k - n_x); infinite without any
                              degree of freedom */
  size_t n_used;
  bool converged;
  size_t evaluations;
} jv_arima_estimate;

/* jv_arima_estimate_new(cx, y, n, order, regressors, method, out): y begins and ends with observed
 * values, gaps between are NaN.
 * Errors: JV_EDATA (too short, regressors that are combinations of each other), JV_ENUMERIC (nothing
 * finite found), JV_ENOMEM, JV_ECANCEL. */
jv_status jv_arima_estimate_new(jv_ctx *cx, const double *y, size_t n, const jv_arima_order *order,
                                const jv_arima_regressors *regressors, jv_arima_method method,
                                jv_arima_estimate **out);
void jv_arima_estimate_free(jv_ctx *cx, jv_arima_estimate *estimate);

/* The best minimum from several starts; x of partial autocorrelations is the result, and the last
 * start when `warm` says so. */
jv_status jv_arima_minimise_from_starts(jv_ctx *cx, jv_arima_problem *problem,
                                        const jv_arima_search *search, bool warm, double *x,
                                        jv_arima_found *out);

/* Everything but the search, at the partial autocorrelations x of a problem that is set. */
jv_status jv_arima_estimate_at(jv_ctx *cx, jv_arima_problem *problem, const double *y,
                               const jv_arima_regressors *regressors, jv_arima_method method,
                               const double *x, jv_arima_estimate **out);

#endif
