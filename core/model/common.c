/* Rows and checks of the options that every model takes. */
#include "model/common.h"
#include <string.h>

#define OFFSET(field) offsetof(jv_common, field)

const jv_option jv_common_options[] = {
    {"lambda", JV_OPT_REAL_OR_CHOICE, OFFSET(lambda), NAN, -5, 5,
     "Box-Cox transformation of y before the fit: its parameter (0 and log are the logarithm), or "
     "how it is chosen",
     "guerrero|likelihood|log"},
    {"bias_adjust", JV_OPT_FLAG, OFFSET(bias_adjust), 0, 0, 1,
     "of a transformed model: point forecasts are means, not medians", NULL},
    {"lower", JV_OPT_REAL, OFFSET(lower), NAN, -1e300, 1e300,
     "bound below: the model works on log(y - lower), or with upper on the scaled logit", NULL},
    {"upper", JV_OPT_REAL, OFFSET(upper), NAN, -1e300, 1e300,
     "bound above: the model works on -log(upper - y), or with lower on the scaled logit", NULL},
    {"positive", JV_OPT_FLAG, OFFSET(positive), 0, 0, 1,
     "no forecast, path or interval below zero: the logarithm, or with lambda what falls below "
     "zero "
     "is zero",
     NULL},
    {"interval", JV_OPT_CHOICE, OFFSET(interval), JV_INTERVAL_MODEL, 0, 0,
     "where intervals and paths come from; conformal: errors of one fit moved through the last "
     "observations, conformal_rolling: of refits",
     "model|analytic|simulated|bootstrap|conformal|conformal_rolling"},
    {"paths", JV_OPT_INT, OFFSET(paths), 2000, 2, 1000000,
     "sample paths that intervals are read off, where they are simulated", NULL},
    {"parameter_uncertainty", JV_OPT_FLAG, OFFSET(parameter_uncertainty), 0, 0, 1,
     "paths of 100 refits to series simulated from the model, so that they carry the error of its "
     "estimates; costs 100 fits",
     NULL},
    {"calibration", JV_OPT_INT, OFFSET(calibration), NAN, 2, 1000000,
     "forecast origins that conformal intervals are calibrated at; by default half of the "
     "observations, at most 100, with refits 50",
     NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

void jv_common_defaults(jv_common *common) {
  memset(common, 0, sizeof *common);
  jv_option_defaults(jv_common_options, common);
}

bool jv_common_has(const char *name) {
  for (const jv_option *row = jv_common_options; row->name; row++)
    if (strcmp(row->name, name) == 0) return true;
  return false;
}

bool jv_common_transforms(const jv_common *c) {
  return !isnan(c->lambda.number) || c->lambda.choice != JV_OPT_UNSET || !isnan(c->lower) ||
         !isnan(c->upper) || c->positive;
}

bool jv_common_is_plain(const jv_common *c) {
  return !c || (!jv_common_transforms(c) && c->interval == JV_INTERVAL_MODEL &&
                !c->parameter_uncertainty && !c->bias_adjust);
}

static jv_status check_scale(jv_ctx *cx, const char *what, const jv_common *c) {
  bool lambda = !isnan(c->lambda.number) || c->lambda.choice != JV_OPT_UNSET;
  bool bounded = !isnan(c->lower) || !isnan(c->upper);
  if (lambda && bounded)
    return jv_fail(cx, JV_EINVAL, "%s: lambda and bounds are two transformations: give one of them",
                   what);
  if (c->positive && bounded)
    return jv_fail(cx, JV_EINVAL, "%s: positive is a bound of its own, lower = 0: give one of them",
                   what);
  if (c->lower >= c->upper)
    return jv_fail(cx, JV_EINVAL, "%s: lower must be below upper, got %g and %g", what, c->lower,
                   c->upper);
  if (c->bias_adjust && !jv_common_transforms(c))
    return jv_fail(
        cx, JV_EINVAL,
        "%s: bias_adjust is for a transformed model: give lambda, positive or bounds too", what);
  return JV_OK;
}

jv_status jv_common_check(jv_ctx *cx, const char *what, const jv_common *c) {
  JV_TRY(check_scale(cx, what, c));
  if (c->parameter_uncertainty && c->interval != JV_INTERVAL_MODEL &&
      c->interval != JV_INTERVAL_SIMULATED && c->interval != JV_INTERVAL_BOOTSTRAP)
    return jv_fail(
        cx, JV_EINVAL,
        "%s: parameter_uncertainty draws sample paths: it goes with interval simulated or "
        "bootstrap (conformal_rolling carries it without)",
        what);
  return JV_OK;
}

jv_status jv_common_unknown(jv_ctx *cx, const char *what, const jv_option *rows, const char *name) {
  if (jv_option_known(cx, what, rows, name) == JV_OK) return JV_OK;
  const char *list[sizeof jv_common_options / sizeof *jv_common_options];
  size_t n = 0;
  while (jv_common_options[n].name) {
    list[n] = jv_common_options[n].name;
    n++;
  }
  const char *near = strstr(cx->message, "did you mean") ? NULL : jv_nearest_name(name, list, n);
  if (near) jv_fail(cx, JV_EINVAL, "%s: unknown option '%s', did you mean '%s'?", what, name, near);
  return JV_EINVAL;
}
