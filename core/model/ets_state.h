/* A fit of the families ets, ses, holt and hw. Inside the ets family. */
#ifndef JV_MODEL_ETS_STATE_H
#define JV_MODEL_ETS_STATE_H

#include "model/ets_engine.h"

typedef struct jv_ets_state {
  jv_ets_form form;
  jv_ets_par par, given; /* given: NaN where par was estimated */
  size_t m;
  double *first, *last; /* states before and after the sample */
  jv_ets_criterion criterion;
  jv_ets_target target;
  size_t nmse;
  size_t n_trials;
  jv_ets_trial trials[JV_ETS_MAX_FORMS];
} jv_ets_state;

/* Makes fit->state with room for the states of a form. Errors: JV_ENOMEM. */
jv_status jv_ets_state_new(jv_ctx *cx, jv_ets_form form, size_t m, jv_fit *fit);
void jv_ets_state_free(jv_ctx *cx, jv_fit *fit);

/* The filter at `states`, which are s->first or s->last; ring has room for m. */
jv_ets_run jv_ets_state_run(const jv_ets_state *s, const double *states, double *ring);

/* Hooks of jv_model_class. */
jv_status jv_ets_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_ets_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);
jv_status jv_ets_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);

#endif
