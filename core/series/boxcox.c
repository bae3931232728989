/* Logarithm and Box-Cox transformation, and their inverses.
 *
 *   z = (sign(y) |y|^lambda - 1) / lambda    lambda > 0   Bickel & Doksum (1981)
 *   z = log y                                lambda = 0, y > 0
 *   z = (y^lambda - 1) / lambda              lambda < 0, y > 0
 *
 * For y > 0 it is computed as expm1(lambda log y) / lambda, and undone by log1p, which keep their
 * digits as lambda goes to 0. */
#include "series/buffer.h"
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

double jv_boxcox(double y, double lambda) {
  if (lambda == 0) return y > 0 ? log(y) : NAN;
  if (y > 0) return expm1(lambda * log(y)) / lambda;
  if (lambda < 0) return NAN;
  return (-pow(-y, lambda) - 1) / lambda;
}

double jv_boxcox_inverse(double z, double lambda) {
  if (lambda == 0) return exp(z);
  double x = lambda * z;
  if (x > -1) return exp(log1p(x) / lambda);
  if (lambda < 0) return NAN;
  return -pow(-(x + 1), 1 / lambda);
}

/* One of the maps above, as a transform of a series. */
typedef struct map {
  double (*fn)(double value, double lambda);
  double lambda;
  const char *name, *domain; /* for messages: "log needs values > 0" */
} map;

static jv_status outside(jv_ctx *cx, const jv_series *s, size_t i, const map *m) {
  char period[JV_PERIOD_TEXT];
  jv_period_format(jv_series_period(s, i), period);
  return jv_fail(cx, JV_EDATA, "%s needs values %s: %.60s%s%s is %.10g", m->name, m->domain,
                 s->name, *s->name ? " in " : "", period, s->value[i]);
}

static jv_status apply(jv_ctx *cx, const jv_series *s, const map *m, jv_series *out) {
  char operation[80];
  bool plain = m->fn == jv_boxcox || m->fn == jv_boxcox_inverse;
  if (plain)
    snprintf(operation, sizeof operation, "%.40s with lambda %.6g", m->name, m->lambda);
  else
    snprintf(operation, sizeof operation, "%.40s", m->name);
  jv_decimal_point(operation);
  for (size_t i = 0; i < s->n; i++) {
    out->value[i] = isnan(s->value[i]) ? NAN : m->fn(s->value[i], m->lambda);
    if (isnan(out->value[i]) && !isnan(s->value[i])) return outside(cx, s, i, m);
    if (!out->mark) continue;
    const jv_mark *in[] = {&s->mark[i]};
    JV_TRY(jv_mark_join(cx, operation, out->value[i], JV_EVIDENCE_DERIVED, in, 1, &out->mark[i]));
  }
  return JV_OK;
}

static jv_status transform(jv_ctx *cx, const jv_series *s, const map *m, jv_series **out) {
  jv_series *made;
  if (!isfinite(m->lambda))
    return jv_fail(cx, JV_EINVAL, "%s: lambda must be finite, got %g", m->name, m->lambda);
  JV_TRY(jv_series_like(cx, s, s->start, s->n, &made));
  memset(&made->unit, 0, sizeof made->unit);
  if (apply(cx, s, m, made) != JV_OK) {
    jv_series_free(cx, made);
    return jv_failure(cx);
  }
  *out = made;
  return JV_OK;
}

static double log_of(double y, double lambda) { return jv_boxcox(y, lambda); }
static double exp_of(double z, double lambda) { return jv_boxcox_inverse(z, lambda); }

jv_status jv_series_log(jv_ctx *cx, const jv_series *s, jv_series **out) {
  return transform(cx, s, &(map){log_of, 0, "log", "> 0"}, out);
}

jv_status jv_series_exp(jv_ctx *cx, const jv_series *s, jv_series **out) {
  return transform(cx, s, &(map){exp_of, 0, "exp", "that are numbers"}, out);
}

jv_status jv_series_boxcox(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out) {
  return transform(cx, s, &(map){jv_boxcox, lambda, "Box-Cox", "> 0"}, out);
}

jv_status jv_series_boxcox_inverse(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out) {
  return transform(cx, s, &(map){jv_boxcox_inverse, lambda, "inverse Box-Cox", "below -1/lambda"},
                   out);
}
