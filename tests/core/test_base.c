/* core/base: error slot, checked memory, keyed random streams, option rows. */
#include "testing.h"
#include "base/option.h"
#include "base/rng.h"

typedef struct sample_opt {
  double alpha;
  int damped, season;
  int size;
} sample_opt;

static const jv_option rows[] = {
    {"alpha", JV_OPT_REAL, offsetof(sample_opt, alpha), NAN, 1e-4, 1, "level weight", NULL},
    {"damped", JV_OPT_FLAG, offsetof(sample_opt, damped), NAN, 0, 1, "damped trend", NULL},
    {"season", JV_OPT_CHOICE, offsetof(sample_opt, season), 0, 0, 0, "form", "none|additive"},
    {"size", JV_OPT_INT, offsetof(sample_opt, size), 3, 1, 9, "a count", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void fail_records_and_prefixes(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  assert_int_equal(jv_fail(&cx, JV_EDATA, "needs %d, got %d", 3, 2), JV_EDATA);
  assert_int_equal(jv_fail_in(&cx, "file.csv:%d", 7), JV_EDATA);
  assert_string_equal(cx.message, "file.csv:7: needs 3, got 2");
  assert_string_equal(jv_status_name(JV_EDATA), "data");
}

static void memory_is_counted_and_overflow_refused(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  double *p = JV_ARRAY(&cx, double, 10);
  assert_non_null(p);
  p[9] = 1;
  p = jv_realloc(&cx, p, 1000, sizeof *p);
  assert_true(p[9] == 1);
  jv_free(&cx, p);
  jv_free(&cx, NULL);
  assert_int_equal(memory.live, 0);
  assert_null(jv_alloc(&cx, SIZE_MAX / 4, 8));
  assert_int_equal(cx.status, JV_ENOMEM);
  memory.fail_at = memory.calls + 1;
  assert_null(jv_alloc(&cx, 1, 8));
  assert_int_equal(memory.live, 0);
}

static void streams_are_keyed(void **state) {
  (void)state;
  jv_rng a = jv_rng_keyed(0, "x", "ets", 0), b = jv_rng_keyed(0, "x", "ets", 0);
  jv_rng c = jv_rng_keyed(0, "x", "ets", 1), d = jv_rng_keyed(0, "xe", "ts", 0);
  uint64_t first = jv_rng_next(&a);
  assert_true(first == jv_rng_next(&b));
  assert_true(first != jv_rng_next(&c));
  assert_true(first != jv_rng_next(&d));
}

static void normals_have_their_moments(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(1, NULL, NULL, 0);
  enum { N = 200000 };
  double sum = 0, square = 0;
  for (int i = 0; i < N; i++) {
    double z = jv_rng_normal(&rng);
    sum += z;
    square += z * z;
  }
  /* four standard errors: 1/sqrt(N) and sqrt(2/N) */
  assert_near(sum / N, 0, 4 / sqrt(N), 1);
  assert_near(square / N, 1, 4 * sqrt(2.0 / N), 1);
  for (int i = 0; i < 1000; i++) assert_true(jv_rng_below(&rng, 7) < 7);
}

static void options_check_names_types_and_ranges(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  sample_opt opt;
  jv_option_defaults(rows, &opt);
  assert_true(isnan(opt.alpha) && opt.damped == JV_OPT_UNSET && opt.season == 0 && opt.size == 3);
  assert_ok(&cx, jv_option_set_number(&cx, "ets", rows, &opt, "alpha", 0.5));
  assert_fails(&cx, jv_option_set_number(&cx, "ets", rows, &opt, "aplha", 0.5), JV_EINVAL,
               "unknown option 'aplha', did you mean 'alpha'?");
  assert_fails(&cx, jv_option_set_number(&cx, "ets", rows, &opt, "alpha", NAN), JV_EINVAL,
               "[0.0001, 1]");
  assert_fails(&cx, jv_option_set_number(&cx, "ets", rows, &opt, "size", 1.5), JV_EINVAL, "whole");
  assert_fails(&cx, jv_option_set_text(&cx, "ets", rows, &opt, "season", "odd"), JV_EINVAL,
               "none|additive");
  assert_fails(&cx, jv_option_set_flag(&cx, "ets", rows, &opt, "alpha", true), JV_EINVAL,
               "a number");
  assert_ok(&cx, jv_option_set_text(&cx, "ets", rows, &opt, "season", "additive"));
  assert_ok(&cx, jv_option_set_flag(&cx, "ets", rows, &opt, "damped", true));
  assert_true(opt.season == 1 && opt.damped == 1 && opt.alpha == 0.5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fail_records_and_prefixes),
      cmocka_unit_test(memory_is_counted_and_overflow_refused),
      cmocka_unit_test(streams_are_keyed),
      cmocka_unit_test(normals_have_their_moments),
      cmocka_unit_test(options_check_names_types_and_ranges),
  };
  return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
