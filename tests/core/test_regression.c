/* Regression on time: laws, R's tslm, fourier, monthdays and easter. */
#include "conformance.h"
#include "base/rng.h"
#include "model/builtin.h"
#include "model/composed.h"
#include "numeric/distribution.h"
#include "numeric/fourier.h"
#include "series/holiday.h"

enum { N = 90, H = 14 };
static jv_ctx cx;
static jv_registry *models;

static void make_series(double *y, size_t n, double noise) {
  jv_rng rng = jv_rng_keyed(9, "regression", NULL, 0);
  for (size_t t = 0; t < n; t++)
    y[t] = 60 + 0.4 * (double)t + 5 * sin(6.283185307179586 * (double)t / 12) +
           noise * jv_rng_normal(&rng);
}

static jv_status try_fit(const char *text, const jv_sample *sample, jv_fit **out) {
  jv_model_spec spec;
  JV_TRY(jv_model_spec_parse(&cx, text, &spec));
  jv_status status = jv_fit_new(&cx, spec.cls, sample, spec.opt, out);
  jv_model_spec_clear(&cx, &spec);
  return status;
}

static jv_fit *fit_typed(const char *text, const jv_sample *sample) {
  jv_fit *fit = NULL;
  assert_ok(&cx, try_fit(text, sample, &fit));
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h, const double *x) {
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, x, &fc));
  return fc;
}

/* ---- closed forms ---- */

/* A straight line: the textbook's slope, and the standard error of prediction
 * s sqrt(1 + 1/n + (t - mean)^2 / sum (t - mean)^2). */
static void a_line_has_the_textbooks_intervals(void **state) {
  (void)state;
  double y[30], xy = 0, xx = 0, mean = 0, rss = 0, lower[5], upper[5];
  make_series(y, 30, 2);
  for (size_t t = 0; t < 30; t++) mean += y[t] / 30;
  for (size_t t = 0; t < 30; t++) {
    double d = (double)t + 1 - 15.5;
    xy += d * (y[t] - mean);
    xx += d * d;
  }
  double slope = xy / xx;
  for (size_t t = 0; t < 30; t++) rss += pow(y[t] - mean - slope * ((double)t + 1 - 15.5), 2);
  double sigma = sqrt(rss / 28);
  jv_sample sample = {.y = y, .n = 30, .m = 1};
  jv_fit *fit = fit_typed("regression", &sample);
  jv_forecast *fc = forecast_of(fit, 5, NULL);
  assert_ok(&cx, jv_forecast_interval(&cx, fc, 95, lower, upper));
  for (size_t i = 0; i < 5; i++) {
    double d = (double)(31 + i) - 15.5, want = mean + slope * d;
    double wide = jv_student_quantile(0.975, 28) * sigma * sqrt(1 + 1.0 / 30 + d * d / xx);
    assert_near(fc->mean[i], want, 1e-13, 100);
    assert_near(upper[i] - lower[i], 2 * wide, 1e-12, 1);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* As many Fourier pairs as there can be are the dummies in other words. */
static void all_waves_are_all_dummies(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 2);
  for (size_t m = 4; m <= 7; m += 3) {
    char text[64];
    snprintf(text, sizeof text, "regression{fourier=%zu}", m / 2);
    jv_sample sample = {.y = y, .n = N, .m = m};
    jv_fit *dummies = fit_typed("regression{season=dummies}", &sample);
    jv_fit *waves = fit_typed(text, &sample);
    jv_forecast *a = forecast_of(dummies, H, NULL), *b = forecast_of(waves, H, NULL);
    for (size_t i = 0; i < H; i++) {
      assert_near(a->mean[i], b->mean[i], 1e-12, 100);
      assert_near(a->sd[i], b->sd[i], 1e-12, 1);
    }
    assert_near(dummies->loglik, waves->loglik, 1e-12, 1);
    assert_int_equal(dummies->n_params, waves->n_params);
    jv_forecast_free(&cx, a);
    jv_forecast_free(&cx, b);
    jv_fit_free(&cx, dummies);
    jv_fit_free(&cx, waves);
  }
}

/* The K of least AICc, found by trying each. */
static void waves_are_chosen_by_aicc(void **state) {
  (void)state;
  double y[N], best = INFINITY;
  char want[96] = "", text[64];
  make_series(y, N, 1);
  jv_sample sample = {.y = y, .n = N, .m = 12};
  for (int k = 0; k <= 6; k++) {
    snprintf(text, sizeof text, k ? "regression{fourier=%d}" : "regression{season=none}", k);
    jv_fit *fit = fit_typed(text, &sample);
    if (fit->aicc < best) {
      best = fit->aicc;
      snprintf(want, sizeof want, "%s", fit->form);
    }
    jv_fit_free(&cx, fit);
  }
  jv_fit *fit = fit_typed("regression{fourier=auto}", &sample);
  assert_string_equal(fit->form, want);
  assert_near(fit->aicc, best, 1e-14, 1);
  jv_fit_free(&cx, fit);
}

static void seasons_of_long_periods_are_waves(void **state) {
  (void)state;
  double y[N];
  make_series(y, N, 1);
  jv_sample sample = {.y = y, .n = N, .m = 36};
  jv_fit *fit = fit_typed("regression", &sample);
  assert_string_equal(fit->form, "Regression on trend, Fourier [36, K=3]");
  jv_fit_free(&cx, fit);
  sample.m = 1;
  fit = fit_typed("regression{periods=\"12 , 5\",fourier=2}", &sample);
  assert_string_equal(fit->form, "Regression on trend, Fourier [12, K=2], Fourier [5, K=2]");
  jv_fit_free(&cx, fit);
}

/* ---- regressors ---- */

static void regressors_come_in_and_explain(void **state) {
  (void)state;
  double y[N], x[2 * (N + H)];
  const char *const names[] = {"price", "rain"};
  jv_rng rng = jv_rng_keyed(1, "x", NULL, 0);
  for (size_t i = 0; i < 2 * (N + H); i++) x[i] = jv_rng_normal(&rng);
  for (size_t t = 0; t < N; t++) y[t] = 3 + 0.5 * (double)(t + 1) + 2 * x[2 * t] - 4 * x[2 * t + 1];
  jv_sample sample = {.y = y, .n = N, .m = 1, .x = x, .k = 2, .x_names = names};
  jv_fit *fit = fit_typed("regression", &sample);
  jv_forecast *fc = forecast_of(fit, H, x + 2 * N);
  for (size_t i = 0; i < H; i++) {
    const double *row = x + 2 * (N + i);
    assert_near(fc->mean[i], 3 + 0.5 * (double)(N + i + 1) + 2 * row[0] - 4 * row[1], 1e-11, 10);
  }
  size_t count;
  const char *const *parts;
  double *values;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &parts, &values));
  assert_int_equal(count, 4);
  assert_string_equal(parts[0], "trend");
  assert_string_equal(parts[1], "price");
  assert_string_equal(parts[2], "rain");
  assert_string_equal(parts[3], "remainder");
  for (size_t t = 0; t < N; t++) {
    assert_near(values[2 * N + t], -4 * x[2 * t + 1], 1e-11, 10);
    assert_near(values[t] + values[N + t] + values[2 * N + t] + values[3 * N + t], y[t], 1e-11, 10);
  }
  jv_free(&cx, values);
  jv_forecast_free(&cx, fc);
  /* after an update the parts go on with the new rows */
  const double next[] = {1, 2};
  assert_ok(&cx, jv_fit_update(&cx, fit, next, x + 2 * N, 2));
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &parts, &values));
  assert_near(values[(N + 2) + N + 1], 2 * x[2 * N + 2], 1e-11, 10);
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

static void parts_add_up_and_seasons_sum_to_zero(void **state) {
  (void)state;
  double y[N], *values, sum = 0;
  size_t count;
  const char *const *names;
  make_series(y, N, 2);
  jv_period start = {.ordinal = 12 * 30 + 4, .freq = {JV_FREQ_M, 0}}; /* 2000-05 */
  jv_sample sample = {.y = y, .n = N, .m = 12, .start = &start};
  jv_fit *fit = fit_typed("regression{calendar=\"days,easter\"}", &sample);
  assert_string_equal(fit->form, "Regression on trend, season [12], days, easter");
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 4);
  assert_string_equal(names[1], "season");
  assert_string_equal(names[2], "calendar");
  for (size_t t = 0; t < N; t++) {
    double whole = values[t] + values[N + t] + values[2 * N + t] + values[3 * N + t];
    assert_near(whole, y[t], 1e-12, 100);
    if (t < 12) sum += values[N + t];
  }
  assert_near(sum, 0, 1e-11, 10);
  jv_free(&cx, values);
  jv_fit_free(&cx, fit);
}

static void what_depends_on_others_is_left_out(void **state) {
  (void)state;
  double y[N], x[N], ahead = N + 1;
  make_series(y, N, 2);
  for (size_t t = 0; t < N; t++) x[t] = (double)(t + 1); /* the trend again */
  jv_sample sample = {.y = y, .n = N, .m = 1, .x = x, .k = 1}, plain = {.y = y, .n = N, .m = 1};
  jv_fit *twice = fit_typed("regression", &sample), *once = fit_typed("regression", &plain);
  jv_forecast *a = forecast_of(twice, 1, &ahead), *b = forecast_of(once, 1, NULL);
  assert_near(a->mean[0], b->mean[0], 1e-13, 100);
  assert_near(a->sd[0], b->sd[0], 1e-13, 1);
  assert_near(twice->aicc, once->aicc, 1e-13, 1);
  char *json;
  jv_fit *back;
  assert_ok(&cx, jv_fit_save(&cx, twice, &json));
  assert_ok(&cx, jv_fit_load(&cx, json, strlen(json), &back));
  jv_forecast *again = forecast_of(back, 1, &ahead);
  assert_true(again->mean[0] == a->mean[0] && again->sd[0] == a->sd[0]);
  jv_free(&cx, json);
  jv_forecast_free(&cx, a);
  jv_forecast_free(&cx, b);
  jv_forecast_free(&cx, again);
  jv_fit_free(&cx, twice);
  jv_fit_free(&cx, once);
  jv_fit_free(&cx, back);
}

/* ---- paths ---- */

/* Each step of the paths is the forecast's Student distribution (here with few degrees of freedom),
 * and a sum of steps carries the uncertainty of the coefficients: for a mean alone
 * Var(sum of h) = Var scale of (h sigma^2 + h^2 sigma^2 / n). */
static void paths_carry_the_coefficients_uncertainty(void **state) {
  (void)state;
  enum { PATHS = 20000, LONG = 6 };
  static double paths[PATHS * LONG];
  double y[9], q;
  size_t below = 0;
  make_series(y, 9, 3);
  jv_sample sample = {.y = y, .n = 9, .m = 1};
  jv_fit *fit = fit_typed("regression{trend=false}", &sample);
  jv_forecast *fc = forecast_of(fit, LONG, NULL);
  assert_true(fc->dist == JV_DIST_STUDENT && fc->df == 8);
  assert_ok(&cx, jv_fit_simulate(&cx, fit, LONG, NULL, PATHS, paths));
  assert_ok(&cx, jv_forecast_quantile(&cx, fc, 5, 0.975, &q));
  for (size_t k = 0; k < PATHS; k++)
    if (paths[k * LONG + 5] <= q) below++;
  /* five standard errors of a share of 0.975 */
  assert_near((double)below / PATHS, 0.975, 5 * sqrt(0.975 * 0.025 / PATHS), 1);
  double scale = sqrt(fit->sigma2 * (LONG + LONG * LONG / 9.0)), bound;
  bound = LONG * fc->mean[0] + jv_student_quantile(0.9, 8) * scale;
  below = 0;
  for (size_t k = 0; k < PATHS; k++) {
    double sum = 0;
    for (size_t i = 0; i < LONG; i++) sum += paths[k * LONG + i];
    if (sum <= bound) below++;
  }
  assert_near((double)below / PATHS, 0.9, 5 * sqrt(0.9 * 0.1 / PATHS), 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* ---- refusals ---- */

static void what_is_wrong_is_said(void **state) {
  (void)state;
  double y[N];
  jv_fit *fit = NULL;
  make_series(y, N, 2);
  jv_sample sample = {.y = y, .n = N, .m = 12}, tiny = {.y = y, .n = 10, .m = 12};
  const struct {
    const char *text;
    const jv_sample *sample;
    jv_status code;
    const char *says;
  } cases[] = {
      {"regression{fourier=7}", &sample, JV_EINVAL, "fourier = 7 is more than half of the period"},
      {"regression{fourier=2.5}", &sample, JV_EINVAL, "is a whole number, got 2.5"},
      {"regression{fourier=2,season=none}", &sample, JV_EINVAL, "take the place of option"},
      {"regression{calendar=easter}", &sample, JV_EDATA, "need a series of dated periods"},
      {"regression{calendar=\"days,xmas\"}", &sample, JV_EINVAL, "got 'days,xmas'"},
      {"regression{periods=\"1\"}", &sample, JV_EINVAL, "from 2 on"},
      {"regression{season=dummies}", &tiny, JV_EDATA,
       "regression: 13 coefficients need at least 14 observed values, got 10"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_fails(&cx, try_fit(cases[i].text, cases[i].sample, &fit), cases[i].code, cases[i].says);
}

/* ---- the calendar ---- */

static void easter_falls_on_known_days(void **state) {
  (void)state;
  const jv_date known[] = {{1583, 4, 10}, {1818, 3, 22}, {1943, 4, 25}, {1954, 4, 18},
                           {1981, 4, 19}, {2000, 4, 23}, {2008, 3, 23}, {2024, 3, 31},
                           {2025, 4, 20}, {2038, 4, 25}, {2049, 4, 18}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    assert_int_equal(jv_easter_day(known[i].year), jv_day_of(known[i]));
  for (int year = 1583; year < 2600; year++)
    assert_int_equal(jv_weekday_of(jv_easter_day(year)), 7);
}

static void effects_add_up_over_the_year(void **state) {
  (void)state;
  for (int year = 1990; year < 2030; year++) {
    double easter = 0, trading = 0, days = 0, whole;
    jv_period y = {.ordinal = year - 1970, .freq = {JV_FREQ_A, 12}};
    for (int month = 0; month < 12; month++) {
      jv_period m = {.ordinal = 12 * (year - 1970) + month, .freq = {JV_FREQ_M, 0}};
      easter += jv_calendar_value(JV_CALENDAR_EASTER, m);
      trading += jv_calendar_value(JV_CALENDAR_TRADING, m);
      days += jv_calendar_value(JV_CALENDAR_DAYS, m);
    }
    assert_near(easter, 1, 1e-15, 1);
    whole = jv_calendar_value(JV_CALENDAR_TRADING, y);
    assert_true(trading == whole && days == jv_calendar_value(JV_CALENDAR_DAYS, y));
  }
  jv_period index = {.ordinal = 3, .freq = {JV_FREQ_INDEX, 0}};
  assert_true(isnan(jv_calendar_value(JV_CALENDAR_DAYS, index)));
}

static void waves_repeat_exactly(void **state) {
  (void)state;
  double a[24], b[24];
  char name[JV_FOURIER_NAME];
  assert_int_equal(jv_fourier_columns(24, 12), 23);
  assert_int_equal(jv_fourier_columns(7, 3), 6);
  for (uint64_t t = 0; t < 24; t++) {
    jv_fourier_row(24, 12, t, a);
    jv_fourier_row(24, 12, t + 24 * (UINT64_C(1) << 40), b);
    assert_memory_equal(a, b, 23 * sizeof *a);
    for (size_t j = 0; j < 11; j++)
      assert_near(a[2 * j] * a[2 * j] + a[2 * j + 1] * a[2 * j + 1], 1, 1e-15, 1);
  }
  jv_fourier_name(24, 22, name);
  assert_string_equal(name, "C12-24");
}

/* ---- against R ---- */

static size_t compared;

static bool has_gaps(const reference *r) {
  for (size_t t = 0; t < r->n; t++)
    if (isnan(r->y[t])) return true;
  return false;
}

static void check_tslm(const reference *r) {
  const cJSON *block = conformance_get(r->json, "tslm_trend_season");
  if (!block || has_gaps(r)) return; /* R regresses what na.interp filled */
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m};
  jv_fit *fit = fit_typed("regression", &sample);
  jv_forecast *fc = forecast_of(fit, r->h, NULL);
  const cJSON *ahead = conformance_get(block, "forecast"), *cv = conformance_get(block, "CV");
  double *lower = malloc(2 * r->h * sizeof *lower), *upper = lower + r->h;
  for (double level = 80; level <= 95; level += 15) {
    assert_ok(&cx, jv_forecast_interval(&cx, fc, level, lower, upper));
    for (size_t i = 0; i < r->h; i++) {
      assert_near(fc->mean[i], conformance_at(conformance_get(ahead, "mean"), i), 1e-6, r->size);
      assert_near(lower[i],
                  conformance_at(conformance_get(ahead, level > 90 ? "lower95" : "lower80"), i),
                  1e-6, r->size);
      assert_near(upper[i],
                  conformance_at(conformance_get(ahead, level > 90 ? "upper95" : "upper80"), i),
                  1e-6, r->size);
    }
  }
  double sigma = conformance_number(block, "sigma");
  assert_near(sqrt(fit->sigma2), sigma, 1e-6, r->size);
  /* R's criteria leave out n (log 2 pi + 1); of a constant series both are of rounding noise */
  double left_out = (double)r->n * (log(6.283185307179586) + 1);
  if (sigma > 1e-9 * r->size) {
    assert_near(fit->aic - left_out, conformance_number(cv, "AIC"), 1e-6, 1);
    assert_near(fit->aicc - left_out, conformance_number(cv, "AICc"), 1e-6, 1);
    assert_near(fit->bic - left_out, conformance_number(cv, "BIC"), 1e-6, 1);
  }
  free(lower);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  compared++;
}

/* Rows from the first observation on, and those ahead. */
static void check_waves(const reference *r) {
  const cJSON *block = conformance_get(r->json, "fourier");
  if (!block) return;
  size_t k = (size_t)conformance_number(block, "K"), at = 0, columns = jv_fourier_columns(r->m, k);
  double row[64];
  char name[JV_FOURIER_NAME];
  const cJSON *list[] = {conformance_get(block, "head"), conformance_get(block, "ahead")}, *one;
  for (size_t c = 0; c < columns; c++) {
    jv_fourier_name(r->m, c, name);
    assert_string_equal(name,
                        cJSON_GetArrayItem(conformance_get(block, "names"), (int)c)->valuestring);
  }
  for (size_t part = 0; part < 2; part++, at = r->n) cJSON_ArrayForEach(one, list[part]) {
      jv_fourier_row(r->m, k, ++at, row);
      for (size_t c = 0; c < columns; c++) assert_near(row[c], conformance_at(one, c), 1e-6, 1);
    }
}

static void check_calendar(const reference *r) {
  const cJSON *block = conformance_get(r->json, "calendar");
  if (!block) return;
  jv_period period = {.ordinal = 12 * ((int64_t)conformance_number(r->json, "start") - 1970),
                      .freq = {JV_FREQ_M, 0}};
  for (size_t t = 0; t < r->n; t++, period.ordinal++) {
    double easter = jv_calendar_value(JV_CALENDAR_EASTER, period);
    assert_true(jv_calendar_value(JV_CALENDAR_DAYS, period) ==
                conformance_at(conformance_get(block, "monthdays"), t));
    /* R rounds its thirds to two decimals */
    assert_near(round(100 * easter) / 100, conformance_at(conformance_get(block, "easter"), t),
                1e-12, 1);
  }
}

static void check_reference(const reference *r) {
  check_tslm(r);
  check_waves(r);
  check_calendar(r);
}

static void r_agrees(void **state) {
  (void)state;
  conformance_run("decompose.json", check_reference);
  assert_true(compared >= 3);
}

int main(void) {
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &models) != JV_OK) return 1;
  cx.models = models;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_has_the_textbooks_intervals),
      cmocka_unit_test(all_waves_are_all_dummies),
      cmocka_unit_test(waves_are_chosen_by_aicc),
      cmocka_unit_test(seasons_of_long_periods_are_waves),
      cmocka_unit_test(regressors_come_in_and_explain),
      cmocka_unit_test(parts_add_up_and_seasons_sum_to_zero),
      cmocka_unit_test(what_depends_on_others_is_left_out),
      cmocka_unit_test(paths_carry_the_coefficients_uncertainty),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(easter_falls_on_known_days),
      cmocka_unit_test(effects_add_up_over_the_year),
      cmocka_unit_test(waves_repeat_exactly),
      cmocka_unit_test(r_agrees),
  };
  int failed = cmocka_run_group_tests_name("regression", tests, NULL, NULL);
  jv_registry_free(&cx, models);
  return failed;
}
