/* jv.unit: units as values. */
#include "values.h"
#include <string.h>

#define UNIT "jevons.unit"

void jvl_push_unit(lua_State *L, jv_unit unit) {
  *(jv_unit *)lua_newuserdatauv(L, sizeof unit, 0) = unit;
  luaL_setmetatable(L, UNIT);
}

const jv_unit *jvl_test_unit(lua_State *L, int idx) { return luaL_testudata(L, idx, UNIT); }

jv_unit jvl_check_unit(lua_State *L, int idx) {
  const jv_unit *given = jvl_test_unit(L, idx);
  jv_unit unit;
  if (given) return *given;
  jvl_check(L, jv_unit_parse(jvl_ctx(L), luaL_checkstring(L, idx), &unit));
  return unit;
}

static int l_unit(lua_State *L) {
  jv_unit unit = jvl_check_unit(L, 1);
  jv_flow flow;
  if (!lua_isnoneornil(L, 2)) {
    jvl_check(L, jv_flow_parse(jvl_ctx(L), luaL_checkstring(L, 2), &flow));
    unit.flow = (uint8_t)flow;
  }
  jvl_push_unit(L, unit);
  return 1;
}

static const jvl_function functions[] = {
    {"unit", l_unit,
     "jv.unit(text [, \"flow\" | \"stock\"]) -> unit\n\n"
     "A unit: money (`USD`, `USD bn`, `EUR mn`; scales k, mn, bn, tn), `%`, `bp`, `ratio`, a count "
     "(`shares`, `GW`, `shares mn`), or a price (`USD/share`, `USD/GW`). A flow is counted over a "
     "period and adds up over time (capex, revenue); a stock stands at a date (property, debt).\n\n"
     "Fields: dimension, currency, scale (value * 10^scale is in whole units), noun, flow. Two "
     "units "
     "are equal when they print alike.\n\nErrors: `parse`."},
    {NULL, NULL, NULL}};

static const jvl_function unit_fields[] = {
    {"dimension", NULL,
     "unit.dimension -> text\n\n`money`, `ratio`, `count`, `price`, or `none` when unknown."},
    {"currency", NULL, "unit.currency -> text or nil\n\nISO 4217 code of money and prices."},
    {"scale", NULL, "unit.scale -> whole number\n\nvalue * 10^scale is in whole units: bn is 9."},
    {"noun", NULL, "unit.noun -> text or nil\n\nWhat a count counts, or what a price is per."},
    {"flow", NULL, "unit.flow -> text or nil\n\n`flow`, `stock`, or nil when unknown."},
    {NULL, NULL, NULL}};

static void push_text(lua_State *L, const char *text) {
  if (*text)
    lua_pushstring(L, text);
  else
    lua_pushnil(L);
}

static int unit_index(lua_State *L) {
  static const char *const dimensions[] = {"none", "money", "ratio", "count", "price"};
  const jv_unit *unit = luaL_checkudata(L, 1, UNIT);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "dimension") == 0)
    lua_pushstring(L, dimensions[unit->dimension]);
  else if (strcmp(key, "currency") == 0)
    push_text(L, unit->currency);
  else if (strcmp(key, "scale") == 0)
    lua_pushinteger(L, unit->scale);
  else if (strcmp(key, "noun") == 0)
    push_text(L, unit->noun);
  else if (strcmp(key, "flow") == 0)
    push_text(L, jv_flow_name((jv_flow)unit->flow));
  else
    lua_pushnil(L);
  return 1;
}

static int unit_tostring(lua_State *L) {
  char text[JV_UNIT_TEXT];
  jv_unit_format(*(const jv_unit *)luaL_checkudata(L, 1, UNIT), text);
  lua_pushstring(L, text);
  return 1;
}

static int unit_eq(lua_State *L) {
  const jv_unit *a = jvl_test_unit(L, 1), *b = jvl_test_unit(L, 2);
  lua_pushboolean(L, a && b && jv_unit_equal(*a, *b));
  return 1;
}

static const luaL_Reg unit_meta[] = {{"__index", unit_index},
                                     {"__tostring", unit_tostring},
                                     {"__eq", unit_eq},
                                     {"__concat", jvl_concat},
                                     {NULL, NULL}};

static const jvl_class unit_class = {UNIT, "A unit: currency, scale, dimension, flow or stock.",
                                     NULL, unit_fields, unit_meta};

void jvl_open_unit(lua_State *L) {
  jvl_class_register(L, &unit_class);
  jvl_add(L, "jv", functions);
}
