/* Frequencies and periods as text.
 *
 * A text is first read for what it says by itself: a kind and the days it spans (or a fiscal name,
 * whose days depend on the anchor). A frequency, where one is given, then looks for the period with
 * exactly these days; finding none, it names those that the days touch. */
#include "series/period.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const weekdays[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
static const char *const nouns[] = {"a whole number", "a year", "a quarter", "a month",
                                    "a week",         "a day",  "an hour"};

/* Names without anchor, pandas' old and new ones; canonical letters first, by kind. Those that
 * pandas names after the start of the period (QS, YS-JUL) are the same periods; they are told
 * from "ms" by their capitals. */
static const struct {
  const char *name;
  jv_freq_kind kind;
  bool by_start;
} freq_names[] = {{"I", JV_FREQ_INDEX, false}, {"A", JV_FREQ_A, false},  {"Q", JV_FREQ_Q, false},
                  {"M", JV_FREQ_M, false},     {"W", JV_FREQ_W, false},  {"D", JV_FREQ_D, false},
                  {"H", JV_FREQ_H, false},     {"Y", JV_FREQ_A, false},  {"YE", JV_FREQ_A, false},
                  {"AE", JV_FREQ_A, false},    {"QE", JV_FREQ_Q, false}, {"ME", JV_FREQ_M, false},
                  {"YS", JV_FREQ_A, true},     {"AS", JV_FREQ_A, true},  {"QS", JV_FREQ_Q, true},
                  {"MS", JV_FREQ_M, true}};

static bool same_word(const char *text, size_t len, const char *word) {
  if (strlen(word) != len) return false;
  for (size_t i = 0; i < len; i++)
    if (toupper((unsigned char)text[i]) != word[i]) return false;
  return true;
}

/* 1-based place of the text among n words, or 0. */
static uint8_t place_of(const char *text, const char *const *words, uint8_t n) {
  for (uint8_t i = 0; i < n; i++)
    if (same_word(text, strlen(text), words[i])) return (uint8_t)(i + 1);
  return 0;
}

/* The anchor that a text names for a kind: 0 when it is none. */
static uint8_t read_anchor(jv_freq_kind kind, const char *text, bool by_start) {
  if (kind == JV_FREQ_W) return text ? place_of(text, weekdays, 7) : 7;
  if (!text) return 12;
  uint8_t month = place_of(text, months, 12);
  if (month && by_start) return (uint8_t)((month + 10) % 12 + 1);
  return month;
}

jv_status jv_freq_parse(jv_ctx *cx, const char *text, jv_freq *out) {
  const char *dash = strchr(text, '-');
  size_t len = dash ? (size_t)(dash - text) : strlen(text);
  for (size_t i = 0; i < sizeof freq_names / sizeof *freq_names; i++) {
    bool by_start = freq_names[i].by_start;
    if (!same_word(text, len, freq_names[i].name)) continue;
    if (by_start && memcmp(text, freq_names[i].name, len) != 0) continue;
    jv_freq freq = {(uint8_t)freq_names[i].kind, 0};
    bool anchored = freq.kind == JV_FREQ_A || freq.kind == JV_FREQ_Q || freq.kind == JV_FREQ_W;
    if (dash && !anchored) break;
    if (anchored) freq.anchor = read_anchor(freq_names[i].kind, dash ? dash + 1 : NULL, by_start);
    if (anchored && freq.anchor == 0)
      return jv_fail(cx, JV_EPARSE, "frequency '%.40s': the anchor is %s", text,
                     freq.kind == JV_FREQ_W ? "a weekday, MON to SUN" : "a month, JAN to DEC");
    *out = freq;
    return JV_OK;
  }
  return jv_fail(cx, JV_EPARSE,
                 "'%.40s' is no frequency: A, Q, M, W, D, H or I, the first two with a month as in "
                 "A-JUN or Q-DEC, W with a weekday as in W-SUN",
                 text);
}

void jv_freq_format(jv_freq freq, char out[JV_PERIOD_TEXT]) {
  const char *anchor = NULL;
  if ((freq.kind == JV_FREQ_A || freq.kind == JV_FREQ_Q) && freq.anchor >= 1 && freq.anchor <= 12)
    anchor = months[freq.anchor - 1];
  if (freq.kind == JV_FREQ_W && freq.anchor >= 1 && freq.anchor <= 7)
    anchor = weekdays[freq.anchor - 1];
  const char *name = freq.kind <= JV_FREQ_H ? freq_names[freq.kind].name : "?";
  snprintf(out, JV_PERIOD_TEXT, "%s%s%s", name, anchor ? "-" : "", anchor ? anchor : "");
}

/* ---- printing ---- */

/* An odd week has no name of its own: its first and last day. */
static void format_span(jv_period p, char out[JV_PERIOD_TEXT]) {
  char first[JV_PERIOD_TEXT], last[JV_PERIOD_TEXT];
  jv_date_format(jv_period_first_day(p), first);
  jv_date_format(jv_period_last_day(p), last);
  snprintf(out, JV_PERIOD_TEXT, "%.12s/%.12s", first, last);
}

static void format_hour(jv_period p, char out[JV_PERIOD_TEXT]) {
  char day[JV_PERIOD_TEXT];
  jv_date_format(jv_period_first_day(p), day);
  int hour = (int)(p.ordinal - 24 * jv_period_first_day(p));
  snprintf(out, JV_PERIOD_TEXT, "%.12sT%02d", day, hour % 24);
}

void jv_period_format(jv_period p, char out[JV_PERIOD_TEXT]) {
  if (!jv_period_valid(p)) {
    snprintf(out, JV_PERIOD_TEXT, "?");
    return;
  }
  int year = jv_period_year(p), in_year = jv_period_in_year(p);
  const char *fiscal = p.freq.anchor != 12 ? "FY" : "";
  switch (p.freq.kind) {
  case JV_FREQ_A:
    snprintf(out, JV_PERIOD_TEXT, "%s%04d", fiscal, year);
    break;
  case JV_FREQ_Q:
    snprintf(out, JV_PERIOD_TEXT, "%s%04dQ%d", fiscal, year, in_year);
    break;
  case JV_FREQ_M:
    snprintf(out, JV_PERIOD_TEXT, "%04d-%02d", year, in_year);
    break;
  case JV_FREQ_W:
    if (p.freq.anchor == 7)
      snprintf(out, JV_PERIOD_TEXT, "%04d-W%02d", year, in_year);
    else
      format_span(p, out);
    break;
  case JV_FREQ_D:
    jv_date_format(p.ordinal, out);
    break;
  case JV_FREQ_H:
    format_hour(p, out);
    break;
  default:
    snprintf(out, JV_PERIOD_TEXT, "%lld", (long long)p.ordinal);
  }
}

/* ---- parsing ---- */

/* What a text says by itself. */
typedef struct reading {
  jv_freq_kind kind;
  bool fiscal; /* FY…: year and quarter, days unknown without an anchor */
  bool span;   /* first/last given as dates */
  int year, quarter, hour;
  int64_t first, last;
} reading;

/* Takes n digits off the front of *text into *value. */
static bool take_digits(const char **text, int n, int *value) {
  int v = 0;
  for (int i = 0; i < n; i++) {
    unsigned char c = (unsigned char)(*text)[i];
    if (!isdigit(c)) return false;
    v = v * 10 + (c - '0');
  }
  *text += n;
  *value = v;
  return true;
}

static bool take_char(const char **text, const char *any) {
  if (**text == '\0' || !strchr(any, **text)) return false;
  (*text)++;
  return true;
}

/* Q4, -Q4 or nothing; quarter 0 when there is none. False when something else follows. */
static bool read_quarter(const char *text, int *quarter) {
  *quarter = 0;
  if (*text == '\0') return true;
  take_char(&text, "- ");
  return take_char(&text, "Qq") && take_digits(&text, 1, quarter) && *text == '\0' &&
         *quarter >= 1 && *quarter <= 4;
}

static void set_span(reading *r, jv_freq_kind kind, uint8_t anchor, int64_t ordinal) {
  jv_period p = {ordinal, {(uint8_t)kind, anchor}};
  r->kind = kind;
  r->first = jv_period_first_day(p);
  r->last = jv_period_last_day(p);
}

/* ISO week: week 1 holds the year's first Thursday, and so 4 January. */
static bool read_week(const char *text, reading *r) {
  int week;
  if (!take_char(&text, "Ww") || !take_digits(&text, 2, &week) || *text) return false;
  jv_freq sunday = {JV_FREQ_W, 7};
  jv_period p = jv_period_of_day(sunday, jv_day_of((jv_date){r->year, 1, 4}));
  p.ordinal += week - 1;
  set_span(r, JV_FREQ_W, 7, p.ordinal);
  return week >= 1 && jv_period_year(p) == r->year && jv_period_valid(p);
}

/* "05", "05:00", "05:00:00" after a date: whole hours only. */
static bool read_hour(const char *text, reading *r) {
  int zero = 0;
  if (!take_digits(&text, 2, &r->hour) || r->hour > 23) return false;
  for (int part = 0; part < 2 && take_char(&text, ":"); part++)
    if (!take_digits(&text, 2, &zero) || zero != 0) return false;
  r->kind = JV_FREQ_H;
  return *text == '\0';
}

/* What follows "2024-": 12, 12-31, 12-31T05, W52, Q4, or a date and "/date". */
static bool read_dashed(jv_ctx *cx, const char *whole, const char *text, reading *r) {
  int month;
  if (*text == 'W' || *text == 'w') return read_week(text, r);
  if (!take_digits(&text, 2, &month) || month < 1 || month > 12) return false;
  if (*text == '\0') {
    set_span(r, JV_FREQ_M, 0, (int64_t)(r->year - 1970) * 12 + month - 1);
    return true;
  }
  char date[11] = "";
  snprintf(date, sizeof date, "%.10s", whole);
  if (jv_date_parse(cx, date, &r->first) != JV_OK) return false;
  r->last = r->first;
  r->kind = JV_FREQ_D;
  text = whole + 10;
  if (*text == '\0') return true;
  if (take_char(&text, "T ")) return read_hour(text, r);
  r->span = true;
  return take_char(&text, "/") && jv_date_parse(cx, text, &r->last) == JV_OK && r->last >= r->first;
}

static bool read_text(jv_ctx *cx, const char *whole, reading *r) {
  const char *text = whole;
  memset(r, 0, sizeof *r);
  if ((text[0] == 'F' || text[0] == 'f') && (text[1] == 'Y' || text[1] == 'y')) {
    r->fiscal = true;
    text += 2;
  }
  if (!take_digits(&text, 4, &r->year) || r->year < 1) return false;
  if (read_quarter(text, &r->quarter)) {
    if (r->quarter)
      set_span(r, JV_FREQ_Q, 12, (int64_t)(r->year - 1970) * 4 + r->quarter - 1);
    else
      set_span(r, JV_FREQ_A, 12, r->year - 1970);
    return true;
  }
  return !r->fiscal && take_char(&text, "-") && read_dashed(cx, whole, text, r);
}

static jv_status read_index(jv_ctx *cx, const char *text, jv_freq freq, jv_period *out) {
  const char *at = text;
  bool minus = *at == '-';
  int64_t value = 0;
  if (*at == '-' || *at == '+') at++;
  size_t len = strspn(at, "0123456789");
  for (size_t i = 0; i < len && len <= 16; i++) value = value * 10 + (at[i] - '0');
  jv_period p = {minus ? -value : value, freq};
  if (len == 0 || len > 16 || at[len] != '\0' || !jv_period_valid(p))
    return jv_fail(cx, JV_EPARSE, "'%.40s' is not a whole number", text);
  *out = p;
  return JV_OK;
}

/* No freq: the text alone decides. */
static jv_status by_its_look(jv_ctx *cx, const char *text, const reading *r, jv_period *out) {
  jv_freq freq = {(uint8_t)r->kind, 0};
  if (r->fiscal)
    return jv_fail(cx, JV_EPARSE,
                   "'%.40s' is fiscal and needs the frequency that says when its year ends, such "
                   "as %s",
                   text, r->quarter ? "Q-JUN" : "A-JUN");
  if (r->span && r->last - r->first != 6)
    return jv_fail(cx, JV_EPARSE, "'%.40s' spans %lld days: only a week is named by its dates",
                   text, (long long)r->last - (long long)r->first + 1);
  if (r->span) freq.kind = JV_FREQ_W;
  if (freq.kind == JV_FREQ_A || freq.kind == JV_FREQ_Q) freq.anchor = 12;
  if (freq.kind == JV_FREQ_W) freq.anchor = (uint8_t)jv_weekday_of(r->last);
  *out = jv_period_of_day(freq, r->first);
  out->ordinal += r->hour;
  return JV_OK;
}

/* The days of the text are not one period: name those they touch. */
static jv_status fits_none(jv_ctx *cx, const char *text, const reading *r, jv_freq freq) {
  jv_period a = jv_period_of_day(freq, r->first), b = jv_period_of_day(freq, r->last);
  char ta[JV_PERIOD_TEXT], tb[JV_PERIOD_TEXT], tf[JV_PERIOD_TEXT], first[JV_PERIOD_TEXT],
      last[JV_PERIOD_TEXT];
  if (freq.kind == JV_FREQ_H) b.ordinal += 23;
  jv_period_format(a, ta);
  jv_period_format(b, tb);
  jv_freq_format(freq, tf);
  jv_date_format(r->first, first);
  jv_date_format(r->last, last);
  if (a.ordinal == b.ordinal)
    return jv_fail(cx, JV_EPERIOD, "'%.40s' is %s, not a period of %s; it lies in %s", text,
                   r->span ? "a span of days" : nouns[r->kind], tf, ta);
  return jv_fail(cx, JV_EPERIOD, "'%.40s' (%.10s to %.10s) is no period of %s: it touches %s%s%s",
                 text, first, last, tf, ta, b.ordinal - a.ordinal == 1 ? " and " : " to ", tb);
}

static jv_status fiscal_period(jv_ctx *cx, const char *text, const reading *r, jv_freq freq,
                               jv_period *out) {
  char tf[JV_PERIOD_TEXT];
  jv_period p = {r->year - 1970, freq};
  if (r->quarter) p.ordinal = 4 * p.ordinal + r->quarter - 1;
  if (freq.kind != (r->quarter ? JV_FREQ_Q : JV_FREQ_A)) {
    jv_freq_format(freq, tf);
    return jv_fail(cx, JV_EPERIOD, "'%.40s' is a fiscal %s, not a period of %s", text,
                   r->quarter ? "quarter" : "year", tf);
  }
  if (!jv_period_valid(p))
    return jv_fail(cx, JV_EPERIOD, "'%.40s' reaches outside years 1-9999", text);
  *out = p;
  return JV_OK;
}

jv_status jv_period_parse(jv_ctx *cx, const char *text, const jv_freq *freq, jv_period *out) {
  reading r;
  if (freq && freq->kind == JV_FREQ_INDEX) return read_index(cx, text, *freq, out);
  if (!read_text(cx, text, &r))
    return jv_fail(cx, JV_EPARSE,
                   "'%.40s' is not a period such as 2024, 2024Q4, FY2025Q4, 2024-12, 2024-W52, "
                   "2024-12-31 or 2024-12-31T05 (years 1-9999)",
                   text);
  if (!freq) return by_its_look(cx, text, &r, out);
  if (r.fiscal) return fiscal_period(cx, text, &r, *freq, out);
  jv_period p = jv_period_of_day(*freq, r.first);
  bool point = (r.kind == JV_FREQ_D && !r.span) || r.kind == JV_FREQ_H;
  if (r.kind == JV_FREQ_H && freq->kind == JV_FREQ_H)
    p.ordinal += r.hour;
  else if (freq->kind == JV_FREQ_H ||
           (!point && (jv_period_first_day(p) != r.first || jv_period_last_day(p) != r.last)))
    return fits_none(cx, text, &r, *freq);
  if (!jv_period_valid(p))
    return jv_fail(cx, JV_EPERIOD, "'%.40s' lies in a period that reaches outside years 1-9999",
                   text);
  *out = p;
  return JV_OK;
}
