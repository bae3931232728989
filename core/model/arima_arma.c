/* The exact innovations of a stationary ARMA series, in O(r) an observation and less.
 *
 * Harvey's form of the model written out, r = max(p, q + 1), with sigma = 1:
 *   a_t = T a_{t-1} + R e_t,  w_t = Z a_t,  Z = (1, 0, ...),  R = (1, theta_1, ..., theta_{r-1})
 *   (T a)_i = phi_{i+1} a_0 + a_{i+1}
 * Since the start is stationary, P_{t+1} - P_t has rank one, and instead of P the recursion carries
 * K = T P Z' and one vector l (Morf, Sidhu & Kailath 1974; Pearlman 1980):
 *   v_t = w_t - a_0,   c = l_0 / F
 *   a  <- T a + K v_t / F
 *   F  <- F (1 - c^2)
 *   K  <- K - c T l
 *   l  <- (1 - c^2) T l - c K        K already new: the stable order of a hyperbolic rotation
 *   F_1 = gamma(0),  K_1 = l_1 = T P_1 Z'
 * F falls to one and never rises. Once F - 1 < 1e-12 what is left of the start can no longer matter,
 * the gain is that of the infinite past, and w_t is predicted from the lags that have a coefficient
 * (three for the airline model):  v_t = w_t - sum phi_j w_{t-j} - sum theta_j v_{t-j}.
 *
 * The start. gamma of the autoregression alone comes from the predictors of every order (step-down
 * recursion, O(p^2), stable near unit roots), that of the whole from convolution with the moving
 * average's autocovariances; K_1[i] = sum_{j>i} phi_j gamma(j-1-i) + theta_j psi_{j-1-i}.
 * A pure autoregression needs no recursion: its first p innovations come from those predictors.
 *
 * Source: Morf, Sidhu & Kailath (1974), IEEE TAC 19, 315-323; Pearlman (1980), Biometrika 67,
 * 232-233; Chandrasekaran & Sayed (1996) for the order of the rotation.
 * Checked by: tests/core/test_arima_filter.c */
#include "model/arima_arma.h"
#include <math.h>
#include <string.h>

#define STEADY 1e-12 /* F - 1 below which the start is forgotten */
/* Variance of the autoregression alone above which its cancellation against a moving average leaves
 * too few digits: at 2.5e11, two unit roots and as many in the average, a log-likelihood of -216.475
 * came out as -215.636. */
#define WIDEST 1e8

/* Two doubles at a time, wherever they lie. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline pair load(const double *x) { return *(const pair *)(const void *)x; }
static inline void store(double *x, pair v) { *(pair *)(void *)x = v; }
static inline pair both(double x) { return (pair){x, x}; }

/* ---- coefficients */

void jv_arma_step_up(double *x, size_t p) {
  for (size_t k = 1; k < p; k++) {
    double r = x[k];
    for (size_t i = 0, j = k - 1; i <= j && j < p; i++, j--) {
      double lo = x[i], hi = x[j];
      x[i] = lo - r * hi;
      if (i != j) x[j] = hi - r * lo;
      if (j == 0) break;
    }
  }
}

bool jv_arma_step_down(double *x, size_t p) {
  for (size_t k = p; k-- > 0;) {
    double r = x[k], scale = 1 - r * r;
    if (!(scale > 0)) return false;
    for (size_t i = 0; 2 * i + 1 <= k; i++) {
      size_t j = k - 1 - i;
      double lo = x[i], hi = x[j];
      x[i] = (lo + r * hi) / scale;
      if (i != j) x[j] = (hi + r * lo) / scale;
    }
  }
  return true;
}

/* A moving average has the opposite sign of its autoregression. */
static void negate(double *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = -x[i];
}

void jv_arima_from_partials(const jv_arima_order *o, const double *x, double *coef) {
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  memmove(coef, x, jv_arima_count(o) * sizeof *coef);
  for (size_t k = 0; k < 4; k++) {
    jv_arma_step_up(coef, sizes[k]);
    if (k % 2) negate(coef, sizes[k]);
    coef += sizes[k];
  }
}

bool jv_arima_to_partials(const jv_arima_order *o, const double *coef, double *x) {
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  bool inside = true;
  memmove(x, coef, jv_arima_count(o) * sizeof *x);
  for (size_t k = 0; k < 4; k++) {
    if (k % 2) negate(x, sizes[k]);
    inside = jv_arma_step_down(x, sizes[k]) && inside;
    x += sizes[k];
  }
  return inside;
}

bool jv_arma_roots_outside(const double *x, size_t p, double sign, double radius, double *scratch) {
  double power = sign;
  for (size_t j = 0; j < p; j++) scratch[j] = x[j] * (power *= radius);
  return jv_arma_step_down(scratch, p);
}

/* ---- room */

enum { PAD = 4 };

jv_status jv_arma_room_new(jv_ctx *cx, size_t p_max, size_t q_max, size_t columns,
                           jv_arma_room **out) {
  size_t r = p_max > q_max + 1 ? p_max : q_max + 1, long_r = r + PAD;
  size_t table = p_max * (p_max + 1) / 2 + 1;
  size_t doubles = table + 6 * long_r + (2 * r + PAD) + 2 * long_r + columns * long_r;
  *out = NULL;
  jv_arma_room *room = JV_NEW(cx, jv_arma_room);
  if (!room) return JV_ENOMEM;
  room->p_max = p_max;
  room->r_max = r;
  room->columns = columns;
  room->block = jv_calloc(cx, doubles, sizeof *room->block);
  room->arma.phi_lags = JV_ARRAY(cx, size_t, 2 * r + 2);
  if (!room->block || !room->arma.phi_lags) {
    jv_arma_room_free(cx, room);
    return JV_ENOMEM;
  }
  room->arma.theta_lags = room->arma.phi_lags + r + 1;
  double *at = room->block;
  room->predictors = at;
  room->arma.phi = at += table;
  room->arma.theta = at += long_r;
  room->spread = at += long_r;
  room->psi = at += long_r;
  room->weights = at += long_r;
  room->gamma = at += long_r;
  room->gain = at += 2 * r + PAD;
  room->fall = at += long_r;
  room->first_gain = at += long_r;
  room->states = at + long_r;
  *out = room;
  return JV_OK;
}

void jv_arma_room_free(jv_ctx *cx, jv_arma_room *room) {
  if (!room) return;
  jv_free(cx, room->block);
  jv_free(cx, room->arma.phi_lags);
  jv_free(cx, room);
}

/* out[lag-1] of (1 + s x(B)) (1 + s X(B^m)), s = -1 for autoregressions, in the same sign. */
static void multiply_out(const double *x, size_t p, const double *seasonal, size_t P, size_t m,
                         double sign, double *out) {
  for (size_t j = 0; j < p; j++) out[j] += x[j];
  for (size_t k = 0; k < P; k++) {
    out[(k + 1) * m - 1] += seasonal[k];
    for (size_t j = 0; j < p; j++) out[(k + 1) * m + j] += sign * x[j] * seasonal[k];
  }
}

static size_t list_lags(const double *x, size_t p, size_t *lags) {
  size_t n = 0;
  for (size_t j = 0; j < p; j++)
    if (x[j] != 0) lags[n++] = j + 1;
  return n;
}

void jv_arma_set(jv_arma_room *room, const jv_arima_order *o, const double *coef) {
  jv_arma *a = &room->arma;
  const double *ar = coef, *ma = ar + o->p, *sar = ma + o->q, *sma = sar + o->P;
  a->p = o->p + o->P * o->m;
  a->q = o->q + o->Q * o->m;
  a->r = a->p > a->q + 1 ? a->p : a->q + 1;
  memset(a->phi, 0, (a->r + PAD) * sizeof *a->phi);
  memset(a->theta, 0, (a->r + PAD) * sizeof *a->theta);
  multiply_out(ar, o->p, sar, o->P, o->m, -1, a->phi);
  multiply_out(ma, o->q, sma, o->Q, o->m, 1, a->theta);
  a->n_phi = list_lags(a->phi, a->p, a->phi_lags);
  a->n_theta = list_lags(a->theta, a->q, a->theta_lags);
}

/* ---- start */

/* Predictors of order p down to 1, and their error variances. */
static bool make_predictors(jv_arma_room *room) {
  size_t p = room->arma.p;
  double *row = room->predictors + p * (p - 1) / 2;
  if (p > 0) memcpy(row, room->arma.phi, p * sizeof *row);
  room->spread[p] = 1;
  for (size_t k = p; k > 0; k--) {
    double r = row[k - 1], scale = 1 - r * r, *less = row - (k - 1);
    if (!(scale > 0)) return false;
    double over = 1 / scale;
    room->spread[k - 1] = room->spread[k] * over;
    if (k == 1) break;
    for (size_t j = 0; j + 1 < k; j++) less[j] = (row[j] + r * row[k - 2 - j]) * over;
    row = less;
  }
  return isfinite(room->spread[0]);
}

/* Autocovariances 0 … count - 1 of the autoregression alone. */
static void autoregression_gamma(jv_arma_room *room, size_t count) {
  const jv_arma *a = &room->arma;
  double *gamma = room->gamma;
  gamma[0] = room->spread[0];
  const double *row = room->predictors;
  for (size_t k = 1; k < count; k++) {
    double sum = 0;
    if (k <= a->p) {
      for (size_t j = 0; j < k; j++) sum += row[j] * gamma[k - 1 - j];
      row += k;
    } else {
      for (size_t j = 0; j < a->n_phi; j++)
        sum += a->phi[a->phi_lags[j] - 1] * gamma[k - a->phi_lags[j]];
    }
    gamma[k] = sum;
  }
}

/* psi_0 … psi_{q-1}: the response of w to one e. */
static void make_psi(jv_arma_room *room, size_t count) {
  const jv_arma *a = &room->arma;
  double *psi = room->psi;
  for (size_t k = 0; k < count; k++) {
    double sum = k == 0 ? 1 : a->theta[k - 1];
    for (size_t j = 0; j < a->n_phi && a->phi_lags[j] <= k; j++)
      sum += a->phi[a->phi_lags[j] - 1] * psi[k - a->phi_lags[j]];
    psi[k] = sum;
  }
}

/* weights_k = sum_j theta_j theta_{j+k}, theta_0 = 1, over the lags that have a coefficient. */
static void make_weights(jv_arma_room *room) {
  const jv_arma *a = &room->arma;
  double *w = room->weights;
  memset(w, 0, (a->q + 1) * sizeof *w);
  w[0] = 1;
  for (size_t i = 0; i < a->n_theta; i++) {
    size_t lag = a->theta_lags[i];
    double x = a->theta[lag - 1];
    w[lag] += x;
    for (size_t j = 0; j <= i; j++) w[lag - a->theta_lags[j]] += x * a->theta[a->theta_lags[j] - 1];
  }
}

/* Autocovariances of the whole model, 0 … p, over those of its autoregression. */
static void convolve(jv_arma_room *room) {
  const jv_arma *a = &room->arma;
  size_t count = a->p > 1 ? a->p : 1;
  double *gamma = room->gamma, *out = room->first_gain;
  for (size_t k = 0; k < count; k++) {
    double sum = room->weights[0] * gamma[k];
    for (size_t l = 1; l <= a->q; l++) {
      double x = room->weights[l];
      if (x != 0) sum += x * (gamma[k + l] + gamma[k > l ? k - l : l - k]);
    }
    out[k] = sum;
  }
  memcpy(gamma, out, count * sizeof *gamma);
}

static void first_gain(jv_arma_room *room) {
  const jv_arma *a = &room->arma;
  double *gain = room->first_gain;
  memset(gain, 0, (a->r + PAD) * sizeof *gain);
  for (size_t k = 0; k < a->n_phi; k++) {
    size_t lag = a->phi_lags[k];
    double x = a->phi[lag - 1];
    for (size_t i = 0; i < lag; i++) gain[i] += x * room->gamma[lag - 1 - i];
  }
  for (size_t k = 0; k < a->n_theta; k++) {
    size_t lag = a->theta_lags[k];
    double x = a->theta[lag - 1];
    for (size_t i = 0; i < lag; i++) gain[i] += x * room->psi[lag - 1 - i];
  }
}

bool jv_arma_start(jv_arma_room *room) {
  const jv_arma *a = &room->arma;
  if (!make_predictors(room)) return false;
  make_weights(room);
  make_psi(room, a->q > 0 ? a->q : 1);
  if (a->p == 0) {
    room->gamma[0] = room->weights[0];
  } else {
    autoregression_gamma(room, a->p + a->q + 1);
    convolve(room);
  }
  room->first_f = room->gamma[0];
  first_gain(room);
  return isfinite(room->first_f) && (a->q == 0 || room->spread[0] < WIDEST);
}

/* P[i][j] by P = T P T' + R R' from the last column up: P[i][j] - P[i+1][j+1] is known once column 0
 * is. */
void jv_arma_covariance(const jv_arma_room *room, double *P) {
  const jv_arma *a = &room->arma;
  size_t r = a->r;
  /* K_i = phi_{i+1} P_00 + P_{i+1,0} */
  P[0] = room->first_f;
  for (size_t i = 1; i < r; i++)
    P[i] = P[i * r] = room->first_gain[i - 1] - a->phi[i - 1] * room->first_f;
  for (size_t i = 0; i + 1 < r; i++)
    for (size_t j = i; j + 1 < r; j++) {
      double ri = i == 0 ? 1 : a->theta[i - 1], rj = j == 0 ? 1 : a->theta[j - 1];
      double x = P[i * r + j] - ri * rj - a->phi[i] * a->phi[j] * P[0] - a->phi[i] * P[j + 1] -
                 a->phi[j] * P[i + 1];
      P[(i + 1) * r + j + 1] = P[(j + 1) * r + i + 1] = x;
    }
}

/* ---- the recursion */

static void advance_state(double *a, const jv_arma *arma, const double *gain, double g) {
  pair a0 = both(a[0]), gg = both(g);
  if (arma->p == 0)
    for (size_t i = 0; i < arma->r; i += 2) store(a + i, load(a + i + 1) + load(gain + i) * gg);
  else
    for (size_t i = 0; i < arma->r; i += 2)
      store(a + i, load(a + i + 1) + load(arma->phi + i) * a0 + load(gain + i) * gg);
}

static void advance_gain(double *gain, double *fall, const jv_arma *arma, double c) {
  pair l0 = both(fall[0]), cc = both(c), keep = both(1 - c * c);
  for (size_t i = 0; i < arma->r; i += 2) {
    pair moved = load(fall + i + 1);
    if (arma->p > 0) moved += load(arma->phi + i) * l0;
    pair k = load(gain + i) - cc * moved;
    store(gain + i, k);
    store(fall + i, keep * moved - cc * k);
  }
}

/* Prediction of w[t] from the lags since `from`. */
static double predict_near(const jv_arma *a, const double *w, const double *z, size_t t,
                           size_t from) {
  double sum = 0;
  for (size_t j = a->n_phi; j-- > 0;) {
    size_t lag = a->phi_lags[j];
    if (t >= from + lag) sum += a->phi[lag - 1] * w[t - lag];
  }
  for (size_t j = a->n_theta; j-- > 0;) {
    size_t lag = a->theta_lags[j];
    if (t >= from + lag) sum += a->theta[lag - 1] * z[t - lag];
  }
  return sum;
}

/* From `from` on, with the state that the exact recursion has left: what it predicts, and the lags
 * since. The shortest lag comes last: the sum waits for nothing else. */
static void filter_steady(const jv_arma *a, const double *state, const double *w, size_t from,
                          size_t n, double *z) {
  size_t r = a->r, t = from;
  for (; t < n && t < from + r; t++) z[t] = w[t] - state[t - from] - predict_near(a, w, z, t, from);
  for (; t < n; t++) {
    double v = w[t];
    for (size_t j = a->n_phi; j-- > 0;) v -= a->phi[a->phi_lags[j] - 1] * w[t - a->phi_lags[j]];
    for (size_t j = a->n_theta; j-- > 0;)
      v -= a->theta[a->theta_lags[j] - 1] * z[t - a->theta_lags[j]];
    z[t] = v;
  }
}

/* F >= 1 for all t, so the product only grows. */
static inline void times(double *product, double *sum, double f) {
  *product *= f;
  if (*product < 1e200) return;
  *sum += log(*product);
  *product = 1;
}

static double filter_autoregression(const jv_arma_room *room, const double *w, size_t n,
                                    size_t columns, double *z) {
  const jv_arma *a = &room->arma;
  double sum = 0, product = 1;
  const double *row = room->predictors;
  size_t start = a->p < n ? a->p : n;
  for (size_t t = 0; t < start; t++) {
    double scale = 1 / sqrt(room->spread[t]);
    times(&product, &sum, room->spread[t]);
    for (size_t c = 0; c < columns; c++) {
      double v = w[c * n + t];
      for (size_t j = 0; j < t; j++) v -= row[j] * w[c * n + t - 1 - j];
      z[c * n + t] = v * scale;
    }
    row += t;
  }
  for (size_t c = 0; c < columns; c++)
    for (size_t t = start; t < n; t++) {
      double v = w[c * n + t];
      for (size_t j = 0; j < a->n_phi; j++)
        v -= a->phi[a->phi_lags[j] - 1] * w[c * n + t - a->phi_lags[j]];
      z[c * n + t] = v;
    }
  return sum + log(product);
}

double jv_arma_filter(jv_arma_room *room, const double *w, size_t n, size_t columns, double *z) {
  const jv_arma *a = &room->arma;
  room->steady_from = a->p < n ? a->p : n;
  if (a->q == 0) return filter_autoregression(room, w, n, columns, z);
  size_t wide = a->r + PAD, t = 0;
  double sum = 0, product = 1, f = room->first_f;
  memcpy(room->gain, room->first_gain, wide * sizeof *room->gain);
  memcpy(room->fall, room->first_gain, wide * sizeof *room->fall);
  memset(room->states, 0, columns * wide * sizeof *room->states);
  for (; t < n && f - 1 >= STEADY; t++) {
    double over = 1 / f, scale = sqrt(over), c = room->fall[0] * over;
    times(&product, &sum, f);
    for (size_t k = 0; k < columns; k++) {
      double v = w[k * n + t] - room->states[k * wide];
      z[k * n + t] = v * scale;
      advance_state(room->states + k * wide, a, room->gain, v * over);
    }
    advance_gain(room->gain, room->fall, a, c);
    f = fmax(f * (1 - c * c), 1);
  }
  room->steady_from = t;
  for (size_t k = 0; k < columns; k++)
    filter_steady(a, room->states + k * wide, w + k * n, t, n, z + k * n);
  return sum + log(product);
}
