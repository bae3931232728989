/* Bytes from and to somewhere else: how the codecs read and write without knowing files. */
#ifndef JV_TEXT_STREAM_H
#define JV_TEXT_STREAM_H

#include "base/ctx.h"

/* Reads at most `size` bytes into `buffer`; *got = 0 only at the end. Failure has the error slot set. */
typedef jv_status (*jv_read_fn)(jv_ctx *cx, void *ud, char *buffer, size_t size, size_t *got);

/* Takes all of data[0..len), or fails. */
typedef jv_status (*jv_write_fn)(jv_ctx *cx, void *ud, const char *data, size_t len);

typedef struct jv_source_stream {
  jv_read_fn read;
  void *ud;
} jv_source_stream;

typedef struct jv_sink_stream {
  jv_write_fn write;
  void *ud;
} jv_sink_stream;

/* A text in memory as a source; rest is what has not been read. */
typedef struct jv_text_source {
  const char *rest;
  size_t len;
} jv_text_source;
jv_status jv_text_source_read(jv_ctx *cx, void *text_source, char *buffer, size_t size,
                              size_t *got);

/* Text that grows: a sink in memory. Zeroed is empty; data is NUL-ended once anything was added,
 * freed by jv_buffer_free. On JV_ENOMEM the content is as before. */
typedef struct jv_buffer {
  char *data;
  size_t len, cap;
} jv_buffer;
jv_status jv_buffer_add(jv_ctx *cx, jv_buffer *buffer, const char *data, size_t len);
jv_status jv_buffer_add_text(jv_ctx *cx, jv_buffer *buffer, const char *text);
jv_status jv_buffer_add_number(jv_ctx *cx, jv_buffer *buffer, double x);
jv_status jv_buffer_write(jv_ctx *cx, void *buffer, const char *data, size_t len);
void jv_buffer_free(jv_ctx *cx, jv_buffer *buffer);

#endif
