/* Exact and conditional Gaussian likelihoods of one ARIMA order, and their maxima. */
#ifndef JV_MODEL_ARIMA_LIKELIHOOD_H
#define JV_MODEL_ARIMA_LIKELIHOOD_H

#include "model/arima_data.h"

/* One order on one set of data. Everything is allocated once. */
typedef struct jv_arima_problem {
  const jv_arima_data *data;
  jv_arima_order order;
  jv_arma_room *room;
  size_t n, k, columns, free_columns; /* k coefficients; gaps and regressors */
  size_t skipped;                     /* innovations that the conditional sum leaves out */
  double *coef;                       /* k, of the last evaluation */
  double *beta;                       /* columns' coefficients of the last evaluation */
  double *gram;                       /* factor of the filtered columns' cross products */
  double ss, log_det;    /* of the last evaluation: sum of squares, sum of log variances */
  double *z;             /* columns of n: filtered; the first holds the innovations */
  double *slopes;        /* k columns of n */
  double *kept, *kept_x; /* innovations and place of the last value asked for */
  double kept_value, kept_factor;
  bool careful, learns; /* slopes from both sides; curvature learnt */
  double *missed;
  double *best, *lower, *upper, *scratch, *work;
  double *starts; /* 2k, for the search from several places */
  void *block;
  size_t evaluations, limit_evaluations;
} jv_arima_problem;

typedef struct jv_arima_search {
  double tolerance;      /* in log-likelihood */
  size_t max_iterations; /* of one descent */
  double give_up;        /* value of the objective that must be promised; INFINITY: any */
} jv_arima_search;

/* What was found: partial autocorrelations x (k, the caller's), and the objective
 * n_used/2 log(ss) + log_det/2, of which the log-likelihood is a constant less. */
typedef struct jv_arima_found {
  double value;
  bool converged, given_up;
} jv_arima_found;

/* A problem for orders up to those of `most` and data of that shape. */
jv_status jv_arima_problem_new(jv_ctx *cx, const jv_arima_order *most, size_t n, size_t columns,
                               jv_arima_problem **out);
void jv_arima_problem_free(jv_ctx *cx, jv_arima_problem *problem);
/* Sets order and data; they fit what the problem was made for. */
void jv_arima_problem_set(jv_arima_problem *problem, const jv_arima_data *data,
                          const jv_arima_order *order);

/* The objectives at coefficients (not partial autocorrelations): INFINITY outside the stationary
 * region. ss, log_det, beta, z are left as of there. conditional: the first p + m P innovations are
 * zero, and none has a variance of its own. */
double jv_arima_exact(jv_arima_problem *problem, const double *coef);
double jv_arima_conditional(jv_arima_problem *problem, const double *coef);

/* Local minima from x (partial autocorrelations), which is moved. Errors: JV_ECANCEL. */
jv_status jv_arima_minimise_exact(jv_ctx *cx, jv_arima_problem *problem,
                                  const jv_arima_search *search, double *x, jv_arima_found *out);
jv_status jv_arima_minimise_conditional(jv_ctx *cx, jv_arima_problem *problem,
                                        const jv_arima_search *search, double *x,
                                        jv_arima_found *out);

/* A first guess x (k partial autocorrelations) from the data of the problem: Hannan & Rissanen. */
void jv_arima_guess(jv_arima_problem *problem, double *x);

/* Log-likelihood in the unit of the data, of an objective's value. */
double jv_arima_loglik(const jv_arima_data *data, double value);

#endif
