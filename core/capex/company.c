/* A filer's concepts as series: the view, the boundary, and what a boundary lacks.
 *
 *   cash                       the line of the cash-flow statement
 *   cash_net                   the line less proceeds, or the line itself where it is net already
 *   cash_plus_lease_principal  the line plus principal payments on finance leases
 *   incl_lease_additions, accrued
 *                              only as management reports them: the additions of a period are
 *                              not in its cash flows, and no sum of tags that filers share gives
 *                              them */
#include "capex/company.h"
#include "series/buffer.h"
#include "series/mark.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SAME_SPAN 5 /* days by which the spans of two lines of one period may differ */

jv_status jv_company_new(jv_ctx *cx, jv_facts *facts, int64_t as_of, jv_company **out) {
  jv_company *company = JV_NEW(cx, jv_company);
  if (!company) return cx->status;
  company->facts = jv_facts_retain(facts);
  company->as_of = as_of;
  *out = company;
  return JV_OK;
}

void jv_company_free(jv_ctx *cx, jv_company *company) {
  if (!company) return;
  jv_facts_free(cx, company->facts);
  jv_free(cx, company);
}

static const char *name_of(const jv_facts *facts) {
  return *facts->ticker ? facts->ticker : *facts->name ? facts->name : "the filer";
}

jv_status jv_company_fiscal(jv_ctx *cx, const jv_company *company, jv_fiscal *out) {
  if (jv_fiscal_derive(cx, company->facts, company->as_of, out) == JV_OK) return JV_OK;
  return jv_fail_in(cx, "%s", name_of(company->facts));
}

/* ---- the concept ---- */

/* A concept by name, or one made of a tag that the filer uses. */
static jv_status concept_of(jv_ctx *cx, const jv_facts *facts, const char *name,
                            const char *segment, jv_concept *out) {
  const jv_concept *known;
  size_t next = 0;
  jv_fact_range range;
  if (jv_concept_find(cx, name, &known) == JV_OK) {
    *out = *known;
  } else if (jv_facts_find(facts, NULL, name, segment, &next, &range)) {
    bool stock = facts->fact[range.first].start == JV_NO_DAY;
    *out = (jv_concept){.name = name, .tags = {name}, .stock = stock};
  } else {
    return cx->status;
  }
  if (*segment && out->segment_tag) {
    out->tags[0] = out->segment_tag;
    out->tags[1] = NULL;
  }
  return JV_OK;
}

/* ---- points ---- */

typedef struct points {
  jv_point *at;
  size_t n;
  char *note;
} points;

typedef struct question {
  jv_ctx *cx;
  const jv_company *company;
  jv_fiscal fiscal;
  jv_view view;
  jv_concept concept;
  bool annual;
} question;

static void clear(jv_ctx *cx, points *p) {
  jv_points_free(cx, p->at, p->n);
  jv_free(cx, p->note);
  *p = (points){0};
}

static jv_status ask(const question *q, const jv_concept *concept, points *out) {
  return (q->annual ? jv_years : jv_quarters)(q->cx, q->company->facts, &q->fiscal, concept,
                                              &q->view, &out->at, &out->n, &out->note);
}

/* Another concept of the same filer; a filer without it gives no points. */
static jv_status ask_part(const question *q, const char *name, points *out) {
  const jv_concept *concept;
  JV_TRY(jv_concept_find(q->cx, name, &concept));
  jv_status status = ask(q, concept, out);
  return status == JV_ENOTFOUND ? JV_OK : status;
}

/* The part of the same days. */
static const jv_point *match(const points *parts, const jv_point *p) {
  for (size_t i = 0; i < parts->n; i++) {
    const jv_point *part = &parts->at[i];
    int64_t head = part->mark.first_day - p->mark.first_day;
    int64_t tail = part->mark.last_day - p->mark.last_day;
    if (part->period.ordinal == p->period.ordinal && !isnan(part->value) && head <= SAME_SPAN &&
        head >= -SAME_SPAN && tail <= SAME_SPAN && tail >= -SAME_SPAN)
      return part;
  }
  return NULL;
}

static jv_status leave_unresolved(jv_ctx *cx, jv_point *p, const char *reason) {
  jv_lineage *known = p->mark.lineage, *node;
  JV_TRY(jv_lineage_derived(cx, reason, NAN, &known, known ? 1 : 0, &node));
  jv_lineage_release(cx, known);
  p->mark.lineage = node;
  p->mark.evidence = JV_EVIDENCE_UNRESOLVED;
  p->value = NAN;
  return JV_OK;
}

/* Adds the part to the point, or takes it off; a point without its part is left unresolved. */
static jv_status join_part(const question *q, jv_point *p, const jv_point *part, bool minus,
                           const char *what, bool by_year) {
  char text[240];
  if (isnan(p->value)) return JV_OK;
  if (!part) {
    snprintf(text, sizeof text, "unresolved: %s is missing for this %s%s", what,
             q->annual ? "year" : "quarter", by_year ? ", the data have it by years only" : "");
    return leave_unresolved(q->cx, p, text);
  }
  snprintf(text, sizeof text, "%s %s %s", q->concept.name, minus ? "less" : "plus", what);
  double value = minus ? p->value - part->value : p->value + part->value;
  const jv_mark *inputs[] = {&p->mark, &part->mark};
  jv_mark joined;
  JV_TRY(jv_mark_join(q->cx, text, value, JV_EVIDENCE_DERIVED, inputs, 2, &joined));
  joined.first_day = p->mark.first_day;
  joined.last_day = p->mark.last_day;
  jv_mark_clear(q->cx, &p->mark);
  p->mark = joined;
  p->value = value;
  return JV_OK;
}

/* Do the data have this concept by year, when they lack it by quarter? */
static jv_status known_by_year(const question *q, const char *name, bool *out) {
  question yearly = *q;
  points p = {0};
  yearly.annual = true;
  JV_TRY(ask_part(&yearly, name, &p));
  *out = p.n > 0;
  clear(q->cx, &p);
  return JV_OK;
}

static bool counts(const jv_point *p, jv_boundary boundary) {
  return p->definition && p->definition->boundary == boundary;
}

static jv_status lacking(const question *q, const char *what) {
  return jv_fail(q->cx, JV_EUNRESOLVED,
                 "%s: %s needs %s, of which the data have none; the filer's own reports may give "
                 "it: add their figures to the facts",
                 name_of(q->company->facts), jv_boundary_name((jv_boundary)q->view.boundary), what);
}

/* cash_net and cash_plus_lease_principal out of the line and one more concept. */
static jv_status apply_part(const question *q, points *line, const char *what, bool minus) {
  points parts = {0};
  bool by_year = false;
  size_t needed = 0;
  for (size_t i = 0; i < line->n; i++)
    if (!(minus && counts(&line->at[i], JV_BOUNDARY_CASH_NET))) needed++;
  if (needed == 0) return JV_OK;
  JV_TRY(ask_part(q, what, &parts));
  jv_status status = JV_OK;
  if (parts.n == 0 && !q->annual) status = known_by_year(q, what, &by_year);
  if (status == JV_OK && parts.n == 0 && !by_year && needed == line->n) status = lacking(q, what);
  for (size_t i = 0; i < line->n && status == JV_OK; i++) {
    jv_point *p = &line->at[i];
    if (minus && counts(p, JV_BOUNDARY_CASH_NET)) continue;
    status = join_part(q, p, match(&parts, p), minus, what, by_year);
  }
  clear(q->cx, &parts);
  return status;
}

static jv_status apply_boundary(const question *q, points *line) {
  switch (q->view.boundary) {
  case JV_BOUNDARY_CASH_NET:
    return apply_part(q, line, "proceeds", true);
  case JV_BOUNDARY_CASH_PLUS_LEASE:
    return apply_part(q, line, "lease_principal", false);
  default:
    return JV_OK;
  }
}

/* ---- the series ---- */

/* "USD/shares" of the API is "USD/share" here; what is no unit of ours has none. */
static jv_unit unit_of(jv_ctx *cx, const char *text, bool stock) {
  jv_unit unit = {0};
  char copy[JV_UNIT_TEXT];
  snprintf(copy, sizeof copy, "%s", text);
  size_t len = strlen(copy);
  if (len > 7 && strcmp(copy + len - 7, "/shares") == 0) copy[len - 1] = '\0';
  if (strcmp(copy, "pure") == 0) snprintf(copy, sizeof copy, "ratio");
  if (jv_unit_parse(cx, copy, &unit) != JV_OK) unit = (jv_unit){0};
  unit.flow = stock ? JV_STOCK : JV_FLOW;
  return unit;
}

/* One unit a series: that of its last figure. Figures in another are left unresolved. */
static jv_status one_unit(const question *q, points *p, const char **unit) {
  *unit = "";
  for (size_t i = 0; i < p->n; i++)
    if (p->at[i].unit) *unit = p->at[i].unit;
  for (size_t i = 0; i < p->n; i++) {
    char reason[120];
    if (!p->at[i].unit || p->at[i].unit == *unit || isnan(p->at[i].value)) continue;
    snprintf(reason, sizeof reason, "unresolved: filed in %s, the series is in %s", p->at[i].unit,
             *unit);
    JV_TRY(leave_unresolved(q->cx, &p->at[i], reason));
  }
  return JV_OK;
}

static jv_status write_note(const question *q, const points *p, jv_grown *out) {
  if (*q->view.segment)
    JV_TRY(jv_grown_add(q->cx, out, "segment: %s, as the filer's segment note counts it\n",
                        q->view.segment));
  else if (strcmp(q->concept.name, "capex") == 0)
    JV_TRY(jv_grown_add(q->cx, out, "boundary: %s, %s\n",
                        jv_boundary_name((jv_boundary)q->view.boundary),
                        jv_boundary_text((jv_boundary)q->view.boundary)));
  if (q->view.first) JV_TRY(jv_grown_add(q->cx, out, "view: as first reported\n"));
  if (q->view.as_of != INT64_MAX) {
    char day[JV_PERIOD_TEXT];
    jv_date_format(q->view.as_of, day);
    JV_TRY(jv_grown_add(q->cx, out, "view: as of %s\n", day));
  }
  return jv_grown_add(q->cx, out, "%s", p->note);
}

static jv_status label(const question *q, const points *p, jv_series *s) {
  jv_grown text = {0};
  char *note = NULL;
  jv_status status = jv_grown_add(q->cx, &text, "%s %s%s%s", name_of(q->company->facts),
                                  q->concept.name, *q->view.segment ? " " : "", q->view.segment);
  if (status == JV_OK) status = jv_series_set_name(q->cx, s, text.text);
  jv_grown_free(q->cx, &text);
  if (status == JV_OK) status = write_note(q, p, &text);
  if (status == JV_OK) status = jv_grown_take(q->cx, &text, &note);
  if (status == JV_OK) {
    size_t len = strlen(note);
    if (len && note[len - 1] == '\n') note[len - 1] = '\0';
    status = jv_series_set_note(q->cx, s, note);
  }
  jv_free(q->cx, note);
  jv_grown_free(q->cx, &text);
  return status;
}

static jv_status to_series(const question *q, points *p, jv_series **out) {
  jv_series *s;
  const char *unit;
  if (p->n == 0)
    return jv_fail(q->cx, JV_EUNRESOLVED, "%s: no %s of %s can be had from the facts",
                   name_of(q->company->facts), q->annual ? "year" : "quarter", q->concept.name);
  JV_TRY(one_unit(q, p, &unit));
  JV_TRY(jv_series_new(q->cx, p->at[0].period, p->n, NULL, &s));
  jv_status status = jv_series_mark(q->cx, s, JV_EVIDENCE_UNRESOLVED);
  for (size_t i = 0; i < p->n && status == JV_OK; i++) {
    s->value[i] = p->at[i].value;
    s->mark[i] = p->at[i].mark; /* with its reference to the lineage */
    p->at[i].mark = (jv_mark){0};
  }
  s->unit = unit_of(q->cx, unit, q->concept.stock);
  if (status == JV_OK) status = label(q, p, s);
  if (status != JV_OK) {
    jv_series_free(q->cx, s);
    return status;
  }
  *out = s;
  return JV_OK;
}

/* ---- the question ---- */

/* Boundaries that only management reports are concepts of their own. */
static const char *reported_concept(jv_boundary boundary) {
  if (boundary == JV_BOUNDARY_INCL_LEASES) return "capex_incl_lease_additions";
  return boundary == JV_BOUNDARY_ACCRUED ? "capex_accrued" : NULL;
}

static jv_status set_concept(question *q, const char *concept) {
  jv_boundary boundary = (jv_boundary)q->view.boundary;
  const char *reported = reported_concept(boundary);
  if (boundary != JV_BOUNDARY_CASH && strcmp(concept, "capex") != 0)
    return jv_fail(q->cx, JV_EINVAL, "boundary %s is for capex, not for %s",
                   jv_boundary_name(boundary), concept);
  if (boundary != JV_BOUNDARY_CASH && *q->view.segment)
    return jv_fail(q->cx, JV_EUNSUPPORTED,
                   "segments have the boundary of the filer's own segment note, not %s",
                   jv_boundary_name(boundary));
  return concept_of(q->cx, q->company->facts, reported ? reported : concept, q->view.segment,
                    &q->concept);
}

static jv_status answer(question *q, const char *concept, jv_series **out) {
  points p = {0};
  JV_TRY(set_concept(q, concept));
  JV_TRY(jv_fiscal_derive(q->cx, q->company->facts, q->view.as_of, &q->fiscal));
  jv_status status = ask(q, &q->concept, &p);
  if (status == JV_ENOTFOUND && reported_concept((jv_boundary)q->view.boundary))
    status = lacking(q, "what management reports");
  if (status == JV_OK) status = apply_boundary(q, &p);
  if (status == JV_OK) status = to_series(q, &p, out);
  clear(q->cx, &p);
  jv_fiscal_clear(q->cx, &q->fiscal);
  return status;
}

static jv_status ask_company(jv_ctx *cx, const jv_company *company, const char *concept,
                             const jv_view *view, bool annual, jv_series **out) {
  question q = {.cx = cx, .company = company, .view = *view, .annual = annual};
  if (!q.view.segment) q.view.segment = "";
  if (view->as_of != INT64_MAX && view->as_of > company->as_of)
    return jv_fail(cx, JV_EINVAL, "%s is seen as of an earlier date than the one asked for",
                   name_of(company->facts));
  if (q.view.as_of > company->as_of) q.view.as_of = company->as_of;
  jv_status status = answer(&q, concept, out);
  return status == JV_EDATA ? jv_fail_in(cx, "%s", name_of(company->facts)) : status;
}

jv_status jv_company_quarterly(jv_ctx *cx, const jv_company *company, const char *concept,
                               const jv_view *view, jv_series **out) {
  return ask_company(cx, company, concept, view, false, out);
}

jv_status jv_company_annual(jv_ctx *cx, const jv_company *company, const char *concept,
                            const jv_view *view, jv_series **out) {
  return ask_company(cx, company, concept, view, true, out);
}

/* ---- segments ---- */

static bool listed(const char *const *names, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (names[i] == name) return true;
  return false;
}

static bool has_tag(const jv_concept *concept, const char *tag) {
  for (size_t i = 0; i < JV_CONCEPT_TAGS && concept->tags[i]; i++)
    if (strcmp(concept->tags[i], tag) == 0) return true;
  return false;
}

jv_status jv_company_segments(jv_ctx *cx, const jv_company *company, const char *concept,
                              const char ***out, size_t *n) {
  const jv_concept *known;
  jv_concept asked = {.name = concept, .tags = {concept}};
  if (jv_concept_find(cx, concept, &known) == JV_OK) asked = *known;
  if (asked.segment_tag) asked.tags[0] = asked.segment_tag;
  if (asked.segment_tag) asked.tags[1] = NULL;
  const jv_facts *facts = company->facts;
  const char **names = NULL;
  size_t count = 0;
  for (size_t i = 0; i < facts->n; i++) {
    const jv_fact *f = &facts->fact[i];
    if (!*f->segment || f->filed > company->as_of || !has_tag(&asked, f->tag) ||
        listed(names, count, f->segment))
      continue;
    const char **larger = jv_realloc(cx, names, count + 1, sizeof *names);
    if (!larger) {
      jv_free(cx, names);
      return cx->status;
    }
    names = larger;
    names[count++] = f->segment;
  }
  *out = names;
  *n = count;
  return JV_OK;
}
