/* The innovations theta models saved, loaded and explained. */
#include "model/account.h"
#include "model/state.h"
#include "model/theta_space.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* What is saved, once: name and place of each real of the state. */
#define START(x) offsetof(jv_theta_state, start.x)
#define RUN(x) offsetof(jv_theta_state, run.x)
static const struct {
  const char *name;
  size_t offset;
} reals[] = {{"alpha", START(alpha)},
             {"theta", offsetof(jv_theta_state, theta)},
             {"start", START(level)},
             {"level", RUN(level)},
             {"faded", RUN(c)},
             {"reach", RUN(r)},
             {"time", RUN(time)},
             {"gap", RUN(gap)},
             {"line_count", RUN(line.count)},
             {"line_time", RUN(line.mt)},
             {"line_value", RUN(line.mx)},
             {"line_squares", RUN(line.tt)},
             {"line_products", RUN(line.tx)},
             {"first_value", START(line.mx)},
             {"sse", offsetof(jv_theta_state, sse)},
             {"used", offsetof(jv_theta_state, used)},
             {"skipped", offsetof(jv_theta_state, skipped)}};
enum { REALS = sizeof reals / sizeof reals[0], TRIED = 4 * JV_THETA_VARIANTS };

jv_status jv_theta_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_theta_state *s = fit->state;
  JV_TRY(jv_state_set_text(cx, into, "variant", jv_theta_names[s->variant]));
  JV_TRY(jv_state_set_flag(cx, into, "short", s->is_short));
  for (size_t i = 0; i < REALS; i++) {
    const double *x = (const void *)((const char *)s + reals[i].offset);
    JV_TRY(jv_state_set_real(cx, into, reals[i].name, *x));
  }
  const double *tried = &s->tried[0].theta;
  JV_TRY(jv_state_set_reals(cx, into, "tried", tried, TRIED));
  JV_TRY(jv_state_set_reals(cx, into, "early", s->early, JV_THETA_SKIP));
  return jv_adjust_save(cx, &s->adjust, into);
}

static jv_status load_variant(jv_ctx *cx, const struct cJSON *from, jv_theta_state *s) {
  const char *name;
  JV_TRY(jv_state_get_text(cx, from, "variant", &name));
  for (int v = 0; v < JV_THETA_VARIANTS; v++) {
    if (strcmp(name, jv_theta_names[v]) != 0) continue;
    s->variant = (jv_theta_variant)v;
    s->start.dynamic = s->run.dynamic = v == JV_THETA_DSTM || v == JV_THETA_DOTM;
    return JV_OK;
  }
  return jv_fail(cx, JV_EPARSE, "no theta model is called '%s'", name);
}

/* What is not saved follows: the start of the recursion, and the line of a static model. */
static void complete(jv_theta_state *s) {
  double first = s->start.line.mx;
  s->run.alpha = s->start.alpha;
  s->run.kappa = s->start.kappa = 1 - 1 / s->theta;
  s->start.c = s->start.r = 1;
  s->start.line = s->run.line;
  if (s->start.dynamic) s->start.line = (jv_theta_line){.mx = first};
}

jv_status jv_theta_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_theta_state *s = fit->state;
  JV_TRY(load_variant(cx, from, s));
  JV_TRY(jv_state_get_flag(cx, from, "short", &s->is_short));
  for (size_t i = 0; i < REALS; i++) {
    double *x = (void *)((char *)s + reals[i].offset);
    JV_TRY(jv_state_get_real(cx, from, reals[i].name, x));
    if (!isfinite(*x))
      return jv_fail(cx, JV_EPARSE, "%s: impossible '%s'", fit->cls->name, reals[i].name);
  }
  double *tried = &s->tried[0].theta;
  JV_TRY(jv_state_get_reals(cx, from, "tried", tried, TRIED));
  JV_TRY(jv_state_get_reals(cx, from, "early", s->early, JV_THETA_SKIP));
  if (!(s->theta >= 1) || s->run.gap < 0 || s->run.gap > (double)fit->n || s->run.time < 0 ||
      s->run.line.tt < 0)
    return jv_fail(cx, JV_EPARSE, "%s: impossible state", fit->cls->name);
  complete(s);
  return jv_adjust_load(cx, from, fit->m, &s->adjust);
}

/* ---- explain ---- */

static jv_status explain_steps(jv_ctx *cx, const jv_fit *fit, cJSON *steps) {
  const jv_theta_state *s = fit->state;
  const jv_adjust *a = &s->adjust;
  if (fit->m > 1 && a->index)
    JV_TRY(jv_account_step(
        cx, steps, "A season of %zu is taken out by classical %s decomposition and put back.",
        fit->m, a->multiplicative ? "multiplicative" : "additive"));
  if (fit->m > 1 && !a->index)
    JV_TRY(
        jv_account_step(cx, steps,
                        "No season of %zu is taken out: the autocorrelation test found none, the "
                        "series is too short for it, or it was not asked for.",
                        fit->m));
  if (s->is_short)
    JV_TRY(jv_account_step(cx, steps, "Fewer than seven values: theta is 2, not estimated."));
  return jv_account_step(
      cx, steps,
      "The forecast is the level plus %.3g times what smoothing leaves of the least-squares line "
      "%s; "
      "the squared errors after the first %.0f observations are at their least.",
      s->start.kappa,
      s->run.dynamic ? "through the observations so far" : "through the whole sample", s->skipped);
}

static jv_status explain_trace(jv_ctx *cx, const jv_theta_state *s, cJSON *trace) {
  for (int v = 0; v < JV_THETA_VARIANTS; v++) {
    const jv_theta_candidate *c = &s->tried[v];
    cJSON *row;
    if (isnan(c->alpha)) continue;
    JV_TRY(jv_account_row(cx, trace, &row));
    JV_TRY(jv_state_set_text(cx, row, "model", jv_theta_names[v]));
    JV_TRY(jv_state_set_real(cx, row, "theta", c->theta));
    JV_TRY(jv_state_set_real(cx, row, "alpha", c->alpha));
    JV_TRY(jv_state_set_real(cx, row, "sse", c->sse));
    JV_TRY(jv_state_set_real(cx, row, "aicc", c->aicc));
  }
  return JV_OK;
}

jv_status jv_theta_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_theta_state *s = fit->state;
  cJSON *list;
  JV_TRY(jv_account_list(cx, into, "steps", &list));
  JV_TRY(explain_steps(cx, fit, list));
  JV_TRY(jv_account_list(cx, into, "coefficients", &list));
  JV_TRY(jv_account_coefficient(cx, list, "alpha", s->start.alpha, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "theta", s->theta, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "level", s->start.level, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "slope", jv_theta_line_slope(&s->run.line), NAN));
  bool tried = false;
  for (int v = 0; v < JV_THETA_VARIANTS; v++) tried = tried || !isnan(s->tried[v].alpha);
  if (!tried) return JV_OK;
  JV_TRY(jv_account_list(cx, into, "trace", &list));
  return explain_trace(cx, s, list);
}
