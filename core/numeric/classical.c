/* Classical decomposition.
 *
 *   T[t] = centred moving average of length m (odd), or of m + 1 with half weights at its ends
 *   index of season s = mean of y - T (or y / T) over its observations, then brought to mean 0 (or 1)
 *   S[t] = index of t mod m;  R = y - T - S (or y / (T S))
 *
 * Cost O(n m), no memory beyond the indices. */
#include "numeric/classical.h"
#include <math.h>

double jv_classical_trend(const double *y, size_t n, size_t m, size_t t) {
  size_t half = m / 2;
  if (t < half || t + half >= n) return NAN;
  double sum = 0;
  for (size_t i = t - half; i <= t + half; i++) sum += y[i];
  if (m % 2 == 0) sum -= 0.5 * (y[t - half] + y[t + half]);
  return sum / (double)m;
}

/* Mean of the detrended values of season s; NaN when there are none. */
static double season_mean(const double *y, size_t n, size_t m, size_t s, bool multiplicative) {
  double sum = 0;
  size_t used = 0;
  for (size_t t = s; t < n; t += m) {
    double trend = jv_classical_trend(y, n, m, t);
    double ratio = multiplicative ? y[t] / trend : y[t] - trend;
    if (isnan(ratio)) continue;
    sum += ratio;
    used++;
  }
  return used ? sum / (double)used : NAN;
}

bool jv_classical_indices(const double *y, size_t n, size_t m, bool multiplicative, double *index) {
  double sum = 0;
  for (size_t s = 0; s < m; s++) {
    index[s] = season_mean(y, n, m, s, multiplicative);
    sum += index[s];
  }
  double mean = sum / (double)m;
  if (isnan(mean)) return false;
  for (size_t s = 0; s < m; s++) {
    index[s] = multiplicative ? index[s] / mean : index[s] - mean;
    if (multiplicative && fabs(index[s]) < 1e-4) return false;
  }
  return true;
}

static jv_status check_data(jv_ctx *cx, const double *y, size_t n, size_t m, bool multiplicative) {
  if (m < 2) return jv_fail(cx, JV_EDATA, "classical: needs a season of 2 or more, got %zu", m);
  if (n < 2 * m)
    return jv_fail(cx, JV_EDATA, "classical: needs two seasons of %zu, %zu observations, got %zu",
                   m, 2 * m, n);
  for (size_t t = 0; t < n; t++) {
    if (isinf(y[t])) return jv_fail(cx, JV_EDATA, "classical: observation %zu is infinite", t + 1);
    if (multiplicative && y[t] <= 0)
      return jv_fail(cx, JV_EDATA,
                     "classical: a multiplicative season needs values above zero, observation %zu "
                     "is %g",
                     t + 1, y[t]);
  }
  return JV_OK;
}

jv_status jv_classical(jv_ctx *cx, const double *y, size_t n, size_t m, bool multiplicative,
                       double *seasonal, double *trend, double *remainder) {
  JV_TRY(check_data(cx, y, n, m, multiplicative));
  double *index = JV_ARRAY(cx, double, m);
  if (!index) return JV_ENOMEM;
  if (!jv_classical_indices(y, n, m, multiplicative, index)) {
    jv_free(cx, index);
    return jv_fail(cx, JV_EDATA,
                   "classical: the %zu seasonal indices cannot be found: two whole seasons without "
                   "gaps are needed, and no index near zero",
                   m);
  }
  for (size_t t = 0; t < n; t++) {
    double level = jv_classical_trend(y, n, m, t), season = index[t % m];
    if (seasonal) seasonal[t] = season;
    if (trend) trend[t] = level;
    if (remainder) remainder[t] = multiplicative ? y[t] / (level * season) : y[t] - level - season;
  }
  jv_free(cx, index);
  return JV_OK;
}
