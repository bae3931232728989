/* What lies around every model: transformations against R and by hand, conformal and bootstrapped
 * intervals by brute force, parameter uncertainty, updates, saving, lack of memory. */
#include "testing.h"
#include "conformance.h"
#include "model/around.h"
#include "model/builtin.h"
#include "model/conformal.h"
#include "model/registry.h"
#include "numeric/summary.h"

enum { N = 40, H = 6 };

static jv_ctx cx;
static double y[N];

/* Above zero, growing, with noise of 5 %. */
static int setup(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(3, "around", NULL, 0);
  for (size_t t = 0; t < N; t++) y[t] = exp(3 + 0.02 * (double)t + 0.05 * jv_rng_normal(&rng));
  return 0;
}

static jv_common common_of(void) {
  jv_common c;
  jv_common_defaults(&c);
  return c;
}

static jv_sample sample_of(const double *v, size_t n, const jv_common *common) {
  return (jv_sample){.y = v, .n = n, .m = 1, .id = "around", .common = common};
}

static jv_fit *fit_with(const jv_model_class *cls, const jv_common *common) {
  jv_sample sample = sample_of(y, N, common);
  jv_fit *fit = NULL;
  assert_ok(&cx, jv_fit_new(&cx, cls, &sample, NULL, &fit));
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  return fc;
}

static double quantile_of(jv_forecast *fc, size_t step, double p) {
  double q = NAN;
  assert_ok(&cx, jv_forecast_quantile(&cx, fc, step, p, &q));
  return q;
}

/* ---- maps ---- */

static const jv_map maps[] = {
    {JV_MAP_NONE, NAN, NAN, NAN, false},    {JV_MAP_BOXCOX, 0, NAN, NAN, false},
    {JV_MAP_BOXCOX, 0.3, NAN, NAN, false},  {JV_MAP_BOXCOX, 0.3, NAN, NAN, true},
    {JV_MAP_BOXCOX, -0.7, NAN, NAN, false}, {JV_MAP_BOXCOX, 1.5, NAN, NAN, false},
    {JV_MAP_LOWER, NAN, -5, NAN, false},    {JV_MAP_UPPER, NAN, NAN, 1000, false},
    {JV_MAP_LOGIT, NAN, -5, 1000, false}};
enum { MAPS = sizeof maps / sizeof maps[0] };

static void maps_rise_and_come_back(void **state) {
  (void)state;
  double z[N];
  for (size_t k = 0; k < MAPS; k++) {
    assert_ok(&cx, jv_map_forward(&cx, "x", &maps[k], y, N, 0, z));
    for (size_t t = 0; t < N; t++) {
      assert_near(jv_map_inverse(&maps[k], z[t]), y[t], 1e-12,
                  1000); /* of the scale of the bounds */
      for (size_t u = 0; u < t; u++) assert_int_equal(z[t] > z[u], y[t] > y[u]);
    }
  }
}

static void maps_never_leave_their_bounds(void **state) {
  (void)state;
  for (size_t k = 0; k < MAPS; k++) {
    double last = -INFINITY;
    for (double z = -1000; z <= 1000; z += 0.5) {
      double v = jv_map_inverse(&maps[k], z);
      assert_true(v >= last);
      last = v;
      if (!isnan(maps[k].lower)) assert_true(v >= maps[k].lower);
      if (!isnan(maps[k].upper)) assert_true(v <= maps[k].upper);
      if (maps[k].positive) assert_true(v >= 0);
    }
  }
  assert_true(isinf(jv_map_inverse(&maps[4], 2))); /* -1/lambda = 1.43 is the end */
}

/* E g(m + s Z) by a fine sum, s small: the error of the second order is of s^4. */
static void second_order_means_are_those_of_small_variances(void **state) {
  (void)state;
  const double s = 0.01;
  for (size_t k = 1; k < MAPS; k++) {
    double z, sum = 0, weight = 0;
    const double at = 2;
    assert_ok(&cx, jv_map_forward(&cx, "x", &maps[k], &at, 1, 0, &z));
    for (double u = -8; u <= 8; u += 0.001) {
      weight += exp(-u * u / 2);
      sum += exp(-u * u / 2) * jv_map_inverse(&maps[k], z + s * u);
    }
    assert_near(jv_map_mean(&maps[k], z, s * s), sum / weight, 1e-6, 1);
    assert_true(jv_map_mean(&maps[k], z, 0) == jv_map_inverse(&maps[k], z));
  }
}

static void check_lambda(const reference *r, const char *block, bool adjust) {
  const cJSON *answer = conformance_get(r->json, block);
  if (!answer) return;
  for (size_t i = 0; i < r->n; i++)
    if (isnan(r->y[i])) return; /* see test_simple.c: R counts pairs, not distances */
  jv_common common = common_of();
  common.lambda.number = 0;
  common.bias_adjust = adjust;
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m, .id = r->name, .common = &common};
  jv_fit *fit = NULL;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_drift, &sample, NULL, &fit));
  jv_forecast *fc = forecast_of(fit, r->h);
  assert_int_equal(fc->mean_is_median, !adjust);
  static const double ends[] = {0.1, 0.9, 0.025, 0.975};
  static const char *const names[] = {"lower80", "upper80", "lower95", "upper95"};
  for (size_t i = 0; i < r->h; i++) {
    /* 1e-6, the bar of the reference's README */
    assert_near(fc->mean[i], conformance_at(conformance_get(answer, "mean"), i), 1e-6, r->size);
    for (size_t k = 0; k < 4; k++) {
      const cJSON *list = conformance_get(answer, names[k]);
      if (list) assert_near(quantile_of(fc, i, ends[k]), conformance_at(list, i), 1e-6, r->size);
    }
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void check_reference(const reference *r) {
  check_lambda(r, "rwf_drift_lambda0", false);
  check_lambda(r, "rwf_drift_lambda0_biasadj", true);
}

static void logarithms_agree_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("around/lambda.json", check_reference) >= 5);
}

/* A transformed model is the model of the transformed series, with everything mapped back. */
static void a_transformed_model_is_that_of_the_mapped_series(void **state) {
  (void)state;
  double z[N], paths[2][5 * H];
  jv_common common = common_of();
  common.lower = 0;
  common.upper = 200;
  const jv_map map = {JV_MAP_LOGIT, NAN, 0, 200, false};
  assert_ok(&cx, jv_map_forward(&cx, "x", &map, y, N, 0, z));
  jv_sample mapped = sample_of(z, N, NULL);
  jv_fit *fit = fit_with(&jv_model_theta, &common), *by_hand = NULL;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_theta, &mapped, NULL, &by_hand));
  assert_true(fit->sigma2 == by_hand->sigma2);
  assert_non_null(strstr(fit->form, "Theta of logit(y; 0, 200)"));
  for (int round = 0; round < 2; round++) { /* the second time after new observations */
    jv_forecast *fc = forecast_of(fit, H), *zc = forecast_of(by_hand, H);
    for (size_t i = 0; i < H; i++) {
      assert_true(fc->mean[i] == jv_map_inverse(&map, zc->mean[i]));
      assert_true(quantile_of(fc, i, 0.9) == jv_map_inverse(&map, quantile_of(zc, i, 0.9)));
    }
    assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, 5, paths[0]));
    assert_ok(&cx, jv_fit_simulate(&cx, by_hand, H, NULL, 5, paths[1]));
    for (size_t i = 0; i < 5 * H; i++)
      assert_true(paths[0][i] == jv_map_inverse(&map, paths[1][i]));
    for (size_t t = 0; t < fit->n; t++)
      assert_true(fit->fitted[t] == jv_map_inverse(&map, by_hand->fitted[t]));
    jv_forecast_free(&cx, fc);
    jv_forecast_free(&cx, zc);
    const double more[] = {60, 58};
    double zs[2];
    assert_ok(&cx, jv_map_forward(&cx, "x", &map, more, 2, 0, zs));
    if (round == 0) assert_ok(&cx, jv_fit_update(&cx, fit, more, NULL, 2));
    if (round == 0) assert_ok(&cx, jv_fit_update(&cx, by_hand, zs, NULL, 2));
    assert_near(fit->residuals[N], 60 - fit->fitted[N], 1e-15, 1);
  }
  const double beyond = 200;
  assert_fails(&cx, jv_fit_update(&cx, fit, &beyond, NULL, 1), JV_EDATA,
               "needs values between the bounds 0 and 200, observation 43 is 200");
  assert_int_equal(fit->n, N + 2);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, by_hand);
}

/* ---- refusals ---- */

static void refuses(jv_common common, jv_status code, const char *says) {
  jv_sample sample = sample_of(y, N, &common);
  jv_fit *fit = NULL;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_naive, &sample, NULL, &fit), code, says);
  assert_null(fit);
}

static void options_that_make_no_sense_are_refused(void **state) {
  (void)state;
  jv_common c = common_of();
  c.bias_adjust = 1;
  refuses(c, JV_EINVAL, "naive: bias_adjust is for a transformed model");
  c = common_of();
  c.lambda.number = 1;
  c.upper = 500;
  refuses(c, JV_EINVAL, "two transformations");
  c = common_of();
  c.lower = 3;
  c.upper = 3;
  refuses(c, JV_EINVAL, "lower must be below upper, got 3 and 3");
  c = common_of();
  c.positive = 1;
  c.lower = 1;
  refuses(c, JV_EINVAL, "positive is a bound of its own");
  c = common_of();
  c.parameter_uncertainty = 1;
  c.interval = JV_INTERVAL_CONFORMAL;
  refuses(c, JV_EINVAL, "it goes with interval simulated or bootstrap");
  c = common_of();
  c.upper = 20;
  refuses(c, JV_EDATA, "-log(20 - y) needs values below the bound 20, observation");
  y[4] = -1;
  c = common_of();
  c.lambda.choice = JV_LAMBDA_LOG;
  refuses(c, JV_EDATA, "naive: log(y) needs values above zero, observation 5 is -1");
}

/* ---- conformal ---- */

/* The naive forecast's errors are differences: all by hand. */
static void conformal_ends_are_ranks_of_past_errors(void **state) {
  (void)state;
  jv_common common = common_of();
  common.interval = JV_INTERVAL_CONFORMAL;
  for (int rolling = 0; rolling < 2; rolling++) {
    if (rolling) common.interval = JV_INTERVAL_CONFORMAL_ROLLING;
    jv_fit *fit = fit_with(&jv_model_naive, &common);
    jv_forecast *fc = forecast_of(fit, 3);
    for (size_t i = 0; i < 3; i++) {
      double errors[N], lower[3], upper[3];
      size_t n = 0;
      for (size_t t = N / 2; t + i < N; t++) errors[n++] = fabs(y[t + i] - y[t - 1]);
      jv_sort(errors, n);
      size_t rank = (size_t)ceil(((double)n + 1) * 0.8 - 1e-9);
      assert_ok(&cx, jv_forecast_interval(&cx, fc, 80, lower, upper));
      assert_near(upper[i], y[N - 1] + errors[rank - 1], 1e-12, 1);
      assert_near(lower[i], y[N - 1] - errors[rank - 1], 1e-12, 1);
      assert_true(quantile_of(fc, i, 0.5) == fc->mean[i]);
    }
    double lower[3] = {7, 7, 7}, upper[3];
    /* 20 errors one step ahead, 19 two: 95 % can be had; 18 three: it cannot, and nothing is told */
    assert_fails(&cx, jv_forecast_interval(&cx, fc, 95, lower, upper), JV_EUNSUPPORTED,
                 "of 95 % takes at least 19 errors, 18 are known at step 3");
    assert_true(lower[0] == 7);
    jv_forecast_free(&cx, fc);
    fc = forecast_of(fit, 2);
    assert_ok(&cx, jv_forecast_interval(&cx, fc, 95, lower, upper));
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
}

static void conformal_paths_are_those_of_one_origin(void **state) {
  (void)state;
  double paths[200 * H], again[20 * 2 * H];
  jv_common common = common_of();
  common.interval = JV_INTERVAL_CONFORMAL;
  common.calibration = 12;
  jv_fit *fit = fit_with(&jv_model_naive, &common);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, 200, paths));
  assert_ok(&cx, jv_fit_simulate(&cx, fit, 2 * H, NULL, 20, again));
  for (size_t k = 0; k < 200; k++) {
    bool found = false;
    for (size_t t = N - 12; t < N; t++)
      found |= fabs(fabs(paths[k * H] - y[N - 1]) - fabs(y[t] - y[t - 1])) < 1e-9;
    assert_true(found);
    if (k < 20) assert_memory_equal(paths + k * H, again + k * 2 * H, H * sizeof *paths);
  }
  double paths13[13];
  assert_fails(&cx, jv_fit_simulate(&cx, fit, 13, NULL, 1, paths13), JV_EUNSUPPORTED,
               "no error is known 13 steps ahead");
  jv_fit_free(&cx, fit);
}

/* Of exchangeable errors 80 % intervals hold the outcome in at least 80 % of series: 500 of them,
 * less three standard errors of such a share (1.8 % each). */
static void conformal_intervals_cover(void **state) {
  (void)state;
  enum { SERIES = 500, SHORT = 21 };
  jv_common common = common_of();
  common.interval = JV_INTERVAL_CONFORMAL;
  size_t held = 0;
  for (size_t s = 0; s < SERIES; s++) {
    double v[SHORT + 1], lower, upper;
    jv_rng rng = jv_rng_keyed(5, "cover", NULL, s);
    for (size_t t = 0; t <= SHORT; t++) v[t] = pow(jv_rng_normal(&rng), 3);
    jv_sample sample = sample_of(v, SHORT, &common);
    jv_fit *fit = NULL;
    assert_ok(&cx, jv_fit_new(&cx, &jv_model_naive, &sample, NULL, &fit));
    jv_forecast *fc = forecast_of(fit, 1);
    assert_ok(&cx, jv_forecast_interval(&cx, fc, 80, &lower, &upper));
    held += lower <= v[SHORT] && v[SHORT] <= upper ? 1 : 0;
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
  assert_true((double)held / SERIES > 0.8 - 3 * 0.018);
}

/* A class that gives points alone has intervals when they are conformal. */
static jv_status points_fit(jv_ctx *c, const jv_sample *sample, jv_fit *fit) {
  double *last = JV_NEW(c, double);
  if (!last) return JV_ENOMEM;
  *last = sample->y[sample->n - 1];
  fit->state = last;
  return JV_OK;
}

static jv_status points_forecast(jv_ctx *c, const jv_fit *fit, jv_forecast *fc) {
  (void)c;
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = *(const double *)fit->state;
  return JV_OK;
}

static const jv_model_class points = {
    .name = "points", .min_n = 1, .fit = points_fit, .forecast = points_forecast};

static void points_get_intervals_when_asked(void **state) {
  (void)state;
  jv_common common = common_of();
  double q[2], path[2];
  static const int refused[] = {JV_INTERVAL_ANALYTIC, JV_INTERVAL_SIMULATED, JV_INTERVAL_BOOTSTRAP};
  for (size_t k = 0; k < 3; k++) {
    jv_sample sample = sample_of(y, N, &common);
    jv_fit *none = NULL;
    common.interval = refused[k];
    assert_fails(&cx, jv_fit_new(&cx, &points, &sample, NULL, &none), JV_EUNSUPPORTED,
                 "points: has no");
  }
  common.interval = JV_INTERVAL_MODEL;
  common.lambda.number = 0;
  jv_fit *fit = fit_with(&points, &common);
  jv_forecast *fc = forecast_of(fit, 2);
  assert_near(fc->mean[0], y[N - 1], 1e-12, 1);
  assert_fails(&cx, jv_forecast_quantile(&cx, fc, 0, 0.9, q), JV_EUNSUPPORTED, "point forecast");
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  common.interval = JV_INTERVAL_CONFORMAL;
  common.bias_adjust = 1;
  fit = fit_with(&points, &common);
  fc = forecast_of(fit, 2);
  assert_true(quantile_of(fc, 0, 0.1) < y[N - 1] && y[N - 1] < quantile_of(fc, 0, 0.9));
  assert_true(fc->mean[0] > y[N - 1]); /* convex: the mean of errors of either sign */
  assert_ok(&cx, jv_fit_simulate(&cx, fit, 2, NULL, 1, path));
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* ---- bootstrap and parameter uncertainty ---- */

static void bootstrapped_steps_are_centred_residuals(void **state) {
  (void)state;
  double paths[500 * 2], mean = 0;
  jv_common common = common_of();
  common.interval = JV_INTERVAL_BOOTSTRAP;
  jv_fit *fit = fit_with(&jv_model_naive, &common);
  for (size_t t = 1; t < N; t++) mean += (y[t] - y[t - 1]) / (N - 1);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, 2, NULL, 500, paths));
  for (size_t k = 0; k < 500; k++) {
    bool found = false;
    for (size_t t = 1; t < N; t++)
      found |= fabs(paths[2 * k] - y[N - 1] - (y[t] - y[t - 1] - mean)) < 1e-9;
    assert_true(found);
  }
  jv_forecast *fc = forecast_of(fit, 2);
  assert_true(fc->mean[0] == y[N - 1]);
  assert_near(quantile_of(fc, 0, 0.5), y[N - 1], 0.05, 1);
  assert_int_equal(fc->n_paths, 2000);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  const double few[] = {1, 2, 3, 5, 4};
  double path[1];
  jv_sample sample = sample_of(few, 5, &common);
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_naive, &sample, NULL, &fit));
  assert_fails(&cx, jv_fit_simulate(&cx, fit, 1, NULL, 1, path), JV_EDATA,
               "naive: bootstrapped intervals need at least 5 residuals, this fit has 4");
  jv_fit_free(&cx, fit);
}

static double spread_of(const jv_fit *fit, size_t h) {
  enum { PATHS = 2000 };
  double *paths = malloc(PATHS * h * sizeof *paths), last[PATHS];
  assert_ok(&cx, jv_fit_simulate(&cx, fit, h, NULL, PATHS, paths));
  for (size_t k = 0; k < PATHS; k++) last[k] = paths[k * h + h - 1];
  free(paths);
  return jv_summary_sd(last, PATHS);
}

/* The slope of theta has a variance of its own, which grows with the square of the horizon. */
static void uncertain_parameters_widen_with_the_horizon(void **state) {
  (void)state;
  jv_common common = common_of();
  jv_fit *plain = fit_with(&jv_model_theta, NULL);
  for (int bootstrap = 0; bootstrap < 2; bootstrap++) {
    common.parameter_uncertainty = 1;
    common.interval = bootstrap ? JV_INTERVAL_BOOTSTRAP : JV_INTERVAL_MODEL;
    jv_fit *fit = fit_with(&jv_model_theta, &common);
    double short_ratio = spread_of(fit, 1) / spread_of(plain, 1);
    double long_ratio = spread_of(fit, 20) / spread_of(plain, 20);
    assert_true(short_ratio > 0.8 && long_ratio > 1.05 && long_ratio > short_ratio);
    jv_fit_free(&cx, fit);
  }
  jv_fit_free(&cx, plain);
}

/* Drift draws its slope anyway: nothing is added a second time. */
static void what_is_carried_anyway_is_not_added_again(void **state) {
  (void)state;
  double one[2 * H], two[2 * H];
  jv_common common = common_of();
  common.parameter_uncertainty = 1;
  jv_fit *fit = fit_with(&jv_model_drift, &common), *plain = fit_with(&jv_model_drift, NULL);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, 2, one));
  assert_ok(&cx, jv_fit_simulate(&cx, plain, H, NULL, 2, two));
  assert_memory_equal(one, two, sizeof one);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, plain);
}

static void applying_to_its_own_sample_changes_nothing(void **state) {
  (void)state;
  static const jv_model_class *const all[] = {&jv_model_naive, &jv_model_naive2, &jv_model_theta};
  jv_common common = common_of();
  common.lambda.number = 0.5;
  for (size_t k = 0; k < 3; k++) {
    jv_fit *fit = fit_with(all[k], &common), *again = NULL;
    jv_sample sample = sample_of(y, N, NULL);
    assert_ok(&cx, jv_fit_apply(&cx, fit, &sample, &again));
    jv_forecast *a = forecast_of(fit, H), *b = forecast_of(again, H);
    assert_memory_equal(a->mean, b->mean, H * sizeof *a->mean);
    assert_memory_equal(fit->fitted, again->fitted, N * sizeof *fit->fitted);
    assert_string_equal(fit->form, again->form);
    jv_forecast_free(&cx, a);
    jv_forecast_free(&cx, b);
    jv_fit_free(&cx, again);
    jv_fit_free(&cx, fit);
  }
  jv_fit *fit = fit_with(&jv_model_drift, NULL), *none = NULL;
  jv_sample sample = sample_of(y, N, NULL);
  assert_fails(&cx, jv_fit_apply(&cx, fit, &sample, &none), JV_EUNSUPPORTED,
               "drift: cannot be applied");
  jv_fit_free(&cx, fit);
}

/* ---- life with little memory ---- */

/* Fit, forecast, quantile, paths, update, save and load. */
static jv_status whole_life(jv_ctx *c, const jv_common *common) {
  jv_fit *fit = NULL, *back = NULL;
  jv_forecast *fc = NULL;
  char *json = NULL;
  double q, paths[2 * H];
  const double next = 50;
  jv_sample sample = sample_of(y, 24, common);
  jv_status s = jv_registry_new(c, &c->models);
  if (s == JV_OK) s = jv_fit_new(c, &jv_model_theta, &sample, NULL, &fit);
  if (s == JV_OK) s = jv_fit_forecast(c, fit, H, NULL, &fc);
  if (s == JV_OK) s = jv_forecast_quantile(c, fc, 1, 0.9, &q);
  if (s == JV_OK) s = jv_fit_simulate(c, fit, H, NULL, 2, paths);
  if (s == JV_OK) s = jv_fit_save(c, fit, &json);
  if (s == JV_OK) s = jv_fit_update(c, fit, &next, NULL, 1);
  if (s == JV_OK) s = jv_fit_load(c, json, strlen(json), &back);
  jv_free(c, json);
  jv_forecast_free(c, fc);
  jv_fit_free(c, fit);
  jv_fit_free(c, back);
  jv_registry_free(c, c->models);
  return s;
}

static jv_status life_mapped(jv_ctx *c) {
  jv_common common = common_of();
  common.lambda.choice = JV_LAMBDA_GUERRERO;
  common.interval = JV_INTERVAL_BOOTSTRAP;
  common.paths = 10;
  return whole_life(c, &common);
}

static jv_status life_conformal(jv_ctx *c) {
  jv_common common = common_of();
  common.upper = 1000;
  common.bias_adjust = 1;
  common.interval = JV_INTERVAL_CONFORMAL;
  return whole_life(c, &common);
}

static jv_status life_refitted(jv_ctx *c) {
  jv_common common = common_of();
  common.parameter_uncertainty = 1;
  common.paths = 2;
  return whole_life(c, &common);
}

static void lack_of_memory_leaves_nothing(void **state) {
  (void)state;
  testing_starve(life_mapped, 3000);
  testing_starve(life_conformal, 3000);
  testing_starve(life_refitted, 3000);
}

static void saved_layers_come_back(void **state) {
  (void)state;
  jv_common all[4] = {common_of(), common_of(), common_of(), common_of()};
  all[0].lambda.choice = JV_LAMBDA_LIKELIHOOD;
  all[1].lower = -3;
  all[1].interval = JV_INTERVAL_CONFORMAL_ROLLING;
  all[2].interval = JV_INTERVAL_BOOTSTRAP;
  all[2].paths = 50;
  all[3].positive = 1;
  all[3].parameter_uncertainty = 1;
  assert_ok(&cx, jv_registry_new(&cx, &cx.models));
  for (size_t k = 0; k < 4; k++) {
    jv_fit *fit = fit_with(&jv_model_theta, &all[k]), *back = NULL;
    char *json, *twice;
    double one[3 * H], two[3 * H];
    const double next[] = {55, 52};
    assert_ok(&cx, jv_fit_update(&cx, fit, next, NULL, 2));
    assert_ok(&cx, jv_fit_save(&cx, fit, &json));
    assert_ok(&cx, jv_fit_load(&cx, json, strlen(json), &back));
    assert_ok(&cx, jv_fit_save(&cx, back, &twice));
    assert_string_equal(json, twice);
    jv_forecast *a = forecast_of(fit, H), *b = forecast_of(back, H);
    for (size_t i = 0; i < H; i++) {
      assert_true(a->mean[i] == b->mean[i]);
      assert_true(quantile_of(a, i, 0.9) == quantile_of(b, i, 0.9));
    }
    assert_ok(&cx, jv_fit_simulate(&cx, fit, H, NULL, 3, one));
    assert_ok(&cx, jv_fit_simulate(&cx, back, H, NULL, 3, two));
    assert_memory_equal(one, two, sizeof one);
    assert_memory_equal(fit->residuals, back->residuals, fit->n * sizeof *fit->residuals);
    jv_forecast_free(&cx, a);
    jv_forecast_free(&cx, b);
    jv_free(&cx, json);
    jv_free(&cx, twice);
    jv_fit_free(&cx, fit);
    jv_fit_free(&cx, back);
  }
  jv_registry_free(&cx, cx.models);
}

/* The text with the first `from` replaced by `to`. */
static char *replaced(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  if (!at) fail_msg("'%s' is not in the saved fit", from);
  char *out = malloc(strlen(text) + strlen(to) + 1);
  memcpy(out, text, (size_t)(at - text));
  strcpy(out + (at - text), to);
  strcat(out, at + strlen(from));
  return out;
}

static void broken_layers_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *says;
  } bad[] = {
      {"\"common\":{", "\"common\":{\"options\":3,", "'options'"},
      {"\"lambda\":0.5,\"bias", "\"lambda\":9,\"bias", "must lie in"},
      {"\"paths\":2000", "\"paths\":-1", "must lie in"},
      {"\"positive\":true", "\"positive\":true,\"lower\":3", "give one of them"},
      {"\"y\":[", "\"y\":[1,", "'y' does not have 40 values"},
      {"\"kind\":2", "\"kind\":77", "'start' is no period"},
  };
  jv_common common = common_of();
  common.lambda.number = 0.5;
  common.positive = 1;
  jv_sample sample = sample_of(y, N, &common);
  const jv_period start = {8000, {JV_FREQ_Q, 12}};
  sample.start = &start;
  jv_fit *fit = NULL, *back;
  char *json;
  assert_ok(&cx, jv_registry_new(&cx, &cx.models));
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_naive, &sample, NULL, &fit));
  assert_ok(&cx, jv_fit_save(&cx, fit, &json));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char *broken = replaced(json, bad[i].from, bad[i].to);
    jv_status status = jv_fit_load(&cx, broken, strlen(broken), &back);
    if (status == JV_OK || !strstr(cx.message, bad[i].says))
      fail_msg("%zu: '%s' lacks '%s'", i, cx.message, bad[i].says);
    assert_null(back);
    free(broken);
  }
  jv_free(&cx, json);
  jv_fit_free(&cx, fit);
  jv_registry_free(&cx, cx.models);
}

int main(void) {
#define T(name) cmocka_unit_test_setup(name, setup)
  const struct CMUnitTest tests[] = {
      T(maps_rise_and_come_back),
      T(maps_never_leave_their_bounds),
      T(second_order_means_are_those_of_small_variances),
      T(logarithms_agree_with_the_reference),
      T(a_transformed_model_is_that_of_the_mapped_series),
      T(options_that_make_no_sense_are_refused),
      T(conformal_ends_are_ranks_of_past_errors),
      T(conformal_paths_are_those_of_one_origin),
      T(conformal_intervals_cover),
      T(points_get_intervals_when_asked),
      T(bootstrapped_steps_are_centred_residuals),
      T(uncertain_parameters_widen_with_the_horizon),
      T(what_is_carried_anyway_is_not_added_again),
      T(applying_to_its_own_sample_changes_nothing),
      T(lack_of_memory_leaves_nothing),
      T(saved_layers_come_back),
      T(broken_layers_are_refused),
  };
#undef T
  return cmocka_run_group_tests_name("around", tests, NULL, NULL);
}
