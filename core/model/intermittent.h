/* What the models of intermittent demand share: a flat rate per period, and paths around it. */
#ifndef JV_MODEL_INTERMITTENT_H
#define JV_MODEL_INTERMITTENT_H

#include "model/model.h"

/* Paths of y[n+h] = rate + e, e one of the fit's own one-step errors, drawn with replacement (or from
 * the fit's pool in units of sigma where there is one); never below zero when `floor` says that no
 * value was. Errors of a rate that moves slowly spread nearly the same at all horizons, and no
 * model of demand stands behind Croston's method that would say more (Shenstone & Hyndman 2005). */
jv_status jv_intermittent_simulate(jv_ctx *cx, const jv_fit *fit, double rate, bool floor, size_t h,
                                   size_t n_paths, double *paths);
/* All steps at `rate`; quantiles from 2000 such paths when they are asked for, by `spread`, which
 * calls jv_intermittent_spread. */
void jv_intermittent_means(jv_forecast *fc, double rate);
jv_status jv_intermittent_spread(jv_ctx *cx, const jv_fit *fit, double rate, bool floor,
                                 jv_forecast *fc);

/* Mean square of the one-step errors. */
double jv_intermittent_variance(const double *e, size_t n);
/* True when no observed value is below zero; says so once, as a warning, when one is. */
bool jv_intermittent_floor(jv_ctx *cx, const char *model, const double *y, size_t n);
/* Mean number of periods from one demand (a value other than zero) to the next, the first counted
 * from the start; missing periods do not count. 1 when there is no demand. */
double jv_intermittent_interval(const double *y, size_t n);

#endif
