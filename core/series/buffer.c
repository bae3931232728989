/* Growing text. */
#include "series/buffer.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static jv_status reserve(jv_ctx *cx, jv_grown *b, size_t more) {
  if (b->len + more + 1 <= b->room) return JV_OK;
  size_t room = 2 * b->room + more + 64;
  char *text = jv_realloc(cx, b->text, room, 1);
  if (!text) return jv_failure(cx);
  b->text = text;
  b->room = room;
  return JV_OK;
}

jv_status jv_grown_add(jv_ctx *cx, jv_grown *b, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  if (n < 0) return jv_fail(cx, JV_EINVAL, "text cannot be formatted");
  JV_TRY(reserve(cx, b, (size_t)n));
  va_start(ap, fmt);
  vsnprintf(b->text + b->len, b->room - b->len, fmt, ap);
  va_end(ap);
  b->len += (size_t)n;
  return JV_OK;
}

jv_status jv_grown_take(jv_ctx *cx, jv_grown *b, char **text) {
  JV_TRY(reserve(cx, b, 0));
  b->text[b->len] = '\0';
  *text = b->text;
  memset(b, 0, sizeof *b);
  return JV_OK;
}

void jv_grown_free(jv_ctx *cx, jv_grown *b) {
  jv_free(cx, b->text);
  memset(b, 0, sizeof *b);
}

char *jv_decimal_point(char *text) {
  for (char *at = text; *at; at++)
    if (*at == ',') *at = '.';
  return text;
}
