/* A model written in Lua as a class: fit, forecast, and the spread of a forecast that gives means alone.
 *
 * Every call runs in protected mode and comes back as a status: core unwinds, and the binding that
 * called core rethrows the original error value. */
#include "scripted.h"
#include "fits.h"
#include "values.h"
#include <math.h>
#include <string.h>

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

/* The series that a fit is made on, where core knows only its calendar (in a backtest, a panel). */
static void push_dated(lua_State *L, const scripted_call *call) {
  jv_series **box = jvl_new_series(L);
  jvl_check(L, jv_series_new(call->cx, *call->start, call->n, call->y, box));
  jvl_check(L, jv_series_set_name(call->cx, *box, call->id ? call->id : ""));
}

static bool starts_at(lua_State *L, int idx, jv_period start) {
  const jv_series *s = jvl_test_series(L, idx);
  return s && s->start.ordinal == start.ordinal && s->start.freq.kind == start.freq.kind &&
         s->start.freq.anchor == start.freq.anchor;
}

static int fit_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  const scripted_opt *opt = call->fit->opt;
  jvl_scripted_store(L, call->key ? "given" : "fits");
  int like = call->applied ? call->applied : opt->like;
  lua_rawgeti(L, 2, call->key ? call->key : like); /* 3: {opts, y} or nil */
  if (lua_istable(L, 3))
    lua_getfield(L, 3, "y");
  else
    lua_pushnil(L);
  if (call->start && !starts_at(L, 4, *call->start)) {
    push_dated(L, call);
    lua_replace(L, 4);
  }
  jvl_scripted_push_y(L, call, 4);       /* 5 */
  jvl_scripted_push_options(L, call, 3); /* 6 */
  const char *function = call->applied ? "apply" : "fit";
  jvl_scripted_field(L, call->model, function);
  if (call->applied) jvl_scripted_entry(L, call->applied, "value");
  lua_pushvalue(L, 5);
  jvl_scripted_push_given(L, call, 6, 5, 0, call->n);
  lua_call(L, call->applied ? 3 : 2, 1); /* 7 */
  if (lua_isnil(L, 7)) return jvl_scripted_wrong(L, call->model, "%s returned nothing", function);
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

void jvl_scripted_free_names(jv_ctx *cx, scripted_state *s) {
  for (size_t i = 0; i < s->n_names; i++) jv_free(cx, s->names[i]);
  jv_free(cx, s->names);
  s->names = NULL;
  s->n_names = 0;
}

void jvl_scripted_free(jv_ctx *cx, jv_fit *fit) {
  scripted_state *s = fit->state;
  scripted *model = fit->cls->user;
  if (!s) return;
  if (s->ref) {
    scripted_call call = {.cx = cx, .model = model, .ref = s->ref};
    jvl_scripted_call(&call, drop_body); /* out of memory: the entry stays until the state closes */
    model->fits--;
  }
  jvl_scripted_free_names(cx, s);
  jv_free(cx, s->y);
  jv_free(cx, s->x);
  jv_free(cx, s->scale);
  jv_free(cx, s);
  fit->state = NULL;
}

jv_status jvl_scripted_new_state(jv_ctx *cx, const double *y, const double *x, size_t n,
                                 jv_fit *fit) {
  scripted_state *s = JV_NEW(cx, scripted_state);
  if (!s) return cx->status;
  fit->state = s;
  s->y = JV_ARRAY(cx, double, n);
  if (!s->y) return cx->status;
  if (y) memcpy(s->y, y, n * sizeof *y);
  if (!fit->k) return JV_OK;
  s->x = JV_ARRAY(cx, double, n * fit->k);
  if (!s->x) return cx->status;
  if (x) memcpy(s->x, x, n * fit->k * sizeof *x);
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

/* applied: reference of the fit whose parameters are taken, or 0. */
static jv_status make_fit(jv_ctx *cx, const jv_sample *sample, int applied, jv_fit *fit) {
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
                        .x = sample->x,
                        .k = fit->k,
                        .x_names = (const char *const *)fit->x_names,
                        .mapped = sample->transformed,
                        .applied = applied,
                        .key = opt->key};
  snprintf(fit->form, sizeof fit->form, "%s", fit->cls->name);
  jv_status status = jvl_scripted_new_state(cx, sample->y, sample->x, sample->n, fit);
  if (status == JV_OK) status = jvl_scripted_call(&call, fit_body);
  opt->key = 0; /* it is dropped when the call is over */
  if (status != JV_OK) {
    jvl_scripted_free(cx, fit);
    return status;
  }
  scripted_state *s = fit->state;
  s->ref = opt->like = call.ref;
  s->mapped = sample->transformed;
  model->fits++;
  finish_fit(&call);
  return JV_OK;
}

static jv_status scripted_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return make_fit(cx, sample, 0, fit);
}

jv_status jvl_scripted_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  JV_TRY(make_fit(cx, sample, ((const scripted_state *)from->state)->ref, fit));
  fit->sigma2 = from->sigma2;
  return JV_OK;
}

/* ---- forecast, and the same at an earlier origin */

static int forecast_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_field(L, call->model, "forecast");
  jvl_scripted_entry(L, call->ref, "value");
  lua_pushinteger(L, (lua_Integer)call->h);
  jvl_scripted_push_ahead(L, call);
  lua_call(L, 3, 1);
  jvl_scripted_read_forecast(L, 2, call);
  return 0;
}

/* Fit on call->y, n values, and forecast h steps: means only. */
static int origin_body(lua_State *L) {
  scripted_call *call = lua_touserdata(L, 1);
  jvl_scripted_entry(L, call->ref, "opts"); /* 2 */
  jvl_scripted_entry(L, call->ref, "y");    /* 3 */
  jvl_scripted_push_y(L, call, 3);          /* 4 */
  jvl_scripted_field(L, call->model, "forecast");
  jvl_scripted_field(L, call->model, "fit");
  lua_pushvalue(L, 4);
  jvl_scripted_push_given(L, call, 2, 4, 0, call->n);
  lua_call(L, 2, 1);
  if (lua_isnil(L, -1)) return jvl_scripted_wrong(L, call->model, "fit returned nothing");
  lua_pushinteger(L, (lua_Integer)call->h);
  scripted_call ahead = *call;
  if (call->x) ahead.x += call->n * call->k;
  jvl_scripted_push_given(L, &ahead, 2, 4, call->n, call->h);
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
                        .x = s->x,
                        .k = fit->k,
                        .x_names = (const char *const *)fit->x_names,
                        .mapped = s->mapped,
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
                        .x = fc->x,
                        .k = fit->k,
                        .x_names = (const char *const *)fit->x_names,
                        .mean = fc->mean,
                        .fc = fc};
  JV_TRY(jvl_scripted_call(&call, forecast_body));
  if (fc->dist == JV_DIST_POINT) fc->spread = jvl_scripted_spread;
  return JV_OK;
}
/* ---- the class */

void jvl_scripted_fill(jv_model_class *cls) {
  cls->fit = scripted_fit;
  cls->apply = jvl_scripted_apply;
  cls->forecast = scripted_forecast;
  cls->simulate = jvl_scripted_simulate;
  cls->components = jvl_scripted_components;
  cls->update = jvl_scripted_update;
  cls->explain = jvl_scripted_explain;
  cls->save = jvl_scripted_save;
  cls->load = jvl_scripted_load;
  cls->free_state = jvl_scripted_free;
}
