/* The innovations theta models as forecasting models.
 *
 *   y[t] = S[t] (mu[t] + e[t]) or S[t] + mu[t] + e[t],  e ~ N(0, sigma^2);  mu: theta_engine.h
 *
 * Forecasts feed means back: x[n+h] = mu[n+h] enters level and (dynamic) line. The recursion is linear
 * in z = (level, mean of the line's values, its sum of products), so the variance of a forecast is
 * exact:
 *
 *   mu = H z,  z' = F z + g x,  x = mu + e:   P' = M P M' + g g' sigma^2,  M = F + g H
 *   sd[h]^2 = sigma^2 + H P H'
 *
 * which for the static models is sigma^2 (1 + (h-1) alpha^2). sigma^2 = sse / (errors - parameters).
 * Missing values at the end move the level by an unknown alpha e each: P starts with their number
 * times alpha^2 sigma^2. With a multiplicative season the deviation is scaled by it.
 *
 * Update keeps alpha, theta, sigma and season, and in the static models the line.
 *
 * Source: Fiorucci et al. (2016), sec. 3; the variance is ours (they simulate it).
 * Checked by: tests/core/test_theta_models.c */
#include "model/theta_space.h"
#include "model/state.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEST_QUANTILE 1.6448536269514722 /* the season's test is two-sided at 90 % */

const char *const jv_theta_names[JV_THETA_VARIANTS] = {"STM", "OTM", "DSTM", "DOTM"};

void jv_theta_free(jv_ctx *cx, jv_fit *fit) {
  jv_theta_state *s = fit->state;
  if (!s) return;
  jv_adjust_free(cx, &s->adjust);
  jv_free(cx, s);
  fit->state = NULL;
}

/* ---- fitting ---- */

static bool is_optimised(jv_theta_variant v) { return v == JV_THETA_OTM || v == JV_THETA_DOTM; }
static bool is_dynamic(jv_theta_variant v) { return v == JV_THETA_DSTM || v == JV_THETA_DOTM; }

/* Estimated: alpha, theta, level where free, the variance, and a static model's line. */
static size_t count_params(const jv_theta_opt *opt, jv_theta_variant v, bool is_short) {
  size_t k = 1;
  if (isnan(opt->alpha)) k++;
  if (isnan(opt->level)) k++;
  if (is_optimised(v) && isnan(opt->theta) && !is_short) k++;
  return is_dynamic(v) ? k : k + 2;
}

static jv_status estimate(jv_ctx *cx, const double *x, size_t n, const jv_theta_opt *opt,
                          jv_theta_variant v, bool is_short, jv_theta_estimate *out) {
  jv_theta_request request = {opt->alpha, opt->theta, opt->level, is_dynamic(v)};
  if (!is_optimised(v) || (is_short && isnan(opt->theta))) request.theta = 2;
  return jv_theta_estimate_of(cx, x, n, &request, out);
}

static double loglik_of(const jv_theta_estimate *e) {
  double n = (double)e->used;
  return -0.5 * n * (log(6.283185307179586 * e->sse / n) + 1);
}

static void take_numbers(jv_fit *fit, const jv_theta_state *s, const jv_theta_estimate *e) {
  size_t k = count_params(fit->opt, s->variant, s->is_short);
  size_t drawn = is_dynamic(s->variant) ? k - 1 : k - 3; /* the line has its own observations */
  fit->sigma2 = e->used > drawn ? e->sse / (double)(e->used - drawn) : INFINITY;
  fit->loglik = e->sse > 0 ? loglik_of(e) : INFINITY;
  fit->n_params = k;
  jv_fit_criteria(fit, e->used);
}

static void keep(jv_theta_state *s, jv_theta_variant v, const jv_theta_estimate *e) {
  s->variant = v;
  s->start = e->start;
  s->theta = e->theta;
  s->sse = e->sse;
  s->used = (double)e->used;
}

/* Tries each variant. A perfect fit (no error at all) ends the choice. */
static jv_status choose(jv_ctx *cx, const double *x, size_t n, jv_fit *fit, jv_theta_state *s) {
  double best = INFINITY;
  size_t evaluations = 0;
  jv_theta_estimate e, kept = {0};
  for (int v = 0; v < JV_THETA_VARIANTS; v++) {
    JV_TRY(estimate(cx, x, n, fit->opt, (jv_theta_variant)v, s->is_short, &e));
    evaluations += e.evaluations;
    jv_theta_state trial = {.variant = (jv_theta_variant)v, .is_short = s->is_short};
    take_numbers(fit, &trial, &e);
    s->tried[v] = (jv_theta_candidate){e.theta, e.start.alpha, e.sse, fit->aicc};
    if (v > 0 && !(fit->aicc < best)) continue;
    best = fit->aicc;
    kept = e;
    keep(s, (jv_theta_variant)v, &e);
    if (!(e.sse > 0)) break;
  }
  take_numbers(fit, s, &kept);
  fit->evaluations = evaluations;
  return JV_OK;
}

/* Means before the first errors that count hang on a start level that no error holds: kept away. */
static void hide_early(jv_theta_state *s, const double *y, size_t n, jv_fit *fit) {
  double seen = 0;
  for (size_t t = 0; t < n && seen < s->skipped; t++) {
    if (isnan(y[t])) continue;
    s->early[(size_t)seen] = y[t];
    seen += 1;
    fit->fitted[t] = fit->residuals[t] = NAN;
  }
}

static void advance(jv_theta_state *s, size_t t, double y, double *fitted, double *residual) {
  *fitted = jv_adjust_apply(&s->adjust, t, jv_theta_mean(&s->run));
  *residual = y - *fitted;
  jv_theta_take(&s->run, jv_adjust_remove(&s->adjust, t, y));
}

static void run_through(jv_theta_state *s, const jv_sample *sample, jv_fit *fit) {
  s->run = s->start;
  for (size_t t = 0; t < sample->n; t++)
    advance(s, t, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  hide_early(s, sample->y, sample->n, fit);
}

static jv_status fit_adjusted(jv_ctx *cx, const jv_sample *sample, const double *x, jv_fit *fit,
                              jv_theta_state *s, jv_theta_variant variant) {
  if (variant == JV_THETA_VARIANTS)
    JV_TRY(choose(cx, x, sample->n, fit, s));
  else {
    jv_theta_estimate e;
    JV_TRY(estimate(cx, x, sample->n, fit->opt, variant, s->is_short, &e));
    keep(s, variant, &e);
    take_numbers(fit, s, &e);
    fit->evaluations = e.evaluations;
  }
  run_through(s, sample, fit);
  snprintf(fit->form, sizeof fit->form, "%s(theta %.4g, alpha %.3g)", jv_theta_names[s->variant],
           s->theta, s->start.alpha);
  jv_adjust_describe(&s->adjust, fit->form, sizeof fit->form);
  return JV_OK;
}

/* The season; of a transformed series, where it adds up, never a multiplicative one by default. */
static jv_status adjust(jv_ctx *cx, const jv_sample *sample, jv_seasonal choice, jv_adjust *out) {
  size_t n = sample->n, m = sample->m, enough = 2 * m + 1;
  if (choice != JV_SEASONAL_AUTO || !sample->transformed)
    return jv_adjust_fit(cx, sample->y, n, m, choice, enough, TEST_QUANTILE, out);
  *out = (jv_adjust){.m = 1};
  if (n < enough || !jv_seasonality_test(sample->y, n, m, TEST_QUANTILE)) return JV_OK;
  jv_status status = jv_adjust_fit(cx, sample->y, n, m, JV_SEASONAL_ADD, 0, 0, out);
  return status == JV_EDATA ? JV_OK : status; /* nowhere seen with its moving average: none */
}

static jv_status fit_state(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, jv_theta_state *s,
                           jv_theta_variant variant) {
  const jv_theta_opt *opt = fit->opt;
  JV_TRY(adjust(cx, sample, (jv_seasonal)opt->seasonal, &s->adjust));
  double *x = JV_ARRAY(cx, double, sample->n);
  jv_status status = x ? JV_OK : JV_ENOMEM;
  size_t observed = 0;
  for (size_t t = 0; x && t < sample->n; t++) {
    x[t] = jv_adjust_remove(&s->adjust, t, sample->y[t]);
    observed += isnan(x[t]) ? 0 : 1;
  }
  s->skipped = (double)jv_theta_skipped(observed);
  s->is_short = observed < 7;
  if (x) status = fit_adjusted(cx, sample, x, fit, s, variant);
  jv_free(cx, x);
  if (status != JV_OK) jv_adjust_free(cx, &s->adjust);
  return status;
}

jv_status jv_theta_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, jv_theta_variant variant) {
  jv_theta_state *s = JV_NEW(cx, jv_theta_state);
  if (!s) return JV_ENOMEM;
  for (int v = 0; v < JV_THETA_VARIANTS; v++)
    s->tried[v] = (jv_theta_candidate){NAN, NAN, NAN, NAN};
  jv_status status = fit_state(cx, sample, fit, s, variant);
  if (status != JV_OK) {
    jv_free(cx, s);
    return jv_fail_in(cx, "%s", fit->cls->name);
  }
  fit->state = s;
  return JV_OK;
}

/* Parameters, start, line and season of another fit on this sample. */
jv_status jv_theta_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const jv_theta_state *like = from->state;
  jv_theta_state *s = JV_NEW(cx, jv_theta_state);
  if (!s) return JV_ENOMEM;
  *s = *like;
  if (jv_adjust_copy(cx, &like->adjust, &s->adjust) != JV_OK) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  run_through(s, sample, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  fit->state = s;
  return JV_OK;
}

/* ---- forecasts ---- */

enum { Z = 3 };

/* H, F and g of the step that the run is about to take. */
typedef struct step {
  double h[Z], f[Z][Z], g[Z];
} step;

static step step_of(const jv_theta_run *run) {
  step s = {
      .h = {1, 0, 0}, .f = {{1 - run->alpha, 0, 0}, {0, 1, 0}, {0, 0, 1}}, .g = {run->alpha, 0, 0}};
  const jv_theta_line *line = &run->line;
  if (!run->dynamic || line->count < 1) return s;
  double k = line->count + 1, w = (run->time + 1 - line->mt) * (1 - 1 / k);
  s.h[1] = run->kappa * run->c;
  s.h[2] = line->tt > 0 ? run->kappa * (run->r - run->c * line->mt) / line->tt : 0;
  s.f[1][1] = 1 - 1 / k;
  s.g[1] = 1 / k;
  s.f[2][1] = -w;
  s.g[2] = w;
  return s;
}

static double spread(const step *s, double p[Z][Z]) {
  double sum = 0;
  for (int i = 0; i < Z; i++)
    for (int j = 0; j < Z; j++) sum += s->h[i] * p[i][j] * s->h[j];
  return fmax(0, sum);
}

/* P' = M P M' + g g', in units of sigma^2. */
static void propagate(const step *s, double p[Z][Z]) {
  double m[Z][Z], mp[Z][Z];
  for (int i = 0; i < Z; i++)
    for (int j = 0; j < Z; j++) m[i][j] = s->f[i][j] + s->g[i] * s->h[j];
  for (int i = 0; i < Z; i++)
    for (int j = 0; j < Z; j++) {
      mp[i][j] = 0;
      for (int k = 0; k < Z; k++) mp[i][j] += m[i][k] * p[k][j];
    }
  for (int i = 0; i < Z; i++)
    for (int j = 0; j < Z; j++) {
      double sum = s->g[i] * s->g[j];
      for (int k = 0; k < Z; k++) sum += mp[i][k] * m[j][k];
      p[i][j] = sum;
    }
}

static double season_scale(const jv_theta_state *s, size_t t) {
  return s->adjust.index && s->adjust.multiplicative ? fabs(jv_adjust_index(&s->adjust, t)) : 1;
}

jv_status jv_theta_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_theta_state *s = fit->state;
  jv_theta_run run = s->run;
  double p[Z][Z] = {{run.gap * run.alpha * run.alpha, 0, 0}, {0, 0, 0}, {0, 0, 0}};
  double sigma = sqrt(fit->sigma2);
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    double mean = jv_theta_mean(&run);
    step now = step_of(&run);
    fc->mean[i] = jv_adjust_apply(&s->adjust, fit->n + i, mean);
    fc->sd[i] = season_scale(s, fit->n + i) * sigma * sqrt(1 + spread(&now, p));
    propagate(&now, p);
    jv_theta_take(&run, mean);
  }
  return JV_OK;
}

jv_status jv_theta_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *paths) {
  const jv_theta_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  (void)x;
  if (isinf(sigma))
    return jv_fail(cx, JV_EDATA, "%s: no sample paths, the series is too short for a variance",
                   fit->cls->name);
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    jv_theta_run run = s->run;
    for (size_t gap = (size_t)run.gap; gap > 0; gap--)
      run.level += run.alpha * sigma * jv_draw(&draws);
    for (size_t i = 0; i < h; i++) {
      double value = jv_theta_mean(&run) + sigma * jv_draw(&draws);
      paths[k * h + i] = jv_adjust_apply(&s->adjust, fit->n + i, value);
      jv_theta_take(&run, value);
    }
  }
  return JV_OK;
}

/* ---- what is inside ---- */

jv_status jv_theta_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                              const char *const **names, double *values) {
  static const char *const parts[] = {"level", "drift", "season"};
  const jv_theta_state *s = fit->state;
  (void)cx;
  *count = s->adjust.index ? 3 : 2;
  *names = parts;
  if (!values) return JV_OK;
  jv_theta_run run = s->start;
  size_t early = 0;
  for (size_t t = 0; t < fit->n; t++) {
    bool hidden = isnan(fit->fitted[t]) && early < JV_THETA_SKIP;
    double y = hidden ? s->early[early++] : fit->fitted[t] + fit->residuals[t];
    values[t] = run.level;
    values[fit->n + t] = jv_theta_pull(&run);
    if (*count == 3) values[2 * fit->n + t] = jv_adjust_index(&s->adjust, t);
    jv_theta_take(&run, jv_adjust_remove(&s->adjust, t, y));
  }
  return JV_OK;
}

/* Those of the adjusted series, where the variance is constant. */
jv_status jv_theta_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const jv_theta_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  (void)cx;
  for (size_t t = 0; t < fit->n; t++) {
    double e = fit->residuals[t] / season_scale(s, t);
    z[t] = e == 0 ? 0 : e / sigma;
  }
  return JV_OK;
}

jv_status jv_theta_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < more; i++) {
    size_t t = fit->n + i;
    advance(fit->state, t, y[i], &fit->fitted[t], &fit->residuals[t]);
  }
  return JV_OK;
}
