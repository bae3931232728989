/* luaopen_jevons: opens every module, then runs scripts/jevons.lua; and the searcher that finds
 * require "jevons.report" in the embedded scripts, or in the tree that JEVONS_SCRIPTS names.
 *
 * Chunks are called "jevons/report/init.lua" in messages, whichever of the two they came from. */
#include "bind.h"
#include "scripts_embedded.h"
#include <stdlib.h>
#include <string.h>

int luaopen_lfs(lua_State *L);

static const jvl_module_fn modules[] = {
#define X(name) jvl_open_##name,
    JVL_MODULES(X)
#undef X
};

/* ---- scripts ---- */

static const struct jvl_script *embedded(const char *path) {
  for (const struct jvl_script *s = jvl_scripts; s->name; s++)
    if (strcmp(s->name, path) == 0) return s;
  return NULL;
}

/* Pushes the text of a script of the library, or nil. */
static bool push_script(lua_State *L, const char *path) {
  const char *tree = getenv("JEVONS_SCRIPTS");
  if (!tree || !*tree) {
    const struct jvl_script *script = embedded(path);
    if (script)
      lua_pushlstring(L, script->text, script->len);
    else
      lua_pushnil(L);
    return script != NULL;
  }
  /* luaL_loadfile would name the chunk after the file; io.open's text is named as the embedded */
  lua_getglobal(L, "io");
  lua_getfield(L, -1, "open");
  lua_pushfstring(L, "%s/%s", tree, path);
  lua_pushliteral(L, "rb");
  lua_call(L, 2, 1);
  lua_replace(L, -2);
  if (lua_isnil(L, -1)) return false;
  lua_getfield(L, -1, "read");
  lua_pushvalue(L, -2);
  lua_pushliteral(L, "a");
  lua_call(L, 2, 1);
  lua_getfield(L, -2, "close");
  lua_pushvalue(L, -3);
  lua_call(L, 1, 0);
  lua_replace(L, -2);
  return true;
}

/* Pushes the compiled script; false (and nothing pushed) when there is none. Throws what does not
 * compile. */
static bool load_script(lua_State *L, const char *path) {
  luaL_checkstack(L, 8, "script");
  if (!push_script(L, path)) {
    lua_pop(L, 1);
    return false;
  }
  size_t len;
  const char *text = lua_tolstring(L, -1, &len);
  const char *chunk = lua_pushfstring(L, "=jevons/%s", path);
  if (luaL_loadbufferx(L, text, len, chunk, "t") != LUA_OK) lua_error(L);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

/* package.searchers: "jevons.report" -> report.lua, report/init.lua. */
static int search_script(lua_State *L) {
  static const char *const forms[] = {"%s.lua", "%s/init.lua"};
  const char *name = luaL_checkstring(L, 1);
  if (strncmp(name, "jevons.", 7) != 0) return 0;
  const char *base = luaL_gsub(L, name + 7, ".", "/");
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    const char *path = lua_pushfstring(L, forms[i], base);
    if (!load_script(L, path)) continue;
    lua_pushfstring(L, "jevons/%s", path);
    return 2;
  }
  lua_pushfstring(L, "no script '%s' in the library", name);
  return 1;
}

/* internal.script(path): the text of a file of scripts/, or nil. */
static int l_script(lua_State *L) {
  push_script(L, luaL_checkstring(L, 1));
  return 1;
}

/* internal.scripts(): names of the embedded files. */
static int l_scripts(lua_State *L) {
  lua_newtable(L);
  lua_Integer n = 0;
  for (const struct jvl_script *s = jvl_scripts; s->name; s++) {
    lua_pushstring(L, s->name);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/* Right after preload, so that a file ./jevons/report.lua cannot stand in for the library's. */
static void add_searcher(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, search_script);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 3);
}

static void add_internal(lua_State *L) {
  static const luaL_Reg rows[] = {{"script", l_script}, {"scripts", l_scripts}, {NULL, NULL}};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  luaL_setfuncs(L, rows, 0);
  lua_pop(L, 2);
}

/* LuaFileSystem is linked in, so that the library finds it whatever package.cpath says. */
static void preload_file_system(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  if (lua_getfield(L, -1, "lfs") == LUA_TNIL) {
    lua_pushcfunction(L, luaopen_lfs);
    lua_setfield(L, -3, "lfs");
  }
  lua_pop(L, 2);
}

/* ---- the module ---- */

/* Sets package.loaded.jevons to the value at idx; nil takes it away. */
static void set_loaded(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, idx);
  lua_setfield(L, -2, "jevons");
  lua_pop(L, 1);
}

/* Scripts that jevons.lua requires may themselves require "jevons"; so the table stands in
 * package.loaded before it runs, and goes again when it fails. */
static void run_script(lua_State *L, int jv) {
  set_loaded(L, jv);
  if (!load_script(L, "jevons.lua"))
    luaL_error(L, "jevons.lua is missing in the tree that JEVONS_SCRIPTS names");
  lua_pushvalue(L, jv);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return;
  lua_pushnil(L);
  set_loaded(L, -1);
  lua_pop(L, 1);
  lua_error(L);
}

int luaopen_jevons(lua_State *L);

int luaopen_jevons(lua_State *L) {
  luaL_checkversion(L);
  lua_settop(L, 0);
  lua_newtable(L);
  jvl_ctx(L);
  lua_pushliteral(L, JV_VERSION);
  lua_setfield(L, 1, "version");
  add_internal(L);
  add_searcher(L);
  preload_file_system(L);
  for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
    modules[i](L);
    lua_settop(L, 1);
  }
  run_script(L, 1);
  return 1;
}
