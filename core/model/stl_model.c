/* Decomposition, and another model for the seasonally adjusted series: `stl+ets`, `stl+arima`, ….
 *
 *   y = T + S_1 + … + S_k + R             by MSTL (numeric/mstl.h); without a season T + R
 *   x = y - S_1 - … - S_k                 modelled by the member, as a series without season
 *   y[n+h] = x[n+h] + sum of S_i[n+h - p_i c],  c the least whole number that leads into the sample
 *
 * The last year of each season repeats (seasonal naive), and is taken as known: quantiles, intervals
 * and paths are the member's, moved by the season, and too narrow by what the season will change.
 * Likelihood, criteria and sigma2 are those of the member for x.
 *
 * Missing values: x is missing where y is, for a member that takes gaps; another gets the filled
 * series. A season below the roundings of y is none. Update takes y less the repeated season into
 * the member.
 *
 * Source: Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.7; R's stlf
 * with its defaults is `stl+ets`. Differs: naive members have this library's variance of a random walk.
 * Checked by: tests/core/test_stl_model.c, tests/core/test_contract.c */
#include "model/builtin.h"
#include "model/composed.h"
#include "model/periods.h"
#include "model/state.h"
#include "numeric/mstl.h"
#include <cjson/cJSON.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#define NAME "stl+"
#define DEFAULT_MEMBER "ets"
enum { MOST_PERIODS = 8 };

typedef struct stl_opt {
  jv_mstl_options mstl;
  char periods[JV_OPT_TEXT_SIZE];
  char models[JV_MODELS_SIZE];
} stl_opt;

static const jv_option rows[] = {
    JV_MODELS_ROW(stl_opt, "the model of the adjusted series, typed after the plus; absent: ets"),
    {"periods", JV_OPT_TEXT, offsetof(stl_opt, periods), NAN, 0, 0,
     "seasonal periods apart by commas, \"24,168\"; absent: the one of the series", NULL},
    JV_STL_OPTION_ROWS(stl_opt, mstl.stl),
    {"iterate", JV_OPT_INT, offsetof(stl_opt, mstl.iterate), NAN, 1, 1000,
     "rounds over several periods; absent: 2", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

typedef struct stl_state {
  jv_fit *member;
  size_t n; /* observations decomposed: updates add to the fit, not to the parts */
  size_t n_periods, period[MOST_PERIODS];
  double *trend, *remainder;           /* n each; the remainder is missing where y was */
  double *seasonal;                    /* n_periods rows of n; one block with these */
  const char *names[MOST_PERIODS + 3]; /* of the components */
  char season_names[MOST_PERIODS][32];
} stl_state;

/* ---- state ---- */

static void stl_free(jv_ctx *cx, jv_fit *fit) {
  stl_state *s = fit->state;
  if (!s) return;
  jv_fit_free(cx, s->member);
  jv_free(cx, s->trend);
  jv_free(cx, s);
  fit->state = NULL;
}

static jv_status make_parts(jv_ctx *cx, stl_state *s) {
  size_t count = 0;
  s->trend = jv_alloc(cx, s->n, (2 + s->n_periods) * sizeof *s->trend);
  if (!s->trend) return JV_ENOMEM;
  s->remainder = s->trend + s->n;
  s->seasonal = s->remainder + s->n;
  s->names[count++] = "trend";
  for (size_t i = 0; i < s->n_periods; i++) {
    if (s->n_periods == 1)
      snprintf(s->season_names[i], sizeof s->season_names[i], "season");
    else
      snprintf(s->season_names[i], sizeof s->season_names[i], "season_%zu", s->period[i]);
    s->names[count++] = s->season_names[i];
  }
  s->names[count++] = "remainder";
  s->names[count] = "adjusted";
  return JV_OK;
}

/* Season i at t; beyond the sample its last year again. */
static double one_season(const stl_state *s, size_t i, size_t t) {
  const double *season = s->seasonal + i * s->n;
  if (t < s->n) return season[t];
  return season[s->n - s->period[i] + (t - s->n) % s->period[i]];
}

static double season_at(const stl_state *s, size_t t) {
  double sum = 0;
  for (size_t i = 0; i < s->n_periods; i++) sum += one_season(s, i, t);
  return sum;
}

/* ---- options ---- */

/* The periods of a text, or m. */
static jv_status read_periods(jv_ctx *cx, const char *text, size_t m, size_t *periods, size_t *n) {
  JV_TRY(jv_periods_read(cx, NAME, text, MOST_PERIODS, periods, n));
  if (*n == 0) periods[(*n)++] = m;
  return JV_OK;
}

/* The member, one of them. What is done around a model is done around the whole. */
static jv_status read_member(jv_ctx *cx, const stl_opt *opt, jv_model_spec **specs, size_t *n) {
  JV_TRY(jv_members_parse(cx, NAME, opt->models, DEFAULT_MEMBER, 1, specs, n));
  if (jv_common_is_plain((*specs)[0].common)) return JV_OK;
  jv_model_specs_free(cx, *specs, *n);
  return jv_fail(cx, JV_EINVAL,
                 NAME ": transformations and ways of making intervals are options of the whole, "
                      "stl{lambda=0}+ets, not of the model after the plus");
}

static jv_status stl_check(jv_ctx *cx, const void *given) {
  const stl_opt *opt = given;
  jv_model_spec *specs;
  size_t n, periods[MOST_PERIODS];
  JV_TRY(read_periods(cx, opt->periods, 1, periods, &n));
  JV_TRY(read_member(cx, opt, &specs, &n));
  jv_model_specs_free(cx, specs, n);
  return JV_OK;
}

/* ---- fitting ---- */

/* Takes the parts over, without a season that is below the roundings of y. */
static jv_status keep_parts(jv_ctx *cx, const jv_mstl *d, stl_state *s) {
  double size = 0, season = 0;
  for (size_t t = 0; t < d->n; t++) size = fmax(size, fabs(d->filled[t]));
  for (size_t t = 0; t < d->n * d->n_periods; t++) season = fmax(season, fabs(d->seasonal[t]));
  s->n = d->n;
  s->n_periods = season > 16 * DBL_EPSILON * size ? d->n_periods : 0;
  memcpy(s->period, d->period, s->n_periods * sizeof *s->period);
  JV_TRY(make_parts(cx, s));
  memcpy(s->trend, d->trend, d->n * sizeof *s->trend);
  memcpy(s->remainder, d->remainder, d->n * sizeof *s->remainder);
  memcpy(s->seasonal, d->seasonal, d->n * s->n_periods * sizeof *s->seasonal);
  return JV_OK;
}

/* The sample of the member: y less its seasons, in d->adjusted, which is overwritten. */
static jv_sample adjusted_sample(const jv_model_class *cls, const jv_sample *sample, jv_mstl *d,
                                 const stl_state *s) {
  bool gaps = (cls->tags & JV_TAG_MISSING) != 0;
  for (size_t t = 0; t < d->n; t++)
    d->adjusted[t] = (gaps ? sample->y[t] : d->filled[t]) - season_at(s, t);
  jv_sample adjusted = *sample;
  adjusted.y = d->adjusted;
  adjusted.m = 1;
  return adjusted;
}

static jv_status fit_member(jv_ctx *cx, const stl_opt *opt, const jv_sample *sample, jv_mstl *d,
                            stl_state *s) {
  jv_model_spec *specs;
  size_t n;
  JV_TRY(read_member(cx, opt, &specs, &n));
  jv_sample adjusted = adjusted_sample(specs[0].cls, sample, d, s);
  jv_status status = jv_member_fit(cx, NAME, &specs[0], &adjusted, &s->member);
  jv_model_specs_free(cx, specs, n);
  return status;
}

/* The member with the parameters of another. */
static jv_status apply_member(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_mstl *d,
                              stl_state *s) {
  jv_sample adjusted = adjusted_sample(from->cls, sample, d, s);
  if (jv_fit_apply(cx, from, &adjusted, &s->member) != JV_OK) return jv_fail_in(cx, NAME);
  return JV_OK;
}

/* "STL[12] + ETS(A,A,N)", "MSTL[24,168] + Naive", "ETS(A,N,N) without season". */
static void describe(jv_fit *fit) {
  const stl_state *s = fit->state;
  size_t len = 0, size = sizeof fit->form;
  if (s->n_periods == 0) {
    snprintf(fit->form, size, "%.60s without season", s->member->form);
    return;
  }
  for (size_t i = 0; i < s->n_periods && len < size; i++)
    len += (size_t)snprintf(fit->form + len, size - len, "%s%zu",
                            i                  ? ","
                            : s->n_periods > 1 ? "MSTL["
                                               : "STL[",
                            s->period[i]);
  if (len < size) snprintf(fit->form + len, size - len, "] + %.60s", s->member->form);
}

static void take_numbers(const jv_sample *sample, jv_fit *fit) {
  const stl_state *s = fit->state;
  const jv_fit *member = s->member;
  fit->loglik = member->loglik;
  fit->n_params = member->n_params;
  fit->aic = member->aic;
  fit->aicc = member->aicc;
  fit->bic = member->bic;
  fit->sigma2 = member->sigma2;
  fit->converged = member->converged;
  fit->evaluations = member->evaluations;
  for (size_t t = 0; t < sample->n; t++) {
    fit->fitted[t] = member->fitted[t] + season_at(s, t);
    fit->residuals[t] = sample->y[t] - fit->fitted[t];
  }
  describe(fit);
}

/* from: the fit whose member is applied; NULL: a member is fitted. */
static jv_status make_fit(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const stl_opt *opt = fit->opt;
  size_t periods[MOST_PERIODS], n_periods;
  jv_mstl *d = NULL;
  JV_TRY(read_periods(cx, opt->periods, sample->m, periods, &n_periods));
  if (jv_mstl_new(cx, sample->y, sample->n, periods, n_periods, &opt->mstl, &d) != JV_OK)
    return jv_fail_in(cx, NAME);
  stl_state *s = JV_NEW(cx, stl_state);
  fit->state = s;
  jv_status status = s ? keep_parts(cx, d, s) : JV_ENOMEM;
  if (status == JV_OK && from)
    status = apply_member(cx, ((const stl_state *)from->state)->member, sample, d, s);
  else if (status == JV_OK)
    status = fit_member(cx, opt, sample, d, s);
  jv_mstl_free(cx, d);
  if (status != JV_OK) {
    stl_free(cx, fit);
    return status;
  }
  take_numbers(sample, fit);
  return JV_OK;
}

static jv_status stl_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return make_fit(cx, NULL, sample, fit);
}

static jv_status stl_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  return make_fit(cx, from, sample, fit);
}

/* ---- forecasting ---- */

/* Moves what the member gives into fc, with the season put back. */
static void take_forecast(const stl_state *s, size_t n, jv_forecast *from, jv_forecast *fc) {
  for (size_t i = 0; i < fc->h; i++) {
    double season = season_at(s, n + i);
    fc->mean[i] = from->mean[i] + season;
    for (size_t k = 0; from->paths && k < from->n_paths; k++) from->paths[k * fc->h + i] += season;
  }
  fc->dist = from->dist;
  fc->df = from->df;
  fc->mean_is_median = from->mean_is_median;
  fc->sd = from->sd;
  fc->paths = from->paths;
  fc->n_paths = from->n_paths;
  from->sd = from->paths = NULL;
}

static jv_status stl_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const stl_state *s = fit->state;
  jv_forecast *from = NULL;
  jv_status status = jv_fit_forecast(cx, s->member, fc->h, NULL, &from);
  if (status == JV_OK) status = jv_forecast_complete(cx, from);
  if (status == JV_OK) take_forecast(s, fit->n, from, fc);
  jv_forecast_free(cx, from);
  return status == JV_OK ? JV_OK : jv_fail_in(cx, NAME);
}

static jv_status stl_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              size_t n_paths, double *paths) {
  (void)x;
  const stl_state *s = fit->state;
  jv_fit member = *s->member; /* with the random streams of the whole */
  member.seed = fit->seed;
  member.id = fit->id;
  member.pool = fit->pool;
  member.n_pool = fit->n_pool;
  if (jv_fit_simulate(cx, &member, h, NULL, n_paths, paths) != JV_OK) return jv_fail_in(cx, NAME);
  for (size_t i = 0; i < h; i++) {
    double season = season_at(s, fit->n + i);
    for (size_t k = 0; k < n_paths; k++) paths[k * h + i] += season;
  }
  return JV_OK;
}

static jv_status stl_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const stl_state *s = fit->state;
  if (s->member->cls->innovations) return s->member->cls->innovations(cx, s->member, z);
  double sum = 0;
  size_t used = 0;
  for (size_t t = 0; t < fit->n; t++) {
    if (isnan(fit->residuals[t])) continue;
    sum += fit->residuals[t] * fit->residuals[t];
    used++;
  }
  double scale = used ? sqrt(sum / (double)used) : 1;
  for (size_t t = 0; t < fit->n; t++) z[t] = scale > 0 ? fit->residuals[t] / scale : 0;
  return JV_OK;
}

/* trend, the seasons, remainder, adjusted; observations taken later have no trend and remainder. */
static jv_status stl_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                const char *const **names, double *values) {
  const stl_state *s = fit->state;
  (void)cx;
  *count = s->n_periods + 3;
  *names = s->names;
  if (!values) return JV_OK;
  double *remainder = values + (1 + s->n_periods) * fit->n, *adjusted = remainder + fit->n;
  for (size_t t = 0; t < fit->n; t++) {
    bool inside = t < s->n;
    values[t] = inside ? s->trend[t] : NAN;
    remainder[t] = inside ? s->remainder[t] : NAN;
    for (size_t i = 0; i < s->n_periods; i++) values[(1 + i) * fit->n + t] = one_season(s, i, t);
    adjusted[t] = inside ? s->trend[t] + s->remainder[t]
                         : fit->fitted[t] + fit->residuals[t] - season_at(s, t);
  }
  return JV_OK;
}

static jv_status stl_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                            size_t more) {
  const stl_state *s = fit->state;
  (void)x;
  double *adjusted = JV_ARRAY(cx, double, more);
  if (!adjusted) return JV_ENOMEM;
  for (size_t i = 0; i < more; i++) adjusted[i] = y[i] - season_at(s, fit->n + i);
  jv_status status = jv_fit_update(cx, s->member, adjusted, NULL, more);
  jv_free(cx, adjusted);
  if (status != JV_OK) return jv_fail_in(cx, NAME);
  for (size_t t = fit->n; t < fit->n + more; t++) {
    fit->fitted[t] = s->member->fitted[t] + season_at(s, t);
    fit->residuals[t] = y[t - fit->n] - fit->fitted[t];
  }
  return JV_OK;
}

/* ---- explaining ---- */

/* 1 - var(R) / var(R + part), held to [0, 1] (Wang, Smith & Hyndman 2006). */
static double strength(const stl_state *s, const double *part) {
  double sum[2] = {0, 0}, square[2] = {0, 0}, used = 0;
  for (size_t t = 0; t < s->n; t++) {
    double rest = s->remainder[t];
    if (isnan(rest)) continue;
    double v[2] = {rest, rest + part[t]};
    for (size_t k = 0; k < 2; k++) {
      sum[k] += v[k];
      square[k] += v[k] * v[k];
    }
    used++;
  }
  double lesser = square[0] - sum[0] * sum[0] / used, greater = square[1] - sum[1] * sum[1] / used;
  return greater > 0 ? fmin(1, fmax(0, 1 - lesser / greater)) : 0;
}

static jv_status explain_steps(jv_ctx *cx, const jv_fit *fit, cJSON *steps) {
  const stl_state *s = fit->state;
  const stl_opt *opt = fit->opt;
  char text[240];
  for (size_t i = 0; i < s->n_periods; i++) {
    jv_stl_options stl = opt->mstl.stl;
    if (isnan(stl.window.number)) stl.window.number = (double)(11 + 4 * i);
    stl = jv_stl_settings(&stl, s->n, s->period[i]);
    if (stl.window.choice == JV_STL_PERIODIC)
      snprintf(text, sizeof text, "season of %zu, the same in all years; its strength is %.2f",
               s->period[i], strength(s, s->seasonal + i * s->n));
    else
      snprintf(text, sizeof text, "season of %zu with window %g; its strength is %.2f",
               s->period[i], stl.window.number, strength(s, s->seasonal + i * s->n));
    JV_TRY(jv_state_add_text(cx, steps, text));
  }
  if (s->n_periods == 0)
    JV_TRY(jv_state_add_text(cx, steps,
                             "no season that the series holds more than twice: nothing adjusted"));
  snprintf(text, sizeof text, "the adjusted series is modelled by %s", s->member->form);
  JV_TRY(jv_state_add_text(cx, steps, text));
  if (s->n_periods == 0) return JV_OK;
  return jv_state_add_text(
      cx, steps, "the last year's season is added to its forecast; intervals take it as known");
}

static jv_status stl_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const stl_state *s = fit->state;
  cJSON *steps, *member;
  JV_TRY(jv_state_set_list(cx, into, "steps", &steps));
  JV_TRY(explain_steps(cx, fit, steps));
  if (!s->member->cls->explain) return JV_OK;
  JV_TRY(jv_state_set_object(cx, into, "member", &member));
  return s->member->cls->explain(cx, s->member, member);
}

/* ---- saving ---- */

static jv_status stl_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const stl_state *s = fit->state;
  double periods[MOST_PERIODS];
  for (size_t i = 0; i < s->n_periods; i++) periods[i] = (double)s->period[i];
  JV_TRY(jv_state_set_count(cx, into, "decomposed", s->n));
  JV_TRY(jv_state_set_reals(cx, into, "seasons", periods, s->n_periods));
  JV_TRY(jv_state_set_reals(cx, into, "trend", s->trend, s->n));
  JV_TRY(jv_state_set_reals(cx, into, "remainder", s->remainder, s->n));
  JV_TRY(jv_state_set_reals(cx, into, "seasonal", s->seasonal, s->n * s->n_periods));
  return jv_fit_save_into(cx, s->member, "member", into);
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, const jv_fit *fit, stl_state *s) {
  double periods[MOST_PERIODS];
  size_t count = jv_state_list_length(from, "seasons");
  JV_TRY(jv_state_get_count(cx, from, "decomposed", &s->n));
  /* counted before it is believed: a file may name any n */
  if (s->n < 1 || s->n > fit->n || s->n != jv_state_list_length(from, "trend"))
    return jv_fail(cx, JV_EPARSE, "'trend' does not have the %zu values of 'decomposed'", s->n);
  if (count > MOST_PERIODS || jv_state_list_length(from, "seasonal") != s->n * count)
    return jv_fail(cx, JV_EPARSE, "'seasonal' does not fit the %zu seasons", count);
  JV_TRY(jv_state_get_reals(cx, from, "seasons", periods, count));
  for (size_t i = 0; i < count; i++) {
    if (!(periods[i] >= 2 && periods[i] <= (double)s->n))
      return jv_fail(cx, JV_EPARSE, "'seasons' holds an impossible period");
    s->period[i] = (size_t)periods[i];
  }
  s->n_periods = count;
  JV_TRY(make_parts(cx, s));
  JV_TRY(jv_state_get_reals(cx, from, "trend", s->trend, s->n));
  JV_TRY(jv_state_get_reals(cx, from, "remainder", s->remainder, s->n));
  JV_TRY(jv_state_get_reals(cx, from, "seasonal", s->seasonal, s->n * count));
  JV_TRY(jv_fit_load_from(cx, from, "member", &s->member));
  if (s->member->n == fit->n) return JV_OK;
  return jv_fail(cx, JV_EPARSE, "the member has %zu observations, the fit %zu", s->member->n,
                 fit->n);
}

static jv_status stl_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  stl_state *s = JV_NEW(cx, stl_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  jv_status status = load_state(cx, from, fit, s);
  if (status != JV_OK) stl_free(cx, fit);
  return status;
}

const jv_model_class jv_model_stl = {
    .name = NAME,
    .title = "STL, and a model of the seasonally adjusted series",
    .doc =
        "Typed stl+MODEL, as stl+ets, stl+arima, stl+naive or stl{window=7,robust=true}+theta: "
        "the series is decomposed by STL (MSTL where it has several seasons: periods=\"24,168\"), "
        "the seasonally adjusted series is forecast by the model, and the last year's season is "
        "added. Intervals and sample paths are those of the model and take the season as known. "
        "Missing values are filled for the decomposition, and for a model that takes no gaps. "
        "Without a season that the series holds more than twice the model has the series as it "
        "is. Likelihood and criteria are those of the model.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, sec. 5.7; "
              "Cleveland et al. (1990); Bandara, Hyndman & Bergmeir (2021)",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(stl_opt),
    .min_n = 2,
    .check = stl_check,
    .fit = stl_fit,
    .apply = stl_apply,
    .forecast = stl_forecast,
    .simulate = stl_simulate,
    .innovations = stl_innovations,
    .components = stl_components,
    .update = stl_update,
    .explain = stl_explain,
    .save = stl_save,
    .load = stl_load,
    .free_state = stl_free,
};
