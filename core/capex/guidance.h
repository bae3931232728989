/* Guidance: dated statements of what a firm will spend, each with its boundary and fiscal year.
 *
 * Data with a date, kept like vintages: a statement is visible from the day it was made, one
 * whose day is unknown is listed but never visible as of a date. */
#ifndef JV_CAPEX_GUIDANCE_H
#define JV_CAPEX_GUIDANCE_H

#include "capex/concept.h"

#define JV_GUIDE_KINDS(X)                                                                          \
  X(POINT, "point")                                                                                \
  X(ABOUT, "about")                                                                                \
  X(RANGE, "range")                                                                                \
  X(AT_LEAST, "at_least")                                                                          \
  X(AT_MOST, "at_most")                                                                            \
  X(GROWTH, "growth")                                                                              \
  X(DIRECTION, "direction")

typedef enum jv_guide_kind {
#define X(code, name) JV_GUIDE_##code,
  JV_GUIDE_KINDS(X)
#undef X
      JV_GUIDE_KIND_COUNT
} jv_guide_kind;

const char *jv_guide_kind_name(jv_guide_kind kind);
/* JV_EINVAL lists the kinds. */
jv_status jv_guide_kind_parse(jv_ctx *cx, const char *name, jv_guide_kind *out);

typedef struct jv_guide {
  char *firm, *ticker, *period; /* "Meta", "META", "FY2025" */
  char *said;                   /* as given: "2025-01-29", "2026-04", "2026-07/08", "" */
  int64_t said_day;             /* the last day it can mean; JV_NO_DAY unknown */
  double low, high;             /* in whole currency; NaN open */
  jv_guide_kind kind;
  char *boundary; /* a jv_boundary's name, or "firm_defined" */
  char *quality, *note;
  size_t line;
} jv_guide;

typedef struct jv_guidance {
  jv_guide *guide; /* in the order of the file */
  size_t n, capacity;
} jv_guidance;

/* Reads CSV text with the columns firm, ticker, period, said, low_bn, high_bn, kind, boundary,
 * quality, note (the last two may be absent). JV_EPARSE names line, column and what was wanted. */
jv_status jv_guidance_read(jv_ctx *cx, const char *text, size_t len, jv_guidance **out);
void jv_guidance_free(jv_ctx *cx, jv_guidance *guidance);

/* The last day that a full or partial date can mean: "2026-04" is 2026-04-30, "2026-07/08"
 * 2026-08-31, "2026" 2026-12-31, "" JV_NO_DAY. JV_EPARSE. */
jv_status jv_partial_date(jv_ctx *cx, const char *text, int64_t *day);

/* Is it visible as of this day? */
bool jv_guide_visible(const jv_guide *guide, int64_t as_of);
double jv_guide_midpoint(const jv_guide *guide); /* NaN when open */
double jv_guide_width(const jv_guide *guide);

typedef enum jv_guide_verdict {
  JV_GUIDE_BELOW,
  JV_GUIDE_WITHIN,
  JV_GUIDE_ABOVE,
  JV_GUIDE_UNKNOWN
} jv_guide_verdict;
/* Where an amount stands to the guide; "about" and "point" allow 2.5 % either way. */
jv_guide_verdict jv_guide_compare(const jv_guide *guide, double amount);

#endif
