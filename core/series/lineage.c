/* Lineage: a graph of immutable, counted nodes.
 *
 * Chains can be as long as a series (a running total refers to the one before), so releasing and
 * walking use a list threaded through the nodes instead of the C stack. */
#include "series/lineage.h"
#include <stdio.h>
#include <string.h>

struct jv_lineage {
  size_t references;
  bool is_source;
  bool seen;        /* scratch of a walk; false between walks */
  jv_lineage *next; /* list of a walk or a release */
  double value;
  char *operation; /* derived */
  size_t n_inputs;
  jv_lineage **inputs;
  jv_source source; /* its texts are owned */
};

static const char *const evidence_names[] = {
#define X(code, name) name,
    JV_EVIDENCES(X)
#undef X
};

const char *jv_evidence_name(jv_evidence evidence) {
  return (unsigned)evidence < JV_EVIDENCE_COUNT ? evidence_names[evidence] : "?";
}

jv_status jv_evidence_parse(jv_ctx *cx, const char *name, jv_evidence *out) {
  for (int i = 0; i < JV_EVIDENCE_COUNT; i++)
    if (strcmp(name, evidence_names[i]) == 0) {
      *out = (jv_evidence)i;
      return JV_OK;
    }
  return jv_fail(cx, JV_EINVAL,
                 "'%.40s' is no evidence status: reported, derived, estimated, scenario or "
                 "unresolved",
                 name);
}

jv_evidence jv_evidence_weakest(jv_evidence a, jv_evidence b) { return a > b ? a : b; }

/* ---- making and releasing ---- */

/* Frees one node whose inputs have been let go. */
static void free_node(jv_ctx *cx, jv_lineage *node) {
  const char *texts[] = {node->source.filer, node->source.accession, node->source.tag,
                         node->source.form,  node->source.unit,      node->source.note};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char *text = NULL;
    memcpy(&text, &texts[i], sizeof text); /* owned copies behind const pointers */
    jv_free(cx, text);
  }
  jv_free(cx, node->operation);
  jv_free(cx, node->inputs);
  jv_free(cx, node);
}

static bool copy_text(jv_ctx *cx, const char *text, const char **out) {
  *out = text ? jv_strdup(cx, text) : NULL;
  return !text || *out;
}

jv_status jv_lineage_source(jv_ctx *cx, const jv_source *source, jv_lineage **out) {
  jv_lineage *node = JV_NEW(cx, jv_lineage);
  if (!node) return jv_failure(cx);
  node->references = 1;
  node->is_source = true;
  node->value = source->value;
  jv_source *own = &node->source;
  if (!copy_text(cx, source->filer, &own->filer) ||
      !copy_text(cx, source->accession, &own->accession) ||
      !copy_text(cx, source->tag, &own->tag) || !copy_text(cx, source->form, &own->form) ||
      !copy_text(cx, source->unit, &own->unit) || !copy_text(cx, source->note, &own->note)) {
    free_node(cx, node);
    return jv_failure(cx);
  }
  own->start = source->start;
  own->end = source->end;
  own->filed = source->filed;
  own->value = source->value;
  *out = node;
  return JV_OK;
}

jv_status jv_lineage_derived(jv_ctx *cx, const char *operation, double value,
                             jv_lineage *const *inputs, size_t n_inputs, jv_lineage **out) {
  jv_lineage *node = JV_NEW(cx, jv_lineage);
  if (!node) return jv_failure(cx);
  node->references = 1;
  node->value = value;
  node->operation = jv_strdup(cx, operation);
  node->inputs = JV_ARRAY(cx, jv_lineage *, n_inputs);
  if (!node->operation || !node->inputs) {
    free_node(cx, node);
    return jv_failure(cx);
  }
  for (size_t i = 0; i < n_inputs; i++) node->inputs[i] = jv_lineage_retain(inputs[i]);
  node->n_inputs = n_inputs;
  *out = node;
  return JV_OK;
}

jv_lineage *jv_lineage_retain(jv_lineage *node) {
  if (node) node->references++;
  return node;
}

void jv_lineage_release(jv_ctx *cx, jv_lineage *node) {
  if (!node || --node->references > 0) return;
  jv_lineage *dead = node;
  dead->next = NULL;
  while (dead) {
    jv_lineage *first = dead;
    dead = first->next;
    for (size_t i = 0; i < first->n_inputs; i++) {
      jv_lineage *input = first->inputs[i];
      if (!input || --input->references > 0) continue;
      input->next = dead;
      dead = input;
    }
    free_node(cx, first);
  }
}

/* ---- reading ---- */

const jv_source *jv_lineage_get_source(const jv_lineage *node) {
  return node->is_source ? &node->source : NULL;
}
const char *jv_lineage_operation(const jv_lineage *node) { return node->operation; }
double jv_lineage_value(const jv_lineage *node) { return node->value; }
size_t jv_lineage_input_count(const jv_lineage *node) { return node->n_inputs; }
const jv_lineage *jv_lineage_input(const jv_lineage *node, size_t i) { return node->inputs[i]; }

/* `seen` is scratch, set only while a walk runs, so a walk may write it on nodes that it only
 * reads. */
static void set_seen(const jv_lineage *node, bool seen) {
  union {
    const jv_lineage *in;
    jv_lineage *out;
  } pointer = {node};
  pointer.out->seen = seen;
}

/* All nodes below `node` in the order met, each once, in *list (*n of them). */
static jv_status walk(jv_ctx *cx, const jv_lineage *node, const jv_lineage ***list, size_t *n) {
  size_t room = 16, count = 0, done = 0;
  const jv_lineage **met = JV_ARRAY(cx, const jv_lineage *, room);
  jv_status status = met ? JV_OK : jv_failure(cx);
  if (met) met[count++] = node;
  if (met) set_seen(node, true);
  for (; status == JV_OK && done < count; done++) {
    const jv_lineage *at = met[done];
    for (size_t i = 0; i < at->n_inputs; i++) {
      jv_lineage *input = at->inputs[i];
      if (!input || input->seen) continue;
      if (count == room) {
        const jv_lineage **more = jv_realloc(cx, met, 2 * room, sizeof(const jv_lineage *));
        if (!more) {
          status = jv_failure(cx);
          break;
        }
        met = more;
        room *= 2;
      }
      input->seen = true;
      met[count++] = input;
    }
  }
  for (size_t i = 0; i < count; i++) set_seen(met[i], false);
  if (status != JV_OK) {
    jv_free(cx, met);
    return status;
  }
  *list = met;
  *n = count;
  return JV_OK;
}

jv_status jv_lineage_sources(jv_ctx *cx, const jv_lineage *node, const jv_lineage ***out,
                             size_t *n) {
  const jv_lineage **list;
  size_t count, kept = 0;
  JV_TRY(walk(cx, node, &list, &count));
  for (size_t i = 0; i < count; i++)
    if (list[i]->is_source) list[kept++] = list[i];
  *out = list;
  *n = kept;
  return JV_OK;
}
