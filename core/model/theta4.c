/* 4Theta: theta lines about a linear or an exponential curve, added or multiplied.
 *
 *   x[t] = y[t] / S[t] or y[t] - S[t]                        season by classical decomposition
 *   T[t] = a + b t,  or exp(a + b t) by the line through log x
 *   additive        z[t] = theta x[t] + (1 - theta) T[t]      mu[t] = l[t-1] / theta + k T[t]
 *   multiplicative  z[t] = x[t]^theta T[t]^(1 - theta)        mu[t] = l[t-1]^(1/theta) T[t]^k
 *   l[t] = l[t-1] + alpha (z[t] - l[t-1]),   k = 1 - 1/theta
 *
 * alpha and l[0] minimise the squared errors of z (model/smooth.h); theta minimises the mean absolute
 * error of y in [1, 3]: a grid of quarters, then golden sections. What is not asked for by name
 * (curve, model, kind of season) is chosen by that error too. Curves and products that need positive
 * values are passed over where there are others.
 *
 * Additive: y normal with sd S sigma sqrt(1 + (h-1) alpha^2), sigma^2 = sum (x - mu)^2 / (n - 3).
 * Multiplicative: errors in proportion, x = mu (1 + e); 2000 simulated paths, the point forecast that
 * of a future without errors. Missing values leave the level; the curve goes on.
 *
 * Update keeps curve, weights and season.
 *
 * Source: Spiliotis, Assimakopoulos & Makridakis (2020), Generalizing the Theta method for automatic
 * forecasting, European Journal of Operational Research 284, 550-558.
 * Checked by: tests/core/test_theta4.c */
#include "model/builtin.h"
#include "model/smooth.h"
#include "model/theta4.h"
#include "model/theta_engine.h"
#include <stdio.h>
#include <string.h>

#define TEST_QUANTILE 1.6448536269514722 /* the season's test is two-sided at 90 % */
#define THETA_MIN 1.0
#define THETA_MAX 3.0
enum { PATHS = 2000 };

typedef struct theta4_opt {
  double theta, alpha;
  int trend, model, seasonal;
} theta4_opt;

static const jv_option rows[] = {
    {"theta", JV_OPT_REAL, offsetof(theta4_opt, theta), NAN, 1, 10,
     "weight of the short-term curvature; estimated in [1, 3] when absent", NULL},
    {"alpha", JV_OPT_REAL, offsetof(theta4_opt, alpha), NAN, 0, 1,
     "smoothing weight; estimated by least squares when absent", NULL},
    {"trend", JV_OPT_CHOICE, offsetof(theta4_opt, trend), 2, 0, 0,
     "curve that the lines turn about; auto: by the mean absolute error",
     "linear|exponential|auto"},
    {"model", JV_OPT_CHOICE, offsetof(theta4_opt, model), 2, 0, 0,
     "how line and curve are put together; auto: by the mean absolute error",
     "additive|multiplicative|auto"},
    {"seasonal", JV_OPT_CHOICE, offsetof(theta4_opt, seasonal), JV_SEASONAL_AUTO, 0, 0,
     "seasonal adjustment; auto: by the autocorrelation test, then by the mean absolute error",
     JV_SEASONAL_CHOICES},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
enum { AUTO = 2 };

static void theta4_free(jv_ctx *cx, jv_fit *fit) {
  jv_theta4_state *s = fit->state;
  if (!s) return;
  jv_adjust_free(cx, &s->adjust);
  jv_free(cx, s);
  fit->state = NULL;
}

/* ---- the recursion ---- */

static double curve_at(const jv_theta4_state *s, double t) {
  double line = s->a + s->b * t;
  if (s->curve == JV_THETA4_EXPONENTIAL) return exp(line);
  return s->form == JV_THETA4_MULTIPLICATIVE ? fmax(line, s->floor) : line;
}

static double mean_of(const jv_theta4_state *s, double t) {
  double kappa = 1 - 1 / s->theta, c = curve_at(s, t);
  if (s->form == JV_THETA4_ADDITIVE) return s->level / s->theta + kappa * c;
  return pow(fmax(s->level, 0), 1 / s->theta) * pow(c, kappa);
}

static double line_of(const jv_theta4_state *s, double t, double x) {
  double c = curve_at(s, t);
  if (s->form == JV_THETA4_ADDITIVE) return s->theta * x + (1 - s->theta) * c;
  return pow(x, s->theta) * pow(c, 1 - s->theta);
}

/* Takes x, the adjusted value of the next period. A product takes no value that is not positive: such
 * a one, which can only come by update, leaves the level. */
static void take(jv_theta4_state *s, double x) {
  s->time += 1;
  if (isnan(x) || (s->form == JV_THETA4_MULTIPLICATIVE && x <= 0)) {
    s->gap += 1;
    return;
  }
  s->gap = 0;
  s->level += s->alpha * (line_of(s, s->time, x) - s->level);
}

static void advance(jv_theta4_state *s, size_t t, double y, double *fitted, double *residual) {
  *fitted = jv_adjust_apply(&s->adjust, t, mean_of(s, s->time + 1));
  *residual = y - *fitted;
  take(s, jv_adjust_remove(&s->adjust, t, y));
}

/* ---- fitting ---- */

typedef struct work {
  const jv_sample *sample;
  const theta4_opt *opt;
  double *x, *z; /* n each: adjusted series, theta line */
  bool positive; /* all of x */
  size_t evaluations;
} work;

/* The curve through x or log x. */
static void draw_curve(const work *w, jv_theta4_state *s) {
  jv_theta_line line = {0};
  double sum = 0, used = 0;
  for (size_t t = 0; t < w->sample->n; t++) {
    if (isnan(w->x[t])) continue;
    double value = s->curve == JV_THETA4_EXPONENTIAL ? log(w->x[t]) : w->x[t];
    jv_theta_line_add(&line, (double)t + 1, value);
    sum += fabs(w->x[t]);
    used += 1;
  }
  s->b = jv_theta_line_slope(&line);
  s->a = jv_theta_line_origin(&line);
  s->floor = 1e-3 * sum / used;
}

/* Fits the smoothing at s->theta; the mean absolute error of y. */
static double evaluate(work *w, jv_theta4_state *s) {
  size_t n = w->sample->n;
  double sum = 0, used = 0;
  for (size_t t = 0; t < n; t++)
    w->z[t] = isnan(w->x[t]) ? NAN : line_of(s, (double)t + 1, w->x[t]);
  jv_smooth line = jv_smooth_fit(w->z, n, w->opt->alpha, NAN);
  w->evaluations += line.evaluations;
  s->alpha = line.alpha;
  jv_theta4_state run = *s;
  run.level = s->start = line.start;
  run.time = 0;
  for (size_t t = 0; t < n; t++) {
    double fitted, e;
    advance(&run, t, w->sample->y[t], &fitted, &e);
    if (isnan(e)) continue;
    sum += fabs(e);
    used += 1;
  }
  return used > 0 ? sum / used : INFINITY;
}

static double try_theta(work *w, jv_theta4_state *s, double theta) {
  jv_theta4_state other = *s;
  other.theta = theta;
  other.mae = evaluate(w, &other);
  if (other.mae < s->mae) *s = other;
  return other.mae;
}

/* Golden sections between the neighbours of the best point of the grid. */
static void refine(work *w, jv_theta4_state *s, double lo, double hi) {
  const double golden = 0.3819660112501051518;
  double a = lo + golden * (hi - lo), b = hi - golden * (hi - lo);
  double fa = try_theta(w, s, a), fb = try_theta(w, s, b);
  while (hi - lo > 0.01) {
    if (fa <= fb) {
      hi = b;
      b = a;
      fb = fa;
      a = lo + golden * (hi - lo);
      fa = try_theta(w, s, a);
    } else {
      lo = a;
      a = b;
      fa = fb;
      b = hi - golden * (hi - lo);
      fb = try_theta(w, s, b);
    }
  }
}

static void search_theta(work *w, jv_theta4_state *s) {
  s->mae = INFINITY;
  if (!isnan(w->opt->theta)) {
    s->theta = w->opt->theta;
    s->mae = evaluate(w, s);
    return;
  }
  for (int i = 0; i <= 8; i++) try_theta(w, s, THETA_MIN + 0.25 * i);
  if (isinf(s->mae)) return;
  refine(w, s, fmax(s->theta - 0.25, THETA_MIN), fmin(s->theta + 0.25, THETA_MAX));
}

static bool is_asked(int choice, int value) { return choice == AUTO || choice == value; }

/* Every curve and form on one seasonal adjustment; the best of all goes to *best, which takes over the
 * adjustment when it is of this one (*taken). */
static void try_forms(work *w, const jv_adjust *adjust, jv_theta4_state *best, bool *taken) {
  *taken = false;
  for (int f = JV_THETA4_ADDITIVE; f <= JV_THETA4_MULTIPLICATIVE; f++)
    for (int c = JV_THETA4_LINEAR; c <= JV_THETA4_EXPONENTIAL; c++) {
      if (!is_asked(w->opt->trend, c) || !is_asked(w->opt->model, f)) continue;
      if (!w->positive && (c == JV_THETA4_EXPONENTIAL || f == JV_THETA4_MULTIPLICATIVE)) continue;
      jv_theta4_state s = {
          .adjust = *adjust, .curve = (jv_theta4_curve)c, .form = (jv_theta4_form)f};
      draw_curve(w, &s);
      search_theta(w, &s);
      double season = adjust->index ? 1 + (adjust->multiplicative ? 1 : 0) : 0;
      best->tried[(size_t)best->n_tried] = (jv_theta4_trial){season, c, f, s.theta, s.mae};
      best->n_tried += 1;
      if (best->n_tried > 1 && !(s.mae < best->mae)) continue;
      memcpy(s.tried, best->tried, sizeof s.tried);
      s.n_tried = best->n_tried;
      *best = s;
      *taken = true;
    }
}

static void adjust_series(work *w, const jv_adjust *adjust) {
  w->positive = true;
  for (size_t t = 0; t < w->sample->n; t++) {
    w->x[t] = jv_adjust_remove(adjust, t, w->sample->y[t]);
    if (w->x[t] <= 0) w->positive = false;
  }
}

/* One adjustment, which goes to *best or is freed; the one that *best had before is freed then. */
static void try_season(jv_ctx *cx, work *w, jv_adjust *adjust, jv_theta4_state *best) {
  bool taken;
  jv_adjust before = best->adjust;
  adjust_series(w, adjust);
  try_forms(w, adjust, best, &taken);
  jv_adjust_free(cx, taken ? &before : adjust);
}

/* The seasonal adjustments in question: the one that the option has; where it is to be chosen and there
 * is a season, the additive one beside the multiplicative, and alone on transformed data. */
static jv_status try_seasons(jv_ctx *cx, work *w, jv_theta4_state *best) {
  const jv_sample *q = w->sample;
  jv_seasonal choice = (jv_seasonal)w->opt->seasonal;
  jv_adjust first, added = {.m = 1};
  JV_TRY(jv_adjust_fit(cx, q->y, q->n, q->m, choice, 2 * q->m + 1, TEST_QUANTILE, &first));
  bool both = choice == JV_SEASONAL_AUTO && first.index && first.multiplicative;
  jv_status status =
      both ? jv_adjust_fit(cx, q->y, q->n, q->m, JV_SEASONAL_ADD, 0, 0, &added) : JV_EDATA;
  if (both && status != JV_OK) { /* it was found multiplied: only memory can be short */
    jv_adjust_free(cx, &first);
    return status;
  }
  if (both && q->transformed)
    jv_adjust_free(cx, &first);
  else
    try_season(cx, w, &first, best);
  if (both) try_season(cx, w, &added, best);
  return JV_OK;
}

/* Errors of x, or in proportion to the mean of x. */
static double error_of(const jv_theta4_state *s, size_t t, double residual, double fitted) {
  if (s->form == JV_THETA4_MULTIPLICATIVE) {
    double mean = jv_adjust_remove(&s->adjust, t, fitted);
    return jv_adjust_remove(&s->adjust, t, fitted + residual) / mean - 1;
  }
  bool scaled = s->adjust.index && s->adjust.multiplicative;
  return scaled ? residual / jv_adjust_index(&s->adjust, t) : residual;
}

static void run_through(const jv_sample *sample, jv_theta4_state *s, jv_fit *fit) {
  s->level = s->start;
  s->time = s->gap = 0;
  for (size_t t = 0; t < sample->n; t++)
    advance(s, t, sample->y[t], &fit->fitted[t], &fit->residuals[t]);
  fit->state = s;
}

static void take_numbers(const jv_theta4_state *s, jv_fit *fit) {
  double sum = 0;
  size_t used = 0;
  for (size_t t = 0; t < fit->n; t++) {
    if (isnan(fit->residuals[t])) continue;
    double e = error_of(s, t, fit->residuals[t], fit->fitted[t]);
    sum += e * e;
    used++;
  }
  fit->sigma2 = used > 3 ? sum / (double)(used - 3) : INFINITY;
  fit->n_params = 6 + (s->adjust.index ? s->adjust.m - 1 : 0);
  snprintf(fit->form, sizeof fit->form, "4Theta(%s, %s, theta %.3g, alpha %.3g)",
           s->form == JV_THETA4_ADDITIVE ? "additive" : "multiplicative",
           s->curve == JV_THETA4_LINEAR ? "linear" : "exponential", s->theta, s->alpha);
  jv_adjust_describe(&s->adjust, fit->form, sizeof fit->form);
}

static jv_status fit_best(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, jv_theta4_state *s) {
  work w = {.sample = sample, .opt = fit->opt, .x = JV_ARRAY(cx, double, 2 * sample->n)};
  if (!w.x) return JV_ENOMEM;
  w.z = w.x + sample->n;
  jv_status status = try_seasons(cx, &w, s);
  jv_free(cx, w.x);
  if (status != JV_OK) return status;
  if (s->n_tried > 0) {
    fit->evaluations = w.evaluations;
    run_through(sample, s, fit);
    take_numbers(s, fit);
    return JV_OK;
  }
  jv_adjust_free(cx, &s->adjust);
  return jv_fail(cx, JV_EDATA,
                 "an exponential trend or a product needs values above zero, also when the season "
                 "is taken out");
}

static jv_status fourtheta_fit(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  jv_theta4_state *s = JV_NEW(cx, jv_theta4_state);
  if (!s) return JV_ENOMEM;
  s->adjust.m = 1;
  s->mae = INFINITY;
  jv_status status = fit_best(cx, sample, fit, s);
  if (status != JV_OK) {
    jv_free(cx, s);
    return jv_fail_in(cx, "fourtheta");
  }
  return JV_OK;
}

static jv_status fourtheta_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                                 jv_fit *fit) {
  const jv_theta4_state *like = from->state;
  jv_theta4_state *s = JV_NEW(cx, jv_theta4_state);
  if (!s) return JV_ENOMEM;
  *s = *like;
  if (jv_adjust_copy(cx, &like->adjust, &s->adjust) != JV_OK) {
    jv_free(cx, s);
    return JV_ENOMEM;
  }
  run_through(sample, s, fit);
  fit->sigma2 = from->sigma2;
  fit->n_params = from->n_params;
  snprintf(fit->form, sizeof fit->form, "%s", from->form);
  return JV_OK;
}

/* ---- forecasts ---- */

static void draw_path(const jv_fit *fit, size_t k, size_t h, double *path) {
  jv_theta4_state s = *(const jv_theta4_state *)fit->state;
  jv_draws draws = jv_fit_draws(fit, k);
  double sigma = sqrt(fit->sigma2);
  for (size_t gap = (size_t)s.gap; gap > 0; gap--) {
    double e = s.alpha * sigma * jv_draw(&draws);
    if (s.form == JV_THETA4_ADDITIVE)
      s.level += s.theta * e;
    else
      s.level *= fmax(1 + s.theta * e, 1e-3);
  }
  for (size_t i = 0; i < h; i++) {
    double mean = mean_of(&s, s.time + 1), e = sigma * jv_draw(&draws);
    double x = s.form == JV_THETA4_ADDITIVE ? mean + e : mean * fmax(1 + e, 1e-3);
    path[i] = jv_adjust_apply(&s.adjust, fit->n + i, x);
    take(&s, x);
  }
}

static jv_status fourtheta_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                    size_t n_paths, double *paths) {
  (void)x;
  if (isinf(fit->sigma2))
    return jv_fail(cx, JV_EDATA, "fourtheta: no sample paths, the series is too short");
  for (size_t k = 0; k < n_paths; k++) draw_path(fit, k, h, paths + k * h);
  return JV_OK;
}

static jv_status fill_sd(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_theta4_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  for (size_t i = 0; i < fc->h; i++) {
    bool scaled = s->adjust.index && s->adjust.multiplicative;
    double scale = scaled ? fabs(jv_adjust_index(&s->adjust, fit->n + i)) : 1;
    fc->sd[i] = scale * sqrt(fit->sigma2 * (1 + ((double)i + s->gap) * s->alpha * s->alpha));
  }
  fc->dist = JV_DIST_NORMAL;
  fc->mean_is_median = true;
  return JV_OK;
}

static jv_status fill_paths(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  double *paths = JV_ARRAY(cx, double, PATHS * fc->h);
  if (!paths) return JV_ENOMEM;
  jv_status status = fourtheta_simulate(cx, fit, fc->h, NULL, PATHS, paths);
  if (status != JV_OK) {
    jv_free(cx, paths);
    return status;
  }
  fc->paths = paths;
  fc->n_paths = PATHS;
  fc->dist = JV_DIST_PATHS;
  return JV_OK;
}

static jv_status fourtheta_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_theta4_state *s = fit->state;
  for (size_t i = 0; i < fc->h; i++)
    fc->mean[i] = jv_adjust_apply(&s->adjust, fit->n + i, mean_of(s, s->time + 1 + (double)i));
  /* no variance to draw from: as wide as can be */
  if (s->form == JV_THETA4_ADDITIVE || isinf(fit->sigma2)) return fill_sd(cx, fit, fc);
  fc->spread = fill_paths;
  return JV_OK;
}

/* ---- what is inside ---- */

static jv_status fourtheta_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                      const char *const **names, double *values) {
  static const char *const parts[] = {"line", "trend", "season"};
  const jv_theta4_state *s = fit->state;
  (void)cx;
  *count = s->adjust.index ? 3 : 2;
  *names = parts;
  if (!values) return JV_OK;
  jv_theta4_state run = *s;
  run.level = s->start;
  run.time = 0;
  for (size_t t = 0; t < fit->n; t++) {
    values[t] = run.level;
    values[fit->n + t] = curve_at(&run, run.time + 1);
    if (*count == 3) values[2 * fit->n + t] = jv_adjust_index(&s->adjust, t);
    take(&run, jv_adjust_remove(&s->adjust, t, fit->fitted[t] + fit->residuals[t]));
  }
  return JV_OK;
}

static jv_status fourtheta_innovations(jv_ctx *cx, const jv_fit *fit, double *z) {
  const jv_theta4_state *s = fit->state;
  double sigma = sqrt(fit->sigma2);
  (void)cx;
  for (size_t t = 0; t < fit->n; t++) {
    double e = error_of(s, t, fit->residuals[t], fit->fitted[t]);
    z[t] = e == 0 ? 0 : e / sigma;
  }
  return JV_OK;
}

static jv_status fourtheta_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                                  size_t k) {
  (void)cx;
  (void)x;
  for (size_t i = 0; i < k; i++) {
    size_t t = fit->n + i;
    advance(fit->state, t, y[i], &fit->fitted[t], &fit->residuals[t]);
  }
  return JV_OK;
}

const jv_model_class jv_model_fourtheta = {
    .name = "fourtheta",
    .title = "4Theta (curves, sums and products)",
    .doc =
        "The theta method with a linear or an exponential curve, theta lines added or multiplied, "
        "and an additive or multiplicative season, where the autocorrelation test finds one; the "
        "combination and theta in [1, 3] with the least mean absolute error are taken. Missing "
        "values leave the level as it is.",
    .source = "Spiliotis, Assimakopoulos & Makridakis (2020), Generalizing the Theta method for "
              "automatic forecasting, European Journal of Operational Research 284, 550-558",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_ANALYTIC | JV_TAG_SIMULATE |
            JV_TAG_COMPONENTS | JV_TAG_UPDATE,
    .options = rows,
    .opt_size = sizeof(theta4_opt),
    .min_n = 4,
    .fit = fourtheta_fit,
    .apply = fourtheta_apply,
    .forecast = fourtheta_forecast,
    .simulate = fourtheta_simulate,
    .components = fourtheta_components,
    .update = fourtheta_update,
    .innovations = fourtheta_innovations,
    .explain = jv_theta4_explain,
    .save = jv_theta4_save,
    .load = jv_theta4_load,
    .state_size = sizeof(jv_theta4_state),
    .free_state = theta4_free,
};
