/* Sums and dot products as if in twice the working precision.
 *
 * Sum2 and Dot2 of Ogita, Rump & Oishi (2005), "Accurate sum and dot product", SIAM J. Sci. Comput.
 * 26: the rounding error of each addition and product is itself a double and is summed apart. The
 * result is that of an exact sum rounded once, up to condition numbers of about 1e16. Doubles only,
 * so the digits are the same on every machine; it needs -ffp-contract=off. */
#ifndef JV_NUMERIC_TWOFOLD_H
#define JV_NUMERIC_TWOFOLD_H

#include <math.h>

typedef struct jv_twofold {
  double hi, lo; /* the value is hi + lo; start from {0, 0} */
} jv_twofold;

static inline void jv_twofold_add(jv_twofold *s, double x) {
  double sum = s->hi + x, part = sum - s->hi;
  s->lo += (s->hi - (sum - part)) + (x - part);
  s->hi = sum;
}

static inline void jv_twofold_add_product(jv_twofold *s, double a, double b) {
  double product = a * b;
  jv_twofold_add(s, product);
  s->lo += fma(a, b, -product);
}

/* An overflowed or NaN sum keeps its hi: the error terms of infinities are NaN. */
static inline double jv_twofold_value(jv_twofold s) { return isfinite(s.hi) ? s.hi + s.lo : s.hi; }

/* s / k as a pair, for subtracting a mean without rounding it first. */
static inline jv_twofold jv_twofold_divide(jv_twofold s, double k) {
  jv_twofold q = {jv_twofold_value(s) / k, 0};
  if (isfinite(q.hi)) q.lo = (fma(-q.hi, k, s.hi) + s.lo) / k;
  return q;
}

#endif
