/* Level shifts: lasting steps, by medians on both sides. clean.h has the definition. */
#include "numeric/clean.h"
#include "numeric/clean_parts.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

#define OPT(field) offsetof(jv_shift_options, field)
const jv_option jv_shift_option_rows[] = {
    {"threshold", JV_OPT_REAL, OPT(threshold), 6, 1, 1000,
     "robust standard deviations of the usual difference between neighbouring medians", NULL},
    {"window", JV_OPT_INT, OPT(window), NAN, 2, 1e6,
     "values on either side; absent: the period, 6 at least", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static double median_of(const double *x, size_t n, double *scratch) {
  memcpy(scratch, x, n * sizeof *scratch);
  jv_sort(scratch, n);
  return jv_sorted_quantile(scratch, n, 0.5);
}

/* The differences s_t, t = w .. n - w, then their centre and spread. */
typedef struct steps {
  double *s, *scratch;
  size_t w, count;
  double centre, spread;
} steps;

static void take_steps(const double *z, size_t n, steps *k) {
  k->count = n - 2 * k->w + 1;
  for (size_t i = 0; i < k->count; i++)
    k->s[i] = median_of(z + i + k->w, k->w, k->scratch) - median_of(z + i, k->w, k->scratch);
  k->centre = median_of(k->s, k->count, k->scratch);
  for (size_t i = 0; i < k->count; i++) k->s[i] -= k->centre;
  double *size = k->scratch;
  for (size_t i = 0; i < k->count; i++) size[i] = fabs(k->s[i]);
  jv_sort(size, k->count);
  k->spread = 1.4826 * jv_sorted_quantile(size, k->count, 0.5);
}

/* The step at place i, without the usual drift, in the direction of s_i. */
static double step_at(const steps *k, const double *z, size_t i) {
  double step = z[i + k->w] - z[i + k->w - 1] - k->centre / (double)k->w;
  return k->s[i] < 0 ? -step : step;
}

static bool stands_out(const steps *k, const double *z, size_t i, double least) {
  return fabs(k->s[i]) > least && step_at(k, z, i) >= 0.5 * fabs(k->s[i]);
}

/* Around a shift several s_t stand out, for medians hardly move as t does: it lies at the largest
 * step among those within a window. */
static bool is_peak(const steps *k, const double *z, size_t i, double least) {
  size_t from = i > k->w ? i - k->w : 0, to = i + k->w < k->count ? i + k->w : k->count - 1;
  double own = step_at(k, z, i);
  for (size_t j = from; j <= to; j++) {
    if (j == i || !stands_out(k, z, j, least)) continue;
    double other = step_at(k, z, j);
    if (other > own || (other >= own && j < i)) return false;
  }
  return true;
}

static size_t find(const double *z, size_t n, double threshold, steps *k, jv_shift *shifts) {
  size_t count = 0;
  take_steps(z, n, k);
  /* A series that is flat but for one step has no spread: rounding stands in for it. */
  double size = 0;
  for (size_t i = 0; i < n; i++) size = fmax(size, fabs(z[i]));
  double spread = fmax(k->spread, 1e-9 * size), least = threshold * spread;
  for (size_t i = 0; i < k->count; i++)
    if (stands_out(k, z, i, least) && is_peak(k, z, i, least))
      shifts[count++] = (jv_shift){i + k->w, k->s[i], k->s[i] / spread};
  return count;
}

jv_status jv_level_shifts(jv_ctx *cx, const double *y, size_t n, size_t m,
                          const jv_shift_options *opt, jv_shift *shifts, size_t *count) {
  jv_shift_options o;
  jv_option_defaults(jv_shift_option_rows, &o);
  if (opt) o = *opt;
  size_t w = o.window != JV_OPT_UNSET ? (size_t)o.window : m > 6 ? m : 6;
  double *memory = JV_ARRAY(cx, double, 4 * n);
  if (!memory) return JV_ENOMEM;
  double *filled = memory, *z = memory + n;
  steps k = {.s = memory + 2 * n, .scratch = memory + 3 * n, .w = w};
  jv_status status = jv_fill_missing(cx, y, n, m, JV_OPT_UNSET, filled);
  if (status == JV_OK) status = jv_adjust_if_seasonal(cx, filled, n, m, z);
  if (status == JV_OK)
    *count = n < 4 * w || jv_is_constant(z, n) ? 0 : find(z, n, o.threshold, &k, shifts);
  jv_free(cx, memory);
  return status;
}
