/* Conventional smoothing with simple start values: what ses, holt and hw do with initial = "simple".
 *
 * The recursions are Holt's and Winters', whose weights are shares of what is new in each state:
 *   l' = a (y - s) + (1 - a)(l + b),   b' = b* (l' - l) + (1 - b*) b,   s' = g* (y - l') + (1 - g*) s
 * and y / s, y / l' with a multiplicative season. They look at the new level where ets.h looks at the
 * old one: with additive seasons they are ets.h's at beta = a b*, gamma = g* (1 - a), with
 * multiplicative ones nothing of it. Errors are additive throughout, e = y - f.
 *
 * Start: without season as though the first error (with a trend, the first two) were 0; with one, a
 * classical decomposition of the first two years: its season, and the line through its trend, whose
 * constant and slope are level and slope after the first year, where smoothing begins.
 * The weights minimise sum e^2 in [0, 1]: a grid, then quasi-Newton steps from its best points, then a
 * simplex, which sees more digits.
 *
 * Source: Holt (1957, 2004), Winters (1960); the start values are those of R's stats::HoltWinters.
 * Checked by: tests/core/test_ets_simple.c */
#include "model/ets_simple.h"
#include "model/ets_forecast.h"
#include "numeric/classical.h"
#include "numeric/ols.h"
#include "numeric/optimise.h"
#include <math.h>
#include <string.h>

void jv_ets_conventional(jv_ets_run *run, const double *y, size_t n, double *f) {
  const jv_ets_par par = run->par;
  const bool trend = run->form.trend != JV_ETS_NONE, ratio = run->form.season == JV_ETS_MUL;
  const bool season = run->form.season != JV_ETS_NONE;
  for (size_t t = 0; t < n; t++) {
    double q = trend ? run->level + run->slope : run->level, neutral = ratio ? 1 : 0;
    double s = season ? run->ring[run->at] : neutral, last = run->level;
    f[t] = ratio ? q * s : q + s;
    run->level = q;
    if (!isnan(y[t])) {
      run->level = q + par.alpha * ((ratio ? y[t] / s : y[t] - s) - q);
      if (trend) run->slope += par.beta * (run->level - last - run->slope);
      if (season)
        run->ring[run->at] += par.gamma * ((ratio ? y[t] / run->level : y[t] - run->level) - s);
    }
    if (season && ++run->at == run->m) run->at = 0;
  }
}

jv_ets_par jv_ets_from_conventional(jv_ets_form form, jv_ets_par par) {
  if (form.trend != JV_ETS_NONE) par.beta *= par.alpha;
  if (form.season != JV_ETS_NONE) par.gamma *= 1 - par.alpha;
  return par;
}

/* ---- start values */

static jv_status check_start(jv_ctx *cx, const jv_ets_simple *s) {
  for (size_t t = 0; t < s->n && t < s->begins_after; t++)
    if (isnan(s->y[t]))
      return jv_fail(cx, JV_EDATA,
                     "%s: initial = \"simple\" needs observation %zu, which is missing", s->who,
                     t + 1);
  if (s->n > s->begins_after) return JV_OK;
  return jv_fail(cx, JV_EDATA, "%s: initial = \"simple\" needs more than %zu observations, got %zu",
                 s->who, s->begins_after, s->n);
}

/* Constant and slope of the trend of the first two years, counted from its first value. */
static void line_of_trend(const double *y, size_t m, double *at0, double *slope) {
  double k = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t t = 0; t < 2 * m; t++) {
    double z = jv_classical_trend(y, 2 * m, m, t);
    if (isnan(z)) continue;
    k += 1;
    sx += k;
    sy += z;
    sxx += k * k;
    sxy += k * z;
  }
  *slope = (sxy - sx * sy / k) / (sxx - sx * sx / k);
  *at0 = (sy - *slope * sx) / k;
}

static jv_status set_start(jv_ctx *cx, jv_ets_simple *s) {
  const double *y = s->y;
  jv_ets_run *start = &s->start;
  JV_TRY(check_start(cx, s));
  if (start->form.season != JV_ETS_NONE) {
    line_of_trend(y, start->m, &start->level, &start->slope);
    if (jv_classical_indices(y, 2 * start->m, start->m, start->form.season == JV_ETS_MUL,
                             start->ring))
      return JV_OK;
    return jv_fail(cx, JV_EDATA, "%s: the first two years have no season that could multiply",
                   s->who);
  }
  start->slope = start->form.trend == JV_ETS_NONE ? 0 : y[1] - y[0];
  start->level = y[0] - start->slope;
  return JV_OK;
}

/* ---- the weights */

static double squares(void *data, const double *x) {
  jv_ets_simple *s = data;
  jv_ets_run run = jv_ets_simple_run(s, (jv_ets_par){x[0], x[1], x[2], 1});
  double sum = 0;
  for (size_t t = s->skip; t < s->n; t++) {
    double f;
    jv_ets_conventional(&run, s->y + t, 1, &f);
    if (!isnan(s->y[t])) sum += (s->y[t] - f) * (s->y[t] - f);
  }
  s->evaluations++;
  return sum;
}

jv_ets_run jv_ets_simple_run(jv_ets_simple *s, jv_ets_par par) {
  jv_ets_run run = s->start;
  run.par = par;
  run.ring = s->ring;
  memcpy(run.ring, s->start.ring, run.m * sizeof *run.ring);
  return run;
}

enum { WEIGHTS = 3, LEADERS = 8 };

typedef struct leader {
  double value, x[WEIGHTS];
} leader;

static void keep_leader(leader *best, const double *x, double value) {
  size_t at = LEADERS;
  while (at > 0 && value < best[at - 1].value) at--;
  if (at == LEADERS) return;
  memmove(best + at + 1, best + at, (LEADERS - 1 - at) * sizeof *best);
  best[at].value = value;
  memcpy(best[at].x, x, sizeof best[at].x);
}

static void scan(jv_ets_simple *s, const double *lower, const double *upper, leader *best) {
  static const double grid[] = {0.01, 0.1, 0.3, 0.6, 0.95};
  enum { GRID = sizeof grid / sizeof *grid };
  for (size_t i = 0; i < LEADERS; i++) best[i].value = INFINITY;
  for (size_t i = 0; i < GRID * GRID * GRID; i++) {
    size_t digit[WEIGHTS] = {i % GRID, i / GRID % GRID, i / GRID / GRID};
    double x[WEIGHTS];
    bool again = false; /* coordinates that are held need not be gone through */
    for (size_t w = 0; w < WEIGHTS; w++) {
      x[w] = lower[w] < upper[w] ? grid[digit[w]] : lower[w];
      again = again || (lower[w] >= upper[w] && digit[w] > 0);
    }
    if (!again) keep_leader(best, x, squares(s, x));
  }
}

static jv_status find_weights(jv_ctx *cx, jv_ets_simple *s, jv_ets_par given) {
  bool has[WEIGHTS] = {true, s->start.form.trend != JV_ETS_NONE,
                       s->start.form.season != JV_ETS_NONE};
  double fixed[WEIGHTS] = {given.alpha, given.beta, given.gamma}, lower[WEIGHTS], upper[WEIGHTS];
  leader best[LEADERS];
  s->n_params = 1; /* the variance */
  for (size_t w = 0; w < WEIGHTS; w++) {
    bool is_free = has[w] && isnan(fixed[w]);
    lower[w] = is_free || !has[w] ? 0 : fixed[w];
    upper[w] = is_free ? 1 : lower[w];
    if (is_free) s->n_params++;
  }
  scan(s, lower, upper, best);
  jv_optimise_function f = {WEIGHTS, s, squares, NULL};
  static const double step[WEIGHTS] = {0.01, 0.01, 0.01};
  jv_optimise_opt far = {.method = JV_OPTIMISE_BFGS, .lower = lower, .upper = upper};
  jv_optimise_opt near = {.lower = lower,
                          .upper = upper,
                          .step = step,
                          .f_tolerance = 1e-14,
                          .x_tolerance = 1e-10,
                          .restarts = 3};
  s->sse = INFINITY;
  for (size_t i = 0; i < LEADERS && isfinite(best[i].value); i++) {
    jv_optimum found;
    JV_TRY(jv_optimise(cx, &f, &far, best[i].x, &found));
    JV_TRY(jv_optimise(cx, &f, &near, best[i].x, &found));
    if (!(found.value < s->sse)) continue;
    s->sse = found.value;
    s->par = (jv_ets_par){best[i].x[0], best[i].x[1], best[i].x[2], 1};
    s->converged = found.end == JV_OPTIMISE_CONVERGED;
  }
  if (!isfinite(s->sse))
    return jv_fail(cx, JV_EDATA, "%s: the season multiplies, and a level falls to zero", s->who);
  return JV_OK;
}

jv_status jv_ets_simple_fit(jv_ctx *cx, const char *who, jv_ets_form form, jv_ets_par given,
                            const double *y, size_t n, size_t m, jv_ets_simple *s) {
  bool season = form.season != JV_ETS_NONE;
  *s = (jv_ets_simple){.who = who, .y = y, .n = n, .skip = season ? m : 0};
  s->begins_after = season ? 2 * m : form.trend != JV_ETS_NONE ? 2 : 1;
  s->start = (jv_ets_run){.form = form, .m = m, .conventional = true};
  s->start.ring = JV_ARRAY(cx, double, 2 * m);
  if (!s->start.ring) return cx->status;
  s->ring = s->start.ring + m;
  JV_TRY(set_start(cx, s));
  for (size_t t = s->skip; t < n; t++) s->n_used += isnan(y[t]) ? 0 : 1;
  return find_weights(cx, s, given);
}

void jv_ets_simple_clear(jv_ctx *cx, jv_ets_simple *s) {
  jv_free(cx, s->start.ring);
  s->start.ring = NULL;
}
