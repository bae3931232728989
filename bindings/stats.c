/* jv.stats: summary statistics and probability distributions (core/numeric/summary, distribution). */
#include "bind.h"
#include "numeric/distribution.h"
#include "numeric/summary.h"

/* A statistic of one argument, a series or a table of numbers. */
static int statistic(lua_State *L, double (*f)(const double *, size_t)) {
  size_t n;
  const double *x = jvl_check_values(L, 1, "x", &n);
  lua_pushnumber(L, f(x, n));
  return 1;
}

static int l_mean(lua_State *L) { return statistic(L, jv_summary_mean); }
static int l_sum(lua_State *L) { return statistic(L, jv_summary_sum); }
static int l_sd(lua_State *L) { return statistic(L, jv_summary_sd); }
static int l_var(lua_State *L) { return statistic(L, jv_summary_variance); }
static int l_min(lua_State *L) { return statistic(L, jv_summary_min); }
static int l_max(lua_State *L) { return statistic(L, jv_summary_max); }

static int l_count(lua_State *L) {
  size_t n;
  const double *x = jvl_check_values(L, 1, "x", &n);
  lua_pushinteger(L, (lua_Integer)jv_summary_count(x, n));
  return 1;
}

static int l_median(lua_State *L) {
  size_t n;
  double median;
  const double *x = jvl_check_values(L, 1, "x", &n);
  jvl_check(L, jv_summary_median(jvl_ctx(L), x, n, &median));
  lua_pushnumber(L, median);
  return 1;
}

static int l_mad(lua_State *L) {
  size_t n;
  double mad;
  const double *x = jvl_check_values(L, 1, "x", &n);
  jvl_check(L, jv_summary_mad(jvl_ctx(L), x, n, &mad));
  lua_pushnumber(L, mad);
  return 1;
}

static int l_quantile(lua_State *L) {
  size_t n, k = 1;
  bool list = lua_istable(L, 2);
  double one = list ? 0 : luaL_checknumber(L, 2);
  const double *x = jvl_check_values(L, 1, "x", &n);
  const double *p = list ? jvl_check_values(L, 2, "p", &k) : &one;
  double *out = jvl_scratch(L, k, sizeof *out);
  jvl_check(L, jv_summary_quantiles(jvl_ctx(L), x, n, p, k, out));
  if (list) lua_createtable(L, (int)k, 0);
  for (size_t i = 0; i < k; i++) {
    lua_pushnumber(L, out[i]);
    if (list) lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_correlation(lua_State *L) {
  size_t n, m;
  const double *x = jvl_check_values(L, 1, "x", &n), *y = jvl_check_values(L, 2, "y", &m);
  if (n != m)
    return jvl_misuse(L, "correlation: x has %zu values and y %zu; align series first", n, m);
  lua_pushnumber(L, jv_summary_correlation(x, y, n));
  return 1;
}

/* ---- distributions */

static int l_normal_cdf(lua_State *L) {
  lua_pushnumber(L, jv_normal_cdf(luaL_checknumber(L, 1)));
  return 1;
}

/* A probability argument; quantile functions give NaN outside [0, 1], which would travel unseen. */
static double check_probability(lua_State *L, int arg) {
  double p = luaL_checknumber(L, arg);
  if (!(p >= 0 && p <= 1)) jvl_bad_argument(L, arg, "a probability lies in [0, 1], got %g", p);
  return p;
}

static double check_df(lua_State *L, int arg) {
  double df = luaL_checknumber(L, arg);
  if (!(df > 0)) jvl_bad_argument(L, arg, "degrees of freedom must be above 0, got %g", df);
  return df;
}

static int l_normal_quantile(lua_State *L) {
  lua_pushnumber(L, jv_normal_quantile(check_probability(L, 1)));
  return 1;
}

static int l_student_cdf(lua_State *L) {
  lua_pushnumber(L, jv_student_cdf(luaL_checknumber(L, 1), check_df(L, 2)));
  return 1;
}

static int l_student_quantile(lua_State *L) {
  lua_pushnumber(L, jv_student_quantile(check_probability(L, 1), check_df(L, 2)));
  return 1;
}

static int l_chi_square_upper(lua_State *L) {
  lua_pushnumber(L, jv_chi_square_upper(luaL_checknumber(L, 1), check_df(L, 2)));
  return 1;
}

static int l_f_upper(lua_State *L) {
  lua_pushnumber(L, jv_f_upper(luaL_checknumber(L, 1), check_df(L, 2), check_df(L, 3)));
  return 1;
}

#define MISSING "Missing values are left out; too few values give NaN."

static const jvl_function functions[] = {
    {"mean", l_mean,
     "jv.stats.mean(x) -> number\n\nArithmetic mean of a series or a table. " MISSING},
    {"sum", l_sum,
     "jv.stats.sum(x) -> number\n\nSum of a series or a table, in twice the working "
     "precision. Missing values are left out."},
    {"sd", l_sd,
     "jv.stats.sd(x) -> number\n\nStandard deviation, divisor n - 1. Two passes in twice "
     "the working precision: it keeps the digits that the data have. " MISSING},
    {"var", l_var, "jv.stats.var(x) -> number\n\nVariance, divisor n - 1. " MISSING},
    {"min", l_min, "jv.stats.min(x) -> number\n\nThe least value. " MISSING},
    {"max", l_max, "jv.stats.max(x) -> number\n\nThe largest value. " MISSING},
    {"count", l_count, "jv.stats.count(x) -> integer\n\nHow many values are not missing."},
    {"median", l_median, "jv.stats.median(x) -> number\n\nThe median. " MISSING},
    {"mad", l_mad,
     "jv.stats.mad(x) -> number\n\nMedian absolute deviation from the median times 1.4826: a "
     "standard deviation that outliers do not move. " MISSING},
    {"quantile", l_quantile,
     "jv.stats.quantile(x, p) -> number or table\n\nQuantile at probability p, or a table of them "
     "for "
     "a table of probabilities. Linear between order statistics: definition 7 of Hyndman & Fan "
     "(1996), R's default. " MISSING},
    {"correlation", l_correlation,
     "jv.stats.correlation(x, y) -> number\n\nPearson's correlation of two tables or series of one "
     "length, over the pairs that are complete."},
    {"normal_cdf", l_normal_cdf, "jv.stats.normal_cdf(z) -> number\n\nP(Z < z), standard normal."},
    {"normal_quantile", l_normal_quantile,
     "jv.stats.normal_quantile(p) -> number\n\nz with P(Z < z) = p. Source: Wichura (1988), AS "
     "241."},
    {"student_cdf", l_student_cdf,
     "jv.stats.student_cdf(t, df) -> number\n\nP(T < t), Student's t with df > 0 degrees of "
     "freedom."},
    {"student_quantile", l_student_quantile,
     "jv.stats.student_quantile(p, df) -> number\n\nt with P(T < t) = p for df > 0, not "
     "necessarily whole."},
    {"chi_square_upper", l_chi_square_upper,
     "jv.stats.chi_square_upper(x, df) -> number\n\nP(X > x) of chi-square: the p-value of a "
     "statistic x."},
    {"f_upper", l_f_upper,
     "jv.stats.f_upper(x, df1, df2) -> number\n\nP(X > x) of F: the p-value of a statistic x."},
    {NULL, NULL, NULL}};

void jvl_open_stats(lua_State *L) {
  jvl_submodule(L, "stats");
  jvl_document(
      L, "jv.stats",
      "jv.stats\n\nSummary statistics that keep their digits (NIST's reference data are met), "
      "least squares (jv.stats.ols, jv.stats.nls), tests of stationarity, seasons, residuals, "
      "stability "
      "and accuracy, and probability distributions.");
  jvl_add(L, "jv.stats", functions);
  lua_pop(L, 1);
}
