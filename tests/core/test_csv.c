/* core/text/csv: RFC 4180 and what people write instead; errors with line and column; bounded memory. */
#include "testing.h"
#include "base/rng.h"
#include "text/csv.h"

/* A source that hands out at most `step` bytes a time, so that every buffer edge is met. */
typedef struct drip {
  const char *text;
  size_t len, step;
} drip;

static jv_status drip_read(jv_ctx *cx, void *ud, char *buffer, size_t size, size_t *got) {
  (void)cx;
  drip *d = ud;
  size_t n = d->len < size ? d->len : size;
  if (d->step && n > d->step) n = d->step;
  memcpy(buffer, d->text, n);
  d->text += n;
  d->len -= n;
  *got = n;
  return JV_OK;
}

/* All records as "[a|b|c]…"; quoted fields in <>. On failure the status, the message in cx. */
static jv_status read_all(jv_ctx *cx, const char *text, size_t len, size_t step,
                          const jv_csv_options *options, jv_buffer *out) {
  drip d = {text, len, step};
  jv_csv_reader *r = NULL;
  const jv_csv_field *fields;
  size_t n;
  JV_TRY(jv_csv_reader_new(cx, (jv_source_stream){drip_read, &d}, options, &r));
  jv_status status;
  while ((status = jv_csv_next(cx, r, &fields, &n)) == JV_OK && n > 0) {
    for (size_t i = 0; i < n && status == JV_OK; i++) {
      status = jv_buffer_add_text(cx, out, i == 0 ? "[" : "|");
      if (status == JV_OK && fields[i].quoted) status = jv_buffer_add_text(cx, out, "<");
      if (status == JV_OK) status = jv_buffer_add(cx, out, fields[i].text, fields[i].len);
      if (status == JV_OK && fields[i].quoted) status = jv_buffer_add_text(cx, out, ">");
    }
    if (status == JV_OK) status = jv_buffer_add_text(cx, out, "]");
    if (status != JV_OK) break;
  }
  jv_csv_reader_free(cx, r);
  return status;
}

static void reads_as(const char *text, size_t len, const jv_csv_options *options,
                     const char *want) {
  for (size_t step = 0; step < 4; step++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    jv_buffer out = {NULL, 0, 0};
    assert_ok(&cx, read_all(&cx, text, len, step, options, &out));
    assert_string_equal(out.data ? out.data : "", want);
    jv_buffer_free(&cx, &out);
    assert_int_equal(memory.live, 0);
  }
}

static void fails_with(const char *text, size_t len, const jv_csv_options *options,
                       const char *message) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_buffer out = {NULL, 0, 0};
  assert_int_equal(read_all(&cx, text, len, 0, options, &out), JV_EPARSE);
  assert_string_equal(cx.message, message);
  jv_buffer_free(&cx, &out);
  assert_int_equal(memory.live, 0);
}

#define READS(text, want) reads_as(text, sizeof(text) - 1, NULL, want)
#define FAILS(text, message) fails_with(text, sizeof(text) - 1, NULL, message)

static void reads_the_standard(void **state) {
  (void)state;
  READS("", "");
  READS("a,b\n1,2\n", "[a|b][1|2]");
  READS("a,b\n1,2", "[a|b][1|2]");
  READS("a,b\r\n1,2\r\n", "[a|b][1|2]");
  READS("a,b\r1,2\r", "[a|b][1|2]");
  READS("a,\n,\n", "[a|][|]");
  READS("a,\n,", "[a|][|]");
  READS("\"a,b\",\"c\"\"d\"\n\"x\ny\",\"\"\n", "[<a,b>|<c\"d>][<x\ny>|<>]");
  READS("\"\"\"\",\"\"\"\"\"\"", "[<\">|<\"\">]");
  READS("\"a\r\nb\",c", "[<a\r\nb>|c]");
  READS("\xef\xbb\xbf"
        "a,b\n",
        "[a|b]");
  READS("\xef\xbb\xbf\"a\",b\n", "[<a>|b]");
  READS("\xef\xbb\xbf", "");
  READS("\n\r\n\na,b\n\n\n1,2\n\n", "[a|b][1|2]");
  READS("a\n\"\"\n", "[a][<>]"); /* a quoted nothing is a record, a blank line is none */
  READS("caf\xe9,\xff\n", "[caf\xe9|\xff]");
  READS(" a , b\n", "[ a | b]");
}

static void other_separators(void **state) {
  (void)state;
  const jv_csv_options semicolon = {.separator = ';'}, detect = {.detect = true};
  reads_as("a;b,c\n", 6, &semicolon, "[a|b,c]");
  reads_as("a;b;c,d\n1,5;2;3\n", 16, &detect, "[a|b|c,d][1,5|2|3]");
  reads_as("a\tb\n", 4, &detect, "[a|b]");
  reads_as("\"x;y;z\",b\n", 10, &detect, "[<x;y;z>|b]");
  reads_as("one\ntwo\n", 8, &detect, "[one][two]");
  const jv_csv_options ragged = {.ragged = true};
  reads_as("a,b\n1\n1,2,3\n", 12, &ragged, "[a|b][1][1|2|3]");
}

static void errors_say_line_and_column(void **state) {
  (void)state;
  FAILS("a,b\n1,\"x\n\n", "line 2, column 3: this quote is never closed");
  FAILS("a,b\n\"x\"y,2\n",
        "line 2, column 4: text after a closing quote; a quote inside is written twice");
  FAILS("a,b\nx\"y,2\n",
        "line 2, column 2: a quote inside an unquoted field; quote the field and double it");
  FAILS("a,b\n\"p\nq\",2\n1,2,3\n", "line 4, column 5: 3 fields, expected 2 as in the first line");
  FAILS("a,b,c\n\n1,2\n", "line 3, column 4: 2 fields, expected 3 as in the first line");
  FAILS("a,b\r1\r", "line 2, column 2: 1 field, expected 2 as in the first line");
  FAILS("a,b\n1,\0\n", "line 2, column 3: a NUL byte; is this a text file?");
  FAILS("a,b\n1,\"\0\"\n", "line 2, column 4: a NUL byte; is this a text file?");
  FAILS("\xff\xfe"
        "a\0,\0",
        "line 1, column 1: the text is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)");
  const jv_csv_options small = {.max_record = 16};
  fails_with(
      "a,b\n0123456789012345678,2\n", 26, &small,
      "line 2, column 1: the record is longer than 16 bytes (a quote that is never closed?)");
}

static void positions_of_fields(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const char *text = "a,b,c\n\"x\ny\"\"\",22,\"z\"\n\n5,6,7";
  jv_text_source source = {text, strlen(text)};
  jv_csv_reader *r = NULL;
  const jv_csv_field *f;
  size_t n, line, column;
  assert_ok(&cx,
            jv_csv_reader_new(&cx, (jv_source_stream){jv_text_source_read, &source}, NULL, &r));
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(jv_csv_line(r), 2);
  jv_csv_position(r, 0, &line, &column);
  assert_true(line == 2 && column == 1);
  jv_csv_position(r, 2, &line, &column);
  assert_true(line == 3 && column == 9);
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(jv_csv_line(r), 5);
  assert_int_equal(jv_csv_bytes(r), strlen(text));
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(n, 0);
  jv_csv_reader_free(&cx, r);
}

static void long_and_wide_records(void **state) {
  (void)state;
  enum { COLUMNS = 20000, FIELD = 3000000 };
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_buffer text = {NULL, 0, 0};
  for (int i = 0; i < COLUMNS; i++) assert_ok(&cx, jv_buffer_add_text(&cx, &text, i ? ",x" : "x"));
  assert_ok(&cx, jv_buffer_add_text(&cx, &text, "\n\""));
  for (int i = 0; i < FIELD / 10; i++)
    assert_ok(&cx, jv_buffer_add_text(&cx, &text, "ab\"\"\n,cde\n"));
  assert_ok(&cx, jv_buffer_add_text(&cx, &text, "\""));
  drip d = {text.data, text.len, 4096};
  const jv_csv_options ragged = {.ragged = true};
  jv_csv_reader *r = NULL;
  const jv_csv_field *f;
  size_t n;
  assert_ok(&cx, jv_csv_reader_new(&cx, (jv_source_stream){drip_read, &d}, &ragged, &r));
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(n, COLUMNS);
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(n, 1);
  assert_int_equal(f[0].len, FIELD / 10 * 9);
  assert_memory_equal(f[0].text, "ab\"\n,cde\nab\"", 12);
  jv_csv_reader_free(&cx, r);
  jv_buffer_free(&cx, &text);
  assert_int_equal(memory.live, 0);
}

/* A source without end: memory must not grow with what was read. */
static jv_status endless(jv_ctx *cx, void *ud, char *buffer, size_t size, size_t *got) {
  (void)cx;
  static const char row[] = "series_1,2024-01-01,1234.5\n";
  size_t *given = ud, n = sizeof row - 1;
  *got = 0;
  if (*given >= (size_t)64 << 20) return JV_OK;
  for (; *got + n <= size; *got += n) memcpy(buffer + *got, row, n);
  if (*got == 0) memcpy(buffer, row, *got = size < n ? size : n);
  *given += *got;
  return JV_OK;
}

static void memory_is_bounded(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  size_t given = 0, records = 0, n;
  jv_csv_reader *r = NULL;
  const jv_csv_field *f;
  const jv_csv_options ragged = {.ragged = true};
  assert_ok(&cx, jv_csv_reader_new(&cx, (jv_source_stream){endless, &given}, &ragged, &r));
  while (jv_csv_next(&cx, r, &f, &n) == JV_OK && n > 0) records++;
  assert_true(records > 2000000);
  assert_true(memory.live < 1 << 20);
  jv_csv_reader_free(&cx, r);
}

static bool always(void *ud) {
  (void)ud;
  return true;
}

static void can_be_cancelled_and_stays_at_its_end(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cx.cancelled = always;
  jv_text_source source = {"a\n", 2};
  jv_csv_reader *r = NULL;
  const jv_csv_field *f;
  size_t n;
  assert_ok(&cx,
            jv_csv_reader_new(&cx, (jv_source_stream){jv_text_source_read, &source}, NULL, &r));
  assert_int_equal(jv_csv_next(&cx, r, &f, &n), JV_ECANCEL);
  cx.cancelled = NULL;
  assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
  assert_int_equal(n, 0);
  jv_csv_reader_free(&cx, r);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  char text[400] = "x";
  for (int i = 0; i < 60; i++) strcat(text, ",\"y\"\"\"");
  for (size_t k = 1;; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_buffer out = {NULL, 0, 0};
    jv_status status = read_all(&cx, text, strlen(text), 0, NULL, &out);
    jv_buffer_free(&cx, &out);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
    assert_true(k < 100);
  }
}

/* ---- the writer ---- */

static void writes_quotes_only_where_needed(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_buffer out = {NULL, 0, 0};
  jv_csv_writer w = {.sink = {jv_buffer_write, &out}};
  static const char *const fields[] = {"plain", "a b",  "a,b", "say \"hi\"",
                                       "x\ny",  "cr\r", "",    "ets{model=\"MAM\"}"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    assert_ok(&cx, jv_csv_write_text(&cx, &w, fields[i]));
  assert_ok(&cx, jv_csv_write_number(&cx, &w, 0.1));
  assert_ok(&cx, jv_csv_write_number(&cx, &w, NAN));
  assert_ok(&cx, jv_csv_write_integer(&cx, &w, INT64_MIN));
  assert_ok(&cx, jv_csv_end_record(&cx, &w));
  assert_ok(&cx, jv_csv_write_text(&cx, &w, ""));
  assert_ok(&cx, jv_csv_end_record(&cx, &w));
  assert_ok(&cx, jv_csv_write_text(&cx, &w,
                                   "\xef\xbb\xbf"
                                   "a"));
  assert_ok(&cx, jv_csv_end_record(&cx, &w));
  assert_ok(&cx, jv_csv_write_text(&cx, &w, "\xff\xfe")); /* nor for UTF-16 */
  assert_ok(&cx, jv_csv_end_record(&cx, &w));
  assert_ok(&cx, jv_csv_flush(&cx, &w));
  jv_csv_writer_free(&cx, &w);
  assert_string_equal(out.data, "plain,a b,\"a,b\",\"say \"\"hi\"\"\",\"x\ny\",\"cr\r\",,"
                                "\"ets{model=\"\"MAM\"\"}\",0.1,,-9223372036854775808\n\"\"\n"
                                "\"\xef\xbb\xbf"
                                "a\"\n\"\xff\xfe\"\n");
  jv_buffer_free(&cx, &out);
  assert_int_equal(memory.live, 0);
}

/* What was written is read back, for random fields of the bytes that matter. */
static void what_is_written_is_read_back(void **state) {
  (void)state;
  static const char alphabet[] = "a,\"\n\r;\xc3 ";
  jv_rng rng = jv_rng_keyed(3, "csv", NULL, 0);
  for (int round = 0; round < 3000; round++) {
    jv_ctx cx;
    jv_ctx_init(&cx);
    jv_buffer text = {NULL, 0, 0}, want = {NULL, 0, 0}, got = {NULL, 0, 0};
    jv_csv_writer w = {.sink = {jv_buffer_write, &text}};
    size_t columns = 1 + jv_rng_below(&rng, 4), rows = jv_rng_below(&rng, 4);
    for (size_t i = 0; i < rows * columns; i++) {
      char field[8];
      size_t len = jv_rng_below(&rng, 7);
      for (size_t k = 0; k < len; k++) field[k] = alphabet[jv_rng_below(&rng, sizeof alphabet - 1)];
      assert_ok(&cx, jv_csv_write(&cx, &w, field, len));
      assert_ok(&cx, jv_buffer_add_text(&cx, &want, i % columns == 0 ? "[" : "|"));
      assert_ok(&cx, jv_buffer_add(&cx, &want, field, len));
      if (i % columns != columns - 1) continue;
      assert_ok(&cx, jv_buffer_add_text(&cx, &want, "]"));
      assert_ok(&cx, jv_csv_end_record(&cx, &w));
    }
    assert_ok(&cx, jv_csv_flush(&cx, &w));
    jv_text_source source = {text.data ? text.data : "", text.len};
    jv_csv_reader *r = NULL;
    const jv_csv_field *f;
    size_t n;
    assert_ok(&cx,
              jv_csv_reader_new(&cx, (jv_source_stream){jv_text_source_read, &source}, NULL, &r));
    for (;;) {
      assert_ok(&cx, jv_csv_next(&cx, r, &f, &n));
      if (n == 0) break;
      for (size_t i = 0; i < n; i++) {
        assert_ok(&cx, jv_buffer_add_text(&cx, &got, i == 0 ? "[" : "|"));
        assert_ok(&cx, jv_buffer_add(&cx, &got, f[i].text, f[i].len));
      }
      assert_ok(&cx, jv_buffer_add_text(&cx, &got, "]"));
    }
    if (rows > 0) assert_string_equal(got.data, want.data);
    jv_csv_reader_free(&cx, r);
    jv_csv_writer_free(&cx, &w);
    jv_buffer_free(&cx, &text);
    jv_buffer_free(&cx, &want);
    jv_buffer_free(&cx, &got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_the_standard),
      cmocka_unit_test(other_separators),
      cmocka_unit_test(errors_say_line_and_column),
      cmocka_unit_test(positions_of_fields),
      cmocka_unit_test(long_and_wide_records),
      cmocka_unit_test(memory_is_bounded),
      cmocka_unit_test(can_be_cancelled_and_stays_at_its_end),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(writes_quotes_only_where_needed),
      cmocka_unit_test(what_is_written_is_read_back),
  };
  return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
