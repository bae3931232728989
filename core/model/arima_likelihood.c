/* Likelihoods of ARIMA models as sums of squares, and their maxima by damped scoring.
 *
 * With sigma concentrated out, minus the log-likelihood of the n' = n - gaps observations is, but for
 * constants,
 *   f = n'/2 log S + 1/2 sum log F_t + 1/2 log |G' G|,   S = sum z_t^2
 * z the standardised innovations left after regression on the equally filtered pulses of the gaps (G)
 * and regressors, whose coefficients are so concentrated out too (generalised least squares).
 * Multiplied by g = exp((sum log F + log|G'G|) / 2n'), z becomes a vector whose sum of squares alone
 * says it all: f = n'/2 log |g z|^2, so that least squares with Gauss-Newton curvature is exact in
 * its minimum (Ansley 1979, sec. 3):
 *   gradient n' J's / S,   curvature n' J'J / S,   s = g z,  J = ds/dx
 * J of the exact likelihood is made of differences (one filter run per coefficient), that of the
 * conditional one of four filters (Box & Jenkins 1976, ch. 7):
 *   de/dphi_j = -B^j e/phi,  de/dtheta_j = -B^j e/theta, and so for the seasonal factors.
 * x are partial autocorrelations, each in its interval: stationary and invertible by construction,
 * with the boundary of invertibility included.
 *
 * Source: Ansley (1979), Biometrika 66, 59-65; Box & Jenkins (1976); Barndorff-Nielsen & Schou
 * (1973) for the partial autocorrelations.
 * Checked by: tests/core/test_arima_filter.c, tests/core/test_arima_conformance.c */
#include "model/arima_likelihood.h"
#include "numeric/minimise.h"
#include <math.h>
#include <string.h>

#define AR_EDGE (1 - 1e-6) /* nearer to a unit root the start's variance drowns the data's digits */
#define STEP 1e-6          /* of differences; the filter's own discontinuities are below 1e-11 */
#define CAREFUL_STEP 1e-4  /* of the distance to the edge */

enum { FIRST_PHASE = 25 }; /* iterations */

void jv_arima_problem_free(jv_ctx *cx, jv_arima_problem *p) {
  if (!p) return;
  jv_arma_room_free(cx, p->room);
  jv_free(cx, p->block);
  jv_free(cx, p);
}

jv_status jv_arima_problem_new(jv_ctx *cx, const jv_arima_order *most, size_t n, size_t columns,
                               jv_arima_problem **out) {
  *out = NULL;
  jv_arima_problem *p = JV_NEW(cx, jv_arima_problem);
  if (!p) return JV_ENOMEM;
  size_t k = jv_arima_count(most), c = columns, small = 14 * k + 4 * k * k + 2 * c + c * c;
  jv_status status = jv_arma_room_new(cx, most->p + most->P * most->m, most->q + most->Q * most->m,
                                      columns, &p->room);
  double *at = status == JV_OK
                   ? jv_alloc(cx, small + jv_minimise_scratch(k) + n * (c + k + 4), sizeof *at)
                   : NULL;
  if (!at) {
    jv_arima_problem_free(cx, p);
    return JV_ENOMEM;
  }
  p->block = at;
  p->coef = at;
  p->lower = at += k;
  p->upper = at += k;
  p->best = at += k;
  p->kept_x = at += k;
  p->starts = at += k;
  p->work = at += 2 * k;               /* 2k + 2k^2 */
  p->missed = at += 2 * k + 2 * k * k; /* 2k^2 + 5k */
  p->beta = at += 5 * k + 2 * k * k;
  p->gram = at += 2 * c;
  p->scratch = at += c * c;
  p->kept = at += jv_minimise_scratch(k);
  p->z = at += n;
  p->slopes = at + c * n; /* k columns, and three of work */
  *out = p;
  return JV_OK;
}

static void set_box(jv_arima_problem *p) {
  const jv_arima_order *o = &p->order;
  const size_t sizes[] = {o->p, o->q, o->P, o->Q};
  for (size_t factor = 0, i = 0; factor < 4; factor++)
    for (size_t j = 0; j < sizes[factor]; j++, i++) {
      p->upper[i] = factor % 2 ? 1 : AR_EDGE;
      p->lower[i] = -p->upper[i];
    }
}

void jv_arima_problem_set(jv_arima_problem *p, const jv_arima_data *data,
                          const jv_arima_order *order) {
  p->data = data;
  p->order = *order;
  p->n = data->n;
  p->k = jv_arima_count(order);
  p->columns = data->columns;
  p->free_columns = data->columns - 1;
  p->skipped = order->p + order->P * order->m;
  p->kept_value = NAN;
  p->evaluations = 0;
  set_box(p);
}

double jv_arima_loglik(const jv_arima_data *data, double value) {
  double n = (double)data->n_used;
  if (data->empty) return INFINITY;
  return n / 2 * (log(n) - 1 - log(2 * 3.14159265358979323846)) - value - n * log(data->scale);
}

/* ---- regression on the filtered columns */

static double dot(const double *a, const double *b, size_t n) {
  double even = 0, odd = 0;
  size_t t = 0;
  for (; t + 1 < n; t += 2) {
    even += a[t] * b[t];
    odd += a[t + 1] * b[t + 1];
  }
  return t < n ? even + odd + a[t] * b[t] : even + odd;
}

/* Lower Cholesky factor of the columns' cross products; false when they are dependent. */
static bool factorise(jv_arima_problem *p) {
  size_t c = p->free_columns, n = p->n;
  for (size_t i = 0; i < c; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = dot(p->z + (i + 1) * n, p->z + (j + 1) * n, n), whole = sum;
      for (size_t l = 0; l < j; l++) sum -= p->gram[i * c + l] * p->gram[j * c + l];
      if (i == j && !(sum > 1e-14 * whole)) return false;
      p->gram[i * c + j] = i == j ? sqrt(sum) : sum / p->gram[j * c + j];
    }
  return true;
}

/* The coefficients beta, and what they leave in the first column. */
static bool regress(jv_arima_problem *p) {
  size_t c = p->free_columns, n = p->n;
  if (c == 0) return true;
  if (!factorise(p)) return false;
  for (size_t i = 0; i < c; i++) {
    double sum = dot(p->z + (i + 1) * n, p->z, n);
    for (size_t l = 0; l < i; l++) sum -= p->gram[i * c + l] * p->beta[l];
    p->beta[i] = sum / p->gram[i * c + i];
  }
  for (size_t i = c; i-- > 0;) {
    double sum = p->beta[i];
    for (size_t l = i + 1; l < c; l++) sum -= p->gram[l * c + i] * p->beta[l];
    p->beta[i] = sum / p->gram[i * c + i];
  }
  for (size_t i = 0; i < c; i++) {
    const double *x = p->z + (i + 1) * n;
    double b = p->beta[i];
    for (size_t t = 0; t < n; t++) p->z[t] -= b * x[t];
  }
  return true;
}

static double conclude(jv_arima_problem *p, double log_det) {
  if (!regress(p)) return INFINITY;
  for (size_t g = 0; g < p->data->n_gaps; g++) log_det += 2 * log(p->gram[g * p->free_columns + g]);
  p->log_det = log_det;
  p->ss = dot(p->z, p->z, p->n);
  return (double)p->data->n_used / 2 * log(p->ss) + log_det / 2;
}

double jv_arima_exact(jv_arima_problem *p, const double *coef) {
  p->evaluations++;
  if (coef != p->coef) memcpy(p->coef, coef, p->k * sizeof *coef);
  jv_arma_set(p->room, &p->order, coef);
  if (!jv_arma_start(p->room)) return INFINITY;
  return conclude(p, jv_arma_filter(p->room, p->data->w, p->n, p->columns, p->z));
}

/* ---- conditional */

/* x filtered by (1 - sum phi B^j) / (1 + sum theta B^j) from `from` on, zero before. */
static void filter_from(const jv_arma *a, const double *x, size_t from, size_t n, double *e) {
  size_t t = 0;
  for (; t < from && t < n; t++) e[t] = 0;
  for (; t < n; t++) {
    double v = x[t];
    for (size_t j = a->n_phi; j-- > 0;)
      if (a->phi_lags[j] <= t) v -= a->phi[a->phi_lags[j] - 1] * x[t - a->phi_lags[j]];
    for (size_t j = a->n_theta; j-- > 0;)
      if (a->theta_lags[j] + from <= t)
        v -= a->theta[a->theta_lags[j] - 1] * e[t - a->theta_lags[j]];
    e[t] = v;
  }
}

double jv_arima_conditional(jv_arima_problem *p, const double *coef) {
  p->evaluations++;
  if (coef != p->coef) memcpy(p->coef, coef, p->k * sizeof *coef);
  jv_arma_set(p->room, &p->order, coef);
  for (size_t c = 0; c < p->columns; c++)
    filter_from(&p->room->arma, p->data->w + c * p->n, p->skipped, p->n, p->z + c * p->n);
  return conclude(p, 0);
}

/* ---- objectives of the minimiser */

static double keep(jv_arima_problem *p, const double *x, double value) {
  p->kept_value = value;
  p->kept_factor = exp(p->log_det / (2 * (double)p->data->n_used));
  memcpy(p->kept_x, x, p->k * sizeof *x);
  memcpy(p->kept, p->z, p->n * sizeof *p->z);
  return value;
}

static double exact_value(void *data, const double *x) {
  jv_arima_problem *p = data;
  jv_arima_from_partials(&p->order, x, p->coef);
  return keep(p, x, jv_arima_exact(p, p->coef));
}

/* Gradient and curvature of n'/2 log |s|^2 from s and its slopes. */
static void assemble(const jv_arima_problem *p, const double *s, double *g, double *h) {
  double over = (double)p->data->n_used / dot(s, s, p->n);
  for (size_t i = 0; i < p->k; i++) {
    const double *si = p->slopes + i * p->n;
    g[i] = over * dot(si, s, p->n);
    for (size_t j = 0; j <= i; j++)
      h[i * p->k + j] = h[j * p->k + i] = over * dot(si, p->slopes + j * p->n, p->n);
  }
}

/* The scaled innovations s at x with coordinate i moved by step. */
static bool scaled_at(jv_arima_problem *p, double *x, size_t i, double step, double *s) {
  double at = x[i];
  x[i] = at + step;
  jv_arima_from_partials(&p->order, x, p->coef);
  x[i] = at;
  if (!isfinite(jv_arima_exact(p, p->coef))) return false;
  double factor = exp(p->log_det / (2 * (double)p->data->n_used));
  for (size_t t = 0; t < p->n; t++) s[t] = p->z[t] * factor;
  return true;
}

/* ds / dx_i: from one side, or, where the first descent got stuck in rounding, from both. */
static bool slope_of(jv_arima_problem *p, double *x, size_t i) {
  double *slope = p->slopes + i * p->n, *other = p->slopes + p->k * p->n;
  const double *base = p->kept;
  double near = fmin(p->upper[i] - x[i], x[i] - p->lower[i]);
  double step = p->careful ? CAREFUL_STEP * (near + 1e-3) : STEP;
  if (x[i] + step > p->upper[i]) step = -step;
  if (!scaled_at(p, x, i, step, slope)) return false;
  if (p->careful && near > fabs(step)) {
    if (!scaled_at(p, x, i, -step, other)) return false;
    base = other;
  }
  double over = 1 / (base == other ? 2 * step : step);
  for (size_t t = 0; t < p->n; t++) slope[t] = (slope[t] - base[t]) * over;
  return true;
}

/* The part of the curvature that first derivatives miss, learnt from the gradients of successive
 * points (Dennis, Gay & Welsch 1981): the secant update B of f'' - curvature with the vector of the
 * gradients' change. Used only where the sum is positive definite. */
static void learn_curvature(jv_arima_problem *p, const double *x, const double *g, double *h) {
  size_t k = p->k;
  double *missed = p->missed, *last_x = missed + k * k, *last_g = last_x + k;
  double *step = last_g + k, *rise = step + k, *rest = rise + k, *sum = rest + k, along = 0, rs = 0;
  for (size_t i = 0; i < k; i++) {
    step[i] = x[i] - last_x[i];
    rise[i] = g[i] - last_g[i];
    along += step[i] * rise[i];
    last_x[i] = x[i];
    last_g[i] = g[i];
  }
  if (p->learns && along > 0) {
    for (size_t i = 0; i < k; i++) {
      rest[i] = rise[i];
      for (size_t j = 0; j < k; j++) rest[i] -= (h[i * k + j] + missed[i * k + j]) * step[j];
      rs += rest[i] * step[i];
    }
    for (size_t i = 0; i < k; i++)
      for (size_t j = 0; j < k; j++)
        missed[i * k + j] += (rest[i] * rise[j] + rise[i] * rest[j]) / along -
                             rs * rise[i] * rise[j] / (along * along);
  }
  p->learns = true;
  for (size_t i = 0; i < k * k; i++) sum[i] = h[i] + missed[i];
  memset(rest, 0, k * sizeof *rest);
  if (!jv_cholesky_solve(sum, k, rest)) return;
  for (size_t i = 0; i < k * k; i++) h[i] += missed[i];
}

static double exact_expand(void *data, double *x, double *g, double *h) {
  jv_arima_problem *p = data;
  if (isnan(p->kept_value) || memcmp(x, p->kept_x, p->k * sizeof *x) != 0) exact_value(p, x);
  if (!isfinite(p->kept_value)) return p->kept_value;
  for (size_t t = 0; t < p->n; t++) p->kept[t] *= p->kept_factor;
  p->kept_factor = 1;
  for (size_t i = 0; i < p->k; i++)
    if (!slope_of(p, x, i)) return INFINITY;
  assemble(p, p->kept, g, h);
  if (p->careful) learn_curvature(p, x, g, h);
  return p->kept_value;
}

static double conditional_value(void *data, const double *x) {
  jv_arima_problem *p = data;
  jv_arima_from_partials(&p->order, x, p->coef);
  return keep(p, x, jv_arima_conditional(p, p->coef));
}

/* Slopes in the coefficients of a moving-average factor: -B^lag e / factor. */
static void average_slopes(const jv_arima_problem *p, const double *x, size_t count, size_t m,
                           double *room, double *slope) {
  size_t n = p->n;
  for (size_t t = 0; t < n && count > 0; t++) {
    double v = p->kept[t];
    for (size_t j = count; j-- > 0;)
      if ((j + 1) * m <= t) v -= x[j] * room[t - (j + 1) * m];
    room[t] = v;
  }
  for (size_t j = 0; j < count; j++, slope += n) {
    size_t lag = (j + 1) * m;
    for (size_t t = 0; t < n; t++) slope[t] = t < lag ? 0 : -room[t - lag];
  }
}

/* Those of an autoregressive factor: -B^lag u, through the other autoregressive factor and over the
 * moving average, where u is the series less its regression. */
static void regression_slopes(const jv_arima_problem *p, size_t count, size_t m,
                              const double *other, size_t n_other, size_t m_other, const double *u,
                              double *room, double *slope) {
  const jv_arma *a = &p->room->arma;
  for (size_t t = 0; t < p->n && count > 0; t++) {
    room[t] = u[t];
    for (size_t j = 0; j < n_other && (j + 1) * m_other <= t; j++)
      room[t] -= other[j] * u[t - (j + 1) * m_other];
  }
  for (size_t j = 0; j < count; j++, slope += p->n)
    for (size_t t = 0; t < p->n; t++) {
      double v = t < p->skipped ? 0 : -room[t - (j + 1) * m];
      for (size_t i = a->n_theta; i-- > 0;)
        if (a->theta_lags[i] + p->skipped <= t)
          v -= a->theta[a->theta_lags[i] - 1] * slope[t - a->theta_lags[i]];
      slope[t] = v;
    }
}

static void take_off_regression(const jv_arima_problem *p, double *u) {
  memcpy(u, p->data->w, p->n * sizeof *u);
  for (size_t c = 0; c < p->free_columns; c++) {
    const double *x = p->data->w + (c + 1) * p->n;
    for (size_t t = 0; t < p->n; t++) u[t] -= p->beta[c] * x[t];
  }
}

/* Slopes in the coefficients to slopes in the partial autocorrelations. Coefficients are linear in
 * each of these, so a step of one has no error. */
static void chain(jv_arima_problem *p, double *x) {
  size_t k = p->k, n = p->n;
  double *base = p->work, *to = base + k, *row = to + k, *jacobian = row + k;
  jv_arima_from_partials(&p->order, x, base);
  for (size_t j = 0; j < k; j++) {
    double at = x[j], step = at > 0 ? -1 : 1;
    x[j] = at + step;
    jv_arima_from_partials(&p->order, x, to);
    x[j] = at;
    for (size_t i = 0; i < k; i++) jacobian[i * k + j] = (to[i] - base[i]) * step;
  }
  for (size_t t = 0; t < n; t++) {
    for (size_t i = 0; i < k; i++) row[i] = p->slopes[i * n + t];
    for (size_t j = 0; j < k; j++) {
      double sum = 0;
      for (size_t i = 0; i < k; i++) sum += row[i] * jacobian[i * k + j];
      p->slopes[j * n + t] = sum;
    }
  }
}

/* What the filtered columns explain of a slope is taken up by their coefficients. */
static void project(jv_arima_problem *p, double *slope) {
  size_t c = p->free_columns, n = p->n;
  double *b = p->beta + c;
  for (size_t i = 0; i < c; i++) {
    double sum = dot(p->z + (i + 1) * n, slope, n);
    for (size_t l = 0; l < i; l++) sum -= p->gram[i * c + l] * b[l];
    b[i] = sum / p->gram[i * c + i];
  }
  for (size_t i = c; i-- > 0;) {
    double sum = b[i];
    for (size_t l = i + 1; l < c; l++) sum -= p->gram[l * c + i] * b[l];
    b[i] = sum / p->gram[i * c + i];
  }
  for (size_t i = 0; i < c; i++)
    for (size_t t = 0; t < n; t++) slope[t] -= b[i] * p->z[(i + 1) * n + t];
}

static double conditional_expand(void *data, double *x, double *g, double *h) {
  jv_arima_problem *p = data;
  const jv_arima_order *o = &p->order;
  double value = conditional_value(p, x), *slope = p->slopes;
  if (!isfinite(value)) return value;
  double *room = p->slopes + p->k * p->n, *u = room + p->n;
  const double *ar = p->coef, *ma = ar + o->p, *sar = ma + o->q, *sma = sar + o->P;
  take_off_regression(p, u);
  regression_slopes(p, o->p, 1, sar, o->P, o->m, u, room, slope);
  average_slopes(p, ma, o->q, 1, room, slope + o->p * p->n);
  regression_slopes(p, o->P, o->m, ar, o->p, 1, u, room, slope + (o->p + o->q) * p->n);
  average_slopes(p, sma, o->Q, o->m, room, slope + (o->p + o->q + o->P) * p->n);
  chain(p, x);
  for (size_t i = 0; i < p->k && p->free_columns > 0; i++) project(p, p->slopes + i * p->n);
  assemble(p, p->kept, g, h);
  return value;
}

static jv_status minimise(jv_ctx *cx, jv_arima_problem *p, const jv_objective *f,
                          const jv_arima_search *search, double *x, jv_arima_found *out) {
  jv_minimum found;
  if (p->k == 0 || p->data->empty) {
    *out = (jv_arima_found){.value = f->value(p, x), .converged = true};
    return JV_OK;
  }
  jv_minimise_opt opt = {.lower = p->lower,
                         .upper = p->upper,
                         .tolerance = search->tolerance,
                         .max_iterations = search->max_iterations,
                         .give_up = search->give_up,
                         .give_up_slack = 4};
  JV_TRY(jv_minimise(cx, f, &opt, p->scratch, x, &found));
  *out = (jv_arima_found){.value = found.end == JV_MINIMISE_OUTSIDE ? INFINITY : found.value,
                          .converged = found.end == JV_MINIMISE_CONVERGED,
                          .given_up = found.end == JV_MINIMISE_GIVEN_UP};
  return JV_OK;
}

/* Most descents end in the first phase, with slopes from one side. What does not (two roots near the
 * circle, rounding near a unit root) goes on with the costlier slopes and learnt curvature. */
jv_status jv_arima_minimise_exact(jv_ctx *cx, jv_arima_problem *p, const jv_arima_search *search,
                                  double *x, jv_arima_found *out) {
  const jv_objective f = {.k = p->k, .data = p, .value = exact_value, .expand = exact_expand};
  jv_arima_search first = *search;
  if (first.max_iterations > FIRST_PHASE) first.max_iterations = FIRST_PHASE;
  p->kept_value = NAN;
  p->careful = p->learns = false;
  JV_TRY(minimise(cx, p, &f, &first, x, out));
  if (out->converged || out->given_up || !isfinite(out->value)) return JV_OK;
  if (search->max_iterations <= FIRST_PHASE) return JV_OK;
  p->careful = true;
  memset(p->missed, 0, p->k * p->k * sizeof *p->missed);
  return minimise(cx, p, &f, search, x, out);
}

jv_status jv_arima_minimise_conditional(jv_ctx *cx, jv_arima_problem *p,
                                        const jv_arima_search *search, double *x,
                                        jv_arima_found *out) {
  const jv_objective f = {
      .k = p->k, .data = p, .value = conditional_value, .expand = conditional_expand};
  p->kept_value = NAN;
  return minimise(cx, p, &f, search, x, out);
}
