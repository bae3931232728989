/* Derivatives of the one-step means by forward sensitivities, and their cross products.
 *
 * Each recursion of ets.h is differentiated as it stands (x_p = dx/dp, old states on the right):
 *   q_p = cl l_p + cb b_p + [phi] cp      carry_p = tb b_p + [phi] tp
 *   f_p = fq q_p + fs s_p                 v_p = ps s_p - q_p,   w_p = ws q_p - s_p
 *   l'_p = q_p + alpha v_p + [alpha] v    s'_p = s_p + gamma w_p + [gamma] w
 *   b'_p = carry_p + beta v_p / d - beta v l_p / d^2 + [beta] v / d,   d = 1 (A) or l (M)
 * The scalars depend on trend and season only; all coordinates go through the same arithmetic, so
 * they are kept side by side in lanes of four and the compiler makes vector code of them. The
 * wider registers of newer processors give the same bits: no operation is fused or reordered. */
#include "model/ets_engine.h"
#include <math.h>
#include <string.h>

/* Four lanes; memory need not be aligned to them. */
typedef double lanes4 __attribute__((vector_size(32), aligned(8)));
#define LANES(p) ((lanes4 *)(void *)(p))

size_t jv_ets_count_lanes(jv_ets_form form, size_t m) {
  if (form.season != JV_ETS_NONE) return (JV_ETS_LANE_SEASON + m - 1 + 2 + 3) / 4 * 4;
  return 8;
}

static void seed(const jv_ets_run *run, jv_ets_slopes *d) {
  memset(d->level, 0, d->lanes * sizeof *d->level);
  memset(d->slope, 0, d->lanes * sizeof *d->slope);
  d->level[JV_ETS_LANE_LEVEL] = 1;
  d->slope[JV_ETS_LANE_SLOPE] = 1;
  d->weights = JV_ETS_LANE_SEASON;
  if (run->form.season == JV_ETS_NONE) return;
  d->weights += run->m - 1;
  memset(d->season, 0, run->m * d->lanes * sizeof *d->season);
  double *last = d->season + (run->m - 1) * d->lanes;
  for (size_t j = 0; j + 1 < run->m; j++) {
    d->season[j * d->lanes + JV_ETS_LANE_SEASON + j] = 1;
    last[JV_ETS_LANE_SEASON + j] = -1;
  }
}

/* Moves states and their derivatives over n observations; a row of f_p for each. */
JV_ETS_INLINE void run_rows(const int TREND, const int SEASON, const bool DAMPED,
                            const size_t BLOCKS, jv_ets_run *run, jv_ets_slopes *d, const double *y,
                            size_t n, double *f) {
  const lanes4 on_alpha = {1, 0, 0, 0}, on_beta = {0, 1, 0, 0}, on_gamma = {0, 0, 1, 0},
               on_phi = {0, 0, 0, 1};
  const double phi = DAMPED ? run->par.phi : 1;
  const size_t blocks = BLOCKS ? BLOCKS : d->lanes / 4;
  lanes4 *dl = LANES(d->level), *db = LANES(d->slope);
  double level = run->level, slope = run->slope;
  (void)db;
  (void)on_beta;
  (void)on_gamma;
  (void)on_phi;
  for (size_t t = 0; t < n; t++) {
    bool seen = !isnan(y[t]);
    double alpha = seen ? run->par.alpha : 0, beta = seen ? run->par.beta : 0,
           gamma = seen ? run->par.gamma : 0;
    double cl = 1, cb = 0, cp = 0, tb = 0, tp = 0, q = level, carry = slope;
    if (TREND == JV_ETS_ADD) {
      cb = tb = phi;
      cp = tp = slope;
      carry = DAMPED ? phi * slope : slope;
      q = level + carry;
    } else if (TREND == JV_ETS_MUL) {
      carry = DAMPED ? pow(slope, phi) : slope;
      q = level * carry;
      cl = carry;
      tb = DAMPED ? phi * carry / slope : 1;
      cb = level * tb;
      tp = DAMPED ? carry * log(slope) : 0;
      cp = level * tp;
    }
    double s = SEASON == JV_ETS_NONE ? 0 : run->ring[run->at];
    double fq = 1, fs = 0, ps = 0, ws = 0, v = y[t] - q, w = 0;
    f[t] = q;
    if (SEASON == JV_ETS_ADD) {
      f[t] = q + s;
      w = v = y[t] - s - q;
    } else if (SEASON == JV_ETS_MUL) {
      f[t] = q * s;
      fq = s;
      fs = q;
      double ys = y[t] / s, yq = y[t] / q;
      v = ys - q;
      w = yq - s;
      ps = -ys / s;
      ws = -yq / q;
    }
    if (!seen) v = w = ps = ws = 0;
    double over = TREND == JV_ETS_MUL ? 1 / level : 1;
    double bv = beta * over, bl = TREND == JV_ETS_MUL ? beta * v * over * over : 0;
    lanes4 *ds = SEASON == JV_ETS_NONE ? NULL : LANES(d->season + run->at * d->lanes);
    lanes4 *row = LANES(d->rows + t * d->lanes);
    for (size_t c = 0; c < blocks; c++) {
      lanes4 q_p = dl[c], carry_p = q_p, f_p, v_p, s_p = q_p;
      if (TREND == JV_ETS_ADD) {
        carry_p = DAMPED ? phi * db[c] : db[c];
        if (DAMPED && c == 0) carry_p += tp * on_phi;
        q_p = dl[c] + carry_p;
      } else if (TREND == JV_ETS_MUL) {
        carry_p = tb * db[c];
        q_p = cl * dl[c] + cb * db[c];
        if (DAMPED && c == 0) {
          carry_p += tp * on_phi;
          q_p += cp * on_phi;
        }
      }
      f_p = q_p;
      v_p = -q_p;
      if (SEASON == JV_ETS_ADD) {
        s_p = ds[c];
        f_p = q_p + s_p;
        v_p = -f_p;
      } else if (SEASON == JV_ETS_MUL) {
        s_p = ds[c];
        f_p = fq * q_p + fs * s_p;
        v_p = ps * s_p - q_p;
      }
      row[c] = f_p;
      if (TREND != JV_ETS_NONE) {
        lanes4 b_p = carry_p + bv * v_p;
        if (TREND == JV_ETS_MUL) b_p -= bl * dl[c];
        if (c == 0) b_p += (v * over) * on_beta;
        db[c] = b_p;
      }
      lanes4 l_p = q_p + alpha * v_p;
      if (c == 0) l_p += v * on_alpha;
      dl[c] = l_p;
      if (SEASON != JV_ETS_NONE) {
        lanes4 w_p = SEASON == JV_ETS_ADD ? v_p : ws * q_p - s_p;
        s_p += gamma * w_p;
        if (c == 0) s_p += w * on_gamma;
        ds[c] = s_p;
      }
    }
    if (TREND == JV_ETS_ADD) slope = carry + beta * v;
    if (TREND == JV_ETS_MUL) slope = carry + beta * v * over;
    level = q + alpha * v;
    if (SEASON != JV_ETS_NONE) {
      run->ring[run->at] = s + gamma * w;
      if (++run->at == run->m) run->at = 0;
    }
  }
  run->level = level;
  run->slope = slope;
}

/* Weights of the rows, in place: see jv_ets_expand. */
JV_ETS_INLINE void weigh(const int ERROR, const bool PROXY, jv_ets_slopes *d, const double *y,
                         size_t n, const double *f) {
  for (size_t t = 0; t < n; t++) {
    double *row = d->rows + t * d->lanes;
    if (isnan(y[t])) {
      memset(row, 0, d->lanes * sizeof *row);
    } else if (ERROR == JV_ETS_ADD) {
      row[d->weights] = y[t] - f[t];
      row[d->weights + 1] = 0;
    } else if (PROXY) {
      double over = 1 / y[t];
      for (size_t c = 0; c < d->lanes / 4; c++) LANES(row)[c] *= over;
      row[d->weights] = (y[t] - f[t]) * over;
      row[d->weights + 1] = 0;
    } else {
      double over = 1 / f[t], r = (y[t] - f[t]) * over;
      for (size_t c = 0; c < d->lanes / 4; c++) LANES(row)[c] *= over;
      row[d->weights] = r * (1 + r);
      row[d->weights + 1] = 1;
    }
  }
}

/* gram += rows' rows, blocks of four by four on and above the diagonal. */
JV_ETS_INLINE void add_products(const size_t BLOCKS, jv_ets_slopes *d, size_t n) {
  const size_t blocks = BLOCKS ? BLOCKS : d->lanes / 4, lanes = blocks * 4;
  for (size_t i = 0; i < blocks; i++) {
    for (size_t j = i; j < blocks; j++) {
      double *corner = d->gram + i * 4 * lanes + j * 4;
      lanes4 a = *LANES(corner), b = *LANES(corner + lanes), c = *LANES(corner + 2 * lanes),
             e = *LANES(corner + 3 * lanes);
      for (size_t t = 0; t < n; t++) {
        const double *row = d->rows + t * lanes;
        lanes4 right = *(const lanes4 *)(const void *)(row + 4 * j);
        a += row[4 * i] * right;
        b += row[4 * i + 1] * right;
        c += row[4 * i + 2] * right;
        e += row[4 * i + 3] * right;
      }
      *LANES(corner) = a;
      *LANES(corner + lanes) = b;
      *LANES(corner + 2 * lanes) = c;
      *LANES(corner + 3 * lanes) = e;
    }
  }
}

#define EXPAND(TREND, SEASON, DAMPED, BLOCKS)                                                      \
  for (size_t t = 0; t < n; t += JV_ETS_CHUNK) {                                                   \
    size_t part = n - t < JV_ETS_CHUNK ? n - t : JV_ETS_CHUNK;                                     \
    run_rows(TREND, SEASON, DAMPED, BLOCKS, run, d, y + t, part, f + t);                           \
    if (run->form.error == JV_ETS_ADD) {                                                           \
      weigh(JV_ETS_ADD, false, d, y + t, part, f + t);                                             \
    } else if (d->proxy) {                                                                         \
      weigh(JV_ETS_MUL, true, d, y + t, part, f + t);                                              \
    } else {                                                                                       \
      weigh(JV_ETS_MUL, false, d, y + t, part, f + t);                                             \
    }                                                                                              \
    add_products(BLOCKS, d, part);                                                                 \
  }
#define EXPANDER(name, TREND, SEASON, DAMPED, BLOCKS)                                              \
  JV_ETS_PROCESSORS static void name(jv_ets_run *run, jv_ets_slopes *d, const double *y, size_t n, \
                                     double *f) {                                                  \
    EXPAND(TREND, SEASON, DAMPED, BLOCKS)                                                          \
  }

/* Every pair of trend and season: trend, season, damped, blocks of lanes if fixed. Of those that
 * ets_plain.c serves too, only series with gaps come here. */
#define PAIRS(X)                                                                                   \
  X(none_none, JV_ETS_NONE, JV_ETS_NONE, false, 2)                                                 \
  X(add_none, JV_ETS_ADD, JV_ETS_NONE, false, 2)                                                   \
  X(damped_none, JV_ETS_ADD, JV_ETS_NONE, true, 2)                                                 \
  X(none_add, JV_ETS_NONE, JV_ETS_ADD, false, 0)                                                   \
  X(none_mul, JV_ETS_NONE, JV_ETS_MUL, false, 0)                                                   \
  X(add_add, JV_ETS_ADD, JV_ETS_ADD, false, 0)                                                     \
  X(add_mul, JV_ETS_ADD, JV_ETS_MUL, false, 0)                                                     \
  X(damped_add, JV_ETS_ADD, JV_ETS_ADD, true, 0)                                                   \
  X(damped_mul, JV_ETS_ADD, JV_ETS_MUL, true, 0)                                                   \
  X(mul_none, JV_ETS_MUL, JV_ETS_NONE, false, 2)                                                   \
  X(mul_add, JV_ETS_MUL, JV_ETS_ADD, false, 0)                                                     \
  X(mul_mul, JV_ETS_MUL, JV_ETS_MUL, false, 0)                                                     \
  X(dmul_none, JV_ETS_MUL, JV_ETS_NONE, true, 2)                                                   \
  X(dmul_add, JV_ETS_MUL, JV_ETS_ADD, true, 0)                                                     \
  X(dmul_mul, JV_ETS_MUL, JV_ETS_MUL, true, 0)
PAIRS(EXPANDER)

void jv_ets_expand(jv_ets_run *run, jv_ets_slopes *d, const double *y, size_t n, double *f) {
  seed(run, d);
  memset(d->gram, 0, d->lanes * d->lanes * sizeof *d->gram);
#define WHEN(name, TREND, SEASON, DAMPED, BLOCKS)                                                  \
  if (run->form.trend == TREND && run->form.season == SEASON && run->form.damped == DAMPED)        \
    name(run, d, y, n, f);
  PAIRS(WHEN)
#undef WHEN
}
