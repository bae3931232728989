/* What an ARIMA likelihood is computed from: the differenced series, scaled, beside its differenced
 * regressors and the marks of its gaps. */
#ifndef JV_MODEL_ARIMA_DATA_H
#define JV_MODEL_ARIMA_DATA_H

#include "model/arima_arma.h"

/* The regressors of a model in the unit of the data, before differencing. Column k of observation t
 * is x[t * k_all + k]; the constant is a column of its own after them: 1 (a mean) where nothing is
 * differenced, t = 1, 2, ... (a drift) elsewhere. */
typedef struct jv_arima_regressors {
  const double *x;
  size_t k;
  bool constant;
  size_t before; /* observations before the first one given: a drift counts them */
} jv_arima_regressors;

typedef struct jv_arima_data {
  size_t n;              /* length after differencing */
  size_t n_gaps, n_x;    /* further columns: gaps, then regressors (constant last) */
  size_t columns;        /* 1 + n_gaps + n_x */
  size_t n_used;         /* n - n_gaps: what the likelihood counts */
  double *w;             /* columns of n */
  double scale;          /* the series is scale * w; a power of two */
  double *upper, *shift; /* differenced regressors = Q upper; shift: Q'y, already removed from w */
  size_t *gaps;          /* positions in y, and what was put there */
  double *filled;
  bool empty; /* nothing is left: the regressors explain the series exactly */
} jv_arima_data;

/* y has NaN for gaps and observed ends are not needed, but its first value is observed. *aliased is
 * set to the first column that is a combination of those before it (k for the constant), else to
 * SIZE_MAX; such a column makes no data, and *out is then NULL without an error.
 * Errors: JV_EDATA (fewer than one value is left), JV_ENOMEM. */
jv_status jv_arima_data_new(jv_ctx *cx, const double *y, size_t n, const jv_arima_order *o,
                            const jv_arima_regressors *regressors, size_t *aliased,
                            jv_arima_data **out);
void jv_arima_data_free(jv_ctx *cx, jv_arima_data *data);

/* Column j (the constant after the k) at observation t, before differencing. */
double jv_arima_regressor(const jv_arima_order *o, const jv_arima_regressors *regressors, size_t t,
                          size_t j);

/* The coefficients of regressors in the unit of y per unit of x, from those of the columns; and the
 * matrix that turns the ones into the others: to[i * n_x + j]. */
void jv_arima_data_unwrap(const jv_arima_data *data, const double *beta, double *coef);
void jv_arima_data_basis(const jv_arima_data *data, double *to);

/* (1 - B)^d (1 - B^m)^D in place; the result is the first n - d - D m values. Returns their count. */
size_t jv_arima_difference(double *x, size_t n, const jv_arima_order *o);

#endif
