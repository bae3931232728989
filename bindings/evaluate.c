/* jv.accuracy, jv.pinball, jv.winkler, jv.coverage; jv.backtest stands in backtest.c. */
#include "evaluate/metrics.h"
#include "backtests.h"
#include "fits.h"
#include "values.h"

/* ---- arguments ---- */

/* A forecast object at idx is replaced by its means. */
static void take_mean(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TUSERDATA || jvl_test_series(L, idx)) return;
  if (luaL_getmetafield(L, idx, "__index") == LUA_TNIL) return;
  lua_pop(L, 1);
  if (lua_getfield(L, idx, "mean") == LUA_TNIL || lua_isfunction(L, -1))
    lua_pop(L, 1);
  else
    lua_replace(L, idx);
}

/* Values of two arguments, pair by pair. Two series are matched by period, over what they share. */
static void read_pairs(lua_State *L, int a, int b, const double **x, const double **z, size_t *n) {
  const jv_series *s = jvl_test_series(L, a), *t = jvl_test_series(L, b);
  if (s && t) {
    jv_series **left = jvl_new_series(L), **right = jvl_new_series(L);
    jvl_check(L, jv_series_align(jvl_ctx(L), s, t, false, left, right));
    lua_replace(L, b);
    lua_replace(L, a);
  }
  size_t m;
  *x = jvl_check_values(L, a, "actual", n);
  *z = jvl_check_values(L, b, "forecast", &m);
  if (*n != m)
    jvl_misuse(L, "actual has %d values, forecast %d; series are matched by period", (int)*n,
               (int)m);
}

static double check_level(lua_State *L, int idx) {
  double level = luaL_checknumber(L, idx);
  if (!(level > 0 && level < 100))
    jvl_misuse(L, "a level is a percentage between 0 and 100, got %f", level);
  return level;
}

/* ---- functions ---- */

void jvl_set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void jvl_set_count(lua_State *L, const char *name, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

void jvl_set_accuracy(lua_State *L, const jv_accuracy *a) {
#define X(field, name, doc) jvl_set_number(L, name, a->field);
  JV_METRICS(X)
#undef X
  jvl_set_count(L, "used", a->used);
  jvl_set_count(L, "skipped", a->skipped);
}

static int l_accuracy(lua_State *L) {
  const double *y, *f;
  size_t n, k;
  jv_scale scale = jv_scale_none();
  lua_settop(L, 4);
  take_mean(L, 2);
  lua_Integer m = luaL_optinteger(L, 4, 0);
  if (m < 0 || (m == 0 && !lua_isnil(L, 4)))
    jvl_misuse(L, "accuracy: the seasonal period is a whole number from 1 on, got %d", (int)m);
  if (!lua_isnil(L, 3)) {
    const jv_series *insample = jvl_test_series(L, 3);
    if (m == 0) m = insample ? (lua_Integer)jv_freq_season(insample->start.freq) : 1;
    const double *x = jvl_check_values(L, 3, "insample", &k);
    scale = jv_scale_of(x, k, (size_t)m);
  }
  read_pairs(L, 1, 2, &y, &f, &n);
  jv_accuracy a = jv_accuracy_of(y, f, n, scale);
  lua_newtable(L);
  jvl_set_accuracy(L, &a);
  jvl_dress(L, "record_meta");
  return 1;
}

static int l_pinball(lua_State *L) {
  const double *y, *q;
  size_t n, used;
  double p = luaL_checknumber(L, 3);
  if (!(p > 0 && p < 1)) jvl_misuse(L, "pinball: a probability between 0 and 1, got %f", p);
  lua_settop(L, 2);
  read_pairs(L, 1, 2, &y, &q, &n);
  lua_pushnumber(L, jv_pinball(y, q, n, p, &used));
  lua_pushinteger(L, (lua_Integer)used);
  return 2;
}

/* actual, lower, upper at 1 to 3. */
static void read_interval(lua_State *L, const double **y, const double **lower,
                          const double **upper, size_t *n) {
  const double *again;
  lua_pushvalue(L, 1);
  lua_insert(L, 4); /* actual once more: pairing replaces its arguments */
  read_pairs(L, 1, 2, y, lower, n);
  size_t m = *n;
  read_pairs(L, 4, 3, &again, upper, n);
  if (*n != m) jvl_misuse(L, "lower has %d values with an actual, upper %d", (int)m, (int)*n);
}

static int l_winkler(lua_State *L) {
  const double *y, *lower, *upper;
  size_t n, used;
  double level = check_level(L, 4);
  lua_settop(L, 3);
  read_interval(L, &y, &lower, &upper, &n);
  lua_pushnumber(L, jv_winkler(y, lower, upper, n, level, &used));
  lua_pushinteger(L, (lua_Integer)used);
  return 2;
}

static int l_coverage(lua_State *L) {
  const double *y, *lower, *upper;
  size_t n, used;
  lua_settop(L, 3);
  read_interval(L, &y, &lower, &upper, &n);
  lua_pushnumber(L, jv_coverage(y, lower, upper, n, &used));
  lua_pushinteger(L, (lua_Integer)used);
  return 2;
}

#define PAIRS                                                                                      \
  "Two series are matched by period over what they share; tables pair value by value. Pairs with " \
  "a missing side are left out and counted."

static const jvl_function functions[] = {
    {"accuracy", l_accuracy,
     "jv.accuracy(actual, forecast [, insample [, m]]) -> table\n\n"
     "Errors of a point forecast (a series, a table, or a forecast object): ME, MAE, RMSE, MPE, "
     "MAPE, sMAPE (0-200), MASE, RMSSE, and the numbers of pairs `used` and `skipped`. " PAIRS
     "\n\nError is actual - forecast. MASE and RMSSE divide by the error of the lag-m naive "
     "forecast "
     "of `insample` (NaN without it); m is that of its frequency. An actual of zero makes MAPE "
     "infinite.\n\nSource: Hyndman & Koehler (2006), IJF 22, 679-688."},
    {"pinball", l_pinball,
     "jv.pinball(actual, quantiles, p) -> score, used\n\n"
     "Mean pinball loss of forecasts of the p-quantile, 0 < p < 1, in the unit of the data; lower "
     "is "
     "better. " PAIRS "\n\nSource: Gneiting & Raftery (2007), JASA 102, 359-378."},
    {"winkler", l_winkler,
     "jv.winkler(actual, lower, upper, level) -> score, used\n\n"
     "Mean interval score of the central interval of `level` per cent: its width, and 2/alpha of "
     "what "
     "lies outside, alpha = 1 - level/100; lower is better. " PAIRS
     "\n\nSource: Winkler (1972), JASA 67, 187-191."},
    {"coverage", l_coverage,
     "jv.coverage(actual, lower, upper) -> share, used\n\n"
     "The share of actual values inside their interval, ends counted, to be held against its "
     "level. " PAIRS},
    {NULL, NULL, NULL}};

void jvl_open_evaluate(lua_State *L) {
  jvl_add(L, "jv", functions);
  jvl_open_backtest(L);
}
