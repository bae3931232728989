/* Series out of rows: contiguous, ascending, without duplicates, gaps filled with missing. */
#include "evaluate/panel_parts.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A gap wider than this is a slip of the pen (or dates written as whole numbers), not missing data:
 * no calendar has as many hours as a century. */
static const int64_t widest_gap = 1000000;

struct jv_panel {
  jv_row_reader rows;
  jv_row_sorter *sorter; /* NULL: rows come as they stand in the file */
  jv_id_table ids;
  jv_panel_row row; /* the first of the next series */
  bool has_row, any;
  char *id; /* of the series being read */
  size_t id_len, id_cap;
  double *y;
  size_t n, cap;
  jv_stamp first, last;
  size_t line, last_line;
};

jv_status jv_panel_open(jv_ctx *cx, jv_source_stream source, const jv_panel_options *options,
                        jv_panel **out) {
  jv_panel *p = JV_NEW(cx, jv_panel);
  if (!p) return cx->status;
  jv_status status = jv_rows_open(cx, source, options, &p->rows);
  if (status == JV_OK && options->sort) status = jv_sorter_new(cx, &p->rows, options, &p->sorter);
  if (status != JV_OK) {
    jv_panel_close(cx, p);
    return status;
  }
  *out = p;
  return JV_OK;
}

void jv_panel_close(jv_ctx *cx, jv_panel *p) {
  if (!p) return;
  jv_sorter_free(cx, p->sorter);
  jv_rows_close(cx, &p->rows);
  jv_id_table_free(cx, &p->ids);
  jv_free(cx, p->id);
  jv_free(cx, p->y);
  jv_free(cx, p);
}

bool jv_panel_is_single(const jv_panel *p) { return p->rows.id < 0; }
uint64_t jv_panel_bytes(const jv_panel *p) { return jv_csv_bytes(p->rows.csv); }

static jv_status next_row(jv_ctx *cx, jv_panel *p) {
  if (p->sorter) return jv_sorter_next(cx, p->sorter, &p->row, &p->has_row);
  return jv_rows_next(cx, &p->rows, &p->row, &p->has_row);
}

static bool same_id(const jv_panel *p) {
  return p->row.id_len == p->id_len && memcmp(p->row.id, p->id, p->id_len) == 0;
}

static jv_status push(jv_ctx *cx, jv_panel *p, double y) {
  if (p->n == p->cap) {
    size_t cap = p->cap ? p->cap * 2 : 256;
    double *grown = jv_realloc(cx, p->y, cap, sizeof *grown);
    if (!grown) return cx->status;
    p->y = grown;
    p->cap = cap;
  }
  p->y[p->n++] = y;
  return JV_OK;
}

/* "line 12, series 'a'" before the message. */
static jv_status fail_row(jv_ctx *cx, const jv_panel *p) {
  if (jv_panel_is_single(p)) return jv_fail_in(cx, "line %zu", p->row.line);
  return jv_fail_in(cx, "line %zu, series '%.*s'", p->row.line,
                    (int)(p->row.id_len < 60 ? p->row.id_len : 60), p->row.id);
}

/* ---- one row after another ---- */

/* 20240131 and 20240201, or 202412 and 202501: dates without dashes, whose gap would be filled. */
static bool compact_date(int64_t x) {
  int64_t month = x > 9999999 ? x / 100 % 100 : x % 100, day = x > 9999999 ? x % 100 : 1;
  int64_t year = x > 9999999 ? x / 10000 : x / 100;
  return year >= 1800 && year <= 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool same_form(const jv_stamp *a, const jv_stamp *b, uint8_t edge) {
  return a->form == b->form && jv_freq_equal(a->period.freq, b->period.freq) &&
         a->separator == b->separator && a->time_parts == b->time_parts && a->fiscal == b->fiscal &&
         (a->form != JV_DS_DATE || (edge & b->edge));
}

/* How the ds of this row differs from the ones before it. */
static jv_status fail_form(jv_ctx *cx, const jv_panel *p) {
  static const char *const names[] = {"a whole number", "a date", "a period"};
  const jv_stamp *was = &p->last, *is = &p->row.ds;
  char text[JV_STAMP_TEXT], before[JV_STAMP_TEXT];
  jv_stamp_format(*is, text);
  jv_stamp_format(*was, before);
  if (was->form != is->form || !jv_freq_equal(was->period.freq, is->period.freq))
    return jv_fail(cx, JV_EDATA,
                   "ds '%s' is %s%s, but '%s' before it is %s; a series keeps one form", text,
                   names[is->form], was->form == is->form ? " of another frequency" : "", before,
                   names[was->form]);
  if (is->form != JV_DS_DATE || (p->first.edge & is->edge))
    return jv_fail(cx, JV_EDATA, "ds '%s' is written otherwise than '%s' before it", text, before);
  return jv_fail(cx, JV_EDATA,
                 "ds '%s' is the %s day of its period, but the dates before it (from line %zu) are "
                 "%s days",
                 text, is->edge == JV_DS_FIRST ? "first" : "last", p->line,
                 is->edge == JV_DS_FIRST ? "last" : "first");
}

static jv_status check_step(jv_ctx *cx, jv_panel *p, int64_t step) {
  char text[JV_STAMP_TEXT], before[JV_STAMP_TEXT];
  int64_t is = p->row.ds.period.ordinal, was = p->last.period.ordinal;
  jv_stamp_format(p->row.ds, text);
  jv_stamp_format(p->last, before);
  if (step == 0)
    return jv_fail(cx, JV_EDATA, "ds '%s' stands twice, first on line %zu", text, p->last_line);
  if (step < 0)
    return jv_fail(cx, JV_EDATA,
                   "ds '%s' comes after '%s'; rows must ascend within a series (--sort sorts them)",
                   text, before);
  if (p->row.ds.form == JV_DS_INDEX && step > 1 && was > 9999 && compact_date(is) &&
      compact_date(was))
    return jv_fail(cx, JV_EDATA,
                   "ds '%s' after '%s' looks like a date without dashes, and would be taken as a "
                   "whole number; write 2024-01-31 or 2024-01",
                   text, before);
  if (step > widest_gap)
    return jv_fail(cx, JV_EDATA, "%lld periods are absent between ds '%s' and '%s'",
                   (long long)step - 1, before, text);
  return JV_OK;
}

static jv_status take_row(jv_ctx *cx, jv_panel *p) {
  const jv_panel_row *row = &p->row;
  int64_t step = 1;
  if (p->n == 0) {
    p->first = row->ds;
    p->line = row->line;
  } else {
    if (!same_form(&p->last, &row->ds, p->first.edge)) {
      fail_form(cx, p);
      return fail_row(cx, p);
    }
    step = row->ds.period.ordinal - p->last.period.ordinal;
    if (step != 1 && check_step(cx, p, step) != JV_OK) return fail_row(cx, p);
  }
  while (step-- > 1) JV_TRY(push(cx, p, NAN));
  p->first.edge &= row->ds.edge;
  p->last = row->ds;
  p->last_line = row->line;
  return push(cx, p, row->y);
}

/* ---- one series ---- */

static jv_status begin_series(jv_ctx *cx, jv_panel *p) {
  bool is_new = true;
  uint64_t order;
  p->n = 0;
  if (!p->sorter && !jv_panel_is_single(p))
    JV_TRY(jv_id_table_add(cx, &p->ids, p->row.id, p->row.id_len, &order, &is_new));
  if (!is_new) {
    jv_fail(cx, JV_EDATA,
            "its rows are not contiguous: other series stand between (--sort sorts them)");
    return fail_row(cx, p);
  }
  if (p->row.id_len + 1 > p->id_cap) {
    char *grown = jv_realloc(cx, p->id, 2 * (p->row.id_len + 1), 1);
    if (!grown) return cx->status;
    p->id = grown;
    p->id_cap = 2 * (p->row.id_len + 1);
  }
  memcpy(p->id, p->row.id, p->row.id_len);
  p->id[p->row.id_len] = '\0';
  p->id_len = p->row.id_len;
  return JV_OK;
}

jv_status jv_panel_next(jv_ctx *cx, jv_panel *p, jv_panel_series *out, bool *more) {
  JV_TRY(jv_check_cancel(cx));
  if (!p->any) JV_TRY(next_row(cx, p));
  if (!p->any && !p->has_row) return jv_fail(cx, JV_EDATA, "the panel has a header and no rows");
  p->any = true;
  *more = p->has_row;
  if (!p->has_row) return JV_OK;
  JV_TRY(begin_series(cx, p));
  do {
    JV_TRY(take_row(cx, p));
    JV_TRY(next_row(cx, p));
  } while (p->has_row && same_id(p));
  *out = (jv_panel_series){p->id, p->y, p->n, p->first, p->line};
  return JV_OK;
}
