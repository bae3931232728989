/* jv.panel: forecasts of panel files; what the verbs of the command line call. */
#include "io/panel_file.h"
#include "bind.h"
#include "modules.h"
#include <string.h>

/* ---- options ---- */

typedef struct panel_opt {
  int h, season, sort;
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
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* The binding's own: texts of any length, and lists. */
static const char *const own[] = {"input", "output", "status", "temp", "model", "level", NULL};

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
  char **texts;
  size_t n_texts;
  jv_buffer status;
} held;

static void release_held(jv_ctx *cx, void *p) {
  held *h = p;
  jv_model_specs_free(cx, h->models, h->n_models);
  jv_model_list_free(cx, h->texts, h->n_texts);
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
  jvl_check(L,
            jv_model_specs_parse(cx, text_field(L, idx, "model", "ets"), &h->models, &h->n_models));
  job->models = h->models;
  job->n_models = h->n_models;
  job->levels = read_levels(L, idx, &job->n_levels);
}

static void read_files(lua_State *L, int idx, jv_panel_files *files) {
  files->input = text_field(L, idx, "input", NULL);
  files->output = text_field(L, idx, "output", NULL);
  files->status = text_field(L, idx, "status", NULL);
  files->temp_dir = text_field(L, idx, "temp", NULL);
  if (!files->input) jvl_misuse(L, "jv.panel: option 'input' is missing: a path, or - for stdin");
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
  push_summary(L, &summary, &h->status);
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

static int l_split(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  held *h = push_held(L);
  jvl_check(L, jv_model_list_split(jvl_ctx(L), lua_tostring(L, 1), &h->texts, &h->n_texts));
  lua_createtable(L, (int)h->n_texts, 0);
  for (size_t i = 0; i < h->n_texts; i++) {
    lua_pushstring(L, h->texts[i]);
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
     "input (path, - for stdin), h, model (as --model, default ets), freq, season, level = {80, "
     "95}, "
     "output (path, default - for stdout), status (path), sort, temp (folder for sorting), "
     "seed.\n\n"
     "Writes unique_id,ds,MODEL,MODEL-lo-L,MODEL-hi-L, h rows a series, in the order of the input; "
     "the "
     "output appears when all is done. A model that fails on a series leaves its fields empty and "
     "a row "
     "in the status file, or in summary.status. summary: series, failed, rows, first_failure, "
     "status. "
     "Throws on a panel that breaks the rules, with file and line: codes parse, data, period, io."},
    {"models", l_models,
     "jv.panel.models(list) -> texts\n\n"
     "The models of a list as typed for --model, each checked: the name is known and the options "
     "are "
     "right. Throws otherwise."},
    {"split", l_split,
     "jv.panel.split(list) -> texts\n\n"
     "Splits a list of models on commas outside braces, parentheses and quotes, without looking "
     "the "
     "names up."},
    {"freq", l_freq,
     "jv.panel.freq(text) -> text\n\n"
     "A frequency as given for --freq in its full form: Q is Q-DEC. Throws when there is none "
     "such."},
    {NULL, NULL, NULL}};

void jvl_open_panel(lua_State *L) {
  jvl_class_register(L, &held_class);
  jvl_submodule(L, "panel");
  jvl_document(L, "jv.panel",
               "Panels: long CSV files of many series, forecast and backtested as streams.");
  jvl_add(L, "jv.panel", functions);
  lua_pop(L, 1);
}
