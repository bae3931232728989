/* Maximum likelihood of a structural form.
 *
 * No variance above zero given: the largest is put to one and the common variance is concentrated
 * out, s2 = sum v^2/F / (observations that are not diffuse). One given: no concentration, the ratios
 * are to the mean square of the differences of y.
 *
 * The likelihood has flat shoulders and several maxima, some with variances of zero. So: a grid of
 * ratios (powers of a hundred) first; from its best points quasi-Newton in log ratios, with the
 * largest variance as the unit; then each small variance is put to exactly zero where that costs
 * nothing, and the rest is estimated again. The period of a cycle goes on the log scale.
 *
 * Types are compared on the likelihood of the same observations, those after `from`, the latest end
 * of the diffuse start among them: diffuse likelihoods of different states have different units. */
#include "model/structural.h"
#include "numeric/minimise.h"
#include "numeric/optimise.h"
#include <stdio.h>
#include <string.h>

#define LOG_2PI 1.8378770664093454836
enum { MOST_X = JV_NOISES + 2, STARTS = 3 };
#define LEAST_LOG (-28.0) /* of a ratio: 1e-12 */
#define MOST_LOG 16.0
#define NOTHING 1e-5 /* of a log-likelihood, beside what a parameter is worth */

typedef struct problem {
  const jv_sample *sample;
  const jv_structural_opt *opt;
  jv_structural_system system;
  jv_kalman *k;
  bool concentrated;
  double unit;          /* scale that ratios of given variances are to */
  double floor;         /* least sum of squares: roundings of y */
  bool free[JV_NOISES]; /* variances that are estimated */
  bool free_period, free_rho;
  double low_period, high_period;
  jv_structural_par par; /* with what is fixed in place */
  int reference;         /* the noise that is the unit; -1: none */
  size_t evaluations;
} problem;

/* Exact diffuse log-likelihood of p->par; sets par.scale when concentrated. */
static double evaluate(problem *p) {
  jv_structural_system_set(&p->system, &p->par);
  p->evaluations++;
  double plain = jv_kalman_run(p->k, &p->system.ssm, p->sample->y, p->sample->n);
  if (isnan(plain)) return NAN;
  const jv_kalman *k = p->k;
  double used = (double)k->used;
  double squares = fmax(k->sum_squares, p->floor);
  if (p->concentrated) p->par.scale = used > 0 ? sqrt(squares / used) : p->unit;
  double s2 = p->par.scale * p->par.scale;
  return -0.5 * ((used + (double)k->used_diffuse) * LOG_2PI + k->sum_log + k->sum_log_diffuse +
                 used * log(s2) + squares / s2);
}

/* ---- coordinates: log ratios of the free variances, log period, rho ---- */

static size_t pack(const problem *p, double *x, double *lower, double *upper) {
  size_t n = 0;
  for (int i = 0; i < JV_NOISES; i++) {
    if (!p->free[i] || i == p->reference) continue;
    lower[n] = LEAST_LOG;
    upper[n] = MOST_LOG;
    x[n++] = fmax(log(fmax(p->par.v[i], 1e-300)), LEAST_LOG);
  }
  if (p->free_period) {
    lower[n] = log(p->low_period);
    upper[n] = log(p->high_period);
    x[n++] = log(p->par.period);
  }
  if (p->free_rho) {
    lower[n] = 0;
    upper[n] = 0.999;
    x[n++] = p->par.rho;
  }
  return n;
}

static void unpack(problem *p, const double *x) {
  size_t n = 0;
  for (int i = 0; i < JV_NOISES; i++)
    if (p->free[i] && i != p->reference) p->par.v[i] = exp(x[n++]);
  if (p->free_period) p->par.period = exp(x[n++]);
  if (p->free_rho) p->par.rho = x[n++];
}

static double objective(void *data, const double *x) {
  problem *p = data;
  unpack(p, x);
  return -evaluate(p);
}

/* Makes the largest free variance the unit. */
static void choose_reference(problem *p) {
  p->reference = -1;
  if (!p->concentrated) return;
  int best = -1;
  for (int i = 0; i < JV_NOISES; i++)
    if (p->free[i] && (best < 0 || p->par.v[i] > p->par.v[best])) best = i;
  if (best < 0) return;
  double top = p->par.v[best];
  for (int i = 0; i < JV_NOISES; i++) p->par.v[i] /= top;
  p->par.scale *= sqrt(top);
  p->reference = best;
}

/* Climbs from p->par; the result is in p->par. */
static jv_status climb(jv_ctx *cx, problem *p, double *loglik, bool *converged) {
  double x[MOST_X], lower[MOST_X], upper[MOST_X], scratch[JV_OPTIMISE_SCRATCH(MOST_X)];
  choose_reference(p);
  size_t n = pack(p, x, lower, upper);
  jv_optimise_function f = {n, p, objective, NULL};
  jv_optimise_opt opt = {.method = JV_OPTIMISE_BFGS,
                         .lower = lower,
                         .upper = upper,
                         .f_tolerance = 1e-11,
                         .x_tolerance = 1e-9,
                         .max_evaluations = 1500,
                         .scratch = scratch};
  jv_optimum out;
  JV_TRY(jv_optimise(cx, &f, &opt, x, &out));
  unpack(p, x);
  *loglik = evaluate(p);
  *converged = out.end == JV_OPTIMISE_CONVERGED || out.end == JV_OPTIMISE_STUCK;
  return JV_OK;
}

/* ---- the grid ---- */

typedef struct start {
  double loglik;
  jv_structural_par par;
} start;

/* Keeps the best STARTS, best first. */
static void offer(start *best, double loglik, const jv_structural_par *par) {
  if (!(loglik > best[STARTS - 1].loglik)) return;
  size_t i = STARTS - 1;
  for (; i > 0 && loglik > best[i - 1].loglik; i--) best[i] = best[i - 1];
  best[i] = (start){loglik, *par};
}

/* All combinations of powers 1, 1e-2, 1e-4 of the first four free variances that hold a one (any
 * when they are not concentrated). */
static jv_status try_grid(jv_ctx *cx, problem *p, start *best) {
  static const double levels[] = {1, 1e-2, 1e-4};
  int digits[JV_NOISES] = {0};
  for (;;) {
    JV_TRY(jv_check_cancel(cx));
    bool unit = !p->concentrated;
    for (int i = 0; i < JV_NOISE_cycle; i++) {
      if (p->free[i]) p->par.v[i] = levels[digits[i]];
      unit = unit || (p->free[i] && digits[i] == 0);
    }
    if (unit) offer(best, evaluate(p), &p->par);
    int i = 0;
    while (i < JV_NOISE_cycle && (!p->free[i] || digits[i] == 2)) digits[i++] = 0;
    if (i == JV_NOISE_cycle) return JV_OK;
    digits[i]++;
  }
}

/* The cycle's own grid around what the rest was best at. */
static jv_status try_cycles(jv_ctx *cx, problem *p, start *best) {
  static const double shares[] = {1, 0.05}, rhos[] = {0.7, 0.95}, places[] = {0.15, 0.4, 0.7};
  start rest[STARTS];
  memcpy(rest, best, sizeof rest);
  for (size_t s = 0; s < STARTS; s++) best[s].loglik = -INFINITY;
  for (size_t c = 0; c < STARTS * 12; c++) {
    JV_TRY(jv_check_cancel(cx));
    if (!(rest[c / 12].loglik > -INFINITY)) continue;
    p->par = rest[c / 12].par;
    double top = 0;
    for (int i = 0; i < JV_NOISE_cycle; i++) top = fmax(top, p->par.v[i]);
    if (p->free[JV_NOISE_cycle]) p->par.v[JV_NOISE_cycle] = fmax(top, 1e-4) * shares[c % 2];
    if (p->free_rho) p->par.rho = rhos[c / 2 % 2];
    if (p->free_period)
      p->par.period = p->low_period * pow(p->high_period / p->low_period, places[c / 4 % 3]);
    offer(best, evaluate(p), &p->par);
  }
  return JV_OK;
}

/* Puts each variance below 1e-5 of the largest to zero where that loses nothing; it is not free then. */
static jv_status drop_small(jv_ctx *cx, problem *p, double *loglik, bool *converged) {
  for (int i = 0; i < JV_NOISES; i++) {
    double top = 0;
    for (int j = 0; j < JV_NOISES; j++) top = fmax(top, p->par.v[j]);
    if (!p->free[i] || p->par.v[i] == 0 || p->par.v[i] > 1e-5 * top) continue;
    jv_structural_par kept = p->par;
    double value;
    bool done;
    p->free[i] = false;
    p->par.v[i] = 0;
    JV_TRY(climb(cx, p, &value, &done));
    if (value >= *loglik - NOTHING) {
      *loglik = value;
      *converged = done;
      continue;
    }
    p->free[i] = true;
    p->par = kept;
  }
  return JV_OK;
}

static jv_status no_variance(jv_ctx *cx) {
  return jv_fail(cx, JV_EINVAL,
                 "structural: no likelihood is finite with these variances: at least one must be "
                 "above zero");
}

static jv_status search(jv_ctx *cx, problem *p, jv_structural_result *out) {
  start best[STARTS];
  bool open[JV_NOISES];
  memcpy(open, p->free, sizeof open);
  for (size_t i = 0; i < STARTS; i++) best[i].loglik = -INFINITY;
  JV_TRY(try_grid(cx, p, best));
  if (p->system.form.cycle) JV_TRY(try_cycles(cx, p, best));
  out->loglik = -INFINITY;
  for (size_t i = 0; i < STARTS; i++) {
    if (!(best[i].loglik > -INFINITY)) continue;
    double value;
    bool converged;
    p->par = best[i].par;
    JV_TRY(climb(cx, p, &value, &converged));
    for (int round = 0; round < 2; round++) /* one at zero can free another */
      JV_TRY(drop_small(cx, p, &value, &converged));
    memcpy(p->free, open, sizeof open);
    if (!(value > out->loglik + NOTHING)) continue;
    out->loglik = value;
    out->par = p->par;
    out->converged = converged;
  }
  if (!(out->loglik > -INFINITY)) return no_variance(cx);
  p->par = out->par;
  return JV_OK;
}

/* ---- set-up ---- */

static double rms_difference(const double *y, size_t n, double *top) {
  double sum = 0, last = NAN, pairs = 0;
  *top = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(y[t])) continue;
    *top = fmax(*top, fabs(y[t]));
    if (!isnan(last)) {
      sum += (y[t] - last) * (y[t] - last);
      pairs++;
    }
    last = y[t];
  }
  return pairs > 0 ? sqrt(sum / pairs) : 0;
}

static void set_bounds(problem *p) {
  double m = (double)p->sample->m, n = (double)p->sample->n;
  p->low_period = m > 1 ? 1.5 * m : 2.01;
  p->high_period = fmax(n, 2 * p->low_period);
  p->par.period = sqrt(p->low_period * p->high_period);
  p->par.rho = 0.9;
  p->free_period = p->system.form.cycle && isnan(p->opt->cycle_period);
  p->free_rho = p->system.form.cycle && isnan(p->opt->cycle_damping);
  if (!isnan(p->opt->cycle_period)) p->par.period = p->opt->cycle_period;
  if (!isnan(p->opt->cycle_damping)) p->par.rho = p->opt->cycle_damping;
}

static void set_up(problem *p, jv_structural_result *out) {
  const jv_structural_form *form = &p->system.form;
  double top;
  p->unit = rms_difference(p->sample->y, p->sample->n, &top);
  double rounding = fmax(top * 1e-13, 1e-150);
  p->unit = fmax(p->unit, rounding);
  p->floor = (double)p->sample->n * rounding * rounding;
  bool given = false, any = false;
  for (int i = 0; i < JV_NOISES; i++) {
    bool has = jv_structural_has(form, (jv_structural_noise)i);
    p->free[i] = has && isnan(p->opt->var[i]);
    given = given || (has && p->opt->var[i] > 0);
    any = any || p->free[i];
    out->n_free += p->free[i];
  }
  p->concentrated = any && !given; /* zeros given leave the scale free */
  p->par.scale = p->unit;
  for (int i = 0; i < JV_NOISES; i++) {
    bool set = !p->free[i] && jv_structural_has(form, (jv_structural_noise)i);
    p->par.v[i] = set ? p->opt->var[i] / (p->unit * p->unit) : 0;
  }
  set_bounds(p);
  out->n_free += (size_t)p->free_period + (size_t)p->free_rho;
}

/* The likelihood after `from` steps, from the last run. */
static void measure_tail(const problem *p, size_t from, jv_structural_result *out) {
  double s2 = out->par.scale * out->par.scale;
  const jv_kalman *k = p->k;
  for (size_t t = from; t < k->steps; t++) {
    if (isnan(k->v[t])) continue;
    out->tail -= 0.5 * (LOG_2PI + log(s2 * k->f[t]) + k->v[t] * k->v[t] / (s2 * k->f[t]));
    out->tail_used++;
  }
}

/* Whether the observations tell all diffuse states, at any parameters. */
static jv_status check_start(jv_ctx *cx, problem *p) {
  for (int i = 0; i < JV_NOISES; i++)
    if (p->free[i]) p->par.v[i] = 1;
  jv_structural_system_set(&p->system, &p->par);
  double plain = jv_kalman_run(p->k, &p->system.ssm, p->sample->y, p->sample->n);
  if (isnan(plain)) return no_variance(cx);
  if (p->k->diffuse_end <= p->sample->n && p->k->used > 0) return JV_OK;
  char name[96];
  jv_structural_name(&p->system.form, name, sizeof name);
  return jv_fail(cx, JV_EDATA,
                 "structural: %zu observations cannot tell the %zu starting values of %s%s",
                 p->k->used + p->k->used_diffuse, jv_structural_diffuse(&p->system.form), name,
                 p->system.form.k ? " (or regressors repeat each other or the level)" : "");
}

static jv_status estimate(jv_ctx *cx, problem *p, size_t from, jv_structural_result *out) {
  set_up(p, out);
  JV_TRY(search(cx, p, out));
  evaluate(p);
  out->used = p->k->used + p->k->used_diffuse;
  out->evaluations = p->evaluations;
  measure_tail(p, from, out);
  return JV_OK;
}

static jv_status open_problem(jv_ctx *cx, problem *p, const double *x_scale,
                              const jv_structural_form *form) {
  const jv_sample *sample = p->sample;
  JV_TRY(jv_structural_system_new(cx, form, sample->x, x_scale, sample->n, &p->system));
  jv_status status =
      jv_kalman_new(cx, p->system.p, p->system.r, sample->n, JV_KALMAN_PREDICTIONS, &p->k);
  if (status != JV_OK) jv_structural_system_free(cx, &p->system);
  return status;
}

static void close_problem(jv_ctx *cx, problem *p) {
  jv_kalman_free(cx, p->k);
  jv_structural_system_free(cx, &p->system);
}

jv_status jv_structural_estimate(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                                 const jv_structural_form *form, const jv_structural_opt *opt,
                                 size_t from, jv_structural_result *out) {
  problem p = {.sample = sample, .opt = opt, .reference = -1};
  *out = (jv_structural_result){.form = *form};
  JV_TRY(open_problem(cx, &p, x_scale, form));
  jv_status status = estimate(cx, &p, from, out);
  close_problem(cx, &p);
  return status;
}

jv_status jv_structural_begin(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                              const jv_structural_form *form, const jv_structural_opt *opt,
                              size_t *end) {
  problem p = {.sample = sample, .opt = opt, .reference = -1};
  jv_structural_result scrap = {.form = *form};
  JV_TRY(open_problem(cx, &p, x_scale, form));
  set_up(&p, &scrap);
  jv_status status = check_start(cx, &p);
  *end = p.k->diffuse_end;
  close_problem(cx, &p);
  return status;
}

jv_status jv_structural_loglik(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                               const jv_structural_form *form, const jv_structural_par *par,
                               double *out) {
  problem p = {.sample = sample, .reference = -1, .par = *par};
  JV_TRY(open_problem(cx, &p, x_scale, form));
  *out = evaluate(&p);
  close_problem(cx, &p);
  return isnan(*out) ? jv_fail(cx, JV_ENUMERIC, "structural: a prediction variance is zero")
                     : JV_OK;
}

/* Standard errors of the n coordinates at x; NaN for all when the curvature is not that of a
 * maximum. */
static void coordinate_errors(problem *p, double *x, size_t n, double *se) {
  double h[MOST_X * MOST_X], factor[MOST_X * MOST_X];
  jv_optimise_function f = {n, p, objective, NULL};
  jv_hessian(&f, x, 1, h);
  for (size_t i = 0; i < n; i++) {
    double unit[MOST_X] = {0};
    unit[i] = 1;
    memcpy(factor, h, n * n * sizeof *h);
    bool fine = true;
    for (size_t j = 0; j < n * n; j++) fine = fine && isfinite(h[j]);
    fine = fine && jv_cholesky_solve(factor, n, unit);
    se[i] = fine && unit[i] > 0 ? sqrt(unit[i]) : NAN;
  }
}

jv_status jv_structural_errors(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                               const jv_structural_form *form, const jv_structural_opt *opt,
                               const jv_structural_par *par, double *se) {
  problem p = {.sample = sample, .opt = opt, .reference = -1};
  jv_structural_result scrap = {.form = *form};
  double x[MOST_X], lower[MOST_X], upper[MOST_X], errors[MOST_X];
  JV_TRY(open_problem(cx, &p, x_scale, form));
  set_up(&p, &scrap);
  p.concentrated = false;
  p.par = *par;
  for (int i = 0; i < JV_NOISES; i++) p.free[i] = p.free[i] && par->v[i] > 0;
  p.free_rho = p.free_rho && par->rho > 0.001 && par->rho < 0.998;
  size_t n = pack(&p, x, lower, upper), at = 0;
  coordinate_errors(&p, x, n, errors);
  for (int i = 0; i < JV_NOISES; i++)
    se[i] = p.free[i] ? errors[at++] * par->v[i] * par->scale * par->scale : NAN;
  se[JV_NOISES] = p.free_period ? errors[at++] * par->period : NAN;
  se[JV_NOISES + 1] = p.free_rho ? errors[at] : NAN;
  close_problem(cx, &p);
  return JV_OK;
}
