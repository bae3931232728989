/* core/numeric/ols.c: against R 4 lm() on Brownlee's stack loss data, and against its own laws. */
#include "testing.h"
#include "numeric/linalg.h"
#include "numeric/ols.h"

enum { N = 21, K = 3 };
/* Air flow, water temperature, acid concentration; loss. Brownlee (1960), as in R's stackloss. */
static const double x[N * K] = {80, 80, 75, 62, 62, 62, 62, 62, 58, 58, 58, 58, 58, 58, 50, 50,
                                50, 50, 50, 56, 70, 27, 27, 25, 24, 22, 23, 24, 24, 23, 18, 18,
                                17, 18, 19, 18, 18, 19, 19, 20, 20, 20, 89, 88, 90, 87, 87, 87,
                                93, 93, 87, 80, 89, 88, 82, 93, 89, 86, 72, 79, 80, 82, 91};
static const double y[N] = {42, 37, 37, 28, 18, 18, 19, 20, 15, 14, 14,
                            13, 11, 12, 8,  7,  8,  8,  9,  15, 15};
/* R's own QR is not refined: it keeps about 13 digits here. */
#define R_DIGITS 1e-12

static jv_ols *fit_or_fail(jv_ctx *cx, const double *yy, const double *xx, size_t n, size_t k,
                           const jv_ols_options *opt) {
  jv_ols *fit = NULL;
  assert_ok(cx, jv_ols_fit(cx, yy, xx, n, k, opt, &fit));
  return fit;
}

static void table_agrees_with_r(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_ols *fit = fit_or_fail(&cx, y, x, N, K, NULL);
  const double coef[] = {-39.919674420124089, 0.71564020048528354, 1.2952861243885727,
                         -0.15212251914865144};
  const double se[] = {11.895996850644259, 0.13485818535537233, 0.36802426527270399,
                       0.15629404324862134};
  const double p[] = {0.0037503068322601641, 5.7990247242527977e-05, 0.0026300543964889625,
                      0.34404609669644026};
  const double vif[] = {NAN, 2.9064836274305113, 2.5726323803181712, 1.3335874620976493};
  for (int j = 0; j < 4; j++) {
    assert_near(fit->coef[j], coef[j], R_DIGITS, 0);
    assert_near(fit->se[j], se[j], R_DIGITS, 0);
    assert_near(fit->t[j], coef[j] / se[j], R_DIGITS, 0);
    assert_near(fit->p_value[j], p[j], R_DIGITS, 0);
    assert_near(fit->vif[j], vif[j], R_DIGITS, 0);
  }
  assert_near(fit->r2, 0.91357690446068163, R_DIGITS, 0);
  assert_near(fit->adj_r2, 0.89832576995374303, R_DIGITS, 0);
  assert_near(fit->f, 59.902225899656713, R_DIGITS, 0);
  assert_near(fit->f_p_value, 3.0163272434212266e-09, R_DIGITS, 0);
  assert_near(fit->sigma, 3.2433639181852265, R_DIGITS, 0);
  assert_near(fit->loglik, -52.287795502399753, R_DIGITS, 0);
  assert_near(fit->aic, 114.57559100479951, R_DIGITS, 0);
  assert_near(fit->bic, 119.79820319341663, R_DIGITS, 0);
  assert_near(fit->aicc, 114.57559100479951 + 2 * 5 * 6 / 15.0, R_DIGITS, 0);
  assert_near(fit->durbin_watson, 1.4851310343413329, R_DIGITS, 0);
  assert_near(fit->covariance[4], 0.28758710565985357, R_DIGITS, 0);
  assert_near(fit->leverage[0], 0.30155546893633145, R_DIGITS, 0);
  assert_near(fit->leverage[3], 0.12850524308117012, R_DIGITS, 0);
  assert_true(fit->df_model == 3 && fit->df_residual == 17 && fit->rank == 4);
  jv_ols_free(&cx, fit);
}

static void predictions_carry_their_errors(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_ols *fit = fit_or_fail(&cx, y, x, N, K, NULL);
  const double at[] = {60, 20, 85};
  double mean, se_mean, se_new;
  assert_ok(&cx, jv_ols_predict(&cx, fit, at, 1, &mean, &se_mean, &se_new));
  assert_near(mean, 15.994045969129006, R_DIGITS, 0);
  assert_near(se_mean, 0.81547281425760376, R_DIGITS, 0);
  assert_near(se_new, 3.3443094080211897, R_DIGITS, 0);
  assert_ok(&cx, jv_ols_predict(&cx, fit, at, 1, &mean, NULL, NULL));
  jv_ols_free(&cx, fit);
}

static void without_intercept_sums_are_about_zero(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_ols_options opt = {.intercept = 0, .tolerance = NAN};
  jv_ols *fit = fit_or_fail(&cx, y, x, N, 1, &opt);
  assert_near(fit->coef[0], 0.3056594142793338, R_DIGITS, 0);
  assert_near(fit->r2, 0.85952805238704921, R_DIGITS, 0);
  assert_near(fit->adj_r2, 0.85250445500640171, R_DIGITS, 0);
  assert_near(fit->f, 122.37718163563144, R_DIGITS, 0);
  jv_ols_free(&cx, fit);
}

static void residuals_are_orthogonal(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_ols *fit = fit_or_fail(&cx, y, x, N, K, NULL);
  double sum = 0, hat = 0;
  for (size_t j = 0; j < K; j++) {
    double dot = 0;
    for (size_t i = 0; i < N; i++) dot += x[i + j * N] * fit->residuals[i];
    assert_near(dot, 0, 1e-12, 1e4); /* of products of that size */
  }
  for (size_t i = 0; i < N; i++) {
    assert_near(fit->fitted[i] + fit->residuals[i], y[i], 1e-15, 1);
    sum += fit->residuals[i];
    hat += fit->leverage[i];
  }
  assert_near(sum, 0, 1e-13, 1);
  assert_near(hat, 4, 1e-14, 0);
  assert_near(fit->ess + fit->rss, fit->tss, 1e-15, 0);
  jv_ols_free(&cx, fit);
}

/* A third column 2 x1 - x2 + 1 depends on those before it; so does a column of zeros. */
static void dependent_columns_are_aliased(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double wide[N * 4];
  memcpy(wide, x, N * 2 * sizeof(double));
  for (size_t i = 0; i < N; i++) wide[i + 2 * N] = 2 * x[i] - x[i + N] + 1;
  for (size_t i = 0; i < N; i++) wide[i + 3 * N] = 0;
  jv_ols *fit = fit_or_fail(&cx, y, wide, N, 4, NULL), *plain = fit_or_fail(&cx, y, x, N, 2, NULL);
  assert_int_equal(fit->rank, 3);
  assert_true(!fit->aliased[0] && !fit->aliased[1] && !fit->aliased[2]);
  assert_true(fit->aliased[3] && fit->aliased[4]);
  assert_true(isnan(fit->coef[3]) && isnan(fit->se[4]) && isnan(fit->covariance[3 * 5 + 3]));
  for (int j = 0; j < 3; j++) {
    assert_true(fit->coef[j] == plain->coef[j] && fit->se[j] == plain->se[j]);
    assert_true(fit->covariance[j + 2 * 5] == plain->covariance[j + 2 * 3]);
  }
  assert_true(fit->aic == plain->aic && fit->df_residual == 18 && isfinite(fit->condition));
  double mean, other;
  const double at[] = {60, 20, 101, 0};
  assert_ok(&cx, jv_ols_predict(&cx, fit, at, 1, &mean, NULL, NULL));
  assert_ok(&cx, jv_ols_predict(&cx, plain, at, 1, &other, NULL, NULL));
  assert_true(mean == other);
  jv_ols_free(&cx, fit);
  jv_ols_free(&cx, plain);
}

static void missing_rows_take_no_part(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double y2[N], x2[N * K];
  memcpy(y2, y, sizeof y2);
  memcpy(x2, x, sizeof x2);
  y2[4] = NAN;
  x2[7 + N] = NAN;
  jv_ols *fit = fit_or_fail(&cx, y2, x2, N, K, NULL);
  assert_int_equal(fit->n_used, 19);
  assert_true(isnan(fit->residuals[4]) && isnan(fit->fitted[7]) && !isnan(fit->fitted[8]));
  jv_ols_free(&cx, fit);
}

static void units_of_a_column_do_not_matter(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double scaled[N * K];
  memcpy(scaled, x, sizeof scaled);
  for (size_t i = 0; i < N; i++) scaled[i] *= ldexp(1, 200);
  for (size_t i = N; i < 2 * N; i++) scaled[i] *= 1e-12;
  jv_ols *a = fit_or_fail(&cx, y, x, N, K, NULL), *b = fit_or_fail(&cx, y, scaled, N, K, NULL);
  assert_int_equal(b->rank, 4);
  assert_near(b->coef[1], a->coef[1] * ldexp(1, -200), 1e-14, 0);
  assert_near(b->coef[2], a->coef[2] * 1e12, 1e-13, 0);
  assert_near(b->r2, a->r2, 1e-14, 0);
  jv_ols_free(&cx, a);
  jv_ols_free(&cx, b);
}

static void saturated_and_constant_fits_are_defined(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const double y3[] = {1, 5, 2}, x3[] = {1, 2, 4, 1, 4, 16};
  jv_ols *fit = fit_or_fail(&cx, y3, x3, 3, 2, NULL);
  assert_true(fit->df_residual == 0 && isnan(fit->sigma) && isnan(fit->se[1]));
  assert_near(fit->fitted[1], 5, 1e-14, 1);
  jv_ols_free(&cx, fit);
  fit = fit_or_fail(&cx, y, NULL, N, 0, NULL); /* the mean */
  assert_near(fit->coef[0], 17.523809523809526, 1e-15, 0);
  assert_true(isnan(fit->f) && fit->df_model == 0);
  jv_ols_free(&cx, fit);
}

static void bad_input_is_named(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_ols *fit = NULL;
  jv_ols_options none = {.intercept = 0, .tolerance = NAN};
  double y2[] = {1, INFINITY, 3, 4}, x2[] = {1, 2, -INFINITY, 4}, zero[4] = {0},
         gaps[] = {1, NAN, NAN, 2};
  assert_fails(&cx, jv_ols_fit(&cx, y2, zero, 4, 1, NULL, &fit), JV_EDATA,
               "y is infinite in observation 2");
  assert_fails(&cx, jv_ols_fit(&cx, y, x2, 4, 1, NULL, &fit), JV_EDATA,
               "column 1 of X is infinite in observation 3");
  assert_fails(&cx, jv_ols_fit(&cx, y, x, 2, 3, NULL, &fit), JV_EDATA, "4 columns need");
  assert_fails(&cx, jv_ols_fit(&cx, gaps, x, 4, 2, NULL, &fit), JV_EDATA,
               "3 columns need at least as many complete observations, got 2");
  assert_fails(&cx, jv_ols_fit(&cx, y, zero, 4, 1, &none, &fit), JV_EDATA,
               "every column of X is zero");
  assert_fails(&cx, jv_ols_fit(&cx, y, x, 4, 0, &none, &fit), JV_EDATA, "no column");
  assert_null(fit);
  jv_qr *qr = NULL;
  assert_fails(&cx, jv_qr_new(&cx, x, 2, 3, -1, &qr), JV_EINVAL, "2 x 3");
  assert_fails(&cx, jv_qr_new(&cx, x2, 4, 1, -1, &qr), JV_EINVAL, "row 3, column 1");
  assert_ok(&cx, jv_qr_new(&cx, zero, 4, 1, -1, &qr));
  assert_fails(&cx, jv_qr_leverage(&cx, qr, y2), JV_ENUMERIC, "rank 0 of 1");
  jv_qr_free(&cx, qr);
}

static bool stop(void *ud) {
  (void)ud;
  return true;
}

static void every_allocation_may_fail_and_work_be_cancelled(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  double wide[N * 3];
  memcpy(wide, x, N * 2 * sizeof(double));
  memcpy(wide + 2 * N, x, N * sizeof(double)); /* aliased: the longer path */
  jv_status status = JV_ENOMEM;
  for (size_t k = 1; status != JV_OK; k++) {
    jv_ols *fit = NULL;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    status = jv_ols_fit(&cx, y, wide, N, 3, NULL, &fit);
    assert_true(status == JV_OK || (status == JV_ENOMEM && !fit));
    jv_ols_free(&cx, fit);
    assert_int_equal(memory.live, 0);
  }
  assert_true(memory.calls > 10);
  jv_ols *fit = NULL;
  cx.cancelled = stop;
  memory.fail_at = 0;
  assert_int_equal(jv_ols_fit(&cx, y, x, N, 3, NULL, &fit), JV_ECANCEL);
  assert_null(fit);
  assert_int_equal(memory.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_agrees_with_r),
      cmocka_unit_test(predictions_carry_their_errors),
      cmocka_unit_test(without_intercept_sums_are_about_zero),
      cmocka_unit_test(residuals_are_orthogonal),
      cmocka_unit_test(dependent_columns_are_aliased),
      cmocka_unit_test(missing_rows_take_no_part),
      cmocka_unit_test(units_of_a_column_do_not_matter),
      cmocka_unit_test(saturated_and_constant_fits_are_defined),
      cmocka_unit_test(bad_input_is_named),
      cmocka_unit_test(every_allocation_may_fail_and_work_be_cancelled),
  };
  return cmocka_run_group_tests_name("ols", tests, NULL, NULL);
}
