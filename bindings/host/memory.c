/* A counting allocator on malloc with a limit: Lua and core allocate through it. */
#include "host.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *host_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  host_memory *memory = ud;
  size_t old = ptr ? osize : 0; /* without a block, osize tells the kind of object to come */
  if (nsize == 0) {
    memory->used -= old;
    free(ptr);
    return NULL;
  }
  bool over = memory->limit != 0 && nsize > old &&
              (memory->used > memory->limit || nsize - old > memory->limit - memory->used);
  void *block = over ? NULL : realloc(ptr, nsize);
  if (!block) return nsize <= old ? ptr : NULL; /* a shrinking block may not fail: Lua's contract */
  memory->used = memory->used - old + nsize;
  return block;
}

bool host_parse_size(const char *text, size_t *bytes) {
  static const char units[] = "KMGT";
  if (*text < '0' || *text > '9') return false;
  char *end;
  unsigned long long value = strtoull(text, &end, 10);
  int shift = 0;
  if (*end) {
    const char *unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
    if (!unit || end[1] != '\0') return false;
    shift = 10 * (int)(unit - units + 1);
  }
  if (value == 0 || value > (SIZE_MAX >> shift)) return false;
  *bytes = (size_t)value << shift;
  return true;
}
