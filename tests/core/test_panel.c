/* core/evaluate/panel: what a panel may be, what it may not, how ds goes on, sorting, forecasts. */
#include "testing.h"
#include "base/rng.h"
#include "evaluate/panel_backtest.h"
#include "model/registry.h"

/* Opens a text as a panel, with --freq when it is not NULL. */
static jv_status open_text(jv_ctx *cx, jv_text_source *source, const char *text, const char *freq,
                           const jv_panel_options *extra, jv_panel **out) {
  jv_panel_options options = {0};
  if (extra) options = *extra;
  options.has_freq = freq != NULL;
  if (freq) JV_TRY(jv_freq_parse(cx, freq, &options.freq));
  *source = (jv_text_source){text, strlen(text)};
  return jv_panel_open(cx, (jv_source_stream){jv_text_source_read, source}, &options, out);
}

/* All series as "id: y y y > DS DS" where the two DS are the next two after the last row. */
static jv_status describe(jv_ctx *cx, const char *text, const char *freq,
                          const jv_panel_options *extra, jv_buffer *out) {
  jv_text_source source;
  jv_panel *panel = NULL;
  jv_panel_series s;
  bool more;
  jv_status status = open_text(cx, &source, text, freq, extra, &panel);
  while (status == JV_OK && (status = jv_panel_next(cx, panel, &s, &more)) == JV_OK && more) {
    status = jv_buffer_add_text(cx, out, s.id);
    for (size_t i = 0; i < s.n && status == JV_OK; i++) {
      status = jv_buffer_add_text(cx, out, i ? " " : ": ");
      if (status == JV_OK) status = jv_buffer_add_number(cx, out, s.y[i]);
    }
    for (int64_t k = 0; k < 2 && status == JV_OK; k++) {
      jv_stamp ds;
      char ds_text[JV_STAMP_TEXT];
      status = jv_stamp_add(cx, s.first, (int64_t)s.n + k, &ds);
      if (status != JV_OK) break;
      jv_stamp_format(ds, ds_text);
      status = jv_buffer_add_text(cx, out, k ? " " : " > ");
      if (status == JV_OK) status = jv_buffer_add_text(cx, out, ds_text);
    }
    if (status == JV_OK) status = jv_buffer_add_text(cx, out, "\n");
    if (status != JV_OK) break;
  }
  jv_panel_close(cx, panel);
  return status;
}

static void reads_as(const char *text, const char *freq, const char *want) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_buffer out = {NULL, 0, 0};
  assert_ok(&cx, describe(&cx, text, freq, NULL, &out));
  assert_string_equal(out.data, want);
  jv_buffer_free(&cx, &out);
  assert_int_equal(memory.live, 0);
}

static void fails_with(const char *text, const char *freq, jv_status status, const char *message) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_buffer out = {NULL, 0, 0};
  jv_status got = describe(&cx, text, freq, NULL, &out);
  if (got != status) fail_msg("status %d, '%s'", got, got ? cx.message : out.data);
  if (!strstr(cx.message, message)) fail_msg("message '%s' lacks '%s'", cx.message, message);
  jv_buffer_free(&cx, &out);
  assert_int_equal(memory.live, 0);
}

static void series_in_the_order_of_the_input(void **state) {
  (void)state;
  reads_as("unique_id,ds,y\nb,1,1.5\nb,2,2\na,7,3\n", NULL, "b: 1.5 2 > 3 4\na: 3 > 8 9\n");
  reads_as("ds,y\n-1,1\n0,2\n", NULL, ": 1 2 > 1 2\n");
  reads_as("y,unique_id,ds\r\n1,x,5\r\n", NULL, "x: 1 > 6 7\n");
  reads_as("\xef\xbb\xbf unique_id ,ds,y\nx, 5 , 1 \n", NULL, "x: 1 > 6 7\n");
  reads_as("unique_id,ds,y\n\"a,\"\"b\"\"\",1,1\ncaf\xe9,1,2", NULL,
           "a,\"b\": 1 > 2 3\ncaf\xe9: 2 > 2 3\n");
}

static void missing_values_and_absent_periods(void **state) {
  (void)state;
  reads_as("ds,y\n1,\n2,NA\n3,NaN\n4,null\n5,1\n", NULL, ": NaN NaN NaN NaN 1 > 6 7\n");
  reads_as("ds,y\n1,1\n4,2\n", NULL, ": 1 NaN NaN 2 > 5 6\n");
  reads_as("ds,y\n2024Q3,1\n2025Q1,2\n2025Q2,\n", "Q", ": 1 NaN 2 NaN > 2025Q3 2025Q4\n");
}

static void ds_goes_on_in_its_form(void **state) {
  (void)state;
  reads_as("ds,y\n2023-10-01,1\n2024-01-01,2\n", "Q", ": 1 2 > 2024-04-01 2024-07-01\n");
  reads_as("ds,y\n2023-12-31,1\n2024-03-31,2\n", "Q", ": 1 2 > 2024-06-30 2024-09-30\n");
  reads_as("ds,y\n2024-01-31,1\n", "M", ": 1 > 2024-02-29 2024-03-31\n");
  reads_as("ds,y\n2024-07-01,1\n2024-10-01,2\n", "Q-JUN", ": 1 2 > 2025-01-01 2025-04-01\n");
  reads_as("ds,y\n2023-06-30,1\n2024-06-30,2\n", "A-JUN", ": 1 2 > 2025-06-30 2026-06-30\n");
  reads_as("ds,y\n2024-02-28,1\n2024-02-29,2\n", "D", ": 1 2 > 2024-03-01 2024-03-02\n");
  reads_as("ds,y\n2024-01-07,1\n2024-01-14,2\n", "W", ": 1 2 > 2024-01-21 2024-01-28\n");
  reads_as("ds,y\n2024-01-01,1\n2024-01-08,2\n", "W", ": 1 2 > 2024-01-15 2024-01-22\n");
  reads_as("ds,y\n2024-01-06,1\n", "W-SAT", ": 1 > 2024-01-13 2024-01-20\n");
  reads_as("ds,y\n2024-12-31 23:00:00,1\n", "H", ": 1 > 2025-01-01 00:00:00 2025-01-01 01:00:00\n");
  reads_as("ds,y\n2024-12-31T22,1\n2024-12-31T23,2\n", "H",
           ": 1 2 > 2025-01-01T00 2025-01-01T01\n");
  reads_as("ds,y\n2024-01-01 00:00:00,1\n", "M", ": 1 > 2024-02-01 00:00:00 2024-03-01 00:00:00\n");
  reads_as("ds,y\n2024Q4,1\n", NULL, ": 1 > 2025Q1 2025Q2\n");
  reads_as("ds,y\n2024Q4,1\n", "Q-JUN", ": 1 > 2025Q1 2025Q2\n");
  reads_as("ds,y\nFY2024Q4,1\n", "Q-JUN", ": 1 > FY2025Q1 FY2025Q2\n");
  reads_as("ds,y\nFY2024,1\n", "A-SEP", ": 1 > FY2025 FY2026\n");
  reads_as("ds,y\nFY2024,1\n", "A", ": 1 > FY2025 FY2026\n");
  reads_as("ds,y\n2024-Q3,1\n2024-Q4,2\n", NULL, ": 1 2 > 2025-Q1 2025-Q2\n");
  reads_as("ds,y\n2024-12,1\n", "M", ": 1 > 2025-01 2025-02\n");
  reads_as("ds,y\n2024-W52,1\n", "W", ": 1 > 2025-W01 2025-W02\n");
  reads_as("ds,y\n2023,1\n2024,2\n", "A", ": 1 2 > 2025 2026\n");
  /* each series by itself */
  reads_as("unique_id,ds,y\na,2024-01-31,1\nb,2024-02-01,1\n", "M",
           "a: 1 > 2024-02-29 2024-03-31\nb: 1 > 2024-03-01 2024-04-01\n");
}

static void rows_that_break_the_rules(void **state) {
  (void)state;
  fails_with(
      "unique_id,ds,y\na,2,1\na,1,1\n", NULL, JV_EDATA,
      "line 3, series 'a': ds '1' comes after '2'; rows must ascend within a series (--sort");
  fails_with("unique_id,ds,y\na,1,1\nb,1,1\na,2,1\n", NULL, JV_EDATA,
             "line 4, series 'a': its rows are not contiguous: other series stand between (--sort");
  fails_with("unique_id,ds,y\na,1,1\na,1,2\n", NULL, JV_EDATA,
             "line 3, series 'a': ds '1' stands twice, first on line 2");
  fails_with("ds,y\n2024-01-01,1\n2024-01-01,2\n", "M", JV_EDATA,
             "line 3: ds '2024-01-01' stands twice");
  fails_with("ds,y\n1,inf\n", NULL, JV_EDATA, "line 2, column 3: y is infinite");
  fails_with("ds,y\n1,1e999\n", NULL, JV_EDATA, "line 2, column 3: y '1e999' is too large");
  fails_with("ds,y\n1,\"1,5\"\n", NULL, JV_EPARSE, "line 2, column 3: y '1,5' is not a number");
  fails_with("unique_id,ds,y\n,1,1\n", NULL, JV_EPARSE, "line 2, column 1: unique_id is empty");
  fails_with("ds,y\n,1\n", NULL, JV_EPARSE, "line 2, column 1: ds is empty");
  fails_with("ds,y\nsoon,1\n", NULL, JV_EPARSE, "line 2, column 1: 'soon' is not a period");
  fails_with("ds,y\n1,1\n2024Q1,1\n", NULL, JV_EDATA,
             "line 3: ds '2024Q1' is a period, but '1' before it is a whole number");
  fails_with(
      "ds,y\n2024-12-31,1\n2025-04-01,2\n", "Q", JV_EDATA,
      "line 3: ds '2025-04-01' is the first day of its period, but the dates before it (from "
      "line 2) are last days");
  fails_with("ds,y\n2024-12-15,1\n", "Q", JV_EPERIOD,
             "'2024-12-15' is neither the first (2024-10-01) nor the last day (2024-12-31)");
  fails_with("ds,y\n2024-01-06,1\n", "W", JV_EPERIOD,
             "--freq W-SAT, weeks that begin on it --freq W-FRI");
  fails_with("ds,y\n2024-12-31,1\n", NULL, JV_EPERIOD, "only --freq can say");
  fails_with("ds,y\n2024-12-31 05:00,1\n", "M", JV_EPERIOD, "needs --freq H");
  fails_with("ds,y\n2024-12-31,1\n", "H", JV_EPERIOD, "has no hour, which --freq H needs");
  fails_with("ds,y\n2024-12-31 05:30,1\n", "H", JV_EPARSE, "nor a date and a full hour");
  fails_with("ds,y\n2024-12-31T05,1\n2024-12-31 06,1\n", "H", JV_EDATA, "written otherwise");
  fails_with("ds,y\n2024-13-01,1\n", "M", JV_EPARSE, "line 2, column 1");
  fails_with("ds,y\nFY2024Q1,1\n", NULL, JV_EPARSE, "needs the frequency");
  fails_with("ds,y\n2024Q1,1\n", "M", JV_EPERIOD, "line 2, column 1");
  fails_with("ds,y\n2024-03,1\n", "Q", JV_EPERIOD, "line 2, column 1");
  fails_with("ds,y\n20240131,1\n20240229,2\n", "M", JV_EDATA, "looks like a date without dashes");
  fails_with("ds,y\n1,1\n99999999,2\n", NULL, JV_EDATA, "99999997 periods are absent");
  fails_with("ds,y\n99999999999999999999,1\n", NULL, JV_EPARSE, "line 2, column 1");
}

static void headers_that_are_none(void **state) {
  (void)state;
  fails_with("", NULL, JV_EDATA, "the file is empty; expected the header unique_id,ds,y");
  fails_with("\n\n", NULL, JV_EDATA, "the file is empty");
  fails_with("unique_id,ds,y\n", NULL, JV_EDATA, "a header and no rows");
  fails_with("id,ds,y\na,1,2\n", NULL, JV_EPARSE,
             "line 1: column 'id' is none of unique_id, ds and y");
  fails_with("unique_id;ds;y\n", NULL, JV_EPARSE, "column 'unique_id;ds;y' is none of");
  fails_with("unique_id,ds,y,x1\n", NULL, JV_EPARSE, "column 'x1' is none of");
  fails_with("unique_id,ds\n", NULL, JV_EPARSE, "column 'y' is missing");
  fails_with("y\n1\n", NULL, JV_EPARSE, "column 'ds' is missing");
  fails_with("ds,y,ds\n", NULL, JV_EPARSE, "column 'ds' stands twice");
  fails_with("ds,y\n1,2,3\n", NULL, JV_EPARSE, "line 2, column 5: 3 fields, expected 2");
  fails_with("ds,y\n1\n", NULL, JV_EPARSE, "line 2, column 2: 1 field, expected 2");
  fails_with("ds,y\n1,\"2\n", NULL, JV_EPARSE, "line 2, column 3: this quote is never closed");
}

static void the_calendar_ends(void **state) {
  (void)state;
  fails_with("ds,y\n9999Q3,1\n", "Q", JV_EPERIOD, "9999");
  reads_as("ds,y\n9999-10,1\n", "M", ": 1 > 9999-11 9999-12\n");
}

/* ---- sorting ---- */

static jv_status buffer_read_at(jv_ctx *cx, void *ud, uint64_t offset, char *buffer, size_t size,
                                size_t *got) {
  (void)cx;
  const jv_buffer *b = ud;
  *got = b->len - (size_t)offset < size ? b->len - (size_t)offset : size;
  memcpy(buffer, b->data + offset, *got);
  return JV_OK;
}

static jv_status sorted(jv_ctx *cx, const char *text, size_t memory, jv_buffer *disk,
                        jv_buffer *out) {
  jv_spill spill = {jv_buffer_write, buffer_read_at, disk};
  jv_panel_options options = {.sort = true, .sort_memory = memory, .spill = &spill};
  return describe(cx, text, NULL, &options, out);
}

/* Shuffled rows of 50 series come back whole, in the order of first appearance, with and without disk. */
static void sorting_puts_rows_in_order(void **state) {
  (void)state;
  enum { N = 6000, SERIES = 50 };
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  static int order[N];
  jv_rng rng = jv_rng_keyed(1, "sort", NULL, 0);
  for (int i = 0; i < N; i++) order[i] = i;
  for (int i = N - 1; i > 0; i--) {
    int k = (int)jv_rng_below(&rng, (uint64_t)i + 1), swap = order[i];
    order[i] = order[k];
    order[k] = swap;
  }
  jv_buffer text = {NULL, 0, 0}, in_memory = {NULL, 0, 0};
  assert_ok(&cx, jv_buffer_add_text(&cx, &text, "unique_id,ds,y\n"));
  for (int i = 0; i < N; i++) {
    char row[64];
    snprintf(row, sizeof row, "series %d,%d,%d\n", order[i] % SERIES, order[i] / SERIES, order[i]);
    assert_ok(&cx, jv_buffer_add_text(&cx, &text, row));
  }
  jv_buffer none = {NULL, 0, 0};
  assert_ok(&cx, sorted(&cx, text.data, 0, &none, &in_memory));
  assert_int_equal(none.len, 0);
  char first[64];
  snprintf(first, sizeof first, "series %d: %d %d ", order[0] % SERIES, order[0] % SERIES,
           order[0] % SERIES + SERIES);
  assert_memory_equal(in_memory.data, first, strlen(first));
  for (size_t limit = 65536; limit <= 262144; limit *= 2) {
    jv_buffer disk = {NULL, 0, 0}, out = {NULL, 0, 0};
    assert_ok(&cx, sorted(&cx, text.data, limit, &disk, &out));
    assert_true(disk.len > limit);
    assert_string_equal(out.data, in_memory.data);
    jv_buffer_free(&cx, &disk);
    jv_buffer_free(&cx, &out);
  }
  jv_buffer_free(&cx, &text);
  jv_buffer_free(&cx, &in_memory);
  assert_int_equal(memory.live, 0);
}

static void sorting_keeps_the_rules(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_buffer disk = {NULL, 0, 0}, out = {NULL, 0, 0};
  assert_int_equal(sorted(&cx, "unique_id,ds,y\na,2,1\nb,1,1\na,1,5\na,2,7\n", 0, &disk, &out),
                   JV_EDATA);
  assert_string_equal(cx.message, "line 5, series 'a': ds '2' stands twice, first on line 2");
  jv_buffer_free(&cx, &out);
  jv_panel_options no_disk = {.sort = true, .sort_memory = 1};
  char text[4000] = "unique_id,ds,y\n", row[40];
  for (int i = 0; i < 100; i++) {
    snprintf(row, sizeof row, "a_rather_long_name,%d,1\n", i);
    strcat(text, row);
  }
  /* the least block takes them, so nothing is spilled */
  assert_ok(&cx, describe(&cx, text, NULL, &no_disk, &out));
  jv_buffer_free(&cx, &out);
  jv_buffer_free(&cx, &disk);
}

/* ---- forecasts ---- */

typedef struct run {
  jv_ctx cx;
  testing_memory memory;
  jv_registry *registry;
  jv_buffer out, status;
  jv_panel_summary summary;
} run;

static jv_status forecast(run *r, const char *text, const char *freq, jv_panel_job *job,
                          const char *models) {
  jv_ctx *cx = &r->cx;
  jv_text_source source;
  jv_panel *panel = NULL;
  jv_model_spec *specs = NULL;
  jv_csv_writer out = {.sink = {jv_buffer_write, &r->out}};
  jv_csv_writer status = {.sink = {jv_buffer_write, &r->status}};
  jv_status result = jv_registry_new(cx, &r->registry);
  cx->models = r->registry;
  if (result == JV_OK) result = jv_model_specs_parse(cx, models, &specs, &job->n_models);
  job->models = specs;
  if (result == JV_OK) result = open_text(cx, &source, text, freq, NULL, &panel);
  if (result == JV_OK) result = jv_panel_forecast(cx, job, panel, &out, &status, &r->summary);
  jv_panel_close(cx, panel);
  if (specs) jv_model_specs_free(cx, specs, job->n_models);
  jv_registry_free(cx, r->registry);
  jv_csv_writer_free(cx, &out);
  jv_csv_writer_free(cx, &status);
  return result;
}

static void begin(run *r) {
  memset(r, 0, sizeof *r);
  testing_ctx(&r->cx, &r->memory);
}

static void end(run *r) {
  jv_buffer_free(&r->cx, &r->out);
  jv_buffer_free(&r->cx, &r->status);
  assert_int_equal(r->memory.live, 0);
}

static void forecasts_have_a_row_a_step(void **state) {
  (void)state;
  run r;
  begin(&r);
  const double levels[] = {80, 97.5};
  jv_panel_job job = {.h = 2, .levels = levels, .n_levels = 2};
  assert_ok(&r.cx, forecast(&r,
                            "unique_id,ds,y\n\"b,1\",2024Q3,2\n\"b,1\",2024Q4,3\n"
                            "\"b,1\",2025Q1,2\na,2024Q1,1\na,2024Q2,1\na,2024Q3,1\n",
                            NULL, &job, "naive,snaive"));
  static const char want[] =
      "unique_id,ds,naive,naive-lo-80,naive-hi-80,naive-lo-97.5,naive-hi-97.5,snaive,snaive-lo-80,"
      "snaive-hi-80,snaive-lo-97.5,snaive-hi-97.5\n\"b,1\",2025Q2,2,";
  assert_memory_equal(r.out.data, want, sizeof want - 1);
  size_t lines = 0;
  for (const char *p = r.out.data; *p; p++) lines += *p == '\n';
  assert_int_equal(lines, 5);
  assert_int_equal(r.summary.series, 2);
  assert_int_equal(r.summary.rows, 4);
  end(&r);
}

static void one_series_has_no_id(void **state) {
  (void)state;
  run r;
  begin(&r);
  jv_panel_job job = {.h = 3};
  assert_ok(&r.cx, forecast(&r, "ds,y\n2024-01-31,1\n2024-02-29,4\n", "M", &job, "naive"));
  assert_string_equal(r.out.data, "ds,naive\n2024-03-31,4\n2024-04-30,4\n2024-05-31,4\n");
  assert_string_equal(r.status.data, "unique_id,model,code,message\n");
  end(&r);
}

static void a_series_that_fails_does_not_end_the_run(void **state) {
  (void)state;
  run r;
  begin(&r);
  jv_panel_job job = {.h = 2};
  assert_ok(&r.cx, forecast(&r,
                            "unique_id,ds,y\nempty,1,NA\nempty,2,\ngood,1,5\ngood,2,6\n"
                            "late,9999,1\n",
                            NULL, &job, "naive,mean"));
  assert_string_equal(r.out.data, "unique_id,ds,naive,mean\nempty,3,,\nempty,4,,\n"
                                  "good,3,6,5.5\ngood,4,6,5.5\nlate,10000,1,1\nlate,10001,1,1\n");
  assert_int_equal(r.summary.failed, 1);
  assert_non_null(strstr(r.summary.first_failure, "empty: "));
  assert_non_null(strstr(r.status.data, "empty,naive,data,"));
  assert_non_null(strstr(r.status.data, "empty,mean,data,"));
  end(&r);
  begin(&r);
  assert_ok(&r.cx, forecast(&r, "unique_id,ds,y\na,9999Q3,1\na,9999Q4,2\nb,9990Q1,1\nb,9990Q2,1\n",
                            NULL, &job, "naive"));
  assert_string_equal(r.out.data, "unique_id,ds,naive\nb,9990Q3,1\nb,9990Q4,1\n");
  assert_non_null(strstr(r.status.data, "a,,period,"));
  end(&r);
}

/* The order of the series and their company must change nothing. */
static void series_do_not_see_each_other(void **state) {
  (void)state;
  run both, alone;
  jv_panel_job job = {.h = 3};
  begin(&both);
  begin(&alone);
  assert_ok(&both.cx, forecast(&both, "unique_id,ds,y\nz,1,9\nz,2,8\nz,3,1\na,1,1\na,2,4\na,3,2\n",
                               NULL, &job, "drift,mean"));
  assert_ok(&alone.cx,
            forecast(&alone, "unique_id,ds,y\na,1,1\na,2,4\na,3,2\n", NULL, &job, "drift,mean"));
  const char *tail = strstr(both.out.data, "\na,");
  assert_string_equal(tail, strstr(alone.out.data, "\na,"));
  end(&both);
  end(&alone);
}

/* ---- backtests ---- */

static jv_status backtest(run *r, const char *text, const char *models, double *naive_mase) {
  jv_ctx *cx = &r->cx;
  jv_panel_job job = {.h = 2, .season = 1};
  jv_backtest_job bt = {.options = {.h = 2, .origins = 2, .step = 1, .refit = 1}};
  jv_text_source source;
  jv_panel *panel = NULL;
  jv_model_spec *specs = NULL;
  jv_board *board = NULL;
  jv_csv_writer out = {.sink = {jv_buffer_write, &r->out}};
  jv_csv_writer status = {.sink = {jv_buffer_write, &r->status}};
  jv_status result = jv_registry_new(cx, &r->registry);
  cx->models = r->registry;
  if (result == JV_OK) result = jv_model_specs_parse(cx, models, &specs, &bt.n_models);
  bt.models = specs;
  if (result == JV_OK) result = jv_board_new(cx, &bt, &board);
  if (result == JV_OK) result = open_text(cx, &source, text, NULL, NULL, &panel);
  if (result == JV_OK)
    result = jv_panel_backtest(cx, &job, &bt, panel, board, &out, &status, &r->summary);
  if (result == JV_OK) *naive_mase = jv_board_score(board, 0).accuracy.mase;
  jv_board_free(cx, board);
  jv_panel_close(cx, panel);
  if (specs) jv_model_specs_free(cx, specs, bt.n_models);
  jv_registry_free(cx, r->registry);
  jv_csv_writer_free(cx, &out);
  jv_csv_writer_free(cx, &status);
  return result;
}

static const char backtest_panel[] =
    "unique_id,ds,y\na,2024-W01,1\na,2024-W02,3\na,2024-W03,2\na,2024-W04,6\na,2024-W05,7\n"
    "short,1,1\nshort,2,2\n";

static void a_backtest_has_rows_by_origin(void **state) {
  (void)state;
  run r;
  double mase;
  begin(&r);
  assert_ok(&r.cx, backtest(&r, backtest_panel, "naive,mean", &mase));
  assert_string_equal(r.out.data, "unique_id,cutoff,ds,y,naive,mean\n"
                                  "a,2024-W02,2024-W03,2,3,2\na,2024-W02,2024-W04,6,3,2\n"
                                  "a,2024-W03,2024-W04,6,2,2\na,2024-W03,2024-W05,7,2,2\n");
  /* by hand: (1 + 3) / 2 over the scale 2, and (4 + 5) / 2 over the scale 3/2, averaged */
  assert_near(mase, (2.0 / 2 + 4.5 / 1.5) / 2, 1e-15, 1);
  assert_int_equal(r.summary.series, 2);
  assert_int_equal(r.summary.failed, 1);
  assert_int_equal(r.summary.rows, 4);
  assert_non_null(strstr(r.status.data, "\nshort,,data,"));
  end(&r);
}

static void every_allocation_of_a_backtest_may_fail(void **state) {
  (void)state;
  for (size_t k = 1;; k++) {
    run r;
    double mase;
    begin(&r);
    r.memory.fail_at = k;
    jv_status status = backtest(&r, backtest_panel, "naive", &mase);
    r.memory.fail_at = 0;
    end(&r);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
    assert_true(k < 500);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const double levels[] = {90};
  for (size_t k = 1;; k++) {
    run r;
    begin(&r);
    r.memory.fail_at = k;
    jv_panel_job job = {.h = 2, .levels = levels, .n_levels = 1};
    jv_status status = forecast(&r, "unique_id,ds,y\na,1,1\na,2,2\nb,1,1\n", NULL, &job, "naive");
    r.memory.fail_at = 0;
    end(&r);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
    assert_true(k < 500);
  }
  for (size_t k = 1;; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_buffer disk = {NULL, 0, 0}, out = {NULL, 0, 0};
    jv_status status = sorted(&cx, "unique_id,ds,y\na,2,1\nb,1,1\na,1,5\n", 0, &disk, &out);
    jv_buffer_free(&cx, &disk);
    jv_buffer_free(&cx, &out);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
    assert_true(k < 500);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(series_in_the_order_of_the_input),
      cmocka_unit_test(missing_values_and_absent_periods),
      cmocka_unit_test(ds_goes_on_in_its_form),
      cmocka_unit_test(rows_that_break_the_rules),
      cmocka_unit_test(headers_that_are_none),
      cmocka_unit_test(the_calendar_ends),
      cmocka_unit_test(sorting_puts_rows_in_order),
      cmocka_unit_test(sorting_keeps_the_rules),
      cmocka_unit_test(forecasts_have_a_row_a_step),
      cmocka_unit_test(one_series_has_no_id),
      cmocka_unit_test(a_series_that_fails_does_not_end_the_run),
      cmocka_unit_test(series_do_not_see_each_other),
      cmocka_unit_test(a_backtest_has_rows_by_origin),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(every_allocation_of_a_backtest_may_fail),
  };
  return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
