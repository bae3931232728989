/* What a statistical test says, in one shape for all of them. */
#ifndef JV_NUMERIC_TEST_RESULT_H
#define JV_NUMERIC_TEST_RESULT_H

#include <stddef.h>

typedef struct jv_test_result {
  double statistic, p_value;
  double df, df2; /* degrees of freedom; NaN where the distribution has none */
  size_t lags;    /* lags used; 0 where the test has none */
  size_t n;       /* observations that took part */
  int beyond;     /* the table ends: -1 the true p is smaller than p_value, 1 larger, 0 inside */
  size_t criticals;
  double critical[4], level[4]; /* critical values at those levels (0.05 is 5 %) */
} jv_test_result;

#endif
