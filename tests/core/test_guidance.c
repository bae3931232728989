/* core/capex/guidance: partial dates, the list, ranges. */
#include "capex_text.h"
#include "capex/guidance.h"

static const char head[] = "firm,ticker,period,said,low_bn,high_bn,kind,boundary,quality,note\n";

static jv_status read_guide(jv_ctx *cx, const char *row_text, jv_guidance **out) {
  char text[600];
  snprintf(text, sizeof text, "%s%s", head, row_text);
  return jv_guidance_read(cx, text, strlen(text), out);
}

static void partial_dates_count_from_their_last_day(void **state) {
  (void)state;
  jv_ctx cx;
  int64_t d;
  jv_ctx_init(&cx);
  static const char *const cases[][2] = {{"2025-01-29", "2025-01-29"}, {"2026-04", "2026-04-30"},
                                         {"2026-07/08", "2026-08-31"}, {"2024-02", "2024-02-29"},
                                         {"2026", "2026-12-31"},       {"2026-12", "2026-12-31"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_ok(&cx, jv_partial_date(&cx, cases[i][0], &d));
    assert_int_equal(d, day(cases[i][1]));
  }
  assert_ok(&cx, jv_partial_date(&cx, "", &d));
  assert_true(d == JV_NO_DAY);
  static const char *const bad[] = {"soon",       "2026-13",    "2026-4", "2026-08/07",
                                    "2026-07/13", "2025-02-30", "20x6"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_fails(&cx, jv_partial_date(&cx, bad[i], &d), JV_EPARSE, "wanted a date such as");
}

static void statements_are_read_with_their_boundary(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_guidance *list = NULL;
  assert_ok(
      &cx,
      read_guide(&cx,
                 "Meta,META,FY2025,2025-01-29,60,65,range,cash_plus_lease_principal,B,\"a, b\"\n"
                 "Meta,META,FY2023,,30,33,range,cash_plus_lease_principal,B,\n"
                 "X,X,FY2026,2026-04,50,,at_least,cash,C,\n",
                 &list));
  assert_int_equal(list->n, 3);
  const jv_guide *g = list->guide;
  assert_true(g->low == 60e9 && g->high == 65e9 && g->kind == JV_GUIDE_RANGE);
  assert_string_equal(g->note, "a, b");
  assert_int_equal(g->line, 2);
  assert_true(jv_guide_midpoint(g) == 62.5e9 && jv_guide_width(g) == 5e9);
  assert_false(jv_guide_visible(g, day("2025-01-28")));
  assert_true(jv_guide_visible(g, day("2025-01-29")));
  assert_false(jv_guide_visible(&list->guide[1], INT64_MAX)); /* undated: never as of a date */
  assert_false(jv_guide_visible(&list->guide[2], day("2026-04-29")));
  assert_true(jv_guide_visible(&list->guide[2], day("2026-04-30")));
  assert_true(isnan(list->guide[2].high) && isnan(jv_guide_midpoint(&list->guide[2])));
  jv_guidance_free(&cx, list);
  assert_int_equal(memory.live, 0);
}

static void bad_rows_are_refused_with_their_place(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"M,META,FY2025,soon,60,65,range,cash,B,\n",
       "line 2, column 15: said: wanted a date, a month"},
      {"M,META,FY2025,,sixty,65,range,cash,B,\n",
       "low_bn: wanted a number of billions, or nothing, found 'sixty'"},
      {"M,META,FY2025,,70,65,range,cash,B,\n",
       "low_bn: wanted a number not above high_bn, found '70'"},
      {"M,META,FY2025,,60,65,hope,cash,B,\n", "kind: wanted point, about, range"},
      {"M,META,FY2025,,60,65,range,gross,B,\n", "boundary: wanted a boundary"},
      {"M,,FY2025,,60,65,range,cash,B,\n", "ticker: wanted a ticker"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    jv_guidance *list = NULL;
    assert_fails(&cx, read_guide(&cx, cases[i].text, &list), JV_EPARSE, cases[i].message);
    assert_null(list);
  }
  jv_guidance *list = NULL;
  assert_fails(&cx, jv_guidance_read(&cx, "firm\nx\n", 7, &list), JV_EPARSE,
               "line 1: column 'ticker' is missing");
}

static void amounts_stand_to_the_range(void **state) {
  (void)state;
  jv_guide g = {.low = 60e9, .high = 65e9, .kind = JV_GUIDE_RANGE};
  assert_int_equal(jv_guide_compare(&g, 59e9), JV_GUIDE_BELOW);
  assert_int_equal(jv_guide_compare(&g, 65e9), JV_GUIDE_WITHIN);
  assert_int_equal(jv_guide_compare(&g, 72e9), JV_GUIDE_ABOVE);
  assert_int_equal(jv_guide_compare(&g, NAN), JV_GUIDE_UNKNOWN);
  g = (jv_guide){.low = 75e9, .high = 75e9, .kind = JV_GUIDE_ABOUT};
  assert_int_equal(jv_guide_compare(&g, 76.8e9), JV_GUIDE_WITHIN);
  assert_int_equal(jv_guide_compare(&g, 91.4e9), JV_GUIDE_ABOVE);
  g = (jv_guide){.low = 60e9, .high = NAN, .kind = JV_GUIDE_AT_LEAST};
  assert_int_equal(jv_guide_compare(&g, 1e12), JV_GUIDE_WITHIN);
  g = (jv_guide){.low = 0.2, .high = 0.3, .kind = JV_GUIDE_GROWTH};
  assert_int_equal(jv_guide_compare(&g, 1), JV_GUIDE_UNKNOWN);
}

static void memory_may_fail_anywhere(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  bool done = false;
  for (size_t k = 1; !done; k++) {
    jv_guidance *list = NULL;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_status status = read_guide(&cx, "M,META,FY2025,2025,60,65,range,cash,B,n\n", &list);
    assert_true(status == JV_OK || status == JV_ENOMEM);
    done = status == JV_OK;
    jv_guidance_free(&cx, list);
    assert_int_equal(memory.live, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(partial_dates_count_from_their_last_day),
      cmocka_unit_test(statements_are_read_with_their_boundary),
      cmocka_unit_test(bad_rows_are_refused_with_their_place),
      cmocka_unit_test(amounts_stand_to_the_range),
      cmocka_unit_test(memory_may_fail_anywhere),
  };
  return cmocka_run_group_tests_name("guidance", tests, NULL, NULL);
}
