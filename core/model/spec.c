/* Splitting and parsing of models as typed. A cursor walks the text; nothing is evaluated. */
#include "model/spec.h"
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}
static bool is_name(char c) { return is_name_start(c) || is_digit(c) || c == '-' || c == '.'; }

/* ---- splitting a list ---- */

enum { MOST_OPEN = 32 }; /* nesting that no hand types */

typedef struct scan {
  char open[MOST_OPEN]; /* what is still open, innermost last */
  size_t open_at[MOST_OPEN];
  size_t depth;
  char quote;
  size_t quote_at;
} scan;

static char closer(char open) { return open == '{' ? '}' : ')'; }

static jv_status step(jv_ctx *cx, scan *s, char c, size_t at) {
  if (s->quote) {
    if (c == s->quote) s->quote = 0;
    return JV_OK;
  }
  if (c == '"' || c == '\'') {
    s->quote = c;
    s->quote_at = at;
  } else if (c == '{' || c == '(') {
    if (s->depth == MOST_OPEN)
      return jv_fail(cx, JV_EPARSE, "models: nested deeper than %d at character %zu", MOST_OPEN,
                     at + 1);
    s->open[s->depth] = c;
    s->open_at[s->depth++] = at;
  } else if (c == '}' || c == ')') {
    if (!s->depth || closer(s->open[s->depth - 1]) != c)
      return jv_fail(cx, JV_EPARSE, "models: '%c' at character %zu closes nothing", c, at + 1);
    s->depth--;
  }
  return JV_OK;
}

static jv_status check_closed(jv_ctx *cx, const scan *s) {
  if (s->quote)
    return jv_fail(cx, JV_EPARSE, "models: the quote at character %zu is not closed",
                   s->quote_at + 1);
  if (s->depth)
    return jv_fail(cx, JV_EPARSE, "models: '%c' at character %zu is not closed",
                   s->open[s->depth - 1], s->open_at[s->depth - 1] + 1);
  return JV_OK;
}

/* Adds list[from, to) without its blanks. */
static jv_status add_text(jv_ctx *cx, const char *list, size_t from, size_t to, char ***texts,
                          size_t *n) {
  while (from < to && is_blank(list[from])) from++;
  while (to > from && is_blank(list[to - 1])) to--;
  if (from == to)
    return jv_fail(cx, JV_EPARSE, "models: a model is missing at character %zu", from + 1);
  char **more = jv_realloc(cx, *texts, *n + 1, sizeof *more);
  if (!more) return JV_ENOMEM;
  *texts = more;
  more[*n] = jv_strndup(cx, list + from, to - from);
  if (!more[*n]) return JV_ENOMEM;
  ++*n;
  return JV_OK;
}

static jv_status split(jv_ctx *cx, const char *list, char ***texts, size_t *n) {
  scan s = {.depth = 0};
  size_t from = 0, i = 0;
  for (; list[i]; i++) {
    if (list[i] == ',' && !s.depth && !s.quote) {
      JV_TRY(add_text(cx, list, from, i, texts, n));
      from = i + 1;
    } else
      JV_TRY(step(cx, &s, list[i], i));
  }
  JV_TRY(check_closed(cx, &s));
  return add_text(cx, list, from, i, texts, n);
}

jv_status jv_model_list_split(jv_ctx *cx, const char *list, char ***texts, size_t *n) {
  char **made = NULL;
  size_t count = 0;
  *texts = NULL;
  *n = 0;
  jv_status status = split(cx, list, &made, &count);
  if (status != JV_OK) {
    jv_model_list_free(cx, made, count);
    return status;
  }
  *texts = made;
  *n = count;
  return JV_OK;
}

void jv_model_list_free(jv_ctx *cx, char **texts, size_t n) {
  for (size_t i = 0; i < n; i++) jv_free(cx, texts[i]);
  jv_free(cx, texts);
}

/* ---- one model ---- */

typedef struct cursor {
  const char *text, *p;
} cursor;

static void skip_blanks(cursor *c) {
  while (is_blank(*c->p)) c->p++;
}

static jv_status wanted(jv_ctx *cx, const cursor *c, const char *what) {
  size_t at = (size_t)(c->p - c->text) + 1;
  if (!*c->p) return jv_fail(cx, JV_EPARSE, "model '%s': wanted %s at its end", c->text, what);
  return jv_fail(cx, JV_EPARSE, "model '%s': wanted %s at character %zu, found '%c'", c->text, what,
                 at, *c->p);
}

static jv_status read_name(jv_ctx *cx, cursor *c, const char *what, char **out) {
  skip_blanks(c);
  if (!is_name_start(*c->p)) return wanted(cx, c, what);
  const char *from = c->p;
  while (is_name(*c->p)) c->p++;
  *out = jv_strndup(cx, from, (size_t)(c->p - from));
  return *out ? JV_OK : JV_ENOMEM;
}

static jv_status read_quoted(jv_ctx *cx, cursor *c, jv_spec_option *option) {
  const char *end = strchr(c->p + 1, *c->p);
  if (!end) return wanted(cx, c, "a closing quote for the text that begins");
  option->type = JV_LITERAL_TEXT;
  option->text = jv_strndup(cx, c->p + 1, (size_t)(end - c->p) - 1);
  if (!option->text) return JV_ENOMEM;
  c->p = end + 1;
  return JV_OK;
}

/* A decimal number and no more: what strtod would also take (hexadecimal, inf, nan) is a word. */
static bool read_number(cursor *c, double *out) {
  const char *p = c->p;
  size_t digits = 0;
  if (*p == '-' || *p == '+') p++;
  for (; is_digit(*p); p++) digits++;
  if (*p == '.')
    for (p++; is_digit(*p); p++) digits++;
  if (!digits) return false;
  if ((*p == 'e' || *p == 'E') &&
      (is_digit(p[1]) || ((p[1] == '-' || p[1] == '+') && is_digit(p[2]))))
    for (p += 2; is_digit(*p);) p++;
  if (is_name(*p)) return false; /* 3x is a word */
  *out = strtod(c->p, NULL);
  c->p = p;
  return true;
}

/* {1,1,1} and (1,1,1), as Lua and R have it, are the text "1,1,1". False: no list of numbers. */
static bool list_of_numbers(const cursor *c, size_t *length) {
  if (*c->p != '{' && *c->p != '(') return false;
  *length = strspn(c->p + 1, "0123456789.+-, \t");
  return *length && c->p[*length + 1] == closer(*c->p);
}

static jv_status read_literal(jv_ctx *cx, cursor *c, jv_spec_option *option) {
  size_t length;
  skip_blanks(c);
  if (*c->p == '"' || *c->p == '\'') return read_quoted(cx, c, option);
  if (list_of_numbers(c, &length)) {
    option->type = JV_LITERAL_TEXT;
    option->text = jv_strndup(cx, c->p + 1, length);
    c->p += length + 2;
    return option->text ? JV_OK : JV_ENOMEM;
  }
  option->type = JV_LITERAL_NUMBER;
  if (read_number(c, &option->number)) return JV_OK;
  const char *from = c->p;
  while (is_name(*c->p) || *c->p == '+') c->p++;
  size_t len = (size_t)(c->p - from);
  if (!len) return wanted(cx, c, "a number, true, false, a quoted text, a word or {1,2}");
  option->flag = len == 4 && memcmp(from, "true", 4) == 0;
  option->type = JV_LITERAL_FLAG;
  if (option->flag || (len == 5 && memcmp(from, "false", 5) == 0)) return JV_OK;
  option->type = JV_LITERAL_TEXT;
  option->text = jv_strndup(cx, from, len);
  return option->text ? JV_OK : JV_ENOMEM;
}

static jv_status check_new_key(jv_ctx *cx, const jv_model_spec *spec, const char *key) {
  for (size_t i = 0; i + 1 < spec->n_options; i++)
    if (strcmp(spec->options[i].key, key) == 0)
      return jv_fail(cx, JV_EPARSE, "model '%s': option '%s' stands twice", spec->text, key);
  return JV_OK;
}

static jv_status read_option(jv_ctx *cx, cursor *c, jv_model_spec *spec) {
  jv_spec_option *more = jv_realloc(cx, spec->options, spec->n_options + 1, sizeof *more);
  if (!more) return JV_ENOMEM;
  spec->options = more;
  jv_spec_option *option = &more[spec->n_options++];
  memset(option, 0, sizeof *option);
  JV_TRY(read_name(cx, c, "the name of an option", &option->key));
  JV_TRY(check_new_key(cx, spec, option->key));
  skip_blanks(c);
  if (*c->p != '=') return wanted(cx, c, "'='");
  c->p++;
  return read_literal(cx, c, option);
}

/* After the '{': options apart by commas (one may trail, as in Lua), up to the '}'. */
static jv_status read_options(jv_ctx *cx, cursor *c, jv_model_spec *spec) {
  for (;;) {
    skip_blanks(c);
    if (*c->p == '}') break;
    if (spec->n_options && is_digit(*c->p))
      return wanted(cx, c, "the name of an option (a list stands in braces: {1,1,1})");
    JV_TRY(read_option(cx, c, spec));
    skip_blanks(c);
    if (*c->p == ',')
      c->p++;
    else if (*c->p != '}')
      return wanted(cx, c, "',' or '}'");
  }
  c->p++;
  return JV_OK;
}

/* The option `models` out of the text from..to. */
static jv_status add_members(jv_ctx *cx, jv_model_spec *spec, const char *from, const char *to) {
  while (from < to && is_blank(*from)) from++;
  while (to > from && is_blank(to[-1])) to--;
  if (from == to)
    return jv_fail(cx, JV_EPARSE, "model '%s': wanted a model at character %zu", spec->text,
                   (size_t)(from - spec->text) + 1);
  jv_spec_option *more = jv_realloc(cx, spec->options, spec->n_options + 1, sizeof *more);
  if (!more) return JV_ENOMEM;
  spec->options = more;
  jv_spec_option *option = &more[spec->n_options++];
  *option = (jv_spec_option){.type = JV_LITERAL_TEXT};
  option->key = jv_strdup(cx, "models");
  option->text = jv_strndup(cx, from, (size_t)(to - from));
  if (!option->key || !option->text) return JV_ENOMEM;
  spec->composed = true;
  return check_new_key(cx, spec, "models");
}

/* c stands at a '('; passes over all up to what closes it. */
static jv_status skip_parentheses(jv_ctx *cx, cursor *c, const char **from, const char **to) {
  scan s = {.depth = 0};
  *from = c->p + 1;
  for (; *c->p; c->p++) {
    JV_TRY(step(cx, &s, *c->p, (size_t)(c->p - c->text)));
    if (s.depth || s.quote) continue;
    *to = c->p++;
    return JV_OK;
  }
  return check_closed(cx, &s);
}

/* After the options: `+ model`, or a plus alone for the member by default. The plus belongs to the
 * name. */
static jv_status read_rest(jv_ctx *cx, cursor *c, jv_model_spec *spec) {
  size_t len = spec->name ? strlen(spec->name) : 0;
  char *name = jv_realloc(cx, spec->name, len + 2, 1);
  if (!name) return JV_ENOMEM;
  memcpy(name + len, "+", 2);
  spec->name = name;
  c->p++;
  skip_blanks(c);
  return *c->p ? add_members(cx, spec, c->p, c->p + strlen(c->p)) : JV_OK;
}

static jv_status read_spec(jv_ctx *cx, jv_model_spec *spec) {
  cursor c = {spec->text, spec->text};
  const char *from = NULL, *to = NULL;
  JV_TRY(read_name(cx, &c, "the name of a model", &spec->name));
  skip_blanks(&c);
  if (*c.p == '(') {
    JV_TRY(skip_parentheses(cx, &c, &from, &to));
    skip_blanks(&c);
  }
  if (*c.p == '{') {
    c.p++;
    JV_TRY(read_options(cx, &c, spec));
    skip_blanks(&c);
  }
  if (*c.p == '+' && !from) return read_rest(cx, &c, spec);
  if (*c.p) return wanted(cx, &c, "nothing more");
  return from ? add_members(cx, spec, from, to) : JV_OK;
}

jv_status jv_model_spec_read(jv_ctx *cx, const char *text, jv_model_spec *out) {
  jv_model_spec spec = {.text = NULL};
  size_t len;
  memset(out, 0, sizeof *out);
  while (is_blank(*text)) text++;
  for (len = strlen(text); len && is_blank(text[len - 1]);) len--;
  spec.text = jv_strndup(cx, text, len);
  if (!spec.text) return JV_ENOMEM;
  jv_status status = read_spec(cx, &spec);
  if (status != JV_OK) {
    jv_model_spec_clear(cx, &spec);
    return status;
  }
  *out = spec;
  return JV_OK;
}

/* For classes without rows: the class keeps what was typed in its own way. */
static jv_status set_literal(jv_ctx *cx, jv_model_spec *spec, const jv_spec_option *option) {
  const jv_model_class *cls = spec->cls;
  if (option->type == JV_LITERAL_TEXT)
    return cls->set_literal(cx, cls, spec->opt, option->key, JV_OPT_TEXT, NAN, option->text);
  bool flag = option->type == JV_LITERAL_FLAG;
  return cls->set_literal(cx, cls, spec->opt, option->key, flag ? JV_OPT_FLAG : JV_OPT_REAL,
                          flag ? option->flag : option->number, NULL);
}

static jv_status set_by_rows(jv_ctx *cx, const jv_option *rows, void *opt,
                             const jv_model_spec *spec, const jv_spec_option *option) {
  switch (option->type) {
  case JV_LITERAL_NUMBER:
    return jv_option_set_number(cx, spec->name, rows, opt, option->key, option->number);
  case JV_LITERAL_FLAG:
    return jv_option_set_flag(cx, spec->name, rows, opt, option->key, option->flag);
  case JV_LITERAL_TEXT:
    break;
  }
  return jv_option_set_text(cx, spec->name, rows, opt, option->key, option->text);
}

/* One of the options that every model takes. */
static jv_status set_common(jv_ctx *cx, jv_model_spec *spec, const jv_spec_option *option) {
  if (!spec->common) {
    spec->common = JV_NEW(cx, jv_common);
    if (!spec->common) return JV_ENOMEM;
    jv_common_defaults(spec->common);
  }
  return set_by_rows(cx, jv_common_options, spec->common, spec, option);
}

/* What a caller gives once for all models cannot be typed with one. */
static jv_status check_own(jv_ctx *cx, const jv_model_spec *spec, const char *key) {
  bool once = strcmp(key, "season") == 0 || strcmp(key, "seed") == 0;
  if (!once || jv_option_known(cx, spec->name, spec->cls->options, key) == JV_OK) return JV_OK;
  return jv_fail(cx, JV_EINVAL, "%s: %s is given once for all models, not typed with one",
                 spec->name, key);
}

static jv_status set_option(jv_ctx *cx, jv_model_spec *spec, const jv_spec_option *option) {
  const jv_model_class *cls = spec->cls;
  if (cls->options) JV_TRY(check_own(cx, spec, option->key));
  if (jv_common_has(option->key)) return set_common(cx, spec, option);
  if (cls->set_literal && !cls->options) return set_literal(cx, spec, option);
  JV_TRY(jv_common_unknown(cx, spec->name, cls->options, option->key));
  return set_by_rows(cx, cls->options, spec->opt, spec, option);
}

jv_status jv_model_spec_check_members(jv_ctx *cx, const jv_model_spec *spec,
                                      const jv_model_class *cls) {
  if (!spec->composed || jv_option_known(cx, spec->name, cls->options, "models") == JV_OK)
    return JV_OK;
  return jv_fail(cx, JV_EPARSE,
                 "model '%s': '%s' takes no models in parentheses; options stand in braces: "
                 "%s{name=value}",
                 spec->text, spec->name, spec->name);
}

jv_status jv_model_spec_resolve(jv_ctx *cx, jv_model_spec *spec) {
  const jv_model_class *cls = jv_registry_find(cx, cx->models, spec->name);
  if (!cls) return cx->status;
  JV_TRY(jv_model_spec_check_members(cx, spec, cls));
  jv_free(cx, spec->opt);
  jv_free(cx, spec->common);
  spec->opt = NULL;
  spec->common = NULL;
  spec->cls = cls;
  spec->opt = jv_calloc(cx, 1, cls->opt_size);
  if (!spec->opt) return JV_ENOMEM;
  jv_option_defaults(cls->options, spec->opt);
  for (size_t i = 0; i < spec->n_options; i++) JV_TRY(set_option(cx, spec, &spec->options[i]));
  if (spec->common) JV_TRY(jv_common_check(cx, spec->name, spec->common));
  return cls->check ? cls->check(cx, spec->opt) : JV_OK;
}

jv_status jv_model_spec_parse(jv_ctx *cx, const char *text, jv_model_spec *out) {
  JV_TRY(jv_model_spec_read(cx, text, out));
  jv_status status = jv_model_spec_resolve(cx, out);
  if (status != JV_OK) jv_model_spec_clear(cx, out);
  return status;
}

static jv_status check_new_text(jv_ctx *cx, char **texts, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (strcmp(texts[k], texts[i]) == 0)
      return jv_fail(cx, JV_EINVAL, "models: '%s' stands twice", texts[i]);
  return JV_OK;
}

jv_status jv_model_specs_parse(jv_ctx *cx, const char *list, jv_model_spec **out, size_t *n) {
  char **texts;
  size_t count;
  *out = NULL;
  *n = 0;
  JV_TRY(jv_model_list_split(cx, list, &texts, &count));
  jv_model_spec *specs = jv_calloc(cx, count, sizeof *specs);
  jv_status status = specs ? JV_OK : JV_ENOMEM;
  for (size_t i = 0; i < count && status == JV_OK; i++) {
    status = check_new_text(cx, texts, i);
    if (status == JV_OK) status = jv_model_spec_parse(cx, texts[i], &specs[i]);
  }
  jv_model_list_free(cx, texts, count);
  if (status != JV_OK) {
    jv_model_specs_free(cx, specs, count);
    return status;
  }
  *out = specs;
  *n = count;
  return JV_OK;
}

void jv_model_spec_clear(jv_ctx *cx, jv_model_spec *spec) {
  for (size_t i = 0; i < spec->n_options; i++) {
    jv_free(cx, spec->options[i].key);
    jv_free(cx, spec->options[i].text);
  }
  jv_free(cx, spec->options);
  jv_free(cx, spec->text);
  jv_free(cx, spec->name);
  jv_free(cx, spec->opt);
  jv_free(cx, spec->common);
  memset(spec, 0, sizeof *spec);
}

void jv_model_specs_free(jv_ctx *cx, jv_model_spec *specs, size_t n) {
  for (size_t i = 0; specs && i < n; i++) jv_model_spec_clear(cx, &specs[i]);
  jv_free(cx, specs);
}
