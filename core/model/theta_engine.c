/* Least squares of the theta models by concentration; the header has the equations.
 *
 * With e = u - d c - k D, u and D of a run from level zero about the first value, d its start level:
 *
 *   sum e^2 = uu - 2 (d uc + k uD) + d^2 cc + 2 d k cD + k^2 DD
 *
 * Four alphas go through the data side by side: one recursion waits for its own last value (8 cycles
 * an observation), four of them fill the wait. When c has faded below 1e-25 its sums stand still and
 * a shorter loop goes on. */
#include "model/theta_engine.h"
#include <math.h>
#include <string.h>

typedef double lanes4 __attribute__((vector_size(32), aligned(8)));
enum { LANES = 4, GRID = 12, ROUNDS = 12 };

/* ---- the recursion, one value at a time ---- */

void jv_theta_line_add(jv_theta_line *line, double t, double x) {
  double dt = t - line->mt, dx = x - line->mx;
  line->count += 1;
  line->mt += dt / line->count;
  line->mx += dx / line->count;
  line->tt += dt * (t - line->mt);
  line->tx += (t - line->mt) * dx;
}

double jv_theta_line_slope(const jv_theta_line *line) {
  return line->tt > 0 ? line->tx / line->tt : 0;
}

double jv_theta_line_origin(const jv_theta_line *line) {
  return line->mx - jv_theta_line_slope(line) * line->mt;
}

double jv_theta_pull(const jv_theta_run *run) {
  const jv_theta_line *line = &run->line;
  return run->kappa * (jv_theta_line_origin(line) * run->c + jv_theta_line_slope(line) * run->r);
}

double jv_theta_mean(const jv_theta_run *run) { return run->level + jv_theta_pull(run); }

void jv_theta_take(jv_theta_run *run, double x) {
  if (isnan(x)) {
    if (run->time == 0) return; /* time begins with the first observed value */
    run->time += 1;
    run->r += 1;
    run->gap += 1;
    return;
  }
  run->time += 1;
  run->gap = 0;
  run->level += run->alpha * (x - run->level);
  run->c *= 1 - run->alpha;
  run->r = 1 + (1 - run->alpha) * run->r;
  if (run->dynamic) jv_theta_line_add(&run->line, run->time, x);
}

/* ---- the data of a search: observed values alone ---- */

typedef struct row {
  double x;    /* about the first value */
  double a, b; /* line before x was known */
  double wait; /* 1 + missing values between x and the next one */
} row;

typedef struct data {
  row *rows;
  size_t n, skip;
  double base, start; /* start: where level recursions begin, about base */
  bool free_level;
  double low, high; /* bounds of kappa */
  jv_theta_line line;
} data;

size_t jv_theta_skipped(size_t n_observed) { return n_observed < 7 ? 1 : JV_THETA_SKIP; }

static jv_theta_line whole_line(const double *x, size_t n, double base) {
  jv_theta_line line = {0};
  double t = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i]) && t == 0) continue;
    t += 1;
    if (!isnan(x[i])) jv_theta_line_add(&line, t, x[i] - base);
  }
  return line;
}

/* Fills the rows. With a level given, nothing is shifted: start and kappa then enter together. */
static void lay_out(data *d, const double *x, size_t n, const jv_theta_request *request) {
  size_t first = 0;
  while (isnan(x[first])) first++;
  d->free_level = isnan(request->level);
  d->base = d->free_level ? x[first] : 0;
  d->start = d->free_level ? 0 : request->level;
  jv_theta_line line = {.mx = x[first] - d->base}; /* flat until it has two points */
  double t = 0;
  d->line = request->dynamic ? line : whole_line(x, n, d->base);
  double a = jv_theta_line_origin(&d->line), b = jv_theta_line_slope(&d->line);
  for (size_t i = first; i < n; i++) {
    t += 1;
    if (isnan(x[i])) {
      d->rows[d->n - 1].wait += 1;
      continue;
    }
    row *r = &d->rows[d->n++];
    *r = (row){x[i] - d->base, a, b, 1};
    if (!request->dynamic) continue;
    jv_theta_line_add(&line, t, r->x);
    b = jv_theta_line_slope(&line);
    a = line.mx - b * line.mt;
  }
}

/* ---- four passes at once ---- */

typedef struct sums {
  lanes4 uu, uc, ud, cc, cd, dd;
} sums;

typedef struct passing {
  lanes4 keep, alpha, level, c, r;
} passing;

/* Errors before `to` do not count. */
static void skip_rows(const data *d, passing *p, size_t to) {
  for (size_t i = 0; i < to; i++) {
    const row *w = &d->rows[i];
    p->level = p->keep * p->level + p->alpha * w->x;
    p->c *= p->keep;
    p->r = w->wait + p->keep * p->r;
  }
}

static size_t full_rows(const data *d, passing *p, sums *s, size_t from) {
  size_t i = from;
  for (; i < d->n; i++) {
    const row *w = &d->rows[i];
    lanes4 u = w->x - p->level, pull = w->a * p->c + w->b * p->r, c = p->c;
    s->uu += u * u;
    s->uc += u * c;
    s->ud += u * pull;
    s->cc += c * c;
    s->cd += c * pull;
    s->dd += pull * pull;
    p->level = p->keep * p->level + p->alpha * w->x;
    p->c = c * p->keep;
    p->r = w->wait + p->keep * p->r;
    if (i % 16 == 15 && p->c[0] < 1e-25 && p->c[1] < 1e-25 && p->c[2] < 1e-25 && p->c[3] < 1e-25)
      return i + 1;
  }
  return i;
}

/* The start has faded: c = 0. */
static void late_rows(const data *d, passing *p, sums *s, size_t from) {
  for (size_t i = from; i < d->n; i++) {
    const row *w = &d->rows[i];
    lanes4 u = w->x - p->level, pull = w->b * p->r;
    s->uu += u * u;
    s->ud += u * pull;
    s->dd += pull * pull;
    p->level = p->keep * p->level + p->alpha * w->x;
    p->r = w->wait + p->keep * p->r;
  }
}

static void pass(const data *d, const double *alphas, sums *out) {
  const lanes4 zero = {0, 0, 0, 0}, one = zero + 1;
  const lanes4 alpha = {alphas[0], alphas[1], alphas[2], alphas[3]};
  sums s = {zero, zero, zero, zero, zero, zero};
  passing p = {one - alpha, alpha, zero + d->start, one, one};
  skip_rows(d, &p, d->skip);
  late_rows(d, &p, &s, full_rows(d, &p, &s, d->skip));
  *out = s;
}

/* ---- the best start level and kappa for one alpha ---- */

typedef struct point {
  double alpha, kappa, level, sse;
} point;

static point solve(const data *d, const sums *s, int lane, double alpha) {
  double uu = s->uu[lane], uc = s->uc[lane], ud = s->ud[lane];
  double cc = s->cc[lane], cd = s->cd[lane], dd = s->dd[lane];
  bool level = d->free_level && cc > 0;
  double curve = level ? dd - cd * cd / cc : dd, force = level ? ud - uc * cd / cc : ud;
  /* without curvature any kappa serves: that of theta = 2 */
  double kappa = curve > 1e-14 * dd && curve > 0 ? force / curve : 0.5;
  kappa = fmin(fmax(kappa, d->low), d->high);
  double start = level ? (uc - kappa * cd) / cc : 0;
  double sse = uu - kappa * (2 * ud - kappa * dd) - start * (2 * (uc - kappa * cd) - start * cc);
  return (point){alpha, kappa, start, fmax(0, sse)};
}

static void try_four(const data *d, const double *alpha, point *out) {
  sums s;
  pass(d, alpha, &s);
  for (int i = 0; i < LANES; i++) out[i] = solve(d, &s, i, alpha[i]);
}

/* ---- the search over alpha ---- */

/* Points in ascending alpha around the best one: a bracket of three, or two at an end. */
typedef struct bracket {
  point p[3 + LANES];
  int n;
} bracket;

static int lowest(const bracket *b) {
  int best = 0;
  for (int i = 1; i < b->n; i++)
    if (b->p[i].sse < b->p[best].sse) best = i;
  return best;
}

static void insert(bracket *b, point p) {
  int i = b->n++;
  for (; i > 0 && b->p[i - 1].alpha > p.alpha; i--) b->p[i] = b->p[i - 1];
  b->p[i] = p;
}

/* Keeps the lowest point and its neighbours. */
static void close_in(bracket *b) {
  int best = lowest(b), from = best > 0 ? best - 1 : 0;
  int to = best + 1 < b->n ? best + 1 : best;
  memmove(b->p, b->p + from, (size_t)(to - from + 1) * sizeof *b->p);
  b->n = to - from + 1;
}

/* Vertex of the parabola through three points; NaN when they do not bend upwards. */
static double vertex(const point *p) {
  double left = p[1].alpha - p[0].alpha, right = p[1].alpha - p[2].alpha;
  double rise = p[1].sse - p[2].sse, fall = p[1].sse - p[0].sse;
  double num = left * left * rise - right * right * fall, den = left * rise - right * fall;
  double at = p[1].alpha - 0.5 * num / den;
  return at > p[0].alpha && at < p[2].alpha ? at : NAN;
}

/* Four new alphas: around the vertex where there is one, else evenly spread. */
static double place(const bracket *b, double alpha[LANES]) {
  double lo = b->p[0].alpha, hi = b->p[b->n - 1].alpha, at = b->n == 3 ? vertex(b->p) : NAN;
  double mid = b->p[b->n == 3 ? 1 : lowest(b)].alpha, step = fabs(at - mid);
  if (isnan(at)) {
    for (int i = 0; i < LANES; i++) alpha[i] = lo + (hi - lo) * (i + 1) / (LANES + 1);
    return hi - lo;
  }
  double aside = fmax(0.1 * step, 1e-5 * (hi - lo) + 1e-9);
  alpha[0] = at;
  alpha[1] = fmax(at - aside, lo + 0.5 * (at - lo));
  alpha[2] = fmin(at + aside, hi - 0.5 * (hi - at));
  alpha[3] = at > mid ? at + 0.3 * (hi - at) : at - 0.3 * (at - lo);
  return step;
}

/* To about 1e-8 in alpha: the sum of squares is flat to the machine's precision there. */
static point descend(const data *d, bracket b, size_t *evaluations) {
  double alpha[LANES];
  for (int round = 0; round < ROUNDS; round++) {
    point found[LANES];
    double step = place(&b, alpha);
    try_four(d, alpha, found);
    *evaluations += LANES;
    for (int i = 0; i < LANES; i++) insert(&b, found[i]);
    close_in(&b);
    if (step < 1e-7 || b.p[b.n - 1].alpha - b.p[0].alpha < 1e-7) break;
  }
  return b.p[lowest(&b)];
}

/* Denser at small alphas, where the sum of squares bends most. */
static double grid_alpha(int i) {
  double u = (double)i / (GRID - 1);
  return JV_THETA_ALPHA_MIN + (JV_THETA_ALPHA_MAX - JV_THETA_ALPHA_MIN) * u * (0.5 + 0.5 * u);
}

/* Every basin that the grid shows and that may hold the lowest point is gone down. */
static point search(const data *d, size_t *evaluations) {
  point grid[GRID], best = {.sse = INFINITY};
  double alpha[GRID];
  for (int i = 0; i < GRID; i++) alpha[i] = grid_alpha(i);
  for (int i = 0; i < GRID; i += LANES) try_four(d, alpha + i, grid + i);
  *evaluations += GRID;
  for (int i = 0; i < GRID; i++)
    if (grid[i].sse < best.sse) best = grid[i];
  for (int i = 0; i < GRID; i++) {
    bool left = i > 0 && grid[i - 1].sse < grid[i].sse;
    bool right = i + 1 < GRID && grid[i + 1].sse <= grid[i].sse;
    if (left || right || grid[i].sse > 1.1 * best.sse) continue;
    bracket b = {.n = 0};
    for (int k = i > 0 ? i - 1 : 0; k <= i + 1 && k < GRID; k++) b.p[b.n++] = grid[k];
    point p = descend(d, b, evaluations);
    if (p.sse < best.sse) best = p;
  }
  return best;
}

static point given(const data *d, double alpha, size_t *evaluations) {
  double four[LANES] = {alpha, alpha, alpha, alpha};
  point found[LANES];
  try_four(d, four, found);
  *evaluations = 1;
  return found[0];
}

/* ---- together ---- */

static void set_bounds(data *d, const jv_theta_request *request) {
  d->low = isnan(request->theta) ? 0 : 1 - 1 / request->theta;
  d->high = isnan(request->theta) ? 1 - 1 / JV_THETA_MAX : d->low;
}

/* The sum of squares that counts, error by error. */
static void measure(const double *x, size_t n, jv_theta_estimate *out) {
  jv_theta_run run = out->start;
  size_t seen = 0;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double e = x[i] - jv_theta_mean(&run);
    jv_theta_take(&run, x[i]);
    if (isnan(e) || seen++ < out->used) continue;
    sum += e * e;
  }
  out->used = seen > out->used ? seen - out->used : 0;
  out->sse = sum;
}

jv_status jv_theta_estimate_of(jv_ctx *cx, const double *x, size_t n,
                               const jv_theta_request *request, jv_theta_estimate *out) {
  size_t observed = 0;
  for (size_t i = 0; i < n; i++) observed += isnan(x[i]) ? 0 : 1;
  data d = {.rows = JV_ARRAY(cx, row, observed), .skip = jv_theta_skipped(observed)};
  if (!d.rows) return JV_ENOMEM;
  *out = (jv_theta_estimate){.used = d.skip};
  set_bounds(&d, request);
  lay_out(&d, x, n, request);
  point best = isnan(request->alpha) ? search(&d, &out->evaluations)
                                     : given(&d, request->alpha, &out->evaluations);
  jv_free(cx, d.rows);
  out->theta = isnan(request->theta) ? 1 / (1 - best.kappa) : request->theta;
  /* back from the first value: the level shifts by (1 - kappa) times it, the line by it */
  out->level = d.free_level ? best.level + (1 - best.kappa) * d.base : request->level;
  d.line.mx += d.base;
  out->start = (jv_theta_run){.alpha = best.alpha,
                              .kappa = best.kappa,
                              .level = out->level,
                              .c = 1,
                              .r = 1,
                              .line = d.line,
                              .dynamic = request->dynamic};
  measure(x, n, out);
  return JV_OK;
}
