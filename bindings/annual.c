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

/* Forecasts are estimated, whatever the quarters reported so far are. A span has no one period. */
static void push_value(lua_State *L, int annual, const jv_annual_year *year, double value) {
  bool span = check_annual(L, annual)->to > 0;
  jv_quantity q = {.value = value, .period = year->year, .has_period = !span};
  q.unit = unit_of(L, annual);
  q.mark.evidence = JV_EVIDENCE_ESTIMATED;
  jvl_push_quantity(L, &q);
}

/* ---- making one */

enum { DEFAULT_PATHS = 4000 };

/* Options at 2: a list of levels, or {level = …, paths = n} and what else is known. Leaves the levels
 * at 3. */
static size_t read_options(lua_State *L, const char *what, const char *const *known) {
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    jvl_about(L, 1, "levels");
    return DEFAULT_PATHS;
  }
  if (!lua_istable(L, 2) || lua_rawlen(L, 2) > 0) {
    jvl_push_levels(L, 2);
    return DEFAULT_PATHS;
  }
  jvl_check_keys(L, 2, what, known);
  if (lua_getfield(L, 2, "level") == LUA_TNIL)
    jvl_about(L, 1, "levels");
  else
    jvl_push_levels(L, 3);
  lua_replace(L, 3);
  lua_settop(L, 3);
  if (lua_getfield(L, 2, "paths") == LUA_TNIL) return DEFAULT_PATHS;
  size_t n = jvl_check_count(L, 4, "paths", 2);
  lua_settop(L, 3);
  return n;
}

/* Pushes an empty annual object of the forecast at 1, with the levels at 3. */
static void **push_annual(lua_State *L) {
  lua_createtable(L, 0, 2);
  jvl_about(L, 1, "series");
  lua_setfield(L, -2, "series");
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "levels");
  void **box = jvl_box(L, &annual_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return box;
}

int jvl_forecast_annual(lua_State *L) {
  static const char *const known[] = {"level", "paths", NULL};
  const jv_forecast *fc = jvl_unbox(L, 1, &jvl_forecast_class);
  size_t n_paths = read_options(L, "annual", known);
  const jv_series *y = jvl_about_series(L, 1);
  if (!y) return jvl_misuse(L, "annual: y was a table without dates; forecast a series");
  jvl_check(L, jv_series_check_adds(jvl_ctx(L), y, "annual"));
  const jv_fit *fit = jvl_forecast_fit(L);
  void **box = push_annual(L);
  jv_annual *annual = NULL;
  jvl_check(
      L, jv_annual_new(jvl_ctx(L), fit, y->value, y->n, y->start, fc->h, fc->x, n_paths, &annual));
  *box = annual;
  return 1;
}

/* The step, from 1 on, named by the option `key`: a number, or a period; deflt where it is absent. */
static size_t check_step(lua_State *L, const char *key, const jv_forecast *fc, size_t deflt) {
  const jv_series *y = jvl_about_series(L, 1);
  if (!lua_istable(L, 2) || lua_getfield(L, 2, key) == LUA_TNIL) return deflt;
  size_t step;
  if (lua_type(L, -1) == LUA_TNUMBER)
    step = jvl_check_count(L, lua_gettop(L), key, 1);
  else {
    if (!y) {
      jvl_misuse(L, "total: y was a table without dates: %s is the number of a step", key);
      return deflt;
    }
    char text[JV_PERIOD_TEXT];
    jv_period p = jvl_check_period(L, lua_gettop(L), &y->start.freq);
    jv_period_format(p, text);
    int64_t at = p.ordinal - y->start.ordinal - (int64_t)fc->n + 1;
    if (at < 1 || at > (int64_t)fc->h)
      jvl_misuse(L, "total: %s is none of its %d periods", text, (int)fc->h);
    step = (size_t)at;
  }
  if (step > fc->h) jvl_misuse(L, "total: step %d is beyond the horizon %d", (int)step, (int)fc->h);
  return step;
}

static void push_year(lua_State *L, int annual, size_t index);

int jvl_forecast_total(lua_State *L) {
  static const char *const known[] = {"from", "to", "level", "paths", NULL};
  const jv_forecast *fc = jvl_unbox(L, 1, &jvl_forecast_class);
  size_t n_paths = read_options(L, "total", known);
  size_t from = check_step(L, "from", fc, 1), to = check_step(L, "to", fc, fc->h);
  const jv_series *y = jvl_about_series(L, 1);
  if (from > to) jvl_misuse(L, "total: from step %d to step %d is no span", (int)from, (int)to);
  if (y) jvl_check(L, jv_series_check_adds(jvl_ctx(L), y, "total"));
  const jv_fit *fit = jvl_forecast_fit(L);
  void **box = push_annual(L);
  int at = lua_gettop(L);
  jv_annual *total = NULL;
  jvl_check(L, jv_annual_span(jvl_ctx(L), fit, fc->x, from - 1, to, n_paths, &total));
  *box = total;
  if (y) total->years[0].year = jv_series_period(y, 0); /* its calendar */
  if (y) total->years[0].year.ordinal += (int64_t)fc->n;
  push_year(L, at, 0);
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
  else if (strcmp(key, "period") == 0 && a->to == 0)
    jvl_push_period(L, year->year);
  else
    lua_pushnil(L);
  return 1;
}

/* ---- text: "2025: mean 98.1 bn USD, 80 % 90.2 … 105.7 (1 of 4 periods reported: 24.3)" */

/* "2025", "2025Q1 to 2025Q3", "steps 1 to 3". */
static void name_year(const jv_annual *a, const jv_annual_year *year, char *out, size_t size) {
  char first[JV_PERIOD_TEXT], last[JV_PERIOD_TEXT];
  jv_period from = year->year, to = year->year;
  from.ordinal += (int64_t)a->from;
  to.ordinal += (int64_t)a->to - (a->to > 0 ? 1 : 0);
  jv_period_format(from, first);
  jv_period_format(to, last);
  if (a->to == 0)
    snprintf(out, size, "%s", first);
  else if (year->year.freq.kind == JV_FREQ_INDEX)
    snprintf(out, size, "steps %zu to %zu", a->from + 1, a->to);
  else
    snprintf(out, size, "%s to %s", first, last);
}

static void add_year(lua_State *L, luaL_Buffer *b, const jv_annual *a, size_t i, jv_unit unit,
                     int levels) {
  const jv_annual_year *year = &a->years[i];
  char name[3 * JV_PERIOD_TEXT], shown[JV_UNIT_TEXT];
  double factor;
  name_year(a, year, name, sizeof name);
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
                                            "and ahead (how many periods), period. What "
                                            "forecast:total() gives is the same, without a "
                                            "period.",
                                     .methods = year_methods,
                                     .meta = year_meta};

void jvl_open_annual(lua_State *L) {
  jvl_class_register(L, &annual_class);
  jvl_class_register(L, &year_class);
}
