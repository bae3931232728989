/* jv.on_warning: where the warnings of the core go; without a handler, to Lua's warn(). */
#include "bind.h"

static const char handler_key = 0; /* its address is the registry key */

/* Pushes the handler, or nil. */
static int push_handler(lua_State *L) { return lua_rawgetp(L, LUA_REGISTRYINDEX, &handler_key); }

static int call_handler(lua_State *L) {
  const char *message = lua_touserdata(L, 1);
  push_handler(L);
  lua_pushstring(L, message);
  lua_call(L, 1, 0);
  return 0;
}

/* The core goes on after a warning whatever its handler does: one that fails says so by Lua's
 * warn(), beside the message. */
static void hand_over(void *ud, const char *message) {
  jv_ctx *cx = ud;
  lua_State *L = jvl_thread(cx);
  union {
    const char *in;
    void *out;
  } text = {message};
  bool room = lua_checkstack(L, LUA_MINSTACK), handled = room && push_handler(L) != LUA_TNIL;
  if (room) lua_pop(L, 1);
  if (!handled) {
    lua_warning(L, message, 0);
    return;
  }
  lua_pushcfunction(L, call_handler);
  lua_pushlightuserdata(L, text.out);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lua_warning(L, message, 0);
    lua_warning(L, "the handler of warnings failed: ", 1);
    lua_warning(L, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no text", 0);
    lua_pop(L, 1);
  }
  jvl_set_thread(cx, L); /* the handler may have called the core from a coroutine */
}

static int l_on_warning(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  push_handler(L);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &handler_key);
  return 1;
}

static const jvl_function functions[] = {
    {"on_warning", l_on_warning,
     "jv.on_warning(fn or nil) -> the handler before, or nil\n\n"
     "Calls fn(text) for each warning of the data or of a computation from now on, in place of\n"
     "writing it on stderr: a script may collect them and show them in its own place. nil: back "
     "to\n"
     "stderr. A handler that fails stops nothing; its warning is then written as well."},
    {NULL, NULL, NULL},
};

void jvl_open_warning(lua_State *L);

void jvl_open_warning(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  cx->warn = hand_over;
  cx->warn_ud = cx;
  jvl_add(L, "jv", functions);
}
