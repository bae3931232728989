/* Minimum of a function of one variable on an interval, without derivatives. */
#ifndef JV_NUMERIC_BRENT_H
#define JV_NUMERIC_BRENT_H

/* jv_brent(f, data, a, b, tolerance): the place of a local minimum of f in (a, b), a < b.
 *
 * Golden sections, and parabolas where they serve; ends when the bracket is within
 * tolerance / 3 + sqrt(epsilon) |x| of x, both sides. NaN and infinity count as the largest number.
 * The ends themselves are never evaluated: a minimum there is approached to the tolerance.
 * Source: Brent (1973), Algorithms for minimization without derivatives, ch. 5 (localmin). */
double jv_brent(double (*f)(void *data, double x), void *data, double a, double b,
                double tolerance);

#endif
