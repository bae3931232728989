/* CSV as in RFC 4180: a streaming reader that hands out fields without copying, and a writer.
 *
 * Reading: quoted fields with separators, line breaks and doubled quotes; a leading byte order mark
 * is skipped; lines end with LF, CRLF or a lone CR; blank lines are skipped. Memory is bounded by
 * the longest record, whatever the length of the file. Bytes that are not UTF-8 pass unchanged;
 * NUL bytes and UTF-16 are refused. */
#ifndef JV_TEXT_CSV_H
#define JV_TEXT_CSV_H

#include "text/stream.h"

typedef struct jv_csv_field {
  const char *text; /* not NUL-ended; valid until the next call */
  size_t len;
  bool quoted;
} jv_csv_field;

typedef struct jv_csv_options {
  char separator;    /* 0: comma */
  bool detect;       /* of , ; tab and | take the one that the first line has most of */
  bool ragged;       /* records may have fewer or more fields than the first */
  size_t max_record; /* bytes; 0: 256 MiB */
} jv_csv_options;

typedef struct jv_csv_reader jv_csv_reader;

/* options may be NULL. The source must outlive the reader. */
jv_status jv_csv_reader_new(jv_ctx *cx, jv_source_stream source, const jv_csv_options *options,
                            jv_csv_reader **out);
void jv_csv_reader_free(jv_ctx *cx, jv_csv_reader *reader);

/* The next record: its fields, at least one; *n = 0 at the end. Cancellable.
 * Errors, with "line L, column C" in front: JV_EPARSE (a quote that is never closed, text after a
 * closing quote, a quote in an unquoted field, another number of fields than the first record, NUL
 * byte, too long a record), those of the source, JV_ENOMEM. After an error the reader is at its end. */
jv_status jv_csv_next(jv_ctx *cx, jv_csv_reader *reader, const jv_csv_field **fields, size_t *n);

/* Of the record last returned: the line of its first byte, 1-based; and of its field i the line and
 * the column in bytes, 1-based. Found by rescanning, for error messages; the column behind a field
 * with doubled quotes and then a line break is short of those quotes. */
size_t jv_csv_line(const jv_csv_reader *reader);
void jv_csv_position(const jv_csv_reader *reader, size_t i, size_t *line, size_t *column);
/* Bytes consumed so far, for progress; the separator in use. */
uint64_t jv_csv_bytes(const jv_csv_reader *reader);
char jv_csv_separator(const jv_csv_reader *reader);

/* ---- writing ---- */

/* A record is fields and an end; quotes stand only where needed. Zeroed but for sink is ready; the
 * text goes to the sink in large blocks, the rest with jv_csv_flush. */
typedef struct jv_csv_writer {
  jv_sink_stream sink;
  char separator; /* 0: comma */
  size_t in_record;
  bool lone_empty; /* the record so far is one empty field, which a blank line would lose */
  jv_buffer buffer;
} jv_csv_writer;

jv_status jv_csv_write(jv_ctx *cx, jv_csv_writer *writer, const char *text, size_t len);
jv_status jv_csv_write_text(jv_ctx *cx, jv_csv_writer *writer, const char *text);
jv_status jv_csv_write_number(jv_ctx *cx, jv_csv_writer *writer,
                              double x); /* NaN: an empty field */
jv_status jv_csv_write_integer(jv_ctx *cx, jv_csv_writer *writer, int64_t x);
jv_status jv_csv_end_record(jv_ctx *cx, jv_csv_writer *writer);
/* Adds records that another writer with this separator has written. */
jv_status jv_csv_append(jv_ctx *cx, jv_csv_writer *writer, const char *records, size_t len);
jv_status jv_csv_flush(jv_ctx *cx, jv_csv_writer *writer);
void jv_csv_writer_free(jv_ctx *cx, jv_csv_writer *writer); /* drops what was not flushed */

#endif
