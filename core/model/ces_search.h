/* Least squares of complex exponential smoothing from a backward start. */
#ifndef JV_MODEL_CES_SEARCH_H
#define JV_MODEL_CES_SEARCH_H

#include "model/ces_filter.h"

/* Bounds of weights that stand alone or beside a given one; free pairs: first weight in [1, 2], as far
 * as the pair is stable. */
#define JV_CES_MIN 0.3
#define JV_CES_FIRST_MAX 2.5
#define JV_CES_SECOND_MAX 1.6
#define JV_CES_B_MAX 1.5

typedef struct jv_ces_request {
  jv_ces_form form;
  double given[JV_CES_MAX]; /* a0, a1, b0, b1; NaN: estimated */
  double end;               /* level where the backward run begins */
  const double *seasons;    /* m where seasonal parts begin; NULL for none */
} jv_ces_request;

typedef struct jv_ces_estimate {
  double x[JV_CES_MAX]; /* NaN beyond the form's parameters */
  double sse;           /* of the errors after the backward run */
  size_t used;          /* observed values */
  size_t free;          /* weights that were estimated */
  size_t evaluations;   /* likelihoods: runs backwards and forwards */
  bool converged;
} jv_ces_estimate;

/* jv_ces_estimate_of(cx, y, n, m, request, out): y with NaN = missing; m = 1 for none.
 *
 * A coarse net of weights, four runs at a time; from its best points Gauss-Newton in the box and inside
 * the stable region, with derivatives by differences of runs side by side. Cancellable.
 * Cost O(n evaluations); allocates 8 n + 16 m once. Errors: JV_ENOMEM, JV_ECANCEL.
 * Checked by: tests/core/test_ces.c */
jv_status jv_ces_estimate_of(jv_ctx *cx, const double *y, size_t n, size_t m,
                             const jv_ces_request *request, jv_ces_estimate *out);

#endif
