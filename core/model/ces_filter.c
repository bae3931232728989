/* The recursions of complex exponential smoothing; the header has the equations. */
#include "model/ces_filter.h"
#include <math.h>

size_t jv_ces_parameters(jv_ces_form form) {
  return form == JV_CES_FULL ? 4 : form == JV_CES_PARTIAL ? 3 : 2;
}

size_t jv_ces_ring(jv_ces_form form, size_t m) {
  return form == JV_CES_NONE ? 0 : form == JV_CES_PARTIAL ? m : 2 * m;
}

bool jv_ces_forgets(double a0, double a1) {
  /* of F - g w': trace and determinant */
  double trace = 2 - 2 * a0 + a1;
  double det = (1 - a0 + a1) * (1 - a0) + (1 - a1) * (1 - a0 - a1);
  return fabs(det) < 1 && fabs(trace) < 1 + det;
}

/* ---- one run ---- */

double jv_ces_mean(const jv_ces_run *run) {
  switch (run->form) {
  case JV_CES_NONE:
    return run->level;
  case JV_CES_SIMPLE:
    return run->ring[run->at];
  default:
    return run->level + run->ring[run->at];
  }
}

static void turn(double w0, double w1, double e, double *seen, double *hidden) {
  double l = *seen, c = *hidden;
  *seen = l - (1 - w1) * c + (w0 - w1) * e;
  *hidden = l + (1 - w0) * c + (w0 + w1) * e;
}

void jv_ces_take(jv_ces_run *run, double error, bool backwards) {
  double e = isnan(error) ? 0 : error, *s = run->ring + run->at;
  if (run->form == JV_CES_SIMPLE) turn(run->a0, run->a1, e, s, s + run->m);
  if (run->form == JV_CES_PARTIAL) *s += run->b0 * e;
  if (run->form == JV_CES_FULL) turn(run->b0, run->b1, e, s, s + run->m);
  if (run->form != JV_CES_SIMPLE) turn(run->a0, run->a1, e, &run->level, &run->hidden);
  if (backwards)
    run->at = run->at ? run->at - 1 : run->m - 1;
  else
    run->at = run->at + 1 < run->m ? run->at + 1 : 0;
}
