/* The state space of BATS and TBATS: one step costs what the equations in bats.h cost, not a matrix.
 *
 * States in order: level, slope, the seasons (BATS: the last m values, newest first; TBATS: pairs), the
 * last p values of d, the last q errors. */
#include "model/bats.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TWO_PI 6.283185307179586

static bool half_turn(const jv_bats_form *form, size_t i) {
  return form->trig && 2 * (double)form->harmonics[i] == form->period[i];
}

static size_t season_size(const jv_bats_form *form, size_t i) {
  if (!form->trig) return (size_t)form->period[i];
  return 2 * form->harmonics[i] - (half_turn(form, i) ? 1 : 0);
}

size_t jv_bats_dim(const jv_bats_form *form) {
  size_t dim = 1 + (form->trend ? 1u : 0u) + form->p + form->q;
  for (size_t i = 0; i < form->n_seasons; i++) dim += season_size(form, i);
  return dim;
}

size_t jv_bats_count(const jv_bats_form *form) {
  size_t smoothing = 1 + (form->trend ? 1u : 0u) + form->n_seasons * (form->trig ? 2u : 1u);
  return jv_bats_dim(form) + smoothing + (form->damped ? 1u : 0u) + (form->box_cox ? 1u : 0u) +
         form->p + form->q;
}

/* Appends to out, which stays a text of at most `size` bytes. */
static void append(char *out, size_t size, const char *text) {
  size_t at = strlen(out);
  if (at + 1 < size) snprintf(out + at, size - at, "%s", text);
}

void jv_bats_name(const jv_bats_form *form, const jv_bats_par *par, char *out, size_t size) {
  char part[64];
  bool seasonal = form->n_seasons > 0;
  snprintf(out, size, "%s(%.3g, {%zu,%zu}, ", seasonal && form->trig ? "TBATS" : "BATS",
           form->box_cox ? par->lambda : 1, form->p, form->q);
  if (form->trend)
    snprintf(part, sizeof part, "%.3g, ", par->phi);
  else
    snprintf(part, sizeof part, "-, ");
  append(out, size, part);
  append(out, size, seasonal ? "{" : "-)");
  for (size_t i = 0; i < form->n_seasons; i++) {
    const char *comma = i ? ", " : "";
    if (form->trig)
      snprintf(part, sizeof part, "%s<%.6g,%zu>", comma, form->period[i], form->harmonics[i]);
    else
      snprintf(part, sizeof part, "%s%.6g", comma, form->period[i]);
    append(out, size, part);
  }
  if (seasonal) append(out, size, "})");
}

static size_t count_turns(const jv_bats_form *form) {
  size_t n = 0;
  for (size_t i = 0; i < form->n_seasons; i++) n += form->harmonics[i];
  return n;
}

jv_status jv_bats_space_new(jv_ctx *cx, const jv_bats_form *form, jv_bats_space *out) {
  jv_bats_space s = {.form = *form, .dim = jv_bats_dim(form)};
  size_t at = form->trend ? 2 : 1, turns = form->trig ? count_turns(form) : 0;
  for (size_t i = 0; i < form->n_seasons; i++) {
    s.season_at[i] = at;
    s.season_size[i] = season_size(form, i);
    at += s.season_size[i];
  }
  s.ar_at = at;
  s.ma_at = at + form->p;
  s.turn = JV_ARRAY(cx, double, 2 * turns + 1);
  if (!s.turn) return JV_ENOMEM;
  double *turn = s.turn;
  for (size_t i = 0; i < form->n_seasons && form->trig; i++)
    for (size_t j = 1; j <= form->harmonics[i]; j++) {
      *turn++ = cos(TWO_PI * (double)j / form->period[i]);
      *turn++ = sin(TWO_PI * (double)j / form->period[i]);
    }
  *out = s;
  return JV_OK;
}

void jv_bats_space_free(jv_ctx *cx, jv_bats_space *s) {
  jv_free(cx, s->turn);
  s->turn = NULL;
}

double jv_bats_season(const jv_bats_space *s, const double *x, size_t i, bool next) {
  const double *at = x + s->season_at[i];
  size_t size = s->season_size[i];
  if (!s->form.trig) return at[next ? size - 1 : 0];
  double sum = 0;
  for (size_t j = 0; j < size; j += 2) sum += at[j];
  return sum;
}

/* m'x without the ARMA part. */
static double smooth_mean(const jv_bats_space *s, const double *x) {
  double sum = x[0];
  if (s->form.trend) sum += s->par.phi * x[1];
  for (size_t i = 0; i < s->form.n_seasons; i++) sum += jv_bats_season(s, x, i, true);
  return sum;
}

/* What is known of d[t]. */
static double error_mean(const jv_bats_space *s, const double *x) {
  double sum = 0;
  for (size_t j = 0; j < s->form.p; j++) sum += s->par.ar[j] * x[s->ar_at + j];
  for (size_t j = 0; j < s->form.q; j++) sum += s->par.ma[j] * x[s->ma_at + j];
  return sum;
}

double jv_bats_mean(const jv_bats_space *s, const double *x) {
  return smooth_mean(s, x) + error_mean(s, x);
}

static void push_front(double *x, size_t n, double value) {
  memmove(x + 1, x, (n - 1) * sizeof *x);
  x[0] = value;
}

static void turn_season(const jv_bats_space *s, size_t i, const double *turn, double *x, double d) {
  double g1 = s->par.gamma1[i] * d, g2 = s->par.gamma2[i] * d;
  size_t size = s->season_size[i];
  for (size_t j = 0; j + 1 < size; j += 2) {
    double a = x[j], b = x[j + 1], c = turn[j], sine = turn[j + 1];
    x[j] = a * c + b * sine + g1;
    x[j + 1] = b * c - a * sine + g2;
  }
  if (size % 2) x[size - 1] = g1 - x[size - 1];
}

void jv_bats_step(const jv_bats_space *s, double *x, double e) {
  const jv_bats_form *form = &s->form;
  const jv_bats_par *par = &s->par;
  double d = error_mean(s, x) + e;
  x[0] += par->alpha * d;
  if (form->trend) {
    x[0] += par->phi * x[1];
    x[1] = par->phi * x[1] + par->beta * d;
  }
  const double *turn = s->turn;
  for (size_t i = 0; i < form->n_seasons; i++) {
    double *at = x + s->season_at[i];
    size_t size = s->season_size[i];
    if (form->trig) {
      turn_season(s, i, turn, at, d);
      turn += 2 * form->harmonics[i];
    } else
      push_front(at, size, at[size - 1] + par->gamma1[i] * d);
  }
  if (form->p) push_front(x + s->ar_at, form->p, d);
  if (form->q) push_front(x + s->ma_at, form->q, e);
}

/* What each state of season i takes back of r, and the weight of d in it. */
static double turn_back(const jv_bats_space *s, size_t i, const double *turn, double *r) {
  size_t size = s->season_size[i];
  double g1 = s->par.gamma1[i], g2 = s->par.gamma2[i], weight = 0;
  for (size_t j = 0; j + 1 < size; j += 2) {
    double a = r[j], b = r[j + 1], c = turn[j], sine = turn[j + 1];
    weight += g1 * a + g2 * b;
    r[j] = a * c - b * sine;
    r[j + 1] = a * sine + b * c;
  }
  if (size % 2) {
    weight += g1 * r[size - 1];
    r[size - 1] = -r[size - 1];
  }
  return weight;
}

static double shift_back(double *r, size_t size, double gamma) {
  double first = r[0];
  memmove(r, r + 1, (size - 1) * sizeof *r);
  r[size - 1] = first;
  return gamma * first;
}

/* Lags moved back; returns what the newest held. */
static double lags_back(double *r, size_t n) {
  if (n == 0) return 0;
  double first = r[0];
  memmove(r, r + 1, (n - 1) * sizeof *r);
  r[n - 1] = 0;
  return first;
}

/* r += w m'. */
static void add_measure(const jv_bats_space *s, double w, double *r) {
  const jv_bats_form *form = &s->form;
  r[0] += w;
  if (form->trend) r[1] += w * s->par.phi;
  for (size_t i = 0; i < form->n_seasons; i++) {
    double *at = r + s->season_at[i];
    size_t size = s->season_size[i];
    if (!form->trig) at[size - 1] += w;
    for (size_t j = 0; j < size && form->trig; j += 2) at[j] += w;
  }
  for (size_t j = 0; j < form->p; j++) r[s->ar_at + j] += w * s->par.ar[j];
  for (size_t j = 0; j < form->q; j++) r[s->ma_at + j] += w * s->par.ma[j];
}

void jv_bats_measure(const jv_bats_space *s, double *r) {
  memset(r, 0, s->dim * sizeof *r);
  add_measure(s, 1, r);
}

void jv_bats_back(const jv_bats_space *s, double *r) {
  const jv_bats_form *form = &s->form;
  const jv_bats_par *par = &s->par;
  const double *turn = s->turn;
  double weight = r[0] * par->alpha; /* of d */
  if (form->trend) {
    weight += r[1] * par->beta;
    r[1] = par->phi * (r[0] + r[1]);
  }
  for (size_t i = 0; i < form->n_seasons; i++) {
    double *at = r + s->season_at[i];
    if (form->trig) {
      weight += turn_back(s, i, turn, at);
      turn += 2 * form->harmonics[i];
    } else
      weight += shift_back(at, s->season_size[i], par->gamma1[i]);
  }
  weight += lags_back(r + s->ar_at, form->p);
  double error = weight + lags_back(r + s->ma_at, form->q); /* r g */
  for (size_t j = 0; j < form->p; j++) r[s->ar_at + j] += weight * par->ar[j];
  for (size_t j = 0; j < form->q; j++) r[s->ma_at + j] += weight * par->ma[j];
  add_measure(s, -error, r);
}

void jv_bats_normalise(const jv_bats_space *s, double *x) {
  for (size_t i = 0; i < s->form.n_seasons && !s->form.trig; i++) {
    double sum = 0, *at = x + s->season_at[i];
    for (size_t j = 0; j < s->season_size[i]; j++) sum += at[j];
    double mean = sum / (double)s->season_size[i];
    for (size_t j = 0; j < s->season_size[i]; j++) at[j] -= mean;
    x[0] += mean;
  }
}
