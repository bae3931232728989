/* What the bindings of period, unit, quantity and series share with each other. */
#ifndef JV_BINDINGS_VALUES_H
#define JV_BINDINGS_VALUES_H

#include "bind.h"

/* Arithmetic metamethod over series, quantities and numbers in any mix: operands 1 and 2. */
int jvl_arithmetic(lua_State *L, jv_op op);

/* The metamethods over it, which quantities and series share. */
int jvl_meta_add(lua_State *L);
int jvl_meta_sub(lua_State *L);
int jvl_meta_mul(lua_State *L);
int jvl_meta_div(lua_State *L);
int jvl_meta_pow(lua_State *L);
int jvl_meta_unm(lua_State *L);

/* The period at idx if it is a period object, else NULL. */
const jv_period *jvl_test_period(lua_State *L, int idx);
const jv_unit *jvl_test_unit(lua_State *L, int idx);
/* The quantity at idx if it is a quantity object, else NULL. */
const jv_quantity *jvl_test_quantity(lua_State *L, int idx);

/* Calls fn, whose argument is the light userdata `arg`, without letting it throw: true with its one
 * result pushed, else false with the error object pushed. For pushing what C memory holds, which is
 * to be freed whatever happens. */
bool jvl_protected(lua_State *L, lua_CFunction fn, void *arg);
/* Pushes a text that core allocated, and frees it. */
void jvl_push_text(lua_State *L, char *text);

/* Pushes a lineage object with a reference of its own; nil for NULL. */
void jvl_push_lineage(lua_State *L, jv_lineage *node);
/* Pushes an evidence status as text; nil when there is none. */
void jvl_push_evidence(lua_State *L, unsigned evidence);

/* __concat of values: the texts of both. */
int jvl_concat(lua_State *L);

/* A text option of the table at idx, or NULL; throws when it is no text. */
const char *jvl_field_text(lua_State *L, int idx, const char *key);
/* Throws on keys of the table at idx that are not among `names` (NULL-ended), with a suggestion. */
void jvl_check_keys(lua_State *L, int idx, const char *what, const char *const *names);

/* The methods of series: bindings/series_methods.c; those that read one are in
 * bindings/series.c. */
extern const jvl_function jvl_series_methods[];
void jvl_register_description(lua_State *L); /* what series:describe() prints as */
int jvl_series_first(lua_State *L);
int jvl_series_last(lua_State *L);
int jvl_series_at(lua_State *L);
int jvl_series_values(lua_State *L);
int jvl_series_periods(lua_State *L);
int jvl_series_pairs(lua_State *L);
int jvl_series_lineage(lua_State *L);
int jvl_series_status(lua_State *L);
int jvl_series_text(lua_State *L);
/* Makes a box for a series that a core function fills, and pushes it. */
jv_series **jvl_new_series(lua_State *L);
/* 0-based index named by a period, its text, or a 1-based (negative: from the end) number at idx;
 * -1 outside the series. */
int64_t jvl_series_place(lua_State *L, const jv_series *s, int idx);

#endif
