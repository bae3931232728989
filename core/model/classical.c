/* Seasonal adjustment by the indices of a classical decomposition (numeric/classical.h), and the test
 * that asks for it. */
#include "model/classical.h"
#include "model/state.h"
#include "numeric/classical.h"
#include "numeric/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the test ---- */

/* Autocovariance at lag k with divisor pairs + k, which is n without gaps. */
static double autocovariance(const double *y, size_t n, double mean, size_t k) {
  double sum = 0;
  size_t pairs = 0;
  for (size_t i = 0; i + k < n; i++) {
    double product = (y[i] - mean) * (y[i + k] - mean);
    if (isnan(product)) continue;
    sum += product;
    pairs++;
  }
  return pairs ? sum / (double)(pairs + k) : 0;
}

/* Said of the values, not of the variance: that of a constant 0.1 is rounding noise, not zero. */
static bool is_constant(const double *y, size_t n) {
  double value = NAN;
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) continue;
    if (isnan(value)) value = y[i];
    if (y[i] != value) return false;
  }
  return true;
}

bool jv_seasonality_test(const double *y, size_t n, size_t m, double z) {
  if (m < 2 || n <= m || is_constant(y, n)) return false;
  double mean = jv_summary_mean(y, n), c0 = autocovariance(y, n, mean, 0), sum = 0;
  for (size_t k = 1; k < m; k++) {
    double r = autocovariance(y, n, mean, k) / c0;
    sum += r * r;
  }
  double r = autocovariance(y, n, mean, m) / c0;
  return fabs(r) > z * sqrt((1 + 2 * sum) / (double)n);
}

/* ---- the decomposition ---- */

static bool all_positive(const double *y, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (y[i] <= 0) return false;
  return true;
}

jv_status jv_adjust_fit(jv_ctx *cx, const double *y, size_t n, size_t m, jv_seasonal choice,
                        size_t min_n, double z, jv_adjust *out) {
  jv_adjust a = {.m = m, .multiplicative = choice == JV_SEASONAL_MULT, .index = NULL};
  bool positive = all_positive(y, n);
  bool automatic = choice == JV_SEASONAL_AUTO || choice == JV_SEASONAL_AUTO_ADD;
  *out = (jv_adjust){.m = 1};
  if (choice == JV_SEASONAL_NONE || m < 2) return JV_OK;
  if (automatic && (n < min_n || !jv_seasonality_test(y, n, m, z))) return JV_OK;
  if (choice == JV_SEASONAL_AUTO) a.multiplicative = positive;
  if (a.multiplicative && !positive)
    return jv_fail(cx, JV_EDATA, "a multiplicative season needs values above zero");
  a.index = JV_ARRAY(cx, double, m);
  if (!a.index) return JV_ENOMEM;
  if (jv_classical_indices(y, n, m, a.multiplicative, a.index)) {
    *out = a;
    return JV_OK;
  }
  jv_free(cx, a.index);
  if (automatic) return JV_OK;
  return jv_fail(cx, JV_EDATA,
                 "the %zu seasonal indices cannot be found: two whole years without gaps are "
                 "needed, and no season near zero",
                 m);
}

jv_status jv_adjust_copy(jv_ctx *cx, const jv_adjust *from, jv_adjust *out) {
  *out = *from;
  if (!from->index) return JV_OK;
  out->index = JV_ARRAY(cx, double, from->m);
  if (!out->index) return JV_ENOMEM;
  memcpy(out->index, from->index, from->m * sizeof *out->index);
  return JV_OK;
}

void jv_adjust_free(jv_ctx *cx, jv_adjust *a) {
  jv_free(cx, a->index);
  a->index = NULL;
}

double jv_adjust_index(const jv_adjust *a, size_t t) {
  if (!a->index) return a->multiplicative ? 1 : 0;
  return a->index[t % a->m];
}

double jv_adjust_remove(const jv_adjust *a, size_t t, double y) {
  if (!a->index) return y;
  return a->multiplicative ? y / a->index[t % a->m] : y - a->index[t % a->m];
}

double jv_adjust_apply(const jv_adjust *a, size_t t, double x) {
  if (!a->index) return x;
  return a->multiplicative ? x * a->index[t % a->m] : x + a->index[t % a->m];
}

void jv_adjust_split(const jv_adjust *a, const double *y, size_t n, double *parts) {
  for (size_t t = 0; t < n; t++) {
    parts[t] = jv_adjust_remove(a, t, y[t]);
    parts[n + t] = jv_adjust_index(a, t);
  }
}

void jv_adjust_describe(const jv_adjust *a, char *form, size_t size) {
  size_t len = strlen(form);
  if (!a->index || len >= size) return;
  snprintf(form + len, size - len, ", %s season [%zu]",
           a->multiplicative ? "multiplicative" : "additive", a->m);
}

/* ---- saving ---- */

jv_status jv_adjust_save(jv_ctx *cx, const jv_adjust *a, struct cJSON *into) {
  JV_TRY(jv_state_set_flag(cx, into, "multiplicative", a->multiplicative));
  return jv_state_set_reals(cx, into, "season", a->index, a->index ? a->m : 0);
}

static jv_status read_indices(jv_ctx *cx, const struct cJSON *from, jv_adjust *a) {
  JV_TRY(jv_state_get_reals(cx, from, "season", a->index, a->m));
  for (size_t s = 0; s < a->m; s++)
    if (isnan(a->index[s]) || (a->multiplicative && a->index[s] == 0))
      return jv_fail(cx, JV_EPARSE, "'season' holds an impossible index at %zu", s + 1);
  return JV_OK;
}

jv_status jv_adjust_load(jv_ctx *cx, const struct cJSON *from, size_t m, jv_adjust *out) {
  jv_adjust a = {.m = m};
  *out = (jv_adjust){.m = 1};
  JV_TRY(jv_state_get_flag(cx, from, "multiplicative", &a.multiplicative));
  if (jv_state_list_length(from, "season") == 0)
    return jv_state_get_reals(cx, from, "season", NULL, 0);
  if (jv_state_list_length(from, "season") != m)
    return jv_fail(cx, JV_EPARSE, "'season' does not have the %zu values of 'm'", m);
  a.index = JV_ARRAY(cx, double, m);
  if (!a.index) return JV_ENOMEM;
  jv_status status = read_indices(cx, from, &a);
  if (status != JV_OK) {
    jv_free(cx, a.index);
    return status;
  }
  *out = a;
  return JV_OK;
}
