/* Why this form, and with what certainty: the explanation of an ets fit.
 *
 * Standard errors are those of maximum likelihood: the curvature of the concentrated likelihood (for
 * additive errors Gauss-Newton's, s^2 (F'F)^-1 with F the derivatives of the one-step means; for
 * multiplicative ones Fisher's) over all that was estimated, states included, inverted. Parameters
 * that were given, or that stand at a bound, are held, and have none. */
#include "model/ets_state.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WEIGHTS = 4 }; /* alpha, beta, gamma, phi come first among the coordinates */

static const char *const weight_names[WEIGHTS] = {"alpha", "beta", "gamma", "phi"};

static void weights_of(jv_ets_par par, double out[WEIGHTS]) {
  out[0] = par.alpha;
  out[1] = par.beta;
  out[2] = par.gamma;
  out[3] = par.phi;
}

static void find_weights(jv_ets_form form, bool has[WEIGHTS]) {
  has[0] = true;
  has[1] = form.trend != JV_ETS_NONE;
  has[2] = form.season != JV_ETS_NONE;
  has[3] = has[1] && form.damped;
}

/* ---- standard errors */

/* At the edge of the usual region, where the likelihood is not level. */
static void find_edges(jv_ets_par p, bool edge[WEIGHTS]) {
  const double near = 1e-5;
  edge[0] = p.alpha < 1e-4 + near || p.alpha > 0.9999 - near;
  edge[1] = p.beta < 1e-4 + near || p.beta > p.alpha - near;
  edge[2] = p.gamma < 1e-4 + near || p.gamma > 1 - p.alpha - near;
  edge[3] = p.phi < 0.8 + near || p.phi > 0.98 - near;
}

static size_t list_free(const jv_ets_state *s, size_t k, size_t *list) {
  bool has[WEIGHTS], edge[WEIGHTS];
  double given[WEIGHTS];
  size_t n = 0;
  find_weights(s->form, has);
  find_edges(s->par, edge);
  weights_of(s->given, given);
  for (size_t i = 0; i < k; i++) {
    if (i < WEIGHTS && (!has[i] || edge[i] || !isnan(given[i]))) continue;
    if (i == JV_ETS_LANE_SLOPE && !has[1]) continue;
    list[n++] = i;
  }
  return n;
}

/* Roots of the diagonal of the inverse, for the weights among the n free coordinates. */
static void invert(const double *h, size_t k, const size_t *list, size_t n, double *work,
                   double se[WEIGHTS]) {
  double *a = work, *b = work + n * n;
  for (size_t w = 0; w < n && list[w] < WEIGHTS; w++) {
    for (size_t i = 0; i < n; i++) {
      b[i] = i == w ? 1 : 0;
      for (size_t j = 0; j <= i; j++) a[i * n + j] = h[list[i] * k + list[j]];
    }
    if (jv_cholesky_solve(a, n, b)) se[list[w]] = sqrt(b[w]);
  }
}

static jv_status curvature_errors(jv_ctx *cx, const jv_ets_state *s, jv_ets_problem *p,
                                  double se[WEIGHTS]) {
  size_t k = p->k;
  double *room = JV_ARRAY(cx, double, 2 * k * k + 2 * k);
  size_t *list = room ? JV_ARRAY(cx, size_t, k) : NULL;
  if (list) {
    double *g = room, *h = room + k, *work = h + k * k;
    p->run.par = s->par;
    jv_ets_run_set(&p->run, s->first);
    jv_ets_problem_curvature(p, g, h);
    invert(h, k, list, list_free(s, k, list), work, se);
  }
  jv_free(cx, list);
  jv_free(cx, room);
  return list ? JV_OK : cx->status;
}

static jv_status standard_errors(jv_ctx *cx, const jv_fit *fit, double se[WEIGHTS]) {
  const jv_ets_state *s = fit->state;
  const jv_ets_request request = {.given = s->given};
  jv_ets_problem p;
  for (size_t i = 0; i < WEIGHTS; i++) se[i] = NAN;
  if (s->conventional) return JV_OK; /* the start is not estimated: no likelihood to look at */
  double *y = JV_ARRAY(cx, double, fit->n);
  if (!y) return cx->status;
  for (size_t t = 0; t < fit->n; t++) y[t] = fit->fitted[t] + fit->residuals[t];
  jv_status status = jv_ets_problem_init(cx, y, fit->n, s->m, &request, &p);
  if (status == JV_OK) {
    jv_ets_problem_form(&p, s->form);
    status = curvature_errors(cx, s, &p, se);
  }
  jv_ets_problem_clear(cx, &p);
  jv_free(cx, y);
  return status;
}

/* ---- lists of the explanation */

static jv_status out_of_memory(jv_ctx *cx) {
  return jv_fail(cx, JV_ENOMEM, "out of memory for an explanation");
}

static jv_status add_step(jv_ctx *cx, cJSON *steps, const char *text) {
  cJSON *item = cJSON_CreateString(text);
  if (!item) return out_of_memory(cx);
  cJSON_AddItemToArray(steps, item);
  return JV_OK;
}

static jv_status add_row(jv_ctx *cx, cJSON *list, cJSON **out) {
  *out = cJSON_CreateObject();
  if (!*out) return out_of_memory(cx);
  cJSON_AddItemToArray(list, *out);
  return JV_OK;
}

static jv_status add_coefficient(jv_ctx *cx, cJSON *list, const char *name, double value,
                                 double se) {
  cJSON *row;
  JV_TRY(add_row(cx, list, &row));
  JV_TRY(jv_state_set_text(cx, row, "name", name));
  JV_TRY(jv_state_set_real(cx, row, "estimate", value));
  return jv_state_set_real(cx, row, "se", se);
}

static jv_status add_coefficients(jv_ctx *cx, const jv_fit *fit, cJSON *list) {
  const jv_ets_state *s = fit->state;
  double value[WEIGHTS], se[WEIGHTS];
  bool has[WEIGHTS];
  char name[32];
  JV_TRY(standard_errors(cx, fit, se));
  weights_of(s->par, value);
  find_weights(s->form, has);
  for (size_t i = 0; i < WEIGHTS; i++)
    if (has[i]) JV_TRY(add_coefficient(cx, list, weight_names[i], value[i], se[i]));
  const double *state = s->first;
  JV_TRY(add_coefficient(cx, list, "level", *state++, NAN));
  if (has[1]) JV_TRY(add_coefficient(cx, list, "slope", *state++, NAN));
  for (size_t j = 0; has[2] && j < s->m; j++) {
    snprintf(name, sizeof name, "season %zu", j + 1);
    JV_TRY(add_coefficient(cx, list, name, state[s->m - 1 - j], NAN));
  }
  return JV_OK;
}

/* ---- the choice */

static const char *criterion_name(const jv_ets_state *s) {
  return s->criterion == JV_ETS_BIC ? "BIC" : s->criterion == JV_ETS_AIC ? "AIC" : "AICc";
}

static jv_status add_trace(jv_ctx *cx, const jv_ets_state *s, cJSON *trace) {
  static const char *const verdicts[] = {"chosen", "worse", "given up", "biased", "not found"};
  const char *criterion = s->criterion == JV_ETS_BIC   ? "bic"
                          : s->criterion == JV_ETS_AIC ? "aic"
                                                       : "aicc";
  for (size_t i = 0; i < s->n_trials; i++) {
    const jv_ets_trial *t = &s->trials[i];
    char name[JV_ETS_NAME_SIZE];
    cJSON *row;
    JV_TRY(add_row(cx, trace, &row));
    jv_ets_print_form(t->form, true, name);
    JV_TRY(jv_state_set_text(cx, row, "form", name));
    JV_TRY(jv_state_set_real(cx, row, criterion, t->criterion));
    JV_TRY(jv_state_set_real(cx, row, "handicap", t->handicap));
    JV_TRY(jv_state_set_text(cx, row, "verdict", verdicts[t->verdict]));
  }
  return JV_OK;
}

static const jv_ets_trial *find_chosen(const jv_ets_state *s) {
  for (size_t i = 0; i < s->n_trials; i++)
    if (s->trials[i].verdict == JV_ETS_CHOSEN) return &s->trials[i];
  return NULL;
}

/* Forms that the criterion alone would have put before the chosen one. */
static jv_status add_passed_over(jv_ctx *cx, const jv_ets_state *s, const jv_ets_trial *chosen,
                                 cJSON *steps) {
  for (size_t i = 0; i < s->n_trials; i++) {
    const jv_ets_trial *t = &s->trials[i];
    char name[JV_ETS_NAME_SIZE], text[256];
    if (!(t->criterion < chosen->criterion)) continue;
    jv_ets_print_form(t->form, true, name);
    if (t->verdict == JV_ETS_BIASED)
      snprintf(text, sizeof text,
               "%s has %s %.2f, but its relative errors lie below zero on average: passed over.",
               name, criterion_name(s), t->criterion);
    else
      snprintf(text, sizeof text,
               "%s has %s %.2f, but a trend that goes on for ever must win by %g: passed over.",
               name, criterion_name(s), t->criterion, t->handicap);
    JV_TRY(add_step(cx, steps, text));
  }
  return JV_OK;
}

static jv_status add_choice(jv_ctx *cx, const jv_ets_state *s, const jv_ets_trial *chosen,
                            cJSON *steps) {
  char name[JV_ETS_NAME_SIZE], text[256];
  size_t given_up = 0;
  jv_ets_print_form(chosen->form, true, name);
  snprintf(text, sizeof text, "%zu forms were tried; %s is chosen, with %s %.2f.", s->n_trials,
           name, criterion_name(s), chosen->criterion);
  JV_TRY(add_step(cx, steps, text));
  JV_TRY(add_passed_over(cx, s, chosen, steps));
  for (size_t i = 0; i < s->n_trials; i++)
    if (s->trials[i].verdict == JV_ETS_GIVEN_UP) given_up++;
  if (!given_up) return JV_OK;
  snprintf(text, sizeof text,
           "The search for %zu of them ended early, when %s could not come near the best before.",
           given_up, criterion_name(s));
  return add_step(cx, steps, text);
}

static jv_status add_target(jv_ctx *cx, const jv_fit *fit, cJSON *steps) {
  static const char *const what[] = {"the deviance (maximum likelihood)",
                                     "the mean square error over several steps ahead",
                                     "the mean square error of one step ahead",
                                     "the mean square innovation", "the mean absolute innovation"};
  const jv_ets_state *s = fit->state;
  char text[160];
  snprintf(text, sizeof text, "The parameters minimise %s; %zu evaluations.", what[s->target],
           fit->evaluations);
  return add_step(cx, steps, text);
}

static jv_status add_edges(jv_ctx *cx, const jv_ets_state *s, cJSON *steps) {
  double value[WEIGHTS], given[WEIGHTS];
  bool has[WEIGHTS], edge[WEIGHTS];
  weights_of(s->par, value);
  weights_of(s->given, given);
  find_weights(s->form, has);
  find_edges(s->par, edge);
  for (size_t i = 0; i < WEIGHTS; i++) {
    char text[128];
    if (!has[i] || !edge[i] || !isnan(given[i])) continue;
    snprintf(text, sizeof text, "%s = %.4g stands at the bound of its region.", weight_names[i],
             value[i]);
    JV_TRY(add_step(cx, steps, text));
  }
  return JV_OK;
}

jv_status jv_ets_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_ets_state *s = fit->state;
  const jv_ets_trial *chosen = find_chosen(s);
  cJSON *steps = cJSON_AddArrayToObject(into, "steps");
  cJSON *list = cJSON_AddArrayToObject(into, "coefficients");
  if (!steps || !list) return out_of_memory(cx);
  if (s->n_trials > 1 && chosen) JV_TRY(add_choice(cx, s, chosen, steps));
  if (!chosen) JV_TRY(add_step(cx, steps, "Too few observations to estimate anything."));
  if (chosen) JV_TRY(add_target(cx, fit, steps));
  if (s->conventional)
    JV_TRY(add_step(cx, steps, "The start values are made of the first observations."));
  if (chosen && !s->conventional) JV_TRY(add_edges(cx, s, steps));
  JV_TRY(add_coefficients(cx, fit, list));
  if (s->n_trials < 2) return JV_OK;
  cJSON *trace = cJSON_AddArrayToObject(into, "trace");
  return trace ? add_trace(cx, s, trace) : out_of_memory(cx);
}
