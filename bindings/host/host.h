/* What the parts of the program share. Unlike the library it owns signals, the terminal, and the
 * few static variables that a signal handler needs. */
#ifndef JV_HOST_HOST_H
#define JV_HOST_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit codes. Verbs return 3 (stale data) and 4 (checks failed) as well. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* ---- memory.c: the counting allocator ---- */

typedef struct host_memory {
  size_t used, limit; /* bytes; limit 0: none */
} host_memory;

/* The lua_Alloc contract; ud is a host_memory. */
void *host_alloc(void *ud, void *ptr, size_t osize, size_t nsize);
/* "4G", "512M", "1048576" -> bytes; false when it is none of these. */
bool host_parse_size(const char *text, size_t *bytes);

/* ---- interrupt.c: ^C ---- */

/* Takes SIGINT: stops Lua code and core loops alike. L is the main thread, the module is loaded. */
void interrupt_install(lua_State *L);
bool interrupt_pending(void);
/* Forgets the interrupt, so that code can run again. */
void interrupt_clear(lua_State *L);

/* ---- terminal.c: the screen ---- */

/* Progress line and warnings of the context, and internal.terminal for scripts. */
void terminal_install(lua_State *L);
/* Takes the progress line off the screen, if there is one. */
void terminal_clear_progress(void);
/* Makes the end of the program check that standard output could be written. */
void terminal_check_output(void);

/* ---- run.c: protected calls and what is said when they fail ---- */

/* Calls the function below its nargs arguments; the exit code, with the message printed on stderr.
 * Its results stay on the stack when it was EXIT_DONE (LUA_MULTRET), nothing otherwise. */
int host_call(lua_State *L, int nargs, int nresults);
/* require(name), left on the stack; false with the message printed. */
bool host_require(lua_State *L, const char *name);
/* internal.protected(f, …): for the prompt; true and the results, or false, after the message. */
void host_install_protected(lua_State *L);

/* ---- prompt.c: the line editor of the REPL ---- */

/* internal.prompt: readline, add_history. */
void prompt_install(lua_State *L);

#endif
