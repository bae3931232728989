/* The program `jevons`: its command line, and the Lua state that everything runs in.
 *
 *   jevons                      the REPL; reads standard input as a script when it is no terminal
 *   jevons SCRIPT args…         jevons -e CODE…         jevons - args…
 *   jevons VERB args…           the verbs are listed in scripts/verbs.lua */
#include "base/option.h"
#include "bind.h"
#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int luaopen_jevons(lua_State *L);

typedef struct command {
  int argc;
  char **argv;
  int first;   /* index of the script or verb; argc when there is none */
  bool code;   /* -e was given, once or more */
  bool prompt; /* -i: the REPL afterwards */
  bool help, version, no_local_models;
  size_t memory_limit;
} command;

/* ---- options ---- */

/* Every option once: what it is called, and whether a value follows. */
#define OPTIONS(X)                                                                                 \
  X(CODE, "-e", true)                                                                              \
  X(PROMPT, "-i", false)                                                                           \
  X(HELP, "--help", false)                                                                         \
  X(HELP_SHORT, "-h", false)                                                                       \
  X(VERSION, "--version", false)                                                                   \
  X(VERSION_SHORT, "-v", false)                                                                    \
  X(NO_LOCAL_MODELS, "--no-local-models", false)                                                   \
  X(MEMORY_LIMIT, "--memory-limit", true)

typedef enum option_id {
#define X(id, name, valued) OPT_##id,
  OPTIONS(X)
#undef X
      OPT_COUNT
} option_id;

static const char *const option_names[] = {
#define X(id, name, valued) name,
    OPTIONS(X)
#undef X
};

static const bool option_valued[] = {
#define X(id, name, valued) valued,
    OPTIONS(X)
#undef X
};

static int usage_error(const char *what, const char *name, const char *hint) {
  fprintf(stderr, "jevons: %s '%s'", what, name);
  if (hint) fprintf(stderr, ", did you mean '%s'?", hint);
  fputs("\n'jevons --help' says what there is.\n", stderr);
  return EXIT_USAGE;
}

/* Which option the word is, and its value where it stands in the same word ("--name=value",
 * "-eCODE"); OPT_COUNT for none. */
static int find_option(const char *word, const char **value) {
  *value = NULL;
  for (int id = 0; id < OPT_COUNT; id++) {
    size_t len = strlen(option_names[id]);
    if (strncmp(word, option_names[id], len) != 0) continue;
    if (word[len] == '\0') return id;
    if (!option_valued[id] || (len > 2 && word[len] != '=')) continue;
    *value = word + len + (len > 2);
    return id;
  }
  return OPT_COUNT;
}

static int take_option(command *c, int id, const char *value) {
  switch (id) {
  case OPT_CODE:
    c->code = true;
    break;
  case OPT_PROMPT:
    c->prompt = true;
    break;
  case OPT_HELP:
  case OPT_HELP_SHORT:
    c->help = true;
    break;
  case OPT_VERSION:
  case OPT_VERSION_SHORT:
    c->version = true;
    break;
  case OPT_NO_LOCAL_MODELS:
    c->no_local_models = true;
    break;
  case OPT_MEMORY_LIMIT:
    if (!host_parse_size(value, &c->memory_limit))
      return usage_error("--memory-limit takes a size such as 512M or 4G, got", value, NULL);
    break;
  default:
    break;
  }
  return EXIT_DONE;
}

/* Calls `take` for each option before the script or verb; c->first is where that stands. */
static int each_option(command *c, void *ud, int (*take)(void *ud, int id, const char *value)) {
  int i = 1;
  for (; i < c->argc && c->argv[i][0] == '-' && c->argv[i][1] != '\0'; i++) {
    const char *value, *word = c->argv[i];
    if (strcmp(word, "--") == 0) {
      i++;
      break;
    }
    int id = find_option(word, &value);
    if (id == OPT_COUNT)
      return usage_error("unknown option", word,
                         word[1] == '-' ? jv_nearest_name(word, option_names, OPT_COUNT) : NULL);
    if (option_valued[id] && !value && !(value = c->argv[++i]))
      return usage_error("a value is missing after", word, NULL);
    int code = take(ud, id, value);
    if (code != EXIT_DONE) return code;
  }
  c->first = i < c->argc ? i : c->argc;
  return EXIT_DONE;
}

static int take_into(void *ud, int id, const char *value) { return take_option(ud, id, value); }

/* ---- running ---- */

/* The global `arg`: the script's name at 0, its arguments from 1, the rest below 0. */
static void set_arg(lua_State *L, const command *c) {
  int zero = c->first < c->argc ? c->first : 0;
  lua_createtable(L, c->argc, 1);
  for (int i = 0; i < c->argc; i++) {
    lua_pushstring(L, c->argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

/* Runs the chunk that was loaded with `status`, with n arguments from argv[from] on. */
static int run_chunk(lua_State *L, int status, char **from, int n) {
  if (status != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_pop(L, 1);
    return EXIT_FAILED;
  }
  luaL_checkstack(L, n, "too many arguments");
  for (int i = 0; i < n; i++) lua_pushstring(L, from[i]);
  return host_call(L, n, 0);
}

static int run_code(void *ud, int id, const char *value) {
  lua_State *L = ud;
  if (id != OPT_CODE) return EXIT_DONE;
  return run_chunk(L, luaL_loadbufferx(L, value, strlen(value), "=(command line)", "t"), NULL, 0);
}

/* Calls verbs.FUNCTION(name, args…) of scripts/verbs.lua; its one result is left on the stack. */
static int call_verbs(lua_State *L, const char *function, char **words, int n) {
  if (!host_require(L, "jevons.verbs")) return EXIT_FAILED;
  lua_getfield(L, -1, function);
  lua_remove(L, -2);
  luaL_checkstack(L, n, "too many arguments");
  for (int i = 0; i < n; i++) lua_pushstring(L, words[i]);
  return host_call(L, n, 1);
}

/* What a word is that is no verb: a script, or a mistake. */
static int run_script(lua_State *L, const command *c) {
  char *name = c->argv[c->first];
  int n = c->argc - c->first - 1;
  if (strcmp(name, "-") == 0)
    return run_chunk(L, luaL_loadfilex(L, NULL, "t"), c->argv + c->first + 1, n);
  if (access(name, R_OK) == 0)
    return run_chunk(L, luaL_loadfilex(L, name, "t"), c->argv + c->first + 1, n);
  if (strpbrk(name, "./")) {
    fprintf(stderr, "jevons: cannot open '%s': %s\n", name, strerror(errno));
    return EXIT_USAGE;
  }
  if (call_verbs(L, "nearest", &name, 1) != EXIT_DONE) return EXIT_FAILED;
  return usage_error("there is no verb and no script", name, lua_tostring(L, -1));
}

static int run_named(lua_State *L, const command *c) {
  int code = call_verbs(L, "run", c->argv + c->first, c->argc - c->first);
  if (code != EXIT_DONE) return code;
  if (!lua_isnil(L, -1)) return (int)luaL_optinteger(L, -1, EXIT_FAILED);
  lua_pop(L, 1);
  return run_script(L, c);
}

/* An interrupt between two commands ends the loop of the prompt; it is begun again. */
static int run_prompt(lua_State *L) {
  prompt_install(L);
  if (!host_require(L, "jevons.repl")) return EXIT_FAILED;
  int code;
  do {
    interrupt_clear(L);
    lua_pushvalue(L, -1);
    code = host_call(L, 0, 0);
  } while (code == EXIT_INTERRUPTED);
  return code;
}

static int run_stdin(lua_State *L) { return run_chunk(L, luaL_loadfilex(L, NULL, "t"), NULL, 0); }

static int run_command(lua_State *L, command *c) {
  bool named = c->first < c->argc;
  if (c->help) return call_verbs(L, "print_usage", NULL, 0);
  if (c->version) {
    char version[] = "version", *words[] = {version};
    return call_verbs(L, "run", words, 1);
  }
  int code = each_option(c, L, run_code);
  if (code == EXIT_DONE && named) code = run_named(L, c);
  if (code != EXIT_DONE && !c->prompt) return code;
  if (c->prompt || (!named && !c->code && isatty(STDIN_FILENO))) return run_prompt(L);
  return named || c->code ? code : run_stdin(L);
}

/* Under a protected call of its own: memory may run out between two others. */
static int run(lua_State *L) {
  lua_pushinteger(L, run_command(L, lua_touserdata(L, 1)));
  return 1;
}

/* ---- the state ---- */

static int open_everything(lua_State *L) {
  const command *c = lua_touserdata(L, 1);
  luaL_openlibs(L);
  luaL_requiref(L, "jevons", luaopen_jevons, 0);
  lua_pushvalue(L, -1);
  lua_setglobal(L, "jv");
  lua_getfield(L, -1, "help");
  lua_setglobal(L, "help");
  terminal_install(L);
  interrupt_install(L);
  host_install_protected(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_pushboolean(L, !c->no_local_models);
  lua_setfield(L, -2, "local_models");
  set_arg(L, c);
  return 0;
}

/* A closed descriptor 0-2 would be given to the next file that is opened, and print() would write
 * into it. /dev/null, opened the wrong way round, makes such use fail instead. */
static void occupy_descriptors(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) return;
}

static int panic(lua_State *L) {
  const char *text = lua_tostring(L, -1);
  fprintf(stderr, "jevons: %s\n", text ? text : "unknown error");
  return 0;
}

int main(int argc, char **argv) {
  command c = {.argc = argc, .argv = argv};
  occupy_descriptors();
  terminal_check_output();
  int code = each_option(&c, &c, take_into);
  if (code != EXIT_DONE) return code;
  host_memory memory = {0, c.memory_limit};
  lua_State *L = lua_newstate(host_alloc, &memory);
  if (!L) {
    fputs("jevons: not enough memory\n", stderr);
    return EXIT_FAILED;
  }
  lua_atpanic(L, panic);
  lua_pushcfunction(L, open_everything);
  lua_pushlightuserdata(L, &c);
  code = host_call(L, 1, 0);
  if (code == EXIT_DONE) {
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, &c);
    code = host_call(L, 1, 1);
    if (code == EXIT_DONE) code = (int)lua_tointeger(L, -1);
  }
  lua_close(L);
  return code;
}
