/* The likelihood of an ETS form as a function on a box, with gradient and curvature. */
#include "model/ets_engine.h"
#include <math.h>
#include <string.h>

/* Coordinates of the search: x = (alpha, u, v, phi, level, slope, ring[0 .. m-2]) with
 * gamma = low + v (top - low) between bounds that depend on alpha and phi, beta = low + u (top - low)
 * between bounds that depend on these and on gamma: a box instead of a polytope. The admissible region
 * of forms with a season lies inside its box; what is outside it has no value. */
enum { BY_ALPHA, BY_GAMMA, BY_PHI, BY_COUNT };

typedef struct range {
  double low, top;
  double low_by[BY_COUNT], top_by[BY_COUNT];
} range;

static const double LOW = 1e-4, HIGH = 0.9999, LEAST_PHI = 0.1; /* of the admissible region */

static bool has_trend(const jv_ets_problem *p) { return p->form.trend != JV_ETS_NONE; }
static bool has_season(const jv_ets_problem *p) { return p->form.season != JV_ETS_NONE; }
static bool has_phi(const jv_ets_problem *p) { return has_trend(p) && p->form.damped; }

/* Admissible damped forms only: a box whose width depends on phi; elsewhere x[0] is alpha itself. */
static bool shares_alpha(const jv_ets_problem *p) {
  return p->bounds == JV_ETS_ADMISSIBLE && has_phi(p) && isnan(p->given.alpha);
}

static range alpha_range(const jv_ets_problem *p, double phi) {
  double over = 1 / phi, season = has_season(p) ? 2 / (double)p->m : 0; /* gamma / m, at most */
  return (range){1 - over - season, 1 + over, {0, 0, over * over}, {0, 0, -over * over}};
}

/* Usual: 0.0001 <= beta <= alpha. Admissible: ch. 10, where a season's weight widens it below. */
static range beta_range(const jv_ets_problem *p, double alpha, double gamma, double phi) {
  if (p->bounds != JV_ETS_ADMISSIBLE) return (range){LOW, alpha, {0, 0, 0}, {1, 0, 0}};
  double share = has_season(p) ? 1 / (double)p->m : 0, sum = alpha + share * gamma;
  return (range){-(1 - phi) * sum,
                 (1 + phi) * (2 - alpha),
                 {-(1 - phi), -(1 - phi) * share, sum},
                 {-(1 + phi), 0, 2 - alpha}};
}

/* Usual: 0.0001 <= gamma <= 1 - alpha. */
static range gamma_range(const jv_ets_problem *p, double alpha, double phi) {
  if (p->bounds != JV_ETS_ADMISSIBLE) return (range){LOW, 1 - alpha, {0, 0, 0}, {-1, 0, 0}};
  double over = 1 / phi, low = 1 - over - alpha;
  range out = {0, 1 + over - alpha, {0, 0, 0}, {-1, 0, -over * over}};
  if (low <= 0) return out;
  out.low = low;
  out.low_by[BY_ALPHA] = -1;
  out.low_by[BY_PHI] = over * over;
  return out;
}

static double between(range r, double share) { return r.low + share * fmax(r.top - r.low, 0); }

static double between_by(const range *r, double share, int by) {
  return r->low_by[by] + share * (r->top_by[by] - r->low_by[by]);
}

double jv_ets_problem_share(const jv_ets_problem *p, double alpha, double phi) {
  if (!shares_alpha(p)) return alpha;
  range r = alpha_range(p, phi);
  return (alpha - r.low) / (r.top - r.low);
}

jv_ets_par jv_ets_problem_par(const jv_ets_problem *p, const double *x) {
  jv_ets_par par = {x[0], 0, 0, has_phi(p) ? x[3] : 1};
  if (shares_alpha(p)) par.alpha = between(alpha_range(p, par.phi), x[0]);
  if (has_season(p))
    par.gamma =
        isnan(p->given.gamma) ? between(gamma_range(p, par.alpha, par.phi), x[2]) : p->given.gamma;
  if (has_trend(p))
    par.beta = isnan(p->given.beta) ? between(beta_range(p, par.alpha, par.gamma, par.phi), x[1])
                                    : p->given.beta;
  return par;
}

static void run_at(jv_ets_problem *p, const double *x) {
  p->run.form = p->form;
  p->run.par = jv_ets_problem_par(p, x);
  p->run.level = x[JV_ETS_LANE_LEVEL];
  p->run.slope = x[JV_ETS_LANE_SLOPE];
  p->run.at = 0;
  if (!has_season(p)) return;
  double rest = p->form.season == JV_ETS_MUL ? (double)p->m : 0;
  for (size_t j = 0; j + 1 < p->m; j++) {
    p->run.ring[j] = x[JV_ETS_LANE_SEASON + j];
    rest -= p->run.ring[j];
  }
  p->run.ring[p->m - 1] = rest;
}

bool jv_ets_problem_inside(const jv_ets_problem *p) {
  if (p->form.trend == JV_ETS_MUL && !(p->run.slope > 0)) return false;
  if (p->form.season == JV_ETS_MUL)
    for (size_t j = 0; j < p->m; j++)
      if (!(p->run.ring[j] > 0)) return false;
  if (p->bounds == JV_ETS_USUAL) return true;
  if (p->bounds == JV_ETS_BOTH && !(has_season(p) && has_trend(p))) return true;
  return jv_ets_is_stable(p->form, p->run.par, p->m);
}

/* The proxy's counterpart of jv_ets_half_deviance: n log(sum (e / y)^2) / 2, up to a constant. */
static double proxy_deviance(const jv_ets_problem *p, double *sse) {
  double sum = 0;
  for (size_t t = 0; t < p->n; t++) {
    if (isnan(p->y[t])) continue;
    double e = (p->y[t] - p->f[t]) / p->y[t];
    sum += e * e;
  }
  *sse = jv_ets_floor(sum, (double)p->n_used);
  return 0.5 * (double)p->n_used * log(*sse);
}

static double deviance(const jv_ets_problem *p, double *sse) {
  if (p->slopes.proxy) return proxy_deviance(p, sse);
  double logs;
  size_t used;
  return jv_ets_half_deviance(p->form.error, p->y, p->f, p->n, sse, &logs, &used);
}

static double value_at(void *data, const double *x) {
  jv_ets_problem *p = data;
  run_at(p, x);
  if (!jv_ets_problem_inside(p)) return INFINITY;
  p->evaluations++;
  double sse;
  jv_ets_filter(&p->run, p->y, p->n, p->f);
  return deviance(p, &sse);
}

/* Gradient and curvature by lanes, from the cross products.
 *   additive:        g = (n / S) sum e f_p ...,  H = (n / S) sum f_p f_q          (Gauss-Newton)
 *   multiplicative:  with u_p = f_p / f and var = S / n,
 *                    g = sum u - sum r (1 + r) u / var
 *                    H = (1 / var + 2) sum u u' - 2 / n (sum u)(sum u)'            (Fisher) */
static double product_at(const jv_ets_problem *p, size_t i, size_t j) {
  size_t a = i < j ? i : j, b = i < j ? j : i;
  return p->slopes.gram[a * p->slopes.lanes + b];
}

static void raw_derivatives(const jv_ets_problem *p, double sse, double *g, double *h) {
  size_t k = p->k, w = p->slopes.weights;
  double n = (double)p->n_used, over = n / sse;
  bool relative = p->form.error == JV_ETS_MUL && !p->slopes.proxy;
  for (size_t i = 0; i < k; i++) {
    double sum_i = relative ? product_at(p, i, w + 1) : 0;
    g[i] = sum_i - over * product_at(p, i, w);
    for (size_t j = 0; j <= i; j++) {
      double value = product_at(p, i, j) * (relative ? over + 2 : over);
      if (relative) value -= 2 / n * sum_i * product_at(p, j, w + 1);
      h[i * k + j] = h[j * k + i] = value;
    }
  }
}

/* Chain rule from (alpha, beta, gamma, phi) to (alpha, u, v, phi): columns of the 4x4 map. */
static void change_coordinates(const jv_ets_problem *p, double map[4][4], double *g, double *h) {
  size_t k = p->k;
  double old[4], row[4];
  memcpy(old, g, sizeof old);
  for (size_t z = 0; z < 4; z++) {
    g[z] = 0;
    for (size_t a = 0; a < 4; a++) g[z] += map[a][z] * old[a];
  }
  for (size_t i = 0; i < k; i++) {
    memcpy(row, h + i * k, sizeof row);
    for (size_t z = 0; z < 4; z++) {
      h[i * k + z] = 0;
      for (size_t a = 0; a < 4; a++) h[i * k + z] += map[a][z] * row[a];
    }
  }
  for (size_t j = 0; j < k; j++) {
    for (size_t a = 0; a < 4; a++) row[a] = h[a * k + j];
    for (size_t z = 0; z < 4; z++) {
      h[z * k + j] = 0;
      for (size_t a = 0; a < 4; a++) h[z * k + j] += map[a][z] * row[a];
    }
  }
}

/* Rows of the map: derivatives of (alpha, beta, gamma, phi) by (alpha, u, v, phi). */
static void to_box(jv_ets_problem *p, double *x, double *g, double *h) {
  double map[4][4] = {{1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}};
  double phi = p->run.par.phi, alpha = p->run.par.alpha;
  if (shares_alpha(p)) {
    range r = alpha_range(p, phi);
    map[0][0] = r.top - r.low;
    map[0][3] = between_by(&r, x[0], BY_PHI);
  }
  if (has_season(p) && isnan(p->given.gamma)) {
    range r = gamma_range(p, alpha, phi);
    if (r.top - r.low < 1e-9) x[2] = g[2] < 0 ? 1 : 0;
    double by_alpha = between_by(&r, x[2], BY_ALPHA);
    map[2][0] = by_alpha * map[0][0];
    map[2][2] = r.top - r.low;
    map[2][3] = between_by(&r, x[2], BY_PHI) + by_alpha * map[0][3];
  }
  if (has_trend(p) && isnan(p->given.beta)) {
    range r = beta_range(p, alpha, p->run.par.gamma, phi);
    if (r.top - r.low < 1e-9) x[1] = g[1] < 0 ? 1 : 0;
    double by_gamma = between_by(&r, x[1], BY_GAMMA), by_alpha = between_by(&r, x[1], BY_ALPHA);
    map[1][0] = by_alpha * map[0][0] + by_gamma * map[2][0];
    map[1][1] = r.top - r.low;
    map[1][2] = by_gamma * map[2][2];
    map[1][3] = between_by(&r, x[1], BY_PHI) + by_alpha * map[0][3] + by_gamma * map[2][3];
  }
  change_coordinates(p, map, g, h);
}

/* All derivatives for the price of a likelihood. */
static bool is_quick(const jv_ets_problem *p) {
  return jv_ets_is_plain(p->form) && p->n_used == p->n;
}

double jv_ets_problem_curvature(jv_ets_problem *p, double *g, double *h) {
  p->expansions++;
  double sse, value;
  if (is_quick(p)) {
    value = jv_ets_expand_plain(&p->run, &p->slopes, p->y, p->n, p->size, &sse);
  } else {
    jv_ets_expand(&p->run, &p->slopes, p->y, p->n, p->f);
    value = deviance(p, &sse);
  }
  raw_derivatives(p, sse, g, h);
  return value;
}

static double expand_at(void *data, double *x, double *g, double *h) {
  jv_ets_problem *p = data;
  run_at(p, x);
  if (!jv_ets_problem_inside(p)) return INFINITY;
  double value = jv_ets_problem_curvature(p, g, h);
  to_box(p, x, g, h);
  return value;
}

/* What is fixed: parameters given, and those that the form does not have. */
static void set_box(jv_ets_problem *p) {
  double *lo = p->lower, *hi = p->upper;
  for (size_t i = 0; i < p->k; i++) {
    lo[i] = -INFINITY;
    hi[i] = INFINITY;
  }
  bool wide = p->bounds == JV_ETS_ADMISSIBLE;
  lo[1] = lo[2] = 0;
  hi[1] = hi[2] = 1;
  lo[3] = wide ? LEAST_PHI : 0.8;
  hi[3] = wide ? 1 : 0.98;
  lo[0] = !wide ? LOW : has_season(p) && !has_phi(p) ? -2 / (double)p->m : 0;
  hi[0] = !wide ? HIGH : shares_alpha(p) ? 1 : 2;
  if (has_trend(p) && !isnan(p->given.beta) && !wide) lo[0] = fmax(LOW, p->given.beta);
  if (has_season(p) && !isnan(p->given.gamma) && !wide) hi[0] = fmin(HIGH, 1 - p->given.gamma);
  if (!isnan(p->given.alpha)) lo[0] = hi[0] = p->given.alpha;
  if (!has_trend(p) || !isnan(p->given.beta)) lo[1] = hi[1] = 0;
  if (!has_season(p) || !isnan(p->given.gamma)) lo[2] = hi[2] = 0;
  if (!has_phi(p)) lo[3] = hi[3] = 1;
  if (has_phi(p) && !isnan(p->given.phi)) lo[3] = hi[3] = p->given.phi;
  if (!has_trend(p)) lo[JV_ETS_LANE_SLOPE] = hi[JV_ETS_LANE_SLOPE] = 0;
}

void jv_ets_problem_form(jv_ets_problem *p, jv_ets_form form) {
  p->form = p->run.form = form;
  p->k = has_season(p) ? JV_ETS_LANE_SEASON + p->m - 1 : JV_ETS_LANE_SEASON;
  p->slopes.lanes = jv_ets_count_lanes(form, p->m);
  set_box(p);
}

void jv_ets_problem_states(jv_ets_problem *p, const jv_ets_run *run, double *x) {
  x[JV_ETS_LANE_LEVEL] = run->level;
  x[JV_ETS_LANE_SLOPE] = has_trend(p) ? run->slope : 0;
  if (!has_season(p)) return;
  memcpy(x + JV_ETS_LANE_SEASON, run->ring, (p->m - 1) * sizeof *x);
}

double jv_ets_problem_value(jv_ets_problem *p, const double *x) { return value_at(p, x); }

double jv_ets_problem_likelihood(jv_ets_problem *p, const double *x) {
  bool proxy = p->slopes.proxy;
  p->slopes.proxy = false;
  double value = value_at(p, x);
  p->slopes.proxy = proxy;
  return value;
}

jv_objective jv_ets_problem_objective(jv_ets_problem *p) {
  return (jv_objective){p->k, p, is_quick(p) ? NULL : value_at, expand_at};
}

jv_ets_run jv_ets_problem_run(jv_ets_problem *p, const double *x) {
  run_at(p, x);
  return p->run;
}

/* The largest vectors that any form of season m needs, in one block. */
static size_t lay_out(jv_ets_problem *p, double *at) {
  size_t m = p->m, k = JV_ETS_LANE_SEASON + m, lanes = k + 6;
  double **parts[] = {&p->f,
                      &p->x,
                      &p->best,
                      &p->lower,
                      &p->upper,
                      &p->run.ring,
                      &p->slopes.level,
                      &p->slopes.slope,
                      &p->slopes.season,
                      &p->slopes.rows,
                      &p->slopes.gram,
                      &p->scratch};
  size_t sizes[] = {p->n,
                    k,
                    k,
                    k,
                    k,
                    m,
                    lanes,
                    lanes,
                    m * lanes,
                    JV_ETS_CHUNK * lanes,
                    lanes * lanes,
                    jv_minimise_scratch(k)};
  size_t total = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    if (at) *parts[i] = at + total;
    total += sizes[i];
  }
  return total;
}

jv_status jv_ets_problem_init(jv_ctx *cx, const double *y, size_t n, size_t m,
                              const jv_ets_request *request, jv_ets_problem *p) {
  *p = (jv_ets_problem){.y = y, .n = n, .m = m, .given = request->given, .bounds = request->bounds};
  p->run.m = m;
  for (size_t t = 0; t < n; t++) {
    if (isnan(y[t])) continue;
    p->n_used++;
    p->size += y[t] * y[t];
  }
  p->block = JV_ARRAY(cx, double, lay_out(p, NULL));
  if (!p->block) return cx->status;
  lay_out(p, p->block);
  return JV_OK;
}

void jv_ets_problem_clear(jv_ctx *cx, jv_ets_problem *p) { jv_free(cx, p->block); }
