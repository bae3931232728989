/* jv.guidance: statements out of CSV text, and where an amount stands to one.
 * scripts/guidance.lua makes the list that is asked for firms and dates. */
#include "capex/guidance.h"
#include "capex/facts.h"
#include "modules.h"
#include "series/period.h"
#include "values.h"
#include <math.h>
#include <string.h>

static void release_guidance(jv_ctx *cx, void *p) { jv_guidance_free(cx, p); }
static const jvl_class guidance_class = {"jevons.statements", "Guidance as read, internal.",
                                         release_guidance, NULL, NULL};

static void set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_amount(lua_State *L, const char *key, double amount) {
  if (isnan(amount)) return;
  lua_pushnumber(L, amount);
  lua_setfield(L, -2, key);
}

static void push_guide(lua_State *L, const jv_guide *g) {
  lua_createtable(L, 0, 14);
  set_text(L, "firm", g->firm);
  set_text(L, "ticker", g->ticker);
  set_text(L, "period", g->period);
  set_text(L, "said", g->said);
  if (g->said_day != JV_NO_DAY) {
    char day[JV_PERIOD_TEXT];
    jv_date_format(g->said_day, day);
    set_text(L, "known", day);
  }
  set_amount(L, "low", g->low);
  set_amount(L, "high", g->high);
  set_amount(L, "midpoint", jv_guide_midpoint(g));
  set_amount(L, "width", jv_guide_width(g));
  set_text(L, "kind", jv_guide_kind_name(g->kind));
  set_text(L, "boundary", g->boundary);
  set_text(L, "quality", g->quality);
  set_text(L, "note", g->note);
  lua_pushinteger(L, (lua_Integer)g->line);
  lua_setfield(L, -2, "line");
}

static int l_parse(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len), *where = luaL_optstring(L, 2, NULL);
  jv_ctx *cx = jvl_ctx(L);
  lua_settop(L, 2);
  jv_guidance **list = (jv_guidance **)jvl_box(L, &guidance_class);
  jv_status status = jv_guidance_read(cx, text, len, list);
  if (status != JV_OK && where) jv_fail_in(cx, "%s", where);
  jvl_check(L, status);
  lua_createtable(L, (int)(*list)->n, 0);
  for (size_t i = 0; i < (*list)->n; i++) {
    push_guide(L, &(*list)->guide[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static double amount_field(lua_State *L, const char *key) {
  jv_quantity q;
  double amount = NAN;
  lua_getfield(L, 1, key);
  if (!lua_isnil(L, -1)) {
    if (!jvl_to_quantity(L, -1, &q)) jvl_misuse(L, "guidance: %s is no number", key);
    amount = q.value;
  }
  lua_pop(L, 1);
  return amount;
}

static int l_compare(lua_State *L) {
  static const char *const verdicts[] = {"below", "within", "above", "unknown"};
  jv_quantity amount;
  jv_guide g = {.said_day = JV_NO_DAY};
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!jvl_to_quantity(L, 2, &amount)) return luaL_typeerror(L, 2, "number or quantity");
  g.low = amount_field(L, "low");
  g.high = amount_field(L, "high");
  lua_getfield(L, 1, "kind");
  jvl_check(L, jv_guide_kind_parse(jvl_ctx(L), luaL_optstring(L, -1, "range"), &g.kind));
  double scale = pow(10, amount.unit.scale);
  lua_pushstring(L, verdicts[jv_guide_compare(&g, amount.value * scale)]);
  return 1;
}

static int l_day(lua_State *L) {
  int64_t day;
  char text[JV_PERIOD_TEXT];
  jvl_check(L, jv_partial_date(jvl_ctx(L), luaL_checkstring(L, 1), &day));
  if (day == JV_NO_DAY) return 0;
  jv_date_format(day, text);
  lua_pushstring(L, text);
  return 1;
}

static const jvl_function functions[] = {
    {"parse", l_parse,
     "jv.guidance.parse(text [, where]) -> list of tables\n\n"
     "Statements out of CSV text with the columns firm, ticker, period, said, low_bn, high_bn, "
     "kind, "
     "boundary, quality, note. Each table has these, amounts as low and high in whole currency, "
     "and "
     "midpoint, width, line, and known: the day from which it may be used (nil when unknown).\n\n"
     "Errors: `parse` with line and column."},
    {"compare", l_compare,
     "jv.guidance.compare(statement, amount) -> text\n\n"
     "`below`, `within` or `above` the statement's range; about and point allow 2.5 % either way, "
     "at_least and at_most are open; `unknown` for growth and direction."},
    {"day", l_day,
     "jv.guidance.day(text) -> date or nothing\n\n"
     "The last day that a full or partial date can mean: 2026-04 is 2026-04-30, 2026-07/08 is "
     "2026-08-31.\n\nErrors: `parse`."},
    {NULL, NULL, NULL}};

void jvl_open_guidance(lua_State *L) {
  jvl_class_register(L, &guidance_class);
  jvl_submodule(L, "guidance");
  jvl_add(L, "jv.guidance", functions);
}
