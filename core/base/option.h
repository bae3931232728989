/* Options as rows: one row gives name, type, place, default, range and help text.
 *
 * Defaults, range checks, Lua tables, command-line literals, help, documents and the bad-input
 * tests all read the rows. Absent is NaN for reals, JV_OPT_UNSET for integers, flags and choices. */
#ifndef JV_BASE_OPTION_H
#define JV_BASE_OPTION_H

#include "base/ctx.h"
#include <math.h>

typedef enum jv_opt_type {
  JV_OPT_REAL,          /* double */
  JV_OPT_INT,           /* int */
  JV_OPT_FLAG,          /* int: 0, 1 or JV_OPT_UNSET */
  JV_OPT_CHOICE,        /* int: index into `choices`, or JV_OPT_UNSET */
  JV_OPT_TEXT,          /* char[JV_OPT_TEXT_SIZE], or of `max` where that is more; "" when absent */
  JV_OPT_REAL_OR_CHOICE /* jv_real_or_choice: a number in range, or one of `choices` */
} jv_opt_type;

#define JV_OPT_UNSET (-1000000)
#define JV_OPT_TEXT_SIZE 64

/* A number, or a word that says how it is found: window = 13 or "periodic". Both absent: neither. */
typedef struct jv_real_or_choice {
  double number; /* NAN where a choice was made */
  int choice;    /* JV_OPT_UNSET where a number was given */
} jv_real_or_choice;

typedef struct jv_option {
  const char *name; /* NULL ends the rows */
  jv_opt_type type;
  size_t offset;
  double deflt; /* NAN: absent */
  double min, max;
  const char *doc;
  const char *choices; /* "additive|multiplicative" where choices are taken, else NULL */
} jv_option;

/* Fills *opt with the defaults of its rows. */
void jv_option_defaults(const jv_option *rows, void *opt);

/* Sets one option; `what` names the owner in messages ("ets"). Unknown names get a suggestion.
 * Errors: JV_EINVAL (unknown, wrong type, out of range, NaN). */
jv_status jv_option_set_number(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                               const char *name, double value);
jv_status jv_option_set_flag(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                             const char *name, bool value);
jv_status jv_option_set_text(jv_ctx *cx, const char *what, const jv_option *rows, void *opt,
                             const char *name, const char *value);

/* JV_OK when rows have an option of that name, whatever its type; else as the setters say it. */
jv_status jv_option_known(jv_ctx *cx, const char *what, const jv_option *rows, const char *name);

/* The nearest name to `name` among n names: the same in other letters, the one that R's or Python's
 * packages mean by it, or by edit distance (at most 2, or a third of its length); NULL for none. For
 * "did you mean". */
const char *jv_nearest_name(const char *name, const char *const *names, size_t n);

#endif
