/* Facts in words, and paths of facts as lineage. */
#ifndef JV_CAPEX_PATH_LINEAGE_H
#define JV_CAPEX_PATH_LINEAGE_H

#include "capex/fiscal.h"
#include "capex/spans.h"
#include "series/lineage.h"

#define JV_FACT_TEXT 200

/* The ticker, or "CIK 7" in the buffer. */
const char *jv_filer_name(const jv_facts *facts, char cik[24]);

/* "82999 mn USD over 2024-01-01..2024-12-31 (0001018724-25-000004, filed 2025-02-07)" */
void jv_fact_text(const jv_fact *fact, char out[JV_FACT_TEXT]);

/* A source node for one fact; for more a derived node whose operation names the spans from the
 * start of this fiscal year: "FY - 9M". */
jv_status jv_path_lineage(jv_ctx *cx, const jv_facts *facts, const jv_path *path,
                          const jv_fiscal_year *year, jv_lineage **out);

#endif
