/* Statistics of values, windows and whole series.
 *
 * Sums are compensated (Neumaier 1974), so that totals of filed figures close to the last digit;
 * moments are taken about the mean in a second pass. Quantiles are type 7 of Hyndman & Fan (1996):
 * with h = (n - 1) p, the value between the floor(h)-th and the next order statistic. */
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  jv_stat stat;
} stats[] = {{"sum", JV_STAT_SUM},   {"mean", JV_STAT_MEAN},  {"median", JV_STAT_MEDIAN},
             {"min", JV_STAT_MIN},   {"max", JV_STAT_MAX},    {"sd", JV_STAT_SD},
             {"last", JV_STAT_LAST}, {"first", JV_STAT_FIRST}};

const char *jv_stat_name(jv_stat stat) {
  for (size_t i = 0; i < sizeof stats / sizeof *stats; i++)
    if (stats[i].stat == stat) return stats[i].name;
  return "?";
}

jv_status jv_stat_parse(jv_ctx *cx, const char *name, jv_stat *out) {
  for (size_t i = 0; i < sizeof stats / sizeof *stats; i++)
    if (strcmp(stats[i].name, name) == 0) {
      *out = stats[i].stat;
      return JV_OK;
    }
  return jv_fail(cx, JV_EINVAL,
                 "'%.40s' is no statistic: sum, mean, median, min, max, sd, first or last", name);
}

static double sum_of(const double *x, size_t n) {
  double sum = 0, lost = 0;
  for (size_t i = 0; i < n; i++) {
    double next = sum + x[i];
    lost += fabs(sum) >= fabs(x[i]) ? (sum - next) + x[i] : (x[i] - next) + sum;
    sum = next;
  }
  return isfinite(sum) ? sum + lost : sum;
}

/* Sum of (x - centre)^power, power 2 to 4. */
static double moment_sum(const double *x, size_t n, double centre, int power) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double d = x[i] - centre, term = d * d;
    sum += power == 2 ? term : power == 3 ? term * d : term * term;
  }
  return sum;
}

/* The mean, corrected by the mean of what is left after taking it away. */
static double mean_of(const double *x, size_t n) {
  double mean = sum_of(x, n) / (double)n, rest = 0;
  if (!isfinite(mean)) return mean;
  for (size_t i = 0; i < n; i++) rest += x[i] - mean;
  return mean + rest / (double)n;
}

static double sd_of(const double *x, size_t n) {
  return n < 2 ? NAN : sqrt(moment_sum(x, n, mean_of(x, n), 2) / (double)(n - 1));
}

static int by_size(const void *a, const void *b) {
  double x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x > y) - (x < y);
}

static double sorted_quantile(const double *sorted, size_t n, double p) {
  if (n == 0) return NAN;
  double h = (double)(n - 1) * p, low = floor(h);
  size_t i = (size_t)low;
  if (i + 1 >= n) return sorted[n - 1];
  return sorted[i] + (h - low) * (sorted[i + 1] - sorted[i]);
}

static double extreme(const double *x, size_t n, bool largest) {
  double best = x[0];
  for (size_t i = 1; i < n; i++)
    if (largest ? x[i] > best : x[i] < best) best = x[i];
  return best;
}

double jv_stat_of(jv_stat stat, double *x, size_t n) {
  if (n == 0) return NAN;
  switch (stat) {
  case JV_STAT_SUM:
    return sum_of(x, n);
  case JV_STAT_MEAN:
    return mean_of(x, n);
  case JV_STAT_MEDIAN:
    qsort(x, n, sizeof *x, by_size);
    return sorted_quantile(x, n, 0.5);
  case JV_STAT_MIN:
    return extreme(x, n, false);
  case JV_STAT_MAX:
    return extreme(x, n, true);
  case JV_STAT_SD:
    return sd_of(x, n);
  case JV_STAT_LAST:
    return x[n - 1];
  case JV_STAT_FIRST:
    return x[0];
  }
  return NAN;
}

/* The observed values of s in memory of their own, to be freed. */
static jv_status observed(jv_ctx *cx, const jv_series *s, double **out, size_t *n) {
  double *x = JV_ARRAY(cx, double, s->n);
  if (!x) return jv_failure(cx);
  size_t count = 0;
  for (size_t i = 0; i < s->n; i++)
    if (!isnan(s->value[i])) x[count++] = s->value[i];
  *out = x;
  *n = count;
  return JV_OK;
}

/* First autocorrelation over neighbouring observed pairs. */
static double first_autocorrelation(const jv_series *s, double mean, double square_sum) {
  double sum = 0;
  for (size_t i = 1; i < s->n; i++)
    if (!isnan(s->value[i]) && !isnan(s->value[i - 1]))
      sum += (s->value[i] - mean) * (s->value[i - 1] - mean);
  return square_sum > 0 ? sum / square_sum : NAN;
}

jv_status jv_series_describe(jv_ctx *cx, const jv_series *s, jv_description *out) {
  double *x;
  size_t n;
  JV_TRY(observed(cx, s, &x, &n));
  jv_description d = {.n = s->n, .missing = s->n - n};
  d.mean = d.sd = d.skewness = d.kurtosis = d.acf1 = NAN;
  if (n > 0) {
    d.mean = mean_of(x, n);
    d.sd = sd_of(x, n);
    double m2 = moment_sum(x, n, d.mean, 2) / (double)n;
    if (m2 > 0) {
      d.skewness = moment_sum(x, n, d.mean, 3) / (double)n / pow(m2, 1.5);
      d.kurtosis = moment_sum(x, n, d.mean, 4) / (double)n / (m2 * m2) - 3;
    }
    d.acf1 = first_autocorrelation(s, d.mean, m2 * (double)n);
    qsort(x, n, sizeof *x, by_size);
  }
  d.min = sorted_quantile(x, n, 0);
  d.q25 = sorted_quantile(x, n, 0.25);
  d.median = sorted_quantile(x, n, 0.5);
  d.q75 = sorted_quantile(x, n, 0.75);
  d.max = sorted_quantile(x, n, 1);
  jv_free(cx, x);
  *out = d;
  return JV_OK;
}

jv_status jv_series_quantile(jv_ctx *cx, const jv_series *s, double p, double *out) {
  double *x;
  size_t n;
  if (!(p >= 0 && p <= 1)) return jv_fail(cx, JV_EINVAL, "p must lie in [0, 1], got %g", p);
  JV_TRY(observed(cx, s, &x, &n));
  qsort(x, n, sizeof *x, by_size);
  *out = sorted_quantile(x, n, p);
  jv_free(cx, x);
  return JV_OK;
}

/* Marks of the values that went in: all of them, or the observed ones. */
static jv_status mark_summary(jv_ctx *cx, const jv_series *s, jv_stat stat, bool all,
                              jv_quantity *q) {
  if (!s->mark) return JV_OK;
  const jv_mark **in = JV_ARRAY(cx, const jv_mark *, s->n);
  if (!in) return jv_failure(cx);
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++)
    if (all || !isnan(s->value[i])) in[n++] = &s->mark[i];
  jv_status status =
      jv_mark_join(cx, jv_stat_name(stat), q->value, JV_EVIDENCE_DERIVED, in, n, &q->mark);
  jv_free(cx, in);
  return status;
}

jv_status jv_series_summary(jv_ctx *cx, const jv_series *s, jv_stat stat, jv_quantity *out) {
  bool ends = stat == JV_STAT_FIRST || stat == JV_STAT_LAST, all = stat == JV_STAT_SUM;
  jv_quantity q;
  double *x;
  size_t n;
  if (ends && s->n > 0) {
    *out = jv_series_at(s, stat == JV_STAT_FIRST ? 0 : s->n - 1);
    return JV_OK;
  }
  memset(&q, 0, sizeof q);
  q.unit = s->unit;
  JV_TRY(observed(cx, s, &x, &n));
  q.value = all && n < s->n ? NAN : jv_stat_of(stat, x, n);
  jv_free(cx, x);
  JV_TRY(mark_summary(cx, s, stat, all, &q));
  *out = q;
  return JV_OK;
}
