/* Printed forms: a quantity on a line, a series as a table.
 *
 * Figures in whole units are shown in the thousands, millions or billions that read best; the
 * values themselves stay. Ratios are shown in per cent. */
#include "series/buffer.h"
#include "series/series.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

jv_unit jv_unit_for_display(jv_unit unit, double magnitude, double *factor) {
  static const struct {
    double least;
    int8_t scale;
  } steps[] = {{1e12, 12}, {1e9, 9}, {1e6, 6}};
  jv_unit shown = unit;
  *factor = 1;
  if (unit.dimension == JV_DIM_RATIO) {
    shown.scale = -2;
    *factor = unit.scale == -2 ? 1 : unit.scale == -4 ? 0.01 : 100;
    return shown;
  }
  if (unit.scale != 0 || unit.dimension == JV_DIM_NONE) return shown;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (fabs(magnitude) >= steps[i].least) {
      shown.scale = steps[i].scale;
      *factor = 1 / steps[i].least;
      return shown;
    }
  return shown;
}

/* ---- a quantity ---- */

static void strip_zeros(char *text) {
  if (!strchr(text, '.') || strchr(text, 'e')) return;
  size_t len = strlen(text);
  while (text[len - 1] == '0') text[--len] = '\0';
  if (text[len - 1] == '.') text[len - 1] = '\0';
}

/* Five significant digits and all those before the point, in groups of three. */
static void format_grouped(double value, char *out, size_t size) {
  double m = fabs(value);
  int decimals = m >= 1e4 ? 0 : m >= 1e3 ? 1 : m >= 100 ? 2 : m >= 10 ? 3 : 4;
  char digits[64];
  if (m >= 1e15 || (m != 0 && m < 1e-4)) {
    snprintf(out, size, "%.5g", value);
    jv_decimal_point(out);
    return;
  }
  snprintf(digits, sizeof digits, "%.*f", m != 0 && m < 1 ? 6 : decimals, m);
  strip_zeros(jv_decimal_point(digits));
  size_t whole = strcspn(digits, "."), at = 0;
  if (value < 0 && size > 1) out[at++] = '-';
  for (size_t i = 0; digits[i] && at + 2 < size; i++) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out[at++] = ',';
    out[at++] = digits[i];
  }
  out[at] = '\0';
}

static void format_percent(double percent, char *out, size_t size) {
  double m = fabs(percent);
  if (m >= 1e7 || (m != 0 && m < 0.001))
    snprintf(out, size, "%.3g", percent);
  else
    snprintf(out, size, "%.*f", m >= 10 ? 1 : m >= 1 ? 2 : 3, percent);
  jv_decimal_point(out);
}

void jv_quantity_format(const jv_quantity *q, char *out, size_t size) {
  double factor;
  char number[64], name[JV_UNIT_TEXT];
  if (isnan(q->value)) {
    snprintf(out, size, "missing");
    return;
  }
  jv_unit shown = jv_unit_for_display(q->unit, q->value, &factor);
  double value = jv_unit_rescale(q->value, factor);
  if (shown.dimension == JV_DIM_RATIO)
    format_percent(value, number, sizeof number);
  else
    format_grouped(value, number, sizeof number);
  jv_unit_format_after(shown, name);
  snprintf(out, size, "%s%s%s", number, *name ? " " : "", name);
}

/* ---- a series ---- */

/* How cells are written, the same for the whole table. */
typedef struct style {
  jv_unit unit;
  double factor;
  int decimals; /* -1: six significant digits */
  int width;
  bool estimated, scenario; /* marks that occur */
} style;

static double largest(const jv_series *s) {
  double m = 0;
  for (size_t i = 0; i < s->n; i++)
    if (isfinite(s->value[i]) && fabs(s->value[i]) > m) m = fabs(s->value[i]);
  return m;
}

static bool all_whole(const jv_series *s, double factor) {
  for (size_t i = 0; i < s->n; i++) {
    double v = jv_unit_rescale(s->value[i], factor);
    if (isfinite(v) && fabs(v - floor(v)) > 1e-9 * fabs(v)) return false;
  }
  return true;
}

static char flag_of(const jv_series *s, size_t i) {
  unsigned evidence = s->mark ? s->mark[i].evidence : 0;
  return evidence == JV_EVIDENCE_ESTIMATED ? '~' : evidence == JV_EVIDENCE_SCENARIO ? '^' : ' ';
}

static void format_cell(const jv_series *s, size_t i, const style *st, char out[32]) {
  double v = jv_unit_rescale(s->value[i], st->factor);
  char flag[2] = {flag_of(s, i), '\0'};
  if (!st->estimated && !st->scenario) flag[0] = '\0';
  if (isnan(v))
    snprintf(out, 32, "NA%s", flag);
  else if (st->decimals < 0)
    snprintf(out, 32, "%.6g%s", v, flag);
  else
    snprintf(out, 32, "%.*f%s", st->decimals, v, flag);
  jv_decimal_point(out);
}

static style make_style(const jv_series *s) {
  style st;
  memset(&st, 0, sizeof st);
  double top = largest(s);
  st.unit = jv_unit_for_display(s->unit, top, &st.factor);
  top = jv_unit_rescale(top, st.factor);
  if (top >= 1e9 || (top > 0 && top < 0.1))
    st.decimals = -1;
  else if (all_whole(s, st.factor))
    st.decimals = 0;
  else
    st.decimals = st.unit.dimension == JV_DIM_RATIO ? 1 : top >= 1000 ? 0 : top >= 100 ? 1 : 2;
  for (size_t i = 0; i < s->n; i++) {
    st.estimated = st.estimated || flag_of(s, i) == '~';
    st.scenario = st.scenario || flag_of(s, i) == '^';
  }
  for (size_t i = 0; i < s->n; i++) {
    char cell[32];
    format_cell(s, i, &st, cell);
    if ((int)strlen(cell) > st.width) st.width = (int)strlen(cell);
  }
  return st;
}

static jv_status put_header(jv_ctx *cx, const jv_series *s, const style *st, jv_grown *b) {
  char unit[JV_UNIT_TEXT], freq[JV_PERIOD_TEXT], first[JV_PERIOD_TEXT], last[JV_PERIOD_TEXT];
  size_t missing = 0;
  for (size_t i = 0; i < s->n; i++) missing += isnan(s->value[i]) != 0;
  jv_unit_format(st->unit, unit);
  jv_freq_format(s->start.freq, freq);
  JV_TRY(jv_grown_add(cx, b, "%s", *s->name ? s->name : "series"));
  if (*unit) JV_TRY(jv_grown_add(cx, b, ", %s", unit));
  JV_TRY(jv_grown_add(cx, b, ", %s", freq));
  if (s->n == 0) return jv_grown_add(cx, b, ", empty");
  jv_period_format(s->start, first);
  jv_period_format(jv_series_period(s, s->n - 1), last);
  JV_TRY(jv_grown_add(cx, b, ", %s to %s, %zu value%s", first, last, s->n, s->n == 1 ? "" : "s"));
  if (missing) JV_TRY(jv_grown_add(cx, b, ", %zu missing", missing));
  return JV_OK;
}

enum { NOTE_LINES = 5, NOTE_WIDTH = 100 }; /* what is longer stands in s.note */

/* The first lines of the note, cut where they are long (never inside a UTF-8 sequence). */
static jv_status put_note(jv_ctx *cx, const char *note, jv_grown *b) {
  for (int lines = 0; *note; lines++) {
    size_t len = strcspn(note, "\n"), cut = len;
    if (lines == NOTE_LINES) return jv_grown_add(cx, b, "\n…");
    if (cut > NOTE_WIDTH)
      for (cut = NOTE_WIDTH; cut > 0 && ((unsigned char)note[cut] & 0xC0) == 0x80;) cut--;
    JV_TRY(jv_grown_add(cx, b, "\n%.*s%s", (int)cut, note, cut < len ? "…" : ""));
    note += len + (note[len] == '\n');
  }
  return JV_OK;
}

/* What the flags mean, and what the series says of itself. */
static jv_status put_legend(jv_ctx *cx, const jv_series *s, const style *st, jv_grown *b) {
  if (st->estimated) JV_TRY(jv_grown_add(cx, b, "\n~ estimated"));
  if (st->scenario) JV_TRY(jv_grown_add(cx, b, "%s^ scenario", st->estimated ? "  " : "\n"));
  return put_note(cx, s->note, b);
}

/* Rows of a table with n rows of which at most `most` are printed: skips the middle. */
static bool folded(size_t row, size_t n, size_t most, bool *first_folded) {
  if (n <= most) return false;
  size_t head = most / 3, tail = most - head;
  *first_folded = row == head;
  return row >= head && row < n - tail;
}

/* Takes the blanks off the end of the last line. */
static void end_line(jv_grown *b) {
  while (b->len > 0 && b->text[b->len - 1] == ' ') b->text[--b->len] = '\0';
}

/* A year a row: `per_year` is 4 or 12. */
static jv_status put_grid(jv_ctx *cx, const jv_series *s, const style *st, int per_year,
                          size_t max_rows, jv_grown *b) {
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static const char *const quarters[] = {"Q1", "Q2", "Q3", "Q4"};
  const char *const *heads = per_year == 4 ? quarters : months;
  char cell[32];
  int year0 = jv_period_year(s->start), width = st->width < 3 ? 3 : st->width;
  int years = jv_period_year(jv_series_period(s, s->n - 1)) - year0 + 1;
  int64_t before = jv_period_in_year(s->start) - 1;
  const char *fiscal = s->start.freq.kind == JV_FREQ_Q && s->start.freq.anchor != 12 ? "FY" : "";
  int flag = st->estimated || st->scenario; /* heads stand over the digits */
  JV_TRY(jv_grown_add(cx, b, "\n%*s", (int)strlen(fiscal) + 4, ""));
  for (int k = 0; k < per_year; k++)
    JV_TRY(jv_grown_add(cx, b, "  %*s%*s", width - flag, heads[k], flag, ""));
  end_line(b);
  for (int y = 0; y < years; y++) {
    bool first_folded = false;
    if (folded((size_t)y, (size_t)years, max_rows, &first_folded)) {
      if (first_folded) JV_TRY(jv_grown_add(cx, b, "\n…"));
      continue;
    }
    JV_TRY(jv_grown_add(cx, b, "\n%s%04d", fiscal, year0 + y));
    for (int k = 0; k < per_year; k++) {
      int64_t i = (int64_t)y * per_year + k - before;
      if (i >= (int64_t)s->n) break;
      cell[0] = '\0';
      if (i >= 0) format_cell(s, (size_t)i, st, cell);
      JV_TRY(jv_grown_add(cx, b, "  %*s", width, cell));
    }
    end_line(b);
  }
  return JV_OK;
}

static jv_status put_list(jv_ctx *cx, const jv_series *s, const style *st, size_t max_rows,
                          jv_grown *b) {
  char period[JV_PERIOD_TEXT], cell[32];
  for (size_t i = 0; i < s->n; i++) {
    bool first_folded = false;
    if (folded(i, s->n, max_rows, &first_folded)) {
      if (first_folded) JV_TRY(jv_grown_add(cx, b, "\n…"));
      continue;
    }
    jv_period_format(jv_series_period(s, i), period);
    format_cell(s, i, st, cell);
    JV_TRY(jv_grown_add(cx, b, "\n%s  %*s", period, st->width, cell));
    end_line(b);
  }
  return JV_OK;
}

static jv_status put_body(jv_ctx *cx, const jv_series *s, const style *st, size_t max_rows,
                          jv_grown *b) {
  if (s->n == 0) return JV_OK;
  if (s->start.freq.kind == JV_FREQ_Q && st->width <= 20)
    return put_grid(cx, s, st, 4, max_rows, b);
  if (s->start.freq.kind == JV_FREQ_M && st->width <= 7)
    return put_grid(cx, s, st, 12, max_rows, b);
  return put_list(cx, s, st, max_rows, b);
}

jv_status jv_series_format(jv_ctx *cx, const jv_series *s, size_t max_rows, char **text) {
  jv_grown b;
  memset(&b, 0, sizeof b);
  style st = make_style(s);
  if (max_rows < 3) max_rows = 3;
  if (put_header(cx, s, &st, &b) != JV_OK || put_body(cx, s, &st, max_rows, &b) != JV_OK ||
      put_legend(cx, s, &st, &b) != JV_OK || jv_grown_take(cx, &b, text) != JV_OK) {
    jv_grown_free(cx, &b);
    return jv_failure(cx);
  }
  return JV_OK;
}
