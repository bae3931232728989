/* How often to difference before the orders of an ARIMA model are searched.
 *
 * Seasonal differences by the strength of an STL season (or OCSB), then first differences by KPSS (or
 * ADF, PP) on what is left; with regressors, on the residuals of a least-squares regression. A
 * difference that would make a regressor constant is taken back, since its coefficient would be lost.
 *
 * Source: Hyndman & Khandakar (2008), JSS 27(3), sec. 3; Wang, Smith & Hyndman (2006); Hyndman &
 * Athanasopoulos (2021), sec. 9.7.
 * Checked by: tests/core/test_arima.conformance.c */
#include "model/arima_auto.h"
#include "numeric/ols.h"
#include "numeric/seasonal_test.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

/* What the tests look at: y, or the residuals of y on the regressors and a constant. */
static jv_status subject(jv_ctx *cx, const double *y, size_t n, const jv_arima_regressors *reg,
                         double *out) {
  memcpy(out, y, n * sizeof *out);
  if (reg->k == 0) return JV_OK;
  double *x = JV_ARRAY(cx, double, n * reg->k);
  if (!x) return JV_ENOMEM;
  for (size_t t = 0; t < n; t++)
    for (size_t j = 0; j < reg->k; j++) x[j * n + t] = reg->x[t * reg->k + j];
  jv_ols *fit = NULL;
  jv_status status = jv_ols_fit(cx, y, x, n, reg->k, NULL, &fit);
  if (status == JV_OK) memcpy(out, fit->residuals, n * sizeof *out);
  jv_ols_free(cx, fit);
  jv_free(cx, x);
  return status == JV_EDATA ? JV_OK : status; /* too short for a regression: y itself */
}

/* Whether a regressor is constant after the differences of o. */
static jv_status loses_regressor(jv_ctx *cx, size_t n, const jv_arima_regressors *reg,
                                 const jv_arima_order *o, bool *lost) {
  *lost = false;
  if (reg->k == 0 || n <= jv_arima_lost(o)) return JV_OK;
  double *x = JV_ARRAY(cx, double, n);
  if (!x) return JV_ENOMEM;
  for (size_t j = 0; j < reg->k; j++) {
    for (size_t t = 0; t < n; t++) x[t] = reg->x[t * reg->k + j];
    size_t left = jv_arima_difference(x, n, o);
    *lost = *lost || jv_is_constant(x, left);
  }
  jv_free(cx, x);
  return JV_OK;
}

static jv_status test_seasonal(jv_ctx *cx, const double *u, size_t n, const jv_arima_auto_opt *opt,
                               jv_arima_choice *choice, jv_arima_order *o) {
  jv_nsdiffs_options test = {.test = opt->seasonal_test, .threshold = 0.64, .max_d = opt->max_D};
  int D = 0;
  choice->D_tested = true;
  if (opt->seasonal_test == JV_NSDIFFS_STRENGTH) {
    JV_TRY(jv_seasonal_strength(cx, u, n, o->m, &choice->strength));
    if (choice->strength <= test.threshold || opt->max_D == 0) return JV_OK;
    if (opt->max_D == 1) { /* one look is enough */
      o->D = 1;
      return JV_OK;
    }
  }
  JV_TRY(jv_nsdiffs(cx, u, n, o->m, &test, &D));
  o->D = (size_t)D;
  return JV_OK;
}

static jv_status test_first(jv_ctx *cx, double *u, size_t n, const jv_arima_auto_opt *opt,
                            jv_arima_choice *choice, jv_arima_order *o) {
  jv_ndiffs_options test = {
      .test = opt->unit_test, .trend = JV_UNIT_LEVEL, .alpha = 0.05, .max_d = opt->max_d};
  int d = 0;
  jv_arima_order seasonal = {.D = o->D, .m = o->m};
  size_t left = jv_arima_difference(u, n, &seasonal);
  choice->d_tested = true;
  JV_TRY(jv_ndiffs(cx, u, left, &test, &d));
  o->d = (size_t)d;
  return JV_OK;
}

static jv_status choose(jv_ctx *cx, double *u, size_t n, const jv_arima_regressors *reg,
                        const jv_arima_auto_opt *opt, jv_arima_choice *choice, jv_arima_order *o) {
  bool lost = false;
  bool test_D = opt->D == JV_OPT_UNSET && o->m > 1 && !opt->stationary;
  bool test_d = opt->d == JV_OPT_UNSET && !opt->stationary;
  o->D = opt->D == JV_OPT_UNSET || o->m == 1 || opt->stationary ? 0 : (size_t)opt->D;
  o->d = opt->d == JV_OPT_UNSET || opt->stationary ? 0 : (size_t)opt->d;
  if (test_D) {
    JV_TRY(test_seasonal(cx, u, n, opt, choice, o));
    jv_arima_order alone = {.D = o->D, .m = o->m};
    JV_TRY(loses_regressor(cx, n, reg, &alone, &lost));
    if (lost && o->D > 0) o->D--;
  }
  if (test_d) {
    JV_TRY(test_first(cx, u, n, opt, choice, o));
    JV_TRY(loses_regressor(cx, n, reg, o, &lost));
    if (lost && o->d > 0) o->d--;
  }
  return JV_OK;
}

jv_status jv_arima_choose_differences(jv_ctx *cx, const double *y, size_t n, size_t m,
                                      const jv_arima_regressors *reg, const jv_arima_auto_opt *opt,
                                      jv_arima_choice *choice, jv_arima_order *o) {
  double *u = JV_ARRAY(cx, double, n);
  if (!u) return JV_ENOMEM;
  *o = (jv_arima_order){.m = opt->seasonal && n > m ? m : 1};
  choice->strength = NAN;
  jv_status status = subject(cx, y, n, reg, u);
  if (status == JV_OK) status = choose(cx, u, n, reg, opt, choice, o);
  jv_free(cx, u);
  return status;
}
