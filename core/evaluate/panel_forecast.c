/* Forecasts of a panel: series in, rows out.
 *
 * One series is a pure function of (job, series): its random streams are keyed by its id, so neither
 * the order of work, nor the other series, nor threads can change a digit of it. */
#include "evaluate/panel.h"
#include "evaluate/panel_parts.h"
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t columns_per_model(const jv_panel_job *job) { return 1 + 2 * job->n_levels; }

/* ---- headers ---- */

static jv_status write_level_names(jv_ctx *cx, const jv_panel_job *job, const char *name,
                                   jv_csv_writer *out) {
  jv_buffer text = {NULL, 0, 0};
  jv_status status = JV_OK;
  for (size_t i = 0; i < 2 * job->n_levels && status == JV_OK; i++) {
    text.len = 0;
    status = jv_buffer_add_text(cx, &text, name);
    if (status == JV_OK) status = jv_buffer_add_text(cx, &text, i % 2 ? "-hi-" : "-lo-");
    if (status == JV_OK) status = jv_buffer_add_number(cx, &text, job->levels[i / 2]);
    if (status == JV_OK) status = jv_csv_write(cx, out, text.data, text.len);
  }
  jv_buffer_free(cx, &text);
  return status;
}

static jv_status write_header(jv_ctx *cx, const jv_panel_job *job, bool single,
                              jv_csv_writer *out) {
  if (!single) JV_TRY(jv_csv_write_text(cx, out, "unique_id"));
  JV_TRY(jv_csv_write_text(cx, out, "ds"));
  for (size_t k = 0; k < job->n_models; k++) {
    JV_TRY(jv_csv_write_text(cx, out, job->models[k].text));
    JV_TRY(write_level_names(cx, job, job->models[k].text, out));
  }
  return jv_csv_end_record(cx, out);
}

jv_status jv_panel_status_header(jv_ctx *cx, jv_csv_writer *status) {
  static const char *const names[] = {"unique_id", "model", "code", "message"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    JV_TRY(jv_csv_write_text(cx, status, names[i]));
  return jv_csv_end_record(cx, status);
}

/* ---- failures ---- */

bool jv_panel_ends_run(jv_status status) { return status == JV_ECANCEL || status == JV_ENOMEM; }

jv_status jv_panel_write_status(jv_ctx *cx, const char *id, const char *model,
                                jv_csv_writer *status) {
  char message[sizeof cx->message];
  jv_status code = cx->status;
  memcpy(message, cx->message, sizeof message);
  JV_TRY(jv_csv_write_text(cx, status, id));
  JV_TRY(jv_csv_write_text(cx, status, model));
  JV_TRY(jv_csv_write_text(cx, status, jv_status_name(code)));
  JV_TRY(jv_csv_write_text(cx, status, message));
  return jv_csv_end_record(cx, status);
}

/* ---- one series ---- */

jv_sample jv_panel_sample(const jv_panel_job *job, const jv_panel_series *series) {
  size_t season = job->season ? job->season : jv_freq_season(series->first.period.freq);
  return (jv_sample){.y = series->y,
                     .n = series->n,
                     .m = season,
                     .id = series->id,
                     .seed = job->seed,
                     .start = &series->first.period};
}

/* Mean and interval ends into columns of `width` rows apart: cell (step, column) stands at
 * values[step * width + column]. */
static jv_status fill(jv_ctx *cx, const jv_panel_job *job, jv_forecast *fc, double *ends,
                      double *values, size_t width) {
  for (size_t i = 0; i < job->h; i++) values[i * width] = fc->mean[i];
  for (size_t k = 0; k < job->n_levels; k++) {
    double *lower = ends, *upper = ends + job->h;
    JV_TRY(jv_forecast_interval(cx, fc, job->levels[k], lower, upper));
    for (size_t i = 0; i < job->h; i++) {
      values[i * width + 1 + 2 * k] = lower[i];
      values[i * width + 2 + 2 * k] = upper[i];
    }
  }
  return JV_OK;
}

static jv_status forecast_model(jv_ctx *cx, const jv_panel_job *job, const jv_model_spec *model,
                                const jv_panel_series *series, double *ends, double *values,
                                size_t width) {
  jv_sample sample = jv_panel_sample(job, series);
  jv_fit *fit = NULL;
  jv_forecast *fc = NULL;
  sample.common = model->common;
  JV_TRY(jv_fit_new(cx, model->cls, &sample, model->opt, &fit));
  jv_status status = jv_fit_forecast(cx, fit, job->h, NULL, &fc);
  if (status == JV_OK) status = fill(cx, job, fc, ends, values, width);
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
  return status;
}

static jv_status write_rows(jv_ctx *cx, const jv_panel_job *job, const jv_panel_series *series,
                            bool single, const double *values, size_t width, jv_csv_writer *out) {
  for (size_t i = 0; i < job->h; i++) {
    jv_stamp ds;
    char text[JV_STAMP_TEXT];
    JV_TRY(jv_stamp_add(cx, series->first, (int64_t)(series->n + i), &ds));
    jv_stamp_format(ds, text);
    if (!single) JV_TRY(jv_csv_write_text(cx, out, series->id));
    JV_TRY(jv_csv_write_text(cx, out, text));
    for (size_t k = 0; k < width; k++) JV_TRY(jv_csv_write_number(cx, out, values[i * width + k]));
    JV_TRY(jv_csv_end_record(cx, out));
  }
  return JV_OK;
}

static jv_status run_models(jv_ctx *cx, const jv_panel_job *job, const jv_panel_series *series,
                            double *ends, double *values, size_t width, jv_csv_writer *status,
                            size_t *failed) {
  for (size_t i = 0; i < job->h * width; i++) values[i] = NAN;
  for (size_t k = 0; k < job->n_models; k++) {
    double *place = values + k * columns_per_model(job);
    if (forecast_model(cx, job, &job->models[k], series, ends, place, width) == JV_OK) continue;
    if (jv_panel_ends_run(cx->status)) return cx->status;
    ++*failed;
    JV_TRY(jv_panel_write_status(cx, series->id, job->models[k].text, status));
  }
  return JV_OK;
}

jv_status jv_panel_forecast_series(jv_ctx *cx, const jv_panel_job *job,
                                   const jv_panel_series *series, bool single, jv_csv_writer *out,
                                   jv_csv_writer *status, size_t *failed) {
  size_t width = job->n_models * columns_per_model(job);
  jv_stamp last;
  *failed = 0;
  /* a horizon beyond the calendar fails the series before any of its rows is written */
  if (jv_stamp_add(cx, series->first, (int64_t)(series->n + job->h) - 1, &last) != JV_OK) {
    ++*failed;
    return jv_panel_write_status(cx, series->id, "", status);
  }
  double *values = JV_ARRAY(cx, double, job->h *width + 2 * job->h);
  if (!values) return cx->status;
  jv_status result =
      run_models(cx, job, series, values + job->h * width, values, width, status, failed);
  if (result == JV_OK) result = write_rows(cx, job, series, single, values, width, out);
  jv_free(cx, values);
  return result;
}

/* ---- the panel ---- */

static jv_status run_slot(jv_ctx *cx, const jv_panel_run *r, const jv_model_spec *models,
                          jv_panel_slot *slot) {
  jv_panel_job job = *r->job;
  job.models = models;
  slot->rows = job.h;
  return jv_panel_forecast_series(cx, &job, &slot->series, r->single, &slot->out, &slot->status,
                                  &slot->failed);
}

jv_status jv_panel_forecast(jv_ctx *cx, const jv_panel_job *job, jv_panel *panel,
                            jv_csv_writer *out, jv_csv_writer *status, jv_panel_summary *summary) {
  jv_panel_run run = {.job = job,
                      .models = job->models,
                      .panel = panel,
                      .out = out,
                      .status = status,
                      .summary = summary,
                      .run = run_slot};
  JV_TRY(write_header(cx, job, jv_panel_is_single(panel), out));
  JV_TRY(jv_panel_status_header(cx, status));
  return jv_panel_run_all(cx, &run);
}
