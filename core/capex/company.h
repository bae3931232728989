/* One filer as an analyst asks about it: concepts by quarter and year, under a boundary, as of a
 * date. */
#ifndef JV_CAPEX_COMPANY_H
#define JV_CAPEX_COMPANY_H

#include "capex/quarters.h"

typedef struct jv_company {
  jv_facts *facts; /* one reference */
  int64_t as_of;   /* facts filed on or before; INT64_MAX: all */
} jv_company;

/* Takes its own reference to the facts. */
jv_status jv_company_new(jv_ctx *cx, jv_facts *facts, int64_t as_of, jv_company **out);
void jv_company_free(jv_ctx *cx, jv_company *company);

/* The concept as a series on the filer's fiscal calendar (Q-DEC, Q-MAY, A-JUN …), whole units of
 * its currency, with evidence, lineage and exact dates per observation; name "AMZN capex"; note:
 * boundary, tags, splices. `concept` is the name of a concept, or a tag of the filer's own.
 * view->as_of later than the company's is an error.
 *
 * Boundaries other than cash are for capex. A period that lacks a part is NaN and `unresolved`,
 * and its lineage says what is missing. Errors: JV_ENOTFOUND, JV_EINVAL, JV_EUNRESOLVED (the
 * boundary cannot be had: what is missing), JV_EDATA, JV_ENOMEM. */
jv_status jv_company_quarterly(jv_ctx *cx, const jv_company *company, const char *concept,
                               const jv_view *view, jv_series **out);
jv_status jv_company_annual(jv_ctx *cx, const jv_company *company, const char *concept,
                            const jv_view *view, jv_series **out);

/* Nominal end of the fiscal year, "12-31"; JV_EDATA. */
jv_status jv_company_fiscal(jv_ctx *cx, const jv_company *company, jv_fiscal *out);

/* Names of the segments that have facts for the concept; *out by jv_free, the names the facts'. */
jv_status jv_company_segments(jv_ctx *cx, const jv_company *company, const char *concept,
                              const char ***out, size_t *n);

#endif
