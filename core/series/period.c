/* Periods: ordinals to days and back, arithmetic, conversion between frequencies.
 *
 * Years and quarters are blocks of 12 and 3 months that end `shift` months before those of the DEC
 * anchor, so one rule serves every anchor: with months counted from 1970-01 = 0,
 *   last month of block k = k * size + size - 1 + (anchor - 12). */
#include "series/period.h"
#include <string.h>

#define INDEX_MAX 9007199254740992 /* 2^53: whole numbers that a double holds exactly */

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static int64_t floor_mod(int64_t a, int64_t b) { return a - b * floor_div(a, b); }

bool jv_freq_equal(jv_freq a, jv_freq b) { return a.kind == b.kind && a.anchor == b.anchor; }

size_t jv_freq_season(jv_freq freq) {
  switch (freq.kind) {
  case JV_FREQ_Q:
    return 4;
  case JV_FREQ_M:
    return 12;
  case JV_FREQ_W:
    return 52;
  case JV_FREQ_D:
    return 7;
  case JV_FREQ_H:
    return 24;
  default:
    return 1;
  }
}

static int64_t month_first_day(int64_t month) {
  return jv_day_of((jv_date){(int)(1970 + floor_div(month, 12)), (int)floor_mod(month, 12) + 1, 1});
}

/* Months in a block of A, Q or M; 0 for other kinds. */
static int64_t block_size(jv_freq freq) {
  return freq.kind == JV_FREQ_A ? 12 : freq.kind == JV_FREQ_Q ? 3 : freq.kind == JV_FREQ_M;
}

static int64_t block_shift(jv_freq freq) { return freq.kind == JV_FREQ_M ? 0 : freq.anchor - 12; }

/* Last day of week 0: the first day of 1970 on that weekday (day 0 was a Thursday, 4). */
static int64_t week_zero_end(jv_freq freq) { return (freq.anchor + 3) % 7; }

int64_t jv_period_first_day(jv_period p) {
  switch (p.freq.kind) {
  case JV_FREQ_A:
  case JV_FREQ_Q:
  case JV_FREQ_M:
    return month_first_day(p.ordinal * block_size(p.freq) + block_shift(p.freq));
  case JV_FREQ_W:
    return week_zero_end(p.freq) + 7 * p.ordinal - 6;
  case JV_FREQ_D:
    return p.ordinal;
  case JV_FREQ_H:
    return floor_div(p.ordinal, 24);
  default:
    return 0;
  }
}

int64_t jv_period_last_day(jv_period p) {
  if (block_size(p.freq)) {
    jv_period next = {p.ordinal + 1, p.freq};
    return jv_period_first_day(next) - 1;
  }
  return jv_period_first_day(p) + (p.freq.kind == JV_FREQ_W ? 6 : 0);
}

int64_t jv_period_days(jv_period p) {
  if (p.freq.kind == JV_FREQ_H || p.freq.kind == JV_FREQ_INDEX) return 0;
  return jv_period_last_day(p) - jv_period_first_day(p) + 1;
}

jv_period jv_period_of_day(jv_freq freq, int64_t day) {
  jv_period p = {0, freq};
  int64_t size = block_size(freq);
  if (size) {
    jv_date date = jv_date_of(day);
    int64_t month = ((int64_t)date.year - 1970) * 12 + date.month - 1;
    p.ordinal = floor_div(month - block_shift(freq), size);
  } else if (freq.kind == JV_FREQ_W) {
    p.ordinal = floor_div(day - week_zero_end(freq) + 6, 7);
  } else if (freq.kind == JV_FREQ_D) {
    p.ordinal = day;
  } else if (freq.kind == JV_FREQ_H) {
    p.ordinal = day * 24;
  }
  return p;
}

jv_period jv_period_ending(jv_freq freq, int64_t last_day) {
  jv_period holds = jv_period_of_day(freq, last_day), before = {holds.ordinal - 1, freq};
  int64_t late = last_day - jv_period_last_day(before);
  return late <= jv_period_last_day(holds) - last_day ? before : holds;
}

bool jv_period_valid(jv_period p) {
  /* bounds generous for every kind first, so that day arithmetic cannot overflow */
  if (p.ordinal < -INDEX_MAX || p.ordinal > INDEX_MAX) return false;
  if (p.freq.kind == JV_FREQ_INDEX) return true;
  if (p.ordinal < -100000000 || p.ordinal > 100000000) return false;
  if (block_size(p.freq)) { /* years fit an int only below this bound */
    int64_t year = 1970 + floor_div(p.ordinal * block_size(p.freq), 12);
    if (year < 1 || year > 9999) return false;
  }
  return jv_period_first_day(p) >= JV_DAY_FIRST && jv_period_last_day(p) <= JV_DAY_LAST;
}

jv_status jv_period_add(jv_ctx *cx, jv_period p, int64_t k, jv_period *out) {
  char text[JV_PERIOD_TEXT];
  jv_period sum = p;
  bool fits = k >= -2 * INDEX_MAX && k <= 2 * INDEX_MAX;
  if (fits) sum.ordinal += k;
  if (!fits || !jv_period_valid(sum)) {
    jv_period_format(p, text);
    return jv_fail(cx, JV_EPERIOD, "%s %+lld periods lies outside years 1-9999", text,
                   (long long)k);
  }
  *out = sum;
  return JV_OK;
}

jv_status jv_period_diff(jv_ctx *cx, jv_period a, jv_period b, int64_t *out) {
  if (!jv_freq_equal(a.freq, b.freq)) {
    char ta[JV_PERIOD_TEXT], tb[JV_PERIOD_TEXT], fa[JV_PERIOD_TEXT], fb[JV_PERIOD_TEXT];
    jv_period_format(a, ta);
    jv_period_format(b, tb);
    jv_freq_format(a.freq, fa);
    jv_freq_format(b.freq, fb);
    return jv_fail(cx, JV_EPERIOD, "%s is of frequency %s and %s of %s: convert one of them first",
                   ta, fa, tb, fb);
  }
  *out = a.ordinal - b.ordinal;
  return JV_OK;
}

jv_status jv_period_convert(jv_ctx *cx, jv_period p, jv_freq to, bool by_end, jv_period *out) {
  char text[JV_PERIOD_TEXT], freq[JV_PERIOD_TEXT];
  if (jv_freq_equal(p.freq, to)) {
    *out = p;
    return JV_OK;
  }
  jv_period_format(p, text);
  jv_freq_format(to, freq);
  if (p.freq.kind == JV_FREQ_INDEX || to.kind == JV_FREQ_INDEX)
    return jv_fail(cx, JV_EPERIOD, "%s cannot become %s: whole numbers have no dates", text, freq);
  jv_period found = jv_period_of_day(to, by_end ? jv_period_last_day(p) : jv_period_first_day(p));
  if (to.kind == JV_FREQ_H && by_end) found.ordinal += 23;
  if (!jv_period_valid(found))
    return jv_fail(cx, JV_EPERIOD, "%s as %s reaches outside years 1-9999", text, freq);
  *out = found;
  return JV_OK;
}

jv_status jv_period_match(jv_ctx *cx, jv_period p, jv_freq freq, jv_period *out) {
  jv_period first = p, last = p;
  char text[JV_PERIOD_TEXT], ta[JV_PERIOD_TEXT], tb[JV_PERIOD_TEXT], tf[JV_PERIOD_TEXT];
  JV_TRY(jv_period_convert(cx, p, freq, false, &first));
  JV_TRY(jv_period_convert(cx, p, freq, true, &last));
  if (jv_freq_equal(p.freq, freq) ||
      (first.ordinal == last.ordinal && freq.kind != JV_FREQ_H && p.freq.kind != JV_FREQ_H &&
       jv_period_days(first) == jv_period_days(p))) {
    *out = first;
    return JV_OK;
  }
  jv_period_format(p, text);
  jv_period_format(first, ta);
  jv_period_format(last, tb);
  jv_freq_format(freq, tf);
  if (first.ordinal == last.ordinal)
    return jv_fail(cx, JV_EPERIOD, "%s is no period of %s: it lies in %s", text, tf, ta);
  return jv_fail(cx, JV_EPERIOD, "%s is no period of %s: it touches %s%s%s", text, tf, ta,
                 last.ordinal - first.ordinal == 1 ? " and " : " to ", tb);
}

/* A week belongs to the year that holds most of its days, that is, its fourth (ISO 8601). */
static int64_t week_middle(jv_period p) { return jv_period_first_day(p) + 3; }

int jv_period_year(jv_period p) {
  switch (p.freq.kind) {
  case JV_FREQ_INDEX:
    return 0;
  case JV_FREQ_A:
    return (int)(1970 + p.ordinal);
  case JV_FREQ_Q:
    return (int)(1970 + floor_div(p.ordinal, 4));
  case JV_FREQ_W:
    return jv_date_of(week_middle(p)).year;
  default:
    return jv_date_of(jv_period_first_day(p)).year;
  }
}

int jv_period_in_year(jv_period p) {
  int64_t day = p.freq.kind == JV_FREQ_W ? week_middle(p) : jv_period_first_day(p);
  int64_t before = day - jv_day_of((jv_date){jv_date_of(day).year, 1, 1});
  switch (p.freq.kind) {
  case JV_FREQ_Q:
    return (int)floor_mod(p.ordinal, 4) + 1;
  case JV_FREQ_M:
    return (int)floor_mod(p.ordinal, 12) + 1;
  case JV_FREQ_W:
    return (int)(before / 7) + 1;
  case JV_FREQ_D:
    return (int)before + 1;
  case JV_FREQ_H:
    return (int)(before * 24 + floor_mod(p.ordinal, 24)) + 1;
  default:
    return 1;
  }
}
