/* Interned texts: each stands once, so that equal texts have equal addresses. */
#ifndef JV_CAPEX_POOL_H
#define JV_CAPEX_POOL_H

#include "base/ctx.h"

typedef struct jv_pool jv_pool;

jv_status jv_pool_new(jv_ctx *cx, jv_pool **out);
void jv_pool_free(jv_ctx *cx, jv_pool *pool);

/* The one copy of text[0..len); valid until the pool is freed. JV_ENOMEM. */
jv_status jv_pool_put(jv_ctx *cx, jv_pool *pool, const char *text, size_t len, const char **out);
/* The copy if there is one, else NULL. */
const char *jv_pool_find(const jv_pool *pool, const char *text);

#endif
