/* To another calendar: coarser frequencies, and fiscal quarters or years on other anchors. */
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  DATES_NEAR = 7,     /* days by which 52/53-week years end before or after the month's end */
  DATES_UNCOVERED = 6 /* days of a blended period that no observation need cover */
};

/* Do whole periods of `from` make up each period of `to`? */
static bool nests(jv_freq from, jv_freq to) {
  switch (from.kind) {
  case JV_FREQ_H:
    return to.kind >= JV_FREQ_A && to.kind <= JV_FREQ_D;
  case JV_FREQ_D:
    return to.kind >= JV_FREQ_A && to.kind <= JV_FREQ_W;
  case JV_FREQ_M:
    return to.kind == JV_FREQ_A || to.kind == JV_FREQ_Q;
  case JV_FREQ_Q:
    return to.kind == JV_FREQ_A && (from.anchor + 12 - to.anchor) % 3 == 0;
  default:
    return false;
  }
}

static jv_status check_aggregate(jv_ctx *cx, const jv_series *s, jv_freq to, jv_stat stat) {
  char from_text[JV_PERIOD_TEXT], to_text[JV_PERIOD_TEXT], unit[JV_UNIT_TEXT];
  jv_freq_format(s->start.freq, from_text);
  jv_freq_format(to, to_text);
  if (!nests(s->start.freq, to))
    return jv_fail(cx, JV_EPERIOD, "periods of %s are not made up of whole periods of %s", to_text,
                   from_text);
  if (stat == JV_STAT_SUM && s->unit.flow == JV_STOCK) {
    jv_unit_format(s->unit, unit);
    return jv_fail(cx, JV_EUNIT,
                   "%.60s (%s) is a stock and does not add up over time: aggregate by last, or by "
                   "mean",
                   *s->name ? s->name : "the series", *unit ? unit : "no unit");
  }
  return JV_OK;
}

/* Ordinals, in the frequency of s, of the first and last sub-period of a coarser period. */
static void sub_periods(jv_freq freq, jv_period coarse, int64_t *first, int64_t *last) {
  *first = jv_period_of_day(freq, jv_period_first_day(coarse)).ordinal;
  *last = jv_period_of_day(freq, jv_period_last_day(coarse)).ordinal;
  if (freq.kind == JV_FREQ_H) *last += 23;
}

/* The observations of s that fall into one coarser period: values there, indices of first and end,
 * whether some are missing. */
typedef struct group {
  double *x;
  const jv_mark **in;
  size_t n; /* observed */
  bool complete;
} group;

static void gather(const jv_series *s, jv_period coarse, group *g) {
  int64_t first, last;
  sub_periods(s->start.freq, coarse, &first, &last);
  g->n = 0;
  g->complete = true;
  for (int64_t k = first; k <= last; k++) {
    int64_t i = k - s->start.ordinal;
    bool there = i >= 0 && (uint64_t)i < s->n && !isnan(s->value[i]);
    if (!there) {
      g->complete = false;
      continue;
    }
    if (g->in) g->in[g->n] = &s->mark[i];
    g->x[g->n++] = s->value[i];
  }
}

static jv_status aggregate_one(jv_ctx *cx, const group *g, jv_stat stat, bool allow_partial,
                               jv_series *out, size_t at) {
  char operation[48];
  bool pick = stat == JV_STAT_FIRST || stat == JV_STAT_LAST;
  bool use = g->n > 0 && (g->complete || allow_partial);
  snprintf(operation, sizeof operation, "%s%s", jv_stat_name(stat),
           use && !g->complete ? " of the periods there are" : "");
  if (g->in && pick && use) { /* the very figure, with its evidence */
    out->mark[at] = jv_mark_copy(g->in[stat == JV_STAT_FIRST ? 0 : g->n - 1]);
    out->value[at] = jv_stat_of(stat, g->x, g->n);
    return JV_OK;
  }
  int64_t first_day = 0, last_day = 0;
  if (g->in && use && g->in[0]->last_day != 0 && g->in[g->n - 1]->last_day != 0) {
    first_day = g->in[0]->first_day;
    last_day = g->in[g->n - 1]->last_day;
  }
  if (use) out->value[at] = jv_stat_of(stat, g->x, g->n);
  if (!g->in) return JV_OK;
  JV_TRY(jv_mark_join(cx, operation, out->value[at], JV_EVIDENCE_DERIVED, g->in, g->n,
                      &out->mark[at]));
  out->mark[at].first_day = first_day;
  out->mark[at].last_day = last_day;
  if (!use) out->mark[at].evidence = JV_EVIDENCE_UNRESOLVED;
  return JV_OK;
}

/* The most sub-periods that a coarser period can have: hours of a leap year. */
static size_t most_sub_periods(jv_freq from) {
  return from.kind == JV_FREQ_H ? 366 * 24 : from.kind == JV_FREQ_D ? 366 : 12;
}

static jv_status aggregate_all(jv_ctx *cx, const jv_series *s, jv_stat stat, bool allow_partial,
                               jv_series *out) {
  size_t most = most_sub_periods(s->start.freq);
  group g = {.x = JV_ARRAY(cx, double, most)};
  jv_status status = g.x ? JV_OK : jv_failure(cx);
  if (status == JV_OK && s->mark) {
    g.in = JV_ARRAY(cx, const jv_mark *, most);
    if (!g.in) status = jv_failure(cx);
  }
  for (size_t i = 0; status == JV_OK && i < out->n; i++) {
    gather(s, jv_series_period(out, i), &g);
    status = aggregate_one(cx, &g, stat, allow_partial, out, i);
    if (status == JV_OK && i % 1024 == 0) status = jv_check_cancel(cx);
  }
  jv_free(cx, g.x);
  jv_free(cx, g.in);
  return status;
}

/* The periods of `to` that s touches. */
static jv_status touched(jv_ctx *cx, const jv_series *s, jv_freq to, jv_period *start, size_t *n) {
  jv_period last;
  JV_TRY(jv_period_convert(cx, s->start, to, false, start));
  *n = 0;
  if (s->n == 0) return JV_OK;
  JV_TRY(jv_period_convert(cx, jv_series_period(s, s->n - 1), to, true, &last));
  *n = (size_t)(last.ordinal - start->ordinal + 1);
  return JV_OK;
}

jv_status jv_series_aggregate(jv_ctx *cx, const jv_series *s, jv_freq to, jv_stat stat,
                              bool allow_partial, jv_series **out) {
  jv_period start;
  size_t n;
  jv_series *made;
  JV_TRY(check_aggregate(cx, s, to, stat));
  JV_TRY(touched(cx, s, to, &start, &n));
  JV_TRY(jv_series_like(cx, s, start, n, &made));
  jv_status status = aggregate_all(cx, s, stat, allow_partial, made);
  if (status != JV_OK) {
    jv_series_free(cx, made);
    return status;
  }
  *out = made;
  return JV_OK;
}

/* ---- other anchors ---- */

static int64_t distance(int64_t a, int64_t b) { return a > b ? a - b : b - a; }

/* Observations that overlap a target period, at most PARTS of them, and their shares. */
enum { PARTS = 16 };
typedef struct blend {
  int64_t first, last; /* days of the target */
  size_t n;
  size_t index[PARTS];
  int64_t overlap[PARTS], days[PARTS];
  int64_t covered;
  int64_t same; /* index of the observation with these dates, or -1 */
} blend;

static int64_t overlap_days(int64_t a_first, int64_t a_last, int64_t b_first, int64_t b_last) {
  int64_t first = a_first > b_first ? a_first : b_first, last = a_last < b_last ? a_last : b_last;
  return last >= first ? last - first + 1 : 0;
}

/* Looks at observations from *from on; moves *from past those that end before the target. */
static void find_parts(const jv_series *s, jv_period target, size_t *from, blend *b) {
  int64_t first, last;
  b->first = jv_period_first_day(target);
  b->last = jv_period_last_day(target);
  b->n = 0;
  b->covered = 0;
  b->same = -1;
  for (size_t i = *from; i < s->n && b->n < PARTS; i++) {
    jv_series_span(s, i, &first, &last);
    if (last + DATES_NEAR < b->first && i == *from) ++*from;
    if (first > b->last + DATES_NEAR) break;
    if (distance(first, b->first) <= DATES_NEAR && distance(last, b->last) <= DATES_NEAR)
      b->same = (int64_t)i;
    int64_t common = overlap_days(first, last, b->first, b->last);
    if (common == 0) continue;
    b->index[b->n] = i;
    b->days[b->n] = last - first + 1;
    b->overlap[b->n++] = common;
    b->covered += common;
  }
}

static bool is_covered(const blend *b) {
  return b->same >= 0 || (b->n > 0 && b->covered >= b->last - b->first + 1 - DATES_UNCOVERED);
}

/* Each observation gives the share of its days that lie in the target. What is uncovered by a few
 * days (or covered twice, where spans as filed overlap) is made up in proportion. */
static jv_status blend_one(jv_ctx *cx, const jv_series *s, const blend *b, jv_series *out,
                           size_t at) {
  char operation[160] = "blend by days:";
  const jv_mark *in[PARTS];
  int64_t days = b->last - b->first + 1;
  double sum = 0;
  for (size_t k = 0; k < b->n; k++) {
    size_t len = strlen(operation);
    sum += s->value[b->index[k]] * (double)b->overlap[k] / (double)b->days[k];
    in[k] = jv_series_mark_at(s, b->index[k]);
    snprintf(operation + len, sizeof operation - len, "%s %lld of %lld", k ? "," : "",
             (long long)b->overlap[k], (long long)b->days[k]);
  }
  out->value[at] = sum * (double)days / (double)b->covered;
  JV_TRY(
      jv_mark_join(cx, operation, out->value[at], JV_EVIDENCE_ESTIMATED, in, b->n, &out->mark[at]));
  if (out->mark[at].evidence == JV_EVIDENCE_NONE) /* of untracked figures */
    out->mark[at].evidence = isnan(out->value[at]) ? JV_EVIDENCE_UNRESOLVED : JV_EVIDENCE_ESTIMATED;
  out->mark[at].first_day = out->mark[at].last_day = 0;
  return JV_OK;
}

static jv_status refuse_stock(jv_ctx *cx, const jv_series *s, const blend *b, jv_freq to) {
  char text[JV_PERIOD_TEXT], first[JV_PERIOD_TEXT], freq[JV_PERIOD_TEXT];
  jv_date_format(b->last, text);
  jv_freq_format(to, freq);
  jv_period_format(jv_series_period(s, b->index[0]), first);
  return jv_fail(cx, JV_EUNSUPPORTED,
                 "%.60s is a stock: its level on %s, as %s asks, is not known from %s and the "
                 "levels after it",
                 *s->name ? s->name : "the series", text, freq, first);
}

static jv_status calendar_one(jv_ctx *cx, const jv_series *s, jv_freq to, size_t *from,
                              jv_series *out, size_t at) {
  blend b;
  find_parts(s, jv_series_period(out, at), from, &b);
  if (b.same >= 0) {
    size_t i = (size_t)b.same;
    out->value[at] = s->value[i];
    if (s->mark) out->mark[at] = jv_mark_copy(&s->mark[i]);
    return JV_OK;
  }
  if (!is_covered(&b)) return JV_OK;
  if (s->unit.flow == JV_STOCK) return refuse_stock(cx, s, &b, to);
  JV_TRY(jv_series_need_marks(cx, out));
  return blend_one(cx, s, &b, out, at);
}

/* The target periods from the first that s covers to the last: n is 0 when there is none. */
static jv_status find_targets(jv_ctx *cx, const jv_series *s, jv_freq to, jv_period *start,
                              size_t *n) {
  size_t from = 0, touching;
  jv_period first, target;
  blend b;
  JV_TRY(touched(cx, s, to, &first, &touching));
  *start = first;
  *n = 0;
  /* one more on each side, for observations whose dates lie some days off */
  for (int64_t k = -1; k <= (int64_t)touching; k++) {
    if (jv_period_add(cx, first, k, &target) != JV_OK) continue;
    find_parts(s, target, &from, &b);
    if (!is_covered(&b)) continue;
    if (*n == 0) *start = target;
    *n = (size_t)(target.ordinal - start->ordinal + 1);
  }
  return JV_OK;
}

static jv_status check_calendar(jv_ctx *cx, const jv_series *s, jv_freq to) {
  char from_text[JV_PERIOD_TEXT], to_text[JV_PERIOD_TEXT];
  if (to.kind == s->start.freq.kind && (to.kind == JV_FREQ_A || to.kind == JV_FREQ_Q)) return JV_OK;
  jv_freq_format(s->start.freq, from_text);
  jv_freq_format(to, to_text);
  return jv_fail(cx, JV_EPERIOD,
                 "from %s to %s: only years go to years, and quarters to quarters, of another "
                 "anchor; aggregate goes to coarser ones",
                 from_text, to_text);
}

jv_status jv_series_to_calendar(jv_ctx *cx, const jv_series *s, jv_freq to, jv_series **out) {
  jv_period start;
  size_t n, from = 0;
  jv_series *made;
  JV_TRY(check_calendar(cx, s, to));
  JV_TRY(find_targets(cx, s, to, &start, &n));
  JV_TRY(jv_series_like(cx, s, start, n, &made));
  for (size_t i = 0; i < n; i++)
    if (calendar_one(cx, s, to, &from, made, i) != JV_OK) {
      jv_series_free(cx, made);
      return jv_failure(cx);
    }
  *out = made;
  return JV_OK;
}
