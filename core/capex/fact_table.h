/* How the readers of facts fill a table: not for those who ask it. */
#ifndef JV_CAPEX_FACT_TABLE_H
#define JV_CAPEX_FACT_TABLE_H

#include "capex/facts.h"
#include "capex/pool.h"

jv_status jv_fact_table_new(jv_ctx *cx, jv_facts **out);
/* Appends a copy, its rank from its form; jv_fact_table_sort restores the order. */
jv_status jv_fact_table_add(jv_ctx *cx, jv_facts *facts, const jv_fact *fact);
void jv_fact_table_sort(jv_facts *facts);
/* The group of facts with these texts, a new one if there is none. */
uint32_t jv_fact_table_group(jv_facts *facts, const jv_fact *like);
bool jv_fact_suspect(const jv_fact *fact);

#endif
