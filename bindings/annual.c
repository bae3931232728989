/* Annual totals of a forecast: fc:annual(), one distribution a year. */
#include "evaluate/annual.h"
#include "fits.h"
#include "values.h"
#include <math.h>
#include <string.h>

/* A box's user value: {series = y, levels = {…}}. A year object is by value, its user value the box. */
typedef struct year_ref {
  size_t index;
} year_ref;

static void release_annual(jv_ctx *cx, void *p) { jv_annual_free(cx, p); }

static const jvl_class annual_class, year_class;

static const jv_annual *check_annual(lua_State *L, int idx) {
  return jvl_unbox(L, idx, &annual_class);
}

/* The year at idx; pushes its annual object. */
static const jv_annual_year *check_year(lua_State *L, int idx, const jv_annual **annual,
                                        size_t *index) {
  const year_ref *ref = luaL_checkudata(L, idx, year_class.name);
  lua_getiuservalue(L, idx, 1);
  *annual = check_annual(L, -1);
  *index = ref->index;
  return &(*annual)->years[ref->index];
}

static jv_unit unit_of(lua_State *L, int annual) {
  const jv_series *y = jvl_about_series(L, annual);
  return y ? y->unit : (jv_unit){0};
}

/* Forecasts are estimated, whatever the quarters reported so far are. */
static void push_value(lua_State *L, int annual, const jv_annual_year *year, double value) {
  jv_quantity q = {.value = value, .period = year->year, .has_period = true};
  q.unit = unit_of(L, annual);
  q.mark.evidence = JV_EVIDENCE_ESTIMATED;
  jvl_push_quantity(L, &q);
}

/* ---- making one */

enum { DEFAULT_PATHS = 4000 };

/* Options at 2: a list of levels, or {level = …, paths = n}. Leaves the levels at 3. */
static size_t read_options(lua_State *L) {
  static const char *const known[] = {"level", "paths", NULL};
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    jvl_about(L, 1, "levels");
    return DEFAULT_PATHS;
  }
  if (!lua_istable(L, 2) || lua_rawlen(L, 2) > 0) {
    jvl_push_levels(L, 2);
    return DEFAULT_PATHS;
  }
  jvl_check_keys(L, 2, "annual", known);
  lua_getfield(L, 2, "level");
  jvl_push_levels(L, 3);
  lua_replace(L, 3);
  lua_settop(L, 3);
  if (lua_getfield(L, 2, "paths") == LUA_TNIL) return DEFAULT_PATHS;
  size_t n = jvl_check_count(L, 4, "paths", 2);
  lua_settop(L, 3);
  return n;
}

int jvl_forecast_annual(lua_State *L) {
  const jv_forecast *fc = jvl_unbox(L, 1, &jvl_forecast_class);
  size_t n_paths = read_options(L);
  const jv_series *y = jvl_about_series(L, 1);
  if (!y) return jvl_misuse(L, "annual: y was a table without dates; forecast a series");
  jvl_check(L, jv_series_check_adds(jvl_ctx(L), y, "annual"));
  const jv_fit *fit = jvl_forecast_fit(L);
  lua_createtable(L, 0, 2);
  jvl_about(L, 1, "series");
  lua_setfield(L, -2, "series");
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "levels");
  void **box = jvl_box(L, &annual_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  jv_annual *annual = NULL;
  jvl_check(L, jv_annual_new(jvl_ctx(L), fit, y->value, y->n, y->start, fc->h, n_paths, &annual));
  *box = annual;
  return 1;
}

/* ---- years */

static void push_year(lua_State *L, int annual, size_t index) {
  year_ref *ref = lua_newuserdatauv(L, sizeof *ref, 1);
  ref->index = index;
  lua_pushvalue(L, annual);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, year_class.name);
}

/* By position, or by year: "2025", "FY2025", a period. */
static int annual_index(lua_State *L) {
  const jv_annual *a = check_annual(L, 1);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    lua_Integer i = luaL_checkinteger(L, 2);
    if (i < 1 || (size_t)i > a->n_years) return 0;
    push_year(L, 1, (size_t)i - 1);
    return 1;
  }
  jv_freq freq = a->years[0].year.freq;
  jv_period wanted = jvl_check_period(L, 2, &freq);
  for (size_t i = 0; i < a->n_years; i++)
    if (a->years[i].year.ordinal == wanted.ordinal) {
      push_year(L, 1, i);
      return 1;
    }
  return 0;
}

static int annual_length(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_annual(L, 1)->n_years);
  return 1;
}

static int year_quantile(lua_State *L) {
  const jv_annual *a;
  size_t i;
  double p = luaL_checknumber(L, 2);
  if (!(p >= 0 && p <= 1)) return jvl_bad_argument(L, 2, "a probability lies in [0, 1], got %g", p);
  const jv_annual_year *year = check_year(L, 1, &a, &i);
  push_value(L, lua_gettop(L), year, jv_annual_quantile(a, i, p));
  return 1;
}

static int year_interval(lua_State *L) {
  const jv_annual *a;
  size_t i;
  double level = luaL_checknumber(L, 2);
  if (!(level > 0 && level < 100))
    return jvl_bad_argument(L, 2, "a level is a percentage between 0 and 100, got %g", level);
  const jv_annual_year *year = check_year(L, 1, &a, &i);
  int annual = lua_gettop(L);
  push_value(L, annual, year, jv_annual_quantile(a, i, 0.5 - level / 200));
  push_value(L, annual, year, jv_annual_quantile(a, i, 0.5 + level / 200));
  return 2;
}

/* Share of the totals at or above a figure: how likely a plan is to be met. */
static int year_chance_above(lua_State *L) {
  const jv_annual *a;
  size_t i, above = 0;
  jv_quantity q;
  if (!jvl_to_quantity(L, 2, &q))
    return jvl_bad_argument(L, 2, "a number or a quantity is expected");
  const jv_annual_year *year = check_year(L, 1, &a, &i);
  double factor = 1;
  jv_unit unit = unit_of(L, lua_gettop(L));
  if (q.unit.dimension != JV_DIM_NONE)
    jvl_check(L, jv_unit_factor(jvl_ctx(L), q.unit, unit, &factor));
  for (size_t k = 0; k < a->n_paths; k++) above += year->totals[k] >= q.value * factor;
  lua_pushnumber(L, (double)above / (double)a->n_paths);
  return 1;
}

static int year_field(lua_State *L) {
  const jv_annual *a;
  size_t i;
  const jv_annual_year *year = check_year(L, 1, &a, &i);
  int annual = lua_gettop(L);
  if (jvl_method(L, &year_class, 2)) return 1;
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "mean") == 0)
    push_value(L, annual, year, year->mean);
  else if (strcmp(key, "median") == 0)
    push_value(L, annual, year, jv_annual_quantile(a, i, 0.5));
  else if (strcmp(key, "sd") == 0)
    push_value(L, annual, year, year->sd);
  else if (strcmp(key, "so_far") == 0)
    push_value(L, annual, year, year->so_far);
  else if (strcmp(key, "observed") == 0)
    lua_pushinteger(L, (lua_Integer)year->observed);
  else if (strcmp(key, "ahead") == 0)
    lua_pushinteger(L, (lua_Integer)year->forecast);
  else if (strcmp(key, "period") == 0)
    jvl_push_period(L, year->year);
  else
    lua_pushnil(L);
  return 1;
}

/* ---- text: "2025: mean 98.1 bn USD, 80 % 90.2 … 105.7 (1 of 4 periods reported: 24.3)" */

static void add_year(lua_State *L, luaL_Buffer *b, const jv_annual *a, size_t i, jv_unit unit,
                     int levels) {
  const jv_annual_year *year = &a->years[i];
  char name[JV_PERIOD_TEXT], shown[JV_UNIT_TEXT];
  double factor;
  jv_period_format(year->year, name);
  jv_unit_format_after(jv_unit_for_display(unit, year->mean, &factor), shown);
  jvl_add_line(b, "%s: mean %.5g%s%s", name, year->mean * factor, shown[0] ? " " : "", shown);
  size_t n = lua_istable(L, levels) ? lua_rawlen(L, levels) : 0;
  for (size_t k = 0; k < (n ? n : 1); k++) {
    double level = 80;
    if (n) {
      lua_rawgeti(L, levels, (lua_Integer)k + 1);
      level = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    jvl_add_line(b, ", %g %% %.5g … %.5g", level,
                 jv_annual_quantile(a, i, 0.5 - level / 200) * factor,
                 jv_annual_quantile(a, i, 0.5 + level / 200) * factor);
  }
  if (year->observed)
    jvl_add_line(b, " (%zu of %zu periods observed: %.5g)", year->observed,
                 year->observed + year->forecast, year->so_far * factor);
}

static int annual_tostring(lua_State *L) {
  const jv_annual *a = check_annual(L, 1);
  luaL_Buffer b;
  lua_settop(L, 1);
  jvl_about(L, 1, "levels");
  jv_unit unit = unit_of(L, 1);
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < a->n_years; i++) {
    if (i > 0) luaL_addchar(&b, '\n');
    add_year(L, &b, a, i, unit, 2);
  }
  luaL_pushresult(&b);
  return 1;
}

static int year_tostring(lua_State *L) {
  const jv_annual *a;
  size_t i;
  luaL_Buffer b;
  lua_settop(L, 1);
  check_year(L, 1, &a, &i);
  jvl_about(L, 2, "levels");
  jv_unit unit = unit_of(L, 2);
  luaL_buffinit(L, &b);
  add_year(L, &b, a, i, unit, 3);
  luaL_pushresult(&b);
  return 1;
}

static const luaL_Reg annual_meta[] = {{"__index", annual_index},
                                       {"__len", annual_length},
                                       {"__tostring", annual_tostring},
                                       {NULL, NULL}};

static const jvl_class annual_class = {.name = "jevons.annual",
                                       .doc = "annual\n\nTotals of the years that a forecast "
                                              "completes: annual[\"2025\"] or annual[1] is a "
                                              "year, #annual their number. Printed, a line a year.",
                                       .release = release_annual,
                                       .meta = annual_meta};

static const jvl_function year_methods[] = {
    {"quantile", year_quantile,
     "year:quantile(p) -> quantity\n\nQuantile 0 <= p <= 1 of the total."},
    {"interval", year_interval,
     "year:interval(level) -> lower, upper\n\nThe central interval of `level` per cent of the "
     "total."},
    {"chance_above", year_chance_above,
     "year:chance_above(x) -> number\n\nThe share of the simulated totals that reach x, a quantity "
     "or a "
     "number in the unit of the series."},
    {NULL, NULL, NULL}};

static const luaL_Reg year_meta[] = {
    {"__index", year_field}, {"__tostring", year_tostring}, {NULL, NULL}};

static const jvl_class year_class = {.name = "jevons.year",
                                     .doc = "year\n\nThe distribution of a year's total. Fields: "
                                            "mean, median, sd, so_far (quantities: the "
                                            "last is the sum of what has been observed), observed "
                                            "and ahead (how many periods), period.",
                                     .methods = year_methods,
                                     .meta = year_meta};

void jvl_open_annual(lua_State *L) {
  jvl_class_register(L, &annual_class);
  jvl_class_register(L, &year_class);
}
