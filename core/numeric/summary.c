/* Two passes: the mean in twofold precision and as a pair, so that its own rounding does not enter
 * the deviations; then sums of products of deviations in twofold precision. The one-pass form
 * (sum of squares less n times the squared mean) loses every digit on NIST's NumAcc files; plain
 * two-pass sums lose a few on the long ones. */
#include "numeric/summary.h"
#include "numeric/twofold.h"
#include <stdlib.h>
#include <string.h>

size_t jv_summary_count(const double *x, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += isnan(x[i]) ? 0 : 1;
  return count;
}

static jv_twofold twofold_sum(const double *x, size_t n) {
  jv_twofold sum = {0, 0};
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i])) jv_twofold_add(&sum, x[i]);
  return sum;
}

static jv_twofold twofold_mean(const double *x, size_t n) {
  return jv_twofold_divide(twofold_sum(x, n), (double)jv_summary_count(x, n));
}

static double deviation(double x, jv_twofold mean) { return (x - mean.hi) - mean.lo; }

/* Sum of products of deviations of x and y at distance k, over complete pairs. */
static double comoment(const double *x, jv_twofold mx, const double *y, jv_twofold my, size_t n,
                       size_t k) {
  jv_twofold sum = {0, 0};
  for (size_t i = k; i < n; i++) {
    double a = deviation(x[i], mx), b = deviation(y[i - k], my);
    if (!isnan(a) && !isnan(b)) jv_twofold_add_product(&sum, a, b);
  }
  return jv_twofold_value(sum);
}

double jv_summary_sum(const double *x, size_t n) { return jv_twofold_value(twofold_sum(x, n)); }

double jv_summary_mean(const double *x, size_t n) {
  return jv_summary_sum(x, n) / (double)jv_summary_count(x, n);
}

double jv_summary_variance(const double *x, size_t n) {
  size_t count = jv_summary_count(x, n);
  if (count < 2) return NAN;
  jv_twofold mean = twofold_mean(x, n);
  if (!isfinite(mean.hi)) return NAN;
  return comoment(x, mean, x, mean, n, 0) / (double)(count - 1);
}

double jv_summary_sd(const double *x, size_t n) { return sqrt(jv_summary_variance(x, n)); }

double jv_summary_min(const double *x, size_t n) {
  double least = NAN;
  for (size_t i = 0; i < n; i++) least = fmin(least, x[i]); /* fmin passes over NaN */
  return least;
}

double jv_summary_max(const double *x, size_t n) {
  double most = NAN;
  for (size_t i = 0; i < n; i++) most = fmax(most, x[i]);
  return most;
}

double jv_summary_acf(const double *x, size_t n, size_t k) {
  jv_twofold mean = twofold_mean(x, n);
  if (k >= n || !isfinite(mean.hi)) return NAN;
  return comoment(x, mean, x, mean, n, k) / comoment(x, mean, x, mean, n, 0);
}

double jv_summary_correlation(const double *x, const double *y, size_t n) {
  jv_twofold sx = {0, 0}, sy = {0, 0};
  double count = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i]) || isnan(y[i])) continue;
    jv_twofold_add(&sx, x[i]);
    jv_twofold_add(&sy, y[i]);
    count++;
  }
  jv_twofold mx = jv_twofold_divide(sx, count), my = jv_twofold_divide(sy, count);
  jv_twofold xx = {0, 0}, yy = {0, 0}, xy = {0, 0};
  for (size_t i = 0; i < n; i++) {
    double a = deviation(x[i], mx), b = deviation(y[i], my);
    if (isnan(a) || isnan(b)) continue;
    jv_twofold_add_product(&xx, a, a);
    jv_twofold_add_product(&yy, b, b);
    jv_twofold_add_product(&xy, a, b);
  }
  double r = jv_twofold_value(xy) / sqrt(jv_twofold_value(xx)) / sqrt(jv_twofold_value(yy));
  return r > 1 ? 1 : r < -1 ? -1 : r;
}

static int by_value(const void *a, const void *b) {
  double x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x > y) - (x < y);
}

static void sort_few(double *x, size_t n) {
  for (size_t i = 1; i < n; i++) {
    double value = x[i];
    size_t at = i;
    for (; at > 0 && x[at - 1] > value; at--) x[at] = x[at - 1];
    x[at] = value;
  }
}

/* The median of three in last place, then what is below it in front; its place. Every element is
 * swapped with itself or another, so that nothing is guessed by the processor. */
static size_t partition(double *x, size_t n) {
  double a = x[0], b = x[n / 2], c = x[n - 1];
  size_t from = (a < b) == (b < c) ? n / 2 : (b < a) == (a < c) ? 0 : n - 1, place = 0;
  double pivot = x[from];
  x[from] = x[n - 1];
  for (size_t i = 0; i + 1 < n; i++) {
    double value = x[i];
    x[i] = x[place];
    x[place] = value;
    place += value < pivot;
  }
  x[n - 1] = x[place];
  x[place] = pivot;
  return place;
}

/* Quicksort; where it does not get on (equal values), the library's. Twice as fast as that, which
 * compares through a pointer. */
static void sort_range(double *x, size_t n, size_t depth) {
  while (n > 24) {
    if (depth-- == 0) {
      qsort(x, n, sizeof *x, by_value);
      return;
    }
    size_t place = partition(x, n), rest = n - place - 1;
    if (place < rest) {
      sort_range(x, place, depth);
      x += place + 1;
      n = rest;
    } else {
      sort_range(x + place + 1, rest, depth);
      n = place;
    }
  }
  sort_few(x, n);
}

void jv_sort(double *x, size_t n) {
  size_t depth = 4;
  for (size_t k = n; k; k /= 2) depth += 2;
  sort_range(x, n, depth);
}

/* Equal neighbours are returned as they are, so that infinite ones do not turn into NaN; the result
 * never passes the upper neighbour by a rounding, so that quantiles do not fall as p rises. */
double jv_sorted_quantile(const double *x, size_t n, double p) {
  double position = (double)(n - 1) * p;
  size_t j = (size_t)position;
  if (j + 1 >= n) return x[n - 1];
  double g = position - (double)j;
  return g == 0 || x[j] == x[j + 1] ? x[j] : fmin(x[j] + g * (x[j + 1] - x[j]), x[j + 1]);
}

jv_status jv_summary_quantiles(jv_ctx *cx, const double *x, size_t n, const double *p, size_t k,
                               double *out) {
  for (size_t i = 0; i < k; i++)
    if (!(p[i] >= 0 && p[i] <= 1))
      return jv_fail(cx, JV_EINVAL, "a quantile's probability lies in [0, 1], got %g", p[i]);
  double *sorted = JV_ARRAY(cx, double, n);
  if (!sorted) return cx->status;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i])) sorted[count++] = x[i];
  jv_sort(sorted, count);
  for (size_t i = 0; i < k; i++) out[i] = count ? jv_sorted_quantile(sorted, count, p[i]) : NAN;
  jv_free(cx, sorted);
  return JV_OK;
}

jv_status jv_summary_median(jv_ctx *cx, const double *x, size_t n, double *out) {
  double half = 0.5;
  return jv_summary_quantiles(cx, x, n, &half, 1, out);
}

jv_status jv_summary_mad(jv_ctx *cx, const double *x, size_t n, double *out) {
  double median = NAN, *apart = JV_ARRAY(cx, double, n);
  if (!apart) return JV_ENOMEM;
  jv_status status = jv_summary_median(cx, x, n, &median);
  for (size_t i = 0; i < n; i++) apart[i] = fabs(x[i] - median);
  if (status == JV_OK) status = jv_summary_median(cx, apart, n, &median);
  if (status == JV_OK) *out = 1.4826 * median;
  jv_free(cx, apart);
  return status;
}
