/* The options that every model takes, built in or written in Lua, beside those of its family.
 *
 * They say what is done around the model: the scale on which it works (a transformation before the
 * fit, undone after the forecast: model/transform.h) and where its intervals come from
 * (model/around.h). A family defines no option of these names. The rows below are parsed by
 * model/spec.h and by the bindings; jv_fit_new takes the struct through its sample. */
#ifndef JV_MODEL_COMMON_H
#define JV_MODEL_COMMON_H

#include "base/option.h"

/* Ways to choose the Box-Cox parameter, in the order of the row's words. */
typedef enum jv_lambda_choice {
  JV_LAMBDA_GUERRERO,
  JV_LAMBDA_LIKELIHOOD,
  JV_LAMBDA_LOG
} jv_lambda_choice;

/* Where quantiles, intervals and sample paths come from, in the order of the row's words. */
typedef enum jv_interval_method {
  JV_INTERVAL_MODEL, /* as the family gives them */
  JV_INTERVAL_ANALYTIC,
  JV_INTERVAL_SIMULATED,
  JV_INTERVAL_BOOTSTRAP,
  JV_INTERVAL_CONFORMAL,
  JV_INTERVAL_CONFORMAL_ROLLING
} jv_interval_method;

typedef struct jv_common {
  jv_real_or_choice lambda; /* Box-Cox; absent: none */
  double lower, upper;      /* bounds of y; NaN: none */
  int positive;             /* flag */
  int bias_adjust; /* flag: the mean of the back-transformed distribution, not its median */
  int interval;    /* jv_interval_method */
  int paths;       /* drawn where intervals come from sample paths */
  int parameter_uncertainty; /* flag: paths of refits to simulated series */
  int calibration;           /* origins of conformal intervals; JV_OPT_UNSET: half of the data */
} jv_common;

extern const jv_option jv_common_options[];

void jv_common_defaults(jv_common *common);
/* Is there an option of this name among them? */
bool jv_common_has(const char *name);
/* Nothing asked for: NULL, or all as by default. */
bool jv_common_is_plain(const jv_common *common);
/* Does the model work on another scale than that of y? */
bool jv_common_transforms(const jv_common *common);
/* What they say together; `what` begins the message ("ets"). JV_EINVAL when it makes no sense. */
jv_status jv_common_check(jv_ctx *cx, const char *what, const jv_common *common);

/* An option that neither the family (rows, may be NULL) nor every model has: JV_EINVAL with the
 * nearest name of both. JV_OK when rows have it. */
jv_status jv_common_unknown(jv_ctx *cx, const char *what, const jv_option *rows, const char *name);

#endif
