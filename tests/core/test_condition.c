/* Conditioning on facts: against dense algebra, against a state space that carries the sum, and laws of
 * the conditioned fit. */
#include "testing.h"
#include "base/rng.h"
#include "model/builtin.h"
#include "model/condition.h"
#include "model/registry.h"
#include "model/structural.h"
#include "numeric/minimise.h"

enum { N = 6, K = 3 };

static jv_ctx cx;

static void fill(jv_rng *rng, double *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = jv_rng_normal(rng);
}

/* mean + C A' S^-1 (b - A mean), C - C A' S^-1 A C by one solve of all facts together. */
static void dense(const double *mean, const double *cov, const double *a, const double *b,
                  const double *noise, double *mean_out, double *cov_out) {
  double ca[N * K] = {0}, s[K * K], rest[K];
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < K; j++)
      for (size_t l = 0; l < N; l++) ca[i * K + j] += cov[i * N + l] * a[j * N + l];
  for (size_t j = 0; j < K; j++) {
    rest[j] = b[j];
    for (size_t l = 0; l < N; l++) rest[j] -= a[j * N + l] * mean[l];
  }
  for (size_t i = 0; i <= N; i++) { /* column i of C, the last round the mean */
    double column[K];
    for (size_t j = 0; j < K; j++) {
      column[j] = i < N ? ca[i * K + j] : rest[j];
      for (size_t l = 0; l < K; l++) {
        s[j * K + l] = j == l ? noise[j] : 0;
        for (size_t e = 0; e < N; e++) s[j * K + l] += a[j * N + e] * ca[e * K + l];
      }
    }
    assert_true(jv_cholesky_solve(s, K, column));
    for (size_t r = 0; r < N; r++) {
      double sum = 0;
      for (size_t j = 0; j < K; j++) sum += ca[r * K + j] * column[j];
      if (i < N)
        cov_out[r * N + i] = cov[r * N + i] - sum;
      else
        mean_out[r] = mean[r] + sum;
    }
  }
}

static void equals_dense_algebra(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(1, "condition", NULL, 0);
  double root[N * N], mean[N], cov[N * N] = {0}, a[K * N], b[K], want[N], want_cov[N * N];
  const double noise[K] = {0, 0.5, 0};
  fill(&rng, root, N * N);
  fill(&rng, mean, N);
  fill(&rng, a, K * N);
  fill(&rng, b, K);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++)
      for (size_t l = 0; l < N; l++) cov[i * N + j] += root[i * N + l] * root[j * N + l];
  dense(mean, cov, a, b, noise, want, want_cov);
  assert_ok(&cx, jv_condition_gaussian(&cx, mean, cov, N, a, b, noise, K, NULL));
  for (size_t i = 0; i < N; i++) assert_near(mean[i], want[i], 1e-10, 1);
  for (size_t i = 0; i < N * N; i++) assert_near(cov[i], want_cov[i], 1e-10, 1);
}

static void settled_facts(void **state) {
  (void)state;
  double mean[2] = {1, 2}, cov[4] = {1, 0.2, 0.2, 2}, gains[6];
  const double a[] = {1, 0, 0, 1, 1, 1}, b[] = {3, 4, 7}, wrong[] = {3, 4, 8};
  assert_ok(&cx, jv_condition_gaussian(&cx, mean, cov, 2, a, b, NULL, 3, gains));
  assert_near(mean[0] + mean[1], 7, 1e-14, 1);
  assert_true(gains[4] == 0 && gains[5] == 0);
  double mean2[2] = {1, 2}, cov2[4] = {1, 0.2, 0.2, 2};
  assert_fails(&cx, jv_condition_gaussian(&cx, mean2, cov2, 2, a, wrong, NULL, 3, NULL), JV_EDATA,
               "fact 3 says 8, and what is known before it 7");
}

/* ---- a structural fit ---- */

static double series[60];

static jv_fit *fit_level(void) {
  jv_rng rng = jv_rng_keyed(2, "level", NULL, 0);
  double level = 100;
  for (size_t t = 0; t < 60; t++) {
    level += jv_rng_normal(&rng);
    series[t] = level + 2 * jv_rng_normal(&rng);
  }
  jv_structural_opt opt;
  jv_option_defaults(jv_model_structural.options, &opt);
  opt.type = JV_STRUCTURAL_LEVEL;
  opt.var[JV_NOISE_irregular] = 4;
  opt.var[JV_NOISE_level] = 1;
  jv_sample sample = {.y = series, .n = 60, .m = 1, .id = "level"};
  jv_fit *fit;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_structural, &sample, &opt, &fit));
  return fit;
}

static jv_forecast *forecast(const jv_fit *fit, size_t h) {
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  return fc;
}

/* The state (level, sum so far) with the sum observed once, at the end: the filter itself conditions
 * on a total. Smoothed level + its share of what the irregulars must be is checked through the mean of
 * the sum of the steps, and the level after the horizon through the forecast beyond it. */
static void the_filter_agrees_on_a_total(void **state) {
  (void)state;
  jv_fit *fit = fit_level(), *told;
  const jv_fact total = {1, 4, 460, 0};
  assert_ok(&cx, jv_fit_condition(&cx, fit, &total, 1, &told));
  jv_forecast *fc = forecast(told, 6), *free_fc = forecast(fit, 6);
  double sum = fc->mean[0] + fc->mean[1] + fc->mean[2] + fc->mean[3];
  assert_near(sum, 460, 1e-12, 1);
  /* the filter, from the level's mean and variance after the data */
  const double p = free_fc->sd[0] * free_fc->sd[0] - 4, a0[] = {free_fc->mean[0], 0, 0};
  const double p0[] = {p, 0, 0, 0, 4, 0, 0, 0, 0}; /* level, irregular, sum before */
  const double t[] = {1, 0, 0, 0, 0, 0, 1, 1, 1}, rr[] = {1, 0, 0, 1, 0, 0}, q[] = {1, 4}, h = 0;
  const double z[] = {0, 0, 1};
  jv_ssm s = {.p = 3, .r = 2, .z = z, .h = &h, .t = t, .rr = rr, .q = q, .a0 = a0, .p0 = p0};
  const double y[] = {NAN, NAN, NAN, NAN, 460, NAN};
  double states[18], covs[54];
  jv_kalman *k;
  assert_ok(&cx, jv_kalman_new(&cx, 3, 2, 6, JV_KALMAN_STATES, &k));
  jv_kalman_run(k, &s, y, 6);
  assert_ok(&cx, jv_kalman_smooth(&cx, k, &s, states, covs));
  for (size_t i = 0; i < 6; i++) {
    const double *v = covs + i * 9;
    assert_near(fc->mean[i], states[i * 3] + states[i * 3 + 1], 1e-10, 1);
    assert_near(fc->sd[i] * fc->sd[i], v[0] + 2 * v[1] + v[4], 1e-9, 1);
  }
  jv_kalman_free(&cx, k);
  jv_forecast_free(&cx, fc);
  jv_forecast_free(&cx, free_fc);
  jv_fit_free(&cx, told);
  jv_fit_free(&cx, fit);
}

/* A value known at step 3 is an observation after two missing ones. */
static void a_known_value_is_an_observation(void **state) {
  (void)state;
  jv_fit *fit = fit_level(), *told;
  const jv_fact known = {3, 3, 120, 0};
  assert_ok(&cx, jv_fit_condition(&cx, fit, &known, 1, &told));
  jv_forecast *fc = forecast(told, 6);
  const double more[] = {NAN, NAN, 120};
  assert_ok(&cx, jv_fit_update(&cx, fit, more, NULL, 3));
  jv_forecast *after = forecast(fit, 3);
  assert_near(fc->mean[2], 120, 1e-13, 1);
  assert_true(fc->sd[2] < 1e-6);
  for (size_t i = 0; i < 3; i++) {
    assert_near(fc->mean[3 + i], after->mean[i], 1e-10, 1);
    assert_near(fc->sd[3 + i], after->sd[i], 1e-10, 1);
  }
  jv_forecast_free(&cx, fc);
  jv_forecast_free(&cx, after);
  jv_fit_free(&cx, told);
  jv_fit_free(&cx, fit);
}

/* Every path holds to the facts, and the paths have the forecast's moments. */
static void paths_hold_to_the_facts(void **state) {
  (void)state;
  enum { PATHS = 4000 };
  static double paths[PATHS * 6], again[10 * 4];
  jv_fit *fit = fit_level(), *told;
  const jv_fact facts[] = {{1, 4, 460, 0}, {2, 2, 118, 0}, {6, 6, 110, 3}};
  assert_ok(&cx, jv_fit_condition(&cx, fit, facts, 3, &told));
  jv_forecast *fc = forecast(told, 6);
  assert_ok(&cx, jv_fit_simulate(&cx, told, 6, NULL, PATHS, paths));
  for (size_t k = 0; k < PATHS; k++) {
    const double *x = paths + k * 6;
    assert_near(x[0] + x[1] + x[2] + x[3], 460, 1e-11, 1);
    assert_near(x[1], 118, 1e-11, 1);
  }
  for (size_t i = 0; i < 6; i++) {
    double mean = 0, square = 0;
    for (size_t k = 0; k < PATHS; k++) mean += paths[k * 6 + i] / PATHS;
    for (size_t k = 0; k < PATHS; k++) square += pow(paths[k * 6 + i] - mean, 2) / PATHS;
    assert_near(mean, fc->mean[i], 5 * fc->sd[i] / sqrt(PATHS) + 1e-9,
                1); /* five standard errors */
    assert_near(sqrt(square), fc->sd[i], 5 / sqrt(2.0 * PATHS), 1e-8);
  }
  /* the facts reach beyond this horizon all the same */
  assert_ok(&cx, jv_fit_simulate(&cx, told, 4, NULL, 10, again));
  for (size_t k = 0; k < 10; k++)
    for (size_t i = 0; i < 4; i++) assert_near(again[k * 4 + i], paths[k * 6 + i], 1e-12, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, told);
  jv_fit_free(&cx, fit);
}

/* By sample paths, the random walk with its analytic variances: a bridge to the known value. */
static void other_models_by_their_paths(void **state) {
  (void)state;
  double y[40];
  jv_rng rng = jv_rng_keyed(3, "walk", NULL, 0);
  y[0] = 50;
  for (size_t t = 1; t < 40; t++) y[t] = y[t - 1] + jv_rng_normal(&rng);
  jv_sample sample = {.y = y, .n = 40, .m = 1, .id = "walk"};
  jv_fit *fit, *told;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_naive, &sample, NULL, &fit));
  const jv_fact known = {4, 4, y[39] + 8, 0};
  assert_ok(&cx, jv_fit_condition(&cx, fit, &known, 1, &told));
  jv_forecast *fc = forecast(told, 4);
  for (size_t i = 0; i < 4; i++) /* 5 %: correlations of 4000 paths */
    assert_near(fc->mean[i] - y[39], 2.0 * (double)(i + 1), 0.05, 8);
  assert_near(fc->mean[3], y[39] + 8, 1e-12, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, told);
  jv_fit_free(&cx, fit);
}

/* ---- facts of periods ---- */

static jv_period period(const char *text) {
  jv_period p;
  assert_ok(&cx, jv_period_parse(&cx, text, NULL, &p));
  return p;
}

static void periods_become_steps(void **state) {
  (void)state;
  const double y[] = {10, 11, 12, 13, 14}; /* 2024Q1 .. 2025Q1 */
  jv_fact f;
  assert_ok(&cx, jv_fact_of_period(&cx, period("2024Q1"), y, 5, period("2025Q2"), 20, 1, &f));
  assert_true(f.from == 1 && f.to == 1 && f.value == 20 && f.sd == 1);
  assert_ok(&cx, jv_fact_of_period(&cx, period("2024Q1"), y, 5, period("2025"), 80, 0, &f));
  assert_true(f.from == 1 && f.to == 3 && f.value == 66);
  assert_ok(&cx, jv_fact_of_period(&cx, period("2024Q1"), y, 5, period("2026"), 80, 0, &f));
  assert_true(f.from == 4 && f.to == 7 && f.value == 80);
  assert_fails(&cx, jv_fact_of_period(&cx, period("2024Q1"), y, 5, period("2024"), 80, 0, &f),
               JV_EDATA, "2024 lies within the data");
  assert_fails(&cx, jv_fact_of_period(&cx, period("2024Q2"), y, 2, period("2024"), 80, 0, &f),
               JV_EDATA, "2024 begins before the data");
  assert_fails(&cx, jv_fact_of_period(&cx, period("2024Q1"), y, 5, period("2025-06"), 8, 0, &f),
               JV_EPERIOD, "finer than the series");
  const double gap[] = {1, NAN};
  assert_fails(&cx, jv_fact_of_period(&cx, period("2024Q1"), gap, 2, period("2024"), 80, 0, &f),
               JV_EDATA, "is missing in the data");
}

static void bad_facts(void **state) {
  (void)state;
  jv_fit *fit = fit_level(), *told;
  jv_fact f = {2, 1, 5, 0};
  assert_fails(&cx, jv_fit_condition(&cx, fit, &f, 0, &told), JV_EINVAL, "no facts");
  assert_fails(&cx, jv_fit_condition(&cx, fit, &f, 1, &told), JV_EINVAL, "steps 2 to 1");
  f = (jv_fact){1, 1, NAN, 0};
  assert_fails(&cx, jv_fit_condition(&cx, fit, &f, 1, &told), JV_EINVAL, "fact 1 is nan");
  f = (jv_fact){1, 1, 5, -1};
  assert_fails(&cx, jv_fit_condition(&cx, fit, &f, 1, &told), JV_EINVAL, "standard deviation -1");
  const jv_fact pair[] = {{1, 1, 5, 0}, {1, 1, 6, 0}};
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_condition(&cx, fit, pair, 2, &told));
  assert_fails(&cx, jv_fit_forecast(&cx, told, 2, NULL, &fc), JV_EDATA, "contradict");
  char *json;
  assert_fails(&cx, jv_fit_save(&cx, told, &json), JV_EUNSUPPORTED, "condition it again");
  assert_int_equal(jv_fit_update(&cx, told, series, NULL, 1), JV_EUNSUPPORTED);
  jv_fit_free(&cx, told);
  jv_fit_free(&cx, fit);
}

static jv_status life(jv_ctx *c) {
  static const double y[] = {3, 5, 4, 6, 5, 7, 6, 8, 7, 9};
  jv_sample sample = {.y = y, .n = 10, .m = 1, .id = "x"};
  const jv_fact f = {1, 2, 20, 0};
  double paths[4];
  jv_fit *fit = NULL, *told = NULL;
  jv_forecast *fc = NULL;
  jv_status s = jv_registry_new(c, &c->models);
  if (s == JV_OK) s = jv_fit_new(c, &jv_model_drift, &sample, NULL, &fit);
  if (s == JV_OK) s = jv_fit_condition(c, fit, &f, 1, &told);
  if (s == JV_OK) s = jv_fit_forecast(c, told, 2, NULL, &fc);
  if (s == JV_OK) s = jv_fit_simulate(c, told, 2, NULL, 2, paths);
  jv_forecast_free(c, fc);
  jv_fit_free(c, fit);
  jv_fit_free(c, told);
  jv_registry_free(c, c->models);
  return s;
}

static void starves_cleanly(void **state) {
  (void)state;
  testing_starve(life, 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equals_dense_algebra),
      cmocka_unit_test(settled_facts),
      cmocka_unit_test(the_filter_agrees_on_a_total),
      cmocka_unit_test(a_known_value_is_an_observation),
      cmocka_unit_test(paths_hold_to_the_facts),
      cmocka_unit_test(other_models_by_their_paths),
      cmocka_unit_test(periods_become_steps),
      cmocka_unit_test(bad_facts),
      cmocka_unit_test(starves_cleanly),
  };
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &cx.models) != JV_OK) return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  jv_registry_free(&cx, cx.models);
  return failed;
}
