/* The choice among BATS or TBATS forms by AIC.
 *
 * Box-Cox or not, no trend, trend, damped trend, with the seasons and without: every combination that
 * the options leave open is fitted without ARMA errors. TBATS first finds the harmonics of each season,
 * with a trend and a Box-Cox transformation where they are open: fitted with three, all numbers are
 * looked at with those parameters, and from the best of them it goes on a step at a time. Then the errors
 * of the two best get ARMA orders by Hannan & Rissanen (the three likeliest for the best, one for the
 * second) and are fitted again.
 * A form needs three observations more than it has parameters.
 *
 * Differs from R's forecast: orders come from regressions, not from a search over ARIMA models, and for
 * the two best only; harmonics reach m/2, not (m-1)/2. */
#include "model/bats.h"
#include "numeric/minimise.h"
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- orders ---- */

enum { LONG_MOST = 20 };

/* Least squares of x[t] on p lags of x and q lags of e, t >= from; e and x NaN are passed over.
 * Returns the sum of squares; NaN when there are too few rows or they are dependent. */
static double regress(const double *x, const double *e, size_t n, size_t from, size_t p, size_t q,
                      double *b, double *used) {
  enum { MOST = LONG_MOST + JV_BATS_ORDER };
  double gram[MOST * MOST] = {0}, rhs[MOST] = {0}, row[MOST], square = 0;
  size_t k = p + q;
  *used = 0;
  for (size_t t = from; t < n; t++) {
    bool whole = !isnan(x[t]);
    for (size_t i = 0; i < p; i++) row[i] = x[t - 1 - i];
    for (size_t i = 0; i < q; i++) row[p + i] = e[t - 1 - i];
    for (size_t i = 0; i < k; i++) whole = whole && !isnan(row[i]);
    if (!whole) continue;
    *used += 1;
    square += x[t] * x[t];
    for (size_t i = 0; i < k; i++) {
      rhs[i] += row[i] * x[t];
      for (size_t j = 0; j <= i; j++) gram[i * k + j] += row[i] * row[j];
    }
  }
  if (!(*used > (double)k + 1)) return NAN;
  memcpy(b, rhs, k * sizeof *b);
  for (size_t i = 0; i < k; i++) gram[i * k + i] *= 1 + 1e-10;
  if (k > 0 && !jv_cholesky_solve(gram, k, b)) return NAN;
  for (size_t i = 0; i < k; i++) square -= b[i] * rhs[i];
  return square;
}

/* Errors of an autoregression of order p with coefficients b; NaN where a lag is missing. */
static void long_errors(const double *x, size_t n, size_t p, const double *b, double *e) {
  for (size_t t = 0; t < n; t++) {
    e[t] = t < p ? NAN : x[t];
    for (size_t i = 0; i < p && t >= p; i++) e[t] -= b[i] * x[t - 1 - i];
  }
}

/* Keeps the best, best first. */
static void offer(jv_bats_order *best, const jv_bats_order *now) {
  if (!(now->aicc < best[JV_BATS_ORDERS - 1].aicc)) return;
  size_t i = JV_BATS_ORDERS - 1;
  for (; i > 0 && now->aicc < best[i - 1].aicc; i--) best[i] = best[i - 1];
  best[i] = *now;
}

static void try_orders(const double *x, const double *e, size_t n, size_t from,
                       jv_bats_order *best) {
  double b[LONG_MOST + JV_BATS_ORDER], used;
  for (size_t i = 0; i <= JV_BATS_ORDER; i++)
    for (size_t j = 0; i + j <= JV_BATS_ORDER; j++) {
      double square = regress(x, e, n, from, i, j, b, &used);
      double k = (double)(i + j), left = used - k - 2;
      if (!(left > 0) || !(square > 0)) continue;
      jv_bats_order now = {.p = i, .q = j};
      now.aicc = used * log(square / used) + 2 * k + 2 * k * (k + 1) / left;
      memcpy(now.ar, b, i * sizeof *b);
      memcpy(now.ma, b + i, j * sizeof *b);
      offer(best, &now);
    }
}

jv_status jv_bats_orders(jv_ctx *cx, const double *x, size_t n, jv_bats_order *best) {
  double b[LONG_MOST + JV_BATS_ORDER] = {0}, used, *e = JV_ARRAY(cx, double, n + 1);
  if (!e) return JV_ENOMEM;
  for (size_t i = 0; i < JV_BATS_ORDERS; i++) best[i] = (jv_bats_order){.aicc = INFINITY};
  size_t order = (size_t)fmin(LONG_MOST, fmax(1, 10 * log10((double)n + 1)));
  if (order > n / 4) order = n / 4;
  size_t from = order + JV_BATS_ORDER; /* the same rows for all */
  if (order > 0 && from < n && !isnan(regress(x, x, n, order, order, 0, b, &used))) {
    long_errors(x, n, order, b, e);
    try_orders(x, e, n, from, best);
  }
  jv_free(cx, e);
  return JV_OK;
}

/* ---- what the options say ---- */

/* Numbers of a list "24,168" into out; the count, or an error that shows the text. */
static jv_status read_list(jv_ctx *cx, const char *what, const char *name, const char *text,
                           double *out, size_t *n) {
  *n = 0;
  while (*text) {
    size_t len = strcspn(text, ",");
    double value;
    if (*n == JV_BATS_SEASONS)
      return jv_fail(cx, JV_EINVAL, "%s: %s takes at most %d numbers", what, name,
                     (int)JV_BATS_SEASONS);
    while (len > 0 && *text == ' ') {
      text++;
      len--;
    }
    while (len > 0 && text[len - 1] == ' ') len--;
    if (!jv_number_parse(text, len, &value))
      return jv_fail(cx, JV_EINVAL, "%s: %s wants numbers with commas between, found '%.*s'", what,
                     name, (int)len, text);
    out[(*n)++] = value;
    text += strcspn(text, ",");
    if (*text == ',') text++;
  }
  return JV_OK;
}

/* What the options leave open. */
typedef struct choice {
  const char *what;
  const jv_bats_opt *opt;
  jv_bats_problem *p;
  size_t n_seasons;
  double period[JV_BATS_SEASONS];
  size_t harmonics[JV_BATS_SEASONS]; /* 0: to be found */
  bool trig;
  jv_bats_choice *out;
  jv_bats_result second; /* the next best without ARMA errors; aic infinite: none */
} choice;

static size_t most_harmonics(double period) { return (size_t)(period / 2 + 1e-9); }

static jv_status read_seasons(jv_ctx *cx, const jv_sample *sample, choice *c) {
  double harmonics[JV_BATS_SEASONS];
  size_t given;
  JV_TRY(read_list(cx, c->what, "periods", c->opt->periods, c->period, &c->n_seasons));
  if (c->opt->periods[0] == '\0' && sample->m > 1) {
    c->period[0] = (double)sample->m;
    c->n_seasons = 1;
  }
  for (size_t i = 0; i < c->n_seasons; i++) {
    double m = c->period[i];
    if (!(m >= 2) || !(m <= 10000) || (!c->trig && m != floor(m)))
      return jv_fail(cx, JV_EINVAL, "%s: periods must be %s from 2 to 10000, found %g", c->what,
                     c->trig ? "numbers" : "whole numbers", m);
  }
  JV_TRY(read_list(cx, c->what, "harmonics", c->opt->harmonics, harmonics, &given));
  if (given > 0 && given != c->n_seasons)
    return jv_fail(cx, JV_EINVAL, "%s: %zu harmonics for %zu periods", c->what, given,
                   c->n_seasons);
  for (size_t i = 0; i < given; i++) {
    size_t most = most_harmonics(c->period[i]);
    if (harmonics[i] != floor(harmonics[i]) || !(harmonics[i] >= 1) || harmonics[i] > (double)most)
      return jv_fail(cx, JV_EINVAL, "%s: a period of %g has 1 to %zu harmonics, found %g", c->what,
                     c->period[i], most, harmonics[i]);
    c->harmonics[i] = (size_t)harmonics[i];
  }
  return JV_OK;
}

static jv_bats_form bare_form(const choice *c, bool seasonal) {
  jv_bats_form form = {.trig = c->trig};
  if (!seasonal) return form;
  form.n_seasons = c->n_seasons;
  for (size_t i = 0; i < c->n_seasons; i++) {
    form.period[i] = c->period[i];
    form.harmonics[i] = c->trig ? c->harmonics[i] : 0;
  }
  return form;
}

/* ---- trying forms ---- */

enum { SCAN_MOST = 30 }; /* harmonics looked at by the scan */

static void note(choice *c, const jv_bats_result *r) {
  if (c->out->rows == JV_BATS_ROWS) return;
  jv_bats_row *row = &c->out->trace[c->out->rows++];
  jv_bats_name(&r->form, &r->par, row->form, sizeof row->form);
  row->deviance = r->deviance;
  row->aic = r->aic;
  row->parameters = jv_bats_count(&r->form);
}

/* Estimates a form into *now; its aic is infinite where the data are too few or nothing is
 * admissible. */
static jv_status try_form(jv_ctx *cx, choice *c, const jv_bats_form *form, const jv_bats_par *from,
                          jv_bats_result *now) {
  *now = (jv_bats_result){.aic = INFINITY};
  if (jv_bats_count(form) + 3 > jv_bats_used(c->p) && (form->n_seasons || form->trend))
    return JV_OK;
  size_t before = c->out->best.evaluations;
  jv_status status = jv_bats_estimate(cx, c->p, form, from, c->out->best.aic, now);
  if (status == JV_EDATA) {
    *now = (jv_bats_result){.aic = INFINITY};
    return JV_OK;
  }
  JV_TRY(status);
  note(c, now);
  size_t spent = before + now->evaluations;
  if (now->aic < c->out->best.aic) {
    c->second = c->out->best;
    c->out->best = *now;
  } else if (now->aic < c->second.aic)
    c->second = *now;
  c->out->best.evaluations = spent;
  return JV_OK;
}

/* A flag that was given, or both values. */
static bool allows(int option, bool value) {
  return option == JV_OPT_UNSET || (option == 1) == value;
}

static jv_bats_form with_harmonics(choice *c, const jv_bats_form *like, size_t i, size_t k) {
  c->harmonics[i] = k;
  jv_bats_form form = bare_form(c, true);
  form.box_cox = like->box_cox;
  form.trend = like->trend;
  return form;
}

/* The number of harmonics of season i that has the least AIC at given parameters: one evaluation each.
 * Where those are not admissible for it, with a season that stands still. */
static jv_status scan_harmonics(jv_ctx *cx, choice *c, const jv_bats_form *like, size_t i,
                                const jv_bats_par *par, size_t *best) {
  double least = INFINITY;
  size_t most = most_harmonics(c->period[i]);
  for (size_t k = 1; k <= most && k <= SCAN_MOST; k++) {
    jv_bats_form form = with_harmonics(c, like, i, k);
    jv_bats_par still = *par;
    jv_bats_result now = {.aic = INFINITY};
    if (jv_bats_count(&form) + 3 > jv_bats_used(c->p)) break;
    JV_TRY(jv_check_cancel(cx));
    jv_status status = jv_bats_evaluate(cx, c->p, &form, &still, NULL, &now);
    memset(still.gamma1, 0, sizeof still.gamma1);
    memset(still.gamma2, 0, sizeof still.gamma2);
    if (status == JV_ENUMERIC) status = jv_bats_evaluate(cx, c->p, &form, &still, NULL, &now);
    if (status != JV_OK && status != JV_ENUMERIC) return status;
    if (!(status == JV_OK && now.aic < least)) continue;
    least = now.aic;
    *best = k;
  }
  return JV_OK;
}

/* The harmonics of season i, those of the others as they are: from a first guess to the best of a scan,
 * and from there a step at a time. */
static jv_status find_harmonics(jv_ctx *cx, choice *c, size_t i, const jv_bats_form *like) {
  size_t most = most_harmonics(c->period[i]), chosen = most < 3 ? most : 3, scanned = chosen;
  jv_bats_result best, now;
  jv_bats_form form = with_harmonics(c, like, i, chosen);
  JV_TRY(try_form(cx, c, &form, NULL, &best));
  while (isinf(best.aic) && chosen > 1) { /* too few observations */
    form = with_harmonics(c, like, i, --chosen);
    JV_TRY(try_form(cx, c, &form, NULL, &best));
  }
  if (isfinite(best.aic)) JV_TRY(scan_harmonics(cx, c, like, i, &best.par, &scanned));
  size_t tried = chosen;
  for (int direction = -1; direction <= 1 && isfinite(best.aic); direction += 2) {
    size_t k = direction < 0 ? scanned : scanned + 1;
    for (; k >= 1 && k <= most; k += direction < 0 ? (size_t)-1 : 1) {
      if (k == tried) break;
      form = with_harmonics(c, like, i, k);
      JV_TRY(try_form(cx, c, &form, NULL, &now));
      if (!(now.aic < best.aic)) break;
      best = now;
      chosen = k;
    }
    if (chosen < scanned) break; /* fewer were better */
  }
  c->harmonics[i] = chosen;
  return JV_OK;
}

static jv_status find_all_harmonics(jv_ctx *cx, choice *c) {
  if (!c->trig || c->n_seasons == 0 || c->harmonics[0] > 0) return JV_OK;
  jv_bats_form like = {.trig = true};
  like.box_cox = jv_bats_positive(c->p) && allows(c->opt->box_cox, true);
  like.trend = allows(c->opt->trend, true); /* else a trend would hide the season */
  for (size_t i = 0; i < c->n_seasons; i++) {
    size_t most = most_harmonics(c->period[i]);
    c->harmonics[i] = most < 3 ? most : 3;
  }
  for (size_t i = 0; i < c->n_seasons; i++) JV_TRY(find_harmonics(cx, c, i, &like));
  return JV_OK;
}

/* Has the search for harmonics fitted it already? */
static bool is_known(const choice *c, const jv_bats_form *form) {
  const jv_bats_form *best[] = {&c->out->best.form, &c->second.form};
  const double aic[] = {c->out->best.aic, c->second.aic};
  for (size_t i = 0; i < 2; i++) {
    const jv_bats_form *b = best[i];
    if (isinf(aic[i]) || b->box_cox != form->box_cox || b->trend != form->trend ||
        b->damped != form->damped || b->n_seasons != form->n_seasons)
      continue;
    bool same = true;
    for (size_t s = 0; s < b->n_seasons; s++) same = same && b->harmonics[s] == form->harmonics[s];
    if (same) return true;
  }
  return false;
}

/* All combinations without ARMA errors. */
static jv_status try_smooth(jv_ctx *cx, choice *c) {
  const jv_bats_opt *opt = c->opt;
  for (unsigned bits = 0; bits < 16; bits++) {
    bool box_cox = bits & 1, trend = bits & 2, damped = bits & 4, seasonal = !(bits & 8);
    if ((box_cox && !jv_bats_positive(c->p)) || (damped && !trend)) continue;
    if (!allows(opt->box_cox, box_cox) || !allows(opt->trend, trend)) continue;
    if (trend && !allows(opt->damped, damped)) continue;
    if (seasonal && c->n_seasons == 0) continue;
    jv_bats_form form = bare_form(c, seasonal);
    form.box_cox = box_cox;
    form.trend = trend;
    form.damped = damped;
    if (is_known(c, &form)) continue;
    jv_bats_result now;
    JV_TRY(try_form(cx, c, &form, NULL, &now));
  }
  return JV_OK;
}

static jv_status try_order(jv_ctx *cx, choice *c, const jv_bats_result *base,
                           const jv_bats_order *order) {
  jv_bats_form form = base->form;
  jv_bats_par par = base->par;
  jv_bats_result now;
  if (order->p + order->q == 0) return JV_OK;
  form.p = order->p;
  form.q = order->q;
  memcpy(par.ar, order->ar, sizeof par.ar);
  memcpy(par.ma, order->ma, sizeof par.ma);
  return try_form(cx, c, &form, &par, &now);
}

/* The same form with ARMA errors, orders given or the `most` likeliest of what it left. */
static jv_status try_arma(jv_ctx *cx, choice *c, const jv_bats_result *base, size_t most) {
  const jv_bats_opt *opt = c->opt;
  jv_bats_order best[JV_BATS_ORDERS] = {{.p = 0}};
  jv_bats_result now;
  if (opt->p != JV_OPT_UNSET || opt->q != JV_OPT_UNSET) {
    best[0].p = opt->p == JV_OPT_UNSET ? 0 : (size_t)opt->p;
    best[0].q = opt->q == JV_OPT_UNSET ? 0 : (size_t)opt->q;
    return try_order(cx, c, base, &best[0]);
  }
  JV_TRY(jv_bats_evaluate(cx, c->p, &base->form, &base->par, NULL, &now));
  JV_TRY(jv_bats_orders(cx, jv_bats_errors(c->p), jv_bats_length(c->p), best));
  for (size_t i = 0; i < most; i++)
    if (isfinite(best[i].aicc)) JV_TRY(try_order(cx, c, base, &best[i]));
  return JV_OK;
}

static jv_status no_form(jv_ctx *cx, const choice *c) {
  const char *box_cox =
      c->opt->box_cox == 1 && !jv_bats_positive(c->p) ? " (box_cox needs values above zero)" : "";
  return jv_fail(cx, JV_EDATA,
                 "%s: no form that the options allow can be fitted to %zu "
                 "observations%s",
                 c->what, jv_bats_used(c->p), box_cox);
}

jv_status jv_bats_choose(jv_ctx *cx, const char *what, bool trig, const jv_sample *sample,
                         const jv_bats_opt *opt, jv_bats_problem *p, jv_bats_choice *out) {
  choice c = {.what = what, .opt = opt, .p = p, .trig = trig, .out = out};
  c.second.aic = INFINITY;
  out->best.aic = INFINITY;
  JV_TRY(read_seasons(cx, sample, &c));
  JV_TRY(find_all_harmonics(cx, &c));
  JV_TRY(try_smooth(cx, &c));
  if (isinf(out->best.aic)) return no_form(cx, &c);
  bool orders = opt->p != JV_OPT_UNSET || opt->q != JV_OPT_UNSET;
  if (opt->arma == 0 && !orders) return JV_OK;
  const jv_bats_result first = out->best, second = c.second;
  if (orders && (opt->p > 0 || opt->q > 0)) out->best.aic = INFINITY; /* the orders are not open */
  JV_TRY(try_arma(cx, &c, &first, JV_BATS_ORDERS));
  if (!isinf(second.aic)) JV_TRY(try_arma(cx, &c, &second, 1));
  return isinf(out->best.aic) ? no_form(cx, &c) : JV_OK;
}
