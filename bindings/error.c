/* Error objects {code, message, where}: how failures of core and of bindings reach Lua. */
#include "bind.h"
#include <stdio.h>
#include <string.h>

static const char meta_key = 0, kept_key = 0; /* their addresses are registry keys */

/* Text of an error value at idx as a person reads it: "script.lua:12: message". Pushes it. */
static int error_text(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "where");
  lua_getfield(L, 1, "message");
  const char *where = lua_tostring(L, 2), *message = lua_tostring(L, 3);
  lua_pushfstring(L, "%s%s%s", where ? where : "", where && *where ? ": " : "",
                  message ? message : "?");
  return 1;
}

/* "failed: " .. err, as people write it. */
static int error_concat(lua_State *L) {
  lua_settop(L, 2);
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

static void push_meta(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, error_text);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, error_concat);
  lua_setfield(L, -2, "__concat");
  lua_pushliteral(L, "jevons.error");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &meta_key);
}

/* Pushes "file:line" of the innermost Lua code that is not the library's own, from `level` up; ""
 * when there is none. Level 0 is the bound function itself, which has no line (or, in a hook, the
 * code that runs). */
static void push_where(lua_State *L, int level) {
  lua_Debug ar;
  enum { DEEPEST = 200 }; /* lua_getstack walks the list each time */
  for (; level < DEEPEST && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || strncmp(ar.source, "=jevons/", 8) == 0) continue;
    lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

static int throw_object(lua_State *L, const char *code, const char *message, int level) {
  luaL_checkstack(L, 6, "error");
  lua_createtable(L, 0, 3);
  lua_pushstring(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, message);
  lua_setfield(L, -2, "message");
  push_where(L, level);
  lua_setfield(L, -2, "where");
  push_meta(L);
  lua_setmetatable(L, -2);
  return lua_error(L);
}

void jvl_keep_error(lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key); }

int jvl_throw(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  luaL_checkstack(L, 4, "error");
  if (cx->status == JV_EUSER && lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key) != LUA_TNIL) {
    lua_pushnil(L);
    jvl_keep_error(L);
    return lua_error(L);
  }
  return throw_object(L, jv_status_name(cx->status), cx->message, 0);
}

void jvl_check(lua_State *L, jv_status status) {
  if (status != JV_OK) jvl_throw(L);
}

int jvl_misuse(lua_State *L, const char *fmt, ...) {
  char text[sizeof((jv_ctx *)0)->message];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  return throw_object(L, jv_status_name(JV_EINVAL), text, 0);
}

int jvl_bad_argument(lua_State *L, int arg, const char *fmt, ...) {
  char text[sizeof((jv_ctx *)0)->message];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  lua_Debug ar = {0};
  bool known = lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && ar.name;
  if (!known) return jvl_misuse(L, "bad argument #%d: %s", arg, text);
  if (strcmp(ar.namewhat, "method") == 0 && --arg == 0)
    return jvl_misuse(L, "'%s' called on a wrong value (with '.' for ':'?): %s", ar.name, text);
  return jvl_misuse(L, "bad argument #%d to '%s': %s", arg, ar.name, text);
}

int jvl_nil(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  lua_pushnil(L);
  lua_pushstring(L, cx->message);
  lua_pushstring(L, jv_status_name(cx->status));
  return 3;
}

/* ---- for Lua ---- */

static bool status_known(const char *code) {
  for (int i = 1; i < JV_STATUS_COUNT; i++)
    if (strcmp(jv_status_name((jv_status)i), code) == 0) return true;
  return false;
}

static int l_error(lua_State *L) {
  const char *code = luaL_checkstring(L, 1), *message = luaL_checkstring(L, 2);
  lua_Integer level = luaL_optinteger(L, 3, 1);
  if (!status_known(code)) return jvl_misuse(L, "jv.error: unknown code '%s'", code);
  return throw_object(L, code, message, (int)level);
}

static const jvl_function functions[] = {
    {"error", l_error,
     "jv.error(code, message [, level])\n\n"
     "Throws an error object {code, message, where}. The code is one of: invalid data parse unit "
     "period not_found unsupported unresolved numeric io memory cancelled user. The position is "
     "that of the caller's code outside the library; level counts as in Lua's error()."},
    {NULL, NULL, NULL}};

void jvl_open_error(lua_State *L) { jvl_add(L, "jv", functions); }
