/* Transforms that keep the frequency: lags, differences, growth, running and rolling figures. */
#include "series/buffer.h"
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Marks observation `at` of `out` as made by `operation` from n inputs; nothing on the bulk
 * path. */
static jv_status put_mark(jv_ctx *cx, jv_series *out, size_t at, const char *operation,
                          const jv_mark *const *inputs, size_t n) {
  if (!out->mark) return JV_OK;
  return jv_mark_join(cx, operation, out->value[at], JV_EVIDENCE_DERIVED, inputs, n,
                      &out->mark[at]);
}

/* Ends a transform: hands `made` over, or frees it after a failure. */
static jv_status finish(jv_ctx *cx, jv_status status, jv_series *made, jv_series **out) {
  if (status != JV_OK) {
    jv_series_free(cx, made);
    return status;
  }
  *out = made;
  return JV_OK;
}

/* An empty or shorter series of the form of s that starts `skip` periods later. */
static jv_status later(jv_ctx *cx, const jv_series *s, size_t skip, jv_series **out) {
  bool empty = skip >= s->n;
  return jv_series_like(cx, s, empty ? s->start : jv_series_period(s, skip),
                        empty ? 0 : s->n - skip, out);
}

jv_status jv_series_lag(jv_ctx *cx, const jv_series *s, int64_t k, jv_series **out) {
  jv_period start;
  jv_series *made;
  JV_TRY(jv_period_add(cx, s->start, k, &start));
  if (s->n > 0) {
    jv_period last;
    JV_TRY(jv_period_add(cx, jv_series_period(s, s->n - 1), k, &last));
  }
  JV_TRY(jv_series_copy(cx, s, &made));
  made->start = start;
  for (size_t i = 0; made->mark && i < made->n; i++) { /* the dates stay with the other period */
    made->mark[i].first_day = 0;
    made->mark[i].last_day = 0;
  }
  *out = made;
  return JV_OK;
}

static jv_status check_lag(jv_ctx *cx, size_t lag) {
  return lag > 0 ? JV_OK : jv_fail(cx, JV_EINVAL, "a lag is at least 1, got 0");
}

static jv_status diff_once(jv_ctx *cx, const jv_series *s, size_t lag, jv_series **out) {
  jv_series *made;
  jv_status status = JV_OK;
  JV_TRY(later(cx, s, lag, &made));
  if (made->unit.flow == JV_STOCK) made->unit.flow = JV_FLOW;
  for (size_t i = 0; status == JV_OK && i < made->n; i++) {
    const jv_mark *in[] = {jv_series_mark_at(s, i + lag), jv_series_mark_at(s, i)};
    made->value[i] = s->value[i + lag] - s->value[i];
    status = put_mark(cx, made, i, "difference", in, 2);
  }
  return finish(cx, status, made, out);
}

jv_status jv_series_diff(jv_ctx *cx, const jv_series *s, size_t lag, size_t times,
                         jv_series **out) {
  jv_series *made;
  JV_TRY(check_lag(cx, lag));
  JV_TRY(jv_series_copy(cx, s, &made));
  for (size_t k = 0; k < times; k++) {
    jv_series *next = NULL;
    jv_status status = diff_once(cx, made, lag, &next);
    jv_series_free(cx, made);
    if (status != JV_OK) return status;
    made = next;
  }
  *out = made;
  return JV_OK;
}

static jv_unit ratio_unit(void) {
  jv_unit unit;
  memset(&unit, 0, sizeof unit);
  unit.dimension = JV_DIM_RATIO;
  return unit;
}

jv_status jv_series_pct_change(jv_ctx *cx, const jv_series *s, size_t lag, jv_series **out) {
  jv_series *made;
  jv_status status = JV_OK;
  JV_TRY(check_lag(cx, lag));
  JV_TRY(later(cx, s, lag, &made));
  made->unit = ratio_unit();
  for (size_t i = 0; status == JV_OK && i < made->n; i++) {
    double base = s->value[i], now = s->value[i + lag];
    const jv_mark *in[] = {jv_series_mark_at(s, i + lag), jv_series_mark_at(s, i)};
    made->value[i] = base > 0 ? (now - base) / base : NAN;
    status = put_mark(cx, made, i, "growth", in, 2);
  }
  return finish(cx, status, made, out);
}

jv_status jv_series_cumulative(jv_ctx *cx, const jv_series *s, jv_series **out) {
  jv_series *made;
  jv_status status = JV_OK;
  double sum = 0, lost = 0; /* Neumaier's compensation, as in describe.c */
  JV_TRY(jv_series_like(cx, s, s->start, s->n, &made));
  if (made->unit.flow == JV_FLOW) made->unit.flow = JV_STOCK;
  for (size_t i = 0; status == JV_OK && i < s->n; i++) {
    double x = s->value[i], next = sum + x;
    lost += fabs(sum) >= fabs(x) ? (sum - next) + x : (x - next) + sum;
    sum = next;
    made->value[i] = sum + lost;
    const jv_mark *in[] = {i > 0 ? jv_series_mark_at(made, i - 1) : NULL, jv_series_mark_at(s, i)};
    status = put_mark(cx, made, i, "running total", in, 2);
  }
  return finish(cx, status, made, out);
}

/* ---- windows ---- */

/* Scratch of a rolling computation: k values and k marks. */
typedef struct window {
  double *x;
  const jv_mark **in;
  size_t k;
} window;

static void window_free(jv_ctx *cx, window *w) {
  jv_free(cx, w->x);
  jv_free(cx, w->in);
}

static jv_status window_init(jv_ctx *cx, const jv_series *s, size_t k, window *w) {
  w->k = k;
  w->x = JV_ARRAY(cx, double, k);
  w->in = s->mark ? JV_ARRAY(cx, const jv_mark *, k) : NULL;
  if (w->x && (w->in || !s->mark)) return JV_OK;
  window_free(cx, w);
  return jv_failure(cx);
}

/* The statistic of the k values of s that end at `end`, into out[at]; the exact span is that from
 * the first to the last of them, where they carry one. */
static jv_status window_apply(jv_ctx *cx, const jv_series *s, const window *w, size_t end,
                              jv_stat stat, const char *operation, jv_series *out, size_t at) {
  bool missing = false;
  size_t first = end + 1 - w->k;
  for (size_t j = 0; j < w->k; j++) {
    w->x[j] = s->value[first + j];
    missing = missing || isnan(w->x[j]);
    if (w->in) w->in[j] = &s->mark[first + j];
  }
  out->value[at] = missing ? NAN : jv_stat_of(stat, w->x, w->k);
  if (!w->in) return JV_OK;
  JV_TRY(put_mark(cx, out, at, operation, w->in, w->k));
  bool exact = w->in[0]->last_day != 0 && w->in[w->k - 1]->last_day != 0;
  out->mark[at].first_day = exact ? w->in[0]->first_day : 0;
  out->mark[at].last_day = exact ? w->in[w->k - 1]->last_day : 0;
  return JV_OK;
}

/* Fills out[at0..] with the statistic over windows of k that end at k - 1, k, … of s. */
static jv_status roll(jv_ctx *cx, const jv_series *s, size_t k, jv_stat stat, const char *operation,
                      jv_series *out, size_t at0) {
  window w;
  jv_status status = window_init(cx, s, k, &w);
  if (status != JV_OK) return status;
  for (size_t end = k - 1; status == JV_OK && end < s->n; end++) {
    status = window_apply(cx, s, &w, end, stat, operation, out, at0 + end + 1 - k);
    if (status == JV_OK && end % 1024 == 0) status = jv_check_cancel(cx);
  }
  window_free(cx, &w);
  return status;
}

jv_status jv_series_rolling(jv_ctx *cx, const jv_series *s, size_t k, jv_stat stat,
                            jv_series **out) {
  jv_series *made;
  char operation[48];
  if (k == 0) return jv_fail(cx, JV_EINVAL, "a rolling window has at least 1 period, got 0");
  snprintf(operation, sizeof operation, "rolling %s of %zu", jv_stat_name(stat), k);
  JV_TRY(jv_series_like(cx, s, s->start, s->n, &made));
  jv_status status = k > s->n ? JV_OK : roll(cx, s, k, stat, operation, made, k - 1);
  return finish(cx, status, made, out);
}

/* ---- annual figures ---- */

jv_status jv_series_check_adds(jv_ctx *cx, const jv_series *s, const char *what) {
  char unit[JV_UNIT_TEXT];
  const char *name = *s->name ? s->name : "the series";
  jv_unit_format(s->unit, unit);
  if (s->unit.flow == JV_STOCK)
    return jv_fail(cx, JV_EUNIT,
                   "%s: %.60s (%s) is a stock, a level at a date, and adds up to nothing over a "
                   "year; use its last value, or its change s:diff()",
                   what, name, *unit ? unit : "no unit");
  if (s->unit.dimension == JV_DIM_RATIO)
    return jv_fail(cx, JV_EUNIT, "%s: %.60s (%s) is a ratio; take it of the figures beneath it",
                   what, name, unit);
  return JV_OK;
}

jv_status jv_series_ttm(jv_ctx *cx, const jv_series *s, jv_series **out) {
  char freq[JV_PERIOD_TEXT];
  jv_series *made;
  jv_freq_kind kind = (jv_freq_kind)s->start.freq.kind;
  size_t k = jv_freq_season(s->start.freq);
  jv_freq_format(s->start.freq, freq);
  JV_TRY(jv_series_check_adds(cx, s, "trailing twelve months"));
  if (kind < JV_FREQ_A || kind > JV_FREQ_W)
    return jv_fail(cx, JV_EPERIOD,
                   "trailing twelve months need years, quarters, months or weeks, not %s: "
                   "aggregate first",
                   freq);
  JV_TRY(later(cx, s, k - 1, &made));
  jv_status status = jv_series_add_note(cx, made, "trailing twelve months");
  if (status == JV_OK && made->n > 0)
    status = roll(cx, s, k, JV_STAT_SUM, "trailing twelve months", made, 0);
  return finish(cx, status, made, out);
}

/* Days of the twelve months that end with `last`: 365, or 366 with a 29 February in them. */
static double days_of_year_ending(int64_t last) {
  jv_date date = jv_date_of(last + 1);
  date.year--;
  if (date.month == 2 && date.day == 29) date.day = jv_month_days(date.year, 2);
  return (double)(last + 1 - jv_day_of(date));
}

/* What brings observation i to an annual rate. */
static double annual_factor(const jv_series *s, size_t i) {
  int64_t first, last, calendar = jv_period_days(jv_series_period(s, i));
  jv_series_span(s, i, &first, &last);
  int64_t days = last - first + 1, off = days > calendar ? days - calendar : calendar - days;
  if (s->start.freq.kind <= JV_FREQ_M && off <= 4) return (double)jv_freq_season(s->start.freq);
  return days > 0 ? days_of_year_ending(last) / (double)days : NAN;
}

jv_status jv_series_run_rate(jv_ctx *cx, const jv_series *s, jv_series **out) {
  char operation[48], freq[JV_PERIOD_TEXT];
  jv_series *made;
  jv_status status = JV_OK;
  jv_freq_kind kind = (jv_freq_kind)s->start.freq.kind;
  jv_freq_format(s->start.freq, freq);
  JV_TRY(jv_series_check_adds(cx, s, "run rate"));
  if (kind < JV_FREQ_A || kind > JV_FREQ_D)
    return jv_fail(cx, JV_EPERIOD,
                   "a run rate needs years, quarters, months, weeks or days, not %s", freq);
  JV_TRY(jv_series_like(cx, s, s->start, s->n, &made));
  for (size_t i = 0; status == JV_OK && i < s->n; i++) {
    double factor = annual_factor(s, i);
    const jv_mark *in[] = {jv_series_mark_at(s, i)};
    made->value[i] = s->value[i] * factor;
    snprintf(operation, sizeof operation, "annual rate: times %.6g", factor);
    jv_decimal_point(operation);
    status = put_mark(cx, made, i, operation, in, 1);
  }
  if (status == JV_OK) status = jv_series_add_note(cx, made, "annual rate");
  return finish(cx, status, made, out);
}
