/* ETS: forms, derivatives, laws of forecasts, region, estimation at the edges, faults. */
#include "testing.h"
#include "model/builtin.h"
#include "model/ets_forecast.h"

static const char *const every_form[] = {
    "ANN", "ANA",  "ANM",  "AAN",  "AAA",  "AAM", "AAdN", "AAdA", "AAdM", "AMN",
    "AMA", "AMM",  "AMdN", "AMdA", "AMdM", "MNN", "MNA",  "MNM",  "MAN",  "MAA",
    "MAM", "MAdN", "MAdA", "MAdM", "MMN",  "MMA", "MMM",  "MMdN", "MMdA", "MMdM"};
enum { FORMS = sizeof every_form / sizeof *every_form };
static const jv_ets_par free_par = {NAN, NAN, NAN, NAN};

static jv_ets_form form_of(const char *name) {
  jv_ctx cx;
  jv_ets_form form;
  int damped;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_ets_parse_form(&cx, name, &form, &damped));
  return form;
}

/* A seasonal series above zero with trend and noise. */
static void make_series(double *y, size_t n, size_t m, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, "series", "ets", 0);
  double level = 100;
  for (size_t t = 0; t < n; t++) {
    level += 0.5 + 2 * jv_rng_normal(&rng);
    double season = m > 1 ? 1 + 0.2 * sin(6.283185307 * (double)(t % m) / (double)m) : 1;
    y[t] = level * season + jv_rng_normal(&rng);
  }
}

static jv_ets_estimate estimate(jv_ctx *cx, const char *name, const double *y, size_t n, size_t m) {
  jv_ets_request request = {.given = free_par, .restrict_forms = true};
  jv_ets_estimate est;
  assert_ok(cx, jv_ets_parse_form(cx, name, &request.form, &request.damped));
  if (!strchr(name, 'Z')) request.damped = request.damped == 1;
  assert_ok(cx, jv_ets_estimate_new(cx, &request, y, n, m, &est));
  return est;
}

/* ---- forms and region */

static void forms_are_parsed_and_printed(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  char name[JV_ETS_NAME_SIZE];
  jv_ets_form form;
  int damped;
  for (size_t i = 0; i < FORMS; i++) {
    jv_ets_print_form(form_of(every_form[i]), false, name);
    assert_string_equal(name, every_form[i]);
  }
  jv_ets_print_form(form_of("MAdM"), true, name);
  assert_string_equal(name, "ETS(M,Ad,M)");
  assert_ok(&cx, jv_ets_parse_form(&cx, "ZZN", &form, &damped));
  assert_true(form.error == JV_ETS_ANY && form.season == JV_ETS_NONE && damped == JV_OPT_UNSET);
  static const char *const wrong[] = {"", "A", "NAN", "AXN", "AAXN", "AAdNN", "aan", "AAN "};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_fails(&cx, jv_ets_parse_form(&cx, wrong[i], &form, &damped), JV_EINVAL, "ets: model '");
  assert_fails(&cx, jv_ets_parse_form(&cx, "ANdN", &form, &damped), JV_EINVAL, "damps a trend");
}

static void parameters_are_counted_as_the_criterion_needs(void **state) {
  (void)state;
  assert_int_equal(jv_ets_count_params(form_of("ANN"), 1, free_par), 3);
  assert_int_equal(jv_ets_count_params(form_of("MAdM"), 12, free_par), 18);
  assert_int_equal(jv_ets_count_params(form_of("MAdM"), 12, (jv_ets_par){0.1, NAN, 0.1, NAN}), 16);
  assert_int_equal(jv_ets_count_states(form_of("MAdM"), 12), 14);
  assert_int_equal(jv_ets_count_states(form_of("AMN"), 12), 2);
}

/* The state's own recursion, run without new observations in error form: x' = (F - g w') x. It dies
 * out inside the region and grows outside. */
static double late_size(jv_ets_par par, bool damped, size_t m) {
  double ring[12] = {0}, zero = 0, f, size = 0;
  jv_ets_run run = {.form = form_of(damped ? "AAdA" : "AAA"), .par = par, .ring = ring, .m = m};
  run.level = 1;
  run.slope = -0.5;
  ring[1] = 1;
  ring[m - 1] = -1;
  for (int t = 0; t < 4000; t++) {
    jv_ets_filter(&run, &zero, 1, &f);
    if (t >= 3980) size += fabs(f);
  }
  return size;
}

static void stability_is_what_the_recursion_does(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(3, "region", "ets", 0);
  size_t inside = 0, outside = 0;
  for (int i = 0; i < 400; i++) {
    jv_ets_par par = {jv_rng_uniform(&rng), 0, 0, 0.8 + 0.18 * jv_rng_uniform(&rng)};
    size_t m = i % 2 ? 4 : 12;
    bool damped = i % 3 == 0;
    par.beta = par.alpha * jv_rng_uniform(&rng);
    par.gamma = (1 - par.alpha) * jv_rng_uniform(&rng);
    if (!damped) par.phi = 1;
    bool stable = jv_ets_is_stable(form_of(damped ? "AAdA" : "AAA"), par, m);
    double size = late_size(par, damped, m);
    /* 4000 steps: a root of 0.999 leaves 2 %, one of 1.001 fifty-fold; nearer ones are not judged */
    if (size < 1e-3) inside += stable;
    if (size > 1e3 || isnan(size)) outside += !stable;
    if ((size < 1e-3 && !stable) || (size > 1e3 && stable))
      fail_msg("alpha %g beta %g gamma %g phi %g m %zu: %s, but the response is %g", par.alpha,
               par.beta, par.gamma, par.phi, m, stable ? "stable" : "unstable", size);
  }
  assert_true(inside > 50 && outside > 50);
}

static void the_usual_region_has_its_edges(void **state) {
  (void)state;
  jv_ets_form form = form_of("AAdN");
  assert_true(jv_ets_inside(form, (jv_ets_par){0.5, 0.5, 0, 0.98}, 1, JV_ETS_BOTH));
  assert_false(jv_ets_inside(form, (jv_ets_par){0.5, 0.51, 0, 0.9}, 1, JV_ETS_BOTH));
  assert_false(jv_ets_inside(form, (jv_ets_par){0.5, 0.1, 0, 0.99}, 1, JV_ETS_BOTH));
  assert_true(jv_ets_inside(form, (jv_ets_par){1.5, 0.6, 0, 0.99}, 1, JV_ETS_ADMISSIBLE));
  assert_false(jv_ets_inside(form, (jv_ets_par){2.2, 0.6, 0, 0.99}, 1, JV_ETS_ADMISSIBLE));
}

/* ---- derivatives */

static void check_gradient(const char *name, bool proxy, bool gaps, jv_ets_bounds bounds) {
  enum { N = 40, M = 4, K = JV_ETS_LANE_SEASON + M };
  double y[N], x[K], g[K], h[K * K], other[K], ring[M];
  jv_ctx cx;
  jv_ets_problem p;
  jv_ctx_init(&cx);
  make_series(y, N, M, 7);
  for (size_t t = 0; t < N; t++) y[t] /= 128;
  if (gaps) y[0] = y[9] = y[10] = NAN;
  jv_ets_request request = {.given = free_par, .bounds = bounds};
  assert_ok(&cx, jv_ets_problem_init(&cx, y, N, M, &request, &p));
  jv_ets_problem_form(&p, form_of(name));
  p.slopes.proxy = proxy;
  jv_ets_run guess = p.run;
  guess.ring = ring;
  jv_ets_guess_states(&guess, y, N);
  memcpy(x, (double[4]){0.3, 0.2, 0.3, 0.9}, 4 * sizeof *x);
  jv_ets_problem_states(&p, &guess, x);
  jv_objective f = jv_ets_problem_objective(&p);
  double value = f.expand(f.data, x, g, h);
  assert_near(value, jv_ets_problem_value(&p, x), 1e-12, 1);
  for (size_t i = 0; i < p.k; i++) {
    if (p.lower[i] >= p.upper[i]) continue;
    double step = 1e-5;
    memcpy(other, x, sizeof x);
    other[i] = x[i] + step;
    double up = jv_ets_problem_value(&p, other);
    other[i] = x[i] - step;
    double slope = (up - jv_ets_problem_value(&p, other)) / (2 * step);
    /* central differences: 1e-10 of third derivatives, 1e-11 of rounding over the step */
    if (fabs(slope - g[i]) > 1e-5 * fmax(fabs(slope), 1))
      fail_msg("%s coordinate %zu: derivative %.10g, by differences %.10g", name, i, g[i], slope);
  }
  jv_ets_problem_clear(&cx, &p);
}

/* The quick pass of plain forms and the pass for all forms give the same products; gaps at the end
 * make the second one serve. Sums of 60 terms in another order: 1e-11. */
static void both_passes_agree(void **state) {
  (void)state;
  enum { N = 60, K = JV_ETS_LANE_SEASON };
  static const char *const plain[] = {"ANN", "AAN", "AAdN", "MNN", "MAN", "MAdN"};
  double y[N + 1], g[2][K], h[2][K * K];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, 1, 8);
  for (size_t t = 0; t < N; t++) y[t] /= 128;
  y[N] = NAN;
  for (size_t i = 0; i < 12; i++) {
    double value[2];
    for (size_t gap = 0; gap < 2; gap++) {
      jv_ets_request request = {.given = free_par};
      jv_ets_problem p;
      assert_ok(&cx, jv_ets_problem_init(&cx, y, N + gap, 1, &request, &p));
      jv_ets_problem_form(&p, form_of(plain[i / 2]));
      p.slopes.proxy = i % 2 == 1 && p.form.error == JV_ETS_MUL;
      double x[K] = {0.4, 0.1, 0, 0.85, 0.8, 0.004};
      value[gap] = jv_ets_problem_objective(&p).expand(&p, x, g[gap], h[gap]);
      jv_ets_problem_clear(&cx, &p);
    }
    assert_near(value[0], value[1], 1e-12, 1);
    for (size_t c = 0; c < K; c++) assert_near(g[0][c], g[1][c], 1e-11, 60);
    for (size_t c = 0; c < K * K; c++) assert_near(h[0][c], h[1][c], 1e-11, 60);
  }
}

static void gradients_agree_with_differences(void **state) {
  (void)state;
  for (size_t i = 0; i < FORMS; i++) {
    check_gradient(every_form[i], false, false, JV_ETS_BOTH);
    check_gradient(every_form[i], false, true, JV_ETS_BOTH);
    check_gradient(every_form[i], every_form[i][0] == 'M', false, JV_ETS_BOTH);
    check_gradient(every_form[i], false, false, JV_ETS_ADMISSIBLE);
  }
}

/* ---- laws of forecasts */

static jv_ets_run run_of(const char *name, double *ring, size_t m) {
  jv_ets_run run = {.form = form_of(name), .par = {0.3, 0.1, 0.2, 0.9}, .ring = ring, .m = m};
  run.level = 50;
  run.slope = run.form.trend == JV_ETS_MUL ? 1.02 : 2;
  if (run.form.trend == JV_ETS_NONE) run.slope = 0;
  for (size_t j = 0; j < m; j++) {
    double wave = sin(1.3 * (double)j);
    ring[j] = run.form.season == JV_ETS_MUL ? 1 + 0.1 * wave : 4 * wave;
  }
  return run;
}

/* phi + phi^2 + ... + phi^h = phi (1 - phi^h) / (1 - phi), not one power off. */
static void damped_trends_sum_as_they_must(void **state) {
  (void)state;
  enum { H = 30 };
  double ring[4], mean[H];
  static const char *const names[] = {"AAdN", "AAdA", "MAdN", "MAdA", "AAdM"};
  for (size_t i = 0; i < 5; i++) {
    jv_ets_run run = run_of(names[i], ring, 4);
    double phi = run.par.phi;
    jv_ets_moments(&run, 0.001, H, mean, NULL);
    run = run_of(names[i], ring, 4);
    for (size_t h = 1; h <= H; h++) {
      double q = run.level + run.slope * phi * (1 - pow(phi, (double)h)) / (1 - phi);
      double s = ring[(h - 1) % 4];
      double want = run.form.season == JV_ETS_MUL ? q * s : run.form.season ? q + s : q;
      assert_near(mean[h - 1], want, 1e-13, 1);
    }
  }
  /* M,Ad,M: the same up to the season's own surprises, which start to matter after m steps */
  jv_ets_run run = run_of("MAdM", ring, 4);
  jv_ets_moments(&run, 1e-12, H, mean, NULL);
  assert_near(mean[0], (50 + 0.9 * 2) * ring[0], 1e-12, 1);
  assert_near(mean[5], (50 + 2 * 0.9 * (1 - pow(0.9, 6)) / 0.1) * ring[1], 1e-9, 1);
  /* growth: level times slope to the power of the same sum */
  run = run_of("MMdN", ring, 4);
  jv_ets_moments(&run, 0, H, mean, NULL);
  assert_near(mean[9], 50 * pow(1.02, 0.9 * (1 - pow(0.9, 10)) / 0.1), 1e-13, 1);
}

static void simple_smoothing_has_its_variance(void **state) {
  (void)state;
  double ring[1], mean[20], var[20];
  jv_ets_run run = run_of("ANN", ring, 1);
  jv_ets_moments(&run, 4, 20, mean, var);
  for (int h = 1; h <= 20; h++) assert_near(var[h - 1], 4 * (1 + (h - 1) * 0.09), 1e-14, 1);
}

/* Means and variances against 20000 paths: five standard errors of a mean, and of a variance with
 * some room for kurtosis. */
static void paths_have_the_moments(void **state) {
  (void)state;
  enum { H = 9, PATHS = 20000, M = 4 };
  static double paths[PATHS][H];
  for (size_t i = 0; i < FORMS; i++) {
    double ring[M], mean[H], var[H];
    jv_ets_run run = run_of(every_form[i], ring, M);
    if (!jv_ets_has_variance(run.form)) continue;
    double sigma2 = run.form.error == JV_ETS_MUL ? 0.0025 : 4;
    jv_ets_moments(&run, sigma2, H, mean, var);
    for (size_t k = 0; k < PATHS; k++) {
      jv_draws draws = {.rng = jv_rng_keyed(1, "moments", every_form[i], k)};
      run = run_of(every_form[i], ring, M);
      jv_ets_path(&run, sigma2, &draws, H, paths[k]);
    }
    for (size_t h = 0; h < H; h++) {
      double sum = 0, square = 0;
      for (size_t k = 0; k < PATHS; k++) sum += paths[k][h] - mean[h];
      sum /= PATHS;
      for (size_t k = 0; k < PATHS; k++) square += pow(paths[k][h] - mean[h] - sum, 2);
      assert_near(sum, 0, 5 * sqrt(var[h] / PATHS), 1);
      assert_near(square / PATHS, var[h], 6 * sqrt(2.0 / PATHS), 0);
    }
  }
}

/* ---- estimation */

static void simulated_parameters_are_recovered(void **state) {
  (void)state;
  enum { N = 4000, M = 4 };
  static double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  static const char *const names[] = {"AAA", "MAM", "AAdN"};
  for (size_t i = 0; i < 3; i++) {
    double ring[M];
    jv_ets_run run = run_of(names[i], ring, M);
    run.par = (jv_ets_par){0.4, 0.02, 0.2, 0.9};
    run.level = 5000;
    jv_draws draws = {.rng = jv_rng_keyed(2, "recovery", names[i], 0)};
    jv_ets_path(&run, run.form.error == JV_ETS_MUL ? 1e-6 : 4, &draws, N, y);
    jv_ets_estimate est = estimate(&cx, names[i], y, N, M);
    /* about four standard errors at this length */
    assert_near(est.par.alpha, 0.4, 0.08, 1);
    assert_near(est.par.beta, 0.02, 0.03, 1);
    if (run.form.season != JV_ETS_NONE) assert_near(est.par.gamma, 0.2, 0.06, 1);
    assert_true(est.converged);
    jv_ets_estimate_clear(&cx, &est);
  }
}

static void scale_moves_only_the_level(void **state) {
  (void)state;
  enum { N = 60 };
  double y[N], z[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, 4, 11);
  for (size_t t = 0; t < N; t++) z[t] = y[t] * 1024;
  static const char *const names[] = {"AAA", "MAM", "MMdN"};
  for (size_t i = 0; i < 3; i++) {
    jv_ets_estimate a = estimate(&cx, names[i], y, N, 4), b = estimate(&cx, names[i], z, N, 4);
    assert_true(a.par.alpha == b.par.alpha && a.par.beta == b.par.beta); /* a power of two */
    assert_near(b.states0[0], 1024 * a.states0[0], 0, 1);
    assert_near(b.loglik, a.loglik - N * log(1024), 1e-12, 1);
    jv_ets_estimate_clear(&cx, &a);
    jv_ets_estimate_clear(&cx, &b);
  }
}

static void given_parameters_are_kept(void **state) {
  (void)state;
  enum { N = 60 };
  double y[N];
  jv_ctx cx;
  jv_ets_estimate est;
  jv_ctx_init(&cx);
  make_series(y, N, 4, 12);
  jv_ets_request request = {.form = form_of("AAA"), .damped = 1, .given = {0.3, NAN, 0.2, 0.85}};
  assert_ok(&cx, jv_ets_estimate_new(&cx, &request, y, N, 4, &est));
  assert_true(est.par.alpha == 0.3 && est.par.gamma == 0.2 && est.par.phi == 0.85);
  assert_true(est.form.damped && est.par.beta <= 0.3 && est.n_params == 7);
  jv_ets_estimate_clear(&cx, &est);
}

static void wider_regions_are_not_worse(void **state) {
  (void)state;
  enum { N = 80 };
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, N, 4, 13);
  static const char *const names[] = {"AAN", "AAA", "MAM"};
  for (size_t i = 0; i < 3; i++) {
    double loglik[3];
    for (int bounds = 0; bounds < 3; bounds++) {
      jv_ets_estimate est;
      jv_ets_request request = {
          .form = form_of(names[i]), .given = free_par, .bounds = (jv_ets_bounds)bounds};
      assert_ok(&cx, jv_ets_estimate_new(&cx, &request, y, N, 4, &est));
      loglik[bounds] = est.loglik;
      assert_true(jv_ets_inside(est.form, est.par, 4, (jv_ets_bounds)bounds));
      jv_ets_estimate_clear(&cx, &est);
    }
    assert_true(loglik[JV_ETS_USUAL] >= loglik[JV_ETS_BOTH] - 1e-3);
    assert_true(loglik[JV_ETS_ADMISSIBLE] >= loglik[JV_ETS_BOTH] - 1e-3);
  }
}

/* A straight line with gaps is found again exactly, and continues. */
static void gaps_have_no_part(void **state) {
  (void)state;
  double y[40], next, ring[1];
  jv_ctx cx;
  jv_ctx_init(&cx);
  for (int t = 0; t < 40; t++) y[t] = t % 7 == 0 || t > 37 ? (double)NAN : 3 + 2 * t;
  jv_ets_estimate est = estimate(&cx, "AAN", y, 40, 1);
  jv_ets_run run = {.form = est.form, .par = est.par, .ring = ring, .m = 1};
  assert_int_equal(est.n_used, 32);
  jv_ets_run_set(&run, est.final);
  jv_ets_moments(&run, 0, 1, &next, NULL);
  assert_near(next, 83, 1e-8, 1);
  jv_ets_estimate_clear(&cx, &est);
}

typedef struct heard {
  char text[300];
  size_t count;
} heard;

static void hear(void *ud, const char *message) {
  heard *h = ud;
  h->count++;
  snprintf(h->text, sizeof h->text, "%s", message);
}

static void short_series_get_simpler_forms(void **state) {
  (void)state;
  double y[30];
  heard h = {{0}, 0};
  jv_ctx cx;
  jv_ctx_init(&cx);
  cx.warn = hear;
  cx.warn_ud = &h;
  make_series(y, 30, 4, 14);
  for (size_t n = 1; n <= 12; n++) {
    for (size_t i = 0; i < FORMS; i++) {
      jv_ets_estimate est = estimate(&cx, every_form[i], y, n, 4);
      assert_true(isfinite(est.final[0]) && isfinite(est.sse));
      assert_true(isnan(est.loglik) || n > est.n_params);
      jv_ets_estimate_clear(&cx, &est);
    }
    jv_ets_estimate est = estimate(&cx, "ZZZ", y, n, 4);
    assert_true(isnan(est.loglik) == (n < 5)); /* AICc needs n > 4 for a level alone */
    jv_ets_estimate_clear(&cx, &est);
  }
  h.count = 0;
  jv_ets_estimate est = estimate(&cx, "AAdA", y, 8, 4);
  assert_int_equal(h.count, 1);
  assert_string_equal(h.text, "ets: 8 observations are too few for ETS(A,Ad,A), fitted ETS(A,A,N)");
  jv_ets_estimate_clear(&cx, &est);
  est = estimate(&cx, "AAA", y, 2, 4);
  assert_string_equal(h.text,
                      "ets: 2 observations are too few to estimate: a level with alpha = 0.5");
  jv_ets_estimate_clear(&cx, &est);
}

/* One value says where the series is and nothing of its spread. */
static void one_value_has_no_known_spread(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double y = 344, path[2], lower[2], upper[2];
  jv_sample sample = {.y = &y, .n = 1, .m = 1};
  jv_fit *fit;
  jv_forecast *fc;
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_ets, &sample, NULL, &fit));
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 2, NULL, &fc));
  assert_ok(&cx, jv_forecast_interval(&cx, fc, 80, lower, upper));
  assert_true(fc->mean[1] == 344 && isinf(lower[0]) && isinf(upper[1]));
  assert_fails(&cx, jv_fit_simulate(&cx, fit, 2, NULL, 1, path), JV_EDATA, "one observed value");
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void constants_zeros_and_extremes_are_fitted(void **state) {
  (void)state;
  double y[48];
  jv_ctx cx;
  jv_ctx_init(&cx);
  static const double constants[] = {42, 0, -3, 1e-200, 1e200};
  for (size_t i = 0; i < 5; i++) {
    for (size_t t = 0; t < 48; t++) y[t] = constants[i];
    jv_ets_estimate est = estimate(&cx, "ZZZ", y, 48, 4);
    assert_true(est.form.trend == JV_ETS_NONE && est.form.season == JV_ETS_NONE);
    assert_near(est.final[0], constants[i], 1e-12, 0);
    jv_ets_estimate_clear(&cx, &est);
  }
  for (size_t t = 0; t < 48; t++) y[t] = t % 9 ? 0 : 5;
  jv_ets_estimate est = estimate(&cx, "ZZZ", y, 48, 4);
  assert_true(est.form.error == JV_ETS_ADD);
  jv_ets_estimate_clear(&cx, &est);
}

static void wrong_requests_are_refused(void **state) {
  (void)state;
  double y[24];
  jv_ctx cx;
  jv_ets_estimate est;
  jv_ctx_init(&cx);
  make_series(y, 24, 4, 15);
  jv_ets_request request = {.form = form_of("AAA"), .given = free_par};
  assert_fails(&cx, jv_ets_estimate_new(&cx, &request, y, 24, 1, &est), JV_EDATA,
               "a seasonal form needs a period of 2 to 366, got 1");
  assert_null(est.states0);
  y[3] = -1;
  request.form = form_of("MNN");
  assert_fails(&cx, jv_ets_estimate_new(&cx, &request, y, 24, 4, &est), JV_EDATA,
               "needs values above zero, observation 4 is -1");
  y[3] = 100;
  request.form = form_of("AAN");
  request.given = (jv_ets_par){0.1, 0.5, NAN, NAN};
  assert_fails(&cx, jv_ets_estimate_new(&cx, &request, y, 24, 4, &est), JV_EINVAL,
               "ets: beta = 0.5 is above alpha, which is at most 0.1");
  request.given = (jv_ets_par){0.6, NAN, 0.5, NAN};
  assert_fails(&cx, jv_ets_estimate_new(&cx, &request, y, 24, 4, &est), JV_EINVAL,
               "gamma = 0.5 is above 1 - alpha = 0.4");
}

static void long_seasons_are_chosen_only_when_asked(void **state) {
  (void)state;
  enum { N = 160, M = 30 };
  double y[N];
  jv_ctx cx;
  jv_ctx_init(&cx);
  for (int t = 0; t < N; t++) y[t] = 50 + 10 * sin(6.283185307 * t / M) + (t * 7 % 5);
  jv_ets_estimate est = estimate(&cx, "ZZZ", y, N, M);
  assert_int_equal(est.form.season, JV_ETS_NONE);
  jv_ets_estimate_clear(&cx, &est);
  est = estimate(&cx, "ZZA", y, N, M);
  assert_int_equal(est.form.season, JV_ETS_ADD);
  jv_ets_estimate_clear(&cx, &est);
}

/* ---- the families */

static jv_fit *fit_class(jv_ctx *cx, const jv_model_class *cls, const double *y, size_t n,
                         const char *option, const char *text) {
  jv_fit *fit = NULL;
  double room[32]; /* any family's options: a text of 64 and some numbers */
  assert_true(cls->opt_size <= sizeof room);
  jv_option_defaults(cls->options, room);
  if (option) assert_ok(cx, jv_option_set_text(cx, cls->name, cls->options, room, option, text));
  if (option && strcmp(option, "model") == 0 && !strchr(text, 'd')) /* both would be tried */
    assert_ok(cx, jv_option_set_flag(cx, cls->name, cls->options, room, "damped", false));
  jv_sample sample = {.y = y, .n = n, .m = 4};
  assert_ok(cx, jv_fit_new(cx, cls, &sample, room, &fit));
  return fit;
}

static void families_are_the_forms_they_name(void **state) {
  (void)state;
  double y[60];
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, 60, 4, 16);
  static const struct {
    const jv_model_class *cls;
    const char *option, *text, *form;
  } cases[] = {{&jv_model_ses, NULL, NULL, "ETS(A,N,N)"},
               {&jv_model_holt, NULL, NULL, "ETS(A,A,N)"},
               {&jv_model_hw, NULL, NULL, "ETS(A,A,A)"},
               {&jv_model_hw, "seasonal", "multiplicative", "ETS(M,A,M)"},
               {&jv_model_ets, "model", "MAdA", "ETS(M,Ad,A)"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    jv_fit *fit = fit_class(&cx, cases[i].cls, y, 60, cases[i].option, cases[i].text);
    assert_string_equal(fit->form, cases[i].form);
    jv_fit_free(&cx, fit);
  }
}

/* fitted = level + slope + season, each as it was one step (one year) before. */
static void components_make_up_the_means(void **state) {
  (void)state;
  double y[60], *parts;
  size_t count;
  const char *const *names;
  jv_ctx cx;
  jv_ctx_init(&cx);
  make_series(y, 60, 4, 17);
  jv_fit *fit = fit_class(&cx, &jv_model_ets, y, 60, "model", "AAA");
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &parts));
  assert_int_equal(count, 3);
  assert_string_equal(names[2], "season");
  for (size_t t = 4; t < 60; t++)
    assert_near(parts[t - 1] + parts[60 + t - 1] + parts[120 + t - 4], fit->fitted[t], 1e-12, 1);
  jv_free(&cx, parts);
  jv_fit_free(&cx, fit);
}

/* What a fit makes of new data is what the filter makes of all of it. */
static void updates_go_on_where_the_fit_ended(void **state) {
  (void)state;
  double y[60], states[6], final[6], mean[3], f[60], ring[4];
  jv_ctx cx;
  jv_forecast *fc;
  jv_ctx_init(&cx);
  make_series(y, 60, 4, 18);
  y[52] = NAN;
  jv_ets_estimate est = estimate(&cx, "MAM", y, 50, 4);
  memcpy(states, est.states0, sizeof states);
  assert_ok(&cx, jv_ets_evaluate(&cx, est.form, est.par, states, y, 60, 4, f, final, NULL, NULL));
  jv_ets_run run = {.form = est.form, .par = est.par, .ring = ring, .m = 4};
  jv_ets_run_set(&run, final);
  jv_fit *fit = fit_class(&cx, &jv_model_ets, y, 50, "model", "MAM");
  assert_ok(&cx, jv_fit_update(&cx, fit, y + 50, NULL, 10));
  jv_ets_moments(&run, fit->sigma2, 3, mean, NULL);
  assert_ok(&cx, jv_fit_forecast(&cx, fit, 3, NULL, &fc));
  for (size_t i = 0; i < 3; i++) assert_near(fc->mean[i], mean[i], 1e-12, 1);
  for (size_t t = 50; t < 60; t++) assert_near(fit->fitted[t], f[t], 1e-12, 1);
  assert_true(isnan(fit->residuals[52]));
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
  jv_ets_estimate_clear(&cx, &est);
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  double y[30];
  make_series(y, 30, 4, 19);
  jv_sample sample = {.y = y, .n = 30, .m = 4};
  for (size_t fail_at = 1;; fail_at++) {
    jv_ctx cx;
    testing_memory memory;
    jv_fit *fit = NULL;
    jv_forecast *fc = NULL;
    testing_ctx(&cx, &memory);
    memory.fail_at = fail_at;
    jv_status status = jv_fit_new(&cx, &jv_model_ets, &sample, NULL, &fit);
    if (status == JV_OK) status = jv_fit_forecast(&cx, fit, 6, NULL, &fc);
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
    assert_true(fail_at < 100);
  }
}

/* The lengths of 141 rivers (R datasets, `rivers`): no time series, and hard on a search, since a
 * start far from the level finds a much lower maximum of ETS(M,A,N). */
static const double rivers[] = {
    735, 320,  325,  392,  524,  450,  1459, 135, 465,  600, 330, 336, 280, 315, 870, 906,
    202, 329,  290,  1000, 600,  505,  1450, 840, 1243, 890, 350, 407, 286, 280, 525, 720,
    390, 250,  327,  230,  265,  850,  210,  630, 260,  230, 360, 730, 600, 306, 390, 420,
    291, 710,  340,  217,  281,  352,  259,  250, 470,  680, 570, 350, 300, 560, 900, 625,
    332, 2348, 1171, 3710, 2315, 2533, 780,  280, 410,  460, 260, 255, 431, 350, 760, 618,
    338, 981,  1306, 500,  696,  605,  250,  411, 1054, 735, 233, 435, 490, 310, 460, 383,
    375, 1270, 545,  445,  1885, 380,  300,  380, 377,  425, 276, 210, 800, 420, 350, 360,
    538, 1100, 1205, 314,  237,  610,  360,  540, 1038, 424, 310, 300, 444, 301, 268, 620,
    215, 652,  900,  525,  246,  360,  529,  500, 720,  270, 430, 671, 1770};

/* With damping left open, a named form is the better of its two, each as good as asked for alone. */
static void open_damping_is_the_better_of_two(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  enum { N = sizeof rivers / sizeof *rivers };
  jv_ets_estimate plain = estimate(&cx, "MAN", rivers, N, 1);
  jv_ets_estimate damped = estimate(&cx, "MAdN", rivers, N, 1);
  jv_ets_request request = {.given = free_par, .restrict_forms = true};
  jv_ets_estimate open;
  assert_ok(&cx, jv_ets_parse_form(&cx, "MAN", &request.form, &request.damped));
  assert_ok(&cx, jv_ets_estimate_new(&cx, &request, rivers, N, 1, &open));
  assert_true(open.criterion <= fmin(plain.criterion, damped.criterion) + 1e-6);
  jv_ets_estimate_clear(&cx, &plain);
  jv_ets_estimate_clear(&cx, &damped);
  jv_ets_estimate_clear(&cx, &open);
}

/* Naming a form is asking for it, also one that an automatic choice leaves out; a choice among
 * nothing but left-out forms is refused. */
static void named_forms_are_fitted_and_empty_choices_refused(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double y[48];
  make_series(y, 48, 4, 5);
  jv_ets_request request = {.given = free_par, .restrict_forms = true};
  jv_ets_estimate est;
  assert_ok(&cx, jv_ets_parse_form(&cx, "AMN", &request.form, &request.damped));
  assert_ok(&cx, jv_ets_estimate_new(&cx, &request, y, 48, 4, &est));
  assert_true(est.form.error == JV_ETS_ADD && est.form.trend == JV_ETS_MUL);
  jv_ets_estimate_clear(&cx, &est);
  assert_ok(&cx, jv_ets_parse_form(&cx, "AZM", &request.form, &request.damped));
  assert_fails(&cx, jv_ets_estimate_new(&cx, &request, y, 48, 4, &est), JV_EINVAL,
               "no form of those asked for may be chosen");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms_are_parsed_and_printed),
      cmocka_unit_test(parameters_are_counted_as_the_criterion_needs),
      cmocka_unit_test(stability_is_what_the_recursion_does),
      cmocka_unit_test(the_usual_region_has_its_edges),
      cmocka_unit_test(gradients_agree_with_differences),
      cmocka_unit_test(both_passes_agree),
      cmocka_unit_test(damped_trends_sum_as_they_must),
      cmocka_unit_test(simple_smoothing_has_its_variance),
      cmocka_unit_test(paths_have_the_moments),
      cmocka_unit_test(simulated_parameters_are_recovered),
      cmocka_unit_test(scale_moves_only_the_level),
      cmocka_unit_test(given_parameters_are_kept),
      cmocka_unit_test(wider_regions_are_not_worse),
      cmocka_unit_test(gaps_have_no_part),
      cmocka_unit_test(short_series_get_simpler_forms),
      cmocka_unit_test(one_value_has_no_known_spread),
      cmocka_unit_test(constants_zeros_and_extremes_are_fitted),
      cmocka_unit_test(open_damping_is_the_better_of_two),
      cmocka_unit_test(named_forms_are_fitted_and_empty_choices_refused),
      cmocka_unit_test(wrong_requests_are_refused),
      cmocka_unit_test(long_seasons_are_chosen_only_when_asked),
      cmocka_unit_test(families_are_the_forms_they_name),
      cmocka_unit_test(components_make_up_the_means),
      cmocka_unit_test(updates_go_on_where_the_fit_ended),
      cmocka_unit_test(every_failed_allocation_is_clean),
  };
  return cmocka_run_group_tests_name("ets", tests, NULL, NULL);
}
