/* jv.stats: tests of residuals, of the stability of a regression, of two forecasts' accuracy. */
#include "evaluate/dm.h"
#include "numeric/anova.h"
#include "numeric/diagnostics.h"
#include "test_results.h"
#include "values.h"
#include <math.h>
#include <string.h>

/* ---- residuals */

/* As R's checkresiduals has it: two seasons, or 10, and a fifth of the values at most. */
static size_t default_lags(size_t m, size_t n) {
  size_t lags = m > 1 ? 2 * m : 10, most = n / 5 > 0 ? n / 5 : 1;
  return lags < most ? lags : most;
}

static int portmanteau(lua_State *L, const char *what, const char *title, bool ljung) {
  static const char *const known[] = {"lags", "fitdf", "season", NULL};
  size_t n, fitdf = 0, lags = 0;
  jv_test_result r;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "lags");
  const double *e = jvl_check_values(L, 1, "e", &n);
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    jvl_check_keys(L, 2, what, known);
    if (lua_getfield(L, 2, "fitdf") != LUA_TNIL) fitdf = jvl_check_count(L, -1, "fitdf", 0);
    if (lua_getfield(L, 2, "lags") != LUA_TNIL) lags = jvl_check_count(L, -1, "lags", 1);
    lua_pop(L, 2);
  }
  if (lags == 0) {
    lags = default_lags(jvl_season_option(L, 2, 1), n);
    if (lags < fitdf + 3) lags = fitdf + 3;
  }
  jvl_check(L, (ljung ? jv_ljung_box : jv_box_pierce)(jvl_ctx(L), e, n, lags, fitdf, &r));
  jvl_push_test(L, title, "no autocorrelation up to that lag", &r);
  return 1;
}

static int l_ljung_box(lua_State *L) { return portmanteau(L, "ljung_box", "Ljung-Box test", true); }
static int l_box_pierce(lua_State *L) {
  return portmanteau(L, "box_pierce", "Box-Pierce test", false);
}

static int l_arch_lm(lua_State *L) {
  static const char *const known[] = {"lags", NULL};
  size_t n, lags = 0;
  jv_test_result r;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "lags");
  const double *e = jvl_check_values(L, 1, "e", &n);
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    jvl_check_keys(L, 2, "arch_lm", known);
    if (lua_getfield(L, 2, "lags") != LUA_TNIL) lags = jvl_check_count(L, -1, "lags", 1);
  }
  if (lags == 0) lags = n < 60 ? (n / 5 > 0 ? n / 5 : 1) : 12;
  jvl_check(L, jv_arch_lm(jvl_ctx(L), e, n, lags, &r));
  jvl_push_test(L, "ARCH LM test", "the variance does not depend on past squares", &r);
  return 1;
}

static int normality(lua_State *L, const char *title,
                     jv_status (*test)(jv_ctx *, const double *, size_t, jv_test_result *)) {
  size_t n;
  jv_test_result r;
  const double *x = jvl_check_values(L, 1, "x", &n);
  jvl_check(L, test(jvl_ctx(L), x, n, &r));
  jvl_push_test(L, title, "a normal distribution", &r);
  return 1;
}

static int l_jarque_bera(lua_State *L) { return normality(L, "Jarque-Bera test", jv_jarque_bera); }
static int l_shapiro_wilk(lua_State *L) {
  return normality(L, "Shapiro-Wilk test", jv_shapiro_wilk);
}

/* ---- stability: y at 1, options at 2 with columns x */

/* The values of the column on top over the n periods of y, which is at 1. */
static void copy_column(lua_State *L, double *to, size_t n) {
  const jv_series *y = jvl_test_series(L, 1), *s = jvl_test_series(L, -1);
  int64_t offset = 0;
  size_t have;
  int top = lua_gettop(L);
  const double *v = jvl_check_values(L, -1, "x", &have);
  if (y && s) jvl_check(L, jv_period_diff(jvl_ctx(L), y->start, s->start, &offset));
  if (offset < 0 || have < n + (size_t)offset || (!(y && s) && have != n))
    jvl_misuse(L, "x must have the %d values of y, period by period, got %d", (int)n, (int)have);
  memcpy(to, v + offset, n * sizeof *to);
  lua_settop(L, top);
}

/* Option x: one series or table of numbers, or a list of these; and trend, a column 1, 2, …. */
static double *take_columns(lua_State *L, size_t n, size_t *k) {
  bool trend = false;
  *k = 0;
  if (!lua_istable(L, 2)) return NULL;
  lua_getfield(L, 2, "trend");
  trend = lua_toboolean(L, -1);
  lua_pop(L, 1);
  bool one = true;
  size_t given = lua_getfield(L, 2, "x") == LUA_TNIL ? 0 : 1;
  int at = lua_gettop(L);
  if (given && lua_istable(L, at) && lua_rawgeti(L, at, 1) != LUA_TNUMBER) {
    given = lua_rawlen(L, at);
    one = false;
  }
  lua_settop(L, at);
  *k = given + trend;
  double *x = jvl_scratch(L, n * (*k), sizeof *x);
  for (size_t j = 0; j < given; j++) {
    if (one)
      lua_pushvalue(L, at);
    else
      lua_rawgeti(L, at, (lua_Integer)j + 1);
    copy_column(L, x + j * n, n);
    lua_pop(L, 1);
  }
  for (size_t i = 0; trend && i < n; i++) x[i + given * n] = (double)i + 1;
  return x;
}

static int l_cusum(lua_State *L) {
  static const char *const known[] = {"x", "trend", "kind", NULL};
  size_t n, k;
  jv_test_result r;
  lua_settop(L, 2);
  const double *y = jvl_check_values(L, 1, "y", &n);
  const char *kind = "recursive";
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    jvl_check_keys(L, 2, "cusum", known);
    if (jvl_field_text(L, 2, "kind")) kind = jvl_field_text(L, 2, "kind");
  }
  bool ols = strcmp(kind, "ols") == 0;
  if (!ols && strcmp(kind, "recursive") != 0)
    jvl_misuse(L, "cusum: kind is recursive or ols, got '%s'", kind);
  const double *x = take_columns(L, n, &k);
  double *path = jvl_scratch(L, n, sizeof *path);
  jvl_check(L, jv_cusum(jvl_ctx(L), y, x, n, k, ols ? JV_CUSUM_OLS : JV_CUSUM_RECURSIVE, path, &r));
  size_t place = r.lags;
  r.lags = 0;
  jvl_push_test(L, ols ? "OLS CUSUM test" : "CUSUM test of recursive residuals",
                "the coefficients do not change", &r);
  lua_pushinteger(L, (lua_Integer)place);
  lua_setfield(L, -2, "place");
  const jv_series *s = jvl_test_series(L, 1);
  jvl_push_like(L, s, 0, path, n);
  if (s) jvl_test_series(L, -1)->unit = (jv_unit){0};
  lua_setfield(L, -2, "path");
  return 1;
}

/* The first row of the second part: a place in y, or its period. */
static size_t take_break(lua_State *L, size_t n) {
  const jv_series *s = jvl_test_series(L, 1);
  if (lua_isnil(L, 2))
    jvl_misuse(L, "chow: where is the break? A place or a period, the first of the second part");
  if (s) {
    int64_t at = jvl_series_place(L, s, 2);
    if (at < 0) jvl_misuse(L, "chow: the break does not lie in the series");
    return (size_t)at;
  }
  lua_Integer at = luaL_checkinteger(L, 2);
  if (at < 1 || (size_t)at > n) jvl_misuse(L, "chow: the break must lie in 1 .. %d", (int)n);
  return (size_t)at - 1;
}

static int l_chow(lua_State *L) {
  static const char *const known[] = {"x", "trend", NULL};
  size_t n, k;
  jv_test_result r;
  lua_settop(L, 3);
  const double *y = jvl_check_values(L, 1, "y", &n);
  size_t at = take_break(L, n);
  lua_remove(L, 2); /* options to 2 */
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    jvl_check_keys(L, 2, "chow", known);
  }
  const double *x = take_columns(L, n, &k);
  jvl_check(L, jv_chow(jvl_ctx(L), y, x, n, k, at, &r));
  jvl_push_test(L, n - at <= k + 1 ? "Chow forecast test" : "Chow test",
                "the coefficients are the same before and from the break on", &r);
  return 1;
}

/* ---- analysis of variance */

/* The groups at 1: a list, or a table by name; their keys come to 2. Returns how many values. */
static size_t count_groups(lua_State *L, size_t *groups) {
  size_t total = 0, n;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  *groups = lua_rawlen(L, 1);
  if (*groups == 0)
    jvl_sorted_keys(L, 1);
  else
    lua_newtable(L);
  for (size_t g = 1; g <= *groups; g++) {
    lua_pushinteger(L, (lua_Integer)g);
    lua_rawseti(L, 2, (lua_Integer)g);
  }
  *groups = lua_rawlen(L, 2);
  for (size_t g = 1; g <= *groups; g++) {
    lua_rawgeti(L, 2, (lua_Integer)g);
    lua_gettable(L, 1);
    jvl_check_values(L, -1, "anova: a group", &n);
    total += n;
    lua_settop(L, 2);
  }
  return total;
}

static int l_anova(lua_State *L) {
  size_t groups, total = count_groups(L, &groups), at = 0, n;
  jv_anova a;
  double *y = jvl_scratch(L, total, sizeof *y);
  size_t *group = jvl_scratch(L, total, sizeof *group);
  for (size_t g = 0; g < groups; g++) {
    lua_rawgeti(L, 2, (lua_Integer)g + 1);
    lua_gettable(L, 1);
    const double *v = jvl_check_values(L, -1, "anova: a group", &n);
    for (size_t i = 0; i < n; i++, at++) y[at] = v[i], group[at] = g;
    lua_pop(L, 2);
  }
  jvl_check(L, jv_anova_of(jvl_ctx(L), y, group, total, groups, &a));
  jv_test_result r = {
      .statistic = a.f, .p_value = a.p_value, .df = a.df_between, .df2 = a.df_within, .n = a.n};
  jvl_push_test(L, "One-way analysis of variance", "all groups have the same mean", &r);
  const struct {
    const char *name;
    double value;
  } fields[] = {{"ss_between", a.ss_between},
                {"ss_within", a.ss_within},
                {"ms_between", a.ms_between},
                {"ms_within", a.ms_within},
                {"r2", a.r2},
                {"sigma", a.sigma}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushnumber(L, fields[i].value);
    lua_setfield(L, -2, fields[i].name);
  }
  return 1;
}

/* ---- accuracy of two forecasts */

static int l_dm_test(lua_State *L) {
  const double *e1, *e2;
  size_t n;
  jv_dm_options opt;
  jv_test_result r;
  lua_settop(L, 3);
  jvl_options(L, 3, "dm_test", jv_dm_option_rows, &opt, NULL);
  jvl_check_pairs(L, 1, 2, &e1, &e2, &n);
  jvl_check(L, jv_dm_test(jvl_ctx(L), e1, e2, n, &opt, &r));
  bool bartlett = r.beyond || opt.variance == JV_DM_BARTLETT;
  r.beyond = 0;
  jvl_push_test(L, "Diebold-Mariano test", "both lose the same; negative: the first loses less",
                &r);
  lua_pushstring(L, bartlett ? "bartlett" : "rectangular");
  lua_setfield(L, -2, "variance");
  return 1;
}

/* ---- registration */

#define COLUMNS_TEXT                                                                               \
  "A constant is always fitted; trend = true adds a line, x a series, a table of numbers or a "    \
  "list "                                                                                          \
  "of such columns. "

static const jvl_function functions[] = {
    {"ljung_box", l_ljung_box,
     "jv.stats.ljung_box(e [, {lags=, fitdf=, season=}]) -> result\n\nH0: e is not autocorrelated "
     "up "
     "to `lags` (by default two seasons, or 10, but n/5 at most). fitdf: how many parameters the "
     "model had whose residuals these are; the degrees of freedom are lags - fitdf. Missing values "
     "as in jv.stats.acf.\n\nErrors: invalid (lags, fitdf), data (constant).\nSource: Ljung & Box "
     "(1978)."},
    {"box_pierce", l_box_pierce,
     "jv.stats.box_pierce(e [, {lags=, fitdf=, season=}]) -> result\n\nThe older form of "
     "jv.stats.ljung_box: n times the sum of squared autocorrelations.\n\nSource: Box & Pierce "
     "(1970)."},
    {"arch_lm", l_arch_lm,
     "jv.stats.arch_lm(e [, {lags=}]) -> result\n\nH0: no ARCH effects: n R^2 of the squares on "
     "their `lags` predecessors (by default 12, n/5 below 60 values).\n\nSource: Engle (1982)."},
    {"jarque_bera", l_jarque_bera,
     "jv.stats.jarque_bera(x) -> result\n\nH0: normal, by skewness and kurtosis. Missing values "
     "are "
     "left out.\n\nSource: Jarque & Bera (1987)."},
    {"shapiro_wilk", l_shapiro_wilk,
     "jv.stats.shapiro_wilk(x) -> result\n\nH0: normal, for 3 to 5000 values. Missing values are "
     "left out.\n\nSource: Shapiro & Wilk (1965); Royston (1995), AS R94."},
    {"cusum", l_cusum,
     "jv.stats.cusum(y [, {kind=, trend=, x=}]) -> result\n\nH0: the coefficients of a regression "
     "do "
     "not change. " COLUMNS_TEXT
     "kind is \"recursive\" (Brown, Durbin & Evans, 1975) or \"ols\" (Ploberger & Kraemer, 1992). "
     "The result also has path, the cumulated residuals, and place, where they stray most.\n\n"
     "Errors: data (too short, missing, dependent columns)."},
    {"chow", l_chow,
     "jv.stats.chow(y, at [, {trend=, x=}]) -> result\n\nH0: the coefficients before `at` (a place "
     "or "
     "a period, the first of the second part) are those from it on. " COLUMNS_TEXT
     "Where the second part is too short for a regression, Chow's forecast test.\n\n"
     "Errors: invalid (at), data.\nSource: Chow (1960)."},
    {"anova", l_anova,
     "jv.stats.anova(groups) -> result\n\nOne-way analysis of variance of a list (or named table) "
     "of "
     "groups, each a series or a table of numbers: F statistic, df, df2, p_value, and ss_between, "
     "ss_within, ms_between, ms_within, r2, sigma (residual standard deviation). Missing values "
     "are "
     "left out.\n\nErrors: data (fewer than two groups, too few values). Met: NIST's files."},
    {"dm_test", l_dm_test,
     "jv.stats.dm_test(e1, e2 [, options]) -> result\n\nDiebold-Mariano: H0: two forecasts with "
     "errors e1 and e2 are equally accurate; a negative statistic says that the first loses less. "
     "With the correction of Harvey, Leybourne & Newbold (1997) and Student's t. Series are "
     "matched "
     "by period. Where the autocovariances give a negative variance, Bartlett's weights are used, "
     "and variance says so.\n\nErrors: data (too few pairs, no difference)."},
    {NULL, NULL, NULL}};

void jvl_open_residuals(lua_State *L) {
  jvl_submodule(L, "stats");
  jvl_add(L, "jv.stats", functions);
  jvl_document_options(L, "jv.stats.dm_test", jv_dm_option_rows);
  lua_pop(L, 1);
}
