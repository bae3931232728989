/* The state space of a structural form; see structural.h for the equations.
 *
 * States in order: level, slope, season, cycle, coefficients of the regressors. Disturbances: level,
 * slope, season (one for dummies, one a state for pairs), cycle (two). The noise of the
 * observations stands outside the states, so that components can be read off. */
#include "model/structural.h"
#include <stdio.h>
#include <string.h>

#define TWO_PI 6.283185307179586

bool jv_structural_has(const jv_structural_form *form, jv_structural_noise noise) {
  switch (noise) {
  case JV_NOISE_irregular:
    return true;
  case JV_NOISE_level:
    return form->type != JV_STRUCTURAL_SMOOTH;
  case JV_NOISE_slope:
    return form->type != JV_STRUCTURAL_LEVEL;
  case JV_NOISE_season:
    return form->season != JV_STRUCTURAL_NONE;
  default:
    return form->cycle;
  }
}

static size_t season_states(const jv_structural_form *form) {
  if (form->season == JV_STRUCTURAL_NONE) return 0;
  if (form->season == JV_STRUCTURAL_DUMMY) return form->m - 1;
  return 2 * form->harmonics - (2 * form->harmonics == form->m ? 1 : 0);
}

size_t jv_structural_diffuse(const jv_structural_form *form) {
  return (form->type == JV_STRUCTURAL_LEVEL ? 1u : 2u) + season_states(form) + form->k;
}

void jv_structural_name(const jv_structural_form *form, char *out, size_t size) {
  static const char *const types[] = {"", "level", "trend", "smooth trend", "trend"};
  static const char *const seasons[] = {"", "", " + dummy season", " + trigonometric season"};
  char regressors[40] = "";
  if (form->k)
    snprintf(regressors, sizeof regressors, " + %zu regressor%s", form->k, form->k > 1 ? "s" : "");
  snprintf(out, size, "Structural(%s%s%s%s)", types[form->type], seasons[form->season],
           form->cycle ? " + cycle" : "", regressors);
}

/* A block [c, s; -s, c] with factor rho at state i. */
static void set_turn(double *t, size_t p, size_t i, double angle, double rho) {
  t[i * p + i] = t[(i + 1) * p + i + 1] = rho * cos(angle);
  t[i * p + i + 1] = rho * sin(angle);
  t[(i + 1) * p + i] = -rho * sin(angle);
}

static void set_season(jv_structural_system *s, double *z, size_t r) {
  const jv_structural_form *form = &s->form;
  size_t at = s->season, n = season_states(form), p = s->p;
  if (form->season == JV_STRUCTURAL_DUMMY) {
    z[at] = 1;
    for (size_t i = 0; i < n; i++) s->t[at * p + at + i] = -1;
    for (size_t i = 1; i < n; i++) s->t[(at + i) * p + at + i - 1] = 1;
    s->rr[at * s->r + r] = 1;
    return;
  }
  for (size_t j = 0; j < form->harmonics && n > 0; j++) {
    size_t i = at + 2 * j;
    z[i] = 1;
    if (2 * (j + 1) == form->m)
      s->t[i * p + i] = -1; /* half a turn: one state, the other never shows */
    else
      set_turn(s->t, p, i, TWO_PI * (double)(j + 1) / (double)form->m, 1);
  }
  for (size_t i = 0; i < n; i++) s->rr[(at + i) * s->r + r + i] = 1;
}

/* z, T and R without what depends on parameters; z: the first row. */
static void set_structure(jv_structural_system *s) {
  const jv_structural_form *form = &s->form;
  size_t p = s->p, r = 1;
  s->z[0] = 1;
  s->t[0] = 1;
  s->rr[0] = 1;
  if (form->type != JV_STRUCTURAL_LEVEL) {
    s->t[s->slope] = 1;
    s->t[s->slope * p + s->slope] = 1;
    s->rr[s->slope * s->r + r++] = 1;
  }
  set_season(s, s->z, r);
  if (form->season == JV_STRUCTURAL_DUMMY) r += 1;
  if (form->season == JV_STRUCTURAL_TRIG) r += season_states(form);
  if (form->cycle) {
    s->z[s->cycle] = 1;
    s->rr[s->cycle * s->r + r] = s->rr[(s->cycle + 1) * s->r + r + 1] = 1;
  }
  for (size_t j = 0; j < form->k; j++) s->t[(s->x + j) * p + s->x + j] = 1;
  for (size_t i = 0; i < p; i++) s->diffuse[i] = i < s->cycle || i >= s->x;
}

static void set_regressors(jv_structural_system *s, const double *x, const double *scale,
                           size_t rows) {
  size_t p = s->p, k = s->form.k;
  for (size_t t = 1; t < rows; t++) memcpy(s->z + t * p, s->z, s->x * sizeof *s->z);
  for (size_t t = 0; t < rows; t++)
    for (size_t j = 0; j < k; j++) s->z[t * p + s->x + j] = x[t * k + j] / scale[j];
}

jv_status jv_structural_system_new(jv_ctx *cx, const jv_structural_form *form, const double *x,
                                   const double *x_scale, size_t rows, jv_structural_system *out) {
  jv_structural_system s = {.form = *form};
  s.slope = 1;
  s.season = form->type == JV_STRUCTURAL_LEVEL ? 1 : 2;
  s.cycle = s.season + season_states(form);
  s.x = s.cycle + (form->cycle ? 2 : 0);
  s.p = s.x + form->k;
  s.r = (form->type == JV_STRUCTURAL_LEVEL ? 1u : 2u) + (form->cycle ? 2u : 0u);
  s.r += form->season == JV_STRUCTURAL_DUMMY ? 1 : season_states(form);
  size_t zs = form->k && rows ? rows * s.p : s.p, square = s.p * s.p;
  s.block = jv_calloc(cx, zs + 2 * square + s.p * s.r + s.r, sizeof *s.block);
  s.diffuse = jv_calloc(cx, s.p, sizeof *s.diffuse);
  if (!s.block || !s.diffuse) {
    jv_structural_system_free(cx, &s);
    return JV_ENOMEM;
  }
  s.z = s.block;
  s.t = s.z + zs;
  s.p0 = s.t + square;
  s.rr = s.p0 + square;
  s.q = s.rr + s.p * s.r;
  set_structure(&s);
  if (form->k) set_regressors(&s, x, x_scale, rows);
  s.ssm = (jv_ssm){.p = s.p,
                   .r = s.r,
                   .z = s.z,
                   .t = s.t,
                   .rr = s.rr,
                   .q = s.q,
                   .p0 = s.p0,
                   .diffuse = s.diffuse,
                   .z_step = form->k ? s.p : 0};
  *out = s;
  return JV_OK;
}

void jv_structural_system_free(jv_ctx *cx, jv_structural_system *s) {
  jv_free(cx, s->block);
  jv_free(cx, s->diffuse);
  s->block = NULL;
  s->diffuse = NULL;
}

void jv_structural_system_set(jv_structural_system *s, const jv_structural_par *par) {
  const jv_structural_form *form = &s->form;
  size_t r = 0, last = s->r;
  s->h = par->v[JV_NOISE_irregular];
  s->ssm.h = &s->h;
  s->q[r++] = par->v[JV_NOISE_level];
  if (form->type != JV_STRUCTURAL_LEVEL) s->q[r++] = par->v[JV_NOISE_slope];
  if (form->cycle) {
    double v = par->v[JV_NOISE_cycle];
    s->q[--last] = v;
    s->q[--last] = v;
    set_turn(s->t, s->p, s->cycle, TWO_PI / par->period, par->rho);
    double start = v / (1 - par->rho * par->rho);
    s->p0[s->cycle * s->p + s->cycle] = s->p0[(s->cycle + 1) * s->p + s->cycle + 1] = start;
  }
  while (r < last) s->q[r++] = par->v[JV_NOISE_season];
}
