/* What the fuzz targets share. */
#ifndef JV_TESTS_FUZZ_H
#define JV_TESTS_FUZZ_H

#include "text/stream.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A broken property ends the run, and libFuzzer keeps the input that broke it. */
#define fuzz_require(condition)                                                                    \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

static inline bool fuzz_same(const jv_buffer *a, const jv_buffer *b) {
  return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
