/* Damped scoring in a box (Levenberg-Marquardt with an active set); see the header. */
#include "numeric/minimise.h"
#include <math.h>
#include <string.h>

typedef struct scoring {
  const jv_objective *f;
  const jv_minimise_opt *opt;
  size_t k;
  double *x, *trial, *g, *h, *step, *rhs, *a;
  double *next_g, *next_h; /* at the trial, when f has no value of its own */
  bool expanded;           /* g and h belong to x */
  size_t *order;           /* free coordinates, in order */
  bool *held;
  double lambda;
} scoring;

size_t jv_minimise_scratch(size_t k) {
  /* trial, g, next_g, step, rhs; h, next_h, a; order and held rounded up to doubles */
  return 5 * k + 3 * k * k + 2 * k;
}

bool jv_cholesky_solve(double *a, size_t k, double *b) {
  for (size_t j = 0; j < k; j++) {
    double *rj = a + j * k;
    for (size_t i = 0; i < j; i++) {
      const double *ri = a + i * k;
      double sum = rj[i];
      for (size_t c = 0; c < i; c++) sum -= ri[c] * rj[c];
      rj[i] = sum * ri[i]; /* diagonals hold reciprocals */
    }
    double pivot = rj[j];
    for (size_t c = 0; c < j; c++) pivot -= rj[c] * rj[c];
    if (!(pivot > 0) || !isfinite(pivot)) return false;
    rj[j] = 1 / sqrt(pivot);
  }
  for (size_t j = 0; j < k; j++) {
    double sum = b[j];
    for (size_t c = 0; c < j; c++) sum -= a[j * k + c] * b[c];
    b[j] = sum * a[j * k + j];
  }
  for (size_t j = k; j-- > 0;) {
    double sum = b[j];
    for (size_t c = j + 1; c < k; c++) sum -= a[c * k + j] * b[c];
    b[j] = sum * a[j * k + j];
  }
  return true;
}

static void lay_out(scoring *s, double *scratch) {
  size_t k = s->k;
  s->trial = scratch;
  s->g = s->trial + k;
  s->step = s->g + k;
  s->rhs = s->step + k;
  s->next_g = s->rhs + k;
  s->h = s->next_g + k;
  s->next_h = s->h + k * k;
  s->a = s->next_h + k * k;
  s->order = (size_t *)(void *)(s->a + k * k);
  s->held = (bool *)(void *)(s->a + k * k + k);
}

/* A coordinate is held when it is fixed, or stands on its bound and wants to go out. */
static void find_held(scoring *s) {
  for (size_t i = 0; i < s->k; i++) {
    double lo = s->opt->lower[i], hi = s->opt->upper[i];
    s->held[i] = lo >= hi || (s->x[i] <= lo && s->g[i] >= 0) || (s->x[i] >= hi && s->g[i] <= 0);
    s->step[i] = 0;
  }
}

/* Solves for the free coordinates, given the steps of the held ones. */
static bool solve_free(scoring *s) {
  size_t k = s->k, n = 0;
  for (size_t i = 0; i < k; i++)
    if (!s->held[i]) s->order[n++] = i;
  double top = 0;
  for (size_t i = 0; i < n; i++) top = fmax(top, s->h[s->order[i] * k + s->order[i]]);
  for (size_t r = 0; r < n; r++) {
    const double *row = s->h + s->order[r] * k;
    double b = -s->g[s->order[r]];
    for (size_t i = 0; i < k; i++)
      if (s->held[i] && s->step[i] != 0) b -= row[i] * s->step[i];
    s->rhs[r] = b;
    for (size_t c = 0; c < r; c++) s->a[r * n + c] = row[s->order[c]];
    double d = row[s->order[r]];
    s->a[r * n + r] = d + s->lambda * d + 1e-14 * top + 1e-300;
  }
  if (!jv_cholesky_solve(s->a, n, s->rhs)) return false;
  for (size_t r = 0; r < n; r++) s->step[s->order[r]] = s->rhs[r];
  return true;
}

/* The step of this lambda inside the box; false when the matrix cannot be factored. */
static bool find_step(scoring *s) {
  find_held(s);
  for (size_t round = 0; round <= s->k; round++) {
    if (!solve_free(s)) return false;
    bool clipped = false;
    for (size_t i = 0; i < s->k; i++) {
      if (s->held[i]) continue;
      double to = s->x[i] + s->step[i];
      if (to < s->opt->lower[i]) {
        s->step[i] = s->opt->lower[i] - s->x[i];
      } else if (to > s->opt->upper[i]) {
        s->step[i] = s->opt->upper[i] - s->x[i];
      } else {
        continue;
      }
      s->held[i] = clipped = true;
    }
    if (!clipped) return true;
  }
  return true;
}

static double promise(const scoring *s) {
  double gain = 0;
  for (size_t i = 0; i < s->k; i++) {
    if (s->step[i] == 0) continue;
    double hd = 0;
    for (size_t j = 0; j < s->k; j++) hd += s->h[i * s->k + j] * s->step[j];
    gain -= s->step[i] * (s->g[i] + 0.5 * hd);
  }
  return gain;
}

static double try_out(scoring *s, jv_minimum *out) {
  const jv_objective *f = s->f;
  out->evaluations++;
  for (size_t i = 0; i < s->k; i++) {
    double to = s->x[i] + s->step[i];
    s->trial[i] = fmin(fmax(to, s->opt->lower[i]), s->opt->upper[i]);
  }
  return f->value ? f->value(f->data, s->trial)
                  : f->expand(f->data, s->trial, s->next_g, s->next_h);
}

static void accept(scoring *s, double value, double gain, jv_minimum *out) {
  double ratio = gain / out->promised;
  if (ratio > 0.75) s->lambda = s->lambda < 1e-6 ? 0 : s->lambda * 0.1;
  if (ratio < 0.25) s->lambda = fmax(4 * s->lambda, 1e-3);
  memcpy(s->x, s->trial, s->k * sizeof *s->x);
  out->value = value;
  s->expanded = !s->f->value;
  if (!s->expanded) return;
  double *g = s->g, *h = s->h;
  s->g = s->next_g;
  s->h = s->next_h;
  s->next_g = g;
  s->next_h = h;
}

static bool ends(const scoring *s, jv_minimum *out, bool tried) {
  if (out->promised < s->opt->tolerance * (s->lambda > 1 ? 1e-3 : 1)) {
    out->end = tried && s->lambda > 1 ? JV_MINIMISE_STUCK : JV_MINIMISE_CONVERGED;
    return true;
  }
  bool hopeless = out->value - s->opt->give_up_slack * out->promised > s->opt->give_up;
  if (hopeless && s->lambda <= 0.1) out->end = JV_MINIMISE_GIVEN_UP;
  return hopeless && s->lambda <= 0.1;
}

/* One accepted step, or the reason to end. */
static bool improve(scoring *s, jv_minimum *out) {
  for (int tries = 0; tries < 40; tries++) {
    bool solved = find_step(s);
    if (solved) out->promised = promise(s);
    if (!solved || out->promised < 0) { /* clipping can spoil a step; a shorter one is downhill */
      s->lambda = fmax(10 * s->lambda, solved ? 1e-2 : 1e-6);
      continue;
    }
    if (ends(s, out, tries > 0)) return false;
    double value = try_out(s, out), gain = out->value - value;
    if (isfinite(value) && gain > 1e-4 * out->promised) {
      accept(s, value, gain, out);
      return true;
    }
    s->lambda = fmax(8 * s->lambda, 1e-2);
  }
  out->end = JV_MINIMISE_STUCK;
  return false;
}

jv_status jv_minimise(jv_ctx *cx, const jv_objective *f, const jv_minimise_opt *opt,
                      double *scratch, double *x, jv_minimum *out) {
  scoring s = {.f = f, .opt = opt, .k = f->k, .x = x, .lambda = 1e-3};
  lay_out(&s, scratch);
  for (size_t i = 0; i < s.k; i++) x[i] = fmin(fmax(x[i], opt->lower[i]), opt->upper[i]);
  *out = (jv_minimum){.end = JV_MINIMISE_LIMIT, .promised = INFINITY};
  for (; out->iterations < opt->max_iterations; out->iterations++) {
    JV_TRY(jv_check_cancel(cx));
    if (!s.expanded) {
      double value = f->expand(f->data, x, s.g, s.h);
      out->evaluations++;
      if (out->iterations == 0) out->value = value;
      if (!isfinite(value)) {
        out->end = JV_MINIMISE_OUTSIDE;
        break;
      }
    }
    if (!improve(&s, out)) break;
  }
  return JV_OK;
}
