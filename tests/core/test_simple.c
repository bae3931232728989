/* mean, naive, snaive, drift, naive2: the answers of R forecast 8.20, laws, gaps. */
#include "testing.h"
#include "conformance.h"
#include "model/builtin.h"
#include "model/classical.h"

static jv_ctx cx;

static jv_fit *fit_of(const jv_model_class *cls, const double *y, size_t n, size_t m) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test", .seed = 0};
  jv_fit *fit = NULL;
  if (jv_fit_new(&cx, cls, &sample, NULL, &fit) != JV_OK) fail_msg("%s", cx.message);
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  if (jv_fit_forecast(&cx, fit, h, NULL, &fc) != JV_OK) fail_msg("%s", cx.message);
  return fc;
}

/* Means, and ends where the block has them, against a block; 1e-8 of the largest |y|, the bar of the
 * reference's README. */
static void check_block(const reference *r, const char *block, const jv_model_class *cls) {
  const cJSON *answer = conformance_get(r->json, block);
  if (!answer) return;
  jv_fit *fit = fit_of(cls, r->y, r->n, r->m);
  jv_forecast *fc = forecast_of(fit, r->h);
  double lower[400], upper[400];
  assert_true(r->h <= 400);
  for (size_t i = 0; i < r->h; i++)
    assert_near(fc->mean[i], conformance_at(conformance_get(answer, "mean"), i), 1e-8, r->size);
  for (int level = 80; level <= 95 && conformance_get(answer, "lower80"); level += 15) {
    char name[2][16];
    snprintf(name[0], sizeof name[0], "lower%d", level);
    snprintf(name[1], sizeof name[1], "upper%d", level);
    assert_ok(&cx, jv_forecast_interval(&cx, fc, level, lower, upper));
    for (size_t i = 0; i < r->h; i++) {
      assert_near(lower[i], conformance_at(conformance_get(answer, name[0]), i), 1e-8, r->size);
      assert_near(upper[i], conformance_at(conformance_get(answer, name[1]), i), 1e-8, r->size);
    }
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static bool has_gaps(const reference *r) {
  for (size_t i = 0; i < r->n; i++)
    if (isnan(r->y[i])) return true;
  return false;
}

static void check_series(const reference *r) {
  check_block(r, "naive", &jv_model_naive);
  check_block(r, "snaive", &jv_model_snaive);
  check_block(r, "naive2", &jv_model_naive2);
  /* with gaps R counts missing values as observations of the mean, and divides the rise of the line
   * by the pairs observed instead of the distance: see mean.c, drift.c */
  if (has_gaps(r)) return;
  check_block(r, "meanf", &jv_model_mean);
  check_block(r, "rwf_drift", &jv_model_drift);
}

static void simple_forecasts_agree_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("simple.json", check_series) >= 10);
}

static void naive_counts_from_the_last_value(void **state) {
  (void)state;
  const double y[] = {NAN, 3, 5, NAN, 4, NAN, NAN};
  jv_fit *fit = fit_of(&jv_model_naive, y, 7, 1);
  jv_forecast *fc = forecast_of(fit, 2);
  /* errors: 5 - 3 and, across the gap, 4 - 5 */
  assert_near(fit->sigma2, (4 + 1) / 2.0, 1e-15, 1);
  assert_true(isnan(fit->residuals[1]) && fit->residuals[2] == 2 && fit->residuals[4] == -1);
  assert_true(fc->mean[0] == 4 && fc->mean[1] == 4);
  assert_near(fc->sd[0], sqrt(2.5 * 3), 1e-15, 1);
  assert_near(fc->sd[1], sqrt(2.5 * 4), 1e-15, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void one_value_has_no_known_spread(void **state) {
  (void)state;
  static const jv_model_class *const all[] = {&jv_model_naive, &jv_model_mean, &jv_model_naive2};
  const double y[] = {7};
  double paths[2], lower, upper;
  for (size_t k = 0; k < 3; k++) {
    jv_fit *fit = fit_of(all[k], y, 1, 1);
    jv_forecast *fc = forecast_of(fit, 1);
    assert_true(fc->mean[0] == 7 && isinf(fc->sd[0]));
    assert_ok(&cx, jv_forecast_interval(&cx, fc, 80, &lower, &upper));
    assert_true(isinf(lower) && isinf(upper) && lower < upper);
    assert_fails(&cx, jv_fit_simulate(&cx, fit, 1, NULL, 2, paths), JV_EDATA, all[k]->name);
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
}

static void snaive_repeats_the_last_seen_season(void **state) {
  (void)state;
  const double y[] = {1, 2, 3, 4, 11, NAN, 13, 14, 21, NAN, 23};
  jv_fit *fit = fit_of(&jv_model_snaive, y, 11, 4);
  jv_forecast *fc = forecast_of(fit, 8);
  const double want[] = {14, 21, 2, 23, 14, 21, 2, 23};
  for (size_t i = 0; i < 8; i++) assert_true(fc->mean[i] == want[i]);
  /* every error is 10; season 2 was seen last three cycles before its next step */
  assert_near(fc->sd[0], 10, 1e-15, 1);
  assert_near(fc->sd[2], 10 * sqrt(3), 1e-15, 1);
  assert_near(fc->sd[6], 10 * sqrt(4), 1e-15, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  jv_sample sample = {.y = y, .n = 3, .m = 4};
  jv_fit *none = NULL;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_snaive, &sample, NULL, &none), JV_EDATA,
               "snaive: needs an observed value of each of the 4 seasons; the season of step 1");
}

static void drift_is_the_line_through_the_ends(void **state) {
  (void)state;
  const double y[] = {NAN, 10, 14, NAN, NAN, 13, NAN, 22, NAN};
  jv_fit *fit = fit_of(&jv_model_drift, y, 9, 1);
  jv_forecast *fc = forecast_of(fit, 3);
  /* (22 - 10) / 6 a step, from the last value at position 8 */
  for (size_t i = 0; i < 3; i++) assert_near(fc->mean[i], 22 + 2 * (double)(i + 2), 1e-15, 1);
  /* errors 14 - 12, 13 - (14 + 3*2), 22 - (13 + 2*2) */
  double sigma2 = (4 + 49 + 25) / 2.0;
  assert_near(fit->sigma2, sigma2, 1e-15, 1);
  assert_near(fc->sd[0], sqrt(sigma2 * 2 * (1 + 2 / 6.0)), 1e-15, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  fit = fit_of(&jv_model_drift, y + 1, 2, 1);
  fc = forecast_of(fit, 1);
  assert_true(fc->mean[0] == 18 && isinf(fc->sd[0]));
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* The variance of a sum over steps, out of paths: what jv_annual rests on. */
static void sums_of_paths_have_the_right_spread(void **state) {
  (void)state;
  enum { PATHS = 20000, H = 4 };
  static double paths[PATHS * H];
  double y[24];
  jv_rng rng = jv_rng_keyed(3, NULL, NULL, 0);
  for (size_t t = 0; t < 24; t++) y[t] = (t ? y[t - 1] : 50) + 1 + jv_rng_normal(&rng);
  jv_fit *fit = fit_of(&jv_model_drift, y, 24, 1);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, PATHS, paths));
  double square = 0, mean = 0;
  jv_forecast *fc = forecast_of(fit, H);
  for (size_t i = 0; i < H; i++) mean += fc->mean[i];
  for (size_t k = 0; k < PATHS; k++) {
    double sum = 0;
    for (size_t i = 0; i < H; i++) sum += paths[k * H + i];
    square += (sum - mean) * (sum - mean);
  }
  /* walk: 4^2 + 3^2 + 2^2 + 1; slope: (1+2+3+4)^2 / 23; five standard errors */
  double variance = fit->sigma2 * (30 + 100 / 23.0);
  assert_near(square / PATHS, variance, 5 * sqrt(2.0 / PATHS), 0);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* A pure multiplicative season on a straight line with even m is found exactly up to the trend. */
static void classical_indices_find_a_pure_season(void **state) {
  (void)state;
  const double index[] = {0.8, 1.1, 1.3, 0.8};
  double y[24];
  jv_adjust a;
  for (size_t t = 0; t < 24; t++) y[t] = 100 * index[t % 4];
  assert_true(jv_seasonality_test(y, 24, 4, 1.645));
  assert_ok(&cx, jv_adjust_fit(&cx, y, 24, 4, JV_SEASONAL_AUTO, 12, 1.645, &a));
  assert_true(a.multiplicative);
  for (size_t t = 0; t < 24; t++) {
    assert_near(jv_adjust_index(&a, t), index[t % 4], 1e-14, 1);
    assert_near(jv_adjust_remove(&a, t, y[t]), 100, 1e-14, 1);
  }
  jv_adjust_free(&cx, &a);
  for (size_t t = 0; t < 24; t++) y[t] = 10 * index[t % 4] - 10; /* means zero, changes sign */
  assert_ok(&cx, jv_adjust_fit(&cx, y, 24, 4, JV_SEASONAL_AUTO, 12, 1.645, &a));
  assert_false(a.multiplicative);
  assert_near(jv_adjust_index(&a, 2), 3, 1e-14, 1);
  jv_adjust_free(&cx, &a);
  assert_fails(&cx, jv_adjust_fit(&cx, y, 24, 4, JV_SEASONAL_MULT, 12, 1.645, &a), JV_EDATA,
               "values above zero");
  assert_fails(&cx, jv_adjust_fit(&cx, y, 6, 4, JV_SEASONAL_ADD, 12, 1.645, &a), JV_EDATA,
               "seasonal indices cannot be found");
  for (size_t t = 0; t < 24; t++) y[t] = 0.1;
  assert_false(jv_seasonality_test(y, 24, 4, 1.645));
}

static void naive2_puts_the_season_back(void **state) {
  (void)state;
  const double index[] = {0.8, 1.1, 1.3, 0.8};
  double y[24];
  for (size_t t = 0; t < 24; t++) y[t] = (t < 20 ? 100 : 130) * index[t % 4];
  jv_fit *fit = fit_of(&jv_model_naive2, y, 23, 4);
  jv_forecast *fc = forecast_of(fit, 4);
  assert_string_equal(fit->form, "Naive2, multiplicative season [4]");
  /* the next step is the fourth season; the ratio of two seasons is that of their indices */
  assert_near(fc->mean[0] / fc->mean[2], fc->sd[0] / fc->sd[2] * sqrt(3), 1e-12, 1);
  assert_near(fc->mean[3], y[22], 0.02, 1); /* season 3 again: the last value itself */
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  fit = fit_of(&jv_model_naive2, y, 11, 4); /* fewer than three whole seasons */
  assert_string_equal(fit->form, "Naive2");
  jv_fit_free(&cx, fit);
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(simple_forecasts_agree_with_the_reference),
      cmocka_unit_test(naive_counts_from_the_last_value),
      cmocka_unit_test(one_value_has_no_known_spread),
      cmocka_unit_test(snaive_repeats_the_last_seen_season),
      cmocka_unit_test(drift_is_the_line_through_the_ends),
      cmocka_unit_test(sums_of_paths_have_the_right_spread),
      cmocka_unit_test(classical_indices_find_a_pure_season),
      cmocka_unit_test(naive2_puts_the_season_back),
  };
  return cmocka_run_group_tests_name("simple", tests, NULL, NULL);
}
