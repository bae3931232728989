/* jv.model.define: a table of Lua functions becomes a model class in the registry, the equal of the
 * built-in ones. Redefinition retires the old class, which stays as long as fits of it live. */
#include "fits.h"
#include "model/registry.h"
#include "scripted.h"
#include "values.h"
#include <math.h>
#include <string.h>

static const char store_key = 0; /* its address is the registry key */

void jvl_scripted_store(lua_State *L, const char *name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &store_key);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* Pushes the userdata that holds the class. */
static void push_holder(lua_State *L, const scripted *model) {
  jvl_scripted_store(L, "classes");
  lua_rawgetp(L, -1, model);
  lua_remove(L, -2);
}

int jvl_scripted_field(lua_State *L, const scripted *model, const char *name) {
  push_holder(L, model);
  lua_getiuservalue(L, -1, 1);
  int type = lua_getfield(L, -1, name);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return type;
}

/* ---- options: rows, tables of a call, typed literals */

static jv_opt_type check_type(lua_State *L, const char *model, const char *option,
                              const char *type) {
  static const struct {
    const char *name;
    jv_opt_type type;
  } types[] = {{"number", JV_OPT_REAL},   {"integer", JV_OPT_INT}, {"boolean", JV_OPT_FLAG},
               {"choice", JV_OPT_CHOICE}, {"text", JV_OPT_TEXT},   {"string", JV_OPT_TEXT}};
  for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
    if (strcmp(type, types[i].name) == 0) return types[i].type;
  jvl_misuse(L, "model '%s', option '%s': type is number, integer, boolean, choice or text, got %s",
             model, option, type ? type : "none");
  return JV_OPT_REAL;
}

/* Pushes "a|b|c" out of the list at -1; nil where it is none. */
static const char *push_choices(lua_State *L) {
  int list = lua_gettop(L);
  if (!lua_istable(L, list)) {
    lua_pushnil(L);
    return NULL;
  }
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
    if (i > 1) luaL_addchar(&b, '|');
    const char *word = luaL_checkstring(L, -1);
    lua_pop(L, 1); /* the list keeps it */
    luaL_addstring(&b, word);
  }
  lua_pop(L, 1);
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

/* The default as the rows hold it. */
static double default_value(lua_State *L, const char *model, const jv_option *row) {
  switch (lua_type(L, -1)) {
  case LUA_TNIL:
    return NAN;
  case LUA_TBOOLEAN:
    return lua_toboolean(L, -1);
  case LUA_TNUMBER:
    return lua_tonumber(L, -1);
  case LUA_TSTRING:
    if (row->type == JV_OPT_CHOICE) {
      const char *word = lua_tostring(L, -1), *at = row->choices;
      for (int i = 0; at; i++) {
        size_t len = strcspn(at, "|");
        if (strlen(word) == len && strncmp(word, at, len) == 0) return i;
        at = at[len] ? at + len + 1 : NULL;
      }
    }
    break;
  default:
    break;
  }
  jvl_misuse(L, "model '%s', option '%s': this default does not fit the type", model, row->name);
  return NAN;
}

static double field_number(lua_State *L, int idx, const char *key, double deflt) {
  lua_getfield(L, idx, key);
  double value = lua_isnil(L, -1) ? deflt : luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return value;
}

/* One row out of the table on top; texts that it needs are kept in the list at `keep`. */
static void read_row(lua_State *L, const char *model, int keep, size_t offset, jv_option *row) {
  static const char *const known[] = {"name", "type",    "default", "min",
                                      "max",  "choices", "doc",     NULL};
  int at = lua_gettop(L);
  if (!lua_istable(L, at)) jvl_misuse(L, "model '%s': options is a list of tables", model);
  jvl_check_keys(L, at, "option", known);
  const char *name = jvl_field_text(L, at, "name");
  if (!name) jvl_misuse(L, "model '%s': an option has no name", model);
  *row = (jv_option){.name = name, .offset = offset, .deflt = NAN};
  row->type = check_type(L, model, name, jvl_field_text(L, at, "type"));
  row->min = field_number(L, at, "min", row->type == JV_OPT_FLAG ? 0 : -INFINITY);
  row->max = field_number(L, at, "max", row->type == JV_OPT_FLAG ? 1 : INFINITY);
  if (row->type == JV_OPT_TEXT) row->max = JV_OPT_TEXT_SIZE; /* its place: row_size */
  if (jv_common_has(name))
    jvl_misuse(L, "model '%s': option '%s' is one that every model has: choose another name", model,
               name);
  row->doc = jvl_field_text(L, at, "doc");
  if (!row->doc) row->doc = "";
  lua_getfield(L, at, "choices");
  row->choices = push_choices(L);
  if (row->type == JV_OPT_CHOICE && !row->choices)
    jvl_misuse(L, "model '%s', option '%s': a choice needs choices = {…}", model, name);
  lua_rawseti(L, keep, (lua_Integer)lua_rawlen(L, keep) + 1);
  lua_settop(L, at);
  lua_pushvalue(L, at); /* its texts are the row's */
  lua_rawseti(L, keep, (lua_Integer)lua_rawlen(L, keep) + 1);
  lua_getfield(L, at, "default");
  if (row->type != JV_OPT_TEXT) row->deflt = default_value(L, model, row);
  lua_settop(L, at - 1);
}

static size_t row_size(jv_opt_type type) {
  return type == JV_OPT_TEXT ? JV_OPT_TEXT_SIZE : sizeof(double);
}

/* Rows of definition.options into memory that the definition keeps; NULL without them. */
static const jv_option *read_rows(lua_State *L, int definition, const char *model,
                                  size_t *opt_size) {
  *opt_size = sizeof(double); /* the key, padded */
  if (lua_getfield(L, definition, "options") == LUA_TNIL) {
    lua_pop(L, 1);
    return NULL;
  }
  int list = lua_gettop(L);
  if (!lua_istable(L, list)) jvl_misuse(L, "model '%s': options is a list of tables", model);
  size_t n = lua_rawlen(L, list);
  jv_option *rows = jvl_scratch(L, n + 1, sizeof *rows);
  lua_newtable(L);
  int keep = lua_gettop(L);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    read_row(L, model, keep, *opt_size, &rows[i]);
    *opt_size += row_size(rows[i].type);
  }
  rows[n] = (jv_option){.name = NULL};
  lua_setfield(L, definition, "row_texts");
  lua_setfield(L, definition, "rows");
  lua_settop(L, list - 1);
  return rows;
}

int jvl_scripted_give(lua_State *L, int opts_idx, int y_idx, void *opt) {
  opts_idx = lua_absindex(L, opts_idx);
  y_idx = lua_absindex(L, y_idx);
  jvl_scripted_store(L, "given");
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, opts_idx);
  lua_setfield(L, -2, "opts");
  if (jvl_test_series(L, y_idx)) {
    lua_pushvalue(L, y_idx);
    lua_setfield(L, -2, "y");
  }
  int key = luaL_ref(L, -2);
  lua_pop(L, 1);
  memcpy(opt, &key, sizeof key); /* the first member of scripted_opt */
  return key;
}

void jvl_scripted_drop(lua_State *L, int key) {
  if (key == 0) return;
  jvl_scripted_store(L, "given");
  luaL_unref(L, -1, key);
  lua_pop(L, 1);
}

/* A typed literal added to the options `key`: the entry with it, the same one for the same literals. */
typedef struct literal {
  scripted_call call;
  const char *name;
  jv_opt_type type;
  double number;
  const char *text;
} literal;

static void push_literal(lua_State *L, const literal *l) {
  if (l->type == JV_OPT_TEXT)
    lua_pushstring(L, l->text);
  else if (l->type == JV_OPT_FLAG)
    lua_pushboolean(L, l->number != 0);
  else if (l->number == floor(l->number) && fabs(l->number) < 0x1p53)
    lua_pushinteger(L, (lua_Integer)l->number);
  else
    lua_pushnumber(L, l->number);
}

/* Pushes a copy of the options at idx with the literal added. */
static void push_extended(lua_State *L, int idx, const literal *l) {
  lua_newtable(L);
  if (lua_istable(L, idx))
    for (lua_pushnil(L); lua_next(L, idx);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, -4);
    }
  push_literal(L, l);
  lua_setfield(L, -2, l->name);
}

static int literal_body(lua_State *L) {
  literal *l = lua_touserdata(L, 1);
  jvl_scripted_store(L, "given"); /* 2 */
  if (l->call.key)
    lua_rawgeti(L, 2, l->call.key);
  else if (lua_getfield(L, 2, "root") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, "root");
  }
  luaL_getsubtable(L, 3, "next"); /* 4 */
  push_literal(L, l);
  luaL_tolstring(L, -1, NULL);
  const char *word =
      lua_pushfstring(L, "%s=%s:%s", l->name, luaL_typename(L, 5), lua_tostring(L, 6));
  if (lua_getfield(L, 4, word) == LUA_TNIL) {
    lua_newtable(L);
    lua_getfield(L, 3, "opts");
    push_extended(L, lua_gettop(L), l);
    lua_setfield(L, -3, "opts");
    lua_pop(L, 1);
    lua_pushinteger(L, luaL_ref(L, 2));
    lua_pushvalue(L, -1);
    lua_setfield(L, 4, word);
  }
  l->call.key = (int)lua_tointeger(L, -1);
  return 0;
}

static jv_status set_literal(jv_ctx *cx, const jv_model_class *cls, void *opt, const char *name,
                             jv_opt_type type, double number, const char *text) {
  scripted_opt *o = opt;
  literal l = {.call = {.cx = cx, .model = cls->user, .key = o->key},
               .name = name,
               .type = type,
               .number = number,
               .text = text};
  JV_TRY(jvl_scripted_call(&l.call, literal_body));
  o->key = l.call.key;
  return JV_OK;
}

/* ---- definitions */

static const char *const functions_of_a_model[] = {"fit",   "forecast", "simulate", "components",
                                                   "apply", "update",   "explain",  "save",
                                                   "load",  NULL};

static const char *check_name(lua_State *L) {
  const char *name = jvl_field_text(L, 1, "name");
  if (!name) {
    jvl_misuse(L, "jv.model.define: name is missing");
    return "";
  }
  size_t len = strlen(name);
  bool fits = len > 0 && len < JV_OPT_TEXT_SIZE && !(name[0] >= '0' && name[0] <= '9');
  for (size_t i = 0; i < len; i++)
    fits = fits && (name[i] == '_' || (name[i] >= '0' && name[i] <= '9') ||
                    (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z'));
  if (!fits)
    jvl_misuse(L, "jv.model.define: a name has letters, digits and _, at most %d, got '%.80s'",
               JV_OPT_TEXT_SIZE - 1, name);
  if (jv_registry_is_builtin(name))
    jvl_misuse(L, "'%s' is a built-in model and cannot be redefined", name);
  return name;
}

static void check_definition(lua_State *L, const char *name) {
  static const char *const known[] = {
      "name",       "title",   "doc",     "source", "fit",        "forecast", "simulate",
      "components", "update",  "save",    "load",   "min_n",      "missing",  "seasonal",
      "positive",   "options", "explain", "apply",  "regressors", NULL};
  jvl_check_keys(L, 1, "jv.model.define", known);
  for (const char *const *f = functions_of_a_model; *f; f++) {
    int type = lua_getfield(L, 1, *f);
    bool required = f < functions_of_a_model + 2;
    if (type != LUA_TFUNCTION && (required || type != LUA_TNIL))
      jvl_misuse(L, "model '%s': %s must be a function, got %s", name, *f, lua_typename(L, type));
    lua_pop(L, 1);
  }
}

static bool flag(lua_State *L, const char *key) {
  lua_getfield(L, 1, key);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static unsigned tags_of(lua_State *L) {
  unsigned tags = JV_TAG_SCRIPTED | JV_TAG_SIMULATE;
  if (flag(L, "missing")) tags |= JV_TAG_MISSING;
  if (flag(L, "seasonal")) tags |= JV_TAG_SEASONAL;
  if (flag(L, "positive")) tags |= JV_TAG_POSITIVE;
  if (flag(L, "regressors")) tags |= JV_TAG_REGRESSORS;
  if (flag(L, "components")) tags |= JV_TAG_COMPONENTS;
  if (flag(L, "update")) tags |= JV_TAG_UPDATE;
  return tags;
}

/* A copy, so that what the script does with its table later changes nothing. */
static void copy_definition(lua_State *L) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, 1);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, 2);
  }
}

/* Classes that are retired and have no fit left, when no call into Lua is on its way: a caller up the
 * stack may hold a pointer that it has looked up. */
static void sweep(lua_State *L, const scripts *home) {
  if (home->depth > 0) return;
  jvl_scripted_store(L, "classes");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    const scripted *model = lua_touserdata(L, -1);
    if (!model->retired || model->fits > 0) continue;
    lua_pushvalue(L, -2);
    lua_pushnil(L);
    lua_rawset(L, -5); /* clearing a field during a walk is allowed */
  }
  lua_pop(L, 1);
}

static scripts *home_of(lua_State *L) {
  jvl_scripted_store(L, "home");
  scripts *home = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return home;
}

/* The class as userdata on top, its user value the copy of the definition at 2. */
static scripted *new_class(lua_State *L, const char *name, const jv_option *rows, size_t opt_size) {
  scripted *model = lua_newuserdatauv(L, sizeof *model, 1);
  memset(model, 0, sizeof *model);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, 1);
  model->home = home_of(L);
  double min_n = field_number(L, 2, "min_n", 1);
  if (!(min_n >= 1 && min_n < 1e9 && min_n == floor(min_n)))
    jvl_misuse(L, "model '%s': min_n is a whole number from 1 on, got %g", name, min_n);
  const char *title = jvl_field_text(L, 2, "title"), *doc = jvl_field_text(L, 2, "doc");
  model->cls = (jv_model_class){.name = name,
                                .title = title ? title : "A model written in Lua",
                                .doc = doc ? doc : "",
                                .source = jvl_field_text(L, 2, "source"),
                                .tags = tags_of(L),
                                .options = rows,
                                .opt_size = opt_size,
                                .min_n = (size_t)min_n,
                                .user = model,
                                .set_literal = set_literal};
  jvl_scripted_fill(&model->cls);
  if (!(model->cls.tags & JV_TAG_COMPONENTS)) model->cls.components = NULL;
  if (!(model->cls.tags & JV_TAG_UPDATE)) model->cls.update = NULL;
  if (lua_getfield(L, 2, "apply") == LUA_TNIL) model->cls.apply = NULL;
  lua_pop(L, 1);
  return model;
}

/* The scripted class that has this name now, or NULL. */
static scripted *class_named(const jv_registry *registry, const char *name) {
  for (size_t i = 0; i < jv_registry_count(registry); i++) {
    const jv_model_class *cls = jv_registry_at(registry, i);
    if (strcmp(cls->name, name) == 0 && (cls->tags & JV_TAG_SCRIPTED)) return cls->user;
  }
  return NULL;
}

static void count_definition(lua_State *L, const char *name) {
  jvl_scripted_store(L, "serial");
  lua_getfield(L, -1, "");
  lua_Integer n = lua_tointeger(L, -1) + 1;
  lua_pushinteger(L, n);
  lua_setfield(L, -3, "");
  lua_pushinteger(L, n);
  lua_setfield(L, -3, name);
  lua_pop(L, 2);
}

static int l_define(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  jv_ctx *cx = jvl_ctx(L);
  check_definition(L, check_name(L));
  copy_definition(L); /* 2 */
  const char *name = jvl_field_text(L, 2, "name");
  size_t opt_size;
  const jv_option *rows = read_rows(L, 2, name, &opt_size);
  scripted *model = new_class(L, name, rows, opt_size); /* 3 */
  jvl_scripted_store(L, "classes");
  lua_pushvalue(L, 3);
  lua_rawsetp(L, -2, model);
  lua_pop(L, 1);
  count_definition(L, name);
  scripted *old = class_named(cx->models, name);
  model->retired = true; /* until it is registered */
  jvl_check(L, jv_registry_add(cx, cx->models, &model->cls));
  model->retired = false;
  if (old) old->retired = true;
  sweep(L, model->home);
  lua_pushstring(L, name);
  return 1;
}

/* internal.model_serial(name): which definition of the name this is; nil before the first. */
static int l_serial(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  jvl_scripted_store(L, "serial");
  lua_pushvalue(L, 1);
  lua_rawget(L, 2);
  return 1;
}

/* ---- model files: looked for when a model that is not built in is named */

static int find_body(lua_State *L) {
  const scripted_call *call = lua_touserdata(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  if (lua_getfield(L, -1, "find_model") == LUA_TNIL) return 0;
  lua_pushstring(L, call->id);
  lua_call(L, 1, 0);
  return 0;
}

static jv_status find_model(jv_ctx *cx, void *ud, const char *name) {
  scripted any = {.home = ud};
  scripted_call call = {.cx = cx, .model = &any, .id = name};
  return jvl_scripted_call(&call, find_body);
}

static const jvl_function functions[] = {
    {"define", l_define,
     "jv.model.define{name=, fit=, forecast=, …} -> name\n\n"
     "Defines a model in Lua. It then works wherever a built-in one does: jv.fit(name, y), "
     "jv.backtest, panels, the command line.\n\n"
     "fit = function(y, opts) … end gets y as a series and the options given (opts.season is the "
     "seasonal period) and returns what forecast needs. A table may hold fitted (one-step means, "
     "as "
     "many as y), form, loglik, n_params, which the fit object then shows.\n\n"
     "forecast = function(fit, h, opts) … end returns h means, or a table {mean=, sd=} (normal; "
     "with "
     "df= Student), {quantiles={[0.1]={…}, [0.9]={…}}} or {paths={{…}, …}}. With means alone the "
     "intervals come from the model's own errors, measured by fitting it again at up to 20 earlier "
     "origins.\n\n"
     "Also: simulate = function(fit, h, random, opts) returns one path of h values (random() is "
     "uniform, random:normal() standard normal); components(fit, opts) a table of names and "
     "values; "
     "apply(fit, y, opts) what fit returns, with the parameters of a fit on another series; "
     "update(fit, y, opts) the fit with new observations; explain(fit, opts) members of "
     "fit:explain(): steps, coefficients, trace, or its own; save(fit, opts) and load(saved, opts) "
     "plain values for fit:save(). title, doc, source: texts for help(). min_n; missing = true "
     "(takes gaps), seasonal, positive: what it can take and needs; regressors = true: opts.xreg "
     "is "
     "then a table of series by name, in forecast and simulate those of the steps ahead. A "
     "transformation is made around the model, which sees y transformed. options: a list of rows "
     "{name=, "
     "type=\"number\"|\"integer\"|\"boolean\"|\"choice\"|\"text\", default=, min=, max=, choices=, "
     "doc=}; without it any option is passed on as it is.\n\n"
     "A file models/NAME.lua, in the working directory or under ~/.config/jevons/, that returns "
     "such "
     "a table or calls this function is run when its model is named, and again when it changes.\n\n"
     "Errors: invalid (a built-in name, an unknown field, no function); a wrong return value of a "
     "function is an error that names model and function."},
    {NULL, NULL, NULL}};

static void new_store(lua_State *L, jv_ctx *cx) {
  static const char *const tables[] = {"classes", "given", "fits", "serial"};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    lua_newtable(L);
    lua_setfield(L, -2, tables[i]);
  }
  scripts *home = lua_newuserdatauv(L, sizeof *home, 0);
  *home = (scripts){.cx = cx};
  lua_setfield(L, -2, "home");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &store_key);
  jv_registry_set_finder(cx->models, find_model, home);
}

void jvl_open_define(lua_State *L) {
  new_store(L, jvl_ctx(L));
  jvl_scripted_register(L);
  jvl_submodule(L, "model");
  jvl_document(L, "jv.model", "jv.model\n\nModels written in Lua: jv.model.define.");
  jvl_add(L, "jv.model", functions);
  lua_pop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_pushcfunction(L, l_serial);
  lua_setfield(L, -2, "model_serial");
  lua_pop(L, 2);
}
