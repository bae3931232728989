/* Estimation of one BATS or TBATS form.
 *
 * Work scale: z = Box-Cox(y/g; lambda), g the geometric mean, or (y - mean)/unit without a
 * transformation: the likelihood is then n log(sum e^2) and a constant, and is the same in any unit.
 *
 * Seeds. Errors are e = z~ - W x0: z~ the errors from seeds of zero, column j of W minus those of the
 * unit seed j on a series of zeros, all by the recursion itself. Least squares by the Cholesky factor of
 * W'W with scaled columns and one step of refinement; a column that depends on those before it (a
 * level is also a season's mean; nested seasons) is left out: its seed is zero.
 *
 * The seeds of the ARMA part are zero, its mean: free ones would fit the first errors only.
 *
 * Admissible: the roots of F - g m' not beyond 1 + 1/n, at most 1.01 (as R has for any n): those on the
 * circle belong to what the seeds cannot tell, those of harmonics with one pair of weights between them
 * lie on both sides of it, and what a seed weighs grows by e over the data at most. AR and MA inside their regions, which is kept by estimating partial
 * autocorrelations (Monahan 1984). Maxima on the border of that region are common, and a search along
 * it ends where the last bits of the data send it: searches see z in steps of 2^-30, so that the same
 * series in another unit has the same bits; the likelihoods reported have all digits. Differs from R's forecast, which finds the seeds once, at starting values, and
 * keeps them: here they follow the parameters, as in the paper. */
#include "model/bats.h"
#include "numeric/optimise.h"
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#define COARSE 0x1p30
#define GIVE_UP 15 /* of AIC: the later searches gain a few units at most */
#define MOST_PARTIAL 0.995
enum {
  EIGEN_MOST = 80
}; /* beyond, roots cost more than all else: growth of W is looked at instead */

struct jv_bats_problem {
  size_t n, used;
  const double *y;
  double *log_y; /* log(y/g); NULL when y is not positive throughout */
  double log_g, centre, unit, lower, upper;
  double *z;
  /* of one form */
  jv_bats_space space;
  double *rows, *gram, *rhs, *seeds, *scale, *e, *x, *matrix, *roots, *work, *block;
  size_t room; /* doubles of block */
  bool searching;
  double least; /* sum of squares found by the search */
  bool *kept;
  lapack_int work_size;
  size_t evaluations;
};

/* ---- the series ---- */

static void measure(jv_bats_problem *p) {
  double sum = 0, square = 0, logs = 0;
  bool positive = true;
  for (size_t t = 0; t < p->n; t++) {
    if (isnan(p->y[t])) continue;
    p->used++;
    sum += p->y[t];
    if (p->y[t] > 0)
      logs += log(p->y[t]);
    else
      positive = false;
  }
  double used = (double)p->used;
  p->centre = sum / used;
  for (size_t t = 0; t < p->n; t++)
    if (!isnan(p->y[t])) square += (p->y[t] - p->centre) * (p->y[t] - p->centre);
  p->unit = sqrt(square / used);
  if (!(p->unit > 1e-13 * fabs(p->centre))) p->unit = p->centre != 0 ? fabs(p->centre) : 1;
  p->log_g = positive ? logs / used : NAN;
}

jv_status jv_bats_problem_new(jv_ctx *cx, const double *y, size_t n, double lower, double upper,
                              jv_bats_problem **out) {
  jv_bats_problem *p = JV_NEW(cx, jv_bats_problem);
  if (!p) return JV_ENOMEM;
  p->n = n;
  p->y = y;
  p->lower = lower;
  p->upper = upper;
  measure(p);
  p->z = JV_ARRAY(cx, double, 2 * n);
  if (!p->z) {
    jv_free(cx, p);
    return JV_ENOMEM;
  }
  if (!isnan(p->log_g)) p->log_y = p->z + n;
  for (size_t t = 0; t < n && p->log_y; t++) p->log_y[t] = log(y[t]) - p->log_g;
  *out = p;
  return JV_OK;
}

void jv_bats_problem_free(jv_ctx *cx, jv_bats_problem *p) {
  if (!p) return;
  jv_bats_space_free(cx, &p->space);
  jv_free(cx, p->block);
  jv_free(cx, p->z);
  jv_free(cx, p);
}

size_t jv_bats_length(const jv_bats_problem *p) { return p->n; }
size_t jv_bats_used(const jv_bats_problem *p) { return p->used; }
bool jv_bats_positive(const jv_bats_problem *p) { return p->log_y != NULL; }
const double *jv_bats_errors(const jv_bats_problem *p) { return p->e; }

/* Room for the evaluations of a form, in the block of those before where that is large enough. */
static jv_status open_form(jv_ctx *cx, jv_bats_problem *p, const jv_bats_form *form) {
  jv_bats_space_free(cx, &p->space);
  JV_TRY(jv_bats_space_new(cx, form, &p->space));
  size_t k = p->space.dim, n = p->n, square = k * k;
  p->work_size = (lapack_int)(16 * k + 64);
  size_t size = n * k + n + 2 * square + 7 * k + (size_t)p->work_size + 1;
  if (size > p->room) {
    jv_free(cx, p->block);
    p->room = 0;
    p->block = jv_alloc(cx, size, sizeof *p->block);
    if (!p->block) return JV_ENOMEM;
    p->room = size;
  }
  p->e = p->block; /* in the same place whatever the form */
  p->rows = p->e + n;
  p->gram = p->rows + n * k;
  p->matrix = p->gram + square;
  p->rhs = p->matrix + square;
  p->seeds = p->rhs + k;
  p->scale = p->seeds + k;
  p->x = p->scale + k;
  p->roots = p->x + k; /* real and imaginary parts */
  p->kept = (bool *)(void *)(p->roots + 2 * k);
  p->work = p->roots + 3 * k;
  return JV_OK;
}

static double rounded(const jv_bats_problem *p, double x) {
  return p->searching ? rint(x * COARSE) / COARSE : x;
}

/* z at the lambda of the parameters. */
static void transform(jv_bats_problem *p) {
  double lambda = p->space.par.lambda;
  for (size_t t = 0; t < p->n; t++) {
    if (!p->space.form.box_cox) {
      p->z[t] = rounded(p, (p->y[t] - p->centre) / p->unit);
      continue;
    }
    double log_y = rounded(p, p->log_y[t]);
    p->z[t] = fabs(lambda) < 1e-12 ? log_y : expm1(lambda * log_y) / lambda;
  }
}

/* ---- admissible ---- */

/* Partial autocorrelations of an AR polynomial by the backward recursion; false outside. */
static bool inside(const double *coefficient, size_t n, double sign) {
  double a[JV_BATS_ORDER] = {0}, b[JV_BATS_ORDER] = {0};
  for (size_t i = 0; i < n; i++) a[i] = sign * coefficient[i];
  for (size_t k = n; k > 0; k--) {
    double r = a[k - 1];
    if (!(fabs(r) < 1)) return false;
    for (size_t i = 0; i + 1 < k; i++) b[i] = (a[i] + r * a[k - 2 - i]) / (1 - r * r);
    memcpy(a, b, sizeof a);
  }
  return true;
}

/* AR coefficients of partial autocorrelations. */
static void from_partial(const double *partial, size_t n, double sign, double *out) {
  double a[JV_BATS_ORDER] = {0}, b[JV_BATS_ORDER] = {0};
  for (size_t k = 0; k < n; k++) {
    for (size_t i = 0; i < k; i++) b[i] = a[i] - partial[k] * a[k - 1 - i];
    b[k] = partial[k];
    memcpy(a, b, sizeof a);
  }
  for (size_t i = 0; i < n; i++) out[i] = sign * a[i];
}

static void to_partial(const double *coefficient, size_t n, double sign, double *partial) {
  double a[JV_BATS_ORDER] = {0}, b[JV_BATS_ORDER] = {0};
  for (size_t i = 0; i < n; i++) a[i] = sign * coefficient[i];
  for (size_t k = n; k > 0; k--) {
    double r = fmin(fmax(a[k - 1], -MOST_PARTIAL), MOST_PARTIAL);
    partial[k - 1] = r;
    for (size_t i = 0; i + 1 < k; i++) b[i] = (a[i] + r * a[k - 2 - i]) / (1 - r * r);
    memcpy(a, b, sizeof a);
  }
}

/* The largest root of F - g m', from its columns: what a unit state becomes when e = -m'x. */
static double largest_root(jv_bats_problem *p) {
  size_t k = p->space.dim;
  double *x = p->matrix, most = 0;
  memset(x, 0, k * k * sizeof *x);
  for (size_t j = 0; j < k; j++) {
    double *column = x + j * k;
    column[j] = 1;
    jv_bats_step(&p->space, column, -jv_bats_mean(&p->space, column));
  }
  for (size_t i = 0; i < k * k; i++)
    if (!(fabs(x[i]) < 1e100)) return INFINITY;
  lapack_int n = (lapack_int)k;
  lapack_int info =
      LAPACKE_dgehrd_work(LAPACK_COL_MAJOR, n, 1, n, x, n, p->roots, p->work, p->work_size);
  if (info == 0)
    info = LAPACKE_dhseqr_work(LAPACK_COL_MAJOR, 'E', 'N', n, 1, n, x, n, p->roots, p->roots + k,
                               NULL, n, p->work, p->work_size);
  if (info != 0) return INFINITY;
  for (size_t i = 0; i < k; i++) most = fmax(most, hypot(p->roots[i], p->roots[k + i]));
  return most;
}

/* ---- seeds ---- */

/* Errors of z, or of a series of zeros, from the seeds in p->x, which are moved to the end. */
static void run(jv_bats_problem *p, bool zeros, double *e) {
  const jv_bats_space *s = &p->space;
  for (size_t t = 0; t < p->n; t++) {
    double error = (zeros ? 0 : p->z[t]) - jv_bats_mean(s, p->x);
    e[t] = isnan(p->y[t]) ? 0 : error;
    jv_bats_step(s, p->x, e[t]);
  }
}

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* W by rows: m'(F - g m')^t without gaps, where the order of the factors does not matter; else a column
 * at a time, by the errors of a unit seed on a series of zeros. */
static void fill_rows(jv_bats_problem *p) {
  const jv_bats_space *s = &p->space;
  size_t k = s->ar_at;
  if (p->used == p->n) {
    jv_bats_measure(s, p->x);
    for (size_t t = 0; t < p->n; t++) {
      memcpy(p->rows + t * k, p->x, k * sizeof *p->x);
      jv_bats_back(s, p->x);
    }
    return;
  }
  for (size_t j = 0; j < k; j++) {
    memset(p->x, 0, s->dim * sizeof *p->x);
    p->x[j] = 1;
    run(p, true, p->e);
    for (size_t t = 0; t < p->n; t++) p->rows[t * k + j] = -p->e[t];
  }
}

/* Cholesky factor of the scaled W'W, without the columns that depend on those before them. */
static bool factor(jv_bats_problem *p) {
  size_t k = p->space.ar_at;
  int rows = (int)p->n, columns = (int)k;
  double *g = p->gram;
  for (size_t j = 0; j < k; j++)
    if (!(fabs(p->rows[(p->n - 1) * k + j]) < 1e60)) return false;
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, columns, rows, 1, p->rows, columns, 0, g,
              columns);
  for (size_t i = 0; i < k; i++) p->scale[i] = g[i * k + i] > 0 ? 1 / sqrt(g[i * k + i]) : 0;
  for (size_t i = 0; i < k; i++) {
    for (size_t j = 0; j <= i; j++) g[i * k + j] *= p->scale[i] * p->scale[j];
    for (size_t j = 0; j < i; j++) {
      double sum = g[i * k + j] - dot(g + i * k, g + j * k, j);
      g[i * k + j] = p->kept[j] ? sum / g[j * k + j] : 0;
    }
    double pivot = g[i * k + i] - dot(g + i * k, g + i * k, i);
    p->kept[i] = p->scale[i] > 0 && pivot > 1e-9;
    g[i * k + i] = p->kept[i] ? sqrt(pivot) : 1;
  }
  return true;
}

/* Adds to the seeds what least squares makes of the errors e. */
static void improve_seeds(jv_bats_problem *p, const double *e) {
  size_t k = p->space.ar_at;
  double *b = p->rhs, *g = p->gram;
  cblas_dgemv(CblasRowMajor, CblasTrans, (int)p->n, (int)k, 1, p->rows, (int)k, e, 1, 0, b, 1);
  for (size_t i = 0; i < k; i++) {
    double sum = b[i] * p->scale[i] - dot(g + i * k, b, i);
    b[i] = p->kept[i] ? sum / g[i * k + i] : 0;
  }
  for (size_t i = k; i-- > 0;) {
    double sum = b[i];
    for (size_t j = i + 1; j < k; j++) sum -= g[j * k + i] * b[j];
    b[i] = p->kept[i] ? sum / g[i * k + i] : 0;
  }
  for (size_t i = 0; i < k; i++) p->seeds[i] += b[i] * p->scale[i];
}

static bool admissible(jv_bats_problem *p) {
  if (p->space.dim <= EIGEN_MOST) return largest_root(p) <= 1 + fmin(0.01, 1 / (double)p->n);
  size_t k = p->space.ar_at;
  for (size_t j = 0; j < k; j++)
    if (!(fabs(p->rows[(p->n - 1) * k + j]) < 100)) return false;
  return true;
}

/* Sum of squares at the parameters in p->space.par; infinite where they are not admissible. Roots cost
 * the most, and are looked at only where the sum is below `least`: what is worse is not taken anyway. */
static double sum_of_squares(jv_bats_problem *p, double least) {
  const jv_bats_space *s = &p->space;
  size_t k = s->dim, n = p->n;
  p->evaluations++;
  if (!inside(s->par.ar, s->form.p, 1) || !inside(s->par.ma, s->form.q, -1)) return INFINITY;
  transform(p);
  fill_rows(p);
  if (!factor(p)) return INFINITY;
  memset(p->seeds, 0, k * sizeof *p->seeds);
  for (int round = 0; round < 2; round++) { /* the second refines the first */
    memcpy(p->x, p->seeds, k * sizeof *p->x);
    run(p, false, p->e);
    improve_seeds(p, p->e);
  }
  memcpy(p->x, p->seeds, k * sizeof *p->x);
  run(p, false, p->e);
  double sse = dot(p->e, p->e, n);
  return sse < least && !admissible(p) ? INFINITY : sse;
}

static double deviance_of(const jv_bats_problem *p, double sse) {
  double used = (double)p->used, unit = p->space.form.box_cox ? p->log_g : log(p->unit);
  return used * log(fmax(sse, used * 1e-28)) + 2 * used * unit;
}

/* ---- coordinates ---- */

typedef struct coordinates {
  size_t n;
  double x[JV_BATS_PARAMETERS], lower[JV_BATS_PARAMETERS], upper[JV_BATS_PARAMETERS];
  double step[JV_BATS_PARAMETERS];
} coordinates;

static void add(coordinates *c, double x, double lower, double upper, double step) {
  c->x[c->n] = fmin(fmax(x, lower), upper);
  c->lower[c->n] = lower;
  c->upper[c->n] = upper;
  c->step[c->n++] = step;
}

static void pack(const jv_bats_problem *p, const jv_bats_par *par, coordinates *c) {
  const jv_bats_form *form = &p->space.form;
  double partial[JV_BATS_ORDER] = {0};
  *c = (coordinates){.n = 0};
  if (form->box_cox) add(c, par->lambda, p->lower, p->upper, 0.1);
  add(c, par->alpha, -1, 3, 0.05);
  if (form->trend) add(c, par->beta, -1, 2, 0.02);
  if (form->damped) add(c, par->phi, 0.8, 1, 0.02);
  for (size_t i = 0; i < form->n_seasons; i++) {
    add(c, par->gamma1[i], -1, 2, form->trig ? 0.002 : 0.02);
    if (form->trig) add(c, par->gamma2[i], -1, 2, 0.002);
  }
  to_partial(par->ar, form->p, 1, partial);
  for (size_t i = 0; i < form->p; i++) add(c, partial[i], -MOST_PARTIAL, MOST_PARTIAL, 0.1);
  to_partial(par->ma, form->q, -1, partial);
  for (size_t i = 0; i < form->q; i++) add(c, partial[i], -MOST_PARTIAL, MOST_PARTIAL, 0.1);
}

static void unpack(jv_bats_problem *p, const double *x) {
  const jv_bats_form *form = &p->space.form;
  jv_bats_par *par = &p->space.par;
  *par = (jv_bats_par){.lambda = 1, .phi = 1};
  if (form->box_cox) par->lambda = *x++;
  par->alpha = *x++;
  if (form->trend) par->beta = *x++;
  if (form->damped) par->phi = *x++;
  for (size_t i = 0; i < form->n_seasons; i++) {
    par->gamma1[i] = *x++;
    if (form->trig) par->gamma2[i] = *x++;
  }
  from_partial(x, form->p, 1, par->ar);
  from_partial(x + form->p, form->q, -1, par->ma);
}

static double objective(void *data, const double *x) {
  jv_bats_problem *p = data;
  unpack(p, x);
  double sse = sum_of_squares(p, p->least), used = (double)p->used;
  if (sse < p->least) p->least = sse;
  /* without the unit of y, and well away from zero: z has a variance of one */
  return isfinite(sse) ? used * (log(fmax(sse / used, 1e-28)) - 1) : INFINITY;
}

/* ---- the search ---- */

enum { STARTS = 2 };

typedef struct start {
  double value;
  jv_bats_par par;
} start;

static void offer(jv_bats_problem *p, start *best, const jv_bats_par *par) {
  coordinates c;
  pack(p, par, &c);
  double value = objective(p, c.x);
  for (size_t i = 0; i < STARTS; i++) {
    if (!(value < best[i].value)) continue;
    if (i == 0) best[1] = best[0];
    best[i] = (start){value, *par};
    return;
  }
}

static jv_status try_grid(jv_ctx *cx, jv_bats_problem *p, start *best) {
  static const double alphas[] = {0.1, 0.5, 0.9}, betas[] = {0.01, 0.1}, gammas[] = {0.001, 0.1};
  const jv_bats_form *form = &p->space.form;
  size_t lambdas = form->box_cox ? 3 : 1, slopes = form->trend ? 2 : 1;
  size_t seasons = form->n_seasons && !form->trig ? 2 : 1;
  for (size_t i = 0; i < 3 * lambdas * slopes * seasons; i++) {
    JV_TRY(jv_check_cancel(cx));
    size_t at = i / 3;
    jv_bats_par par = {.lambda = 1, .phi = form->damped ? 0.97 : 1, .alpha = alphas[i % 3]};
    if (form->box_cox) par.lambda = p->lower + (p->upper - p->lower) * (double)(at % 3) / 2;
    at /= lambdas;
    if (form->trend) par.beta = betas[at % 2];
    at /= slopes;
    for (size_t s = 0; s < form->n_seasons; s++) {
      par.gamma1[s] = form->trig ? 0.001 : gammas[at % seasons];
      par.gamma2[s] = 0.001;
    }
    offer(p, best, &par);
  }
  return JV_OK;
}

/* One search from *best, which it replaces by what it finds. */
static jv_status climb(jv_ctx *cx, jv_bats_problem *p, jv_optimise_method method, double tolerance,
                       start *best, jv_optimise_end *end) {
  coordinates c;
  jv_optimum out;
  double scratch[JV_OPTIMISE_SCRATCH(JV_BATS_PARAMETERS)];
  pack(p, &best->par, &c);
  jv_optimise_function f = {c.n, p, objective, NULL};
  jv_optimise_opt opt = {.method = method,
                         .lower = c.lower,
                         .upper = c.upper,
                         .step = c.step,
                         .f_tolerance = tolerance,
                         .x_tolerance = tolerance,
                         .restarts = 2,
                         .max_evaluations = 200 * c.n + 400,
                         .scratch = scratch};
  JV_TRY(jv_optimise(cx, &f, &opt, c.x, &out));
  *end = out.end;
  if (!(out.value <= best->value)) return JV_OK;
  unpack(p, c.x);
  *best = (start){out.value, p->space.par};
  return JV_OK;
}

/* Quasi-Newton from each start; a simplex from the better end, which finds the way along the border of
 * what is admissible; and quasi-Newton again for the last digits. The last two are left out where the
 * AIC is far above the bar. */
static jv_status search(jv_ctx *cx, jv_bats_problem *p, double bar, start *starts, start *best,
                        jv_bats_result *out) {
  jv_optimise_end end = JV_OPTIMISE_OUTSIDE;
  for (size_t i = 0; i < STARTS; i++) {
    if (!isfinite(starts[i].value)) continue;
    JV_TRY(climb(cx, p, JV_OPTIMISE_BFGS, 1e-8, &starts[i], &end));
    if (starts[i].value < best->value) *best = starts[i];
  }
  if (isinf(best->value))
    return jv_fail(cx, JV_EDATA, "no parameters of this form are admissible for the series");
  double aic = deviance_of(p, p->least) + 2 * (double)jv_bats_count(&p->space.form);
  if (!(aic > bar + GIVE_UP)) {
    JV_TRY(climb(cx, p, JV_OPTIMISE_SIMPLEX, 1e-8, best, &end));
    JV_TRY(climb(cx, p, JV_OPTIMISE_BFGS, 1e-11, best, &end));
  }
  out->converged = end == JV_OPTIMISE_CONVERGED || end == JV_OPTIMISE_STUCK;
  return JV_OK;
}

/* Result at the parameters in p->space.par. */
static jv_status conclude(jv_ctx *cx, jv_bats_problem *p, jv_bats_result *out) {
  p->searching = false;
  double sse = sum_of_squares(p, INFINITY), lambda = p->space.par.lambda;
  if (!isfinite(sse)) return jv_fail(cx, JV_ENUMERIC, "the parameters are not admissible");
  double unit = p->space.form.box_cox ? exp(lambda * p->log_g) : p->unit;
  out->form = p->space.form;
  out->par = p->space.par;
  out->deviance = deviance_of(p, sse);
  out->aic = out->deviance + 2 * (double)jv_bats_count(&out->form);
  out->sse = sse * unit * unit;
  for (size_t t = 0; t < p->n; t++)
    if (isnan(p->y[t])) p->e[t] = NAN;
  out->evaluations = p->evaluations;
  return JV_OK;
}

jv_status jv_bats_estimate(jv_ctx *cx, jv_bats_problem *p, const jv_bats_form *form,
                           const jv_bats_par *from, double bar, jv_bats_result *out) {
  start starts[STARTS] = {{.value = INFINITY}, {.value = INFINITY}}, best = {.value = INFINITY};
  JV_TRY(open_form(cx, p, form));
  p->evaluations = 0;
  p->searching = true;
  p->least = INFINITY;
  if (from) offer(p, starts, from);
  if (!from || isinf(starts[0].value)) JV_TRY(try_grid(cx, p, starts));
  JV_TRY(search(cx, p, bar, starts, &best, out));
  p->space.par = best.par;
  return conclude(cx, p, out);
}

jv_status jv_bats_evaluate(jv_ctx *cx, jv_bats_problem *p, const jv_bats_form *form,
                           const jv_bats_par *par, double *seeds, jv_bats_result *out) {
  JV_TRY(open_form(cx, p, form));
  p->space.par = *par;
  p->evaluations = 0;
  JV_TRY(conclude(cx, p, out));
  if (!seeds) return JV_OK;
  /* from the scale of the work to that of the transformation, w = unit z + shift: linear in the states,
   * and the shift is one of the level */
  double unit = p->unit, shift = p->centre;
  if (form->box_cox) {
    unit = exp(par->lambda * p->log_g);
    shift = fabs(par->lambda) < 1e-12 ? p->log_g : expm1(par->lambda * p->log_g) / par->lambda;
  }
  for (size_t i = 0; i < p->space.dim; i++) seeds[i] = p->seeds[i] * unit;
  seeds[0] += shift;
  jv_bats_normalise(&p->space, seeds);
  return JV_OK;
}
