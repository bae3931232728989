/* The search for the orders of an ARIMA model.
 *
 * Stepwise (Hyndman & Khandakar 2008, sec. 3.2): four first models, the best of them is varied by one
 * in p, q, P, Q, in pairs of them, and in whether it has a constant, until no neighbour has a lower
 * criterion. Full: all orders with p + q + P + Q <= max_order. By default both, the second beginning
 * with what the first has found, up to 600 observations (2000 with a season); beyond, steps alone. The criterion is that of
 * the exact likelihood, also on the way; from 5000 observations on that of the conditional one, and
 * the exact one only of the winner.
 *
 * What makes it fast and is reported: candidates share two sets of data, one with the constant and one
 * without, and one allocation; each begins at the best model so far, whose partial autocorrelations
 * serve a larger order with zeros appended; and a descent ends as soon as its curvature promises no
 * criterion below the best. The winner is then estimated from all starts to full accuracy.
 *
 * A candidate with a root of a factor within 1.01 of the unit circle is passed over: its forecasts
 * would rest on a difference that the tests did not ask for, or on one taken too many. Differs from
 * R's auto.arima, where the roots are those of the product of the factors, so that a seasonal
 * coefficient of 0.89 (m = 12) already counts as near one.
 *
 * Checked by: tests/core/test_arima.conformance.c */
#include "model/arima_auto.h"
#include "base/option.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define ROOT_RADIUS 1.01

enum {
  MOST_STEPWISE = 94,   /* candidates */
  LONG_FULL = 600,      /* observations beyond which steps alone are taken by default */
  LONG_SEASONAL = 2000, /* … with a season, whose orders matter more */
  MOST_GAPS = 20,       /* … since each gap is a column of every likelihood */
  LONG_EXACT = 5000     /* … beyond which candidates are compared by conditional likelihoods */
};

typedef struct search {
  const jv_arima_auto_opt *opt;
  const jv_arima_regressors *reg;
  jv_arima_choice *choice;
  jv_arima_order base, most; /* differences and season; largest orders */
  jv_arima_data *data[2];    /* without and with the constant */
  jv_arima_problem *problem;
  size_t width;   /* coefficients of the largest model */
  double *places; /* of each trial, `width` partial autocorrelations */
  double *x;      /* room */
  size_t best;    /* trial; SIZE_MAX before the first */
} search;

void jv_arima_choice_clear(jv_ctx *cx, jv_arima_choice *choice) {
  jv_free(cx, choice->trials);
  choice->trials = NULL;
  choice->n_trials = choice->room = 0;
}

/* ---- one candidate */

static double penalty(const jv_arima_auto_opt *opt, size_t n_params, size_t n_used) {
  double k = (double)n_params, n = (double)n_used;
  if (opt->criterion == JV_ARIMA_BIC) return k * log(n);
  if (opt->criterion == JV_ARIMA_AIC) return 2 * k;
  return n > k + 1 ? 2 * k + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
}

static bool roots_are_outside(const jv_arima_order *o, const double *coef, double *room) {
  return jv_arma_roots_outside(coef, o->p, 1, ROOT_RADIUS, room) &&
         jv_arma_roots_outside(coef + o->p, o->q, -1, ROOT_RADIUS, room) &&
         jv_arma_roots_outside(coef + o->p + o->q, o->P, 1, ROOT_RADIUS, room) &&
         jv_arma_roots_outside(coef + o->p + o->q + o->P, o->Q, -1, ROOT_RADIUS, room);
}

/* The place of trial `from` in the coordinates of o: zeros appended, or the last ones cut off. */
static void borrow(const search *s, size_t from, const jv_arima_order *o, double *x) {
  const jv_arima_order *f = &s->choice->trials[from].order;
  const size_t have[] = {f->p, f->q, f->P, f->Q}, want[] = {o->p, o->q, o->P, o->Q};
  const double *at = s->places + from * s->width;
  for (size_t k = 0; k < 4; at += have[k++])
    for (size_t j = 0; j < want[k]; j++) *x++ = j < have[k] ? at[j] : 0;
}

static jv_status add_trial(jv_ctx *cx, search *s, const jv_arima_order *o, bool constant) {
  jv_arima_choice *c = s->choice;
  if (c->n_trials == c->room) {
    size_t room = c->room ? 2 * c->room : 32;
    jv_arima_trial *trials = jv_realloc(cx, c->trials, room, sizeof *trials);
    if (!trials) return JV_ENOMEM;
    c->trials = trials;
    double *places = jv_realloc(cx, s->places, room * s->width + 1, sizeof *places);
    if (!places) return JV_ENOMEM;
    s->places = places;
    c->room = room;
  }
  c->trials[c->n_trials++] = (jv_arima_trial){
      .order = *o, .constant = constant, .criterion = INFINITY, .fate = JV_ARIMA_FAILED};
  return JV_OK;
}

/* Descends from the better of the best model's place and the guess. */
static jv_status descend(jv_ctx *cx, search *s, const jv_arima_order *o, double give_up, double *x,
                         jv_arima_found *found) {
  const jv_arima_search coarse = {.tolerance = 1e-3, .max_iterations = 25, .give_up = give_up};
  jv_arima_problem *p = s->problem;
  double *other = x + s->width;
  jv_arima_guess(p, x);
  if (s->choice->approximated) return jv_arima_minimise_conditional(cx, p, &coarse, x, found);
  if (s->best != SIZE_MAX) {
    borrow(s, s->best, o, other);
    jv_arima_from_partials(o, x, p->coef);
    double here = jv_arima_exact(p, p->coef);
    jv_arima_from_partials(o, other, p->coef);
    if (!(here <= jv_arima_exact(p, p->coef))) memcpy(x, other, p->k * sizeof *x);
  }
  return jv_arima_minimise_exact(cx, p, &coarse, x, found);
}

/* A conditional likelihood has terms for fewer values than are counted: as if the others were like
 * them. */
static double short_of(const search *s) {
  const jv_arima_problem *p = s->problem;
  double n = (double)p->data->n_used, left = n - (double)p->skipped;
  return s->choice->approximated && left >= 1 ? n / 2 * log(n / left) : 0;
}

static void judge(search *s, size_t index, const jv_arima_found *found, double fine) {
  jv_arima_trial *t = &s->choice->trials[index];
  jv_arima_problem *p = s->problem;
  t->evaluations = p->evaluations;
  if (isnan(found->value) || found->value == INFINITY) return;
  jv_arima_from_partials(&t->order, s->places + index * s->width, p->coef);
  if (found->given_up)
    t->fate = JV_ARIMA_GIVEN_UP;
  else if (!roots_are_outside(&t->order, p->coef, p->kept_x))
    t->fate = JV_ARIMA_NEAR_UNIT_ROOT;
  else {
    t->fate = JV_ARIMA_TRIED;
    t->criterion = -2 * (jv_arima_loglik(p->data, found->value) - short_of(s)) + fine;
    if (isnan(t->criterion)) t->criterion = INFINITY;
    if (s->best == SIZE_MAX || t->criterion < s->choice->trials[s->best].criterion) s->best = index;
  }
}

/* Fits one candidate, unless it has been tried. *better: it is the new best. */
static jv_status try_order(jv_ctx *cx, search *s, const jv_arima_order *o, bool constant,
                           bool *better) {
  const jv_arima_choice *c = s->choice;
  *better = false;
  for (size_t i = 0; i < c->n_trials; i++)
    if (memcmp(&c->trials[i].order, o, sizeof *o) == 0 && c->trials[i].constant == constant)
      return JV_OK;
  JV_TRY(add_trial(cx, s, o, constant));
  const jv_arima_data *data = s->data[constant];
  double *x = s->x, fine = penalty(s->opt, jv_arima_count(o) + data->n_x + 1, data->n_used);
  if (isinf(fine)) return JV_OK;
  double bound = INFINITY;
  if (s->best != SIZE_MAX)
    bound = (c->trials[s->best].criterion - fine) / 2 + jv_arima_loglik(data, 0);
  if (c->approximated) bound = INFINITY; /* criteria of different orders have different parts */
  jv_arima_found found;
  size_t index = c->n_trials - 1, before = s->best;
  jv_arima_problem_set(s->problem, data, o);
  JV_TRY(descend(cx, s, o, bound, x, &found));
  memcpy(s->places + index * s->width, x, s->problem->k * sizeof *x);
  judge(s, index, &found, fine);
  *better = s->best != before;
  return JV_OK;
}

/* ---- the searches */

static size_t bounded(int most, size_t n) { return (size_t)most < n ? (size_t)most : n; }

/* Lags of the two factors do not overlap, and none is beyond a third of the series of n. */
static void set_limits(search *s, size_t n) {
  const jv_arima_auto_opt *opt = s->opt;
  size_t m = s->base.m;
  s->most = s->base;
  s->most.p = bounded(opt->max_p, n / 3);
  s->most.q = bounded(opt->max_q, n / 3);
  if (m == 1) return;
  s->most.p = bounded((int)s->most.p, m - 1);
  s->most.q = bounded((int)s->most.q, m - 1);
  s->most.P = bounded(opt->max_P, n / 3 / m);
  s->most.Q = bounded(opt->max_Q, n / 3 / m);
}

static jv_arima_order order_of(const search *s, size_t p, size_t q, size_t P, size_t Q) {
  jv_arima_order o = s->base;
  o.p = p < s->most.p ? p : s->most.p;
  o.q = q < s->most.q ? q : s->most.q;
  o.P = P < s->most.P ? P : s->most.P;
  o.Q = Q < s->most.Q ? Q : s->most.Q;
  return o;
}

/* Changes of p, q, P, Q, the season's first: they cost most to get wrong. */
static const signed char moves[][4] = {{0, 0, -1, 0},  {0, 0, 0, -1}, {0, 0, 1, 0},  {0, 0, 0, 1},
                                       {0, 0, -1, -1}, {0, 0, 1, -1}, {0, 0, -1, 1}, {0, 0, 1, 1},
                                       {-1, 0, 0, 0},  {0, -1, 0, 0}, {1, 0, 0, 0},  {0, 1, 0, 0},
                                       {-1, -1, 0, 0}, {1, -1, 0, 0}, {-1, 1, 0, 0}, {1, 1, 0, 0}};
enum { MOVES = sizeof moves / sizeof moves[0] };

static bool shift(size_t *at, int by, size_t most) {
  if ((by < 0 && *at == 0) || (by > 0 && *at >= most)) return false;
  *at = by < 0 ? *at - 1 : *at + (size_t)by;
  return true;
}

static bool make_move(const search *s, size_t which, jv_arima_order *o) {
  const signed char *by = moves[which];
  return shift(&o->p, by[0], s->most.p) && shift(&o->q, by[1], s->most.q) &&
         shift(&o->P, by[2], s->most.P) && shift(&o->Q, by[3], s->most.Q);
}

static jv_status try_neighbours(jv_ctx *cx, search *s, bool *better) {
  *better = false;
  const jv_arima_trial centre = s->choice->trials[s->best];
  for (size_t k = 0; k <= MOVES && !*better; k++) {
    jv_arima_order o = centre.order;
    bool other = k == MOVES;
    if (other && (!s->data[0] || !s->data[1])) break;
    if (!other && !make_move(s, k, &o)) continue;
    JV_TRY(try_order(cx, s, &o, other ? !centre.constant : centre.constant, better));
    JV_TRY(jv_check_cancel(cx));
  }
  return JV_OK;
}

static jv_status search_stepwise(jv_ctx *cx, search *s) {
  const jv_arima_order first[] = {order_of(s, 2, 2, 1, 1), order_of(s, 0, 0, 0, 0),
                                  order_of(s, 1, 0, 1, 0), order_of(s, 0, 1, 0, 1)};
  bool constant = s->data[1] != NULL, better = true;
  for (size_t i = 0; i < 4; i++) JV_TRY(try_order(cx, s, &first[i], constant, &better));
  if (constant && s->data[0]) JV_TRY(try_order(cx, s, &first[1], false, &better));
  for (better = s->best != SIZE_MAX; better && s->choice->n_trials < MOST_STEPWISE;)
    JV_TRY(try_neighbours(cx, s, &better));
  return JV_OK;
}

static jv_status search_full(jv_ctx *cx, search *s) {
  const jv_arima_order *most = &s->most;
  bool better;
  size_t limit = (size_t)s->opt->max_order;
  for (size_t P = 0; P <= most->P; P++)
    for (size_t Q = 0; Q <= most->Q; Q++)
      for (size_t p = 0; p <= most->p; p++)
        for (size_t q = 0; q <= most->q && p + q + P + Q <= limit; q++) {
          jv_arima_order o = order_of(s, p, q, P, Q);
          JV_TRY(jv_check_cancel(cx));
          for (int constant = 0; constant < 2; constant++)
            if (s->data[constant]) JV_TRY(try_order(cx, s, &o, constant, &better));
        }
  return JV_OK;
}

/* ---- from the winner to the estimate */

/* Estimates the best candidate from all starts; when that ends near a unit root after all, the next
 * best, and so on. */
static jv_status settle(jv_ctx *cx, search *s, const double *y, jv_arima_estimate **out) {
  const jv_arima_search fine = {.tolerance = 1e-7, .max_iterations = 100, .give_up = INFINITY};
  jv_arima_choice *c = s->choice;
  jv_arima_found found;
  for (;;) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < c->n_trials; i++)
      if (c->trials[i].fate == JV_ARIMA_TRIED && isfinite(c->trials[i].criterion) &&
          (best == SIZE_MAX || c->trials[i].criterion < c->trials[best].criterion))
        best = i;
    if (best == SIZE_MAX) return JV_OK;
    jv_arima_trial *t = &c->trials[best];
    jv_arima_problem_set(s->problem, s->data[t->constant], &t->order);
    memcpy(s->x, s->places + best * s->width, s->problem->k * sizeof *s->x);
    JV_TRY(jv_arima_minimise_from_starts(cx, s->problem, &fine, true, s->x, &found));
    jv_arima_from_partials(&t->order, s->x, s->problem->coef);
    t->evaluations += s->problem->evaluations;
    if (!roots_are_outside(&t->order, s->problem->coef, s->problem->kept_x)) {
      t->fate = JV_ARIMA_NEAR_UNIT_ROOT;
      t->criterion = INFINITY;
      continue;
    }
    jv_arima_regressors reg = *s->reg;
    reg.constant = t->constant;
    JV_TRY(jv_arima_estimate_at(cx, s->problem, y, &reg, JV_ARIMA_ML, s->x, out));
    (*out)->converged = found.converged;
    return JV_OK;
  }
}

/* Both sets of data; that with the constant is left out where the constant would be lost. */
static jv_status make_data(jv_ctx *cx, search *s, const double *y, size_t n, bool allow) {
  jv_arima_regressors reg = *s->reg;
  size_t aliased;
  for (int constant = 0; constant <= (allow ? 1 : 0); constant++) {
    reg.constant = constant;
    JV_TRY(jv_arima_data_new(cx, y, n, &s->base, &reg, &aliased, &s->data[constant]));
    if (!s->data[constant] && aliased < reg.k)
      return jv_fail(cx, JV_EDATA,
                     "regressor %zu is zero or a combination of those before it once differenced",
                     aliased + 1);
  }
  return JV_OK;
}

static jv_status run(jv_ctx *cx, search *s, const double *y, size_t n, jv_arima_estimate **out) {
  size_t total = s->base.d + s->base.D;
  bool allow = (total == 0 && s->opt->allow_mean) || (total == 1 && s->opt->allow_drift);
  JV_TRY(make_data(cx, s, y, n, allow));
  const jv_arima_data *most = s->data[1] ? s->data[1] : s->data[0];
  set_limits(s, most->n_used + jv_arima_lost(&s->base));
  s->width = jv_arima_count(&s->most);
  s->x = jv_calloc(cx, 2 * s->width + 1, sizeof *s->x);
  if (!s->x) return JV_ENOMEM;
  JV_TRY(jv_arima_problem_new(cx, &s->most, most->n, most->columns, &s->problem));
  s->choice->approximated =
      s->opt->approximation == JV_OPT_UNSET ? n > LONG_EXACT : s->opt->approximation == 1;
  bool quick = n <= (s->base.m > 1 ? LONG_SEASONAL : LONG_FULL) && most->n_gaps <= MOST_GAPS;
  s->choice->full = s->opt->stepwise == JV_OPT_UNSET ? quick : s->opt->stepwise == 0;
  if (!most->empty && s->opt->stepwise != 0) JV_TRY(search_stepwise(cx, s));
  if (!most->empty && s->choice->full) JV_TRY(search_full(cx, s));
  s->choice->constant_series = most->empty;
  JV_TRY(settle(cx, s, y, out));
  if (*out) return JV_OK;
  /* nothing has a degree of freedom to spare: differences, and the constant that they allow */
  jv_arima_regressors reg = *s->reg;
  reg.constant = s->data[1] && s->data[1]->n_used > s->data[1]->n_x;
  return jv_arima_estimate_new(cx, y, n, &s->base, &reg, JV_ARIMA_ML, out);
}

jv_status jv_arima_choose(jv_ctx *cx, const double *y, size_t n, size_t m,
                          const jv_arima_regressors *regressors, const jv_arima_auto_opt *opt,
                          jv_arima_choice *choice, jv_arima_estimate **out) {
  search s = {.opt = opt, .reg = regressors, .choice = choice, .best = SIZE_MAX};
  *out = NULL;
  JV_TRY(jv_arima_choose_differences(cx, y, n, m, regressors, opt, choice, &s.base));
  jv_status status = run(cx, &s, y, n, out);
  jv_arima_problem_free(cx, s.problem);
  jv_arima_data_free(cx, s.data[0]);
  jv_arima_data_free(cx, s.data[1]);
  jv_free(cx, s.places);
  jv_free(cx, s.x);
  return status;
}
