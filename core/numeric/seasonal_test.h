/* Tests for seasonality and the number of seasonal differences that they ask for.
 *
 * y holds n doubles, m is the seasonal period. */
#ifndef JV_NUMERIC_SEASONAL_TEST_H
#define JV_NUMERIC_SEASONAL_TEST_H

#include "base/ctx.h"
#include "base/option.h"

/* 1 - var(remainder) / var(remainder + seasonal) of an STL decomposition (seasonal window 11, not
 * robust), kept in [0, 1]; 0 for m < 2, for n <= 2 m and for constant y. Missing values are
 * filled first (jv_fill_missing).
 * Source: Wang, Smith & Hyndman (2006).
 * Errors: JV_ENOMEM, JV_EDATA (infinite, nothing observed). */
jv_status jv_seasonal_strength(jv_ctx *cx, const double *y, size_t n, size_t m, double *strength);

typedef enum jv_ocsb_lag { JV_OCSB_FIXED, JV_OCSB_AIC, JV_OCSB_AICC, JV_OCSB_BIC } jv_ocsb_lag;
typedef struct jv_ocsb_options {
  int lags;   /* fixed: lags used; else the most that are tried */
  int choice; /* jv_ocsb_lag */
} jv_ocsb_options;

extern const jv_option jv_ocsb_option_rows[];

typedef struct jv_ocsb_result {
  double statistic; /* H0 a seasonal unit root; below `critical` it is rejected */
  double critical;  /* at 5 %, a smooth of simulated values in m */
  size_t lags, n;
} jv_ocsb_result;

/* Osborn, Chui, Smith & Birchenhall (1988). opt NULL: no lags, fixed.
 * Errors: JV_EINVAL (m < 2), JV_EDATA (too short, missing, constant), JV_ENOMEM. */
jv_status jv_ocsb(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_ocsb_options *opt,
                  jv_ocsb_result *out);

typedef enum jv_nsdiffs_test { JV_NSDIFFS_STRENGTH, JV_NSDIFFS_OCSB } jv_nsdiffs_test;
typedef struct jv_nsdiffs_options {
  int test;         /* jv_nsdiffs_test */
  double threshold; /* of the strength: above it one difference; 0.64 */
  int max_d;        /* 1 */
} jv_nsdiffs_options;

extern const jv_option jv_nsdiffs_option_rows[];

/* How many seasonal differences: by strength above 0.64 (opt NULL, R's forecast::nsdiffs), or by
 * OCSB with up to 3 lags by AIC. 0 for m < 2, n <= 2 m or constant y.
 * Errors: JV_ENOMEM, JV_EDATA (infinite). */
jv_status jv_nsdiffs(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_nsdiffs_options *opt,
                     int *d);

#endif
