/* Series objects: jv.series, fields, indexing, iteration, arithmetic, printing. The methods that
 * make other series stand in series_methods.c. */
#include "values.h"
#include <math.h>
#include <string.h>

enum { ROWS_SHOWN = 40 };

static void release_series(jv_ctx *cx, void *p) { jv_series_free(cx, p); }

/* The address of a box's pointer as that of a series. */
jv_series **jvl_new_series(lua_State *L) { return (jv_series **)jvl_box(L, &jvl_series_class); }

static int push_box(lua_State *L) {
  jv_series *s = lua_touserdata(L, 1);
  *jvl_new_series(L) = s;
  return 1;
}

void jvl_push_series(lua_State *L, jv_series *s) {
  if (jvl_protected(L, push_box, s)) return;
  jv_series_free(jvl_ctx(L), s);
  lua_error(L);
}

const jv_series *jvl_check_series(lua_State *L, int idx) {
  return jvl_unbox(L, idx, &jvl_series_class);
}

jv_series *jvl_test_series(lua_State *L, int idx) {
  return jvl_unbox_opt(L, idx, &jvl_series_class);
}

/* The number in slot i of the table at idx, or of nil and false missing. */
static double value_in(lua_State *L, int idx, lua_Integer i, const char *what) {
  jv_quantity q;
  int type = lua_rawgeti(L, idx, i);
  bool missing = type == LUA_TNIL || (type == LUA_TBOOLEAN && !lua_toboolean(L, -1));
  if (!missing && !jvl_to_quantity(L, -1, &q))
    jvl_misuse(L, "%s: value %lld is a %s, not a number", what, (long long)i, luaL_typename(L, -1));
  lua_pop(L, 1);
  return missing ? NAN : q.value;
}

/* The number of values: field n, or the length; a hole before the last value counts as missing. */
static size_t count_values(lua_State *L, int idx, const char *what) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  if (lua_getfield(L, idx, "n") == LUA_TNUMBER) {
    int whole;
    n = lua_tointegerx(L, -1, &whole);
    if (!whole || n < 0) jvl_misuse(L, "%s: n must be a whole number", what);
  }
  lua_pop(L, 1);
  return (size_t)n;
}

const double *jvl_check_values(lua_State *L, int idx, const char *what, size_t *n) {
  idx = lua_absindex(L, idx);
  const jv_series *s = jvl_test_series(L, idx);
  if (!s && !lua_istable(L, idx))
    jvl_misuse(L, "%s: a series or a table of numbers expected, got %s", what,
               luaL_typename(L, idx));
  *n = s ? s->n : count_values(L, idx, what);
  double *values = jvl_scratch(L, *n, sizeof *values);
  if (s && *n) memcpy(values, s->value, *n * sizeof *values);
  for (size_t i = 0; !s && i < *n; i++) values[i] = value_in(L, idx, (lua_Integer)i + 1, what);
  return values;
}

/* ---- jv.series ---- */

/* The start of the table at 1: a period or text under freq, 1 of the whole numbers when absent. */
static jv_period read_start(lua_State *L) {
  jv_period start = {1, {JV_FREQ_INDEX, 0}};
  jv_freq freq = start.freq;
  bool given = lua_getfield(L, 1, "freq") != LUA_TNIL;
  if (given) freq = jvl_check_freq(L, -1);
  if (lua_getfield(L, 1, "start") != LUA_TNIL)
    start = jvl_check_period(L, -1, given ? &freq : NULL);
  else if (given && freq.kind != JV_FREQ_INDEX)
    jvl_misuse(L, "series: a start is needed, as in start = \"2024Q1\"");
  lua_pop(L, 2);
  return start;
}

static void read_unit(lua_State *L, jv_series *s) {
  jv_flow flow;
  if (lua_getfield(L, 1, "unit") != LUA_TNIL) s->unit = jvl_check_unit(L, -1);
  lua_pop(L, 1);
  const char *text = jvl_field_text(L, 1, "flow");
  if (!text) return;
  jvl_check(L, jv_flow_parse(jvl_ctx(L), text, &flow));
  s->unit.flow = (uint8_t)flow;
}

static void read_texts(lua_State *L, jv_series *s) {
  jv_ctx *cx = jvl_ctx(L);
  jv_evidence evidence;
  const char *name = jvl_field_text(L, 1, "name"), *note = jvl_field_text(L, 1, "note");
  const char *status = jvl_field_text(L, 1, "status");
  if (name) jvl_check(L, jv_series_set_name(cx, s, name));
  if (note) jvl_check(L, jv_series_set_note(cx, s, note));
  if (!status) return;
  jvl_check(L, jv_evidence_parse(cx, status, &evidence));
  jvl_check(L, jv_series_mark(cx, s, evidence));
}

/* Quantities among the values bring their unit, evidence and lineage. */
static void set_quantities(lua_State *L, int idx, jv_series *s) {
  for (size_t i = 0; lua_istable(L, idx) && i < s->n; i++) {
    lua_rawgeti(L, idx, (lua_Integer)i + 1);
    const jv_quantity *q = jvl_test_quantity(L, -1);
    if (q && jv_series_set(jvl_ctx(L), s, i, q) != JV_OK) {
      jv_fail_in(jvl_ctx(L), "series: value %zu", i + 1);
      jvl_throw(L);
    }
    lua_pop(L, 1);
  }
}

static int l_series(lua_State *L) {
  static const char *const names[] = {"start", "freq", "values", "unit", "name",
                                      "note",  "flow", "status", NULL};
  size_t n;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  jvl_check_keys(L, 1, "series", names);
  jv_period start = read_start(L);
  lua_getfield(L, 1, "values");
  const double *values = jvl_check_values(L, 2, "series", &n);
  jv_series **s = jvl_new_series(L);
  jvl_check(L, jv_series_new(jvl_ctx(L), start, n, values, s));
  read_unit(L, *s);
  read_texts(L, *s);
  set_quantities(L, 2, *s);
  return 1;
}

static const jvl_function functions[] = {
    {"series", l_series,
     "jv.series{start=, freq=, values= [, unit=, name=, note=, flow=, status=]} -> series\n\n"
     "A time series: a start (`\"2024Q1\"`, a date, or a period), a frequency (`Q-DEC`; without it "
     "the "
     "start decides), values in a table (false, nil and `jv.missing` are missing; with nil at the "
     "end "
     "say `n`) or another series, a unit (`USD bn`), `flow` (`flow` or `stock`), a status of "
     "evidence "
     "for all values. Quantities among the values are brought to that unit (without one, the first "
     "gives it) and keep their evidence and lineage. Without start and freq it counts 1, 2, 3 "
     "….\n\n"
     "Errors: `parse`, `period` (beyond years 1-9999), `invalid` (unknown field, not a number)."},
    {NULL, NULL, NULL}};

/* ---- indexing ---- */

/* Does the text look like a period, rather than a name? Then one that fits none is an error. */
static bool looks_like_period(const char *text) { return strpbrk(text, "0123456789") != NULL; }

int64_t jvl_series_place(lua_State *L, const jv_series *s, int idx) {
  int64_t place;
  if (lua_type(L, idx) == LUA_TNUMBER) {
    int whole;
    lua_Integer i = lua_tointegerx(L, idx, &whole);
    if (!whole) jvl_misuse(L, "an index is a whole number, got %g", lua_tonumber(L, idx));
    if (i == 0) jvl_misuse(L, "index 0: the first value is s[1], the last s[-1]");
    if (i < 0) i += (lua_Integer)s->n + 1;
    return i >= 1 && (uint64_t)i <= s->n ? i - 1 : -1;
  }
  if (lua_type(L, idx) == LUA_TSTRING) {
    jvl_check(L, jv_series_find(jvl_ctx(L), s, lua_tostring(L, idx), &place));
    return place;
  }
  if (!jvl_test_period(L, idx))
    jvl_misuse(L, "a series is indexed by a number, a period or its text, got %s",
               luaL_typename(L, idx));
  jv_period period = jvl_check_period(L, idx, &s->start.freq);
  jvl_check(L, jv_series_index(jvl_ctx(L), s, period, &place));
  return place;
}

/* An empty quantity first, so that the lineage reference of the value is never lost. */
static int push_at(lua_State *L, const jv_series *s, int64_t i) {
  if (i < 0) {
    lua_pushnil(L);
    return 1;
  }
  jv_quantity q = {.value = s->value[i], .unit = s->unit, .has_period = true};
  q.period = jv_series_period(s, (size_t)i);
  if (s->mark) q.mark = s->mark[i]; /* borrowed: pushing retains */
  jvl_push_quantity(L, &q);
  return 1;
}

static bool push_field(lua_State *L, const jv_series *s, const char *key) {
  if (strcmp(key, "name") == 0)
    lua_pushstring(L, s->name);
  else if (strcmp(key, "note") == 0)
    lua_pushstring(L, s->note);
  else if (strcmp(key, "unit") == 0)
    jvl_push_unit(L, s->unit);
  else if (strcmp(key, "freq") == 0)
    jvl_push_freq(L, s->start.freq);
  else if (strcmp(key, "start") == 0)
    jvl_push_period(L, s->start);
  else if (strcmp(key, "stop") == 0 && s->n > 0)
    jvl_push_period(L, jv_series_period(s, s->n - 1));
  else
    return false;
  return true;
}

static int series_index(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) {
    const char *key = lua_tostring(L, 2);
    if (push_field(L, s, key) || jvl_method(L, &jvl_series_class, 2)) return 1;
    if (!looks_like_period(key)) return 1; /* the nil that jvl_method pushed */
  }
  return push_at(L, s, jvl_series_place(L, s, 2));
}

static int series_newindex(lua_State *L) {
  return jvl_misuse(L, "a series does not change: make another with jv.series, or by arithmetic");
}

static int series_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)jvl_check_series(L, 1)->n);
  return 1;
}

int jvl_series_first(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  return push_at(L, s, s->n > 0 ? 0 : -1);
}

int jvl_series_last(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  return push_at(L, s, (int64_t)s->n - 1);
}

int jvl_series_at(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  return push_at(L, s, jvl_series_place(L, s, 2));
}

int jvl_series_values(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  lua_createtable(L, s->n < 1 << 24 ? (int)s->n : 0, 0);
  for (size_t i = 0; i < s->n; i++) {
    lua_pushnumber(L, s->value[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

int jvl_series_periods(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  lua_createtable(L, s->n < 1 << 24 ? (int)s->n : 0, 0);
  for (size_t i = 0; i < s->n; i++) {
    jvl_push_period(L, jv_series_period(s, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* Generic-for iterator: the control variable is the last period. */
static int next_pair(lua_State *L) {
  const jv_series *s = jvl_check_series(L, 1);
  int64_t i = lua_isnil(L, 2) ? 0 : jvl_series_place(L, s, 2) + 1;
  if (i >= (int64_t)s->n) return 0;
  jvl_push_period(L, jv_series_period(s, (size_t)i));
  lua_pushnumber(L, s->value[i]);
  return 2;
}

int jvl_series_pairs(lua_State *L) {
  jvl_check_series(L, 1);
  lua_settop(L, 1);
  lua_pushcfunction(L, next_pair);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

static const jv_mark *mark_argument(lua_State *L, const char *what) {
  const jv_series *s = jvl_check_series(L, 1);
  int64_t i = jvl_series_place(L, s, 2);
  if (i < 0) jvl_misuse(L, "%s: %s lies outside the series", what, luaL_tolstring(L, 2, NULL));
  return s->mark ? &s->mark[i] : NULL;
}

int jvl_series_lineage(lua_State *L) {
  const jv_mark *mark = mark_argument(L, "lineage");
  jvl_push_lineage(L, mark ? mark->lineage : NULL);
  return 1;
}

int jvl_series_status(lua_State *L) {
  const jv_mark *mark = mark_argument(L, "status");
  jvl_push_evidence(L, mark ? mark->evidence : JV_EVIDENCE_NONE);
  return 1;
}

static int push_table(lua_State *L, const jv_series *s, size_t max_rows) {
  char *text;
  jvl_check(L, jv_series_format(jvl_ctx(L), s, max_rows, &text));
  jvl_push_text(L, text);
  return 1;
}

int jvl_series_text(lua_State *L) {
  lua_Integer rows = luaL_optinteger(L, 2, ROWS_SHOWN);
  if (rows < 1) return jvl_bad_argument(L, 2, "at least 1 row, got %lld", (long long)rows);
  return push_table(L, jvl_check_series(L, 1), (size_t)rows);
}

static int series_tostring(lua_State *L) {
  return push_table(L, jvl_check_series(L, 1), ROWS_SHOWN);
}

static const luaL_Reg meta[] = {
    {"__index", series_index},     {"__newindex", series_newindex}, {"__len", series_len},
    {"__pairs", jvl_series_pairs}, {"__tostring", series_tostring}, {"__add", jvl_meta_add},
    {"__sub", jvl_meta_sub},       {"__mul", jvl_meta_mul},         {"__div", jvl_meta_div},
    {"__pow", jvl_meta_pow},       {"__unm", jvl_meta_unm},         {NULL, NULL}};

const jvl_class jvl_series_class = {
    "jevons.series",
    "A time series: frequency with anchor, start, unit, name, values, and per value evidence and "
    "lineage.\n\n"
    "`s[1]` is the first value, `s[-1]` the last, `s[\"2024Q4\"]` that of a period; each is a "
    "quantity. "
    "Outside the series is nil, missing is NaN; index 0 is an error, and so is a text that fits no "
    "period of the series, or two. On a fiscal series (`Q-JUN`) a calendar text names the quarter "
    "with "
    "those days. `+ - * / ^` work by period over the periods that both sides have, check units, "
    "and "
    "carry evidence and lineage; with a number or a quantity they work on each value. A series "
    "never "
    "changes.",
    release_series, jvl_series_methods, meta};

void jvl_open_series(lua_State *L) {
  jvl_class_register(L, &jvl_series_class);
  jvl_register_description(L);
  jvl_add(L, "jv", functions);
  lua_pushnumber(L, NAN);
  lua_setfield(L, -2, "missing");
  jvl_document(L, "jv.missing", "jv.missing -> number\n\nNaN, the missing value.");
}
