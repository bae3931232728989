/* Sources and sinks in memory. */
#include "text/stream.h"
#include "text/number.h"
#include <string.h>

jv_status jv_text_source_read(jv_ctx *cx, void *text_source, char *buffer, size_t size,
                              size_t *got) {
  (void)cx;
  jv_text_source *source = text_source;
  size_t n = source->len < size ? source->len : size;
  if (n > 0) memcpy(buffer, source->rest, n);
  source->rest += n;
  source->len -= n;
  *got = n;
  return JV_OK;
}

jv_status jv_buffer_add(jv_ctx *cx, jv_buffer *buffer, const char *data, size_t len) {
  if (len > SIZE_MAX / 4 - buffer->len)
    return jv_fail(cx, JV_ENOMEM, "out of memory: %zu bytes", len);
  if (!buffer->data || buffer->len + len + 1 > buffer->cap) {
    size_t cap = (buffer->len + len + 1) * 2;
    if (cap < 256) cap = 256;
    char *grown = jv_realloc(cx, buffer->data, cap, 1);
    if (!grown) return cx->status;
    buffer->data = grown;
    buffer->cap = cap;
  }
  if (len > 0) memcpy(buffer->data + buffer->len, data, len);
  buffer->len += len;
  buffer->data[buffer->len] = '\0';
  return JV_OK;
}

jv_status jv_buffer_add_text(jv_ctx *cx, jv_buffer *buffer, const char *text) {
  return jv_buffer_add(cx, buffer, text, strlen(text));
}

jv_status jv_buffer_add_number(jv_ctx *cx, jv_buffer *buffer, double x) {
  char text[JV_NUMBER_TEXT];
  size_t len = jv_number_format(x, text);
  return jv_buffer_add(cx, buffer, text, len);
}

jv_status jv_buffer_write(jv_ctx *cx, void *buffer, const char *data, size_t len) {
  return jv_buffer_add(cx, buffer, data, len);
}

void jv_buffer_free(jv_ctx *cx, jv_buffer *buffer) {
  jv_free(cx, buffer->data);
  memset(buffer, 0, sizeof *buffer);
}
