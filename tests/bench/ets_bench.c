/* Automatic ETS on the M4 sample: milliseconds a series on one thread, and accuracy, by frequency;
 * beside R's forecast::ets when a file of its answers is given.
 *
 *   ets_bench M4_SAMPLE_FOLDER [R_ANSWERS]
 *
 * R_ANSWERS (written by ets_bench.R) has lines `auto,ID,MS,MEAN...` and `form,ID,FORM,LOGLIK`.
 * Times are CPU times of fit and point forecasts, default options, after one warm-up fit. OWA is
 * M4's: sMAPE and MASE over those of Naive2, ratios of means. */
#include "evaluate/metrics.h"
#include "model/builtin.h"
#include "model/ets.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE = 1 << 16, MAX_SERIES = 5000, FREQUENCIES = 6, MAX_FORMS = 40 };

typedef struct series {
  char id[24];
  int freq;
  size_t m, h, n, room, n_test;
  double *y, test[64], mean[64], r_mean[64];
  double ms, r_ms; /* r_ms NaN: not run by R */
  size_t evaluations;
} series;

static const char *const freq_names[FREQUENCIES] = {"Yearly", "Quarterly", "Monthly",
                                                    "Weekly", "Daily",     "Hourly"};
static series all[MAX_SERIES];
static size_t count;

static double cpu_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what, const char *where) {
  fprintf(stderr, "ets_bench: %s: %s\n", what, where);
  exit(1);
}

static FILE *open_in(const char *folder, const char *name) {
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r");
  if (!file) die("cannot open", path);
  return file;
}

static series *find_series(const char *id) {
  static size_t last;
  for (size_t k = 0; k < count; k++) {
    size_t i = (last + k) % count;
    if (strcmp(all[i].id, id) != 0) continue;
    last = i;
    return &all[i];
  }
  return NULL;
}

static void read_list(const char *folder) {
  FILE *file = open_in(folder, "series.csv");
  char line[512], freq[24];
  if (!fgets(line, sizeof line, file)) die("empty", "series.csv");
  while (fgets(line, sizeof line, file) && count < MAX_SERIES) {
    series *s = &all[count];
    if (sscanf(line, "%23[^,],%23[^,],%zu,%zu", s->id, freq, &s->m, &s->h) != 4) continue;
    while (s->freq < FREQUENCIES && strcmp(freq_names[s->freq], freq) != 0) s->freq++;
    if (s->freq == FREQUENCIES || s->h > 64) continue;
    s->r_ms = NAN;
    count++;
  }
  fclose(file);
}

static void read_values(const char *folder, const char *name, bool test) {
  FILE *file = open_in(folder, name);
  char line[512], id[24];
  double value;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "%23[^,],%*[^,],%lf", id, &value) != 2) continue;
    series *s = find_series(id);
    if (!s) continue;
    if (test) {
      if (s->n_test < 64) s->test[s->n_test++] = value;
      continue;
    }
    if (s->n == s->room) {
      s->room = s->room ? 2 * s->room : 64;
      s->y = realloc(s->y, s->room * sizeof *s->y);
      if (!s->y) die("out of memory", name);
    }
    s->y[s->n++] = value;
  }
  fclose(file);
}

static void forecast(jv_ctx *cx, const jv_model_class *cls, series *s, double *mean) {
  jv_sample sample = {.y = s->y, .n = s->n, .m = s->m, .id = s->id};
  jv_fit *fit;
  jv_forecast *fc;
  double from = cpu_ms();
  if (jv_fit_new(cx, cls, &sample, NULL, &fit) != JV_OK) die(s->id, cx->message);
  if (jv_fit_forecast(cx, fit, s->h, NULL, &fc) != JV_OK) die(s->id, cx->message);
  s->ms = cpu_ms() - from;
  s->evaluations = fit->evaluations;
  memcpy(mean, fc->mean, s->h * sizeof *mean);
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
}

typedef struct score {
  double smape, mase, ms;
  size_t n;
} score;

static void add_score(score *to, const series *s, const double *mean, double ms) {
  jv_accuracy a = jv_accuracy_of(s->test, mean, s->h, jv_scale_of(s->y, s->n, s->m));
  to->smape += a.smape;
  to->mase += a.mase;
  to->ms += ms;
  to->n++;
}

static double owa(score a, score naive2) {
  return jv_owa(a.smape, a.mase, naive2.smape, naive2.mase);
}

/* What a line of the table sums up: all series, and those that R has done too. */
typedef struct row {
  score own, naive2, own_r, naive2_r, r;
  double evaluations, observations;
} row;

static void add_sums(score *to, score more) {
  to->smape += more.smape;
  to->mase += more.mase;
  to->ms += more.ms;
  to->n += more.n;
}

static void add_row(row *to, const row *more) {
  add_sums(&to->own, more->own);
  add_sums(&to->naive2, more->naive2);
  add_sums(&to->own_r, more->own_r);
  add_sums(&to->naive2_r, more->naive2_r);
  add_sums(&to->r, more->r);
  to->evaluations += more->evaluations;
  to->observations += more->observations;
}

static void print_row(const char *name, const row *k, bool with_r) {
  double n = (double)k->own.n;
  printf("%-10s %5zu %8.0f %9.3f %8.0f %7.3f %7.3f", name, k->own.n, k->observations / n,
         k->own.ms / n, k->evaluations / n, owa(k->own, k->naive2), k->own.mase / n);
  if (with_r && k->r.n)
    printf(" | %4zu %9.2f %9.3f %7.1f %7.3f %7.3f", k->r.n, k->r.ms / (double)k->r.n,
           k->own_r.ms / (double)k->own_r.n, k->r.ms / k->own_r.ms, owa(k->r, k->naive2_r),
           owa(k->own_r, k->naive2_r));
  printf("\n");
}

static row run_frequency(jv_ctx *cx, int freq) {
  row k = {0};
  double mean[64];
  for (size_t i = 0; i < count; i++) {
    series *s = &all[i];
    if (s->freq != freq) continue;
    forecast(cx, &jv_model_naive2, s, mean);
    if (k.own.n == 0) forecast(cx, &jv_model_ets, s, s->mean); /* warm */
    forecast(cx, &jv_model_ets, s, s->mean);
    k.evaluations += (double)s->evaluations;
    k.observations += (double)s->n;
    add_score(&k.own, s, s->mean, s->ms);
    add_score(&k.naive2, s, mean, 0);
    if (isnan(s->r_ms)) continue;
    add_score(&k.own_r, s, s->mean, s->ms);
    add_score(&k.naive2_r, s, mean, 0);
    add_score(&k.r, s, s->r_mean, s->r_ms);
  }
  return k;
}

/* ---- against R, form by form */

typedef struct tally {
  char form[JV_ETS_NAME_SIZE];
  size_t fits, lower;
  double worst, gain, ms;
} tally;

static void compare_form(jv_ctx *cx, const series *s, const char *name, double want, tally *t) {
  jv_ets_request request = {.given = {NAN, NAN, NAN, NAN}};
  jv_ets_estimate est;
  if (jv_ets_parse_form(cx, name, &request.form, &request.damped) != JV_OK) die(name, cx->message);
  if (request.damped == JV_OPT_UNSET) request.damped = 0;
  double from = cpu_ms();
  if (jv_ets_estimate_new(cx, &request, s->y, s->n, s->m, &est) != JV_OK) die(s->id, cx->message);
  t->ms += cpu_ms() - from;
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

static size_t read_answers(jv_ctx *cx, const char *path, tally *tallies) {
  static char line[LINE];
  size_t forms = 0;
  FILE *file = fopen(path, "r");
  if (!file) die("cannot open", path);
  while (fgets(line, sizeof line, file)) {
    char *kind = strtok(line, ","), *id = strtok(NULL, ","), *third = strtok(NULL, ",");
    series *s = id ? find_series(id) : NULL;
    if (!s || !third) continue;
    if (strcmp(kind, "auto") == 0) {
      s->r_ms = strtod(third, NULL);
      for (size_t i = 0; i < s->h; i++) {
        char *value = strtok(NULL, ",\n");
        s->r_mean[i] = value ? strtod(value, NULL) : NAN;
      }
      continue;
    }
    char *loglik = strtok(NULL, ",\n");
    if (!loglik || strcmp(loglik, "NA") == 0) continue;
    size_t k = 0;
    while (k < forms && strcmp(tallies[k].form, third) != 0) k++;
    if (k == MAX_FORMS) die("too many forms", path);
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
  if (argc < 2) die("usage", "ets_bench M4_SAMPLE_FOLDER [R_ANSWERS]");
  read_list(argv[1]);
  read_values(argv[1], "train.csv", false);
  read_values(argv[1], "test.csv", true);
  size_t forms = argc > 2 ? read_answers(&cx, argv[2], tallies) : 0;
  printf("automatic ETS, one thread, milliseconds a series (fit and point forecasts)\n");
  printf("%-10s %5s %8s %9s %8s %7s %7s", "", "n", "length", "ms", "evals", "OWA", "MASE");
  if (argc > 2)
    printf(" | %4s %9s %9s %7s %7s %7s", "R n", "R ms", "ours ms", "ratio", "R OWA", "ours");
  printf("\n");
  row all_rows = {0};
  for (int freq = 0; freq < FREQUENCIES; freq++) {
    row k = run_frequency(&cx, freq);
    if (k.own.n) print_row(freq_names[freq], &k, argc > 2);
    add_row(&all_rows, &k);
  }
  print_row("all", &all_rows, argc > 2);
  if (forms) print_tallies(tallies, forms);
  for (size_t i = 0; i < count; i++) free(all[i].y);
  return 0;
}
