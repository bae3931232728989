/* A series with some of its values replaced by estimates. */
#ifndef JV_SERIES_MEND_H
#define JV_SERIES_MEND_H

#include "series/series.h"

/* jv_series_mend(cx, s, values, operation, out): a copy of s with the n `values`. Those that differ
 * from its own are marked estimated, with `operation` ("outlier replaced") in the lineage where s
 * has one; all else keeps its evidence and lineage. *changed (or NULL) counts them.
 * Errors: JV_ENOMEM. Checked by: tests/core/test_clean.c */
jv_status jv_series_mend(jv_ctx *cx, const jv_series *s, const double *values,
                         const char *operation, size_t *changed, jv_series **out);

#endif
