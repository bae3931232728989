/* The context of a Lua state, boxed objects, option tables and scratch memory.
 *
 * The context lives in a userdata of the registry. It is the first object with a finaliser, so
 * lua_close finalises it last, after every box that still needs its allocator. */
#include "bind.h"
#include "evaluate/models.h"
#include <string.h>

/* ---- the context ---- */

/* The collector sees a box as a few bytes, whatever core holds behind it. So the bytes of core are
 * counted, and a collection is asked for when they have doubled since the last one. */
typedef struct context {
  jv_ctx cx;
  lua_Alloc alloc;
  void *alloc_ud;
  size_t live, limit;
  lua_State *thread; /* that asked for the context last */
} context;

#define LEAST_LIMIT ((size_t)32 << 20)

static const char context_key = 0; /* its address is the registry key */

static void *counting_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  context *c = ud;
  void *block = c->alloc(c->alloc_ud, ptr, osize, nsize);
  if (nsize == 0 || block) c->live = c->live - (ptr ? osize : 0) + nsize;
  return block;
}

static int context_gc(lua_State *L) {
  context *c = lua_touserdata(L, 1);
  if (!c) return 0;
  jv_registry_free(&c->cx, c->cx.models);
  c->cx.models = NULL;
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &context_key);
  return 0;
}

static context *new_context(lua_State *L) {
  context *c = lua_newuserdatauv(L, sizeof *c, 0);
  memset(c, 0, sizeof *c);
  jv_ctx_init(&c->cx);
  c->alloc = lua_getallocf(L, &c->alloc_ud);
  c->limit = LEAST_LIMIT;
  c->cx.alloc = counting_alloc;
  c->cx.alloc_ud = c;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, context_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  if (jv_registry_new(&c->cx, &c->cx.models) != JV_OK ||
      jv_evaluate_models(&c->cx, c->cx.models) != JV_OK)
    luaL_error(L, "%s", c->cx.message);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &context_key);
  return c;
}

static context *get_context(lua_State *L) {
  luaL_checkstack(L, 4, "context");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &context_key);
  context *c = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return c ? c : new_context(L);
}

jv_ctx *jvl_ctx(lua_State *L) {
  context *c = get_context(L);
  c->thread = L;
  return &c->cx;
}

/* cx is the first member of its context. */
lua_State *jvl_thread(jv_ctx *cx) { return ((context *)(void *)cx)->thread; }
void jvl_set_thread(jv_ctx *cx, lua_State *L) { ((context *)(void *)cx)->thread = L; }

static void collect_when_grown(lua_State *L) {
  context *c = get_context(L);
  if (c->live <= c->limit || !lua_gc(L, LUA_GCISRUNNING)) return;
  lua_gc(L, LUA_GCCOLLECT);
  c->limit = c->live > LEAST_LIMIT / 2 ? 2 * c->live : LEAST_LIMIT;
}

/* ---- classes and boxes ---- */

static const char *short_name(const jvl_class *cls) {
  const char *dot = strrchr(cls->name, '.');
  return dot ? dot + 1 : cls->name;
}

/* Pushes the metatable of cls. */
static void push_meta(lua_State *L, const jvl_class *cls) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, cls) != LUA_TTABLE)
    luaL_error(L, "class %s is not registered", cls->name);
}

static void **box_at(lua_State *L, int idx, const jvl_class *cls) {
  void **box = lua_touserdata(L, idx);
  if (!box || !lua_getmetatable(L, idx)) return NULL;
  push_meta(L, cls);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? box : NULL;
}

/* __gc and __close: once, and harmless on anything else. */
static int release_box(lua_State *L) {
  const jvl_class *cls = lua_touserdata(L, lua_upvalueindex(1));
  void **box = box_at(L, 1, cls);
  if (!box || !*box) return 0;
  void *p = *box;
  *box = NULL;
  cls->release(jvl_ctx(L), p);
  return 0;
}

static void set_release(lua_State *L, const jvl_class *cls, const char *event) {
  union {
    const jvl_class *in;
    void *out;
  } pointer = {cls}; /* a light userdata wants void *; the class is only ever read */
  lua_pushlightuserdata(L, pointer.out);
  lua_pushcclosure(L, release_box, 1);
  lua_setfield(L, -2, event);
}

void jvl_class_register(lua_State *L, const jvl_class *cls) {
  if (!luaL_newmetatable(L, cls->name)) {
    lua_pop(L, 1);
    return;
  }
  lua_newtable(L);
  for (const jvl_function *row = cls->methods; row && row->name; row++) {
    if (!row->fn) continue;
    lua_pushcfunction(L, row->fn);
    lua_setfield(L, -2, row->name);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__methods");
  lua_setfield(L, -2, "__index");
  if (cls->meta) luaL_setfuncs(L, cls->meta, 0);
  if (cls->release) {
    set_release(L, cls, "__gc");
    set_release(L, cls, "__close");
  }
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, cls);
  jvl_document_class(L, short_name(cls), cls->doc, cls->methods);
  lua_pop(L, 1);
}

void **jvl_box(lua_State *L, const jvl_class *cls) {
  collect_when_grown(L);
  void **box = lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  push_meta(L, cls);
  lua_setmetatable(L, -2);
  return box;
}

/* What a person calls the type of the value at idx. */
static const char *type_name(lua_State *L, int idx) {
  if (luaL_getmetafield(L, idx, "__name") != LUA_TSTRING) return luaL_typename(L, idx);
  const char *name = lua_tostring(L, -1), *dot = strrchr(name, '.');
  return dot ? dot + 1 : name;
}

void *jvl_unbox(lua_State *L, int idx, const jvl_class *cls) {
  void **box = box_at(L, idx, cls);
  if (!box)
    jvl_bad_argument(L, idx, "%s expected, got %s", short_name(cls), type_name(L, idx));
  else if (!*box)
    jvl_misuse(L, "this %s is closed", short_name(cls));
  return box ? *box : NULL;
}

void *jvl_unbox_opt(lua_State *L, int idx, const jvl_class *cls) {
  void **box = box_at(L, idx, cls);
  return box ? *box : NULL;
}

bool jvl_method(lua_State *L, const jvl_class *cls, int key_idx) {
  key_idx = lua_absindex(L, key_idx);
  push_meta(L, cls);
  lua_getfield(L, -1, "__methods");
  lua_pushvalue(L, key_idx);
  bool found = lua_rawget(L, -2) != LUA_TNIL;
  lua_replace(L, -3);
  lua_pop(L, 1);
  return found;
}

/* ---- options ---- */

static bool listed(const char *const *names, const char *name) {
  for (; names && *names; names++)
    if (strcmp(*names, name) == 0) return true;
  return false;
}

/* A name that rows do not have may be meant for one of the binding's own. */
static jv_status check_known(jv_ctx *cx, const char *what, const jv_option *rows, const char *name,
                             const char *const *own) {
  size_t n = 0;
  while (own && own[n]) n++;
  const char *near = jv_nearest_name(name, own, n);
  jv_status status = jv_option_known(cx, what, rows, name);
  if (status != JV_OK && near)
    return jv_fail(cx, status, "%s: unknown option '%s', did you mean '%s'?", what, name, near);
  return status;
}

static bool takes_text(const jv_option *rows, const char *name) {
  for (const jv_option *row = rows; row && row->name; row++)
    if (strcmp(row->name, name) == 0) return row->type == JV_OPT_TEXT;
  return false;
}

/* A list for an option that takes a text, {1, 1, 1} for "1,1,1": pushes the text, or nil when a member
 * is no number and no text. */
static void push_joined(lua_State *L, int idx) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  idx = lua_absindex(L, idx);
  lua_pushliteral(L, "");
  for (lua_Integer i = 1; i <= n; i++) {
    int type = lua_rawgeti(L, idx, i), whole;
    lua_Integer number = lua_tointegerx(L, -1, &whole);
    if (type == LUA_TNUMBER && whole) {
      lua_pop(L, 1);
      lua_pushinteger(L, number); /* 4.0 is 4 */
    } else if (type != LUA_TNUMBER && type != LUA_TSTRING) {
      lua_pop(L, 2);
      lua_pushnil(L);
      return;
    }
    lua_pushfstring(L, i > 1 ? "%s,%s" : "%s%s", lua_tostring(L, -2), lua_tostring(L, -1));
    lua_replace(L, -3);
    lua_pop(L, 1);
  }
}

static jv_status set_list(lua_State *L, const char *what, const jv_option *rows, void *opt,
                          const char *name) {
  jv_ctx *cx = jvl_ctx(L);
  push_joined(L, -1);
  const char *text = lua_tostring(L, -1);
  jv_status status =
      text ? jv_option_set_text(cx, what, rows, opt, name, text)
           : jv_fail(cx, JV_EINVAL, "%s: option '%s' is a list of numbers or texts", what, name);
  lua_pop(L, 1);
  return status;
}

/* Sets the option named by the string at -2 from the value at -1. */
static jv_status set_option(lua_State *L, const char *what, const jv_option *rows, void *opt,
                            const char *const *own) {
  jv_ctx *cx = jvl_ctx(L);
  const char *name = lua_tostring(L, -2);
  JV_TRY(check_known(cx, what, rows, name, own));
  switch (lua_type(L, -1)) {
  case LUA_TNUMBER:
    return jv_option_set_number(cx, what, rows, opt, name, lua_tonumber(L, -1));
  case LUA_TBOOLEAN:
    return jv_option_set_flag(cx, what, rows, opt, name, lua_toboolean(L, -1));
  case LUA_TSTRING:
    return jv_option_set_text(cx, what, rows, opt, name, lua_tostring(L, -1));
  case LUA_TTABLE:
    if (takes_text(rows, name)) return set_list(L, what, rows, opt, name);
    break;
  default:
    break;
  }
  return jv_fail(cx, JV_EINVAL, "%s: option '%s' cannot be a %s", what, name, type_name(L, -1));
}

void jvl_options(lua_State *L, int idx, const char *what, const jv_option *rows, void *opt,
                 const char *const *skip) {
  jv_option_defaults(rows, opt);
  if (lua_isnoneornil(L, idx)) return;
  idx = lua_absindex(L, idx);
  if (!lua_istable(L, idx))
    jvl_misuse(L, "%s: options must stand in a table, got %s", what, type_name(L, idx));
  luaL_checkstack(L, 8, "options");
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      jvl_misuse(L, "%s: options have names, found the key %s", what, luaL_tolstring(L, -2, NULL));
    if (!listed(skip, lua_tostring(L, -2))) jvl_check(L, set_option(L, what, rows, opt, skip));
  }
}

/* ---- scratch ---- */

void *jvl_scratch(lua_State *L, size_t n, size_t size) {
  if (size != 0 && n > SIZE_MAX / size) luaL_error(L, "not enough memory");
  return lua_newuserdatauv(L, n * size, 0);
}
