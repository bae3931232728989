/* Memory that runs out at any request, of Lua's or of core's: opening the module and working with
 * it ends in success or in a clean error, and closing the state leaves not a byte. */
#include "testing.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_jevons(lua_State *L);

static const char workload[] =
    "local jv = require 'jevons'\n"
    "local s = jv.series{start = '2023Q1', freq = 'Q-DEC', values = {3, 1, 4, 1, 5, 9, 2, 6},\n"
    "  unit = 'USD bn', name = 'capex'}\n"
    "local text = tostring(s + s:lag(1) * 2) .. tostring(s['2023Q4']) .. tostring(s:ttm():last())\n"
    "for period, value in s:pairs() do text = text .. tostring(period) .. tostring(value) end\n"
    "assert(#s:aggregate('A', 'sum') == 2)\n"
    "assert(not pcall(jv.series, {start = '2023Q9'}))\n"
    "assert(not pcall(jv.error, 'data', 'of no use'))\n"
    "assert(tostring(jv.help('series:lag')):find('lag'))\n"
    "local f = jv.fit('naive', s)\n"
    "local fc = f:forecast(4, {level = {80}})\n"
    "text = text .. tostring(fc) .. tostring(fc:interval(95)) .. tostring(fc:annual{paths = 20})\n"
    "assert(jv.load(f:save()):update({7}):forecast(1).mean[1].value == 7)\n"
    "assert(jv.fit('ses', s):components().level)\n"
    "assert(tostring(jv.backtest(s, {models = {'naive', 'mean'}, h = 1, origins = 2})))\n"
    "assert(jv.stats.ols(s:values(), {1, 2, 3, 4, 5, 6, 7, 9}).r2)\n"
    "assert(jv.json.decode(jv.json.encode({1, {a = 'b'}}))[2].a == 'b')\n";

static const char statistics[] =
    "local jv = require 'jevons'\n"
    "local s = jv.series{start = '2022Q1', freq = 'Q-DEC', unit = 'USD bn', name = 'capex',\n"
    "  values = {3, 1, 4, 1, 5, 0/0, 2, 60, 3, 2, 1, 4}}\n"
    "local v = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}\n"
    "local text = tostring(jv.stats.kpss(v)) .. tostring(jv.stats.acf(s)) .. "
    "tostring(jv.clean(s))\n"
    "  .. tostring(jv.outliers(s)) .. tostring(jv.interpolate(s)) .. tostring(jv.level_shifts(v))\n"
    "  .. tostring(jv.stats.cusum(v, {trend = true})) .. tostring(jv.stats.chow(v, 5))\n"
    "  .. tostring(jv.stats.dm_test(s, s * 2)) .. tostring(jv.stats.anova{a = v, b = s})\n"
    "  .. tostring(jv.features(s)) .. #jv.feature_names() .. jv.stats.nsdiffs(s)\n"
    "local function line(x, b) return b.a + b.c * x end\n"
    "local start = {a = 1, c = 1}\n"
    "local f = jv.stats.nls{model = line, start = start, y = v, max_iterations = 2}\n"
    "assert(f:predict(3) and tostring(f))\n"
    "assert(not pcall(jv.stats.nls, {model = function() error('x') end, start = {1}, y = v}))\n";

static const char layers[] =
    "local jv = require 'jevons'\n"
    "local s = jv.series{start = '2022Q1', freq = 'Q-DEC', name = 'capex',\n"
    "  values = {3, 1, 4, 1, 5, 9, 2, 6, 3, 2}}\n"
    "local f = jv.fit('naive{lambda=0.5}', s, {interval = 'conformal', calibration = 6})\n"
    "local fc = f:forecast(2, {level = 50})\n"
    "local text = tostring(fc) .. tostring(fc:total{to = 2, paths = 4}) .. tostring(f:explain())\n"
    "assert(f:apply(s:head(8)).n == 8 and f.can.update and jv.load(f:save()).n == 10)\n"
    "assert(#jv.fit('naive', s, {interval = 'bootstrap'}):simulate(2, 3) == 3)\n"
    "jv.model.define{name = 'with_x', regressors = true,\n"
    "  fit = function(y, opts) return {b = opts.xreg.x1[1].value} end,\n"
    "  forecast = function(fit, h, opts) return {fit.b, opts.xreg.x1[2].value} end,\n"
    "  explain = function(fit) return {steps = {'one'}} end}\n"
    "local g = jv.fit('with_x', s, {xreg = {s:values()}})\n"
    "assert(g:forecast(2, {xreg = {x1 = {1, 2}}}).mean[2].value == 2)\n"
    "assert(g:explain().steps[1] == 'one' and jv.load(g:save()).n == 10)\n";

static int open_module(lua_State *L) {
  luaL_openlibs(L);
  luaL_requiref(L, "jevons", luaopen_jevons, 0);
  lua_settop(L, 0);
  return 0;
}

/* Makes the metatable of lauxlib's buffers: when memory runs out between its making and its filling,
 * Lua 5.4.4 keeps the unfinished one, and every later buffer of that state fails. */
static int make_buffer_class(lua_State *L) {
  luaL_Buffer b;
  luaL_buffinitsize(L, &b, 100000);
  luaL_pushresultsize(&b, 0);
  return 0;
}

static int run_workload(lua_State *L) {
  if (luaL_loadstring(L, workload) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

static int run_statistics(lua_State *L) {
  if (luaL_loadstring(L, statistics) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

static int run_layers(lua_State *L) {
  if (luaL_loadstring(L, layers) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

static int attempt(lua_State *L, lua_CFunction what) {
  lua_settop(L, 0);
  lua_pushcfunction(L, what);
  return lua_pcall(L, 0, 0, 0);
}

/* The error is memory's: Lua's own, or an error object with core's status. */
static void assert_memory_error(lua_State *L, int status) {
  if (status == LUA_ERRMEM || status == LUA_ERRERR) return;
  if (lua_istable(L, -1) && lua_getfield(L, -1, "code") == LUA_TSTRING) {
    assert_string_equal(lua_tostring(L, -1), "memory");
    return;
  }
  const char *text = lua_tostring(L, -1);
  if (!text || !strstr(text, "memory")) fail_msg("not an error of memory: %s", text ? text : "?");
}

/* Opening makes thousands of requests; every one of the first, then ever fewer of them, fails. */
static void opening_fails_cleanly(void **state) {
  (void)state;
  testing_memory memory;
  int status = LUA_ERRMEM;
  for (size_t k = 1; status != LUA_OK; k += 1 + k / 256) {
    memset(&memory, 0, sizeof memory);
    memory.fail_at = k;
    lua_State *L = lua_newstate(testing_alloc, &memory);
    if (L) {
      status = attempt(L, open_module);
      if (status != LUA_OK) assert_memory_error(L, status);
      lua_close(L);
    }
    assert_int_equal(memory.live, 0);
  }
}

/* In one state that lives on: each failure leaves it fit for the next try. */
static void fail_at_every_request(lua_CFunction work) {
  testing_memory memory;
  memset(&memory, 0, sizeof memory);
  lua_State *L = lua_newstate(testing_alloc, &memory);
  assert_int_equal(attempt(L, open_module), LUA_OK);
  assert_int_equal(attempt(L, make_buffer_class), LUA_OK);
  int status = LUA_ERRMEM;
  for (size_t k = 1; status != LUA_OK; k++) {
    memory.fail_at = memory.calls + k;
    status = attempt(L, work);
    memory.fail_at = 0;
    if (status != LUA_OK) assert_memory_error(L, status);
  }
  lua_close(L);
  assert_int_equal(memory.live, 0);
}

static void work_fails_cleanly(void **state) {
  (void)state;
  fail_at_every_request(run_workload);
}

static void statistics_fail_cleanly(void **state) {
  (void)state;
  fail_at_every_request(run_statistics);
}

static void layers_fail_cleanly(void **state) {
  (void)state;
  fail_at_every_request(run_layers);
}

/* Closing while nothing can be had still gives everything back. */
static void closing_needs_no_memory(void **state) {
  (void)state;
  testing_memory memory;
  memset(&memory, 0, sizeof memory);
  lua_State *L = lua_newstate(testing_alloc, &memory);
  assert_int_equal(attempt(L, open_module), LUA_OK);
  assert_int_equal(attempt(L, run_workload), LUA_OK);
  memory.fail_at = 1;
  lua_close(L);
  assert_int_equal(memory.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opening_fails_cleanly),   cmocka_unit_test(work_fails_cleanly),
      cmocka_unit_test(statistics_fail_cleanly), cmocka_unit_test(layers_fail_cleanly),
      cmocka_unit_test(closing_needs_no_memory),
  };
  return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
