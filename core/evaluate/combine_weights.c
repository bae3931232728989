/* Weights of a combination, from a rolling-origin backtest of its members on the series itself.
 *
 *   e_k[o,i] = (y[o+i] - f_k[o,i]) / s_i     origin o, step i; s_i: root of the mean square over all
 *                                            members and origins, so that far steps do not rule
 *   inverse  w_k = (1 / m_k) / sum_j 1 / m_j,   m_k = mean of e_k^2
 *   stacked  min |sum_k w_k e_k|^2  subject to  w >= 0, sum w = 1
 *
 * Since weights sum to one, the error of the weighted forecast is the weighted error. Members are
 * fitted at the first origin and updated from there. */
#include "evaluate/backtest.h"
#include "evaluate/combine.h"
#include <math.h>
#include <string.h>

/* ---- least squares on the simplex ---- */

typedef struct hull {
  const double *q;
  size_t n, size; /* members of the corral */
  double *w, *alpha, *factor, *gradient;
  double ridge;
} hull;

/* Cholesky factor of Q over the corral (in place of `set` below), and the solution of Q b = 1. */
static void affine_minimum(const hull *h, const size_t *set, double *b) {
  size_t k = h->size;
  double *l = h->factor, sum = 0;
  for (size_t i = 0; i < k; i++) {
    for (size_t j = 0; j <= i; j++) {
      double x = h->q[set[i] * h->n + set[j]] + (i == j ? h->ridge : 0);
      for (size_t t = 0; t < j; t++) x -= l[i * k + t] * l[j * k + t];
      if (i == j)
        l[i * k + i] = sqrt(x > h->ridge / 2 ? x : h->ridge / 2);
      else
        l[i * k + j] = x / l[j * k + j];
    }
  }
  for (size_t i = 0; i < k; i++) {
    double x = 1;
    for (size_t t = 0; t < i; t++) x -= l[i * k + t] * b[t];
    b[i] = x / l[i * k + i];
  }
  for (size_t i = k; i-- > 0;) {
    double x = b[i];
    for (size_t t = i + 1; t < k; t++) x -= l[t * k + i] * b[t];
    b[i] = x / l[i * k + i];
    sum += b[i];
  }
  for (size_t i = 0; i < k; i++) b[i] /= sum;
}

/* Moves w within the corral to its affine minimum, dropping members on the way that reach zero. */
static void minor_cycle(hull *h, size_t *set) {
  for (;;) {
    double step = 1;
    affine_minimum(h, set, h->alpha);
    for (size_t i = 0; i < h->size; i++) {
      double w = h->w[set[i]], a = h->alpha[i];
      if (a <= 0 && w / (w - a) < step) step = w / (w - a);
    }
    size_t kept = 0;
    for (size_t i = 0; i < h->size; i++) {
      double *w = &h->w[set[i]];
      bool leaves = h->alpha[i] <= 0 && *w / (*w - h->alpha[i]) <= step;
      *w = leaves ? 0 : *w + step * (h->alpha[i] - *w);
      if (!leaves) set[kept++] = set[i];
    }
    bool whole = kept == h->size;
    h->size = kept;
    if (whole) return;
  }
}

static bool in_set(const size_t *set, size_t n, size_t j) {
  for (size_t i = 0; i < n; i++)
    if (set[i] == j) return true;
  return false;
}

void jv_simplex_least(const double *q, size_t n, double *w, double *work) {
  size_t set[JV_COMBINE_MOST], best = 0;
  hull h = {.q = q, .n = n, .w = w, .factor = work, .alpha = work + n * n};
  double trace = 0;
  h.gradient = h.alpha + n;
  for (size_t i = 0; i < n; i++) {
    w[i] = 0;
    trace += q[i * n + i];
    if (q[i * n + i] < q[best * n + best]) best = i;
  }
  w[best] = 1;
  if (!(trace > 0)) return;
  h.ridge = 1e-13 * trace; /* keeps equal members apart, far below what weights can show */
  set[0] = best;
  h.size = 1;
  /* each turn lowers w'Qw; no set of members comes back, but for rounding */
  for (size_t turn = 0; turn < 50 * n; turn++) {
    double norm = 0;
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
      double g = h.ridge * w[i];
      for (size_t j = 0; j < n; j++) g += q[i * n + j] * w[j];
      h.gradient[i] = g;
      norm += w[i] * g;
      if (g < h.gradient[next]) next = i;
    }
    if (h.gradient[next] >= norm - 1e-12 * trace || in_set(set, h.size, next)) return;
    set[h.size++] = next;
    minor_cycle(&h, set);
  }
}

/* ---- the backtest ---- */

/* Steps and origins: half of the data at least is before the first one. */
static jv_backtest_options plan(const jv_sample *sample, const jv_combine_opt *opt) {
  size_t n = sample->n, h = sample->m > 4 ? sample->m : 4;
  if (h > n / 4) h = n / 4 ? n / 4 : 1;
  if (opt->horizon != JV_OPT_UNSET) h = (size_t)opt->horizon;
  size_t room = n > h + n / 2 ? n - h - n / 2 : 0;
  size_t origins = opt->origins != JV_OPT_UNSET ? (size_t)opt->origins : 12;
  if (origins > room) origins = room;
  return (jv_backtest_options){(int)h, (int)origins, 1, 0, 0};
}

static bool has_all(const jv_backtest *b, size_t k) {
  for (size_t o = 0; o < b->n_origins; o++)
    if (jv_backtest_status(b, k, o) != JV_OK) return false;
  return true;
}

static double error_of(const jv_backtest *b, size_t k, size_t row) {
  size_t o = row / b->h, i = row % b->h;
  return jv_backtest_actual(b, o)[i] - jv_backtest_mean(b, k, o)[i];
}

/* 1 / s_i^2 of each step; 0 where there is nothing to learn. */
static void step_weights(const jv_backtest *b, const bool *whole, double *inverse) {
  for (size_t i = 0; i < b->h; i++) {
    double sum = 0;
    size_t n = 0;
    for (size_t o = 0; o < b->n_origins; o++)
      for (size_t k = 0; k < b->n_models; k++) {
        double e = error_of(b, k, o * b->h + i);
        if (!whole[k] || isnan(e)) continue;
        sum += e * e;
        n++;
      }
    inverse[i] = sum > 0 ? (double)n / sum : 0;
  }
}

/* Q of the members that have every forecast: mean products of scaled errors; the others stand apart
 * with a place of their own that is never the least. */
static bool products(const jv_backtest *b, const bool *whole, const double *inverse, double *q) {
  size_t n = b->n_models, used = 0;
  double most = 0;
  memset(q, 0, n * n * sizeof *q);
  for (size_t row = 0; row < b->n_origins * b->h; row++) {
    if (isnan(jv_backtest_actual(b, row / b->h)[row % b->h])) continue;
    used++;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j <= i; j++)
        if (whole[i] && whole[j])
          q[i * n + j] += inverse[row % b->h] * error_of(b, i, row) * error_of(b, j, row);
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      q[i * n + j] /= used ? (double)used : 1;
      q[j * n + i] = q[i * n + j];
      most = fmax(most, q[i * n + j]);
    }
  return most > 0;
}

static void weigh_inverse(const double *q, const bool *whole, size_t n, double *w) {
  double least = INFINITY, sum = 0;
  for (size_t i = 0; i < n; i++)
    if (whole[i] && q[i * n + i] < least) least = q[i * n + i];
  for (size_t i = 0; i < n; i++) {
    /* the best has weight one before they are scaled; without any error it is alone with its like */
    w[i] = !whole[i] ? 0 : q[i * n + i] > least ? least / q[i * n + i] : 1;
    sum += w[i];
  }
  for (size_t i = 0; i < n; i++) w[i] /= sum;
}

/* Over the members that have every forecast. */
static void weigh_stacked(const double *q, const bool *whole, size_t n, double *w, double *work) {
  size_t at[JV_COMBINE_MOST], k = 0;
  double *part = work, *least = part + n * n;
  for (size_t i = 0; i < n; i++)
    if (whole[i]) at[k++] = i;
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) part[i * k + j] = q[at[i] * n + at[j]];
  jv_simplex_least(part, k, least, least + n);
  for (size_t i = 0; i < n; i++) w[i] = 0;
  for (size_t i = 0; i < k; i++) w[at[i]] = least[i];
}

static jv_status weigh(jv_ctx *cx, const jv_backtest *b, jv_combine_state *s) {
  size_t n = s->n, whole_count = 0;
  bool whole[JV_COMBINE_MOST] = {false};
  double mean = 0;
  double *inverse = JV_ARRAY(cx, double, b->h + n * n + 2 * n * (n + 4));
  if (!inverse) return JV_ENOMEM;
  double *q = inverse + b->h, *work = q + n * n;
  for (size_t i = 0; i < n; i++) whole_count += whole[i] = has_all(b, i);
  step_weights(b, whole, inverse);
  bool errors = products(b, whole, inverse, q);
  if (errors && s->how == JV_COMBINE_INVERSE) weigh_inverse(q, whole, n, s->weights);
  if (errors && s->how == JV_COMBINE_STACKED) weigh_stacked(q, whole, n, s->weights, work);
  for (size_t i = 0; i < n; i++) {
    s->rmse[i] = whole[i] ? sqrt(q[i * n + i]) : NAN;
    if (whole[i]) mean += s->rmse[i] / (double)whole_count;
  }
  for (size_t i = 0; i < n && mean > 0; i++) s->rmse[i] /= mean;
  jv_free(cx, inverse);
  s->origins = b->n_origins;
  s->horizon = b->h;
  for (size_t i = 0; i < n && whole_count; i++)
    if (!whole[i])
      JV_TRY(jv_combine_note(cx, s,
                             "without weight: %s, which cannot be fitted at every origin of "
                             "the backtest: %s",
                             s->names[i], b->failure[i] ? b->failure[i] : ""));
  return JV_OK;
}

jv_status jv_combine_weigh(jv_ctx *cx, const jv_sample *sample, const jv_combine_opt *opt,
                           const jv_model_spec *specs, jv_combine_state *s) {
  jv_backtest *b = NULL;
  jv_backtest_job job = {.models = specs, .n_models = s->n, .options = plan(sample, opt)};
  /* fewer than two errors for each weight tell nothing about it */
  if ((size_t)job.options.origins * (size_t)job.options.h < 2 * s->n)
    return jv_combine_note(cx, s,
                           "equal weights: %zu observations are too few for a backtest of %d "
                           "step%s",
                           sample->n, job.options.h, job.options.h == 1 ? "" : "s");
  void (*progress)(void *, double, const char *) = cx->progress;
  cx->progress = NULL; /* it would run to and fro under that of the caller */
  jv_status status = jv_backtest_run(cx, sample, &job, &b);
  cx->progress = progress;
  if (status == JV_EDATA) return jv_combine_note(cx, s, "equal weights: %s", cx->message);
  JV_TRY(status);
  status = weigh(cx, b, s);
  jv_backtest_free(cx, b);
  return status;
}
