/* The spans of one tag as a graph: days are nodes, filed durations edges; what a view sees of
 * them. */
#ifndef JV_CAPEX_SPANS_H
#define JV_CAPEX_SPANS_H

#include "capex/concept.h"
#include "capex/facts.h"
#include "capex/screen.h"

#define JV_PATH_EDGES 4

typedef struct jv_span {
  int64_t start, end; /* JV_NO_DAY for an instant */
  size_t first, n;    /* its facts in jv_span_set.fact, by filing date */
  size_t from, to;    /* nodes */
} jv_span;

typedef struct jv_span_node {
  int64_t day; /* the first day after a span's end, or its first day: the one most facts have */
  size_t edges;
} jv_span_node;

typedef struct jv_span_work jv_span_work;

typedef struct jv_span_set {
  const char *tag, *unit;
  int64_t cik;
  const jv_fact **fact; /* of one unit; without what cannot be */
  size_t n_facts;
  jv_span *span;
  size_t n;
  jv_span_node *node;
  size_t nodes;
  jv_flawed *flawed; /* what was left out, and why */
  size_t n_flawed;
  jv_span_work *work; /* scratch of the search */
} jv_span_set;

/* A signed sum of facts that covers one stretch of days exactly. */
typedef struct jv_path {
  const jv_fact *fact[JV_PATH_EDGES];
  bool minus[JV_PATH_EDGES];
  size_t n;
} jv_path;

/* The facts of a tag that were filed on or before as_of, in the unit most of them have, without
 * the flawed (core/capex/screen.h; positive: see there). No facts: an empty set. JV_ENOMEM. */
jv_status jv_spans_new(jv_ctx *cx, const jv_facts *facts, const char *tag, const char *segment,
                       int64_t as_of, bool positive, jv_span_set *out);
void jv_spans_clear(jv_ctx *cx, jv_span_set *set);

/* The node within `tolerance` days, nearest first, then most edges; SIZE_MAX: none. */
size_t jv_spans_node_near(const jv_span_set *set, int64_t day, int64_t tolerance);

/* What a span's figure was on a day: the last filed by then of the forms that weigh most, cited
 * by the filing that first had it; NULL: none. */
const jv_fact *jv_span_at(const jv_span_set *set, const jv_span *span, int64_t day);

/* The figure between two nodes as known on a day: the fact itself, else the signed sum of the
 * fewest facts, those that begin at `home` preferred. False: there is none. */
bool jv_spans_path(const jv_span_set *set, size_t from, size_t to, size_t home, int64_t day,
                   jv_path *out);

typedef enum jv_found { JV_FOUND, JV_FOUND_NOTHING, JV_FOUND_RESTATED } jv_found;

/* The same, where no fact of the sum was restated without the others, and all have one
 * definition: as of the last day when that was so. *known: the day that was taken. */
jv_found jv_spans_resolve(const jv_span_set *set, size_t from, size_t to, size_t home, int64_t day,
                          jv_path *out);
/* As it could first be known, by `day` at the latest. */
jv_found jv_spans_resolve_first(const jv_span_set *set, size_t from, size_t to, size_t home,
                                int64_t day, jv_path *out);

double jv_path_value(const jv_path *path);

/* Is the new value only the old one, rounded to the coarser unit that the new one shows? */
bool jv_is_rounding(double before, double after);

#endif
