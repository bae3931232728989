/* Which ETS forms are searched, which one is chosen, and what is made of it.
 *
 * The choice is by AICc (or AIC, BIC), with three lessons from series where the likelihood alone
 * misleads:
 *   - With multiplicative errors, means that run above the data make all relative errors small, and
 *     the likelihood likes them. A form whose relative errors average more than two standard errors
 *     below zero is chosen only when there is no other.
 *   - A trend that goes on for ever must beat the others by the caution asked for, unless damping was
 *     tried and is no help: phi at its bound of 0.98, or a criterion far behind. By default it is
 *     0.5, so that what is chosen is never worse by more; on M3 and M1 a parameter's price of 2
 *     forecasts quarterly and yearly series better still.
 *   - In series of fewer than 60 observations alpha and beta near 1, whose slope is the last
 *     difference, must win by 2 in any case. Short series show such slopes by accident, and their
 *     forecasts run away.
 * tests/bench/ets_rules.c measures accuracy with and without them. */
#include "model/ets_search.h"
#include <math.h>

/* How far behind the best a form may be before its search is given up. */
static const double NEAR = 6;

/* What a slope that is the last difference has to be better by, in the criterion: the price of a
 * parameter. In series of fewer than SHORT observations the AICc has made damping dear already: no
 * caution is above PRICE_SHORT. Damping this mild is none: the bound of phi. */
static const double PRICE = 2, PRICE_SHORT = 0.5, MILDEST = 0.979;
enum { SHORT = 20 };

/* Up to so many forms are each searched from every start: they have too few relatives to learn
 * good starts from. */
enum { FEW = 4 };

/* ---- what is asked */

static const char *who(const jv_ets_request *r) { return r->who ? r->who : "ets"; }

/* Weights given must leave room for each other, unless only admissibility is wanted. */
static jv_status check_given(jv_ctx *cx, const jv_ets_request *r) {
  const jv_ets_par *g = &r->given;
  if (r->bounds == JV_ETS_ADMISSIBLE) return JV_OK;
  double alpha = isnan(g->alpha) ? 0.9999 : g->alpha, least = isnan(g->alpha) ? 0 : g->alpha;
  if (g->alpha < 0 || g->beta < 0 || g->gamma < 0)
    return jv_fail(cx, JV_EINVAL, "%s: a weight given is below 0, wanted 0 to 1", who(r));
  if (alpha > 1) return jv_fail(cx, JV_EINVAL, "%s: alpha = %g is above 1", who(r), alpha);
  if (g->beta > alpha)
    return jv_fail(cx, JV_EINVAL, "%s: beta = %g is above alpha, which is at most %g", who(r),
                   g->beta, alpha);
  if (g->gamma > 1 - least)
    return jv_fail(cx, JV_EINVAL, "%s: gamma = %g is above 1 - alpha = %g", who(r), g->gamma,
                   1 - least);
  return JV_OK;
}

static jv_status check_positive(jv_ets_search *s, const double *y) {
  if (s->positive) return JV_OK;
  size_t t = 0;
  while (!(y[t] <= 0)) t++;
  return jv_fail(s->cx, JV_EDATA,
                 "%s: a multiplicative error needs values above zero, observation %zu is %g",
                 who(s->request), t + 1, y[t]);
}

/* ---- which forms */

static bool may_be(jv_ets_kind wanted, jv_ets_kind kind) {
  return wanted == JV_ETS_ANY || wanted == kind;
}

static bool is_asked(const jv_ets_search *s, jv_ets_form form) {
  const jv_ets_request *r = s->request;
  if (!may_be(r->form.error, form.error) || !may_be(r->form.trend, form.trend) ||
      !may_be(r->form.season, form.season))
    return false;
  bool trend = form.trend != JV_ETS_NONE;
  if (trend && r->damped != JV_OPT_UNSET && form.damped != (r->damped == 1)) return false;
  if (!trend && r->damped == 1 && r->form.trend == JV_ETS_ANY) return false;
  return form.season == JV_ETS_NONE || (s->p.m >= 2 && s->p.m <= JV_ETS_MAX_SEASON);
}

static bool is_named(const jv_ets_request *r) {
  return r->form.error != JV_ETS_ANY && r->form.trend != JV_ETS_ANY && r->form.season != JV_ETS_ANY;
}

/* What an automatic choice leaves out, as R's ets does; naming a form is asking for it. */
static bool is_sensible(const jv_ets_search *s, jv_ets_form form) {
  const jv_ets_request *r = s->request;
  bool product = form.error == JV_ETS_MUL || form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL;
  bool growth = form.trend == JV_ETS_MUL;
  if (is_named(r)) return true;
  if (form.season != JV_ETS_NONE && s->p.m > 24 && r->form.season == JV_ETS_ANY) return false;
  if (product && (r->additive_only || !s->positive)) return false;
  if (growth && r->form.trend == JV_ETS_ANY && !r->multiplicative_trend) return false;
  if (!r->restrict_forms) return true;
  if (form.error == JV_ETS_ADD && (growth || form.season == JV_ETS_MUL)) return false;
  return !(form.error == JV_ETS_MUL && growth && form.season == JV_ETS_ADD);
}

/* Seasonal forms first, simple before complex: each finds its simpler relatives searched. */
static void list_forms(jv_ets_search *s) {
  static const jv_ets_kind seasons[] = {JV_ETS_ADD, JV_ETS_MUL, JV_ETS_NONE};
  static const jv_ets_kind errors[] = {JV_ETS_ADD, JV_ETS_MUL};
  static const jv_ets_form trends[] = {{.trend = JV_ETS_NONE},
                                       {.trend = JV_ETS_ADD},
                                       {.trend = JV_ETS_ADD, .damped = true},
                                       {.trend = JV_ETS_MUL},
                                       {.trend = JV_ETS_MUL, .damped = true}};
  for (size_t code = 0; code < JV_ETS_MAX_FORMS; code++) {
    jv_ets_form form = trends[code % 5];
    form.error = errors[code / 5 % 2];
    form.season = seasons[code / 10];
    size_t params = jv_ets_count_params(form, s->p.m, s->request->given);
    if (is_asked(s, form) && is_sensible(s, form) && s->p.n_used > params + 1)
      jv_ets_search_add(s, form);
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

static void say_simpler(jv_ets_search *s, jv_ets_form asked, jv_ets_form form) {
  char was[JV_ETS_NAME_SIZE], is[JV_ETS_NAME_SIZE];
  jv_ets_print_form(asked, true, was);
  jv_ets_print_form(form, true, is);
  jv_warn(s->cx, "%s: %zu observations are too few for %s, fitted %s", who(s->request), s->p.n_used,
          was, is);
}

/* The form asked for, or the first simpler one that leaves the series an observation to spare. */
static jv_status name_form(jv_ets_search *s, const double *y) {
  jv_ets_form form = s->request->form, asked;
  form.damped = s->request->damped == 1 && form.trend != JV_ETS_NONE;
  asked = form;
  if (form.error == JV_ETS_MUL) JV_TRY(check_positive(s, y));
  if (form.season != JV_ETS_NONE && (s->p.m < 2 || s->p.m > JV_ETS_MAX_SEASON))
    return jv_fail(s->cx, JV_EDATA, "%s: a seasonal form needs a period of 2 to %d, got %zu",
                   who(s->request), JV_ETS_MAX_SEASON, s->p.m);
  size_t n = s->p.n_used;
  while ((form.trend != JV_ETS_NONE || form.season != JV_ETS_NONE) &&
         n <= jv_ets_count_params(form, s->p.m, s->request->given))
    form = simpler(form);
  if (n <= jv_ets_count_params(form, s->p.m, s->request->given)) return JV_OK;
  if (!jv_ets_same_form(form, asked)) say_simpler(s, asked, form);
  jv_ets_search_add(s, form);
  return JV_OK;
}

/* ---- which one */

/* Mean of the relative errors in their standard errors. */
static double bias_of(jv_ets_search *s, const jv_ets_candidate *c) {
  double sum = 0, square = 0;
  jv_ets_problem_form(&s->p, c->form);
  jv_ets_problem_likelihood(&s->p, c->x); /* leaves the one-step means in p.f */
  for (size_t t = 0; t < s->p.n; t++) {
    if (isnan(s->p.y[t])) continue;
    double r = s->p.y[t] / s->p.f[t] - 1;
    sum += r;
    square += r * r;
  }
  return square > 0 ? sum / sqrt(square) : 0;
}

static const jv_ets_candidate *find_form(const jv_ets_search *s, jv_ets_form form) {
  for (size_t i = 0; i < s->n_candidates; i++)
    if (jv_ets_same_form(s->candidates[i].form, form)) return &s->candidates[i];
  return NULL;
}

/* The slope is the last difference: alpha and beta near 1 in a short series. */
static bool is_wild(jv_ets_search *s, const jv_ets_candidate *c) {
  jv_ets_problem_form(&s->p, c->form);
  jv_ets_par par = jv_ets_problem_par(&s->p, c->x);
  return s->p.n_used < 60 && par.alpha > 0.9 && par.beta > 0.8 * par.alpha;
}

/* Did damping the trend come near, and with less than the mildest damping there is? */
static bool may_be_damped(const jv_ets_search *s, const jv_ets_candidate *c) {
  jv_ets_form form = c->form;
  form.damped = true;
  const jv_ets_candidate *twin = find_form(s, form);
  if (!twin) return true;
  return twin->criterion < c->criterion + NEAR && twin->x[3] < MILDEST;
}

/* What is added to the criterion before forms are compared. */
static double handicap(jv_ets_search *s, const jv_ets_candidate *c) {
  double price = s->request->caution;
  if (price == 0) return 0;
  if (s->p.n_used < SHORT) price = fmin(price, PRICE_SHORT);
  double growth = c->form.trend == JV_ETS_MUL ? price : 0;
  if (c->form.trend == JV_ETS_NONE || c->form.damped) return growth;
  if (is_wild(s, c)) return fmax(s->request->caution, PRICE) + growth;
  return may_be_damped(s, c) ? price : growth;
}

static bool is_biased(jv_ets_search *s, jv_ets_candidate *c) {
  if (s->request->caution == 0 || c->form.error != JV_ETS_MUL) return false;
  return c->biased = bias_of(s, c) < -2;
}

/* From the first form to the last; what cannot come NEAR the best of those before is given up. */
static jv_status search_forms(jv_ets_search *s) {
  double best = INFINITY;
  for (size_t i = 0; i < s->n_candidates; i++) {
    jv_ets_candidate *c = &s->candidates[i];
    bool by_likelihood = s->request->target == JV_ETS_LIKELIHOOD;
    if (s->n_candidates <= FEW)
      JV_TRY(jv_ets_search_all(s, c));
    else
      JV_TRY(jv_ets_search_some(s, c, by_likelihood && isfinite(best) ? best + NEAR : INFINITY));
    JV_TRY(jv_ets_search_aim(s, c));
    if (s->n_candidates > 1 && c->criterion < best && !is_biased(s, c)) best = c->criterion;
  }
  return JV_OK;
}

/* What cannot win is not looked at closely. */
static jv_status choose(jv_ets_search *s, size_t *chosen) {
  double best = INFINITY, plain = INFINITY;
  *chosen = 0;
  JV_TRY(search_forms(s));
  for (size_t i = 0; i < s->n_candidates && s->n_candidates > 1; i++) {
    jv_ets_candidate *c = &s->candidates[i];
    c->handicap = isfinite(c->half) ? handicap(s, c) : 0;
    double rank = c->criterion + c->handicap;
    if (rank < best && is_biased(s, c)) rank = INFINITY;
    if (rank < best || (!isfinite(best) && c->criterion < plain)) *chosen = i;
    best = fmin(best, rank);
    plain = fmin(plain, c->criterion);
  }
  return JV_OK;
}

/* ---- what is made of it */

static void unscale(const jv_ets_search *s, jv_ets_run *run) {
  double scale = ldexp(1, s->exponent);
  run->level *= scale;
  if (run->form.trend == JV_ETS_ADD) run->slope *= scale;
  if (run->form.season == JV_ETS_ADD)
    for (size_t j = 0; j < run->m; j++) run->ring[j] *= scale;
}

static void take(jv_ets_search *s, const jv_ets_candidate *c, jv_ets_estimate *out) {
  jv_ets_problem_form(&s->p, c->form);
  jv_ets_run run = jv_ets_problem_run(&s->p, c->x);
  unscale(s, &run);
  out->form = c->form;
  out->par = run.par;
  out->n_params = jv_ets_count_params(c->form, s->p.m, s->request->given);
  out->converged = c->converged;
  jv_ets_run_get(&run, out->states0);
}

/* Too short for anything: a level from the first value, moving by half of each surprise. */
static void settle(jv_ets_search *s, const double *y, jv_ets_estimate *out) {
  double alpha = s->request->given.alpha;
  out->form = (jv_ets_form){JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false};
  out->par = (jv_ets_par){isnan(alpha) ? 0.5 : alpha, 0, 0, 1};
  for (size_t t = s->p.n; t-- > 0;)
    if (!isnan(y[t])) out->states0[0] = y[t];
  out->n_params = 2;
  jv_warn(s->cx, "%s: %zu observation%s too few to estimate: a level with alpha = %g",
          who(s->request), s->p.n_used, s->p.n_used == 1 ? " is" : "s are", out->par.alpha);
}

/* Of the series in its own unit, like the chosen one's. */
static void report(const jv_ets_search *s, size_t chosen, jv_ets_estimate *out) {
  double shift = 2 * (double)s->p.n_used * s->exponent * log(2);
  out->n_trials = s->n_candidates;
  for (size_t i = 0; i < s->n_candidates; i++) {
    const jv_ets_candidate *c = &s->candidates[i];
    jv_ets_verdict verdict = !isfinite(c->half) ? JV_ETS_NOT_FOUND
                             : i == chosen      ? JV_ETS_CHOSEN
                             : c->biased        ? JV_ETS_BIASED
                             : c->given_up      ? JV_ETS_GIVEN_UP
                                                : JV_ETS_WORSE;
    out->trials[i] = (jv_ets_trial){c->form, verdict, c->criterion + shift, c->handicap};
  }
}

static jv_status finish(jv_ets_search *s, size_t chosen, const double *y, jv_ets_estimate *out) {
  jv_ets_candidate *c = s->n_candidates ? &s->candidates[chosen] : NULL;
  bool found = c && isfinite(c->half);
  if (found && s->n_candidates > FEW && s->request->target == JV_ETS_LIKELIHOOD)
    JV_TRY(jv_ets_search_finish(s, c));
  const jv_ets_par *g = &s->request->given;
  if (c && !found && !(isnan(g->alpha) && isnan(g->beta) && isnan(g->gamma) && isnan(g->phi)))
    return jv_fail(s->cx, JV_EINVAL, "%s: with the parameters given no form is stable",
                   who(s->request));
  if (found) {
    take(s, c, out);
  } else {
    settle(s, y, out);
  }
  out->n_states = jv_ets_count_states(out->form, s->p.m);
  out->n_used = s->p.n_used;
  report(s, chosen, out);
  out->evaluations = s->p.evaluations + s->p.expansions;
  JV_TRY(jv_ets_evaluate(s->cx, out->form, out->par, out->states0, y, s->p.n, s->p.m, NULL,
                         out->final, &out->loglik, &out->sse));
  if (!found) out->loglik = NAN;
  out->criterion = found ? jv_ets_criterion_at(s, out->form, -out->loglik) : NAN;
  return JV_OK;
}

/* Nothing to choose from: a named form is fitted simpler, as far as the series allows; else either
 * the series is too short for anything, or every form asked for is left out of the choice. */
static jv_status explain_none(jv_ets_search *s, const double *y) {
  const jv_ets_request *r = s->request;
  if (is_named(r)) return name_form(s, y);
  if (s->p.n_used <= jv_ets_count_params((jv_ets_form){.error = JV_ETS_ADD}, s->p.m, r->given) + 1)
    return JV_OK;
  if (!s->positive && (r->form.trend == JV_ETS_MUL || r->form.season == JV_ETS_MUL))
    return jv_fail(s->cx, JV_EDATA, "%s: multiplicative parts need values above zero", who(r));
  return jv_fail(
      s->cx, JV_EINVAL,
      "%s: no form of those asked for may be chosen: the series is too short for them, or "
      "they have no finite variance (restrict = false lets them in)",
      who(r));
}

static bool leaves_choice(const jv_ets_request *r) {
  return r->form.error == JV_ETS_ANY || r->form.trend == JV_ETS_ANY ||
         r->form.season == JV_ETS_ANY ||
         (r->form.trend != JV_ETS_NONE && r->damped == JV_OPT_UNSET);
}

static jv_status estimate(jv_ets_search *s, const double *y, jv_ets_estimate *out) {
  size_t chosen;
  out->states0 = JV_ARRAY(s->cx, double, s->p.m + 2);
  if (out->states0) out->final = JV_ARRAY(s->cx, double, s->p.m + 2);
  if (!out->final) return s->cx->status;
  JV_TRY(check_given(s->cx, s->request));
  if (leaves_choice(s->request)) {
    if (s->request->form.error == JV_ETS_MUL) JV_TRY(check_positive(s, y));
    list_forms(s);
    if (s->n_candidates == 0) JV_TRY(explain_none(s, y));
  } else {
    JV_TRY(name_form(s, y));
  }
  JV_TRY(choose(s, &chosen));
  return finish(s, chosen, y, out);
}

jv_status jv_ets_estimate_new(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                              size_t m, jv_ets_estimate *out) {
  jv_ets_search search;
  *out = (jv_ets_estimate){0};
  jv_status status = jv_ets_search_init(cx, request, y, n, m, &search);
  if (status == JV_OK) status = estimate(&search, y, out);
  jv_ets_search_clear(&search);
  if (status != JV_OK) jv_ets_estimate_clear(cx, out);
  return status;
}

void jv_ets_estimate_clear(jv_ctx *cx, jv_ets_estimate *e) {
  jv_free(cx, e->final);
  jv_free(cx, e->states0);
  e->states0 = e->final = NULL;
}
