/* What every binding uses: the context, boxed objects, option tables, errors, documentation.
 *
 * A bound function checks arguments, calls one core function, pushes the result; it registers
 * {name, function, "signature\n\ndescription"} so that help(), the manual and the completions know it. */
#ifndef JV_BINDINGS_BIND_H
#define JV_BINDINGS_BIND_H

#include "base/ctx.h"
#include "base/option.h"
#include "model/model.h"
#include "modules.h"
#include "series/series.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* One documented function. doc: first line the signature as a user types it
 * ("jv.period(text [, freq]) -> period", "series:lag(k) -> series"), a blank line, then what it
 * does, shapes, units, errors, source. `make check` fails on a row without text. */
typedef struct jvl_function {
  const char *name; /* NULL ends the rows */
  lua_CFunction fn;
  const char *doc;
} jvl_function;

/* Each module: a luaopen-like function that finds the `jv` table on top of the stack, adds its
 * functions and leaves it there. The list of modules stands once, in bindings/modules.h. */
typedef void (*jvl_module_fn)(lua_State *L);

/* Adds rows to the table on top of the stack. `qualified` ("jv.stats") is the prefix in help. */
void jvl_add(lua_State *L, const char *qualified, const jvl_function *rows);
/* Adds a sub-table jv.NAME to the table on top (or finds it) and leaves it on top. */
void jvl_submodule(lua_State *L, const char *name);
/* Text for a value that is not a function (a constant, a module); help("jv.stats"). */
void jvl_document(lua_State *L, const char *qualified, const char *doc);
/* A class of values: its methods are documented as "series:lag", and rows without a function as
 * fields, "series.unit". Done by jvl_class_register. */
void jvl_document_class(lua_State *L, const char *name, const char *doc,
                        const jvl_function *methods);
/* The options that a function takes in its last table: help shows the rows as a table. */
void jvl_document_options(lua_State *L, const char *qualified, const jv_option *rows);

/* The context of this state (allocates with the state's allocator). */
jv_ctx *jvl_ctx(lua_State *L);
/* The Lua thread that called into core with this context: the one whose stack a callback may use.
 * It is the last that asked for the context; a callback puts it back when its Lua code has run. */
lua_State *jvl_thread(jv_ctx *cx);
void jvl_set_thread(jv_ctx *cx, lua_State *L);

/* Throws the context's failure as an error object {code, message, where}; where is the caller's
 * position "script.lua:12". jvl_check does nothing on JV_OK. After JV_EUSER the original Lua value
 * (left by the trampoline under jvl_keep_error) is rethrown. */
int jvl_throw(lua_State *L);
void jvl_check(lua_State *L, jv_status status);
/* Throws misuse of the binding's own finding, code "invalid". */
int jvl_misuse(lua_State *L, const char *fmt, ...) JV_PRINTF(2, 3);
/* The same about one argument: "bad argument #1 to 'lag': …"; methods do not count self. */
int jvl_bad_argument(lua_State *L, int arg, const char *fmt, ...) JV_PRINTF(3, 4);
/* For the outside world: returns nil, message, code. */
int jvl_nil(lua_State *L);
/* Keeps the error value on top of the stack for jvl_throw to rethrow; pops it. */
void jvl_keep_error(lua_State *L);

/* ---- boxed objects: userdata that owns one core pointer ---- */

/* A class of boxed objects; rows in static storage. Methods also serve as documentation
 * ("series:lag"). `release` frees *p; it runs once. */
typedef struct jvl_class {
  const char *name; /* "jevons.series": the metatable's name; help says the part after the dot */
  const char *doc;
  void (*release)(jv_ctx *cx, void *p); /* NULL: userdata by value, made by the binding itself with
                                           luaL_setmetatable(L, name); no __gc, no box functions */
  const jvl_function *methods;
  const luaL_Reg *meta; /* metamethods besides __gc, __close, __name; __index may be given, and then
                           looks methods up with jvl_method */
} jvl_class;

/* Makes the metatable (once a state) and documents the methods. */
void jvl_class_register(lua_State *L, const jvl_class *cls);
/* Pushes a box with a NULL pointer and its metatable; core is then called with its address. */
void **jvl_box(lua_State *L, const jvl_class *cls);
/* The pointer at idx; throws when it is of another class ("series expected, got table") or closed. */
void *jvl_unbox(lua_State *L, int idx, const jvl_class *cls);
/* The same, NULL when it is of another class. */
void *jvl_unbox_opt(lua_State *L, int idx, const jvl_class *cls);
/* In an __index: pushes the method named by the value at key_idx, or nil; true when found. */
bool jvl_method(lua_State *L, const jvl_class *cls, int key_idx);

/* ---- options ---- */

/* Reads the table at idx (nil and none: defaults) into *opt by its rows; unknown keys, wrong types
 * and ranges throw. `skip`: names (NULL-ended) that are the binding's own and not in rows. */
void jvl_options(lua_State *L, int idx, const char *what, const jv_option *rows, void *opt,
                 const char *const *skip);

/* Temporary memory that the collector frees: n * size bytes as userdata, pushed on the stack. */
void *jvl_scratch(lua_State *L, size_t n, size_t size);

/* ---- the values that bindings share; each defined in the file named ---- */

extern const jvl_class jvl_series_class; /* bindings/series.c: jv_series */
/* Pushes s as a series object and takes it over; frees it when pushing fails. */
void jvl_push_series(lua_State *L, jv_series *s);
const jv_series *jvl_check_series(lua_State *L, int idx);
jv_series *jvl_test_series(lua_State *L, int idx);

/* bindings/period.c: periods are userdata by value */
void jvl_push_period(lua_State *L, jv_period period);
/* A period object, or text parsed under freq (NULL: by its look). Throws. */
jv_period jvl_check_period(lua_State *L, int idx, const jv_freq *freq);
/* Text such as "Q-JUN", or a frequency object. */
jv_freq jvl_check_freq(lua_State *L, int idx);
void jvl_push_freq(lua_State *L, jv_freq freq);

/* bindings/unit.c, by value as well */
void jvl_push_unit(lua_State *L, jv_unit unit);
jv_unit jvl_check_unit(lua_State *L, int idx); /* object or text */

/* bindings/quantity.c: a quantity acts as a number */
void jvl_push_quantity(lua_State *L, const jv_quantity *q); /* copies; retains the lineage */
/* A quantity or a number (then with JV_DIM_NONE). False when it is neither. */
bool jvl_to_quantity(lua_State *L, int idx, jv_quantity *q); /* borrowed lineage: do not clear */

/* Doubles from a series or from a table of numbers (nil, false: NaN) at idx, in scratch memory pushed on
 * the stack. `what` names the argument in messages. */
const double *jvl_check_values(lua_State *L, int idx, const char *what, size_t *n);

#endif
