/* Filling, outliers, level shifts: what is left alone, what is found, bad input. R's answers are in
 * test_stats_conformance.c. */
#include "testing.h"
#include "base/rng.h"
#include "numeric/clean.h"

enum { N = 120 };
static jv_ctx cx;
static double noise[N], season[N];

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(5, "clean", NULL, 0);
  for (size_t i = 0; i < N; i++) {
    noise[i] = jv_rng_normal(&rng);
    season[i] = 100 + 20 * (i % 4 == 0) - 10 * (i % 4 == 2) + 0.5 * (double)i;
  }
  return 0;
}

/* ---- filling */

static void lines_join_neighbours(void **state) {
  (void)state;
  double y[] = {NAN, 2, NAN, NAN, 8, NAN}, want[] = {2, 2, 4, 6, 8, 8}, out[6];
  assert_ok(&cx, jv_fill_missing(&cx, y, 6, 1, JV_OPT_UNSET, out));
  for (size_t i = 0; i < 6; i++) assert_near(out[i], want[i], 1e-15, 1);
  assert_ok(&cx, jv_fill_missing(&cx, y, 6, 1, JV_FILL_LINEAR, y)); /* in place */
  for (size_t i = 0; i < 6; i++) assert_near(y[i], want[i], 1e-15, 1);
}

/* A line plus a fixed season is filled exactly: STL returns both. */
static void a_season_is_continued(void **state) {
  (void)state;
  double y[N], out[N];
  memcpy(y, season, sizeof y);
  y[30] = y[31] = y[50] = y[77] = y[91] = NAN;
  assert_ok(&cx, jv_fill_missing(&cx, y, N, 4, JV_OPT_UNSET, out));
  for (size_t i = 0; i < N; i++) assert_near(out[i], season[i], 1e-6, 100);
  assert_ok(&cx, jv_fill_missing(&cx, y, N, 4, JV_FILL_LINEAR, out));
  assert_near(out[50], (season[49] + season[51]) / 2, 1e-14, 1);
}

static void complete_series_are_copied(void **state) {
  (void)state;
  double out[N];
  assert_ok(&cx, jv_fill_missing(&cx, noise, N, 12, JV_OPT_UNSET, out));
  assert_memory_equal(out, noise, sizeof out);
}

static void filling_refuses(void **state) {
  (void)state;
  double none[] = {NAN, NAN}, huge[] = {1, -INFINITY}, few[] = {1, NAN, 3, 4, 5}, out[5];
  assert_fails(&cx, jv_fill_missing(&cx, none, 2, 1, JV_OPT_UNSET, out), JV_EDATA, "none of 2");
  assert_fails(&cx, jv_fill_missing(&cx, huge, 2, 1, JV_OPT_UNSET, out), JV_EDATA, "value 2 of 2");
  assert_fails(&cx, jv_fill_missing(&cx, few, 5, 4, JV_FILL_SEASONAL, out), JV_EDATA,
               "more than 2 periods of 4, got 4");
}

/* ---- outliers */

static void outliers_are_found_and_mended(void **state) {
  (void)state;
  double y[N];
  jv_outliers *o = NULL;
  for (size_t i = 0; i < N; i++) y[i] = season[i] + 0.5 * noise[i];
  y[40] += 60;
  y[83] -= 45;
  assert_ok(&cx, jv_outliers_find(&cx, y, N, 4, NULL, &o));
  assert_int_equal(o->count, 2);
  assert_int_equal(o->index[0], 40);
  assert_int_equal(o->index[1], 83);
  assert_near(o->observed[0], y[40], 0, 0);
  assert_near(o->replacement[0], season[40], 0.03, 0);
  assert_near(o->replacement[1], season[83], 0.03, 0);
  jv_outliers_free(&cx, o);
  jv_outlier_options wide = {100, 2};
  assert_ok(&cx, jv_outliers_find(&cx, y, N, 4, &wide, &o));
  assert_int_equal(o->count, 0);
  jv_outliers_free(&cx, o);
}

static void quiet_series_have_none(void **state) {
  (void)state;
  double flat[N], y[N];
  jv_outliers *o = NULL;
  for (size_t i = 0; i < N; i++) {
    flat[i] = 7;
    y[i] = i == 11 ? NAN : noise[i];
  }
  assert_ok(&cx, jv_outliers_find(&cx, flat, N, 1, NULL, &o));
  assert_int_equal(o->count, 0);
  jv_outliers_free(&cx, o);
  assert_ok(&cx, jv_outliers_find(&cx, y, N, 1, NULL, &o)); /* missing is no outlier */
  assert_int_equal(o->count, 0);
  jv_outliers_free(&cx, o);
  jv_outliers_free(&cx, NULL);
}

/* ---- level shifts */

static void shifts_are_found(void **state) {
  (void)state;
  double y[N], flat[N];
  jv_shift shifts[N];
  size_t count;
  for (size_t i = 0; i < N; i++) {
    y[i] = season[i] + noise[i] + (i >= 60 ? 30 : 0) - (i >= 90 ? 25 : 0);
    flat[i] = i >= 70 ? 3 : 2;
  }
  assert_ok(&cx, jv_level_shifts(&cx, y, N, 4, NULL, shifts, &count));
  assert_int_equal(count, 2);
  assert_int_equal(shifts[0].index, 60);
  assert_int_equal(shifts[1].index, 90);
  assert_near(shifts[0].size, 30, 0.15, 0);
  assert_near(shifts[1].size, -25, 0.15, 0);
  assert_ok(&cx, jv_level_shifts(&cx, flat, N, 1, NULL, shifts, &count));
  assert_int_equal(count, 1);
  assert_int_equal(shifts[0].index, 70);
  assert_near(shifts[0].size, 1, 1e-12, 0);
}

static void a_walk_and_an_outlier_are_no_shift(void **state) {
  (void)state;
  double walk[N], spike[N], flat[N];
  jv_shift shifts[N];
  size_t count = 9;
  for (size_t i = 0; i < N; i++) {
    walk[i] = noise[i] + (i ? walk[i - 1] : 0);
    spike[i] = noise[i] + (i == 50 ? 40 : 0);
    flat[i] = 1;
  }
  assert_ok(&cx, jv_level_shifts(&cx, walk, N, 1, NULL, shifts, &count));
  assert_int_equal(count, 0);
  assert_ok(&cx, jv_level_shifts(&cx, spike, N, 1, NULL, shifts, &count));
  assert_int_equal(count, 0);
  assert_ok(&cx, jv_level_shifts(&cx, flat, N, 1, NULL, shifts, &count));
  assert_int_equal(count, 0);
  assert_ok(&cx, jv_level_shifts(&cx, walk, 20, 1, NULL, shifts, &count));
  assert_int_equal(count, 0);
}

static jv_status everything(jv_ctx *c) {
  double y[48], out[48];
  jv_outliers *o = NULL;
  jv_shift shifts[48];
  size_t count;
  memcpy(y, season, sizeof y);
  y[10] = NAN;
  y[20] = 900;
  JV_TRY(jv_fill_missing(c, y, 48, 4, JV_OPT_UNSET, out));
  JV_TRY(jv_level_shifts(c, y, 48, 4, NULL, shifts, &count));
  JV_TRY(jv_outliers_find(c, y, 48, 4, NULL, &o));
  jv_outliers_free(c, o);
  return JV_OK;
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(everything, 2000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_join_neighbours),
      cmocka_unit_test(a_season_is_continued),
      cmocka_unit_test(complete_series_are_copied),
      cmocka_unit_test(filling_refuses),
      cmocka_unit_test(outliers_are_found_and_mended),
      cmocka_unit_test(quiet_series_have_none),
      cmocka_unit_test(shifts_are_found),
      cmocka_unit_test(a_walk_and_an_outlier_are_no_shift),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("cleaning", tests, start, NULL);
}
