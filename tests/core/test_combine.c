/* core/evaluate/combine: the centre of forecasts, weights on the simplex, joint errors, what is left
 * out, what is said. The rules of every model are in test_contract.c. */
#include "testing.h"
#include "base/rng.h"
#include "evaluate/combine.h"
#include "evaluate/models.h"
#include <cjson/cJSON.h>

enum { N = 120 };

typedef struct bench {
  jv_ctx cx;
  testing_memory memory;
  jv_model_spec spec;
} bench;

static void begin(bench *b) {
  memset(b, 0, sizeof *b);
  testing_ctx(&b->cx, &b->memory);
  assert_ok(&b->cx, jv_registry_new(&b->cx, &b->cx.models));
  assert_ok(&b->cx, jv_evaluate_models(&b->cx, b->cx.models));
}

static void end(bench *b) {
  jv_model_spec_clear(&b->cx, &b->spec);
  jv_registry_free(&b->cx, b->cx.models);
  assert_int_equal(b->memory.live, 0);
}

static jv_status fit_as(bench *b, const char *text, const double *y, size_t n, size_t m,
                        jv_fit **out) {
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "combine"};
  jv_model_spec_clear(&b->cx, &b->spec);
  JV_TRY(jv_model_spec_parse(&b->cx, text, &b->spec));
  return jv_fit_new(&b->cx, b->spec.cls, &sample, b->spec.opt, out);
}

static jv_fit *fit(bench *b, const char *text, const double *y, size_t n, size_t m) {
  jv_fit *made = NULL;
  assert_ok(&b->cx, fit_as(b, text, y, n, m, &made));
  return made;
}

/* A random walk with a season of 4. */
static void make_walk(double *y, size_t n) {
  jv_rng rng = jv_rng_keyed(5, "combine", "walk", 0);
  double level = 100;
  for (size_t t = 0; t < n; t++) {
    level += 0.3 + jv_rng_normal(&rng);
    y[t] = level + 5 * (double)(t % 4 == 2);
  }
}

static const jv_combine_state *state_of(const jv_fit *f) { return f->state; }

/* ---- the centre ---- */

static double centre_of(jv_combine_how how, double trim, const double *values, size_t n) {
  double v[JV_COMBINE_MOST], weights[] = {0.5, 0.25, 0.125, 0.125, 0};
  jv_combine_state s = {.how = how, .trim = trim, .n = n, .weights = weights};
  memcpy(v, values, n * sizeof *v);
  return jv_combine_centre(&s, v);
}

static void the_centre_is_what_it_is_called(void **state) {
  (void)state;
  const double five[] = {9, 1, 5, 100, 2}, four[] = {4, NAN, 1, 2, 10};
  assert_true(centre_of(JV_COMBINE_MEDIAN, 0, five, 5) == 5);
  assert_true(centre_of(JV_COMBINE_MEDIAN, 0, four, 5) == 3);
  assert_true(centre_of(JV_COMBINE_MEDIAN, 0, five, 1) == 9);
  assert_true(centre_of(JV_COMBINE_MEAN, 0, four, 5) == 17.0 / 4);
  assert_true(centre_of(JV_COMBINE_TRIMMED, 0.25, five, 5) == 16.0 / 3); /* one at each end */
  assert_true(centre_of(JV_COMBINE_TRIMMED, 0.5, five, 5) == 5);
  assert_true(centre_of(JV_COMBINE_TRIMMED, 0.5, four, 5) == 3);
  assert_true(centre_of(JV_COMBINE_STACKED, 0, five, 4) == 4.5 + 0.25 + 0.625 + 12.5);
  /* weights of those that are there sum to one again */
  assert_near(centre_of(JV_COMBINE_INVERSE, 0, four, 4), (2 + 0.125 + 0.25) / 0.75, 1e-15, 0);
  const double none[] = {NAN, NAN};
  assert_true(isnan(centre_of(JV_COMBINE_MEDIAN, 0, none, 2)));
  assert_true(isnan(centre_of(JV_COMBINE_STACKED, 0, none, 2)));
}

/* ---- least squares on the simplex ---- */

static double form(const double *q, size_t n, const double *w) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) sum += w[i] * q[i * n + j] * w[j];
  return sum;
}

/* The optimum is where no weight can be moved to a lower slope (Karush, Kuhn and Tucker). */
static void check_least(const double *q, size_t n, const double *w) {
  double sum = 0, least = form(q, n, w), size = 0;
  for (size_t i = 0; i < n; i++) {
    assert_true(w[i] >= 0);
    sum += w[i];
    size = fmax(size, q[i * n + i]);
  }
  assert_near(sum, 1, 1e-12, 0);
  for (size_t i = 0; i < n; i++) {
    double slope = 0;
    for (size_t j = 0; j < n; j++) slope += q[i * n + j] * w[j];
    if (slope < least - 1e-9 * size)
      fail_msg("slope %g below %g at %zu of %zu", slope, least, i, n);
  }
}

static void weights_are_at_the_least(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(2, "combine", "simplex", 0);
  double q[144], w[12], e[40 * 12], work[12 * 15];
  for (size_t trial = 0; trial < 400; trial++) {
    size_t n = 1 + (size_t)jv_rng_below(&rng, 12), rows = 1 + (size_t)jv_rng_below(&rng, 40);
    for (size_t t = 0; t < rows; t++) {
      double common = jv_rng_normal(&rng);
      for (size_t i = 0; i < n; i++)
        e[t * n + i] = 2 * common + jv_rng_normal(&rng) * (double)(i + 1);
      if (n > 2 && trial % 3 == 0) e[t * n + 1] = e[t * n]; /* twins */
    }
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        q[i * n + j] = 0;
        for (size_t t = 0; t < rows; t++) q[i * n + j] += e[t * n + i] * e[t * n + j];
      }
    jv_simplex_least(q, n, w, work);
    check_least(q, n, w);
  }
}

static void known_weights(void **state) {
  (void)state;
  double w[3], work[3 * 6];
  const double apart[] = {1, 0, 0, 0, 4, 0, 0, 0, 2}; /* inversely to the variances */
  jv_simplex_least(apart, 3, w, work);
  assert_near(w[0], 4.0 / 7, 1e-12, 0);
  assert_near(w[1], 1.0 / 7, 1e-12, 0);
  assert_near(w[2], 2.0 / 7, 1e-12, 0);
  const double corner[] = {1, 2, 2, 9}; /* unbounded weights would be 7/6 and -1/6 */
  jv_simplex_least(corner, 2, w, work);
  assert_true(w[0] == 1 && w[1] == 0);
  const double nothing[] = {0, 0, 0, 0};
  jv_simplex_least(nothing, 2, w, work);
  assert_true(w[0] + w[1] == 1);
}

/* ---- combinations ---- */

static void one_member_is_that_member(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *all = fit(&b, "combine(snaive)", y, N, 4), *one = fit(&b, "snaive", y, N, 4);
  jv_forecast *f, *g;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, all, 8, NULL, &f));
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, one, 8, NULL, &g));
  assert_memory_equal(f->mean, g->mean, 8 * sizeof *f->mean);
  assert_memory_equal(all->fitted, one->fitted, N * sizeof *one->fitted);
  double lower[8], upper[8], lo[8], hi[8];
  assert_ok(&b.cx, jv_forecast_interval(&b.cx, f, 80, lower, upper));
  assert_ok(&b.cx, jv_forecast_interval(&b.cx, g, 80, lo, hi));
  /* ends out of 2000 paths: 4 standard errors of a normal quantile at 0.9 (0.038 deviations) */
  for (size_t i = 0; i < 8; i++) {
    assert_near(lower[i], lo[i], 0.16 / 1.28, hi[i] - g->mean[i]);
    assert_near(upper[i] - lower[i], hi[i] - lo[i], 0.1, 0);
  }
  jv_forecast_free(&b.cx, f);
  jv_forecast_free(&b.cx, g);
  jv_fit_free(&b.cx, all);
  jv_fit_free(&b.cx, one);
  end(&b);
}

static double deviation(const double *paths, size_t n, size_t h, size_t from, size_t to) {
  double sum = 0, square = 0;
  for (size_t p = 0; p < n; p++) {
    double x = 0;
    for (size_t i = from; i < to; i++) x += paths[p * h + i];
    sum += x;
    square += x * x;
  }
  return sqrt(square / (double)n - sum * sum / (double)(n * n));
}

/* The mean of two members with deviations s1, s2 and correlation r has shocks of the variance
 * (s1^2 + s2^2 + 2 r s1 s2) / 4 at the first step, and follows one of two courses, each half of their
 * distance away. */
static double with_courses(double variance, const double *means, size_t h, size_t from, size_t to) {
  double apart = 0;
  for (size_t i = from; i < to; i++) apart += (means[i] - means[h + i]) / 2;
  return sqrt(variance + apart * apart);
}

static void errors_are_joint(void **state) {
  (void)state;
  enum { PATHS = 8000, H = 6 };
  static double paths[PATHS * H];
  double y[N], r[4], means[2 * H], s1, s2;
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *two = fit(&b, "combine(naive,snaive){how=mean}", y, N, 4);
  const jv_combine_state *s = state_of(two);
  assert_ok(&b.cx, jv_combine_correlations(&b.cx, two, r));
  assert_true(r[0] == 1 && r[3] == 1 && r[1] == r[2] && r[1] > 0.1 && r[1] < 0.95);
  s1 = sqrt(s->fits[0]->sigma2);
  s2 = sqrt(s->fits[1]->sigma2);
  assert_ok(&b.cx, jv_fit_simulate(&b.cx, two, H, NULL, PATHS, paths));
  assert_ok(&b.cx, jv_combine_means(&b.cx, two, H, NULL, means));
  double want = with_courses((s1 * s1 + s2 * s2 + 2 * r[1] * s1 * s2) / 4, means, H, 0, 1);
  /* five standard errors of a deviation */
  assert_near(deviation(paths, PATHS, H, 0, 1), want, 5 / sqrt(2.0 * PATHS), 0);
  /* third step: naive has three shocks, the seasonal one the third alone */
  want = with_courses((3 * s1 * s1 + s2 * s2 + 2 * r[1] * s1 * s2) / 4, means, H, 2, 3);
  assert_near(deviation(paths, PATHS, H, 2, 3), want, 5 / sqrt(2.0 * PATHS), 0);
  /* the sum of two steps: naive e1 + (e1 + e2), seasonal d1 + d2 */
  want = with_courses((5 * s1 * s1 + 2 * s2 * s2 + 2 * 3 * r[1] * s1 * s2) / 4, means, H, 0, 2);
  assert_near(deviation(paths, PATHS, H, 0, 2), want, 5 / sqrt(2.0 * PATHS), 0);
  jv_fit_free(&b.cx, two);
  end(&b);
}

/* A member whose paths do not follow the pool has its errors made out of its deviations, which they
 * then have. */
static void nested_combinations_keep_their_spread(void **state) {
  (void)state;
  enum { PATHS = 8000, H = 3 };
  static double inner[PATHS * H], outer[PATHS * H];
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *in = fit(&b, "combine(naive,drift)", y, N, 1);
  jv_fit *out = fit(&b, "combine(combine(naive,drift))", y, N, 1);
  assert_ok(&b.cx, jv_fit_simulate(&b.cx, in, H, NULL, PATHS, inner));
  assert_ok(&b.cx, jv_fit_simulate(&b.cx, out, H, NULL, PATHS, outer));
  for (size_t i = 0; i < H; i++) /* quantiles of 2000 paths, then as many again */
    assert_near(deviation(outer, PATHS, H, i, i + 1), deviation(inner, PATHS, H, i, i + 1), 0.1, 0);
  jv_fit_free(&b.cx, in);
  jv_fit_free(&b.cx, out);
  end(&b);
}

static void weights_find_the_better_model(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *stacked =
      fit(&b, "combine(mean,naive,snaive){how=stacked,horizon=4,origins=20}", y, N, 4);
  const jv_combine_state *s = state_of(stacked);
  assert_int_equal(s->origins, 20);
  assert_int_equal(s->horizon, 4);
  assert_near(s->weights[0] + s->weights[1] + s->weights[2], 1, 1e-12, 0);
  assert_true(s->weights[0] < 0.05 && s->weights[2] > 0.3); /* the season is 5, a step 1 */
  jv_fit *inverse =
      fit(&b, "combine(mean,naive,snaive){how=inverse,horizon=4,origins=20}", y, N, 4);
  s = state_of(inverse);
  for (size_t i = 0; i < 3; i++) /* inversely to the squared errors of the backtest */
    assert_near(s->weights[i] * s->rmse[i] * s->rmse[i], s->weights[0] * s->rmse[0] * s->rmse[0],
                1e-12, 0);
  assert_true(s->weights[2] > s->weights[1] && s->weights[1] > s->weights[0]);
  assert_true(strncmp(stacked->form, "Stack of Mean, Naive, ", 15) == 0);
  jv_fit_free(&b.cx, stacked);
  jv_fit_free(&b.cx, inverse);
  end(&b);
}

static void too_short_for_weights(void **state) {
  (void)state;
  const double y[] = {1, 2, 4};
  bench b;
  begin(&b);
  jv_fit *f = fit(&b, "combine(naive,drift){how=stacked}", y, 3, 1);
  const jv_combine_state *s = state_of(f);
  assert_true(s->weights[0] == 0.5 && s->weights[1] == 0.5 && s->origins == 0);
  assert_int_equal(s->n_notes, 1);
  assert_non_null(strstr(s->notes[0], "equal weights: "));
  jv_fit_free(&b.cx, f);
  end(&b);
}

static void what_cannot_be_fitted_is_left_out(void **state) {
  (void)state;
  const double y[] = {5};
  const double gap[] = {1, 2, NAN, 4, 5, 3, 2, 4, 6, 3, 2};
  bench b;
  begin(&b);
  jv_fit *f = fit(&b, "combine(drift,naive,mean)", y, 1, 1);
  const jv_combine_state *s = state_of(f);
  assert_int_equal(s->n, 2);
  assert_string_equal(s->names[0], "naive");
  assert_string_equal(s->names[1], "mean");
  assert_int_equal(s->n_notes, 1);
  assert_string_equal(s->notes[0],
                      "left out: drift: drift: needs at least 2 observed values, got 1");
  jv_forecast *fc;
  double lower, upper;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 1, NULL, &fc));
  assert_true(fc->mean[0] == 5);
  assert_ok(&b.cx, jv_forecast_interval(&b.cx, fc, 80, &lower, &upper));
  assert_true(isinf(lower) && isinf(upper)); /* nothing is known of the spread of one value */
  jv_forecast_free(&b.cx, fc);
  jv_fit_free(&b.cx, f);
  f = NULL;
  assert_fails(
      &b.cx, fit_as(&b, "combine(drift)", y, 1, 1, &f), JV_EDATA,
      "combine: none of its models can be fitted: drift: drift: needs at least 2 observed");
  assert_null(f);
  f = fit(&b, "combine(naive,drift,mean)", gap, 11, 1);
  assert_int_equal(state_of(f)->n, 3);
  jv_fit_free(&b.cx, f);
  end(&b);
}

static void wrong_members_are_refused(void **state) {
  (void)state;
  const double y[] = {1, 2, 3};
  jv_fit *f = NULL;
  bench b;
  begin(&b);
  assert_fails(&b.cx, fit_as(&b, "combine(naive,nave)", y, 3, 1, &f), JV_ENOTFOUND,
               "did you mean 'naive'");
  assert_fails(&b.cx, fit_as(&b, "combine(naive,naive)", y, 3, 1, &f), JV_EINVAL, "stands twice");
  assert_fails(&b.cx, fit_as(&b, "combine(naive){how=best}", y, 3, 1, &f), JV_EINVAL, "how");
  assert_fails(&b.cx, fit_as(&b, "combine(naive){trim=0.6}", y, 3, 1, &f), JV_EINVAL, "trim");
  assert_fails(&b.cx, fit_as(&b, "combine()", y, 3, 1, &f), JV_EPARSE, "wanted a model");
  assert_fails(&b.cx, fit_as(&b, "naive(drift)", y, 3, 1, &f), JV_EPARSE, "takes no models");
  end(&b);
}

static bool has_text(const cJSON *list, const char *text) {
  const cJSON *item;
  cJSON_ArrayForEach(item, list) if (strstr(cJSON_GetStringValue(item), text)) return true;
  return false;
}

static void explain_says_what_was_done(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *f = fit(&b, "combine(naive,ses,drift){how=inverse}", y, N, 1);
  cJSON *into = cJSON_CreateObject();
  assert_ok(&b.cx, f->cls->explain(&b.cx, f, into));
  const cJSON *steps = cJSON_GetObjectItem(into, "steps");
  assert_true(has_text(steps, "inverse squared errors of 3 models") ||
              has_text(steps, "the forecasts of 3 models"));
  assert_true(has_text(steps, "12 forecasts of 4 steps"));
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "trace")), 3);
  assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(into, "coefficients")), 3);
  cJSON_Delete(into);
  jv_fit_free(&b.cx, f);
  end(&b);
}

static void the_form_fits_its_room(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *f = fit(&b, "combine(naive,drift)", y, N, 1);
  assert_string_equal(f->form, "Median of Naive, Drift");
  jv_fit_free(&b.cx, f);
  f = fit(&b, "combine(ets,theta,dotm,stm,otm,dstm,drift,naive,mean)", y, N, 4);
  assert_string_equal(f->form, "Median of ets, theta, dotm, stm, otm, dstm, drift, naive, mean");
  jv_fit_free(&b.cx, f);
  char many[400] = "combine(";
  static const char *const forms[] = {"ANN", "AAN", "AAA", "ANA", "MAA",
                                      "MNN", "MAN", "MNA", "MAM"};
  for (size_t i = 0; i < 9; i++)
    snprintf(many + strlen(many), 40, "%sets{model=\"%s\"}", i ? "," : "", forms[i]);
  strcat(many, ")");
  f = fit(&b, many, y, N, 4);
  assert_string_equal(f->form + strlen(f->form) - 3, "...");
  jv_fit_free(&b.cx, f);
  end(&b);
}

/* Members that refuse a value refuse it before any of them has changed. */
static void an_update_is_all_or_nothing(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *f = fit(&b, "combine(naive,ets{model=\"MNN\"})", y, N, 1);
  const double bad[] = {100, -1};
  jv_forecast *before, *after;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 2, NULL, &before));
  if (jv_fit_update(&b.cx, f, bad, NULL, 2) != JV_OK) {
    assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 2, NULL, &after));
    assert_memory_equal(before->mean, after->mean, 2 * sizeof *after->mean);
    jv_forecast_free(&b.cx, after);
  }
  jv_forecast_free(&b.cx, before);
  jv_fit_free(&b.cx, f);
  end(&b);
}

/* Nothing is estimated: on the same series it is the same, on another its members' own way. */
static void it_is_applied_to_other_series(void **state) {
  (void)state;
  double y[N], z[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  for (size_t t = 0; t < N; t++) z[t] = 3 * y[N - 1 - t];
  jv_fit *f = fit(&b, "combine(naive,theta,ses){how=stacked}", y, N, 4), *g, *member;
  jv_sample same = {.y = y, .n = N, .m = 4, .id = "combine"}, other = {.y = z, .n = N, .m = 4};
  jv_forecast *x, *w;
  assert_ok(&b.cx, jv_fit_apply(&b.cx, f, &same, &g));
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 4, NULL, &x));
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, g, 4, NULL, &w));
  for (size_t i = 0; i < 4; i++) assert_near(w->mean[i], x->mean[i], 1e-12, 0);
  assert_memory_equal(state_of(g)->weights, state_of(f)->weights, 3 * sizeof(double));
  jv_forecast_free(&b.cx, x);
  jv_forecast_free(&b.cx, w);
  jv_fit_free(&b.cx, g);
  assert_ok(&b.cx, jv_fit_apply(&b.cx, f, &other, &g));
  double sum = 0;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, g, 1, NULL, &w));
  for (size_t i = 0; i < 3; i++) {
    assert_ok(&b.cx, jv_fit_apply(&b.cx, state_of(f)->fits[i], &other, &member));
    assert_ok(&b.cx, jv_fit_forecast(&b.cx, member, 1, NULL, &x));
    sum += state_of(f)->weights[i] * x->mean[0];
    jv_forecast_free(&b.cx, x);
    jv_fit_free(&b.cx, member);
  }
  assert_near(w->mean[0], sum, 1e-12, 0);
  jv_forecast_free(&b.cx, w);
  jv_fit_free(&b.cx, g);
  jv_fit_free(&b.cx, f);
  end(&b);
}

/* ---- auto ---- */

static bool has_member(const jv_fit *f, const char *name) {
  const jv_combine_state *s = state_of(f);
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(s->names[i], name) == 0) return true;
  return false;
}

static jv_fit *fit_dated(bench *b, const double *y, size_t n, size_t m, jv_freq_kind kind) {
  jv_period start = {2000, {(uint8_t)kind, 0}};
  jv_sample sample = {.y = y, .n = n, .m = m, .id = "auto", .start = &start};
  jv_fit *f = NULL;
  assert_ok(&b->cx, jv_fit_new(&b->cx, &jv_model_auto, &sample, NULL, &f));
  return f;
}

static void auto_is_the_median_of_its_models(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *f = fit(&b, "auto", y, N, 4), *g = fit(&b, "combine(ets,arima,ces,dotm)", y, N, 4);
  jv_forecast *x, *z;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 8, NULL, &x));
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, g, 8, NULL, &z));
  assert_memory_equal(x->mean, z->mean, 8 * sizeof *x->mean);
  assert_string_equal(f->form, g->form);
  jv_forecast_free(&b.cx, x);
  jv_forecast_free(&b.cx, z);
  jv_fit_free(&b.cx, f);
  jv_fit_free(&b.cx, g);
  end(&b);
}

static void drift_is_for_annual_series(void **state) {
  (void)state;
  double y[N];
  bench b;
  begin(&b);
  make_walk(y, N);
  jv_fit *fits[] = {fit_dated(&b, y, 30, 1, JV_FREQ_A), fit_dated(&b, y, 30, 1, JV_FREQ_INDEX),
                    fit_dated(&b, y, 60, 4, JV_FREQ_Q), fit_dated(&b, y, 60, 1, JV_FREQ_W)};
  static const bool wanted[] = {true, true, false, false};
  for (size_t i = 0; i < 4; i++) {
    assert_true(has_member(fits[i], "drift") == wanted[i]);
    assert_int_equal(state_of(fits[i])->n, wanted[i] ? 5 : 4);
    jv_fit_free(&b.cx, fits[i]);
  }
  end(&b);
}

/* Whatever naive takes: one value, few, gaps, all alike. */
static void auto_takes_what_naive_takes(void **state) {
  (void)state;
  const double gaps[] = {NAN, 3, NAN, NAN, 3, 4, NAN, 2, NAN, 5, 6, NAN};
  bench b;
  begin(&b);
  for (size_t m = 1; m <= 12; m += 11)
    for (size_t n = 1; n <= 12; n++)
      for (int kind = 0; kind < 3; kind++) {
        double y[12];
        for (size_t t = 0; t < n; t++)
          y[t] = kind == 0 ? gaps[(t + 1) % 12] : kind == 1 ? 0 : -(double)(t * t % 7);
        jv_forecast *fc;
        jv_fit *f = fit(&b, "auto", y, n, m);
        assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, m + 2, NULL, &fc));
        double lower[14], upper[14];
        assert_ok(&b.cx, jv_forecast_interval(&b.cx, fc, 95, lower, upper));
        for (size_t i = 0; i < m + 2; i++)
          assert_true(isfinite(fc->mean[i]) && lower[i] <= upper[i]);
        jv_forecast_free(&b.cx, fc);
        jv_fit_free(&b.cx, f);
      }
  end(&b);
}

/* With regressors the models that take none are left out, and said to be. */
static void regressors_choose_the_members(void **state) {
  (void)state;
  double y[N], x[N + 4];
  bench b;
  begin(&b);
  make_walk(y, N);
  for (size_t t = 0; t < N + 4; t++) x[t] = (double)(t * 7919 % 31);
  for (size_t t = 0; t < N; t++) y[t] += 2 * x[t];
  jv_sample sample = {.y = y, .n = N, .m = 4, .id = "auto", .x = x, .k = 1};
  jv_fit *f = NULL;
  assert_ok(&b.cx, jv_fit_new(&b.cx, &jv_model_auto, &sample, NULL, &f));
  assert_int_equal(state_of(f)->n, 1);
  assert_true(has_member(f, "arima"));
  assert_string_equal(state_of(f)->notes[0], "left out: ets: ets: takes no regressors");
  jv_forecast *fc;
  assert_ok(&b.cx, jv_fit_forecast(&b.cx, f, 4, x + N, &fc));
  jv_forecast_free(&b.cx, fc);
  assert_fails(&b.cx, jv_fit_forecast(&b.cx, f, 4, NULL, &fc), JV_EINVAL, "1 regressor");
  jv_fit_free(&b.cx, f);
  end(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_centre_is_what_it_is_called),
      cmocka_unit_test(weights_are_at_the_least),
      cmocka_unit_test(known_weights),
      cmocka_unit_test(one_member_is_that_member),
      cmocka_unit_test(errors_are_joint),
      cmocka_unit_test(nested_combinations_keep_their_spread),
      cmocka_unit_test(weights_find_the_better_model),
      cmocka_unit_test(too_short_for_weights),
      cmocka_unit_test(what_cannot_be_fitted_is_left_out),
      cmocka_unit_test(wrong_members_are_refused),
      cmocka_unit_test(explain_says_what_was_done),
      cmocka_unit_test(the_form_fits_its_room),
      cmocka_unit_test(an_update_is_all_or_nothing),
      cmocka_unit_test(it_is_applied_to_other_series),
      cmocka_unit_test(auto_is_the_median_of_its_models),
      cmocka_unit_test(drift_is_for_annual_series),
      cmocka_unit_test(auto_takes_what_naive_takes),
      cmocka_unit_test(regressors_choose_the_members),
  };
  return cmocka_run_group_tests_name("combine", tests, NULL, NULL);
}
