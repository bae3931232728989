/* BATS and TBATS as models: fit, forecast, paths, components, saving.
 *
 * The equations stand in bats.h, the estimation in bats_fit.c, the choice of a form in bats_auto.c.
 * loglik is -1/2 (n log(sum e^2) - 2 (lambda - 1) sum log y), without constants as for ets; n_params
 * counts smoothing parameters, lambda, phi, ARMA coefficients and all seeds, not the variance: the AIC
 * is that of the paper and of R. sigma2 = sum e^2 / n on the Box-Cox scale.
 *
 * On that scale forecasts are normal: mean m'F^(h-1) x, variance s2 (1 + sum c_j^2), c_j = m'F^(j-1) g.
 * What is shown is mapped back: medians and quantiles. Fitted values are medians as well; components
 * are on the Box-Cox scale.
 *
 * Seeds of a fit stay with it: components go over the data again from there.
 * Differs from R's forecast: see bats_fit.c and bats_auto.c; missing values are taken (an error of
 * zero), there the longest run without gaps is.
 * Checked by: tests/core/test_bats.c, tests/core/test_bats_conformance.c */
#include "model/bats.h"
#include "model/builtin.h"
#include "model/layer.h"
#include "model/state.h"
#include "series/series.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = 2 + JV_BATS_SEASONS };

typedef struct bats_state {
  jv_bats_space space; /* form and parameters */
  double *seeds, *x;   /* dim each, on the Box-Cox scale: before the first and after the last */
  const char *parts[PARTS];
  size_t n_parts, rows;
  jv_bats_row trace[JV_BATS_ROWS];
} bats_state;

#define AT(member) offsetof(jv_bats_opt, member)
#define COMMON_ROWS                                                                                \
  {"periods",                                                                                      \
   JV_OPT_TEXT,                                                                                    \
   AT(periods),                                                                                    \
   NAN,                                                                                            \
   0,                                                                                              \
   0,                                                                                              \
   "seasonal periods, as \"24,168\"; that of the series when absent",                              \
   NULL},                                                                                          \
      {"box_cox",                                                                                  \
       JV_OPT_FLAG,                                                                                \
       AT(box_cox),                                                                                \
       NAN,                                                                                        \
       0,                                                                                          \
       1,                                                                                          \
       "transform by an estimated Box-Cox; absent: chosen by AIC",                                 \
       NULL},                                                                                      \
      {"lambda_lower", JV_OPT_REAL, AT(lower), 0, -2, 2, "least Box-Cox exponent", NULL},          \
      {"lambda_upper", JV_OPT_REAL, AT(upper), 1, -2, 2, "greatest Box-Cox exponent", NULL},       \
      {"trend", JV_OPT_FLAG, AT(trend), NAN, 0, 1, "with a trend; absent: chosen by AIC", NULL},   \
      {"damped", JV_OPT_FLAG, AT(damped), NAN, 0, 1, "with a damped trend; absent: chosen by AIC", \
       NULL},                                                                                      \
      {"arma", JV_OPT_FLAG, AT(arma), 1, 0, 1, "try ARMA errors", NULL},                           \
      {"p",                                                                                        \
       JV_OPT_INT,                                                                                 \
       AT(p),                                                                                      \
       NAN,                                                                                        \
       0,                                                                                          \
       JV_BATS_ORDER,                                                                              \
       "autoregressive order of the errors; absent: chosen",                                       \
       NULL},                                                                                      \
  {                                                                                                \
    "q", JV_OPT_INT, AT(q), NAN, 0, JV_BATS_ORDER,                                                 \
        "moving-average order of the errors; absent: chosen", NULL                                 \
  }

static const jv_option bats_rows[] = {COMMON_ROWS, {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
static const jv_option tbats_rows[] = {
    COMMON_ROWS,
    {"harmonics", JV_OPT_TEXT, AT(harmonics), NAN, 0, 0,
     "harmonics of each period, as \"5,3\"; chosen by AIC when absent", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static jv_status check_as(jv_ctx *cx, const jv_bats_opt *opt, const char *who) {
  if (!(opt->lower <= opt->upper))
    return jv_fail(cx, JV_EINVAL, "%s: lambda_lower must not lie above lambda_upper", who);
  if (opt->damped == 1 && opt->trend == 0)
    return jv_fail(cx, JV_EINVAL, "%s: a damped trend needs trend=true", who);
  return JV_OK;
}

static jv_status bats_check(jv_ctx *cx, const void *opt) { return check_as(cx, opt, "bats"); }
static jv_status tbats_check(jv_ctx *cx, const void *opt) { return check_as(cx, opt, "tbats"); }

/* ---- state ---- */

static void name_parts(bats_state *s) {
  static const char *const many[] = {"season1", "season2", "season3",
                                     "season4", "season5", "season6"};
  size_t n = 0;
  s->parts[n++] = "level";
  if (s->space.form.trend) s->parts[n++] = "slope";
  for (size_t i = 0; i < s->space.form.n_seasons; i++)
    s->parts[n++] = s->space.form.n_seasons > 1 ? many[i] : "season";
  s->n_parts = n;
}

static void clear_state(jv_ctx *cx, bats_state *s) {
  jv_bats_space_free(cx, &s->space);
  jv_free(cx, s->seeds);
  jv_free(cx, s->x);
}

static void bats_free(jv_ctx *cx, jv_fit *fit) {
  if (!fit->state) return;
  clear_state(cx, fit->state);
  jv_free(cx, fit->state);
  fit->state = NULL;
}

/* Space and room for the states of a form. */
static jv_status shape_state(jv_ctx *cx, bats_state *s, const jv_bats_form *form,
                             const jv_bats_par *par) {
  JV_TRY(jv_bats_space_new(cx, form, &s->space));
  s->space.par = *par;
  s->seeds = JV_ARRAY(cx, double, s->space.dim);
  s->x = JV_ARRAY(cx, double, s->space.dim);
  if (!s->seeds || !s->x) return JV_ENOMEM;
  name_parts(s);
  return JV_OK;
}

static jv_map map_of(const bats_state *s) {
  jv_map map = {.kind = JV_MAP_NONE, .lower = NAN, .upper = NAN};
  if (!s->space.form.box_cox) return map;
  map.kind = JV_MAP_BOXCOX;
  map.lambda = s->space.par.lambda;
  return map;
}

static double to_scale(const bats_state *s, double y) {
  return s->space.form.box_cox ? jv_boxcox(y, s->space.par.lambda) : y;
}

static double from_scale(const bats_state *s, double w) {
  jv_map map = map_of(s);
  return s->space.form.box_cox ? jv_map_inverse(&map, w) : w;
}

/* Takes y into x: returns the mean before, on the Box-Cox scale. */
static double advance(const bats_state *s, double *x, double y) {
  double mean = jv_bats_mean(&s->space, x), error = isnan(y) ? 0 : to_scale(s, y) - mean;
  jv_bats_step(&s->space, x, error);
  return mean;
}

static void take(bats_state *s, jv_fit *fit, const double *y, size_t from, size_t n) {
  for (size_t t = 0; t < n; t++) {
    fit->fitted[from + t] = from_scale(s, advance(s, s->x, y[t]));
    fit->residuals[from + t] = y[t] - fit->fitted[from + t];
  }
}

/* ---- fit ---- */

static bool is_tbats(const jv_fit *fit) { return fit->cls == &jv_model_tbats; }

/* Seeds at the parameters of `r`, and one pass from them. */
static jv_status settle(jv_ctx *cx, const jv_sample *sample, jv_bats_problem *p,
                        const jv_bats_result *r, jv_fit *fit) {
  bats_state *s = fit->state;
  jv_bats_result again = {.aic = INFINITY};
  JV_TRY(shape_state(cx, s, &r->form, &r->par));
  JV_TRY(jv_bats_evaluate(cx, p, &r->form, &r->par, s->seeds, &again));
  memcpy(s->x, s->seeds, s->space.dim * sizeof *s->x);
  take(s, fit, sample->y, 0, sample->n);
  fit->sigma2 = again.sse / (double)jv_bats_used(p);
  fit->loglik = -0.5 * again.deviance;
  fit->n_params = jv_bats_count(&r->form);
  jv_fit_criteria(fit, jv_bats_used(p));
  jv_bats_name(&r->form, &r->par, fit->form, sizeof fit->form);
  return JV_OK;
}

static jv_status choose(jv_ctx *cx, const jv_sample *sample, jv_bats_problem *p, jv_fit *fit) {
  bats_state *s = fit->state;
  jv_bats_choice *choice = JV_NEW(cx, jv_bats_choice);
  if (!choice) return JV_ENOMEM;
  jv_status status = jv_bats_choose(cx, fit->cls->name, is_tbats(fit), sample, fit->opt, p, choice);
  if (status == JV_OK) status = settle(cx, sample, p, &choice->best, fit);
  fit->converged = choice->best.converged;
  fit->evaluations = choice->best.evaluations;
  s->rows = choice->rows;
  memcpy(s->trace, choice->trace, sizeof s->trace);
  jv_free(cx, choice);
  return status;
}

static jv_status bats_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const jv_bats_opt *opt = fit->opt;
  jv_bats_problem *p = NULL;
  if (bats_check(cx, opt) != JV_OK) return jv_fail_in(cx, "%s", fit->cls->name);
  fit->state = JV_NEW(cx, bats_state);
  jv_status status = fit->state ? JV_OK : JV_ENOMEM;
  if (status == JV_OK)
    status = jv_bats_problem_new(cx, sample->y, sample->n, opt->lower, opt->upper, &p);
  if (status == JV_OK) status = choose(cx, sample, p, fit);
  jv_bats_problem_free(cx, p);
  if (status != JV_OK) bats_free(cx, fit);
  return status;
}

static jv_status apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_bats_problem *p,
                       jv_fit *fit) {
  const bats_state *theirs = from->state;
  const jv_bats_result r = {.form = theirs->space.form, .par = theirs->space.par};
  if (r.form.box_cox && !jv_bats_positive(p))
    return jv_fail(cx, JV_EDATA, "%s: the Box-Cox transformation needs values above zero",
                   fit->cls->name);
  JV_TRY(settle(cx, sample, p, &r, fit));
  fit->sigma2 = from->sigma2;
  return JV_OK;
}

static jv_status bats_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  jv_bats_problem *p = NULL;
  fit->state = JV_NEW(cx, bats_state);
  jv_status status = fit->state ? JV_OK : JV_ENOMEM;
  if (status == JV_OK) status = jv_bats_problem_new(cx, sample->y, sample->n, 0, 1, &p);
  if (status == JV_OK) status = apply(cx, from, sample, p, fit);
  jv_bats_problem_free(cx, p);
  if (status != JV_OK) bats_free(cx, fit);
  return status;
}

/* ---- ahead ---- */

/* Means and deviations on the Box-Cox scale; x and g are scratch. */
static void look_ahead(const bats_state *s, double sigma2, size_t h, double *mean, double *sd,
                       double *x, double *g) {
  size_t dim = s->space.dim;
  double sum = 1;
  memcpy(x, s->x, dim * sizeof *x);
  memset(g, 0, dim * sizeof *g);
  for (size_t i = 0; i < h; i++) {
    mean[i] = jv_bats_mean(&s->space, x);
    if (i > 0) {
      double c = jv_bats_mean(&s->space, g);
      sum += c * c;
    }
    sd[i] = sqrt(sigma2 * sum);
    jv_bats_step(&s->space, x, 0);
    jv_bats_step(&s->space, g, i == 0 ? 1 : 0); /* F^i g */
  }
}

/* The normal forecast on the Box-Cox scale becomes what the map reads. */
static jv_status show_mapped(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc, const double *mean,
                             double *sd) {
  const bats_state *s = fit->state;
  jv_forecast *scaled = NULL;
  jv_status status = jv_forecast_blank(cx, fit, fc->h, NULL, &scaled);
  if (status != JV_OK) {
    jv_free(cx, sd);
    return status;
  }
  memcpy(scaled->mean, mean, fc->h * sizeof *mean);
  scaled->sd = sd;
  scaled->dist = JV_DIST_NORMAL;
  scaled->mean_is_median = true;
  fc->scaled = scaled;
  fc->dist = JV_DIST_MAPPED;
  fc->map = map_of(s);
  for (size_t i = 0; i < fc->h; i++) fc->mean[i] = from_scale(s, mean[i]);
  return JV_OK;
}

static jv_status bats_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const bats_state *s = fit->state;
  double *room = JV_ARRAY(cx, double, fc->h + 2 * s->space.dim), *sd = JV_ARRAY(cx, double, fc->h);
  if (!room || !sd) {
    jv_free(cx, room);
    jv_free(cx, sd);
    return JV_ENOMEM;
  }
  double *mean = room + 2 * s->space.dim;
  look_ahead(s, fit->sigma2, fc->h, mean, sd, room, room + s->space.dim);
  fc->mean_is_median = true;
  jv_status status = JV_OK;
  if (s->space.form.box_cox)
    status = show_mapped(cx, fit, fc, mean, sd);
  else {
    memcpy(fc->mean, mean, fc->h * sizeof *mean);
    fc->sd = sd;
    fc->dist = JV_DIST_NORMAL;
  }
  jv_free(cx, room);
  return status;
}

static jv_status bats_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                               size_t n_paths, double *paths) {
  (void)x;
  const bats_state *s = fit->state;
  double sigma = sqrt(fit->sigma2), *at = JV_ARRAY(cx, double, s->space.dim);
  if (!at) return JV_ENOMEM;
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    memcpy(at, s->x, s->space.dim * sizeof *at);
    for (size_t i = 0; i < h; i++) {
      double e = sigma * jv_draw(&draws);
      paths[k * h + i] = from_scale(s, jv_bats_mean(&s->space, at) + e);
      jv_bats_step(&s->space, at, e);
    }
  }
  jv_free(cx, at);
  return JV_OK;
}

/* ---- what the data were ---- */

/* y of observation t out of what a fit keeps. */
static double observed(const jv_fit *fit, size_t t) { return fit->fitted[t] + fit->residuals[t]; }

static jv_status bats_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  (void)cx;
  const bats_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  for (size_t t = 0; t < fit->n; t++) {
    double error = to_scale(s, observed(fit, t)) - to_scale(s, fit->fitted[t]);
    z[t] = sigma > 0 ? error / sigma : NAN;
  }
  return JV_OK;
}

static jv_status bats_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                 const char *const **names, double *values) {
  const bats_state *s = fit->state;
  *count = s->n_parts;
  *names = s->parts;
  if (!values) return JV_OK;
  double *x = JV_ARRAY(cx, double, s->space.dim);
  if (!x) return JV_ENOMEM;
  memcpy(x, s->seeds, s->space.dim * sizeof *x);
  for (size_t t = 0; t < fit->n; t++) {
    advance(s, x, observed(fit, t));
    size_t row = 0;
    values[row++ * fit->n + t] = x[0];
    if (s->space.form.trend) values[row++ * fit->n + t] = x[1];
    for (size_t i = 0; i < s->space.form.n_seasons; i++)
      values[row++ * fit->n + t] = jv_bats_season(&s->space, x, i, false);
  }
  jv_free(cx, x);
  return JV_OK;
}

static jv_status bats_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)x;
  bats_state *s = fit->state;
  for (size_t i = 0; i < k && s->space.form.box_cox; i++)
    if (y[i] <= 0)
      return jv_fail(
          cx, JV_EDATA,
          "%s: the Box-Cox transformation needs values above zero, observation %zu is %g",
          fit->cls->name, fit->n + i + 1, y[i]);
  take(s, fit, y, fit->n, k);
  return JV_OK;
}

/* ---- save, load, explain ---- */

static jv_status save_trace(jv_ctx *cx, const bats_state *s, struct cJSON *into) {
  cJSON *list = cJSON_AddArrayToObject(into, "trace");
  if (!list) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trace'");
  for (size_t i = 0; i < s->rows; i++) {
    const jv_bats_row *row = &s->trace[i];
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
      cJSON_Delete(item);
      return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trace'");
    }
    JV_TRY(jv_state_set_text(cx, item, "form", row->form));
    JV_TRY(jv_state_set_real(cx, item, "loglik", -0.5 * row->deviance));
    JV_TRY(jv_state_set_real(cx, item, "aic", row->aic));
    JV_TRY(jv_state_set_count(cx, item, "parameters", row->parameters));
  }
  return JV_OK;
}

static jv_status load_trace(jv_ctx *cx, const struct cJSON *from, bats_state *s) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(from, "trace"), *item;
  cJSON_ArrayForEach(item, list) {
    if (s->rows == JV_BATS_ROWS) return jv_fail(cx, JV_EPARSE, "'trace' is too long");
    jv_bats_row *row = &s->trace[s->rows++];
    const char *name;
    double loglik;
    JV_TRY(jv_state_get_text(cx, item, "form", &name));
    snprintf(row->form, sizeof row->form, "%s", name);
    JV_TRY(jv_state_get_real(cx, item, "loglik", &loglik));
    row->deviance = -2 * loglik;
    JV_TRY(jv_state_get_real(cx, item, "aic", &row->aic));
    JV_TRY(jv_state_get_count(cx, item, "parameters", &row->parameters));
  }
  return JV_OK;
}

static jv_status bats_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const bats_state *s = fit->state;
  const jv_bats_form *form = &s->space.form;
  const jv_bats_par *par = &s->space.par;
  double harmonics[JV_BATS_SEASONS];
  for (size_t i = 0; i < form->n_seasons; i++) harmonics[i] = (double)form->harmonics[i];
  JV_TRY(jv_state_set_flag(cx, into, "trigonometric", form->trig));
  JV_TRY(jv_state_set_flag(cx, into, "box_cox", form->box_cox));
  JV_TRY(jv_state_set_flag(cx, into, "trend", form->trend));
  JV_TRY(jv_state_set_flag(cx, into, "damped", form->damped));
  JV_TRY(jv_state_set_reals(cx, into, "periods", form->period, form->n_seasons));
  JV_TRY(jv_state_set_reals(cx, into, "harmonics", harmonics, form->n_seasons));
  JV_TRY(jv_state_set_real(cx, into, "lambda", par->lambda));
  JV_TRY(jv_state_set_real(cx, into, "alpha", par->alpha));
  JV_TRY(jv_state_set_real(cx, into, "beta", par->beta));
  JV_TRY(jv_state_set_real(cx, into, "phi", par->phi));
  JV_TRY(jv_state_set_reals(cx, into, "gamma1", par->gamma1, form->n_seasons));
  JV_TRY(jv_state_set_reals(cx, into, "gamma2", par->gamma2, form->n_seasons));
  JV_TRY(jv_state_set_reals(cx, into, "ar", par->ar, form->p));
  JV_TRY(jv_state_set_reals(cx, into, "ma", par->ma, form->q));
  JV_TRY(jv_state_set_reals(cx, into, "seeds", s->seeds, s->space.dim));
  JV_TRY(jv_state_set_reals(cx, into, "state", s->x, s->space.dim));
  return save_trace(cx, s, into);
}

static jv_status load_form(jv_ctx *cx, const struct cJSON *from, jv_bats_form *form) {
  double harmonics[JV_BATS_SEASONS];
  JV_TRY(jv_state_get_flag(cx, from, "trigonometric", &form->trig));
  JV_TRY(jv_state_get_flag(cx, from, "box_cox", &form->box_cox));
  JV_TRY(jv_state_get_flag(cx, from, "trend", &form->trend));
  JV_TRY(jv_state_get_flag(cx, from, "damped", &form->damped));
  form->n_seasons = jv_state_list_length(from, "periods");
  form->p = jv_state_list_length(from, "ar");
  form->q = jv_state_list_length(from, "ma");
  if (form->n_seasons > JV_BATS_SEASONS || form->p > JV_BATS_ORDER || form->q > JV_BATS_ORDER)
    return jv_fail(cx, JV_EPARSE, "bats: too many seasons or coefficients");
  JV_TRY(jv_state_get_reals(cx, from, "periods", form->period, form->n_seasons));
  JV_TRY(jv_state_get_reals(cx, from, "harmonics", harmonics, form->n_seasons));
  for (size_t i = 0; i < form->n_seasons; i++) {
    double m = form->period[i], k = harmonics[i];
    bool fits = form->trig ? k >= 1 && k == floor(k) && 2 * k <= m + 1e-9 : k == 0 && m == floor(m);
    if (!(m >= 2) || !(m <= 10000) || !fits)
      return jv_fail(cx, JV_EPARSE, "bats: impossible period or harmonics");
    form->harmonics[i] = (size_t)k;
  }
  return JV_OK;
}

static jv_status load_par(jv_ctx *cx, const struct cJSON *from, const jv_bats_form *form,
                          jv_bats_par *par) {
  JV_TRY(jv_state_get_real(cx, from, "lambda", &par->lambda));
  JV_TRY(jv_state_get_real(cx, from, "alpha", &par->alpha));
  JV_TRY(jv_state_get_real(cx, from, "beta", &par->beta));
  JV_TRY(jv_state_get_real(cx, from, "phi", &par->phi));
  JV_TRY(jv_state_get_reals(cx, from, "gamma1", par->gamma1, form->n_seasons));
  JV_TRY(jv_state_get_reals(cx, from, "gamma2", par->gamma2, form->n_seasons));
  JV_TRY(jv_state_get_reals(cx, from, "ar", par->ar, form->p));
  return jv_state_get_reals(cx, from, "ma", par->ma, form->q);
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, bats_state *s) {
  jv_bats_form form = {0};
  jv_bats_par par = {0};
  JV_TRY(load_form(cx, from, &form));
  JV_TRY(load_par(cx, from, &form, &par));
  size_t dim = jv_bats_dim(&form);
  if (jv_state_list_length(from, "seeds") != dim) /* counted before it is believed */
    return jv_fail(cx, JV_EPARSE, "'seeds' does not have the %zu values of the form", dim);
  JV_TRY(shape_state(cx, s, &form, &par));
  JV_TRY(jv_state_get_reals(cx, from, "seeds", s->seeds, dim));
  JV_TRY(jv_state_get_reals(cx, from, "state", s->x, dim));
  for (size_t i = 0; i < dim; i++)
    if (!isfinite(s->x[i]) || !isfinite(s->seeds[i]))
      return jv_fail(cx, JV_EPARSE, "bats: impossible 'state' or 'seeds'");
  if (!isfinite(jv_bats_mean(&s->space, s->x)))
    return jv_fail(cx, JV_EPARSE, "bats: impossible parameters");
  return load_trace(cx, from, s);
}

/* The caller frees the zeroed state that it gave; what hangs on it goes here. */
static jv_status bats_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_status status = load_state(cx, from, fit->state);
  if (status != JV_OK) clear_state(cx, fit->state);
  return status;
}

static jv_status add_coefficient(jv_ctx *cx, cJSON *list, const char *name, double estimate) {
  cJSON *item = cJSON_CreateObject();
  if (!item || !cJSON_AddItemToArray(list, item)) {
    cJSON_Delete(item);
    return jv_fail(cx, JV_ENOMEM, "out of memory writing '%s'", name);
  }
  JV_TRY(jv_state_set_text(cx, item, "name", name));
  JV_TRY(jv_state_set_real(cx, item, "estimate", estimate));
  return jv_state_set_real(cx, item, "se", NAN);
}

static jv_status add_numbered(jv_ctx *cx, cJSON *list, const char *name, const double *values,
                              size_t n) {
  for (size_t i = 0; i < n; i++) {
    char text[40];
    snprintf(text, sizeof text, "%s%zu", name, i + 1);
    JV_TRY(add_coefficient(cx, list, text, values[i]));
  }
  return JV_OK;
}

static jv_status explain_coefficients(jv_ctx *cx, const bats_state *s, cJSON *list) {
  const jv_bats_form *form = &s->space.form;
  const jv_bats_par *par = &s->space.par;
  if (form->box_cox) JV_TRY(add_coefficient(cx, list, "lambda", par->lambda));
  JV_TRY(add_coefficient(cx, list, "alpha", par->alpha));
  if (form->trend) JV_TRY(add_coefficient(cx, list, "beta", par->beta));
  if (form->damped) JV_TRY(add_coefficient(cx, list, "phi", par->phi));
  JV_TRY(add_numbered(cx, list, form->trig ? "gamma1_" : "gamma", par->gamma1, form->n_seasons));
  if (form->trig) JV_TRY(add_numbered(cx, list, "gamma2_", par->gamma2, form->n_seasons));
  JV_TRY(add_numbered(cx, list, "ar", par->ar, form->p));
  return add_numbered(cx, list, "ma", par->ma, form->q);
}

static jv_status bats_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const bats_state *s = fit->state;
  char text[200];
  snprintf(text, sizeof text,
           "%zu forms tried without and with ARMA errors, least AIC; %zu seeds by least squares",
           s->rows, s->space.dim);
  cJSON *steps = cJSON_AddArrayToObject(into, "steps"), *step = cJSON_CreateString(text);
  if (!steps || !step || !cJSON_AddItemToArray(steps, step)) {
    cJSON_Delete(step);
    return jv_fail(cx, JV_ENOMEM, "out of memory writing 'steps'");
  }
  cJSON *coefficients = cJSON_AddArrayToObject(into, "coefficients");
  if (!coefficients) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'coefficients'");
  JV_TRY(explain_coefficients(cx, s, coefficients));
  return save_trace(cx, s, into);
}

#define TAGS                                                                                       \
  (JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_COMPONENTS |      \
   JV_TAG_UPDATE)
#define SOURCE "De Livera, Hyndman & Snyder (2011), JASA 106, 1513-1527"
#define HOOKS                                                                                      \
  .opt_size = sizeof(jv_bats_opt), .min_n = 3, .fit = bats_fit, .apply = bats_apply,               \
  .forecast = bats_forecast, .simulate = bats_simulate, .innovations = bats_innovations,           \
  .components = bats_components, .update = bats_update, .explain = bats_explain,                   \
  .save = bats_save, .load = bats_load, .state_size = sizeof(bats_state), .free_state = bats_free

const jv_model_class jv_model_bats = {
    .name = "bats",
    .title = "BATS: Box-Cox, ARMA errors, trend, seasons",
    .doc =
        "Exponential smoothing with an estimated Box-Cox transformation, a trend that may be "
        "damped, "
        "ARMA errors and one or several seasons of whole periods, each a set of indices. What of "
        "it "
        "is used is chosen by AIC unless an option says. For long or fractional periods see tbats.",
    .source = SOURCE,
    .tags = TAGS,
    .options = bats_rows,
    .check = bats_check,
    HOOKS};

const jv_model_class jv_model_tbats = {
    .name = "tbats",
    .title = "TBATS: as BATS, with trigonometric seasons",
    .doc =
        "As bats, with seasons made of harmonics whose number is chosen by AIC: few parameters for "
        "long periods, several seasons at once (periods=\"24,168\") and periods that are no whole "
        "numbers (periods=\"52.18\").",
    .source = SOURCE,
    .tags = TAGS,
    .options = tbats_rows,
    .check = tbats_check,
    HOOKS};
