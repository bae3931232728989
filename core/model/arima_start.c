/* A first guess at the coefficients of an ARMA model by two regressions (Hannan & Rissanen 1982).
 *
 * A long autoregression (Yule-Walker, so stable) gives innovations e; w_t is then regressed on its own
 * lags and on those of e, seasonal ones included and products of factors left out. What lies outside
 * the stationary and invertible region is shrunk into it: coefficient j by 0.9^j until it is inside.
 *
 * Source: Hannan & Rissanen (1982), Biometrika 69, 81-94.
 * Checked by: tests/core/test_arima_filter.c (starts within the region; the minimum is found) */
#include "model/arima_likelihood.h"
#include "numeric/minimise.h"
#include <math.h>
#include <string.h>

#define INSIDE 0.97 /* largest partial autocorrelation of a guess */

/* Levinson-Durbin on the sample's autocovariances: coefficients of order L. */
static void yule_walker(const double *w, size_t n, size_t L, double *gamma, double *phi) {
  for (size_t k = 0; k <= L; k++) {
    gamma[k] = 0;
    for (size_t t = k; t < n; t++) gamma[k] += w[t] * w[t - k];
  }
  double spread = gamma[0];
  for (size_t k = 0; k < L; k++) {
    double sum = gamma[k + 1];
    for (size_t j = 0; j < k; j++) sum -= phi[j] * gamma[k - j];
    double r = spread > 0 ? sum / spread : 0;
    phi[k] = r;
    for (size_t i = 0; 2 * i + 1 <= k; i++) {
      size_t j = k - 1 - i;
      double lo = phi[i], hi = phi[j];
      phi[i] = lo - r * hi;
      if (i != j) phi[j] = hi - r * lo;
    }
    spread *= 1 - r * r;
  }
}

static size_t long_order(const jv_arima_problem *p) {
  const jv_arima_order *o = &p->order;
  size_t seasonal = o->P + o->Q > 0 ? o->m * (o->P > o->Q ? o->P : o->Q) : 0;
  size_t L = seasonal + 2 * (o->p > o->q ? o->p : o->q) + 4, most = p->n / 3;
  return L < most ? L : most;
}

/* Column i of the regression at t: a lag of w or of e. */
static double lagged(const jv_arima_order *o, const double *w, const double *e, size_t i,
                     size_t t) {
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  size_t factor = 0;
  while (i >= sizes[factor]) i -= sizes[factor++];
  size_t lag = (i + 1) * (factor < 2 ? 1 : o->m);
  if (lag > t) return 0;
  return factor % 2 ? e[t - lag] : w[t - lag];
}

static bool regress_lags(jv_arima_problem *p, const double *w, const double *e, size_t from,
                         double *coef) {
  size_t k = p->k;
  double *gram = p->scratch, *row = p->work;
  memset(gram, 0, k * k * sizeof *gram);
  memset(coef, 0, k * sizeof *coef);
  for (size_t t = from; t < p->n; t++) {
    for (size_t i = 0; i < k; i++) row[i] = lagged(&p->order, w, e, i, t);
    for (size_t i = 0; i < k; i++) {
      coef[i] += row[i] * w[t];
      for (size_t j = 0; j <= i; j++) gram[i * k + j] += row[i] * row[j];
    }
  }
  for (size_t i = 0; i < k; i++) gram[i * k + i] += 1e-6 * gram[i * k + i] + 1e-300;
  return jv_cholesky_solve(gram, k, coef);
}

static bool within(const double *x, size_t k) {
  for (size_t i = 0; i < k; i++)
    if (!(fabs(x[i]) <= INSIDE)) return false;
  return true;
}

/* Shrinks the coefficients of each factor until their partial autocorrelations are inside. */
static void bring_inside(const jv_arima_order *o, double *coef, double *x) {
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  for (size_t f = 0; f < 4; f++) {
    for (int tries = 0; tries < 60; tries++) {
      for (size_t j = 0; j < sizes[f]; j++) x[j] = f % 2 ? -coef[j] : coef[j];
      if (jv_arma_step_down(x, sizes[f]) && within(x, sizes[f])) break;
      double shrink = 1;
      for (size_t j = 0; j < sizes[f]; j++) coef[j] *= (shrink *= 0.9);
    }
    coef += sizes[f];
    x += sizes[f];
  }
}

void jv_arima_guess(jv_arima_problem *p, double *x) {
  size_t n = p->n, L = long_order(p);
  const double *w = p->data->w;
  double *phi = p->slopes, *gamma = phi + n, *e = gamma + n; /* k + 3 columns are there */
  memset(x, 0, p->k * sizeof *x);
  if (p->k == 0 || L == 0) return;
  yule_walker(w, n, L, gamma, phi);
  for (size_t t = 0; t < n; t++) {
    e[t] = w[t];
    for (size_t j = 0; j < L && j < t; j++) e[t] -= phi[j] * w[t - 1 - j];
  }
  if (!regress_lags(p, w, e, L < n / 2 ? L : n / 2, p->coef)) return;
  bring_inside(&p->order, p->coef, x);
  if (!within(x, p->k)) memset(x, 0, p->k * sizeof *x);
}
