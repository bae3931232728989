/* Pivoted QR of a tall matrix, and least squares through it with refined solutions.
 *
 * Matrices are column-major: element (i, j) of an n x p matrix is a[i + j * n]. */
#ifndef JV_NUMERIC_LINALG_H
#define JV_NUMERIC_LINALG_H

#include "base/ctx.h"

typedef struct jv_qr {
  size_t n, p;
  size_t rank;      /* diagonal elements of R above tolerance * the first */
  double condition; /* estimate for the scaled columns, 1-norm; infinite when rank < p */
  const double *x;  /* the caller's matrix, which must outlive this */
  double *factor;   /* Householder vectors below, R on and above the diagonal (LAPACK dgeqp3) */
  double *tau;      /* p */
  double *scale;    /* p powers of two: column j was multiplied by scale[j]; exact */
  int *pivot;       /* p: column pivot[k] - 1 of x is the k-th of the factor */
} jv_qr;

/* QR with column pivoting of n x p, n >= p >= 1, finite. tolerance < 0: 16 max(n, p) epsilon.
 * Errors: JV_EINVAL (n < p, an element not finite), JV_ENOMEM, JV_ENUMERIC. */
jv_status jv_qr_new(jv_ctx *cx, const double *x, size_t n, size_t p, double tolerance, jv_qr **out);
void jv_qr_free(jv_ctx *cx, jv_qr *qr);

/* b minimising |y - x b| and the residuals r = y - x b, for a factor of full rank. Refined with
 * twofold residuals until nothing changes: the digits are those of the data, not of the condition
 * number, up to condition numbers of about 1e13. Cancellable.
 * Errors: JV_ENUMERIC (rank < p), JV_ENOMEM, JV_ECANCEL. */
jv_status jv_qr_solve(jv_ctx *cx, const jv_qr *qr, const double *y, double *b, double *r);

/* The inverse of x'x, p x p; columns are refined in the same way when the condition asks for it. */
jv_status jv_qr_inverse_gram(jv_ctx *cx, const jv_qr *qr, double *inverse);

/* Diagonal of the hat matrix x (x'x)^-1 x': n numbers in [0, 1] that sum to the rank. */
jv_status jv_qr_leverage(jv_ctx *cx, const jv_qr *qr, double *leverage);

/* Columns, in order, that are no combination of those before them: kept[j] is set for each.
 * Returns through *count how many. tolerance as in jv_qr_new, relative to each column's length. */
jv_status jv_independent_columns(jv_ctx *cx, const double *x, size_t n, size_t p, double tolerance,
                                 bool *kept, size_t *count);

#endif
