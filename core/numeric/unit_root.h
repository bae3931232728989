/* Tests for a unit root and for stationarity, and the number of differences that they ask for.
 *
 * y holds n doubles without missing values, except where said. Constant y gives JV_EDATA. */
#ifndef JV_NUMERIC_UNIT_ROOT_H
#define JV_NUMERIC_UNIT_ROOT_H

#include "base/ctx.h"
#include "base/option.h"
#include "numeric/test_result.h"

/* What a test allows besides the unit root: a level, or a level and a linear trend. */
typedef enum jv_unit_trend { JV_UNIT_LEVEL, JV_UNIT_TREND } jv_unit_trend;

/* Rules for the number of lags when none is given.
 *   short  trunc(4 (n/100)^(1/4))     long  trunc(12 (n/100)^(1/4))
 *   sqrt   trunc(3 sqrt(n) / 13): R's forecast::ndiffs     cuberoot  trunc((n - 1)^(1/3)) */
typedef enum jv_lag_rule { JV_LAG_SHORT, JV_LAG_LONG, JV_LAG_SQRT, JV_LAG_CUBEROOT } jv_lag_rule;
size_t jv_lag_rule_lags(jv_lag_rule rule, size_t n);

typedef enum jv_pp_kind { JV_PP_T, JV_PP_ALPHA } jv_pp_kind;
/* The sum of squares of the correction is that of y_{t-1}, as in the paper (tseries, stats), or that
 * of y_t (urca, and so ndiffs); they differ by the ends of the series. */
typedef enum jv_pp_moments { JV_PP_LAGGED, JV_PP_CURRENT } jv_pp_moments;

typedef struct jv_unit_root_options {
  int trend;   /* jv_unit_trend */
  int lags;    /* JV_OPT_UNSET: by the rule */
  int rule;    /* jv_lag_rule */
  int kind;    /* of jv_pp: jv_pp_kind */
  int moments; /* of jv_pp: jv_pp_moments */
} jv_unit_root_options;

extern const jv_option jv_kpss_option_rows[], jv_adf_option_rows[], jv_pp_option_rows[];

/* KPSS: H0 is stationarity about a level or a trend; large statistics reject. Bartlett weights.
 * p between 0.01 and 0.10 by the table's linear interpolation, beyond it is bounded.
 * Source: Kwiatkowski, Phillips, Schmidt & Shin (1992), eq. 11, 13 and table 1.
 * Errors: JV_EDATA (n < 4, constant), JV_EINVAL (lags >= n), JV_ENOMEM. */
jv_status jv_kpss(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                  jv_test_result *out);

/* Augmented Dickey-Fuller: H0 is a unit root; small statistics reject. The t ratio of rho in
 *   dy_t = a [+ b t] + rho y_{t-1} + sum_{i=1..lags} c_i dy_{t-i} + e_t
 * joint[0] is the F statistic of a = rho = 0 (level: Phi1) or of a = b = rho = 0 (trend: Phi2),
 * joint[1] that of b = rho = 0 (trend: Phi3).
 * Source: Said & Dickey (1984); Dickey & Fuller (1981) for the joint tests; tables of Fuller (1976), in Banerjee et al. (1993), table 4.2.
 * Errors: JV_EDATA (too short, constant), JV_ENOMEM. */
jv_status jv_adf(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                 jv_test_result *out, double joint[2]);

/* Phillips-Perron: H0 is a unit root; the t ratio (or n (rho - 1)) of y_t on y_{t-1}, corrected for
 * autocorrelation by a Bartlett long-run variance.
 * Source: Phillips & Perron (1988); tables as for ADF; MacKinnon (1991) critical values. */
jv_status jv_pp(jv_ctx *cx, const double *y, size_t n, const jv_unit_root_options *opt,
                jv_test_result *out);

/* How many first differences make y stationary. Missing values are left out, as R does. */
typedef enum jv_ndiffs_test { JV_NDIFFS_KPSS, JV_NDIFFS_ADF, JV_NDIFFS_PP } jv_ndiffs_test;
typedef struct jv_ndiffs_options {
  int test;     /* jv_ndiffs_test */
  int trend;    /* jv_unit_trend */
  double alpha; /* 0.01 to 0.10 */
  int max_d;
} jv_ndiffs_options;

extern const jv_option jv_ndiffs_option_rows[];

/* jv_ndiffs(cx, y, n, opt, d): opt NULL is KPSS about a level with the lag rule `sqrt`, alpha 0.05,
 * at most 2: R's forecast::ndiffs. ADF takes 1 lag, PP the rule `short`, as there; a level, not a p-value, decides
 * between the tabled ones by interpolation. A constant series
 * needs no difference; a series too short for the test is left as it is.
 * Errors: JV_ENOMEM, JV_EDATA (an infinite value). */
jv_status jv_ndiffs(jv_ctx *cx, const double *y, size_t n, const jv_ndiffs_options *opt, int *d);

/* True when all observed values are the same up to the rounding of the differences that made them:
 * mean |y - y_1| <= 1.5e-8 mean |y_1|. Fewer than two observed values are constant. */
bool jv_is_constant(const double *y, size_t n);

#endif
