/* One observation at a time: the Kalman filter of an ARIMA model with sigma = 1.
 *
 * State alpha = (a, u_{t-1}, ..., u_{t-lags}), observation u_t = h' alpha, h = (1, 0, ..., delta):
 *   a' = T a + R e (arima_arma.c),  u_t joins the lags, the oldest leaves.
 * What is carried is Q = P - R R', the covariance of the prediction without that of the innovation to
 * come, which is zero as soon as the past is known well enough; h'R = 1, so
 *   M = P h = Q h + R,  F = h'P h = 1 + h'Q h
 *   alpha <- alpha + M v / F,  P <- P - M M' / F;   alpha <- T alpha,  Q <- T P T'
 * and once Q is zero F = 1 and M = R: O(r + lags) an observation. The lags are known after as many
 * observations without a gap; until then their rows of Q are carried as well.
 *
 * Forecasts: c_0 = h, c_{k+1} = T'c_k;  var_k = c_k'Q c_k + sum_{j<=k} (c_j'R)^2, where c_j'R are the
 * psi weights of the undifferenced model.
 *
 * Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, 3.2, 4.4;
 * Harvey & McKenzie (1984) for the lags in the state.
 * Checked by: tests/core/test_arima_filter.c */
#include "model/arima_state.h"
#include <math.h>
#include <string.h>

#define SETTLED 1e-13 /* trace of Q below which it is zero: beside the innovation's variance of 1 */

void jv_arima_state_free(jv_ctx *cx, jv_arima_state *s) {
  if (!s) return;
  jv_free(cx, s->phi);
  jv_free(cx, s);
}

/* (1 - B)^d (1 - B^m)^D = 1 - sum delta_j B^j, by repeated multiplication. */
static void expand_differences(const jv_arima_order *o, double *delta, size_t lags) {
  for (size_t k = 0; k < o->d + o->D; k++) {
    size_t m = k < o->d ? 1 : o->m;
    for (size_t j = lags; j-- > 0;) /* new = old + B^m - B^m old */
      delta[j] += j + 1 == m ? 1 : j + 1 > m ? -delta[j - m] : 0;
  }
}

jv_status jv_arima_state_blank(jv_ctx *cx, const jv_arima_order *o, const double *coef,
                               jv_arima_state **out) {
  *out = NULL;
  jv_arma_room *room = NULL;
  jv_arima_state *s = JV_NEW(cx, jv_arima_state);
  if (!s) return JV_ENOMEM;
  jv_status status = jv_arma_room_new(cx, o->p + o->P * o->m, o->q + o->Q * o->m, 1, &room);
  if (status != JV_OK) {
    jv_free(cx, s);
    return status;
  }
  jv_arma_set(room, o, coef);
  s->r = room->arma.r;
  s->lags = jv_arima_lost(o);
  s->s = s->r + s->lags;
  s->phi = jv_calloc(cx, 5 * s->s + 2 * s->s * s->s + 2 * s->r, sizeof *s->phi);
  if (!s->phi) {
    jv_arma_room_free(cx, room);
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  s->theta = s->phi + s->r;
  s->delta = s->theta + s->r;
  s->a = s->delta + s->s;
  s->Q = s->a + s->s;
  s->work = s->Q + s->s * s->s;
  memcpy(s->phi, room->arma.phi, s->r * sizeof *s->phi);
  s->theta[0] = 1;
  memcpy(s->theta + 1, room->arma.theta, (s->r - 1) * sizeof *s->theta);
  expand_differences(o, s->delta, s->lags);
  jv_arma_room_free(cx, room);
  *out = s;
  return JV_OK;
}

static bool is_small(const jv_arima_state *s) {
  double trace = 0;
  for (size_t i = 0; i < s->s; i++) trace += s->Q[i * s->s + i];
  return trace < SETTLED;
}

jv_status jv_arima_state_new(jv_ctx *cx, const jv_arima_order *o, const double *coef,
                             const double *first, jv_arima_state **out) {
  jv_arma_room *room = NULL;
  jv_arima_state *s = NULL;
  *out = NULL;
  JV_TRY(jv_arima_state_blank(cx, o, coef, &s));
  jv_status status = jv_arma_room_new(cx, o->p + o->P * o->m, o->q + o->Q * o->m, 1, &room);
  if (status != JV_OK) {
    jv_arima_state_free(cx, s);
    return status;
  }
  jv_arma_set(room, o, coef);
  bool stationary = jv_arma_start(room);
  if (stationary) jv_arma_covariance(room, s->work + 2 * s->s);
  jv_arma_room_free(cx, room);
  if (!stationary) {
    jv_arima_state_free(cx, s);
    return jv_fail(cx, JV_ENUMERIC, "the autoregressive coefficients are not stationary");
  }
  const double *P = s->work + 2 * s->s;
  for (size_t i = 0; i < s->r; i++)
    for (size_t j = 0; j < s->r; j++)
      s->Q[i * s->s + j] = P[i * s->r + j] - s->theta[i] * s->theta[j];
  for (size_t j = 0; j < s->lags; j++) s->a[s->r + j] = first[s->lags - 1 - j];
  s->known = true;
  s->run = s->s;
  s->settled = is_small(s);
  *out = s;
  return JV_OK;
}

/* h'x over the rows of x that are `stride` apart. */
static double observe(const jv_arima_state *s, const double *x, size_t stride) {
  double sum = x[0];
  for (size_t j = 0; j < s->lags; j++)
    if (s->delta[j] != 0) sum += s->delta[j] * x[(s->r + j) * stride];
  return sum;
}

/* x <- T x, its elements `stride` apart. */
static void move(const jv_arima_state *s, double *x, size_t stride) {
  size_t r = s->r;
  double first = x[0], u = s->lags ? observe(s, x, stride) : 0;
  for (size_t i = 0; i + 1 < r; i++) x[i * stride] = s->phi[i] * first + x[(i + 1) * stride];
  x[(r - 1) * stride] = s->phi[r - 1] * first;
  for (size_t j = s->lags; j-- > 1;) x[(r + j) * stride] = x[(r + j - 1) * stride];
  if (s->lags) x[r * stride] = u;
}

static void move_covariance(jv_arima_state *s) {
  for (size_t j = 0; j < s->s; j++) move(s, s->Q + j, s->s);
  for (size_t i = 0; i < s->s; i++) move(s, s->Q + i * s->s, 1);
}

/* Q becomes P - M M'/F (F = 0: nothing seen), P = Q + R R'. */
static void absorb(jv_arima_state *s, const double *M, double F) {
  size_t n = s->s;
  for (size_t i = 0; i < n; i++) {
    double mi = F > 0 ? M[i] / F : 0, ri = i < s->r ? s->theta[i] : 0;
    double *row = s->Q + i * n;
    for (size_t j = 0; j < n; j++) row[j] -= mi * M[j];
    for (size_t j = 0; j < s->r && ri != 0; j++) row[j] += ri * s->theta[j];
  }
}

/* Both at once where the lags are known and u is seen: then w is known too, row 0 of P vanishes, and T
 * only moves the rest up. The upper half alone is kept until jv_arima_state_finish. */
static void absorb_known(jv_arima_state *s, const double *M, double F) {
  size_t n = s->s, r = s->r;
  for (size_t i = 1; i < r; i++) {
    double mi = M[i] / F, ri = s->theta[i], *to = s->Q + (i - 1) * n;
    const double *from = s->Q + i * n;
    for (size_t j = i; j < r; j++) to[j - 1] = from[j] + (ri * s->theta[j] - mi * M[j]);
    to[r - 1] = 0;
  }
  s->Q[(r - 1) * n + r - 1] = 0;
}

void jv_arima_state_finish(jv_arima_state *s) {
  for (size_t i = 0; i < s->r && s->known; i++)
    for (size_t j = 0; j < i; j++) s->Q[i * s->s + j] = s->Q[j * s->s + i];
}

static void note_run(jv_arima_state *s, bool seen) {
  size_t n = s->s;
  s->run = seen ? s->run + (s->run < n) : 0;
  if (seen && !s->known && s->lags) /* u_t itself is known */
    for (size_t i = 0; i < n; i++) s->Q[s->r * n + i] = s->Q[i * n + s->r] = 0;
  s->known = s->run >= s->lags;
  s->settled = seen && s->known && is_small(s);
  if (s->settled) memset(s->Q, 0, n * n * sizeof *s->Q);
}

/* M = P h: the covariance of the state with the next observation; returns F. */
static double next_covariance(const jv_arima_state *s, double *M) {
  size_t r = s->r, n = s->s;
  for (size_t i = 0; i < n; i++) M[i] = i < r ? s->theta[i] : 0;
  if (!s->settled)
    for (size_t i = 0; i < (s->known ? r : n); i++)
      M[i] += s->known ? s->Q[i] : observe(s, s->Q + i * n, 1);
  return fmax(s->known ? M[0] : observe(s, M, 1), 1);
}

void jv_arima_state_step(jv_arima_state *s, double u, double *mean, double *variance) {
  bool seen = !isnan(u);
  double *M = s->work + s->s, F = next_covariance(s, M);
  *mean = observe(s, s->a, 1);
  *variance = F;
  for (size_t i = 0; i < s->s && seen; i++) s->a[i] += M[i] * (u - *mean) / F;
  move(s, s->a, 1);
  if (seen && s->lags) s->a[s->r] = u;
  if (seen && s->settled) return;
  if (seen && s->known) {
    absorb_known(s, M, F);
  } else {
    jv_arima_state_finish(s);
    absorb(s, M, seen ? F : 0);
    move_covariance(s);
  }
  note_run(s, seen);
}

/* c <- T'c */
static void move_back(const jv_arima_state *s, double *c) {
  size_t r = s->r;
  double first = 0, newest = s->lags ? c[r] : 0;
  for (size_t i = 0; i < r; i++) first += s->phi[i] * c[i];
  for (size_t i = r; i-- > 1;) c[i] = c[i - 1];
  c[0] = first + newest;
  for (size_t j = 0; j < s->lags; j++)
    c[r + j] = s->delta[j] * newest + (j + 1 < s->lags ? c[r + j + 1] : 0);
}

static double spread_of(const jv_arima_state *s, const double *c) {
  double sum = 0;
  for (size_t i = 0; i < s->s && !s->settled; i++) {
    double row = 0;
    for (size_t j = 0; j < s->s; j++) row += s->Q[i * s->s + j] * c[j];
    sum += c[i] * row;
  }
  return fmax(sum, 0);
}

void jv_arima_state_ahead(jv_arima_state *s, size_t h, double *mean, double *variance) {
  double *x = s->work, *c = s->work + s->s, psi2 = 0;
  memcpy(x, s->a, s->s * sizeof *x);
  memset(c, 0, s->s * sizeof *c);
  c[0] = 1;
  memcpy(c + s->r, s->delta, s->lags * sizeof *c);
  for (size_t k = 0; k < h; k++) {
    mean[k] = observe(s, x, 1);
    move(s, x, 1);
    if (!variance) continue;
    double psi = 0;
    for (size_t i = 0; i < s->r; i++) psi += c[i] * s->theta[i];
    psi2 += psi * psi;
    variance[k] = psi2 + spread_of(s, c);
    move_back(s, c);
  }
}

void jv_arima_state_root(const jv_arima_state *s, double *root) {
  size_t n = s->s;
  memset(root, 0, n * n * sizeof *root);
  if (s->settled) return;
  for (size_t j = 0; j < n; j++) { /* Cholesky; a direction without variance has no column */
    double pivot = s->Q[j * n + j];
    for (size_t l = 0; l < j; l++) pivot -= root[j * n + l] * root[j * n + l];
    if (!(pivot > SETTLED * (1 + s->Q[j * n + j]))) continue;
    root[j * n + j] = sqrt(pivot);
    for (size_t i = j + 1; i < n; i++) {
      double sum = s->Q[i * n + j];
      for (size_t l = 0; l < j; l++) sum -= root[i * n + l] * root[j * n + l];
      root[i * n + j] = sum / root[j * n + j];
    }
  }
}

void jv_arima_state_path(const jv_arima_state *s, double *x, const double *e, size_t h,
                         double *path) {
  for (size_t k = 0; k < h; k++) {
    for (size_t i = 0; i < s->r; i++) x[i] += s->theta[i] * e[k];
    path[k] = observe(s, x, 1);
    move(s, x, 1);
  }
}
