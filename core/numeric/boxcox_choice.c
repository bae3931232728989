/* The exponent of a Box-Cox transformation, chosen from the data.
 *
 * Guerrero (1993): the series, from its end, is cut into blocks i of max(2, m) values with mean a_i
 * and standard deviation s_i; a transformation that makes the spread independent of the level has
 * s_i / a_i^(1 - lambda) constant, so lambda minimises the coefficient of variation of that ratio.
 *
 * Likelihood (Box & Cox, 1964, eq. 8): with g the geometric mean and
 *   z_t = g ((y_t / g)^lambda - 1) / lambda
 * L(lambda) = -(n/2) log RSS(lambda), RSS that of z on a line in t and, for m > 1, a level for each
 * season. y / g rather than y keeps the digits; a constant is absorbed by the levels. The line is
 * fitted on deviations from the levels of the seasons, which is the same regression. */
#include "numeric/boxcox_choice.h"
#include "numeric/brent.h"
#include "numeric/summary.h"
#include "numeric/unit_root.h"
#include <float.h>
#include <math.h>
#include <string.h>

static jv_status check(jv_ctx *cx, const double *y, size_t n, double lower, double upper,
                       double *least) {
  size_t observed = 0;
  *least = INFINITY;
  if (!(lower < upper) || !isfinite(lower) || !isfinite(upper))
    return jv_fail(cx, JV_EINVAL, "Box-Cox: lower %g must lie below upper %g", lower, upper);
  for (size_t i = 0; i < n; i++) {
    if (isinf(y[i]))
      return jv_fail(cx, JV_EDATA, "Box-Cox: value %zu of %zu is infinite", i + 1, n);
    if (isnan(y[i])) continue;
    observed++;
    *least = fmin(*least, y[i]);
  }
  if (observed) return JV_OK;
  return jv_fail(cx, JV_EDATA, "Box-Cox: none of %zu values is observed", n);
}

/* Nothing can be learned from so few values, or from equal ones: as they are. */
static bool untold(const double *y, size_t n, size_t m) {
  return n <= 2 * (m > 1 ? m : 1) || jv_is_constant(y, n);
}

/* ---- Guerrero */

typedef struct blocks {
  double *mean, *sd, *ratio;
  size_t n;
} blocks;

static double variation(void *data, double lambda) {
  blocks *b = data;
  for (size_t i = 0; i < b->n; i++) b->ratio[i] = b->sd[i] / pow(b->mean[i], 1 - lambda);
  return jv_summary_sd(b->ratio, b->n) / jv_summary_mean(b->ratio, b->n);
}

jv_status jv_boxcox_guerrero(jv_ctx *cx, const double *y, size_t n, size_t m, double lower,
                             double upper, double *lambda) {
  double least;
  JV_TRY(check(cx, y, n, lower, upper, &least));
  if (least <= 0 && lower < 0) lower = 0;
  if (lower >= upper)
    return jv_fail(cx, JV_EINVAL, "Box-Cox: upper %g leaves no lambda for values <= 0", upper);
  if (untold(y, n, m)) {
    *lambda = 1;
    return JV_OK;
  }
  size_t width = m > 2 ? m : 2, count = n / width, first = n - count * width;
  double *memory = JV_ARRAY(cx, double, 3 * count);
  if (!memory) return JV_ENOMEM;
  blocks b = {memory, memory + count, memory + 2 * count, count};
  for (size_t i = 0; i < count; i++) {
    b.mean[i] = jv_summary_mean(y + first + i * width, width);
    b.sd[i] = jv_summary_sd(y + first + i * width, width);
  }
  *lambda = jv_brent(variation, &b, lower, upper, pow(DBL_EPSILON, 0.25));
  jv_free(cx, memory);
  return JV_OK;
}

/* ---- likelihood */

/* z and time as deviations from their season's mean; NaN where y is missing. */
typedef struct regression {
  const double *log_y; /* log (y / g) */
  double *z, *time, *mean;
  size_t *count;
  size_t n, m;
  double xx;
} regression;

static void leave_seasons_out(const regression *r, double *x) {
  memset(r->mean, 0, r->m * sizeof *r->mean);
  memset(r->count, 0, r->m * sizeof *r->count);
  for (size_t t = 0; t < r->n; t++) {
    if (isnan(r->log_y[t])) continue;
    r->mean[t % r->m] += x[t];
    r->count[t % r->m]++;
  }
  for (size_t s = 0; s < r->m; s++)
    if (r->count[s]) r->mean[s] /= (double)r->count[s];
  for (size_t t = 0; t < r->n; t++) x[t] = isnan(r->log_y[t]) ? 0 : x[t] - r->mean[t % r->m];
}

static double rss_at(const regression *r, double lambda) {
  double xz = 0, zz = 0;
  for (size_t t = 0; t < r->n; t++) {
    double l = r->log_y[t];
    r->z[t] = fabs(lambda) < 1e-9 ? l : expm1(lambda * l) / lambda;
  }
  leave_seasons_out(r, r->z);
  for (size_t t = 0; t < r->n; t++) xz += r->time[t] * r->z[t];
  double slope = r->xx > 0 ? xz / r->xx : 0;
  for (size_t t = 0; t < r->n; t++) {
    double e = r->z[t] - slope * r->time[t];
    zz += e * e;
  }
  return zz;
}

static double best_on_grid(regression *r, double lower, double upper) {
  double best = INFINITY, lambda = 1;
  for (size_t t = 0; t < r->n; t++) r->time[t] = (double)t;
  leave_seasons_out(r, r->time);
  for (size_t t = 0; t < r->n; t++) r->xx += r->time[t] * r->time[t];
  size_t steps = (size_t)((upper - lower) / 0.05 + 1e-9);
  for (size_t i = 0; i <= steps; i++) {
    double at = lower + (double)i * 0.05, rss = rss_at(r, at);
    if (rss < best) {
      best = rss;
      lambda = at;
    }
  }
  return lambda;
}

jv_status jv_boxcox_likelihood(jv_ctx *cx, const double *y, size_t n, size_t m, double lower,
                               double upper, double *lambda) {
  double least;
  JV_TRY(check(cx, y, n, lower, upper, &least));
  if (least <= 0)
    return jv_fail(cx, JV_EDATA, "Box-Cox: the likelihood needs values > 0, the least is %g",
                   least);
  if (untold(y, n, m)) {
    *lambda = 1;
    return JV_OK;
  }
  if (m < 1) m = 1;
  double *memory = JV_ARRAY(cx, double, 3 * n + m);
  regression r = {.n = n, .m = m, .count = JV_ARRAY(cx, size_t, m)};
  if (memory && r.count) {
    double *log_y = memory;
    r.log_y = log_y, r.z = memory + n, r.time = memory + 2 * n, r.mean = memory + 3 * n;
    for (size_t t = 0; t < n; t++) log_y[t] = log(y[t]);
    double centre = jv_summary_mean(log_y, n);
    for (size_t t = 0; t < n; t++) log_y[t] -= centre;
    *lambda = best_on_grid(&r, lower, upper);
  }
  jv_status status = memory && r.count ? JV_OK : JV_ENOMEM;
  jv_free(cx, memory);
  jv_free(cx, r.count);
  return status;
}
