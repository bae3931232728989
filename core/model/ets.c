/* The families ets, ses, holt and hw: one engine behind the hooks of jv_model_class.
 *
 * State of a fit: the form, its parameters, states before the first and after the last observation.
 * Missing values have no surprise and no part in the likelihood. A series too short for the form
 * asked for is fitted with a simpler one, with a warning: damping goes first, then season, trend;
 * one or two observations give a level with alpha 1/2 and no likelihood.
 *
 * Source: Hyndman, Koehler, Ord & Snyder (2008). Differs from R's forecast::ets in the search
 * (scoring with exact derivatives from several starts), in missing values (R takes the longest run
 * without them) and in short series; not in the likelihood, the region or the count of parameters.
 * Checked by: tests/core/test_ets.c, tests/core/test_ets_conformance.c, tests/conformance/ets */
#include "model/builtin.h"
#include "model/ets_forecast.h"
#include "model/ets_state.h"
#include <stdio.h>
#include <string.h>

typedef struct ets_opt {
  char model[JV_OPT_TEXT_SIZE];
  int damped;
  double alpha, beta, gamma, phi;
  int ic, bounds, opt_criterion, nmse, allow_multiplicative_trend, restrict_forms, additive_only,
      cautious;
} ets_opt;

#define WEIGHT(owner, field, least, most, doc)                                                     \
  { #field, JV_OPT_REAL, offsetof(owner, field), NAN, least, most, doc, NULL }
#define PHI(owner)                                                                                 \
  {                                                                                                \
    "phi", JV_OPT_REAL, offsetof(owner, phi), NAN, 0.01, 1,                                        \
        "damping of the trend; estimated when "                                                    \
        "absent, between 0.8 and 0.98",                                                            \
        NULL                                                                                       \
  }

static const jv_option ets_rows[] = {
    {"model", JV_OPT_TEXT, offsetof(ets_opt, model), 0, 0, 0,
     "error, trend, season: A additive, M multiplicative, N none, Z chosen, d after the trend for "
     "damped (\"ZZZ\", \"MAM\", \"AAdN\"); \"ZZZ\" when absent",
     NULL},
    {"damped", JV_OPT_FLAG, offsetof(ets_opt, damped), NAN, 0, 1,
     "damped trend; both are tried when absent", NULL},
    WEIGHT(ets_opt, alpha, -9, 11, "weight of the level; estimated when absent"),
    WEIGHT(ets_opt, beta, -9, 22, "weight of the slope; estimated when absent"),
    WEIGHT(ets_opt, gamma, 0, 20, "weight of the season; estimated when absent"),
    PHI(ets_opt),
    {"ic", JV_OPT_CHOICE, offsetof(ets_opt, ic), JV_ETS_AICC, 0, 0, "criterion of the choice",
     "aicc|aic|bic"},
    {"bounds", JV_OPT_CHOICE, offsetof(ets_opt, bounds), JV_ETS_BOTH, 0, 0,
     "region of the parameters: usual (between 0 and 1), admissible (the past fades), or both",
     "both|usual|admissible"},
    {"opt_criterion", JV_OPT_CHOICE, offsetof(ets_opt, opt_criterion), JV_ETS_LIKELIHOOD, 0, 0,
     "what the parameters minimise: the deviance; amse, the mean square error of 1 to nmse steps "
     "ahead; mse, of one step; sigma and mae, the mean square and absolute innovation",
     "likelihood|amse|mse|sigma|mae"},
    {"nmse", JV_OPT_INT, offsetof(ets_opt, nmse), 3, 1, 30, "steps ahead of amse", NULL},
    {"allow_multiplicative_trend", JV_OPT_FLAG, offsetof(ets_opt, allow_multiplicative_trend), 0, 0,
     1, "let multiplicative trends be chosen", NULL},
    {"additive_only", JV_OPT_FLAG, offsetof(ets_opt, additive_only), 0, 0, 1,
     "choose among additive forms only, as is fit for transformed data", NULL},
    {"restrict", JV_OPT_FLAG, offsetof(ets_opt, restrict_forms), 1, 0, 1,
     "leave forms with infinite variance out of the choice", NULL},
    {"cautious", JV_OPT_FLAG, offsetof(ets_opt, cautious), 1, 0, 1,
     "hold back endless trends and biased forms in the choice; false: the criterion alone", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* ---- fit */

static void describe(const jv_ets_estimate *est, const jv_sample *sample, jv_fit *fit) {
  double df = (double)est->n_used - (double)est->n_params + 1;
  fit->loglik = est->loglik;
  fit->n_params = est->n_params;
  fit->sigma2 = df > 0 ? est->sse / df : INFINITY; /* one value says nothing of the spread */
  fit->converged = est->converged;
  fit->evaluations = est->evaluations;
  jv_fit_criteria(fit, est->n_used);
  for (size_t t = 0; t < sample->n; t++) fit->residuals[t] = sample->y[t] - fit->fitted[t];
}

static jv_status fit_request(jv_ctx *cx, const jv_sample *sample, const jv_ets_request *request,
                             jv_fit *fit) {
  jv_ets_estimate est;
  JV_TRY(jv_ets_estimate_new(cx, request, sample->y, sample->n, sample->m, &est));
  jv_status status = jv_ets_state_new(cx, est.form, sample->m, fit);
  if (status == JV_OK) {
    jv_ets_state *s = fit->state;
    s->par = est.par;
    s->given = request->given;
    s->criterion = request->criterion;
    s->target = request->target;
    s->nmse = request->nmse;
    s->n_trials = est.n_trials;
    memcpy(s->trials, est.trials, sizeof s->trials);
    memcpy(s->first, est.states0, est.n_states * sizeof *s->first);
    status = jv_ets_evaluate(cx, est.form, est.par, est.states0, sample->y, sample->n, sample->m,
                             fit->fitted, s->last, NULL, &est.sse);
  }
  if (status == JV_OK) {
    char name[JV_ETS_NAME_SIZE];
    describe(&est, sample, fit);
    jv_ets_print_form(est.form, true, name);
    snprintf(fit->form, sizeof fit->form, "%s", name);
  } else {
    jv_ets_state_free(cx, fit);
  }
  jv_ets_estimate_clear(cx, &est);
  return status;
}

static jv_status read_request(jv_ctx *cx, const ets_opt *opt, jv_ets_request *out) {
  *out = (jv_ets_request){.given = {opt->alpha, opt->beta, opt->gamma, opt->phi},
                          .bounds = (jv_ets_bounds)opt->bounds,
                          .criterion = (jv_ets_criterion)opt->ic,
                          .multiplicative_trend = opt->allow_multiplicative_trend == 1,
                          .additive_only = opt->additive_only == 1,
                          .criterion_alone = opt->cautious == 0,
                          .restrict_forms = opt->restrict_forms == 1,
                          .target = (jv_ets_target)opt->opt_criterion,
                          .nmse = (size_t)opt->nmse};
  JV_TRY(jv_ets_parse_form(cx, opt->model[0] ? opt->model : "ZZZ", &out->form, &out->damped));
  if (out->additive_only && (out->form.error == JV_ETS_MUL || out->form.trend == JV_ETS_MUL ||
                             out->form.season == JV_ETS_MUL))
    return jv_fail(cx, JV_EINVAL, "ets: model '%s' multiplies, but additive_only = true",
                   opt->model);
  if (opt->damped == JV_OPT_UNSET) return JV_OK;
  if (out->damped == 1 && opt->damped == 0)
    return jv_fail(cx, JV_EINVAL, "ets: model '%s' is damped, but damped = false", opt->model);
  out->damped = opt->damped;
  return JV_OK;
}

static jv_status ets_check(jv_ctx *cx, const void *opt) {
  jv_ets_request request;
  return read_request(cx, opt, &request);
}

static jv_status ets_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_ets_request request;
  JV_TRY(read_request(cx, fit->opt, &request));
  return fit_request(cx, sample, &request, fit);
}

/* ---- forecast */

enum { PATHS = 5000 };

static jv_status draw_paths(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                            size_t n_paths, double *paths) {
  (void)x;
  const jv_ets_state *s = fit->state;
  if (isinf(fit->sigma2))
    return jv_fail(cx, JV_EDATA, "%s: no sample paths from one observed value", fit->cls->name);
  double *ring = JV_ARRAY(cx, double, s->m);
  if (!ring) return cx->status;
  jv_status status = JV_OK;
  for (size_t k = 0; k < n_paths && status == JV_OK; k++) {
    jv_ets_run run = jv_ets_state_run(s, s->last, ring);
    jv_draws draws = jv_fit_draws(fit, k);
    jv_ets_path(&run, fit->sigma2, &draws, h, paths + k * h);
    if (k % 256 == 0) status = jv_check_cancel(cx);
  }
  jv_free(cx, ring);
  return status;
}

static jv_status ets_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_ets_state *s = fit->state;
  bool analytic = jv_ets_has_variance(s->form);
  double **room = analytic ? &fc->sd : &fc->paths;
  *room = JV_ARRAY(cx, double, analytic ? fc->h : fc->h *PATHS);
  double *ring = *room ? JV_ARRAY(cx, double, s->m) : NULL;
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->last, ring);
  jv_ets_moments(&run, fit->sigma2, fc->h, fc->mean, fc->sd);
  jv_free(cx, ring);
  fc->dist = analytic ? JV_DIST_NORMAL : JV_DIST_PATHS;
  fc->mean_is_median = analytic;
  if (analytic) {
    for (size_t i = 0; i < fc->h; i++) fc->sd[i] = sqrt(fmax(fc->sd[i], 0));
    return JV_OK;
  }
  fc->n_paths = PATHS;
  return draw_paths(cx, fit, fc->h, NULL, PATHS, fc->paths);
}

/* ---- the rest */

static jv_status ets_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                const char *const **names, double *values) {
  static const char *const plain[] = {"level", "slope"};
  static const char *const seasonal[] = {"level", "season"};
  static const char *const all[] = {"level", "slope", "season"};
  const jv_ets_state *s = fit->state;
  bool trend = s->form.trend != JV_ETS_NONE, season = s->form.season != JV_ETS_NONE;
  *names = trend && season ? all : season ? seasonal : plain;
  *count = trend && season ? 3 : trend || season ? 2 : 1;
  if (!values) return JV_OK;
  double *ring = JV_ARRAY(cx, double, s->m), f;
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->first, ring);
  for (size_t t = 0; t < fit->n; t++) {
    double y = fit->fitted[t] + fit->residuals[t];
    size_t at = run.at;
    jv_ets_filter(&run, &y, 1, &f);
    values[t] = run.level;
    if (trend) values[fit->n + t] = run.slope;
    if (season) values[(trend ? 2 : 1) * fit->n + t] = ring[at];
  }
  jv_free(cx, ring);
  return JV_OK;
}

static jv_status ets_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)x;
  jv_ets_state *s = fit->state;
  double *ring = JV_ARRAY(cx, double, s->m);
  if (!ring) return cx->status;
  jv_ets_run run = jv_ets_state_run(s, s->last, ring);
  jv_ets_filter(&run, y, k, fit->fitted + fit->n);
  for (size_t i = fit->n; i < fit->n + k; i++) fit->residuals[i] = y[i - fit->n] - fit->fitted[i];
  jv_ets_run_get(&run, s->last);
  jv_free(cx, ring);
  return JV_OK;
}

static jv_status ets_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  (void)cx;
  const jv_ets_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  for (size_t t = 0; t < fit->n; t++) {
    double r = fit->residuals[t];
    if (s->form.error == JV_ETS_MUL) r /= fit->fitted[t];
    z[t] = r == 0 ? 0 : r / sigma;
  }
  return JV_OK;
}

#define ETS_TAGS                                                                                   \
  (JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE | JV_TAG_COMPONENTS | JV_TAG_UPDATE)
#define ETS_HOOKS                                                                                  \
  .forecast = ets_forecast, .simulate = draw_paths, .components = ets_components,                  \
  .update = ets_update, .innovations = ets_innovations, .explain = jv_ets_explain,                 \
  .save = jv_ets_save, .load = jv_ets_load, .free_state = jv_ets_state_free

const jv_model_class jv_model_ets = {
    .name = "ets",
    .title = "Exponential smoothing in state-space form",
    .doc =
        "Level, trend and season, each moving with the surprises of the series; errors additive "
        "or in proportion to the mean. Estimated by maximum likelihood; without a model given, "
        "the form with the best AICc among those that make sense for the data. A trend that goes "
        "on "
        "for ever must win by 2 (by 0.5 below 20 observations), unless damping it is no help; in "
        "series of fewer than 60 observations one whose slope is the last difference must win by 2 "
        "in any case. A form whose relative errors lie below zero on average is "
        "passed over. Intervals are exact where a formula exists; elsewhere they come from 5000 "
        "simulated paths, and the point forecast is that of a future without surprises. Missing "
        "values count as observations without surprise. Series too short for the form get a "
        "simpler one, with a warning. Seasons longer than 24 are tried only when the model asks "
        "for them.",
    .source = "Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing",
    .tags = ETS_TAGS | JV_TAG_SEASONAL,
    .options = ets_rows,
    .opt_size = sizeof(ets_opt),
    .min_n = 1,
    .check = ets_check,
    .fit = ets_fit,
    ETS_HOOKS,
};

/* ---- ses, holt, hw: forms of the same by their old names, fitted by least squares */

typedef struct named_opt {
  double alpha, beta, gamma, phi;
  int damped, exponential, seasonal;
} named_opt;

static const jv_option ses_rows[] = {
    WEIGHT(named_opt, alpha, 0, 1, "weight of the newest observation; estimated when absent"),
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_option holt_rows[] = {
    WEIGHT(named_opt, alpha, 0, 1, "weight of the level; estimated when absent"),
    WEIGHT(named_opt, beta, 0, 1, "weight of the slope; estimated when absent"),
    PHI(named_opt),
    {"damped", JV_OPT_FLAG, offsetof(named_opt, damped), 0, 0, 1, "damped trend", NULL},
    {"exponential", JV_OPT_FLAG, offsetof(named_opt, exponential), 0, 0, 1,
     "trend as a growth factor, for y > 0", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_option hw_rows[] = {
    WEIGHT(named_opt, alpha, 0, 1, "weight of the level; estimated when absent"),
    WEIGHT(named_opt, beta, 0, 1, "weight of the slope; estimated when absent"),
    WEIGHT(named_opt, gamma, 0, 1, "weight of the season; estimated when absent"),
    PHI(named_opt),
    {"damped", JV_OPT_FLAG, offsetof(named_opt, damped), 0, 0, 1, "damped trend", NULL},
    {"seasonal", JV_OPT_CHOICE, offsetof(named_opt, seasonal), 0, 0, 0,
     "season added, or multiplied (for y > 0)", "additive|multiplicative"},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static jv_status fit_named(jv_ctx *cx, const jv_sample *sample, jv_ets_form form, double alpha,
                           jv_fit *fit) {
  const named_opt *opt = fit->opt;
  bool trend = form.trend != JV_ETS_NONE, season = form.season != JV_ETS_NONE;
  jv_ets_request request = {
      .who = fit->cls->name,
      .form = form,
      .damped = trend && opt->damped == 1,
      .given = {alpha, trend ? opt->beta : NAN, season ? opt->gamma : NAN, trend ? opt->phi : NAN},
      .restrict_forms = true,
      .target = JV_ETS_MSE};
  return fit_request(cx, sample, &request, fit);
}

static jv_status ses_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  return fit_named(cx, sample, (jv_ets_form){JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false},
                   opt->alpha, fit);
}

static jv_status holt_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  jv_ets_kind kind = opt->exponential == 1 ? JV_ETS_MUL : JV_ETS_ADD;
  return fit_named(cx, sample, (jv_ets_form){kind, kind, JV_ETS_NONE, opt->damped == 1}, opt->alpha,
                   fit);
}

static jv_status hw_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  jv_ets_kind kind = opt->seasonal == 1 ? JV_ETS_MUL : JV_ETS_ADD;
  jv_ets_kind season = sample->m < 2 ? JV_ETS_NONE : kind;
  if (sample->m < 2) jv_warn(cx, "hw: the series has no seasonal period, fitted without a season");
  return fit_named(cx, sample, (jv_ets_form){kind, JV_ETS_ADD, season, opt->damped == 1},
                   opt->alpha, fit);
}

const jv_model_class jv_model_ses = {
    .name = "ses",
    .title = "Simple exponential smoothing",
    .doc =
        "A level that moves by a share of each surprise: ETS(A,N,N), fitted by least squares with "
        "its start value.",
    .source = "Hyndman, Koehler, Ord & Snyder (2008), sec. 2.3; Brown (1959)",
    .tags = ETS_TAGS,
    .options = ses_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .fit = ses_fit,
    ETS_HOOKS,
};

const jv_model_class jv_model_holt = {
    .name = "holt",
    .title = "Holt's linear trend",
    .doc =
        "Level and slope, ETS(A,A,N), damped if asked for; with exponential = true the trend is a "
        "growth factor and errors are relative, ETS(M,M,N). Fitted by least squares.",
    .source = "Holt (1957, 2004); Gardner & McKenzie (1985); Hyndman et al. (2008), sec. 2.3",
    .tags = ETS_TAGS,
    .options = holt_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .fit = holt_fit,
    ETS_HOOKS,
};

const jv_model_class jv_model_hw = {
    .name = "hw",
    .title = "Holt-Winters",
    .doc = "Level, slope and season: ETS(A,A,A), or ETS(M,A,M) with seasonal = \"multiplicative\"; "
           "damped if asked for. Fitted by least squares. A series without a seasonal period is "
           "fitted "
           "without a season, with a warning.",
    .source = "Winters (1960); Hyndman, Koehler, Ord & Snyder (2008), sec. 2.3",
    .tags = ETS_TAGS | JV_TAG_SEASONAL,
    .options = hw_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .fit = hw_fit,
    ETS_HOOKS,
};
