/* Starts, standard errors and the numbers of an ARIMA estimate.
 *
 * The likelihood has several maxima where autoregression and moving average can stand for each other,
 * and where differences were one too many (a root at the circle is a maximum of its own). So the
 * search begins at several places, and a descent ends early when its curvature promises too little.
 *
 * Standard errors: H is the Hessian of minus the log-likelihood in the ARMA coefficients by second
 * differences, regressors and sigma concentrated out, so that H^-1 is their block of the inverse
 * information. For the regressors' b, given sigma^2 = S / n_used,
 *   Cov(b) = sigma^2 (X'X)^-1 + (db/dc) H^-1 (db/dc)'
 * with X the filtered regressors less what the gaps' pulses explain: again the block of the inverse.
 *
 * Checked by: tests/core/test_arima.conformance.c */
#include "model/arima_estimate.h"
#include "numeric/minimise.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define HESSIAN_STEP 1e-4

void jv_arima_estimate_free(jv_ctx *cx, jv_arima_estimate *e) {
  if (!e) return;
  jv_free(cx, e->coef);
  jv_free(cx, e);
}

/* ---- starts */

enum { PAIRS = 5, STARTS = 10 };

/* The last starts: two moving-average coefficients with roots near the circle, at several angles. */
static bool make_pair(const jv_arima_order *o, size_t which, double *x) {
  static const double pairs[][2] = {
      {0.95, -0.9}, {0.99, -0.999}, {0.96, -0.995}, {-0.1, -0.995}, {-0.7, -0.95}};
  if (o->q < 2) return false;
  memset(x, 0, jv_arima_count(o) * sizeof *x);
  memcpy(x + o->p, pairs[which], sizeof pairs[which]);
  return true;
}

/* Start number `which`; false when this order has no such start of its own. */
static bool make_start(jv_ctx *cx, jv_arima_problem *p, size_t which, double *x) {
  const jv_arima_order *o = &p->order;
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  if (which >= PAIRS) return make_pair(o, which - PAIRS, x);
  /* first partial autocorrelation of each factor: none, overdifferenced, and two opposite ones */
  static const double firsts[][4] = {
      {0, 0, 0, 0}, {0.3, 0.9, 0.3, 0.6}, {0.5, -0.5, 0.5, -0.5}, {-0.5, 0.5, -0.5, 0.5}};
  bool average = o->q + o->Q > 0, mixed = average && o->p + o->P > 0;
  bool simple = !mixed && o->q < 2 && o->Q < 2; /* the guess is near, or the root on the circle */
  if (which == 0) {
    const jv_arima_search rough = {.tolerance = 1e-3, .max_iterations = 10, .give_up = INFINITY};
    jv_arima_found found;
    jv_arima_guess(p, x);
    return jv_arima_minimise_conditional(cx, p, &rough, x, &found) == JV_OK;
  }
  if (!average || (which > 2 && !mixed) || (which == 1 && simple)) return false;
  memset(x, 0, p->k * sizeof *x);
  for (size_t f = 0, i = 0; f < 4; i += sizes[f++])
    if (sizes[f] > 0) x[i] = firsts[which - 1][f];
  if (which == 2 && o->q > 1) x[o->p + 1] = -0.8; /* a second root not far from the first */
  return true;
}

jv_status jv_arima_minimise_from_starts(jv_ctx *cx, jv_arima_problem *p,
                                        const jv_arima_search *search, bool warm, double *x,
                                        jv_arima_found *out) {
  double *at = p->starts, *best = at + p->k;
  jv_arima_found found;
  jv_arima_search this = *search;
  *out = (jv_arima_found){.value = INFINITY, .given_up = true};
  for (size_t which = 0; which <= STARTS; which++) {
    if (which == STARTS && !warm) break;
    if (which == STARTS) memcpy(at, x, p->k * sizeof *at);
    if (which < STARTS && !make_start(cx, p, which, at)) continue;
    this.give_up = fmin(search->give_up, out->value);
    JV_TRY(jv_arima_minimise_exact(cx, p, &this, at, &found));
    if (!(found.value < out->value)) continue;
    *out = found;
    memcpy(best, at, p->k * sizeof *at);
  }
  memcpy(x, best, p->k * sizeof *x);
  return JV_OK;
}

static jv_status find(jv_ctx *cx, jv_arima_problem *p, jv_arima_method method, double *x,
                      jv_arima_found *found) {
  const jv_arima_search search = {.tolerance = 1e-7, .max_iterations = 100, .give_up = INFINITY};
  if (method == JV_ARIMA_ML) return jv_arima_minimise_from_starts(cx, p, &search, false, x, found);
  jv_arima_guess(p, x);
  JV_TRY(jv_arima_minimise_conditional(cx, p, &search, x, found));
  return method == JV_ARIMA_CSS ? JV_OK
                                : jv_arima_minimise_from_starts(cx, p, &search, true, x, found);
}

/* ---- standard errors */

typedef struct curvature {
  jv_arima_problem *p;
  double (*value)(jv_arima_problem *, const double *);
  double *coef, *hessian;
  double *slopes; /* k rows: db/dc_i for all columns */
  double base;
} curvature;

static double moved(const curvature *c, size_t i, double hi, size_t j, double hj) {
  double ci = c->coef[i], cj = c->coef[j];
  c->coef[i] += hi;
  c->coef[j] += hj;
  double value = c->value(c->p, c->coef);
  c->coef[i] = ci;
  c->coef[j] = cj;
  return value;
}

/* H by second differences, the same formula for all pairs (a coefficient with itself moves by 2 h):
 * their errors then cancel along a ridge, where coefficients stand for each other. False when a
 * neighbour is outside. */
static bool measure(const curvature *c, double h) {
  size_t k = c->p->k, columns = c->p->free_columns;
  for (size_t i = 0; i < k; i++) {
    double *slope = c->slopes + i * columns;
    double ahead = moved(c, i, h, i, h);
    memcpy(slope, c->p->beta, columns * sizeof *slope);
    double behind = moved(c, i, -h, i, -h);
    for (size_t j = 0; j < columns; j++) slope[j] = (slope[j] - c->p->beta[j]) / (4 * h);
    c->hessian[i * k + i] = (ahead - 2 * c->base + behind) / (4 * h * h);
    if (!isfinite(c->hessian[i * k + i])) return false;
  }
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < i; j++) {
      double along = moved(c, i, h, j, h) + moved(c, i, -h, j, -h);
      double across = moved(c, i, h, j, -h) + moved(c, i, -h, j, h);
      c->hessian[i * k + j] = c->hessian[j * k + i] = (along - across) / (4 * h * h);
      if (!isfinite(c->hessian[i * k + j])) return false;
    }
  return true;
}

/* inverse (k*k) of a symmetric positive definite matrix; a is spoilt, room of k*k is used. */
static bool invert(const double *a, size_t k, double *room, double *inverse) {
  for (size_t j = 0; j < k; j++) {
    memcpy(room, a, k * k * sizeof *a);
    double *column = inverse + j * k;
    memset(column, 0, k * sizeof *column);
    column[j] = 1;
    if (!jv_cholesky_solve(room, k, column)) return false;
  }
  return true;
}

static void set_nan(double *x, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] = NAN;
}

/* sigma^2 (X'X)^-1 of the regressors' columns from the factor of the last evaluation: the inverse's
 * lower right block is that of the factor's. */
static void regression_covariance(const jv_arima_problem *p, double *room, double *out) {
  size_t g = p->data->n_gaps, c = p->free_columns, k = p->data->n_x;
  double sigma2 = p->ss / (double)p->data->n_used;
  for (size_t j = 0; j < k; j++) { /* column j of the inverse factor L^-1 */
    for (size_t i = 0; i < k; i++) {
      double sum = i == j ? 1 : 0;
      for (size_t l = j; l < i; l++) sum -= p->gram[(g + i) * c + g + l] * room[l * k + j];
      room[i * k + j] = i < j ? 0 : sum / p->gram[(g + i) * c + g + i];
    }
  }
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) {
      double sum = 0;
      for (size_t l = 0; l < k; l++) sum += room[l * k + i] * room[l * k + j];
      out[i * k + j] = sigma2 * sum;
    }
}

/* to: B x B' with B the change from columns to regressors. */
static void change_basis(const jv_arima_data *data, const double *x, double *basis, double *room,
                         double *to) {
  size_t k = data->n_x;
  jv_arima_data_basis(data, basis);
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) {
      room[i * k + j] = 0;
      for (size_t l = 0; l < k; l++) room[i * k + j] += basis[i * k + l] * x[l * k + j];
    }
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) {
      to[i * k + j] = 0;
      for (size_t l = 0; l < k; l++) to[i * k + j] += room[i * k + l] * basis[j * k + l];
    }
}

/* se of the regressors out of their covariance, and what the ARMA coefficients' adds to it. */
static void regression_errors(const curvature *c, const double *inverse, const double *basis,
                              jv_arima_estimate *e) {
  size_t k = c->p->k, n_x = e->n_x, columns = c->p->free_columns, g = c->p->data->n_gaps;
  for (size_t i = 0; i < n_x; i++) {
    double variance = e->beta_covariance[i * n_x + i];
    for (size_t a = 0; a < k && inverse; a++)
      for (size_t b = 0; b < k; b++) {
        double da = 0, db = 0;
        for (size_t l = 0; l < n_x; l++) {
          da += basis[i * n_x + l] * c->slopes[a * columns + g + l];
          db += basis[i * n_x + l] * c->slopes[b * columns + g + l];
        }
        variance += da * inverse[a * k + b] * db;
      }
    e->se[k + i] = sqrt(fmax(variance, 0));
  }
}

static jv_status standard_errors(jv_ctx *cx, jv_arima_problem *p, jv_arima_method method,
                                 jv_arima_estimate *e) {
  size_t k = e->k, n_x = e->n_x, small = k > n_x ? k : n_x;
  double *room = jv_calloc(cx, 4 * small * small + k + k * p->free_columns + 1, sizeof *room);
  if (!room) return JV_ENOMEM;
  double *hessian = room, *inverse = room + small * small, *scratch = inverse + small * small;
  double *basis = scratch + small * small, *rest = basis + small * small;
  curvature c = {.p = p,
                 .coef = rest,
                 .slopes = rest + k,
                 .hessian = hessian,
                 .value = method == JV_ARIMA_CSS ? jv_arima_conditional : jv_arima_exact};
  memcpy(c.coef, e->coef, k * sizeof *c.coef);
  c.base = c.value(p, c.coef);
  regression_covariance(p, scratch, inverse);
  change_basis(p->data, inverse, basis, scratch, e->beta_covariance);
  bool known = measure(&c, HESSIAN_STEP) || measure(&c, HESSIAN_STEP / 10);
  known = known && invert(hessian, k, scratch, inverse);
  for (size_t i = 0; i < k; i++) e->se[i] = known ? sqrt(fmax(inverse[i * k + i], 0)) : NAN;
  regression_errors(&c, known ? inverse : NULL, basis, e);
  jv_free(cx, room);
  return JV_OK;
}

/* ---- the estimate */

static jv_arima_estimate *blank(jv_ctx *cx, const jv_arima_problem *p,
                                const jv_arima_regressors *reg) {
  jv_arima_estimate *e = JV_NEW(cx, jv_arima_estimate);
  if (!e) return NULL;
  e->order = p->order;
  e->constant = reg->constant;
  e->k = p->k;
  e->n_x = p->data->n_x;
  e->n_used = p->data->n_used;
  size_t all = e->k + e->n_x;
  e->coef =
      jv_calloc(cx, 2 * all + e->n_x * e->n_x + jv_arima_lost(&p->order) + 1, sizeof *e->coef);
  if (!e->coef) {
    jv_free(cx, e);
    return NULL;
  }
  e->se = e->coef + all;
  e->beta_covariance = e->se + all;
  e->first = e->beta_covariance + e->n_x * e->n_x;
  return e;
}

/* The values before the first prediction, gaps among them as estimated, less their regression. */
static void take_first(const jv_arima_problem *p, const double *y, const jv_arima_regressors *reg,
                       jv_arima_estimate *e) {
  const jv_arima_data *data = p->data;
  for (size_t t = 0, g = 0; t < jv_arima_lost(&p->order); t++) {
    double u = y[t];
    if (isnan(u)) {
      u = data->filled[g] - data->scale * p->beta[g];
      g++;
    }
    for (size_t j = 0; j < e->n_x; j++)
      u -= e->coef[e->k + j] * jv_arima_regressor(&p->order, reg, t, j);
    e->first[t] = u;
  }
}

static void take_numbers(jv_arima_problem *p, jv_arima_method method, double value,
                         jv_arima_estimate *e) {
  double df = (double)e->n_used - (double)(e->k + e->n_x), n = (double)e->n_used;
  double scale = p->data->empty ? 0 : p->data->scale;
  e->loglik = jv_arima_loglik(p->data, value);
  e->sigma2 = df > 0 ? p->ss * scale * scale / df : INFINITY;
  if (method != JV_ARIMA_CSS || p->data->empty) return;
  /* the conditional sum has fewer terms than the likelihood it stands for */
  double terms = n > (double)p->skipped ? n - (double)p->skipped : 1;
  e->loglik -= n / 2 * log(n / terms);
}

jv_status jv_arima_estimate_at(jv_ctx *cx, jv_arima_problem *p, const double *y,
                               const jv_arima_regressors *reg, jv_arima_method method,
                               const double *x, jv_arima_estimate **out) {
  *out = NULL;
  jv_arima_estimate *e = blank(cx, p, reg);
  if (!e) return JV_ENOMEM;
  jv_arima_from_partials(&p->order, x, e->coef);
  double value =
      method == JV_ARIMA_CSS ? jv_arima_conditional(p, e->coef) : jv_arima_exact(p, e->coef);
  jv_arima_data_unwrap(p->data, p->beta + p->data->n_gaps, e->coef + e->k);
  take_first(p, y, reg, e);
  take_numbers(p, method, value, e);
  jv_status status = JV_OK;
  if (p->data->empty)
    set_nan(e->se, e->k + e->n_x);
  else
    status = standard_errors(cx, p, method, e);
  e->evaluations = p->evaluations;
  if (status != JV_OK) {
    jv_arima_estimate_free(cx, e);
    return status;
  }
  *out = e;
  return JV_OK;
}

static jv_status refuse_alias(jv_ctx *cx, const jv_arima_regressors *reg, size_t column) {
  if (column == reg->k)
    return jv_fail(cx, JV_EDATA,
                   "the constant is a combination of the regressors once differenced: leave out "
                   "the mean or the drift");
  return jv_fail(cx, JV_EDATA,
                 "regressor %zu is zero or a combination of those before it once differenced",
                 column + 1);
}

jv_status jv_arima_estimate_new(jv_ctx *cx, const double *y, size_t n, const jv_arima_order *order,
                                const jv_arima_regressors *reg, jv_arima_method method,
                                jv_arima_estimate **out) {
  jv_arima_data *data = NULL;
  jv_arima_problem *p = NULL;
  size_t aliased;
  *out = NULL;
  JV_TRY(jv_arima_data_new(cx, y, n, order, reg, &aliased, &data));
  if (!data) return refuse_alias(cx, reg, aliased);
  jv_arima_found found;
  jv_status status = JV_OK;
  if (data->n_used <= data->n_x)
    status = jv_fail(cx, JV_EDATA, "%zu values are left after differencing, for %zu regressors",
                     data->n_used, data->n_x);
  if (status == JV_OK) status = jv_arima_problem_new(cx, order, data->n, data->columns, &p);
  if (status != JV_OK) goto done;
  jv_arima_problem_set(p, data, order);
  double *x = p->best;
  memset(x, 0, p->k * sizeof *x);
  status = find(cx, p, method, x, &found);
  if (status == JV_OK && isnan(found.value))
    status = jv_fail(cx, JV_ENUMERIC, "the likelihood is finite nowhere");
  if (status == JV_OK) status = jv_arima_estimate_at(cx, p, y, reg, method, x, out);
  if (status == JV_OK) (*out)->converged = found.converged;
done:
  jv_arima_problem_free(cx, p);
  jv_arima_data_free(cx, data);
  return status;
}
