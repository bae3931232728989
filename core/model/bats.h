/* BATS and TBATS: exponential smoothing state space with Box-Cox transformation, ARMA errors, damped
 * trend and several seasons, dummy (BATS) or trigonometric (TBATS).
 *
 *   w[t]  = Box-Cox(y[t]; lambda)
 *   w[t]  = l[t-1] + phi b[t-1] + sum_i s_i[t-1] + d[t]
 *   l[t]  = l[t-1] + phi b[t-1] + alpha d[t]
 *   b[t]  = phi b[t-1] + beta d[t]
 *   d[t]  = sum ar_j d[t-j] + sum ma_j e[t-j] + e[t],  e ~ N(0, s2)
 *   BATS  s_i[t] of period m: the value m steps ago + gamma_i d[t]; s_i[t-1] above is that value
 *   TBATS s_i = sum_j s_ij, pairs that turn by 2 pi j / m a step:
 *         s_ij[t]  =  s_ij[t-1] cos + s*_ij[t-1] sin + gamma1_i d[t]
 *         s*_ij[t] = -s_ij[t-1] sin + s*_ij[t-1] cos + gamma2_i d[t]
 *         (j = m/2: a single state that changes sign)
 *
 * In short w[t] = m'x[t-1] + e[t], x[t] = F x[t-1] + g e[t]. With seeds x[0] the errors are linear in
 * them, so they are concentrated out by least squares (sec. 3 of the paper), and
 *   -2 log L = n log(sum e^2) - 2 (lambda - 1) sum log y,   s2 = sum e^2 / n
 * without constants, as for ets. A missing y has e = 0.
 *
 * Source: De Livera, Hyndman & Snyder (2011), JASA 106, 1513-1527. */
#ifndef JV_MODEL_BATS_H
#define JV_MODEL_BATS_H

#include "model/model.h"

enum { JV_BATS_SEASONS = 6, JV_BATS_ORDER = 5, JV_BATS_PARAMETERS = 4 + 12 + 10 };

typedef struct jv_bats_form {
  bool trig, box_cox, trend, damped;
  size_t p, q, n_seasons;
  double period[JV_BATS_SEASONS]; /* whole for BATS */
  size_t harmonics[JV_BATS_SEASONS];
} jv_bats_form;

typedef struct jv_bats_par {
  double lambda, alpha, beta, phi; /* lambda 1, beta 0, phi 1 where the form has none */
  double gamma1[JV_BATS_SEASONS], gamma2[JV_BATS_SEASONS];
  double ar[JV_BATS_ORDER], ma[JV_BATS_ORDER];
} jv_bats_par;

/* ---- the state space: bats_space.c */

typedef struct jv_bats_space {
  jv_bats_form form;
  jv_bats_par par;
  size_t dim, season_at[JV_BATS_SEASONS], season_size[JV_BATS_SEASONS], ar_at, ma_at;
  double *turn; /* cosine and sine of each harmonic, season by season */
} jv_bats_space;

/* "TBATS(0.413, {0,0}, 0.994, {<12,5>})": lambda, orders, phi (- without trend), seasons. */
void jv_bats_name(const jv_bats_form *form, const jv_bats_par *par, char *out, size_t size);
/* States of a form, and parameters that its AIC counts: smoothing, lambda, phi, ARMA, and seeds. */
size_t jv_bats_dim(const jv_bats_form *form);
size_t jv_bats_count(const jv_bats_form *form);
/* Errors: JV_ENOMEM. */
jv_status jv_bats_space_new(jv_ctx *cx, const jv_bats_form *form, jv_bats_space *out);
void jv_bats_space_free(jv_ctx *cx, jv_bats_space *s);
/* m'x, and x = F x + g e in place. */
double jv_bats_mean(const jv_bats_space *s, const double *x);
void jv_bats_step(const jv_bats_space *s, double *x, double e);
/* Rows: r = m', and r = r (F - g m') in place. */
void jv_bats_measure(const jv_bats_space *s, double *r);
void jv_bats_back(const jv_bats_space *s, double *r);
/* Sum of a season's part of m'x, for components: what it adds now, or (`next` false) has just been. */
double jv_bats_season(const jv_bats_space *s, const double *x, size_t i, bool next);
/* Moves the means of the BATS seasons into the level: the same errors, states that can be read. */
void jv_bats_normalise(const jv_bats_space *s, double *x);

/* ---- estimation: bats_fit.c */

typedef struct jv_bats_result {
  jv_bats_form form;
  jv_bats_par par;
  double deviance, aic; /* -2 log L as above, + 2 * count */
  double sse;           /* on the Box-Cox scale */
  size_t evaluations;
  bool converged;
} jv_bats_result;

typedef struct jv_bats_problem jv_bats_problem;

/* What is shared by the fits of one series: its logarithms and scale. y: NaN = missing; box_cox forms
 * need y > 0. lower, upper: bounds of lambda. Errors: JV_ENOMEM. */
jv_status jv_bats_problem_new(jv_ctx *cx, const double *y, size_t n, double lower, double upper,
                              jv_bats_problem **out);
void jv_bats_problem_free(jv_ctx *cx, jv_bats_problem *p);
size_t jv_bats_length(const jv_bats_problem *p); /* n */
size_t jv_bats_used(const jv_bats_problem *p);   /* observed */
bool jv_bats_positive(const jv_bats_problem *p);

/* Estimates a form; from (NULL: none): parameters of a form like it to begin with; bar: an AIC that it has
 * to come near to be worth the last digits (INFINITY: it is). Its errors are left for jv_bats_errors. Errors: JV_ENOMEM, JV_ECANCEL, JV_EDATA (nothing is admissible). */
jv_status jv_bats_estimate(jv_ctx *cx, jv_bats_problem *p, const jv_bats_form *form,
                           const jv_bats_par *from, double bar, jv_bats_result *out);
/* At given parameters, seeds by least squares; seeds (dim, on the Box-Cox scale) may be NULL.
 * Errors: JV_ENOMEM, JV_ENUMERIC (not admissible). */
jv_status jv_bats_evaluate(jv_ctx *cx, jv_bats_problem *p, const jv_bats_form *form,
                           const jv_bats_par *par, double *seeds, jv_bats_result *out);
/* The n errors of the last estimate or evaluation, in units of their own; NaN where y is missing. */
const double *jv_bats_errors(const jv_bats_problem *p);

/* ---- the choice: bats_auto.c */

typedef struct jv_bats_row {
  char form[80];
  double deviance, aic;
  size_t parameters;
} jv_bats_row;

enum { JV_BATS_ROWS = 48 };

typedef struct jv_bats_opt {
  char periods[JV_OPT_TEXT_SIZE], harmonics[JV_OPT_TEXT_SIZE];
  int box_cox, trend, damped, arma, p, q;
  double lower, upper;
} jv_bats_opt;

typedef struct jv_bats_choice {
  jv_bats_result best;
  size_t rows;
  jv_bats_row trace[JV_BATS_ROWS];
} jv_bats_choice;

/* The form of least AIC that the options allow; what: "bats" or "tbats". Errors: JV_EDATA, JV_EINVAL,
 * JV_ENOMEM, JV_ECANCEL. */
jv_status jv_bats_choose(jv_ctx *cx, const char *what, bool trig, const jv_sample *sample,
                         const jv_bats_opt *opt, jv_bats_problem *p, jv_bats_choice *out);

enum { JV_BATS_ORDERS = 3 };

typedef struct jv_bats_order {
  size_t p, q;
  double ar[JV_BATS_ORDER], ma[JV_BATS_ORDER], aicc;
} jv_bats_order;

/* The JV_BATS_ORDERS likeliest orders of an ARMA model for x, with coefficients, by Hannan & Rissanen
 * (1982): a long autoregression, then regressions on its errors; by AICc, p + q <= 5; aicc infinite
 * where there are fewer. NaN in x are passed over. Errors: JV_ENOMEM. */
jv_status jv_bats_orders(jv_ctx *cx, const double *x, size_t n, jv_bats_order *best);

#endif
