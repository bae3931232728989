/* Local regression on equally spaced points 1, 2, …, n: what STL smooths with. */
#ifndef JV_NUMERIC_LOESS_H
#define JV_NUMERIC_LOESS_H

#include "base/ctx.h"

/* A smoother for series of one length: the weights of every point at which it is evaluated. */
typedef struct jv_loess {
  size_t n;        /* points of a series */
  size_t window;   /* q: points in a neighbourhood, odd */
  size_t width;    /* of a row of weights: min(q, n) */
  int degree;      /* 0 or 1: of the local polynomial */
  bool ends;       /* evaluated at 0 and n + 1 as well */
  size_t n_points; /* points of evaluation; values between them are interpolated */
  size_t *at;      /* n_points, ascending, 0 … n + 1 */
  size_t *left;    /* n_points: 0-based first observation of the neighbourhood */
  size_t *row;     /* n_points: which row of weights */
  double *tricube; /* rows of width: the tricube weights */
  double *hat;     /* rows of width: the same with the polynomial worked in, summing to one */
} jv_loess;

/* jump >= 1: every so many points are evaluated, and the last. Errors: JV_ENOMEM. */
jv_status jv_loess_init(jv_ctx *cx, size_t n, size_t window, int degree, size_t jump, bool ends,
                        jv_loess *out);
void jv_loess_clear(jv_ctx *cx, jv_loess *l);

/* Smooths y (n values) into out: n values, or n + 2 with `ends` (out[0] at point 0). rw: robustness
 * weights of the observations, or NULL. Where every weight in a neighbourhood is zero the value is
 * y itself, at the ends that of the neighbour. work: width doubles. */
void jv_loess_smooth(const jv_loess *l, const double *y, const double *rw, double *out,
                     double *work);

#endif
