/* Plain Lua values as JSON members and back, for the state of models written in Lua: numbers exact
 * (infinite ones as 1e999, NaN as null), quantities as numbers, lists as arrays, tables as objects. */
#include "fits.h"
#include "scripted.h"
#include "text/number.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

enum { DEEPEST = 60 };

static void put(lua_State *L, cJSON *into, const char *name, cJSON *item) {
  bool ok =
      item && (name ? cJSON_AddItemToObject(into, name, item) : cJSON_AddItemToArray(into, item));
  if (ok) return;
  cJSON_Delete(item);
  luaL_error(L, "not enough memory");
}

static void put_number(lua_State *L, cJSON *into, const char *name, double x) {
  char text[JV_NUMBER_TEXT] = "null";
  if (isinf(x))
    snprintf(text, sizeof text, x > 0 ? "1e999" : "-1e999");
  else if (!isnan(x))
    jv_number_format(x, text);
  put(L, into, name, cJSON_CreateRaw(text));
}

static void put_value(lua_State *L, int idx, cJSON *into, const char *name, int depth);

/* A list has the keys 1 … n and no other. */
static bool is_list(lua_State *L, int idx) {
  size_t n = lua_rawlen(L, idx), keys = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) keys++;
  return n > 0 && keys == n;
}

/* The container is attached before it is filled, so that a throw loses nothing. */
static void put_table(lua_State *L, int idx, cJSON *into, const char *name, int depth) {
  if (depth > DEEPEST) jvl_misuse(L, "a fit to be saved is nested too deeply, or holds itself");
  luaL_checkstack(L, 6, "saving");
  bool list = is_list(L, idx);
  cJSON *made = list ? cJSON_CreateArray() : cJSON_CreateObject();
  put(L, into, name, made);
  for (lua_Integer i = 1; list && i <= (lua_Integer)lua_rawlen(L, idx); i++) {
    lua_rawgeti(L, idx, i);
    put_value(L, lua_gettop(L), made, NULL, depth + 1);
    lua_pop(L, 1);
  }
  if (list) return;
  jvl_sorted_keys(L, idx);
  int keys = lua_gettop(L);
  for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
    lua_pushvalue(L, -1);
    lua_rawget(L, idx);
    put_value(L, lua_gettop(L), made, lua_tostring(L, -2), depth + 1);
    lua_settop(L, keys);
  }
  lua_settop(L, keys - 1);
}

static void put_value(lua_State *L, int idx, cJSON *into, const char *name, int depth) {
  jv_quantity q;
  switch (lua_type(L, idx)) {
  case LUA_TNUMBER:
    put_number(L, into, name, lua_tonumber(L, idx));
    return;
  case LUA_TBOOLEAN:
    put(L, into, name, cJSON_CreateBool(lua_toboolean(L, idx)));
    return;
  case LUA_TSTRING:
    put(L, into, name, cJSON_CreateString(lua_tostring(L, idx)));
    return;
  case LUA_TTABLE:
    put_table(L, idx, into, name, depth);
    return;
  default:
    if (!jvl_to_quantity(L, idx, &q))
      jvl_misuse(L, "a fit that holds a %s cannot be saved; define save and load",
                 luaL_typename(L, idx));
    put_number(L, into, name, q.value);
  }
}

void jvl_scripted_to_json(lua_State *L, int idx, cJSON *into, const char *name) {
  put_value(L, lua_absindex(L, idx), into, name, 0);
}

static void push_number(lua_State *L, double x) {
  if (x == floor(x) && fabs(x) < 0x1p53)
    lua_pushinteger(L, (lua_Integer)x);
  else
    lua_pushnumber(L, x);
}

void jvl_scripted_from_json(lua_State *L, const cJSON *from) {
  luaL_checkstack(L, 4, "loading");
  if (cJSON_IsNumber(from))
    push_number(L, from->valuedouble);
  else if (cJSON_IsBool(from))
    lua_pushboolean(L, cJSON_IsTrue(from));
  else if (cJSON_IsString(from))
    lua_pushstring(L, from->valuestring);
  else if (cJSON_IsNull(from))
    lua_pushnumber(L, NAN);
  else if (cJSON_IsArray(from) || cJSON_IsObject(from)) {
    const cJSON *item;
    lua_Integer n = 0;
    lua_newtable(L);
    cJSON_ArrayForEach(item, from) {
      jvl_scripted_from_json(L, item);
      if (item->string)
        lua_setfield(L, -2, item->string);
      else
        lua_rawseti(L, -2, ++n);
    }
  } else
    lua_pushnil(L);
}
