/* Totals of years: actual sub-periods and sample paths added up path by path. */
#include "evaluate/annual.h"
#include "numeric/summary.h"
#include <string.h>

/* Sub-periods [from, to) of one year, as positions from the start of the data. */
typedef struct span {
  jv_period year;
  size_t from, to;
} span;

/* The year of position t. */
static jv_status year_of(jv_ctx *cx, jv_period start, size_t t, jv_freq annual, jv_period *year) {
  jv_period at;
  JV_TRY(jv_period_add(cx, start, (int64_t)t, &at));
  return jv_period_convert(cx, at, annual, true, year);
}

/* The span of the year that holds position t; to = from when its beginning lies before the data. */
static jv_status span_at(jv_ctx *cx, jv_period start, size_t t, jv_freq annual, span *out) {
  jv_period other = start;
  JV_TRY(year_of(cx, start, t, annual, &out->year));
  out->from = t;
  out->to = t + 1;
  for (other = out->year; out->from > 0; out->from--) {
    JV_TRY(year_of(cx, start, out->from - 1, annual, &other));
    if (other.ordinal != out->year.ordinal) break;
  }
  for (;; out->to++) {
    JV_TRY(year_of(cx, start, out->to, annual, &other));
    if (other.ordinal != out->year.ordinal) break;
  }
  if (out->from > 0) return JV_OK;
  jv_period before;
  JV_TRY(jv_period_add(cx, start, -1, &before));
  JV_TRY(jv_period_convert(cx, before, annual, true, &other));
  if (other.ordinal == out->year.ordinal) out->from = out->to;
  return JV_OK;
}

/* What a year needs to be added up. */
typedef struct inputs {
  const double *y;
  size_t n, h, n_paths;
  const jv_forecast *fc;
  const double *paths;
} inputs;

/* False when the year is not wholly covered, or a past sub-period is missing. */
static bool is_covered(const span *s, const inputs *in) {
  if (s->from == s->to || s->to > in->n + in->h) return false;
  for (size_t t = s->from; t < in->n; t++)
    if (isnan(in->y[t])) return false;
  return true;
}

static jv_status add_up(jv_ctx *cx, const span *s, const inputs *in, jv_annual_year *year) {
  year->totals = JV_ARRAY(cx, double, in->n_paths);
  if (!year->totals) return JV_ENOMEM;
  size_t first = s->from > in->n ? s->from : in->n;
  year->year = s->year;
  year->observed = first - s->from;
  year->forecast = s->to - first;
  for (size_t t = s->from; t < in->n; t++) year->so_far += in->y[t];
  year->mean = year->so_far;
  for (size_t t = first; t < s->to; t++) year->mean += in->fc->mean[t - in->n];
  /* a sum of medians is not the median of the sum, nor its mean */
  if (in->fc->mean_is_median && (in->fc->dist == JV_DIST_PATHS || in->fc->scaled)) year->mean = NAN;
  for (size_t k = 0; k < in->n_paths; k++) {
    double total = year->so_far;
    for (size_t t = first; t < s->to; t++) total += in->paths[k * in->h + (t - in->n)];
    year->totals[k] = total;
  }
  if (isnan(year->mean)) year->mean = jv_summary_mean(year->totals, in->n_paths);
  year->sd = jv_summary_sd(year->totals, in->n_paths);
  jv_sort(year->totals, in->n_paths);
  return JV_OK;
}

static jv_status add_years(jv_ctx *cx, const inputs *in, jv_period start, jv_annual *annual) {
  jv_freq freq = {JV_FREQ_A, 12};
  if (start.freq.kind == JV_FREQ_A || start.freq.kind == JV_FREQ_Q) freq.anchor = start.freq.anchor;
  for (size_t t = in->n; t < in->n + in->h;) {
    span s;
    JV_TRY(span_at(cx, start, t, freq, &s));
    t = s.to;
    if (!is_covered(&s, in)) continue;
    jv_annual_year *more = jv_realloc(cx, annual->years, annual->n_years + 1, sizeof *more);
    if (!more) return JV_ENOMEM;
    annual->years = more;
    memset(&more[annual->n_years], 0, sizeof *more);
    JV_TRY(add_up(cx, &s, in, &more[annual->n_years++]));
  }
  if (annual->n_years == 0)
    return jv_fail(cx, JV_EDATA,
                   "annual: no year can be added up: within %zu steps none ends whose past "
                   "sub-periods are all observed",
                   in->h);
  return JV_OK;
}

static jv_status check_inputs(jv_ctx *cx, const jv_fit *fit, size_t n, jv_period start, size_t h,
                              size_t n_paths) {
  char freq[JV_PERIOD_TEXT];
  jv_freq_format(start.freq, freq);
  if (start.freq.kind == JV_FREQ_INDEX || start.freq.kind == JV_FREQ_H)
    return jv_fail(cx, JV_EPERIOD,
                   "annual: needs a series by year, quarter, month, week or day, got %s", freq);
  if (n != fit->n)
    return jv_fail(cx, JV_EINVAL, "annual: the fit has %zu observations, the series %zu", fit->n,
                   n);
  if (h < 1 || n_paths < 2)
    return jv_fail(cx, JV_EINVAL, "annual: needs a step and two paths at least, got %zu and %zu", h,
                   n_paths);
  return JV_OK;
}

/* Means and paths of h steps, for which `in` says the rest. The caller frees fc and paths. */
static jv_status look_ahead(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, jv_forecast **fc, double **paths) {
  JV_TRY(jv_fit_forecast(cx, fit, h, x, fc));
  *paths = JV_ARRAY(cx, double, h *n_paths);
  if (!*paths) return JV_ENOMEM;
  return jv_fit_simulate(cx, fit, h, x, n_paths, *paths);
}

jv_status jv_annual_new(jv_ctx *cx, const jv_fit *fit, const double *y, size_t n, jv_period start,
                        size_t h, const double *x, size_t n_paths, jv_annual **out) {
  jv_forecast *fc = NULL;
  double *paths = NULL;
  *out = NULL;
  JV_TRY(check_inputs(cx, fit, n, start, h, n_paths));
  jv_annual *annual = JV_NEW(cx, jv_annual);
  if (!annual) return JV_ENOMEM;
  annual->n_paths = n_paths;
  jv_status status = look_ahead(cx, fit, h, x, n_paths, &fc, &paths);
  inputs in = {y, n, h, n_paths, fc, paths};
  if (status == JV_OK) status = add_years(cx, &in, start, annual);
  jv_free(cx, paths);
  jv_forecast_free(cx, fc);
  if (status != JV_OK) {
    jv_annual_free(cx, annual);
    return status;
  }
  *out = annual;
  return JV_OK;
}

static jv_status add_span(jv_ctx *cx, const inputs *in, jv_annual *annual) {
  const span s = {.from = annual->from, .to = annual->to};
  annual->years = JV_NEW(cx, jv_annual_year);
  if (!annual->years) return JV_ENOMEM;
  annual->n_years = 1;
  return add_up(cx, &s, in, annual->years);
}

jv_status jv_annual_span(jv_ctx *cx, const jv_fit *fit, const double *x, size_t from, size_t to,
                         size_t n_paths, jv_annual **out) {
  jv_forecast *fc = NULL;
  double *paths = NULL;
  *out = NULL;
  if (from >= to || n_paths < 2)
    return jv_fail(cx, JV_EINVAL, "a total needs a step and two paths at least");
  jv_annual *annual = JV_NEW(cx, jv_annual);
  if (!annual) return JV_ENOMEM;
  annual->n_paths = n_paths;
  annual->from = from;
  annual->to = to;
  jv_status status = look_ahead(cx, fit, to, x, n_paths, &fc, &paths);
  inputs in = {NULL, 0, to, n_paths, fc, paths};
  if (status == JV_OK) status = add_span(cx, &in, annual);
  jv_free(cx, paths);
  jv_forecast_free(cx, fc);
  if (status != JV_OK) {
    jv_annual_free(cx, annual);
    return status;
  }
  *out = annual;
  return JV_OK;
}

void jv_annual_free(jv_ctx *cx, jv_annual *annual) {
  if (!annual) return;
  for (size_t i = 0; i < annual->n_years; i++) jv_free(cx, annual->years[i].totals);
  jv_free(cx, annual->years);
  jv_free(cx, annual);
}

double jv_annual_quantile(const jv_annual *annual, size_t year, double p) {
  return jv_sorted_quantile(annual->years[year].totals, annual->n_paths, p);
}
