/* Guidance: partial dates, the list, and where an amount stands to a statement. */
#include "capex/guidance.h"
#include "capex/columns.h"
#include "capex/facts.h"
#include "series/period.h"
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ABOUT 0.025
#define BILLION 1e9

static const char *const kinds[] = {
#define X(code, name) name,
    JV_GUIDE_KINDS(X)
#undef X
};

const char *jv_guide_kind_name(jv_guide_kind kind) { return kinds[kind]; }

jv_status jv_guide_kind_parse(jv_ctx *cx, const char *name, jv_guide_kind *out) {
  for (size_t i = 0; i < JV_GUIDE_KIND_COUNT; i++)
    if (strcmp(kinds[i], name) == 0) {
      *out = (jv_guide_kind)i;
      return JV_OK;
    }
  return jv_fail(cx, JV_EINVAL,
                 "no kind of guidance '%.40s': point, about, range, at_least, at_most, growth or "
                 "direction",
                 name);
}

/* ---- dates ---- */

static int64_t last_of_month(int year, int month) {
  jv_date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
  return jv_day_of(next) - 1;
}

/* n digits at text as a number; -1 when they are not all digits. */
static int digits(const char *text, size_t n) {
  int value = 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

jv_status jv_partial_date(jv_ctx *cx, const char *text, int64_t *day) {
  size_t len = strlen(text);
  int year = len >= 4 ? digits(text, 4) : -1, month = len >= 7 ? digits(text + 5, 2) : -1;
  bool monthly = year > 0 && text[4] == '-' && month >= 1 && month <= 12;
  if (len == 0) {
    *day = JV_NO_DAY;
    return JV_OK;
  }
  if (len == 10 && text[7] == '/' && monthly && digits(text + 8, 2) >= month &&
      digits(text + 8, 2) <= 12) {
    *day = last_of_month(year, digits(text + 8, 2));
    return JV_OK;
  }
  if (len == 7 && monthly) {
    *day = last_of_month(year, month);
    return JV_OK;
  }
  if (len == 4 && year > 0) {
    *day = last_of_month(year, 12);
    return JV_OK;
  }
  if (len == 10 && jv_date_parse(cx, text, day) == JV_OK) return JV_OK;
  return jv_fail(cx, JV_EPARSE,
                 "wanted a date such as 2025-01-29, 2026-04, 2026-07/08 or 2026, found '%.40s'",
                 text);
}

/* ---- reading ---- */

#define COLUMNS(X)                                                                                 \
  X(firm, true)                                                                                    \
  X(ticker, true)                                                                                  \
  X(period, true)                                                                                  \
  X(said, true)                                                                                    \
  X(low_bn, true)                                                                                  \
  X(high_bn, true)                                                                                 \
  X(kind, true)                                                                                    \
  X(boundary, true)                                                                                \
  X(quality, false)                                                                                \
  X(note, false)

enum {
#define X(name, required) AT_##name,
  COLUMNS(X)
#undef X
      COLUMN_COUNT
};

static const jv_column columns[] = {
#define X(name, required) {#name, required},
    COLUMNS(X)
#undef X
};

static void clear_guide(jv_ctx *cx, jv_guide *g) {
  jv_free(cx, g->firm);
  jv_free(cx, g->ticker);
  jv_free(cx, g->period);
  jv_free(cx, g->said);
  jv_free(cx, g->boundary);
  jv_free(cx, g->quality);
  jv_free(cx, g->note);
}

void jv_guidance_free(jv_ctx *cx, jv_guidance *guidance) {
  if (!guidance) return;
  for (size_t i = 0; i < guidance->n; i++) clear_guide(cx, &guidance->guide[i]);
  jv_free(cx, guidance->guide);
  jv_free(cx, guidance);
}

static jv_status amount_at(jv_ctx *cx, const jv_columns *in, size_t column, double *out) {
  jv_csv_field f = jv_columns_at(in, column);
  *out = NAN;
  if (f.len == 0) return JV_OK;
  if (!jv_number_parse(f.text, f.len, out))
    return jv_columns_bad(cx, in, column, "a number of billions, or nothing");
  *out *= BILLION;
  return JV_OK;
}

static jv_status kind_at(jv_ctx *cx, const jv_columns *in, jv_guide_kind *out) {
  jv_csv_field f = jv_columns_at(in, AT_kind);
  char name[16] = "";
  if (f.len < sizeof name) memcpy(name, f.text, f.len);
  if (jv_guide_kind_parse(cx, name, out) == JV_OK) return JV_OK;
  return jv_columns_bad(cx, in, AT_kind,
                        "point, about, range, at_least, at_most, growth or direction");
}

static jv_status texts_at(jv_ctx *cx, const jv_columns *in, jv_guide *g) {
  const struct {
    size_t column;
    char **to;
  } texts[] = {{AT_firm, &g->firm}, {AT_ticker, &g->ticker},     {AT_period, &g->period},
               {AT_said, &g->said}, {AT_boundary, &g->boundary}, {AT_quality, &g->quality},
               {AT_note, &g->note}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    jv_csv_field f = jv_columns_at(in, texts[i].column);
    *texts[i].to = jv_strndup(cx, f.text, f.len);
    if (!*texts[i].to) return cx->status;
  }
  return JV_OK;
}

static jv_status boundary_ok(jv_ctx *cx, const jv_columns *in, const jv_guide *g) {
  jv_boundary boundary;
  if (strcmp(g->boundary, "firm_defined") == 0) return JV_OK;
  if (jv_boundary_parse(cx, g->boundary, &boundary) == JV_OK) return JV_OK;
  return jv_columns_bad(cx, in, AT_boundary, "a boundary (cash, cash_net, …) or firm_defined");
}

static jv_status read_guide(jv_ctx *cx, const jv_columns *in, jv_guide *g) {
  JV_TRY(texts_at(cx, in, g));
  JV_TRY(amount_at(cx, in, AT_low_bn, &g->low));
  JV_TRY(amount_at(cx, in, AT_high_bn, &g->high));
  JV_TRY(kind_at(cx, in, &g->kind));
  JV_TRY(boundary_ok(cx, in, g));
  g->line = jv_csv_line(in->csv);
  if (!*g->ticker) return jv_columns_bad(cx, in, AT_ticker, "a ticker");
  if (jv_partial_date(cx, g->said, &g->said_day) != JV_OK)
    return jv_columns_bad(cx, in, AT_said, "a date, a month, a year, or nothing");
  if (g->low > g->high) return jv_columns_bad(cx, in, AT_low_bn, "a number not above high_bn");
  return JV_OK;
}

static jv_status add_guide(jv_ctx *cx, const jv_columns *in, jv_guidance *list) {
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 32;
    jv_guide *larger = jv_realloc(cx, list->guide, capacity, sizeof *larger);
    if (!larger) return cx->status;
    list->guide = larger;
    list->capacity = capacity;
  }
  jv_guide *g = &list->guide[list->n++];
  *g = (jv_guide){.low = NAN, .high = NAN, .said_day = JV_NO_DAY};
  return read_guide(cx, in, g);
}

jv_status jv_guidance_read(jv_ctx *cx, const char *text, size_t len, jv_guidance **out) {
  jv_guidance *list = JV_NEW(cx, jv_guidance);
  jv_columns in;
  bool more = true;
  if (!list) return cx->status;
  jv_status status = jv_columns_open(cx, &in, columns, COLUMN_COUNT, text, len);
  while (status == JV_OK && (status = jv_columns_next(cx, &in, &more)) == JV_OK && more)
    status = add_guide(cx, &in, list);
  jv_columns_close(cx, &in);
  if (status != JV_OK) {
    jv_guidance_free(cx, list);
    return status;
  }
  *out = list;
  return JV_OK;
}

/* ---- use ---- */

bool jv_guide_visible(const jv_guide *guide, int64_t as_of) {
  return guide->said_day != JV_NO_DAY && guide->said_day <= as_of;
}

double jv_guide_midpoint(const jv_guide *guide) { return (guide->low + guide->high) / 2; }
double jv_guide_width(const jv_guide *guide) { return guide->high - guide->low; }

/* An open end is no bound; "about" and "point" are a band round their figure. */
static void bounds(const jv_guide *guide, double *low, double *high) {
  *low = guide->low;
  *high = guide->high;
  if (guide->kind == JV_GUIDE_ABOUT || guide->kind == JV_GUIDE_POINT) {
    *low -= ABOUT * fabs(*low);
    *high += ABOUT * fabs(*high);
  }
  if (guide->kind == JV_GUIDE_AT_LEAST) *high = INFINITY;
  if (guide->kind == JV_GUIDE_AT_MOST) *low = -INFINITY;
}

jv_guide_verdict jv_guide_compare(const jv_guide *guide, double amount) {
  double low, high;
  bounds(guide, &low, &high);
  bool amounts = guide->kind != JV_GUIDE_GROWTH && guide->kind != JV_GUIDE_DIRECTION;
  if (!amounts || isnan(amount) || isnan(low) || isnan(high)) return JV_GUIDE_UNKNOWN;
  if (amount < low) return JV_GUIDE_BELOW;
  return amount > high ? JV_GUIDE_ABOVE : JV_GUIDE_WITHIN;
}
