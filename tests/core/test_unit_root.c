/* Autocorrelation, unit-root and seasonal tests, choice of Box-Cox: definitions computed another way,
 * invariances, edges, bad input. R's answers are in test_stats_conformance.c. */
#include "testing.h"
#include "base/rng.h"
#include "numeric/acf.h"
#include "numeric/boxcox_choice.h"
#include "numeric/brent.h"
#include "numeric/ols.h"
#include "numeric/seasonal_test.h"
#include "numeric/unit_root.h"
#include "series/series.h"

enum { N = 240 };
static jv_ctx cx;
static double noise[N], walk[N], season[N];

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(7, "unit roots", NULL, 0);
  for (size_t i = 0; i < N; i++) {
    noise[i] = jv_rng_normal(&rng);
    walk[i] = noise[i] + (i ? walk[i - 1] : 50);
    season[i] = 10 + 4 * sin(2 * 3.14159265358979 * (double)i / 12) + 0.3 * noise[i];
  }
  return 0;
}

/* ---- autocorrelation */

static void acf_is_the_definition(void **state) {
  (void)state;
  double y[] = {1, 2, 4, NAN, 3}, acov[4], acf[4];
  /* mean 2.5; lag 1: (-.5)(-1.5) + (1.5)(-.5) = 0 of 2 pairs; lag 2: (1.5)(-1.5) + (.5)(1.5) of 2 */
  assert_ok(&cx, jv_autocovariance(&cx, y, 5, 3, acov));
  assert_near(acov[0], 5.0 / 4, 1e-15, 0);
  assert_near(acov[1], 0, 0, 1e-15);
  assert_near(acov[2], -1.5 / 4, 1e-15, 0);
  assert_near(acov[3], -0.25 / 4, 1e-15, 0);
  assert_ok(&cx, jv_acf(&cx, y, 5, 3, acf));
  assert_near(acf[2], -0.3, 1e-15, 0);
}

/* The partial autocorrelation solves the Yule-Walker equations, here by least squares on them. */
static void pacf_solves_yule_walker(void **state) {
  (void)state;
  enum { P = 5 };
  double acf[P + 1], pacf[P], x[P * P], phi[P], var[P + 1];
  assert_ok(&cx, jv_acf(&cx, walk, N, P, acf));
  assert_ok(&cx, jv_pacf(&cx, walk, N, P, pacf));
  for (size_t order = 1; order <= P; order++) {
    jv_ols_options plain = {.intercept = 0, .tolerance = NAN};
    jv_ols *fit = NULL;
    for (size_t i = 0; i < order; i++)
      for (size_t j = 0; j < order; j++) x[i + j * order] = acf[i > j ? i - j : j - i];
    assert_ok(&cx, jv_ols_fit(&cx, acf + 1, x, order, order, &plain, &fit));
    assert_near(pacf[order - 1], fit->coef[order - 1], 1e-10, 1);
    jv_durbin_levinson(acf, order, phi, NULL, var);
    for (size_t i = 0; i < order; i++) assert_near(phi[i], fit->coef[i], 1e-10, 1);
    jv_ols_free(&cx, fit);
  }
  assert_near(var[1], 1 - pacf[0] * pacf[0], 1e-14, 1);
}

static void acf_refuses(void **state) {
  (void)state;
  double y[] = {1, NAN, INFINITY}, none[] = {NAN, NAN}, out[4];
  assert_fails(&cx, jv_acf(&cx, y, 2, 2, out), JV_EINVAL, "lag of 2");
  assert_fails(&cx, jv_acf(&cx, y, 3, 1, out), JV_EDATA, "value 3 of 3 is infinite");
  assert_fails(&cx, jv_pacf(&cx, none, 2, 1, out), JV_EDATA, "none of 2");
  double flat[] = {3, 3, 3};
  assert_ok(&cx, jv_pacf(&cx, flat, 3, 2, out));
  assert_true(isnan(out[0]));
}

/* ---- unit roots */

static void kpss_without_lags_is_the_definition(void **state) {
  (void)state;
  double y[] = {1, 3, 2, 5, 4}; /* residuals -2 0 -1 2 1, sums -2 -2 -3 -1 0: 18; squares 10 */
  jv_unit_root_options opt = {.lags = 0};
  jv_test_result r;
  assert_ok(&cx, jv_kpss(&cx, y, 5, &opt, &r));
  assert_near(r.statistic, 18.0 / 25 / 2, 1e-14, 0);
  assert_near(r.p_value, 0.1 + (0.36 - 0.347) / (0.463 - 0.347) * -0.05, 1e-14, 0);
}

static void statistics_do_not_feel_level_and_scale(void **state) {
  (void)state;
  double moved[N];
  jv_test_result a, b;
  for (size_t i = 0; i < N; i++) moved[i] = 1e3 - 20 * walk[i];
  assert_ok(&cx, jv_kpss(&cx, walk, N, NULL, &a));
  assert_ok(&cx, jv_kpss(&cx, moved, N, NULL, &b));
  assert_near(a.statistic, b.statistic, 1e-9, 1);
  assert_ok(&cx, jv_adf(&cx, walk, N, NULL, &a, NULL));
  assert_ok(&cx, jv_adf(&cx, moved, N, NULL, &b, NULL));
  assert_near(a.statistic, b.statistic, 1e-9, 1);
  assert_ok(&cx, jv_pp(&cx, walk, N, NULL, &a));
  assert_ok(&cx, jv_pp(&cx, moved, N, NULL, &b));
  assert_near(a.statistic, b.statistic, 1e-9, 1);
}

/* Without lags and correction, PP's t ratio is that of the Dickey-Fuller regression. */
static void pp_without_lags_is_dickey_fuller(void **state) {
  (void)state;
  for (int trend = 0; trend < 2; trend++) {
    jv_unit_root_options opt = {.trend = trend, .lags = 0};
    jv_test_result a, b;
    assert_ok(&cx, jv_adf(&cx, walk, N, &opt, &a, NULL));
    assert_ok(&cx, jv_pp(&cx, walk, N, &opt, &b));
    assert_near(a.statistic, b.statistic, 1e-8, 1);
    assert_near(a.p_value, b.p_value, 1e-8, 1);
  }
}

/* The tables are those of random walks: of 4000 simulated ones a share p has a p-value below p, within
 * four standard errors of that share and the 0.002 that two decimals of a table are worth. */
static void tables_are_those_of_random_walks(void **state) {
  (void)state;
  enum { WALKS = 4000, LENGTH = 101 };
  static const double levels[] = {0.025, 0.05, 0.1, 0.9, 0.95};
  jv_rng rng = jv_rng_keyed(17, "tables", NULL, 0);
  size_t below[4][5] = {{0}};
  double y[LENGTH];
  for (size_t i = 0; i < WALKS; i++) {
    y[0] = jv_rng_normal(&rng);
    for (size_t t = 1; t < LENGTH; t++) y[t] = y[t - 1] + jv_rng_normal(&rng);
    for (int k = 0; k < 4; k++) {
      jv_unit_root_options opt = {.trend = k / 2, .kind = k % 2, .lags = 0};
      jv_test_result r;
      assert_ok(&cx, jv_pp(&cx, y, LENGTH, &opt, &r));
      for (size_t l = 0; l < 5; l++) below[k][l] += r.p_value < levels[l] ? 1 : 0;
    }
  }
  for (size_t k = 0; k < 4; k++)
    for (size_t l = 0; l < 5; l++) {
      double p = levels[l], error = sqrt(p * (1 - p) / WALKS);
      assert_true(fabs((double)below[k][l] / WALKS - p) < 4 * error + 0.002);
    }
}

static void differences_are_counted(void **state) {
  (void)state;
  double twice[N], flat[] = {5, 5, 5, 5, 5, 5}, line[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (size_t i = 0; i < N; i++) twice[i] = walk[i] + (i ? twice[i - 1] : 0);
  int d;
  for (int test = 0; test < 3; test++) {
    jv_ndiffs_options opt = {test, JV_UNIT_LEVEL, 0.05, 2};
    assert_ok(&cx, jv_ndiffs(&cx, noise, N, &opt, &d));
    assert_int_equal(d, 0);
    assert_ok(&cx, jv_ndiffs(&cx, walk, N, &opt, &d));
    assert_int_equal(d, 1);
    assert_ok(&cx, jv_ndiffs(&cx, flat, 6, &opt, &d));
    assert_int_equal(d, 0);
  }
  assert_ok(&cx, jv_ndiffs(&cx, twice, N, NULL, &d));
  assert_int_equal(d, 2);
  jv_ndiffs_options once = {JV_NDIFFS_KPSS, JV_UNIT_LEVEL, 0.05, 1};
  assert_ok(&cx, jv_ndiffs(&cx, twice, N, &once, &d));
  assert_int_equal(d, 1);
  assert_ok(&cx, jv_ndiffs(&cx, line, 10, NULL, &d)); /* its difference is constant */
  assert_int_equal(d, 1);
  assert_ok(&cx, jv_ndiffs(&cx, line, 2, NULL, &d));
  assert_int_equal(d, 0);
  assert_ok(&cx, jv_ndiffs(&cx, line, 0, NULL, &d));
  assert_int_equal(d, 0);
}

static void unit_root_tests_refuse(void **state) {
  (void)state;
  double gap[] = {1, 2, NAN, 4, 5, 6, 7, 8, 9, 11}, flat[] = {2, 2, 2, 2, 2, 2, 2, 2};
  double line[] = {1, 2, 3, 4, 5, 6, 7, 8}, huge[] = {1, 2, INFINITY};
  jv_unit_root_options trend = {.trend = JV_UNIT_TREND, .lags = 1}, many = {.lags = 99};
  jv_test_result r;
  int d;
  assert_fails(&cx, jv_kpss(&cx, gap, 10, NULL, &r), JV_EDATA, "value 3 of 10 is missing");
  assert_fails(&cx, jv_kpss(&cx, gap, 2, NULL, &r), JV_EDATA, "needs 4 values");
  assert_fails(&cx, jv_kpss(&cx, flat, 8, NULL, &r), JV_EDATA, "constant");
  assert_fails(&cx, jv_kpss(&cx, line, 8, &trend, &r), JV_EDATA, "beside its trend");
  assert_fails(&cx, jv_kpss(&cx, line, 8, &many, &r), JV_EINVAL, "99 lags");
  assert_fails(&cx, jv_adf(&cx, line, 8, &many, &r, NULL), JV_EDATA, "adf needs 202 values");
  assert_fails(&cx, jv_adf(&cx, flat, 8, NULL, &r, NULL), JV_EDATA, "constant");
  assert_fails(&cx, jv_pp(&cx, line, 8, &many, &r), JV_EINVAL, "99 lags");
  assert_fails(&cx, jv_pp(&cx, line, 3, NULL, &r), JV_EDATA, "pp needs");
  assert_fails(&cx, jv_ndiffs(&cx, huge, 3, NULL, &d), JV_EDATA, "infinite");
}

/* ---- seasons */

static void seasons_are_found(void **state) {
  (void)state;
  double strength, many[N];
  int d;
  assert_ok(&cx, jv_seasonal_strength(&cx, season, N, 12, &strength));
  assert_true(strength > 0.95);
  assert_ok(&cx, jv_nsdiffs(&cx, season, N, 12, NULL, &d));
  assert_int_equal(d, 1);
  assert_ok(&cx, jv_nsdiffs(&cx, noise, N, 12, NULL, &d));
  assert_int_equal(d, 0);
  for (size_t i = 0; i < N; i++) many[i] = noise[i] + (i >= 12 ? many[i - 12] : 0);
  jv_nsdiffs_options ocsb = {JV_NSDIFFS_OCSB, 0.64, 1};
  assert_ok(&cx, jv_nsdiffs(&cx, many, N, 12, &ocsb, &d));
  assert_int_equal(d, 1);
  assert_ok(&cx, jv_nsdiffs(&cx, noise, N, 12, &ocsb, &d));
  assert_int_equal(d, 0);
  season[17] = NAN;
  assert_ok(&cx, jv_nsdiffs(&cx, season, N, 12, NULL, &d));
  assert_int_equal(d, 1);
  season[17] = season[5];
}

static void short_and_flat_series_have_no_season(void **state) {
  (void)state;
  double flat[30], strength = 9;
  int d = 9;
  for (size_t i = 0; i < 30; i++) flat[i] = 4;
  assert_ok(&cx, jv_nsdiffs(&cx, season, 24, 12, NULL, &d));
  assert_int_equal(d, 0);
  assert_ok(&cx, jv_nsdiffs(&cx, season, N, 1, NULL, &d));
  assert_int_equal(d, 0);
  assert_ok(&cx, jv_nsdiffs(&cx, flat, 30, 4, NULL, &d));
  assert_int_equal(d, 0);
  assert_ok(&cx, jv_seasonal_strength(&cx, flat, 30, 4, &strength));
  assert_near(strength, 0, 0, 0);
}

/* Its t ratio is that of one regression, written out here for one lag. */
static void ocsb_is_its_regression(void **state) {
  (void)state;
  enum { M = 4, ROWS = 60 - M - 2 };
  double w[ROWS], x[3 * ROWS], *y = season;
  jv_ols_options plain = {.intercept = 0, .tolerance = NAN};
  jv_ols *fit = NULL;
#define DM(t) (y[t] - y[(t)-M])
#define D(t) (y[t] - y[(t)-1])
#define W(t) (DM(t) - DM((t)-1))
  for (size_t i = 0; i < ROWS; i++) {
    w[i] = W(i + M + 2);
    x[i] = W(i + M + 1);
  }
  assert_ok(&cx, jv_ols_fit(&cx, w, x, ROWS, 1, &plain, &fit));
  double l = fit->coef[0];
  jv_ols_free(&cx, fit);
  for (size_t i = 0; i < ROWS; i++) {
    size_t t = i + M + 2;
    x[i] = DM(t - 1) - l * DM(t - 2);
    x[i + ROWS] = D(t - M) - l * D(t - M - 1);
    x[i + 2 * ROWS] = W(t - 1);
  }
#undef DM
#undef D
#undef W
  assert_ok(&cx, jv_ols_fit(&cx, w, x, ROWS, 3, &plain, &fit));
  jv_ocsb_options opt = {1, JV_OCSB_FIXED};
  jv_ocsb_result r;
  assert_ok(&cx, jv_ocsb(&cx, y, 60, M, &opt, &r));
  assert_near(r.statistic, fit->t[1], 1e-10, 1);
  jv_ols_free(&cx, fit);
}

static void seasonal_tests_refuse(void **state) {
  (void)state;
  double huge[] = {1, 2, INFINITY}, none[] = {NAN}, strength;
  jv_ocsb_result r;
  int d;
  assert_fails(&cx, jv_ocsb(&cx, noise, N, 1, NULL, &r), JV_EINVAL, "period of 2");
  assert_fails(&cx, jv_ocsb(&cx, noise, 8, 4, NULL, &r), JV_EDATA, "needs 9 values");
  assert_fails(&cx, jv_nsdiffs(&cx, huge, 3, 2, NULL, &d), JV_EDATA, "value 3 of 3");
  assert_fails(&cx, jv_seasonal_strength(&cx, none, 1, 4, &strength), JV_EDATA, "none of 1");
}

/* ---- Box-Cox */

static double bowl(void *data, double x) {
  (*(int *)data)++;
  return x < -0.9 ? NAN : (x - 0.3) * (x - 0.3) + 0.1 * pow(x - 0.3, 4);
}

static void brent_finds_the_bottom(void **state) {
  (void)state;
  int calls = 0;
  assert_near(jv_brent(bowl, &calls, -1, 2, 1e-8), 0.3, 1e-7, 1);
  assert_true(calls < 40);
}

/* Values whose transform is a line with the same spread everywhere ask for that transform, to a step
 * of the grid. */
static void exponents_are_recovered(void **state) {
  (void)state;
  static const double exponents[] = {-0.5, 0, 0.5, 1};
  double y[N], lambda;
  for (size_t k = 0; k < 4; k++) {
    double l = exponents[k];
    for (size_t i = 0; i < N; i++) {
      double z = 20 + 0.1 * (double)i + 0.1 * noise[i];
      y[i] = l == 0 ? exp(z / 5) : pow(z, 1 / l);
    }
    assert_ok(&cx, jv_boxcox_likelihood(&cx, y, N, 1, -1, 2, &lambda));
    assert_true(fabs(lambda - l) < 0.051);
  }
}

static void a_factor_does_not_move_the_exponent(void **state) {
  (void)state;
  double y[N], z[N], a, b;
  for (size_t i = 0; i < N; i++) {
    y[i] = exp(0.01 * (double)i + 0.1 * noise[i]);
    z[i] = 1e6 * y[i];
  }
  assert_ok(&cx, jv_boxcox_guerrero(&cx, y, N, 12, -1, 2, &a));
  assert_ok(&cx, jv_boxcox_guerrero(&cx, z, N, 12, -1, 2, &b));
  assert_near(a, b, 1e-6, 1);
  assert_ok(&cx, jv_boxcox_likelihood(&cx, y, N, 12, -1, 2, &a));
  assert_ok(&cx, jv_boxcox_likelihood(&cx, z, N, 12, -1, 2, &b));
  assert_near(a, b, 0, 0);
}

static void boxcox_choice_refuses(void **state) {
  (void)state;
  double y[] = {1, 2, 0, 4, 5, 6}, none[] = {NAN}, flat[] = {3, 3, 3, 3}, lambda = 9;
  assert_fails(&cx, jv_boxcox_guerrero(&cx, y, 6, 1, 2, 1, &lambda), JV_EINVAL, "below upper");
  assert_fails(&cx, jv_boxcox_guerrero(&cx, y, 6, 1, -2, -1, &lambda), JV_EINVAL, "values <= 0");
  assert_fails(&cx, jv_boxcox_guerrero(&cx, none, 1, 1, -1, 2, &lambda), JV_EDATA, "none of 1");
  assert_fails(&cx, jv_boxcox_likelihood(&cx, y, 6, 1, -1, 2, &lambda), JV_EDATA, "values > 0");
  assert_ok(&cx, jv_boxcox_likelihood(&cx, flat, 4, 1, -1, 2, &lambda));
  assert_near(lambda, 1, 0, 0);
}

/* ---- memory */

static jv_status everything(jv_ctx *c) {
  double out[20], strength, lambda;
  jv_test_result r;
  jv_ocsb_result o;
  jv_ocsb_options aic = {2, JV_OCSB_AIC};
  int d;
  JV_TRY(jv_pacf(c, walk, 40, 5, out));
  JV_TRY(jv_adf(c, walk, 40, NULL, &r, out));
  JV_TRY(jv_pp(c, walk, 40, NULL, &r));
  JV_TRY(jv_ndiffs(c, walk, 40, NULL, &d));
  JV_TRY(jv_ocsb(c, season, 40, 4, &aic, &o));
  JV_TRY(jv_nsdiffs(c, season, 40, 4, NULL, &d));
  JV_TRY(jv_seasonal_strength(c, season, 40, 4, &strength));
  JV_TRY(jv_boxcox_guerrero(c, season, 40, 4, -1, 2, &lambda));
  return jv_boxcox_likelihood(c, season, 40, 4, -1, 2, &lambda);
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(everything, 2000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(acf_is_the_definition),
      cmocka_unit_test(pacf_solves_yule_walker),
      cmocka_unit_test(acf_refuses),
      cmocka_unit_test(kpss_without_lags_is_the_definition),
      cmocka_unit_test(statistics_do_not_feel_level_and_scale),
      cmocka_unit_test(pp_without_lags_is_dickey_fuller),
      cmocka_unit_test(tables_are_those_of_random_walks),
      cmocka_unit_test(differences_are_counted),
      cmocka_unit_test(unit_root_tests_refuse),
      cmocka_unit_test(seasons_are_found),
      cmocka_unit_test(short_and_flat_series_have_no_season),
      cmocka_unit_test(ocsb_is_its_regression),
      cmocka_unit_test(seasonal_tests_refuse),
      cmocka_unit_test(brent_finds_the_bottom),
      cmocka_unit_test(exponents_are_recovered),
      cmocka_unit_test(a_factor_does_not_move_the_exponent),
      cmocka_unit_test(boxcox_choice_refuses),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("unit roots and seasons", tests, start, NULL);
}
