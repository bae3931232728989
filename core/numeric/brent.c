/* Brent's localmin: golden sections, and parabolas through the three best points.
 *
 *   x  the best point so far, w the second, v the third; u the newest; the bracket is [a, b]
 *   e  the step before the last, d the last: a parabola must halve the step before the last
 *
 * The golden section takes the fraction c = (3 - sqrt 5)/2 of the larger side. */
#include "numeric/brent.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

typedef struct bracket {
  double a, b, x, w, v, fx, fw, fv, d, e;
} bracket;

static const double golden = 0.38196601125010515;

/* The step to the bottom of the parabola through v, w, x; false where it may not be taken. */
static bool parabola(const bracket *k, double before, double tol, double *step) {
  double r = (k->x - k->w) * (k->fx - k->fv), q = (k->x - k->v) * (k->fx - k->fw);
  double p = (k->x - k->v) * q - (k->x - k->w) * r;
  if (fabs(before) <= tol) return false;
  q = (q - r) * 2;
  if (q > 0)
    p = -p;
  else
    q = -q;
  if (fabs(p) >= fabs(q * 0.5 * before) || p <= q * (k->a - k->x) || p >= q * (k->b - k->x))
    return false;
  *step = p / q;
  return true;
}

static void choose_step(bracket *k, double middle, double tol) {
  double before = k->e, step;
  k->e = k->d;
  if (parabola(k, before, tol, &step)) {
    double u = k->x + step;
    k->d = u - k->a < 2 * tol || k->b - u < 2 * tol ? copysign(tol, middle - k->x) : step;
    return;
  }
  k->e = k->x < middle ? k->b - k->x : k->a - k->x;
  k->d = golden * k->e;
}

static void take(bracket *k, double u, double fu) {
  if (fu <= k->fx) {
    if (u < k->x)
      k->b = k->x;
    else
      k->a = k->x;
    k->v = k->w, k->fv = k->fw;
    k->w = k->x, k->fw = k->fx;
    k->x = u, k->fx = fu;
    return;
  }
  if (u < k->x)
    k->a = u;
  else
    k->b = u;
  if (fu <= k->fw || k->w == k->x) {
    k->v = k->w, k->fv = k->fw;
    k->w = u, k->fw = fu;
  } else if (fu <= k->fv || k->v == k->x || k->v == k->w) {
    k->v = u, k->fv = fu;
  }
}

static double finite_value(double (*f)(void *, double), void *data, double x) {
  double value = f(data, x);
  return isfinite(value) ? value : DBL_MAX;
}

double jv_brent(double (*f)(void *data, double x), void *data, double a, double b,
                double tolerance) {
  bracket k = {.a = a, .b = b, .x = a + golden * (b - a)};
  k.w = k.v = k.x;
  k.fx = k.fw = k.fv = finite_value(f, data, k.x);
  for (;;) {
    double middle = (k.a + k.b) / 2, tol = sqrt(DBL_EPSILON) * fabs(k.x) + tolerance / 3;
    if (fabs(k.x - middle) <= 2 * tol - (k.b - k.a) / 2) return k.x;
    choose_step(&k, middle, tol);
    double u = k.x + (fabs(k.d) >= tol ? k.d : copysign(tol, k.d));
    take(&k, u, finite_value(f, data, u));
  }
}
