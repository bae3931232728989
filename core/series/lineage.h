/* Where a figure came from: evidence status, and a graph of operations down to filed facts.
 *
 * Nodes are immutable and reference-counted within one context (thread). A derived node holds
 * the operation's name and its inputs; a source node holds a fact's accession, tag, span, filed
 * date. */
#ifndef JV_SERIES_LINEAGE_H
#define JV_SERIES_LINEAGE_H

#include "base/ctx.h"

/* Strongest first; a result takes the weakest of its inputs (jv_evidence_weakest). */
#define JV_EVIDENCES(X)                                                                            \
  X(NONE, "") /* not tracked: the bulk path */                                                     \
  X(REPORTED, "reported")                                                                          \
  X(DERIVED, "derived")                                                                            \
  X(ESTIMATED, "estimated")                                                                        \
  X(SCENARIO, "scenario")                                                                          \
  X(UNRESOLVED, "unresolved")

typedef enum jv_evidence {
#define X(code, name) JV_EVIDENCE_##code,
  JV_EVIDENCES(X)
#undef X
      JV_EVIDENCE_COUNT
} jv_evidence;

const char *jv_evidence_name(jv_evidence evidence);
jv_status jv_evidence_parse(jv_ctx *cx, const char *name, jv_evidence *out);
/* The weakest of two statuses; combining two reported figures is at best `derived`, which the
 * operation, not this function, adds. */
jv_evidence jv_evidence_weakest(jv_evidence a, jv_evidence b);

typedef struct jv_source {
  const char *filer;                         /* "AMZN" or the CIK */
  const char *accession, *tag, *form, *unit; /* any may be NULL; copied */
  const char *note;                          /* file and line, or another citation; may be NULL */
  int64_t start, end;                        /* days; start == INT64_MIN for instants */
  int64_t filed;                             /* day; INT64_MIN unknown */
  double value;
} jv_source;

typedef struct jv_lineage jv_lineage;

/* New nodes have one reference, the caller's. The children of a derived node are retained. */
jv_status jv_lineage_source(jv_ctx *cx, const jv_source *source, jv_lineage **out);
jv_status jv_lineage_derived(jv_ctx *cx, const char *operation, double value,
                             jv_lineage *const *inputs, size_t n_inputs, jv_lineage **out);
jv_lineage *jv_lineage_retain(jv_lineage *node); /* NULL passes */
void jv_lineage_release(jv_ctx *cx, jv_lineage *node);

/* Reading. source is NULL for a derived node; operation is NULL for a source. */
const jv_source *jv_lineage_get_source(const jv_lineage *node);
const char *jv_lineage_operation(const jv_lineage *node);
double jv_lineage_value(const jv_lineage *node);
size_t jv_lineage_input_count(const jv_lineage *node);
const jv_lineage *jv_lineage_input(const jv_lineage *node, size_t i);

/* The distinct sources that a node rests on, in the order met, each once; *out holds *n nodes that
 * live as long as `node` does, itself to be freed with jv_free. */
jv_status jv_lineage_sources(jv_ctx *cx, const jv_lineage *node, const jv_lineage ***out,
                             size_t *n);

/* One line for a node: value, then operation or tag, span, form, accession, filed date, filer;
 * cut at size. */
void jv_lineage_line(const jv_lineage *node, char *out, size_t size);

/* The tree as indented text, one node a line; *text to be freed with jv_free. Long chains of one
 * operation are folded ("… 12 more"), and after max_lines lines the rest is left out with "…". */
jv_status jv_lineage_format(jv_ctx *cx, const jv_lineage *node, size_t max_lines, char **text);

#endif
