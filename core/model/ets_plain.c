/* Derivatives and likelihood of the forms without season and with at most an additive trend, in one
 * pass over a series without gaps: what ets_slope.c does for all forms, kept in registers.
 *
 * With phi = 1 where nothing is damped, the pass carries the next mean f and g = phi^2 b:
 *   f' = (1 - k) f + (k y + g),   g' = phi g + phi^2 beta e,   k = alpha + phi beta, e = y - f
 * so that one product and one sum stand between f and f' (in ets.h's own order there are four). All
 * derivatives of f come from one system with different inputs i,
 *   a' = (1 - alpha) a - phi beta u + i,   u' = (1 - alpha) a + (phi - phi beta) u + i
 *   i = e  from (0, 0):   f_alpha = a, f_beta = phi u
 *   i = 0  from (1, 1):   f_level = a, f_slope = phi u
 *   i = g' from (g, g):   f_phi = u / phi^2
 * Four lanes hold the first pair and the second, or, in damped forms, the first and the third; there
 * the second stands alone, and is left out once it has faded. Without trend there are g = 0 and the
 * a of the first two. */
#include "model/ets_engine.h"
#include <math.h>
#include <string.h>

typedef double lanes2 __attribute__((vector_size(16), aligned(8)));
typedef double lanes4 __attribute__((vector_size(32), aligned(8)));
#define PICK(v, ...) __builtin_shufflevector(v, v, __VA_ARGS__)

/* Where a pass stands: the pairs named above. */
typedef struct front {
  double f, g;
  lanes4 v;
  lanes2 s; /* damped forms: the pair of the start */
} front;

/* Sums over the observations. Rows are v and s, over f when errors are relative, over y for their
 * proxy; turned and crossed are products of lanes (0,1) (1,3) - (3,0) and (0,2) (1,2) (2,3) -. */
typedef struct sums {
  lanes4 square, turned, crossed, weight, one;
  lanes4 by_level, by_slope; /* damped: rows times those of s */
  lanes2 s_square, s_weight, s_one;
  double s_crossed, sse, product;
  long power;
} sums;

static const double LOG_2 = 0.69314718055994530942;

/* Every eight factors of a scaled series the exponent is taken out: no overflow, few logarithms.
 * (As frexp does for normal numbers; with others the sum of squares is not finite.) */
JV_ETS_INLINE void take_exponent(double eight, sums *to) {
  uint64_t bits;
  to->product *= eight;
  memcpy(&bits, &to->product, sizeof bits);
  to->power += (long)(bits >> 52 & 0x7ff) - 1022;
  bits = (bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)1022 << 52;
  memcpy(&to->product, &bits, sizeof bits);
}

/* START: the pair of the start has not faded. */
JV_ETS_INLINE void pass(const bool TREND, const bool DAMPED, const int ERROR, const bool PROXY,
                        const bool START, jv_ets_par par, const double *y, size_t n, front *at,
                        sums *out) {
  const bool EXACT = ERROR == JV_ETS_MUL && !PROXY;
  const double phi = DAMPED ? par.phi : 1, hold = 1 - par.alpha;
  const double pull = TREND ? phi * par.beta : 0, k = par.alpha + pull, keep = 1 - k,
               turn = phi * pull;
  const lanes4 by_u = {-pull, phi - pull, -pull, phi - pull};
  const lanes2 s_by_u = {-pull, phi - pull};
  sums to = *out;
  double f = at->f, g = at->g;
  lanes4 v = at->v;
  lanes2 s = at->s;
  for (size_t t = 0; t < n;) {
    double product = 1;
    for (size_t end = n - t < 8 ? n : t + 8; t < end; t++) {
      double e = y[t] - f, r = e, weight = e, over = 1;
      lanes4 row = v;
      if (ERROR == JV_ETS_MUL) {
        over = 1 / (PROXY ? y[t] : f);
        row *= over;
        r *= over;
        weight = PROXY ? r : r + r * r;
      }
      if (EXACT) {
        to.one += row;
        product *= f;
      }
      to.sse += r * r;
      to.weight += weight * row;
      to.square += row * row;
      if (TREND) to.turned += row * PICK(row, 1, 3, 2, 0);
      if (TREND && !DAMPED) to.crossed += row * PICK(row, 2, 2, 3, 3);
      if (!TREND) to.turned += row * PICK(row, 1, 0, 2, 3);
      if (START) {
        lanes2 start = ERROR == JV_ETS_MUL ? s * over : s;
        if (EXACT) to.s_one += start;
        to.s_weight += weight * start;
        to.s_square += start * start;
        to.s_crossed += start[0] * start[1];
        to.by_level += start[0] * row;
        to.by_slope += start[1] * row;
        s = hold * PICK(s, 0, 0) + s_by_u * PICK(s, 1, 1);
      }
      f = keep * f + (TREND ? k * y[t] + g : k * y[t]);
      if (TREND) g = DAMPED ? phi * g + turn * e : g + turn * e;
      lanes4 input = {e, TREND ? e : 0, DAMPED ? g : 0, DAMPED ? g : 0};
      if (TREND) input += by_u * PICK(v, 1, 1, 3, 3);
      v = hold * (TREND ? PICK(v, 0, 0, 2, 2) : v) + input;
    }
    if (EXACT) take_exponent(product, &to);
  }
  *at = (front){f, g, v, s};
  *out = to;
}

/* What is left of the start: below this its products are lost in rounding. */
static const double FADED = 1e-13;
enum { STRETCH = 32 };

#define PASS(name, TREND, ERROR, PROXY)                                                            \
  JV_ETS_PROCESSORS static void name(jv_ets_par par, const double *y, size_t n, front *at,         \
                                     sums *to) {                                                   \
    pass(TREND, false, ERROR, PROXY, false, par, y, n, at, to);                                    \
  }
#define PASS_DAMPED(name, TREND, ERROR, PROXY)                                                     \
  JV_ETS_PROCESSORS static void name(jv_ets_par par, const double *y, size_t n, front *at,         \
                                     sums *to) {                                                   \
    size_t t = 0;                                                                                  \
    while (t < n && (fabs(at->s[0]) > FADED || fabs(at->s[1]) > FADED)) {                          \
      size_t part = n - t < STRETCH ? n - t : STRETCH;                                             \
      pass(TREND, true, ERROR, PROXY, true, par, y + t, part, at, to);                             \
      t += part;                                                                                   \
    }                                                                                              \
    pass(TREND, true, ERROR, PROXY, false, par, y + t, n - t, at, to);                             \
  }
#define PASSES(PASS, name, TREND)                                                                  \
  PASS(name##_add, TREND, JV_ETS_ADD, false)                                                       \
  PASS(name##_mul, TREND, JV_ETS_MUL, false)                                                       \
  PASS(name##_proxy, TREND, JV_ETS_MUL, true)
PASSES(PASS, level, false)
PASSES(PASS, trend, true)
PASSES(PASS_DAMPED, damped, true)

enum { ALPHA, BETA, GAMMA, PHI, LEVEL, SLOPE, WEIGHT, ONES, LANE_COUNT };

/* Into the layout that ets_slope.c gives its products, upper half. */
static void spread_alpha_beta(const sums *s, double phi, double (*row)[LANE_COUNT]) {
  row[ALPHA][ALPHA] = s->square[0];
  row[ALPHA][BETA] = phi * s->turned[0];
  row[BETA][BETA] = phi * phi * s->square[1];
  row[ALPHA][WEIGHT] = s->weight[0];
  row[BETA][WEIGHT] = phi * s->weight[1];
  row[ALPHA][ONES] = s->one[0];
  row[BETA][ONES] = phi * s->one[1];
}

static void spread_level(const sums *s, double (*row)[LANE_COUNT]) {
  row[ALPHA][ALPHA] = s->square[0];
  row[ALPHA][LEVEL] = s->turned[0];
  row[LEVEL][LEVEL] = s->square[1];
  row[ALPHA][WEIGHT] = s->weight[0];
  row[LEVEL][WEIGHT] = s->weight[1];
  row[ALPHA][ONES] = s->one[0];
  row[LEVEL][ONES] = s->one[1];
}

static void spread_straight(const sums *s, double (*row)[LANE_COUNT]) {
  spread_alpha_beta(s, 1, row);
  row[ALPHA][LEVEL] = s->crossed[0];
  row[ALPHA][SLOPE] = s->turned[3];
  row[BETA][LEVEL] = s->crossed[1];
  row[BETA][SLOPE] = s->turned[1];
  row[LEVEL][LEVEL] = s->square[2];
  row[LEVEL][SLOPE] = s->crossed[2];
  row[SLOPE][SLOPE] = s->square[3];
  row[LEVEL][WEIGHT] = s->weight[2];
  row[SLOPE][WEIGHT] = s->weight[3];
  row[LEVEL][ONES] = s->one[2];
  row[SLOPE][ONES] = s->one[3];
}

static void spread_damped(const sums *s, double phi, double (*row)[LANE_COUNT]) {
  const double by = 1 / (phi * phi);
  spread_alpha_beta(s, phi, row);
  row[ALPHA][PHI] = by * s->turned[3];
  row[ALPHA][LEVEL] = s->by_level[0];
  row[ALPHA][SLOPE] = phi * s->by_slope[0];
  row[BETA][PHI] = phi * by * s->turned[1];
  row[BETA][LEVEL] = phi * s->by_level[1];
  row[BETA][SLOPE] = phi * phi * s->by_slope[1];
  row[PHI][PHI] = by * by * s->square[3];
  row[PHI][LEVEL] = by * s->by_level[3];
  row[PHI][SLOPE] = phi * by * s->by_slope[3];
  row[LEVEL][LEVEL] = s->s_square[0];
  row[LEVEL][SLOPE] = phi * s->s_crossed;
  row[SLOPE][SLOPE] = phi * phi * s->s_square[1];
  row[PHI][WEIGHT] = by * s->weight[3];
  row[LEVEL][WEIGHT] = s->s_weight[0];
  row[SLOPE][WEIGHT] = phi * s->s_weight[1];
  row[PHI][ONES] = by * s->one[3];
  row[LEVEL][ONES] = s->s_one[0];
  row[SLOPE][ONES] = phi * s->s_one[1];
}

bool jv_ets_is_plain(jv_ets_form form) {
  return form.season == JV_ETS_NONE && form.trend != JV_ETS_MUL;
}

static front begin(const jv_ets_run *run, double phi) {
  if (run->form.trend == JV_ETS_NONE) return (front){run->level, 0, {0, 1, 0, 0}, {0, 0}};
  double f = run->level + phi * run->slope, g = phi * phi * run->slope;
  if (!run->form.damped) return (front){f, g, {0, 0, 1, 1}, {0, 0}};
  return (front){f, g, {0, 0, g, g}, {1, 1}};
}

double jv_ets_expand_plain(const jv_ets_run *run, jv_ets_slopes *d, const double *y, size_t n,
                           double size, double *sse) {
  typedef void work(jv_ets_par par, const double *y, size_t n, front *at, sums *to);
  static work *const all[3][3] = {{level_add, level_mul, level_proxy},
                                  {trend_add, trend_mul, trend_proxy},
                                  {damped_add, damped_mul, damped_proxy}};
  bool trend = run->form.trend != JV_ETS_NONE, damped = trend && run->form.damped,
       relative = run->form.error == JV_ETS_MUL;
  double phi = damped ? run->par.phi : 1, row[LANE_COUNT][LANE_COUNT] = {{0}};
  front at = begin(run, phi);
  sums to = {.product = 1};
  all[damped ? 2 : trend ? 1 : 0][relative ? (d->proxy ? 2 : 1) : 0](run->par, y, n, &at, &to);
  if (!trend) spread_level(&to, row);
  if (trend && !damped) spread_straight(&to, row);
  if (damped) spread_damped(&to, phi, row);
  memcpy(d->gram, row, sizeof row);
  d->weights = WEIGHT;
  *sse = jv_ets_floor(to.sse, relative ? (double)n : size);
  double logs = 0;
  if (relative && !d->proxy) logs = log(fabs(to.product)) + (double)to.power * LOG_2;
  return 0.5 * (double)n * log(*sse) + logs;
}

/* ---- four sets of parameters at once, each with its best start states */

typedef struct profile_sums {
  lanes4 ee, el, eb, ll, lb, bb;
  double used;
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
  profile_sums to = {zero, zero, zero, zero, zero, zero, 0};
  for (size_t t = 0; t < n; t++) {
    lanes4 carry = TREND ? phi * slope : zero, f = level + carry;
    lanes4 carry_l = TREND ? phi * sl : zero, f_l = ll + carry_l;
    lanes4 carry_b = TREND ? phi * sb : zero, f_b = lb + carry_b;
    bool seen = !isnan(y[t]);
    if (seen) to.used += 1;
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

/* Half the deviance of relative errors at four sets of parameters and start states. */
JV_ETS_INLINE void value_pass(const bool TREND, const jv_ets_par par[4], const double *y, size_t n,
                              jv_ets_profile at[4]) {
  const lanes4 zero = {0, 0, 0, 0};
  lanes4 alpha = zero, beta = zero, phi = zero, level = zero, slope = zero, sse = zero, product;
  sums to[4];
  size_t used = 0;
  for (int i = 0; i < 4; i++) {
    alpha[i] = par[i].alpha;
    beta[i] = par[i].beta;
    phi[i] = par[i].phi;
    level[i] = at[i].level;
    slope[i] = at[i].slope;
    to[i].product = 1;
    to[i].power = 0;
  }
  for (size_t t = 0; t < n;) {
    product = (lanes4){1, 1, 1, 1};
    for (size_t end = n - t < 8 ? n : t + 8; t < end; t++) {
      lanes4 carry = TREND ? phi * slope : slope, f = TREND ? level + carry : level;
      level = f;
      slope = carry;
      if (isnan(y[t])) continue;
      lanes4 e = y[t] - f, r = e / f;
      used++;
      sse += r * r;
      product *= f;
      level += alpha * e;
      if (TREND) slope += beta * e;
    }
    for (int i = 0; i < 4; i++) take_exponent(product[i], &to[i]);
  }
  for (int i = 0; i < 4; i++) {
    double logs = log(fabs(to[i].product)) + (double)to[i].power * LOG_2;
    at[i].half = 0.5 * (double)used * log(jv_ets_floor(sse[i], (double)used)) + logs;
  }
}

JV_ETS_PROCESSORS static void value_four(bool trend, const jv_ets_par par[4], const double *y,
                                         size_t n, jv_ets_profile at[4]) {
  if (trend) {
    value_pass(true, par, y, n, at);
  } else {
    value_pass(false, par, y, n, at);
  }
}

void jv_ets_profile_four(jv_ets_form form, const jv_ets_par par[4], const double *y, size_t n,
                         jv_ets_profile out[4]) {
  bool proxy = form.error == JV_ETS_MUL;
  profile_sums found = {.used = 0};
  bool trend = form.trend != JV_ETS_NONE;
  if (trend) {
    profile_trend(proxy, par, out[0].level, out[0].slope, y, n, &found);
  } else {
    profile_level(proxy, par, out[0].level, y, n, &found);
  }
  for (int i = 1; i < 4; i++) out[i] = out[0];
  for (int i = 0; i < 4; i++) solve_profile(&found, i, trend, &out[i]);
  if (proxy) {
    value_four(trend, par, y, n, out);
  } else {
    for (int i = 0; i < 4; i++) out[i].half = 0.5 * found.used * log(fmax(out[i].sse, 1e-300));
  }
}
