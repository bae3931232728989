/* KPSS, augmented Dickey-Fuller and Phillips-Perron tests, and the differences they ask for.
 *
 * Long-run variance of residuals u with Bartlett weights (Newey & West, 1987), l lags:
 *   s^2(l) = s^2 + (2/n) sum_{i=1..l} (1 - i/(l+1)) sum_t u_t u_{t-i},    s^2 = (1/n) sum u_t^2
 * KPSS, S_t the partial sums of the residuals from a mean or a trend:
 *   eta = n^-2 sum S_t^2 / s^2(l)
 * Phillips-Perron, u the residuals of y_t on y_{t-1} (n pairs), a its coefficient, t = (a - 1)/se,
 * M = RSS / n^2 (level), (1 - n^-2) RSS / n^2 (trend), RSS that of y on the level or the trend:
 *   Z(t)     = sqrt(s^2 / s^2(l)) t - (s^2(l) - s^2) / (2 sqrt(s^2(l) M))
 *   Z(alpha) = n (a - 1) - (s^2(l) - s^2) / (2 M)
 *
 * Fits on a mean or a trend are made with centred time, which keeps their digits. */
#include "numeric/unit_root.h"
#include "numeric/ols.h"
#include "numeric/summary.h"
#include "numeric/unit_root_table.h"
#include <math.h>
#include <string.h>

#define OPT(field) offsetof(jv_unit_root_options, field)
#define TREND_ROW                                                                                  \
  {                                                                                                \
    "trend", JV_OPT_CHOICE, OPT(trend), JV_UNIT_LEVEL, 0, 1,                                       \
        "what is allowed besides: a level, or a level and a linear trend", "level|trend"           \
  }
#define LAGS_ROW                                                                                   \
  { "lags", JV_OPT_INT, OPT(lags), NAN, 0, 10000, "lags; by the rule when absent", NULL }
#define RULE_ROW(deflt, text)                                                                      \
  { "rule", JV_OPT_CHOICE, OPT(rule), deflt, 0, 3, text, "short|long|sqrt|cuberoot" }
#define END_ROW                                                                                    \
  { NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL }

const jv_option jv_kpss_option_rows[] = {
    TREND_ROW, LAGS_ROW,
    RULE_ROW(JV_LAG_SHORT, "short: 4 (n/100)^(1/4) lags; long: 12 (n/100)^(1/4); sqrt: "
                           "3 sqrt(n)/13, as ndiffs; cuberoot: (n-1)^(1/3)"),
    END_ROW};

const jv_option jv_adf_option_rows[] = {
    TREND_ROW, LAGS_ROW, RULE_ROW(JV_LAG_CUBEROOT, "cuberoot: (n-1)^(1/3) lags, and as for kpss"),
    END_ROW};

const jv_option jv_pp_option_rows[] = {
    TREND_ROW,
    LAGS_ROW,
    RULE_ROW(JV_LAG_SHORT, "as for kpss"),
    {"kind", JV_OPT_CHOICE, OPT(kind), JV_PP_T, 0, 1, "t: the t ratio; alpha: n (rho - 1)",
     "t|alpha"},
    {"moments", JV_OPT_CHOICE, OPT(moments), JV_PP_LAGGED, 0, 1,
     "the correction's sum of squares: of y[t-1] as in the paper, or of y[t] as in R's urca",
     "lagged|current"},
    END_ROW};

size_t jv_lag_rule_lags(jv_lag_rule rule, size_t n) {
  double size = (double)n;
  switch (rule) {
  case JV_LAG_LONG:
    return (size_t)(12 * pow(size / 100, 0.25));
  case JV_LAG_SQRT:
    return (size_t)(3 * sqrt(size) / 13);
  case JV_LAG_CUBEROOT:
    return n ? (size_t)pow(size - 1, 1.0 / 3) : 0;
  default:
    return (size_t)(4 * pow(size / 100, 0.25));
  }
}

static size_t lags_of(const jv_unit_root_options *opt, size_t n) {
  if (opt->lags != JV_OPT_UNSET) return (size_t)opt->lags;
  return jv_lag_rule_lags((jv_lag_rule)opt->rule, n);
}

bool jv_is_constant(const double *y, size_t n) {
  double first = NAN, spread = 0, size = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    if (isnan(first)) first = y[i];
    spread += fabs(y[i] - first);
    size += fabs(first);
  }
  return isnan(first) || spread == 0 || spread <= 1.5e-8 * size;
}

static jv_status check(jv_ctx *cx, const char *what, const double *y, size_t n, size_t least) {
  if (n < least)
    return jv_fail(cx, JV_EDATA, "%s needs %zu values at least, got %zu", what, least, n);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(y[i]))
      return jv_fail(cx, JV_EDATA, "%s: value %zu of %zu is %s", what, i + 1, n,
                     isnan(y[i]) ? "missing" : "infinite");
  if (jv_is_constant(y, n)) return jv_fail(cx, JV_EDATA, "%s: the series is constant", what);
  return JV_OK;
}

/* u = y less its mean, or less its least-squares line; returns the sum of squares. */
static double detrend(const double *y, size_t n, jv_unit_trend trend, double *u) {
  double mean = jv_summary_mean(y, n), middle = ((double)n - 1) / 2, xy = 0, xx = 0, ss = 0;
  for (size_t i = 0; i < n; i++) {
    double x = (double)i - middle;
    xy += x * (y[i] - mean);
    xx += x * x;
  }
  double slope = trend == JV_UNIT_TREND && xx > 0 ? xy / xx : 0;
  for (size_t i = 0; i < n; i++) {
    u[i] = y[i] - mean - slope * ((double)i - middle);
    ss += u[i] * u[i];
  }
  return ss;
}

static double long_run_variance(const double *u, size_t n, size_t lags, double variance) {
  double sum = 0;
  for (size_t i = 1; i <= lags; i++) {
    double product = 0;
    for (size_t t = i; t < n; t++) product += u[t] * u[t - i];
    sum += (1 - (double)i / ((double)lags + 1)) * product;
  }
  return variance + 2 * sum / (double)n;
}

static jv_test_result blank(size_t n, size_t lags) {
  return (jv_test_result){.p_value = NAN, .df = NAN, .df2 = NAN, .n = n, .lags = lags};
}

/* ---- KPSS */

jv_status jv_kpss(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                  jv_test_result *out) {
  jv_unit_root_options o = {0};
  jv_option_defaults(jv_kpss_option_rows, &o);
  if (opt) o = *opt;
  JV_TRY(check(cx, "kpss", y, n, 4));
  size_t lags = lags_of(&o, n);
  if (lags >= n) return jv_fail(cx, JV_EINVAL, "kpss: %zu lags need more than %zu values", lags, n);
  double *u = JV_ARRAY(cx, double, n);
  if (!u) return JV_ENOMEM;
  double ss = detrend(y, n, (jv_unit_trend)o.trend, u), size = (double)n;
  double variance = long_run_variance(u, n, lags, ss / size), sum = 0, partial = 0;
  for (size_t i = 0; i < n; i++) {
    partial += u[i];
    sum += partial * partial;
  }
  jv_free(cx, u);
  /* A straight line under a trend leaves rounding only, and no statistic. */
  if (!(variance > 0) || ss <= 1e-25 * size * y[0] * y[0])
    return jv_fail(cx, JV_EDATA, "kpss: nothing is left of the series beside its %s",
                   o.trend == JV_UNIT_TREND ? "trend" : "level");
  *out = blank(n, lags);
  out->statistic = sum / (size * size) / variance;
  jv_kpss_table((jv_unit_trend)o.trend, out);
  return JV_OK;
}

/* ---- augmented Dickey-Fuller */

/* The regressors, from the first: y_{t-1}, time, the lagged differences; column-major, rows x k. */
static void fill_adf(const double *y, size_t rows, size_t lags, bool trend, double *dy, double *x) {
  for (size_t i = 0; i < rows; i++) {
    size_t t = i + lags + 1, column = 0;
    dy[i] = y[t] - y[t - 1];
    x[i + column++ * rows] = y[t - 1];
    if (trend) x[i + column++ * rows] = (double)i - (double)(rows - 1) / 2;
    for (size_t j = 1; j <= lags; j++) x[i + column++ * rows] = y[t - j] - y[t - j - 1];
  }
}

/* RSS of dy on the columns from `first` on, with or without a constant. */
static jv_status restricted_rss(jv_ctx *cx, const double *dy, const double *x, size_t rows,
                                size_t k, size_t first, bool constant, double *rss) {
  jv_ols_options opt = {.intercept = constant, .tolerance = NAN};
  jv_ols *fit = NULL;
  if (k == first && !constant) {
    *rss = 0;
    for (size_t i = 0; i < rows; i++) *rss += dy[i] * dy[i];
    return JV_OK;
  }
  JV_TRY(jv_ols_fit(cx, dy, x + first * rows, rows, k - first, &opt, &fit));
  *rss = fit->rss;
  jv_ols_free(cx, fit);
  return JV_OK;
}

static jv_status joint_tests(jv_ctx *cx, const double *dy, const double *x, size_t rows, size_t k,
                             bool trend, const jv_ols *fit, double joint[2]) {
  double rss, scale = fit->rss / fit->df_residual;
  size_t dropped = trend ? 2 : 1;
  JV_TRY(restricted_rss(cx, dy, x, rows, k, dropped, false, &rss));
  joint[0] = (rss - fit->rss) / (double)(dropped + 1) / scale;
  joint[1] = NAN;
  if (!trend) return JV_OK;
  JV_TRY(restricted_rss(cx, dy, x, rows, k, dropped, true, &rss));
  joint[1] = (rss - fit->rss) / 2 / scale;
  return JV_OK;
}

static jv_status adf_fit(jv_ctx *cx, const double *y, size_t rows, size_t lags, bool trend,
                         double *memory, jv_test_result *out, double joint[2]) {
  size_t k = lags + 1 + trend;
  double *dy = memory, *x = memory + rows;
  jv_ols *fit = NULL;
  fill_adf(y, rows, lags, trend, dy, x);
  JV_TRY(jv_ols_fit(cx, dy, x, rows, k, NULL, &fit));
  jv_status status = JV_OK;
  out->statistic = fit->t[1];
  if (!isfinite(out->statistic))
    status = jv_fail(cx, JV_EDATA, "adf: the regression is exact, there is no t ratio");
  else if (joint)
    status = joint_tests(cx, dy, x, rows, k, trend, fit, joint);
  jv_ols_free(cx, fit);
  return status;
}

jv_status jv_adf(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                 jv_test_result *out, double joint[2]) {
  jv_unit_root_options o = {0};
  jv_option_defaults(jv_adf_option_rows, &o);
  if (opt) o = *opt;
  bool trend = o.trend == JV_UNIT_TREND;
  size_t lags = lags_of(&o, n), k = lags + 1 + trend;
  JV_TRY(check(cx, "adf", y, n, 2 * lags + 4 + trend));
  size_t rows = n - 1 - lags;
  double *memory = JV_ARRAY(cx, double, rows *(k + 1));
  if (!memory) return JV_ENOMEM;
  jv_test_result made = blank(rows, lags);
  jv_status status = adf_fit(cx, y, rows, lags, trend, memory, &made, joint);
  jv_free(cx, memory);
  if (status != JV_OK) return status;
  made.p_value = jv_fuller_p((jv_unit_trend)o.trend, false, n - 1, made.statistic, &made.beyond);
  jv_fuller_critical((jv_unit_trend)o.trend, false, n - 1, &made);
  *out = made;
  return JV_OK;
}

/* ---- Phillips-Perron */

/* The regression of y_t on y_{t-1}: coefficient, its standard error, residuals u. */
typedef struct pp_fit {
  double a, se, s2;
} pp_fit;

/* By partialling out the level or the trend, which both sides share. */
static pp_fit pp_regress(const double *y, size_t n, jv_unit_trend trend, double *u, double *x) {
  double xx = detrend(y, n, trend, x), xy = 0, rss = 0;
  detrend(y + 1, n, trend, u);
  for (size_t i = 0; i < n; i++) xy += x[i] * u[i];
  double a = xy / xx;
  for (size_t i = 0; i < n; i++) {
    u[i] -= a * x[i];
    rss += u[i] * u[i];
  }
  double df = (double)n - (trend == JV_UNIT_TREND ? 3 : 2);
  return (pp_fit){a, sqrt(rss / df / xx), rss / (double)n};
}

static double pp_statistic(const jv_unit_root_options *o, const double *y, size_t n, size_t lags,
                           double *u, double *x) {
  jv_unit_trend trend = (jv_unit_trend)o->trend;
  double size = (double)n;
  pp_fit fit = pp_regress(y, n, trend, u, x);
  double variance = long_run_variance(u, n, lags, fit.s2);
  double moment = detrend(o->moments == JV_PP_CURRENT ? y + 1 : y, n, trend, x) / (size * size);
  if (trend == JV_UNIT_TREND) moment *= 1 - 1 / (size * size);
  double excess = (variance - fit.s2) / 2;
  if (o->kind == JV_PP_ALPHA) return size * (fit.a - 1) - excess / moment;
  return sqrt(fit.s2 / variance) * (fit.a - 1) / fit.se - excess / sqrt(variance * moment);
}

jv_status jv_pp(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                jv_test_result *out) {
  jv_unit_root_options o = {0};
  jv_option_defaults(jv_pp_option_rows, &o);
  if (opt) o = *opt;
  JV_TRY(check(cx, "pp", y, n, o.trend == JV_UNIT_TREND ? 6 : 5));
  size_t pairs = n - 1, lags = lags_of(&o, pairs);
  if (lags >= pairs)
    return jv_fail(cx, JV_EINVAL, "pp: %zu lags need more than %zu values", lags, n);
  double *u = JV_ARRAY(cx, double, 2 * pairs);
  if (!u) return JV_ENOMEM;
  double statistic = pp_statistic(&o, y, pairs, lags, u, u + pairs);
  jv_free(cx, u);
  if (!isfinite(statistic))
    return jv_fail(cx, JV_EDATA, "pp: the regression is exact, there is no statistic");
  *out = blank(pairs, lags);
  out->statistic = statistic;
  out->p_value =
      jv_fuller_p((jv_unit_trend)o.trend, o.kind == JV_PP_ALPHA, pairs, statistic, &out->beyond);
  if (o.kind == JV_PP_ALPHA)
    jv_fuller_critical((jv_unit_trend)o.trend, true, pairs, out);
  else
    jv_mackinnon_critical((jv_unit_trend)o.trend, pairs, out);
  return JV_OK;
}
