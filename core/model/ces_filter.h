/* The recursions of complex exponential smoothing, one run at a time and several side by side.
 *
 * A complex state l + i c of what is seen and what is not, weights a0 + i a1:
 *
 *   none     y[t] = l[t-1] + e[t]
 *            l[t] = l[t-1] - (1 - a1) c[t-1] + (a0 - a1) e[t]
 *            c[t] = l[t-1] + (1 - a0) c[t-1] + (a0 + a1) e[t]
 *   simple   the same with lag m in the place of lag 1: m smoothings, one for each season
 *   partial  y[t] = l[t-1] + s[t-m] + e[t],  s[t] = s[t-m] + b0 e[t]
 *   full     y[t] = l[t-1] + s[t-m] + e[t],
 *            s[t] = s[t-m] - (1 - b1) q[t-m] + (b0 - b1) e[t]
 *            q[t] = s[t-m] + (1 - b0) q[t-m] + (b0 + b1) e[t]
 *
 * A missing value counts as one without surprise: e = 0.
 *
 * Source: Svetunkov, Kourentzes & Ord (2022), Complex exponential smoothing, Naval Research
 * Logistics 69, 1108-1123, eqs 8-10, 20-25. */
#ifndef JV_MODEL_CES_FILTER_H
#define JV_MODEL_CES_FILTER_H

#include "base/ctx.h"

typedef enum jv_ces_form { JV_CES_NONE, JV_CES_SIMPLE, JV_CES_PARTIAL, JV_CES_FULL } jv_ces_form;
enum { JV_CES_FORMS = 4, JV_CES_MAX = 4 };

/* Parameters of a form: a0, a1, then b0 (partial), b0 and b1 (full). */
size_t jv_ces_parameters(jv_ces_form form);
/* Doubles of a form's seasonal ring: 2 m, m, or none. */
size_t jv_ces_ring(jv_ces_form form, size_t m);

/* One run. ring[0..m) holds l or s by position in the year, ring[m..2m) c or q. */
typedef struct jv_ces_run {
  jv_ces_form form;
  size_t m, at; /* at: position in the year of the observation to come */
  double a0, a1, b0, b1;
  double level, hidden;
  double *ring;
} jv_ces_run;

double jv_ces_mean(const jv_ces_run *run);
/* Takes the error of an observation, and steps on; one step back in time with `backwards`. */
void jv_ces_take(jv_ces_run *run, double error, bool backwards);

/* The hidden part of a state that stays: c = l / w0 when w1 = 1; without a weight, l itself. */
static inline double jv_ces_at_rest(double seen, double w0) { return w0 > 0 ? seen / w0 : seen; }

/* True when the weights alone forget: both roots of the error recursion inside the unit circle. */
bool jv_ces_forgets(double a0, double a1);

enum { JV_CES_LANES = 4, JV_CES_WIDTH = 8 };

/* Runs over the same data side by side, with weights of their own: x[i][k] is weight i of run k.
 * Runs 4 to 7 take part only in the differences of the full form. */
typedef struct jv_ces_batch {
  jv_ces_form form;
  size_t m, n;
  const double *y;       /* NaN = missing */
  bool complete;         /* none is missing */
  double end;            /* level where the backward run begins */
  const double *seasons; /* m: where seasonal parts begin; NULL for none */
  double *ring;          /* 2 * m * JV_CES_WIDTH of scratch */
  double x[JV_CES_MAX][JV_CES_WIDTH];
} jv_ces_batch;

/* Sums over the errors e[k] of run k: squares of runs 0 to 3 (JV_CES_SQUARES), or of run 0 and, with
 * d[i] = e[i + 1] - e[0] for each parameter i, sum d[i] e[0] and sum d[i] d[j]. */
typedef enum jv_ces_wish { JV_CES_SQUARES, JV_CES_DIFFERENCES } jv_ces_wish;

typedef struct jv_ces_sums {
  double square[JV_CES_LANES];
  double g[JV_CES_MAX], h[JV_CES_MAX][JV_CES_MAX];
} jv_ces_sums;

/* Backwards over the data for the start, then forwards for the sums. */
void jv_ces_batch_pass(jv_ces_batch *b, jv_ces_wish wish, jv_ces_sums *sums);

#endif
