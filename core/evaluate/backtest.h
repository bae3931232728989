/* Rolling-origin backtests: one series at a time, and a score board over any number of them.
 *
 * Origin j of k has a cutoff: the number of observations known. The last cutoff leaves h
 * observations, each other one lies `step` before the next: n - h - (k-1-j) step. Cutoffs below 1
 * are left out. Training data are y[0, cutoff), or its last `window` values. Nothing depends on the
 * order of work; a fit sees no value behind its cutoff. Regressors of the sample are known for all of
 * it, as they are at each origin for the steps ahead; models that take none go without.
 *
 * Without refit a model is fitted at the first origin and then updated with what has become known;
 * one that cannot update is fitted anew. The naive and Naive2 forecasts of every origin are made
 * besides, for skill and OWA. */
#ifndef JV_EVALUATE_BACKTEST_H
#define JV_EVALUATE_BACKTEST_H

#include "evaluate/crew.h"
#include "evaluate/metrics.h"
#include "model/spec.h"

typedef struct jv_backtest_options {
  int h, origins, step;
  int window; /* 0: expanding */
  int refit;
} jv_backtest_options;

extern const jv_option jv_backtest_option_rows[];

typedef struct jv_backtest_job {
  const jv_model_spec *models; /* resolved; labels are their texts */
  size_t n_models;
  const double *levels; /* per cent */
  size_t n_levels;
  jv_backtest_options options;
  const jv_crew *crew; /* of jv_backtest_all; NULL: one thread */
} jv_backtest_job;

/* What came of one series. Arrays are by model, then origin: use the accessors. Models n_models and
 * n_models + 1 are the benchmarks naive and naive2. */
typedef struct jv_backtest {
  char *id;
  size_t n, m, h, n_origins, n_models, n_levels;
  double *levels;
  size_t *cutoff;        /* n_origins */
  double *actual;        /* n_origins * h */
  jv_scale *scale;       /* n_origins: of y[0, cutoff) */
  double *mean;          /* NaN where the model failed */
  double *lower, *upper; /* NaN where it failed or has no intervals */
  jv_status *status;     /* (n_models + 2) * n_origins */
  char **failure;        /* n_models + 2: the first message, or NULL */
} jv_backtest;

enum { JV_BENCHMARK_NAIVE, JV_BENCHMARK_NAIVE2, JV_BENCHMARKS };

/* jv_backtest_run(cx, sample, job, out): all models at all origins of one series.
 *
 * A model that fails at an origin is recorded there, with the first of its messages; only lack of
 * memory and interruption end the run. Progress from 0 to 1 within the series. Cancellable.
 * Errors: JV_EDATA (no origin: n <= h), JV_EINVAL (a level outside (0, 100)), JV_ENOMEM, JV_ECANCEL.
 * Source: Tashman (2000), IJF 16, 437-450. Checked by: tests/core/test_backtest.c */
jv_status jv_backtest_run(jv_ctx *cx, const jv_sample *sample, const jv_backtest_job *job,
                          jv_backtest **out);
void jv_backtest_free(jv_ctx *cx, jv_backtest *b);

/* The same for n series, by the threads of the job's crew (models written in Lua belong to one: then
 * without a crew); out has n places. A series too short for any origin is left NULL with a warning. On failure all of out is NULL. Errors besides those above: that of
 * the first model when nothing at all could be forecast. */
jv_status jv_backtest_all(jv_ctx *cx, const jv_sample *samples, size_t n,
                          const jv_backtest_job *job, jv_backtest **out);

/* h values each. */
const double *jv_backtest_actual(const jv_backtest *b, size_t origin);
const double *jv_backtest_mean(const jv_backtest *b, size_t model, size_t origin);
const double *jv_backtest_lower(const jv_backtest *b, size_t model, size_t origin, size_t level);
const double *jv_backtest_upper(const jv_backtest *b, size_t model, size_t origin, size_t level);
jv_status jv_backtest_status(const jv_backtest *b, size_t model, size_t origin);

/* ---- scores over series ---- */

/* One model. Errors are pooled over steps, origins and series; MASE and RMSSE are means over
 * origins (an origin whose scale is zero or unknown has none). skill = 1 - MASE / MASE of naive over
 * the same origins; owa against Naive2, likewise. */
typedef struct jv_score {
  const char *model; /* the label; belongs to the board */
  jv_accuracy accuracy;
  double skill, owa;
  size_t origins, failed;     /* forecasts made, and not */
  double *coverage, *winkler; /* n_levels: share of actuals inside; mean interval score */
} jv_score;

typedef struct jv_board jv_board;

/* The labels are copied. */
jv_status jv_board_new(jv_ctx *cx, const jv_backtest_job *job, jv_board **out);
void jv_board_free(jv_ctx *cx, jv_board *board);
/* Adds a backtest made with the same job. Series may be added in any order and freed after. */
void jv_board_add(jv_board *board, const jv_backtest *b);

size_t jv_board_models(const jv_board *board);
size_t jv_board_levels(const jv_board *board);
double jv_board_level(const jv_board *board, size_t i);
/* Score of model i in the order given; coverage and winkler stand until the next call. */
jv_score jv_board_score(jv_board *board, size_t i);
/* Models from best to worst: by MASE, then by MAE; those without a forecast last; ties as given.
 * order has jv_board_models places. */
void jv_board_rank(jv_board *board, size_t *order);

#endif
