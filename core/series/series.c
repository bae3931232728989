/* Series: making, copying, naming, looking up by period. */
#include "series/series.h"
#include "series/mark.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Do n periods from start lie within the calendar? Otherwise says so in the error slot. */
static bool fits_calendar(jv_ctx *cx, jv_period start, size_t n) {
  jv_period last;
  if (n > INT64_MAX / 2)
    jv_fail(cx, JV_EINVAL, "a series of %zu values is too long", n);
  else if (!jv_period_valid(start))
    jv_fail(cx, JV_EPERIOD, "the start lies outside years 1-9999");
  else if (n > 0 && jv_period_add(cx, start, (int64_t)n - 1, &last) != JV_OK)
    jv_fail_in(cx, "a series of %zu values", n);
  else
    return true;
  return false;
}

jv_status jv_series_new(jv_ctx *cx, jv_period start, size_t n, const double *values,
                        jv_series **out) {
  if (!fits_calendar(cx, start, n)) return jv_failure(cx);
  jv_series *s = JV_NEW(cx, jv_series);
  if (!s) return jv_failure(cx);
  s->start = start;
  s->n = n;
  s->value = JV_ARRAY(cx, double, n);
  s->name = jv_strdup(cx, "");
  s->note = jv_strdup(cx, "");
  if (!s->value || !s->name || !s->note) {
    jv_series_free(cx, s);
    return jv_failure(cx);
  }
  for (size_t i = 0; i < n; i++) s->value[i] = values ? values[i] : NAN;
  *out = s;
  return JV_OK;
}

void jv_series_free(jv_ctx *cx, jv_series *s) {
  if (!s) return;
  for (size_t i = 0; s->mark && i < s->n; i++) jv_lineage_release(cx, s->mark[i].lineage);
  jv_free(cx, s->mark);
  jv_free(cx, s->value);
  jv_free(cx, s->name);
  jv_free(cx, s->note);
  jv_free(cx, s);
}

jv_status jv_series_need_marks(jv_ctx *cx, jv_series *s) {
  if (s->mark) return JV_OK;
  s->mark = jv_calloc(cx, s->n, sizeof *s->mark);
  return s->mark ? JV_OK : jv_failure(cx);
}

jv_status jv_series_like(jv_ctx *cx, const jv_series *s, jv_period start, size_t n,
                         jv_series **out) {
  jv_series *made;
  JV_TRY(jv_series_new(cx, start, n, NULL, &made));
  made->unit = s->unit;
  if (jv_series_set_name(cx, made, s->name) != JV_OK ||
      jv_series_set_note(cx, made, s->note) != JV_OK ||
      (s->mark && jv_series_need_marks(cx, made) != JV_OK)) {
    jv_series_free(cx, made);
    return jv_failure(cx);
  }
  *out = made;
  return JV_OK;
}

jv_status jv_series_copy(jv_ctx *cx, const jv_series *s, jv_series **out) {
  return jv_series_window(cx, s, 0, (int64_t)s->n - 1, out);
}

static jv_status replace_text(jv_ctx *cx, char **field, const char *text) {
  char *copy = jv_strdup(cx, text);
  if (!copy) return jv_failure(cx);
  jv_free(cx, *field);
  *field = copy;
  return JV_OK;
}

jv_status jv_series_set_name(jv_ctx *cx, jv_series *s, const char *name) {
  return replace_text(cx, &s->name, name);
}

jv_status jv_series_set_note(jv_ctx *cx, jv_series *s, const char *note) {
  return replace_text(cx, &s->note, note);
}

bool jv_note_holds(const char *note, const char *line) {
  size_t len = strlen(line);
  for (const char *at = note; (at = strstr(at, line)) != NULL; at++)
    if ((at == note || at[-1] == '\n') && (at[len] == '\n' || at[len] == '\0')) return true;
  return false;
}

jv_status jv_series_add_note(jv_ctx *cx, jv_series *s, const char *line) {
  if (jv_note_holds(s->note, line)) return JV_OK;
  size_t size = strlen(s->note) + strlen(line) + 2;
  char *text = jv_alloc(cx, size, 1);
  if (!text) return jv_failure(cx);
  snprintf(text, size, "%s%s%s", s->note, *s->note ? "\n" : "", line);
  jv_free(cx, s->note);
  s->note = text;
  return JV_OK;
}

jv_status jv_series_mark(jv_ctx *cx, jv_series *s, jv_evidence evidence) {
  if (s->mark) return JV_OK;
  JV_TRY(jv_series_need_marks(cx, s));
  for (size_t i = 0; i < s->n; i++) s->mark[i].evidence = (uint8_t)evidence;
  return JV_OK;
}

const jv_mark *jv_series_mark_at(const jv_series *s, size_t i) {
  return s->mark ? &s->mark[i] : NULL;
}

void jv_series_span(const jv_series *s, size_t i, int64_t *first_day, int64_t *last_day) {
  const jv_mark *mark = jv_series_mark_at(s, i);
  if (mark && (mark->first_day != 0 || mark->last_day != 0)) {
    *first_day = mark->first_day;
    *last_day = mark->last_day;
    return;
  }
  *first_day = jv_period_first_day(jv_series_period(s, i));
  *last_day = jv_period_last_day(jv_series_period(s, i));
}

jv_period jv_series_period(const jv_series *s, size_t i) {
  return (jv_period){s->start.ordinal + (int64_t)i, s->start.freq};
}

jv_status jv_series_index(jv_ctx *cx, const jv_series *s, jv_period period, int64_t *index) {
  int64_t at;
  JV_TRY(jv_period_diff(cx, period, s->start, &at));
  *index = at >= 0 && (uint64_t)at < s->n ? at : -1;
  return JV_OK;
}

static bool span_holds(const jv_series *s, int64_t i, int64_t day) {
  int64_t first, last;
  if (i < 0 || (uint64_t)i >= s->n) return false;
  jv_series_span(s, (size_t)i, &first, &last);
  return first <= day && day <= last;
}

/* Spans as filed end some days off the calendar's, so a day may belong to the neighbour of the
 * period that it falls into by the calendar; or, where filings overlap, to both. */
static jv_status find_day(jv_ctx *cx, const jv_series *s, int64_t day, int64_t *index) {
  int64_t by_calendar = *index;
  size_t n = 0;
  for (int64_t i = by_calendar - 1; i <= by_calendar + 1; i++) {
    if (!span_holds(s, i, day)) continue;
    *index = i;
    n++;
  }
  if (n < 2) return JV_OK;
  char date[JV_PERIOD_TEXT], a[JV_PERIOD_TEXT], b[JV_PERIOD_TEXT];
  jv_date_format(day, date);
  jv_period_format(jv_series_period(s, (size_t)*index - 1), a);
  jv_period_format(jv_series_period(s, (size_t)*index), b);
  *index = by_calendar;
  return jv_fail(cx, JV_EPERIOD, "%s lies in both %s and %s as filed", date, a, b);
}

jv_status jv_series_find(jv_ctx *cx, const jv_series *s, const char *text, int64_t *index) {
  jv_period period;
  int64_t day;
  JV_TRY(jv_period_parse(cx, text, &s->start.freq, &period));
  int64_t at = period.ordinal - s->start.ordinal;
  bool dated = s->mark && s->start.freq.kind >= JV_FREQ_A && s->start.freq.kind <= JV_FREQ_M;
  if (dated && jv_date_parse(cx, text, &day) == JV_OK) JV_TRY(find_day(cx, s, day, &at));
  *index = at >= 0 && (uint64_t)at < s->n ? at : -1;
  return JV_OK;
}

jv_quantity jv_series_at(const jv_series *s, size_t i) {
  jv_quantity q;
  memset(&q, 0, sizeof q);
  q.value = s->value[i];
  q.unit = s->unit;
  if (s->mark) q.mark = jv_mark_copy(&s->mark[i]);
  q.period = jv_series_period(s, i);
  q.has_period = true;
  return q;
}

jv_status jv_series_set(jv_ctx *cx, jv_series *s, size_t i, const jv_quantity *q) {
  double factor = 1;
  bool tracked = q->mark.evidence != JV_EVIDENCE_NONE || q->mark.lineage,
       has_unit = q->unit.dimension != JV_DIM_NONE;
  if (has_unit && s->unit.dimension != JV_DIM_NONE)
    JV_TRY(jv_unit_factor(cx, q->unit, s->unit, &factor));
  if (tracked) JV_TRY(jv_series_need_marks(cx, s));
  if (has_unit && s->unit.dimension == JV_DIM_NONE) s->unit = q->unit;
  s->value[i] = jv_unit_rescale(q->value, factor);
  if (!s->mark) return JV_OK;
  jv_mark mark = jv_mark_copy(&q->mark); /* first: it may be the one that stands there */
  jv_mark_clear(cx, &s->mark[i]);
  s->mark[i] = mark;
  return JV_OK;
}

void jv_quantity_clear(jv_ctx *cx, jv_quantity *q) {
  jv_mark_clear(cx, &q->mark);
  memset(q, 0, sizeof *q);
}

/* The part of s from index `from` on that falls on out, at out's index `to`. */
static void copy_part(const jv_series *s, size_t from, jv_series *out, size_t to, size_t n) {
  for (size_t i = 0; i < n; i++) {
    out->value[to + i] = s->value[from + i];
    if (s->mark) out->mark[to + i] = jv_mark_copy(&s->mark[from + i]);
  }
}

jv_status jv_series_window(jv_ctx *cx, const jv_series *s, int64_t from, int64_t to,
                           jv_series **out) {
  jv_period start = s->start;
  if (from < 0) from = 0;
  if (from > (int64_t)s->n) from = (int64_t)s->n;
  if (to >= (int64_t)s->n) to = (int64_t)s->n - 1;
  size_t n = to >= from ? (size_t)(to - from + 1) : 0;
  if (n > 0) start = jv_series_period(s, (size_t)from);
  jv_series *made;
  JV_TRY(jv_series_like(cx, s, start, n, &made));
  copy_part(s, (size_t)from, made, 0, n);
  *out = made;
  return JV_OK;
}

/* s on n periods from `start`, missing where s has none. */
static jv_status on_periods(jv_ctx *cx, const jv_series *s, jv_period start, size_t n,
                            jv_series **out) {
  jv_series *made;
  JV_TRY(jv_series_like(cx, s, start, n, &made));
  int64_t offset = s->start.ordinal - start.ordinal; /* index in `made` of the first of s */
  int64_t first = offset > 0 ? offset : 0, last = offset + (int64_t)s->n;
  if (last > (int64_t)n) last = (int64_t)n;
  if (last > first)
    copy_part(s, (size_t)(first - offset), made, (size_t)first, (size_t)(last - first));
  *out = made;
  return JV_OK;
}

jv_status jv_series_align(jv_ctx *cx, const jv_series *a, const jv_series *b, bool join,
                          jv_series **a_out, jv_series **b_out) {
  int64_t gap;
  JV_TRY(jv_period_diff(cx, b->start, a->start, &gap));
  int64_t end_a = (int64_t)a->n, end_b = gap + (int64_t)b->n, first, last;
  if (join && (a->n == 0 || b->n == 0)) { /* an empty side adds no periods */
    first = a->n == 0 ? gap : 0;
    last = a->n == 0 ? end_b : end_a;
  } else {
    bool b_first = gap < 0;
    first = b_first == join ? gap : 0;
    last = (end_b > end_a) == join ? end_b : end_a;
  }
  jv_period start = {a->start.ordinal + first, a->start.freq};
  size_t n = last > first ? (size_t)(last - first) : 0;
  jv_series *left = NULL, *right = NULL;
  JV_TRY(on_periods(cx, a, start, n, &left));
  if (on_periods(cx, b, start, n, &right) != JV_OK) {
    jv_series_free(cx, left);
    return jv_failure(cx);
  }
  *a_out = left;
  *b_out = right;
  return JV_OK;
}
