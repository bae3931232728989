/* Structural time series: unobserved components by maximum likelihood and the Kalman filter.
 *
 * The model and its source stand in structural.h, the estimation in structural_fit.c, the filter in
 * numeric/kalman.h. loglik is the exact diffuse log-likelihood with all constants. n_params counts
 * the estimated variances, the cycle's period and damping, and the states that start diffuse
 * (Harvey 1989, sec. 5.5.5); aic, aicc and bic follow from both.
 *
 * Automatic type: level, trend and smooth trend, each with and without a season where there is one,
 * by AICc of the likelihood of the observations after the diffuse start of them all (see
 * structural_fit.c), counting estimated variances. The season of the choice is the dummy one to 24
 * periods, beyond it a trigonometric one of six harmonics.
 *
 * Forecasts are exact given the parameters: y[n+h] ~ N(z'a, s^2 F). A path takes one innovation a
 * step through the filter, y = z'a + s sqrt(F) w, a = T (a + M (y - z'a) / F): the joint
 * distribution of the steps is that of the state space, and the innovations may be bootstrapped.
 * Fitted values are one-step predictions, absent while the start is diffuse. An update goes on
 * with the filter; components are smoothed over all that was observed.
 *
 * Differs: R's StructTS starts from a covariance whose elements are all 1e4 var(y), states that are
 * multiples of one another, in place of a diffuse start; and from one start of the search it often
 * ends on a lower maximum. Its likelihood with that start is met to 1e-6.
 * Checked by: tests/core/test_structural.c, tests/core/test_structural_conformance.c */
#include "model/builtin.h"
#include "model/structural_state.h"
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(jv_structural_opt, member)
#define VAR(name) AT(var) + JV_NOISE_##name * sizeof(double)

static const jv_option rows[] = {
    {"type", JV_OPT_CHOICE, AT(type), JV_STRUCTURAL_AUTO, 0, 0,
     "level (local level), trend (local linear trend), smooth (smooth trend), bsm (basic "
     "structural "
     "model: trend and season); auto: by AICc",
     "auto|level|trend|smooth|bsm"},
    {"season", JV_OPT_CHOICE, AT(season), JV_STRUCTURAL_SEASON_AUTO, 0, 0,
     "form of the season; auto: dummy with bsm, chosen with type auto, none otherwise",
     "auto|none|dummy|trigonometric"},
    {"harmonics", JV_OPT_INT, AT(harmonics), JV_OPT_UNSET, 1, 1000,
     "pairs of a trigonometric season; all of them (half the period) when absent", NULL},
    {"cycle", JV_OPT_FLAG, AT(cycle), 0, 0, 1, "adds a stochastic cycle", NULL},
    {"cycle_period", JV_OPT_REAL, AT(cycle_period), NAN, 2, 1e5,
     "period of the cycle in steps; estimated when absent, from 1.5 seasons (2 steps) up to the "
     "length of the series",
     NULL},
    {"cycle_damping", JV_OPT_REAL, AT(cycle_damping), NAN, 0, 0.9999,
     "what is left of the cycle after a step; estimated when absent", NULL},
    {"var_irregular", JV_OPT_REAL, VAR(irregular), NAN, 0, 1e300,
     "variance of the irregular, in the unit of y squared; estimated when absent", NULL},
    {"var_level", JV_OPT_REAL, VAR(level), NAN, 0, 1e300, "variance of the level's noise", NULL},
    {"var_slope", JV_OPT_REAL, VAR(slope), NAN, 0, 1e300, "variance of the slope's noise", NULL},
    {"var_season", JV_OPT_REAL, VAR(season), NAN, 0, 1e300, "variance of the season's noise", NULL},
    {"var_cycle", JV_OPT_REAL, VAR(cycle), NAN, 0, 1e300, "variance of the cycle's noise", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static jv_status structural_check(jv_ctx *cx, const void *options) {
  const jv_structural_opt *opt = options;
  if (opt->type == JV_STRUCTURAL_BSM && opt->season == JV_STRUCTURAL_NONE)
    return jv_fail(cx, JV_EINVAL, "structural: a bsm has a season; type trend is the one without");
  if (!opt->cycle && (!isnan(opt->cycle_period) || !isnan(opt->cycle_damping)))
    return jv_fail(cx, JV_EINVAL, "structural: cycle_period and cycle_damping need cycle=true");
  if (opt->harmonics != JV_OPT_UNSET && opt->season != JV_STRUCTURAL_TRIG)
    return jv_fail(cx, JV_EINVAL, "structural: harmonics need season=trigonometric");
  return JV_OK;
}

/* ---- which forms ---- */

static jv_structural_form form_of(const jv_sample *sample, const jv_structural_opt *opt, int type,
                                  int season) {
  jv_structural_form form = {.type = type, .season = season, .cycle = opt->cycle == 1};
  form.m = sample->m;
  form.k = sample->k;
  if (season != JV_STRUCTURAL_TRIG) return form;
  form.harmonics = sample->m / 2;
  if (opt->harmonics != JV_OPT_UNSET && (size_t)opt->harmonics < form.harmonics)
    form.harmonics = (size_t)opt->harmonics;
  else if (opt->season == JV_STRUCTURAL_SEASON_AUTO && form.harmonics > 6)
    form.harmonics = 6;
  return form;
}

static size_t list_forms(const jv_sample *sample, const jv_structural_opt *opt,
                         jv_structural_form *forms) {
  bool free_season = opt->season == JV_STRUCTURAL_SEASON_AUTO;
  int season = opt->season;
  if (free_season) season = sample->m > 24 ? JV_STRUCTURAL_TRIG : JV_STRUCTURAL_DUMMY;
  if (opt->type == JV_STRUCTURAL_LEVEL || opt->type == JV_STRUCTURAL_TREND ||
      opt->type == JV_STRUCTURAL_SMOOTH) {
    forms[0] = form_of(sample, opt, opt->type, free_season ? JV_STRUCTURAL_NONE : season);
    return 1;
  }
  if (opt->type == JV_STRUCTURAL_BSM) {
    if (free_season) season = JV_STRUCTURAL_DUMMY;
    forms[0] = form_of(sample, opt, JV_STRUCTURAL_TREND, season);
    return 1;
  }
  size_t n = 0;
  for (int seasonal = 0; seasonal < 2; seasonal++) {
    if (seasonal && (!free_season || sample->m == 1)) break;
    for (int type = JV_STRUCTURAL_LEVEL; type <= JV_STRUCTURAL_SMOOTH; type++)
      forms[n++] =
          form_of(sample, opt, type, free_season && !seasonal ? JV_STRUCTURAL_NONE : season);
  }
  return n;
}

static jv_status check_season(jv_ctx *cx, const jv_sample *sample, const jv_structural_opt *opt) {
  bool wants = opt->type == JV_STRUCTURAL_BSM || opt->season == JV_STRUCTURAL_DUMMY ||
               opt->season == JV_STRUCTURAL_TRIG;
  if (!wants || sample->m > 1) return JV_OK;
  return jv_fail(cx, JV_EDATA,
                 "structural: a season was asked for, and the series has none "
                 "(its seasonal period is 1)");
}

/* ---- the choice ---- */

static double aicc_of(double loglik, size_t parameters, size_t used) {
  double k = (double)parameters, n = (double)used;
  return n > k + 1 ? -2 * loglik + 2 * k + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
}

/* Drops the forms that the data cannot start; `from` is the latest end of a diffuse start. */
static jv_status keep_possible(jv_ctx *cx, const jv_sample *sample, const double *x_scale,
                               const jv_structural_opt *opt, jv_structural_form *forms, size_t *n,
                               size_t *from) {
  size_t kept = 0, observed = 0;
  jv_status status = JV_OK;
  *from = 0;
  for (size_t t = 0; t < sample->n; t++) observed += isnan(sample->y[t]) ? 0u : 1u;
  for (size_t i = 0; i < *n; i++) {
    size_t end = 0;
    jv_status now = jv_structural_begin(cx, sample, x_scale, &forms[i], opt, &end);
    if (now != JV_OK && now != JV_EDATA) return now;
    if (now == JV_OK && *n > 1 && observed < jv_structural_diffuse(&forms[i]) + 3 && kept > 0)
      continue; /* the choice wants a few errors to choose by */
    status = now;
    if (now != JV_OK) continue;
    if (end > *from) *from = end;
    forms[kept++] = forms[i];
  }
  *n = kept;
  return kept ? JV_OK : status;
}

static jv_status choose(jv_ctx *cx, const jv_sample *sample, const jv_structural_opt *opt,
                        jv_structural_state *s, jv_structural_result *best) {
  jv_structural_form forms[JV_STRUCTURAL_ROWS];
  size_t n = list_forms(sample, opt, forms), from, evaluations = 0;
  double least = INFINITY;
  JV_TRY(keep_possible(cx, sample, s->x_scale, opt, forms, &n, &from));
  for (size_t i = 0; i < n; i++) {
    jv_structural_result now;
    JV_TRY(jv_structural_estimate(cx, sample, s->x_scale, &forms[i], opt, from, &now));
    double aicc = aicc_of(now.tail, now.n_free, now.tail_used);
    jv_structural_row *row = &s->trace[i];
    jv_structural_name(&forms[i], row->name, sizeof row->name);
    row->loglik = now.loglik;
    row->aicc = aicc;
    row->parameters = now.n_free;
    evaluations += now.evaluations;
    if (i > 0 && !(aicc < least)) continue;
    least = aicc;
    *best = now;
  }
  best->evaluations = evaluations;
  s->rows = opt->type == JV_STRUCTURAL_AUTO ? n : 0;
  return JV_OK;
}

/* ---- fit ---- */

static jv_status keep_sample(jv_ctx *cx, const jv_sample *sample, jv_structural_state *s) {
  size_t n = sample->n, k = sample->k;
  s->y = JV_ARRAY(cx, double, n);
  s->x = JV_ARRAY(cx, double, n *k + 1);
  s->x_scale = JV_ARRAY(cx, double, k + 1);
  if (!s->y || !s->x || !s->x_scale) return JV_ENOMEM;
  memcpy(s->y, sample->y, n * sizeof *s->y);
  if (k) memcpy(s->x, sample->x, n * k * sizeof *s->x);
  s->n = n;
  for (size_t j = 0; j < k; j++) {
    double sum = 0;
    for (size_t t = 0; t < n; t++) sum += s->x[t * k + j] * s->x[t * k + j];
    s->x_scale[j] = sum > 0 ? sqrt(sum / (double)n) : 1;
  }
  return JV_OK;
}

/* Fitted values and residuals of `steps` filtered steps from fit's observation `first`. */
static void take_predictions(const jv_kalman *k, const double *y, size_t first, jv_fit *fit) {
  const jv_structural_state *s = fit->state;
  for (size_t t = 0; t < k->steps; t++) {
    if (t < k->diffuse_end) continue;
    fit->fitted[first + t] = k->mean[t];
    fit->residuals[first + t] = y[t] - k->mean[t];
    if (!isnan(y[t])) fit->sigma2 = s->par.scale * s->par.scale * k->f[t];
  }
}

/* One pass with the parameters of the state: fitted values, residuals and the state at the end. */
static jv_status pass(jv_ctx *cx, jv_fit *fit) {
  jv_structural_state *s = fit->state;
  jv_structural_name_parts(s);
  jv_structural_system system;
  jv_kalman *k;
  JV_TRY(jv_structural_refilter(cx, s, JV_KALMAN_PREDICTIONS, &system, &k));
  jv_status status = JV_OK;
  if (k->diffuse_end > s->n)
    status = jv_fail(cx, JV_EDATA, "structural: the data cannot tell all starting values");
  if (status == JV_OK) take_predictions(k, s->y, 0, fit);
  if (status == JV_OK) status = jv_structural_keep_end(cx, s, k);
  jv_kalman_free(cx, k);
  jv_structural_system_free(cx, &system);
  jv_structural_name(&s->form, fit->form, sizeof fit->form);
  return status;
}

static jv_status fit_state(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_structural_state *s = fit->state;
  jv_structural_result best = {0};
  JV_TRY(structural_check(cx, fit->opt));
  JV_TRY(check_season(cx, sample, fit->opt));
  JV_TRY(keep_sample(cx, sample, s));
  JV_TRY(choose(cx, sample, fit->opt, s, &best));
  s->form = best.form;
  s->par = best.par;
  fit->loglik = best.loglik;
  fit->n_params = best.n_free + jv_structural_diffuse(&best.form);
  fit->converged = best.converged;
  fit->evaluations = best.evaluations;
  jv_fit_criteria(fit, best.used);
  return pass(cx, fit);
}

static jv_status structural_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  fit->state = JV_NEW(cx, jv_structural_state);
  if (!fit->state) return JV_ENOMEM;
  jv_status status = fit_state(cx, sample, fit);
  if (status != JV_OK) jv_structural_free(cx, fit);
  return status;
}

static jv_status structural_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                                  jv_fit *fit) {
  const jv_structural_state *theirs = from->state;
  jv_structural_state *s = fit->state = JV_NEW(cx, jv_structural_state);
  if (!s) return JV_ENOMEM;
  s->form = theirs->form;
  s->par = theirs->par;
  jv_status status = keep_sample(cx, sample, s);
  for (size_t j = 0; j < s->form.k && status == JV_OK; j++) s->x_scale[j] = theirs->x_scale[j];
  if (status == JV_OK) status = pass(cx, fit);
  if (status != JV_OK) jv_structural_free(cx, fit);
  fit->sigma2 = from->sigma2;
  return status;
}

/* ---- ahead ---- */

static jv_status structural_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_structural_state *s = fit->state;
  jv_structural_system system;
  jv_kalman *k;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  JV_TRY(jv_structural_ahead(cx, s, fc->x, fc->h, &system));
  jv_status status = jv_kalman_new(cx, system.p, system.r, fc->h, JV_KALMAN_PREDICTIONS, &k);
  if (status == JV_OK) {
    jv_kalman_run(k, &system.ssm, NULL, fc->h);
    for (size_t i = 0; i < fc->h; i++) {
      fc->mean[i] = k->mean[i];
      fc->sd[i] = s->par.scale * sqrt(fmax(k->f[i], 0));
    }
    fc->dist = JV_DIST_NORMAL;
    fc->mean_is_median = true;
    jv_kalman_free(cx, k);
  }
  jv_structural_system_free(cx, &system);
  return status;
}

/* One path; a and next are scratch. */
static void draw_path(const jv_structural_state *s, const jv_ssm *ssm, const jv_kalman *k, size_t h,
                      jv_draws *draws, double *path, double *a, double *next) {
  size_t p = ssm->p;
  memcpy(a, s->a, p * sizeof *a);
  for (size_t i = 0; i < h; i++) {
    const double *z = jv_ssm_z(ssm, i), *gain = k->gain + i * p;
    double mean = 0, f = fmax(k->f[i], 0), v = s->par.scale * sqrt(f) * jv_draw(draws);
    for (size_t j = 0; j < p; j++) mean += z[j] * a[j];
    path[i] = mean + v;
    for (size_t j = 0; j < p && f > 0; j++) a[j] += gain[j] * (v / f);
    jv_ssm_advance(ssm, i, a, next);
    memcpy(a, next, p * sizeof *a);
  }
}

static jv_status structural_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                     size_t n_paths, double *paths) {
  const jv_structural_state *s = fit->state;
  jv_structural_system system;
  JV_TRY(jv_structural_ahead(cx, s, x, h, &system));
  jv_kalman *k = NULL;
  double *room = jv_calloc(cx, h + 2 * system.p, sizeof *room);
  jv_status status = room ? JV_OK : JV_ENOMEM;
  if (room) status = jv_kalman_new(cx, system.p, system.r, h, JV_KALMAN_GAINS, &k);
  if (k) {
    jv_kalman_run(k, &system.ssm, room, h); /* gains depend on what is observed, not on its value */
    for (size_t i = 0; i < n_paths; i++) {
      jv_draws draws = jv_fit_draws(fit, i);
      draw_path(s, &system.ssm, k, h, &draws, paths + i * h, room + h, room + h + system.p);
    }
  }
  jv_kalman_free(cx, k);
  jv_free(cx, room);
  jv_structural_system_free(cx, &system);
  return status;
}

jv_status jv_structural_joint(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              double *mean, double *cov) {
  if (fit->cls != &jv_model_structural)
    return jv_fail(cx, JV_EINVAL, "wanted a structural fit, got '%s'", fit->cls->name);
  const jv_structural_state *s = fit->state;
  jv_structural_system system;
  JV_TRY(jv_structural_ahead(cx, s, x, h, &system));
  jv_status status = jv_ssm_joint(cx, &system.ssm, h, mean, cov);
  for (size_t i = 0; i < h * h && status == JV_OK; i++) cov[i] *= s->par.scale * s->par.scale;
  jv_structural_system_free(cx, &system);
  return status;
}

static jv_status structural_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const jv_structural_state *s = fit->state;
  jv_structural_system system;
  jv_kalman *k;
  JV_TRY(jv_structural_refilter(cx, s, JV_KALMAN_PREDICTIONS, &system, &k));
  for (size_t t = 0; t < s->n; t++)
    z[t] = t < k->diffuse_end ? NAN : k->v[t] / (s->par.scale * sqrt(k->f[t]));
  jv_kalman_free(cx, k);
  jv_structural_system_free(cx, &system);
  return JV_OK;
}

/* ---- update ---- */

/* Room for `more` observations; what is there stays as it is when it fails. */
static jv_status grow(jv_ctx *cx, jv_structural_state *s, size_t more) {
  double *y = jv_realloc(cx, s->y, s->n + more, sizeof *y);
  if (!y) return JV_ENOMEM;
  s->y = y;
  double *x = jv_realloc(cx, s->x, (s->n + more) * s->form.k + 1, sizeof *x);
  if (!x) return JV_ENOMEM;
  s->x = x;
  return JV_OK;
}

static jv_status structural_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                                   size_t more) {
  jv_structural_state *s = fit->state;
  jv_structural_system system;
  jv_kalman *k = NULL;
  JV_TRY(grow(cx, s, more));
  JV_TRY(jv_structural_ahead(cx, s, x, more, &system));
  jv_status status = jv_kalman_new(cx, system.p, system.r, more, JV_KALMAN_PREDICTIONS, &k);
  if (status == JV_OK && isnan(jv_kalman_run(k, &system.ssm, y, more)))
    status = jv_fail(cx, JV_ENUMERIC, "structural: a prediction variance is zero");
  if (status == JV_OK) {
    memcpy(s->y + s->n, y, more * sizeof *y);
    if (s->form.k) memcpy(s->x + s->n * s->form.k, x, more * s->form.k * sizeof *x);
    take_predictions(k, y, fit->n, fit);
    status = jv_structural_keep_end(cx, s, k); /* allocates nothing: the fit has made the room */
    s->n += more;
  }
  jv_kalman_free(cx, k);
  jv_structural_system_free(cx, &system);
  return status;
}

const jv_model_class jv_model_structural = {
    .name = "structural",
    .title = "Structural time series (unobserved components)",
    .doc =
        "Level, slope, season and cycle as unobserved components that each move by a noise of "
        "their own, estimated by exact maximum likelihood: the local level, the local linear "
        "trend, the smooth trend and the basic structural model, with regressors and a stochastic "
        "cycle where wanted. Missing values are no trouble. The components are the smoothed ones.",
    .source = "Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter; "
              "Durbin & Koopman (2012), Time Series Analysis by State Space Methods",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE | JV_TAG_REGRESSORS,
    .options = rows,
    .opt_size = sizeof(jv_structural_opt),
    .min_n = 3,
    .check = structural_check,
    .fit = structural_fit,
    .apply = structural_apply,
    .forecast = structural_forecast,
    .simulate = structural_simulate,
    .innovations = structural_innovations,
    .components = jv_structural_components,
    .update = structural_update,
    .explain = jv_structural_explain,
    .save = jv_structural_save,
    .load = jv_structural_load,
    .state_size = sizeof(jv_structural_state),
    .free_state = jv_structural_free,
};
