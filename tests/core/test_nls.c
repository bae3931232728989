/* Nonlinear least squares: what is linear, what is exact, what is missing, what is refused. The
 * certified files are in test_nist_nonlinear.c. */
#include "testing.h"
#include "numeric/nls.h"
#include "numeric/ols.h"

enum { N = 12 };
static jv_ctx cx;
static double x[N], y[N];

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  for (size_t i = 0; i < N; i++) {
    x[i] = 0.5 * (double)i;
    y[i] = 3 * exp(-0.4 * x[i]) + 0.05 * sin((double)(7 * i));
  }
  return 0;
}

static jv_status line(jv_ctx *c, void *data, const double *b, double *fitted) {
  (void)c, (void)data;
  for (size_t i = 0; i < N; i++) fitted[i] = b[0] + b[1] * x[i];
  return JV_OK;
}

static jv_status decay(jv_ctx *c, void *data, const double *b, double *fitted) {
  (void)c, (void)data;
  for (size_t i = 0; i < N; i++) fitted[i] = b[0] * exp(-b[1] * x[i]);
  return JV_OK;
}

static jv_status decay_jacobian(jv_ctx *c, void *data, const double *b, double *j) {
  (void)c, (void)data;
  for (size_t i = 0; i < N; i++) {
    j[i] = exp(-b[1] * x[i]);
    j[i + N] = -b[0] * x[i] * j[i];
  }
  return JV_OK;
}

/* Only the sum of the two parameters counts. */
static jv_status twice(jv_ctx *c, void *data, const double *b, double *fitted) {
  (void)c, (void)data;
  for (size_t i = 0; i < N; i++) fitted[i] = (b[0] + b[1]) * x[i];
  return JV_OK;
}

static jv_status broken(jv_ctx *c, void *data, const double *b, double *fitted) {
  (void)data, (void)b, (void)fitted;
  return jv_fail(c, JV_EUSER, "no model today");
}

static jv_status undefined(jv_ctx *c, void *data, const double *b, double *fitted) {
  (void)c, (void)data;
  for (size_t i = 0; i < N; i++) fitted[i] = log(b[0]);
  return JV_OK;
}

static void a_linear_model_is_least_squares(void **state) {
  (void)state;
  jv_nls_model model = {N, 2, NULL, line, NULL};
  double from[2] = {100, -7};
  jv_nls *fit = NULL;
  jv_ols *ols = NULL;
  assert_ok(&cx, jv_nls_fit(&cx, &model, y, from, NULL, &fit));
  assert_ok(&cx, jv_ols_fit(&cx, y, x, N, 1, NULL, &ols));
  for (size_t i = 0; i < 2; i++) {
    assert_near(fit->coef[i], ols->coef[i], 1e-11, 1);
    assert_near(fit->se[i], ols->se[i], 1e-10, 0);
    assert_near(fit->p_value[i], ols->p_value[i], 1e-8, 0);
  }
  assert_near(fit->loglik, ols->loglik, 1e-12, 1);
  assert_true(fit->converged);
  jv_nls_free(&cx, fit);
  jv_ols_free(&cx, ols);
}

/* The gradient of the sum of squares vanishes, with differences as with derivatives. */
static void the_end_is_stationary(void **state) {
  (void)state;
  double from[2] = {1, 1}, j[2 * N];
  jv_nls *fit[2] = {NULL, NULL};
  for (int exact = 0; exact < 2; exact++) {
    jv_nls_model model = {N, 2, NULL, decay, exact ? decay_jacobian : NULL};
    assert_ok(&cx, jv_nls_fit(&cx, &model, y, from, NULL, &fit[exact]));
    decay_jacobian(&cx, NULL, fit[exact]->coef, j);
    for (size_t c = 0; c < 2; c++) {
      double slope = 0;
      for (size_t i = 0; i < N; i++) slope += j[i + c * N] * fit[exact]->residuals[i];
      assert_true(fabs(slope) < 1e-11);
    }
  }
  assert_near(fit[0]->se[1], fit[1]->se[1], 1e-9, 0);
  assert_true(fit[1]->evaluations < fit[0]->evaluations);
  jv_nls_free(&cx, fit[0]);
  jv_nls_free(&cx, fit[1]);
}

static void exact_data_are_met(void **state) {
  (void)state;
  double z[N], from[2] = {1, 1}, truth[2] = {2.5, 0.75};
  jv_nls_model model = {N, 2, NULL, decay, NULL};
  jv_nls *fit = NULL;
  decay(&cx, NULL, truth, z);
  assert_ok(&cx, jv_nls_fit(&cx, &model, z, from, NULL, &fit));
  assert_near(fit->coef[0], 2.5, 1e-13, 0);
  assert_near(fit->coef[1], 0.75, 1e-13, 0);
  assert_true(fit->converged);
  jv_nls_free(&cx, fit);
}

static void missing_values_take_no_part(void **state) {
  (void)state;
  double z[N], from[2] = {1, 1};
  jv_nls_model model = {N, 2, NULL, line, NULL};
  jv_nls *fit = NULL;
  jv_ols *ols = NULL;
  memcpy(z, y, sizeof z);
  z[0] = z[7] = NAN;
  assert_ok(&cx, jv_nls_fit(&cx, &model, z, from, NULL, &fit));
  assert_ok(&cx, jv_ols_fit(&cx, z, x, N, 1, NULL, &ols));
  assert_int_equal(fit->n_used, N - 2);
  assert_near(fit->coef[1], ols->coef[1], 1e-11, 0);
  assert_near(fit->se[1], ols->se[1], 1e-10, 0);
  assert_true(isnan(fit->fitted[7]) && isnan(fit->residuals[0]));
  jv_nls_free(&cx, fit);
  jv_ols_free(&cx, ols);
}

static void undetermined_parameters_are_said_to_be(void **state) {
  (void)state;
  double from[2] = {1, 2};
  jv_nls_model model = {N, 2, NULL, twice, NULL};
  jv_nls *fit = NULL;
  assert_ok(&cx, jv_nls_fit(&cx, &model, y, from, NULL, &fit));
  assert_true(fit->singular);
  assert_true(isnan(fit->se[0]));
  jv_nls_free(&cx, fit);
}

static void refuses(void **state) {
  (void)state;
  double from[2] = {1, 2}, bad[2] = {-1, NAN}, huge[N] = {INFINITY};
  jv_nls_model model = {N, 2, NULL, line, NULL}, none = {N, 0, NULL, line, NULL};
  jv_nls_model few = {2, 2, NULL, line, NULL}, stop = {N, 2, NULL, broken, NULL};
  jv_nls_model wrong = {N, 1, NULL, undefined, NULL};
  jv_nls *fit = NULL;
  assert_fails(&cx, jv_nls_fit(&cx, &none, y, from, NULL, &fit), JV_EINVAL, "a parameter");
  assert_fails(&cx, jv_nls_fit(&cx, &few, y, from, NULL, &fit), JV_EDATA, "more than 2 values");
  assert_fails(&cx, jv_nls_fit(&cx, &model, huge, from, NULL, &fit), JV_EDATA, "row 1");
  assert_fails(&cx, jv_nls_fit(&cx, &model, y, bad, NULL, &fit), JV_EINVAL, "parameter 2");
  assert_fails(&cx, jv_nls_fit(&cx, &wrong, y, bad, NULL, &fit), JV_EDATA, "at the start");
  assert_fails(&cx, jv_nls_fit(&cx, &stop, y, from, NULL, &fit), JV_EUSER, "no model today");
  assert_null(fit);
}

static jv_status fit_some(jv_ctx *c) {
  double from[2] = {1, 1};
  jv_nls_model model = {N, 2, NULL, decay, NULL};
  jv_nls *fit = NULL;
  JV_TRY(jv_nls_fit(c, &model, y, from, NULL, &fit));
  jv_nls_free(c, fit);
  return JV_OK;
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(fit_some, 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_linear_model_is_least_squares),
      cmocka_unit_test(the_end_is_stationary),
      cmocka_unit_test(exact_data_are_met),
      cmocka_unit_test(missing_values_take_no_part),
      cmocka_unit_test(undetermined_parameters_are_said_to_be),
      cmocka_unit_test(refuses),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("nls", tests, start, NULL);
}
