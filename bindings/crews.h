/* Threads for the runs of bindings: how many, and a Lua state for each where models want one. */
#ifndef JV_BINDINGS_CREWS_H
#define JV_BINDINGS_CREWS_H

#include "bind.h"
#include "evaluate/crew.h"
#include "model/spec.h"

typedef struct jvl_lane jvl_lane;

/* What a program that takes ^C does about Lua code in other threads: prepare a state before its
 * thread begins; enter, in that thread; interrupt it. In static storage. */
typedef struct jvl_thread_hooks {
  void (*prepare)(lua_State *L);
  void (*enter)(lua_State *L);
  void (*interrupt)(pthread_t thread);
} jvl_thread_hooks;
void jvl_set_thread_hooks(lua_State *L, const jvl_thread_hooks *hooks);

/* Zeroed is closed. */
typedef struct jvl_crew {
  jv_crew crew;
  jvl_lane *lanes; /* crew.jobs, when models are written in Lua; else NULL */
  jv_ctx **contexts;
  const jv_model_spec **models; /* by lane; NULL: the caller's serve all */
  jv_shared *shared;
  const jvl_thread_hooks *hooks; /* NULL: none */
} jvl_crew;

/* A crew for these models; jobs 0: as many as there are processors. Models written in Lua get a
 * state for each thread, in which their file is run again; where one has no file there is one
 * thread, and where more were asked for a warning says so. Throws; the caller closes the crew in
 * any case. */
void jvl_crew_open(lua_State *L, size_t jobs, const jv_model_spec *specs, size_t n, jvl_crew *out);
void jvl_crew_close(jv_ctx *cx, jvl_crew *crew);

/* Is any of these models, or of their members, written in Lua? */
bool jvl_uses_lua(lua_State *L, const jv_model_spec *specs, size_t n);

/* The row of the option `jobs` at a place of an int. */
#define JVL_JOBS_ROW(at)                                                                           \
  {                                                                                                \
    "jobs", JV_OPT_INT, (at), NAN, 1, JV_CREW_MOST,                                                \
        "threads; by default one for each processor; the result is the same", NULL                 \
  }

#endif
