/* Concepts: what an analyst asks for, as an ordered chain of the tags that filers have used for it.
 *
 * Chains and the definitions of single filers' lines are tables, read by every part; nothing
 * about a filer stands in code. */
#ifndef JV_CAPEX_CONCEPT_H
#define JV_CAPEX_CONCEPT_H

#include "base/ctx.h"

#define JV_CONCEPT_TAGS 8

/* What a figure of capital expenditure counts; comparisons state one. */
#define JV_BOUNDARIES(X)                                                                           \
  X(CASH, "cash",                                                                                  \
    "purchases of property and equipment as the cash-flow statement has them, gross")              \
  X(CASH_NET, "cash_net", "the same less proceeds from sales and incentives")                      \
  X(CASH_PLUS_LEASE, "cash_plus_lease_principal",                                                  \
    "the line of the cash-flow statement plus principal payments on finance leases")               \
  X(INCL_LEASES, "incl_lease_additions", "with assets acquired under finance leases")              \
  X(ACCRUED, "accrued", "additions to property and equipment whether paid or not")

typedef enum jv_boundary {
#define X(code, name, text) JV_BOUNDARY_##code,
  JV_BOUNDARIES(X)
#undef X
      JV_BOUNDARY_COUNT
} jv_boundary;

const char *jv_boundary_name(jv_boundary boundary);
const char *jv_boundary_text(jv_boundary boundary);
jv_status jv_boundary_parse(jv_ctx *cx, const char *name,
                            jv_boundary *out); /* JV_EINVAL lists them */

typedef struct jv_concept {
  const char *name;
  const char *tags[JV_CONCEPT_TAGS]; /* in order of preference, NULL-ended; any taxonomy */
  bool stock;                        /* instants at period ends */
  bool positive;                     /* a negative figure is a sign of an error, and warned of */
  const char *segment_tag; /* by segment, when filers tag that otherwise; NULL: the same tags */
  const char *doc;
} jv_concept;

/* All concepts, ended by a NULL name. */
const jv_concept *jv_concepts(void);
/* JV_ENOTFOUND with a suggestion. */
jv_status jv_concept_find(jv_ctx *cx, const char *name, const jv_concept **out);

/* How one filer's line departs from the concept, from a filing date on. */
typedef struct jv_definition {
  int64_t cik;
  const char *tag;
  const char *from, *to; /* dates of filing, inclusive; "" open */
  jv_boundary boundary;  /* what the line counts */
  const char *note;
} jv_definition;

/* The definition in force for a fact of this filer and tag filed on this day, or NULL: the
 * concept's. */
const jv_definition *jv_definition_of(int64_t cik, const char *tag, int64_t filed);

#endif
