/* The check of regressors' values given to a fit after it was made: by forecast, simulate, update. */
#ifndef JV_MODEL_GIVEN_H
#define JV_MODEL_GIVEN_H

#include "model/model.h"

/* x: `rows` rows of fit->k values. JV_EINVAL when they are wanted and not there, or the reverse;
 * JV_EDATA when one is missing or infinite. */
jv_status jv_check_given(jv_ctx *cx, const jv_fit *fit, const double *x, size_t rows);

#endif
