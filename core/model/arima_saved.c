/* An arima fit as JSON and back, and its explanation. */
#include "model/arima_model.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ORDERS = 7, TRIAL_NUMBERS = 7, MOST_TRIALS = 100000 };

static const char *const criterion_names[] = {"AICc", "AIC", "BIC"};
static const char *const fates[] = {"fitted", "given up early", "near a unit root",
                                    "not estimable"};

/* ---- explanation */

static jv_status out_of_memory(jv_ctx *cx) { return jv_fail(cx, JV_ENOMEM, "out of memory"); }

static jv_status add_step(jv_ctx *cx, cJSON *steps, const char *text) {
  cJSON *item = cJSON_CreateString(text);
  if (item && cJSON_AddItemToArray(steps, item)) return JV_OK;
  cJSON_Delete(item);
  return out_of_memory(cx);
}

static cJSON *add_row(cJSON *list) {
  cJSON *row = cJSON_CreateObject();
  if (row && cJSON_AddItemToArray(list, row)) return row;
  cJSON_Delete(row);
  return NULL;
}

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

static jv_status add_differences(jv_ctx *cx, const jv_fit *fit, const jv_arima_fitted *s,
                                 cJSON *steps) {
  static const char *const tests[] = {"KPSS", "ADF", "PP"};
  const jv_arima_options *opt = fit->opt;
  const jv_arima_order *o = &s->estimate->order;
  const jv_arima_choice *c = &s->choice;
  char text[200];
  if (c->D_tested) {
    if (isnan(c->strength))
      snprintf(text, sizeof text, "The OCSB test asks for %zu seasonal difference%s.", o->D,
               plural(o->D));
    else
      snprintf(text, sizeof text,
               "Seasonal strength %.2f (above 0.64 asks for a difference): %zu seasonal "
               "difference%s.",
               c->strength, o->D, plural(o->D));
    JV_TRY(add_step(cx, steps, text));
  }
  if (!c->d_tested) return JV_OK;
  snprintf(text, sizeof text, "The %s test asks for %zu first difference%s.", tests[opt->test],
           o->d, plural(o->d));
  return add_step(cx, steps, text);
}

static jv_status add_search(jv_ctx *cx, const jv_fit *fit, const jv_arima_fitted *s, cJSON *steps) {
  const jv_arima_options *opt = fit->opt;
  const jv_arima_choice *c = &s->choice;
  size_t counts[4] = {0};
  char text[240];
  for (size_t i = 0; i < c->n_trials; i++) counts[c->trials[i].fate]++;
  if (c->constant_series)
    return add_step(cx, steps, "What is left after differencing is constant: nothing to search.");
  snprintf(text, sizeof text,
           "%s search by %s: %zu candidate%s, of which %zu ended early because they could not come "
           "under the best, %zu were passed over for a root near the unit circle, %zu could not be "
           "estimated.",
           opt->stepwise == 0 ? "Full"
           : c->full          ? "Stepwise and full"
                              : "Stepwise",
           criterion_names[opt->ic], c->n_trials, plural(c->n_trials), counts[JV_ARIMA_GIVEN_UP],
           counts[JV_ARIMA_NEAR_UNIT_ROOT], counts[JV_ARIMA_FAILED]);
  JV_TRY(add_step(cx, steps, text));
  if (c->approximated)
    JV_TRY(add_step(cx, steps, "Candidates were compared by their conditional likelihood."));
  snprintf(text, sizeof text, "Chosen: %s, then estimated from several starts.", fit->form);
  return add_step(cx, steps, text);
}

static jv_status add_trace(jv_ctx *cx, const jv_arima_choice *c, cJSON *trace) {
  for (size_t i = 0; i < c->n_trials; i++) {
    const jv_arima_trial *t = &c->trials[i];
    char name[JV_ARIMA_NAME_SIZE];
    cJSON *row = add_row(trace);
    if (!row) return out_of_memory(cx);
    jv_arima_print(&t->order, t->constant, 0, name, sizeof name);
    JV_TRY(jv_state_set_text(cx, row, "model", name));
    JV_TRY(jv_state_set_real(cx, row, "criterion", t->criterion));
    JV_TRY(jv_state_set_text(cx, row, "outcome", fates[t->fate]));
    JV_TRY(jv_state_set_count(cx, row, "evaluations", t->evaluations));
  }
  return JV_OK;
}

static jv_status add_coefficients(jv_ctx *cx, const jv_fit *fit, const jv_arima_estimate *e,
                                  cJSON *list) {
  for (size_t i = 0; i < e->k + e->n_x; i++) {
    char name[128];
    cJSON *row = add_row(list);
    if (!row) return out_of_memory(cx);
    jv_arima_coefficient_name(fit, e, i, name, sizeof name);
    JV_TRY(jv_state_set_text(cx, row, "name", name));
    JV_TRY(jv_state_set_real(cx, row, "estimate", e->coef[i]));
    JV_TRY(jv_state_set_real(cx, row, "se", e->se[i]));
  }
  return JV_OK;
}

jv_status jv_arima_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_arima_fitted *s = fit->state;
  cJSON *steps = cJSON_AddArrayToObject(into, "steps");
  cJSON *list = cJSON_AddArrayToObject(into, "coefficients");
  if (!steps || !list) return out_of_memory(cx);
  if (s->automatic) {
    JV_TRY(add_differences(cx, fit, s, steps));
    JV_TRY(add_search(cx, fit, s, steps));
  } else if (s->method == JV_ARIMA_CSS) {
    JV_TRY(add_step(cx, steps, "Estimated by the conditional sum of squares."));
  } else {
    JV_TRY(add_step(cx, steps, "Estimated by exact maximum likelihood."));
  }
  JV_TRY(add_coefficients(cx, fit, s->estimate, list));
  if (s->choice.n_trials == 0) return JV_OK;
  cJSON *trace = cJSON_AddArrayToObject(into, "trace");
  return trace ? add_trace(cx, &s->choice, trace) : out_of_memory(cx);
}

/* ---- save */

static jv_status save_estimate(jv_ctx *cx, const jv_arima_estimate *e, cJSON *into) {
  const jv_arima_order *o = &e->order;
  const double orders[ORDERS] = {(double)o->p, (double)o->d, (double)o->q, (double)o->P,
                                 (double)o->D, (double)o->Q, (double)o->m};
  size_t all = e->k + e->n_x;
  JV_TRY(jv_state_set_reals(cx, into, "orders", orders, ORDERS));
  JV_TRY(jv_state_set_flag(cx, into, "constant", e->constant));
  JV_TRY(jv_state_set_count(cx, into, "used", e->n_used));
  JV_TRY(jv_state_set_reals(cx, into, "coef", e->coef, all));
  JV_TRY(jv_state_set_reals(cx, into, "se", e->se, all));
  return jv_state_set_reals(cx, into, "covariance", e->beta_covariance, e->n_x * e->n_x);
}

static jv_status save_choice(jv_ctx *cx, const jv_arima_choice *c, cJSON *into) {
  JV_TRY(jv_state_set_real(cx, into, "strength", c->strength));
  JV_TRY(jv_state_set_flag(cx, into, "d_tested", c->d_tested));
  JV_TRY(jv_state_set_flag(cx, into, "D_tested", c->D_tested));
  JV_TRY(jv_state_set_flag(cx, into, "full", c->full));
  JV_TRY(jv_state_set_flag(cx, into, "approximated", c->approximated));
  JV_TRY(jv_state_set_flag(cx, into, "constant_series", c->constant_series));
  size_t n = c->n_trials * TRIAL_NUMBERS;
  double *numbers = JV_ARRAY(cx, double, n);
  if (!numbers) return JV_ENOMEM;
  for (size_t i = 0; i < c->n_trials; i++) {
    const jv_arima_trial *t = &c->trials[i];
    const double row[TRIAL_NUMBERS] = {
        (double)t->order.p, (double)t->order.q, (double)t->order.P,    (double)t->order.Q,
        t->constant,        (double)t->fate,    (double)t->evaluations};
    memcpy(numbers + i * TRIAL_NUMBERS, row, sizeof row);
  }
  jv_status status = jv_state_set_reals(cx, into, "trials", numbers, n);
  for (size_t i = 0; i < c->n_trials; i++) numbers[i] = c->trials[i].criterion;
  if (status == JV_OK) status = jv_state_set_reals(cx, into, "criteria", numbers, c->n_trials);
  jv_free(cx, numbers);
  return status;
}

jv_status jv_arima_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_arima_fitted *s = fit->state;
  const jv_arima_state *now = s->now;
  JV_TRY(save_estimate(cx, s->estimate, into));
  JV_TRY(jv_state_set_count(cx, into, "method", (size_t)s->method));
  JV_TRY(jv_state_set_flag(cx, into, "automatic", s->automatic));
  JV_TRY(jv_state_set_reals(cx, into, "state", now->a, now->s));
  JV_TRY(jv_state_set_count(cx, into, "run", now->run));
  JV_TRY(jv_state_set_flag(cx, into, "known", now->known));
  JV_TRY(jv_state_set_flag(cx, into, "settled", now->settled));
  if (!now->settled) JV_TRY(jv_state_set_reals(cx, into, "spread", now->Q, now->s * now->s));
  if (s->effect) JV_TRY(jv_state_set_reals(cx, into, "effect", s->effect, fit->n));
  return s->automatic ? save_choice(cx, &s->choice, into) : JV_OK;
}

/* ---- load */

static jv_status impossible(jv_ctx *cx, const char *what) {
  return jv_fail(cx, JV_EPARSE, "arima: impossible '%s'", what);
}

static bool all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

static jv_status load_order(jv_ctx *cx, const cJSON *from, const jv_fit *fit, jv_arima_order *o) {
  double v[ORDERS];
  JV_TRY(jv_state_get_reals(cx, from, "orders", v, ORDERS));
  for (size_t i = 0; i < ORDERS; i++)
    if (!(v[i] >= 0 && v[i] <= (i == 6 ? 1e6 : JV_ARIMA_MOST_ORDER)) || v[i] != floor(v[i]))
      return impossible(cx, "orders");
  *o = (jv_arima_order){.p = (size_t)v[0],
                        .d = (size_t)v[1],
                        .q = (size_t)v[2],
                        .P = (size_t)v[3],
                        .D = (size_t)v[4],
                        .Q = (size_t)v[5],
                        .m = (size_t)v[6]};
  if (o->m < 1 || (o->m != fit->m && o->m != 1) || jv_arima_lost(o) > fit->n)
    return impossible(cx, "orders");
  return JV_OK;
}

static jv_status load_estimate(jv_ctx *cx, const cJSON *from, const jv_fit *fit,
                               jv_arima_estimate *e) {
  JV_TRY(load_order(cx, from, fit, &e->order));
  JV_TRY(jv_state_get_flag(cx, from, "constant", &e->constant));
  JV_TRY(jv_state_get_count(cx, from, "used", &e->n_used));
  e->k = jv_arima_count(&e->order);
  e->n_x = fit->k + (e->constant ? 1 : 0);
  size_t all = e->k + e->n_x;
  e->coef =
      jv_calloc(cx, 2 * all + e->n_x * e->n_x + jv_arima_lost(&e->order) + 1, sizeof *e->coef);
  if (!e->coef) return JV_ENOMEM;
  e->se = e->coef + all;
  e->beta_covariance = e->se + all;
  e->first = e->beta_covariance + e->n_x * e->n_x;
  JV_TRY(jv_state_get_reals(cx, from, "coef", e->coef, all));
  JV_TRY(jv_state_get_reals(cx, from, "se", e->se, all));
  JV_TRY(jv_state_get_reals(cx, from, "covariance", e->beta_covariance, e->n_x * e->n_x));
  return all_finite(e->coef, all) ? JV_OK : impossible(cx, "coef");
}

static jv_status load_now(jv_ctx *cx, const cJSON *from, jv_arima_fitted *s) {
  const jv_arima_estimate *e = s->estimate;
  JV_TRY(jv_arima_state_blank(cx, &e->order, e->coef, &s->now));
  jv_arima_state *now = s->now;
  JV_TRY(jv_state_get_reals(cx, from, "state", now->a, now->s));
  JV_TRY(jv_state_get_count(cx, from, "run", &now->run));
  JV_TRY(jv_state_get_flag(cx, from, "known", &now->known));
  JV_TRY(jv_state_get_flag(cx, from, "settled", &now->settled));
  if (!all_finite(now->a, now->s)) return impossible(cx, "state");
  if (now->run > now->s || now->known != (now->run >= now->lags) || (now->settled && !now->known))
    return impossible(cx, "run");
  if (now->settled) return JV_OK;
  JV_TRY(jv_state_get_reals(cx, from, "spread", now->Q, now->s * now->s));
  return all_finite(now->Q, now->s * now->s) ? JV_OK : impossible(cx, "spread");
}

static jv_status read_trials(jv_ctx *cx, const cJSON *from, const jv_arima_order *o, size_t n,
                             double *numbers, jv_arima_choice *c) {
  JV_TRY(jv_state_get_reals(cx, from, "trials", numbers, n * TRIAL_NUMBERS));
  JV_TRY(jv_state_get_reals(cx, from, "criteria", numbers + n * TRIAL_NUMBERS, n));
  for (size_t i = 0; i < n; i++) {
    const double *row = numbers + i * TRIAL_NUMBERS;
    jv_arima_trial *t = &c->trials[i];
    for (size_t j = 0; j < TRIAL_NUMBERS; j++)
      if (!(row[j] >= 0 && row[j] <= 1e9)) return impossible(cx, "trials");
    if (row[5] > JV_ARIMA_FAILED) return impossible(cx, "trials");
    *t = (jv_arima_trial){.order = *o,
                          .constant = row[4] != 0,
                          .fate = (jv_arima_fate)row[5],
                          .evaluations = (size_t)row[6],
                          .criterion = numbers[n * TRIAL_NUMBERS + i]};
    t->order.p = (size_t)row[0];
    t->order.q = (size_t)row[1];
    t->order.P = (size_t)row[2];
    t->order.Q = (size_t)row[3];
  }
  return JV_OK;
}

static jv_status load_choice(jv_ctx *cx, const cJSON *from, const jv_arima_order *o,
                             jv_arima_choice *c) {
  size_t n = jv_state_list_length(from, "criteria");
  JV_TRY(jv_state_get_real(cx, from, "strength", &c->strength));
  JV_TRY(jv_state_get_flag(cx, from, "d_tested", &c->d_tested));
  JV_TRY(jv_state_get_flag(cx, from, "D_tested", &c->D_tested));
  JV_TRY(jv_state_get_flag(cx, from, "full", &c->full));
  JV_TRY(jv_state_get_flag(cx, from, "approximated", &c->approximated));
  JV_TRY(jv_state_get_flag(cx, from, "constant_series", &c->constant_series));
  if (n > MOST_TRIALS) return impossible(cx, "trials");
  c->trials = JV_ARRAY(cx, jv_arima_trial, n);
  double *numbers = JV_ARRAY(cx, double, n *(TRIAL_NUMBERS + 1));
  if (!c->trials || !numbers) {
    jv_free(cx, numbers);
    return JV_ENOMEM;
  }
  c->n_trials = c->room = n;
  jv_status status = read_trials(cx, from, o, n, numbers, c);
  jv_free(cx, numbers);
  return status;
}

static jv_status load_parts(jv_ctx *cx, const cJSON *from, const jv_fit *fit, jv_arima_fitted *s) {
  size_t method;
  JV_TRY(load_estimate(cx, from, fit, s->estimate));
  JV_TRY(load_now(cx, from, s));
  JV_TRY(jv_state_get_count(cx, from, "method", &method));
  JV_TRY(jv_state_get_flag(cx, from, "automatic", &s->automatic));
  if (method > JV_ARIMA_CSS) return impossible(cx, "method");
  s->method = (int)method;
  if (fit->k > 0) {
    s->effect = JV_ARRAY(cx, double, fit->n);
    if (!s->effect) return JV_ENOMEM;
    JV_TRY(jv_state_get_reals(cx, from, "effect", s->effect, fit->n));
    if (!all_finite(s->effect, fit->n)) return impossible(cx, "effect");
  }
  return s->automatic ? load_choice(cx, from, &s->estimate->order, &s->choice) : JV_OK;
}

jv_status jv_arima_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_arima_fitted *s = JV_NEW(cx, jv_arima_fitted);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->estimate = JV_NEW(cx, jv_arima_estimate);
  jv_status status = s->estimate ? load_parts(cx, from, fit, s) : JV_ENOMEM;
  if (status != JV_OK) jv_arima_fitted_free(cx, fit);
  return status;
}
