/* Features of a series: preparation, moments, intermittency; the rest is in features_*.c. The
 * definitions stand in features.h. */
#include "evaluate/features_parts.h"
#include "numeric/boxcox_choice.h"
#include "numeric/clean.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include <math.h>

static void set_absent(jv_features *out) {
#define X(name, text) out->name = NAN;
  JV_FEATURES(X)
#undef X
}

static jv_status check(jv_ctx *cx, const double *y, size_t n, size_t m) {
  size_t observed = 0;
  if (m == 0) return jv_fail(cx, JV_EINVAL, "features: the season must be 1 at least, got 0");
  for (size_t i = 0; i < n; i++) {
    if (isinf(y[i]))
      return jv_fail(cx, JV_EDATA, "features: value %zu of %zu is infinite", i + 1, n);
    if (!isnan(y[i])) observed++;
  }
  if (observed) return JV_OK;
  return jv_fail(cx, JV_EDATA, "features: none of %zu values is observed", n);
}

/* What the observed values say without their order; demand is scratch of n. */
static void describe(const double *y, size_t n, size_t m, double *demand, jv_features *out) {
  size_t observed = jv_summary_count(y, n), k = 0;
  double count = (double)observed, mean = jv_summary_mean(y, n), m2 = 0, m3 = 0, m4 = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    double d = y[i] - mean;
    m2 += d * d / count;
    m3 += d * d * d / count;
    m4 += d * d * d * d / count;
    if (y[i] != 0) demand[k++] = y[i];
  }
  out->n = (double)n;
  out->season = (double)m;
  out->missing = 1 - count / (double)n;
  out->zeros = 1 - (double)k / count;
  out->adi = k ? count / (double)k : NAN;
  out->cv2 = k > 1 ? pow(jv_summary_sd(demand, k) / jv_summary_mean(demand, k), 2) : NAN;
  if (jv_is_constant(y, n)) return;
  out->skewness = m3 / pow(m2, 1.5);
  out->kurtosis = m4 / (m2 * m2) - 3;
}

static jv_status find_outliers(jv_ctx *cx, const double *y, size_t n, size_t m, jv_features *out) {
  jv_outliers *o = NULL;
  JV_TRY(jv_outliers_find(cx, y, n, m, NULL, &o));
  out->outliers = (double)o->count / (double)n;
  jv_outliers_free(cx, o);
  return JV_OK;
}

static jv_status choose_lambda(jv_ctx *cx, const double *y, size_t n, size_t m, jv_features *out) {
  for (size_t i = 0; i < n; i++)
    if (y[i] <= 0) return JV_OK;
  return jv_feature_absent(jv_boxcox_guerrero(cx, y, n, m, -1, 2, &out->lambda));
}

static jv_status collect(jv_ctx *cx, const jv_feature_input *in, bool models, jv_features *out) {
  if (in->constant) return JV_OK;
  JV_TRY(jv_features_stl(cx, in, out));
  JV_TRY(jv_features_acf(cx, in, out));
  JV_TRY(jv_features_spectrum(cx, in, out));
  jv_features_windows(in, out);
  jv_features_runs(in, out);
  JV_TRY(jv_features_tests(cx, in, out));
  return models ? jv_features_models(cx, in, out) : JV_OK;
}

jv_status jv_features_of(jv_ctx *cx, const double *y, size_t n, size_t m, bool models,
                         jv_features *out) {
  jv_features made;
  set_absent(&made);
  JV_TRY(check(cx, y, n, m));
  double *memory = JV_ARRAY(cx, double, 6 * n + 64);
  if (!memory) return JV_ENOMEM;
  double *filled = memory, *z = memory + n;
  jv_feature_input in = {
      .y = filled, .z = z, .n = n, .m = m, .w = m > 1 ? m : 10, .room = memory + 2 * n};
  describe(y, n, m, in.room, &made);
  jv_status status = jv_fill_missing(cx, y, n, m, JV_OPT_UNSET, filled);
  if (status == JV_OK) {
    in.constant = jv_is_constant(filled, n);
    double mean = jv_summary_mean(filled, n), sd = jv_summary_sd(filled, n);
    for (size_t i = 0; i < n; i++) z[i] = in.constant ? NAN : (filled[i] - mean) / sd;
    status = find_outliers(cx, y, n, m, &made);
  }
  if (status == JV_OK) status = choose_lambda(cx, filled, n, m, &made);
  if (status == JV_OK) status = collect(cx, &in, models, &made);
  jv_free(cx, memory);
  if (status == JV_OK) *out = made;
  return status;
}
