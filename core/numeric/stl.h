/* STL: seasonal and trend decomposition by loess. */
#ifndef JV_NUMERIC_STL_H
#define JV_NUMERIC_STL_H

#include "base/ctx.h"
#include "base/option.h"
#include <stddef.h>

/* The one choice of window: the season is the same every year. */
enum { JV_STL_PERIODIC };

/* Absent (JV_OPT_UNSET, NaN) is "as the paper has it": the defaults stand beside each member. Windows
 * are counted in observations, those of the season in whole seasons; even ones are taken as the next
 * odd one. */
typedef struct jv_stl_options {
  jv_real_or_choice window; /* seasonal loess; 11. JV_STL_PERIODIC: s_degree does not matter */
  int robust;               /* 1: outliers are weighted down: inner 1, outer 15; else 2 and 0 */
  int t_window;             /* trend loess; next odd of 1.5 m / (1 - 1.5 / window) */
  int l_window;             /* low-pass loess; next odd of m */
  int s_degree;             /* 0 or 1; 0 */
  int t_degree;             /* 1 */
  int l_degree;             /* t_degree */
  int s_jump; /* points between evaluations of loess; a tenth of each window, rounded up */
  int t_jump, l_jump;
  int inner, outer; /* passes */
} jv_stl_options;

/* The rows of these options for a table of options whose struct has them as `member`. */
/* clang-format off */
#define JV_STL_ROW(type, member, name, kind, deflt, min, max, doc, choices) \
  {#name, kind, offsetof(type, member.name), deflt, min, max, doc, choices}
#define JV_STL_OPTION_ROWS(type, member) \
  JV_STL_ROW(type, member, window, JV_OPT_REAL_OR_CHOICE, NAN, 3, 1e6, \
    "seasonal window in whole seasons, odd, 7 or more for a steady season, or periodic: the " \
    "same season in every year; absent: 11", "periodic"), \
  JV_STL_ROW(type, member, robust, JV_OPT_FLAG, 0, 0, 1, \
    "weight outliers down: their surprise stays in the remainder", NULL), \
  JV_STL_ROW(type, member, t_window, JV_OPT_INT, NAN, 3, 1e8, \
    "trend window in observations; absent: next odd of 1.5 m / (1 - 1.5 / window)", NULL), \
  JV_STL_ROW(type, member, l_window, JV_OPT_INT, NAN, 3, 1e8, \
    "low-pass window in observations; absent: next odd of m", NULL), \
  JV_STL_ROW(type, member, s_degree, JV_OPT_INT, 0, 0, 1, \
    "degree of the seasonal loess", NULL), \
  JV_STL_ROW(type, member, t_degree, JV_OPT_INT, 1, 0, 1, \
    "degree of the trend loess", NULL), \
  JV_STL_ROW(type, member, l_degree, JV_OPT_INT, NAN, 0, 1, \
    "degree of the low-pass loess; absent: t_degree", NULL), \
  JV_STL_ROW(type, member, s_jump, JV_OPT_INT, NAN, 1, 1e8, \
    "seasons from one evaluation of loess to the next; absent: a tenth of window", NULL), \
  JV_STL_ROW(type, member, t_jump, JV_OPT_INT, NAN, 1, 1e8, \
    "the same for the trend, in observations", NULL), \
  JV_STL_ROW(type, member, l_jump, JV_OPT_INT, NAN, 1, 1e8, \
    "the same for the low-pass loess", NULL), \
  JV_STL_ROW(type, member, inner, JV_OPT_INT, NAN, 1, 1000, \
    "passes between trend and season; absent: 2, robust 1", NULL), \
  JV_STL_ROW(type, member, outer, JV_OPT_INT, NAN, 0, 1000, \
    "passes with robustness weights; absent: 0, robust 15", NULL)
/* clang-format on */

extern const jv_option jv_stl_option_rows[];

/* The numbers in force for a season of m (of a series of n): no member is JV_OPT_UNSET. */
jv_stl_options jv_stl_settings(const jv_stl_options *opt, size_t n, size_t m);

/* jv_stl(cx, y, n, m, opt, seasonal, trend, remainder, weights): y = trend + seasonal + remainder.
 *
 *   y        n values, none missing; n > 2 m, m >= 2
 *   opt      NULL: the defaults
 *   outputs  n values each, the caller's; NULL skips one. weights: the robustness weights of the last
 *            pass, 1 without robust. None may be y.
 *
 * Cost O(n * windows) a pass; allocates O(n).
 * Errors: JV_EDATA (m < 2, n <= 2 m, a value that is missing), JV_ENOMEM, JV_ECANCEL.
 * Source: Cleveland, Cleveland, McRae & Terpenning (1990), STL, J. Official Statistics 6, 3-73.
 * Checked by: tests/core/test_stl.c, tests/core/test_decompose_conformance.c */
jv_status jv_stl(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_stl_options *opt,
                 double *seasonal, double *trend, double *remainder, double *weights);

#endif
