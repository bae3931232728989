/* Means, variances and paths of h steps ahead.
 *
 * With c_j = alpha + beta phi_j + gamma [m divides j], phi_j = phi + phi^2 + ... + phi^j:
 *   class 1, A with trend N A Ad and season N A:   var_h = s2 (1 + sum_{j<h} c_j^2)
 *   class 2, M with the same:                      theta_h = mu_h^2 + s2 sum_{j<h} c_j^2 theta_{h-j}
 *                                                  var_h = (1 + s2) theta_h - mu_h^2
 *   class 3, M with trend N A Ad and season M:     see season_moments
 * Source: Hyndman, Koehler, Ord & Snyder (2008), ch. 6, tables 6.1-6.3, sec. 6.3. Differs: class 3
 * there carries the covariance of level, slope and m seasons; only the season of step h matters
 * for step h, so here it is a recursion in 2 x 2 matrices, with the same result. */
#include "model/ets_forecast.h"
#include <float.h>
#include <math.h>

bool jv_ets_has_variance(jv_ets_form form) {
  if (form.trend == JV_ETS_MUL) return false;
  return form.error == JV_ETS_MUL || form.season != JV_ETS_MUL;
}

/* Without surprises: exactly what the filter does with missing observations. */
static void plain_means(jv_ets_run *run, size_t h, double *mean) {
  const double missing = NAN;
  for (size_t i = 0; i < h; i++) jv_ets_filter(run, &missing, 1, mean + i);
}

static double phi_of(const jv_ets_run *run) { return run->form.damped ? run->par.phi : 1; }

/* c_j for j = 1, 2, ... in turn. */
typedef struct response {
  const jv_ets_run *run;
  double power, sum; /* phi^j and phi_j */
  size_t j;
} response;

static double next_response(response *r) {
  const jv_ets_run *run = r->run;
  double c = run->par.alpha;
  r->j++;
  if (run->form.trend == JV_ETS_ADD) {
    r->power *= phi_of(run);
    r->sum += r->power;
    c += run->par.beta * r->sum;
  }
  if (run->form.season == JV_ETS_ADD && r->j % run->m == 0) c += run->par.gamma;
  return c;
}

static void additive_variances(const jv_ets_run *run, double sigma2, size_t h, double *var) {
  response r = {run, 1, 0, 0};
  double sum = 1;
  for (size_t i = 0; i < h; i++) {
    var[i] = sigma2 * sum;
    double c = next_response(&r);
    sum += c * c;
  }
}

static void relative_variances(const jv_ets_run *run, double sigma2, size_t h, const double *mean,
                               double *var) {
  for (size_t i = 0; i < h; i++) { /* var holds theta on the way */
    response r = {run, 1, 0, 0};
    double theta = mean[i] * mean[i];
    for (size_t j = 1; j <= i; j++) {
      double c = next_response(&r);
      theta += sigma2 * c * c * var[i - j];
    }
    var[i] = theta;
  }
  for (size_t i = 0; i < h; i++) var[i] = (1 + sigma2) * var[i] - mean[i] * mean[i];
}

/* Symmetric 2 x 2: moments of (level, slope), and level and slope themselves. */
typedef struct moments {
  double l, b, ll, lb, bb;
} moments;

/* One step of x = (F + G e) x with F = [1 phi; 0 phi], G = [alpha; beta] [1 phi], weighted by
 * (1 + g e)^k in the k-th moment: g = gamma when the step belongs to the season looked at.
 *   E (1 + g e) x            = F x + g s2 G x
 *   E (1 + g e)^2 x x'       = (1 + g^2 s2) F P F' + 2 g s2 (F P G' + G P F')
 *                              + (s2 + 3 g^2 s2^2) G P G' */
static moments move(const jv_ets_run *run, moments at, double s2, double g) {
  double phi = run->form.trend == JV_ETS_NONE ? 0 : phi_of(run);
  double alpha = run->par.alpha, beta = run->form.trend == JV_ETS_NONE ? 0 : run->par.beta;
  double q = at.l + phi * at.b;                                    /* w' x */
  double qq = at.ll + 2 * phi * at.lb + phi * phi * at.bb;         /* w' P w */
  double qb = phi * (at.lb + phi * at.bb), bb = phi * phi * at.bb; /* w' P F2', F2 P F2' */
  double one = 1 + g * g * s2, cross = 2 * g * s2, square = s2 + 3 * g * g * s2 * s2;
  return (moments){
      q + g * s2 * alpha * q,
      phi * at.b + g * s2 * beta * q,
      one * qq + cross * 2 * alpha * qq + square * alpha * alpha * qq,
      one * qb + cross * (beta * qq + alpha * qb) + square * alpha * beta * qq,
      one * bb + cross * 2 * beta * qb + square * beta * beta * qq,
  };
}

/* Step h = q_h s (1 + e) with s the season's state; its earlier visits, m steps apart, are the
 * only ones that change it, each by a factor 1 + gamma e. */
static void season_moments(const jv_ets_run *run, double s2, size_t h, double *mean, double *var) {
  double phi = run->form.trend == JV_ETS_NONE ? 0 : phi_of(run), l = run->level, b = run->slope;
  for (size_t i = 0; i < h; i++) {
    moments at = {l, b, l * l, l * b, b * b};
    for (size_t j = 0; j < i; j++)
      at = move(run, at, s2, (i - j) % run->m == 0 ? run->par.gamma : 0);
    double s = run->ring[(run->at + i) % run->m];
    double q = at.l + phi * at.b, qq = at.ll + 2 * phi * at.lb + phi * phi * at.bb;
    mean[i] = q * s;
    if (var) var[i] = (1 + s2) * qq * s * s - mean[i] * mean[i];
  }
}

void jv_ets_moments(jv_ets_run *run, double sigma2, size_t h, double *mean, double *var) {
  if (jv_ets_has_variance(run->form) && run->form.season == JV_ETS_MUL) {
    season_moments(run, sigma2, h, mean, var);
    return;
  }
  plain_means(run, h, mean);
  if (!var || !jv_ets_has_variance(run->form)) return;
  if (run->conventional) run->par = jv_ets_from_conventional(run->form, run->par);
  if (run->form.error == JV_ETS_ADD) {
    additive_variances(run, sigma2, h, var);
  } else {
    relative_variances(run, sigma2, h, mean, var);
  }
}

/* The mean of the next observation. */
static double next_mean(const jv_ets_run *run) {
  double carry = run->slope, q = run->level;
  if (run->form.trend == JV_ETS_ADD) q += phi_of(run) * carry;
  if (run->form.trend == JV_ETS_MUL) q *= run->form.damped ? pow(carry, run->par.phi) : carry;
  if (run->form.season == JV_ETS_NONE) return q;
  double s = run->ring[run->at];
  return run->form.season == JV_ETS_ADD ? q + s : q * s;
}

static double draw(const jv_ets_run *run, double sigma, jv_draws *draws) {
  double e = sigma * jv_draw(draws);
  if (run->form.error == JV_ETS_MUL)
    for (int tries = 0; e <= -1 && tries < 1000; tries++) e = sigma * jv_draw(draws);
  return e;
}

/* Products of states can run away, or a growth factor fall to zero: such a path stays where its
 * last number was, so that quantiles exist. */
void jv_ets_path(jv_ets_run *run, double sigma2, jv_draws *draws, size_t h, double *path) {
  double sigma = sqrt(sigma2), f, held = next_mean(run);
  bool broken = false;
  for (size_t i = 0; i < h; i++) {
    double e = draw(run, sigma, draws), mean = broken ? held : next_mean(run);
    double y = run->form.error == JV_ETS_MUL ? mean * (1 + e) : mean + e;
    if (broken || !isfinite(y) || fabs(y) > 1e300) {
      broken = true;
      path[i] = held;
      continue;
    }
    path[i] = held = y;
    jv_ets_filter(run, &y, 1, &f);
    if (run->form.trend == JV_ETS_MUL && !(run->slope > 1e-6)) run->slope = 1e-6;
  }
}
