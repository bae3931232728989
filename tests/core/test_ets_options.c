/* ETS: what is minimised, what is chosen and why, standard errors, regions and refusals. */
#include "testing.h"
#include "model/builtin.h"
#include "model/ets_forecast.h"
#include "model/registry.h"
#include <cjson/cJSON.h>

static const jv_ets_par free_par = {NAN, NAN, NAN, NAN};
enum { N = 72, M = 4 };

static void make_series(double *y, size_t n, size_t m, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, "series", "ets options", 0);
  double level = 100;
  for (size_t t = 0; t < n; t++) {
    level += 0.5 + 2 * jv_rng_normal(&rng);
    double season = m > 1 ? 1 + 0.2 * sin(6.283185307 * (double)(t % m) / (double)m) : 1;
    y[t] = level * season + jv_rng_normal(&rng);
  }
}

static jv_ets_request request_of(jv_ctx *cx, const char *model, jv_ets_target target) {
  jv_ets_request r = {.given = free_par, .restrict_forms = true, .target = target, .nmse = 3};
  assert_ok(cx, jv_ets_parse_form(cx, model, &r.form, &r.damped));
  if (!strchr(model, 'Z')) r.damped = r.damped == 1;
  return r;
}

/* ---- targets, by definition */

static void add_steps(const jv_ets_run *run, const double *y, size_t left, size_t steps,
                      double *sum, double *count) {
  double ring[M], f;
  const double missing = NAN;
  jv_ets_run ahead = *run;
  ahead.ring = ring;
  memcpy(ring, run->ring, sizeof ring);
  for (size_t j = 0; j < steps && j < left; j++) {
    jv_ets_filter(&ahead, &missing, 1, &f);
    if (isnan(y[j])) continue;
    sum[j] += (y[j] - f) * (y[j] - f);
    count[j] += 1;
  }
}

static double target_at(jv_ets_target target, jv_ets_form form, jv_ets_par par,
                        const double *states, const double *y, size_t n) {
  double ring[M], f, sum[3] = {0}, count[3] = {0};
  jv_ets_run run = {.form = form, .par = par, .ring = ring, .m = M};
  jv_ets_run_set(&run, states);
  for (size_t t = 0; t < n; t++) {
    if (target == JV_ETS_AMSE) add_steps(&run, y + t, n - t, 3, sum, count);
    jv_ets_filter(&run, y + t, 1, &f);
    if (target == JV_ETS_AMSE || isnan(y[t])) continue;
    double r = y[t] - f;
    if (form.error == JV_ETS_MUL && target != JV_ETS_MSE) r /= f;
    sum[0] += target == JV_ETS_MAE ? fabs(r) : r * r;
    count[0] += 1;
  }
  double total = 0;
  for (size_t j = 0; j < 3 && count[j] > 0; j++) total += sum[j] / count[j];
  return target == JV_ETS_AMSE ? total / 3 : total;
}

/* No target is lower at the optimum of another one, nor anywhere near its own. Absolute errors have
 * corners, where rounding them off costs 1e-5. */
static void each_target_is_at_its_least(void **state) {
  (void)state;
  static const char *const models[] = {"ANN", "AAdN", "MAM", "MNA"};
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, M, 3);
  y[30] = NAN;
  for (size_t i = 0; i < 4; i++) {
    jv_ets_estimate est[5];
    for (int t = 0; t < 5; t++) {
      jv_ets_request r = request_of(&cx, models[i], (jv_ets_target)t);
      assert_ok(&cx, jv_ets_estimate_new(&cx, &r, y, N, M, &est[t]));
    }
    for (int t = JV_ETS_AMSE; t < 5; t++) {
      jv_ets_estimate *own = &est[t];
      double least =
          target_at((jv_ets_target)t, own->form, own->par, own->states0, y, N) * (1 - 1e-5);
      for (int o = 0; o < 5; o++)
        assert_true(least <=
                    target_at((jv_ets_target)t, est[o].form, est[o].par, est[o].states0, y, N));
      for (int side = -1; side <= 1; side += 2) {
        jv_ets_par moved = own->par;
        moved.alpha = fmin(fmax(moved.alpha * (1 + 0.02 * side), 1e-4), 0.9999);
        if (!jv_ets_inside(own->form, moved, M, JV_ETS_BOTH)) continue;
        assert_true(least <= target_at((jv_ets_target)t, own->form, moved, own->states0, y, N));
      }
    }
    for (int t = 0; t < 5; t++) jv_ets_estimate_clear(&cx, &est[t]);
  }
}

/* The criterion is that of the likelihood at the parameters found, whatever they minimise. */
static void choices_by_other_targets_compare_likelihoods(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, M, 4);
  for (int t = 0; t < 5; t++) {
    jv_ets_request r = request_of(&cx, "ZZZ", (jv_ets_target)t);
    jv_ets_estimate est;
    assert_ok(&cx, jv_ets_estimate_new(&cx, &r, y, N, M, &est));
    double k = (double)est.n_params;
    assert_near(est.criterion, -2 * est.loglik + 2 * k + 2 * k * (k + 1) / (N - k - 1), 1e-12, 1);
    assert_int_equal(est.n_trials, 15);
    jv_ets_estimate_clear(&cx, &est);
  }
}

/* ---- the choice */

static const jv_ets_trial *chosen_of(const jv_ets_estimate *est) {
  const jv_ets_trial *chosen = NULL;
  for (size_t i = 0; i < est->n_trials; i++) {
    if (est->trials[i].verdict != JV_ETS_CHOSEN) continue;
    assert_null(chosen);
    chosen = &est->trials[i];
  }
  assert_non_null(chosen);
  return chosen;
}

/* By the criterion alone the chosen one is the best; cautiously, the best with its handicap among those
 * that are not biased. */
static void the_trace_says_why(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  for (uint64_t seed = 0; seed < 8; seed++) {
    make_series(y, N, M, seed);
    for (int alone = 0; alone < 2; alone++) {
      jv_ets_request r = request_of(&cx, "ZZZ", JV_ETS_LIKELIHOOD);
      jv_ets_estimate est;
      r.caution = alone ? 0 : 0.5;
      assert_ok(&cx, jv_ets_estimate_new(&cx, &r, y, N, M, &est));
      const jv_ets_trial *chosen = chosen_of(&est);
      assert_near(chosen->criterion, est.criterion, 1e-3, 1); /* searched on after the choice */
      for (size_t i = 0; i < est.n_trials; i++) {
        const jv_ets_trial *t = &est.trials[i];
        if (alone) assert_true(t->handicap == 0 && t->verdict != JV_ETS_BIASED);
        if (t->verdict == JV_ETS_BIASED) continue;
        assert_true(chosen->criterion + chosen->handicap <= t->criterion + t->handicap);
      }
      jv_ets_estimate_clear(&cx, &est);
    }
  }
}

static void additive_only_means_it(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, M, 5);
  jv_ets_request r = request_of(&cx, "ZZZ", JV_ETS_LIKELIHOOD);
  jv_ets_estimate est;
  r.additive_only = true;
  assert_ok(&cx, jv_ets_estimate_new(&cx, &r, y, N, M, &est));
  assert_int_equal(est.n_trials, 6);
  for (size_t i = 0; i < 6; i++) {
    jv_ets_form form = est.trials[i].form;
    assert_true(form.error == JV_ETS_ADD && form.trend != JV_ETS_MUL && form.season != JV_ETS_MUL);
  }
  jv_ets_estimate_clear(&cx, &est);
}

/* ---- explanations */

static cJSON *explanation(jv_ctx *cx, const jv_fit *fit) {
  cJSON *into = cJSON_CreateObject();
  assert_ok(cx, fit->cls->explain(cx, fit, into));
  return into;
}

static double member(const cJSON *row, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, name);
  if (cJSON_IsRaw(item)) return strcmp(item->valuestring, "null") ? atof(item->valuestring) : NAN;
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* Simple smoothing: the variance of alpha's estimate tends to alpha (2 - alpha) / n. Half as much again
 * is left for 2000 observations. */
static void standard_errors_are_those_of_theory(void **state) {
  (void)state;
  enum { LONG = 2000 };
  static double y[LONG];
  double ring[1], room[64] = {0};
  jv_ctx cx;
  jv_fit *fit;
  jv_ctx_init(&cx);
  jv_ets_run run = {.form = {JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false}, .ring = ring, .m = 1};
  run.par = (jv_ets_par){0.4, 0, 0, 1};
  run.level = 100;
  jv_draws draws = {.rng = jv_rng_keyed(5, "errors", "", 0)};
  jv_ets_path(&run, 1, &draws, LONG, y);
  assert_true(jv_model_ets.opt_size <= sizeof room);
  jv_option_defaults(jv_model_ets.options, room);
  assert_ok(&cx, jv_option_set_text(&cx, "ets", jv_model_ets.options, room, "model", "ANN"));
  jv_sample sample = {.y = y, .n = LONG, .m = 1};
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_ets, &sample, room, &fit));
  cJSON *said = explanation(&cx, fit);
  const cJSON *alpha = cJSON_GetObjectItem(said, "coefficients")->child;
  assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(alpha, "name")), "alpha");
  double value = member(alpha, "estimate"), se = member(alpha, "se");
  assert_near(se, sqrt(value * (2 - value) / LONG), 0.05, 0);
  cJSON_Delete(said);
  jv_fit_free(&cx, fit);
}

static void explanations_survive_saving(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_fit *fit, *back;
  jv_registry *registry;
  char *saved;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_registry_new(&cx, &registry));
  cx.models = registry;
  make_series(y, N, M, 6);
  jv_sample sample = {.y = y, .n = N, .m = M};
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_ets, &sample, NULL, &fit));
  assert_ok(&cx, jv_fit_save(&cx, fit, &saved));
  assert_ok(&cx, jv_fit_load(&cx, saved, strlen(saved), &back));
  cJSON *before = explanation(&cx, fit), *after = explanation(&cx, back);
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(before, "trace")), 15);
  assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(before, "steps")) >= 2);
  char *one = cJSON_PrintUnformatted(before), *two = cJSON_PrintUnformatted(after);
  assert_string_equal(one, two);
  cJSON_free(one);
  cJSON_free(two);
  cJSON_Delete(before);
  cJSON_Delete(after);
  jv_free(&cx, saved);
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, back);
  jv_registry_free(&cx, registry);
}

/* ---- regions and refusals */

static jv_status fit_with(jv_ctx *cx, const double *y, const char *model, jv_ets_par given,
                          jv_ets_bounds bounds, jv_ets_estimate *est) {
  jv_ets_request r = request_of(cx, model, JV_ETS_LIKELIHOOD);
  r.given = given;
  r.bounds = bounds;
  jv_status status = jv_ets_estimate_new(cx, &r, y, N, M, est);
  if (status == JV_OK) jv_ets_estimate_clear(cx, est);
  return status;
}

static void given_weights_must_be_possible(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_ets_estimate est;
  jv_ctx_init(&cx);
  make_series(y, N, M, 7);
  jv_ets_par below = {-0.1, NAN, NAN, NAN}, far = {0.5, 3.5, NAN, NAN}, odd = {-0.1, NAN, NAN, 0.5};
  assert_fails(&cx, fit_with(&cx, y, "AAdN", below, JV_ETS_BOTH, &est), JV_EINVAL, "below 0");
  assert_fails(&cx, fit_with(&cx, y, "AAN", far, JV_ETS_ADMISSIBLE, &est), JV_EINVAL,
               "no form is stable");
  assert_ok(&cx, fit_with(&cx, y, "AAdN", odd, JV_ETS_ADMISSIBLE, &est));
  assert_true(est.par.alpha == -0.1 && est.par.phi == 0.5);
  assert_true(jv_ets_inside(est.form, est.par, M, JV_ETS_ADMISSIBLE));
}

/* A difference around a mean is what a level weighted above one takes out: only the admissible region
 * holds it. */
static void the_admissible_region_is_used(void **state) {
  (void)state;
  double y[N];
  jv_ctx cx;
  jv_ets_estimate est;
  jv_rng rng = jv_rng_keyed(8, "admissible", "", 0);
  jv_ctx_init(&cx);
  double level = 100;
  for (size_t t = 0; t < N; t++) {
    double e = jv_rng_normal(&rng);
    y[t] = level + e;
    level += 1.5 * e;
  }
  assert_ok(&cx, fit_with(&cx, y, "ANN", free_par, JV_ETS_ADMISSIBLE, &est));
  assert_near(est.par.alpha, 1.5, 0.3, 0);
  double free_loglik = est.loglik;
  assert_ok(&cx, fit_with(&cx, y, "ANN", free_par, JV_ETS_BOTH, &est));
  assert_true(est.loglik < free_loglik - 1);
}

static jv_status fit_by_amse(jv_ctx *cx) {
  double y[N];
  jv_ets_estimate est = {0};
  make_series(y, N, M, 9);
  jv_ets_request r = {.form = {JV_ETS_MUL, JV_ETS_NONE, JV_ETS_MUL, false},
                      .given = free_par,
                      .target = JV_ETS_AMSE,
                      .nmse = 3};
  jv_status status = jv_ets_estimate_new(cx, &r, y, N, M, &est);
  if (status == JV_OK) jv_ets_estimate_clear(cx, &est);
  return status;
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  testing_starve(fit_by_amse, 40);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_target_is_at_its_least),
      cmocka_unit_test(choices_by_other_targets_compare_likelihoods),
      cmocka_unit_test(the_trace_says_why),
      cmocka_unit_test(additive_only_means_it),
      cmocka_unit_test(standard_errors_are_those_of_theory),
      cmocka_unit_test(explanations_survive_saving),
      cmocka_unit_test(given_weights_must_be_possible),
      cmocka_unit_test(the_admissible_region_is_used),
      cmocka_unit_test(every_failed_allocation_is_clean),
  };
  return cmocka_run_group_tests_name("ets options", tests, NULL, NULL);
}
