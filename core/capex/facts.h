/* Every fact of one filer, none overwritten: taxonomy, tag, unit, span, value, accession, form,
 * dates.
 *
 * Read from the companyfacts JSON of the SEC's API, and from small CSV files of figures that
 * this API lacks (custom tags, segments). A fact that cannot be used (a span that ends before it
 * starts, a value that is no number a filing could mean) is kept, marked suspect, warned of, and
 * never computed with. */
#ifndef JV_CAPEX_FACTS_H
#define JV_CAPEX_FACTS_H

#include "base/ctx.h"

#define JV_NO_DAY INT64_MIN /* an instant's start, an unknown filed date */

/* How much a form's figures weigh: periodic reports and their amendments, other reports, the rest
 * (proxies, registrations). A lower rank outranks a higher one. */
typedef enum jv_form_rank { JV_FORM_PERIODIC, JV_FORM_CURRENT, JV_FORM_OTHER } jv_form_rank;

typedef struct jv_fact {
  const char *taxonomy, *tag, *unit;         /* "us-gaap", "PaymentsTo…", "USD" */
  const char *segment, *dimensions;          /* "" for the filer as a whole */
  const char *accession, *form, *fp, *frame; /* "" when absent or null */
  int64_t start, end, filed;                 /* days; start JV_NO_DAY for instants */
  double value;
  uint32_t group; /* facts of one taxonomy, tag, unit and dimensions */
  int32_t fy;     /* of the filing, not of the fact; 0 when null */
  uint8_t rank;   /* jv_form_rank */
  bool suspect;
} jv_fact;

struct jv_pool; /* interned texts */

typedef struct jv_facts {
  int64_t cik;
  const char *ticker, *name; /* "" when unknown */
  jv_fact *fact;             /* sorted by group, start, end, filed, accession */
  size_t n, capacity;
  struct jv_pool *pool;
  struct jv_pool *said; /* warnings given already */
  size_t groups;
  size_t references; /* jv_facts_retain, jv_facts_free */
} jv_facts;

/* Parses text[0..len) in the shape of the companyfacts API. ticker may be NULL.
 * Errors: JV_EPARSE with line and column (not JSON, truncated, nested too deeply) or with the path
 * ("facts.us-gaap.Revenues.units.USD[3].val: wanted a number, found text"); JV_ENOMEM. Nothing is
 * half-built: *out is untouched on failure. */
jv_status jv_facts_read(jv_ctx *cx, const char *text, size_t len, const char *ticker,
                        jv_facts **out);

/* Adds the rows of a CSV file that belong to this filer, and says how many. Columns, in any order:
 * cik, taxonomy, tag, end, value, unit, accession, form, filed; start (blank: an instant),
 * segment and dimensions (blank: the filer as a whole) may be absent. Rows that the table has
 * already (all but frame, fy and fp equal) are not repeated. On an error the table is as before;
 * it names line and column. */
jv_status jv_facts_add_csv(jv_ctx *cx, jv_facts *facts, const char *text, size_t len,
                           size_t *added);

jv_facts *jv_facts_retain(jv_facts *facts);
void jv_facts_free(jv_ctx *cx, jv_facts *facts); /* drops one reference */

jv_form_rank jv_form_rank_of(const char *form);

/* A range of facts: those of one group. */
typedef struct jv_fact_range {
  size_t first, n;
} jv_fact_range;

/* The groups that hold a tag, in order: call with *next = 0 first; false when there are no more.
 * taxonomy may be NULL (any). Groups of other dimensions than `segment` ("" for the whole) are
 * passed over. */
bool jv_facts_find(const jv_facts *facts, const char *taxonomy, const char *tag,
                   const char *segment, size_t *next, jv_fact_range *out);

#endif
