/* Annual totals: actual sub-periods counted in, years that cannot be added up left out, spread. */
#include "testing.h"
#include "evaluate/annual.h"
#include "model/builtin.h"

static jv_ctx cx;
static testing_memory memory;

static jv_period period_of(const char *text, const char *freq) {
  jv_freq f;
  jv_period p;
  if (jv_freq_parse(&cx, freq, &f) != JV_OK) fail_msg("%s", cx.message);
  if (jv_period_parse(&cx, text, &f, &p) != JV_OK) fail_msg("%s", cx.message);
  return p;
}

static jv_fit *fit_of(const jv_model_class *cls, const double *y, size_t n, size_t m) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test"};
  jv_fit *fit = NULL;
  if (jv_fit_new(&cx, cls, &sample, NULL, &fit) != JV_OK) fail_msg("%s", cx.message);
  return fit;
}

static size_t make_series(double *y, size_t n) {
  jv_rng rng = jv_rng_keyed(2, NULL, NULL, 0);
  for (size_t t = 0; t < n; t++) y[t] = (t ? y[t - 1] : 20) + jv_rng_normal(&rng);
  return n;
}

static void started_years_count_what_has_happened(void **state) {
  (void)state;
  double y[18];
  size_t n = make_series(y, 18); /* 2020Q1 .. 2024Q2 */
  jv_fit *fit = fit_of(&jv_model_naive, y, n, 4);
  jv_annual *a;
  assert_ok(&cx, jv_annual_new(&cx, fit, y, n, period_of("2020Q1", "Q"), 7, NULL, 20000, &a));
  assert_int_equal(a->n_years, 2); /* of 2026 only a quarter is within the horizon */
  const jv_annual_year *one = &a->years[0], *two = &a->years[1];
  assert_int_equal(jv_period_year(one->year), 2024);
  assert_int_equal(jv_period_year(two->year), 2025);
  assert_true(one->observed == 2 && one->forecast == 2 && two->observed == 0 && two->forecast == 4);
  assert_near(one->so_far, y[16] + y[17], 1e-15, 1);
  assert_near(one->mean, y[16] + 3 * y[17], 1e-15, 1);
  assert_near(two->mean, 4 * y[17], 1e-15, 1);
  /* a walk: 2 e1 + e2; then 4 (e1 + e2) + 4 e3 + 3 e4 + 2 e5 + e6. Five standard errors. */
  double s = sqrt(fit->sigma2), tol = 5 / sqrt(2.0 * 20000);
  assert_near(one->sd, s * sqrt(5), tol, 0);
  assert_near(two->sd, s * sqrt(32 + 16 + 9 + 4 + 1), tol, 0);
  double low = jv_annual_quantile(a, 1, 0.1), high = jv_annual_quantile(a, 1, 0.9);
  assert_near((high - low) / 2, 1.2815515655446004 * two->sd, 0.03, 0); /* normal; 20000 paths */
  assert_true(jv_annual_quantile(a, 1, 0) == two->totals[0]);
  assert_true(jv_annual_quantile(a, 1, 1) == two->totals[19999]);
  jv_annual_free(&cx, a);
  jv_fit_free(&cx, fit);
}

static void fiscal_years_follow_their_anchor(void **state) {
  (void)state;
  double y[18];
  size_t n = make_series(y, 18);
  jv_fit *fit = fit_of(&jv_model_naive, y, n, 4);
  jv_annual *a;
  char text[JV_PERIOD_TEXT];
  /* FY2020Q1 .. FY2024Q2 under a year that ends in June */
  assert_ok(&cx, jv_annual_new(&cx, fit, y, n, period_of("FY2020Q1", "Q-JUN"), 2, NULL, 100, &a));
  assert_int_equal(a->n_years, 1);
  jv_period_format(a->years[0].year, text);
  assert_string_equal(text, "FY2024");
  jv_annual_free(&cx, a);
  /* months: two of 2021 are known */
  jv_fit_free(&cx, fit);
  fit = fit_of(&jv_model_naive, y, 14, 12);
  assert_ok(&cx, jv_annual_new(&cx, fit, y, 14, period_of("2020-01", "M"), 10, NULL, 100, &a));
  assert_true(a->n_years == 1 && a->years[0].observed == 2 && a->years[0].forecast == 10);
  jv_annual_free(&cx, a);
  /* years: each is its own total */
  assert_ok(&cx, jv_annual_new(&cx, fit, y, 14, period_of("2001", "A"), 3, NULL, 100, &a));
  assert_true(a->n_years == 3 && a->years[2].forecast == 1);
  jv_annual_free(&cx, a);
  /* days: 2025 has all its 365 when 2024-12-31 is the last known */
  assert_ok(&cx, jv_annual_new(&cx, fit, y, 14, period_of("2024-12-18", "D"), 365, NULL, 10, &a));
  assert_true(a->n_years == 1 && a->years[0].forecast == 365);
  jv_annual_free(&cx, a);
  jv_fit_free(&cx, fit);
}

static void a_year_with_a_hole_has_no_total(void **state) {
  (void)state;
  double y[18];
  size_t n = make_series(y, 18);
  y[16] = NAN; /* 2024Q1 */
  jv_fit *fit = fit_of(&jv_model_naive, y, n, 4);
  jv_annual *a;
  assert_ok(&cx, jv_annual_new(&cx, fit, y, n, period_of("2020Q1", "Q"), 6, NULL, 100, &a));
  assert_true(a->n_years == 1 && jv_period_year(a->years[0].year) == 2025);
  jv_annual_free(&cx, a);
  assert_fails(&cx, jv_annual_new(&cx, fit, y, n, period_of("2020Q1", "Q"), 2, NULL, 100, &a),
               JV_EDATA, "within 2 steps none ends");
  assert_null(a);
  jv_fit_free(&cx, fit);
  /* data that begin within the year */
  fit = fit_of(&jv_model_naive, y, 2, 4);
  assert_fails(&cx, jv_annual_new(&cx, fit, y, 2, period_of("2020Q2", "Q"), 1, NULL, 100, &a),
               JV_EDATA, "no year can be added up");
  assert_fails(&cx, jv_annual_new(&cx, fit, y, 3, period_of("2020Q2", "Q"), 1, NULL, 100, &a),
               JV_EINVAL, "the fit has 2 observations, the series 3");
  assert_fails(&cx,
               jv_annual_new(&cx, fit, y, 2, (jv_period){0, {JV_FREQ_INDEX, 0}}, 1, NULL, 100, &a),
               JV_EPERIOD, "annual: needs a series by year");
  assert_fails(&cx, jv_annual_new(&cx, fit, y, 2, period_of("2020Q2", "Q"), 1, NULL, 1, &a),
               JV_EINVAL, "two paths");
  jv_fit_free(&cx, fit);
}

static void memory_failures_leave_nothing(void **state) {
  (void)state;
  double y[18];
  size_t n = make_series(y, 18);
  jv_fit *fit = fit_of(&jv_model_drift, y, n, 4);
  size_t live = memory.live;
  for (size_t k = 1;; k++) {
    jv_annual *a = NULL;
    memory.fail_at = memory.calls + k;
    jv_status status = jv_annual_new(&cx, fit, y, n, period_of("2020Q1", "Q"), 10, NULL, 50, &a);
    memory.fail_at = 0;
    jv_annual_free(&cx, a);
    assert_int_equal(memory.live, live);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
  }
  jv_fit_free(&cx, fit);
}

int main(void) {
  testing_ctx(&cx, &memory);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(started_years_count_what_has_happened),
      cmocka_unit_test(fiscal_years_follow_their_anchor),
      cmocka_unit_test(a_year_with_a_hole_has_no_total),
      cmocka_unit_test(memory_failures_leave_nothing),
  };
  return cmocka_run_group_tests_name("annual", tests, NULL, NULL);
}
