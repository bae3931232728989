/* Conformal intervals: quantiles of the errors that the model made at earlier origins.
 *
 * At origin t the first t observations are known; e[t,i] is the error of the forecast i steps ahead.
 * From the K_i errors there are at step i the interval of level L is
 *   point forecast +- the r-th smallest |e[.,i]|,  r = ceil((K_i + 1) L)
 * the finite-sample correction: were errors exchangeable it would hold the outcome with probability L
 * at least. r > K_i cannot be had: asking for it is JV_EUNSUPPORTED with the count that it takes, 19
 * errors for 95 %. Each step is calibrated by itself (no joint statement over the horizon).
 *
 *   split    one fit to all but the last K observations, moved through those by update (refitted,
 *            where the family cannot update): a fit, and K forecasts
 *   rolling  a refit at each of the last K origins: K fits; the errors carry those of estimation. An
 *            origin with too few data for the family ends the search backwards.
 *
 * Time series are not exchangeable: coverage holds as far as errors are stationary. Sample paths take
 * the errors of one origin for all steps (with a sign at random), so that sums over the horizon carry
 * their dependence; where an origin lies too late to know a step, another one goes on.
 *
 * Source: Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World; Lei, G'Sell,
 * Rinaldo, Tibshirani & Wasserman (2018), JASA 113, 1094-1111, sec. 2.2 (split); Stankeviciute, Alaa
 * & van der Schaar (2021), NeurIPS 34 (steps of a forecast; theirs divide alpha by the horizon for a
 * joint statement); Xu & Xie (2021), ICML, 11559-11569 (errors of rolling origins).
 * Checked by: tests/core/test_around.c */
#ifndef JV_MODEL_CONFORMAL_H
#define JV_MODEL_CONFORMAL_H

#include "model/model.h"

typedef struct jv_errors {
  size_t origins, h;
  double *error;  /* origins rows of h; NaN: not known */
  double *sorted; /* h rows of origins: absolute values, ascending, count[i] of them */
  size_t *count;  /* h */
} jv_errors;

/* Errors of a fit with common options on the mapped scale, for h steps at least; kept by the fit and
 * made anew when it lacks steps. *out belongs to the fit. Errors: JV_EDATA, those of fits. */
jv_status jv_conformal_errors(jv_ctx *cx, const jv_fit *fit, size_t h, const jv_errors **out);
jv_status jv_errors_copy(jv_ctx *cx, const jv_errors *from, size_t h, jv_errors **out);
void jv_errors_free(jv_ctx *cx, jv_errors *errors);

/* Quantile p of the error at a step; JV_EUNSUPPORTED beyond what the errors can tell. */
jv_status jv_errors_quantile(jv_ctx *cx, const jv_errors *errors, size_t step, double p,
                             double *out);
/* Adds errors to the point forecasts in path (h values), drawn by rng. Every step must have one. */
void jv_errors_draw(const jv_errors *errors, size_t h, jv_rng *rng, double *path);

#endif
