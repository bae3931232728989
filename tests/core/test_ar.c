/* AR: the equations that each method solves, R's ar.yw and ar.burg on lh-like data by law, forecasts. */
#include "base/rng.h"
#include "model/builtin.h"
#include "testing.h"

static jv_ctx cx;

enum { N = 80 };

typedef struct ar_opt {
  int order, max_order, method;
} ar_opt;

static void make(double *y) {
  jv_rng rng = jv_rng_keyed(4, NULL, NULL, 0);
  for (size_t t = 0; t < N; t++)
    y[t] = 2 + jv_rng_normal(&rng) + (t > 1 ? 0.9 * (y[t - 1] - 2) - 0.4 * (y[t - 2] - 2) : 0);
}

static jv_fit *fit_with(const double *y, int order, int method) {
  const ar_opt opt = {order, JV_OPT_UNSET, method};
  jv_sample sample = {.y = y, .n = N, .m = 1};
  jv_fit *fit = NULL;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_ar, &sample, &opt, &fit));
  return fit;
}

/* Coefficients of an order 2 out of two forecasts' own recursion: solved from fitted values. */
static void coefficients(const jv_fit *fit, const double *y, double mean, double phi[2]) {
  double a[3][2], b[3];
  for (size_t k = 0; k < 2; k++) {
    size_t t = 20 + 7 * k;
    a[k][0] = y[t - 1] - mean;
    a[k][1] = y[t - 2] - mean;
    b[k] = fit->fitted[t] - mean;
  }
  double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
  phi[0] = (b[0] * a[1][1] - a[0][1] * b[1]) / det;
  phi[1] = (a[0][0] * b[1] - b[0] * a[1][0]) / det;
}

static double mean_of(const double *y) {
  double sum = 0;
  for (size_t t = 0; t < N; t++) sum += y[t];
  return sum / N;
}

static double gamma_of(const double *y, double mean, size_t k) {
  double sum = 0;
  for (size_t t = k; t < N; t++) sum += (y[t] - mean) * (y[t - k] - mean);
  return sum / N;
}

static void yule_walker_solves_its_equations(void **state) {
  (void)state;
  double y[N], phi[2];
  make(y);
  jv_fit *fit = fit_with(y, 2, 0);
  double mean = mean_of(y), g0 = gamma_of(y, mean, 0), g1 = gamma_of(y, mean, 1),
         g2 = gamma_of(y, mean, 2);
  coefficients(fit, y, mean, phi);
  assert_near(phi[0] * g0 + phi[1] * g1, g1, 1e-11, g0); /* phi itself is solved for */
  assert_near(phi[0] * g1 + phi[1] * g0, g2, 1e-11, g0);
  assert_near(fit->sigma2, (g0 - phi[0] * g1 - phi[1] * g2) * N / (N - 3), 1e-11, 1);
  jv_fit_free(&cx, fit);
}

/* Burg's first reflection minimises forward and backward errors together; the second likewise. */
static void burg_is_the_least_of_both_errors(void **state) {
  (void)state;
  double y[N], phi[2], best = INFINITY;
  make(y);
  jv_fit *fit = fit_with(y, 2, 1);
  double mean = mean_of(y);
  coefficients(fit, y, mean, phi);
  double k1 = phi[0] / (1 - phi[1]), top = 0, bottom = 0;
  for (size_t t = 1; t < N; t++) {
    top += 2 * (y[t] - mean) * (y[t - 1] - mean);
    bottom += pow(y[t] - mean, 2) + pow(y[t - 1] - mean, 2);
  }
  assert_near(k1, top / bottom, 1e-10, 1);
  int at = 9;
  for (int i = -1; i <= 1; i++) {
    double k2 = phi[1] + 1e-4 * i, a = k1 * (1 - k2), sum = 0;
    for (size_t t = 2; t < N; t++) {
      sum += pow(y[t] - mean - a * (y[t - 1] - mean) - k2 * (y[t - 2] - mean), 2);
      sum += pow(y[t - 2] - mean - a * (y[t - 1] - mean) - k2 * (y[t] - mean), 2);
    }
    if (sum < best) {
      best = sum;
      at = i;
    }
  }
  assert_int_equal(at, 0);
  jv_fit_free(&cx, fit);
}

static void least_squares_leaves_nothing_correlated(void **state) {
  (void)state;
  double y[N], sum[3] = {0}, ss = 0;
  make(y);
  jv_fit *fit = fit_with(y, 2, 2);
  assert_true(isnan(fit->fitted[1]) && !isnan(fit->fitted[2]));
  for (size_t t = 2; t < N; t++) {
    double e = fit->residuals[t];
    sum[0] += e;
    sum[1] += e * y[t - 1];
    sum[2] += e * y[t - 2];
    ss += e * e;
  }
  for (size_t i = 0; i < 3; i++) assert_near(sum[i], 0, 1e-10, 100);
  assert_near(fit->sigma2, ss / (N - 2), 1e-12, 1);
  jv_fit_free(&cx, fit);
}

static void aic_finds_the_order_and_forecasts_return(void **state) {
  (void)state;
  double y[N];
  make(y);
  for (int method = 0; method < 3; method++) {
    jv_fit *fit = fit_with(y, JV_OPT_UNSET, method);
    jv_forecast *fc;
    assert_true(strncmp(fit->form, "AR(2)", 5) == 0);
    assert_ok(&cx, jv_fit_forecast(&cx, fit, 200, NULL, &fc));
    assert_near(fc->mean[199], mean_of(y), 0.1, 1); /* OLS has a mean of its own */
    assert_near(fc->sd[0], sqrt(fit->sigma2), 1e-14, 1);
    assert_near(fc->sd[199], fc->sd[198], 1e-9, 1);
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
}

static void too_large_an_order_is_refused(void **state) {
  (void)state;
  const double y[] = {1, 2, 4, 3};
  const ar_opt opt = {9, JV_OPT_UNSET, 0};
  jv_sample sample = {.y = y, .n = 4, .m = 1};
  jv_fit *fit;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_ar, &sample, &opt, &fit), JV_EUNSUPPORTED,
               "ar: order 9 is too large for 4 observations");
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(yule_walker_solves_its_equations),
      cmocka_unit_test(burg_is_the_least_of_both_errors),
      cmocka_unit_test(least_squares_leaves_nothing_correlated),
      cmocka_unit_test(aic_finds_the_order_and_forecasts_return),
      cmocka_unit_test(too_large_an_order_is_refused),
  };
  return cmocka_run_group_tests_name("ar", tests, NULL, NULL);
}
