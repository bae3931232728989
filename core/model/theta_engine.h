/* The innovations form of the theta models: one recursion, and its least squares.
 *
 * Observed values x[1], x[2], … at times t = 1, 2, … (1 is the first observed value):
 *
 *   mu[t] = l[t-1] + k (A[t-1] c[t-1] + B[t-1] r[t-1])     the one-step mean, k = 1 - 1/theta
 *   l[t]  = l[t-1] + alpha (x[t] - l[t-1])                  level
 *   c[t]  = (1-alpha) c[t-1],  c[0] = 1                     what is left of the start: (1-alpha)^t
 *   r[t]  = 1 + (1-alpha) r[t-1],  r[0] = 1                 (1 - (1-alpha)^(t+1)) / alpha
 *
 * A + B t is the least-squares line through x[1..t] (dynamic) or through the whole sample (static);
 * before there are two values B = 0 and A = x[1]. A missing value leaves l, c and the line, and
 * moves r by one: the line goes on and smoothing does not see it.
 *
 * Given alpha, mu is linear in the start level l[0] and in k, so both are concentrated out: a
 * pass over the data gives six sums, the best k inside its bounds and the best l[0] follow from a
 * 2 x 2 system, and the search runs over alpha alone. Its grid makes the minimum the global one. Sums are
 * of x about its first value: the model shifts with the data (l[0] by (1-k) times the shift), and
 * nothing is lost to a large level.
 *
 * Source: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), IJF 32, 1151-1161, eqs
 * 7-13 (STM, OTM) and 14-20 (DSTM, DOTM), whose sums for A and B are the least-squares line's.
 * Differs: gaps; concentration instead of a simplex search in three dimensions. */
#ifndef JV_MODEL_THETA_ENGINE_H
#define JV_MODEL_THETA_ENGINE_H

#include "base/ctx.h"

/* Bounds of the paper's authors for what is estimated. */
#define JV_THETA_ALPHA_MIN 0.1
#define JV_THETA_ALPHA_MAX 0.99
#define JV_THETA_MAX 1e10

/* The first errors say more about a line through one or two points than about the model: sums
 * begin at the fourth observed value (at the second in series of fewer than seven). */
#define JV_THETA_SKIP 3

/* A least-squares line that takes one point after another. */
typedef struct jv_theta_line {
  double count, mt, mx; /* points, mean time, mean value */
  double tt, tx;        /* sums of squares and products about the means */
} jv_theta_line;

void jv_theta_line_add(jv_theta_line *line, double t, double x);
double jv_theta_line_slope(const jv_theta_line *line);
double jv_theta_line_origin(const jv_theta_line *line); /* A: its value at t = 0 */

/* The state after an observation, in the unit of x. */
typedef struct jv_theta_run {
  double alpha, kappa; /* kappa = 1 - 1/theta */
  double level, c, r;
  double time;        /* of the last value taken, missing or not; 0: nothing observed yet */
  double gap;         /* missing values since the last observation */
  jv_theta_line line; /* static: that of the sample, and it stays */
  bool dynamic;
} jv_theta_run;

/* One-step mean, and what it adds to the level: k (A c + B r). */
double jv_theta_mean(const jv_theta_run *run);
double jv_theta_pull(const jv_theta_run *run);
/* Takes a value; NaN is missing. */
void jv_theta_take(jv_theta_run *run, double x);

typedef struct jv_theta_request {
  double alpha, theta, level; /* NaN: estimated */
  bool dynamic;
} jv_theta_request;

typedef struct jv_theta_estimate {
  jv_theta_run start; /* before the first observation; static: with the line of the sample */
  double theta, level;
  double sse;  /* of the errors that count */
  size_t used; /* how many they are */
  size_t evaluations;
} jv_theta_estimate;

/* Errors of a sample of n_observed values that do not count. */
size_t jv_theta_skipped(size_t n_observed);

/* jv_theta_estimate_of(cx, x, n, request, out): least squares; x with at least three observed values,
 * NaN = missing. Cost O(n) for each of about 30 alphas, four at a time; allocates 4 n once.
 * Errors: JV_ENOMEM. Checked by: tests/core/test_theta_models.c */
jv_status jv_theta_estimate_of(jv_ctx *cx, const double *x, size_t n,
                               const jv_theta_request *request, jv_theta_estimate *out);

#endif
