/* What the bindings of models share: fit and forecast objects, and models written in Lua. */
#ifndef JV_BINDINGS_FITS_H
#define JV_BINDINGS_FITS_H

#include "bind.h"

/* A fit's user value is its table {series = y where it was one, xreg = regressors as given}. */
extern const jvl_class jvl_fit_class; /* bindings/fit.c: jv_fit */
/* A forecast's is {fit = its fit, series = y where it was one, levels = {…}, n = observations}. */
extern const jvl_class jvl_forecast_class; /* bindings/forecast.c: jv_forecast */

void jvl_open_fit(lua_State *L);
void jvl_open_forecast(lua_State *L);
void jvl_open_annual(lua_State *L);
void jvl_open_explain(lua_State *L);
void jvl_open_define(lua_State *L);

/* Replaces the table on top by an empty fit object whose table it becomes; *box takes the fit. */
void **jvl_new_fit(lua_State *L);
/* Methods: fit:forecast(h, {level = …}), fit:explain(), forecast:annual(levels),
 * forecast:total(). */
int jvl_fit_forecast(lua_State *L);
int jvl_fit_explain(lua_State *L);
int jvl_forecast_annual(lua_State *L);
/* fit:condition(facts), forecast:condition(facts): bindings/condition.c. */
int jvl_fit_condition(lua_State *L);
int jvl_forecast_condition(lua_State *L);
int jvl_forecast_total(lua_State *L);
/* The fit of the forecast at idx 1; throws when it has been updated since. */
const jv_fit *jvl_forecast_fit(lua_State *L);
/* Pushes a list of the levels at idx (a number, a list or nil), ascending. */
void jvl_push_levels(lua_State *L, int idx);

/* ---- regressors: bindings/regressors.c. A series, a list or named table of series or of plain lists;
 * series by period, which must all have a value: an error names the first that has none. */

/* Those of a fit of n observations, the value at idx, into sample->x, k, x_names, in scratch memory
 * pushed on the stack. */
const double *jvl_check_regressors(lua_State *L, int idx, const jv_series *y, size_t n,
                                   jv_sample *sample);
/* h rows of those that follow the data of the fit at fit_idx, the value at idx; where it is nil, those
 * given with the fit where they are series. NULL: the fit has none, or none are known. */
const double *jvl_future_regressors(lua_State *L, int fit_idx, int idx, size_t h);

/* Gives the table on top the metatable internal[meta], by which it prints: scripts/tables.lua. */
void jvl_dress(lua_State *L, const char *meta);

struct cJSON;
/* The tree of jv_fit_explain with its numbers as numbers; what keeps it is pushed. */
const struct cJSON *jvl_push_explanation(lua_State *L, const jv_fit *fit);
/* What a class can do: pushes a list of words for help; a table of flags by name for fit.can. */
void jvl_push_tags(lua_State *L, unsigned tags);
void jvl_push_can(lua_State *L, const jv_model_class *cls);

/* The field of the table of the object at idx: pushes it and returns its type. */
int jvl_about(lua_State *L, int idx, const char *key);
/* The series of the object at idx, or NULL; its table keeps it alive. */
const jv_series *jvl_about_series(lua_State *L, int idx);

/* Pushes n values as a series like y, `offset` periods after its start, marked estimated; as a plain
 * table when y is NULL. */
void jvl_push_like(lua_State *L, const jv_series *y, int64_t offset, const double *v, size_t n);
/* A whole number >= least at idx; what names it in the message. */
size_t jvl_check_count(lua_State *L, int idx, const char *what, lua_Integer least);
/* Pushes a list of the keys of the table at idx, texts all, in their order. */
void jvl_sorted_keys(lua_State *L, int idx);
/* Pushes the value of an option; nil when it is absent. */
void jvl_push_option(lua_State *L, const jv_option *row, const void *opt);
void jvl_add_line(luaL_Buffer *b, const char *fmt, ...) JV_PRINTF(2, 3);

/* ---- saved fits: bindings/saved.c; nothing here throws ---- */

/* The JSON of a fit with the calendar and values of y as a member "series" (y NULL: a copy). */
jv_status jvl_saved_with_series(jv_ctx *cx, const char *json, const jv_series *y, char **out);
/* The series in it, or NULL where there is none. */
jv_status jvl_saved_series(jv_ctx *cx, const char *json, size_t len, jv_series **out);

/* ---- models written in Lua: bindings/define.c, bindings/scripted.c ---- */

/* Options of a call of jv.fit for a class written in Lua: opts (a table, or nil) is at opts_idx and y
 * (a series, or anything else) at y_idx. Puts a key to them into opt; drop it when the call is over. */
int jvl_scripted_give(lua_State *L, int opts_idx, int y_idx, void *opt);
void jvl_scripted_drop(lua_State *L, int key);
/* Pushes a JSON value as plain Lua: bindings/scripted_json.c. */
void jvl_scripted_from_json(lua_State *L, const struct cJSON *from);
/* Pushes the options in force in a scripted fit. */
void jvl_scripted_options(lua_State *L, const jv_fit *fit);

#endif
