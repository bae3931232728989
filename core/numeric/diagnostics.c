/* Portmanteau tests, ARCH effects, Jarque-Bera; diagnostics.h has the formulas. */
#include "numeric/diagnostics.h"
#include "numeric/acf.h"
#include "numeric/distribution.h"
#include "numeric/ols.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include <math.h>

static jv_test_result chi_square(double statistic, double df, size_t n, size_t lags) {
  return (jv_test_result){.statistic = statistic,
                          .p_value = jv_chi_square_upper(statistic, df),
                          .df = df,
                          .df2 = NAN,
                          .n = n,
                          .lags = lags};
}

static jv_status check(jv_ctx *cx, const char *what, const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (isinf(x[i]))
      return jv_fail(cx, JV_EDATA, "%s: value %zu of %zu is infinite", what, i + 1, n);
  if (jv_is_constant(x, n)) return jv_fail(cx, JV_EDATA, "%s: the values are constant", what);
  return JV_OK;
}

static jv_status portmanteau(jv_ctx *cx, const char *what, const double *e, size_t n, size_t lags,
                             size_t fitdf, bool ljung, jv_test_result *out) {
  size_t observed = jv_summary_count(e, n);
  if (lags == 0 || lags >= n)
    return jv_fail(cx, JV_EINVAL, "%s: lags must be 1 to %zu, got %zu", what, n ? n - 1 : 0, lags);
  if (fitdf >= lags)
    return jv_fail(cx, JV_EINVAL, "%s: fitdf %zu leaves none of %zu lags", what, fitdf, lags);
  JV_TRY(check(cx, what, e, n));
  double *r = JV_ARRAY(cx, double, lags + 1), sum = 0, size = (double)observed;
  if (!r) return JV_ENOMEM;
  jv_status status = jv_acf(cx, e, n, lags, r);
  for (size_t k = 1; k <= lags; k++) sum += r[k] * r[k] / (ljung ? size - (double)k : 1);
  jv_free(cx, r);
  if (status != JV_OK) return status;
  *out = chi_square(sum * size * (ljung ? size + 2 : 1), (double)(lags - fitdf), observed, lags);
  return JV_OK;
}

jv_status jv_ljung_box(jv_ctx *cx, const double *e, size_t n, size_t lags, size_t fitdf,
                       jv_test_result *out) {
  return portmanteau(cx, "ljung_box", e, n, lags, fitdf, true, out);
}

jv_status jv_box_pierce(jv_ctx *cx, const double *e, size_t n, size_t lags, size_t fitdf,
                        jv_test_result *out) {
  return portmanteau(cx, "box_pierce", e, n, lags, fitdf, false, out);
}

jv_status jv_arch_lm(jv_ctx *cx, const double *e, size_t n, size_t lags, jv_test_result *out) {
  if (lags == 0) return jv_fail(cx, JV_EINVAL, "arch_lm: lags must be at least 1, got 0");
  if (n < 2 * lags + 2)
    return jv_fail(cx, JV_EDATA, "arch_lm: %zu lags need %zu values at least, got %zu", lags,
                   2 * lags + 2, n);
  JV_TRY(check(cx, "arch_lm", e, n));
  size_t rows = n - lags;
  double *y = JV_ARRAY(cx, double, rows *(lags + 1));
  if (!y) return JV_ENOMEM;
  for (size_t j = 0; j <= lags; j++)
    for (size_t i = 0; i < rows; i++) y[i + j * rows] = e[lags + i - j] * e[lags + i - j];
  jv_ols *fit = NULL;
  jv_status status = jv_ols_fit(cx, y, y + rows, rows, lags, NULL, &fit);
  jv_free(cx, y);
  if (status != JV_OK) return jv_fail_in(cx, "arch_lm: ");
  double size = (double)fit->n_used, r2 = fit->r2;
  jv_ols_free(cx, fit);
  if (!isfinite(r2)) return jv_fail(cx, JV_EDATA, "arch_lm: the squares are constant");
  *out = chi_square(size * r2, (double)lags, (size_t)size, lags);
  return JV_OK;
}

jv_status jv_jarque_bera(jv_ctx *cx, const double *x, size_t n, jv_test_result *out) {
  size_t observed = jv_summary_count(x, n);
  if (observed < 3)
    return jv_fail(cx, JV_EDATA, "jarque_bera needs 3 values at least, got %zu", observed);
  JV_TRY(check(cx, "jarque_bera", x, n));
  double mean = jv_summary_mean(x, n), m2 = 0, m3 = 0, m4 = 0, size = (double)observed;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i])) continue;
    double d = x[i] - mean, square = d * d;
    m2 += square / size;
    m3 += square * d / size;
    m4 += square * square / size;
  }
  double skew = m3 / pow(m2, 1.5), excess = m4 / (m2 * m2) - 3;
  *out = chi_square(size * (skew * skew / 6 + excess * excess / 24), 2, observed, 0);
  return JV_OK;
}
