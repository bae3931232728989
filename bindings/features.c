/* jv.features: what distinguishes a series from others, in one table of numbers. */
#include "evaluate/features.h"
#include "test_results.h"
#include "values.h"
#include <math.h>
#include <string.h>

#define RESULT "jevons.features"

typedef struct features_options {
  int models;
} features_options;

static const jv_option rows[] = {
    {"models", JV_OPT_FLAG, offsetof(features_options, models), 1, 0, 1,
     "false leaves out the parameters of ETS models, which take most of the time", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const char *const names[] = {
#define X(name, text) #name,
    JV_FEATURES(X)
#undef X
        NULL};

static int l_features(lua_State *L) {
  features_options opt;
  jv_features f;
  size_t n;
  lua_settop(L, 2);
  jvl_options(L, 2, "features", rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_features_of(jvl_ctx(L), y, n, m, opt.models != 0, &f));
  lua_createtable(L, 0, 64);
#define X(name, text)                                                                              \
  if (!isnan(f.name)) {                                                                            \
    lua_pushnumber(L, f.name);                                                                     \
    lua_setfield(L, -2, #name);                                                                    \
  }
  JV_FEATURES(X)
#undef X
  luaL_setmetatable(L, RESULT);
  return 1;
}

static int features_tostring(lua_State *L) {
  luaL_Buffer b;
  int column = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_buffinit(L, &b);
  for (const char *const *name = names; *name; name++) {
    bool there = lua_getfield(L, 1, *name) == LUA_TNUMBER;
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (!there) continue;
    jvl_add_line(&b, "%s%-18s%12.5g", column == 0 ? "" : column % 3 ? "    " : "\n", *name, value);
    column++;
  }
  luaL_pushresult(&b);
  return 1;
}

/* The features in the order in which they are documented. */
static int l_feature_names(lua_State *L) {
  lua_settop(L, 0);
  lua_newtable(L);
  for (lua_Integer i = 0; names[i]; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, 1, i + 1);
  }
  return 1;
}

#define X(name, text) "\n  " #name ": " text
static const jvl_function functions[] = {
    {"features", l_features,
     "jv.features(y [, {season=, models=}]) -> table\n\n"
     "Some fifty features of a series by name; the table prints. season: by default that of the "
     "frequency of y, 1 for a table. Missing values are filled first as jv.interpolate does. z is "
     "(y - mean) / sd, dk its k-th difference; z = T + S + R by STL; m the season, w = m, or 10 "
     "without one. What a series cannot have is absent.\n" JV_FEATURES(
         X) "\n\nErrors: data (nothing observed, infinite).\nSource: Wang, Smith & Hyndman (2006); "
            "Hyndman, Wang & Laptev (2015); Kang, Hyndman & Smith-Miles (2017)."},
    {"feature_names", l_feature_names,
     "jv.feature_names() -> list\n\nThe names of what jv.features gives, in the order of its "
     "documentation: the columns for a table of many series."},
    {NULL, NULL, NULL}};
#undef X

void jvl_open_features(lua_State *L) {
  luaL_newmetatable(L, RESULT);
  lua_pushcfunction(L, features_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  jvl_add(L, "jv", functions);
  jvl_document_options(L, "jv.features", rows);
}
