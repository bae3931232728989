/* Shapiro-Wilk test of normality.
 *
 * With x_(1) <= … <= x_(n) and m_i = quantile((i - 3/8) / (n + 1/4)) of the normal,
 *   W = (sum a_i x_(i))^2 / sum (x_i - mean)^2
 * a is proportional to m except at its one (n <= 5) or two outer places, which are polynomials in
 * n^-1/2, and has length one. log(1 - W), for n <= 11 -log(g - log(1 - W)), is then close to normal
 * with mean and log standard deviation that are polynomials in n or log n; n = 3 is exact.
 * Royston (1992), Statistics and Computing 2; Royston (1995), AS R94, whose coefficients these are. */
#include "numeric/diagnostics.h"
#include "numeric/distribution.h"
#include "numeric/summary.h"
#include <math.h>

/* c[0] + c[1] x + … */
static double polynomial(const double *c, size_t n, double x) {
  double value = 0;
  for (size_t i = n; i-- > 0;) value = value * x + c[i];
  return value;
}

/* The upper half of a, from the largest: a[0] belongs to x_(n). m and a may be the same. */
static void weights(size_t n, double *a) {
  static const double outer[] = {0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056};
  static const double second[] = {0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633};
  size_t half = n / 2, fixed = n > 5 ? 2 : 1;
  double sum = 0, size = (double)n, root = 1 / sqrt(size);
  if (n == 3) {
    a[0] = sqrt(0.5);
    return;
  }
  for (size_t i = 0; i < half; i++) {
    a[i] = -jv_normal_quantile(((double)i + 1 - 0.375) / (size + 0.25));
    sum += 2 * a[i] * a[i];
  }
  double first = a[0] / sqrt(sum) + polynomial(outer, 6, root), next = 0;
  double rest = sum - 2 * a[0] * a[0], room = 1 - 2 * first * first;
  if (fixed == 2) {
    next = a[1] / sqrt(sum) + polynomial(second, 6, root);
    rest -= 2 * a[1] * a[1];
    room -= 2 * next * next;
  }
  double scale = sqrt(rest / room);
  for (size_t i = fixed; i < half; i++) a[i] /= scale;
  a[0] = first;
  if (fixed == 2) a[1] = next;
}

/* 1 - W, without the loss of a difference of nearly equal numbers. */
static double complement(const double *sorted, size_t n, const double *a) {
  double mean = jv_summary_mean(sorted, n), ss = 0, sum = 0, aa = 0;
  for (size_t i = 0; i < n; i++) ss += (sorted[i] - mean) * (sorted[i] - mean);
  for (size_t i = 0; i < n / 2; i++) {
    sum += a[i] * (sorted[n - 1 - i] - sorted[i]);
    aa += 2 * a[i] * a[i];
  }
  double whole = sqrt(aa * ss);
  return (whole - sum) * (whole + sum) / (aa * ss);
}

static double p_value(double rest, size_t n) {
  static const double m_small[] = {0.544, -0.39978, 0.025054, -6.714e-4};
  static const double s_small[] = {1.3822, -0.77857, 0.062767, -0.0020322};
  static const double m_large[] = {-1.5861, -0.31082, -0.083751, 0.0038915};
  static const double s_large[] = {-0.4803, -0.082676, 0.0030302};
  double size = (double)n, y = log(rest);
  if (n == 3) {
    double p = 1.90985931710274 * (asin(sqrt(1 - rest)) - 1.04719755119660);
    return p < 0 ? 0 : p;
  }
  if (n > 11) {
    double at = log(size);
    return jv_normal_upper((y - polynomial(m_large, 4, at)) / exp(polynomial(s_large, 3, at)));
  }
  double gamma = -2.273 + 0.459 * size;
  if (y >= gamma) return 1e-99;
  y = -log(gamma - y);
  return jv_normal_upper((y - polynomial(m_small, 4, size)) / exp(polynomial(s_small, 4, size)));
}

jv_status jv_shapiro_wilk(jv_ctx *cx, const double *x, size_t n, jv_test_result *out) {
  size_t k = 0, observed = jv_summary_count(x, n);
  if (observed < 3 || observed > 5000)
    return jv_fail(cx, JV_EDATA, "shapiro_wilk takes 3 to 5000 values, got %zu", observed);
  double *sorted = JV_ARRAY(cx, double, observed + observed / 2);
  if (!sorted) return JV_ENOMEM;
  double *a = sorted + observed;
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i])) sorted[k++] = x[i];
  jv_sort(sorted, k);
  bool finite = isfinite(sorted[0]) && isfinite(sorted[k - 1]);
  double range = sorted[k - 1] - sorted[0], rest = NAN;
  if (finite && range > 0) {
    weights(k, a);
    /* W does not feel the scale; its sums would overflow or vanish on extreme ones. */
    for (size_t i = 0; i < k; i++) sorted[i] /= range;
    rest = complement(sorted, k, a);
  }
  jv_free(cx, sorted);
  if (!finite) return jv_fail(cx, JV_EDATA, "shapiro_wilk: a value is infinite");
  if (!(range > 0)) return jv_fail(cx, JV_EDATA, "shapiro_wilk: all values are the same");
  *out = (jv_test_result){
      .statistic = 1 - rest, .p_value = p_value(rest, k), .df = NAN, .df2 = NAN, .n = k};
  return JV_OK;
}
