/* Theta models and CES on the M4 sample: milliseconds a series on one thread, searches, accuracy, by
 * frequency; beside R's thetaf when a file of its answers is given.
 *
 *   theta_bench M4_SAMPLE_FOLDER [R_ANSWERS]
 *
 * R_ANSWERS (written by theta_bench.R) has lines `ID,MS,MEAN...`. Times are CPU times of fit and point
 * forecasts, default options, after a warm-up; OWA is M4's (ratios of means to Naive2's); "inside" is
 * the share of test values in the 95 % interval. A run is one pass of a recursion over the data (of CES
 * two: backwards and forwards), whose nanoseconds an observation stand beside what its chain of
 * dependent operations must take. */
#include "m4_sample.h"
#include "model/builtin.h"
#include "model/ces_filter.h"
#include "model/theta_engine.h"

static const jv_model_class *const models[] = {
    &jv_model_theta, &jv_model_stm,       &jv_model_otm,       &jv_model_dstm,
    &jv_model_dotm,  &jv_model_autotheta, &jv_model_fourtheta, &jv_model_ces};
enum { MODELS = sizeof models / sizeof models[0], LINE = 1 << 16 };

static void print_score(const char *name, const m4_score *k, const m4_score *naive2) {
  double n = (double)k->n;
  if (k->n == 0) return;
  printf("  %-10s %5zu %8.0f %9.4f %8.0f %8.4f %8.4f %8.3f\n", name, k->n, k->observations / n,
         k->ms / n, k->evaluations / n, m4_owa(k, naive2), k->mase / n,
         k->n_inside ? (double)k->inside / (double)k->n_inside : NAN);
}

static void run_models(jv_ctx *cx, const m4_sample *sample, const m4_score *naive2) {
  printf("%-12s %5s %8s %9s %8s %8s %8s %8s\n", "", "n", "length", "ms", "runs", "OWA", "MASE",
         "inside");
  for (int i = 0; i < MODELS; i++) {
    m4_score k[M4_FREQUENCIES + 1];
    m4_run(cx, models[i], sample, k);
    printf("%s\n", models[i]->name);
    for (int f = 0; f <= M4_FREQUENCIES; f++)
      print_score(f < M4_FREQUENCIES ? m4_names[f] : "all", &k[f], &naive2[f]);
  }
}

/* ---- beside R, on the series that it has done ---- */

typedef struct pair {
  m4_score r, theta, dotm, naive2;
} pair;

static void add_answer(jv_ctx *cx, const m4_series *s, double ms, const double *mean, pair *to) {
  double own[M4_MAX_H];
  m4_add(&to->r, s, mean, ms);
  m4_forecast(cx, &jv_model_naive2, s, own, &to->naive2);
  m4_add(&to->naive2, s, own, 0);
  double took = m4_forecast(cx, &jv_model_theta, s, own, &to->theta);
  m4_add(&to->theta, s, own, took);
  took = m4_forecast(cx, &jv_model_dotm, s, own, &to->dotm);
  m4_add(&to->dotm, s, own, took);
}

static void compare_with_r(jv_ctx *cx, m4_sample *sample, const char *path) {
  static char line[LINE];
  pair pairs[M4_FREQUENCIES] = {0};
  FILE *file = fopen(path, "r");
  if (!file) m4_die("cannot open", path);
  while (fgets(line, sizeof line, file)) {
    char *id = strtok(line, ","), *ms = strtok(NULL, ",");
    m4_series *s = id ? m4_find(sample, id) : NULL;
    double mean[M4_MAX_H];
    if (!s || !ms) continue;
    for (size_t i = 0; i < s->h; i++) {
      char *value = strtok(NULL, ",\n");
      mean[i] = value ? strtod(value, NULL) : NAN;
    }
    add_answer(cx, s, strtod(ms, NULL), mean, &pairs[s->freq]);
  }
  fclose(file);
  printf("\nbeside R's thetaf, same series, same run\n%-12s %5s %9s %9s %9s %8s %8s %8s\n", "", "n",
         "R ms", "theta ms", "dotm ms", "R OWA", "theta", "dotm");
  for (int f = 0; f < M4_FREQUENCIES; f++) {
    const pair *p = &pairs[f];
    double n = (double)p->r.n;
    if (p->r.n)
      printf("%-12s %5zu %9.3f %9.4f %9.4f %8.4f %8.4f %8.4f\n", m4_names[f], p->r.n, p->r.ms / n,
             p->theta.ms / n, p->dotm.ms / n, m4_owa(&p->r, &p->naive2),
             m4_owa(&p->theta, &p->naive2), m4_owa(&p->dotm, &p->naive2));
  }
}

/* ---- what a run costs ---- */

static double *make_walk(size_t n) {
  double *y = malloc(n * sizeof *y), level = 100;
  if (!y) m4_die("out of memory", "walk");
  jv_rng rng = jv_rng_keyed(1, NULL, NULL, 0);
  for (size_t t = 0; t < n; t++) {
    level += 0.1 + 0.5 * jv_rng_normal(&rng);
    y[t] = level + jv_rng_normal(&rng);
  }
  return y;
}

/* Nanoseconds of a dependent multiplication and addition: what a level cannot be faster than. */
static double chain_ns(void) {
  enum { STEPS = 20000000 };
  volatile double keep = 0.7, add = 30;
  double x = 1, k = keep, a = add, from = m4_cpu_ms();
  for (int i = 0; i < STEPS; i++) x = x * k + a;
  keep = x;
  return (m4_cpu_ms() - from) * 1e6 / STEPS;
}

static void time_theta(jv_ctx *cx) {
  printf("\ntheta, search of DOTM: ns an observation and run (four runs side by side)\n");
  for (size_t n = 100; n <= 100000; n *= 10) {
    double *y = make_walk(n), from = m4_cpu_ms();
    size_t runs = 0, repeats = 2000000 / n;
    for (size_t k = 0; k < repeats; k++) {
      jv_theta_request request = {NAN, NAN, NAN, true};
      jv_theta_estimate e;
      if (jv_theta_estimate_of(cx, y, n, &request, &e) != JV_OK) m4_die("theta", cx->message);
      runs += e.evaluations;
    }
    printf("  n %6zu: %.2f ns (%.0f runs a fit)\n", n,
           (m4_cpu_ms() - from) * 1e6 / ((double)runs * (double)n), (double)runs / (double)repeats);
    free(y);
  }
}

static void time_ces(void) {
  static const char *const forms[] = {"none", "simple", "partial", "full"};
  enum { N = 2000, M = 12, REPEATS = 500 };
  double *y = make_walk(N), seasons[M] = {0}, room[2 * M * JV_CES_WIDTH];
  printf("CES, value and derivatives in one go: ns an observation (backwards and forwards)\n");
  for (int f = 0; f < JV_CES_FORMS; f++) {
    jv_ces_batch b = {.form = (jv_ces_form)f,
                      .m = f ? M : 1,
                      .n = N,
                      .y = y,
                      .complete = true,
                      .end = 100,
                      .seasons = seasons,
                      .ring = room};
    for (size_t run = 0; run < JV_CES_WIDTH; run++) {
      const double w[JV_CES_MAX] = {1.3, 1, f == JV_CES_PARTIAL ? 0.2 : 1.2, 1};
      for (size_t i = 0; i < JV_CES_MAX; i++) b.x[i][run] = w[i];
    }
    jv_ces_sums sums;
    double from = m4_cpu_ms();
    for (int k = 0; k < REPEATS; k++) jv_ces_batch_pass(&b, JV_CES_DIFFERENCES, &sums);
    printf("  %-8s %.2f ns\n", forms[f], (m4_cpu_ms() - from) * 1e6 / REPEATS / N);
  }
  free(y);
}

int main(int argc, char **argv) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  if (argc < 2) m4_die("usage", "theta_bench M4_SAMPLE_FOLDER [R_ANSWERS]");
  m4_sample *sample = m4_read(argv[1]);
  m4_score naive2[M4_FREQUENCIES + 1];
  m4_run(&cx, &jv_model_naive2, sample, naive2);
  run_models(&cx, sample, naive2);
  if (argc > 2) compare_with_r(&cx, sample, argv[2]);
  time_theta(&cx);
  time_ces();
  double ns = chain_ns();
  printf("a dependent multiplication and addition: %.2f ns; a level waits for one, a complex state "
         "for "
         "%.2f, for each run (four share it)\n",
         ns, 1.5 * ns);
  m4_free(sample);
  return 0;
}
