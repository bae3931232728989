/* The fiscal calendar of one filer, derived from the spans of its own annual facts.
 *
 * A fiscal year is named after the calendar year of the month end nearest its last day, so that
 * 52/53-week years keep their names (the year to 2023-01-01 is 2022, the year to 2023-12-31 is
 * 2023). */
#ifndef JV_CAPEX_FISCAL_H
#define JV_CAPEX_FISCAL_H

#include "capex/facts.h"
#include "series/period.h"

typedef struct jv_fiscal_year {
  int64_t first_day, last_day;
  int name;       /* 2024 */
  bool projected; /* beyond the annual facts: by the nominal month end */
} jv_fiscal_year;

typedef struct jv_fiscal {
  int month; /* nominal: 12, 6, 5, … */
  jv_freq annual, quarterly;
  jv_fiscal_year *year; /* ascending and without gaps */
  size_t n;
} jv_fiscal;

/* From facts filed on or before as_of (INT64_MAX: all): ends of spans of 350 to 380 days in annual
 * reports (10-K, 20-F, 40-F and amendments), the month by vote; failing those, year-to-date chains.
 * Years are projected two beyond the last and one before the first, and over gaps.
 * Errors: JV_EDATA (no annual span: what was looked for), JV_ENOMEM. */
jv_status jv_fiscal_derive(jv_ctx *cx, const jv_facts *facts, int64_t as_of, jv_fiscal *out);
void jv_fiscal_clear(jv_ctx *cx, jv_fiscal *fiscal);

/* The year that holds this day, or NULL. */
const jv_fiscal_year *jv_fiscal_year_of(const jv_fiscal *fiscal, int64_t day);
/* The year whose end is within `tolerance` days of last_day, or NULL. */
const jv_fiscal_year *jv_fiscal_year_ending(const jv_fiscal *fiscal, int64_t last_day,
                                            int64_t tolerance);
/* The year of this name; JV_EPERIOD names what there is. */
jv_status jv_fiscal_year_named(jv_ctx *cx, const jv_fiscal *fiscal, int name,
                               const jv_fiscal_year **out);
/* The period of quarter 1..4 of a year, and of the year. */
jv_period jv_fiscal_quarter(const jv_fiscal *fiscal, const jv_fiscal_year *year, int quarter);
jv_period jv_fiscal_annual(const jv_fiscal *fiscal, const jv_fiscal_year *year);
/* Quarter 1..4 that ends nearest to last_day within its year, or 0 when none is near (half-way).
 * Quarters need not be 13 weeks: 12/12/12/16 and 16/12/12/12 are known. */
int jv_fiscal_quarter_ending(const jv_fiscal_year *year, int64_t last_day);

#endif
