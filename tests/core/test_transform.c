/* core/series: lags to rolling figures, annual figures, aggregation, other anchors, gaps, Box-Cox,
 * description. Statistics and the spline are held against R 4.2.2. */
#include "testing.h"
#include "base/rng.h"
#include "series/mark.h"
#include "series/series.h"

static jv_freq freq(const char *text) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  assert_ok(&cx, jv_freq_parse(&cx, text, &f));
  return f;
}

static jv_period period(const char *text, const char *f) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq fr = freq(f);
  jv_period p;
  assert_ok(&cx, jv_period_parse(&cx, text, &fr, &p));
  return p;
}

static int64_t day(const char *text) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  int64_t d;
  assert_ok(&cx, jv_date_parse(&cx, text, &d));
  return d;
}

/* A series in USD of a flow; NULL when memory ran out. */
static jv_series *make(jv_ctx *cx, const char *f, const char *start, size_t n, const double *x) {
  jv_series *s = NULL;
  if (jv_series_new(cx, period(start, f), n, x, &s) != JV_OK) return NULL;
  if (jv_unit_parse(cx, "USD", &s->unit) != JV_OK || jv_series_set_name(cx, s, "capex") != JV_OK) {
    jv_series_free(cx, s);
    return NULL;
  }
  s->unit.flow = JV_FLOW;
  return s;
}

/* Takes s over; checks start and values of what came of it and frees it. */
static void expect(jv_ctx *cx, jv_series *s, const char *f, const char *start, size_t n,
                   const double *want) {
  char text[JV_PERIOD_TEXT];
  jv_period_format(s->start, text);
  assert_string_equal(text, start);
  assert_true(jv_freq_equal(s->start.freq, freq(f)));
  assert_int_equal(s->n, n);
  for (size_t i = 0; i < n; i++) assert_near(s->value[i], want[i], 1e-14, 1);
  jv_series_free(cx, s);
}

#define VALUES(...)                                                                                \
  sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]) { __VA_ARGS__ }

static void lags_and_differences(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2024Q1", VALUES(1, 3, 6, 10, NAN, 21)), *out;
  assert_ok(&cx, jv_series_lag(&cx, s, 1, &out));
  expect(&cx, out, "Q", "2024Q2", VALUES(1, 3, 6, 10, NAN, 21));
  assert_ok(&cx, jv_series_lag(&cx, s, -2, &out));
  expect(&cx, out, "Q", "2023Q3", VALUES(1, 3, 6, 10, NAN, 21));
  assert_ok(&cx, jv_series_diff(&cx, s, 1, 1, &out));
  expect(&cx, out, "Q", "2024Q2", VALUES(2, 3, 4, NAN, NAN));
  assert_ok(&cx, jv_series_diff(&cx, s, 1, 2, &out));
  expect(&cx, out, "Q", "2024Q3", VALUES(1, 1, NAN, NAN));
  assert_ok(&cx, jv_series_diff(&cx, s, 5, 1, &out));
  expect(&cx, out, "Q", "2025Q2", VALUES(20));
  assert_ok(&cx, jv_series_diff(&cx, s, 6, 1, &out));
  assert_int_equal(out->n, 0);
  jv_series_free(&cx, out);
  assert_ok(&cx, jv_series_pct_change(&cx, s, 2, &out));
  assert_int_equal(out->unit.dimension, JV_DIM_RATIO);
  expect(&cx, out, "Q", "2024Q3", VALUES(5, 7.0 / 3, NAN, 1.1));
  assert_fails(&cx, jv_series_pct_change(&cx, s, 0, &out), JV_EINVAL, "a lag is at least 1");
  assert_fails(&cx, jv_series_lag(&cx, s, 40000, &out), JV_EPERIOD, "outside years 1-9999");
  jv_series_free(&cx, s);
  s = make(&cx, "Q", "2024Q1", VALUES(0, 5, -5, 5));
  assert_ok(&cx, jv_series_pct_change(&cx, s, 1, &out)); /* a base <= 0 gives no growth */
  expect(&cx, out, "Q", "2024Q2", VALUES(NAN, -2, NAN));
  s->unit.flow = JV_STOCK;
  assert_ok(&cx, jv_series_diff(&cx, s, 1, 1, &out));
  assert_int_equal(out->unit.flow, JV_FLOW);
  jv_series_free(&cx, out);
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

static void running_and_rolling_figures(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "M", "2024-01", VALUES(1, 4, 2, 8, NAN, 3)), *out;
  assert_ok(&cx, jv_series_cumulative(&cx, s, &out));
  assert_int_equal(out->unit.flow, JV_STOCK);
  expect(&cx, out, "M", "2024-01", VALUES(1, 5, 7, 15, NAN, NAN));
  static const struct {
    jv_stat stat;
    double third, fourth;
  } cases[] = {{JV_STAT_SUM, 7, 14},   {JV_STAT_MEAN, 7.0 / 3, 14.0 / 3},
               {JV_STAT_MEDIAN, 2, 4}, {JV_STAT_MIN, 1, 2},
               {JV_STAT_MAX, 4, 8},    {JV_STAT_LAST, 2, 8},
               {JV_STAT_FIRST, 1, 4},  {JV_STAT_SD, 1.5275252316519468, 3.0550504633038931}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_ok(&cx, jv_series_rolling(&cx, s, 3, cases[i].stat, &out));
    expect(&cx, out, "M", "2024-01", VALUES(NAN, NAN, cases[i].third, cases[i].fourth, NAN, NAN));
    jv_stat again;
    assert_ok(&cx, jv_stat_parse(&cx, jv_stat_name(cases[i].stat), &again));
    assert_int_equal(again, cases[i].stat);
  }
  assert_ok(&cx, jv_series_rolling(&cx, s, 7, JV_STAT_SUM, &out));
  expect(&cx, out, "M", "2024-01", VALUES(NAN, NAN, NAN, NAN, NAN, NAN));
  assert_fails(&cx, jv_series_rolling(&cx, s, 0, JV_STAT_SUM, &out), JV_EINVAL,
               "at least 1 period");
  jv_stat stat;
  assert_fails(&cx, jv_stat_parse(&cx, "mode", &stat), JV_EINVAL, "'mode' is no statistic");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* Adding 1e16 and taking it away again must not lose the small ones. */
static void totals_close_to_the_last_digit(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_series *s = make(&cx, "M", "2024-01", VALUES(1e16, 1, 1, -1e16)), *out;
  assert_ok(&cx, jv_series_cumulative(&cx, s, &out));
  assert_true(out->value[3] == 2);
  assert_true(jv_stat_of(JV_STAT_SUM, s->value, 4) == 2);
  jv_series_free(&cx, out);
  jv_series_free(&cx, s);
}

static void annual_figures_of_flows(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q-JUN", "FY2024Q1", VALUES(1, 2, 3, 4, 5, 6)), *out;
  assert_ok(&cx, jv_series_ttm(&cx, s, &out));
  expect(&cx, out, "Q-JUN", "FY2024Q4", VALUES(10, 14, 18));
  assert_ok(&cx, jv_series_run_rate(&cx, s, &out));
  expect(&cx, out, "Q-JUN", "FY2024Q1", VALUES(4, 8, 12, 16, 20, 24));
  s->unit.flow = JV_STOCK;
  assert_fails(&cx, jv_series_ttm(&cx, s, &out), JV_EUNIT, "capex (USD) is a stock");
  assert_fails(&cx, jv_series_run_rate(&cx, s, &out), JV_EUNIT, "run rate: capex (USD) is a stock");
  assert_ok(&cx, jv_unit_parse(&cx, "%", &s->unit));
  assert_fails(&cx, jv_series_ttm(&cx, s, &out), JV_EUNIT, "is a ratio");
  jv_series_free(&cx, s);
  s = make(&cx, "D", "2024-01-01", VALUES(1, 2));
  assert_fails(&cx, jv_series_ttm(&cx, s, &out), JV_EPERIOD, "not D: aggregate first");
  assert_ok(&cx, jv_series_run_rate(&cx, s, &out)); /* the years that end on 1 and 2 January */
  expect(&cx, out, "D", "2024-01-01", VALUES(365, 730));
  jv_series_free(&cx, s);
  s = make(&cx, "H", "2024-01-01T00", VALUES(1, 2));
  assert_fails(&cx, jv_series_run_rate(&cx, s, &out), JV_EPERIOD, "not H");
  jv_series_free(&cx, s);
  s = make(&cx, "A", "2024", VALUES(7, 8));
  assert_ok(&cx, jv_series_ttm(&cx, s, &out));
  expect(&cx, out, "A", "2024", VALUES(7, 8));
  jv_series_free(&cx, s);
  s = make(&cx, "M", "2024-01", VALUES(1, 2, 3));
  assert_ok(&cx, jv_series_ttm(&cx, s, &out)); /* less than a year */
  assert_int_equal(out->n, 0);
  jv_series_free(&cx, out);
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* Costco's quarters: three of 12 weeks and one of 16, dated as filed. */
static jv_series *costco(jv_ctx *cx) {
  static const char *const ends[] = {"2023-09-03", "2023-11-26", "2024-02-18", "2024-05-12",
                                     "2024-09-01"};
  jv_series *s = make(cx, "Q-AUG", "FY2024Q1", VALUES(84, 84, 84, 112));
  if (!s || jv_series_mark(cx, s, JV_EVIDENCE_REPORTED) != JV_OK) {
    jv_series_free(cx, s);
    return NULL;
  }
  for (size_t i = 0; i < 4; i++) {
    s->mark[i].first_day = day(ends[i]) + 1;
    s->mark[i].last_day = day(ends[i + 1]);
  }
  return s;
}

static void odd_quarters_are_annualised_by_days(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = costco(&cx), *out;
  assert_ok(&cx, jv_series_run_rate(&cx, s, &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_DERIVED);
  assert_int_equal(out->mark[0].last_day, day("2023-11-26"));
  /* one a day: the days of the year that ends with the quarter; 2024-02-29 lies in the last two */
  expect(&cx, out, "Q-AUG", "FY2024Q1", VALUES(365, 365, 366, 366));
  assert_ok(&cx, jv_series_ttm(&cx, s, &out));
  assert_int_equal(out->mark[0].first_day, day("2023-09-04"));
  assert_int_equal(out->mark[0].last_day, day("2024-09-01"));
  expect(&cx, out, "Q-AUG", "FY2024Q4", VALUES(364));
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- coarser frequencies ---- */

static void aggregates_need_whole_periods(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2023Q3", VALUES(1, 2, 3, 4, 5, 6, 7)), *out;
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_SUM, false, &out));
  expect(&cx, out, "A", "2023", VALUES(NAN, 18, NAN));
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_SUM, true, &out));
  expect(&cx, out, "A", "2023", VALUES(3, 18, 7));
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A-JUN"), JV_STAT_SUM, false, &out));
  expect(&cx, out, "A-JUN", "FY2024", VALUES(10, NAN));
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_MEAN, false, &out));
  expect(&cx, out, "A", "2023", VALUES(NAN, 4.5, NAN));
  s->value[3] = NAN;
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_SUM, false, &out));
  expect(&cx, out, "A", "2023", VALUES(NAN, NAN, NAN));
  assert_fails(&cx, jv_series_aggregate(&cx, s, freq("A-MAY"), JV_STAT_SUM, false, &out),
               JV_EPERIOD, "periods of A-MAY are not made up of whole periods of Q-DEC");
  assert_fails(&cx, jv_series_aggregate(&cx, s, freq("M"), JV_STAT_SUM, false, &out), JV_EPERIOD,
               "of M are not");
  assert_fails(&cx, jv_series_aggregate(&cx, s, freq("Q-JUN"), JV_STAT_SUM, false, &out),
               JV_EPERIOD, "Q-JUN");
  s->unit.flow = JV_STOCK;
  assert_fails(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_SUM, false, &out), JV_EUNIT,
               "capex (USD) is a stock and does not add up over time: aggregate by last");
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_LAST, true, &out));
  expect(&cx, out, "A", "2023", VALUES(2, 6, 7));
  jv_series_free(&cx, s);
  s = make(&cx, "W", "2024-W01", VALUES(1, 2, 3, 4, 5));
  assert_fails(&cx, jv_series_aggregate(&cx, s, freq("M"), JV_STAT_SUM, false, &out), JV_EPERIOD,
               "W-SUN");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* Ones add up to the number of sub-periods, whatever the frequencies. */
static void every_nesting_counts_its_parts(void **state) {
  (void)state;
  static const struct {
    const char *from, *start, *to;
    size_t n;
  } cases[] = {{"M", "2019-01", "Q-DEC", 40},      {"M", "2019-01", "Q-JAN", 40},
               {"M", "2019-01", "A-JUN", 40},      {"D", "2019-01-01", "W-WED", 900},
               {"D", "2019-01-01", "M", 900},      {"D", "2019-01-01", "A", 1200},
               {"H", "2020-02-01T00", "D", 2000},  {"H", "2020-01-01T00", "M", 3000},
               {"Q-MAY", "FY2020Q1", "A-AUG", 20}, {"Q-MAY", "FY2020Q1", "A-MAY", 20}};
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    jv_series *s = make(&cx, cases[k].from, cases[k].start, cases[k].n, NULL), *out;
    for (size_t i = 0; i < s->n; i++) s->value[i] = 1;
    assert_ok(&cx, jv_series_aggregate(&cx, s, freq(cases[k].to), JV_STAT_SUM, false, &out));
    double per_day = s->start.freq.kind == JV_FREQ_H ? 24 : 1,
           months = s->start.freq.kind == JV_FREQ_Q ? 1 / 3.0 : 1;
    size_t whole = 0;
    for (size_t i = 0; i < out->n; i++) {
      if (isnan(out->value[i])) continue;
      jv_period p = jv_series_period(out, i);
      double want = s->start.freq.kind >= JV_FREQ_D ? (double)jv_period_days(p) * per_day
                                                    : (p.freq.kind == JV_FREQ_Q ? 3 : 12) * months;
      assert_near(out->value[i], want, 1e-12, 1);
      whole++;
    }
    assert_true(whole >= 2 && out->n - whole <= 2);
    jv_series_free(&cx, s);
    jv_series_free(&cx, out);
  }
  assert_int_equal(memory.live, 0);
}

static void aggregates_carry_evidence(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2024Q1", VALUES(1, 2, 3, 4, 5)), *out;
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  s->mark[2].evidence = JV_EVIDENCE_ESTIMATED;
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_SUM, false, &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_ESTIMATED);
  assert_int_equal(out->mark[1].evidence, JV_EVIDENCE_UNRESOLVED);
  jv_series_free(&cx, out);
  assert_ok(&cx, jv_series_aggregate(&cx, s, freq("A"), JV_STAT_LAST, true, &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_REPORTED); /* the very figure */
  jv_series_free(&cx, out);
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- other anchors ---- */

static void quarters_that_coincide_stay_as_they_are(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q-JUN", "FY2025Q1", VALUES(1, NAN, 3)), *out;
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  s->unit.flow = JV_STOCK;
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_REPORTED);
  expect(&cx, out, "Q-DEC", "2024Q3", VALUES(1, NAN, 3));
  jv_series_free(&cx, s);
  /* Apple's 13 weeks to 2024-09-28 are the calendar's third quarter */
  s = make(&cx, "Q-SEP", "FY2024Q4", VALUES(9));
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  s->mark[0].first_day = day("2024-06-30");
  s->mark[0].last_day = day("2024-09-28");
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out));
  assert_int_equal(out->mark[0].last_day, day("2024-09-28"));
  expect(&cx, out, "Q-DEC", "2024Q3", VALUES(9));
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

static void other_quarters_are_blended_by_days(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  /* one a day: quarters of Oracle's year to May, from 2023-06-01 */
  jv_series *s = make(&cx, "Q-MAY", "FY2024Q1", VALUES(92, 91, 91, 92, 92)), *out;
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_ESTIMATED); /* though s is not tracked */
  expect(&cx, out, "Q-DEC", "2023Q3",
         VALUES(92, 92, 91, 91)); /* 2023Q2 and 2024Q3 are not covered */
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  s->value[0] = NAN;
  s->value[4] = 184;
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out));
  assert_int_equal(out->mark[0].evidence, JV_EVIDENCE_UNRESOLVED);
  assert_int_equal(out->mark[3].evidence, JV_EVIDENCE_ESTIMATED);
  expect(&cx, out, "Q-DEC", "2023Q3", VALUES(NAN, 92, 91, 61 + 60));
  s->unit.flow = JV_STOCK;
  assert_fails(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out), JV_EUNSUPPORTED,
               "capex is a stock: its level on 2023-09-30, as Q-DEC asks");
  assert_fails(&cx, jv_series_to_calendar(&cx, s, freq("A"), &out), JV_EPERIOD,
               "from Q-MAY to A-DEC");
  jv_series_free(&cx, s);
  s = make(&cx, "A-JUN", "FY2023", VALUES(365, 366));
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("A"), &out));
  expect(&cx, out, "A", "2023", VALUES(365));
  jv_series_free(&cx, s);
  s = costco(&cx);
  assert_ok(&cx, jv_series_to_calendar(&cx, s, freq("Q-DEC"), &out));
  expect(&cx, out, "Q-DEC", "2023Q4", VALUES(92, 91, 91)); /* one a day, by the dates as filed */
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- gaps ---- */

static void gaps_are_filled_and_marked(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "M", "2024-01",
                      VALUES(NAN, 2, 3.5, NAN, NAN, 1, 4, NAN, NAN, NAN, 7, NAN)),
            *out;
  assert_ok(&cx, jv_series_interpolate(&cx, s, JV_INTERP_LINEAR, &out));
  assert_int_equal(out->mark[3].evidence, JV_EVIDENCE_ESTIMATED);
  assert_int_equal(out->mark[2].evidence, JV_EVIDENCE_NONE);
  expect(&cx, out, "M", "2024-01",
         VALUES(NAN, 2, 3.5, 3.5 - 2.5 / 3, 3.5 - 5.0 / 3, 1, 4, 4.75, 5.5, 6.25, 7, NAN));
  assert_ok(&cx, jv_series_interpolate(&cx, s, JV_INTERP_PREVIOUS, &out));
  expect(&cx, out, "M", "2024-01", VALUES(NAN, 2, 3.5, 3.5, 3.5, 1, 4, 4, 4, 4, 7, NAN));
  assert_ok(&cx, jv_series_interpolate(&cx, s, JV_INTERP_SPLINE, &out));
  /* R: splinefun(c(0,1,4,5,9), c(2,3.5,1,4,7), method = "natural")(c(2,3,6,7,8)) */
  expect(&cx, out, "M", "2024-01",
         VALUES(NAN, 2, 3.5, 2.607318573185732, 0.91205412054120494, 1, 4, 6.3135378228782288,
                7.28690036900369, 7.3668127306273066, 7, NAN));
  jv_series_free(&cx, s);
  s = make(&cx, "M", "2024-01", VALUES(1, 2, 3));
  assert_ok(&cx, jv_series_interpolate(&cx, s, JV_INTERP_SPLINE, &out));
  assert_null(out->mark); /* nothing to fill: nothing to mark */
  expect(&cx, out, "M", "2024-01", VALUES(1, 2, 3));
  for (size_t i = 0; i < 3; i++) s->value[i] = NAN;
  assert_ok(&cx, jv_series_interpolate(&cx, s, JV_INTERP_LINEAR, &out));
  expect(&cx, out, "M", "2024-01", VALUES(NAN, NAN, NAN));
  jv_interp method;
  assert_fails(&cx, jv_interp_parse(&cx, "cubic", &method), JV_EINVAL,
               "'cubic' is no interpolation");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- log and Box-Cox ---- */

static void boxcox_is_undone_by_its_inverse(void **state) {
  (void)state;
  static const double lambdas[] = {-1, -0.3, 0, 1e-12, 1e-3, 0.25, 0.5, 1, 2};
  for (size_t k = 0; k < sizeof lambdas / sizeof *lambdas; k++)
    for (double y = 1e-3; y < 1e6; y *= 3.7) {
      double z = jv_boxcox(y, lambdas[k]);
      /* the map flattens for lambda < 0: an error of eps in z is one of eps * z' there */
      double slack = 1e-14 * fmax(1, fabs(z) / pow(y, lambdas[k]));
      assert_near(jv_boxcox_inverse(z, lambdas[k]), y, slack * 100, 0);
      /* below zero the power is added to -1, which swallows the digits of small ones */
      if (lambdas[k] > 0.1)
        assert_near(jv_boxcox_inverse(jv_boxcox(-y, lambdas[k]), lambdas[k]), -y, 1e-12, 1);
    }
  assert_near(jv_boxcox(5, 1e-12), log(5), 1e-11, 1); /* goes over into the logarithm */
  assert_near(jv_boxcox(9, 0.5), 4, 1e-15, 1);
  assert_near(jv_boxcox(-9, 0.5), -8, 1e-15, 1);
  assert_true(isnan(jv_boxcox(-1, 0)) && isnan(jv_boxcox(0, -1)) &&
              isnan(jv_boxcox_inverse(2, -1)));
}

static void transformed_series_lose_their_unit(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2024Q1", VALUES(1, NAN, 4)), *out, *back;
  assert_ok(&cx, jv_series_log(&cx, s, &out));
  assert_int_equal(out->unit.dimension, JV_DIM_NONE);
  assert_ok(&cx, jv_series_exp(&cx, out, &back));
  expect(&cx, back, "Q", "2024Q1", VALUES(1, NAN, 4));
  jv_series_free(&cx, out);
  assert_ok(&cx, jv_series_boxcox(&cx, s, 0.5, &out));
  assert_ok(&cx, jv_series_boxcox_inverse(&cx, out, 0.5, &back));
  expect(&cx, back, "Q", "2024Q1", VALUES(1, NAN, 4));
  jv_series_free(&cx, out);
  s->value[2] = -1.5;
  assert_fails(&cx, jv_series_log(&cx, s, &out), JV_EDATA,
               "log needs values > 0: capex in 2024Q3 is -1.5");
  assert_fails(&cx, jv_series_boxcox(&cx, s, -1, &out), JV_EDATA,
               "Box-Cox needs values > 0: capex in 2024Q3");
  assert_fails(&cx, jv_series_boxcox(&cx, s, INFINITY, &out), JV_EINVAL, "lambda must be finite");
  s->value[0] = 2;
  assert_fails(&cx, jv_series_boxcox_inverse(&cx, s, -1, &out), JV_EDATA, "capex in 2024Q1 is 2");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- describing ---- */

static void descriptions_agree_with_r(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2020Q1", VALUES(3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5));
  jv_description d;
  double q;
  assert_ok(&cx, jv_series_describe(&cx, s, &d));
  assert_true(d.n == 10 && d.missing == 0 && d.min == 1 && d.max == 9);
  const double got[] = {d.mean, d.sd, d.q25, d.median, d.q75, d.skewness, d.kurtosis, d.acf1};
  const double want[] = {3.95,
                         2.4545875417267156,
                         2.25,
                         3.75,
                         5,
                         0.63364342005016705,
                         -0.15254685825096148,
                         -0.1374366067312125};
  for (size_t i = 0; i < 8; i++) assert_near(got[i], want[i], 1e-14, 1);
  assert_ok(&cx, jv_series_quantile(&cx, s, 0.1, &q));
  assert_near(q, 1, 1e-15, 1);
  assert_fails(&cx, jv_series_quantile(&cx, s, 1.5, &q), JV_EINVAL,
               "p must lie in [0, 1], got 1.5");
  assert_fails(&cx, jv_series_quantile(&cx, s, NAN, &q), JV_EINVAL, "p must lie in [0, 1]");
  jv_series_free(&cx, s);
  s = make(&cx, "Q", "2020Q1", VALUES(NAN, 7, NAN));
  assert_ok(&cx, jv_series_describe(&cx, s, &d));
  assert_true(d.missing == 2 && d.mean == 7 && d.median == 7 && isnan(d.sd) && isnan(d.skewness));
  jv_series_free(&cx, s);
  s = make(&cx, "Q", "2020Q1", 0, NULL);
  assert_ok(&cx, jv_series_describe(&cx, s, &d));
  assert_true(d.n == 0 && isnan(d.mean) && isnan(d.max));
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

static void summaries_carry_unit_and_evidence(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "Q", "2020Q1", VALUES(1, NAN, 5));
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  static const struct {
    jv_stat stat;
    double value;
    jv_evidence evidence;
  } cases[] = {
      {JV_STAT_SUM, NAN, JV_EVIDENCE_UNRESOLVED}, {JV_STAT_MEAN, 3, JV_EVIDENCE_DERIVED},
      {JV_STAT_MAX, 5, JV_EVIDENCE_DERIVED},      {JV_STAT_LAST, 5, JV_EVIDENCE_REPORTED},
      {JV_STAT_FIRST, 1, JV_EVIDENCE_REPORTED},   {JV_STAT_MEDIAN, 3, JV_EVIDENCE_DERIVED}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    jv_quantity q;
    assert_ok(&cx, jv_series_summary(&cx, s, cases[i].stat, &q));
    assert_near(q.value, cases[i].value, 0, 1);
    assert_int_equal(q.mark.evidence, cases[i].evidence);
    assert_true(jv_unit_equal(q.unit, s->unit));
    jv_quantity_clear(&cx, &q);
  }
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- failing memory, ends of the calendar ---- */

static jv_status everything(jv_ctx *cx) {
  enum { N = 12 };
  jv_series *made[N] = {NULL}, *s = costco(cx);
  jv_source source = {.filer = "COST", .start = INT64_MIN, .end = INT64_MIN, .filed = INT64_MIN};
  jv_status status = s ? jv_lineage_source(cx, &source, &s->mark[1].lineage) : cx->status;
  size_t k = 0;
  if (status == JV_OK) status = jv_series_diff(cx, s, 1, 2, &made[k++]);
  if (status == JV_OK) status = jv_series_pct_change(cx, s, 1, &made[k++]);
  if (status == JV_OK) status = jv_series_cumulative(cx, s, &made[k++]);
  if (status == JV_OK) status = jv_series_rolling(cx, s, 2, JV_STAT_MEDIAN, &made[k++]);
  if (status == JV_OK) status = jv_series_ttm(cx, s, &made[k++]);
  if (status == JV_OK) status = jv_series_run_rate(cx, s, &made[k++]);
  if (status == JV_OK)
    status = jv_series_aggregate(cx, s, freq("A-AUG"), JV_STAT_SUM, false, &made[k++]);
  if (status == JV_OK) status = jv_series_to_calendar(cx, s, freq("Q-DEC"), &made[k++]);
  if (status == JV_OK) s->value[2] = NAN;
  if (status == JV_OK) status = jv_series_interpolate(cx, s, JV_INTERP_SPLINE, &made[k++]);
  if (status == JV_OK) status = jv_series_log(cx, s, &made[k++]);
  if (status == JV_OK) status = jv_series_lag(cx, s, 1, &made[k++]);
  jv_description d;
  if (status == JV_OK) status = jv_series_describe(cx, s, &d);
  for (size_t i = 0; i < N; i++) jv_series_free(cx, made[i]);
  jv_series_free(cx, s);
  return status;
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  testing_starve(everything, 1000);
}

static void the_ends_of_the_calendar_hold(void **state) {
  (void)state;
  static const struct {
    const char *f, *start;
  } ends[] = {{"Q-JUN", "0001-02-01"}, {"Q-DEC", "9999Q1"},    {"A-MAR", "9998-01-01"},
              {"M", "9999-09"},        {"M", "0001-01"},       {"D", "9999-12-28"},
              {"W-SUN", "0001-01-01"}, {"Q-OCT", "9998-11-05"}};
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    double x[] = {1, 2, 3, 4};
    size_t n = ends[i].f[0] == 'A' ? 2 : 4;
    jv_series *s = make(&cx, ends[i].f, ends[i].start, n, x), *out = NULL;
    assert_non_null(s);
    static const char *const to[] = {"A", "A-JUN", "Q-DEC", "Q-MAY", "M", "W-WED"};
    for (size_t k = 0; k < 6; k++) {
      if (jv_series_aggregate(&cx, s, freq(to[k]), JV_STAT_SUM, true, &out) == JV_OK)
        jv_series_free(&cx, out);
      if (jv_series_to_calendar(&cx, s, freq(to[k]), &out) == JV_OK) jv_series_free(&cx, out);
    }
    if (jv_series_run_rate(&cx, s, &out) == JV_OK) jv_series_free(&cx, out);
    if (jv_series_lag(&cx, s, 1, &out) == JV_OK) jv_series_free(&cx, out);
    jv_series_free(&cx, s);
  }
  assert_int_equal(memory.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lags_and_differences),
      cmocka_unit_test(running_and_rolling_figures),
      cmocka_unit_test(totals_close_to_the_last_digit),
      cmocka_unit_test(annual_figures_of_flows),
      cmocka_unit_test(odd_quarters_are_annualised_by_days),
      cmocka_unit_test(aggregates_need_whole_periods),
      cmocka_unit_test(every_nesting_counts_its_parts),
      cmocka_unit_test(aggregates_carry_evidence),
      cmocka_unit_test(quarters_that_coincide_stay_as_they_are),
      cmocka_unit_test(other_quarters_are_blended_by_days),
      cmocka_unit_test(gaps_are_filled_and_marked),
      cmocka_unit_test(boxcox_is_undone_by_its_inverse),
      cmocka_unit_test(transformed_series_lose_their_unit),
      cmocka_unit_test(descriptions_agree_with_r),
      cmocka_unit_test(summaries_carry_unit_and_evidence),
      cmocka_unit_test(every_failed_allocation_is_clean),
      cmocka_unit_test(the_ends_of_the_calendar_hold),
  };
  return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
