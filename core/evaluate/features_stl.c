/* Features of trend, season and remainder, and of autocorrelation. Definitions: features.h.
 *
 * The orthonormal polynomials in t = 0 .. n-1, u = t - (n-1)/2:
 *   P1 = u / |u|      P2 = (u^2 - (n^2 - 1)/12) / |u^2 - (n^2 - 1)/12| */
#include "evaluate/features_parts.h"
#include "numeric/acf.h"
#include "numeric/stl.h"
#include "numeric/summary.h"
#include "numeric/supsmu.h"
#include <math.h>

/* ---- STL */

/* 1 - var(r) / var(r + part), part + r made in room. */
static double strength(const double *part, const double *r, size_t n, double *room) {
  for (size_t i = 0; i < n; i++) room[i] = part[i] + r[i];
  double together = jv_summary_variance(room, n), alone = jv_summary_variance(r, n);
  if (!(together > 0)) return 0;
  return fmax(0, fmin(1, 1 - alone / together));
}

/* Leaving out r_i changes the sum of squares about the mean by d^2 n / (n - 1). */
static double spike(const double *r, size_t n, double *room) {
  double mean = jv_summary_mean(r, n), ss = 0, size = (double)n;
  if (n < 3) return NAN;
  for (size_t i = 0; i < n; i++) ss += (r[i] - mean) * (r[i] - mean);
  for (size_t i = 0; i < n; i++) {
    double d = r[i] - mean;
    room[i] = (ss - d * d * size / (size - 1)) / (size - 2);
  }
  return jv_summary_variance(room, n);
}

static void polynomials(const double *trend, size_t n, jv_features *out) {
  double size = (double)n, middle = (size - 1) / 2, bow = (size * size - 1) / 12;
  double p1 = 0, p2 = 0, l1 = 0, l2 = 0;
  for (size_t i = 0; i < n; i++) {
    double u = (double)i - middle, v = u * u - bow;
    p1 += u * trend[i];
    p2 += v * trend[i];
    l1 += u * u;
    l2 += v * v;
  }
  out->linearity = l1 > 0 ? p1 / sqrt(l1) : NAN;
  out->curvature = l2 > 0 ? p2 / sqrt(l2) : NAN;
}

static void extremes(const double *seasonal, size_t n, size_t m, jv_features *out) {
  double most = -INFINITY, least = INFINITY;
  for (size_t s = 0; s < m; s++) {
    double sum = 0, count = 0;
    for (size_t i = s; i < n; i += m) sum += seasonal[i], count++;
    double mean = sum / count;
    if (mean > most) most = mean, out->peak = (double)s + 1;
    if (mean < least) least = mean, out->trough = (double)s + 1;
  }
}

static double squares(const double *r, size_t from, size_t to) {
  double sum = 0;
  for (size_t k = from; k < to; k++) sum += r[k] * r[k];
  return sum;
}

/* The first autocorrelation and the sum of squares of the first ten (fewer in short series). */
static jv_status first_ten(jv_ctx *cx, const double *x, size_t n, double *room, double *one,
                           double *ten) {
  size_t most = n > 10 ? 10 : n - 1;
  if (n < 2) return JV_OK;
  JV_TRY(jv_acf(cx, x, n, most, room));
  *one = room[1];
  *ten = squares(room, 1, most + 1);
  return JV_OK;
}

jv_status jv_features_stl(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  size_t n = in->n;
  double *trend = in->room, *seasonal = trend + n, *rest = seasonal + n, *room = rest + n;
  bool season = in->m > 1 && n > 2 * in->m;
  jv_status status = season ? jv_stl(cx, in->z, n, in->m, NULL, seasonal, trend, rest, NULL)
                            : jv_supsmu(cx, NULL, in->z, n, 0, 0, trend);
  if (status != JV_OK) return jv_feature_absent(status);
  if (!season)
    for (size_t i = 0; i < n; i++) rest[i] = in->z[i] - trend[i];
  out->trend_strength = strength(trend, rest, n, room);
  out->seasonal_strength = season ? strength(seasonal, rest, n, room) : 0;
  out->spike = spike(rest, n, room);
  polynomials(trend, n, out);
  if (season) extremes(seasonal, n, in->m, out);
  return jv_feature_absent(first_ten(cx, rest, n, room, &out->e_acf1, &out->e_acf10));
}

/* ---- autocorrelation */

static jv_status first_five(jv_ctx *cx, const double *x, size_t n, double *room, double *five) {
  size_t most = n > 5 ? 5 : n - 1;
  if (n < 2) return JV_OK;
  JV_TRY(jv_pacf(cx, x, n, most, room));
  *five = squares(room, 0, most);
  return JV_OK;
}

static jv_status at_season(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  double *r = in->room;
  if (in->m < 2 || in->n <= in->m) return JV_OK;
  JV_TRY(jv_acf(cx, in->z, in->n, in->m, r));
  out->seas_acf1 = r[in->m];
  JV_TRY(jv_pacf(cx, in->z, in->n, in->m, r));
  out->seas_pacf = r[in->m - 1];
  return JV_OK;
}

jv_status jv_features_acf(jv_ctx *cx, const jv_feature_input *in, jv_features *out) {
  double *d = in->room, *room = d + in->n;
  size_t n = in->n;
  double *one[3] = {&out->x_acf1, &out->diff1_acf1, &out->diff2_acf1};
  double *ten[3] = {&out->x_acf10, &out->diff1_acf10, &out->diff2_acf10};
  double *five[3] = {&out->x_pacf5, &out->diff1_pacf5, &out->diff2_pacf5};
  for (size_t i = 0; i < n; i++) d[i] = in->z[i];
  for (size_t k = 0; k < 3 && n > 1; k++) {
    JV_TRY(jv_feature_absent(first_ten(cx, d, n, room, one[k], ten[k])));
    JV_TRY(jv_feature_absent(first_five(cx, d, n, room, five[k])));
    for (size_t i = 0; i + 1 < n; i++) d[i] = d[i + 1] - d[i];
    n--;
  }
  return jv_feature_absent(at_season(cx, in, out));
}
