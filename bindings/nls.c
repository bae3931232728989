/* jv.stats.nls: nonlinear least squares with a model written in Lua. */
#include "numeric/nls.h"
#include "test_results.h"
#include "values.h"
#include <math.h>
#include <string.h>

#define RESULT "jevons.nls"

/* Stack of l_nls: 1 its table; 2 model, 3 gradient or nil, 4 keys of the parameters, 5 the table b
 * handed to the model, 6 keys of the columns of x (nil: numbers), 7 the row handed to it. */
enum { SPEC = 1, MODEL, GRADIENT, KEYS, B, COLUMNS, ROW };

typedef struct call {
  lua_State *L;
  const double *x; /* n x columns, column-major */
  size_t n, k, columns;
  const double *b;
  double *out;
  bool gradient;
} call;

static void release_nls(jv_ctx *cx, void *p) { jv_nls_free(cx, p); }

static const jvl_class nls_class = {.name = "jevons.nls_memory",
                                    .doc = "nls_memory\n\nWhat the core found.",
                                    .release = release_nls};

/* ---- the callback: 1 call, 2 model or gradient, 3 keys, 4 b, 5 columns, 6 row */

static void fill_b(lua_State *L, const call *c) {
  for (size_t j = 0; j < c->k; j++) {
    lua_rawgeti(L, 3, (lua_Integer)j + 1);
    lua_pushnumber(L, c->b[j]);
    lua_rawset(L, 4);
  }
}

/* Pushes what the model gets as x in row i: a number, or the row's table. */
static void push_x(lua_State *L, const call *c, size_t i) {
  if (lua_isnil(L, 5)) {
    lua_pushnumber(L, c->columns ? c->x[i] : (double)i + 1);
    return;
  }
  for (size_t j = 0; j < c->columns; j++) {
    lua_rawgeti(L, 5, (lua_Integer)j + 1);
    lua_pushnumber(L, c->x[i + j * c->n]);
    lua_rawset(L, 6);
  }
  lua_pushvalue(L, 6);
}

static double number_at(lua_State *L, int idx, const char *what, size_t i) {
  if (!lua_isnumber(L, idx))
    jvl_misuse(L, "nls: %s must return a number, in row %d it returned %s", what, (int)i + 1,
               luaL_typename(L, idx));
  return lua_tonumber(L, idx);
}

static void take_gradient(lua_State *L, const call *c, size_t i) {
  if (!lua_istable(L, -1))
    jvl_misuse(L, "nls: gradient must return a table of %d numbers, got %s", (int)c->k,
               luaL_typename(L, -1));
  for (size_t j = 0; j < c->k; j++) {
    lua_rawgeti(L, 3, (lua_Integer)j + 1);
    lua_gettable(L, -2);
    c->out[i + j * c->n] = number_at(L, -1, "each member of gradient", i);
    lua_pop(L, 1);
  }
}

static int evaluate_body(lua_State *L) {
  const call *c = lua_touserdata(L, 1);
  fill_b(L, c);
  for (size_t i = 0; i < c->n; i++) {
    lua_pushvalue(L, 2);
    push_x(L, c, i);
    lua_pushvalue(L, 4);
    lua_call(L, 2, 1);
    if (c->gradient)
      take_gradient(L, c, i);
    else
      c->out[i] = number_at(L, -1, "model", i);
    lua_pop(L, 1);
  }
  return 0;
}

static int keep_body(lua_State *L) {
  jvl_keep_error(L);
  return 0;
}

static jv_status evaluate(jv_ctx *cx, call *c, const double *b, double *out, bool gradient) {
  lua_State *L = c->L;
  c->b = b;
  c->out = out;
  c->gradient = gradient;
  lua_pushcfunction(L, evaluate_body);
  lua_pushlightuserdata(L, c);
  lua_pushvalue(L, gradient ? GRADIENT : MODEL);
  for (int i = KEYS; i <= ROW; i++) lua_pushvalue(L, i);
  int code = lua_pcall(L, ROW - KEYS + 3, 0, 0);
  jvl_set_thread(cx, L);
  if (code == LUA_OK) return JV_OK;
  if (code == LUA_ERRMEM) {
    lua_pop(L, 1);
    return jv_fail(cx, JV_ENOMEM, "out of memory in Lua");
  }
  jv_fail(cx, JV_EUSER, "nls: the model failed");
  lua_pushcfunction(L, keep_body);
  lua_insert(L, -2);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return JV_EUSER;
  lua_pop(L, 1);
  return jv_fail(cx, JV_ENOMEM, "out of memory for an error of Lua");
}

static jv_status value(jv_ctx *cx, void *data, const double *b, double *fitted) {
  return evaluate(cx, data, b, fitted, false);
}

static jv_status jacobian(jv_ctx *cx, void *data, const double *b, double *out) {
  return evaluate(cx, data, b, out, true);
}

/* ---- reading the arguments */

/* Pushes the keys of the table at idx: 1 .. n for a list, else its names in order. */
static void push_keys(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  if (n == 0) {
    jvl_sorted_keys(L, idx);
    return;
  }
  lua_createtable(L, (int)n, 0);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_pushinteger(L, i);
    lua_rawseti(L, -2, i);
  }
}

static double *take_start(lua_State *L, size_t *k) {
  if (lua_getfield(L, SPEC, "start") != LUA_TTABLE)
    jvl_misuse(L, "nls: start is a table of first values of the parameters");
  int start = lua_gettop(L);
  push_keys(L, start);
  lua_replace(L, KEYS);
  *k = lua_rawlen(L, KEYS);
  double *b = jvl_scratch(L, *k, sizeof *b);
  for (size_t j = 0; j < *k; j++) {
    lua_rawgeti(L, KEYS, (lua_Integer)j + 1);
    lua_pushvalue(L, -1);
    if (lua_gettable(L, start) != LUA_TNUMBER)
      jvl_misuse(L, "nls: the start of parameter %s must be a number, got %s",
                 luaL_tolstring(L, -2, NULL), luaL_typename(L, -1));
    b[j] = lua_tonumber(L, -1);
    lua_pop(L, 2);
  }
  return b;
}

static void copy_column(lua_State *L, double *to, size_t n) {
  size_t have;
  int top = lua_gettop(L);
  const double *v = jvl_check_values(L, -1, "nls: x", &have);
  if (have != n) jvl_misuse(L, "nls: x has %d values and y %d", (int)have, (int)n);
  memcpy(to, v, n * sizeof *to);
  lua_settop(L, top);
}

/* x: absent, one column of numbers, or columns in a list or by name. Its value is on top. */
static double *take_x(lua_State *L, size_t n, size_t *columns) {
  int x = lua_gettop(L);
  *columns = 0;
  if (lua_isnil(L, x)) return NULL;
  *columns = 1;
  bool several =
      lua_istable(L, x) && lua_rawgeti(L, x, 1) != LUA_TNUMBER && !jvl_test_quantity(L, -1);
  lua_settop(L, x);
  if (several) {
    push_keys(L, x);
    lua_replace(L, COLUMNS);
    *columns = lua_rawlen(L, COLUMNS);
  }
  double *v = jvl_scratch(L, n * (*columns), sizeof *v);
  for (size_t j = 0; j < *columns; j++) {
    if (several) {
      lua_rawgeti(L, COLUMNS, (lua_Integer)j + 1);
      lua_gettable(L, x);
    } else {
      lua_pushvalue(L, x);
    }
    copy_column(L, v + j * n, n);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < n * (*columns); i++)
    if (!isfinite(v[i])) jvl_misuse(L, "nls: x is missing or infinite in row %d", (int)(i % n) + 1);
  return v;
}

/* ---- the result */

/* Pushes {v…}, by position and by name. */
static void push_by_key(lua_State *L, const double *v, size_t k) {
  lua_createtable(L, (int)k, (int)k);
  for (size_t j = 0; j < k; j++) {
    lua_pushnumber(L, v[j]);
    lua_rawseti(L, -2, (lua_Integer)j + 1);
    lua_rawgeti(L, KEYS, (lua_Integer)j + 1);
    lua_pushnumber(L, v[j]);
    lua_rawset(L, -3);
  }
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void push_result(lua_State *L, const jv_nls *fit, const jv_series *y) {
  const struct {
    const char *name;
    const double *v;
  } rows[] = {{"coef", fit->coef}, {"se", fit->se}, {"t", fit->t}, {"p_value", fit->p_value}};
  lua_createtable(L, 0, 20);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    push_by_key(L, rows[i].v, fit->k);
    lua_setfield(L, -2, rows[i].name);
  }
  jvl_push_like(L, y, 0, fit->fitted, fit->n);
  lua_setfield(L, -2, "fitted");
  jvl_push_like(L, y, 0, fit->residuals, fit->n);
  lua_setfield(L, -2, "residuals");
  lua_pushvalue(L, KEYS);
  lua_setfield(L, -2, "names");
  lua_pushvalue(L, MODEL);
  lua_setfield(L, -2, "model");
  set_number(L, "rss", fit->rss);
  set_number(L, "sigma", fit->sigma);
  set_number(L, "df", fit->df);
  set_number(L, "loglik", fit->loglik);
  set_number(L, "aic", fit->aic);
  lua_pushinteger(L, (lua_Integer)fit->n_used);
  lua_setfield(L, -2, "n");
  lua_pushinteger(L, (lua_Integer)fit->iterations);
  lua_setfield(L, -2, "iterations");
  lua_pushinteger(L, (lua_Integer)fit->evaluations);
  lua_setfield(L, -2, "evaluations");
  lua_pushboolean(L, fit->converged);
  lua_setfield(L, -2, "converged");
  lua_pushboolean(L, fit->singular);
  lua_setfield(L, -2, "singular");
  luaL_setmetatable(L, RESULT);
}

/* Reads a function of the table into place `to`. */
static void take_function(lua_State *L, const char *name, int to, bool needed) {
  if (lua_getfield(L, SPEC, name) != LUA_TFUNCTION && (needed || !lua_isnil(L, -1)))
    jvl_misuse(L, "nls: %s must be a function(x, b), got %s", name, luaL_typename(L, -1));
  lua_replace(L, to);
}

static int l_nls(lua_State *L) {
  static const char *const own[] = {"model", "gradient", "start", "x", "y", NULL};
  jv_nls_options opt;
  jv_nls *fit = NULL;
  call c = {.L = L};
  luaL_checktype(L, SPEC, LUA_TTABLE);
  lua_settop(L, ROW);
  jvl_options(L, SPEC, "nls", jv_nls_option_rows, &opt, own);
  take_function(L, "model", MODEL, true);
  take_function(L, "gradient", GRADIENT, false);
  lua_pushnil(L);
  lua_replace(L, COLUMNS);
  const double *start = take_start(L, &c.k);
  lua_getfield(L, SPEC, "y");
  const jv_series *series = jvl_test_series(L, -1);
  const double *y = jvl_check_values(L, -1, "nls: y", &c.n);
  lua_getfield(L, SPEC, "x");
  c.x = take_x(L, c.n, &c.columns);
  lua_createtable(L, 0, (int)c.k);
  lua_replace(L, B);
  lua_createtable(L, 0, (int)c.columns);
  lua_replace(L, ROW);
  bool exact = !lua_isnil(L, GRADIENT);
  jv_nls_model model = {c.n, c.k, &c, value, exact ? jacobian : NULL};
  void **box = jvl_box(L, &nls_class);
  luaL_checkstack(L, LUA_MINSTACK, "nls");
  jvl_check(L, jv_nls_fit(jvl_ctx(L), &model, y, start, &opt, &fit));
  *box = fit;
  push_result(L, fit, series);
  return 1;
}

/* nls:predict(x): model(x, coef), for one x or a list of them. */
static int nls_predict(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  lua_getfield(L, 1, "model");
  lua_getfield(L, 1, "coef");
  if (!lua_isfunction(L, 3)) jvl_misuse(L, "nls: this result has lost its model");
  lua_pushvalue(L, 3);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 4);
  lua_call(L, 2, 1);
  return 1;
}

/* ---- printing */

/* A number of the list that field `name` of the result holds. */
static double member(lua_State *L, const char *name, lua_Integer j) {
  lua_getfield(L, 1, name);
  double value = NAN;
  if (lua_istable(L, -1)) {
    lua_rawgeti(L, -1, j);
    if (lua_isnumber(L, -1)) value = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return value;
}

static double field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  double value = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : NAN;
  lua_pop(L, 1);
  return value;
}

static bool flag(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static int nls_tostring(lua_State *L) {
  luaL_Buffer b;
  char name[48];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "names");
  size_t k = lua_istable(L, 2) ? lua_rawlen(L, 2) : 0;
  bool converged = flag(L, "converged"), singular = flag(L, "singular");
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "Nonlinear least squares on %g values, %g iterations%s\n", field(L, "n"),
               field(L, "iterations"), converged ? "" : ", not converged");
  jvl_add_line(&b, "  %-12s %14s %14s %9s %9s\n", "", "estimate", "std. error", "t", "p");
  for (lua_Integer j = 1; j <= (lua_Integer)k; j++) {
    lua_rawgeti(L, 2, j);
    if (lua_type(L, -1) == LUA_TSTRING)
      snprintf(name, sizeof name, "%.40s", lua_tostring(L, -1));
    else
      snprintf(name, sizeof name, "b[%lld]", (long long)j);
    lua_pop(L, 1);
    jvl_add_line(&b, "  %-12s %14.7g %14.7g %9.3f %9.3g\n", name, member(L, "coef", j),
                 member(L, "se", j), member(L, "t", j), member(L, "p_value", j));
  }
  jvl_add_line(&b, "  residual sd %.6g on %g degrees of freedom, sum of squares %.6g%s",
               field(L, "sigma"), field(L, "df"), field(L, "rss"),
               singular ? "\n  the parameters are not determined: no standard errors" : "");
  luaL_pushresult(&b);
  return 1;
}

static const jvl_function methods[] = {{"predict", nls_predict,
                                        "nls:predict(x) -> number\n\nmodel(x, coef): what the "
                                        "fitted model gives at one x, or at one row "
                                        "of columns in the shape that the model takes."},
                                       {NULL, NULL, NULL}};

static const jvl_function functions[] = {
    {"nls", l_nls,
     "jv.stats.nls{model=, start=, y=, x=, gradient=, …} -> result\n\n"
     "Nonlinear least squares: the b that minimises the sum of (y - model(x, b))^2. model is a "
     "function(x, b) that returns a number; b is a table with the keys of start ({1, 0.5} or {rate "
     "= 0.1}). x is a series or a table of numbers, of which the model gets one, or a list or "
     "named "
     "table of such columns, of which it gets a row ({x1, x2} or {time = …}; the same table each "
     "time); without x it gets 1, 2, …. gradient, a function like model that returns the "
     "derivatives under the keys of b, replaces differences.\n\n"
     "The result has coef, se, t, p_value (by position and by name), names, rss, sigma (residual "
     "standard deviation), df, n, loglik, aic, fitted, residuals, converged, singular, iterations, "
     "evaluations, and result:predict(x); it prints as a table. Missing y are left out. The "
     "minimum "
     "is a local one: try several starts.\n\n"
     "Errors: data (too few values, model not finite at the start), invalid; an error in the model "
     "is passed on.\nSource: More (1978); Nielsen (1999). Met: NIST's nonlinear files from both "
     "starts."},
    {NULL, NULL, NULL}};

void jvl_open_nls(lua_State *L) {
  jvl_class_register(L, &nls_class);
  luaL_newmetatable(L, RESULT);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, methods[0].fn);
  lua_setfield(L, -2, methods[0].name);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, nls_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  jvl_document_class(L, "nls",
                     "nls\n\nA nonlinear regression, as jv.stats.nls gives it. Fields: coef se t "
                     "p_value (by position and by name), names, rss sigma df n loglik aic fitted "
                     "residuals converged singular iterations evaluations.",
                     methods);
  jvl_submodule(L, "stats");
  jvl_add(L, "jv.stats", functions);
  jvl_document_options(L, "jv.stats.nls", jv_nls_option_rows);
  lua_pop(L, 1);
}
