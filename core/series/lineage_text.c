/* Lineage as text: one line a node, indented by depth, chains of one operation folded. */
#include "series/lineage.h"
#include "series/period.h"
#include "series/buffer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  DEPTH_MAX = 40, /* deeper levels are left out: nobody reads them, and the C stack is finite */
  CHAIN_SHOWN = 3 /* steps of one operation that are printed before folding */
};

/* 27834000000 as 27,834,000,000; fractions of large figures to two places, of millions to none. */
static void format_number(double value, char *out, size_t size) {
  char digits[40];
  double m = fabs(value);
  if (isnan(value)) {
    snprintf(out, size, "missing");
    return;
  }
  if (m < 1000 || m >= 1e15) {
    snprintf(out, size, "%.10g", value);
    jv_decimal_point(out);
    return;
  }
  snprintf(digits, sizeof digits, "%.*f", value == floor(value) || m >= 1e6 ? 0 : 2, m);
  jv_decimal_point(digits);
  size_t at = 0, whole = strcspn(digits, ".");
  if (value < 0 && size > 1) out[at++] = '-';
  for (size_t i = 0; digits[i] && at + 2 < size; i++) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out[at++] = ',';
    out[at++] = digits[i];
  }
  out[at] = '\0';
}

static void append(char *out, size_t size, const char *before, const char *text) {
  size_t len = strlen(out);
  if (text && *text && len < size) snprintf(out + len, size - len, "%s%s", before, text);
}

static void source_line(const jv_source *source, char *out, size_t size) {
  char day[JV_PERIOD_TEXT];
  append(out, size, " ", source->unit);
  append(out, size, "  ", source->filer);
  append(out, size, " ", source->tag);
  if (source->start != INT64_MIN) {
    jv_date_format(source->start, day);
    append(out, size, "  ", day);
  }
  if (source->end != INT64_MIN) {
    jv_date_format(source->end, day);
    append(out, size, source->start != INT64_MIN ? " to " : "  at ", day);
  }
  append(out, size, "  ", source->form);
  append(out, size, " ", source->accession);
  if (source->filed != INT64_MIN) {
    jv_date_format(source->filed, day);
    append(out, size, " filed ", day);
  }
  append(out, size, "  ", source->note);
}

void jv_lineage_line(const jv_lineage *node, char *out, size_t size) {
  if (size == 0) return;
  format_number(jv_lineage_value(node), out, size);
  if (jv_lineage_get_source(node))
    source_line(jv_lineage_get_source(node), out, size);
  else
    append(out, size, " = ", jv_lineage_operation(node));
}

typedef struct printer {
  jv_grown text;
  size_t lines, max_lines;
} printer;

static jv_status put_line(jv_ctx *cx, printer *p, int depth, const char *line) {
  JV_TRY(jv_grown_add(cx, &p->text, "%s%*s%s", p->lines ? "\n" : "", 2 * depth, "", line));
  p->lines++;
  return JV_OK;
}

/* The input that goes on with the same operation, or NULL. */
static const jv_lineage *next_in_chain(const jv_lineage *node) {
  const char *operation = jv_lineage_operation(node);
  for (size_t i = 0; operation && i < jv_lineage_input_count(node); i++) {
    const jv_lineage *input = jv_lineage_input(node, i);
    const char *other = input ? jv_lineage_operation(input) : NULL;
    if (other && strcmp(operation, other) == 0) return input;
  }
  return NULL;
}

/* The last node of the chain that begins at node, and the number of steps to it. */
static const jv_lineage *end_of_chain(const jv_lineage *node, size_t *steps) {
  *steps = 0;
  for (const jv_lineage *next; (next = next_in_chain(node)) != NULL; node = next) (*steps)++;
  return node;
}

static jv_status put_node(jv_ctx *cx, printer *p, const jv_lineage *node, int depth, int chain);

/* The inputs of a node; `chain` counts the steps of its operation printed so far. */
static jv_status put_inputs(jv_ctx *cx, printer *p, const jv_lineage *node, int depth, int chain) {
  char line[160];
  const jv_lineage *next = next_in_chain(node), *last = NULL;
  size_t steps = 0;
  if (next && chain + 1 >= CHAIN_SHOWN) last = end_of_chain(next, &steps);
  for (size_t i = 0; i < jv_lineage_input_count(node) && p->lines < p->max_lines; i++) {
    const jv_lineage *input = jv_lineage_input(node, i);
    if (!input) continue;
    if (input != next || steps == 0) {
      JV_TRY(put_node(cx, p, input, depth, input == next ? chain + 1 : 0));
      continue;
    }
    snprintf(line, sizeof line, "… %zu more of %.100s", steps, jv_lineage_operation(node));
    JV_TRY(put_line(cx, p, depth, line));
    JV_TRY(put_node(cx, p, last, depth, 0));
  }
  return JV_OK;
}

static jv_status put_node(jv_ctx *cx, printer *p, const jv_lineage *node, int depth, int chain) {
  char line[400];
  if (p->lines >= p->max_lines) return JV_OK;
  if (depth > DEPTH_MAX || (p->lines > 0 && p->lines + 1 == p->max_lines))
    return put_line(cx, p, depth, "…");
  jv_lineage_line(node, line, sizeof line);
  JV_TRY(put_line(cx, p, depth, line));
  return put_inputs(cx, p, node, depth + 1, chain);
}

jv_status jv_lineage_format(jv_ctx *cx, const jv_lineage *node, size_t max_lines, char **text) {
  printer p;
  memset(&p, 0, sizeof p);
  p.max_lines = max_lines ? max_lines : 1;
  jv_status status = put_node(cx, &p, node, 0, 0);
  if (status == JV_OK) status = jv_grown_take(cx, &p.text, text);
  if (status != JV_OK) jv_grown_free(cx, &p.text);
  return status;
}
