/* The OCSB test for a seasonal unit root (Osborn, Chui, Smith & Birchenhall, 1988).
 *
 * With D = 1 - B, Dm = 1 - B^m, and lambda(B) = 1 - sum_{i=1..p} l_i B^i the autoregression of
 * w_t = D Dm y_t (least squares, no constant), the test regression (Rodrigues & Osborn, 1999) is
 *   w_t = b1 Z4_{t-1} + b2 Z5_{t-m} + sum_i c_i w_{t-i} + e_t
 *   Z4 = lambda(B) Dm y      Z5 = lambda(B) D y
 * and the statistic is the t ratio of b2: under a seasonal unit root b2 = 0, below the critical
 * value it is rejected. Its 5 % critical value for period m is a smooth through simulated ones
 * (Hyndman et al., R forecast's documentation of ocsb.test):
 *   -1.652202 - 0.2937411 exp(-0.2850853 s - 0.05983644 s^2),  s = log m - 0.7656451
 *
 * Choosing p by a criterion, every candidate is fitted on the sample that the longest one leaves, and
 * none is longer than the series can bear. */
#include "numeric/ols.h"
#include "numeric/seasonal_test.h"
#include "numeric/unit_root.h"
#include <math.h>

#define OPT(field) offsetof(jv_ocsb_options, field)
const jv_option jv_ocsb_option_rows[] = {
    {"lags", JV_OPT_INT, OPT(lags), 0, 0, 1000, "lags of the augmentation, or the most to try",
     NULL},
    {"choose", JV_OPT_CHOICE, OPT(choice), JV_OCSB_FIXED, 0, 3,
     "fixed: as many lags as given; else the criterion that chooses 0 to that many",
     "fixed|aic|aicc|bic"},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct ocsb {
  const double *y;
  size_t m, first, rows, most; /* row i is at time first + i */
  double *w, *x;               /* rows; rows x (most + 2) */
  double *lambda;              /* most */
} ocsb;

static double seasonal_diff(const ocsb *o, size_t t) { return o->y[t] - o->y[t - o->m]; }
static double diff(const ocsb *o, size_t t) { return o->y[t] - o->y[t - 1]; }
static double both(const ocsb *o, size_t t) {
  return seasonal_diff(o, t) - seasonal_diff(o, t - 1);
}

static double filtered(const ocsb *o, double (*of)(const ocsb *, size_t), size_t t, size_t lags) {
  double z = of(o, t);
  for (size_t i = 0; i < lags; i++) z -= o->lambda[i] * of(o, t - 1 - i);
  return z;
}

static void fill_lags(const ocsb *o, size_t lags, size_t column) {
  for (size_t j = 1; j <= lags; j++, column++)
    for (size_t i = 0; i < o->rows; i++) o->x[i + column * o->rows] = both(o, o->first + i - j);
}

static jv_status no_constant(jv_ctx *cx, const ocsb *o, size_t k, jv_ols **fit) {
  jv_ols_options plain = {.intercept = 0, .tolerance = NAN};
  return jv_ols_fit(cx, o->w, o->x, o->rows, k, &plain, fit);
}

static jv_status autoregress(jv_ctx *cx, const ocsb *o, size_t lags) {
  jv_ols *fit = NULL;
  if (lags == 0) return JV_OK;
  fill_lags(o, lags, 0);
  JV_TRY(no_constant(cx, o, lags, &fit));
  for (size_t i = 0; i < lags; i++) o->lambda[i] = isnan(fit->coef[i]) ? 0 : fit->coef[i];
  jv_ols_free(cx, fit);
  return JV_OK;
}

static jv_status regress(jv_ctx *cx, const ocsb *o, size_t lags, jv_ols **fit) {
  JV_TRY(autoregress(cx, o, lags));
  for (size_t i = 0; i < o->rows; i++) {
    size_t t = o->first + i;
    o->x[i] = filtered(o, seasonal_diff, t - 1, lags);
    o->x[i + o->rows] = filtered(o, diff, t - o->m, lags);
  }
  fill_lags(o, lags, 2);
  return no_constant(cx, o, lags + 2, fit);
}

static void start_rows(ocsb *o, size_t n, size_t most) {
  o->first = o->m + 1 + most;
  o->rows = n - o->first;
  for (size_t i = 0; i < o->rows; i++) o->w[i] = both(o, o->first + i);
}

static double criterion(const jv_ols *fit, int choice) {
  return choice == JV_OCSB_AIC ? fit->aic : choice == JV_OCSB_AICC ? fit->aicc : fit->bic;
}

static jv_status choose_lags(jv_ctx *cx, ocsb *o, size_t n, int choice, size_t *lags) {
  double best = INFINITY;
  *lags = 0;
  start_rows(o, n, o->most);
  for (size_t p = 0; p <= o->most; p++) {
    jv_ols *fit = NULL;
    JV_TRY(regress(cx, o, p, &fit));
    double value = criterion(fit, choice);
    if (value < best) {
      best = value;
      *lags = p;
    }
    jv_ols_free(cx, fit);
  }
  return JV_OK;
}

static jv_status run(jv_ctx *cx, ocsb *o, size_t n, int choice, jv_ocsb_result *out) {
  size_t lags = o->most;
  jv_ols *fit = NULL;
  if (choice != JV_OCSB_FIXED && o->most > 0) JV_TRY(choose_lags(cx, o, n, choice, &lags));
  start_rows(o, n, lags);
  JV_TRY(regress(cx, o, lags, &fit));
  double statistic = fit->t[1], s = log((double)o->m) - 0.7656451;
  jv_ols_free(cx, fit);
  if (!isfinite(statistic))
    return jv_fail(cx, JV_EDATA, "ocsb: the regression is exact, there is no t ratio");
  *out = (jv_ocsb_result){.statistic = statistic, .lags = lags, .n = o->rows};
  out->critical = -1.652202 - 0.2937411 * exp(-0.2850853 * s - 0.05983644 * s * s);
  return JV_OK;
}

static size_t least_values(size_t m, size_t most) { return m + 1 + most + most + 4; }

static jv_status check(jv_ctx *cx, const double *y, size_t n, size_t m, size_t most) {
  if (m < 2)
    return jv_fail(cx, JV_EINVAL, "ocsb needs a seasonal period of 2 at least, got %zu", m);
  size_t least = least_values(m, most);
  if (n < least)
    return jv_fail(cx, JV_EDATA,
                   "ocsb: period %zu with %zu lags needs %zu values at least, got %zu", m, most,
                   least, n);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(y[i]))
      return jv_fail(cx, JV_EDATA, "ocsb: value %zu of %zu is %s", i + 1, n,
                     isnan(y[i]) ? "missing" : "infinite");
  if (jv_is_constant(y, n)) return jv_fail(cx, JV_EDATA, "ocsb: the series is constant");
  return JV_OK;
}

jv_status jv_ocsb(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_ocsb_options *opt,
                  jv_ocsb_result *out) {
  jv_ocsb_options options;
  jv_option_defaults(jv_ocsb_option_rows, &options);
  if (opt) options = *opt;
  size_t most = (size_t)options.lags;
  while (options.choice != JV_OCSB_FIXED && most > 0 && n < least_values(m, most)) most--;
  JV_TRY(check(cx, y, n, m, most));
  size_t rows = n - m - 1;
  double *memory = JV_ARRAY(cx, double, rows *(most + 3) + most);
  if (!memory) return JV_ENOMEM;
  ocsb o = {.y = y, .m = m, .most = most, .w = memory, .x = memory + rows};
  o.lambda = memory + rows * (most + 3);
  jv_status status = run(cx, &o, n, options.choice, out);
  jv_free(cx, memory);
  return status;
}
