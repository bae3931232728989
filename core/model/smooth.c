/* The profile of the sum of squares over alpha may have several minima: a grid finds the deepest
 * basin, and golden sections (Kiefer 1953) its floor. */
#include "model/smooth.h"
#include <math.h>

/* One pass at given alpha. The recursion starts at `base` (the first value, so that large levels
 * with small errors lose no digits), and d = start - base is concentrated out unless given. */
static jv_smooth pass(const double *x, size_t n, double alpha, double start) {
  jv_smooth s = {.alpha = alpha, .start = NAN};
  double base = NAN, level = NAN, c = 1, uu = 0, uc = 0, cc = 0;
  for (size_t t = 0; t < n; t++) {
    if (isnan(x[t])) continue;
    if (s.used++ == 0) base = level = isnan(start) ? x[t] : start;
    double u = x[t] - level;
    uu += u * u;
    uc += u * c;
    cc += c * c;
    level += alpha * u;
    c *= 1 - alpha;
  }
  double d = isnan(start) ? uc / cc : 0;
  s.start = base + d;
  s.level = level + d * c;
  s.sse = fmax(0, uu - d * (2 * uc - d * cc));
  s.evaluations = 1;
  return s;
}

enum { GRID = 21 };

/* Between the bounds, denser near both ends, where minima hide. */
static double grid_alpha(int i) {
  double u = (double)i / (GRID - 1), s = u * u * (3 - 2 * u);
  return JV_SMOOTH_MIN + s * (JV_SMOOTH_MAX - JV_SMOOTH_MIN);
}

static jv_smooth search(const double *x, size_t n, double start) {
  const double golden = 0.3819660112501051518; /* 2 - (1 + sqrt 5)/2 */
  int deepest = 0;
  jv_smooth best = pass(x, n, grid_alpha(0), start), a, b;
  for (int i = 1; i < GRID; i++) {
    a = pass(x, n, grid_alpha(i), start);
    if (!(a.sse < best.sse)) continue;
    best = a;
    deepest = i;
  }
  double lo = grid_alpha(deepest ? deepest - 1 : 0);
  double hi = grid_alpha(deepest < GRID - 1 ? deepest + 1 : deepest);
  size_t evaluations = GRID + 2;
  a = pass(x, n, lo + golden * (hi - lo), start);
  b = pass(x, n, hi - golden * (hi - lo), start);
  /* near its floor the sum of squares is flat to about the root of the machine's precision */
  for (; hi - lo > 1e-9; evaluations++) {
    if (a.sse <= b.sse) {
      hi = b.alpha;
      b = a;
      a = pass(x, n, lo + golden * (hi - lo), start);
    } else {
      lo = a.alpha;
      a = b;
      b = pass(x, n, hi - golden * (hi - lo), start);
    }
  }
  if (a.sse < best.sse) best = a;
  if (b.sse < best.sse) best = b;
  best.evaluations = evaluations;
  return best;
}

jv_smooth jv_smooth_fit(const double *x, size_t n, double alpha, double start) {
  return isnan(alpha) ? search(x, n, start) : pass(x, n, alpha, start);
}
