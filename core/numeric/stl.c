/* STL: seasonal and trend decomposition by loess.
 *
 * One inner pass, from season S and trend T to better ones (numbers as in the paper, sec. 2.3):
 *   1  D = y - T
 *   2  C: each cycle-subseries of D (all Januaries, …) smoothed by loess(window), carried one season
 *      beyond both ends: n + 2 m values
 *   3  L: moving averages of m, m and 3 of C, then loess(l_window)
 *   4  S = C (its middle n) - L
 *   5  y - S
 *   6  T = loess(t_window) of y - S
 * `inner` passes; with `outer` > 0 as many times again, the observations weighted by
 *   rw = (1 - (|R| / 6 median|R|)^2)^2   R = y - T - S; whole within 0.001, none beyond 0.999 of it
 * in steps 2 and 6. A periodic season has windows wider than the sample, and in the end the mean of
 * each season of S in the place of S, so that it is the same in all years.
 *
 * Windows are constant through the passes, so their weights are tables (loess.c): every
 * cycle-subseries of a length shares one.
 *
 * Source: Cleveland, Cleveland, McRae & Terpenning (1990), J. Official Statistics 6, 3-73. Defaults
 * are those of sec. 3 as R's stl has them. Differs: (1) R 4.2's robust scale for even n is 3 times the
 * sum of one of the two middle |R| and of another, lower one: its partial sort is asked for the two in
 * descending order (AirPassengers, periodic, seventh outer pass: the 63rd and the 73rd of 144, scale
 * 44.74, six medians 47.70). Here it is the median; for odd n, and without robust, the two agree to
 * rounding. (2) a last point that jumps do not meet is smoothed in its own neighbourhood, there in
 * that of the point before (the same unless a jump exceeds half its window). */
#include "numeric/stl.h"
#include "numeric/loess.h"
#include "numeric/summary.h"
#include <string.h>

const jv_option jv_stl_option_rows[] = {JV_STL_OPTION_ROWS(
                                            struct { jv_stl_options stl; }, stl),
                                        {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* ---- settings ---- */

static void set_default(int *option, double value) {
  if (*option == JV_OPT_UNSET) *option = (int)fmin(value, 1e9);
}

/* R rounds half to even here; no default falls on a half. */
static double next_odd(double x) {
  x = floor(x + 0.5);
  return fmod(x, 2) == 0 ? x + 1 : x;
}

static double tenth(double window) { return ceil(window / 10); }

jv_stl_options jv_stl_settings(const jv_stl_options *opt, size_t n, size_t m) {
  jv_stl_options s;
  if (opt)
    s = *opt;
  else
    jv_option_defaults(jv_stl_option_rows, &s);
  double window = isnan(s.window.number) ? 11 : s.window.number;
  if (s.window.choice == JV_STL_PERIODIC) {
    window = fmin(10 * (double)n + 1, 1e8 + 1);
    s.s_degree = 0;
  }
  window = next_odd(window);
  s.window.number = window;
  set_default(&s.t_window, next_odd(ceil(1.5 * (double)m / (1 - 1.5 / window))));
  set_default(&s.l_window, next_odd((double)m));
  s.t_window = (int)next_odd(fmax(3, s.t_window));
  s.l_window = (int)next_odd(fmax(3, s.l_window));
  set_default(&s.l_degree, s.t_degree);
  set_default(&s.s_jump, tenth(window));
  set_default(&s.t_jump, tenth(s.t_window));
  set_default(&s.l_jump, tenth(s.l_window));
  set_default(&s.inner, s.robust == 1 ? 1 : 2);
  set_default(&s.outer, s.robust == 1 ? 15 : 0);
  return s;
}

/* ---- work ---- */

typedef struct stl_work {
  size_t n, m;
  jv_loess longer, shorter; /* for cycle-subseries of ceil(n/m) and of one value less */
  jv_loess trend_loess, low_loess;
  double *memory;
  double *season, *trend, *weight; /* n; weight: robustness */
  double *cycle, *low, *spare;     /* n + 2 m: C; its moving averages; y less a part */
  double *sub, *sub_weight;        /* a cycle-subseries: ceil(n/m) + 2 */
  double *sub_out;
  double *row; /* weights of one neighbourhood */
  bool weighted;
} stl_work;

static void work_clear(jv_ctx *cx, stl_work *w) {
  jv_loess_clear(cx, &w->longer);
  jv_loess_clear(cx, &w->shorter);
  jv_loess_clear(cx, &w->trend_loess);
  jv_loess_clear(cx, &w->low_loess);
  jv_free(cx, w->memory);
}

static jv_status work_init(jv_ctx *cx, size_t n, size_t m, const jv_stl_options *s, stl_work *w) {
  size_t years = (n + m - 1) / m, whole = n + 2 * m, widest = n > years ? n : years;
  *w = (stl_work){.n = n, .m = m};
  size_t window = (size_t)s->window.number, s_jump = (size_t)s->s_jump;
  JV_TRY(jv_loess_init(cx, years, window, s->s_degree, s_jump, true, &w->longer));
  JV_TRY(jv_loess_init(cx, n / m, window, s->s_degree, s_jump, true, &w->shorter));
  JV_TRY(jv_loess_init(cx, n, (size_t)s->t_window, s->t_degree, (size_t)s->t_jump, false,
                       &w->trend_loess));
  JV_TRY(jv_loess_init(cx, n, (size_t)s->l_window, s->l_degree, (size_t)s->l_jump, false,
                       &w->low_loess));
  w->memory = JV_ARRAY(cx, double, 3 * n + 3 * whole + 3 * (years + 2) + widest);
  if (!w->memory) return JV_ENOMEM;
  w->season = w->memory;
  w->trend = w->season + n;
  w->weight = w->trend + n;
  w->cycle = w->weight + n;
  w->low = w->cycle + whole;
  w->spare = w->low + whole;
  w->sub = w->spare + whole;
  w->sub_weight = w->sub + years + 2;
  w->sub_out = w->sub_weight + years + 2;
  w->row = w->sub_out + years + 2;
  for (size_t t = 0; t < n; t++) {
    w->season[t] = w->trend[t] = 0;
    w->weight[t] = 1;
  }
  return JV_OK;
}

/* ---- one pass ---- */

/* Step 2: every m-th value of x from s on, smoothed into cycle[s], cycle[s + m], … */
static void smooth_subseries(stl_work *w, const double *x, size_t s) {
  size_t count = 0;
  for (size_t t = s; t < w->n; t += w->m) {
    w->sub[count] = x[t];
    w->sub_weight[count++] = w->weight[t];
  }
  const jv_loess *l = count == w->longer.n ? &w->longer : &w->shorter;
  jv_loess_smooth(l, w->sub, w->weighted ? w->sub_weight : NULL, w->sub_out, w->row);
  for (size_t i = 0; i < count + 2; i++) w->cycle[s + i * w->m] = w->sub_out[i];
}

/* n - length + 1 means of `length` neighbours; in place is allowed. The sum runs along, and starts
 * anew now and then so that roundings do not pile up. */
static void moving_average(const double *x, size_t n, size_t length, double *out) {
  enum { FRESH = 256 };
  double sum = 0, first = 0;
  for (size_t t = 0; t + length <= n; t++) {
    double next_first = x[t];
    if (t % FRESH == 0) {
      sum = 0;
      for (size_t j = 0; j < length; j++) sum += x[t + j];
    } else
      sum += x[t + length - 1] - first;
    first = next_first;
    out[t] = sum / (double)length;
  }
}

/* Step 3: leaves the low-pass part of C in w->spare. */
static void low_pass(stl_work *w) {
  size_t whole = w->n + 2 * w->m;
  moving_average(w->cycle, whole, w->m, w->low);
  moving_average(w->low, whole - w->m + 1, w->m, w->low);
  moving_average(w->low, w->n + 2, 3, w->low);
  jv_loess_smooth(&w->low_loess, w->low, NULL, w->spare, w->row);
}

static void pass(stl_work *w, const double *y) {
  for (size_t t = 0; t < w->n; t++) w->spare[t] = y[t] - w->trend[t];
  for (size_t s = 0; s < w->m; s++) smooth_subseries(w, w->spare, s);
  low_pass(w);
  for (size_t t = 0; t < w->n; t++) w->season[t] = w->cycle[w->m + t] - w->spare[t];
  for (size_t t = 0; t < w->n; t++) w->spare[t] = y[t] - w->season[t];
  jv_loess_smooth(&w->trend_loess, w->spare, w->weighted ? w->weight : NULL, w->trend, w->row);
}

/* ---- robustness ---- */

/* Six times the median of |R|, of an even count the mean of the middle two. */
static void weigh(stl_work *w, const double *y) {
  double *size = w->spare, *sorted = w->low;
  size_t n = w->n;
  for (size_t t = 0; t < n; t++) sorted[t] = size[t] = fabs(y[t] - w->trend[t] - w->season[t]);
  jv_sort(sorted, n);
  double scale = 3 * (sorted[n / 2] + sorted[n - n / 2 - 1]);
  for (size_t t = 0; t < n; t++) {
    if (size[t] <= 0.001 * scale)
      w->weight[t] = 1;
    else if (size[t] > 0.999 * scale)
      w->weight[t] = 0;
    else {
      double u = size[t] / scale;
      w->weight[t] = (1 - u * u) * (1 - u * u);
    }
  }
  w->weighted = true;
}

static jv_status iterate(jv_ctx *cx, const double *y, const jv_stl_options *s, stl_work *w) {
  for (int k = 0;; k++) {
    for (int i = 0; i < s->inner; i++) {
      JV_TRY(jv_check_cancel(cx));
      pass(w, y);
    }
    if (k == s->outer) return JV_OK;
    weigh(w, y);
  }
}

/* The mean of each season in the place of its values. */
static void make_periodic(stl_work *w) {
  for (size_t s = 0; s < w->m; s++) {
    double sum = 0;
    size_t count = 0;
    for (size_t t = s; t < w->n; t += w->m, count++) sum += w->season[t];
    for (size_t t = s; t < w->n; t += w->m) w->season[t] = sum / (double)count;
  }
}

static jv_status check_data(jv_ctx *cx, const double *y, size_t n, size_t m) {
  if (m < 2) return jv_fail(cx, JV_EDATA, "stl: needs a season of 2 or more, got %zu", m);
  if (n <= 2 * m)
    return jv_fail(cx, JV_EDATA,
                   "stl: needs more than two seasons of %zu, %zu observations, got "
                   "%zu",
                   m, 2 * m, n);
  for (size_t t = 0; t < n; t++)
    if (!isfinite(y[t]))
      return jv_fail(cx, JV_EDATA, "stl: observation %zu is %s", t + 1,
                     isnan(y[t]) ? "missing" : "infinite");
  return JV_OK;
}

static void put(double *out, const double *from, size_t n) {
  if (out) memcpy(out, from, n * sizeof *out);
}

jv_status jv_stl(jv_ctx *cx, const double *y, size_t n, size_t m, const jv_stl_options *opt,
                 double *seasonal, double *trend, double *remainder, double *weights) {
  JV_TRY(check_data(cx, y, n, m));
  jv_stl_options s = jv_stl_settings(opt, n, m);
  stl_work w;
  jv_status status = work_init(cx, n, m, &s, &w);
  if (status == JV_OK) status = iterate(cx, y, &s, &w);
  if (status == JV_OK) {
    if (s.window.choice == JV_STL_PERIODIC) make_periodic(&w);
    put(seasonal, w.season, n);
    put(trend, w.trend, n);
    put(weights, w.weight, n);
    for (size_t t = 0; remainder && t < n; t++) remainder[t] = y[t] - w.season[t] - w.trend[t];
  }
  work_clear(cx, &w);
  return status;
}
