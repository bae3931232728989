/* Text that grows: what the printed forms of series and lineage are built in. */
#ifndef JV_SERIES_BUFFER_H
#define JV_SERIES_BUFFER_H

#include "base/ctx.h"

/* Zeroed: empty. */
typedef struct jv_grown {
  char *text; /* NUL-terminated once anything was added */
  size_t len, room;
} jv_grown;

jv_status jv_grown_add(jv_ctx *cx, jv_grown *b, const char *fmt, ...) JV_PRINTF(3, 4);
/* Hands the text over ("" when empty), to be freed with jv_free; the buffer is empty again. */
jv_status jv_grown_take(jv_ctx *cx, jv_grown *b, char **text);
void jv_grown_free(jv_ctx *cx, jv_grown *b);

/* printf writes the decimal point of the process's locale; turns a comma back into a point. To be
 * called before thousands are set off by commas. Returns text. */
char *jv_decimal_point(char *text);

#endif
