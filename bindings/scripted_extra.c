/* What a model written in Lua may do besides fit and forecast: simulate, components, update, save and
 * load; and the random streams that simulate draws from. */
#include "scripted.h"
#include "fits.h"
#include "model/state.h"
#include "values.h"
#include <cjson/cJSON.h>
#include <string.h>

/* ---- simulate */

/* draws comes first: a random stream as core has it. */
typedef struct random_stream {
  jv_draws draws;
  size_t innovations; /* drawn */
} random_stream;

static random_stream *check_stream(lua_State *L) { return luaL_checkudata(L, 1, "jevons.random"); }
static jv_rng *check_random(lua_State *L) { return &check_stream(L)->draws.rng; }

static int random_uniform(lua_State *L) {
  lua_pushnumber(L, jv_rng_uniform(check_random(L)));
  return 1;
}

static int random_normal(lua_State *L) {
  lua_pushnumber(L, jv_rng_normal(check_random(L)));
  return 1;
}

static int random_innovation(lua_State *L) {
  random_stream *stream = check_stream(L);
  stream->innovations++;
  lua_pushnumber(L, jv_draw(&stream->draws));
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
  jvl_scripted_entry(L, call->ref, "value"); /* 2 */
  jvl_scripted_push_ahead(L, call);          /* 3 */
  for (size_t k = 0; k < call->n_paths; k++) {
    jvl_check(L, jv_check_cancel(call->cx));
    jvl_scripted_field(L, call->model, "simulate");
    lua_pushvalue(L, 2);
    lua_pushinteger(L, (lua_Integer)call->h);
    random_stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
    *stream = (random_stream){jv_fit_draws(call->fit, k), 0};
    luaL_setmetatable(L, "jevons.random");
    lua_pushvalue(L, -1);
    lua_insert(L, 4); /* it stays */
    lua_pushvalue(L, 3);
    lua_call(L, 4, 1);
    bool drew = stream->innovations > 0;
    lua_remove(L, 4);
    if (call->fit->pool && !drew)
      return jvl_scripted_wrong(L, call->model,
                                "simulate draws no random:innovation(), so that no residuals can "
                                "take their place: interval = conformal");
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

jv_status jvl_scripted_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  const scripted_state *s = fit->state;
  jv_fit shadow = *fit;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .h = h,
                        .ref = s->ref,
                        .x = x,
                        .k = fit->k,
                        .x_names = (const char *const *)fit->x_names,
                        .paths = paths,
                        .n_paths = n_paths};
  JV_TRY(jvl_scripted_call(&call, has_simulate_body));
  if (call.key) return jvl_scripted_call(&call, simulate_body);
  if (fit->pool)
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: has no simulate function that residuals could be put into: interval = "
                   "conformal",
                   fit->cls->name);
  jv_forecast *fc = NULL;
  JV_TRY(jv_fit_forecast(cx, fit, h, x, &fc));
  jv_status status = jv_forecast_complete(cx, fc);
  if (status == JV_OK) status = jvl_scripted_draw(cx, fit, fc, n_paths, paths);
  jv_forecast_free(cx, fc);
  return status;
}

/* ---- components: the table is asked for twice, for the count and for the values */

static int components_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_field(L, call->model, "components");
  jvl_scripted_entry(L, call->ref, "value");
  jvl_scripted_entry(L, call->ref, "opts");
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
      return jvl_scripted_wrong(L, call->model, "components: %s has %zu value%s, wanted %zu",
                                s->names[k], n, n == 1 ? "" : "s", call->n);
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

jv_status jvl_scripted_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                  const char *const **names, double *values) {
  scripted_state *s = fit->state;
  jv_fit shadow = *fit;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = &shadow,
                        .n = fit->n,
                        .ref = s->ref,
                        .values = values};
  if (!values) jvl_scripted_free_names(cx, s);
  JV_TRY(jvl_scripted_call(&call, components_body));
  *count = s->n_names;
  *names = (const char *const *)s->names;
  return JV_OK;
}

/* ---- update */

static int update_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_entry(L, call->ref, "y");    /* 2 */
  jvl_scripted_entry(L, call->ref, "opts"); /* 3 */
  jvl_scripted_field(L, call->model, "update");
  jvl_scripted_entry(L, call->ref, "value");
  jvl_scripted_push_y(L, call, 2);
  jvl_scripted_push_given(L, call, 3, 2, call->first, call->n);
  lua_call(L, 3, 1); /* 4 */
  if (!lua_isnil(L, 4)) {
    lua_pushvalue(L, 4);
    jvl_scripted_set_entry(L, call->ref, "value");
  }
  return 0;
}

jv_status jvl_scripted_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  scripted_state *s = fit->state;
  scripted_call call = {.cx = cx,
                        .model = fit->cls->user,
                        .fit = fit,
                        .y = y,
                        .n = k,
                        .first = fit->n,
                        .id = fit->id,
                        .m = fit->m,
                        .x = x,
                        .k = fit->k,
                        .x_names = (const char *const *)fit->x_names,
                        .mapped = s->mapped,
                        .ref = s->ref};
  double *grown = jv_realloc(cx, s->y, fit->n + k, sizeof *grown);
  if (!grown) return cx->status;
  s->y = grown;
  if (x) {
    grown = jv_realloc(cx, s->x, (fit->n + k) * fit->k, sizeof *grown);
    if (!grown) return cx->status;
    s->x = grown;
  }
  JV_TRY(jvl_scripted_call(&call, update_body));
  if (x) memcpy(s->x + fit->n * fit->k, x, k * fit->k * sizeof *x);
  memcpy(s->y + fit->n, y, k * sizeof *y);
  jv_free(cx, s->scale);
  s->scale = NULL;
  return JV_OK;
}

/* ---- explain: the table's members beside those that every fit has */

static int explain_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  if (jvl_scripted_field(L, call->model, "explain") == LUA_TNIL) return 0;
  jvl_scripted_entry(L, call->ref, "value");
  jvl_scripted_entry(L, call->ref, "opts");
  lua_call(L, 2, 1); /* 2 */
  if (!lua_istable(L, 2))
    return jvl_scripted_wrong(L, call->model, "explain must return a table, got a %s",
                              luaL_typename(L, 2));
  jvl_sorted_keys(L, 2); /* 3 */
  for (lua_Integer i = 1; lua_rawgeti(L, 3, i) != LUA_TNIL; i++) {
    lua_getfield(L, 2, lua_tostring(L, 4));
    jvl_scripted_to_json(L, 5, call->into, lua_tostring(L, 4));
    lua_settop(L, 3);
  }
  return 0;
}

jv_status jvl_scripted_explain(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const scripted_state *s = fit->state;
  scripted_call call = {.cx = cx, .model = fit->cls->user, .ref = s->ref, .into = into};
  return jvl_scripted_call(&call, explain_body);
}

/* ---- save and load: the value that fit returned, as plain data */

static int save_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  if (jvl_scripted_field(L, call->model, "save"), lua_isnil(L, 2)) {
    jvl_scripted_entry(L, call->ref, "value");
  } else {
    jvl_scripted_entry(L, call->ref, "value");
    jvl_scripted_entry(L, call->ref, "opts");
    lua_call(L, 2, 1);
  }
  jvl_scripted_to_json(L, lua_gettop(L), call->into, "value");
  jvl_scripted_entry(L, call->ref, "opts");
  jvl_scripted_to_json(L, lua_gettop(L), call->into, "opts");
  return 0;
}

jv_status jvl_scripted_save(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const scripted_state *s = fit->state;
  scripted_call call = {.cx = cx, .model = fit->cls->user, .ref = s->ref, .into = into};
  JV_TRY(jv_state_set_reals(cx, into, "y", s->y, fit->n));
  if (s->x) JV_TRY(jv_state_set_reals(cx, into, "x", s->x, fit->n * fit->k));
  JV_TRY(jv_state_set_flag(cx, into, "mapped", s->mapped));
  return jvl_scripted_call(&call, save_body);
}

static int load_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_from_json(L, cJSON_GetObjectItemCaseSensitive(call->from, "opts"));  /* 2 */
  jvl_scripted_from_json(L, cJSON_GetObjectItemCaseSensitive(call->from, "value")); /* 3 */
  jvl_scripted_field(L, call->model, "load");
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

static jv_status load_values(jv_ctx *cx, const cJSON *from, const jv_fit *fit) {
  scripted_state *s = fit->state;
  JV_TRY(jv_state_get_reals(cx, from, "y", s->y, fit->n));
  if (s->x) JV_TRY(jv_state_get_reals(cx, from, "x", s->x, fit->n * fit->k));
  s->mapped = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(from, "mapped"));
  return JV_OK;
}

jv_status jvl_scripted_load(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  scripted *model = fit->cls->user;
  scripted_call call = {.cx = cx, .model = model, .fit = fit, .from = from};
  jv_status status = jvl_scripted_new_state(cx, NULL, NULL, fit->n, fit);
  if (status == JV_OK) status = load_values(cx, from, fit);
  if (status == JV_OK) status = jvl_scripted_call(&call, load_body);
  if (status != JV_OK) {
    jvl_scripted_free(cx, fit);
    return status;
  }
  ((scripted_state *)fit->state)->ref = call.ref;
  ((scripted_opt *)fit->opt)->like = call.ref;
  model->fits++;
  return JV_OK;
}

/* ---- random streams */

static const jvl_function random_methods[] = {
    {"normal", random_normal, "random:normal() -> number\n\nA standard normal draw."},
    {"innovation", random_innovation,
     "random:innovation() -> number\n\nA standardised innovation: standard normal, or with "
     "interval "
     "= bootstrap a residual in units of its standard deviation."},
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
