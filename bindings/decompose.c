/* jv.stl, jv.mstl, jv.classical: series in, series out; jv.seasonally_adjusted and jv.trend pick a
 * part. */
#include "fits.h"
#include "numeric/classical.h"
#include "numeric/mstl.h"
#include <string.h>

/* Stack: 1 y, 2 options or nil, 3 the options without those of the binding's own. */
enum { Y = 1, GIVEN = 2, OPTIONS = 3 };

static void release_mstl(jv_ctx *cx, void *p) { jv_mstl_free(cx, p); }

static const jvl_class mstl_class = {
    .name = "jevons.mstl_memory",
    .doc = "mstl_memory\n\nA decomposition of the core on its way to series.",
    .release = release_mstl};

static const jv_option mstl_rows[] = {
    JV_STL_OPTION_ROWS(jv_mstl_options, stl),
    {"iterate", JV_OPT_INT, offsetof(jv_mstl_options, iterate), NAN, 1, 1000,
     "rounds over the periods; absent: 2, with one period 1", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct classical_options {
  int type;
} classical_options;

static const jv_option classical_rows[] = {
    {"type", JV_OPT_CHOICE, offsetof(classical_options, type), 0, 0, 0,
     "how the parts make y: their sum or their product", "additive|multiplicative"},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* ---- arguments */

/* A copy of the options at OPTIONS, from which the binding takes its own. */
static void copy_options(lua_State *L, const char *what) {
  lua_settop(L, GIVEN);
  lua_newtable(L);
  if (lua_isnil(L, GIVEN)) return;
  if (!lua_istable(L, GIVEN))
    jvl_misuse(L, "%s: options must stand in a table, got %s", what, luaL_typename(L, GIVEN));
  for (lua_pushnil(L); lua_next(L, GIVEN);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, OPTIONS);
  }
}

/* Takes the field out of the options: false when it is absent, else it is pushed. */
static bool take_field(lua_State *L, const char *key) {
  if (lua_getfield(L, OPTIONS, key) == LUA_TNIL) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushnil(L);
  lua_setfield(L, OPTIONS, key);
  return true;
}

/* Option season, or that of the frequency of y. */
static size_t take_season(lua_State *L) {
  const jv_series *y = jvl_test_series(L, Y);
  size_t m = y ? jv_freq_season(y->start.freq) : 1;
  if (!take_field(L, "season")) return m;
  m = jvl_check_count(L, -1, "season", 1);
  lua_pop(L, 1);
  return m;
}

/* Option periods, a list or a number, or the one of the season; in scratch memory that is pushed. */
static const size_t *take_periods(lua_State *L, size_t *n) {
  size_t season = take_season(L), *periods;
  bool given = take_field(L, "periods"), list = given && lua_istable(L, -1);
  *n = list ? (size_t)lua_rawlen(L, -1) : 1;
  if (!given) lua_pushinteger(L, (lua_Integer)season);
  int at = lua_gettop(L);
  periods = jvl_scratch(L, *n + 1, sizeof *periods);
  for (size_t i = 0; i < *n; i++) {
    if (list)
      lua_rawgeti(L, at, (lua_Integer)i + 1);
    else
      lua_pushvalue(L, at);
    periods[i] = jvl_check_count(L, -1, "a period", 1);
    lua_pop(L, 1);
  }
  return periods;
}

/* ---- results */

/* Sets field `key` of the table on top to a series like y of n values; plain: a ratio, without the
 * unit of y. */
static void set_part(lua_State *L, const char *key, const double *v, size_t n, bool plain) {
  jvl_push_like(L, jvl_test_series(L, Y), 0, v, n);
  jv_series *s = plain ? jvl_test_series(L, -1) : NULL;
  if (s) s->unit = (jv_unit){0};
  lua_setfield(L, -2, key);
}

/* The sum of the seasons, in scratch memory that is pushed. */
static const double *push_seasons_sum(lua_State *L, const jv_mstl *d) {
  double *sum = jvl_scratch(L, d->n, sizeof *sum);
  for (size_t t = 0; t < d->n; t++) {
    sum[t] = 0;
    for (size_t i = 0; i < d->n_periods; i++) sum[t] += d->seasonal[i * d->n + t];
  }
  return sum;
}

static void push_mstl(lua_State *L, const jv_mstl *d) {
  const double *sum = push_seasons_sum(L, d);
  lua_createtable(L, 0, 7);
  set_part(L, "trend", d->trend, d->n, false);
  set_part(L, "seasonal", sum, d->n, false);
  set_part(L, "remainder", d->remainder, d->n, false);
  set_part(L, "adjusted", d->adjusted, d->n, false);
  set_part(L, "weights", d->weights, d->n, true);
  lua_createtable(L, 0, (int)d->n_periods);
  for (size_t i = 0; i < d->n_periods; i++) {
    jvl_push_like(L, jvl_test_series(L, Y), 0, d->seasonal + i * d->n, d->n);
    lua_rawseti(L, -2, (lua_Integer)d->period[i]);
  }
  lua_setfield(L, -2, "seasons");
  lua_createtable(L, (int)d->n_periods, 0);
  for (size_t i = 0; i < d->n_periods; i++) {
    lua_pushinteger(L, (lua_Integer)d->period[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "periods");
  jvl_dress(L, "parts_meta");
}

/* ---- functions */

static const jv_mstl *decompose(lua_State *L, const char *what, const size_t *periods, size_t k,
                                size_t *n) {
  jv_mstl_options opt;
  jv_mstl *d = NULL;
  jvl_options(L, OPTIONS, what, mstl_rows, &opt, NULL);
  const double *y = jvl_check_values(L, Y, "y", n);
  void **box = jvl_box(L, &mstl_class);
  jvl_check(L, jv_mstl_new(jvl_ctx(L), y, *n, periods, k, &opt, &d));
  *box = d;
  return d;
}

static int l_stl(lua_State *L) {
  size_t n;
  copy_options(L, "stl");
  size_t m = take_season(L);
  const jv_mstl *d = decompose(L, "stl", &m, 1, &n);
  if (d->n_periods == 0)
    return jvl_misuse(L,
                      "stl: needs a season of 2 or more and more than two of them: the season is "
                      "%zu, of %zu observations",
                      m, n);
  push_mstl(L, d);
  return 1;
}

static int l_mstl(lua_State *L) {
  size_t k, n;
  copy_options(L, "mstl");
  const size_t *periods = take_periods(L, &k);
  push_mstl(L, decompose(L, "mstl", periods, k, &n));
  return 1;
}

static int l_classical(lua_State *L) {
  classical_options opt;
  size_t n;
  copy_options(L, "classical");
  size_t m = take_season(L);
  jvl_options(L, OPTIONS, "classical", classical_rows, &opt, NULL);
  const double *y = jvl_check_values(L, Y, "y", &n);
  double *part = jvl_scratch(L, n, 4 * sizeof *part), *adjusted = part + 3 * n;
  bool product = opt.type == 1;
  jvl_check(L, jv_classical(jvl_ctx(L), y, n, m, product, part, part + n, part + 2 * n));
  for (size_t t = 0; t < n; t++) adjusted[t] = product ? y[t] / part[t] : y[t] - part[t];
  lua_createtable(L, 0, 4);
  set_part(L, "seasonal", part, n, product);
  set_part(L, "trend", part + n, n, false);
  set_part(L, "remainder", part + 2 * n, n, product);
  set_part(L, "adjusted", adjusted, n, false);
  jvl_dress(L, "parts_meta");
  return 1;
}

/* One part of the decomposition that option `method` names. */
static int pick(lua_State *L, const char *what, const char *part) {
  static const struct {
    const char *name;
    lua_CFunction fn;
  } methods[] = {{"stl", l_stl}, {"mstl", l_mstl}, {"classical", l_classical}};
  copy_options(L, what);
  const char *method = "mstl";
  if (take_field(L, "method")) method = luaL_checkstring(L, -1);
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    if (strcmp(method, methods[i].name) != 0) continue;
    lua_pushcfunction(L, methods[i].fn);
    lua_pushvalue(L, Y);
    lua_pushvalue(L, OPTIONS);
    lua_call(L, 2, 1);
    lua_getfield(L, -1, part);
    return 1;
  }
  return jvl_misuse(L, "%s: method is one of stl, mstl, classical, got '%s'", what, method);
}

static int l_seasonally_adjusted(lua_State *L) {
  return pick(L, "seasonally_adjusted", "adjusted");
}
static int l_trend(lua_State *L) { return pick(L, "trend", "trend"); }

static const jvl_function functions[] = {
    {"stl", l_stl,
     "jv.stl(y [, options]) -> table\n\nSeasonal and trend decomposition by loess: y = trend + "
     "seasonal + remainder. The table holds these three, adjusted (y less the season) and weights "
     "(of outliers, with robust), each a series like y, or a table where y is one.\n\n"
     "window = \"periodic\" keeps the season the same in all years; a number (odd, in seasons) "
     "lets "
     "it change. Besides the options below: season, by default that of the frequency. Missing "
     "values are filled as jv.interpolate does, and stay missing in remainder and adjusted.\n\n"
     "Errors: invalid (no season, or not more than two of them), data.\n\n"
     "Source: Cleveland, Cleveland, McRae & Terpenning (1990)."},
    {"mstl", l_mstl,
     "jv.mstl(y [, options]) -> table\n\nDecomposition with several seasons, periods = {24, 168}; "
     "by "
     "default the one of the frequency. As jv.stl, with seasons (a series for each period: "
     "d.seasons[24]), periods (those found in the series more than twice, ascending), and "
     "seasonal, "
     "their sum. The window of the k-th period is 7 + 4k unless given. Without a season the trend "
     "is that of Friedman's super smoother.\n\n"
     "Source: Bandara, Hyndman & Bergmeir (2021)."},
    {"classical", l_classical,
     "jv.classical(y [, {type=, season=}]) -> table\n\nClassical decomposition: a centred moving "
     "average as trend, one index for each season. type is \"additive\" (y = trend + seasonal + "
     "remainder) or \"multiplicative\" (their product; seasonal and remainder are then ratios). "
     "The "
     "table holds these parts and adjusted. trend and remainder are missing for half a season at "
     "both ends.\n\nErrors: data (less than two seasons, multiplicative with values of zero or "
     "below)."},
    {"seasonally_adjusted", l_seasonally_adjusted,
     "jv.seasonally_adjusted(y [, {method=, …}]) -> series\n\ny without its season, by method "
     "\"mstl\" (default), \"stl\" or \"classical\"; further options are those of the method. A "
     "series without a season comes back as it is with mstl, and is refused by the others."},
    {"trend", l_trend,
     "jv.trend(y [, {method=, …}]) -> series\n\nThe trend of y, by method \"mstl\" (default), "
     "\"stl\" or \"classical\"; further options are those of the method."},
    {NULL, NULL, NULL}};

void jvl_open_decompose(lua_State *L) {
  jvl_class_register(L, &mstl_class);
  jvl_add(L, "jv", functions);
  jvl_document_options(L, "jv.stl", jv_stl_option_rows);
  jvl_document_options(L, "jv.mstl", mstl_rows);
  jvl_document_options(L, "jv.classical", classical_rows);
}
