/* auto: what is used when no model is named.
 *
 * The median of the forecasts of automatic ETS, automatic ARIMA, automatic CES and the dynamic
 * optimised theta method; of annual series the random walk with drift is among them. The four see a
 * series in different ways, none is the best everywhere, and the median takes no part in the failures
 * of one: on the M4, M3 and M1 panels it is more accurate than each (tests/bench/accuracy). Annual
 * series are short and mostly trend, which drift extrapolates without estimating more than it can.
 *
 * Annual is what the calendar says; without a calendar, a series without a season. Members that cannot
 * be fitted are left out, and where none can the forecast is naive: whatever naive takes, auto takes.
 * Intervals: combine_errors.c.
 *
 * Source: Petropoulos & Svetunkov (2020), IJF 36, 110-115, whose four these are.
 * Checked by: tests/core/test_combine.c */
#include "evaluate/combine.h"
#include "evaluate/models.h"
#include <stdio.h>

static const char four[] = "ets,arima,ces,dotm";
static const char five[] = "ets,arima,ces,dotm,drift";

static bool is_annual(const jv_sample *sample) {
  if (!sample->start || sample->start->freq.kind == JV_FREQ_INDEX) return sample->m == 1;
  return sample->start->freq.kind == JV_FREQ_A;
}

static jv_status fit_auto(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_combine_opt opt = {.how = JV_COMBINE_MEDIAN};
  bool annual = is_annual(sample);
  jv_status status = jv_combine_fit(cx, sample, &opt, annual ? five : four, fit);
  if (status == JV_OK && annual)
    return jv_combine_note(
        cx, fit->state,
        "Drift is among the models, since the series %s: such series are short and "
        "mostly trend.",
        sample->start && sample->start->freq.kind == JV_FREQ_A
            ? "is annual"
            : "has neither a season nor a calendar");
  if (status != JV_EDATA || sample->k > 0) return status;
  char why[sizeof cx->message];
  snprintf(why, sizeof why, "%s", cx->message);
  if (jv_combine_fit(cx, sample, &opt, "naive", fit) != JV_OK) return jv_failure(cx);
  return jv_combine_note(cx, fit->state, "The forecast is naive: %s", why);
}

static const jv_option rows[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

const jv_model_class jv_model_auto = {
    .name = "auto",
    .title = "Median of ETS, ARIMA, CES and theta",
    .doc =
        "What is used when no model is named: the median of the forecasts of automatic ETS, "
        "automatic ARIMA, automatic CES and the dynamic optimised theta method; of annual series "
        "(and of those with neither a season nor a calendar) drift is among them. Models that "
        "cannot be fitted to the series are left out, which explain() tells; where none can, the "
        "forecast is naive. Intervals come from the members' joint errors.",
    .source = "Petropoulos & Svetunkov (2020), IJF 36, 110-115",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_SIMULATE | JV_TAG_COMPONENTS | JV_TAG_UPDATE |
            JV_TAG_REGRESSORS,
    .options = rows,
    .min_n = 1,
    .fit = fit_auto,
    .apply = jv_combine_apply,
    .forecast = jv_combine_forecast,
    .simulate = jv_combine_simulate,
    .components = jv_combine_components,
    .update = jv_combine_update,
    .explain = jv_combine_explain,
    .save = jv_combine_save,
    .load = jv_combine_load,
    .free_state = jv_combine_free,
};
