/* Orders and coefficients of seasonal ARMA models, and the exact filter of a complete stationary
 * series.
 *
 *   phi(B) Phi(B^m) w_t = theta(B) Theta(B^m) e_t,   phi(B) = 1 - phi_1 B - ..., theta(B) = 1 +
 * theta_1 B + ...
 *
 * Coefficients stand in the order ar (p), ma (q), seasonal ar (P), seasonal ma (Q) throughout. */
#ifndef JV_MODEL_ARIMA_ARMA_H
#define JV_MODEL_ARIMA_ARMA_H

#include "base/ctx.h"

typedef struct jv_arima_order {
  size_t p, d, q, P, D, Q, m;
} jv_arima_order;

static inline size_t jv_arima_count(const jv_arima_order *o) { return o->p + o->q + o->P + o->Q; }
/* Observations that differencing takes. */
static inline size_t jv_arima_lost(const jv_arima_order *o) { return o->d + o->D * o->m; }

/* Partial autocorrelations r (each within [-1, 1]) to the coefficients of a stationary
 * autoregression (Durbin-Levinson), in place; and back, which is false when an |r| reaches 1. */
void jv_arma_step_up(double *x, size_t p);
bool jv_arma_step_down(double *x, size_t p);

/* Both for a whole coefficient vector: x of partial autocorrelations, coef of coefficients. A moving
 * average counts as the autoregression -theta. */
void jv_arima_from_partials(const jv_arima_order *o, const double *x, double *coef);
bool jv_arima_to_partials(const jv_arima_order *o, const double *coef, double *x);

/* Whether every root of the factor x_1 B + ... (1 - sum x_j B^j) lies outside the circle of this
 * radius; scratch: p doubles. */
bool jv_arma_roots_outside(const double *x, size_t p, double sign, double radius, double *scratch);

/* One model written out: factors multiplied, with the list of lags that have a coefficient. */
typedef struct jv_arma {
  size_t p, q, r;      /* r = max(p, q + 1) */
  double *phi, *theta; /* coefficient of lag j + 1 at [j]; zero beyond */
  size_t n_phi, n_theta;
  size_t *phi_lags, *theta_lags; /* ascending */
} jv_arma;

typedef struct jv_arma_room {
  jv_arma arma;
  size_t p_max, r_max, columns;
  double *block;      /* all that follows */
  double *predictors; /* row k of k coefficients: the best predictor from k values, k <= p */
  double *spread;     /* its error variance, k = 0 … p */
  double *gamma, *psi, *weights; /* weights: autocovariances of the moving average */
  double *gain, *fall;           /* K and l of the recursion */
  double *first_gain, first_f;
  double *states;     /* a column's state each */
  size_t steady_from; /* where the last filter had forgotten its start; n when it had not */
} jv_arma_room;

/* Room for models with at most p_max autoregressive and q_max moving-average lags, and for so many
 * columns at a time. */
jv_status jv_arma_room_new(jv_ctx *cx, size_t p_max, size_t q_max, size_t columns,
                           jv_arma_room **out);
void jv_arma_room_free(jv_ctx *cx, jv_arma_room *room);

/* Writes out a model; the orders fit the room. */
void jv_arma_set(jv_arma_room *room, const jv_arima_order *o, const double *coef);
/* Prepares the exact start: false when the autoregression is not stationary. */
bool jv_arma_start(jv_arma_room *room);
/* First column of the stationary covariance matrix of Harvey's state: P[i][0], i < r, after
 * jv_arma_start; and the whole matrix (r x r, symmetric). */
void jv_arma_covariance(const jv_arma_room *room, double *P);

/* Standardised innovations v_t / sqrt(F_t) of each column of w (n values each) into z, under the
 * one sigma = 1 filter of the model; returns the sum of log F_t. After jv_arma_start. */
double jv_arma_filter(jv_arma_room *room, const double *w, size_t n, size_t columns, double *z);

#endif
