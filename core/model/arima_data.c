/* Differencing, scaling, and an orthonormal basis of the differenced regressors.
 *
 * A gap in y at position s is a free value: with it filled by interpolation, the filled series is the
 * true one less g times a pulse at s, and g is estimated with the regressors (Gomez, Maravall & Pena
 * 1999). Differenced, the pulses are columns of their own; the likelihood's determinant takes |G' G|
 * of the filtered pulses in (arima_likelihood.c), and with that it is exactly the density of what was
 * observed, given a diffuse start, wherever the gaps lie.
 *
 * Regressors are differenced and made orthonormal (modified Gram-Schmidt, twice), and what they
 * explain by least squares is taken off the series: the filter then works on numbers without large
 * common parts.
 *
 * Checked by: tests/core/test_arima_filter.c */
#include "model/arima_data.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define ALIASED 1e-9 /* length left of a column, relative, at which it is a combination of others */
#define EMPTY 1e-13  /* of the largest value: rounding of the data themselves */

size_t jv_arima_difference(double *x, size_t n, const jv_arima_order *o) {
  for (size_t k = 0; k < o->D; k++) {
    n -= o->m;
    for (size_t t = 0; t < n; t++) x[t] = x[t + o->m] - x[t];
  }
  for (size_t k = 0; k < o->d; k++) {
    n--;
    for (size_t t = 0; t < n; t++) x[t] = x[t + 1] - x[t];
  }
  return n;
}

void jv_arima_data_free(jv_ctx *cx, jv_arima_data *data) {
  if (!data) return;
  jv_free(cx, data->w);
  jv_free(cx, data->upper);
  jv_free(cx, data->gaps);
  jv_free(cx, data);
}

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t t = 0; t < n; t++) sum += a[t] * b[t];
  return sum;
}

static void subtract(double *a, const double *b, double factor, size_t n) {
  for (size_t t = 0; t < n; t++) a[t] -= factor * b[t];
}

/* Takes the columns before x out of x, twice for accuracy; coefficients are added to r. */
static void sweep(const double *q, size_t count, double *x, size_t n, double *r, size_t stride) {
  for (int pass = 0; pass < 2; pass++)
    for (size_t j = 0; j < count; j++) {
      double b = dot(q + j * n, x, n) / (double)n;
      r[j * stride] += b;
      subtract(x, q + j * n, b, n);
    }
}

/* Columns of length sqrt(n). Returns the first aliased one, or SIZE_MAX. */
static size_t orthonormalise(jv_arima_data *data) {
  size_t n = data->n, k = data->n_x;
  double *q = data->w + (1 + data->n_gaps) * n, *r = data->upper;
  for (size_t j = 0; j < k; j++) {
    double *x = q + j * n, before = sqrt(dot(x, x, n));
    sweep(q, j, x, n, r + j, k);
    double after = sqrt(dot(x, x, n));
    if (!(after > ALIASED * before)) return j;
    double scale = after / sqrt((double)n);
    r[j * k + j] = scale;
    for (size_t t = 0; t < n; t++) x[t] /= scale;
  }
  return SIZE_MAX;
}

/* Straight lines over the gaps; the last observed value after the end. */
static void fill_gaps(const double *y, size_t n, double *out) {
  size_t last = 0;
  for (size_t t = 0; t < n; t++) {
    out[t] = y[t];
    if (isnan(y[t])) continue;
    for (size_t s = last + 1; s < t; s++)
      out[s] = y[last] + (y[t] - y[last]) * (double)(s - last) / (double)(t - last);
    last = t;
  }
  for (size_t s = last + 1; s < n; s++) out[s] = y[last];
}

double jv_arima_regressor(const jv_arima_order *o, const jv_arima_regressors *reg, size_t t,
                          size_t j) {
  if (j < reg->k) return reg->x[t * reg->k + j];
  return jv_arima_lost(o) > 0 ? (double)(reg->before + t + 1) : 1;
}

static void difference_columns(jv_arima_data *data, size_t n, const jv_arima_order *o,
                               const jv_arima_regressors *reg, double *room) {
  double *at = data->w + data->n;
  for (size_t g = 0; g < data->n_gaps; g++, at += data->n) {
    memset(room, 0, n * sizeof *room);
    room[data->gaps[g]] = 1;
    jv_arima_difference(room, n, o);
    memcpy(at, room, data->n * sizeof *at);
  }
  for (size_t j = 0; j < data->n_x; j++, at += data->n) {
    for (size_t t = 0; t < n; t++) room[t] = jv_arima_regressor(o, reg, t, j);
    jv_arima_difference(room, n, o);
    memcpy(at, room, data->n * sizeof *at);
  }
}

/* Divides the series by a power of two near its spread. */
static void rescale(jv_arima_data *data, double largest) {
  double *w = data->w, size = sqrt(dot(w, w, data->n) / (double)data->n);
  int exponent = 0;
  data->empty = !(size > EMPTY * largest);
  if (!data->empty) frexp(size, &exponent);
  data->scale = ldexp(1, exponent);
  for (size_t t = 0; t < data->n; t++) w[t] = data->empty ? 0 : ldexp(w[t], -exponent);
}

static double take_series(jv_arima_data *data, const double *y, size_t n, const jv_arima_order *o,
                          double *room) {
  double largest = 0;
  fill_gaps(y, n, room);
  for (size_t g = 0; g < data->n_gaps; g++) data->filled[g] = room[data->gaps[g]];
  for (size_t t = 0; t < n; t++) largest = fmax(largest, fabs(room[t]));
  jv_arima_difference(room, n, o);
  memcpy(data->w, room, data->n * sizeof *room);
  return largest;
}

static jv_arima_data *allocate(jv_ctx *cx, const double *y, size_t n, const jv_arima_order *o,
                               const jv_arima_regressors *reg) {
  jv_arima_data *data = JV_NEW(cx, jv_arima_data);
  if (!data) return NULL;
  data->n = n - jv_arima_lost(o);
  for (size_t t = 0; t < n; t++) data->n_gaps += isnan(y[t]) ? 1 : 0;
  data->n_x = reg->k + reg->constant;
  data->columns = 1 + data->n_gaps + data->n_x;
  data->n_used = data->n > data->n_gaps ? data->n - data->n_gaps : 0;
  data->w = jv_alloc(cx, data->columns, data->n * sizeof *data->w);
  data->upper = jv_calloc(cx, data->n_x * (data->n_x + 1) + data->n_gaps + 1, sizeof *data->upper);
  data->gaps = JV_ARRAY(cx, size_t, data->n_gaps + 1);
  if (!data->w || !data->upper || !data->gaps) {
    jv_arima_data_free(cx, data);
    return NULL;
  }
  data->shift = data->upper + data->n_x * data->n_x;
  data->filled = data->shift + data->n_x;
  for (size_t t = 0, g = 0; t < n; t++)
    if (isnan(y[t])) data->gaps[g++] = t;
  return data;
}

jv_status jv_arima_data_new(jv_ctx *cx, const double *y, size_t n, const jv_arima_order *o,
                            const jv_arima_regressors *reg, size_t *aliased, jv_arima_data **out) {
  *out = NULL;
  *aliased = SIZE_MAX;
  if (n <= jv_arima_lost(o))
    return jv_fail(cx, JV_EDATA, "differencing takes %zu observations, and there are %zu",
                   jv_arima_lost(o), n);
  double *room = JV_ARRAY(cx, double, n);
  jv_arima_data *data = room ? allocate(cx, y, n, o, reg) : NULL;
  if (!data) {
    jv_free(cx, room);
    return JV_ENOMEM;
  }
  double largest = take_series(data, y, n, o, room);
  difference_columns(data, n, o, reg, room);
  jv_free(cx, room);
  *aliased = orthonormalise(data);
  if (*aliased != SIZE_MAX) {
    jv_arima_data_free(cx, data);
    return JV_OK;
  }
  sweep(data->w + (1 + data->n_gaps) * data->n, data->n_x, data->w, data->n, data->shift, 1);
  rescale(data, largest);
  *out = data;
  return JV_OK;
}

/* upper coef = scale beta + shift */
void jv_arima_data_unwrap(const jv_arima_data *data, const double *beta, double *coef) {
  size_t k = data->n_x;
  for (size_t i = k; i-- > 0;) {
    double sum = data->scale * beta[i] + data->shift[i];
    for (size_t j = i + 1; j < k; j++) sum -= data->upper[i * k + j] * coef[j];
    coef[i] = sum / data->upper[i * k + i];
  }
}

void jv_arima_data_basis(const jv_arima_data *data, double *to) {
  size_t k = data->n_x;
  for (size_t c = 0; c < k; c++)
    for (size_t i = k; i-- > 0;) {
      double sum = i == c ? data->scale : 0;
      for (size_t j = i + 1; j < k; j++) sum -= data->upper[i * k + j] * to[j * k + c];
      to[i * k + c] = sum / data->upper[i * k + i];
    }
}
