/* Quarters and years: which tag serves a fiscal year, what each period is, and what to warn of.
 *
 * One tag serves a whole fiscal year where it can: the one that resolves most quarters of it,
 * the chain's order deciding between equals. A quarter that this tag leaves open is taken from
 * another tag of the chain that has it; never is a difference taken between two tags. */
#include "capex/quarters.h"
#include "capex/path_lineage.h"
#include "capex/pool.h"
#include "capex/spans.h"
#include "series/buffer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define YEAR_TOLERANCE 5 /* days between a year's end in the calendar and in a tag's own spans */
#define WORTH_SAYING 0.005
#define WORTH_WARNING 0.05

/* One period of one tag before its lineage is made. */
typedef struct found {
  jv_found state;
  jv_path path;
  int64_t from, to; /* first day, first day after */
} found;

typedef struct year_of_tag {
  found quarter[4], year;
  int resolved;
} year_of_tag;

/* The first of what a series had to leave out, and how much more there was. */
typedef struct left_out {
  char text[480];
  size_t n;
} left_out;

typedef struct builder {
  jv_ctx *cx;
  const jv_facts *facts;
  const jv_fiscal *fiscal;
  const jv_concept *concept;
  const jv_view *view;
  jv_span_set set[JV_CONCEPT_TAGS];
  size_t sets;
  bool used[JV_CONCEPT_TAGS];
  left_out negative, sums;
  jv_grown note;
} builder;

/* ---- one tag, one year ---- */

static found resolve(const builder *b, const jv_span_set *set, size_t from, size_t to,
                     size_t home) {
  found f = {.state = JV_FOUND_NOTHING};
  if (from == SIZE_MAX || to == SIZE_MAX || from == to) return f;
  f.from = set->node[from].day;
  f.to = set->node[to].day;
  f.state = b->view->first ? jv_spans_resolve_first(set, from, to, home, b->view->as_of, &f.path)
                           : jv_spans_resolve(set, from, to, home, b->view->as_of, &f.path);
  return f;
}

/* The boundary after quarter q: the node in its place that most spans touch. */
static size_t inner_node(const jv_span_set *set, const jv_fiscal_year *year, int q) {
  size_t best = SIZE_MAX;
  for (size_t i = 0; i < set->nodes; i++) {
    int64_t last_day = set->node[i].day - 1;
    if (last_day <= year->first_day || last_day > year->last_day + YEAR_TOLERANCE) continue;
    if (jv_fiscal_quarter_ending(year, last_day) != q) continue;
    if (best == SIZE_MAX || set->node[i].edges > set->node[best].edges) best = i;
  }
  return best;
}

/* Has the tag any fact that begins or ends in the year? */
static bool touches(const jv_span_set *set, const jv_fiscal_year *year) {
  for (size_t i = 0; i < set->nodes; i++)
    if (set->node[i].day > year->first_day && set->node[i].day <= year->last_day + YEAR_TOLERANCE)
      return true;
  return false;
}

static year_of_tag flows_of(const builder *b, const jv_span_set *set, const jv_fiscal_year *year) {
  year_of_tag y = {.resolved = 0};
  size_t node[5];
  node[0] = jv_spans_node_near(set, year->first_day, YEAR_TOLERANCE);
  node[4] = jv_spans_node_near(set, year->last_day + 1, YEAR_TOLERANCE);
  for (int q = 1; q <= 3; q++) node[q] = inner_node(set, year, q);
  if (node[4] == SIZE_MAX && year->projected) node[4] = inner_node(set, year, 4);
  for (int q = 0; q < 4; q++) {
    y.quarter[q] = resolve(b, set, node[q], node[q + 1], node[0]);
    if (y.quarter[q].state == JV_FOUND) y.resolved++;
  }
  y.year = resolve(b, set, node[0], node[4], node[0]);
  if (y.year.state == JV_FOUND && y.year.path.n > 1) y.year.state = JV_FOUND_NOTHING;
  return y;
}

/* The instant at a node, as a path of one fact. */
static found instant_at(const builder *b, const jv_span_set *set, size_t node) {
  found f = {.state = JV_FOUND_NOTHING};
  if (node == SIZE_MAX) return f;
  f.from = f.to = set->node[node].day;
  for (size_t i = 0; i < set->n; i++) {
    const jv_span *span = &set->span[i];
    if (span->start != JV_NO_DAY || span->to != node) continue;
    const jv_fact *fact =
        b->view->first ? set->fact[span->first] : jv_span_at(set, span, b->view->as_of);
    if (!fact) continue;
    f.path = (jv_path){.fact = {fact}, .n = 1};
    f.state = JV_FOUND;
  }
  return f;
}

static year_of_tag stocks_of(const builder *b, const jv_span_set *set, const jv_fiscal_year *year) {
  year_of_tag y = {.resolved = 0};
  for (int q = 1; q <= 4; q++) {
    size_t node = q < 4 ? inner_node(set, year, q)
                        : jv_spans_node_near(set, year->last_day + 1, YEAR_TOLERANCE);
    if (q == 4 && node == SIZE_MAX && year->projected) node = inner_node(set, year, 4);
    y.quarter[q - 1] = instant_at(b, set, node);
    if (y.quarter[q - 1].state == JV_FOUND) y.resolved++;
  }
  y.year = y.quarter[3];
  return y;
}

static year_of_tag look_at(const builder *b, size_t tag, const jv_fiscal_year *year) {
  if (!touches(&b->set[tag], year)) {
    year_of_tag nothing = {.resolved = 0};
    for (int q = 0; q < 4; q++) nothing.quarter[q].state = JV_FOUND_NOTHING;
    nothing.year.state = JV_FOUND_NOTHING;
    return nothing;
  }
  return b->concept->stock ? stocks_of(b, &b->set[tag], year) : flows_of(b, &b->set[tag], year);
}

/* ---- points ---- */

static jv_status make_point(const builder *b, size_t tag, const found *f,
                            const jv_fiscal_year *year, jv_point *out) {
  const jv_span_set *set = &b->set[tag];
  const jv_fact *fact = f->path.fact[0];
  JV_TRY(jv_path_lineage(b->cx, b->facts, &f->path, year, &out->mark.lineage));
  out->value = jv_path_value(&f->path);
  out->mark.evidence = f->path.n == 1 ? JV_EVIDENCE_REPORTED : JV_EVIDENCE_DERIVED;
  out->mark.first_day = f->path.n > 1              ? f->from
                        : fact->start == JV_NO_DAY ? fact->end
                                                   : fact->start;
  out->mark.last_day = f->path.n > 1 ? f->to - 1 : fact->end;
  out->tag = set->tag;
  out->unit = set->unit;
  out->definition = jv_definition_of(set->cik, set->tag, fact->filed);
  return JV_OK;
}

/* A missing figure with its reason, which is the text of its lineage. */
static jv_status make_unresolved(const builder *b, const char *reason, jv_point *out) {
  JV_TRY(jv_lineage_derived(b->cx, reason, NAN, NULL, 0, &out->mark.lineage));
  out->value = NAN;
  out->mark.evidence = JV_EVIDENCE_UNRESOLVED;
  return JV_OK;
}

/* ---- what is said about a point ---- */

static void leave_out_fact(left_out *out, const jv_span_set *set, const jv_flawed *flawed) {
  char text[JV_FACT_TEXT];
  if (out->n++ > 0) return;
  jv_fact_text(flawed->fact, text);
  snprintf(out->text, sizeof out->text, "%s of %.80s %s, and is not used", text, set->tag,
           jv_flaw_text(flawed->flaw));
}

/* A difference below zero where nothing can be: its facts are not of one scope. */
static void leave_out_difference(left_out *out, const jv_span_set *set, const found *f,
                                 jv_period period) {
  char name[JV_PERIOD_TEXT], text[2][JV_FACT_TEXT];
  if (out->n++ > 0) return;
  jv_period_format(period, name);
  jv_fact_text(f->path.fact[0], text[0]);
  jv_fact_text(f->path.fact[f->path.n - 1], text[1]);
  snprintf(out->text, sizeof out->text, "%s would be %.15g, of %.70s %.150s and %.150s", name,
           jv_path_value(&f->path), set->tag, text[0], text[1]);
}

/* A warning once for each filer: the same question is asked many times. */
static jv_status warn_once(const builder *b, const char *text) {
  char cik[24], full[480];
  const char *kept;
  snprintf(full, sizeof full, "%s %s: %s", jv_filer_name(b->facts, cik), b->concept->name, text);
  if (jv_pool_find(b->facts->said, full)) return JV_OK;
  JV_TRY(jv_pool_put(b->cx, b->facts->said, full, strlen(full), &kept));
  jv_warn(b->cx, "%s", kept);
  return JV_OK;
}

static jv_status say_left_out(const builder *b, const left_out *out) {
  char text[sizeof out->text + 40];
  if (!out->n) return JV_OK;
  snprintf(text, sizeof text, "%s", out->text);
  if (out->n > 1) snprintf(text + strlen(text), 40, " (and %zu more)", out->n - 1);
  return warn_once(b, text);
}

static jv_status warn_flawed(const builder *b) {
  left_out facts = {.n = 0};
  for (size_t t = 0; t < b->sets; t++)
    for (size_t i = 0; i < b->set[t].n_flawed; i++)
      leave_out_fact(&facts, &b->set[t], &b->set[t].flawed[i]);
  return say_left_out(b, &facts);
}

/* ---- one fiscal year ---- */

typedef struct year_work {
  year_of_tag tag[JV_CONCEPT_TAGS];
  size_t best; /* the tag that serves the year */
} year_work;

static void look_at_year(const builder *b, const jv_fiscal_year *year, year_work *out) {
  int best = -1;
  *out = (year_work){.best = 0};
  for (size_t t = 0; t < b->sets; t++) {
    out->tag[t] = look_at(b, t, year);
    int score = 2 * out->tag[t].resolved + (out->tag[t].year.state == JV_FOUND);
    if (score > best) {
      best = score;
      out->best = t;
    }
  }
}

/* The tag that has quarter q (4: the year): the one that serves the year, else the first that
 * has it. */
static size_t tag_for(const builder *b, const year_work *work, int q) {
  for (size_t k = 0; k <= b->sets; k++) {
    size_t t = k == 0 ? work->best : k - 1;
    if (t >= b->sets) break;
    const found *f = q == 4 ? &work->tag[t].year : &work->tag[t].quarter[q];
    if (f->state == JV_FOUND) return t;
  }
  return SIZE_MAX;
}

/* Why quarter q could not be had, in terms of what is missing. */
static void reason_for(const builder *b, const year_work *work, const jv_fiscal_year *year, int q,
                       char out[240]) {
  const year_of_tag *y = &work->tag[work->best];
  const char *tag = b->set[work->best].tag;
  size_t other = tag_for(b, work, 4);
  char end[JV_PERIOD_TEXT];
  jv_date_format(year->last_day, end);
  if (q < 4 && y->quarter[q].state == JV_FOUND_RESTATED)
    snprintf(out, 240, "unresolved: of the facts of %.80s only some were restated", tag);
  else if (q == 3 && y->year.state != JV_FOUND && other != SIZE_MAX)
    snprintf(out, 240, "unresolved: the year to %s is filed under %.70s, its months under %.70s",
             end, b->set[other].tag, tag);
  else if (q == 3 && y->year.state != JV_FOUND)
    snprintf(out, 240, "unresolved: %.80s has no fact for the year to %s", tag, end);
  else if (q == 3)
    snprintf(out, 240, "unresolved: %.80s has no nine months to take from the year to %s", tag,
             end);
  else
    snprintf(out, 240, "unresolved: %.80s has no fact of this %s, nor any to derive it from", tag,
             q == 4 ? "year" : "quarter");
}

/* The year as the sum of its quarters, when all of them were had but no fact spans it. */
static jv_status sum_quarters(const builder *b, const jv_point q[4], jv_point *out) {
  jv_lineage *inputs[4];
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    inputs[i] = q[i].mark.lineage;
    sum += q[i].value;
  }
  JV_TRY(jv_lineage_derived(b->cx, "sum of quarters", sum, inputs, 4, &out->mark.lineage));
  out->value = sum;
  out->mark.evidence = JV_EVIDENCE_DERIVED;
  out->mark.first_day = q[0].mark.first_day;
  out->mark.last_day = q[3].mark.last_day;
  out->tag = q[0].tag;
  out->unit = q[0].unit;
  out->definition = q[3].definition;
  return JV_OK;
}

static jv_status quarter_point(builder *b, const year_work *work, const jv_fiscal_year *year, int q,
                               jv_point *out) {
  size_t t = tag_for(b, work, q);
  *out = (jv_point){.value = NAN};
  out->period =
      q == 4 ? jv_fiscal_annual(b->fiscal, year) : jv_fiscal_quarter(b->fiscal, year, q + 1);
  if (t == SIZE_MAX) {
    char reason[240];
    reason_for(b, work, year, q, reason);
    return make_unresolved(b, reason, out);
  }
  const found *f = q == 4 ? &work->tag[t].year : &work->tag[t].quarter[q];
  if (b->concept->positive && jv_path_value(&f->path) < 0) {
    leave_out_difference(&b->negative, &b->set[t], f, out->period);
    return make_unresolved(b,
                           "unresolved: the difference of its facts is negative, so they cannot "
                           "be of one scope",
                           out);
  }
  b->used[t] = true;
  return make_point(b, t, f, year, out);
}

static void clear_points(jv_ctx *cx, jv_point *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    jv_lineage_release(cx, p[i].mark.lineage);
    p[i] = (jv_point){.value = NAN};
  }
}

static jv_status year_point(builder *b, const year_work *work, const jv_fiscal_year *year,
                            jv_point *out) {
  if (tag_for(b, work, 4) != SIZE_MAX || b->concept->stock || work->tag[work->best].resolved < 4)
    return quarter_point(b, work, year, 4, out);
  jv_point q[4];
  jv_status status = JV_OK;
  int n = 0;
  for (; n < 4 && status == JV_OK; n++) status = quarter_point(b, work, year, n, &q[n]);
  *out = (jv_point){.value = NAN, .period = jv_fiscal_annual(b->fiscal, year)};
  if (status == JV_OK) status = sum_quarters(b, q, out);
  clear_points(b->cx, q, (size_t)n);
  return status;
}

/* ---- all years ---- */

/* Unresolved periods before the first and after the last that could be had are cut off. */
static void trim(jv_ctx *cx, jv_point *p, size_t *n) {
  size_t first = 0, last = *n;
  while (last > 0 && isnan(p[last - 1].value)) last--;
  while (first < last && isnan(p[first].value)) first++;
  clear_points(cx, p, first);
  clear_points(cx, p + last, *n - last);
  memmove(p, p + first, (last - first) * sizeof *p);
  *n = last - first;
}

/* A year that was restated after its quarters no longer is their sum. */
static jv_status sum_note(builder *b, const year_work *work, const jv_fiscal_year *year,
                          const jv_point q[4]) {
  size_t t = tag_for(b, work, 4);
  if (b->concept->stock || t == SIZE_MAX) return JV_OK;
  double whole = jv_path_value(&work->tag[t].year.path), sum = 0;
  for (int i = 0; i < 4; i++) sum += q[i].value;
  if (!(fabs(sum - whole) > WORTH_SAYING * fabs(whole))) return JV_OK; /* or a quarter is missing */
  char period[JV_PERIOD_TEXT];
  jv_period_format(jv_fiscal_annual(b->fiscal, year), period);
  if (fabs(sum - whole) > WORTH_WARNING * fabs(whole) && b->sums.n++ == 0)
    snprintf(b->sums.text, sizeof b->sums.text,
             "the quarters of %s add up to %.15g, the year was filed as %.15g", period, sum, whole);
  return jv_grown_add(b->cx, &b->note,
                      "sum: the quarters of %s add up to %.15g, the year was filed as %.15g\n",
                      period, sum, whole);
}

static jv_status fill(builder *b, bool annual, jv_point *p, size_t *n) {
  for (size_t i = 0; i < b->fiscal->n; i++) {
    const jv_fiscal_year *year = &b->fiscal->year[i];
    year_work work;
    look_at_year(b, year, &work);
    JV_TRY(jv_check_cancel(b->cx));
    if (annual) {
      ++*n;
      JV_TRY(year_point(b, &work, year, &p[*n - 1]));
      continue;
    }
    for (int q = 0; q < 4; q++) {
      ++*n;
      JV_TRY(quarter_point(b, &work, year, q, &p[*n - 1]));
    }
    JV_TRY(sum_note(b, &work, year, &p[*n - 4]));
  }
  return JV_OK;
}

/* A line that counts otherwise than was asked for is warned of, not refused: it is what the filer
 * gives. */
static jv_status definition_note(builder *b, const jv_definition *definition) {
  if (definition->boundary != b->view->boundary) {
    char text[300];
    snprintf(text, sizeof text, "the line is %.200s", definition->note);
    JV_TRY(warn_once(b, text));
  }
  return jv_grown_add(b->cx, &b->note, "definition: %s\n", definition->note);
}

static jv_status tag_notes(builder *b, const jv_point *p, size_t n) {
  for (size_t i = 0, k; i < n; i = k) {
    char from[JV_PERIOD_TEXT], to[JV_PERIOD_TEXT];
    k = i + 1;
    if (!p[i].tag) continue;
    while (k < n && (p[k].tag == p[i].tag || !p[k].tag)) k++;
    jv_period_format(p[i].period, from);
    jv_period_format(p[k - 1].period, to);
    JV_TRY(jv_grown_add(b->cx, &b->note, "tag: %s, %s to %s\n", p[i].tag, from, to));
  }
  for (size_t i = 0; i < n; i++)
    if (p[i].definition && (i == 0 || p[i].definition != p[i - 1].definition))
      JV_TRY(definition_note(b, p[i].definition));
  return JV_OK;
}

static bool tag_used(const builder *b, const char *tag) {
  for (size_t t = 0; t < b->sets; t++)
    if (b->used[t] && b->set[t].tag == tag) return true;
  return false;
}

/* The worst overlap of each pair of tags that the series uses, said and warned of. */
static jv_status splice_notes(builder *b) {
  jv_splice *splice = NULL;
  size_t n = 0;
  JV_TRY(jv_splices(b->cx, b->facts, b->concept, b->view, &splice, &n));
  jv_status status = JV_OK;
  for (size_t i = 0, k; i < n && status == JV_OK; i = k) {
    const jv_splice *worst = &splice[i];
    for (k = i;
         k < n && splice[k].a->tag == splice[i].a->tag && splice[k].b->tag == splice[i].b->tag; k++)
      if (fabs(splice[k].difference) > fabs(worst->difference)) worst = &splice[k];
    if (!tag_used(b, worst->a->tag) || !tag_used(b, worst->b->tag)) continue;
    char text[2][JV_FACT_TEXT], line[700];
    jv_fact_text(worst->a, text[0]);
    jv_fact_text(worst->b, text[1]);
    bool agree = fabs(worst->difference) <= WORTH_SAYING;
    snprintf(line, sizeof line, "%s and %s overlap in %zu span%s and %s%.1f %%%s%s%s%s",
             worst->a->tag, worst->b->tag, k - i, k - i == 1 ? "" : "s",
             agree ? "agree within " : "differ by up to ", fabs(worst->difference) * 100,
             agree ? "" : ": ", agree ? "" : text[0], agree ? "" : " against ",
             agree ? "" : text[1]);
    if (!agree) status = warn_once(b, line);
    if (status == JV_OK) status = jv_grown_add(b->cx, &b->note, "splice: %s\n", line);
  }
  jv_free(b->cx, splice);
  return status;
}

/* "a, b, c and 3 more" */
static void tags_text(const jv_concept *concept, char out[300]) {
  size_t len = 0, shown = 0, n = 0;
  while (n < JV_CONCEPT_TAGS && concept->tags[n]) n++;
  for (; shown < n && shown < 3; shown++)
    len +=
        (size_t)snprintf(out + len, 300 - len, "%s%.80s", shown ? ", " : "", concept->tags[shown]);
  if (shown < n) snprintf(out + len, 300 - len, " and %zu more", n - shown);
}

static jv_status no_facts(jv_ctx *cx, const jv_facts *facts, const jv_concept *concept,
                          const jv_view *view) {
  char cik[24], tags[300] = "";
  bool of = view->segment && *view->segment;
  tags_text(concept, tags);
  return jv_fail(cx, JV_ENOTFOUND, "%s has no facts for %s%s%s%s; looked for %s",
                 jv_filer_name(facts, cik), concept->name, of ? " of " : "",
                 of ? view->segment : "", view->as_of == INT64_MAX ? "" : " by that date", tags);
}

static jv_status open_sets(builder *b) {
  const char *segment = b->view->segment ? b->view->segment : "";
  for (size_t i = 0; i < JV_CONCEPT_TAGS && b->concept->tags[i]; i++) {
    jv_span_set *set = &b->set[b->sets];
    JV_TRY(jv_spans_new(b->cx, b->facts, b->concept->tags[i], segment, b->view->as_of,
                        b->concept->positive, set));
    if (set->n_facts + set->n_flawed == 0)
      jv_spans_clear(b->cx, set);
    else
      b->sets++;
  }
  JV_TRY(warn_flawed(b));
  return b->sets ? JV_OK : no_facts(b->cx, b->facts, b->concept, b->view);
}

static jv_status build(builder *b, bool annual, jv_point **points, size_t *n) {
  size_t count = b->fiscal->n * (annual ? 1 : 4);
  jv_point *p = jv_calloc(b->cx, count + 1, sizeof *p);
  *n = 0;
  if (!p) return b->cx->status;
  jv_status status = open_sets(b);
  if (status == JV_OK) status = fill(b, annual, p, n);
  if (status == JV_OK) trim(b->cx, p, n);
  if (status == JV_OK) status = tag_notes(b, p, *n);
  if (status == JV_OK) status = splice_notes(b);
  if (status == JV_OK) status = say_left_out(b, &b->negative);
  if (status == JV_OK) status = say_left_out(b, &b->sums);
  if (status != JV_OK) {
    jv_points_free(b->cx, p, *n);
    return status;
  }
  *points = p;
  return JV_OK;
}

static jv_status run(jv_ctx *cx, const jv_facts *facts, const jv_fiscal *fiscal,
                     const jv_concept *concept, const jv_view *view, bool annual, jv_point **points,
                     size_t *n, char **note) {
  builder b = {.cx = cx, .facts = facts, .fiscal = fiscal, .concept = concept, .view = view};
  jv_point *p = NULL;
  size_t count = 0;
  jv_status status = build(&b, annual, &p, &count);
  if (status == JV_OK && (status = jv_grown_take(cx, &b.note, note)) != JV_OK)
    jv_points_free(cx, p, count);
  jv_grown_free(cx, &b.note);
  for (size_t i = 0; i < JV_CONCEPT_TAGS; i++) jv_spans_clear(cx, &b.set[i]);
  if (status != JV_OK) return status;
  *points = p;
  *n = count;
  return JV_OK;
}

jv_status jv_quarters(jv_ctx *cx, const jv_facts *facts, const jv_fiscal *fiscal,
                      const jv_concept *concept, const jv_view *view, jv_point **points, size_t *n,
                      char **note) {
  return run(cx, facts, fiscal, concept, view, false, points, n, note);
}

jv_status jv_years(jv_ctx *cx, const jv_facts *facts, const jv_fiscal *fiscal,
                   const jv_concept *concept, const jv_view *view, jv_point **points, size_t *n,
                   char **note) {
  return run(cx, facts, fiscal, concept, view, true, points, n, note);
}

void jv_points_free(jv_ctx *cx, jv_point *points, size_t n) {
  if (!points) return;
  clear_points(cx, points, n);
  jv_free(cx, points);
}
