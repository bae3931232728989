/* Theta, as simple exponential smoothing with drift.
 *
 *   x[t] = y[t] / S[t] when the series is seasonal, else y[t]
 *   l[t] = l[t-1] + alpha (x[t] - l[t-1])          simple exponential smoothing, least squares
 *   b    = half the slope of the least-squares line through x
 *   D[t] = b + (1 - alpha) D[t-1], D[0] = 0        what smoothing lags behind the line, halved
 *   y[n+h] = S[n+h] (l[n] + D[n] + (h-1) b),  D[n] = b (1 - (1-alpha)^n) / alpha
 *   sd     = sigma sqrt(1 + (h-1) alpha^2),  sigma^2 = sum (x[t] - l[t-1])^2 / (n - 2)
 *
 * The recursion of D holds with gaps and without division by alpha. The season is tested at
 * qnorm(0.95) when there are more than two whole ones, and found by classical multiplicative
 * decomposition (additive where values are zero or below). As in the reference implementation the
 * deviation is that of the smoothing errors, and is not scaled by the season; fitted values here
 * hold the drift, D[t-1], so that they are the one-step means of the model: R's leave it out.
 *
 * Missing values leave the level, move the line, and widen the intervals by the steps passed;
 * at least three observed values. Update keeps alpha, b, sigma and the season.
 *
 * Source: Assimakopoulos & Nikolopoulos (2000), IJF 16, 521-530; Hyndman & Billah (2003), IJF 19,
 * 287-290, eqs 3-5.
 * Checked by: tests/core/test_theta.c, tests/conformance/simple.json */
#include "model/builtin.h"
#include "model/classical.h"
#include "model/smooth.h"
#include "model/state.h"
#include <stdio.h>

#define TEST_QUANTILE 1.6448536269514722 /* 95 % of the standard normal */

typedef struct theta_state {
  jv_adjust adjust;
  double alpha, start, drift; /* start: l[0]; drift: b */
  double level, lag;          /* l[n], D[n] */
  double gap;                 /* missing values since the last observation */
} theta_state;

typedef struct theta_opt {
  double alpha, level;
  int seasonal;
} theta_opt;

static const jv_option rows[] = {
    {"alpha", JV_OPT_REAL, offsetof(theta_opt, alpha), NAN, 0, 1,
     "smoothing weight; estimated by least squares when absent", NULL},
    {"level", JV_OPT_REAL, offsetof(theta_opt, level), NAN, -1e300, 1e300,
     "start level, in the unit of the adjusted series; estimated when absent", NULL},
    {"seasonal", JV_OPT_CHOICE, offsetof(theta_opt, seasonal), JV_SEASONAL_AUTO, 0, 0,
     "seasonal adjustment; auto: by the autocorrelation test", JV_SEASONAL_CHOICES},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static void theta_free(jv_ctx *cx, jv_fit *fit) {
  theta_state *s = fit->state;
  if (!s) return;
  jv_adjust_free(cx, &s->adjust);
  jv_free(cx, s);
  fit->state = NULL;
}

/* Least-squares slope of the observed x on their positions, about the means of both. */
static double line_slope(const double *x, size_t n) {
  double used = 0, mt = 0, mx = 0, tt = 0, tx = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(x[t])) continue;
    used += 1;
    double dt = (double)t - mt, dx = x[t] - mx;
    mt += dt / used;
    mx += dx / used;
    tt += dt * ((double)t - mt);
    tx += dt * (x[t] - mx);
  }
  return tt > 0 ? tx / tt : 0;
}

/* Takes observation t. */
static void advance(theta_state *s, size_t t, double y, double *fitted, double *residual) {
  double x = jv_adjust_remove(&s->adjust, t, y);
  *fitted = jv_adjust_apply(&s->adjust, t, s->level + s->lag);
  *residual = y - *fitted;
  if (isnan(x)) {
    s->lag += s->drift;
    s->gap += 1;
    return;
  }
  s->level += s->alpha * (x - s->level);
  s->lag = s->drift + (1 - s->alpha) * s->lag;
  s->gap = 0;
}

/* Parameters from the adjusted series x, then one pass for state and fitted values. */
static void estimate(const jv_sample *sample, const double *x, theta_state *s, jv_fit *fit) {
  const theta_opt *opt = fit->opt;
  jv_smooth line = jv_smooth_fit(x, sample->n, opt->alpha, opt->level);
  s->alpha = line.alpha;
  s->start = s->level = line.start;
  s->drift = line_slope(x, sample->n) / 2;
  for (size_t t = 0; t < sample->n; t++)
    advance(s, t, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  fit->sigma2 = line.used > 2 ? line.sse / (double)(line.used - 2) : INFINITY;
  fit->evaluations = line.evaluations;
  fit->n_params = 4 + (s->adjust.index ? s->adjust.m - 1 : 0);
}

static jv_status fit_state(jv_ctx *cx, const jv_sample *sample, theta_state *s, jv_fit *fit) {
  const theta_opt *opt = fit->opt;
  JV_TRY(jv_adjust_fit(cx, sample->y, sample->n, sample->m,
                       jv_seasonal_of(opt->seasonal, sample->transformed), 2 * sample->m + 1,
                       TEST_QUANTILE, &s->adjust));
  double *x = JV_ARRAY(cx, double, sample->n);
  if (!x) {
    jv_adjust_free(cx, &s->adjust);
    return JV_ENOMEM;
  }
  for (size_t t = 0; t < sample->n; t++) x[t] = jv_adjust_remove(&s->adjust, t, sample->y[t]);
  estimate(sample, x, s, fit);
  jv_free(cx, x);
  return JV_OK;
}

static jv_status theta_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  theta_state *s = JV_NEW(cx, theta_state);
  if (!s) return JV_ENOMEM;
  jv_status status = fit_state(cx, sample, s, fit);
  if (status != JV_OK) {
    jv_free(cx, s);
    return jv_fail_in(cx, "theta");
  }
  snprintf(fit->form, sizeof fit->form, "Theta");
  jv_adjust_describe(&s->adjust, fit->form, sizeof fit->form);
  fit->state = s;
  return JV_OK;
}

/* Weight, drift, start and season of another fit, on this sample. */
static jv_status theta_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const theta_state *like = from->state;
  theta_state *s = JV_NEW(cx, theta_state);
  if (!s) return JV_ENOMEM;
  *s = (theta_state){.alpha = like->alpha, .start = like->start, .drift = like->drift};
  if (jv_adjust_copy(cx, &like->adjust, &s->adjust) != JV_OK) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  s->level = s->start;
  for (size_t t = 0; t < sample->n; t++)
    advance(s, t, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  fit->state = s;
  return JV_OK;
}

static double mean_at(const theta_state *s, const jv_fit *fit, size_t i) {
  return jv_adjust_apply(&s->adjust, fit->n + i, s->level + s->lag + (double)i * s->drift);
}

static jv_status theta_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const theta_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    fc->mean[i] = mean_at(s, fit, i);
    fc->sd[i] = sqrt(fit->sigma2 * (1 + ((double)i + s->gap) * s->alpha * s->alpha));
  }
  return JV_OK;
}

static jv_status theta_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths) {
  (void)x;
  const theta_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  (void)cx;
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double moved = s->alpha * sigma * sqrt(s->gap) * jv_draw(&draws);
    for (size_t i = 0; i < h; i++) {
      double e = sigma * jv_draw(&draws);
      paths[k * h + i] = mean_at(s, fit, i) + moved + e;
      moved += s->alpha * e;
    }
  }
  return JV_OK;
}

static jv_status theta_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                  const char *const **names, double *values) {
  static const char *const parts[] = {"level", "season"};
  const theta_state *s = fit->state;
  (void)cx;
  *count = 2;
  *names = parts;
  if (values) jv_adjust_split(&s->adjust, fit->fitted, fit->n, values);
  return JV_OK;
}

static jv_status theta_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++) {
    size_t t = fit->n + i;
    advance(fit->state, t, y[i], &fit->fitted[t], &fit->residuals[t]);
  }
  return JV_OK;
}

/* What is saved, once: name and place of each real of the state. */
static const struct {
  const char *name;
  size_t offset;
} reals[] = {{"alpha", offsetof(theta_state, alpha)}, {"start", offsetof(theta_state, start)},
             {"drift", offsetof(theta_state, drift)}, {"level", offsetof(theta_state, level)},
             {"lag", offsetof(theta_state, lag)},     {"gap", offsetof(theta_state, gap)}};
enum { REALS = sizeof reals / sizeof reals[0] };

static jv_status theta_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const theta_state *s = fit->state;
  for (size_t i = 0; i < REALS; i++) {
    const double *x = (const void *)((const char *)s + reals[i].offset);
    JV_TRY(jv_state_set_real(cx, into, reals[i].name, *x));
  }
  return jv_adjust_save(cx, &s->adjust, into);
}

static jv_status theta_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  theta_state *s = fit->state;
  for (size_t i = 0; i < REALS; i++) {
    double *x = (void *)((char *)s + reals[i].offset);
    JV_TRY(jv_state_get_real(cx, from, reals[i].name, x));
    if (!isfinite(*x)) return jv_fail(cx, JV_EPARSE, "theta: impossible '%s'", reals[i].name);
  }
  if (s->gap < 0) return jv_fail(cx, JV_EPARSE, "theta: impossible 'gap'");
  return jv_adjust_load(cx, from, fit->m, &s->adjust);
}

const jv_model_class jv_model_theta = {
    .name = "theta",
    .title = "Theta (smoothing with drift)",
    .doc = "The winner of the M3 competition: simple exponential smoothing plus half the slope of "
           "the series, after a seasonal adjustment where a test of the autocorrelation finds a "
           "season. Multiplicative, or additive where values are zero or below. Missing values "
           "leave the level as it is and widen the intervals.",
    .source = "Assimakopoulos & Nikolopoulos (2000), IJF 16, 521-530; Hyndman & Billah (2003), IJF "
              "19, 287-290",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(theta_opt),
    .min_n = 3,
    .fit = theta_fit,
    .apply = theta_apply,
    .forecast = theta_forecast,
    .simulate = theta_simulate,
    .components = theta_components,
    .update = theta_update,
    .save = theta_save,
    .load = theta_load,
    .state_size = sizeof(theta_state),
    .free_state = theta_free,
};
