/* Features from the spectrum, from tests, from fitted models. Definitions: features.h.
 *
 * Hurst: the memory d of x is estimated on its differences, which have d - 1, by local Whittle
 * (Robinson, 1995): with the periodogram I_j at 2 pi j / n, j = 1 .. k, k = n^0.65,
 *   R(e) = log(sum I_j j^(2e) / k) - 2 e sum log j / k     least at e = d - 1, and H = d + 1/2.
 *
 * Nonlinearity (Terasvirta, Lin & Granger, 1993): u from z_t on 1, z_{t-1}; RSS1 of u on 1, z_{t-1},
 * z_{t-1}^2, z_{t-1}^3. ARCH: an autoregression of at most 10 log10 n lags by AIC whitens first. */
#include "evaluate/features_parts.h"
#include "model/ets.h"
#include "numeric/acf.h"
#include "numeric/brent.h"
#include "numeric/frequency.h"
#include "numeric/ols.h"
#include "numeric/seasonal_test.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

enum { POINTS = 500, ARCH_LAGS = 12 };
static const double pi = 3.14159265358979323846;

/* ---- spectrum */

static jv_status entropy(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  double *s = JV_ARRAY(cx, double, POINTS), sum = 0, value = 0;
  if (!s) return JV_ENOMEM;
  jv_status status = jv_ar_spectrum(cx, in->z, in->n, POINTS, s, NULL);
  for (size_t i = 0; status == JV_OK && i < POINTS; i++) sum += s[i];
  for (size_t i = 0; status == JV_OK && i < POINTS; i++) value -= s[i] / sum * log(s[i] / sum);
  if (status == JV_OK) out->entropy = value / log(POINTS);
  jv_free(cx, s);
  return jv_feature_absent(status);
}

typedef struct periodogram {
  double *power;
  size_t k;
} periodogram;

static double whittle(void *data, double e) {
  const periodogram *p = data;
  double sum = 0, logs = 0;
  for (size_t j = 0; j < p->k; j++) {
    double l = log((double)j + 1);
    sum += p->power[j] * exp(2 * e * l);
    logs += l;
  }
  return log(sum / (double)p->k) - 2 * e * logs / (double)p->k;
}

static double power_at(const double *x, size_t n, size_t j) {
  double angle = 2 * pi * (double)j / (double)n, re = 0, im = 0;
  for (size_t t = 0; t < n; t++) {
    re += x[t] * cos(angle * (double)t);
    im += x[t] * sin(angle * (double)t);
  }
  return (re * re + im * im) / (double)n;
}

static void hurst(const jv_feature_input *in, jv_features *out) {
  size_t n = in->n - 1, k = (size_t)pow((double)n, 0.65);
  double *d = in->room, total = 0;
  periodogram p = {d + n, k < n / 2 ? k : n / 2};
  if (in->n < 20) return;
  for (size_t i = 0; i < n; i++) d[i] = in->z[i + 1] - in->z[i];
  for (size_t j = 0; j < p.k; j++) total += p.power[j] = power_at(d, n, j + 1);
  if (!(total > 1e-20)) return; /* a straight line */
  out->hurst = jv_brent(whittle, &p, -1.5, 1, 1e-6) + 1.5;
}

jv_status jv_features_spectrum(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  size_t period;
  JV_TRY(entropy(cx, in, out));
  hurst(in, out);
  jv_status status = jv_find_frequency(cx, in->z, in->n, NULL, &period);
  if (status == JV_OK) out->period = (double)period;
  return jv_feature_absent(status);
}

/* ---- tests */

static jv_status regress(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                         jv_ols **fit) {
  return jv_ols_fit(cx, y, x, n, k, NULL, fit);
}

static jv_status nonlinearity(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  size_t rows = in->n - 1;
  double *x = in->room;
  jv_ols *line = NULL, *cubic = NULL;
  if (in->n < 8) return JV_OK;
  for (size_t i = 0; i < rows; i++) {
    double z = in->z[i];
    x[i] = z;
    x[i + rows] = z * z;
    x[i + 2 * rows] = z * z * z;
  }
  JV_TRY(regress(cx, in->z + 1, x, rows, 1, &line));
  jv_status status = regress(cx, in->z + 1, x, rows, 3, &cubic);
  if (status == JV_OK && cubic->rss > 1e-20) out->nonlinearity = 10 * log(line->rss / cubic->rss);
  jv_ols_free(cx, cubic);
  jv_ols_free(cx, line);
  return status;
}

/* Whitens z in place of e: the residuals of the best autoregression by AIC; returns how many. */
static jv_status whiten(jv_ctx *cx, const jv_feature_input *in, double *e, size_t *count) {
  size_t most = (size_t)(10 * log10((double)in->n)), best = 0;
  if (most >= in->n) most = in->n - 1;
  double *acov = JV_ARRAY(cx, double, 3 * (most + 1)), least = INFINITY;
  if (!acov) return JV_ENOMEM;
  double *phi = acov + most + 1, *variance = phi + most + 1;
  jv_status status = jv_autocovariance(cx, in->z, in->n, most, acov);
  if (status == JV_OK) {
    jv_durbin_levinson(acov, most, phi, NULL, variance);
    for (size_t p = 0; p <= most; p++) {
      double aic = (double)in->n * log(variance[p]) + 2 * (double)p;
      if (aic < least) least = aic, best = p;
    }
    jv_durbin_levinson(acov, best, phi, NULL, NULL);
    *count = in->n - best;
    for (size_t i = 0; i < *count; i++) {
      e[i] = in->z[i + best];
      for (size_t k = 0; k < best; k++) e[i] -= phi[k] * in->z[i + best - 1 - k];
    }
  }
  jv_free(cx, acov);
  return status;
}

static jv_status arch(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  double *e = in->room;
  size_t n;
  JV_TRY(whiten(cx, in, e, &n));
  if (n < 3 * ARCH_LAGS) return JV_OK;
  size_t rows = n - ARCH_LAGS;
  double *x = JV_ARRAY(cx, double, rows *(ARCH_LAGS + 1));
  jv_ols *fit = NULL;
  if (!x) return JV_ENOMEM;
  for (size_t j = 0; j <= ARCH_LAGS; j++)
    for (size_t i = 0; i < rows; i++) {
      double value = e[i + ARCH_LAGS - j];
      x[i + j * rows] = value * value;
    }
  jv_status status = regress(cx, x, x + rows, rows, ARCH_LAGS, &fit);
  if (status == JV_OK) out->arch_r2 = fit->r2;
  jv_ols_free(cx, fit);
  jv_free(cx, x);
  return status;
}

jv_status jv_features_tests(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  jv_unit_root_options alpha;
  jv_test_result r;
  int d;
  jv_option_defaults(jv_pp_option_rows, &alpha);
  alpha.kind = JV_PP_ALPHA;
  jv_status status = jv_kpss(cx, in->z, in->n, NULL, &r);
  if (status == JV_OK) out->kpss = r.statistic;
  JV_TRY(jv_feature_absent(status));
  status = jv_pp(cx, in->z, in->n, &alpha, &r);
  if (status == JV_OK) out->pp = r.statistic;
  JV_TRY(jv_feature_absent(status));
  status = jv_ndiffs(cx, in->y, in->n, NULL, &d);
  if (status == JV_OK) out->ndiffs = d;
  JV_TRY(jv_feature_absent(status));
  status = jv_nsdiffs(cx, in->y, in->n, in->m, NULL, &d);
  if (status == JV_OK) out->nsdiffs = d;
  JV_TRY(jv_feature_absent(status));
  JV_TRY(jv_feature_absent(nonlinearity(cx, in, out)));
  return jv_feature_absent(arch(cx, in, out));
}

/* ---- models */

static jv_status smooth(jv_ctx *cx, const jv_feature_input *in, bool season, double *alpha,
                        double *beta, double *gamma) {
  jv_ets_request request = {.who = "features", .bounds = JV_ETS_BOTH};
  jv_ets_estimate fit;
  request.form = (jv_ets_form){JV_ETS_ADD, JV_ETS_ADD, season ? JV_ETS_ADD : JV_ETS_NONE, false};
  request.given = (jv_ets_par){NAN, NAN, NAN, NAN};
  memset(&fit, 0, sizeof fit);
  JV_TRY(jv_ets_estimate_new(cx, &request, in->z, in->n, in->m, &fit));
  *alpha = fit.par.alpha;
  *beta = fit.par.beta;
  if (season) *gamma = fit.par.gamma;
  jv_ets_estimate_clear(cx, &fit);
  return JV_OK;
}

jv_status jv_features_models(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  double none;
  if (in->n >= 6)
    JV_TRY(jv_feature_absent(smooth(cx, in, false, &out->holt_alpha, &out->holt_beta, &none)));
  if (in->m < 2 || in->m > 24 || in->n < 2 * in->m + 5) return JV_OK;
  return jv_feature_absent(smooth(cx, in, true, &out->hw_alpha, &out->hw_beta, &out->hw_gamma));
}
