/* Conventional smoothing with simple start values: against R's HoltWinters (recorded answers of the
 * selection, and of $JEVONS_SHARED/reference where it is), against ETS where the two are one, and the
 * usual misuse. */
#include "ets_reference.h"
#include "model/builtin.h"
#include "model/ets_forecast.h"
#include "model/ets_simple.h"
#include "model/registry.h"

#define FOLDER "tests/conformance/ets"

typedef struct named_block {
  const char *name;
  const jv_model_class *cls;
  jv_ets_form form;
  bool seasonal;
} named_block;

static const named_block blocks[] = {
    {"ses_simple", &jv_model_ses, {JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false}, false},
    {"HoltWinters_level", &jv_model_ses, {JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false}, false},
    {"HoltWinters_trend", &jv_model_holt, {JV_ETS_ADD, JV_ETS_ADD, JV_ETS_NONE, false}, false},
    {"HoltWinters_additive", &jv_model_hw, {JV_ETS_ADD, JV_ETS_ADD, JV_ETS_ADD, false}, true},
    {"HoltWinters_multiplicative",
     &jv_model_hw,
     {JV_ETS_ADD, JV_ETS_ADD, JV_ETS_MUL, false},
     true}};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static double largest(const double *y, size_t n) {
  double top = 0;
  for (size_t t = 0; t < n; t++) top = fmax(top, fabs(y[t]));
  return top;
}

/* At the reference's weights: squares and means to 1e-8, which is what the file's digits allow. */
static void check_given(const reference *r, const named_block *b, const cJSON *json, double sse) {
  jv_ctx cx;
  jv_ets_simple simple;
  double mean[400], want[400];
  jv_ctx_init(&cx);
  jv_ets_par given = {reference_number(json, "alpha"), reference_number(json, "beta"),
                      reference_number(json, "gamma"), NAN};
  assert_ok(&cx, jv_ets_simple_fit(&cx, b->name, b->form, given, r->y, r->n, r->m, &simple));
  double size = largest(r->y, r->n);
  if (!isnan(sse)) assert_near(simple.sse, sse, 1e-8, size * size);
  jv_ets_run run = jv_ets_simple_run(&simple, given);
  double f[4000];
  jv_ets_filter(&run, r->y + simple.skip, r->n - simple.skip, f);
  jv_ets_moments(&run, 1, r->h, mean, NULL);
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(
      strcmp(b->name, "ses_simple") ? cJSON_GetObjectItemCaseSensitive(json, "forecast") : json,
      "mean");
  size_t k = reference_reals(list, want, 400);
  for (size_t i = 0; i < k; i++) assert_near(mean[i], want[i], 1e-8, size);
  jv_ets_simple_clear(&cx, &simple);
}

static jv_fit *fit_block(jv_ctx *cx, const reference *r, const named_block *b) {
  static double room[32]; /* aligned for any options */
  jv_fit *fit = NULL;
  assert_true(b->cls->opt_size <= sizeof room);
  memset(room, 0, sizeof room);
  jv_option_defaults(b->cls->options, room);
  assert_ok(cx, jv_option_set_text(cx, "t", b->cls->options, room, "initial", "simple"));
  if (b->form.season == JV_ETS_MUL)
    assert_ok(cx, jv_option_set_text(cx, "t", b->cls->options, room, "seasonal", "multiplicative"));
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m};
  assert_ok(cx, jv_fit_new(cx, b->cls, &sample, room, &fit));
  return fit;
}

/* Estimated: no more squares than the reference's; intervals of ses_simple where the weight is the
 * same. R's optimize() and optim() end within 1e-4 of the weight. */
static void check_estimated(const reference *r, const named_block *b, const cJSON *json,
                            double sse) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_fit *fit = fit_block(&cx, r, b);
  double got = 0;
  for (size_t t = 0; t < fit->n; t++)
    got += isnan(fit->residuals[t]) ? 0 : fit->residuals[t] * fit->residuals[t];
  if (!isnan(sse) && got > sse * (1 + 1e-9) + 1e-9)
    fail_msg("%s %s: squares %.12g, reference %.12g", r->name, b->name, got, sse);
  if (strcmp(b->name, "ses_simple") == 0) {
    jv_forecast *fc;
    double lower[400], upper[400], want[400];
    assert_ok(&cx, jv_fit_forecast(&cx, fit, r->h, NULL, &fc));
    assert_ok(&cx, jv_forecast_interval(&cx, fc, 95, lower, upper));
    size_t k = reference_reals(cJSON_GetObjectItemCaseSensitive(json, "upper95"), want, 400);
    for (size_t i = 0; i < k; i++) assert_near(upper[i], want[i], 1e-3, largest(r->y, r->n));
    jv_forecast_free(&cx, fc);
  }
  jv_fit_free(&cx, fit);
}

static void check_series(reference *r, void *data) {
  size_t *count = data;
  for (size_t i = 0; i < BLOCKS; i++) {
    const named_block *b = &blocks[i];
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(r->root, b->name);
    double sse = reference_number(json, "SSE");
    if (isnan(reference_number(json, "alpha")) || strcmp(r->name, "presidents") == 0) continue;
    if (r->n < 10) continue; /* "short5" is no case */
    check_given(r, b, json, sse);
    check_estimated(r, b, json, sse);
    ++*count;
  }
}

static void recorded_answers_agree(void **state) {
  (void)state;
  char shared[900];
  const char *folder = getenv("JEVONS_SHARED");
  size_t count = 0;
  reference_each_file(FOLDER, check_series, &count);
  assert_true(count > 40);
  snprintf(shared, sizeof shared, "%s/reference", folder ? folder : "../shared");
  reference_each_file(shared, check_series, &count);
}

/* With additive parts, Holt's and Winters' recursions are ETS's at beta = a b*, gamma = g* (1 - a). */
static void additive_recursions_are_those_of_ets(void **state) {
  (void)state;
  enum { N = 60, M = 4 };
  double y[N], f[N], g[N], ring[M] = {3, -1, 4, -6}, other[M] = {3, -1, 4, -6};
  jv_rng rng = jv_rng_keyed(4, "simple", "law", 0);
  for (size_t t = 0; t < N; t++) y[t] = 50 + (double)t + 5 * jv_rng_normal(&rng);
  y[20] = y[21] = NAN;
  jv_ets_form form = {JV_ETS_ADD, JV_ETS_ADD, JV_ETS_ADD, false};
  jv_ets_run holt = {.form = form, .par = {0.4, 0.3, 0.5, 1}, .level = 48, .slope = 1, .m = M};
  jv_ets_run ets = holt;
  holt.ring = ring;
  holt.conventional = true;
  ets.ring = other;
  ets.par = jv_ets_from_conventional(form, holt.par);
  jv_ets_filter(&holt, y, N, f);
  jv_ets_filter(&ets, y, N, g);
  for (size_t t = 0; t < N; t++) assert_near(f[t], g[t], 1e-13, 100);
}

static void make_seasons(double *y, size_t n) {
  jv_rng rng = jv_rng_keyed(5, "simple", "seasons", 0);
  static const double factor[4] = {1.2, 0.9, 1.1, 0.8};
  for (size_t t = 0; t < n; t++) y[t] = (50 + (double)t) * factor[t % 4] + jv_rng_normal(&rng);
}

/* Saved and loaded, told more, taken apart: as any fit. Components are those after an observation; the
 * next means are made of them. */
static void fits_do_what_others_do(void **state) {
  (void)state;
  enum { N = 40, MORE = 8, M = 4 };
  double y[N], paths[20 * 3], *values, room[32] = {0};
  const char *const *names;
  char *saved;
  size_t count;
  jv_registry *registry;
  jv_fit *fit, *back;
  jv_forecast *fc, *again;
  jv_ctx cx;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_registry_new(&cx, &registry));
  cx.models = registry;
  make_seasons(y, N);
  const jv_option *rows = jv_model_hw.options;
  jv_option_defaults(rows, room);
  assert_ok(&cx, jv_option_set_text(&cx, "t", rows, room, "initial", "simple"));
  assert_ok(&cx, jv_option_set_text(&cx, "t", rows, room, "seasonal", "multiplicative"));
  jv_sample sample = {.y = y, .n = N - MORE, .m = M};
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_hw, &sample, room, &fit));
  assert_string_equal(fit->form, "Holt-Winters, multiplicative, simple start");
  assert_ok(&cx, jv_fit_save(&cx, fit, &saved));
  assert_ok(&cx, jv_fit_load(&cx, saved, strlen(saved), &back));
  assert_ok(&cx, jv_fit_update(&cx, fit, y + N - MORE, NULL, MORE));
  assert_ok(&cx, jv_fit_update(&cx, back, y + N - MORE, NULL, MORE));
  assert_ok(&cx, jv_fit_forecast(&cx, fit, M, NULL, &fc));
  assert_ok(&cx, jv_fit_forecast(&cx, back, M, NULL, &again));
  for (size_t i = 0; i < M; i++) assert_true(fc->mean[i] == again->mean[i]);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, 3, NULL, 20, paths));
  for (size_t i = 0; i < 60; i++) assert_true(paths[i] > 0);
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 3);
  for (size_t t = 0; t < M; t++) assert_true(isnan(fit->fitted[t]) && isnan(values[t]));
  for (size_t t = 2 * M; t < N; t++)
    assert_near((values[t - 1] + values[N + t - 1]) * values[2 * N + t - M], fit->fitted[t], 1e-12,
                1);
  jv_free(&cx, values);
  jv_forecast_free(&cx, fc);
  jv_forecast_free(&cx, again);
  jv_free(&cx, saved);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, back);
  jv_registry_free(&cx, registry);
}

static void starts_that_cannot_be_are_refused(void **state) {
  (void)state;
  double y[12] = {NAN, 2, 3, 1, 4, 6, 4, 7, 6, 9, 8, 7}, room[32] = {0};
  jv_ctx cx;
  jv_fit *fit;
  jv_ctx_init(&cx);
  jv_sample sample = {.y = y, .n = 12, .m = 4};
  jv_option_defaults(jv_model_holt.options, room);
  assert_ok(&cx, jv_option_set_text(&cx, "t", jv_model_holt.options, room, "initial", "simple"));
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_holt, &sample, room, &fit), JV_EDATA,
               "holt: initial = \"simple\" needs observation 1, which is missing");
  y[0] = 1;
  sample.n = 2;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_holt, &sample, room, &fit), JV_EDATA,
               "needs more than 2 observations, got 2");
  sample.n = 12;
  assert_ok(&cx, jv_option_set_flag(&cx, "t", jv_model_holt.options, room, "damped", true));
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_holt, &sample, room, &fit), JV_EINVAL,
               "not for damped trends");
  jv_option_defaults(jv_model_hw.options, room);
  assert_ok(&cx, jv_option_set_text(&cx, "t", jv_model_hw.options, room, "initial", "simple"));
  sample.n = 8;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_hw, &sample, room, &fit), JV_EDATA,
               "needs more than 8 observations, got 8");
}

static jv_status fit_and_forecast(jv_ctx *cx) {
  double y[20], room[32] = {0};
  jv_fit *fit = NULL;
  jv_forecast *fc = NULL;
  for (size_t t = 0; t < 20; t++) y[t] = (10 + (double)t) * (1 + 0.2 * (double)(t % 4));
  jv_option_defaults(jv_model_hw.options, room);
  jv_option_set_text(cx, "t", jv_model_hw.options, room, "initial", "simple");
  jv_option_set_text(cx, "t", jv_model_hw.options, room, "seasonal", "multiplicative");
  jv_sample sample = {.y = y, .n = 20, .m = 4};
  jv_status status = jv_fit_new(cx, &jv_model_hw, &sample, room, &fit);
  if (status == JV_OK) status = jv_fit_forecast(cx, fit, 6, NULL, &fc);
  if (status == JV_OK) assert_near(fc->mean[0], 30, 0.2, 30); /* the season goes on */
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
  return status;
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  testing_starve(fit_and_forecast, 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recorded_answers_agree),
      cmocka_unit_test(additive_recursions_are_those_of_ets),
      cmocka_unit_test(fits_do_what_others_do),
      cmocka_unit_test(starts_that_cannot_be_are_refused),
      cmocka_unit_test(every_failed_allocation_is_clean),
  };
  return cmocka_run_group_tests_name("ets simple", tests, NULL, NULL);
}
