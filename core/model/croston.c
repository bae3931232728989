/* Intermittent demand by smoothing what is not zero: Croston, SBA, TSB.
 *
 * Demands z[k] (values other than zero) and the periods p[k] from one to the next:
 *
 *   croston  z^ and p^ by exponential smoothing, each from its first value;  rate = z^ / p^
 *   sba      rate = (1 - alpha_p / 2) z^ / p^: the ratio's bias, removed to first order. Where every
 *            period has a demand p^ is a constant, there is no bias, and nothing is removed.
 *   tsb      z^ as above; the probability of a demand is smoothed in every period,
 *            q^ += beta ((y != 0) - q^), from 1 / p[1] on;  rate = q^ z^
 *
 * so that tsb alone forgets an item that is no longer asked for. Before the first demand, and without
 * any, the rate is zero. The first observation has no fitted value. Missing periods change nothing
 * and are not counted.
 *
 * optimise: both weights by the least squared one-step error of the rate on a net from 0.05 to 0.5;
 * what is given stays.
 *
 * Source: Croston (1972), Operational Research Quarterly 23, 289-303; Syntetos & Boylan (2005), IJF
 * 21, 303-314; Teunter, Syntetos & Babai (2011), European Journal of Operational Research 214,
 * 606-615. Start values as R forecast's croston.
 * Checked by: tests/core/test_croston.c, tests/conformance/croston.json */
#include "model/builtin.h"
#include "model/account.h"
#include "model/intermittent.h"
#include "model/state.h"
#include <stdio.h>

typedef enum method { CROSTON, SBA, TSB } method;

typedef struct croston_state {
  method method;
  double alpha, beta;    /* of the size; of the interval or the probability */
  double size, interval; /* tsb: the probability in the place of the interval */
  double since, count;   /* periods since the last demand; demands so far */
  double sparse;         /* 1 when some interval was not one */
  double floor;          /* 1 when no value is below zero */
  double first;          /* the first observation, which has no fitted value */
} croston_state;

typedef struct croston_opt {
  double alpha, beta;
  int optimise;
} croston_opt;

#define ROW_ALPHA                                                                                  \
  {                                                                                                \
    "alpha", JV_OPT_REAL, offsetof(croston_opt, alpha), NAN, 0, 1,                                 \
        "weight of a new demand's size; 0.1 when absent", NULL                                     \
  }
#define ROW_OPTIMISE                                                                               \
  {                                                                                                \
    "optimise", JV_OPT_FLAG, offsetof(croston_opt, optimise), 0, 0, 1,                             \
        "choose the weights that are not given by the squared one-step errors", NULL               \
  }

static const jv_option interval_rows[] = {ROW_ALPHA,
                                          {"interval_alpha", JV_OPT_REAL,
                                           offsetof(croston_opt, beta), NAN, 0, 1,
                                           "weight of a new interval; alpha when absent", NULL},
                                          ROW_OPTIMISE,
                                          {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
static const jv_option probability_rows[] = {
    ROW_ALPHA,
    {"beta", JV_OPT_REAL, offsetof(croston_opt, beta), NAN, 0, 1,
     "weight of a new period in the probability of a demand; 0.1 when absent", NULL},
    ROW_OPTIMISE,
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static double rate_of(const croston_state *s) {
  if (s->count == 0) return 0;
  if (s->method == TSB) return s->size * s->interval;
  double ratio = s->size / s->interval;
  return s->method == SBA && s->sparse > 0 ? (1 - s->beta / 2) * ratio : ratio;
}

static void take_demand(croston_state *s, double y) {
  bool first = s->count == 0;
  if (s->since > 1) s->sparse = 1;
  s->size += first ? y - s->size : s->alpha * (y - s->size);
  if (first)
    s->interval = s->method == TSB ? 1 / s->since : s->since;
  else if (s->method != TSB)
    s->interval += s->beta * (s->since - s->interval);
  s->count += 1;
  s->since = 0;
}

static void take(croston_state *s, double y) {
  if (isnan(y)) return;
  s->since += 1;
  if (s->method == TSB && s->count > 0) s->interval += s->beta * ((y != 0) - s->interval);
  if (y != 0) take_demand(s, y);
}

static void advance(croston_state *s, double y, double *fitted, double *residual) {
  *fitted = rate_of(s);
  *residual = y - *fitted;
  take(s, y);
}

static double squares(const jv_sample *sample, croston_state s) {
  double sum = 0;
  for (size_t t = 0; t < sample->n; t++) {
    double e = sample->y[t] - rate_of(&s);
    if (t > 0 && !isnan(e)) sum += e * e;
    take(&s, sample->y[t]);
  }
  return sum;
}

/* Weights on the net that leave the least squares, in *s. */
static size_t optimise(const jv_sample *sample, const croston_opt *opt, croston_state *s) {
  enum { NET = 10 };
  double best = INFINITY;
  size_t evaluations = 0;
  croston_state trial = *s;
  for (int i = 1; i <= (isnan(opt->alpha) ? NET : 1); i++)
    for (int j = 1; j <= (isnan(opt->beta) ? NET : 1); j++) {
      trial.alpha = isnan(opt->alpha) ? 0.05 * i : opt->alpha;
      trial.beta = isnan(opt->beta) ? 0.05 * j : opt->beta;
      double sum = squares(sample, trial);
      evaluations++;
      if (!(sum < best)) continue;
      best = sum;
      s->alpha = trial.alpha;
      s->beta = trial.beta;
    }
  return evaluations;
}

static jv_status run_through(jv_ctx *cx, const jv_sample *sample, croston_state *s, jv_fit *fit) {
  (void)cx;
  for (size_t t = 0; t < sample->n; t++)
    advance(s, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  fit->fitted[0] = fit->residuals[0] = NAN;
  s->first = sample->y[0];
  fit->state = s;
  return JV_OK;
}

static jv_status fit_method(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, method which) {
  static const char *const names[] = {"Croston", "SBA", "TSB"};
  const croston_opt *opt = fit->opt;
  croston_state *s = JV_NEW(cx, croston_state);
  if (!s) return JV_ENOMEM;
  s->method = which;
  s->alpha = isnan(opt->alpha) ? 0.1 : opt->alpha;
  s->beta = isnan(opt->beta) ? which == TSB ? 0.1 : s->alpha : opt->beta;
  s->floor = jv_intermittent_floor(cx, fit->cls->name, sample->y, sample->n) ? 1 : 0;
  if (opt->optimise == 1) fit->evaluations = optimise(sample, opt, s);
  fit->n_params = opt->optimise == 1 ? 2 : 0;
  snprintf(fit->form, sizeof fit->form, "%s(%.3g, %.3g)", names[which], s->alpha, s->beta);
  run_through(cx, sample, s, fit);
  fit->sigma2 = jv_intermittent_variance(fit->residuals, fit->n);
  return JV_OK;
}

static jv_status fit_croston(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_method(cx, sample, fit, CROSTON);
}

static jv_status fit_sba(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_method(cx, sample, fit, SBA);
}

static jv_status fit_tsb(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_method(cx, sample, fit, TSB);
}

/* The weights of another fit on this sample. */
static jv_status croston_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                               jv_fit *fit) {
  const croston_state *like = from->state;
  croston_state *s = JV_NEW(cx, croston_state);
  if (!s) return JV_ENOMEM;
  *s = (croston_state){
      .method = like->method, .alpha = like->alpha, .beta = like->beta, .floor = like->floor};
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  return run_through(cx, sample, s, fit);
}

static jv_status croston_spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const croston_state *s = fit->state;
  return jv_intermittent_spread(cx, fit, rate_of(s), s->floor > 0, fc);
}

static jv_status croston_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  (void)cx;
  jv_intermittent_means(fc, rate_of(fit->state));
  fc->spread = croston_spread;
  return JV_OK;
}

static jv_status croston_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                  size_t n_paths, double *paths) {
  const croston_state *s = fit->state;
  (void)x;
  return jv_intermittent_simulate(cx, fit, rate_of(s), s->floor > 0, h, n_paths, paths);
}

/* Size and interval (or probability) before each observation. */
static jv_status croston_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                    const char *const **names, double *values) {
  static const char *const interval[] = {"size", "interval"};
  static const char *const probability[] = {"size", "probability"};
  const croston_state *s = fit->state;
  (void)cx;
  *count = 2;
  *names = s->method == TSB ? probability : interval;
  if (!values) return JV_OK;
  croston_state run = {.method = s->method, .alpha = s->alpha, .beta = s->beta};
  for (size_t t = 0; t < fit->n; t++) {
    double y = t == 0 ? s->first : fit->fitted[t] + fit->residuals[t];
    values[t] = run.count > 0 ? run.size : 0;
    values[fit->n + t] = run.count > 0 ? run.interval : 0;
    take(&run, y); /* a zero comes back as one: fitted - fitted */
  }
  return JV_OK;
}

static jv_status croston_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                                size_t k) {
  croston_state *s = fit->state;
  (void)x;
  if (s->floor > 0 && !jv_intermittent_floor(cx, fit->cls->name, y, k)) s->floor = 0;
  for (size_t i = 0; i < k; i++)
    advance(s, y[i], &fit->fitted[fit->n + i], &fit->residuals[fit->n + i]);
  return JV_OK;
}

static jv_status croston_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const croston_state *s = fit->state;
  struct cJSON *list;
  JV_TRY(jv_account_list(cx, into, "steps", &list));
  if (s->count == 0)
    JV_TRY(jv_account_step(cx, list, "No demand was seen: the rate is zero."));
  else
    JV_TRY(jv_account_step(
        cx, list,
        s->method == TSB ? "%.0f demands; the rate is a size of %.6g times the probability %.6g."
                         : "%.0f demands; the rate is a size of %.6g over %.6g periods.",
        s->count, s->size, s->interval));
  if (s->method == SBA)
    JV_TRY(jv_account_step(cx, list,
                           s->sparse > 0 ? "The ratio's bias is removed: times 1 - weight / 2."
                                         : "Every period has a demand: no bias to remove."));
  JV_TRY(jv_account_list(cx, into, "coefficients", &list));
  JV_TRY(jv_account_coefficient(cx, list, "alpha", s->alpha, NAN));
  return jv_account_coefficient(cx, list, s->method == TSB ? "beta" : "interval_alpha", s->beta,
                                NAN);
}

static const struct {
  const char *name;
  size_t offset;
} reals[] = {
    {"alpha", offsetof(croston_state, alpha)},   {"beta", offsetof(croston_state, beta)},
    {"size", offsetof(croston_state, size)},     {"interval", offsetof(croston_state, interval)},
    {"since", offsetof(croston_state, since)},   {"count", offsetof(croston_state, count)},
    {"sparse", offsetof(croston_state, sparse)}, {"first", offsetof(croston_state, first)},
    {"floor", offsetof(croston_state, floor)}};
enum { REALS = sizeof reals / sizeof reals[0] };

static jv_status croston_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const croston_state *s = fit->state;
  for (size_t i = 0; i < REALS; i++) {
    const double *x = (const void *)((const char *)s + reals[i].offset);
    JV_TRY(jv_state_set_real(cx, into, reals[i].name, *x));
  }
  return JV_OK;
}

static jv_status croston_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  croston_state *s = fit->state;
  for (size_t i = 0; i < REALS; i++) {
    double *x = (void *)((char *)s + reals[i].offset);
    JV_TRY(jv_state_get_real(cx, from, reals[i].name, x));
    if (!isfinite(*x) && x != &s->first)
      return jv_fail(cx, JV_EPARSE, "%s: impossible '%s'", fit->cls->name, reals[i].name);
  }
  s->method = fit->cls == &jv_model_tsb ? TSB : fit->cls == &jv_model_sba ? SBA : CROSTON;
  if (s->since < 0 || s->count < 0 || (s->count > 0 && !(s->interval > 0) && s->method != TSB))
    return jv_fail(cx, JV_EPARSE, "%s: impossible state", fit->cls->name);
  return JV_OK;
}

#define CROSTON_CLASS(id, text, paragraph, paper, option_rows)                                     \
  const jv_model_class jv_model_##id = {                                                           \
      .name = #id,                                                                                 \
      .title = text,                                                                               \
      .doc = paragraph " Any value other than zero is a demand. Quantiles come from the model's "  \
                       "own one-step errors, drawn around the rate, not below zero unless the "    \
                       "data are. Missing periods are passed over.",                               \
      .source = paper,                                                                             \
      .tags = JV_TAG_MISSING | JV_TAG_SIMULATE | JV_TAG_COMPONENTS | JV_TAG_UPDATE,                \
      .options = option_rows,                                                                      \
      .opt_size = sizeof(croston_opt),                                                             \
      .min_n = 2,                                                                                  \
      .fit = fit_##id,                                                                             \
      .apply = croston_apply,                                                                      \
      .forecast = croston_forecast,                                                                \
      .simulate = croston_simulate,                                                                \
      .components = croston_components,                                                            \
      .update = croston_update,                                                                    \
      .explain = croston_explain,                                                                  \
      .save = croston_save,                                                                        \
      .load = croston_load,                                                                        \
      .state_size = sizeof(croston_state),                                                         \
  }

CROSTON_CLASS(croston, "Croston's method",
              "For demand with many zeros: the size of a demand and the number of periods between "
              "demands are smoothed by themselves; the forecast is their ratio, a rate per period.",
              "Croston (1972), Operational Research Quarterly 23, 289-303", interval_rows);
CROSTON_CLASS(sba, "Syntetos-Boylan approximation",
              "Croston's method without its bias: a ratio of two averages is too high on average, "
              "and is lowered by half the interval's weight.",
              "Syntetos & Boylan (2005), The accuracy of intermittent demand estimates, IJF 21, "
              "303-314",
              interval_rows);
CROSTON_CLASS(tsb, "Teunter-Syntetos-Babai",
              "As Croston's method, but the probability of a demand is smoothed in every period, "
              "with demand or without, so that the forecast falls when an item is no longer asked "
              "for.",
              "Teunter, Syntetos & Babai (2011), Intermittent demand: linking forecasting to "
              "inventory obsolescence, European Journal of Operational Research 214, 606-615",
              probability_rows);
