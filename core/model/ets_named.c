/* The families ses, holt and hw: forms of ets by their old names, fitted by least squares.
 *
 * Start values are estimated with the weights, or, with initial = "simple", made of the first
 * observations, and the recursions are then Holt's and Winters' own (ets_simple.c). */
#include "model/builtin.h"
#include "model/ets_simple.h"
#include "model/ets_state.h"
#include <math.h>
#include <stdio.h>

typedef struct named_opt {
  double alpha, beta, gamma, phi;
  int damped, exponential, seasonal, initial;
} named_opt;

enum { OPTIMAL, SIMPLE };
#define INITIAL                                                                                    \
  {                                                                                                \
    "initial", JV_OPT_CHOICE, offsetof(named_opt, initial), OPTIMAL, 0, 0,                         \
        "start values: estimated with the weights, or simply made of the first observations; "     \
        "with "                                                                                    \
        "the simple ones beta and gamma are Holt's and Winters', shares of what is new",           \
        "optimal|simple"                                                                           \
  }

static const jv_option ses_rows[] = {
    JV_ETS_WEIGHT(named_opt, alpha, 0, 1,
                  "weight of the newest observation; estimated when absent"),
    INITIAL,
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_option holt_rows[] = {
    JV_ETS_WEIGHT(named_opt, alpha, 0, 1, "weight of the level; estimated when absent"),
    JV_ETS_WEIGHT(named_opt, beta, 0, 1, "weight of the slope; estimated when absent"),
    JV_ETS_PHI(named_opt),
    {"damped", JV_OPT_FLAG, offsetof(named_opt, damped), 0, 0, 1, "damped trend", NULL},
    {"exponential", JV_OPT_FLAG, offsetof(named_opt, exponential), 0, 0, 1,
     "trend as a growth factor, for y > 0", NULL},
    INITIAL,
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_option hw_rows[] = {
    JV_ETS_WEIGHT(named_opt, alpha, 0, 1, "weight of the level; estimated when absent"),
    JV_ETS_WEIGHT(named_opt, beta, 0, 1, "weight of the slope; estimated when absent"),
    JV_ETS_WEIGHT(named_opt, gamma, 0, 1, "weight of the season; estimated when absent"),
    JV_ETS_PHI(named_opt),
    {"damped", JV_OPT_FLAG, offsetof(named_opt, damped), 0, 0, 1, "damped trend", NULL},
    {"seasonal", JV_OPT_CHOICE, offsetof(named_opt, seasonal), 0, 0, 0,
     "season added, or multiplied (for y > 0)", "additive|multiplicative"},
    INITIAL,
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* What start values made of the first observations are not there for. */
static jv_status check_named(jv_ctx *cx, const void *options) {
  const named_opt *opt = options;
  if (opt->initial != SIMPLE) return JV_OK;
  if (opt->damped == 1)
    return jv_fail(cx, JV_EINVAL, "initial = \"simple\" is not for damped trends");
  if (opt->exponential == 1)
    return jv_fail(cx, JV_EINVAL, "initial = \"simple\" is not for exponential trends");
  return JV_OK;
}

static jv_ets_par given_of(const named_opt *opt, jv_ets_form form) {
  bool trend = form.trend != JV_ETS_NONE, season = form.season != JV_ETS_NONE;
  return (jv_ets_par){opt->alpha, trend ? opt->beta : NAN, season ? opt->gamma : NAN,
                      trend ? opt->phi : NAN};
}

/* ---- simple start values */

static jv_status fill_state(jv_ctx *cx, jv_ets_simple *simple, const jv_sample *sample,
                            jv_ets_par given, jv_fit *fit) {
  JV_TRY(jv_ets_state_new(cx, simple->start.form, sample->m, fit));
  jv_ets_state *s = fit->state;
  jv_ets_run run = jv_ets_simple_run(simple, simple->par);
  size_t skip = simple->skip;
  s->par = simple->par;
  s->given = given;
  s->skip = skip;
  s->conventional = true;
  s->target = JV_ETS_MSE;
  s->n_trials = 1;
  s->trials[0] = (jv_ets_trial){.form = s->form, .verdict = JV_ETS_CHOSEN};
  jv_ets_run_get(&run, s->first);
  jv_ets_filter(&run, sample->y + skip, sample->n - skip, fit->fitted + skip);
  jv_ets_run_get(&run, s->last);
  for (size_t t = skip; t < sample->n; t++) fit->residuals[t] = sample->y[t] - fit->fitted[t];
  return JV_OK;
}

/* The likelihood is that of additive errors, given the start. */
static void fill_numbers(const jv_ets_simple *simple, jv_fit *fit) {
  static const char *const names[] = {"", "", ", additive", ", multiplicative"};
  const jv_ets_form form = simple->start.form;
  double n = (double)simple->n_used;
  fit->loglik = -0.5 * n * log(jv_ets_floor(simple->sse, 0));
  fit->n_params = simple->n_params;
  fit->sigma2 = simple->sse / n;
  fit->converged = simple->converged;
  fit->evaluations = simple->evaluations;
  jv_fit_criteria(fit, simple->n_used);
  snprintf(fit->form, sizeof fit->form, "%s%s, simple start",
           form.season != JV_ETS_NONE  ? "Holt-Winters"
           : form.trend != JV_ETS_NONE ? "Holt"
                                       : "simple smoothing",
           names[form.season == JV_ETS_NONE  ? 0
                 : form.season == JV_ETS_ADD ? 2
                                             : 3]);
}

static jv_status fit_simple(jv_ctx *cx, const jv_sample *sample, jv_ets_form form, jv_fit *fit) {
  jv_ets_simple simple;
  jv_ets_par given = given_of(fit->opt, form);
  form.error = JV_ETS_ADD;
  jv_status status =
      jv_ets_simple_fit(cx, fit->cls->name, form, given, sample->y, sample->n, sample->m, &simple);
  if (status == JV_OK) status = fill_state(cx, &simple, sample, given, fit);
  if (status == JV_OK) fill_numbers(&simple, fit);
  jv_ets_simple_clear(cx, &simple);
  return status;
}

/* ---- the families */

static jv_status fit_named(jv_ctx *cx, const jv_sample *sample, jv_ets_form form, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  JV_TRY(check_named(cx, opt));
  if (opt->initial == SIMPLE) return fit_simple(cx, sample, form, fit);
  jv_ets_request request = {.who = fit->cls->name,
                            .form = form,
                            .damped = form.trend != JV_ETS_NONE && opt->damped == 1,
                            .given = given_of(opt, form),
                            .restrict_forms = true,
                            .target = JV_ETS_MSE};
  return jv_ets_fit_request(cx, sample, &request, fit);
}

static jv_status ses_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_named(cx, sample, (jv_ets_form){JV_ETS_ADD, JV_ETS_NONE, JV_ETS_NONE, false}, fit);
}

static jv_status holt_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  jv_ets_kind kind = opt->exponential == 1 ? JV_ETS_MUL : JV_ETS_ADD;
  return fit_named(cx, sample, (jv_ets_form){kind, kind, JV_ETS_NONE, opt->damped == 1}, fit);
}

static jv_status hw_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const named_opt *opt = fit->opt;
  jv_ets_kind kind = opt->seasonal == 1 ? JV_ETS_MUL : JV_ETS_ADD;
  jv_ets_kind season = sample->m < 2 ? JV_ETS_NONE : kind;
  if (sample->m < 2) jv_warn(cx, "hw: the series has no seasonal period, fitted without a season");
  return fit_named(cx, sample, (jv_ets_form){kind, JV_ETS_ADD, season, opt->damped == 1}, fit);
}

const jv_model_class jv_model_ses = {
    .name = "ses",
    .title = "Simple exponential smoothing",
    .doc =
        "A level that moves by a share of each surprise: ETS(A,N,N), fitted by least squares with "
        "its start value.",
    .source = "Hyndman, Koehler, Ord & Snyder (2008), sec. 2.3; Brown (1959)",
    .tags = JV_ETS_TAGS,
    .options = ses_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .check = check_named,
    .fit = ses_fit,
    JV_ETS_HOOKS,
};

const jv_model_class jv_model_holt = {
    .name = "holt",
    .title = "Holt's linear trend",
    .doc =
        "Level and slope, ETS(A,A,N), damped if asked for; with exponential = true the trend is a "
        "growth factor and errors are relative, ETS(M,M,N). Fitted by least squares.",
    .source = "Holt (1957, 2004); Gardner & McKenzie (1985); Hyndman et al. (2008), sec. 2.3",
    .tags = JV_ETS_TAGS,
    .options = holt_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .check = check_named,
    .fit = holt_fit,
    JV_ETS_HOOKS,
};

const jv_model_class jv_model_hw = {
    .name = "hw",
    .title = "Holt-Winters",
    .doc = "Level, slope and season: ETS(A,A,A), or ETS(M,A,M) with seasonal = \"multiplicative\"; "
           "damped if asked for. Fitted by least squares. A series without a seasonal period is "
           "fitted "
           "without a season, with a warning.",
    .source = "Winters (1960); Hyndman, Koehler, Ord & Snyder (2008), sec. 2.3",
    .tags = JV_ETS_TAGS | JV_TAG_SEASONAL,
    .options = hw_rows,
    .opt_size = sizeof(named_opt),
    .min_n = 1,
    .check = check_named,
    .fit = hw_fit,
    JV_ETS_HOOKS,
};
