/* Rows of a panel out of CSV: the header by names, then id, ds and y of each row, checked. */
#include "evaluate/panel_parts.h"
#include "text/number.h"
#include <math.h>
#include <string.h>

static void trim(const char **text, size_t *len) {
  while (*len > 0 && (**text == ' ' || **text == '\t')) ++*text, --*len;
  while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t')) --*len;
}

static bool is_word(const char *text, size_t len, const char *word) {
  return strlen(word) == len && memcmp(text, word, len) == 0;
}

static jv_status read_name(jv_ctx *cx, jv_row_reader *rows, const jv_csv_field *field, int column) {
  const char *text = field->text;
  size_t len = field->len;
  trim(&text, &len);
  int *place = is_word(text, len, "unique_id") ? &rows->id
               : is_word(text, len, "ds")      ? &rows->ds
               : is_word(text, len, "y")       ? &rows->y
                                               : NULL;
  int shown = (int)(len < 60 ? len : 60);
  if (!place)
    return jv_fail(cx, JV_EPARSE,
                   "line 1: column '%.*s' is none of unique_id, ds and y, which the first line "
                   "names, separated by commas; further columns must be taken out",
                   shown, text);
  if (*place >= 0) return jv_fail(cx, JV_EPARSE, "line 1: column '%.*s' stands twice", shown, text);
  *place = column;
  return JV_OK;
}

static jv_status read_header(jv_ctx *cx, jv_row_reader *rows) {
  const jv_csv_field *fields;
  JV_TRY(jv_csv_next(cx, rows->csv, &fields, &rows->columns));
  if (rows->columns == 0)
    return jv_fail(cx, JV_EDATA, "the file is empty; expected the header unique_id,ds,y or ds,y");
  for (size_t i = 0; i < rows->columns; i++)
    JV_TRY(read_name(cx, rows, &fields[i], i < 3 ? (int)i : 3));
  const char *missing = rows->ds < 0 ? "ds" : rows->y < 0 ? "y" : NULL;
  if (missing)
    return jv_fail(cx, JV_EPARSE, "line 1: column '%s' is missing; expected unique_id,ds,y or ds,y",
                   missing);
  return JV_OK;
}

jv_status jv_rows_open(jv_ctx *cx, jv_source_stream source, const jv_panel_options *options,
                       jv_row_reader *out) {
  jv_row_reader rows = {.id = -1, .ds = -1, .y = -1};
  rows.has_freq = options->has_freq;
  rows.freq = options->freq;
  JV_TRY(jv_csv_reader_new(cx, source, NULL, &rows.csv));
  rows.memory = jv_calloc(cx, JV_DS_REMEMBERED, sizeof *rows.memory);
  jv_status status = rows.memory ? read_header(cx, &rows) : cx->status;
  if (status != JV_OK) {
    jv_rows_close(cx, &rows);
    return status;
  }
  *out = rows;
  return JV_OK;
}

void jv_rows_close(jv_ctx *cx, jv_row_reader *rows) {
  jv_csv_reader_free(cx, rows->csv);
  jv_free(cx, rows->memory);
  rows->csv = NULL;
  rows->memory = NULL;
}

/* Puts "line L, column C" before the failure of a field. */
static jv_status fail_field(jv_ctx *cx, jv_row_reader *rows, int column) {
  size_t line, at;
  jv_csv_position(rows->csv, (size_t)column, &line, &at);
  return jv_fail_in(cx, "line %zu, column %zu", line, at);
}

static jv_status read_value(jv_ctx *cx, const char *text, size_t len, double *y) {
  trim(&text, &len);
  if (jv_number_parse(text, len, y)) {
    if (!isinf(*y)) return JV_OK;
    return jv_fail(cx, JV_EDATA, "y '%.*s' is too large a number", (int)(len < 60 ? len : 60),
                   text);
  }
  *y = NAN;
  if (jv_number_is_missing(text, len)) return JV_OK;
  if (jv_number_is_infinite(text, len))
    return jv_fail(cx, JV_EDATA, "y is infinite; leave the field empty if it is missing");
  return jv_fail(cx, JV_EPARSE, "y '%.*s' is not a number (missing: empty, NA, NaN, null)",
                 (int)(len < 60 ? len : 60), text);
}

/* FNV-1a, then mixed: its low bits alone are weak. */
static uint64_t hash_of(const char *id, size_t len) {
  uint64_t h = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)id[i]) * UINT64_C(1099511628211);
  h ^= h >> 32;
  h *= UINT64_C(0xd6e8feb86659fd93);
  h ^= h >> 32;
  return h ? h : 1;
}

static jv_status read_ds(jv_ctx *cx, jv_row_reader *rows, const jv_csv_field *field,
                         jv_stamp *out) {
  const jv_freq *freq = rows->has_freq ? &rows->freq : NULL;
  if (field->len == 0 || field->len > JV_DS_REMEMBERED_TEXT)
    return jv_stamp_parse(cx, field->text, field->len, freq, out);
  jv_ds_memory *known = &rows->memory[hash_of(field->text, field->len) % JV_DS_REMEMBERED];
  if (known->len != field->len || memcmp(known->text, field->text, field->len) != 0) {
    JV_TRY(jv_stamp_parse(cx, field->text, field->len, freq, &known->stamp));
    known->len = (uint8_t)field->len;
    memcpy(known->text, field->text, field->len);
  }
  *out = known->stamp;
  return JV_OK;
}

jv_status jv_rows_next(jv_ctx *cx, jv_row_reader *rows, jv_panel_row *row, bool *more) {
  const jv_csv_field *fields;
  size_t n;
  JV_TRY(jv_csv_next(cx, rows->csv, &fields, &n));
  *more = n > 0;
  if (n == 0) return JV_OK;
  row->id = rows->id >= 0 ? fields[rows->id].text : "";
  row->id_len = rows->id >= 0 ? fields[rows->id].len : 0;
  row->line = jv_csv_line(rows->csv);
  if (rows->id >= 0 && row->id_len == 0) {
    jv_fail(cx, JV_EPARSE, "unique_id is empty");
    return fail_field(cx, rows, rows->id);
  }
  const jv_csv_field *y = &fields[rows->y];
  if (read_ds(cx, rows, &fields[rows->ds], &row->ds) != JV_OK)
    return fail_field(cx, rows, rows->ds);
  if (read_value(cx, y->text, y->len, &row->y) != JV_OK) return fail_field(cx, rows, rows->y);
  return JV_OK;
}

/* ---- ids ---- */

static struct jv_id_slot *find_slot(const jv_id_table *table, uint64_t hash) {
  size_t i = (size_t)hash & (table->cap - 1);
  while (table->slots[i].hash && table->slots[i].hash != hash) i = (i + 1) & (table->cap - 1);
  return &table->slots[i];
}

static jv_status grow_table(jv_ctx *cx, jv_id_table *table) {
  jv_id_table grown = {NULL, table->cap ? table->cap * 2 : 64, table->n};
  grown.slots = jv_calloc(cx, grown.cap, sizeof *grown.slots);
  if (!grown.slots) return cx->status;
  for (size_t i = 0; i < table->cap; i++)
    if (table->slots[i].hash) *find_slot(&grown, table->slots[i].hash) = table->slots[i];
  jv_free(cx, table->slots);
  *table = grown;
  return JV_OK;
}

jv_status jv_id_table_add(jv_ctx *cx, jv_id_table *table, const char *id, size_t len,
                          uint64_t *order, bool *is_new) {
  if (2 * (table->n + 1) > table->cap) JV_TRY(grow_table(cx, table));
  uint64_t hash = hash_of(id, len);
  struct jv_id_slot *slot = find_slot(table, hash);
  *is_new = slot->hash == 0;
  if (*is_new) *slot = (struct jv_id_slot){hash, table->n++};
  *order = slot->order;
  return JV_OK;
}

void jv_id_table_free(jv_ctx *cx, jv_id_table *table) {
  jv_free(cx, table->slots);
  memset(table, 0, sizeof *table);
}
