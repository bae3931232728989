/* Crews: the number of threads, and Lua states for models that are written in Lua.
 *
 * A value of Lua belongs to its state, so each lane has a state of its own, opened like the first
 * one, with the folders of model files that it has; naming a model there runs its file. */
#include "crews.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int luaopen_jevons(lua_State *L);

struct jvl_lane {
  lua_State *L;
  jv_ctx *cx; /* of L */
  jv_model_spec *specs;
  size_t n_specs;
  char warning[480]; /* of Lua's warn(), piece by piece */
  size_t warning_len;
};

static size_t processors(void) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > JV_CREW_MOST ? JV_CREW_MOST : (size_t)n;
}

/* ---- which models need a state ---- */

/* internal.model_file(name): is there a file that defines it? */
static bool has_file(lua_State *L, const char *name) {
  int top = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  bool found = lua_getfield(L, -1, "model_file") == LUA_TFUNCTION;
  if (found) {
    lua_pushstring(L, name);
    found = lua_pcall(L, 1, 1, 0) == LUA_OK && lua_toboolean(L, -1);
  }
  lua_settop(L, top);
  return found;
}

/* What is found out about a list of models, and the members of models made of others. */
typedef struct finding {
  bool scripted;                  /* some are written in Lua */
  char without[JV_OPT_TEXT_SIZE]; /* the first that has no file to be run again, or "" */
} finding;

static const char *members_of(const jv_model_spec *spec) {
  for (const jv_option *row = spec->cls->options; spec->opt && row && row->name; row++)
    if (row->type == JV_OPT_TEXT && strcmp(row->name, "models") == 0)
      return (const char *)spec->opt + row->offset;
  return "";
}

static void look_at(lua_State *L, const jv_model_spec *specs, size_t n, finding *f);

/* Members that cannot be read are refused by the model itself, with its own message. */
static void look_at_members(lua_State *L, const char *text, finding *f) {
  jv_model_spec *members;
  size_t n;
  if (!*text || jv_model_specs_parse(jvl_ctx(L), text, &members, &n) != JV_OK) return;
  look_at(L, members, n, f);
  jv_model_specs_free(jvl_ctx(L), members, n);
}

static void look_at(lua_State *L, const jv_model_spec *specs, size_t n, finding *f) {
  for (size_t i = 0; i < n; i++) {
    look_at_members(L, members_of(&specs[i]), f);
    if (!(specs[i].cls->tags & JV_TAG_SCRIPTED)) continue;
    f->scripted = true;
    if (!f->without[0] && !has_file(L, specs[i].name))
      snprintf(f->without, sizeof f->without, "%s", specs[i].name);
  }
}

/* ---- interrupts ---- */

static const char hooks_key = 0; /* its address is the registry key */

void jvl_set_thread_hooks(lua_State *L, const jvl_thread_hooks *hooks) {
  union {
    const jvl_thread_hooks *in;
    void *out;
  } pointer = {hooks};
  lua_pushlightuserdata(L, pointer.out);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &hooks_key);
}

static const jvl_thread_hooks *thread_hooks(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
  const jvl_thread_hooks *hooks = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return hooks;
}

static void enter_lane(void *ud, size_t lane) {
  const jvl_crew *crew = ud;
  crew->hooks->enter(crew->lanes[lane].L);
}

static void interrupt_lane(void *ud, pthread_t thread) {
  const jvl_crew *crew = ud;
  crew->hooks->interrupt(thread);
}

/* ---- states ---- */

static void keep_warning(void *ud, const char *piece, int to_be_continued) {
  jvl_lane *lane = ud;
  if (lane->warning_len == 0 && !to_be_continued && piece[0] == '@') return; /* control messages */
  size_t len = strlen(piece), room = sizeof lane->warning - 1 - lane->warning_len;
  if (len > room) len = room;
  memcpy(lane->warning + lane->warning_len, piece, len);
  lane->warning_len += len;
  if (to_be_continued) return;
  lane->warning[lane->warning_len] = '\0';
  lane->warning_len = 0;
  if (lane->cx) jv_warn(lane->cx, "%s", lane->warning);
}

/* What a new state takes over. */
typedef struct opening {
  jvl_lane *lane;
  const jv_model_spec *specs;
  size_t n;
  const char *path, *cpath;
  bool local_models;
  const jvl_thread_hooks *hooks;
} opening;

static int open_body(lua_State *L) {
  const opening *o = lua_touserdata(L, 1);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_pushstring(L, o->path);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, o->cpath);
  lua_setfield(L, -2, "cpath");
  luaL_requiref(L, "jevons", luaopen_jevons, 0);
  lua_setglobal(L, "jv");
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_pushboolean(L, o->local_models);
  lua_setfield(L, -2, "local_models");
  lua_settop(L, 0);
  if (o->hooks) o->hooks->prepare(L);
  jv_ctx *cx = o->lane->cx = jvl_ctx(L);
  o->lane->specs = jv_calloc(cx, o->n, sizeof *o->lane->specs);
  if (!o->lane->specs) return jvl_throw(L);
  for (; o->lane->n_specs < o->n; o->lane->n_specs++)
    jvl_check(L, jv_model_spec_parse(cx, o->specs[o->lane->n_specs].text,
                                     &o->lane->specs[o->lane->n_specs]));
  return 0;
}

/* Its failure as one of the caller's. */
static jv_status adopt_failure(jv_ctx *cx, jvl_lane *lane, int code) {
  if (code == LUA_ERRMEM) return jv_fail(cx, JV_ENOMEM, "out of memory for a thread's Lua state");
  if (lane->cx && lane->cx->status == JV_ECANCEL) return jv_fail(cx, JV_ECANCEL, "interrupted");
  const char *text = luaL_tolstring(lane->L, -1, NULL);
  return jv_fail(cx, JV_EUSER, "in the Lua state of a thread: %s", text);
}

static jv_status open_lane(jv_ctx *cx, jv_shared *shared, const opening *o) {
  union {
    const opening *in;
    void *out;
  } pointer = {o};
  lua_State *L = lua_newstate(jv_shared_alloc, shared);
  if (!L) return jv_fail(cx, JV_ENOMEM, "out of memory for a thread's Lua state");
  o->lane->L = L;
  lua_setwarnf(L, keep_warning, o->lane);
  lua_pushcfunction(L, open_body);
  lua_pushlightuserdata(L, pointer.out);
  int code = lua_pcall(L, 1, 0, 0);
  return code == LUA_OK ? JV_OK : adopt_failure(cx, o->lane, code);
}

/* Pushes package.path, package.cpath and internal.local_models, for as long as states open. */
static void push_inherited(lua_State *L, opening *o) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "package");
  lua_getfield(L, -1, "path");
  o->path = lua_tostring(L, -1);
  lua_getfield(L, -2, "cpath");
  o->cpath = lua_tostring(L, -1);
  luaL_getsubtable(L, -4, "jevons.internal");
  o->local_models = lua_getfield(L, -1, "local_models") == LUA_TNIL || lua_toboolean(L, -1);
}

static void open_states(lua_State *L, const jv_model_spec *specs, size_t n, jvl_crew *out) {
  jv_ctx *cx = jvl_ctx(L);
  size_t jobs = out->crew.jobs;
  opening o = {.specs = specs, .n = n, .hooks = thread_hooks(L)};
  int top = lua_gettop(L);
  jvl_check(L, jv_shared_new(cx, &out->shared));
  out->lanes = jv_calloc(cx, jobs, sizeof *out->lanes);
  out->contexts = jv_calloc(cx, jobs, sizeof(jv_ctx *));
  out->models = jv_calloc(cx, jobs, sizeof(jv_model_spec *));
  if (!out->lanes || !out->contexts || !out->models) {
    jvl_throw(L);
    return;
  }
  push_inherited(L, &o);
  for (size_t i = 0; i < jobs; i++) {
    o.lane = &out->lanes[i];
    jvl_check(L, open_lane(cx, out->shared, &o));
    out->contexts[i] = o.lane->cx;
    out->models[i] = o.lane->specs;
  }
  lua_settop(L, top);
  out->crew.lanes = out->contexts;
  out->crew.shared = out->shared;
  out->hooks = o.hooks;
  if (!o.hooks) return;
  out->crew.enter = enter_lane;
  out->crew.interrupt = interrupt_lane;
  out->crew.ud = out;
}

bool jvl_uses_lua(lua_State *L, const jv_model_spec *specs, size_t n) {
  finding f = {.scripted = false};
  look_at(L, specs, n, &f);
  return f.scripted;
}

void jvl_crew_open(lua_State *L, size_t jobs, const jv_model_spec *specs, size_t n, jvl_crew *out) {
  finding f = {.scripted = false};
  look_at(L, specs, n, &f);
  out->crew.jobs = f.without[0] ? 1 : jobs ? jobs : processors();
  if (f.without[0] && jobs > 1)
    jv_warn(jvl_ctx(L),
            "model '%s' has no file models/%s.lua that other threads could run: "
            "one thread does all",
            f.without, f.without);
  if (f.scripted && out->crew.jobs > 1) open_states(L, specs, n, out);
}

void jvl_crew_close(jv_ctx *cx, jvl_crew *crew) {
  for (size_t i = 0; crew->lanes && i < crew->crew.jobs; i++) {
    jvl_lane *lane = &crew->lanes[i];
    if (lane->cx) jv_model_specs_free(lane->cx, lane->specs, lane->n_specs);
    if (!lane->L) continue;
    lua_sethook(lane->L, NULL, 0, 0); /* of an interrupt: finalisers shall run */
    lua_close(lane->L);
  }
  jv_free(cx, crew->lanes);
  jv_free(cx, crew->contexts);
  jv_free(cx, crew->models);
  jv_shared_free(cx, crew->shared);
  memset(crew, 0, sizeof *crew);
}
