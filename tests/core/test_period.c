/* core/series/period: calendar, ordinals, text. Dates are held against a walk that counts one day at
 * a time, ISO weeks against the C library's strftime. */
#include "testing.h"
#include "base/rng.h"
#include "series/period.h"
#include <time.h>

/* A calendar that knows only how to go on by one day. */
typedef struct walker {
  int year, month, day, weekday, yday; /* weekday 1 = Monday; yday from 0 */
  int64_t number;
} walker;

static bool walker_leap(int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }

static int walker_month_days(int y, int m) {
  if (m == 2) return walker_leap(y) ? 29 : 28;
  return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

/* 0001-01-01 was a Monday, 719162 days before 1970-01-01 (Thursday). */
static walker walker_start(void) { return (walker){1, 1, 1, 1, 0, -719162}; }

static bool walker_month_end(const walker *w) {
  return w->day == walker_month_days(w->year, w->month);
}

static void walker_next(walker *w) {
  w->number++;
  w->weekday = w->weekday % 7 + 1;
  w->yday++;
  if (!walker_month_end(w)) {
    w->day++;
    return;
  }
  w->day = 1;
  if (++w->month <= 12) return;
  w->month = 1;
  w->yday = 0;
  w->year++;
}

/* Every frequency with every anchor, except hours and whole numbers. */
static size_t all_freqs(jv_freq out[40]) {
  size_t n = 0;
  for (uint8_t a = 1; a <= 12; a++) out[n++] = (jv_freq){JV_FREQ_A, a};
  for (uint8_t a = 1; a <= 12; a++) out[n++] = (jv_freq){JV_FREQ_Q, a};
  for (uint8_t a = 1; a <= 7; a++) out[n++] = (jv_freq){JV_FREQ_W, a};
  out[n++] = (jv_freq){JV_FREQ_M, 0};
  out[n++] = (jv_freq){JV_FREQ_D, 0};
  return n;
}

static void dates_agree_with_a_walk(void **state) {
  (void)state;
  for (walker w = walker_start(); w.year <= 9999; walker_next(&w)) {
    jv_date date = jv_date_of(w.number);
    if (date.year != w.year || date.month != w.month || date.day != w.day ||
        jv_day_of(date) != w.number || jv_weekday_of(w.number) != w.weekday)
      fail_msg("day %lld: %d-%d-%d, walked %d-%d-%d", (long long)w.number, date.year, date.month,
               date.day, w.year, w.month, w.day);
  }
  assert_int_equal(jv_day_of((jv_date){1, 1, 1}), JV_DAY_FIRST);
  assert_int_equal(jv_day_of((jv_date){9999, 12, 31}), JV_DAY_LAST);
}

/* Does a period of this frequency end on the walker's day? */
static bool ends_here(jv_freq f, const walker *w) {
  switch (f.kind) {
  case JV_FREQ_A:
    return w->month == f.anchor && walker_month_end(w);
  case JV_FREQ_Q:
    return (w->month - f.anchor + 12) % 3 == 0 && walker_month_end(w);
  case JV_FREQ_M:
    return walker_month_end(w);
  case JV_FREQ_W:
    return w->weekday == f.anchor;
  default:
    return true;
  }
}

/* Fiscal year and place in it, from the month alone. */
static void expect_names(jv_period p, const walker *w) {
  int into = (w->month - p.freq.anchor - 1 + 12) % 12; /* months since the fiscal year began */
  int year = w->year + (w->month > p.freq.anchor);
  if (p.freq.kind == JV_FREQ_A) assert_int_equal(jv_period_year(p), year);
  if (p.freq.kind == JV_FREQ_Q) {
    assert_int_equal(jv_period_year(p), year);
    assert_int_equal(jv_period_in_year(p), into / 3 + 1);
  }
  if (p.freq.kind == JV_FREQ_M) assert_int_equal(jv_period_in_year(p), w->month);
  if (p.freq.kind == JV_FREQ_D) assert_int_equal(jv_period_in_year(p), w->yday + 1);
}

static void walk_years(int from, int to) {
  jv_freq freqs[40];
  size_t n = all_freqs(freqs);
  for (size_t k = 0; k < n; k++) {
    walker w = walker_start();
    w.number = jv_day_of((jv_date){from, 1, 1});
    w.year = from;
    w.weekday = jv_weekday_of(w.number);
    jv_period now = jv_period_of_day(freqs[k], w.number);
    while (w.year <= to) {
      jv_period p = jv_period_of_day(freqs[k], w.number);
      bool end = ends_here(freqs[k], &w);
      if (p.ordinal != now.ordinal || (jv_period_last_day(p) == w.number) != end)
        fail_msg("freq %d anchor %d day %lld", freqs[k].kind, freqs[k].anchor, (long long)w.number);
      assert_true(jv_period_first_day(p) <= w.number && w.number <= jv_period_last_day(p));
      expect_names(p, &w);
      if (end) now.ordinal++;
      walker_next(&w);
    }
  }
}

static void periods_agree_with_a_walk(void **state) {
  (void)state;
  walk_years(1, 9);
  walk_years(1896, 1905); /* 1900 is no leap year */
  walk_years(1965, 1975);
  walk_years(1998, 2030);
  walk_years(9990, 9999);
}

static void ordinals_begin_in_1970(void **state) {
  (void)state;
  jv_freq freqs[40];
  size_t n = all_freqs(freqs);
  for (size_t k = 0; k < n; k++) {
    jv_period p = {0, freqs[k]};
    if (freqs[k].kind != JV_FREQ_W) assert_int_equal(jv_period_year(p), 1970);
    if (freqs[k].kind == JV_FREQ_W) assert_in_range(jv_period_last_day(p), 0, 6);
  }
}

static void iso_weeks_agree_with_strftime(void **state) {
  (void)state;
  jv_freq week = {JV_FREQ_W, 7};
  char text[JV_PERIOD_TEXT], want[JV_PERIOD_TEXT];
  for (walker w = walker_start(); w.year <= 9999; walker_next(&w)) {
    if (w.month > 1 && w.month < 12) continue;
    struct tm tm = {.tm_year = w.year - 1900,
                    .tm_mon = w.month - 1,
                    .tm_mday = w.day,
                    .tm_wday = w.weekday % 7,
                    .tm_yday = w.yday};
    int year, number;
    strftime(want, sizeof want, "%G %V", &tm);
    assert_int_equal(sscanf(want, "%d %d", &year, &number), 2);
    jv_period p = jv_period_of_day(week, w.number);
    if (!jv_period_valid(p)) continue; /* the last week reaches into the year 10000 */
    snprintf(want, sizeof want, "%04d-W%02d", year, number);
    jv_period_format(p, text);
    assert_string_equal(text, want);
  }
}

/* ---- text ---- */

static void expect_round_trip(jv_ctx *cx, jv_period p) {
  char text[JV_PERIOD_TEXT];
  jv_period again = {0, {0, 0}};
  jv_period_format(p, text);
  assert_ok(cx, jv_period_parse(cx, text, &p.freq, &again));
  if (again.ordinal != p.ordinal) fail_msg("%s came back as another period", text);
  bool fiscal = text[0] == 'F';
  if (fiscal || p.freq.kind == JV_FREQ_INDEX) return;
  assert_ok(cx, jv_period_parse(cx, text, NULL, &again)); /* the text alone says it too */
  assert_true(again.ordinal == p.ordinal && jv_freq_equal(again.freq, p.freq));
}

/* The first and last valid ordinals, by stepping from what holds the calendar's ends. */
static void valid_range(jv_freq f, int64_t *first, int64_t *last) {
  jv_period a = jv_period_of_day(f, JV_DAY_FIRST), b = jv_period_of_day(f, JV_DAY_LAST);
  if (f.kind == JV_FREQ_H) b.ordinal += 23;
  while (!jv_period_valid(a)) a.ordinal++;
  while (!jv_period_valid(b)) b.ordinal--;
  *first = a.ordinal;
  *last = b.ordinal;
}

static void printed_periods_read_back(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq freqs[40];
  size_t n = all_freqs(freqs);
  freqs[n++] = (jv_freq){JV_FREQ_H, 0};
  for (size_t k = 0; k < n; k++) {
    int64_t first, last;
    valid_range(freqs[k], &first, &last);
    int64_t step = (last - first) / 3000 + 1;
    for (int64_t i = first; i <= last; i += step) expect_round_trip(&cx, (jv_period){i, freqs[k]});
    for (int64_t i = 0; i < 60; i++) {
      expect_round_trip(&cx, (jv_period){first + i, freqs[k]});
      expect_round_trip(&cx, (jv_period){last - i, freqs[k]});
    }
    jv_period beyond;
    assert_fails(&cx, jv_period_add(&cx, (jv_period){last, freqs[k]}, 1, &beyond), JV_EPERIOD,
                 "outside years 1-9999");
    assert_fails(&cx, jv_period_add(&cx, (jv_period){first, freqs[k]}, -1, &beyond), JV_EPERIOD,
                 "outside years 1-9999");
  }
  for (int64_t i = -30; i < 30; i++) expect_round_trip(&cx, (jv_period){i, {JV_FREQ_INDEX, 0}});
}

static void expect_text(const char *given, const char *freq, const char *printed, const char *first,
                        const char *last) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  jv_period p;
  char text[JV_PERIOD_TEXT];
  if (freq) assert_ok(&cx, jv_freq_parse(&cx, freq, &f));
  assert_ok(&cx, jv_period_parse(&cx, given, freq ? &f : NULL, &p));
  jv_period_format(p, text);
  assert_string_equal(text, printed);
  jv_date_format(jv_period_first_day(p), text);
  assert_string_equal(text, first);
  jv_date_format(jv_period_last_day(p), text);
  assert_string_equal(text, last);
}

static void texts_name_the_days_they_should(void **state) {
  (void)state;
  expect_text("2024", NULL, "2024", "2024-01-01", "2024-12-31");
  expect_text("2024Q4", NULL, "2024Q4", "2024-10-01", "2024-12-31");
  expect_text("2024-q4", NULL, "2024Q4", "2024-10-01", "2024-12-31");
  expect_text("2024-02", NULL, "2024-02", "2024-02-01", "2024-02-29");
  expect_text("2024-W01", NULL, "2024-W01", "2024-01-01", "2024-01-07");
  expect_text("2020-W53", NULL, "2020-W53", "2020-12-28", "2021-01-03");
  expect_text("2024-12-31", NULL, "2024-12-31", "2024-12-31", "2024-12-31");
  expect_text("2024-12-31T05", NULL, "2024-12-31T05", "2024-12-31", "2024-12-31");
  expect_text("2024-12-31 05:00:00", NULL, "2024-12-31T05", "2024-12-31", "2024-12-31");
  expect_text("2024-12-22/2024-12-28", NULL, "2024-12-22/2024-12-28", "2024-12-22", "2024-12-28");
  expect_text("FY2025", "A-JUN", "FY2025", "2024-07-01", "2025-06-30");
  expect_text("FY2025Q2", "Q-JUN", "FY2025Q2", "2024-10-01", "2024-12-31");
  expect_text("2024Q4", "Q-JUN", "FY2025Q2", "2024-10-01", "2024-12-31");
  expect_text("FY2025Q4", "QE-MAY", "FY2025Q4", "2025-03-01", "2025-05-31");
  expect_text("FY2024Q4", "Q-DEC", "2024Q4", "2024-10-01", "2024-12-31");
  expect_text("2024-11-15", "Q-MAY", "FY2025Q2", "2024-09-01", "2024-11-30");
  expect_text("2024-11-15 00:00:00", "D", "2024-11-15", "2024-11-15", "2024-11-15");
  expect_text("2024-12-25", "W-SAT", "2024-12-22/2024-12-28", "2024-12-22", "2024-12-28");
  expect_text("0001", "A", "0001", "0001-01-01", "0001-12-31");
  expect_text("9999Q4", NULL, "9999Q4", "9999-10-01", "9999-12-31");
}

static void expect_refused(const char *given, const char *freq, jv_status code, const char *says) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  jv_period p = {77, {JV_FREQ_D, 0}};
  if (freq) assert_ok(&cx, jv_freq_parse(&cx, freq, &f));
  assert_fails(&cx, jv_period_parse(&cx, given, freq ? &f : NULL, &p), code, says);
  assert_int_equal(p.ordinal, 77); /* outputs stay as they were */
}

static void texts_that_fit_no_period_or_two_are_refused(void **state) {
  (void)state;
  expect_refused("2024Q4", "Q-MAY", JV_EPERIOD, "it touches FY2025Q2 and FY2025Q3");
  expect_refused("2024", "A-JUN", JV_EPERIOD, "it touches FY2024 and FY2025");
  expect_refused("2024", "Q-DEC", JV_EPERIOD, "it touches 2024Q1 to 2024Q4");
  expect_refused("2024-12", "Q-DEC", JV_EPERIOD,
                 "is a month, not a period of Q-DEC; it lies in 2024Q4");
  expect_refused("2024-W52", "W-SAT", JV_EPERIOD,
                 "2024-12-22/2024-12-28 and 2024-12-29/2025-01-04");
  expect_refused("2024-12-31", "H", JV_EPERIOD, "2024-12-31T00 to 2024-12-31T23");
  expect_refused("FY2025", "Q-JUN", JV_EPERIOD, "'FY2025' is a fiscal year, not a period of Q-JUN");
  expect_refused("FY2025Q4", NULL, JV_EPARSE,
                 "needs the frequency that says when its year ends, such as Q-JUN");
  expect_refused("FY0001", "A-JUN", JV_EPERIOD, "outside years 1-9999");
  expect_refused("0001-01-05", "A-JUN", JV_EPERIOD, "outside years 1-9999");
  expect_refused("9999-12-31", "W-SUN", JV_EPERIOD, "outside years 1-9999");
  static const char *const bad[] = {"",
                                    "24",
                                    "2024Q5",
                                    "2024Q0",
                                    "2024Q",
                                    "2024-13",
                                    "2024-00",
                                    "2024-02-30",
                                    "2023-02-29",
                                    "2024-W54",
                                    "2024-W00",
                                    "2023-W53",
                                    "0000",
                                    "0000Q1",
                                    "10000",
                                    "2024-1-1",
                                    "2024/01/01",
                                    " 2024",
                                    "2024 ",
                                    "FY",
                                    "FY2024-12",
                                    "2024-12-31T24",
                                    "2024-12-31T05:30",
                                    "2024-12-31Z",
                                    "-2024",
                                    "2024-12-31/",
                                    "2024-12-31/2024-12-30"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    expect_refused(bad[i], NULL, JV_EPARSE, "is not a period such as");
  expect_refused("2024-12-01/2024-12-30", NULL, JV_EPARSE, "spans 30 days");
  expect_refused("1.5", "I", JV_EPARSE, "'1.5' is not a whole number");
  expect_refused("99999999999999999999", "I", JV_EPARSE, "is not a whole number");
}

/* Texts near valid ones: whatever is read prints and reads back as itself. */
static void random_texts_never_do_harm(void **state) {
  (void)state;
  static const char *const seeds[] = {
      "2024",     "2024Q4",     "FY2025Q4",         "2024-12",
      "2024-W52", "2024-12-31", "2024-12-31T05:00", "2024-12-22/2024-12-28"};
  static const char letters[] = "0123456789-QqWFYT:/ \xc3";
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(1, "period", "fuzz", 0);
  jv_freq freqs[40];
  size_t n = all_freqs(freqs), read = 0;
  for (int i = 0; i < 60000; i++) {
    char text[48] = {0}; /* zeros behind the text: a letter may stand on its end */
    snprintf(text, sizeof text, "%s", seeds[jv_rng_below(&rng, 8)]);
    for (uint64_t k = jv_rng_below(&rng, 4); k > 0; k--)
      text[jv_rng_below(&rng, strlen(text) + 1)] = letters[jv_rng_below(&rng, sizeof letters)];
    const jv_freq *f = jv_rng_below(&rng, 2) ? &freqs[jv_rng_below(&rng, n)] : NULL;
    jv_period p;
    if (jv_period_parse(&cx, text, f, &p) != JV_OK) continue;
    assert_true(jv_period_valid(p));
    expect_round_trip(&cx, p);
    read++;
  }
  assert_true(read > 5000);
}

static void frequencies_have_old_and_new_names(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  static const char *const names[][2] = {
      {"A", "A-DEC"},      {"Y", "A-DEC"},     {"YE", "A-DEC"},     {"YE-JUN", "A-JUN"},
      {"Q", "Q-DEC"},      {"QE", "Q-DEC"},    {"QE-OCT", "Q-OCT"}, {"M", "M"},
      {"ME", "M"},         {"W", "W-SUN"},     {"W-WED", "W-WED"},  {"D", "D"},
      {"H", "H"},          {"h", "H"},         {"I", "I"},          {"q-jun", "Q-JUN"},
      {"MS", "M"},         {"QS", "Q-DEC"},    {"QS-OCT", "Q-SEP"}, {"YS", "A-DEC"},
      {"YS-JUL", "A-JUN"}, {"AS-JAN", "A-DEC"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    jv_freq f;
    char text[JV_PERIOD_TEXT];
    assert_ok(&cx, jv_freq_parse(&cx, names[i][0], &f));
    jv_freq_format(f, text);
    assert_string_equal(text, names[i][1]);
  }
  jv_freq f = {9, 9};
  assert_fails(&cx, jv_freq_parse(&cx, "Q-SUN", &f), JV_EPARSE, "the anchor is a month");
  assert_fails(&cx, jv_freq_parse(&cx, "W-JUN", &f), JV_EPARSE, "the anchor is a weekday");
  assert_fails(&cx, jv_freq_parse(&cx, "M-DEC", &f), JV_EPARSE, "'M-DEC' is no frequency");
  assert_fails(&cx, jv_freq_parse(&cx, "", &f), JV_EPARSE, "is no frequency");
  assert_fails(&cx, jv_freq_parse(&cx, "quarterly", &f), JV_EPARSE, "'quarterly' is no frequency");
  assert_fails(&cx, jv_freq_parse(&cx, "ms", &f), JV_EPARSE,
               "'ms' is no frequency"); /* milliseconds */
  assert_int_equal(f.kind, 9);
  static const size_t seasons[] = {1, 1, 4, 12, 52, 7, 24};
  for (uint8_t kind = 0; kind <= JV_FREQ_H; kind++)
    assert_int_equal(jv_freq_season((jv_freq){kind, 0}), seasons[kind]);
}

static jv_period period(const char *text, const char *freq) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  jv_period p;
  if (freq) assert_ok(&cx, jv_freq_parse(&cx, freq, &f));
  assert_ok(&cx, jv_period_parse(&cx, text, freq ? &f : NULL, &p));
  return p;
}

static void expect_converted(const char *from, const char *freq, const char *to, bool by_end,
                             const char *want) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  jv_period out;
  char text[JV_PERIOD_TEXT];
  assert_ok(&cx, jv_freq_parse(&cx, to, &f));
  assert_ok(&cx, jv_period_convert(&cx, period(from, freq), f, by_end, &out));
  jv_period_format(out, text);
  assert_string_equal(text, want);
}

static void conversion_is_by_end_or_by_start(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_period out;
  expect_converted("2024-12", NULL, "Q-DEC", true, "2024Q4");
  expect_converted("2024-12", NULL, "Q-JUN", true, "FY2025Q2");
  expect_converted("2024", NULL, "Q-DEC", true, "2024Q4");
  expect_converted("2024", NULL, "Q-DEC", false, "2024Q1");
  expect_converted("FY2025", "A-JUN", "M", false, "2024-07");
  expect_converted("2024Q4", NULL, "A-JUN", true, "FY2025");
  expect_converted("2024-12-31", NULL, "H", true, "2024-12-31T23");
  expect_converted("2024-12-31", NULL, "H", false, "2024-12-31T00");
  expect_converted("2024-12-31T05", NULL, "M", true, "2024-12");
  expect_converted("2024", NULL, "W-SUN", true, "2025-W01");
  assert_fails(&cx, jv_period_convert(&cx, period("7", "I"), (jv_freq){JV_FREQ_M, 0}, true, &out),
               JV_EPERIOD, "whole numbers have no dates");
  assert_fails(&cx,
               jv_period_convert(&cx, period("9999", NULL), (jv_freq){JV_FREQ_A, 6}, true, &out),
               JV_EPERIOD, "outside years 1-9999");
  assert_ok(&cx, jv_period_match(&cx, period("2024Q4", NULL), (jv_freq){JV_FREQ_Q, 6}, &out));
  assert_int_equal(jv_period_in_year(out), 2);
  assert_fails(&cx, jv_period_match(&cx, period("2024Q4", NULL), (jv_freq){JV_FREQ_Q, 5}, &out),
               JV_EPERIOD, "it touches FY2025Q2 and FY2025Q3");
  assert_fails(&cx, jv_period_match(&cx, period("2024-12", NULL), (jv_freq){JV_FREQ_Q, 12}, &out),
               JV_EPERIOD, "it lies in 2024Q4");
}

static void arithmetic_is_exact_and_checked(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_period out;
  int64_t n;
  assert_ok(&cx, jv_period_add(&cx, period("2024Q4", NULL), 1, &out));
  assert_int_equal(out.ordinal, period("2025Q1", NULL).ordinal);
  assert_ok(&cx, jv_period_diff(&cx, period("2025Q1", NULL), period("2020Q1", NULL), &n));
  assert_int_equal(n, 20);
  assert_fails(&cx, jv_period_diff(&cx, period("2025Q1", NULL), period("2025Q1", "Q-JUN"), &n),
               JV_EPERIOD, "2025Q1 is of frequency Q-DEC and FY2025Q3 of Q-JUN");
  assert_fails(&cx, jv_period_add(&cx, period("2024", NULL), INT64_MAX, &out), JV_EPERIOD,
               "outside");
  assert_fails(&cx, jv_period_add(&cx, period("2024", NULL), INT64_MIN, &out), JV_EPERIOD,
               "outside");
  assert_int_equal(jv_period_days(period("2024", NULL)), 366);
  assert_int_equal(jv_period_days(period("2025Q1", NULL)), 90);
  assert_int_equal(jv_period_days(period("2024-12-31T05", NULL)), 0);
}

/* Fiscal years of 52 and 53 weeks: the month end nearest the last day names them. */
static void drifting_year_ends_find_their_month(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  static const struct {
    const char *day;
    int month;
    const char *freq, *period;
  } ends[] = {{"2023-01-01", 12, "A", "2022"},      /* Johnson & Johnson's 2022 */
              {"2023-12-31", 12, "A", "2023"},      /* and its 2023 */
              {"2025-01-26", 1, "A-JAN", "FY2025"}, /* Nvidia */
              {"2024-09-28", 9, "A-SEP", "FY2024"}, /* Apple */
              {"2022-02-01", 1, "A-JAN", "FY2022"},    {"2024-06-30", 6, "A-JUN", "FY2024"},
              {"2024-11-24", 11, "Q-AUG", "FY2025Q1"}, /* Costco's 12 weeks */
              {"2025-02-16", 2, "Q-AUG", "FY2025Q2"},  {"2025-05-11", 4, "Q-AUG", "FY2025Q3"}};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    int64_t day;
    jv_freq freq;
    char text[JV_PERIOD_TEXT];
    assert_ok(&cx, jv_date_parse(&cx, ends[i].day, &day));
    assert_int_equal(jv_year_end_month(day), ends[i].month);
    assert_ok(&cx, jv_freq_parse(&cx, ends[i].freq, &freq));
    jv_period_format(jv_period_ending(freq, day), text);
    assert_string_equal(text, ends[i].period);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates_agree_with_a_walk),
      cmocka_unit_test(periods_agree_with_a_walk),
      cmocka_unit_test(ordinals_begin_in_1970),
      cmocka_unit_test(iso_weeks_agree_with_strftime),
      cmocka_unit_test(printed_periods_read_back),
      cmocka_unit_test(texts_name_the_days_they_should),
      cmocka_unit_test(texts_that_fit_no_period_or_two_are_refused),
      cmocka_unit_test(random_texts_never_do_harm),
      cmocka_unit_test(frequencies_have_old_and_new_names),
      cmocka_unit_test(conversion_is_by_end_or_by_start),
      cmocka_unit_test(arithmetic_is_exact_and_checked),
      cmocka_unit_test(drifting_year_ends_find_their_month),
  };
  return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
