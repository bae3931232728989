/* Measures of forecast error: R's accuracy(), definitions by hand, missing pairs, zeros. */
#include "testing.h"
#include "conformance.h"
#include "evaluate/metrics.h"
#include "model/builtin.h"

/* ---- against R ---- */

static void check_set(const reference *r, const cJSON *set, const double *actual,
                      const double *forecast, size_t n, jv_scale scale) {
  static const struct {
    const char *name;
    size_t offset;
  } rows[] = {{"ME", offsetof(jv_accuracy, me)},     {"RMSE", offsetof(jv_accuracy, rmse)},
              {"MAE", offsetof(jv_accuracy, mae)},   {"MPE", offsetof(jv_accuracy, mpe)},
              {"MAPE", offsetof(jv_accuracy, mape)}, {"MASE", offsetof(jv_accuracy, mase)}};
  jv_accuracy a = jv_accuracy_of(actual, forecast, n, scale);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    double want = conformance_number(set, rows[i].name), got;
    memcpy(&got, (const char *)&a + rows[i].offset, sizeof got);
    if (isnan(want) && !isfinite(got)) continue; /* the file writes infinities as null too */
    /* 1e-8; percentages and ratios are of order one, errors of the size of y */
    assert_near(got, want, 1e-8, i < 3 ? r->size : 1);
  }
}

static void check_model(const reference *r, const char *block, const jv_model_class *cls) {
  const cJSON *accuracy = conformance_get(r->json, "accuracy");
  const cJSON *answer = accuracy ? conformance_get(accuracy, block) : NULL;
  if (!answer) return;
  jv_ctx cx;
  jv_ctx_init(&cx);
  size_t n = (size_t)conformance_number(accuracy, "train_n");
  jv_sample sample = {.y = r->y, .n = n, .m = r->m};
  jv_scale scale = jv_scale_of(r->y, n, r->m);
  jv_fit *fit;
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_new(&cx, cls, &sample, NULL, &fit));
  assert_ok(&cx, jv_fit_forecast(&cx, fit, r->n - n, NULL, &fc));
  check_set(r, conformance_get(answer, "Training set"), r->y, fit->fitted, n, scale);
  check_set(r, conformance_get(answer, "Test set"), r->y + n, fc->mean, r->n - n, scale);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void check_series(const reference *r) {
  check_model(r, "naive", &jv_model_naive);
  check_model(r, "snaive", &jv_model_snaive);
  check_model(r, "rwf_drift", &jv_model_drift);
}

static void measures_agree_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("simple.json", check_series) >= 10);
}

/* ---- by hand ---- */

static void measures_follow_their_definitions(void **state) {
  (void)state;
  const double y[] = {10, 20, 40}, f[] = {12, 15, 40};
  jv_accuracy a = jv_accuracy_of(y, f, 3, (jv_scale){2, 9});
  assert_near(a.me, 1, 1e-15, 1);
  assert_near(a.mae, 7.0 / 3, 1e-15, 1);
  assert_near(a.rmse, sqrt(29.0 / 3), 1e-15, 1);
  assert_near(a.mpe, (-20 + 25) / 3.0, 1e-15, 1);
  assert_near(a.mape, 45.0 / 3, 1e-15, 1);
  assert_near(a.smape, (400.0 / 22 + 1000.0 / 35) / 3, 1e-15, 1);
  assert_near(a.mase, 7.0 / 6, 1e-15, 1);
  assert_near(a.rmsse, sqrt(29.0 / 27), 1e-15, 1);
  assert_true(a.used == 3 && a.skipped == 0);
  assert_near(jv_owa(10, 2, 20, 1), 1.25, 1e-15, 1);
}

static void missing_pairs_are_left_out_and_counted(void **state) {
  (void)state;
  const double y[] = {10, NAN, 40}, f[] = {12, 15, NAN};
  jv_accuracy a = jv_accuracy_of(y, f, 3, jv_scale_none());
  assert_true(a.used == 1 && a.skipped == 2 && a.mae == 2 && isnan(a.mase));
  a = jv_accuracy_of(y + 1, f, 1, jv_scale_none());
  assert_true(a.used == 0 && a.skipped == 1 && isnan(a.me) && isnan(a.smape) && isnan(a.mape));
  size_t used;
  assert_true(isnan(jv_pinball(y + 1, f, 1, 0.5, &used)) && used == 0);
}

static void zeros_are_as_stated(void **state) {
  (void)state;
  const double y[] = {0, 0, 4}, f[] = {0, 1, 5}, zero[] = {0, 0};
  jv_accuracy a = jv_accuracy_of(y, f, 3, jv_scale_none());
  assert_true(isinf(a.mape) && isinf(a.mpe));
  assert_near(a.smape, (0 + 200 + 200.0 / 9) / 3, 1e-15, 1);
  const double y2[] = {0, 4}, f2[] = {0, 5};
  a = jv_accuracy_of(y2, f2, 2, (jv_scale){0, 0});
  assert_near(a.mape, 25, 1e-15, 1); /* 0/0 is left out */
  assert_true(isinf(a.mase) && isinf(a.rmsse));
  a = jv_accuracy_of(zero, zero, 2, (jv_scale){0, 0});
  assert_true(isnan(a.mase) && a.smape == 0 && isnan(a.mape));
}

static void scales_are_lag_m_errors(void **state) {
  (void)state;
  const double y[] = {1, 2, 4, NAN, 9, 11};
  jv_scale s = jv_scale_of(y, 6, 2); /* 4-1, 9-4 */
  assert_true(s.mae == 4 && s.mse == 17);
  assert_true(isnan(jv_scale_of(y, 2, 2).mae));
  assert_true(isnan(jv_scale_of(y, 1, 2).mse));
}

static void intervals_and_quantiles_score(void **state) {
  (void)state;
  const double y[] = {5, 12, 1, NAN}, lower[] = {4, 4, 4, 4}, upper[] = {10, 10, 10, 10};
  size_t used;
  /* widths 6, and 2/0.2 times 2 above and 3 below */
  assert_near(jv_winkler(y, lower, upper, 4, 80, &used), (18 + 10 * 2 + 10 * 3) / 3.0, 1e-14, 1);
  assert_true(used == 3);
  assert_near(jv_coverage(y, lower, upper, 4, NULL), 1 / 3.0, 1e-15, 1);
  assert_near(jv_coverage(lower, lower, upper, 4, NULL), 1, 0, 1); /* ends belong to it */
  const double q[] = {4, 14, 1, 1};
  assert_near(jv_pinball(y, q, 4, 0.9, &used), (0.9 * 1 + 0.1 * 2 + 0) / 3, 1e-15, 1);
  /* the Winkler score of a level is the two pinball scores of its ends times 2/alpha */
  double both = jv_pinball(y, lower, 3, 0.1, NULL) + jv_pinball(y, upper, 3, 0.9, NULL);
  assert_near(jv_winkler(y, lower, upper, 3, 80, NULL), both * 2 / 0.2, 1e-13, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures_agree_with_the_reference),
      cmocka_unit_test(measures_follow_their_definitions),
      cmocka_unit_test(missing_pairs_are_left_out_and_counted),
      cmocka_unit_test(zeros_are_as_stated),
      cmocka_unit_test(scales_are_lag_m_errors),
      cmocka_unit_test(intervals_and_quantiles_score),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
