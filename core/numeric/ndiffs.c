/* The number of first differences that make a series stationary, by repeated tests.
 *
 * KPSS rejects stationarity: difference once more. ADF and PP do not reject a unit root: difference
 * once more. The p-values are those between the critical values of the tables, 1 to 10 %, so that
 * alpha lies there too. Hyndman & Khandakar (2008), sec. 3.1. */
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include "numeric/unit_root_table.h"
#include <math.h>

#define OPT(field) offsetof(jv_ndiffs_options, field)
const jv_option jv_ndiffs_option_rows[] = {
    {"test", JV_OPT_CHOICE, OPT(test), JV_NDIFFS_KPSS, 0, 2, "the test", "kpss|adf|pp"},
    {"trend", JV_OPT_CHOICE, OPT(trend), JV_UNIT_LEVEL, 0, 1,
     "what is allowed besides: a level, or a level and a linear trend", "level|trend"},
    {"alpha", JV_OPT_REAL, OPT(alpha), 0.05, 0.01, 0.1, "level of the test", NULL},
    {"max", JV_OPT_INT, OPT(max_d), 2, 0, 10, "the most differences", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* Whether one more difference is asked for; a series that the test refuses is left as it is. */
static jv_status wants_difference(jv_ctx *cx, const double *y, size_t n,
                                  const jv_ndiffs_options *opt, bool *more) {
  jv_unit_root_options o = {.trend = opt->trend, .lags = JV_OPT_UNSET, .kind = JV_PP_T};
  jv_test_result r;
  jv_status status;
  if (opt->test == JV_NDIFFS_KPSS) {
    o.rule = JV_LAG_SQRT;
    status = jv_kpss(cx, y, n, &o, &r);
  } else if (opt->test == JV_NDIFFS_ADF) {
    o.lags = 1;
    status = jv_adf(cx, y, n, &o, &r, NULL);
  } else {
    o.rule = JV_LAG_SHORT;
    o.moments = JV_PP_CURRENT;
    status = jv_pp(cx, y, n, &o, &r);
  }
  *more = false;
  if (status == JV_EDATA || status == JV_EINVAL) return JV_OK;
  if (status != JV_OK) return status;
  double p = jv_interpolate_table(r.critical, r.level, r.criticals, r.statistic, NULL);
  *more = opt->test == JV_NDIFFS_KPSS ? p < opt->alpha : p > opt->alpha;
  return JV_OK;
}

static jv_status count(jv_ctx *cx, double *x, size_t n, const jv_ndiffs_options *opt, int *d) {
  int made = 0;
  while (!jv_is_constant(x, n)) {
    bool more;
    if (made == opt->max_d) break;
    JV_TRY(wants_difference(cx, x, n, opt, &more));
    if (!more) break;
    for (size_t i = 0; i + 1 < n; i++) x[i] = x[i + 1] - x[i];
    n--;
    made++;
  }
  *d = made;
  return JV_OK;
}

jv_status jv_ndiffs(jv_ctx *cx, const double *y, size_t n, const jv_ndiffs_options *opt, int *d) {
  jv_ndiffs_options o;
  jv_option_defaults(jv_ndiffs_option_rows, &o);
  if (opt) o = *opt;
  double *x = JV_ARRAY(cx, double, n);
  size_t kept = 0;
  jv_status status = JV_OK;
  if (!x) return JV_ENOMEM;
  for (size_t i = 0; i < n && status == JV_OK; i++) {
    if (isinf(y[i]))
      status = jv_fail(cx, JV_EDATA, "ndiffs: value %zu of %zu is infinite", i + 1, n);
    if (!isnan(y[i])) x[kept++] = y[i];
  }
  if (status == JV_OK) status = count(cx, x, kept, &o, d);
  jv_free(cx, x);
  return status;
}
