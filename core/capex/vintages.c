/* What recurs: the same span under two tags, and the same fact in two filings. */
#include "capex/quarters.h"
#include "capex/spans.h"
#include <math.h>

typedef struct pair_list {
  void *at;
  size_t n, capacity, size;
} pair_list;

/* A zeroed place at the end of a growing array, or NULL. */
static void *push(jv_ctx *cx, pair_list *list) {
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 32;
    void *larger = jv_realloc(cx, list->at, capacity, list->size);
    if (!larger) return NULL;
    list->at = larger;
    list->capacity = capacity;
  }
  return (char *)list->at + list->size * list->n++;
}

static double relative(double a, double b) { return a == 0 ? (b == 0 ? 0 : INFINITY) : b / a - 1; }

static jv_status splice_pair(jv_ctx *cx, const jv_span_set *a, const jv_span_set *b, int64_t day,
                             pair_list *list) {
  for (size_t i = 0, k = 0; i < a->n && k < b->n;) { /* both are in the order of span_order */
    const jv_span *sa = &a->span[i], *sb = &b->span[k];
    if (sa->start != sb->start || sa->end != sb->end) {
      bool first = sa->start < sb->start || (sa->start == sb->start && sa->end < sb->end);
      first ? i++ : k++;
      continue;
    }
    const jv_fact *fa = jv_span_at(a, sa, day), *fb = jv_span_at(b, sb, day);
    i++;
    k++;
    if (!fa || !fb || a->unit != b->unit) continue;
    jv_splice *s = push(cx, list);
    if (!s) return cx->status;
    *s = (jv_splice){sa->start, sa->end, fa, fb, relative(fa->value, fb->value)};
  }
  return JV_OK;
}

static jv_status open_all(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                          const jv_view *view, jv_span_set *set, size_t *n) {
  const char *segment = view->segment ? view->segment : "";
  for (*n = 0; *n < JV_CONCEPT_TAGS && concept->tags[*n]; ++*n)
    JV_TRY(jv_spans_new(cx, facts, concept->tags[*n], segment, view->as_of, concept->positive,
                        &set[*n]));
  return JV_OK;
}

jv_status jv_splices(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                     const jv_view *view, jv_splice **out, size_t *n) {
  jv_span_set set[JV_CONCEPT_TAGS] = {{0}};
  pair_list list = {.size = sizeof(jv_splice)};
  size_t sets;
  jv_status status = open_all(cx, facts, concept, view, set, &sets);
  for (size_t a = 0; a < sets && status == JV_OK; a++)
    for (size_t b = a + 1; b < sets && status == JV_OK; b++)
      status = splice_pair(cx, &set[a], &set[b], view->as_of, &list);
  for (size_t i = 0; i < JV_CONCEPT_TAGS; i++) jv_spans_clear(cx, &set[i]);
  if (status != JV_OK) {
    jv_free(cx, list.at);
    return status;
  }
  *out = list.at;
  *n = list.n;
  return JV_OK;
}

static jv_status restated_spans(jv_ctx *cx, const jv_span_set *set, pair_list *list) {
  for (size_t i = 0; i < set->n; i++)
    for (size_t k = set->span[i].first + 1; k < set->span[i].first + set->span[i].n; k++) {
      const jv_fact *before = set->fact[k - 1], *after = set->fact[k];
      if (before->rank != after->rank || jv_is_rounding(before->value, after->value)) continue;
      jv_restatement *r = push(cx, list);
      if (!r) return cx->status;
      *r = (jv_restatement){before, after, relative(before->value, after->value)};
    }
  return JV_OK;
}

jv_status jv_restatements(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                          const jv_view *view, jv_restatement **out, size_t *n) {
  jv_span_set set[JV_CONCEPT_TAGS] = {{0}};
  pair_list list = {.size = sizeof(jv_restatement)};
  size_t sets;
  jv_status status = open_all(cx, facts, concept, view, set, &sets);
  for (size_t i = 0; i < sets && status == JV_OK; i++) status = restated_spans(cx, &set[i], &list);
  for (size_t i = 0; i < JV_CONCEPT_TAGS; i++) jv_spans_clear(cx, &set[i]);
  if (status != JV_OK) {
    jv_free(cx, list.at);
    return status;
  }
  *out = list.at;
  *n = list.n;
  return JV_OK;
}
