/* The registry: the table of built-in families, and what a host adds to it. */
#include "model/registry.h"
#include "model/builtin.h"
#include <string.h>

static const jv_model_class *const builtin[] = {
#define X(name) &jv_model_##name,
    JV_BUILTIN_MODELS(X)
#undef X
};
enum { BUILTIN_COUNT = sizeof builtin / sizeof builtin[0] };

struct jv_registry {
  const jv_model_class **classes;
  size_t n, capacity;
  jv_registry_finder finder; /* NULL: none */
  void *finder_ud;
};

jv_status jv_registry_new(jv_ctx *cx, jv_registry **out) {
  *out = NULL;
  jv_registry *registry = JV_NEW(cx, jv_registry);
  if (!registry) return JV_ENOMEM;
  registry->capacity = 2 * BUILTIN_COUNT;
  registry->classes = JV_ARRAY(cx, const jv_model_class *, registry->capacity);
  if (!registry->classes) {
    jv_free(cx, registry);
    return JV_ENOMEM;
  }
  memcpy(registry->classes, builtin, sizeof builtin);
  registry->n = BUILTIN_COUNT;
  *out = registry;
  return JV_OK;
}

void jv_registry_free(jv_ctx *cx, jv_registry *registry) {
  if (!registry) return;
  jv_free(cx, registry->classes);
  jv_free(cx, registry);
}

/* Place of a name, or n. */
static size_t place(const jv_registry *registry, const char *name) {
  size_t i = 0;
  while (i < registry->n && strcmp(registry->classes[i]->name, name) != 0) i++;
  return i;
}

bool jv_registry_is_builtin(const char *name) {
  for (size_t i = 0; i < BUILTIN_COUNT; i++)
    if (strcmp(builtin[i]->name, name) == 0) return true;
  return false;
}

void jv_registry_set_finder(jv_registry *registry, jv_registry_finder finder, void *ud) {
  registry->finder = finder;
  registry->finder_ud = ud;
}

/* Written in Lua, or not there at all. */
static bool is_open(const jv_registry *registry, size_t at) {
  return at == registry->n || (registry->classes[at]->tags & JV_TAG_SCRIPTED);
}

jv_status jv_registry_add(jv_ctx *cx, jv_registry *registry, const jv_model_class *cls) {
  size_t at = place(registry, cls->name);
  if (at < BUILTIN_COUNT || (!is_open(registry, at) && (cls->tags & JV_TAG_SCRIPTED)))
    return jv_fail(cx, JV_EINVAL, "'%s' is a built-in model and cannot be redefined", cls->name);
  if (at == registry->capacity) {
    size_t capacity = 2 * registry->capacity;
    const jv_model_class **more =
        jv_realloc(cx, registry->classes, capacity, sizeof(jv_model_class *));
    if (!more) return JV_ENOMEM;
    registry->classes = more;
    registry->capacity = capacity;
  }
  registry->classes[at] = cls;
  if (at == registry->n) registry->n++;
  return JV_OK;
}

jv_status jv_registry_share(jv_ctx *cx, const jv_registry *from, jv_registry **out) {
  jv_registry *registry;
  *out = NULL;
  JV_TRY(jv_registry_new(cx, &registry));
  jv_status status = JV_OK;
  for (size_t i = BUILTIN_COUNT; i < jv_registry_count(from) && status == JV_OK; i++)
    if (!(from->classes[i]->tags & JV_TAG_SCRIPTED))
      status = jv_registry_add(cx, registry, from->classes[i]);
  if (status == JV_OK)
    *out = registry;
  else
    jv_registry_free(cx, registry);
  return status;
}

void jv_registry_remove(jv_registry *registry, const char *name) {
  size_t at = place(registry, name);
  if (at < BUILTIN_COUNT || at == registry->n) return;
  memmove(registry->classes + at, registry->classes + at + 1,
          (registry->n - at - 1) * sizeof(jv_model_class *));
  registry->n--;
}

const jv_model_class *jv_registry_find(jv_ctx *cx, const jv_registry *registry, const char *name) {
  if (!registry) {
    jv_fail(cx, JV_ENOTFOUND, "no model '%s': this context has no models", name);
    return NULL;
  }
  size_t at = place(registry, name);
  if (is_open(registry, at) && registry->finder) {
    if (registry->finder(cx, registry->finder_ud, name) != JV_OK) return NULL;
    at = place(registry, name);
  }
  if (at < registry->n) return registry->classes[at];
  const char **names = JV_ARRAY(cx, const char *, registry->n);
  if (!names) return NULL;
  for (size_t i = 0; i < registry->n; i++) names[i] = registry->classes[i]->name;
  const char *near = jv_nearest_name(name, names, registry->n);
  jv_free(cx, names);
  if (near)
    jv_fail(cx, JV_ENOTFOUND, "no model '%s', did you mean '%s'?", name, near);
  else
    jv_fail(cx, JV_ENOTFOUND, "no model '%s'", name);
  return NULL;
}

size_t jv_registry_count(const jv_registry *registry) { return registry ? registry->n : 0; }

const jv_model_class *jv_registry_at(const jv_registry *registry, size_t i) {
  return i < registry->n ? registry->classes[i] : NULL;
}
