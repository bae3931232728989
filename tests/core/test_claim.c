/* core/capex/claim: verdicts at the printed precision. */
#include "testing.h"
#include "capex/claim.h"

static jv_claim_result judge(const char *printed, jv_claim_kind kind, double figure) {
  jv_ctx cx;
  jv_claim claim;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_claim_parse(&cx, printed, kind, &claim));
  return jv_claim_check(&claim, figure);
}

static void expect(const char *printed, jv_claim_kind kind, double figure, jv_verdict verdict,
                   const char *how) {
  jv_claim_result r = judge(printed, kind, figure);
  if (r.verdict != verdict || strcmp(r.how, how) != 0)
    fail_msg("%s against %.10g: verdict %d '%s'", printed, figure, r.verdict, r.how);
}

static void figures_agree_at_the_printed_precision(void **state) {
  (void)state;
  expect("26.3", JV_CLAIM_EXACT, 27.834, JV_VERDICT_DIFFERS, "");
  expect("26.3", JV_CLAIM_EXACT, 26.25, JV_VERDICT_AGREES, "rounds");
  expect("26.3", JV_CLAIM_EXACT, 26.399, JV_VERDICT_AGREES, "truncates");
  expect("26.3", JV_CLAIM_EXACT, 26.4, JV_VERDICT_DIFFERS, "");
  expect("78", JV_CLAIM_EXACT, 77.658, JV_VERDICT_AGREES, "rounds");
  expect("78", JV_CLAIM_EXACT, 82.999, JV_VERDICT_DIFFERS, "");
  expect("42", JV_CLAIM_EXACT, 42.76, JV_VERDICT_AGREES, "truncates"); /* 75,000 on 52,535 */
  expect("42", JV_CLAIM_EXACT, 43.0, JV_VERDICT_DIFFERS, "");
  expect("-42", JV_CLAIM_EXACT, -42.9, JV_VERDICT_AGREES, "truncates");
  expect("0.3", JV_CLAIM_EXACT, 0.1 + 0.2, JV_VERDICT_AGREES, "rounds");
  expect("1,250", JV_CLAIM_EXACT, 1250.4, JV_VERDICT_AGREES, "rounds");
}

static void kinds_widen_the_claim(void **state) {
  (void)state;
  expect("100", JV_CLAIM_ROUGH, 102.4, JV_VERDICT_AGREES, "within 2.5 %");
  expect("100", JV_CLAIM_ROUGH, 102.6, JV_VERDICT_DIFFERS, "");
  expect("60", JV_CLAIM_AT_LEAST, 72.2, JV_VERDICT_AGREES, "at least");
  expect("60", JV_CLAIM_AT_LEAST, 59.2, JV_VERDICT_DIFFERS, "");
  expect("60", JV_CLAIM_AT_MOST, 59.2, JV_VERDICT_AGREES, "at most");
  expect("60", JV_CLAIM_AT_MOST, 72.2, JV_VERDICT_DIFFERS, "");
}

static void a_missing_figure_cannot_be_checked(void **state) {
  (void)state;
  expect("26.3", JV_CLAIM_EXACT, NAN, JV_VERDICT_UNCHECKED, "");
  assert_near(judge("26.3", JV_CLAIM_EXACT, 27.834).difference, 1.534, 1e-12, 1); /* rounding */
}

static void what_is_no_figure_is_refused(void **state) {
  (void)state;
  jv_ctx cx;
  jv_claim claim;
  jv_ctx_init(&cx);
  static const char *const bad[] = {"", "much", "26.3 bn", "1e3", "1.2.3", ",", "."};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_fails(&cx, jv_claim_parse(&cx, bad[i], JV_CLAIM_EXACT, &claim), JV_EPARSE,
                 "wanted a printed figure such as 26.3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_agree_at_the_printed_precision),
      cmocka_unit_test(kinds_widen_the_claim),
      cmocka_unit_test(a_missing_figure_cannot_be_checked),
      cmocka_unit_test(what_is_no_figure_is_refused),
  };
  return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
