/* The state of an ets fit: made, freed, saved and loaded. */
#include "model/ets_state.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

void jv_ets_state_free(jv_ctx *cx, jv_fit *fit) {
  jv_ets_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->first);
  jv_free(cx, s->last);
  jv_free(cx, s);
  fit->state = NULL;
}

jv_status jv_ets_state_new(jv_ctx *cx, jv_ets_form form, size_t m, jv_fit *fit) {
  jv_ets_state *s = JV_NEW(cx, jv_ets_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->form = form;
  s->m = m;
  s->first = JV_ARRAY(cx, double, jv_ets_count_states(form, m));
  if (s->first) s->last = JV_ARRAY(cx, double, jv_ets_count_states(form, m));
  if (s->last) return JV_OK;
  jv_ets_state_free(cx, fit);
  return JV_ENOMEM;
}

jv_ets_run jv_ets_state_run(const jv_ets_state *s, const double *states, double *ring) {
  jv_ets_run run = {.form = s->form, .par = s->par, .ring = ring, .m = s->m};
  run.conventional = s->conventional;
  jv_ets_run_set(&run, states);
  return run;
}

/* ---- the choice: one row for each form tried */

static jv_status save_trials(jv_ctx *cx, const jv_ets_state *s, cJSON *into) {
  cJSON *list = cJSON_AddArrayToObject(into, "trials");
  if (!list) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trials'");
  for (size_t i = 0; i < s->n_trials; i++) {
    const jv_ets_trial *t = &s->trials[i];
    char name[JV_ETS_NAME_SIZE];
    cJSON *row = cJSON_CreateObject();
    if (!row) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trials'");
    cJSON_AddItemToArray(list, row);
    jv_ets_print_form(t->form, false, name);
    JV_TRY(jv_state_set_text(cx, row, "form", name));
    JV_TRY(jv_state_set_count(cx, row, "verdict", t->verdict));
    JV_TRY(jv_state_set_real(cx, row, "criterion", t->criterion));
    JV_TRY(jv_state_set_real(cx, row, "handicap", t->handicap));
  }
  return JV_OK;
}

static jv_status load_trial(jv_ctx *cx, const cJSON *row, jv_ets_trial *out) {
  const char *name;
  int damped;
  size_t verdict;
  JV_TRY(jv_state_get_text(cx, row, "form", &name));
  JV_TRY(jv_ets_parse_form(cx, name, &out->form, &damped));
  JV_TRY(jv_state_get_count(cx, row, "verdict", &verdict));
  if (verdict > JV_ETS_NOT_FOUND)
    return jv_fail(cx, JV_EPARSE, "'verdict' of a form is %zu, wanted 0 to %d", verdict,
                   JV_ETS_NOT_FOUND);
  out->verdict = (jv_ets_verdict)verdict;
  JV_TRY(jv_state_get_real(cx, row, "criterion", &out->criterion));
  return jv_state_get_real(cx, row, "handicap", &out->handicap);
}

static jv_status load_trials(jv_ctx *cx, const cJSON *from, jv_ets_state *s) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(from, "trials"), *row;
  if (!cJSON_IsArray(list)) return jv_fail(cx, JV_EPARSE, "'trials' is absent, wanted a list");
  cJSON_ArrayForEach(row, list) {
    if (s->n_trials == JV_ETS_MAX_FORMS)
      return jv_fail(cx, JV_EPARSE, "'trials' of an ets fit has more than %d forms",
                     JV_ETS_MAX_FORMS);
    JV_TRY(load_trial(cx, row, &s->trials[s->n_trials]));
    s->n_trials++;
  }
  return JV_OK;
}

/* ---- all of it */

static jv_status save_search(jv_ctx *cx, const jv_ets_state *s, cJSON *into) {
  cJSON *search;
  JV_TRY(jv_state_set_object(cx, into, "search", &search));
  JV_TRY(jv_state_set_count(cx, search, "criterion", s->criterion));
  JV_TRY(jv_state_set_count(cx, search, "target", s->target));
  JV_TRY(jv_state_set_count(cx, search, "nmse", s->nmse));
  JV_TRY(jv_state_set_count(cx, search, "skip", s->skip));
  return jv_state_set_flag(cx, search, "conventional", s->conventional);
}

static jv_status load_search(jv_ctx *cx, const cJSON *from, jv_ets_state *s) {
  const cJSON *search;
  size_t criterion, target;
  JV_TRY(jv_state_get_object(cx, from, "search", &search));
  JV_TRY(jv_state_get_count(cx, search, "criterion", &criterion));
  JV_TRY(jv_state_get_count(cx, search, "target", &target));
  JV_TRY(jv_state_get_count(cx, search, "nmse", &s->nmse));
  JV_TRY(jv_state_get_count(cx, search, "skip", &s->skip));
  JV_TRY(jv_state_get_flag(cx, search, "conventional", &s->conventional));
  if (criterion > JV_ETS_BIC || target > JV_ETS_MAE)
    return jv_fail(cx, JV_EPARSE,
                   "'search' has criterion %zu and target %zu, wanted 0 to %d and %d", criterion,
                   target, JV_ETS_BIC, JV_ETS_MAE);
  s->criterion = (jv_ets_criterion)criterion;
  s->target = (jv_ets_target)target;
  return JV_OK;
}

jv_status jv_ets_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_ets_state *s = fit->state;
  char name[JV_ETS_NAME_SIZE];
  size_t n = jv_ets_count_states(s->form, s->m);
  jv_ets_print_form(s->form, false, name);
  JV_TRY(jv_state_set_text(cx, into, "form", name));
  JV_TRY(jv_state_set_real(cx, into, "alpha", s->par.alpha));
  JV_TRY(jv_state_set_real(cx, into, "beta", s->par.beta));
  JV_TRY(jv_state_set_real(cx, into, "gamma", s->par.gamma));
  JV_TRY(jv_state_set_real(cx, into, "phi", s->par.phi));
  double given[4] = {s->given.alpha, s->given.beta, s->given.gamma, s->given.phi};
  JV_TRY(jv_state_set_reals(cx, into, "given", given, 4));
  JV_TRY(save_search(cx, s, into));
  JV_TRY(save_trials(cx, s, into));
  JV_TRY(jv_state_set_reals(cx, into, "first", s->first, n));
  return jv_state_set_reals(cx, into, "last", s->last, n);
}

static jv_status read_state(jv_ctx *cx, const struct cJSON *from, jv_ets_state *s) {
  size_t n = jv_ets_count_states(s->form, s->m);
  JV_TRY(jv_state_get_real(cx, from, "alpha", &s->par.alpha));
  JV_TRY(jv_state_get_real(cx, from, "beta", &s->par.beta));
  JV_TRY(jv_state_get_real(cx, from, "gamma", &s->par.gamma));
  JV_TRY(jv_state_get_real(cx, from, "phi", &s->par.phi));
  double given[4];
  JV_TRY(jv_state_get_reals(cx, from, "given", given, 4));
  s->given = (jv_ets_par){given[0], given[1], given[2], given[3]};
  JV_TRY(load_search(cx, from, s));
  JV_TRY(load_trials(cx, from, s));
  JV_TRY(jv_state_get_reals(cx, from, "first", s->first, n));
  JV_TRY(jv_state_get_reals(cx, from, "last", s->last, n));
  for (size_t i = 0; i < n; i++)
    if (!isfinite(s->first[i]) || !isfinite(s->last[i]))
      return jv_fail(cx, JV_EPARSE, "state %zu of the ets fit is not a number", i + 1);
  return JV_OK;
}

jv_status jv_ets_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  const char *name;
  jv_ets_form form;
  int damped;
  JV_TRY(jv_state_get_text(cx, from, "form", &name));
  JV_TRY(jv_ets_parse_form(cx, name, &form, &damped));
  if (form.error == JV_ETS_ANY || form.trend == JV_ETS_ANY || form.season == JV_ETS_ANY)
    return jv_fail(cx, JV_EPARSE, "'form' of a fit leaves nothing open, got '%s'", name);
  if (form.season != JV_ETS_NONE && (fit->m < 2 || fit->m > JV_ETS_MAX_SEASON))
    return jv_fail(cx, JV_EPARSE, "a seasonal form needs m of 2 to %d, got %zu", JV_ETS_MAX_SEASON,
                   fit->m);
  JV_TRY(jv_ets_state_new(cx, form, fit->m, fit));
  jv_status status = read_state(cx, from, fit->state);
  if (status != JV_OK) jv_ets_state_free(cx, fit);
  return status;
}
