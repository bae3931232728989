/* Between the files of the panel: rows out of CSV or out of a sort, and a table of series ids. */
#ifndef JV_EVALUATE_PANEL_PARTS_H
#define JV_EVALUATE_PANEL_PARTS_H

#include "evaluate/panel.h"

typedef struct jv_panel_row {
  const char *id; /* not NUL-ended; valid until the next row */
  size_t id_len;
  jv_stamp ds;
  double y;
  size_t line;
} jv_panel_row;

/* ---- rows of the file: panel_rows.c ---- */

/* The series of a panel mostly share their ds: those read before are remembered by their text. */
enum { JV_DS_REMEMBERED = 1024, JV_DS_REMEMBERED_TEXT = 23 };
typedef struct jv_ds_memory {
  uint8_t len; /* 0: nothing here */
  char text[JV_DS_REMEMBERED_TEXT];
  jv_stamp stamp;
} jv_ds_memory;

typedef struct jv_row_reader {
  jv_csv_reader *csv;
  jv_ds_memory *memory; /* JV_DS_REMEMBERED places, by hash */
  size_t columns;
  int id, ds, y; /* column numbers; id -1: none */
  bool has_freq;
  jv_freq freq;
} jv_row_reader;

jv_status jv_rows_open(jv_ctx *cx, jv_source_stream source, const jv_panel_options *options,
                       jv_row_reader *out);
void jv_rows_close(jv_ctx *cx, jv_row_reader *rows);
jv_status jv_rows_next(jv_ctx *cx, jv_row_reader *rows, jv_panel_row *row, bool *more);

/* ---- ids seen, by a 64-bit hash: two ids meet by chance once in 10^5 panels of 10^7 series, and
 * then a contiguous panel is refused with the advice to sort, which does not rely on it ---- */

typedef struct jv_id_table {
  struct jv_id_slot {
    uint64_t hash; /* 0: free */
    uint64_t order;
  } * slots;
  size_t cap, n;
} jv_id_table;

/* *order is the id's number by first appearance; *is_new says whether this was it. */
jv_status jv_id_table_add(jv_ctx *cx, jv_id_table *table, const char *id, size_t len,
                          uint64_t *order, bool *is_new);
void jv_id_table_free(jv_ctx *cx, jv_id_table *table);

/* ---- rows in order: panel_sort.c ---- */

typedef struct jv_row_sorter jv_row_sorter;
/* Reads all rows; then next gives them sorted by (first appearance of the id, ds), stably. */
jv_status jv_sorter_new(jv_ctx *cx, jv_row_reader *rows, const jv_panel_options *options,
                        jv_row_sorter **out);
void jv_sorter_free(jv_ctx *cx, jv_row_sorter *sorter);
jv_status jv_sorter_next(jv_ctx *cx, jv_row_sorter *sorter, jv_panel_row *row, bool *more);

/* ---- what forecasting and backtesting share: panel_forecast.c ---- */

/* What models see of a series; it points into the series. */
jv_sample jv_panel_sample(const jv_panel_job *job, const jv_panel_series *series);
/* Does this failure end the whole run, rather than one series? */
bool jv_panel_ends_run(jv_status status);
jv_status jv_panel_status_header(jv_ctx *cx, jv_csv_writer *status);
/* One row of the status file out of the context's last failure. */
jv_status jv_panel_write_status(jv_ctx *cx, const char *id, const char *model,
                                jv_csv_writer *status);

/* ---- series by series through a crew: panel_run.c ---- */

struct jv_backtest;

/* A series on its way: a copy of it, and what came of it. */
typedef struct jv_panel_slot {
  jv_panel_series series; /* points to id and y */
  char *id;
  double *y;
  size_t id_cap, y_cap;
  jv_csv_writer out, status; /* onto the texts */
  jv_buffer out_text, status_text;
  size_t failed, rows;
  char message[sizeof((jv_ctx *)0)->message]; /* of the last failure */
  struct jv_backtest *backtest;               /* of a backtest; given frees it */
} jv_panel_slot;

typedef struct jv_panel_run {
  const jv_panel_job *job;
  const jv_model_spec *models; /* unless the job has lists by lane */
  jv_panel *panel;
  jv_csv_writer *out, *status;
  jv_panel_summary *summary;
  /* Works on one series with these models, in whatever thread; failed, rows and the two writers are
   * filled in. */
  jv_status (*run)(jv_ctx *cx, const struct jv_panel_run *r, const jv_model_spec *models,
                   jv_panel_slot *slot);
  /* In the calling thread, in the order of the input, before the rows are written; NULL: nothing. */
  void (*given)(jv_ctx *cx, const struct jv_panel_run *r, jv_panel_slot *slot);
  void *ud;
  bool single;
  double shown;
  jv_panel_slot *slots;
} jv_panel_run;

/* Headers are the caller's; single, shown and slots are set here. */
jv_status jv_panel_run_all(jv_ctx *cx, jv_panel_run *r);

#endif
