/* jv.edgar: companies out of companyfacts files. scripts/edgar.lua finds the files of a folder;
 * here a text becomes a company, and a company answers with series. */
#include "capex/company.h"
#include "capex/guidance.h"
#include "modules.h"
#include "values.h"
#include <stdio.h>
#include <string.h>

static void release_company(jv_ctx *cx, void *p) { jv_company_free(cx, p); }

static const jvl_class company_class;

static const jv_company *check_company(lua_State *L) { return jvl_unbox(L, 1, &company_class); }

/* ---- the date of jv.as_of ---- */

static const char horizon_key = 0; /* its address is the registry key */

/* The day beyond which nothing may be seen just now; INT64_MAX: none. */
static int64_t horizon(lua_State *L) {
  int64_t day = INT64_MAX;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &horizon_key) == LUA_TNUMBER)
    day = (int64_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return day;
}

static void set_horizon(lua_State *L, int64_t day) {
  lua_pushinteger(L, (lua_Integer)day);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &horizon_key);
}

/* The company as it may be seen just now. */
static jv_company seen_company(lua_State *L) {
  jv_company seen = *check_company(L);
  int64_t day = horizon(L);
  if (day < seen.as_of) seen.as_of = day;
  return seen;
}

/* A box with a NULL pointer that core fills. */
static jv_company **new_company(lua_State *L) { return (jv_company **)jvl_box(L, &company_class); }

/* ---- reading ---- */

/* The facts between reading and their first company; freed by the collector when that fails. */
static void release_facts(jv_ctx *cx, void *p) { jv_facts_free(cx, p); }
static const jvl_class facts_class = {"jevons.facts", "Facts of one filer, internal.",
                                      release_facts, NULL, NULL};

static int l_read(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  const char *ticker = luaL_optstring(L, 2, NULL), *where = luaL_optstring(L, 3, NULL);
  jv_ctx *cx = jvl_ctx(L);
  lua_settop(L, 3);
  jv_facts **facts = (jv_facts **)jvl_box(L, &facts_class);
  jv_company **company = new_company(L);
  jv_status status = jv_facts_read(cx, text, len, ticker, facts);
  if (status != JV_OK && where) jv_fail_in(cx, "%s", where);
  jvl_check(L, status);
  jvl_check(L, jv_company_new(cx, *facts, INT64_MAX, company));
  return 1;
}

static int l_add(lua_State *L) {
  const jv_company *company = check_company(L);
  size_t len, added = 0;
  const char *text = luaL_checklstring(L, 2, &len), *where = luaL_optstring(L, 3, NULL);
  jv_ctx *cx = jvl_ctx(L);
  jv_status status = jv_facts_add_csv(cx, company->facts, text, len, &added);
  if (status != JV_OK && where) jv_fail_in(cx, "%s", where);
  jvl_check(L, status);
  lua_pushinteger(L, (lua_Integer)added);
  return 1;
}

/* A block that core allocates and a table is made of; freed by the collector whatever happens. */
static void release_block(jv_ctx *cx, void *p) { jv_free(cx, p); }
static const jvl_class block_class = {"jevons.block", "Memory of the core, internal.",
                                      release_block, NULL, NULL};

/* ---- dates and options ---- */

static int64_t check_day(lua_State *L, int idx) {
  int64_t day;
  jvl_check(L, jv_partial_date(jvl_ctx(L), luaL_checkstring(L, idx), &day));
  if (day == JV_NO_DAY) jvl_misuse(L, "a date is wanted, such as 2025-02-07");
  return day;
}

static void push_day(lua_State *L, int64_t day) {
  char text[JV_PERIOD_TEXT];
  if (day == JV_NO_DAY || day == INT64_MAX) {
    lua_pushnil(L);
    return;
  }
  jv_date_format(day, text);
  lua_pushstring(L, text);
}

/* jv.as_of(date, fn, …): the former date comes back however the function ends. */
static int l_horizon(lua_State *L) {
  int64_t before = horizon(L);
  if (lua_isnone(L, 1)) {
    push_day(L, before);
    return 1;
  }
  int64_t day = check_day(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  if (day > before) return jvl_misuse(L, "jv.as_of: an earlier date holds here already");
  set_horizon(L, day);
  int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
  set_horizon(L, before);
  if (status != LUA_OK) return lua_error(L);
  return lua_gettop(L) - 1;
}

static int l_as_of(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  int64_t day = check_day(L, 2);
  if (day > company->as_of) return jvl_misuse(L, "as_of: an earlier date holds here already");
  jv_company **view = new_company(L);
  jvl_check(L, jv_company_new(jvl_ctx(L), company->facts, day, view));
  return 1;
}

typedef struct view_opt {
  int boundary, view;
  char as_of[JV_OPT_TEXT_SIZE], segment[JV_OPT_TEXT_SIZE];
} view_opt;

#define PLACE(field) offsetof(view_opt, field)
static const jv_option view_rows[] = {
    {"boundary", JV_OPT_CHOICE, PLACE(boundary), JV_BOUNDARY_CASH, 0, 0,
     "what a figure of capex counts",
     "cash|cash_net|cash_plus_lease_principal|incl_lease_additions|accrued"},
    {"view", JV_OPT_CHOICE, PLACE(view), 0, 0, 0, "the latest figures, or as first reported",
     "latest|first"},
    {"as_of", JV_OPT_TEXT, PLACE(as_of), NAN, 0, 0, "facts filed on or before this date", NULL},
    {"segment", JV_OPT_TEXT, PLACE(segment), NAN, 0, 0, "a segment by name, as segments() has it",
     NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};

/* opt must outlive the view. */
static jv_view read_view(lua_State *L, int idx, const char *what, view_opt *opt) {
  jv_view view = {.as_of = INT64_MAX};
  jvl_options(L, idx, what, view_rows, opt, NULL);
  view.boundary = (uint8_t)opt->boundary;
  view.first = opt->view == 1;
  view.segment = opt->segment;
  if (*opt->as_of) jvl_check(L, jv_partial_date(jvl_ctx(L), opt->as_of, &view.as_of));
  return view;
}

/* ---- series ---- */

typedef jv_status (*ask_fn)(jv_ctx *cx, const jv_company *company, const char *concept,
                            const jv_view *view, jv_series **out);

static int push_answer(lua_State *L, ask_fn ask, const char *what) {
  const jv_company seen = seen_company(L), *company = &seen;
  const char *concept = luaL_checkstring(L, 2);
  view_opt opt;
  lua_settop(L, 3);
  jv_view view = read_view(L, 3, what, &opt);
  jv_series **s = jvl_new_series(L);
  jvl_check(L, ask(jvl_ctx(L), company, concept, &view, s));
  return 1;
}

static int l_quarterly(lua_State *L) { return push_answer(L, jv_company_quarterly, "quarterly"); }
static int l_annual(lua_State *L) { return push_answer(L, jv_company_annual, "annual"); }

static int l_ttm(lua_State *L) {
  jv_series *quarterly;
  push_answer(L, jv_company_quarterly, "ttm");
  quarterly = jvl_test_series(L, -1);
  jv_series **s = jvl_new_series(L);
  jvl_check(L, jv_series_rolling(jvl_ctx(L), quarterly, 4, JV_STAT_SUM, s));
  return 1;
}

/* ---- facts ---- */

static void set_text(lua_State *L, const char *key, const char *text) {
  if (!*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_day(lua_State *L, const char *key, int64_t day) {
  push_day(L, day);
  lua_setfield(L, -2, key);
}

static void push_fact(lua_State *L, const jv_fact *f) {
  lua_createtable(L, 0, 14);
  set_text(L, "taxonomy", f->taxonomy);
  set_text(L, "tag", f->tag);
  set_text(L, "unit", f->unit);
  set_text(L, "segment", f->segment);
  set_text(L, "dimensions", f->dimensions);
  set_text(L, "accession", f->accession);
  set_text(L, "form", f->form);
  set_text(L, "fp", f->fp);
  set_day(L, "start", f->start);
  set_day(L, "end", f->end);
  set_day(L, "filed", f->filed);
  lua_pushnumber(L, f->value);
  lua_setfield(L, -2, "value");
  if (f->fy) {
    lua_pushinteger(L, f->fy);
    lua_setfield(L, -2, "fy");
  }
  if (f->suspect) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "suspect");
  }
}

/* The tags of a concept, or the one tag of this name. */
static jv_concept concept_or_tag(lua_State *L, const char *name) {
  const jv_concept *known;
  if (jv_concept_find(jvl_ctx(L), name, &known) == JV_OK) return *known;
  return (jv_concept){.name = name, .tags = {name}};
}

static int l_facts(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  const char *name = luaL_checkstring(L, 2), *segment = luaL_optstring(L, 3, "");
  jv_concept concept = concept_or_tag(L, name);
  lua_Integer n = 0;
  if (*segment && concept.segment_tag) concept.tags[0] = concept.segment_tag;
  lua_newtable(L);
  for (size_t t = 0; t < JV_CONCEPT_TAGS && concept.tags[t]; t++) {
    size_t next = 0;
    jv_fact_range range;
    while (jv_facts_find(company->facts, NULL, concept.tags[t], segment, &next, &range))
      for (size_t i = range.first; i < range.first + range.n; i++) {
        if (company->facts->fact[i].filed > company->as_of) continue;
        push_fact(L, &company->facts->fact[i]);
        lua_rawseti(L, -2, ++n);
      }
  }
  return 1;
}

static int l_tags(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  const jv_facts *facts = company->facts;
  lua_newtable(L);
  lua_newtable(L);
  lua_Integer n = 0;
  for (size_t i = 0; i < facts->n; i++) {
    if (i && facts->fact[i].tag == facts->fact[i - 1].tag) continue;
    if (lua_getfield(L, 3, facts->fact[i].tag) == LUA_TNIL) {
      lua_pushboolean(L, 1);
      lua_setfield(L, 3, facts->fact[i].tag);
      lua_pushstring(L, facts->fact[i].tag);
      lua_rawseti(L, 2, ++n);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, 2);
  return 1;
}

static bool has_concept(const jv_company *company, const jv_concept *concept) {
  for (size_t t = 0; t < JV_CONCEPT_TAGS && concept->tags[t]; t++) {
    size_t next = 0;
    jv_fact_range range;
    if (jv_facts_find(company->facts, NULL, concept->tags[t], "", &next, &range)) return true;
  }
  return false;
}

static int l_concepts(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  lua_Integer n = 0;
  lua_newtable(L);
  for (const jv_concept *c = jv_concepts(); c->name; c++) {
    if (!has_concept(company, c)) continue;
    lua_pushstring(L, c->name);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static int l_segments(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  const char *concept = luaL_checkstring(L, 2), ***name;
  size_t n = 0;
  name = (const char ***)jvl_box(L, &block_class);
  jvl_check(L, jv_company_segments(jvl_ctx(L), company, concept, name, &n));
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, (*name)[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- vintages ---- */

static void push_pair(lua_State *L, const jv_fact *a, const jv_fact *b, const char *first,
                      const char *second, double difference) {
  lua_createtable(L, 0, 5);
  set_day(L, "start", a->start);
  set_day(L, "end", a->end);
  push_fact(L, a);
  lua_setfield(L, -2, first);
  push_fact(L, b);
  lua_setfield(L, -2, second);
  lua_pushnumber(L, difference);
  lua_setfield(L, -2, "difference");
}

static int l_splices(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  jv_concept concept = concept_or_tag(L, luaL_checkstring(L, 2));
  jv_view view = {.as_of = company->as_of};
  jv_splice **list = (jv_splice **)jvl_box(L, &block_class);
  size_t n = 0;
  jvl_check(L, jv_splices(jvl_ctx(L), company->facts, &concept, &view, list, &n));
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_pair(L, (*list)[i].a, (*list)[i].b, "a", "b", (*list)[i].difference);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_restatements(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  jv_concept concept = concept_or_tag(L, luaL_checkstring(L, 2));
  jv_view view = {.as_of = company->as_of};
  jv_restatement **list = (jv_restatement **)jvl_box(L, &block_class);
  size_t n = 0;
  jvl_check(L, jv_restatements(jvl_ctx(L), company->facts, &concept, &view, list, &n));
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_pair(L, (*list)[i].before, (*list)[i].after, "before", "after", (*list)[i].difference);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ---- the calendar ---- */

/* A fiscal calendar on its way into a table; freed by the collector when that fails. */
static void release_fiscal(jv_ctx *cx, void *p) {
  jv_fiscal_clear(cx, p);
  jv_free(cx, p);
}
static const jvl_class fiscal_class = {"jevons.fiscal", "A fiscal calendar, internal.",
                                       release_fiscal, NULL, NULL};

/* NULL when the facts show no fiscal year. */
static const jv_fiscal *push_fiscal(lua_State *L, const jv_company *company) {
  jv_ctx *cx = jvl_ctx(L);
  jv_fiscal **box = (jv_fiscal **)jvl_box(L, &fiscal_class);
  *box = JV_NEW(cx, jv_fiscal);
  if (!*box) jvl_throw(L);
  jv_status status = jv_company_fiscal(cx, company, *box);
  if (status == JV_EDATA) return NULL;
  jvl_check(L, status);
  return *box;
}

static int l_fiscal_years(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  const jv_fiscal *fiscal = push_fiscal(L, company);
  lua_Integer n = 0;
  lua_newtable(L);
  for (size_t i = 0; fiscal && i < fiscal->n; i++) {
    const jv_fiscal_year *y = &fiscal->year[i];
    if (y->projected) continue;
    lua_createtable(L, 0, 4);
    jvl_push_period(L, jv_fiscal_annual(fiscal, y));
    lua_setfield(L, -2, "period");
    set_day(L, "first_day", y->first_day);
    set_day(L, "last_day", y->last_day);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static void push_year_end(lua_State *L, const jv_company *company) {
  const jv_fiscal *fiscal = push_fiscal(L, company);
  if (!fiscal) {
    lua_pushnil(L);
    return;
  }
  jv_date next = {fiscal->month == 12 ? 2002 : 2001, fiscal->month % 12 + 1, 1};
  jv_date end = jv_date_of(jv_day_of(next) - 1); /* of a year that is not a leap year */
  char text[16];
  snprintf(text, sizeof text, "%02d-%02d", end.month, end.day);
  lua_pushstring(L, text);
}

static void push_freq_of(lua_State *L, const jv_company *company) {
  const jv_fiscal *fiscal = push_fiscal(L, company);
  if (fiscal)
    jvl_push_freq(L, fiscal->quarterly);
  else
    lua_pushnil(L);
}

/* ---- the class ---- */

static int company_index(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (jvl_method(L, &company_class, 2)) return 1;
  lua_settop(L, 2);
  if (strcmp(key, "ticker") == 0)
    *company->facts->ticker ? (void)lua_pushstring(L, company->facts->ticker) : lua_pushnil(L);
  else if (strcmp(key, "name") == 0)
    lua_pushstring(L, company->facts->name);
  else if (strcmp(key, "cik") == 0)
    lua_pushinteger(L, (lua_Integer)company->facts->cik);
  else if (strcmp(key, "as_of_date") == 0)
    push_day(L, company->as_of);
  else if (strcmp(key, "fiscal_year_end") == 0)
    push_year_end(L, company);
  else if (strcmp(key, "freq") == 0)
    push_freq_of(L, company);
  else
    lua_pushnil(L);
  return 1;
}

static int company_tostring(lua_State *L) {
  const jv_company seen = seen_company(L), *company = &seen;
  char cik[24], day[JV_PERIOD_TEXT + 8] = "";
  snprintf(cik, sizeof cik, "CIK %lld", (long long)company->facts->cik);
  if (company->as_of != INT64_MAX) {
    memcpy(day, " as of ", 8);
    jv_date_format(company->as_of, day + 7);
  }
  lua_pushfstring(L, "%s (%s, %s)%s", company->facts->name,
                  *company->facts->ticker ? company->facts->ticker : "no ticker", cik, day);
  return 1;
}

static const jvl_function methods[] = {
    {"quarterly", l_quarterly,
     "company:quarterly(concept [, {boundary=, view=, as_of=, segment=}]) -> series\n\n"
     "Discrete quarters on the filer's fiscal calendar (`Q-DEC`, `Q-JUN`, …), in whole units of "
     "its "
     "currency. A quarter that was filed as such is `reported`; one that is the difference of "
     "filed "
     "spans (H1 - Q1, 9M - H1, FY - 9M) is `derived`, from facts of one tag and one vintage; what "
     "cannot be had is missing and `unresolved`, and `series:lineage(period)` says why. The note "
     "names "
     "the boundary, the tags, their splices and how far the quarters miss the year.\n\n"
     "concept: one of `company:concepts()` or a tag. boundary (of capex): `cash`, the line of the "
     "cash-flow statement; `cash_net`, less proceeds; `cash_plus_lease_principal`; "
     "`incl_lease_additions` and `accrued` only as management reports them. view: `latest` or "
     "`first` reported.\n\n"
     "Errors: `not_found` (no such concept, no fact under any of its tags), `unresolved` (the "
     "boundary "
     "needs facts that are not there), `data`, `invalid`."},
    {"annual", l_annual,
     "company:annual(concept [, {boundary=, view=, as_of=, segment=}]) -> series\n\n"
     "Fiscal years, from facts that span them; where there is none, the sum of four quarters. "
     "Trailing "
     "twelve months that end elsewhere are not years. Options and errors as for `quarterly`; "
     "`segment` takes one of `company:segments(concept)`."},
    {"ttm", l_ttm,
     "company:ttm(concept [, options]) -> series\n\n"
     "Trailing twelve months: sums of four discrete quarters, missing where one is. Options as for "
     "`quarterly`."},
    {"facts", l_facts,
     "company:facts(concept [, segment]) -> list\n\n"
     "Every fact under the concept's tags, or under a tag: tables with taxonomy, tag, unit, "
     "start (nil: an instant), [\"end\"], value, accession, form, filed, fy and fp (of the "
     "filing), "
     "segment; suspect when it cannot be used."},
    {"concepts", l_concepts,
     "company:concepts() -> list\n\nThe concepts for which this filer has facts."},
    {"tags", l_tags, "company:tags() -> list\n\nEvery tag under which this filer has facts."},
    {"segments", l_segments,
     "company:segments(concept) -> list\n\n"
     "Names of the segments that have facts for the concept; a concept that filers tag otherwise "
     "by "
     "segment (capex: additions to long-lived assets) is looked up under that tag."},
    {"splices", l_splices,
     "company:splices(concept) -> list\n\n"
     "Spans that two tags of the concept both have: tables with start, [\"end\"], facts a and b, "
     "and "
     "their relative difference."},
    {"restatements", l_restatements,
     "company:restatements(concept) -> list\n\n"
     "Changes of a span's figure from one filing to the next: tables with start, [\"end\"], facts "
     "before and after, and their relative difference. Roundings of the same figure are left out."},
    {"as_of", l_as_of,
     "company:as_of(date) -> company\n\n"
     "The same filer as known on that day: facts filed on or before it. A month (2026-04) counts "
     "from "
     "its last day."},
    {"fiscal_years", l_fiscal_years,
     "company:fiscal_years() -> list\n\n"
     "The fiscal years of the filer's own annual facts: tables with period, first_day, last_day. A "
     "year is named after the calendar year of the month end nearest its last day."},
    {"add", l_add,
     "company:add(csv_text [, where]) -> number\n\n"
     "Adds figures that the facts file lacks: CSV with the columns cik, taxonomy, tag, end, value, "
     "unit, accession, form, filed, and, where they apply, start, segment, dimensions. Rows of "
     "other "
     "filers, and figures known already, are passed over. Returns how many were added. where names "
     "the text in messages.\n\nErrors: `parse` with line and column."},
    {"name", NULL, "company.name\n\nThe filer's name."},
    {"ticker", NULL, "company.ticker\n\nIts ticker, or nil."},
    {"cik", NULL, "company.cik\n\nIts number at the SEC."},
    {"fiscal_year_end", NULL,
     "company.fiscal_year_end\n\nMonth and day on or near which its year ends, as \"06-30\"; "
     "nil when its facts show no fiscal year."},
    {"freq", NULL, "company.freq\n\nThe frequency of its quarters, as `Q-JUN`, or nil."},
    {"as_of_date", NULL, "company.as_of_date\n\nThe date of the view, or nil."},
    {NULL, NULL, NULL}};

static const luaL_Reg meta[] = {
    {"__index", company_index}, {"__tostring", company_tostring}, {NULL, NULL}};

static const jvl_class company_class = {"jevons.company", "One filer and its facts.",
                                        release_company, methods, meta};

static const jvl_function functions[] = {
    {"read", l_read,
     "jv.edgar.read(text [, ticker [, where]]) -> company\n\n"
     "A company out of the text of a companyfacts file. where names the text in messages.\n\n"
     "Errors: `parse` with line and column, or with the path of the fact that is wrong."},
    {NULL, NULL, NULL}};

static const jvl_function date_functions[] = {
    {"as_of", l_horizon,
     "jv.as_of(date, fn, ...) -> what fn returns\n\n"
     "Calls fn(...) with every view of facts, guidance and claims as of that day: nothing filed or "
     "said later "
     "is seen, and asking for a later date is an error. Dates nest inwards only. Without "
     "arguments: the "
     "date that holds, or nil.\n\nErrors: `invalid` (an earlier date holds already), `parse`; "
     "those "
     "of fn are passed on."},
    {NULL, NULL, NULL}};

void jvl_open_edgar(lua_State *L) {
  jvl_class_register(L, &company_class);
  jvl_class_register(L, &facts_class);
  jvl_class_register(L, &fiscal_class);
  jvl_class_register(L, &block_class);
  jvl_add(L, "jv", date_functions);
  jvl_submodule(L, "edgar");
  jvl_add(L, "jv.edgar", functions);
}
