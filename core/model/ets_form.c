/* ETS forms: names, counts, and the region where the parameters make sense.
 *
 * Stability of the seasonal forms: all roots of
 *   z^(m+1) + (a + b - phi) z^m + (a + b - a phi) (z^(m-1) + ... + z^2)
 *           + (a + b - a phi + g - 1) z + phi (1 - a - g)
 * inside the unit circle (Hyndman et al. 2008, sec. 10.2, eq. 10.10; a, b, g = alpha, beta, gamma).
 * Instead of finding roots, the Schur-Cohn recursion reduces the degree one by one; it costs
 * O(m^2) and has no iteration to fail. */
#include "model/ets_engine.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

bool jv_ets_same_form(jv_ets_form a, jv_ets_form b) {
  return a.error == b.error && a.trend == b.trend && a.season == b.season && a.damped == b.damped;
}

size_t jv_ets_count_states(jv_ets_form form, size_t m) {
  size_t count = form.trend == JV_ETS_NONE ? 1 : 2;
  return form.season == JV_ETS_NONE ? count : count + m;
}

size_t jv_ets_count_params(jv_ets_form form, size_t m, jv_ets_par given) {
  size_t count = isnan(given.alpha) ? 3 : 2; /* variance, level */
  if (form.trend != JV_ETS_NONE) count += isnan(given.beta) ? 2 : 1;
  if (form.season != JV_ETS_NONE) count += isnan(given.gamma) ? m : m - 1;
  if (form.trend != JV_ETS_NONE && form.damped && isnan(given.phi)) count++;
  return count;
}

static const char letters[] = "NAMZ";

void jv_ets_print_form(jv_ets_form form, bool full, char name[JV_ETS_NAME_SIZE]) {
  const char *d = form.damped && form.trend != JV_ETS_NONE ? "d" : "";
  snprintf(name, JV_ETS_NAME_SIZE, full ? "ETS(%c,%c%s,%c)" : "%c%c%s%c", letters[form.error],
           letters[form.trend], d, letters[form.season]);
}

static bool find_kind(char c, jv_ets_kind *kind) {
  const char *at = c ? strchr(letters, c) : NULL;
  if (at) *kind = (jv_ets_kind)(at - letters);
  return at != NULL;
}

jv_status jv_ets_parse_form(jv_ctx *cx, const char *text, jv_ets_form *form, int *damped) {
  jv_ets_form got = {JV_ETS_ANY, JV_ETS_ANY, JV_ETS_ANY, false};
  size_t len = strlen(text);
  bool with_d = len == 4 && text[2] == 'd';
  if ((len != 3 && !with_d) || !find_kind(text[0], &got.error) || got.error == JV_ETS_NONE ||
      !find_kind(text[1], &got.trend) || !find_kind(text[len - 1], &got.season))
    return jv_fail(cx, JV_EINVAL,
                   "ets: model '%s' is not error (A, M, Z), trend (N, A, Ad, M, Md, Z), season "
                   "(N, A, M, Z), such as \"MAdM\" or \"ZZZ\"",
                   text);
  if (with_d && got.trend == JV_ETS_NONE)
    return jv_fail(cx, JV_EINVAL, "ets: model '%s' damps a trend that it does not have", text);
  got.damped = with_d;
  *form = got;
  *damped = with_d ? 1 : JV_OPT_UNSET;
  return JV_OK;
}

/* Coefficients from the constant up, degree m + 1; see the head of the file. */
static void characteristic(jv_ets_par p, size_t m, double *c) {
  double mid = p.alpha + p.beta - p.alpha * p.phi;
  c[0] = p.phi * (1 - p.alpha - p.gamma);
  c[1] = mid + p.gamma - 1;
  for (size_t i = 2; i < m; i++) c[i] = mid;
  c[m] = p.alpha + p.beta - p.phi;
  c[m + 1] = 1;
}

/* Schur-Cohn: p stable iff |p0| < |pn| and (pn p - p0 p*) / z is stable. c is overwritten. */
static bool all_roots_inside(double *c, size_t degree) {
  for (size_t n = degree; n > 0; n--) {
    double ratio = c[0] / c[n];
    if (!(fabs(ratio) < 1)) return false;
    double scale = 1 / (1 - ratio * ratio); /* keeps the leading coefficient at its size */
    for (size_t i = 0, j = n; i <= j; i++, j--) {
      double low = c[i], high = c[j];
      c[i] = (low - ratio * high) * scale;
      c[j] = (high - ratio * low) * scale;
    }
    memmove(c, c + 1, n * sizeof *c);
  }
  return true;
}

/* Inside the usual region a season without trend is always stable: its polynomial is the trend's
 * with beta = 0, phi = 1 divided by z - 1. */
bool jv_ets_is_stable(jv_ets_form form, jv_ets_par p, size_t m) {
  double phi = form.trend != JV_ETS_NONE && form.damped ? p.phi : 1;
  if (!(phi > 0 && phi <= 1)) return false;
  if (form.season == JV_ETS_NONE) {
    if (p.alpha < 1 - 1 / phi || p.alpha > 1 + 1 / phi) return false;
    if (form.trend == JV_ETS_NONE) return true;
    return p.beta >= p.alpha * (phi - 1) && p.beta <= (1 + phi) * (2 - p.alpha);
  }
  double k = (double)m;
  bool trend = form.trend != JV_ETS_NONE;
  jv_ets_par q = {p.alpha, trend ? p.beta : 0, p.gamma, phi};
  if (q.gamma < fmax(1 - 1 / phi - q.alpha, 0) || q.gamma > 1 + 1 / phi - q.alpha) return false;
  if (q.alpha < 1 - 1 / phi - q.gamma * (1 - k + phi + phi * k) / (2 * phi * k)) return false;
  if (!trend) return true;
  if (q.beta < -(1 - phi) * (q.gamma / k + q.alpha)) return false;
  if (m > JV_ETS_MAX_SEASON) return false;
  double c[JV_ETS_MAX_SEASON + 2], radius = 1;
  characteristic(q, m, c);
  for (size_t i = 0; i <= m + 1; i++, radius *= 1 + 1e-10) c[i] *= radius; /* |z| <= 1 + 1e-10 */
  return all_roots_inside(c, m + 1);
}

static bool within(double x, double lo, double hi) { return x >= lo && x <= hi; }

bool jv_ets_inside(jv_ets_form form, jv_ets_par p, size_t m, jv_ets_bounds bounds) {
  const double slack = 1e-12; /* rounding in the map from the box to the parameters */
  bool trend = form.trend != JV_ETS_NONE, season = form.season != JV_ETS_NONE;
  if (bounds != JV_ETS_ADMISSIBLE) {
    if (!within(p.alpha, 1e-4 - slack, 0.9999 + slack)) return false;
    if (trend && !within(p.beta, 1e-4 - slack, p.alpha + slack)) return false;
    if (season && !within(p.gamma, 1e-4 - slack, 1 - p.alpha + slack)) return false;
    if (trend && form.damped && !within(p.phi, 0.8 - slack, 0.98 + slack)) return false;
  }
  return bounds == JV_ETS_USUAL || jv_ets_is_stable(form, p, m);
}
