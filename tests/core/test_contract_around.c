/* The contract of what lies around every model: each method of intervals, each transformation,
 * regressors, explanations, applying to another series; one test for each pair of model and duty.
 *
 * What a model cannot do it refuses by name: JV_EUNSUPPORTED for a method, JV_EDATA for data. */
#include "contract.h"
#include "model/around.h"
#include <cjson/cJSON.h>

enum { NEAR = 3 }; /* steps ahead */

static jv_common common_of(void) {
  jv_common c;
  jv_common_defaults(&c);
  c.paths = 200;
  c.calibration = 12;
  return c;
}

/* A fit of the standard series with common options, or NULL where it was refused by name. */
static jv_fit *fit_common(bench *b, size_t m, const jv_common *common, jv_status *status) {
  double y[MOST_N];
  size_t n = make_series(m, y);
  jv_sample sample = sample_of(y, n, m);
  jv_fit *fit = NULL;
  sample.common = common;
  *status = jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit);
  if (*status == JV_OK) return fit;
  assert_null(fit);
  check_refusal(b, *status, JV_EUNSUPPORTED);
  return NULL;
}

/* Levels that 10 errors can tell (12 origins, 3 steps): nested, and around the median. */
static void check_narrow(bench *b, jv_forecast *fc, double least, double most) {
  static const double wide[] = {20, 50, 80};
  double lower[3][NEAR], upper[3][NEAR], median;
  for (size_t k = 0; k < 3; k++)
    assert_ok(&b->cx, jv_forecast_interval(&b->cx, fc, wide[k], lower[k], upper[k]));
  for (size_t i = 0; i < fc->h; i++) {
    assert_ok(&b->cx, jv_forecast_quantile(&b->cx, fc, i, 0.5, &median));
    assert_true(lower[0][i] <= median && median <= upper[0][i]);
    for (size_t k = 1; k < 3; k++)
      assert_true(lower[k][i] <= lower[k - 1][i] && upper[k - 1][i] <= upper[k][i]);
    assert_true(lower[2][i] >= least && upper[2][i] <= most);
    assert_true(fc->mean[i] >= least && fc->mean[i] <= most);
  }
}

/* A fit saved and loaded forecasts the same, and draws the same. */
static void check_saved(bench *b, const jv_fit *fit) {
  char *json, *twice;
  jv_fit *back;
  double one[2 * NEAR], two[2 * NEAR], q[2];
  assert_ok(&b->cx, jv_fit_save(&b->cx, fit, &json));
  assert_ok(&b->cx, jv_fit_load(&b->cx, json, strlen(json), &back));
  assert_ok(&b->cx, jv_fit_save(&b->cx, back, &twice));
  assert_string_equal(json, twice);
  jv_forecast *a = forecast(b, fit, NEAR), *c = forecast(b, back, NEAR);
  assert_memory_equal(a->mean, c->mean, NEAR * sizeof *a->mean);
  assert_ok(&b->cx, jv_forecast_quantile(&b->cx, a, 1, 0.8, &q[0]));
  assert_ok(&b->cx, jv_forecast_quantile(&b->cx, c, 1, 0.8, &q[1]));
  assert_true(q[0] == q[1]);
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, NULL, 2, one));
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, back, NEAR, NULL, 2, two));
  assert_memory_equal(one, two, sizeof one);
  jv_forecast_free(&b->cx, a);
  jv_forecast_free(&b->cx, c);
  jv_free(&b->cx, json);
  jv_free(&b->cx, twice);
  jv_fit_free(&b->cx, back);
}

static bool can_have(const jv_model_class *cls, int method) {
  if (method == JV_INTERVAL_SIMULATED || method == JV_INTERVAL_BOOTSTRAP)
    return (cls->tags & JV_TAG_SIMULATE) != 0;
  return method != JV_INTERVAL_ANALYTIC || (cls->tags & JV_TAG_ANALYTIC);
}

/* Steps 1 and 2 of a forecast of 3 are those of a forecast of 2, quantiles and paths too. */
static void check_horizon(bench *b, const jv_fit *fit) {
  double far[2 * NEAR], near[2 * (NEAR - 1)], q[2];
  jv_forecast *a = forecast(b, fit, NEAR), *c = forecast(b, fit, NEAR - 1);
  assert_memory_equal(a->mean, c->mean, (NEAR - 1) * sizeof *a->mean);
  assert_ok(&b->cx, jv_forecast_quantile(&b->cx, a, NEAR - 2, 0.8, &q[0]));
  assert_ok(&b->cx, jv_forecast_quantile(&b->cx, c, NEAR - 2, 0.8, &q[1]));
  assert_true(q[0] == q[1]);
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, NULL, 2, far));
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR - 1, NULL, 2, near));
  for (size_t k = 0; k < 2; k++)
    assert_memory_equal(far + k * NEAR, near + k * (NEAR - 1), (NEAR - 1) * sizeof *far);
  jv_forecast_free(&b->cx, a);
  jv_forecast_free(&b->cx, c);
}

static void every_method_gives_intervals_or_says_no(bench *b) {
  for (int method = JV_INTERVAL_ANALYTIC; method <= JV_INTERVAL_CONFORMAL_ROLLING; method++)
    for (size_t m = 1; m <= 4; m += 3) {
      jv_common common = common_of();
      jv_status status;
      common.interval = method;
      jv_fit *fit = fit_common(b, m, &common, &status);
      assert_int_equal(fit != NULL, can_have(b->cls, method));
      if (!fit) continue;
      jv_forecast *fc = NULL;
      status = jv_fit_forecast(&b->cx, fit, NEAR, NULL, &fc);
      if (status == JV_OK) {
        check_narrow(b, fc, -INFINITY, INFINITY);
        check_horizon(b, fit);
        check_saved(b, fit);
      } else { /* the form chosen may have no closed form */
        assert_int_equal(method, JV_INTERVAL_ANALYTIC);
        check_refusal(b, status, JV_EUNSUPPORTED);
      }
      jv_forecast_free(&b->cx, fc);
      jv_fit_free(&b->cx, fit);
    }
}

/* Where all innovations are zero, all paths are one; a model of models, which draws those of its
 * members together, has others than the normal ones at least. */
static void paths_draw_innovations_from_the_pool(bench *b) {
  double zero[8] = {0}, paths[4 * NEAR], normal[4 * NEAR];
  if (!(b->cls->tags & JV_TAG_SIMULATE) || (b->cls->tags & JV_TAG_ESTIMATION)) return;
  jv_fit *fit = fit_standard(b, 4);
  jv_fit shadow = *fit;
  shadow.pool = zero;
  shadow.n_pool = 8;
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, &shadow, NEAR, NULL, 4, paths));
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, NULL, 4, normal));
  for (size_t i = 0; i < 4 * NEAR; i++) assert_true(paths[i] != normal[i]);
  bool members = jv_option_known(&b->cx, "", b->cls->options, "models") == JV_OK ||
                 strcmp(b->cls->name, "auto") == 0;
  for (size_t i = 0; i < 4 * NEAR && !members; i++)
    assert_near(paths[i], paths[i % NEAR], 1e-12, 1);
  jv_fit_free(&b->cx, fit);
}

/* Maps of y, with the bounds that they promise. */
static jv_common transformation(size_t k, double *least, double *most) {
  jv_common c = common_of();
  *least = -INFINITY;
  *most = INFINITY;
  if (k == 0) c.lambda.choice = JV_LAMBDA_LOG;
  if (k == 1) c.lambda.number = 0.5;
  if (k == 2) c.lambda.choice = JV_LAMBDA_GUERRERO;
  if (k == 3) *least = c.lower = 50;
  if (k == 4) *most = c.upper = 300;
  if (k == 5) {
    *least = c.lower = 50;
    *most = c.upper = 300;
  }
  if (k == 6) c.positive = 1;
  if (k == 0 || k == 6) *least = 0;
  return c;
}
enum { TRANSFORMATIONS = 7 };

/* Fitted values and residuals in the unit of y, and after an update too. */
static void check_shown(bench *b, jv_fit *fit) {
  double y[MOST_N];
  const double next[] = {125, 130};
  size_t n = make_series(fit->m, y), known = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(fit->fitted[t])) continue;
    known++;
    assert_near(fit->residuals[t], y[t] - fit->fitted[t], 1e-12, 100);
    assert_true(fit->fitted[t] > 20 && fit->fitted[t] < 500);
  }
  assert_true(known + 2 * fit->m + 2 >= n);
  if (!b->cls->update) return;
  assert_ok(&b->cx, jv_fit_update(&b->cx, fit, next, NULL, 2));
  assert_int_equal(fit->n, n + 2);
  for (size_t t = n; t < n + 2; t++)
    assert_near(fit->residuals[t], next[t - n] - fit->fitted[t], 1e-12, 100);
}

static void every_transformation_comes_back(bench *b) {
  for (size_t k = 0; k < TRANSFORMATIONS; k++)
    for (size_t m = 1; m <= 4; m += 3) {
      double least, most, paths[20 * NEAR];
      jv_common common = transformation(k, &least, &most);
      jv_status status;
      jv_fit *fit = fit_common(b, m, &common, &status);
      if (!fit) { /* a scale on which there are values below zero */
        assert_true(b->cls->tags & JV_TAG_POSITIVE);
        continue;
      }
      jv_forecast *fc = forecast(b, fit, NEAR);
      bool points = jv_forecast_complete(&b->cx, fc) == JV_OK && fc->dist == JV_DIST_POINT;
      assert_true(fc->mean_is_median);
      if (!points) check_narrow(b, fc, least, most);
      if (!points) check_saved(b, fit);
      if (!points) assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, NULL, 20, paths));
      for (size_t i = 0; i < 20 * NEAR && !points; i++)
        assert_true(paths[i] >= least && paths[i] <= most);
      check_shown(b, fit);
      jv_forecast_free(&b->cx, fc);
      jv_fit_free(&b->cx, fit);
    }
}

/* The mean of a convex map lies above its median; 1 % less where the median is that of skewed paths. */
static void biases_are_adjusted_upwards(bench *b) {
  jv_common common = common_of();
  jv_status status;
  common.lambda.choice = JV_LAMBDA_LOG;
  jv_fit *plain = fit_common(b, 4, &common, &status);
  common.bias_adjust = 1;
  jv_fit *fit = fit_common(b, 4, &common, &status);
  assert_int_equal(fit != NULL, plain != NULL);
  if (!fit) return;
  jv_forecast *fc = NULL, *medians = forecast(b, plain, NEAR);
  status = jv_fit_forecast(&b->cx, fit, NEAR, NULL, &fc);
  if (status != JV_OK) check_refusal(b, status, JV_EUNSUPPORTED);
  for (size_t i = 0; i < NEAR && status == JV_OK; i++)
    assert_true(fc->mean[i] >= 0.99 * medians->mean[i] && fc->mean[i] < 1.5 * medians->mean[i]);
  jv_forecast_free(&b->cx, fc);
  jv_forecast_free(&b->cx, medians);
  jv_fit_free(&b->cx, fit);
  jv_fit_free(&b->cx, plain);
}

static void parameters_are_uncertain_or_it_says_no(bench *b) {
  jv_common common = common_of();
  jv_status status;
  double paths[4 * NEAR], again[4 * NEAR];
  common.parameter_uncertainty = 1;
  common.paths = 20;
  jv_fit *fit = fit_common(b, 4, &common, &status);
  bool can = b->cls->apply && (b->cls->tags & JV_TAG_SIMULATE);
  assert_int_equal(fit != NULL, can || (b->cls->tags & JV_TAG_ESTIMATION));
  if (!fit) return;
  status = jv_fit_simulate(&b->cx, fit, NEAR, NULL, 4, paths);
  if (status != JV_OK) { /* a member that cannot */
    assert_int_equal(status, JV_EUNSUPPORTED);
    check_refusal(b, status, JV_EUNSUPPORTED);
    jv_fit_free(&b->cx, fit);
    return;
  }
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, NULL, 4, again));
  assert_memory_equal(paths, again, sizeof paths);
  for (size_t i = 0; i < 4 * NEAR; i++) assert_true(paths[i] > 0 && paths[i] < 500);
  jv_forecast *fc = forecast(b, fit, NEAR);
  check_narrow(b, fc, -INFINITY, INFINITY);
  jv_forecast_free(&b->cx, fc);
  jv_fit_free(&b->cx, fit);
}

/* With its own parameters a model on its own sample is what it was; on the start of it, what it was
 * there. */
static void applied_to_its_own_sample_it_is_the_same(bench *b) {
  double y[MOST_N];
  if (!b->cls->apply) return;
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    jv_fit *fit = fit_series(b, y, n, m), *again = NULL;
    jv_sample sample = sample_of(y, n, m);
    jv_status status = jv_fit_apply(&b->cx, fit, &sample, &again);
    if (status == JV_EUNSUPPORTED) { /* a member that cannot */
      check_refusal(b, status, JV_EUNSUPPORTED);
      jv_fit_free(&b->cx, fit);
      continue;
    }
    assert_ok(&b->cx, status);
    jv_forecast *a = forecast(b, fit, NEAR), *c = forecast(b, again, NEAR);
    for (size_t i = 0; i < NEAR; i++) /* 1e-9: the order of sums */
      assert_near(c->mean[i], a->mean[i], 1e-9, 1);
    for (size_t t = 0; t < n; t++) assert_near(again->fitted[t], fit->fitted[t], 1e-9, 1);
    assert_near(again->sigma2, fit->sigma2, 1e-12, 0);
    jv_forecast_free(&b->cx, a);
    jv_forecast_free(&b->cx, c);
    jv_fit_free(&b->cx, again);
    jv_fit_free(&b->cx, fit);
  }
}

/* Of these the past is seen anew from all observations: a decomposition, seeds by least squares. */
static bool looks_back(const jv_model_class *cls) {
  static const char *const names[] = {"bats", "tbats", "stl+"};
  for (size_t i = 0; i < 3; i++)
    if (strcmp(cls->name, names[i]) == 0) return true;
  return false;
}

/* Taking new observations is the same as the model, its parameters held, on all of them. */
static void update_is_a_fit_with_parameters_held(bench *b) {
  double y[MOST_N];
  if (!b->cls->apply || !b->cls->update) return;
  EACH_SEASON(m) {
    size_t n = make_series(m, y), known = n - 3;
    jv_fit *fit = fit_series(b, y, known, m), *whole = NULL;
    jv_sample sample = sample_of(y, n, m);
    jv_status status = jv_fit_apply(&b->cx, fit, &sample, &whole);
    if (status == JV_EUNSUPPORTED) { /* a member that cannot */
      jv_fit_free(&b->cx, fit);
      continue;
    }
    assert_ok(&b->cx, status);
    assert_ok(&b->cx, jv_fit_update(&b->cx, fit, y + known, NULL, n - known));
    jv_forecast *a = forecast(b, fit, NEAR), *c = forecast(b, whole, NEAR);
    double tolerance = looks_back(b->cls) ? 0.02 : 1e-9; /* the noise of y; the order of sums */
    for (size_t i = 0; i < NEAR; i++) assert_near(a->mean[i], c->mean[i], tolerance, 1);
    for (size_t t = 0; t < n && !looks_back(b->cls); t++)
      assert_near(fit->fitted[t], whole->fitted[t], 1e-9, 1);
    jv_forecast_free(&b->cx, a);
    jv_forecast_free(&b->cx, c);
    jv_fit_free(&b->cx, whole);
    jv_fit_free(&b->cx, fit);
  }
}

/* Two regressors, one of them what moves y. */
static void regressors_as_tagged(bench *b) {
  double y[MOST_N], x[2 * (MOST_N + NEAR)], paths[2 * NEAR];
  size_t n = make_series(4, y);
  jv_rng rng = jv_rng_keyed(11, "regressors", NULL, 0);
  for (size_t i = 0; i < 2 * (n + NEAR); i++) x[i] = jv_rng_normal(&rng);
  for (size_t t = 0; t < n; t++) y[t] += 20 * x[2 * t];
  jv_sample sample = sample_of(y, n, 4);
  sample.x = x;
  sample.k = 2;
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit);
  if (!(b->cls->tags & JV_TAG_REGRESSORS)) {
    check_refusal(b, status, JV_EUNSUPPORTED);
    return;
  }
  assert_ok(&b->cx, status);
  double *future = x + 2 * n, q, up[NEAR];
  jv_forecast *fc = NULL;
  assert_int_equal(jv_fit_forecast(&b->cx, fit, NEAR, NULL, &fc), JV_EINVAL);
  assert_ok(&b->cx, jv_fit_forecast(&b->cx, fit, NEAR, future, &fc));
  assert_ok(&b->cx, jv_forecast_quantile(&b->cx, fc, 0, 0.9, &q));
  memcpy(up, fc->mean, sizeof up);
  jv_forecast_free(&b->cx, fc);
  future[0] += 1;
  assert_ok(&b->cx, jv_fit_forecast(&b->cx, fit, NEAR, future, &fc));
  assert_true(fc->mean[0] - up[0] > 10); /* 20 but for its error */
  jv_forecast_free(&b->cx, fc);
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, NEAR, future, 2, paths));
  char *json;
  jv_fit *back;
  assert_ok(&b->cx, jv_fit_save(&b->cx, fit, &json));
  assert_ok(&b->cx, jv_fit_load(&b->cx, json, strlen(json), &back));
  assert_int_equal(back->k, 2);
  jv_free(&b->cx, json);
  jv_fit_free(&b->cx, back);
  if (b->cls->update) assert_ok(&b->cx, jv_fit_update(&b->cx, fit, y, future, 1));
  future[1] = NAN;
  assert_int_equal(jv_fit_simulate(&b->cx, fit, NEAR, future, 2, paths), JV_EDATA);
  jv_fit_free(&b->cx, fit);
}

/* Steps are sentences, coefficients have names and estimates, a trace has rows. */
static void check_members(const cJSON *e) {
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(e, "steps"))
      assert_true(cJSON_IsString(item) && item->valuestring[0]);
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(e, "coefficients")) {
    assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "name")));
    assert_non_null(cJSON_GetObjectItem(item, "estimate"));
    assert_non_null(cJSON_GetObjectItem(item, "se"));
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(e, "trace")) assert_true(cJSON_IsObject(item));
}

static void it_explains_itself(bench *b) {
  double least, most;
  for (size_t k = 0; k < 2; k++) {
    jv_common common = transformation(5, &least, &most);
    jv_status status = JV_OK;
    jv_fit *fit = k ? fit_common(b, 4, &common, &status) : fit_standard(b, 4);
    if (!fit) continue;
    cJSON *e = cJSON_CreateObject();
    assert_ok(&b->cx, jv_fit_explain(&b->cx, fit, e));
    assert_string_equal(cJSON_GetObjectItem(e, "model")->valuestring, b->cls->name);
    assert_string_equal(cJSON_GetObjectItem(e, "form")->valuestring, fit->form);
    assert_true(cJSON_IsObject(cJSON_GetObjectItem(e, "numbers")));
    assert_true(cJSON_GetArraySize(e) > 4);
    assert_int_equal(k, cJSON_GetObjectItem(e, "common") != NULL);
    check_members(e);
    cJSON_Delete(e);
    jv_fit_free(&b->cx, fit);
  }
}

static const duty duties[] = {
#define DUTY(name)                                                                                 \
  { #name, name }
    DUTY(every_method_gives_intervals_or_says_no),
    DUTY(paths_draw_innovations_from_the_pool),
    DUTY(every_transformation_comes_back),
    DUTY(biases_are_adjusted_upwards),
    DUTY(parameters_are_uncertain_or_it_says_no),
    DUTY(applied_to_its_own_sample_it_is_the_same),
    DUTY(update_is_a_fit_with_parameters_held),
    DUTY(regressors_as_tagged),
    DUTY(it_explains_itself),
#undef DUTY
};

int main(int argc, char **argv) {
  return run_contract("contract around the models", duties, sizeof duties / sizeof *duties, argc,
                      argv);
}
