/* core/model: the generic layer on classes made here, the registry, saved fits, models as typed. */
#include "testing.h"
#include "model/state.h"
#include "model/registry.h"
#include "model/spec.h"
#include "numeric/distribution.h"

/* A class with every kind of option, whose forecast is what the test asks for. */
typedef struct toy_opt {
  double alpha;
  int size, damped, season;
  char word[JV_OPT_TEXT_SIZE];
} toy_opt;

static const jv_option toy_rows[] = {
    {"alpha", JV_OPT_REAL, offsetof(toy_opt, alpha), NAN, 1e-4, 1, "weight", NULL},
    {"size", JV_OPT_INT, offsetof(toy_opt, size), 3, 1, 9, "count", NULL},
    {"damped", JV_OPT_FLAG, offsetof(toy_opt, damped), NAN, 0, 1, "flag", NULL},
    {"season", JV_OPT_CHOICE, offsetof(toy_opt, season), 0, 0, 0, "form", "none|additive"},
    {"word", JV_OPT_TEXT, offsetof(toy_opt, word), 0, 0, 0, "text", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct toy_state {
  double level;
  jv_dist dist;
  double sd;
} toy_state;

static jv_status toy_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  toy_state *s = JV_NEW(cx, toy_state);
  if (!s) return cx->status;
  s->level = sample->y[sample->n - 1];
  s->dist = JV_DIST_NORMAL;
  s->sd = 2;
  fit->state = s;
  return JV_OK;
}

static jv_status toy_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const toy_state *s = fit->state;
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = s->level;
  fc->dist = s->dist;
  fc->df = 3;
  if (s->dist == JV_DIST_PATHS) {
    fc->n_paths = 5;
    fc->paths = JV_ARRAY(cx, double, fc->n_paths * fc->h);
    if (!fc->paths) return cx->status;
    for (size_t k = 0; k < fc->n_paths; k++)
      for (size_t i = 0; i < fc->h; i++) fc->paths[k * fc->h + i] = (double)((k * 2) % 5);
  } else if (s->dist != JV_DIST_POINT) {
    fc->sd = JV_ARRAY(cx, double, fc->h);
    if (!fc->sd) return cx->status;
    for (size_t i = 0; i < fc->h; i++) fc->sd[i] = s->sd;
  }
  return JV_OK;
}

static jv_status toy_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const toy_state *s = fit->state;
  return jv_state_set_real(cx, into, "level", s->level);
}

static jv_status toy_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  toy_state *s = JV_NEW(cx, toy_state);
  if (!s) return cx->status;
  jv_status status = jv_state_get_real(cx, from, "level", &s->level);
  if (status != JV_OK) {
    jv_free(cx, s);
    return status;
  }
  s->dist = JV_DIST_NORMAL;
  s->sd = 2;
  fit->state = s;
  return JV_OK;
}

static const jv_model_class toy = {.name = "toy",
                                   .title = "Toy",
                                   .doc = "For tests.",
                                   .tags = JV_TAG_POSITIVE,
                                   .options = toy_rows,
                                   .opt_size = sizeof(toy_opt),
                                   .min_n = 2,
                                   .fit = toy_fit,
                                   .forecast = toy_forecast,
                                   .save = toy_save,
                                   .load = toy_load};

typedef struct fixture {
  jv_ctx cx;
  testing_memory memory;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  testing_ctx(&f->cx, &f->memory);
  if (jv_registry_new(&f->cx, &f->cx.models) != JV_OK) return 1;
  *state = f;
  return jv_registry_add(&f->cx, f->cx.models, &toy);
}

static int teardown(void **state) {
  fixture *f = *state;
  jv_registry_free(&f->cx, f->cx.models);
  size_t live = f->memory.live;
  free(f);
  return live == 0 ? 0 : 1;
}

static jv_fit *fit_toy(jv_ctx *cx) {
  const double y[] = {1, 2, 5};
  jv_sample sample = {.y = y, .n = 3, .m = 1, .id = "s", .seed = 0};
  jv_fit *fit;
  assert_ok(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit));
  return fit;
}

static void samples_are_checked(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  double y[] = {1, 2, 3};
  jv_sample sample = {.y = y, .n = 3, .m = 1};
  jv_fit *fit;
  y[1] = -INFINITY;
  assert_fails(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit), JV_EDATA,
               "toy: observation 2 is infinite");
  assert_null(fit);
  y[1] = NAN;
  assert_fails(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit), JV_EDATA,
               "toy: observation 2 is missing, and this model needs a complete series");
  y[1] = 0;
  assert_fails(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit), JV_EDATA,
               "toy: needs values above zero, observation 2 is 0");
  sample.n = 1;
  assert_fails(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit), JV_EDATA,
               "toy: needs at least 2 observed values, got 1");
  sample.m = 0;
  assert_fails(cx, jv_fit_new(cx, &toy, &sample, NULL, &fit), JV_EINVAL, "seasonal period");
  sample.n = 0;
  sample.m = 1;
  assert_fails(cx, jv_fit_new(cx, jv_registry_find(cx, cx->models, "naive"), &sample, NULL, &fit),
               JV_EDATA, "naive: needs at least 1 observed value, got 0");
}

static void what_a_class_cannot_is_refused(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_fit *fit = fit_toy(cx);
  size_t count;
  const char *const *names;
  double y = 1, *values;
  jv_forecast *fc;
  assert_fails(cx, jv_fit_update(cx, fit, &y, NULL, 1), JV_EUNSUPPORTED,
               "toy: cannot take new data");
  assert_fails(cx, jv_fit_components(cx, fit, &count, &names, &values), JV_EUNSUPPORTED,
               "toy: has no components");
  assert_fails(cx, jv_fit_forecast(cx, fit, 0, NULL, &fc), JV_EINVAL, "at least 1");
  ((toy_state *)fit->state)->level = NAN;
  assert_fails(cx, jv_fit_forecast(cx, fit, 2, NULL, &fc), JV_ENUMERIC,
               "toy: the forecast of step 1 is not a number");
  ((toy_state *)fit->state)->level = 1;
  ((toy_state *)fit->state)->sd = -1;
  assert_fails(cx, jv_fit_forecast(cx, fit, 2, NULL, &fc), JV_ENUMERIC,
               "deviation of step 1 is -1");
  assert_null(fc);
  jv_fit_free(cx, fit);
}

static jv_forecast *forecast_as(jv_ctx *cx, jv_fit *fit, jv_dist dist, double sd) {
  jv_forecast *fc;
  ((toy_state *)fit->state)->dist = dist;
  ((toy_state *)fit->state)->sd = sd;
  assert_ok(cx, jv_fit_forecast(cx, fit, 2, NULL, &fc));
  return fc;
}

static void intervals_follow_the_distribution(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_fit *fit = fit_toy(cx);
  double lower[2], upper[2], q;
  jv_forecast *fc = forecast_as(cx, fit, JV_DIST_NORMAL, 2);
  assert_ok(cx, jv_forecast_interval(cx, fc, 95, lower, upper));
  /* 1e-15: one rounding each of product and sum */
  assert_near(upper[1], 5 + 2 * 1.959963984540054, 1e-15, 1);
  assert_near(lower[1], 5 - 2 * 1.959963984540054, 1e-15, 1);
  assert_fails(cx, jv_forecast_interval(cx, fc, 100, lower, upper), JV_EINVAL, "got 100");
  assert_fails(cx, jv_forecast_quantile(cx, fc, 0, NAN, &q), JV_EINVAL, "0 < p < 1");
  assert_fails(cx, jv_forecast_quantile(cx, fc, 2, 0.5, &q), JV_EINVAL, "beyond the horizon 2");
  jv_forecast_free(cx, fc);
  fc = forecast_as(cx, fit, JV_DIST_STUDENT, 2);
  assert_ok(cx, jv_forecast_quantile(cx, fc, 0, 0.975, &q));
  assert_near(q, 5 + 2 * 3.182446305284263, 1e-13, 1); /* t(3) of printed tables */
  jv_forecast_free(cx, fc);
  fc = forecast_as(cx, fit, JV_DIST_NORMAL, INFINITY);
  assert_ok(cx, jv_forecast_interval(cx, fc, 80, lower, upper));
  assert_ok(cx, jv_forecast_quantile(cx, fc, 0, 0.5, &q));
  assert_true(isinf(upper[0]) && isinf(lower[0]) && lower[0] < 0 && q == 5);
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
}

static void quantiles_of_paths_are_sorted_steps(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_fit *fit = fit_toy(cx);
  double lower[2], upper[2], q;
  jv_forecast *fc = forecast_as(cx, fit, JV_DIST_PATHS, 0); /* steps hold 0 1 2 3 4 */
  assert_ok(cx, jv_forecast_quantile(cx, fc, 1, 0.5, &q));
  assert_true(q == 2);
  assert_ok(cx, jv_forecast_interval(cx, fc, 80, lower, upper));
  assert_near(lower[0], 0.4, 1e-15, 1); /* type 7: (n - 1) p = 0.4 */
  assert_near(upper[0], 3.6, 1e-15, 1);
  double paths[6 * 2];
  assert_ok(cx, jv_fit_simulate(cx, fit, 2, NULL, 6, paths));
  assert_true(paths[2] == 2 && paths[3] == 2);
  jv_forecast_free(cx, fc);
  fc = forecast_as(cx, fit, JV_DIST_POINT, 0);
  assert_fails(cx, jv_forecast_interval(cx, fc, 80, lower, upper), JV_EUNSUPPORTED, "point");
  assert_fails(cx, jv_fit_simulate(cx, fit, 2, NULL, 6, paths), JV_EUNSUPPORTED, "no sample paths");
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
}

static void paths_come_from_step_distributions(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_fit *fit = fit_toy(cx);
  enum { N = 20000 };
  static double paths[N], again[N];
  double sum = 0, square = 0;
  assert_ok(cx, jv_fit_simulate(cx, fit, 1, NULL, N, paths));
  assert_ok(cx, jv_fit_simulate(cx, fit, 1, NULL, N, again));
  assert_memory_equal(paths, again, sizeof paths);
  for (int i = 0; i < N; i++) {
    sum += paths[i];
    square += (paths[i] - 5) * (paths[i] - 5);
  }
  /* four standard errors of mean and variance */
  assert_near(sum / N, 5, 4 * 2 / sqrt(N), 1);
  assert_near(square / N, 4, 4 * 4 * sqrt(2.0 / N), 1);
  jv_fit_free(cx, fit);
}

static void criteria_count_as_defined(void **state) {
  (void)state;
  jv_fit fit = {.loglik = -10, .n_params = 2};
  jv_fit_criteria(&fit, 20);
  assert_near(fit.aic, 24, 0, 1);
  assert_near(fit.aicc, 24 + 12.0 / 17, 1e-15, 1);
  assert_near(fit.bic, 20 + 2 * log(20), 1e-15, 1);
  jv_fit_criteria(&fit, 3);
  assert_true(isinf(fit.aicc));
  fit.loglik = NAN;
  jv_fit_criteria(&fit, 20);
  assert_true(isnan(fit.aic) && isnan(fit.aicc) && isnan(fit.bic));
}

static void registry_finds_adds_and_protects(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  size_t n = jv_registry_count(cx->models);
  jv_model_class again = toy, taken = toy;
  again.title = "Again";
  taken.name = "naive";
  assert_ok(cx, jv_registry_add(cx, cx->models, &again));
  assert_int_equal(jv_registry_count(cx->models), n);
  assert_ptr_equal(jv_registry_find(cx, cx->models, "toy"), &again);
  assert_fails(cx, jv_registry_add(cx, cx->models, &taken), JV_EINVAL,
               "'naive' is a built-in model and cannot be redefined");
  assert_null(jv_registry_find(cx, cx->models, "niave"));
  assert_string_equal(cx->message, "no model 'niave', did you mean 'naive'?");
  assert_int_equal(cx->status, JV_ENOTFOUND);
  jv_registry_remove(cx->models, "naive");
  assert_non_null(jv_registry_find(cx, cx->models, "naive"));
  jv_registry_remove(cx->models, "toy");
  assert_null(jv_registry_find(cx, cx->models, "toy"));
  static jv_model_class many[40];
  static char names[40][8];
  for (int i = 0; i < 40; i++) {
    many[i] = toy;
    snprintf(names[i], sizeof names[i], "x%d", i);
    many[i].name = names[i];
    assert_ok(cx, jv_registry_add(cx, cx->models, &many[i]));
  }
  assert_ptr_equal(jv_registry_find(cx, cx->models, "x39"), &many[39]);
  assert_null(jv_registry_at(cx->models, n + 40));
  assert_null(jv_registry_find(cx, NULL, "toy"));
}

static void fits_are_saved_exactly(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  const double y[] = {1, 2, 0.1 + 0.2};
  jv_sample sample = {.y = y, .n = 3, .m = 4, .id = "a \"b\"", .seed = UINT64_MAX};
  toy_opt opt = {.alpha = 1.0 / 3, .size = 7, .damped = 1, .season = 1, .word = "x"};
  jv_fit *fit, *back;
  char *json, *twice;
  assert_ok(cx, jv_fit_new(cx, &toy, &sample, &opt, &fit));
  fit->loglik = 1e300 / 3;
  fit->aicc = INFINITY;
  fit->fitted[1] = 4.9e-324;
  fit->evaluations = 12;
  snprintf(fit->form, sizeof fit->form, "Toy(1)");
  assert_ok(cx, jv_fit_save(cx, fit, &json));
  assert_ok(cx, jv_fit_load(cx, json, strlen(json), &back));
  assert_string_equal(back->id, "a \"b\"");
  assert_string_equal(back->form, "Toy(1)");
  assert_true(back->seed == UINT64_MAX && back->m == 4 && back->n == 3);
  assert_true(back->loglik == fit->loglik && isinf(back->aicc) && isnan(back->aic));
  assert_true(back->fitted[1] == 4.9e-324 && isnan(back->fitted[0]) && back->evaluations == 12);
  const toy_opt *kept = back->opt;
  assert_true(kept->alpha == 1.0 / 3 && kept->size == 7 && kept->damped == 1 && kept->season == 1);
  assert_string_equal(kept->word, "x");
  assert_true(((toy_state *)back->state)->level == 0.1 + 0.2);
  assert_ok(cx, jv_fit_save(cx, back, &twice));
  assert_string_equal(json, twice);
  jv_fit_free(cx, fit);
  jv_fit_free(cx, back);
  jv_free(cx, json);
  jv_free(cx, twice);
}

static void broken_saves_are_refused(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_fit *fit = fit_toy(cx), *back;
  char *json, *at;
  assert_ok(cx, jv_fit_save(cx, fit, &json));
  jv_fit_free(cx, fit);
  /* cut anywhere, it is refused and leaves nothing (the teardown counts) */
  for (size_t len = 0; len < strlen(json); len++) {
    assert_int_not_equal(jv_fit_load(cx, json, len, &back), JV_OK);
    assert_null(back);
  }
  assert_fails(cx, jv_fit_load(cx, "{\"jevons_fit\"\n 1}", 17, &back), JV_EPARSE,
               "saved fit: line 2, column 2");
  assert_fails(cx, jv_fit_load(cx, "{\"jevons_fit\":9}", 16, &back), JV_EUNSUPPORTED,
               "saved fit: written in version 9");
  assert_fails(cx, jv_fit_load(cx, "[]", 2, &back), JV_EPARSE, "'jevons_fit' is absent");
  at = strstr(json, "\"n\":3");
  at[4] = '4';
  assert_fails(cx, jv_fit_load(cx, json, strlen(json), &back), JV_EPARSE,
               "'fitted' does not have the 4 values");
  at[4] = '3';
  at = strstr(json, "\"level\"");
  at[1] = 'L';
  assert_fails(cx, jv_fit_load(cx, json, strlen(json), &back), JV_EPARSE, "'level' is absent");
  at = strstr(json, "\"toy\"");
  at[1] = 'c';
  assert_fails(cx, jv_fit_load(cx, json, strlen(json), &back), JV_ENOTFOUND, "did you mean 'toy'");
  jv_free(cx, json);
}

static void memory_failures_leave_nothing(void **state) {
  fixture *f = *state;
  jv_ctx *cx = &f->cx;
  size_t live = f->memory.live;
  for (size_t k = 1;; k++) {
    jv_fit *fit = NULL, *back = NULL;
    jv_forecast *fc = NULL;
    jv_model_spec *specs = NULL;
    size_t n = 0;
    char *json = NULL;
    const double y[] = {1, 2, 5};
    jv_sample sample = {.y = y, .n = 3, .m = 1};
    f->memory.fail_at = f->memory.calls + k;
    jv_status s = jv_fit_new(cx, &toy, &sample, NULL, &fit);
    if (s == JV_OK) s = jv_fit_forecast(cx, fit, 2, NULL, &fc);
    if (s == JV_OK) s = jv_fit_save(cx, fit, &json);
    if (s == JV_OK) s = jv_fit_load(cx, json, strlen(json), &back);
    if (s == JV_OK) s = jv_model_specs_parse(cx, "toy{word=a,alpha=.5},naive", &specs, &n);
    f->memory.fail_at = 0;
    jv_fit_free(cx, fit);
    jv_fit_free(cx, back);
    jv_forecast_free(cx, fc);
    jv_free(cx, json);
    jv_model_specs_free(cx, specs, n);
    assert_int_equal(f->memory.live, live);
    if (s == JV_OK) break;
    assert_int_equal(s, JV_ENOMEM);
  }
}

static void lists_split_outside_brackets_and_quotes(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  char **texts;
  size_t n;
  assert_ok(cx, jv_model_list_split(cx, " ets{model=\"A,}(\", x=1} ,combine(a,b{c='d,'}), naive",
                                    &texts, &n));
  assert_int_equal(n, 3);
  assert_string_equal(texts[0], "ets{model=\"A,}(\", x=1}");
  assert_string_equal(texts[1], "combine(a,b{c='d,'})");
  assert_string_equal(texts[2], "naive");
  jv_model_list_free(cx, texts, n);
  assert_fails(cx, jv_model_list_split(cx, "a,,b", &texts, &n), JV_EPARSE,
               "a model is missing at character 3");
  assert_fails(cx, jv_model_list_split(cx, "  ", &texts, &n), JV_EPARSE, "missing");
  assert_fails(cx, jv_model_list_split(cx, "a{b='c}", &texts, &n), JV_EPARSE,
               "quote at character 5 is not closed");
  assert_fails(cx, jv_model_list_split(cx, "a,b{(", &texts, &n), JV_EPARSE,
               "'(' at character 5 is not closed");
  assert_fails(cx, jv_model_list_split(cx, "a{)", &texts, &n), JV_EPARSE,
               "')' at character 3 closes nothing");
  char deep[64];
  memset(deep, '(', sizeof deep);
  deep[63] = '\0';
  assert_fails(cx, jv_model_list_split(cx, deep, &texts, &n), JV_EPARSE, "nested deeper than 32");
  assert_null(texts);
}

static void options_are_literals(void **state) {
  jv_ctx *cx = &((fixture *)*state)->cx;
  jv_model_spec spec;
  assert_ok(cx, jv_model_spec_parse(
                    cx, " toy{ alpha = 5e-1, size=4,damped=true,season='additive',word=os.exit,} ",
                    &spec));
  const toy_opt *opt = spec.opt;
  assert_string_equal(spec.text,
                      "toy{ alpha = 5e-1, size=4,damped=true,season='additive',word=os.exit,}");
  assert_string_equal(spec.name, "toy");
  assert_ptr_equal(spec.cls, &toy);
  assert_true(opt->alpha == 0.5 && opt->size == 4 && opt->damped == 1 && opt->season == 1);
  assert_string_equal(opt->word, "os.exit");
  assert_int_equal(spec.n_options, 5);
  assert_int_equal(spec.options[2].type, JV_LITERAL_FLAG);
  jv_model_spec_clear(cx, &spec);
  assert_ok(cx, jv_model_spec_parse(cx, "toy{word={0,1, 1},alpha=.5}", &spec));
  assert_string_equal(((const toy_opt *)spec.opt)->word, "0,1, 1");
  jv_model_spec_clear(cx, &spec);
  assert_ok(cx, jv_model_spec_parse(cx, "toy{word=(2,1,0)}", &spec));
  assert_string_equal(((const toy_opt *)spec.opt)->word, "2,1,0");
  jv_model_spec_clear(cx, &spec);
  const struct {
    const char *text;
    jv_status code;
    const char *says;
  } bad[] = {
      {"toy{aplha=1}", JV_EINVAL, "unknown option 'aplha', did you mean 'alpha'?"},
      {"toy{alpha=2}", JV_EINVAL, "must lie in [0.0001, 1], got 2"},
      {"toy{alpha=true}", JV_EINVAL, "takes a number"},
      {"toy{alpha=nan}", JV_EINVAL, "takes a number"},
      {"toy{alpha=0x1}", JV_EINVAL, "takes a number"},
      {"toy{size=\"3\"}", JV_EINVAL, "takes a whole number"},
      {"toy{alpha 1}", JV_EPARSE, "wanted '=' at character 11, found '1'"},
      {"toy{alpha=}", JV_EPARSE,
       "wanted a number, true, false, a quoted text, a word or {1,2} at character 11"},
      {"toy{alpha=1,1,1}", JV_EPARSE, "a list stands in braces: {1,1,1}) at character 13"},
      {"toy{seed=1}", JV_EINVAL, "toy: seed is given once for all models, not typed with one"},
      {"toy{word={1,x}}", JV_EPARSE, "wanted a number"},
      {"toy{word={}}", JV_EPARSE, "wanted a number"},
      {"toy{word={1,1)}", JV_EPARSE, "wanted a number"},
      {"toy{alpha={1,1}}", JV_EINVAL, "takes a number"},
      {"toy{alpha=1 size=2}", JV_EPARSE, "wanted ',' or '}' at character 13, found 's'"},
      {"toy{=1}", JV_EPARSE, "wanted the name of an option at character 5"},
      {"toy{alpha=1", JV_EPARSE, "wanted ',' or '}' at its end"},
      {"toy{alpha='1}", JV_EPARSE, "closing quote"},
      {"toy{alpha=1,alpha=1}", JV_EPARSE, "option 'alpha' stands twice"},
      {"toy{} x", JV_EPARSE, "wanted nothing more at character 7"},
      {"toy(a,b)", JV_EPARSE, "takes no models in parentheses"},
      {"", JV_EPARSE, "wanted the name of a model at its end"},
      {"tyo", JV_ENOTFOUND, "no model 'tyo', did you mean 'toy'?"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_fails(cx, jv_model_spec_parse(cx, bad[i].text, &spec), bad[i].code, bad[i].says);
    assert_null(spec.text);
  }
  jv_model_spec *specs;
  size_t n;
  assert_fails(cx, jv_model_specs_parse(cx, "toy,naive,toy", &specs, &n), JV_EINVAL,
               "'toy' stands twice");
  assert_ok(cx, jv_model_specs_parse(cx, "toy,toy{size=2}", &specs, &n));
  assert_int_equal(n, 2);
  jv_model_specs_free(cx, specs, n);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(samples_are_checked),
      T(what_a_class_cannot_is_refused),
      T(intervals_follow_the_distribution),
      T(quantiles_of_paths_are_sorted_steps),
      T(paths_come_from_step_distributions),
      T(criteria_count_as_defined),
      T(registry_finds_adds_and_protects),
      T(fits_are_saved_exactly),
      T(broken_saves_are_refused),
      T(memory_failures_leave_nothing),
      T(lists_split_outside_brackets_and_quotes),
      T(options_are_literals),
  };
#undef T
  return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
