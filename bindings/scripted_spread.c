/* What a model written in Lua says of its forecast, read into a jv_forecast; and sample paths of it.
 *
 * Quantiles are turned into a grid of N paths whose step j holds the quantile function at i/(N-1):
 * between the quantiles given it is linear in the normal score, beyond them it goes on with the last
 * slope. Quantiles at multiples of 1/(N-1) are then given back as they came.
 *
 * Steps are joined by the correlation of a random walk, min(i, j)/sqrt(i j): with S_j the sum of j
 * standard normals, u_j = S_j / sqrt(j) is standard normal at each step. For forecasts from one origin
 * this is the usual case, and for sums over a year the cautious one; a model that knows better gives
 * simulate or paths. Student's t: all steps of a path share one chi-square divisor. */
#include "scripted.h"
#include "numeric/distribution.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading */

/* A table that is a list of numbers, and no {mean = …}. */
static bool is_list(lua_State *L, int idx) {
  static const char *const keys[] = {"mean", "sd", "quantiles", "paths", NULL};
  if (!lua_istable(L, idx)) return true; /* a series, or an error that jvl_scripted_numbers names */
  for (const char *const *key = keys; *key; key++) {
    int type = lua_getfield(L, idx, *key);
    lua_pop(L, 1);
    if (type != LUA_TNIL) return false;
  }
  return true;
}

static void read_sd(lua_State *L, int idx, scripted_call *call) {
  jv_forecast *fc = call->fc;
  fc->sd = JV_ARRAY(call->cx, double, fc->h);
  if (!fc->sd) {
    jvl_throw(L);
    return;
  }
  jvl_scripted_numbers(L, idx, call->model, "forecast: sd", fc->h, fc->sd);
  for (size_t i = 0; i < fc->h; i++)
    if (fc->sd[i] < 0)
      jvl_scripted_wrong(L, call->model, "forecast: sd of step %zu is %g", i + 1, fc->sd[i]);
  fc->dist = JV_DIST_NORMAL;
}

/* Rows of h numbers; without a mean their average. */
static void read_paths(lua_State *L, int idx, scripted_call *call, bool has_mean) {
  jv_forecast *fc = call->fc;
  size_t n = lua_istable(L, idx) ? lua_rawlen(L, idx) : 0;
  if (n < 2) jvl_scripted_wrong(L, call->model, "forecast: paths is a table of at least 2 tables");
  fc->paths = jv_alloc(call->cx, n, fc->h * sizeof *fc->paths);
  if (!fc->paths) {
    jvl_throw(L);
    return;
  }
  fc->n_paths = n;
  for (size_t k = 0; k < n; k++) {
    char what[64];
    snprintf(what, sizeof what, "forecast: path %zu", k + 1);
    lua_rawgeti(L, idx, (lua_Integer)k + 1);
    jvl_scripted_numbers(L, lua_gettop(L), call->model, what, fc->h, fc->paths + k * fc->h);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < fc->h && !has_mean; i++) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += fc->paths[k * fc->h + i];
    fc->mean[i] = sum / (double)n;
  }
  fc->dist = JV_DIST_PATHS;
}

/* Probabilities ascending, each with h values: n of them in scratch memory, pushed. */
typedef struct quantiles {
  size_t n, h;
  double *p, *z; /* n: probabilities and their normal scores */
  double *value; /* n * h, row by row */
} quantiles;

static size_t count_quantiles(lua_State *L, int idx, const scripted *model) {
  size_t n = 0;
  if (!lua_istable(L, idx))
    jvl_scripted_wrong(L, model, "forecast: quantiles is a table {[0.1] = {…}, …}");
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    double p = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : -1;
    if (!(p > 0 && p < 1))
      jvl_scripted_wrong(L, model,
                         "forecast: quantiles are given at probabilities between 0 and 1");
    n++;
  }
  if (n < 2) jvl_scripted_wrong(L, model, "forecast: at least 2 quantiles are needed, got %zu", n);
  return n;
}

static quantiles read_quantiles(lua_State *L, int idx, const scripted_call *call) {
  quantiles q = {.n = count_quantiles(L, idx, call->model), .h = call->h};
  double *block = jvl_scratch(L, q.n, (q.h + 2) * sizeof *block);
  q.p = block;
  q.z = block + q.n;
  q.value = block + 2 * q.n;
  size_t n = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) { /* insertion sort of the probabilities */
    double p = lua_tonumber(L, -2);
    size_t at = n++;
    for (; at > 0 && q.p[at - 1] > p; at--) q.p[at] = q.p[at - 1];
    q.p[at] = p;
  }
  for (size_t k = 0; k < q.n; k++) {
    char what[64];
    q.z[k] = jv_normal_quantile(q.p[k]);
    snprintf(what, sizeof what, "forecast: quantile %g", q.p[k]);
    lua_pushnumber(L, q.p[k]);
    lua_rawget(L, idx);
    jvl_scripted_numbers(L, lua_gettop(L), call->model, what, q.h, q.value + k * q.h);
    lua_pop(L, 1);
    for (size_t i = 0; k > 0 && i < q.h; i++)
      if (q.value[k * q.h + i] < q.value[(k - 1) * q.h + i])
        jvl_scripted_wrong(L, call->model, "forecast: quantiles %g and %g cross at step %zu",
                           q.p[k - 1], q.p[k], i + 1);
  }
  return q;
}

static double quantile_at(const quantiles *q, size_t step, double p) {
  double z = jv_normal_quantile(p);
  size_t k = 1;
  while (k + 1 < q->n && z > q->z[k]) k++;
  double a = q->value[(k - 1) * q->h + step], b = q->value[k * q->h + step];
  if (p == q->p[k - 1]) return a;
  if (p == q->p[k]) return b;
  return a + (b - a) * (z - q->z[k - 1]) / (q->z[k] - q->z[k - 1]);
}

/* ---- paths */

/* u of n_paths x h, row by row: standard normal at each step, correlated as a random walk. */
static void walk_scores(const jv_fit *fit, size_t h, size_t n_paths, double df, double *u) {
  for (size_t k = 0; k < n_paths; k++) {
    jv_rng rng = jv_fit_rng(fit, k);
    double sum = 0, divisor = 1;
    if (isfinite(df)) {
      double chi = 0; /* df is a whole number of errors */
      for (size_t d = 0; (double)d < df; d++) {
        double z = jv_rng_normal(&rng);
        chi += z * z;
      }
      divisor = sqrt(chi / df);
    }
    for (size_t i = 0; i < h; i++) {
      sum += jv_rng_normal(&rng);
      u[k * h + i] = sum / sqrt((double)(i + 1)) / divisor;
    }
  }
}

jv_status jvl_scripted_draw(jv_ctx *cx, const jv_fit *fit, const jv_forecast *fc, size_t n_paths,
                            double *paths) {
  size_t h = fc->h;
  if (fc->dist == JV_DIST_POINT)
    return jv_fail(cx, JV_EUNSUPPORTED,
                   "%s: gives points only, and the series is too short to measure its errors at "
                   "earlier origins",
                   fit->cls->name);
  if (fc->dist == JV_DIST_PATHS) {
    for (size_t k = 0; k < n_paths; k++) {
      jv_rng rng = jv_fit_rng(fit, k);
      size_t row = k < fc->n_paths ? k : (size_t)jv_rng_below(&rng, fc->n_paths);
      memcpy(paths + k * h, fc->paths + row * h, h * sizeof *paths);
    }
    return JV_OK;
  }
  walk_scores(fit, h, n_paths, fc->dist == JV_DIST_STUDENT ? ceil(fc->df) : INFINITY, paths);
  for (size_t k = 0; k < n_paths; k++)
    for (size_t i = 0; i < h; i++) {
      double *at = &paths[k * h + i];
      *at = fc->sd[i] > 0 ? fc->mean[i] + fc->sd[i] * *at : fc->mean[i];
    }
  return JV_OK;
}

enum { GRID = 2001 };

typedef struct ranked {
  double score;
  size_t path;
} ranked;

static int by_score(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->score != y->score) return x->score < y->score ? -1 : 1;
  return x->path < y->path ? -1 : 1;
}

/* The grid: at each step the path of rank r takes the quantile function at r/(GRID-1); its ends stand
 * for half a cell. order is scratch of GRID. */
static void fill_grid(const quantiles *q, ranked *order, double *paths) {
  for (size_t i = 0; i < q->h; i++) {
    for (size_t k = 0; k < GRID; k++) order[k] = (ranked){paths[k * q->h + i], k};
    qsort(order, GRID, sizeof *order, by_score);
    for (size_t r = 0; r < GRID; r++) {
      double p = (double)r / (GRID - 1);
      if (r == 0) p = 0.5 / (GRID - 1);
      if (r == GRID - 1) p = 1 - 0.5 / (GRID - 1);
      paths[order[r].path * q->h + i] = quantile_at(q, i, p);
    }
  }
}

static void spread_quantiles(lua_State *L, int idx, scripted_call *call, bool has_mean) {
  jv_forecast *fc = call->fc;
  quantiles q = read_quantiles(L, idx, call);
  ranked *order = jvl_scratch(L, GRID, sizeof *order);
  fc->paths = jv_alloc(call->cx, GRID, fc->h * sizeof *fc->paths);
  if (!fc->paths) {
    jvl_throw(L);
    return;
  }
  fc->n_paths = GRID;
  walk_scores(call->fit, fc->h, GRID, INFINITY, fc->paths);
  fill_grid(&q, order, fc->paths);
  for (size_t i = 0; i < fc->h && !has_mean; i++) fc->mean[i] = quantile_at(&q, i, 0.5);
  if (!has_mean) fc->mean_is_median = true;
  fc->dist = JV_DIST_PATHS;
}

/* ---- the whole */

static void read_distribution(lua_State *L, int idx, scripted_call *call) {
  jv_forecast *fc = call->fc;
  bool has_mean = lua_getfield(L, idx, "mean") != LUA_TNIL;
  int at = lua_gettop(L);
  if (has_mean) jvl_scripted_numbers(L, at, call->model, "forecast: mean", fc->h, fc->mean);
  if (lua_getfield(L, idx, "paths") != LUA_TNIL)
    read_paths(L, at + 1, call, has_mean);
  else if (lua_getfield(L, idx, "quantiles") != LUA_TNIL)
    spread_quantiles(L, at + 2, call, has_mean);
  else {
    if (!has_mean) jvl_scripted_wrong(L, call->model, "forecast: mean is missing");
    if (lua_getfield(L, idx, "sd") != LUA_TNIL) read_sd(L, at + 3, call);
    if (fc->sd && lua_getfield(L, idx, "df") == LUA_TNUMBER) {
      fc->df = lua_tonumber(L, -1);
      fc->dist = JV_DIST_STUDENT;
      if (!(fc->df > 0)) jvl_scripted_wrong(L, call->model, "forecast: df is %g", fc->df);
    }
  }
  if (lua_getfield(L, idx, "says") == LUA_TSTRING)
    fc->mean_is_median = strcmp(lua_tostring(L, -1), "median") == 0;
  lua_settop(L, idx);
}

void jvl_scripted_read_forecast(lua_State *L, int idx, scripted_call *call) {
  call->fc->dist = JV_DIST_POINT;
  if (is_list(L, idx))
    jvl_scripted_numbers(L, idx, call->model, "forecast", call->h, call->mean);
  else
    read_distribution(L, idx, call);
}

void jvl_scripted_read_means(lua_State *L, int idx, scripted_call *call) {
  if (!is_list(L, idx)) {
    lua_getfield(L, idx, "mean");
    lua_replace(L, idx);
  }
  jvl_scripted_numbers(L, idx, call->model, "forecast", call->h, call->mean);
}
