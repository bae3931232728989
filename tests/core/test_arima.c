/* The family arima: laws, options, regressors, save and load, explanation, the automatic choice. */
#include "base/rng.h"
#include "model/arima_model.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "testing.h"
#include <cjson/cJSON.h>

static jv_ctx cx;

enum { N = 96 };

static void make(double *y) {
  jv_rng rng = jv_rng_keyed(21, NULL, NULL, 0);
  double level = 50;
  for (size_t t = 0; t < N; t++) {
    level += 0.3 + jv_rng_normal(&rng);
    y[t] = level + 8 * (double)(t % 4 == 1) + jv_rng_normal(&rng);
  }
}

static jv_status fit_of(const double *y, size_t m, const double *x, size_t k, const char *order,
                        const char *seasonal, jv_fit **fit) {
  jv_arima_options opt;
  jv_option_defaults(jv_model_arima.options, &opt);
  snprintf(opt.order, sizeof opt.order, "%s", order);
  snprintf(opt.seasonal, sizeof opt.seasonal, "%s", seasonal);
  jv_sample sample = {.y = y, .n = N, .m = m, .x = x, .k = k};
  return jv_fit_new(&cx, &jv_model_arima, &sample, &opt, fit);
}

static const jv_arima_estimate *estimate_of(const jv_fit *fit) {
  return ((const jv_arima_fitted *)fit->state)->estimate;
}

/* Simple exponential smoothing is ARIMA(0,1,1) with theta = alpha - 1: same forecast at the same
 * weight once the start is forgotten. */
static void smoothing_is_arima_011(void **state) {
  (void)state;
  double y[N];
  make(y);
  jv_fit *fit;
  jv_forecast *fc;
  assert_ok(&cx, fit_of(y, 1, NULL, 0, "0,1,1", "", &fit));
  double alpha = 1 + estimate_of(fit)->coef[0], level = y[0];
  assert_true(alpha > 0.2 && alpha < 1.2);
  for (size_t t = 1; t < N; t++) level += alpha * (y[t] - level);
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 3, NULL, &fc));
  for (size_t i = 0; i < 3; i++) {
    assert_near(fc->mean[i], level, 1e-8, 100); /* (1 - alpha)^95 of the start */
    assert_near(fc->sd[i], sqrt(fit->sigma2 * (1 + (double)i * alpha * alpha)), 1e-8, 10);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void a_walk_with_drift_is_the_line(void **state) {
  (void)state;
  double y[N];
  make(y);
  jv_arima_options opt;
  jv_option_defaults(jv_model_arima.options, &opt);
  snprintf(opt.order, sizeof opt.order, "0,1,0");
  opt.drift = 1;
  jv_sample sample = {.y = y, .n = N, .m = 1};
  jv_fit *fit;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_arima, &sample, &opt, &fit));
  const jv_arima_estimate *e = estimate_of(fit);
  double slope = (y[N - 1] - y[0]) / (N - 1), ss = 0;
  for (size_t t = 1; t < N; t++) ss += pow(y[t] - y[t - 1] - slope, 2);
  assert_near(e->coef[0], slope, 1e-12, 1);
  assert_near(fit->sigma2, ss / (N - 2), 1e-12, 1);
  assert_near(e->se[0], sqrt(ss) / (N - 1), 1e-12, 1);
  assert_string_equal(fit->form, "ARIMA(0,1,0) with drift");
  jv_fit_free(&cx, fit);
}

/* A pulse and a wave of known size come back, and their future values move the forecast. */
static void regressors_come_back(void **state) {
  (void)state;
  double y[N], x[2 * N], ahead[] = {1, 0, 0, 0}, plain[] = {0, 0, 0, 0};
  jv_fit *fit, *back;
  jv_forecast *with, *without;
  char *json;
  make(y);
  for (size_t t = 0; t < N; t++) {
    x[2 * t] = t % 7 == 3;
    x[2 * t + 1] = sin((double)t);
    y[t] += 30 * x[2 * t] - 5 * x[2 * t + 1];
  }
  y[11] = NAN;
  assert_ok(&cx, fit_of(y, 4, x, 2, "0,1,1", "0,1,1", &fit));
  const jv_arima_estimate *e = estimate_of(fit);
  assert_true(fabs(e->coef[2] - 30) < 4 * e->se[2] && e->se[2] < 1);
  assert_true(fabs(e->coef[3] + 5) < 4 * e->se[3] && e->se[3] < 1);
  assert_string_equal(fit->form, "Regression with ARIMA(0,1,1)(0,1,1)[4] errors");
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 2, ahead, &with));
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 2, plain, &without));
  assert_near(with->mean[0] - without->mean[0], e->coef[2], 1e-10, 100);
  assert_near(with->mean[1], without->mean[1], 1e-12, 100);
  jv_forecast_free(&cx, without);
  assert_ok(&cx, jv_fit_save(&cx, fit, &json));
  assert_ok(&cx, jv_fit_load(&cx, json, strlen(json), &back));
  assert_ok(&cx, jv_fit_forecast(&cx, back, 2, ahead, &without));
  assert_memory_equal(with->mean, without->mean, 2 * sizeof *with->mean);
  assert_memory_equal(with->sd, without->sd, 2 * sizeof *with->sd);
  jv_free(&cx, json);
  jv_forecast_free(&cx, with);
  jv_forecast_free(&cx, without);
  jv_fit_free(&cx, back);
  jv_fit_free(&cx, fit);
}

/* Sample paths have the moments of the forecast, where the state is uncertain too. */
static void paths_have_the_moments(void **state) {
  (void)state;
  enum { PATHS = 4000, H = 6 };
  static double y[N], paths[PATHS * H];
  jv_fit *fit;
  jv_forecast *fc;
  make(y);
  y[N - 1] = y[N - 2] = NAN;
  assert_ok(&cx, fit_of(y, 4, NULL, 0, "1,1,1", "0,1,1", &fit));
  assert_ok(&cx, jv_fit_forecast(&cx, fit, H, NULL, &fc));
  assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, PATHS, paths));
  for (size_t i = 0; i < H; i++) {
    double sum = 0, ss = 0;
    for (size_t k = 0; k < PATHS; k++) sum += paths[k * H + i] / PATHS;
    for (size_t k = 0; k < PATHS; k++) ss += pow(paths[k * H + i] - sum, 2) / PATHS;
    assert_near(sum, fc->mean[i], 0.08, fc->sd[i]); /* five standard errors */
    assert_near(sqrt(ss), fc->sd[i], 0.06, fc->sd[i]);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void what_makes_no_sense_is_refused(void **state) {
  (void)state;
  double y[N], x[N];
  jv_fit *fit;
  make(y);
  for (size_t t = 0; t < N; t++) x[t] = 3;
  assert_fails(&cx, fit_of(y, 1, NULL, 0, "1,1", "", &fit), JV_EINVAL,
               "arima: option 'order' is three numbers of 0 to 200 such as \"1,1,1\", got \"1,1\"");
  assert_fails(&cx, fit_of(y, 4, NULL, 0, "", "1,0,0", &fit), JV_EINVAL,
               "arima: option 'seasonal'");
  assert_fails(&cx, fit_of(y, 1, NULL, 0, "1,0,0", "1,0,0", &fit), JV_EDATA,
               "arima: a seasonal order needs a seasonal period above 1, got 1");
  assert_fails(&cx, fit_of(y, 1, x, 1, "0,1,1", "", &fit), JV_EDATA,
               "arima: regressor 1 is zero or a combination of those before it once differenced");
  jv_arima_options opt;
  jv_option_defaults(jv_model_arima.options, &opt);
  snprintf(opt.order, sizeof opt.order, "0,2,1");
  opt.drift = 1;
  assert_fails(&cx, jv_model_arima.check(&cx, &opt), JV_EINVAL,
               "arima: a drift needs d + D = 1, got 2");
}

/* ---- the choice ---- */

static void the_choice_explains_itself(void **state) {
  (void)state;
  double y[N];
  jv_fit *fit;
  make(y);
  assert_ok(&cx, fit_of(y, 4, NULL, 0, "", "", &fit));
  const jv_arima_fitted *s = fit->state;
  double best = INFINITY;
  for (size_t i = 0; i < s->choice.n_trials; i++) best = fmin(best, s->choice.trials[i].criterion);
  assert_true(s->choice.n_trials > 10);
  assert_true(fit->aicc <= best + 1e-3); /* the winner is estimated once more, from more starts */
  cJSON *into = cJSON_CreateObject();
  assert_ok(&cx, jv_model_arima.explain(&cx, fit, into));
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "trace")), (int)s->choice.n_trials);
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "coefficients")),
                   (int)fit->n_params - 1);
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "steps")), 4);
  cJSON_Delete(into);
  jv_fit_free(&cx, fit);
  assert_ok(&cx, fit_of(y, 4, NULL, 0, "", "none", &fit));
  assert_int_equal(estimate_of(fit)->order.P + estimate_of(fit)->order.D, 0);
  jv_fit_free(&cx, fit);
}

/* More candidates cannot make the criterion worse. */
static void all_orders_are_no_worse_than_steps(void **state) {
  (void)state;
  double y[N], aicc[2];
  make(y);
  for (int both = 0; both < 2; both++) {
    jv_arima_options opt;
    jv_option_defaults(jv_model_arima.options, &opt);
    if (!both) opt.stepwise = 1;
    jv_sample sample = {.y = y, .n = N, .m = 4};
    jv_fit *fit;
    assert_ok(&cx, jv_fit_new(&cx, &jv_model_arima, &sample, &opt, &fit));
    aicc[both] = fit->aicc;
    jv_fit_free(&cx, fit);
  }
  assert_true(aicc[1] <= aicc[0] + 1e-3);
}

/* From the fewest observations on there is an answer, and intervals as soon as there is a spread. */
static void short_series_are_guarded(void **state) {
  (void)state;
  double y[N];
  make(y);
  for (size_t n = jv_model_arima.min_n; n <= 20; n++)
    for (size_t m = 1; m <= 12; m += 11) {
      jv_sample sample = {.y = y, .n = n, .m = m};
      jv_fit *fit;
      jv_forecast *fc;
      assert_ok(&cx, jv_fit_new(&cx, &jv_model_arima, &sample, NULL, &fit));
      assert_ok(&cx, jv_fit_forecast(&cx, fit, 14, NULL, &fc));
      assert_true(n < 3 || isfinite(fc->sd[0]));
      assert_true(estimate_of(fit)->k <= n / 3 + 1);
      jv_forecast_free(&cx, fc);
      jv_fit_free(&cx, fit);
    }
}

int main(void) {
  jv_ctx_init(&cx);
  jv_registry *models = NULL;
  if (jv_registry_new(&cx, &models) != JV_OK) return 1;
  cx.models = models;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(smoothing_is_arima_011),
      cmocka_unit_test(a_walk_with_drift_is_the_line),
      cmocka_unit_test(regressors_come_back),
      cmocka_unit_test(paths_have_the_moments),
      cmocka_unit_test(what_makes_no_sense_is_refused),
      cmocka_unit_test(the_choice_explains_itself),
      cmocka_unit_test(all_orders_are_no_worse_than_steps),
      cmocka_unit_test(short_series_are_guarded),
  };
  int failed = cmocka_run_group_tests_name("arima", tests, NULL, NULL);
  jv_registry_free(&cx, models);
  return failed;
}
