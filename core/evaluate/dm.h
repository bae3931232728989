/* Whether two forecasts differ in accuracy by more than chance. */
#ifndef JV_EVALUATE_DM_H
#define JV_EVALUATE_DM_H

#include "base/ctx.h"
#include "base/option.h"
#include "numeric/test_result.h"

typedef enum jv_dm_variance { JV_DM_RECTANGULAR, JV_DM_BARTLETT } jv_dm_variance;
typedef enum jv_dm_alternative { JV_DM_TWO_SIDED, JV_DM_LESS, JV_DM_GREATER } jv_dm_alternative;

typedef struct jv_dm_options {
  int h;           /* horizon of the errors; 1 */
  double power;    /* of the loss |e|^power; 2 */
  int variance;    /* jv_dm_variance */
  int alternative; /* jv_dm_alternative */
  int correct;     /* 1: the small-sample correction, Student's t with n - 1 */
} jv_dm_options;

extern const jv_option jv_dm_option_rows[];

/* jv_dm_test(cx, e1, e2, n, opt, out): H0 both errors lose the same on average. A negative statistic
 * says that the first loses less; `less` is the alternative that the second is less accurate
 * (the first loses less), `greater` the reverse. Pairs with a missing side are left out.
 * Errors: JV_EDATA (too few pairs, infinite, no difference at all), JV_EINVAL, JV_ENOMEM.
 * Checked by: tests/core/test_dm.c, tests/core/test_stats_conformance.c */
jv_status jv_dm_test(jv_ctx *cx, const double *e1, const double *e2, size_t n,
                     const jv_dm_options *opt, jv_test_result *out);

#endif
