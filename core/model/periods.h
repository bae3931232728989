/* Seasonal periods as an option's text: "24,168". */
#ifndef JV_MODEL_PERIODS_H
#define JV_MODEL_PERIODS_H

#include "base/ctx.h"

/* Whole numbers from 2 on, apart by commas or blanks, into periods: *n of them, at most `most`; none in
 * "". `what` begins the message. Errors: JV_EINVAL. */
jv_status jv_periods_read(jv_ctx *cx, const char *what, const char *text, size_t most,
                          size_t *periods, size_t *n);

#endif
