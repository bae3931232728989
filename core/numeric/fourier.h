/* Fourier terms: a season of period m as K pairs of waves. */
#ifndef JV_NUMERIC_FOURIER_H
#define JV_NUMERIC_FOURIER_H

#include "base/ctx.h"

/* Columns of k waves of period m, 1 <= k <= m / 2: 2 k, or one less where 2 k = m, whose last sine is
 * zero everywhere. */
size_t jv_fourier_columns(size_t m, size_t k);

/* The columns at time t, counted from 1 at the first observation as R's fourier does:
 * sin(2 pi t / m), cos(2 pi t / m), sin(4 pi t / m), … Angles are reduced exactly, so that rows a
 * period apart are the same. */
void jv_fourier_row(size_t m, size_t k, uint64_t t, double *row);

/* "S1-12", "C1-12", "S2-12", …: the name of a column. */
enum { JV_FOURIER_NAME = 64 };
void jv_fourier_name(size_t m, size_t column, char name[JV_FOURIER_NAME]);

#endif
