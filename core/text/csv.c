/* Streaming CSV reader over one sliding buffer.
 *
 * The buffer holds the record being read from its first byte; when a record runs over the end, it
 * is moved to the front, the buffer is filled (and doubled when the record alone fills it) and the
 * record is scanned again: each byte is seen at most a few times, and fields are slices of the
 * buffer. A line feed stands behind the last byte, so that the inner loop tests one table and no
 * bound. Doubled quotes are undone in place once the record is complete. */
#include "text/csv.h"
#include <inttypes.h>
#include <string.h>

enum { FIRST_BUFFER = 256 * 1024, FIRST_FIELDS = 16 };
static const size_t default_max_record = (size_t)256 << 20;

struct jv_csv_reader {
  jv_source_stream source;
  char separator;
  bool detect, ragged, begun, eof, failed;
  size_t max_record;
  char *buffer;           /* cap bytes and one for the line feed behind the end */
  size_t cap, start, end; /* buffer[start..end) is unread */
  uint64_t base;          /* bytes of the stream before buffer[0] */
  size_t line;            /* of buffer[start] */
  size_t breaks;          /* line breaks inside the record being scanned */
  size_t record_start, record_end, record_line; /* the record last returned */
  jv_csv_field *fields;
  size_t n, field_cap;
  size_t width; /* of the first record; 0: none yet */
  bool doubled; /* the record holds doubled quotes */
  unsigned char ends_plain[256], ends_quoted[256];
};

typedef enum scan { SCAN_DONE, SCAN_MORE, SCAN_FAILED } scan;

jv_status jv_csv_reader_new(jv_ctx *cx, jv_source_stream source, const jv_csv_options *options,
                            jv_csv_reader **out) {
  jv_csv_reader *r = JV_NEW(cx, jv_csv_reader);
  if (!r) return cx->status;
  r->source = source;
  r->separator = options && options->separator ? options->separator : ',';
  r->detect = options && options->detect;
  r->ragged = options && options->ragged;
  r->max_record = options && options->max_record ? options->max_record : default_max_record;
  r->cap = r->max_record < FIRST_BUFFER ? r->max_record : FIRST_BUFFER;
  r->line = 1;
  r->field_cap = FIRST_FIELDS;
  r->buffer = JV_ARRAY(cx, char, r->cap + 1);
  r->fields = JV_ARRAY(cx, jv_csv_field, r->field_cap);
  if (!r->buffer || !r->fields) {
    jv_csv_reader_free(cx, r);
    return cx->status;
  }
  *out = r;
  return JV_OK;
}

void jv_csv_reader_free(jv_ctx *cx, jv_csv_reader *r) {
  if (!r) return;
  jv_free(cx, r->buffer);
  jv_free(cx, r->fields);
  jv_free(cx, r);
}

/* ---- positions ---- */

/* Where buffer[at] lies, counted from buffer[from], which is the first byte of `line`. */
static void locate(const jv_csv_reader *r, size_t from, size_t at, size_t *line, size_t *column) {
  size_t line_start = from;
  for (size_t i = from; i < at; i++) {
    char c = r->buffer[i];
    if (c != '\n' && (c != '\r' || r->buffer[i + 1] == '\n')) continue;
    ++*line;
    line_start = i + 1;
  }
  *column = at - line_start + 1;
}

static jv_status fail_at(jv_ctx *cx, jv_csv_reader *r, const char *at, const char *message) {
  size_t line = r->line, column = 1;
  locate(r, r->start, (size_t)(at - r->buffer), &line, &column);
  return jv_fail(cx, JV_EPARSE, "line %zu, column %zu: %s", line, column, message);
}

size_t jv_csv_line(const jv_csv_reader *r) { return r->record_line; }

void jv_csv_position(const jv_csv_reader *r, size_t i, size_t *line, size_t *column) {
  size_t at = r->record_end;
  if (i < r->n) at = (size_t)(r->fields[i].text - r->buffer) - r->fields[i].quoted;
  *line = r->record_line;
  locate(r, r->record_start, at, line, column);
}

uint64_t jv_csv_bytes(const jv_csv_reader *r) { return r->base + r->start; }
char jv_csv_separator(const jv_csv_reader *r) { return r->separator; }

/* ---- the buffer ---- */

/* Makes room behind `end`: moves the unread part to the front, or doubles the buffer. */
static jv_status make_room(jv_ctx *cx, jv_csv_reader *r) {
  if (r->start > 0) {
    memmove(r->buffer, r->buffer + r->start, r->end - r->start);
    r->base += r->start;
    r->end -= r->start;
    r->start = 0;
  }
  if (r->end < r->cap) return JV_OK;
  if (r->cap >= r->max_record)
    return jv_fail(cx, JV_EPARSE,
                   "line %zu, column 1: the record is longer than %zu bytes (a quote that is never "
                   "closed?)",
                   r->line, r->max_record);
  size_t cap = r->cap > r->max_record / 2 ? r->max_record : r->cap * 2;
  char *grown = jv_realloc(cx, r->buffer, cap + 1, 1);
  if (!grown) return cx->status;
  r->buffer = grown;
  r->cap = cap;
  return JV_OK;
}

/* Fills the buffer to its end: a slow pipe must not make a long record be scanned for each bit. */
static jv_status refill(jv_ctx *cx, jv_csv_reader *r) {
  JV_TRY(jv_check_cancel(cx));
  JV_TRY(make_room(cx, r));
  while (r->end < r->cap && !r->eof) {
    size_t got = 0;
    JV_TRY(r->source.read(cx, r->source.ud, r->buffer + r->end, r->cap - r->end, &got));
    r->end += got;
    r->eof = got == 0;
  }
  r->buffer[r->end] = '\n';
  return JV_OK;
}

/* The candidate that the first line holds most of, outside quotes. */
static char detect_separator(const jv_csv_reader *r) {
  static const char candidates[] = ",;\t|";
  size_t count[sizeof candidates] = {0}, best = 0;
  bool quoted = false;
  for (size_t i = r->start; i < r->end; i++) {
    char c = r->buffer[i];
    if (c == '"') quoted = !quoted;
    if (quoted || c == '\0') continue;
    if (c == '\n' || c == '\r') break;
    const char *found = strchr(candidates, c);
    if (found) count[found - candidates]++;
  }
  for (size_t k = 1; candidates[k]; k++)
    if (count[k] > count[best]) best = k;
  return candidates[best];
}

static jv_status begin(jv_ctx *cx, jv_csv_reader *r) {
  r->begun = true;
  JV_TRY(refill(cx, r));
  const unsigned char *b = (const unsigned char *)r->buffer;
  if (r->end >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
    return jv_fail(
        cx, JV_EPARSE,
        "line 1, column 1: the text is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)");
  if (r->end >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf) r->start = 3;
  if (r->detect) r->separator = detect_separator(r);
  static const char plain[] = {'"', '\n', '\r', '\0'};
  for (size_t i = 0; i < sizeof plain; i++)
    r->ends_plain[(unsigned char)plain[i]] = r->ends_quoted[(unsigned char)plain[i]] = 1;
  r->ends_plain[(unsigned char)r->separator] = 1;
  return JV_OK;
}

/* ---- one record ---- */

static jv_status push_field(jv_ctx *cx, jv_csv_reader *r, const char *text, size_t len,
                            bool quoted) {
  if (r->n == r->field_cap) {
    jv_csv_field *grown = jv_realloc(cx, r->fields, r->field_cap * 2, sizeof *grown);
    if (!grown) return cx->status;
    r->fields = grown;
    r->field_cap *= 2;
  }
  r->fields[r->n++] = (jv_csv_field){text, len, quoted};
  return JV_OK;
}

/* From the opening quote at *at to behind the closing one; pushes the field. */
static scan scan_quoted(jv_ctx *cx, jv_csv_reader *r, const char **at) {
  const char *open = *at, *p = open + 1, *limit = r->buffer + r->end;
  for (;;) {
    while (!r->ends_quoted[(unsigned char)*p]) p++;
    if (p == limit) {
      if (!r->eof) return SCAN_MORE;
      fail_at(cx, r, open, "this quote is never closed");
      return SCAN_FAILED;
    }
    if (*p == '\0') {
      fail_at(cx, r, p, "a NUL byte; is this a text file?");
      return SCAN_FAILED;
    }
    if (*p == '"') {
      if (p + 1 == limit && !r->eof) return SCAN_MORE;
      if (p + 1 == limit || p[1] != '"') break;
      r->doubled = true;
      p++;
    } else if (*p == '\n' || p[1] != '\n') {
      r->breaks++; /* a CR before LF counts with its LF */
    }
    p++;
  }
  if (push_field(cx, r, open + 1, (size_t)(p - open - 1), true) != JV_OK) return SCAN_FAILED;
  p++;
  *at = p;
  if (p == limit || *p == r->separator || *p == '\n' || *p == '\r') return SCAN_DONE;
  fail_at(cx, r, p,
          *p == '\0' ? "a NUL byte; is this a text file?"
                     : "text after a closing quote; a quote inside is written twice");
  return SCAN_FAILED;
}

/* Fields up to the end of the record; *at is left behind its line break. */
static scan scan_record(jv_ctx *cx, jv_csv_reader *r, const char **at) {
  const char *p = r->buffer + r->start, *limit = r->buffer + r->end;
  const unsigned char *ends = r->ends_plain;
  r->n = 0;
  r->breaks = 0;
  r->doubled = false;
  for (;; p++) {
    if (*p == '"' && p < limit) {
      scan result = scan_quoted(cx, r, &p);
      if (result != SCAN_DONE) return result;
    } else {
      const char *first = p;
      while (!ends[(unsigned char)*p]) p++;
      if (*p == '"' || *p == '\0') {
        fail_at(cx, r, p,
                *p ? "a quote inside an unquoted field; quote the field and double it"
                   : "a NUL byte; is this a text file?");
        return SCAN_FAILED;
      }
      if (push_field(cx, r, first, (size_t)(p - first), false) != JV_OK) return SCAN_FAILED;
    }
    if (p == limit) break;
    if (*p == r->separator) continue;
    if (*p == '\r' && p + 1 == limit && !r->eof) return SCAN_MORE;
    r->breaks++;
    *at = p + (*p == '\r' && p + 1 < limit && p[1] == '\n' ? 2 : 1);
    return SCAN_DONE;
  }
  if (!r->eof) return SCAN_MORE;
  *at = limit;
  return SCAN_DONE;
}

/* "" -> " in place; the bytes set free become blanks, so that positions still count lines right. */
static void undouble(jv_csv_reader *r) {
  for (size_t i = 0; i < r->n; i++) {
    jv_csv_field *field = &r->fields[i];
    if (!field->quoted || !memchr(field->text, '"', field->len)) continue;
    char *to = r->buffer + (field->text - r->buffer);
    const char *from = to, *end = to + field->len;
    while (from < end) {
      if (*from == '"') from++;
      *to++ = *from++;
    }
    memset(to, ' ', (size_t)(end - to));
    field->len = (size_t)(to - field->text);
  }
}

static jv_status check_width(jv_ctx *cx, jv_csv_reader *r) {
  if (r->width == 0) r->width = r->n;
  if (r->ragged || r->n == r->width) return JV_OK;
  size_t line, column;
  jv_csv_position(r, r->width, &line, &column);
  return jv_fail(cx, JV_EPARSE,
                 "line %zu, column %zu: %zu field%s, expected %zu as in the first line", line,
                 column, r->n, r->n == 1 ? "" : "s", r->width);
}

static jv_status next_record(jv_ctx *cx, jv_csv_reader *r) {
  for (;;) {
    const char *after = NULL;
    if (r->start == r->end && r->eof) {
      r->n = 0;
      return JV_OK;
    }
    scan result = r->start == r->end ? SCAN_MORE : scan_record(cx, r, &after);
    if (result == SCAN_FAILED) return cx->status;
    if (result == SCAN_MORE) {
      JV_TRY(refill(cx, r));
      continue;
    }
    r->record_start = r->start;
    r->record_end = (size_t)(after - r->buffer);
    while (r->record_end > r->record_start &&
           (r->buffer[r->record_end - 1] == '\n' || r->buffer[r->record_end - 1] == '\r'))
      r->record_end--;
    r->record_line = r->line;
    r->start = (size_t)(after - r->buffer);
    r->line += r->breaks;
    if (r->n == 1 && r->fields[0].len == 0 && !r->fields[0].quoted) continue;
    if (r->doubled) undouble(r);
    return check_width(cx, r);
  }
}

jv_status jv_csv_next(jv_ctx *cx, jv_csv_reader *r, const jv_csv_field **fields, size_t *n) {
  jv_status status = JV_OK;
  *fields = r->fields;
  *n = 0;
  if (r->failed) return JV_OK;
  if (!r->begun) status = begin(cx, r);
  if (status == JV_OK) status = next_record(cx, r);
  if (status != JV_OK) {
    r->failed = true;
    return status;
  }
  *fields = r->fields;
  *n = r->n;
  return JV_OK;
}
