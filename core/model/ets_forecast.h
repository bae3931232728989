/* Forecast distributions of a fitted ETS form. Inside the ets family. */
#ifndef JV_MODEL_ETS_FORECAST_H
#define JV_MODEL_ETS_FORECAST_H

#include "model/ets_engine.h"

/* Whether the variance of each step has a closed form. */
bool jv_ets_has_variance(jv_ets_form form);

/* Means of h steps after run (whose ring is moved), and their variances where they have a closed
 * form (var may be NULL). Without one, means are those of a future without surprises. */
void jv_ets_moments(jv_ets_run *run, double sigma2, size_t h, double *mean, double *var);

/* One path of h steps with innovations of variance sigma2. Relative errors below -1 are drawn again:
 * y and f have the same sign. */
void jv_ets_path(jv_ets_run *run, double sigma2, jv_draws *draws, size_t h, double *path);

#endif
