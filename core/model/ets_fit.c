/* Maximum likelihood of one ETS form, and the choice among forms. */
#include "model/ets_engine.h"
#include <float.h>
#include <math.h>
#include <string.h>

typedef struct fitting {
  jv_ctx *cx;
  jv_ets_problem p;
  const jv_ets_request *request;
  jv_ets_run guess;     /* start states of the form's trend and season */
  double *guess_ring, *scaled;
  bool positive;
  int exponent; /* y was divided by 2^exponent */
} fitting;

typedef struct start {
  double alpha, u, v, phi;
} start;

static const start starts[] = {
    {0.3, 0.1, 0.1, 0.95}, {0.8, 0.1, 0.1, 0.95}, {0.05, 0.5, 0.05, 0.9}, {0.5, 0.8, 0.5, 0.85}, {0.95,.95,.01,.95}, {.1,.9,.9,.95}, {.95,.02,.02,.85},{.5,.01,.9,.97}};
int jv_ets_debug_win,jv_ets_debug_pre=2,jv_ets_debug_proxy,jv_ets_debug_trace;
#include <stdio.h>

int jv_ets_debug_starts = 4;

static jv_status search(fitting *fit, const start *s, double give_up, jv_minimum *found) {
  jv_ets_problem *p = &fit->p;
  p->x[0] = s->alpha;
  p->x[1] = s->u;
  p->x[2] = s->v;
  p->x[3] = s->phi;
  jv_ets_problem_states(p, &fit->guess, p->x);
  jv_objective objective = jv_ets_problem_objective(p);
  double lo[4],hi[4];
  p->slopes.proxy = p->form.error==JV_ETS_MUL && (jv_ets_debug_proxy);
  if(jv_ets_debug_pre){
  for(int i=0;i<4;i++){lo[i]=p->lower[i];hi[i]=p->upper[i]; p->x[i]=fmin(fmax(p->x[i],lo[i]),hi[i]); p->lower[i]=p->upper[i]=p->x[i];}
  jv_minimise_opt o0 = {p->lower, p->upper, 1e-2, (size_t)jv_ets_debug_pre, give_up, 4};
  JV_TRY(jv_minimise(fit->cx, &objective, &o0, p->scratch, p->x, found));
  for(int i=0;i<4;i++){p->lower[i]=lo[i];p->upper[i]=hi[i];}
  }
  if(p->slopes.proxy && jv_ets_debug_proxy>1) { jv_minimise_opt o1 = {p->lower, p->upper, 1e-2, (size_t)jv_ets_debug_proxy-1, give_up, 4};
   JV_TRY(jv_minimise(fit->cx, &objective, &o1, p->scratch, p->x, found)); }
  p->slopes.proxy=false;
  double f0=found->value;
  jv_minimise_opt opt = {p->lower, p->upper, 1e-6, 200, give_up, 4};
  JV_TRY(jv_minimise(fit->cx, &objective, &opt, p->scratch, p->x, found));
  if(jv_ets_debug_trace){jv_ets_par q=jv_ets_problem_par(p,p->x);printf("   start a %.2f u %.2f v %.2f: %.5f -> %.5f it %zu ev %zu end %d promised %.3g | a %.5f b %.5f g %.5f phi %.4f\n",s->alpha,s->u,s->v,f0,found->value,found->iterations,found->evaluations,found->end,found->promised,q.alpha,q.beta,q.gamma,q.phi);}
  return JV_OK;
}

/* Best of the starts for one form; coordinates into p->best. */
static jv_status fit_form(fitting *fit, jv_ets_form form, double give_up, jv_minimum *best) {
  jv_ets_problem *p = &fit->p;
  jv_ets_problem_form(p, form);
  fit->guess = p->run;
  fit->guess.ring = fit->guess_ring;
  jv_ets_guess_states(&fit->guess, p->y, p->n);
  best->value = INFINITY;
  for (size_t i = 0; i < (size_t)jv_ets_debug_starts; i++) {
    jv_minimum found;
    JV_TRY(search(fit, &starts[i], give_up, &found));
    if (!(found.value < best->value)) continue;
    *best = found; jv_ets_debug_win=(int)i;
    memcpy(p->best, p->x, p->k * sizeof *p->x);
  }
  return JV_OK;
}

static double criterion_of(jv_ets_criterion which, double half, size_t params, size_t n) {
  double k = (double)params, deviance = 2 * half, count = (double)n;
  if (which == JV_ETS_BIC) return deviance + log(count) * k;
  if (which == JV_ETS_AIC) return deviance + 2 * k;
  if (n <= params + 1) return INFINITY;
  return deviance + 2 * k + 2 * k * (k + 1) / (count - k - 1);
}

static double unscaled(const fitting *fit, jv_ets_form form, double half) {
  (void)form; /* e and f scale alike: n log s from the squares, or from the means */
  return half + (double)fit->p.n_used * fit->exponent * 0.69314718055994530942;
}

static jv_status keep(fitting *fit, double half, double criterion, jv_ets_estimate *out) {
  jv_ets_problem *p = &fit->p;
  jv_ets_run run = jv_ets_problem_run(p, p->best);
  double scale = ldexp(1, fit->exponent);
  run.level *= scale;
  if (p->form.trend == JV_ETS_ADD) run.slope *= scale;
  if (p->form.season == JV_ETS_ADD)
    for (size_t j = 0; j < p->m; j++) run.ring[j] *= scale;
  out->form = p->form;
  out->par = run.par;
  out->n_states = jv_ets_count_states(p->form, p->m);
  jv_ets_run_get(&run, out->states0);
  out->n_params = jv_ets_count_params(p->form, p->m, p->given);
  out->n_used = p->n_used;
  out->loglik = -half;
  out->criterion = criterion;
  return JV_OK;
}

static bool may_be(jv_ets_kind wanted, jv_ets_kind kind) {
  return wanted == JV_ETS_ANY || wanted == kind;
}

static bool is_asked(const fitting *fit, jv_ets_form form) {
  const jv_ets_request *r = fit->request;
  if (!may_be(r->form.error, form.error) || !may_be(r->form.trend, form.trend) ||
      !may_be(r->form.season, form.season))
    return false;
  bool choice = r->form.error == JV_ETS_ANY || r->form.trend == JV_ETS_ANY ||
                r->form.season == JV_ETS_ANY;
  if (form.trend == JV_ETS_NONE && form.damped) return false;
  if (r->damped != JV_OPT_UNSET && form.damped != (r->damped == 1)) return false;
  if (form.season != JV_ETS_NONE && (fit->p.m < 2 || (choice && fit->p.m > 24))) return false;
  bool product = form.error == JV_ETS_MUL ||
                 (choice && (form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL));
  if (product && !fit->positive) return false;
  if (!choice) return true;
  if (r->form.trend == JV_ETS_ANY && form.trend == JV_ETS_MUL && !r->multiplicative_trend)
    return false;
  if (!r->restrict_forms) return true;
  if (form.error == JV_ETS_ADD && (form.trend == JV_ETS_MUL || form.season == JV_ETS_MUL))
    return false;
  return !(form.error == JV_ETS_MUL && form.trend == JV_ETS_MUL && form.season == JV_ETS_ADD);
}

static jv_status choose(fitting *fit, jv_ets_estimate *out) {
  out->criterion = INFINITY;
  for (int code = 0; code < 2 * 5 * 3; code++) {
    jv_ets_form form = {code / 15 ? JV_ETS_MUL : JV_ETS_ADD, JV_ETS_NONE,
                        (jv_ets_kind)(code % 3), false};
    int trend = code / 3 % 5;
    form.trend = trend == 0 ? JV_ETS_NONE : trend < 3 ? JV_ETS_ADD : JV_ETS_MUL;
    form.damped = trend == 2 || trend == 4;
    if (!is_asked(fit, form)) continue;
    size_t params = jv_ets_count_params(form, fit->p.m, fit->p.given);
    jv_minimum best;
    out->forms_tried++;
    JV_TRY(fit_form(fit, form, INFINITY, &best));
    double half = unscaled(fit, form, best.value);
    double criterion = criterion_of(fit->request->criterion, half, params, fit->p.n_used);
    if (criterion < out->criterion) JV_TRY(keep(fit, half, criterion, out));
  }
  return JV_OK;
}

jv_status jv_ets_estimate_new(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                              size_t m, jv_ets_estimate *out) {
  *out = (jv_ets_estimate){0};
  fitting fit = {.cx = cx, .request = request, .positive = true};
  fit.scaled = JV_ARRAY(cx, double, n);
  fit.guess_ring = JV_ARRAY(cx, double, m);
  out->states0 = JV_ARRAY(cx, double, m + 2);
  out->final = JV_ARRAY(cx, double, m + 2);
  double top = 0;
  for (size_t t = 0; t < n; t++) {
    if (y[t] <= 0) fit.positive = false;
    top = fmax(top, fabs(y[t]));
  }
  frexp(top, &fit.exponent);
  for (size_t t = 0; t < n; t++) fit.scaled[t] = ldexp(y[t], -fit.exponent);
  JV_TRY(jv_ets_problem_init(cx, fit.scaled, n, m, request, &fit.p));
  jv_status status = choose(&fit, out);
  out->evaluations = fit.p.evaluations + fit.p.expansions;
  jv_ets_problem_clear(cx, &fit.p);
  jv_free(cx, fit.scaled);
  jv_free(cx, fit.guess_ring);
  return status;
}

void jv_ets_estimate_clear(jv_ctx *cx, jv_ets_estimate *e) {
  jv_free(cx, e->states0);
  jv_free(cx, e->final);
  e->states0 = e->final = NULL;
}
