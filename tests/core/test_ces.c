/* Complex exponential smoothing: the complex equation itself, forms inside forms, likelihood and
 * variance by unit shocks, several runs against one, the optimum, R's numbers. */
#include "testing.h"
#include "model/builtin.h"
#include "model/ces.h"
#include "model/registry.h"
#include "model/spec.h"
#include <cjson/cJSON.h>
#include <complex.h>

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

static jv_forecast *forecast_of(const jv_fit *fit, size_t h) {
  jv_forecast *fc = NULL;
  if (jv_fit_forecast(&cx, fit, h, NULL, &fc) != JV_OK) fail_msg("%s", cx.message);
  return fc;
}

static void make_seasons(double *y, size_t n, size_t m, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, NULL, NULL, 0);
  double level = 100;
  for (size_t t = 0; t < n; t++) {
    level += 0.4 + jv_rng_normal(&rng);
    y[t] = level + (m > 1 ? 12 * sin(6.283185307179586 * (double)t / (double)m) : 0) +
           jv_rng_normal(&rng);
  }
}

/* ---- recursions ---- */

/* Eq. 4 of the paper, with the error as the hidden information: z' = a (y + i e) + (1 + i - a) z. */
static void it_is_the_complex_equation(void **state) {
  (void)state;
  double y[50];
  make_seasons(y, 50, 1, 1);
  double complex a = 1.4 + 0.9 * I, z = 95 + 60 * I;
  jv_ces_run run = {.m = 1, .a0 = 1.4, .a1 = 0.9, .level = 95, .hidden = 60};
  for (size_t t = 0; t < 50; t++) {
    double e = y[t] - creal(z);
    assert_near(jv_ces_mean(&run), creal(z), 1e-12, 100);
    z = a * (y[t] + e * I) + (1 + I - a) * z;
    jv_ces_take(&run, e, false);
  }
}

/* Without the hidden part (a1 = 1): simple smoothing with weight a0 - 1. */
static void at_one_it_is_simple_smoothing(void **state) {
  (void)state;
  double y[40];
  make_seasons(y, 40, 1, 2);
  jv_fit *fit = fit_text("ces{a0=1.3,a1=1}", y, 40, 1);
  double level = fit->fitted[0];
  for (size_t t = 0; t < 40; t++) {
    assert_near(fit->fitted[t], level, 1e-13, 100);
    level += 0.3 * (y[t] - level);
  }
  jv_forecast *fc = forecast_of(fit, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_near(fc->mean[i], level, 1e-13, 100);
    assert_near(fc->sd[i], sqrt(fit->sigma2 * (1 + 0.09 * (double)i)), 1e-13, 0);
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

/* Simple seasonality: each season smoothed by itself, with the same weights. */
static void simple_is_a_smoothing_for_each_season(void **state) {
  (void)state;
  double y[40], seasons[8] = {0}, one[10];
  make_seasons(y, 40, 4, 3);
  for (size_t s = 0; s < 8; s++) seasons[s] = 90 + (double)s;
  jv_ces_run all = {.form = JV_CES_SIMPLE, .m = 4, .a0 = 1.2, .a1 = 0.8, .ring = seasons};
  jv_ces_run each[4];
  for (size_t s = 0; s < 4; s++)
    each[s] = (jv_ces_run){
        .m = 1, .a0 = 1.2, .a1 = 0.8, .level = seasons[s], .hidden = seasons[4 + s], .ring = one};
  for (size_t t = 0; t < 40; t++) {
    assert_true(jv_ces_mean(&all) == jv_ces_mean(&each[t % 4]));
    jv_ces_take(&each[t % 4], y[t] - jv_ces_mean(&each[t % 4]), false);
    jv_ces_take(&all, y[t] - jv_ces_mean(&all), false);
  }
}

/* A season that never moves is a fixed one: the rest is `none` on the adjusted series. */
static void partial_with_no_weight_is_none_adjusted(void **state) {
  (void)state;
  double y[60], x[60];
  make_seasons(y, 60, 12, 4);
  jv_fit *fit = fit_text("ces{model=\"partial\",a0=1.5,a1=0.95,b0=0}", y, 60, 12);
  size_t count;
  const char *const *names;
  double *values = NULL;
  assert_ok(&cx, jv_fit_components(&cx, fit, &count, &names, &values));
  assert_int_equal(count, 3);
  for (size_t t = 0; t < 60; t++) {
    x[t] = y[t] - values[120 + t];
    assert_near(values[t] + values[120 + t], fit->fitted[t], 1e-13, 100);
  }
  jv_fit *plain = fit_text("ces{model=\"none\",a0=1.5,a1=0.95}", x, 60, 12);
  for (size_t t = 0; t < 60; t++) assert_near(plain->residuals[t], fit->residuals[t], 1e-12, 100);
  jv_free(&cx, values);
  jv_fit_free(&cx, plain);
  jv_fit_free(&cx, fit);
}

/* The paper's region: outside two circles and inside a third. */
static void the_stable_region_is_the_papers(void **state) {
  (void)state;
  for (double a0 = 0.013; a0 < 2.8; a0 += 0.05)
    for (double a1 = 0.007; a1 < 2; a1 += 0.05) {
      bool inside = pow(a0 - 2.5, 2) + a1 * a1 > 1.25 && pow(a0 - 0.5, 2) + pow(a1 - 1, 2) > 0.25 &&
                    pow(a0 - 1.5, 2) + pow(a1 - 0.5, 2) < 1.5;
      assert_int_equal(jv_ces_forgets(a0, a1), inside);
    }
}

/* ---- likelihood and variance ---- */

/* y = centre + L e with unit diagonal, so the density of y is that of the errors: solving L by rows
 * gives them back. */
static void the_likelihood_is_a_multivariate_normal(void **state) {
  (void)state;
  enum { N = 12 };
  double y[N], l[N + 1][N], z[N];
  make_seasons(y, N, 4, 5);
  for (size_t j = 0; j <= N + 1; j++) {
    double ring[8] = {5, -3, -4, 2, 4, -2, -3, 1};
    jv_ces_run run = {.form = JV_CES_FULL,
                      .m = 4,
                      .a0 = 1.3,
                      .a1 = 0.9,
                      .b0 = 1.2,
                      .b1 = 1.05,
                      .level = 98,
                      .hidden = 70,
                      .ring = ring};
    for (size_t i = 0; i < N; i++) {
      double mean = jv_ces_mean(&run), e = j <= N ? (i == j ? 1 : 0) : y[i] - mean;
      if (j <= N) l[j][i] = mean + e;
      if (j > N) assert_near(z[i], e, 1e-10, 1);
      jv_ces_take(&run, e, false);
    }
    if (j != N) continue; /* l[N]: no shock at all */
    for (size_t i = 0; i < N; i++) {
      z[i] = y[i] - l[N][i];
      for (size_t k = 0; k < i; k++) z[i] -= (l[k][i] - l[N][i]) * z[k];
      assert_near(l[i][i] - l[N][i], 1, 1e-12, 1);
    }
  }
}

/* As an ARMA(2,2) the nonseasonal form has psi[1] = a0 - a1 and psi[j] by powers of the transition. */
static void deviations_follow_the_transition(void **state) {
  (void)state;
  double y[40], a0 = 1.6, a1 = 0.9, sum = 1, l = a0 - a1, c = a0 + a1;
  make_seasons(y, 40, 1, 6);
  jv_fit *fit = fit_text("ces{a0=1.6,a1=0.9}", y, 40, 1);
  jv_forecast *fc = forecast_of(fit, 20);
  for (size_t i = 0; i < 20; i++) {
    assert_near(fc->sd[i], sqrt(fit->sigma2 * sum), 1e-12, 0);
    sum += l * l;
    double next = l - (1 - a1) * c;
    c = l + (1 - a0) * c;
    l = next;
  }
  jv_forecast_free(&cx, fc);
  jv_fit_free(&cx, fit);
}

static void missing_values_at_the_end_widen(void **state) {
  (void)state;
  static const char *const forms[] = {"none", "simple", "partial", "full"};
  double y[48];
  char text[64];
  for (size_t k = 0; k < 4; k++) {
    make_seasons(y, 48, 4, 7);
    snprintf(text, sizeof text, "ces{model=\"%s\",a0=1.4,a1=1,b0=%s,b1=1}", forms[k],
             k == 2 ? "0.2" : "1.1");
    jv_fit *fit = fit_text(text, y, 45, 4);
    double gap[3] = {NAN, NAN, NAN};
    jv_forecast *far = forecast_of(fit, 6);
    assert_ok(&cx, jv_fit_update(&cx, fit, gap, NULL, 3));
    jv_forecast *near = forecast_of(fit, 3);
    for (size_t i = 0; i < 3; i++) {
      assert_near(near->mean[i], far->mean[i + 3], 1e-12, 100);
      assert_near(near->sd[i], far->sd[i + 3], 1e-12, 0);
    }
    enum { PATHS = 4000 };
    static double paths[PATHS * 3];
    double square = 0;
    assert_ok(&cx, jv_fit_simulate(&cx, fit, 3, NULL, PATHS, paths));
    for (size_t p = 0; p < PATHS; p++) square += pow(paths[3 * p + 2] - near->mean[2], 2);
    assert_near(sqrt(square / PATHS), near->sd[2], 5 / sqrt(2.0 * PATHS), 0); /* five errors */
    jv_forecast_free(&cx, far);
    jv_forecast_free(&cx, near);
    jv_fit_free(&cx, fit);
  }
}

/* ---- several runs at once, and the search ---- */

static double sse_alone(const jv_ces_batch *b, const double *w) {
  double ring[64], sum = 0;
  jv_ces_run run = {.form = b->form,
                    .m = b->m,
                    .at = (b->n - 1) % b->m,
                    .a0 = w[0],
                    .a1 = w[1],
                    .b0 = w[2],
                    .b1 = w[3],
                    .level = b->end,
                    .hidden = jv_ces_at_rest(b->end, w[0]),
                    .ring = ring};
  for (size_t s = 0; b->form != JV_CES_NONE && s < b->m; s++) {
    ring[s] = b->seasons[s];
    ring[b->m + s] = jv_ces_at_rest(b->seasons[s], b->form == JV_CES_SIMPLE ? w[0] : w[2]);
  }
  for (size_t t = b->n; t-- > 0;) jv_ces_take(&run, b->y[t] - jv_ces_mean(&run), true);
  run.at = 0;
  for (size_t t = 0; t < b->n; t++) {
    double e = b->y[t] - jv_ces_mean(&run);
    if (!isnan(e)) sum += e * e;
    jv_ces_take(&run, e, false);
  }
  return sum;
}

static void batch_of(jv_ces_batch *b, int form, const double *y, size_t n, const double *seasons,
                     double *room) {
  *b = (jv_ces_batch){.form = (jv_ces_form)form,
                      .m = form ? 4 : 1,
                      .n = n,
                      .y = y,
                      .end = 101,
                      .seasons = seasons,
                      .ring = room,
                      .complete = true};
  for (size_t t = 0; t < n; t++) b->complete = b->complete && !isnan(y[t]);
}

static void runs_side_by_side_are_runs_alone(void **state) {
  (void)state;
  static const double base[4] = {1.3, 0.95, 0.6, 0.9};
  double y[41], seasons[4] = {7, -2, -6, 1}, room[2 * 4 * JV_CES_WIDTH];
  for (int form = 0; form < JV_CES_FORMS; form++)
    for (int gaps = 0; gaps < 2; gaps++) {
      jv_ces_batch b;
      jv_ces_sums sums;
      make_seasons(y, 41, 4, 8);
      if (gaps) y[3] = y[17] = y[18] = NAN;
      batch_of(&b, form, y, 41, seasons, room);
      for (size_t run = 0; run < JV_CES_WIDTH; run++)
        for (size_t i = 0; i < JV_CES_MAX; i++) b.x[i][run] = base[i] + (i + 1 == run ? 1e-5 : 0);
      jv_ces_batch_pass(&b, JV_CES_SQUARES, &sums);
      for (size_t run = 0; run < JV_CES_LANES; run++) {
        double w[4];
        for (size_t i = 0; i < 4; i++) w[i] = b.x[i][run];
        assert_near(sums.square[run], sse_alone(&b, w), 1e-12, 0);
      }
      jv_ces_batch_pass(&b, JV_CES_DIFFERENCES, &sums);
      for (size_t i = 0; i < jv_ces_parameters(b.form); i++) {
        double up[4], down[4];
        memcpy(up, base, sizeof up);
        memcpy(down, base, sizeof down);
        up[i] += 1e-5;
        down[i] -= 1e-5;
        /* sum d e is half the slope of the sum of squares, but for the second order of 1e-5 */
        double slope = (sse_alone(&b, up) - sse_alone(&b, down)) / 4;
        assert_near(sums.g[i], slope, 1e-3, 1e-6 * sums.square[0]);
        for (size_t j = 0; j < jv_ces_parameters(b.form); j++)
          assert_near(sums.h[i][j], sums.h[j][i], 1e-9, sqrt(sums.h[i][i] * sums.h[j][j]));
      }
    }
}

/* Random points of the box, and small steps from the optimum: none is lower. */
static void nothing_found_lies_lower(void **state) {
  (void)state;
  double y[60], seasons[4], room[2 * 4 * JV_CES_WIDTH];
  for (uint64_t seed = 20; seed < 26; seed++)
    for (int form = 0; form < JV_CES_FORMS; form++) {
      jv_ces_estimate e;
      jv_ces_batch b;
      make_seasons(y, 60, 4, seed);
      for (size_t s = 0; s < 4; s++)
        seasons[s] = form == JV_CES_SIMPLE ? y[56 + s] : 12 * sin(1.5707963267948966 * (double)s);
      jv_ces_request request = {(jv_ces_form)form, {NAN, NAN, NAN, NAN}, 101, seasons};
      assert_ok(&cx, jv_ces_estimate_of(&cx, y, 60, 4, &request, &e));
      batch_of(&b, form, y, 60, seasons, room);
      assert_true(e.converged && jv_ces_forgets(e.x[0] * (1 - 1e-9), e.x[1] * (1 + 1e-9)));
      jv_rng rng = jv_rng_keyed(seed, NULL, NULL, 1);
      for (int k = 0; k < 3000; k++) {
        double w[4], far = k % 2 ? 1 : 0.01;
        w[0] = k % 2 ? 1 + jv_rng_uniform(&rng) : e.x[0] + far * jv_rng_normal(&rng);
        w[1] = k % 2 ? 1.6 * jv_rng_uniform(&rng) : e.x[1] + far * jv_rng_normal(&rng);
        w[2] = k % 2 ? 1 + jv_rng_uniform(&rng) : e.x[2] + far * jv_rng_normal(&rng);
        w[3] = k % 2 ? 1.6 * jv_rng_uniform(&rng) : e.x[3] + far * jv_rng_normal(&rng);
        if (form == JV_CES_PARTIAL && k % 2) w[2] -= 1;
        if (!jv_ces_forgets(w[0], w[1]) || w[0] < 1 || w[0] > 2 || w[1] > 1.6 || w[2] < 0) continue;
        if (form == JV_CES_FULL && (!jv_ces_forgets(w[2], w[3]) || w[2] < 1 || w[2] > 2)) continue;
        if (form == JV_CES_PARTIAL && w[2] > 1.5) continue;
        assert_true(sse_alone(&b, w) >= e.sse * (1 - 1e-5)); /* 3e-4 in log-likelihood */
      }
    }
}

static void simulated_weights_come_back(void **state) {
  (void)state;
  enum { N = 3000 };
  static double y[N];
  jv_rng rng = jv_rng_keyed(31, NULL, NULL, 0);
  jv_ces_run run = {.m = 1, .a0 = 1.35, .a1 = 0.98, .level = 0, .hidden = 0};
  for (size_t t = 0; t < N; t++) {
    double e = jv_rng_normal(&rng);
    y[t] = jv_ces_mean(&run) + e;
    jv_ces_take(&run, e, false);
  }
  jv_fit *fit = fit_text("ces", y, N, 1);
  const jv_ces_state *s = fit->state;
  assert_near(s->start.a0, 1.35, 0.08, 1); /* four standard errors, as of smoothing: N^-0.5 */
  assert_near(s->start.a1, 0.98, 0.03, 1);
  assert_near(fit->sigma2, 1, 0.11, 1);
  jv_fit_free(&cx, fit);
}

/* ---- forms, refusals, R ---- */

static void the_choice_has_the_best_aicc(void **state) {
  (void)state;
  static const char *const forms[] = {"none", "simple", "partial", "full"};
  double y[60], best;
  char text[40];
  for (uint64_t seed = 40; seed < 43; seed++) {
    make_seasons(y, 60, 4, seed);
    best = INFINITY;
    for (size_t k = 0; k < 4; k++) {
      snprintf(text, sizeof text, "ces{model=\"%s\"}", forms[k]);
      jv_fit *fit = fit_text(text, y, 60, 4);
      best = fmin(best, fit->aicc);
      jv_fit_free(&cx, fit);
    }
    jv_fit *fit = fit_text("ces", y, 60, 4);
    assert_true(fit->aicc == best);
    assert_null(strstr(fit->form, "none"));
    jv_fit_free(&cx, fit);
  }
}

static void what_makes_no_sense_is_refused(void **state) {
  (void)state;
  double y[10] = {1, 2, 3, 2, 4, 3, 5, 4, 6, 5};
  jv_sample sample = {.y = y, .n = 7, .m = 4, .id = "test"};
  jv_model_spec spec;
  jv_fit *fit = NULL;
  assert_fails(&cx, jv_model_spec_parse(&cx, "ces{a0=0.6,a1=1}", &spec), JV_EINVAL, "never fade");
  assert_fails(&cx, jv_model_spec_parse(&cx, "ces{a0=5}", &spec), JV_EINVAL, "a0");
  assert_ok(&cx, jv_model_spec_parse(&cx, "ces{model=\"full\"}", &spec));
  assert_fails(&cx, jv_fit_new(&cx, spec.cls, &sample, spec.opt, &fit), JV_EDATA,
               "needs two whole seasons");
  jv_model_spec_clear(&cx, &spec);
}

static void one_weight_given_the_other_is_found(void **state) {
  (void)state;
  double y[60];
  make_seasons(y, 60, 1, 50);
  jv_fit *free_ = fit_text("ces", y, 60, 1);
  const jv_ces_state *s = free_->state;
  char text[64];
  snprintf(text, sizeof text, "ces{a0=%.15g}", s->start.a0);
  jv_fit *fit = fit_text(text, y, 60, 1);
  assert_near(fit->loglik, free_->loglik, 1e-4, 0);
  jv_fit_free(&cx, fit);
  snprintf(text, sizeof text, "ces{a1=%.15g}", s->start.a1);
  fit = fit_text(text, y, 60, 1);
  assert_near(fit->loglik, free_->loglik, 1e-4, 0);
  jv_fit_free(&cx, fit);
  fit = fit_text("ces{a0=2.5}", y, 60, 1);
  s = fit->state;
  assert_true(jv_ces_forgets(s->start.a0, s->start.a1));
  jv_fit_free(&cx, fit);
  jv_fit_free(&cx, free_);
}

static const double passengers[] = {
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149,
    170, 170, 158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243,
    264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374,
    413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472,
    548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432};

/* Forecasts of R's smooth::ces at its own weights, as StatsForecast's documentation prints them. R
 * runs to and fro more than once: what is left of the start differs, by up to 2e-3. */
static void passengers_go_where_r_sees_them(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double mean[4], tolerance;
  } cases[] = {{"ces{model=\"simple\",a0=1.996411,a1=1.206694}",
                {446.2768, 423.5779, 481.4365, 514.7730},
                5e-5},
               {"ces{model=\"partial\",a0=1.476837,a1=1,b0=0.91997}",
                {437.6247, 412.9464, 445.5811, 498.5370},
                1e-3},
               {"ces{model=\"full\",a0=1.350795,a1=1.009169,b0=1.777909,b1=0.973739}",
                {450.9262, 429.2925, 465.4771, 510.1799},
                2e-3}};
  for (size_t k = 0; k < 3; k++) {
    jv_fit *fit = fit_text(cases[k].text, passengers, 144, 12);
    jv_forecast *fc = forecast_of(fit, 4);
    for (size_t i = 0; i < 4; i++)
      assert_near(fc->mean[i], cases[k].mean[i], cases[k].tolerance, 1);
    jv_forecast_free(&cx, fc);
    jv_fit_free(&cx, fit);
  }
}

static jv_status explain_one(jv_ctx *c) {
  double y[48];
  make_seasons(y, 48, 4, 45);
  jv_sample sample = {.y = y, .n = 48, .m = 4, .id = "test"};
  jv_fit *fit = NULL;
  jv_status status = jv_fit_new(c, &jv_model_ces, &sample, NULL, &fit);
  cJSON *into = cJSON_CreateObject();
  if (status == JV_OK) status = fit->cls->explain(c, fit, into);
  if (status == JV_OK) {
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(into, "steps")) >= 1);
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

static void broken_states_are_refused(void **state) {
  (void)state;
  static const char *const edits[][3] = {
      {"\"form\":\"none\"", "\"form\":\"some\"", "no form is called 'some'"},
      {"\"gap\":0", "\"gap\":-1", "impossible 'gap'"},
      {"\"weights\":[1.5,", "\"weights\":[null,", "impossible 'weights'"},
      {"\"at\":0", "\"at\":3", "impossible 'start'"}};
  double y[30];
  make_seasons(y, 30, 1, 47);
  jv_fit *fit = fit_text("ces{a0=1.5,a1=1}", y, 30, 1), *back = NULL;
  char *json, broken[8192];
  assert_ok(&cx, jv_fit_save(&cx, fit, &json));
  const char *own = strstr(json, "\"state\"");
  assert_non_null(own);
  for (size_t k = 0; k < 4; k++) {
    const char *at = strstr(own, edits[k][0]);
    if (!at) fail_msg("no %s in %s", edits[k][0], own);
    snprintf(broken, sizeof broken, "%.*s%s%s", (int)(at - json), json, edits[k][1],
             at + strlen(edits[k][0]));
    assert_fails(&cx, jv_fit_load(&cx, broken, strlen(broken), &back), JV_EPARSE, edits[k][2]);
  }
  jv_free(&cx, json);
  jv_fit_free(&cx, fit);
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
      cmocka_unit_test(it_is_the_complex_equation),
      cmocka_unit_test(at_one_it_is_simple_smoothing),
      cmocka_unit_test(simple_is_a_smoothing_for_each_season),
      cmocka_unit_test(partial_with_no_weight_is_none_adjusted),
      cmocka_unit_test(the_stable_region_is_the_papers),
      cmocka_unit_test(the_likelihood_is_a_multivariate_normal),
      cmocka_unit_test(deviations_follow_the_transition),
      cmocka_unit_test(missing_values_at_the_end_widen),
      cmocka_unit_test(runs_side_by_side_are_runs_alone),
      cmocka_unit_test(nothing_found_lies_lower),
      cmocka_unit_test(simulated_weights_come_back),
      cmocka_unit_test(the_choice_has_the_best_aicc),
      cmocka_unit_test(what_makes_no_sense_is_refused),
      cmocka_unit_test(one_weight_given_the_other_is_found),
      cmocka_unit_test(passengers_go_where_r_sees_them),
      cmocka_unit_test(it_explains_itself),
      cmocka_unit_test(broken_states_are_refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
