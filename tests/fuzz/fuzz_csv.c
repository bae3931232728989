/* Any bytes as CSV: no crash, no leak; what was read is written, read again, and is the same.
 * The first byte chooses separator, detection, raggedness and how the bytes drip in. */
#include "fuzz.h"
#include "text/csv.h"

typedef struct drip {
  const char *text;
  size_t len, step;
} drip;

static jv_status drip_read(jv_ctx *cx, void *ud, char *buffer, size_t size, size_t *got) {
  (void)cx;
  drip *d = ud;
  size_t n = d->len < size ? d->len : size;
  if (d->step && n > d->step) n = d->step;
  if (n) memcpy(buffer, d->text, n);
  d->text += n;
  d->len -= n;
  *got = n;
  return JV_OK;
}

/* Reads everything and writes it to out; false when the text is refused. */
static bool copy(jv_ctx *cx, const char *text, size_t len, const jv_csv_options *options,
                 size_t step, jv_buffer *out) {
  drip d = {text, len, step};
  jv_csv_reader *r = NULL;
  const jv_csv_field *fields;
  size_t n;
  jv_status status = jv_csv_reader_new(cx, (jv_source_stream){drip_read, &d}, options, &r);
  fuzz_require(status == JV_OK);
  jv_csv_writer w = {.sink = {jv_buffer_write, out}};
  while ((status = jv_csv_next(cx, r, &fields, &n)) == JV_OK && n > 0) {
    for (size_t i = 0; i < n; i++) {
      size_t line, column;
      jv_csv_position(r, i, &line, &column);
      fuzz_require(line >= jv_csv_line(r) && column >= 1);
      fuzz_require(jv_csv_write(cx, &w, fields[i].text, fields[i].len) == JV_OK);
    }
    fuzz_require(jv_csv_end_record(cx, &w) == JV_OK);
  }
  fuzz_require(status == JV_OK || (status == JV_EPARSE && cx->message[0]));
  fuzz_require(jv_csv_flush(cx, &w) == JV_OK);
  jv_csv_writer_free(cx, &w);
  jv_csv_reader_free(cx, r);
  return status == JV_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  if (size < 1) return 0;
  jv_csv_options options = {.separator = data[0] & 1 ? ';' : ',',
                            .detect = (data[0] & 2) != 0,
                            .ragged = (data[0] & 4) != 0,
                            .max_record = data[0] & 8 ? 64 : 0};
  const jv_csv_options again = {.ragged = true};
  jv_buffer once = {NULL, 0, 0}, twice = {NULL, 0, 0}, dripped = {NULL, 0, 0};
  const char *text = (const char *)data + 1;
  bool read = copy(&cx, text, size - 1, &options, 0, &once);
  bool slowly = copy(&cx, text, size - 1, &options, 1 + (data[0] >> 4), &dripped);
  fuzz_require(read == slowly && fuzz_same(&once, &dripped));
  if (read) {
    fuzz_require(copy(&cx, once.data ? once.data : "", once.len, &again, 0, &twice));
    fuzz_require(fuzz_same(&once, &twice));
  }
  jv_buffer_free(&cx, &once);
  jv_buffer_free(&cx, &twice);
  jv_buffer_free(&cx, &dripped);
  return 0;
}
