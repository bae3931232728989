/* One interface for every forecasting model, built in or written in Lua.
 *
 * A family is one .c file that fills one jv_model_class and one line in registry.c. Models see
 * plain doubles; calendar, unit and names are put on by the layers above. */
#ifndef JV_MODEL_MODEL_H
#define JV_MODEL_MODEL_H

#include "base/ctx.h"
#include "base/option.h"
#include "base/rng.h"
#include "model/forecast.h"
#include "series/period.h"

struct cJSON;
typedef struct jv_model_class jv_model_class;

/* What a family can do. Asking for what it cannot is JV_EUNSUPPORTED, never a guess. */
typedef enum jv_model_tag {
  JV_TAG_SEASONAL = 1 << 0,   /* uses m > 1 */
  JV_TAG_MISSING = 1 << 1,    /* accepts NaN in y; without it the generic layer refuses them */
  JV_TAG_ANALYTIC = 1 << 2,   /* closed-form intervals (may depend on the form chosen) */
  JV_TAG_SIMULATE = 1 << 3,   /* sample paths */
  JV_TAG_COMPONENTS = 1 << 4, /* level, trend, season … per observation */
  JV_TAG_UPDATE = 1 << 5,     /* takes new data without refitting */
  JV_TAG_POSITIVE = 1 << 6,   /* needs y > 0 */
  JV_TAG_SCRIPTED = 1 << 7,   /* defined in Lua */
  JV_TAG_REGRESSORS = 1 << 8, /* takes regressors; without it the generic layer refuses them */
  JV_TAG_ESTIMATION = 1 << 9  /* its paths carry the uncertainty of its parameters of themselves */
} jv_model_tag;

/* What a fit is made from. y is in the unit of the series, NaN = missing, and is not kept. */
typedef struct jv_sample {
  const double *y;
  size_t n;
  size_t m;       /* seasonal period, 1 = none */
  const char *id; /* series id: keys the random streams; NULL = "" */
  uint64_t seed;
  const jv_period *start; /* period of y[0], for models that look at the calendar; NULL = undated */
  const double *x;        /* regressors: n rows of k, none missing; NULL with k = 0. Not kept. */
  size_t k;
  const char *const *x_names; /* k names; NULL: x1, x2, … */
  const jv_common *common;    /* the options of every model; NULL: none. A family sees NULL here. */
  bool transformed; /* y is on another scale than the series: no multiplicative forms by default */
} jv_sample;

struct jv_around; /* model/around.h: what the common options of a fit came to */

struct jv_fit {
  const jv_model_class *cls;
  void *opt;         /* options as given: cls->opt_size bytes */
  void *state;       /* the family's own */
  size_t n, m;       /* observations and seasonal period of the sample */
  size_t k;          /* regressors */
  char **x_names;    /* k of them */
  double *fitted;    /* n one-step means; NaN where there is none */
  double *residuals; /* n: y - fitted, in the unit of y (innovations are the family's business) */
  double loglik;     /* NaN where the family has no likelihood; see the family's header */
  size_t n_params;   /* estimated, including the variance: as the AIC counts them */
  double aic, aicc, bic;
  double sigma2; /* innovation variance, the family's definition */
  bool converged;
  size_t evaluations;
  char form[96]; /* what was fitted: "ETS(M,Ad,M)" */
  char *id;      /* copy of the sample's id */
  uint64_t seed;
  double *pool; /* standardised innovations that paths are drawn from; NULL: normal ones */
  size_t n_pool;
  /* Fits with pools of one size and the same key draw the same place of them at the same step of the
   * same path: their innovations are joint. The key is not owned; NULL: each fit by itself. */
  const char *joint;
  struct jv_around *around; /* NULL: no common options */
};

/* The standardised innovations of one sample path: normal, or drawn from the fit's pool with
 * replacement. */
typedef struct jv_draws {
  jv_rng rng;
  jv_rng places; /* of the pool, when they are joint */
  bool joint;
  const double *pool;
  size_t n_pool;
} jv_draws;

struct jv_model_class {
  const char *name;   /* "ets" */
  const char *title;  /* "Exponential smoothing state space" */
  const char *doc;    /* paragraphs for help(): what it is, when, options are appended */
  const char *source; /* paper and equations */
  unsigned tags;
  const jv_option *options;
  size_t opt_size;
  size_t min_n; /* fewest observed values that it can take; generic check */
  void *user;   /* a scripted model's own; built-in classes leave it NULL */

  /* What options say together, before any data are seen: JV_EINVAL when they make no sense.
   * NULL: the rows have checked all there is. */
  jv_status (*check)(jv_ctx *cx, const void *opt);
  /* Fills fit->state, fitted, residuals (allocated, all NaN, by the caller) and the numbers.
   * opt may be changed in place to say what was chosen; it must do for another fit. On error it
   * frees what it made. */
  jv_status (*fit)(jv_ctx *cx, const jv_sample *sample, jv_fit *fit);
  /* As fit, but with the form and the parameters of `from`, nothing estimated: state, fitted values
   * and residuals are those of the sample, sigma2 that of `from`. NULL: cannot. */
  jv_status (*apply)(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
  /* Fills fc for fc->h steps: mean is allocated by the caller, sd and paths by the family when it
   * has them (jv_forecast_free frees them). want_paths: the caller needs paths, whatever form. */
  jv_status (*forecast)(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);
  /* n_paths rows of h into paths, x as in jv_forecast; the innovations of path k are those of
   * jv_fit_draws(fit, k). May be NULL: then paths are drawn from the distribution of a forecast, step
   * by step. */
  jv_status (*simulate)(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                        double *paths);
  /* The n one-step innovations of the fit in units of their standard deviation, NaN where there is
   * none. NULL: the residuals over the root of their mean square. */
  jv_status (*innovations)(jv_ctx *cx, const jv_fit *fit, double *z);
  /* Number of components; names[k] static text, values n each, allocated by the caller as
   * count * n. Called first with values NULL to get the count. NULL: none. */
  jv_status (*components)(jv_ctx *cx, const jv_fit *fit, size_t *count, const char *const **names,
                          double *values);
  /* Takes `more` new observations and their regressors; the generic layer has already grown fitted
   * and residuals to n + more and set fit->n to the old n. NULL: cannot. */
  jv_status (*update)(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more);
  /* What was done and why, beyond what the generic layer says (form, numbers, options): members of
   * a JSON object, made by the setters of model/state.h. `steps`: a list of sentences; `trace`: a
   * list of objects with the same members, a row for each candidate tried; `coefficients`: objects
   * {name, estimate, se}. NULL: nothing more to say. */
  jv_status (*explain)(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
  jv_status (*save)(jv_ctx *cx, const jv_fit *fit, struct cJSON *into); /* state only */
  jv_status (*load)(jv_ctx *cx, const struct cJSON *from, jv_fit *fit); /* state only */
  size_t state_size; /* load finds a zeroed state of this size; 0: it makes its own */
  void (*free_state)(jv_ctx *cx, jv_fit *fit);

  /* For a class whose options have no rows (one written in Lua): puts one typed literal into opt. A
   * flag comes as a number, a text has text set. NULL: rows only. */
  jv_status (*set_literal)(jv_ctx *cx, const jv_model_class *cls, void *opt, const char *name,
                           jv_opt_type type, double number, const char *text);
};

/* ---- the generic layer: core/model/fit.c; everything above calls these, never a class ---- */

/* Fits cls with options opt (NULL: defaults) and those of every model in sample->common. Checks y
 * (infinite values, too few, missing without JV_TAG_MISSING, y <= 0 with JV_TAG_POSITIVE) with
 * messages that name the observation.
 *
 * Of a transformed model fitted and residuals are in the unit of y, the fitted values as medians;
 * loglik, the criteria and sigma2 are those of the transformed observations.
 * *out belongs to the caller: jv_fit_free. Errors: JV_EDATA, JV_EINVAL (common options that make no
 * sense), JV_ENOMEM, JV_ECANCEL, the family's. */
jv_status jv_fit_new(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                     const void *opt, jv_fit **out);
/* The same model with the parameters of `from` on another sample (of as many regressors): nothing is
 * estimated. sample->common is not looked at: those of `from` hold. Errors: JV_EUNSUPPORTED. */
jv_status jv_fit_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit **out);
/* The fit as its family made it, for who knows the family's state: fit itself, but for a transformed
 * model, whose state is on the other scale. */
const jv_fit *jv_fit_core(const jv_fit *fit);
void jv_fit_free(jv_ctx *cx, jv_fit *fit);

/* Point forecasts and distribution for h >= 1 steps; *out to be freed by jv_forecast_free. x: h rows
 * of fit->k future regressors, NULL when the fit has none (JV_EINVAL when one fits not the other). */
jv_status jv_fit_forecast(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                          jv_forecast **out);

/* n_paths sample paths of h steps into paths (row by row); x as above. */
jv_status jv_fit_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                          double *paths);
/* count * n values, to be freed with jv_free; of a transformed model those of the mapped series. */
jv_status jv_fit_components(jv_ctx *cx, const jv_fit *fit, size_t *count, const char *const **names,
                            double **values);
jv_status jv_fit_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more);
/* All that is to be said of a fit, into an empty object: model, form, options, numbers, common
 * options, then what the family adds (steps, trace, coefficients): model/explain.c. */
jv_status jv_fit_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);

/* JSON text of a fit (model, options, form, numbers, state) and back; the registry of cx finds the
 * class by name. */
jv_status jv_fit_save(jv_ctx *cx, const jv_fit *fit, char **json);
jv_status jv_fit_load(jv_ctx *cx, const char *json, size_t len, jv_fit **out);

/* Random stream of sample path k of this fit, and its innovations. */
jv_rng jv_fit_rng(const jv_fit *fit, size_t k);
jv_draws jv_fit_draws(const jv_fit *fit, size_t k);
double jv_draw(jv_draws *draws);

/* loglik, n_params and the count of observations used -> aic, aicc (infinite when n <= k + 1), bic. */
void jv_fit_criteria(jv_fit *fit, size_t n_used);

#endif
