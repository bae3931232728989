/* MSTL: STL for one season after the other, the shortest first.
 *
 *   x = y;  S_i = 0
 *   `iterate` times, for each period i in ascending order:
 *     x = x + S_i;  S_i = seasonal part of STL(x, period i, window i);  x = x - S_i
 *   T = trend of the last STL;  R = x - T
 *
 * window i = 7 + 4 i unless given. Without a season T is the super smoother's and R = y - T.
 *
 * Missing values: (1) filled by lines between neighbours of y less its season's mean deviation from
 * a centred line; (2) that filling is decomposed robustly; (3) lines between the observed neighbours
 * of y - S, plus S, stand in their place; beyond the first and last observation the line is level.
 *
 * Source: Bandara, Hyndman & Bergmeir (2021), MSTL, arXiv:2107.13462, algorithm 1. */
#include "numeric/mstl.h"
#include "numeric/supsmu.h"
#include <string.h>

void jv_mstl_free(jv_ctx *cx, jv_mstl *d) {
  if (!d) return;
  jv_free(cx, d->period);
  jv_free(cx, d->trend); /* the block of all numbers */
  jv_free(cx, d);
}

/* Ascending, each once, of those that the series holds more than twice. */
static void keep_periods(const size_t *periods, size_t n_periods, size_t n, jv_mstl *d) {
  for (size_t i = 0; i < n_periods; i++) {
    size_t at = 0;
    if (periods[i] < 2 || n <= 2 * periods[i]) continue;
    while (at < d->n_periods && d->period[at] < periods[i]) at++;
    if (at < d->n_periods && d->period[at] == periods[i]) continue;
    memmove(d->period + at + 1, d->period + at, (d->n_periods - at) * sizeof *d->period);
    d->period[at] = periods[i];
    d->n_periods++;
  }
}

static jv_status blank(jv_ctx *cx, size_t n, const size_t *periods, size_t n_periods,
                       jv_mstl **out) {
  jv_mstl *d = JV_NEW(cx, jv_mstl);
  if (!d) return JV_ENOMEM;
  d->n = n;
  d->period = JV_ARRAY(cx, size_t, n_periods + 1);
  if (!d->period) goto fail;
  keep_periods(periods, n_periods, n, d);
  d->trend = jv_calloc(cx, n, (4 + d->n_periods) * sizeof *d->trend);
  if (!d->trend) goto fail;
  d->remainder = d->trend + n;
  d->adjusted = d->remainder + n;
  d->filled = d->adjusted + n;
  d->seasonal = d->filled + n;
  *out = d;
  return JV_OK;
fail:
  jv_mstl_free(cx, d);
  return JV_ENOMEM;
}

/* ---- the decomposition of d->filled ---- */

static jv_status one_season(jv_ctx *cx, const jv_mstl_options *opt, size_t i, jv_mstl *d,
                            double *x) {
  jv_stl_options s = opt->stl;
  double *season = d->seasonal + i * d->n;
  if (s.window == JV_OPT_UNSET) s.window = (int)(11 + 4 * i);
  for (size_t t = 0; t < d->n; t++) x[t] += season[t];
  JV_TRY(jv_stl(cx, x, d->n, d->period[i], &s, season, d->trend, NULL, NULL));
  for (size_t t = 0; t < d->n; t++) x[t] -= season[t];
  return JV_OK;
}

/* Fills trend and seasonal, and adjusted without regard to gaps. */
static jv_status decompose(jv_ctx *cx, const jv_mstl_options *opt, jv_mstl *d) {
  int rounds = d->n_periods == 1 ? 1 : opt->iterate == JV_OPT_UNSET ? 2 : opt->iterate;
  memcpy(d->adjusted, d->filled, d->n * sizeof *d->adjusted);
  memset(d->seasonal, 0, d->n * d->n_periods * sizeof *d->seasonal);
  if (d->n_periods == 0) return jv_supsmu(cx, NULL, d->filled, d->n, 0, 0, d->trend);
  for (int k = 0; k < rounds; k++)
    for (size_t i = 0; i < d->n_periods; i++) JV_TRY(one_season(cx, opt, i, d, d->adjusted));
  return JV_OK;
}

/* ---- missing values ---- */

/* Lines between neighbours that are no NaN, level beyond them. */
static void bridge(double *x, size_t n) {
  size_t last = SIZE_MAX;
  for (size_t t = 0; t < n; t++) {
    if (isnan(x[t])) continue;
    if (last == SIZE_MAX)
      for (size_t k = 0; k < t; k++) x[k] = x[t];
    else
      for (size_t k = last + 1; k < t; k++)
        x[k] = x[last] + (x[t] - x[last]) * (double)(k - last) / (double)(t - last);
    last = t;
  }
  for (size_t k = last + 1; k < n; k++) x[k] = x[last];
}

/* Mean deviation of season s of m from the mean of its own m observations around; 0 where there is
 * none whole. line: y with its gaps bridged. */
static double mean_deviation(const double *y, const double *line, size_t n, size_t m, size_t s) {
  double sum = 0;
  size_t used = 0, half = m / 2;
  for (size_t t = s; t < n; t += m) {
    if (isnan(y[t]) || t < half || t - half + m > n) continue;
    double mean = 0;
    for (size_t j = 0; j < m; j++) mean += line[t - half + j] / (double)m;
    sum += y[t] - mean;
    used++;
  }
  return used ? sum / (double)used : 0;
}

/* Step 1, by the longest period. */
static void fill_first(const double *y, jv_mstl *d) {
  double *x = d->filled, *deviation = d->remainder;
  memcpy(x, y, d->n * sizeof *x);
  bridge(x, d->n);
  if (d->n_periods == 0) return;
  size_t m = d->period[d->n_periods - 1];
  for (size_t s = 0; s < m; s++) deviation[s] = mean_deviation(y, x, d->n, m, s);
  for (size_t t = 0; t < d->n; t++) x[t] = y[t] - deviation[t % m];
  bridge(x, d->n);
  for (size_t t = 0; t < d->n; t++) x[t] = isnan(y[t]) ? x[t] + deviation[t % m] : y[t];
}

static double season_at(const jv_mstl *d, size_t t) {
  double sum = 0;
  for (size_t i = 0; i < d->n_periods; i++) sum += d->seasonal[i * d->n + t];
  return sum;
}

/* Steps 1 to 3. */
static jv_status fill(jv_ctx *cx, const double *y, const jv_mstl_options *opt, jv_mstl *d) {
  jv_mstl_options robust = *opt;
  robust.stl.robust = 1;
  robust.stl.inner = robust.stl.outer = JV_OPT_UNSET;
  fill_first(y, d);
  if (d->n_periods == 0) return JV_OK;
  JV_TRY(decompose(cx, &robust, d));
  for (size_t t = 0; t < d->n; t++) d->adjusted[t] = y[t] - season_at(d, t);
  bridge(d->adjusted, d->n);
  for (size_t t = 0; t < d->n; t++)
    d->filled[t] = isnan(y[t]) ? d->adjusted[t] + season_at(d, t) : y[t];
  return JV_OK;
}

static jv_status check_data(jv_ctx *cx, const double *y, size_t n, const size_t *periods,
                            size_t n_periods, bool *gaps) {
  size_t observed = 0;
  for (size_t t = 0; t < n; t++) {
    if (isinf(y[t])) return jv_fail(cx, JV_EDATA, "mstl: observation %zu is infinite", t + 1);
    if (!isnan(y[t])) observed++;
  }
  if (observed < 2)
    return jv_fail(cx, JV_EDATA, "mstl: needs at least 2 observed values, got %zu", observed);
  for (size_t i = 0; i < n_periods; i++)
    if (periods[i] < 1) return jv_fail(cx, JV_EDATA, "mstl: period %zu is zero", i + 1);
  *gaps = observed < n;
  return JV_OK;
}

jv_status jv_mstl_new(jv_ctx *cx, const double *y, size_t n, const size_t *periods,
                      size_t n_periods, const jv_mstl_options *opt, jv_mstl **out) {
  jv_mstl_options o;
  jv_mstl *d;
  bool gaps = false;
  *out = NULL;
  JV_TRY(check_data(cx, y, n, periods, n_periods, &gaps));
  if (opt)
    o = *opt;
  else {
    jv_option_defaults(jv_stl_option_rows, &o.stl);
    o.iterate = JV_OPT_UNSET;
  }
  JV_TRY(blank(cx, n, periods, n_periods, &d));
  jv_status status = JV_OK;
  if (gaps)
    status = fill(cx, y, &o, d);
  else
    memcpy(d->filled, y, n * sizeof *y);
  if (status == JV_OK) status = decompose(cx, &o, d);
  if (status != JV_OK) {
    jv_mstl_free(cx, d);
    return status;
  }
  for (size_t t = 0; t < n; t++) {
    d->remainder[t] = isnan(y[t]) ? NAN : d->adjusted[t] - d->trend[t];
    if (isnan(y[t])) d->adjusted[t] = NAN;
  }
  *out = d;
  return JV_OK;
}
