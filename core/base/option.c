/* Option rows: defaults, checked setters, and suggestions for misspelt names. */
#include "base/option.h"
#include <stdio.h>
#include <string.h>

static size_t row_count(const jv_option *rows) {
  size_t n = 0;
  while (rows && rows[n].name) n++;
  return n;
}

static void *place(void *opt, const jv_option *row) { return (char *)opt + row->offset; }

static void put_int(void *opt, const jv_option *row, int value) {
  memcpy(place(opt, row), &value, sizeof value);
}

static void put_real(void *opt, const jv_option *row, double value) {
  memcpy(place(opt, row), &value, sizeof value);
}

static size_t text_size(const jv_option *row) {
  bool larger = row->max > JV_OPT_TEXT_SIZE && isfinite(row->max); /* a range without end is none */
  return larger ? (size_t)row->max : JV_OPT_TEXT_SIZE;
}

static void put_either(void *opt, const jv_option *row, double number, int choice) {
  jv_real_or_choice value = {number, choice};
  memcpy(place(opt, row), &value, sizeof value);
}

void jv_option_defaults(const jv_option *rows, void *opt) {
  for (const jv_option *row = rows; row && row->name; row++) {
    if (row->type == JV_OPT_REAL)
      put_real(opt, row, row->deflt);
    else if (row->type == JV_OPT_REAL_OR_CHOICE)
      put_either(opt, row, row->deflt, JV_OPT_UNSET);
    else if (row->type == JV_OPT_TEXT)
      memset(place(opt, row), 0, text_size(row));
    else
      put_int(opt, row, isnan(row->deflt) ? JV_OPT_UNSET : (int)row->deflt);
  }
}

/* Edit distance with transpositions of neighbours (optimal string alignment), cut off at `limit`. */
static size_t distance(const char *a, const char *b, size_t limit) {
  enum { MAX = 48 };
  size_t na = strlen(a), nb = strlen(b), d[3][MAX + 1];
  if (na > MAX || nb > MAX) return limit + 1;
  for (size_t j = 0; j <= nb; j++) d[0][j] = j;
  for (size_t i = 1; i <= na; i++) {
    size_t *row = d[i % 3], *up = d[(i + 2) % 3], *up2 = d[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);
      if (up[j] + 1 < best) best = up[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
        best = up2[j - 2] + 1;
      row[j] = best;
    }
  }
  return d[na % 3][nb];
}

/* What R's and Python's packages call what stands here under another name. */
static const struct {
  const char *theirs, *ours;
} elsewhere[] = {
    {"period", "season"},
    {"frequency", "season"},
    {"season_length", "season"},
    {"seasonal_periods", "season"},
    {"m", "season"},
    {"exog", "xreg"},
    {"regressors", "xreg"},
    {"p", "order"},
    {"q", "order"},
    {"auto.arima", "arima"},
    {"auto_arima", "arima"},
    {"autoarima", "arima"},
    {"sarima", "arima"},
    {"sarimax", "arima"},
    {"autoets", "ets"},
    {"autoces", "ces"},
    {"thetaf", "theta"},
    {"stl", "stl+"},
    {"stlf", "stl+"},
    {"mstl", "stl+"},
    {"tslm", "regression"},
    {"lm", "regression"},
    {"structts", "structural"},
    {"ucm", "structural"},
    {"bsm", "structural"},
    {"rwf", "drift"},
    {"meanf", "mean"},
    {"seasonalnaive", "snaive"},
    {"seasonal_naive", "snaive"},
    {"holtwinters", "hw"},
    {"holt_winters", "hw"},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_but_case(const char *a, const char *b) {
  while (*a && lower(*a) == lower(*b)) a++, b++;
  return lower(*a) == lower(*b);
}

/* The name itself in other letters, or what it is called elsewhere; NULL when neither is listed. */
static const char *other_name(const char *name, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (same_but_case(name, list[i])) return list[i];
  for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
    if (same_but_case(name, elsewhere[k].theirs))
      for (size_t i = 0; i < n; i++)
        if (strcmp(elsewhere[k].ours, list[i]) == 0) return list[i];
  return NULL;
}

const char *jv_nearest_name(const char *name, const char *const *list, size_t n) {
  size_t length = strlen(name), limit = length / 3, best;
  const char *found = other_name(name, list, n);
  if (found) return found;
  if (limit < 2) limit = 2;
  if (limit >= length) limit = length ? length - 1 : 0; /* of one letter nothing would be kept */
  best = limit + 1;
  for (size_t i = 0; i < n; i++) {
    size_t d = distance(name, list[i], limit);
    if (d < best) {
      best = d;
      found = list[i];
    }
  }
  return found;
}

static const jv_option *find_row(jv_ctx *cx, const char *what, const jv_option *rows,
                                 const char *name) {
  enum { MOST = 64 };
  const char *list[MOST];
  size_t n = row_count(rows);
  for (size_t i = 0; i < n; i++) {
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
    if (i < MOST) list[i] = rows[i].name;
  }
  const char *near = jv_nearest_name(name, list, n < MOST ? n : MOST);
  if (near)
    jv_fail(cx, JV_EINVAL, "%s: unknown option '%s', did you mean '%s'?", what, name, near);
  else
    jv_fail(cx, JV_EINVAL, "%s: unknown option '%s'", what, name);
  return NULL;
}

jv_status jv_option_known(jv_ctx *cx, const char *what, const jv_option *rows, const char *name) {
  return find_row(cx, what, rows, name) ? JV_OK : cx->status;
}

static const char *type_text(const jv_option *row) {
  switch (row->type) {
  case JV_OPT_REAL_OR_CHOICE:
  case JV_OPT_REAL:
    return "a number";
  case JV_OPT_INT:
    return "a whole number";
  case JV_OPT_FLAG:
    return "true or false";
  case JV_OPT_CHOICE:
    return row->choices;
  case JV_OPT_TEXT:
    return "a text";
  }
  return "?";
}

static jv_status wrong_type(jv_ctx *cx, const char *what, const jv_option *row, const char *got) {
  if (row->type == JV_OPT_REAL_OR_CHOICE)
    return jv_fail(cx, JV_EINVAL, "%s: option '%s' takes a number or one of %s, got %s", what,
                   row->name, row->choices, got);
  return jv_fail(cx, JV_EINVAL, "%s: option '%s' takes %s, got %s", what, row->name, type_text(row),
                 got);
}

jv_status jv_option_set_number(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                               const char *name, double value) {
  const jv_option *row = find_row(cx, what, rows, name);
  if (!row) return cx->status;
  if (row->type != JV_OPT_REAL && row->type != JV_OPT_INT && row->type != JV_OPT_REAL_OR_CHOICE)
    return wrong_type(cx, what, row, "a number");
  if (row->type == JV_OPT_INT && value != floor(value))
    return wrong_type(cx, what, row, "a fraction");
  if (!(value >= row->min && value <= row->max))
    return jv_fail(cx, JV_EINVAL, "%s: option '%s' must lie in [%g, %g], got %g", what, name,
                   row->min, row->max, value);
  if (row->type == JV_OPT_REAL)
    put_real(opt, row, value);
  else if (row->type == JV_OPT_REAL_OR_CHOICE)
    put_either(opt, row, value, JV_OPT_UNSET);
  else
    put_int(opt, row, (int)value);
  return JV_OK;
}

jv_status jv_option_set_flag(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                             const char *name, bool value) {
  const jv_option *row = find_row(cx, what, rows, name);
  if (!row) return cx->status;
  if (row->type != JV_OPT_FLAG) return wrong_type(cx, what, row, value ? "true" : "false");
  put_int(opt, row, value);
  return JV_OK;
}

/* Index of `value` in "a|b|c", or -1. */
static int choice_index(const char *choices, const char *value) {
  size_t len = strlen(value);
  for (int i = 0; choices; i++) {
    const char *end = strchr(choices, '|');
    size_t n = end ? (size_t)(end - choices) : strlen(choices);
    if (n == len && memcmp(choices, value, n) == 0) return i;
    choices = end ? end + 1 : NULL;
  }
  return -1;
}

jv_status jv_option_set_text(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                             const char *name, const char *value) {
  const jv_option *row = find_row(cx, what, rows, name);
  if (!row) return cx->status;
  if (row->type == JV_OPT_CHOICE || row->type == JV_OPT_REAL_OR_CHOICE) {
    int index = choice_index(row->choices, value);
    if (index < 0)
      return jv_fail(cx, JV_EINVAL, "%s: option '%s' is %s%s, got '%s'", what, name,
                     row->type == JV_OPT_CHOICE ? "one of " : "a number or one of ", row->choices,
                     value);
    if (row->type == JV_OPT_CHOICE)
      put_int(opt, row, index);
    else
      put_either(opt, row, NAN, index);
    return JV_OK;
  }
  if (row->type != JV_OPT_TEXT) return wrong_type(cx, what, row, "a text");
  if (strlen(value) >= text_size(row))
    return jv_fail(cx, JV_EINVAL, "%s: option '%s' takes at most %zu characters", what, name,
                   text_size(row) - 1);
  memset(place(opt, row), 0, text_size(row));
  memcpy(place(opt, row), value, strlen(value));
  return JV_OK;
}
