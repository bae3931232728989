/* Automatic ETS on the M4 sample: milliseconds a series on one thread, and accuracy, by frequency;
 * beside R's forecast::ets when a file of its answers is given, and beside what is asked: a fifteenth
 * of the fastest peer's time on a like sample.
 *
 *   ets_bench M4_SAMPLE_FOLDER [R_ANSWERS]
 *
 * R_ANSWERS (written by ets_bench.R) has lines `auto,ID,MS,MEAN...` and `form,ID,FORM,LOGLIK`.
 * Times are CPU times of fit and point forecasts, default options, after one warm-up fit. OWA is
 * M4's: sMAPE and MASE over those of Naive2, ratios of means; its difference to R's has a bootstrap
 * standard error over series. */
#include "ets_panel.h"
#include "model/builtin.h"
#include "model/ets.h"

enum { LINE = 1 << 16, MAX_FORMS = 40 };

/* StatsForecast's automatic ETS, the fastest peer measured (PEERS.md beside the sample). */
static const double peer_ms[M4_FREQUENCIES] = {1.8, 38, 120, 37, 13, 480};

typedef struct result {
  panel_fit own, r, naive2; /* r.ms NaN: not run by R */
} result;

static m4_sample *sample;
static result results[M4_MAX_SERIES];

/* ---- by frequency */

typedef struct sums {
  double ms, r_ms, own_r_ms, evaluations, observations;
  size_t n, n_r;
  panel_errors own[M4_MAX_SERIES], r[M4_MAX_SERIES];
} sums;

static void fill(panel_errors *e, const result *k) {
  memcpy(e->a, k->own.error, sizeof e->a);
  memcpy(e->b, k->r.error, sizeof e->b);
  memcpy(e->naive2, k->naive2.error, sizeof e->naive2);
}

static void add_result(sums *to, const m4_series *s, const result *k) {
  to->ms += k->own.ms;
  to->evaluations += (double)k->own.evaluations;
  to->observations += (double)s->n;
  fill(&to->own[to->n++], k);
  if (isnan(k->r.ms)) return;
  to->r_ms += k->r.ms;
  to->own_r_ms += k->own.ms;
  fill(&to->r[to->n_r++], k);
}

static void print_row(const char *name, const sums *k, double peer) {
  double n = (double)k->n, own, r;
  panel_owas(k->own, k->n, NULL, &own, &r);
  printf("%-10s %5zu %7.0f %8.3f %6.0f %7.3f", name, k->n, k->observations / n, k->ms / n,
         k->evaluations / n, own);
  if (peer > 0)
    printf(" %8.3f %6.1f", peer / 15, peer * n / k->ms);
  else
    printf(" %8s %6s", "", "");
  if (k->n_r) {
    panel_owas(k->r, k->n_r, NULL, &own, &r);
    printf(" | %4zu %8.2f %6.1f %7.4f %+8.4f +- %.4f", k->n_r, k->r_ms / (double)k->n_r,
           k->r_ms / k->own_r_ms, r, own - r, panel_error(k->r, k->n_r));
  }
  printf("\n");
}

static void run_series(jv_ctx *cx, const m4_series *s, result *k, bool warm) {
  panel_forecast(cx, &jv_model_naive2, NULL, s, &k->naive2);
  if (warm) panel_forecast(cx, &jv_model_ets, NULL, s, &k->own);
  panel_forecast(cx, &jv_model_ets, NULL, s, &k->own);
  if (!isnan(k->r.ms)) panel_score(s, &k->r);
}

static void run_frequencies(jv_ctx *cx) {
  static sums by, all;
  printf("%-10s %5s %7s %8s %6s %7s %8s %6s", "", "n", "length", "ms", "evals", "OWA", "wanted",
         "x peer");
  printf(" | %4s %8s %6s %7s %8s\n", "R n", "R ms", "x R", "R OWA", "ours - R");
  for (int freq = 0; freq < M4_FREQUENCIES; freq++) {
    memset(&by, 0, sizeof by);
    for (size_t i = 0; i < sample->count; i++) {
      if (sample->all[i].freq != freq) continue;
      run_series(cx, &sample->all[i], &results[i], by.n == 0);
      add_result(&by, &sample->all[i], &results[i]);
      add_result(&all, &sample->all[i], &results[i]);
    }
    if (by.n) print_row(m4_names[freq], &by, peer_ms[freq]);
  }
  print_row("all", &all, 0);
}

/* ---- against R, form by form */

typedef struct tally {
  char form[JV_ETS_NAME_SIZE];
  size_t fits, lower;
  double worst, gain, ms;
} tally;

static void compare_form(jv_ctx *cx, const m4_series *s, const char *name, double want, tally *t) {
  jv_ets_request request = {.given = {NAN, NAN, NAN, NAN}};
  jv_ets_estimate est;
  if (jv_ets_parse_form(cx, name, &request.form, &request.damped) != JV_OK)
    m4_die(name, cx->message);
  if (request.damped == JV_OPT_UNSET) request.damped = 0;
  double from = m4_cpu_ms();
  if (jv_ets_estimate_new(cx, &request, s->y, s->n, s->m, &est) != JV_OK)
    m4_die(s->id, cx->message);
  t->ms += m4_cpu_ms() - from;
  double gain = est.loglik - want;
  t->fits++;
  t->gain += gain;
  if (gain < -0.01) {
    t->lower++;
    if (getenv("JEVONS_VERBOSE"))
      printf("  lower: %s %s by %.4f (%.4f)\n", s->id, name, -gain, want);
  }
  t->worst = fmin(t->worst, gain);
  jv_ets_estimate_clear(cx, &est);
}

static void read_means(const m4_series *s, const char *ms, panel_fit *r) {
  r->ms = strtod(ms, NULL);
  for (size_t i = 0; i < s->h; i++) {
    char *value = strtok(NULL, ",\n");
    r->mean[i] = value ? strtod(value, NULL) : NAN;
  }
}

static size_t read_answers(jv_ctx *cx, const char *path, tally *tallies) {
  static char line[LINE];
  size_t forms = 0;
  FILE *file = fopen(path, "r");
  if (!file) m4_die("cannot open", path);
  while (fgets(line, sizeof line, file)) {
    char *kind = strtok(line, ","), *id = strtok(NULL, ","), *third = strtok(NULL, ",");
    m4_series *s = id ? m4_find(sample, id) : NULL;
    if (!s || !third) continue;
    if (strcmp(kind, "auto") == 0) {
      read_means(s, third, &results[s - sample->all].r);
      continue;
    }
    char *loglik = strtok(NULL, ",\n");
    if (!loglik || strcmp(loglik, "NA") == 0) continue;
    size_t k = 0;
    while (k < forms && strcmp(tallies[k].form, third) != 0) k++;
    if (k == MAX_FORMS) m4_die("too many forms", path);
    if (k == forms) snprintf(tallies[forms++].form, JV_ETS_NAME_SIZE, "%s", third);
    compare_form(cx, s, third, strtod(loglik, NULL), &tallies[k]);
  }
  fclose(file);
  return forms;
}

static void print_tallies(const tally *tallies, size_t forms) {
  size_t fits = 0, lower = 0;
  printf("\nlog-likelihood against R's, form by form (positive gain: ours is higher)\n");
  printf("form    fits  lower by > 0.01     worst  mean gain  ms a fit\n");
  for (size_t k = 0; k < forms; k++) {
    const tally *t = &tallies[k];
    double n = (double)t->fits;
    printf("%-6s %5zu  %8zu (%4.1f %%)  %8.4f  %9.3f  %8.3f\n", t->form, t->fits, t->lower,
           100 * (double)t->lower / n, t->worst, t->gain / n, t->ms / n);
    fits += t->fits;
    lower += t->lower;
  }
  printf("all    %5zu  %8zu\n", fits, lower);
}

int main(int argc, char **argv) {
  static tally tallies[MAX_FORMS];
  jv_ctx cx;
  jv_ctx_init(&cx);
  if (argc < 2) m4_die("usage", "ets_bench M4_SAMPLE_FOLDER [R_ANSWERS]");
  sample = m4_read(argv[1]);
  for (size_t i = 0; i < sample->count; i++) results[i].r.ms = NAN;
  size_t forms = argc > 2 ? read_answers(&cx, argv[2], tallies) : 0;
  printf("automatic ETS, one thread, milliseconds a series (fit and point forecasts)\n");
  run_frequencies(&cx);
  if (forms) print_tallies(tallies, forms);
  m4_free(sample);
  return 0;
}
