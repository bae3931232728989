/* Structural models: laws that need no other program. */
#include "testing.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "model/structural.h"
#include <cjson/cJSON.h>

static jv_ctx cx;

static const double nile[] = {
    1120, 1160, 963, 1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994,  1020,
    960,  1180, 799, 958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,
    874,  694,  940, 833,  701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,
    1120, 1100, 832, 764,  821,  768,  845,  864,  862,  698,  845,  744,  796,  1040, 759,
    781,  865,  845, 944,  984,  897,  822,  1010, 771,  676,  649,  846,  812,  742,  801,
    1040, 860,  874, 848,  890,  744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,
    1020, 906,  901, 1170, 912,  746,  919,  718,  714,  740};
enum { NILE = 100 };

static jv_structural_opt options(int type) {
  jv_structural_opt opt;
  jv_option_defaults(jv_model_structural.options, &opt);
  opt.type = type;
  return opt;
}

static jv_fit *fit_sample(const jv_sample *sample, jv_structural_opt opt) {
  jv_fit *fit;
  if (jv_fit_new(&cx, &jv_model_structural, sample, &opt, &fit) != JV_OK)
    fail_msg("%s", cx.message);
  return fit;
}

static jv_fit *fit_plain(const double *y, size_t n, size_t m, jv_structural_opt opt) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test"};
  return fit_sample(&sample, opt);
}

/* What explain says of one coefficient. */
static double coefficient(const jv_fit *fit, const char *name, const char *member) {
  cJSON *json = cJSON_CreateObject();
  assert_ok(&cx, fit->cls->explain(&cx, fit, json));
  char *text = cJSON_PrintUnformatted(json); /* numbers are raw texts until they are read again */
  cJSON_Delete(json);
  json = cJSON_Parse(text);
  free(text);
  double value = NAN;
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "coefficients")) {
    if (strcmp(cJSON_GetObjectItem(item, "name")->valuestring, name) != 0) continue;
    const cJSON *number = cJSON_GetObjectItem(item, member);
    if (cJSON_IsNumber(number)) value = number->valuedouble;
  }
  cJSON_Delete(json);
  return value;
}

/* The Nile by Durbin & Koopman (2012), sec. 2.10: variances 15099 and 1469.1. Their log L, -632.54, is
 * without the constant of the diffuse first observation. */
static void the_nile(void **state) {
  (void)state;
  jv_fit *fit = fit_plain(nile, NILE, 1, options(JV_STRUCTURAL_LEVEL));
  assert_near(coefficient(fit, "var_irregular", "estimate"), 15099, 1e-3, 1);
  assert_near(coefficient(fit, "var_level", "estimate"), 1469.1, 1e-3, 1);
  assert_near(fit->loglik, -632.54 - 0.5 * log(6.283185307179586), 1e-5, 1);
  /* standard errors in the region of half and of one times the estimates */
  double se = coefficient(fit, "var_irregular", "se");
  assert_true(se > 2000 && se < 4500);
  assert_int_equal(fit->n_params, 3);
  jv_fit_free(&cx, fit);
}

/* In its steady state the local level is simple smoothing: weight F* = P/(P + h), P = the root of
 * P^2 - q P - q h = 0; the forecast is flat, its variance grows by q a step. */
static void a_local_level_smooths(void **state) {
  (void)state;
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  opt.var[JV_NOISE_irregular] = 15000;
  opt.var[JV_NOISE_level] = 1500;
  jv_fit *fit = fit_plain(nile, NILE, 1, opt);
  double q = 1500, h = 15000, p = (q + sqrt(q * q + 4 * q * h)) / 2, alpha = p / (p + h), level = 0;
  for (size_t t = 60; t < NILE; t++) {
    if (t > 60) assert_near(fit->fitted[t], level, 1e-8, 1);
    level = fit->fitted[t] + alpha * fit->residuals[t];
  }
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 5, NULL, &fc));
  for (size_t i = 0; i < 5; i++) {
    assert_near(fc->mean[i], level, 1e-8, 1);
    assert_near(fc->sd[i] * fc->sd[i], p + h + (double)i * q, 1e-8, 1);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* Without noise of level and slope the trend is the least-squares line. */
static void a_fixed_trend_is_the_line(void **state) {
  (void)state;
  jv_structural_opt opt = options(JV_STRUCTURAL_TREND);
  opt.var[JV_NOISE_level] = opt.var[JV_NOISE_slope] = 0;
  jv_fit *fit = fit_plain(nile, NILE, 1, opt);
  double mt = 49.5, my = 0, tt = 0, ty = 0;
  for (size_t t = 0; t < NILE; t++) my += nile[t] / NILE;
  for (size_t t = 0; t < NILE; t++) {
    tt += pow((double)t - mt, 2);
    ty += ((double)t - mt) * (nile[t] - my);
  }
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 3, NULL, &fc));
  double sse = 0;
  for (size_t t = 0; t < NILE; t++) sse += pow(nile[t] - my - ty / tt * ((double)t - mt), 2);
  for (size_t i = 0; i < 3; i++) {
    double d = (double)(NILE + i) - mt;
    assert_near(fc->mean[i], my + ty / tt * d, 1e-9, 1);
    assert_near(fc->sd[i], sqrt(sse / (NILE - 2) * (1 + 1.0 / NILE + d * d / tt)), 1e-9, 1);
  }
  jv_forecast_free(&cx, fc);
  size_t count;
  const char *const *names;
  double *values;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 3);
  assert_string_equal(names[1], "slope");
  for (size_t t = 0; t < NILE; t++) {
    assert_near(values[t], my + ty / tt * ((double)t - mt), 1e-9, 1);
    assert_near(values[NILE + t], ty / tt, 1e-9, 1);
    assert_near(values[t] + values[2 * NILE + t], nile[t], 1e-12, 1);
  }
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

/* Both seasons without noise are the same regression on months; so are their likelihoods but for the
 * unit in which the diffuse start is counted. */
static void fixed_seasons_agree(void **state) {
  (void)state;
  double y[40];
  jv_rng rng = jv_rng_keyed(3, "season", NULL, 0);
  for (size_t t = 0; t < 40; t++)
    y[t] = 10 * (double)(t % 5 == 2) - 4 * (double)(t % 5 == 4) + jv_rng_normal(&rng);
  jv_forecast *fc[2];
  for (int i = 0; i < 2; i++) {
    jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
    opt.season = i ? JV_STRUCTURAL_TRIG : JV_STRUCTURAL_DUMMY;
    opt.var[JV_NOISE_level] = opt.var[JV_NOISE_season] = 0;
    jv_fit *fit = fit_plain(y, 40, 5, opt);
    assert_ok(&cx, jv_fit_forecast(&cx, fit, 12, NULL, &fc[i]));
    jv_fit_free(&cx, fit);
  }
  for (size_t i = 0; i < 12; i++) {
    double mean = 0;
    for (size_t t = i % 5; t < 40; t += 5) mean += y[t] / 8;
    assert_near(fc[0]->mean[i], mean, 1e-9, 1);
    assert_near(fc[1]->mean[i], mean, 1e-9, 1);
    assert_near(fc[1]->sd[i], fc[0]->sd[i], 1e-9, 1);
  }
  jv_forecast_free(&cx, fc[0]);
  jv_forecast_free(&cx, fc[1]);
}

/* Regressors on a fixed level are least squares, with its standard errors. */
static void regressors_are_least_squares(void **state) {
  (void)state;
  enum { N = 60 };
  double y[N], x[2 * N], columns[3 * N], future[] = {1.5, 900, -1, 1100};
  jv_rng rng = jv_rng_keyed(4, "x", NULL, 0);
  for (size_t t = 0; t < N; t++) {
    x[2 * t] = jv_rng_normal(&rng);
    x[2 * t + 1] = 1000 + 300 * jv_rng_normal(&rng);
    y[t] = 5 + 3 * x[2 * t] - 0.02 * x[2 * t + 1] + jv_rng_normal(&rng);
    columns[t] = 1;
    columns[N + t] = x[2 * t];
    columns[2 * N + t] = x[2 * t + 1];
  }
  const char *const names[] = {"first", "second"};
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  opt.var[JV_NOISE_level] = 0;
  jv_sample sample = {.y = y, .n = N, .m = 1, .id = "x", .x = x, .k = 2, .x_names = names};
  jv_fit *fit = fit_sample(&sample, opt);
  double xx[9] = {0}, xy[3] = {0}, b[3], inverse[9];
  for (size_t t = 0; t < N; t++)
    for (size_t i = 0; i < 3; i++) {
      xy[i] += columns[i * N + t] * y[t];
      for (size_t j = 0; j < 3; j++) xx[i * 3 + j] += columns[i * N + t] * columns[j * N + t];
    }
  double det = xx[0] * (xx[4] * xx[8] - xx[5] * xx[7]) - xx[1] * (xx[3] * xx[8] - xx[5] * xx[6]) +
               xx[2] * (xx[3] * xx[7] - xx[4] * xx[6]);
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++) {
      size_t a = (j + 1) % 3, c = (j + 2) % 3, d = (i + 1) % 3, e = (i + 2) % 3;
      inverse[i * 3 + j] = (xx[a * 3 + d] * xx[c * 3 + e] - xx[a * 3 + e] * xx[c * 3 + d]) / det;
    }
  for (size_t i = 0; i < 3; i++)
    b[i] = inverse[i * 3] * xy[0] + inverse[i * 3 + 1] * xy[1] + inverse[i * 3 + 2] * xy[2];
  double sse = 0;
  for (size_t t = 0; t < N; t++) sse += pow(y[t] - b[0] - b[1] * x[2 * t] - b[2] * x[2 * t + 1], 2);
  double s2 = sse / (N - 3);
  /* 1e-6: the inverse by cofactors keeps half of the digits */
  assert_near(coefficient(fit, "first", "estimate"), b[1], 1e-6, 0);
  assert_near(coefficient(fit, "second", "estimate"), b[2], 1e-6, 0);
  assert_near(coefficient(fit, "first", "se"), sqrt(s2 * inverse[4]), 1e-6, 0);
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 2, future, &fc));
  assert_near(fc->mean[1], b[0] - b[1] + 1100 * b[2], 1e-6, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* A second copy of a column cannot be told from the first. */
static void repeated_regressors_are_refused(void **state) {
  (void)state;
  double x[2 * NILE];
  for (size_t t = 0; t < NILE; t++) x[2 * t] = x[2 * t + 1] = sin((double)t);
  jv_sample sample = {.y = nile, .n = NILE, .m = 1, .id = "x", .x = x, .k = 2};
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  jv_fit *fit;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_structural, &sample, &opt, &fit), JV_EDATA,
               "regressors repeat each other");
}

/* y = trend + cycle of period 11 by simulation: the period is found. */
static void a_cycle_is_found(void **state) {
  (void)state;
  enum { N = 300 };
  double y[N], c = 0, s = 0, level = 50, turn = 6.283185307179586 / 11;
  jv_rng rng = jv_rng_keyed(5, "cycle", NULL, 0);
  for (size_t t = 0; t < N; t++) {
    double next = 0.95 * (cos(turn) * c + sin(turn) * s) + jv_rng_normal(&rng);
    s = 0.95 * (-sin(turn) * c + cos(turn) * s) + jv_rng_normal(&rng);
    c = next;
    level += 0.1 * jv_rng_normal(&rng);
    y[t] = level + c + 0.3 * jv_rng_normal(&rng);
  }
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  opt.cycle = 1;
  jv_fit *fit = fit_plain(y, N, 1, opt);
  double period = coefficient(fit, "cycle_period", "estimate"),
         rho = coefficient(fit, "cycle_damping", "estimate");
  /* three of the standard errors that theory gives for such a series */
  assert_near(period, 11, 0.08, 0);
  assert_near(rho, 0.95, 0.05, 0);
  assert_near(coefficient(fit, "var_cycle", "estimate"), 1, 0.4, 0);
  double se = coefficient(fit, "cycle_period", "se");
  assert_true(se > 0.05 && se < 1);
  jv_fit_free(&cx, fit);
}

/* Missing values in the middle: the forecast is the same as when they are never fed. */
static void gaps_and_update(void **state) {
  (void)state;
  double y[NILE];
  memcpy(y, nile, sizeof y);
  for (size_t t = 20; t < 40; t++) y[t] = NAN;
  jv_fit *fit = fit_plain(y, NILE, 1, options(JV_STRUCTURAL_LEVEL));
  /* Durbin & Koopman sec. 2.7: across the gap the prediction stays, and only there */
  for (size_t t = 21; t < 40; t++) assert_near(fit->fitted[t], fit->fitted[20], 1e-12, 1);
  jv_fit_free(&cx, fit);
  jv_structural_opt opt = options(JV_STRUCTURAL_TREND);
  opt.var[JV_NOISE_irregular] = 15000;
  opt.var[JV_NOISE_level] = 1500;
  opt.var[JV_NOISE_slope] = 3;
  jv_fit *whole = fit_plain(nile, NILE, 1, opt), *part = fit_plain(nile, 60, 1, opt);
  assert_ok(&cx, jv_fit_update(&cx, part, nile + 60, NULL, 40));
  jv_forecast *a, *b;
  assert_ok(&cx, jv_fit_forecast(&cx, whole, 4, NULL, &a));
  assert_ok(&cx, jv_fit_forecast(&cx, part, 4, NULL, &b));
  for (size_t i = 0; i < 4; i++) {
    /* the variances are ratios to another mean square: the last digits */
    assert_near(a->mean[i], b->mean[i], 1e-10, 1);
    assert_near(a->sd[i], b->sd[i], 1e-10, 1);
  }
  jv_forecast_free(&cx, a);
  jv_forecast_free(&cx, b);
  jv_fit_free(&cx, whole);
  jv_fit_free(&cx, part);
}

static void innovations_are_standard(void **state) {
  (void)state;
  double z[NILE], square = 0;
  jv_fit *fit = fit_plain(nile, NILE, 1, options(JV_STRUCTURAL_LEVEL));
  assert_ok(&cx, fit->cls->innovations(&cx, fit, z));
  assert_true(isnan(z[0]));
  for (size_t t = 1; t < NILE; t++) square += z[t] * z[t];
  assert_near(square, NILE - 1, 1e-9, 1); /* what concentrating the variance makes it */
  jv_fit_free(&cx, fit);
}

/* The choice: a random walk with a season is seen as such; its trace has all six. */
static void the_type_is_chosen(void **state) {
  (void)state;
  double y[80], level = 100;
  jv_rng rng = jv_rng_keyed(6, "auto", NULL, 0);
  for (size_t t = 0; t < 80; t++) {
    level += jv_rng_normal(&rng);
    y[t] = level + (t % 4 == 1 ? 12 : -4) + jv_rng_normal(&rng);
  }
  jv_fit *fit = fit_plain(y, 80, 4, options(JV_STRUCTURAL_AUTO));
  assert_string_equal(fit->form, "Structural(level + dummy season)");
  cJSON *json = cJSON_CreateObject();
  assert_ok(&cx, fit->cls->explain(&cx, fit, json));
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "trace")), 6);
  assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "steps")) >= 2);
  cJSON_Delete(json);
  jv_fit_free(&cx, fit);
}

static void bad_options(void **state) {
  (void)state;
  jv_sample sample = {.y = nile, .n = NILE, .m = 1, .id = "x"};
  jv_fit *fit;
  jv_structural_opt opt = options(JV_STRUCTURAL_BSM);
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_structural, &sample, &opt, &fit), JV_EDATA,
               "seasonal period is 1");
  opt.season = JV_STRUCTURAL_NONE;
  assert_fails(&cx, jv_model_structural.check(&cx, &opt), JV_EINVAL, "a bsm has a season");
  opt = options(JV_STRUCTURAL_LEVEL);
  opt.cycle_period = 10;
  assert_fails(&cx, jv_model_structural.check(&cx, &opt), JV_EINVAL, "need cycle=true");
  opt = options(JV_STRUCTURAL_LEVEL);
  opt.harmonics = 2;
  assert_fails(&cx, jv_model_structural.check(&cx, &opt), JV_EINVAL, "season=trigonometric");
  opt = options(JV_STRUCTURAL_LEVEL);
  opt.var[JV_NOISE_level] = opt.var[JV_NOISE_irregular] = 0;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_structural, &sample, &opt, &fit), JV_EINVAL,
               "at least one must be above zero");
}

/* The joint distribution has the forecast's marginals, and the covariance of a local level. */
static void joint_distribution(void **state) {
  (void)state;
  enum { H = 6 };
  double mean[H], cov[H * H];
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  opt.var[JV_NOISE_irregular] = 15000;
  opt.var[JV_NOISE_level] = 1500;
  jv_fit *fit = fit_plain(nile, NILE, 1, opt);
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, H, NULL, &fc));
  assert_ok(&cx, jv_structural_joint(&cx, fit, H, NULL, mean, cov));
  for (size_t i = 0; i < H; i++) {
    assert_near(mean[i], fc->mean[i], 1e-13, 1);
    assert_near(sqrt(cov[i * H + i]), fc->sd[i], 1e-13, 1);
    for (size_t j = 0; j < i; j++) assert_near(cov[i * H + j], cov[j * H + j] - 15000, 1e-10, 1);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void applied_to_its_own_sample(void **state) {
  (void)state;
  jv_sample sample = {.y = nile, .n = NILE, .m = 1, .id = "test"};
  jv_fit *fit = fit_plain(nile, NILE, 1, options(JV_STRUCTURAL_AUTO)), *again;
  assert_ok(&cx, jv_fit_apply(&cx, fit, &sample, &again));
  assert_memory_equal(again->fitted, fit->fitted, NILE * sizeof *fit->fitted);
  assert_string_equal(again->form, fit->form);
  assert_true(again->sigma2 == fit->sigma2);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, again);
}

static jv_status with_regressors(jv_ctx *c) {
  double x[NILE], ahead[3] = {0.5, 0.2, -1}, paths[6];
  for (size_t t = 0; t < NILE; t++) x[t] = cos((double)t);
  jv_sample sample = {.y = nile, .n = 40, .m = 1, .id = "x", .x = x, .k = 1};
  jv_structural_opt opt = options(JV_STRUCTURAL_LEVEL);
  opt.cycle = 1;
  opt.cycle_period = 8;
  jv_fit *fit = NULL, *back = NULL;
  char *json = NULL;
  cJSON *said = cJSON_CreateObject();
  jv_status s = jv_registry_new(c, &c->models);
  if (s == JV_OK) s = jv_fit_new(c, &jv_model_structural, &sample, &opt, &fit);
  if (s == JV_OK) s = jv_fit_update(c, fit, nile + 40, x + 40, 10);
  if (s == JV_OK) s = jv_fit_simulate(c, fit, 3, ahead, 2, paths);
  if (s == JV_OK) s = fit->cls->explain(c, fit, said);
  if (s == JV_OK) s = jv_fit_save(c, fit, &json);
  if (s == JV_OK) s = jv_fit_load(c, json, strlen(json), &back);
  if (s == JV_OK) {
    double again[6];
    s = jv_fit_simulate(c, back, 3, ahead, 2, again);
    if (s == JV_OK) assert_memory_equal(paths, again, sizeof paths);
  }
  cJSON_Delete(said);
  jv_free(c, json);
  jv_fit_free(c, fit);
  jv_fit_free(c, back);
  jv_registry_free(c, c->models);
  return s;
}

static void starves_cleanly(void **state) {
  (void)state;
  testing_starve(with_regressors, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nile),
      cmocka_unit_test(a_local_level_smooths),
      cmocka_unit_test(a_fixed_trend_is_the_line),
      cmocka_unit_test(fixed_seasons_agree),
      cmocka_unit_test(regressors_are_least_squares),
      cmocka_unit_test(repeated_regressors_are_refused),
      cmocka_unit_test(a_cycle_is_found),
      cmocka_unit_test(gaps_and_update),
      cmocka_unit_test(innovations_are_standard),
      cmocka_unit_test(the_type_is_chosen),
      cmocka_unit_test(bad_options),
      cmocka_unit_test(joint_distribution),
      cmocka_unit_test(applied_to_its_own_sample),
      cmocka_unit_test(starves_cleanly),
  };
  jv_ctx_init(&cx);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
