/* Options and regressors as members of a JSON object, as saved fits and explanations hold them. */
#ifndef JV_MODEL_SAVE_H
#define JV_MODEL_SAVE_H

#include "model/model.h"

struct cJSON;

/* An object `name` with the options of opt by their rows; absent ones are null, or left out. */
jv_status jv_save_options(jv_ctx *cx, const char *name, const jv_option *rows, const void *opt,
                          struct cJSON *into);
/* A list `regressors` of their names; nothing where there are none. */
jv_status jv_save_regressors(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
/* Options out of the object `options` of `from`; `what` names the model in messages. */
jv_status jv_load_options(jv_ctx *cx, const struct cJSON *from, const char *what,
                          const jv_option *rows, void *opt);

/* What the common options of a fit came to, a member `common`, and back around a fit just loaded:
 * around_save.c. On failure *fit is NULL or the caller's still. */
jv_status jv_around_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_around_load(jv_ctx *cx, const struct cJSON *from, jv_fit **fit);

#endif
