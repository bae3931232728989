/* 4Theta: inside the theta models, exact curves, the least error, products, refusals. */
#include "testing.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "model/spec.h"
#include <cjson/cJSON.h>

static jv_ctx cx;

static jv_status try_text(const char *text, const double *y, size_t n, size_t m, jv_fit **fit) {
  jv_model_spec spec;
  assert_ok(&cx, jv_model_spec_parse(&cx, text, &spec));
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test", .seed = 0};
  jv_status status = jv_fit_new(&cx, spec.cls, &sample, spec.opt, fit);
  jv_model_spec_clear(&cx, &spec);
  return status;
}

static jv_fit *fit_text(const char *text, const double *y, size_t n, size_t m) {
  jv_fit *fit = NULL;
  if (try_text(text, y, n, m, &fit) != JV_OK) fail_msg("%s", cx.message);
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  return fc;
}

static void make_line(double *y, size_t n, size_t m, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, NULL, NULL, 0);
  double level = 0;
  for (size_t t = 0; t < n; t++) {
    level += jv_rng_normal(&rng);
    y[t] = 50 + 0.7 * (double)t + level + jv_rng_normal(&rng);
    if (m > 1) y[t] *= t % m == 1 ? 1.5 : 1 - 0.5 / ((double)m - 1);
  }
}

/* Sum, line, theta = 2: the standard theta model from half the start of the theta line. */
static void the_sum_about_a_line_is_theta(void **state) {
  (void)state;
  double y[40], *values = NULL;
  char text[96];
  size_t count;
  const char *const *names;
  make_line(y, 40, 1, 1);
  jv_fit *fit =
      fit_text("fourtheta{theta=2,alpha=0.3,trend=\"linear\",model=\"additive\"}", y, 40, 1);
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  snprintf(text, sizeof text, "stm{alpha=0.3,level=%.17g}", values[0] / 2);
  jv_fit *stm = fit_text(text, y, 40, 1);
  jv_forecast *one = forecast_of(fit, 8), *two = forecast_of(stm, 8);
  for (size_t i = 0; i < 8; i++) {
    assert_near(one->mean[i], two->mean[i], 1e-12, 1);
    assert_near(one->sd[i], sqrt(fit->sigma2 * (1 + 0.09 * (double)i)), 1e-13, 0);
  }
  for (size_t t = 5; t < 40; t++)
    assert_near((values[t] + values[40 + t]) / 2, fit->fitted[t], 1e-13, 1);
  jv_free(&cx, values);
  jv_forecast_free(&cx, one);
  jv_forecast_free(&cx, two);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, stm);
}

/* On an exact exponential every theta line is the series, and smoothing lags behind it: the curve's
 * largest share, two thirds at theta = 3, is best. */
static void on_an_exact_curve_its_share_is_largest(void **state) {
  (void)state;
  double y[30];
  for (size_t t = 0; t < 30; t++) y[t] = exp(1 + 0.05 * (double)(t + 1));
  for (int product = 0; product < 2; product++) {
    jv_fit *fit = fit_text(product ? "fourtheta{trend=\"exponential\",model=\"multiplicative\"}"
                                   : "fourtheta{trend=\"exponential\",model=\"additive\"}",
                           y, 30, 1);
    jv_forecast *fc = forecast_of(fit, 5);
    for (size_t i = 0; i < 5; i++) {
      double curve = exp(1 + 0.05 * (double)(31 + i));
      double want = product ? cbrt(y[29] * curve * curve) : (y[29] + 2 * curve) / 3;
      assert_near(fc->mean[i], want, 1e-3, 0); /* theta to 0.01, alpha up to 0.9999 */
    }
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
}

/* By hand: the product's line, smoothed from a given weight, and put together again. */
static void a_product_by_hand(void **state) {
  (void)state;
  double y[30], sx = 0, tt = 0, tx = 0, *values = NULL;
  size_t count;
  const char *const *names;
  make_line(y, 30, 1, 3);
  for (size_t t = 0; t < 30; t++) sx += log(y[t]) / 30;
  for (size_t t = 0; t < 30; t++) {
    tt += ((double)t - 14.5) * ((double)t - 14.5);
    tx += ((double)t - 14.5) * (log(y[t]) - sx);
  }
  jv_fit *fit = fit_text(
      "fourtheta{theta=2.5,alpha=0.4,trend=\"exponential\",model=\"multiplicative\"}", y, 30, 1);
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  double level = values[0];
  for (size_t t = 0; t < 30; t++) {
    double c = exp(sx + tx / tt * ((double)t - 14.5));
    assert_near(fit->fitted[t], pow(level, 0.4) * pow(c, 0.6), 1e-12, 0);
    level += 0.4 * (pow(y[t], 2.5) * pow(c, -1.5) - level);
  }
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

static double mae_of(const jv_fit *fit) {
  double sum = 0;
  for (size_t t = 0; t < fit->n; t++) sum += fabs(fit->residuals[t]);
  return sum / (double)fit->n;
}

static void the_choice_has_the_least_error(void **state) {
  (void)state;
  static const char *const trends[] = {"linear", "exponential"};
  static const char *const models[] = {"additive", "multiplicative"};
  static const char *const seasons[] = {"additive", "multiplicative"};
  double y[48];
  char text[128];
  make_line(y, 48, 4, 5);
  jv_fit *best = fit_text("fourtheta", y, 48, 4);
  for (size_t k = 0; k < 8; k++) {
    snprintf(text, sizeof text, "fourtheta{trend=\"%s\",model=\"%s\",seasonal=\"%s\"}",
             trends[k & 1], models[k >> 1 & 1], seasons[k >> 2]);
    jv_fit *fit = fit_text(text, y, 48, 4);
    assert_true(mae_of(fit) >= mae_of(best) * (1 - 1e-12));
    for (double theta = 1; theta <= 3; theta += 0.25) {
      snprintf(text, sizeof text, "fourtheta{theta=%g,trend=\"%s\",model=\"%s\",seasonal=\"%s\"}",
               theta, trends[k & 1], models[k >> 1 & 1], seasons[k >> 2]);
      jv_fit *at = fit_text(text, y, 48, 4);
      assert_true(mae_of(at) >= mae_of(fit) * (1 - 1e-12));
      jv_fit_free(&cx, at);
    }
    jv_fit_free(&cx, fit);
  }
  jv_fit_free(&cx, best);
}

/* Paths of a product: one step spreads in proportion, and nothing falls below zero. */
static void a_product_spreads_in_proportion(void **state) {
  (void)state;
  enum { PATHS = 4000 };
  static double paths[PATHS * 3];
  double y[40], square = 0;
  make_line(y, 40, 1, 7);
  jv_fit *fit = fit_text("fourtheta{trend=\"exponential\",model=\"multiplicative\"}", y, 40, 1);
  jv_forecast *fc = forecast_of(fit, 3);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, 3, NULL, PATHS, paths));
  for (size_t k = 0; k < PATHS; k++) {
    square += pow(paths[3 * k] / fc->mean[0] - 1, 2);
    for (size_t i = 0; i < 3; i++) assert_true(paths[3 * k + i] > 0);
  }
  assert_near(sqrt(square / PATHS), sqrt(fit->sigma2), 5 / sqrt(2.0 * PATHS), 0); /* five errors */
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void what_needs_positive_values_says_so(void **state) {
  (void)state;
  double y[20];
  jv_fit *fit = NULL;
  for (size_t t = 0; t < 20; t++) y[t] = (double)t - 5;
  assert_fails(&cx, try_text("fourtheta{model=\"multiplicative\"}", y, 20, 1, &fit), JV_EDATA,
               "above zero");
  assert_fails(&cx, try_text("fourtheta{trend=\"exponential\"}", y, 20, 1, &fit), JV_EDATA,
               "fourtheta: an exponential");
  fit = fit_text("fourtheta", y, 20, 1);
  assert_non_null(strstr(fit->form, "additive, linear"));
  jv_fit_free(&cx, fit);
}

static jv_status explain_one(jv_ctx *c) {
  double y[48];
  make_line(y, 48, 4, 9);
  jv_sample sample = {.y = y, .n = 48, .m = 4, .id = "test"};
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(c, &jv_model_fourtheta, &sample, NULL, &fit);
  cJSON *into = cJSON_CreateObject();
  if (status == JV_OK) status = fit->cls->explain(c, fit, into);
  if (status == JV_OK) assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "trace")), 8);
  cJSON_Delete(into);
  jv_fit_free(c, fit);
  return status;
}

static void it_explains_itself(void **state) {
  (void)state;
  testing_starve(explain_one, 200);
}

static void broken_states_are_refused(void **state) {
  (void)state;
  double y[30];
  char broken[8192], *json;
  make_line(y, 30, 1, 11);
  jv_fit *fit = fit_text("fourtheta{theta=2,alpha=0.5}", y, 30, 1), *back = NULL;
  assert_ok(&cx, jv_fit_save(&cx, fit, &json));
  static const char *const edits[][3] = {{"\"gap\":0", "\"gap\":-1", "impossible state"},
                                         {"\"theta\":2", "\"theta\":null", "impossible 'theta'"}};
  for (size_t k = 0; k < 2; k++) {
    const char *at = strstr(strstr(json, "\"state\""), edits[k][0]);
    assert_non_null(at);
    snprintf(broken, sizeof broken, "%.*s%s%s", (int)(at - json), json, edits[k][1],
             at + strlen(edits[k][0]));
    assert_fails(&cx, jv_fit_load(&cx, broken, strlen(broken), &back), JV_EPARSE, edits[k][2]);
  }
  jv_free(&cx, json);
  jv_fit_free(&cx, fit);
}

static int set_up(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  return jv_registry_new(&cx, &cx.models) != JV_OK;
}

static int tear_down(void **state) {
  (void)state;
  jv_registry_free(&cx, cx.models);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_sum_about_a_line_is_theta),
      cmocka_unit_test(on_an_exact_curve_its_share_is_largest),
      cmocka_unit_test(a_product_by_hand),
      cmocka_unit_test(the_choice_has_the_least_error),
      cmocka_unit_test(a_product_spreads_in_proportion),
      cmocka_unit_test(what_needs_positive_values_says_so),
      cmocka_unit_test(it_explains_itself),
      cmocka_unit_test(broken_states_are_refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
