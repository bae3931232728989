/* Discrete quarters and years out of filed spans.
 *
 * Filed durations are three months, year to date, a fiscal year or twelve trailing months; only
 * dates tell which. The facts of one tag are edges of a graph whose nodes are the days on which
 * spans begin and end; a quarter that was filed as such is reported, any other is the shortest
 * signed path between its two ends: H1 - Q1, 9M - H1, FY - 9M, and longer ones through trailing
 * years. Two rules keep a derivation honest: its facts carry one tag, and no figure of them was
 * restated while another was not. */
#ifndef JV_CAPEX_QUARTERS_H
#define JV_CAPEX_QUARTERS_H

#include "capex/concept.h"
#include "capex/fiscal.h"
#include "series/series.h"

/* What was known, and of what. Zeroed but for as_of: the latest view of the whole filer. */
typedef struct jv_view {
  int64_t as_of;       /* facts filed on or before; INT64_MAX: all */
  bool first;          /* as first reported */
  uint8_t boundary;    /* jv_boundary; of capex only */
  const char *segment; /* NULL: the whole */
} jv_view;

typedef struct jv_point {
  jv_period period;
  double value; /* NaN when unresolved */
  jv_mark mark;
  const char *tag;
  const jv_definition *definition; /* the filer's own, or NULL */
  const char *unit;
} jv_point;

/* One period of the overlap of two tags of a chain. */
typedef struct jv_splice {
  int64_t start, end;
  const jv_fact *a, *b;
  double difference; /* (b - a) / a */
} jv_splice;

typedef struct jv_restatement {
  const jv_fact *before, *after;
  double difference;
} jv_restatement;

/* Points of consecutive periods from the first to the last that could be resolved; those between
 * that could not are NaN, `unresolved`, with the reason as the operation of their lineage.
 * *points to be freed with jv_points_free. *note (jv_free): tags, splices, definitions, one line
 * each. Warnings: overlaps of tags that disagree; facts that cannot be (negative, or of a
 * thousand times the size); quarters that would be negative, which are left unresolved. Each
 * names the facts. Errors: JV_ENOTFOUND (no fact under any tag of the chain), JV_EDATA,
 * JV_ENOMEM. */
jv_status jv_quarters(jv_ctx *cx, const jv_facts *facts, const jv_fiscal *fiscal,
                      const jv_concept *concept, const jv_view *view, jv_point **points, size_t *n,
                      char **note);
jv_status jv_years(jv_ctx *cx, const jv_facts *facts, const jv_fiscal *fiscal,
                   const jv_concept *concept, const jv_view *view, jv_point **points, size_t *n,
                   char **note);
void jv_points_free(jv_ctx *cx, jv_point *points, size_t n);

/* Every span that two tags of the chain both have; *out by jv_free. */
jv_status jv_splices(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                     const jv_view *view, jv_splice **out, size_t *n);
/* Every change of a span's value from one filing to a later one; *out by jv_free. */
jv_status jv_restatements(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                          const jv_view *view, jv_restatement **out, size_t *n);

#endif
