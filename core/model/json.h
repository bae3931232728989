/* Reading and writing the state of a fit as JSON: doubles exact, NaN as null, infinities as 1e999.
 *
 * cJSON prints a number with 15 digits when that is "near enough", which loses the last bit; a
 * loaded fit must forecast the same bytes, so numbers are written here with 17. */
#ifndef JV_MODEL_JSON_H
#define JV_MODEL_JSON_H

#include "base/ctx.h"

struct cJSON;

/* Each adds one member to an object. Errors: JV_ENOMEM. */
jv_status jv_json_add_real(jv_ctx *cx, struct cJSON *into, const char *name, double value);
jv_status jv_json_add_reals(jv_ctx *cx, struct cJSON *into, const char *name, const double *values,
                            size_t n);
jv_status jv_json_add_count(jv_ctx *cx, struct cJSON *into, const char *name, size_t value);
jv_status jv_json_add_flag(jv_ctx *cx, struct cJSON *into, const char *name, bool value);
jv_status jv_json_add_text(jv_ctx *cx, struct cJSON *into, const char *name, const char *value);
/* Adds an empty object and gives it in *out (owned by `into`). */
jv_status jv_json_add_object(jv_ctx *cx, struct cJSON *into, const char *name, struct cJSON **out);

/* Each reads one member; an absent or wrong one is JV_EPARSE with its name and what was wanted.
 * Reals: null is NaN. jv_json_get_reals wants exactly n of them. */
jv_status jv_json_get_real(jv_ctx *cx, const struct cJSON *from, const char *name, double *out);
jv_status jv_json_get_reals(jv_ctx *cx, const struct cJSON *from, const char *name, double *out,
                            size_t n);
jv_status jv_json_get_count(jv_ctx *cx, const struct cJSON *from, const char *name, size_t *out);
jv_status jv_json_get_flag(jv_ctx *cx, const struct cJSON *from, const char *name, bool *out);
/* The text belongs to `from`. */
jv_status jv_json_get_text(jv_ctx *cx, const struct cJSON *from, const char *name,
                           const char **out);
jv_status jv_json_get_object(jv_ctx *cx, const struct cJSON *from, const char *name,
                             const struct cJSON **out);

#endif
