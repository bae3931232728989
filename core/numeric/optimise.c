/* Minimisation in a box through NLopt; see the header.
 *
 * Every value passes one gate: it counts, polls for cancelling, turns NaN into +infinity and keeps
 * the best point, so that whatever ends a search (a tolerance, a failed line search, the limit) the
 * answer is the best that was seen. Coordinates fixed by equal bounds are taken out of what NLopt
 * sees: its simplex would have a zero step there. */
#include "numeric/optimise.h"
#include <float.h>
#include <math.h>
#include <nlopt.h>
#include <string.h>

typedef struct search {
  jv_ctx *cx;
  const jv_optimise_function *f;
  size_t n;                    /* free coordinates */
  size_t *free;                /* their places among the k */
  double *x, *best, *g;        /* k: the point tried, the best seen, its gradient */
  double *lower, *upper, *dir; /* k; dir: scratch for the first steps */
  double value;                /* of best */
  size_t evaluations, limit;
  nlopt_opt nlopt;
  bool cancelled;
} search;

/* The largest double stands for infinity: quadratic steps of infinite values are NaN. */
#define OUTSIDE (DBL_MAX / 1e30)

/* f through the gate; g NULL or k. */
static double try_point(search *s, double *g) {
  if (s->evaluations >= s->limit || s->cancelled) {
    nlopt_force_stop(s->nlopt);
    return OUTSIDE;
  }
  if (jv_check_cancel(s->cx) != JV_OK) {
    s->cancelled = true;
    nlopt_force_stop(s->nlopt);
    return OUTSIDE;
  }
  s->evaluations++;
  double value = g ? s->f->gradient(s->f->data, s->x, g) : s->f->value(s->f->data, s->x);
  if (value < s->value) {
    s->value = value;
    memcpy(s->best, s->x, s->f->k * sizeof *s->best);
  }
  return value < OUTSIDE ? value : OUTSIDE; /* NaN goes to the right */
}

/* df/dx_i at the point by central differences; one-sided where the box or infinity is near. */
static double slope(search *s, size_t i, double here) {
  double at = s->x[i], step = 6e-6 * fmax(fabs(at), 1e-2); /* cube root of epsilon */
  double up = fmin(at + step, s->upper[i]), down = fmax(at - step, s->lower[i]);
  double f_up = here, f_down = here;
  s->x[i] = up;
  if (up > at) f_up = try_point(s, NULL);
  if (f_up >= OUTSIDE) {
    up = at;
    f_up = here;
  }
  s->x[i] = down;
  if (down < at) f_down = try_point(s, NULL);
  if (f_down >= OUTSIDE) {
    down = at;
    f_down = here;
  }
  s->x[i] = at;
  return up > down ? (f_up - f_down) / (up - down) : 0;
}

static double objective(unsigned n, const double *x, double *grad, void *data) {
  search *s = data;
  for (unsigned i = 0; i < n; i++) {
    if (isnan(x[i])) return OUTSIDE;
    s->x[s->free[i]] = x[i];
  }
  bool given = grad && s->f->gradient;
  double value = try_point(s, given ? s->g : NULL);
  if (!grad) return value;
  for (unsigned i = 0; i < n; i++) {
    double g = 0;
    if (value < OUTSIDE) g = given ? s->g[s->free[i]] : slope(s, s->free[i], value);
    grad[i] = isfinite(g) ? g : 0;
  }
  return value;
}

static nlopt_algorithm algorithm(jv_optimise_method method) {
  switch (method) {
  case JV_OPTIMISE_LBFGS:
    return NLOPT_LD_LBFGS;
  case JV_OPTIMISE_BFGS:
    return NLOPT_LD_SLSQP;
  default:
    return NLOPT_LN_NELDERMEAD;
  }
}

/* Packs the free coordinates of `from` into `to`. */
static void gather(const search *s, const double *from, double *to) {
  for (size_t i = 0; i < s->n; i++) to[i] = from[s->free[i]];
}

static jv_status prepare(search *s, const jv_optimise_opt *opt) {
  double f_tol = opt->f_tolerance > 0 ? opt->f_tolerance : 1e-8;
  double x_tol = opt->x_tolerance > 0 ? opt->x_tolerance : 1e-8;
  s->nlopt = nlopt_create(algorithm(opt->method), (unsigned)s->n);
  if (!s->nlopt) return jv_fail(s->cx, JV_ENOMEM, "out of memory for the minimiser");
  bool fine = nlopt_set_min_objective(s->nlopt, objective, s) > 0;
  gather(s, s->lower, s->dir);
  fine = fine && nlopt_set_lower_bounds(s->nlopt, s->dir) > 0;
  gather(s, s->upper, s->dir);
  fine = fine && nlopt_set_upper_bounds(s->nlopt, s->dir) > 0;
  fine = fine && nlopt_set_ftol_rel(s->nlopt, f_tol) > 0;
  fine = fine && nlopt_set_xtol_rel(s->nlopt, x_tol) > 0;
  return fine ? JV_OK : jv_fail(s->cx, JV_ENOMEM, "out of memory for the minimiser");
}

/* The simplex' first steps, turned inwards and cut where the box is narrow. */
static bool set_steps(search *s, const jv_optimise_opt *opt) {
  for (size_t i = 0; i < s->n; i++) {
    size_t at = s->free[i];
    double x = s->best[at], step = opt->step ? fabs(opt->step[at]) : fmax(fabs(x), 1) / 10;
    double above = s->upper[at] - x, below = x - s->lower[at];
    if (!(step > 0)) step = 0.1;
    if (step > above) step = below > above ? -fmin(step, below) : above;
    s->dir[i] = step;
  }
  return nlopt_set_initial_step(s->nlopt, s->dir) > 0;
}

static jv_optimise_end end_of(nlopt_result code, const search *s) {
  if (s->evaluations >= s->limit) return JV_OPTIMISE_LIMIT;
  return code > 0 && code != NLOPT_MAXEVAL_REACHED ? JV_OPTIMISE_CONVERGED : JV_OPTIMISE_STUCK;
}

/* One search from the best point; the simplex is begun again while that gains. */
static jv_status run(search *s, const jv_optimise_opt *opt, jv_optimum *out) {
  double tolerance = opt->f_tolerance > 0 ? opt->f_tolerance : 1e-8;
  /* In one dimension two points on either side of the minimum can be equal: never trust the first. */
  size_t restarts = opt->restarts || s->n > 1 ? opt->restarts : 1;
  for (size_t round = 0; round <= restarts; round++) {
    double before = s->value, end_value;
    if (opt->method == JV_OPTIMISE_SIMPLEX && !set_steps(s, opt))
      return jv_fail(s->cx, JV_ENOMEM, "out of memory for the minimiser");
    gather(s, s->best, s->dir);
    nlopt_result code = nlopt_optimize(s->nlopt, s->dir, &end_value);
    if (code == NLOPT_OUT_OF_MEMORY)
      return jv_fail(s->cx, JV_ENOMEM, "out of memory for the minimiser");
    if (s->cancelled) return JV_ECANCEL;
    out->end = end_of(code, s);
    bool again = opt->method == JV_OPTIMISE_SIMPLEX && out->end != JV_OPTIMISE_LIMIT;
    if (!again || !(before - s->value > tolerance * fabs(s->value))) break;
  }
  return JV_OK;
}

/* Bounds with NULL read as none, the start moved into the box, the list of free coordinates. */
static jv_status enter_box(search *s, const jv_optimise_opt *opt, const double *x) {
  for (size_t i = 0; i < s->f->k; i++) {
    double lo = opt->lower ? opt->lower[i] : -INFINITY, hi = opt->upper ? opt->upper[i] : INFINITY;
    if (!(lo <= hi))
      return jv_fail(s->cx, JV_EINVAL, "bounds of coordinate %zu are [%g, %g]", i + 1, lo, hi);
    if (isnan(x[i])) return jv_fail(s->cx, JV_EINVAL, "the start is NaN at coordinate %zu", i + 1);
    s->lower[i] = lo;
    s->upper[i] = hi;
    s->best[i] = s->x[i] = fmin(fmax(x[i], lo), hi);
    if (lo < hi) s->free[s->n++] = i;
  }
  return JV_OK;
}

static jv_status search_box(search *s, const jv_optimise_opt *opt, const double *x,
                            jv_optimum *out) {
  JV_TRY(enter_box(s, opt, x));
  if (s->n == 0) { /* every coordinate is fixed */
    try_point(s, NULL);
    out->end = JV_OPTIMISE_CONVERGED;
    return s->cancelled ? JV_ECANCEL : JV_OK;
  }
  JV_TRY(prepare(s, opt));
  return run(s, opt, out);
}

jv_status jv_optimise(jv_ctx *cx, const jv_optimise_function *f, const jv_optimise_opt *opt,
                      double *x, jv_optimum *out) {
  static const jv_optimise_opt defaults = {.method = JV_OPTIMISE_SIMPLEX};
  if (!opt) opt = &defaults;
  size_t k = f->k;
  search s = {.cx = cx, .f = f, .value = INFINITY};
  s.limit = opt->max_evaluations ? opt->max_evaluations : 2000 * (k + 1);
  double *own = opt->scratch ? NULL : JV_ARRAY(cx, double, JV_OPTIMISE_SCRATCH(k));
  double *room = opt->scratch ? opt->scratch : own;
  jv_status status = room ? JV_OK : JV_ENOMEM;
  jv_optimum found = {.end = JV_OPTIMISE_OUTSIDE};
  if (status == JV_OK) {
    double **parts[] = {&s.x, &s.best, &s.g, &s.lower, &s.upper, &s.dir};
    for (size_t i = 0; i < 6; i++) *parts[i] = room + i * k;
    s.free = (size_t *)(void *)(room + 6 * k); /* a size is no larger than a double */
    status = search_box(&s, opt, x, &found);
  }
  if (status == JV_OK) {
    found.value = s.value;
    found.evaluations = s.evaluations;
    if (isinf(s.value)) found.end = JV_OPTIMISE_OUTSIDE;
    memcpy(x, s.best, k * sizeof *x);
    *out = found;
  }
  if (s.nlopt) nlopt_destroy(s.nlopt);
  jv_free(cx, own);
  return status;
}

static double moved(const jv_optimise_function *f, double *x, size_t i, double di, size_t j,
                    double dj) {
  double xi = x[i], xj = x[j];
  x[i] += di;
  x[j] += dj;
  double value = f->value(f->data, x);
  x[i] = xi;
  x[j] = xj;
  return value;
}

void jv_hessian(const jv_optimise_function *f, double *x, double scale, double *hessian) {
  size_t k = f->k;
  double here = f->value(f->data, x);
  for (size_t i = 0; i < k; i++) {
    double a = 1e-4 * fmax(fabs(x[i]), scale); /* fourth root of epsilon */
    double twice = moved(f, x, i, a, i, 0) - 2 * here + moved(f, x, i, -a, i, 0);
    hessian[i * k + i] = twice / (a * a);
    for (size_t j = 0; j < i; j++) {
      double b = 1e-4 * fmax(fabs(x[j]), scale);
      double cross = moved(f, x, i, a, j, b) - moved(f, x, i, a, j, -b) - moved(f, x, i, -a, j, b) +
                     moved(f, x, i, -a, j, -b);
      hessian[i * k + j] = hessian[j * k + i] = cross / (4 * a * b);
    }
  }
}
