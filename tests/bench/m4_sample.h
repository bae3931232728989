/* The M4 sample for benches: read, forecast by a model, scored as in the competition. */
#ifndef JV_BENCH_M4_SAMPLE_H
#define JV_BENCH_M4_SAMPLE_H

#include "evaluate/metrics.h"
#include "model/model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { M4_MAX_SERIES = 5000, M4_FREQUENCIES = 6, M4_MAX_H = 64 };

typedef struct m4_series {
  char id[24];
  int freq;
  size_t m, h, n, room, n_test;
  double *y, test[M4_MAX_H];
} m4_series;

typedef struct m4_sample {
  m4_series all[M4_MAX_SERIES];
  size_t count;
} m4_sample;

static const char *const m4_names[M4_FREQUENCIES] = {"Yearly", "Quarterly", "Monthly",
                                                     "Weekly", "Daily",     "Hourly"};

static inline double m4_cpu_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline void m4_die(const char *what, const char *where) {
  fprintf(stderr, "%s: %s\n", what, where);
  exit(1);
}

static inline FILE *m4_open(const char *folder, const char *name) {
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r");
  if (!file) m4_die("cannot open", path);
  return file;
}

static inline m4_series *m4_find(m4_sample *s, const char *id) {
  static size_t last;
  for (size_t k = 0; k < s->count; k++) {
    size_t i = (last + k) % s->count;
    if (strcmp(s->all[i].id, id) != 0) continue;
    last = i;
    return &s->all[i];
  }
  return NULL;
}

static inline void m4_read_list(m4_sample *to, const char *folder) {
  FILE *file = m4_open(folder, "series.csv");
  char line[512], freq[24];
  if (!fgets(line, sizeof line, file)) m4_die("empty", "series.csv");
  while (fgets(line, sizeof line, file) && to->count < M4_MAX_SERIES) {
    m4_series *s = &to->all[to->count];
    if (sscanf(line, "%23[^,],%23[^,],%zu,%zu", s->id, freq, &s->m, &s->h) != 4) continue;
    while (s->freq < M4_FREQUENCIES && strcmp(m4_names[s->freq], freq) != 0) s->freq++;
    if (s->freq < M4_FREQUENCIES && s->h <= M4_MAX_H) to->count++;
  }
  fclose(file);
}

static inline void m4_read_values(m4_sample *to, const char *folder, const char *name, bool test) {
  FILE *file = m4_open(folder, name);
  char line[512], id[24];
  double value;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "%23[^,],%*[^,],%lf", id, &value) != 2) continue;
    m4_series *s = m4_find(to, id);
    if (!s) continue;
    if (test) {
      if (s->n_test < M4_MAX_H) s->test[s->n_test++] = value;
      continue;
    }
    if (s->n == s->room) {
      s->room = s->room ? 2 * s->room : 64;
      s->y = realloc(s->y, s->room * sizeof *s->y);
      if (!s->y) m4_die("out of memory", name);
    }
    s->y[s->n++] = value;
  }
  fclose(file);
}

static inline m4_sample *m4_read(const char *folder) {
  m4_sample *s = calloc(1, sizeof *s);
  if (!s) m4_die("out of memory", folder);
  m4_read_list(s, folder);
  m4_read_values(s, folder, "train.csv", false);
  m4_read_values(s, folder, "test.csv", true);
  return s;
}

static inline void m4_free(m4_sample *s) {
  for (size_t i = 0; i < s->count; i++) free(s->all[i].y);
  free(s);
}

/* ---- scores ---- */

typedef struct m4_score {
  double smape, mase, ms, evaluations, observations;
  size_t n;
  size_t inside; /* test values inside the 95 % interval, of n_inside */
  size_t n_inside;
} m4_score;

/* Fits and forecasts with default options; CPU milliseconds of both. The interval comes after. */
static inline double m4_forecast(jv_ctx *cx, const jv_model_class *cls, const m4_series *s,
                                 double *mean, m4_score *to) {
  jv_sample sample = {.y = s->y, .n = s->n, .m = s->m, .id = s->id};
  double lower[M4_MAX_H], upper[M4_MAX_H];
  jv_fit *fit;
  jv_forecast *fc;
  double from = m4_cpu_ms();
  if (jv_fit_new(cx, cls, &sample, NULL, &fit) != JV_OK) m4_die(s->id, cx->message);
  if (jv_fit_forecast(cx, fit, s->h, NULL, &fc) != JV_OK) m4_die(s->id, cx->message);
  double ms = m4_cpu_ms() - from;
  memcpy(mean, fc->mean, s->h * sizeof *mean);
  to->evaluations += (double)fit->evaluations;
  bool spread = jv_forecast_interval(cx, fc, 95, lower, upper) == JV_OK;
  for (size_t i = 0; spread && i < s->h; i++) {
    to->inside += s->test[i] >= lower[i] && s->test[i] <= upper[i];
    to->n_inside++;
  }
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
  return ms;
}

static inline void m4_add(m4_score *to, const m4_series *s, const double *mean, double ms) {
  jv_accuracy a = jv_accuracy_of(s->test, mean, s->h, jv_scale_of(s->y, s->n, s->m));
  to->smape += a.smape;
  to->mase += a.mase;
  to->ms += ms;
  to->observations += (double)s->n;
  to->n++;
}

static inline void m4_sum(m4_score *to, const m4_score *more) {
  to->smape += more->smape;
  to->mase += more->mase;
  to->ms += more->ms;
  to->evaluations += more->evaluations;
  to->observations += more->observations;
  to->n += more->n;
  to->inside += more->inside;
  to->n_inside += more->n_inside;
}

static inline double m4_owa(const m4_score *a, const m4_score *naive2) {
  return jv_owa(a->smape, a->mase, naive2->smape, naive2->mase);
}

/* Scores of one model by frequency, and of all series in the last place. */
static inline void m4_run(jv_ctx *cx, const jv_model_class *cls, const m4_sample *sample,
                          m4_score scores[M4_FREQUENCIES + 1]) {
  double mean[M4_MAX_H];
  memset(scores, 0, (M4_FREQUENCIES + 1) * sizeof *scores);
  for (size_t i = 0; i < sample->count; i++) {
    const m4_series *s = &sample->all[i];
    m4_score *to = &scores[s->freq], unused = {0};
    if (to->n == 0) m4_forecast(cx, cls, s, mean, &unused); /* warm */
    double ms = m4_forecast(cx, cls, s, mean, to);
    m4_add(to, s, mean, ms);
  }
  for (int f = 0; f < M4_FREQUENCIES; f++) m4_sum(&scores[M4_FREQUENCIES], &scores[f]);
}

#endif
