/* Spans of one tag: collecting, nodes, what is known when, and paths.
 *
 * Boundaries of spans drift by a day or two between filings (the quarter began on 1 January, or on
 * the Monday after); those within three days are one node, shown by the day that most spans have.
 *
 * A path from node a to node b is a sequence of edges, each taken forwards (added) or backwards
 * (taken off); its signed sum is the figure of [a, b). The search relaxes all edges level by
 * level, so that a path of fewer facts always wins, and among those the one of the fewest days,
 * with facts that do not begin at the fiscal year's start made dearer: FY - 9M wins over
 * trailing twelve months less the following nine. */
#include "capex/spans.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_DAY 3
#define LONGEST_SPAN 400
#define AWAY_FROM_HOME 2000 /* days added to the cost of an edge that does not begin at home */

struct jv_span_work {
  int64_t *cost; /* (JV_PATH_EDGES + 1) rows of `nodes` */
  int32_t *edge; /* the edge that led there: 1-based, negative backwards, 0 none */
};

/* ---- collecting ---- */

static int span_order(const void *pa, const void *pb) {
  const jv_fact *a = *(const jv_fact *const *)pa, *b = *(const jv_fact *const *)pb;
  if (a->start != b->start) return a->start < b->start ? -1 : 1;
  if (a->end != b->end) return a->end < b->end ? -1 : 1;
  if (a->filed != b->filed) return a->filed < b->filed ? -1 : 1;
  return strcmp(a->accession, b->accession);
}

/* Nothing is reported of a span before it has ended. */
static bool usable(const jv_fact *f, int64_t as_of) {
  return !f->suspect && f->filed <= as_of &&
         (f->start == JV_NO_DAY || (f->end - f->start < LONGEST_SPAN && f->end <= f->filed));
}

/* The unit that most facts of the tag have: a filer that changed its currency shows the older
 * one for the longer time, and the caller can tell from the unit. */
static const char *common_unit(const jv_facts *facts, const char *tag, const char *segment) {
  const char *best = NULL;
  size_t most = 0, next = 0;
  jv_fact_range range;
  while (jv_facts_find(facts, NULL, tag, segment, &next, &range)) {
    if (range.n <= most) continue;
    most = range.n;
    best = facts->fact[range.first].unit;
  }
  return best;
}

static jv_status collect(jv_ctx *cx, const jv_facts *facts, const char *segment, int64_t as_of,
                         jv_span_set *set) {
  size_t next = 0, total = 0;
  jv_fact_range range;
  while (jv_facts_find(facts, NULL, set->tag, segment, &next, &range)) total += range.n;
  set->fact = JV_ARRAY(cx, const jv_fact *, total + 1);
  set->flawed = jv_alloc(cx, total + 1, sizeof *set->flawed);
  if (!set->fact || !set->flawed) return cx->status;
  next = 0;
  while (jv_facts_find(facts, NULL, set->tag, segment, &next, &range))
    for (size_t i = range.first; i < range.first + range.n; i++)
      if (facts->fact[i].unit == set->unit && usable(&facts->fact[i], as_of))
        set->fact[set->n_facts++] = &facts->fact[i];
  qsort(set->fact, set->n_facts, sizeof(const jv_fact *), span_order);
  return JV_OK;
}

/* ---- the graph ---- */

static jv_status group_spans(jv_ctx *cx, jv_span_set *set) {
  set->span = jv_calloc(cx, set->n_facts + 1, sizeof *set->span);
  if (!set->span) return cx->status;
  for (size_t i = 0; i < set->n_facts; i++) {
    const jv_fact *f = set->fact[i];
    jv_span *last = set->n ? &set->span[set->n - 1] : NULL;
    if (last && last->start == f->start && last->end == f->end)
      last->n++;
    else
      set->span[set->n++] = (jv_span){f->start, f->end, i, 1, 0, 0};
  }
  return JV_OK;
}

static int day_order(const void *pa, const void *pb) {
  int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
  return (a > b) - (a < b);
}

/* The most frequent of n sorted days, the earliest of equals. */
static int64_t most_frequent(const int64_t *day, size_t n) {
  size_t best = 0, most = 0;
  for (size_t i = 0, k; i < n; i = k) {
    for (k = i; k < n && day[k] == day[i]; k++) {
    }
    if (k - i > most) {
      most = k - i;
      best = i;
    }
  }
  return day[best];
}

static size_t gather_nodes(int64_t *day, size_t n, jv_span_node *node) {
  size_t nodes = 0;
  for (size_t i = 0, k; i < n; i = k) {
    for (k = i + 1; k < n && day[k] - day[i] <= SAME_DAY; k++) {
    }
    node[nodes++] = (jv_span_node){most_frequent(day + i, k - i), k - i};
  }
  return nodes;
}

static jv_status make_nodes(jv_ctx *cx, jv_span_set *set) {
  size_t n = 0;
  int64_t *day = JV_ARRAY(cx, int64_t, 2 * set->n + 1);
  set->node = jv_calloc(cx, 2 * set->n + 1, sizeof *set->node);
  if (!day || !set->node) {
    jv_free(cx, day);
    return cx->status;
  }
  for (size_t i = 0; i < set->n; i++) {
    if (set->span[i].start != JV_NO_DAY) day[n++] = set->span[i].start;
    day[n++] = set->span[i].end + 1;
  }
  qsort(day, n, sizeof *day, day_order);
  set->nodes = n ? gather_nodes(day, n, set->node) : 0;
  jv_free(cx, day);
  for (size_t i = 0; i < set->n; i++) {
    jv_span *s = &set->span[i];
    s->to = jv_spans_node_near(set, s->end + 1, SAME_DAY);
    s->from = s->start == JV_NO_DAY ? s->to : jv_spans_node_near(set, s->start, SAME_DAY);
  }
  return JV_OK;
}

static jv_status make_work(jv_ctx *cx, jv_span_set *set) {
  size_t cells = (JV_PATH_EDGES + 1) * set->nodes + 1;
  set->work = JV_NEW(cx, jv_span_work);
  if (!set->work) return cx->status;
  set->work->cost = JV_ARRAY(cx, int64_t, cells);
  set->work->edge = JV_ARRAY(cx, int32_t, cells);
  return set->work->cost && set->work->edge ? JV_OK : cx->status;
}

jv_status jv_spans_new(jv_ctx *cx, const jv_facts *facts, const char *tag, const char *segment,
                       int64_t as_of, bool positive, jv_span_set *out) {
  jv_span_set set = {.tag = tag, .unit = common_unit(facts, tag, segment), .cik = facts->cik};
  jv_status status = collect(cx, facts, segment, as_of, &set);
  if (set.n_facts) set.tag = set.fact[0]->tag; /* the table's own text: compared by address */
  if (status == JV_OK)
    status = jv_screen(cx, set.fact, &set.n_facts, positive, set.flawed, &set.n_flawed);
  if (status == JV_OK) status = group_spans(cx, &set);
  if (status == JV_OK) status = make_nodes(cx, &set);
  if (status == JV_OK) status = make_work(cx, &set);
  if (status != JV_OK) {
    jv_spans_clear(cx, &set);
    return status;
  }
  *out = set;
  return JV_OK;
}

void jv_spans_clear(jv_ctx *cx, jv_span_set *set) {
  if (set->work) {
    jv_free(cx, set->work->cost);
    jv_free(cx, set->work->edge);
  }
  jv_free(cx, set->work);
  jv_free(cx, set->node);
  jv_free(cx, set->span);
  jv_free(cx, set->flawed);
  jv_free(cx, set->fact);
  *set = (jv_span_set){0};
}

size_t jv_spans_node_near(const jv_span_set *set, int64_t day, int64_t tolerance) {
  size_t best = SIZE_MAX;
  int64_t nearest = tolerance + 1;
  for (size_t i = 0; i < set->nodes; i++) {
    int64_t gap = set->node[i].day > day ? set->node[i].day - day : day - set->node[i].day;
    if (gap < nearest ||
        (gap == nearest && best != SIZE_MAX && set->node[i].edges > set->node[best].edges)) {
      nearest = gap;
      best = i;
    }
  }
  return best;
}

/* ---- what is known when ---- */

const jv_fact *jv_span_at(const jv_span_set *set, const jv_span *span, int64_t day) {
  const jv_fact *best = NULL;
  for (size_t i = span->first; i < span->first + span->n; i++) {
    const jv_fact *f = set->fact[i];
    if (f->filed > day || (best && f->rank > best->rank)) continue;
    bool repeated = best && f->rank == best->rank && f->value == best->value;
    if (!repeated) best = f; /* the filing that first had the present figure is the one to cite */
  }
  return best;
}

/* ---- paths ---- */

static int64_t edge_cost(const jv_span *span, size_t home) {
  return span->end - span->start + 1 + (span->from == home ? 0 : AWAY_FROM_HOME);
}

static void relax(const jv_span_set *set, size_t level, size_t e, size_t from, size_t to, int sign,
                  size_t home) {
  int64_t *cost = set->work->cost;
  int64_t before = cost[(level - 1) * set->nodes + from];
  size_t cell = level * set->nodes + to;
  if (before == INT64_MAX) return;
  int64_t now = before + edge_cost(&set->span[e], home);
  if (now >= cost[cell]) return;
  cost[cell] = now;
  set->work->edge[cell] = sign * (int32_t)(e + 1);
}

/* Walks back from the goal; edges come out in the order of the path, reversed. */
static void trace(const jv_span_set *set, size_t level, size_t to, int64_t day, jv_path *out) {
  out->n = level;
  for (size_t at = to; level > 0; level--) {
    int32_t e = set->work->edge[level * set->nodes + at];
    const jv_span *span = &set->span[(e > 0 ? e : -e) - 1];
    out->fact[level - 1] = jv_span_at(set, span, day);
    out->minus[level - 1] = e < 0;
    at = e > 0 ? span->from : span->to;
  }
}

bool jv_spans_path(const jv_span_set *set, size_t from, size_t to, size_t home, int64_t day,
                   jv_path *out) {
  size_t cells = (JV_PATH_EDGES + 1) * set->nodes;
  for (size_t i = 0; i < cells; i++) set->work->cost[i] = INT64_MAX;
  set->work->cost[from] = 0;
  for (size_t level = 1; level <= JV_PATH_EDGES; level++) {
    for (size_t e = 0; e < set->n; e++) {
      const jv_span *s = &set->span[e];
      if (s->from == s->to || !jv_span_at(set, s, day)) continue;
      relax(set, level, e, s->from, s->to, 1, home);
      relax(set, level, e, s->to, s->from, -1, home);
    }
    if (set->work->cost[level * set->nodes + to] == INT64_MAX) continue;
    trace(set, level, to, day, out);
    return true;
  }
  return false;
}

double jv_path_value(const jv_path *path) {
  double sum = 0;
  for (size_t i = 0; i < path->n; i++)
    sum += path->minus[i] ? -path->fact[i]->value : path->fact[i]->value;
  return sum;
}

/* ---- one vintage ---- */

bool jv_is_rounding(double before, double after) {
  if (before == after) return true;
  double unit = 1; /* the coarsest power of ten that divides the new value */
  while (unit < 1e9 && fmod(after, unit * 10) == 0 && after != 0) unit *= 10;
  double change = fabs(after - before); /* sums of rounded figures are off by one unit as well */
  return change <= unit / 2 || (change <= unit && change <= 0.002 * fabs(before));
}

/* The history of the span of a fact up to a day: when its present value was first filed, when last,
 * and whether there was another before. */
typedef struct history {
  int64_t set, last;
  bool changed;
  double change; /* present value over the first, less 1 */
} history;

static history history_of(const jv_span_set *set, const jv_fact *fact, int64_t day) {
  history h = {JV_NO_DAY, JV_NO_DAY, false, 0};
  const jv_fact *before = NULL, *first = NULL;
  for (size_t i = 0; i < set->n_facts; i++) {
    const jv_fact *f = set->fact[i];
    if (f->start != fact->start || f->end != fact->end || f->rank != fact->rank || f->filed > day)
      continue;
    if (before && !jv_is_rounding(before->value, f->value)) {
      h.changed = true;
      h.set = f->filed;
    }
    if (!before) {
      h.set = f->filed;
      first = f;
    }
    h.last = f->filed;
    before = f;
  }
  if (first && first->value != 0) h.change = before->value / first->value - 1;
  return h;
}

static bool one_definition(const jv_span_set *set, const jv_path *path) {
  const jv_definition *first = jv_definition_of(set->cik, set->tag, path->fact[0]->filed);
  for (size_t i = 1; i < path->n; i++)
    if (jv_definition_of(set->cik, set->tag, path->fact[i]->filed) != first) return false;
  return true;
}

/* Two restatements may be one when they moved their figures the same way and by about as much. */
static bool alike(const history *a, const history *b) {
  double x = fabs(a->change), y = fabs(b->change);
  return fabs(a->change - b->change) <= 0.03 ||
         ((a->change > 0) == (b->change > 0) && x < 3 * y && y < 3 * x);
}

/* Restated facts go together with facts restated alike, or filed again unchanged since. *before:
 * the day before the last restatement. */
static bool one_vintage(const jv_span_set *set, const jv_path *path, int64_t day, int64_t *before) {
  history h[JV_PATH_EDGES];
  int64_t latest = JV_NO_DAY;
  size_t last = 0;
  for (size_t i = 0; i < path->n; i++) {
    h[i] = history_of(set, path->fact[i], day);
    if (!h[i].changed || h[i].set <= latest) continue;
    latest = h[i].set;
    last = i;
  }
  *before = latest == JV_NO_DAY ? JV_NO_DAY : latest - 1;
  if (path->n > 1 && !one_definition(set, path)) return false;
  for (size_t i = 0; i < path->n; i++)
    if (latest != JV_NO_DAY && h[i].last < latest && !(h[i].changed && alike(&h[i], &h[last])))
      return false;
  return true;
}

jv_found jv_spans_resolve(const jv_span_set *set, size_t from, size_t to, size_t home, int64_t day,
                          jv_path *out) {
  bool restated = false;
  while (day != JV_NO_DAY && jv_spans_path(set, from, to, home, day, out)) {
    int64_t before;
    if (out->n == 1 || one_vintage(set, out, day, &before)) return JV_FOUND;
    restated = true;
    day = before;
  }
  return restated ? JV_FOUND_RESTATED : JV_FOUND_NOTHING;
}

jv_found jv_spans_resolve_first(const jv_span_set *set, size_t from, size_t to, size_t home,
                                int64_t day, jv_path *out) {
  bool restated = false;
  for (int64_t at = set->node[to].day; at <= day;) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < set->n_facts; i++)
      if (set->fact[i]->filed >= at && set->fact[i]->filed < next) next = set->fact[i]->filed;
    if (next == INT64_MAX || next > day) break; /* no later filing */
    int64_t before;
    bool found = jv_spans_path(set, from, to, home, next, out);
    if (found && (out->n == 1 || one_vintage(set, out, next, &before))) return JV_FOUND;
    restated = restated || found;
    at = next + 1;
  }
  return restated ? JV_FOUND_RESTATED : JV_FOUND_NOTHING;
}
