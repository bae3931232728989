/* Small CSV tables by the names of their columns: what the readers of facts, guidance and claims
 * share. */
#ifndef JV_CAPEX_COLUMNS_H
#define JV_CAPEX_COLUMNS_H

#include "text/csv.h"

#define JV_COLUMNS_MOST 16

typedef struct jv_column {
  const char *name;
  bool required;
} jv_column;

typedef struct jv_columns {
  const jv_column *column;
  size_t count;
  size_t place[JV_COLUMNS_MOST]; /* 1-based place in a record; 0 absent */
  jv_text_source source;
  jv_csv_reader *csv;
  const jv_csv_field *field;
  size_t n; /* fields of the record at hand */
} jv_columns;

/* Reads the first line; count <= JV_COLUMNS_MOST. Columns of other names are passed over. The
 * struct must not move afterwards. JV_EPARSE names a missing column; to be closed in any case. */
jv_status jv_columns_open(jv_ctx *cx, jv_columns *c, const jv_column *column, size_t count,
                          const char *text, size_t len);
void jv_columns_close(jv_ctx *cx, jv_columns *c);

/* The next record; *more false at the end. */
jv_status jv_columns_next(jv_ctx *cx, jv_columns *c, bool *more);
/* A field of it; empty when its column is absent. Not NUL-ended. */
jv_csv_field jv_columns_at(const jv_columns *c, size_t column);
/* "line 3, column 20: end: wanted a date, found 'x'" */
jv_status jv_columns_bad(jv_ctx *cx, const jv_columns *c, size_t column, const char *wanted);

#endif
