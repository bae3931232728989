/* Forecasts conditional on facts about the future: known values, or sums of steps (a year's total).
 *
 * A conditioned fit is a fit: forecasts, sample paths, annual totals and all that is built on them hold
 * to the facts. For structural models the conditioning is that of the state space, exact. For any other
 * model it rests on the joint normal distribution of the steps: the model's own means and standard
 * deviations where they are normal, correlations from its sample paths. */
#ifndef JV_MODEL_CONDITION_H
#define JV_MODEL_CONDITION_H

#include "model/model.h"

/* The sum of steps from .. to ahead (1-based, inclusive; from = to: a value) is `value`, known with
 * standard deviation sd (0: exactly). */
typedef struct jv_fact {
  size_t from, to;
  double value, sd;
} jv_fact;

/* jv_fact_of_period(cx, start, y, n, period, value, sd, out): what a figure of `period` says about the
 * steps after y[n-1]; y[0] belongs to `start`. A period of the series' own frequency is a value, a
 * coarser one (the year of a quarterly series) a total, from which what y holds of it is taken off.
 * Errors: JV_EPERIOD (finer than the series, undated), JV_EDATA (no step of it lies ahead, or a part of
 * it behind is missing or before y). */
jv_status jv_fact_of_period(jv_ctx *cx, jv_period start, const double *y, size_t n,
                            jv_period period, double value, double sd, jv_fact *out);

/* Facts a'x = b + e, e ~ N(0, noise), on x ~ N(mean, cov): k rows a of n, b and noise of k (noise NULL:
 * none). mean (n) and cov (n*n) become those given the facts; gains (k*n, or NULL) the gain of each
 * fact after those before it: x + gain (b + e - a'x), one fact after another, conditions a draw x.
 * A fact that those before it settle already is passed over (its gain is zero) when it agrees with
 * them. Errors: JV_EDATA (one contradicts them).
 * Source: Anderson (2003), An Introduction to Multivariate Statistical Analysis, th. 2.5.1; for draws
 * Journel & Huijbregts (1978), conditioning by kriging. */
jv_status jv_condition_gaussian(jv_ctx *cx, double *mean, double *cov, size_t n, const double *a,
                                const double *b, const double *noise, size_t k, double *gains);

/* The fit with the facts put in; *out is a fit of its own (it holds a copy of `fit`, taken through its
 * saved form), to be freed by jv_fit_free. It cannot be updated, saved or taken apart.
 * Errors: JV_EINVAL (no facts, from > to, a value that is not finite), JV_ENOMEM. Facts that contradict
 * each other are JV_EDATA of the forecast.
 * Checked by: tests/core/test_condition.c */
jv_status jv_fit_condition(jv_ctx *cx, const jv_fit *fit, const jv_fact *facts, size_t n,
                           jv_fit **out);

#endif
