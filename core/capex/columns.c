/* Small CSV tables by the names of their columns. */
#include "capex/columns.h"
#include <string.h>

static jv_status read_header(jv_ctx *cx, jv_columns *c) {
  JV_TRY(jv_csv_next(cx, c->csv, &c->field, &c->n));
  for (size_t i = 0; i < c->n; i++)
    for (size_t k = 0; k < c->count; k++)
      if (strlen(c->column[k].name) == c->field[i].len &&
          memcmp(c->column[k].name, c->field[i].text, c->field[i].len) == 0)
        c->place[k] = i + 1;
  for (size_t k = 0; k < c->count; k++)
    if (c->column[k].required && !c->place[k])
      return jv_fail(cx, JV_EPARSE, "line 1: column '%s' is missing", c->column[k].name);
  return JV_OK;
}

jv_status jv_columns_open(jv_ctx *cx, jv_columns *c, const jv_column *column, size_t count,
                          const char *text, size_t len) {
  *c = (jv_columns){.column = column, .count = count, .source = {text, len}};
  JV_TRY(jv_csv_reader_new(cx, (jv_source_stream){jv_text_source_read, &c->source}, NULL, &c->csv));
  return read_header(cx, c);
}

void jv_columns_close(jv_ctx *cx, jv_columns *c) {
  jv_csv_reader_free(cx, c->csv);
  c->csv = NULL;
}

jv_status jv_columns_next(jv_ctx *cx, jv_columns *c, bool *more) {
  JV_TRY(jv_csv_next(cx, c->csv, &c->field, &c->n));
  *more = c->n > 0;
  return JV_OK;
}

jv_csv_field jv_columns_at(const jv_columns *c, size_t column) {
  if (!c->place[column]) return (jv_csv_field){"", 0, false};
  return c->field[c->place[column] - 1];
}

jv_status jv_columns_bad(jv_ctx *cx, const jv_columns *c, size_t column, const char *wanted) {
  jv_csv_field f = jv_columns_at(c, column);
  size_t line = jv_csv_line(c->csv), at = 1;
  if (c->place[column]) jv_csv_position(c->csv, c->place[column] - 1, &line, &at);
  return jv_fail(cx, JV_EPARSE, "line %zu, column %zu: %s: wanted %s, found '%.*s'", line, at,
                 c->column[column].name, wanted, (int)(f.len > 60 ? 60 : f.len), f.text);
}
