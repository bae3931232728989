/* Complex exponential smoothing: recursions in ces_filter.h, estimation in ces_search.h.
 *
 * The start is what a run backwards over the data arrives at. That run begins at rest: at the mean of
 * the last max(m, 10) values, with the seasons of an additive classical decomposition (simple: the
 * last value of each season), and c = l / a0, q = s / b0. The likelihood is the Gaussian one with
 * the variance concentrated out, -n/2 (log(2 pi sse/n) + 1); the AICc counts the weights and the
 * variance, as the authors do with this start: nothing of it is estimated.
 *
 * Automatic choice: the lowest AICc of none, simple, partial and full, seasonal forms where there
 * are two whole years. Where a1 = 1, `none` is simple smoothing with weight a0 - 1; a0 is searched in
 * [1, 2], the weights 0 to 1 of smoothing, and kept stable with a1.
 *
 *   y[n+h]: errors of zero go on;  Var = sigma^2 sum_{j < h} psi[j]^2,  psi[0] = 1
 *
 * with psi[j] the mean's answer j steps after a unit error, found by running one through; exact for
 * all forms, since the recursions are linear. sigma^2 = sse / (n - weights). Missing values are ones
 * without surprise; those at the end widen the intervals by the steps passed.
 *
 * Source: Svetunkov, Kourentzes & Ord (2022), Naval Research Logistics 69, 1108-1123.
 * Differs from the R package smooth: bounds as said (there a0 is free in the stable region);
 * one run backwards instead of several to and fro; partial is among the automatic forms.
 * Checked by: tests/core/test_ces.c */
#include "model/ces.h"
#include "model/builtin.h"
#include "model/classical.h"
#include "numeric/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const jv_ces_names[JV_CES_FORMS] = {"none", "simple", "partial", "full"};

static const jv_option rows[] = {
    {"model", JV_OPT_CHOICE, offsetof(jv_ces_opt, model), JV_CES_FORMS, 0, 0,
     "season: none, simple (m smoothings), partial (added, real), full (added, complex); auto: by "
     "AICc",
     "none|simple|partial|full|auto"},
    {"a0", JV_OPT_REAL, offsetof(jv_ces_opt, a[0]), NAN, JV_CES_MIN, JV_CES_FIRST_MAX,
     "weight of the level, real part; estimated when absent", NULL},
    {"a1", JV_OPT_REAL, offsetof(jv_ces_opt, a[1]), NAN, 0, JV_CES_SECOND_MAX,
     "weight of the level, imaginary part (1: the hidden part has no say); estimated when absent",
     NULL},
    {"b0", JV_OPT_REAL, offsetof(jv_ces_opt, a[2]), NAN, 0, JV_CES_FIRST_MAX,
     "weight of the season (partial), its real part (full); estimated when absent", NULL},
    {"b1", JV_OPT_REAL, offsetof(jv_ces_opt, a[3]), NAN, 0, JV_CES_SECOND_MAX,
     "weight of the season, imaginary part (full); estimated when absent", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

void jv_ces_free(jv_ctx *cx, jv_fit *fit) {
  jv_ces_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->ring);
  jv_free(cx, s);
  fit->state = NULL;
}

static jv_status ces_check(jv_ctx *cx, const void *opt) {
  const double *a = ((const jv_ces_opt *)opt)->a;
  if (!isnan(a[0]) && !isnan(a[1]) && !jv_ces_forgets(a[0], a[1]))
    return jv_fail(cx, JV_EINVAL, "ces: with a0 = %g and a1 = %g old errors would never fade", a[0],
                   a[1]);
  return JV_OK;
}

/* ---- what the forms start from ---- */

typedef struct origin {
  double end;      /* mean of the last values */
  double *seasons; /* m of a decomposition, then m last values; NULL without a season */
  bool added, last;
} origin;

static double mean_of_last(const double *y, size_t n, size_t k) {
  double sum = 0, used = 0;
  for (size_t t = n; t-- > 0 && used < (double)k;) {
    if (isnan(y[t])) continue;
    sum += y[t];
    used += 1;
  }
  return sum / used;
}

/* The last observed value of each season; false when one was never seen. */
static bool find_last(const double *y, size_t n, size_t m, double *last) {
  for (size_t s = 0; s < m; s++) last[s] = NAN;
  for (size_t t = 0; t < n; t++)
    if (!isnan(y[t])) last[t % m] = y[t];
  for (size_t s = 0; s < m; s++)
    if (isnan(last[s])) return false;
  return true;
}

static jv_status find_origin(jv_ctx *cx, const jv_sample *sample, origin *o) {
  size_t n = sample->n, m = sample->m;
  jv_adjust a;
  *o = (origin){.end = mean_of_last(sample->y, n, m > 10 ? m : 10)};
  if (m < 2 || n < 2 * m) return JV_OK;
  jv_status status = jv_adjust_fit(cx, sample->y, n, m, JV_SEASONAL_ADD, 0, 0, &a);
  if (status != JV_OK && status != JV_EDATA) return status;
  o->seasons = JV_ARRAY(cx, double, 2 * m);
  if (!o->seasons) {
    if (status == JV_OK) jv_adjust_free(cx, &a);
    return JV_ENOMEM;
  }
  o->added = status == JV_OK;
  if (o->added) memcpy(o->seasons, a.index, m * sizeof *a.index);
  if (o->added) jv_adjust_free(cx, &a);
  o->last = find_last(sample->y, n, m, o->seasons + m);
  return JV_OK;
}

static bool is_possible(const origin *o, jv_ces_form form) {
  if (form == JV_CES_NONE) return true;
  return o->seasons && (form == JV_CES_SIMPLE ? o->last : o->added);
}

/* ---- fitting ---- */

static jv_status estimate(jv_ctx *cx, const jv_sample *sample, const jv_ces_opt *opt,
                          const origin *o, jv_ces_form form, jv_ces_estimate *out) {
  jv_ces_request request = {.form = form, .end = o->end};
  memcpy(request.given, opt->a, sizeof request.given);
  if (form != JV_CES_NONE)
    request.seasons = form == JV_CES_SIMPLE ? o->seasons + sample->m : o->seasons;
  /* too few to tell two weights apart: plain smoothing */
  if (jv_summary_count(sample->y, sample->n) < 6 && isnan(request.given[1])) request.given[1] = 1;
  return jv_ces_estimate_of(cx, sample->y, sample->n, sample->m, &request, out);
}

static void take_numbers(jv_fit *fit, const jv_ces_estimate *e) {
  double n = (double)e->used;
  fit->sigma2 = e->used > e->free ? e->sse / (double)(e->used - e->free) : INFINITY;
  fit->loglik = e->sse > 0 ? -0.5 * n * (log(6.283185307179586 * e->sse / n) + 1) : INFINITY;
  fit->n_params = e->free + 1;
  fit->converged = e->converged;
  jv_fit_criteria(fit, e->used);
}

/* The forms in question, one after another; the best stays in `kept`. */
static jv_status choose(jv_ctx *cx, const jv_sample *sample, const origin *o, jv_fit *fit,
                        jv_ces_state *s, jv_ces_estimate *kept) {
  const jv_ces_opt *opt = fit->opt;
  bool found = false;
  double best = INFINITY;
  size_t evaluations = 0;
  for (int f = 0; f < JV_CES_FORMS; f++) {
    jv_ces_estimate e;
    jv_ces_form form = (jv_ces_form)f;
    if ((opt->model != JV_CES_FORMS && opt->model != f) || !is_possible(o, form)) continue;
    JV_TRY(estimate(cx, sample, opt, o, form, &e));
    evaluations += e.evaluations;
    if (!isfinite(e.sse)) continue; /* given weights that run away */
    take_numbers(fit, &e);
    s->tried[f] = (jv_ces_trial){fit->aicc, e.sse};
    if (found && !(fit->aicc < best)) continue;
    best = fit->aicc;
    s->form = form;
    *kept = e;
    found = true;
    if (!(e.sse > 0)) break;
  }
  if (!found)
    return jv_fail(cx, JV_EDATA,
                   "nothing to fit: the form '%s' needs two whole seasons, gaps apart, and weights "
                   "under which errors stay finite",
                   opt->model < JV_CES_FORMS ? jv_ces_names[opt->model] : "auto");
  take_numbers(fit, kept);
  fit->evaluations = evaluations;
  return JV_OK;
}

/* The backward run of the chosen form: s->start and the first ring. */
static jv_status find_start(jv_ctx *cx, const jv_sample *sample, const origin *o,
                            const jv_ces_estimate *e, jv_ces_state *s) {
  size_t m = s->form == JV_CES_NONE ? 1 : sample->m, size = jv_ces_ring(s->form, m);
  s->ring = JV_ARRAY(cx, double, 2 * size + 1);
  if (!s->ring) return JV_ENOMEM;
  s->first = s->ring + size;
  s->size = size;
  s->start = (jv_ces_run){.form = s->form,
                          .m = m,
                          .at = (sample->n - 1) % m,
                          .a0 = e->x[0],
                          .a1 = e->x[1],
                          .b0 = e->x[2],
                          .b1 = e->x[3],
                          .level = o->end,
                          .hidden = jv_ces_at_rest(o->end, e->x[0]),
                          .ring = s->first};
  const double *seasons = o->seasons;
  if (seasons && s->form == JV_CES_SIMPLE) seasons += m;
  for (size_t i = 0; seasons && size && i < m; i++) {
    s->first[i] = seasons[i];
    if (size > m)
      s->first[m + i] = jv_ces_at_rest(seasons[i], e->x[s->form == JV_CES_SIMPLE ? 0 : 2]);
  }
  for (size_t t = sample->n; t-- > 0;)
    jv_ces_take(&s->start, sample->y[t] - jv_ces_mean(&s->start), true);
  s->start.at = 0;
  return JV_OK;
}

static void advance(jv_ces_state *s, double y, double *fitted, double *residual) {
  *fitted = jv_ces_mean(&s->run);
  *residual = y - *fitted;
  s->gap = isnan(y) ? s->gap + 1 : 0;
  jv_ces_take(&s->run, *residual, false);
}

void jv_ces_rewind(const jv_ces_state *s, double *ring, jv_ces_run *run) {
  *run = s->start;
  run->ring = ring;
  if (s->size) memcpy(ring, s->first, s->size * sizeof *ring);
}

static void run_through(jv_ces_state *s, const jv_sample *sample, jv_fit *fit) {
  jv_ces_rewind(s, s->ring, &s->run);
  for (size_t t = 0; t < sample->n; t++)
    advance(s, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
}

static void describe(const jv_ces_state *s, jv_fit *fit) {
  int len = snprintf(fit->form, sizeof fit->form, "CES(%s, a %.3g + %.3gi", jv_ces_names[s->form],
                     s->start.a0, s->start.a1);
  char *end = fit->form + len;
  size_t room = sizeof fit->form - (size_t)len;
  if (s->form == JV_CES_PARTIAL)
    snprintf(end, room, ", b %.3g)", s->start.b0);
  else if (s->form == JV_CES_FULL)
    snprintf(end, room, ", b %.3g + %.3gi)", s->start.b0, s->start.b1);
  else
    snprintf(end, room, ")");
}

static jv_status fit_state(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, jv_ces_state *s) {
  origin o;
  jv_ces_estimate e = {0};
  JV_TRY(find_origin(cx, sample, &o));
  jv_status status = choose(cx, sample, &o, fit, s, &e);
  if (status == JV_OK) status = find_start(cx, sample, &o, &e, s);
  jv_free(cx, o.seasons);
  if (status != JV_OK) return status;
  run_through(s, sample, fit);
  describe(s, fit);
  return JV_OK;
}

static jv_status ces_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  JV_TRY(ces_check(cx, fit->opt)); /* whoever made the options */
  jv_ces_state *s = JV_NEW(cx, jv_ces_state);
  if (!s) return JV_ENOMEM;
  for (int f = 0; f < JV_CES_FORMS; f++) s->tried[f] = (jv_ces_trial){NAN, NAN};
  jv_status status = fit_state(cx, sample, fit, s);
  if (status != JV_OK) {
    jv_free(cx, s);
    return jv_fail_in(cx, "ces");
  }
  fit->state = s;
  return JV_OK;
}

/* Weights and start of another fit on this sample. */
static jv_status ces_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const jv_ces_state *like = from->state;
  jv_ces_state *s = JV_NEW(cx, jv_ces_state);
  if (!s) return JV_ENOMEM;
  *s = *like;
  s->ring = JV_ARRAY(cx, double, 2 * s->size + 1);
  if (!s->ring) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  s->first = s->ring + s->size;
  if (s->size) memcpy(s->first, like->first, s->size * sizeof *s->first);
  s->start.ring = s->first;
  s->gap = 0;
  run_through(s, sample, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  fit->state = s;
  return JV_OK;
}

/* ---- forecasts ---- */

/* A run of its own from the last state, or from nothing (deviations), on a ring in *room. */
static jv_status branch(jv_ctx *cx, const jv_ces_state *s, bool deviations, double **room,
                        jv_ces_run *run) {
  *room = JV_ARRAY(cx, double, s->size + 1);
  if (!*room) return JV_ENOMEM;
  *run = s->run;
  run->ring = *room;
  for (size_t i = 0; i < s->size; i++) (*room)[i] = deviations ? 0 : s->ring[i];
  if (deviations) run->level = run->hidden = 0;
  return JV_OK;
}

/* Standard deviations in units of sigma: one error goes in at the first step. */
static jv_status find_spread(jv_ctx *cx, const jv_ces_state *s, double sigma, size_t h,
                             double *sd) {
  double *room, sum = 0;
  jv_ces_run run;
  JV_TRY(branch(cx, s, true, &room, &run));
  size_t gap = (size_t)s->gap;
  for (size_t j = 0; j < gap + h; j++) {
    double psi = j == 0 ? 1 : jv_ces_mean(&run);
    sum += psi * psi;
    jv_ces_take(&run, j == 0 ? 1 : 0, false);
    if (j >= gap) sd[j - gap] = sigma * sqrt(sum);
  }
  jv_free(cx, room);
  return JV_OK;
}

static jv_status ces_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_ces_state *s = fit->state;
  double *room;
  jv_ces_run run;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  JV_TRY(find_spread(cx, s, sqrt(fit->sigma2), fc->h, fc->sd));
  JV_TRY(branch(cx, s, false, &room, &run));
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] = jv_ces_mean(&run);
    jv_ces_take(&run, 0, false);
  }
  jv_free(cx, room);
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  return JV_OK;
}

/* Deviations from the means: the errors of missing values at the end, then those of the path. */
static void draw_path(const jv_fit *fit, size_t k, jv_ces_run *run, size_t h, double *path) {
  const jv_ces_state *s = fit->state;
  jv_draws draws = jv_fit_draws(fit, k);
  double sigma = sqrt(fit->sigma2);
  for (size_t i = 0; i < s->size; i++) run->ring[i] = 0;
  run->level = run->hidden = 0;
  run->at = (s->run.at + run->m - (size_t)s->gap % run->m) % run->m;
  for (size_t i = (size_t)s->gap; i > 0; i--) jv_ces_take(run, sigma * jv_draw(&draws), false);
  for (size_t i = 0; i < h; i++) {
    double e = sigma * jv_draw(&draws);
    path[i] = jv_ces_mean(run) + e;
    jv_ces_take(run, e, false);
  }
}

static jv_status ces_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              size_t n_paths, double *paths) {
  const jv_ces_state *s = fit->state;
  double *room;
  jv_ces_run run;
  (void)x;
  if (isinf(fit->sigma2))
    return jv_fail(cx, JV_EDATA, "ces: no sample paths, the series is too short for a variance");
  JV_TRY(branch(cx, s, true, &room, &run));
  for (size_t k = 0; k < n_paths; k++) draw_path(fit, k, &run, h, paths + k * h);
  jv_free(cx, room);
  JV_TRY(branch(cx, s, false, &room, &run));
  for (size_t i = 0; i < h; i++) {
    double mean = jv_ces_mean(&run);
    for (size_t k = 0; k < n_paths; k++) paths[k * h + i] += mean;
    jv_ces_take(&run, 0, false);
  }
  jv_free(cx, room);
  return JV_OK;
}

/* ---- what is inside ---- */

static jv_status ces_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                const char *const **names, double *values) {
  static const char *const parts[] = {"level", "potential", "season"};
  const jv_ces_state *s = fit->state;
  bool simple = s->form == JV_CES_SIMPLE;
  *count = s->form == JV_CES_PARTIAL || s->form == JV_CES_FULL ? 3 : 2;
  *names = parts;
  if (!values) return JV_OK;
  double *ring = JV_ARRAY(cx, double, s->size + 1);
  if (!ring) return JV_ENOMEM;
  jv_ces_run run;
  jv_ces_rewind(s, ring, &run);
  for (size_t t = 0; t < fit->n; t++) {
    values[t] = simple ? ring[run.at] : run.level;
    values[fit->n + t] = simple ? ring[run.m + run.at] : run.hidden;
    if (*count == 3) values[2 * fit->n + t] = ring[run.at];
    jv_ces_take(&run, fit->residuals[t], false);
  }
  jv_free(cx, ring);
  return JV_OK;
}

static jv_status ces_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++)
    advance(fit->state, y[i], &fit->fitted[fit->n + i], &fit->residuals[fit->n + i]);
  return JV_OK;
}

const jv_model_class jv_model_ces = {
    .name = "ces",
    .title = "Complex exponential smoothing",
    .doc = "Exponential smoothing with a hidden part beside the level (together a complex number), "
           "which lets one model follow level, trend and what lies between. Seasons are added as a "
           "real or a complex part, or each season is smoothed by itself; the form with the lowest "
           "AICc is taken, seasonal ones where there are two whole years. The start comes from a "
           "run backwards over the data. Intervals are exact for normal errors. Missing values "
           "count as observations without surprise.",
    .source = "Svetunkov, Kourentzes & Ord (2022), Complex exponential smoothing, Naval Research "
              "Logistics 69, 1108-1123",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(jv_ces_opt),
    .min_n = 4,
    .check = ces_check,
    .fit = ces_fit,
    .apply = ces_apply,
    .forecast = ces_forecast,
    .simulate = ces_simulate,
    .components = ces_components,
    .update = ces_update,
    .explain = jv_ces_explain,
    .save = jv_ces_save,
    .load = jv_ces_load,
    .free_state = jv_ces_free,
};
