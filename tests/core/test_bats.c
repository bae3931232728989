/* BATS and TBATS: the likelihood against dense algebra, closed forms, identities between forms. */
#include "testing.h"
#include "base/rng.h"
#include "model/bats.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "numeric/minimise.h"
#include <cjson/cJSON.h>

static jv_ctx cx;

enum { N = 48, MOST = 12 };

/* Trend, a season of four and noise, all above zero. */
static void make_series(double *y, size_t n, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, "bats", NULL, 0);
  for (size_t t = 0; t < n; t++)
    y[t] = 50 + 0.4 * (double)t + (t % 4 == 1 ? 8 : t % 4 == 3 ? -5 : 0) + jv_rng_normal(&rng);
}

static jv_bats_opt options(void) {
  jv_bats_opt opt;
  jv_option_defaults(jv_model_tbats.options, &opt);
  opt.harmonics[0] = '\0';
  return opt;
}

static jv_fit *fit_with(const jv_model_class *cls, const double *y, size_t n, size_t m,
                        const jv_bats_opt *opt) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test"};
  jv_fit *fit;
  if (jv_fit_new(&cx, cls, &sample, opt, &fit) != JV_OK) fail_msg("%s", cx.message);
  return fit;
}

static jv_forecast *forecast(const jv_fit *fit, size_t h) {
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  return fc;
}

/* Everything but what is named is left out. */
static jv_bats_opt plain(void) {
  jv_bats_opt opt = options();
  opt.box_cox = opt.trend = opt.damped = opt.arma = 0;
  return opt;
}

/* ---- the likelihood by dense algebra ---- */

/* y = W x0 + L e with W[t] = m'F^t and L[t][s] = m'F^(t-s-1) g: by powers, not by the recursion of the
 * errors. The least |L^-1 (y - W x0)|^2 over x0 (the first k columns of W). */
static double dense_sse(const jv_bats_space *s, const double *y, size_t k) {
  static double w[N][MOST], l[N][N], rest[N];
  double gram[MOST * MOST], b[MOST], g[MOST] = {0};
  for (size_t j = 0; j < k; j++) {
    double x[MOST] = {0};
    x[j] = 1;
    for (size_t t = 0; t < N; t++) {
      w[t][j] = jv_bats_mean(s, x);
      jv_bats_step(s, x, 0);
    }
  }
  jv_bats_step(s, g, 1);
  memset(l, 0, sizeof l);
  for (size_t t = 0; t < N; t++) {
    l[t][t] = 1;
    for (size_t i = 0; i + t + 1 < N; i++) l[i + t + 1][i] = jv_bats_mean(s, g);
    jv_bats_step(s, g, 0);
  }
  memcpy(rest, y, sizeof rest);
  for (size_t t = 0; t < N; t++)
    for (size_t i = 0; i < t; i++) {
      rest[t] -= l[t][i] * rest[i];
      for (size_t j = 0; j < k; j++) w[t][j] -= l[t][i] * w[i][j];
    }
  double sse = 0;
  for (size_t i = 0; i < k; i++) {
    b[i] = 0;
    for (size_t t = 0; t < N; t++) b[i] += w[t][i] * rest[t];
    for (size_t j = 0; j < k; j++) {
      gram[i * k + j] = 0;
      for (size_t t = 0; t < N; t++) gram[i * k + j] += w[t][i] * w[t][j];
    }
  }
  assert_true(jv_cholesky_solve(gram, k, b));
  for (size_t t = 0; t < N; t++) {
    for (size_t j = 0; j < k; j++) rest[t] -= w[t][j] * b[j];
    sse += rest[t] * rest[t];
  }
  return sse;
}

static void check_dense(const jv_bats_form *form, const jv_bats_par *par, size_t seeds) {
  double y[N], w[N], logs = 0;
  make_series(y, N, 1);
  jv_bats_space s;
  jv_bats_problem *p;
  jv_bats_result r = {.aic = 0};
  assert_ok(&cx, jv_bats_problem_new(&cx, y, N, 0, 1, &p));
  assert_ok(&cx, jv_bats_evaluate(&cx, p, form, par, NULL, &r));
  assert_ok(&cx, jv_bats_space_new(&cx, form, &s));
  assert_true(s.dim <= MOST);
  s.par = *par;
  for (size_t t = 0; t < N; t++) {
    logs += log(y[t]);
    w[t] = !form->box_cox     ? y[t]
           : par->lambda == 0 ? log(y[t])
                              : (pow(y[t], par->lambda) - 1) / par->lambda;
  }
  double sse = dense_sse(&s, w, seeds);
  /* 1e-8: normal equations of level and slope */
  assert_near(r.sse, sse, 1e-8, 0);
  double lambda = form->box_cox ? par->lambda : 1;
  assert_near(r.deviance, N * log(sse) - 2 * (lambda - 1) * logs, 1e-8, 1);
  jv_bats_space_free(&cx, &s);
  jv_bats_problem_free(&cx, p);
}

static void likelihood_by_dense_algebra(void **state) {
  (void)state;
  const jv_bats_par par = {.lambda = 0.4,
                           .alpha = 0.3,
                           .beta = 0.05,
                           .phi = 0.93,
                           .gamma1 = {0.002, 0.001},
                           .gamma2 = {0.001, 0.002},
                           .ar = {0.5, -0.2},
                           .ma = {0.3}};
  jv_bats_form form = {.trend = true, .damped = true, .p = 2, .q = 1};
  check_dense(&form, &par, 2);
  form.box_cox = true;
  check_dense(&form, &par, 2);
  form.trig = true;
  form.n_seasons = 2;
  form.period[0] = 4;
  form.harmonics[0] = 1;
  form.period[1] = 6.5;
  form.harmonics[1] = 2;
  check_dense(&form, &par, 8);
  form.harmonics[0] = 2; /* half a turn: one state more */
  form.n_seasons = 1;
  jv_bats_par log_par = par;
  log_par.lambda = 0;
  check_dense(&form, &log_par, 5);
  /* a dummy season: its last seed is what level and the others make of it */
  jv_bats_form dummy = {.n_seasons = 1, .period = {4}};
  jv_bats_par d = {.lambda = 1, .alpha = 0.4, .phi = 1, .gamma1 = {0.1}};
  check_dense(&dummy, &d, 4);
}

/* ---- closed forms ---- */

static void simple_smoothing(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 2);
  jv_bats_opt opt = plain();
  jv_fit *fit = fit_with(&jv_model_bats, y, N, 1, &opt);
  assert_true(strncmp(fit->form, "BATS(1, {0,0}, -, -)", 20) == 0);
  jv_forecast *fc = forecast(fit, 6);
  /* alpha from the recursion: each fitted value moves by alpha times the error */
  double alpha = (fit->fitted[9] - fit->fitted[8]) / fit->residuals[8], sse = 0;
  for (size_t t = 0; t < N; t++) sse += fit->residuals[t] * fit->residuals[t];
  assert_near(fit->sigma2, sse / N, 1e-10, 0);
  assert_near(fit->loglik, -0.5 * N * log(sse), 1e-10, 0);
  assert_int_equal(fit->n_params, 2);
  for (size_t i = 0; i < 6; i++) {
    assert_near(fc->mean[i], fit->fitted[N - 1] + alpha * fit->residuals[N - 1], 1e-9, 0);
    assert_near(fc->sd[i], sqrt(fit->sigma2 * (1 + (double)i * alpha * alpha)), 1e-8, 0);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* A damped trend without errors of its own: steps shrink by phi, whose sum is phi (1-phi^h)/(1-phi). */
static void damped_trend(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 3);
  jv_bats_opt opt = plain();
  opt.trend = opt.damped = 1;
  jv_fit *fit = fit_with(&jv_model_bats, y, N, 1, &opt);
  jv_forecast *fc = forecast(fit, 20);
  double phi = (fc->mean[2] - fc->mean[1]) / (fc->mean[1] - fc->mean[0]);
  assert_true(phi >= 0.8 - 1e-9 && phi <= 1 + 1e-9);
  double first = fc->mean[1] - fc->mean[0], sum = 0;
  for (size_t i = 0; i < 19; i++) sum += pow(phi, (double)i);
  assert_near(fc->mean[19] - fc->mean[0], first * sum, 1e-8, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* lambda = 1 is a shift; lambda = 0 is the model of the logarithms. */
static void box_cox_at_its_ends(void **state) {
  (void)state;
  double y[N], logs[N], sum = 0;
  make_series(y, N, 4);
  for (size_t t = 0; t < N; t++) sum += logs[t] = log(y[t]);
  jv_bats_opt opt = plain(), one = plain(), zero = plain();
  opt.trend = one.trend = zero.trend = 1;
  one.box_cox = zero.box_cox = 1;
  one.lower = one.upper = 1;
  zero.lower = zero.upper = 0;
  jv_fit *as_is = fit_with(&jv_model_bats, y, N, 1, &opt),
         *ones = fit_with(&jv_model_bats, y, N, 1, &one);
  jv_fit *of_logs = fit_with(&jv_model_bats, logs, N, 1, &opt),
         *zeros = fit_with(&jv_model_bats, y, N, 1, &zero);
  /* 1e-6: two searches, each on a scale of its own */
  assert_near(ones->loglik, as_is->loglik, 1e-6, 1);
  assert_near(zeros->loglik, of_logs->loglik - sum, 1e-6, 1);
  jv_forecast *a = forecast(of_logs, 5), *b = forecast(zeros, 5);
  assert_true(b->mean_is_median);
  for (size_t i = 0; i < 5; i++) {
    double q, z;
    /* 1e-5: two searches on scales of their own */
    assert_near(b->mean[i], exp(a->mean[i]), 1e-5, 0);
    assert_ok(&cx, jv_forecast_quantile(&cx, a, i, 0.9, &z));
    assert_ok(&cx, jv_forecast_quantile(&cx, b, i, 0.9, &q));
    assert_near(q, exp(z), 1e-5, 0);
  }
  jv_forecast_free(&cx, a);
  jv_forecast_free(&cx, b);
  jv_fit_free(&cx, as_is);
  jv_fit_free(&cx, ones);
  jv_fit_free(&cx, of_logs);
  jv_fit_free(&cx, zeros);
}

/* All harmonics without weights and a dummy season without weight span the same patterns. */
static void still_seasons_agree(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 5);
  jv_bats_problem *p;
  jv_bats_result dummy = {.aic = 0}, trig = {.aic = 0};
  const jv_bats_par par = {.lambda = 1, .alpha = 0.2, .beta = 0.01, .phi = 1};
  const jv_bats_form a = {.trend = true, .n_seasons = 1, .period = {4}};
  const jv_bats_form b = {
      .trig = true, .trend = true, .n_seasons = 1, .period = {4}, .harmonics = {2}};
  assert_ok(&cx, jv_bats_problem_new(&cx, y, N, 0, 1, &p));
  assert_ok(&cx, jv_bats_evaluate(&cx, p, &a, &par, NULL, &dummy));
  assert_ok(&cx, jv_bats_evaluate(&cx, p, &b, &par, NULL, &trig));
  assert_near(dummy.sse, trig.sse, 1e-9, 0);
  jv_bats_problem_free(&cx, p);
}

/* Components add up to what was predicted a step before. */
static void components_add_up(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 6);
  jv_bats_opt opt = plain();
  opt.trend = 1;
  jv_fit *fit = fit_with(&jv_model_bats, y, N, 4, &opt);
  size_t count;
  const char *const *names;
  double *values;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 3);
  assert_string_equal(names[2], "season");
  double mean = 0;
  for (size_t t = 4; t < N; t++) {
    double sum = values[t - 1] + values[N + t - 1] + values[2 * N + t - 4];
    assert_near(fit->fitted[t], sum, 1e-10, 1);
  }
  for (size_t t = 0; t < 4; t++) mean += values[2 * N + t] / 4;
  assert_true(fabs(mean) < 1); /* the season is about the level */
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

/* ---- the choice ---- */

static void several_periods(void **state) {
  (void)state;
  enum { LONG = 160 };
  double y[LONG];
  jv_rng rng = jv_rng_keyed(7, "two", NULL, 0);
  for (size_t t = 0; t < LONG; t++)
    y[t] = 20 + 5 * sin(6.283185307179586 * (double)t / 5) +
           7 * cos(6.283185307179586 * (double)t / 17.5) + 0.3 * jv_rng_normal(&rng);
  jv_bats_opt opt = plain();
  snprintf(opt.periods, sizeof opt.periods, "5, 17.5");
  snprintf(opt.harmonics, sizeof opt.harmonics, "1,1");
  jv_fit *fit = fit_with(&jv_model_tbats, y, LONG, 1, &opt);
  assert_string_equal(fit->form, "TBATS(1, {0,0}, -, {<5,1>, <17.5,1>})");
  jv_forecast *fc = forecast(fit, 30);
  for (size_t i = 0; i < 30; i++) {
    double t = (double)(LONG + i),
           want = 20 + 5 * sin(6.283185307179586 * t / 5) + 7 * cos(6.283185307179586 * t / 17.5);
    assert_near(fc->mean[i], want, 0.6, 1); /* twice the noise */
  }
  size_t count;
  const char *const *names;
  double *values;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_string_equal(names[1], "season1");
  assert_string_equal(names[2], "season2");
  jv_free(&cx, values);
  jv_forecast_free(&cx, fc);
  /* harmonics are found: an AIC no higher than that of the true ones */
  opt.harmonics[0] = '\0';
  jv_fit *found = fit_with(&jv_model_tbats, y, LONG, 1, &opt);
  assert_true(found->aic <= fit->aic + 1e-6);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, found);
}

static void arma_errors_are_found(void **state) {
  (void)state;
  enum { LONG = 300 };
  double x[LONG], last = 0;
  jv_rng rng = jv_rng_keyed(8, "arma", NULL, 0);
  for (size_t t = 0; t < LONG; t++) x[t] = last = 0.7 * last + jv_rng_normal(&rng);
  jv_bats_order best[JV_BATS_ORDERS];
  assert_ok(&cx, jv_bats_orders(&cx, x, LONG, best));
  assert_int_equal(best[0].p, 1);
  assert_int_equal(best[0].q, 0);
  assert_near(best[0].ar[0], 0.7, 0.1, 1); /* two standard errors */
  assert_true(best[0].aicc <= best[1].aicc && best[1].aicc <= best[2].aicc);
  jv_bats_opt opt = plain();
  opt.arma = 1;
  opt.p = 1;
  opt.q = 0;
  for (size_t t = 0; t < LONG; t++) x[t] += 1000;
  jv_fit *fit = fit_with(&jv_model_bats, x, LONG, 1, &opt);
  assert_true(strncmp(fit->form, "BATS(1, {1,0}, -, -)", 20) == 0);
  jv_forecast *fc = forecast(fit, 60);
  assert_near(fc->mean[59], 1000, 2, 1); /* back to the mean */
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void innovations_are_standard(void **state) {
  (void)state;
  double y[N], z[N], square = 0;
  make_series(y, N, 9);
  y[7] = y[20] = NAN;
  jv_fit *fit = fit_with(&jv_model_bats, y, N, 4, NULL);
  assert_ok(&cx, fit->cls->innovations(&cx, fit, z));
  assert_true(isnan(z[7]) && isnan(z[20]));
  for (size_t t = 0; t < N; t++) square += isnan(z[t]) ? 0 : z[t] * z[t];
  assert_near(square, N - 2, 1e-8, 1);
  jv_sample sample = {.y = y, .n = N, .m = 4, .id = "test"};
  jv_fit *again;
  assert_ok(&cx, jv_fit_apply(&cx, fit, &sample, &again));
  assert_memory_equal(again->fitted, fit->fitted, N * sizeof *fit->fitted);
  jv_fit_free(&cx, again);
  jv_fit_free(&cx, fit);
}

static void bad_options(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 1);
  y[3] = -1;
  jv_sample sample = {.y = y, .n = N, .m = 4, .id = "x"};
  jv_fit *fit;
  jv_bats_opt opt = options();
  const struct {
    const char *periods, *harmonics, *message;
  } lists[] = {{"4;6", "", "found '4;6'"},
               {"1", "", "from 2 to 10000, found 1"},
               {"4", "3", "1 to 2 harmonics, found 3"},
               {"4,6", "1", "1 harmonics for 2 periods"},
               {"2,3,4,5,6,7,8", "", "at most 6"},
               {"4,,6", "", "found ''"}};
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    snprintf(opt.periods, sizeof opt.periods, "%s", lists[i].periods);
    snprintf(opt.harmonics, sizeof opt.harmonics, "%s", lists[i].harmonics);
    assert_fails(&cx, jv_fit_new(&cx, &jv_model_tbats, &sample, &opt, &fit), JV_EINVAL,
                 lists[i].message);
  }
  opt = options();
  snprintf(opt.periods, sizeof opt.periods, "4.5");
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_bats, &sample, &opt, &fit), JV_EINVAL,
               "must be whole numbers");
  opt = options();
  opt.box_cox = 1;
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_bats, &sample, &opt, &fit), JV_EDATA,
               "needs values above zero");
  opt = options();
  opt.damped = 1;
  opt.trend = 0;
  assert_fails(&cx, jv_model_bats.check(&cx, &opt), JV_EINVAL, "bats: a damped trend needs");
  opt = options();
  opt.lower = 1;
  opt.upper = 0;
  assert_fails(&cx, jv_model_bats.check(&cx, &opt), JV_EINVAL, "lambda_lower");
}

/* A fit on a Box-Cox scale refuses what that scale cannot hold, and stays as it was. */
static void updates_on_the_scale(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 10);
  jv_bats_opt opt = plain();
  opt.box_cox = 1;
  jv_fit *fit = fit_with(&jv_model_bats, y, N, 1, &opt);
  jv_forecast *before = forecast(fit, 3);
  const double bad[] = {70, -2};
  assert_fails(&cx, jv_fit_update(&cx, fit, bad, NULL, 2), JV_EDATA, "observation 50 is -2");
  jv_forecast *after = forecast(fit, 3);
  assert_memory_equal(before->mean, after->mean, 3 * sizeof *after->mean);
  cJSON *json = cJSON_CreateObject();
  assert_ok(&cx, fit->cls->explain(&cx, fit, json));
  assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "coefficients")) == 2);
  assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "trace")) >= 1);
  cJSON_Delete(json);
  jv_forecast_free(&cx, before);
  jv_forecast_free(&cx, after);
  jv_fit_free(&cx, fit);
}

static jv_status life(jv_ctx *c) {
  static double y[20];
  make_series(y, 20, 11);
  jv_sample sample = {.y = y, .n = 20, .m = 1, .id = "x"};
  jv_bats_opt opt = plain();
  opt.box_cox = 1;
  opt.p = 1;
  jv_fit *fit = NULL;
  jv_forecast *fc = NULL;
  double q;
  cJSON *said = cJSON_CreateObject();
  jv_status s = jv_fit_new(c, &jv_model_bats, &sample, &opt, &fit);
  if (s == JV_OK) s = jv_fit_forecast(c, fit, 3, NULL, &fc);
  if (s == JV_OK) s = jv_forecast_quantile(c, fc, 1, 0.9, &q);
  if (s == JV_OK) s = fit->cls->explain(c, fit, said);
  cJSON_Delete(said);
  jv_forecast_free(c, fc);
  jv_fit_free(c, fit);
  return s;
}

static void starves_cleanly(void **state) {
  (void)state;
  testing_starve(life, 300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(likelihood_by_dense_algebra),
      cmocka_unit_test(simple_smoothing),
      cmocka_unit_test(damped_trend),
      cmocka_unit_test(box_cox_at_its_ends),
      cmocka_unit_test(still_seasons_agree),
      cmocka_unit_test(components_add_up),
      cmocka_unit_test(several_periods),
      cmocka_unit_test(arma_errors_are_found),
      cmocka_unit_test(innovations_are_standard),
      cmocka_unit_test(bad_options),
      cmocka_unit_test(updates_on_the_scale),
      cmocka_unit_test(starves_cleanly),
  };
  jv_ctx_init(&cx);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
