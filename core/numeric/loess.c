/* Local regression on equally spaced points.
 *
 *   value at x = sum of w[j] y[j] over the q points j nearest to x, where
 *   w0[j] = rw[j] (1 - (|j - x| / r)^3)^3,  r = distance of the furthest of them
 *           (for q > n: that of the n-th, plus (q - n) / 2)
 *   degree 0:  w = w0 / sum w0
 *   degree 1:  w = w0' (1 + (x - a)(j - a) / c),  w0' = w0 / sum w0, a = sum w0' j,
 *              c = sum w0' (j - a)^2;  as degree 0 where sqrt(c) <= 0.001 (n - 1)
 *
 * Equal spacing makes w depend on the place of x in its neighbourhood alone. All inner points share
 * one row, so that without robustness weights a series is smoothed by dot products; with them the
 * tricube part is still a table.
 *
 * Source: Cleveland, Cleveland, McRae & Terpenning (1990), sec. 2.2-2.3, 3.5 (jumps). */
#include "numeric/loess.h"
#include <math.h>
#include <string.h>

void jv_loess_clear(jv_ctx *cx, jv_loess *l) {
  jv_free(cx, l->at);
  jv_free(cx, l->left);
  jv_free(cx, l->row);
  jv_free(cx, l->tricube);
  jv_free(cx, l->hat);
  *l = (jv_loess){.n = 0};
}

/* ---- weights ---- */

/* Tricube weights of the neighbourhood left, left + 1, … (0-based) for point x (1-based). Points
 * within 0.001 of the radius count whole, those beyond 0.999 not at all. */
static void tricube_row(const jv_loess *l, size_t left, double x, double *w) {
  double first = (double)left + 1, last = (double)(left + l->width);
  double radius = fmax(x - first, last - x);
  size_t beyond = l->window > l->n ? (l->window - l->n) / 2 : 0; /* whole points, as published */
  radius += (double)beyond;
  for (size_t j = 0; j < l->width; j++) {
    double r = fabs(first + (double)j - x);
    if (r > 0.999 * radius)
      w[j] = 0;
    else if (r <= 0.001 * radius)
      w[j] = 1;
    else {
      double u = r / radius, v = 1 - u * u * u;
      w[j] = v * v * v;
    }
  }
}

/* Turns weights into those of the local polynomial; false when all are zero. */
static bool work_in(const jv_loess *l, size_t left, double x, double *w) {
  double sum = 0, a = 0, c = 0, first = (double)left + 1;
  for (size_t j = 0; j < l->width; j++) sum += w[j];
  if (sum <= 0) return false;
  for (size_t j = 0; j < l->width; j++) {
    w[j] /= sum;
    a += w[j] * (double)j;
  }
  if (l->degree == 0) return true;
  for (size_t j = 0; j < l->width; j++) c += w[j] * ((double)j - a) * ((double)j - a);
  if (sqrt(c) <= 0.001 * ((double)l->n - 1)) return true;
  double b = (x - first - a) / c;
  for (size_t j = 0; j < l->width; j++) w[j] *= 1 + b * ((double)j - a);
  return true;
}

/* ---- the points of evaluation ---- */

static bool wanted(const jv_loess *l, size_t x, size_t jump) {
  if (x == 0 || x == l->n + 1) return l->ends;
  return (x - 1) % jump == 0 || x == l->n;
}

/* 0-based first observation of the neighbourhood of x. */
static size_t left_of(const jv_loess *l, size_t x) {
  size_t half = (l->window + 1) / 2;
  if (l->window >= l->n || x < half) return 0;
  return x - half + l->width <= l->n ? x - half : l->n - l->width;
}

/* x stands in the middle of a whole neighbourhood. */
static bool is_inner(const jv_loess *l, size_t x) {
  size_t half = l->window / 2;
  return l->window <= l->n && x > half && x + half <= l->n;
}

/* Places the points; gives the number of different rows of weights. */
static size_t place_points(jv_loess *l, size_t jump) {
  size_t rows = 0, inner = SIZE_MAX;
  l->n_points = 0;
  for (size_t x = 0; x <= l->n + 1; x++) {
    if (!wanted(l, x, jump)) continue;
    size_t i = l->n_points++;
    l->at[i] = x;
    l->left[i] = left_of(l, x);
    if (is_inner(l, x) && inner != SIZE_MAX) {
      l->row[i] = inner;
      continue;
    }
    if (is_inner(l, x)) inner = rows;
    l->row[i] = rows++;
  }
  return rows;
}

jv_status jv_loess_init(jv_ctx *cx, size_t n, size_t window, int degree, size_t jump, bool ends,
                        jv_loess *out) {
  size_t width = window < n ? window : n, most = n - 1 > 1 ? n - 1 : 1;
  jv_loess l = {.n = n, .window = window, .width = width, .degree = degree, .ends = ends};
  *out = (jv_loess){.n = 0};
  if (jump > most) jump = most;
  l.at = JV_ARRAY(cx, size_t, n + 2);
  l.left = JV_ARRAY(cx, size_t, n + 2);
  l.row = JV_ARRAY(cx, size_t, n + 2);
  if (!l.at || !l.left || !l.row) goto fail;
  size_t rows = place_points(&l, jump);
  l.tricube = jv_alloc(cx, rows, width * sizeof *l.tricube);
  l.hat = jv_alloc(cx, rows, width * sizeof *l.hat);
  if (!l.tricube || !l.hat) goto fail;
  for (size_t i = 0, done = 0; i < l.n_points; i++) {
    if (l.row[i] != done) continue;
    double *tricube = l.tricube + done * width, *hat = l.hat + done * width;
    tricube_row(&l, l.left[i], (double)l.at[i], tricube);
    memcpy(hat, tricube, width * sizeof *hat);
    work_in(&l, l.left[i], (double)l.at[i], hat);
    done++;
  }
  *out = l;
  return JV_OK;
fail:
  jv_loess_clear(cx, &l);
  return JV_ENOMEM;
}

/* ---- smoothing ---- */

static double dot(const double *a, const double *b, size_t n) {
  double even = 0, odd = 0; /* two sums: half the latency */
  size_t j = 0;
  for (; j + 1 < n; j += 2) {
    even += a[j] * b[j];
    odd += a[j + 1] * b[j + 1];
  }
  return j < n ? even + odd + a[j] * b[j] : even + odd;
}

/* NaN where all weights are zero. */
static double weighted(const jv_loess *l, size_t i, const double *y, const double *rw, double *w) {
  const double *tricube = l->tricube + l->row[i] * l->width;
  for (size_t j = 0; j < l->width; j++) w[j] = tricube[j] * rw[l->left[i] + j];
  return work_in(l, l->left[i], (double)l->at[i], w) ? dot(w, y + l->left[i], l->width) : NAN;
}

/* Lines between the points that are known; out[x - base] is the value at point x. */
static void draw_lines(const jv_loess *l, double *out, size_t base) {
  for (size_t i = 1; i < l->n_points; i++) {
    size_t from = l->at[i - 1], span = l->at[i] - from;
    const double *known = out + (from - base);
    double step = (known[span] - known[0]) / (double)span;
    for (size_t d = 1; d < span; d++) out[from - base + d] = known[0] + step * (double)d;
  }
}

void jv_loess_smooth(const jv_loess *l, const double *y, const double *rw, double *out,
                     double *work) {
  size_t base = l->ends ? 0 : 1;
  for (size_t i = 0; i < l->n_points; i++) {
    size_t x = l->at[i];
    double value = rw ? weighted(l, i, y, rw, work)
                      : dot(l->hat + l->row[i] * l->width, y + l->left[i], l->width);
    bool inside = x >= 1 && x <= l->n;
    out[x - base] = rw && inside && isnan(value) ? y[x - 1] : value;
  }
  if (l->ends && rw && isnan(out[0])) out[0] = out[1];
  if (l->ends && rw && isnan(out[l->n + 1])) out[l->n + 1] = out[l->n];
  draw_lines(l, out, base);
}
