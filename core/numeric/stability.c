/* Recursive residuals, CUSUM tests and Chow's test; diagnostics.h has the definitions.
 *
 * Recursive residuals come from Givens rotations of the rows [x_t' | y_t] into a triangle R with
 * right side z: what a row leaves in z's column after p rotations is w_t itself (up to its sign,
 * which is that of the product of the cosines, all positive). No matrix is inverted.
 * Gentleman (1974), AS 75.
 *
 * p-value of the recursive CUSUM statistic c: a Brownian motion crosses the line c (1 + 2 u) before
 * u = 1 with probability 1 - Phi(3 c) + exp(-4 c^2) Phi(c); both lines, less the paths that cross
 * both, give
 *   2 (1 - Phi(3c) + exp(-4 c^2) (Phi(c) + Phi(5c) - 1) - exp(-16 c^2) (1 - Phi(c)))
 * (Brown, Durbin & Evans, 1975; 5 % at 0.948). Below c = 0.3, where paths cross both lines often and
 * this falls again, a line leads to 1 at c = 0.
 * That of the OLS CUSUM is Kolmogorov's, sup of a Brownian bridge:
 *   2 sum_j (-1)^(j+1) exp(-2 j^2 x^2) */
#include "numeric/diagnostics.h"
#include "numeric/distribution.h"
#include "numeric/ols.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

static jv_status check(jv_ctx *cx, const char *what, const double *y, const double *x, size_t n,
                       size_t k) {
  if (n < k + 3)
    return jv_fail(cx, JV_EDATA, "%s: %zu regressors need %zu rows at least, got %zu", what, k + 1,
                   k + 3, n);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(y[i]))
      return jv_fail(cx, JV_EDATA, "%s: y is missing or infinite in row %zu", what, i + 1);
  for (size_t i = 0; i < n * k; i++)
    if (!isfinite(x[i]))
      return jv_fail(cx, JV_EDATA, "%s: x is missing or infinite in row %zu", what, i % n + 1);
  return JV_OK;
}

/* Rotates row (p numbers, then y) into the p x (p + 1) triangle; returns what is left of y. */
static double rotate_in(double *triangle, double *row, size_t p) {
  for (size_t j = 0; j < p; j++) {
    double *r = triangle + j * (p + 1);
    if (row[j] == 0) continue;
    double length = hypot(r[j], row[j]), c = r[j] / length, s = row[j] / length;
    for (size_t i = j; i <= p; i++) {
      double a = r[i], b = row[i];
      r[i] = c * a + s * b;
      row[i] = c * b - s * a;
    }
  }
  return row[p];
}

/* Every pivot of the triangle counts beside the largest entry of its column. */
static bool independent(const double *triangle, size_t p) {
  for (size_t j = 0; j < p; j++) {
    double most = 0;
    for (size_t i = 0; i <= j; i++) most = fmax(most, fabs(triangle[i * (p + 1) + j]));
    if (fabs(triangle[j * (p + 1) + j]) <= 1e-12 * most) return false;
  }
  return true;
}

jv_status jv_recursive_residuals(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                                 double *w) {
  size_t p = k + 1;
  JV_TRY(check(cx, "recursive residuals", y, x, n, k));
  double *triangle = (double *)jv_calloc(cx, (p + 1) * (p + 1), sizeof *triangle);
  if (!triangle) return JV_ENOMEM;
  double *row = triangle + p * (p + 1);
  jv_status status = JV_OK;
  for (size_t t = 0; t < n && status == JV_OK; t++) {
    row[0] = 1;
    for (size_t j = 0; j < k; j++) row[j + 1] = x[t + j * n];
    row[p] = y[t];
    double left = rotate_in(triangle, row, p);
    w[t] = t < p ? NAN : left;
    if (t + 1 == p && !independent(triangle, p))
      status =
          jv_fail(cx, JV_EDATA, "recursive residuals: the first %zu rows of x are dependent", p);
  }
  jv_free(cx, triangle);
  return status;
}

/* Is a residual sum of squares nothing but the rounding of y? */
static bool only_rounding(double rss, const double *y, size_t n) {
  double size = 0;
  for (size_t i = 0; i < n; i++) size += y[i] * y[i];
  return !(rss > 1e-26 * size);
}

/* ---- CUSUM */

static double kolmogorov_upper(double x) {
  double sum = 0;
  if (x < 0.2) return 1; /* less than 1e-12 below it */
  for (int j = 1; j < 100; j++) {
    double term = exp(-2 * j * j * x * x);
    sum += j % 2 ? term : -term;
    if (term < 1e-17) break;
  }
  return fmin(1, fmax(0, 2 * sum));
}

static double crossing(double c) {
  if (c < 0.3) return 1 - (1 - crossing(0.3)) * c / 0.3;
  double p = jv_normal_upper(3 * c) +
             exp(-4 * c * c) * (jv_normal_cdf(c) - jv_normal_upper(5 * c)) -
             exp(-16 * c * c) * jv_normal_upper(c);
  return fmin(1, fmax(0, 2 * p));
}

double jv_cusum_p_value(jv_cusum_kind kind, double statistic) {
  return kind == JV_CUSUM_OLS ? kolmogorov_upper(statistic) : crossing(statistic);
}

static jv_status cusum_recursive(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                                 double *w, jv_test_result *out) {
  size_t p = k + 1;
  double ss = 0, sum = 0, df = (double)(n - p);
  JV_TRY(jv_recursive_residuals(cx, y, x, n, k, w));
  for (size_t t = p; t < n; t++) ss += w[t] * w[t];
  if (only_rounding(ss, y, n)) return jv_fail(cx, JV_EDATA, "cusum: the regression is exact");
  for (size_t t = 0; t < n; t++) {
    sum += t < p ? 0 : w[t];
    w[t] = sum / sqrt(ss / df);
    double share = t < p ? 0 : (double)(t - p + 1) / df;
    double excess = fabs(w[t]) / (sqrt(df) * (1 + 2 * share));
    if (excess <= out->statistic) continue;
    out->statistic = excess;
    out->lags = t + 1;
  }
  return JV_OK;
}

static jv_status cusum_ols(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                           double *b, jv_test_result *out) {
  jv_ols *fit = NULL;
  double sum = 0;
  JV_TRY(jv_ols_fit(cx, y, x, n, k, NULL, &fit));
  double scale = fit->sigma * sqrt((double)n);
  for (size_t t = 0; t < n; t++) {
    sum += fit->residuals[t];
    b[t] = sum / scale;
    if (fabs(b[t]) <= out->statistic) continue;
    out->statistic = fabs(b[t]);
    out->lags = t + 1;
  }
  double rss = fit->rss;
  jv_ols_free(cx, fit);
  if (only_rounding(rss, y, n)) return jv_fail(cx, JV_EDATA, "cusum: the regression is exact");
  return JV_OK;
}

jv_status jv_cusum(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                   jv_cusum_kind kind, double *path, jv_test_result *out) {
  static const double levels[3] = {0.10, 0.05, 0.01};
  static const double criticals[2][3] = {{0.850, 0.948, 1.143}, {1.224, 1.358, 1.628}};
  JV_TRY(check(cx, "cusum", y, x, n, k));
  if (jv_is_constant(y, n)) return jv_fail(cx, JV_EDATA, "cusum: the series is constant");
  double *process = JV_ARRAY(cx, double, n);
  if (!process) return JV_ENOMEM;
  jv_test_result made = {.df = NAN, .df2 = NAN, .n = n, .criticals = 3};
  memcpy(made.level, levels, sizeof levels);
  memcpy(made.critical, criticals[kind], sizeof levels);
  jv_status status = kind == JV_CUSUM_OLS ? cusum_ols(cx, y, x, n, k, process, &made)
                                          : cusum_recursive(cx, y, x, n, k, process, &made);
  if (status == JV_OK) {
    made.p_value = jv_cusum_p_value(kind, made.statistic);
    *out = made;
    if (path) memcpy(path, process, n * sizeof *path);
  }
  jv_free(cx, process);
  return status;
}

/* ---- Chow */

/* RSS of rows from .. from + rows; the columns are copied to `scratch`. */
static jv_status part_rss(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                          size_t from, size_t rows, double *scratch, double *rss) {
  jv_ols *fit = NULL;
  for (size_t j = 0; j < k; j++)
    memcpy(scratch + j * rows, x + j * n + from, rows * sizeof *scratch);
  JV_TRY(jv_ols_fit(cx, y + from, scratch, rows, k, NULL, &fit));
  *rss = fit->rss;
  size_t rank = fit->rank;
  jv_ols_free(cx, fit);
  if (rank == k + 1) return JV_OK;
  return jv_fail(cx, JV_EDATA, "chow: the columns are dependent in rows %zu to %zu", from + 1,
                 from + rows);
}

static jv_status chow(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k, size_t at,
                      double *scratch, jv_test_result *out) {
  double all, first, second = 0, p = (double)k + 1, rows = (double)n;
  bool predictive = n - at <= k + 1;
  JV_TRY(part_rss(cx, y, x, n, k, 0, n, scratch, &all));
  JV_TRY(part_rss(cx, y, x, n, k, 0, at, scratch, &first));
  if (!predictive) JV_TRY(part_rss(cx, y, x, n, k, at, n - at, scratch, &second));
  double df1 = predictive ? (double)(n - at) : p;
  double df2 = predictive ? (double)at - p : rows - 2 * p;
  double scale = (first + second) / df2;
  if (only_rounding(first + second, y, n))
    return jv_fail(cx, JV_EDATA, "chow: the regression is exact");
  double f = (all - first - second) / df1 / scale;
  *out = (jv_test_result){
      .statistic = f, .p_value = jv_f_upper(f, df1, df2), .df = df1, .df2 = df2, .n = n};
  return JV_OK;
}

jv_status jv_chow(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k, size_t at,
                  jv_test_result *out) {
  JV_TRY(check(cx, "chow", y, x, n, k));
  if (at <= k + 1 || at >= n)
    return jv_fail(cx, JV_EINVAL, "chow: the break must lie in rows %zu to %zu, got %zu", k + 3, n,
                   at + 1);
  double *scratch = JV_ARRAY(cx, double, n *(k + 1));
  if (!scratch) return JV_ENOMEM;
  jv_status status = chow(cx, y, x, n, k, at, scratch, out);
  jv_free(cx, scratch);
  return status;
}
