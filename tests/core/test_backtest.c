/* Rolling-origin backtests: R's tsCV, direct differences, windows, refit, failures, scores. */
#include "testing.h"
#include "conformance.h"
#include "evaluate/backtest.h"
#include "model/registry.h"

static jv_ctx cx;
static testing_memory memory;

static int setup(void **state) {
  (void)state;
  testing_ctx(&cx, &memory);
  return jv_registry_new(&cx, &cx.models);
}

static int teardown(void **state) {
  (void)state;
  jv_registry_free(&cx, cx.models);
  return memory.live == 0 ? 0 : 1;
}

/* A job on models typed as a list; freed by end_job. */
static jv_backtest_job job_of(const char *models, int h, int origins) {
  jv_backtest_job job = {.models = NULL};
  jv_model_spec *specs;
  jv_option_defaults(jv_backtest_option_rows, &job.options);
  job.options.h = h;
  job.options.origins = origins;
  if (jv_model_specs_parse(&cx, models, &specs, &job.n_models) != JV_OK) fail_msg("%s", cx.message);
  job.models = specs;
  return job;
}

static void end_job(jv_backtest_job *job) {
  jv_model_spec *specs;
  memcpy(&specs, &job->models, sizeof specs);
  jv_model_specs_free(&cx, specs, job->n_models);
}

static jv_backtest *run_on(const double *y, size_t n, size_t m, const jv_backtest_job *job) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "s"};
  jv_backtest *b = NULL;
  if (jv_backtest_run(&cx, &sample, job, &b) != JV_OK) fail_msg("%s", cx.message);
  return b;
}

/* ---- against R's tsCV ---- */

static void check_naive(const reference *r) {
  const cJSON *answer = conformance_get(r->json, "tsCV_naive");
  if (!cJSON_IsArray(answer)) return;
  size_t n;
  double *want = conformance_list(answer, &n);
  jv_backtest_job job = job_of("naive", 1, (int)r->n);
  jv_backtest *b = run_on(r->y, r->n, r->m, &job);
  assert_int_equal(b->n_origins, r->n - 1);
  for (size_t j = 0; j < b->n_origins; j++)
    assert_near(jv_backtest_actual(b, j)[0] - jv_backtest_mean(b, 0, j)[0], want[j], 1e-12,
                r->size);
  jv_backtest_free(&cx, b);
  end_job(&job);
  free(want);
}

/* Mean squared error of step k, over all origins that have an actual k steps on. */
static void check_drift(const reference *r) {
  const cJSON *answer = conformance_get(r->json, "tsCV_rwf_drift_h3");
  if (!answer) return;
  for (int h = 1; h <= 3; h++) {
    jv_backtest_job job = job_of("drift", h, (int)r->n);
    jv_backtest *b = run_on(r->y, r->n, r->m, &job);
    double sum = 0, count = 0;
    for (size_t j = 0; j < b->n_origins; j++) {
      double e = jv_backtest_actual(b, j)[h - 1] - jv_backtest_mean(b, 0, j)[h - 1];
      if (isnan(e)) continue;
      sum += e * e;
      count += 1;
    }
    double want = conformance_at(conformance_get(answer, "mse"), (size_t)h - 1);
    assert_near(sum / count, want, 1e-8, 1e-8 * r->size * r->size);
    jv_backtest_free(&cx, b);
    end_job(&job);
  }
}

static void check_series(const reference *r) {
  check_naive(r);
  check_drift(r);
}

static void errors_agree_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("simple.json", check_series) >= 10);
}

/* ---- laws ---- */

static size_t make_series(double *y, size_t n) {
  jv_rng rng = jv_rng_keyed(5, NULL, NULL, 0);
  for (size_t t = 0; t < n; t++) y[t] = (t ? y[t - 1] : 100) + 0.5 + jv_rng_normal(&rng);
  return n;
}

static void origins_lie_where_they_are_said_to(void **state) {
  (void)state;
  double y[30];
  size_t n = make_series(y, 30);
  jv_backtest_job job = job_of("naive", 4, 5);
  job.options.step = 3;
  jv_backtest *b = run_on(y, n, 4, &job);
  assert_int_equal(b->n_origins, 5);
  for (size_t j = 0; j < 5; j++) {
    assert_int_equal(b->cutoff[j], 26 - 3 * (4 - j));
    for (size_t i = 0; i < 4; i++) {
      assert_true(jv_backtest_actual(b, j)[i] == y[b->cutoff[j] + i]);
      assert_true(jv_backtest_mean(b, 0, j)[i] == y[b->cutoff[j] - 1]);
    }
  }
  jv_backtest_free(&cx, b);
  job.options.origins = 1000; /* more than there are: those with one observation or more */
  b = run_on(y, n, 4, &job);
  assert_int_equal(b->n_origins, 9);
  assert_int_equal(b->cutoff[0], 2);
  jv_backtest_free(&cx, b);
  jv_sample sample = {.y = y, .n = 4, .m = 1, .id = "tiny"};
  assert_fails(&cx, jv_backtest_run(&cx, &sample, &job, &b), JV_EDATA,
               "4 steps ahead need at least 5 observations, series 'tiny' has 4");
  assert_null(b);
  end_job(&job);
}

static void windows_slide(void **state) {
  (void)state;
  double y[30];
  size_t n = make_series(y, 30);
  jv_backtest_job job = job_of("mean", 1, 6);
  job.options.window = 8;
  jv_backtest *b = run_on(y, n, 1, &job);
  for (size_t j = 0; j < 6; j++) {
    double sum = 0;
    for (size_t t = b->cutoff[j] - 8; t < b->cutoff[j]; t++) sum += y[t];
    assert_near(jv_backtest_mean(b, 0, j)[0], sum / 8, 1e-14, 1);
  }
  jv_backtest_free(&cx, b);
  end_job(&job);
}

/* A fit sees nothing behind its cutoff: whatever follows, its forecast is the same. */
static void nothing_is_known_beforehand(void **state) {
  (void)state;
  double y[30], z[30];
  size_t n = make_series(y, 30);
  jv_backtest_job job = job_of("theta,drift,mean", 2, 4);
  for (int refit = 0; refit < 2; refit++) {
    job.options.refit = refit;
    jv_backtest *a = run_on(y, n, 1, &job);
    memcpy(z, y, sizeof z);
    for (size_t t = a->cutoff[2]; t < n; t++) z[t] = -1000;
    jv_backtest *b = run_on(z, n, 1, &job);
    for (size_t k = 0; k < 3; k++)
      for (size_t j = 0; j <= 2; j++)
        assert_memory_equal(jv_backtest_mean(a, k, j), jv_backtest_mean(b, k, j), 2 * sizeof *y);
    assert_true(jv_backtest_mean(a, 0, 3)[0] != jv_backtest_mean(b, 0, 3)[0]);
    jv_backtest_free(&cx, a);
    jv_backtest_free(&cx, b);
  }
  end_job(&job);
}

static void without_refit_parameters_stay(void **state) {
  (void)state;
  double y[30];
  size_t n = make_series(y, 30);
  jv_backtest_job job = job_of("drift,naive", 2, 4);
  job.options.refit = 0;
  jv_backtest *b = run_on(y, n, 1, &job);
  double slope = (y[b->cutoff[0] - 1] - y[0]) / (double)(b->cutoff[0] - 1);
  for (size_t j = 0; j < 4; j++) {
    assert_near(jv_backtest_mean(b, 0, j)[1], y[b->cutoff[j] - 1] + 2 * slope, 1e-14, 1);
    assert_true(jv_backtest_mean(b, 1, j)[0] == y[b->cutoff[j] - 1]);
  }
  jv_backtest_free(&cx, b);
  end_job(&job);
}

static void a_model_that_cannot_is_recorded(void **state) {
  (void)state;
  double y[12];
  size_t n = make_series(y, 12);
  y[11] = NAN; /* an actual that is not known is left out */
  jv_backtest_job job = job_of("naive,snaive,theta{seasonal=additive}", 2, 9);
  double level = 80;
  job.levels = &level;
  job.n_levels = 1;
  jv_backtest *b = run_on(y, n, 4, &job);
  assert_int_equal(b->cutoff[0], 2);
  assert_int_equal(jv_backtest_status(b, 1, 0), JV_EDATA);
  assert_int_equal(jv_backtest_status(b, 1, 2), JV_OK);
  assert_true(isnan(jv_backtest_mean(b, 1, 1)[0]) && isnan(jv_backtest_lower(b, 1, 1, 0)[0]));
  assert_null(b->failure[0]);
  assert_non_null(
      strstr(b->failure[1], "snaive: needs an observed value of each of the 4 seasons"));
  jv_board *board;
  assert_ok(&cx, jv_board_new(&cx, &job, &board));
  jv_board_add(board, b);
  jv_score s = jv_board_score(board, 1);
  assert_true(s.origins == 7 && s.failed == 2);
  assert_true(s.accuracy.used == 13 && s.accuracy.skipped == 1);
  assert_string_equal(jv_board_score(board, 2).model, "theta{seasonal=additive}");
  jv_board_free(&cx, board);
  jv_backtest_free(&cx, b);
  end_job(&job);
}

static void scores_are_those_of_the_errors(void **state) {
  (void)state;
  double y[40], levels[] = {50, 90};
  size_t n = make_series(y, 40), order[3];
  jv_backtest_job job = job_of("mean,naive,drift", 3, 5);
  job.levels = levels;
  job.n_levels = 2;
  jv_backtest *b = run_on(y, n, 1, &job);
  jv_board *board;
  assert_ok(&cx, jv_board_new(&cx, &job, &board));
  jv_board_add(board, b);
  for (size_t k = 0; k < 3; k++) {
    double abs = 0, mase = 0, naive = 0, inside = 0;
    for (size_t j = 0; j < 5; j++) {
      double sum = 0, other = 0;
      for (size_t i = 0; i < 3; i++) {
        double actual = jv_backtest_actual(b, j)[i];
        sum += fabs(actual - jv_backtest_mean(b, k, j)[i]);
        other += fabs(actual - y[b->cutoff[j] - 1]);
        inside += jv_backtest_lower(b, k, j, 1)[i] <= actual &&
                  actual <= jv_backtest_upper(b, k, j, 1)[i];
      }
      double scale = jv_scale_of(y, b->cutoff[j], 1).mae;
      abs += sum;
      mase += sum / 3 / scale / 5;
      naive += other / 3 / scale / 5;
    }
    jv_score s = jv_board_score(board, k);
    assert_near(s.accuracy.mae, abs / 15, 1e-13, 1);
    assert_near(s.accuracy.mase, mase, 1e-13, 1);
    assert_near(s.skill, 1 - mase / naive, 1e-13, 1);
    assert_near(s.coverage[1], inside / 15, 1e-13, 1);
  }
  assert_true(jv_board_score(board, 1).skill == 0);
  assert_near(jv_board_score(board, 1).owa, 1, 1e-15, 1); /* no season: Naive2 is naive */
  jv_board_rank(board, order);
  assert_int_equal(order[2], 0); /* the mean of a series that grows comes last */
  jv_board_free(&cx, board);
  jv_backtest_free(&cx, b);
  end_job(&job);
}

static bool after_some(void *ud) {
  int *left = ud;
  return --*left < 0;
}

static void it_can_be_interrupted(void **state) {
  (void)state;
  double y[40];
  size_t n = make_series(y, 40);
  int left = 7;
  jv_backtest_job job = job_of("mean,naive", 3, 5);
  jv_sample sample = {.y = y, .n = n, .m = 4, .id = "s"};
  jv_backtest *b;
  cx.cancelled = after_some;
  cx.cancel_ud = &left;
  assert_int_equal(jv_backtest_run(&cx, &sample, &job, &b), JV_ECANCEL);
  assert_null(b);
  cx.cancelled = NULL;
  double bad = 100;
  job.levels = &bad;
  job.n_levels = 1;
  assert_fails(&cx, jv_backtest_run(&cx, &sample, &job, &b), JV_EINVAL,
               "between 0 and 100, got 100");
  end_job(&job);
}

static void memory_failures_leave_nothing(void **state) {
  (void)state;
  double y[30], level = 80;
  size_t n = make_series(y, 30);
  jv_backtest_job job = job_of("snaive,theta", 2, 3);
  job.levels = &level;
  job.n_levels = 1;
  jv_sample sample = {.y = y, .n = n, .m = 4, .id = "s"};
  size_t live = memory.live;
  for (size_t k = 1;; k++) {
    jv_backtest *b = NULL;
    jv_board *board = NULL;
    memory.fail_at = memory.calls + k;
    jv_status status = jv_backtest_run(&cx, &sample, &job, &b);
    if (status == JV_OK) status = jv_board_new(&cx, &job, &board);
    memory.fail_at = 0;
    jv_backtest_free(&cx, b);
    jv_board_free(&cx, board);
    assert_int_equal(memory.live, live);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
  }
  end_job(&job);
}

static double last_progress;

static void keep_progress(void *ud, double fraction, const char *what) {
  (void)ud;
  assert_non_null(what);
  assert_true(fraction >= last_progress && fraction <= 1 + 1e-12);
  last_progress = fraction;
}

static void keep_warning(void *ud, const char *message) { snprintf(ud, 200, "%s", message); }

static void many_series_run_one_after_the_other(void **state) {
  (void)state;
  double y[30];
  char warning[200] = "";
  size_t n = make_series(y, 30);
  jv_sample samples[] = {{.y = y, .n = n, .m = 1, .id = "a"},
                         {.y = y, .n = 3, .m = 1, .id = "short"},
                         {.y = y + 10, .n = 20, .m = 1, .id = "b"}};
  jv_backtest *runs[3];
  jv_backtest_job job = job_of("naive,mean", 4, 2);
  cx.progress = keep_progress;
  cx.warn = keep_warning;
  cx.warn_ud = warning;
  last_progress = 0;
  assert_ok(&cx, jv_backtest_all(&cx, samples, 3, &job, runs));
  assert_ptr_equal(cx.progress, keep_progress);
  assert_near(last_progress, 1, 1e-12, 1);
  assert_true(runs[0] && !runs[1] && runs[2]);
  assert_non_null(strstr(warning, "series 'short' has 3"));
  cx.progress = NULL;
  /* alone it gives the same */
  jv_backtest *alone = run_on(y, n, 1, &job);
  assert_memory_equal(jv_backtest_mean(alone, 1, 1), jv_backtest_mean(runs[0], 1, 1),
                      4 * sizeof *y);
  jv_backtest_free(&cx, alone);
  jv_backtest_free(&cx, runs[0]);
  jv_backtest_free(&cx, runs[2]);
  end_job(&job);
  job = job_of("theta{seasonal=additive}", 2, 2);
  samples[0].n = 8; /* a season of 4 cannot be found in six values */
  samples[0].m = 4;
  assert_fails(&cx, jv_backtest_all(&cx, samples, 1, &job, runs), JV_EDATA,
               "backtest: no model has a forecast: theta: the 4 seasonal indices cannot be found");
  assert_null(runs[0]);
  end_job(&job);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(errors_agree_with_the_reference),
      T(origins_lie_where_they_are_said_to),
      T(windows_slide),
      T(nothing_is_known_beforehand),
      T(without_refit_parameters_stay),
      T(a_model_that_cannot_is_recorded),
      T(scores_are_those_of_the_errors),
      T(many_series_run_one_after_the_other),
      T(it_can_be_interrupted),
      T(memory_failures_leave_nothing),
  };
#undef T
  return cmocka_run_group_tests_name("backtest", tests, NULL, NULL);
}
