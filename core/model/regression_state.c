/* The state of a fitted regression: making, forecasting, drawing, components.
 *
 * Draws: b* = b + sigma* L z with L L' = (X'X)^-1 by Cholesky (columns that take no part left out),
 * sigma*^2 = df s^2 / chi^2(df), then y* = x b* + sigma* z. The chi-square draw is that of a gamma of
 * shape df / 2 by Marsaglia & Tsang (2000), A simple method for generating gamma variables, ACM TOMS
 * 26; shapes below one through U^(1 / shape). */
#include "model/regression_state.h"
#include <string.h>

/* ---- making ---- */

void jv_regression_free(jv_ctx *cx, jv_fit *fit) {
  jv_regression_state *s = fit->state;
  if (!s) return;
  jv_free(cx, s->coef);
  jv_free(cx, s->aliased);
  jv_free(cx, s->x);
  jv_free(cx, s->trials);
  jv_free(cx, s->names);
  jv_free(cx, s->name_texts);
  jv_free(cx, s);
  fit->state = NULL;
}

/* Names of the parts, and of the remainder. */
static jv_status make_names(jv_ctx *cx, jv_regression_state *s) {
  size_t parts = jv_design_parts(&s->design);
  s->names = JV_ARRAY(cx, const char *, parts + 1);
  s->name_texts = jv_alloc(cx, parts, JV_DESIGN_NAME);
  if (!s->names || !s->name_texts) return JV_ENOMEM;
  for (size_t i = 0; i < parts; i++) {
    s->names[i] = s->name_texts + i * JV_DESIGN_NAME;
    jv_design_part_name(&s->design, i, s->name_texts + i * JV_DESIGN_NAME);
  }
  s->names[parts] = "remainder";
  return JV_OK;
}

jv_status jv_regression_make_room(jv_ctx *cx, jv_fit *fit) {
  jv_regression_state *s = fit->state;
  s->design.k = fit->k;
  s->design.x_names = (const char *const *)fit->x_names;
  s->p = 1 + jv_design_columns(&s->design);
  s->coef = jv_alloc(cx, s->p, (s->p + 2) * sizeof *s->coef);
  s->aliased = JV_ARRAY(cx, bool, s->p);
  if (!s->coef || !s->aliased) return JV_ENOMEM;
  s->covariance = s->coef + s->p;
  s->work = s->covariance + s->p * s->p;
  return make_names(cx, s);
}

static jv_status keep_rows(jv_ctx *cx, const jv_sample *sample, jv_regression_state *s) {
  s->n = sample->n;
  if (s->design.k == 0) return JV_OK;
  s->x = jv_alloc(cx, sample->n, sample->k * sizeof *s->x);
  if (!s->x) return JV_ENOMEM;
  memcpy(s->x, sample->x, sample->n * sample->k * sizeof *s->x);
  return JV_OK;
}

static double leave_one_out(const jv_ols *ols) {
  double sum = 0;
  for (size_t i = 0; i < ols->n; i++) {
    if (isnan(ols->residuals[i])) continue;
    double e = ols->residuals[i] / (1 - ols->leverage[i]);
    sum += e * e;
  }
  return sum / (double)ols->n_used;
}

jv_status jv_regression_take(jv_ctx *cx, const jv_sample *sample, jv_fit *fit, const jv_ols *ols) {
  jv_regression_state *s = fit->state;
  JV_TRY(jv_regression_make_room(cx, fit));
  JV_TRY(keep_rows(cx, sample, s));
  memcpy(s->coef, ols->coef, s->p * sizeof *s->coef);
  memcpy(s->covariance, ols->covariance, s->p * s->p * sizeof *s->covariance);
  memcpy(s->aliased, ols->aliased, s->p * sizeof *s->aliased);
  s->sigma = ols->sigma;
  s->df = ols->df_residual;
  s->r2 = ols->r2;
  s->adj_r2 = ols->adj_r2;
  s->f = ols->f;
  s->f_p_value = ols->f_p_value;
  s->durbin_watson = ols->durbin_watson;
  s->cv = leave_one_out(ols);
  return JV_OK;
}

static jv_status copy_parts(jv_ctx *cx, const jv_regression_state *from, const jv_sample *sample,
                            jv_fit *fit) {
  jv_regression_state *s = fit->state;
  s->design = from->design;
  if (sample->start) s->design.start = *sample->start;
  JV_TRY(jv_regression_make_room(cx, fit));
  JV_TRY(keep_rows(cx, sample, s));
  memcpy(s->coef, from->coef, (s->p + s->p * s->p) * sizeof *s->coef);
  memcpy(s->aliased, from->aliased, s->p * sizeof *s->aliased);
  for (size_t i = 0; i < from->n_trials; i++) {
    const jv_regression_trial *t = &from->trials[i];
    JV_TRY(jv_regression_add_trial(cx, s, (size_t)t->period, (size_t)t->waves, t->aicc));
  }
  s->sigma = from->sigma;
  s->df = from->df;
  s->r2 = from->r2;
  s->adj_r2 = from->adj_r2;
  s->f = from->f;
  s->f_p_value = from->f_p_value;
  s->durbin_watson = from->durbin_watson;
  s->cv = from->cv;
  return JV_OK;
}

jv_status jv_regression_copy(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  fit->state = JV_NEW(cx, jv_regression_state);
  if (!fit->state) return JV_ENOMEM;
  jv_status status = copy_parts(cx, from->state, sample, fit);
  if (status != JV_OK) jv_regression_free(cx, fit);
  return status;
}

jv_status jv_regression_add_rows(jv_ctx *cx, jv_fit *fit, const double *x, size_t more) {
  jv_regression_state *s = fit->state;
  size_t k = s->design.k;
  if (k > 0) {
    double *rows = jv_realloc(cx, s->x, s->n + more, k * sizeof *rows);
    if (!rows) return JV_ENOMEM;
    memcpy(rows + s->n * k, x, more * k * sizeof *rows);
    s->x = rows;
  }
  s->n += more;
  return JV_OK;
}

jv_status jv_regression_add_trial(jv_ctx *cx, jv_regression_state *s, size_t period, size_t waves,
                                  double aicc) {
  jv_regression_trial *more = jv_realloc(cx, s->trials, s->n_trials + 1, sizeof *more);
  if (!more) return JV_ENOMEM;
  s->trials = more;
  more[s->n_trials++] = (jv_regression_trial){(double)period, (double)waves, aicc};
  return JV_OK;
}

/* ---- forecasting ---- */

/* 1 and the columns of observation t into row. */
static void full_row(const jv_regression_state *s, size_t t, const double *x, double *row) {
  row[0] = 1;
  jv_design_row(&s->design, t, x, row + 1);
}

/* row times coefficients. */
static double product(const jv_regression_state *s, const double *row, const double *coef) {
  double sum = 0;
  for (size_t j = 0; j < s->p; j++)
    if (!s->aliased[j]) sum += row[j] * coef[j];
  return sum;
}

double jv_regression_mean(const jv_regression_state *s, size_t t) {
  full_row(s, t, s->design.k ? s->x + t * s->design.k : NULL, s->work);
  return product(s, s->work, s->coef);
}

/* sigma sqrt(1 + x (X'X)^-1 x'). */
static double spread(const jv_regression_state *s, const double *row) {
  double sum = s->sigma * s->sigma;
  for (size_t i = 0; i < s->p; i++)
    for (size_t j = 0; j < s->p; j++)
      if (!s->aliased[i] && !s->aliased[j]) sum += row[i] * row[j] * s->covariance[i + j * s->p];
  return sqrt(fmax(sum, 0));
}

jv_status jv_regression_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  const jv_regression_state *s = fit->state;
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  fc->dist = JV_DIST_STUDENT;
  fc->df = s->df;
  fc->mean_is_median = true;
  for (size_t i = 0; i < fc->h; i++) {
    full_row(s, fit->n + i, fit->k ? fc->x + i * fit->k : NULL, s->work);
    fc->mean[i] = product(s, s->work, s->coef);
    fc->sd[i] = spread(s, s->work);
  }
  return JV_OK;
}

/* ---- drawing ---- */

/* Lower Cholesky factor of the covariance, p x p column-major; columns out of the fit stay zero. */
static void factor(const jv_regression_state *s, double *l) {
  size_t p = s->p;
  memset(l, 0, p * p * sizeof *l);
  for (size_t j = 0; j < p; j++) {
    if (s->aliased[j]) continue;
    double pivot = s->covariance[j + j * p];
    for (size_t k = 0; k < j; k++) pivot -= l[j + k * p] * l[j + k * p];
    if (!(pivot > 0)) continue;
    l[j + j * p] = sqrt(pivot);
    for (size_t i = j + 1; i < p; i++) {
      if (s->aliased[i]) continue;
      double sum = s->covariance[i + j * p];
      for (size_t k = 0; k < j; k++) sum -= l[i + k * p] * l[j + k * p];
      l[i + j * p] = sum / l[j + j * p];
    }
  }
}

static double draw_gamma(jv_rng *rng, double shape) {
  if (shape < 1) return draw_gamma(rng, shape + 1) * pow(jv_rng_uniform(rng), 1 / shape);
  double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double z = jv_rng_normal(rng), v = 1 + c * z;
    if (v <= 0) continue;
    v = v * v * v;
    if (log(jv_rng_uniform(rng)) < 0.5 * z * z + d - d * v + d * log(v)) return d * v;
  }
}

/* Coefficients of one path into coef; gives sigma* / sigma. */
static double draw_coefficients(const jv_regression_state *s, const double *l, jv_rng *rng,
                                double *coef) {
  double inflate = sqrt(s->df / (2 * draw_gamma(rng, s->df / 2)));
  memcpy(coef, s->coef, s->p * sizeof *coef);
  for (size_t j = 0; j < s->p; j++) {
    double z = inflate * jv_rng_normal(rng);
    for (size_t i = j; i < s->p; i++) coef[i] += l[i + j * s->p] * z;
  }
  return inflate;
}

jv_status jv_regression_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                 size_t n_paths, double *paths) {
  const jv_regression_state *s = fit->state;
  size_t p = s->p;
  double *work = jv_alloc(cx, p + h + 1, p * sizeof *work);
  if (!work) return JV_ENOMEM;
  double *l = work, *coef = l + p * p, *row = coef + p;
  factor(s, l);
  for (size_t i = 0; i < h; i++)
    full_row(s, fit->n + i, fit->k ? x + i * fit->k : NULL, row + i * p);
  for (size_t k = 0; k < n_paths; k++) {
    jv_draws draws = jv_fit_draws(fit, k);
    double sigma = s->sigma * draw_coefficients(s, l, &draws.rng, coef);
    for (size_t i = 0; i < h; i++)
      paths[k * h + i] = product(s, row + i * p, coef) + sigma * jv_draw(&draws);
  }
  jv_free(cx, work);
  return JV_OK;
}

/* ---- components ---- */

/* The mean level of the dummies, which belongs to the trend: the season then sums to zero. */
static double mean_season(const jv_regression_state *s) {
  const jv_design *d = &s->design;
  double sum = 0;
  if (d->dummies == 0) return 0;
  for (size_t j = 0; j + 1 < d->dummies; j++) {
    size_t at = 1 + (d->trend ? 1u : 0u) + j;
    if (!s->aliased[at]) sum += s->coef[at];
  }
  return sum / (double)d->dummies;
}

jv_status jv_regression_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                   const char *const **names, double *values) {
  const jv_regression_state *s = fit->state;
  size_t parts = jv_design_parts(&s->design), n = fit->n, k = s->design.k;
  (void)cx;
  *count = parts + 1;
  *names = s->names;
  if (!values) return JV_OK;
  double shift = mean_season(s);
  for (size_t t = 0; t < n; t++) {
    full_row(s, t, k ? s->x + t * k : NULL, s->work);
    for (size_t i = 0; i < parts; i++) values[i * n + t] = 0;
    values[t] = s->coef[0] + shift;
    if (s->design.dummies) values[n + t] -= shift;
    for (size_t j = 1; j < s->p; j++)
      if (!s->aliased[j])
        values[jv_design_part(&s->design, j - 1) * n + t] += s->coef[j] * s->work[j];
    values[parts * n + t] = fit->residuals[t];
  }
  return JV_OK;
}
