/* Laws of the decompositions: STL, MSTL, the super smoother, classical. */
#include "testing.h"
#include "base/rng.h"
#include "numeric/classical.h"
#include "numeric/loess.h"
#include "numeric/mstl.h"
#include "numeric/supsmu.h"

enum { N = 130, M = 12 };
static jv_ctx cx;

static void make_series(double *y, size_t n, size_t m, double noise) {
  jv_rng rng = jv_rng_keyed(3, "stl", NULL, 0);
  for (size_t t = 0; t < n; t++)
    y[t] = 50 + 0.3 * (double)t + 8 * sin(6.283185307179586 * (double)(t % m) / (double)m) +
           noise * jv_rng_normal(&rng);
}

static jv_stl_options defaults(void) {
  jv_stl_options opt;
  jv_option_defaults(jv_stl_option_rows, &opt);
  return opt;
}

/* ---- loess ---- */

/* Weighted least squares by its normal equations. */
static double brute_force(const double *y, size_t n, size_t window, int degree, double x,
                          const double *rw) {
  size_t width = window < n ? window : n, left = 0;
  double s[5] = {0}, best = INFINITY;
  for (size_t from = 0; from + width <= n; from++) { /* the neighbourhood of least radius */
    double radius = fmax(fabs(x - (double)from - 1), fabs((double)(from + width) - x));
    if (radius < best - 1e-12) {
      best = radius;
      left = from;
    }
  }
  if (window > n) best += (double)((window - n) / 2);
  for (size_t j = left; j < left + width; j++) {
    double d = (double)j + 1 - x, u = fabs(d) / best;
    double w = u >= 0.999 ? 0 : u <= 0.001 ? 1 : pow(1 - u * u * u, 3);
    if (rw) w *= rw[j];
    s[0] += w;
    s[1] += w * d;
    s[2] += w * d * d;
    s[3] += w * y[j];
    s[4] += w * d * y[j];
  }
  return degree == 0 ? s[3] / s[0] : (s[2] * s[3] - s[1] * s[4]) / (s[0] * s[2] - s[1] * s[1]);
}

static void loess_is_local_least_squares(void **state) {
  (void)state;
  double y[40], rw[40], out[42], work[40];
  make_series(y, 40, 7, 3);
  for (size_t t = 0; t < 40; t++) rw[t] = 0.2 + 0.8 * (double)(t % 3) / 2;
  for (size_t window = 5; window <= 61; window += 8)
    for (int k = 0; k < 4; k++) {
      jv_loess l;
      const double *weights = k % 2 ? rw : NULL;
      assert_ok(&cx, jv_loess_init(&cx, 40, window, k / 2, 1, true, &l));
      jv_loess_smooth(&l, y, weights, out, work);
      for (size_t x = 0; x <= 41; x++) /* normal equations lose digits */
        assert_near(out[x], brute_force(y, 40, window, k / 2, (double)x, weights), 1e-9, 50);
      jv_loess_clear(&cx, &l);
    }
}

static void loess_keeps_lines_and_jumps_draw_them(void **state) {
  (void)state;
  double y[33], out[35], work[33], every[33];
  for (size_t t = 0; t < 33; t++) y[t] = 3 - 0.7 * (double)(t + 1);
  for (size_t jump = 1; jump < 50; jump += 4) {
    jv_loess l;
    assert_ok(&cx, jv_loess_init(&cx, 33, 9, 1, jump, true, &l));
    jv_loess_smooth(&l, y, NULL, out, work);
    for (size_t x = 0; x <= 34; x++) assert_near(out[x], 3 - 0.7 * (double)x, 1e-13, 10);
    jv_loess_clear(&cx, &l);
  }
  make_series(y, 33, 7, 3);
  jv_loess one, three;
  assert_ok(&cx, jv_loess_init(&cx, 33, 9, 1, 1, false, &one));
  assert_ok(&cx, jv_loess_init(&cx, 33, 9, 1, 5, false, &three));
  jv_loess_smooth(&one, y, NULL, every, work);
  jv_loess_smooth(&three, y, NULL, out, work);
  for (size_t t = 0; t <= 30; t += 5) assert_true(out[t] == every[t]);
  assert_true(out[32] == every[32]); /* the last is evaluated though jumps do not meet it */
  assert_near(out[31], (out[30] + out[32]) / 2, 1e-14, 10);
  assert_near(out[7], out[5] + 0.4 * (out[10] - out[5]), 1e-14, 10);
  jv_loess_clear(&cx, &one);
  jv_loess_clear(&cx, &three);
}

static void weights_of_zero_leave_the_value(void **state) {
  (void)state;
  double y[] = {1, 2, 9, 4, 5, 6, 7}, rw[] = {0, 0, 0, 0, 1, 1, 1}, out[9], work[7];
  jv_loess l;
  assert_ok(&cx, jv_loess_init(&cx, 7, 3, 0, 1, true, &l));
  jv_loess_smooth(&l, y, rw, out, work);
  assert_true(out[1] == 1 && out[2] == 2 && out[3] == 9);
  assert_true(out[0] == out[1]); /* beyond the end: that of the neighbour */
  jv_loess_clear(&cx, &l);
}

/* ---- STL ---- */

static void parts_add_up_and_a_periodic_season_repeats(void **state) {
  (void)state;
  double y[N], s[N], t[N], r[N], w[N];
  for (int robust = 0; robust < 2; robust++)
    for (int periodic = 0; periodic < 2; periodic++) {
      jv_stl_options opt = defaults();
      opt.robust = robust;
      if (periodic) opt.window.choice = JV_STL_PERIODIC;
      make_series(y, N, M, 2);
      y[40] += 60;
      assert_ok(&cx, jv_stl(&cx, y, N, M, &opt, s, t, r, w));
      for (size_t i = 0; i < N; i++) {
        assert_near(s[i] + t[i] + r[i], y[i], 1e-14, 100);
        if (periodic && i >= M) assert_true(s[i] == s[i - M]);
        assert_true(robust ? w[i] >= 0 && w[i] <= 1 : w[i] == 1);
      }
      if (robust) assert_true(w[40] == 0 && r[40] > 50); /* the outlier stays outside */
    }
}

/* A line with a season of mean zero is its own decomposition where every loess is of degree 1: it and
 * the moving averages keep lines. */
static void what_is_a_line_and_a_season_comes_back(void **state) {
  (void)state;
  double y[N], s[N], t[N], r[N];
  static const double season[] = {3, -1, -2, 5, -5};
  for (size_t i = 0; i < N; i++) y[i] = 7 + 0.25 * (double)i + season[i % 5];
  jv_stl_options opt = defaults();
  opt.s_degree = 1;
  assert_ok(&cx, jv_stl(&cx, y, N, 5, &opt, s, t, r, NULL));
  for (size_t i = 0; i < N; i++) {
    assert_near(t[i], 7 + 0.25 * (double)i, 1e-12, 50);
    assert_near(s[i], season[i % 5], 1e-12, 50);
    assert_near(r[i], 0, 1e-12, 50);
  }
}

/* Without robustness weights the season is a linear map of y, and with degree 1 of no line. */
static void it_is_linear(void **state) {
  (void)state;
  double y[N], z[N], s[N], u[N];
  make_series(y, N, M, 2);
  for (size_t i = 0; i < N; i++) z[i] = 3 * y[i] + 2 * (double)i - 40;
  jv_stl_options opt = defaults();
  opt.s_degree = 1;
  assert_ok(&cx, jv_stl(&cx, y, N, M, &opt, s, NULL, NULL, NULL));
  assert_ok(&cx, jv_stl(&cx, z, N, M, &opt, u, NULL, NULL, NULL));
  for (size_t i = 0; i < N; i++) assert_near(u[i], 3 * s[i], 1e-12, 300);
}

/* Robustness weights are those of the paper: bisquare in |R| over six times its median. The weights
 * of pass k + 1 out of the remainder of pass k. R's scale is another where n is even (stl.c). */
static void weights_are_bisquare_of_six_medians(void **state) {
  (void)state;
  double y[N], r[N], w[N], sorted[N];
  make_series(y, N, M, 2);
  for (size_t n = N - 1; n <= N; n++)
    for (int k = 0; k < 12; k++) {
      jv_stl_options opt = defaults();
      opt.robust = 1;
      opt.outer = k;
      assert_ok(&cx, jv_stl(&cx, y, n, M, &opt, NULL, NULL, r, NULL));
      opt.outer = k + 1;
      assert_ok(&cx, jv_stl(&cx, y, n, M, &opt, NULL, NULL, NULL, w));
      for (size_t i = 0; i < n; i++) { /* insertion sort */
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > fabs(r[i]); at--) sorted[at] = sorted[at - 1];
        sorted[at] = fabs(r[i]);
      }
      double scale = 3 * (sorted[n / 2] + sorted[(n - 1) / 2]);
      for (size_t i = 0; i < n; i++) {
        double u = fabs(r[i]) / scale, b = pow(1 - u * u, 2);
        assert_near(w[i], u <= 0.001 ? 1 : u > 0.999 ? 0 : b, 1e-10, 1);
      }
    }
}

static void settings_follow_from_each_other(void **state) {
  (void)state;
  jv_stl_options opt = defaults(), s = jv_stl_settings(NULL, 100, 12);
  assert_true(s.window.number == 11 && s.t_window == 21 && s.l_window == 13 && s.inner == 2);
  assert_true(s.s_jump == 2 && s.t_jump == 3 && s.l_jump == 2 && s.outer == 0);
  opt.window.number = 8;
  opt.t_window = 30;
  opt.t_degree = 0;
  opt.robust = 1;
  s = jv_stl_settings(&opt, 100, 4);
  assert_true(s.window.number == 9 && s.t_window == 31 && s.l_window == 5 && s.l_degree == 0);
  assert_true(s.inner == 1 && s.outer == 15);
}

static void bad_series_are_refused(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, M, 2);
  assert_fails(&cx, jv_stl(&cx, y, N, 1, NULL, NULL, NULL, NULL, NULL), JV_EDATA,
               "needs a season of 2 or more, got 1");
  assert_fails(&cx, jv_stl(&cx, y, 24, M, NULL, NULL, NULL, NULL, NULL), JV_EDATA,
               "more than two seasons of 12, 24 observations, got 24");
  y[6] = NAN;
  assert_fails(&cx, jv_stl(&cx, y, N, M, NULL, NULL, NULL, NULL, NULL), JV_EDATA,
               "observation 7 is missing");
  y[6] = INFINITY;
  jv_mstl *d;
  const size_t m = M, zero = 0;
  assert_fails(&cx, jv_mstl_new(&cx, y, N, &m, 1, NULL, &d), JV_EDATA,
               "mstl: observation 7 is infinite");
  y[6] = 1;
  assert_fails(&cx, jv_mstl_new(&cx, y, N, &zero, 1, NULL, &d), JV_EDATA, "period 1 is zero");
  assert_fails(&cx, jv_mstl_new(&cx, y, 1, &m, 1, NULL, &d), JV_EDATA, "at least 2 observed");
  assert_fails(&cx, jv_classical(&cx, y, 23, M, false, NULL, NULL, NULL), JV_EDATA,
               "two seasons of 12, 24 observations, got 23");
  y[3] = 0;
  assert_fails(&cx, jv_classical(&cx, y, N, M, true, NULL, NULL, NULL), JV_EDATA,
               "needs values above zero, observation 4 is 0");
}

/* ---- MSTL ---- */

static void one_season_is_stl(void **state) {
  (void)state;
  double y[N], s[N], t[N];
  const size_t periods[] = {1, M, M, 70};
  jv_mstl *d;
  make_series(y, N, M, 2);
  assert_ok(&cx, jv_mstl_new(&cx, y, N, periods, 4, NULL, &d));
  assert_ok(&cx, jv_stl(&cx, y, N, M, NULL, s, t, NULL, NULL));
  assert_true(d->n_periods == 1 && d->period[0] == M);
  assert_memory_equal(d->seasonal, s, sizeof s);
  assert_memory_equal(d->trend, t, sizeof t);
  assert_memory_equal(d->filled, y, sizeof y);
  jv_mstl_free(&cx, d);
}

/* Two seasons, done by hand: STL of what the other leaves, twice around. */
static void two_seasons_take_turns(void **state) {
  (void)state;
  enum { LONG = 400 };
  double y[LONG], x[LONG], s[2][LONG] = {{0}}, t[LONG];
  const size_t periods[] = {35, 7};
  jv_mstl *d;
  make_series(y, LONG, 7, 1);
  for (size_t i = 0; i < LONG; i++) y[i] += 4 * cos(6.283185307179586 * (double)i / 35);
  assert_ok(&cx, jv_mstl_new(&cx, y, LONG, periods, 2, NULL, &d));
  assert_true(d->n_periods == 2 && d->period[0] == 7 && d->period[1] == 35);
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < 2; i++) {
      jv_stl_options opt = defaults();
      opt.window.number = 11 + 4 * i;
      for (size_t j = 0; j < LONG; j++) x[j] = y[j] - s[1 - i][j];
      assert_ok(&cx, jv_stl(&cx, x, LONG, d->period[i], &opt, s[i], t, NULL, NULL));
    }
  for (size_t j = 0; j < LONG; j++) {
    assert_near(d->seasonal[j], s[0][j], 1e-13, 100);
    assert_near(d->seasonal[LONG + j], s[1][j], 1e-13, 100);
    assert_near(d->trend[j], t[j], 1e-13, 100);
    assert_near(d->trend[j] + d->seasonal[j] + d->seasonal[LONG + j] + d->remainder[j], y[j], 1e-13,
                100);
    assert_near(d->adjusted[j], d->trend[j] + d->remainder[j], 1e-13, 100);
  }
  jv_mstl_free(&cx, d);
}

static void gaps_are_bridged(void **state) {
  (void)state;
  double y[N], whole[N];
  const size_t m = M;
  jv_mstl *d;
  make_series(y, N, M, 0);
  memcpy(whole, y, sizeof y);
  y[0] = y[17] = y[18] = y[60] = y[N - 1] = NAN;
  assert_ok(&cx, jv_mstl_new(&cx, y, N, &m, 1, NULL, &d));
  for (size_t t = 0; t < N; t++) {
    /* a line and a season are found again; at the ends the level stays, off by the slope */
    assert_near(d->filled[t], whole[t], t == 0 || t == N - 1 ? 0.5 : 0.2, 1);
    assert_int_equal(isnan(d->remainder[t]), isnan(y[t]));
    assert_int_equal(isnan(d->adjusted[t]), isnan(y[t]));
  }
  jv_mstl_free(&cx, d);
  const size_t none = 1;
  assert_ok(&cx, jv_mstl_new(&cx, y, N, &none, 1, NULL, &d));
  assert_near(d->filled[17], whole[16] + (whole[19] - whole[16]) / 3, 1e-14, 100);
  jv_mstl_free(&cx, d);
}

/* ---- the super smoother ---- */

static void the_super_smoother_keeps_lines(void **state) {
  (void)state;
  double y[N], x[N], out[N];
  for (size_t t = 0; t < N; t++) {
    x[t] = sqrt((double)t);
    y[t] = 4 - 0.5 * (double)t;
  }
  for (size_t n = 1; n <= N; n = 2 * n + 1) {
    assert_ok(&cx, jv_supsmu(&cx, NULL, y, n, 0, 0, out));
    for (size_t t = 0; t < n; t++) assert_near(out[t], y[t], 1e-12, 10);
    for (size_t t = 0; t < n; t++) y[t] = 4 - 0.5 * x[t];
    assert_ok(&cx, jv_supsmu(&cx, x, y, n, 0.3, 0, out));
    for (size_t t = 0; t < n; t++) assert_near(out[t], y[t], 1e-12, 10);
    for (size_t t = 0; t < n; t++) y[t] = 4 - 0.5 * (double)t;
  }
}

/* ---- classical ---- */

static void classical_parts_make_y(void **state) {
  (void)state;
  double y[N], s[N], t[N], r[N];
  make_series(y, N, M, 2);
  for (int k = 0; k < 2; k++) {
    double sum = 0;
    assert_ok(&cx, jv_classical(&cx, y, N, M, k == 1, s, t, r));
    for (size_t i = 0; i < N; i++) {
      bool inside = i >= M / 2 && i + M / 2 < N;
      assert_int_equal(isnan(t[i]), !inside);
      if (inside) assert_near(k ? s[i] * t[i] * r[i] : s[i] + t[i] + r[i], y[i], 1e-14, 100);
      if (i < M) sum += s[i];
      if (i >= M) assert_true(s[i] == s[i - M]);
    }
    assert_near(sum, k ? M : 0, 1e-12, 1);
  }
}

static jv_status whole_life(jv_ctx *c) {
  double y[N], out[N];
  const size_t periods[] = {4, M};
  jv_mstl *d = NULL;
  make_series(y, N, M, 2);
  y[7] = NAN;
  JV_TRY(jv_mstl_new(c, y, N, periods, 2, NULL, &d));
  jv_mstl_free(c, d);
  JV_TRY(jv_mstl_new(c, y, N, periods, 0, NULL, &d));
  jv_mstl_free(c, d);
  return jv_classical(c, y, N, M, false, out, NULL, NULL);
}

static void memory_failures_leave_nothing(void **state) {
  (void)state;
  testing_starve(whole_life, 1000);
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loess_is_local_least_squares),
      cmocka_unit_test(loess_keeps_lines_and_jumps_draw_them),
      cmocka_unit_test(weights_of_zero_leave_the_value),
      cmocka_unit_test(parts_add_up_and_a_periodic_season_repeats),
      cmocka_unit_test(what_is_a_line_and_a_season_comes_back),
      cmocka_unit_test(it_is_linear),
      cmocka_unit_test(weights_are_bisquare_of_six_medians),
      cmocka_unit_test(settings_follow_from_each_other),
      cmocka_unit_test(bad_series_are_refused),
      cmocka_unit_test(one_season_is_stl),
      cmocka_unit_test(two_seasons_take_turns),
      cmocka_unit_test(gaps_are_bridged),
      cmocka_unit_test(the_super_smoother_keeps_lines),
      cmocka_unit_test(classical_parts_make_y),
      cmocka_unit_test(memory_failures_leave_nothing),
  };
  return cmocka_run_group_tests_name("stl", tests, NULL, NULL);
}
