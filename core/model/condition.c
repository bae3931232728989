/* Conditioning of forecasts on facts; see the header.
 *
 * One fact at a time, with c = cov a, s = a'c + noise:
 *   mean += (c/s) (b - a'mean),   cov -= c c'/s
 * which is the update of a Kalman filter that observes the fact, and needs no inverse. A draw x of the
 * unconditional distribution becomes one of the conditional by the same gains: x += (c/s) (b + e - a'x);
 * each draw then holds to the facts itself. */
#include "model/condition.h"
#include "model/builtin.h"
#include "model/layer.h"
#include "model/state.h"
#include "model/structural.h"
#include <stdio.h>
#include <string.h>

enum { PATHS = 4000 }; /* for correlations, and for distributions that are not normal */

/* ---- facts ---- */

/* Position of a period of the series' frequency, counted from `start`. */
static jv_status place(jv_ctx *cx, jv_period start, jv_period period, bool by_end, int64_t *out) {
  jv_period at;
  JV_TRY(jv_period_convert(cx, period, start.freq, by_end, &at));
  return jv_period_diff(cx, at, start, out);
}

/* A year of other quarters than the series' has no steps of its own. Weeks belong to the year in which
 * they end, as everywhere. */
static jv_status check_whole(jv_ctx *cx, jv_period period, jv_freq freq, const char *name,
                             const char *freq_name) {
  jv_period first, last;
  JV_TRY(jv_period_convert(cx, period, freq, false, &first));
  JV_TRY(jv_period_convert(cx, period, freq, true, &last));
  if (freq.kind == JV_FREQ_W || (jv_period_first_day(first) == jv_period_first_day(period) &&
                                 jv_period_last_day(last) == jv_period_last_day(period)))
    return JV_OK;
  return jv_fail(cx, JV_EPERIOD, "condition: %s is not made of whole periods of %s", name,
                 freq_name);
}

jv_status jv_fact_of_period(jv_ctx *cx, jv_period start, const double *y, size_t n,
                            jv_period period, double value, double sd, jv_fact *out) {
  int64_t first, last;
  char name[JV_PERIOD_TEXT], freq[JV_PERIOD_TEXT];
  jv_period_format(period, name);
  jv_freq_format(start.freq, freq);
  if (start.freq.kind == JV_FREQ_INDEX || period.freq.kind == JV_FREQ_INDEX)
    return jv_fail(cx, JV_EPERIOD, "condition: %s needs a dated series", name);
  if (period.freq.kind > start.freq.kind)
    return jv_fail(cx, JV_EPERIOD, "condition: %s is finer than the series (%s)", name, freq);
  JV_TRY(check_whole(cx, period, start.freq, name, freq));
  JV_TRY(place(cx, start, period, false, &first));
  JV_TRY(place(cx, start, period, true, &last));
  if (last < (int64_t)n)
    return jv_fail(cx, JV_EDATA, "condition: %s lies within the data: nothing of it is ahead",
                   name);
  if (first < 0) return jv_fail(cx, JV_EDATA, "condition: %s begins before the data", name);
  for (int64_t t = first; t < (int64_t)n; t++) {
    if (isnan(y[t]))
      return jv_fail(cx, JV_EDATA, "condition: a part of %s is missing in the data", name);
    value -= y[t];
  }
  size_t from = first > (int64_t)n ? (size_t)first - n : 0;
  *out = (jv_fact){from + 1, (size_t)last - n + 1, value, sd};
  return JV_OK;
}

static double dot(const double *x, const double *y, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* c = cov a; size: what a'c would be if everything were perfectly correlated. */
static double spread_of(const double *cov, const double *a, size_t n, double *c, double *size) {
  double all = 0;
  for (size_t i = 0; i < n; i++) {
    c[i] = dot(cov + i * n, a, n);
    all += fabs(a[i]) * sqrt(fmax(cov[i * n + i], 0));
  }
  *size = all * all;
  return dot(a, c, n);
}

jv_status jv_condition_gaussian(jv_ctx *cx, double *mean, double *cov, size_t n, const double *a,
                                const double *b, const double *noise, size_t k, double *gains) {
  double first = 0, *c = JV_ARRAY(cx, double, n + 1), size;
  if (!c) return JV_ENOMEM;
  for (size_t i = 0; i < n; i++) first = fmax(first, cov[i * n + i]);
  for (size_t j = 0; j < k; j++, a += n) {
    double extra = noise ? noise[j] : 0, s = spread_of(cov, a, n, c, &size) + extra;
    double surprise = b[j] - dot(a, mean, n);
    if (gains) memset(gains + j * n, 0, n * sizeof *gains);
    double own = first * dot(a, a, n);
    if (!(s > 1e-10 * size + 1e-14 * own)) { /* settled, but for roundings */
      if (surprise * surprise <= 1e-8 * own) continue;
      jv_free(cx, c);
      return jv_fail(cx, JV_EDATA,
                     "condition: fact %zu says %g, and what is known before it %g: they contradict "
                     "each other",
                     j + 1, b[j], b[j] - surprise);
    }
    for (size_t i = 0; i < n; i++) {
      mean[i] += c[i] / s * surprise;
      if (gains) gains[j * n + i] = c[i] / s;
      for (size_t l = 0; l <= i; l++) {
        cov[i * n + l] -= c[i] * c[l] / s;
        cov[l * n + i] = cov[i * n + l];
      }
    }
  }
  jv_free(cx, c);
  return JV_OK;
}

/* ---- the conditioned fit ---- */

typedef struct conditioned {
  jv_fit *base;
  jv_fact *facts;
  size_t n_facts, last; /* last: the furthest step of a fact */
} conditioned;

/* What a forecast of H steps rests on. */
typedef struct basis {
  size_t n;        /* H */
  jv_forecast *fc; /* of the base */
  bool normal;
  double *mean, *cov; /* given the facts */
  double *a, *b, *noise, *gains;
  double *block;
} basis;

static void basis_free(jv_ctx *cx, basis *s) {
  jv_forecast_free(cx, s->fc);
  jv_free(cx, s->block);
}

/* Means and covariance of sample paths; where the base is normal the correlations alone are theirs. */
static jv_status joint_of_paths(jv_ctx *cx, const jv_fit *base, const double *x, basis *s) {
  size_t n = s->n;
  double *paths = jv_alloc(cx, n * PATHS, sizeof *paths);
  if (!paths) return JV_ENOMEM;
  jv_status status = jv_fit_simulate(cx, base, n, x, PATHS, paths);
  for (size_t i = 0; i < n && status == JV_OK; i++) {
    double sum = 0;
    for (size_t k = 0; k < PATHS; k++) sum += paths[k * n + i];
    for (size_t k = 0; k < PATHS; k++) paths[k * n + i] -= sum / PATHS;
    s->mean[i] = s->normal ? s->fc->mean[i] : sum / PATHS;
    for (size_t l = 0; l <= i; l++) {
      double product = 0;
      for (size_t k = 0; k < PATHS; k++) product += paths[k * n + i] * paths[k * n + l];
      s->cov[i * n + l] = s->cov[l * n + i] = product / (PATHS - 1);
    }
  }
  jv_free(cx, paths);
  if (status != JV_OK || !s->normal) return status;
  for (size_t i = 0; i < n; i++) s->b[i] = sqrt(s->cov[i * n + i]); /* b is free until the facts */
  for (size_t i = 0; i < n; i++)
    for (size_t l = 0; l < n; l++) {
      double scale = s->b[i] * s->b[l];
      s->cov[i * n + l] *= scale > 0 ? s->fc->sd[i] * s->fc->sd[l] / scale : 0;
    }
  return JV_OK;
}

static jv_status joint(jv_ctx *cx, const jv_fit *base, const double *x, basis *s) {
  bool exact = base->cls == &jv_model_structural && !base->around;
  JV_TRY(jv_forecast_complete(cx, s->fc));
  s->normal = s->fc->dist == JV_DIST_NORMAL;
  if (exact) return jv_structural_joint(cx, base, s->n, x, s->mean, s->cov);
  JV_TRY(joint_of_paths(cx, base, x, s));
  for (size_t i = 0; i < s->n * s->n; i++)
    if (!isfinite(s->cov[i]))
      return jv_fail(cx, JV_EDATA, "condition: the forecast has no finite spread to condition");
  return JV_OK;
}

static jv_status make_basis(jv_ctx *cx, const conditioned *c, size_t h, const double *x, basis *s) {
  size_t n = h > c->last ? h : c->last, k = c->n_facts;
  *s = (basis){.n = n};
  if (n > h && c->base->k > 0) {
    jv_fail(cx, JV_EINVAL,
            "condition: a fact reaches %zu steps ahead, where no regressors are given", n);
    return JV_EINVAL;
  }
  size_t rows = n > k ? n : k;
  s->block = jv_calloc(cx, n + n * n + 2 * k * n + 2 * rows, sizeof *s->block);
  if (!s->block) return JV_ENOMEM;
  s->mean = s->block;
  s->cov = s->mean + n;
  s->a = s->cov + n * n;
  s->gains = s->a + k * n;
  s->b = s->gains + k * n;
  s->noise = s->b + rows;
  jv_status status = jv_fit_forecast(cx, c->base, n, x, &s->fc);
  if (status == JV_OK) status = joint(cx, c->base, x, s);
  for (size_t j = 0; j < k; j++) {
    for (size_t i = c->facts[j].from; i <= c->facts[j].to; i++) s->a[j * n + i - 1] = 1;
    s->b[j] = c->facts[j].value;
    s->noise[j] = c->facts[j].sd * c->facts[j].sd;
  }
  if (status == JV_OK)
    status = jv_condition_gaussian(cx, s->mean, s->cov, n, s->a, s->b, s->noise, k, s->gains);
  if (status != JV_OK) basis_free(cx, s);
  return status;
}

/* One draw, or the base's mean (rng NULL: no noise), is brought to the facts. */
static void hold(const conditioned *c, const basis *s, jv_rng *rng, double *x) {
  for (size_t j = 0; j < c->n_facts; j++) {
    const double *gain = s->gains + j * s->n;
    double e = rng && s->noise[j] > 0 ? sqrt(s->noise[j]) * jv_rng_normal(rng) : 0;
    double surprise = s->b[j] + e - dot(s->a + j * s->n, x, s->n);
    for (size_t i = 0; i < s->n; i++) x[i] += gain[i] * surprise;
  }
}

static jv_status draw(jv_ctx *cx, const jv_fit *fit, const basis *s, const double *x, size_t h,
                      size_t n_paths, double *paths) {
  const conditioned *c = fit->state;
  double *full = jv_alloc(cx, s->n * n_paths, sizeof *full);
  if (!full) return JV_ENOMEM;
  c->base->seed = fit->seed;
  jv_status status = jv_fit_simulate(cx, c->base, s->n, x, n_paths, full);
  for (size_t k = 0; k < n_paths && status == JV_OK; k++) {
    jv_rng rng = jv_fit_rng(fit, k);
    hold(c, s, &rng, full + k * s->n);
    memcpy(paths + k * h, full + k * s->n, h * sizeof *paths);
  }
  jv_free(cx, full);
  return status;
}

static jv_status fill_forecast(jv_ctx *cx, const jv_fit *fit, basis *s, jv_forecast *fc) {
  size_t h = fc->h;
  hold(fit->state, s, NULL, s->fc->mean);
  fc->mean_is_median = s->fc->mean_is_median;
  memcpy(fc->mean, s->normal ? s->mean : s->fc->mean, h * sizeof *fc->mean);
  if (s->normal) {
    fc->dist = JV_DIST_NORMAL;
    fc->sd = JV_ARRAY(cx, double, h);
    if (!fc->sd) return JV_ENOMEM;
    for (size_t i = 0; i < h; i++) fc->sd[i] = sqrt(fmax(s->cov[i * s->n + i], 0));
    return JV_OK;
  }
  fc->paths = jv_alloc(cx, h * PATHS, sizeof *fc->paths);
  if (!fc->paths) return JV_ENOMEM;
  fc->n_paths = PATHS;
  fc->dist = JV_DIST_PATHS;
  return draw(cx, fit, s, fc->x, h, PATHS, fc->paths);
}

static jv_status conditioned_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  basis s;
  JV_TRY(make_basis(cx, fit->state, fc->h, fc->x, &s));
  jv_status status = fill_forecast(cx, fit, &s, fc);
  basis_free(cx, &s);
  return status;
}

static jv_status conditioned_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                      size_t n_paths, double *paths) {
  basis s;
  JV_TRY(make_basis(cx, fit->state, h, x, &s));
  jv_status status = draw(cx, fit, &s, x, h, n_paths, paths);
  basis_free(cx, &s);
  return status;
}

static jv_status conditioned_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  (void)into;
  const conditioned *c = fit->state;
  return jv_fail(cx, JV_EUNSUPPORTED,
                 "a conditioned fit is not saved: save the %s fit and condition it again",
                 c->base->cls->name);
}

static jv_status say_fact(jv_ctx *cx, const jv_fact *f, struct cJSON *steps) {
  char text[192], about[64] = "exactly";
  if (f->sd > 0) snprintf(about, sizeof about, "with standard deviation %.6g", f->sd);
  if (f->from == f->to)
    snprintf(text, sizeof text, "Step %zu is %.10g, %s.", f->from, f->value, about);
  else
    snprintf(text, sizeof text, "Steps %zu to %zu sum to %.10g, %s.", f->from, f->to, f->value,
             about);
  return jv_state_add_text(cx, steps, text);
}

static jv_status conditioned_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const conditioned *c = fit->state;
  const jv_fit *base = c->base;
  struct cJSON *steps;
  char text[192];
  snprintf(text, sizeof text, "The forecast of %s, held to what is known of the future.",
           base->form[0] ? base->form : base->cls->name);
  JV_TRY(jv_state_set_list(cx, into, "steps", &steps));
  JV_TRY(jv_state_add_text(cx, steps, text));
  for (size_t j = 0; j < c->n_facts; j++) JV_TRY(say_fact(cx, &c->facts[j], steps));
  return JV_OK;
}

static void conditioned_free(jv_ctx *cx, jv_fit *fit) {
  conditioned *c = fit->state;
  if (!c) return;
  jv_fit_free(cx, c->base);
  jv_free(cx, c->facts);
  jv_free(cx, c);
  fit->state = NULL;
}

static const jv_option rows[] = {{NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_model_class conditioned_class = {
    .name = "conditioned",
    .title = "A fit that holds to facts about the future",
    .doc = "Made from another fit by conditioning; not fitted itself.",
    .source = "Anderson (2003), An Introduction to Multivariate Statistical Analysis, th. 2.5.1",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_SIMULATE | JV_TAG_REGRESSORS,
    .options = rows,
    .forecast = conditioned_forecast,
    .simulate = conditioned_simulate,
    .explain = conditioned_explain,
    .save = conditioned_save,
    .free_state = conditioned_free,
};

/* ---- making one ---- */

static jv_status check_facts(jv_ctx *cx, const jv_fact *facts, size_t n) {
  if (n == 0) return jv_fail(cx, JV_EINVAL, "condition: no facts were given");
  for (size_t j = 0; j < n; j++) {
    const jv_fact *f = &facts[j];
    if (f->from < 1 || f->from > f->to)
      return jv_fail(cx, JV_EINVAL, "condition: fact %zu is about steps %zu to %zu", j + 1, f->from,
                     f->to);
    if (!isfinite(f->value) || !(f->sd >= 0) || isinf(f->sd))
      return jv_fail(cx, JV_EINVAL, "condition: fact %zu is %g with standard deviation %g", j + 1,
                     f->value, f->sd);
  }
  return JV_OK;
}

static jv_status copy_fit(jv_ctx *cx, const jv_fit *fit, jv_fit **out) {
  char *json = NULL;
  JV_TRY(jv_fit_save(cx, fit, &json));
  jv_status status = jv_fit_load(cx, json, strlen(json), out);
  jv_free(cx, json);
  return status;
}

static void copy_numbers(const jv_fit *from, jv_fit *to) {
  memcpy(to->fitted, from->fitted, from->n * sizeof *to->fitted);
  memcpy(to->residuals, from->residuals, from->n * sizeof *to->residuals);
  to->loglik = from->loglik;
  to->n_params = from->n_params;
  to->aic = from->aic;
  to->aicc = from->aicc;
  to->bic = from->bic;
  to->sigma2 = from->sigma2;
  to->converged = from->converged;
  to->evaluations = from->evaluations;
}

static bool comes_before(const jv_fact *a, const jv_fact *b) {
  if (a->from != b->from) return a->from < b->from;
  return a->to != b->to ? a->to < b->to : a->value < b->value;
}

static jv_status take_facts(jv_ctx *cx, conditioned *c, const jv_fact *facts, size_t n) {
  c->facts = JV_ARRAY(cx, jv_fact, n);
  if (!c->facts) return JV_ENOMEM;
  c->n_facts = n;
  for (size_t j = 0; j < n; j++) { /* sorted: the order in which they came changes no digit */
    size_t at = j;
    for (; at > 0 && comes_before(&facts[j], &c->facts[at - 1]); at--)
      c->facts[at] = c->facts[at - 1];
    c->facts[at] = facts[j];
    if (facts[j].to > c->last) c->last = facts[j].to;
  }
  return JV_OK;
}

jv_status jv_fit_condition(jv_ctx *cx, const jv_fit *fit, const jv_fact *facts, size_t n,
                           jv_fit **out) {
  *out = NULL;
  JV_TRY(check_facts(cx, facts, n));
  jv_sample shape = {.n = fit->n,
                     .m = fit->m,
                     .id = fit->id,
                     .seed = fit->seed,
                     .k = fit->k,
                     .x_names = (const char *const *)fit->x_names};
  jv_fit *made = NULL;
  JV_TRY(jv_fit_blank(cx, &conditioned_class, &shape, NULL, &made));
  copy_numbers(fit, made);
  conditioned *c = JV_NEW(cx, conditioned);
  made->state = c;
  jv_status status = c ? copy_fit(cx, fit, &c->base) : JV_ENOMEM;
  if (status == JV_OK) status = take_facts(cx, c, facts, n);
  if (status != JV_OK) {
    jv_fit_free(cx, made);
    return status;
  }
  bool fits = strlen(fit->form) <= 70; /* else the name of the model: a form cut short tells less */
  snprintf(made->form, sizeof made->form, "%.70s given %zu fact%s",
           fits ? fit->form : fit->cls->name, n, n > 1 ? "s" : "");
  *out = made;
  return JV_OK;
}
