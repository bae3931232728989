/* Context: error slot, sinks, and checked memory.
 *
 * Each block carries its size in a header of one maximal alignment, because the allocator's
 * contract (lua_Alloc) wants the old size back on every resize and release. */
#include "base/ctx.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER (sizeof(max_align_t))

static const char *const names[] = {
#define X(code, name, text) name,
    JV_STATUSES(X)
#undef X
};
static const char *const texts[] = {
#define X(code, name, text) text,
    JV_STATUSES(X)
#undef X
};

const char *jv_status_name(jv_status status) {
  return (unsigned)status < JV_STATUS_COUNT ? names[status] : "?";
}

const char *jv_status_text(jv_status status) {
  return (unsigned)status < JV_STATUS_COUNT ? texts[status] : "?";
}

static void *default_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  (void)ud;
  (void)osize;
  if (nsize == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, nsize);
}

void jv_ctx_init(jv_ctx *cx) {
  memset(cx, 0, sizeof *cx);
  cx->alloc = default_alloc;
}

jv_status jv_fail(jv_ctx *cx, jv_status status, const char *fmt, ...) {
  char text[sizeof cx->message]; /* arguments may point into cx->message */
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  memcpy(cx->message, text, sizeof text);
  cx->status = status;
  return status;
}

jv_status jv_fail_in(jv_ctx *cx, const char *fmt, ...) {
  char where[sizeof cx->message];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(where, sizeof where - 2, fmt, ap);
  va_end(ap);
  size_t len = strlen(where), room = sizeof cx->message - 1 - len - 2, old = strlen(cx->message);
  if (old > room) old = room;
  memmove(cx->message + len + 2, cx->message, old);
  memcpy(cx->message, where, len);
  memcpy(cx->message + len, ": ", 2);
  cx->message[len + 2 + old] = '\0';
  return cx->status;
}

void jv_warn(jv_ctx *cx, const char *fmt, ...) {
  if (!cx->warn) return;
  char text[sizeof cx->message];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  cx->warn(cx->warn_ud, text);
}

void jv_progress(jv_ctx *cx, double fraction, const char *what) {
  if (cx->progress) cx->progress(cx->progress_ud, fraction, what);
}

jv_status jv_check_cancel(jv_ctx *cx) {
  if (!cx->cancelled || !cx->cancelled(cx->cancel_ud)) return JV_OK;
  return jv_fail(cx, JV_ECANCEL, "interrupted");
}

static void *resize(jv_ctx *cx, void *ptr, size_t count, size_t size) {
  if (size != 0 && count > (SIZE_MAX - HEADER) / size) {
    jv_fail(cx, JV_ENOMEM, "out of memory: %zu items of %zu bytes", count, size);
    return NULL;
  }
  size_t bytes = HEADER + count * size;
  unsigned char *old = ptr ? (unsigned char *)ptr - HEADER : NULL;
  size_t osize = 0;
  if (old) memcpy(&osize, old, sizeof osize);
  unsigned char *block = cx->alloc(cx->alloc_ud, old, osize, bytes);
  if (!block) {
    jv_fail(cx, JV_ENOMEM, "out of memory: %zu bytes", bytes);
    return NULL;
  }
  memcpy(block, &bytes, sizeof bytes);
  return block + HEADER;
}

void *jv_alloc(jv_ctx *cx, size_t count, size_t size) { return resize(cx, NULL, count, size); }

void *jv_calloc(jv_ctx *cx, size_t count, size_t size) {
  void *p = resize(cx, NULL, count, size);
  if (p) memset(p, 0, count * size);
  return p;
}

void *jv_realloc(jv_ctx *cx, void *ptr, size_t count, size_t size) {
  return resize(cx, ptr, count, size);
}

void jv_free(jv_ctx *cx, void *ptr) {
  if (!ptr) return;
  unsigned char *block = (unsigned char *)ptr - HEADER;
  size_t osize;
  memcpy(&osize, block, sizeof osize);
  cx->alloc(cx->alloc_ud, block, osize, 0);
}

char *jv_strndup(jv_ctx *cx, const char *s, size_t len) {
  char *copy = jv_alloc(cx, len + 1, 1);
  if (!copy) return NULL;
  memcpy(copy, s, len);
  copy[len] = '\0';
  return copy;
}

char *jv_strdup(jv_ctx *cx, const char *s) { return jv_strndup(cx, s, strlen(s)); }
