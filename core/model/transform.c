/* The maps of model/transform.h. */
#include "model/transform.h"
#include "numeric/boxcox_choice.h"
#include "series/series.h"
#include <stdio.h>

/* Where lambda is looked for, as everywhere in the field. */
#define LEAST_LAMBDA (-1.0)
#define MOST_LAMBDA 2.0

static jv_status choose_lambda(jv_ctx *cx, const jv_common *common, const double *y, size_t n,
                               size_t m, double *lambda) {
  switch (common->lambda.choice) {
  case JV_LAMBDA_GUERRERO:
    return jv_boxcox_guerrero(cx, y, n, m, LEAST_LAMBDA, MOST_LAMBDA, lambda);
  case JV_LAMBDA_LIKELIHOOD:
    return jv_boxcox_likelihood(cx, y, n, m, LEAST_LAMBDA, MOST_LAMBDA, lambda);
  default: /* log, a number, or positive alone */
    *lambda = isnan(common->lambda.number) ? 0 : common->lambda.number;
    return JV_OK;
  }
}

jv_status jv_map_choose(jv_ctx *cx, const char *what, const jv_common *common, const double *y,
                        size_t n, size_t m, jv_map *out) {
  jv_map map = {JV_MAP_NONE, NAN, common->lower, common->upper, common->positive != 0};
  bool below = !isnan(map.lower), above = !isnan(map.upper);
  if (below || above)
    map.kind = below && above ? JV_MAP_LOGIT : below ? JV_MAP_LOWER : JV_MAP_UPPER;
  else if (jv_common_transforms(common)) {
    map.kind = JV_MAP_BOXCOX;
    if (choose_lambda(cx, common, y, n, m, &map.lambda) != JV_OK) return jv_fail_in(cx, "%s", what);
  }
  *out = map;
  return JV_OK;
}

static double forward(const jv_map *map, double y) {
  switch (map->kind) {
  case JV_MAP_BOXCOX:
    return map->positive && y < 0 ? NAN : jv_boxcox(y, map->lambda);
  case JV_MAP_LOWER:
    return y > map->lower ? log(y - map->lower) : NAN;
  case JV_MAP_UPPER:
    return y < map->upper ? -log(map->upper - y) : NAN;
  case JV_MAP_LOGIT:
    return y > map->lower && y < map->upper ? log((y - map->lower) / (map->upper - y)) : NAN;
  case JV_MAP_NONE:
    break;
  }
  return y;
}

/* What y must be, for messages. */
static void domain(const jv_map *map, char *out, size_t size) {
  if (map->kind == JV_MAP_BOXCOX)
    snprintf(out, size, "%s zero", map->lambda > 0 ? "at or above" : "above");
  else if (map->kind == JV_MAP_LOWER)
    snprintf(out, size, "above the bound %g", map->lower);
  else if (map->kind == JV_MAP_UPPER)
    snprintf(out, size, "below the bound %g", map->upper);
  else
    snprintf(out, size, "between the bounds %g and %g", map->lower, map->upper);
}

jv_status jv_map_forward(jv_ctx *cx, const char *what, const jv_map *map, const double *y, size_t n,
                         size_t first, double *z) {
  for (size_t i = 0; i < n; i++) {
    char wanted[80], name[80];
    z[i] = isnan(y[i]) ? NAN : forward(map, y[i]);
    if (isnan(y[i]) || isfinite(z[i])) continue;
    domain(map, wanted, sizeof wanted);
    jv_map_describe(map, name, sizeof name);
    const char *advice =
        map->kind == JV_MAP_BOXCOX && y[i] == 0 ? "; lambda = 0.5 takes zeros" : "";
    return jv_fail(cx, JV_EDATA, "%s: %s needs values %s, observation %zu is %g%s", what, name,
                   wanted, first + i + 1, y[i], advice);
  }
  return JV_OK;
}

double jv_map_inverse(const jv_map *map, double z) {
  double y = z;
  switch (map->kind) {
  case JV_MAP_BOXCOX:
    y = jv_boxcox_inverse(z, map->lambda);
    if (isnan(y) && !isnan(z)) y = INFINITY; /* a negative lambda, beyond its reach */
    return map->positive && y < 0 ? 0 : y;
  case JV_MAP_LOWER:
    return map->lower + exp(z);
  case JV_MAP_UPPER:
    return map->upper - exp(-z);
  case JV_MAP_LOGIT: /* from the nearer end, and never past the other for rounding */
    y = z < 0 ? map->lower + (map->upper - map->lower) * (exp(z) / (1 + exp(z)))
              : map->upper - (map->upper - map->lower) * (exp(-z) / (1 + exp(-z)));
    return fmin(fmax(y, map->lower), map->upper);
  case JV_MAP_NONE:
    break;
  }
  return y;
}

/* g''(z) / 2 of the inverse at z, where it is y. */
static double curvature(const jv_map *map, double z, double y) {
  switch (map->kind) {
  case JV_MAP_BOXCOX: {
    double slope = map->lambda * z + 1; /* y^lambda */
    return slope == 0 ? 0 : y * (1 - map->lambda) / (2 * slope * slope);
  }
  case JV_MAP_LOWER:
    return exp(z) / 2;
  case JV_MAP_UPPER:
    return -exp(-z) / 2;
  case JV_MAP_LOGIT: {
    double p = 1 / (1 + exp(-z));
    return (map->upper - map->lower) * p * (1 - p) * (1 - 2 * p) / 2;
  }
  case JV_MAP_NONE:
    break;
  }
  return 0;
}

double jv_map_mean(const jv_map *map, double mean, double variance) {
  double y = jv_map_inverse(map, mean);
  if (!isfinite(y) || variance == 0) return y;
  y += curvature(map, mean, y) * variance;
  if (!isnan(map->lower)) y = fmax(y, map->lower);
  if (!isnan(map->upper)) y = fmin(y, map->upper);
  return map->positive ? fmax(y, 0) : y;
}

void jv_map_describe(const jv_map *map, char *out, size_t size) {
  switch (map->kind) {
  case JV_MAP_NONE:
    snprintf(out, size, "%s", "");
    return;
  case JV_MAP_BOXCOX:
    if (map->lambda == 0)
      snprintf(out, size, "log(y)");
    else
      snprintf(out, size, "Box-Cox(y, %.4g)", map->lambda);
    return;
  case JV_MAP_LOWER:
    snprintf(out, size, "log(y - %.4g)", map->lower);
    return;
  case JV_MAP_UPPER:
    snprintf(out, size, "-log(%.4g - y)", map->upper);
    return;
  case JV_MAP_LOGIT:
    snprintf(out, size, "logit(y; %.4g, %.4g)", map->lower, map->upper);
    return;
  }
}
