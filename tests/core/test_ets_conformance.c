/* ETS against the answers of R's forecast package: at given parameters to 1e-8, freely estimated
 * never worse. The selection in tests/conformance/ets always; all of $JEVONS_SHARED/reference when
 * it is there (JEVONS_SHARED is ../shared by default), with a table of deficits by form. */
#include "ets_reference.h"
#include "model/builtin.h"
#include "model/common.h"
#include "model/ets_forecast.h"

#define FOLDER "tests/conformance/ets"

static const char *shared_folder(void) {
  static char path[900];
  const char *shared = getenv("JEVONS_SHARED");
  snprintf(path, sizeof path, "%s/reference", shared ? shared : "../shared");
  return path;
}

static double largest(const double *y, size_t n) {
  double top = 0;
  for (size_t t = 0; t < n; t++) top = fmax(top, fabs(y[t]));
  return top;
}

static void compare(const reference *r, const cJSON *json, const char *what, const double *got,
                    size_t n, double tol, double scale) {
  double want[1000];
  const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, what);
  if (!array)
    array =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "forecast"), what);
  size_t k = reference_reals(array, want, 1000);
  for (size_t i = 0; i < k && i < n; i++) {
    if (fabs(got[i] - want[i]) <= tol * fmax(fabs(want[i]), scale)) continue;
    fail_msg("%s %s: %s[%zu] is %.15g, reference %.15g", r->name, json->string, what, i, got[i],
             want[i]);
  }
}

/* Two of the reference's formulas are not its own model's (its simulated paths agree with us, and
 * so does the law tested in test_ets.c), so they are compared by what they do compute:
 *   M,Ad,M: the first step adds b where the model adds phi b. That is our formula started from
 *           slope b / phi with beta / phi.
 *   A,N,A and M,N,A: the season's surprise of today already counts at the m-th step, where the
 *           season of that step has not met it; only steps before the m-th are compared. */
static size_t adapt(const reference *r, jv_ets_run *run) {
  if (run->form.trend == JV_ETS_NONE && run->form.season == JV_ETS_ADD) return r->m - 1;
  if (run->form.damped && run->form.season == JV_ETS_MUL) {
    run->slope /= run->par.phi;
    run->par.beta /= run->par.phi;
  }
  return r->h;
}

/* Means and ends of intervals of the analytic classes, at the reference's own parameters. The ends
 * lose a digit to roots of differences, hence 1e-7 where the means have 1e-8. */
static void compare_forecast(const reference *r, const reference_block *b, const double *final,
                             double size) {
  double mean[400], var[400], end[400], ring[JV_ETS_MAX_SEASON];
  jv_ets_run run = {.form = b->form, .par = b->par, .ring = ring, .m = r->m};
  if (!jv_ets_has_variance(b->form)) return;
  jv_ets_run_set(&run, final);
  size_t steps = adapt(r, &run);
  jv_ets_moments(&run, reference_number(b->json, "sigma2"), r->h, mean, var);
  const double z[2] = {1.2815515655446004, 1.959963984540054};
  const char *const lower[2] = {"lower80", "lower95"}, *const upper[2] = {"upper80", "upper95"};
  compare(r, b->json, "mean", mean, r->h, 1e-8, size);
  for (size_t level = 0; level < 2; level++) {
    for (size_t i = 0; i < r->h; i++) end[i] = mean[i] - z[level] * sqrt(var[i]);
    compare(r, b->json, lower[level], end, steps, 1e-7, size);
    for (size_t i = 0; i < r->h; i++) end[i] = mean[i] + z[level] * sqrt(var[i]);
    compare(r, b->json, upper[level], end, steps, 1e-7, size);
  }
}

static void same_at_given_parameters(reference *r, void *data) {
  size_t *count = data;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double *f = malloc(r->n * sizeof *f), final[JV_ETS_MAX_SEASON + 2], size = largest(r->y, r->n);
  REFERENCE_EACH(json, r) {
    reference_block b;
    double loglik, sse;
    if (!reference_read(&cx, json, &b)) continue;
    assert_ok(&cx, jv_ets_evaluate(&cx, b.form, b.par, b.states0, r->y, r->n, r->m, f, final,
                                   &loglik, &sse));
    if (fabs(loglik - b.loglik) > 1e-8 * fabs(b.loglik))
      fail_msg("%s %s: loglik %.12g, reference %.12g", r->name, json->string, loglik, b.loglik);
    compare(r, json, "fitted_head", f, r->n, 1e-8, size);
    compare(r, json, "fitted_tail", f + r->n - 6, 6, 1e-8, size);
    compare(r, json, "final_state", final, jv_ets_count_states(b.form, r->m), 1e-8, size);
    double df =
        (double)(r->n + 1 - jv_ets_count_params(b.form, r->m, (jv_ets_par){NAN, NAN, NAN, NAN}));
    assert_near(sse / df, reference_number(json, "sigma2"), 1e-8, 0);
    if (!jv_ets_inside(b.form, b.par, r->m, JV_ETS_BOTH))
      fail_msg("%s %s: the reference's parameters are held to be outside", r->name, json->string);
    compare_forecast(r, &b, final, size);
    ++*count;
  }
  free(f);
}

/* ---- freely estimated */

typedef struct tally {
  char form[JV_ETS_NAME_SIZE];
  size_t fits, lower;
  double worst, gain;
} tally;

typedef struct summary {
  tally forms[40];
  size_t n, choices, bad_choices;
} summary;

static tally *tally_of(summary *s, const char *form) {
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(s->forms[i].form, form) == 0) return &s->forms[i];
  snprintf(s->forms[s->n].form, JV_ETS_NAME_SIZE, "%s", form);
  return &s->forms[s->n++];
}

static const jv_ets_par free_par = {NAN, NAN, NAN, NAN};

static void not_worse_when_estimated(reference *r, void *data) {
  summary *s = data;
  jv_ctx cx;
  jv_ctx_init(&cx);
  REFERENCE_EACH(json, r) {
    reference_block b;
    jv_ets_estimate est;
    if (!reference_read(&cx, json, &b)) continue;
    jv_ets_request request = {.form = b.form, .damped = b.form.damped, .given = free_par};
    assert_ok(&cx, jv_ets_estimate_new(&cx, &request, r->y, r->n, r->m, &est));
    tally *t = tally_of(s, json->string);
    double gain = est.loglik - b.loglik;
    t->fits++;
    if (gain < -0.01) {
      t->lower++;
      print_message("%s %s: log-likelihood %.5f below the reference's %.5f\n", r->name,
                    json->string, -gain, b.loglik);
    }
    t->worst = fmin(t->worst, gain);
    t->gain += gain;
    assert_true(jv_ets_inside(est.form, est.par, r->m, JV_ETS_BOTH));
    jv_ets_estimate_clear(&cx, &est);
  }
}

static void choose(reference *r, const char *block, bool logs, bool growth, summary *s) {
  const cJSON *json = cJSON_GetObjectItemCaseSensitive(r->root, block);
  double want = reference_number(json, "aicc");
  if (isnan(want)) return;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double *y = malloc(r->n * sizeof *y);
  for (size_t t = 0; t < r->n; t++) y[t] = logs ? log(r->y[t]) : r->y[t];
  jv_ets_request request = {.form = {JV_ETS_ANY, JV_ETS_ANY, JV_ETS_ANY, false},
                            .damped = JV_OPT_UNSET,
                            .given = free_par,
                            .restrict_forms = true,
                            .multiplicative_trend = growth};
  if (logs) request.form.error = JV_ETS_ADD; /* as the reference does with lambda = 0 */
  jv_ets_estimate est;
  assert_ok(&cx, jv_ets_estimate_new(&cx, &request, y, r->n, r->m, &est));
  s->choices++;
  if (est.criterion > want + 0.5) {
    char form[JV_ETS_NAME_SIZE];
    jv_ets_print_form(est.form, true, form);
    print_message("%s %s: %s has AICc %.3f, the reference's %s %.3f\n", r->name, block, form,
                  est.criterion, reference_text(json, "method"), want);
    s->bad_choices++;
  }
  jv_ets_estimate_clear(&cx, &est);
  free(y);
}

static void not_worse_when_chosen(reference *r, void *data) {
  choose(r, "ets_auto", false, false, data);
  choose(r, "ets_auto_multtrend", false, true, data);
  choose(r, "ets_lambda0", true, false, data);
}

static void print_summary(const summary *s) {
  size_t fits = 0, lower = 0;
  print_message("form   fits  lower by > 0.01  worst     mean gain\n");
  for (size_t i = 0; i < s->n; i++) {
    const tally *t = &s->forms[i];
    print_message("%-6s %4zu  %15zu  %8.4f  %9.4f\n", t->form, t->fits, t->lower, t->worst,
                  t->gain / (double)t->fits);
    fits += t->fits;
    lower += t->lower;
  }
  print_message("%zu of %zu fits lower; %zu of %zu choices worse by more than 0.5\n", lower, fits,
                s->bad_choices, s->choices);
}

static void check_summary(const summary *s) {
  size_t lower = 0;
  for (size_t i = 0; i < s->n; i++) lower += s->forms[i].lower;
  if (lower || s->bad_choices) print_summary(s);
  assert_int_equal(lower, 0);
  assert_int_equal(s->bad_choices, 0);
}

/* ---- ses and holt: same likelihood and forecasts at the reference's parameters, no worse ones when
 * fitted. The reference minimises squares, which for additive errors is the same. */

static double fitted_loglik(jv_ctx *cx, const reference *r, const jv_model_class *cls,
                            bool damped) {
  double room[32];
  jv_fit *fit = NULL;
  assert_true(cls->opt_size <= sizeof room);
  jv_option_defaults(cls->options, room);
  if (damped) assert_ok(cx, jv_option_set_flag(cx, cls->name, cls->options, room, "damped", true));
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m};
  assert_ok(cx, jv_fit_new(cx, cls, &sample, room, &fit));
  double loglik = fit->loglik;
  jv_fit_free(cx, fit);
  return loglik;
}

static void compare_named(reference *r, const char *block, const char *form_name,
                          const jv_model_class *cls, size_t *count) {
  const cJSON *json = cJSON_GetObjectItemCaseSensitive(r->root, block);
  const cJSON *par = cJSON_GetObjectItemCaseSensitive(json, "par");
  jv_ctx cx;
  reference_block b = {.json = json};
  int damped;
  double final[3], sse, mean[400], var[400], end[400], ring[1];
  jv_ctx_init(&cx);
  if (isnan(reference_number(par, "l")) || r->n < 10) return;
  assert_ok(&cx, jv_ets_parse_form(&cx, form_name, &b.form, &damped));
  b.par = (jv_ets_par){reference_number(par, "alpha"), reference_number(par, "beta"), NAN,
                       reference_number(par, "phi")};
  double states[2] = {reference_number(par, "l"), reference_number(par, "b")};
  assert_ok(&cx, jv_ets_evaluate(&cx, b.form, b.par, states, r->y, r->n, 1, NULL, final, &b.loglik,
                                 &sse));
  if (sse < 1e-20) return; /* a constant series */
  jv_ets_run run = {.form = b.form, .par = b.par, .ring = ring, .m = 1};
  jv_ets_run_set(&run, final);
  double df = (double)(r->n + 1 - jv_ets_count_params(b.form, 1, free_par));
  jv_ets_moments(&run, sse / df, r->h, mean, var);
  for (size_t i = 0; i < r->h; i++) end[i] = mean[i] + 1.959963984540054 * sqrt(var[i]);
  compare(r, json, "mean", mean, r->h, 1e-8, largest(r->y, r->n));
  compare(r, json, "upper95", end, r->h, 1e-7, largest(r->y, r->n));
  double loglik = fitted_loglik(&cx, r, cls, b.form.damped);
  if (loglik < b.loglik - 0.01)
    fail_msg("%s %s: loglik %.6f, reference %.6f", r->name, block, loglik, b.loglik);
  ++*count;
}

static void same_named_families(reference *r, void *data) {
  compare_named(r, "ses", "ANN", &jv_model_ses, data);
  compare_named(r, "holt", "AAN", &jv_model_holt, data);
  compare_named(r, "holt_damped", "AAdN", &jv_model_holt, data);
}

/* ---- on logs: at the reference's parameters means and ends to 1e-7 (z has 16 digits, the variance
 * loses one); fitted, no worse, and with the same optimum the same forecasts to 1e-3 */

static void compare_logs_given(const reference *r, const reference_block *b, bool adjust) {
  jv_ctx cx;
  double *z = malloc(r->n * sizeof *z), final[JV_ETS_MAX_SEASON + 2], ring[JV_ETS_MAX_SEASON];
  double mean[400], var[400], end[400] = {0}, size = largest(r->y, r->n);
  jv_ctx_init(&cx);
  for (size_t t = 0; t < r->n; t++) z[t] = log(r->y[t]);
  assert_ok(&cx, jv_ets_evaluate(&cx, b->form, b->par, b->states0, z, r->n, r->m, NULL, final, NULL,
                                 NULL));
  jv_ets_run run = {.form = b->form, .par = b->par, .ring = ring, .m = r->m};
  jv_ets_run_set(&run, final);
  size_t steps = adapt(r, &run);
  jv_ets_moments(&run, reference_number(b->json, "sigma2"), r->h, mean, var);
  for (size_t i = 0; i < steps; i++) end[i] = exp(mean[i]) * (adjust ? 1 + 0.5 * var[i] : 1);
  compare(r, b->json, "mean", end, steps, 1e-7, size);
  for (size_t i = 0; i < steps; i++) end[i] = exp(mean[i] + 1.959963984540054 * sqrt(var[i]));
  compare(r, b->json, "upper95", end, steps, 1e-7, size);
  free(z);
}

static void compare_logs_fitted(const reference *r, const reference_block *b, bool adjust) {
  double room[64] = {0};
  char form[JV_ETS_NAME_SIZE];
  jv_ctx cx;
  jv_fit *fit;
  jv_forecast *fc;
  jv_common common;
  jv_ctx_init(&cx);
  jv_common_defaults(&common);
  common.lambda.number = 0;
  common.bias_adjust = adjust;
  jv_ets_print_form(b->form, false, form);
  assert_true(jv_model_ets.opt_size <= sizeof room);
  jv_option_defaults(jv_model_ets.options, room);
  assert_ok(&cx, jv_option_set_text(&cx, "ets", jv_model_ets.options, room, "model", form));
  if (!b->form.damped)
    assert_ok(&cx, jv_option_set_flag(&cx, "ets", jv_model_ets.options, room, "damped", false));
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m, .common = &common};
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_ets, &sample, room, &fit));
  if (fit->loglik < b->loglik - 0.01)
    fail_msg("%s on logs: loglik %.6f, reference %.6f", r->name, fit->loglik, b->loglik);
  assert_ok(&cx, jv_fit_forecast(&cx, fit, r->h, NULL, &fc));
  if (fit->loglik < b->loglik + 1e-6)
    compare(r, b->json, "mean", fc->mean, r->h, 1e-3, largest(r->y, r->n));
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void compare_logs(reference *r, const char *block, bool adjust, size_t *count) {
  reference_block b;
  jv_ctx cx;
  int damped;
  char name[16] = "", *to = name;
  jv_ctx_init(&cx);
  b.json = cJSON_GetObjectItemCaseSensitive(r->root, block);
  b.loglik = reference_number(b.json, "loglik");
  if (isnan(b.loglik) || r->n < 10 || strcmp(r->name, "constant") == 0) return;
  for (const char *c = reference_text(b.json, "method") + 3; *c && to < name + 8; c++)
    if (!strchr("(,)", *c)) *to++ = *c;
  assert_ok(&cx, jv_ets_parse_form(&cx, name, &b.form, &damped));
  const cJSON *par = cJSON_GetObjectItemCaseSensitive(b.json, "par");
  b.par = (jv_ets_par){reference_number(par, "alpha"), reference_number(par, "beta"),
                       reference_number(par, "gamma"), reference_number(par, "phi")};
  reference_reals(cJSON_GetObjectItemCaseSensitive(b.json, "initstate"), b.states0,
                  JV_ETS_MAX_SEASON + 2);
  compare_logs_given(r, &b, adjust);
  compare_logs_fitted(r, &b, adjust);
  ++*count;
}

static void same_on_logs(reference *r, void *data) {
  compare_logs(r, "ets_lambda0", false, data);
  compare_logs(r, "ets_lambda0_biasadj", true, data);
}

/* ---- the tests */

static void likelihood_and_forecasts_at_given_parameters(void **state) {
  (void)state;
  size_t count = 0;
  assert_true(reference_each_file(FOLDER, same_at_given_parameters, &count) >= 10);
  assert_true(count > 200);
}

static void estimates_are_not_worse(void **state) {
  (void)state;
  summary s = {0};
  reference_each_file(FOLDER, not_worse_when_estimated, &s);
  assert_int_equal(s.n, 26);
  check_summary(&s);
}

static void choices_are_not_worse(void **state) {
  (void)state;
  summary s = {0};
  reference_each_file(FOLDER, not_worse_when_chosen, &s);
  assert_true(s.choices > 25);
  check_summary(&s);
}

static void named_families_agree(void **state) {
  (void)state;
  size_t count = 0;
  reference_each_file(FOLDER, same_named_families, &count);
  assert_true(count > 30);
}

static void logs_agree(void **state) {
  (void)state;
  size_t count = 0;
  reference_each_file(FOLDER, same_on_logs, &count);
  assert_true(count > 20);
}

static bool has_shared(void) {
  size_t count = 0;
  char pattern[1000];
  glob_t found;
  snprintf(pattern, sizeof pattern, "%s/*.json", shared_folder());
  if (glob(pattern, 0, NULL, &found) == 0) {
    count = found.gl_pathc;
    globfree(&found);
  }
  if (!count) print_message("skipped: no reference answers in %s\n", shared_folder());
  return count > 0;
}

static void the_whole_reference(void **state) {
  (void)state;
  if (!has_shared()) skip();
  size_t count = 0;
  summary s = {0};
  reference_each_file(shared_folder(), same_at_given_parameters, &count);
  reference_each_file(shared_folder(), same_named_families, &count);
  reference_each_file(shared_folder(), same_on_logs, &count);
  reference_each_file(shared_folder(), not_worse_when_estimated, &s);
  reference_each_file(shared_folder(), not_worse_when_chosen, &s);
  if (getenv("JEVONS_VERBOSE")) print_summary(&s);
  check_summary(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(likelihood_and_forecasts_at_given_parameters),
      cmocka_unit_test(estimates_are_not_worse),
      cmocka_unit_test(choices_are_not_worse),
      cmocka_unit_test(named_families_agree),
      cmocka_unit_test(logs_agree),
      cmocka_unit_test(the_whole_reference),
  };
  return cmocka_run_group_tests_name("ets conformance", tests, NULL, NULL);
}
