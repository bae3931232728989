/* Linear Gaussian state space with one observation a step: filter, likelihood, smoother, simulation
 * smoother, joint distribution.
 *
 *   y[t]   = d[t] + z[t]' a[t] + e[t],           e[t]  ~ N(0, h[t])
 *   a[t+1] = c[t] + T[t] a[t] + R[t] u[t],       u[t]  ~ N(0, diag q[t])
 *   a[0]   ~ N(a0, P0 + kappa D),                kappa -> infinity, D = diag(diffuse)
 *
 * A full covariance of u is put into R by its factor. Missing y are NaN. Matrices are by rows.
 *
 * Diffuse states are exact, not large numbers: P[t] = P*[t] + kappa Pi[t], and the limit is taken in
 * the recursions (Koopman 1997, JASA 92, 1630-1638; Durbin & Koopman 2012, Time Series Analysis by
 * State Space Methods, 2nd ed., ch. 5; below DK).
 *
 * Likelihood: the limit of log p(y) + (rank/2) log kappa (DK 7.2.2), that is
 *   -1/2 sum over all observed (log 2 pi) - 1/2 sum over diffuse steps log Fi[t]
 *   -1/2 sum over the others (log F[t] + v[t]^2 / F[t])
 * It is the density itself when no state is diffuse. */
#ifndef JV_NUMERIC_KALMAN_H
#define JV_NUMERIC_KALMAN_H

#include "base/ctx.h"
#include "base/rng.h"

/* The system. Each part has a step: 0, the same at every time; else the distance in doubles from one
 * time to the next (p for z, p*p for T …). All arrays are the caller's and outlive what uses them. */
typedef struct jv_ssm {
  size_t p, r;                              /* states, disturbances */
  const double *z, *h, *t, *rr, *q, *d, *c; /* p; 1; p*p; p*r; r; 1 or NULL; p or NULL */
  size_t z_step, h_step, t_step, rr_step, q_step, d_step, c_step;
  const double *a0, *p0;        /* p, p*p; NULL: zero */
  const unsigned char *diffuse; /* p flags; NULL: none */
} jv_ssm;

/* What a run keeps for each step; each includes those above it. */
typedef enum jv_kalman_keep {
  JV_KALMAN_NOTHING,     /* the likelihood and the state at the end */
  JV_KALMAN_PREDICTIONS, /* mean, f, v */
  JV_KALMAN_GAINS,       /* what smoothed means and simulation need: n*p numbers */
  JV_KALMAN_STATES       /* predicted states with covariances: n*p*p numbers */
} jv_kalman_keep;

/* Room for runs over at most n steps, made once, and the results of the last run. */
typedef struct jv_kalman {
  size_t p, r, n;
  jv_kalman_keep keep;

  size_t steps;                /* of the last run */
  double loglik;               /* NaN: a variance was not positive */
  double sum_log, sum_squares; /* of F and v^2/F over the observed steps that are not diffuse */
  double sum_log_diffuse;      /* of Fi */
  size_t used, used_diffuse;   /* observed steps of the two kinds */
  size_t diffuse_end;          /* first step whose state holds nothing diffuse; steps + 1: never */
  double *a, *p_star, *p_inf;  /* p, p*p, p*p: the state predicted for the step after the last */

  double *mean, *f, *v, *f_inf; /* n: prediction, its variance, error (NaN: missing), Fi > 0 or 0 */
  double *gain, *gain_inf;      /* n*p: P* z and Pi z */
  double *states;               /* n*p predicted means */
  double *covs, *covs_inf;      /* n*p*p each */

  double *work;            /* scratch */
  double *noise;           /* R diag(q) R' of the step */
  size_t *places, *starts; /* places of what is not zero in T, row by row */
  double *block;
} jv_kalman;

jv_status jv_kalman_new(jv_ctx *cx, size_t p, size_t r, size_t n, jv_kalman_keep keep,
                        jv_kalman **out);
void jv_kalman_free(jv_ctx *cx, jv_kalman *k);

/* jv_kalman_run(k, s, y, n): filters n <= k->n observations; returns the log-likelihood, NaN where a
 * prediction variance is not positive. y NULL: all missing.
 * Allocates nothing. Cost O(n p (p + what is not zero in T)).
 * Checked by: tests/core/test_kalman.c */
double jv_kalman_run(jv_kalman *k, const jv_ssm *s, const double *y, size_t n);

/* Smoothed means of the states of the last run (JV_KALMAN_GAINS): states, steps*p by rows (DK 4.6.2,
 * 5.3). Where a state stays diffuse to the end its mean is that of a flat prior. */
void jv_kalman_smooth_means(const jv_kalman *k, const jv_ssm *s, double *states);

/* As well their covariances, steps*p*p (JV_KALMAN_STATES; DK 4.4, 5.3). Errors: JV_ENOMEM. */
jv_status jv_kalman_smooth(jv_ctx *cx, const jv_kalman *k, const jv_ssm *s, double *states,
                           double *covs);

/* One draw of all states given y (Durbin & Koopman 2002, Biometrika 89, 603-615), after a run of the
 * same y with JV_KALMAN_GAINS; k->v is overwritten. Errors: JV_ENOMEM, JV_ENUMERIC (P0 is indefinite). */
jv_status jv_kalman_draw(jv_ctx *cx, jv_kalman *k, const jv_ssm *s, const double *y, jv_rng *rng,
                         double *states);

/* Mean (n) and covariance (n*n) of y[0..n-1] for a system without diffuse states; the observation
 * noise is included. Errors: JV_ENOMEM. */
jv_status jv_ssm_joint(jv_ctx *cx, const jv_ssm *s, size_t n, double *mean, double *cov);

/* The parts of the system at step t. */
static inline const double *jv_ssm_z(const jv_ssm *s, size_t t) { return s->z + t * s->z_step; }
static inline const double *jv_ssm_t(const jv_ssm *s, size_t t) { return s->t + t * s->t_step; }
static inline double jv_ssm_h(const jv_ssm *s, size_t t) { return s->h[t * s->h_step]; }
static inline double jv_ssm_d(const jv_ssm *s, size_t t) { return s->d ? s->d[t * s->d_step] : 0; }

/* out = T a + c at step t. */
void jv_ssm_advance(const jv_ssm *s, size_t t, const double *a, double *out);

#endif
