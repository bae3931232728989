/* State and options of complex exponential smoothing, for its own files and tests. */
#ifndef JV_MODEL_CES_H
#define JV_MODEL_CES_H

#include "model/ces_search.h"
#include "model/model.h"

typedef struct jv_ces_opt {
  int model;            /* jv_ces_form, or JV_CES_FORMS: the best by AICc */
  double a[JV_CES_MAX]; /* a0, a1, b0, b1; NaN: estimated */
} jv_ces_opt;

typedef struct jv_ces_trial {
  double aicc, sse; /* NaN: not tried */
} jv_ces_trial;

typedef struct jv_ces_state {
  jv_ces_form form;
  jv_ces_run start;     /* before the first observation, on `first` */
  jv_ces_run run;       /* after the last one, on `ring` */
  double *ring, *first; /* one block: size doubles each */
  size_t size;
  double gap; /* missing values since the last observation */
  jv_ces_trial tried[JV_CES_FORMS];
} jv_ces_state;

extern const char *const jv_ces_names[JV_CES_FORMS];

/* The run before the first observation, on a ring of s->size doubles. */
void jv_ces_rewind(const jv_ces_state *s, double *ring, jv_ces_run *run);

jv_status jv_ces_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_ces_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_ces_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);
void jv_ces_free(jv_ctx *cx, jv_fit *fit);

#endif
