/* Strength of seasonality, and the number of seasonal differences.
 *
 *   strength = max(0, 1 - var(remainder) / var(remainder + seasonal))
 *
 * of an STL decomposition. Above 0.64 one seasonal difference: the threshold is that of R's
 * forecast::nsdiffs, found there to serve automatic ARIMA on the M3 series. */
#include "numeric/seasonal_test.h"
#include "numeric/clean.h"
#include "numeric/stl.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include <math.h>

#define OPT(field) offsetof(jv_nsdiffs_options, field)
const jv_option jv_nsdiffs_option_rows[] = {
    {"test", JV_OPT_CHOICE, OPT(test), JV_NSDIFFS_STRENGTH, 0, 1,
     "strength: of the season by STL; ocsb: the unit-root test with up to 3 lags by AIC",
     "strength|ocsb"},
    {"threshold", JV_OPT_REAL, OPT(threshold), 0.64, 0, 1, "strength above which to difference",
     NULL},
    {"max", JV_OPT_INT, OPT(max_d), 1, 0, 10, "the most differences", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static jv_status check_finite(jv_ctx *cx, const double *y, size_t n) {
  size_t observed = 0;
  for (size_t i = 0; i < n; i++) {
    if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "season: value %zu of %zu is infinite", i + 1, n);
    if (!isnan(y[i])) observed++;
  }
  if (observed == 0) return jv_fail(cx, JV_EDATA, "season: none of %zu values is observed", n);
  return JV_OK;
}

static double strength_of(const double *seasonal, double *remainder, size_t n) {
  double rest = jv_summary_variance(remainder, n);
  for (size_t i = 0; i < n; i++) remainder[i] += seasonal[i];
  double with_season = jv_summary_variance(remainder, n);
  if (!(with_season > 0)) return 0;
  return fmax(0, fmin(1, 1 - rest / with_season));
}

static bool has_missing(const double *y, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (isnan(y[i])) return true;
  return false;
}

static jv_status strength_complete(jv_ctx *cx, const double *y, size_t n, size_t m, double *out) {
  double *seasonal = JV_ARRAY(cx, double, 2 * n);
  if (!seasonal) return JV_ENOMEM;
  jv_status status = jv_stl(cx, y, n, m, NULL, seasonal, NULL, seasonal + n, NULL);
  if (status == JV_OK) *out = strength_of(seasonal, seasonal + n, n);
  jv_free(cx, seasonal);
  return status;
}

jv_status jv_seasonal_strength(jv_ctx *cx, const double *y, size_t n, size_t m, double *strength) {
  JV_TRY(check_finite(cx, y, n));
  if (m < 2 || n <= 2 * m || jv_is_constant(y, n)) {
    *strength = 0;
    return JV_OK;
  }
  if (!has_missing(y, n)) return strength_complete(cx, y, n, m, strength);
  double *filled = JV_ARRAY(cx, double, n);
  if (!filled) return JV_ENOMEM;
  jv_status status = jv_fill_missing(cx, y, n, m, JV_OPT_UNSET, filled);
  if (status == JV_OK) status = strength_complete(cx, filled, n, m, strength);
  jv_free(cx, filled);
  return status;
}

/* A series that OCSB refuses is left as it is. */
static jv_status wants_difference(jv_ctx *cx, const double *y, size_t n, size_t m,
                                  const jv_nsdiffs_options *opt, bool *more) {
  *more = false;
  if (opt->test == JV_NSDIFFS_STRENGTH) {
    double strength;
    JV_TRY(jv_seasonal_strength(cx, y, n, m, &strength));
    *more = strength > opt->threshold;
    return JV_OK;
  }
  jv_ocsb_options ocsb = {.lags = 3, .choice = JV_OCSB_AIC};
  jv_ocsb_result result;
  jv_status status = jv_ocsb(cx, y, n, m, &ocsb, &result);
  if (status == JV_OK) *more = result.statistic > result.critical;
  return status == JV_EDATA ? JV_OK : status;
}

static jv_status count(jv_ctx *cx, double *x, size_t n, size_t m, const jv_nsdiffs_options *opt,
                       int *d) {
  int made = 0;
  while (made < opt->max_d && n >= 2 * m && !jv_is_constant(x, n)) {
    bool more;
    JV_TRY(wants_difference(cx, x, n, m, opt, &more));
    if (!more) break;
    n -= m;
    for (size_t i = 0; i < n; i++) x[i] = x[i + m] - x[i];
    made++;
  }
  *d = made;
  return JV_OK;
}

jv_status jv_nsdiffs(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_nsdiffs_options *opt,
                     int *d) {
  jv_nsdiffs_options o;
  jv_option_defaults(jv_nsdiffs_option_rows, &o);
  if (opt) o = *opt;
  JV_TRY(check_finite(cx, y, n));
  if (m < 2 || n <= 2 * m || jv_is_constant(y, n)) {
    *d = 0;
    return JV_OK;
  }
  double *x = JV_ARRAY(cx, double, n);
  if (!x) return JV_ENOMEM;
  jv_status status = jv_fill_missing(cx, y, n, m, JV_OPT_UNSET, x);
  if (status == JV_OK) status = count(cx, x, n, m, &o, d);
  jv_free(cx, x);
  return status;
}
