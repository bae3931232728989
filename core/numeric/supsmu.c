/* Friedman's super smoother: running lines whose span follows the data.
 *
 * A running line of span s is, at each x_j, the weighted least-squares line through the 2 k + 1
 * nearest points in rank, k = (s n + 1) / 2 and at least 2; near the ends the window stays full and
 * the point moves out of its middle. The line's moments are updated as a point enters and one
 * leaves. Its leave-one-out residual is
 *   r_j = |y_j - line_j| / (1 - 1/n_w - (x_j - mean)^2 / V)
 *
 * 1. Lines of spans 0.05, 0.2 and 0.5 (tweeter, midrange, woofer) and their r, smoothed at midrange.
 * 2. At each x the span of the least smoothed r; a bass of alpha moves it towards the woofer by
 *    (r_best / r_woofer)^(10 - alpha).
 * 3. These spans are smoothed at midrange, and the three lines are interpolated at them.
 * 4. The result is smoothed once more with the tweeter.
 *
 * Where the spread of x inside a window is below a thousandth of the interquartile range, the line is
 * level. Points of equal x get one value. Friedman (1984), secs. 3 and 4. */
#include "numeric/supsmu.h"
#include <math.h>
#include <string.h>

enum { SPANS = 3 };
static const double spans[SPANS] = {0.05, 0.2, 0.5};
enum { TWEETER, MIDRANGE, WOOFER };

/* Weighted moments of the points in a window; all weights are 1. */
typedef struct window {
  double n, x, y, xx, xy;
} window;

static void enter(window *w, double x, double y) {
  double before = w->n;
  w->n += 1;
  w->x = (before * w->x + x) / w->n;
  w->y = (before * w->y + y) / w->n;
  double gain = before > 0 ? w->n * (x - w->x) / before : 0;
  w->xx += gain * (x - w->x);
  w->xy += gain * (y - w->y);
}

static void leave(window *w, double x, double y) {
  double before = w->n;
  w->n -= 1;
  double gain = w->n > 0 ? before * (x - w->x) / w->n : 0;
  w->xx -= gain * (x - w->x);
  w->xy -= gain * (y - w->y);
  if (w->n <= 0) return;
  w->x = (before * w->x - x) / w->n;
  w->y = (before * w->y - y) / w->n;
}

/* One value for points of one x: their mean. */
static void join_ties(const double *x, size_t n, double *smooth) {
  for (size_t i = 0; i < n;) {
    size_t end = i + 1;
    double sum = smooth[i];
    while (end < n && x[end] <= x[i]) sum += smooth[end++];
    for (size_t j = i; end > i + 1 && j < end; j++) smooth[j] = sum / (double)(end - i);
    i = end;
  }
}

/* A running line, and into residual (or NULL) its leave-one-out residuals. */
static void running_line(const double *x, const double *y, size_t n, double span, double flat,
                         double *smooth, double *residual) {
  size_t half = (size_t)(0.5 * span * (double)n + 0.5), full;
  window w = {0};
  if (half < 2) half = 2;
  full = 2 * half + 1 < n ? 2 * half + 1 : n;
  for (size_t i = 0; i < full; i++) enter(&w, x[i], y[i]);
  for (size_t j = 0; j < n; j++) {
    if (j > half && j + half < n) {
      leave(&w, x[j - half - 1], y[j - half - 1]);
      enter(&w, x[j + half], y[j + half]);
    }
    double offset = x[j] - w.x;
    smooth[j] = w.y + (w.xx > flat ? w.xy / w.xx * offset : 0);
    if (!residual) continue;
    double leverage = 1 / w.n + (w.xx > flat ? offset * offset / w.xx : 0);
    if (leverage < 1)
      residual[j] = fabs(y[j] - smooth[j]) / (1 - leverage);
    else
      residual[j] = j > 0 ? residual[j - 1] : 0;
  }
  join_ties(x, n, smooth);
}

static double flat_below(const double *x, size_t n) {
  size_t i = n / 4 > 0 ? n / 4 - 1 : 0, j = 3 * (n / 4) > 0 ? 3 * (n / 4) - 1 : 0;
  while (x[j] - x[i] <= 0 && (j + 1 < n || i > 0)) {
    if (j + 1 < n) j++;
    if (i > 0) i--;
  }
  double scale = 1e-3 * (x[j] - x[i]);
  return scale * scale;
}

/* Scratch: each of n doubles. */
typedef struct work {
  double *line[SPANS], *error[SPANS], *residual, *span;
} work;

static double best_span(const work *w, size_t j, double bass) {
  size_t best = 0;
  for (size_t i = 1; i < SPANS; i++)
    if (w->error[i][j] < w->error[best][j]) best = i;
  double least = w->error[best][j], widest = w->error[WOOFER][j], span = spans[best];
  if (bass > 0 && least < widest && least > 0)
    span += (spans[WOOFER] - span) * pow(fmax(1e-7, least / widest), 10 - bass);
  return span;
}

static double between_lines(const work *w, size_t j, double span) {
  double s = fmin(fmax(span, spans[TWEETER]), spans[WOOFER]);
  size_t other = s >= spans[MIDRANGE] ? WOOFER : TWEETER;
  double f = (s - spans[MIDRANGE]) / (spans[other] - spans[MIDRANGE]);
  return (1 - f) * w->line[MIDRANGE][j] + f * w->line[other][j];
}

static void adapt(const double *x, const double *y, size_t n, double bass, double flat, work *w,
                  double *smooth) {
  for (size_t i = 0; i < SPANS; i++) {
    running_line(x, y, n, spans[i], flat, w->line[i], w->residual);
    running_line(x, w->residual, n, spans[MIDRANGE], flat, w->error[i], NULL);
  }
  for (size_t j = 0; j < n; j++) w->residual[j] = best_span(w, j, bass);
  running_line(x, w->residual, n, spans[MIDRANGE], flat, w->span, NULL);
  for (size_t j = 0; j < n; j++) w->residual[j] = between_lines(w, j, w->span[j]);
  running_line(x, w->residual, n, spans[TWEETER], flat, smooth, NULL);
}

static jv_status check(jv_ctx *cx, const double *x, const double *y, size_t n, double span,
                       double bass) {
  if (n == 0) return jv_fail(cx, JV_EDATA, "supsmu needs values, got none");
  if (!(span >= 0 && span <= 1))
    return jv_fail(cx, JV_EINVAL, "supsmu: span must be in [0, 1], got %g", span);
  if (!(bass >= 0 && bass <= 10))
    return jv_fail(cx, JV_EINVAL, "supsmu: bass must be in [0, 10], got %g", bass);
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(y[i]) || (x && !isfinite(x[i])))
      return jv_fail(cx, JV_EDATA, "supsmu: point %zu of %zu is missing or infinite", i + 1, n);
    if (x && i > 0 && x[i] < x[i - 1])
      return jv_fail(cx, JV_EINVAL, "supsmu: x must ascend, point %zu does not", i + 1);
  }
  return JV_OK;
}

jv_status jv_supsmu(jv_ctx *cx, const double *x, const double *y, size_t n, double span,
                    double bass, double *smooth) {
  JV_TRY(check(cx, x, y, n, span, bass));
  double *memory = JV_ARRAY(cx, double, 9 * n);
  if (!memory) return JV_ENOMEM;
  work w = {.residual = memory + 6 * n, .span = memory + 7 * n};
  for (size_t i = 0; i < SPANS; i++) {
    w.line[i] = memory + 2 * i * n;
    w.error[i] = memory + (2 * i + 1) * n;
  }
  double *place = memory + 8 * n;
  for (size_t i = 0; i < n; i++) place[i] = x ? x[i] : (double)i + 1;
  double flat = flat_below(place, n);
  if (span > 0)
    running_line(place, y, n, span, flat, smooth, NULL);
  else
    adapt(place, y, n, bass, flat, &w, smooth);
  jv_free(cx, memory);
  return JV_OK;
}
