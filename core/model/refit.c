/* Sample paths that carry the uncertainty of the parameters, by a bootstrap of the estimates.
 *
 *   for r = 1 … R: a series y*_r is simulated from the fit: it begins as y does, and goes on with
 *     innovations drawn by the fit (normal, or resampled); missing values of y are missing in it
 *     theta*_r = estimates of a refit to y*_r
 *   path k: y itself passed through the model with theta*_{k mod R}, then simulated on
 *
 * So each path starts from the state that the observed series gives under its own parameters, as the
 * forecast does. A series to which the model cannot be refitted (below zero, where it must be above)
 * gives no parameters, and the next takes its place. Cost: R = 100 fits, and as many passes, for each
 * forecast or simulation.
 *
 * Source: Pascual, Romo & Ruiz (2004), J. Time Series Analysis 25, 449-465, sec. 3. Differs: theirs
 * draws one path a refit; here R refits share the paths asked for.
 * Checked by: tests/core/test_around.c */
#include "model/around.h"
#include <string.h>

enum { REFITS = 100 };

/* Seeds of streams that differ from those of the paths and from each other. */
static uint64_t derive_seed(uint64_t seed, uint64_t purpose) {
  jv_rng rng = jv_rng_keyed(seed, "refit", NULL, purpose);
  return jv_rng_next(&rng);
}

typedef struct bootstrap {
  const jv_fit *fit, *core;
  const double *z; /* the mapped observations */
  size_t h, n_paths, refits;
  const double *x;
  double *series, *drawn; /* scratch: n values; paths of one refit */
  double *paths;
} bootstrap;

/* A simulated series in b->series: start is the model over the first observations. */
static jv_status simulate_series(jv_ctx *cx, const bootstrap *b, const jv_fit *start, size_t r) {
  jv_fit shadow = *start;
  const jv_fit *fit = b->fit;
  size_t first = start->n, left = fit->n - first;
  const double *x = fit->k ? fit->around->x + first * fit->k : NULL;
  shadow.seed = derive_seed(b->core->seed, r);
  shadow.pool = b->core->pool;
  shadow.n_pool = b->core->n_pool;
  memcpy(b->series, b->z, first * sizeof *b->series);
  JV_TRY(jv_simulate_plain(cx, &shadow, left, x, 1, b->series + first));
  for (size_t t = first; t < fit->n; t++)
    if (isnan(b->z[t])) b->series[t] = NAN;
  return JV_OK;
}

/* The observed series under the parameters of a refit to b->series. */
static jv_status refit(jv_ctx *cx, const bootstrap *b, jv_fit **out) {
  const jv_model_class *cls = b->fit->cls;
  jv_sample simulated = jv_around_sample(b->fit, b->series, b->fit->n);
  jv_sample observed = jv_around_sample(b->fit, b->z, b->fit->n);
  jv_fit *estimated = NULL;
  JV_TRY(jv_fit_plain(cx, cls, &simulated, b->core->opt, NULL, &estimated));
  jv_status status = jv_fit_plain(cx, cls, &observed, estimated->opt, estimated, out);
  jv_fit_free(cx, estimated);
  return status;
}

/* Paths r, r + refits, … from the model with its new parameters. */
static jv_status draw_share(jv_ctx *cx, const bootstrap *b, const jv_fit *at, size_t r) {
  jv_fit shadow = *at;
  size_t share = (b->n_paths - r + b->refits - 1) / b->refits;
  shadow.seed = derive_seed(b->core->seed, REFITS + r);
  shadow.pool = b->core->pool;
  shadow.n_pool = b->core->n_pool;
  JV_TRY(jv_simulate_plain(cx, &shadow, b->h, b->x, share, b->drawn));
  for (size_t j = 0; j < share; j++)
    memcpy(b->paths + (r + j * b->refits) * b->h, b->drawn + j * b->h, b->h * sizeof *b->paths);
  return JV_OK;
}

static bool is_final(jv_status status) { return status == JV_ENOMEM || status == JV_ECANCEL; }

/* Tries simulated series until one can be refitted. */
static jv_status draw_one(jv_ctx *cx, const bootstrap *b, const jv_fit *start, size_t r) {
  enum { TRIES = 20 };
  jv_status status = JV_OK;
  for (size_t attempt = 0; attempt < TRIES; attempt++) {
    jv_fit *at = NULL;
    status = simulate_series(cx, b, start, r + (attempt + 2) * REFITS);
    if (status == JV_OK) status = refit(cx, b, &at);
    if (status == JV_OK) status = draw_share(cx, b, at, r);
    jv_fit_free(cx, at);
    if (status == JV_OK || is_final(status)) return status;
  }
  return jv_fail_in(cx, "%s: refits to simulated series", b->fit->cls->name);
}

/* The model over the first observations, as few as it takes: another season more where those before
 * cannot tell its state. */
static jv_status find_start(jv_ctx *cx, const bootstrap *b, jv_fit **out) {
  const jv_fit *fit = b->fit;
  size_t least = fit->cls->min_n > fit->m ? fit->cls->min_n : fit->m, n = 0, seen = 0;
  jv_status status =
      jv_fail(cx, JV_EDATA, "%s: too few observations to simulate a series that could be refitted",
              fit->cls->name);
  for (; n < fit->n && seen < least; n++) seen += isnan(b->z[n]) ? 0 : 1;
  for (; n < fit->n; n += fit->m) {
    jv_sample sample = jv_around_sample(fit, b->z, n);
    status = jv_fit_plain(cx, fit->cls, &sample, b->core->opt, b->core, out);
    if (status == JV_OK) status = simulate_series(cx, b, *out, 0);
    if (status == JV_OK || is_final(status)) return status;
    jv_fit_free(cx, *out);
    *out = NULL;
  }
  return status;
}

static jv_status draw_all(jv_ctx *cx, const bootstrap *b) {
  jv_fit *start = NULL;
  jv_status status = find_start(cx, b, &start);
  for (size_t r = 0; start && r < b->refits && status == JV_OK; r++)
    status = draw_one(cx, b, start, r);
  jv_fit_free(cx, start);
  return status;
}

jv_status jv_refit_draw(jv_ctx *cx, const jv_fit *fit, const jv_fit *core, size_t h,
                        const double *x, size_t n_paths, double *paths) {
  size_t n = fit->n, refits = n_paths < REFITS ? n_paths : REFITS;
  double *z = JV_ARRAY(cx, double, 2 * n);
  double *drawn = JV_ARRAY(cx, double, h *(n_paths / refits + 1));
  jv_status status = z && drawn ? jv_around_mapped(cx, fit, 0, n, z) : JV_ENOMEM;
  bootstrap b = {fit, core, z, h, n_paths, refits, x, z ? z + n : NULL, drawn, paths};
  if (status == JV_OK) status = draw_all(cx, &b);
  jv_free(cx, z);
  jv_free(cx, drawn);
  return status;
}
