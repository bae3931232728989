/* Missing values filled: straight lines, or the season's shape on straight lines.
 *
 * The first filling of the seasonal way regresses what is observed on
 *   P_j(x), j = 1..p      Legendre polynomials of x = time scaled to [-1, 1], p = n/10 kept in 1..6
 *   sin, cos(2 pi k t / m), k = 1..min(m/2, 5)
 * whose only purpose is to let STL start; lines between the seasonally adjusted observations and the
 * seasonal component then replace it. */
#include "numeric/clean.h"
#include "numeric/mstl.h"
#include "numeric/ols.h"
#include "numeric/unit_root.h"
#include <math.h>
#include <string.h>

enum { MOST_POWERS = 6, MOST_WAVES = 5 };
static const double pi = 3.14159265358979323846;

static jv_status check(jv_ctx *cx, const double *y, size_t n, size_t *observed) {
  *observed = 0;
  for (size_t i = 0; i < n; i++) {
    if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "value %zu of %zu is infinite", i + 1, n);
    if (!isnan(y[i])) (*observed)++;
  }
  if (*observed == 0) return jv_fail(cx, JV_EDATA, "none of %zu values is observed", n);
  return JV_OK;
}

/* Lines between the observed neighbours of z; `from` says what is observed. */
static void draw_lines(const double *from, double *z, size_t n) {
  size_t last = n;
  for (size_t i = 0; i < n; i++) {
    if (isnan(from[i])) continue;
    size_t first = last == n ? 0 : last + 1;
    for (size_t j = first; j < i; j++)
      z[j] =
          last == n ? z[i] : z[last] + (z[i] - z[last]) * (double)(j - last) / (double)(i - last);
    last = i;
  }
  for (size_t j = last + 1; j < n; j++) z[j] = z[last];
}

static size_t shape_columns(size_t n, size_t m) {
  size_t powers = n / 10 < 1 ? 1 : n / 10 > MOST_POWERS ? MOST_POWERS : n / 10;
  size_t waves = m / 2 < MOST_WAVES ? m / 2 : MOST_WAVES;
  return powers + 2 * waves - (2 * waves == m);
}

static void fill_shape(size_t n, size_t m, size_t k, double *x) {
  size_t waves = m / 2 < MOST_WAVES ? m / 2 : MOST_WAVES;
  size_t powers = k - 2 * waves + (2 * waves == m), column = powers;
  for (size_t i = 0; i < n; i++) {
    double at = n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0, before = 1, now = at;
    for (size_t j = 1; j <= powers; j++) {
      x[i + (j - 1) * n] = now;
      double next = ((double)(2 * j + 1) * at * now - (double)j * before) / (double)(j + 1);
      before = now;
      now = next;
    }
  }
  for (size_t w = 1; w <= waves; w++) {
    double *c = x + column++ * n, *s = 2 * w == m ? NULL : x + column++ * n;
    for (size_t i = 0; i < n; i++) {
      double angle = 2 * pi * (double)((w * (i + 1)) % m) / (double)m;
      c[i] = cos(angle);
      if (s) s[i] = sin(angle);
    }
  }
}

/* out: y, and the regression's value where y is missing. */
static jv_status regress(jv_ctx *cx, const double *y, size_t n, size_t m, double *out) {
  size_t k = shape_columns(n, m);
  double *x = JV_ARRAY(cx, double, n *k);
  jv_ols *fit = NULL;
  if (!x) return JV_ENOMEM;
  fill_shape(n, m, k, x);
  jv_status status = jv_ols_fit(cx, y, x, n, k, NULL, &fit);
  for (size_t i = 0; status == JV_OK && i < n; i++) {
    out[i] = y[i];
    if (!isnan(y[i])) continue;
    out[i] = fit->coef[0];
    for (size_t j = 0; j < k; j++)
      if (!fit->aliased[j + 1]) out[i] += fit->coef[j + 1] * x[i + j * n];
  }
  jv_ols_free(cx, fit);
  jv_free(cx, x);
  return status;
}

static bool strays(const double *y, const double *z, size_t n) {
  double least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    least = fmin(least, y[i]);
    most = fmax(most, y[i]);
  }
  double room = (most - least) / 2;
  for (size_t i = 0; i < n; i++)
    if (!(z[i] >= least - room && z[i] <= most + room)) return true;
  return false;
}

/* z: 2 n doubles; its first n become the filled series. */
static jv_status fill_seasonal(jv_ctx *cx, const double *y, size_t n, size_t m, double *z) {
  double *seasonal = z + n;
  jv_stl_options robust;
  jv_option_defaults(jv_stl_option_rows, &robust);
  robust.robust = 1;
  JV_TRY(regress(cx, y, n, m, z));
  JV_TRY(jv_stl(cx, z, n, m, &robust, seasonal, NULL, NULL, NULL));
  for (size_t i = 0; i < n; i++) z[i] -= seasonal[i];
  draw_lines(y, z, n);
  for (size_t i = 0; i < n; i++) z[i] = isnan(y[i]) ? z[i] + seasonal[i] : y[i];
  return JV_OK;
}

jv_status jv_fill_missing(jv_ctx *cx, const double *y, size_t n, size_t m, int method,
                          double *out) {
  size_t observed;
  JV_TRY(check(cx, y, n, &observed));
  bool can = m > 1 && observed > 2 * m;
  if (method == JV_FILL_SEASONAL && !can)
    return jv_fail(cx, JV_EDATA, "filling by the season needs more than 2 periods of %zu, got %zu",
                   m, observed);
  bool seasonal = method == JV_FILL_SEASONAL || (method == JV_OPT_UNSET && can);
  if (observed == n || !seasonal || jv_is_constant(y, n)) {
    double *z = out;
    if (z != y) memcpy(z, y, n * sizeof *z);
    if (observed == n) return JV_OK;
    double *mask = JV_ARRAY(cx, double, n);
    if (!mask) return JV_ENOMEM;
    memcpy(mask, z, n * sizeof *mask);
    draw_lines(mask, z, n);
    jv_free(cx, mask);
    return JV_OK;
  }
  double *z = JV_ARRAY(cx, double, 2 * n);
  if (!z) return JV_ENOMEM;
  jv_status status = fill_seasonal(cx, y, n, m, z);
  bool linear = status == JV_OK && strays(y, z, n);
  if (status == JV_OK && !linear) memcpy(out, z, n * sizeof *out);
  jv_free(cx, z);
  return linear ? jv_fill_missing(cx, y, n, m, JV_FILL_LINEAR, out) : status;
}
