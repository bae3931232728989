/* Between the files of the evaluation bindings: evaluate.c, backtest.c, backtest_result.c. */
#ifndef JV_BINDINGS_BACKTESTS_H
#define JV_BINDINGS_BACKTESTS_H

#include "bind.h"
#include "evaluate/backtest.h"

/* What a result object owns. */
typedef struct jvl_result {
  jv_model_spec *specs;
  size_t n_specs;
  jv_backtest_job job;
  double *levels;
  jv_backtest **runs; /* n; NULL for a series too short */
  jv_period *starts;  /* n; frequency index with ordinal 1 when undated */
  char **ids;         /* n */
  size_t n;
  jv_board *board;
} jvl_result;

extern const jvl_class jvl_result_class; /* bindings/backtest_result.c */
void jvl_register_result(lua_State *L);

void jvl_open_backtest(lua_State *L);

/* Fields of the table on top. */
void jvl_set_number(lua_State *L, const char *name, double value);
void jvl_set_count(lua_State *L, const char *name, size_t value);
void jvl_set_accuracy(lua_State *L, const jv_accuracy *a);

#endif
