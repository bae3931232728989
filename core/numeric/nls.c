/* Nonlinear least squares by Levenberg-Marquardt, finished by Gauss-Newton.
 *
 * With r = y - f(b), J = df/db and a diagonal D, each step d solves the linear least squares
 *   min |J d - r|^2 + lambda |D d|^2
 * as the (n + k) x k problem [J; sqrt(lambda) D] d = [r; 0] by Householder reflections: the normal
 * equations would square the condition, and cost half of the digits. lambda follows the ratio of
 * gain to promise (Nielsen, 1999): times max(1/3, 1 - (2 q - 1)^3) after a success, times 2, 4, 8, …
 * after failures in a row.
 *
 * D is either the largest length that each column of J has had (More, 1978: steps are short where
 * f once was sensitive) or its present one (Marquardt, 1963: free of the past); with a small or a
 * large first lambda this makes four tries. The lowest sum of squares is kept; one that is reached
 * twice, with J of full rank, ends the search. From far starts they end in different places: no
 * single one of them reaches all of NIST's certified minima.
 *
 * Gauss-Newton steps with refined least squares (linalg.h) then take the solution to the digits that
 * f has: the gain in the sum of squares is by then below its rounding, so the steps themselves
 * are watched: they go on while they shrink.
 *
 * Differences: f'(b) = (8 (f(b+h) - f(b-h)) - (f(b+2h) - f(b-2h))) / 12 h + O(h^4). What h should be
 * depends on the scale on which f changes with b, which a parameter's size does not tell (a peak of
 * width 4 at 450); for the last digits several are taken and compared. */
#include "numeric/nls.h"
#include "numeric/distribution.h"
#include "numeric/linalg.h"
#include <math.h>
#include <string.h>

#define OPT(field) offsetof(jv_nls_options, field)
const jv_option jv_nls_option_rows[] = {
    {"max_iterations", JV_OPT_INT, OPT(max_iterations), 5000, 1, 1e6, "steps of each try", NULL},
    {"tolerance", JV_OPT_REAL, OPT(tolerance), 1e-12, 1e-15, 0.1,
     "relative change of the parameters at which a try ends", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct work {
  const jv_nls_model *model;
  const double *y;
  size_t n, k, evaluations, iterations;
  double *f, *r, *trial_r;  /* n */
  double *plus;             /* n; a shifted model */
  double *two_columns;      /* 2 n */
  double *j;                /* n x k */
  double *a, *rhs;          /* (n + k) x k, n + k */
  double *b, *trial, *step; /* k */
  double *scale, *typical;  /* k: D; sizes for differences */
  double *best;             /* k */
} work;

/* r = y - f(b), 0 where y is missing; *rss infinite where f is not finite. */
static jv_status residuals(jv_ctx *cx, work *w, const double *b, double *r, double *rss) {
  w->evaluations++;
  JV_TRY(w->model->value(cx, w->model->data, b, w->f));
  *rss = 0;
  for (size_t i = 0; i < w->n; i++) {
    r[i] = isnan(w->y[i]) ? 0 : w->y[i] - w->f[i];
    if (!isfinite(r[i])) *rss = INFINITY;
    *rss += r[i] * r[i];
  }
  if (isnan(*rss)) *rss = INFINITY;
  return JV_OK;
}

/* Adds weight times f(b), its parameter c at `at`, to a column. */
static jv_status add_shifted(jv_ctx *cx, work *w, size_t c, double at, double weight,
                             double *column) {
  double kept = w->b[c];
  w->b[c] = at;
  w->evaluations++;
  jv_status status = w->model->value(cx, w->model->data, w->b, w->plus);
  w->b[c] = kept;
  for (size_t i = 0; status == JV_OK && i < w->n; i++) column[i] += weight * w->plus[i];
  return status;
}

/* The derivative by parameter c with steps of `share` of its size; *finite says whether it is. */
static jv_status difference(jv_ctx *cx, work *w, size_t c, double share, double *column,
                            bool *finite) {
  static const double shift[4] = {1, -1, 2, -2}, weight[4] = {8, -8, -1, 1};
  double h = share * fmax(fabs(w->b[c]), w->typical[c]);
  h = (w->b[c] + h) - w->b[c]; /* a step that doubles can take */
  memset(column, 0, w->n * sizeof *column);
  for (size_t s = 0; s < 4; s++)
    JV_TRY(add_shifted(cx, w, c, w->b[c] + shift[s] * h, weight[s] / (12 * h), column));
  *finite = true;
  for (size_t i = 0; i < w->n; i++) {
    if (isnan(w->y[i])) column[i] = 0;
    *finite = *finite && isfinite(column[i]);
  }
  return JV_OK;
}

/* On the way: steps of 1e-4, smaller ones at the edge of what f allows, and no move beyond it. */
static jv_status quick_column(jv_ctx *cx, work *w, size_t c) {
  double *column = w->j + c * w->n;
  bool finite = false;
  double share = 1e-4;
  for (int i = 0; i < 4 && !finite; i++, share /= 100)
    JV_TRY(difference(cx, w, c, share, column, &finite));
  if (!finite) memset(column, 0, w->n * sizeof *column);
  return JV_OK;
}

/* At the end: of steps 1e-1, 1e-2, … those two that agree best, the smaller one. */
static jv_status careful_column(jv_ctx *cx, work *w, size_t c) {
  double *column = w->j + c * w->n, *now = w->two_columns, *before = now + w->n, best = INFINITY;
  bool was_finite = false;
  JV_TRY(quick_column(cx, w, c));
  double share = 1;
  for (int i = 0; i < 8; i++) {
    bool finite;
    double apart = 0;
    share /= 10;
    JV_TRY(difference(cx, w, c, share, now, &finite));
    for (size_t r = 0; finite && was_finite && r < w->n; r++)
      apart += (now[r] - before[r]) * (now[r] - before[r]);
    if (finite && was_finite && apart < best) {
      best = apart;
      memcpy(column, now, w->n * sizeof *column);
    }
    memcpy(before, now, w->n * sizeof *before);
    was_finite = finite;
  }
  return JV_OK;
}

static jv_status jacobian(jv_ctx *cx, work *w, bool careful) {
  if (!w->model->jacobian) {
    for (size_t c = 0; c < w->k; c++) JV_TRY((careful ? careful_column : quick_column)(cx, w, c));
    return JV_OK;
  }
  JV_TRY(w->model->jacobian(cx, w->model->data, w->b, w->j));
  for (size_t i = 0; i < w->n * w->k; i++)
    if (isnan(w->y[i % w->n])) w->j[i] = 0;
  return JV_OK;
}

static double length(const double *x, size_t n) {
  double most = 0, sum = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
  if (!(most > 0) || !isfinite(most)) return most;
  for (size_t i = 0; i < n; i++) sum += (x[i] / most) * (x[i] / most);
  return most * sqrt(sum);
}

/* ---- the damped step */

/* Solves the stacked problem of rows x k in place; false where it is singular. */
static bool solve_stacked(double *a, double *rhs, size_t rows, size_t k, double *x) {
  for (size_t c = 0; c < k; c++) {
    double *v = a + c * rows, norm = length(v + c, rows - c);
    if (!(norm > 0) || !isfinite(norm)) return false;
    double alpha = v[c] > 0 ? -norm : norm, head = v[c] - alpha;
    /* v[c..] becomes the reflection's vector; beta = 2 / v'v = -1 / (alpha head) */
    v[c] = head;
    double beta = -1 / (alpha * head);
    for (size_t other = c + 1; other <= k; other++) {
      double *u = other < k ? a + other * rows : rhs, dot = 0;
      for (size_t i = c; i < rows; i++) dot += v[i] * u[i];
      for (size_t i = c; i < rows; i++) u[i] -= beta * dot * v[i];
    }
    x[c] = alpha; /* R's diagonal, until it is used below */
  }
  for (size_t c = k; c-- > 0;) {
    double sum = rhs[c], diagonal = x[c];
    for (size_t other = c + 1; other < k; other++) sum -= a[c + other * rows] * x[other];
    x[c] = sum / diagonal;
  }
  for (size_t c = 0; c < k; c++)
    if (!isfinite(x[c])) return false;
  return true;
}

static bool damped_step(work *w, double lambda) {
  size_t rows = w->n + w->k;
  for (size_t c = 0; c < w->k; c++) {
    double *to = w->a + c * rows;
    memcpy(to, w->j + c * w->n, w->n * sizeof *to);
    memset(to + w->n, 0, w->k * sizeof *to);
    to[w->n + c] = sqrt(lambda) * (w->scale[c] > 0 ? w->scale[c] : 1);
  }
  memcpy(w->rhs, w->r, w->n * sizeof *w->rhs);
  memset(w->rhs + w->n, 0, w->k * sizeof *w->rhs);
  return solve_stacked(w->a, w->rhs, rows, w->k, w->step);
}

/* |r|^2 - |r - J d|^2, as sum (2 r - J d) J d. */
static double promise(const work *w) {
  double gain = 0;
  for (size_t i = 0; i < w->n; i++) {
    double jd = 0;
    for (size_t c = 0; c < w->k; c++) jd += w->j[i + c * w->n] * w->step[c];
    gain += (2 * w->r[i] - jd) * jd;
  }
  return gain;
}

static double relative_step(const work *w) {
  double most = 0;
  for (size_t c = 0; c < w->k; c++)
    most = fmax(most, fabs(w->step[c]) / fmax(fabs(w->b[c]), w->typical[c]));
  return most;
}

static void rescale(work *w, bool remember) {
  for (size_t c = 0; c < w->k; c++) {
    double now = length(w->j + c * w->n, w->n);
    w->scale[c] = remember ? fmax(w->scale[c], now) : now;
  }
}

/* One try from w->b, with its residuals in w->r. */
static jv_status descend(jv_ctx *cx, work *w, const jv_nls_options *opt, bool remember,
                         double lambda, double *rss) {
  double grow = 2;
  bool stale = true;
  memset(w->scale, 0, w->k * sizeof *w->scale);
  for (int i = 0; i<opt->max_iterations && * rss> 0; i++) {
    double trial_rss = INFINITY, gain;
    JV_TRY(jv_check_cancel(cx));
    w->iterations++;
    if (stale) {
      JV_TRY(jacobian(cx, w, false));
      rescale(w, remember);
      stale = false;
    }
    if (damped_step(w, lambda)) {
      if (relative_step(w) < opt->tolerance) return JV_OK;
      for (size_t c = 0; c < w->k; c++) w->trial[c] = w->b[c] + w->step[c];
      JV_TRY(residuals(cx, w, w->trial, w->trial_r, &trial_rss));
    }
    gain = (*rss - trial_rss) / promise(w);
    if (trial_rss < *rss) {
      memcpy(w->b, w->trial, w->k * sizeof *w->b);
      memcpy(w->r, w->trial_r, w->n * sizeof *w->r);
      *rss = trial_rss;
      lambda *= fmax(1.0 / 3, 1 - pow(2 * fmin(gain, 1.5) - 1, 3));
      grow = 2;
      stale = true;
    } else {
      lambda = fmax(lambda, 1e-16) * grow;
      grow *= 2;
      if (lambda > 1e30) return JV_OK;
    }
  }
  return JV_OK;
}

/* ---- the end */

static jv_status polish(jv_ctx *cx, work *w, double *rss, double *last) {
  *last = INFINITY;
  for (int i = 0; i < 30; i++) {
    jv_qr *qr = NULL;
    double trial_rss;
    JV_TRY(jacobian(cx, w, true));
    JV_TRY(jv_qr_new(cx, w->j, w->n, w->k, -1, &qr));
    jv_status status = qr->rank < w->k ? JV_ENUMERIC : jv_qr_solve(cx, qr, w->r, w->step, w->f);
    jv_qr_free(cx, qr);
    if (status == JV_ENUMERIC) return JV_OK;
    if (status != JV_OK) return status;
    double size = relative_step(w);
    if (!(size < 0.5 * *last)) return JV_OK;
    for (size_t c = 0; c < w->k; c++) w->trial[c] = w->b[c] + w->step[c];
    JV_TRY(residuals(cx, w, w->trial, w->trial_r, &trial_rss));
    /* Where r is all rounding, so is its sum of squares. */
    if (!(trial_rss <= *rss * (1 + 1e-8)) && !(size < 1e-8)) return JV_OK;
    memcpy(w->b, w->trial, w->k * sizeof *w->b);
    memcpy(w->r, w->trial_r, w->n * sizeof *w->r);
    *rss = trial_rss;
    *last = size;
    if (size == 0) return JV_OK;
  }
  return JV_OK;
}

/* A flat place, where a parameter has lost its effect, is no minimum to be content with. */
static jv_status has_full_rank(jv_ctx *cx, work *w, bool *full) {
  jv_qr *qr = NULL;
  JV_TRY(jacobian(cx, w, false));
  JV_TRY(jv_qr_new(cx, w->j, w->n, w->k, -1, &qr));
  *full = qr->rank == w->k && qr->condition < 1e14;
  jv_qr_free(cx, qr);
  return JV_OK;
}

static jv_status search(jv_ctx *cx, work *w, const double *start, const jv_nls_options *opt,
                        double *rss) {
  static const struct {
    bool remember;
    double lambda;
  } tries[] = {{true, 1e-3}, {false, 1e-3}, {true, 100}, {false, 100}};
  bool twice = false;
  *rss = INFINITY;
  for (size_t i = 0; i < sizeof tries / sizeof *tries && !twice; i++) {
    double reached;
    memcpy(w->b, start, w->k * sizeof *w->b);
    JV_TRY(residuals(cx, w, w->b, w->r, &reached));
    if (!isfinite(reached))
      return jv_fail(cx, JV_EDATA, "nls: the model is not finite at the start");
    JV_TRY(descend(cx, w, opt, tries[i].remember, tries[i].lambda, &reached));
    if (isfinite(*rss) && fabs(reached - *rss) <= 1e-9 * *rss) JV_TRY(has_full_rank(cx, w, &twice));
    if (!(reached < *rss * (1 - 1e-9))) continue;
    *rss = reached;
    memcpy(w->best, w->b, w->k * sizeof *w->b);
  }
  memcpy(w->b, w->best, w->k * sizeof *w->b);
  return residuals(cx, w, w->b, w->r, rss);
}

static jv_status errors(jv_ctx *cx, work *w, jv_nls *fit) {
  jv_qr *qr = NULL;
  size_t k = w->k;
  JV_TRY(jacobian(cx, w, true));
  JV_TRY(jv_qr_new(cx, w->j, w->n, k, -1, &qr));
  fit->singular = qr->rank < k;
  jv_status status = fit->singular ? JV_OK : jv_qr_inverse_gram(cx, qr, fit->covariance);
  jv_qr_free(cx, qr);
  for (size_t i = 0; i < k * k; i++)
    fit->covariance[i] = fit->singular ? NAN : fit->covariance[i] * fit->rss / fit->df;
  for (size_t c = 0; c < k; c++) {
    fit->se[c] = sqrt(fit->covariance[c + c * k]);
    fit->t[c] = fit->coef[c] / fit->se[c];
    fit->p_value[c] = 2 * jv_student_upper(fabs(fit->t[c]), fit->df);
  }
  return status;
}

static jv_status summarise(jv_ctx *cx, work *w, double rss, jv_nls *fit) {
  double used = (double)fit->n_used, k = (double)w->k;
  memcpy(fit->coef, w->b, w->k * sizeof *fit->coef);
  fit->rss = rss;
  fit->df = used - k;
  fit->sigma = fit->df > 0 ? sqrt(rss / fit->df) : NAN;
  fit->loglik = -used / 2 * (log(2 * 3.14159265358979323846 * rss / used) + 1);
  fit->aic = -2 * fit->loglik + 2 * (k + 1);
  JV_TRY(w->model->value(cx, w->model->data, w->b, fit->fitted));
  for (size_t i = 0; i < w->n; i++) {
    fit->residuals[i] = isnan(w->y[i]) ? NAN : w->r[i];
    if (isnan(w->y[i])) fit->fitted[i] = NAN;
  }
  return errors(cx, w, fit);
}

/* ---- memory */

void jv_nls_free(jv_ctx *cx, jv_nls *fit) {
  if (!fit) return;
  jv_free(cx, fit->coef); /* one block: see nls_new */
  jv_free(cx, fit);
}

static jv_nls *nls_new(jv_ctx *cx, size_t n, size_t k) {
  jv_nls *fit = JV_NEW(cx, jv_nls);
  double *block = fit ? JV_ARRAY(cx, double, 4 * k + k * k + 2 * n) : NULL;
  if (!block) {
    jv_free(cx, fit);
    return NULL;
  }
  fit->n = n;
  fit->k = k;
  fit->coef = block;
  fit->se = block + k;
  fit->t = block + 2 * k;
  fit->p_value = block + 3 * k;
  fit->covariance = block + 4 * k;
  fit->fitted = fit->covariance + k * k;
  fit->residuals = fit->fitted + n;
  return fit;
}

static double *lay_out(jv_ctx *cx, work *w) {
  size_t n = w->n, k = w->k, rows = n + k;
  double *block = (double *)jv_calloc(cx, 6 * n + n * k + rows * (k + 1) + 6 * k, sizeof *block);
  if (!block) return NULL;
  w->f = block, w->r = block + n, w->trial_r = block + 2 * n, w->plus = block + 3 * n;
  w->two_columns = block + 4 * n;
  w->j = block + 6 * n;
  w->a = w->j + n * k, w->rhs = w->a + rows * k;
  w->b = w->rhs + rows, w->trial = w->b + k, w->step = w->trial + k;
  w->scale = w->step + k, w->typical = w->scale + k, w->best = w->typical + k;
  return block;
}

static jv_status check(jv_ctx *cx, const jv_nls_model *model, const double *y, const double *start,
                       size_t *used) {
  *used = 0;
  if (model->k == 0) return jv_fail(cx, JV_EINVAL, "nls needs a parameter at least");
  for (size_t i = 0; i < model->n; i++) {
    if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "nls: y is infinite in row %zu", i + 1);
    if (!isnan(y[i])) (*used)++;
  }
  for (size_t c = 0; c < model->k; c++)
    if (!isfinite(start[c]))
      return jv_fail(cx, JV_EINVAL, "nls: the start of parameter %zu is not a number", c + 1);
  if (*used > model->k) return JV_OK;
  return jv_fail(cx, JV_EDATA, "nls: %zu parameters need more than %zu values", model->k, *used);
}

jv_status jv_nls_fit(jv_ctx *cx, const jv_nls_model *model, const double *y, const double *start,
                     const jv_nls_options *opt, jv_nls **out) {
  jv_nls_options o;
  jv_option_defaults(jv_nls_option_rows, &o);
  if (opt) o = *opt;
  work w = {.model = model, .y = y, .n = model->n, .k = model->k};
  size_t used;
  double rss, last;
  JV_TRY(check(cx, model, y, start, &used));
  double *block = lay_out(cx, &w);
  jv_nls *fit = block ? nls_new(cx, w.n, w.k) : NULL;
  jv_status status = fit ? JV_OK : JV_ENOMEM;
  if (status == JV_OK) {
    fit->n_used = used;
    for (size_t c = 0; c < w.k; c++) w.typical[c] = start[c] == 0 ? 1e-4 : 1e-4 * fabs(start[c]);
    status = search(cx, &w, start, &o, &rss);
  }
  if (status == JV_OK) status = polish(cx, &w, &rss, &last);
  if (status == JV_OK) {
    fit->converged = last < 1e-6;
    status = summarise(cx, &w, rss, fit);
  }
  if (status == JV_OK) {
    fit->iterations = w.iterations;
    fit->evaluations = w.evaluations;
    *out = fit;
  } else {
    jv_nls_free(cx, fit);
  }
  jv_free(cx, block);
  return status;
}
