/* Fourier terms.
 *
 *   sin(2 pi j t / m), cos(2 pi j t / m), j = 1 … K
 *
 * j t is taken modulo m in whole numbers before the division: the terms have no drift, whatever t. */
#include "numeric/fourier.h"
#include <math.h>
#include <stdio.h>

static const double two_pi = 6.28318530717958647692;

size_t jv_fourier_columns(size_t m, size_t k) { return 2 * k - (2 * k == m ? 1 : 0); }

void jv_fourier_row(size_t m, size_t k, uint64_t t, double *row) {
  size_t column = 0;
  for (size_t j = 1; j <= k; j++) {
    double angle = two_pi * (double)(j * (t % m) % m) / (double)m;
    if (2 * j < m) row[column++] = sin(angle);
    row[column++] = cos(angle);
  }
}

void jv_fourier_name(size_t m, size_t column, char name[JV_FOURIER_NAME]) {
  size_t wave = column / 2 + 1;
  bool cosine = column % 2 == 1 || 2 * wave == m;
  snprintf(name, JV_FOURIER_NAME, "%c%zu-%zu", cosine ? 'C' : 'S', wave, m);
}
