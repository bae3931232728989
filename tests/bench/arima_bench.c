/* ARIMA on the M4 sample: milliseconds a series on one thread, and accuracy, by frequency; beside R's
 * auto.arima when a file of its answers is given.
 *
 *   arima_bench M4_SAMPLE_FOLDER [R_ANSWERS]
 *
 * R_ANSWERS (written by arima_bench.R) has lines `ID,MS,MEAN...`. Times are CPU times of fit and point
 * forecasts, default options. The target is a fifteenth of the fastest peer's time on a like sample
 * (PEERS.md beside the data), for the airline model half of gretl's. */
#include "m4_sample.h"
#include "model/arima_model.h"
#include "model/builtin.h"

enum { LINE = 1 << 16 };

static const double peers[M4_FREQUENCIES] = {33, 189, 1224, 147, 32, 27018}; /* ms */

typedef struct answer {
  double ms, mean[M4_MAX_H]; /* ms NaN: R did not do it */
} answer;

typedef struct line {
  m4_score own, naive2, own_r, naive2_r, r;
  double work; /* evaluations times observations */
} line;

static void set_options(jv_arima_options *opt, int stepwise) {
  jv_option_defaults(jv_model_arima.options, opt);
  opt->stepwise = stepwise;
}

/* As m4_forecast, with options. */
static double run(jv_ctx *cx, const void *opt, const m4_series *s, double *mean, m4_score *to,
                  line *l) {
  jv_sample sample = {.y = s->y, .n = s->n, .m = s->m, .id = s->id};
  jv_fit *fit;
  jv_forecast *fc;
  double lower[M4_MAX_H], upper[M4_MAX_H], from = m4_cpu_ms();
  if (jv_fit_new(cx, &jv_model_arima, &sample, opt, &fit) != JV_OK) m4_die(s->id, cx->message);
  if (jv_fit_forecast(cx, fit, s->h, NULL, &fc) != JV_OK) m4_die(s->id, cx->message);
  double ms = m4_cpu_ms() - from;
  memcpy(mean, fc->mean, s->h * sizeof *mean);
  to->evaluations += (double)fit->evaluations;
  if (l) l->work += (double)fit->evaluations * (double)s->n;
  if (jv_forecast_interval(cx, fc, 95, lower, upper) == JV_OK)
    for (size_t i = 0; i < s->h; i++, to->n_inside++)
      to->inside += s->test[i] >= lower[i] && s->test[i] <= upper[i];
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
  return ms;
}

static void add(line *l, jv_ctx *cx, const void *opt, const m4_series *s, const answer *r) {
  double mean[M4_MAX_H], naive[M4_MAX_H];
  m4_score unused = {0};
  if (l->own.n == 0) run(cx, opt, s, mean, &unused, NULL); /* warm */
  double ms = run(cx, opt, s, mean, &l->own, l);
  m4_forecast(cx, &jv_model_naive2, s, naive, &unused);
  m4_add(&l->own, s, mean, ms);
  m4_add(&l->naive2, s, naive, 0);
  if (isnan(r->ms)) return;
  m4_add(&l->own_r, s, mean, ms);
  m4_add(&l->naive2_r, s, naive, 0);
  m4_add(&l->r, s, r->mean, r->ms);
}

static void sum(line *to, const line *more) {
  m4_sum(&to->own, &more->own);
  m4_sum(&to->naive2, &more->naive2);
  m4_sum(&to->own_r, &more->own_r);
  m4_sum(&to->naive2_r, &more->naive2_r);
  m4_sum(&to->r, &more->r);
  to->work += more->work;
}

static void print_line(const char *name, const line *l, double peer) {
  double n = (double)l->own.n;
  printf("%-10s %5zu %7.0f %9.3f", name, l->own.n, l->own.observations / n, l->own.ms / n);
  if (peer > 0)
    printf(" %8.2f %6.0fx", peer / 15, peer * n / l->own.ms);
  else
    printf(" %8s %7s", "", "");
  printf(" %7.0f %6.2f %7.3f %7.3f %6.1f", l->own.evaluations / n, 1e6 * l->own.ms / l->work,
         m4_owa(&l->own, &l->naive2), l->own.mase / n,
         100 * (double)l->own.inside / (double)l->own.n_inside);
  if (l->r.n)
    printf(" | %4zu %9.2f %6.0fx %7.3f %7.3f", l->r.n, l->r.ms / (double)l->r.n,
           l->r.ms / l->own_r.ms, m4_owa(&l->r, &l->naive2_r), m4_owa(&l->own_r, &l->naive2_r));
  printf("\n");
}

static void table(jv_ctx *cx, const char *title, const jv_arima_options *opt,
                  const m4_sample *sample, const answer *answers) {
  static line lines[M4_FREQUENCIES + 1];
  memset(lines, 0, sizeof lines);
  printf("%s\n%-10s %5s %7s %9s %8s %7s %7s %6s %7s %7s %6s", title, "", "n", "length", "ms",
         "target", "faster", "evals", "ns/oe", "OWA", "MASE", "in 95");
  printf(" | %4s %9s %7s %7s %7s\n", "R n", "R ms", "faster", "R OWA", "ours");
  for (size_t i = 0; i < sample->count; i++)
    add(&lines[sample->all[i].freq], cx, opt, &sample->all[i], &answers[i]);
  for (int f = 0; f < M4_FREQUENCIES; f++) {
    if (lines[f].own.n) print_line(m4_names[f], &lines[f], peers[f]);
    sum(&lines[M4_FREQUENCIES], &lines[f]);
  }
  print_line("all", &lines[M4_FREQUENCIES], 0);
}

/* The airline model, without its season where there is none, from yearly to monthly. */
static void airline(jv_ctx *cx, const m4_sample *sample) {
  line lines[M4_FREQUENCIES + 1];
  memset(lines, 0, sizeof lines);
  for (size_t i = 0; i < sample->count; i++) {
    const m4_series *s = &sample->all[i];
    const answer none = {.ms = NAN};
    jv_arima_options opt;
    if (s->freq > 2) continue;
    set_options(&opt, 1);
    snprintf(opt.order, sizeof opt.order, "0,1,1");
    if (s->m > 1) snprintf(opt.seasonal, sizeof opt.seasonal, "0,1,1");
    add(&lines[s->freq], cx, &opt, s, &none);
  }
  printf("\nairline model (target on the mix: 0.16 ms)\n");
  for (int f = 0; f < 3; f++) {
    print_line(m4_names[f], &lines[f], 0);
    sum(&lines[M4_FREQUENCIES], &lines[f]);
  }
  print_line("all", &lines[M4_FREQUENCIES], 0);
}

/* ---- one evaluation of the likelihood, against n and m */

static double time_evaluation(jv_ctx *cx, const jv_arima_order *o, const double *coef, size_t n) {
  jv_arima_data *data;
  jv_arima_problem *p;
  size_t aliased;
  double *y = malloc(n * sizeof *y);
  jv_rng rng = jv_rng_keyed(1, NULL, NULL, 0);
  if (!y) m4_die("out of memory", "evaluation");
  for (size_t t = 0; t < n; t++) y[t] = (t ? y[t - 1] : 0) + jv_rng_normal(&rng);
  const jv_arima_regressors reg = {0};
  if (jv_arima_data_new(cx, y, n, o, &reg, &aliased, &data) != JV_OK) m4_die("data", cx->message);
  if (jv_arima_problem_new(cx, o, data->n, 1, &p) != JV_OK) m4_die("problem", cx->message);
  jv_arima_problem_set(p, data, o);
  size_t rounds = 1 + 2000000 / n;
  double from = m4_cpu_ms(), kept = 0;
  for (size_t k = 0; k < rounds; k++) kept += jv_arima_exact(p, coef);
  double ns = 1e6 * (m4_cpu_ms() - from) / ((double)rounds * (double)n);
  jv_arima_problem_free(cx, p);
  jv_arima_data_free(cx, data);
  free(y);
  return kept == 0 ? NAN : ns;
}

static void evaluations(jv_ctx *cx) {
  static const struct {
    const char *name;
    jv_arima_order order;
    double coef[6];
  } cases[] = {
      {"(0,1,1) theta -0.5", {.d = 1, .q = 1, .m = 1}, {-0.5}},
      {"(0,1,1) theta -0.99", {.d = 1, .q = 1, .m = 1}, {-0.99}},
      {"(2,1,2)", {.p = 2, .d = 1, .q = 2, .m = 1}, {0.5, -0.2, 0.3, 0.2}},
      {"(5,0,0)", {.p = 5, .m = 1}, {0.3, 0.1, 0.1, 0.1, 0.1}},
      {"airline, m 4", {.d = 1, .q = 1, .D = 1, .Q = 1, .m = 4}, {-0.4, -0.6}},
      {"airline, m 12", {.d = 1, .q = 1, .D = 1, .Q = 1, .m = 12}, {-0.4, -0.6}},
      {"airline, m 24", {.d = 1, .q = 1, .D = 1, .Q = 1, .m = 24}, {-0.4, -0.6}},
      {"airline, m 12, seasonal -0.98", {.d = 1, .q = 1, .D = 1, .Q = 1, .m = 12}, {-0.4, -0.98}},
      {"(1,1,1)(1,0,1), m 12",
       {.p = 1, .d = 1, .q = 1, .P = 1, .Q = 1, .m = 12},
       {0.3, -0.6, 0.8, -0.4}}};
  printf("\none exact likelihood, nanoseconds an observation\n%-32s", "");
  for (size_t n = 100; n <= 10000; n *= 10) printf(" %9s%zu", "n = ", n);
  printf("\n");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    printf("%-32s", cases[i].name);
    for (size_t n = 100; n <= 10000; n *= 10)
      printf(" %12.1f", time_evaluation(cx, &cases[i].order, cases[i].coef, n));
    printf("\n");
  }
  printf(
      "(once the start is forgotten an observation waits for one product, one sum, one difference\n"
      "of the one before: about 12 cycles; before, for a division and three more)\n");
}

static void read_answers(m4_sample *sample, const char *path, answer *answers) {
  static char text[LINE];
  for (size_t i = 0; i < sample->count; i++) answers[i].ms = NAN;
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return;
  while (fgets(text, sizeof text, file)) {
    char *id = strtok(text, ","), *ms = strtok(NULL, ",");
    const m4_series *s = id ? m4_find(sample, id) : NULL;
    if (!s || !ms) continue;
    answer *a = &answers[s - sample->all];
    a->ms = strtod(ms, NULL);
    for (size_t i = 0; i < s->h; i++) {
      char *value = strtok(NULL, ",\n");
      a->mean[i] = value ? strtod(value, NULL) : NAN;
    }
  }
  fclose(file);
}

int main(int argc, char **argv) {
  static answer answers[M4_MAX_SERIES];
  jv_ctx cx;
  jv_arima_options opt;
  jv_ctx_init(&cx);
  evaluations(&cx);
  if (argc < 2) return 0;
  m4_sample *sample = m4_read(argv[1]);
  read_answers(sample, argc > 2 ? argv[2] : NULL, answers);
  set_options(&opt, JV_OPT_UNSET);
  table(&cx, "\nautomatic ARIMA, one thread, milliseconds a series (fit and point forecasts)", &opt,
        sample, answers);
  set_options(&opt, 1);
  table(&cx, "\nthe same, steps alone (stepwise=true)", &opt, sample, answers);
  airline(&cx, sample);
  m4_free(sample);
  return 0;
}
