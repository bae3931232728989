/* A series with some of its values replaced by estimates; mend.h has the contract. */
#include "series/mend.h"
#include "series/mark.h"
#include <math.h>

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static jv_status replace(jv_ctx *cx, const jv_series *s, size_t i, double value,
                         const char *operation, jv_series *out) {
  const jv_mark *in[] = {jv_series_mark_at(s, i)};
  out->value[i] = value;
  jv_mark_clear(cx, &out->mark[i]);
  JV_TRY(jv_mark_join(cx, operation, value, JV_EVIDENCE_ESTIMATED, in, 1, &out->mark[i]));
  /* A missing value is unresolved, and untracked ones say nothing: neither describes an estimate. */
  out->mark[i].evidence = JV_EVIDENCE_ESTIMATED;
  return JV_OK;
}

jv_status jv_series_mend(jv_ctx *cx, const jv_series *s, const double *values,
                         const char *operation, size_t *changed, jv_series **out) {
  jv_series *made;
  size_t count = 0;
  JV_TRY(jv_series_copy(cx, s, &made));
  for (size_t i = 0; i < s->n; i++) count += same(values[i], s->value[i]) ? 0 : 1;
  jv_status status = count > 0 ? jv_series_need_marks(cx, made) : JV_OK;
  for (size_t i = 0; status == JV_OK && i < s->n; i++)
    if (!same(values[i], s->value[i])) status = replace(cx, s, i, values[i], operation, made);
  if (status != JV_OK) {
    jv_series_free(cx, made);
    return status;
  }
  if (changed) *changed = count;
  *out = made;
  return JV_OK;
}
