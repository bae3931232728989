/* jv.fourier, jv.calendar: regressors made of time alone, for xreg and jv.stats.ols. */
#include "fits.h"
#include "numeric/fourier.h"
#include "series/holiday.h"
#include <string.h>

/* The periods asked for: n of them, the first `offset` periods after the start of y. */
typedef struct span {
  const jv_series *y; /* NULL: a table */
  size_t offset, n;
} span;

/* Of a series its periods and h more; of a table its own, or with h those after it alone. */
static span check_span(lua_State *L, int y_idx, int h_idx) {
  span s = {.y = jvl_test_series(L, y_idx)};
  size_t h = lua_isnoneornil(L, h_idx) ? 0 : jvl_check_count(L, h_idx, "h", 1);
  jvl_check_values(L, y_idx, "y", &s.n);
  lua_pop(L, 1);
  if (s.y)
    s.n += h;
  else if (h) {
    s.offset = s.n;
    s.n = h;
  }
  return s;
}

/* Appends a column to the list on top: a series where y is one. */
static void add_column(lua_State *L, const span *at, const char *name, const double *v) {
  jv_ctx *cx = jvl_ctx(L);
  if (at->y) {
    jv_series *s = NULL;
    void **box = jvl_box(L, &jvl_series_class);
    jvl_check(L, jv_series_new(cx, at->y->start, at->n, v, &s));
    *box = s;
    jvl_check(L, jv_series_set_name(cx, s, name));
    jvl_check(L, jv_series_mark(cx, s, JV_EVIDENCE_DERIVED));
  } else
    jvl_push_like(L, NULL, 0, v, at->n);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static size_t check_season(lua_State *L, int idx, const jv_series *y) {
  if (!lua_isnoneornil(L, idx)) return jvl_check_count(L, idx, "season", 2);
  size_t m = y ? jv_freq_season(y->start.freq) : 1;
  if (m < 2)
    jvl_misuse(L, "fourier: this series has no season: say which, as in jv.fourier(y, 2, nil, 12)");
  return m;
}

static int l_fourier(lua_State *L) {
  lua_settop(L, 4);
  size_t k = jvl_check_count(L, 2, "K", 1);
  span at = check_span(L, 1, 3);
  size_t m = check_season(L, 4, at.y);
  if (k > m / 2)
    return jvl_misuse(L, "fourier: K is at most half of the season %zu, got %zu", m, k);
  size_t columns = jv_fourier_columns(m, k);
  double *x = jvl_scratch(L, columns, (at.n + 1) * sizeof *x), *row = x + columns * at.n;
  for (size_t t = 0; t < at.n; t++) {
    jv_fourier_row(m, k, at.offset + t + 1, row);
    for (size_t j = 0; j < columns; j++) x[j * at.n + t] = row[j];
  }
  lua_createtable(L, (int)columns, 0);
  for (size_t j = 0; j < columns; j++) {
    char name[JV_FOURIER_NAME];
    jv_fourier_name(m, j, name);
    add_column(L, &at, name, x + j * at.n);
  }
  return 1;
}

/* The effect that the text at idx names. */
static jv_calendar_effect check_effect(lua_State *L, int idx) {
  const char *name = lua_type(L, idx) == LUA_TSTRING ? lua_tostring(L, idx) : "?";
  for (int i = 0; i < JV_CALENDAR_COUNT; i++)
    if (strcmp(name, jv_calendar_name((jv_calendar_effect)i)) == 0) return (jv_calendar_effect)i;
  jvl_misuse(L, "calendar: the effects are days, trading_days and easter, got '%s'", name);
  return JV_CALENDAR_COUNT;
}

static void add_effect(lua_State *L, const span *at, jv_calendar_effect effect, double *x) {
  for (size_t t = 0; t < at->n; t++) {
    jv_period p = {at->y->start.ordinal + (int64_t)t, at->y->start.freq};
    x[t] = jv_calendar_value(effect, p);
  }
  add_column(L, at, jv_calendar_name(effect), x);
}

static int l_calendar(lua_State *L) {
  lua_settop(L, 3);
  const jv_series *y = jvl_check_series(L, 1);
  if (y->start.freq.kind == JV_FREQ_INDEX || y->start.freq.kind == JV_FREQ_H)
    return jvl_misuse(L, "calendar: a series of dated periods is wanted, longer than an hour");
  span at = check_span(L, 1, 3);
  double *x = jvl_scratch(L, at.n, sizeof *x);
  lua_newtable(L);
  if (lua_isnil(L, 2))
    for (int i = 0; i < JV_CALENDAR_COUNT; i++) add_effect(L, &at, (jv_calendar_effect)i, x);
  else if (!lua_istable(L, 2))
    add_effect(L, &at, check_effect(L, 2), x);
  else
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 2); i++) {
      lua_rawgeti(L, 2, i);
      jv_calendar_effect effect = check_effect(L, -1);
      lua_pop(L, 1);
      add_effect(L, &at, effect, x);
    }
  return 1;
}

static const jvl_function functions[] = {
    {"fourier", l_fourier,
     "jv.fourier(y, K [, h [, season]]) -> list of series\n\nK pairs of Fourier terms of the "
     "season, "
     "named S1-12, C1-12, …: regressors (xreg) for a season that is long or that a model lacks. "
     "They "
     "cover the periods of y and h more, so that the same list serves fit and forecast; for a "
     "plain table y they are lists, with h those of the h steps after it. season: by default that "
     "of the frequency; call again for another and join the lists. K is at most half of it."},
    {"calendar", l_calendar,
     "jv.calendar(y [, effects [, h]]) -> list of series\n\nWhat the calendar does to each period "
     "of "
     "y and h more: \"days\" (its length), \"trading_days\" (Mondays to Fridays less 5/2 of the "
     "days "
     "of weekends), \"easter\" (the share of Good Friday to Easter Sunday in it). effects: one of "
     "these or a list; default all. Regressors for any model that takes xreg."},
    {NULL, NULL, NULL}};

void jvl_open_terms(lua_State *L) { jvl_add(L, "jv", functions); }
