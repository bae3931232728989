/* Linear regression on time: trend, season, calendar and regressors by least squares.
 *
 *   y[t] = b0 + b1 t + season[t] + sum of b_j x[t, j] + e[t],   e ~ N(0, sigma^2)
 *   season: dummies (season 1 is the base) or K pairs of Fourier terms for each period
 *   y[n+h] ~ x b + s sqrt(1 + x (X'X)^-1 x') Student(n - p),   s^2 = rss / (n - p)
 *
 * by numeric/ols.c. A path draws its own sigma* = s sqrt(df / chi^2(df)) and b* ~ N(b, sigma*^2
 * (X'X)^-1), so that sums over steps carry the uncertainty of the coefficients, and each step is the
 * Student distribution of the forecast. loglik is the Gaussian one at its maximum; n_params counts the
 * variance. Leave-one-out: CV = mean of (e / (1 - leverage))^2.
 *
 * `fourier = auto` takes the K of least AICc, period after period, the shortest first: K = 1, 2, …
 * up to half the period, and no further than five beyond the best. Season by default: dummies up to
 * m = 24 where each season is observed and a degree of freedom is left, Fourier terms by AICc beyond.
 *
 * Missing y take no part. Update keeps the coefficients; trend, season and calendar go on. A column
 * that is a combination of those before it is left out.
 *
 * Source: Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, ch. 7 (tslm).
 * Checked by: tests/core/test_regression.c, tests/conformance/decompose.json */
#include "model/builtin.h"
#include "model/periods.h"
#include "model/regression_design.h"
#include "model/regression_state.h"
#include "numeric/ols.h"
#include <stdio.h>
#include <string.h>

#define NAME "regression"
enum { SEASON_AUTO, SEASON_NONE, SEASON_DUMMIES, FOURIER_AUTO = 0 };
enum { MOST_DUMMIES = 24, PATIENCE = 5 };

typedef struct regression_opt {
  int trend, season;
  jv_real_or_choice fourier;
  char periods[JV_OPT_TEXT_SIZE], calendar[JV_OPT_TEXT_SIZE];
} regression_opt;

static const jv_option rows[] = {
    {"trend", JV_OPT_FLAG, offsetof(regression_opt, trend), 1, 0, 1, "a straight line in time",
     NULL},
    {"season", JV_OPT_CHOICE, offsetof(regression_opt, season), SEASON_AUTO, 0, 0,
     "a level for each season; auto: where the data allow it, Fourier terms for m above 24",
     "auto|none|dummies"},
    {"fourier", JV_OPT_REAL_OR_CHOICE, offsetof(regression_opt, fourier), NAN, 1, 1e6,
     "pairs of Fourier terms for each period, in the place of dummies, or auto: by AICc", "auto"},
    {"periods", JV_OPT_TEXT, offsetof(regression_opt, periods), NAN, 0, 0,
     "periods of the Fourier terms apart by commas, \"24,168\"; absent: the one of the series",
     NULL},
    {"calendar", JV_OPT_TEXT, offsetof(regression_opt, calendar), NAN, 0, 0,
     "effects of the calendar apart by commas: days, trading_days, easter; for dated series", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* ---- the design that the options ask for ---- */

static bool wants_fourier(const regression_opt *opt) {
  return !isnan(opt->fourier.number) || opt->fourier.choice == FOURIER_AUTO || opt->periods[0];
}

static jv_status regression_check(jv_ctx *cx, const void *given) {
  const regression_opt *opt = given;
  jv_design d = {.trend = false};
  if (wants_fourier(opt) && opt->season != SEASON_AUTO)
    return jv_fail(cx, JV_EINVAL, NAME ": Fourier terms take the place of option 'season'");
  if (!isnan(opt->fourier.number) && opt->fourier.number != floor(opt->fourier.number))
    return jv_fail(cx, JV_EINVAL, NAME ": option 'fourier' is a whole number, got %g",
                   opt->fourier.number);
  JV_TRY(jv_periods_read(cx, NAME, opt->periods, JV_DESIGN_PERIODS, d.period, &d.n_periods));
  return jv_design_read_calendar(cx, opt->calendar, &d);
}

/* Is each of m seasons observed, with more observations than coefficients? */
static bool can_have_dummies(const jv_sample *sample, const jv_design *d) {
  const size_t m = sample->m;
  size_t observed = 0, unseen = m;
  for (size_t t = 0; t < sample->n; t++)
    if (!isnan(sample->y[t])) observed++;
  for (size_t s = 0; s < m; s++)
    for (size_t t = s; t < sample->n; t += m)
      if (!isnan(sample->y[t])) {
        unseen--;
        break;
      }
  return unseen == 0 && observed > 1 + jv_design_columns(d) + m - 1;
}

static void add_dummies(const jv_sample *sample, jv_design *d) {
  d->dummies = sample->m;
  if (d->dated && jv_freq_season(d->start.freq) == sample->m)
    d->offset = (size_t)(jv_period_in_year(d->start) - 1) % sample->m;
}

/* Fourier terms of all periods; waves 0 where they are chosen by AICc. */
static jv_status add_waves(jv_ctx *cx, const regression_opt *opt, const jv_sample *sample,
                           jv_design *d) {
  if (d->n_periods == 0 && sample->m > 1) d->period[d->n_periods++] = sample->m;
  for (size_t i = 0; i < d->n_periods && !isnan(opt->fourier.number); i++) {
    if (2 * opt->fourier.number > (double)d->period[i])
      return jv_fail(cx, JV_EINVAL, NAME ": fourier = %g is more than half of the period %zu",
                     opt->fourier.number, d->period[i]);
    d->waves[i] = (size_t)opt->fourier.number;
  }
  return JV_OK;
}

/* *choose: the waves are to be chosen. */
static jv_status plan(jv_ctx *cx, const regression_opt *opt, const jv_sample *sample, jv_design *d,
                      bool *choose) {
  *d = (jv_design){.trend = opt->trend == 1, .k = sample->k};
  *choose = false;
  if (sample->start && sample->start->freq.kind != JV_FREQ_INDEX) {
    d->dated = true;
    d->start = *sample->start;
  }
  JV_TRY(jv_design_read_calendar(cx, opt->calendar, d));
  if (opt->calendar[0] && (!d->dated || d->start.freq.kind == JV_FREQ_H))
    return jv_fail(cx, JV_EDATA, NAME ": calendar effects need a series of dated periods");
  JV_TRY(jv_periods_read(cx, NAME, opt->periods, JV_DESIGN_PERIODS, d->period, &d->n_periods));
  bool beyond = opt->season == SEASON_AUTO && sample->m > MOST_DUMMIES && !wants_fourier(opt);
  if (wants_fourier(opt) || beyond) {
    *choose = isnan(opt->fourier.number);
    return add_waves(cx, opt, sample, d);
  }
  if (opt->season == SEASON_NONE || sample->m < 2) return JV_OK;
  if (opt->season == SEASON_DUMMIES || can_have_dummies(sample, d)) add_dummies(sample, d);
  return JV_OK;
}

/* ---- least squares ---- */

static jv_status least_squares(jv_ctx *cx, const jv_sample *sample, const jv_design *d,
                               jv_ols **out) {
  size_t n = sample->n, p = jv_design_columns(d), observed = 0;
  for (size_t t = 0; t < n; t++)
    if (!isnan(sample->y[t])) observed++;
  if (observed < p + 2)
    return jv_fail(cx, JV_EDATA,
                   NAME ": %zu coefficients need at least %zu observed values, got %zu", p + 1,
                   p + 2, observed);
  double *x = jv_alloc(cx, n + 1, (p + 1) * sizeof *x);
  if (!x) return JV_ENOMEM;
  double *row = x + n * p;
  for (size_t t = 0; t < n; t++) {
    jv_design_row(d, t, d->k ? sample->x + t * d->k : NULL, row);
    for (size_t j = 0; j < p; j++) x[t + j * n] = row[j];
  }
  jv_status status = jv_ols_fit(cx, sample->y, x, n, p, NULL, out);
  jv_free(cx, x);
  return status == JV_OK ? JV_OK : jv_fail_in(cx, NAME);
}

static jv_status try_waves(jv_ctx *cx, const jv_sample *sample, const jv_design *d, double *aicc) {
  jv_ols *fit = NULL;
  *aicc = INFINITY;
  size_t observed = 0;
  for (size_t t = 0; t < sample->n; t++)
    if (!isnan(sample->y[t])) observed++;
  if (observed < jv_design_columns(d) + 4) return JV_OK; /* AICc is infinite there */
  jv_status status = least_squares(cx, sample, d, &fit);
  if (!fit) return status;
  *aicc = fit->rss > 0 ? fit->aicc : -INFINITY;
  jv_ols_free(cx, fit);
  return JV_OK;
}

/* Waves of period i by AICc, those of the others as they are. */
static jv_status choose_waves(jv_ctx *cx, const jv_sample *sample, size_t i, jv_design *d,
                              jv_regression_state *s) {
  double best = INFINITY, aicc;
  size_t chosen = 0;
  for (size_t k = 0; k <= d->period[i] / 2 && k <= chosen + PATIENCE; k++) {
    JV_TRY(jv_check_cancel(cx));
    d->waves[i] = k;
    JV_TRY(try_waves(cx, sample, d, &aicc));
    JV_TRY(jv_regression_add_trial(cx, s, d->period[i], k, aicc));
    if (!(aicc < best)) continue;
    best = aicc;
    chosen = k;
  }
  d->waves[i] = chosen;
  return JV_OK;
}

static jv_status find_waves(jv_ctx *cx, const jv_sample *sample, jv_design *d,
                            jv_regression_state *s) {
  bool done[JV_DESIGN_PERIODS] = {false};
  for (size_t round = 0; round < d->n_periods; round++) {
    size_t next = JV_DESIGN_PERIODS;
    for (size_t i = 0; i < d->n_periods; i++)
      if (!done[i] && (next == JV_DESIGN_PERIODS || d->period[i] < d->period[next])) next = i;
    JV_TRY(choose_waves(cx, sample, next, d, s));
    done[next] = true;
  }
  return JV_OK;
}

/* ---- the fit ---- */

static void describe(jv_fit *fit) {
  const jv_design *d = &((const jv_regression_state *)fit->state)->design;
  size_t len, size = sizeof fit->form;
  len = (size_t)snprintf(fit->form, size, "Regression on %s", d->trend ? "trend" : "level");
  if (d->dummies && len < size)
    len += (size_t)snprintf(fit->form + len, size - len, ", season [%zu]", d->dummies);
  for (size_t i = 0; i < d->n_periods && len < size; i++)
    if (d->waves[i])
      len += (size_t)snprintf(fit->form + len, size - len, ", Fourier [%zu, K=%zu]", d->period[i],
                              d->waves[i]);
  for (size_t i = 0; i < JV_CALENDAR_COUNT && len < size; i++)
    if (d->calendar[i])
      len += (size_t)snprintf(fit->form + len, size - len, ", %s",
                              jv_calendar_name((jv_calendar_effect)i));
  if (d->k && len < size)
    snprintf(fit->form + len, size - len, ", %zu regressor%s", d->k, d->k == 1 ? "" : "s");
}

static void take_numbers(const jv_ols *ols, jv_fit *fit) {
  fit->n_params = ols->rank + 1;
  fit->sigma2 = ols->sigma * ols->sigma;
  /* of a perfect fit the likelihood has no bound */
  fit->loglik = ols->rss > 0 ? ols->loglik : NAN;
  jv_fit_criteria(fit, ols->n_used);
}

static void fill_values(const jv_sample *sample, jv_fit *fit) {
  for (size_t t = 0; t < sample->n; t++) {
    fit->fitted[t] = jv_regression_mean(fit->state, t);
    fit->residuals[t] = sample->y[t] - fit->fitted[t];
  }
}

static jv_status estimate(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_regression_state *s = fit->state;
  jv_ols *ols = NULL;
  bool choose;
  JV_TRY(plan(cx, fit->opt, sample, &s->design, &choose));
  if (choose) JV_TRY(find_waves(cx, sample, &s->design, s));
  jv_status status = least_squares(cx, sample, &s->design, &ols);
  if (!ols) return status;
  status = jv_regression_take(cx, sample, fit, ols);
  if (status == JV_OK) take_numbers(ols, fit);
  jv_ols_free(cx, ols);
  return status;
}

static jv_status regression_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  fit->state = JV_NEW(cx, jv_regression_state);
  if (!fit->state) return JV_ENOMEM;
  jv_status status = estimate(cx, sample, fit);
  if (status != JV_OK) {
    jv_regression_free(cx, fit);
    return status;
  }
  fill_values(sample, fit);
  describe(fit);
  return JV_OK;
}

static jv_status regression_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                                  jv_fit *fit) {
  JV_TRY(jv_regression_copy(cx, from, sample, fit));
  fill_values(sample, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  describe(fit);
  return JV_OK;
}

static jv_status regression_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                                   size_t more) {
  JV_TRY(jv_regression_add_rows(cx, fit, x, more));
  for (size_t i = 0; i < more; i++) {
    size_t t = fit->n + i;
    fit->fitted[t] = jv_regression_mean(fit->state, t);
    fit->residuals[t] = y[i] - fit->fitted[t];
  }
  return JV_OK;
}

const jv_model_class jv_model_regression = {
    .name = NAME,
    .title = "Regression on trend, season, calendar and regressors",
    .doc =
        "Least squares of y on a line in time, a level for each season or Fourier terms, effects "
        "of the calendar (length of the month, trading days, Easter) and regressors (xreg); what "
        "R calls tslm. Forecasts are Student's, with the uncertainty of the coefficients, which "
        "sums over the horizon carry as well. Missing values take no part. Updates keep the "
        "coefficients. explain() has them with standard errors, R2, F, and the leave-one-out "
        "error; components() what each part contributes.",
    .source = "Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, ch. 7",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE | JV_TAG_REGRESSORS | JV_TAG_ESTIMATION,
    .options = rows,
    .opt_size = sizeof(regression_opt),
    .min_n = 2,
    .check = regression_check,
    .fit = regression_fit,
    .apply = regression_apply,
    .forecast = jv_regression_forecast,
    .simulate = jv_regression_simulate,
    .components = jv_regression_components,
    .update = regression_update,
    .explain = jv_regression_explain,
    .save = jv_regression_save,
    .load = jv_regression_load,
    .free_state = jv_regression_free,
};
