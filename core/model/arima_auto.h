/* The automatic choice of an ARIMA model: differences by tests, orders by an information criterion. */
#ifndef JV_MODEL_ARIMA_AUTO_H
#define JV_MODEL_ARIMA_AUTO_H

#include "model/arima_estimate.h"

typedef enum jv_arima_criterion { JV_ARIMA_AICC, JV_ARIMA_AIC, JV_ARIMA_BIC } jv_arima_criterion;

typedef struct jv_arima_auto_opt {
  int d, D; /* JV_OPT_UNSET: by the tests */
  int max_d, max_D, max_p, max_q, max_P, max_Q, max_order;
  int stepwise, approximation; /* JV_OPT_UNSET: by the length of the series */
  int seasonal, stationary, allow_mean, allow_drift;
  int criterion, unit_test, seasonal_test;
} jv_arima_auto_opt;

/* What became of a candidate. */
typedef enum jv_arima_fate {
  JV_ARIMA_TRIED,
  JV_ARIMA_GIVEN_UP, /* cannot come under the best so far: the descent was ended early */
  JV_ARIMA_NEAR_UNIT_ROOT,
  JV_ARIMA_FAILED /* no finite likelihood, or no degree of freedom */
} jv_arima_fate;

typedef struct jv_arima_trial {
  jv_arima_order order;
  bool constant;
  double criterion; /* infinite when it was not to be had */
  jv_arima_fate fate;
  size_t evaluations;
} jv_arima_trial;

typedef struct jv_arima_choice {
  jv_arima_trial *trials; /* in the order tried */
  size_t n_trials, room;
  double strength; /* seasonal strength that D was judged by; NaN when it was not */
  bool d_tested, D_tested, approximated, full, constant_series;
} jv_arima_choice;

/* jv_arima_choose(cx, y, n, m, regressors, opt, choice, out): the estimate of the chosen model.
 *
 *   y           begins and ends with observed values
 *   regressors  without a constant: whether there is one is part of the choice
 *   choice      what was tried; freed by jv_arima_choice_clear also after an error
 *
 * Errors: as jv_arima_estimate_new. */
jv_status jv_arima_choose(jv_ctx *cx, const double *y, size_t n, size_t m,
                          const jv_arima_regressors *regressors, const jv_arima_auto_opt *opt,
                          jv_arima_choice *choice, jv_arima_estimate **out);
void jv_arima_choice_clear(jv_ctx *cx, jv_arima_choice *choice);

/* The differences alone: order->d and order->D, m = 1 when the series is too short for a season. */
jv_status jv_arima_choose_differences(jv_ctx *cx, const double *y, size_t n, size_t m,
                                      const jv_arima_regressors *regressors,
                                      const jv_arima_auto_opt *opt, jv_arima_choice *choice,
                                      jv_arima_order *order);

#endif
