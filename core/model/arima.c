/* The family arima: regression with seasonal ARIMA errors behind the hooks of jv_model_class.
 *
 *   y_t = b'x_t + c_t + u_t,   phi(B) Phi(B^m) (1-B)^d (1-B^m)^D u_t = theta(B) Theta(B^m) e_t
 *   c_t = mean (d + D = 0) or drift * t (d + D = 1),   e_t ~ N(0, sigma^2)
 *
 * loglik is that of the differenced series, n - d - D m values, in the unit of y; with gaps, that of
 * the observed values given a diffuse start, wherever the gaps lie (arima_data.c): the same thing, so
 * that a gap costs one value. With method css it is the conditional sum's. n_params counts every
 * coefficient and sigma. sigma2 is the sum of squared innovations over n_used less the coefficients.
 * Fitted values begin after the d + D m values that differencing takes; gaps among those are replaced
 * by their estimates, which the filter then takes as known.
 *
 * Forecasts carry the state's uncertainty (gaps at the end, short series) and the innovations', not
 * that of the coefficients. Files: arima_arma.c (exact filter), arima_data.c (differences, gaps,
 * regressors), arima_likelihood.c, arima_start.c, arima_estimate.c (maxima, standard errors),
 * arima_state.c (prediction), arima_diffs.c and arima_auto.c (choice), arima_saved.c.
 *
 * Source: Box, Jenkins & Reinsel (1994), Time Series Analysis; Harvey (1989), ch. 3-4; Hyndman &
 * Khandakar (2008), JSS 27(3). Differs from R's arima: observations of large prediction variance are
 * not left out of the likelihood; a gap in a differenced series has an exact diffuse start in place of
 * a prior variance of 1e6; several starts of the search.
 * Checked by: tests/core/test_arima.c, test_arima_filter.c,
 * test_arima_conformance.c, tests/conformance/arima */
#include "model/arima_model.h"
#include "model/builtin.h"
#include "model/state.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(jv_arima_options, field)
#define LIMIT(field, most, doc)                                                                    \
  { #field, JV_OPT_INT, AT(field), most, 0, 20, doc, NULL }

static const jv_option rows[] = {
    {"order", JV_OPT_TEXT, AT(order), 0, 0, 0, "\"p,d,q\"; chosen when absent", NULL},
    {"seasonal", JV_OPT_TEXT, AT(seasonal), 0, 0, 0,
     "\"P,D,Q\" beside an order, none when absent; \"none\" keeps seasons out of the choice", NULL},
    {"mean", JV_OPT_FLAG, AT(mean), NAN, 0, 1,
     "with an order: estimate a mean; true when absent and nothing is differenced", NULL},
    {"drift", JV_OPT_FLAG, AT(drift), NAN, 0, 1,
     "with an order: estimate a drift, where d + D = 1; false when absent", NULL},
    {"method", JV_OPT_CHOICE, AT(method), JV_ARIMA_ML, 0, 0,
     "ml: exact likelihood from several starts; css_ml: from the conditional estimate as well; "
     "css: "
     "conditional sum of squares",
     "ml|css_ml|css"},
    {"d", JV_OPT_INT, AT(d), JV_OPT_UNSET, 0, 3, "first differences; by test when absent", NULL},
    {"D", JV_OPT_INT, AT(D), JV_OPT_UNSET, 0, 2, "seasonal differences; by test when absent", NULL},
    LIMIT(max_p, 5, "largest p of the choice"),
    LIMIT(max_q, 5, "largest q of the choice"),
    LIMIT(max_P, 2, "largest P of the choice"),
    LIMIT(max_Q, 2, "largest Q of the choice"),
    {"max_d", JV_OPT_INT, AT(max_d), 2, 0, 3, "most first differences of the test", NULL},
    {"max_D", JV_OPT_INT, AT(max_D), 1, 0, 2, "most seasonal differences of the test", NULL},
    {"max_order", JV_OPT_INT, AT(max_order), 5, 0, 80, "largest p + q + P + Q of a full search",
     NULL},
    {"stepwise", JV_OPT_FLAG, AT(stepwise), NAN, 0, 1,
     "true: search step by step from the best so far; false: all orders; both when absent, steps "
     "alone beyond 600 observations (2000 with a season)",
     NULL},
    {"approximation", JV_OPT_FLAG, AT(approximation), NAN, 0, 1,
     "compare candidates by the conditional likelihood; from 5000 observations on when absent",
     NULL},
    {"stationary", JV_OPT_FLAG, AT(stationary), 0, 0, 1, "choose among stationary models", NULL},
    {"allow_mean", JV_OPT_FLAG, AT(allow_mean), 1, 0, 1, "let the choice have a mean", NULL},
    {"allow_drift", JV_OPT_FLAG, AT(allow_drift), 1, 0, 1, "let the choice have a drift", NULL},
    {"ic", JV_OPT_CHOICE, AT(ic), JV_ARIMA_AICC, 0, 0, "criterion of the choice", "aicc|aic|bic"},
    {"test", JV_OPT_CHOICE, AT(test), 0, 0, 0, "unit-root test that finds d", "kpss|adf|pp"},
    {"seasonal_test", JV_OPT_CHOICE, AT(seasonal_test), 0, 0, 0, "test that finds D",
     "strength|ocsb"},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* ---- options */

/* "p,d,q", with brackets and blanks allowed; false when it is not that. */
static bool read_triple(const char *text, size_t out[3]) {
  const char *at = text + strspn(text, " (");
  for (int k = 0; k < 3; k++) {
    char *end;
    if (*at < '0' || *at > '9') return false;
    unsigned long value = strtoul(at, &end, 10);
    if (value > JV_ARIMA_MOST_ORDER) return false;
    out[k] = value;
    at = end + strspn(end, " ");
    if (k < 2 && *at != ',') return false;
    if (k < 2) at += 1 + strspn(at + 1, " ");
  }
  return at[strspn(at, " )")] == '\0';
}

static jv_status read_part(jv_ctx *cx, const char *name, const char *text, size_t out[3]) {
  if (!read_triple(text, out))
    return jv_fail(cx, JV_EINVAL,
                   "arima: option '%s' is three numbers of 0 to %d such as \"1,1,1\", got \"%s\"",
                   name, JV_ARIMA_MOST_ORDER, text);
  if (out[1] > 3)
    return jv_fail(cx, JV_EINVAL, "arima: option '%s' differences at most 3 times, got %zu", name,
                   out[1]);
  return JV_OK;
}

static bool seasonal_is_none(const jv_arima_options *opt) {
  return strcmp(opt->seasonal, "none") == 0;
}

static jv_status read_order(jv_ctx *cx, const jv_arima_options *opt, jv_arima_order *o) {
  size_t plain[3] = {0}, seasonal[3] = {0};
  JV_TRY(read_part(cx, "order", opt->order, plain));
  if (opt->seasonal[0] && !seasonal_is_none(opt))
    JV_TRY(read_part(cx, "seasonal", opt->seasonal, seasonal));
  *o = (jv_arima_order){.p = plain[0],
                        .d = plain[1],
                        .q = plain[2],
                        .P = seasonal[0],
                        .D = seasonal[1],
                        .Q = seasonal[2],
                        .m = 1};
  return JV_OK;
}

static jv_status check_given(jv_ctx *cx, const jv_arima_options *opt) {
  jv_arima_order o;
  JV_TRY(read_order(cx, opt, &o));
  if (opt->d != JV_OPT_UNSET || opt->D != JV_OPT_UNSET)
    return jv_fail(cx, JV_EINVAL,
                   "arima: d and D are part of the order \"p,d,q\" where one is given");
  if (opt->mean == 1 && o.d + o.D > 0)
    return jv_fail(cx, JV_EINVAL, "arima: a mean is lost by differencing: it needs d + D = 0");
  if (opt->drift == 1 && o.d + o.D != 1)
    return jv_fail(cx, JV_EINVAL, "arima: a drift needs d + D = 1, got %zu", o.d + o.D);
  return JV_OK;
}

static jv_status arima_check(jv_ctx *cx, const void *options) {
  const jv_arima_options *opt = options;
  if (opt->order[0]) return check_given(cx, opt);
  if (opt->seasonal[0] && !seasonal_is_none(opt))
    return jv_fail(cx, JV_EINVAL,
                   "arima: option 'seasonal' needs an order beside it, or is \"none\", got \"%s\"",
                   opt->seasonal);
  if (opt->mean == 1 || opt->drift == 1)
    return jv_fail(cx, JV_EINVAL,
                   "arima: mean and drift are set beside an order; the choice is free to have one "
                   "unless allow_mean, allow_drift are false");
  if (opt->method == JV_ARIMA_CSS)
    return jv_fail(cx, JV_EINVAL,
                   "arima: the choice compares exact likelihoods: css needs an order");
  return JV_OK;
}

/* ---- names */

void jv_arima_print(const jv_arima_order *o, bool constant, size_t k, char *out, size_t size) {
  char season[40] = "";
  const char *word = !constant ? "" : jv_arima_lost(o) > 0 ? "drift" : "mean";
  if (o->P + o->D + o->Q > 0)
    snprintf(season, sizeof season, "(%zu,%zu,%zu)[%zu]", o->P, o->D, o->Q, o->m);
  snprintf(out, size, "%sARIMA(%zu,%zu,%zu)%s%s%s%s", k > 0 ? "Regression with " : "", o->p, o->d,
           o->q, season, k > 0 ? " errors" : "",
           !constant ? ""
           : k > 0   ? " and "
                     : " with ",
           word);
}

void jv_arima_coefficient_name(const jv_fit *fit, const jv_arima_estimate *e, size_t i, char *out,
                               size_t size) {
  static const char *const words[] = {"ar", "ma", "sar", "sma"};
  const size_t sizes[] = {e->order.p, e->order.q, e->order.P, e->order.Q};
  for (size_t f = 0; f < 4; f++) {
    if (i < sizes[f]) {
      snprintf(out, size, "%s%zu", words[f], i + 1);
      return;
    }
    i -= sizes[f];
  }
  if (i < fit->k)
    snprintf(out, size, "%s", fit->x_names[i]);
  else
    snprintf(out, size, "%s", jv_arima_lost(&e->order) > 0 ? "drift" : "mean");
}

/* ---- fit */

void jv_arima_fitted_free(jv_ctx *cx, jv_fit *fit) {
  jv_arima_fitted *s = fit->state;
  if (!s) return;
  jv_arima_estimate_free(cx, s->estimate);
  jv_arima_state_free(cx, s->now);
  jv_arima_choice_clear(cx, &s->choice);
  jv_free(cx, s->effect);
  jv_free(cx, s);
  fit->state = NULL;
}

/* Contribution of the regressors, the constant included, to observation t; x: their row. */
static double effect_at(const jv_arima_estimate *e, const double *x, size_t t) {
  const double *b = e->coef + e->k;
  size_t k = e->n_x - (e->constant ? 1 : 0);
  double sum = 0;
  for (size_t j = 0; x && j < k; j++) sum += b[j] * x[j];
  if (e->constant) sum += jv_arima_lost(&e->order) > 0 ? b[k] * (double)(t + 1) : b[k];
  return sum;
}

static jv_status choose(jv_ctx *cx, const jv_sample *part, const jv_arima_options *opt,
                        jv_arima_regressors reg, jv_arima_fitted *s) {
  jv_arima_auto_opt given = {.d = opt->d,
                             .D = opt->D,
                             .max_d = opt->max_d,
                             .max_D = opt->max_D,
                             .max_p = opt->max_p,
                             .max_q = opt->max_q,
                             .max_P = opt->max_P,
                             .max_Q = opt->max_Q,
                             .max_order = opt->max_order,
                             .stepwise = opt->stepwise,
                             .approximation = opt->approximation,
                             .seasonal = !seasonal_is_none(opt),
                             .stationary = opt->stationary,
                             .allow_mean = opt->allow_mean && opt->mean != 0,
                             .allow_drift = opt->allow_drift && opt->drift != 0,
                             .criterion = opt->ic,
                             .unit_test = opt->test,
                             .seasonal_test = opt->seasonal_test};
  s->automatic = true;
  return jv_arima_choose(cx, part->y, part->n, part->m, &reg, &given, &s->choice, &s->estimate);
}

static jv_status estimate(jv_ctx *cx, const jv_sample *part, const jv_arima_options *opt,
                          jv_arima_regressors reg, jv_arima_fitted *s) {
  if (!opt->order[0]) return choose(cx, part, opt, reg, s);
  jv_arima_order o;
  JV_TRY(read_order(cx, opt, &o));
  if (o.P + o.D + o.Q > 0 && part->m < 2)
    return jv_fail(cx, JV_EDATA, "a seasonal order needs a seasonal period above 1, got %zu",
                   part->m);
  o.m = part->m;
  reg.constant = o.d + o.D == 0 ? opt->mean != 0 : opt->drift == 1;
  return jv_arima_estimate_new(cx, part->y, part->n, &o, &reg, (jv_arima_method)opt->method,
                               &s->estimate);
}

/* Runs the filter over the sample: fitted values, residuals, the state after the last one. */
static jv_status run_filter(jv_ctx *cx, const jv_sample *sample, size_t first, jv_arima_fitted *s,
                            jv_fit *fit) {
  const jv_arima_estimate *e = s->estimate;
  size_t begin = first + jv_arima_lost(&e->order);
  JV_TRY(jv_arima_state_new(cx, &e->order, e->coef, e->first, &s->now));
  if (sample->k > 0) {
    s->effect = JV_ARRAY(cx, double, sample->n);
    if (!s->effect) return JV_ENOMEM;
  }
  for (size_t t = 0; t < sample->n; t++) {
    double effect = effect_at(e, sample->k ? sample->x + t * sample->k : NULL, t), mean, variance;
    if (s->effect) s->effect[t] = effect;
    if (t < begin) continue;
    jv_arima_state_step(s->now, sample->y[t] - effect, &mean, &variance);
    fit->fitted[t] = mean + effect;
    fit->residuals[t] = sample->y[t] - fit->fitted[t];
  }
  jv_arima_state_finish(s->now);
  return JV_OK;
}

static void take_numbers(const jv_arima_estimate *e, jv_fit *fit) {
  fit->loglik = e->loglik;
  fit->n_params = e->k + e->n_x + 1;
  fit->sigma2 = e->sigma2;
  fit->converged = e->converged;
  fit->evaluations = e->evaluations;
  jv_fit_criteria(fit, e->n_used);
  jv_arima_print(&e->order, e->constant, fit->k, fit->form, sizeof fit->form);
}

/* The sample without the gaps at its ends. */
static jv_sample trim(const jv_sample *sample, size_t *first) {
  jv_sample part = *sample;
  size_t end = sample->n;
  *first = 0;
  while (isnan(sample->y[*first])) ++*first;
  while (isnan(sample->y[end - 1])) end--;
  part.y += *first;
  part.n = end - *first;
  if (part.k > 0) part.x += *first * part.k;
  return part;
}

static jv_status arima_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const jv_arima_options *opt = fit->opt;
  JV_TRY(arima_check(cx, opt));
  size_t first;
  jv_sample part = trim(sample, &first);
  jv_arima_regressors reg = {.x = part.x, .k = part.k, .before = first};
  jv_arima_fitted *s = JV_NEW(cx, jv_arima_fitted);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->method = opt->method;
  jv_status status = estimate(cx, &part, opt, reg, s);
  if (status == JV_OK) status = run_filter(cx, sample, first, s, fit);
  if (status != JV_OK) {
    jv_arima_fitted_free(cx, fit);
    return status == JV_ENOMEM || status == JV_ECANCEL ? status : jv_fail_in(cx, "arima");
  }
  take_numbers(s->estimate, fit);
  for (size_t i = 0; i < s->choice.n_trials; i++)
    fit->evaluations += s->choice.trials[i].evaluations;
  return JV_OK;
}

/* ---- the same coefficients on another sample */

static jv_status copy_estimate(jv_ctx *cx, const jv_arima_estimate *from, jv_arima_estimate **out) {
  size_t all = from->k + from->n_x;
  size_t n = 2 * all + from->n_x * from->n_x + jv_arima_lost(&from->order) + 1;
  jv_arima_estimate *e = JV_NEW(cx, jv_arima_estimate);
  if (!e) return JV_ENOMEM;
  *out = e;
  *e = *from;
  e->coef = JV_ARRAY(cx, double, n);
  if (!e->coef) return JV_ENOMEM;
  memcpy(e->coef, from->coef, (n - 1) * sizeof *e->coef);
  e->se = e->coef + all;
  e->beta_covariance = e->se + all;
  e->first = e->beta_covariance + e->n_x * e->n_x;
  return JV_OK;
}

/* The values that differencing takes, of this sample; one that is missing stays as it was estimated. */
static void take_first(const jv_sample *sample, size_t first, jv_arima_estimate *e) {
  for (size_t i = 0; i < jv_arima_lost(&e->order); i++) {
    size_t t = first + i;
    double u = sample->y[t] - effect_at(e, sample->k ? sample->x + t * sample->k : NULL, t);
    if (!isnan(u)) e->first[i] = u;
  }
}

static jv_status arima_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const jv_arima_fitted *like = from->state;
  size_t first, lost = jv_arima_lost(&like->estimate->order);
  jv_sample part = trim(sample, &first);
  if (part.n <= lost)
    return jv_fail(cx, JV_EDATA, "arima: %s takes more than %zu observations, this sample has %zu",
                   from->form, lost, part.n);
  jv_arima_fitted *s = JV_NEW(cx, jv_arima_fitted);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->method = like->method;
  jv_status status = copy_estimate(cx, like->estimate, &s->estimate);
  if (status == JV_OK) {
    take_first(sample, first, s->estimate);
    status = run_filter(cx, sample, first, s, fit);
  }
  if (status != JV_OK) {
    jv_arima_fitted_free(cx, fit);
    return status;
  }
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  return JV_OK;
}

/* ---- forecast */

static jv_status arima_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_arima_fitted *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  jv_arima_state_ahead(s->now, fc->h, fc->mean, fc->sd);
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] += effect_at(s->estimate, fc->x ? fc->x + i * fit->k : NULL, fit->n + i);
    fc->sd[i] = sqrt(fit->sigma2 * fc->sd[i]);
  }
  return JV_OK;
}

/* One path: where the state may be, then an innovation a step. room: 2 s + h doubles. */
static void draw_path(const jv_fit *fit, const jv_arima_fitted *s, const double *root,
                      jv_draws *draws, size_t h, double *room, double *path) {
  size_t n = s->now->s;
  double sigma = sqrt(fit->sigma2), *x = room, *z = room + n, *e = room + 2 * n;
  memcpy(x, s->now->a, n * sizeof *x);
  for (size_t i = 0; i < n && root; i++) {
    z[i] = sigma * jv_rng_normal(&draws->rng);
    for (size_t j = 0; j <= i; j++) x[i] += root[i * n + j] * z[j];
  }
  for (size_t i = 0; i < h; i++) e[i] = sigma * jv_draw(draws);
  jv_arima_state_path(s->now, x, e, h, path);
}

static jv_status arima_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  const jv_arima_fitted *s = fit->state;
  size_t n = s->now->s;
  if (isinf(fit->sigma2))
    return jv_fail(cx, JV_EDATA, "arima: no sample paths: too few observations to know sigma");
  double *room = JV_ARRAY(cx, double, 2 * n + h + (s->now->settled ? 0 : n * n));
  if (!room) return JV_ENOMEM;
  double *root = s->now->settled ? NULL : room + 2 * n + h;
  if (root) jv_arima_state_root(s->now, root);
  jv_status status = JV_OK;
  for (size_t k = 0; k < n_paths && status == JV_OK; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double *path = paths + k * h;
    draw_path(fit, s, root, &draws, h, room, path);
    for (size_t i = 0; i < h; i++)
      path[i] += effect_at(s->estimate, x ? x + i * fit->k : NULL, fit->n + i);
    if (k % 256 == 0) status = jv_check_cancel(cx);
  }
  jv_free(cx, room);
  return status;
}

/* ---- the rest */

/* The variance of each innovation depends on the gaps alone: the filter runs again without data. */
static jv_status arima_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const jv_arima_fitted *s = fit->state;
  const jv_arima_estimate *e = s->estimate;
  jv_arima_state *again = NULL;
  JV_TRY(jv_arima_state_new(cx, &e->order, e->coef, e->first, &again));
  for (size_t t = 0; t < fit->n; t++) {
    double mean, variance;
    z[t] = NAN;
    if (isnan(fit->fitted[t])) continue;
    jv_arima_state_step(again, isnan(fit->residuals[t]) ? NAN : 0, &mean, &variance);
    z[t] = fit->residuals[t] / sqrt(fit->sigma2 * variance);
  }
  jv_arima_state_free(cx, again);
  return JV_OK;
}

static jv_status arima_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                  const char *const **names, double *values) {
  static const char *const parts[] = {"regression", "memory"};
  const jv_arima_fitted *s = fit->state;
  (void)cx;
  *count = 2;
  *names = parts;
  for (size_t t = 0; t < fit->n && values; t++) {
    values[t] = s->effect ? s->effect[t] : effect_at(s->estimate, NULL, t);
    values[fit->n + t] = fit->fitted[t] - values[t];
  }
  return JV_OK;
}

static jv_status arima_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                              size_t more) {
  jv_arima_fitted *s = fit->state;
  if (s->effect) {
    double *longer = jv_realloc(cx, s->effect, fit->n + more, sizeof *longer);
    if (!longer) return JV_ENOMEM;
    s->effect = longer;
  }
  for (size_t i = 0; i < more; i++) {
    size_t t = fit->n + i;
    double effect = effect_at(s->estimate, x ? x + i * fit->k : NULL, t), mean, variance;
    if (s->effect) s->effect[t] = effect;
    jv_arima_state_step(s->now, y[i] - effect, &mean, &variance);
    fit->fitted[t] = mean + effect;
    fit->residuals[t] = y[i] - fit->fitted[t];
  }
  jv_arima_state_finish(s->now);
  return JV_OK;
}

const jv_model_class jv_model_arima = {
    .name = "arima",
    .title = "ARIMA, seasonal, with regressors",
    .doc = "Autoregression and moving average of the differenced series, seasonal where it has a "
           "season, with regressors, a mean or a drift. By exact maximum likelihood, gaps allowed. "
           "Without an order it is chosen: seasonal differences by the strength of the season, "
           "first ones by a KPSS test, the rest by AICc, step by step or among all orders; "
           "explain() lists what was tried. Models with a root near the unit circle are passed "
           "over. Intervals are exact given the coefficients.",
    .source =
        "Box, Jenkins & Reinsel (1994), Time Series Analysis; Hyndman & Khandakar (2008), JSS "
        "27(3)",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE | JV_TAG_REGRESSORS,
    .options = rows,
    .opt_size = sizeof(jv_arima_options),
    .min_n = 2, /* of one value no mean can be told from its deviation */
    .check = arima_check,
    .fit = arima_fit,
    .apply = arima_apply,
    .forecast = arima_forecast,
    .simulate = arima_simulate,
    .innovations = arima_innovations,
    .components = arima_components,
    .update = arima_update,
    .explain = jv_arima_explain,
    .save = jv_arima_save,
    .load = jv_arima_load,
    .free_state = jv_arima_fitted_free,
};
