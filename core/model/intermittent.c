/* What the models of intermittent demand share. */
#include "model/intermittent.h"
#include <math.h>

enum { PATHS = 2000 };

double jv_intermittent_variance(const double *e, size_t n) {
  double sum = 0, used = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(e[i])) continue;
    sum += e[i] * e[i];
    used += 1;
  }
  return used > 0 ? sum / used : INFINITY;
}

bool jv_intermittent_floor(jv_ctx *cx, const char *model, const double *y, size_t n) {
  for (size_t t = 0; t < n; t++)
    if (y[t] < 0) {
      jv_warn(cx, "%s: values below zero (the first at observation %zu) count as demands", model,
              t + 1);
      return false;
    }
  return true;
}

double jv_intermittent_interval(const double *y, size_t n) {
  double periods = 0, demands = 0, last = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(y[t])) continue;
    periods += 1;
    if (y[t] == 0) continue;
    demands += 1;
    last = periods;
  }
  return demands > 0 ? last / demands : 1;
}

static size_t collect_errors(const jv_fit *fit, double *errors) {
  size_t k = 0;
  for (size_t t = 0; t < fit->n; t++)
    if (!isnan(fit->residuals[t])) errors[k++] = fit->residuals[t];
  return k;
}

jv_status jv_intermittent_simulate(jv_ctx *cx, const jv_fit *fit, double rate, bool floor, size_t h,
                                   size_t n_paths, double *paths) {
  double *errors = JV_ARRAY(cx, double, fit->n);
  if (!errors) return JV_ENOMEM;
  size_t count = collect_errors(fit, errors);
  double sigma = sqrt(fit->sigma2);
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    for (size_t i = 0; i < h; i++) {
      double e = draws.n_pool ? sigma * jv_draw(&draws)
                              : errors[jv_rng_below(&draws.rng, count ? count : 1)];
      double y = count ? rate + e : rate;
      paths[k * h + i] = floor && y < 0 ? 0 : y;
    }
  }
  jv_free(cx, errors);
  return JV_OK;
}

void jv_intermittent_means(jv_forecast *fc, double rate) {
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = rate;
}

jv_status jv_intermittent_spread(jv_ctx *cx, const jv_fit *fit, double rate, bool floor,
                                 jv_forecast *fc) {
  double *paths = JV_ARRAY(cx, double, PATHS * fc->h);
  if (!paths) return JV_ENOMEM;
  jv_status status = jv_intermittent_simulate(cx, fit, rate, floor, fc->h, PATHS, paths);
  if (status != JV_OK) {
    jv_free(cx, paths);
    return status;
  }
  fc->paths = paths;
  fc->n_paths = PATHS;
  fc->dist = JV_DIST_PATHS;
  return JV_OK;
}
