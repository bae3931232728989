/* Derivatives and likelihood of the forms without season and with at most an additive trend, in one
 * pass: what ets_slope.c does for all forms, with everything kept in registers.
 *
 * The pass is bound by the chain of operations from one level to the next, and the derivatives, the
 * cross products and the likelihood all find room beside it. Four lanes hold the derivatives by
 * (alpha, beta, level, slope); phi, which only damped forms have, stands alone. */
#include "model/ets_engine.h"
#include <math.h>
#include <string.h>

typedef double lanes4 __attribute__((vector_size(32), aligned(8)));

/* Sums over the observations seen: row row', row w, row z and their scalar parts, where row is the
 * row of derivatives, w and z are the two columns of weights (see jv_ets_expand). */
typedef struct sums {
  lanes4 a, b, l, s, w, z, phi; /* rows of alpha, beta, level, slope; weights; phi */
  double phi_phi, phi_w, phi_z, sse, size, product;
  long power;
  size_t used;
} sums;

/* Every eight factors of a scaled series the exponent is taken out: no overflow, few logarithms. */
JV_ETS_INLINE void take_exponent(sums *to) {
  int more;
  to->product = frexp(to->product, &more);
  to->power += more;
}

JV_ETS_INLINE void pass(const bool TREND, const bool DAMPED, const int ERROR, const bool PROXY,
                        jv_ets_run *run, const double *y, size_t n, sums *out) {
  const lanes4 on_alpha = {1, 0, 0, 0}, on_beta = {0, 1, 0, 0}, zero = {0, 0, 0, 0};
  const double phi = DAMPED ? run->par.phi : 1, alpha = run->par.alpha, beta = run->par.beta;
  lanes4 dl = {0, 0, 1, 0}, db = {0, 0, 0, 1};
  double level = run->level, slope = run->slope, dl_phi = 0, db_phi = 0;
  sums to = {zero, zero, zero, zero, zero, zero, zero, 0, 0, 0, 0, 0, 1, 0, 0};
  for (size_t t = 0; t < n; t++) {
    double carry = DAMPED ? phi * slope : slope, f = TREND ? level + carry : level;
    lanes4 carry_p = DAMPED ? phi * db : db, f_p = TREND ? dl + carry_p : dl;
    double carry_phi = DAMPED ? phi * db_phi + slope : 0, f_phi = DAMPED ? dl_phi + carry_phi : 0;
    if (__builtin_expect(isnan(y[t]), 0)) {
      level = f;
      slope = carry;
      dl = f_p;
      db = carry_p;
      dl_phi = f_phi;
      db_phi = carry_phi;
      continue;
    }
    double e = y[t] - f, w = e, u_phi = f_phi;
    level = f + alpha * e;
    dl = f_p - alpha * f_p + e * on_alpha;
    if (TREND) {
      slope = carry + beta * e;
      db = carry_p - beta * f_p + e * on_beta;
    }
    if (DAMPED) {
      dl_phi = f_phi - alpha * f_phi;
      db_phi = carry_phi - beta * f_phi;
    }
    lanes4 u = f_p;
    to.used++;
    if (ERROR == JV_ETS_MUL) {
      double over = 1 / (PROXY ? y[t] : f);
      u *= over;
      u_phi *= over;
      e *= over;
      w = PROXY ? e : e * (1 + e);
      to.size += 1;
    } else {
      to.size += y[t] * y[t];
    }
    if (ERROR == JV_ETS_MUL && !PROXY) {
      to.z += u;
      if (DAMPED) to.phi_z += u_phi;
      to.product *= f;
      if ((to.used & 7) == 0) take_exponent(&to);
    }
    to.sse += e * e;
    to.w += w * u;
    to.a += u[0] * u;
    to.l += u[2] * u;
    if (TREND) {
      to.b += u[1] * u;
      to.s += u[3] * u;
    }
    if (DAMPED) {
      to.phi += u_phi * u;
      to.phi_phi += u_phi * u_phi;
      to.phi_w += u_phi * w;
    }
  }
  *out = to;
}

enum { ALPHA, BETA, GAMMA, PHI, LEVEL, SLOPE, WEIGHT, ONES, LANE_COUNT };

/* Into the layout that ets_slope.c gives its products, upper half. */
static void spread(const sums *from, double *gram) {
  static const int place[4] = {ALPHA, BETA, LEVEL, SLOPE};
  const lanes4 *rows[4] = {&from->a, &from->b, &from->l, &from->s};
  memset(gram, 0, LANE_COUNT * LANE_COUNT * sizeof *gram);
  for (int i = 0; i < 4; i++) {
    for (int j = i; j < 4; j++) gram[place[i] * LANE_COUNT + place[j]] = (*rows[i])[j];
    gram[place[i] * LANE_COUNT + WEIGHT] = from->w[i];
    gram[place[i] * LANE_COUNT + ONES] = from->z[i];
  }
  gram[ALPHA * LANE_COUNT + PHI] = from->phi[0];
  gram[BETA * LANE_COUNT + PHI] = from->phi[1];
  gram[PHI * LANE_COUNT + LEVEL] = from->phi[2];
  gram[PHI * LANE_COUNT + SLOPE] = from->phi[3];
  gram[PHI * LANE_COUNT + PHI] = from->phi_phi;
  gram[PHI * LANE_COUNT + WEIGHT] = from->phi_w;
  gram[PHI * LANE_COUNT + ONES] = from->phi_z;
}

#define PASS(name, TREND, DAMPED)                                                                  \
  JV_ETS_PROCESSORS static void name(jv_ets_run *run, bool proxy, const double *y, size_t n,       \
                                     sums *to) {                                                   \
    if (run->form.error == JV_ETS_ADD) {                                                           \
      pass(TREND, DAMPED, JV_ETS_ADD, false, run, y, n, to);                                       \
    } else if (proxy) {                                                                            \
      pass(TREND, DAMPED, JV_ETS_MUL, true, run, y, n, to);                                        \
    } else {                                                                                       \
      pass(TREND, DAMPED, JV_ETS_MUL, false, run, y, n, to);                                       \
    }                                                                                              \
  }
PASS(pass_level, false, false)
PASS(pass_trend, true, false)
PASS(pass_damped, true, true)

bool jv_ets_is_plain(jv_ets_form form) {
  return form.season == JV_ETS_NONE && form.trend != JV_ETS_MUL;
}

double jv_ets_expand_plain(jv_ets_run *run, jv_ets_slopes *d, const double *y, size_t n,
                           double *sse) {
  sums to = {.used = 0};
  if (run->form.trend == JV_ETS_NONE) {
    pass_level(run, d->proxy, y, n, &to);
  } else {
    (run->form.damped ? pass_damped : pass_trend)(run, d->proxy, y, n, &to);
  }
  spread(&to, d->gram);
  d->weights = WEIGHT;
  *sse = jv_ets_floor(to.sse, to.size);
  double logs = 0;
  if (run->form.error == JV_ETS_MUL && !d->proxy)
    logs = log(fabs(to.product)) + (double)to.power * 0.69314718055994530942;
  return 0.5 * (double)to.used * log(*sse) + logs;
}

/* ---- four sets of parameters at once, each with its best start states */

typedef struct profile_sums {
  lanes4 ee, el, eb, ll, lb, bb;
} profile_sums;

JV_ETS_INLINE void profile_pass(const bool TREND, const bool PROXY, const jv_ets_par par[4],
                                double level0, double slope0, const double *y, size_t n,
                                profile_sums *out) {
  const lanes4 zero = {0, 0, 0, 0}, one = {1, 1, 1, 1};
  lanes4 alpha = zero, beta = zero, phi = zero;
  for (int i = 0; i < 4; i++) {
    alpha[i] = par[i].alpha;
    beta[i] = par[i].beta;
    phi[i] = par[i].phi;
  }
  lanes4 level = level0 * one, slope = slope0 * one;
  lanes4 ll = one, lb = zero, sl = zero, sb = one; /* level and slope by level0 and slope0 */
  profile_sums to = {zero, zero, zero, zero, zero, zero};
  for (size_t t = 0; t < n; t++) {
    lanes4 carry = TREND ? phi * slope : zero, f = level + carry;
    lanes4 carry_l = TREND ? phi * sl : zero, f_l = ll + carry_l;
    lanes4 carry_b = TREND ? phi * sb : zero, f_b = lb + carry_b;
    bool seen = !isnan(y[t]);
    lanes4 e = seen ? y[t] - f : zero;
    double weight = PROXY && seen ? 1 / (y[t] * y[t]) : seen ? 1 : 0;
    level = f + alpha * e;
    ll = seen ? f_l - alpha * f_l : f_l;
    if (TREND) {
      lb = seen ? f_b - alpha * f_b : f_b;
      slope = carry + beta * e;
      sl = seen ? carry_l - beta * f_l : carry_l;
      sb = seen ? carry_b - beta * f_b : carry_b;
    }
    lanes4 we = weight * e, wl = weight * f_l;
    to.ee += we * e;
    to.el += we * f_l;
    to.ll += wl * f_l;
    if (TREND) {
      to.eb += we * f_b;
      to.lb += wl * f_b;
      to.bb += weight * f_b * f_b;
    }
  }
  *out = to;
}

JV_ETS_PROCESSORS static void profile_level(bool proxy, const jv_ets_par par[4], double level,
                                            const double *y, size_t n, profile_sums *to) {
  if (proxy) {
    profile_pass(false, true, par, level, 0, y, n, to);
  } else {
    profile_pass(false, false, par, level, 0, y, n, to);
  }
}

JV_ETS_PROCESSORS static void profile_trend(bool proxy, const jv_ets_par par[4], double level,
                                            double slope, const double *y, size_t n,
                                            profile_sums *to) {
  if (proxy) {
    profile_pass(true, true, par, level, slope, y, n, to);
  } else {
    profile_pass(true, false, par, level, slope, y, n, to);
  }
}

/* Errors are linear in the start states, so two normal equations solve for them. */
static void solve_profile(const profile_sums *s, int i, bool trend, jv_ets_profile *out) {
  double ll = s->ll[i], lb = s->lb[i], bb = s->bb[i], el = s->el[i], eb = s->eb[i];
  double det = trend ? ll * bb - lb * lb : ll;
  double move = trend ? (el * bb - eb * lb) / det : el / det;
  double turn = trend ? (eb * ll - el * lb) / det : 0;
  if (!isfinite(move) || !isfinite(turn)) move = turn = 0;
  out->level += move;
  out->slope += turn;
  out->sse = s->ee[i] - move * el - turn * eb;
}

void jv_ets_profile_four(jv_ets_form form, bool proxy, const jv_ets_par par[4], const double *y,
                         size_t n, jv_ets_profile out[4]) {
  profile_sums found = {{0}, {0}, {0}, {0}, {0}, {0}};
  bool trend = form.trend != JV_ETS_NONE;
  if (trend) {
    profile_trend(proxy, par, out[0].level, out[0].slope, y, n, &found);
  } else {
    profile_level(proxy, par, out[0].level, y, n, &found);
  }
  for (int i = 1; i < 4; i++) out[i] = out[0];
  for (int i = 0; i < 4; i++) solve_profile(&found, i, trend, &out[i]);
}
