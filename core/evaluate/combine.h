/* Combination of forecasts: between the files of the combination, and for who shows its members.
 *
 *   combine.c          the class: fits of the members, forecasts, update, components
 *   combine_weights.c  weights: inverse backtest errors, least squares on the simplex
 *   combine_errors.c   the members' joint errors: sample paths of the combination
 *   combine_saved.c    saving, loading, explaining */
#ifndef JV_EVALUATE_COMBINE_H
#define JV_EVALUATE_COMBINE_H

#include "model/composed.h"

enum { JV_COMBINE_MOST = 24 }; /* members */

typedef enum jv_combine_how {
  JV_COMBINE_MEDIAN,
  JV_COMBINE_MEAN,
  JV_COMBINE_TRIMMED,
  JV_COMBINE_INVERSE,
  JV_COMBINE_STACKED
} jv_combine_how;
extern const char jv_combine_words[]; /* of the option `how`, in that order */

typedef struct jv_combine_opt {
  char models[JV_MODELS_SIZE];
  int how;
  double trim;
  int origins, horizon; /* of the backtest that weights rest on */
} jv_combine_opt;

typedef struct jv_combine_state {
  jv_combine_how how;
  double trim;
  size_t n; /* members that were fitted, at least one */
  jv_fit **fits;
  char **names;    /* as typed */
  double *weights; /* sum one; equal unless weighed by a backtest */
  double *rmse;    /* of the backtest, over the mean of its members; NaN where there was none */
  size_t origins, horizon; /* of the backtest; 0: none was made */
  char **notes;            /* sentences: what was left out, and why */
  size_t n_notes;
} jv_combine_state;

/* ---- combine.c ---- */

/* Fits the members typed in `models` to the sample; those that cannot be are left out with a note.
 * fit->state is set. Errors: JV_EDATA and others of the first member when none can be fitted. */
jv_status jv_combine_fit(jv_ctx *cx, const jv_sample *sample, const jv_combine_opt *opt,
                         const char *models, jv_fit *fit);
/* Adds a sentence. */
jv_status jv_combine_note(jv_ctx *cx, jv_combine_state *s, const char *fmt, ...) JV_PRINTF(3, 4);
/* What the combination makes of the members' values of one moment: v[0, n), NaN where a member has
 * none; NaN when no member has one. v is reordered. */
double jv_combine_centre(const jv_combine_state *s, double *v);
void jv_combine_free(jv_ctx *cx, jv_fit *fit);

/* The hooks that the classes of this room share. */
jv_status jv_combine_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
jv_status jv_combine_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);
jv_status jv_combine_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              size_t n_paths, double *paths);
jv_status jv_combine_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more);
jv_status jv_combine_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                const char *const **names, double *values);
jv_status jv_combine_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_combine_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_combine_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);

/* The state of a combination (of auto too); NULL: the fit is none, or one of transformed values, whose
 * members are on another scale than the fit. */
const jv_combine_state *jv_combine_state_of(const jv_fit *fit);
/* The members' point forecasts: s->n rows of h. */
jv_status jv_combine_means(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, double *means);

/* ---- combine_weights.c ---- */

/* Weights by a backtest of the members on the sample; without enough data they stay equal, with a
 * note. specs: of the members that were fitted, in their order. */
jv_status jv_combine_weigh(jv_ctx *cx, const jv_sample *sample, const jv_combine_opt *opt,
                           const jv_model_spec *specs, jv_combine_state *s);

/* jv_simplex_least(q, n, w): the w >= 0 with sum one at which w'Qw is least, Q n x n symmetric and
 * positive semi-definite: the point of least norm in the convex hull of error vectors whose products
 * Q holds. work: n * (n + 3) doubles. Exact up to rounding, in finitely many steps.
 * Source: Wolfe (1976), Mathematical Programming 11, 128-149.
 * Checked by: tests/core/test_combine.c */
void jv_simplex_least(const double *q, size_t n, double *w, double *work);

/* ---- combine_errors.c ---- */

/* Correlations of the members' innovations, n x n, drawn towards one where they rest on few. */
jv_status jv_combine_correlations(jv_ctx *cx, const jv_fit *fit, double *r);
/* n_paths of h errors of the combination around its forecast. *known false: no member has a spread. */
jv_status jv_combine_errors(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *errors, bool *known);

#endif
