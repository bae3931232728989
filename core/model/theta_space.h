/* What the innovations theta models share above their recursion: season, intervals, paths, saving.
 * The classes are in theta_variants.c. */
#ifndef JV_MODEL_THETA_SPACE_H
#define JV_MODEL_THETA_SPACE_H

#include "model/classical.h"
#include "model/model.h"
#include "model/theta_engine.h"

typedef enum jv_theta_variant {
  JV_THETA_STM,
  JV_THETA_OTM,
  JV_THETA_DSTM,
  JV_THETA_DOTM,
  JV_THETA_VARIANTS
} jv_theta_variant;

typedef struct jv_theta_opt {
  double alpha, theta, level;
  int seasonal;
} jv_theta_opt;

typedef struct jv_theta_candidate {
  double theta, alpha, sse, aicc; /* NaN: not tried */
} jv_theta_candidate;

typedef struct jv_theta_state {
  jv_adjust adjust;
  jv_theta_variant variant;
  jv_theta_run start, run; /* before the sample, and after the last observation */
  double theta;
  double sse, used, skipped;
  jv_theta_candidate tried[JV_THETA_VARIANTS]; /* automatic choice only; else NaN */
  bool is_short;                               /* too short to estimate theta: it is 2 */
  double early[JV_THETA_SKIP]; /* the observations whose errors do not count: fitted is NaN there */
} jv_theta_state;

/* Fits one variant, or the best by AICc of all when `variant` is JV_THETA_VARIANTS. The likelihood
 * is the Gaussian one of the seasonally adjusted series, with the variance concentrated out, over the
 * errors that count: -used/2 (log(2 pi sse/used) + 1). */
jv_status jv_theta_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, jv_theta_variant variant);

/* Hooks of jv_model_class. */
jv_status jv_theta_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
jv_status jv_theta_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);
jv_status jv_theta_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *paths);
jv_status jv_theta_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                              const char *const **names, double *values);
jv_status jv_theta_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more);
jv_status jv_theta_innovations(jv_ctx *cx, const jv_fit *fit, double *z);
jv_status jv_theta_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_theta_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_theta_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);
void jv_theta_free(jv_ctx *cx, jv_fit *fit);

extern const char *const jv_theta_names[JV_THETA_VARIANTS];

#endif
