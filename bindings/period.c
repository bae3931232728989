/* jv.period, jv.freq, jv.period_range: periods and frequencies as values. */
#include "values.h"
#include <string.h>

#define PERIOD "jevons.period"
#define FREQ "jevons.freq"

void jvl_push_period(lua_State *L, jv_period period) {
  *(jv_period *)lua_newuserdatauv(L, sizeof period, 0) = period;
  luaL_setmetatable(L, PERIOD);
}

const jv_period *jvl_test_period(lua_State *L, int idx) { return luaL_testudata(L, idx, PERIOD); }

jv_period jvl_check_period(lua_State *L, int idx, const jv_freq *freq) {
  const jv_period *given = jvl_test_period(L, idx);
  jv_period period;
  if (given && freq)
    jvl_check(L, jv_period_match(jvl_ctx(L), *given, *freq, &period));
  else if (given)
    period = *given;
  else
    jvl_check(L, jv_period_parse(jvl_ctx(L), luaL_checkstring(L, idx), freq, &period));
  return period;
}

void jvl_push_freq(lua_State *L, jv_freq freq) {
  *(jv_freq *)lua_newuserdatauv(L, sizeof freq, 0) = freq;
  luaL_setmetatable(L, FREQ);
}

jv_freq jvl_check_freq(lua_State *L, int idx) {
  const jv_freq *given = luaL_testudata(L, idx, FREQ);
  jv_freq freq;
  if (given) return *given;
  jvl_check(L, jv_freq_parse(jvl_ctx(L), luaL_checkstring(L, idx), &freq));
  return freq;
}

static void push_day(lua_State *L, int64_t day) {
  char text[JV_PERIOD_TEXT];
  jv_date_format(day, text);
  lua_pushstring(L, text);
}

int jvl_concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

/* ---- jv.* ---- */

static int l_period(lua_State *L) {
  if (lua_isnoneornil(L, 2)) {
    jvl_push_period(L, jvl_check_period(L, 1, NULL));
    return 1;
  }
  jv_freq freq = jvl_check_freq(L, 2);
  jvl_push_period(L, jvl_check_period(L, 1, &freq));
  return 1;
}

static int l_freq(lua_State *L) {
  jvl_push_freq(L, jvl_check_freq(L, 1));
  return 1;
}

static int l_period_range(lua_State *L) {
  jv_freq freq;
  bool given = !lua_isnoneornil(L, 3);
  if (given) freq = jvl_check_freq(L, 3);
  jv_period from = jvl_check_period(L, 1, given ? &freq : NULL), step;
  jv_period to = jvl_check_period(L, 2, &from.freq);
  int64_t n;
  jvl_check(L, jv_period_diff(jvl_ctx(L), to, from, &n));
  lua_newtable(L);
  for (int64_t i = 0; i <= n; i++) {
    jvl_check(L, jv_period_add(jvl_ctx(L), from, i, &step));
    jvl_push_period(L, step);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static const jvl_function functions[] = {
    {"period", l_period,
     "jv.period(text [, freq]) -> period\n\n"
     "The period that a text names: `2024`, `2024Q4`, `2024-12`, `2024-W52`, `2024-12-31`, "
     "`2024-12-31T05`; years 1-9999. With a frequency such as `Q-JUN` also `FY2025Q4` (fiscal "
     "years "
     "are named after the year in which they end), a date (the period that holds it), and calendar "
     "texts whose days are those of a period: `jv.period(\"2024Q4\", \"Q-JUN\")` is FY2025Q2.\n\n"
     "Periods add and subtract whole numbers, subtract and compare with each other, and print as "
     "they are read. As keys of a table use `tostring(p)`: two equal periods are two keys.\n\n"
     "Errors: `parse` (not a period), `period` (fits no period of that frequency, or two)."},
    {"freq", l_freq,
     "jv.freq(text) -> freq\n\n"
     "A frequency: `A`, `Q`, `M`, `W`, `D`, `H`, `I` (whole numbers), as in pandas in its old and "
     "new "
     "names, with the month in which the fiscal year ends (`A-JUN`, `Q-DEC`) or the weekday on "
     "which "
     "a week ends (`W-SUN`). Fields: kind, anchor, season.\n\nErrors: `parse`."},
    {"period_range", l_period_range,
     "jv.period_range(from, to [, freq]) -> list of periods\n\n"
     "All periods from one to the other, both included; none when `to` comes before `from`. `to` "
     "is "
     "read under the frequency of `from`.\n\nErrors: as jv.period."},
    {NULL, NULL, NULL}};

/* ---- periods ---- */

static const jv_period *self(lua_State *L) { return luaL_checkudata(L, 1, PERIOD); }

static int l_first_day(lua_State *L) {
  push_day(L, jv_period_first_day(*self(L)));
  return 1;
}

static int l_last_day(lua_State *L) {
  push_day(L, jv_period_last_day(*self(L)));
  return 1;
}

static int l_days(lua_State *L) {
  lua_pushinteger(L, jv_period_days(*self(L)));
  return 1;
}

static int l_to(lua_State *L) {
  static const char *const sides[] = {"end", "start", NULL};
  const jv_period *p = self(L);
  jv_freq freq = jvl_check_freq(L, 2);
  bool by_end = luaL_checkoption(L, 3, "end", sides) == 0;
  jv_period out;
  jvl_check(L, jv_period_convert(jvl_ctx(L), *p, freq, by_end, &out));
  jvl_push_period(L, out);
  return 1;
}

static const jvl_function period_methods[] = {
    {"first_day", l_first_day,
     "period:first_day() -> text\n\nThe first day, as `2024-10-01`. Hours give their day."},
    {"last_day", l_last_day,
     "period:last_day() -> text\n\nThe last day, as `2024-12-31`. Hours give their day."},
    {"days", l_days, "period:days() -> whole number\n\nDays in the period; 0 for hours."},
    {"to", l_to,
     "period:to(freq [, \"end\" | \"start\"]) -> period\n\n"
     "The period of another frequency that holds this one's last day (or its first): the quarter "
     "in "
     "which a month ends, the last month of a quarter.\n\n"
     "Errors: `period` (to or from whole numbers, or beyond years 1-9999)."},
    {"freq", NULL, "period.freq -> freq\n\nIts frequency."},
    {"year", NULL,
     "period.year -> whole number\n\nIts calendar year; the fiscal one under an anchor."},
    {"in_year", NULL,
     "period.in_year -> whole number\n\nIts place in the year, from 1: quarter, month, ISO week, "
     "day "
     "or hour."},
    {"ordinal", NULL,
     "period.ordinal -> whole number\n\nPeriods since 1970 (weeks: since the first that ends in "
     "it)."},
    {NULL, NULL, NULL}};

static const jvl_class period_class;

static int period_index(lua_State *L) {
  const jv_period *p = self(L);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "freq") == 0)
    jvl_push_freq(L, p->freq);
  else if (strcmp(key, "year") == 0)
    lua_pushinteger(L, jv_period_year(*p));
  else if (strcmp(key, "in_year") == 0)
    lua_pushinteger(L, jv_period_in_year(*p));
  else if (strcmp(key, "ordinal") == 0)
    lua_pushinteger(L, p->ordinal);
  else
    jvl_method(L, &period_class, 2);
  return 1;
}

static int period_tostring(lua_State *L) {
  char text[JV_PERIOD_TEXT];
  jv_period_format(*self(L), text);
  lua_pushstring(L, text);
  return 1;
}

static int push_sum(lua_State *L, jv_period p, int64_t k) {
  jv_period out;
  jvl_check(L, jv_period_add(jvl_ctx(L), p, k, &out));
  jvl_push_period(L, out);
  return 1;
}

static int period_add(lua_State *L) {
  const jv_period *p = jvl_test_period(L, 1);
  if (p) return push_sum(L, *p, luaL_checkinteger(L, 2));
  return push_sum(L, *(const jv_period *)luaL_checkudata(L, 2, PERIOD), luaL_checkinteger(L, 1));
}

/* period - k, or the number of periods between two. */
static int period_sub(lua_State *L) {
  const jv_period *p = self(L), *q = jvl_test_period(L, 2);
  int64_t n;
  if (!q) {
    lua_Integer k = luaL_checkinteger(L, 2);
    if (k == LUA_MININTEGER) return jvl_bad_argument(L, 2, "number out of range");
    return push_sum(L, *p, -k);
  }
  jvl_check(L, jv_period_diff(jvl_ctx(L), *p, *q, &n));
  lua_pushinteger(L, n);
  return 1;
}

static int period_eq(lua_State *L) {
  const jv_period *a = jvl_test_period(L, 1), *b = jvl_test_period(L, 2);
  lua_pushboolean(L, a && b && a->ordinal == b->ordinal && jv_freq_equal(a->freq, b->freq));
  return 1;
}

/* Sign of a - b; a text on one side is read under the frequency of the other. */
static int64_t compare(lua_State *L) {
  const jv_period *a = jvl_test_period(L, 1), *b = jvl_test_period(L, 2);
  const jv_freq *freq = a ? &a->freq : b ? &b->freq : NULL;
  jv_period left = a ? *a : jvl_check_period(L, 1, freq);
  jv_period right = b ? *b : jvl_check_period(L, 2, freq);
  int64_t n;
  jvl_check(L, jv_period_diff(jvl_ctx(L), left, right, &n));
  return n;
}

static int period_lt(lua_State *L) {
  lua_pushboolean(L, compare(L) < 0);
  return 1;
}

static int period_le(lua_State *L) {
  lua_pushboolean(L, compare(L) <= 0);
  return 1;
}

static const luaL_Reg period_meta[] = {{"__index", period_index},
                                       {"__tostring", period_tostring},
                                       {"__add", period_add},
                                       {"__sub", period_sub},
                                       {"__eq", period_eq},
                                       {"__lt", period_lt},
                                       {"__le", period_le},
                                       {"__concat", jvl_concat},
                                       {NULL, NULL}};

static const jvl_class period_class = {
    PERIOD, "A period of a frequency, as an exact whole number: `2024Q4`, `FY2025`, `2024-12-31`.",
    NULL, period_methods, period_meta};

/* ---- frequencies ---- */

static const jvl_function freq_methods[] = {
    {"kind", NULL, "freq.kind -> text\n\nIts letter: A, Q, M, W, D, H or I."},
    {"anchor", NULL,
     "freq.anchor -> text or nil\n\nThe month in which the fiscal year ends, or the weekday on "
     "which "
     "the week does."},
    {"season", NULL,
     "freq.season -> whole number\n\nThe seasonal period used by default: A 1, Q 4, M 12, W 52, D "
     "7, "
     "H 24."},
    {NULL, NULL, NULL}};

static int freq_index(lua_State *L) {
  const jv_freq *freq = luaL_checkudata(L, 1, FREQ);
  const char *key = luaL_checkstring(L, 2);
  char text[JV_PERIOD_TEXT];
  jv_freq_format(*freq, text);
  const char *dash = strchr(text, '-');
  if (strcmp(key, "kind") == 0)
    lua_pushlstring(L, text, 1);
  else if (strcmp(key, "anchor") == 0)
    lua_pushstring(L, dash ? dash + 1 : NULL);
  else if (strcmp(key, "season") == 0)
    lua_pushinteger(L, (lua_Integer)jv_freq_season(*freq));
  else
    lua_pushnil(L);
  return 1;
}

static int freq_tostring(lua_State *L) {
  char text[JV_PERIOD_TEXT];
  jv_freq_format(*(const jv_freq *)luaL_checkudata(L, 1, FREQ), text);
  lua_pushstring(L, text);
  return 1;
}

static int freq_eq(lua_State *L) {
  const jv_freq *a = luaL_testudata(L, 1, FREQ), *b = luaL_testudata(L, 2, FREQ);
  lua_pushboolean(L, a && b && jv_freq_equal(*a, *b));
  return 1;
}

static const luaL_Reg freq_meta[] = {{"__index", freq_index},
                                     {"__tostring", freq_tostring},
                                     {"__eq", freq_eq},
                                     {"__concat", jvl_concat},
                                     {NULL, NULL}};

static const jvl_class freq_class = {
    FREQ, "A frequency with its anchor: `Q-DEC`, `A-JUN`, `W-SUN`.", NULL, freq_methods, freq_meta};

void jvl_open_period(lua_State *L) {
  jvl_class_register(L, &period_class);
  jvl_class_register(L, &freq_class);
  jvl_add(L, "jv", functions);
}
