/* The innovations theta models: the paper's recursions, theta lines, the global optimum, exact
 * variances, gaps, automatic choice. */
#include "testing.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "model/spec.h"
#include "model/theta_engine.h"
#include "model/theta_space.h"
#include <cjson/cJSON.h>

static jv_ctx cx;

static jv_fit *fit_text(const char *text, const double *y, size_t n, size_t m) {
  jv_model_spec spec;
  assert_ok(&cx, jv_model_spec_parse(&cx, text, &spec));
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test", .seed = 0};
  jv_fit *fit = NULL;
  if (jv_fit_new(&cx, spec.cls, &sample, spec.opt, &fit) != JV_OK) fail_msg("%s", cx.message);
  jv_model_spec_clear(&cx, &spec);
  return fit;
}

static void means_of(const char *text, const double *y, size_t n, size_t m, size_t h,
                     double *mean) {
  jv_fit *fit = fit_text(text, y, n, m);
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  memcpy(mean, fc->mean, h * sizeof *mean);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void make_line(double *y, size_t n, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, NULL, NULL, 0);
  double level = 0;
  for (size_t t = 0; t < n; t++) {
    level += 2 * jv_rng_normal(&rng);
    y[t] = 50 + 0.7 * (double)t + level + 3 * jv_rng_normal(&rng);
  }
}

/* ---- the recursion ---- */

/* Fiorucci et al. (2016), DOTM, as printed: mean, B and A by their own recursions. */
static void it_is_the_papers_recursion(void **state) {
  (void)state;
  double y[60], alpha = 0.35, theta = 2.7, level = 48, mean = 0, a = 0, b = 0;
  make_line(y, 60, 3);
  jv_theta_run run = {.alpha = alpha,
                      .kappa = 1 - 1 / theta,
                      .level = level,
                      .c = 1,
                      .r = 1,
                      .line = {.mx = y[0]},
                      .dynamic = true};
  a = y[0];
  for (size_t i = 1; i <= 60; i++) {
    double t = (double)i, keep = pow(1 - alpha, t - 1), x = y[i - 1];
    double mu = level + (1 - 1 / theta) * (keep * a + (1 - keep * (1 - alpha)) / alpha * b);
    assert_near(jv_theta_mean(&run), mu, 1e-12, 1); /* some 60 roundings */
    level = alpha * x + (1 - alpha) * level;
    b = i == 1 ? 0 : ((t - 2) * b + 6 / t * (x - mean)) / (t + 1);
    mean = ((t - 1) * mean + x) / t;
    a = mean - (t + 1) / 2 * b;
    jv_theta_take(&run, x);
  }
}

/* The definition of 2000, with gaps: theta line Z = theta y + (1-theta) line, smoothed over what is
 * observed from theta l[0], and the line itself, weighted 1/theta and 1 - 1/theta. */
static double by_lines(const double *y, size_t n, double alpha, double theta, double level,
                       size_t h, jv_theta_line *line) {
  for (size_t t = 0; t < n; t++)
    if (!isnan(y[t])) jv_theta_line_add(line, (double)t + 1, y[t]);
  double b = jv_theta_line_slope(line), a = jv_theta_line_origin(line), z = theta * level;
  for (size_t t = 0; t < n; t++) {
    if (isnan(y[t])) continue;
    double at = theta * y[t] + (1 - theta) * (a + b * (double)(t + 1));
    z += alpha * (at - z);
  }
  return z / theta + (1 - 1 / theta) * (a + b * (double)(n + h));
}

static void a_static_model_is_the_mean_of_theta_lines(void **state) {
  (void)state;
  double y[40], mean[6];
  for (int gaps = 0; gaps < 2; gaps++) {
    make_line(y, 40, 5);
    if (gaps) y[7] = y[20] = y[21] = y[22] = y[39] = NAN;
    means_of("otm{alpha=0.3,theta=3,level=50}", y, 40, 1, 6, mean);
    for (size_t h = 1; h <= 6; h++) {
      jv_theta_line line = {0};
      assert_near(mean[h - 1], by_lines(y, 40, 0.3, 3, 50, h, &line), 1e-12, 1);
    }
  }
}

/* Hyndman & Billah (2003): smoothing with drift, the half slope; the two start levels differ by
 * half the line's value at time one. */
static void the_standard_model_is_smoothing_with_drift(void **state) {
  (void)state;
  double y[40], one[8], two[8];
  char text[96];
  jv_theta_line line = {0};
  make_line(y, 40, 7);
  by_lines(y, 40, 0.4, 2, 45, 1, &line);
  double start = 45 + (jv_theta_line_origin(&line) + jv_theta_line_slope(&line)) / 2;
  snprintf(text, sizeof text, "theta{alpha=0.4,level=%.17g}", start);
  means_of(text, y, 40, 1, 8, one);
  means_of("stm{alpha=0.4,level=45}", y, 40, 1, 8, two);
  for (size_t i = 0; i < 8; i++) assert_near(one[i], two[i], 1e-13, 1);
}

static void at_theta_two_the_optimised_are_the_standard(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"stm", "otm{theta=2}"}, {"dstm", "dotm{theta=2}"}};
  double y[50], one[8], two[8];
  make_line(y, 50, 9);
  for (size_t k = 0; k < 2; k++) {
    means_of(pairs[k][0], y, 50, 1, 8, one);
    means_of(pairs[k][1], y, 50, 1, 8, two);
    assert_memory_equal(one, two, sizeof one);
  }
}

/* theta = 1 is smoothing alone: flat, and the level's own optimum. */
static void at_theta_one_there_is_no_trend(void **state) {
  (void)state;
  double y[50], mean[5];
  make_line(y, 50, 11);
  means_of("dotm{theta=1}", y, 50, 1, 5, mean);
  for (size_t i = 1; i < 5; i++) assert_near(mean[i], mean[0], 1e-14, 1);
}

static void the_model_moves_with_the_data(void **state) {
  (void)state;
  double y[50], one[8], two[8];
  make_line(y, 50, 13);
  means_of("dotm", y, 50, 1, 8, one);
  for (size_t t = 0; t < 50; t++) y[t] += 1e6;
  means_of("dotm", y, 50, 1, 8, two);
  /* alpha agrees to about 1e-7, since the data have lost 5 of 16 digits */
  for (size_t i = 0; i < 8; i++) assert_near(two[i] - 1e6, one[i], 1e-6, 1);
}

/* ---- the optimum ---- */

static double sse_at(const double *x, size_t n, const jv_theta_estimate *like, double alpha,
                     double theta, double level) {
  jv_theta_run run = like->start;
  double sum = 0;
  run.alpha = alpha;
  run.kappa = 1 - 1 / theta;
  run.level = level;
  for (size_t t = 0; t < n; t++) {
    double e = x[t] - jv_theta_mean(&run);
    if (t >= JV_THETA_SKIP) sum += e * e;
    jv_theta_take(&run, x[t]);
  }
  return sum;
}

/* No point of a fine net in all three dimensions lies lower, nor any close to the optimum. */
static void nothing_lies_lower(void **state) {
  (void)state;
  double y[30];
  for (uint64_t seed = 0; seed < 6; seed++)
    for (int dynamic = 0; dynamic < 2; dynamic++) {
      make_line(y, 30, 100 + seed);
      jv_theta_request request = {NAN, NAN, NAN, dynamic != 0};
      jv_theta_estimate e;
      assert_ok(&cx, jv_theta_estimate_of(&cx, y, 30, &request, &e));
      double floor_ = e.sse * (1 - 1e-10);
      assert_near(sse_at(y, 30, &e, e.start.alpha, e.theta, e.level), e.sse, 1e-12, 0);
      for (double alpha = 0.1; alpha < 0.9901; alpha += 0.0178)
        for (double theta = 1; theta < 1e4; theta *= 1.3)
          for (double level = -150; level <= 150; level += 15)
            assert_true(sse_at(y, 30, &e, alpha, theta, level) >= floor_);
      for (int side = -1; side <= 1; side += 2) {
        double alpha = fmin(fmax(e.start.alpha + side * 1e-4, 0.1), 0.99);
        assert_true(sse_at(y, 30, &e, alpha, e.theta, e.level) >= floor_);
        assert_true(sse_at(y, 30, &e, e.start.alpha, e.theta, e.level + side * 0.1) >= floor_);
        assert_true(sse_at(y, 30, &e, e.start.alpha, fmax(1, e.theta * (1 + side * 1e-3)),
                           e.level) >= floor_);
      }
    }
}

static void simulated_parameters_come_back(void **state) {
  (void)state;
  enum { N = 4000 };
  static double x[N];
  jv_rng rng = jv_rng_keyed(21, NULL, NULL, 0);
  /* a theta model has a trend only where the line has one before it: start it with 200 values */
  jv_theta_run run = {.alpha = 0.4, .kappa = 0.75, .level = 10, .c = 1, .r = 1, .dynamic = true};
  for (size_t t = 0; t < N; t++) {
    x[t] = t < 200 ? (double)t + jv_rng_normal(&rng) : jv_theta_mean(&run) + jv_rng_normal(&rng);
    if (t == 0) run.line.mx = x[0];
    jv_theta_take(&run, x[t]);
  }
  jv_theta_request request = {NAN, NAN, NAN, true};
  jv_theta_estimate e;
  assert_ok(&cx, jv_theta_estimate_of(&cx, x, N, &request, &e));
  assert_near(e.start.alpha, 0.4, 0.06, 1); /* four standard errors, (1 - 0.4^2)^0.5 / N^0.5 */
  assert_near(e.sse / (double)e.used, 1, 0.1, 1);
}

/* The errors' density is that of a multivariate normal whose covariance comes from unit shocks. */
static void the_likelihood_is_a_multivariate_normal(void **state) {
  (void)state;
  enum { N = 9 };
  double y[N], l[N][N], centre[N], z[N];
  make_line(y, N, 23);
  jv_theta_run start = {.alpha = 0.6, .kappa = 0.6, .level = 47, .c = 1, .r = 1, .dynamic = true};
  start.line.mx = 50;
  for (size_t j = 0; j <= N; j++) {
    jv_theta_run run = start;
    for (size_t i = 0; i < N; i++) {
      double x = jv_theta_mean(&run) + (i == j ? 1 : 0);
      if (j == N)
        centre[i] = x;
      else
        l[i][j] = x;
      jv_theta_take(&run, x);
    }
  }
  jv_theta_run run = start;
  for (size_t i = 0; i < N; i++) { /* solve L z = y - centre; L has a unit diagonal */
    z[i] = y[i] - centre[i];
    for (size_t j = 0; j < i; j++) z[i] -= (l[i][j] - centre[i]) * z[j];
    assert_near(l[i][i] - centre[i], 1, 1e-12, 1);
    assert_near(z[i], y[i] - jv_theta_mean(&run), 1e-11, 1);
    jv_theta_take(&run, y[i]);
  }
}

/* ---- intervals ---- */

/* The variance of step h: one plus the squared answers of its mean to unit shocks before it. */
static void check_variance(const char *text) {
  enum { H = 12 };
  double y[40], want[H] = {0};
  make_line(y, 40, 31);
  jv_fit *fit = fit_text(text, y, 40, 1);
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, H, NULL, &fc));
  const jv_theta_state *s = fit->state;
  for (size_t j = 0; j < H; j++) {
    jv_theta_run run = s->run;
    for (size_t i = 0; i < H; i++) {
      double moved = jv_theta_mean(&run) - fc->mean[i] + (i == j ? 1 : 0);
      if (i >= j) want[i] += moved * moved;
      jv_theta_take(&run, jv_theta_mean(&run) + (i == j ? 1 : 0));
    }
  }
  for (size_t i = 0; i < H; i++) assert_near(fc->sd[i], sqrt(fit->sigma2 * want[i]), 1e-10, 0);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void deviations_add_up_the_shocks(void **state) {
  (void)state;
  check_variance("dotm");
  check_variance("dotm{theta=5,alpha=0.5}");
  check_variance("otm");
  check_variance("stm{alpha=1}");
}

static void a_season_scales_the_deviation(void **state) {
  (void)state;
  double y[48];
  jv_rng rng = jv_rng_keyed(5, NULL, NULL, 0);
  for (size_t t = 0; t < 48; t++)
    y[t] = 100 * (t % 4 == 0 ? 2 : 2.0 / 3) * (1 + 0.02 * jv_rng_normal(&rng));
  jv_fit *fit = fit_text("dotm", y, 48, 4);
  jv_forecast *fc = NULL;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 4, NULL, &fc));
  assert_non_null(strstr(fit->form, "multiplicative season [4]"));
  assert_near(fc->sd[0] / fc->sd[1], 3, 0.02, 0);
  assert_near(fc->mean[0] / fc->mean[1], 3, 0.02, 0);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void missing_values_at_the_end_widen(void **state) {
  (void)state;
  double y[43], sd[2];
  make_line(y, 40, 33);
  y[40] = y[41] = y[42] = NAN;
  for (size_t k = 0; k < 2; k++) {
    jv_fit *fit = fit_text("otm{alpha=0.5,theta=2,level=50}", y, 40 + 3 * k, 1);
    jv_forecast *fc = NULL;
    assert_ok(&cx, jv_fit_forecast(&cx, fit, 4, NULL, &fc));
    sd[k] = fc->sd[k ? 0 : 3];
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
  assert_near(sd[0], sd[1], 1e-12, 0);
}

/* ---- the rest ---- */

static void early_values_have_no_fit(void **state) {
  (void)state;
  double y[40];
  size_t count;
  const char *const *names;
  double *values = NULL;
  make_line(y, 40, 35);
  jv_fit *fit = fit_text("dotm", y, 40, 1);
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 2);
  for (size_t t = 0; t < 40; t++) {
    assert_int_equal(isnan(fit->fitted[t]), t < JV_THETA_SKIP);
    if (t >= JV_THETA_SKIP) assert_near(values[t] + values[40 + t], fit->fitted[t], 1e-12, 1);
  }
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

static void the_choice_is_the_best_aicc(void **state) {
  (void)state;
  static const char *const names[] = {"stm", "otm", "dstm", "dotm"};
  double y[60], best = INFINITY;
  for (uint64_t seed = 40; seed < 44; seed++) {
    make_line(y, 60, seed);
    best = INFINITY;
    for (size_t k = 0; k < 4; k++) {
      jv_fit *fit = fit_text(names[k], y, 60, 1);
      best = fmin(best, fit->aicc);
      jv_fit_free(&cx, fit);
    }
    jv_fit *fit = fit_text("autotheta", y, 60, 1);
    assert_true(fit->aicc == best);
    jv_fit_free(&cx, fit);
  }
}

static jv_status explain_one(jv_ctx *c) {
  double y[48];
  make_line(y, 48, 45);
  for (size_t t = 0; t < 48; t++) y[t] += t % 4 == 1 ? 40 : 0;
  jv_sample sample = {.y = y, .n = 48, .m = 4, .id = "test"};
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(c, &jv_model_autotheta, &sample, NULL, &fit);
  cJSON *into = cJSON_CreateObject();
  if (status == JV_OK) status = fit->cls->explain(c, fit, into);
  if (status == JV_OK) {
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "steps")), 2);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "coefficients")), 4);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "trace")), 4);
  }
  cJSON_Delete(into);
  jv_fit_free(c, fit);
  return status;
}

static void it_explains_itself(void **state) {
  (void)state;
  testing_starve(explain_one, 200);
}

static void short_series_keep_theta_at_two(void **state) {
  (void)state;
  const double y[] = {3, 4, 6, 5};
  jv_fit *fit = fit_text("dotm", y, 4, 1);
  assert_non_null(strstr(fit->form, "theta 2,"));
  jv_fit_free(&cx, fit);
}

static void broken_states_are_refused(void **state) {
  (void)state;
  static const char *const edits[][3] = {
      {"\"variant\":\"DOTM\"", "\"variant\":\"XOTM\"", "no theta model is called 'XOTM'"},
      {"\"gap\":0", "\"gap\":-1", "impossible state"},
      {"\"theta\":3", "\"theta\":0", "impossible state"},
      {"\"alpha\":0.5", "\"alpha\":null", "impossible 'alpha'"}};
  double y[30];
  make_line(y, 30, 47);
  jv_fit *fit = fit_text("dotm{theta=3,alpha=0.5}", y, 30, 1), *back = NULL;
  char *json, broken[8192];
  assert_ok(&cx, jv_fit_save(&cx, fit, &json));
  const char *own = strstr(json, "\"state\"");
  assert_non_null(own);
  for (size_t k = 0; k < 4; k++) {
    const char *at = strstr(own, edits[k][0]);
    assert_non_null(at);
    snprintf(broken, sizeof broken, "%.*s%s%s", (int)(at - json), json, edits[k][1],
             at + strlen(edits[k][0]));
    assert_fails(&cx, jv_fit_load(&cx, broken, strlen(broken), &back), JV_EPARSE, edits[k][2]);
  }
  jv_free(&cx, json);
  jv_fit_free(&cx, fit);
}

static void options_out_of_range_are_named(void **state) {
  (void)state;
  jv_model_spec spec;
  assert_fails(&cx, jv_model_spec_parse(&cx, "dotm{theta=0.5}", &spec), JV_EINVAL, "theta");
  assert_fails(&cx, jv_model_spec_parse(&cx, "stm{theta=3}", &spec), JV_EINVAL, "theta");
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
      cmocka_unit_test(it_is_the_papers_recursion),
      cmocka_unit_test(a_static_model_is_the_mean_of_theta_lines),
      cmocka_unit_test(the_standard_model_is_smoothing_with_drift),
      cmocka_unit_test(at_theta_two_the_optimised_are_the_standard),
      cmocka_unit_test(at_theta_one_there_is_no_trend),
      cmocka_unit_test(the_model_moves_with_the_data),
      cmocka_unit_test(nothing_lies_lower),
      cmocka_unit_test(simulated_parameters_come_back),
      cmocka_unit_test(the_likelihood_is_a_multivariate_normal),
      cmocka_unit_test(deviations_add_up_the_shocks),
      cmocka_unit_test(a_season_scales_the_deviation),
      cmocka_unit_test(missing_values_at_the_end_widen),
      cmocka_unit_test(early_values_have_no_fit),
      cmocka_unit_test(the_choice_is_the_best_aicc),
      cmocka_unit_test(it_explains_itself),
      cmocka_unit_test(short_series_keep_theta_at_two),
      cmocka_unit_test(broken_states_are_refused),
      cmocka_unit_test(options_out_of_range_are_named),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
