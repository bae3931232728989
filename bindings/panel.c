/* jv.panel: forecasts and backtests of panel files; what the verbs of the command line call. */
#include "io/panel_file.h"
#include "crews.h"
#include "modules.h"
#include <stdio.h>
#include <string.h>

/* ---- options ---- */

typedef struct panel_opt {
  int h, season, sort, jobs;
  double seed;
  char freq[JV_OPT_TEXT_SIZE];
} panel_opt;

#define PLACE(field) offsetof(panel_opt, field)
static const jv_option rows[] = {
    {"h", JV_OPT_INT, PLACE(h), NAN, 1, 100000, "periods ahead of each series' last row", NULL},
    {"season", JV_OPT_INT, PLACE(season), NAN, 1, 100000, "seasonal period; 1: none", NULL},
    {"sort", JV_OPT_FLAG, PLACE(sort), 0, 0, 1, "sort the rows first, on disk if need be", NULL},
    {"seed", JV_OPT_REAL, PLACE(seed), 0, 0, 0x1p53, "of the random streams", NULL},
    {"freq", JV_OPT_TEXT, PLACE(freq), NAN, 0, 0, "A, Q, M, W, D, H, with anchors as Q-JUN", NULL},
    JVL_JOBS_ROW(PLACE(jobs)),
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* The binding's own: texts of any length, and lists. */
static const char *const own[] = {"input",   "output", "status", "temp",  "model", "level",
                                  "origins", "step",   "window", "refit", NULL};
/* Of the rows above, for those of the backtest; h is read once and handed on. */
static const char *const not_backtest[] = {"input", "output", "status", "temp", "model",
                                           "level", "h",      "season", "sort", "seed",
                                           "freq",  "jobs",   NULL};

static const char *text_field(lua_State *L, int idx, const char *name, const char *otherwise) {
  int type = lua_getfield(L, idx, name);
  if (type == LUA_TNIL) {
    lua_pop(L, 1);
    return otherwise;
  }
  if (type != LUA_TSTRING) jvl_misuse(L, "jv.panel: option '%s' takes a text", name);
  const char *text = lua_tostring(L, -1); /* the table keeps it alive */
  lua_pop(L, 1);
  return text;
}

/* ---- what a call holds outside of Lua; its box frees it however the call ends ---- */

typedef struct held {
  jv_model_spec *models;
  size_t n_models;
  jvl_crew crew;
  jv_board *board;
  jv_buffer status;
} held;

static void release_held(jv_ctx *cx, void *p) {
  held *h = p;
  jvl_crew_close(cx, &h->crew);
  jv_model_specs_free(cx, h->models, h->n_models);
  jv_board_free(cx, h->board);
  jv_buffer_free(cx, &h->status);
  jv_free(cx, h);
}

static const jvl_class held_class = {
    "jevons.panel_run", "What a running job of jv.panel holds; scripts do not meet it.",
    release_held, NULL, NULL};

static held *push_held(lua_State *L) {
  void **box = jvl_box(L, &held_class);
  *box = JV_NEW(jvl_ctx(L), held);
  if (!*box) jvl_throw(L);
  return *box;
}

/* ---- the job ---- */

/* Levels in ascending order without repeats, in scratch memory. */
static const double *read_levels(lua_State *L, int idx, size_t *n) {
  *n = 0;
  int type = lua_getfield(L, idx, "level"), list = lua_gettop(L);
  if (type == LUA_TNIL) return NULL;
  if (type != LUA_TTABLE) jvl_misuse(L, "jv.panel: option 'level' takes a table such as {80, 95}");
  size_t given = lua_rawlen(L, list);
  double *sorted = jvl_scratch(L, given, sizeof *sorted);
  for (size_t i = 0; i < given; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    double level = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : -1;
    lua_pop(L, 1);
    if (!(level > 0 && level < 100))
      jvl_misuse(L, "jv.panel: a level is a percentage between 0 and 100");
    size_t at = 0;
    while (at < *n && sorted[at] < level) at++;
    if (at < *n && sorted[at] == level) jvl_misuse(L, "jv.panel: level %g stands twice", level);
    memmove(sorted + at + 1, sorted + at, (*n - at) * sizeof *sorted);
    sorted[at] = level;
    ++*n;
  }
  return sorted;
}

static void read_job(lua_State *L, int idx, jv_panel_job *job, jv_panel_options *options, held *h) {
  panel_opt opt;
  jv_ctx *cx = jvl_ctx(L);
  jvl_options(L, idx, "jv.panel", rows, &opt, own);
  if (opt.h == JV_OPT_UNSET) jvl_misuse(L, "jv.panel: option 'h' is missing: how far to forecast");
  memset(job, 0, sizeof *job);
  memset(options, 0, sizeof *options);
  options->sort = opt.sort == 1;
  options->has_freq = opt.freq[0] != '\0';
  if (options->has_freq) jvl_check(L, jv_freq_parse(cx, opt.freq, &options->freq));
  job->h = (size_t)opt.h;
  job->seed = (uint64_t)opt.seed;
  if (opt.season != JV_OPT_UNSET)
    job->season = (size_t)opt.season;
  else if (options->has_freq)
    job->season = jv_freq_season(options->freq);
  jvl_check(
      L, jv_model_specs_parse(cx, text_field(L, idx, "model", "auto"), &h->models, &h->n_models));
  job->models = h->models;
  job->n_models = h->n_models;
  job->levels = read_levels(L, idx, &job->n_levels);
  jvl_crew_open(L, opt.jobs == JV_OPT_UNSET ? 0 : (size_t)opt.jobs, h->models, h->n_models,
                &h->crew);
  job->crew = &h->crew.crew;
  job->lane_models = h->crew.models;
}

static void read_files(lua_State *L, int idx, jv_panel_files *files) {
  files->input = text_field(L, idx, "input", NULL);
  files->output = text_field(L, idx, "output", NULL);
  files->status = text_field(L, idx, "status", NULL);
  files->temp_dir = text_field(L, idx, "temp", NULL);
  if (!files->input) jvl_misuse(L, "jv.panel: option 'input' is missing: a path, or - for stdin");
  fflush(stdout); /* what was printed comes before what goes to "-" */
}

static void push_count(lua_State *L, const char *name, size_t n) {
  lua_pushinteger(L, (lua_Integer)n);
  lua_setfield(L, -2, name);
}

static void push_summary(lua_State *L, const jv_panel_summary *summary, const jv_buffer *status) {
  lua_createtable(L, 0, 5);
  push_count(L, "series", summary->series);
  push_count(L, "failed", summary->failed);
  push_count(L, "rows", summary->rows);
  lua_pushstring(L, summary->first_failure);
  lua_setfield(L, -2, "first_failure");
  lua_pushlstring(L, status->data ? status->data : "", status->len);
  lua_setfield(L, -2, "status");
}

/* ---- functions ---- */

/* The threads end with the call: their Lua states are not left to the collector. */
static void dismiss(lua_State *L, held *h) { jvl_crew_close(jvl_ctx(L), &h->crew); }

static int l_forecast(lua_State *L) {
  jv_panel_job job;
  jv_panel_options options;
  jv_panel_files files;
  jv_panel_summary summary;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  held *h = push_held(L);
  read_job(L, 1, &job, &options, h);
  read_files(L, 1, &files);
  if (!files.output) files.output = "-";
  jvl_check(L, jv_panel_forecast_files(jvl_ctx(L), &job, &options, &files, &h->status, &summary));
  dismiss(L, h);
  push_summary(L, &summary, &h->status);
  return 1;
}

/* ---- the score board as a table ---- */

static void push_number_field(lua_State *L, const char *name, double x) {
  lua_pushnumber(L, x);
  lua_setfield(L, -2, name);
}

static void push_levels(lua_State *L, const jv_board *board, const char *name,
                        const double *values) {
  lua_newtable(L);
  for (size_t i = 0; i < jv_board_levels(board); i++) {
    lua_pushnumber(L, jv_board_level(board, i));
    lua_pushnumber(L, values[i]);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, name);
}

static void push_score(lua_State *L, const jv_board *board, const jv_score *score) {
  lua_newtable(L);
  lua_pushstring(L, score->model);
  lua_setfield(L, -2, "model");
#define X(field, name, doc) push_number_field(L, name, score->accuracy.field);
  JV_METRICS(X)
#undef X
  push_number_field(L, "skill", score->skill);
  push_number_field(L, "OWA", score->owa);
  push_count(L, "origins", score->origins);
  push_count(L, "failed", score->failed);
  push_levels(L, board, "coverage", score->coverage);
  push_levels(L, board, "winkler", score->winkler);
}

/* summary.scores: from best to worst. */
static void push_board(lua_State *L, jv_board *board) {
  size_t n = jv_board_models(board), *order = jvl_scratch(L, n, sizeof *order);
  jv_board_rank(board, order);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    jv_score score = jv_board_score(board, order[i]);
    push_score(L, board, &score);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_remove(L, -2);
}

static int l_backtest(lua_State *L) {
  jv_panel_job job;
  jv_panel_options options;
  jv_panel_files files;
  jv_panel_summary summary;
  jv_backtest_job backtest;
  jv_ctx *cx = jvl_ctx(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  held *h = push_held(L);
  read_job(L, 1, &job, &options, h);
  read_files(L, 1, &files);
  memset(&backtest, 0, sizeof backtest);
  jvl_options(L, 1, "jv.panel", jv_backtest_option_rows, &backtest.options, not_backtest);
  backtest.options.h = (int)job.h;
  backtest.models = job.models;
  backtest.n_models = job.n_models;
  backtest.levels = job.levels;
  backtest.n_levels = job.n_levels;
  jvl_check(L, jv_board_new(cx, &backtest, &h->board));
  jvl_check(L, jv_panel_backtest_files(cx, &job, &backtest, &options, &files, h->board, &h->status,
                                       &summary));
  dismiss(L, h);
  push_summary(L, &summary, &h->status);
  push_board(L, h->board);
  lua_setfield(L, -2, "scores");
  return 1;
}

static int l_models(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  held *h = push_held(L);
  jvl_check(L, jv_model_specs_parse(jvl_ctx(L), lua_tostring(L, 1), &h->models, &h->n_models));
  lua_createtable(L, (int)h->n_models, 0);
  for (size_t i = 0; i < h->n_models; i++) {
    lua_pushstring(L, h->models[i].text);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_freq(lua_State *L) {
  jv_freq freq;
  char text[JV_PERIOD_TEXT];
  jvl_check(L, jv_freq_parse(jvl_ctx(L), luaL_checkstring(L, 1), &freq));
  jv_freq_format(freq, text);
  lua_pushstring(L, text);
  return 1;
}

static const jvl_function functions[] = {
    {"forecast", l_forecast,
     "jv.panel.forecast(options) -> summary\n\n"
     "Forecasts every series of a long panel `unique_id,ds,y` (or `ds,y`), read as a stream. "
     "options: "
     "input (path, - for stdin), h, model (as --model, default auto), freq, season, level = {80, "
     "95}, "
     "output (path, default - for stdout), status (path), sort, temp (folder for sorting), "
     "seed, jobs (threads; by default one for each processor, and the same bytes for any "
     "number).\n\n"
     "A model written in Lua has its file, models/NAME.lua, run again in a Lua state of each "
     "thread; one that was defined elsewhere has one thread, and a warning says so where more "
     "were asked for.\n\n"
     "Writes unique_id,ds,MODEL,MODEL-lo-L,MODEL-hi-L, h rows a series, in the order of the input; "
     "the "
     "output appears when all is done. A model that fails on a series leaves its fields empty and "
     "a row "
     "in the status file, or in summary.status. summary: series, failed, rows, first_failure, "
     "status. "
     "Throws on a panel that breaks the rules, with file and line: codes parse, data, period, io."},
    {"backtest", l_backtest,
     "jv.panel.backtest(options) -> summary\n\n"
     "Rolling-origin backtest of every series of a panel. options: those of jv.panel.forecast, and "
     "origins (default 1; the last leaves h observations), step between them (1), window (0: all "
     "before "
     "the origin, else the last so many), refit (true; false: fit at the first origin, then "
     "update). "
     "output: a file of unique_id,cutoff,ds,y,MODEL, default none.\n\n"
     "summary has scores besides, from best to worst: {model, ME, MAE, RMSE, MPE, MAPE, sMAPE, "
     "MASE, "
     "RMSSE, skill (1 - MASE / MASE of naive), OWA, origins, failed, coverage, winkler}, the last "
     "two by "
     "level. Errors are pooled over steps, origins and series; MASE and RMSSE are means over "
     "origins."},
    {"models", l_models,
     "jv.panel.models(list) -> texts\n\n"
     "The models of a list as typed for --model, each checked: the name is known and the options "
     "are "
     "right. Throws otherwise."},
    {"freq", l_freq,
     "jv.panel.freq(text) -> text\n\n"
     "A frequency as given for --freq in its full form: Q is Q-DEC. Throws when there is none "
     "such."},
    {NULL, NULL, NULL}};

void jvl_open_panel(lua_State *L) {
  jvl_class_register(L, &held_class);
  jvl_submodule(L, "panel");
  jvl_document(
      L, "jv.panel",
      "jv.panel\n\nPanels: long CSV files of many series, forecast and backtested as streams.");
  jvl_add(L, "jv.panel", functions);
  lua_pop(L, 1);
}
