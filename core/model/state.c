/* State as JSON: exact doubles, and members that are read with their names in the errors. */
#include "model/state.h"
#include "text/number.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

static size_t print_number(char text[JV_NUMBER_TEXT], double value) {
  if (isnan(value)) return (size_t)snprintf(text, JV_NUMBER_TEXT, "null");
  if (isinf(value)) return (size_t)snprintf(text, JV_NUMBER_TEXT, value > 0 ? "1e999" : "-1e999");
  return jv_number_format(value, text);
}

static jv_status no_memory(jv_ctx *cx, const char *name) {
  return jv_fail(cx, JV_ENOMEM, "out of memory writing '%s'", name);
}

jv_status jv_state_set_real(jv_ctx *cx, cJSON *into, const char *name, double value) {
  char text[JV_NUMBER_TEXT];
  print_number(text, value);
  return cJSON_AddRawToObject(into, name, text) ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_reals(jv_ctx *cx, cJSON *into, const char *name, const double *values,
                             size_t n) {
  char *text = jv_alloc(cx, n + 1, JV_NUMBER_TEXT + 1);
  if (!text) return JV_ENOMEM;
  size_t len = 0;
  text[len++] = '[';
  for (size_t i = 0; i < n; i++) {
    if (i) text[len++] = ',';
    len += print_number(text + len, values[i]);
  }
  text[len++] = ']';
  text[len] = '\0';
  bool added = cJSON_AddRawToObject(into, name, text) != NULL;
  jv_free(cx, text);
  return added ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_count(jv_ctx *cx, cJSON *into, const char *name, size_t value) {
  char text[JV_NUMBER_TEXT];
  snprintf(text, sizeof text, "%zu", value);
  return cJSON_AddRawToObject(into, name, text) ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_flag(jv_ctx *cx, cJSON *into, const char *name, bool value) {
  return cJSON_AddBoolToObject(into, name, value) ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_text(jv_ctx *cx, cJSON *into, const char *name, const char *value) {
  return cJSON_AddStringToObject(into, name, value) ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_object(jv_ctx *cx, cJSON *into, const char *name, cJSON **out) {
  *out = cJSON_AddObjectToObject(into, name);
  return *out ? JV_OK : no_memory(cx, name);
}

jv_status jv_state_set_list(jv_ctx *cx, cJSON *into, const char *name, cJSON **out) {
  *out = cJSON_AddArrayToObject(into, name);
  return *out ? JV_OK : jv_fail(cx, JV_ENOMEM, "out of memory for the list '%s'", name);
}

/* Takes the item over. */
static jv_status add_item(jv_ctx *cx, cJSON *list, cJSON *item) {
  if (item && cJSON_AddItemToArray(list, item)) return JV_OK;
  cJSON_Delete(item);
  return jv_fail(cx, JV_ENOMEM, "out of memory for an item of a list");
}

jv_status jv_state_add_text(jv_ctx *cx, cJSON *list, const char *text) {
  return add_item(cx, list, cJSON_CreateString(text));
}

jv_status jv_state_add_object(jv_ctx *cx, cJSON *list, cJSON **out) {
  *out = cJSON_CreateObject();
  return add_item(cx, list, *out);
}

static const cJSON *member(const cJSON *from, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(from, name);
}

static jv_status wants(jv_ctx *cx, const char *name, const cJSON *found, const char *what) {
  return jv_fail(cx, JV_EPARSE, "'%s' %s, wanted %s", name,
                 found ? "is of another type" : "is absent", what);
}

static bool real_of(const cJSON *item, double *out) {
  if (cJSON_IsNull(item))
    *out = NAN;
  else if (cJSON_IsNumber(item))
    *out = item->valuedouble;
  else
    return false;
  return true;
}

jv_status jv_state_get_real(jv_ctx *cx, const cJSON *from, const char *name, double *out) {
  const cJSON *item = member(from, name);
  return real_of(item, out) ? JV_OK : wants(cx, name, item, "a number or null");
}

jv_status jv_state_get_reals(jv_ctx *cx, const cJSON *from, const char *name, double *out,
                             size_t n) {
  const cJSON *list = member(from, name), *item;
  if (!cJSON_IsArray(list)) return wants(cx, name, list, "a list of numbers");
  size_t i = 0;
  cJSON_ArrayForEach(item, list) {
    if (i < n && !real_of(item, &out[i]))
      return jv_fail(cx, JV_EPARSE, "'%s' holds no number at %zu", name, i + 1);
    i++;
  }
  if (i != n) return jv_fail(cx, JV_EPARSE, "'%s' has %zu numbers, wanted %zu", name, i, n);
  return JV_OK;
}

size_t jv_state_list_length(const cJSON *from, const char *name) {
  return (size_t)cJSON_GetArraySize(member(from, name));
}

jv_status jv_state_get_count(jv_ctx *cx, const cJSON *from, const char *name, size_t *out) {
  const cJSON *item = member(from, name);
  /* 2^53: beyond it doubles skip whole numbers */
  if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 0x1p53 ||
      item->valuedouble != floor(item->valuedouble))
    return wants(cx, name, item, "a whole number from 0");
  *out = (size_t)item->valuedouble;
  return JV_OK;
}

jv_status jv_state_get_flag(jv_ctx *cx, const cJSON *from, const char *name, bool *out) {
  const cJSON *item = member(from, name);
  if (!cJSON_IsBool(item)) return wants(cx, name, item, "true or false");
  *out = cJSON_IsTrue(item);
  return JV_OK;
}

jv_status jv_state_get_text(jv_ctx *cx, const cJSON *from, const char *name, const char **out) {
  const cJSON *item = member(from, name);
  if (!cJSON_IsString(item)) return wants(cx, name, item, "a text");
  *out = item->valuestring;
  return JV_OK;
}

jv_status jv_state_get_object(jv_ctx *cx, const cJSON *from, const char *name, const cJSON **out) {
  const cJSON *item = member(from, name);
  if (!cJSON_IsObject(item)) return wants(cx, name, item, "an object");
  *out = item;
  return JV_OK;
}
