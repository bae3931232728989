/* jv.backtest: reads series, models and options, and runs the backtest into a result object. */
#include "backtests.h"
#include "crews.h"
#include "model/registry.h"
#include "values.h"
#include <string.h>

enum { DATA = 1, OPTIONS = 2, RESULT = 3 };

/* The options that are the binding's own, beside jv_backtest_option_rows. */
static const char *const own[] = {"models", "level", "window", "season", "seed", "jobs", NULL};

/* ---- options ---- */

/* "expanding", or a number of observations. */
static void read_window(lua_State *L, jvl_result *r) {
  int type = lua_getfield(L, OPTIONS, "window");
  if (type == LUA_TSTRING && strcmp(lua_tostring(L, -1), "expanding") == 0)
    r->job.options.window = 0;
  else if (type == LUA_TNUMBER)
    jvl_check(L, jv_option_set_number(jvl_ctx(L), "backtest", jv_backtest_option_rows,
                                      &r->job.options, "window", lua_tonumber(L, -1)));
  else if (type != LUA_TNIL)
    jvl_misuse(L, "backtest: option 'window' is \"expanding\" or a number of observations");
  lua_pop(L, 1);
}

static void read_levels(lua_State *L, jvl_result *r) {
  size_t n = 0;
  const double *levels = NULL;
  int type = lua_getfield(L, OPTIONS, "level");
  double one = lua_tonumber(L, -1);
  if (type == LUA_TNUMBER) {
    levels = &one;
    n = 1;
  } else if (type != LUA_TNIL)
    levels = jvl_check_values(L, -1, "backtest: option 'level'", &n);
  r->levels = JV_ARRAY(jvl_ctx(L), double, n);
  if (!r->levels) jvl_throw(L);
  if (n) memcpy(r->levels, levels, n * sizeof *levels);
  r->job.levels = r->levels;
  r->job.n_levels = n;
  lua_settop(L, RESULT);
}

static void read_one_model(lua_State *L, jvl_result *r, const char *text) {
  for (size_t i = 0; i < r->n_specs; i++)
    if (strcmp(r->specs[i].text, text) == 0)
      jvl_misuse(L, "backtest: model '%s' stands twice", text);
  jvl_check(L, jv_model_spec_parse(jvl_ctx(L), text, &r->specs[r->n_specs]));
  r->n_specs++;
}

/* A list {"ets", "theta{alpha=.2}"}, or the same as one text with commas. */
static void read_models(lua_State *L, jvl_result *r) {
  jv_ctx *cx = jvl_ctx(L);
  int type = lua_getfield(L, OPTIONS, "models"), list = lua_gettop(L);
  if (type == LUA_TSTRING)
    jvl_check(L, jv_model_specs_parse(cx, lua_tostring(L, -1), &r->specs, &r->n_specs));
  else if (type == LUA_TTABLE && lua_rawlen(L, list) > 0) {
    size_t n = lua_rawlen(L, list);
    r->specs = jv_calloc(cx, n, sizeof *r->specs);
    if (!r->specs) {
      jvl_throw(L);
      return;
    }
    for (size_t i = 1; i <= n; i++) {
      if (lua_rawgeti(L, list, (lua_Integer)i) != LUA_TSTRING)
        jvl_misuse(L, "backtest: models[%d] is a name such as \"ets\", got %s", (int)i,
                   luaL_typename(L, -1));
      read_one_model(L, r, lua_tostring(L, -1));
      lua_pop(L, 1);
    }
  } else
    jvl_misuse(L, "backtest: option 'models' is a list such as {\"ets\", \"naive\"}");
  r->job.models = r->specs;
  r->job.n_models = r->n_specs;
  lua_settop(L, RESULT);
}

/* A whole number, or `otherwise` when absent. */
static lua_Integer read_whole(lua_State *L, const char *name, lua_Integer least,
                              lua_Integer otherwise) {
  int whole, type = lua_getfield(L, OPTIONS, name);
  lua_Integer value = type == LUA_TNIL ? otherwise : lua_tointegerx(L, -1, &whole);
  if (type != LUA_TNIL && (!whole || value < least))
    jvl_misuse(L, "backtest: option '%s' is a whole number from %d on", name, (int)least);
  lua_pop(L, 1);
  return value;
}

/* ---- series ---- */

/* Room for n series, with what a failure would find in it empty. */
static void make_room(lua_State *L, jvl_result *r, size_t n) {
  jv_ctx *cx = jvl_ctx(L);
  r->runs = jv_calloc(cx, n, sizeof(jv_backtest *));
  r->ids = jv_calloc(cx, n, sizeof *r->ids);
  r->starts = jv_calloc(cx, n, sizeof *r->starts);
  if (!r->runs || !r->ids || !r->starts) jvl_throw(L);
  r->n = n;
}

/* Takes the series or table on top, which Lua keeps until the run is over. */
static void take(lua_State *L, jvl_result *r, size_t i, const char *id, jv_sample *sample) {
  const jv_series *s = jvl_test_series(L, -1);
  for (size_t k = 0; k < i; k++)
    if (strcmp(r->ids[k], id) == 0)
      jvl_misuse(L, "backtest: two series are called '%s'; name them by key, as in {a = y1}", id);
  r->ids[i] = jv_strdup(jvl_ctx(L), id);
  if (!r->ids[i]) jvl_throw(L);
  r->starts[i] = s ? s->start : (jv_period){1, {JV_FREQ_INDEX, 0}};
  sample->id = r->ids[i];
  sample->start = s ? &r->starts[i] : NULL;
  sample->m = s ? jv_freq_season(s->start.freq) : 1;
  if (s) {
    sample->y = s->value;
    sample->n = s->n;
  } else
    sample->y = jvl_check_values(L, -1, "backtest: y", &sample->n);
}

/* Is the table at DATA one of series, rather than of numbers? */
static bool holds_series(lua_State *L) {
  if (!lua_istable(L, DATA)) return false;
  lua_pushnil(L);
  if (!lua_next(L, DATA)) return false;
  bool found = jvl_test_series(L, -1) != NULL;
  lua_pop(L, 2);
  return found;
}

/* Pushes the keys of DATA: texts in order, or 1 … n of a list. */
static size_t push_keys(lua_State *L) {
  size_t n = 0;
  lua_newtable(L);
  int keys = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, DATA); lua_pop(L, 1)) {
    if (!jvl_test_series(L, -1))
      jvl_misuse(L, "backtest: a table of series holds a %s", luaL_typename(L, -1));
    lua_pushvalue(L, -2);
    size_t at = n++;
    for (; at > 0; at--) { /* insertion sort; texts and numbers never mix below */
      lua_rawgeti(L, keys, (lua_Integer)at);
      if (lua_type(L, -1) != lua_type(L, -2))
        jvl_misuse(L, "backtest: series are a list or named, not both");
      if (lua_compare(L, -1, -2, LUA_OPLT)) {
        lua_pop(L, 1);
        break;
      }
      lua_rawseti(L, keys, (lua_Integer)at + 1);
    }
    lua_rawseti(L, keys, (lua_Integer)at + 1);
  }
  return n;
}

/* Samples of all series, in scratch memory on the stack. Series are named by their key, in a list
 * by their name or else their place. */
static jv_sample *read_series(lua_State *L, jvl_result *r) {
  bool many = holds_series(L);
  size_t n = many ? push_keys(L) : 1;
  int keys = lua_gettop(L);
  make_room(L, r, n);
  jv_sample *samples = jvl_scratch(L, n, sizeof *samples);
  memset(samples, 0, n * sizeof *samples);
  if (!many) {
    const jv_series *s = jvl_test_series(L, DATA);
    lua_pushvalue(L, DATA);
    take(L, r, 0, s ? s->name : "", samples);
    return samples;
  }
  for (size_t i = 0; i < n; i++) {
    int top = lua_gettop(L);
    lua_rawgeti(L, keys, (lua_Integer)i + 1);
    lua_pushvalue(L, -1);
    lua_rawget(L, DATA);
    lua_pushvalue(L, -1);
    lua_rawseti(L, keys, (lua_Integer)i + 1); /* kept alive, whatever a script does to DATA */
    const jv_series *s = jvl_test_series(L, -1);
    bool by_key = lua_type(L, top + 1) == LUA_TSTRING || !s->name[0];
    const char *id = by_key ? luaL_tolstring(L, top + 1, NULL) : s->name;
    lua_pushvalue(L, top + 2);
    take(L, r, i, id, &samples[i]);
    lua_settop(L, top);
  }
  return samples;
}

/* ---- the function ---- */

/* A model written in Lua belongs to the thread of its state. */
static size_t read_jobs(lua_State *L, const jvl_result *r) {
  lua_Integer jobs = read_whole(L, "jobs", 1, 1);
  if (jobs > JV_CREW_MOST)
    jvl_misuse(L, "backtest: option 'jobs' is at most %d threads", JV_CREW_MOST);
  if (jobs > 1 && jvl_uses_lua(L, r->specs, r->n_specs)) {
    jv_warn(jvl_ctx(L), "backtest: a model is written in Lua: one thread does all");
    return 1;
  }
  return (size_t)jobs;
}

/* All series, by so many threads. */
static void run_jobs(lua_State *L, jvl_result *r, const jv_sample *samples, size_t jobs) {
  jv_crew crew = {.jobs = jobs};
  r->job.crew = &crew;
  jv_status status = jv_backtest_all(jvl_ctx(L), samples, r->n, &r->job, r->runs);
  r->job.crew = NULL;
  jvl_check(L, status);
}

static int l_backtest(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  lua_settop(L, OPTIONS);
  luaL_checktype(L, OPTIONS, LUA_TTABLE);
  luaL_checkstack(L, 20, "backtest");
  void **box = jvl_box(L, &jvl_result_class);
  jvl_result *r = JV_NEW(cx, jvl_result);
  if (!r) return jvl_throw(L);
  *box = r;
  jvl_options(L, OPTIONS, "backtest", jv_backtest_option_rows, &r->job.options, own);
  read_window(L, r);
  read_levels(L, r);
  read_models(L, r);
  lua_Integer season = read_whole(L, "season", 1, 0), seed = read_whole(L, "seed", 0, 0);
  jv_sample *samples = read_series(L, r);
  for (size_t i = 0; i < r->n; i++) {
    if (season) samples[i].m = (size_t)season;
    samples[i].seed = (uint64_t)seed;
  }
  run_jobs(L, r, samples, read_jobs(L, r));
  jvl_check(L, jv_board_new(jvl_ctx(L), &r->job, &r->board));
  for (size_t i = 0; i < r->n; i++)
    if (r->runs[i]) jv_board_add(r->board, r->runs[i]);
  lua_settop(L, RESULT);
  return 1;
}

static const jvl_function functions[] = {
    {"backtest", l_backtest,
     "jv.backtest(y, {models=, h=, origins=, level=, …}) -> result\n\n"
     "Forecasts y (a series, a table of numbers, or a table of series: a list or by name) from "
     "past "
     "origins with several models, and scores them against what came. Models: "
     "`models = {\"ets\", \"theta{seasonal=none}\", \"my_model\"}`, built in or defined in Lua. "
     "The "
     "last origin leaves h observations; each other one lies `step` before the next.\n\n"
     "Other options: `window` (\"expanding\", or the number of observations trained on), `level` "
     "({80, 95}: scores intervals), `season` (seasonal period), `seed`, `jobs` (threads that share "
     "the series, default 1; the result is the same. Models written in Lua have one).\n\n"
     "The result prints as a ranked table; `skill` is 1 - MASE / MASE of the naive forecast over "
     "the same origins, OWA is against Naive2 as in M4. A model that fails at an origin is counted "
     "there. Errors: `data` (too short), `not_found`, `invalid`.\n\n"
     "Source: Tashman (2000), IJF 16, 437-450."},
    {NULL, NULL, NULL}};

void jvl_open_backtest(lua_State *L) {
  jvl_register_result(L);
  jvl_add(L, "jv", functions);
  jvl_document_options(L, "jv.backtest", jv_backtest_option_rows);
}
