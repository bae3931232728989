/* What a structural fit keeps; shared by the files that fit it, use it, save it and explain it. */
#ifndef JV_MODEL_STRUCTURAL_STATE_H
#define JV_MODEL_STRUCTURAL_STATE_H

#include "model/structural.h"

/* A candidate of the choice among types. */
typedef struct jv_structural_row {
  char name[96];
  double loglik, aicc; /* aicc: of the common observations */
  size_t parameters;
} jv_structural_row;

enum { JV_STRUCTURAL_ROWS = 8, JV_STRUCTURAL_PARTS = 7 };

typedef struct jv_structural_state {
  jv_structural_form form;
  jv_structural_par par;
  size_t n;        /* observations so far */
  double *y, *x;   /* n, n * k: the smoother goes over all of them */
  double *x_scale; /* k */
  double *a, *p;   /* predicted state and covariance (over s^2) after the last observation */
  size_t rows;     /* tried by the choice among types; 0: the type was given */
  jv_structural_row trace[JV_STRUCTURAL_ROWS];
  const char *parts[JV_STRUCTURAL_PARTS]; /* names of the components */
  size_t n_parts;
} jv_structural_state;

/* System and filter over the sample kept, run with `keep`; both to be freed. */
jv_status jv_structural_refilter(jv_ctx *cx, const jv_structural_state *s, jv_kalman_keep keep,
                                 jv_structural_system *system, jv_kalman **k);
/* The system of h further steps, started from the state after the last observation. */
jv_status jv_structural_ahead(jv_ctx *cx, const jv_structural_state *s, const double *x, size_t h,
                              jv_structural_system *system);

/* Names the parts of the form. */
void jv_structural_name_parts(jv_structural_state *s);
/* Keeps the state at the end of a run; allocates only the first time. */
jv_status jv_structural_keep_end(jv_ctx *cx, jv_structural_state *s, const jv_kalman *k);

/* The class's hooks that stand in files of their own. */
jv_status jv_structural_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                   const char *const **names, double *values);
jv_status jv_structural_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_structural_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_structural_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);
void jv_structural_free(jv_ctx *cx, jv_fit *fit);

#endif
