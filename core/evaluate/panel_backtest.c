/* Backtests of a panel: each series by itself onto a score board, and its forecasts as rows. */
#include "evaluate/panel_backtest.h"
#include "evaluate/panel_parts.h"
#include <math.h>
#include <string.h>

static jv_status write_header(jv_ctx *cx, const jv_backtest_job *models, bool single,
                              jv_csv_writer *out) {
  static const char *const names[] = {"cutoff", "ds", "y"};
  if (!single) JV_TRY(jv_csv_write_text(cx, out, "unique_id"));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    JV_TRY(jv_csv_write_text(cx, out, names[i]));
  for (size_t k = 0; k < models->n_models; k++)
    JV_TRY(jv_csv_write_text(cx, out, models->models[k].text));
  return jv_csv_end_record(cx, out);
}

static jv_status write_ds(jv_ctx *cx, const jv_panel_series *series, size_t i, jv_csv_writer *out) {
  jv_stamp ds;
  char text[JV_STAMP_TEXT];
  JV_TRY(jv_stamp_add(cx, series->first, (int64_t)i, &ds));
  jv_stamp_format(ds, text);
  return jv_csv_write_text(cx, out, text);
}

/* h rows for each origin; cutoff is the ds of the last observation known. */
static jv_status write_rows(jv_ctx *cx, const jv_panel_series *series, const jv_backtest *b,
                            size_t n_models, bool single, jv_csv_writer *out) {
  for (size_t o = 0; o < b->n_origins; o++) {
    for (size_t i = 0; i < b->h; i++) {
      if (!single) JV_TRY(jv_csv_write_text(cx, out, series->id));
      JV_TRY(write_ds(cx, series, b->cutoff[o] - 1, out));
      JV_TRY(write_ds(cx, series, b->cutoff[o] + i, out));
      JV_TRY(jv_csv_write_number(cx, out, jv_backtest_actual(b, o)[i]));
      for (size_t k = 0; k < n_models; k++)
        JV_TRY(jv_csv_write_number(cx, out, jv_backtest_mean(b, k, o)[i]));
      JV_TRY(jv_csv_end_record(cx, out));
    }
  }
  return JV_OK;
}

/* One status row for each model that failed at some origin, with its first message. */
static jv_status write_failures(jv_ctx *cx, const jv_panel_series *series, const jv_backtest *b,
                                const jv_backtest_job *models, jv_csv_writer *status,
                                size_t *failed) {
  for (size_t k = 0; k < models->n_models; k++) {
    if (!b->failure[k]) continue;
    size_t at = 0;
    while (at < b->n_origins && jv_backtest_status(b, k, at) == JV_OK) at++;
    jv_fail(cx, at < b->n_origins ? jv_backtest_status(b, k, at) : JV_ENUMERIC, "%s",
            b->failure[k]);
    ++*failed;
    JV_TRY(jv_panel_write_status(cx, series->id, models->models[k].text, status));
  }
  return JV_OK;
}

jv_status jv_panel_backtest_series(jv_ctx *cx, const jv_panel_job *job,
                                   const jv_backtest_job *models, const jv_panel_series *series,
                                   bool single, jv_board *board, jv_csv_writer *out,
                                   jv_csv_writer *status, size_t *failed, size_t *rows) {
  jv_sample sample = jv_panel_sample(job, series);
  jv_backtest *b = NULL;
  *failed = *rows = 0;
  if (jv_backtest_run(cx, &sample, models, &b) != JV_OK) {
    if (jv_panel_ends_run(cx->status)) return cx->status;
    ++*failed;
    return jv_panel_write_status(cx, series->id, "", status);
  }
  jv_board_add(board, b);
  jv_status result = write_failures(cx, series, b, models, status, failed);
  if (result == JV_OK) result = write_rows(cx, series, b, models->n_models, single, out);
  *rows = b->n_origins * b->h;
  jv_backtest_free(cx, b);
  return result;
}

jv_status jv_panel_backtest(jv_ctx *cx, const jv_panel_job *job, const jv_backtest_job *models,
                            jv_panel *panel, jv_board *board, jv_csv_writer *out,
                            jv_csv_writer *status, jv_panel_summary *summary) {
  bool single = jv_panel_is_single(panel), more;
  double shown = 0;
  jv_panel_series series;
  /* the series has a progress of its own, which would run to and fro under the panel's */
  void (*progress)(void *, double, const char *) = cx->progress;
  jv_status result = JV_OK;
  memset(summary, 0, sizeof *summary);
  JV_TRY(write_header(cx, models, single, out));
  JV_TRY(jv_panel_status_header(cx, status));
  while (result == JV_OK) {
    size_t failed, rows;
    result = jv_panel_next(cx, panel, &series, &more);
    if (result != JV_OK || !more) break;
    cx->progress = NULL;
    result = jv_panel_backtest_series(cx, job, models, &series, single, board, out, status, &failed,
                                      &rows);
    cx->progress = progress;
    summary->rows += rows;
    jv_panel_count(cx, &series, failed, summary);
    jv_panel_tell_progress(cx, panel, job->total_bytes, summary->series, summary->failed, &shown);
  }
  if (result == JV_OK) result = jv_csv_flush(cx, out);
  return result == JV_OK ? jv_csv_flush(cx, status) : result;
}
