/* The state of a fit as JSON members: doubles exact, NaN as null, infinities as 1e999.
 *
 * Unlike text/json.h, infinities survive (a naive fit of one value has an infinite variance) and
 * numbers stand in the tree as raw text, so that any printer of cJSON writes them exactly. */
#ifndef JV_MODEL_STATE_H
#define JV_MODEL_STATE_H

#include "base/ctx.h"

struct cJSON;

/* Each adds one member to an object. Errors: JV_ENOMEM. */
jv_status jv_state_set_real(jv_ctx *cx, struct cJSON *into, const char *name, double value);
jv_status jv_state_set_reals(jv_ctx *cx, struct cJSON *into, const char *name, const double *values,
                             size_t n);
jv_status jv_state_set_count(jv_ctx *cx, struct cJSON *into, const char *name, size_t value);
jv_status jv_state_set_flag(jv_ctx *cx, struct cJSON *into, const char *name, bool value);
jv_status jv_state_set_text(jv_ctx *cx, struct cJSON *into, const char *name, const char *value);
/* Adds an empty object and gives it in *out (owned by `into`). */
jv_status jv_state_set_object(jv_ctx *cx, struct cJSON *into, const char *name, struct cJSON **out);

/* For explanations: adds an empty list and gives it in *out; puts a text, or an empty object, at the end
 * of a list. Errors: JV_ENOMEM. */
jv_status jv_state_set_list(jv_ctx *cx, struct cJSON *into, const char *name, struct cJSON **out);
jv_status jv_state_add_text(jv_ctx *cx, struct cJSON *list, const char *text);
jv_status jv_state_add_object(jv_ctx *cx, struct cJSON *list, struct cJSON **out);

/* Each reads one member; an absent or wrong one is JV_EPARSE with its name and what was wanted.
 * Reals: null is NaN. jv_state_get_reals wants exactly n of them. */
jv_status jv_state_get_real(jv_ctx *cx, const struct cJSON *from, const char *name, double *out);
jv_status jv_state_get_reals(jv_ctx *cx, const struct cJSON *from, const char *name, double *out,
                             size_t n);
/* Length of a list; 0 when it is absent or no list. */
size_t jv_state_list_length(const struct cJSON *from, const char *name);
jv_status jv_state_get_count(jv_ctx *cx, const struct cJSON *from, const char *name, size_t *out);
jv_status jv_state_get_flag(jv_ctx *cx, const struct cJSON *from, const char *name, bool *out);
/* The text belongs to `from`. */
jv_status jv_state_get_text(jv_ctx *cx, const struct cJSON *from, const char *name,
                            const char **out);
jv_status jv_state_get_object(jv_ctx *cx, const struct cJSON *from, const char *name,
                              const struct cJSON **out);

#endif
