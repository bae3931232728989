/* CSV files as the host reads them: a reader over an open file, and one series out of `ds,y`. */
#ifndef JV_IO_CSV_FILE_H
#define JV_IO_CSV_FILE_H

#include "io/file.h"
#include "series/series.h"
#include "text/csv.h"

/* A file and the CSV reader over it, closed together. */
typedef struct jv_csv_file jv_csv_file;
jv_status jv_csv_file_open(jv_ctx *cx, const char *path, const jv_csv_options *options,
                           jv_csv_file **out);
void jv_csv_file_close(jv_ctx *cx, jv_csv_file *file);
/* As jv_csv_next, with the path before each message. */
jv_status jv_csv_file_next(jv_ctx *cx, jv_csv_file *file, const jv_csv_field **fields, size_t *n);
size_t jv_csv_file_line(const jv_csv_file *file);

/* The writer's twin: what is written appears when it is committed. */
typedef struct jv_csv_output jv_csv_output;
jv_status jv_csv_output_open(jv_ctx *cx, const char *path, char separator, jv_csv_output **out);
jv_csv_writer *jv_csv_output_writer(jv_csv_output *output);
jv_status jv_csv_output_commit(jv_ctx *cx, jv_csv_output *output);
void jv_csv_output_free(jv_ctx *cx, jv_csv_output *output);

/* The series of a file `ds,y`, or the one with this id of `unique_id,ds,y` (id NULL: it must be the
 * only one). freq NULL: periods say theirs. Under a yearly frequency whole numbers are years.
 * Rules and errors are those of panels; JV_ENOTFOUND for an id that is not there. */
jv_status jv_csv_read_series(jv_ctx *cx, const char *path, const jv_freq *freq, const char *id,
                             jv_series **out);

#endif
