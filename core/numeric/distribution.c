/* Normal, Student, chi-square and F distributions.
 *
 * Normal cdf:       Phi(z) = erfc(-z / sqrt 2) / 2.
 * Normal quantile:  rational approximations of Wichura (1988), "Algorithm AS 241", Applied
 *                   Statistics 37, PPND16: relative error about 1e-16.
 * Incomplete beta:  continued fraction of DiDonato & Morris by the modified Lentz method (Thompson &
 *                   Barnett 1986), on the side x < (a + 1) / (a + b + 2) where it converges fast.
 * Incomplete gamma: the power series DLMF 8.7.1 for x < a + 1, else the continued fraction 8.9.2.
 *
 * The factors x^a y^b / B(a, b) and x^a e^-x / Gamma(a) are written as in Loader (2000), "Fast and
 * accurate computation of binomial probabilities": with Gamma(n) = sqrt(2 pi / n) (n/e)^n e^s(n) the
 * large terms cancel on paper, and what is left are deviances log(1+u) - u. Differences of lgamma
 * would lose as many digits as log10(n log n).
 *
 * Student quantile: safeguarded Newton steps on the tail (or, near the median, on the centre),
 * started from closed forms (df 1 and 2) or the Cornish-Fisher expansion, Abramowitz & Stegun 26.7.5. */
#include "numeric/distribution.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define PI 3.14159265358979323846
#define SQRT_2PI 2.50662827463100050242
#define SQRT_HALF 0.70710678118654752440
/* Above it Student's t is taken through A&S 26.7.8, whose error is of order 1/df^2. */
#define DF_HUGE 1e8

double jv_normal_density(double z) { return exp(-0.5 * z * z) / SQRT_2PI; }
double jv_normal_cdf(double z) { return 0.5 * erfc(-z * SQRT_HALF); }
double jv_normal_upper(double z) { return 0.5 * erfc(z * SQRT_HALF); }

static double polynomial(const double *c, size_t n, double x) {
  double sum = c[n - 1];
  while (--n > 0) sum = sum * x + c[n - 1];
  return sum;
}

/* Numerators and denominators of AS 241 for the centre, the tail and the far tail. */
static const double centre_num[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                    1.9715909503065514427e3, 1.3731693765509461125e4,
                                    4.5921953931549871457e4, 6.7265770927008700853e4,
                                    3.3430575583588128105e4, 2.5090809287301226727e3};
static const double centre_den[] = {1.0,
                                    4.2313330701600911252e1,
                                    6.8718700749205790830e2,
                                    5.3941960214247511077e3,
                                    2.1213794301586595867e4,
                                    3.9307895800092710610e4,
                                    2.8729085735721942674e4,
                                    5.2264952788528545610e3};
static const double tail_num[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                  5.76949722146069140550e0,  3.64784832476320460504e0,
                                  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double tail_den[] = {1.0,
                                  2.05319162663775882187e0,
                                  1.67638483018380384940e0,
                                  6.89767334985100004550e-1,
                                  1.48103976427480074590e-1,
                                  1.51986665636164571966e-2,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9};
static const double far_num[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double far_den[] = {1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};

double jv_normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  if (p == 0 || p == 1) return p == 0 ? -INFINITY : INFINITY;
  double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(centre_num, 8, r) / polynomial(centre_den, 8, r);
  }
  double r = sqrt(-log(q < 0 ? p : 1 - p));
  double z = r <= 5 ? polynomial(tail_num, 8, r - 1.6) / polynomial(tail_den, 8, r - 1.6)
                    : polynomial(far_num, 8, r - 5) / polynomial(far_den, 8, r - 5);
  return q < 0 ? -z : z;
}

/* s(n) of the opening comment: log Gamma(n) - [(n - 1/2) log n - n + log(2 pi)/2]. The series is
 * DLMF 5.11.1; below 15 the gamma function itself is small enough to lose nothing. */
static double stirling_error(double n) {
  if (n < 15) return log(tgamma(n)) - ((n - 0.5) * log(n) - n + log(SQRT_2PI));
  double r = 1 / (n * n);
  return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188))))) / n;
}

/* log(ratio) - u for ratio = 1 + u, u being the more exact of the two when it is small: with
 * r = u / (2 + u), log(1 + u) = 2 atanh r, and the first term cancels u. */
static double deviance(double ratio, double u) {
  if (fabs(u) > 0.3) return log(ratio) - u;
  double r = u / (2 + u), r2 = r * r, sum = 0, power = r2;
  for (int k = 3; k < 60; k += 2) {
    double term = power / k;
    sum += term;
    if (term <= DBL_EPSILON * sum) break;
    power *= r2;
  }
  return r * (2 * sum - u);
}

/* x^a y^b / B(a, b), y = 1 - x. With x0 = a / (a + b): x = x0 (1 + u), y = y0 (1 + v), and
 * a u + b v = 0, so that the exponent is the sum of two deviances. */
static double beta_factor(double x, double y, double a, double b) {
  double n = a + b, x0 = a / n, y0 = b / n;
  double gap = x < y ? x - x0 : y0 - y; /* x - x0 from the smaller pair, which has its digits */
  double u = gap / x0, v = -gap / y0;
  double exponent = a * deviance(x / x0, u) + b * deviance(y / y0, v) + stirling_error(n) -
                    stirling_error(a) - stirling_error(b);
  return sqrt(a * (b / n)) / SQRT_2PI * exp(exponent);
}

/* A denominator of the Lentz method must not vanish. */
static double nonzero(double x) { return fabs(x) < DBL_MIN ? DBL_MIN : x; }

/* One step of the modified Lentz method for the term d / (1 + ...); returns the factor. */
static double lentz(double d, double add, double *c, double *e) {
  *e = 1 / nonzero(add + d * *e);
  *c = nonzero(add + d / *c);
  return *c * *e;
}

/* F with I_x(a, b) = x^a y^b / (B(a, b) F): the even part of DLMF 8.17.22, eq. 9 of DiDonato & Morris
 * (1992), ACM TOMS 18. It depends on the distance a - (a + b) x, which is taken from the smaller of
 * x and y; the plain fraction cancels where x is near 1. Steps grow like sqrt(max(a, b)). */
static double beta_fraction(double x, double y, double a, double b) {
  double distance = y < x ? (a + b) * y - b : a - (a + b) * x;
  double value = nonzero(a / (a + 1) * (distance + 1)), c = value, e = 0;
  for (int step = 1; step < 1000000; step++) {
    double n = step, odd = a + 2 * n - 1;
    double over = (a + n - 1) / odd * ((a + b + n - 1) / odd) * n * (b - n) * x * x;
    double under = n + n * (b - n) / odd * x + (a + n) / (odd + 2) * (distance + 1 + n * (1 + y));
    double factor = lentz(over, under, &c, &e);
    value *= factor;
    if (fabs(factor - 1) < DBL_EPSILON) break;
  }
  return value;
}

double jv_incomplete_beta(double x, double y, double a, double b) {
  if (!(a > 0 && b > 0 && x >= 0 && y >= 0)) return NAN;
  if (x == 0 || y == 0) return x == 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - jv_incomplete_beta(y, x, b, a);
  return beta_factor(x, y, a, b) / beta_fraction(x, y, a, b);
}

/* x^a e^-x / Gamma(a) = sqrt(a / 2 pi) exp(a (log(1 + u) - u) - s(a)), u = (x - a) / a. */
static double gamma_factor(double a, double x) {
  double u = (x - a) / a;
  return sqrt(a) / SQRT_2PI * exp(a * deviance(x / a, u) - stirling_error(a));
}

/* sum of x^k / ((a + 1) … (a + k)), so that P = factor / a * sum. */
static double gamma_series(double a, double x) {
  double sum = 1, term = 1;
  for (int k = 1; k < 1000000 && term > sum * DBL_EPSILON; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/* x + 1 - a - 1(1 - a)/(x + 3 - a - 2(2 - a)/(x + 5 - a - …)), so that Q = factor / fraction. */
static double gamma_fraction(double a, double x) {
  double value = nonzero(x + 1 - a), c = value, e = 0;
  for (int step = 1; step < 1000000; step++) {
    double k = step;
    double factor = lentz(-k * (k - a), x + 2 * k + 1 - a, &c, &e);
    value *= factor;
    if (fabs(factor - 1) < DBL_EPSILON) break;
  }
  return value;
}

double jv_incomplete_gamma(double a, double x, int upper) {
  if (!(a > 0 && x >= 0)) return NAN;
  if (x == 0 || isinf(x)) return (x == 0) == !upper ? 0 : 1;
  bool small = x < a + 1;
  double part = small ? gamma_factor(a, x) / a * gamma_series(a, x)
                      : gamma_factor(a, x) / gamma_fraction(a, x);
  return small == !upper ? part : 1 - part;
}

double jv_chi_square_upper(double x, double df) {
  if (isnan(x) || !(df > 0)) return NAN;
  return x <= 0 ? 1 : jv_incomplete_gamma(df / 2, x / 2, 1);
}

double jv_f_upper(double x, double df1, double df2) {
  if (isnan(x) || !(df1 > 0 && df2 > 0)) return NAN;
  if (x <= 0 || isinf(x)) return x <= 0 ? 1 : 0;
  double total = df2 + df1 * x;
  return jv_incomplete_beta(df2 / total, df1 * x / total, df2 / 2, df1 / 2);
}

/* Gamma((df+1)/2) / (sqrt(df pi) Gamma(df/2)) (1 + t^2/df)^-(df+1)/2, with the Stirling errors apart
 * as above; in logarithms, for t^2 may overflow and the density underflow. */
static double student_log_density(double t, double df) {
  if (df > DF_HUGE) return -0.5 * t * t - log(SQRT_2PI);
  double half = df / 2, r = t / df * t;
  double scale = stirling_error(half + 0.5) - stirling_error(half) + half * log1p(0.5 / half) - 0.5;
  double log_r = isinf(r) ? 2 * log(fabs(t)) - log(df) : log1p(r);
  return scale - (half + 0.5) * log_r - log(SQRT_2PI);
}

double jv_student_density(double t, double df) {
  return df > 0 ? exp(student_log_density(t, df)) : NAN;
}

/* P(T > t) for t >= 0, and P(0 < T < t) when centre. */
static double student_part(double t, double df, bool centre) {
  if (df > DF_HUGE) {
    double z = isinf(df) ? t : t * (1 - 1 / (4 * df)) / sqrt(1 + t / (2 * df) * t);
    return centre ? 0.5 * erf(z * SQRT_HALF) : jv_normal_upper(z);
  }
  if (isinf(t)) return centre ? 0.5 : 0;
  double r = t / df * t; /* t^2 / df */
  /* far out only the power law is left */
  if (r > 1e20 && !centre) return exp(student_log_density(t, df) + log(t) - log(df));
  double x = 1 / (1 + r), y = r / (1 + r);
  return 0.5 *
         (centre ? jv_incomplete_beta(y, x, 0.5, df / 2) : jv_incomplete_beta(x, y, df / 2, 0.5));
}

double jv_student_upper(double t, double df) {
  if (isnan(t) || !(df > 0)) return NAN;
  return t >= 0 ? student_part(t, df, false) : 0.5 + student_part(-t, df, true);
}

double jv_student_cdf(double t, double df) { return jv_student_upper(-t, df); }

/* A&S 26.7.5, two terms: where a solution may start. */
static double cornish_fisher(double z, double df) {
  double z2 = z * z;
  return z + z * (z2 + 1) / (4 * df) + z * (5 * z2 * z2 + 16 * z2 + 3) / (96 * df * df);
}

/* Where to go on when a Newton step leaves the bracket: arithmetic middle for the centre, geometric
 * for the tail, whose ends may be any power apart. */
static double between(double low, double high, double t, bool centre) {
  if (isinf(high)) return 1e4 * t;
  if (centre) return low + (high - low) / 2;
  return low > 0 ? sqrt(low) * sqrt(high) : 1e-4 * t;
}

/* t > 0 with centre or tail probability `target`: Newton on the probability near the median, on its
 * logarithm against log t in the tail, kept inside a bracket that every step tightens. */
static double student_solve(double target, double df, bool centre, double t) {
  double low = 0, high = INFINITY;
  for (int k = 0; k < 200 && !isinf(t); k++) {
    double part = student_part(t, df, centre), log_density = student_log_density(t, df);
    bool too_far = centre ? part > target : part < target;
    if (too_far)
      high = t;
    else
      low = t;
    double next = centre ? t - (part - target) / exp(log_density)
                         : t * exp(log(part / target) * exp(log(part) - log(t) - log_density));
    if (!(next >= low && next <= high)) next = between(low, high, t, centre);
    double step = fabs(next - t);
    t = next;
    if (step <= 2 * DBL_EPSILON * t) break;
  }
  return t;
}

double jv_student_quantile(double p, double df) {
  if (!(p >= 0 && p <= 1 && df > 0)) return NAN;
  if (p == 0 || p == 1) return p == 0 ? -INFINITY : INFINITY;
  if (isinf(df)) return jv_normal_quantile(p);
  double q = p - 0.5, tail = q < 0 ? p : 1 - p, t;
  if (q == 0) return 0;
  if (df == 1)
    t = tail < 0.25 ? 1 / tan(PI * tail) : tan(PI * fabs(q));
  else if (df == 2)
    t = 2 * fabs(q) / sqrt(2 * tail * (1 - tail));
  else {
    double start = cornish_fisher(fabs(jv_normal_quantile(tail)), df);
    bool centre = tail > 0.25;
    t = student_solve(centre ? fabs(q) : tail, df, centre, start);
  }
  return q < 0 ? -t : t;
}
