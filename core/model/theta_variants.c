/* The classes of the innovations theta models: which of theta and the line is fixed, and which is
 * estimated or moves. `theta` (theta.c) is the older method: smoothing fitted by itself. */
#include "model/builtin.h"
#include "model/theta_space.h"

#define ROW_ALPHA                                                                                  \
  {                                                                                                \
    "alpha", JV_OPT_REAL, offsetof(jv_theta_opt, alpha), NAN, 1e-4, 1,                             \
        "smoothing weight; estimated in [0.1, 0.99] when absent", NULL                             \
  }
#define ROW_LEVEL                                                                                  \
  {                                                                                                \
    "level", JV_OPT_REAL, offsetof(jv_theta_opt, level), NAN, -1e300, 1e300,                       \
        "start level, in the unit of the adjusted series; estimated when absent", NULL             \
  }
#define ROW_SEASONAL                                                                               \
  {                                                                                                \
    "seasonal", JV_OPT_CHOICE, offsetof(jv_theta_opt, seasonal), JV_SEASONAL_AUTO, 0, 0,           \
        "seasonal adjustment; auto: by the autocorrelation test", JV_SEASONAL_CHOICES              \
  }
#define ROW_END                                                                                    \
  { NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL }

/* theta is set by the rows even where no name leads to it: absent, which the standard models read
 * as 2 */
static const jv_option standard_rows[] = {ROW_ALPHA, ROW_LEVEL, ROW_SEASONAL, ROW_END};
static const jv_option optimised_rows[] = {
    ROW_ALPHA,
    {"theta", JV_OPT_REAL, offsetof(jv_theta_opt, theta), NAN, 1, 1e10,
     "weight of the short-term curvature; 1: no line at all, 2: half its slope; estimated when "
     "absent",
     NULL},
    ROW_LEVEL,
    ROW_SEASONAL,
    ROW_END};

static jv_status fit_stm(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return jv_theta_fit(cx, sample, fit, JV_THETA_STM);
}

static jv_status fit_otm(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return jv_theta_fit(cx, sample, fit, JV_THETA_OTM);
}

static jv_status fit_dstm(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return jv_theta_fit(cx, sample, fit, JV_THETA_DSTM);
}

static jv_status fit_dotm(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return jv_theta_fit(cx, sample, fit, JV_THETA_DOTM);
}

static jv_status fit_auto(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  ((jv_theta_opt *)fit->opt)->theta = NAN;
  return jv_theta_fit(cx, sample, fit, JV_THETA_VARIANTS);
}

#define SOURCE                                                                                     \
  "Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), Models for optimising the theta "  \
  "method and their relationship to state space models, IJF 32, 1151-1161"
#define SEASON                                                                                     \
  " A season that the autocorrelation test finds (90 %) is taken out by classical decomposition "  \
  "first: multiplicative, or additive where values are zero or below. Missing values leave level " \
  "and line as they are and widen the intervals, which are exact."

#define THETA_CLASS(id, text, paragraph, option_rows)                                              \
  const jv_model_class jv_model_##id = {                                                           \
      .name = #id,                                                                                 \
      .title = text,                                                                               \
      .doc = paragraph SEASON,                                                                     \
      .source = SOURCE,                                                                            \
      .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |               \
              JV_TAG_COMPONENTS | JV_TAG_UPDATE,                                                   \
      .options = option_rows,                                                                      \
      .opt_size = sizeof(jv_theta_opt),                                                            \
      .min_n = 3,                                                                                  \
      .fit = fit_##id,                                                                             \
      .apply = jv_theta_apply,                                                                     \
      .forecast = jv_theta_forecast,                                                               \
      .simulate = jv_theta_simulate,                                                               \
      .components = jv_theta_components,                                                           \
      .update = jv_theta_update,                                                                   \
      .innovations = jv_theta_innovations,                                                         \
      .explain = jv_theta_explain,                                                                 \
      .save = jv_theta_save,                                                                       \
      .load = jv_theta_load,                                                                       \
      .state_size = sizeof(jv_theta_state),                                                        \
      .free_state = jv_theta_free,                                                                 \
  }

#define fit_autotheta fit_auto

THETA_CLASS(stm, "Standard theta model",
            "Level and half the slope of the line through the sample (theta = 2), with smoothing "
            "weight and start level fitted to the one-step errors of the whole model, which plain "
            "`theta` does not.",
            standard_rows);
THETA_CLASS(otm, "Optimised theta model",
            "As `stm`, with theta estimated too: from 1 (no trend) upwards (nearly the whole "
            "slope of the line through the sample).",
            optimised_rows);
THETA_CLASS(dstm, "Dynamic standard theta model",
            "As `stm`, but the line is the one through the observations so far, and moves with "
            "each new one, also within the forecast.",
            standard_rows);
THETA_CLASS(dotm, "Dynamic optimised theta model",
            "A level, and a share of the slope of the line through the observations so far; the "
            "share is estimated (theta). A strong, cheap method for series of any frequency: the "
            "best of the theta models in the M3 and M4 data.",
            optimised_rows);
THETA_CLASS(autotheta, "Theta model chosen by AICc",
            "The best by AICc of `stm`, `otm`, `dstm` and `dotm`.", standard_rows);
