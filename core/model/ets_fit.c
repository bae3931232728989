/* Maximum likelihood of ETS forms, and the choice among them.
 *
 * The likelihood of a form has several maxima, more of them the shorter the series. A search from
 * one start goes: the states alone, with the smoothing parameters held (for additive errors without
 * products that is linear, so one step is exact); for multiplicative errors some steps with e / y in
 * the place of e / f, which has no poles; then everything until the promised gain is under 1e-6.
 * A form asked for by name is searched from all starts. Where a choice is left, every form is first
 * searched from a few, and only those that come near the best by the criterion from the rest. */
#include "model/ets_engine.h"
#include <math.h>
#include <string.h>

/* Shares u, v place beta and gamma between their bounds, as in ets_engine.h. */
typedef struct start {
  double alpha, u, v, phi;
  bool proxy; /* steps with e / y before the likelihood's own */
} start;

static const start starts[] = {{0.30, 0.10, 0.10, 0.95, true},  {0.95, 0.02, 0.02, 0.90, false},
                               {0.10, 0.90, 0.90, 0.95, true},  {0.80, 0.10, 0.10, 0.95, true},
                               {0.05, 0.50, 0.05, 0.90, true},  {0.95, 0.95, 0.01, 0.95, true},
                               {0.50, 0.01, 0.90, 0.97, true},  {0.50, 0.80, 0.50, 0.85, false},
                               {0.10, 0.05, 0.10, 0.97, false}, {0.30, 0.10, 0.10, 0.95, false},
                               {0.05, 0.01, 0.90, 0.95, true}};
enum { START_COUNT = sizeof starts / sizeof *starts, FIRST_STARTS = 4, FORM_COUNT = 30 };

/* How far behind the best a form may be after the first starts and still be searched further. */
static const double NEAR = 6;

typedef struct candidate {
  jv_ets_form form;
  double half, criterion; /* -loglik of the scaled series */
  double *x;
  bool converged;
} candidate;

typedef struct fitting {
  jv_ctx *cx;
  const jv_ets_request *request;
  jv_ets_problem p;
  double *scaled, *guess_ring, *room; /* room: coordinates of the candidates */
  candidate candidates[FORM_COUNT];
  size_t count, given_up;
  double best; /* criterion */
  bool positive, choice;
  int exponent; /* scaled = y / 2^exponent */
} fitting;

/* ---- one form */

static jv_status climb(fitting *fit, double tolerance, size_t iterations, double give_up,
                       jv_minimum *found) {
  jv_ets_problem *p = &fit->p;
  jv_objective objective = jv_ets_problem_objective(p);
  jv_minimise_opt opt = {p->lower, p->upper, tolerance, iterations, give_up, 4};
  return jv_minimise(fit->cx, &objective, &opt, p->scratch, p->x, found);
}

static jv_status climb_states(fitting *fit, jv_minimum *found) {
  jv_ets_problem *p = &fit->p;
  double lower[4], upper[4];
  memcpy(lower, p->lower, sizeof lower);
  memcpy(upper, p->upper, sizeof upper);
  memcpy(p->lower, p->x, sizeof lower);
  memcpy(p->upper, p->x, sizeof upper);
  jv_status status = climb(fit, 1e-2, 2, INFINITY, found);
  memcpy(p->lower, lower, sizeof lower);
  memcpy(p->upper, upper, sizeof upper);
  return status;
}

static jv_status search(fitting *fit, const start *from, double give_up, jv_minimum *found) {
  jv_ets_problem *p = &fit->p;
  const double shares[4] = {from->alpha, from->u, from->v, from->phi};
  for (size_t i = 0; i < 4; i++) p->x[i] = fmin(fmax(shares[i], p->lower[i]), p->upper[i]);
  jv_ets_run guess = p->run;
  guess.ring = fit->guess_ring;
  jv_ets_guess_states(&guess, p->y, p->n);
  jv_ets_problem_states(p, &guess, p->x);
  bool relative = p->form.error == JV_ETS_MUL;
  p->slopes.proxy = relative && from->proxy;
  JV_TRY(climb_states(fit, found));
  if (p->slopes.proxy) JV_TRY(climb(fit, 1e-2, 3, INFINITY, found));
  p->slopes.proxy = false;
  return climb(fit, 1e-6, 200, give_up, found);
}

static double criterion_of(const fitting *fit, jv_ets_form form, double half) {
  double k = (double)jv_ets_count_params(form, fit->p.m, fit->request->given);
  double n = (double)fit->p.n_used, deviance = 2 * half;
  switch (fit->request->criterion) {
  case JV_ETS_BIC:
    return deviance + log(n) * k;
  case JV_ETS_AIC:
    return deviance + 2 * k;
  case JV_ETS_AICC:
    break;
  }
  return n > k + 1 ? deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
}

/* Searches a candidate from starts[from .. to) and keeps its best. */
static jv_status search_starts(fitting *fit, candidate *c, size_t from, size_t to) {
  jv_ets_problem *p = &fit->p;
  jv_ets_form form = c->form;
  if (fit->request->least_squares) form.error = JV_ETS_ADD;
  jv_ets_problem_form(p, form);
  double fixed = criterion_of(fit, c->form, 0);
  for (size_t i = from; i < to; i++) {
    jv_minimum found;
    double give_up = fit->choice && isfinite(fit->best) ? (fit->best + NEAR - fixed) / 2 : INFINITY;
    JV_TRY(search(fit, &starts[i], give_up, &found));
    if (found.end == JV_MINIMISE_GIVEN_UP) fit->given_up++;
    if (!(found.value < c->half)) continue;
    c->half = found.value;
    c->converged = found.end == JV_MINIMISE_CONVERGED;
    c->criterion = fixed + 2 * found.value;
    memcpy(c->x, p->x, p->k * sizeof *p->x);
  }
  if (c->criterion < fit->best) fit->best = c->criterion;
  return JV_OK;
}

/* ---- which forms */

static bool may_be(jv_ets_kind wanted, jv_ets_kind kind) {
  return wanted == JV_ETS_ANY || wanted == kind;
}

static bool is_asked(const fitting *fit, jv_ets_form form) {
  const jv_ets_request *r = fit->request;
  if (!may_be(r->form.error, form.error) || !may_be(r->form.trend, form.trend) ||
      !may_be(r->form.season, form.season))
    return false;
  if (form.trend != JV_ETS_NONE && r->damped != JV_OPT_UNSET && form.damped != (r->damped == 1))
    return false;
  if (form.trend == JV_ETS_NONE && r->damped == 1) return r->form.trend == JV_ETS_NONE;
  return form.season == JV_ETS_NONE || fit->p.m >= 2;
}

/* What is left out of an automatic choice, as R's ets does. */
static bool is_sensible(const fitting *fit, jv_ets_form form) {
  const jv_ets_request *r = fit->request;
  bool product = form.error == JV_ETS_MUL || form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL;
  if (form.season != JV_ETS_NONE && fit->p.m > 24 && r->form.season == JV_ETS_ANY) return false;
  if (product && !fit->positive) return false;
  if (r->form.trend == JV_ETS_ANY && form.trend == JV_ETS_MUL && !r->multiplicative_trend)
    return false;
  if (!r->restrict_forms) return true;
  if (form.error == JV_ETS_ADD && (form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL))
    return false;
  return !(form.error == JV_ETS_MUL && form.trend == JV_ETS_MUL && form.season == JV_ETS_ADD);
}

static void add_candidate(fitting *fit, jv_ets_form form) {
  candidate *c = &fit->candidates[fit->count];
  c->form = form;
  c->half = c->criterion = INFINITY;
  c->x = fit->room + fit->count++ * (JV_ETS_LANE_SEASON + fit->p.m);
}

static void list_candidates(fitting *fit) {
  for (int code = 0; code < FORM_COUNT; code++) {
    int trend = code / 3 % 5;
    jv_ets_form form = {code / 15 ? JV_ETS_MUL : JV_ETS_ADD,
                        trend == 0  ? JV_ETS_NONE
                        : trend < 3 ? JV_ETS_ADD
                                    : JV_ETS_MUL,
                        (jv_ets_kind)(code % 3), trend == 2 || trend == 4};
    size_t params = jv_ets_count_params(form, fit->p.m, fit->request->given);
    if (is_asked(fit, form) && is_sensible(fit, form) && fit->p.n_used > params + 1)
      add_candidate(fit, form);
  }
}

static jv_ets_form simpler(jv_ets_form form) {
  if (form.damped) {
    form.damped = false;
  } else if (form.season != JV_ETS_NONE) {
    form.season = JV_ETS_NONE;
  } else {
    form.trend = JV_ETS_NONE;
  }
  return form;
}

/* One form, or the first simpler one that leaves the series an observation to spare. */
static jv_status name_candidate(fitting *fit) {
  jv_ets_form form = fit->request->form, asked;
  form.damped = fit->request->damped == 1 && form.trend != JV_ETS_NONE;
  asked = form;
  if (form.error == JV_ETS_MUL && !fit->positive)
    return jv_fail(fit->cx, JV_EDATA, "ets: a multiplicative error needs every value above zero");
  if (form.season != JV_ETS_NONE && (fit->p.m < 2 || fit->p.m > JV_ETS_MAX_SEASON))
    return jv_fail(fit->cx, JV_EDATA, "ets: a seasonal form needs a period of 2 to %d, got %zu",
                   JV_ETS_MAX_SEASON, fit->p.m);
  while ((form.trend != JV_ETS_NONE || form.season != JV_ETS_NONE) &&
         fit->p.n_used <= jv_ets_count_params(form, fit->p.m, fit->request->given))
    form = simpler(form);
  if (fit->p.n_used <= jv_ets_count_params(form, fit->p.m, fit->request->given)) return JV_OK;
  if (memcmp(&form, &asked, sizeof form) != 0) {
    char was[JV_ETS_NAME_SIZE], is[JV_ETS_NAME_SIZE];
    jv_ets_print_form(asked, true, was);
    jv_ets_print_form(form, true, is);
    jv_warn(fit->cx, "%zu observations are too few for %s, fitted %s", fit->p.n_used, was, is);
  }
  add_candidate(fit, form);
  return JV_OK;
}

static jv_status choose(fitting *fit) {
  fit->best = INFINITY;
  size_t first = fit->count > 1 ? FIRST_STARTS : START_COUNT;
  for (size_t i = 0; i < fit->count; i++) JV_TRY(search_starts(fit, &fit->candidates[i], 0, first));
  for (size_t i = 0; i < fit->count && first < START_COUNT; i++)
    if (fit->candidates[i].criterion < fit->best + NEAR)
      JV_TRY(search_starts(fit, &fit->candidates[i], first, START_COUNT));
  return JV_OK;
}

/* ---- results */

static void unscale(const fitting *fit, jv_ets_run *run) {
  double scale = ldexp(1, fit->exponent);
  run->level *= scale;
  if (run->form.trend == JV_ETS_ADD) run->slope *= scale;
  if (run->form.season == JV_ETS_ADD)
    for (size_t j = 0; j < run->m; j++) run->ring[j] *= scale;
}

/* Too short for anything: a level from the first value, moving by half of each surprise. */
static void settle(fitting *fit, const double *y, jv_ets_estimate *out) {
  out->form = (jv_ets_form){JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false};
  out->par =
      (jv_ets_par){isnan(fit->request->given.alpha) ? 0.5 : fit->request->given.alpha, 0, 0, 1};
  out->states0[0] = 0;
  for (size_t t = fit->p.n; t-- > 0;)
    if (!isnan(y[t])) out->states0[0] = y[t];
  out->n_params = 2;
  jv_warn(fit->cx, "%zu observations are too few to estimate an ETS model: a level with alpha = %g",
          fit->p.n_used, out->par.alpha);
}

static void take_best(fitting *fit, jv_ets_estimate *out) {
  const candidate *best = &fit->candidates[0];
  for (size_t i = 1; i < fit->count; i++)
    if (fit->candidates[i].criterion < best->criterion) best = &fit->candidates[i];
  jv_ets_problem_form(&fit->p, best->form);
  jv_ets_run run = jv_ets_problem_run(&fit->p, best->x);
  unscale(fit, &run);
  out->form = best->form;
  out->par = run.par;
  out->n_params = jv_ets_count_params(best->form, fit->p.m, fit->request->given);
  out->converged = best->converged;
  jv_ets_run_get(&run, out->states0);
}

static jv_status finish(fitting *fit, const double *y, jv_ets_estimate *out) {
  bool settled = fit->count == 0 || !isfinite(fit->candidates[0].half + fit->best);
  if (settled) {
    settle(fit, y, out);
  } else {
    take_best(fit, out);
  }
  out->n_states = jv_ets_count_states(out->form, fit->p.m);
  out->n_used = fit->p.n_used;
  out->forms_tried = fit->count;
  out->forms_given_up = fit->given_up;
  out->evaluations = fit->p.evaluations + fit->p.expansions;
  JV_TRY(jv_ets_evaluate(fit->cx, out->form, out->par, out->states0, y, fit->p.n, fit->p.m, NULL,
                         out->final, &out->loglik, &out->sse));
  if (settled) out->loglik = NAN;
  out->criterion = settled ? NAN : criterion_of(fit, out->form, -out->loglik);
  return JV_OK;
}

static jv_status allocate(fitting *fit, size_t n, size_t m, jv_ets_estimate *out) {
  jv_ctx *cx = fit->cx;
  fit->scaled = JV_ARRAY(cx, double, n);
  if (fit->scaled) fit->guess_ring = JV_ARRAY(cx, double, m);
  if (fit->guess_ring) fit->room = JV_ARRAY(cx, double, FORM_COUNT *(JV_ETS_LANE_SEASON + m));
  if (fit->room) out->states0 = JV_ARRAY(cx, double, m + 2);
  if (out->states0) out->final = JV_ARRAY(cx, double, m + 2);
  return out->final ? JV_OK : cx->status;
}

static void scale_sample(fitting *fit, const double *y, size_t n) {
  double top = 0;
  fit->positive = true;
  for (size_t t = 0; t < n; t++) {
    if (y[t] <= 0) fit->positive = false;
    if (fabs(y[t]) > top) top = fabs(y[t]);
  }
  frexp(top, &fit->exponent);
  for (size_t t = 0; t < n; t++) fit->scaled[t] = ldexp(y[t], -fit->exponent);
}

static jv_status estimate(fitting *fit, const double *y, size_t n, size_t m, jv_ets_estimate *out) {
  const jv_ets_form *asked = &fit->request->form;
  JV_TRY(allocate(fit, n, m, out));
  scale_sample(fit, y, n);
  JV_TRY(jv_ets_problem_init(fit->cx, fit->scaled, n, m, fit->request, &fit->p));
  fit->choice = asked->error == JV_ETS_ANY || asked->trend == JV_ETS_ANY ||
                asked->season == JV_ETS_ANY ||
                (asked->trend != JV_ETS_NONE && fit->request->damped == JV_OPT_UNSET);
  if (fit->choice) {
    list_candidates(fit);
  } else {
    JV_TRY(name_candidate(fit));
  }
  JV_TRY(choose(fit));
  return finish(fit, y, out);
}

jv_status jv_ets_estimate_new(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                              size_t m, jv_ets_estimate *out) {
  *out = (jv_ets_estimate){0};
  fitting fit = {.cx = cx, .request = request};
  jv_status status = estimate(&fit, y, n, m, out);
  jv_ets_problem_clear(cx, &fit.p);
  jv_free(cx, fit.room);
  jv_free(cx, fit.guess_ring);
  jv_free(cx, fit.scaled);
  if (status != JV_OK) jv_ets_estimate_clear(cx, out);
  return status;
}

void jv_ets_estimate_clear(jv_ctx *cx, jv_ets_estimate *e) {
  jv_free(cx, e->final);
  jv_free(cx, e->states0);
  e->states0 = e->final = NULL;
}
