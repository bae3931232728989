/* Spectrum of an autoregression, and the period at its peak; frequency.h has the definitions.
 *
 * When the peak stands at frequency 0, what is left of a trend, the next one is taken: the highest
 * point after the spectrum first rises. */
#include "numeric/frequency.h"
#include "numeric/acf.h"
#include "numeric/summary.h"
#include <math.h>

enum { POINTS = 500 };
static const double pi = 3.14159265358979323846;

#define OPT(field) offsetof(jv_frequency_options, field)
const jv_option jv_frequency_option_rows[] = {
    {"threshold", JV_OPT_REAL, OPT(threshold), 10, 0, INFINITY,
     "peak of the spectrum below which there is no period", NULL},
    {"standardise", JV_OPT_FLAG, OPT(standardise), 0, 0, 1,
     "scale to variance 1 first, so that the unit does not matter", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static size_t best_order(const double *variance, size_t most, size_t n) {
  size_t best = 0;
  double least = INFINITY;
  for (size_t p = 0; p <= most; p++) {
    double aic = (double)n * log(variance[p]) + 2 * (double)p;
    if (!(aic < least)) continue;
    least = aic;
    best = p;
  }
  return best;
}

static void evaluate(const double *phi, size_t order, double variance, size_t points,
                     double *spectrum) {
  for (size_t i = 0; i < points; i++) {
    double f = 0.5 * (double)i / (double)(points - 1), re = 1, im = 0;
    for (size_t k = 0; k < order; k++) {
      double angle = 2 * pi * f * (double)(k + 1);
      re -= phi[k] * cos(angle);
      im += phi[k] * sin(angle);
    }
    spectrum[i] = variance / (re * re + im * im);
  }
}

jv_status jv_ar_spectrum(jv_ctx *cx, const double *y, size_t n, size_t points, double *spectrum,
                         size_t *order) {
  if (n < 3) return jv_fail(cx, JV_EDATA, "a spectrum needs 3 values at least, got %zu", n);
  size_t most = (size_t)(10 * log10((double)n));
  if (most > n - 1) most = n - 1;
  double *acov = JV_ARRAY(cx, double, 3 * (most + 1));
  if (!acov) return JV_ENOMEM;
  double *variance = acov + most + 1, *phi = variance + most + 1;
  jv_status status = jv_autocovariance(cx, y, n, most, acov);
  if (status == JV_OK) {
    jv_durbin_levinson(acov, most, phi, NULL, variance);
    size_t p = best_order(variance, most, n);
    jv_durbin_levinson(acov, p, phi, NULL, NULL);
    double size = (double)n;
    evaluate(phi, p, variance[p] * size / (size - (double)p - 1), points, spectrum);
    if (order) *order = p;
  }
  jv_free(cx, acov);
  return status;
}

static size_t peak(const double *s, size_t from) {
  size_t best = from;
  for (size_t i = from; i < POINTS; i++)
    if (s[i] > s[best]) best = i;
  return best;
}

static size_t period_of(const double *s, double threshold) {
  size_t at = peak(s, 0), rise = 0;
  if (!(s[at] > threshold)) return 1;
  if (at == 0) {
    while (rise + 1 < POINTS && !(s[rise + 1] > s[rise])) rise++;
    if (rise + 1 >= POINTS) return 1;
    at = peak(s, rise + 1);
    if (at + 1 >= POINTS) return 1;
  }
  return (size_t)floor(2 * (double)(POINTS - 1) / (double)at + 0.5);
}

/* The longest run of observed values: *length of them from the place returned. */
static size_t longest_run(const double *y, size_t n, size_t *length) {
  size_t at = 0, start = 0;
  *length = 0;
  for (size_t i = 0; i <= n; i++) {
    if (i < n && !isnan(y[i])) continue;
    if (i - start > *length) {
      *length = i - start;
      at = start;
    }
    start = i + 1;
  }
  return at;
}

/* u = y less the line through what is observed, over the whole. */
static void remove_trend(const double *y, size_t n, double *u) {
  double mean = jv_summary_mean(y, n), middle = 0, xy = 0, xx = 0;
  size_t observed = jv_summary_count(y, n);
  for (size_t i = 0; i < n; i++)
    if (!isnan(y[i])) middle += (double)i / (double)observed;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    double x = (double)i - middle;
    xy += x * (y[i] - mean);
    xx += x * x;
  }
  for (size_t i = 0; i < n; i++) u[i] = y[i] - mean - (xx > 0 ? xy / xx * ((double)i - middle) : 0);
}

jv_status jv_find_frequency(jv_ctx *cx, const double *y, size_t n, const jv_frequency_options *opt,
                            size_t *period) {
  jv_frequency_options o;
  jv_option_defaults(jv_frequency_option_rows, &o);
  if (opt) o = *opt;
  for (size_t i = 0; i < n; i++)
    if (isinf(y[i]))
      return jv_fail(cx, JV_EDATA, "find_frequency: value %zu of %zu is infinite", i + 1, n);
  double *u = JV_ARRAY(cx, double, n + POINTS), size = 0;
  if (!u) return JV_ENOMEM;
  double *spectrum = u + n;
  remove_trend(y, n, u);
  size_t length, from = longest_run(u, n, &length);
  double sd = jv_summary_sd(u, n);
  for (size_t i = 0; i < n; i++)
    if (!isnan(y[i])) size = fmax(size, fabs(y[i]));
  jv_status status = JV_OK;
  *period = 1;
  if (o.standardise)
    for (size_t i = 0; i < n; i++) u[i] = sd > 0 ? u[i] / sd : 0;
  if (sd > 1e-13 * size || length < 3) { /* else a straight line */
    status = jv_ar_spectrum(cx, u + from, length, POINTS, spectrum, NULL);
    if (status == JV_OK) *period = period_of(spectrum, o.threshold);
  }
  jv_free(cx, u);
  return status;
}
