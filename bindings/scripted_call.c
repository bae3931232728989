/* Calls from core into Lua: in protected mode, with y and options as Lua values, and with checks of
 * what comes back that name model and function. */
#include "scripted.h"
#include "fits.h"
#include "values.h"
#include <math.h>
#include <string.h>

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
  if (have != n)
    jvl_scripted_wrong(L, model, "%s has %zu value%s, wanted %zu", what, have, have == 1 ? "" : "s",
                       n);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(v[i]))
      jvl_scripted_wrong(L, model, "%s: value %zu is %s", what, i + 1,
                         isnan(v[i]) ? "not a number" : "infinite");
  memcpy(to, v, n * sizeof *to);
  lua_pop(L, 1);
}

/* ---- what the functions are given */

/* Pushes n values as a series with the calendar of `like`, `first` periods on. */
static jv_series *push_dated(lua_State *L, const jv_series *like, size_t first, const double *v,
                             size_t n, const char *name) {
  jv_ctx *cx = jvl_ctx(L);
  jv_period start = {1, {JV_FREQ_INDEX, 0}};
  if (like) start = like->start;
  jvl_check(L, jv_period_add(cx, start, (int64_t)first, &start));
  jv_series **box = jvl_new_series(L);
  jvl_check(L, jv_series_new(cx, start, n, v, box));
  jvl_check(L, jv_series_set_name(cx, *box, name));
  return *box;
}

/* Pushes y as a series: `like` itself where that is it, else one with its calendar, else undated. */
void jvl_scripted_push_y(lua_State *L, const scripted_call *call, int like) {
  const jv_series *s = jvl_test_series(L, like);
  bool same = s && call->first == 0 && s->n == call->n && !call->mapped;
  if (same && memcmp(s->value, call->y, s->n * sizeof *call->y) == 0) {
    lua_pushvalue(L, like);
    return;
  }
  const char *name = s ? s->name : call->id ? call->id : "";
  jv_series *y = push_dated(L, s, call->first, call->y, call->n, name);
  if (s && !call->mapped) y->unit = s->unit;
}

void jvl_scripted_push_given(lua_State *L, const scripted_call *call, int idx, int like,
                             size_t first, size_t rows) {
  idx = lua_absindex(L, idx);
  lua_pushvalue(L, idx);
  if (!call->x) return;
  const jv_series *s = jvl_test_series(L, like);
  lua_newtable(L);
  lua_replace(L, -2);
  int copy = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, idx);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, copy);
  }
  lua_createtable(L, 0, (int)call->k);
  double *column = jvl_scratch(L, rows, sizeof *column);
  for (size_t j = 0; j < call->k; j++) {
    for (size_t i = 0; i < rows; i++) column[i] = call->x[i * call->k + j];
    push_dated(L, s, first, column, rows, call->x_names[j]);
    lua_setfield(L, copy + 1, call->x_names[j]);
  }
  lua_settop(L, copy + 1);
  lua_setfield(L, copy, "xreg");
}

void jvl_scripted_push_ahead(lua_State *L, const scripted_call *call) {
  jvl_scripted_entry(L, call->ref, "opts");
  if (!call->x) return;
  jvl_scripted_entry(L, call->ref, "y");
  int y = lua_gettop(L);
  jvl_scripted_push_given(L, call, y - 1, y, call->fit->n, call->h);
  lua_replace(L, y - 1);
  lua_settop(L, y - 1);
}

void jvl_push_option(lua_State *L, const jv_option *row, const void *opt) {
  const char *at = (const char *)opt + row->offset;
  double real;
  jv_real_or_choice either = {.choice = JV_OPT_UNSET};
  int value = 0;
  if (row->type == JV_OPT_REAL_OR_CHOICE) memcpy(&either, at, sizeof either);
  if (row->type == JV_OPT_REAL ||
      (row->type == JV_OPT_REAL_OR_CHOICE && either.choice == JV_OPT_UNSET)) {
    memcpy(&real, at, sizeof real); /* the number stands first */
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
  if (row->type == JV_OPT_REAL_OR_CHOICE)
    value = either.choice;
  else
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
void jvl_scripted_push_options(lua_State *L, const scripted_call *call, int given) {
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
void jvl_scripted_entry(lua_State *L, int ref, const char *name) {
  jvl_scripted_store(L, "fits");
  lua_rawgeti(L, -1, ref);
  lua_getfield(L, -1, name);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void jvl_scripted_set_entry(lua_State *L, int ref, const char *name) {
  jvl_scripted_store(L, "fits");
  lua_rawgeti(L, -1, ref);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, name);
  lua_pop(L, 3);
}

void jvl_scripted_options(lua_State *L, const jv_fit *fit) {
  const scripted_state *s = fit->state;
  jvl_scripted_entry(L, s->ref, "opts");
}
