/* A panel through a crew: series are read and their rows written in the order of the input, by the
 * calling thread; lanes work on copies of the series. */
#include "evaluate/backtest.h"
#include "evaluate/panel_parts.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void tell_progress(jv_ctx *cx, jv_panel_run *r) {
  char text[80];
  const jv_panel_summary *s = r->summary;
  uint64_t total = r->job->total_bytes;
  double fraction = total ? (double)jv_panel_bytes(r->panel) / (double)total : NAN;
  if (!cx->progress) return;
  if (!(fraction >= r->shown + 0.001) && s->series % 64 != 0) return;
  r->shown = fraction;
  snprintf(text, sizeof text, "%zu series, %zu failed", s->series, s->failed);
  jv_progress(cx, fraction > 1 ? 1 : fraction, text);
}

/* Counts a series; of the first that failed the message is kept. */
static void count(const jv_panel_slot *slot, jv_panel_summary *summary) {
  summary->series++;
  summary->rows += slot->rows;
  if (slot->failed == 0 || summary->failed++ > 0) return;
  snprintf(summary->first_failure, sizeof summary->first_failure, "%.60s%s%.150s", slot->id,
           slot->id[0] ? ": " : "", slot->message);
}

/* ---- slots ---- */

static jv_status copy_series(jv_ctx *cx, const jv_panel_series *s, jv_panel_slot *slot) {
  size_t len = strlen(s->id) + 1;
  if (len > slot->id_cap) {
    char *id = jv_realloc(cx, slot->id, len, 1);
    if (!id) return JV_ENOMEM;
    slot->id = id;
    slot->id_cap = len;
  }
  if (s->n > slot->y_cap) {
    double *y = jv_realloc(cx, slot->y, s->n, sizeof *y);
    if (!y) return JV_ENOMEM;
    slot->y = y;
    slot->y_cap = s->n;
  }
  memcpy(slot->id, s->id, len);
  memcpy(slot->y, s->y, s->n * sizeof *s->y);
  slot->series = *s;
  slot->series.id = slot->id;
  slot->series.y = slot->y;
  return JV_OK;
}

static jv_status take(jv_ctx *cx, void *ud, size_t at, bool *more) {
  jv_panel_run *r = ud;
  jv_panel_slot *slot = &r->slots[at];
  jv_panel_series series;
  JV_TRY(jv_panel_next(cx, r->panel, &series, more));
  if (!*more) return JV_OK;
  slot->out_text.len = slot->status_text.len = 0;
  slot->failed = slot->rows = 0;
  return copy_series(cx, &series, slot);
}

static jv_status run(jv_ctx *cx, void *ud, size_t lane, size_t at) {
  const jv_panel_run *r = ud;
  jv_panel_slot *slot = &r->slots[at];
  const jv_panel_job *job = r->job;
  JV_TRY(r->run(cx, r, job->lane_models ? job->lane_models[lane] : r->models, slot));
  if (slot->failed) memcpy(slot->message, cx->message, sizeof slot->message);
  JV_TRY(jv_csv_flush(cx, &slot->out));
  return jv_csv_flush(cx, &slot->status);
}

static jv_status give(jv_ctx *cx, void *ud, size_t at) {
  jv_panel_run *r = ud;
  jv_panel_slot *slot = &r->slots[at];
  if (r->given) r->given(cx, r, slot);
  if (slot->out_text.len)
    JV_TRY(jv_csv_append(cx, r->out, slot->out_text.data, slot->out_text.len));
  if (slot->status_text.len)
    JV_TRY(jv_csv_append(cx, r->status, slot->status_text.data, slot->status_text.len));
  count(slot, r->summary);
  tell_progress(cx, r);
  return JV_OK;
}

static jv_panel_slot *new_slots(jv_ctx *cx, const jv_panel_run *r, size_t n) {
  jv_panel_slot *slots = jv_calloc(cx, n, sizeof *slots);
  for (size_t i = 0; slots && i < n; i++) {
    slots[i].out.sink = (jv_sink_stream){jv_buffer_write, &slots[i].out_text};
    slots[i].status.sink = (jv_sink_stream){jv_buffer_write, &slots[i].status_text};
    slots[i].out.separator = r->out->separator;
    slots[i].status.separator = r->status->separator;
  }
  return slots;
}

static void free_slots(jv_ctx *cx, jv_panel_slot *slots, size_t n) {
  for (size_t i = 0; slots && i < n; i++) {
    jv_csv_writer_free(cx, &slots[i].out);
    jv_csv_writer_free(cx, &slots[i].status);
    jv_buffer_free(cx, &slots[i].out_text);
    jv_buffer_free(cx, &slots[i].status_text);
    jv_backtest_free(cx, slots[i].backtest);
    jv_free(cx, slots[i].id);
    jv_free(cx, slots[i].y);
  }
  jv_free(cx, slots);
}

jv_status jv_panel_run_all(jv_ctx *cx, jv_panel_run *r) {
  size_t n = jv_crew_slots(r->job->crew);
  jv_crew_work work = {r, take, run, give};
  memset(r->summary, 0, sizeof *r->summary);
  r->single = jv_panel_is_single(r->panel);
  r->shown = 0;
  r->slots = new_slots(cx, r, n);
  if (!r->slots) return cx->status;
  jv_status status = jv_crew_run(cx, r->job->crew, &work);
  free_slots(cx, r->slots, n);
  JV_TRY(status);
  JV_TRY(jv_csv_flush(cx, r->out));
  return jv_csv_flush(cx, r->status);
}
