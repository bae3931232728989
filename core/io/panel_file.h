/* Panels from file to file: opens, runs, and puts the results in place only when all is done. */
#ifndef JV_IO_PANEL_FILE_H
#define JV_IO_PANEL_FILE_H

#include "evaluate/panel_backtest.h"
#include "io/file.h"

typedef struct jv_panel_files {
  const char *input;    /* "-": standard input */
  const char *output;   /* "-": standard output; NULL: none (backtest) */
  const char *status;   /* file of the series that failed; NULL: onto status_text */
  const char *temp_dir; /* for sorting; NULL: the system's */
} jv_panel_files;

/* Forecasts the panel. The status file is written when a series failed; when none did, one that an
 * earlier run left is removed. Failures leave output and status file as they were; messages begin
 * with the name of the input. */
jv_status jv_panel_forecast_files(jv_ctx *cx, const jv_panel_job *job,
                                  const jv_panel_options *options, const jv_panel_files *files,
                                  jv_buffer *status_text, jv_panel_summary *summary);

/* Backtests the panel onto the board; the same rules. output NULL: scores alone. */
jv_status jv_panel_backtest_files(jv_ctx *cx, const jv_panel_job *job,
                                  const jv_backtest_job *models, const jv_panel_options *options,
                                  const jv_panel_files *files, jv_board *board,
                                  jv_buffer *status_text, jv_panel_summary *summary);

#endif
