/* core/series: series and quantities, look-up, arithmetic by period, units, evidence, lineage, printing. */
#include "testing.h"
#include "base/rng.h"
#include "series/buffer.h"
#include "series/mark.h"
#include "series/series.h"

static jv_period period(const char *text, const char *freq) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_freq f;
  jv_period p;
  if (freq) assert_ok(&cx, jv_freq_parse(&cx, freq, &f));
  assert_ok(&cx, jv_period_parse(&cx, text, freq ? &f : NULL, &p));
  return p;
}

static jv_unit unit(const char *text, jv_flow flow) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit u;
  assert_ok(&cx, jv_unit_parse(&cx, text, &u));
  u.flow = (uint8_t)flow;
  return u;
}

/* NULL when memory ran out. */
static jv_series *make(jv_ctx *cx, const char *start, const char *name, const char *u, size_t n,
                       const double *x) {
  jv_series *s = NULL;
  if (jv_series_new(cx, period(start, NULL), n, x, &s) != JV_OK) return NULL;
  s->unit = unit(u, JV_FLOW);
  if (jv_series_set_name(cx, s, name) != JV_OK) {
    jv_series_free(cx, s);
    return NULL;
  }
  return s;
}

/* Gives observation i a filed source. */
static jv_status file_source(jv_ctx *cx, jv_series *s, size_t i, const char *accession) {
  jv_source source = {.filer = "AMZN",
                      .accession = accession,
                      .unit = "USD",
                      .start = INT64_MIN,
                      .end = 20000,
                      .filed = 20030,
                      .value = s->value[i]};
  JV_TRY(jv_series_mark(cx, s, JV_EVIDENCE_REPORTED));
  return jv_lineage_source(cx, &source, &s->mark[i].lineage);
}

static void a_series_knows_its_periods(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1, NAN, 3};
  jv_series *s = make(&cx, "2024Q3", "capex", "USD bn", 3, x), *none;
  int64_t at;
  assert_ok(&cx, jv_series_index(&cx, s, period("2025Q1", NULL), &at));
  assert_int_equal(at, 2);
  assert_ok(&cx, jv_series_index(&cx, s, period("2024Q2", NULL), &at));
  assert_int_equal(at, -1);
  assert_ok(&cx, jv_series_index(&cx, s, period("2025Q2", NULL), &at));
  assert_int_equal(at, -1);
  assert_fails(&cx, jv_series_index(&cx, s, period("2025", NULL), &at), JV_EPERIOD,
               "convert one of them first");
  jv_quantity q = jv_series_at(s, 2);
  assert_true(q.value == 3 && q.has_period && q.period.ordinal == period("2025Q1", NULL).ordinal);
  jv_quantity_clear(&cx, &q);
  assert_fails(&cx, jv_series_new(&cx, period("9999Q3", NULL), 3, x, &none), JV_EPERIOD,
               "a series of 3 values");
  assert_true(isnan(s->value[1]) && s->mark == NULL && *s->note == '\0');
  jv_series_free(&cx, s);
  jv_series_free(&cx, NULL);
  assert_int_equal(memory.live, 0);
}

/* Johnson & Johnson's fiscal 2022 ended on 2023-01-01, and its 2023 on 2023-12-31. */
static void dates_are_looked_up_in_spans_as_filed(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {2022, 2023};
  jv_series *s = make(&cx, "2022", "JNJ", "USD", 2, x);
  int64_t at, day;
  assert_ok(&cx, jv_series_find(&cx, s, "2023-01-01", &at));
  assert_int_equal(at, 1); /* by the calendar, where nothing is filed */
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  static const char *const days[] = {"2022-01-03", "2023-01-01", "2023-01-02", "2023-12-31"};
  for (size_t i = 0; i < 4; i++) {
    assert_ok(&cx, jv_date_parse(&cx, days[i], &day));
    *(i % 2 ? &s->mark[i / 2].last_day : &s->mark[i / 2].first_day) = day;
  }
  assert_ok(&cx, jv_series_find(&cx, s, "2023-01-01", &at));
  assert_int_equal(at, 0);
  assert_ok(&cx, jv_series_find(&cx, s, "2023-01-02", &at));
  assert_int_equal(at, 1);
  assert_ok(&cx, jv_series_find(&cx, s, "2023", &at));
  assert_int_equal(at, 1);
  assert_ok(&cx, jv_series_find(&cx, s, "2030-05-05", &at));
  assert_int_equal(at, -1);
  s->mark[1].first_day--;
  assert_fails(&cx, jv_series_find(&cx, s, "2023-01-01", &at), JV_EPERIOD,
               "2023-01-01 lies in both 2022 and 2023");
  assert_fails(&cx, jv_series_find(&cx, s, "2023Q1", &at), JV_EPERIOD, "it lies in 2023");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

static void sums_keep_the_periods_that_both_have(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1, 2, 3, 4}, y[] = {10e3, 20e3, 30e3};
  jv_series *a = make(&cx, "2024Q1", "gross", "USD bn", 4, x),
            *b = make(&cx, "2024Q3", "proceeds", "USD mn", 3, y);
  jv_series *s;
  assert_ok(&cx, jv_series_combine(&cx, a, JV_SUB, b, &s));
  assert_int_equal(s->n, 2);
  assert_int_equal(s->start.ordinal, period("2024Q3", NULL).ordinal);
  assert_true(s->value[0] == 3 - 10 && s->value[1] == 4 - 20);
  assert_string_equal(s->name, "gross - proceeds");
  assert_true(jv_unit_equal(s->unit, a->unit) && s->unit.flow == JV_FLOW);
  assert_null(s->mark); /* the bulk path stays bare */
  jv_series_free(&cx, s);
  assert_ok(&cx, jv_series_combine(&cx, b, JV_DIV, a, &s)); /* the other way round */
  assert_int_equal(s->unit.dimension, JV_DIM_RATIO);
  assert_near(s->value[0], 10.0 / 3, 1e-15, 0);
  jv_series_free(&cx, s);
  b->start = period("2030Q1", NULL);
  assert_ok(&cx, jv_series_combine(&cx, a, JV_ADD, b, &s));
  assert_int_equal(s->n, 0);
  jv_series_free(&cx, s);
  b->start = period("2024", NULL);
  s = NULL;
  assert_fails(&cx, jv_series_combine(&cx, a, JV_ADD, b, &s), JV_EPERIOD, "Q-DEC");
  assert_null(s);
  jv_series_free(&cx, a);
  jv_series_free(&cx, b);
  assert_int_equal(memory.live, 0);
}

static void units_that_do_not_match_are_refused(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1, 2};
  jv_series *a = make(&cx, "2024", "capex", "USD", 2, x),
            *b = make(&cx, "2024", "PP&E", "USD", 2, x), *out = NULL;
  b->unit.flow = JV_STOCK;
  assert_fails(&cx, jv_series_combine(&cx, a, JV_ADD, b, &out), JV_EUNIT,
               "capex + PP&E: cannot add USD, a flow, and USD, a stock");
  assert_ok(&cx, jv_series_combine(&cx, a, JV_DIV, b, &out)); /* turnover of a stock */
  jv_series_free(&cx, out);
  out = NULL;
  b->unit = unit("EUR mn", JV_FLOW);
  assert_fails(&cx, jv_series_combine(&cx, a, JV_SUB, b, &out), JV_EUNIT,
               "USD and EUR mn: an exchange rate");
  assert_fails(&cx, jv_series_combine(&cx, a, JV_MUL, a, &out), JV_EUNIT,
               "cannot multiply USD by USD");
  assert_fails(&cx, jv_series_combine(&cx, a, JV_POW, a, &out), JV_EUNIT,
               "only ratios and plain numbers");
  assert_null(out);
  jv_series_free(&cx, a);
  jv_series_free(&cx, b);
  assert_int_equal(memory.live, 0);
}

static void expect_scalar(const char *u, jv_op op, double k, bool reversed, const char *want_unit,
                          double want) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {8};
  jv_series *s = make(&cx, "2024", "x", u, 1, x), *out;
  jv_quantity q = {.value = k};
  assert_ok(&cx, jv_series_combine_scalar(&cx, s, op, &q, reversed, &out));
  char text[JV_UNIT_TEXT];
  jv_unit_format(out->unit, text);
  assert_string_equal(text, want_unit);
  assert_near(out->value[0], want, 1e-15, 0);
  jv_series_free(&cx, s);
  jv_series_free(&cx, out);
  assert_int_equal(memory.live, 0);
}

static void bare_numbers_take_the_unit_they_meet(void **state) {
  (void)state;
  expect_scalar("USD bn", JV_ADD, 2, false, "USD bn", 10);
  expect_scalar("USD bn", JV_SUB, 2, true, "USD bn", -6);
  expect_scalar("USD bn", JV_MUL, 4, false, "USD bn", 32);
  expect_scalar("USD bn", JV_DIV, 4, false, "USD bn", 2);
  expect_scalar("%", JV_ADD, 1, false, "%", 9);
  expect_scalar("ratio", JV_POW, 2, false, "ratio", 64);
  expect_scalar("%", JV_POW, 2, false, "ratio", 0.0064);
  expect_scalar("", JV_POW, 2, true, "", 256);
  expect_scalar("", JV_DIV, 0, false, "", NAN);
  jv_ctx cx;
  jv_ctx_init(&cx);
  double x[] = {8};
  jv_series *s = make(&cx, "2024", "x", "USD", 1, x), *out = NULL;
  jv_quantity q = {.value = 1};
  assert_fails(&cx, jv_series_combine_scalar(&cx, s, JV_DIV, &q, true, &out), JV_EUNIT,
               "cannot divide ratio by USD");
  assert_fails(&cx, jv_series_combine_scalar(&cx, s, JV_POW, &q, false, &out), JV_EUNIT,
               "cannot raise USD to a power");
  assert_null(out);
  jv_series_free(&cx, s);
}

static void evidence_takes_the_weakest(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1, 2, NAN}, y[] = {10, 20, 30};
  jv_series *a = make(&cx, "2024Q1", "a", "USD", 3, x), *b = make(&cx, "2024Q1", "b", "USD", 3, y),
            *s;
  assert_ok(&cx, file_source(&cx, a, 0, "acc-1"));
  assert_ok(&cx, file_source(&cx, b, 0, "acc-2"));
  b->mark[1].evidence = JV_EVIDENCE_ESTIMATED;
  assert_ok(&cx, jv_series_combine(&cx, a, JV_ADD, b, &s));
  assert_int_equal(s->mark[0].evidence, JV_EVIDENCE_DERIVED);
  assert_int_equal(s->mark[1].evidence, JV_EVIDENCE_ESTIMATED);
  assert_int_equal(s->mark[2].evidence, JV_EVIDENCE_UNRESOLVED); /* never zero */
  assert_int_equal(jv_lineage_input_count(s->mark[0].lineage), 2);
  assert_string_equal(jv_lineage_operation(s->mark[0].lineage), "sum");
  assert_true(jv_lineage_value(s->mark[0].lineage) == 11);
  assert_null(s->mark[1].lineage);
  jv_quantity q = {.value = 4};
  jv_series *annual;
  assert_ok(&cx, jv_series_combine_scalar(&cx, s, JV_MUL, &q, false, &annual));
  assert_string_equal(jv_lineage_operation(annual->mark[0].lineage), "times 4");
  jv_series_free(&cx, annual);
  jv_series_free(&cx, s);
  jv_series_free(&cx, a);
  jv_series_free(&cx, b);
  assert_int_equal(memory.live, 0);
}

static void quantities_are_put_into_series(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_series *s = make(&cx, "2024Q1", "capex", "USD bn", 2, NULL);
  jv_quantity q = {
      .value = 26300e6, .unit = unit("USD", 0), .mark = {.evidence = JV_EVIDENCE_REPORTED}};
  assert_ok(&cx, jv_series_set(&cx, s, 1, &q));
  assert_true(s->value[1] == 26.3 && s->mark[1].evidence == JV_EVIDENCE_REPORTED);
  assert_int_equal(s->mark[0].evidence, JV_EVIDENCE_NONE);
  q.unit = unit("EUR", 0);
  assert_fails(&cx, jv_series_set(&cx, s, 1, &q), JV_EUNIT, "EUR and USD bn");
  assert_true(s->value[1] == 26.3);
  memset(&s->unit, 0, sizeof s->unit);
  assert_ok(&cx, jv_series_set(&cx, s, 0, &q));
  assert_string_equal(s->unit.currency, "EUR");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

static void notes_say_whose_they_are(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1};
  jv_series *a = make(&cx, "2024", "AMZN", "USD", 1, x),
            *b = make(&cx, "2024", "MSFT", "USD", 1, x), *s, *t;
  assert_ok(&cx, jv_series_set_note(&cx, a, "boundary: cash\ntag: P"));
  assert_ok(&cx, jv_series_set_note(&cx, b, "boundary: cash\ntag: Q"));
  assert_ok(&cx, jv_series_combine(&cx, a, JV_ADD, b, &s));
  assert_string_equal(s->note, "boundary: cash\nAMZN: tag: P\nMSFT: tag: Q");
  assert_ok(&cx, jv_series_combine(&cx, s, JV_DIV, a, &t));
  assert_string_equal(t->name, "(AMZN + MSFT) / AMZN");
  jv_series *all[] = {a, b, s, t};
  for (size_t i = 0; i < 4; i++) jv_series_free(&cx, all[i]);
  assert_int_equal(memory.live, 0);
}

static void quantities_act_as_numbers_with_units(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_quantity a = {.value = 26.3,
                   .unit = unit("USD bn", JV_FLOW),
                   .period = period("2024Q4", NULL),
                   .has_period = true};
  jv_quantity b = {.value = 27834e6, .unit = unit("USD", JV_FLOW)}, four = {.value = 4}, c;
  int order;
  a.mark.evidence = JV_EVIDENCE_REPORTED;
  assert_ok(&cx, jv_quantity_combine(&cx, &a, JV_MUL, &four, &c));
  assert_near(c.value, 105.2, 1e-15, 0);
  assert_true(jv_unit_equal(c.unit, a.unit) && c.mark.evidence == JV_EVIDENCE_DERIVED &&
              c.has_period);
  assert_ok(&cx, jv_quantity_combine(&cx, &b, JV_SUB, &a, &c));
  assert_near(c.value, 1534e6, 1e-12, 0);
  assert_ok(&cx, jv_quantity_compare(&cx, &a, &b, &order));
  assert_int_equal(order, -1);
  assert_ok(&cx, jv_quantity_compare(&cx, &a, &four, &order));
  assert_int_equal(order, 1);
  c.value = NAN;
  assert_ok(&cx, jv_quantity_compare(&cx, &a, &c, &order));
  assert_int_equal(order, 2);
  jv_quantity eur = {.value = 1, .unit = unit("EUR", 0)};
  assert_fails(&cx, jv_quantity_compare(&cx, &a, &eur, &order), JV_EUNIT, "an exchange rate");
  assert_ok(&cx, jv_quantity_convert(&cx, &b, unit("USD mn", 0), &c));
  assert_true(c.value == 27834 && c.unit.flow == JV_FLOW);
  assert_int_equal(memory.live, 0);
}

static void aligning_fills_with_missing(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {1, 2, 3}, y[] = {5, 6};
  static const struct {
    const char *start;
    bool join;
    size_t n;
    const char *first;
    double left0, right_last;
  } cases[] = {{"2024Q2", true, 3, "2024Q1", 1, 6},     {"2024Q2", false, 2, "2024Q2", 2, 6},
               {"2023Q4", true, 4, "2023Q4", NAN, NAN}, {"2023Q4", false, 1, "2024Q1", 1, 6},
               {"2024Q3", true, 4, "2024Q1", 1, 6},     {"2030Q1", false, 0, "2030Q1", 0, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    jv_series *a = make(&cx, "2024Q1", "a", "USD", 3, x),
              *b = make(&cx, cases[i].start, "b", "USD", 2, y), *l, *r;
    assert_ok(&cx, jv_series_align(&cx, a, b, cases[i].join, &l, &r));
    assert_int_equal(l->n, cases[i].n);
    assert_int_equal(r->n, cases[i].n);
    assert_int_equal(l->start.ordinal, period(cases[i].first, NULL).ordinal);
    if (l->n) assert_near(l->value[0], cases[i].left0, 0, 1);
    if (l->n) assert_near(r->value[r->n - 1], cases[i].right_last, 0, 1);
    jv_series *all[] = {a, b, l, r};
    for (size_t k = 0; k < 4; k++) jv_series_free(&cx, all[k]);
  }
  assert_int_equal(memory.live, 0);
}

/* ---- printing ---- */

static void expect_quantity(double value, const char *u, const char *want) {
  jv_quantity q = {.value = value, .unit = unit(u, 0)};
  char text[80];
  jv_quantity_format(&q, text, sizeof text);
  assert_string_equal(text, want);
}

static void quantities_print_in_the_scale_that_reads_best(void **state) {
  (void)state;
  expect_quantity(27834e6, "USD", "27.834 bn USD");
  expect_quantity(26.3, "USD bn", "26.3 bn USD");
  expect_quantity(-5341e6, "USD", "-5.341 bn USD");
  expect_quantity(1.2e12, "USD", "1.2 tn USD");
  expect_quantity(250000, "USD", "250,000 USD");
  expect_quantity(0, "USD", "0 USD");
  expect_quantity(0.428, "ratio", "42.8 %");
  expect_quantity(5.25, "%", "5.25 %");
  expect_quantity(25, "bp", "0.250 %");
  expect_quantity(3.14159, "USD/share", "3.1416 USD/share");
  expect_quantity(5e6, "shares", "5 mn shares");
  expect_quantity(NAN, "USD", "missing");
  expect_quantity(1234567.8, "", "1,234,568");
  expect_quantity(-1e20, "USD bn", "-1e+20 bn USD");
}

static void a_comma_of_the_locale_becomes_a_point(void **state) {
  (void)state;
  char text[] = "-26,3";
  assert_string_equal(jv_decimal_point(text), "-26.3");
}

static void expect_table(jv_ctx *cx, const jv_series *s, size_t rows, const char *want) {
  char *text;
  assert_ok(cx, jv_series_format(cx, s, rows, &text));
  assert_string_equal(text, want);
  jv_free(cx, text);
}

static void series_print_as_tables(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double x[] = {14e9, 16.5e9, NAN, 22e9, 24.8e9};
  jv_series *s = make(&cx, "2023Q3", "capex", "USD", 5, x);
  expect_table(&cx, s, 40,
               "capex, USD bn, Q-DEC, 2023Q3 to 2024Q3, 5 values, 1 missing\n"
               "         Q1     Q2     Q3     Q4\n"
               "2023                14.00  16.50\n"
               "2024     NA  22.00  24.80");
  assert_ok(&cx, jv_series_mark(&cx, s, JV_EVIDENCE_REPORTED));
  s->mark[4].evidence = JV_EVIDENCE_ESTIMATED;
  s->start = period("FY2024Q3", "Q-MAY");
  assert_ok(&cx, jv_series_set_note(&cx, s, "cash"));
  expect_table(&cx, s, 40,
               "capex, USD bn, Q-MAY, FY2024Q3 to FY2025Q3, 5 values, 1 missing\n"
               "           Q1      Q2      Q3      Q4\n"
               "FY2024                  14.00   16.50\n"
               "FY2025     NA   22.00   24.80~\n"
               "~ estimated\n"
               "cash");
  jv_series_free(&cx, s);
  double year[] = {1, 2, 3, 4, 5, 6, 7};
  s = make(&cx, "2018", "", "%", 7, year);
  expect_table(&cx, s, 3, "series, %, A-DEC, 2018 to 2024, 7 values\n2018  1\n…\n2023  6\n2024  7");
  jv_series_free(&cx, s);
  s = make(&cx, "2024", "none", "", 0, NULL);
  expect_table(&cx, s, 40, "none, A-DEC, empty");
  jv_series_free(&cx, s);
  assert_int_equal(memory.live, 0);
}

/* ---- failing memory ---- */

static jv_status everything(jv_ctx *cx) {
  double x[] = {1, 2, NAN, 4}, y[] = {10, 20, 30, 40};
  jv_series *made[8] = {NULL};
  jv_quantity q = {.value = 4}, c = {.value = 0};
  char *text = NULL;
  jv_status status = JV_ENOMEM;
  made[0] = make(cx, "2024Q1", "a", "USD", 4, x);
  made[1] = make(cx, "2024Q2", "b", "USD", 4, y);
  if (!made[0] || !made[1]) goto done;
  if ((status = file_source(cx, made[0], 1, "acc-1")) != JV_OK) goto done;
  if ((status = jv_series_set_note(cx, made[0], "cash")) != JV_OK) goto done;
  if ((status = jv_series_set_note(cx, made[1], "gross")) != JV_OK) goto done;
  if ((status = jv_series_combine(cx, made[0], JV_ADD, made[1], &made[2])) != JV_OK) goto done;
  if ((status = jv_series_combine_scalar(cx, made[2], JV_MUL, &q, false, &made[3])) != JV_OK)
    goto done;
  if ((status = jv_series_align(cx, made[0], made[1], true, &made[4], &made[5])) != JV_OK)
    goto done;
  if ((status = jv_series_convert(cx, made[0], unit("USD bn", JV_FLOW), &made[6])) != JV_OK)
    goto done;
  if ((status = jv_series_combine_first(cx, made[0], made[1], &made[7])) != JV_OK) goto done;
  if ((status = jv_series_summary(cx, made[0], JV_STAT_MEAN, &c)) != JV_OK) goto done;
  status = jv_series_format(cx, made[3], 10, &text);
done:
  for (size_t i = 0; i < 8; i++) jv_series_free(cx, made[i]);
  jv_quantity_clear(cx, &c);
  jv_free(cx, text);
  return status;
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  testing_starve(everything, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_series_knows_its_periods),
      cmocka_unit_test(dates_are_looked_up_in_spans_as_filed),
      cmocka_unit_test(sums_keep_the_periods_that_both_have),
      cmocka_unit_test(units_that_do_not_match_are_refused),
      cmocka_unit_test(bare_numbers_take_the_unit_they_meet),
      cmocka_unit_test(evidence_takes_the_weakest),
      cmocka_unit_test(quantities_are_put_into_series),
      cmocka_unit_test(notes_say_whose_they_are),
      cmocka_unit_test(quantities_act_as_numbers_with_units),
      cmocka_unit_test(aligning_fills_with_missing),
      cmocka_unit_test(quantities_print_in_the_scale_that_reads_best),
      cmocka_unit_test(a_comma_of_the_locale_becomes_a_point),
      cmocka_unit_test(series_print_as_tables),
      cmocka_unit_test(every_failed_allocation_is_clean),
  };
  return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
