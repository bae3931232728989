/* What the bindings of statistical tests share: reading y and its season, pushing a result. */
#ifndef JV_BINDINGS_TEST_RESULTS_H
#define JV_BINDINGS_TEST_RESULTS_H

#include "fits.h"
#include "numeric/test_result.h"

/* Pushes a result {test=, null=, statistic=, p_value=, …} that prints as text. */
void jvl_push_test(lua_State *L, const char *test, const char *null, const jv_test_result *r);
/* Registers what it prints as, once a state. */
void jvl_register_test(lua_State *L);

/* Option season of the table at idx (nil: none), or that of the frequency of the series at y_idx, or
 * 1. Leaves the stack as it was. */
size_t jvl_season_option(lua_State *L, int idx, int y_idx);
/* A number where the table of options is wanted, ljung_box(e, 8), is that option. */
void jvl_number_as(lua_State *L, int idx, const char *option);
/* The names to skip in jvl_options where only the season is the binding's own. */
extern const char *const jvl_season_only[];

/* Replaces two series at a and b by their values over the periods that both have, else takes values
 * as they come; throws when the lengths differ. Pushes scratch. */
void jvl_check_pairs(lua_State *L, int a, int b, const double **x, const double **y, size_t *n);

#endif
