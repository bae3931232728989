/* A fit of the families ets, ses, holt and hw. Inside the ets family. */
#ifndef JV_MODEL_ETS_STATE_H
#define JV_MODEL_ETS_STATE_H

#include "model/ets_engine.h"

typedef struct jv_ets_state {
  jv_ets_form form;
  jv_ets_par par, given; /* given: NaN where par was estimated */
  size_t m;
  double *first, *last; /* states before observation `skip` and after the sample */
  size_t skip;
  bool conventional; /* see ets_simple.c */
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

/* Estimates and fills in the fit. Errors: those of jv_ets_estimate_new. */
jv_status jv_ets_fit_request(jv_ctx *cx, const jv_sample *sample, const jv_ets_request *request,
                             jv_fit *fit);

/* Hooks of jv_model_class. */
jv_status jv_ets_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
jv_status jv_ets_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);
jv_status jv_ets_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                          double *paths);
jv_status jv_ets_components(jv_ctx *cx, const jv_fit *fit, size_t *count, const char *const **names,
                            double *values);
jv_status jv_ets_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k);
jv_status jv_ets_innovations(jv_ctx *cx, const jv_fit *fit, double *z);
jv_status jv_ets_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_ets_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);
jv_status jv_ets_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);

#define JV_ETS_TAGS                                                                                \
  (JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_COMPONENTS | JV_TAG_UPDATE)
#define JV_ETS_HOOKS                                                                               \
  .apply = jv_ets_apply, .forecast = jv_ets_forecast, .simulate = jv_ets_simulate,                 \
  .components = jv_ets_components, .update = jv_ets_update, .innovations = jv_ets_innovations,     \
  .explain = jv_ets_explain, .save = jv_ets_save, .load = jv_ets_load,                             \
  .free_state = jv_ets_state_free

/* Rows of options. */
#define JV_ETS_WEIGHT(owner, field, least, most, doc)                                              \
  { #field, JV_OPT_REAL, offsetof(owner, field), NAN, least, most, doc, NULL }
#define JV_ETS_PHI(owner)                                                                          \
  {                                                                                                \
    "phi", JV_OPT_REAL, offsetof(owner, phi), NAN, 0.01, 1,                                        \
        "damping of the trend; estimated when "                                                    \
        "absent, between 0.8 and 0.98",                                                            \
        NULL                                                                                       \
  }

#endif
