/* Panels for the ETS benches: those of m4_sample.h, M3's other series too, and a paired bootstrap of
 * differences in OWA. */
#ifndef JV_BENCH_ETS_PANEL_H
#define JV_BENCH_ETS_PANEL_H

#include "base/rng.h"
#include "m4_sample.h"

enum { PANEL_FREQUENCIES = M4_FREQUENCIES + 1, PANEL_OTHER = M4_FREQUENCIES };

static inline const char *panel_name(int freq) {
  return freq == PANEL_OTHER ? "Other" : m4_names[freq];
}

static inline void panel_read_list(m4_sample *to, const char *folder) {
  FILE *file = m4_open(folder, "series.csv");
  char line[512], freq[24];
  if (!fgets(line, sizeof line, file)) m4_die("empty", "series.csv");
  while (fgets(line, sizeof line, file) && to->count < M4_MAX_SERIES) {
    m4_series *s = &to->all[to->count];
    if (sscanf(line, "%23[^,],%23[^,],%zu,%zu", s->id, freq, &s->m, &s->h) != 4) continue;
    while (s->freq < PANEL_FREQUENCIES && strcmp(panel_name(s->freq), freq) != 0) s->freq++;
    if (s->freq < PANEL_FREQUENCIES && s->h <= M4_MAX_H) to->count++;
  }
  fclose(file);
}

static inline m4_sample *panel_read(const char *folder) {
  m4_sample *s = calloc(1, sizeof *s);
  if (!s) m4_die("out of memory", folder);
  panel_read_list(s, folder);
  m4_read_values(s, folder, "train.csv", false);
  m4_read_values(s, folder, "test.csv", true);
  return s;
}

/* What a fit with point forecasts cost, and how far off it was. */
typedef struct panel_fit {
  double mean[M4_MAX_H], error[2], ms; /* error: sMAPE, MASE; CPU milliseconds */
  size_t evaluations;
} panel_fit;

static inline void panel_score(const m4_series *s, panel_fit *out) {
  jv_accuracy a = jv_accuracy_of(s->test, out->mean, s->h, jv_scale_of(s->y, s->n, s->m));
  out->error[0] = a.smape;
  out->error[1] = a.mase;
}

/* opt NULL: the defaults. */
static inline void panel_forecast(jv_ctx *cx, const jv_model_class *cls, const void *opt,
                                  const m4_series *s, panel_fit *out) {
  jv_sample sample = {.y = s->y, .n = s->n, .m = s->m, .id = s->id};
  jv_fit *fit;
  jv_forecast *fc;
  double from = m4_cpu_ms();
  if (jv_fit_new(cx, cls, &sample, opt, &fit) != JV_OK) m4_die(s->id, cx->message);
  if (jv_fit_forecast(cx, fit, s->h, NULL, &fc) != JV_OK) m4_die(s->id, cx->message);
  out->ms = m4_cpu_ms() - from;
  out->evaluations = fit->evaluations;
  memcpy(out->mean, fc->mean, s->h * sizeof *out->mean);
  panel_score(s, out);
  jv_forecast_free(cx, fc);
  jv_fit_free(cx, fit);
}

/* sMAPE and MASE of one series by two methods and by Naive2. */
typedef struct panel_errors {
  double a[2], b[2], naive2[2];
} panel_errors;

/* OWA of a and b over n series, drawn with replacement when there is an rng. */
static inline void panel_owas(const panel_errors *e, size_t n, jv_rng *rng, double *a, double *b) {
  double sum[3][2] = {{0}};
  for (size_t i = 0; i < n; i++) {
    size_t k = rng ? (size_t)jv_rng_below(rng, n) : i;
    for (int c = 0; c < 2; c++) {
      sum[0][c] += e[k].a[c];
      sum[1][c] += e[k].b[c];
      sum[2][c] += e[k].naive2[c];
    }
  }
  *a = jv_owa(sum[0][0], sum[0][1], sum[2][0], sum[2][1]);
  *b = jv_owa(sum[1][0], sum[1][1], sum[2][0], sum[2][1]);
}

/* Standard error of OWA(a) - OWA(b), by drawing series. */
static inline double panel_error(const panel_errors *e, size_t n) {
  enum { DRAWS = 1000 };
  jv_rng rng = jv_rng_keyed(0, "ets bench", "owa", n);
  double sum = 0, square = 0;
  for (int i = 0; i < DRAWS; i++) {
    double a, b;
    panel_owas(e, n, &rng, &a, &b);
    sum += a - b;
    square += (a - b) * (a - b);
  }
  return sqrt(fmax(square / DRAWS - (sum / DRAWS) * (sum / DRAWS), 0));
}

#endif
