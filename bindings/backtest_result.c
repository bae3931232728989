/* Result objects of jv.backtest: printed as a ranked table, read as rows. */
#include "backtests.h"
#include "values.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void release_result(jv_ctx *cx, void *p) {
  jvl_result *r = p;
  jv_board_free(cx, r->board);
  for (size_t i = 0; i < r->n; i++) {
    jv_backtest_free(cx, r->runs[i]);
    jv_free(cx, r->ids[i]);
  }
  jv_free(cx, r->runs);
  jv_free(cx, r->ids);
  jv_free(cx, r->starts);
  jv_free(cx, r->levels);
  jv_model_specs_free(cx, r->specs, r->n_specs);
  jv_free(cx, r);
}

static jvl_result *check_result(lua_State *L) { return jvl_unbox(L, 1, &jvl_result_class); }

/* ---- rows ---- */

/* Position t of series i: its period, or its number when undated. */
static void push_place(lua_State *L, const jvl_result *r, size_t i, size_t t) {
  jv_period at = r->starts[i];
  if (at.freq.kind == JV_FREQ_INDEX) {
    lua_pushinteger(L, (lua_Integer)at.ordinal + (lua_Integer)t);
    return;
  }
  jvl_check(L, jv_period_add(jvl_ctx(L), r->starts[i], (int64_t)t, &at));
  jvl_push_period(L, at);
}

/* Sets a field "lo-80" of the table on top. */
static void set_level(lua_State *L, const char *what, double level, double value) {
  char name[48];
  snprintf(name, sizeof name, "%s-%g", what, level);
  jvl_set_number(L, name, value);
}

static void set_text(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

/* Where a row belongs: series, model, origin, step. */
typedef struct place {
  size_t series, model, origin, step;
} place;

/* Pushes the row of one step: series, model, cutoff, step, ds, actual, forecast, error. */
static void push_step(lua_State *L, const jvl_result *r, const place *p) {
  const jv_backtest *b = r->runs[p->series];
  double actual = jv_backtest_actual(b, p->origin)[p->step];
  double mean = jv_backtest_mean(b, p->model, p->origin)[p->step];
  lua_createtable(L, 0, 8);
  set_text(L, "series", r->ids[p->series]);
  set_text(L, "model", r->specs[p->model].text);
  push_place(L, r, p->series, b->cutoff[p->origin] - 1);
  lua_setfield(L, -2, "cutoff");
  jvl_set_count(L, "step", p->step + 1);
  push_place(L, r, p->series, b->cutoff[p->origin] + p->step);
  lua_setfield(L, -2, "ds");
  jvl_set_number(L, "actual", actual);
  jvl_set_number(L, "forecast", mean);
  jvl_set_number(L, "error", actual - mean);
}

static void set_intervals(lua_State *L, const jvl_result *r, const place *p) {
  const jv_backtest *b = r->runs[p->series];
  for (size_t l = 0; l < b->n_levels; l++) {
    set_level(L, "lo", b->levels[l], jv_backtest_lower(b, p->model, p->origin, l)[p->step]);
    set_level(L, "hi", b->levels[l], jv_backtest_upper(b, p->model, p->origin, l)[p->step]);
  }
}

/* Appends the rows of one model at one origin to the list at 2. */
static void add_steps(lua_State *L, const jvl_result *r, place p, bool errors, lua_Integer *n) {
  const jv_backtest *b = r->runs[p.series];
  for (p.step = 0; p.step < b->h; p.step++) {
    double e =
        jv_backtest_actual(b, p.origin)[p.step] - jv_backtest_mean(b, p.model, p.origin)[p.step];
    if (errors && isnan(e)) continue;
    push_step(L, r, &p);
    if (!errors) set_intervals(L, r, &p);
    lua_rawseti(L, 2, ++*n);
  }
}

static int list_steps(lua_State *L, bool errors) {
  const jvl_result *r = check_result(L);
  lua_Integer n = 0;
  lua_settop(L, 1);
  lua_newtable(L);
  for (size_t i = 0; i < r->n; i++)
    for (size_t j = 0; r->runs[i] && j < r->runs[i]->n_origins; j++)
      for (size_t k = 0; k < r->n_specs; k++)
        add_steps(L, r, (place){.series = i, .model = k, .origin = j}, errors, &n);
  return 1;
}

static int l_errors(lua_State *L) { return list_steps(L, true); }
static int l_forecasts(lua_State *L) { return list_steps(L, false); }

static int l_failures(lua_State *L) {
  const jvl_result *r = check_result(L);
  lua_Integer n = 0;
  lua_newtable(L);
  for (size_t i = 0; i < r->n; i++)
    for (size_t k = 0; r->runs[i] && k < r->n_specs; k++) {
      if (!r->runs[i]->failure[k]) continue;
      lua_createtable(L, 0, 3);
      set_text(L, "series", r->ids[i]);
      set_text(L, "model", r->specs[k].text);
      set_text(L, "message", r->runs[i]->failure[k]);
      lua_rawseti(L, -2, ++n);
    }
  return 1;
}

/* ---- scores ---- */

/* Pushes the places of the models from best to worst, in scratch memory. */
static const size_t *push_ranking(lua_State *L, jv_board *board) {
  size_t *order = jvl_scratch(L, jv_board_models(board), sizeof *order);
  jv_board_rank(board, order);
  return order;
}

static void push_score(lua_State *L, jv_board *board, size_t model, size_t rank) {
  jv_score s = jv_board_score(board, model);
  lua_createtable(L, 0, 16);
  set_text(L, "model", s.model);
  jvl_set_count(L, "rank", rank);
  jvl_set_accuracy(L, &s.accuracy);
  jvl_set_number(L, "skill", s.skill);
  jvl_set_number(L, "OWA", s.owa);
  jvl_set_count(L, "origins", s.origins);
  jvl_set_count(L, "failed", s.failed);
  for (size_t l = 0; l < jv_board_levels(board); l++) {
    set_level(L, "coverage", jv_board_level(board, l), s.coverage[l]);
    set_level(L, "winkler", jv_board_level(board, l), s.winkler[l]);
  }
}

static void release_board(jv_ctx *cx, void *p) { jv_board_free(cx, p); }

static const jvl_class board_class = {"jevons.backtest_scores",
                                      "The scores of one series; scripts do not meet it.",
                                      release_board, NULL, NULL};

/* Pushes a board of the one series named at idx. */
static jv_board *push_board_of(lua_State *L, const jvl_result *r, int idx) {
  const char *id = luaL_checkstring(L, idx);
  jv_board *board = NULL;
  size_t i = 0;
  while (i < r->n && strcmp(r->ids[i], id) != 0) i++;
  if (i == r->n || !r->runs[i]) jvl_misuse(L, "backtest: no series '%s' in this result", id);
  void **box = jvl_box(L, &board_class);
  jvl_check(L, jv_board_new(jvl_ctx(L), &r->job, &board));
  *box = board;
  jv_board_add(board, r->runs[i]);
  return board;
}

static int l_table(lua_State *L) {
  const jvl_result *r = check_result(L);
  jv_board *board = lua_isnoneornil(L, 2) ? r->board : push_board_of(L, r, 2);
  const size_t *order = push_ranking(L, board);
  lua_newtable(L);
  for (size_t i = 0; i < jv_board_models(board); i++) {
    push_score(L, board, order[i], i + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_best(lua_State *L) {
  const jvl_result *r = check_result(L);
  const size_t *order = push_ranking(L, r->board);
  jv_score s = jv_board_score(r->board, order[0]);
  if (s.origins == 0)
    lua_pushnil(L);
  else
    lua_pushstring(L, s.model);
  return 1;
}

/* ---- text ---- */

/* Five significant digits, or a dash; columns are right-aligned and 9 wide. */
static void add_cell(luaL_Buffer *b, double x) {
  char text[64];
  if (isnan(x))
    snprintf(text, sizeof text, " %8s", "-");
  else if (fabs(x) >= 1e5 && fabs(x) < 1e15)
    snprintf(text, sizeof text, " %8.4g", x);
  else
    snprintf(text, sizeof text, " %8.5g", x);
  luaL_addstring(b, text);
}

static void add_share(luaL_Buffer *b, double x) {
  char text[64];
  if (isnan(x))
    snprintf(text, sizeof text, " %8s", "-");
  else
    snprintf(text, sizeof text, " %7.1f%%", 100 * x);
  luaL_addstring(b, text);
}

/* The columns of the printed table, once: head and value. */
#define COLUMNS(X)                                                                                 \
  X("ME", accuracy.me)                                                                             \
  X("MAE", accuracy.mae)                                                                           \
  X("RMSE", accuracy.rmse)                                                                         \
  X("MAPE", accuracy.mape)                                                                         \
  X("sMAPE", accuracy.smape)                                                                       \
  X("MASE", accuracy.mase)                                                                         \
  X("RMSSE", accuracy.rmsse)                                                                       \
  X("OWA", owa)

static void add_head(luaL_Buffer *b, const jvl_result *r, int width) {
  char text[128];
  snprintf(text, sizeof text, "   %-*.*s", width, width, "model");
  luaL_addstring(b, text);
#define X(name, field)                                                                             \
  snprintf(text, sizeof text, " %8s", name);                                                       \
  luaL_addstring(b, text);
  COLUMNS(X)
#undef X
  luaL_addstring(b, "    skill");
  for (size_t l = 0; l < r->job.n_levels; l++) {
    char name[32];
    snprintf(name, sizeof name, "in %g%%", r->levels[l]);
    snprintf(text, sizeof text, " %8s", name);
    luaL_addstring(b, text);
  }
  luaL_addstring(b, "\n");
}

static void add_score(luaL_Buffer *b, const jvl_result *r, const jv_score *s, size_t rank,
                      int width) {
  char text[128];
  snprintf(text, sizeof text, "%2zu ", rank);
  luaL_addstring(b, text);
  luaL_addstring(b, s->model);
  for (int i = (int)strlen(s->model); i < width; i++) luaL_addchar(b, ' ');
#define X(name, field) add_cell(b, s->field);
  COLUMNS(X)
#undef X
  add_share(b, s->skill);
  for (size_t l = 0; l < r->job.n_levels; l++) add_share(b, s->coverage[l]);
  if (s->failed) {
    snprintf(text, sizeof text, "  failed at %zu of %zu origins", s->failed,
             s->failed + s->origins);
    luaL_addstring(b, text);
  }
  luaL_addstring(b, "\n");
}

static size_t count_origins(const jvl_result *r) {
  size_t n = 0;
  for (size_t i = 0; i < r->n; i++)
    if (r->runs[i]) n += r->runs[i]->n_origins;
  return n;
}

static void add_title(luaL_Buffer *b, const jvl_result *r) {
  char text[256];
  const jv_backtest_options *o = &r->job.options;
  size_t origins = count_origins(r);
  snprintf(text, sizeof text, "backtest%s%.80s: %zu origin%s, h = %d, %s%s",
           r->n == 1 ? " of " : "", r->n == 1 ? (r->ids[0][0] ? r->ids[0] : "a series") : "",
           origins, origins == 1 ? "" : "s", o->h,
           o->window ? "sliding window" : "expanding window", o->refit ? "" : ", without refit");
  luaL_addstring(b, text);
  if (r->n > 1) {
    snprintf(text, sizeof text, ", %zu series", r->n);
    luaL_addstring(b, text);
  }
  luaL_addstring(b, "\n");
}

static int l_tostring(lua_State *L) {
  const jvl_result *r = check_result(L);
  int width = 5;
  for (size_t k = 0; k < r->n_specs; k++)
    if ((int)strlen(r->specs[k].text) > width) width = (int)strlen(r->specs[k].text);
  const size_t *order = push_ranking(L, r->board);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_title(&b, r);
  add_head(&b, r, width);
  for (size_t i = 0; i < r->n_specs; i++) {
    jv_score s = jv_board_score(r->board, order[i]);
    add_score(&b, r, &s, i + 1, width);
  }
  luaL_addstring(&b, "ranked by MASE; skill against naive");
  luaL_pushresult(&b);
  return 1;
}

static const jvl_function methods[] = {
    {"table", l_table,
     "backtest:table([series]) -> list\n\n"
     "The scores by model, best first (by MASE): model, rank, ME, MAE, RMSE, MPE, MAPE, sMAPE, "
     "MASE, RMSSE, OWA, skill, used, skipped, origins, failed, and `coverage-80`, `winkler-80` for "
     "each level. `series` asks for one series by name. Errors are pooled over steps, origins and "
     "series; MASE and RMSSE are means over origins."},
    {"errors", l_errors,
     "backtest:errors() -> list\n\n"
     "A row for each series, origin, model and step that has both sides: series, model, cutoff "
     "(the "
     "last period known), step, ds, actual, forecast, error (actual - forecast)."},
    {"forecasts", l_forecasts,
     "backtest:forecasts() -> list\n\n"
     "All steps, also those without an actual or with a model that failed (NaN): the fields of "
     "`errors`, and `lo-80`, `hi-80` for each level."},
    {"failures", l_failures,
     "backtest:failures() -> list\n\n"
     "Models that failed at an origin or more: series, model, message (the first one)."},
    {"best", l_best,
     "backtest:best() -> name\n\nThe model ranked first, as it was typed; nil when none has a "
     "forecast."},
    {NULL, NULL, NULL}};

static const luaL_Reg meta[] = {{"__tostring", l_tostring}, {NULL, NULL}};

const jvl_class jvl_result_class = {
    "jevons.backtest",
    "What jv.backtest gives: errors of several models from past origins, scored and ranked. Prints "
    "as a table.",
    release_result, methods, meta};

void jvl_register_result(lua_State *L) {
  jvl_class_register(L, &jvl_result_class);
  jvl_class_register(L, &board_class);
}
