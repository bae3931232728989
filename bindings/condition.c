/* fit:condition and forecast:condition: forecasts that hold to facts about the future. */
#include "fits.h"
#include "model/condition.h"
#include "values.h"
#include <string.h>

/* Stack: 1 the fit, 2 the table of facts. */
enum { FIT = 1, FACTS = 2 };

/* The number or quantity at idx in the unit of the series. */
static double value_at(lua_State *L, int idx, const char *what, const jv_series *y) {
  jv_quantity q;
  double factor = 1;
  if (!jvl_to_quantity(L, idx, &q)) jvl_misuse(L, "condition: a value of %s is no number", what);
  if (y && q.unit.dimension != JV_DIM_NONE)
    jvl_check(L, jv_unit_factor(jvl_ctx(L), q.unit, y->unit, &factor));
  return jv_unit_rescale(q.value, factor);
}

/* What is at the top (popped): a value, or {value, standard deviation}. */
static void take_value(lua_State *L, const char *what, const jv_series *y, double *value,
                       double *sd) {
  *sd = 0;
  if (!lua_istable(L, -1)) {
    *value = value_at(L, lua_gettop(L), what, y);
    lua_pop(L, 1);
    return;
  }
  lua_rawgeti(L, -1, 1);
  *value = value_at(L, lua_gettop(L), what, y);
  if (lua_rawgeti(L, -2, 2) == LUA_TNIL)
    jvl_misuse(L, "condition: %s wants {value, standard deviation}", what);
  *sd = value_at(L, lua_gettop(L), what, y);
  lua_pop(L, 3);
}

/* The period that the key at the top (popped) names: of the series' own frequency for known values, a
 * coarser one for totals; "FY2025" is a year under the anchor of the series. */
static jv_period take_period(lua_State *L, const jv_series *y, bool total) {
  jv_freq year = {JV_FREQ_A, y->start.freq.anchor};
  const jv_freq *freq = total ? NULL : &y->start.freq;
  if (total && lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tostring(L, -1);
    if (strncmp(text, "FY", 2) == 0 && !strchr(text, 'Q')) freq = &year;
  }
  jv_period p = jvl_check_period(L, lua_gettop(L), freq);
  lua_pop(L, 1);
  return p;
}

/* Facts out of the table `what` of the argument: appended to facts, whose number is given back. A key
 * of an undated series is a step ahead, 1 the next. */
static size_t read_facts(lua_State *L, const char *what, const jv_fit *fit, jv_fact *facts,
                         size_t n) {
  const jv_series *y = jvl_about_series(L, FIT);
  bool total = strcmp(what, "total") == 0;
  int type = lua_getfield(L, FACTS, what), table = lua_gettop(L);
  if (type == LUA_TNIL) return n;
  if (type != LUA_TTABLE) jvl_misuse(L, "condition: %s must be a table of periods", what);
  for (lua_pushnil(L); lua_next(L, table);) {
    double value, sd;
    take_value(L, what, y, &value, &sd);
    lua_pushvalue(L, -1);
    if (y) {
      jv_period p = take_period(L, y, total);
      jvl_check(
          L, jv_fact_of_period(jvl_ctx(L), y->start, y->value, fit->n, p, value, sd, &facts[n++]));
      continue;
    }
    if (total) jvl_misuse(L, "condition: totals need a dated series, y was a table");
    size_t step = jvl_check_count(L, lua_gettop(L), "a step of known", 1);
    facts[n++] = (jv_fact){step, step, value, sd};
    lua_pop(L, 1);
  }
  lua_settop(L, table - 1);
  return n;
}

static size_t count_facts(lua_State *L, const char *what) {
  size_t n = 0;
  if (lua_getfield(L, FACTS, what) == LUA_TTABLE)
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) n++;
  lua_pop(L, 1);
  return n;
}

/* Pushes a table {series, opts} like that of the fit. */
static void push_about(lua_State *L) {
  lua_createtable(L, 0, 2);
  jvl_about(L, FIT, "series");
  lua_setfield(L, -2, "series");
  jvl_about(L, FIT, "opts");
  lua_setfield(L, -2, "opts");
}

/* Facts by period without a word on what they are about. */
static void check_bare(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, FACTS); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "0";
    if ((key[0] >= '0' && key[0] <= '9') || strncmp(key, "FY", 2) == 0)
      jvl_misuse(L, "condition: facts stand in known = {[period] = value}, or in "
                    "total = {[year] = sum}");
  }
}

int jvl_fit_condition(lua_State *L) {
  static const char *const known[] = {"known", "total", NULL};
  const jv_fit *fit = jvl_unbox(L, FIT, &jvl_fit_class);
  lua_settop(L, 2);
  luaL_checktype(L, FACTS, LUA_TTABLE);
  check_bare(L);
  jvl_check_keys(L, FACTS, "condition", known);
  jv_fact *facts =
      jvl_scratch(L, count_facts(L, "known") + count_facts(L, "total") + 1, sizeof *facts);
  size_t n = read_facts(L, "known", fit, facts, 0);
  n = read_facts(L, "total", fit, facts, n);
  push_about(L);
  void **box = jvl_new_fit(L);
  jv_fit *made = NULL;
  jvl_check(L, jv_fit_condition(jvl_ctx(L), fit, facts, n, &made));
  *box = made;
  return 1;
}

int jvl_forecast_condition(lua_State *L) {
  const jv_forecast *fc = jvl_unbox(L, 1, &jvl_forecast_class);
  lua_settop(L, 2);
  jvl_forecast_fit(L);
  if (fc->x)
    jvl_misuse(L, "condition: this forecast has regressors; condition the fit and forecast again");
  lua_pushcfunction(L, jvl_fit_condition);
  jvl_about(L, 1, "fit");
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  lua_pushcfunction(L, jvl_fit_forecast);
  lua_insert(L, -2);
  lua_pushinteger(L, (lua_Integer)fc->h);
  lua_createtable(L, 0, 1);
  jvl_about(L, 1, "levels");
  lua_setfield(L, -2, "level");
  lua_call(L, 3, 1);
  return 1;
}
