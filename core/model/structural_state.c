/* The state of a structural fit: running the filter over it again, components, saving, explaining. */
#include "model/structural_state.h"
#include "model/state.h"
#include "numeric/optimise.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static void free_arrays(jv_ctx *cx, jv_structural_state *s) {
  jv_free(cx, s->y);
  jv_free(cx, s->x);
  jv_free(cx, s->x_scale);
  jv_free(cx, s->a);
  jv_free(cx, s->p);
}

void jv_structural_free(jv_ctx *cx, jv_fit *fit) {
  jv_structural_state *s = fit->state;
  if (!s) return;
  free_arrays(cx, s);
  jv_free(cx, s);
  fit->state = NULL;
}

jv_status jv_structural_refilter(jv_ctx *cx, const jv_structural_state *s, jv_kalman_keep keep,
                                 jv_structural_system *system, jv_kalman **k) {
  JV_TRY(jv_structural_system_new(cx, &s->form, s->x, s->x_scale, s->n, system));
  jv_structural_system_set(system, &s->par);
  jv_status status = jv_kalman_new(cx, system->p, system->r, s->n, keep, k);
  if (status == JV_OK && isnan(jv_kalman_run(*k, &system->ssm, s->y, s->n))) {
    status = jv_fail(cx, JV_ENUMERIC, "structural: a prediction variance is zero");
    jv_kalman_free(cx, *k);
  }
  if (status != JV_OK) jv_structural_system_free(cx, system);
  return status;
}

jv_status jv_structural_ahead(jv_ctx *cx, const jv_structural_state *s, const double *x, size_t h,
                              jv_structural_system *system) {
  JV_TRY(jv_structural_system_new(cx, &s->form, x, s->x_scale, h, system));
  jv_structural_system_set(system, &s->par);
  system->ssm.a0 = s->a;
  system->ssm.p0 = s->p;
  system->ssm.diffuse = NULL;
  return JV_OK;
}

/* ---- components ---- */

/* First and one past the last state of each part, in the order of the states. */
typedef struct part {
  const char *name;
  size_t begin, end;
} part;

static size_t list_parts(const jv_structural_system *s, part out[JV_STRUCTURAL_PARTS]) {
  size_t n = 0;
  out[n++] = (part){"level", 0, 1};
  if (s->season > 1) out[n++] = (part){"slope", 1, 2};
  if (s->cycle > s->season) out[n++] = (part){"season", s->season, s->cycle};
  if (s->x > s->cycle) out[n++] = (part){"cycle", s->cycle, s->x};
  if (s->p > s->x) out[n++] = (part){"regression", s->x, s->p};
  return n;
}

/* The slope is shown as it is; every other part as what it adds to y. */
static void fill_part(const jv_structural_system *s, const part *which, const double *states,
                      size_t n, double *values, double *irregular) {
  bool slope = which->begin == s->slope && s->season > 1;
  for (size_t t = 0; t < n; t++) {
    const double *z = jv_ssm_z(&s->ssm, t), *a = states + t * s->p;
    double sum = 0;
    for (size_t i = which->begin; i < which->end; i++) sum += slope ? a[i] : z[i] * a[i];
    values[t] = sum;
    if (!slope) irregular[t] -= sum;
  }
}

static jv_status fill_components(jv_ctx *cx, const jv_structural_state *s,
                                 const jv_structural_system *system, const jv_kalman *k,
                                 const part *parts, size_t n_parts, double *values) {
  size_t n = s->n;
  double *states = jv_alloc(cx, n * system->p, sizeof *states);
  if (!states) return JV_ENOMEM;
  jv_kalman_smooth_means(k, &system->ssm, states);
  double *irregular = values + n_parts * n;
  memcpy(irregular, s->y, n * sizeof *irregular);
  for (size_t i = 0; i < n_parts; i++)
    fill_part(system, &parts[i], states, n, values + i * n, irregular);
  jv_free(cx, states);
  return JV_OK;
}

void jv_structural_name_parts(jv_structural_state *s) {
  size_t n = 0;
  s->parts[n++] = "level";
  if (s->form.type != JV_STRUCTURAL_LEVEL) s->parts[n++] = "slope";
  if (s->form.season != JV_STRUCTURAL_NONE) s->parts[n++] = "season";
  if (s->form.cycle) s->parts[n++] = "cycle";
  if (s->form.k) s->parts[n++] = "regression";
  s->parts[n++] = "irregular";
  s->n_parts = n;
}

jv_status jv_structural_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                   const char *const **names, double *values) {
  const jv_structural_state *s = fit->state;
  *count = s->n_parts;
  *names = s->parts;
  if (!values) return JV_OK;
  jv_structural_system system;
  jv_kalman *k = NULL;
  part parts[JV_STRUCTURAL_PARTS];
  JV_TRY(jv_structural_refilter(cx, s, JV_KALMAN_GAINS, &system, &k));
  size_t n = list_parts(&system, parts);
  jv_status status = fill_components(cx, s, &system, k, parts, n, values);
  jv_kalman_free(cx, k);
  jv_structural_system_free(cx, &system);
  return status;
}

/* ---- save and load: the sample and the parameters; the filter finds the rest again ---- */

static const char *const noise_names[JV_NOISES] = {
#define X(name) "var_" #name,
    JV_STRUCTURAL_NOISES(X)
#undef X
};

static jv_status save_trace(jv_ctx *cx, const jv_structural_state *s, struct cJSON *into) {
  cJSON *list = cJSON_AddArrayToObject(into, "trace");
  if (!list) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trace'");
  for (size_t i = 0; i < s->rows; i++) {
    const jv_structural_row *row = &s->trace[i];
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
      cJSON_Delete(item);
      return jv_fail(cx, JV_ENOMEM, "out of memory writing 'trace'");
    }
    JV_TRY(jv_state_set_text(cx, item, "form", row->name));
    JV_TRY(jv_state_set_real(cx, item, "loglik", row->loglik));
    JV_TRY(jv_state_set_real(cx, item, "aicc", row->aicc));
    JV_TRY(jv_state_set_count(cx, item, "parameters", row->parameters));
  }
  return JV_OK;
}

jv_status jv_structural_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_structural_state *s = fit->state;
  JV_TRY(jv_state_set_count(cx, into, "type", (size_t)s->form.type));
  JV_TRY(jv_state_set_count(cx, into, "season", (size_t)s->form.season));
  JV_TRY(jv_state_set_flag(cx, into, "cycle", s->form.cycle));
  JV_TRY(jv_state_set_count(cx, into, "harmonics", s->form.harmonics));
  JV_TRY(jv_state_set_reals(cx, into, "ratios", s->par.v, JV_NOISES));
  JV_TRY(jv_state_set_real(cx, into, "scale", s->par.scale));
  JV_TRY(jv_state_set_real(cx, into, "period", s->par.period));
  JV_TRY(jv_state_set_real(cx, into, "rho", s->par.rho));
  JV_TRY(jv_state_set_reals(cx, into, "y", s->y, s->n));
  JV_TRY(jv_state_set_reals(cx, into, "x", s->x, s->n * s->form.k));
  JV_TRY(jv_state_set_reals(cx, into, "x_scale", s->x_scale, s->form.k));
  return save_trace(cx, s, into);
}

static jv_status load_form(jv_ctx *cx, const struct cJSON *from, const jv_fit *fit,
                           jv_structural_form *form) {
  size_t type, season;
  JV_TRY(jv_state_get_count(cx, from, "type", &type));
  JV_TRY(jv_state_get_count(cx, from, "season", &season));
  JV_TRY(jv_state_get_flag(cx, from, "cycle", &form->cycle));
  JV_TRY(jv_state_get_count(cx, from, "harmonics", &form->harmonics));
  form->m = fit->m;
  form->k = fit->k;
  bool seasonal = season != JV_STRUCTURAL_NONE, pairs = season == JV_STRUCTURAL_TRIG;
  if (type < JV_STRUCTURAL_LEVEL || type > JV_STRUCTURAL_SMOOTH || season < JV_STRUCTURAL_NONE ||
      season > JV_STRUCTURAL_TRIG || (seasonal && form->m < 2) ||
      (pairs ? form->harmonics < 1 || form->harmonics > form->m / 2 : form->harmonics != 0))
    return jv_fail(cx, JV_EPARSE, "structural: impossible form");
  form->type = (int)type;
  form->season = (int)season;
  return JV_OK;
}

static jv_status load_par(jv_ctx *cx, const struct cJSON *from, jv_structural_par *par) {
  JV_TRY(jv_state_get_reals(cx, from, "ratios", par->v, JV_NOISES));
  JV_TRY(jv_state_get_real(cx, from, "scale", &par->scale));
  JV_TRY(jv_state_get_real(cx, from, "period", &par->period));
  JV_TRY(jv_state_get_real(cx, from, "rho", &par->rho));
  for (size_t i = 0; i < JV_NOISES; i++)
    if (!(par->v[i] >= 0) || isinf(par->v[i]))
      return jv_fail(cx, JV_EPARSE, "structural: impossible '%s'", noise_names[i]);
  if (!(par->scale > 0) || isinf(par->scale) || !(par->period > 0) || !(par->rho >= 0) ||
      !(par->rho < 1))
    return jv_fail(cx, JV_EPARSE, "structural: impossible scale, period or damping");
  return JV_OK;
}

static jv_status load_trace(jv_ctx *cx, const struct cJSON *from, jv_structural_state *s) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(from, "trace"), *item;
  cJSON_ArrayForEach(item, list) {
    if (s->rows == JV_STRUCTURAL_ROWS) return jv_fail(cx, JV_EPARSE, "'trace' is too long");
    jv_structural_row *row = &s->trace[s->rows++];
    const char *name;
    JV_TRY(jv_state_get_text(cx, item, "form", &name));
    snprintf(row->name, sizeof row->name, "%s", name);
    JV_TRY(jv_state_get_real(cx, item, "loglik", &row->loglik));
    JV_TRY(jv_state_get_real(cx, item, "aicc", &row->aicc));
    JV_TRY(jv_state_get_count(cx, item, "parameters", &row->parameters));
  }
  return JV_OK;
}

static jv_status load_sample(jv_ctx *cx, const struct cJSON *from, jv_structural_state *s) {
  size_t k = s->form.k;
  s->y = JV_ARRAY(cx, double, s->n + 1);
  s->x = JV_ARRAY(cx, double, s->n *k + 1);
  s->x_scale = JV_ARRAY(cx, double, k + 1);
  if (!s->y || !s->x || !s->x_scale) return JV_ENOMEM;
  JV_TRY(jv_state_get_reals(cx, from, "y", s->y, s->n));
  JV_TRY(jv_state_get_reals(cx, from, "x", s->x, s->n * k));
  JV_TRY(jv_state_get_reals(cx, from, "x_scale", s->x_scale, k));
  for (size_t j = 0; j < s->n * k; j++)
    if (!isfinite(s->x[j])) return jv_fail(cx, JV_EPARSE, "structural: impossible 'x'");
  for (size_t j = 0; j < k; j++)
    if (!(s->x_scale[j] > 0)) return jv_fail(cx, JV_EPARSE, "structural: impossible 'x_scale'");
  return JV_OK;
}

static jv_status load_state(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_structural_state *s = fit->state;
  s->n = fit->n;
  JV_TRY(load_form(cx, from, fit, &s->form));
  JV_TRY(load_par(cx, from, &s->par));
  JV_TRY(load_trace(cx, from, s));
  JV_TRY(load_sample(cx, from, s));
  jv_structural_name_parts(s);
  jv_structural_system system;
  jv_kalman *k;
  JV_TRY(jv_structural_refilter(cx, s, JV_KALMAN_NOTHING, &system, &k));
  jv_status status = JV_OK;
  if (k->diffuse_end > s->n)
    status = jv_fail(cx, JV_EPARSE, "structural: 'y' cannot start the states");
  if (status == JV_OK) status = jv_structural_keep_end(cx, s, k);
  jv_kalman_free(cx, k);
  jv_structural_system_free(cx, &system);
  return status;
}

/* The caller frees the zeroed state that it gave; what hangs on it goes here. */
jv_status jv_structural_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit) {
  jv_status status = load_state(cx, from, fit);
  if (status != JV_OK) free_arrays(cx, fit->state);
  return status;
}

jv_status jv_structural_keep_end(jv_ctx *cx, jv_structural_state *s, const jv_kalman *k) {
  size_t p = k->p;
  if (!s->a) s->a = JV_ARRAY(cx, double, p);
  if (!s->p) s->p = JV_ARRAY(cx, double, p *p);
  if (!s->a || !s->p) return JV_ENOMEM;
  memcpy(s->a, k->a, p * sizeof *s->a);
  memcpy(s->p, k->p_star, p * p * sizeof *s->p);
  return JV_OK;
}

/* ---- explain ---- */

static jv_status add_coefficient(jv_ctx *cx, cJSON *list, const char *name, double estimate,
                                 double se) {
  cJSON *item = cJSON_CreateObject();
  if (!item || !cJSON_AddItemToArray(list, item)) {
    cJSON_Delete(item);
    return jv_fail(cx, JV_ENOMEM, "out of memory writing '%s'", name);
  }
  JV_TRY(jv_state_set_text(cx, item, "name", name));
  JV_TRY(jv_state_set_real(cx, item, "estimate", estimate));
  return jv_state_set_real(cx, item, "se", se);
}

static jv_status explain_coefficients(jv_ctx *cx, const jv_fit *fit, cJSON *list) {
  const jv_structural_state *s = fit->state;
  jv_sample sample = {.y = s->y, .n = s->n, .m = fit->m, .x = s->x, .k = s->form.k};
  double se[JV_NOISES + 2], s2 = s->par.scale * s->par.scale;
  JV_TRY(jv_structural_errors(cx, &sample, s->x_scale, &s->form, fit->opt, &s->par, se));
  for (int i = 0; i < JV_NOISES; i++)
    if (jv_structural_has(&s->form, (jv_structural_noise)i))
      JV_TRY(add_coefficient(cx, list, noise_names[i], s->par.v[i] * s2, se[i]));
  if (s->form.cycle) {
    JV_TRY(add_coefficient(cx, list, "cycle_period", s->par.period, se[JV_NOISES]));
    JV_TRY(add_coefficient(cx, list, "cycle_damping", s->par.rho, se[JV_NOISES + 1]));
  }
  size_t k = s->form.k, p = jv_structural_diffuse(&s->form) + (s->form.cycle ? 2 : 0);
  for (size_t j = 0; j < k; j++) {
    size_t at = p - k + j;
    double scale = s->x_scale[j], sd = s->par.scale * sqrt(fmax(s->p[at * p + at], 0));
    JV_TRY(add_coefficient(cx, list, fit->x_names[j], s->a[at] / scale, sd / scale));
  }
  return JV_OK;
}

static jv_status add_step(jv_ctx *cx, cJSON *list, const char *text) {
  cJSON *item = cJSON_CreateString(text);
  if (item && cJSON_AddItemToArray(list, item)) return JV_OK;
  cJSON_Delete(item);
  return jv_fail(cx, JV_ENOMEM, "out of memory writing 'steps'");
}

static jv_status explain_steps(jv_ctx *cx, const jv_fit *fit, cJSON *list) {
  const jv_structural_state *s = fit->state;
  char text[240];
  if (s->rows) {
    snprintf(text, sizeof text,
             "type chosen among %zu by the AICc of the observations after the longest diffuse "
             "start",
             s->rows);
    JV_TRY(add_step(cx, list, text));
  }
  snprintf(text, sizeof text, "%zu starting values are diffuse; the likelihood is the exact one",
           jv_structural_diffuse(&s->form));
  JV_TRY(add_step(cx, list, text));
  for (int i = 0; i < JV_NOISES; i++) {
    if (!jv_structural_has(&s->form, (jv_structural_noise)i) || s->par.v[i] > 0) continue;
    snprintf(text, sizeof text, "%s is zero: what it moves is fixed", noise_names[i]);
    JV_TRY(add_step(cx, list, text));
  }
  return JV_OK;
}

jv_status jv_structural_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into) {
  const jv_structural_state *s = fit->state;
  cJSON *steps = cJSON_AddArrayToObject(into, "steps");
  cJSON *coefficients = cJSON_AddArrayToObject(into, "coefficients");
  if (!steps || !coefficients) return jv_fail(cx, JV_ENOMEM, "out of memory writing 'steps'");
  JV_TRY(explain_steps(cx, fit, steps));
  JV_TRY(explain_coefficients(cx, fit, coefficients));
  return s->rows ? save_trace(cx, s, into) : JV_OK;
}
