/* The documentation of everything bound, kept in one table that scripts/help.lua reads:
 *
 *   text     qualified name -> "signature\n\ndescription"
 *   names    the qualified names in the order of registration
 *   of       function -> qualified name (weak keys)
 *   classes  short name -> {methods and fields in order: "lag", "unit"}
 *   options  qualified name -> list of option rows */
#include "fits.h"
#include "model/registry.h"
#include <math.h>
#include <string.h>

static const char docs_key = 0; /* its address is the registry key */

static void new_docs(lua_State *L) {
  static const char *const fields[] = {"text", "names", "classes", "options"};
  lua_createtable(L, 0, 5);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_newtable(L);
    lua_setfield(L, -2, fields[i]);
  }
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "of");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &docs_key);
}

static void push_docs(lua_State *L) {
  luaL_checkstack(L, 8, "documentation");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &docs_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  new_docs(L);
}

/* Records the text on top of the stack under the name below it; pops both. A name keeps its first
 * place in the order when its text is replaced. */
static void record_text(lua_State *L) {
  int name = lua_gettop(L) - 1, text = name + 1;
  push_docs(L);
  lua_getfield(L, -1, "text");
  lua_pushvalue(L, name);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_getfield(L, -3, "names");
    lua_pushvalue(L, name);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  lua_pushvalue(L, name);
  lua_pushvalue(L, text);
  lua_rawset(L, -3);
  lua_settop(L, name - 1);
}

/* Remembers that the function at idx is called by the name at name_idx; the first name stays, so
 * that an alias leads to what it is an alias of. */
static void record_function(lua_State *L, int idx, int name_idx) {
  idx = lua_absindex(L, idx);
  name_idx = lua_absindex(L, name_idx);
  push_docs(L);
  lua_getfield(L, -1, "of");
  lua_pushvalue(L, idx);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pushvalue(L, idx);
    lua_pushvalue(L, name_idx);
    lua_rawset(L, -4);
  }
  lua_pop(L, 3);
}

/* Documents one row under owner + separator + name; its function, if any, is on top and stays. */
static void record_row(lua_State *L, const char *owner, const char *separator,
                       const jvl_function *row) {
  lua_pushfstring(L, "%s%s%s", owner, separator, row->name);
  if (row->fn) record_function(L, -2, -1);
  if (!row->doc || !*row->doc) {
    lua_pop(L, 1);
    return;
  }
  lua_pushstring(L, row->doc);
  record_text(L);
}

void jvl_add(lua_State *L, const char *qualified, const jvl_function *rows) {
  luaL_checkstack(L, 4, "functions");
  for (const jvl_function *row = rows; row && row->name; row++) {
    if (row->fn) lua_pushcfunction(L, row->fn);
    record_row(L, qualified, ".", row);
    if (row->fn) lua_setfield(L, -2, row->name);
  }
}

void jvl_submodule(lua_State *L, const char *name) {
  if (lua_getfield(L, -1, name) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
}

void jvl_document(lua_State *L, const char *qualified, const char *doc) {
  lua_pushstring(L, qualified);
  lua_pushstring(L, doc);
  record_text(L);
}

void jvl_document_class(lua_State *L, const char *name, const char *doc,
                        const jvl_function *methods) {
  jvl_document(L, name, doc ? doc : name);
  push_docs(L);
  lua_getfield(L, -1, "classes");
  lua_newtable(L);
  lua_Integer n = 0;
  for (const jvl_function *row = methods; row && row->name; row++) {
    if (row->fn) lua_pushcfunction(L, row->fn);
    record_row(L, name, row->fn ? ":" : ".", row);
    if (row->fn) lua_pop(L, 1);
    lua_pushstring(L, row->name);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, name);
  lua_pop(L, 2);
}

/* ---- option rows and models as tables ---- */

static const char *type_name(jv_opt_type type) {
  switch (type) {
  case JV_OPT_REAL:
    return "number";
  case JV_OPT_INT:
    return "integer";
  case JV_OPT_FLAG:
    return "boolean";
  case JV_OPT_CHOICE:
    return "choice";
  case JV_OPT_TEXT:
    return "string";
  case JV_OPT_REAL_OR_CHOICE:
    return "number or choice";
  }
  return "?";
}

static void set_text(lua_State *L, const char *key, const char *value) {
  if (!value) return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

static void push_option(lua_State *L, const jv_option *row) {
  lua_createtable(L, 0, 7);
  set_text(L, "name", row->name);
  set_text(L, "type", type_name(row->type));
  set_text(L, "doc", row->doc);
  set_text(L, "choices", row->choices);
  if (row->type != JV_OPT_TEXT && !isnan(row->deflt)) {
    lua_pushnumber(L, row->deflt);
    lua_setfield(L, -2, "default");
  }
  if (row->type == JV_OPT_REAL || row->type == JV_OPT_INT || row->type == JV_OPT_REAL_OR_CHOICE) {
    lua_pushnumber(L, row->min);
    lua_setfield(L, -2, "min");
    lua_pushnumber(L, row->max);
    lua_setfield(L, -2, "max");
  }
}

static void push_options(lua_State *L, const jv_option *rows) {
  lua_newtable(L);
  lua_Integer n = 0;
  for (const jv_option *row = rows; row && row->name; row++) {
    push_option(L, row);
    lua_rawseti(L, -2, ++n);
  }
}

void jvl_document_options(lua_State *L, const char *qualified, const jv_option *rows) {
  push_docs(L);
  lua_getfield(L, -1, "options");
  push_options(L, rows);
  lua_setfield(L, -2, qualified);
  lua_pop(L, 2);
}

static void push_model(lua_State *L, const jv_model_class *cls) {
  lua_createtable(L, 0, 8);
  set_text(L, "name", cls->name);
  set_text(L, "title", cls->title);
  set_text(L, "doc", cls->doc);
  set_text(L, "source", cls->source);
  lua_pushinteger(L, (lua_Integer)cls->min_n);
  lua_setfield(L, -2, "min_n");
  jvl_push_tags(L, cls->tags);
  lua_setfield(L, -2, "tags");
  jvl_push_can(L, cls);
  lua_setfield(L, -2, "can");
  push_options(L, cls->options);
  lua_setfield(L, -2, "options");
}

/* The registered models as tables, in order. */
static int l_models(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  size_t n = cx->models ? jv_registry_count(cx->models) : 0;
  lua_settop(L, 0);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_model(L, jv_registry_at(cx->models, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- for Lua ---- */

static int l_doc(lua_State *L) {
  luaL_checkstring(L, 1);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_checkstring(L, 3);
  lua_settop(L, 3);
  if (lua_isfunction(L, 2)) record_function(L, 2, 1);
  lua_remove(L, 2);
  record_text(L);
  return 0;
}

static const jvl_function functions[] = {
    {"doc", l_doc,
     "jv.doc(name, fn or nil, text)\n\n"
     "Registers the documentation of a function written in Lua (or, with nil, of a module or a "
     "constant) under its qualified name, \"jv.report.new\" or \"series:plot\". The text's first "
     "line is the signature; after a blank line it says what the function does. help(), "
     "completion and the manual read it."},
    {NULL, NULL, NULL}};

/* internal.nearest(name, list) -> the name that was meant, or nil. */
static int l_nearest(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  const char **list = jvl_scratch(L, n, sizeof *list);
  for (size_t i = 0; i < n; i++) {
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
      return luaL_argerror(L, 2, "a list of strings is expected");
    list[i] = lua_tostring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
  }
  lua_pushstring(L, jv_nearest_name(name, list, n));
  return 1;
}

void jvl_open_doc(lua_State *L) {
  jvl_add(L, "jv", functions);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  push_docs(L);
  lua_setfield(L, -2, "docs");
  lua_pushcfunction(L, l_models);
  lua_setfield(L, -2, "models");
  lua_pushcfunction(L, l_nearest);
  lua_setfield(L, -2, "nearest");
  lua_pop(L, 2);
}
