/* jv.file: whole files, read and atomically replaced. */
#include "io/file.h"
#include "bind.h"
#include "modules.h"
#include <stdio.h>

/* A text of core's memory until Lua has its copy. */
static void release_text(jv_ctx *cx, void *p) { jv_free(cx, p); }

static const jvl_class text_class = {
    "jevons.file_text", "The text of a file on its way to Lua; scripts do not meet it.",
    release_text, NULL, NULL};

static int l_read(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  char *text = NULL;
  size_t len = 0;
  lua_settop(L, 1);
  void **box = jvl_box(L, &text_class);
  jvl_check(L, jv_file_read(jvl_ctx(L), path, &text, &len));
  *box = text;
  lua_pushlstring(L, text, len);
  return 1;
}

static int l_write(lua_State *L) {
  size_t len;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &len);
  fflush(stdout); /* what was printed comes before what goes to "-" */
  jvl_check(L, jv_file_write(jvl_ctx(L), path, text, len));
  lua_pushboolean(L, true);
  return 1;
}

static const jvl_function functions[] = {{"read", l_read,
                                          "jv.file.read(path) -> text\n\n"
                                          "The whole of a file; \"-\" is standard input. Throws "
                                          "with path and reason: code not_found when "
                                          "there is none, io otherwise."},
                                         {"write", l_write,
                                          "jv.file.write(path, text) -> true\n\n"
                                          "Makes or replaces a file. The old content stands until "
                                          "the new is complete and on disk; on any "
                                          "error it stands unchanged. Permissions are kept, and a "
                                          "symbolic link stays one. \"-\" is standard "
                                          "output. Throws with path and reason."},
                                         {NULL, NULL, NULL}};

void jvl_open_file(lua_State *L) {
  jvl_class_register(L, &text_class);
  jvl_submodule(L, "file");
  jvl_document(L, "jv.file", "jv.file\n\nWhole files: read, and atomically replaced.");
  jvl_add(L, "jv.file", functions);
  lua_pop(L, 1);
}
