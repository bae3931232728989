/* jv.fit, one function per registered model, jv.models, jv.load. */
#include "fits.h"
#include "model/spec.h"
#include <math.h>
#include <string.h>

/* Stack of a fit: 1 y, 2 options as given or nil, 3 those for the class. */
enum { Y = 1, GIVEN = 2, OPTIONS = 3 };

typedef struct request {
  const jv_model_class *cls;
  jv_sample sample;
  void *opt;
  jv_common common;
} request;

static void release_spec(jv_ctx *cx, void *p) {
  jv_model_spec_clear(cx, p);
  jv_free(cx, p);
}

static const jvl_class spec_class = {.name = "jevons.model_spec",
                                     .doc = "model_spec\n\nA model as it was typed.",
                                     .release = release_spec};

static void push_literal(lua_State *L, const jv_spec_option *o) {
  if (o->type == JV_LITERAL_TEXT)
    lua_pushstring(L, o->text);
  else if (o->type == JV_LITERAL_FLAG)
    lua_pushboolean(L, o->flag);
  else if (o->number == floor(o->number) && fabs(o->number) < 0x1p53)
    lua_pushinteger(L, (lua_Integer)o->number);
  else
    lua_pushnumber(L, o->number);
}

/* jv.fit's first argument: most slips are its order, or several models at once. */
static const char *check_model_text(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) return lua_tostring(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING)
    jvl_bad_argument(L, 1, "the model comes first: jv.fit(\"%s\", y)", lua_tostring(L, 2));
  if (lua_istable(L, 1) && lua_rawlen(L, 1) > 0)
    jvl_bad_argument(L, 1,
                     "one model at a time; jv.combine(models, y) combines several, "
                     "jv.backtest(y, {models=}) compares them");
  return luaL_checkstring(L, 1);
}

/* Models typed to one that takes none are refused here, before their name is lost. */
static jv_status check_members(jv_ctx *cx, const jv_model_spec *spec) {
  if (!spec->composed) return JV_OK;
  const jv_model_class *cls = jv_registry_find(cx, cx->models, spec->name);
  return cls ? jv_model_spec_check_members(cx, spec, cls) : cx->status;
}

/* Reads `name` or `name{key=literal, …}` at 1, puts a table of the literals there, and pushes what
 * holds the name. */
static const char *read_typed(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  const char *text = check_model_text(L);
  void **box = jvl_box(L, &spec_class);
  jv_model_spec *spec = JV_NEW(cx, jv_model_spec);
  *box = spec;
  if (!spec || jv_model_spec_read(cx, text, spec) != JV_OK || check_members(cx, spec) != JV_OK) {
    jvl_throw(L);
    return NULL;
  }
  lua_createtable(L, 0, (int)spec->n_options);
  for (size_t i = 0; i < spec->n_options; i++) {
    push_literal(L, &spec->options[i]);
    lua_setfield(L, -2, spec->options[i].key);
  }
  lua_replace(L, 1);
  return spec->name;
}

/* Moves the options that every model takes out of OPTIONS into r->common. */
static void take_common(lua_State *L, request *r) {
  bool any = false;
  lua_newtable(L);
  for (const jv_option *row = jv_common_options; row->name; row++) {
    if (lua_getfield(L, OPTIONS, row->name) == LUA_TNIL) {
      lua_pop(L, 1);
      continue;
    }
    any = true;
    lua_setfield(L, -2, row->name);
    lua_pushnil(L);
    lua_setfield(L, OPTIONS, row->name);
  }
  if (any) {
    jvl_options(L, -1, r->cls->name, jv_common_options, &r->common, NULL);
    r->sample.common = &r->common;
  }
  lua_settop(L, OPTIONS);
}

/* A number `season` and `seed` are for every model; the rest, a copy at OPTIONS, is the class's. */
static void split_options(lua_State *L, request *r) {
  lua_newtable(L);
  if (lua_isnil(L, GIVEN)) return;
  if (!lua_istable(L, GIVEN))
    jvl_misuse(L, "%s: options must stand in a table, got %s", r->cls->name,
               luaL_typename(L, GIVEN));
  for (lua_pushnil(L); lua_next(L, GIVEN);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, OPTIONS);
  }
  if (lua_getfield(L, OPTIONS, "season") == LUA_TNUMBER) {
    lua_Number season = lua_tonumber(L, -1);
    if (!(season >= 1 && season <= 1e6 && season == floor(season)))
      jvl_misuse(L, "%s: season is a whole number from 1 (none) on, got %g", r->cls->name, season);
    r->sample.m = (size_t)season;
    lua_pushnil(L);
    lua_setfield(L, OPTIONS, "season");
  }
  if (lua_istable(L, -1) && jv_option_known(jvl_ctx(L), "", r->cls->options, "season") != JV_OK) {
    bool several = jv_option_known(jvl_ctx(L), "", r->cls->options, "periods") == JV_OK;
    jvl_misuse(L, "%s: season is one whole number%s", r->cls->name,
               several ? ", several seasons are periods = {24, 168}" : "");
  }
  if (lua_getfield(L, OPTIONS, "seed") != LUA_TNIL) {
    int whole;
    r->sample.seed = (uint64_t)lua_tointegerx(L, -1, &whole);
    if (!whole) jvl_misuse(L, "%s: seed is a whole number", r->cls->name);
    lua_pushnil(L);
    lua_setfield(L, OPTIONS, "seed");
  }
  lua_settop(L, OPTIONS);
  take_common(L, r);
}

static void read_y(lua_State *L, request *r) {
  const jv_series *s = jvl_test_series(L, Y);
  r->sample.m = s ? jv_freq_season(s->start.freq) : 1;
  r->sample.id = s ? s->name : "";
  r->sample.start = s ? &s->start : NULL;
}

/* A misspelt name may be meant for an option of every model, or for one that jv.fit itself takes. */
static jv_status check_name(jv_ctx *cx, const jv_model_class *cls, const char *name) {
  static const char *const own[] = {"season", "seed", "xreg"};
  jv_status status = jv_common_unknown(cx, cls->name, cls->options, name);
  const char *near = status == JV_OK ? NULL : jv_nearest_name(name, own, 3);
  if (!near || strstr(cx->message, "did you mean")) return status;
  return jv_fail(cx, status, "%s: unknown option '%s', did you mean '%s'?", cls->name, name, near);
}

static void check_names(lua_State *L, const jv_model_class *cls) {
  for (lua_pushnil(L); lua_next(L, OPTIONS); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING)
      jvl_check(L, check_name(jvl_ctx(L), cls, lua_tostring(L, -2)));
}

/* Options by the rows of the class; a class written in Lua gets a key to the table and to y. */
static int read_options(lua_State *L, request *r) {
  bool scripted = (r->cls->tags & JV_TAG_SCRIPTED) != 0;
  r->opt = jvl_scratch(L, 1, r->cls->opt_size ? r->cls->opt_size : 1);
  memset(r->opt, 0, r->cls->opt_size);
  if (r->cls->options || !scripted) {
    check_names(L, r->cls);
    jvl_options(L, OPTIONS, r->cls->name, r->cls->options, r->opt, NULL);
  }
  return scripted ? jvl_scripted_give(L, OPTIONS, Y, r->opt) : 0;
}

/* Takes xreg out of OPTIONS; leaves it on the stack. */
static void read_regressors(lua_State *L, request *r) {
  if (lua_getfield(L, OPTIONS, "xreg") == LUA_TNIL) return;
  int xreg = lua_gettop(L);
  lua_pushnil(L);
  lua_setfield(L, OPTIONS, "xreg");
  jvl_check_regressors(L, xreg, jvl_test_series(L, Y), r->sample.n, &r->sample);
}

/* The new fit's table: y where it is a series, and the regressors at xreg. */
static void push_fit_table(lua_State *L, int xreg) {
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, xreg);
  lua_setfield(L, -2, "xreg");
  if (!jvl_test_series(L, Y)) return;
  lua_pushvalue(L, Y);
  lua_setfield(L, -2, "series");
}

/* Fits with y at 1 and options at 2. */
static int fit_model(lua_State *L, const char *name) {
  jv_ctx *cx = jvl_ctx(L);
  request r = {.cls = jv_registry_find(cx, cx->models, name)};
  if (!r.cls) return jvl_throw(L);
  lua_settop(L, GIVEN);
  read_y(L, &r);
  split_options(L, &r);
  r.sample.y = jvl_check_values(L, Y, "y", &r.sample.n);
  int xreg = lua_gettop(L) + 1;
  read_regressors(L, &r);
  push_fit_table(L, xreg);
  void **box = jvl_new_fit(L);
  int fit_at = lua_gettop(L), key = read_options(L, &r);
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(jvl_ctx(L), r.cls, &r.sample, r.opt, &fit);
  *box = fit;
  jvl_scripted_drop(L, key);
  jvl_check(L, status);
  lua_settop(L, fit_at);
  return 1;
}

/* Options typed with the name stand beside those of the table, which go before them. */
static int l_fit(lua_State *L) {
  lua_settop(L, 3);
  const char *name = read_typed(L); /* 1 typed, 2 y, 3 options, 4 what holds the name */
  if (lua_istable(L, 3))
    for (lua_pushnil(L); lua_next(L, 3);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, 1);
    }
  else if (!lua_isnil(L, 3))
    return jvl_misuse(L, "%s: options must stand in a table, got %s", name, luaL_typename(L, 3));
  lua_pushvalue(L, 1);
  lua_replace(L, 3);
  lua_rotate(L, 1, -1); /* y, options, the name's holder */
  return fit_model(L, name);
}

/* jv.NAME: the name is an upvalue. */
static int l_named(lua_State *L) { return fit_model(L, lua_tostring(L, lua_upvalueindex(1))); }

/* internal.registered_models(): the built-in ones, then those defined; jv.models adds the files. */
static int l_models(lua_State *L) {
  const jv_ctx *cx = jvl_ctx(L);
  size_t n = jv_registry_count(cx->models);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, jv_registry_at(cx->models, i)->name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_load(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  size_t len;
  const char *json = luaL_checklstring(L, 1, &len);
  lua_settop(L, 1);
  lua_createtable(L, 0, 1);
  void **series_box = jvl_box(L, &jvl_series_class);
  jv_series *series = NULL;
  jvl_check(L, jvl_saved_series(cx, json, len, &series));
  *series_box = series;
  if (series)
    lua_setfield(L, 2, "series");
  else
    lua_pop(L, 1);
  void **box = jvl_new_fit(L);
  jv_fit *fit = NULL;
  jvl_check(L, jv_fit_load(jvl_ctx(L), json, len, &fit));
  *box = fit;
  if (series && series->n != fit->n)
    return jvl_misuse(L, "saved fit: the series has %zu values, the fit %zu", series->n, fit->n);
  return 1;
}

/* ---- documentation out of the classes */

static void push_doc(lua_State *L, const jv_model_class *cls) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  size_t len = strlen(cls->name);
  if (cls->name[len - 1] == '+') /* typed before another model: model/composed.h */
    jvl_add_line(&b, "jv.%sMODEL: jv.fit(\"%sMODEL\", y [, options]) -> fit\n\n%s.", cls->name,
                 cls->name, cls->title ? cls->title : cls->name);
  else
    jvl_add_line(&b, "jv.%s(y [, options]) -> fit\n\n%s.", cls->name,
                 cls->title ? cls->title : cls->name);
  if (cls->doc) {
    luaL_addstring(&b, "\n\n");
    luaL_addstring(&b, cls->doc);
  }
  luaL_addstring(&b,
                 "\n\nOptions besides its own: season (the seasonal period; by default that of the "
                 "frequency, 1 for a table), seed (default 0), and those of every model, which "
                 "help \"jv.fit\" lists: transformations, bounds, where intervals come from.");
  if (cls->source) {
    luaL_addstring(&b, "\n\nSource: ");
    luaL_addstring(&b, cls->source);
  }
  luaL_pushresult(&b);
}

/* jv[name] with its documentation; `jv` is on top. */
static void add_model(lua_State *L, const jv_model_class *cls) {
  int jv = lua_gettop(L);
  lua_pushstring(L, cls->name);
  lua_pushcclosure(L, l_named, 1);
  lua_getfield(L, jv, "doc");
  lua_pushfstring(L, "jv.%s", cls->name);
  lua_pushvalue(L, jv + 1);
  push_doc(L, cls);
  lua_call(L, 3, 0);
  lua_setfield(L, jv, cls->name);
  if (cls->options && cls->options->name) {
    const char *qualified = lua_pushfstring(L, "jv.%s", cls->name);
    jvl_document_options(L, qualified, cls->options);
  }
  lua_settop(L, jv);
}

static const jvl_function functions[] = {
    {"fit", l_fit,
     "jv.fit(name, y [, options]) -> fit\n\nFits the model `name` (jv.models() lists them; "
     "help(name) tells its options, which may be typed with it: 'ets{model=\"MAM\"}') to y, a "
     "series or a table of numbers. Every model has options season (the "
     "seasonal period; by default that of the series' frequency, 1 for a table), seed (default 0), "
     "and "
     "those below. xreg gives regressors to a model that takes them: a series, or a table of "
     "series "
     "(a list, or by name), matched by period; of lists where y is one.\n\n"
     "Errors: not_found (no such model), invalid (options), data (too short, missing or unfit "
     "values)."},
    {"load", l_load,
     "jv.load(text) -> fit\n\nThe fit that fit:save() wrote. A model written in Lua must be "
     "defined, "
     "or stand in a model file.\n\nErrors: parse, not_found."},
    {NULL, NULL, NULL}};

void jvl_open_model(lua_State *L) {
  const jv_ctx *cx = jvl_ctx(L);
  jvl_class_register(L, &spec_class);
  jvl_add(L, "jv", functions);
  jvl_document_options(L, "jv.fit", jv_common_options);
  jvl_open_fit(L);
  jvl_open_forecast(L);
  jvl_open_annual(L);
  jvl_open_explain(L);
  jvl_open_define(L);
  for (size_t i = 0; i < jv_registry_count(cx->models); i++)
    add_model(L, jv_registry_at(cx->models, i));
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_pushcfunction(L, l_models);
  lua_setfield(L, -2, "registered_models");
  lua_pop(L, 2);
}
