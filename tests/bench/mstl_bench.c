/* MSTL with automatic ETS on the adjusted series (stl+ets) on the M4 sample: milliseconds a series on
 * one thread, what of them the decomposition takes, and accuracy, by frequency; beside R's stlf when a
 * file of its answers is given, and beside what is asked: a fifth of the fastest peer's time on a like
 * sample.
 *
 *   mstl_bench M4_SAMPLE_FOLDER [R_ANSWERS]
 *
 * R_ANSWERS (written by mstl_bench.R) has lines `ID,MS,MEAN...`. Times are CPU times of fit and point
 * forecasts, default options, after one warm-up fit. OWA is M4's: sMAPE and MASE over those of
 * Naive2; its difference to R's has a bootstrap standard error over series. Then nanoseconds an
 * observation of STL alone on simulated series: linear in n, and robust. */
#include "ets_panel.h"
#include "model/builtin.h"
#include "model/registry.h"
#include "numeric/mstl.h"

enum { LINE = 1 << 16 };

/* StatsForecast's MSTL with automatic ETS, the fastest peer measured (PEERS.md beside the sample). */
static const double peer_ms[M4_FREQUENCIES] = {1.9, 6.3, 12.8, 38, 14, 46};

typedef struct result {
  panel_fit own, r, naive2; /* r.ms NaN: not run by R */
  double parts_ms;          /* of the decomposition alone */
} result;

static m4_sample *sample;
static result results[M4_MAX_SERIES];

typedef struct sums {
  double ms, parts_ms, r_ms, own_r_ms, observations;
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
  to->parts_ms += k->parts_ms;
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
  printf("%-10s %5zu %7.0f %8.3f %8.4f %7.3f", name, k->n, k->observations / n, k->ms / n,
         k->parts_ms / n, own);
  if (peer > 0)
    printf(" %8.3f %6.1f", peer / 5, peer * n / k->ms);
  else
    printf(" %8s %6s", "", "");
  if (k->n_r) {
    panel_owas(k->r, k->n_r, NULL, &own, &r);
    printf(" | %4zu %8.2f %6.1f %7.4f %+8.4f +- %.4f", k->n_r, k->r_ms / (double)k->n_r,
           k->r_ms / k->own_r_ms, r, own - r, panel_error(k->r, k->n_r));
  }
  printf("\n");
}

static double time_parts(jv_ctx *cx, const m4_series *s) {
  jv_mstl *d;
  double from = m4_cpu_ms();
  if (jv_mstl_new(cx, s->y, s->n, &s->m, 1, NULL, &d) != JV_OK) m4_die(s->id, cx->message);
  double ms = m4_cpu_ms() - from;
  jv_mstl_free(cx, d);
  return ms;
}

static void run_series(jv_ctx *cx, const m4_series *s, result *k, bool warm) {
  panel_forecast(cx, &jv_model_naive2, NULL, s, &k->naive2);
  if (warm) panel_forecast(cx, &jv_model_stl, NULL, s, &k->own);
  panel_forecast(cx, &jv_model_stl, NULL, s, &k->own);
  k->parts_ms = time_parts(cx, s);
  if (!isnan(k->r.ms)) panel_score(s, &k->r);
}

static void run_frequencies(jv_ctx *cx) {
  static sums by, all;
  printf("%-10s %5s %7s %8s %8s %7s %8s %6s", "", "n", "length", "ms", "MSTL ms", "OWA", "wanted",
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

static void read_answers(const char *path) {
  static char line[LINE];
  FILE *file = fopen(path, "r");
  if (!file) m4_die("cannot open", path);
  while (fgets(line, sizeof line, file)) {
    char *id = strtok(line, ","), *ms = strtok(NULL, ",");
    m4_series *s = id ? m4_find(sample, id) : NULL;
    if (!s || !ms) continue;
    panel_fit *r = &results[s - sample->all].r;
    r->ms = strtod(ms, NULL);
    for (size_t i = 0; i < s->h; i++) {
      char *value = strtok(NULL, ",\n");
      r->mean[i] = value ? strtod(value, NULL) : NAN;
    }
  }
  fclose(file);
}

/* ---- what the decomposition itself costs ---- */

static double ns_an_observation(jv_ctx *cx, size_t n, size_t m, const jv_stl_options *opt) {
  double *y = malloc(4 * n * sizeof *y), from;
  jv_rng rng = jv_rng_keyed(1, "mstl bench", NULL, n);
  size_t runs = 0;
  if (!y) m4_die("out of memory", "STL");
  for (size_t t = 0; t < n; t++)
    y[t] =
        (double)t / 10 + 5 * sin(6.283185307179586 * (double)t / (double)m) + jv_rng_normal(&rng);
  for (from = m4_cpu_ms(); m4_cpu_ms() - from < 100; runs++)
    if (jv_stl(cx, y, n, m, opt, y + n, y + 2 * n, y + 3 * n, NULL) != JV_OK)
      m4_die("STL", cx->message);
  free(y);
  return (m4_cpu_ms() - from) * 1e6 / (double)runs / (double)n;
}

static void run_yardsticks(jv_ctx *cx) {
  static const size_t lengths[] = {60, 240, 960, 3840, 15360}, seasons[] = {4, 12, 24, 168};
  jv_stl_options windowed, periodic, robust;
  jv_option_defaults(jv_stl_option_rows, &windowed);
  periodic = robust = windowed;
  periodic.window.choice = JV_STL_PERIODIC;
  robust.robust = 1;
  printf("\nSTL alone: nanoseconds an observation\n%8s %6s %10s %10s %10s\n", "n", "m", "windowed",
         "periodic", "robust");
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    printf("%8zu %6d %10.1f %10.1f %10.1f\n", lengths[i], 12,
           ns_an_observation(cx, lengths[i], 12, &windowed),
           ns_an_observation(cx, lengths[i], 12, &periodic),
           ns_an_observation(cx, lengths[i], 12, &robust));
  for (size_t i = 0; i < sizeof seasons / sizeof *seasons; i++)
    printf("%8d %6zu %10.1f %10.1f %10.1f\n", 3840, seasons[i],
           ns_an_observation(cx, 3840, seasons[i], &windowed),
           ns_an_observation(cx, 3840, seasons[i], &periodic),
           ns_an_observation(cx, 3840, seasons[i], &robust));
}

int main(int argc, char **argv) {
  jv_ctx cx;
  jv_registry *models;
  jv_ctx_init(&cx);
  if (jv_registry_new(&cx, &models) != JV_OK) m4_die("models", cx.message);
  cx.models = models;
  if (argc > 1) {
    sample = m4_read(argv[1]);
    for (size_t i = 0; i < sample->count; i++) results[i].r.ms = NAN;
    if (argc > 2) read_answers(argv[2]);
    printf("stl+ets, one thread, milliseconds a series (fit and point forecasts)\n");
    run_frequencies(&cx);
    m4_free(sample);
  }
  run_yardsticks(&cx);
  jv_registry_free(&cx, models);
  return 0;
}
