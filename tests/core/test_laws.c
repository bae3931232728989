/* Laws between families: what one model says must follow from another, or from a closed form. */
#include "testing.h"
#include "model/registry.h"
#include "model/smooth.h"
#include "model/spec.h"

static jv_ctx cx;

enum { N = 40 };

static void make_series(double y[N]) {
  jv_rng rng = jv_rng_keyed(21, NULL, NULL, 0);
  for (size_t t = 0; t < N; t++)
    y[t] = 30 + 0.4 * (double)t + 4 * (double)(t % 4) + 2 * jv_rng_normal(&rng);
}

/* A fit of a model as it is typed. */
static jv_fit *fit_of(const char *model, const double *y, size_t n, size_t m) {
  jv_model_spec spec;
  jv_fit *fit = NULL;
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "law"};
  if (jv_model_spec_parse(&cx, model, &spec) != JV_OK ||
      jv_fit_new(&cx, spec.cls, &sample, spec.opt, &fit) != JV_OK)
    fail_msg("%s: %s", model, cx.message);
  jv_model_spec_clear(&cx, &spec);
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  if (jv_fit_forecast(&cx, fit, h, NULL, &fc) != JV_OK) fail_msg("%s", cx.message);
  return fc;
}

/* Means of both agree at every step, to the tolerance. */
static void check_same(const jv_fit *a, const jv_fit *b, double tol) {
  jv_forecast *x = forecast_of(a, 8), *z = forecast_of(b, 8);
  for (size_t i = 0; i < 8; i++) assert_near(x->mean[i], z->mean[i], tol, 1);
  jv_forecast_free(&cx, x);
  jv_forecast_free(&cx, z);
}

static double sum_of_squares(const jv_fit *fit) {
  double sum = 0;
  for (size_t t = 0; t < fit->n; t++) sum += fit->residuals[t] * fit->residuals[t];
  return sum;
}

/* l[n] = sum alpha (1-alpha)^j y[n-j] + (1-alpha)^n l[0]; variance sigma^2 (1 + (h-1) alpha^2). */
static void smoothing_weights_fall_geometrically(void **state) {
  (void)state;
  double y[N], alpha = 0.3, level = 0;
  make_series(y);
  jv_fit *fit = fit_of("ses{alpha=0.3}", y, N, 1);
  jv_forecast *fc = forecast_of(fit, 5);
  for (size_t j = 0; j < N; j++) level += alpha * pow(1 - alpha, (double)j) * y[N - 1 - j];
  level += pow(1 - alpha, N) * fit->fitted[0];
  for (size_t i = 0; i < 5; i++) {
    assert_near(fc->mean[i], level, 1e-13, 1); /* some forty roundings */
    assert_near(fc->sd[i], fc->sd[0] * sqrt(1 + (double)i * alpha * alpha), 1e-12, 1);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* The ETS engine searches, theta's smoothing solves: the same least squares. */
static void two_ways_to_smooth_agree(void **state) {
  (void)state;
  double y[N];
  make_series(y);
  jv_fit *given = fit_of("ses{alpha=0.3}", y, N, 1), *free_fit = fit_of("ses", y, N, 1);
  double floor = jv_smooth_fit(y, N, 0.3, NAN).sse;
  assert_true(sum_of_squares(given) >= floor * (1 - 1e-12));
  assert_near(sum_of_squares(given), floor, 1e-8, 1); /* where the search is content */
  /* alpha itself is known to the root of the precision of its sum of squares */
  jv_smooth best = jv_smooth_fit(y, N, NAN, NAN);
  assert_near(sum_of_squares(free_fit), best.sse, 1e-8, 1);
  jv_forecast *fc = forecast_of(free_fit, 1);
  assert_near(fc->mean[0], best.level, 1e-4, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, given);
  jv_fit_free(&cx, free_fit);
}

/* A series that reads the same from both ends has no slope. */
static void theta_without_slope_is_smoothing(void **state) {
  (void)state;
  double y[N];
  make_series(y);
  for (size_t t = 0; t < N / 2; t++) y[N - 1 - t] = y[t];
  jv_fit *theta = fit_of("theta{alpha=0.3}", y, N, 1), *ses = fit_of("ses{alpha=0.3}", y, N, 1);
  check_same(theta, ses, 1e-9); /* the start of ses is searched for */
  jv_fit_free(&cx, theta);
  jv_fit_free(&cx, ses);
}

static void one_season_is_no_season(void **state) {
  (void)state;
  double y[N];
  make_series(y);
  jv_fit *a = fit_of("snaive", y, N, 1), *b = fit_of("naive", y, N, 1),
         *c = fit_of("naive2", y, N, 1);
  check_same(a, b, 0);
  check_same(b, c, 0);
  assert_true(a->sigma2 == b->sigma2 && b->sigma2 == c->sigma2);
  jv_fit_free(&cx, a);
  jv_fit_free(&cx, b);
  jv_fit_free(&cx, c);
}

/* Models without parameters of the mean: updating is fitting the whole. */
static void update_is_fitting_the_whole(void **state) {
  (void)state;
  static const char *const models[] = {"naive", "snaive", "naive2{seasonal=none}"};
  double y[N];
  make_series(y);
  y[N - 3] = NAN;
  for (size_t k = 0; k < 3; k++) {
    jv_fit *whole = fit_of(models[k], y, N, 4), *part = fit_of(models[k], y, N - 9, 4);
    assert_ok(&cx, jv_fit_update(&cx, part, y + N - 9, NULL, 9));
    check_same(whole, part, 0);
    assert_memory_equal(whole->fitted, part->fitted, N * sizeof *y);
    jv_fit_free(&cx, whole);
    jv_fit_free(&cx, part);
  }
}

/* The same weight and start, the state goes on as if all had been there. */
static void theta_goes_on_with_its_parameters(void **state) {
  (void)state;
  double y[N], level, lag;
  make_series(y);
  jv_fit *fit = fit_of("theta{alpha=0.3,level=30,seasonal=none}", y, N - 5, 4);
  jv_forecast *fc = forecast_of(fit, 2);
  double drift = fc->mean[1] - fc->mean[0];
  jv_forecast_free(&cx, fc);
  assert_ok(&cx, jv_fit_update(&cx, fit, y + N - 5, NULL, 5));
  level = jv_smooth_fit(y, N, 0.3, 30).level;
  lag = drift * (1 - pow(0.7, N)) / 0.3;
  fc = forecast_of(fit, 3);
  for (size_t i = 0; i < 3; i++)
    assert_near(fc->mean[i], level + lag + (double)i * drift, 1e-12, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void drift_is_naive_and_a_line(void **state) {
  (void)state;
  double y[N];
  make_series(y);
  jv_fit *fit = fit_of("drift", y, N, 1);
  jv_forecast *fc = forecast_of(fit, 8);
  for (size_t i = 0; i < 8; i++)
    assert_near(fc->mean[i], y[N - 1] + (double)(i + 1) * (y[N - 1] - y[0]) / (N - 1), 1e-14, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

int main(void) {
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &cx.models) != JV_OK) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(smoothing_weights_fall_geometrically),
      cmocka_unit_test(two_ways_to_smooth_agree),
      cmocka_unit_test(theta_without_slope_is_smoothing),
      cmocka_unit_test(one_season_is_no_season),
      cmocka_unit_test(update_is_fitting_the_whole),
      cmocka_unit_test(theta_goes_on_with_its_parameters),
      cmocka_unit_test(drift_is_naive_and_a_line),
  };
  int failed = cmocka_run_group_tests_name("laws", tests, NULL, NULL);
  jv_registry_free(&cx, cx.models);
  return failed;
}
