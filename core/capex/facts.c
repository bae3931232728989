/* The table of facts: order, groups, look-up, and rows added from CSV. */
#include "capex/facts.h"
#include "capex/columns.h"
#include "capex/fact_table.h"
#include "series/period.h"
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- forms ---- */

/* Periodic reports, US and foreign; 6-K carries the quarters of foreign filers. */
static const char *const periodic[] = {"10-K",   "10-K405", "10-KT", "10-Q", "10-QT",
                                       "10-KSB", "20-F",    "40-F",  "6-K"};
static const char *const current[] = {"8-K", "8-K12B"};

static bool form_in(const char *form, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    size_t len = strlen(list[i]);
    if (strncmp(form, list[i], len) == 0 && (form[len] == '\0' || strcmp(form + len, "/A") == 0))
      return true;
  }
  return false;
}

jv_form_rank jv_form_rank_of(const char *form) {
  if (form_in(form, periodic, sizeof periodic / sizeof *periodic)) return JV_FORM_PERIODIC;
  if (form_in(form, current, sizeof current / sizeof *current)) return JV_FORM_CURRENT;
  return JV_FORM_OTHER;
}

/* ---- the table ---- */

jv_facts *jv_facts_retain(jv_facts *facts) {
  facts->references++;
  return facts;
}

void jv_facts_free(jv_ctx *cx, jv_facts *facts) {
  if (!facts || --facts->references > 0) return;
  jv_pool_free(cx, facts->pool);
  jv_pool_free(cx, facts->said);
  jv_free(cx, facts->fact);
  jv_free(cx, facts);
}

jv_status jv_fact_table_new(jv_ctx *cx, jv_facts **out) {
  jv_facts *facts = JV_NEW(cx, jv_facts);
  if (!facts) return cx->status;
  facts->references = 1;
  facts->ticker = facts->name = "";
  if (jv_pool_new(cx, &facts->pool) != JV_OK || jv_pool_new(cx, &facts->said) != JV_OK) {
    jv_facts_free(cx, facts);
    return cx->status;
  }
  *out = facts;
  return JV_OK;
}

jv_status jv_fact_table_add(jv_ctx *cx, jv_facts *facts, const jv_fact *fact) {
  if (facts->n == facts->capacity) {
    size_t capacity = facts->capacity ? facts->capacity * 2 : 256;
    jv_fact *larger = jv_realloc(cx, facts->fact, capacity, sizeof *larger);
    if (!larger) return cx->status;
    facts->fact = larger;
    facts->capacity = capacity;
  }
  facts->fact[facts->n] = *fact;
  facts->fact[facts->n++].rank = (uint8_t)jv_form_rank_of(fact->form);
  return JV_OK;
}

#define COMPARE(a, b)                                                                              \
  if ((a) != (b)) return (a) < (b) ? -1 : 1

static int fact_order(const void *pa, const void *pb) {
  const jv_fact *a = pa, *b = pb;
  COMPARE(a->group, b->group);
  COMPARE(a->start, b->start);
  COMPARE(a->end, b->end);
  COMPARE(a->filed, b->filed);
  int c = a->accession == b->accession ? 0 : strcmp(a->accession, b->accession);
  if (c) return c;
  COMPARE(a->value, b->value);
  COMPARE(a->rank, b->rank);
  return 0;
}

void jv_fact_table_sort(jv_facts *facts) {
  if (facts->n) qsort(facts->fact, facts->n, sizeof *facts->fact, fact_order);
}

/* Interned texts are compared by address: all of a table's come from its pool. */
static bool same_group(const jv_fact *a, const jv_fact *b) {
  return a->tag == b->tag && a->taxonomy == b->taxonomy && a->unit == b->unit &&
         a->dimensions == b->dimensions && a->segment == b->segment;
}

uint32_t jv_fact_table_group(jv_facts *facts, const jv_fact *like) {
  for (size_t i = facts->n; i-- > 0;)
    if (same_group(&facts->fact[i], like)) return facts->fact[i].group;
  return (uint32_t)facts->groups++;
}

/* A span that ends before it starts, or an amount beyond anything a filing could mean: a thousand
 * times the world's yearly product, in the smallest currencies. */
bool jv_fact_suspect(const jv_fact *fact) {
  bool backwards = fact->start != JV_NO_DAY && fact->start > fact->end;
  return backwards || !isfinite(fact->value) || fabs(fact->value) > 1e21;
}

static size_t group_end(const jv_facts *facts, size_t first) {
  size_t end = first;
  while (end < facts->n && facts->fact[end].group == facts->fact[first].group) end++;
  return end;
}

bool jv_facts_find(const jv_facts *facts, const char *taxonomy, const char *tag,
                   const char *segment, size_t *next, jv_fact_range *out) {
  const char *wanted = jv_pool_find(facts->pool, tag);
  if (!wanted) return false;
  for (size_t i = *next; i < facts->n;) {
    const jv_fact *fact = &facts->fact[i];
    size_t end = group_end(facts, i);
    if (fact->tag == wanted && strcmp(fact->segment, segment) == 0 &&
        (*segment || !*fact->dimensions) && (!taxonomy || strcmp(fact->taxonomy, taxonomy) == 0)) {
      *out = (jv_fact_range){i, end - i};
      *next = end;
      return true;
    }
    i = end;
  }
  *next = facts->n;
  return false;
}

/* ---- rows from CSV ---- */

#define COLUMNS(X)                                                                                 \
  X(cik, true)                                                                                     \
  X(taxonomy, true)                                                                                \
  X(tag, true)                                                                                     \
  X(segment, false)                                                                                \
  X(dimensions, false)                                                                             \
  X(start, false)                                                                                  \
  X(end, true)                                                                                     \
  X(value, true)                                                                                   \
  X(unit, true)                                                                                    \
  X(accession, true)                                                                               \
  X(form, true)                                                                                    \
  X(filed, true)

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

static jv_status text_at(jv_ctx *cx, jv_facts *facts, const jv_columns *in, size_t column,
                         const char **out) {
  jv_csv_field f = jv_columns_at(in, column);
  return jv_pool_put(cx, facts->pool, f.text, f.len, out);
}

static jv_status day_at(jv_ctx *cx, const jv_columns *in, size_t column, int64_t *out) {
  jv_csv_field f = jv_columns_at(in, column);
  char text[16];
  *out = JV_NO_DAY;
  if (f.len == 0 && column == AT_start) return JV_OK;
  if (f.len >= sizeof text) return jv_columns_bad(cx, in, column, "a date");
  memcpy(text, f.text, f.len);
  text[f.len] = '\0';
  if (jv_date_parse(cx, text, out) == JV_OK) return JV_OK;
  return jv_columns_bad(cx, in, column, "a date such as 2024-12-31");
}

static jv_status read_row(jv_ctx *cx, jv_facts *facts, const jv_columns *in, jv_fact *fact) {
  *fact = (jv_fact){.fp = "", .frame = ""};
  const struct {
    size_t column;
    const char **to;
  } texts[] = {{AT_taxonomy, &fact->taxonomy}, {AT_tag, &fact->tag},
               {AT_segment, &fact->segment},   {AT_dimensions, &fact->dimensions},
               {AT_unit, &fact->unit},         {AT_accession, &fact->accession},
               {AT_form, &fact->form}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    JV_TRY(text_at(cx, facts, in, texts[i].column, texts[i].to));
  JV_TRY(day_at(cx, in, AT_start, &fact->start));
  JV_TRY(day_at(cx, in, AT_end, &fact->end));
  JV_TRY(day_at(cx, in, AT_filed, &fact->filed));
  if (!*fact->tag) return jv_columns_bad(cx, in, AT_tag, "the name of a tag");
  jv_csv_field value = jv_columns_at(in, AT_value);
  if (!jv_number_parse(value.text, value.len, &fact->value))
    return jv_columns_bad(cx, in, AT_value, "a number");
  fact->suspect = jv_fact_suspect(fact);
  return JV_OK;
}

/* The same figure from the same filing, wherever it was read. */
static bool is_known(const jv_facts *facts, const jv_fact *fact) {
  for (size_t i = 0; i < facts->n; i++) {
    const jv_fact *f = &facts->fact[i];
    if (same_group(f, fact) && f->start == fact->start && f->end == fact->end &&
        f->filed == fact->filed && f->value == fact->value && f->accession == fact->accession)
      return true;
  }
  return false;
}

static jv_status take_row(jv_ctx *cx, jv_facts *facts, const jv_columns *in, size_t *added) {
  jv_csv_field f = jv_columns_at(in, AT_cik);
  int64_t cik;
  jv_fact fact;
  if (!jv_integer_parse(f.text, f.len, &cik) || cik <= 0)
    return jv_columns_bad(cx, in, AT_cik, "a whole number");
  if (cik != facts->cik) return JV_OK;
  JV_TRY(read_row(cx, facts, in, &fact));
  if (is_known(facts, &fact)) return JV_OK;
  if (fact.suspect)
    jv_warn(cx, "line %zu: a suspect figure of %s is kept but not used", jv_csv_line(in->csv),
            fact.tag);
  fact.group = jv_fact_table_group(facts, &fact);
  JV_TRY(jv_fact_table_add(cx, facts, &fact));
  ++*added;
  return JV_OK;
}

jv_status jv_facts_add_csv(jv_ctx *cx, jv_facts *facts, const char *text, size_t len,
                           size_t *added) {
  jv_columns in;
  size_t n = facts->n, groups = facts->groups, count = 0;
  bool more = true;
  jv_status status = jv_columns_open(cx, &in, columns, COLUMN_COUNT, text, len);
  while (status == JV_OK && (status = jv_columns_next(cx, &in, &more)) == JV_OK && more)
    status = take_row(cx, facts, &in, &count);
  jv_columns_close(cx, &in);
  if (status != JV_OK) { /* new rows stand behind the old until they are sorted in */
    facts->n = n;
    facts->groups = groups;
    return status;
  }
  jv_fact_table_sort(facts);
  *added = count;
  return JV_OK;
}
