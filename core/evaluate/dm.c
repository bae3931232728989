/* Diebold-Mariano test with the correction of Harvey, Leybourne & Newbold.
 *
 *   d_t = |e1_t|^power - |e2_t|^power,  c_k its autocovariances (divisor n)
 *   V = (c_0 + 2 sum_{k=1..h-1} w_k c_k) / n     w_k = 1, or Bartlett's 1 - k/h
 *   DM = mean(d) / sqrt(V)
 *   corrected: sqrt((n + 1 - 2 h + h (h - 1) / n) / n) DM, Student's t with n - 1
 * h-step errors of a good forecast are correlated up to lag h - 1, which w_k = 1 uses to the full; V
 * may then be negative, and Bartlett's weights, under which it cannot, take over (`lags` of the
 * result says h - 1 in both cases, `beyond` 1 in that one).
 * Diebold & Mariano (1995); Harvey, Leybourne & Newbold (1997), eq. 9. */
#include "evaluate/dm.h"
#include "numeric/acf.h"
#include "numeric/distribution.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"

#define OPT(field) offsetof(jv_dm_options, field)
const jv_option jv_dm_option_rows[] = {
    {"h", JV_OPT_INT, OPT(h), 1, 1, 1e6, "horizon of the errors", NULL},
    {"power", JV_OPT_REAL, OPT(power), 2, 0.1, 10, "of the loss |error|^power", NULL},
    {"variance", JV_OPT_CHOICE, OPT(variance), JV_DM_RECTANGULAR, 0, 1,
     "weights of the autocovariances up to h - 1", "rectangular|bartlett"},
    {"alternative", JV_OPT_CHOICE, OPT(alternative), JV_DM_TWO_SIDED, 0, 2,
     "less: the first loses less; greater: the second does", "two_sided|less|greater"},
    {"correct", JV_OPT_FLAG, OPT(correct), 1, 0, 1,
     "small-sample correction and Student's t; else the normal", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* d without missing values; returns how many. */
static size_t losses(const double *e1, const double *e2, size_t n, double power, double *d) {
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    double a = fabs(e1[i]), b = fabs(e2[i]);
    if (isnan(a) || isnan(b)) continue;
    d[k++] = power == 2 ? a * a - b * b : pow(a, power) - pow(b, power);
  }
  return k;
}

static double variance_of_mean(const double *c, size_t n, size_t h, bool bartlett) {
  double sum = c[0];
  for (size_t k = 1; k < h; k++) sum += 2 * (bartlett ? 1 - (double)k / (double)h : 1) * c[k];
  return sum / (double)n;
}

static double tail(double t, double df, int alternative) {
  switch (alternative) {
  case JV_DM_LESS:
    return jv_student_cdf(t, df);
  case JV_DM_GREATER:
    return jv_student_upper(t, df);
  default:
    return 2 * jv_student_upper(fabs(t), df);
  }
}

static jv_status test(jv_ctx *cx, const double *d, size_t n, const jv_dm_options *o, double *c,
                      jv_test_result *out) {
  size_t h = (size_t)o->h;
  double size = (double)n, steps = (double)h;
  if (jv_is_constant(d, n) && d[0] == 0)
    return jv_fail(cx, JV_EDATA, "dm_test: both errors lose the same everywhere");
  JV_TRY(jv_autocovariance(cx, d, n, h - 1, c));
  bool bartlett = o->variance == JV_DM_BARTLETT;
  double variance = variance_of_mean(c, n, h, bartlett);
  bool negative = !(variance > 0) && h > 1 && !bartlett;
  if (negative) variance = variance_of_mean(c, n, h, true);
  if (!(variance > 0))
    return jv_fail(cx, JV_EDATA, "dm_test: the difference of the losses does not vary");
  double t = jv_summary_mean(d, n) / sqrt(variance);
  if (o->correct) t *= sqrt((size + 1 - 2 * steps + steps * (steps - 1) / size) / size);
  *out = (jv_test_result){.statistic = t, .df = o->correct ? size - 1 : INFINITY, .df2 = NAN};
  out->p_value = tail(t, out->df, o->alternative);
  out->n = n;
  out->lags = h - 1;
  out->beyond = negative;
  return JV_OK;
}

jv_status jv_dm_test(jv_ctx *cx, const double *e1, const double *e2, size_t n,
                     const jv_dm_options *opt, jv_test_result *out) {
  jv_dm_options o;
  jv_option_defaults(jv_dm_option_rows, &o);
  if (opt) o = *opt;
  for (size_t i = 0; i < n; i++)
    if (isinf(e1[i]) || isinf(e2[i]))
      return jv_fail(cx, JV_EDATA, "dm_test: an error is infinite in row %zu", i + 1);
  double *d = JV_ARRAY(cx, double, 2 * n);
  if (!d) return JV_ENOMEM;
  size_t k = losses(e1, e2, n, o.power, d);
  jv_status status = JV_OK;
  if (k < 2 || k < 2 * (size_t)o.h)
    status = jv_fail(cx, JV_EDATA, "dm_test: horizon %d needs %d pairs of errors, got %zu", o.h,
                     o.h > 1 ? 2 * o.h : 2, k);
  if (status == JV_OK) status = test(cx, d, k, &o, d + n, out);
  jv_free(cx, d);
  return status;
}
