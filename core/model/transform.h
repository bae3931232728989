/* The scale on which a model works: a monotone map of y and its inverse.
 *
 *   BOXCOX  z = Box-Cox(y; lambda) of series/series.h, the logarithm for lambda = 0
 *   LOWER   z = log(y - a)            y > a
 *   UPPER   z = -log(b - y)           y < b
 *   LOGIT   z = log((y - a)/(b - y))  a < y < b, the scaled logit
 *
 * All rise with y, so a quantile of z is mapped to the same quantile of y, and no path and no end of
 * an interval leaves the bounds. Where z lies beyond what the map reaches (Box-Cox with a negative
 * lambda ends at -1/lambda) y is infinite; with `positive` what falls below zero is zero.
 *
 * The mean of y from mean and variance v of z is of second order, g(z) + g''(z) v / 2, as in R's
 * forecast for Box-Cox: g (1 + v (1 - lambda) / (2 g^(2 lambda))).
 *
 * Source: Box & Cox (1964), JRSS B 26; Hyndman & Athanasopoulos (2021), sec. 3.1, 5.6, 13.3.
 * Checked by: tests/core/test_around.c */
#ifndef JV_MODEL_TRANSFORM_H
#define JV_MODEL_TRANSFORM_H

#include "model/common.h"

typedef enum jv_map_kind {
  JV_MAP_NONE,
  JV_MAP_BOXCOX,
  JV_MAP_LOWER,
  JV_MAP_UPPER,
  JV_MAP_LOGIT
} jv_map_kind;

typedef struct jv_map {
  jv_map_kind kind;
  double lambda, lower, upper;
  bool positive;
} jv_map;

/* The map that the options ask for, lambda chosen from y where they say how. `what` begins messages.
 * Errors: JV_EDATA, JV_ENOMEM. */
jv_status jv_map_choose(jv_ctx *cx, const char *what, const jv_common *common, const double *y,
                        size_t n, size_t m, jv_map *out);
/* n values onto the model's scale; NaN stays. JV_EDATA names the first outside the domain, y[0] being
 * observation first + 1. */
jv_status jv_map_forward(jv_ctx *cx, const char *what, const jv_map *map, const double *y, size_t n,
                         size_t first, double *z);
double jv_map_inverse(const jv_map *map, double z);
/* The mean of y by the second order, from mean and variance of z; never outside bounds. */
double jv_map_mean(const jv_map *map, double mean, double variance);
/* "log(y)", "Box-Cox(y, 0.32)", "logit(y)" into size bytes; empty for none. */
void jv_map_describe(const jv_map *map, char *out, size_t size);

#endif
