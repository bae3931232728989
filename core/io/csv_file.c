/* CSV over files. */
#include "io/csv_file.h"
#include "evaluate/panel.h"
#include <string.h>

struct jv_csv_file {
  jv_file_reader *input;
  jv_csv_reader *csv;
  char *path;
};

jv_status jv_csv_file_open(jv_ctx *cx, const char *path, const jv_csv_options *options,
                           jv_csv_file **out) {
  jv_csv_file *f = JV_NEW(cx, jv_csv_file);
  if (!f) return cx->status;
  f->path = jv_strdup(cx, path);
  if (!f->path || jv_file_reader_open(cx, path, &f->input) != JV_OK) goto fail;
  jv_source_stream source = {jv_file_reader_read, f->input};
  if (jv_csv_reader_new(cx, source, options, &f->csv) != JV_OK) goto fail;
  *out = f;
  return JV_OK;
fail:
  jv_csv_file_close(cx, f);
  return cx->status;
}

void jv_csv_file_close(jv_ctx *cx, jv_csv_file *f) {
  if (!f) return;
  jv_csv_reader_free(cx, f->csv);
  jv_file_reader_close(cx, f->input);
  jv_free(cx, f->path);
  jv_free(cx, f);
}

jv_status jv_csv_file_next(jv_ctx *cx, jv_csv_file *f, const jv_csv_field **fields, size_t *n) {
  jv_status status = jv_csv_next(cx, f->csv, fields, n);
  return status == JV_EPARSE ? jv_fail_in(cx, "%s", f->path) : status;
}

size_t jv_csv_file_line(const jv_csv_file *f) { return jv_csv_line(f->csv); }

struct jv_csv_output {
  jv_file_writer *file;
  jv_csv_writer writer;
};

jv_status jv_csv_output_open(jv_ctx *cx, const char *path, char separator, jv_csv_output **out) {
  jv_csv_output *o = JV_NEW(cx, jv_csv_output);
  if (!o) return cx->status;
  if (jv_file_writer_open(cx, path, &o->file) != JV_OK) {
    jv_free(cx, o);
    return cx->status;
  }
  o->writer.sink = (jv_sink_stream){jv_file_writer_write, o->file};
  o->writer.separator = separator;
  *out = o;
  return JV_OK;
}

jv_csv_writer *jv_csv_output_writer(jv_csv_output *o) { return &o->writer; }

jv_status jv_csv_output_commit(jv_ctx *cx, jv_csv_output *o) {
  JV_TRY(jv_csv_flush(cx, &o->writer));
  return jv_file_writer_commit(cx, o->file);
}

void jv_csv_output_free(jv_ctx *cx, jv_csv_output *o) {
  if (!o) return;
  jv_csv_writer_free(cx, &o->writer);
  jv_file_writer_free(cx, o->file);
  jv_free(cx, o);
}

/* ---- one series ---- */

static jv_status make_series(jv_ctx *cx, const jv_panel_series *from, const jv_freq *freq,
                             jv_series **out) {
  jv_period start = from->first.period;
  if (from->first.form == JV_DS_INDEX && freq && freq->kind == JV_FREQ_A) {
    char text[JV_STAMP_TEXT];
    jv_stamp_format(from->first, text);
    JV_TRY(jv_period_parse(cx, text, freq, &start));
  }
  jv_series *s = NULL;
  JV_TRY(jv_series_new(cx, start, from->n, from->y, &s));
  if (from->id[0] && jv_series_set_name(cx, s, from->id) != JV_OK) {
    jv_series_free(cx, s);
    return cx->status;
  }
  *out = s;
  return JV_OK;
}

/* Goes on to the end, so that a broken row further down is not passed over. */
static jv_status find_series(jv_ctx *cx, jv_panel *panel, const jv_freq *freq, const char *id,
                             jv_series **found) {
  for (;;) {
    jv_panel_series series;
    bool more;
    JV_TRY(jv_panel_next(cx, panel, &series, &more));
    if (!more) break;
    if (id && strcmp(id, series.id) != 0) continue;
    if (*found)
      return jv_fail(cx, JV_EDATA, "line %zu: there is more than one series; say which by its id",
                     series.line);
    JV_TRY(make_series(cx, &series, freq, found));
  }
  if (*found) return JV_OK;
  return jv_fail(cx, JV_ENOTFOUND, "there is no series '%s'", id ? id : "");
}

jv_status jv_csv_read_series(jv_ctx *cx, const char *path, const jv_freq *freq, const char *id,
                             jv_series **out) {
  jv_panel_options options = {.has_freq = freq != NULL};
  jv_file_reader *input = NULL;
  jv_panel *panel = NULL;
  jv_series *found = NULL;
  if (freq) options.freq = *freq;
  JV_TRY(jv_file_reader_open(cx, path, &input));
  jv_source_stream source = {jv_file_reader_read, input};
  jv_status status = jv_panel_open(cx, source, &options, &panel);
  if (status == JV_OK) status = find_series(cx, panel, freq, id, &found);
  jv_panel_close(cx, panel);
  jv_file_reader_close(cx, input);
  if (status == JV_OK) {
    *out = found;
    return JV_OK;
  }
  jv_series_free(cx, found);
  return status == JV_EIO || status == JV_ENOMEM || status == JV_ECANCEL
             ? status
             : jv_fail_in(cx, "%s", path);
}
