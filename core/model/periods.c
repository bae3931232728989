/* Seasonal periods as an option's text. */
#include "model/periods.h"
#include <stdlib.h>

jv_status jv_periods_read(jv_ctx *cx, const char *what, const char *text, size_t most,
                          size_t *periods, size_t *n) {
  enum { LARGEST = 100000000 };
  *n = 0;
  for (const char *p = text;;) {
    while (*p == ' ' || *p == ',') p++;
    if (!*p) return JV_OK;
    char *end;
    unsigned long value = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;
    if (value < 2 || value > LARGEST)
      return jv_fail(cx, JV_EINVAL,
                     "%s: option 'periods' is a list of whole numbers from 2 on, such as "
                     "\"24,168\", got '%s'",
                     what, text);
    if (*n == most) return jv_fail(cx, JV_EINVAL, "%s: takes at most %zu periods", what, most);
    periods[(*n)++] = (size_t)value;
    p = end;
  }
}
