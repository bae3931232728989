/* Combinations saved, loaded and explained. */
#include "evaluate/combine.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- saving ---- */

/* "member", 3 -> "member4": lists of objects and of texts as numbered members. */
static const char *numbered(char text[32], const char *name, size_t i) {
  snprintf(text, 32, "%s%zu", name, i + 1);
  return text;
}

jv_status jv_combine_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_combine_state *s = fit->state;
  char name[32];
  JV_TRY(jv_state_set_count(cx, into, "how", (size_t)s->how));
  JV_TRY(jv_state_set_real(cx, into, "trim", s->trim));
  JV_TRY(jv_state_set_count(cx, into, "members", s->n));
  JV_TRY(jv_state_set_reals(cx, into, "weights", s->weights, s->n));
  JV_TRY(jv_state_set_reals(cx, into, "rmse", s->rmse, s->n));
  JV_TRY(jv_state_set_count(cx, into, "origins", s->origins));
  JV_TRY(jv_state_set_count(cx, into, "horizon", s->horizon));
  JV_TRY(jv_state_set_count(cx, into, "notes", s->n_notes));
  for (size_t i = 0; i < s->n_notes; i++)
    JV_TRY(jv_state_set_text(cx, into, numbered(name, "note", i), s->notes[i]));
  for (size_t i = 0; i < s->n; i++) {
    JV_TRY(jv_state_set_text(cx, into, numbered(name, "name", i), s->names[i]));
    JV_TRY(jv_fit_save_into(cx, s->fits[i], numbered(name, "member", i), into));
  }
  return JV_OK;
}

/* ---- loading ---- */

static jv_status load_notes(jv_ctx *cx, const cJSON *from, jv_combine_state *s) {
  char name[32];
  const char *text;
  size_t n;
  JV_TRY(jv_state_get_count(cx, from, "notes", &n));
  for (size_t i = 0; i < n; i++) {
    JV_TRY(jv_state_get_text(cx, from, numbered(name, "note", i), &text));
    JV_TRY(jv_combine_note(cx, s, "%s", text));
  }
  return JV_OK;
}

static jv_status load_member(jv_ctx *cx, const cJSON *from, const jv_fit *fit,
                             jv_combine_state *s) {
  char name[32];
  const char *text;
  jv_fit *member;
  size_t i = s->n;
  JV_TRY(jv_state_get_text(cx, from, numbered(name, "name", i), &text));
  JV_TRY(jv_fit_load_from(cx, from, numbered(name, "member", i), &member));
  if (member->n != fit->n || (member->k && member->k != fit->k)) {
    jv_fit_free(cx, member);
    return jv_fail(cx, JV_EPARSE, "'%s' is the fit of another series", name);
  }
  s->fits[i] = member;
  s->names[i] = jv_strdup(cx, text);
  s->n++;
  return s->names[i] ? JV_OK : JV_ENOMEM;
}

static jv_status load_state(jv_ctx *cx, const cJSON *from, const jv_fit *fit, jv_combine_state *s) {
  size_t how, n;
  JV_TRY(jv_state_get_count(cx, from, "how", &how));
  JV_TRY(jv_state_get_count(cx, from, "members", &n));
  if (how > JV_COMBINE_STACKED) return jv_fail(cx, JV_EPARSE, "'how' is no way to combine");
  if (n < 1 || n > JV_COMBINE_MOST)
    return jv_fail(cx, JV_EPARSE, "'members' must be from 1 to %d", JV_COMBINE_MOST);
  s->how = (jv_combine_how)how;
  s->fits = jv_calloc(cx, n, sizeof(jv_fit *));
  s->names = jv_calloc(cx, n, sizeof *s->names);
  s->weights = JV_ARRAY(cx, double, n);
  s->rmse = JV_ARRAY(cx, double, n);
  if (!s->fits || !s->names || !s->weights || !s->rmse) return JV_ENOMEM;
  JV_TRY(jv_state_get_real(cx, from, "trim", &s->trim));
  JV_TRY(jv_state_get_reals(cx, from, "weights", s->weights, n));
  JV_TRY(jv_state_get_reals(cx, from, "rmse", s->rmse, n));
  JV_TRY(jv_state_get_count(cx, from, "origins", &s->origins));
  JV_TRY(jv_state_get_count(cx, from, "horizon", &s->horizon));
  JV_TRY(load_notes(cx, from, s));
  for (size_t i = 0; i < n; i++) {
    if (!(s->weights[i] >= 0) || !(s->trim >= 0 && s->trim <= 0.5))
      return jv_fail(cx, JV_EPARSE, "'weights' or 'trim' are impossible");
    JV_TRY(load_member(cx, from, fit, s));
  }
  return JV_OK;
}

jv_status jv_combine_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_combine_state *s = JV_NEW(cx, jv_combine_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  jv_status status = load_state(cx, from, fit, s);
  if (status != JV_OK) jv_combine_free(cx, fit);
  return status;
}

/* ---- explaining ---- */

static jv_status no_memory(jv_ctx *cx) {
  return jv_fail(cx, JV_ENOMEM, "out of memory for an explanation");
}

static jv_status add_step(jv_ctx *cx, cJSON *steps, const char *text) {
  cJSON *item = cJSON_CreateString(text);
  if (!item) return no_memory(cx);
  cJSON_AddItemToArray(steps, item);
  return JV_OK;
}

static jv_status add_row(jv_ctx *cx, cJSON *list, cJSON **out) {
  *out = cJSON_CreateObject();
  if (!*out) return no_memory(cx);
  cJSON_AddItemToArray(list, *out);
  return JV_OK;
}

static jv_status explain_steps(jv_ctx *cx, const jv_combine_state *s, cJSON *steps) {
  static const char *const ways[] = {"the median", "the mean", "the trimmed mean",
                                     "the mean with weights by inverse squared errors",
                                     "the mean with those weights that did best"};
  char text[512];
  snprintf(text, sizeof text, "The forecast is %s of the forecasts of %zu model%s.", ways[s->how],
           s->n, s->n == 1 ? "" : "s");
  JV_TRY(add_step(cx, steps, text));
  if (s->origins) {
    snprintf(
        text, sizeof text,
        "Weights come from %zu forecasts of %zu steps each, from one past origin after another.",
        s->origins, s->horizon);
    JV_TRY(add_step(cx, steps, text));
  }
  for (size_t i = 0; i < s->n_notes; i++) JV_TRY(add_step(cx, steps, s->notes[i]));
  return add_step(cx, steps,
                  "Intervals come from the members' joint errors: each carries on the same shocks, "
                  "as correlated as their errors have been; where the members disagree they are "
                  "wider.");
}

static jv_status explain_trace(jv_ctx *cx, const jv_fit *fit, const double *r, cJSON *trace) {
  const jv_combine_state *s = fit->state;
  for (size_t i = 0; i < s->n; i++) {
    cJSON *row;
    double others = 0;
    for (size_t j = 0; j < s->n; j++) others += i == j ? 0 : r[i * s->n + j];
    JV_TRY(add_row(cx, trace, &row));
    JV_TRY(jv_state_set_text(cx, row, "model", s->names[i]));
    JV_TRY(jv_state_set_text(cx, row, "form", s->fits[i]->form));
    JV_TRY(jv_state_set_real(cx, row, "aicc", s->fits[i]->aicc));
    if (s->n > 1) JV_TRY(jv_state_set_real(cx, row, "correlation", others / (double)(s->n - 1)));
    if (s->origins) JV_TRY(jv_state_set_real(cx, row, "relative_rmse", s->rmse[i]));
    if (s->origins) JV_TRY(jv_state_set_real(cx, row, "weight", s->weights[i]));
  }
  return JV_OK;
}

static jv_status explain_weights(jv_ctx *cx, const jv_combine_state *s, cJSON *list) {
  for (size_t i = 0; i < s->n; i++) {
    cJSON *row;
    JV_TRY(add_row(cx, list, &row));
    JV_TRY(jv_state_set_text(cx, row, "name", s->names[i]));
    JV_TRY(jv_state_set_real(cx, row, "estimate", s->weights[i]));
    JV_TRY(jv_state_set_real(cx, row, "se", NAN));
  }
  return JV_OK;
}

jv_status jv_combine_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_combine_state *s = fit->state;
  cJSON *steps = cJSON_AddArrayToObject(into, "steps");
  cJSON *trace = cJSON_AddArrayToObject(into, "trace");
  if (!steps || !trace) return no_memory(cx);
  JV_TRY(explain_steps(cx, s, steps));
  double *r = JV_ARRAY(cx, double, s->n * s->n);
  if (!r) return JV_ENOMEM;
  jv_status status = jv_combine_correlations(cx, fit, r);
  if (status == JV_OK) status = explain_trace(cx, fit, r, trace);
  jv_free(cx, r);
  if (status != JV_OK || !s->origins) return status;
  cJSON *list = cJSON_AddArrayToObject(into, "coefficients");
  return list ? explain_weights(cx, s, list) : no_memory(cx);
}
