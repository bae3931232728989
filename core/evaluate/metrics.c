/* Measures of forecast error; the definitions stand in the header. */
#include "evaluate/metrics.h"
#include <math.h>

jv_scale jv_scale_none(void) { return (jv_scale){NAN, NAN}; }

jv_scale jv_scale_of(const double *y, size_t n, size_t m) {
  double abs = 0, square = 0;
  size_t used = 0;
  for (size_t t = m; t < n; t++) {
    double d = y[t] - y[t - m];
    if (isnan(d)) continue;
    abs += fabs(d);
    square += d * d;
    used++;
  }
  if (used == 0) return jv_scale_none();
  return (jv_scale){abs / (double)used, square / (double)used};
}

void jv_error_add(jv_error_sums *s, double actual, double forecast) {
  double e = actual - forecast, both = fabs(actual) + fabs(forecast);
  if (isnan(e)) {
    s->skipped++;
    return;
  }
  s->used++;
  s->e += e;
  s->abs += fabs(e);
  s->square += e * e;
  s->symmetric += both > 0 ? 200 * fabs(e) / both : 0;
  if (actual == 0 && e == 0) return; /* 0/0 is no percentage */
  s->percent_used++;
  s->percent += 100 * e / actual;
  s->abs_percent += 100 * fabs(e / actual);
}

jv_accuracy jv_error_measures(const jv_error_sums *s, jv_scale scale) {
  double n = (double)s->used, percents = (double)s->percent_used; /* 0/0: NaN */
  jv_accuracy a = {.used = s->used, .skipped = s->skipped};
  a.me = s->e / n;
  a.mae = s->abs / n;
  a.rmse = sqrt(s->square / n);
  a.mpe = s->percent / percents;
  a.mape = s->abs_percent / percents;
  a.smape = s->symmetric / n;
  a.mase = a.mae / scale.mae;
  a.rmsse = sqrt(s->square / n / scale.mse);
  return a;
}

jv_accuracy jv_accuracy_of(const double *actual, const double *forecast, size_t n, jv_scale scale) {
  jv_error_sums sums = {.used = 0};
  for (size_t i = 0; i < n; i++) jv_error_add(&sums, actual[i], forecast[i]);
  return jv_error_measures(&sums, scale);
}

double jv_owa(double smape, double mase, double smape_naive2, double mase_naive2) {
  return (smape / smape_naive2 + mase / mase_naive2) / 2;
}

/* Sum over the pairs that are numbers -> their mean. */
static double mean_of(double sum, size_t n, size_t *used) {
  if (used) *used = n;
  return n ? sum / (double)n : NAN;
}

double jv_pinball(const double *y, const double *q, size_t n, double p, size_t *used) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i]) || isnan(q[i])) continue;
    sum += y[i] >= q[i] ? (y[i] - q[i]) * p : (q[i] - y[i]) * (1 - p);
    count++;
  }
  return mean_of(sum, count, used);
}

double jv_winkler(const double *y, const double *lower, const double *upper, size_t n, double level,
                  size_t *used) {
  double sum = 0, penalty = 2 / (1 - level / 100);
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i]) || isnan(lower[i]) || isnan(upper[i])) continue;
    sum += upper[i] - lower[i];
    if (y[i] < lower[i]) sum += penalty * (lower[i] - y[i]);
    if (y[i] > upper[i]) sum += penalty * (y[i] - upper[i]);
    count++;
  }
  return mean_of(sum, count, used);
}

double jv_coverage(const double *y, const double *lower, const double *upper, size_t n,
                   size_t *used) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i]) || isnan(lower[i]) || isnan(upper[i])) continue;
    sum += lower[i] <= y[i] && y[i] <= upper[i];
    count++;
  }
  return mean_of(sum, count, used);
}
