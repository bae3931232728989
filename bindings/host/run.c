/* Protected calls, and what is said when one fails.
 *
 * A message begins with "script.lua:12:". Below it stand the places the failing code was called
 * from, when there are any besides the one named; frames of the library's own scripts are left out
 * unless the failure is theirs. */
#include "bind.h"
#include "host.h"
#include <stdio.h>
#include <string.h>

/* Frames that are shown, and looked at: lua_getstack walks the list each time, and a stack that
 * overflowed is long. */
enum { MOST_FRAMES = 10, DEEPEST = 200 };

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* Is the value at 1 an error object that no code of the user's led to? */
static bool is_placeless(lua_State *L) {
  lua_settop(L, 1);
  bool placeless = luaL_getmetafield(L, 1, "__name") == LUA_TSTRING &&
                   strcmp(lua_tostring(L, -1), "jevons.error") == 0 &&
                   lua_getfield(L, 1, "where") == LUA_TSTRING && lua_rawlen(L, -1) == 0;
  lua_settop(L, 1);
  return placeless;
}

/* Pushes the error value at 1 as text; it begins with a place, or with the program's name. */
static const char *push_error_text(lua_State *L) {
  if (!lua_isstring(L, 1) && luaL_getmetafield(L, 1, "__tostring") == LUA_TNIL) {
    if (lua_istable(L, 1) && (lua_pushliteral(L, "message"), lua_rawget(L, 1)) == LUA_TSTRING)
      return lua_tostring(L, -1);
    return lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  lua_pushstring(L, is_placeless(L) ? "jevons: " : "");
  luaL_tolstring(L, 1, NULL);
  lua_concat(L, 2);
  return lua_tostring(L, -1);
}

/* The message handler: the error value becomes the text to print. */
static int describe(lua_State *L) {
  lua_Debug ar;
  const char *text = push_error_text(L);
  bool ours = starts_with(text, "jevons/");
  int shown = 0, last_line = -1;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, text);
  for (int level = 1; level < DEEPEST && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || (!ours && starts_with(ar.source, "=jevons/"))) continue;
    char place[sizeof ar.short_src + 32];
    snprintf(place, sizeof place, "%s:%d:", ar.short_src, ar.currentline);
    bool repeated = ar.currentline == last_line && shown > 0; /* a recursion */
    bool named = shown == 0 && starts_with(text, place);
    last_line = ar.currentline;
    if (named || repeated) continue;
    if (++shown > MOST_FRAMES) {
      luaL_addstring(&b, "\n  …");
      break;
    }
    place[strlen(place) - 1] = '\0';
    luaL_addstring(&b, shown == 1 && !strstr(text, ar.short_src) ? "\n  at " : "\n  called from ");
    luaL_addstring(&b, place);
  }
  luaL_pushresult(&b);
  return 1;
}

int host_call(lua_State *L, int nargs, int nresults) {
  int base = lua_gettop(L) - nargs;
  lua_pushcfunction(L, describe);
  lua_insert(L, base);
  int status = lua_pcall(L, nargs, nresults, base);
  lua_remove(L, base);
  if (status == LUA_OK) return EXIT_DONE;
  terminal_clear_progress();
  fflush(stdout);
  const char *text = lua_tostring(L, -1);
  fprintf(stderr, "%s\n", text ? text : "unknown error");
  lua_pop(L, 1);
  return interrupt_pending() ? EXIT_INTERRUPTED : EXIT_FAILED;
}

bool host_require(lua_State *L, const char *name) {
  lua_getglobal(L, "require");
  lua_pushstring(L, name);
  return host_call(L, 1, 1) == EXIT_DONE;
}

/* After an interrupt the prompt goes on: the flag comes down here, before any Lua runs again. */
static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  int code = host_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  terminal_clear_progress();
  interrupt_clear(L);
  lua_pushboolean(L, code == EXIT_DONE);
  lua_insert(L, 1);
  return lua_gettop(L);
}

void host_install_protected(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_pushcfunction(L, protected_call);
  lua_setfield(L, -2, "protected");
  lua_pop(L, 2);
}
