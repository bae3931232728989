/* Fit objects: what jv.fit gives. */
#include "fits.h"
#include "text/json.h"
#include "values.h"
#include <math.h>
#include <string.h>

static void release_fit(jv_ctx *cx, void *p) { jv_fit_free(cx, p); }

static jv_fit *check_fit(lua_State *L, int idx) { return jvl_unbox(L, idx, &jvl_fit_class); }

/* ---- shared with the other bindings of models */

int jvl_about(lua_State *L, int idx, const char *key) {
  lua_getiuservalue(L, idx, 1);
  int type = lua_getfield(L, -1, key);
  lua_remove(L, -2);
  return type;
}

const jv_series *jvl_about_series(lua_State *L, int idx) {
  jvl_about(L, idx, "series");
  const jv_series *s = jvl_test_series(L, -1);
  lua_pop(L, 1);
  return s;
}

size_t jvl_check_count(lua_State *L, int idx, const char *what, lua_Integer least) {
  enum { MOST = 100000000 }; /* sizes made of two counts stay far from overflow */
  int whole;
  lua_Integer n = lua_tointegerx(L, idx, &whole);
  if (!whole)
    jvl_bad_argument(L, idx, "%s must be a whole number, got %s", what,
                     lua_isnumber(L, idx) ? luaL_tolstring(L, idx, NULL) : luaL_typename(L, idx));
  if (n > MOST)
    jvl_bad_argument(L, idx, "%s must be at most %d, got %lld", what, (int)MOST, (long long)n);
  if (n < least)
    jvl_bad_argument(L, idx, "%s must be at least %lld, got %lld", what, (long long)least,
                     (long long)n);
  return (size_t)n;
}

void jvl_add_line(luaL_Buffer *b, const char *fmt, ...) {
  char line[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  luaL_addstring(b, line);
}

void jvl_sorted_keys(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  lua_newtable(L);
  int list = lua_gettop(L);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) jvl_misuse(L, "the keys of this table must be texts");
    lua_Integer at = ++n; /* insertion sort */
    for (; at > 1; at--) {
      lua_rawgeti(L, list, at - 1);
      bool placed = strcmp(lua_tostring(L, -1), lua_tostring(L, -3)) <= 0;
      if (placed) {
        lua_pop(L, 1);
        break;
      }
      lua_rawseti(L, list, at);
    }
    lua_pushvalue(L, -2);
    lua_rawseti(L, list, at);
  }
}

/* What is said of y itself, a scenario for instance, holds for what is made of it. */
static jv_evidence evidence_after(const jv_series *y) {
  for (size_t i = 0; y->mark && i < y->n; i++)
    if (y->mark[i].evidence == JV_EVIDENCE_SCENARIO) return JV_EVIDENCE_SCENARIO;
  return JV_EVIDENCE_ESTIMATED;
}

static void push_table(lua_State *L, const double *v, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushnumber(L, v[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void jvl_push_like(lua_State *L, const jv_series *y, int64_t offset, const double *v, size_t n) {
  jv_ctx *cx = jvl_ctx(L);
  jv_period start;
  jv_series *s = NULL;
  if (!y) {
    push_table(L, v, n);
    return;
  }
  jvl_check(L, jv_period_add(cx, y->start, offset, &start));
  void **box = jvl_box(L, &jvl_series_class);
  jvl_check(L, jv_series_new(cx, start, n, v, &s));
  *box = s;
  s->unit = y->unit;
  jvl_check(L, jv_series_set_name(cx, s, y->name));
  jvl_check(L, jv_series_mark(cx, s, evidence_after(y)));
}

void **jvl_new_fit(lua_State *L) {
  void **box = jvl_box(L, &jvl_fit_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return box;
}

/* ---- methods */

static int fit_fitted(lua_State *L) {
  const jv_fit *fit = check_fit(L, 1);
  jvl_push_like(L, jvl_about_series(L, 1), 0, fit->fitted, fit->n);
  return 1;
}

static int fit_residuals(lua_State *L) {
  const jv_fit *fit = check_fit(L, 1);
  jvl_push_like(L, jvl_about_series(L, 1), 0, fit->residuals, fit->n);
  return 1;
}

/* Memory of core that the collector frees when pushing throws. */
static const jvl_class block_class = {.name = "jevons.fit_memory",
                                      .doc = "fit_memory\n\nMemory of the core behind a fit.",
                                      .release = jv_free};

/* {name = series or table, …} */
static int fit_components(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  const jv_fit *fit = check_fit(L, 1);
  size_t count;
  const char *const *names;
  double *values = NULL;
  void **box = jvl_box(L, &block_class);
  jvl_check(L, jv_fit_components(cx, fit, &count, &names, &values));
  *box = values;
  lua_createtable(L, 0, (int)count);
  for (size_t k = 0; k < count; k++) {
    jvl_push_like(L, jvl_about_series(L, 1), 0, values + k * fit->n, fit->n);
    lua_setfield(L, -2, names[k]);
  }
  jvl_dress(L, "parts_meta");
  return 1;
}

/* Options of a call, a table at idx or nil: throws on others than `known`. */
static void check_call(lua_State *L, int idx, const char *what, const char *const *known) {
  if (lua_isnil(L, idx)) return;
  luaL_checktype(L, idx, LUA_TTABLE);
  jvl_check_keys(L, idx, what, known);
}

/* Pushes a field of the options at idx, or nil. */
static int push_field(lua_State *L, int idx, const char *key) {
  if (lua_istable(L, idx)) return lua_getfield(L, idx, key);
  lua_pushnil(L);
  return LUA_TNIL;
}

/* A seed out of {seed = …} at idx, or the fit's own. */
static uint64_t check_seed(lua_State *L, int idx, uint64_t deflt) {
  if (push_field(L, idx, "seed") == LUA_TNIL) return deflt;
  return (uint64_t)luaL_checkinteger(L, -1);
}

static int fit_simulate(lua_State *L) {
  jv_fit *fit = check_fit(L, 1);
  size_t h = jvl_check_count(L, 2, "h", 1), n = jvl_check_count(L, 3, "n", 1);
  static const char *const known[] = {"seed", "xreg", NULL};
  lua_settop(L, 4);
  check_call(L, 4, "simulate", known);
  uint64_t own = fit->seed, seed = check_seed(L, 4, own);
  push_field(L, 4, "xreg");
  const double *x = jvl_future_regressors(L, 1, lua_gettop(L), h);
  double *paths = jvl_scratch(L, n, h * sizeof *paths);
  fit->seed = seed;
  jv_status status = jv_fit_simulate(jvl_ctx(L), fit, h, x, n, paths);
  fit->seed = own;
  jvl_check(L, status);
  lua_createtable(L, (int)n, 0);
  for (size_t k = 0; k < n; k++) {
    push_table(L, paths + k * h, h);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  return 1;
}

/* y of the fit's table grown by k values, of which `more` (if a series) must be the continuation. */
static void push_grown(lua_State *L, const jv_series *y, const jv_series *more, const double *v,
                       size_t k) {
  jv_ctx *cx = jvl_ctx(L);
  int64_t gap = (int64_t)y->n;
  if (more) jvl_check(L, jv_period_diff(cx, more->start, y->start, &gap));
  if (gap != (int64_t)y->n) {
    char want[JV_PERIOD_TEXT], got[JV_PERIOD_TEXT];
    jv_period_format(jv_series_period(y, y->n - 1), want);
    jv_period_format(more->start, got);
    jvl_misuse(L, "update: new observations must follow %s at once, these start in %s", want, got);
  }
  if (more && !jv_unit_equal(more->unit, y->unit)) {
    char is[JV_UNIT_TEXT], was[JV_UNIT_TEXT];
    jv_unit_format(more->unit, is);
    jv_unit_format(y->unit, was);
    jvl_check(L, jv_fail(cx, JV_EUNIT, "update: the new observations are in %s, the series in %s",
                         *is ? is : "no unit", *was ? was : "no unit"));
  }
  double *all = jvl_scratch(L, y->n + k, sizeof *all);
  memcpy(all, y->value, y->n * sizeof *all);
  memcpy(all + y->n, v, k * sizeof *all);
  jvl_push_like(L, y, 0, all, y->n + k);
  lua_remove(L, -2);
}

static int fit_update(lua_State *L) {
  static const char *const known[] = {"xreg", NULL};
  jv_fit *fit = check_fit(L, 1);
  size_t k;
  lua_settop(L, 3);
  check_call(L, 3, "update", known);
  const double *v = jvl_check_values(L, 2, "y", &k);
  push_field(L, 3, "xreg");
  const double *x = jvl_future_regressors(L, 1, lua_gettop(L), k);
  const jv_series *y = jvl_about_series(L, 1);
  lua_getiuservalue(L, 1, 1);
  if (y)
    push_grown(L, y, jvl_test_series(L, 2), v, k);
  else
    lua_pushnil(L);
  jvl_check(L, jv_fit_update(jvl_ctx(L), fit, v, x, k));
  lua_setfield(L, -2, "series");
  lua_settop(L, 1);
  return 1;
}

/* fit:apply(y, {xreg = …}): the same parameters on another series. */
static int fit_apply(lua_State *L) {
  static const char *const known[] = {"xreg", NULL};
  const jv_fit *fit = check_fit(L, 1);
  lua_settop(L, 3);
  check_call(L, 3, "apply", known);
  const jv_series *y = jvl_test_series(L, 2);
  jv_sample sample = {.m = fit->m, .seed = fit->seed, .id = y ? y->name : ""};
  sample.start = y ? &y->start : NULL;
  sample.y = jvl_check_values(L, 2, "y", &sample.n);
  if (push_field(L, 3, "xreg") != LUA_TNIL)
    jvl_check_regressors(L, lua_gettop(L), y, sample.n, &sample);
  lua_createtable(L, 0, 2);
  if (y) {
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "series");
  }
  push_field(L, 3, "xreg");
  lua_setfield(L, -2, "xreg");
  void **box = jvl_new_fit(L);
  jv_fit *made = NULL;
  jvl_check(L, jv_fit_apply(jvl_ctx(L), fit, &sample, &made));
  *box = made;
  return 1;
}

static int fit_save(lua_State *L) {
  jv_ctx *cx = jvl_ctx(L);
  const jv_fit *fit = check_fit(L, 1);
  void **box = jvl_box(L, &block_class);
  char *json, *whole;
  jvl_check(L, jv_fit_save(cx, fit, &json));
  *box = json;
  jvl_check(L, jvl_saved_with_series(cx, json, jvl_about_series(L, 1), &whole));
  jvl_push_text(L, whole);
  return 1;
}

/* ---- fields and text */

static void release_tree(jv_ctx *cx, void *p) {
  (void)cx;
  cJSON_Delete(p);
}

static const jvl_class tree_class = {.name = "jevons.fit_tree",
                                     .doc = "fit_tree\n\nA saved fit on its way to Lua.",
                                     .release = release_tree};

/* The state of the fit as save writes it: the estimated parameters are its numbers. Pushes what holds
 * it; NULL for a model that cannot be saved. */
static const cJSON *push_state(lua_State *L, const jv_fit *fit) {
  jv_ctx *cx = jvl_ctx(L);
  void **text = jvl_box(L, &block_class), **box = jvl_box(L, &tree_class);
  char *json = NULL;
  cJSON *tree = NULL;
  if (jv_fit_save(cx, fit, &json) != JV_OK) return NULL;
  *text = json;
  jvl_check(L, jv_json_parse(cx, json, strlen(json), 0, &tree));
  *box = tree;
  return cJSON_GetObjectItemCaseSensitive(tree, "state");
}

/* Options as given or chosen, and the parameters estimated. */
static void push_params(lua_State *L, const jv_fit *fit) {
  if (fit->cls->tags & JV_TAG_SCRIPTED) {
    jvl_scripted_options(L, fit);
    return;
  }
  lua_newtable(L);
  int params = lua_gettop(L);
  for (const jv_option *row = fit->cls->options; row && row->name; row++) {
    jvl_push_option(L, row, fit->opt);
    lua_setfield(L, params, row->name);
  }
  const cJSON *item, *state = push_state(L, fit);
  cJSON_ArrayForEach(item, state) {
    if (cJSON_IsObject(item)) continue; /* a member of several models has parameters of its own */
    jvl_scripted_from_json(L, item);
    lua_setfield(L, params, item->string);
  }
  lua_settop(L, params);
}

static bool push_number_field(lua_State *L, const jv_fit *fit, const char *key) {
  const struct {
    const char *name;
    double value;
  } numbers[] = {{"loglik", fit->loglik},
                 {"aic", fit->aic},
                 {"aicc", fit->aicc},
                 {"bic", fit->bic},
                 {"sigma2", fit->sigma2}};
  const struct {
    const char *name;
    size_t value;
  } counts[] = {
      {"n", fit->n}, {"m", fit->m}, {"n_params", fit->n_params}, {"evaluations", fit->evaluations}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (strcmp(key, numbers[i].name) == 0) {
      lua_pushnumber(L, numbers[i].value);
      return true;
    }
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (strcmp(key, counts[i].name) == 0) {
      lua_pushinteger(L, (lua_Integer)counts[i].value);
      return true;
    }
  return false;
}

static int fit_index(lua_State *L) {
  const jv_fit *fit = check_fit(L, 1);
  if (jvl_method(L, &jvl_fit_class, 2)) return 1;
  const char *key = luaL_checkstring(L, 2);
  if (push_number_field(L, fit, key)) return 1;
  if (strcmp(key, "form") == 0)
    lua_pushstring(L, fit->form);
  else if (strcmp(key, "model") == 0)
    lua_pushstring(L, fit->cls->name);
  else if (strcmp(key, "converged") == 0)
    lua_pushboolean(L, fit->converged);
  else if (strcmp(key, "seed") == 0)
    lua_pushinteger(L, (lua_Integer)fit->seed);
  else if (strcmp(key, "params") == 0)
    push_params(L, fit);
  else if (strcmp(key, "can") == 0)
    jvl_push_can(L, fit->cls);
  else if (strcmp(key, "series") == 0)
    jvl_about(L, 1, "series");
  else
    lua_pushnil(L);
  return 1;
}

static void add_span(luaL_Buffer *b, const jv_series *y) {
  char from[JV_PERIOD_TEXT], to[JV_PERIOD_TEXT];
  if (!y || y->n == 0 || y->start.freq.kind == JV_FREQ_INDEX) return;
  jv_period_format(y->start, from);
  jv_period_format(jv_series_period(y, y->n - 1), to);
  jvl_add_line(b, ", %s to %s", from, to);
}

/* The numbers of a family that explains nothing itself; 0 and 1 are those of parts that the form
 * lacks. */
static void add_params(luaL_Buffer *b, const cJSON *numbers) {
  const cJSON *item;
  bool any = false;
  cJSON_ArrayForEach(item, numbers) {
    if (!cJSON_IsNumber(item) || item->valuedouble == 0 || item->valuedouble == 1) continue;
    jvl_add_line(b, "%s%s %.6g", any ? ", " : "\n  ", item->string, item->valuedouble);
    any = true;
  }
}

static double number_of(const cJSON *row, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, name);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* What was estimated, with standard errors in parentheses, a few on a line. */
static void add_coefficients(luaL_Buffer *b, const cJSON *list) {
  enum { ON_A_LINE = 4, MOST = 16 };
  const cJSON *row;
  int n = cJSON_GetArraySize(list), i = 0;
  cJSON_ArrayForEach(row, list) {
    if (i == MOST) break;
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "name"));
    double se = number_of(row, "se");
    jvl_add_line(b, "%s%s %.6g", i % ON_A_LINE ? ", " : "\n  ", name ? name : "?",
                 number_of(row, "estimate"));
    if (se > 0) jvl_add_line(b, " (%.3g)", se);
    i++;
  }
  if (n > i) jvl_add_line(b, ", %d more in explain()", n - i);
}

static int fit_tostring(lua_State *L) {
  const jv_fit *fit = check_fit(L, 1);
  const jv_series *y = jvl_about_series(L, 1);
  bool scripted = (fit->cls->tags & JV_TAG_SCRIPTED) != 0;
  const cJSON *told = scripted ? NULL : jvl_push_explanation(L, fit);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "%s", fit->form[0] ? fit->form : fit->cls->name);
  if (y && y->name[0]) jvl_add_line(&b, " of %.80s", y->name);
  jvl_add_line(&b, ": %zu observation%s", fit->n, fit->n == 1 ? "" : "s");
  add_span(&b, y);
  if (fit->m > 1) jvl_add_line(&b, ", season %zu", fit->m);
  add_params(&b, cJSON_GetObjectItemCaseSensitive(told, "parameters"));
  add_coefficients(&b, cJSON_GetObjectItemCaseSensitive(told, "coefficients"));
  if (!isnan(fit->sigma2)) jvl_add_line(&b, "\n  sigma2 %.6g", fit->sigma2);
  if (!isnan(fit->loglik))
    jvl_add_line(&b, "\n  log-likelihood %.6f, AIC %.6f, AICc %.6f, BIC %.6f", fit->loglik,
                 fit->aic, fit->aicc, fit->bic);
  if (!fit->converged)
    jvl_add_line(&b, "\n  not converged after %zu evaluations", fit->evaluations);
  luaL_pushresult(&b);
  return 1;
}

static const jvl_function methods[] = {
    {"forecast", jvl_fit_forecast,
     "fit:forecast(h [, {level=, xreg=}]) -> forecast\n\nThe next h periods: means and their "
     "distribution. level: percentages (80 or {80, 95}) whose intervals the printed table shows, "
     "also given bare, fit:forecast(8, {80, 95}); any other can be asked of the forecast. How "
     "intervals are made is an option of the fit: help \"interval\". xreg: the future values of a "
     "model's regressors, in "
     "the form in which the fit had them; not needed where those reach far enough."},
    {"condition", jvl_fit_condition,
     "fit:condition{known=, total=} -> fit\n\nThe fit given facts about the future: known = "
     "{[\"2025Q2\"] = 24.1e9} single values, total = {[\"2025\"] = 100e9} sums of a coarser "
     "period, from which what has been observed of it is taken off; a value is a number in the "
     "unit of the series or a "
     "quantity, or {value, standard deviation} of such. Keys of known are steps ahead where y was "
     "a table. Its forecasts, paths "
     "and annual totals hold to the facts; intervals narrow by what they say. Exact for structural "
     "models; for others by the joint normal distribution of the steps, whose correlations come "
     "from 4000 sample paths. Neither updated nor saved.\n\nErrors: data (facts that contradict "
     "each other, or periods behind), period."},
    {"fitted", fit_fitted,
     "fit:fitted() -> series or table\n\nOne-step forecasts within the data; missing where there "
     "is "
     "none. A series where y was one."},
    {"residuals", fit_residuals, "fit:residuals() -> series or table\n\ny less the fitted values."},
    {"components", fit_components,
     "fit:components() -> table\n\nThe parts of the model per observation, by name: level, trend, "
     "season …; of a transformed model on its scale.\n\nErrors: unsupported for a model without."},
    {"explain", jvl_fit_explain,
     "fit:explain() -> table\n\nWhat was done and why: model, form, options, numbers; steps "
     "(sentences), coefficients (name, estimate, se), trace (a row for each candidate tried), "
     "where "
     "the model has them. Printed, a text."},
    {"simulate", fit_simulate,
     "fit:simulate(h, n [, {seed=, xreg=}]) -> table of n tables\n\nSample paths of the next h "
     "periods. "
     "The same seed, series name and model give the same paths; path k does not depend on n or on "
     "h. Default: the seed of the fit (0)."},
    {"update", fit_update,
     "fit:update(y [, {xreg=}]) -> fit\n\nTakes new observations, a table or the series that "
     "follows at once, "
     "without estimating again; returns the same fit. Forecasts made before keep their numbers."
     "\n\nErrors: unsupported, period."},
    {"apply", fit_apply,
     "fit:apply(y [, {xreg=}]) -> fit\n\nThe same model with the same parameters on another series "
     "(or on more, or fewer, observations of this one): nothing is estimated."
     "\n\nErrors: unsupported for a model that cannot; data."},
    {"save", fit_save,
     "fit:save() -> text\n\nThe fit as JSON; jv.load(text) gives it back and forecasts the same "
     "numbers."},
    {NULL, NULL, NULL}};

static const luaL_Reg meta[] = {{"__index", fit_index}, {"__tostring", fit_tostring}, {NULL, NULL}};

const jvl_class jvl_fit_class = {
    .name = "jevons.fit",
    .doc = "fit\n\nA model fitted to a series. Fields: form (what was "
           "fitted), model, params (options as "
           "chosen or estimated), can (what the "
           "model can do: can.update, can.simulate, …), loglik aic aicc bic sigma2 n_params "
           "converged evaluations, n, m (the "
           "seasonal period), seed, series.",
    .release = release_fit,
    .methods = methods,
    .meta = meta};

void jvl_open_fit(lua_State *L) {
  jvl_class_register(L, &block_class);
  jvl_class_register(L, &tree_class);
  jvl_class_register(L, &jvl_fit_class);
}
