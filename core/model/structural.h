/* Structural time series models: the parts that the family's files share.
 *
 *   y[t] = level + season + cycle + x[t]'b + e[t],                     e   ~ N(0, s2 v_irregular)
 *   level[t+1] = level[t] + slope[t] + u[t],                           u   ~ N(0, s2 v_level)
 *   slope[t+1] = slope[t] + w[t],                                      w   ~ N(0, s2 v_slope)
 *   dummy season:  season[t+1] = -sum of the m-1 before it + o[t],     o   ~ N(0, s2 v_season)
 *   trigonometric: pairs j = 1 .. m/2 that turn by 2 pi j / m a step, each with noise s2 v_season
 *   cycle: a pair that turns by 2 pi / period and shrinks by rho, noise s2 v_cycle each;
 *          stationary start with variance s2 v_cycle / (1 - rho^2)
 * Level, slope, season and b start diffuse. v are ratios to the common variance s2.
 *
 * Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 2, 4;
 * Durbin & Koopman (2012), ch. 3. */
#ifndef JV_MODEL_STRUCTURAL_H
#define JV_MODEL_STRUCTURAL_H

#include "model/model.h"
#include "numeric/kalman.h"

typedef enum jv_structural_type {
  JV_STRUCTURAL_AUTO,
  JV_STRUCTURAL_LEVEL,  /* random walk plus noise */
  JV_STRUCTURAL_TREND,  /* local linear trend */
  JV_STRUCTURAL_SMOOTH, /* integrated random walk: the trend without noise of its level */
  JV_STRUCTURAL_BSM     /* local linear trend with a season */
} jv_structural_type;

typedef enum jv_structural_season {
  JV_STRUCTURAL_SEASON_AUTO,
  JV_STRUCTURAL_NONE,
  JV_STRUCTURAL_DUMMY,
  JV_STRUCTURAL_TRIG
} jv_structural_season;

/* The noises, in the order in which they are estimated and saved. */
#define JV_STRUCTURAL_NOISES(X) X(irregular) X(level) X(slope) X(season) X(cycle)
typedef enum jv_structural_noise {
#define X(name) JV_NOISE_##name,
  JV_STRUCTURAL_NOISES(X)
#undef X
      JV_NOISES
} jv_structural_noise;

typedef struct jv_structural_opt {
  int type, season, harmonics, cycle;
  double cycle_period, cycle_damping;
  double var[JV_NOISES]; /* in the unit of y squared; NaN: estimated */
} jv_structural_opt;

/* What is in the model. */
typedef struct jv_structural_form {
  int type, season; /* neither auto */
  bool cycle;
  size_t m, harmonics, k; /* harmonics: of a trigonometric season */
} jv_structural_form;

typedef struct jv_structural_par {
  double v[JV_NOISES]; /* ratios; 0 where the form has no such noise */
  double period, rho;  /* of the cycle */
  double scale;        /* s, the root of the common variance */
} jv_structural_par;

/* The state space of a form; arrays and their owner. */
typedef struct jv_structural_system {
  jv_structural_form form;
  jv_ssm ssm;
  size_t p, r, slope, season, cycle, x; /* places of the first state of each part */
  double *z, *t, *rr, *q, *p0;
  double h;
  unsigned char *diffuse;
  double *block;
} jv_structural_system;

bool jv_structural_has(const jv_structural_form *form, jv_structural_noise noise);
/* States that start diffuse. */
size_t jv_structural_diffuse(const jv_structural_form *form);
/* "Structural(level + slope, season dummy)" into a buffer of size. */
void jv_structural_name(const jv_structural_form *form, char *out, size_t size);

/* The system of `rows` steps with regressors x (rows of form->k, NULL with none), each divided by
 * its x_scale. *out to be freed. Errors: JV_ENOMEM. */
jv_status jv_structural_system_new(jv_ctx *cx, const jv_structural_form *form, const double *x,
                                   const double *x_scale, size_t rows, jv_structural_system *out);
void jv_structural_system_free(jv_ctx *cx, jv_structural_system *s);
void jv_structural_system_set(jv_structural_system *s, const jv_structural_par *par);

/* One candidate, fitted. */
typedef struct jv_structural_result {
  jv_structural_form form;
  jv_structural_par par;
  double loglik; /* exact diffuse */
  double tail;   /* its part after the first `from` observations; see jv_structural_estimate */
  size_t used, tail_used, n_free; /* observations, those of tail, estimated parameters with s2 */
  size_t evaluations;
  bool converged;
} jv_structural_result;

/* The step after which nothing of the form is diffuse any more, whatever its parameters.
 * Errors: JV_EDATA (states that the data cannot tell), JV_ENOMEM. */
jv_status jv_structural_begin(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                              const jv_structural_form *form, const jv_structural_opt *opt,
                              size_t *end);

/* Estimates one form, which jv_structural_begin allowed, by maximum likelihood. x of the sample is
 * divided by x_scale. from: where the likelihood that types are compared by begins.
 * Errors: JV_EINVAL (variances given that allow no likelihood), JV_ENOMEM, JV_ECANCEL. */
jv_status jv_structural_estimate(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                                 const jv_structural_form *form, const jv_structural_opt *opt,
                                 size_t from, jv_structural_result *out);

/* log L at given parameters (par->scale taken as given): what reference answers are held against.
 * Errors: JV_ENOMEM, JV_ENUMERIC. */
jv_status jv_structural_loglik(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                               const jv_structural_form *form, const jv_structural_par *par,
                               double *out);

/* Standard errors of the estimated variances (in the unit of y squared), of the period and of the
 * damping: JV_NOISES + 2 numbers, NaN for what is given, zero or at a bound. From the curvature of
 * log L in log variances. Errors: JV_ENOMEM. */
jv_status jv_structural_errors(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                               const jv_structural_form *form, const jv_structural_opt *opt,
                               const jv_structural_par *par, double *se);

/* Joint normal distribution of the next h observations of a structural fit: mean (h), covariance
 * (h*h). x as in jv_fit_forecast. Errors: JV_EINVAL (another family), JV_ENOMEM. */
jv_status jv_structural_joint(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              double *mean, double *cov);

#endif
