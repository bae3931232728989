/* Least squares by Householder QR with column pivoting (LAPACK dgeqp3), refined.
 *
 * Columns are first scaled by powers of two to lengths near 1, which is exact and takes the units
 * of the regressors out of the condition number.
 *
 * Refinement (Bjorck 1967, "Iterative refinement of linear least squares solutions I", BIT 7): the
 * residual r and the solution b solve the augmented system
 *
 *   [ I  X ] [ r ]   [ y ]
 *   [ X' 0 ] [ b ] = [ c ]          (c = 0 for least squares)
 *
 * whose own residuals f = y - r - X b, g = c - X' r are computed in twofold precision; a correction
 * comes from the same factors: with X P = Q R,
 *
 *   R' z = P' g,   d = Q' f,   P' db = R^-1 (d_1 - z),   dr = Q [ z ; d_2 ].
 *
 * Each step gains about -log10(condition * epsilon) digits. y = 0, c = -e_j gives column j of the
 * inverse of X'X by the same steps. */
#include "numeric/linalg.h"
#include "numeric/twofold.h"
#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <string.h>

/* Above it the inverse of X'X is refined; below, plain back-substitution keeps 12 digits. */
#define REFINE_CONDITION 1e3
#define REFINE_STEPS 30

void jv_qr_free(jv_ctx *cx, jv_qr *qr) {
  if (!qr) return;
  jv_free(cx, qr->factor);
  jv_free(cx, qr->tau);
  jv_free(cx, qr->scale);
  jv_free(cx, qr->pivot);
  jv_free(cx, qr);
}

static jv_status lapack_failed(jv_ctx *cx, const char *routine, lapack_int info) {
  if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
    return jv_fail(cx, JV_ENOMEM, "out of memory in %s", routine);
  return jv_fail(cx, JV_ENUMERIC, "%s failed (info %d)", routine, (int)info);
}

static double length(const double *x, size_t n) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
  if (largest == 0) return 0;
  for (size_t i = 0; i < n; i++) sum += x[i] / largest * (x[i] / largest);
  return largest * sqrt(sum);
}

/* Copies x into the factor, column by column, scaled by a power of two. */
static void scale_columns(jv_qr *qr) {
  for (size_t j = 0; j < qr->p; j++) {
    const double *from = qr->x + j * qr->n;
    double *to = qr->factor + j * qr->n, size = length(from, qr->n);
    qr->scale[j] = size > 0 ? ldexp(1, -ilogb(size)) : 1;
    for (size_t i = 0; i < qr->n; i++) to[i] = from[i] * qr->scale[j];
    qr->pivot[j] = 0; /* free to move */
  }
}

static double default_tolerance(double tolerance, size_t n, size_t p) {
  return tolerance >= 0 ? tolerance : 16 * DBL_EPSILON * (double)(n > p ? n : p);
}

static jv_status factorise(jv_ctx *cx, jv_qr *qr, double tolerance) {
  lapack_int n = (lapack_int)qr->n, p = (lapack_int)qr->p;
  lapack_int info = LAPACKE_dgeqp3(LAPACK_COL_MAJOR, n, p, qr->factor, n, qr->pivot, qr->tau);
  if (info) return lapack_failed(cx, "dgeqp3", info);
  double first = fabs(qr->factor[0]), limit = default_tolerance(tolerance, qr->n, qr->p) * first;
  while (qr->rank < qr->p && fabs(qr->factor[qr->rank * (qr->n + 1)]) > limit) qr->rank++;
  qr->condition = INFINITY;
  if (qr->rank < qr->p) return JV_OK;
  double reciprocal = 0;
  info = LAPACKE_dtrcon(LAPACK_COL_MAJOR, '1', 'U', 'N', p, qr->factor, n, &reciprocal);
  if (info) return lapack_failed(cx, "dtrcon", info);
  qr->condition = 1 / reciprocal;
  return JV_OK;
}

static jv_status check_matrix(jv_ctx *cx, const double *x, size_t n, size_t p) {
  if (p < 1 || n < p)
    return jv_fail(cx, JV_EINVAL, "QR needs at least as many rows as columns, got %zu x %zu", n, p);
  if (n > INT_MAX) return jv_fail(cx, JV_EINVAL, "QR takes up to %d rows, got %zu", INT_MAX, n);
  for (size_t i = 0; i < n * p; i++)
    if (!isfinite(x[i]))
      return jv_fail(cx, JV_EINVAL, "row %zu, column %zu is not finite", i % n + 1, i / n + 1);
  return JV_OK;
}

jv_status jv_qr_new(jv_ctx *cx, const double *x, size_t n, size_t p, double tolerance,
                    jv_qr **out) {
  JV_TRY(check_matrix(cx, x, n, p));
  jv_qr *qr = JV_NEW(cx, jv_qr);
  if (!qr) return cx->status;
  *qr = (jv_qr){.n = n, .p = p, .x = x};
  qr->factor = jv_alloc(cx, n, p * sizeof(double));
  qr->tau = JV_ARRAY(cx, double, p);
  qr->scale = JV_ARRAY(cx, double, p);
  qr->pivot = JV_ARRAY(cx, int, p);
  if (!qr->factor || !qr->tau || !qr->scale || !qr->pivot) goto fail;
  scale_columns(qr);
  if (factorise(cx, qr, tolerance)) goto fail;
  *out = qr;
  return JV_OK;
fail:
  jv_qr_free(cx, qr);
  return cx->status;
}

/* ---- refinement */

/* The work of one augmented system: f and r of n, g and b of p (b unscaled, in x's order). */
typedef struct augmented {
  double *f, *r, *g, *b, *step;
  const double *y; /* n, or NULL for zero */
  const double *c; /* p, or NULL for zero */
} augmented;

static void augmented_free(jv_ctx *cx, augmented *a) { jv_free(cx, a->f); }

/* One block: f, r (n each), g, b, step (p each). */
static jv_status augmented_new(jv_ctx *cx, const jv_qr *qr, augmented *a) {
  *a = (augmented){.f = JV_ARRAY(cx, double, 2 * qr->n + 3 * qr->p)};
  if (!a->f) return JV_ENOMEM;
  a->r = a->f + qr->n;
  a->g = a->r + qr->n;
  a->b = a->g + qr->p;
  a->step = a->b + qr->p;
  return JV_OK;
}

/* f = y - r - X b and g = c - X' r in twofold precision. */
static void augmented_residuals(const jv_qr *qr, augmented *a) {
  size_t n = qr->n, p = qr->p;
  for (size_t i = 0; i < n; i++) {
    jv_twofold sum = {a->y ? a->y[i] : 0, 0};
    jv_twofold_add(&sum, -a->r[i]);
    for (size_t j = 0; j < p; j++) jv_twofold_add_product(&sum, -qr->x[i + j * n], a->b[j]);
    a->f[i] = jv_twofold_value(sum);
  }
  for (size_t j = 0; j < p; j++) {
    jv_twofold sum = {a->c ? a->c[j] : 0, 0};
    for (size_t i = 0; i < n; i++) jv_twofold_add_product(&sum, -qr->x[i + j * n], a->r[i]);
    a->g[j] = jv_twofold_value(sum);
  }
}

static jv_status multiply_q(jv_ctx *cx, const jv_qr *qr, char transpose, double *v) {
  lapack_int n = (lapack_int)qr->n, p = (lapack_int)qr->p;
  lapack_int info =
      LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', transpose, n, 1, p, qr->factor, n, qr->tau, v, n);
  return info ? lapack_failed(cx, "dormqr", info) : JV_OK;
}

static jv_status solve_r(jv_ctx *cx, const jv_qr *qr, char transpose, double *v) {
  lapack_int n = (lapack_int)qr->n, p = (lapack_int)qr->p;
  lapack_int info =
      LAPACKE_dtrtrs(LAPACK_COL_MAJOR, 'U', transpose, 'N', p, 1, qr->factor, n, v, p);
  return info ? lapack_failed(cx, "dtrtrs", info) : JV_OK;
}

/* Adds one correction from the factors, computed out of f and g; *moved is the largest relative
 * change of b. f is used up. */
static jv_status augmented_correct(jv_ctx *cx, const jv_qr *qr, augmented *a, double *moved) {
  size_t n = qr->n, p = qr->p;
  double *z = a->step, largest = 0, change = 0;
  for (size_t k = 0; k < p; k++) {
    size_t j = (size_t)qr->pivot[k] - 1;
    z[k] = a->g[j] * qr->scale[j];
  }
  JV_TRY(solve_r(cx, qr, 'T', z));
  JV_TRY(multiply_q(cx, qr, 'T', a->f));
  for (size_t k = 0; k < p; k++) {
    double d = a->f[k];
    a->f[k] = z[k]; /* f becomes [z ; d_2] */
    z[k] = d - z[k];
  }
  JV_TRY(solve_r(cx, qr, 'N', z));
  JV_TRY(multiply_q(cx, qr, 'N', a->f));
  for (size_t i = 0; i < n; i++) a->r[i] += a->f[i];
  for (size_t k = 0; k < p; k++) {
    size_t j = (size_t)qr->pivot[k] - 1;
    double step = z[k] * qr->scale[j], before = a->b[j];
    a->b[j] += step;
    change = fmax(change, fabs(a->b[j] - before) / qr->scale[j]);
    largest = fmax(largest, fabs(a->b[j]) / qr->scale[j]);
  }
  *moved = largest > 0 ? change / largest : 0;
  return JV_OK;
}

/* From zero: the first step is the plain solution. It ends when b rests, or when the changes no
 * longer shrink: then the condition is beyond help. */
static jv_status augmented_solve(jv_ctx *cx, const jv_qr *qr, augmented *a) {
  double last = INFINITY;
  memset(a->r, 0, qr->n * sizeof *a->r);
  memset(a->b, 0, qr->p * sizeof *a->b);
  for (int k = 0; k < REFINE_STEPS; k++) {
    double moved = 0;
    JV_TRY(jv_check_cancel(cx));
    augmented_residuals(qr, a);
    JV_TRY(augmented_correct(cx, qr, a, &moved));
    if (moved == 0 || (k > 1 && moved >= last / 2)) break;
    last = moved;
  }
  return JV_OK;
}

static jv_status need_full_rank(jv_ctx *cx, const jv_qr *qr) {
  if (qr->rank == qr->p) return JV_OK;
  return jv_fail(cx, JV_ENUMERIC, "the columns are dependent: rank %zu of %zu", qr->rank, qr->p);
}

jv_status jv_qr_solve(jv_ctx *cx, const jv_qr *qr, const double *y, double *b, double *r) {
  augmented a;
  JV_TRY(need_full_rank(cx, qr));
  JV_TRY(augmented_new(cx, qr, &a));
  a.y = y;
  jv_status status = augmented_solve(cx, qr, &a);
  if (status == JV_OK) {
    memcpy(b, a.b, qr->p * sizeof *b);
    memcpy(r, a.r, qr->n * sizeof *r);
  }
  augmented_free(cx, &a);
  return status;
}

/* Plain: column pivot[k] of (R'R)^-1, unscaled. */
static jv_status plain_gram_column(jv_ctx *cx, const jv_qr *qr, size_t k, double *work,
                                   double *inverse) {
  size_t p = qr->p, column = (size_t)qr->pivot[k] - 1;
  memset(work, 0, p * sizeof *work);
  work[k] = 1;
  JV_TRY(solve_r(cx, qr, 'T', work));
  JV_TRY(solve_r(cx, qr, 'N', work));
  for (size_t i = 0; i < p; i++) {
    size_t row = (size_t)qr->pivot[i] - 1;
    inverse[row + column * p] = work[i] * qr->scale[row] * qr->scale[column];
  }
  return JV_OK;
}

/* Refined: X'X v = e_j out of r + X v = 0, X' r = -e_j. */
static jv_status refined_gram_column(jv_ctx *cx, const jv_qr *qr, size_t j, augmented *a,
                                     double *unit, double *inverse) {
  memset(unit, 0, qr->p * sizeof *unit);
  unit[j] = -1;
  a->c = unit;
  JV_TRY(augmented_solve(cx, qr, a));
  memcpy(inverse + j * qr->p, a->b, qr->p * sizeof *inverse);
  return JV_OK;
}

jv_status jv_qr_inverse_gram(jv_ctx *cx, const jv_qr *qr, double *inverse) {
  augmented a;
  JV_TRY(need_full_rank(cx, qr));
  JV_TRY(augmented_new(cx, qr, &a));
  jv_status status = JV_OK;
  double *work = JV_ARRAY(cx, double, qr->p);
  if (!work) status = cx->status;
  for (size_t k = 0; k < qr->p && status == JV_OK; k++)
    status = qr->condition > REFINE_CONDITION ? refined_gram_column(cx, qr, k, &a, work, inverse)
                                              : plain_gram_column(cx, qr, k, work, inverse);
  jv_free(cx, work);
  augmented_free(cx, &a);
  return status;
}

jv_status jv_qr_leverage(jv_ctx *cx, const jv_qr *qr, double *leverage) {
  JV_TRY(need_full_rank(cx, qr));
  lapack_int n = (lapack_int)qr->n, p = (lapack_int)qr->p;
  double *q = jv_alloc(cx, qr->n, qr->p * sizeof *q);
  if (!q) return cx->status;
  memcpy(q, qr->factor, qr->n * qr->p * sizeof *q);
  lapack_int info = LAPACKE_dorgqr(LAPACK_COL_MAJOR, n, p, p, q, n, qr->tau);
  for (size_t i = 0; i < qr->n && !info; i++) {
    double sum = 0;
    for (size_t j = 0; j < qr->p; j++) sum += q[i + j * qr->n] * q[i + j * qr->n];
    leverage[i] = sum < 1 ? sum : 1;
  }
  jv_free(cx, q);
  return info ? lapack_failed(cx, "dorgqr", info) : JV_OK;
}

/* ---- which columns to keep */

/* v less its projections on the `kept` orthonormal columns of q. */
static void project_out(const double *q, size_t n, size_t kept, double *v) {
  for (size_t k = 0; k < kept; k++) {
    double dot = 0;
    for (size_t i = 0; i < n; i++) dot += q[i + k * n] * v[i];
    for (size_t i = 0; i < n; i++) v[i] -= dot * q[i + k * n];
  }
}

/* Gram-Schmidt, each column twice ("twice is enough", Giraud et al. 2005), in the given order, so
 * that of a dependent set the last one goes. */
jv_status jv_independent_columns(jv_ctx *cx, const double *x, size_t n, size_t p, double tolerance,
                                 bool *kept, size_t *count) {
  double limit = default_tolerance(tolerance, n, p);
  double *q = jv_alloc(cx, n, p * sizeof *q);
  if (!q) return cx->status;
  *count = 0;
  for (size_t j = 0; j < p; j++) {
    double *v = q + *count * n, before = length(x + j * n, n);
    kept[j] = false;
    if (before == 0) continue;
    for (size_t i = 0; i < n; i++) v[i] = x[i + j * n] / before;
    project_out(q, n, *count, v);
    project_out(q, n, *count, v);
    double after = length(v, n);
    if (after <= limit) continue;
    for (size_t i = 0; i < n; i++) v[i] /= after;
    kept[j] = true;
    ++*count;
  }
  jv_free(cx, q);
  return JV_OK;
}
