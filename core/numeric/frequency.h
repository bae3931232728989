/* The period of the strongest cycle in a series. */
#ifndef JV_NUMERIC_FREQUENCY_H
#define JV_NUMERIC_FREQUENCY_H

#include "base/ctx.h"
#include "base/option.h"

typedef struct jv_frequency_options {
  double threshold; /* of the spectrum's peak; 10 */
  int standardise;  /* 1: the detrended series is scaled to variance 1 first */
} jv_frequency_options;

extern const jv_option jv_frequency_option_rows[];

/* jv_find_frequency(cx, y, n, opt, period): the period, in observations, at the peak of the spectrum of
 * an autoregression fitted to y less its linear trend; 1 when the peak is below the threshold or
 * the series has none.
 *
 * opt NULL is R's forecast::findfrequency, whose threshold of 10 is in the squared unit of y: the
 * answer for y in dollars and in billions may differ. `standardise` takes the unit out of it.
 * Missing values: the longest run without any serves.
 * Errors: JV_EDATA (fewer than 3 values in a run, infinite), JV_ENOMEM.
 * Checked by: tests/core/test_diagnostics.c, tests/core/test_stats_conformance.c */
jv_status jv_find_frequency(jv_ctx *cx, const double *y, size_t n, const jv_frequency_options *opt,
                            size_t *period);

/* jv_ar_spectrum(cx, y, n, points, spectrum, out_order): spectrum of the Yule-Walker autoregression
 * whose order, up to 10 log10 n, has the least AIC, at `points` frequencies 0 .. 1/2, per unit of
 * frequency: innovation variance * n / (n - order - 1) / |1 - sum phi_k e^(-2 pi i f k)|^2.
 * y complete. order may be NULL. Errors: JV_EDATA (n < 3), JV_ENOMEM.
 * Source: Percival & Walden (1993), ch. 9. */
jv_status jv_ar_spectrum(jv_ctx *cx, const double *y, size_t n, size_t points, double *spectrum,
                         size_t *order);

#endif
