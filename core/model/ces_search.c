/* Least squares of complex exponential smoothing; see the header.
 *
 *   f(x) = n/2 log(sum e^2),  g = (n / sum e^2) J'e,  H = (n / sum e^2) J'J,  J = de/dx
 *
 * J by forward differences of 1e-6: the runs with moved weights go through the data beside the one at
 * x, at about the cost of one. The error of J bends the step, not the function that judges it.
 *
 * The likelihood has narrow valleys along w1 = 1, and often several. On the M4 sample a few random
 * searches found more by over 0.01 in 5 of 422 fits of `none`, in none of `simple`, in 3 and 7 of 240 of
 * `partial` and `full`. */
#include "model/ces_search.h"
#include "numeric/minimise.h"
#include <math.h>
#include <string.h>

#define DELTA 1e-6
enum { NET = 32, STARTS = 3, STARTS_NONE = 2, ITERATIONS = 60 };

typedef struct problem {
  jv_ces_batch batch;
  size_t k, used;
  double lower[JV_CES_MAX], upper[JV_CES_MAX];
  bool one_given;          /* of a0 and a1 */
  bool placed[JV_CES_MAX]; /* the coordinate is a place in the stable range */
  size_t evaluations;
} problem;

typedef struct start {
  double x[JV_CES_MAX], value;
} start;

static double value_of(const problem *p, double sse) {
  return isfinite(sse) ? 0.5 * (double)p->used * log(sse + 1e-300) : INFINITY;
}

/* ---- coordinates ---- */

/* For w1 in [0, 1.6] the stable w0 from 1 on reach up to a circle, which passes 2 at w1 = 1. */
static double highest(double w1) { return w1 < 1 ? 2.5 - sqrt(1.25 - w1 * w1) : 2; }

/* Weights of a point: a placed coordinate says where between 1 and the highest its weight is. */
static void to_weights(const problem *p, const double *x, double *w) {
  for (size_t i = 0; i < p->k; i++) w[i] = p->placed[i] ? 1 + x[i] * (highest(x[i + 1]) - 1) : x[i];
}

static void to_point(const problem *p, const double *w, double *x) {
  for (size_t i = 0; i < p->k; i++) {
    x[i] = p->placed[i] ? (w[i] - 1) / (highest(w[i + 1]) - 1) : w[i];
    x[i] = fmin(fmax(x[i], p->lower[i]), p->upper[i]);
  }
}

/* Beside a weight that is given the other is searched as it is, inside the stable region. */
static bool is_stable(const problem *p, const double *w) {
  return !p->one_given || jv_ces_forgets(w[0], w[1]);
}

static void set_run(problem *p, size_t run, const double *x) {
  double w[JV_CES_MAX];
  to_weights(p, x, w);
  for (size_t i = 0; i < JV_CES_MAX; i++) p->batch.x[i][run] = i < p->k ? w[i] : 1;
}

/* ---- gradient and curvature ---- */

static double expand(void *data, double *x, double *g, double *h) {
  problem *p = data;
  size_t k = p->k;
  double w[JV_CES_MAX];
  to_weights(p, x, w);
  if (!is_stable(p, w)) return INFINITY;
  for (size_t run = 0; run < JV_CES_WIDTH; run++) {
    double at[JV_CES_MAX];
    memcpy(at, x, k * sizeof *at);
    if (run >= 1 && run <= k) at[run - 1] += DELTA;
    set_run(p, run, at);
  }
  jv_ces_sums sums;
  jv_ces_batch_pass(&p->batch, JV_CES_DIFFERENCES, &sums);
  p->evaluations += k + 1;
  double scale = (double)p->used / (sums.square[0] + 1e-300);
  for (size_t i = 0; i < k; i++) {
    g[i] = sums.g[i] * scale / DELTA;
    for (size_t j = 0; j < k; j++) h[i * k + j] = sums.h[i][j] * scale / (DELTA * DELTA);
  }
  return value_of(p, sums.square[0]);
}

/* ---- starts ---- */

/* Four points in one go. */
static void rate(problem *p, start *s) {
  jv_ces_sums sums;
  for (size_t run = 0; run < JV_CES_LANES; run++) set_run(p, run, s[run].x);
  jv_ces_batch_pass(&p->batch, JV_CES_SQUARES, &sums);
  p->evaluations += JV_CES_LANES;
  for (size_t i = 0; i < JV_CES_LANES; i++) s[i].value = value_of(p, sums.square[i]);
}

/* At one is plain smoothing; below it the first weight reaches less high. */
static const double seconds[] = {0.85, 0.97, 1, 1.05};

/* A net over the level's weights, the season's as given in w. */
static size_t cast_level(const double *w, start *net) {
  static const double places[] = {0.15, 0.45, 0.8, 1};
  for (size_t i = 0; i < 16; i++) {
    memcpy(net[i].x, w, sizeof net[i].x);
    net[i].x[1] = seconds[i / 4];
    net[i].x[0] = 1 + places[i % 4] * (highest(seconds[i / 4]) - 1);
  }
  return 16;
}

/* Beside each of the four levels at `levels`. */
static size_t cast_season(const start *levels, bool full, start *net) {
  static const double b[] = {0.02, 0.1, 0.3, 0.8};
  static const double b0[] = {1.02, 1.1, 1.3, 1.5};
  size_t n = 0;
  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < (full ? 8 : 4); j++) {
      memcpy(net[n].x, levels[i].x, sizeof net[n].x);
      net[n].x[2] = full ? b0[j % 4] : b[j];
      if (full) net[n].x[3] = seconds[1 + j / 4];
      n++;
    }
  return n;
}

/* The free one of a0 and a1 moves to the nearest stable value, in steps of 0.02. */
static void steady(const problem *p, double *w) {
  if (!p->one_given) return;
  size_t i = p->lower[0] < p->upper[0] ? 0 : 1;
  double from = w[i];
  for (int step = 0; step < 260 && !jv_ces_forgets(w[0], w[1]); step++)
    w[i] = from + (step % 2 ? -0.01 : 0.01) * (step + 1);
}

/* A net of weights into points with their values; given weights stand in every one. */
static void rate_net(problem *p, start *net, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double w[JV_CES_MAX] = {0};
    memcpy(w, net[i].x, p->k * sizeof *w);
    for (size_t j = 0; j < p->k; j++)
      if (p->lower[j] >= p->upper[j]) w[j] = p->lower[j];
    steady(p, w);
    to_point(p, w, net[i].x);
  }
  for (size_t i = 0; i < n; i += JV_CES_LANES) rate(p, net + i);
}

/* The lowest `keep` to the front, in order. */
static void rank(start *net, size_t n, size_t keep) {
  for (size_t i = 0; i < keep; i++) {
    size_t best = i;
    for (size_t j = i + 1; j < n; j++)
      if (net[j].value < net[best].value) best = j;
    start swap = net[i];
    net[i] = net[best];
    net[best] = swap;
  }
}

/* The STARTS best points to the front of the net. */
static void find_starts(problem *p, start *net) {
  bool full = p->batch.form == JV_CES_FULL;
  double w[JV_CES_MAX] = {1.3, 1, full ? 1.3 : 0.1, 1};
  size_t n = cast_level(w, net);
  rate_net(p, net, n);
  if (full || p->batch.form == JV_CES_PARTIAL) {
    start levels[4];
    rank(net, n, 4);
    for (size_t i = 0; i < 4; i++) {
      levels[i] = net[i];
      to_weights(p, net[i].x, levels[i].x);
    }
    n = cast_season(levels, full, net);
    rate_net(p, net, n);
  }
  rank(net, n, STARTS);
}

/* ---- together ---- */

static jv_status climb(jv_ctx *cx, problem *p, start *s, double best, jv_minimum *found) {
  double scratch[5 * JV_CES_MAX + 3 * JV_CES_MAX * JV_CES_MAX + 2 * JV_CES_MAX];
  jv_objective f = {.k = p->k, .data = p, .expand = expand};
  jv_minimise_opt opt = {.lower = p->lower,
                         .upper = p->upper,
                         .tolerance = 1e-5,
                         .max_iterations = ITERATIONS,
                         .give_up = best,
                         .give_up_slack = 4};
  JV_TRY(jv_minimise(cx, &f, &opt, scratch, s->x, found));
  s->value = found->value;
  return JV_OK;
}

static jv_status search(jv_ctx *cx, problem *p, jv_ces_estimate *out) {
  start net[NET];
  double best = INFINITY;
  find_starts(p, net);
  to_weights(p, net[0].x, out->x);
  size_t starts = p->batch.form == JV_CES_NONE ? STARTS_NONE : STARTS;
  for (size_t i = 0; i < starts && isfinite(net[i].value); i++) {
    jv_minimum found;
    JV_TRY(climb(cx, p, &net[i], best, &found));
    if (!(net[i].value < best)) continue;
    best = net[i].value;
    to_weights(p, net[i].x, out->x);
    out->converged = found.end == JV_MINIMISE_CONVERGED || found.end == JV_MINIMISE_STUCK;
  }
  return JV_OK;
}

/* All weights given: nothing to search. */
static void take_given(const jv_ces_request *r, jv_ces_estimate *out) {
  memcpy(out->x, r->given, sizeof out->x);
  out->converged = true;
}

static void measure(problem *p, jv_ces_estimate *out) {
  jv_ces_sums sums;
  for (size_t run = 0; run < JV_CES_WIDTH; run++)
    for (size_t i = 0; i < JV_CES_MAX; i++) p->batch.x[i][run] = i < p->k ? out->x[i] : 1;
  jv_ces_batch_pass(&p->batch, JV_CES_SQUARES, &sums);
  out->sse = sums.square[0];
  for (size_t i = p->k; i < JV_CES_MAX; i++) out->x[i] = NAN;
  out->evaluations = p->evaluations + 1;
  out->used = p->used;
}

/* Free pairs are searched by place in the stable range; beside a given weight the other runs over all
 * that the options allow. */
static void set_bounds(problem *p, const jv_ces_request *r, jv_ces_estimate *out) {
  bool full = r->form == JV_CES_FULL;
  for (size_t i = 0; i < p->k; i++) {
    bool second = i == 1 || i == 3, alone = i == 2 && !full;
    double given = r->given[i], other = alone ? NAN : r->given[second ? i - 1 : i + 1];
    p->placed[i] = !second && !alone && isnan(given) && isnan(other);
    p->lower[i] = second || alone || p->placed[i] ? 0 : JV_CES_MIN;
    p->upper[i] = second         ? JV_CES_SECOND_MAX
                  : alone        ? JV_CES_B_MAX
                  : p->placed[i] ? 1
                                 : JV_CES_FIRST_MAX;
    if (!isnan(given)) p->lower[i] = p->upper[i] = given;
    if (isnan(given)) out->free++;
  }
  p->one_given = isnan(r->given[0]) != isnan(r->given[1]);
}

jv_status jv_ces_estimate_of(jv_ctx *cx, const double *y, size_t n, size_t m,
                             const jv_ces_request *request, jv_ces_estimate *out) {
  problem p = {.k = jv_ces_parameters(request->form)};
  size_t year = request->form == JV_CES_NONE ? 1 : m;
  double *room = JV_ARRAY(cx, double, 2 * year * JV_CES_WIDTH);
  if (!room) return JV_ENOMEM;
  *out = (jv_ces_estimate){0};
  p.batch = (jv_ces_batch){.form = request->form,
                           .m = year,
                           .n = n,
                           .y = y,
                           .end = request->end,
                           .seasons = request->seasons,
                           .ring = room};
  for (size_t t = 0; t < n; t++) p.used += isnan(y[t]) ? 0 : 1;
  p.batch.complete = p.used == n;
  set_bounds(&p, request, out);
  jv_status status = JV_OK;
  if (out->free)
    status = search(cx, &p, out);
  else
    take_given(request, out);
  if (status == JV_OK) measure(&p, out);
  jv_free(cx, room);
  return status;
}
