/* Calls from core into a model written in Lua.
 *
 * Every call runs in protected mode and comes back as a status: core unwinds, and the binding that
 * called core rethrows the original error value. What the Lua functions return is checked here, with
 * messages that name model and function. */
#include "scripted.h"
#include "fits.h"
#include "model/state.h"
#include "values.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static const jvl_class random_class;

/* ---- protected calls */

/* 1 the call, 2 the error value: keeps it for jvl_throw and records its text. */
static int keep_body(lua_State *L) {
  const scripted_call *call = lua_touserdata(L, 1);
  bool cancelled = false;
  if (lua_istable(L, 2)) {
    lua_getfield(L, 2, "code");
    cancelled = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "cancelled") == 0;
  }
  if (cancelled)
    jv_fail(call->cx, JV_ECANCEL, "interrupted");
  else
    jv_fail(call->cx, JV_EUSER, "%s", luaL_tolstring(L, 2, NULL));
  lua_settop(L, 2);
  jvl_keep_error(L);
  return 0;
}

/* The error value is on top; pops it. */
static jv_status adopt_error(lua_State *L, scripted_call *call, int code) {
  if (code == LUA_ERRMEM) {
    lua_pop(L, 1);
    return jv_fail(call->cx, JV_ENOMEM, "out of memory in Lua");
  }
  lua_pushcfunction(L, keep_body);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, call);
  lua_insert(L, -2);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return call->cx->status;
  lua_pop(L, 1);
  return jv_fail(call->cx, JV_ENOMEM, "out of memory for an error of Lua");
}

jv_status jvl_scripted_call(scripted_call *call, lua_CFunction body) {
  scripts *home = call->model->home;
  lua_State *L = jvl_thread(home->cx);
  if (!lua_checkstack(L, LUA_MINSTACK + 8))
    return jv_fail(call->cx, JV_ENOMEM, "Lua's stack is full: models that call each other?");
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, call);
  home->depth++;
  int code = lua_pcall(L, 1, 0, 0);
  home->depth--;
  jvl_set_thread(home->cx, L);
  if (code == LUA_OK) return JV_OK;
  jv_status status = adopt_error(L, call, code);
  jvl_set_thread(home->cx, L);
  return status;
}

int jvl_scripted_wrong(lua_State *L, const scripted *model, const char *fmt, ...) {
  char text[320];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  return jvl_misuse(L, "model '%s': %s", model->cls.name, text);
}

void jvl_scripted_numbers(lua_State *L, int idx, const scripted *model, const char *what, size_t n,
                          double *to) {
  size_t have;
  char where[160];
  int type = lua_type(L, idx);
  if (type != LUA_TTABLE && !jvl_test_series(L, idx))
    jvl_scripted_wrong(L, model, "%s must be %zu numbers, got a %s", what, n,
                       luaL_typename(L, idx));
  snprintf(where, sizeof where, "model '%s': %s", model->cls.name, what);
  const double *v = jvl_check_values(L, idx, where, &have);
  if (have != n) jvl_scripted_wrong(L, model, "%s has %zu values, wanted %zu", what, have, n);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(v[i]))
      jvl_scripted_wrong(L, model, "%s: value %zu is %s", what, i + 1,
                         isnan(v[i]) ? "not a number" : "infinite");
  memcpy(to, v, n * sizeof *to);
  lua_pop(L, 1);
}

/* ---- what the functions are given */

/* Pushes y as a series: `like` itself where that is it, else one with its calendar, else undated. */
static void push_y(lua_State *L, const scripted_call *call, int like) {
  const jv_series *s = jvl_test_series(L, like);
  if (s && call->first == 0 && s->n == call->n) {
    lua_pushvalue(L, like);
    return;
  }
  jv_ctx *cx = jvl_ctx(L);
  jv_period start = {1, {JV_FREQ_INDEX, 0}};
  if (s) start = s->start;
  jvl_check(L, jv_period_add(cx, start, (int64_t)call->first, &start));
  jv_series **box = jvl_new_series(L);
  jvl_check(L, jv_series_new(cx, start, call->n, call->y, box));
  if (s) (*box)->unit = s->unit;
  jvl_check(L, jv_series_set_name(cx, *box, s ? s->name : call->id ? call->id : ""));
}

void jvl_push_option(lua_State *L, const jv_option *row, const void *opt) {
  const char *at = (const char *)opt + row->offset;
  double real;
  int value = 0;
  if (row->type == JV_OPT_REAL) {
    memcpy(&real, at, sizeof real);
    if (isnan(real))
      lua_pushnil(L);
    else
      lua_pushnumber(L, real);
    return;
  }
  if (row->type == JV_OPT_TEXT) {
    lua_pushstring(L, *at ? at : NULL);
    return;
  }
  memcpy(&value, at, sizeof value);
  if (value == JV_OPT_UNSET)
    lua_pushnil(L);
  else if (row->type == JV_OPT_INT)
    lua_pushinteger(L, value);
  else if (row->type == JV_OPT_FLAG)
    lua_pushboolean(L, value);
  else {
    const char *word = row->choices;
    for (; value > 0 && strchr(word, '|'); value--) word = strchr(word, '|') + 1;
    lua_pushlstring(L, word, strcspn(word, "|"));
  }
}

/* Pushes the options of a call: the rows' values or a copy of the table given, and the season. */
static void push_options(lua_State *L, const scripted_call *call, int given) {
  lua_newtable(L);
  int to = lua_gettop(L);
  const jv_option *rows = call->model->cls.options;
  for (const jv_option *row = rows; row && row->name; row++) {
    jvl_push_option(L, row, call->fit->opt);
    lua_setfield(L, to, row->name);
  }
  if (!rows && lua_istable(L, given)) {
    lua_getfield(L, given, "opts");
    if (lua_istable(L, -1))
      for (lua_pushnil(L); lua_next(L, to + 1);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, to);
      }
    lua_settop(L, to);
  }
  if (lua_getfield(L, to, "season") == LUA_TNIL) {
    lua_pushinteger(L, (lua_Integer)call->m);
    lua_setfield(L, to, "season");
  }
  lua_settop(L, to);
}

/* Pushes field `name` of the fit's entry in the store. */
static void push_entry(lua_State *L, int ref, const char *name) {
  jvl_scripted_store(L, "fits");
  lua_rawgeti(L, -1, ref);
  lua_getfield(L, -1, name);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

static void set_entry(lua_State *L, int ref, const char *name) {
  jvl_scripted_store(L, "fits");
  lua_rawgeti(L, -1, ref);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, name);
  lua_pop(L, 3);
}

void jvl_scripted_options(lua_State *L, const jv_fit *fit) {
  const scripted_state *s = fit->state;
  push_entry(L, s->ref, "opts");
}

/* ---- fit */

/* Optional fields of what fit returned, at idx. */
static void read_fit(lua_State *L, int idx, scripted_call *call) {
  jv_fit *fit = call->fit;
  if (!lua_istable(L, idx)) return;
  if (lua_getfield(L, idx, "fitted") != LUA_TNIL) {
    size_t n;
    const double *v = jvl_check_values(L, lua_gettop(L), "fitted", &n);
    if (n != call->n)
      jvl_scripted_wrong(L, call->model, "fit: fitted has %zu values, wanted %zu", n, call->n);
    memcpy(fit->fitted, v, n * sizeof *v);
  }
  if (lua_getfield(L, idx, "form") == LUA_TSTRING)
    snprintf(fit->form, sizeof fit->form, "%s", lua_tostring(L, -1));
  if (lua_getfield(L, idx, "loglik") == LUA_TNUMBER) fit->loglik = lua_tonumber(L, -1);
  if (lua_getfield(L, idx, "n_params") == LUA_TNUMBER)
    fit->n_params = (size_t)fmax(0, lua_tonumber(L, -1));
  lua_settop(L, idx);
}

static void push_call_of(lua_State *L, const scripted_call *call, const char *function) {
  jvl_scripted_field(L, call->model, function);
}

/* The series that a fit is made on, where core knows only its calendar (in a backtest, a panel). */
static void push_dated(lua_State *L, const scripted_call *call) {
  jv_series **box = jvl_new_series(L);
  jvl_check(L, jv_series_new(call->cx, *call->start, call->n, call->y, box));
  jvl_check(L, jv_series_set_name(call->cx, *box, call->id ? call->id : ""));
}

static int fit_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_store(L, "given");
  lua_rawgeti(L, 2, call->key); /* 3: {opts, y} or nil */
  if (lua_istable(L, 3))
    lua_getfield(L, 3, "y");
  else
    lua_pushnil(L);
  if (lua_isnil(L, 4) && call->start) {
    push_dated(L, call);
    lua_replace(L, 4);
  }
  push_y(L, call, 4);       /* 5 */
  push_options(L, call, 3); /* 6 */
  push_call_of(L, call, "fit");
  lua_pushvalue(L, 5);
  lua_pushvalue(L, 6);
  lua_call(L, 2, 1); /* 7 */
  if (lua_isnil(L, 7)) return jvl_scripted_wrong(L, call->model, "fit returned nothing");
  read_fit(L, 7, call);
  jvl_scripted_store(L, "fits"); /* 8 */
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, 7);
  lua_setfield(L, 9, "value");
  lua_pushvalue(L, 6);
  lua_setfield(L, 9, "opts");
  lua_pushvalue(L, 4);
  lua_setfield(L, 9, "y");
  call->ref = luaL_ref(L, 8);
  return 0;
}

static int drop_body(lua_State *L) {
  const scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_store(L, "fits");
  luaL_unref(L, -1, call->ref);
  return 0;
}

static void free_names(jv_ctx *cx, scripted_state *s) {
  for (size_t i = 0; i < s->n_names; i++) jv_free(cx, s->names[i]);
  jv_free(cx, s->names);
  s->names = NULL;
  s->n_names = 0;
}

static void scripted_free(jv_ctx *cx, jv_fit *fit) {
  scripted_state *s = fit->state;
  scripted *model = fit->cls->user;
  if (!s) return;
  if (s->ref) {
    scripted_call call = {.cx = cx, .model = model, .ref = s->ref};
    jvl_scripted_call(&call, drop_body); /* out of memory: the entry stays until the state closes */
    model->fits--;
  }
  free_names(cx, s);
  jv_free(cx, s->y);
  jv_free(cx, s->scale);
  jv_free(cx, s);
  fit->state = NULL;
}

static jv_status new_state(jv_ctx *cx, const double *y, size_t n, jv_fit *fit) {
  scripted_state *s = JV_NEW(cx, scripted_state);
  if (!s) return cx->status;
  fit->state = s;
  s->y = JV_ARRAY(cx, double, n);
  if (!s->y) return cx->status;
  if (y) memcpy(s->y, y, n * sizeof *y);
  return JV_OK;
}

/* Residuals, their mean square, criteria. */
static void finish_fit(const scripted_call *call) {
  jv_fit *fit = call->fit;
  double sum = 0;
  size_t used = 0, observed = 0;
  for (size_t i = 0; i < call->n; i++) {
    fit->residuals[i] = call->y[i] - fit->fitted[i];
    observed += isnan(call->y[i]) ? 0 : 1;
    if (isnan(fit->residuals[i])) continue;
    sum += fit->residuals[i] * fit->residuals[i];
    used++;
  }
  if (used > 0) fit->sigma2 = sum / (double)used;
  jv_fit_criteria(fit, observed);
}

static jv_status scripted_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  scripted *model = fit->cls->user;
  scripted_opt *opt = fit->opt;
  scripted_call call = {.cx = cx,
                        .model = model,
                        .fit = fit,
                        .y = sample->y,
                        .n = sample->n,
                        .m = sample->m,
                        .id = sample->id,
                        .start = sample->start,
                        .key = opt->key};
  snprintf(fit->form, sizeof fit->form, "%s", fit->cls->name);
  jv_status status = new_state(cx, sample->y, sample->n, fit);
  if (status == JV_OK) status = jvl_scripted_call(&call, fit_body);
  opt->key = 0; /* it is dropped when the call is over */
  if (status != JV_OK) {
    scripted_free(cx, fit);
    return status;
  }
  ((scripted_state *)fit->state)->ref = call.ref;
  model->fits++;
  finish_fit(&call);
  return JV_OK;
}

/* ---- forecast, and the same at an earlier origin */

static int forecast_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  push_call_of(L, call, "forecast");
  push_entry(L, call->ref, "value");
  lua_pushinteger(L, (lua_Integer)call->h);
  push_entry(L, call->ref, "opts");
  lua_call(L, 3, 1);
  jvl_scripted_read_forecast(L, 2, call);
  return 0;
}

/* Fit on call->y, n values, and forecast h steps: means only. */
static int origin_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  push_entry(L, call->ref, "opts"); /* 2 */
  push_entry(L, call->ref, "y");    /* 3 */
  push_y(L, call, 3);               /* 4 */
  push_call_of(L, call, "forecast");
  push_call_of(L, call, "fit");
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  if (lua_isnil(L, -1)) return jvl_scripted_wrong(L, call->model, "fit returned nothing");
  lua_pushinteger(L, (lua_Integer)call->h);
  lua_pushvalue(L, 2);
  lua_call(L, 3, 1);
  jvl_scripted_read_means(L, 5, call);
  return 0;
}

/* At most so many earlier origins, and none with less than half of the data. */
enum { MOST_ORIGINS = 20, FEWEST_ERRORS = 3 };

/* Sums of squared errors by horizon over origins n-1, n-2, …; an origin whose fit fails ends the
 * search (it has too little data), unless the user or memory ended it. */
static jv_status collect_errors(scripted_call *call, const double *y, size_t n, size_t origins,
                                double *squares, size_t *counts) {
  const jv_fit *fit = call->fit;
  for (size_t k = 1; k <= origins; k++) {
    call->n = n - k;
    call->h = k;
    if (call->n < fit->cls->min_n) break;
    jv_status status = jvl_scripted_call(call, origin_body);
    if (status == JV_ECANCEL || status == JV_ENOMEM) return status;
    if (status != JV_OK) break;
    for (size_t i = 0; i < k; i++) {
      double e = y[n - k + i] - call->mean[i];
      if (isnan(e)) continue;
      squares[i] += e * e;
      counts[i]++;
    }
  }
  return JV_OK;
}

/* scale[k-1] = root mean square of the errors k steps ahead, never falling with k. Errors that one
 * origin makes at many horizons are dependent; so degrees of freedom are those of one step. */
static jv_status measure_scale(jv_ctx *cx, const jv_fit *fit, scripted_state *s) {
  size_t origins = fit->n / 2 < MOST_ORIGINS ? fit->n / 2 : MOST_ORIGINS,
         counts[MOST_ORIGINS] = {0};
  double squares[MOST_ORIGINS] = {0}, mean[MOST_ORIGINS] = {0}, *scale;
  jv_fit shadow = *fit; /* bodies take a fit that they may write to */
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .y = s->y,
                        .m = fit->m,
                        .id = fit->id,
                        .ref = s->ref,
                        .mean = mean};
  JV_TRY(collect_errors(&call, s->y, fit->n, origins, squares, counts));
  scale = JV_ARRAY(cx, double, MOST_ORIGINS);
  if (!scale) return cx->status;
  size_t n = 0;
  while (n < origins && counts[n] >= FEWEST_ERRORS) {
    scale[n] = sqrt(squares[n] / (double)counts[n]);
    if (n > 0 && scale[n] < scale[n - 1]) scale[n] = scale[n - 1];
    n++;
  }
  s->scale = scale;
  s->n_scale = n;
  s->df = (double)counts[0];
  return JV_OK;
}

/* Beyond the horizons measured the scale grows as that of a random walk. */
jv_status jvl_scripted_spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  scripted_state *s = fit->state;
  if (!s->scale) JV_TRY(measure_scale(cx, fit, s));
  fc->dist = JV_DIST_POINT;
  if (!s->scale || s->n_scale == 0) return JV_OK;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return cx->status;
  for (size_t i = 0; i < fc->h; i++)
    fc->sd[i] = i < s->n_scale
                    ? s->scale[i]
                    : s->scale[s->n_scale - 1] * sqrt((double)(i + 1) / (double)s->n_scale);
  fc->dist = JV_DIST_STUDENT;
  fc->df = s->df;
  return JV_OK;
}

static jv_status scripted_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const scripted_state *s = fit->state;
  jv_fit shadow = *fit;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .h = fc->h,
                        .ref = s->ref,
                        .mean = fc->mean,
                        .fc = fc};
  JV_TRY(jvl_scripted_call(&call, forecast_body));
  return fc->dist == JV_DIST_POINT ? jvl_scripted_spread(cx, fit, fc) : JV_OK;
}

/* ---- simulate */

static jv_rng *check_random(lua_State *L) { return luaL_checkudata(L, 1, "jevons.random"); }

static int random_uniform(lua_State *L) {
  lua_pushnumber(L, jv_rng_uniform(check_random(L)));
  return 1;
}

static int random_normal(lua_State *L) {
  lua_pushnumber(L, jv_rng_normal(check_random(L)));
  return 1;
}

static int random_below(lua_State *L) {
  jv_rng *rng = check_random(L);
  size_t bound = jvl_check_count(L, 2, "n", 1);
  lua_pushinteger(L, (lua_Integer)jv_rng_below(rng, bound));
  return 1;
}

static int simulate_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  push_entry(L, call->ref, "value"); /* 2 */
  push_entry(L, call->ref, "opts");  /* 3 */
  for (size_t k = 0; k < call->n_paths; k++) {
    jvl_check(L, jv_check_cancel(call->cx));
    push_call_of(L, call, "simulate");
    lua_pushvalue(L, 2);
    lua_pushinteger(L, (lua_Integer)call->h);
    jv_rng *rng = lua_newuserdatauv(L, sizeof *rng, 0);
    *rng = jv_fit_rng(call->fit, k);
    luaL_setmetatable(L, "jevons.random");
    lua_pushvalue(L, 3);
    lua_call(L, 4, 1);
    jvl_scripted_numbers(L, 4, call->model, "simulate", call->h, call->paths + k * call->h);
    lua_settop(L, 3);
  }
  return 0;
}

static int has_simulate_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  call->key = jvl_scripted_field(L, call->model, "simulate") == LUA_TFUNCTION;
  return 0;
}

static jv_status scripted_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, size_t n_paths,
                                   double *paths) {
  const scripted_state *s = fit->state;
  jv_fit shadow = *fit;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .h = h,
                        .ref = s->ref,
                        .paths = paths,
                        .n_paths = n_paths};
  JV_TRY(jvl_scripted_call(&call, has_simulate_body));
  if (call.key) return jvl_scripted_call(&call, simulate_body);
  jv_forecast *fc = NULL;
  JV_TRY(jv_fit_forecast(cx, fit, h, &fc));
  jv_status status = jvl_scripted_draw(cx, fit, fc, n_paths, paths);
  jv_forecast_free(cx, fc);
  return status;
}

/* ---- components: the table is asked for twice, for the count and for the values */

static int components_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  push_call_of(L, call, "components");
  push_entry(L, call->ref, "value");
  push_entry(L, call->ref, "opts");
  lua_call(L, 2, 1); /* 2 */
  if (!lua_istable(L, 2))
    return jvl_scripted_wrong(L, call->model, "components must return a table, got a %s",
                              luaL_typename(L, 2));
  scripted_state *s = call->fit->state;
  for (size_t k = 0; call->values && k < s->n_names; k++) {
    size_t n;
    lua_getfield(L, 2, s->names[k]);
    const double *v = jvl_check_values(L, 3, s->names[k], &n);
    if (n != call->n)
      return jvl_scripted_wrong(L, call->model, "components: %s has %zu values, wanted %zu",
                                s->names[k], n, call->n);
    memcpy(call->values + k * n, v, n * sizeof *v);
    lua_settop(L, 2);
  }
  if (call->values) return 0;
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) count++;
  s->names = JV_ARRAY(call->cx, char *, count + 1);
  if (!s->names) return jvl_throw(L);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      return jvl_scripted_wrong(L, call->model, "components are named by texts");
    char *name = jv_strdup(call->cx, lua_tostring(L, -2));
    if (!name) return jvl_throw(L);
    size_t at = s->n_names++;
    for (; at > 0 && strcmp(s->names[at - 1], name) > 0; at--) s->names[at] = s->names[at - 1];
    s->names[at] = name;
  }
  return 0;
}

static jv_status scripted_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                     const char *const **names, double *values) {
  scripted_state *s = fit->state;
  jv_fit shadow = *fit;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .n = fit->n,
                        .ref = s->ref,
                        .values = values};
  if (!values) free_names(cx, s);
  JV_TRY(jvl_scripted_call(&call, components_body));
  *count = s->n_names;
  *names = (const char *const *)s->names;
  return JV_OK;
}

/* ---- update */

static int update_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  push_entry(L, call->ref, "y"); /* 2 */
  push_call_of(L, call, "update");
  push_entry(L, call->ref, "value");
  push_y(L, call, 2);
  push_entry(L, call->ref, "opts");
  lua_call(L, 3, 1); /* 3 */
  if (!lua_isnil(L, 3)) {
    lua_pushvalue(L, 3);
    set_entry(L, call->ref, "value");
  }
  return 0;
}

static jv_status scripted_update(jv_ctx *cx, jv_fit *fit, const double *y, size_t k) {
  scripted_state *s = fit->state;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = fit,
                        .y = y,
                        .n = k,
                        .first = fit->n,
                        .id = fit->id,
                        .m = fit->m,
                        .ref = s->ref};
  double *grown = jv_realloc(cx, s->y, fit->n + k, sizeof *grown);
  if (!grown) return cx->status;
  s->y = grown;
  JV_TRY(jvl_scripted_call(&call, update_body));
  memcpy(s->y + fit->n, y, k * sizeof *y);
  jv_free(cx, s->scale);
  s->scale = NULL;
  return JV_OK;
}

/* ---- save and load: the value that fit returned, as plain data */

static int save_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  if (push_call_of(L, call, "save"), lua_isnil(L, 2)) {
    push_entry(L, call->ref, "value");
  } else {
    push_entry(L, call->ref, "value");
    push_entry(L, call->ref, "opts");
    lua_call(L, 2, 1);
  }
  jvl_scripted_to_json(L, lua_gettop(L), call->into, "value");
  push_entry(L, call->ref, "opts");
  jvl_scripted_to_json(L, lua_gettop(L), call->into, "opts");
  return 0;
}

static jv_status scripted_save(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const scripted_state *s = fit->state;
  scripted_call call = {.cx = cx, .model = fit->cls->user, .ref = s->ref, .into = into};
  JV_TRY(jv_state_set_reals(cx, into, "y", s->y, fit->n));
  return jvl_scripted_call(&call, save_body);
}

static int load_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_from_json(L, cJSON_GetObjectItemCaseSensitive(call->from, "opts"));  /* 2 */
  jvl_scripted_from_json(L, cJSON_GetObjectItemCaseSensitive(call->from, "value")); /* 3 */
  push_call_of(L, call, "load");
  if (lua_isnil(L, 4))
    lua_pop(L, 1);
  else {
    lua_insert(L, 3);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
  }
  if (lua_isnil(L, 3)) return jvl_scripted_wrong(L, call->model, "load returned nothing");
  jvl_scripted_store(L, "fits"); /* 4 */
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, 3);
  lua_setfield(L, 5, "value");
  lua_pushvalue(L, 2);
  lua_setfield(L, 5, "opts");
  call->ref = luaL_ref(L, 4);
  return 0;
}

static jv_status scripted_load(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  scripted *model = fit->cls->user;
  scripted_call call = {.cx = cx, .model = model, .fit = fit, .from = from};
  jv_status status = new_state(cx, NULL, fit->n, fit);
  if (status == JV_OK)
    status = jv_state_get_reals(cx, from, "y", ((scripted_state *)fit->state)->y, fit->n);
  if (status == JV_OK) status = jvl_scripted_call(&call, load_body);
  if (status != JV_OK) {
    scripted_free(cx, fit);
    return status;
  }
  ((scripted_state *)fit->state)->ref = call.ref;
  model->fits++;
  return JV_OK;
}

/* ---- the class */

void jvl_scripted_fill(jv_model_class *cls) {
  cls->fit = scripted_fit;
  cls->forecast = scripted_forecast;
  cls->simulate = scripted_simulate;
  cls->components = scripted_components;
  cls->update = scripted_update;
  cls->save = scripted_save;
  cls->load = scripted_load;
  cls->free_state = scripted_free;
}

static const jvl_function random_methods[] = {
    {"normal", random_normal, "random:normal() -> number\n\nA standard normal draw."},
    {"uniform", random_uniform,
     "random:uniform() -> number\n\nA draw from the open interval (0, 1); random() is the same."},
    {"below", random_below, "random:below(n) -> integer\n\nOne of 0 … n - 1, each as likely."},
    {NULL, NULL, NULL}};

static const luaL_Reg random_meta[] = {{"__call", random_uniform}, {NULL, NULL}};

static const jvl_class random_class = {.name = "jevons.random",
                                       .doc = "random\n\nThe random stream of one sample path, "
                                              "keyed by seed, series, model and path: what "
                                              "simulate of jv.model.define draws from.",
                                       .methods = random_methods,
                                       .meta = random_meta};

void jvl_scripted_register(lua_State *L) { jvl_class_register(L, &random_class); }
