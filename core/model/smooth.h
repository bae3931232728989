/* Simple exponential smoothing as least squares: the level that theta stands on.
 *
 *   l[t] = l[t-1] + alpha e[t],  e[t] = x[t] - l[t-1];  a missing x leaves the level as it is
 *
 * Given alpha, every error is linear in l[0], e[t] = u[t] - c[t] l[0], so the best start level is a
 * ratio of sums and the search runs over alpha alone. */
#ifndef JV_MODEL_SMOOTH_H
#define JV_MODEL_SMOOTH_H

#include <stdbool.h>
#include <stddef.h>

#define JV_SMOOTH_MIN 1e-4 /* bounds of alpha where it is estimated */
#define JV_SMOOTH_MAX 0.9999

typedef struct jv_smooth {
  double alpha, start, level; /* level: after the last observation */
  double sse;
  size_t used, evaluations;
} jv_smooth;

/* NaN in alpha or start: estimated. At least one observed x. Cost O(60 n), allocates nothing. */
jv_smooth jv_smooth_fit(const double *x, size_t n, double alpha, double start);

#endif
