/* Features of a series: what distinguishes it from other series, in some fifty numbers.
 *
 * In what follows y is the series with its missing values filled (numeric/clean.h), m its seasonal
 * period, z = (y - mean) / sd, w = m, or 10 without a season. STL is that of numeric/stl.h with a
 * seasonal window of 11; without a season the trend is the super smoother and there is no S. On z:
 * z = T + S + R. dk is the k-th difference of z. A feature that a series cannot have (constant, too
 * short, no season, values <= 0 for lambda) is NaN.
 *
 * Source: Wang, Smith & Hyndman (2006); Hyndman, Wang & Laptev (2015); Kang, Hyndman & Smith-Miles
 * (2017); Montero-Manso et al. (2020), which use most of them to choose and to weight forecasts. */
#ifndef JV_EVALUATE_FEATURES_H
#define JV_EVALUATE_FEATURES_H

#include "base/ctx.h"

/* X(field, definition); one place for struct, Lua and documents. */
#define JV_FEATURES(X)                                                                             \
  X(n, "number of periods, missing ones included")                                                 \
  X(season, "the seasonal period m")                                                               \
  X(missing, "share of the values that is missing")                                                \
  X(zeros, "share of the observed values that is zero")                                            \
  X(adi, "average interval between demands: periods over values that are not zero")                \
  X(cv2, "squared coefficient of variation of the values that are not zero")                       \
  X(skewness, "third central moment over the 1.5th power of the second")                           \
  X(kurtosis, "fourth central moment over the square of the second, less 3")                       \
  X(outliers, "share of the values that jv.outliers finds")                                        \
  X(trend_strength, "max(0, 1 - var(R) / var(T + R))")                                             \
  X(seasonal_strength, "max(0, 1 - var(R) / var(S + R))")                                          \
  X(spike, "variance of the leave-one-out variances of R")                                         \
  X(linearity, "coefficient of T on the first orthonormal polynomial in time")                     \
  X(curvature, "coefficient of T on the second orthonormal polynomial in time")                    \
  X(e_acf1, "first autocorrelation of R")                                                          \
  X(e_acf10, "sum of the first ten squared autocorrelations of R")                                 \
  X(peak, "season, 1 to m from the first value on, with the largest mean of S")                    \
  X(trough, "season with the smallest mean of S")                                                  \
  X(x_acf1, "first autocorrelation of y")                                                          \
  X(x_acf10, "sum of the first ten squared autocorrelations of y")                                 \
  X(diff1_acf1, "first autocorrelation of d1")                                                     \
  X(diff1_acf10, "sum of the first ten squared autocorrelations of d1")                            \
  X(diff2_acf1, "first autocorrelation of d2")                                                     \
  X(diff2_acf10, "sum of the first ten squared autocorrelations of d2")                            \
  X(seas_acf1, "autocorrelation of y at lag m")                                                    \
  X(x_pacf5, "sum of the first five squared partial autocorrelations of y")                        \
  X(diff1_pacf5, "the same of d1")                                                                 \
  X(diff2_pacf5, "the same of d2")                                                                 \
  X(seas_pacf, "partial autocorrelation of y at lag m")                                            \
  X(entropy, "of the spectrum of an autoregression by AIC: -sum p log p / log 500, p its shares")  \
  X(stability, "variance of the means of blocks of w values of z")                                 \
  X(lumpiness, "variance of the variances of blocks of w values of z")                             \
  X(max_level_shift, "largest difference of the means of two neighbouring windows of w of z")      \
  X(time_level_shift, "where: the first value of the second window")                               \
  X(max_var_shift, "largest difference of the variances of such windows")                          \
  X(time_var_shift, "where")                                                                       \
  X(max_kl_shift, "largest Kullback-Leibler divergence of such windows, as normal distributions")  \
  X(time_kl_shift, "where")                                                                        \
  X(crossing_points, "how often y crosses its median")                                             \
  X(flat_spots, "longest run within one of ten equal parts of the range of y")                     \
  X(hurst,                                                                                         \
    "d + 1/2, d the memory of y by local Whittle on its differences: 1/2 none, 3/2 a random walk") \
  X(kpss, "KPSS statistic about a level, trunc(4 (n/100)^(1/4)) lags")                             \
  X(pp, "Phillips-Perron Z(alpha) about a level")                                                  \
  X(ndiffs, "first differences by KPSS")                                                           \
  X(nsdiffs, "seasonal differences by seasonal strength")                                          \
  X(nonlinearity,                                                                                  \
    "Terasvirta's test: 10 log(RSS0 / RSS1) of z on its last value, its square, cube")             \
  X(arch_r2, "R^2 of the squares of z, prewhitened by an autoregression, on their last 12")        \
  X(lambda, "Guerrero's Box-Cox exponent, in -1 to 2")                                             \
  X(period, "the period that jv.find_frequency finds in z, threshold 10")                          \
  X(holt_alpha, "alpha of ETS(A,A,N)")                                                             \
  X(holt_beta, "beta of ETS(A,A,N)")                                                               \
  X(hw_alpha, "alpha of ETS(A,A,A)")                                                               \
  X(hw_beta, "beta of ETS(A,A,A)")                                                                 \
  X(hw_gamma, "gamma of ETS(A,A,A)")

typedef struct jv_features {
#define X(name, text) double name;
  JV_FEATURES(X)
#undef X
} jv_features;

/* jv_features_of(cx, y, n, m, models, out): all of them. y n doubles, NaN = missing.
 *
 *   models  false leaves out what needs ETS (most of the time): holt_*, hw_*
 *
 * Cost O(n w) and two ETS fits; allocates O(n). Cancellable.
 * Errors: JV_EDATA (nothing observed, an infinite value), JV_EINVAL (m = 0), JV_ENOMEM, JV_ECANCEL.
 * Checked by: tests/core/test_features.c */
jv_status jv_features_of(jv_ctx *cx, const double *y, size_t n, size_t m, bool models,
                         jv_features *out);

#endif
