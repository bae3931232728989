/* Conventional smoothing with simple start values. Inside the ets family. */
#ifndef JV_MODEL_ETS_SIMPLE_H
#define JV_MODEL_ETS_SIMPLE_H

#include "model/ets_engine.h"

typedef struct jv_ets_simple {
  const char *who; /* begins the messages */
  const double *y;
  size_t n;
  size_t begins_after, skip; /* observations that the start is made of; that have no error */
  jv_ets_run start;          /* before observation skip; its ring is owned */
  double *ring;              /* of runs from there */
  jv_ets_par par;            /* conventional: beta and gamma are shares */
  double sse;
  size_t n_used, n_params, evaluations;
  bool converged;
} jv_ets_simple;

/* Weights given are kept. Errors: JV_EDATA (too short, a start that is missing), JV_ENOMEM, JV_ECANCEL;
 * cleared either way. */
jv_status jv_ets_simple_fit(jv_ctx *cx, const char *who, jv_ets_form form, jv_ets_par given,
                            const double *y, size_t n, size_t m, jv_ets_simple *out);
void jv_ets_simple_clear(jv_ctx *cx, jv_ets_simple *simple);

/* The filter at the start, with these weights; its ring is the one of `simple`. */
jv_ets_run jv_ets_simple_run(jv_ets_simple *simple, jv_ets_par par);

#endif
