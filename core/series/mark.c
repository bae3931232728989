/* Marks: evidence, lineage and exact dates of observations, carried through operations. */
#include "series/mark.h"
#include <math.h>
#include <string.h>

jv_mark jv_mark_copy(const jv_mark *mark) {
  jv_mark copy = *mark;
  jv_lineage_retain(copy.lineage);
  return copy;
}

void jv_mark_clear(jv_ctx *cx, jv_mark *mark) {
  jv_lineage_release(cx, mark->lineage);
  memset(mark, 0, sizeof *mark);
}

static bool has_span(const jv_mark *mark) { return mark->first_day != 0 || mark->last_day != 0; }

/* Inputs with a lineage become those of a new node. */
static jv_status join_lineage(jv_ctx *cx, const char *operation, double value,
                              const jv_mark *const *inputs, size_t n, jv_lineage **out) {
  size_t count = 0;
  *out = NULL;
  for (size_t i = 0; i < n; i++) count += inputs[i] && inputs[i]->lineage;
  if (count == 0) return JV_OK;
  jv_lineage **nodes = JV_ARRAY(cx, jv_lineage *, count);
  if (!nodes) return jv_failure(cx);
  size_t k = 0;
  for (size_t i = 0; i < n; i++)
    if (inputs[i] && inputs[i]->lineage) nodes[k++] = inputs[i]->lineage;
  jv_status status = jv_lineage_derived(cx, operation, value, nodes, count, out);
  jv_free(cx, nodes);
  return status;
}

jv_status jv_mark_join(jv_ctx *cx, const char *operation, double value, jv_evidence floor,
                       const jv_mark *const *inputs, size_t n, jv_mark *out) {
  jv_mark mark;
  bool same_span = true;
  memset(&mark, 0, sizeof mark);
  for (size_t i = 0; i < n; i++) {
    const jv_mark *in = inputs[i];
    if (!in) continue;
    mark.evidence =
        (uint8_t)jv_evidence_weakest((jv_evidence)mark.evidence, (jv_evidence)in->evidence);
    if (!has_span(in)) continue;
    if (has_span(&mark) && (mark.first_day != in->first_day || mark.last_day != in->last_day))
      same_span = false;
    mark.first_day = in->first_day;
    mark.last_day = in->last_day;
  }
  if (!same_span) mark.first_day = mark.last_day = 0;
  JV_TRY(join_lineage(cx, operation, value, inputs, n, &mark.lineage));
  if (mark.evidence != JV_EVIDENCE_NONE || mark.lineage) {
    mark.evidence = (uint8_t)jv_evidence_weakest((jv_evidence)mark.evidence, floor);
    if (isnan(value)) mark.evidence = JV_EVIDENCE_UNRESOLVED;
  }
  *out = mark;
  return JV_OK;
}
