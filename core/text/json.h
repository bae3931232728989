/* JSON by cJSON, with what it lacks: errors with line and column, a limit of depth, and numbers that
 * read back as the same double. cJSON allocates through malloc; trees are freed by cJSON_Delete. */
#ifndef JV_TEXT_JSON_H
#define JV_TEXT_JSON_H

#include "text/stream.h"
#include <cjson/cJSON.h>

#define JV_JSON_DEPTH 200 /* default limit of nesting */

/* Parses the whole of text[0..len); max_depth 0: JV_JSON_DEPTH. *out is the caller's: cJSON_Delete.
 * Errors: JV_EPARSE "line L, column C: …", JV_ENOMEM. */
jv_status jv_json_parse(jv_ctx *cx, const char *text, size_t len, size_t max_depth, cJSON **out);

/* Prints a tree onto a buffer; indent 0: one line without blanks. NaN and infinities are null.
 * Strings that are not UTF-8 get U+FFFD for each wrong byte, so that the output always is. */
jv_status jv_json_print(jv_ctx *cx, const cJSON *tree, int indent, jv_buffer *out);

/* Adds name: value to an object (name NULL: a value to an array); JV_ENOMEM when cJSON has none.
 * jv_json_add_item takes item over, also when it fails. */
jv_status jv_json_add_item(jv_ctx *cx, cJSON *into, const char *name, cJSON *item);
jv_status jv_json_add_number(jv_ctx *cx, cJSON *into, const char *name, double x);
jv_status jv_json_add_text(jv_ctx *cx, cJSON *into, const char *name, const char *text);
jv_status jv_json_add_flag(jv_ctx *cx, cJSON *into, const char *name, bool flag);
jv_status jv_json_add_numbers(jv_ctx *cx, cJSON *into, const char *name, const double *x, size_t n);

/* Reads a member of an object: JV_EPARSE names the member that is absent or of another type. null
 * reads as NaN. Texts belong to the tree. numbers: an array of exactly n. */
jv_status jv_json_get_number(jv_ctx *cx, const cJSON *from, const char *name, double *out);
jv_status jv_json_get_text(jv_ctx *cx, const cJSON *from, const char *name, const char **out);
jv_status jv_json_get_flag(jv_ctx *cx, const cJSON *from, const char *name, bool *out);
jv_status jv_json_get_numbers(jv_ctx *cx, const cJSON *from, const char *name, double *x, size_t n);
jv_status jv_json_get_item(jv_ctx *cx, const cJSON *from, const char *name, const cJSON **out);

#endif
