/* One allocator for several threads: that of a context, behind a lock.
 *
 * An allocator may be of one thread only (it counts, it caps); contexts of other threads then
 * allocate through this one, so that every byte is counted and the cap holds for all of them. What
 * was allocated before, or by another of these contexts, may be resized and freed by any of them. */
#ifndef JV_BASE_SHARED_H
#define JV_BASE_SHARED_H

#include "base/ctx.h"

typedef struct jv_shared jv_shared;

/* Over the allocator that cx has now. While other threads use it, cx must be on it as well
 * (cx->alloc = jv_shared_alloc, cx->alloc_ud = shared). Errors: JV_ENOMEM. */
jv_status jv_shared_new(jv_ctx *cx, jv_shared **out);
/* No context may still be on it but cx, which is put back to the allocator below. */
void jv_shared_free(jv_ctx *cx, jv_shared *shared);

/* The contract of lua_Alloc; ud is a jv_shared. */
void *jv_shared_alloc(void *shared, void *ptr, size_t osize, size_t nsize);

/* Keeps the other threads from allocating, for code that uses the allocator below by itself. May be
 * nested. */
void jv_shared_enter(jv_shared *shared);
void jv_shared_leave(jv_shared *shared);

#endif
