/* Rolling-origin backtests of a panel: rows unique_id,cutoff,ds,y,MODEL… and a score board. */
#ifndef JV_EVALUATE_PANEL_BACKTEST_H
#define JV_EVALUATE_PANEL_BACKTEST_H

#include "evaluate/backtest.h"
#include "evaluate/panel.h"

/* Backtests one series: its rows onto out, one row onto status for each model that failed at some
 * origin (its fields there stay empty), its scores onto the board. job gives season and seed. */
jv_status jv_panel_backtest_series(jv_ctx *cx, const jv_panel_job *job,
                                   const jv_backtest_job *models, const jv_panel_series *series,
                                   bool single, jv_board *board, jv_csv_writer *out,
                                   jv_csv_writer *status, size_t *failed, size_t *rows);

/* The whole panel, in the order of the input. */
jv_status jv_panel_backtest(jv_ctx *cx, const jv_panel_job *job, const jv_backtest_job *models,
                            jv_panel *panel, jv_board *board, jv_csv_writer *out,
                            jv_csv_writer *status, jv_panel_summary *summary);

#endif
