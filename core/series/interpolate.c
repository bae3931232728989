/* Filling gaps between observed values: the last value, a straight line, a natural cubic spline.
 *
 * The spline goes through all observed (t_k, y_k); its second derivatives M_k solve, with
 * h_k = t_{k+1} - t_k and M_0 = M_{n-1} = 0,
 *   h_{k-1} M_{k-1} + 2 (h_{k-1} + h_k) M_k + h_k M_{k+1} = 6 (d_k - d_{k-1}),  d_k = dy_k / h_k,
 * a diagonally dominant tridiagonal system, so elimination without pivoting is stable. */
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <string.h>

static const char *const names[] = {"linear", "previous", "spline"};

jv_status jv_interp_parse(jv_ctx *cx, const char *name, jv_interp *out) {
  for (int i = 0; i <= JV_INTERP_SPLINE; i++)
    if (strcmp(names[i], name) == 0) {
      *out = (jv_interp)i;
      return JV_OK;
    }
  return jv_fail(cx, JV_EINVAL, "'%.40s' is no interpolation: linear, previous or spline", name);
}

/* The observed values: positions, and the spline's second derivatives. */
typedef struct knots {
  size_t n;
  size_t *at;
  double *second, *scratch;
} knots;

static void knots_free(jv_ctx *cx, knots *k) {
  jv_free(cx, k->at);
  jv_free(cx, k->second);
  jv_free(cx, k->scratch);
}

static jv_status knots_init(jv_ctx *cx, const jv_series *s, knots *k) {
  memset(k, 0, sizeof *k);
  k->at = JV_ARRAY(cx, size_t, s->n);
  k->second = JV_ARRAY(cx, double, s->n);
  k->scratch = JV_ARRAY(cx, double, s->n);
  if (!k->at || !k->second || !k->scratch) {
    knots_free(cx, k);
    return jv_failure(cx);
  }
  for (size_t i = 0; i < s->n; i++)
    if (!isnan(s->value[i])) k->at[k->n++] = i;
  return JV_OK;
}

static double gap(const knots *k, size_t i) { return (double)(k->at[i + 1] - k->at[i]); }

static double slope(const jv_series *s, const knots *k, size_t i) {
  return (s->value[k->at[i + 1]] - s->value[k->at[i]]) / gap(k, i);
}

static void solve_spline(const jv_series *s, knots *k) {
  for (size_t i = 0; i < k->n; i++) k->second[i] = 0;
  if (k->n < 3) return;
  k->scratch[0] = 0; /* upper coefficient over pivot */
  for (size_t i = 1; i + 1 < k->n; i++) {
    double low = gap(k, i - 1), high = gap(k, i);
    double pivot = 2 * (low + high) - low * k->scratch[i - 1];
    k->scratch[i] = high / pivot;
    k->second[i] = (6 * (slope(s, k, i) - slope(s, k, i - 1)) - low * k->second[i - 1]) / pivot;
  }
  for (size_t i = k->n - 2; i > 0; i--) k->second[i] -= k->scratch[i] * k->second[i + 1];
}

/* The value `step` periods after knot i. */
static double between(const jv_series *s, const knots *k, size_t i, double step, jv_interp method) {
  double a = s->value[k->at[i]], b = s->value[k->at[i + 1]], h = gap(k, i), w = step / h;
  if (method == JV_INTERP_PREVIOUS) return a;
  double line = a + (b - a) * w;
  if (method == JV_INTERP_LINEAR) return line;
  double left = ((1 - w) * (1 - w) * (1 - w) - (1 - w)) * k->second[i];
  double right = (w * w * w - w) * k->second[i + 1];
  return line + (left + right) * h * h / 6;
}

static jv_status fill_gap(jv_ctx *cx, const jv_series *s, const knots *k, size_t i,
                          jv_interp method, jv_series *out) {
  size_t from = k->at[i], to = k->at[i + 1];
  for (size_t t = from + 1; t < to; t++) {
    const jv_mark *in[] = {jv_series_mark_at(s, from), jv_series_mark_at(s, to)};
    out->value[t] = between(s, k, i, (double)(t - from), method);
    jv_mark_clear(cx, &out->mark[t]);
    JV_TRY(jv_mark_join(cx, "interpolated", out->value[t], JV_EVIDENCE_ESTIMATED, in,
                        method == JV_INTERP_PREVIOUS ? 1 : 2, &out->mark[t]));
    if (out->mark[t].evidence == JV_EVIDENCE_NONE) out->mark[t].evidence = JV_EVIDENCE_ESTIMATED;
    out->mark[t].first_day = out->mark[t].last_day = 0;
  }
  return JV_OK;
}

jv_status jv_series_interpolate(jv_ctx *cx, const jv_series *s, jv_interp method, jv_series **out) {
  knots k;
  jv_series *made = NULL;
  JV_TRY(knots_init(cx, s, &k));
  jv_status status = jv_series_copy(cx, s, &made);
  bool gaps = k.n > 0 && k.at[k.n - 1] - k.at[0] + 1 > k.n;
  if (status == JV_OK && gaps) status = jv_series_need_marks(cx, made);
  if (status == JV_OK && method == JV_INTERP_SPLINE) solve_spline(s, &k);
  for (size_t i = 0; status == JV_OK && i + 1 < k.n; i++)
    if (k.at[i + 1] > k.at[i] + 1) status = fill_gap(cx, s, &k, i, method, made);
  knots_free(cx, &k);
  if (status != JV_OK) {
    jv_series_free(cx, made);
    return status;
  }
  *out = made;
  return JV_OK;
}
