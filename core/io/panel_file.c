/* The files around a panel run. */
#include "io/panel_file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What a run has open; zeroed is closed. */
typedef struct open_files {
  jv_file_reader *input;
  jv_file_writer *output, *status_file;
  jv_temp_file *temp;
  jv_spill spill;
  jv_panel *panel;
  jv_csv_writer out, status;
} open_files;

static jv_status spill_write(jv_ctx *cx, void *ud, const char *data, size_t len) {
  return jv_temp_file_write(cx, ud, data, len);
}

static jv_status spill_read(jv_ctx *cx, void *ud, uint64_t offset, char *buffer, size_t size,
                            size_t *got) {
  return jv_temp_file_read_at(cx, ud, offset, buffer, size, got);
}

static jv_status drop(jv_ctx *cx, void *ud, const char *data, size_t len) {
  (void)cx, (void)ud, (void)data, (void)len;
  return JV_OK;
}

static const char *input_name(const jv_panel_files *files) {
  return strcmp(files->input, "-") == 0 ? "standard input" : files->input;
}

static jv_status open_panel(jv_ctx *cx, const jv_panel_options *options,
                            const jv_panel_files *files, open_files *o) {
  jv_panel_options with_spill = *options;
  if (options->sort) {
    JV_TRY(jv_temp_file_open(cx, files->temp_dir, &o->temp));
    o->spill = (jv_spill){spill_write, spill_read, o->temp};
    with_spill.spill = &o->spill;
  }
  jv_source_stream source = {jv_file_reader_read, o->input};
  if (jv_panel_open(cx, source, &with_spill, &o->panel) == JV_OK) return JV_OK;
  return cx->status == JV_EIO ? cx->status : jv_fail_in(cx, "%s", input_name(files));
}

/* Writers first: that a result cannot be written should not be found out after hours. */
static jv_status open_all(jv_ctx *cx, const jv_panel_options *options, const jv_panel_files *files,
                          jv_buffer *status_text, open_files *o) {
  JV_TRY(jv_file_reader_open(cx, files->input, &o->input));
  o->out.sink = (jv_sink_stream){drop, NULL};
  o->status.sink = (jv_sink_stream){jv_buffer_write, status_text};
  if (files->output) {
    JV_TRY(jv_file_writer_open(cx, files->output, &o->output));
    o->out.sink = (jv_sink_stream){jv_file_writer_write, o->output};
  }
  if (files->status) {
    JV_TRY(jv_file_writer_open(cx, files->status, &o->status_file));
    o->status.sink = (jv_sink_stream){jv_file_writer_write, o->status_file};
  }
  return open_panel(cx, options, files, o);
}

static jv_status commit(jv_ctx *cx, const jv_panel_files *files, const jv_panel_summary *summary,
                        open_files *o) {
  if (o->output) JV_TRY(jv_file_writer_commit(cx, o->output));
  if (o->status_file && summary->failed > 0) return jv_file_writer_commit(cx, o->status_file);
  if (o->status_file && unlink(files->status) != 0 && errno != ENOENT)
    return jv_fail(cx, JV_EIO, "cannot remove '%s' of an earlier run: %s", files->status,
                   strerror(errno));
  return JV_OK;
}

static void close_all(jv_ctx *cx, open_files *o) {
  jv_panel_close(cx, o->panel);
  jv_csv_writer_free(cx, &o->out);
  jv_csv_writer_free(cx, &o->status);
  jv_temp_file_close(cx, o->temp);
  jv_file_writer_free(cx, o->output);
  jv_file_writer_free(cx, o->status_file);
  jv_file_reader_close(cx, o->input);
}

/* Names the input before failures that are about its content. */
static jv_status name_input(jv_ctx *cx, const jv_panel_files *files, jv_status status) {
  if (status == JV_EPARSE || status == JV_EDATA || status == JV_EPERIOD)
    return jv_fail_in(cx, "%s", input_name(files));
  return status;
}

/* What is to be done with the panel once everything is open. */
typedef struct task {
  const jv_panel_job *job;
  const jv_backtest_job *models; /* NULL: forecast */
  jv_board *board;
} task;

static jv_status run_panel(jv_ctx *cx, const task *t, open_files *o, jv_panel_summary *summary) {
  jv_panel_job job = *t->job;
  job.total_bytes = jv_file_reader_size(o->input);
  if (!t->models) return jv_panel_forecast(cx, &job, o->panel, &o->out, &o->status, summary);
  return jv_panel_backtest(cx, &job, t->models, o->panel, t->board, &o->out, &o->status, summary);
}

static jv_status run_files(jv_ctx *cx, const task *t, const jv_panel_options *options,
                           const jv_panel_files *files, jv_buffer *status_text,
                           jv_panel_summary *summary) {
  open_files o;
  memset(&o, 0, sizeof o);
  jv_status status = open_all(cx, options, files, status_text, &o);
  if (status == JV_OK) status = name_input(cx, files, run_panel(cx, t, &o, summary));
  if (status == JV_OK) status = commit(cx, files, summary, &o);
  close_all(cx, &o);
  if (status == JV_OK) jv_progress(cx, 1, "");
  return status;
}

jv_status jv_panel_forecast_files(jv_ctx *cx, const jv_panel_job *job,
                                  const jv_panel_options *options, const jv_panel_files *files,
                                  jv_buffer *status_text, jv_panel_summary *summary) {
  task t = {job, NULL, NULL};
  return run_files(cx, &t, options, files, status_text, summary);
}

jv_status jv_panel_backtest_files(jv_ctx *cx, const jv_panel_job *job,
                                  const jv_backtest_job *models, const jv_panel_options *options,
                                  const jv_panel_files *files, jv_board *board,
                                  jv_buffer *status_text, jv_panel_summary *summary) {
  task t = {job, models, board};
  return run_files(cx, &t, options, files, status_text, summary);
}
