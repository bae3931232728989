/* Rolling-origin backtest of one series. */
#include "evaluate/backtest.h"
#include "model/builtin.h"
#include <string.h>

#define OFFSET(field) offsetof(jv_backtest_options, field)

const jv_option jv_backtest_option_rows[] = {
    {"h", JV_OPT_INT, OFFSET(h), 1, 1, 100000, "steps ahead", NULL},
    {"origins", JV_OPT_INT, OFFSET(origins), 1, 1, 1000000, "number of forecast origins", NULL},
    {"step", JV_OPT_INT, OFFSET(step), 1, 1, 1000000, "observations between origins", NULL},
    {"window", JV_OPT_INT, OFFSET(window), 0, 0, 1000000000,
     "observations trained on: 0 all before the origin, else the last so many", NULL},
    {"refit", JV_OPT_FLAG, OFFSET(refit), 1, 0, 1,
     "fit anew at every origin; false: fit at the first and update", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

static const jv_model_class *const benchmarks[JV_BENCHMARKS] = {&jv_model_naive, &jv_model_naive2};

static size_t cell(const jv_backtest *b, size_t model, size_t origin) {
  return model * b->n_origins + origin;
}

const double *jv_backtest_actual(const jv_backtest *b, size_t origin) {
  return b->actual + origin * b->h;
}

const double *jv_backtest_mean(const jv_backtest *b, size_t model, size_t origin) {
  return b->mean + cell(b, model, origin) * b->h;
}

static size_t interval_at(const jv_backtest *b, size_t model, size_t origin, size_t level) {
  return (cell(b, model, origin) * b->n_levels + level) * b->h;
}

const double *jv_backtest_lower(const jv_backtest *b, size_t model, size_t origin, size_t level) {
  return b->lower + interval_at(b, model, origin, level);
}

const double *jv_backtest_upper(const jv_backtest *b, size_t model, size_t origin, size_t level) {
  return b->upper + interval_at(b, model, origin, level);
}

jv_status jv_backtest_status(const jv_backtest *b, size_t model, size_t origin) {
  return b->status[cell(b, model, origin)];
}

/* ---- making the result ---- */

static double *nan_array(jv_ctx *cx, size_t n) {
  double *x = JV_ARRAY(cx, double, n);
  for (size_t i = 0; x && i < n; i++) x[i] = NAN;
  return x;
}

/* Origins whose cutoff is at least 1. */
static size_t count_origins(const jv_backtest_options *o, size_t n) {
  if (n <= (size_t)o->h) return 0;
  size_t room = (n - (size_t)o->h - 1) / (size_t)o->step + 1;
  return room < (size_t)o->origins ? room : (size_t)o->origins;
}

static void fill_origins(const jv_sample *sample, const jv_backtest_options *o, jv_backtest *b) {
  for (size_t j = 0; j < b->n_origins; j++) {
    size_t cutoff = sample->n - b->h - (b->n_origins - 1 - j) * (size_t)o->step;
    b->cutoff[j] = cutoff;
    memcpy(b->actual + j * b->h, sample->y + cutoff, b->h * sizeof *b->actual);
    b->scale[j] = jv_scale_of(sample->y, cutoff, sample->m);
  }
}

static jv_status allocate(jv_ctx *cx, const jv_sample *sample, const jv_backtest_job *job,
                          jv_backtest *b) {
  size_t cells = (b->n_models + JV_BENCHMARKS) * b->n_origins;
  b->id = jv_strdup(cx, sample->id ? sample->id : "");
  b->levels = JV_ARRAY(cx, double, b->n_levels);
  b->cutoff = JV_ARRAY(cx, size_t, b->n_origins);
  b->scale = JV_ARRAY(cx, jv_scale, b->n_origins);
  b->actual = nan_array(cx, b->n_origins * b->h);
  b->mean = nan_array(cx, cells * b->h);
  b->lower = nan_array(cx, cells * b->h * b->n_levels);
  b->upper = nan_array(cx, cells * b->h * b->n_levels);
  b->status = jv_calloc(cx, cells, sizeof *b->status);
  b->failure = jv_calloc(cx, b->n_models + JV_BENCHMARKS, sizeof *b->failure);
  if (!b->id || !b->levels || !b->cutoff || !b->scale || !b->actual || !b->mean || !b->lower ||
      !b->upper || !b->status || !b->failure)
    return jv_fail(cx, JV_ENOMEM, "out of memory for a backtest of %zu origins", b->n_origins);
  for (size_t l = 0; l < b->n_levels; l++) b->levels[l] = job->levels[l];
  return JV_OK;
}

static jv_status new_result(jv_ctx *cx, const jv_sample *sample, const jv_backtest_job *job,
                            jv_backtest **out) {
  size_t origins = count_origins(&job->options, sample->n);
  if (!origins) {
    bool named = sample->id && *sample->id;
    jv_fail(cx, JV_EDATA, "backtest: %d steps ahead need at least %d observations, %s%s%s has %zu",
            job->options.h, job->options.h + 1, named ? "series '" : "the series",
            named ? sample->id : "", named ? "'" : "", sample->n);
    return JV_EDATA;
  }
  jv_backtest *b = JV_NEW(cx, jv_backtest);
  if (!b) return JV_ENOMEM;
  b->n = sample->n;
  b->m = sample->m;
  b->h = (size_t)job->options.h;
  b->n_origins = origins;
  b->n_models = job->n_models;
  b->n_levels = job->n_levels;
  jv_status status = allocate(cx, sample, job, b);
  if (status != JV_OK) {
    jv_backtest_free(cx, b);
    return status;
  }
  fill_origins(sample, &job->options, b);
  *out = b;
  return JV_OK;
}

void jv_backtest_free(jv_ctx *cx, jv_backtest *b) {
  if (!b) return;
  for (size_t k = 0; b->failure && k < b->n_models + JV_BENCHMARKS; k++) jv_free(cx, b->failure[k]);
  jv_free(cx, b->failure);
  jv_free(cx, b->status);
  jv_free(cx, b->lower);
  jv_free(cx, b->upper);
  jv_free(cx, b->mean);
  jv_free(cx, b->actual);
  jv_free(cx, b->scale);
  jv_free(cx, b->cutoff);
  jv_free(cx, b->levels);
  jv_free(cx, b->id);
  jv_free(cx, b);
}

/* ---- running ---- */

/* One model on its way through the origins. */
typedef struct run {
  const jv_sample *sample;
  const jv_backtest_job *job;
  const jv_model_class *cls;
  const void *opt;
  const jv_common *common;
  size_t model;
  jv_fit *fit;  /* of an earlier origin, to be updated; or NULL */
  size_t known; /* observations that it has seen */
} run;

/* Memory and interruption end the run; what a model says of its data does not. */
static bool is_recorded(jv_status status) { return status != JV_ENOMEM && status != JV_ECANCEL; }

/* Notes that the model failed at this origin, with the first message; or passes the failure on. */
static jv_status record(jv_ctx *cx, jv_backtest *b, const run *r, size_t origin, jv_status status) {
  if (!is_recorded(status)) return status;
  b->status[cell(b, r->model, origin)] = status;
  if (b->failure[r->model]) return JV_OK;
  b->failure[r->model] = jv_strdup(cx, cx->message);
  return b->failure[r->model] ? JV_OK : JV_ENOMEM;
}

/* Row t of the regressors, for models that take them; the others stand beside without. */
static const double *regressors_at(const run *r, size_t t) {
  if (!r->sample->k || !(r->cls->tags & JV_TAG_REGRESSORS)) return NULL;
  return r->sample->x + t * r->sample->k;
}

static jv_status fit_at(jv_ctx *cx, run *r, size_t cutoff) {
  if (r->fit && !r->job->options.refit && r->cls->update) {
    jv_status status = jv_fit_update(cx, r->fit, r->sample->y + r->known,
                                     regressors_at(r, r->known), cutoff - r->known);
    r->known = cutoff;
    return status;
  }
  jv_fit_free(cx, r->fit);
  r->fit = NULL;
  jv_sample train = *r->sample;
  jv_period start;
  size_t window = (size_t)r->job->options.window, left;
  train.n = window && window < cutoff ? window : cutoff;
  left = cutoff - train.n;
  train.y = r->sample->y + left;
  train.x = regressors_at(r, left);
  train.k = train.x ? train.k : 0;
  train.common = r->common;
  if (train.start) {
    JV_TRY(jv_period_add(cx, *train.start, (int64_t)left, &start));
    train.start = &start;
  }
  r->known = cutoff;
  return jv_fit_new(cx, r->cls, &train, r->opt, &r->fit);
}

/* Intervals of a step are NaN where a model has point forecasts only. */
static jv_status take_intervals(jv_ctx *cx, jv_backtest *b, jv_forecast *fc, const run *r,
                                size_t origin) {
  if (b->n_levels == 0) return JV_OK;
  JV_TRY(jv_forecast_complete(cx, fc));
  if (fc->dist == JV_DIST_POINT) return JV_OK;
  for (size_t l = 0; l < b->n_levels; l++) {
    size_t at = interval_at(b, r->model, origin, l);
    jv_status status = jv_forecast_interval(cx, fc, b->levels[l], b->lower + at, b->upper + at);
    if (status != JV_EUNSUPPORTED) JV_TRY(status); /* a level that cannot be had stays NaN */
  }
  return JV_OK;
}

static jv_status forecast_at(jv_ctx *cx, jv_backtest *b, run *r, size_t origin) {
  jv_forecast *fc = NULL;
  JV_TRY(fit_at(cx, r, b->cutoff[origin]));
  JV_TRY(jv_fit_forecast(cx, r->fit, b->h, regressors_at(r, b->cutoff[origin]), &fc));
  jv_status status = take_intervals(cx, b, fc, r, origin);
  if (status == JV_OK)
    memcpy(b->mean + cell(b, r->model, origin) * b->h, fc->mean, b->h * sizeof *b->mean);
  jv_forecast_free(cx, fc);
  return status;
}

static jv_status run_model(jv_ctx *cx, jv_backtest *b, run *r) {
  jv_status status = JV_OK;
  double all = (double)(b->n_models + JV_BENCHMARKS);
  for (size_t j = 0; j < b->n_origins && status == JV_OK; j++) {
    status = forecast_at(cx, b, r, j);
    if (status != JV_OK) {
      status = record(cx, b, r, j, status);
      jv_fit_free(cx, r->fit);
      r->fit = NULL;
    }
    jv_progress(cx, ((double)r->model + (double)(j + 1) / (double)b->n_origins) / all,
                r->cls->name);
  }
  jv_fit_free(cx, r->fit);
  return status;
}

static jv_status run_all(jv_ctx *cx, const jv_sample *sample, const jv_backtest_job *job,
                         jv_backtest *b) {
  for (size_t k = 0; k < b->n_models + JV_BENCHMARKS; k++) {
    run r = {.sample = sample, .job = job, .model = k};
    r.cls = k < b->n_models ? job->models[k].cls : benchmarks[k - b->n_models];
    r.opt = k < b->n_models ? job->models[k].opt : NULL;
    r.common = k < b->n_models ? job->models[k].common : NULL;
    JV_TRY(run_model(cx, b, &r));
  }
  return JV_OK;
}

static jv_status check_levels(jv_ctx *cx, const jv_backtest_job *job) {
  for (size_t l = 0; l < job->n_levels; l++)
    if (!(job->levels[l] > 0 && job->levels[l] < 100))
      return jv_fail(cx, JV_EINVAL, "backtest: a level is a percentage between 0 and 100, got %g",
                     job->levels[l]);
  return JV_OK;
}

jv_status jv_backtest_run(jv_ctx *cx, const jv_sample *sample, const jv_backtest_job *job,
                          jv_backtest **out) {
  jv_backtest *b = NULL;
  *out = NULL;
  JV_TRY(check_levels(cx, job));
  JV_TRY(new_result(cx, sample, job, &b));
  jv_status status = run_all(cx, sample, job, b);
  if (status != JV_OK) {
    jv_backtest_free(cx, b);
    return status;
  }
  *out = b;
  return JV_OK;
}

/* ---- many series ---- */

/* Progress of one series as a part of all of them. */
typedef struct part {
  void (*progress)(void *ud, double fraction, const char *what);
  void *ud;
  double from, share;
} part;

static void tell_part(void *ud, double fraction, const char *what) {
  const part *p = ud;
  p->progress(p->ud, p->from + p->share * fraction, what);
}

static bool has_forecast(const jv_backtest *b) {
  for (size_t i = 0; i < b->n_models * b->n_origins; i++)
    if (b->status[i] == JV_OK) return true;
  return false;
}

/* The status and message of what failed, when nothing at all was forecast. */
static jv_status check_any(jv_ctx *cx, jv_backtest *const *runs, size_t n) {
  const jv_backtest *failed = NULL;
  for (size_t i = 0; i < n; i++) {
    if (runs[i] && has_forecast(runs[i])) return JV_OK;
    if (runs[i] && !failed) failed = runs[i];
  }
  if (!failed) return cx->status;
  return jv_fail(cx, jv_backtest_status(failed, 0, 0), "backtest: no model has a forecast: %s",
                 failed->failure[0]);
}

/* ---- all of them, through a crew ---- */

typedef struct batch {
  const jv_sample *samples;
  size_t n, taken, given;
  bool threads; /* more than one: progress counts series */
  const jv_backtest_job *job;
  jv_backtest **out;
  size_t *slots; /* the series in each slot */
  part part;     /* progress within a series, where there is one thread */
} batch;

static jv_status take_series(jv_ctx *cx, void *ud, size_t slot, bool *more) {
  batch *b = ud;
  *more = b->taken < b->n;
  if (!*more) return JV_OK;
  b->part.from = (double)b->taken / (double)b->n;
  b->slots[slot] = b->taken++;
  return jv_check_cancel(cx);
}

/* A series too short for any origin is left out with a warning, unless it is the only one. */
static jv_status run_series(jv_ctx *cx, void *ud, size_t lane, size_t slot) {
  const batch *b = ud;
  size_t i = b->slots[slot];
  (void)lane;
  jv_status status = jv_backtest_run(cx, &b->samples[i], b->job, &b->out[i]);
  if (status != JV_EDATA || b->n == 1) return status;
  jv_warn(cx, "%s", cx->message);
  return JV_OK;
}

static jv_status give_series(jv_ctx *cx, void *ud, size_t slot) {
  batch *b = ud;
  (void)slot;
  b->given++;
  if (b->threads) jv_progress(cx, (double)b->given / (double)b->n, "series");
  return jv_check_cancel(cx);
}

jv_status jv_backtest_all(jv_ctx *cx, const jv_sample *samples, size_t n,
                          const jv_backtest_job *job, jv_backtest **out) {
  batch b = {.samples = samples, .n = n, .job = job, .out = out};
  b.part = (part){cx->progress, cx->progress_ud, 0, 1 / (double)n};
  jv_crew_work work = {&b, take_series, run_series, give_series};
  for (size_t i = 0; i < n; i++) out[i] = NULL;
  b.slots = JV_ARRAY(cx, size_t, jv_crew_slots(job->crew));
  if (!b.slots) return JV_ENOMEM;
  b.threads = jv_crew_slots(job->crew) > 1;
  if (b.part.progress && !b.threads) {
    cx->progress = tell_part;
    cx->progress_ud = &b.part;
  }
  jv_status status = jv_crew_run(cx, job->crew, &work);
  cx->progress = b.part.progress;
  cx->progress_ud = b.part.ud;
  jv_free(cx, b.slots);
  if (status == JV_OK && n) status = check_any(cx, out, n);
  for (size_t i = 0; status != JV_OK && i < n; i++) {
    jv_backtest_free(cx, out[i]);
    out[i] = NULL;
  }
  return status;
}
