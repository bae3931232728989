/* Regressors out of Lua values: a series, a list or a named table of series or of plain lists, laid out
 * as core wants them, row by row over the periods asked for. */
#include "fits.h"
#include "values.h"
#include <math.h>
#include <string.h>

/* The rows wanted: n periods from `offset` after the start of y; y NULL: undated. */
typedef struct rows {
  const jv_series *y;
  int64_t offset;
  size_t n;
} rows;

static void name_period(const rows *r, size_t i, char *out) {
  jv_period p = {r->y->start.ordinal + r->offset + (int64_t)i, r->y->start.freq};
  jv_period_format(p, out);
}

/* Throws with the first period that has no value, and how many there are. */
static void check_complete(lua_State *L, const rows *r, const char *name, const double *x,
                           size_t k) {
  size_t missing = 0, first = 0;
  for (size_t i = r->n; i-- > 0;)
    if (!isfinite(x[i * k])) {
      first = i;
      missing++;
    }
  if (missing == 0) return;
  char when[64], more[48] = "";
  snprintf(when, sizeof when, "observation %zu", first + 1);
  if (r->y) name_period(r, first, when);
  if (missing > 1) snprintf(more, sizeof more, " and %zu more of the periods", missing - 1);
  jvl_misuse(L, "xreg: '%.60s' has no value in %s%s", name, when, more);
}

/* By period where both are dated, else by position. */
static void fill_series(lua_State *L, const rows *r, const char *name, const jv_series *s,
                        double *x, size_t k) {
  jv_ctx *cx = jvl_ctx(L);
  if (!r->y && s->n != r->n)
    jvl_misuse(L, "xreg: '%.60s' has %zu values, wanted %zu", name, s->n, r->n);
  for (size_t i = 0; i < r->n; i++) {
    int64_t at = (int64_t)i;
    if (r->y) {
      jv_period p = {r->y->start.ordinal + r->offset + (int64_t)i, r->y->start.freq};
      jvl_check(L, jv_series_index(cx, s, p, &at));
    }
    x[i * k] = at < 0 ? NAN : s->value[at];
  }
}

/* The column at idx into x[0], x[k], …. */
static void fill_column(lua_State *L, int idx, const rows *r, const char *name, double *x,
                        size_t k) {
  const jv_series *s = jvl_test_series(L, idx);
  if (s)
    fill_series(L, r, name, s, x, k);
  else {
    size_t n;
    const double *v = jvl_check_values(L, idx, name, &n);
    if (n != r->n) jvl_misuse(L, "xreg: '%.60s' has %zu values, wanted %zu", name, n, r->n);
    for (size_t i = 0; i < n; i++) x[i * k] = v[i];
    lua_pop(L, 1);
  }
  check_complete(L, r, name, x, k);
}

/* Is the value at idx one column: a series, or a list of numbers? */
static bool is_column(lua_State *L, int idx) {
  if (jvl_test_series(L, idx)) return true;
  if (!lua_istable(L, idx)) return false;
  jv_quantity q;
  lua_rawgeti(L, idx, 1);
  bool number = jvl_to_quantity(L, -1, &q);
  lua_pop(L, 1);
  return number;
}

/* The name of column j (from 1) of a list: that of a series with one of its own, else xJ. */
static void push_name(lua_State *L, int column, int names, size_t j) {
  const jv_series *s = jvl_test_series(L, column);
  bool own = s && s->name[0];
  for (lua_Integer i = 1; own && i < (lua_Integer)j; i++) {
    lua_rawgeti(L, names, i);
    own = strcmp(lua_tostring(L, -1), s->name) != 0;
    lua_pop(L, 1);
  }
  if (own)
    lua_pushstring(L, s->name);
  else
    lua_pushfstring(L, "x%d", (int)j);
}

/* Pushes a list of the columns of the value at idx, and one of their names. */
static size_t push_columns(lua_State *L, int idx) {
  lua_newtable(L);
  lua_newtable(L);
  int columns = lua_gettop(L) - 1, names = columns + 1;
  if (is_column(L, idx)) {
    lua_pushvalue(L, idx);
    lua_rawseti(L, columns, 1);
    push_name(L, idx, names, 1);
    lua_rawseti(L, names, 1);
    return 1;
  }
  if (!lua_istable(L, idx))
    jvl_misuse(L, "xreg: a series, or a table of series or lists is wanted, got a %s",
               luaL_typename(L, idx));
  size_t k = lua_rawlen(L, idx);
  if (k == 0) {
    jvl_sorted_keys(L, idx);
    lua_replace(L, names);
    k = lua_rawlen(L, names);
  }
  for (size_t j = 1; j <= k; j++) {
    bool named = lua_rawlen(L, idx) == 0;
    if (named) {
      lua_rawgeti(L, names, (lua_Integer)j);
      lua_rawget(L, idx);
    } else
      lua_rawgeti(L, idx, (lua_Integer)j);
    if (!is_column(L, lua_gettop(L)))
      jvl_misuse(L, "xreg: column %d is no series and no list of numbers", (int)j);
    if (!named) push_name(L, lua_gettop(L), names, j);
    if (!named) lua_rawseti(L, names, (lua_Integer)j);
    lua_rawseti(L, columns, (lua_Integer)j);
  }
  if (k == 0) jvl_misuse(L, "xreg: this table is empty");
  return k;
}

const double *jvl_check_regressors(lua_State *L, int idx, const jv_series *y, size_t n,
                                   jv_sample *sample) {
  const rows r = {y, 0, n};
  idx = lua_absindex(L, idx);
  size_t k = push_columns(L, idx);
  int names = lua_gettop(L), columns = names - 1;
  double *x = jvl_scratch(L, n, k * sizeof *x);
  const char **list = jvl_scratch(L, k, sizeof *list);
  for (size_t j = 0; j < k; j++) {
    lua_rawgeti(L, names, (lua_Integer)j + 1);
    list[j] = lua_tostring(L, -1); /* the list of names keeps it */
    lua_rawgeti(L, columns, (lua_Integer)j + 1);
    fill_column(L, lua_gettop(L), &r, list[j], x + j, k);
    lua_settop(L, names + 2);
  }
  sample->x = x;
  sample->k = k;
  sample->x_names = list;
  return x;
}

/* Pushes the column of regressor j: by its name out of a named table, else by its place. */
static void push_given(lua_State *L, int idx, const jv_fit *fit, size_t j) {
  const char *name = fit->x_names[j];
  if (is_column(L, idx)) {
    if (fit->k != 1)
      jvl_misuse(L, "xreg: the model has %d regressors, this is one of them", (int)fit->k);
    lua_pushvalue(L, idx);
    return;
  }
  if (!lua_istable(L, idx))
    jvl_misuse(L, "xreg: a series, or a table of series or lists is wanted, got a %s",
               luaL_typename(L, idx));
  size_t n = lua_rawlen(L, idx);
  if (n > 0 && n != fit->k)
    jvl_misuse(L, "xreg: the model has %d regressors, got %d", (int)fit->k, (int)n);
  if (n > 0)
    lua_rawgeti(L, idx, (lua_Integer)j + 1);
  else if (lua_getfield(L, idx, name) == LUA_TNIL)
    jvl_misuse(L, "xreg: regressor '%.60s' of the model is not given", name);
  if (!is_column(L, lua_gettop(L)))
    jvl_misuse(L, "xreg: '%.60s' is no series and no list of numbers", name);
}

const double *jvl_future_regressors(lua_State *L, int fit_idx, int idx, size_t h) {
  const jv_fit *fit = jvl_unbox(L, fit_idx, &jvl_fit_class);
  const jv_series *y = jvl_about_series(L, fit_idx);
  const rows r = {y, (int64_t)fit->n, h};
  idx = lua_absindex(L, idx);
  bool given = !lua_isnoneornil(L, idx);
  if (fit->k == 0) {
    if (given)
      jvl_misuse(L, "xreg: %s was fitted without regressors, so it takes no values of them",
                 fit->cls->name);
    return NULL;
  }
  if (!given) { /* those of the fit may reach into the future */
    if (jvl_about(L, fit_idx, "xreg") == LUA_TNIL || !y) return NULL;
    idx = lua_gettop(L);
  }
  double *x = jvl_scratch(L, h, fit->k * sizeof *x);
  int top = lua_gettop(L);
  for (size_t j = 0; j < fit->k; j++) {
    push_given(L, idx, fit, j);
    if (!given && !jvl_test_series(L, -1)) return NULL; /* core says what is wanted */
    fill_column(L, lua_gettop(L), &r, fit->x_names[j], x + j, fit->k);
    lua_settop(L, top);
  }
  return x;
}
