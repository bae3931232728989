/* Combination of forecasts: several models fitted to one series, their forecasts brought to one.
 *
 *   f[h]  = C(f_1[h] … f_k[h])          f_i: point forecasts of the members
 *   C     median | mean | mean without the share `trim` at each end | sum of w_i f_i
 *   w_i   inverse: proportional to 1 / mean squared error of a rolling-origin backtest on the sample
 *         stacked: those that minimise the squared errors of that backtest, w_i >= 0, sum w_i = 1
 *
 * Fitted values are the same C of the members' fitted values. The distribution comes from the
 * members' joint errors: see combine_errors.c. Members that cannot be fitted are left out, with a
 * note; one must remain. A member that cannot take new data makes update unsupported; weights stay
 * as they are.
 *
 * Source: Bates & Granger (1969), Operational Research Quarterly 20, 451-468 (inverse errors);
 * Breiman (1996), Machine Learning 24, 49-64 (stacking, weights non-negative); Petropoulos & Svetunkov
 * (2020), IJF 36, 110-115 (median of four models).
 * Checked by: tests/core/test_combine.c */
#include "evaluate/combine.h"
#include "evaluate/models.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the centre of the members' values ---- */

static void sort_few(double *v, size_t n) {
  for (size_t i = 1; i < n; i++) {
    double x = v[i];
    size_t at = i;
    for (; at > 0 && v[at - 1] > x; at--) v[at] = v[at - 1];
    v[at] = x;
  }
}

/* Mean of the sorted values without `cut` at each end. */
static double inner_mean(const double *v, size_t n, size_t cut) {
  double sum = 0;
  for (size_t i = cut; i < n - cut; i++) sum += v[i];
  return sum / (double)(n - 2 * cut);
}

static double weighted(const jv_combine_state *s, const double *v) {
  double sum = 0, weights = 0;
  for (size_t i = 0; i < s->n; i++) {
    if (isnan(v[i])) continue;
    sum += s->weights[i] * v[i];
    weights += s->weights[i];
  }
  return weights > 0 ? sum / weights : NAN;
}

double jv_combine_centre(const jv_combine_state *s, double *v) {
  size_t n = 0;
  if (s->how == JV_COMBINE_INVERSE || s->how == JV_COMBINE_STACKED) return weighted(s, v);
  for (size_t i = 0; i < s->n; i++)
    if (!isnan(v[i])) v[n++] = v[i];
  if (n == 0) return NAN;
  sort_few(v, n);
  if (s->how == JV_COMBINE_MEDIAN) return inner_mean(v, n, (n - 1) / 2);
  size_t cut = s->how == JV_COMBINE_TRIMMED ? (size_t)(s->trim * (double)n) : 0;
  return inner_mean(v, n, 2 * cut < n ? cut : (n - 1) / 2);
}

/* The centre of row i of each member's column of values. */
static double centre_at(const jv_combine_state *s, const double *const *columns, size_t i) {
  double v[JV_COMBINE_MOST];
  for (size_t k = 0; k < s->n; k++) v[k] = columns[k][i];
  return jv_combine_centre(s, v);
}

/* ---- fitting ---- */

jv_status jv_combine_note(jv_ctx *cx, jv_combine_state *s, const char *fmt, ...) {
  char text[sizeof cx->message + 64];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  char **notes = jv_realloc(cx, s->notes, s->n_notes + 1, sizeof *notes);
  if (!notes) return JV_ENOMEM;
  s->notes = notes;
  notes[s->n_notes] = jv_strdup(cx, text);
  if (!notes[s->n_notes]) return JV_ENOMEM;
  s->n_notes++;
  return JV_OK;
}

void jv_combine_free(jv_ctx *cx, jv_fit *fit) {
  jv_combine_state *s = fit->state;
  if (!s) return;
  for (size_t i = 0; i < s->n; i++) {
    jv_fit_free(cx, s->fits[i]);
    jv_free(cx, s->names[i]);
  }
  for (size_t i = 0; i < s->n_notes; i++) jv_free(cx, s->notes[i]);
  jv_free(cx, s->notes);
  jv_free(cx, s->fits);
  jv_free(cx, s->names);
  jv_free(cx, s->weights);
  jv_free(cx, s->rmse);
  jv_free(cx, s);
  fit->state = NULL;
}

static jv_status new_state(jv_ctx *cx, const jv_combine_opt *opt, size_t most, jv_fit *fit) {
  jv_combine_state *s = JV_NEW(cx, jv_combine_state);
  if (!s) return JV_ENOMEM;
  fit->state = s;
  s->how = (jv_combine_how)opt->how;
  s->trim = opt->trim;
  s->fits = jv_calloc(cx, most, sizeof(jv_fit *));
  s->names = jv_calloc(cx, most, sizeof *s->names);
  s->weights = JV_ARRAY(cx, double, most);
  s->rmse = JV_ARRAY(cx, double, most);
  return s->fits && s->names && s->weights && s->rmse ? JV_OK : JV_ENOMEM;
}

/* What ends the fit of all, rather than of one member. */
static bool is_final(jv_status status) { return status == JV_ENOMEM || status == JV_ECANCEL; }

/* Specs of members that cannot be fitted change places with later ones, so that those of the fitted
 * come first, in order. */
static jv_status fit_members(jv_ctx *cx, const jv_sample *sample, jv_model_spec *specs, size_t n,
                             jv_combine_state *s) {
  jv_status first = JV_OK;
  char message[sizeof cx->message] = "";
  for (size_t i = 0; i < n; i++) {
    jv_fit *made;
    jv_status status = jv_member_fit(cx, specs[i].text, &specs[i], sample, &made);
    if (is_final(status)) return status;
    if (status != JV_OK) {
      if (first == JV_OK) memcpy(message, cx->message, sizeof message);
      if (first == JV_OK) first = status;
      JV_TRY(jv_combine_note(cx, s, "left out: %s", cx->message));
      continue;
    }
    s->fits[s->n] = made;
    s->names[s->n] = jv_strdup(cx, specs[i].text);
    jv_model_spec moved = specs[s->n];
    specs[s->n] = specs[i];
    specs[i] = moved;
    s->n++;
    if (!s->names[s->n - 1]) return JV_ENOMEM;
  }
  return s->n ? JV_OK : jv_fail(cx, first, "none of its models can be fitted: %s", message);
}

static void fill_fitted(const double *y, size_t from, size_t to, jv_fit *fit) {
  const jv_combine_state *s = fit->state;
  const double *columns[JV_COMBINE_MOST];
  for (size_t k = 0; k < s->n; k++) columns[k] = s->fits[k]->fitted;
  for (size_t t = from; t < to; t++) {
    fit->fitted[t] = centre_at(s, columns, t);
    fit->residuals[t] = y[t - from] - fit->fitted[t];
  }
}

/* "Median of ETS(A,A,N), Drift"; the models as typed where their forms take too much room. */
static void name_form(jv_fit *fit) {
  static const char *const titles[] = {"Median", "Mean", "Trimmed mean", "Inverse-error mean",
                                       "Stack"};
  const jv_combine_state *s = fit->state;
  size_t room = sizeof fit->form, len = room;
  for (int as_typed = 0; as_typed < 2 && len >= room; as_typed++) {
    len = (size_t)snprintf(fit->form, room, "%s of ", titles[s->how]);
    for (size_t i = 0; i < s->n && len < room; i++)
      len += (size_t)snprintf(fit->form + len, room - len, "%s%s", i ? ", " : "",
                              as_typed ? s->names[i] : s->fits[i]->form);
  }
  if (len >= room) memcpy(fit->form + room - 4, "...", 4);
}

static void fill_numbers(jv_fit *fit) {
  const jv_combine_state *s = fit->state;
  double sum = 0;
  size_t n = 0;
  for (size_t t = 0; t < fit->n; t++)
    if (!isnan(fit->residuals[t])) {
      sum += fit->residuals[t] * fit->residuals[t];
      n++;
    }
  fit->sigma2 = n ? sum / (double)n : INFINITY;
  fit->n_params = s->origins ? s->n - 1 : 0;
  fit->evaluations = 0;
  for (size_t i = 0; i < s->n; i++) {
    fit->converged = fit->converged && s->fits[i]->converged;
    fit->evaluations += s->fits[i]->evaluations;
  }
  name_form(fit);
}

static jv_status fit_all(jv_ctx *cx, const jv_sample *sample, const jv_combine_opt *opt,
                         jv_model_spec *specs, size_t n, jv_fit *fit) {
  jv_combine_state *s = fit->state;
  JV_TRY(fit_members(cx, sample, specs, n, s));
  for (size_t i = 0; i < s->n; i++) {
    s->weights[i] = 1 / (double)s->n;
    s->rmse[i] = NAN;
  }
  if (s->how == JV_COMBINE_INVERSE || s->how == JV_COMBINE_STACKED)
    JV_TRY(jv_combine_weigh(cx, sample, opt, specs, s));
  fill_fitted(sample->y, 0, fit->n, fit);
  fill_numbers(fit);
  return JV_OK;
}

jv_status jv_combine_fit(jv_ctx *cx, const jv_sample *sample, const jv_combine_opt *opt,
                         const char *models, jv_fit *fit) {
  jv_model_spec *specs = NULL;
  size_t n = 0;
  const char *what = fit->cls->name;
  JV_TRY(jv_members_parse(cx, what, models, models, JV_COMBINE_MOST, &specs, &n));
  jv_status status = new_state(cx, opt, n, fit);
  if (status == JV_OK) status = fit_all(cx, sample, opt, specs, n, fit);
  jv_model_specs_free(cx, specs, n);
  if (status == JV_OK) return JV_OK;
  jv_combine_free(cx, fit);
  return is_final(status) ? status : jv_fail_in(cx, "%s", what);
}

/* ---- the same combination of another series ---- */

static jv_status copy_state(jv_ctx *cx, const jv_combine_state *from, jv_combine_state *to) {
  to->origins = from->origins;
  to->horizon = from->horizon;
  memcpy(to->weights, from->weights, from->n * sizeof *to->weights);
  memcpy(to->rmse, from->rmse, from->n * sizeof *to->rmse);
  for (size_t i = 0; i < from->n_notes; i++) JV_TRY(jv_combine_note(cx, to, "%s", from->notes[i]));
  return JV_OK;
}

static jv_status apply_members(jv_ctx *cx, const jv_fit *from, const jv_sample *sample,
                               jv_combine_state *to) {
  const jv_combine_state *s = from->state;
  for (size_t i = 0; i < s->n; i++) {
    jv_sample own = *sample;
    if (!s->fits[i]->k) {
      own.x = NULL;
      own.k = 0;
    }
    if (jv_fit_apply(cx, s->fits[i], &own, &to->fits[i]) != JV_OK)
      return jv_fail_in(cx, "%s: %s", from->cls->name, s->names[i]);
    to->names[i] = jv_strdup(cx, s->names[i]);
    to->n++;
    if (!to->names[i]) return JV_ENOMEM;
  }
  return JV_OK;
}

jv_status jv_combine_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit) {
  const jv_combine_state *s = from->state;
  jv_combine_opt opt = {.how = (int)s->how, .trim = s->trim};
  jv_status status = new_state(cx, &opt, s->n, fit);
  if (status == JV_OK) status = copy_state(cx, s, fit->state);
  if (status == JV_OK) status = apply_members(cx, from, sample, fit->state);
  if (status != JV_OK) {
    jv_combine_free(cx, fit);
    return status;
  }
  fill_fitted(sample->y, 0, fit->n, fit);
  fill_numbers(fit);
  fit->sigma2 = from->sigma2;
  return JV_OK;
}

/* ---- forecasting ---- */

const jv_combine_state *jv_combine_state_of(const jv_fit *fit) {
  bool is_one = fit->cls->free_state == jv_combine_free && jv_fit_core(fit) == fit;
  return is_one ? fit->state : NULL;
}

jv_status jv_combine_means(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                           double *means) {
  const jv_combine_state *s = fit->state;
  for (size_t k = 0; k < s->n; k++) {
    jv_forecast *fc;
    const jv_fit *member = s->fits[k];
    if (member->n != fit->n)
      return jv_fail(cx, JV_EUNSUPPORTED, "%s: an update ended half-way: fit again",
                     fit->cls->name);
    JV_TRY(jv_fit_forecast(cx, member, h, member->k ? x : NULL, &fc));
    memcpy(means + k * h, fc->mean, h * sizeof *means);
    jv_forecast_free(cx, fc);
  }
  return JV_OK;
}

static jv_status centre_means(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              double *mean) {
  const jv_combine_state *s = fit->state;
  const double *columns[JV_COMBINE_MOST];
  double *means = JV_ARRAY(cx, double, s->n *h);
  if (!means) return JV_ENOMEM;
  jv_status status = jv_combine_means(cx, fit, h, x, means);
  for (size_t k = 0; k < s->n; k++) columns[k] = means + k * h;
  for (size_t i = 0; i < h && status == JV_OK; i++) mean[i] = centre_at(s, columns, i);
  jv_free(cx, means);
  return status;
}

enum { PATHS = 2000 };

/* What is known of no member is known of no step: an infinite spread, as that of one value. */
static jv_status set_unknown(jv_ctx *cx, jv_forecast *fc) {
  fc->sd = JV_ARRAY(cx, double, fc->h);
  if (!fc->sd) return JV_ENOMEM;
  for (size_t i = 0; i < fc->h; i++) fc->sd[i] = INFINITY;
  fc->dist = JV_DIST_NORMAL;
  return JV_OK;
}

static jv_status spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  bool known;
  double *paths = JV_ARRAY(cx, double, PATHS * fc->h);
  if (!paths) return JV_ENOMEM;
  jv_status status = jv_combine_errors(cx, fit, fc->h, fc->x, PATHS, paths, &known);
  if (status != JV_OK || !known) {
    jv_free(cx, paths);
    return status == JV_OK ? set_unknown(cx, fc) : status;
  }
  for (size_t i = 0; i < PATHS * fc->h; i++) paths[i] += fc->mean[i % fc->h];
  fc->paths = paths;
  fc->n_paths = PATHS;
  fc->dist = JV_DIST_PATHS;
  return JV_OK;
}

jv_status jv_combine_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc) {
  JV_TRY(centre_means(cx, fit, fc->h, fc->x, fc->mean));
  fc->dist = JV_DIST_POINT;
  fc->spread = spread;
  return JV_OK;
}

jv_status jv_combine_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                              size_t n_paths, double *paths) {
  bool known;
  double *mean = JV_ARRAY(cx, double, h);
  if (!mean) return JV_ENOMEM;
  jv_status status = centre_means(cx, fit, h, x, mean);
  if (status == JV_OK) status = jv_combine_errors(cx, fit, h, x, n_paths, paths, &known);
  if (status == JV_OK && !known)
    status = jv_fail(cx, JV_EDATA, "%s: no sample paths: none of its models has a known spread",
                     fit->cls->name);
  for (size_t i = 0; i < n_paths * h && status == JV_OK; i++) paths[i] += mean[i % h];
  jv_free(cx, mean);
  return status;
}

/* ---- update and components ---- */

/* A member that takes no gaps is told its own forecast in place of a missing value. */
static jv_status update_one(jv_ctx *cx, jv_fit *member, double y, const double *x) {
  jv_forecast *fc;
  if (isnan(y) && !(member->cls->tags & JV_TAG_MISSING)) {
    JV_TRY(jv_fit_forecast(cx, member, 1, x, &fc));
    y = fc->mean[0];
    jv_forecast_free(cx, fc);
  }
  return jv_fit_update(cx, member, &y, x, 1);
}

/* Before any member is changed. */
static jv_status check_update(jv_ctx *cx, const jv_fit *fit, const double *y, size_t more) {
  const jv_combine_state *s = fit->state;
  for (size_t k = 0; k < s->n; k++) {
    const jv_model_class *cls = s->fits[k]->cls;
    if (!cls->update)
      return jv_fail(cx, JV_EUNSUPPORTED, "%s: its model %s cannot take new data without a new fit",
                     fit->cls->name, s->names[k]);
    for (size_t t = 0; t < more && (cls->tags & JV_TAG_POSITIVE); t++)
      if (y[t] <= 0)
        return jv_fail(cx, JV_EDATA,
                       "%s: its model %s needs values above zero, observation %zu is %g",
                       fit->cls->name, s->names[k], fit->n + t + 1, y[t]);
  }
  return JV_OK;
}

jv_status jv_combine_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x,
                            size_t more) {
  jv_combine_state *s = fit->state;
  JV_TRY(check_update(cx, fit, y, more));
  for (size_t k = 0; k < s->n; k++)
    for (size_t t = 0; t < more; t++) {
      const double *row = s->fits[k]->k ? x + t * fit->k : NULL;
      if (update_one(cx, s->fits[k], y[t], row) != JV_OK)
        return jv_fail_in(cx, "%s: %s", fit->cls->name, s->names[k]);
    }
  fill_fitted(y, fit->n, fit->n + more, fit);
  return JV_OK;
}

jv_status jv_combine_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                const char *const **names, double *values) {
  const jv_combine_state *s = fit->state;
  (void)cx;
  *count = s->n;
  *names = (const char *const *)s->names;
  for (size_t k = 0; values && k < s->n; k++)
    memcpy(values + k * fit->n, s->fits[k]->fitted, fit->n * sizeof *values);
  return JV_OK;
}

/* ---- the class ---- */

const char jv_combine_words[] = "median|mean|trimmed|inverse|stacked";

#define OFFSET(field) offsetof(jv_combine_opt, field)
static const jv_option rows[] = {
    JV_MODELS_ROW(jv_combine_opt,
                  "the models to combine, as typed: \"ets,theta\"; by default the four of auto"),
    {"how", JV_OPT_CHOICE, OFFSET(how), JV_COMBINE_MEDIAN, 0, 4,
     "what is made of their forecasts; inverse and stacked weigh them by a backtest on the series",
     jv_combine_words},
    {"trim", JV_OPT_REAL, OFFSET(trim), 0.25, 0, 0.5,
     "trimmed: the share of the forecasts left out at each end", NULL},
    {"origins", JV_OPT_INT, OFFSET(origins), NAN, 1, 1000,
     "inverse, stacked: origins of the backtest; by default up to 12", NULL},
    {"horizon", JV_OPT_INT, OFFSET(horizon), NAN, 1, 1000,
     "inverse, stacked: steps of the backtest; by default the season, at least 4", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const char default_models[] = "ets,arima,ces,dotm";

static jv_status check(jv_ctx *cx, const void *options) {
  const jv_combine_opt *opt = options;
  jv_model_spec *specs;
  size_t n;
  JV_TRY(jv_members_parse(cx, "combine", opt->models, default_models, JV_COMBINE_MOST, &specs, &n));
  jv_model_specs_free(cx, specs, n);
  return JV_OK;
}

static jv_status fit_class(jv_ctx *cx, const jv_sample *sample, jv_fit *fit) {
  const jv_combine_opt *opt = fit->opt;
  return jv_combine_fit(cx, sample, opt, opt->models[0] ? opt->models : default_models, fit);
}

const jv_model_class jv_model_combine = {
    .name = "combine",
    .title = "Combination of models",
    .doc =
        "Fits several models, typed as combine(ets,theta) or given as models = \"ets,theta\", and "
        "brings their forecasts to one: the median (how = median, the default), the mean, the "
        "trimmed mean, or a weighted mean whose weights come from a rolling-origin backtest on the "
        "series: inverse squared errors, or stacked, those non-negative weights of sum one that "
        "would have done best. Intervals come from the members' joint errors. Models that cannot "
        "be fitted to the series are left out, which explain() tells; one must remain.",
    .source = "Bates & Granger (1969), Operational Research Quarterly 20, 451-468; Breiman (1996), "
              "Machine Learning 24, 49-64",
    .tags = JV_TAG_SEASONAL | JV_TAG_MISSING | JV_TAG_SIMULATE | JV_TAG_COMPONENTS | JV_TAG_UPDATE |
            JV_TAG_REGRESSORS,
    .options = rows,
    .opt_size = sizeof(jv_combine_opt),
    .min_n = 1,
    .check = check,
    .fit = fit_class,
    .apply = jv_combine_apply,
    .forecast = jv_combine_forecast,
    .simulate = jv_combine_simulate,
    .components = jv_combine_components,
    .update = jv_combine_update,
    .explain = jv_combine_explain,
    .save = jv_combine_save,
    .load = jv_combine_load,
    .free_state = jv_combine_free,
};

jv_status jv_evaluate_models(jv_ctx *cx, jv_registry *registry) {
#define X(name) JV_TRY(jv_registry_add(cx, registry, &jv_model_##name));
  JV_EVALUATE_MODELS(X)
#undef X
  return JV_OK;
}
