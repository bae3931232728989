/* Methods of series that make other series or statistics, and the documentation of them all. */
#include "values.h"
#include <math.h>
#include <string.h>

static const jv_series *self(lua_State *L) { return jvl_check_series(L, 1); }

/* A count of at least `least` in argument idx. */
static size_t check_count(lua_State *L, int idx, lua_Integer deflt, lua_Integer least) {
  lua_Integer k = luaL_optinteger(L, idx, deflt);
  if (k < least)
    jvl_bad_argument(L, idx, "at least %lld expected, got %lld", (long long)least, (long long)k);
  return (size_t)k;
}

/* The season of the series, the default of several lags. */
static lua_Integer season(const jv_series *s) { return (lua_Integer)jv_freq_season(s->start.freq); }

static int l_lag(lua_State *L) {
  const jv_series *s = self(L);
  lua_Integer k = luaL_optinteger(L, 2, 1);
  jvl_check(L, jv_series_lag(jvl_ctx(L), s, k, jvl_new_series(L)));
  return 1;
}

static int l_diff(lua_State *L) {
  const jv_series *s = self(L);
  size_t lag = check_count(L, 2, 1, 1), times = check_count(L, 3, 1, 0);
  jvl_check(L, jv_series_diff(jvl_ctx(L), s, lag, times, jvl_new_series(L)));
  return 1;
}

static int l_pct_change(lua_State *L) {
  const jv_series *s = self(L);
  size_t lag = check_count(L, 2, 1, 1);
  jvl_check(L, jv_series_pct_change(jvl_ctx(L), s, lag, jvl_new_series(L)));
  return 1;
}

static int l_growth(lua_State *L) {
  const jv_series *s = self(L);
  size_t lag = check_count(L, 2, season(s), 1);
  jvl_check(L, jv_series_pct_change(jvl_ctx(L), s, lag, jvl_new_series(L)));
  return 1;
}

/* Methods that take nothing and make a series. */
#define PLAIN(name)                                                                                \
  static int l_##name(lua_State *L) {                                                              \
    const jv_series *s = self(L);                                                                  \
    jvl_check(L, jv_series_##name(jvl_ctx(L), s, jvl_new_series(L)));                              \
    return 1;                                                                                      \
  }
PLAIN(cumulative)
PLAIN(ttm)
PLAIN(run_rate)
PLAIN(log)
PLAIN(exp)

static jv_stat check_stat(lua_State *L, int idx, const char *deflt) {
  jv_stat stat;
  jvl_check(L, jv_stat_parse(jvl_ctx(L), luaL_optstring(L, idx, deflt), &stat));
  return stat;
}

static int l_rolling(lua_State *L) {
  const jv_series *s = self(L);
  luaL_checkinteger(L, 2);
  size_t k = check_count(L, 2, 0, 1);
  jv_stat stat = check_stat(L, 3, "mean");
  jvl_check(L, jv_series_rolling(jvl_ctx(L), s, k, stat, jvl_new_series(L)));
  return 1;
}

static int l_aggregate(lua_State *L) {
  static const char *const names[] = {"partial", NULL};
  const jv_series *s = self(L);
  jv_freq freq = jvl_check_freq(L, 2);
  const char *deflt = s->unit.flow == JV_FLOW ? "sum" : s->unit.flow == JV_STOCK ? "last" : NULL;
  if (!deflt && lua_isnoneornil(L, 3))
    return jvl_bad_argument(L, 3,
                            "sum, mean, median, min, max, sd, first or last? the unit does not say "
                            "whether this is a flow or a stock");
  jv_stat stat = check_stat(L, 3, deflt);
  bool partial = false;
  if (!lua_isnoneornil(L, 4)) {
    luaL_checktype(L, 4, LUA_TTABLE);
    jvl_check_keys(L, 4, "aggregate", names);
    lua_getfield(L, 4, "partial");
    partial = lua_toboolean(L, -1);
  }
  jvl_check(L, jv_series_aggregate(jvl_ctx(L), s, freq, stat, partial, jvl_new_series(L)));
  return 1;
}

static int l_to_calendar(lua_State *L) {
  const jv_series *s = self(L);
  jv_freq freq = {s->start.freq.kind, 12};
  if (!lua_isnoneornil(L, 2)) freq = jvl_check_freq(L, 2);
  jvl_check(L, jv_series_to_calendar(jvl_ctx(L), s, freq, jvl_new_series(L)));
  return 1;
}

static int l_interpolate(lua_State *L) {
  const jv_series *s = self(L);
  jv_interp method;
  jvl_check(L, jv_interp_parse(jvl_ctx(L), luaL_optstring(L, 2, "linear"), &method));
  jvl_check(L, jv_series_interpolate(jvl_ctx(L), s, method, jvl_new_series(L)));
  return 1;
}

static int l_boxcox(lua_State *L) {
  const jv_series *s = self(L);
  double lambda = luaL_checknumber(L, 2);
  jvl_check(L, jv_series_boxcox(jvl_ctx(L), s, lambda, jvl_new_series(L)));
  return 1;
}

static int l_boxcox_inverse(lua_State *L) {
  const jv_series *s = self(L);
  double lambda = luaL_checknumber(L, 2);
  jvl_check(L, jv_series_boxcox_inverse(jvl_ctx(L), s, lambda, jvl_new_series(L)));
  return 1;
}

/* One end of a window: a period (which may lie outside the series), or an index; nil is `open`. */
static int64_t window_end(lua_State *L, const jv_series *s, int idx, int64_t open) {
  int64_t at;
  if (lua_isnoneornil(L, idx)) return open;
  if (lua_type(L, idx) == LUA_TNUMBER) {
    lua_Integer i = luaL_checkinteger(L, idx);
    if (i == 0) jvl_misuse(L, "index 0: the first value is 1, the last -1");
    return i > 0 ? i - 1 : i + (int64_t)s->n;
  }
  jv_period period = jvl_check_period(L, idx, &s->start.freq);
  jvl_check(L, jv_period_diff(jvl_ctx(L), period, s->start, &at));
  return at;
}

static int l_window(lua_State *L) {
  const jv_series *s = self(L);
  int64_t from = window_end(L, s, 2, 0), to = window_end(L, s, 3, (int64_t)s->n - 1);
  jvl_check(L, jv_series_window(jvl_ctx(L), s, from, to, jvl_new_series(L)));
  return 1;
}

static int l_head(lua_State *L) {
  const jv_series *s = self(L);
  int64_t n = (int64_t)check_count(L, 2, 8, 0);
  jvl_check(L, jv_series_window(jvl_ctx(L), s, 0, n - 1, jvl_new_series(L)));
  return 1;
}

static int l_tail(lua_State *L) {
  const jv_series *s = self(L);
  int64_t n = (int64_t)check_count(L, 2, 8, 0), from = (int64_t)s->n - n;
  jvl_check(L, jv_series_window(jvl_ctx(L), s, from, (int64_t)s->n - 1, jvl_new_series(L)));
  return 1;
}

static int l_align(lua_State *L) {
  static const char *const kinds[] = {"intersection", "union", NULL};
  const jv_series *a = self(L), *b = jvl_check_series(L, 2);
  bool join = luaL_checkoption(L, 3, "intersection", kinds) == 1;
  jv_series **left = jvl_new_series(L), **right = jvl_new_series(L);
  jvl_check(L, jv_series_align(jvl_ctx(L), a, b, join, left, right));
  return 2;
}

static int l_combine_first(lua_State *L) {
  const jv_series *a = self(L), *b = jvl_check_series(L, 2);
  jvl_check(L, jv_series_combine_first(jvl_ctx(L), a, b, jvl_new_series(L)));
  return 1;
}

static int l_convert(lua_State *L) {
  const jv_series *s = self(L);
  jv_unit unit = jvl_check_unit(L, 2);
  jvl_check(L, jv_series_convert(jvl_ctx(L), s, unit, jvl_new_series(L)));
  return 1;
}

/* A copy of the series, pushed, to be changed before anyone sees it. */
static jv_series *push_copy(lua_State *L) {
  const jv_series *s = self(L);
  jv_series **copy = jvl_new_series(L);
  jvl_check(L, jv_series_copy(jvl_ctx(L), s, copy));
  return *copy;
}

static int l_with_unit(lua_State *L) {
  jv_unit unit = jvl_check_unit(L, 2);
  jv_flow flow;
  if (!lua_isnoneornil(L, 3)) {
    jvl_check(L, jv_flow_parse(jvl_ctx(L), luaL_checkstring(L, 3), &flow));
    unit.flow = (uint8_t)flow;
  }
  push_copy(L)->unit = unit;
  return 1;
}

static int l_rename(lua_State *L) {
  const char *name = luaL_checkstring(L, 2);
  jvl_check(L, jv_series_set_name(jvl_ctx(L), push_copy(L), name));
  return 1;
}

static int l_with_note(lua_State *L) {
  const char *note = luaL_checkstring(L, 2);
  jvl_check(L, jv_series_set_note(jvl_ctx(L), push_copy(L), note));
  return 1;
}

/* ---- statistics ---- */

static int push_summary(lua_State *L, jv_stat stat) {
  const jv_series *s = self(L);
  jv_quantity empty;
  memset(&empty, 0, sizeof empty);
  jvl_push_quantity(L, &empty);
  jvl_check(L, jv_series_summary(jvl_ctx(L), s, stat, lua_touserdata(L, -1)));
  return 1;
}

static int l_sum(lua_State *L) { return push_summary(L, JV_STAT_SUM); }
static int l_mean(lua_State *L) { return push_summary(L, JV_STAT_MEAN); }
static int l_median(lua_State *L) { return push_summary(L, JV_STAT_MEDIAN); }
static int l_min(lua_State *L) { return push_summary(L, JV_STAT_MIN); }
static int l_max(lua_State *L) { return push_summary(L, JV_STAT_MAX); }
static int l_sd(lua_State *L) { return push_summary(L, JV_STAT_SD); }

static int l_quantile(lua_State *L) {
  const jv_series *s = self(L);
  jv_quantity q = {.unit = s->unit};
  jvl_check(L, jv_series_quantile(jvl_ctx(L), s, luaL_checknumber(L, 2), &q.value));
  jvl_push_quantity(L, &q);
  return 1;
}

#define DESCRIPTION "jevons.description"

/* Rows of a description in the order of printing; shape numbers have no unit. */
static const struct {
  const char *name;
  size_t offset;
  bool has_unit;
} description_rows[] = {{"mean", offsetof(jv_description, mean), true},
                        {"sd", offsetof(jv_description, sd), true},
                        {"min", offsetof(jv_description, min), true},
                        {"q25", offsetof(jv_description, q25), true},
                        {"median", offsetof(jv_description, median), true},
                        {"q75", offsetof(jv_description, q75), true},
                        {"max", offsetof(jv_description, max), true},
                        {"skewness", offsetof(jv_description, skewness), false},
                        {"kurtosis", offsetof(jv_description, kurtosis), false},
                        {"acf1", offsetof(jv_description, acf1), false}};
enum { DESCRIPTION_ROWS = sizeof description_rows / sizeof *description_rows };

static int l_describe(lua_State *L) {
  const jv_series *s = self(L);
  jv_description d;
  jvl_check(L, jv_series_describe(jvl_ctx(L), s, &d));
  lua_createtable(L, 0, DESCRIPTION_ROWS + 3);
  lua_pushinteger(L, (lua_Integer)d.n);
  lua_setfield(L, -2, "n");
  lua_pushinteger(L, (lua_Integer)d.missing);
  lua_setfield(L, -2, "missing");
  jvl_push_unit(L, s->unit);
  lua_setfield(L, -2, "unit");
  for (int i = 0; i < DESCRIPTION_ROWS; i++) {
    double value;
    memcpy(&value, (const char *)&d + description_rows[i].offset, sizeof value);
    lua_pushnumber(L, value);
    lua_setfield(L, -2, description_rows[i].name);
  }
  luaL_setmetatable(L, DESCRIPTION);
  return 1;
}

static int description_tostring(lua_State *L) {
  luaL_Buffer b;
  jv_quantity q;
  char text[128], line[192];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "unit");
  const jv_unit *unit = jvl_test_unit(L, -1);
  lua_getfield(L, 1, "n");
  lua_getfield(L, 1, "missing");
  snprintf(line, sizeof line, "n         %lld, %lld missing", (long long)lua_tointeger(L, -2),
           (long long)lua_tointeger(L, -1));
  luaL_buffinit(L, &b);
  luaL_addstring(&b, line);
  for (int i = 0; i < DESCRIPTION_ROWS; i++) {
    memset(&q, 0, sizeof q);
    lua_getfield(L, 1, description_rows[i].name);
    q.value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (unit && description_rows[i].has_unit) q.unit = *unit;
    jv_quantity_format(&q, text, sizeof text);
    snprintf(line, sizeof line, "\n%-8s  %s", description_rows[i].name, text);
    luaL_addstring(&b, line);
  }
  luaL_pushresult(&b);
  return 1;
}

void jvl_register_description(lua_State *L) {
  luaL_newmetatable(L, DESCRIPTION);
  lua_pushcfunction(L, description_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
}

/* ---- the methods ---- */

const jvl_function jvl_series_methods[] = {
    {"first", jvl_series_first, "series:first() -> quantity\n\nThe first value; nil when empty."},
    {"last", jvl_series_last, "series:last() -> quantity\n\nThe last value; nil when empty."},
    {"at", jvl_series_at,
     "series:at(index | period) -> quantity or nil\n\nThe same as s[index]: 1 is the first value, "
     "-1 the "
     "last; a period or its text names one. Nil outside.\n\nErrors: `invalid` (index 0, a "
     "fraction), "
     "`parse` and `period` (a text that fits no period of the series, or two)."},
    {"values", jvl_series_values,
     "series:values() -> table of numbers\n\nPlain doubles in the unit of the series; missing is "
     "NaN."},
    {"periods", jvl_series_periods,
     "series:periods() -> list of periods\n\nThe period of each value."},
    {"pairs", jvl_series_pairs,
     "series:pairs() -> iterator\n\n`for period, value in s:pairs() do`: value is the plain "
     "number; "
     "`s[period]` has its unit and evidence."},
    {"lineage", jvl_series_lineage,
     "series:lineage(index | period) -> lineage or nil\n\nWhere a value came from, down to the "
     "filed "
     "facts; `print` shows the tree. Nil when not tracked.\n\nErrors: as series:at; outside the "
     "series "
     "`invalid`."},
    {"status", jvl_series_status,
     "series:status(index | period) -> text or nil\n\nEvidence of a value: reported, derived, "
     "estimated, "
     "scenario or unresolved; nil when not tracked.\n\nErrors: as series:lineage."},
    {"text", jvl_series_text,
     "series:text([rows]) -> text\n\nThe table that `print` shows, with at most so many rows "
     "(40)."},
    {"lag", l_lag,
     "series:lag([k]) -> series\n\nThe value at t is that of the series at t - k (1 unless said): "
     "the same "
     "values k periods later. `s - s:lag(4)` is the change over a year of quarters."},
    {"diff", l_diff,
     "series:diff([lag [, times]]) -> series\n\nDifferences y[t] - y[t-lag], so many times (1, 1). "
     "The "
     "result starts lag * times periods later. The difference of a stock is a flow."},
    {"pct_change", l_pct_change,
     "series:pct_change([lag]) -> series\n\ny[t] / y[t-lag] - 1, a fraction that prints as %; lag "
     "1 unless "
     "said. Missing where the base is zero or negative. Starts lag periods later."},
    {"growth", l_growth,
     "series:growth([lag]) -> series\n\nAs pct_change, over a year unless said: lag 4 for "
     "quarters, 12 for "
     "months, 1 for years."},
    {"cumulative", l_cumulative,
     "series:cumulative() -> series\n\nThe running total; missing from the first missing value on. "
     "Of a "
     "flow it is a stock."},
    {"rolling", l_rolling,
     "series:rolling(k [, stat]) -> series\n\nA statistic of the last k values: mean unless said, "
     "sum, median, "
     "min, max, sd, first, last. Missing while fewer than k are there or one of them is missing."},
    {"ttm", l_ttm,
     "series:ttm() -> series\n\nTrailing twelve months: the sum of the last 4 quarters, 12 months "
     "or 52 "
     "weeks, from the first full year on.\n\nErrors: `unit` for a stock or a ratio; `period` for "
     "days, hours "
     "and whole numbers."},
    {"run_rate", l_run_rate,
     "series:run_rate() -> series\n\nEach period at its annual rate: quarters times 4, months "
     "times 12. Weeks, "
     "days, and periods whose filed dates differ by more than 4 days from the calendar's (quarters "
     "of 12, 14 "
     "or 16 weeks) by days: times the days of the year that ends with the period, over the "
     "period's."
     "\n\nErrors: as series:ttm."},
    {"aggregate", l_aggregate,
     "series:aggregate(freq [, stat [, {partial=true}]]) -> series\n\nTo a coarser frequency: "
     "months to "
     "quarters, quarters to years `A` (fiscal: `A-JUN`), days to weeks. stat: sum, mean, median, "
     "min, max, sd, "
     "first, last; without it a flow is summed and a stock's last taken. A period whose parts are "
     "not all "
     "there is missing, unless partial.\n\nErrors: `period` (not made up of whole periods), `unit` "
     "(the sum "
     "of a stock)."},
    {"to_calendar", l_to_calendar,
     "series:to_calendar([freq]) -> series\n\nFiscal quarters (or years) on calendar ones, `Q-DEC` "
     "unless "
     "said. Where first and last day lie within 7 days of a fiscal quarter's, it is that quarter "
     "with its "
     "evidence. Otherwise a flow is blended from the quarters that overlap, each by its share of "
     "days, and "
     "marked `estimated`.\n\nErrors: `unsupported` (a stock whose dates do not coincide), "
     "`period`."},
    {"interpolate", l_interpolate,
     "series:interpolate([\"linear\" | \"previous\" | \"spline\"]) -> series\n\nFills gaps between "
     "observed "
     "values and marks them `estimated`; missing values at the ends stay. The spline is the "
     "natural cubic "
     "one."},
    {"log", l_log,
     "series:log() -> series\n\nNatural logarithm, without unit.\n\nErrors: `data` names the first "
     "value that "
     "is not positive."},
    {"exp", l_exp, "series:exp() -> series\n\ne to each value, without unit: the inverse of log."},
    {"boxcox", l_boxcox,
     "series:boxcox(lambda) -> series\n\nBox-Cox transformation (sign(y)|y|^lambda - 1) / lambda, "
     "log for 0, "
     "without unit (Bickel & Doksum 1981).\n\nErrors: `data` names the first value <= 0 where "
     "lambda <= 0."},
    {"boxcox_inverse", l_boxcox_inverse,
     "series:boxcox_inverse(lambda) -> series\n\nUndoes boxcox; set the unit again with with_unit."
     "\n\nErrors: `data` names the first value that no y maps to."},
    {"window", l_window,
     "series:window([from [, to]]) -> series\n\nThe values from one period (or index) to another, "
     "both "
     "included; nil leaves an end open."},
    {"head", l_head, "series:head([n]) -> series\n\nThe first n values (8)."},
    {"tail", l_tail, "series:tail([n]) -> series\n\nThe last n values (8)."},
    {"align", l_align,
     "series:align(other [, \"intersection\" | \"union\"]) -> series, series\n\nBoth on the same "
     "periods: those "
     "that both have, or all, with missing values where one has none.\n\nErrors: `period` "
     "(different "
     "frequencies)."},
    {"combine_first", l_combine_first,
     "series:combine_first(other) -> series\n\nIts own values, and where it has none (missing, or "
     "outside it) "
     "those of the other, in its unit, each with its own evidence: history with a forecast behind "
     "it, filed "
     "figures with reported ones in the gaps. The note says how many were taken.\n\nErrors: "
     "`period` "
     "(different frequencies), `unit`."},
    {"convert", l_convert,
     "series:convert(unit) -> series\n\nThe same figures in another scale of their unit: "
     "`capex:convert(\"USD bn\")`.\n\nErrors: `unit` names both units and what is missing, such as "
     "an exchange "
     "rate."},
    {"with_unit", l_with_unit,
     "series:with_unit(unit [, \"flow\" | \"stock\"]) -> series\n\nThe same numbers said to be in "
     "this unit; "
     "nothing is converted."},
    {"rename", l_rename, "series:rename(name) -> series\n\nThe same series under another name."},
    {"with_note", l_with_note,
     "series:with_note(text) -> series\n\nThe same series with another note: definition, boundary, "
     "splices."},
    {"describe", l_describe,
     "series:describe() -> table\n\nn, missing, and of the observed values mean, sd (n - 1), min, "
     "q25, median, "
     "q75, max (quantiles of type 7), skewness, excess kurtosis, acf1, as plain numbers; unit. It "
     "prints as a "
     "table."},
    {"sum", l_sum, "series:sum() -> quantity\n\nThe total; missing when a value is missing."},
    {"mean", l_mean, "series:mean() -> quantity\n\nMean of the observed values."},
    {"median", l_median, "series:median() -> quantity\n\nMedian of the observed values."},
    {"min", l_min, "series:min() -> quantity\n\nThe smallest observed value."},
    {"max", l_max, "series:max() -> quantity\n\nThe largest observed value."},
    {"sd", l_sd, "series:sd() -> quantity\n\nStandard deviation (n - 1) of the observed values."},
    {"quantile", l_quantile,
     "series:quantile(p) -> quantity\n\nQuantile of type 7 of the observed values, 0 <= p <= 1."},
    {"name", NULL, "series.name -> text\n\nIts name; empty when it has none."},
    {"note", NULL, "series.note -> text\n\nDefinition, boundary, splices: a line each."},
    {"unit", NULL, "series.unit -> unit\n\nThe unit of its values."},
    {"freq", NULL, "series.freq -> freq\n\nIts frequency."},
    {"start", NULL, "series.start -> period\n\nThe period of the first value."},
    {"stop", NULL, "series.stop -> period or nil\n\nThe period of the last value; nil when empty."},
    {NULL, NULL, NULL}};
