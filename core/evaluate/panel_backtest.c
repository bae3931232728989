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

/* The backtest of one series, NULL when it could not be made, and its rows. */
static jv_status run_series(jv_ctx *cx, const jv_panel_job *job, const jv_backtest_job *models,
                            const jv_panel_series *series, bool single, jv_csv_writer *out,
                            jv_csv_writer *status, size_t *failed, jv_backtest **made) {
  jv_sample sample = jv_panel_sample(job, series);
  jv_backtest *b = NULL;
  *failed = 0;
  *made = NULL;
  if (jv_backtest_run(cx, &sample, models, &b) != JV_OK) {
    if (jv_panel_ends_run(cx->status)) return cx->status;
    ++*failed;
    return jv_panel_write_status(cx, series->id, "", status);
  }
  jv_status result = write_failures(cx, series, b, models, status, failed);
  if (result == JV_OK) result = write_rows(cx, series, b, models->n_models, single, out);
  if (result != JV_OK) {
    jv_backtest_free(cx, b);
    return result;
  }
  *made = b;
  return JV_OK;
}

jv_status jv_panel_backtest_series(jv_ctx *cx, const jv_panel_job *job,
                                   const jv_backtest_job *models, const jv_panel_series *series,
                                   bool single, jv_board *board, jv_csv_writer *out,
                                   jv_csv_writer *status, size_t *failed, size_t *rows) {
  jv_backtest *b = NULL;
  *rows = 0;
  JV_TRY(run_series(cx, job, models, series, single, out, status, failed, &b));
  if (!b) return JV_OK;
  jv_board_add(board, b);
  *rows = b->n_origins * b->h;
  jv_backtest_free(cx, b);
  return JV_OK;
}

/* ---- the panel ---- */

typedef struct board_run {
  const jv_backtest_job *models;
  jv_board *board;
} board_run;

static jv_status run_slot(jv_ctx *cx, const jv_panel_run *r, const jv_model_spec *models,
                          jv_panel_slot *slot) {
  const board_run *b = r->ud;
  jv_backtest_job job = *b->models;
  /* the series has a progress of its own, which would run to and fro under the panel's */
  void (*progress)(void *, double, const char *) = cx->progress;
  job.models = models;
  cx->progress = NULL;
  jv_status status = run_series(cx, r->job, &job, &slot->series, r->single, &slot->out,
                                &slot->status, &slot->failed, &slot->backtest);
  cx->progress = progress;
  if (slot->backtest) slot->rows = slot->backtest->n_origins * slot->backtest->h;
  return status;
}

/* Sums of the board grow in the order of the input, so that they round alike. */
static void add_to_board(jv_ctx *cx, const jv_panel_run *r, jv_panel_slot *slot) {
  const board_run *b = r->ud;
  if (slot->backtest) jv_board_add(b->board, slot->backtest);
  jv_backtest_free(cx, slot->backtest);
  slot->backtest = NULL;
}

jv_status jv_panel_backtest(jv_ctx *cx, const jv_panel_job *job, const jv_backtest_job *models,
                            jv_panel *panel, jv_board *board, jv_csv_writer *out,
                            jv_csv_writer *status, jv_panel_summary *summary) {
  board_run scores = {models, board};
  jv_panel_run run = {.job = job,
                      .models = models->models,
                      .panel = panel,
                      .out = out,
                      .status = status,
                      .summary = summary,
                      .run = run_slot,
                      .given = add_to_board,
                      .ud = &scores};
  JV_TRY(write_header(cx, models, jv_panel_is_single(panel), out));
  JV_TRY(jv_panel_status_header(cx, status));
  return jv_panel_run_all(cx, &run);
}
