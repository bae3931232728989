/* Diagnostics: closed forms, identities, published critical values, bad input. R's answers are in
 * test_stats_conformance.c. */
#include "testing.h"
#include "base/rng.h"
#include "evaluate/dm.h"
#include "numeric/diagnostics.h"
#include "numeric/distribution.h"
#include "numeric/frequency.h"
#include "numeric/ols.h"

enum { N = 120 };
static jv_ctx cx;
static double noise[N], x[2 * N], y[N];

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(3, "diagnostics", NULL, 0);
  for (size_t i = 0; i < N; i++) {
    noise[i] = jv_rng_normal(&rng);
    x[i] = jv_rng_normal(&rng);
    x[i + N] = (double)i;
    y[i] = 3 + 2 * x[i] - 0.1 * x[i + N] + noise[i];
  }
  return 0;
}

/* ---- residuals */

static void portmanteau_is_the_definition(void **state) {
  (void)state;
  double e[] = {1, -1, 2, -2}; /* mean 0; r_1 = (-1 - 2 - 4) / 10 */
  jv_test_result r;
  assert_ok(&cx, jv_ljung_box(&cx, e, 4, 1, 0, &r));
  assert_near(r.statistic, 4.0 * 6 * 0.49 / 3, 1e-14, 0);
  assert_ok(&cx, jv_box_pierce(&cx, e, 4, 1, 0, &r));
  assert_near(r.statistic, 4 * 0.49, 1e-14, 0);
  assert_near(r.p_value, jv_chi_square_upper(1.96, 1), 1e-14, 0);
  assert_ok(&cx, jv_ljung_box(&cx, noise, N, 10, 3, &r));
  assert_near(r.df, 7, 0, 0);
}

static void arch_is_seen(void **state) {
  (void)state;
  double e[N];
  jv_test_result r;
  for (size_t i = 0; i < N; i++) e[i] = noise[i] * sqrt(0.2 + 0.8 * (i ? e[i - 1] * e[i - 1] : 1));
  assert_ok(&cx, jv_arch_lm(&cx, noise, N, 4, &r));
  assert_true(r.p_value > 0.05);
  assert_near(r.df, 4, 0, 0);
  assert_ok(&cx, jv_arch_lm(&cx, e, N, 4, &r));
  assert_true(r.p_value < 0.01);
}

static void normality_tests(void **state) {
  (void)state;
  double skewed[N], moved[N];
  jv_test_result a, b;
  for (size_t i = 0; i < N; i++) {
    skewed[i] = exp(noise[i]);
    moved[i] = 7 - 1e-200 * noise[i];
  }
  assert_ok(&cx, jv_jarque_bera(&cx, skewed, N, &a));
  assert_true(a.p_value < 1e-6);
  assert_ok(&cx, jv_shapiro_wilk(&cx, skewed, N, &a));
  assert_true(a.p_value < 1e-6);
  assert_ok(&cx, jv_shapiro_wilk(&cx, noise, N, &a));
  assert_true(a.p_value > 0.01);
  for (size_t i = 0; i < N; i++) moved[i] = -1e-200 * noise[i];
  assert_ok(&cx, jv_shapiro_wilk(&cx, moved, N, &b));
  assert_near(b.statistic, a.statistic, 1e-12, 1);
  /* Three values: W is known in closed form; equally spaced ones have W = 1. */
  double three[] = {1, 2, 3};
  assert_ok(&cx, jv_shapiro_wilk(&cx, three, 3, &a));
  assert_near(a.statistic, 1, 1e-15, 0);
  assert_near(a.p_value, 1, 1e-10, 0);
}

static void residual_tests_refuse(void **state) {
  (void)state;
  double flat[] = {1, 1, 1, 1, 1, 1}, huge[] = {1, INFINITY, 2, 3}, two[] = {1, 2};
  jv_test_result r;
  assert_fails(&cx, jv_ljung_box(&cx, noise, N, 0, 0, &r), JV_EINVAL, "lags must be 1 to 119");
  assert_fails(&cx, jv_ljung_box(&cx, noise, N, 3, 3, &r), JV_EINVAL, "fitdf 3 leaves none");
  assert_fails(&cx, jv_box_pierce(&cx, flat, 6, 2, 0, &r), JV_EDATA, "constant");
  assert_fails(&cx, jv_ljung_box(&cx, huge, 4, 1, 0, &r), JV_EDATA, "infinite");
  assert_fails(&cx, jv_arch_lm(&cx, noise, N, 0, &r), JV_EINVAL, "at least 1");
  assert_fails(&cx, jv_arch_lm(&cx, noise, 5, 2, &r), JV_EDATA, "need 6 values");
  assert_fails(&cx, jv_jarque_bera(&cx, two, 2, &r), JV_EDATA, "3 values");
  assert_fails(&cx, jv_shapiro_wilk(&cx, two, 2, &r), JV_EDATA, "3 to 5000");
  assert_fails(&cx, jv_shapiro_wilk(&cx, flat, 6, &r), JV_EDATA, "the same");
  assert_fails(&cx, jv_shapiro_wilk(&cx, huge, 4, &r), JV_EDATA, "infinite");
}

/* ---- stability */

static void recursive_residuals_are_the_definition(void **state) {
  (void)state;
  double w[N], ss = 0, mean, se_mean, se_new;
  jv_ols *fit = NULL;
  assert_ok(&cx, jv_recursive_residuals(&cx, y, x, N, 2, w));
  for (size_t t = 0; t < N; t++) {
    assert_int_equal(isnan(w[t]), t < 3);
    if (t >= 3) ss += w[t] * w[t];
  }
  assert_ok(&cx, jv_ols_fit(&cx, y, x, N, 2, NULL, &fit));
  assert_near(ss, fit->rss, 1e-12, 0);
  jv_ols_free(&cx, fit);
  /* The prediction of the 31st from the first 30, over its standard error without sigma. */
  double first[60], row[] = {x[30], x[30 + N]};
  for (size_t i = 0; i < 30; i++) first[i] = x[i], first[i + 30] = x[i + N];
  assert_ok(&cx, jv_ols_fit(&cx, y, first, 30, 2, NULL, &fit));
  assert_ok(&cx, jv_ols_predict(&cx, fit, row, 1, &mean, &se_mean, &se_new));
  assert_near(w[30], (y[30] - mean) / (se_new / fit->sigma), 1e-11, 1);
  jv_ols_free(&cx, fit);
}

static void cusum_finds_a_break(void **state) {
  (void)state;
  double broken[N], path[N];
  jv_test_result r;
  for (int kind = 0; kind < 2; kind++) {
    assert_ok(&cx, jv_cusum(&cx, noise, NULL, N, 0, (jv_cusum_kind)kind, NULL, &r));
    assert_true(r.p_value > 0.05);
    for (size_t i = 0; i < N; i++) broken[i] = noise[i] + (i >= 60 ? 2 : 0);
    assert_ok(&cx, jv_cusum(&cx, broken, NULL, N, 0, (jv_cusum_kind)kind, path, &r));
    assert_true(r.p_value < 0.01);
    assert_true(r.lags > 50);
  }
  assert_true(fabs(path[N - 1]) < 1e-10); /* least-squares residuals sum to zero */
  assert_int_equal(r.lags, 60);
}

/* p-values at the published 10, 5 and 1 % points, which have three decimals. */
static void cusum_p_values_meet_the_tables(void **state) {
  (void)state;
  jv_test_result r;
  assert_ok(&cx, jv_cusum(&cx, noise, NULL, N, 0, JV_CUSUM_RECURSIVE, NULL, &r));
  for (size_t i = 0; i < r.criticals; i++) {
    assert_near(jv_cusum_p_value(JV_CUSUM_RECURSIVE, r.critical[i]), r.level[i], 0.02, 0);
    assert_near(jv_cusum_p_value(JV_CUSUM_OLS, (double[]){1.224, 1.358, 1.628}[i]), r.level[i],
                0.005, 0);
  }
  assert_near(jv_cusum_p_value(JV_CUSUM_RECURSIVE, 0), 1, 0, 0);
  assert_near(jv_cusum_p_value(JV_CUSUM_OLS, 0), 1, 0, 0);
}

static void chow_is_the_dummy_regression(void **state) {
  (void)state;
  double z[5 * N];
  jv_ols *fit = NULL, *full = NULL;
  jv_test_result r;
  size_t at = 70;
  for (size_t i = 0; i < N; i++) {
    double late = i >= at;
    z[i] = x[i], z[i + N] = x[i + N], z[i + 2 * N] = late;
    z[i + 3 * N] = late * x[i], z[i + 4 * N] = late * x[i + N];
  }
  assert_ok(&cx, jv_ols_fit(&cx, y, x, N, 2, NULL, &fit));
  assert_ok(&cx, jv_ols_fit(&cx, y, z, N, 5, NULL, &full));
  double f = (fit->rss - full->rss) / 3 / (full->rss / (N - 6));
  jv_ols_free(&cx, fit);
  jv_ols_free(&cx, full);
  assert_ok(&cx, jv_chow(&cx, y, x, N, 2, at, &r));
  assert_near(r.statistic, f, 1e-9, 1);
  assert_near(r.df2, N - 6, 0, 0);
  assert_ok(&cx, jv_chow(&cx, y, x, N, 2, N - 2, &r)); /* two rows left: the forecast test */
  assert_near(r.df, 2, 0, 0);
  assert_near(r.df2, N - 2 - 3, 0, 0);
}

static void exact_regressions_have_no_test(void **state) {
  (void)state;
  jv_test_result r;
  double z[N];
  for (size_t i = 0; i < N; i++) z[i] = 1 - 0.3 * x[i];
  assert_fails(&cx, jv_chow(&cx, z, x, N, 1, 50, &r), JV_EDATA, "exact");
  assert_fails(&cx, jv_cusum(&cx, z, x, N, 1, JV_CUSUM_OLS, NULL, &r), JV_EDATA, "exact");
  assert_fails(&cx, jv_cusum(&cx, z, x, N, 1, JV_CUSUM_RECURSIVE, NULL, &r), JV_EDATA, "exact");
}

static void stability_tests_refuse(void **state) {
  (void)state;
  double gap[] = {1, NAN, 3, 4}, flat[] = {1, 1, 1, 1}, same[] = {2, 2, 2, 2, 3, 4}, w[6];
  double line[] = {1, 2, 3, 4, 5, 7};
  jv_test_result r;
  assert_fails(&cx, jv_cusum(&cx, gap, NULL, 4, 0, 0, NULL, &r), JV_EDATA, "row 2");
  assert_fails(&cx, jv_cusum(&cx, flat, NULL, 4, 0, 0, NULL, &r), JV_EDATA, "constant");
  assert_fails(&cx, jv_cusum(&cx, line, NULL, 2, 0, 0, NULL, &r), JV_EDATA, "3 rows");
  assert_fails(&cx, jv_recursive_residuals(&cx, line, same, 6, 1, w), JV_EDATA, "dependent");
  assert_fails(&cx, jv_chow(&cx, line, same, 6, 1, 1, &r), JV_EINVAL, "rows 4 to 6, got 2");
  assert_fails(&cx, jv_chow(&cx, line, same, 6, 1, 3, &r), JV_EDATA, "dependent in rows 1 to 3");
  assert_fails(&cx, jv_chow(&cx, line, NULL, 6, 0, 6, &r), JV_EINVAL, "got 7");
}

/* ---- Diebold-Mariano */

static void dm_is_the_t_test(void **state) {
  (void)state;
  double zero[N] = {0}, d2 = 0, mean = 0;
  jv_dm_options one = {.h = 1, .power = 1, .correct = 1};
  jv_test_result r, back;
  for (size_t i = 0; i < N; i++) mean += fabs(noise[i]) / N;
  for (size_t i = 0; i < N; i++) d2 += pow(fabs(noise[i]) - mean, 2);
  assert_ok(&cx, jv_dm_test(&cx, noise, zero, N, &one, &r));
  /* With h = 1 the corrected statistic is Student's t of the losses. */
  assert_near(r.statistic, mean / sqrt(d2 / (N - 1) / N), 1e-12, 1);
  assert_ok(&cx, jv_dm_test(&cx, zero, noise, N, &one, &back));
  assert_near(back.statistic, -r.statistic, 1e-12, 1);
  one.alternative = JV_DM_GREATER;
  assert_ok(&cx, jv_dm_test(&cx, noise, zero, N, &one, &r));
  one.alternative = JV_DM_LESS;
  assert_ok(&cx, jv_dm_test(&cx, noise, zero, N, &one, &back));
  assert_near(r.p_value + back.p_value, 1, 1e-12, 1);
}

/* Of dm.test in R's forecast 8.20 for these errors: horizon, power, weights, statistic, p. */
static void dm_at_longer_horizons_is_that_of_r(void **state) {
  (void)state;
  static const struct {
    int h, power, variance;
    double statistic, p;
  } answers[] = {{2, 2, JV_DM_RECTANGULAR, 1.0545139615, 0.2981369882},
                 {2, 1, JV_DM_BARTLETT, 0.1750405712, 0.8619533609},
                 {3, 1, JV_DM_RECTANGULAR, 0.1320290727, 0.8956401093},
                 {4, 2, JV_DM_BARTLETT, 0.9086621053, 0.3691097238}};
  double e1[40], e2[40];
  for (size_t i = 0; i < 40; i++) {
    double t = (double)i + 1;
    e1[i] = sin(t * t) * t / 10;
    e2[i] = cos(t * t * t) * 2 + 0.3;
  }
  for (size_t i = 0; i < 4; i++) {
    jv_dm_options opt = {answers[i].h, answers[i].power, answers[i].variance, JV_DM_TWO_SIDED, 1};
    jv_test_result r;
    assert_ok(&cx, jv_dm_test(&cx, e1, e2, 40, &opt, &r));
    assert_near(r.statistic, answers[i].statistic, 1e-9, 1); /* ten digits were printed */
    assert_near(r.p_value, answers[i].p, 1e-9, 1);
  }
}

static void dm_refuses(void **state) {
  (void)state;
  double huge[] = {1, INFINITY}, one[] = {1, 2};
  jv_dm_options far = {.h = 2, .power = 2, .correct = 1};
  jv_test_result r;
  assert_fails(&cx, jv_dm_test(&cx, noise, noise, N, NULL, &r), JV_EDATA, "the same everywhere");
  assert_fails(&cx, jv_dm_test(&cx, huge, one, 2, NULL, &r), JV_EDATA, "row 2");
  assert_fails(&cx, jv_dm_test(&cx, noise, one, 2, &far, &r), JV_EDATA,
               "needs 4 pairs of errors, got 2");
}

/* ---- frequency */

static void a_cycle_is_found(void **state) {
  (void)state;
  double wave[N], line[N];
  size_t period;
  for (size_t i = 0; i < N; i++) {
    wave[i] = 20 * sin(2 * 3.14159265358979 * (double)i / 8) + noise[i] + 3 * (double)i;
    line[i] = 2 + 5 * (double)i;
  }
  assert_ok(&cx, jv_find_frequency(&cx, wave, N, NULL, &period));
  assert_int_equal(period, 8);
  assert_ok(&cx, jv_find_frequency(&cx, noise, N, NULL, &period));
  assert_int_equal(period, 1);
  assert_ok(&cx, jv_find_frequency(&cx, line, N, NULL, &period));
  assert_int_equal(period, 1);
  jv_frequency_options scaled = {10, 1};
  for (size_t i = 0; i < N; i++) wave[i] *= 1e-6;
  assert_ok(&cx, jv_find_frequency(&cx, wave, N, NULL, &period));
  assert_int_equal(period, 1); /* the reference's threshold has the unit of the data */
  assert_ok(&cx, jv_find_frequency(&cx, wave, N, &scaled, &period));
  assert_int_equal(period, 8);
}

/* An autoregression's spectrum integrates to its variance over frequencies -1/2 .. 1/2. */
static void a_spectrum_integrates_to_the_variance(void **state) {
  (void)state;
  enum { POINTS = 20001 };
  static double s[POINTS];
  double ar[N], sum = 0, variance = 0, mean = 0;
  size_t order;
  for (size_t i = 0; i < N; i++) ar[i] = noise[i] + (i ? 0.7 * ar[i - 1] : 0);
  for (size_t i = 0; i < N; i++) mean += ar[i] / N;
  for (size_t i = 0; i < N; i++) variance += (ar[i] - mean) * (ar[i] - mean) / N;
  assert_ok(&cx, jv_ar_spectrum(&cx, ar, N, POINTS, s, &order));
  for (size_t i = 0; i < POINTS; i++)
    sum += s[i] * (i == 0 || i == POINTS - 1 ? 0.5 : 1) / (POINTS - 1);
  double size = N;
  assert_near(sum, variance * size / (size - (double)order - 1), 1e-6, 1);
}

static void frequency_refuses(void **state) {
  (void)state;
  double gaps[] = {1, 2, NAN, 3, 4}, huge[] = {1, INFINITY, 2};
  size_t period;
  assert_fails(&cx, jv_find_frequency(&cx, gaps, 5, NULL, &period), JV_EDATA, "3 values");
  assert_fails(&cx, jv_find_frequency(&cx, huge, 3, NULL, &period), JV_EDATA, "infinite");
}

static jv_status everything(jv_ctx *c) {
  jv_test_result r;
  size_t period;
  JV_TRY(jv_ljung_box(c, noise, 40, 4, 0, &r));
  JV_TRY(jv_arch_lm(c, noise, 40, 2, &r));
  JV_TRY(jv_shapiro_wilk(c, noise, 40, &r));
  JV_TRY(jv_cusum(c, noise, NULL, 40, 0, JV_CUSUM_RECURSIVE, NULL, &r));
  JV_TRY(jv_cusum(c, noise, NULL, 40, 0, JV_CUSUM_OLS, NULL, &r));
  JV_TRY(jv_chow(c, noise, NULL, 40, 0, 20, &r));
  JV_TRY(jv_dm_test(c, noise, x, 40, NULL, &r));
  return jv_find_frequency(c, noise, 40, NULL, &period);
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(everything, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(portmanteau_is_the_definition),
      cmocka_unit_test(arch_is_seen),
      cmocka_unit_test(normality_tests),
      cmocka_unit_test(residual_tests_refuse),
      cmocka_unit_test(recursive_residuals_are_the_definition),
      cmocka_unit_test(cusum_finds_a_break),
      cmocka_unit_test(cusum_p_values_meet_the_tables),
      cmocka_unit_test(chow_is_the_dummy_regression),
      cmocka_unit_test(exact_regressions_have_no_test),
      cmocka_unit_test(stability_tests_refuse),
      cmocka_unit_test(dm_is_the_t_test),
      cmocka_unit_test(dm_at_longer_horizons_is_that_of_r),
      cmocka_unit_test(dm_refuses),
      cmocka_unit_test(a_cycle_is_found),
      cmocka_unit_test(a_spectrum_integrates_to_the_variance),
      cmocka_unit_test(frequency_refuses),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("diagnostics", tests, start, NULL);
}
