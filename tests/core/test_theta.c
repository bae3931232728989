/* Theta: the answers of R forecast 8.20 (thetaf), the two theta lines, given parameters, gaps. */
#include "testing.h"
#include "conformance.h"
#include "model/builtin.h"
#include "model/smooth.h"

static jv_ctx cx;

typedef struct theta_opt {
  double alpha, level;
  int seasonal;
} theta_opt;

static jv_fit *fit_with(const double *y, size_t n, size_t m, theta_opt opt) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "test", .seed = 0};
  jv_fit *fit = NULL;
  if (jv_fit_new(&cx, &jv_model_theta, &sample, &opt, &fit) != JV_OK) fail_msg("%s", cx.message);
  return fit;
}

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  if (jv_fit_forecast(&cx, fit, h, NULL, &fc) != JV_OK) fail_msg("%s", cx.message);
  return fc;
}

/* ---- against R ---- */

/* Start level of smoothing out of a fit's own output: the first fitted value without the season. */
static double start_of(const jv_fit *fit) {
  size_t count;
  const char *const *names;
  double *values = NULL, start = NAN;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  start = values[0];
  jv_free(&cx, values);
  return start;
}

/* R does not record its start level. At R's alpha the sum of squares is a parabola in it, with the
 * floor that our fit finds; R's sum leaves two candidates, one of which is its start. */
static double distance_to_start(const reference *r, const jv_fit *fit, double alpha,
                                double sigma2) {
  double keep = pow(1 - alpha, 2), cc = (1 - pow(keep, (double)r->n)) / (1 - keep);
  return sqrt(fmax(0, (sigma2 - fit->sigma2) * (double)(r->n - 2) / cc));
}

static double mean_error(const reference *r, const jv_forecast *fc, const double *want) {
  double worst = 0;
  for (size_t i = 0; i < r->h; i++) worst = fmax(worst, fabs(fc->mean[i] - want[i]) / r->size);
  return worst;
}

static void check_ends(const reference *r, jv_forecast *fc, const cJSON *answer) {
  double lower[400], upper[400];
  size_t n;
  double *low = conformance_list(conformance_get(answer, "lower95"), &n);
  double *high = conformance_list(conformance_get(answer, "upper95"), &n);
  assert_ok(&cx, jv_forecast_interval(&cx, fc, 95, lower, upper));
  for (size_t i = 0; i < r->h; i++) {
    assert_near(lower[i], low[i], 1e-8, r->size);
    assert_near(upper[i], high[i], 1e-8, r->size);
  }
  free(low);
  free(high);
}

static void check_given(const reference *r, const cJSON *answer, const double *want) {
  double alpha = conformance_number(answer, "alpha"), sigma2 = conformance_number(answer, "sigma2");
  jv_fit *fit = fit_with(r->y, r->n, r->m, (theta_opt){alpha, NAN, 0});
  double start = start_of(fit), d = distance_to_start(r, fit, alpha, sigma2), error = INFINITY;
  assert_true(fit->sigma2 <= sigma2 * (1 + 1e-12)); /* the best start is no worse than R's */
  jv_fit_free(&cx, fit);
  for (int side = -1; side <= 1 && error > 1e-8; side += 2) {
    fit = fit_with(r->y, r->n, r->m, (theta_opt){alpha, start + side * d, 0});
    jv_forecast *fc = forecast_of(fit, r->h);
    error = mean_error(r, fc, want);
    if (error <= 1e-8) check_ends(r, fc, answer);
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
  if (error > 1e-8) fail_msg("%s: off by %g of the largest value", r->name, error);
}

/* Estimated freely: no worse a fit, and the forecast close by (R stops its search early; by up to
 * 2e-3 of the largest value where the sum of squares is flat in the start level). */
static void check_free(const reference *r, const cJSON *answer, const double *want) {
  jv_fit *fit = fit_with(r->y, r->n, r->m, (theta_opt){NAN, NAN, 0});
  jv_forecast *fc = forecast_of(fit, r->h);
  assert_true(fit->sigma2 <= conformance_number(answer, "sigma2") * (1 + 1e-12));
  assert_true(mean_error(r, fc, want) < 2e-3);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void check_series(const reference *r) {
  const cJSON *answer = conformance_get(r->json, "thetaf");
  size_t n;
  /* short5: R fits fewer than seven values by another method, with another variance */
  if (!answer || r->n < 7) return;
  double *want = conformance_list(conformance_get(answer, "mean"), &n);
  assert_int_equal(n, r->h);
  check_given(r, answer, want);
  check_free(r, answer, want);
  free(want);
}

static void theta_agrees_with_the_reference(void **state) {
  (void)state;
  assert_true(conformance_run("simple.json", check_series) >= 10);
}

/* ---- laws ---- */

static size_t make_line(double *y, size_t n) {
  jv_rng rng = jv_rng_keyed(11, NULL, NULL, 0);
  for (size_t t = 0; t < n; t++) y[t] = 20 + 0.7 * (double)t + 3 * jv_rng_normal(&rng);
  return n;
}

/* The definition of 2000: the mean of the line (theta = 0) and of smoothing 2y - line (theta = 2). */
static void it_is_the_mean_of_two_theta_lines(void **state) {
  (void)state;
  double y[40], sum = 0, tt = 0, ty = 0, level, alpha = 0.3, start = 21;
  size_t n = make_line(y, 40);
  for (size_t t = 0; t < n; t++) sum += y[t];
  for (size_t t = 0; t < n; t++) {
    tt += ((double)t - 19.5) * ((double)t - 19.5);
    ty += ((double)t - 19.5) * (y[t] - sum / 40);
  }
  double slope = ty / tt, origin = sum / 40 - slope * 19.5;
  level = 2 * start - origin;
  for (size_t t = 0; t < n; t++) level += alpha * (2 * y[t] - (origin + slope * (double)t) - level);
  jv_fit *fit = fit_with(y, n, 1, (theta_opt){alpha, start, 0});
  jv_forecast *fc = forecast_of(fit, 6);
  for (size_t i = 0; i < 6; i++) {
    double line = origin + slope * (double)(n + i);
    assert_near(fc->mean[i], (line + level) / 2, 1e-13, 1); /* about 40 roundings */
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void alpha_at_its_ends(void **state) {
  (void)state;
  double y[40];
  size_t n = make_line(y, 40);
  jv_fit *fit = fit_with(y, n, 1, (theta_opt){1, 20, 0});
  jv_forecast *fc = forecast_of(fit, 2);
  double drift = fc->mean[1] - fc->mean[0];
  assert_near(fc->mean[0], y[39] + drift, 1e-14, 1); /* a walk with half the slope */
  assert_near(fc->sd[1], fc->sd[0] * sqrt(2), 1e-14, 1);
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  fit = fit_with(y, n, 1, (theta_opt){0, 20, 0});
  fc = forecast_of(fit, 1);
  assert_near(fc->mean[0], 20 + 40 * drift, 1e-13, 1); /* the level never moves */
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* Given alpha, smoothing finds the start that a direct least-squares solution has. */
static void smoothing_is_least_squares(void **state) {
  (void)state;
  double y[40], alpha = 0.2, best = INFINITY, at = 0;
  size_t n = make_line(y, 40);
  jv_smooth s = jv_smooth_fit(y, n, alpha, NAN);
  for (int i = -1; i <= 1; i++) {
    jv_smooth near = jv_smooth_fit(y, n, alpha, s.start + 1e-3 * i);
    if (near.sse < best) {
      best = near.sse;
      at = i;
    }
  }
  assert_true(at == 0);
  assert_near(best, s.sse, 1e-12, 1);
  double level = s.start, sse = 0;
  for (size_t t = 0; t < n; t++) {
    sse += (y[t] - level) * (y[t] - level);
    level = alpha * y[t] + (1 - alpha) * level;
  }
  assert_near(s.level, level, 1e-13, 1);
  assert_near(s.sse, sse, 1e-12, 1);
  jv_smooth free_fit = jv_smooth_fit(y, n, NAN, NAN);
  for (int i = 1; i < 100; i++)
    assert_true(free_fit.sse <= jv_smooth_fit(y, n, i / 100.0, NAN).sse);
}

static void gaps_move_the_line_and_widen(void **state) {
  (void)state;
  double y[20];
  for (size_t t = 0; t < 20; t++) y[t] = 10 + 2 * (double)t;
  y[7] = y[18] = y[19] = NAN;
  jv_fit *fit = fit_with(y, 20, 1, (theta_opt){1, 10, 0});
  jv_forecast *fc = forecast_of(fit, 2);
  /* the last value, 44 at position 17, and half the slope for each of the three steps since */
  assert_near(fc->mean[0], 44 + 3 * 1.0, 1e-14, 1);
  assert_near(fc->sd[0], sqrt(fit->sigma2 * 3), 1e-14, 1);
  assert_true(isnan(fit->residuals[7]) && !isnan(fit->fitted[7]));
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  jv_sample sample = {.y = y, .n = 2, .m = 1};
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_theta, &sample, NULL, &fit), JV_EDATA,
               "theta: needs at least 3 observed values, got 2");
}

static void a_season_is_asked_for_or_left(void **state) {
  (void)state;
  double y[24];
  for (size_t t = 0; t < 24; t++) y[t] = 50 + (t % 4 == 2 ? 20 : 0) + (double)(t % 3);
  jv_fit *fit = fit_with(y, 24, 4, (theta_opt){NAN, NAN, 0});
  assert_string_equal(fit->form, "Theta, multiplicative season [4]");
  jv_fit_free(&cx, fit);
  fit = fit_with(y, 24, 4, (theta_opt){NAN, NAN, 1});
  assert_string_equal(fit->form, "Theta");
  jv_fit_free(&cx, fit);
  fit = fit_with(y, 24, 4, (theta_opt){NAN, NAN, 3});
  assert_string_equal(fit->form, "Theta, additive season [4]");
  jv_fit_free(&cx, fit);
  y[3] = 0;
  jv_sample sample = {.y = y, .n = 24, .m = 4};
  theta_opt opt = {NAN, NAN, 2};
  assert_fails(&cx, jv_fit_new(&cx, &jv_model_theta, &sample, &opt, &fit), JV_EDATA,
               "theta: a multiplicative season needs values above zero");
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(theta_agrees_with_the_reference),
      cmocka_unit_test(it_is_the_mean_of_two_theta_lines),
      cmocka_unit_test(alpha_at_its_ends),
      cmocka_unit_test(smoothing_is_least_squares),
      cmocka_unit_test(gaps_move_the_line_and_widen),
      cmocka_unit_test(a_season_is_asked_for_or_left),
  };
  return cmocka_run_group_tests_name("theta", tests, NULL, NULL);
}
