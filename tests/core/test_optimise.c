/* The general minimiser: known minima, bounds, fixed coordinates, NaN, limits, cancelling. */
#include "testing.h"
#include "numeric/optimise.h"

static double rosenbrock(void *data, const double *x) {
  (void)data;
  return 100 * pow(x[1] - x[0] * x[0], 2) + pow(1 - x[0], 2);
}

static double rosenbrock_slope(void *data, const double *x, double *g) {
  double a = x[1] - x[0] * x[0];
  g[0] = -400 * a * x[0] - 2 * (1 - x[0]);
  g[1] = 200 * a;
  return rosenbrock(data, x);
}

/* Outside the half plane x0 > 0 there is nothing. */
static double half_plane(void *data, const double *x) {
  (void)data;
  return x[0] > 0 ? x[0] - log(x[0]) + x[1] * x[1] : NAN;
}

static double nowhere(void *data, const double *x) {
  (void)data;
  (void)x;
  return NAN;
}

static double quadratic(void *data, const double *x) {
  (void)data;
  return pow(x[0] - 3, 2) + 2 * pow(x[1] + 1, 2) + x[0] * x[1];
}

static const jv_optimise_method methods[] = {JV_OPTIMISE_SIMPLEX, JV_OPTIMISE_LBFGS,
                                             JV_OPTIMISE_BFGS};

static void finds_the_valley(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  for (size_t i = 0; i < 3; i++)
    for (int given = 0; given < 2; given++) {
      jv_optimise_function f = {2, NULL, rosenbrock, given ? rosenbrock_slope : NULL};
      jv_optimise_opt opt = {.method = methods[i], .f_tolerance = 1e-14, .x_tolerance = 1e-12};
      double x[2] = {-1.2, 1};
      jv_optimum out;
      assert_ok(&cx, jv_optimise(&cx, &f, &opt, x, &out));
      /* 1e-5: measured slopes carry 1e-10 of f, and the valley is flat to a part in 1e3 */
      assert_near(x[0], 1, 1e-5, 1);
      assert_near(x[1], 1, 1e-5, 1);
      assert_true(out.value < 1e-9 && out.evaluations > 5);
      assert_true(out.value == rosenbrock(NULL, x));
    }
}

static void stays_in_the_box(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  const double lower[] = {0, -0.5}, upper[] = {2, 5};
  for (size_t i = 0; i < 3; i++) {
    jv_optimise_opt opt = {.method = methods[i], .lower = lower, .upper = upper, .restarts = 2};
    double x[2] = {-7, 40};
    jv_optimum out;
    assert_ok(&cx, jv_optimise(&cx, &f, &opt, x, &out));
    assert_near(x[0], 2, 1e-6, 1); /* both bounds bind */
    assert_near(x[1], -0.5, 1e-6, 1);
    assert_int_equal(out.end, JV_OPTIMISE_CONVERGED);
  }
}

static void fixed_coordinates_stay(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  double lower[] = {1, -INFINITY}, upper[] = {1, INFINITY}, x[2] = {1, 4};
  jv_optimum out;
  for (size_t i = 0; i < 3; i++) {
    jv_optimise_opt opt = {.method = methods[i], .lower = lower, .upper = upper};
    assert_ok(&cx, jv_optimise(&cx, &f, &opt, x, &out));
    assert_true(x[0] == 1);
    assert_near(x[1], -1.25, 1e-4, 1); /* 4 (x1 + 1) + x0 = 0; a simplex sees sqrt(tolerance) */
  }
  lower[1] = upper[1] = 2;
  jv_optimise_opt none = {.lower = lower, .upper = upper};
  assert_ok(&cx, jv_optimise(&cx, &f, &none, x, &out));
  assert_true(x[1] == 2 && out.evaluations == 1 && out.value == quadratic(NULL, x));
}

static void nan_is_outside(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_optimise_function f = {2, NULL, half_plane, NULL}, g = {2, NULL, nowhere, NULL};
  for (size_t i = 0; i < 3; i++) {
    jv_optimise_opt opt = {.method = methods[i]};
    double x[2] = {0.05, 3}, z[2] = {1, 2};
    jv_optimum out;
    assert_ok(&cx, jv_optimise(&cx, &f, &opt, x, &out));
    assert_near(x[0], 1, 1e-3, 1); /* the root of the tolerance of f */
    assert_near(out.value, 1, 1e-7, 1);
    assert_ok(&cx, jv_optimise(&cx, &g, &opt, z, &out));
    assert_int_equal(out.end, JV_OPTIMISE_OUTSIDE);
    assert_true(isinf(out.value) && z[0] == 1 && z[1] == 2);
  }
}

static void the_limit_is_a_result(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_optimise_function f = {2, NULL, rosenbrock, NULL};
  for (size_t i = 0; i < 3; i++) {
    jv_optimise_opt opt = {.method = methods[i], .max_evaluations = 12};
    double x[2] = {-1.2, 1};
    jv_optimum out;
    assert_ok(&cx, jv_optimise(&cx, &f, &opt, x, &out));
    assert_int_equal(out.end, JV_OPTIMISE_LIMIT);
    assert_true(out.evaluations <= 12 && out.value <= 24.2);
  }
}

static void bad_input_is_refused(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  const double lower[] = {0, 3}, upper[] = {1, 2};
  jv_optimise_opt opt = {.lower = lower, .upper = upper};
  double x[2] = {0, 0}, bad[2] = {0, NAN};
  jv_optimum out;
  assert_fails(&cx, jv_optimise(&cx, &f, &opt, x, &out), JV_EINVAL, "bounds of coordinate 2");
  assert_fails(&cx, jv_optimise(&cx, &f, NULL, bad, &out), JV_EINVAL, "NaN at coordinate 2");
}

static bool yes(void *ud) {
  (void)ud;
  return true;
}

static void cancels(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cx.cancelled = yes;
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  for (size_t i = 0; i < 3; i++) {
    jv_optimise_opt opt = {.method = methods[i]};
    double x[2] = {5, 6};
    jv_optimum out;
    assert_int_equal(jv_optimise(&cx, &f, &opt, x, &out), JV_ECANCEL);
    assert_true(x[0] == 5 && x[1] == 6);
  }
}

static jv_status once(jv_ctx *cx) {
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  double x[2] = {5, 6};
  jv_optimum out;
  return jv_optimise(cx, &f, NULL, x, &out);
}

static void starves_cleanly(void **state) {
  (void)state;
  testing_starve(once, 10);
}

static void hessian_of_a_quadratic(void **state) {
  (void)state;
  jv_optimise_function f = {2, NULL, quadratic, NULL};
  double x[2] = {0.3, -2}, h[4];
  jv_hessian(&f, x, 1, h);
  /* differences of steps 1e-4 lose half the digits */
  assert_near(h[0], 2, 1e-6, 1);
  assert_near(h[1], 1, 1e-6, 1);
  assert_near(h[2], 1, 1e-6, 1);
  assert_near(h[3], 4, 1e-6, 1);
  assert_true(x[0] == 0.3 && x[1] == -2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_valley),
      cmocka_unit_test(stays_in_the_box),
      cmocka_unit_test(fixed_coordinates_stay),
      cmocka_unit_test(nan_is_outside),
      cmocka_unit_test(the_limit_is_a_result),
      cmocka_unit_test(bad_input_is_refused),
      cmocka_unit_test(cancels),
      cmocka_unit_test(starves_cleanly),
      cmocka_unit_test(hessian_of_a_quadratic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
