/* core/capex: quarters and years out of spans, vintages, boundaries, flawed facts, on minimal
 * facts. */
#include "capex_text.h"
#include "base/rng.h"

#define CAPEX "PaymentsToAcquirePropertyPlantAndEquipment"
#define OTHER "PaymentsToAcquireProductiveAssets"
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

typedef struct answer {
  jv_ctx cx;
  heard warnings;
  jv_facts *facts;
  jv_series *s;
} answer;

static const jv_view latest = {.as_of = INT64_MAX};

static jv_status ask(answer *a, const row *rows, size_t n, const char *concept, bool annual,
                     const jv_view *view) {
  *a = (answer){.s = NULL};
  jv_ctx_init(&a->cx);
  a->cx.warn = hear;
  a->cx.warn_ud = &a->warnings;
  a->facts = read_rows(&a->cx, rows, n);
  jv_company *company = NULL;
  assert_ok(&a->cx, jv_company_new(&a->cx, a->facts, INT64_MAX, &company));
  jv_status status =
      (annual ? jv_company_annual : jv_company_quarterly)(&a->cx, company, concept, view, &a->s);
  jv_company_free(&a->cx, company);
  return status;
}

static void done(answer *a) {
  jv_series_free(&a->cx, a->s);
  jv_facts_free(&a->cx, a->facts);
}

static size_t at(answer *a, const char *period) {
  jv_period p;
  int64_t i;
  assert_ok(&a->cx, jv_period_parse(&a->cx, period, &a->s->start.freq, &p));
  assert_ok(&a->cx, jv_series_index(&a->cx, a->s, p, &i));
  if (i < 0) fail_msg("%s is outside the series", period);
  return (size_t)i;
}

static void expect(answer *a, const char *period, double value, jv_evidence evidence,
                   const char *lineage) {
  size_t i = at(a, period);
  char *text = NULL;
  assert_near(a->s->value[i], value, 0, 1);
  assert_int_equal(a->s->mark[i].evidence, evidence);
  assert_ok(&a->cx, jv_lineage_format(&a->cx, a->s->mark[i].lineage, 10, &text));
  if (!strstr(text, lineage)) fail_msg("%s: lineage '%s' lacks '%s'", period, text, lineage);
  jv_free(&a->cx, text);
}

static const row year_to_date[] = {
    {CAPEX, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01", "k-23"},
    {CAPEX, "2024-01-01", "2024-03-31", 10, "10-Q", "2024-05-01", "q-1"},
    {CAPEX, "2024-01-01", "2024-06-30", 25, "10-Q", "2024-08-01", "q-2"},
    {CAPEX, "2024-01-01", "2024-09-30", 45, "10-Q", "2024-11-01", "q-3"},
    {CAPEX, "2024-01-01", "2024-12-31", 80, "10-K", "2025-02-01", "k-24"},
};

static void quarters_come_out_of_years_to_date(void **state) {
  (void)state;
  answer a;
  assert_ok(&a.cx, ask(&a, year_to_date, COUNT(year_to_date), "capex", false, &latest));
  assert_int_equal(a.s->n, 4);
  expect(&a, "2024Q1", 10, JV_EVIDENCE_REPORTED, "q-1");
  expect(&a, "2024Q2", 15, JV_EVIDENCE_DERIVED, "H1 - Q1");
  expect(&a, "2024Q3", 20, JV_EVIDENCE_DERIVED, "9M - H1");
  expect(&a, "2024Q4", 35, JV_EVIDENCE_DERIVED, "FY - 9M");
  expect(&a, "2024Q4", 35, JV_EVIDENCE_DERIVED, "k-24");
  assert_int_equal(a.s->mark[at(&a, "2024Q4")].first_day, day("2024-10-01"));
  assert_int_equal(a.s->mark[at(&a, "2024Q4")].last_day, day("2024-12-31"));
  assert_string_equal(a.s->name, "TST capex");
  assert_non_null(strstr(a.s->note, "boundary: cash"));
  assert_int_equal(a.warnings.n, 0);
  done(&a);
}

static void what_was_known_then_and_no_more(void **state) {
  (void)state;
  answer a;
  jv_view then = {.as_of = day("2025-01-31")};
  assert_ok(&a.cx, ask(&a, year_to_date, COUNT(year_to_date), "capex", false, &then));
  assert_int_equal(a.s->n, 3); /* the fourth quarter is not yet published: no value, and no gap */
  done(&a);
}

static void trailing_years_are_not_years(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01", "k-23"},
      {CAPEX, "2023-04-01", "2024-03-31", 95, "10-Q", "2024-05-01", "q-1"},
      {CAPEX, "2024-01-01", "2024-03-31", 10, "10-Q", "2024-05-01", "q-1"},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &latest));
  assert_int_equal(a.s->n, 1);
  expect(&a, "2023", 90, JV_EVIDENCE_REPORTED, "k-23");
  done(&a);
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &latest));
  expect(&a, "2024Q1", 10, JV_EVIDENCE_REPORTED, "q-1");
  expect(&a, "2023Q1", 5, JV_EVIDENCE_DERIVED, "FY + 3M - TTM");
  done(&a);
}

static void a_quarter_without_its_year_is_unresolved(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2022-01-01", "2022-12-31", 40, "10-K", "2023-02-01", NULL},
      {CAPEX, "2023-01-01", "2023-03-31", 10, "10-Q", "2023-05-01", NULL},
      {CAPEX, "2023-01-01", "2023-06-30", 20, "10-Q", "2023-08-01", NULL},
      {CAPEX, "2023-01-01", "2023-09-30", 30, "10-Q", "2023-11-01", NULL},
      {CAPEX, "2024-01-01", "2024-03-31", 11, "10-Q", "2024-05-01", NULL},
      {OTHER, "2023-01-01", "2023-12-31", 44, "10-K", "2024-02-01", NULL},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &latest));
  expect(&a, "2023Q4", NAN, JV_EVIDENCE_UNRESOLVED,
         "unresolved: the year to 2023-12-31 is filed under " OTHER ", its months under " CAPEX);
  done(&a);
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows) - 1, "capex", false, &latest));
  expect(&a, "2023Q4", NAN, JV_EVIDENCE_UNRESOLVED,
         "unresolved: " CAPEX " has no fact for the year to 2023-12-31");
  done(&a);
}

/* The nine months were restated, the year was not until a year later: each view stays of one
 * vintage. */
static void differences_are_of_one_vintage(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2023-01-01", "2023-09-30", 60, "10-Q", "2023-11-01", "q-old"},
      {CAPEX, "2023-01-01", "2023-09-30", 57, "10-Q", "2024-11-01", "q-new"},
      {CAPEX, "2023-01-01", "2023-12-31", 100, "10-K", "2024-02-01", "k-old"},
      {CAPEX, "2023-01-01", "2023-12-31", 95, "10-K", "2025-02-01", "k-new"},
  };
  static const struct {
    const char *as_of;
    double value;
  } cases[] = {{"2024-03-01", 40}, {"2024-12-01", 40}, {"2025-02-01", 38}};
  answer a;
  for (size_t i = 0; i < COUNT(cases); i++) {
    jv_view then = {.as_of = day(cases[i].as_of)};
    assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &then));
    expect(&a, "2023Q4", cases[i].value, JV_EVIDENCE_DERIVED, "FY - 9M");
    done(&a);
  }
  jv_view first = {.as_of = INT64_MAX, .first = true};
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &first));
  expect(&a, "2023Q4", 40, JV_EVIDENCE_DERIVED, "k-old");
  done(&a);
}

static void periodic_reports_outrank_others(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01", "k"},
      {CAPEX, "2023-01-01", "2023-12-31", 91, "10-K/A", "2024-03-01", "ka"},
      {CAPEX, "2023-01-01", "2023-12-31", 99, "DEF 14A", "2024-04-01", "proxy"},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &latest));
  expect(&a, "2023", 91, JV_EVIDENCE_REPORTED, "ka");
  done(&a);
  jv_view first = {.as_of = INT64_MAX, .first = true};
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &first));
  expect(&a, "2023", 90, JV_EVIDENCE_REPORTED, "k");
  done(&a);
}

static void the_tag_of_a_year_is_the_fullest_and_splices_are_named(void **state) {
  (void)state;
  row rows[] = {
      {CAPEX, "2022-01-01", "2022-12-31", 100, "10-K", "2023-02-01", "k-22"},
      {CAPEX, "2022-01-01", "2022-03-31", 25, "10-Q", "2022-05-01", NULL},
      {OTHER, "2022-01-01", "2022-12-31", 115, "10-K", "2024-02-01", "k-23"},
      {OTHER, "2023-01-01", "2023-12-31", 130, "10-K", "2024-02-01", "k-23"},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &latest));
  expect(&a, "2022", 100, JV_EVIDENCE_REPORTED, "k-22");
  expect(&a, "2023", 130, JV_EVIDENCE_REPORTED, OTHER);
  assert_int_equal(a.warnings.n, 1);
  assert_non_null(strstr(a.warnings.text, "TST capex: " CAPEX " and " OTHER
                                          " overlap in 1 span and differ by up to 15.0 %: "));
  assert_non_null(strstr(a.s->note, "splice: " CAPEX " and " OTHER));
  done(&a);
  rows[2].value = 100; /* the same figure under both: said, not warned of */
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &latest));
  assert_int_equal(a.warnings.n, 0);
  assert_non_null(strstr(a.s->note, "agree within 0.0 %"));
  done(&a);
}

static const row four_quarters[] = {
    {CAPEX, "2024-01-01", "2024-03-31", 1010, "10-Q", "2024-05-01", "q-1"},
    {CAPEX, "2024-01-01", "2024-06-30", 2510, "10-Q", "2024-08-01", "q-2"},
    {CAPEX, "2024-01-01", "2024-09-30", 4530, "10-Q", "2024-11-01", "q-3"},
    {CAPEX, "2024-01-01", "2024-12-31", 8070, "10-K", "2025-02-01", "k-24"},
};

/* four_quarters and one more fact: the fourth quarter is what it was, and the fact is named. */
static void one_more(const row extra, const char *warning) {
  row rows[5];
  answer a;
  memcpy(rows, four_quarters, sizeof four_quarters);
  rows[4] = extra;
  assert_ok(&a.cx, ask(&a, rows, 5, "capex", false, &latest));
  expect(&a, "2024Q4", 3540, JV_EVIDENCE_DERIVED, "FY - 9M");
  expect(&a, "2024Q3", 2020, JV_EVIDENCE_DERIVED, "9M - H1");
  if (!strstr(a.warnings.text, warning))
    fail_msg("warning '%s' lacks '%s'", a.warnings.text, warning);
  done(&a);
}

static void flawed_facts_are_left_out_and_named(void **state) {
  (void)state;
  one_more((row){CAPEX, "2024-10-01", "2024-12-31", 8070, "10-K", "2025-02-01", "full-year"},
           "(full-year, filed 2025-02-01) of " CAPEX
           " is the figure of a longer span, and is not used");
  one_more((row){CAPEX, "2024-07-01", "2024-09-30", 4530, "10-Q", "2024-11-01", "nine-months"},
           "(nine-months, filed 2024-11-01) of " CAPEX " is the figure of a longer span");
  one_more((row){CAPEX, "2024-10-01", "2024-12-31", 3540000, "10-K", "2025-02-01", "thousand"},
           "is out of all proportion to its neighbours, and is not used");
  one_more((row){CAPEX, "2024-07-01", "2024-09-30", -2020, "10-Q", "2024-11-01", "sign"},
           "is negative where the tag's amounts are positive");
}

static void swapped_years_are_told_from_right_ones(void **state) {
  (void)state;
  const row rows[] = {
      {"Revenues", "2011-01-01", "2011-12-31", 4000, "10-K", "2012-02-01", "k-11"},
      {"Revenues", "2011-10-01", "2011-12-31", 1743, "10-K", "2012-02-01", "k-11"},
      {"Revenues", "2011-10-01", "2011-12-31", 2127, "10-K", "2013-02-01", "swapped"},
      {"Revenues", "2012-01-01", "2012-12-31", 5000, "10-K", "2013-02-01", "swapped"},
      {"Revenues", "2012-10-01", "2012-12-31", 1743, "10-K", "2013-02-01", "swapped"},
      {"Revenues", "2012-10-01", "2012-12-31", 2127, "10-K", "2014-02-01", "k-13"},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "revenue", false, &latest));
  expect(&a, "2011Q4", 1743, JV_EVIDENCE_REPORTED, "k-11");
  expect(&a, "2012Q4", 2127, JV_EVIDENCE_REPORTED, "k-13");
  assert_non_null(strstr(a.warnings.text,
                         "is the figure of another period, and another was filed for this one"));
  done(&a);
}

static void a_negative_difference_is_unresolved(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2023-01-01", "2023-09-30", 60, "10-Q", "2023-11-01", "q-3"},
      {CAPEX, "2023-01-01", "2023-12-31", 50, "10-K", "2024-02-01", "k-23"},
      {CAPEX, "2024-01-01", "2024-03-31", 11, "10-Q", "2024-05-01", NULL},
      {CAPEX, "2023-01-01", "2023-03-31", 11, "10-Q", "2024-05-01", NULL},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &latest));
  expect(&a, "2023Q4", NAN, JV_EVIDENCE_UNRESOLVED, "cannot be of one scope");
  assert_non_null(strstr(a.warnings.text, "TST capex: 2023Q4 would be -10, of " CAPEX));
  assert_non_null(strstr(a.warnings.text, "q-3"));
  assert_non_null(strstr(a.warnings.text, "k-23"));
  done(&a);
}

#define PROCEEDS "ProceedsFromSaleOfPropertyPlantAndEquipment"
static void boundaries_are_stated_and_never_guessed(void **state) {
  (void)state;
  row rows[COUNT(year_to_date) + 1];
  memcpy(rows, year_to_date, sizeof year_to_date);
  rows[COUNT(year_to_date)] =
      (row){PROCEEDS, "2024-01-01", "2024-12-31", 7, "10-K", "2025-02-01", "k-24"};
  jv_view net = {.as_of = INT64_MAX, .boundary = JV_BOUNDARY_CASH_NET};
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", true, &net));
  expect(&a, "2024", 73, JV_EVIDENCE_DERIVED, "capex less proceeds");
  expect(&a, "2023", NAN, JV_EVIDENCE_UNRESOLVED, "proceeds is missing for this year");
  done(&a);
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &net));
  expect(&a, "2024Q4", NAN, JV_EVIDENCE_UNRESOLVED,
         "unresolved: proceeds is missing for this quarter, the data have it by years only");
  done(&a);
  assert_fails(&a.cx, ask(&a, year_to_date, COUNT(year_to_date), "capex", false, &net),
               JV_EUNRESOLVED, "TST: cash_net needs proceeds, of which the data have none");
  done(&a);
  jv_view leases = {.as_of = INT64_MAX, .boundary = JV_BOUNDARY_INCL_LEASES};
  assert_fails(&a.cx, ask(&a, rows, COUNT(rows), "capex", false, &leases), JV_EUNRESOLVED,
               "incl_lease_additions needs what management reports");
  done(&a);
  assert_fails(&a.cx, ask(&a, rows, COUNT(rows), "proceeds", false, &net), JV_EINVAL,
               "boundary cash_net is for capex, not for proceeds");
  done(&a);
}

static void stocks_stand_at_period_ends(void **state) {
  (void)state;
  const row rows[] = {
      {CAPEX, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01", NULL},
      {"PropertyPlantAndEquipmentNet", "", "2023-12-31", 200, "10-K", "2024-02-01", NULL},
      {"PropertyPlantAndEquipmentNet", "", "2024-03-31", 210, "10-Q", "2024-05-01", NULL},
  };
  answer a;
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "ppe_net", false, &latest));
  expect(&a, "2023Q4", 200, JV_EVIDENCE_REPORTED, "PropertyPlantAndEquipmentNet");
  expect(&a, "2024Q1", 210, JV_EVIDENCE_REPORTED, "PropertyPlantAndEquipmentNet");
  assert_int_equal(a.s->unit.flow, JV_STOCK);
  done(&a);
  assert_ok(&a.cx, ask(&a, rows, COUNT(rows), "ppe_net", true, &latest));
  expect(&a, "2023", 200, JV_EVIDENCE_REPORTED, "PropertyPlantAndEquipmentNet");
  done(&a);
}

static void what_is_not_there_is_an_error(void **state) {
  (void)state;
  answer a;
  assert_fails(&a.cx, ask(&a, year_to_date, 5, "revenue", false, &latest), JV_ENOTFOUND,
               "TST has no facts for revenue; looked for Revenues, ");
  done(&a);
  assert_fails(&a.cx, ask(&a, year_to_date, 5, "capx", false, &latest), JV_ENOTFOUND,
               "no concept 'capx', did you mean 'capex'?");
  done(&a);
  assert_ok(&a.cx, ask(&a, year_to_date, 5, CAPEX, false, &latest)); /* a tag serves as well */
  done(&a);
  jv_view before = {.as_of = day("2020-01-01")};
  assert_fails(&a.cx, ask(&a, year_to_date, 5, "capex", false, &before), JV_EDATA,
               "TST: no fiscal year to be found");
  done(&a);
}

/* Fails the k-th allocation of an answer, for every k until it is given. */
static void starve(const row *rows, size_t n, const jv_view *view, bool annual) {
  testing_memory memory;
  bool finished = false;
  char *text = facts_text(rows, n);
  for (size_t k = 1; !finished; k++) {
    jv_ctx cx;
    jv_facts *facts = NULL;
    jv_company *company = NULL;
    jv_series *s = NULL;
    testing_ctx(&cx, &memory);
    assert_ok(&cx, jv_facts_read(&cx, text, strlen(text), "TST", &facts));
    assert_ok(&cx, jv_company_new(&cx, facts, INT64_MAX, &company));
    memory.fail_at = memory.calls + k;
    jv_status status =
        (annual ? jv_company_annual : jv_company_quarterly)(&cx, company, "capex", view, &s);
    assert_true(status == JV_OK || status == JV_ENOMEM);
    assert_true((status == JV_OK) == (s != NULL));
    finished = status == JV_OK;
    jv_series_free(&cx, s);
    jv_company_free(&cx, company);
    jv_facts_free(&cx, facts);
    assert_int_equal(memory.live, 0);
  }
  free(text);
}

static void memory_may_fail_anywhere(void **state) {
  (void)state;
  row rows[COUNT(year_to_date) + 2];
  memcpy(rows, year_to_date, sizeof year_to_date);
  rows[COUNT(year_to_date)] =
      (row){OTHER, "2023-01-01", "2023-12-31", 99, "10-K", "2024-02-01", "k-23"};
  rows[COUNT(year_to_date) + 1] =
      (row){PROCEEDS, "2024-01-01", "2024-12-31", 7, "10-K", "2025-02-01", "k-24"};
  const jv_view first = {.as_of = INT64_MAX, .first = true};
  const jv_view net = {.as_of = INT64_MAX, .boundary = JV_BOUNDARY_CASH_NET};
  starve(rows, COUNT(rows), &latest, false);
  starve(rows, COUNT(rows), &first, false);
  starve(rows, COUNT(rows), &net, false);
  starve(rows, COUNT(rows), &net, true);
}

static bool yes(void *ud) {
  (void)ud;
  return true;
}

static void long_work_can_be_interrupted(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  jv_company *company = NULL;
  jv_series *s = NULL;
  testing_ctx(&cx, &memory);
  jv_facts *facts = read_rows(&cx, year_to_date, COUNT(year_to_date));
  assert_ok(&cx, jv_company_new(&cx, facts, INT64_MAX, &company));
  cx.cancelled = yes;
  assert_fails(&cx, jv_company_quarterly(&cx, company, "capex", &latest, &s), JV_ECANCEL,
               "interrupted");
  assert_null(s);
  jv_company_free(&cx, company);
  jv_facts_free(&cx, facts);
  assert_int_equal(memory.live, 0);
}

/* Facts of any dates, sizes and forms: an answer or a reason, never worse. Seeded. */
static void random_facts_are_answered_or_refused(void **state) {
  (void)state;
  static const char *const tags[] = {CAPEX, OTHER, PROCEEDS};
  static const char *const forms[] = {"10-K", "10-Q", "8-K", "", "20-F/A"};
  static const int years[] = {1, 2, 1900, 2019, 2020, 2021, 2022, 2023, 9998, 9999};
  enum { N = 30 };
  jv_rng rng = jv_rng_keyed(0, "quarters", "random", 0);
  size_t answered = 0;
  for (int round = 0; round < 400; round++) {
    row rows[N];
    char text[N][3][40];
    bool wild = round % 4 == 0;
    for (size_t i = 0; i < N; i++) {
      int year = wild ? years[jv_rng_below(&rng, 10)] : 2019 + (int)jv_rng_below(&rng, 5);
      int from = 1 + 3 * (int)jv_rng_below(&rng, 4), to = 3 * (1 + (int)jv_rng_below(&rng, 4));
      int later = year < 9999 ? year + (int)jv_rng_below(&rng, 2) : year;
      snprintf(text[i][0], 40, "%04d-%02d-01", year, from);
      snprintf(text[i][1], 40, "%04d-%02d-28", jv_rng_below(&rng, 3) ? year : later, to);
      snprintf(text[i][2], 40, "%04d-%02d-15", year < 9999 ? year + 1 : year,
               1 + (int)jv_rng_below(&rng, 12));
      double value = wild ? jv_rng_normal(&rng) * 1e20 : 1 + (double)jv_rng_below(&rng, 1000);
      rows[i] = (row){tags[i * 3 / N],
                      jv_rng_below(&rng, 9) ? text[i][0] : "",
                      text[i][1],
                      value,
                      forms[jv_rng_below(&rng, 5)],
                      text[i][2],
                      NULL};
    }
    const jv_view view = {.as_of = INT64_MAX,
                          .first = round % 3 == 0,
                          .boundary = round % 2 ? JV_BOUNDARY_CASH : JV_BOUNDARY_CASH_NET};
    answer a;
    jv_status status = ask(&a, rows, N, "capex", round % 5 == 0, &view);
    assert_true(status == JV_OK || status == JV_EDATA || status == JV_EUNRESOLVED);
    assert_true((status == JV_OK) == (a.s != NULL));
    for (size_t i = 0; a.s && i < a.s->n; i++)
      assert_true(isnan(a.s->value[i]) == (a.s->mark[i].evidence == JV_EVIDENCE_UNRESOLVED));
    if (a.s) answered++;
    done(&a);
  }
  assert_true(answered > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quarters_come_out_of_years_to_date),
      cmocka_unit_test(what_was_known_then_and_no_more),
      cmocka_unit_test(trailing_years_are_not_years),
      cmocka_unit_test(a_quarter_without_its_year_is_unresolved),
      cmocka_unit_test(differences_are_of_one_vintage),
      cmocka_unit_test(periodic_reports_outrank_others),
      cmocka_unit_test(the_tag_of_a_year_is_the_fullest_and_splices_are_named),
      cmocka_unit_test(flawed_facts_are_left_out_and_named),
      cmocka_unit_test(swapped_years_are_told_from_right_ones),
      cmocka_unit_test(a_negative_difference_is_unresolved),
      cmocka_unit_test(boundaries_are_stated_and_never_guessed),
      cmocka_unit_test(stocks_stand_at_period_ends),
      cmocka_unit_test(what_is_not_there_is_an_error),
      cmocka_unit_test(long_work_can_be_interrupted),
      cmocka_unit_test(random_facts_are_answered_or_refused),
      cmocka_unit_test(memory_may_fail_anywhere),
  };
  return cmocka_run_group_tests_name("quarters", tests, NULL, NULL);
}
