/* Lists inside an explanation. */
#include "model/account.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>

static jv_status no_memory(jv_ctx *cx) {
  return jv_fail(cx, JV_ENOMEM, "out of memory for an explanation");
}

jv_status jv_account_list(jv_ctx *cx, cJSON *into, const char *name, cJSON **list) {
  *list = cJSON_AddArrayToObject(into, name);
  return *list ? JV_OK : no_memory(cx);
}

jv_status jv_account_step(jv_ctx *cx, cJSON *list, const char *fmt, ...) {
  char text[400];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  cJSON *item = cJSON_CreateString(text);
  if (!item) return no_memory(cx);
  cJSON_AddItemToArray(list, item);
  return JV_OK;
}

jv_status jv_account_row(jv_ctx *cx, cJSON *list, cJSON **row) {
  *row = cJSON_CreateObject();
  if (!*row) return no_memory(cx);
  cJSON_AddItemToArray(list, *row);
  return JV_OK;
}

jv_status jv_account_coefficient(jv_ctx *cx, cJSON *list, const char *name, double estimate,
                                 double se) {
  cJSON *row;
  JV_TRY(jv_account_row(cx, list, &row));
  JV_TRY(jv_state_set_text(cx, row, "name", name));
  JV_TRY(jv_state_set_real(cx, row, "estimate", estimate));
  return jv_state_set_real(cx, row, "se", se);
}
