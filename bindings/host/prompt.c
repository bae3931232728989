/* The REPL's line editor on libedit: prompt, history, Tab, ^C and resizing.
 *
 * libedit's own signal handling kills the process group on ^C; so it is off, and characters are
 * read here, where a read that a signal ended can be judged. What Tab offers is decided by
 * internal.complete, in scripts/complete.lua. */
#include "bind.h"
#include "history.h"
#include "host.h"
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <wchar.h>

typedef struct editor {
  lua_State *L;
  EditLine *el;
  History *history;
  const char *prompt;
  sigset_t let_in; /* signals while a key is waited for */
  char path[4096]; /* of the history; "" when there is no place for it */
} editor;

static const char editor_key = 0; /* its address is the registry key */

static volatile sig_atomic_t screen_changed; /* resized, or back from the background */

static void note_screen(int signal_number) {
  (void)signal_number;
  screen_changed = 1;
}

/* ---- characters ---- */

/* The shell may have changed the terminal's mode behind libedit, which sets it only on a change of
 * its own; and it draws anew where the cursor stands. */
static void redraw(EditLine *el) {
  screen_changed = 0;
  el_set(el, EL_PREP_TERM, 0);
  el_set(el, EL_PREP_TERM, 1);
  fputs("\r\033[K", stdout);
  fflush(stdout);
  el_resize(el);
  el_set(el, EL_REFRESH);
}

/* Waits for a key, with the signals let in only while it waits: one that came just before the wait
 * would be seen only after the next key. False when ^C was pressed. */
static bool wait_for_key(editor *e, EditLine *el) {
  for (;;) {
    if (interrupt_pending()) return false;
    if (screen_changed) redraw(el);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(STDIN_FILENO, &set);
    if (pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &e->let_in) > 0) return true;
    if (errno != EINTR) return true; /* read says what is wrong */
  }
}

/* One character of UTF-8; 0 at the end of input, -1 when ^C was pressed or reading failed. */
static int read_char(EditLine *el, wchar_t *out) {
  editor *e;
  el_get(el, EL_CLIENTDATA, (void **)&e);
  mbstate_t state;
  memset(&state, 0, sizeof state);
  for (;;) {
    char byte;
    if (!wait_for_key(e, el)) return -1;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n <= 0) return (int)n;
    size_t used = mbrtowc(out, &byte, 1, &state);
    if (used == (size_t)-1)
      memset(&state, 0, sizeof state); /* not UTF-8: dropped */
    else if (used != (size_t)-2)
      return 1;
  }
}

/* ---- Tab ---- */

/* Calls internal.complete(text before the cursor); true with two strings on the stack: what to
 * insert, and what to show ("" for nothing). */
static bool ask_completion(lua_State *L, const char *text, size_t len) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_getfield(L, -1, "complete");
  lua_pushlstring(L, text, len);
  int status = lua_pcall(L, 1, 2, 0);
  interrupt_clear(L);
  return status == LUA_OK && lua_isstring(L, -2) && lua_isstring(L, -1);
}

static unsigned char complete(EditLine *el, int key) {
  (void)key;
  editor *e;
  el_get(el, EL_CLIENTDATA, (void **)&e);
  const LineInfo *line = el_line(el);
  int top = lua_gettop(e->L);
  unsigned char result = CC_ERROR;
  if (lua_checkstack(e->L, 8) &&
      ask_completion(e->L, line->buffer, (size_t)(line->cursor - line->buffer))) {
    const char *insert = lua_tostring(e->L, -2), *show = lua_tostring(e->L, -1);
    if (*insert) el_insertstr(el, insert);
    if (*show) printf("\n%s\n", show);
    fflush(stdout);
    if (*show)
      result = CC_REDISPLAY;
    else if (*insert)
      result = CC_REFRESH;
  }
  lua_settop(e->L, top);
  return result;
}

/* ---- the editor ---- */

static char *prompt_of(EditLine *el) {
  editor *e;
  el_get(el, EL_CLIENTDATA, (void **)&e);
  union {
    const char *in;
    char *out;
  } text = {e->prompt}; /* libedit wants char *, and only reads it */
  return text.out;
}

static void remember(void *ud, const char *entry) {
  editor *e = ud;
  HistEvent event;
  history(e->history, &event, H_ENTER, entry);
}

static int editor_gc(lua_State *L) {
  editor *e = lua_touserdata(L, 1);
  if (e->el) el_end(e->el);
  if (e->history) history_end(e->history);
  e->el = NULL;
  e->history = NULL;
  return 0;
}

static void set_up(editor *e) {
  HistEvent event;
  history(e->history, &event, H_SETSIZE, HISTORY_SIZE);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->el, EL_CLIENTDATA, e);
  el_set(e->el, EL_EDITOR, "emacs");
  el_set(e->el, EL_SIGNAL, 0);
  el_set(e->el, EL_GETCFN, read_char);
  el_set(e->el, EL_PROMPT_ESC, prompt_of, '\1');
  el_set(e->el, EL_HIST, history, e->history);
  /* the narrow el_set would copy these names and never free them */
  el_wset(e->el, EL_ADDFN, L"jevons-complete", L"completes names", complete);
  el_set(e->el, EL_BIND, "^I", "jevons-complete", NULL);
  el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(e->el, EL_BIND, "\033[A", "ed-search-prev-history", NULL);
  el_set(e->el, EL_BIND, "\033[B", "ed-search-next-history", NULL);
  el_set(e->el, EL_BIND, "\033[3~", "ed-delete-next-char", NULL);
  el_source(e->el, NULL); /* ~/.editrc has the last word */
}

static editor *new_editor(lua_State *L) {
  setlocale(LC_CTYPE, "C.UTF-8"); /* the same characters whatever the user's locale */
  editor *e = lua_newuserdatauv(L, sizeof *e, 0);
  memset(e, 0, sizeof *e);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, editor_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  e->L = L;
  e->prompt = "";
  e->history = history_init();
  e->el = el_init("jevons", stdin, stdout, stderr);
  if (!e->el || !e->history) luaL_error(L, "the terminal cannot be used for editing");
  set_up(e);
  if (history_path(e->path, sizeof e->path))
    history_load(e->path, remember, e);
  else
    e->path[0] = '\0';
  lua_rawsetp(L, LUA_REGISTRYINDEX, &editor_key);
  return e;
}

static editor *get_editor(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &editor_key);
  editor *e = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return e ? e : new_editor(L);
}

/* One line, without its end; NULL at the end of input and after ^C. */
static const char *edit_line(editor *e, int *len) {
  struct sigaction action, resized, continued;
  sigset_t held_back;
  sigemptyset(&held_back);
  sigaddset(&held_back, SIGINT);
  sigaddset(&held_back, SIGWINCH);
  sigaddset(&held_back, SIGCONT);
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = note_screen;
  sigaction(SIGWINCH, &action, &resized);
  sigaction(SIGCONT, &action, &continued);
  sigprocmask(SIG_BLOCK, &held_back, &e->let_in);
  el_set(e->el, EL_PREP_TERM, 1); /* before the prompt appears: ^D typed at it is a key already */
  const char *line = el_gets(e->el, len);
  sigprocmask(SIG_SETMASK, &e->let_in, NULL);
  sigaction(SIGWINCH, &resized, NULL);
  sigaction(SIGCONT, &continued, NULL);
  if (line && *len > 0 && line[*len - 1] == '\n') --*len;
  return line;
}

/* readline(prompt) -> text; nil at the end of input; false when ^C was pressed. */
static int l_readline(lua_State *L) {
  editor *e = get_editor(L);
  e->L = L;
  e->prompt = luaL_checkstring(L, 1);
  terminal_clear_progress();
  fflush(stdout);
  int len = 0;
  const char *line = edit_line(e, &len);
  bool interrupted = interrupt_pending();
  interrupt_clear(L);
  if (interrupted) {
    el_reset(e->el);
    fputs("^C\n", stdout);
    lua_pushboolean(L, 0);
  } else if (!line) {
    lua_pushnil(L);
  } else {
    lua_pushlstring(L, line, (size_t)len);
  }
  e->prompt = "";
  return 1;
}

static int l_add_history(lua_State *L) {
  editor *e = get_editor(L);
  const char *entry = luaL_checkstring(L, 1);
  if (strchr(entry, '\n')) return luaL_error(L, "an entry is one line");
  remember(e, entry);
  if (e->path[0]) history_append(e->path, entry);
  return 0;
}

void prompt_install(lua_State *L) {
  static const luaL_Reg rows[] = {
      {"readline", l_readline}, {"add_history", l_add_history}, {NULL, NULL}};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  luaL_newlib(L, rows);
  lua_setfield(L, -2, "prompt");
  lua_pop(L, 2);
}
