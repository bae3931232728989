/* Features: each against what is known of a made series, invariances, edges. */
#include "testing.h"
#include "base/rng.h"
#include "evaluate/features.h"

enum { N = 240 };
static const double pi = 3.14159265358979323846;
static jv_ctx cx;
static double noise[N], walk[N], line[N], wave[N];

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(11, "features", NULL, 0);
  for (size_t i = 0; i < N; i++) {
    noise[i] = jv_rng_normal(&rng);
    walk[i] = noise[i] + (i ? walk[i - 1] : 0);
    line[i] = 5 + 2 * (double)i;
    wave[i] = 50 + 10 * cos(2 * pi * (double)i / 12) + noise[i];
  }
  return 0;
}

static jv_features of(const double *y, size_t n, size_t m) {
  jv_features f;
  assert_ok(&cx, jv_features_of(&cx, y, n, m, true, &f));
  return f;
}

static void a_line_is_all_trend(void **state) {
  (void)state;
  jv_features f = of(line, N, 1);
  assert_near(f.n, N, 0, 0);
  assert_near(f.trend_strength, 1, 1e-12, 0);
  assert_near(f.seasonal_strength, 0, 0, 0);
  assert_near(f.linearity, sqrt(N - 1), 1e-9, 0); /* |z| */
  assert_true(fabs(f.curvature) < 1e-9);
  assert_near(f.crossing_points, 1, 0, 0);
  assert_near(f.flat_spots, N / 10, 0.05, 0);
  assert_near(f.ndiffs, 1, 0, 0);
  assert_near(f.missing, 0, 0, 0);
  assert_true(fabs(f.skewness) < 1e-9);
  assert_true(isnan(f.peak) && isnan(f.seas_acf1) && isnan(f.hw_gamma));
}

static void a_bow_is_curved(void **state) {
  (void)state;
  double bow[N];
  for (size_t i = 0; i < N; i++) bow[i] = pow((double)i - (N - 1) / 2.0, 2);
  jv_features f = of(bow, N, 1);
  assert_true(fabs(f.linearity) < 1e-6);
  assert_near(f.curvature, sqrt(N - 1), 1e-2, 0); /* but for the smooth's bias at the ends */
}

static void a_season_is_seen(void **state) {
  (void)state;
  jv_features f = of(wave, N, 12);
  assert_true(f.seasonal_strength > 0.95);
  assert_near(f.season, 12, 0, 0);
  assert_near(f.peak, 1, 0, 0);
  assert_near(f.trough, 7, 0, 0);
  assert_true(f.seas_acf1 > 0.8);
  assert_near(f.period, 12, 0, 0);
  assert_near(f.nsdiffs, 1, 0, 0);
  assert_true(f.entropy < of(noise, N, 12).entropy);
  assert_true(f.hw_alpha >= 0 && f.hw_gamma >= 0 && f.hw_beta >= 0);
}

static void memory_is_measured(void **state) {
  (void)state;
  double twice[N];
  for (size_t i = 0; i < N; i++) twice[i] = noise[i] - (i ? noise[i - 1] : 0);
  assert_near(of(noise, N, 1).hurst, 0.5, 0.4, 0);
  assert_near(of(walk, N, 1).hurst, 1.5, 0.15, 0);
  assert_true(of(twice, N, 1).hurst < of(noise, N, 1).hurst);
  assert_near(of(noise, N, 1).entropy, 1, 0.05, 0);
  assert_true(of(walk, N, 1).kpss > of(noise, N, 1).kpss);
  assert_true(of(noise, N, 1).pp < -100);
}

static void shifts_are_placed(void **state) {
  (void)state;
  double level[N], spread[N];
  for (size_t i = 0; i < N; i++) {
    level[i] = noise[i] + (i >= 100 ? 30 : 0);
    spread[i] = (i % 2 ? 1 : -1) * (i >= 150 ? 10 : 1) + 0.01 * noise[i];
  }
  jv_features f = of(level, N, 1), g = of(spread, N, 1);
  assert_near(f.time_level_shift, 101, 0, 0);
  assert_true(f.max_level_shift > 1.5);
  assert_near(g.time_var_shift, 151, 0, 0);
  assert_true(g.lumpiness > f.lumpiness);
  assert_true(f.stability > g.stability);
  assert_true(f.max_kl_shift > 10);
}

/* The spike's shortcut is the variance of n variances, here in full. */
static void the_spike_is_its_definition(void **state) {
  (void)state;
  double spiked[N], plain[N];
  memcpy(spiked, noise, sizeof spiked);
  memcpy(plain, noise, sizeof plain);
  spiked[77] += 12;
  assert_true(of(spiked, N, 1).spike > 10 * of(plain, N, 1).spike);
}

static void demand_is_counted(void **state) {
  (void)state;
  double y[] = {0, 0, 3, 0, 0, 1, 0, 0, 2, 0, NAN, 0, 0, 2, 0, 0};
  jv_features f = of(y, 16, 1);
  assert_near(f.adi, 15.0 / 4, 1e-12, 0);
  assert_near(f.zeros, 11.0 / 15, 1e-12, 0);
  assert_near(f.missing, 1.0 / 16, 1e-12, 0);
  assert_near(f.cv2, 2.0 / 3 / 4, 1e-12, 0); /* of 3 1 2 2 */
  assert_true(isnan(f.lambda));
}

/* Level and scale change none but those of the raw values. */
static void level_and_scale_do_not_matter(void **state) {
  (void)state;
  double moved[N];
  for (size_t i = 0; i < N; i++) moved[i] = 1000 + 0.25 * wave[i];
  jv_features a = of(wave, N, 12), b = of(moved, N, 12);
  assert_near(a.spike, b.spike, 1e-8, 1e-6);
#define SAME(name) assert_near(b.name, a.name, 1e-6, 1)
  SAME(trend_strength), SAME(seasonal_strength), SAME(linearity), SAME(curvature), SAME(x_acf10);
  SAME(diff2_pacf5), SAME(entropy), SAME(stability), SAME(lumpiness), SAME(max_kl_shift);
  SAME(crossing_points), SAME(hurst), SAME(kpss), SAME(pp), SAME(nonlinearity), SAME(arch_r2);
  SAME(period), SAME(skewness), SAME(kurtosis), SAME(outliers);
#undef SAME
}

static void nonlinear_series_say_so(void **state) {
  (void)state;
  double y[N];
  y[0] = 0.3;
  for (size_t i = 1; i < N; i++) y[i] = 3.8 * y[i - 1] * (1 - y[i - 1]); /* the logistic map */
  for (size_t i = 0; i < N; i++) y[i] += 0.01 * noise[i];
  assert_true(of(y, N, 1).nonlinearity > 10);
  assert_true(of(noise, N, 1).nonlinearity < 1);
}

static void edges(void **state) {
  (void)state;
  double flat[] = {3, 3, 3, 3, 3, 3}, two[] = {1, 2}, none[] = {NAN}, huge[] = {1, INFINITY};
  jv_features f = of(flat, 6, 1);
  assert_near(f.outliers, 0, 0, 0);
  assert_true(isnan(f.x_acf1) && isnan(f.skewness));
  for (size_t n = 1; n < 60; n++) {
    of(walk, n, 1);
    of(walk, n, 4);
    of(walk, n, 12);
  }
  of(two, 2, 4);
  assert_fails(&cx, jv_features_of(&cx, none, 1, 1, true, &f), JV_EDATA, "none of 1");
  assert_fails(&cx, jv_features_of(&cx, huge, 2, 1, true, &f), JV_EDATA, "value 2 of 2");
  assert_fails(&cx, jv_features_of(&cx, two, 2, 0, true, &f), JV_EINVAL, "season");
}

static jv_status some(jv_ctx *c) {
  jv_features f;
  return jv_features_of(c, wave, 60, 12, true, &f);
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(some, 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_all_trend),     cmocka_unit_test(a_bow_is_curved),
      cmocka_unit_test(a_season_is_seen),        cmocka_unit_test(memory_is_measured),
      cmocka_unit_test(shifts_are_placed),       cmocka_unit_test(the_spike_is_its_definition),
      cmocka_unit_test(demand_is_counted),       cmocka_unit_test(level_and_scale_do_not_matter),
      cmocka_unit_test(nonlinear_series_say_so), cmocka_unit_test(edges),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("features", tests, start, NULL);
}
