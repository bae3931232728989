/* Errors at earlier origins and their quantiles: see model/conformal.h. */
#include "model/conformal.h"
#include "model/around.h"
#include "numeric/summary.h"
#include <string.h>

enum { MOST_SPLIT = 100, MOST_ROLLING = 50 };

void jv_errors_free(jv_ctx *cx, jv_errors *errors) {
  if (!errors) return;
  jv_free(cx, errors->error);
  jv_free(cx, errors->sorted);
  jv_free(cx, errors->count);
  jv_free(cx, errors);
}

static jv_status new_errors(jv_ctx *cx, size_t origins, size_t h, jv_errors **out) {
  jv_errors *e = JV_NEW(cx, jv_errors);
  if (!e) return JV_ENOMEM;
  e->origins = origins;
  e->h = h;
  e->error = jv_alloc(cx, origins, h * sizeof *e->error);
  e->sorted = jv_alloc(cx, origins, h * sizeof *e->sorted);
  e->count = jv_calloc(cx, h, sizeof *e->count);
  if (!e->error || !e->sorted || !e->count) {
    jv_errors_free(cx, e);
    return JV_ENOMEM;
  }
  for (size_t i = 0; i < origins * h; i++) e->error[i] = NAN;
  *out = e;
  return JV_OK;
}

jv_status jv_errors_copy(jv_ctx *cx, const jv_errors *from, size_t h, jv_errors **out) {
  JV_TRY(new_errors(cx, from->origins, h, out));
  for (size_t k = 0; k < from->origins; k++)
    memcpy((*out)->error + k * h, from->error + k * from->h, h * sizeof *from->error);
  memcpy((*out)->sorted, from->sorted, h * from->origins * sizeof *from->sorted);
  memcpy((*out)->count, from->count, h * sizeof *from->count);
  return JV_OK;
}

/* ---- measuring ---- */

/* What the walk over origins needs: the mapped observations, all of them. */
typedef struct walk {
  const jv_fit *fit;
  const double *z;
  size_t first; /* observations known at origin 0 */
  jv_errors *errors;
} walk;

static jv_status fit_to(jv_ctx *cx, const walk *w, size_t n, jv_fit **out) {
  jv_sample sample = jv_around_sample(w->fit, w->z, n);
  return jv_fit_plain(cx, w->fit->cls, &sample, w->fit->opt, NULL, out);
}

/* The errors of a fit to the first n observations, at origin k. */
static jv_status measure(jv_ctx *cx, const walk *w, const jv_fit *at, size_t k) {
  const jv_fit *fit = w->fit;
  size_t n = at->n, left = fit->n - n, h = left < w->errors->h ? left : w->errors->h;
  jv_forecast *fc = NULL;
  const double *x = fit->k ? fit->around->x + n * fit->k : NULL;
  JV_TRY(jv_forecast_plain(cx, at, h, x, &fc));
  for (size_t i = 0; i < h; i++) w->errors->error[k * w->errors->h + i] = w->z[n + i] - fc->mean[i];
  jv_forecast_free(cx, fc);
  return JV_OK;
}

/* A refit at each origin, backwards: where data no longer suffice the search ends. */
static jv_status roll(jv_ctx *cx, const walk *w) {
  size_t k = w->errors->origins, found = 0;
  while (k-- > 0) {
    jv_fit *at = NULL;
    jv_status status = fit_to(cx, w, w->first + k, &at);
    if (status == JV_OK) status = measure(cx, w, at, k);
    jv_fit_free(cx, at);
    if (status == JV_ENOMEM || status == JV_ECANCEL) return status;
    if (status != JV_OK) break;
    found++;
  }
  return found ? JV_OK : jv_failure(cx);
}

/* One fit, moved through the origins; refitted where the family cannot update. */
static jv_status split(jv_ctx *cx, const walk *w) {
  if (!w->fit->cls->update) return roll(cx, w);
  size_t k = w->fit->k;
  jv_fit *at = NULL;
  JV_TRY(fit_to(cx, w, w->first, &at));
  jv_status status = JV_OK;
  for (size_t i = 0; i < w->errors->origins && status == JV_OK; i++) {
    size_t n = w->first + i;
    const double *x = k ? w->fit->around->x + (n - 1) * k : NULL;
    if (i > 0) status = jv_fit_update(cx, at, w->z + n - 1, x, 1);
    if (status == JV_OK) status = measure(cx, w, at, i);
  }
  jv_fit_free(cx, at);
  return status;
}

static void sort_errors(jv_errors *e) {
  for (size_t i = 0; i < e->h; i++) {
    double *row = e->sorted + i * e->origins;
    size_t n = 0;
    for (size_t k = 0; k < e->origins; k++) {
      double error = e->error[k * e->h + i];
      if (!isnan(error)) row[n++] = fabs(error);
    }
    jv_sort(row, n);
    e->count[i] = n;
  }
}

static jv_status count_origins(jv_ctx *cx, const jv_fit *fit, bool rolling, size_t *out) {
  int asked = fit->around->common.calibration;
  size_t half = fit->n / 2, most = rolling ? MOST_ROLLING : MOST_SPLIT;
  *out = half < most ? half : most;
  if (asked != JV_OPT_UNSET) *out = (size_t)asked;
  if (*out > 0 && *out < fit->n) return JV_OK;
  return jv_fail(cx, JV_EDATA,
                 "%s: conformal intervals take errors at %zu earlier origins, the series has %zu "
                 "observations",
                 fit->cls->name, *out > 0 ? *out : 1, fit->n);
}

static jv_status measure_all(jv_ctx *cx, const jv_fit *fit, const double *z, bool rolling,
                             jv_errors *errors) {
  walk w = {fit, z, fit->n - errors->origins, errors};
  if ((rolling ? roll : split)(cx, &w) != JV_OK)
    return jv_fail_in(cx, "%s: conformal intervals, at an earlier origin", fit->cls->name);
  sort_errors(errors);
  return JV_OK;
}

jv_status jv_conformal_errors(jv_ctx *cx, const jv_fit *fit, size_t h, const jv_errors **out) {
  jv_around *a = fit->around;
  bool rolling = a->common.interval == JV_INTERVAL_CONFORMAL_ROLLING;
  if (a->errors && a->errors->h >= h) {
    *out = a->errors;
    return JV_OK;
  }
  size_t origins = 0;
  jv_errors *errors = NULL;
  JV_TRY(count_origins(cx, fit, rolling, &origins));
  JV_TRY(new_errors(cx, origins, h, &errors));
  double *z = JV_ARRAY(cx, double, fit->n);
  jv_status status = z ? jv_around_mapped(cx, fit, 0, fit->n, z) : JV_ENOMEM;
  if (status == JV_OK) status = measure_all(cx, fit, z, rolling, errors);
  jv_free(cx, z);
  if (status != JV_OK) {
    jv_errors_free(cx, errors);
    return status;
  }
  jv_errors_free(cx, a->errors);
  *out = a->errors = errors;
  return JV_OK;
}

/* ---- using ---- */

jv_status jv_errors_quantile(jv_ctx *cx, const jv_errors *e, size_t step, double p, double *out) {
  double level = fabs(2 * p - 1), n = (double)e->count[step];
  /* 1e-9: a level that is a whole rank but for rounding takes that rank */
  double rank = ceil((n + 1) * level - 1e-9);
  *out = 0;
  if (rank < 1) return JV_OK;
  if (rank > n)
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "a conformal interval of %.4g %% takes at least %.0f errors, %zu are known at "
                   "step %zu: a lower level, a longer series, a shorter horizon or another method",
                   100 * level, ceil(level / (1 - level) - 1e-9), e->count[step], step + 1);
  double error = e->sorted[step * e->origins + (size_t)rank - 1];
  *out = p < 0.5 ? -error : error;
  return JV_OK;
}

void jv_errors_draw(const jv_errors *e, size_t h, jv_rng *rng, double *path) {
  double sign = jv_rng_below(rng, 2) ? 1 : -1;
  size_t origin = (size_t)jv_rng_below(rng, e->origins);
  for (size_t i = 0; i < h; i++) {
    while (isnan(e->error[origin * e->h + i])) origin = (size_t)jv_rng_below(rng, e->origins);
    path[i] += sign * e->error[origin * e->h + i];
  }
}
