/* Minimisation of a smooth function inside a box by damped scoring (Levenberg-Marquardt).
 *
 * For likelihoods and sums of squares whose curvature can be approximated by a positive
 * semidefinite matrix made of first derivatives (Gauss-Newton, Fisher information). */
#ifndef JV_NUMERIC_MINIMISE_H
#define JV_NUMERIC_MINIMISE_H

#include "base/ctx.h"

/* The function. Not finite (NaN included) means: outside, never accepted.
 *   value   f(x); NULL where it costs about as much as expand, which then serves for both
 *   expand  f(x), gradient g (k) and curvature h (k*k, symmetric, both halves filled); called
 *           where f was finite, or anywhere when value is NULL. It may move x along what f does not feel:
 *           in a corner of the box where a coordinate has no effect until another one moves. */
typedef struct jv_objective {
  size_t k;
  void *data;
  double (*value)(void *data, const double *x);
  double (*expand)(void *data, double *x, double *g, double *h);
} jv_objective;

typedef enum jv_minimise_end {
  JV_MINIMISE_CONVERGED, /* the curvature promises less than `tolerance` */
  JV_MINIMISE_STUCK,     /* no step, however small, gains anything */
  JV_MINIMISE_LIMIT,     /* max_iterations */
  JV_MINIMISE_GIVEN_UP,  /* cannot come under `give_up` by the curvature's promise */
  JV_MINIMISE_OUTSIDE    /* the start is not inside */
} jv_minimise_end;

typedef struct jv_minimise_opt {
  const double *lower, *upper; /* k each, infinite for none; equal: the coordinate is fixed */
  double tolerance;            /* absolute, in units of f */
  size_t max_iterations;
  double give_up;       /* INFINITY: never */
  double give_up_slack; /* multiple of the promised gain that is believed possible */
} jv_minimise_opt;

typedef struct jv_minimum {
  double value;
  double promised; /* gain that the curvature still promises */
  size_t iterations, evaluations;
  jv_minimise_end end;
} jv_minimum;

/* Doubles of scratch that jv_minimise needs for k coordinates. */
size_t jv_minimise_scratch(size_t k);

/* jv_minimise(cx, f, opt, scratch, x, out): local minimum from x, which is moved in place and stays
 * inside the box.
 *
 * Each iteration solves (H + lambda diag H) d = -g on the coordinates that are not held by the
 * box, clips what leaves it and solves again for the rest (at most k rounds); lambda follows the
 * ratio of gain to promise. Allocates nothing. Cancellable between iterations.
 * Errors: JV_ECANCEL. Not converging is a result, not an error.
 * Source: Nocedal & Wright (2006), ch. 10 (Levenberg-Marquardt) and 16.7 (gradient projection).
 * Checked by: tests/core/test_ets_minimise.c */
jv_status jv_minimise(jv_ctx *cx, const jv_objective *f, const jv_minimise_opt *opt,
                      double *scratch, double *x, jv_minimum *out);

/* Solves a x = b for symmetric positive definite a (k*k, lower half read and overwritten by its
 * Cholesky factor); b becomes x. False when a is not positive definite. */
bool jv_cholesky_solve(double *a, size_t k, double *b);

#endif
