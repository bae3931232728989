/* jv.stats.ols: least squares on series or tables, and the regression object with its table. */
#include "fits.h"
#include "numeric/ols.h"
#include <math.h>
#include <string.h>

static void release_ols(jv_ctx *cx, void *p) { jv_ols_free(cx, p); }

extern const jvl_class jvl_ols_class;

static const jv_ols *check_ols(lua_State *L, int idx) { return jvl_unbox(L, idx, &jvl_ols_class); }

/* ---- gathering y and the columns of X

   Stack of l_ols: 1 y, 2 X, 3 options, 4 list of columns, 5 their names. */

enum { Y = 1, X = 2, OPTIONS = 3, COLUMNS = 4, NAMES = 5 };

static void add_column(lua_State *L, lua_Integer k, const char *fallback) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, COLUMNS, k);
  const jv_series *s = jvl_test_series(L, -1);
  if (s && s->name[0])
    lua_pushstring(L, s->name);
  else
    lua_pushstring(L, fallback);
  lua_rawseti(L, NAMES, k);
  lua_pop(L, 1);
}

/* {name = column, …}: in the order of the names, which a table does not keep. */
static void collect_named(lua_State *L) {
  jvl_sorted_keys(L, X);
  lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, -1, k);
    lua_pushvalue(L, -1);
    lua_gettable(L, X);
    lua_rawseti(L, COLUMNS, k);
    lua_rawseti(L, NAMES, k);
  }
  lua_pop(L, 1);
}

static bool is_number(lua_State *L, int idx) {
  jv_quantity q;
  return lua_isnumber(L, idx) || jvl_to_quantity(L, idx, &q);
}

/* One series, one column of numbers, a list of columns, or columns by name. */
static void collect_columns(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  if (jvl_test_series(L, X)) {
    lua_pushvalue(L, X);
    add_column(L, 1, "x");
    return;
  }
  if (!lua_istable(L, X))
    jvl_misuse(L, "ols: X is a series, a table of numbers, or a table of such columns, got %s",
               luaL_typename(L, X));
  lua_Integer n = (lua_Integer)lua_rawlen(L, X);
  if (n == 0) {
    collect_named(L);
    return;
  }
  lua_rawgeti(L, X, 1);
  bool plain = is_number(L, -1);
  lua_pop(L, 1);
  for (lua_Integer k = 1; k <= (plain ? 1 : n); k++) {
    char fallback[32];
    snprintf(fallback, sizeof fallback, plain ? "x" : "x%lld", (long long)k);
    if (plain)
      lua_pushvalue(L, X);
    else
      lua_rawgeti(L, X, k);
    add_column(L, k, fallback);
  }
}

/* Names given in the options stand over those of the series. */
static void override_names(lua_State *L) {
  if (!lua_istable(L, OPTIONS)) return;
  if (lua_getfield(L, OPTIONS, "names") != LUA_TNIL) {
    luaL_argexpected(L, lua_istable(L, -1), OPTIONS, "names = {…}");
    if (lua_rawlen(L, -1) != lua_rawlen(L, COLUMNS))
      jvl_misuse(L, "ols: %d columns, but %d names", (int)lua_rawlen(L, COLUMNS),
                 (int)lua_rawlen(L, -1));
    for (lua_Integer k = 1; k <= (lua_Integer)lua_rawlen(L, COLUMNS); k++) {
      if (lua_rawgeti(L, -1, k) != LUA_TSTRING) jvl_misuse(L, "ols: names are texts");
      lua_rawseti(L, NAMES, k);
    }
  }
  lua_pop(L, 1);
}

/* ---- alignment */

/* The periods that y and all columns that are series share. */
typedef struct window {
  jv_period start;
  int64_t n;
  bool dated; /* y is a series and so are all columns */
} window;

static const jv_series *column_series(lua_State *L, lua_Integer k) {
  lua_rawgeti(L, COLUMNS, k);
  const jv_series *s = jvl_test_series(L, -1);
  lua_pop(L, 1);
  return s; /* kept alive by the list */
}

static window shared_window(lua_State *L, lua_Integer k) {
  jv_ctx *cx = jvl_ctx(L);
  const jv_series *y = jvl_test_series(L, Y);
  window w = {.dated = y != NULL};
  if (!y) return w;
  w.start = y->start;
  w.n = (int64_t)y->n;
  for (lua_Integer j = 1; j <= k; j++) {
    const jv_series *s = column_series(L, j);
    int64_t offset;
    if (!s) return (window){.dated = false};
    jvl_check(L, jv_period_diff(cx, s->start, w.start, &offset));
    if (offset > 0) {
      w.start = s->start;
      w.n -= offset;
      offset = 0;
    }
    if (w.n > (int64_t)s->n + offset) w.n = (int64_t)s->n + offset;
  }
  if (w.n < 1) jvl_misuse(L, "ols: y and the columns of X have no period in common");
  return w;
}

/* The values at idx over the window, n of them, copied to `to`. */
static void copy_values(lua_State *L, int idx, const window *w, const char *what, double *to,
                        size_t n) {
  size_t have;
  int64_t offset = 0;
  const double *from = jvl_check_values(L, idx, what, &have);
  const jv_series *s = w->dated ? jvl_test_series(L, idx) : NULL;
  if (s)
    jvl_check(L, jv_period_diff(jvl_ctx(L), w->start, s->start, &offset));
  else if (have != n)
    jvl_misuse(L, "ols: %s has %zu values, y has %zu", what, have, n);
  memcpy(to, from + offset, n * sizeof *to);
  lua_pop(L, 1);
}

/* The object's table: names of the coefficients, and where y was a series the name, period and unit
 * that results carry. It becomes the box's user value. */
static void push_about(lua_State *L, const window *w, bool intercept) {
  lua_Integer k = (lua_Integer)lua_rawlen(L, NAMES);
  lua_createtable(L, 0, 4);
  lua_createtable(L, (int)k + 1, 0);
  if (intercept) {
    lua_pushliteral(L, "(intercept)");
    lua_rawseti(L, -2, 1);
  }
  for (lua_Integer j = 1; j <= k; j++) {
    lua_rawgeti(L, NAMES, j);
    lua_rawseti(L, -2, j + intercept);
  }
  lua_setfield(L, -2, "names");
  const jv_series *y = jvl_test_series(L, Y);
  lua_pushstring(L, y && y->name[0] ? y->name : "y");
  lua_setfield(L, -2, "y");
  if (!w->dated || !y) return;
  jvl_push_period(L, w->start);
  lua_setfield(L, -2, "start");
  jvl_push_unit(L, y->unit);
  lua_setfield(L, -2, "unit");
}

static int l_ols(lua_State *L) {
  static const char *const own[] = {"names", NULL};
  jv_ols_options opt;
  lua_settop(L, 3);
  jvl_options(L, OPTIONS, "ols", jv_ols_option_rows, &opt, own);
  collect_columns(L);
  override_names(L);
  lua_Integer k = (lua_Integer)lua_rawlen(L, COLUMNS);
  window w = shared_window(L, k);
  size_t n = (size_t)w.n;
  if (!w.dated) {
    jvl_check_values(L, Y, "y", &n);
    lua_pop(L, 1);
  }
  double *y = jvl_scratch(L, n, sizeof *y), *x = jvl_scratch(L, n, (size_t)k * sizeof *x);
  copy_values(L, Y, &w, "y", y, n);
  for (lua_Integer j = 1; j <= k; j++) {
    lua_rawgeti(L, NAMES, j);
    const char *name = lua_tostring(L, -1);
    lua_rawgeti(L, COLUMNS, j);
    copy_values(L, lua_gettop(L), &w, name, x + (size_t)(j - 1) * n, n);
    lua_pop(L, 2);
  }
  push_about(L, &w, opt.intercept == 1);
  void **box = jvl_box(L, &jvl_ols_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  jv_ols *fit = NULL;
  jvl_check(L, jv_ols_fit(jvl_ctx(L), y, x, n, (size_t)k, &opt, &fit));
  *box = fit;
  return 1;
}

/* ---- reading the object */

/* Pushes field `key` of the object's table. */
static int about(lua_State *L, int idx, const char *key) {
  lua_getiuservalue(L, idx, 1);
  int type = lua_getfield(L, -1, key);
  lua_remove(L, -2);
  return type;
}

/* Values of observations: a series where y was one, else a table. */
static int push_observations(lua_State *L, const double *v, size_t n, bool in_unit_of_y) {
  if (about(L, 1, "start") == LUA_TNIL) {
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
      lua_pushnumber(L, v[i]);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
  }
  jv_period start = jvl_check_period(L, -1, NULL);
  jv_unit unit = {0};
  if (in_unit_of_y && about(L, 1, "unit") != LUA_TNIL) unit = jvl_check_unit(L, -1);
  void **box = jvl_box(L, &jvl_series_class);
  jv_series *s = NULL;
  jvl_check(L, jv_series_new(jvl_ctx(L), start, n, v, &s));
  *box = s;
  s->unit = unit;
  jvl_check(L, jv_series_mark(jvl_ctx(L), s, JV_EVIDENCE_ESTIMATED));
  return 1;
}

static int ols_fitted(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  return push_observations(L, fit->fitted, fit->n, true);
}

static int ols_residuals(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  return push_observations(L, fit->residuals, fit->n, true);
}

static int ols_leverage(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  return push_observations(L, fit->leverage, fit->n, false);
}

/* m:predict{x1, x2, …}: one row of regressors. */
static int ols_predict(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  size_t n, want = fit->p - fit->intercept;
  double mean, se_mean, se_new;
  const double *x = jvl_check_values(L, 2, "x", &n);
  if (n != want) return jvl_misuse(L, "predict: the model has %zu regressors, got %zu", want, n);
  jvl_check(L, jv_ols_predict(jvl_ctx(L), fit, x, 1, &mean, &se_mean, &se_new));
  lua_pushnumber(L, mean);
  lua_pushnumber(L, se_mean);
  lua_pushnumber(L, se_new);
  return 3;
}

/* By position and by name. */
static void push_by_name(lua_State *L, const jv_ols *fit, const double *v) {
  about(L, 1, "names");
  lua_createtable(L, (int)fit->p, (int)fit->p);
  for (size_t j = 0; j < fit->p; j++) {
    lua_rawgeti(L, -2, (lua_Integer)j + 1);
    lua_pushnumber(L, v[j]);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, (lua_Integer)j + 1);
    lua_rawset(L, -3);
  }
  lua_remove(L, -2);
}

static void push_aliased(lua_State *L, const jv_ols *fit) {
  about(L, 1, "names");
  lua_newtable(L);
  for (size_t j = 0, n = 0; j < fit->p; j++) {
    if (!fit->aliased[j]) continue;
    lua_rawgeti(L, -2, (lua_Integer)j + 1);
    lua_rawseti(L, -2, (lua_Integer)++n);
  }
  lua_remove(L, -2);
}

static const struct {
  const char *name;
  size_t offset;
} vectors[] = {{"coef", offsetof(jv_ols, coef)},
               {"se", offsetof(jv_ols, se)},
               {"t", offsetof(jv_ols, t)},
               {"p", offsetof(jv_ols, p_value)},
               {"vif", offsetof(jv_ols, vif)}},
  numbers[] = {{"r2", offsetof(jv_ols, r2)},
               {"adj_r2", offsetof(jv_ols, adj_r2)},
               {"sigma", offsetof(jv_ols, sigma)},
               {"f", offsetof(jv_ols, f)},
               {"f_p", offsetof(jv_ols, f_p_value)},
               {"df_model", offsetof(jv_ols, df_model)},
               {"df_residual", offsetof(jv_ols, df_residual)},
               {"tss", offsetof(jv_ols, tss)},
               {"ess", offsetof(jv_ols, ess)},
               {"rss", offsetof(jv_ols, rss)},
               {"loglik", offsetof(jv_ols, loglik)},
               {"aic", offsetof(jv_ols, aic)},
               {"aicc", offsetof(jv_ols, aicc)},
               {"bic", offsetof(jv_ols, bic)},
               {"durbin_watson", offsetof(jv_ols, durbin_watson)},
               {"condition", offsetof(jv_ols, condition)}},
  counts[] = {{"n", offsetof(jv_ols, n_used)}, {"rank", offsetof(jv_ols, rank)}};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool push_field(lua_State *L, const jv_ols *fit, const char *key) {
  const char *base = (const char *)fit;
  for (size_t i = 0; i < COUNT(vectors); i++) {
    if (strcmp(key, vectors[i].name) != 0) continue;
    const double *v;
    memcpy(&v, base + vectors[i].offset, sizeof v);
    push_by_name(L, fit, v);
    return true;
  }
  for (size_t i = 0; i < COUNT(numbers); i++) {
    if (strcmp(key, numbers[i].name) != 0) continue;
    double v;
    memcpy(&v, base + numbers[i].offset, sizeof v);
    lua_pushnumber(L, v);
    return true;
  }
  for (size_t i = 0; i < COUNT(counts); i++) {
    if (strcmp(key, counts[i].name) != 0) continue;
    size_t v;
    memcpy(&v, base + counts[i].offset, sizeof v);
    lua_pushinteger(L, (lua_Integer)v);
    return true;
  }
  return false;
}

static int ols_index(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  if (jvl_method(L, &jvl_ols_class, 2)) return 1;
  const char *key = luaL_checkstring(L, 2);
  if (push_field(L, fit, key)) return 1;
  if (strcmp(key, "aliased") == 0)
    push_aliased(L, fit);
  else if (strcmp(key, "names") == 0)
    about(L, 1, "names");
  else
    lua_pushnil(L);
  return 1;
}

/* ---- the table */

/* names: idx of the list of names. Pushing on the stack is in order only before a buffer is begun,
 * so each name is fetched and dropped between two additions. */
static void add_coefficients(lua_State *L, luaL_Buffer *b, const jv_ols *fit, int names) {
  int width = 11;
  for (size_t j = 1; j <= fit->p; j++) {
    lua_rawgeti(L, names, (lua_Integer)j);
    int len = (int)lua_rawlen(L, -1);
    if (len > width && len <= 40) width = len;
    lua_pop(L, 1);
  }
  jvl_add_line(b, "  %-*s %14s %14s %9s %9s\n", width, "", "estimate", "std. error", "t", "p");
  for (size_t j = 0; j < fit->p; j++) {
    lua_rawgeti(L, names, (lua_Integer)j + 1);
    const char *name = lua_tostring(L, -1); /* the list keeps it */
    lua_pop(L, 1);
    if (fit->aliased[j])
      jvl_add_line(b, "  %-*.40s aliased: a combination of the columns before it\n", width, name);
    else
      jvl_add_line(b, "  %-*.40s %14.7g %14.7g %9.3f %9.3g\n", width, name, fit->coef[j],
                   fit->se[j], fit->t[j], fit->p_value[j]);
  }
}

static int ols_tostring(lua_State *L) {
  const jv_ols *fit = check_ols(L, 1);
  luaL_Buffer b;
  about(L, 1, "y");
  about(L, 1, "names");
  int names = lua_gettop(L);
  const char *y = lua_tostring(L, names - 1);
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "Least squares of %.80s on %zu observation%s%s\n", y, fit->n_used,
               fit->n_used == 1 ? "" : "s", fit->intercept ? "" : ", no intercept");
  add_coefficients(L, &b, fit, names);
  jvl_add_line(&b, "  R2 %.6g, adjusted %.6g, residual sd %.6g on %g degrees of freedom\n", fit->r2,
               fit->adj_r2, fit->sigma, fit->df_residual);
  if (!isnan(fit->f))
    jvl_add_line(&b, "  F %.6g on %g and %g, p %.3g\n", fit->f, fit->df_model, fit->df_residual,
                 fit->f_p_value);
  jvl_add_line(&b, "  log-likelihood %.6g, AIC %.6g, AICc %.6g, BIC %.6g\n", fit->loglik, fit->aic,
               fit->aicc, fit->bic);
  jvl_add_line(&b, "  Durbin-Watson %.4g, condition %.3g", fit->durbin_watson, fit->condition);
  if (fit->n_used < fit->n)
    jvl_add_line(&b, "; %zu incomplete observation%s left out", fit->n - fit->n_used,
                 fit->n - fit->n_used == 1 ? "" : "s");
  luaL_pushresult(&b);
  return 1;
}

static const jvl_function methods[] = {
    {"fitted", ols_fitted,
     "ols:fitted() -> series or table\n\nFitted values; a series where y was one. Missing where an "
     "observation is incomplete."},
    {"residuals", ols_residuals, "ols:residuals() -> series or table\n\ny less the fitted values."},
    {"leverage", ols_leverage,
     "ols:leverage() -> series or table\n\nDiagonal of the hat matrix: between 0 and 1, the sum is "
     "the rank. Above 2 rank / n an observation weighs much."},
    {"predict", ols_predict,
     "ols:predict{x1, x2, …} -> mean, standard error of the mean, of a new observation\n\nThe "
     "prediction for one row of regressors, in the order of X, without the intercept."},
    {NULL, NULL, NULL}};

static const luaL_Reg meta[] = {{"__index", ols_index}, {"__tostring", ols_tostring}, {NULL, NULL}};

const jvl_class jvl_ols_class = {
    .name = "jevons.ols",
    .doc = "ols\n\nA least-squares regression. Fields: coef se t p vif (by position and by name), "
           "names, "
           "aliased; r2 adj_r2 sigma f f_p df_model df_residual tss ess rss loglik aic aicc bic "
           "durbin_watson condition n rank. tostring() is the regression table.",
    .release = release_ols,
    .methods = methods,
    .meta = meta};

static const jvl_function functions[] = {
    {"ols", l_ols,
     "jv.stats.ols(y, X [, {intercept=, names=, tolerance=}]) -> ols\n\n"
     "Least squares of y on the columns of X: one series or table of numbers, a list of them, or a "
     "table of them by name. Where all are series, the periods that they share are used; else all "
     "have one length. Observations with a missing value are left out. Pivoted QR, refined until "
     "the "
     "digits are those of the data; a column that depends on those before it is aliased.\n\n"
     "Errors: data (too few observations, infinite values), period (frequencies differ).\n"
     "Source: Golub & Van Loan, Matrix Computations; Bjorck (1967). Met: NIST's linear files."},
    {NULL, NULL, NULL}};

void jvl_open_ols(lua_State *L) {
  jvl_class_register(L, &jvl_ols_class);
  jvl_submodule(L, "stats");
  jvl_add(L, "jv.stats", functions);
  jvl_document_options(L, "jv.stats.ols", jv_ols_option_rows);
  lua_pop(L, 1);
}
