/* 4Theta saved, loaded and explained. */
#include "model/account.h"
#include "model/state.h"
#include "model/theta4.h"
#include <math.h>

jv_status jv_theta4_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  static const char *const seasons[] = {"none", "additive", "multiplicative"};
  const jv_theta4_state *s = fit->state;
  struct cJSON *list, *row;
  JV_TRY(jv_account_list(cx, into, "steps", &list));
  JV_TRY(jv_account_step(cx, list,
                         "Of %.0f combinations of curve, model and season the one with the least "
                         "mean absolute error, %.6g, is taken.",
                         s->n_tried, s->mae));
  JV_TRY(jv_account_list(cx, into, "coefficients", &list));
  JV_TRY(jv_account_coefficient(cx, list, "theta", s->theta, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "alpha", s->alpha, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "intercept", s->a, NAN));
  JV_TRY(jv_account_coefficient(cx, list, "slope", s->b, NAN));
  JV_TRY(jv_account_list(cx, into, "trace", &list));
  for (size_t i = 0; i < (size_t)s->n_tried; i++) {
    const jv_theta4_trial *t = &s->tried[i];
    JV_TRY(jv_account_row(cx, list, &row));
    JV_TRY(jv_state_set_text(cx, row, "trend", t->curve > 0 ? "exponential" : "linear"));
    JV_TRY(jv_state_set_text(cx, row, "model", t->form > 0 ? "multiplicative" : "additive"));
    JV_TRY(jv_state_set_text(cx, row, "season", seasons[(size_t)t->season]));
    JV_TRY(jv_state_set_real(cx, row, "theta", t->theta));
    JV_TRY(jv_state_set_real(cx, row, "mae", t->mae));
  }
  return JV_OK;
}

/* ---- saving ---- */

static const struct {
  const char *name;
  size_t offset;
} reals[] = {
    {"intercept", offsetof(jv_theta4_state, a)},  {"slope", offsetof(jv_theta4_state, b)},
    {"theta", offsetof(jv_theta4_state, theta)},  {"alpha", offsetof(jv_theta4_state, alpha)},
    {"start", offsetof(jv_theta4_state, start)},  {"level", offsetof(jv_theta4_state, level)},
    {"mae", offsetof(jv_theta4_state, mae)},      {"time", offsetof(jv_theta4_state, time)},
    {"gap", offsetof(jv_theta4_state, gap)},      {"floor", offsetof(jv_theta4_state, floor)},
    {"tries", offsetof(jv_theta4_state, n_tried)}};
enum { REALS = sizeof reals / sizeof reals[0], PARTS = 5 * JV_THETA4_TRIALS };

jv_status jv_theta4_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_theta4_state *s = fit->state;
  JV_TRY(jv_state_set_flag(cx, into, "exponential", s->curve == JV_THETA4_EXPONENTIAL));
  JV_TRY(jv_state_set_flag(cx, into, "product", s->form == JV_THETA4_MULTIPLICATIVE));
  for (size_t i = 0; i < REALS; i++) {
    const double *x = (const void *)((const char *)s + reals[i].offset);
    JV_TRY(jv_state_set_real(cx, into, reals[i].name, *x));
  }
  JV_TRY(jv_state_set_reals(cx, into, "tried", &s->tried[0].season, PARTS));
  return jv_adjust_save(cx, &s->adjust, into);
}

static jv_status check_state(jv_ctx *cx, const jv_theta4_state *s, size_t n) {
  bool good = s->theta >= 1 && s->gap >= 0 && s->gap <= (double)n && s->time >= 0 &&
              s->n_tried >= 0 && s->n_tried <= JV_THETA4_TRIALS;
  for (size_t i = 0; i < JV_THETA4_TRIALS; i++)
    good = good && s->tried[i].season >= 0 && s->tried[i].season <= 2;
  return good ? JV_OK : jv_fail(cx, JV_EPARSE, "fourtheta: impossible state");
}

jv_status jv_theta4_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_theta4_state *s = fit->state;
  bool exponential, product;
  JV_TRY(jv_state_get_flag(cx, from, "exponential", &exponential));
  JV_TRY(jv_state_get_flag(cx, from, "product", &product));
  s->curve = exponential ? JV_THETA4_EXPONENTIAL : JV_THETA4_LINEAR;
  s->form = product ? JV_THETA4_MULTIPLICATIVE : JV_THETA4_ADDITIVE;
  for (size_t i = 0; i < REALS; i++) {
    double *x = (void *)((char *)s + reals[i].offset);
    JV_TRY(jv_state_get_real(cx, from, reals[i].name, x));
    if (!isfinite(*x)) return jv_fail(cx, JV_EPARSE, "fourtheta: impossible '%s'", reals[i].name);
  }
  JV_TRY(jv_state_get_reals(cx, from, "tried", &s->tried[0].season, PARTS));
  JV_TRY(check_state(cx, s, fit->n));
  return jv_adjust_load(cx, from, fit->m, &s->adjust);
}
