/* The lock is recursive: a callback that runs inside of it may call back into the core. */
#include "base/shared.h"
#include <pthread.h>

struct jv_shared {
  pthread_mutex_t lock;
  jv_alloc_fn alloc;
  void *ud;
};

static bool init_lock(pthread_mutex_t *lock) {
  pthread_mutexattr_t kind;
  if (pthread_mutexattr_init(&kind) != 0) return false;
  bool done = pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE) == 0 &&
              pthread_mutex_init(lock, &kind) == 0;
  pthread_mutexattr_destroy(&kind);
  return done;
}

jv_status jv_shared_new(jv_ctx *cx, jv_shared **out) {
  *out = NULL;
  jv_shared *shared = JV_NEW(cx, jv_shared);
  if (!shared) return JV_ENOMEM;
  if (!init_lock(&shared->lock)) {
    jv_free(cx, shared);
    return jv_fail(cx, JV_ENOMEM, "out of memory for a lock");
  }
  shared->alloc = cx->alloc;
  shared->ud = cx->alloc_ud;
  *out = shared;
  return JV_OK;
}

void jv_shared_free(jv_ctx *cx, jv_shared *shared) {
  if (!shared) return;
  cx->alloc = shared->alloc;
  cx->alloc_ud = shared->ud;
  pthread_mutex_destroy(&shared->lock);
  jv_free(cx, shared);
}

void jv_shared_enter(jv_shared *shared) { pthread_mutex_lock(&shared->lock); }
void jv_shared_leave(jv_shared *shared) { pthread_mutex_unlock(&shared->lock); }

void *jv_shared_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  jv_shared *shared = ud;
  jv_shared_enter(shared);
  void *block = shared->alloc(shared->ud, ptr, osize, nsize);
  jv_shared_leave(shared);
  return block;
}
