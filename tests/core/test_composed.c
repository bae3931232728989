/* core/model/composed: models made of models, as typed, in options, saved and loaded. */
#include "testing.h"
#include "model/composed.h"
#include "model/state.h"
#include <cjson/cJSON.h>

/* A class that adds up its members' forecasts. */
typedef struct sum_opt {
  char models[JV_MODELS_SIZE];
  double scale;
} sum_opt;

typedef struct sum_state {
  size_t n;
  jv_fit *member[4];
} sum_state;

static const jv_option sum_rows[] = {
    JV_MODELS_ROW(sum_opt, "the models"),
    {"scale", JV_OPT_REAL, offsetof(sum_opt, scale), 1, 0, 10, "factor", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void sum_free(jv_ctx *cx, jv_fit *fit) {
  sum_state *s = fit->state;
  for (size_t i = 0; i < s->n; i++) jv_fit_free(cx, s->member[i]);
  jv_free(cx, s);
}

static jv_status sum_check(jv_ctx *cx, const void *opt) {
  jv_model_spec *specs;
  size_t n;
  JV_TRY(jv_members_parse(cx, "sum", ((const sum_opt *)opt)->models, "naive", 4, &specs, &n));
  jv_model_specs_free(cx, specs, n);
  return JV_OK;
}

static jv_status sum_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_model_spec *specs;
  size_t n;
  const sum_opt *opt = fit->opt;
  JV_TRY(jv_members_parse(cx, "sum", opt->models, "naive", 4, &specs, &n));
  sum_state *s = JV_NEW(cx, sum_state);
  jv_status status = s ? JV_OK : JV_ENOMEM;
  fit->state = s;
  for (size_t i = 0; i < n && status == JV_OK; i++) {
    status = jv_member_fit(cx, "sum", &specs[i], sample, &s->member[i]);
    if (status == JV_OK) s->n++;
  }
  jv_model_specs_free(cx, specs, n);
  if (status != JV_OK && s) sum_free(cx, fit);
  return status;
}

static jv_status sum_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const sum_state *s = fit->state;
  for (size_t t = 0; t < fc->h; t++) fc->mean[t] = 0;
  for (size_t i = 0; i < s->n; i++) {
    jv_forecast *one;
    JV_TRY(jv_fit_forecast(cx, s->member[i], fc->h, NULL, &one));
    for (size_t t = 0; t < fc->h; t++)
      fc->mean[t] += one->mean[t] * ((const sum_opt *)fit->opt)->scale;
    jv_forecast_free(cx, one);
  }
  return JV_OK;
}

static jv_status sum_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  static const char *const names[] = {"m1", "m2", "m3", "m4"};
  const sum_state *s = fit->state;
  JV_TRY(jv_state_set_count(cx, into, "n", s->n));
  for (size_t i = 0; i < s->n; i++) JV_TRY(jv_fit_save_into(cx, s->member[i], names[i], into));
  return JV_OK;
}

static jv_status sum_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  static const char *const names[] = {"m1", "m2", "m3", "m4"};
  size_t n;
  JV_TRY(jv_state_get_count(cx, from, "n", &n));
  sum_state *s = JV_NEW(cx, sum_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  for (size_t i = 0; i < n && i < 4; i++) {
    jv_status status = jv_fit_load_from(cx, from, names[i], &s->member[i]);
    if (status == JV_OK)
      s->n++;
    else {
      sum_free(cx, fit);
      return status;
    }
  }
  return JV_OK;
}

static const jv_model_class sum_class = {.name = "sum",
                                         .title = "Sum",
                                         .doc = "For tests.",
                                         .tags = JV_TAG_MISSING,
                                         .options = sum_rows,
                                         .opt_size = sizeof(sum_opt),
                                         .min_n = 1,
                                         .check = sum_check,
                                         .fit = sum_fit,
                                         .forecast = sum_forecast,
                                         .save = sum_save,
                                         .load = sum_load,
                                         .free_state = sum_free};

/* The same under a name that is typed before a plus. */
static jv_model_class plus_class;

static const double y[] = {1, 2, 4, 3, 5, 6};

/* Everything once; what the text forecasts one step ahead. */
static jv_status life(jv_ctx *cx, const char *text, double *out) {
  jv_registry *models = NULL;
  jv_model_spec spec = {.text = NULL};
  jv_fit *fit = NULL, *back = NULL;
  jv_forecast *fc = NULL, *again = NULL;
  char *json = NULL;
  jv_sample sample = {.y = y, .n = 6, .m = 1};
  jv_status s = jv_registry_new(cx, &models);
  cx->models = models;
  if (s == JV_OK) s = jv_registry_add(cx, models, &sum_class);
  if (s == JV_OK) s = jv_registry_add(cx, models, &plus_class);
  if (s == JV_OK) s = jv_model_spec_parse(cx, text, &spec);
  if (s == JV_OK) s = jv_fit_new(cx, spec.cls, &sample, spec.opt, &fit);
  jv_model_spec_clear(cx, &spec); /* a fit does not need it */
  if (s == JV_OK) s = jv_fit_forecast(cx, fit, 1, NULL, &fc);
  if (s == JV_OK) s = jv_fit_save(cx, fit, &json);
  if (s == JV_OK) s = jv_fit_load(cx, json, strlen(json), &back);
  if (s == JV_OK) s = jv_fit_forecast(cx, back, 1, NULL, &again);
  if (s == JV_OK) assert_true(fc->mean[0] == again->mean[0]);
  *out = s == JV_OK ? fc->mean[0] : NAN;
  jv_forecast_free(cx, fc);
  jv_forecast_free(cx, again);
  jv_free(cx, json);
  jv_fit_free(cx, fit);
  jv_fit_free(cx, back);
  jv_registry_free(cx, models);
  cx->models = NULL;
  return s;
}

static void members_are_typed_in_parentheses_or_after_a_plus(void **state) {
  (void)state;
  const struct {
    const char *text;
    double want; /* naive 6, mean 3.5, drift 7 */
  } cases[] = {{"sum(naive,mean)", 9.5},
               {"sum( naive , mean ){scale=2}", 19},
               {"sum{models=\"naive,drift\"}", 13},
               {"sum", 6},
               {"sum(sum(naive,mean),drift)", 16.5},
               {"after+drift", 7},
               {"after+", 6},
               {"after{scale=2}+ ", 12},
               {"after{scale=3}+naive", 18},
               {"after{scale=3} + sum(naive,mean){scale=.5}", 14.25},
               {"after+after+mean", 3.5},
               {"sum(after+naive,mean)", 9.5},
               {"sum(ets{model=\"NNN\"},naive)", NAN}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    jv_ctx cx;
    double got;
    jv_ctx_init(&cx);
    jv_status status = life(&cx, cases[i].text, &got);
    if (isnan(cases[i].want))
      assert_int_equal(status, JV_EINVAL); /* of the member's own check */
    else {
      assert_ok(&cx, status);
      assert_near(got, cases[i].want, 1e-14, 1);
    }
  }
}

static void what_is_wrong_is_said(void **state) {
  (void)state;
  char much[JV_MODELS_SIZE + 32] = "sum(naive";
  const struct {
    const char *text;
    jv_status code;
    const char *says;
  } cases[] = {{"sum()", JV_EPARSE, "model 'sum()': wanted a model at character 5"},
               {"after+ ,", JV_EPARSE, "a model is missing at character 1"},
               {"sum(naive", JV_EPARSE, "'(' at character 4 is not closed"},
               {"sum(naive} ", JV_EPARSE, "'}' at character 10 closes nothing"},
               {"sum(naive)+mean", JV_EPARSE, "wanted nothing more at character 11"},
               {"naive(mean)", JV_EPARSE, "'naive' takes no models in parentheses"},
               {"naive+mean", JV_ENOTFOUND, "no model 'naive+'"},
               {"sum(naive,naive)", JV_EINVAL, "sum: models: 'naive' stands twice"},
               {"sum(niave)", JV_ENOTFOUND, "sum: no model 'niave', did you mean 'naive'?"},
               {"sum(naive{x=1})", JV_EINVAL, "sum: naive: unknown option 'x'"},
               {"sum(naive,mean,drift,snaive,theta)", JV_EINVAL, "sum: takes 4 models, got 5"},
               {"sum(naive){models=\"mean\"}", JV_EPARSE, "option 'models' stands twice"},
               {much, JV_EINVAL, "option 'models' takes at most 1023 characters"}};
  memset(much + 9, ' ', JV_MODELS_SIZE);
  strcpy(much + 9 + JV_MODELS_SIZE, "+m)");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    jv_ctx cx;
    double got;
    jv_ctx_init(&cx);
    assert_fails(&cx, life(&cx, cases[i].text, &got), cases[i].code, cases[i].says);
  }
}

static jv_status whole_life(jv_ctx *cx) {
  double got;
  return life(cx, "after{scale=2}+sum(naive,mean)", &got);
}

static void memory_failures_leave_nothing(void **state) {
  (void)state;
  testing_starve(whole_life, 1000);
}

int main(void) {
  plus_class = sum_class;
  plus_class.name = "after+";
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(members_are_typed_in_parentheses_or_after_a_plus),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(memory_failures_leave_nothing),
  };
  return cmocka_run_group_tests_name("composed", tests, NULL, NULL);
}
