/* Outliers by their residual from a smooth, and the values that belong in their place.
 *
 *   r_t = z_t - supsmu(z)_t,   z the series, seasonally adjusted where its season is strong
 *   outlier: r_t outside [q25 - w (q75 - q25), q75 + w (q75 - q25)],  w = 3
 *
 * Tukey's fences are at w = 1.5; 3 marks what lies far out: of normal residuals one in 425,000.
 * A second pass on the mended series finds what the first ones hid. */
#include "numeric/clean.h"
#include "numeric/clean_parts.h"
#include "numeric/stl.h"
#include "numeric/summary.h"
#include "numeric/supsmu.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

#define OPT(field) offsetof(jv_outlier_options, field)
const jv_option jv_outlier_option_rows[] = {
    {"width", JV_OPT_REAL, OPT(width), 3, 0.5, 100,
     "interquartile ranges beyond the quartiles at which a residual is an outlier", NULL},
    {"passes", JV_OPT_INT, OPT(passes), 2, 1, 2, "2: look once more at the mended series", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

jv_status jv_adjust_if_seasonal(jv_ctx *cx, const double *x, size_t n, size_t m, double *z) {
  memcpy(z, x, n * sizeof *z);
  if (m < 2 || n <= 2 * m || jv_is_constant(x, n)) return JV_OK;
  double *seasonal = JV_ARRAY(cx, double, 2 * n);
  if (!seasonal) return JV_ENOMEM;
  double *rest = seasonal + n;
  jv_stl_options robust;
  jv_option_defaults(jv_stl_option_rows, &robust);
  robust.robust = 1;
  jv_status status = jv_stl(cx, x, n, m, &robust, seasonal, NULL, rest, NULL);
  if (status == JV_OK) {
    double alone = jv_summary_variance(rest, n);
    for (size_t i = 0; i < n; i++) rest[i] += seasonal[i];
    double together = jv_summary_variance(rest, n);
    if (together > 0 && 1 - alone / together >= 0.6)
      for (size_t i = 0; i < n; i++) z[i] -= seasonal[i];
  }
  jv_free(cx, seasonal);
  return status;
}

/* Scratch of n doubles each. */
typedef struct work {
  double *filled, *adjusted, *residual, *sorted;
} work;

/* Sets mark[i] for the outliers of y, whose missing values take no part. */
static jv_status mark_outliers(jv_ctx *cx, const double *y, size_t n, size_t m, double width,
                               const work *w, bool *mark) {
  JV_TRY(jv_fill_missing(cx, y, n, m, JV_OPT_UNSET, w->filled));
  if (jv_is_constant(w->filled, n)) return JV_OK;
  JV_TRY(jv_adjust_if_seasonal(cx, w->filled, n, m, w->adjusted));
  JV_TRY(jv_supsmu(cx, NULL, w->adjusted, n, 0, 0, w->residual));
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    w->residual[i] = w->adjusted[i] - w->residual[i];
    if (!isnan(y[i])) w->sorted[k++] = w->residual[i];
  }
  jv_sort(w->sorted, k);
  double low = jv_sorted_quantile(w->sorted, k, 0.25),
         high = jv_sorted_quantile(w->sorted, k, 0.75);
  double reach = width * (high - low);
  if (!(high - low + 2 * reach > 1e-14)) return JV_OK;
  for (size_t i = 0; i < n; i++)
    if (!isnan(y[i]) && (w->residual[i] < low - reach || w->residual[i] > high + reach))
      mark[i] = true;
  return JV_OK;
}

/* x: y without what is marked. Nothing may be left to fill from; then y stays as it is. */
static size_t blank_marked(const double *y, size_t n, const bool *mark, double *x) {
  size_t left = 0;
  for (size_t i = 0; i < n; i++) {
    x[i] = mark[i] ? NAN : y[i];
    if (!isnan(x[i])) left++;
  }
  return left;
}

static jv_status find(jv_ctx *cx, const double *y, size_t n, size_t m,
                      const jv_outlier_options *opt, const work *w, bool *mark, double *mended) {
  memcpy(mended, y, n * sizeof *mended);
  for (int pass = 0; pass < opt->passes; pass++) {
    JV_TRY(mark_outliers(cx, mended, n, m, opt->width, w, mark));
    if (blank_marked(y, n, mark, mended) == 0) {
      memset(mark, 0, n * sizeof *mark);
      memcpy(mended, y, n * sizeof *mended);
    }
    JV_TRY(jv_fill_missing(cx, mended, n, m, JV_OPT_UNSET, mended));
  }
  return JV_OK;
}

void jv_outliers_free(jv_ctx *cx, jv_outliers *o) {
  if (!o) return;
  jv_free(cx, o->index);
  jv_free(cx, o->observed);
  jv_free(cx, o->replacement);
  jv_free(cx, o);
}

static jv_status collect(jv_ctx *cx, const double *y, const double *mended, size_t n,
                         const bool *mark, jv_outliers **out) {
  jv_outliers *o = JV_NEW(cx, jv_outliers);
  if (!o) return JV_ENOMEM;
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += mark[i] ? 1 : 0;
  o->index = JV_ARRAY(cx, size_t, count);
  o->observed = JV_ARRAY(cx, double, count);
  o->replacement = JV_ARRAY(cx, double, count);
  if (!o->index || !o->observed || !o->replacement) {
    jv_outliers_free(cx, o);
    return JV_ENOMEM;
  }
  for (size_t i = 0; i < n; i++) {
    if (!mark[i]) continue;
    o->index[o->count] = i;
    o->observed[o->count] = y[i];
    o->replacement[o->count++] = mended[i];
  }
  *out = o;
  return JV_OK;
}

jv_status jv_outliers_find(jv_ctx *cx, const double *y, size_t n, size_t m,
                           const jv_outlier_options *opt, jv_outliers **out) {
  jv_outlier_options o;
  jv_option_defaults(jv_outlier_option_rows, &o);
  if (opt) o = *opt;
  double *memory = JV_ARRAY(cx, double, 5 * n);
  bool *mark = (bool *)jv_calloc(cx, n, sizeof *mark);
  jv_status status = memory && mark ? JV_OK : JV_ENOMEM;
  if (status == JV_OK) {
    work w = {memory, memory + n, memory + 2 * n, memory + 3 * n};
    double *mended = memory + 4 * n;
    status = find(cx, y, n, m, &o, &w, mark, mended);
    if (status == JV_OK) status = collect(cx, y, mended, n, mark, out);
  }
  jv_free(cx, memory);
  jv_free(cx, mark);
  return status;
}
