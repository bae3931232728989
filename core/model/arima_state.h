/* The state of an ARIMA model after its last observation: prediction, gaps, forecasts, paths. */
#ifndef JV_MODEL_ARIMA_STATE_H
#define JV_MODEL_ARIMA_STATE_H

#include "model/arima_arma.h"

/* Units of sigma = 1. The state is (a, lags): Harvey's of the ARMA part, r of it, then the values
 * that differencing needs, the newest first. */
typedef struct jv_arima_state {
  size_t r, lags, s;           /* s = r + lags */
  double *phi, *theta, *delta; /* r, r (theta[0] = 1), lags: u_t = sum delta_j u_{t-j} + w_t */
  double *a;                   /* s: predicted for the next observation */
  double *Q;                   /* s * s: its covariance, less that of the next innovation */
  double *work;                /* 2 s, and s * s behind it */
  size_t run;                  /* observations since the last gap, up to s */
  bool known;                  /* the lags are: their rows of Q are zero */
  bool settled;                /* Q is zero */
} jv_arima_state;

/* A state before the first observation after the lags: `first` holds the `lags` values, oldest
 * first. Errors: JV_ENOMEM, JV_ENUMERIC (the coefficients are not stationary). */
jv_status jv_arima_state_new(jv_ctx *cx, const jv_arima_order *o, const double *coef,
                             const double *first, jv_arima_state **out);
/* The same with nothing in it, for load. */
jv_status jv_arima_state_blank(jv_ctx *cx, const jv_arima_order *o, const double *coef,
                               jv_arima_state **out);
void jv_arima_state_free(jv_ctx *cx, jv_arima_state *s);

/* Takes one observation u (NaN: a gap). *mean is what was expected, *variance of it in units of
 * sigma^2. */
void jv_arima_state_step(jv_arima_state *s, double u, double *mean, double *variance);

/* To be called after the last of a series of steps, before anything below. */
void jv_arima_state_finish(jv_arima_state *s);

/* Means and variances (in units of sigma^2, at least 1; NULL: not wanted) of the next h values. */
void jv_arima_state_ahead(jv_arima_state *s, size_t h, double *mean, double *variance);

/* A root of Q: s columns of s; zero when the state is settled. For paths. */
void jv_arima_state_root(const jv_arima_state *s, double *root);
/* The next h values from `start` (s numbers, spoilt) with the innovations e. */
void jv_arima_state_path(const jv_arima_state *s, double *start, const double *e, size_t h,
                         double *path);

#endif
