/* Parsing JSON: a strict look at the text before cJSON sees it.
 *
 * cJSON takes some texts that are no JSON ("01", control characters in strings), recurses as deep
 * as the text says, and keeps the place of its error in a global. So the text is checked first,
 * without recursion, with the place of the first error. */
#include "text/json.h"
#include <string.h>

/* ---- checking ---- */

typedef struct checker {
  const char *text, *p, *end;
  const char *wrong; /* message of the first error, at p */
} checker;

static void skip_blanks(checker *c) {
  while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r')) c->p++;
}

static bool complain(checker *c, const char *message) {
  c->wrong = message;
  return false;
}

static bool hex4(const char *p, const char *end) {
  if (end - p < 4) return false;
  for (int i = 0; i < 4; i++)
    if (!strchr("0123456789abcdefABCDEF", p[i]) || p[i] == '\0') return false;
  return true;
}

static bool check_string(checker *c) {
  const char *open = c->p++;
  for (; c->p < c->end && *c->p != '"'; c->p++) {
    if ((unsigned char)*c->p < 0x20) return complain(c, "a control character in a string");
    if (*c->p != '\\') continue;
    c->p++;
    if (c->p == c->end) break;
    if (*c->p == 'u') {
      if (!hex4(c->p + 1, c->end)) return complain(c, "\\u needs four hexadecimal digits");
      if (memcmp(c->p + 1, "0000", 4) == 0) return complain(c, "\\u0000 is refused");
    } else if (*c->p == '\0' || !strchr("\"\\/bfnrt", *c->p)) {
      return complain(c, "an unknown escape in a string");
    }
  }
  if (c->p == c->end) {
    c->p = open;
    return complain(c, "this string is never closed");
  }
  c->p++;
  return true;
}

static size_t skip_digits(checker *c) {
  const char *from = c->p;
  while (c->p < c->end && *c->p >= '0' && *c->p <= '9') c->p++;
  return (size_t)(c->p - from);
}

static bool check_number(checker *c) {
  const char *begin = c->p;
  if (*c->p == '-') c->p++;
  const char *first = c->p;
  size_t digits = skip_digits(c);
  if (digits == 0) return complain(c, "a value was expected");
  if (digits > 1 && *first == '0') return complain(c, "a number with leading zeros");
  if (c->p < c->end && *c->p == '.') {
    c->p++;
    if (skip_digits(c) == 0) return complain(c, "digits were expected after the point");
  }
  if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
    c->p++;
    if (c->p < c->end && (*c->p == '+' || *c->p == '-')) c->p++;
    if (skip_digits(c) == 0) return complain(c, "digits were expected in the exponent");
  }
  /* cJSON cuts there; no double needs more than 24 */
  if (c->p - begin > 63) return complain(c, "a number of more than 63 characters");
  return true;
}

static bool check_scalar(checker *c) {
  static const char *const words[] = {"true", "false", "null"};
  if (c->p == c->end) return complain(c, "the text ends where a value was expected");
  if (*c->p == '"') return check_string(c);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t len = strlen(words[i]);
    if ((size_t)(c->end - c->p) >= len && memcmp(c->p, words[i], len) == 0) {
      c->p += len;
      return true;
    }
  }
  return check_number(c);
}

static bool check_key(checker *c) {
  skip_blanks(c);
  if (c->p == c->end || *c->p != '"') return complain(c, "a name in quotes was expected");
  if (!check_string(c)) return false;
  skip_blanks(c);
  if (c->p == c->end || *c->p != ':') return complain(c, "':' was expected");
  c->p++;
  return true;
}

/* What is open is remembered in one byte a level: '{' or '['. */
static bool check_text(checker *c, char *open, size_t max_depth) {
  size_t depth = 0;
  for (;;) {
    skip_blanks(c);
    if (c->p < c->end && (*c->p == '{' || *c->p == '[')) {
      if (depth == max_depth) return complain(c, "nested too deeply");
      char kind = open[depth++] = *c->p++;
      skip_blanks(c);
      bool empty = c->p < c->end && *c->p == (kind == '{' ? '}' : ']');
      if (!empty) {
        if (kind == '{' && !check_key(c)) return false;
        continue;
      }
    } else if (!check_scalar(c)) {
      return false;
    }
    /* behind a value, or before the end of an empty container: close what closes */
    for (skip_blanks(c); depth > 0 && c->p < c->end; skip_blanks(c)) {
      if (*c->p != (open[depth - 1] == '{' ? '}' : ']')) break;
      depth--;
      c->p++;
    }
    if (depth == 0) break;
    if (c->p == c->end) return complain(c, "the text ends inside of an object or array");
    if (*c->p != ',') return complain(c, "',' or the end of the object or array was expected");
    c->p++;
    if (open[depth - 1] == '{' && !check_key(c)) return false;
  }
  return c->p == c->end || complain(c, "something follows the end of the value");
}

static jv_status fail_at(jv_ctx *cx, const checker *c) {
  size_t line = 1, column = 1;
  for (const char *p = c->text; p < c->p; p++, column++)
    if (*p == '\n') line++, column = 0;
  return jv_fail(cx, JV_EPARSE, "line %zu, column %zu: %s", line, column, c->wrong);
}

jv_status jv_json_parse(jv_ctx *cx, const char *text, size_t len, size_t max_depth, cJSON **out) {
  if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3, len -= 3;
  checker c = {text, text, text + len, NULL};
  if (max_depth == 0) max_depth = JV_JSON_DEPTH;
  if (max_depth > CJSON_NESTING_LIMIT) max_depth = CJSON_NESTING_LIMIT;
  char *open = JV_ARRAY(cx, char, max_depth + 1);
  if (!open) return cx->status;
  bool right = check_text(&c, open, max_depth);
  jv_free(cx, open);
  if (!right) return fail_at(cx, &c);
  cJSON *tree = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
  if (!tree) {
    const char *wrong = memchr(text, '\\', len);
    if (wrong) /* the one thing that cJSON refuses and the check does not: half a surrogate pair */
      return jv_fail(cx, JV_EPARSE,
                     "JSON text that cJSON refuses (a broken \\u pair?), or no memory");
    return jv_fail(cx, JV_ENOMEM, "out of memory: JSON text of %zu bytes", len);
  }
  *out = tree;
  return JV_OK;
}
