/* core/numeric/summary.c: definitions, missing values, degenerate input, digits kept. */
#include "testing.h"
#include "numeric/summary.h"

static const double sample[] = {2, 4, 4, 4, 5, 5, 7, 9};

static void moments_follow_their_definitions(void **state) {
  (void)state;
  assert_true(jv_summary_count(sample, 8) == 8);
  assert_true(jv_summary_sum(sample, 8) == 40);
  assert_true(jv_summary_mean(sample, 8) == 5);
  assert_near(jv_summary_variance(sample, 8), 32.0 / 7, 1e-15, 0);
  assert_near(jv_summary_sd(sample, 8), sqrt(32.0 / 7), 1e-15, 0);
  assert_true(jv_summary_min(sample, 8) == 2 && jv_summary_max(sample, 8) == 9);
  /* lag 1: (3 + 1 + 1 + 0 + 0 + 0 + 8) / 32 */
  assert_near(jv_summary_acf(sample, 8, 1), 13.0 / 32, 1e-15, 0);
  assert_true(jv_summary_acf(sample, 8, 0) == 1);
}

static void digits_survive_a_large_mean(void **state) {
  (void)state;
  double x[1000];
  for (int i = 0; i < 1000; i++) x[i] = 1e15 + (i % 2 ? 1 : -1); /* exact doubles */
  assert_true(jv_summary_mean(x, 1000) == 1e15);
  assert_near(jv_summary_variance(x, 1000), 1000.0 / 999, 1e-15, 0);
  double cancelling[] = {1e16, 1, -1e16, 1};
  assert_true(jv_summary_sum(cancelling, 4) == 2);
}

static void missing_values_are_left_out(void **state) {
  (void)state;
  const double x[] = {NAN, 2, 4, 4, NAN, 4, 5, 5, 7, 9, NAN};
  double median = 0;
  jv_ctx cx;
  jv_ctx_init(&cx);
  assert_true(jv_summary_count(x, 11) == 8);
  assert_true(jv_summary_mean(x, 11) == 5 && jv_summary_max(x, 11) == 9);
  assert_near(jv_summary_variance(x, 11), 32.0 / 7, 1e-15, 0);
  /* pairs (4,NaN) and (NaN,4) drop out: 3 + 1 + 0 + 0 + 0 + 8 */
  assert_near(jv_summary_acf(x, 11, 1), 12.0 / 32, 1e-15, 0);
  assert_ok(&cx, jv_summary_median(&cx, x, 11, &median));
  assert_true(median == 4.5);
}

static void too_few_values_give_nan(void **state) {
  (void)state;
  const double one[] = {3}, none[] = {NAN, NAN}, same[] = {2, 2, 2};
  assert_true(jv_summary_sum(none, 2) == 0 && isnan(jv_summary_mean(none, 2)));
  assert_true(isnan(jv_summary_variance(one, 1)) && jv_summary_mean(one, 1) == 3);
  assert_true(isnan(jv_summary_min(none, 2)) && isnan(jv_summary_max(none, 0)));
  assert_true(isnan(jv_summary_acf(same, 3, 1)) && isnan(jv_summary_acf(sample, 8, 8)));
  const double infinite[] = {1, INFINITY};
  assert_true(jv_summary_mean(infinite, 2) == INFINITY && isnan(jv_summary_sd(infinite, 2)));
}

static void correlation_uses_complete_pairs(void **state) {
  (void)state;
  const double x[] = {1, 2, NAN, 4, 5}, y[] = {-2, -4, 100, -8, NAN}, z[] = {3, 1, 9, 4, 2};
  assert_near(jv_summary_correlation(x, y, 5), -1, 1e-15, 0);
  /* pairs (1,3) (2,1) (4,4) (5,2): 0 / … */
  assert_near(jv_summary_correlation(x, z, 5), 1.0 / sqrt(50), 1e-15, 0);
  assert_true(isnan(jv_summary_correlation(x, y, 1)));
}

static void quantiles_are_of_type_seven(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  /* R: quantile(c(9, 1, 4, 2, 8), c(0, .1, .25, .5, .9, 1)) */
  const double x[] = {9, 1, 4, NAN, 2, 8}, p[] = {0, 0.1, 0.25, 0.5, 0.9, 1};
  const double want[] = {1, 1.4, 2, 4, 8.6, 9};
  double got[6];
  assert_ok(&cx, jv_summary_quantiles(&cx, x, 6, p, 6, got));
  for (int i = 0; i < 6; i++) assert_near(got[i], want[i], 1e-15, 0);
  const double none[] = {NAN}, bad[] = {1.5};
  assert_ok(&cx, jv_summary_quantiles(&cx, none, 1, p, 1, got));
  assert_true(isnan(got[0]));
  assert_fails(&cx, jv_summary_quantiles(&cx, x, 6, bad, 1, got), JV_EINVAL, "[0, 1], got 1.5");
  const double infinite[] = {-INFINITY, 1, INFINITY, INFINITY};
  assert_ok(&cx, jv_summary_quantiles(&cx, infinite, 4, (double[]){0.9}, 1, got));
  assert_true(got[0] == INFINITY);
  memory.fail_at = memory.calls + 1;
  assert_fails(&cx, jv_summary_median(&cx, x, 6, got), JV_ENOMEM, "memory");
  assert_int_equal(memory.live, 0);
}

/* Sorted is in order, and the same values: their sum in whole numbers and their extremes. */
static void sorting_sorts(void **state) {
  (void)state;
  static double x[3000];
  for (size_t n = 0; n <= 3000; n = n < 40 ? n + 1 : n * 2 - 17)
    for (int kind = 0; kind < 6; kind++) {
      uint64_t sum = 0, after = 0, draw = 12345 + n;
      for (size_t i = 0; i < n; i++) {
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        uint64_t whole = kind == 0   ? draw >> 40               /* at random */
                         : kind == 1 ? i                        /* in order */
                         : kind == 2 ? n - i                    /* backwards */
                         : kind == 3 ? 7                        /* all alike */
                         : kind == 4 ? draw >> 62               /* many alike */
                                     : (i < n / 2 ? i : n - i); /* up and down */
        x[i] = (double)whole;
        sum += whole * whole;
      }
      jv_sort(x, n);
      for (size_t i = 0; i < n; i++) {
        if (i > 0) assert_true(x[i - 1] <= x[i]);
        after += (uint64_t)x[i] * (uint64_t)x[i];
      }
      assert_true(sum == after);
    }
  double ends[] = {1, INFINITY, -INFINITY, 0};
  jv_sort(ends, 4);
  assert_true(ends[0] == -INFINITY && ends[1] == 0 && ends[2] == 1 && ends[3] == INFINITY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_follow_their_definitions),
      cmocka_unit_test(digits_survive_a_large_mean),
      cmocka_unit_test(missing_values_are_left_out),
      cmocka_unit_test(too_few_values_give_nan),
      cmocka_unit_test(correlation_uses_complete_pairs),
      cmocka_unit_test(quantiles_are_of_type_seven),
      cmocka_unit_test(sorting_sorts),
  };
  return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
