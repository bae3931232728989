/* Any bytes as a panel: refused with a message, or series whose ds go on; sorting, with a block so
 * small that it spills, gives what the file gives where that is in order. */
#include "evaluate/panel.h"
#include "fuzz.h"

static jv_status read_at(jv_ctx *cx, void *ud, uint64_t offset, char *buffer, size_t size,
                         size_t *got) {
  (void)cx;
  const jv_buffer *b = ud;
  *got = b->len - (size_t)offset < size ? b->len - (size_t)offset : size;
  memcpy(buffer, b->data + offset, *got);
  return JV_OK;
}

static bool describe(jv_ctx *cx, const uint8_t *data, size_t size, jv_panel_options *options,
                     jv_buffer *out) {
  jv_text_source source = {(const char *)data, size};
  jv_panel *panel = NULL;
  jv_panel_series s;
  bool more = true;
  jv_status status =
      jv_panel_open(cx, (jv_source_stream){jv_text_source_read, &source}, options, &panel);
  while (status == JV_OK && more) {
    status = jv_panel_next(cx, panel, &s, &more);
    if (status != JV_OK || !more) break;
    fuzz_require(s.n > 0 && s.id);
    fuzz_require(jv_buffer_add_text(cx, out, s.id) == JV_OK);
    for (size_t i = 0; i < s.n && i < 1000; i++)
      fuzz_require(jv_buffer_add_number(cx, out, s.y[i]) == JV_OK);
  }
  fuzz_require(status == JV_OK || cx->message[0]);
  jv_panel_close(cx, panel);
  return status == JV_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"Q", "M", "W", "D", "H", "A-JUN"};
  jv_ctx cx;
  jv_ctx_init(&cx);
  if (size < 1) return 0;
  jv_buffer disk = {NULL, 0, 0}, plain = {NULL, 0, 0}, sorted = {NULL, 0, 0};
  jv_spill spill = {jv_buffer_write, read_at, &disk};
  jv_panel_options options = {.sort_memory = 4096, .spill = &spill};
  options.has_freq = data[0] < 192;
  fuzz_require(jv_freq_parse(&cx, names[data[0] % 6], &options.freq) == JV_OK);
  bool in_order = describe(&cx, data + 1, size - 1, &options, &plain);
  options.sort = true;
  bool done = describe(&cx, data + 1, size - 1, &options, &sorted);
  fuzz_require(!in_order || (done && fuzz_same(&plain, &sorted)));
  jv_buffer_free(&cx, &disk);
  jv_buffer_free(&cx, &plain);
  jv_buffer_free(&cx, &sorted);
  return 0;
}
