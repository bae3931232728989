/* Long panels `unique_id,ds,y` or `ds,y`, read series by series, forecast and backtested.
 *
 * CONVENTIONS: rows of a series are contiguous and ascending; empty, NA, NaN and null are missing;
 * absent periods are filled with missing; duplicate ds and infinite y are errors; ds is a date (the
 * first or the last day of its period, the same throughout a series), a period, or a whole number,
 * and is continued in the same form. Memory is bounded by the longest series, plus a few bytes for
 * each series to tell whether its rows are contiguous. */
#ifndef JV_EVALUATE_PANEL_H
#define JV_EVALUATE_PANEL_H

#include "evaluate/crew.h"
#include "model/spec.h"
#include "series/period.h"
#include "text/csv.h"

/* ---- ds ---- */

typedef enum jv_ds_form { JV_DS_INDEX, JV_DS_DATE, JV_DS_PERIOD } jv_ds_form;

enum { JV_DS_FIRST = 1, JV_DS_LAST = 2 };

/* One ds: its period, and how it was written. */
typedef struct jv_stamp {
  jv_period period;
  uint8_t form;       /* jv_ds_form */
  uint8_t edge;       /* dates: JV_DS_FIRST | JV_DS_LAST, what the day is of its period */
  bool fiscal;        /* periods: written with FY */
  char separator;     /* before a time of day 'T' or ' ', before a quarter '-' or ' '; 0: none */
  uint8_t time_parts; /* 1 "05", 2 "05:00", 3 "05:00:00" */
} jv_stamp;

#define JV_STAMP_TEXT 48

/* Reads a ds; freq NULL: none was given, which dates and fiscal periods need (JV_EPERIOD says so).
 * Errors: JV_EPARSE, JV_EPERIOD. */
jv_status jv_stamp_parse(jv_ctx *cx, const char *text, size_t len, const jv_freq *freq,
                         jv_stamp *out);
void jv_stamp_format(jv_stamp stamp, char out[JV_STAMP_TEXT]);
/* The ds k periods on, in the same form. JV_EPERIOD beyond year 9999. */
jv_status jv_stamp_add(jv_ctx *cx, jv_stamp stamp, int64_t k, jv_stamp *out);

/* ---- reading ---- */

/* Where sorting keeps what memory does not hold: written once to its end, read from anywhere. */
typedef struct jv_spill {
  jv_status (*write)(jv_ctx *cx, void *ud, const char *data, size_t len);
  jv_status (*read_at)(jv_ctx *cx, void *ud, uint64_t offset, char *buffer, size_t size,
                       size_t *got);
  void *ud;
} jv_spill;

typedef struct jv_panel_options {
  bool has_freq;
  jv_freq freq;
  bool sort;          /* series in order of first appearance, rows by ds; ties keep their order */
  size_t sort_memory; /* bytes before spilling; 0: 256 MiB */
  const jv_spill *spill; /* NULL: everything must fit into memory */
} jv_panel_options;

/* One series; everything belongs to the panel and stands until the next call. */
typedef struct jv_panel_series {
  const char *id;  /* "" in a panel of one series */
  const double *y; /* n, NaN = missing */
  size_t n;
  jv_stamp first; /* its edge holds what all rows agree on */
  size_t line;    /* of its first row */
} jv_panel_series;

typedef struct jv_panel jv_panel;

/* Reads the header. Errors: JV_EPARSE, JV_EDATA with the line and what to do. */
jv_status jv_panel_open(jv_ctx *cx, jv_source_stream source, const jv_panel_options *options,
                        jv_panel **out);
void jv_panel_close(jv_ctx *cx, jv_panel *panel);
/* Is it `ds,y`, one series without an id? */
bool jv_panel_is_single(const jv_panel *panel);
/* The next series; *more false at the end. Errors: JV_EPARSE, JV_EDATA, JV_EPERIOD with the line;
 * JV_ECANCEL, JV_ENOMEM. A panel without any row is JV_EDATA. */
jv_status jv_panel_next(jv_ctx *cx, jv_panel *panel, jv_panel_series *out, bool *more);
uint64_t jv_panel_bytes(const jv_panel *panel); /* consumed so far */

/* ---- forecasting ---- */

typedef struct jv_panel_job {
  const jv_model_spec *models;
  size_t n_models;
  size_t h;
  size_t season;        /* 0: that of the frequency */
  const double *levels; /* ascending */
  size_t n_levels;
  uint64_t seed;
  uint64_t total_bytes; /* of the input, for progress; 0: unknown */
  const jv_crew *crew;  /* threads; NULL: the calling one alone */
  /* For models that belong to a thread (those written in Lua): by lane, a list like `models`. NULL:
   * models serve every thread, which only reads them. */
  const jv_model_spec *const *lane_models;
} jv_panel_job;

typedef struct jv_panel_summary {
  size_t series, failed; /* failed: series with at least one line of status */
  size_t rows;           /* written */
  char first_failure[240];
} jv_panel_summary;

/* Forecasts one series: h rows onto out, one row onto status for each model that failed (its fields
 * in out stay empty). A pure function of its inputs: workers may run it on contexts of their own.
 * *failed counts the status rows. Errors that end the run: JV_ECANCEL, JV_ENOMEM, a sink's. */
jv_status jv_panel_forecast_series(jv_ctx *cx, const jv_panel_job *job,
                                   const jv_panel_series *series, bool single, jv_csv_writer *out,
                                   jv_csv_writer *status, size_t *failed);

/* The whole panel: headers, then series by series in the order of the input; the same bytes whatever
 * the crew. Memory: the crew's slots, each with one series and its rows. */
jv_status jv_panel_forecast(jv_ctx *cx, const jv_panel_job *job, jv_panel *panel,
                            jv_csv_writer *out, jv_csv_writer *status, jv_panel_summary *summary);

#endif
