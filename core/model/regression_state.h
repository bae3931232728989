/* A fitted regression: its coefficients, what it forecasts, what is told and saved of it. */
#ifndef JV_MODEL_REGRESSION_STATE_H
#define JV_MODEL_REGRESSION_STATE_H

#include "model/regression_design.h"
#include "numeric/ols.h"

struct cJSON;

typedef struct jv_regression_trial {
  double period, waves, aicc;
} jv_regression_trial;

typedef struct jv_regression_state {
  jv_design design;   /* its x_names are those of the fit */
  size_t p;           /* coefficients, the intercept first; NaN: aliased */
  double *coef;       /* p; one block with the next two */
  double *covariance; /* p x p */
  double *work;       /* p: a row of the design, for jv_regression_mean */
  bool *aliased;      /* p */
  double sigma, df;
  double r2, adj_r2, f, f_p_value, cv, durbin_watson;
  size_t n;  /* rows of x */
  double *x; /* n rows of design.k */
  jv_regression_trial *trials;
  size_t n_trials;
  const char *
      *names; /* of the parts and the remainder, owned with their texts; made on first use */
  char *name_texts;
} jv_regression_state;

/* Room in fit->state for the coefficients of its design, and the names of its parts. */
jv_status jv_regression_make_room(jv_ctx *cx, jv_fit *fit);
/* Takes the estimates over. On error the state is to be freed. */
jv_status jv_regression_take(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, const jv_ols *ols);
/* A state in fit->state with the coefficients of another fit and the rows of this sample. */
jv_status jv_regression_copy(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
jv_status jv_regression_add_rows(jv_ctx *cx, jv_fit *fit, const double *x, size_t more);
jv_status jv_regression_add_trial(jv_ctx *cx, jv_regression_state *s, size_t period, size_t waves,
                                  double aicc);
/* The fitted value of observation t < s->n. */
double jv_regression_mean(const jv_regression_state *s, size_t t);
void jv_regression_free(jv_ctx *cx, jv_fit *fit);

/* Hooks of the class. */
jv_status jv_regression_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);
jv_status jv_regression_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                 size_t n_paths, double *paths);
jv_status jv_regression_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                   const char *const **names, double *values);
jv_status jv_regression_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_regression_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_regression_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);

#endif
