/* The bench of the contract suites: series, fits, checks, and the product of models and duties.
 *
 * A model that cannot serve a sample says JV_EDATA (or JV_EUNSUPPORTED for an option) with a message
 * that begins with its name; anything else is a breach. */
#ifndef JV_TESTS_CONTRACT_H
#define JV_TESTS_CONTRACT_H

#include "testing.h"
#include "evaluate/models.h"
#include "model/registry.h"

enum { MOST_N = 80, MOST_H = 36, LEVELS = 5 };
static const double levels[LEVELS] = {10, 50, 80, 95, 99.9};
static const size_t seasons[] = {1, 4, 12};
#define EACH_SEASON(m) for (size_t i_ = 0, m = 1; i_ < 3 && (m = seasons[i_]); i_++)

typedef struct bench {
  jv_ctx cx;
  testing_memory memory;
  const jv_model_class *cls;
} bench;

/* Trend, season and noise, all above zero; the noise is 2 % of the level. */
static inline size_t make_series(size_t m, double y[MOST_N]) {
  size_t n = m == 1 ? 30 : 5 * m + 7;
  jv_rng rng = jv_rng_keyed(7, "contract", NULL, m);
  for (size_t t = 0; t < n; t++) {
    double season = m > 1 ? 10 * sin(6.283185307179586 * (double)(t % m) / (double)m) : 0;
    y[t] = 100 + 0.5 * (double)t + season + 2 * jv_rng_normal(&rng);
  }
  return n;
}

static inline jv_sample sample_of(const double *y, size_t n, size_t m) {
  return (jv_sample){.y = y, .n = n, .m = m, .id = "contract", .seed = 0};
}

static inline jv_fit *fit_series(bench *b, const double *y, size_t n, size_t m) {
  jv_sample sample = sample_of(y, n, m);
  jv_fit *fit = NULL;
  assert_ok(&b->cx, jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit));
  return fit;
}

static inline jv_fit *fit_standard(bench *b, size_t m) {
  double y[MOST_N];
  size_t n = make_series(m, y);
  return fit_series(b, y, n, m);
}

static inline jv_forecast *forecast(bench *b, const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  assert_ok(&b->cx, jv_fit_forecast(&b->cx, fit, h, NULL, &fc));
  assert_int_equal(fc->h, h);
  return fc;
}

/* lower <= median <= upper, wider levels hold narrower ones, at every step. */
static inline void check_intervals(bench *b, jv_forecast *fc) {
  static double lower[LEVELS][MOST_H], upper[LEVELS][MOST_H];
  assert_true(fc->h <= MOST_H);
  for (size_t k = 0; k < LEVELS; k++)
    assert_ok(&b->cx, jv_forecast_interval(&b->cx, fc, levels[k], lower[k], upper[k]));
  for (size_t i = 0; i < fc->h; i++) {
    double median;
    assert_ok(&b->cx, jv_forecast_quantile(&b->cx, fc, i, 0.5, &median));
    assert_false(isnan(fc->mean[i]) || isnan(median));
    assert_true(lower[0][i] <= median && median <= upper[0][i]);
    for (size_t k = 1; k < LEVELS; k++)
      assert_true(lower[k][i] <= lower[k - 1][i] && upper[k - 1][i] <= upper[k][i]);
  }
}

/* JV_EDATA by name, or another status that the caller allows. */
static inline void check_refusal(bench *b, jv_status status, jv_status also) {
  if (status != JV_EDATA && status != also)
    fail_msg("refused with '%s': %s", jv_status_name(status), b->cx.message);
  if (strncmp(b->cx.message, b->cls->name, strlen(b->cls->name)) != 0)
    fail_msg("message does not begin with the model: %s", b->cx.message);
}

typedef struct duty {
  const char *name;
  void (*run)(bench *b);
} duty;

typedef struct pair {
  char name[96];
  const jv_model_class *cls;
  void (*run)(bench *b);
} pair;

/* A context of its own for each pair, checked for what is left. */
static inline void run_pair(void **state) {
  const pair *p = *state;
  bench b = {.cls = p->cls};
  testing_ctx(&b.cx, &b.memory);
  assert_ok(&b.cx, jv_registry_new(&b.cx, &b.cx.models));
  assert_ok(&b.cx, jv_evaluate_models(&b.cx, b.cx.models));
  p->run(&b);
  jv_registry_free(&b.cx, b.cx.models);
  assert_int_equal(b.memory.live, 0);
}

/* The product of models and duties; of one model where the program is given its name. */
static inline int run_contract(const char *title, const duty *duties, size_t count, int argc,
                               char **argv) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &cx.models) != JV_OK) return 1;
  if (jv_evaluate_models(&cx, cx.models) != JV_OK) return 1;
  size_t models = jv_registry_count(cx.models), n = 0;
  pair *pairs = calloc(models * count, sizeof *pairs);
  struct CMUnitTest *tests = calloc(models * count, sizeof *tests);
  for (size_t i = 0; i < models; i++)
    for (size_t k = 0; k < count; k++) {
      const jv_model_class *cls = jv_registry_at(cx.models, i);
      if (argc > 1 && strcmp(cls->name, argv[1]) != 0) continue;
      pairs[n].cls = cls;
      pairs[n].run = duties[k].run;
      snprintf(pairs[n].name, sizeof pairs[n].name, "%s: %s", cls->name, duties[k].name);
      tests[n] = (struct CMUnitTest){pairs[n].name, run_pair, NULL, NULL, &pairs[n]};
      n++;
    }
  int failed = _cmocka_run_group_tests(title, tests, n, NULL, NULL);
  free(tests);
  free(pairs);
  jv_registry_free(&cx, cx.models);
  return failed;
}

#endif
