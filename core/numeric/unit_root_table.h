/* The tables behind the unit-root tests: inside of core/numeric/unit_root.c. */
#ifndef JV_NUMERIC_UNIT_ROOT_TABLE_H
#define JV_NUMERIC_UNIT_ROOT_TABLE_H

#include "numeric/unit_root.h"

/* y at `at` between the points (x_i, y_i), x rising or falling; outside it is that of the nearer
 * end, and *beyond (or NULL) says 1 when that end has the larger y, -1 when the smaller. */
double jv_interpolate_table(const double *x, const double *y, size_t n, double at, int *beyond);

/* P(statistic smaller) for the t ratio, or for n (rho - 1) when alpha, in a sample of n. */
double jv_fuller_p(jv_unit_trend trend, bool alpha, size_t n, double statistic, int *beyond);

/* Critical values at 1, 5 and 10 %: the row of Fuller's table for n (as in R's urca), or MacKinnon's
 * response surface for the t ratio. */
void jv_fuller_critical(jv_unit_trend trend, bool alpha, size_t n, jv_test_result *out);
void jv_mackinnon_critical(jv_unit_trend trend, size_t n, jv_test_result *out);

/* Critical values at 10, 5, 2.5 and 1 %, and the p-value of out->statistic. */
void jv_kpss_table(jv_unit_trend trend, jv_test_result *out);

#endif
