/* Friedman's super smoother.
 *
 *   line(y, s)[j]  least-squares line through the 2k + 1 points around j, k = max(2, s n / 2), at
 *                  x[j]; near the ends the window stays whole and j moves out of its middle
 *   a[j, s] = |y[j] - line(y, s)[j]| / (1 - h[j])          h: leverage, so a is the error left out
 *   s[j]    = the span of 0.05, 0.2, 0.5 with the least e[j, s] = line(a[., s], 0.2)[j]; with bass
 *             control b it moves up by (0.5 - s[j]) (e[j, s] / e[j, 0.5])^(10 - b)
 *   r[j]    = line(s, 0.2)[j], held to [0.05, 0.5]
 *   smooth  = line(q, 0.05), q[j] the values of the two spans around r[j], interpolated
 *
 * Window sums come from prefix sums of x, y less their means. A window whose x hardly differ (sum of
 * squares below (quartile range / 1000)^2) gets its mean. Points of equal x keep a value each.
 * Source: Friedman (1984), A variable span smoother, LCS Technical Report 5, Stanford, sec. 3-4. */
#include "numeric/supsmu.h"
#include <math.h>

enum { SPANS = 3, WOOFER = SPANS - 1 };
static const double spans[SPANS] = {0.05, 0.2, 0.5};

typedef struct smoother {
  size_t n;
  const double *x; /* NULL: 0, 1, … */
  double centre_x;
  double least;                     /* sum of squares of x below which a window has no slope */
  double *sum_x, *sum_xx;           /* n + 1 each: prefix sums */
  double *sum_y, *sum_xy, centre_y; /* of the values being smoothed */
} smoother;

static double x_at(const smoother *s, size_t t) {
  return (s->x ? s->x[t] : (double)t) - s->centre_x;
}

static double mean_of(const double *v, size_t n) {
  double mean = 0;
  for (size_t t = 0; t < n; t++) mean += v[t] / (double)n;
  return mean;
}

static void take_points(smoother *s) {
  size_t n = s->n, low = n / 4, high = 3 * (n / 4);
  s->centre_x = s->x ? mean_of(s->x, n) : ((double)n - 1) / 2;
  while (low > 0 && x_at(s, high) <= x_at(s, low)) {
    low--;
    if (high + 1 < n) high++;
  }
  s->least = pow(1e-3 * (x_at(s, high) - x_at(s, low)), 2);
  s->sum_x[0] = s->sum_xx[0] = 0;
  for (size_t t = 0; t < n; t++) {
    double x = x_at(s, t);
    s->sum_x[t + 1] = s->sum_x[t] + x;
    s->sum_xx[t + 1] = s->sum_xx[t] + x * x;
  }
}

static void take_values(smoother *s, const double *y) {
  s->centre_y = mean_of(y, s->n);
  s->sum_y[0] = s->sum_xy[0] = 0;
  for (size_t t = 0; t < s->n; t++) {
    s->sum_y[t + 1] = s->sum_y[t] + (y[t] - s->centre_y);
    s->sum_xy[t + 1] = s->sum_xy[t] + (y[t] - s->centre_y) * x_at(s, t);
  }
}

/* Running lines of y over `span` of the points; left_out (NULL: not wanted) gets the absolute errors
 * of the line through the other points. */
static void running_line(smoother *s, const double *y, double span, double *out, double *left_out) {
  size_t n = s->n, half = (size_t)(0.5 * span * (double)n + 0.5);
  if (half < 2) half = 2;
  size_t width = 2 * half + 1 < n ? 2 * half + 1 : n;
  double w = (double)width;
  take_values(s, y);
  for (size_t j = 0; j < n; j++) {
    size_t lo = j > half ? j - half : 0;
    if (lo + width > n) lo = n - width;
    size_t hi = lo + width;
    double mean_x = (s->sum_x[hi] - s->sum_x[lo]) / w, mean_y = (s->sum_y[hi] - s->sum_y[lo]) / w;
    double xx = s->sum_xx[hi] - s->sum_xx[lo] - w * mean_x * mean_x;
    double xy = s->sum_xy[hi] - s->sum_xy[lo] - w * mean_x * mean_y, d = x_at(s, j) - mean_x;
    bool sloped = xx > s->least;
    out[j] = s->centre_y + mean_y + (sloped ? xy / xx * d : 0);
    if (!left_out) continue;
    double rest = 1 - 1 / w - (sloped ? d * d / xx : 0);
    left_out[j] = rest > 1e-10 ? fabs(y[j] - out[j]) / rest : 0; /* two points: the line is exact */
  }
}

/* The span of least smoothed error at each point, moved up by the bass control. */
static void choose_spans(size_t n, double *const error[SPANS], double bass, double *chosen) {
  for (size_t j = 0; j < n; j++) {
    size_t best = 0;
    for (size_t i = 1; i < SPANS; i++)
      if (error[i][j] < error[best][j]) best = i;
    chosen[j] = spans[best];
    double least = error[best][j], widest = error[WOOFER][j];
    if (bass > 0 && least < widest && least > 0)
      chosen[j] += (spans[WOOFER] - spans[best]) * pow(fmax(1e-7, least / widest), 10 - bass);
  }
}

/* The value at span r out of those at the three spans. */
static double between_spans(double *const smooth[SPANS], size_t j, double r) {
  r = fmin(fmax(r, spans[0]), spans[WOOFER]);
  size_t far = r < spans[1] ? 0 : WOOFER;
  double f = fabs(r - spans[1]) / fabs(spans[far] - spans[1]);
  return (1 - f) * smooth[1][j] + f * smooth[far][j];
}

static jv_status check(jv_ctx *cx, const double *x, const double *y, size_t n, double span,
                       double bass) {
  if (n == 0) return jv_fail(cx, JV_EDATA, "super smoother: no values");
  if (!(span >= 0 && span <= 1))
    return jv_fail(cx, JV_EINVAL, "super smoother: the span lies in [0, 1], got %g", span);
  if (!(bass >= 0 && bass <= 10))
    return jv_fail(cx, JV_EINVAL, "super smoother: bass lies in [0, 10], got %g", bass);
  for (size_t t = 0; t < n; t++) {
    if (!isfinite(y[t]) || (x && !isfinite(x[t])))
      return jv_fail(cx, JV_EDATA, "super smoother: value %zu is missing or infinite", t + 1);
    if (x && t > 0 && x[t] < x[t - 1])
      return jv_fail(cx, JV_EINVAL, "super smoother: x falls at value %zu", t + 1);
  }
  return JV_OK;
}

jv_status jv_supsmu(jv_ctx *cx, const double *x, const double *y, size_t n, double span,
                    double bass, double *smooth) {
  enum { ROWS = 2 * SPANS + 5 };
  JV_TRY(check(cx, x, y, n, span, bass));
  double *work = jv_alloc(cx, n + 1, ROWS * sizeof *work), *row[ROWS];
  if (!work) return JV_ENOMEM;
  for (size_t i = 0; i < ROWS; i++) row[i] = work + i * (n + 1);
  double **line = row, **error = row + SPANS, *spare = row[2 * SPANS];
  smoother s = {.n = n,
                .x = x,
                .sum_x = row[ROWS - 4],
                .sum_xx = row[ROWS - 3],
                .sum_y = row[ROWS - 2],
                .sum_xy = row[ROWS - 1]};
  take_points(&s);
  if (span > 0)
    running_line(&s, y, span, smooth, NULL);
  else {
    for (size_t i = 0; i < SPANS; i++) {
      running_line(&s, y, spans[i], line[i], spare);
      running_line(&s, spare, spans[1], error[i], NULL);
    }
    choose_spans(n, error, bass, spare);
    running_line(&s, spare, spans[1], error[0], NULL);
    for (size_t j = 0; j < n; j++) spare[j] = between_spans(line, j, error[0][j]);
    running_line(&s, spare, spans[0], smooth, NULL);
  }
  jv_free(cx, work);
  return JV_OK;
}
