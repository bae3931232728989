/* jv.interpolate, jv.outliers, jv.clean, jv.level_shifts: what is wrong in a series, and the series
 * without it. */
#include "numeric/clean.h"
#include "series/mend.h"
#include "test_results.h"
#include "values.h"
#include <math.h>
#include <string.h>

#define LIST "jevons.findings"

static void release_outliers(jv_ctx *cx, void *p) { jv_outliers_free(cx, p); }

static const jvl_class outliers_class = {.name = "jevons.outlier_memory",
                                         .doc = "outlier_memory\n\nWhat the core found.",
                                         .release = release_outliers};

/* ---- pushing */

/* y with other values: a series that marks them estimated, or a table. */
static void push_mended(lua_State *L, const double *values, size_t n, const char *operation) {
  const jv_series *y = jvl_test_series(L, 1);
  if (!y) {
    jvl_push_like(L, NULL, 0, values, n);
    return;
  }
  jv_series **made = jvl_new_series(L);
  jvl_check(L, jv_series_mend(jvl_ctx(L), y, values, operation, NULL, made));
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

/* A row {index=, period=} for place i of y. */
static void push_row(lua_State *L, size_t i) {
  const jv_series *y = jvl_test_series(L, 1);
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_setfield(L, -2, "index");
  if (!y) return;
  jvl_push_period(L, jv_series_period(y, i));
  lua_setfield(L, -2, "period");
}

/* A list of rows prints as a table of the columns that its metatable's list names. */
static int list_tostring(lua_State *L) {
  static const char *const columns[] = {"value", "replacement", "size", "score"};
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t n = lua_rawlen(L, 1);
  lua_settop(L, 1);
  if (n == 0) {
    lua_pushliteral(L, "none");
    return 1;
  }
  lua_createtable(L, (int)n, 0);
  for (size_t i = 1; i <= n; i++) { /* the texts of the places, before the buffer takes the top */
    lua_rawgeti(L, 1, (lua_Integer)i);
    if (lua_getfield(L, -1, "period") == LUA_TNIL) lua_getfield(L, -2, "index");
    luaL_tolstring(L, -1, NULL);
    lua_rawseti(L, 2, (lua_Integer)i);
    lua_settop(L, 2);
  }
  luaL_buffinit(L, &b);
  for (size_t i = 1; i <= n; i++) {
    lua_rawgeti(L, 2, (lua_Integer)i);
    const char *place = lua_tostring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
    jvl_add_line(&b, "%s%-12s", i > 1 ? "\n" : "", place);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
      lua_rawgeti(L, 1, (lua_Integer)i);
      bool has = lua_getfield(L, -1, columns[c]) == LUA_TNUMBER;
      double value = lua_tonumber(L, -1);
      lua_pop(L, 2);
      if (has) jvl_add_line(&b, "  %s %.6g", columns[c], value);
    }
  }
  luaL_pushresult(&b);
  return 1;
}

/* ---- filling */

typedef struct fill_options {
  int method;
} fill_options;

static const jv_option fill_rows[] = {
    {"method", JV_OPT_CHOICE, offsetof(fill_options, method), NAN, 0, 1,
     "absent: seasonal where there is a season and more than two of it are observed",
     "linear|seasonal"},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static int l_interpolate(lua_State *L) {
  fill_options opt;
  size_t n;
  lua_settop(L, 2);
  jvl_options(L, 2, "interpolate", fill_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  double *filled = jvl_scratch(L, n, sizeof *filled);
  jvl_check(L, jv_fill_missing(jvl_ctx(L), y, n, m, opt.method, filled));
  push_mended(L, filled, n, "interpolated");
  return 1;
}

/* ---- outliers */

static const jv_outliers *find_outliers(lua_State *L, const jv_outlier_options *opt,
                                        const double *y, size_t n, size_t m) {
  jv_outliers *o = NULL;
  void **box = jvl_box(L, &outliers_class);
  jvl_check(L, jv_outliers_find(jvl_ctx(L), y, n, m, opt, &o));
  *box = o;
  return o;
}

static int l_outliers(lua_State *L) {
  jv_outlier_options opt;
  size_t n;
  lua_settop(L, 2);
  jvl_options(L, 2, "outliers", jv_outlier_option_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  const jv_outliers *o = find_outliers(L, &opt, y, n, m);
  lua_createtable(L, (int)o->count, 0);
  for (size_t i = 0; i < o->count; i++) {
    push_row(L, o->index[i]);
    set_number(L, "value", o->observed[i]);
    set_number(L, "replacement", o->replacement[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  luaL_setmetatable(L, LIST);
  return 1;
}

static bool flag_option(lua_State *L, const char *name, bool deflt) {
  bool value = deflt;
  if (!lua_istable(L, 2)) return deflt;
  if (lua_getfield(L, 2, name) == LUA_TBOOLEAN)
    value = lua_toboolean(L, -1);
  else if (!lua_isnil(L, -1))
    jvl_misuse(L, "clean: option '%s' is true or false", name);
  lua_pop(L, 1);
  return value;
}

/* Lifts what lies before each shift to the level after it; the last level stays. */
static void level(lua_State *L, double *y, size_t n, size_t m) {
  size_t count;
  jv_shift *shifts = jvl_scratch(L, n, sizeof *shifts);
  jvl_check(L, jv_level_shifts(jvl_ctx(L), y, n, m, NULL, shifts, &count));
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < shifts[k].index; i++) y[i] += shifts[k].size;
}

static int l_clean(lua_State *L) {
  static const char *const own[] = {"season", "missing", "shifts", NULL};
  jv_outlier_options opt;
  size_t n;
  lua_settop(L, 2);
  jvl_options(L, 2, "clean", jv_outlier_option_rows, &opt, own);
  size_t m = jvl_season_option(L, 2, 1);
  bool missing = flag_option(L, "missing", true), shifts = flag_option(L, "shifts", false);
  const double *given = jvl_check_values(L, 1, "y", &n);
  double *y = jvl_scratch(L, n, sizeof *y);
  memcpy(y, given, n * sizeof *y);
  if (shifts) level(L, y, n, m);
  const jv_outliers *o = find_outliers(L, &opt, y, n, m);
  for (size_t i = 0; i < o->count; i++) y[o->index[i]] = o->replacement[i];
  if (missing) jvl_check(L, jv_fill_missing(jvl_ctx(L), y, n, m, JV_OPT_UNSET, y));
  push_mended(L, y, n, "cleaned");
  return 1;
}

/* ---- level shifts */

static int l_level_shifts(lua_State *L) {
  jv_shift_options opt;
  size_t n, count;
  lua_settop(L, 2);
  jvl_options(L, 2, "level_shifts", jv_shift_option_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jv_shift *shifts = jvl_scratch(L, n, sizeof *shifts);
  jvl_check(L, jv_level_shifts(jvl_ctx(L), y, n, m, &opt, shifts, &count));
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_row(L, shifts[i].index);
    set_number(L, "size", shifts[i].size);
    set_number(L, "score", shifts[i].score);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  luaL_setmetatable(L, LIST);
  return 1;
}

/* ---- registration */

#define SEASON_TEXT "season: by default that of the frequency of y, 1 for a table. "

static const jvl_function functions[] = {
    {"interpolate", l_interpolate,
     "jv.interpolate(y [, {method=, season=}]) -> series\n\nFills missing values: by lines between "
     "their neighbours, or, where y has a season, by lines on the seasonally adjusted series "
     "(robust "
     "STL) plus the season. Beyond the first and last observed value the nearest one goes on. What "
     "was filled is marked estimated. R's na.interp. " SEASON_TEXT
     "\n\nErrors: data (nothing observed; seasonal: too few values)."},
    {"outliers", l_outliers,
     "jv.outliers(y [, {width=, passes=, season=}]) -> list\n\nValues whose distance from a smooth "
     "of y (seasonally adjusted where the season is strong) lies more than `width` interquartile "
     "ranges outside the quartiles: rows {index, period, value, replacement}. R's tsoutliers. "
     "" SEASON_TEXT},
    {"clean", l_clean,
     "jv.clean(y [, {width=, passes=, missing=, shifts=, season=}]) -> series\n\ny with its "
     "outliers "
     "replaced and its missing values filled (missing = false leaves them), both marked estimated. "
     "shifts = true first lifts what lies before a level shift to the level after it. R's "
     "tsclean. " SEASON_TEXT},
    {"level_shifts", l_level_shifts,
     "jv.level_shifts(y [, {threshold=, window=, season=}]) -> list\n\nSteps that last: places "
     "where "
     "the medians of the values before and after differ by more than `threshold` times what is "
     "usual "
     "in y, and the step itself makes up half of it or more. Rows {index, period, size, score}; a "
     "random walk has none. " SEASON_TEXT},
    {NULL, NULL, NULL}};

void jvl_open_clean(lua_State *L) {
  jvl_class_register(L, &outliers_class);
  luaL_newmetatable(L, LIST);
  lua_pushcfunction(L, list_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  jvl_add(L, "jv", functions);
  jvl_document_options(L, "jv.interpolate", fill_rows);
  jvl_document_options(L, "jv.outliers", jv_outlier_option_rows);
  jvl_document_options(L, "jv.clean", jv_outlier_option_rows);
  jvl_document_options(L, "jv.level_shifts", jv_shift_option_rows);
}
