/* core/evaluate/crew: the order of results, the bound on memory, failures, warnings and interrupts;
 * and panels, which come out the same whatever the number of threads. */
#include "testing.h"
#include "base/rng.h"
#include "evaluate/models.h"
#include "evaluate/panel_backtest.h"
#include <stdatomic.h>

/* ---- a stream of numbers, squared ---- */

enum { MOST_SLOTS = 16 * 8 };

typedef struct squares {
  size_t n, taken, given, slots, fail_take, fail_run, cancel_at;
  size_t items[MOST_SLOTS], results[MOST_SLOTS];
  atomic_size_t runs;
  size_t warnings, next_warning;
  bool starved; /* of memory: warnings may be dropped, not change places */
} squares;

static jv_status take(jv_ctx *cx, void *ud, size_t slot, bool *more) {
  squares *s = ud;
  if (s->fail_take && s->taken == s->fail_take) return jv_fail(cx, JV_EDATA, "item %zu", s->taken);
  *more = s->taken < s->n;
  if (!*more) return JV_OK;
  assert_true(s->taken - s->given < s->slots);
  s->items[slot] = s->taken++;
  return JV_OK;
}

static jv_status square(jv_ctx *cx, void *ud, size_t lane, size_t slot) {
  squares *s = ud;
  (void)lane;
  atomic_fetch_add(&s->runs, 1);
  size_t item = s->items[slot];
  double *work = JV_ARRAY(cx, double, item % 50 + 1);
  if (!work) return JV_ENOMEM;
  /* items take different times, so that they are done in another order */
  volatile double sum = 0;
  for (size_t i = 0; i < (item * 7919) % 2000; i++) sum += sqrt((double)i);
  s->results[slot] = item * item;
  jv_free(cx, work);
  if (item % 10 == 3) jv_warn(cx, "item %zu", item);
  if (s->fail_run && item >= s->fail_run) return jv_fail(cx, JV_EDATA, "bad %zu", item);
  return jv_check_cancel(cx);
}

static jv_status give(jv_ctx *cx, void *ud, size_t slot) {
  squares *s = ud;
  (void)cx;
  assert_int_equal(s->items[slot], s->given);
  assert_int_equal(s->results[slot], s->given * s->given);
  s->given++;
  return JV_OK;
}

static void count_warning(void *ud, const char *message) {
  squares *s = ud;
  char want[40];
  for (;; s->next_warning += 10) {
    snprintf(want, sizeof want, "item %zu", s->next_warning);
    if (!s->starved || s->next_warning >= s->n || strcmp(message, want) == 0) break;
  }
  assert_string_equal(message, want);
  s->warnings++;
  s->next_warning += 10;
}

static bool cancelled_at(void *ud) {
  const squares *s = ud;
  return s->cancel_at && s->given >= s->cancel_at;
}

static jv_status run_squares(jv_ctx *cx, squares *s, size_t jobs) {
  jv_crew crew = {.jobs = jobs};
  jv_crew_work work = {s, take, square, give};
  s->slots = jv_crew_slots(&crew);
  s->next_warning = 3;
  cx->warn = count_warning;
  cx->warn_ud = s;
  cx->cancelled = cancelled_at;
  cx->cancel_ud = s;
  jv_alloc_fn alloc = cx->alloc;
  jv_status status = jv_crew_run(cx, &crew, &work);
  assert_true(cx->alloc == alloc && cx->warn == count_warning && cx->warn_ud == s);
  return status;
}

static void results_come_in_order(void **state) {
  (void)state;
  for (size_t jobs = 1; jobs <= 8; jobs *= 2) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    squares s = {.n = 1000};
    assert_ok(&cx, run_squares(&cx, &s, jobs));
    assert_int_equal(s.given, 1000);
    assert_int_equal(s.runs, 1000);
    assert_int_equal(s.warnings, 100);
    assert_int_equal(memory.live, 0);
  }
}

static void an_empty_stream_ends(void **state) {
  (void)state;
  for (size_t jobs = 0; jobs <= 4; jobs++) {
    jv_ctx cx;
    jv_ctx_init(&cx);
    squares s = {.n = 0};
    assert_ok(&cx, run_squares(&cx, &s, jobs));
    assert_int_equal(s.runs, 0);
  }
}

/* Of several items that fail, it is the first in order that is told, and none after it is given. */
static void failures_end_the_run(void **state) {
  (void)state;
  for (size_t jobs = 1; jobs <= 8; jobs *= 2) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    squares s = {.n = 1000, .fail_run = 333};
    assert_fails(&cx, run_squares(&cx, &s, jobs), JV_EDATA, "bad 333");
    assert_int_equal(s.given, 333);
    squares t = {.n = 1000, .fail_take = 444};
    assert_fails(&cx, run_squares(&cx, &t, jobs), JV_EDATA, "item 444");
    assert_int_equal(memory.live, 0);
  }
}

static void an_interrupt_ends_the_run(void **state) {
  (void)state;
  for (size_t jobs = 1; jobs <= 8; jobs *= 2) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    squares s = {.n = 100000, .cancel_at = 500};
    assert_int_equal(run_squares(&cx, &s, jobs), JV_ECANCEL);
    assert_in_range(s.given, 500, 500 + s.slots);
    assert_int_equal(memory.live, 0);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (size_t k = 1; k < 200; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    squares s = {.n = 40, .starved = true};
    jv_status status = run_squares(&cx, &s, 2);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) return;
    assert_int_equal(status, JV_ENOMEM);
  }
  fail_msg("never succeeded");
}

/* ---- panels ---- */

/* Series of different lengths, seasons and faults: some too short, some with gaps, one all missing. */
static void write_panel(jv_buffer *text, size_t n) {
  jv_ctx cx;
  char row[64];
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(11, "crew", "panel", 0);
  assert_ok(&cx, jv_buffer_add_text(&cx, text, "unique_id,ds,y\n"));
  for (size_t i = 0; i < n; i++) {
    size_t len = 1 + (size_t)jv_rng_below(&rng, 40);
    double level = 50 + 10 * jv_rng_normal(&rng);
    for (size_t t = 0; t < len; t++) {
      level += jv_rng_normal(&rng);
      if (i == 7 || (i % 9 == 4 && t == len / 2))
        snprintf(row, sizeof row, "s%zu,%zu,\n", i, t + 1);
      else
        snprintf(row, sizeof row, "s%zu,%zu,%.4f\n", i, t + 1, level + 3 * (double)(t % 4 == 1));
      assert_ok(&cx, jv_buffer_add_text(&cx, text, row));
    }
  }
}

typedef struct outcome {
  jv_buffer out, status, warnings;
  jv_panel_summary summary;
  double mase;
} outcome;

static void keep_warning(void *ud, const char *message) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_buffer_add_text(&cx, ud, message));
  assert_ok(&cx, jv_buffer_add_text(&cx, ud, "\n"));
}

static jv_status run_models(jv_ctx *cx, const jv_crew *crew, const jv_buffer *text, bool backtest,
                            jv_model_spec *specs, size_t n_specs, outcome *o) {
  const double levels[] = {80, 95};
  jv_panel_options options = {0};
  jv_text_source source = {text->data, text->len};
  jv_panel *panel = NULL;
  jv_board *board = NULL;
  jv_csv_writer out = {.sink = {jv_buffer_write, &o->out}};
  jv_csv_writer status = {.sink = {jv_buffer_write, &o->status}};
  jv_panel_job job = {
      .h = 3, .season = 4, .levels = levels, .n_levels = 2, .crew = crew, .models = specs};
  job.n_models = n_specs;
  jv_backtest_job tests = {specs, n_specs, levels, 2, {3, 3, 1, 0, 1}, NULL};
  jv_status result =
      jv_panel_open(cx, (jv_source_stream){jv_text_source_read, &source}, &options, &panel);
  if (result == JV_OK && backtest) result = jv_board_new(cx, &tests, &board);
  if (result == JV_OK)
    result = backtest
                 ? jv_panel_backtest(cx, &job, &tests, panel, board, &out, &status, &o->summary)
                 : jv_panel_forecast(cx, &job, panel, &out, &status, &o->summary);
  if (result == JV_OK && backtest) o->mase = jv_board_score(board, 0).accuracy.mase;
  jv_board_free(cx, board);
  jv_panel_close(cx, panel);
  jv_csv_writer_free(cx, &out);
  jv_csv_writer_free(cx, &status);
  return result;
}

static jv_status run_panel(jv_ctx *cx, size_t jobs, const jv_buffer *text, bool backtest,
                           const char *models, outcome *o) {
  jv_crew crew = {.jobs = jobs};
  jv_registry *registry = NULL;
  jv_model_spec *specs = NULL;
  size_t n = 0;
  cx->warn = keep_warning;
  cx->warn_ud = &o->warnings;
  jv_status status = jv_registry_new(cx, &registry);
  cx->models = registry;
  if (status == JV_OK) status = jv_evaluate_models(cx, registry);
  if (status == JV_OK) status = jv_model_specs_parse(cx, models, &specs, &n);
  if (status == JV_OK) status = run_models(cx, &crew, text, backtest, specs, n, o);
  jv_model_specs_free(cx, specs, n);
  jv_registry_free(cx, registry);
  return status;
}

static void free_outcome(jv_ctx *cx, outcome *o) {
  jv_ctx plain;
  jv_ctx_init(&plain);
  jv_buffer_free(cx, &o->out);
  jv_buffer_free(cx, &o->status);
  jv_buffer_free(&plain, &o->warnings);
}

static void same_text(const jv_buffer *got, const jv_buffer *want) {
  assert_int_equal(got->len, want->len);
  if (want->len) assert_memory_equal(got->data, want->data, want->len);
}

static void compare_jobs(bool backtest, const char *models) {
  jv_buffer text = {NULL, 0, 0};
  jv_ctx cx, alone_cx;
  testing_memory memory, alone_memory;
  write_panel(&text, 150);
  testing_ctx(&alone_cx, &alone_memory);
  outcome alone = {.mase = 0};
  assert_ok(&alone_cx, run_panel(&alone_cx, 1, &text, backtest, models, &alone));
  assert_true(alone.summary.failed > 0);
  for (size_t jobs = 2; jobs <= 8; jobs *= 2) {
    testing_ctx(&cx, &memory);
    outcome o = {.mase = 0};
    assert_ok(&cx, run_panel(&cx, jobs, &text, backtest, models, &o));
    same_text(&o.out, &alone.out);
    same_text(&o.status, &alone.status);
    same_text(&o.warnings, &alone.warnings);
    assert_memory_equal(&o.mase, &alone.mase, sizeof o.mase);
    assert_int_equal(o.summary.rows, alone.summary.rows);
    assert_int_equal(o.summary.failed, alone.summary.failed);
    assert_string_equal(o.summary.first_failure, alone.summary.first_failure);
    free_outcome(&cx, &o);
    assert_int_equal(memory.live, 0);
  }
  free_outcome(&alone_cx, &alone);
  jv_ctx plain;
  jv_ctx_init(&plain);
  jv_buffer_free(&plain, &text);
}

static void forecasts_are_the_same_bytes(void **state) {
  (void)state;
  compare_jobs(false, "naive,drift,theta,hw,ets{model=\"MAM\"},combine(auto,naive)");
}

static void backtests_are_the_same_bytes(void **state) {
  (void)state;
  compare_jobs(true, "theta,snaive,hw");
}

static void panels_run_short_of_memory(void **state) {
  (void)state;
  jv_buffer text = {NULL, 0, 0};
  write_panel(&text, 40);
  for (size_t k = 1; k < 4000; k += 1 + k / 7) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    outcome o = {.mase = 0};
    jv_status status = run_panel(&cx, 3, &text, k % 2, "naive,ses", &o);
    if (status != JV_OK) assert_int_equal(status, JV_ENOMEM);
    free_outcome(&cx, &o);
    assert_int_equal(memory.live, 0);
  }
  jv_ctx plain;
  jv_ctx_init(&plain);
  jv_buffer_free(&plain, &text);
}

/* What is held at once, at most: however long the panel, it stays below a bound. */
typedef struct peak {
  size_t live, most;
} peak;

static void *peak_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  peak *p = ud;
  p->live -= ptr ? osize : 0;
  p->live += nsize;
  if (p->live > p->most) p->most = p->live;
  if (nsize == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, nsize);
}

static jv_status drop(jv_ctx *cx, void *ud, const char *data, size_t len) {
  (void)cx, (void)ud, (void)data, (void)len;
  return JV_OK;
}

/* A panel of n series of 20, as a stream. */
typedef struct endless {
  size_t series, t, n, at;
  char line[40];
} endless;

static void next_line(endless *e) {
  e->line[0] = '\0';
  e->at = 0;
  if (e->series == e->n) return;
  snprintf(e->line, sizeof e->line, "s%zu,%zu,%zu\n", e->series, e->t + 1,
           (e->series * 31 + e->t * 17) % 97);
  if (++e->t < 20) return;
  e->t = 0;
  e->series++;
}

static jv_status read_endless(jv_ctx *cx, void *ud, char *buffer, size_t size, size_t *got) {
  endless *e = ud;
  (void)cx;
  for (*got = 0; *got < size; ++*got) {
    if (!e->line[e->at]) next_line(e);
    if (!e->line[e->at]) break;
    buffer[*got] = e->line[e->at++];
  }
  return JV_OK;
}

static size_t peak_of(size_t n, size_t jobs) {
  jv_ctx cx;
  peak p = {0, 0};
  jv_ctx_init(&cx);
  cx.alloc = peak_alloc;
  cx.alloc_ud = &p;
  endless e = {.n = n, .line = "unique_id,ds,y\n"};
  jv_crew crew = {.jobs = jobs};
  jv_panel_options options = {0};
  jv_model_spec *specs;
  jv_panel_job job = {.h = 8, .crew = &crew};
  jv_panel *panel;
  jv_panel_summary summary;
  jv_csv_writer out = {.sink = {drop, NULL}}, status = {.sink = {drop, NULL}};
  assert_ok(&cx, jv_registry_new(&cx, &cx.models));
  assert_ok(&cx, jv_model_specs_parse(&cx, "naive", &specs, &job.n_models));
  job.models = specs;
  assert_ok(&cx, jv_panel_open(&cx, (jv_source_stream){read_endless, &e}, &options, &panel));
  assert_ok(&cx, jv_panel_forecast(&cx, &job, panel, &out, &status, &summary));
  assert_int_equal(summary.series, n);
  jv_panel_close(&cx, panel);
  jv_model_specs_free(&cx, specs, job.n_models);
  jv_registry_free(&cx, cx.models);
  jv_csv_writer_free(&cx, &out);
  jv_csv_writer_free(&cx, &status);
  assert_int_equal(p.live, 0);
  return p.most;
}

static void memory_is_bounded(void **state) {
  (void)state;
  size_t few = peak_of(200, 4), many = peak_of(6000, 4);
  /* a slot of the table of ids has 16 bytes, and while it doubles there are three a place, half of
   * them filled; the rest is the same but for chance in what lanes hold at once */
  assert_true(many < few + 6000 * 16 * 6 + 200000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_come_in_order),
      cmocka_unit_test(an_empty_stream_ends),
      cmocka_unit_test(failures_end_the_run),
      cmocka_unit_test(an_interrupt_ends_the_run),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(forecasts_are_the_same_bytes),
      cmocka_unit_test(backtests_are_the_same_bytes),
      cmocka_unit_test(panels_run_short_of_memory),
      cmocka_unit_test(memory_is_bounded),
  };
  return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
