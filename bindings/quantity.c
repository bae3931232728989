/* Quantities: a value with unit, period, evidence and lineage that acts as a number. */
#include "values.h"
#include <math.h>
#include <string.h>

#define QUANTITY "jevons.quantity"

const jv_quantity *jvl_test_quantity(lua_State *L, int idx) {
  return luaL_testudata(L, idx, QUANTITY);
}

static const jv_quantity *self(lua_State *L) { return luaL_checkudata(L, 1, QUANTITY); }

/* An empty quantity with its finaliser, to be filled: what it is given is then never lost. */
static jv_quantity *new_quantity(lua_State *L) {
  jv_quantity *q = lua_newuserdatauv(L, sizeof *q, 0);
  memset(q, 0, sizeof *q);
  luaL_setmetatable(L, QUANTITY);
  return q;
}

void jvl_push_quantity(lua_State *L, const jv_quantity *q) {
  jv_quantity *own = new_quantity(L);
  *own = *q;
  jv_lineage_retain(own->mark.lineage);
}

bool jvl_to_quantity(lua_State *L, int idx, jv_quantity *q) {
  const jv_quantity *given = jvl_test_quantity(L, idx);
  if (given) {
    *q = *given;
    return true;
  }
  memset(q, 0, sizeof *q);
  if (lua_type(L, idx) != LUA_TNUMBER) return false;
  q->value = lua_tonumber(L, idx);
  return true;
}

/* ---- what the bindings of values share ---- */

bool jvl_protected(lua_State *L, lua_CFunction fn, void *arg) {
  if (!lua_checkstack(L, 4)) {
    lua_pushnil(L); /* no room for more: the last slots that every C function has */
    return false;
  }
  lua_pushcfunction(L, fn);
  lua_pushlightuserdata(L, arg);
  return lua_pcall(L, 1, 1, 0) == LUA_OK;
}

static int push_text(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 1));
  return 1;
}

void jvl_push_text(lua_State *L, char *text) {
  bool done = jvl_protected(L, push_text, text);
  jv_free(jvl_ctx(L), text);
  if (!done) lua_error(L);
}

const char *jvl_field_text(lua_State *L, int idx, const char *key) {
  int type = lua_getfield(L, idx, key);
  const char *text = lua_tostring(L, -1);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    jvl_misuse(L, "'%s' takes a text, got %s", key, luaL_typename(L, -1));
  lua_pop(L, 1); /* the table keeps it */
  return type == LUA_TSTRING ? text : NULL;
}

void jvl_check_keys(lua_State *L, int idx, const char *what, const char *const *names) {
  idx = lua_absindex(L, idx);
  size_t n = 0;
  while (names[n]) n++;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    bool known = false;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    for (size_t i = 0; key && i < n; i++) known = known || strcmp(key, names[i]) == 0;
    if (known) continue;
    if (!key)
      jvl_misuse(L, "%s: fields have names, found the key %s", what, luaL_tolstring(L, -2, NULL));
    const char *near = jv_nearest_name(key, names, n);
    if (near) jvl_misuse(L, "%s: unknown field '%s', did you mean '%s'?", what, key, near);
    jvl_misuse(L, "%s: unknown field '%s'", what, key);
  }
}

/* ---- arithmetic ---- */

static void refuse_operand(lua_State *L, jv_op op) {
  int bad = 1;
  jv_quantity q;
  if (jvl_test_series(L, 1) || jvl_to_quantity(L, 1, &q)) bad = 2;
  jvl_misuse(L, "'%s' takes series, quantities and numbers, got %s", jv_op_name(op),
             luaL_typename(L, bad));
}

int jvl_arithmetic(lua_State *L, jv_op op) {
  jv_ctx *cx = jvl_ctx(L);
  const jv_series *a = jvl_test_series(L, 1), *b = jvl_test_series(L, 2);
  jv_quantity p, q;
  bool left = !a && jvl_to_quantity(L, 1, &p), right = !b && jvl_to_quantity(L, 2, &q);
  if ((!a && !left) || (!b && !right)) refuse_operand(L, op);
  if (!a && !b) {
    jvl_check(L, jv_quantity_combine(cx, &p, op, &q, new_quantity(L)));
    return 1;
  }
  jv_series **out = jvl_new_series(L);
  if (a && b)
    jvl_check(L, jv_series_combine(cx, a, op, b, out));
  else if (a)
    jvl_check(L, jv_series_combine_scalar(cx, a, op, &q, false, out));
  else
    jvl_check(L, jv_series_combine_scalar(cx, b, op, &p, true, out));
  return 1;
}

int jvl_meta_add(lua_State *L) { return jvl_arithmetic(L, JV_ADD); }
int jvl_meta_sub(lua_State *L) { return jvl_arithmetic(L, JV_SUB); }
int jvl_meta_mul(lua_State *L) { return jvl_arithmetic(L, JV_MUL); }
int jvl_meta_div(lua_State *L) { return jvl_arithmetic(L, JV_DIV); }
int jvl_meta_pow(lua_State *L) { return jvl_arithmetic(L, JV_POW); }

int jvl_meta_unm(lua_State *L) {
  lua_settop(L, 1);
  lua_pushnumber(L, -1);
  return jvl_arithmetic(L, JV_MUL);
}

/* -1, 0, 1; 2 when one is missing. */
static int compare(lua_State *L) {
  jv_quantity a, b;
  int order;
  if (!jvl_to_quantity(L, 1, &a) || !jvl_to_quantity(L, 2, &b))
    jvl_misuse(L, "a quantity compares with quantities and numbers, got %s",
               luaL_typename(L, jvl_test_quantity(L, 1) ? 2 : 1));
  jvl_check(L, jv_quantity_compare(jvl_ctx(L), &a, &b, &order));
  return order;
}

static int meta_lt(lua_State *L) {
  lua_pushboolean(L, compare(L) == -1);
  return 1;
}

static int meta_le(lua_State *L) {
  int order = compare(L);
  lua_pushboolean(L, order == -1 || order == 0);
  return 1;
}

/* Lua asks only when both are userdata; units that cannot be compared are simply not equal. */
static int meta_eq(lua_State *L) {
  const jv_quantity *a = jvl_test_quantity(L, 1), *b = jvl_test_quantity(L, 2);
  int order = 2;
  lua_pushboolean(L,
                  a && b && jv_quantity_compare(jvl_ctx(L), a, b, &order) == JV_OK && order == 0);
  return 1;
}

static int meta_tostring(lua_State *L) {
  char text[128];
  jv_quantity_format(self(L), text, sizeof text);
  lua_pushstring(L, text);
  return 1;
}

static int meta_gc(lua_State *L) {
  jv_quantity_clear(jvl_ctx(L), luaL_checkudata(L, 1, QUANTITY));
  return 0;
}

/* ---- jv.quantity, jv.number ---- */

static int64_t read_day(lua_State *L, int idx, const char *key) {
  int64_t day;
  const char *text = jvl_field_text(L, idx, key);
  if (!text) return INT64_MIN;
  jvl_check(L, jv_date_parse(jvl_ctx(L), text, &day));
  return day;
}

/* options.source: a citation becomes the lineage of the quantity. */
static void read_source(lua_State *L, int idx, jv_quantity *q) {
  static const char *const names[] = {"filer", "accession", "tag",   "form",  "unit", "note",
                                      "start", "end",       "filed", "value", NULL};
  char unit[JV_UNIT_TEXT];
  if (!lua_istable(L, idx)) jvl_misuse(L, "'source' takes a table, got %s", luaL_typename(L, idx));
  jvl_check_keys(L, idx, "source", names);
  jv_unit_format(q->unit, unit);
  jv_source source = {.filer = jvl_field_text(L, idx, "filer"),
                      .accession = jvl_field_text(L, idx, "accession"),
                      .tag = jvl_field_text(L, idx, "tag"),
                      .form = jvl_field_text(L, idx, "form"),
                      .unit = jvl_field_text(L, idx, "unit"),
                      .note = jvl_field_text(L, idx, "note"),
                      .start = read_day(L, idx, "start"),
                      .end = read_day(L, idx, "end"),
                      .filed = read_day(L, idx, "filed"),
                      .value = q->value};
  if (!source.filer) source.filer = "";
  if (!source.unit) source.unit = unit;
  jvl_check(L, jv_lineage_source(jvl_ctx(L), &source, &q->mark.lineage));
}

static void read_options(lua_State *L, int idx, jv_quantity *q) {
  static const char *const names[] = {"status", "period", "source", NULL};
  jv_evidence evidence;
  luaL_checktype(L, idx, LUA_TTABLE);
  jvl_check_keys(L, idx, "quantity", names);
  const char *status = jvl_field_text(L, idx, "status");
  if (status) {
    jvl_check(L, jv_evidence_parse(jvl_ctx(L), status, &evidence));
    q->mark.evidence = (uint8_t)evidence;
  }
  if (lua_getfield(L, idx, "period") != LUA_TNIL) {
    q->period = jvl_check_period(L, -1, NULL);
    q->has_period = true;
  }
  if (lua_getfield(L, idx, "source") != LUA_TNIL) {
    read_source(L, lua_gettop(L), q);
    if (!status) q->mark.evidence = JV_EVIDENCE_REPORTED;
  }
  lua_pop(L, 2);
}

static int l_quantity(lua_State *L) {
  jv_quantity given;
  if (!jvl_to_quantity(L, 1, &given))
    return jvl_bad_argument(L, 1, "number expected, got %s", luaL_typename(L, 1));
  lua_settop(L, 3);
  jvl_push_quantity(L, &given);
  jv_quantity *q = lua_touserdata(L, -1);
  if (!lua_isnil(L, 2)) q->unit = jvl_check_unit(L, 2);
  if (!lua_isnil(L, 3)) {
    jv_mark bare = {0, NULL, 0, 0};
    jv_lineage_release(jvl_ctx(L), q->mark.lineage);
    q->mark = bare;
    read_options(L, 3, q);
  }
  lua_settop(L, 4);
  return 1;
}

static int l_number(lua_State *L) {
  jv_quantity q;
  if (!jvl_to_quantity(L, 1, &q))
    return jvl_bad_argument(L, 1, "quantity or number expected, got %s", luaL_typename(L, 1));
  lua_pushnumber(L, q.value);
  return 1;
}

static const jvl_function functions[] = {
    {"quantity", l_quantity,
     "jv.quantity(value [, unit [, {status=, period=, source=}]]) -> quantity\n\n"
     "A number with its unit, and what is known of it: `status` (reported, derived, estimated, "
     "scenario, unresolved), the period it belongs to, and `source`, a table of filer, accession, "
     "tag, form, note, start, end, filed (dates as text) that becomes its lineage; with a source "
     "the "
     "status is `reported` unless said.\n\nErrors: `parse` (unit, period, date), `invalid`."},
    {"number", l_number,
     "jv.number(quantity) -> number\n\nThe plain double, in the unit of the quantity; NaN when "
     "missing. Numbers pass. The same as `q.value`."},
    {NULL, NULL, NULL}};

/* ---- fields and methods ---- */

static int l_convert(lua_State *L) {
  const jv_quantity *q = self(L);
  jv_unit unit = jvl_check_unit(L, 2);
  jvl_check(L, jv_quantity_convert(jvl_ctx(L), q, unit, new_quantity(L)));
  return 1;
}

static int l_is_missing(lua_State *L) {
  lua_pushboolean(L, isnan(self(L)->value));
  return 1;
}

static const jvl_function methods[] = {
    {"convert", l_convert,
     "quantity:convert(unit) -> quantity\n\nThe same figure in another scale of its unit; evidence "
     "and lineage stay.\n\nErrors: `unit` names both units and what is missing."},
    {"is_missing", l_is_missing, "quantity:is_missing() -> boolean\n\nTrue when the value is NaN."},
    {"value", NULL,
     "quantity.value -> number\n\nThe plain double, for math.* and string.format; NaN when "
     "missing."},
    {"unit", NULL, "quantity.unit -> unit\n\nIts unit."},
    {"status", NULL,
     "quantity.status -> text or nil\n\nEvidence: reported, derived, estimated, scenario or "
     "unresolved; nil when not tracked."},
    {"lineage", NULL, "quantity.lineage -> lineage or nil\n\nWhere it came from."},
    {"period", NULL, "quantity.period -> period or nil\n\nThe period that it belongs to."},
    {"first_day", NULL,
     "quantity.first_day -> text or nil\n\nThe first day of its span as filed, where that is known "
     "(52/53-week years)."},
    {"last_day", NULL, "quantity.last_day -> text or nil\n\nThe last day of its span as filed."},
    {NULL, NULL, NULL}};

static const jvl_class quantity_class;

static void push_day(lua_State *L, const jv_mark *mark, int64_t day) {
  char text[JV_PERIOD_TEXT];
  if (mark->first_day == 0 && mark->last_day == 0) {
    lua_pushnil(L);
    return;
  }
  jv_date_format(day, text);
  lua_pushstring(L, text);
}

static void push_own_period(lua_State *L, const jv_quantity *q) {
  if (q->has_period)
    jvl_push_period(L, q->period);
  else
    lua_pushnil(L);
}

static int quantity_index(lua_State *L) {
  const jv_quantity *q = self(L);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "value") == 0)
    lua_pushnumber(L, q->value);
  else if (strcmp(key, "unit") == 0)
    jvl_push_unit(L, q->unit);
  else if (strcmp(key, "status") == 0)
    jvl_push_evidence(L, q->mark.evidence);
  else if (strcmp(key, "lineage") == 0)
    jvl_push_lineage(L, q->mark.lineage);
  else if (strcmp(key, "period") == 0)
    push_own_period(L, q);
  else if (strcmp(key, "first_day") == 0)
    push_day(L, &q->mark, q->mark.first_day);
  else if (strcmp(key, "last_day") == 0)
    push_day(L, &q->mark, q->mark.last_day);
  else
    jvl_method(L, &quantity_class, 2);
  return 1;
}

static const luaL_Reg meta[] = {{"__index", quantity_index}, {"__tostring", meta_tostring},
                                {"__gc", meta_gc},           {"__add", jvl_meta_add},
                                {"__sub", jvl_meta_sub},     {"__mul", jvl_meta_mul},
                                {"__div", jvl_meta_div},     {"__pow", jvl_meta_pow},
                                {"__unm", jvl_meta_unm},     {"__lt", meta_lt},
                                {"__le", meta_le},           {"__eq", meta_eq},
                                {"__concat", jvl_concat},    {NULL, NULL}};

static const jvl_class quantity_class = {
    QUANTITY,
    "A value with its unit, period, evidence and lineage; `s[i]` and `s[\"2024Q4\"]` give one.\n\n"
    "It adds, multiplies and compares (< <= > >=) as a number does, keeps its unit and history, "
    "and "
    "refuses what does not go together: USD with EUR, a flow with a stock. A bare number counts in "
    "the unit of the other side. `==` compares two quantities; Lua never asks a quantity whether "
    "it "
    "equals a bare number, so write `q.value == 5`. For math.* and string.format use `q.value`.",
    NULL, methods, meta};

void jvl_open_quantity(lua_State *L) {
  jvl_class_register(L, &quantity_class);
  jvl_add(L, "jv", functions);
}
