/* One-way analysis of variance.
 *
 *   SSB = sum_g n_g (mean_g - mean)^2     SSW = sum_g sum_i (y_gi - mean_g)^2     F = MSB / MSW
 *
 * Every mean is a pair of doubles and every sum is taken in twice the working precision, so that data
 * with many constant leading digits lose nothing but what their own rounding took. */
#include "numeric/anova.h"
#include "numeric/distribution.h"
#include "numeric/twofold.h"
#include <math.h>

typedef struct cell {
  jv_twofold sum, mean;
  double n;
} cell;

/* y - mean to the last digit that a double holds. */
static double apart(double y, jv_twofold mean) { return (y - mean.hi) - mean.lo; }

static jv_status gather(jv_ctx *cx, const double *y, const size_t *group, size_t n, size_t groups,
                        cell *cells, cell *all) {
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "anova: value %zu is infinite", i + 1);
    if (group[i] >= groups)
      return jv_fail(cx, JV_EINVAL, "anova: value %zu is of group %zu of %zu", i + 1, group[i] + 1,
                     groups);
    jv_twofold_add(&cells[group[i]].sum, y[i]);
    jv_twofold_add(&all->sum, y[i]);
    cells[group[i]].n++;
    all->n++;
  }
  if (all->n > 0) all->mean = jv_twofold_divide(all->sum, all->n);
  return JV_OK;
}

static void sums(const double *y, const size_t *group, size_t n, size_t groups, cell *cells,
                 const cell *all, jv_anova *out) {
  jv_twofold between = {0, 0}, within = {0, 0};
  for (size_t g = 0; g < groups; g++) {
    if (cells[g].n == 0) continue;
    cells[g].mean = jv_twofold_divide(cells[g].sum, cells[g].n);
    double d = (cells[g].mean.hi - all->mean.hi) + (cells[g].mean.lo - all->mean.lo);
    jv_twofold_add_product(&between, cells[g].n * d, d);
    out->groups++;
  }
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    double d = apart(y[i], cells[group[i]].mean);
    jv_twofold_add_product(&within, d, d);
  }
  out->ss_between = jv_twofold_value(between);
  out->ss_within = jv_twofold_value(within);
  out->n = (size_t)all->n;
}

static jv_status finish(jv_ctx *cx, jv_anova *a) {
  if (a->groups < 2)
    return jv_fail(cx, JV_EDATA, "anova needs two groups with values at least, got %zu", a->groups);
  if (a->n <= a->groups)
    return jv_fail(cx, JV_EDATA, "anova: %zu groups need more than %zu values", a->groups, a->n);
  if (!(a->ss_between > 0) && !(a->ss_within > 0))
    return jv_fail(cx, JV_EDATA, "anova: all values are the same");
  a->df_between = (double)a->groups - 1;
  a->df_within = (double)(a->n - a->groups);
  a->ms_between = a->ss_between / a->df_between;
  a->ms_within = a->ss_within / a->df_within;
  a->f = a->ms_between / a->ms_within;
  a->p_value = jv_f_upper(a->f, a->df_between, a->df_within);
  a->r2 = a->ss_between / (a->ss_between + a->ss_within);
  a->sigma = sqrt(a->ms_within);
  return JV_OK;
}

jv_status jv_anova_of(jv_ctx *cx, const double *y, const size_t *group, size_t n, size_t groups,
                      jv_anova *out) {
  jv_anova made = {0};
  cell all = {.n = 0};
  cell *cells = (cell *)jv_calloc(cx, groups ? groups : 1, sizeof *cells);
  if (!cells) return JV_ENOMEM;
  jv_status status = gather(cx, y, group, n, groups, cells, &all);
  if (status == JV_OK) {
    sums(y, group, n, groups, cells, &all, &made);
    status = finish(cx, &made);
  }
  jv_free(cx, cells);
  if (status == JV_OK) *out = made;
  return status;
}
