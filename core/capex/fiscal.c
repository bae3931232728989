/* The fiscal calendar.
 *
 * Each annual report's facts span years that end on the fiscal year's end, and nothing else of that
 * length: the trailing twelve months that some filers tag stand in quarterly reports. So the ends
 * of spans of 350 to 380 days in annual reports are the ends of fiscal years. The facts of the last
 * seven years vote for the month whose end is nearest; ends of other months (a year before the
 * filer moved its year end, a slip of the filer's) are left out, for one series has one anchor. */
#include "capex/fiscal.h"
#include <string.h>

#define SHORTEST_YEAR 350
#define LONGEST_YEAR 380
/* A year outside of these is a slip of the pen, and would make thousands of others. */
#define OLDEST 1900
#define NEWEST 2199
#define NEAR 12 /* days between a 52/53-week year's end and the month end it is near to */

static int64_t month_end(int year, int month) {
  jv_date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
  return jv_day_of(next) - 1;
}

/* Month end nearest to a day: of this month or of the one before. */
static jv_date nearest_month_end(int64_t day) {
  jv_date d = jv_date_of(day);
  int64_t here = month_end(d.year, d.month);
  jv_date before = {d.month == 1 ? d.year - 1 : d.year, d.month == 1 ? 12 : d.month - 1, 0};
  int64_t back = month_end(before.year, before.month);
  return jv_date_of(here - day <= day - back ? here : back);
}

static bool starts_with(const char *text, const char *head) {
  return strncmp(text, head, strlen(head)) == 0;
}

static bool annual_form(const char *form) {
  return starts_with(form, "10-K") || starts_with(form, "20-F") || starts_with(form, "40-F");
}

/* ---- votes ---- */

/* An end of a year, the start that most facts give it, and how many facts spoke for it. */
typedef struct candidate {
  int64_t first_day, last_day;
  size_t facts;
} candidate;

typedef struct candidates {
  candidate *at;
  size_t n, capacity;
} candidates;

static jv_status add_candidate(jv_ctx *cx, candidates *list, const jv_fact *fact) {
  for (size_t i = list->n; i-- > 0;)
    if (list->at[i].last_day == fact->end && list->at[i].first_day == fact->start) {
      list->at[i].facts++;
      return JV_OK;
    }
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    candidate *larger = jv_realloc(cx, list->at, capacity, sizeof *larger);
    if (!larger) return cx->status;
    list->at = larger;
    list->capacity = capacity;
  }
  list->at[list->n++] = (candidate){fact->start, fact->end, 1};
  return JV_OK;
}

/* strict: annual reports only. Else any year-long span that begins where a shorter span of the same
 * tag begins too: a year to date that was filed on the way. */
static bool is_year(const jv_facts *facts, size_t i, int64_t as_of, bool strict) {
  const jv_fact *f = &facts->fact[i];
  int64_t days = f->start == JV_NO_DAY ? 0 : f->end - f->start + 1;
  if (f->suspect || f->filed > as_of || f->end > f->filed) return false;
  if (days < SHORTEST_YEAR || days > LONGEST_YEAR) return false;
  int year = jv_date_of(f->end).year;
  if (year < OLDEST || year > NEWEST) return false;
  if (strict) return annual_form(f->form);
  for (size_t k = i; k-- > 0 && facts->fact[k].group == f->group;)
    if (facts->fact[k].start == f->start && f->end - facts->fact[k].end > 60) return true;
  return false;
}

static jv_status collect(jv_ctx *cx, const jv_facts *facts, int64_t as_of, candidates *list) {
  for (int strict = 1; strict >= 0 && list->n == 0; strict--)
    for (size_t i = 0; i < facts->n; i++)
      if (is_year(facts, i, as_of, strict)) JV_TRY(add_candidate(cx, list, &facts->fact[i]));
  if (list->n) return JV_OK;
  return jv_fail(cx, JV_EDATA,
                 "no fiscal year to be found: wanted facts that span %d to %d days in a 10-K, 20-F "
                 "or 40-F",
                 SHORTEST_YEAR, LONGEST_YEAR);
}

/* Votes of the last seven years only: a filer that moved its year end is on its new calendar after
 * four. */
static int elect_month(const candidates *list) {
  int64_t newest = INT64_MIN;
  for (size_t i = 0; i < list->n; i++)
    if (list->at[i].last_day > newest) newest = list->at[i].last_day;
  size_t votes[13] = {0};
  for (size_t i = 0; i < list->n; i++)
    if (list->at[i].last_day > newest - 7 * 366)
      votes[nearest_month_end(list->at[i].last_day).month] += list->at[i].facts;
  int best = 12;
  for (int m = 1; m <= 12; m++)
    if (votes[m] > votes[best]) best = m;
  return best;
}

/* ---- years ---- */

static int64_t near_of(int64_t a, int64_t b) { return a > b ? a - b : b - a; }

/* The end nearest the nominal one, by most facts. */
static const candidate *candidate_for(const candidates *list, int64_t nominal) {
  const candidate *best = NULL;
  for (size_t i = 0; i < list->n; i++) {
    const candidate *c = &list->at[i];
    if (near_of(c->last_day, nominal) > NEAR) continue;
    if (!best || c->facts > best->facts) best = c;
  }
  return best;
}

static jv_status fill_years(jv_ctx *cx, const candidates *list, jv_fiscal *out) {
  int64_t oldest = INT64_MAX, newest = INT64_MIN;
  for (size_t i = 0; i < list->n; i++) {
    if (list->at[i].last_day < oldest) oldest = list->at[i].last_day;
    if (list->at[i].last_day > newest) newest = list->at[i].last_day;
  }
  int from = nearest_month_end(oldest).year - 2, to = nearest_month_end(newest).year + 2;
  out->n = (size_t)to - (size_t)from + 1;
  out->year = jv_calloc(cx, out->n, sizeof *out->year);
  if (!out->year) return cx->status;
  for (size_t i = 0; i < out->n; i++) {
    jv_fiscal_year *y = &out->year[i];
    y->name = from + (int)i;
    int64_t nominal = month_end(y->name, out->month);
    const candidate *c = candidate_for(list, nominal);
    y->projected = !c;
    y->last_day = c ? c->last_day : nominal;
    y->first_day = c ? c->first_day : JV_NO_DAY;
  }
  return JV_OK;
}

/* A year begins the day after the last one ended: so also where facts of a single year slipped
 * by days. The first year keeps its own start. */
static void join_years(jv_fiscal *fiscal) {
  for (size_t i = 0; i < fiscal->n; i++) {
    jv_fiscal_year *y = &fiscal->year[i];
    bool own = y->first_day != JV_NO_DAY;
    int64_t follows = i ? fiscal->year[i - 1].last_day + 1 : y->last_day - 364;
    if (i && own && fiscal->year[i - 1].projected) {
      fiscal->year[i - 1].last_day = y->first_day - 1;
      follows = y->first_day;
    }
    y->first_day = follows;
  }
}

jv_status jv_fiscal_derive(jv_ctx *cx, const jv_facts *facts, int64_t as_of, jv_fiscal *out) {
  candidates list = {0};
  jv_fiscal fiscal = {0};
  jv_status status = collect(cx, facts, as_of, &list);
  if (status == JV_OK) {
    fiscal.month = elect_month(&list);
    fiscal.annual = (jv_freq){JV_FREQ_A, (uint8_t)fiscal.month};
    fiscal.quarterly = (jv_freq){JV_FREQ_Q, (uint8_t)fiscal.month};
    status = fill_years(cx, &list, &fiscal);
  }
  jv_free(cx, list.at);
  if (status != JV_OK) return status;
  join_years(&fiscal);
  *out = fiscal;
  return JV_OK;
}

void jv_fiscal_clear(jv_ctx *cx, jv_fiscal *fiscal) {
  jv_free(cx, fiscal->year);
  *fiscal = (jv_fiscal){0};
}

const jv_fiscal_year *jv_fiscal_year_of(const jv_fiscal *fiscal, int64_t day) {
  for (size_t i = 0; i < fiscal->n; i++)
    if (day >= fiscal->year[i].first_day && day <= fiscal->year[i].last_day)
      return &fiscal->year[i];
  return NULL;
}

const jv_fiscal_year *jv_fiscal_year_ending(const jv_fiscal *fiscal, int64_t last_day,
                                            int64_t tolerance) {
  for (size_t i = 0; i < fiscal->n; i++)
    if (near_of(fiscal->year[i].last_day, last_day) <= tolerance) return &fiscal->year[i];
  return NULL;
}

jv_status jv_fiscal_year_named(jv_ctx *cx, const jv_fiscal *fiscal, int name,
                               const jv_fiscal_year **out) {
  for (size_t i = 0; i < fiscal->n; i++)
    if (fiscal->year[i].name == name) {
      *out = &fiscal->year[i];
      return JV_OK;
    }
  return jv_fail(cx, JV_EPERIOD, "no fiscal year %d: the facts know %d to %d", name,
                 fiscal->n ? fiscal->year[0].name : 0,
                 fiscal->n ? fiscal->year[fiscal->n - 1].name : 0);
}

/* By the middle of the last month of the nominal quarter, whatever the exact days. */
jv_period jv_fiscal_quarter(const jv_fiscal *fiscal, const jv_fiscal_year *year, int quarter) {
  int month = fiscal->month - 3 * (4 - quarter), y = year->name;
  if (month < 1) {
    month += 12;
    y--;
  }
  return jv_period_of_day(fiscal->quarterly, jv_day_of((jv_date){y, month, 15}));
}

jv_period jv_fiscal_annual(const jv_fiscal *fiscal, const jv_fiscal_year *year) {
  return jv_period_of_day(fiscal->annual, jv_day_of((jv_date){year->name, fiscal->month, 15}));
}

/* Boundaries of 12-week quarters stand at 12/52 = 0.231, 0.462 and 0.692 of the year, within
 * 0.072 of the quarters in years of 53 weeks; 0.1 tells them from everything else. */
int jv_fiscal_quarter_ending(const jv_fiscal_year *year, int64_t last_day) {
  double length = (double)(year->last_day - year->first_day + 1);
  double part = 4 * (double)(last_day - year->first_day + 1) / length;
  for (int q = 1; q <= 4; q++)
    if (part > q - 0.4 && part < q + 0.4) return q;
  return 0;
}
