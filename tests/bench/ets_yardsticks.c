/* What an automatic ETS fit is made of, on simulated series:
 *   - nanoseconds an observation of one likelihood with all its derivatives, beside the time of the
 *     bare recursion (means only, in the order of ets.h) and beside the bound that the chain of
 *     operations from one mean to the next sets, with this processor's latencies of a sum and a
 *     product, measured in the same run:
 *       level        f' = (1 - a) f + a y                            a product and a sum
 *       with trend   f' = (1 - k) f + (k y + g), g' = phi g + c e    half of four sums and a product
 *       season       l' = q + a ((y - s) - q), q = l (+ phi b)       two sums (three) and a product
 *     (forms with seasons carry m + 5 derivatives, and their products, beside that chain);
 *   - cost and evaluations of an automatic fit against n (they should grow in proportion) and against
 *     m, and the most memory it holds at once. */
#include "model/builtin.h"
#include "model/ets_engine.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_N = 4096 };

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_series(double *y, size_t n, size_t m) {
  jv_rng rng = jv_rng_keyed(1, "yardsticks", "", m);
  double level = 100;
  for (size_t t = 0; t < n; t++) {
    level *= 1 + 0.01 * jv_rng_normal(&rng);
    double season = m > 1 ? 1 + 0.1 * sin(6.283185307179586 * (double)(t % m) / (double)m) : 1;
    y[t] = level * season * (1 + 0.01 * jv_rng_normal(&rng));
  }
}

/* ---- one evaluation */

typedef struct latency {
  double sum, product;
} latency;

static latency measure_latency(void) {
  enum { STEPS = 20000000 };
  volatile double one = 1, tiny = 1e-300;
  double a = one, b = tiny, x = one, from = now_ns();
  for (int i = 0; i < STEPS; i++) x += b;
  double middle = now_ns();
  for (int i = 0; i < STEPS; i++) x *= a;
  double to = now_ns();
  one = x; /* keeps the loops */
  return (latency){(middle - from) / STEPS, (to - middle) / STEPS};
}

static double bound_of(jv_ets_form form, latency k) {
  double pair = k.sum + k.product;
  if (form.season != JV_ETS_NONE) return pair + (form.trend == JV_ETS_NONE ? 1 : 2) * k.sum;
  return form.trend == JV_ETS_NONE ? pair : fmax(pair, 0.5 * (4 * k.sum + k.product));
}

static void time_form(jv_ctx *cx, const char *name, size_t m, latency k) {
  enum { N = 960 };
  static double y[N];
  jv_ets_request request = {.given = {NAN, NAN, NAN, NAN}};
  jv_ets_problem p;
  jv_ets_form form;
  int damped;
  make_series(y, N, m);
  for (size_t t = 0; t < N; t++) y[t] /= 256;
  if (jv_ets_parse_form(cx, name, &form, &damped) != JV_OK ||
      jv_ets_problem_init(cx, y, N, m, &request, &p) != JV_OK)
    exit(1);
  jv_ets_problem_form(&p, form);
  double *room = calloc(p.k * (p.k + 3) + m, sizeof *room);
  if (!room) exit(1);
  double *x = room, *g = x + p.k + 1, *h = g + p.k + 1;
  jv_ets_run guess = p.run;
  guess.ring = h + p.k * p.k;
  jv_ets_guess_states(&guess, y, N);
  memcpy(x, (double[4]){0.3, 0.1, 0.1, form.damped ? 0.95 : 1}, 4 * sizeof *x);
  jv_ets_problem_states(&p, &guess, x);
  jv_objective f = jv_ets_problem_objective(&p);
  size_t times = 200000 / (m * m + 20);
  double from = now_ns(), sum = 0;
  for (size_t i = 0; i < times; i++) sum += f.expand(f.data, x, g, h);
  double middle = now_ns();
  for (size_t i = 0; i < times; i++) {
    jv_ets_run run = jv_ets_problem_run(&p, x);
    jv_ets_filter(&run, y, N, p.f);
    sum += p.f[N - 1];
  }
  double to = now_ns(), each = (double)times * N;
  printf("%-6s %4zu %10zu %12.2f %12.2f %12.2f%s\n", name, m, p.k, bound_of(form, k),
         (to - middle) / each, (middle - from) / each, isnan(sum) ? " (no value)" : "");
  free(room);
  jv_ets_problem_clear(cx, &p);
}

static void time_evaluations(jv_ctx *cx) {
  static const char *const plain[] = {"ANN", "MNN", "AAN", "MAN", "AAdN", "MAdN"};
  static const char *const seasonal[] = {"ANA", "AAA", "MAM", "MAdM"};
  static const size_t seasons[] = {4, 12, 24};
  latency k = measure_latency();
  printf("nanoseconds an observation (a sum takes %.2f, a product %.2f)\n", k.sum, k.product);
  printf("%-6s %4s %10s %12s %12s %12s\n", "form", "m", "coord.", "chain bound", "means only",
         "derivatives");
  for (size_t i = 0; i < 6; i++) time_form(cx, plain[i], 1, k);
  for (size_t j = 0; j < 3; j++)
    for (size_t i = 0; i < 4; i++) time_form(cx, seasonal[i], seasons[j], k);
}

/* ---- whole fits */

typedef struct memory {
  size_t live, peak;
} memory;

static void *counting_alloc(void *ud, void *ptr, size_t old, size_t size) {
  memory *k = ud;
  if (size == 0) {
    if (ptr) k->live -= old;
    free(ptr);
    return NULL;
  }
  void *block = realloc(ptr, size);
  if (!block) return NULL;
  k->live += size - (ptr ? old : 0);
  if (k->live > k->peak) k->peak = k->live;
  return block;
}

static void time_fit(size_t n, size_t m) {
  static double y[MOST_N];
  jv_ctx cx;
  memory k = {0, 0};
  jv_fit *fit;
  jv_ctx_init(&cx);
  cx.alloc = counting_alloc;
  cx.alloc_ud = &k;
  make_series(y, n, m);
  jv_sample sample = {.y = y, .n = n, .m = m};
  double best = INFINITY;
  size_t evaluations = 0;
  for (int round = 0; round < 3; round++) {
    double from = now_ns();
    if (jv_fit_new(&cx, &jv_model_ets, &sample, NULL, &fit) != JV_OK) {
      fprintf(stderr, "ets_yardsticks: %s\n", cx.message);
      exit(1);
    }
    best = fmin(best, now_ns() - from);
    evaluations = fit->evaluations;
    jv_fit_free(&cx, fit);
  }
  printf("%6zu %4zu %10.3f %8zu %16.2f %14.1f\n", n, m, best / 1e6, evaluations,
         best / (double)n / (double)evaluations, (double)k.peak / 1024);
}

static void time_fits(void) {
  static const size_t seasons[] = {1, 2, 3, 4, 6, 12, 24};
  printf("\nautomatic fits\n%6s %4s %10s %8s %16s %14s\n", "n", "m", "ms", "evals",
         "ns/(obs x eval)", "peak KiB");
  for (size_t n = 60; n <= 3840; n *= 2) time_fit(n, 1);
  for (size_t n = 60; n <= 3840; n *= 4) time_fit(n, 12);
  for (size_t i = 0; i < sizeof seasons / sizeof *seasons; i++) time_fit(480, seasons[i]);
}

int main(void) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  time_evaluations(&cx);
  time_fits();
  return 0;
}
