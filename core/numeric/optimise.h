/* Minimisation of any function inside a box: Nelder-Mead, and quasi-Newton with the gradient given or
 * measured. A thin room around NLopt with the house's manners.
 *
 * For functions whose curvature is known (sums of squares, likelihoods through scores) see
 * numeric/minimise.h, which is faster. */
#ifndef JV_NUMERIC_OPTIMISE_H
#define JV_NUMERIC_OPTIMISE_H

#include "base/ctx.h"

typedef enum jv_optimise_method {
  JV_OPTIMISE_SIMPLEX, /* Nelder-Mead with bounds (Nelder & Mead 1965; Box 1965): no smoothness asked */
  JV_OPTIMISE_LBFGS, /* limited-memory BFGS (Nocedal 1980, Luksan): many coordinates */
  JV_OPTIMISE_BFGS   /* dense BFGS by sequential quadratics (Kraft 1988): few coordinates */
} jv_optimise_method;

/* The function. NaN counts as +infinity: outside, never accepted. It allocates nothing.
 *   value     f(x)
 *   gradient  NULL: measured by central differences (2k values each), one-sided at a bound; else
 *             f(x) with its gradient in g (k) */
typedef struct jv_optimise_function {
  size_t k;
  void *data;
  double (*value)(void *data, const double *x);
  double (*gradient)(void *data, const double *x, double *g);
} jv_optimise_function;

/* Zero is the default of each member. */
typedef struct jv_optimise_opt {
  jv_optimise_method method;
  const double *lower,
      *upper;             /* k each, NULL or infinite for none; equal: the coordinate is fixed */
  const double *step;     /* k first steps of the simplex; NULL: max(|x|, 1) / 10 each */
  double f_tolerance;     /* relative change of f; 0: 1e-8 */
  double x_tolerance;     /* relative change of x; 0: 1e-8 */
  size_t max_evaluations; /* of f, those for gradients among them; 0: 2000 (k + 1) */
  size_t restarts;        /* simplex: begins again at the best point, with fresh steps, at most
                                  so often, while that gains more than f_tolerance */
  double *scratch;        /* JV_OPTIMISE_SCRATCH(k) doubles; NULL: allocated by the call */
} jv_optimise_opt;

#define JV_OPTIMISE_SCRATCH(k) (7 * (k) + 1)

typedef enum jv_optimise_end {
  JV_OPTIMISE_CONVERGED, /* a tolerance is met */
  JV_OPTIMISE_STUCK,     /* roundings forbid a further step */
  JV_OPTIMISE_LIMIT,     /* max_evaluations */
  JV_OPTIMISE_OUTSIDE    /* f is infinite at the start and wherever it was tried */
} jv_optimise_end;

typedef struct jv_optimum {
  double value; /* f at the x returned: the smallest seen, infinite when OUTSIDE */
  size_t evaluations;
  jv_optimise_end end;
} jv_optimum;

/* jv_optimise(cx, f, opt, x, out): local minimum from x (moved into the box first), which is replaced
 * by the best point seen. opt NULL: the defaults. Deterministic: the same start gives the same bytes.
 * Not converging is a result (out->end), not an error. On error x is unchanged.
 *
 * Cost: f as often as it says, plus O(k) (simplex, lbfgs) or O(k^3) (bfgs) each. Cancellable.
 * Errors: JV_EINVAL (lower > upper, a bound or start that is NaN), JV_ENOMEM, JV_ECANCEL.
 * Checked by: tests/core/test_optimise.c */
jv_status jv_optimise(jv_ctx *cx, const jv_optimise_function *f, const jv_optimise_opt *opt,
                      double *x, jv_optimum *out);

/* Second derivatives of f at x by central differences, k x k symmetric, steps scaled by
 * max(|x|, scale): for standard errors of maximum likelihood. Elements may be NaN where f is not
 * finite nearby. x is used as scratch and comes back as it was. */
void jv_hessian(const jv_optimise_function *f, double *x, double scale, double *hessian);

#endif
