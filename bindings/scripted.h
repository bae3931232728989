/* Models written in Lua: what their definition (define.c) and their calls (scripted_*.c)
 * share. A definition becomes a jv_model_class whose functions call back into Lua.
 *
 * Lua values live in one table of the registry, the store:
 *   classes  light userdata of a class -> the userdata that holds it (its user value: the definition)
 *   given    key -> {opts =, y =}: the options of a call; typed literals are interned here
 *   fits     reference -> {value =, opts =, y =}: what the definition's fit returned
 *   serial   name -> number of the definition, counted up */
#ifndef JV_BINDINGS_SCRIPTED_H
#define JV_BINDINGS_SCRIPTED_H

#include "bind.h"

/* What scripted classes share; a userdata in the store. */
typedef struct scripts {
  jv_ctx *cx;   /* whose Lua thread runs them */
  size_t depth; /* calls into Lua that have not returned */
} scripts;

typedef struct scripted {
  jv_model_class cls; /* cls.user points to this struct */
  scripts *home;
  size_t fits; /* alive, made by this definition: it stays as long */
  bool retired;
} scripted;

/* Options of a scripted class: the key, then a place for each row. */
typedef struct scripted_opt {
  int key;  /* in `given`; 0: none */
  int like; /* in `fits`: a fit whose options these are, for another fit with them; 0: none */
} scripted_opt;

/* State of a fit. */
typedef struct scripted_state {
  int ref;       /* in `fits` */
  double *y;     /* n observations, for refits at earlier origins */
  double *x;     /* n rows of their regressors; NULL: none */
  bool mapped;   /* y is on the scale of a transformation */
  double *scale; /* of the errors 1 … n_scale steps ahead; NULL until asked for */
  size_t n_scale;
  double df;    /* errors one step ahead that scale rests on */
  char **names; /* of the components */
  size_t n_names;
} scripted_state;

/* A call from core: what goes in and comes out. Bodies run under lua_pcall with a light userdata of
 * it; what they allocate through core hangs on it, so that a throw loses nothing. */
typedef struct scripted_call {
  jv_ctx *cx;
  scripted *model;
  jv_fit *fit;
  const double *y;       /* n values to hand over as a series */
  size_t n, m, h, first; /* first: observations before y[0] */
  const double *x;       /* regressors to hand over with the options: n rows, or h of the future */
  size_t k;
  const char *const *x_names;
  bool mapped;            /* y is on the scale of a transformation: without a unit */
  const jv_period *start; /* a fit's: period of y[0], or NULL */
  const char *id;
  int key, ref;
  int applied;  /* in `fits`: a fit whose parameters another one takes; 0: none */
  double *mean; /* h, the caller's */
  jv_forecast *fc;
  double *paths;
  size_t n_paths;
  size_t *count;
  double *values;
  struct cJSON *into;
  const struct cJSON *from;
} scripted_call;

/* Runs body(call) in protected mode. Errors: JV_EUSER (the error value is kept for rethrowing, its
 * text is the message), JV_ECANCEL, JV_ENOMEM. */
jv_status jvl_scripted_call(scripted_call *call, lua_CFunction body);

/* Pushes a table of the store. */
void jvl_scripted_store(lua_State *L, const char *name);
/* Pushes the definition's field. */
int jvl_scripted_field(lua_State *L, const scripted *model, const char *name);

/* Pushes y of the call as a series: the series at `like` itself where that is it, else one with its
 * calendar, else undated. */
void jvl_scripted_push_y(lua_State *L, const scripted_call *call, int like);
/* Pushes the options of a call: the rows' values or a copy of those given ({opts =} at `given`), and
 * the season. */
void jvl_scripted_push_options(lua_State *L, const scripted_call *call, int given);
/* Pushes the options at idx: themselves, or with regressors a copy that has call->x as xreg, a table of
 * series by name, `rows` values from period `first` of the series at `like` on. */
void jvl_scripted_push_given(lua_State *L, const scripted_call *call, int idx, int like,
                             size_t first, size_t rows);
/* The same of the fit's own options, with x of the steps ahead. */
void jvl_scripted_push_ahead(lua_State *L, const scripted_call *call);
/* Pushes field `name` of a fit's entry in the store; sets it to the value on top, which it pops. */
void jvl_scripted_entry(lua_State *L, int ref, const char *name);
void jvl_scripted_set_entry(lua_State *L, int ref, const char *name);

/* State of a fit with a copy of y (NULL: not filled); released by jvl_scripted_free. */
jv_status jvl_scripted_new_state(jv_ctx *cx, const double *y, const double *x, size_t n,
                                 jv_fit *fit);
void jvl_scripted_free_names(jv_ctx *cx, scripted_state *s);
void jvl_scripted_free(jv_ctx *cx, jv_fit *fit);

/* Functions of the class: scripted_extra.c. */
jv_status jvl_scripted_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                                size_t n_paths, double *paths);
jv_status jvl_scripted_components(jv_ctx *cx, const jv_fit *fit, size_t *count,
                                  const char *const **names, double *values);
jv_status jvl_scripted_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t k);
jv_status jvl_scripted_apply(jv_ctx *cx, const jv_fit *from, const jv_sample *sample, jv_fit *fit);
jv_status jvl_scripted_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jvl_scripted_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jvl_scripted_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);

/* The functions of the class: scripted.c. */
void jvl_scripted_fill(jv_model_class *cls);
void jvl_scripted_register(lua_State *L);

/* Throws "model 'x': …". */
int jvl_scripted_wrong(lua_State *L, const scripted *model, const char *fmt, ...) JV_PRINTF(3, 4);
/* Reads exactly n finite numbers at idx; what: "forecast". */
void jvl_scripted_numbers(lua_State *L, int idx, const scripted *model, const char *what, size_t n,
                          double *to);
/* What the definition's forecast returned, at idx, into call->fc: scripted_spread.c. */
void jvl_scripted_read_forecast(lua_State *L, int idx, scripted_call *call);
/* Means of call->h steps at idx into call->mean. */
void jvl_scripted_read_means(lua_State *L, int idx, scripted_call *call);
/* Paths out of the forecast's distribution, steps correlated as those of a random walk. */
jv_status jvl_scripted_draw(jv_ctx *cx, const jv_fit *fit, const jv_forecast *fc, size_t n_paths,
                            double *paths);
/* The spread of a forecast: sd out of errors at earlier origins; POINT stays where there are too few. */
jv_status jvl_scripted_spread(jv_ctx *cx, const jv_fit *fit, jv_forecast *fc);

/* Lua values as JSON and back: scripted_json.c. Throws on what JSON cannot hold. */
void jvl_scripted_to_json(lua_State *L, int idx, struct cJSON *into, const char *name);
void jvl_scripted_from_json(lua_State *L, const struct cJSON *from);

#endif
