/* CSV writer: fields into a buffer, large blocks to the sink. */
#include "text/csv.h"
#include "text/number.h"
#include <string.h>

enum { BLOCK = 64 * 1024 };

static char separator_of(const jv_csv_writer *w) { return w->separator ? w->separator : ','; }

static bool needs_quotes(const char *text, size_t len, char separator) {
  for (size_t i = 0; i < len; i++)
    if (text[i] == separator || text[i] == '"' || text[i] == '\n' || text[i] == '\r') return true;
  /* at the front of a file readers would take these for byte order marks */
  return (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) ||
         (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0));
}

static jv_status add_quoted(jv_ctx *cx, jv_buffer *out, const char *text, size_t len) {
  const char *end = text + len;
  JV_TRY(jv_buffer_add(cx, out, "\"", 1));
  while (text < end) {
    const char *quote = memchr(text, '"', (size_t)(end - text));
    const char *stop = quote ? quote + 1 : end;
    JV_TRY(jv_buffer_add(cx, out, text, (size_t)(stop - text)));
    if (quote) JV_TRY(jv_buffer_add(cx, out, "\"", 1));
    text = stop;
  }
  return jv_buffer_add(cx, out, "\"", 1);
}

jv_status jv_csv_write(jv_ctx *cx, jv_csv_writer *w, const char *text, size_t len) {
  char separator = separator_of(w);
  if (w->in_record > 0) JV_TRY(jv_buffer_add(cx, &w->buffer, &separator, 1));
  if (needs_quotes(text, len, separator))
    JV_TRY(add_quoted(cx, &w->buffer, text, len));
  else
    JV_TRY(jv_buffer_add(cx, &w->buffer, text, len));
  w->lone_empty = w->in_record == 0 && len == 0;
  w->in_record++;
  return JV_OK;
}

jv_status jv_csv_write_text(jv_ctx *cx, jv_csv_writer *w, const char *text) {
  return jv_csv_write(cx, w, text, strlen(text));
}

jv_status jv_csv_write_number(jv_ctx *cx, jv_csv_writer *w, double x) {
  char text[JV_NUMBER_TEXT];
  if (x != x) return jv_csv_write(cx, w, "", 0);
  size_t len = jv_number_format(x, text);
  return jv_csv_write(cx, w, text, len);
}

jv_status jv_csv_write_integer(jv_ctx *cx, jv_csv_writer *w, int64_t x) {
  char text[24], *p = text + sizeof text;
  uint64_t rest = x < 0 ? (uint64_t)0 - (uint64_t)x : (uint64_t)x;
  do *--p = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (x < 0) *--p = '-';
  return jv_csv_write(cx, w, p, (size_t)(text + sizeof text - p));
}

jv_status jv_csv_end_record(jv_ctx *cx, jv_csv_writer *w) {
  JV_TRY(jv_buffer_add_text(cx, &w->buffer, w->lone_empty && w->in_record == 1 ? "\"\"\n" : "\n"));
  w->in_record = 0;
  return w->buffer.len >= BLOCK ? jv_csv_flush(cx, w) : JV_OK;
}

jv_status jv_csv_append(jv_ctx *cx, jv_csv_writer *w, const char *records, size_t len) {
  JV_TRY(jv_buffer_add(cx, &w->buffer, records, len));
  return w->buffer.len >= BLOCK ? jv_csv_flush(cx, w) : JV_OK;
}

jv_status jv_csv_flush(jv_ctx *cx, jv_csv_writer *w) {
  if (w->buffer.len == 0) return JV_OK;
  JV_TRY(w->sink.write(cx, w->sink.ud, w->buffer.data, w->buffer.len));
  w->buffer.len = 0;
  return JV_OK;
}

void jv_csv_writer_free(jv_ctx *cx, jv_csv_writer *w) { jv_buffer_free(cx, &w->buffer); }
