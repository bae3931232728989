/* Other targets of an ETS fit than the likelihood:
 *   amse   mean over j = 1 ... steps of the mean square of the errors of j steps ahead
 *   sigma  mean square of the innovations (relative ones where errors are multiplicative)
 *   mae    mean absolute innovation
 * (The mean square error needs nothing here: it is the likelihood of additive errors.)
 *
 * All are sums of w rho(r) over residuals r, with rho = r^2, or sqrt(r^2 + delta^2) for absolute
 * values, delta going down in two rounds. Minimised is n/2 log V (n log V for mae), which has no
 * unit, by damped scoring with H = (n / V) sum w r_p r_p' (over sqrt(r^2 + delta^2) for mae). The
 * derivatives r_p are differences: the filters of x and of x with each coordinate moved run side by
 * side, so that nothing is kept for more than one observation.
 *
 * The mean of j steps ahead is q_j s_(t+j), q_j = l + (phi + ... + phi^j) b or l b^(phi + ... +
 * phi^j). (R's forecast 8.20 has phi + phi where phi + phi^2 belongs in its amse.)
 * Checked by: tests/core/test_ets_options.c, by the definitions. */
#include "model/ets_target.h"
#include <math.h>
#include <string.h>

static const double STEP = 1e-6;

/* ---- memory */

static size_t steps_of(jv_ets_target target, size_t nmse) {
  return target == JV_ETS_AMSE ? nmse : 1;
}

jv_status jv_ets_aim_init(jv_ctx *cx, jv_ets_problem *p, jv_ets_target target, size_t nmse,
                          jv_ets_aim *out) {
  size_t k = p->k, steps = steps_of(target, nmse), twins = k + 1;
  *out = (jv_ets_aim){.p = p, .target = target, .steps = steps};
  out->rings = JV_ARRAY(cx, double, twins * p->m + 2 * twins * steps + steps + 2 * k);
  if (out->rings) out->runs = JV_ARRAY(cx, jv_ets_run, twins);
  if (!out->runs) return cx->status;
  out->r = out->rings + twins * p->m;
  out->weight = out->r + twins * steps;
  out->slope = out->weight + steps;
  out->moved = out->slope + twins * steps;
  out->by = out->moved + k;
  for (size_t j = 0; j < steps; j++) {
    double count = 0;
    for (size_t t = j; t < p->n; t++) count += isnan(p->y[t]) ? 0 : 1;
    out->weight[j] = target == JV_ETS_AMSE && count > 0 ? 1 / count : 1;
  }
  return JV_OK;
}

void jv_ets_aim_clear(jv_ctx *cx, jv_ets_aim *aim) {
  jv_free(cx, aim->runs);
  jv_free(cx, aim->rings);
}

/* ---- residuals */

/* Errors of 1 ... steps ahead before y[t] is known, NaN where there is none. */
static void residuals(const jv_ets_aim *a, const jv_ets_run *run, size_t t, double *r) {
  const jv_ets_problem *p = a->p;
  double phi = run->form.damped ? run->par.phi : 1, power = 1, sum = 0;
  bool relative = a->target != JV_ETS_AMSE && run->form.error == JV_ETS_MUL;
  for (size_t j = 0; j < a->steps; j++) {
    power *= phi;
    sum += power;
    double f = run->level;
    if (run->form.trend == JV_ETS_ADD) f += sum * run->slope;
    if (run->form.trend == JV_ETS_MUL) f *= pow(run->slope, sum);
    if (run->form.season == JV_ETS_ADD) f += run->ring[(run->at + j) % p->m];
    if (run->form.season == JV_ETS_MUL) f *= run->ring[(run->at + j) % p->m];
    r[j] = t + j < p->n ? p->y[t + j] - f : NAN;
    if (relative) r[j] /= f;
  }
}

static void begin(jv_ets_aim *a, size_t i, const double *x) {
  size_t m = a->p->m;
  a->runs[i] = jv_ets_problem_run(a->p, x);
  a->runs[i].ring = a->rings + i * m;
  memcpy(a->runs[i].ring, a->p->run.ring, m * sizeof(double));
}

static void advance(jv_ets_aim *a, size_t count, size_t t) {
  double f;
  for (size_t i = 0; i < count; i++) jv_ets_filter(&a->runs[i], a->p->y + t, 1, &f);
}

static double rho(const jv_ets_aim *a, double r) {
  return a->target == JV_ETS_MAE ? sqrt(r * r + a->delta * a->delta) : r * r;
}

/* n/2 log V or n log V from V, held above what rounding leaves of a perfect fit. */
static double log_value(const jv_ets_aim *a, double v) {
  double n = (double)a->p->n_used;
  return a->target == JV_ETS_MAE ? n * log(fmax(v, 1e-150)) : 0.5 * n * log(fmax(v, 1e-300));
}

static double value_at(void *data, const double *x) {
  jv_ets_aim *a = data;
  double v = 0;
  begin(a, 0, x);
  if (!jv_ets_problem_inside(a->p)) return INFINITY;
  a->p->evaluations++;
  for (size_t t = 0; t < a->p->n; t++) {
    residuals(a, a->runs, t, a->r);
    for (size_t j = 0; j < a->steps; j++)
      if (!isnan(a->r[j])) v += a->weight[j] * rho(a, a->r[j]);
    advance(a, 1, t);
  }
  return log_value(a, v);
}

/* The twins: x moved by `by` along each free coordinate, inwards at the upper bound. */
static void begin_twins(jv_ets_aim *a, const double *x) {
  const jv_ets_problem *p = a->p;
  memcpy(a->moved, x, p->k * sizeof *x);
  for (size_t i = 0; i < p->k; i++) {
    double by = x[i] + STEP > p->upper[i] ? -STEP : STEP;
    a->by[i] = p->lower[i] < p->upper[i] ? by : 0;
    a->moved[i] = x[i] + a->by[i];
    begin(a, i + 1, a->moved);
    a->moved[i] = x[i];
  }
}

/* Adds what the residuals before y[t] give to V, gradient and curvature. */
static double add_moment(jv_ets_aim *a, size_t t, double *g, double *h) {
  size_t k = a->p->k;
  double v = 0;
  for (size_t i = 0; i <= k; i++) residuals(a, &a->runs[i], t, a->r + i * a->steps);
  for (size_t j = 0; j < a->steps; j++) {
    double r = a->r[j], w = a->weight[j];
    if (isnan(r)) continue;
    v += w * rho(a, r);
    if (a->target == JV_ETS_MAE) w /= rho(a, r);
    for (size_t i = 0; i < k; i++)
      a->slope[i] = a->by[i] == 0 ? 0 : (a->r[(i + 1) * a->steps + j] - r) / a->by[i];
    for (size_t i = 0; i < k; i++) {
      g[i] += w * r * a->slope[i];
      for (size_t c = 0; c <= i; c++) h[i * k + c] += w * a->slope[i] * a->slope[c];
    }
  }
  return v;
}

static double expand_at(void *data, double *x, double *g, double *h) {
  jv_ets_aim *a = data;
  size_t k = a->p->k;
  double v = 0;
  begin(a, 0, x);
  if (!jv_ets_problem_inside(a->p)) return INFINITY;
  begin_twins(a, x);
  a->p->expansions++;
  memset(g, 0, k * sizeof *g);
  memset(h, 0, k * k * sizeof *h);
  for (size_t t = 0; t < a->p->n; t++) {
    v += add_moment(a, t, g, h);
    advance(a, k + 1, t);
  }
  double over = (double)a->p->n_used / fmax(v, 1e-300);
  for (size_t i = 0; i < k; i++) {
    g[i] *= over;
    for (size_t c = 0; c <= i; c++) h[c * k + i] = h[i * k + c] *= over;
  }
  return log_value(a, v);
}

/* ---- the search */

static double exact_value(jv_ets_aim *a, const double *x) {
  a->delta = 0;
  return value_at(a, x);
}

jv_status jv_ets_aim_minimise(jv_ctx *cx, jv_ets_aim *a, double *x, jv_minimum *found) {
  enum { MAX_STEPS = 100 };
  jv_ets_problem *p = a->p;
  jv_objective objective = {p->k, a, value_at, expand_at};
  jv_minimise_opt opt = {p->lower, p->upper, 1e-6, MAX_STEPS, INFINITY, 1};
  double size = a->target == JV_ETS_MAE ? exp(exact_value(a, x) / (double)p->n_used) : 0;
  size_t rounds = a->target == JV_ETS_MAE ? 3 : 1;
  *found = (jv_minimum){.value = INFINITY, .end = JV_MINIMISE_OUTSIDE};
  if (!isfinite(size)) return JV_OK;
  size /= (double)p->n_used;
  for (size_t i = 0; i < rounds; i++) {
    a->delta = size * (i == 0 ? 0.1 : i == 1 ? 0.01 : 1e-4);
    JV_TRY(jv_minimise(cx, &objective, &opt, p->scratch, x, found));
  }
  found->value = exact_value(a, x);
  if (found->end == JV_MINIMISE_STUCK) found->end = JV_MINIMISE_CONVERGED;
  return JV_OK;
}
