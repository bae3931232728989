/* Autoregression of a stationary series: Yule-Walker, Burg or least squares, its order by AIC.
 *
 *   y_t - mu = sum_{j=1..p} phi_j (y_{t-j} - mu) + e_t
 *   Yule-Walker: sum_j phi_j gamma(|i-j|) = gamma(i), gamma the sample's autocovariances over n;
 *                Levinson-Durbin, so stationary for every sample
 *   Burg:        the reflection k of each order makes the mean square of forward and backward errors
 *                least:  k = 2 sum f_t b_{t-1} / sum (f_t^2 + b_{t-1}^2); stationary too
 *   OLS:         y_t on a constant and p lags, t > p; may lie outside the stationary region
 *   order:       least AIC = n log sigma_p^2 + 2 p over 0 … max_order; the default is
 *                min(n - 1, 10 log10 n). OLS compares on the observations after max_order, n of them
 *   sigma2:      Yule-Walker: spread of the recursion * n / (n - p - 1); Burg: its recursion's;
 *                OLS: mean square error (t > p)
 *
 * mu is the sample's mean; under OLS mu is c / (1 - sum phi) wherever that exists, and predictions use
 * the constant c. Fitted values of the first p observations are the best predictions from those
 * before (predictors of lower order, with larger variances) for Yule-Walker and Burg, and absent for
 * OLS. No missing values. Forecasts by recursion, variances from the psi weights; loglik is not given
 * (these are not likelihood estimates: arima{order="p,0,0"} is).
 *
 * Source: Brockwell & Davis (1991), Time Series: Theory and Methods, 8.1-8.2, 9.2; Burg (1967).
 * Checked by: tests/core/test_ar.c */
#include "model/arima_arma.h"
#include "model/builtin.h"
#include "model/state.h"
#include "numeric/minimise.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum ar_method { AR_YULE_WALKER, AR_BURG, AR_OLS } ar_method;

typedef struct ar_opt {
  int order, max_order, method;
} ar_opt;

enum { MOST_ORDER = 500 };

static const jv_option rows[] = {{"order", JV_OPT_INT, offsetof(ar_opt, order), JV_OPT_UNSET, 0,
                                  MOST_ORDER, "number of lags; by AIC when absent", NULL},
                                 {"max_order", JV_OPT_INT, offsetof(ar_opt, max_order),
                                  JV_OPT_UNSET, 0, MOST_ORDER,
                                  "most lags of the choice; 10 log10(n) when absent", NULL},
                                 {"method", JV_OPT_CHOICE, offsetof(ar_opt, method), AR_YULE_WALKER,
                                  0, 0, "how to estimate", "yule_walker|burg|ols"},
                                 {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct ar_state {
  size_t p;
  double mean, constant; /* y_t = constant + sum phi y + e, or about the mean: constant 0 */
  double *phi, *last;    /* p each; last: the newest values less the mean, newest first */
  double *aic;           /* of orders 0 … tried - 1 */
  size_t tried;
} ar_state;

static void ar_free(jv_ctx *cx, jv_fit *fit) {
  ar_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->phi);
  jv_free(cx, s->aic);
  jv_free(cx, s);
  fit->state = NULL;
}

/* phi of order k - 1 to order k by reflection r, in place. */
static void reflect(double *phi, size_t k, double r) {
  for (size_t i = 0; 2 * i + 1 < k; i++) {
    size_t j = k - 2 - i;
    double lo = phi[i], hi = phi[j];
    phi[i] = lo - r * hi;
    if (i != j) phi[j] = hi - r * lo;
  }
  phi[k - 1] = r;
}

/* table: row k - 1 of `most` columns gets the coefficients of order k; spread[k] their variance. */
static void levinson(const double *x, size_t n, size_t most, double *table, double *spread) {
  double gamma0 = 0;
  for (size_t t = 0; t < n; t++) gamma0 += x[t] * x[t];
  spread[0] = gamma0 / (double)n;
  for (size_t k = 1; k <= most; k++) {
    double *phi = table + (k - 1) * most, sum = 0;
    if (k > 1) memcpy(phi, phi - most, (k - 1) * sizeof *phi);
    for (size_t lag = 1; lag <= k; lag++) {
      double c = 0;
      for (size_t t = lag; t < n; t++) c += x[t] * x[t - lag];
      sum += lag == k ? c : -phi[k - 1 - lag] * c;
    }
    double r = spread[k - 1] > 0 ? sum / (double)n / spread[k - 1] : 0;
    reflect(phi, k, r);
    spread[k] = spread[k - 1] * (1 - r * r);
  }
}

/* f and b: n each, forward and backward errors. */
static void burg(const double *x, size_t n, size_t most, double *f, double *b, double *table,
                 double *spread) {
  spread[0] = 0;
  for (size_t t = 0; t < n; t++) spread[0] += x[t] * x[t] / (double)n;
  memcpy(f, x, n * sizeof *f);
  memcpy(b, x, n * sizeof *b);
  for (size_t k = 1; k <= most; k++) {
    double *phi = table + (k - 1) * most, top = 0, bottom = 0;
    if (k > 1) memcpy(phi, phi - most, (k - 1) * sizeof *phi);
    for (size_t t = k; t < n; t++) {
      top += f[t] * b[t - 1];
      bottom += f[t] * f[t] + b[t - 1] * b[t - 1];
    }
    double r = bottom > 0 ? 2 * top / bottom : 0;
    for (size_t t = n; t-- > k;) {
      double forward = f[t], backward = b[t - 1];
      f[t] = forward - r * backward;
      b[t] = backward - r * forward;
    }
    reflect(phi, k, r);
    spread[k] = spread[k - 1] * (1 - r * r);
  }
}

/* Least squares of order k from observation `from` on; gram: (k + 1)^2. False when singular. */
static bool least_squares(const double *x, size_t n, size_t from, size_t k, double *gram,
                          double *coef, double *spread) {
  size_t c = k + 1;
  memset(gram, 0, c * c * sizeof *gram);
  memset(coef, 0, c * sizeof *coef);
  for (size_t t = from; t < n; t++)
    for (size_t i = 0; i < c; i++) {
      double xi = i < k ? x[t - 1 - i] : 1;
      coef[i] += xi * x[t];
      for (size_t j = 0; j <= i; j++) gram[i * c + j] += xi * (j < k ? x[t - 1 - j] : 1);
    }
  if (!jv_cholesky_solve(gram, c, coef)) return false;
  double sum = 0;
  for (size_t t = from; t < n; t++) {
    double e = x[t] - coef[k];
    for (size_t j = 0; j < k; j++) e -= coef[j] * x[t - 1 - j];
    sum += e * e;
  }
  *spread = sum / (double)(n - from);
  return true;
}

static size_t choose_order(const double *spread, size_t most, size_t n, double *aic) {
  size_t best = 0;
  for (size_t k = 0; k <= most; k++) {
    aic[k] = spread[k] > 0 ? (double)n * log(spread[k]) + 2 * (double)k : -INFINITY;
    if (aic[k] < aic[best]) best = k;
    if (spread[k] <= 0) return best;
  }
  return best;
}

typedef struct ar_room {
  double *x, *f, *b, *table, *spread, *gram, *coef;
} ar_room;

/* All orders up to most; s->p is the one chosen, s->phi its coefficients. */
static jv_status solve(jv_ctx *cx, const ar_opt *opt, size_t n, size_t most, ar_room *r,
                       ar_state *s, double *sigma2) {
  bool fixed = opt->order != JV_OPT_UNSET;
  if (opt->method == AR_OLS) {
    for (size_t k = 0; k <= most; k++)
      if (!least_squares(r->x, n, most, k, r->gram, r->coef, &r->spread[k]))
        r->spread[k] = INFINITY;
    s->p = choose_order(r->spread, most, n - most, s->aic);
  } else {
    if (opt->method == AR_BURG)
      burg(r->x, n, most, r->f, r->b, r->table, r->spread);
    else
      levinson(r->x, n, most, r->table, r->spread);
    s->p = choose_order(r->spread, most, n, s->aic);
  }
  if (fixed) s->p = most;
  double df = (double)n - (double)s->p - 1;
  if (opt->method == AR_OLS) {
    if (!least_squares(r->x, n, s->p, s->p, r->gram, r->coef, sigma2))
      return jv_fail(cx, JV_EDATA, "ar: the lags of the series are combinations of each other");
    memcpy(s->phi, r->coef, s->p * sizeof *s->phi);
    s->constant = r->coef[s->p];
    return JV_OK;
  }
  if (s->p > 0) memcpy(s->phi, r->table + (s->p - 1) * most, s->p * sizeof *s->phi);
  *sigma2 = r->spread[s->p];
  if (opt->method == AR_YULE_WALKER) *sigma2 = df > 0 ? *sigma2 * (double)n / df : INFINITY;
  return JV_OK;
}

/* One-step means: from the predictors of lower order at the start, where there are any. */
static void take_fitted(const jv_sample *sample, const ar_opt *opt, size_t most, const ar_room *r,
                        const ar_state *s, jv_fit *fit) {
  for (size_t t = opt->method == AR_OLS ? s->p : 0; t < sample->n; t++) {
    size_t k = t < s->p ? t : s->p;
    const double *phi = k == s->p ? s->phi : r->table + (k - 1) * most;
    double mean = s->mean + s->constant;
    for (size_t j = 0; j < k; j++) mean += phi[j] * r->x[t - 1 - j];
    fit->fitted[t] = mean;
    fit->residuals[t] = sample->y[t] - mean;
  }
  for (size_t j = 0; j < s->p; j++) s->last[j] = r->x[sample->n - 1 - j];
}

static jv_status fit_into(jv_ctx *cx, const jv_sample *sample, size_t most, double *block,
                          ar_state *s, jv_fit *fit) {
  size_t n = sample->n;
  const ar_opt *opt = fit->opt;
  ar_room r = {.x = block, .f = block + n, .b = block + 2 * n, .spread = block + 3 * n};
  r.coef = r.spread + most + 1;
  r.gram = r.coef + most + 1;
  r.table = r.gram + (most + 1) * (most + 1);
  for (size_t t = 0; t < n; t++) s->mean += (sample->y[t] - s->mean) / (double)(t + 1);
  for (size_t t = 0; t < n; t++) r.x[t] = sample->y[t] - s->mean;
  JV_TRY(solve(cx, opt, n, most, &r, s, &fit->sigma2));
  take_fitted(sample, opt, most, &r, s, fit);
  return JV_OK;
}

static jv_status new_state(jv_ctx *cx, size_t most, jv_fit *fit) {
  ar_state *s = JV_NEW(cx, ar_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->tried = most + 1;
  s->phi = jv_calloc(cx, 2 * most + 1, sizeof *s->phi);
  s->aic = jv_calloc(cx, most + 1, sizeof *s->aic);
  if (!s->phi || !s->aic) {
    ar_free(cx, fit);
    return JV_ENOMEM;
  }
  s->last = s->phi + most;
  return JV_OK;
}

static jv_status find_most(jv_ctx *cx, const ar_opt *opt, size_t n, size_t *most) {
  size_t limit = opt->method == AR_OLS ? (n > 2 ? (n - 1) / 2 : 0) : n - 1;
  *most = (size_t)(10 * log10((double)n));
  if (opt->max_order != JV_OPT_UNSET) *most = (size_t)opt->max_order;
  if (*most > limit) *most = limit;
  if (opt->order == JV_OPT_UNSET) return JV_OK;
  *most = (size_t)opt->order;
  if (*most > limit)
    return jv_fail(cx, JV_EUNSUPPORTED, "ar: order %zu is too large for %zu observations", *most,
                   n);
  return JV_OK;
}

static jv_status ar_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  static const char *const names[] = {"Yule-Walker", "Burg", "OLS"};
  const ar_opt *opt = fit->opt;
  size_t most, n = sample->n;
  JV_TRY(find_most(cx, opt, n, &most));
  JV_TRY(new_state(cx, most, fit));
  double *block =
      jv_calloc(cx, 3 * n + 2 * (most + 1) + (most + 1) * (most + 1) + most * most, sizeof *block);
  jv_status status = block ? fit_into(cx, sample, most, block, fit->state, fit) : JV_ENOMEM;
  jv_free(cx, block);
  if (status != JV_OK) {
    ar_free(cx, fit);
    return status;
  }
  const ar_state *s = fit->state;
  if (n < 2) fit->sigma2 = INFINITY;
  fit->n_params = s->p + 2;
  snprintf(fit->form, sizeof fit->form, "AR(%zu), %s", s->p, names[opt->method]);
  return JV_OK;
}

static double predict(const ar_state *s, const double *last) {
  double mean = s->constant;
  for (size_t j = 0; j < s->p; j++) mean += s->phi[j] * last[j];
  return mean;
}

static void push(const ar_state *s, double *last, double x) {
  if (s->p == 0) return;
  memmove(last + 1, last, (s->p - 1) * sizeof *last);
  last[0] = x;
}

static jv_status ar_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const ar_state *s = fit->state;
  double *last = JV_ARRAY(cx, double, 2 * s->p + 1), sum = 0;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!last || !fc->sd) {
    jv_free(cx, last);
    return JV_ENOMEM;
  }
  double *psi = last + s->p; /* the newest first */
  memcpy(last, s->last, s->p * sizeof *last);
  memset(psi, 0, (s->p + 1) * sizeof *psi);
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    double x = predict(s, last), weight = i == 0 ? 1 : predict(s, psi) - s->constant;
    push(s, last, x);
    push(s, psi, weight);
    sum += weight * weight;
    fc->mean[i] = s->mean + x;
    fc->sd[i] = sqrt(fit->sigma2 * sum);
  }
  jv_free(cx, last);
  return JV_OK;
}

static jv_status ar_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                             size_t n_paths, double *paths) {
  (void)x;
  const ar_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  if (isinf(sigma)) return jv_fail(cx, JV_EDATA, "ar: no sample paths from so few observations");
  double *last = JV_ARRAY(cx, double, s->p + 1);
  if (!last) return JV_ENOMEM;
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    memcpy(last, s->last, s->p * sizeof *last);
    for (size_t i = 0; i < h; i++) {
      double u = predict(s, last) + sigma * jv_draw(&draws);
      push(s, last, u);
      paths[k * h + i] = s->mean + u;
    }
  }
  jv_free(cx, last);
  return JV_OK;
}

static jv_status ar_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more) {
  ar_state *s = fit->state;
  (void)cx;
  (void)x;
  for (size_t i = 0; i < more; i++) {
    size_t t = fit->n + i;
    fit->fitted[t] = s->mean + predict(s, s->last);
    fit->residuals[t] = y[i] - fit->fitted[t];
    push(s, s->last, y[i] - s->mean);
  }
  return JV_OK;
}

static jv_status ar_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const ar_state *s = fit->state;
  const ar_opt *opt = fit->opt;
  cJSON *list = cJSON_AddArrayToObject(into, "coefficients");
  bool chosen = opt->order == JV_OPT_UNSET;
  cJSON *trace = list && chosen ? cJSON_AddArrayToObject(into, "trace") : NULL;
  if (!list || (chosen && !trace)) return jv_fail(cx, JV_ENOMEM, "out of memory");
  for (size_t j = 0; j <= s->p; j++) {
    char name[32] = "mean";
    cJSON *row = cJSON_CreateObject();
    if (!row || !cJSON_AddItemToArray(list, row)) return jv_fail(cx, JV_ENOMEM, "out of memory");
    if (j < s->p) snprintf(name, sizeof name, "ar%zu", j + 1);
    JV_TRY(jv_state_set_text(cx, row, "name", name));
    JV_TRY(jv_state_set_real(cx, row, "estimate", j < s->p ? s->phi[j] : s->mean));
    JV_TRY(jv_state_set_real(cx, row, "se", NAN)); /* these estimators give none */
  }
  for (size_t k = 0; trace && k < s->tried; k++) {
    cJSON *row = cJSON_CreateObject();
    if (!row || !cJSON_AddItemToArray(trace, row)) return jv_fail(cx, JV_ENOMEM, "out of memory");
    JV_TRY(jv_state_set_count(cx, row, "order", k));
    JV_TRY(jv_state_set_real(cx, row, "AIC", s->aic[k]));
  }
  return JV_OK;
}

static jv_status ar_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const ar_state *s = fit->state;
  JV_TRY(jv_state_set_real(cx, into, "mean", s->mean));
  JV_TRY(jv_state_set_real(cx, into, "constant", s->constant));
  JV_TRY(jv_state_set_reals(cx, into, "phi", s->phi, s->p));
  JV_TRY(jv_state_set_reals(cx, into, "last", s->last, s->p));
  return jv_state_set_reals(cx, into, "aic", s->aic, s->tried);
}

static jv_status ar_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  size_t p = jv_state_list_length(from, "phi"), tried = jv_state_list_length(from, "aic");
  if (tried < 1 || p >= tried) return jv_fail(cx, JV_EPARSE, "ar: impossible 'aic'");
  JV_TRY(new_state(cx, tried - 1, fit));
  ar_state *s = fit->state;
  s->p = p;
  jv_status status = jv_state_get_real(cx, from, "mean", &s->mean);
  if (status == JV_OK) status = jv_state_get_real(cx, from, "constant", &s->constant);
  if (status == JV_OK) status = jv_state_get_reals(cx, from, "phi", s->phi, p);
  if (status == JV_OK) status = jv_state_get_reals(cx, from, "last", s->last, p);
  if (status == JV_OK) status = jv_state_get_reals(cx, from, "aic", s->aic, tried);
  for (size_t j = 0; j < p && status == JV_OK; j++)
    if (!isfinite(s->phi[j]) || !isfinite(s->last[j]))
      status = jv_fail(cx, JV_EPARSE, "ar: impossible 'phi' or 'last'");
  if (status == JV_OK && !(isfinite(s->mean) && isfinite(s->constant)))
    status = jv_fail(cx, JV_EPARSE, "ar: impossible 'mean'");
  if (status != JV_OK) ar_free(cx, fit);
  return status;
}

const jv_model_class jv_model_ar = {
    .name = "ar",
    .title = "Autoregression",
    .doc = "Autoregression of a stationary series about its mean by Yule-Walker, Burg or least "
           "squares, with the number of lags by AIC: quick, and free of any search. For maximum "
           "likelihood, differences, gaps or regressors use arima.",
    .source = "Brockwell & Davis (1991), Time Series: Theory and Methods, 8.1-8.2; Burg (1967)",
    .tags = JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(ar_opt),
    .min_n = 1,
    .fit = ar_fit,
    .forecast = ar_forecast,
    .simulate = ar_simulate,
    .update = ar_update,
    .explain = ar_explain,
    .save = ar_save,
    .load = ar_load,
    .free_state = ar_free,
};
