/* Maximum likelihood of one ETS form.
 *
 * The likelihood has several maxima, more of them the shorter the series. A search from one start:
 * first the states alone, with the smoothing parameters held (linear for additive errors without
 * products, so one step is exact); for multiplicative errors with e / y in the place of e / f,
 * which has no poles; then everything, until the curvature promises less than the tolerance.
 *   - A form asked for by name is searched to the end from every start.
 *   - Where many forms compete, starts are planted (states solved for), compared, the best run a
 *     race of two steps, and the two that lead it are searched to the end. What was found for a
 *     related form (the same with additive error, without damping, without trend, with additive
 *     season) is planted too. */
#include "model/ets_search.h"
#include "model/ets_target.h"
#include <math.h>
#include <string.h>

/* u and v place beta and gamma between their bounds, as in ets_engine.h. */
typedef struct start {
  double alpha, u, v, phi;
  bool proxy; /* steps with e / y before the likelihood's own */
} start;

static const start all_starts[] = {{0.30, 0.10, 0.10, 0.95, true},  {0.95, 0.02, 0.02, 0.90, false},
                                   {0.10, 0.90, 0.90, 0.95, true},  {0.80, 0.10, 0.10, 0.95, true},
                                   {0.05, 0.50, 0.05, 0.90, true},  {0.95, 0.95, 0.01, 0.95, true},
                                   {0.50, 0.01, 0.90, 0.97, true},  {0.50, 0.80, 0.50, 0.85, false},
                                   {0.10, 0.05, 0.10, 0.97, false}, {0.30, 0.10, 0.10, 0.95, false},
                                   {0.05, 0.01, 0.90, 0.95, true},  {0.12, 0.01, 0.85, 0.97, true},
                                   {0.25, 0.97, 0.30, 0.95, true},  {0.30, 0.02, 0.02, 0.97, true},
                                   {0.98, 0.90, 0.02, 0.98, false}, {0.75, 0.02, 0.50, 0.97, true},
                                   {0.002, 0.50, 0.01, 0.97, false}};
/* For the admissible region besides. */
static const start wide_starts[] = {
    {-1.00, 0.50, 0.10, 0.40, true}, {-0.20, 0.10, 0.50, 0.80, false},
    {-0.10, 0.03, 0.70, 0.97, true}, {-2.50, 0.60, 0.10, 0.30, true},
    {0.30, 0.00, 0.10, 0.90, false}, {1.40, 0.10, 0.10, 0.70, false}};
enum {
  ALL_STARTS = sizeof all_starts / sizeof *all_starts,
  WIDE_STARTS = 6,
  GRID = 10,
  GRID_RELATIVE = 4
};

/* Starts to be compared, by what the form has besides a level; alpha = 0 ends a row. With
 * multiplicative errors only the first four are used: the additive twin has seen the others. */
static const start grids[4][GRID] = {
    /* nothing */
    {{0.30, 0, 0, 1, true}, {0.90, 0, 0, 1, true}, {0.05, 0, 0, 1, true}, {0.002, 0, 0, 1, true}},
    /* trend */
    {{0.30, 0.10, 0, 0.95, true},
     {0.95, 0.02, 0, 0.90, true},
     {0.80, 0.20, 0, 0.95, true},
     {0.10, 0.90, 0, 0.95, true},
     {0.05, 0.40, 0, 0.90, true},
     {0.95, 0.95, 0, 0.95, true},
     {0.50, 0.80, 0, 0.85, true},
     {0.60, 0.02, 0, 0.97, true}},
    /* season */
    {{0.30, 0, 0.10, 1, true},
     {0.95, 0, 0.02, 1, true},
     {0.80, 0, 0.10, 1, true},
     {0.12, 0, 0.85, 1, true},
     {0.50, 0, 0.90, 1, true},
     {0.05, 0, 0.05, 1, true},
     {0.50, 0, 0.02, 1, true},
     {0.25, 0, 0.50, 1, true},
     {0.75, 0, 0.50, 1, true}},
    /* both */
    {{0.30, 0.10, 0.10, 0.95, true},
     {0.95, 0.02, 0.02, 0.90, true},
     {0.80, 0.10, 0.10, 0.95, true},
     {0.12, 0.01, 0.85, 0.97, true},
     {0.50, 0.01, 0.90, 0.97, true},
     {0.05, 0.40, 0.05, 0.90, true},
     {0.50, 0.02, 0.02, 0.97, true},
     {0.20, 0.30, 0.50, 0.95, true},
     {0.04, 0.95, 0.70, 0.95, true},
     {0.75, 0.02, 0.50, 0.97, true}}};

enum { RACE_STEPS = 2, MAX_STEPS = 200 };

/* How many seeds run the race, and how many are searched to the end: longer series have fewer
 * maxima, and forms with seasons more. */
typedef struct field {
  size_t racers, finalists;
} field;

static field field_of(const jv_ets_problem *p) {
  if (jv_ets_is_plain(p->form)) return (field){p->n > 200 ? 3 : 4, 2};
  return p->n > 400 ? (field){4, 2} : (field){6, 3};
}
/* Tolerances in log-likelihood: of a form by its name, of one among many. The second is a hundredth
 * of what could tell two forms apart. */
static const double FINE = 1e-6, COARSE = 1e-4;
/* Gains up to ten times what the curvature promises are believed possible before giving up. */
static const double SLACK = 10;
/* A second finalist further behind than this is left where it is; closer ones are the same. */
static const double BEHIND = 5, SAME = 0.01, SAME_ALPHA = 0.05;

/* ---- memory */

static size_t most_coordinates(size_t m) { return JV_ETS_LANE_SEASON + m; }

static void scale_sample(jv_ets_search *s, const double *y, size_t n) {
  double top = 0;
  s->positive = true;
  for (size_t t = 0; t < n; t++) {
    if (y[t] <= 0) s->positive = false;
    if (fabs(y[t]) > top) top = fabs(y[t]);
  }
  frexp(top, &s->exponent);
  for (size_t t = 0; t < n; t++) s->scaled[t] = ldexp(y[t], -s->exponent);
}

jv_status jv_ets_search_init(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                             size_t m, jv_ets_search *s) {
  *s = (jv_ets_search){.cx = cx, .request = request};
  s->scaled = JV_ARRAY(cx, double, n);
  if (s->scaled) s->guess_ring = JV_ARRAY(cx, double, m);
  if (s->guess_ring)
    s->room = JV_ARRAY(cx, double, (JV_ETS_MAX_FORMS + JV_ETS_MAX_SEEDS) * most_coordinates(m));
  if (!s->room) return cx->status;
  scale_sample(s, y, n);
  for (size_t i = 0; i < JV_ETS_MAX_SEEDS; i++)
    s->seeds[i].x = s->room + (JV_ETS_MAX_FORMS + i) * most_coordinates(m);
  return jv_ets_problem_init(cx, s->scaled, n, m, request, &s->p);
}

void jv_ets_search_clear(jv_ets_search *s) {
  jv_ets_problem_clear(s->cx, &s->p);
  jv_free(s->cx, s->room);
  jv_free(s->cx, s->guess_ring);
  jv_free(s->cx, s->scaled);
}

jv_ets_candidate *jv_ets_search_add(jv_ets_search *s, jv_ets_form form) {
  jv_ets_candidate *c = &s->candidates[s->n_candidates];
  *c = (jv_ets_candidate){.form = form, .half = INFINITY, .criterion = INFINITY};
  c->x = s->room + s->n_candidates++ * most_coordinates(s->p.m);
  return c;
}

double jv_ets_criterion_at(const jv_ets_search *s, jv_ets_form form, double half) {
  double k = (double)jv_ets_count_params(form, s->p.m, s->request->given);
  double n = (double)s->p.n_used, deviance = 2 * half;
  switch (s->request->criterion) {
  case JV_ETS_BIC:
    return deviance + log(n) * k;
  case JV_ETS_AIC:
    return deviance + 2 * k;
  case JV_ETS_AICC:
    break;
  }
  return n > k + 1 ? deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
}

/* ---- one start */

static jv_status climb(jv_ets_search *s, double tolerance, size_t steps, double give_up,
                       jv_minimum *found) {
  jv_ets_problem *p = &s->p;
  jv_objective objective = jv_ets_problem_objective(p);
  jv_minimise_opt opt = {p->lower, p->upper, tolerance, steps, give_up, SLACK};
  return jv_minimise(s->cx, &objective, &opt, p->scratch, p->x, found);
}

static void clamp_shares(jv_ets_problem *p) {
  for (size_t i = 0; i < 4; i++) p->x[i] = fmin(fmax(p->x[i], p->lower[i]), p->upper[i]);
}

static void set_shares(jv_ets_problem *p, const start *from) {
  p->x[0] = jv_ets_problem_share(p, from->alpha, from->phi);
  p->x[1] = from->u;
  p->x[2] = from->v;
  p->x[3] = from->phi;
  clamp_shares(p);
}

/* The start's smoothing parameters, held, and the guessed states made better by some steps. */
static jv_status plant(jv_ets_search *s, const start *from, size_t steps, jv_minimum *found) {
  jv_ets_problem *p = &s->p;
  double lower[4], upper[4];
  set_shares(p, from);
  jv_ets_problem_states(p, &s->guess, p->x);
  p->slopes.proxy = p->form.error == JV_ETS_MUL && from->proxy;
  memcpy(lower, p->lower, sizeof lower);
  memcpy(upper, p->upper, sizeof upper);
  memcpy(p->lower, p->x, sizeof lower);
  memcpy(p->upper, p->x, sizeof upper);
  jv_status status = climb(s, COARSE, steps, INFINITY, found);
  memcpy(p->lower, lower, sizeof lower);
  memcpy(p->upper, upper, sizeof upper);
  return status;
}

static void open_form(jv_ets_search *s, const jv_ets_candidate *c) {
  jv_ets_form form = c->form;
  if (s->request->target == JV_ETS_MSE) form.error = JV_ETS_ADD; /* least squares */
  jv_ets_problem_form(&s->p, form);
  s->guess = s->p.run;
  s->guess.ring = s->guess_ring;
  jv_ets_guess_states(&s->guess, s->p.y, s->p.n);
}

static void keep_better(jv_ets_search *s, const jv_minimum *found, jv_ets_candidate *c) {
  if (!(found->value < c->half)) return;
  c->half = found->value;
  c->criterion = jv_ets_criterion_at(s, c->form, found->value);
  c->converged = found->end == JV_MINIMISE_CONVERGED;
  c->given_up = found->end == JV_MINIMISE_GIVEN_UP;
  memcpy(c->x, s->p.x, s->p.k * sizeof *c->x);
}

static jv_status search_from(jv_ets_search *s, const start *from, jv_ets_candidate *c) {
  jv_minimum found;
  JV_TRY(plant(s, from, 2, &found));
  if (s->p.slopes.proxy) JV_TRY(climb(s, 1e-2, 3, INFINITY, &found));
  s->p.slopes.proxy = false;
  JV_TRY(climb(s, FINE, MAX_STEPS, INFINITY, &found));
  keep_better(s, &found, c);
  return JV_OK;
}

jv_status jv_ets_search_all(jv_ets_search *s, jv_ets_candidate *c) {
  open_form(s, c);
  for (size_t i = 0; i < ALL_STARTS; i++) JV_TRY(search_from(s, &all_starts[i], c));
  if (s->p.bounds != JV_ETS_ADMISSIBLE) return JV_OK;
  for (size_t i = 0; i < WIDE_STARTS; i++) JV_TRY(search_from(s, &wide_starts[i], c));
  return JV_OK;
}

/* ---- the most promising starts */

static void add_seed(jv_ets_search *s, double value) {
  jv_ets_seed *seed = &s->seeds[s->n_seeds++];
  seed->value = isnan(value) ? INFINITY : value;
  seed->arrived = false;
  memcpy(seed->x, s->p.x, s->p.k * sizeof *seed->x);
}

/* Seasons that were added become factors of the level. */
static void seed_from(jv_ets_search *s, jv_ets_form relative) {
  jv_ets_problem *p = &s->p;
  const jv_ets_candidate *c = NULL;
  for (size_t i = 0; i < s->n_candidates && !c; i++)
    if (jv_ets_same_form(s->candidates[i].form, relative)) c = &s->candidates[i];
  if (!c || !isfinite(c->half)) return;
  bool factors = relative.season == JV_ETS_ADD && p->form.season == JV_ETS_MUL;
  memcpy(p->x, c->x, p->k * sizeof *p->x);
  for (size_t j = JV_ETS_LANE_SEASON; j < p->k && factors; j++)
    p->x[j] = 1 + c->x[j] / c->x[JV_ETS_LANE_LEVEL];
  clamp_shares(p);
  add_seed(s, jv_ets_problem_value(p, p->x));
}

static void seed_from_relatives(jv_ets_search *s) {
  jv_ets_form form = s->p.form, twin = form, straight = form, flat = form, sum = form;
  twin.error = JV_ETS_ADD;
  straight.damped = false;
  flat.trend = JV_ETS_NONE;
  sum.season = JV_ETS_ADD;
  s->n_seeds = 0;
  if (form.error == JV_ETS_MUL) seed_from(s, twin);
  if (form.damped) seed_from(s, straight);
  if (form.trend == JV_ETS_ADD && !form.damped) seed_from(s, flat);
  if (form.season == JV_ETS_MUL) seed_from(s, sum);
}

/* Plain forms: four starts in one pass. */
static void seed_from_four(jv_ets_search *s, const start four[4]) {
  jv_ets_problem *p = &s->p;
  jv_ets_par par[4];
  jv_ets_profile best[4] = {{.level = s->guess.level, .slope = s->guess.slope}};
  for (size_t i = 0; i < 4; i++) {
    set_shares(p, &four[i]);
    par[i] = jv_ets_problem_par(p, p->x);
  }
  jv_ets_profile_four(p->form, par, p->y, p->n, best);
  p->expansions += p->form.error == JV_ETS_MUL ? 2 : 1;
  for (size_t i = 0; i < 4; i++) {
    set_shares(p, &four[i]);
    p->x[JV_ETS_LANE_LEVEL] = best[i].level;
    p->x[JV_ETS_LANE_SLOPE] = best[i].slope;
    add_seed(s, best[i].half);
  }
}

static jv_status seed_from_grid(jv_ets_search *s) {
  jv_ets_problem *p = &s->p;
  const start *grid =
      grids[(p->form.trend != JV_ETS_NONE ? 1 : 0) + (p->form.season != JV_ETS_NONE ? 2 : 0)];
  size_t n = p->form.error == JV_ETS_MUL ? GRID_RELATIVE : GRID;
  if (jv_ets_is_plain(p->form)) {
    for (size_t i = 0; i + 4 <= n && grid[i].alpha > 0; i += 4) seed_from_four(s, grid + i);
    return JV_OK;
  }
  for (size_t i = 0; i < n && grid[i].alpha > 0; i++) {
    jv_minimum found;
    JV_TRY(plant(s, &grid[i], 1, &found));
    if (p->slopes.proxy) found.value = jv_ets_problem_likelihood(p, p->x);
    add_seed(s, found.value);
  }
  return JV_OK;
}

/* The best to the front, in order; the others are dropped. */
static void rank_seeds(jv_ets_search *s, size_t keep) {
  if (keep > s->n_seeds) keep = s->n_seeds;
  for (size_t i = 0; i < keep; i++) {
    size_t best = i;
    for (size_t j = i + 1; j < s->n_seeds; j++)
      if (s->seeds[j].value < s->seeds[best].value) best = j;
    jv_ets_seed swap = s->seeds[i];
    s->seeds[i] = s->seeds[best];
    s->seeds[best] = swap;
  }
  s->n_seeds = keep;
}

static bool is_same(const jv_ets_seed *a, double value, const double *x) {
  return fabs(a->value - value) < SAME && fabs(a->x[0] - x[0]) < SAME_ALPHA;
}

/* Each seed some steps on; those that arrive where another is are dropped. */
static jv_status race(jv_ets_search *s) {
  size_t kept = 0;
  for (size_t i = 0; i < s->n_seeds; i++) {
    jv_minimum found;
    bool same = false;
    if (!isfinite(s->seeds[i].value)) continue;
    memcpy(s->p.x, s->seeds[i].x, s->p.k * sizeof *s->p.x);
    JV_TRY(climb(s, COARSE, RACE_STEPS, INFINITY, &found));
    for (size_t j = 0; j < kept; j++) same = same || is_same(&s->seeds[j], found.value, s->p.x);
    if (same) continue;
    double *room = s->seeds[i].x;
    s->seeds[i].x = s->seeds[kept].x;
    s->seeds[kept] = (jv_ets_seed){found.value, room, found.end == JV_MINIMISE_CONVERGED};
    memcpy(room, s->p.x, s->p.k * sizeof *room);
    kept++;
  }
  s->n_seeds = kept;
  return JV_OK;
}

jv_status jv_ets_search_some(jv_ets_search *s, jv_ets_candidate *c, double target) {
  open_form(s, c);
  s->p.slopes.proxy = false;
  seed_from_relatives(s);
  JV_TRY(seed_from_grid(s));
  s->p.slopes.proxy = false;
  field f = field_of(&s->p);
  rank_seeds(s, f.racers);
  JV_TRY(race(s));
  rank_seeds(s, f.finalists);
  double give_up = (target - jv_ets_criterion_at(s, c->form, 0)) / 2;
  for (size_t i = 0; i < s->n_seeds && s->seeds[i].value <= c->half + BEHIND; i++) {
    const jv_ets_seed *seed = &s->seeds[i];
    jv_minimum found = {.value = seed->value, .end = JV_MINIMISE_CONVERGED};
    memcpy(s->p.x, seed->x, s->p.k * sizeof *s->p.x);
    if (!seed->arrived) JV_TRY(climb(s, COARSE, MAX_STEPS, give_up, &found));
    keep_better(s, &found, c);
  }
  return JV_OK;
}

jv_status jv_ets_search_finish(jv_ets_search *s, jv_ets_candidate *c) {
  jv_minimum found;
  open_form(s, c);
  memcpy(s->p.x, c->x, s->p.k * sizeof *c->x);
  JV_TRY(climb(s, FINE, MAX_STEPS, INFINITY, &found));
  keep_better(s, &found, c);
  return JV_OK;
}

/* ---- other targets */

static void close_form(jv_ets_search *s, jv_ets_candidate *c) {
  jv_ets_problem_form(&s->p, c->form);
  s->p.slopes.proxy = false;
  double half = jv_ets_problem_likelihood(&s->p, c->x);
  c->half = isnan(half) ? INFINITY : half;
  c->criterion = jv_ets_criterion_at(s, c->form, half);
}

static jv_status aim_from_starts(jv_ets_search *s, jv_ets_aim *aim, jv_ets_candidate *c) {
  enum { STARTS = 4 };
  jv_ets_problem *p = &s->p;
  double best = INFINITY;
  for (size_t i = 0; i <= STARTS; i++) {
    jv_minimum found;
    if (i > 0) JV_TRY(plant(s, &all_starts[i - 1], 2, &found));
    if (i == 0) memcpy(p->x, c->x, p->k * sizeof *p->x);
    p->slopes.proxy = false;
    JV_TRY(jv_ets_aim_minimise(s->cx, aim, p->x, &found));
    if (!(found.value < best)) continue;
    best = found.value;
    c->converged = found.end == JV_MINIMISE_CONVERGED;
    memcpy(c->x, p->x, p->k * sizeof *c->x);
  }
  return JV_OK;
}

jv_status jv_ets_search_aim(jv_ets_search *s, jv_ets_candidate *c) {
  jv_ets_target target = s->request->target;
  if (target == JV_ETS_LIKELIHOOD || !isfinite(c->half)) return JV_OK;
  if (target != JV_ETS_MSE) {
    jv_ets_aim aim;
    open_form(s, c);
    jv_status status = jv_ets_aim_init(s->cx, &s->p, target, s->request->nmse, &aim);
    if (status == JV_OK) status = aim_from_starts(s, &aim, c);
    jv_ets_aim_clear(s->cx, &aim);
    JV_TRY(status);
  }
  close_form(s, c);
  return JV_OK;
}
