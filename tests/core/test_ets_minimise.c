/* core/numeric/minimise: damped scoring in a box. */
#include "testing.h"
#include "numeric/minimise.h"

/* Least squares of a curve: f = sum (y - a exp(b t))^2 / 2, with gradient and Gauss-Newton curvature. */
typedef struct curve {
  double y[20];
  int calls;
} curve;

static double curve_expand(void *data, double *x, double *g, double *h) {
  curve *c = data;
  double f = 0;
  c->calls++;
  memset(g, 0, 2 * sizeof *g);
  memset(h, 0, 4 * sizeof *h);
  for (int t = 0; t < 20; t++) {
    double p = exp(x[1] * t / 10.0), e = c->y[t] - x[0] * p, d[2] = {p, x[0] * p * t / 10.0};
    f += e * e / 2;
    for (int i = 0; i < 2; i++) {
      g[i] -= e * d[i];
      for (int j = 0; j < 2; j++) h[2 * i + j] += d[i] * d[j];
    }
  }
  return f;
}

static double curve_value(void *data, const double *x) {
  double copy[2] = {x[0], x[1]}, g[2], h[4];
  return curve_expand(data, copy, g, h);
}

static curve make_curve(void) {
  curve c = {.calls = 0};
  for (int t = 0; t < 20; t++) c.y[t] = 3 * exp(-0.7 * t / 10.0);
  return c;
}

static jv_minimum run(curve *c, bool with_value, const double lower[2], const double upper[2],
                      double x[2]) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_objective f = {2, c, with_value ? curve_value : NULL, curve_expand};
  jv_minimise_opt opt = {lower, upper, 1e-14, 100, INFINITY, 1};
  double *scratch = malloc(jv_minimise_scratch(2) * sizeof *scratch);
  jv_minimum found;
  assert_ok(&cx, jv_minimise(&cx, &f, &opt, scratch, x, &found));
  free(scratch);
  return found;
}

static const double nowhere[2] = {-INFINITY, -INFINITY}, anywhere[2] = {INFINITY, INFINITY};

static void finds_a_free_minimum(void **state) {
  (void)state;
  for (int with_value = 0; with_value < 2; with_value++) {
    curve c = make_curve();
    double x[2] = {1, 0.5};
    jv_minimum found = run(&c, with_value, nowhere, anywhere, x);
    assert_int_equal(found.end, JV_MINIMISE_CONVERGED);
    assert_near(x[0], 3, 1e-6, 1); /* the tolerance 1e-14 in f is 1e-7 in x */
    assert_near(x[1], -0.7, 1e-6, 1);
    assert_true(found.iterations < 15);
  }
}

/* On a bound the other coordinate is at its best given the bound. */
static void stays_in_the_box(void **state) {
  (void)state;
  curve c = make_curve();
  double x[2] = {9, 9}, lower[2] = {0, -0.3}, upper[2] = {10, 1}, g[2], h[4];
  jv_minimum found = run(&c, true, lower, upper, x);
  assert_int_equal(found.end, JV_MINIMISE_CONVERGED);
  assert_true(x[1] == -0.3);
  curve_expand(&c, x, g, h);
  assert_near(g[0], 0, 1e-5, 1);
  assert_true(g[1] > 0);
}

static void holds_what_is_fixed(void **state) {
  (void)state;
  curve c = make_curve();
  double x[2] = {2, -0.1}, lower[2] = {2, -5}, upper[2] = {2, 5}, g[2], h[4];
  run(&c, true, lower, upper, x);
  assert_true(x[0] == 2);
  curve_expand(&c, x, g, h);
  assert_near(g[1], 0, 1e-5, 1);
}

/* sqrt is not a number below zero: a wall that the step must not pass. */
static double wall_expand(void *data, double *x, double *g, double *h) {
  (void)data;
  double root = sqrt(x[0]);
  g[0] = 1 / (2 * root) - 1 / (x[0] * x[0]) * 0.001;
  h[0] = 0.01;
  return root + 0.001 / x[0];
}

static void nan_is_outside(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_objective f = {1, NULL, NULL, wall_expand};
  jv_minimise_opt opt = {nowhere, anywhere, 1e-12, 500, INFINITY, 1};
  double scratch[64], x = 4;
  jv_minimum found;
  assert_true(jv_minimise_scratch(1) <= 64);
  assert_ok(&cx, jv_minimise(&cx, &f, &opt, scratch, &x, &found));
  assert_near(x, pow(0.002, 2.0 / 3), 1e-3, 0); /* root's slope against that of 0.001 / x */
  x = -1;
  assert_ok(&cx, jv_minimise(&cx, &f, &opt, scratch, &x, &found));
  assert_int_equal(found.end, JV_MINIMISE_OUTSIDE);
}

static void gives_up_without_hope(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  curve c = make_curve();
  jv_objective f = {2, &c, NULL, curve_expand};
  double scratch[64], x[2] = {2.5, -0.6};
  jv_minimise_opt opt = {nowhere, anywhere, 1e-12, 100, -50, 4};
  jv_minimum found;
  assert_ok(&cx, jv_minimise(&cx, &f, &opt, scratch, x, &found));
  assert_int_equal(found.end, JV_MINIMISE_GIVEN_UP);
  assert_true(c.calls <= 3);
}

static bool always(void *ud) {
  (void)ud;
  return true;
}

static void is_cancelled(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cx.cancelled = always;
  curve c = make_curve();
  jv_objective f = {2, &c, NULL, curve_expand};
  double scratch[64], x[2] = {2.5, -0.6};
  jv_minimise_opt opt = {nowhere, anywhere, 1e-12, 100, INFINITY, 4};
  jv_minimum found;
  assert_int_equal(jv_minimise(&cx, &f, &opt, scratch, x, &found), JV_ECANCEL);
}

static void cholesky_solves_and_refuses(void **state) {
  (void)state;
  double a[9] = {4, 0, 0, 2, 5, 0, 1, 3, 6}, b[3] = {7, 10, 10};
  assert_true(jv_cholesky_solve(a, 3, b)); /* lower half of {4 2 1; 2 5 3; 1 3 6} times (1, 1, 1) */
  for (int i = 0; i < 3; i++) assert_near(b[i], 1, 1e-14, 1);
  double bad[4] = {1, 0, 2, 1}, c[2] = {1, 1};
  assert_false(jv_cholesky_solve(bad, 2, c));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_a_free_minimum),        cmocka_unit_test(stays_in_the_box),
      cmocka_unit_test(holds_what_is_fixed),         cmocka_unit_test(nan_is_outside),
      cmocka_unit_test(gives_up_without_hope),       cmocka_unit_test(is_cancelled),
      cmocka_unit_test(cholesky_solves_and_refuses),
  };
  return cmocka_run_group_tests_name("minimise", tests, NULL, NULL);
}
