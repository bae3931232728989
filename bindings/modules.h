/* The Lua modules over the core, once, in the order in which they are opened: X(name) for
 * jvl_open_name in bindings/name.c, which finds the table `jv` on top of the stack and adds to it. */
#ifndef JV_BINDINGS_MODULES_H
#define JV_BINDINGS_MODULES_H

#include <lua.h>

#define JVL_MODULES(X)                                                                             \
  X(error)                                                                                         \
  X(doc)                                                                                           \
  X(warning)                                                                                       \
  X(period)                                                                                        \
  X(unit)                                                                                          \
  X(lineage)                                                                                       \
  X(quantity)                                                                                      \
  X(series)                                                                                        \
  X(edgar)                                                                                         \
  X(guidance)                                                                                      \
  X(claim)                                                                                         \
  X(stats)                                                                                         \
  X(tests)                                                                                         \
  X(residuals)                                                                                     \
  X(clean)                                                                                         \
  X(features)                                                                                      \
  X(nls)                                                                                           \
  X(ols)                                                                                           \
  X(decompose)                                                                                     \
  X(terms)                                                                                         \
  X(model)                                                                                         \
  X(evaluate)                                                                                      \
  X(combine)                                                                                       \
  X(markdown)                                                                                      \
  X(csv)                                                                                           \
  X(json)                                                                                          \
  X(file)                                                                                          \
  X(panel)

#define X(name) void jvl_open_##name(lua_State *L);
JVL_MODULES(X)
#undef X

#endif
