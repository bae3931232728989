/* One-way analysis of variance. */
#ifndef JV_NUMERIC_ANOVA_H
#define JV_NUMERIC_ANOVA_H

#include "base/ctx.h"

typedef struct jv_anova {
  double ss_between, ss_within, df_between, df_within; /* sums of squares, degrees of freedom */
  double ms_between, ms_within, f, p_value, r2;
  double sigma; /* sqrt(ms_within), the residual standard deviation */
  size_t n, groups;
} jv_anova;

/* jv_anova_of(cx, y, group, n, groups, out): H0 all groups have the same mean.
 *
 *   y      n doubles, NaN = missing (left out)
 *   group  n numbers 0 .. groups - 1; a group without values does not count
 *
 * Means and sums in twice the working precision: the digits are those of the data (NIST's files).
 * Errors: JV_EDATA (fewer than two groups with values, no group with two, infinite), JV_EINVAL (a group
 * beyond groups), JV_ENOMEM. Checked by: tests/core/test_anova.c */
jv_status jv_anova_of(jv_ctx *cx, const double *y, const size_t *group, size_t n, size_t groups,
                      jv_anova *out);

#endif
