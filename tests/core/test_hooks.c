/* The doors that core leaves open for a host: models found when they are named, options without rows,
 * and a spread that is measured when it is first asked for. */
#include "testing.h"
#include "model/registry.h"
#include "model/spec.h"

typedef struct host {
  jv_ctx cx;
  testing_memory memory;
  size_t asked, spreads;
  char last[32];
} host;

static jv_status hooked_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  (void)cx;
  for (size_t i = 0; i < sample->n; i++) fit->fitted[i] = sample->y[0];
  return JV_OK;
}

static jv_status hooked_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                               size_t k) {
  (void)x;
  (void)cx, (void)fit, (void)y, (void)k;
  return JV_OK;
}

static jv_status spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  host *h = fit->cls->user;
  if (++h->spreads == 1) return jv_fail(cx, JV_ECANCEL, "interrupted");
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return cx->status;
  for (size_t i = 0; i < fc->h; i++) fc->sd[i] = 1;
  fc->dist = JV_DIST_NORMAL;
  return JV_OK;
}

static jv_status hooked_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  (void)cx, (void)fit;
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = 7;
  fc->dist = JV_DIST_POINT;
  fc->spread = spread;
  return JV_OK;
}

static jv_status set_literal(jv_ctx *cx, const jv_model_class *cls, void *opt, const char *name,
                             jv_opt_type type, double number, const char *text) {
  if (strcmp(name, "bad") == 0) return jv_fail(cx, JV_EINVAL, "no %s", name);
  host *h = cls->user;
  double *sum = opt;
  *sum += type == JV_OPT_TEXT ? (double)strlen(text) : number;
  snprintf(h->last, sizeof h->last, "%s %d", name, (int)type);
  return JV_OK;
}

static jv_model_class hooked = {.name = "hooked",
                                .title = "A class with every hook",
                                .tags = JV_TAG_SCRIPTED | JV_TAG_UPDATE,
                                .opt_size = sizeof(double),
                                .min_n = 1,
                                .fit = hooked_fit,
                                .forecast = hooked_forecast,
                                .update = hooked_update,
                                .set_literal = set_literal};

static jv_status find(jv_ctx *cx, void *ud, const char *name) {
  host *h = ud;
  h->asked++;
  if (strcmp(name, "broken") == 0) return jv_fail(cx, JV_EPARSE, "broken.lua:1: no");
  return strcmp(name, "hooked") == 0 ? jv_registry_add(cx, cx->models, &hooked) : JV_OK;
}

static int set_up(void **state) {
  host *h = calloc(1, sizeof *h);
  if (!h) return 1;
  testing_ctx(&h->cx, &h->memory);
  if (jv_registry_new(&h->cx, &h->cx.models) != JV_OK) return 1;
  jv_registry_set_finder(h->cx.models, find, h);
  hooked.user = h;
  *state = h;
  return 0;
}

static int tear_down(void **state) {
  host *h = *state;
  jv_registry_free(&h->cx, h->cx.models);
  size_t left = h->memory.live;
  free(h);
  return left != 0;
}

static void models_are_found_when_named(void **state) {
  host *h = *state;
  assert_non_null(jv_registry_find(&h->cx, h->cx.models, "naive"));
  assert_int_equal(h->asked, 0); /* built in: nobody is asked */
  assert_true(jv_registry_is_builtin("naive") && !jv_registry_is_builtin("hooked"));
  assert_ptr_equal(jv_registry_find(&h->cx, h->cx.models, "hooked"), &hooked);
  assert_ptr_equal(jv_registry_find(&h->cx, h->cx.models, "hooked"), &hooked);
  assert_int_equal(h->asked, 2); /* each time: it may have changed */
  assert_null(jv_registry_find(&h->cx, h->cx.models, "absent"));
  assert_int_equal(h->cx.status, JV_ENOTFOUND);
  assert_null(jv_registry_find(&h->cx, h->cx.models, "broken"));
  assert_int_equal(h->cx.status, JV_EPARSE);
  assert_string_equal(h->cx.message, "broken.lua:1: no");
}

static void typed_options_reach_a_class_without_rows(void **state) {
  host *h = *state;
  jv_model_spec spec = {0};
  assert_ok(&h->cx, jv_model_spec_parse(&h->cx, "hooked{a=2, b=true, c=\"four\"}", &spec));
  double sum;
  memcpy(&sum, spec.opt, sizeof sum);
  assert_true(sum == 2 + 1 + 4);
  assert_string_equal(h->last, "c 4");
  jv_model_spec_clear(&h->cx, &spec);
  assert_fails(&h->cx, jv_model_spec_parse(&h->cx, "hooked{bad=1}", &spec), JV_EINVAL, "no bad");
}

static void spread_is_filled_in_once_and_for_the_fit_it_was(void **state) {
  host *h = *state;
  const double y[] = {1, 2, 3};
  jv_sample sample = {.y = y, .n = 3, .m = 1};
  jv_fit *fit;
  jv_forecast *fc;
  double lower[2], upper[2];
  assert_ok(&h->cx, jv_fit_new(&h->cx, &hooked, &sample, NULL, &fit));
  assert_ok(&h->cx, jv_fit_forecast(&h->cx, fit, 2, NULL, &fc));
  assert_int_equal(h->spreads, 0);
  assert_fails(&h->cx, jv_forecast_interval(&h->cx, fc, 95, lower, upper), JV_ECANCEL,
               "interrupted");
  assert_ok(&h->cx, jv_forecast_interval(&h->cx, fc, 95, lower, upper));
  assert_ok(&h->cx, jv_forecast_quantile(&h->cx, fc, 1, 0.9, lower));
  assert_int_equal(h->spreads, 2);
  assert_near(upper[1], 7 + 1.959963984540054, 1e-15, 0);
  jv_forecast_free(&h->cx, fc);
  assert_ok(&h->cx, jv_fit_forecast(&h->cx, fit, 2, NULL, &fc));
  assert_ok(&h->cx, jv_fit_update(&h->cx, fit, y, NULL, 1));
  assert_fails(&h->cx, jv_forecast_complete(&h->cx, fc), JV_EUNSUPPORTED, "forecast again");
  jv_forecast_free(&h->cx, fc);
  jv_fit_free(&h->cx, fit);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(models_are_found_when_named, set_up, tear_down),
      cmocka_unit_test_setup_teardown(typed_options_reach_a_class_without_rows, set_up, tear_down),
      cmocka_unit_test_setup_teardown(spread_is_filled_in_once_and_for_the_fit_it_was, set_up,
                                      tear_down),
  };
  return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
