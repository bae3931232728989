/* What the cleaning files share: inside of core/numeric/{outliers,shifts}.c. */
#ifndef JV_NUMERIC_CLEAN_PARTS_H
#define JV_NUMERIC_CLEAN_PARTS_H

#include "numeric/clean.h"

/* z: x without its season when that is strong (0.6 by robust STL), else x. x is complete. */
jv_status jv_adjust_if_seasonal(jv_ctx *cx, const double *x, size_t n, size_t m, double *z);

#endif
