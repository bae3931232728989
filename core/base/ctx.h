/* The context that every core function takes first: allocator, error slot, cancel, progress,
 * warnings, and the registry of models. One per thread; nothing in the core is global. */
#ifndef JV_BASE_CTX_H
#define JV_BASE_CTX_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define JV_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define JV_PRINTF(fmt, args)
#endif

/* The contract of lua_Alloc: nsize 0 frees; NULL on failure; osize is the block's size. */
typedef void *(*jv_alloc_fn)(void *ud, void *ptr, size_t osize, size_t nsize);

struct jv_registry; /* core/model/registry.h */

typedef struct jv_ctx {
  jv_alloc_fn alloc;
  void *alloc_ud;
  bool (*cancelled)(void *ud); /* NULL: never */
  void *cancel_ud;
  void (*progress)(void *ud, double fraction, const char *what); /* NULL: silent */
  void *progress_ud;
  void (*warn)(void *ud, const char *message); /* NULL: dropped */
  void *warn_ud;
  struct jv_registry *models; /* filled by the host; NULL: none */
  jv_status status;           /* of the last failure */
  char message[480];
} jv_ctx;

/* A context on malloc, with no sinks. */
void jv_ctx_init(jv_ctx *cx);

/* Records a failure and returns its status: `return jv_fail(cx, JV_EDATA, "needs %zu, got %zu", …)`.
 * Says what was wanted, what was found and where. Never allocates; long messages are cut. */
jv_status jv_fail(jv_ctx *cx, jv_status status, const char *fmt, ...) JV_PRINTF(3, 4);

/* Puts "where: " before the message of the last failure, e.g. a file name; returns its status. */
jv_status jv_fail_in(jv_ctx *cx, const char *fmt, ...) JV_PRINTF(2, 3);

/* The status of the last failure, where only `not JV_OK` is known of it; itself never JV_OK. */
static inline jv_status jv_failure(const jv_ctx *cx) {
  return cx->status != JV_OK ? cx->status : JV_EINVAL;
}

void jv_warn(jv_ctx *cx, const char *fmt, ...) JV_PRINTF(2, 3);
void jv_progress(jv_ctx *cx, double fraction, const char *what);

/* JV_OK, or JV_ECANCEL with the error slot set. Call it in every loop that can take long. */
jv_status jv_check_cancel(jv_ctx *cx);

/* Memory. Sizes are count * size with an overflow test; on failure NULL is returned and the error
 * slot says JV_ENOMEM, so that `return cx->status` is right. jv_free(cx, NULL) does nothing.
 * jv_realloc keeps the old block on failure. Zero sizes give a unique block of no use. */
void *jv_alloc(jv_ctx *cx, size_t count, size_t size);
void *jv_calloc(jv_ctx *cx, size_t count, size_t size);
void *jv_realloc(jv_ctx *cx, void *ptr, size_t count, size_t size);
void jv_free(jv_ctx *cx, void *ptr);
char *jv_strdup(jv_ctx *cx, const char *s);
char *jv_strndup(jv_ctx *cx, const char *s, size_t len);

#define JV_NEW(cx, type) ((type *)jv_calloc((cx), 1, sizeof(type)))
#define JV_ARRAY(cx, type, n) ((type *)jv_alloc((cx), (n), sizeof(type)))

/* Passes a failure on: JV_TRY(jv_thing(cx, …)); only where nothing needs freeing. */
#define JV_TRY(expr)                                                                               \
  do {                                                                                             \
    jv_status jv_try_status_ = (expr);                                                             \
    if (jv_try_status_ != JV_OK) return jv_try_status_;                                            \
  } while (0)

#endif
