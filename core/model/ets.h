/* Exponential smoothing in state-space form, ETS(error, trend, season): the public entry points.
 *
 * With f_t the one-step mean, e_t = y_t - f_t and v_t, w_t the surprise in level and season:
 *   trend N: q = l             season N: f = q      v = y - q
 *         A: q = l + phi b            A: f = q + s  v = y - s - q   w = y - q - s
 *         M: q = l b^phi              M: f = q s    v = y / s - q   w = y / q - s
 *   l' = q + alpha v;  b' = phi b + beta v (A), b^phi + beta v / l (M);  s' = s + gamma w
 * The states move alike for additive and multiplicative errors; only the likelihood differs:
 *   loglik = -(n log sum r_t^2) / 2 - sum log|f_t| [multiplicative],  r = e or e / f,
 * concentrated over the variance and without constants, as R's forecast package counts it.
 * A missing y_t has v = w = 0 and no part in the likelihood.
 *
 * Source: Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing, tables
 * 2.2 and 2.3 (their beta here is alpha beta* there), ch. 5 (likelihood), 10 (admissible region). */
#ifndef JV_MODEL_ETS_H
#define JV_MODEL_ETS_H

#include "model/model.h"

/* JV_ETS_ANY is for requests only: the choice is left to the criterion. */
typedef enum jv_ets_kind { JV_ETS_NONE, JV_ETS_ADD, JV_ETS_MUL, JV_ETS_ANY } jv_ets_kind;

typedef struct jv_ets_form {
  jv_ets_kind error, trend, season;
  bool damped;
} jv_ets_form;

/* Longest season that a form may have; most forms that a choice may have. */
enum { JV_ETS_MAX_SEASON = 366, JV_ETS_MAX_FORMS = 30 };

/* Smoothing parameters. In a request NaN means: to be estimated. */
typedef struct jv_ets_par {
  double alpha, beta, gamma, phi;
} jv_ets_par;

typedef enum jv_ets_bounds { JV_ETS_BOTH, JV_ETS_USUAL, JV_ETS_ADMISSIBLE } jv_ets_bounds;

/* States in the order l, b, s_0, s_-1, ... s_-(m-1), those that the form has. */
size_t jv_ets_count_states(jv_ets_form form, size_t m);
/* What the AIC counts: parameters estimated, free initial states, the variance. */
size_t jv_ets_count_params(jv_ets_form form, size_t m, jv_ets_par given);

/* "AAdN" and "ETS(A,Ad,N)". Parsing takes "ZZZ" too: Z leaves the choice; *damped is 1 with a "d",
 * else JV_OPT_UNSET. Errors: JV_EINVAL. */
#define JV_ETS_NAME_SIZE 16
void jv_ets_print_form(jv_ets_form form, bool full, char name[JV_ETS_NAME_SIZE]);
jv_status jv_ets_parse_form(jv_ctx *cx, const char *text, jv_ets_form *form, int *damped);

/* The usual bounds (0.0001 <= beta <= alpha <= 0.9999, 0.0001 <= gamma <= 1 - alpha,
 * 0.8 <= phi <= 0.98), the condition that past observations fade (ch. 10), or both. */
bool jv_ets_inside(jv_ets_form form, jv_ets_par par, size_t m, jv_ets_bounds bounds);

/* Likelihood and one-step means at given parameters and initial states.
 *   states0   jv_ets_count_states of them
 *   f         n one-step means, or NULL;  final  the states after y, or NULL
 *   loglik    see above; sse  sum of squared innovations (relative ones for multiplicative errors)
 * Allocates O(n + m). Errors: JV_ENOMEM, JV_EINVAL (no such form). */
jv_status jv_ets_evaluate(jv_ctx *cx, jv_ets_form form, jv_ets_par par, const double *states0,
                          const double *y, size_t n, size_t m, double *f, double *final,
                          double *loglik, double *sse);

/* What is to be estimated. Kinds may be JV_ETS_ANY; damped JV_OPT_UNSET tries both. */
typedef enum jv_ets_criterion { JV_ETS_AICC, JV_ETS_AIC, JV_ETS_BIC } jv_ets_criterion;
/* What the parameters minimise: the deviance; the mean square error of 1 ... nmse steps ahead; the mean
 * square, or absolute, innovation: JV_ETS_MSE counts errors as they are, the last two relative ones
 * where errors are multiplicative. */
typedef enum jv_ets_target {
  JV_ETS_LIKELIHOOD,
  JV_ETS_AMSE,
  JV_ETS_MSE,
  JV_ETS_SIGMA,
  JV_ETS_MAE
} jv_ets_target;

typedef struct jv_ets_request {
  const char *who;  /* begins the messages; NULL: "ets" */
  jv_ets_form form; /* its `damped` is not read */
  int damped;
  jv_ets_par given;
  jv_ets_bounds bounds;
  jv_ets_criterion criterion;
  bool multiplicative_trend; /* may be chosen automatically */
  bool restrict_forms;       /* leave out forms with infinite variance in automatic choice */
  bool additive_only;        /* in automatic choice */
  double caution;            /* handicap of endless trends; 0: biased forms are let in as well */
  jv_ets_target target;
  size_t nmse; /* steps of JV_ETS_AMSE */
} jv_ets_request;

/* What became of a form in the choice. */
typedef enum jv_ets_verdict {
  JV_ETS_CHOSEN,
  JV_ETS_WORSE,    /* by the criterion, handicap included */
  JV_ETS_GIVEN_UP, /* its search ended where the curvature left no hope; criterion: so far */
  JV_ETS_BIASED,   /* relative errors below zero on average */
  JV_ETS_NOT_FOUND /* no start had a likelihood */
} jv_ets_verdict;

typedef struct jv_ets_trial {
  jv_ets_form form;
  jv_ets_verdict verdict;
  double criterion, handicap; /* compared is their sum */
} jv_ets_trial;

typedef struct jv_ets_estimate {
  jv_ets_form form;
  jv_ets_par par;
  double *states0, *final; /* owned: jv_ets_estimate_clear */
  size_t n_states, n_params, n_used;
  double loglik, sse, criterion;
  size_t evaluations, n_trials;
  jv_ets_trial trials[JV_ETS_MAX_FORMS];
  bool converged;
} jv_ets_estimate;

/* Maximum likelihood; the best form by the criterion where the request leaves a choice.
 * Cost O(n * evaluations * states); allocates O(n + m^2). Cancellable.
 * Errors: JV_EDATA (y <= 0 with a multiplicative error, no seasonal period), JV_EINVAL (parameters
 * given that no region holds), JV_ENOMEM, JV_ECANCEL. */
jv_status jv_ets_estimate_new(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                              size_t m, jv_ets_estimate *out);
void jv_ets_estimate_clear(jv_ctx *cx, jv_ets_estimate *estimate);

#endif
