/* Structural models beside R's StructTS: its likelihood at its own variances by our filter, ours at
 * least as high as the exact diffuse one there, and its forecasts where the maximum is the same. */
#include "testing.h"
#include "conformance.h"
#include "model/builtin.h"
#include "model/structural.h"

static jv_ctx cx;
static size_t fits, same, better;
static double most_better;

static const struct {
  const char *block;
  int type;
} blocks[] = {{"StructTS_level", JV_STRUCTURAL_LEVEL},
              {"StructTS_trend", JV_STRUCTURAL_TREND},
              {"StructTS_BSM", JV_STRUCTURAL_BSM}};

static jv_structural_par par_of(const cJSON *coef) {
  static const char *const names[] = {"epsilon", "level", "slope", "seas"};
  jv_structural_par par = {.scale = 1, .period = 10};
  for (int i = 0; i < 4; i++) {
    double v = conformance_number(coef, names[i]);
    par.v[i] = isnan(v) ? 0 : v;
  }
  return par;
}

static jv_structural_form form_of(const reference *r, int type) {
  bool bsm = type == JV_STRUCTURAL_BSM;
  return (jv_structural_form){.type = bsm ? JV_STRUCTURAL_TREND : type,
                              .season = bsm ? JV_STRUCTURAL_DUMMY : JV_STRUCTURAL_NONE,
                              .m = r->m};
}

static double variance(const reference *r) {
  double mean = 0, sum = 0;
  for (size_t i = 0; i < r->n; i++) mean += r->y[i] / (double)r->n;
  for (size_t i = 0; i < r->n; i++) sum += pow(r->y[i] - mean, 2);
  return sum / (double)(r->n - 1);
}

/* With R's prior in place of the diffuse start: an implementation of its own, the same number. R
 * puts 1e4 var(y) into every element of the first covariance, not into its diagonal: its states
 * start as multiples of one another, which is why its maxima are not those of the diffuse start. */
static void check_their_number(const reference *r, const jv_structural_form *form,
                               const jv_structural_par *par, double want) {
  jv_structural_system s;
  jv_kalman *k;
  assert_ok(&cx, jv_structural_system_new(&cx, form, NULL, NULL, r->n, &s));
  jv_structural_system_set(&s, par);
  double *a0 = calloc(s.p, sizeof *a0), *p0 = calloc(s.p * s.p, sizeof *p0);
  a0[0] = r->y[0];
  for (size_t i = 0; i < s.p * s.p; i++) p0[i] = 1e4 * variance(r);
  s.ssm.a0 = a0;
  s.ssm.p0 = p0;
  s.ssm.diffuse = NULL;
  double *y = malloc((r->n + 1) * sizeof *y);
  y[0] = NAN;
  memcpy(y + 1, r->y, r->n * sizeof *y);
  assert_ok(&cx, jv_kalman_new(&cx, s.p, s.r, r->n + 1, JV_KALMAN_NOTHING, &k));
  double got = jv_kalman_run(k, &s.ssm, y, r->n + 1);
  free(y);
  /* 1e-6: a prior of 1e4 times the variance costs half of the digits; M18663's fit is singular */
  assert_near(got, want, 1e-6, 1);
  jv_kalman_free(&cx, k);
  jv_structural_system_free(&cx, &s);
  free(a0);
  free(p0);
}

static void check_forecast(const reference *r, jv_fit *fit, const cJSON *answer) {
  static const char *const ends[] = {"lower95", "upper95"};
  double bounds[2][400];
  size_t n;
  jv_forecast *fc;
  double *mean = conformance_list(conformance_get(answer, "mean"), &n);
  assert_ok(&cx, jv_fit_forecast(&cx, fit, n, NULL, &fc));
  assert_ok(&cx, jv_forecast_interval(&cx, fc, 95, bounds[0], bounds[1]));
  for (size_t i = 0; i < n; i++) assert_near(fc->mean[i], mean[i], 1e-3, r->size);
  for (size_t e = 0; e < 2; e++) {
    size_t count;
    double *want = conformance_list(conformance_get(answer, ends[e]), &count);
    for (size_t i = 0; i < count; i++) assert_near(bounds[e][i], want[i], 1e-3, r->size);
    free(want);
  }
  free(mean);
  jv_forecast_free(&cx, fc);
}

static void check_block(const reference *r, const cJSON *block, int type) {
  jv_structural_par theirs = par_of(conformance_get(block, "coef"));
  jv_structural_form form = form_of(r, type);
  jv_sample sample = {.y = r->y, .n = r->n, .m = r->m, .id = r->name};
  jv_structural_opt opt;
  jv_fit *fit;
  double at_theirs;
  jv_option_defaults(jv_model_structural.options, &opt);
  opt.type = type;
  check_their_number(r, &form, &theirs, conformance_number(block, "loglik"));
  assert_ok(&cx, jv_structural_loglik(&cx, &sample, NULL, &form, &theirs, &at_theirs));
  assert_ok(&cx, jv_fit_new(&cx, &jv_model_structural, &sample, &opt, &fit));
  double gain = fit->loglik - at_theirs;
  if (gain < -0.01)
    fail_msg("%s %s: log L %.6f, at R's variances %.6f", r->name, fit->form, fit->loglik,
             at_theirs);
  fits++;
  if (gain < 0.01) same++;
  if (gain < 1e-4) check_forecast(r, fit, conformance_get(block, "forecast"));
  if (gain > 0.01) better++;
  most_better = fmax(most_better, gain);
  jv_fit_free(&cx, fit);
}

static void check_series(const reference *r) {
  for (size_t t = 0; t < r->n; t++)
    if (isnan(r->y[t])) return; /* R interpolates first */
  for (size_t i = 0; i < 3; i++) {
    const cJSON *block = conformance_get(r->json, blocks[i].block);
    if (block) check_block(r, block, blocks[i].type);
  }
}

static void as_good_as_structts(void **state) {
  (void)state;
  size_t n = conformance_run("structural.json", check_series);
  assert_true(n >= 8 && fits >= 20);
  print_message("# %zu fits: %zu on R's maximum, %zu higher, by up to %.3f\n", fits, same, better,
                most_better);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(as_good_as_structts)};
  jv_ctx_init(&cx);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
