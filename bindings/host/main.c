/* The program `jevons`: runs scripts. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

int luaopen_jevons(lua_State *L);
int luaopen_lfs(lua_State *L);

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (!L) return 1;
  luaL_openlibs(L);
  luaL_requiref(L, "lfs", luaopen_lfs, 0);
  luaL_requiref(L, "jevons", luaopen_jevons, 0);
  lua_settop(L, 0);
  int failed = argc > 1 ? luaL_dofile(L, argv[1]) : 0;
  if (failed) fprintf(stderr, "jevons: %s\n", luaL_tolstring(L, -1, NULL));
  lua_close(L);
  return failed;
}
