/* The models that exist, as a value: built-in ones, and those a host adds (Lua, combinations). */
#ifndef JV_MODEL_REGISTRY_H
#define JV_MODEL_REGISTRY_H

#include "model/model.h"

typedef struct jv_registry jv_registry;

/* A registry with every built-in family. */
jv_status jv_registry_new(jv_ctx *cx, jv_registry **out);
void jv_registry_free(jv_ctx *cx, jv_registry *registry);

/* The classes of `from` that serve any thread: without those written in Lua, and without a finder.
 * For a context of another thread. */
jv_status jv_registry_share(jv_ctx *cx, const jv_registry *from, jv_registry **out);

/* Adds a class (kept by reference; the caller owns it). A built-in name cannot be redefined, nor can
 * one written in Lua take the place of one that is not: JV_EINVAL; else the one before is replaced. */
jv_status jv_registry_add(jv_ctx *cx, jv_registry *registry, const jv_model_class *cls);
bool jv_registry_is_builtin(const char *name);
void jv_registry_remove(jv_registry *registry, const char *name);

/* Called by jv_registry_find before it looks for a name that is new or that of a class written in
 * Lua: a host may add the class then, or bring it up to date (out of a model file). Its failure is that of the search. */
typedef jv_status (*jv_registry_finder)(jv_ctx *cx, void *ud, const char *name);
void jv_registry_set_finder(jv_registry *registry, jv_registry_finder finder, void *ud);

/* By name, or NULL with JV_ENOTFOUND in the error slot and a suggestion. */
const jv_model_class *jv_registry_find(jv_ctx *cx, const jv_registry *registry, const char *name);

size_t jv_registry_count(const jv_registry *registry);
const jv_model_class *jv_registry_at(const jv_registry *registry, size_t i);

#endif
