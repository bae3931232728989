/* What the C tests share: cmocka with its includes, a context, and comparisons that say the numbers. */
#ifndef JV_TESTS_TESTING_H
#define JV_TESTS_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/ctx.h"

/* Fails with both numbers unless |got - want| <= tol * max(|want|, scale); NaN equals NaN. */
#define assert_near(got, want, tol, scale)                                                         \
  testing_near((got), (want), (tol), (scale), #got, __FILE__, __LINE__)
/* Fails with the context's message unless the status is JV_OK. */
#define assert_ok(cx, expr)                                                                        \
  do {                                                                                             \
    if ((expr) != JV_OK) fail_msg("%s: %s", #expr, (cx)->message);                                 \
  } while (0)
/* The call fails with this status and a message that holds this text. */
#define assert_fails(cx, expr, code, text)                                                         \
  do {                                                                                             \
    assert_int_equal((expr), (code));                                                              \
    if (!strstr((cx)->message, (text)))                                                            \
      fail_msg("message '%s' lacks '%s'", (cx)->message, (text));                                  \
  } while (0)

static inline void testing_near(double got, double want, double tol, double scale, const char *what,
                                const char *file, int line) {
  if (isnan(want) && isnan(got)) return;
  if (got == want) return;
  double size = fabs(want) > scale ? fabs(want) : scale;
  if (fabs(got - want) <= tol * size) return;
  print_error("%s: got %.17g, want %.17g (off by %.3g of %.3g)\n", what, got, want,
              fabs(got - want), size);
  _fail(file, line);
}

/* An allocator that counts live bytes and can be told to fail at the k-th request. */
typedef struct testing_memory {
  size_t live, calls, fail_at; /* fail_at 0: never */
} testing_memory;

static inline void *testing_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  testing_memory *memory = ud;
  if (nsize == 0) {
    if (ptr) memory->live -= osize;
    free(ptr);
    return NULL;
  }
  memory->calls++;
  if (memory->fail_at && memory->calls >= memory->fail_at) return NULL;
  void *block = realloc(ptr, nsize);
  if (block) memory->live += nsize - (ptr ? osize : 0);
  return block;
}

static inline void testing_ctx(jv_ctx *cx, testing_memory *memory) {
  memset(memory, 0, sizeof *memory);
  jv_ctx_init(cx);
  cx->alloc = testing_alloc;
  cx->alloc_ud = memory;
}

/* Runs `work` with the 1st, 2nd, … allocation refused until it succeeds, which it must before the
 * most-th: each failure is JV_ENOMEM and leaves not a byte. */
static inline void testing_starve(jv_status (*work)(jv_ctx *cx), size_t most) {
  for (size_t k = 1; k < most; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_status status = work(&cx);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) return;
    assert_int_equal(status, JV_ENOMEM);
  }
  fail_msg("never succeeded in %zu allocations", most);
}

#endif
