/* The score board: sums over origins and series, read as measures and as a ranking.
 *
 * Skill and OWA compare with a benchmark over the same origins: those where both have a forecast
 * and a scale. A model that fails on the hard ones gains nothing by it. */
#include "evaluate/backtest.h"
#include <math.h>
#include <string.h>

/* Sums of the measures of origins, of a model and of a benchmark beside it. */
typedef struct contest {
  double smape, mase, other_smape, other_mase;
} contest;

typedef struct tally {
  char *label;
  jv_error_sums sums;
  double mase, rmsse;
  size_t n_mase, n_rmsse, origins, failed;
  contest naive, naive2;
  double *inside, *winkler; /* n_levels: sums over pairs */
  size_t *n_inside;
} tally;

struct jv_board {
  tally *models;
  size_t n_models, n_levels;
  double *levels;
  double *coverage, *scores; /* of the model read last */
};

static jv_status new_tally(jv_ctx *cx, const char *label, size_t n_levels, tally *t) {
  t->label = jv_strdup(cx, label);
  t->inside = jv_calloc(cx, n_levels, sizeof *t->inside);
  t->winkler = jv_calloc(cx, n_levels, sizeof *t->winkler);
  t->n_inside = jv_calloc(cx, n_levels, sizeof *t->n_inside);
  return t->label && t->inside && t->winkler && t->n_inside ? JV_OK : JV_ENOMEM;
}

static jv_status fill(jv_ctx *cx, const jv_backtest_job *job, jv_board *board) {
  board->models = jv_calloc(cx, job->n_models, sizeof *board->models);
  board->levels = JV_ARRAY(cx, double, job->n_levels);
  board->coverage = JV_ARRAY(cx, double, job->n_levels);
  board->scores = JV_ARRAY(cx, double, job->n_levels);
  if (!board->models || !board->levels || !board->coverage || !board->scores) return JV_ENOMEM;
  board->n_models = job->n_models;
  board->n_levels = job->n_levels;
  for (size_t l = 0; l < job->n_levels; l++) board->levels[l] = job->levels[l];
  for (size_t i = 0; i < job->n_models; i++)
    JV_TRY(new_tally(cx, job->models[i].text, job->n_levels, &board->models[i]));
  return JV_OK;
}

jv_status jv_board_new(jv_ctx *cx, const jv_backtest_job *job, jv_board **out) {
  *out = NULL;
  jv_board *board = JV_NEW(cx, jv_board);
  if (!board) return JV_ENOMEM;
  if (fill(cx, job, board) != JV_OK) {
    jv_board_free(cx, board);
    return jv_fail(cx, JV_ENOMEM, "out of memory for the scores of %zu models", job->n_models);
  }
  *out = board;
  return JV_OK;
}

void jv_board_free(jv_ctx *cx, jv_board *board) {
  if (!board) return;
  for (size_t i = 0; i < board->n_models; i++) {
    jv_free(cx, board->models[i].label);
    jv_free(cx, board->models[i].inside);
    jv_free(cx, board->models[i].winkler);
    jv_free(cx, board->models[i].n_inside);
  }
  jv_free(cx, board->models);
  jv_free(cx, board->levels);
  jv_free(cx, board->coverage);
  jv_free(cx, board->scores);
  jv_free(cx, board);
}

static jv_accuracy measure(const jv_backtest *b, size_t model, size_t origin) {
  return jv_accuracy_of(jv_backtest_actual(b, origin), jv_backtest_mean(b, model, origin), b->h,
                        b->scale[origin]);
}

static void compare(const jv_backtest *b, size_t origin, jv_accuracy a, size_t benchmark,
                    contest *c) {
  size_t model = b->n_models + benchmark;
  if (jv_backtest_status(b, model, origin) != JV_OK) return;
  jv_accuracy other = measure(b, model, origin);
  if (!isfinite(a.mase) || !isfinite(other.mase)) return;
  c->smape += a.smape;
  c->mase += a.mase;
  c->other_smape += other.smape;
  c->other_mase += other.mase;
}

static void add_levels(const jv_backtest *b, size_t model, size_t origin, tally *t) {
  const double *y = jv_backtest_actual(b, origin);
  for (size_t l = 0; l < b->n_levels; l++) {
    const double *lower = jv_backtest_lower(b, model, origin, l);
    const double *upper = jv_backtest_upper(b, model, origin, l);
    size_t used;
    double share = jv_coverage(y, lower, upper, b->h, &used);
    if (used == 0) continue;
    t->inside[l] += share * (double)used;
    t->winkler[l] += jv_winkler(y, lower, upper, b->h, b->levels[l], &used) * (double)used;
    t->n_inside[l] += used;
  }
}

static void add_origin(const jv_backtest *b, size_t model, size_t origin, tally *t) {
  if (jv_backtest_status(b, model, origin) != JV_OK) {
    t->failed++;
    return;
  }
  const double *y = jv_backtest_actual(b, origin), *mean = jv_backtest_mean(b, model, origin);
  jv_accuracy a = measure(b, model, origin);
  t->origins++;
  for (size_t i = 0; i < b->h; i++) jv_error_add(&t->sums, y[i], mean[i]);
  if (isfinite(a.mase)) {
    t->mase += a.mase;
    t->n_mase++;
  }
  if (isfinite(a.rmsse)) {
    t->rmsse += a.rmsse;
    t->n_rmsse++;
  }
  compare(b, origin, a, JV_BENCHMARK_NAIVE, &t->naive);
  compare(b, origin, a, JV_BENCHMARK_NAIVE2, &t->naive2);
  add_levels(b, model, origin, t);
}

void jv_board_add(jv_board *board, const jv_backtest *b) {
  for (size_t i = 0; i < board->n_models; i++)
    for (size_t j = 0; j < b->n_origins; j++) add_origin(b, i, j, &board->models[i]);
}

size_t jv_board_models(const jv_board *board) { return board->n_models; }
size_t jv_board_levels(const jv_board *board) { return board->n_levels; }
double jv_board_level(const jv_board *board, size_t i) { return board->levels[i]; }

jv_score jv_board_score(jv_board *board, size_t i) {
  const tally *t = &board->models[i];
  jv_score s = {.model = t->label, .origins = t->origins, .failed = t->failed};
  s.accuracy = jv_error_measures(&t->sums, jv_scale_none());
  s.accuracy.mase = t->mase / (double)t->n_mase; /* 0/0: NaN */
  s.accuracy.rmsse = t->rmsse / (double)t->n_rmsse;
  s.skill = 1 - t->naive.mase / t->naive.other_mase;
  s.owa = jv_owa(t->naive2.smape, t->naive2.mase, t->naive2.other_smape, t->naive2.other_mase);
  s.coverage = board->coverage;
  s.winkler = board->scores;
  for (size_t l = 0; l < board->n_levels; l++) {
    s.coverage[l] = t->inside[l] / (double)t->n_inside[l];
    s.winkler[l] = t->winkler[l] / (double)t->n_inside[l];
  }
  return s;
}

/* Smaller first; NaN last. */
static int compare_numbers(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

static int compare_models(jv_board *board, size_t a, size_t b) {
  jv_accuracy x = jv_board_score(board, a).accuracy, y = jv_board_score(board, b).accuracy;
  int by_mase = compare_numbers(x.mase, y.mase);
  return by_mase ? by_mase : compare_numbers(x.mae, y.mae);
}

/* Insertion: the models are few, and ties keep their order. */
void jv_board_rank(jv_board *board, size_t *order) {
  for (size_t i = 0; i < board->n_models; i++) {
    size_t at = i;
    for (; at > 0 && compare_models(board, order[at - 1], i) > 0; at--) order[at] = order[at - 1];
    order[at] = i;
  }
}
