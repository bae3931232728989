/* Models as they are typed: `ets{model="MAM"},theta,naive` in --model, in jv.backtest, in jv.fit.
 *
 * A list is split on commas outside braces, parentheses and quotes. One model is
 * `name` or `name{key=literal,…}`; a literal is a number, true, false, a quoted text or a bare word,
 * and is never evaluated. Models made of others are typed `name(a,b,…){key=literal,…}` or
 * `name{key=literal,…}+model` (model/composed.h): read as a model `name` or `name+` whose option
 * `models` is the text of its members. Positions in messages are 1-based characters of the text given. */
#ifndef JV_MODEL_SPEC_H
#define JV_MODEL_SPEC_H

#include "model/common.h"
#include "model/registry.h"

typedef enum jv_literal_type {
  JV_LITERAL_NUMBER,
  JV_LITERAL_FLAG,
  JV_LITERAL_TEXT
} jv_literal_type;

typedef struct jv_spec_option {
  char *key;
  jv_literal_type type;
  double number; /* JV_LITERAL_NUMBER */
  bool flag;     /* JV_LITERAL_FLAG */
  char *text;    /* JV_LITERAL_TEXT, else NULL */
} jv_spec_option;

typedef struct jv_model_spec {
  char *text;    /* as typed, blanks at the ends removed: the name of the output column */
  char *name;    /* "ets", "combine", "stl+" */
  bool composed; /* members were typed; `models` is the last of the options */
  jv_spec_option *options;
  size_t n_options;
  const jv_model_class *cls; /* found in the registry of the context */
  void *opt;         /* cls->opt_size bytes set by the rows; NULL when the class has no rows */
  jv_common *common; /* the options of every model; NULL when none was given */
} jv_model_spec;

/* Splits a list into n texts (copies, blanks trimmed). Errors: JV_EPARSE for an unclosed brace,
 * parenthesis or quote, or an empty element, with the position. */
jv_status jv_model_list_split(jv_ctx *cx, const char *list, char ***texts, size_t *n);
void jv_model_list_free(jv_ctx *cx, char **texts, size_t n);

/* Parses one model without looking its name up: cls and opt stay NULL. Errors: JV_EPARSE. */
jv_status jv_model_spec_read(jv_ctx *cx, const char *text, jv_model_spec *out);

/* Have members been typed to a class that has no place for them? JV_EPARSE, with what was meant. */
jv_status jv_model_spec_check_members(jv_ctx *cx, const jv_model_spec *spec,
                                      const jv_model_class *cls);

/* Finds the class in cx->models and sets its options, and those that every model has. A class
 * without rows takes the literals through its set_literal, if it has one.
 * Errors: JV_ENOTFOUND (with a suggestion), JV_EINVAL (unknown option, type, range). */
jv_status jv_model_spec_resolve(jv_ctx *cx, jv_model_spec *spec);

/* Read and resolved. */
jv_status jv_model_spec_parse(jv_ctx *cx, const char *text, jv_model_spec *out);
/* A whole list, read and resolved; a text that stands twice is JV_EINVAL. Freed by
 * jv_model_specs_free. */
jv_status jv_model_specs_parse(jv_ctx *cx, const char *list, jv_model_spec **out, size_t *n);

/* Releases what a spec owns; zeroed specs are allowed. */
void jv_model_spec_clear(jv_ctx *cx, jv_model_spec *spec);
void jv_model_specs_free(jv_ctx *cx, jv_model_spec *specs, size_t n);

#endif
