/* core/capex/fiscal: calendars out of the filer's own spans. */
#include "capex_text.h"

static jv_fiscal derive(jv_ctx *cx, const row *rows, size_t n, int64_t as_of) {
  jv_facts *facts = read_rows(cx, rows, n);
  jv_fiscal fiscal;
  assert_ok(cx, jv_fiscal_derive(cx, facts, as_of, &fiscal));
  jv_facts_free(cx, facts);
  return fiscal;
}

/* Johnson & Johnson: the years to 2023-01-01 and to 2023-12-31 are 2022 and 2023. */
static void years_are_named_by_the_nearest_month_end(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const row rows[] = {
      {"Revenues", "2021-01-04", "2022-01-02", 1, "10-K", "2022-02-17", NULL},
      {"Revenues", "2022-01-03", "2023-01-01", 1, "10-K", "2023-02-16", NULL},
      {"Revenues", "2023-01-02", "2023-12-31", 1, "10-K", "2024-02-16", NULL},
  };
  jv_fiscal f = derive(&cx, rows, 3, INT64_MAX);
  assert_int_equal(f.month, 12);
  const jv_fiscal_year *y = jv_fiscal_year_ending(&f, day("2023-01-01"), 0);
  assert_non_null(y);
  assert_int_equal(y->name, 2022);
  assert_int_equal(jv_fiscal_year_ending(&f, day("2023-12-31"), 0)->name, 2023);
  assert_int_equal(jv_fiscal_year_of(&f, day("2023-01-01"))->name, 2022);
  assert_int_equal(jv_fiscal_year_of(&f, day("2023-01-02"))->name, 2023);
  assert_fails(&cx, jv_fiscal_year_named(&cx, &f, 1950, &y), JV_EPERIOD,
               "no fiscal year 1950: the facts know 2019 to");
  char text[JV_PERIOD_TEXT];
  assert_ok(&cx, jv_fiscal_year_named(&cx, &f, 2022, &y));
  jv_period_format(jv_fiscal_quarter(&f, y, 4), text);
  assert_string_equal(text, "2022Q4");
  jv_fiscal_clear(&cx, &f);
}

static void other_months_have_their_anchor(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const row oracle[] = {{"Revenues", "2023-06-01", "2024-05-31", 1, "10-K", "2024-06-20", NULL},
                        {"Revenues", "2024-06-01", "2025-05-31", 1, "10-K", "2025-06-18", NULL}};
  jv_fiscal f = derive(&cx, oracle, 2, INT64_MAX);
  char text[JV_PERIOD_TEXT];
  jv_freq_format(f.quarterly, text);
  assert_string_equal(text, "Q-MAY");
  const jv_fiscal_year *y = jv_fiscal_year_ending(&f, day("2025-05-31"), 0);
  assert_int_equal(y->name, 2025);
  jv_period_format(jv_fiscal_quarter(&f, y, 1), text);
  assert_string_equal(text, "FY2025Q1");
  assert_int_equal(jv_period_last_day(jv_fiscal_quarter(&f, y, 1)), day("2024-08-31"));
  jv_period_format(jv_fiscal_annual(&f, y), text);
  assert_string_equal(text, "FY2025");
  jv_fiscal_clear(&cx, &f);
  const row nvidia[] = {{"Revenues", "2023-01-30", "2024-01-28", 1, "10-K", "2024-02-21", NULL},
                        {"Revenues", "2024-01-29", "2025-01-26", 1, "10-K", "2025-02-26", NULL}};
  f = derive(&cx, nvidia, 2, INT64_MAX);
  assert_int_equal(f.month, 1);
  assert_int_equal(jv_fiscal_year_ending(&f, day("2025-01-26"), 0)->name, 2025);
  /* the year after is projected to the nominal end, and starts the day after */
  y = jv_fiscal_year_of(&f, day("2025-06-30"));
  assert_true(y->projected && y->name == 2026 && y->first_day == day("2025-01-27"));
  jv_fiscal_clear(&cx, &f);
}

static void trailing_years_of_quarterly_reports_are_none(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const row rows[] = {
      {"Revenues", "2022-10-01", "2023-09-30", 1, "10-Q", "2023-10-27", NULL},
      {"Revenues", "2023-01-01", "2023-12-31", 1, "10-K", "2024-02-02", NULL},
      {"Revenues", "2023-04-01", "2024-03-31", 1, "10-Q", "2024-05-01", NULL},
      {"Revenues", "2023-07-01", "2024-06-30", 1, "10-Q", "2024-08-02", NULL},
  };
  jv_fiscal f = derive(&cx, rows, 4, INT64_MAX);
  assert_int_equal(f.month, 12);
  jv_fiscal_clear(&cx, &f);
}

static void a_moved_year_end_is_told_by_the_latest_years(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  row rows[16];
  char text[32][16];
  size_t n = 0;
  for (int year = 2005; year < 2021; year++, n++) { /* June until 2012, December since */
    bool june = year < 2013;
    snprintf(text[2 * n], 16, "%d-%s", june ? year - 1 : year, june ? "07-01" : "01-01");
    snprintf(text[2 * n + 1], 16, "%d-%s", year, june ? "06-30" : "12-31");
    rows[n] = (row){"Revenues", text[2 * n], text[2 * n + 1], 1, "10-K", "2021-02-01", NULL};
  }
  jv_fiscal f = derive(&cx, rows, n, INT64_MAX);
  assert_int_equal(f.month, 12);
  jv_fiscal_clear(&cx, &f);
}

static void no_year_is_an_error(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const row rows[] = {{"Revenues", "2024-01-01", "2024-03-31", 1, "10-Q", "2024-05-01", NULL}};
  jv_facts *facts = read_rows(&cx, rows, 1);
  jv_fiscal f;
  assert_fails(&cx, jv_fiscal_derive(&cx, facts, INT64_MAX, &f), JV_EDATA,
               "no fiscal year to be found: wanted facts that span 350 to 380 days");
  jv_facts_free(&cx, facts);
}

/* Costco's 12, 12, 12 and 16 weeks, in a year of 53 too; a calendar year's quarters. */
static void quarters_need_not_be_thirteen_weeks(void **state) {
  (void)state;
  const jv_fiscal_year y52 = {0, 363, 2024, false}, y53 = {0, 370, 2023, false};
  for (int q = 1; q <= 3; q++) {
    assert_int_equal(jv_fiscal_quarter_ending(&y52, q * 84 - 1), q);
    assert_int_equal(jv_fiscal_quarter_ending(&y53, q * 84 - 1), q);
    assert_int_equal(jv_fiscal_quarter_ending(&y52, q * 91 - 1), q);
  }
  assert_int_equal(jv_fiscal_quarter_ending(&y52, 363), 4);
  assert_int_equal(jv_fiscal_quarter_ending(&y52, 45), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(years_are_named_by_the_nearest_month_end),
      cmocka_unit_test(other_months_have_their_anchor),
      cmocka_unit_test(trailing_years_of_quarterly_reports_are_none),
      cmocka_unit_test(a_moved_year_end_is_told_by_the_latest_years),
      cmocka_unit_test(no_year_is_an_error),
      cmocka_unit_test(quarters_need_not_be_thirteen_weeks),
  };
  return cmocka_run_group_tests_name("fiscal", tests, NULL, NULL);
}
