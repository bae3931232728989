/* Complex exponential smoothing saved, loaded and explained. */
#include "model/account.h"
#include "model/ces.h"
#include "model/state.h"
#include <math.h>
#include <string.h>

/* Each run as level, hidden part and the ring. */
static jv_status save_run(jv_ctx *cx, struct cJSON *into, const char *name, const jv_ces_run *run,
                          size_t size) {
  struct cJSON *one;
  JV_TRY(jv_state_set_object(cx, into, name, &one));
  JV_TRY(jv_state_set_real(cx, one, "level", run->level));
  JV_TRY(jv_state_set_real(cx, one, "hidden", run->hidden));
  JV_TRY(jv_state_set_count(cx, one, "at", run->at));
  return jv_state_set_reals(cx, one, "ring", run->ring, size);
}

jv_status jv_ces_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_ces_state *s = fit->state;
  const double weights[] = {s->start.a0, s->start.a1, s->start.b0, s->start.b1};
  JV_TRY(jv_state_set_text(cx, into, "form", jv_ces_names[s->form]));
  JV_TRY(jv_state_set_reals(cx, into, "weights", weights, JV_CES_MAX));
  JV_TRY(jv_state_set_real(cx, into, "gap", s->gap));
  JV_TRY(jv_state_set_reals(cx, into, "tried", &s->tried[0].aicc, 2 * JV_CES_FORMS));
  JV_TRY(save_run(cx, into, "start", &s->start, s->size));
  return save_run(cx, into, "run", &s->run, s->size);
}

static jv_status load_run(jv_ctx *cx, const struct cJSON *from, const char *name,
                          const jv_ces_state *s, jv_ces_run *run) {
  const struct cJSON *one;
  JV_TRY(jv_state_get_object(cx, from, name, &one));
  JV_TRY(jv_state_get_real(cx, one, "level", &run->level));
  JV_TRY(jv_state_get_real(cx, one, "hidden", &run->hidden));
  JV_TRY(jv_state_get_count(cx, one, "at", &run->at));
  JV_TRY(jv_state_get_reals(cx, one, "ring", run->ring, s->size));
  if (run->at < run->m && isfinite(run->level) && isfinite(run->hidden)) return JV_OK;
  return jv_fail(cx, JV_EPARSE, "ces: impossible '%s'", name);
}

static jv_status load_form(jv_ctx *cx, const struct cJSON *from, jv_ces_state *s) {
  const char *name;
  JV_TRY(jv_state_get_text(cx, from, "form", &name));
  for (int f = 0; f < JV_CES_FORMS; f++)
    if (strcmp(name, jv_ces_names[f]) == 0) {
      s->form = (jv_ces_form)f;
      return JV_OK;
    }
  return jv_fail(cx, JV_EPARSE, "ces: no form is called '%s'", name);
}

/* Before room is made for it. */
static jv_status check_ring(jv_ctx *cx, const struct cJSON *from, size_t size) {
  const struct cJSON *one;
  JV_TRY(jv_state_get_object(cx, from, "run", &one));
  if (jv_state_list_length(one, "ring") == size) return JV_OK;
  return jv_fail(cx, JV_EPARSE, "ces: 'ring' does not have the %zu values of the form", size);
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, const jv_fit *fit,
                            jv_ces_state *s) {
  double w[JV_CES_MAX];
  JV_TRY(load_form(cx, from, s));
  JV_TRY(jv_state_get_reals(cx, from, "weights", w, JV_CES_MAX));
  JV_TRY(jv_state_get_real(cx, from, "gap", &s->gap));
  JV_TRY(jv_state_get_reals(cx, from, "tried", &s->tried[0].aicc, 2 * JV_CES_FORMS));
  for (size_t i = 0; i < jv_ces_parameters(s->form); i++)
    if (!isfinite(w[i])) return jv_fail(cx, JV_EPARSE, "ces: impossible 'weights'");
  if (!(s->gap >= 0 && s->gap <= (double)fit->n))
    return jv_fail(cx, JV_EPARSE, "ces: impossible 'gap'");
  size_t year = s->form == JV_CES_NONE ? 1 : fit->m;
  s->size = jv_ces_ring(s->form, year);
  JV_TRY(check_ring(cx, from, s->size));
  s->ring = JV_ARRAY(cx, double, 2 * s->size + 1);
  if (!s->ring) return JV_ENOMEM;
  s->first = s->ring + s->size;
  s->start = s->run = (jv_ces_run){
      .form = s->form, .m = year, .a0 = w[0], .a1 = w[1], .b0 = w[2], .b1 = w[3], .ring = s->ring};
  s->start.ring = s->first;
  JV_TRY(load_run(cx, from, "start", s, &s->start));
  return load_run(cx, from, "run", s, &s->run);
}

jv_status jv_ces_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_ces_state *s = JV_NEW(cx, jv_ces_state);
  if (!s) return JV_ENOMEM;
  jv_status status = load_state(cx, from, fit, s);
  if (status != JV_OK) {
    jv_free(cx, s->ring);
    jv_free(cx, s);
    return status;
  }
  fit->state = s;
  return JV_OK;
}

/* ---- explain ---- */

static jv_status explain_steps(jv_ctx *cx, const jv_fit *fit, struct cJSON *steps) {
  const jv_ces_state *s = fit->state;
  if (fit->m > 1 && isnan(s->tried[JV_CES_SIMPLE].aicc) && isnan(s->tried[JV_CES_FULL].aicc) &&
      s->form == JV_CES_NONE)
    JV_TRY(jv_account_step(cx, steps,
                           "No form with a season of %zu was tried: there are not two "
                           "whole years, or none was asked for.",
                           fit->m));
  JV_TRY(jv_account_step(cx, steps,
                         "The start is where a run backwards over the data arrives; the squared "
                         "errors of the run forwards are at their least."));
  if (s->start.a1 == 1 && s->form == JV_CES_NONE)
    JV_TRY(jv_account_step(cx, steps, "With a1 = 1 this is simple smoothing with weight %.3g.",
                           s->start.a0 - 1));
  return JV_OK;
}

jv_status jv_ces_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  static const char *const names[] = {"a0", "a1", "b0", "b1"};
  const jv_ces_state *s = fit->state;
  const double weights[] = {s->start.a0, s->start.a1, s->start.b0, s->start.b1};
  struct cJSON *list, *row;
  JV_TRY(jv_account_list(cx, into, "steps", &list));
  JV_TRY(explain_steps(cx, fit, list));
  JV_TRY(jv_account_list(cx, into, "coefficients", &list));
  for (size_t i = 0; i < jv_ces_parameters(s->form); i++)
    JV_TRY(jv_account_coefficient(cx, list, names[i], weights[i], NAN));
  JV_TRY(jv_account_list(cx, into, "trace", &list));
  for (int f = 0; f < JV_CES_FORMS; f++) {
    if (isnan(s->tried[f].sse)) continue;
    JV_TRY(jv_account_row(cx, list, &row));
    JV_TRY(jv_state_set_text(cx, row, "model", jv_ces_names[f]));
    JV_TRY(jv_state_set_real(cx, row, "aicc", s->tried[f].aicc));
    JV_TRY(jv_state_set_real(cx, row, "sse", s->tried[f].sse));
  }
  return JV_OK;
}
