/* Several runs of complex exponential smoothing side by side: one recursion waits some 12 cycles for
 * its own last state; four fill the wait, and give value and derivatives in one go.
 *
 * Everything that a form does not need is left out by constants: `step` and the loops around it are
 * inlined once for each form, number of groups of four runs, and wish. */
#include "model/ces_filter.h"
#include <math.h>

typedef double lanes4 __attribute__((vector_size(32), aligned(8)));
#define INLINED static inline __attribute__((always_inline))

/* Weights of a complex state as the recursion uses them. */
typedef struct weights {
  lanes4 keep, g1, hold, g2;
} weights;

typedef struct group {
  weights a, b;
  lanes4 b0, level, hidden;
  lanes4 *seen, *unseen; /* rings of m */
} group;

static void set_weights(weights *w, const double *w0, const double *w1) {
  for (int i = 0; i < JV_CES_LANES; i++) {
    w->keep[i] = 1 - w1[i];
    w->hold[i] = 1 - w0[i];
    w->g1[i] = w0[i] - w1[i];
    w->g2[i] = w0[i] + w1[i];
  }
}

/* Vectors go by pointer: by value, clang sees another calling convention without AVX. */
INLINED void turn4(const weights *w, const lanes4 *e, lanes4 *seen, lanes4 *hidden) {
  lanes4 l = *seen, c = *hidden;
  *seen = (l - w->keep * c) + w->g1 * *e;
  *hidden = (l + w->hold * c) + w->g2 * *e;
}

/* One observation; form and complete are constants where this is inlined. */
INLINED void step(group *g, jv_ces_form form, bool complete, size_t at, double y, lanes4 *error) {
  lanes4 mean = form == JV_CES_SIMPLE ? g->seen[at] : g->level;
  if (form == JV_CES_PARTIAL || form == JV_CES_FULL) mean += g->seen[at];
  lanes4 e = y - mean;
  if (!complete && isnan(y)) e = (lanes4){0, 0, 0, 0};
  if (form == JV_CES_SIMPLE) turn4(&g->a, &e, &g->seen[at], &g->unseen[at]);
  if (form == JV_CES_PARTIAL) g->seen[at] += g->b0 * e;
  if (form == JV_CES_FULL) turn4(&g->b, &e, &g->seen[at], &g->unseen[at]);
  if (form != JV_CES_SIMPLE) turn4(&g->a, &e, &g->level, &g->hidden);
  *error = e;
}

/* Where the backward run begins: at rest at the level and the seasons, c = l / a0, which is the
 * fixed point of the recursion when a1 = 1 (and without a0, l itself). */
static void begin(const jv_ces_batch *b, group *g, size_t k) {
  const double *a0 = b->x[0] + JV_CES_LANES * k, *b0 = b->x[2] + JV_CES_LANES * k;
  set_weights(&g->a, a0, b->x[1] + JV_CES_LANES * k);
  set_weights(&g->b, b0, b->x[3] + JV_CES_LANES * k);
  g->seen = (lanes4 *)(void *)b->ring + 2 * b->m * k;
  g->unseen = g->seen + b->m;
  const double *w0 = b->form == JV_CES_SIMPLE ? a0 : b0;
  for (int i = 0; i < JV_CES_LANES; i++) {
    g->b0[i] = b0[i];
    g->level[i] = b->end;
    g->hidden[i] = jv_ces_at_rest(b->end, a0[i]);
    for (size_t s = 0; b->form != JV_CES_NONE && s < b->m; s++) {
      g->seen[s][i] = b->seasons[s];
      g->unseen[s][i] = jv_ces_at_rest(b->seasons[s], w0[i]);
    }
  }
}

INLINED void walk_back(const jv_ces_batch *b, group *first, group *second, jv_ces_form form,
                       bool complete) {
  group p = *first, q = *second; /* copies live in registers: nothing else points to them */
  lanes4 e;
  size_t at = form == JV_CES_NONE ? 0 : (b->n - 1) % b->m;
  for (size_t t = b->n; t-- > 0;) {
    step(&p, form, complete, at, b->y[t], &e);
    if (form == JV_CES_FULL) step(&q, form, complete, at, b->y[t], &e);
    if (form != JV_CES_NONE) at = at ? at - 1 : b->m - 1;
  }
  *first = p;
  *second = q;
}

typedef struct products {
  lanes4 square, g, h[3], last; /* last: d[0..2] and run 0's error beside d[3] */
  double g3, h33;
} products;

/* e holds runs 0 to 3, so that d = e - e[0] has differences 0 to 2 in its lanes 1 to 3. */
INLINED void collect(products *s, jv_ces_form form, const lanes4 *errors, const lanes4 *more) {
  lanes4 e = *errors, d = e - e[0];
  s->square += e * e;
  s->g += d * e[0];
  s->h[0] += d * d[1];
  s->h[1] += d * d[2];
  if (form == JV_CES_PARTIAL || form == JV_CES_FULL) s->h[2] += d * d[3];
  if (form != JV_CES_FULL) return;
  double d3 = (*more)[0] - e[0];
  s->last += d * d3;
  s->g3 += e[0] * d3;
  s->h33 += d3 * d3;
}

INLINED products walk_on(const jv_ces_batch *b, const group *first, const group *second,
                         jv_ces_form form, bool complete, bool differences) {
  group p = *first, q = *second;
  products s = {.g3 = 0};
  lanes4 e, more = {0, 0, 0, 0};
  size_t at = 0;
  for (size_t t = 0; t < b->n; t++) {
    step(&p, form, complete, at, b->y[t], &e);
    if (form == JV_CES_FULL && differences) step(&q, form, complete, at, b->y[t], &more);
    if (differences)
      collect(&s, form, &e, &more);
    else
      s.square += e * e;
    if (form != JV_CES_NONE) at = at + 1 < b->m ? at + 1 : 0;
  }
  return s;
}

static void hand_out(const products *s, jv_ces_sums *out) {
  for (int i = 0; i < JV_CES_LANES; i++) out->square[i] = s->square[i];
  for (int i = 0; i < 3; i++) {
    out->g[i] = s->g[i + 1];
    out->h[i][3] = out->h[3][i] = s->last[i + 1];
    for (int j = 0; j < 3; j++) out->h[i][j] = s->h[i][j + 1];
  }
  out->g[3] = s->g3;
  out->h[3][3] = s->h33;
}

INLINED void both_ways(jv_ces_batch *b, jv_ces_form form, bool complete, bool differences,
                       jv_ces_sums *out) {
  group p, q;
  begin(b, &p, 0);
  begin(b, &q, 1);
  walk_back(b, &p, &q, form, complete);
  products s = walk_on(b, &p, &q, form, complete, differences);
  hand_out(&s, out);
}

INLINED void of_form(jv_ces_batch *b, jv_ces_form form, jv_ces_wish wish, jv_ces_sums *out) {
  if (!b->complete)
    both_ways(b, form, false, true, out);
  else if (wish == JV_CES_SQUARES)
    both_ways(b, form, true, false, out);
  else
    both_ways(b, form, true, true, out);
}

void jv_ces_batch_pass(jv_ces_batch *b, jv_ces_wish wish, jv_ces_sums *sums) {
  switch (b->form) {
  case JV_CES_NONE:
    of_form(b, JV_CES_NONE, wish, sums);
    break;
  case JV_CES_SIMPLE:
    of_form(b, JV_CES_SIMPLE, wish, sums);
    break;
  case JV_CES_PARTIAL:
    of_form(b, JV_CES_PARTIAL, wish, sums);
    break;
  case JV_CES_FULL:
    of_form(b, JV_CES_FULL, wish, sums);
  }
}
