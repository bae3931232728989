/* jv.stats: unit roots, stationarity, seasonality, autocorrelation, choice of Box-Cox. */
#include "numeric/acf.h"
#include "numeric/boxcox_choice.h"
#include "numeric/frequency.h"
#include "numeric/seasonal_test.h"
#include "numeric/unit_root.h"
#include "test_results.h"
#include "values.h"
#include <math.h>
#include <string.h>

#define RESULT "jevons.test"
#define CORRELOGRAM "jevons.correlogram"

/* ---- results */

static void set_number(lua_State *L, const char *name, double value) {
  if (isnan(value)) return;
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_whole(lua_State *L, const char *name, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

void jvl_push_test(lua_State *L, const char *test, const char *null, const jv_test_result *r) {
  lua_createtable(L, 0, 10);
  set_text(L, "test", test);
  set_text(L, "null", null);
  set_number(L, "statistic", r->statistic);
  set_number(L, "p_value", r->p_value);
  set_number(L, "df", r->df);
  set_number(L, "df2", r->df2);
  set_whole(L, "n", r->n);
  if (r->lags) set_whole(L, "lags", r->lags);
  if (r->beyond) set_text(L, "bound", r->beyond < 0 ? "below" : "above");
  if (r->criticals) {
    lua_createtable(L, 0, (int)r->criticals);
    for (size_t i = 0; i < r->criticals; i++) {
      lua_pushnumber(L, round(r->level[i] * 1000) / 10);
      lua_pushnumber(L, r->critical[i]);
      lua_settable(L, -3);
    }
    lua_setfield(L, -2, "critical");
  }
  luaL_setmetatable(L, RESULT);
}

static double field(lua_State *L, const char *name) {
  double value = lua_getfield(L, 1, name) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
  lua_pop(L, 1);
  return value;
}

static bool field_is(lua_State *L, const char *name, const char *text) {
  lua_getfield(L, 1, name);
  const char *value = lua_tostring(L, -1);
  bool is = value && strcmp(value, text) == 0;
  lua_pop(L, 1);
  return is;
}

static void add_critical(lua_State *L, luaL_Buffer *b) {
  static const double levels[] = {10, 5, 2.5, 1};
  bool first = true;
  double value[4] = {NAN, NAN, NAN, NAN};
  if (lua_getfield(L, 1, "critical") == LUA_TTABLE)
    for (size_t i = 0; i < 4; i++) {
      lua_pushnumber(L, levels[i]);
      if (lua_gettable(L, -2) == LUA_TNUMBER) value[i] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
  lua_pop(L, 1);
  for (size_t i = 0; i < 4; i++) {
    if (isnan(value[i])) continue;
    jvl_add_line(b, "%s%.4g (%g %%)", first ? "\n  critical values " : ", ", value[i], levels[i]);
    first = false;
  }
}

/* The buffer is begun after the texts are fetched, which stay below it on the stack. */
static int result_tostring(lua_State *L) {
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "test");
  lua_getfield(L, 1, "null");
  const char *test = lua_tostring(L, -2), *null = lua_tostring(L, -1);
  double p = field(L, "p_value"), df = field(L, "df"), df2 = field(L, "df2");
  double lags = field(L, "lags"), place = field(L, "place");
  const char *sign = field_is(L, "bound", "below") ? "<" : field_is(L, "bound", "above") ? ">" : "";
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "%s\n  H0: %s\n  statistic %.6g", test ? test : "test", null ? null : "?",
               field(L, "statistic"));
  if (!isnan(df2))
    jvl_add_line(&b, " on %g and %g degrees of freedom", df, df2);
  else if (isfinite(df))
    jvl_add_line(&b, " on %g degree%s of freedom", df, df == 1 ? "" : "s");
  if (!isnan(p)) jvl_add_line(&b, ", p %s%s%.4g", sign, *sign ? " " : "", p);
  if (!isnan(lags)) jvl_add_line(&b, ", %g lag%s", lags, lags == 1 ? "" : "s");
  jvl_add_line(&b, ", n %g", field(L, "n"));
  if (!isnan(place)) jvl_add_line(&b, ", largest at %g", place);
  add_critical(L, &b);
  luaL_pushresult(&b);
  return 1;
}

/* ---- arguments */

const char *const jvl_season_only[] = {"season", NULL};

size_t jvl_season_option(lua_State *L, int idx, int y_idx) {
  const jv_series *y = jvl_test_series(L, y_idx);
  size_t m = y ? jv_freq_season(y->start.freq) : 1;
  if (!lua_istable(L, idx)) return m;
  if (lua_getfield(L, idx, "season") != LUA_TNIL) m = jvl_check_count(L, -1, "season", 1);
  lua_pop(L, 1);
  return m;
}

void jvl_number_as(lua_State *L, int idx, const char *option) {
  if (lua_type(L, idx) != LUA_TNUMBER) return;
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, idx);
  lua_setfield(L, -2, option);
  lua_replace(L, idx);
}

void jvl_check_pairs(lua_State *L, int a, int b, const double **x, const double **y, size_t *n) {
  const jv_series *s = jvl_test_series(L, a), *t = jvl_test_series(L, b);
  if (s && t) {
    jv_series **left = jvl_new_series(L), **right = jvl_new_series(L);
    jvl_check(L, jv_series_align(jvl_ctx(L), s, t, false, left, right));
    lua_replace(L, b);
    lua_replace(L, a);
  }
  size_t m;
  *x = jvl_check_values(L, a, "first", n);
  *y = jvl_check_values(L, b, "second", &m);
  if (*n != m)
    jvl_misuse(L, "the first has %d values, the second %d; series are matched by period", (int)*n,
               (int)m);
}

/* ---- unit roots */

static int l_kpss(lua_State *L) {
  jv_unit_root_options opt = {0};
  jv_test_result r;
  size_t n;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "lags");
  jvl_options(L, 2, "kpss", jv_kpss_option_rows, &opt, NULL);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_kpss(jvl_ctx(L), y, n, &opt, &r));
  jvl_push_test(L, "KPSS test",
                opt.trend ? "stationary about a linear trend" : "stationary about a level", &r);
  return 1;
}

static int l_adf(lua_State *L) {
  jv_unit_root_options opt = {0};
  jv_test_result r;
  double joint[2];
  size_t n;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "lags");
  jvl_options(L, 2, "adf", jv_adf_option_rows, &opt, NULL);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_adf(jvl_ctx(L), y, n, &opt, &r, joint));
  jvl_push_test(L, "Augmented Dickey-Fuller test",
                opt.trend ? "a unit root, against stationarity about a trend"
                          : "a unit root, against stationarity about a level",
                &r);
  set_number(L, opt.trend ? "phi2" : "phi1", joint[0]);
  if (opt.trend) set_number(L, "phi3", joint[1]);
  return 1;
}

static int l_pp(lua_State *L) {
  jv_unit_root_options opt = {0};
  jv_test_result r;
  size_t n;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "lags");
  jvl_options(L, 2, "pp", jv_pp_option_rows, &opt, NULL);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_pp(jvl_ctx(L), y, n, &opt, &r));
  jvl_push_test(
      L, opt.kind == JV_PP_ALPHA ? "Phillips-Perron test, Z(alpha)" : "Phillips-Perron test, Z(t)",
      opt.trend ? "a unit root, against stationarity about a trend"
                : "a unit root, against stationarity about a level",
      &r);
  return 1;
}

static int l_ndiffs(lua_State *L) {
  jv_ndiffs_options opt;
  size_t n;
  int d;
  lua_settop(L, 2);
  jvl_options(L, 2, "ndiffs", jv_ndiffs_option_rows, &opt, NULL);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_ndiffs(jvl_ctx(L), y, n, &opt, &d));
  lua_pushinteger(L, d);
  return 1;
}

/* ---- seasons */

static int l_ocsb(lua_State *L) {
  jv_ocsb_options opt;
  jv_ocsb_result r;
  size_t n;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "season");
  jvl_options(L, 2, "ocsb", jv_ocsb_option_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_ocsb(jvl_ctx(L), y, n, m, &opt, &r));
  jv_test_result t = {.statistic = r.statistic,
                      .p_value = NAN,
                      .df = NAN,
                      .df2 = NAN,
                      .lags = r.lags,
                      .n = r.n,
                      .criticals = 1,
                      .critical = {r.critical},
                      .level = {0.05}};
  jvl_push_test(L, "OCSB test", "a seasonal unit root; below the critical value it is rejected",
                &t);
  set_whole(L, "season", m);
  return 1;
}

static int l_seasonal_strength(lua_State *L) {
  static const jv_option none[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
  size_t n;
  double strength;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "season");
  jvl_options(L, 2, "seasonal_strength", none, &n, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_seasonal_strength(jvl_ctx(L), y, n, m, &strength));
  lua_pushnumber(L, strength);
  return 1;
}

static int l_nsdiffs(lua_State *L) {
  jv_nsdiffs_options opt;
  size_t n;
  int d;
  lua_settop(L, 2);
  jvl_number_as(L, 2, "season");
  jvl_options(L, 2, "nsdiffs", jv_nsdiffs_option_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_nsdiffs(jvl_ctx(L), y, n, m, &opt, &d));
  lua_pushinteger(L, d);
  return 1;
}

/* ---- autocorrelation */

/* The lags asked for: an option, or by length and season as R's default has it. */
static size_t take_lags(lua_State *L, const char *what, size_t n) {
  static const char *const known[] = {"lags", "season", NULL};
  size_t m = jvl_season_option(L, 2, 1), lags;
  if (lua_istable(L, 2)) {
    jvl_check_keys(L, 2, what, known);
    if (lua_getfield(L, 2, "lags") != LUA_TNIL) return jvl_check_count(L, -1, "lags", 1);
    lua_pop(L, 1);
  }
  lags = n ? (size_t)(10 * log10((double)n)) : 0;
  if (lags < 2 * m) lags = 2 * m;
  return lags < n ? lags : n > 1 ? n - 1 : 0;
}

static void push_correlogram(lua_State *L, const char *kind, const double *r, size_t lags,
                             size_t observed) {
  lua_createtable(L, (int)lags, 3);
  for (size_t k = 0; k < lags; k++) {
    lua_pushnumber(L, r[k]);
    lua_rawseti(L, -2, (lua_Integer)k + 1);
  }
  set_text(L, "kind", kind);
  set_whole(L, "n", observed);
  set_number(L, "bound", 1.959963984540054 / sqrt((double)observed));
  luaL_setmetatable(L, CORRELOGRAM);
}

static int correlogram(lua_State *L, const char *what, const char *kind, bool partial) {
  size_t n, lags, observed = 0;
  lua_settop(L, 2);
  const double *y = jvl_check_values(L, 1, "y", &n);
  if (lua_isnumber(L, 2)) {
    lua_Integer lag = luaL_checkinteger(L, 2);
    if (lag < (partial ? 1 : 0))
      return jvl_bad_argument(L, 2, "a lag is at least %d, got %lld", partial, (long long)lag);
    lags = (size_t)lag;
  } else {
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TTABLE);
    lags = take_lags(L, what, n);
  }
  double *r = jvl_scratch(L, lags + 1, sizeof *r);
  if (partial)
    jvl_check(L, jv_pacf(jvl_ctx(L), y, n, lags, r + 1));
  else
    jvl_check(L, jv_acf(jvl_ctx(L), y, n, lags, r));
  for (size_t i = 0; i < n; i++) observed += isnan(y[i]) ? 0 : 1;
  if (lua_isnumber(L, 2))
    lua_pushnumber(L, r[lags]);
  else
    push_correlogram(L, kind, r + 1, lags, observed);
  return 1;
}

static int l_acf(lua_State *L) { return correlogram(L, "acf", "Autocorrelation", false); }
static int l_pacf(lua_State *L) { return correlogram(L, "pacf", "Partial autocorrelation", true); }

/* A bar from the middle, 20 places to each side. */
static void add_bar(luaL_Buffer *b, double r, double bound) {
  enum { HALF = 20 };
  char bar[2 * HALF + 2];
  int length = (int)lround(fabs(r) * HALF), at = (int)lround(bound * HALF);
  memset(bar, ' ', sizeof bar - 1);
  bar[sizeof bar - 1] = 0;
  if (length > HALF) length = HALF;
  if (at < HALF) bar[HALF - at] = bar[HALF + at] = '.';
  for (int i = 1; i <= length; i++) bar[r < 0 ? HALF - i : HALF + i] = '#';
  bar[HALF] = '|';
  for (size_t i = sizeof bar - 1; i > 0 && bar[i - 1] == ' '; i--) bar[i - 1] = 0;
  luaL_addstring(b, bar);
}

static int correlogram_tostring(lua_State *L) {
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "kind");
  const char *kind = lua_tostring(L, -1);
  double bound = field(L, "bound");
  size_t lags = lua_rawlen(L, 1);
  luaL_buffinit(L, &b);
  jvl_add_line(&b, "%s, n %g; dots at %.3f: 95 %% of white noise lie between", kind ? kind : "?",
               field(L, "n"), bound);
  for (size_t k = 1; k <= lags; k++) {
    lua_rawgeti(L, 1, (lua_Integer)k);
    double r = lua_tonumber(L, -1);
    lua_pop(L, 1);
    jvl_add_line(&b, "\n%4zu %7.3f  ", k, r);
    add_bar(&b, r, bound);
  }
  luaL_pushresult(&b);
  return 1;
}

/* ---- Box-Cox and frequency */

typedef struct boxcox_options {
  int method;
  double lower, upper;
} boxcox_options;

static const jv_option boxcox_rows[] = {
    {"method", JV_OPT_CHOICE, offsetof(boxcox_options, method), 0, 0, 1,
     "guerrero: even variation over the seasons; likelihood: of a trend and seasonal levels",
     "guerrero|likelihood"},
    {"lower", JV_OPT_REAL, offsetof(boxcox_options, lower), -1, -10, 10, "least exponent", NULL},
    {"upper", JV_OPT_REAL, offsetof(boxcox_options, upper), 2, -10, 10, "largest exponent", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static int l_boxcox_lambda(lua_State *L) {
  boxcox_options opt;
  size_t n;
  double lambda = NAN;
  lua_settop(L, 2);
  jvl_options(L, 2, "boxcox_lambda", boxcox_rows, &opt, jvl_season_only);
  size_t m = jvl_season_option(L, 2, 1);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, (opt.method ? jv_boxcox_likelihood : jv_boxcox_guerrero)(
                   jvl_ctx(L), y, n, m, opt.lower, opt.upper, &lambda));
  lua_pushnumber(L, lambda);
  return 1;
}

static int l_find_frequency(lua_State *L) {
  jv_frequency_options opt;
  size_t n, period;
  lua_settop(L, 2);
  jvl_options(L, 2, "find_frequency", jv_frequency_option_rows, &opt, NULL);
  const double *y = jvl_check_values(L, 1, "y", &n);
  jvl_check(L, jv_find_frequency(jvl_ctx(L), y, n, &opt, &period));
  lua_pushinteger(L, (lua_Integer)period);
  return 1;
}

/* ---- registration */

#define RESULT_TEXT                                                                                \
  "The result is a table {test, null, statistic, p_value, n, …} that prints as text; where a "   \
  "table "                                                                                         \
  "of p-values ends, bound is \"below\" or \"above\": the p-value lies beyond the one given. "
#define SEASON_TEXT "season: by default that of the frequency of y, 1 for a table. "

static const jvl_function functions[] = {
    {"kpss", l_kpss,
     "jv.stats.kpss(y [, {trend=, lags=, rule=}]) -> result\n\nH0: y is stationary about a level, "
     "or "
     "with trend = \"trend\" about a line; a large statistic rejects. " RESULT_TEXT
     "critical[5] is the critical value at 5 %. p lies in 0.01 .. 0.10.\n\nErrors: data (too "
     "short, "
     "constant, missing values).\nSource: Kwiatkowski, Phillips, Schmidt & Shin (1992)."},
    {"adf", l_adf,
     "jv.stats.adf(y [, {trend=, lags=, rule=}]) -> result\n\nAugmented Dickey-Fuller. H0: a unit "
     "root; a small (very negative) statistic rejects. phi1 (phi2, phi3 with a trend) are the "
     "joint "
     "F statistics. " RESULT_TEXT "\n\nErrors: data (too short, constant, missing values).\n"
     "Source: Said & Dickey (1984); tables of Fuller (1976)."},
    {"pp", l_pp,
     "jv.stats.pp(y [, {trend=, kind=, lags=, rule=, moments=}]) -> result\n\nPhillips-Perron. H0: "
     "a "
     "unit root; a small statistic rejects. " RESULT_TEXT
     "\n\nErrors: data (too short, constant, missing values).\nSource: Phillips & Perron (1988); "
     "critical values of MacKinnon (1991)."},
    {"ndiffs", l_ndiffs,
     "jv.stats.ndiffs(y [, {test=, trend=, alpha=, max=}]) -> integer\n\nHow many first "
     "differences "
     "make y stationary, by repeated KPSS tests with 3 sqrt(n)/13 lags (R's forecast::ndiffs), or "
     "by ADF with 1 lag, or PP. Missing values are left out."},
    {"ocsb", l_ocsb,
     "jv.stats.ocsb(y [, {lags=, choose=, season=}]) -> result\n\nOsborn, Chui, Smith & "
     "Birchenhall. H0: a seasonal unit root; a statistic below critical[5] rejects. There is no "
     "p-value: the critical value is a smooth of simulated ones. " SEASON_TEXT
     "\n\nErrors: data (too short, constant, missing), invalid (season below 2)."},
    {"seasonal_strength", l_seasonal_strength,
     "jv.stats.seasonal_strength(y [, {season=}]) -> number\n\n1 - var(remainder) / var(remainder "
     "+ "
     "seasonal) of an STL decomposition, in 0 .. 1. " SEASON_TEXT
     "0 without a season, or with two of them or less.\n\nSource: Wang, Smith & Hyndman (2006)."},
    {"nsdiffs", l_nsdiffs,
     "jv.stats.nsdiffs(y [, {test=, threshold=, max=, season=}]) -> integer\n\nHow many seasonal "
     "differences y needs: 1 when its seasonal strength exceeds 0.64 (R's forecast::nsdiffs), or "
     "by "
     "the OCSB test. " SEASON_TEXT},
    {"acf", l_acf,
     "jv.stats.acf(y [, lag | {lags=, season=}]) -> number or list\n\nAutocorrelation at one lag, "
     "or "
     "a list of them from lag 1 on, which prints as a correlogram: the sum of "
     "(y[t] - mean)(y[t-k] - mean) over the sum of (y[t] - mean)^2. By default 10 log10 n lags, "
     "two "
     "seasons at least. Missing values: the mean of the observed, products of complete pairs, "
     "weighted up by n / (pairs + k) as in R."},
    {"pacf", l_pacf,
     "jv.stats.pacf(y [, lag | {lags=, season=}]) -> number or list\n\nPartial autocorrelation at "
     "one lag, or from lag 1 on: the last coefficient of the Yule-Walker autoregression of that "
     "order (Durbin-Levinson)."},
    {"boxcox_lambda", l_boxcox_lambda,
     "jv.stats.boxcox_lambda(y [, {method=, lower=, upper=, season=}]) -> number\n\nThe exponent "
     "of a Box-Cox transformation, by Guerrero (1993) or by the likelihood of a trend and seasonal "
     "levels (on a grid of 0.05). " SEASON_TEXT
     "Two seasons or less, or constant: 1.\n\nErrors: data (likelihood: a value <= 0)."},
    {NULL, NULL, NULL}};

static const jvl_function top[] = {
    {"find_frequency", l_find_frequency,
     "jv.find_frequency(y [, {threshold=, standardise=}]) -> integer\n\nThe period at the peak of "
     "the spectrum of an autoregression fitted to y less its trend; 1 when nothing stands out. The "
     "threshold is R's (forecast::findfrequency) and has the squared unit of y: with standardise = "
     "true the answer does not depend on the unit."},
    {NULL, NULL, NULL}};

static void new_text_class(lua_State *L, const char *name, lua_CFunction text) {
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, text);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
}

void jvl_register_test(lua_State *L) {
  new_text_class(L, RESULT, result_tostring);
  new_text_class(L, CORRELOGRAM, correlogram_tostring);
}

void jvl_open_tests(lua_State *L) {
  jvl_register_test(L);
  jvl_submodule(L, "stats");
  jvl_add(L, "jv.stats", functions);
  jvl_document_options(L, "jv.stats.kpss", jv_kpss_option_rows);
  jvl_document_options(L, "jv.stats.adf", jv_adf_option_rows);
  jvl_document_options(L, "jv.stats.pp", jv_pp_option_rows);
  jvl_document_options(L, "jv.stats.ndiffs", jv_ndiffs_option_rows);
  jvl_document_options(L, "jv.stats.ocsb", jv_ocsb_option_rows);
  jvl_document_options(L, "jv.stats.nsdiffs", jv_nsdiffs_option_rows);
  jvl_document_options(L, "jv.stats.boxcox_lambda", boxcox_rows);
  lua_pop(L, 1);
  jvl_add(L, "jv", top);
  jvl_document_options(L, "jv.find_frequency", jv_frequency_option_rows);
}
