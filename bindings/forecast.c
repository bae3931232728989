/* Forecast objects: means and distribution of the steps ahead, on the calendar of y. */
#include "fits.h"
#include "values.h"
#include <math.h>
#include <string.h>

static void release_forecast(jv_ctx *cx, void *p) { jv_forecast_free(cx, p); }

static jv_forecast *check_forecast(lua_State *L, int idx) {
  return jvl_unbox(L, idx, &jvl_forecast_class);
}

/* ---- making one */

/* Nobody wants the interval of 0.8 per cent. */
static void warn_of_fraction(lua_State *L, double level) {
  if (level > 0 && level < 1)
    jv_warn(jvl_ctx(L), "level %g is %g per cent: levels are percentages, as 80", level, level);
}

/* Pushes a list of the levels at idx (a number, a list or nil), ascending. */
void jvl_push_levels(lua_State *L, int idx) {
  size_t n = 0;
  int base = lua_gettop(L);
  const double *levels = NULL;
  if (lua_type(L, idx) == LUA_TNUMBER) {
    double *one = jvl_scratch(L, 1, sizeof *one);
    *one = lua_tonumber(L, idx);
    levels = one;
    n = 1;
  } else if (!lua_isnil(L, idx))
    levels = jvl_check_values(L, idx, "level", &n);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    if (!(levels[i] > 0 && levels[i] < 100))
      jvl_misuse(L, "a level is a percentage between 0 and 100, got %g", levels[i]);
    warn_of_fraction(L, levels[i]);
    lua_Integer at = (lua_Integer)i + 1; /* insertion sort */
    for (; at > 1; at--) {
      lua_rawgeti(L, -1, at - 1);
      bool placed = lua_tonumber(L, -1) <= levels[i];
      if (lua_tonumber(L, -1) == levels[i]) jvl_misuse(L, "level %g stands twice", levels[i]);
      if (placed) {
        lua_pop(L, 1);
        break;
      }
      lua_rawseti(L, -2, at);
    }
    lua_pushnumber(L, levels[i]);
    lua_rawseti(L, -2, at);
  }
  if (lua_gettop(L) > base + 1) lua_remove(L, base + 1); /* the values read */
}

/* Is what was given the levels themselves, 80 or {80, 95}, as forecast:annual takes them? */
static bool bare_levels(lua_State *L, int idx) {
  bool list = lua_istable(L, idx) && lua_rawgeti(L, idx, 1) == LUA_TNUMBER;
  if (lua_istable(L, idx)) lua_pop(L, 1);
  return list || lua_type(L, idx) == LUA_TNUMBER;
}

/* The table of the forecast: fit, series, levels, n. */
static void push_forecast_table(lua_State *L, const jv_fit *fit) {
  static const char *const known[] = {"level", "xreg", NULL};
  lua_createtable(L, 0, 4);
  if (lua_isnil(L, 3) || bare_levels(L, 3))
    lua_pushvalue(L, 3);
  else {
    luaL_checktype(L, 3, LUA_TTABLE);
    jvl_check_keys(L, 3, "forecast", known);
    lua_getfield(L, 3, "level");
  }
  jvl_push_levels(L, lua_gettop(L));
  lua_setfield(L, 4, "levels");
  lua_settop(L, 4);
  lua_pushvalue(L, 1);
  lua_setfield(L, 4, "fit");
  jvl_about(L, 1, "series");
  lua_setfield(L, 4, "series");
  lua_pushinteger(L, (lua_Integer)fit->n);
  lua_setfield(L, 4, "n");
}

/* Throws where the last step would lie beyond the calendar, before any work is done for it. */
static void check_calendar(lua_State *L, const jv_fit *fit, size_t h) {
  jv_period last;
  const jv_series *y = jvl_about_series(L, 1);
  if (y) jvl_check(L, jv_period_add(jvl_ctx(L), y->start, (int64_t)(fit->n + h) - 1, &last));
}

int jvl_fit_forecast(lua_State *L) {
  const jv_fit *fit = jvl_unbox(L, 1, &jvl_fit_class);
  size_t h = jvl_check_count(L, 2, "h", 1);
  lua_settop(L, 3);
  check_calendar(L, fit, h);
  push_forecast_table(L, fit);
  if (lua_istable(L, 3))
    lua_getfield(L, 3, "xreg");
  else
    lua_pushnil(L);
  const double *x = jvl_future_regressors(L, 1, 5, h);
  lua_pushvalue(L, 4); /* above what x is kept in */
  void **box = jvl_box(L, &jvl_forecast_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  jv_forecast *fc = NULL;
  jvl_check(L, jv_fit_forecast(jvl_ctx(L), fit, h, x, &fc));
  *box = fc;
  return 1;
}

/* ---- reading it */

/* Of a symmetric distribution the two are one. */
static const char *says(const jv_forecast *fc) {
  bool symmetric = fc->dist != JV_DIST_PATHS && !fc->scaled;
  return fc->mean_is_median && !symmetric ? "median" : "mean";
}

/* Periods from the start of y to the first step ahead. */
static int64_t ahead(lua_State *L) {
  jvl_about(L, 1, "n");
  int64_t n = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return n;
}

/* A figure that was not filed but forecast: each value says by what, from what. */
static void add_lineage(lua_State *L, const jv_series *y, const jv_fit *fit) {
  jv_ctx *cx = jvl_ctx(L);
  jv_series *s = jvl_test_series(L, -1);
  jv_lineage *last = y->mark && y->n ? y->mark[y->n - 1].lineage : NULL;
  if (!last) return;
  char end[JV_PERIOD_TEXT], operation[192];
  jv_period_format(jv_series_period(y, y->n - 1), end);
  snprintf(operation, sizeof operation, "forecast by %s from %zu observations to %s", fit->form,
           fit->n, end);
  for (size_t i = 0; i < s->n; i++)
    jvl_check(L, jv_lineage_derived(cx, operation, s->value[i], &last, 1, &s->mark[i].lineage));
}

static void push_steps(lua_State *L, const double *v, size_t h) {
  const jv_series *y = jvl_about_series(L, 1);
  jvl_push_like(L, y, ahead(L), v, h);
  if (!y) return;
  jvl_about(L, 1, "fit");
  const jv_fit *fit = jvl_unbox(L, -1, &jvl_fit_class);
  lua_pop(L, 1);
  add_lineage(L, y, fit);
}

/* The forecast at 1, about to be asked for its spread: where that is still owed, its fit must not have
 * been closed. */
static jv_forecast *check_spread(lua_State *L) {
  jv_forecast *fc = check_forecast(L, 1);
  if (!fc->spread) return fc;
  jvl_about(L, 1, "fit");
  jvl_unbox(L, -1, &jvl_fit_class);
  lua_pop(L, 1);
  return fc;
}

static int forecast_interval(lua_State *L) {
  jv_forecast *fc = check_spread(L);
  double level = luaL_checknumber(L, 2);
  lua_settop(L, 2);
  warn_of_fraction(L, level);
  double *lower = jvl_scratch(L, fc->h, 2 * sizeof *lower), *upper = lower + fc->h;
  jvl_check(L, jv_forecast_interval(jvl_ctx(L), fc, level, lower, upper));
  push_steps(L, lower, fc->h);
  push_steps(L, upper, fc->h);
  return 2;
}

static int forecast_quantile(lua_State *L) {
  jv_forecast *fc = check_spread(L);
  double p = luaL_checknumber(L, 2);
  lua_settop(L, 2);
  double *out = jvl_scratch(L, fc->h, sizeof *out);
  for (size_t i = 0; i < fc->h; i++)
    jvl_check(L, jv_forecast_quantile(jvl_ctx(L), fc, i, p, &out[i]));
  push_steps(L, out, fc->h);
  return 1;
}

const jv_fit *jvl_forecast_fit(lua_State *L) {
  jvl_about(L, 1, "fit");
  const jv_fit *fit = jvl_unbox(L, -1, &jvl_fit_class);
  if ((int64_t)fit->n != ahead(L))
    jvl_misuse(L,
               "the fit has taken new observations since this forecast was made: forecast again");
  lua_pop(L, 1);
  return fit;
}

static int forecast_paths(lua_State *L) {
  const jv_forecast *fc = check_forecast(L, 1);
  size_t n = jvl_check_count(L, 2, "n", 1);
  lua_settop(L, 2);
  const jv_fit *fit = jvl_forecast_fit(L);
  double *paths = jvl_scratch(L, n, fc->h * sizeof *paths);
  jvl_check(L, jv_fit_simulate(jvl_ctx(L), fit, fc->h, fc->x, n, paths));
  lua_createtable(L, (int)n, 0);
  for (size_t k = 0; k < n; k++) {
    jvl_push_like(L, NULL, 0, paths + k * fc->h, fc->h);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  return 1;
}

static int forecast_index(lua_State *L) {
  const jv_forecast *fc = check_forecast(L, 1);
  if (jvl_method(L, &jvl_forecast_class, 2)) return 1;
  const char *key = luaL_checkstring(L, 2);
  lua_settop(L, 2);
  if (strcmp(key, "mean") == 0)
    push_steps(L, fc->mean, fc->h);
  else if (strcmp(key, "h") == 0)
    lua_pushinteger(L, (lua_Integer)fc->h);
  else if (strcmp(key, "says") == 0)
    lua_pushstring(L, says(fc));
  else if (strcmp(key, "fit") == 0 || strcmp(key, "levels") == 0)
    jvl_about(L, 1, key);
  else if (strcmp(key, "model") == 0 || strcmp(key, "form") == 0) {
    jvl_about(L, 1, "fit");
    lua_getfield(L, -1, key);
  } else
    lua_pushnil(L);
  return 1;
}

/* ---- the table */

typedef struct column {
  char head[24];
  const double *v;
} column;

/* The columns, in scratch memory: mean, then lo and hi of each level. Pushes what it makes. */
static column *make_columns(lua_State *L, jv_forecast *fc, size_t *count) {
  jvl_about(L, 1, "levels");
  int levels = lua_gettop(L);
  size_t n = (size_t)lua_rawlen(L, levels);
  *count = 2 * n + 1;
  column *columns = jvl_scratch(L, *count, sizeof *columns);
  double *values = jvl_scratch(L, fc->h, (2 * n + 1) * sizeof *values);
  snprintf(columns[0].head, sizeof columns[0].head, "%s", says(fc));
  columns[0].v = fc->mean;
  for (size_t k = 0; k < n; k++) {
    double *lower = values + 2 * k * fc->h, *upper = lower + fc->h;
    lua_rawgeti(L, levels, (lua_Integer)k + 1);
    double level = lua_tonumber(L, -1);
    lua_pop(L, 1);
    jvl_check(L, jv_forecast_interval(jvl_ctx(L), fc, level, lower, upper));
    column *lo = &columns[2 * k + 1], *hi = lo + 1;
    snprintf(lo->head, sizeof lo->head, "lo %g", level);
    snprintf(hi->head, sizeof hi->head, "hi %g", level);
    lo->v = lower;
    hi->v = upper;
  }
  return columns;
}

static void add_rows(luaL_Buffer *b, const jv_series *y, int64_t first, const jv_forecast *fc,
                     const column *columns, size_t count, double factor) {
  jvl_add_line(b, "\n  %-10s", y ? "period" : "step");
  for (size_t k = 0; k < count; k++) jvl_add_line(b, " %12s", columns[k].head);
  for (size_t i = 0; i < fc->h; i++) {
    char when[JV_PERIOD_TEXT];
    jv_period period;
    if (y) {
      period = (jv_period){y->start.ordinal + first + (int64_t)i, y->start.freq};
      jv_period_format(period, when);
    } else
      snprintf(when, sizeof when, "%zu", i + 1);
    jvl_add_line(b, "\n  %-10s", when);
    for (size_t k = 0; k < count; k++) jvl_add_line(b, " %12.6g", columns[k].v[i] * factor);
  }
}

static int forecast_tostring(lua_State *L) {
  jv_forecast *fc = check_spread(L);
  size_t count;
  lua_settop(L, 1);
  const jv_series *y = jvl_about_series(L, 1);
  column *columns = make_columns(L, fc, &count);
  jvl_about(L, 1, "fit");
  const jv_fit *fit = jvl_unbox(L, -1, &jvl_fit_class);
  int64_t first = ahead(L);
  double factor = 1;
  char unit[JV_UNIT_TEXT] = "";
  if (y) jv_unit_format(jv_unit_for_display(y->unit, fc->mean[0], &factor), unit);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "Forecast%s%.80s by %s", y && y->name[0] ? " of " : "",
               y && y->name[0] ? y->name : "", fit->form[0] ? fit->form : fit->cls->name);
  if (unit[0]) jvl_add_line(&b, ", %s", unit);
  add_rows(&b, y, first, fc, columns, count, factor);
  luaL_pushresult(&b);
  return 1;
}

static int forecast_length(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_forecast(L, 1)->h);
  return 1;
}

static const jvl_function methods[] = {
    {"interval", forecast_interval,
     "forecast:interval(level) -> lower, upper\n\nThe ends of the central interval of `level` per "
     "cent "
     "for every step, as series where y was one. Intervals nest and hold the median.\n\nErrors: "
     "unsupported for a model that gives points only."},
    {"quantile", forecast_quantile,
     "forecast:quantile(p) -> series or table\n\nThe quantile 0 < p < 1 of every step."},
    {"paths", forecast_paths,
     "forecast:paths(n) -> table of n tables\n\nSample paths of the steps ahead, with the seed of "
     "the "
     "fit; they carry the dependence between steps, which intervals do not."},
    {"condition", jvl_forecast_condition,
     "forecast:condition{known=, total=} -> forecast\n\nThe same steps given facts about them: as "
     "fit:condition(facts):forecast(h) with the same levels."},
    {"total", jvl_forecast_total,
     "forecast:total([{from=, to=, level=, paths=}]) -> year\n\nThe distribution of the sum over "
     "the steps from `from` to `to`, numbers of steps or periods (by default all), from as many "
     "sample "
     "paths (4000), which carry the dependence between steps: with mean, median, sd, quantile(p), "
     "interval(level), chance_above(x).\n\nErrors: unit (a stock or a ratio adds up to nothing)."},
    {"annual", jvl_forecast_annual,
     "forecast:annual([levels]) -> annual\n\nThe distribution of each year's total, for the "
     "(fiscal) "
     "years that the forecast completes: from sample paths, with what has been observed of a "
     "started "
     "year counted in. levels: {80, 95}, or {level=, paths=} with the number of paths (4000). "
     "annual[\"2025\"] is a year with mean, sd, quantile(p), interval(level), chance_above(x)."
     "\n\nErrors: data (no year ends within the horizon), period (undated), unit (a stock or a "
     "ratio adds "
     "up to nothing)."},
    {NULL, NULL, NULL}};

static const luaL_Reg meta[] = {{"__index", forecast_index},
                                {"__tostring", forecast_tostring},
                                {"__len", forecast_length},
                                {NULL, NULL}};

const jvl_class jvl_forecast_class = {
    .name = "jevons.forecast",
    .doc =
        "forecast\n\nThe periods ahead. Fields: mean (a series that continues the calendar of y, "
        "evidence estimated; a table where y was one), says (\"mean\" or \"median\": which of the "
        "two it is), h, levels, fit, model, form. Printed, a table of the means and the "
        "intervals of the levels asked for.",
    .release = release_forecast,
    .methods = methods,
    .meta = meta};

void jvl_open_forecast(lua_State *L) { jvl_class_register(L, &jvl_forecast_class); }
