/* MSTL: STL for one season after the other, the shortest first.
 *
 *   x = y;  S_i = 0
 *   `iterate` times, for each period i in ascending order:
 *     x = x + S_i;  S_i = seasonal part of STL(x, period i, window i);  x = x - S_i
 *   T = trend of the last STL;  R = x - T
 *
 * window i = 7 + 4 i unless given. Without a season T is the super smoother's and R = y - T.
 *
 * Missing values are filled first, by lines on the series adjusted by its longest season
 * (numeric/clean.h), and are missing again in R.
 *
 * Source: Bandara, Hyndman & Bergmeir (2021), MSTL, arXiv:2107.13462, algorithm 1. */
#include "numeric/mstl.h"
#include "numeric/clean.h"
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
  d->trend = jv_calloc(cx, n, (5 + d->n_periods) * sizeof *d->trend);
  if (!d->trend) goto fail;
  d->remainder = d->trend + n;
  d->adjusted = d->remainder + n;
  d->filled = d->adjusted + n;
  d->weights = d->filled + n;
  d->seasonal = d->weights + n;
  for (size_t t = 0; t < n; t++) d->weights[t] = 1;
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
  if (isnan(s.window.number)) s.window.number = (double)(11 + 4 * i);
  for (size_t t = 0; t < d->n; t++) x[t] += season[t];
  JV_TRY(jv_stl(cx, x, d->n, d->period[i], &s, season, d->trend, NULL, d->weights));
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
  size_t longest = d->n_periods ? d->period[d->n_periods - 1] : 1;
  jv_status status = JV_OK;
  if (gaps)
    status = jv_fill_missing(cx, y, n, longest, JV_OPT_UNSET, d->filled);
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
