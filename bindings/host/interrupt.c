/* ^C: the handler sets one flag and arms a count hook in the coroutine that runs.
 *
 * The flag stays up until the prompt, or the end of the program, takes it down. So the hook, which
 * fires at the next instruction, fires again after a pcall that caught it, and core loops see the
 * flag through cx->cancelled. A permanent hook would slow every instruction; lua_sethook may be
 * called from a handler (lua.c does). Which coroutine runs is known because coroutine.resume and
 * the functions of coroutine.wrap note it.
 *
 * A hook must be armed by the thread that runs the state. Threads with a Lua state of their own
 * (jevons forecast --jobs) are sent the signal by the one that waits for them; what they run stands
 * in variables of the thread. */
#include "crews.h"
#include "host.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static volatile sig_atomic_t presses;             /* of ^C since the last clear */
static _Thread_local lua_State *volatile running; /* the coroutine whose code runs */
static _Thread_local lua_State *volatile main_state;
static _Thread_local volatile sig_atomic_t is_lane; /* not the program's first thread */

/* So many presses without effect, and the next one ends the program as it would any other. */
enum { PATIENCE = 3 };

static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (!presses) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  jv_fail(jvl_ctx(L), JV_ECANCEL, "interrupted");
  jvl_throw(L);
}

static void arm(lua_State *L) { lua_sethook(L, stop, LUA_MASKCOUNT, 1); }

static void handler(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  bool passed_on = is_lane && info->si_code == SI_TKILL;
  if (!passed_on) presses++;
  if (presses >= PATIENCE) signal(signal_number, SIG_DFL);
  if (!running) return;
  arm(running);
  arm(main_state);
}

static void listen(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO; /* without SA_RESTART: a read that waits gives up too */
  sigaction(SIGINT, &action, NULL);
}

static bool is_cancelled(void *ud) {
  (void)ud;
  return presses != 0;
}

bool interrupt_pending(void) { return presses != 0; }

void interrupt_clear(lua_State *L) {
  bool impatient = presses >= PATIENCE;
  presses = 0;
  lua_sethook(L, NULL, 0, 0);
  if (impatient) listen();
}

/* Calls the original function (the upvalue) with all arguments while `thread` is the running one.
 * An interrupt that ended it goes on in this thread. */
static int call_noting(lua_State *L, lua_State *thread) {
  lua_State *before = running;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  running = thread;
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  running = before;
  if (presses) arm(L);
  if (status != LUA_OK) return lua_error(L);
  return lua_gettop(L);
}

static int resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  return call_noting(L, lua_tothread(L, 1));
}

/* The function that coroutine.wrap made is the upvalue; its own upvalue is the coroutine. */
static int call_wrapped(lua_State *L) {
  lua_getupvalue(L, lua_upvalueindex(1), 1);
  lua_State *thread = lua_tothread(L, -1);
  lua_pop(L, 1);
  return call_noting(L, thread ? thread : L);
}

static int wrap(lua_State *L) {
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

static void replace(lua_State *L, const char *name, lua_CFunction with) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, with, 1);
  lua_setfield(L, -2, name);
}

static void note_coroutines(lua_State *L) {
  lua_getglobal(L, "coroutine");
  replace(L, "resume", resume);
  replace(L, "wrap", wrap);
  lua_pop(L, 1);
}

/* A thread begins with all signals blocked. */
static void enter_thread(lua_State *L) {
  sigset_t interrupt;
  running = main_state = L;
  is_lane = 1;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

/* Armed for nothing when the run ends for another reason: the hook takes itself off. */
static void interrupt_thread(pthread_t thread) { pthread_kill(thread, SIGINT); }

void interrupt_install(lua_State *L) {
  static const jvl_thread_hooks hooks = {note_coroutines, enter_thread, interrupt_thread};
  running = main_state = L;
  note_coroutines(L);
  jvl_ctx(L)->cancelled = is_cancelled;
  jvl_set_thread_hooks(L, &hooks);
  listen();
}
