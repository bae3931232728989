/* The screen: a progress line on a terminal, warnings on stderr, and a standard output that could
 * not be written is noticed at the end. */
#include "bind.h"
#include "host.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* ---- progress ---- */

typedef struct progress {
  double started, drawn; /* seconds */
  bool visible;
} progress;

static progress line; /* the terminal is one, and so is its progress line */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void terminal_clear_progress(void) {
  if (line.visible) fputs("\r\033[K", stderr);
  memset(&line, 0, sizeof line);
}

static int width_of(int fd) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/* Drawn ten times a second at most, and only when the work has taken half a second. */
static void draw_progress(void *ud, double fraction, const char *what) {
  (void)ud;
  double t = now();
  if (fraction >= 1) {
    terminal_clear_progress();
    return;
  }
  if (line.started == 0) line.started = t;
  if (t - line.started < 0.5 || t - line.drawn < 0.1) return;
  char text[200];
  if (fraction >= 0)
    snprintf(text, sizeof text, "%3.0f %%  %s", 100 * fraction, what ? what : "");
  else /* NaN: how much there is in all is not known */
    snprintf(text, sizeof text, "%s", what ? what : "");
  fprintf(stderr, "\r%.*s\033[K", width_of(STDERR_FILENO) - 1, text);
  fflush(stderr);
  line.drawn = t;
  line.visible = true;
}

/* ---- warnings: of the context, and of Lua's warn(); pieces of one message come in turn ---- */

static void warn(void *ud, const char *message, int to_be_continued) {
  bool *in_message = ud;
  if (!*in_message && !to_be_continued && message[0] == '@') return; /* control messages */
  if (!*in_message) {
    terminal_clear_progress();
    fflush(stdout);
    fputs("warning: ", stderr);
  }
  fputs(message, stderr);
  if (!to_be_continued) fputc('\n', stderr);
  *in_message = to_be_continued;
}

/* ---- standard output ---- */

static void check_output(void) {
  terminal_clear_progress();
  errno = 0;
  bool bad = fflush(stdout) != 0;
  int reason = errno;
  if (!bad && !ferror(stdout)) return;
  fprintf(stderr, "jevons: standard output could not be written: %s\n",
          reason ? strerror(reason) : "an earlier write failed");
  _exit(EXIT_FAILED);
}

void terminal_check_output(void) { atexit(check_output); }

/* ---- for scripts ---- */

static int stream_at(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr", NULL};
  return luaL_checkoption(L, 1, "stdout", names); /* their order is that of the descriptors */
}

static int l_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty(stream_at(L)));
  return 1;
}

static int l_width(lua_State *L) {
  lua_pushinteger(L, width_of(stream_at(L)));
  return 1;
}

/* Colours only where a person sees them and has not asked for none (no-color.org). */
static int l_colour(lua_State *L) {
  const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
  bool dumb = !term || strcmp(term, "dumb") == 0;
  lua_pushboolean(L, isatty(STDOUT_FILENO) && !(none && *none) && !dumb);
  return 1;
}

void terminal_install(lua_State *L) {
  static const luaL_Reg rows[] = {
      {"is_terminal", l_is_terminal}, {"width", l_width}, {"colour", l_colour}, {NULL, NULL}};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  luaL_newlib(L, rows);
  lua_setfield(L, -2, "terminal");
  bool *in_message = lua_newuserdatauv(L, sizeof *in_message, 0);
  *in_message = false;
  lua_setfield(L, -2, "warning_state"); /* keeps it alive as long as the state */
  lua_setwarnf(L, warn, in_message);
  lua_pop(L, 2);
  if (isatty(STDERR_FILENO)) jvl_ctx(L)->progress = draw_progress;
}
