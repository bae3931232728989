/* Any bytes as JSON: refused with a place, or printed, parsed again and printed the same. */
#include "fuzz.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  cJSON *tree = NULL, *again = NULL;
  jv_buffer once = {NULL, 0, 0}, twice = {NULL, 0, 0};
  jv_status status = jv_json_parse(&cx, (const char *)data, size, 0, &tree);
  if (status != JV_OK) {
    fuzz_require(status == JV_EPARSE && cx.message[0] && !tree);
    return 0;
  }
  fuzz_require(jv_json_print(&cx, tree, 0, &once) == JV_OK);
  fuzz_require(jv_json_parse(&cx, once.data, once.len, 0, &again) == JV_OK);
  fuzz_require(jv_json_print(&cx, again, 0, &twice) == JV_OK);
  fuzz_require(fuzz_same(&once, &twice));
  cJSON_Delete(tree);
  cJSON_Delete(again);
  jv_buffer_free(&cx, &once);
  jv_buffer_free(&cx, &twice);
  return 0;
}
