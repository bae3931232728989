/* Files: read whole or as a stream, and written so that the old content stands until the new is
 * complete. Every error says the path and the system's reason.
 *
 * Writing: a temporary file in the same directory, write, fsync, rename, fsync of the directory. On
 * any error, or when aborted, the old file is untouched and the temporary one is gone. Permissions
 * of an existing file are kept; a symbolic link stays a link, its target is replaced. What is not a
 * regular file (a pipe, /dev/null) is written in place. */
#ifndef JV_IO_FILE_H
#define JV_IO_FILE_H

#include "text/stream.h"

/* The whole of a file, NUL-ended; *text is the caller's (jv_free). Errors: JV_ENOTFOUND (no such file),
 * JV_EIO, JV_ENOMEM. */
jv_status jv_file_read(jv_ctx *cx, const char *path, char **text, size_t *len);

/* Replaces (or makes) a file. Errors: JV_EIO, JV_ECANCEL, JV_ENOMEM. */
jv_status jv_file_write(jv_ctx *cx, const char *path, const char *data, size_t len);

/* ---- streams ---- */

typedef struct jv_file_reader jv_file_reader;
/* path "-" is standard input. jv_file_reader_read is a jv_read_fn with the reader as its ud. */
jv_status jv_file_reader_open(jv_ctx *cx, const char *path, jv_file_reader **out);
jv_status jv_file_reader_read(jv_ctx *cx, void *reader, char *buffer, size_t size, size_t *got);
uint64_t jv_file_reader_size(const jv_file_reader *reader); /* 0: unknown (a pipe) */
void jv_file_reader_close(jv_ctx *cx, jv_file_reader *reader);

typedef struct jv_file_writer jv_file_writer;
/* path "-" is standard output, which cannot be taken back. jv_file_writer_write is a jv_write_fn.
 * Nothing is to be seen under `path` until commit; free without commit aborts. Commit may fail, and
 * then has aborted. */
jv_status jv_file_writer_open(jv_ctx *cx, const char *path, jv_file_writer **out);
jv_status jv_file_writer_write(jv_ctx *cx, void *writer, const char *data, size_t len);
jv_status jv_file_writer_commit(jv_ctx *cx, jv_file_writer *writer);
void jv_file_writer_free(jv_ctx *cx, jv_file_writer *writer);

/* A file without a name that vanishes with its owner, in dir (NULL: the system's folder for temporary
 * files): written to its end, read from anywhere. For sorting on disk. */
typedef struct jv_temp_file jv_temp_file;
jv_status jv_temp_file_open(jv_ctx *cx, const char *dir, jv_temp_file **out);
jv_status jv_temp_file_write(jv_ctx *cx, void *file, const char *data, size_t len);
jv_status jv_temp_file_read_at(jv_ctx *cx, jv_temp_file *file, uint64_t offset, char *buffer,
                               size_t size, size_t *got);
void jv_temp_file_close(jv_ctx *cx, jv_temp_file *file);

#endif
