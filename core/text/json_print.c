/* Printing JSON trees, and their members with checks. cJSON prints numbers in 15 digits whenever those
 * come near enough, so that a saved fit would come back as another one; here they come back exactly. */
#include "text/json.h"
#include "text/number.h"
#include <math.h>
#include <string.h>

/* ---- printing ---- */

/* Length of the well-formed UTF-8 sequence at p (Unicode table 3-7), or 0. */
static size_t utf8_length(const unsigned char *p) {
  if (p[0] < 0x80) return 1;
  size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0; /* a NUL ends here as well */
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
  if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
  return n;
}

static jv_status print_escape(jv_ctx *cx, unsigned char c, jv_buffer *out) {
  static const char hex[] = "0123456789abcdef", plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
  char text[8] = "\\u0000";
  const char *found = strchr(plain, c);
  if (found) {
    text[1] = letter[found - plain];
    return jv_buffer_add(cx, out, text, 2);
  }
  text[4] = hex[c >> 4];
  text[5] = hex[c & 15];
  return jv_buffer_add(cx, out, text, 6);
}

static jv_status print_string(jv_ctx *cx, const char *text, jv_buffer *out) {
  const unsigned char *p = (const unsigned char *)(text ? text : ""), *from = p;
  JV_TRY(jv_buffer_add(cx, out, "\"", 1));
  while (*p) {
    size_t n = *p < 0x20 || *p == '"' || *p == '\\' ? 0 : utf8_length(p);
    if (n > 0) {
      p += n;
      continue;
    }
    JV_TRY(jv_buffer_add(cx, out, (const char *)from, (size_t)(p - from)));
    if (*p < 0x80)
      JV_TRY(print_escape(cx, *p, out));
    else
      JV_TRY(jv_buffer_add_text(cx, out, "\xef\xbf\xbd"));
    from = ++p;
  }
  JV_TRY(jv_buffer_add(cx, out, (const char *)from, (size_t)(p - from)));
  return jv_buffer_add(cx, out, "\"", 1);
}

static jv_status new_line(jv_ctx *cx, int indent, size_t depth, jv_buffer *out) {
  if (indent <= 0) return JV_OK;
  JV_TRY(jv_buffer_add(cx, out, "\n", 1));
  for (size_t i = 0; i < depth * (size_t)indent; i++) JV_TRY(jv_buffer_add(cx, out, " ", 1));
  return JV_OK;
}

static jv_status print_scalar(jv_ctx *cx, const cJSON *item, jv_buffer *out) {
  if (cJSON_IsNumber(item) && isfinite(item->valuedouble))
    return jv_buffer_add_number(cx, out, item->valuedouble);
  if (cJSON_IsString(item)) return print_string(cx, item->valuestring, out);
  if (cJSON_IsRaw(item)) return jv_buffer_add_text(cx, out, item->valuestring);
  if (cJSON_IsTrue(item)) return jv_buffer_add_text(cx, out, "true");
  if (cJSON_IsFalse(item)) return jv_buffer_add_text(cx, out, "false");
  return jv_buffer_add_text(cx, out, "null");
}

/* Depth is bounded, so the recursion is. */
static jv_status print_item(jv_ctx *cx, const cJSON *item, int indent, size_t depth,
                            jv_buffer *out) {
  bool object = cJSON_IsObject(item);
  if (!object && !cJSON_IsArray(item)) return print_scalar(cx, item, out);
  if (depth >= CJSON_NESTING_LIMIT)
    return jv_fail(cx, JV_EINVAL, "JSON nested more than %d deep", CJSON_NESTING_LIMIT);
  JV_TRY(jv_buffer_add(cx, out, object ? "{" : "[", 1));
  for (const cJSON *child = item->child; child; child = child->next) {
    JV_TRY(new_line(cx, indent, depth + 1, out));
    if (object) {
      JV_TRY(print_string(cx, child->string, out));
      JV_TRY(jv_buffer_add_text(cx, out, indent > 0 ? ": " : ":"));
    }
    JV_TRY(print_item(cx, child, indent, depth + 1, out));
    if (child->next) JV_TRY(jv_buffer_add(cx, out, ",", 1));
  }
  if (item->child) JV_TRY(new_line(cx, indent, depth, out));
  return jv_buffer_add(cx, out, object ? "}" : "]", 1);
}

jv_status jv_json_print(jv_ctx *cx, const cJSON *tree, int indent, jv_buffer *out) {
  return print_item(cx, tree, indent, 0, out);
}

/* ---- adding ---- */

static jv_status no_memory(jv_ctx *cx) {
  return jv_fail(cx, JV_ENOMEM, "out of memory: a JSON value");
}

jv_status jv_json_add_item(jv_ctx *cx, cJSON *into, const char *name, cJSON *item) {
  if (!item) return no_memory(cx);
  bool added = name ? cJSON_AddItemToObject(into, name, item) : cJSON_AddItemToArray(into, item);
  if (added) return JV_OK;
  cJSON_Delete(item);
  return no_memory(cx);
}

jv_status jv_json_add_number(jv_ctx *cx, cJSON *into, const char *name, double x) {
  return jv_json_add_item(cx, into, name, cJSON_CreateNumber(x));
}

jv_status jv_json_add_text(jv_ctx *cx, cJSON *into, const char *name, const char *text) {
  return jv_json_add_item(cx, into, name, cJSON_CreateString(text));
}

jv_status jv_json_add_flag(jv_ctx *cx, cJSON *into, const char *name, bool flag) {
  return jv_json_add_item(cx, into, name, cJSON_CreateBool(flag));
}

jv_status jv_json_add_numbers(jv_ctx *cx, cJSON *into, const char *name, const double *x,
                              size_t n) {
  cJSON *array = cJSON_CreateArray();
  if (!array) return no_memory(cx);
  for (size_t i = 0; i < n; i++)
    if (jv_json_add_number(cx, array, NULL, x[i]) != JV_OK) {
      cJSON_Delete(array);
      return cx->status;
    }
  return jv_json_add_item(cx, into, name, array);
}

/* ---- reading ---- */

/* NULL with the error slot set when there is none. */
static const cJSON *find_member(jv_ctx *cx, const cJSON *from, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
  if (!item) jv_fail(cx, JV_EPARSE, "JSON member '%s' is missing", name);
  return item;
}

jv_status jv_json_get_item(jv_ctx *cx, const cJSON *from, const char *name, const cJSON **out) {
  const cJSON *item = find_member(cx, from, name);
  if (!item) return cx->status;
  *out = item;
  return JV_OK;
}

static jv_status wrong_kind(jv_ctx *cx, const char *name, const char *wanted) {
  return jv_fail(cx, JV_EPARSE, "JSON member '%s' is not %s", name, wanted);
}

static bool as_number(const cJSON *item, double *out) {
  if (!cJSON_IsNumber(item) && !cJSON_IsNull(item)) return false;
  *out = cJSON_IsNumber(item) ? item->valuedouble : NAN;
  return true;
}

jv_status jv_json_get_number(jv_ctx *cx, const cJSON *from, const char *name, double *out) {
  const cJSON *item = find_member(cx, from, name);
  if (!item) return cx->status;
  return as_number(item, out) ? JV_OK : wrong_kind(cx, name, "a number");
}

jv_status jv_json_get_text(jv_ctx *cx, const cJSON *from, const char *name, const char **out) {
  const cJSON *item = find_member(cx, from, name);
  if (!item) return cx->status;
  if (!cJSON_IsString(item)) return wrong_kind(cx, name, "a text");
  *out = item->valuestring;
  return JV_OK;
}

jv_status jv_json_get_flag(jv_ctx *cx, const cJSON *from, const char *name, bool *out) {
  const cJSON *item = find_member(cx, from, name);
  if (!item) return cx->status;
  if (!cJSON_IsBool(item)) return wrong_kind(cx, name, "true or false");
  *out = cJSON_IsTrue(item);
  return JV_OK;
}

jv_status jv_json_get_numbers(jv_ctx *cx, const cJSON *from, const char *name, double *x,
                              size_t n) {
  const cJSON *array = find_member(cx, from, name);
  if (!array) return cx->status;
  if (!cJSON_IsArray(array)) return wrong_kind(cx, name, "an array of numbers");
  size_t found = (size_t)cJSON_GetArraySize(array), i = 0;
  if (found != n)
    return jv_fail(cx, JV_EPARSE, "JSON member '%s' has %zu numbers, expected %zu", name, found, n);
  for (const cJSON *item = array->child; item; item = item->next) {
    if (!cJSON_IsNumber(item) && !cJSON_IsNull(item))
      return wrong_kind(cx, name, "an array of numbers");
  }
  for (const cJSON *item = array->child; item; item = item->next) as_number(item, &x[i++]);
  return JV_OK;
}
