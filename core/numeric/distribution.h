/* Probability distributions: distribution functions, tails and quantiles in full double accuracy.
 *
 * Plain functions of numbers: no context, nothing allocated, nothing fails. Arguments outside a
 * function's domain (p outside [0, 1], df <= 0, NaN) give NaN. */
#ifndef JV_NUMERIC_DISTRIBUTION_H
#define JV_NUMERIC_DISTRIBUTION_H

/* Standard normal. quantile(0) is -infinity, quantile(1) +infinity. */
double jv_normal_density(double z);
double jv_normal_cdf(double z);
double jv_normal_upper(double z); /* P(Z > z), accurate in the tail */
double jv_normal_quantile(double p);

/* Student's t with real df > 0; df infinite is the normal. */
double jv_student_density(double t, double df);
double jv_student_cdf(double t, double df);
double jv_student_upper(double t, double df); /* P(T > t), accurate in the tail */
double jv_student_quantile(double p, double df);

/* Upper tails of chi-square and F for tests: P(X > x). x < 0 gives 1. */
double jv_chi_square_upper(double x, double df);
double jv_f_upper(double x, double df1, double df2);

/* Regularized incomplete beta I_x(a, b), with y = 1 - x given apart so that x near 1 loses nothing;
 * the complement is jv_incomplete_beta(y, x, b, a). a, b > 0. */
double jv_incomplete_beta(double x, double y, double a, double b);
/* Regularized incomplete gamma, lower P(a, x) or upper Q(a, x); a > 0, x >= 0. */
double jv_incomplete_gamma(double a, double x, int upper);

#endif
