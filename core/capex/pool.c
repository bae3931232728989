/* Interned texts: an open-addressing table of texts that are allocated one by one (a filer has a
 * few thousand different ones). FNV-1a; at most half full. */
#include "capex/pool.h"
#include <string.h>

struct jv_pool {
  char **slot; /* capacity, a power of two; NULL is empty */
  size_t capacity, n;
};

static size_t hash_of(const char *text, size_t len) {
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 1099511628211u;
  return (size_t)(h ^ h >> 32);
}

/* The slot that holds the text, or the empty one where it belongs. */
static size_t slot_of(const jv_pool *pool, const char *text, size_t len) {
  size_t i = hash_of(text, len) & (pool->capacity - 1);
  while (pool->slot[i] && (strncmp(pool->slot[i], text, len) != 0 || pool->slot[i][len] != '\0'))
    i = (i + 1) & (pool->capacity - 1);
  return i;
}

static jv_status grow(jv_ctx *cx, jv_pool *pool) {
  jv_pool larger = {NULL, pool->capacity ? pool->capacity * 2 : 256, pool->n};
  larger.slot = jv_calloc(cx, larger.capacity, sizeof *larger.slot);
  if (!larger.slot) return cx->status;
  for (size_t i = 0; i < pool->capacity; i++)
    if (pool->slot[i])
      larger.slot[slot_of(&larger, pool->slot[i], strlen(pool->slot[i]))] = pool->slot[i];
  jv_free(cx, pool->slot);
  *pool = larger;
  return JV_OK;
}

jv_status jv_pool_new(jv_ctx *cx, jv_pool **out) {
  jv_pool *pool = JV_NEW(cx, jv_pool);
  if (!pool) return cx->status;
  if (grow(cx, pool) != JV_OK) {
    jv_free(cx, pool);
    return cx->status;
  }
  *out = pool;
  return JV_OK;
}

void jv_pool_free(jv_ctx *cx, jv_pool *pool) {
  if (!pool) return;
  for (size_t i = 0; i < pool->capacity; i++) jv_free(cx, pool->slot[i]);
  jv_free(cx, pool->slot);
  jv_free(cx, pool);
}

jv_status jv_pool_put(jv_ctx *cx, jv_pool *pool, const char *text, size_t len, const char **out) {
  size_t i = slot_of(pool, text, len);
  if (!pool->slot[i]) {
    if (pool->n * 2 >= pool->capacity) {
      JV_TRY(grow(cx, pool));
      i = slot_of(pool, text, len);
    }
    pool->slot[i] = jv_strndup(cx, text, len);
    if (!pool->slot[i]) return cx->status;
    pool->n++;
  }
  *out = pool->slot[i];
  return JV_OK;
}

const char *jv_pool_find(const jv_pool *pool, const char *text) {
  return pool->slot[slot_of(pool, text, strlen(text))];
}
