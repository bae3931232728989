/* Autocovariance, autocorrelation, partial autocorrelation.
 *
 *   c_k = sum_{t > k} (y_t - mean)(y_{t-k} - mean) / (pairs_k + k)
 *
 * The mean is kept as a pair of doubles, so that y far from zero loses none of its digits.
 * With nothing missing pairs_k = n - k and the divisor is n, which keeps the sequence positive
 * semidefinite (Brockwell & Davis, 1991, 7.2). With missing values it need not be: a partial
 * autocorrelation may then leave [-1, 1].
 *
 * Durbin-Levinson (Brockwell & Davis, proposition 5.2.1), v_0 = c_0:
 *   phi_kk = (c_k - sum_j phi_{k-1,j} c_{k-j}) / v_{k-1}
 *   phi_kj = phi_{k-1,j} - phi_kk phi_{k-1,k-j}          v_k = v_{k-1} (1 - phi_kk^2) */
#include "numeric/acf.h"
#include "numeric/twofold.h"
#include <math.h>
#include <string.h>

static jv_status check(jv_ctx *cx, const double *y, size_t n, size_t max_lag) {
  size_t observed = 0;
  for (size_t i = 0; i < n; i++) {
    if (isinf(y[i]))
      return jv_fail(cx, JV_EDATA, "autocorrelation: value %zu of %zu is infinite", i + 1, n);
    if (!isnan(y[i])) observed++;
  }
  if (observed == 0)
    return jv_fail(cx, JV_EDATA, "autocorrelation: none of %zu values is observed", n);
  if (max_lag >= n)
    return jv_fail(cx, JV_EINVAL, "autocorrelation: a lag of %zu needs more than %zu values",
                   max_lag, n);
  return JV_OK;
}

static jv_twofold mean_of(const double *y, size_t n) {
  jv_twofold sum = {0, 0};
  size_t observed = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    jv_twofold_add(&sum, y[i]);
    observed++;
  }
  return jv_twofold_divide(sum, (double)observed);
}

static double at_lag(const double *y, size_t n, jv_twofold mean, size_t k) {
  double sum = 0;
  size_t pairs = 0;
  for (size_t t = k; t < n; t++) {
    double term = (y[t] - mean.hi - mean.lo) * (y[t - k] - mean.hi - mean.lo);
    if (isnan(term)) continue;
    sum += term;
    pairs++;
  }
  return pairs ? sum / (double)(pairs + k) : NAN;
}

jv_status jv_autocovariance(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *acov) {
  JV_TRY(check(cx, y, n, max_lag));
  jv_twofold mean = mean_of(y, n);
  for (size_t k = 0; k <= max_lag; k++) acov[k] = at_lag(y, n, mean, k);
  return JV_OK;
}

jv_status jv_acf(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *acf) {
  JV_TRY(jv_autocovariance(cx, y, n, max_lag, acf));
  double variance = acf[0];
  for (size_t k = 0; k <= max_lag; k++) {
    double r = variance > 0 ? acf[k] / variance : NAN;
    acf[k] = r > 1 ? 1 : r < -1 ? -1 : r;
  }
  return JV_OK;
}

/* One step of the recursion: phi of order k - 1 becomes that of order k, in place from both ends. */
static double raise_order(const double *acov, size_t k, double variance, double *phi) {
  double sum = acov[k];
  for (size_t j = 0; j + 1 < k; j++) sum -= phi[j] * acov[k - 1 - j];
  double last = variance > 0 ? sum / variance : 0;
  for (size_t i = 0, j = k - 1; i < j; i++) {
    j--;
    double a = phi[i], b = phi[j];
    phi[i] = a - last * b;
    if (i != j) phi[j] = b - last * a;
  }
  phi[k - 1] = last;
  return last;
}

void jv_durbin_levinson(const double *acov, size_t order, double *phi, double *pacf, double *var) {
  double variance = acov[0];
  if (var) var[0] = variance;
  for (size_t k = 1; k <= order; k++) {
    double last = raise_order(acov, k, variance, phi);
    variance *= 1 - last * last;
    if (pacf) pacf[k - 1] = last;
    if (var) var[k] = variance;
  }
}

jv_status jv_pacf(jv_ctx *cx, const double *y, size_t n, size_t max_lag, double *pacf) {
  double *acf = JV_ARRAY(cx, double, max_lag + 1), *phi = JV_ARRAY(cx, double, max_lag + 1);
  jv_status status = JV_ENOMEM;
  if (acf && phi && (status = jv_acf(cx, y, n, max_lag, acf)) == JV_OK) {
    if (isnan(acf[0]))
      for (size_t k = 0; k < max_lag; k++) pacf[k] = NAN;
    else
      jv_durbin_levinson(acf, max_lag, phi, pacf, NULL);
  }
  jv_free(cx, acf);
  jv_free(cx, phi);
  return status;
}
