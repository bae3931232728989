/* Intermittent demand: R's answers, the definitions by hand, edges, aggregation as its own law. */
#include "testing.h"
#include "conformance.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "model/spec.h"

static jv_ctx cx;
enum { N = 12 };
static const double demand[N] = {0, 3, 0, 0, 5, 0, 2, 0, 0, 0, 4, 0};

static jv_fit *fit_text(const char *text, const double *y, size_t n) {
  jv_model_spec spec;
  assert_ok(&cx, jv_model_spec_parse(&cx, text, &spec));
  jv_sample sample = {.y = y, .n = n, .m = 1, .id = "test", .seed = 0};
  jv_fit *fit = NULL;
  if (jv_fit_new(&cx, spec.cls, &sample, spec.opt, &fit) != JV_OK) fail_msg("%s", cx.message);
  jv_model_spec_clear(&cx, &spec);
  return fit;
}

static double rate_of(const char *text, const double *y, size_t n) {
  jv_fit *fit = fit_text(text, y, n);
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 3, NULL, &fc));
  double rate = fc->mean[0];
  assert_true(fc->mean[2] == rate);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  return rate;
}

/* ---- R ---- */

static void check_series(const reference *r) {
  const cJSON *answer = conformance_get(r->json, "croston");
  if (!answer) return;
  static const struct {
    const char *block, *text;
  } cases[] = {{"croston", "croston"}, {"alpha03", "croston{alpha=0.3}"}};
  for (size_t k = 0; k < 2; k++) {
    const cJSON *want = conformance_get(answer, cases[k].block);
    if (want) assert_near(rate_of(cases[k].text, r->y, r->n), conformance_at(want, 0), 1e-10, 0);
  }
}

static void croston_agrees_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("croston.json", check_series) >= 6);
}

/* ---- by hand ---- */

static void the_ratio_of_two_smoothings(void **state) {
  (void)state;
  /* sizes 3 5 2 4, intervals 2 3 2 4 */
  double z = 3, p = 2;
  z += 0.2 * (5 - z), p += 0.3 * (3 - p);
  z += 0.2 * (2 - z), p += 0.3 * (2 - p);
  z += 0.2 * (4 - z), p += 0.3 * (4 - p);
  assert_near(rate_of("croston{alpha=0.2,interval_alpha=0.3}", demand, N), z / p, 1e-15, 0);
  assert_near(rate_of("sba{alpha=0.2,interval_alpha=0.3}", demand, N), 0.85 * z / p, 1e-15, 0);
}

static void the_probability_moves_in_every_period(void **state) {
  (void)state;
  double z = 3, q = 0.5;
  for (size_t t = 2; t < N; t++) {
    q += 0.3 * ((demand[t] != 0) - q);
    if (demand[t] != 0) z += 0.2 * (demand[t] - z);
  }
  assert_near(rate_of("tsb{alpha=0.2,beta=0.3}", demand, N), q * z, 1e-15, 0);
}

/* No demand any more: TSB forgets by 1 - beta a period, Croston never. */
static void only_tsb_forgets(void **state) {
  (void)state;
  double y[N + 5] = {0};
  memcpy(y, demand, sizeof demand);
  assert_near(rate_of("tsb{beta=0.3}", y, N + 5), pow(0.7, 5) * rate_of("tsb{beta=0.3}", y, N),
              1e-14, 0);
  assert_true(rate_of("croston", y, N + 5) == rate_of("croston", y, N));
}

static void a_dense_series_is_smoothed_as_it_is(void **state) {
  (void)state;
  static const char *const texts[] = {"croston{alpha=0.3}", "sba{alpha=0.3}",
                                      "tsb{alpha=0.3,beta=0.2}", "adida{alpha=0.3}",
                                      "imapa{alpha=0.3}"};
  const double y[] = {5, 7, 6, 8, 9, 4};
  double level = 5;
  for (size_t t = 1; t < 6; t++) level += 0.3 * (y[t] - level);
  for (size_t k = 0; k < 5; k++) assert_near(rate_of(texts[k], y, 6), level, 1e-14, 0);
}

static void edges_are_sensible(void **state) {
  (void)state;
  static const char *const names[] = {"croston", "sba", "tsb", "adida", "imapa"};
  const double none[8] = {0}, late[8] = {0, 0, 0, 0, 0, 0, 0, 6}, early[8] = {6};
  for (size_t k = 0; k < 5; k++) {
    assert_true(rate_of(names[k], none, 8) == 0);
    double rate = rate_of(names[k], late, 8);
    assert_true(rate > 0 && rate <= 6);
    rate = rate_of(names[k], early, 8);
    assert_true(rate >= 0 && rate <= 6);
  }
  assert_near(rate_of("croston", late, 8), 6.0 / 8, 1e-15, 0);
  assert_near(rate_of("croston", early, 8), 6, 1e-15, 0); /* the only interval is one */
  assert_near(rate_of("tsb", early, 8), 6 * pow(0.9, 7), 1e-14, 0);
}

static void missing_periods_are_passed_over(void **state) {
  (void)state;
  static const char *const names[] = {"croston", "sba", "tsb"};
  double y[N + 3];
  size_t n = 0;
  for (size_t t = 0; t < N; t++) {
    if (t == 2 || t == 6 || t == 11) y[n++] = NAN;
    y[n++] = demand[t];
  }
  for (size_t k = 0; k < 3; k++)
    assert_true(rate_of(names[k], y, n) == rate_of(names[k], demand, N));
}

/* ---- aggregation ---- */

static void buckets_end_with_the_series(void **state) {
  (void)state;
  /* of three: 3 5 2 4; of five, two left over: 3 + 5 at places 3 to 7 are 0 0 5 0 2, then 4 */
  double l = 3;
  l += 0.4 * (5 - l), l += 0.4 * (2 - l), l += 0.4 * (4 - l);
  assert_near(rate_of("adida{level=3,alpha=0.4}", demand, N), l / 3, 1e-15, 0);
  assert_near(rate_of("adida{level=5,alpha=0.4}", demand, N), (7 + 0.4 * (4 - 7)) / 5, 1e-15, 0);
  /* demands at 2, 5, 7, 11: the mean interval is 11/4 */
  assert_true(rate_of("adida{alpha=0.4}", demand, N) ==
              rate_of("adida{level=3,alpha=0.4}", demand, N));
}

static void imapa_is_the_mean_of_its_levels(void **state) {
  (void)state;
  char text[64];
  for (int given = 0; given < 2; given++) {
    double sum = 0;
    for (int level = 1; level <= 4; level++) {
      snprintf(text, sizeof text, "adida{level=%d%s}", level, given ? ",alpha=0.2" : "");
      sum += rate_of(text, demand, N);
    }
    const char *all = given ? "imapa{max_level=4,alpha=0.2}" : "imapa{max_level=4}";
    assert_near(rate_of(all, demand, N), sum / 4, 1e-14, 0);
  }
}

/* The fitted value of each observation is the forecast made before it. */
static void chains_follow_the_end(void **state) {
  (void)state;
  jv_fit *fit = fit_text("imapa{max_level=3,alpha=0.3}", demand, N);
  for (size_t t = 4; t < N; t++) {
    double before = 0;
    char text[64];
    for (int level = 1; level <= 3; level++) {
      snprintf(text, sizeof text, "adida{level=%d,alpha=0.3}", level);
      before += rate_of(text, demand, t) / 3;
    }
    assert_near(fit->fitted[t], before, 1e-14, 0);
  }
  jv_fit_free(&cx, fit);
}

/* ---- weights, quantiles, refusals ---- */

static double squares_of(const char *text, const double *y, size_t n) {
  jv_fit *fit = fit_text(text, y, n);
  double sum = fit->sigma2;
  jv_fit_free(&cx, fit);
  return sum;
}

static void optimised_weights_are_the_best_of_the_net(void **state) {
  (void)state;
  static const char *const names[] = {"croston", "sba", "tsb"};
  double y[60];
  char text[96];
  jv_rng rng = jv_rng_keyed(3, NULL, NULL, 0);
  for (size_t t = 0; t < 60; t++)
    y[t] = jv_rng_uniform(&rng) < 0.3 ? 1 + (double)jv_rng_below(&rng, 9) : 0;
  for (size_t k = 0; k < 3; k++) {
    snprintf(text, sizeof text, "%s{optimise=true}", names[k]);
    double best = squares_of(text, y, 60);
    for (int i = 1; i <= 10; i++)
      for (int j = 1; j <= 10; j++) {
        snprintf(text, sizeof text, "%s{alpha=%g,%s=%g}", names[k], 0.05 * i,
                 k == 2 ? "beta" : "interval_alpha", 0.05 * j);
        assert_true(squares_of(text, y, 60) >= best * (1 - 1e-12));
      }
  }
}

static void quantiles_are_those_of_the_errors(void **state) {
  (void)state;
  jv_fit *fit = fit_text("croston", demand, N);
  jv_forecast *fc = NULL;
  double low[2], high[2];
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 2, NULL, &fc));
  assert_int_equal(fc->dist, JV_DIST_POINT);
  assert_ok(&cx, jv_forecast_interval(&cx, fc, 80, low, high));
  assert_int_equal(fc->dist, JV_DIST_PATHS);
  for (size_t k = 0; k < 2 * fc->n_paths; k++) {
    double found = INFINITY;
    for (size_t t = 1; t < N; t++)
      found = fmin(found, fabs(fmax(0, fc->mean[0] + fit->residuals[t]) - fc->paths[k]));
    assert_true(found < 1e-15);
  }
  assert_true(low[0] == 0 && high[0] > fc->mean[0]);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void note(void *ud, const char *message) { snprintf(ud, 200, "%s", message); }

static void returns_count_with_a_warning(void **state) {
  (void)state;
  char said[200] = "";
  const double y[] = {0, 4, 0, -2, 0, 5};
  cx.warn = note;
  cx.warn_ud = said;
  assert_true(rate_of("croston", y, 6) > 0);
  cx.warn = NULL;
  assert_non_null(strstr(said, "observation 4"));
}

static void broken_states_are_refused(void **state) {
  (void)state;
  static const char *const edits[][4] = {
      {"croston", "\"since\":1", "\"since\":-1", "impossible state"},
      {"croston", "\"size\":", "\"size\":null,\"was\":", "impossible 'size'"},
      {"adida{level=3}", "\"from\":3", "\"from\":0", "impossible levels"},
      {"adida{level=3,alpha=0.25}", "[0.25", "[7", "impossible weight"}};
  char broken[8192];
  for (size_t k = 0; k < 4; k++) {
    jv_fit *fit = fit_text(edits[k][0], demand, N), *back = NULL;
    char *json;
    assert_ok(&cx, jv_fit_save(&cx, fit, &json));
    const char *own = strstr(json, "\"state\""), *at = own ? strstr(own, edits[k][1]) : NULL;
    if (!at) fail_msg("no %s in %s", edits[k][1], json);
    snprintf(broken, sizeof broken, "%.*s%s%s", (int)(at - json), json, edits[k][2],
             at + strlen(edits[k][1]));
    assert_fails(&cx, jv_fit_load(&cx, broken, strlen(broken), &back), JV_EPARSE, edits[k][3]);
    jv_free(&cx, json);
    jv_fit_free(&cx, fit);
  }
}

static int set_up(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  return jv_registry_new(&cx, &cx.models) != JV_OK;
}

static int tear_down(void **state) {
  (void)state;
  jv_registry_free(&cx, cx.models);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(croston_agrees_with_the_reference),
      cmocka_unit_test(the_ratio_of_two_smoothings),
      cmocka_unit_test(the_probability_moves_in_every_period),
      cmocka_unit_test(only_tsb_forgets),
      cmocka_unit_test(a_dense_series_is_smoothed_as_it_is),
      cmocka_unit_test(edges_are_sensible),
      cmocka_unit_test(missing_periods_are_passed_over),
      cmocka_unit_test(buckets_end_with_the_series),
      cmocka_unit_test(imapa_is_the_mean_of_its_levels),
      cmocka_unit_test(chains_follow_the_end),
      cmocka_unit_test(optimised_weights_are_the_best_of_the_net),
      cmocka_unit_test(quantiles_are_those_of_the_errors),
      cmocka_unit_test(returns_count_with_a_warning),
      cmocka_unit_test(broken_states_are_refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
