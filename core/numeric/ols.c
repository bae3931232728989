/* Ordinary least squares: y = X b + e.
 *
 *   b      = argmin |y - X b|, by pivoted QR with refinement (linalg.c)
 *   sigma2 = rss / (n - rank),  Cov(b) = sigma2 (X'X)^-1,  t_j = b_j / se_j on Student(n - rank)
 *   F      = (ess / df_model) / sigma2 on F(df_model, n - rank)
 *   loglik = -n/2 (log(2 pi rss / n) + 1), with rank + 1 parameters in the criteria
 *   VIF_j  = (X'X)^-1_jj * sum (x_ij - mean_j)^2   (= 1 / (1 - R2 of x_j on the others))
 *   DW     = sum (e_t - e_{t-1})^2 / sum e_t^2
 *
 * Sums of squares are of deviations in twofold precision. ess is tss - rss where the fit is good and
 * the sum over fitted values where it is poor: each form is the one that does not cancel. */
#include "numeric/ols.h"
#include "numeric/distribution.h"
#include "numeric/linalg.h"
#include "numeric/twofold.h"
#include <limits.h>
#include <string.h>

#define LOG_2PI 1.83787706640934548356

const jv_option jv_ols_option_rows[] = {
    {"intercept", JV_OPT_FLAG, offsetof(jv_ols_options, intercept), 1, 0, 1,
     "put a column of ones before those of X", NULL},
    {"tolerance", JV_OPT_REAL, offsetof(jv_ols_options, tolerance), NAN, 0, 1,
     "a column shorter than this part of its length, once those before it are taken out, is "
     "aliased; "
     "absent: 16 max(n, p) epsilon",
     NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* The complete observations, with the columns that take part. */
typedef struct sample {
  size_t n, p; /* rows, columns kept */
  size_t *row; /* n: index in the caller's data */
  double *y, *x;
} sample;

static void sample_free(jv_ctx *cx, sample *s) {
  jv_free(cx, s->row);
  jv_free(cx, s->y);
  jv_free(cx, s->x);
}

void jv_ols_free(jv_ctx *cx, jv_ols *fit) {
  if (!fit) return;
  jv_free(cx, fit->aliased);
  jv_free(cx, fit->coef); /* the block of all numbers */
  jv_free(cx, fit);
}

/* All numbers in one block: five vectors of p, p x p, three of n; NaN until computed. */
static jv_status ols_new(jv_ctx *cx, size_t n, size_t p, bool intercept, jv_ols **out) {
  size_t numbers = p * (p + 5) + 3 * n;
  jv_ols *fit = JV_NEW(cx, jv_ols);
  if (!fit) return JV_ENOMEM;
  *fit = (jv_ols){.n = n, .p = p, .intercept = intercept};
  fit->aliased = JV_ARRAY(cx, bool, p);
  fit->coef = JV_ARRAY(cx, double, numbers);
  if (!fit->aliased || !fit->coef) {
    jv_ols_free(cx, fit);
    return JV_ENOMEM;
  }
  for (size_t i = 0; i < numbers; i++) fit->coef[i] = NAN;
  fit->se = fit->coef + p;
  fit->t = fit->se + p;
  fit->p_value = fit->t + p;
  fit->vif = fit->p_value + p;
  fit->covariance = fit->vif + p;
  fit->fitted = fit->covariance + p * p;
  fit->residuals = fit->fitted + n;
  fit->leverage = fit->residuals + n;
  *out = fit;
  return JV_OK;
}

/* JV_OK with *complete, or JV_EDATA for an infinite value. */
static jv_status check_row(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                           size_t i, bool *complete) {
  *complete = !isnan(y[i]);
  if (isinf(y[i])) return jv_fail(cx, JV_EDATA, "ols: y is infinite in observation %zu", i + 1);
  for (size_t j = 0; j < k; j++) {
    double value = x[i + j * n];
    if (isinf(value))
      return jv_fail(cx, JV_EDATA, "ols: column %zu of X is infinite in observation %zu", j + 1,
                     i + 1);
    if (isnan(value)) *complete = false;
  }
  return JV_OK;
}

static jv_status collect_rows(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                              sample *s) {
  s->row = JV_ARRAY(cx, size_t, n);
  if (!s->row) return cx->status;
  for (size_t i = 0; i < n; i++) {
    bool complete;
    JV_TRY(check_row(cx, y, x, n, k, i, &complete));
    if (complete) s->row[s->n++] = i;
  }
  if (s->n < s->p)
    return jv_fail(cx, JV_EDATA,
                   "ols: %zu columns need at least as many complete observations, got %zu", s->p,
                   s->n);
  return JV_OK;
}

static jv_status sample_new(jv_ctx *cx, const double *y, const double *x, size_t k,
                            const jv_ols *fit, sample *s) {
  *s = (sample){.p = fit->p};
  JV_TRY(collect_rows(cx, y, x, fit->n, k, s));
  s->y = JV_ARRAY(cx, double, s->n);
  s->x = jv_alloc(cx, s->n, s->p * sizeof *s->x);
  if (!s->y || !s->x) return cx->status;
  for (size_t i = 0; i < s->n; i++) s->y[i] = y[s->row[i]];
  for (size_t j = 0; j < s->p; j++)
    for (size_t i = 0; i < s->n; i++) {
      bool ones = fit->intercept && j == 0;
      s->x[i + j * s->n] = ones ? 1 : x[s->row[i] + (j - fit->intercept) * fit->n];
    }
  return JV_OK;
}

/* Moves the columns that take part to the front of s->x. */
static jv_status drop_aliased(jv_ctx *cx, double tolerance, jv_ols *fit, sample *s) {
  size_t kept = 0;
  JV_TRY(jv_independent_columns(cx, s->x, s->n, s->p, tolerance, fit->aliased, &kept));
  if (kept == 0) return jv_fail(cx, JV_EDATA, "ols: every column of X is zero");
  kept = 0;
  for (size_t j = 0; j < s->p; j++) {
    fit->aliased[j] = !fit->aliased[j]; /* was: kept */
    if (fit->aliased[j]) continue;
    memmove(s->x + kept++ * s->n, s->x + j * s->n, s->n * sizeof *s->x);
  }
  s->p = kept;
  return JV_OK;
}

/* The factor of the columns that take part. */
static jv_status factor_columns(jv_ctx *cx, double tolerance, jv_ols *fit, sample *s, jv_qr **qr) {
  memset(fit->aliased, 0, fit->p * sizeof *fit->aliased);
  JV_TRY(jv_qr_new(cx, s->x, s->n, s->p, tolerance, qr));
  if ((*qr)->rank < s->p) {
    jv_qr_free(cx, *qr);
    *qr = NULL;
    JV_TRY(drop_aliased(cx, tolerance, fit, s));
    JV_TRY(jv_qr_new(cx, s->x, s->n, s->p, 0, qr)); /* the choice is made: no second test */
  }
  fit->n_used = s->n;
  fit->rank = s->p;
  fit->condition = (*qr)->condition;
  return JV_OK;
}

/* Sum of squares of v less `centre`. */
static double squares(const double *v, size_t n, jv_twofold centre) {
  jv_twofold sum = {0, 0};
  for (size_t i = 0; i < n; i++) {
    double d = (v[i] - centre.hi) - centre.lo;
    jv_twofold_add_product(&sum, d, d);
  }
  return jv_twofold_value(sum);
}

/* The mean with an intercept, else zero. */
static jv_twofold centre_of(const jv_ols *fit, const double *v, size_t n) {
  jv_twofold sum = {0, 0};
  if (!fit->intercept) return sum;
  for (size_t i = 0; i < n; i++) jv_twofold_add(&sum, v[i]);
  return jv_twofold_divide(sum, (double)n);
}

static double durbin_watson(const double *e, size_t n, double rss) {
  jv_twofold sum = {0, 0};
  for (size_t i = 1; i < n; i++) jv_twofold_add_product(&sum, e[i] - e[i - 1], e[i] - e[i - 1]);
  return jv_twofold_value(sum) / rss;
}

static void sums_of_squares(jv_ols *fit, const sample *s, const double *residuals) {
  jv_twofold zero = {0, 0}, centre = centre_of(fit, s->y, s->n), sum = zero;
  fit->rss = squares(residuals, s->n, zero);
  fit->tss = squares(s->y, s->n, centre);
  for (size_t i = 0; i < s->n; i++) {
    double d = ((s->y[i] - centre.hi) - centre.lo) - residuals[i];
    jv_twofold_add_product(&sum, d, d);
  }
  fit->ess = fit->rss < fit->tss / 2 ? fit->tss - fit->rss : jv_twofold_value(sum);
}

static void whole_fit(jv_ols *fit, const double *residuals) {
  double n = (double)fit->n_used, k = (double)fit->rank + 1;
  fit->df_model = (double)fit->rank - fit->intercept;
  fit->df_residual = n - (double)fit->rank;
  double sigma2 = fit->df_residual > 0 ? fit->rss / fit->df_residual : NAN;
  fit->sigma = sqrt(sigma2);
  fit->r2 = 1 - fit->rss / fit->tss;
  fit->adj_r2 = 1 - sigma2 / (fit->tss / (n - fit->intercept));
  fit->f = fit->df_model > 0 ? fit->ess / fit->df_model / sigma2 : NAN;
  fit->f_p_value = jv_f_upper(fit->f, fit->df_model, fit->df_residual);
  fit->loglik = -n / 2 * (LOG_2PI + log(fit->rss / n) + 1);
  fit->aic = -2 * fit->loglik + 2 * k;
  fit->aicc = n > k + 1 ? fit->aic + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
  fit->bic = -2 * fit->loglik + k * log(n);
  fit->durbin_watson = durbin_watson(residuals, fit->n_used, fit->rss);
}

/* One coefficient: column j of the fit is the c-th of the sample. */
static void coefficient(jv_ols *fit, const sample *s, size_t j, size_t c, double b, double gram) {
  const double *x = s->x + c * s->n;
  fit->coef[j] = b;
  fit->se[j] = fit->sigma * sqrt(gram);
  fit->t[j] = b / fit->se[j];
  fit->p_value[j] = 2 * jv_student_upper(fabs(fit->t[j]), fit->df_residual);
  if (!(fit->intercept && j == 0)) fit->vif[j] = gram * squares(x, s->n, centre_of(fit, x, s->n));
}

static void spread(jv_ols *fit, const sample *s, const double *b, const double *gram,
                   const double *residuals, const double *leverage) {
  size_t c = 0;
  for (size_t j = 0; j < fit->p; j++) {
    if (fit->aliased[j]) continue;
    coefficient(fit, s, j, c, b[c], gram[c * (s->p + 1)]);
    size_t d = 0;
    for (size_t i = 0; i < fit->p; i++)
      if (!fit->aliased[i])
        fit->covariance[i + j * fit->p] = fit->sigma * fit->sigma * gram[d++ + c * s->p];
    c++;
  }
  for (size_t i = 0; i < s->n; i++) {
    fit->residuals[s->row[i]] = residuals[i];
    fit->fitted[s->row[i]] = s->y[i] - residuals[i];
    fit->leverage[s->row[i]] = leverage[i];
  }
}

static jv_status solve(jv_ctx *cx, jv_ols *fit, const sample *s, const jv_qr *qr) {
  double *work = JV_ARRAY(cx, double, s->p + s->p * s->p + 2 * s->n);
  if (!work) return cx->status;
  double *gram = work + s->p, *residuals = gram + s->p * s->p, *leverage = residuals + s->n;
  jv_status status = jv_qr_solve(cx, qr, s->y, work, residuals);
  if (status == JV_OK) status = jv_qr_inverse_gram(cx, qr, gram);
  if (status == JV_OK) status = jv_qr_leverage(cx, qr, leverage);
  if (status == JV_OK) {
    sums_of_squares(fit, s, residuals);
    whole_fit(fit, residuals);
    spread(fit, s, work, gram, residuals, leverage);
  }
  jv_free(cx, work);
  return status;
}

jv_status jv_ols_fit(jv_ctx *cx, const double *y, const double *x, size_t n, size_t k,
                     const jv_ols_options *given, jv_ols **out) {
  jv_ols_options opt;
  sample s = {0};
  jv_qr *qr = NULL;
  jv_ols *fit = NULL;
  jv_option_defaults(jv_ols_option_rows, &opt);
  if (given) opt = *given;
  size_t p = k + (size_t)(opt.intercept == 1);
  if (p == 0) return jv_fail(cx, JV_EDATA, "ols: X has no column and there is no intercept");
  if (n < p || n > INT_MAX)
    return jv_fail(cx, JV_EDATA, "ols: %zu columns need at least as many observations, got %zu", p,
                   n);
  double tolerance = isnan(opt.tolerance) ? -1 : opt.tolerance;
  JV_TRY(ols_new(cx, n, p, opt.intercept == 1, &fit));
  jv_status status = sample_new(cx, y, x, k, fit, &s);
  if (status == JV_OK) status = factor_columns(cx, tolerance, fit, &s, &qr);
  if (status == JV_OK) status = solve(cx, fit, &s, qr);
  jv_qr_free(cx, qr);
  sample_free(cx, &s);
  if (status != JV_OK) {
    jv_ols_free(cx, fit);
    return status;
  }
  *out = fit;
  return JV_OK;
}

/* Element j of the design's row i. */
static double design(const jv_ols *fit, const double *x, size_t rows, size_t i, size_t j) {
  if (fit->intercept && j == 0) return 1;
  return x[i + (j - fit->intercept) * rows];
}

jv_status jv_ols_predict(jv_ctx *cx, const jv_ols *fit, const double *x, size_t rows, double *mean,
                         double *se_mean, double *se_new) {
  for (size_t i = 0; i < rows; i++) {
    double sum = 0, variance = 0;
    JV_TRY(jv_check_cancel(cx));
    for (size_t j = 0; j < fit->p; j++) {
      if (fit->aliased[j]) continue;
      double xj = design(fit, x, rows, i, j);
      sum += xj * fit->coef[j];
      for (size_t l = 0; l < fit->p; l++)
        if (!fit->aliased[l])
          variance += xj * fit->covariance[l + j * fit->p] * design(fit, x, rows, i, l);
    }
    mean[i] = sum;
    if (se_mean) se_mean[i] = sqrt(variance);
    if (se_new) se_new[i] = sqrt(variance + fit->sigma * fit->sigma);
  }
  return JV_OK;
}
