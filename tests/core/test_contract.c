/* The contract: what every registered model owes, one test for each pair of model and duty
 * (test_contract ets: of one model). What lies around the models: test_contract_around.c. */
#include "contract.h"

/* Near the series (90 to 160). A trend without a season takes the season's last leg for its own and
 * may go anywhere with it. */
static void check_sane(bench *b, const jv_forecast *fc, size_t m) {
  bool fits = m == 1 || (b->cls->tags & JV_TAG_SEASONAL);
  for (size_t i = 0; i < fc->h && fits; i++) assert_true(fc->mean[i] > 50 && fc->mean[i] < 250);
}

/* ---- duties ---- */

static void says_what_it_is(bench *b) {
  const jv_model_class *cls = b->cls;
  assert_true(cls->name && cls->title && cls->doc && cls->source);
  assert_true(strlen(cls->doc) > 40 && strlen(cls->source) > 10);
  assert_int_equal(!!(cls->tags & JV_TAG_SIMULATE), cls->simulate != NULL);
  assert_int_equal(!!(cls->tags & JV_TAG_COMPONENTS), cls->components != NULL);
  assert_int_equal(!!(cls->tags & JV_TAG_UPDATE), cls->update != NULL);
  assert_true(cls->fit && cls->forecast && cls->save && cls->load);
  for (const jv_option *row = cls->options; row && row->name; row++)
    assert_true(row->doc && row->doc[0] && row->offset < cls->opt_size);
}

static void fits_and_forecasts(bench *b) {
  double y[MOST_N];
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    jv_fit *fit = fit_series(b, y, n, m);
    jv_forecast *fc = forecast(b, fit, 3 * m);
    assert_true(fit->form[0] && fit->n == n && fit->m == m);
    check_intervals(b, fc);
    check_sane(b, fc, m);
    size_t found = 0;
    for (size_t t = 0; t < n; t++) {
      assert_near(fit->residuals[t], y[t] - fit->fitted[t], 1e-12, 100); /* roundings of 100 */
      if (!isnan(fit->fitted[t])) found++;
    }
    assert_true(found + 2 * m + 2 >= n);
    jv_forecast_free(&b->cx, fc);
    jv_fit_free(&b->cx, fit);
  }
}

static void horizon_changes_no_digit(bench *b) {
  EACH_SEASON(m) {
    jv_fit *fit = fit_standard(b, m);
    jv_forecast *full = forecast(b, fit, 3 * m);
    double p = 0.9, q, want;
    for (size_t h = 1; h < 3 * m; h++) {
      jv_forecast *fc = forecast(b, fit, h);
      assert_memory_equal(fc->mean, full->mean, h * sizeof *fc->mean);
      assert_ok(&b->cx, jv_forecast_quantile(&b->cx, fc, h - 1, p, &q));
      assert_ok(&b->cx, jv_forecast_quantile(&b->cx, full, h - 1, p, &want));
      assert_true(q == want);
      jv_forecast_free(&b->cx, fc);
    }
    jv_forecast_free(&b->cx, full);
    jv_fit_free(&b->cx, fit);
  }
}

static void missing_values_as_tagged(bench *b) {
  double y[MOST_N];
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    y[0] = y[5] = y[6] = y[n - 1] = NAN;
    jv_sample sample = sample_of(y, n, m);
    jv_fit *fit = NULL;
    jv_status status = jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit);
    if (!(b->cls->tags & JV_TAG_MISSING)) {
      check_refusal(b, status, JV_EDATA);
      assert_non_null(strstr(b->cx.message, "observation 1 is missing"));
      continue;
    }
    assert_ok(&b->cx, status);
    jv_forecast *fc = forecast(b, fit, 2 * m);
    check_intervals(b, fc);
    check_sane(b, fc, m);
    assert_true(isnan(fit->residuals[5]) && isnan(fit->residuals[n - 1]));
    jv_forecast_free(&b->cx, fc);
    jv_fit_free(&b->cx, fit);
  }
}

static void a_constant_goes_on(bench *b) {
  double y[MOST_N];
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    for (size_t t = 0; t < n; t++) y[t] = 0.1;
    jv_fit *fit = fit_series(b, y, n, m);
    jv_forecast *fc = forecast(b, fit, 2 * m);
    check_intervals(b, fc);
    /* 1e-6: where a recursion's start is searched for */
    for (size_t i = 0; i < fc->h; i++) assert_near(fc->mean[i], 0.1, 1e-6, 0.1);
    jv_forecast_free(&b->cx, fc);
    jv_fit_free(&b->cx, fit);
  }
}

static void short_series_work_or_are_refused(bench *b) {
  double y[MOST_N];
  EACH_SEASON(m) {
    make_series(m, y);
    for (size_t n = 0; n <= 10; n++) {
      jv_sample sample = sample_of(y, n, m);
      jv_fit *fit = NULL;
      jv_status status = jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit);
      if (status != JV_OK) {
        assert_null(fit);
        check_refusal(b, status, JV_EDATA);
        continue;
      }
      jv_forecast *fc = forecast(b, fit, m + 1);
      check_intervals(b, fc);
      jv_forecast_free(&b->cx, fc);
      jv_fit_free(&b->cx, fit);
    }
  }
}

static void zeros_and_negatives_work_or_are_refused(bench *b) {
  double y[MOST_N];
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    for (size_t t = 0; t < n; t++) y[t] = t % 3 ? 0 : y[t] - 110;
    jv_sample sample = sample_of(y, n, m);
    jv_fit *fit = NULL;
    jv_status status = jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit);
    if (b->cls->tags & JV_TAG_POSITIVE) {
      check_refusal(b, status, JV_EDATA);
      continue;
    }
    assert_ok(&b->cx, status);
    jv_forecast *fc = forecast(b, fit, 2 * m);
    check_intervals(b, fc);
    jv_forecast_free(&b->cx, fc);
    jv_fit_free(&b->cx, fit);
  }
}

/* Powers of two and of ten: from 1e-12 to 1e12 the forecast is the same times the factor. */
static void scale_carries_through(bench *b) {
  static const double factors[] = {1e12, 1e-12, 1024, 1.0 / 3};
  double y[MOST_N], z[MOST_N];
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    jv_fit *fit = fit_series(b, y, n, m);
    jv_forecast *fc = forecast(b, fit, 2 * m);
    for (size_t k = 0; k < 4; k++) {
      for (size_t t = 0; t < n; t++) z[t] = y[t] * factors[k];
      jv_fit *other = fit_series(b, z, n, m);
      jv_forecast *scaled = forecast(b, other, 2 * m);
      /* 1e-5 of the level: a search ends elsewhere when the last bits of y differ */
      for (size_t i = 0; i < fc->h; i++)
        assert_near(scaled->mean[i] / factors[k], fc->mean[i], 1e-5, 1);
      check_intervals(b, scaled);
      jv_forecast_free(&b->cx, scaled);
      jv_fit_free(&b->cx, other);
    }
    jv_forecast_free(&b->cx, fc);
    jv_fit_free(&b->cx, fit);
  }
}

static void season_as_tagged(bench *b) {
  double y[MOST_N];
  size_t n = make_series(4, y);
  jv_fit *with = fit_series(b, y, n, 4), *without = fit_series(b, y, n, 1);
  jv_forecast *seasonal = forecast(b, with, 4), *plain = forecast(b, without, 4);
  double apart = 0;
  for (size_t i = 0; i < 4; i++) apart = fmax(apart, fabs(seasonal->mean[i] - plain->mean[i]));
  if (b->cls->tags & JV_TAG_SEASONAL)
    assert_true(apart > 1); /* the season swings by 10 */
  else
    assert_true(apart == 0);
  jv_forecast_free(&b->cx, seasonal);
  jv_forecast_free(&b->cx, plain);
  jv_fit_free(&b->cx, with);
  jv_fit_free(&b->cx, without);
}

static void paths_are_keyed_and_centred(bench *b) {
  enum { PATHS = 4000, H = 6 };
  static double paths[PATHS * H], again[PATHS * H], longer[10 * 2 * H];
  jv_fit *fit = fit_standard(b, 4);
  jv_forecast *fc = forecast(b, fit, H);
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, H, NULL, PATHS, paths));
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, H, NULL, PATHS, again));
  assert_memory_equal(paths, again, sizeof paths);
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, 2 * H, NULL, 10, longer));
  if (b->cls->simulate)
    for (size_t k = 0; k < 10; k++)
      assert_memory_equal(longer + k * 2 * H, paths + k * H, H * sizeof *paths);
  fit->seed = 1;
  assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, H, NULL, 10, again));
  assert_memory_not_equal(again, paths, 10 * H * sizeof *paths); /* one draw may come again */
  for (size_t i = 0; i < H && fc->dist == JV_DIST_NORMAL; i++) {
    double sum = 0, square = 0;
    for (size_t k = 0; k < PATHS; k++) sum += paths[k * H + i];
    double mean = sum / PATHS;
    for (size_t k = 0; k < PATHS; k++) square += pow(paths[k * H + i] - mean, 2);
    /* five standard errors, of the mean and of the deviation */
    if (fabs(mean - fc->mean[i]) > 5 * fc->sd[i] / sqrt(PATHS))
      fail_msg("paths average %g at step %zu, the mean is %g", mean, i + 1, fc->mean[i]);
    assert_near(sqrt(square / PATHS), fc->sd[i], 5 / sqrt(2.0 * PATHS), 0);
  }
  jv_forecast_free(&b->cx, fc);
  jv_fit_free(&b->cx, fit);
}

static void assert_same_forecast(bench *b, const jv_fit *a, const jv_fit *c, size_t h) {
  double q[2];
  jv_forecast *x = forecast(b, a, h), *z = forecast(b, c, h);
  assert_int_equal(x->dist, z->dist);
  assert_memory_equal(x->mean, z->mean, h * sizeof *x->mean);
  for (size_t i = 0; i < h; i++) {
    assert_ok(&b->cx, jv_forecast_quantile(&b->cx, x, i, 0.9, &q[0]));
    assert_ok(&b->cx, jv_forecast_quantile(&b->cx, z, i, 0.9, &q[1]));
    assert_memory_equal(&q[0], &q[1], sizeof q[0]);
  }
  jv_forecast_free(&b->cx, x);
  jv_forecast_free(&b->cx, z);
}

static void saved_fits_come_back(bench *b) {
  EACH_SEASON(m) {
    jv_fit *fit = fit_standard(b, m), *back;
    char *json, *twice;
    assert_ok(&b->cx, jv_fit_save(&b->cx, fit, &json));
    assert_ok(&b->cx, jv_fit_load(&b->cx, json, strlen(json), &back));
    assert_same_forecast(b, fit, back, 2 * m);
    assert_string_equal(fit->form, back->form);
    assert_memory_equal(fit->fitted, back->fitted, fit->n * sizeof *fit->fitted);
    assert_ok(&b->cx, jv_fit_save(&b->cx, back, &twice));
    assert_string_equal(json, twice);
    double one[3], two[3];
    assert_ok(&b->cx, jv_fit_simulate(&b->cx, fit, 3, NULL, 1, one));
    assert_ok(&b->cx, jv_fit_simulate(&b->cx, back, 3, NULL, 1, two));
    assert_memory_equal(one, two, sizeof one);
    if (b->cls->update) {
      const double next[] = {130, 131};
      assert_ok(&b->cx, jv_fit_update(&b->cx, fit, next, NULL, 2));
      assert_ok(&b->cx, jv_fit_update(&b->cx, back, next, NULL, 2));
      assert_same_forecast(b, fit, back, m + 1);
    }
    jv_free(&b->cx, json);
    jv_free(&b->cx, twice);
    jv_fit_free(&b->cx, fit);
    jv_fit_free(&b->cx, back);
  }
}

/* The fitted value of a new observation is the forecast made before it; and it does not matter
 * whether observations come one by one. */
static void update_goes_on(bench *b) {
  double y[MOST_N], next[] = {120, 128, 119, 125, 131};
  if (!b->cls->update) return;
  EACH_SEASON(m) {
    size_t n = make_series(m, y);
    jv_fit *one = fit_series(b, y, n, m), *all = fit_series(b, y, n, m);
    if (b->cls->tags & JV_TAG_MISSING) next[2] = NAN;
    assert_ok(&b->cx, jv_fit_update(&b->cx, all, next, NULL, 5));
    for (size_t i = 0; i < 5; i++) {
      jv_forecast *fc = forecast(b, one, 1);
      assert_ok(&b->cx, jv_fit_update(&b->cx, one, &next[i], NULL, 1));
      assert_int_equal(one->n, n + i + 1);
      assert_near(one->fitted[n + i], fc->mean[0], 1e-12, 1); /* the order of two products */
      assert_near(one->residuals[n + i], next[i] - one->fitted[n + i], 1e-12, 100);
      jv_forecast_free(&b->cx, fc);
    }
    assert_memory_equal(one->fitted, all->fitted, all->n * sizeof *all->fitted);
    assert_same_forecast(b, one, all, m + 2);
    const double bad = INFINITY;
    assert_int_equal(jv_fit_update(&b->cx, one, &bad, NULL, 1), JV_EDATA);
    assert_int_equal(one->n, n + 5);
    jv_fit_free(&b->cx, one);
    jv_fit_free(&b->cx, all);
  }
}

static void components_have_names(bench *b) {
  jv_fit *fit = fit_standard(b, 4);
  size_t count = 0;
  const char *const *names = NULL;
  double *values = NULL;
  jv_status status = jv_fit_components(&b->cx, fit, &count, &names, &values);
  if (b->cls->components) {
    assert_ok(&b->cx, status);
    assert_true(count > 0);
    for (size_t k = 0; k < count; k++) {
      assert_true(names[k] && names[k][0]);
      double last = values[k * fit->n + fit->n - 1];
      assert_true(last == last);
    }
  } else
    assert_int_equal(status, JV_EUNSUPPORTED);
  jv_free(&b->cx, values);
  jv_fit_free(&b->cx, fit);
}

/* Fit, forecast, paths, components, update, save and load with the k-th allocation failing. */
static jv_status whole_life(bench *b, const jv_sample *sample) {
  jv_ctx *cx = &b->cx;
  jv_fit *fit = NULL, *back = NULL;
  jv_forecast *fc = NULL;
  double paths[8], next = 120, q, *values = NULL;
  char *json = NULL;
  size_t count;
  const char *const *names;
  jv_status s = jv_fit_new(cx, b->cls, sample, NULL, &fit);
  if (s == JV_OK) s = jv_fit_forecast(cx, fit, 4, NULL, &fc);
  if (s == JV_OK) s = jv_forecast_quantile(cx, fc, 3, 0.9, &q);
  if (s == JV_OK) s = jv_fit_simulate(cx, fit, 4, NULL, 2, paths);
  if (s == JV_OK && b->cls->components) s = jv_fit_components(cx, fit, &count, &names, &values);
  if (s == JV_OK) s = jv_fit_save(cx, fit, &json);
  if (s == JV_OK) s = jv_fit_load(cx, json, strlen(json), &back);
  if (s == JV_OK && b->cls->update) s = jv_fit_update(cx, fit, &next, NULL, 1);
  b->memory.fail_at = 0;
  jv_free(cx, values);
  jv_free(cx, json);
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
  jv_fit_free(cx, back);
  return s;
}

static void memory_failures_leave_nothing(bench *b) {
  double y[MOST_N];
  size_t live = b->memory.live, n = make_series(4, y), k = 1;
  jv_sample sample = sample_of(y, n, 4);
  for (;; k++) {
    b->memory.fail_at = b->memory.calls + k;
    jv_status status = whole_life(b, &sample);
    assert_int_equal(b->memory.live, live);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
  }
  assert_true(k > 5);
}

static void refuses(bench *b, jv_status status, const char *name) {
  assert_int_equal(status, JV_EINVAL);
  assert_non_null(strstr(b->cx.message, name));
}

static void options_are_checked(bench *b) {
  const jv_option *rows = b->cls->options;
  void *opt = calloc(1, b->cls->opt_size + 1);
  const char *what = b->cls->name;
  jv_option_defaults(rows, opt);
  refuses(b, jv_option_set_number(&b->cx, what, rows, opt, "no such option", 1), "no such option");
  for (const jv_option *row = rows; row && row->name; row++) {
    const char *name = row->name;
    bool number =
        row->type == JV_OPT_REAL || row->type == JV_OPT_INT || row->type == JV_OPT_REAL_OR_CHOICE;
    refuses(b, jv_option_set_number(&b->cx, what, rows, opt, name, NAN), name);
    refuses(b, jv_option_set_number(&b->cx, what, rows, opt, name, INFINITY), name);
    if (number) {
      refuses(b,
              jv_option_set_number(&b->cx, what, rows, opt, name, row->min - (1 + fabs(row->min))),
              name);
      refuses(b,
              jv_option_set_number(&b->cx, what, rows, opt, name, row->max + (1 + fabs(row->max))),
              name);
    }
    if (number && row->type != JV_OPT_REAL_OR_CHOICE)
      refuses(b, jv_option_set_text(&b->cx, what, rows, opt, name, "1"), name);
    if (row->type != JV_OPT_FLAG)
      refuses(b, jv_option_set_flag(&b->cx, what, rows, opt, name, true), name);
    if (row->choices)
      refuses(b, jv_option_set_text(&b->cx, what, rows, opt, name, "no such choice"), name);
    if (row->type == JV_OPT_INT)
      refuses(b, jv_option_set_number(&b->cx, what, rows, opt, name, row->min + 0.5), name);
  }
  free(opt);
}

/* One option set; the fit works and holds its intervals, or is refused by name. */
static void try_option(bench *b, const void *opt) {
  double y[MOST_N];
  size_t n = make_series(4, y);
  jv_sample sample = sample_of(y, n, 4);
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(&b->cx, b->cls, &sample, opt, &fit);
  if (status != JV_OK) {
    check_refusal(b, status, status == JV_EINVAL ? JV_EINVAL : JV_EUNSUPPORTED);
    return;
  }
  jv_forecast *fc = forecast(b, fit, 8);
  check_intervals(b, fc);
  char *json;
  jv_fit *back;
  assert_ok(&b->cx, jv_fit_save(&b->cx, fit, &json));
  assert_ok(&b->cx, jv_fit_load(&b->cx, json, strlen(json), &back));
  assert_same_forecast(b, fit, back, 8);
  jv_free(&b->cx, json);
  jv_fit_free(&b->cx, back);
  jv_forecast_free(&b->cx, fc);
  jv_fit_free(&b->cx, fit);
}

static void try_choices(bench *b, const jv_option *row, void *opt) {
  char word[JV_OPT_TEXT_SIZE];
  for (const char *at = row->choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
    snprintf(word, sizeof word, "%.*s", (int)strcspn(at, "|"), at);
    jv_option_defaults(b->cls->options, opt);
    assert_ok(&b->cx, jv_option_set_text(&b->cx, "x", b->cls->options, opt, row->name, word));
    try_option(b, opt);
  }
}

static void every_option_works_at_its_ends(bench *b) {
  const jv_option *rows = b->cls->options;
  void *opt = calloc(1, b->cls->opt_size + 1);
  for (const jv_option *row = rows; row && row->name; row++) {
    if (row->choices) try_choices(b, row, opt);
    for (int end = 0; end < 2; end++) {
      double value = end ? row->max : row->min;
      jv_option_defaults(rows, opt);
      if (row->type == JV_OPT_FLAG)
        assert_ok(&b->cx, jv_option_set_flag(&b->cx, "x", rows, opt, row->name, end));
      else if (row->type == JV_OPT_REAL || row->type == JV_OPT_INT ||
               row->type == JV_OPT_REAL_OR_CHOICE)
        assert_ok(&b->cx, jv_option_set_number(&b->cx, "x", rows, opt, row->name,
                                               fmin(fmax(value, -1e6), 1e6)));
      else
        continue;
      try_option(b, opt);
    }
  }
  free(opt);
}

static bool yes(void *ud) {
  (void)ud;
  return true;
}

static void a_cancelled_fit_stops(bench *b) {
  double y[MOST_N];
  size_t n = make_series(4, y);
  jv_sample sample = sample_of(y, n, 4);
  jv_fit *fit = NULL;
  b->cx.cancelled = yes;
  assert_int_equal(jv_fit_new(&b->cx, b->cls, &sample, NULL, &fit), JV_ECANCEL);
  assert_null(fit);
}

/* ---- the product of models and duties ---- */

static const duty duties[] = {
#define DUTY(name)                                                                                 \
  { #name, name }
    DUTY(says_what_it_is),
    DUTY(fits_and_forecasts),
    DUTY(horizon_changes_no_digit),
    DUTY(missing_values_as_tagged),
    DUTY(a_constant_goes_on),
    DUTY(short_series_work_or_are_refused),
    DUTY(zeros_and_negatives_work_or_are_refused),
    DUTY(scale_carries_through),
    DUTY(season_as_tagged),
    DUTY(paths_are_keyed_and_centred),
    DUTY(saved_fits_come_back),
    DUTY(update_goes_on),
    DUTY(components_have_names),
    DUTY(memory_failures_leave_nothing),
    DUTY(options_are_checked),
    DUTY(every_option_works_at_its_ends),
    DUTY(a_cancelled_fit_stops),
#undef DUTY
};
enum { DUTIES = sizeof duties / sizeof duties[0] };

int main(int argc, char **argv) { return run_contract("contract", duties, DUTIES, argc, argv); }
