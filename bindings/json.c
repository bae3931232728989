/* jv.json: Lua values from JSON text and back. */
#include "text/json.h"
#include "bind.h"
#include "modules.h"
#include <math.h>
#include <string.h>

static const char array_key = 0; /* its address: registry key of the metatable that marks arrays */

static void release_tree(jv_ctx *cx, void *p) {
  (void)cx;
  cJSON_Delete(p);
}

static void release_buffer(jv_ctx *cx, void *p) {
  jv_buffer_free(cx, p);
  jv_free(cx, p);
}

static const jvl_class tree_class = {"jevons.json_tree", "A JSON tree; scripts do not meet it.",
                                     release_tree, NULL, NULL};
static const jvl_class buffer_class = {"jevons.json_text", "JSON text; scripts do not meet it.",
                                       release_buffer, NULL, NULL};

static void push_array_meta(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "jevons.json.array");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
}

/* ---- decoding ---- */

static void push_number(lua_State *L, double x) {
  if (x == floor(x) && fabs(x) < 0x1p53 && !(x == 0 && signbit(x)))
    lua_pushinteger(L, (lua_Integer)x);
  else
    lua_pushnumber(L, x);
}

/* null_idx: what stands for null, 0 for the default. The tree's depth is bounded. */
static void push_item(lua_State *L, const cJSON *item, int null_idx, bool in_object) {
  luaL_checkstack(L, 8, "JSON");
  if (cJSON_IsArray(item)) {
    lua_newtable(L);
    push_array_meta(L);
    lua_setmetatable(L, -2);
    lua_Integer n = 0;
    for (const cJSON *child = item->child; child; child = child->next) {
      push_item(L, child, null_idx, false);
      lua_rawseti(L, -2, ++n);
    }
  } else if (cJSON_IsObject(item)) {
    lua_newtable(L);
    for (const cJSON *child = item->child; child; child = child->next) {
      push_item(L, child, null_idx, true);
      lua_setfield(L, -2, child->string);
    }
  } else if (cJSON_IsString(item)) {
    lua_pushstring(L, item->valuestring);
  } else if (cJSON_IsNumber(item)) {
    push_number(L, item->valuedouble);
  } else if (cJSON_IsBool(item)) {
    lua_pushboolean(L, cJSON_IsTrue(item));
  } else if (null_idx) {
    lua_pushvalue(L, null_idx);
  } else if (in_object) {
    lua_pushnil(L);
  } else {
    lua_pushlightuserdata(L, NULL);
  }
}

static int l_decode(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  cJSON *tree = NULL;
  int null_idx = 0;
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    if (lua_getfield(L, 2, "null") != LUA_TNIL) null_idx = lua_gettop(L);
  }
  void **box = jvl_box(L, &tree_class);
  jvl_check(L, jv_json_parse(jvl_ctx(L), text, len, 0, &tree));
  *box = tree;
  push_item(L, tree, null_idx, false);
  return 1;
}

/* ---- encoding ---- */

static jv_status add_value(lua_State *L, int idx, cJSON *into, const char *name, size_t depth);

/* Whole numbers that a double cannot hold keep all their digits. */
static cJSON *make_integer(lua_Integer x) {
  char text[32];
  if (x >= -((lua_Integer)1 << 53) && x <= (lua_Integer)1 << 53)
    return cJSON_CreateNumber((double)x);
  lua_Unsigned rest = x < 0 ? 0 - (lua_Unsigned)x : (lua_Unsigned)x;
  char *p = text + sizeof text;
  *--p = '\0';
  do *--p = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (x < 0) *--p = '-';
  return cJSON_CreateRaw(p);
}

static bool is_array(lua_State *L, int idx) {
  if (!lua_getmetatable(L, idx)) return lua_rawlen(L, idx) > 0;
  push_array_meta(L);
  bool marked = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return marked || lua_rawlen(L, idx) > 0;
}

static jv_status add_array(lua_State *L, int idx, cJSON *array, size_t depth) {
  size_t n = lua_rawlen(L, idx), keys = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) keys++;
  if (keys != n)
    return jv_fail(
        jvl_ctx(L), JV_EINVAL,
        "jv.json.encode: a table with %zu values in sequence and %zu in all is neither an "
        "array nor an object",
        n, keys);
  for (size_t i = 1; i <= n; i++) {
    lua_rawgeti(L, idx, (lua_Integer)i);
    jv_status status = add_value(L, lua_gettop(L), array, NULL, depth + 1);
    lua_pop(L, 1);
    if (status != JV_OK) return status;
  }
  return JV_OK;
}

/* Names in order, so that the same table always gives the same text. */
static jv_status add_object(lua_State *L, int idx, cJSON *object, size_t depth) {
  lua_newtable(L);
  int names = lua_gettop(L);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      return jv_fail(jvl_ctx(L), JV_EINVAL,
                     "jv.json.encode: the key of an object is a %s, not a text",
                     luaL_typename(L, -2));
    lua_pushvalue(L, -2);
    lua_rawseti(L, names, ++n);
  }
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_pushvalue(L, names);
  lua_call(L, 1, 0);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, names, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, idx);
    jv_status status = add_value(L, lua_gettop(L), object, lua_tostring(L, -2), depth + 1);
    if (status != JV_OK) return status;
    lua_pop(L, 2);
  }
  lua_settop(L, names - 1);
  return JV_OK;
}

/* An empty container enters the tree before its content, so that the tree owns everything. */
static jv_status add_table(lua_State *L, int idx, cJSON *into, const char *name, size_t depth) {
  jv_ctx *cx = jvl_ctx(L);
  if (depth >= JV_JSON_DEPTH)
    return jv_fail(cx, JV_EINVAL, "jv.json.encode: nested more than %d deep (a cycle?)",
                   JV_JSON_DEPTH);
  bool array = is_array(L, idx);
  cJSON *item = array ? cJSON_CreateArray() : cJSON_CreateObject();
  JV_TRY(jv_json_add_item(cx, into, name, item));
  return array ? add_array(L, idx, item, depth) : add_object(L, idx, item, depth);
}

static jv_status add_value(lua_State *L, int idx, cJSON *into, const char *name, size_t depth) {
  jv_ctx *cx = jvl_ctx(L);
  luaL_checkstack(L, 12, "JSON");
  switch (lua_type(L, idx)) {
  case LUA_TNIL:
    return jv_json_add_item(cx, into, name, cJSON_CreateNull());
  case LUA_TBOOLEAN:
    return jv_json_add_flag(cx, into, name, lua_toboolean(L, idx));
  case LUA_TSTRING:
    if (strlen(lua_tostring(L, idx)) != lua_rawlen(L, idx))
      return jv_fail(cx, JV_EINVAL, "jv.json.encode: a text with a NUL byte");
    return jv_json_add_text(cx, into, name, lua_tostring(L, idx));
  case LUA_TTABLE:
    return add_table(L, idx, into, name, depth);
  case LUA_TNUMBER:
    if (lua_isinteger(L, idx))
      return jv_json_add_item(cx, into, name, make_integer(lua_tointeger(L, idx)));
    return jv_json_add_number(cx, into, name, lua_tonumber(L, idx));
  default:
    break;
  }
  if (lua_islightuserdata(L, idx) && !lua_touserdata(L, idx))
    return jv_json_add_item(cx, into, name, cJSON_CreateNull());
  /* periods, units, quantities: as they are printed */
  if (luaL_getmetafield(L, idx, "__tostring") == LUA_TNIL)
    return jv_fail(cx, JV_EINVAL, "jv.json.encode: a %s has no JSON", luaL_typename(L, idx));
  lua_pop(L, 1);
  jv_status status = jv_json_add_text(cx, into, name, luaL_tolstring(L, idx, NULL));
  lua_pop(L, 1);
  return status;
}

static int l_encode(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  int indent = 0;
  luaL_checkany(L, 1);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, "indent");
    indent = (int)luaL_optinteger(L, -1, 0);
  }
  void **tree = jvl_box(L, &tree_class), **text = jvl_box(L, &buffer_class);
  *tree = cJSON_CreateArray();
  *text = JV_NEW(cx, jv_buffer);
  if (!*text) return jvl_throw(L);
  if (!*tree) return luaL_error(L, "not enough memory");
  jvl_check(L, add_value(L, 1, *tree, NULL, 0));
  jvl_check(L, jv_json_print(cx, ((cJSON *)*tree)->child, indent, *text));
  const jv_buffer *made = *text;
  lua_pushlstring(L, made->data, made->len);
  return 1;
}

static int l_array(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  push_array_meta(L);
  lua_setmetatable(L, 1);
  return 1;
}

static const jvl_function functions[] = {{"decode", l_decode,
                                          "jv.json.decode(text [, {null=}]) -> value\n\n"
                                          "The value of a JSON text. Whole numbers become "
                                          "integers. null is nil in an object and jv.json.null "
                                          "in an array, or what the option null says. Throws with "
                                          "line and column, code parse; nesting is "
                                          "limited to 200."},
                                         {"encode", l_encode,
                                          "jv.json.encode(value [, {indent=}]) -> text\n\n"
                                          "JSON text: names in order, numbers that read back "
                                          "exactly, NaN and infinities as null, periods and "
                                          "units as they are printed. A table with a sequence is "
                                          "an array, an empty one an object unless "
                                          "jv.json.array marks it. Bytes that are not UTF-8 become "
                                          "U+FFFD. Throws, code invalid, on what has "
                                          "no JSON: functions, mixed tables, cycles."},
                                         {"array", l_array,
                                          "jv.json.array(table) -> table\n\n"
                                          "Marks the table as an array, so that an empty one is "
                                          "encoded as []; decoded arrays are marked."},
                                         {NULL, NULL, NULL}};

void jvl_open_json(lua_State *L) {
  jvl_class_register(L, &tree_class);
  jvl_class_register(L, &buffer_class);
  jvl_submodule(L, "json");
  jvl_document(L, "jv.json", "jv.json\n\nJSON: text to values and back.");
  jvl_add(L, "jv.json", functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  jvl_document(L, "jv.json.null", "jv.json.null\n\nStands for null in arrays of jv.json.");
  lua_pop(L, 1);
}
