/* Any bytes as a saved fit: refused with a message, or loaded; what was loaded saves and loads again
 * to the same text, and forecasts, simulates and updates without harm, whatever its numbers. */
#include "fuzz.h"
#include "model/registry.h"

static void use(jv_ctx *cx, jv_fit *fit) {
  double lower[5], upper[5], paths[10], next = 3, *values = NULL;
  size_t count;
  const char *const *names;
  jv_forecast *fc = NULL;
  if (jv_fit_forecast(cx, fit, 5, NULL, &fc) == JV_OK) {
    if (jv_forecast_interval(cx, fc, 80, lower, upper) == JV_OK)
      for (int i = 0; i < 5; i++) fuzz_require(!(lower[i] > upper[i]));
  }
  jv_forecast_free(cx, fc);
  jv_fit_simulate(cx, fit, 5, NULL, 2, paths);
  if (jv_fit_components(cx, fit, &count, &names, &values) == JV_OK) jv_free(cx, values);
  jv_fit_update(cx, fit, &next, NULL, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  jv_ctx cx;
  jv_fit *fit = NULL, *back = NULL;
  char *json = NULL, *twice = NULL;
  jv_ctx_init(&cx);
  fuzz_require(jv_registry_new(&cx, &cx.models) == JV_OK);
  if (jv_fit_load(&cx, (const char *)data, size, &fit) != JV_OK) {
    fuzz_require(cx.message[0] && !fit);
    jv_registry_free(&cx, cx.models);
    return 0;
  }
  fuzz_require(jv_fit_save(&cx, fit, &json) == JV_OK);
  fuzz_require(jv_fit_load(&cx, json, strlen(json), &back) == JV_OK);
  fuzz_require(jv_fit_save(&cx, back, &twice) == JV_OK);
  fuzz_require(strcmp(json, twice) == 0);
  use(&cx, fit);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, back);
  jv_free(&cx, json);
  jv_free(&cx, twice);
  jv_registry_free(&cx, cx.models);
  return 0;
}
