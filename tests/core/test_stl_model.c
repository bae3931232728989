/* stl+MODEL: the sum of a seasonal naive and of the member's forecast, in every respect. */
#include "conformance.h"
#include "base/rng.h"
#include "model/builtin.h"
#include "model/composed.h"
#include "numeric/mstl.h"

enum { N = 90, M = 4, H = 10 };
static jv_ctx cx;
static jv_registry *models;

static void make_series(double *y, size_t n) {
  static const double season[] = {6, -2, -7, 3};
  jv_rng rng = jv_rng_keyed(5, "stl_model", NULL, 0);
  for (size_t t = 0; t < n; t++)
    y[t] = 60 + 0.4 * (double)t + season[t % M] + 2 * jv_rng_normal(&rng);
}

static jv_status try_fit(const char *text, const double *y, size_t n, size_t m, jv_fit **out) {
  jv_model_spec spec;
  JV_TRY(jv_model_spec_parse(&cx, text, &spec));
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "s", .common = spec.common};
  jv_status status = jv_fit_new(&cx, spec.cls, &sample, spec.opt, out);
  jv_model_spec_clear(&cx, &spec);
  return status;
}

static jv_fit *fit_typed(const char *text, const double *y, size_t n, size_t m) {
  jv_fit *fit = NULL;
  assert_ok(&cx, try_fit(text, y, n, m, &fit));
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_forecast(&cx, fit, h, NULL, &fc));
  return fc;
}

/* ---- the law: member of the adjusted series, and last year's season ---- */

static void check_sum(const char *member, const char *typed, const double *y, const size_t *periods,
                      size_t n_periods) {
  jv_mstl *d;
  assert_ok(&cx, jv_mstl_new(&cx, y, N, periods, n_periods, NULL, &d));
  jv_fit *whole = fit_typed(typed, y, N, M), *part = fit_typed(member, d->adjusted, N, 1);
  jv_forecast *a = forecast_of(whole, H), *b = forecast_of(part, H);
  double la[H], ua[H], lb[H], ub[H];
  assert_ok(&cx, jv_forecast_interval(&cx, a, 90, la, ua));
  assert_ok(&cx, jv_forecast_interval(&cx, b, 90, lb, ub));
  for (size_t i = 0; i < H; i++) {
    double season = 0;
    for (size_t k = 0; k < d->n_periods; k++)
      season += d->seasonal[k * N + N - d->period[k] + i % d->period[k]];
    assert_near(a->mean[i], b->mean[i] + season, 1e-13, 100);
    assert_near(la[i], lb[i] + season, 1e-13, 100);
    assert_near(ua[i], ub[i] + season, 1e-13, 100);
  }
  for (size_t t = 0; t < N; t++) assert_near(whole->residuals[t], part->residuals[t], 1e-12, 100);
  assert_near(whole->aicc, part->aicc, 1e-14, 1);
  jv_forecast_free(&cx, a);
  jv_forecast_free(&cx, b);
  jv_fit_free(&cx, whole);
  jv_fit_free(&cx, part);
  jv_mstl_free(&cx, d);
}

static void it_is_the_member_and_last_years_season(void **state) {
  (void)state;
  double y[N];
  const size_t one[] = {M}, two[] = {4, 12};
  make_series(y, N);
  check_sum("naive", "stl+naive", y, one, 1);
  check_sum("ets", "stl+ets", y, one, 1);
  check_sum("ets", "stl{window=11}+ets", y, one, 1);
  check_sum("ets{model=\"AAN\"}", "stl+ets{model=\"AAN\"}", y, one, 1);
  check_sum("drift", "stl{periods=\"4,12\"}+drift", y, two, 2);
  y[10] = y[11] = NAN;
  check_sum("naive", "stl+naive", y, one, 1);
}

static void options_reach_the_decomposition(void **state) {
  (void)state;
  double y[N], s[N];
  jv_stl_options opt;
  make_series(y, N);
  jv_option_defaults(jv_stl_option_rows, &opt);
  opt.window.choice = JV_STL_PERIODIC;
  opt.robust = 1;
  assert_ok(&cx, jv_stl(&cx, y, N, M, &opt, s, NULL, NULL, NULL));
  jv_fit *fit = fit_typed("stl{window=periodic,robust=true}+naive", y, N, M);
  size_t count;
  const char *const *names;
  double *parts;
  assert_string_equal(fit->form, "STL[4] + Naive");
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &parts));
  assert_int_equal(count, 4);
  assert_string_equal(names[0], "trend");
  assert_string_equal(names[1], "season");
  assert_string_equal(names[2], "remainder");
  assert_string_equal(names[3], "adjusted");
  for (size_t t = 0; t < N; t++) {
    assert_near(parts[N + t], s[t], 1e-14, 10);
    assert_near(parts[t] + parts[N + t] + parts[2 * N + t], y[t], 1e-13, 100);
    assert_near(parts[3 * N + t] + parts[N + t], y[t], 1e-13, 100);
  }
  jv_free(&cx, parts);
  jv_fit_free(&cx, fit);
  fit = fit_typed("stl{periods=\"4, 12\"}+naive", y, N, 1);
  assert_string_equal(fit->form, "MSTL[4,12] + Naive");
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &parts));
  assert_string_equal(names[2], "season_12");
  jv_free(&cx, parts);
  jv_fit_free(&cx, fit);
}

/* After an update the season goes on by the same year, and the member has taken the rest. */
static void update_keeps_the_season(void **state) {
  (void)state;
  double y[N];
  make_series(y, N);
  jv_fit *fit = fit_typed("stl+naive", y, N - 6, M);
  jv_forecast *before = forecast_of(fit, H);
  assert_ok(&cx, jv_fit_update(&cx, fit, y + N - 6, NULL, 6));
  jv_forecast *after = forecast_of(fit, 4);
  /* the seasonal difference of forecasts is the season's alone, before and after */
  for (size_t i = 0; i + 1 < 4; i++)
    assert_near(after->mean[i + 1] - after->mean[i], before->mean[i + 7] - before->mean[i + 6],
                1e-12, 10);
  jv_forecast_free(&cx, before);
  jv_forecast_free(&cx, after);
  jv_fit_free(&cx, fit);
}

/* The parameters of one fit on another sample: those of the member. */
static void parameters_apply_to_other_samples(void **state) {
  (void)state;
  double y[N];
  make_series(y, N);
  jv_fit *fit = fit_typed("stl+ets{model=\"ANN\"}", y, N, M), *other = NULL;
  jv_sample sample = {.y = y, .n = N - 8, .m = M};
  if (!jv_registry_find(&cx, models, "ets")->apply) {
    assert_fails(&cx, jv_fit_apply(&cx, fit, &sample, &other), JV_EUNSUPPORTED, "stl+: ets");
    jv_fit_free(&cx, fit);
    return;
  }
  assert_ok(&cx, jv_fit_apply(&cx, fit, &sample, &other));
  assert_int_equal(other->n, N - 8);
  assert_true(other->sigma2 == fit->sigma2);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, other);
}

static void what_is_wrong_is_said(void **state) {
  (void)state;
  double y[N];
  jv_fit *fit = NULL;
  make_series(y, N);
  const struct {
    const char *text;
    jv_status code;
    const char *says;
  } cases[] = {
      {"stl+nothing", JV_ENOTFOUND, "stl+: no model 'nothing'"},
      {"stl+ets{model=\"QQQ\"}", JV_EINVAL, "stl+: ets"},
      {"stl{periods=\"4;12\"}+ets", JV_EINVAL, "a list of whole numbers from 2 on"},
      {"stl{periods=1}+ets", JV_EINVAL, "option 'periods' takes a text"},
      {"stl{window=often}+ets", JV_EINVAL, "a number or one of periodic, got 'often'"},
      {"stl{windwo=7}+ets", JV_EINVAL, "did you mean 'window'?"},
      {"stl+ets{lambda=0}", JV_EINVAL, "options of the whole, stl{lambda=0}+ets"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_fails(&cx, try_fit(cases[i].text, y, N, M, &fit), cases[i].code, cases[i].says);
  fit = fit_typed("stl{lambda=0}+naive", y, N, M);
  jv_fit_free(&cx, fit);
}

/* ---- against R's stlf ---- */

static size_t compared;

static void check_stlf(const reference *r) {
  const cJSON *block = conformance_get(r->json, "stlf_naive");
  bool gaps = false;
  for (size_t t = 0; t < r->n; t++) gaps = gaps || isnan(r->y[t]);
  if (!block || gaps) return; /* gaps: filled by a robust STL, see numeric/stl.c */
  jv_fit *fit = fit_typed("stl+naive", r->y, r->n, r->m);
  jv_forecast *fc = forecast_of(fit, r->h);
  double *lower = malloc(2 * r->h * sizeof *lower), *upper = lower + r->h;
  for (double level = 80; level <= 95; level += 15) {
    assert_ok(&cx, jv_forecast_interval(&cx, fc, level, lower, upper));
    const cJSON *low = conformance_get(block, level > 90 ? "lower95" : "lower80");
    const cJSON *high = conformance_get(block, level > 90 ? "upper95" : "upper80");
    for (size_t i = 0; i < r->h; i++) {
      assert_near(fc->mean[i], conformance_at(conformance_get(block, "mean"), i), 1e-6, r->size);
      assert_near(lower[i], conformance_at(low, i), 1e-6, r->size);
      assert_near(upper[i], conformance_at(high, i), 1e-6, r->size);
    }
  }
  free(lower);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  compared++;
}

static void stlf_naive_agrees(void **state) {
  (void)state;
  conformance_run("decompose.json", check_stlf);
  assert_true(compared >= 3);
}

int main(void) {
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &models) != JV_OK) return 1;
  cx.models = models;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_the_member_and_last_years_season),
      cmocka_unit_test(options_reach_the_decomposition),
      cmocka_unit_test(update_keeps_the_season),
      cmocka_unit_test(parameters_apply_to_other_samples),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(stlf_naive_agrees),
  };
  int failed = cmocka_run_group_tests_name("stl_model", tests, NULL, NULL);
  jv_registry_free(&cx, models);
  return failed;
}
