/* Lists inside an explanation, for the families' `explain`: sentences, coefficients, trials. */
#ifndef JV_MODEL_ACCOUNT_H
#define JV_MODEL_ACCOUNT_H

#include "base/ctx.h"

struct cJSON;

/* An empty list as a member of `into`, which owns it. Errors of all: JV_ENOMEM. */
jv_status jv_account_list(jv_ctx *cx, struct cJSON *into, const char *name, struct cJSON **list);
/* A sentence at the end of a list. */
jv_status jv_account_step(jv_ctx *cx, struct cJSON *list, const char *fmt, ...) JV_PRINTF(3, 4);
/* {name, estimate, se}; se NaN where it is not known. */
jv_status jv_account_coefficient(jv_ctx *cx, struct cJSON *list, const char *name, double estimate,
                                 double se);
/* An empty object at the end of a list. */
jv_status jv_account_row(jv_ctx *cx, struct cJSON *list, struct cJSON **row);

#endif
