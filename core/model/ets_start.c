/* Start values of the states: seasons as means of what a line leaves, then a line through the
 * first observations without their seasons. Rough on purpose: the optimiser does the rest.
 * After Hyndman et al. (2008), sec. 2.6.1. */
#include "model/ets_engine.h"
#include <math.h>

typedef struct line {
  double at0, slope, mean;
} line;

/* Least squares of z_t = at0 + slope (t + 1); seasons (may be NULL) are taken out first. */
static line fit_line(const double *y, size_t n, const double *ring, size_t m, bool ratio) {
  double k = 0, st = 0, sy = 0, stt = 0, sty = 0;
  for (size_t t = 0, j = 0; t < n; t++, j = j + 1 == m ? 0 : j + 1) {
    if (isnan(y[t])) continue;
    double z = y[t], x = (double)t + 1;
    if (ring) z = ratio ? z / ring[j] : z - ring[j];
    k += 1;
    st += x;
    sy += z;
    stt += x * x;
    sty += x * z;
  }
  if (!(k > 0)) return (line){0, 0, 0};
  line out = {0, 0, sy / k};
  double spread = stt - st * st / k;
  if (k > 2 && spread > 0) out.slope = (sty - st * out.mean) / spread;
  out.at0 = out.mean - out.slope * st / k;
  return out;
}

static void guess_seasons(jv_ets_run *run, const double *y, size_t n) {
  size_t m = run->m, part = n < 4 * m ? n : 4 * m;
  bool ratio = run->form.season == JV_ETS_MUL;
  line trend = fit_line(y, part, NULL, m, ratio);
  if (part < 2 * m) trend = (line){trend.mean, 0, trend.mean};
  double neutral = ratio ? 1 : 0, sum = 0;
  double floor = fmax(0.05 * fabs(trend.mean), 1e-12);
  for (size_t j = 0; j < m; j++) {
    double total = 0, count = 0;
    for (size_t t = j; t < part; t += m) {
      if (isnan(y[t])) continue;
      double base = trend.at0 + trend.slope * ((double)t + 1);
      total += ratio ? y[t] / fmax(base, floor) : y[t] - base;
      count += 1;
    }
    run->ring[j] = count > 0 ? total / count : neutral;
    if (ratio) run->ring[j] = fmax(run->ring[j], 0.01);
    sum += run->ring[j];
  }
  for (size_t j = 0; j < m; j++) {
    if (ratio) {
      run->ring[j] *= (double)m / sum;
    } else {
      run->ring[j] -= sum / (double)m;
    }
  }
}

void jv_ets_guess_states(jv_ets_run *run, const double *y, size_t n) {
  size_t m = run->m, part = run->form.season == JV_ETS_NONE || 2 * m < 10 ? 10 : 2 * m;
  if (part > n) part = n;
  bool season = run->form.season != JV_ETS_NONE;
  if (season) guess_seasons(run, y, n);
  line start = fit_line(y, part, season ? run->ring : NULL, m, run->form.season == JV_ETS_MUL);
  run->at = 0;
  run->slope = 0;
  run->level = run->form.trend == JV_ETS_NONE ? start.mean : start.at0;
  if (run->form.trend == JV_ETS_ADD) run->slope = start.slope;
  if (run->form.trend != JV_ETS_MUL) return;
  if (!(run->level > 0.1 * start.mean)) run->level = start.mean;
  run->slope = run->level > 0 ? 1 + start.slope / run->level : 1;
  run->slope = fmin(fmax(run->slope, 0.8), 1.25);
}
