/* The family ets; ses, holt and hw (ets_named.c) go the same way through its fit.
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
#include "model/ets_state.h"
#include <stdio.h>
#include <string.h>

typedef struct ets_opt {
  char model[JV_OPT_TEXT_SIZE];
  int damped;
  double alpha, beta, gamma, phi;
  int ic, bounds, opt_criterion, nmse, allow_multiplicative_trend, restrict_forms, additive_only;
  double caution;
} ets_opt;

static const jv_option ets_rows[] = {
    {"model", JV_OPT_TEXT, offsetof(ets_opt, model), 0, 0, 0,
     "error, trend, season: A additive, M multiplicative, N none, Z chosen, d after the trend for "
     "damped (\"ZZZ\", \"MAM\", \"AAdN\"); \"ZZZ\" when absent",
     NULL},
    {"damped", JV_OPT_FLAG, offsetof(ets_opt, damped), NAN, 0, 1,
     "damped trend; both are tried when absent", NULL},
    JV_ETS_WEIGHT(ets_opt, alpha, -9, 11, "weight of the level; estimated when absent"),
    JV_ETS_WEIGHT(ets_opt, beta, -9, 22, "weight of the slope; estimated when absent"),
    JV_ETS_WEIGHT(ets_opt, gamma, 0, 20, "weight of the season; estimated when absent"),
    JV_ETS_PHI(ets_opt),
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
    {"caution", JV_OPT_REAL, offsetof(ets_opt, caution), 0.5, 0, 100,
     "what an endless trend must be better by in the criterion to be chosen; 0: the criterion "
     "decides "
     "alone, biased forms included; 2, a parameter's price, forecasts quarterly series better",
     NULL},
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

jv_status jv_ets_fit_request(jv_ctx *cx, const jv_sample *sample, const jv_ets_request *request,
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
                          .caution = opt->caution,
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
  /* products on a scale of logarithms are no season and no growth of y */
  if (sample->transformed && request.form.error != JV_ETS_MUL && request.form.trend != JV_ETS_MUL &&
      request.form.season != JV_ETS_MUL)
    request.additive_only = true;
  return jv_ets_fit_request(cx, sample, &request, fit);
}

const jv_model_class jv_model_ets = {
    .name = "ets",
    .title = "Exponential smoothing in state-space form",
    .doc =
        "Level, trend and season, each moving with the surprises of the series; errors additive "
        "or in proportion to the mean. Estimated by maximum likelihood; without a model given, "
        "the form with the best AICc among those that make sense for the data. A trend that goes "
        "on for ever must win by the option caution (0.5), unless damping it is no help; in series "
        "of fewer than 60 observations one whose slope is the last difference must win by 2. A "
        "form whose relative errors lie below zero on average is "
        "passed over. Intervals are exact where a formula exists; elsewhere they come from 5000 "
        "simulated paths, and the point forecast is that of a future without surprises. Missing "
        "values count as observations without surprise. Series too short for the form get a "
        "simpler one, with a warning. Seasons longer than 24 are tried only when the model asks "
        "for them.",
    .source = "Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing",
    .tags = JV_ETS_TAGS | JV_TAG_SEASONAL,
    .options = ets_rows,
    .opt_size = sizeof(ets_opt),
    .min_n = 1,
    .check = ets_check,
    .fit = ets_fit,
    JV_ETS_HOOKS,
};
