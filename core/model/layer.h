/* What the files of the generic layer share: fits, forecasts and paths as a class makes them, without
 * what the common options put around. Nothing outside fit.c, forecast.c, save.c, around.c,
 * conformal.c and refit.c needs it. */
#ifndef JV_MODEL_LAYER_H
#define JV_MODEL_LAYER_H

#include "model/model.h"

/* x: `rows` rows of fit->k values given to a fit after it was made. JV_EINVAL when they are wanted and
 * not there, or the reverse; JV_EDATA when one is missing or infinite. */
jv_status jv_check_given(jv_ctx *cx, const jv_fit *fit, const double *x, size_t rows);

/* A fit without state: options copied, fitted and residuals all NaN. */
jv_status jv_fit_blank(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                       const void *opt, jv_fit **out);
/* The fit of a class; from: applied instead of estimated, or NULL. */
jv_status jv_fit_plain(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                       const void *opt, const jv_fit *from, jv_fit **out);
/* The forecast of a class, checked. Has a copy of x. */
jv_status jv_forecast_plain(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            jv_forecast **out);
/* The paths of a class, or drawn from its forecast. */
jv_status jv_simulate_plain(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *paths);
/* A forecast of h steps with means all NaN and a copy of rows * k regressors (x may be NULL). */
jv_status jv_forecast_blank(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            jv_forecast **out);
/* fitted and residuals with room for `more` values, NaN; fit->n stays. */
jv_status jv_fit_grow(jv_ctx *cx, jv_fit *fit, size_t more);

#endif
