/* The series beside a saved fit, so that a loaded one continues the calendar, name and unit. Core's
 * form is kept as it is; the member "series" is put before its closing brace. */
#include "fits.h"
#include "text/json.h"
#include <string.h>

static jv_status add_series(jv_ctx *cx, cJSON *into, const jv_series *y) {
  char start[JV_PERIOD_TEXT], freq[JV_PERIOD_TEXT], unit[JV_UNIT_TEXT];
  jv_period_format(y->start, start);
  jv_freq_format(y->start.freq, freq);
  jv_unit_format(y->unit, unit);
  JV_TRY(jv_json_add_text(cx, into, "start", start));
  JV_TRY(jv_json_add_text(cx, into, "freq", freq));
  JV_TRY(jv_json_add_text(cx, into, "unit", unit));
  JV_TRY(jv_json_add_text(cx, into, "flow", jv_flow_name(y->unit.flow)));
  JV_TRY(jv_json_add_text(cx, into, "name", y->name));
  return jv_json_add_numbers(cx, into, "values", y->value, y->n);
}

static jv_status print_series(jv_ctx *cx, const jv_series *y, jv_buffer *out) {
  cJSON *tree = cJSON_CreateObject();
  if (!tree) return jv_fail(cx, JV_ENOMEM, "out of memory saving a fit");
  jv_status status = add_series(cx, tree, y);
  if (status == JV_OK) status = jv_json_print(cx, tree, 0, out);
  cJSON_Delete(tree);
  return status;
}

static jv_status splice(jv_ctx *cx, const char *json, const jv_series *y, jv_buffer *out) {
  JV_TRY(jv_buffer_add(cx, out, json, strlen(json) - 1));
  JV_TRY(jv_buffer_add_text(cx, out, ",\"series\":"));
  JV_TRY(print_series(cx, y, out));
  return jv_buffer_add(cx, out, "}", 1);
}

jv_status jvl_saved_with_series(jv_ctx *cx, const char *json, const jv_series *y, char **out) {
  jv_buffer buffer = {0};
  *out = NULL;
  jv_status status = y ? splice(cx, json, y, &buffer) : jv_buffer_add_text(cx, &buffer, json);
  if (status == JV_OK && !(*out = jv_strndup(cx, buffer.data, buffer.len))) status = cx->status;
  jv_buffer_free(cx, &buffer);
  return status;
}

static jv_status read_series(jv_ctx *cx, const cJSON *from, jv_series *s) {
  const char *unit, *flow, *name;
  jv_flow kind;
  JV_TRY(jv_json_get_text(cx, from, "unit", &unit));
  JV_TRY(jv_json_get_text(cx, from, "flow", &flow));
  JV_TRY(jv_json_get_text(cx, from, "name", &name));
  JV_TRY(jv_unit_parse(cx, unit, &s->unit));
  JV_TRY(jv_flow_parse(cx, flow, &kind));
  s->unit.flow = (uint8_t)kind;
  JV_TRY(jv_series_set_name(cx, s, name));
  return jv_json_get_numbers(cx, from, "values", s->value, s->n);
}

static jv_status new_series(jv_ctx *cx, const cJSON *from, jv_series **out) {
  const char *start, *freq;
  const cJSON *values;
  jv_freq f;
  jv_period p;
  JV_TRY(jv_json_get_text(cx, from, "freq", &freq));
  JV_TRY(jv_json_get_text(cx, from, "start", &start));
  JV_TRY(jv_json_get_item(cx, from, "values", &values));
  JV_TRY(jv_freq_parse(cx, freq, &f));
  JV_TRY(jv_period_parse(cx, start, &f, &p));
  JV_TRY(jv_series_new(cx, p, (size_t)cJSON_GetArraySize(values), NULL, out));
  if (read_series(cx, from, *out) == JV_OK) return JV_OK;
  jv_series_free(cx, *out);
  *out = NULL;
  return cx->status;
}

jv_status jvl_saved_series(jv_ctx *cx, const char *json, size_t len, jv_series **out) {
  cJSON *tree;
  *out = NULL;
  if (jv_json_parse(cx, json, len, 0, &tree) != JV_OK) return jv_fail_in(cx, "saved fit");
  const cJSON *from = cJSON_GetObjectItemCaseSensitive(tree, "series");
  jv_status status = JV_OK;
  if (from && new_series(cx, from, out) != JV_OK) status = jv_fail_in(cx, "saved fit: series");
  cJSON_Delete(tree);
  return status;
}
