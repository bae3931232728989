/* Facts that cannot be what their dates and tag say: found by comparison, left out, named. */
#ifndef JV_CAPEX_SCREEN_H
#define JV_CAPEX_SCREEN_H

#include "capex/facts.h"

#define JV_FLAWS(X)                                                                                \
  X(NEGATIVE, "is negative where the tag's amounts are positive")                                  \
  X(SIZE, "is out of all proportion to its neighbours")                                            \
  X(LONGER, "is the figure of a longer span")                                                      \
  X(PART, "is the figure of a part of its span")                                                   \
  X(MISDATED, "is the figure of another period, and another was filed for this one")               \
  X(SCOPE, "has moved since its first filing as the span around it has not")

typedef enum jv_flaw {
#define X(code, text) JV_FLAW_##code,
  JV_FLAWS(X)
#undef X
      JV_FLAW_COUNT
} jv_flaw;

const char *jv_flaw_text(jv_flaw flaw); /* "is …", "has …" */

typedef struct jv_flawed {
  const jv_fact *fact;
  jv_flaw flaw;
} jv_flawed;

/* Moves the flawed among n facts of one tag and unit (in order of span and filing date) to
 * `out`, room for n, and says how many there are; the rest close up in place. positive: negative
 * amounts, and sizes, are judged too. JV_ENOMEM. */
jv_status jv_screen(jv_ctx *cx, const jv_fact **fact, size_t *n, bool positive, jv_flawed *out,
                    size_t *flawed);

#endif
