/* Any text as a list of models: refused with a message, or split and parsed into specs whose texts,
 * joined again, give the same specs. */
#include "fuzz.h"
#include "model/spec.h"

static void check_again(jv_ctx *cx, const jv_model_spec *spec) {
  jv_model_spec twice;
  fuzz_require(jv_model_spec_parse(cx, spec->text, &twice) == JV_OK);
  fuzz_require(strcmp(spec->name, twice.name) == 0 && spec->n_options == twice.n_options);
  for (size_t i = 0; i < spec->n_options; i++)
    fuzz_require(strcmp(spec->options[i].key, twice.options[i].key) == 0 &&
                 spec->options[i].type == twice.options[i].type);
  jv_model_spec_clear(cx, &twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  jv_ctx cx;
  jv_model_spec *specs = NULL;
  size_t n = 0;
  jv_ctx_init(&cx);
  fuzz_require(jv_registry_new(&cx, &cx.models) == JV_OK);
  char *text = jv_strndup(&cx, (const char *)data, size);
  fuzz_require(text != NULL);
  if (jv_model_specs_parse(&cx, text, &specs, &n) == JV_OK) {
    fuzz_require(n > 0);
    for (size_t i = 0; i < n; i++) check_again(&cx, &specs[i]);
  } else
    fuzz_require(cx.message[0] && !specs);
  jv_model_specs_free(&cx, specs, n);
  jv_free(&cx, text);
  jv_registry_free(&cx, cx.models);
  return 0;
}
