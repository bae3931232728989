/* Marks of observations: copying, releasing, and joining those of the inputs of an operation. */
#ifndef JV_SERIES_MARK_H
#define JV_SERIES_MARK_H

#include "series/series.h"

/* A copy with its own reference to the lineage. */
jv_mark jv_mark_copy(const jv_mark *mark);
void jv_mark_clear(jv_ctx *cx, jv_mark *mark);

/* The mark of `value`, made by `operation` from n inputs (NULL entries are not tracked): the
 * weakest evidence, at best `floor`; unresolved when value is missing; a lineage node where an
 * input has one; the exact span where all tracked inputs agree on it. All NULL gives a zeroed
 * mark. */
jv_status jv_mark_join(jv_ctx *cx, const char *operation, double value, jv_evidence floor,
                       const jv_mark *const *inputs, size_t n, jv_mark *out);

/* An array of n zeroed marks for s, when it has none yet. */
jv_status jv_series_need_marks(jv_ctx *cx, jv_series *s);

/* The mark of observation i, or NULL on the bulk path. */
const jv_mark *jv_series_mark_at(const jv_series *s, size_t i);

/* The exact span of observation i: as filed where that is known, else the period's. */
void jv_series_span(const jv_series *s, size_t i, int64_t *first_day, int64_t *last_day);

/* A series of n missing values from `start` with the name, note and unit of s; marks when s has. */
jv_status jv_series_like(jv_ctx *cx, const jv_series *s, jv_period start, size_t n,
                         jv_series **out);

/* Is this one of the lines of the note? */
bool jv_note_holds(const char *note, const char *line);
/* Adds a line to the note, unless it is there already. */
jv_status jv_series_add_note(jv_ctx *cx, jv_series *s, const char *line);

#endif
