/* Six errors that filings hold, each told by what other facts of the tag say:
 *
 *   negative  a statement's sign on a tag whose payments are positive
 *   size      a daily rate of more than 300 times the median of spans that end within two years, or
 *             a thousandth or millionth of it: amounts in thousands tagged as units, and the
 *             reverse
 *   longer    a quarter's fact that carries the year's figure (or nine months the year's): the same
 *             amount, to three digits or more, is filed for an enclosing span at least 1.8 times as
 *             long, some other fact shows that the rest of that span was not nil, and the daily
 *             rate of the shorter is farther from the median
 *   part      the reverse: the longer one is farther from the median
 *   misdated  the quarters of one year dated as those of another: the amount was filed earlier for
 *             another span as long, or differs from what was first filed for its own and is that of
 *             another; and its own span has another amount too. Taken in the order of filing, and
 *             by facts not yet told to be wrong, so that a filing that swaps two years is wrong
 *             twice and the one that mends it is not
 *   scope     a part of the filer (a subsidiary's column, a segment) tagged as the whole: against
 *             the first filing the amount moved by 30 points more than that of an enclosing span
 *             in the same filing */
#include "capex/screen.h"
#include <math.h>
#include <stdlib.h>

#define OUT_OF_PROPORTION 300.0
#define NEIGHBOURHOOD 731 /* days */
#define LONGER 1.8
#define OTHERWISE 0.05
#define OTHER_SCOPE 0.3

static const char *const texts[] = {
#define X(code, text) text,
    JV_FLAWS(X)
#undef X
};

const char *jv_flaw_text(jv_flaw flaw) { return texts[flaw]; }

typedef struct screening {
  const jv_fact **fact;
  size_t n;
  double *scratch;
  jv_flaw *flaw;
} screening;

/* Equal, in figures long enough that chance does not make them so. */
static bool same_figure(const jv_fact *a, const jv_fact *b) {
  double unit = 1;
  if (a->value != b->value) return false;
  while (unit < 1e15 && fmod(a->value, unit * 10) == 0) unit *= 10;
  return fabs(a->value) / unit >= 100;
}

/* In days; an instant has none. */
static double length_of(const jv_fact *f) {
  return f->start == JV_NO_DAY ? 0 : (double)(f->end - f->start + 1);
}

static double rate_of(const jv_fact *f) {
  return f->start == JV_NO_DAY ? f->value : f->value / length_of(f);
}

static int double_order(const void *pa, const void *pb) {
  double a = *(const double *)pa, b = *(const double *)pb;
  return (a > b) - (a < b);
}

/* Median daily rate of the other spans that end within two years; NaN below four. */
static double median_rate(const screening *s, const jv_fact *of) {
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *f = s->fact[i];
    int64_t gap = f->end - of->end;
    if (f != of && gap <= NEIGHBOURHOOD && gap >= -NEIGHBOURHOOD) s->scratch[n++] = rate_of(f);
  }
  if (n < 4) return NAN;
  qsort(s->scratch, n, sizeof *s->scratch, double_order);
  return s->scratch[n / 2];
}

static bool wrong_size(const screening *s, const jv_fact *f) {
  double median = median_rate(s, f), rate = rate_of(f);
  if (!(median > 0) || !(rate > 0)) return false;
  if (rate > OUT_OF_PROPORTION * median) return true;
  if (rate * OUT_OF_PROPORTION > median) return false;
  double decades = log10(median / rate); /* not just little */
  return fabs(decades - 3) < 0.5 || fabs(decades - 6) < 0.5;
}

static bool within(const jv_fact *inner, const jv_fact *outer) {
  return outer->start != JV_NO_DAY && inner->start >= outer->start && inner->end <= outer->end;
}

static bool disjoint(const jv_fact *a, const jv_fact *b) {
  return a->end < b->start || b->end < a->start;
}

/* Is there an amount within g and apart from f that is worth mentioning beside f? */
static bool rest_is_filed(const screening *s, const jv_fact *f, const jv_fact *g) {
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *h = s->fact[i];
    if (within(h, g) && disjoint(h, f) && fabs(h->value) > 0.005 * fabs(f->value)) return true;
  }
  return false;
}

/* How far a rate is from the median, on a logarithmic scale. */
static double strangeness(const screening *s, const jv_fact *f) {
  double ratio = rate_of(f) / median_rate(s, f);
  return ratio > 0 ? fabs(log(ratio)) : INFINITY;
}

static jv_flaw flaw_by_length(const screening *s, const jv_fact *f) {
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *g = s->fact[i];
    if (!same_figure(f, g)) continue;
    bool inner = within(f, g) && length_of(g) > LONGER * length_of(f);
    bool outer = within(g, f) && length_of(f) > LONGER * length_of(g);
    if (!(inner && rest_is_filed(s, f, g)) && !(outer && rest_is_filed(s, g, f))) continue;
    if (strangeness(s, f) > strangeness(s, g)) return inner ? JV_FLAW_LONGER : JV_FLAW_PART;
  }
  return JV_FLAW_COUNT;
}

/* What the first filing gave for the span of f, when that was an earlier one; else NULL. */
static const jv_fact *earlier(const screening *s, const jv_fact *f) {
  const jv_fact *best = NULL;
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *e = s->fact[i];
    if (e->start == f->start && e->end == f->end && e->filed < f->filed &&
        (!best || e->filed < best->filed))
      best = e;
  }
  return best;
}

static bool is_of_other_scope(const screening *s, const jv_fact *f) {
  const jv_fact *e = earlier(s, f);
  if (!e || e->value == 0) return false;
  double moved = f->value / e->value - 1;
  if (fabs(moved) < OTHER_SCOPE) return false;
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *g = s->fact[i];
    if (g->accession != f->accession || !within(f, g) || length_of(g) < LONGER * length_of(f))
      continue;
    const jv_fact *before = earlier(s, g);
    if (before && before->value != 0 && fabs(moved - (g->value / before->value - 1)) > OTHER_SCOPE)
      return true;
  }
  return false;
}

/* The flaw that a fact shows by itself, or JV_FLAW_COUNT. */
static jv_flaw flaw_of(const screening *s, const jv_fact *f, bool positive) {
  if (positive && f->value < 0) return JV_FLAW_NEGATIVE;
  if (positive && wrong_size(s, f)) return JV_FLAW_SIZE;
  if (f->start == JV_NO_DAY || f->value == 0) return JV_FLAW_COUNT;
  return flaw_by_length(s, f);
}

/* ---- misdated ---- */

static bool same_span(const jv_fact *a, const jv_fact *b) {
  return a->start == b->start && a->end == b->end;
}

static bool otherwise(const jv_fact *a, const jv_fact *b) {
  return fabs(a->value - b->value) > OTHERWISE * fabs(b->value);
}

static bool is_misdated(const screening *s, size_t k) {
  const jv_fact *f = s->fact[k], *first = f;
  bool other_value = false, owned = false, elsewhere = false;
  for (size_t i = 0; i < s->n; i++) {
    const jv_fact *g = s->fact[i];
    if (s->flaw[i] != JV_FLAW_COUNT) continue;
    if (same_span(f, g)) {
      other_value = other_value || otherwise(f, g);
      if (g->filed < first->filed) first = g;
    } else if (same_figure(f, g) && disjoint(f, g) && fabs(length_of(g) - length_of(f)) <= 7) {
      elsewhere = true;
      owned = owned || g->filed < f->filed;
    }
  }
  return (owned && other_value) || (elsewhere && otherwise(f, first));
}

/* Marks misdated facts, in the order of filing. */
static jv_status mark_misdated(jv_ctx *cx, const screening *s) {
  for (int64_t day = INT64_MIN;;) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < s->n; i++)
      if (s->fact[i]->filed > day && s->fact[i]->filed < next) next = s->fact[i]->filed;
    if (next == INT64_MAX) return JV_OK;
    JV_TRY(jv_check_cancel(cx));
    for (size_t i = 0; i < s->n; i++)
      if (s->fact[i]->filed == next && s->flaw[i] == JV_FLAW_COUNT &&
          s->fact[i]->start != JV_NO_DAY && s->fact[i]->value != 0 && is_misdated(s, i))
        s->flaw[i] = JV_FLAW_MISDATED;
    day = next;
  }
}

/* Every fact is held against every other: cheap for the hundreds that a tag has, and stopped when a
 * file has a hundred thousand. */
static jv_status mark(jv_ctx *cx, const screening *s, bool positive) {
  for (size_t i = 0; i < s->n; i++) {
    JV_TRY(jv_check_cancel(cx));
    s->flaw[i] = flaw_of(s, s->fact[i], positive);
  }
  JV_TRY(mark_misdated(cx, s));
  for (size_t i = 0; i < s->n; i++)
    if (s->flaw[i] == JV_FLAW_COUNT && s->fact[i]->start != JV_NO_DAY &&
        is_of_other_scope(s, s->fact[i]))
      s->flaw[i] = JV_FLAW_SCOPE;
  return JV_OK;
}

static void part(const screening *s, size_t *n, jv_flawed *out, size_t *flawed) {
  size_t kept = 0;
  *flawed = 0;
  for (size_t i = 0; i < s->n; i++)
    if (s->flaw[i] == JV_FLAW_COUNT)
      s->fact[kept++] = s->fact[i];
    else
      out[(*flawed)++] = (jv_flawed){s->fact[i], s->flaw[i]};
  *n = kept;
}

jv_status jv_screen(jv_ctx *cx, const jv_fact **fact, size_t *n, bool positive, jv_flawed *out,
                    size_t *flawed) {
  screening s = {fact, *n, JV_ARRAY(cx, double, *n + 1), JV_ARRAY(cx, jv_flaw, *n + 1)};
  if (!s.scratch || !s.flaw) {
    jv_free(cx, s.scratch);
    jv_free(cx, s.flaw);
    return cx->status;
  }
  jv_status status = mark(cx, &s, positive);
  if (status == JV_OK) part(&s, n, out, flawed);
  jv_free(cx, s.scratch);
  jv_free(cx, s.flaw);
  return status;
}
