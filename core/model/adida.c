/* Intermittent demand by aggregation over time: ADIDA and IMAPA.
 *
 * At level L the series is cut, from its end, into buckets of L periods; what is left over at the
 * start is dropped. The sums of buckets are smoothed exponentially from the first one on, and the
 * last smoothed sum is spread evenly: rate = l / L.
 *
 *   adida   L = the mean interval between demands, rounded
 *   imapa   the mean of the rates of all levels from 1 to that
 *
 * Each level's weight is given, or estimated by least squares on its buckets. For fitted values
 * and updates the cut moves with the end: L chains of buckets, one for each place where a cut can be,
 * are smoothed side by side with the same weight; each observation ends a bucket of one of them. A
 * bucket with missing periods counts the mean of the others for them.
 *
 * Update keeps levels and weights.
 *
 * Source: Nikolopoulos, Syntetos, Boylan, Petropoulos & Assimakopoulos (2011), Journal of the
 * Operational Research Society 62, 544-554; Petropoulos & Kourentzes (2015), same journal 66,
 * 914-924, whose other forecasts for each level are left out: smoothing serves for all.
 * Checked by: tests/core/test_croston.c */
#include "model/account.h"
#include "model/builtin.h"
#include "model/intermittent.h"
#include "model/smooth.h"
#include "model/state.h"
#include <stdio.h>
#include <string.h>

typedef struct adida_state {
  size_t from, to; /* levels */
  size_t at;       /* observations taken */
  double *alpha;   /* a weight for each level; one block with the two below */
  double *chain;   /* chains of each level: L smoothed sums, NaN before their first bucket */
  double *recent;  /* the last `to` observations, at their number modulo `to` */
  double floor;
  size_t size; /* of the block */
} adida_state;

typedef struct adida_opt {
  double alpha;
  int level;
} adida_opt;

#define ROW_ALPHA                                                                                  \
  {                                                                                                \
    "alpha", JV_OPT_REAL, offsetof(adida_opt, alpha), NAN, 0, 1,                                   \
        "smoothing weight of the sums; estimated by least squares when absent", NULL               \
  }
static const jv_option adida_rows[] = {
    ROW_ALPHA,
    {"level", JV_OPT_INT, offsetof(adida_opt, level), NAN, 1, 1000,
     "periods in a bucket; the mean interval between demands when absent", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
static const jv_option imapa_rows[] = {
    ROW_ALPHA,
    {"max_level", JV_OPT_INT, offsetof(adida_opt, level), NAN, 1, 1000,
     "periods in the largest buckets; the mean interval between demands when absent", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void adida_free(jv_ctx *cx, jv_fit *fit) {
  adida_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->alpha);
  jv_free(cx, s);
  fit->state = NULL;
}

/* Chains of levels before `level`, counted from the first one. */
static size_t chain_offset(const adida_state *s, size_t level) {
  return (level * (level - 1) - s->from * (s->from - 1)) / 2;
}

static void measure(adida_state *s) {
  s->size = (s->to - s->from + 1) + chain_offset(s, s->to + 1) + s->to;
}

static jv_status make_room(jv_ctx *cx, adida_state *s) {
  size_t levels = s->to - s->from + 1, chains = chain_offset(s, s->to + 1);
  measure(s);
  s->alpha = JV_ARRAY(cx, double, s->size);
  if (!s->alpha) return JV_ENOMEM;
  for (size_t i = 0; i < s->size; i++) s->alpha[i] = NAN;
  s->chain = s->alpha + levels;
  s->recent = s->chain + chains;
  return JV_OK;
}

/* Sum of the last `level` observations; NaN when all are missing or there are too few. */
static double bucket(const adida_state *s, size_t level) {
  double sum = 0, used = 0;
  if (s->at < level) return NAN;
  for (size_t i = 1; i <= level; i++) {
    double y = s->recent[(s->at - i) % s->to];
    if (isnan(y)) continue;
    sum += y;
    used += 1;
  }
  return sum * ((double)level / used);
}

/* The mean of the levels that have a bucket yet; zero before there is any. */
static double rate_of(const adida_state *s) {
  double sum = 0, used = 0;
  for (size_t level = s->from; level <= s->to; level++) {
    double l = s->chain[chain_offset(s, level) + s->at % level];
    if (isnan(l)) continue;
    sum += l / (double)level;
    used += 1;
  }
  return used > 0 ? sum / used : 0;
}

static void take(adida_state *s, double y) {
  s->recent[s->at % s->to] = y;
  s->at++;
  for (size_t level = s->from; level <= s->to; level++) {
    double x = bucket(s, level), *l = &s->chain[chain_offset(s, level) + s->at % level];
    if (isnan(x)) continue;
    *l += isnan(*l) ? 0 : s->alpha[level - s->from] * (x - *l);
    if (isnan(*l)) *l = x;
  }
}

static void advance(adida_state *s, double y, double *fitted, double *residual) {
  *fitted = rate_of(s);
  *residual = y - *fitted;
  take(s, y);
}

/* The buckets that end with the sample, oldest first, into x. */
static size_t cut(const double *y, size_t n, size_t level, double *x) {
  size_t count = n / level;
  const double *at = y + n % level;
  for (size_t b = 0; b < count; b++, at += level) {
    double sum = 0, used = 0;
    for (size_t i = 0; i < level; i++) {
      if (isnan(at[i])) continue;
      sum += at[i];
      used += 1;
    }
    x[b] = used > 0 ? sum * ((double)level / used) : NAN;
  }
  return count;
}

/* Smoothing starts with the first bucket that is there. */
static double estimate(const double *x, size_t n, size_t *evaluations) {
  size_t first = 0;
  while (first < n && isnan(x[first])) first++;
  if (first + 2 >= n) return 0.1; /* one error or none: nothing to estimate by */
  jv_smooth line = jv_smooth_fit(x + first, n - first, NAN, x[first]);
  *evaluations += line.evaluations;
  return line.alpha;
}

static jv_status find_weights(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, adida_state *s) {
  const adida_opt *opt = fit->opt;
  double *x = JV_ARRAY(cx, double, sample->n);
  if (!x) return JV_ENOMEM;
  for (size_t level = s->from; level <= s->to; level++) {
    double *alpha = &s->alpha[level - s->from];
    *alpha = opt->alpha;
    if (isnan(*alpha)) *alpha = estimate(x, cut(sample->y, sample->n, level, x), &fit->evaluations);
  }
  jv_free(cx, x);
  return JV_OK;
}

static void run_through(const jv_sample *sample, adida_state *s, jv_fit *fit) {
  for (size_t t = 0; t < sample->n; t++)
    advance(s, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  fit->fitted[0] = fit->residuals[0] = NAN;
}

static size_t find_level(const jv_sample *sample, int asked) {
  double level =
      asked != JV_OPT_UNSET ? asked : round(jv_intermittent_interval(sample->y, sample->n));
  return (size_t)fmin(fmax(level, 1), (double)sample->n);
}

static jv_status fit_levels(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, bool single) {
  const adida_opt *opt = fit->opt;
  adida_state *s = JV_NEW(cx, adida_state);
  if (!s) return JV_ENOMEM;
  s->to = find_level(sample, opt->level);
  s->from = single ? s->to : 1;
  jv_status status = make_room(cx, s);
  if (status == JV_OK) status = find_weights(cx, sample, fit, s);
  if (status != JV_OK) {
    jv_free(cx, s->alpha);
    jv_free(cx, s);
    return status;
  }
  s->floor = jv_intermittent_floor(cx, fit->cls->name, sample->y, sample->n) ? 1 : 0;
  run_through(sample, s, fit);
  fit->sigma2 = jv_intermittent_variance(fit->residuals, fit->n);
  fit->n_params = isnan(opt->alpha) ? s->to - s->from + 1 : 0;
  if (single)
    snprintf(fit->form, sizeof fit->form, "ADIDA(buckets of %zu)", s->to);
  else
    snprintf(fit->form, sizeof fit->form, "IMAPA(buckets of 1 to %zu)", s->to);
  fit->state = s;
  return JV_OK;
}

static jv_status fit_adida(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_levels(cx, sample, fit, true);
}

static jv_status fit_imapa(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  return fit_levels(cx, sample, fit, false);
}

/* Levels and weights of another fit on this sample. */
static jv_status adida_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const adida_state *like = from->state;
  adida_state *s = JV_NEW(cx, adida_state);
  if (!s) return JV_ENOMEM;
  *s = (adida_state){.from = like->from, .to = like->to, .floor = like->floor};
  if (make_room(cx, s) != JV_OK) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  memcpy(s->alpha, like->alpha, (s->to - s->from + 1) * sizeof *s->alpha);
  run_through(sample, s, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  fit->state = s;
  return JV_OK;
}

static jv_status adida_spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const adida_state *s = fit->state;
  return jv_intermittent_spread(cx, fit, rate_of(s), s->floor > 0, fc);
}

static jv_status adida_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  (void)cx;
  jv_intermittent_means(fc, rate_of(fit->state));
  fc->spread = adida_spread;
  return JV_OK;
}

static jv_status adida_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  const adida_state *s = fit->state;
  (void)x;
  return jv_intermittent_simulate(cx, fit, rate_of(s), s->floor > 0, h, n_paths, paths);
}

static jv_status adida_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  adida_state *s = fit->state;
  (void)x;
  if (s->floor > 0 && !jv_intermittent_floor(cx, fit->cls->name, y, k)) s->floor = 0;
  for (size_t i = 0; i < k; i++)
    advance(s, y[i], &fit->fitted[fit->n + i], &fit->residuals[fit->n + i]);
  return JV_OK;
}

static jv_status adida_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const adida_state *s = fit->state;
  struct cJSON *list, *row;
  JV_TRY(jv_account_list(cx, into, "steps", &list));
  JV_TRY(jv_account_step(cx, list,
                         "Sums over buckets of %zu%s%zu periods are smoothed, and spread evenly.",
                         s->from, s->from < s->to ? " to " : ", that is ", s->to));
  JV_TRY(jv_account_list(cx, into, "trace", &list));
  for (size_t level = s->from; level <= s->to; level++) {
    JV_TRY(jv_account_row(cx, list, &row));
    JV_TRY(jv_state_set_count(cx, row, "level", level));
    JV_TRY(jv_state_set_real(cx, row, "alpha", s->alpha[level - s->from]));
    double sum = s->chain[chain_offset(s, level) + s->at % level];
    JV_TRY(jv_state_set_real(cx, row, "rate", sum / (double)level));
  }
  return JV_OK;
}

static jv_status adida_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const adida_state *s = fit->state;
  JV_TRY(jv_state_set_count(cx, into, "from", s->from));
  JV_TRY(jv_state_set_count(cx, into, "to", s->to));
  JV_TRY(jv_state_set_count(cx, into, "at", s->at));
  JV_TRY(jv_state_set_real(cx, into, "floor", s->floor));
  return jv_state_set_reals(cx, into, "smoothed", s->alpha, s->size);
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, adida_state *s) {
  JV_TRY(jv_state_get_count(cx, from, "from", &s->from));
  JV_TRY(jv_state_get_count(cx, from, "to", &s->to));
  JV_TRY(jv_state_get_count(cx, from, "at", &s->at));
  JV_TRY(jv_state_get_real(cx, from, "floor", &s->floor));
  if (s->from < 1 || s->to < s->from || s->to > 1000000)
    return jv_fail(cx, JV_EPARSE, "impossible levels %zu to %zu", s->from, s->to);
  measure(s);
  if (jv_state_list_length(from, "smoothed") != s->size) /* before room is made for them */
    return jv_fail(cx, JV_EPARSE, "'smoothed' does not have the %zu values of its levels", s->size);
  JV_TRY(make_room(cx, s));
  JV_TRY(jv_state_get_reals(cx, from, "smoothed", s->alpha, s->size));
  for (size_t i = 0; i <= s->to - s->from; i++)
    if (!(s->alpha[i] >= 0 && s->alpha[i] <= 1))
      return jv_fail(cx, JV_EPARSE, "impossible weight %g", s->alpha[i]);
  return JV_OK;
}

static jv_status adida_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  adida_state *s = JV_NEW(cx, adida_state);
  if (!s) return JV_ENOMEM;
  jv_status status = load_state(cx, from, s);
  if (status != JV_OK) {
    jv_free(cx, s->alpha);
    jv_free(cx, s);
    return jv_fail_in(cx, "%s", fit->cls->name);
  }
  fit->state = s;
  return JV_OK;
}

#define ADIDA_CLASS(id, text, paragraph, paper)                                                    \
  const jv_model_class jv_model_##id = {                                                           \
      .name = #id,                                                                                 \
      .title = text,                                                                               \
      .doc = paragraph " Quantiles come from the model's own one-step errors, drawn around the "   \
                       "rate, not below zero unless the data are. A bucket with missing periods "  \
                       "counts the mean of the others for them.",                                  \
      .source = paper,                                                                             \
      .tags = JV_TAG_MISSING | JV_TAG_SIMULATE | JV_TAG_UPDATE,                                    \
      .options = id##_rows,                                                                        \
      .opt_size = sizeof(adida_opt),                                                               \
      .min_n = 2,                                                                                  \
      .fit = fit_##id,                                                                             \
      .apply = adida_apply,                                                                        \
      .forecast = adida_forecast,                                                                  \
      .simulate = adida_simulate,                                                                  \
      .update = adida_update,                                                                      \
      .explain = adida_explain,                                                                    \
      .save = adida_save,                                                                          \
      .load = adida_load,                                                                          \
      .free_state = adida_free,                                                                    \
  }

ADIDA_CLASS(adida, "Aggregate-disaggregate intermittent demand",
            "Demand with many zeros is summed over buckets as long as the mean interval between "
            "demands, the sums are smoothed exponentially, and the forecast is spread evenly over "
            "the periods.",
            "Nikolopoulos, Syntetos, Boylan, Petropoulos & Assimakopoulos (2011), Journal of the "
            "Operational Research Society 62, 544-554");
ADIDA_CLASS(imapa, "Intermittent multiple aggregation",
            "As `adida`, for all lengths of bucket from one period to the mean interval between "
            "demands; the forecast is the mean of theirs.",
            "Petropoulos & Kourentzes (2015), Forecast combinations for intermittent demand, "
            "Journal of the Operational Research Society 66, 914-924");
