/* The state of an arima fit, shared by the files of the family. */
#ifndef JV_MODEL_ARIMA_MODEL_H
#define JV_MODEL_ARIMA_MODEL_H

#include "model/arima_auto.h"
#include "model/arima_state.h"
#include "model/model.h"

enum { JV_ARIMA_NAME_SIZE = 72, JV_ARIMA_MOST_ORDER = 200 };

typedef struct jv_arima_options {
  char order[JV_OPT_TEXT_SIZE], seasonal[JV_OPT_TEXT_SIZE];
  int mean, drift, method;
  int d, D;
  int max_p, max_q, max_P, max_Q, max_d, max_D, max_order;
  int stepwise, approximation, stationary, allow_mean, allow_drift, ic, test, seasonal_test;
} jv_arima_options;

typedef struct jv_arima_fitted {
  jv_arima_estimate *estimate;
  jv_arima_state *now;    /* after the last observation */
  double *effect;         /* n: what the regressors contribute; NULL without regressors */
  jv_arima_choice choice; /* no trials when the order was given */
  bool automatic;
  int method; /* jv_arima_method */
} jv_arima_fitted;

/* "ARIMA(2,1,1)(0,1,0)[12] with drift" */
void jv_arima_print(const jv_arima_order *o, bool constant, size_t k, char *out, size_t size);
/* "ar1", "sma2", "mean", "drift", or the name of a regressor. */
void jv_arima_coefficient_name(const jv_fit *fit, const jv_arima_estimate *e, size_t i, char *out,
                               size_t size);

void jv_arima_fitted_free(jv_ctx *cx, jv_fit *fit);
jv_status jv_arima_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_arima_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_arima_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);

#endif
