/* Arithmetic of series and quantities: by period, units checked, evidence and lineage carried.
 *
 * One plan serves series, scalars and quantities: what unit results, what brings the right side
 * to the left's scale, what factor the result takes:  value = factor * (left op right *
 * right_factor). */
#include "series/buffer.h"
#include "series/mark.h"
#include "series/series.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *sign, *word, *scalar; /* of lineage nodes: both sides tracked, and with a number */
} ops[] = {{"+", "sum", "plus"},
           {"-", "difference", "minus"},
           {"*", "product", "times"},
           {"/", "ratio", "divided by"},
           {"^", "power", "to the power"}};

const char *jv_op_name(jv_op op) { return (unsigned)op <= JV_POW ? ops[op].sign : "?"; }

typedef struct plan {
  jv_op op;
  jv_unit unit;
  double left_factor, right_factor, factor;
} plan;

/* A power has a unit only for ratios and plain numbers, which are brought to whole units first. */
static jv_status plan_power(jv_ctx *cx, jv_unit a, jv_unit b, plan *p) {
  char text[JV_UNIT_TEXT];
  bool plain_a = a.dimension == JV_DIM_NONE || a.dimension == JV_DIM_RATIO;
  bool plain_b = b.dimension == JV_DIM_NONE || b.dimension == JV_DIM_RATIO;
  if (!plain_a || !plain_b) {
    jv_unit_format(plain_a ? b : a, text);
    return jv_fail(cx, JV_EUNIT, "cannot raise %s to a power%s: only ratios and plain numbers can",
                   plain_a ? "a number" : text, plain_a ? " with a unit" : "");
  }
  jv_unit whole = a;
  whole.scale = 0;
  p->unit = whole;
  if (a.dimension == JV_DIM_RATIO) JV_TRY(jv_unit_factor(cx, a, whole, &p->left_factor));
  whole = b;
  whole.scale = 0;
  return b.dimension == JV_DIM_RATIO ? jv_unit_factor(cx, b, whole, &p->right_factor) : JV_OK;
}

static jv_status make_plan(jv_ctx *cx, jv_unit a, jv_op op, jv_unit b, plan *p) {
  *p = (plan){.op = op, .left_factor = 1, .right_factor = 1, .factor = 1};
  switch (op) {
  case JV_ADD:
  case JV_SUB:
    JV_TRY(jv_unit_add(cx, a, b, &p->unit));
    if (p->unit.dimension == JV_DIM_NONE) return JV_OK;
    b.flow = a.flow; /* checked: equal, or one of them unknown */
    return jv_unit_factor(cx, b, a, &p->right_factor);
  case JV_MUL:
    return jv_unit_multiply(cx, a, b, &p->unit, &p->factor);
  case JV_DIV:
    return jv_unit_divide(cx, a, b, &p->unit, &p->factor);
  case JV_POW:
    return plan_power(cx, a, b, p);
  }
  return jv_fail(cx, JV_EINVAL, "operation %d does not exist", (int)op);
}

/* x / 0 is missing, not infinite: a ratio to nothing says nothing. */
static double apply(const plan *p, double x, double y) {
  double left = jv_unit_rescale(x, p->left_factor), right = jv_unit_rescale(y, p->right_factor);
  double value = NAN;
  switch (p->op) {
  case JV_ADD:
    value = left + right;
    break;
  case JV_SUB:
    value = left - right;
    break;
  case JV_MUL:
    value = left * right;
    break;
  case JV_DIV:
    value = right == 0 ? NAN : left / right;
    break;
  case JV_POW:
    value = pow(left, right);
    break;
  }
  return jv_unit_rescale(value, p->factor);
}

/* ---- names and notes ---- */

static bool is_expression(const char *name) {
  return strstr(name, " + ") || strstr(name, " - ") || strstr(name, " * ") || strstr(name, " / ");
}

/* "capex / revenue"; brackets around a side that is an expression, except in sums. */
static jv_status join_names(jv_ctx *cx, const char *a, jv_op op, const char *b, jv_series *out) {
  if (*a == '\0' || *b == '\0' || strcmp(a, b) == 0) return jv_series_set_name(cx, out, *a ? a : b);
  size_t size = strlen(a) + strlen(b) + 16;
  char *text = jv_alloc(cx, size, 1);
  if (!text) return jv_failure(cx);
  bool left = op != JV_ADD && op != JV_SUB && is_expression(a);
  bool right = op != JV_ADD && is_expression(b);
  snprintf(text, size, "%s%s%s %s %s%s%s", left ? "(" : "", a, left ? ")" : "", jv_op_name(op),
           right ? "(" : "", b, right ? ")" : "");
  jv_status status = jv_series_set_name(cx, out, text);
  jv_free(cx, text);
  return status;
}

/* Adds one line of the note of `s`, under the name of s where the other side does not say it
 * too. */
static jv_status join_line(jv_ctx *cx, const jv_series *s, const char *line, const jv_series *other,
                           jv_series *out) {
  if (*s->name == '\0' || is_expression(s->name) || strcmp(s->name, other->name) == 0 ||
      jv_note_holds(other->note, line))
    return jv_series_add_note(cx, out, line);
  size_t size = strlen(s->name) + strlen(line) + 3;
  char *text = jv_alloc(cx, size, 1);
  if (!text) return jv_failure(cx);
  snprintf(text, size, "%s: %s", s->name, line);
  jv_status status = jv_series_add_note(cx, out, text);
  jv_free(cx, text);
  return status;
}

static jv_status join_notes(jv_ctx *cx, const jv_series *s, const jv_series *other,
                            jv_series *out) {
  for (const char *note = s->note; *note;) {
    size_t len = strcspn(note, "\n");
    char *line = jv_strndup(cx, note, len);
    if (!line) return jv_failure(cx);
    jv_status status = join_line(cx, s, line, other, out);
    jv_free(cx, line);
    if (status != JV_OK) return status;
    note += len + (note[len] == '\n');
  }
  return JV_OK;
}

/* ---- series with series ---- */

/* The periods that both have: start, count, and where they begin in each. */
typedef struct overlap {
  jv_period start;
  size_t n, in_a, in_b;
} overlap;

static jv_status find_overlap(jv_ctx *cx, const jv_series *a, const jv_series *b, overlap *o) {
  int64_t gap;
  JV_TRY(jv_period_diff(cx, b->start, a->start, &gap));
  int64_t first = gap > 0 ? gap : 0;
  int64_t last = gap + (int64_t)b->n < (int64_t)a->n ? gap + (int64_t)b->n : (int64_t)a->n;
  o->n = last > first ? (size_t)(last - first) : 0;
  o->in_a = o->n ? (size_t)first : 0;
  o->in_b = o->n ? (size_t)(first - gap) : 0;
  o->start = gap > 0 ? b->start : a->start;
  return JV_OK;
}

static jv_status combine_values(jv_ctx *cx, const jv_series *a, const plan *p, const jv_series *b,
                                const overlap *o, jv_series *out) {
  for (size_t i = 0; i < o->n; i++)
    out->value[i] = apply(p, a->value[o->in_a + i], b->value[o->in_b + i]);
  if (!a->mark && !b->mark) return JV_OK;
  JV_TRY(jv_series_need_marks(cx, out));
  for (size_t i = 0; i < o->n; i++) {
    const jv_mark *in[] = {jv_series_mark_at(a, o->in_a + i), jv_series_mark_at(b, o->in_b + i)};
    JV_TRY(jv_mark_join(cx, ops[p->op].word, out->value[i], JV_EVIDENCE_DERIVED, in, 2,
                        &out->mark[i]));
  }
  return JV_OK;
}

jv_status jv_series_combine(jv_ctx *cx, const jv_series *a, jv_op op, const jv_series *b,
                            jv_series **out) {
  plan p;
  overlap o;
  jv_series *made;
  JV_TRY(find_overlap(cx, a, b, &o));
  if (make_plan(cx, a->unit, op, b->unit, &p) != JV_OK)
    return *a->name && *b->name ? jv_fail_in(cx, "%.60s %s %.60s", a->name, jv_op_name(op), b->name)
                                : jv_failure(cx);
  JV_TRY(jv_series_new(cx, o.start, o.n, NULL, &made));
  made->unit = p.unit;
  if (join_names(cx, a->name, op, b->name, made) != JV_OK || join_notes(cx, a, b, made) != JV_OK ||
      join_notes(cx, b, a, made) != JV_OK || combine_values(cx, a, &p, b, &o, made) != JV_OK) {
    jv_series_free(cx, made);
    return jv_failure(cx);
  }
  *out = made;
  return JV_OK;
}

/* ---- with one number ---- */

static bool is_bare(const jv_quantity *q) {
  return q->unit.dimension == JV_DIM_NONE && !q->has_period;
}

/* A bare number takes the unit of the other side in a sum, and is a ratio in a product. */
static jv_unit unit_of_number(jv_op op, jv_unit other) {
  if (op == JV_ADD || op == JV_SUB || other.dimension == JV_DIM_NONE) return other;
  jv_unit ratio;
  memset(&ratio, 0, sizeof ratio);
  ratio.dimension = JV_DIM_RATIO;
  return ratio;
}

/* "times 4", "4 minus", or the operation's own name when the number has a history of its own. */
static void name_scalar(jv_op op, const jv_quantity *k, bool reversed, char *out, size_t size) {
  if (k->mark.lineage)
    snprintf(out, size, "%s", ops[op].word);
  else if (reversed)
    snprintf(out, size, "%.10g %s", k->value, ops[op].scalar);
  else
    snprintf(out, size, "%s %.10g", ops[op].scalar, k->value);
  jv_decimal_point(out);
}

static const jv_mark *tracked(const jv_quantity *q) {
  return q->mark.evidence != JV_EVIDENCE_NONE || q->mark.lineage ? &q->mark : NULL;
}

static jv_status mark_scalar(jv_ctx *cx, const jv_series *s, jv_op op, const jv_quantity *k,
                             bool reversed, jv_series *out) {
  char operation[64];
  if (!s->mark && !tracked(k)) return JV_OK;
  JV_TRY(jv_series_need_marks(cx, out));
  name_scalar(op, k, reversed, operation, sizeof operation);
  for (size_t i = 0; i < s->n; i++) {
    const jv_mark *own = jv_series_mark_at(s, i);
    const jv_mark *in[] = {reversed ? tracked(k) : own, reversed ? own : tracked(k)};
    JV_TRY(jv_mark_join(cx, operation, out->value[i], JV_EVIDENCE_DERIVED, in, 2, &out->mark[i]));
    out->mark[i].first_day = own ? own->first_day : 0;
    out->mark[i].last_day = own ? own->last_day : 0;
  }
  return JV_OK;
}

jv_status jv_series_combine_scalar(jv_ctx *cx, const jv_series *s, jv_op op, const jv_quantity *k,
                                   bool reversed, jv_series **out) {
  plan p;
  jv_series *made;
  jv_unit unit = is_bare(k) ? unit_of_number(op, s->unit) : k->unit;
  JV_TRY(reversed ? make_plan(cx, unit, op, s->unit, &p) : make_plan(cx, s->unit, op, unit, &p));
  JV_TRY(jv_series_like(cx, s, s->start, s->n, &made));
  made->unit = p.unit;
  for (size_t i = 0; i < s->n; i++)
    made->value[i] = reversed ? apply(&p, k->value, s->value[i]) : apply(&p, s->value[i], k->value);
  if (mark_scalar(cx, s, op, k, reversed, made) != JV_OK) {
    jv_series_free(cx, made);
    return jv_failure(cx);
  }
  *out = made;
  return JV_OK;
}

/* ---- quantities ---- */

static bool same_period(const jv_quantity *a, const jv_quantity *b) {
  return jv_freq_equal(a->period.freq, b->period.freq) && a->period.ordinal == b->period.ordinal;
}

jv_status jv_quantity_combine(jv_ctx *cx, const jv_quantity *a, jv_op op, const jv_quantity *b,
                              jv_quantity *out) {
  plan p;
  char operation[64];
  jv_quantity made;
  bool bare_a = is_bare(a) && !is_bare(b), bare_b = is_bare(b);
  jv_unit ua = bare_a ? unit_of_number(op, b->unit) : a->unit;
  jv_unit ub = bare_b ? unit_of_number(op, a->unit) : b->unit;
  JV_TRY(make_plan(cx, ua, op, ub, &p));
  memset(&made, 0, sizeof made);
  made.unit = p.unit;
  made.value = apply(&p, a->value, b->value);
  if (bare_a || bare_b)
    name_scalar(op, bare_a ? a : b, bare_a, operation, sizeof operation);
  else
    snprintf(operation, sizeof operation, "%s", ops[op].word);
  const jv_mark *in[] = {tracked(a), tracked(b)};
  JV_TRY(jv_mark_join(cx, operation, made.value, JV_EVIDENCE_DERIVED, in, 2, &made.mark));
  made.has_period = a->has_period != b->has_period || (a->has_period && same_period(a, b));
  if (made.has_period) made.period = a->has_period ? a->period : b->period;
  *out = made;
  return JV_OK;
}

jv_status jv_quantity_compare(jv_ctx *cx, const jv_quantity *a, const jv_quantity *b, int *out) {
  double factor = 1;
  if (!is_bare(a) && !is_bare(b) &&
      (a->unit.dimension != JV_DIM_NONE || b->unit.dimension != JV_DIM_NONE)) {
    jv_unit unit = b->unit;
    unit.flow = a->unit.flow; /* sizes of a flow and of a stock may be compared */
    JV_TRY(jv_unit_factor(cx, unit, a->unit, &factor));
  }
  double right = jv_unit_rescale(b->value, factor);
  *out = isnan(a->value) || isnan(right) ? 2 : (a->value > right) - (a->value < right);
  return JV_OK;
}

jv_status jv_quantity_convert(jv_ctx *cx, const jv_quantity *q, jv_unit to, jv_quantity *out) {
  double factor;
  JV_TRY(jv_unit_factor(cx, q->unit, to, &factor));
  jv_quantity made = *q;
  made.mark = jv_mark_copy(&q->mark);
  made.value = jv_unit_rescale(q->value, factor);
  made.unit = to;
  if (!made.unit.flow) made.unit.flow = q->unit.flow;
  *out = made;
  return JV_OK;
}

jv_status jv_series_convert(jv_ctx *cx, const jv_series *s, jv_unit to, jv_series **out) {
  double factor;
  jv_series *made;
  JV_TRY(jv_unit_factor(cx, s->unit, to, &factor));
  JV_TRY(jv_series_copy(cx, s, &made));
  for (size_t i = 0; i < made->n; i++) made->value[i] = jv_unit_rescale(s->value[i], factor);
  made->unit = to;
  if (!made->unit.flow) made->unit.flow = s->unit.flow;
  *out = made;
  return JV_OK;
}

/* Takes into `to` what it lacks; both are on the same periods. */
static jv_status fill_from(jv_ctx *cx, jv_series *to, const jv_series *from, double factor) {
  size_t taken = 0;
  if (from->mark) JV_TRY(jv_series_need_marks(cx, to));
  for (size_t i = 0; i < to->n; i++) {
    if (!isnan(to->value[i]) || isnan(from->value[i])) continue;
    to->value[i] = jv_unit_rescale(from->value[i], factor);
    taken++;
    if (!to->mark) continue;
    jv_mark_clear(cx, &to->mark[i]);
    if (from->mark) to->mark[i] = jv_mark_copy(&from->mark[i]);
  }
  if (taken == 0 || *from->name == '\0') return JV_OK;
  size_t size = strlen(from->name) + 64;
  char *line = jv_alloc(cx, size, 1);
  if (!line) return jv_failure(cx);
  snprintf(line, size, "%zu value%s from %s", taken, taken == 1 ? "" : "s", from->name);
  jv_status status = jv_series_add_note(cx, to, line);
  jv_free(cx, line);
  return status;
}

jv_status jv_series_combine_first(jv_ctx *cx, const jv_series *a, const jv_series *b,
                                  jv_series **out) {
  double factor = 1;
  jv_series *left, *right;
  bool known = a->unit.dimension != JV_DIM_NONE || b->unit.dimension != JV_DIM_NONE;
  if (known) JV_TRY(jv_unit_factor(cx, b->unit, a->unit, &factor));
  JV_TRY(jv_series_align(cx, a, b, true, &left, &right));
  jv_status status = fill_from(cx, left, right, factor);
  jv_series_free(cx, right);
  if (status != JV_OK) {
    jv_series_free(cx, left);
    return status;
  }
  *out = left;
  return JV_OK;
}
