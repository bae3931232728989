/* p-values and critical values of the unit-root tests, by interpolation in published tables.
 *
 * Fuller (1976), tables 8.5.1 and 8.5.2 (also Banerjee et al. 1993, tables 4.1 and 4.2): rows are
 * sample sizes, columns probabilities of a smaller statistic. Interpolation is linear in both, and
 * what lies beyond a table keeps its last value. MacKinnon (1991), table 1: critical values of the
 * t ratio as b + b1/n + b2/n^2. Kwiatkowski et al. (1992), table 1. */
#include "numeric/unit_root_table.h"
#include <string.h>

enum { SIZES = 6, PROBABILITIES = 8 };

static const double sizes[SIZES] = {25, 50, 100, 250, 500, 1e5};
static const double probabilities[PROBABILITIES] = {0.01, 0.025, 0.05, 0.1, 0.9, 0.95, 0.975, 0.99};

typedef double fuller_table[SIZES][PROBABILITIES];

static const fuller_table t_level = {{-3.75, -3.33, -3.00, -2.63, -0.37, 0.00, 0.34, 0.72},
                                     {-3.58, -3.22, -2.93, -2.60, -0.40, -0.03, 0.29, 0.66},
                                     {-3.51, -3.17, -2.89, -2.58, -0.42, -0.05, 0.26, 0.63},
                                     {-3.46, -3.14, -2.88, -2.57, -0.42, -0.06, 0.24, 0.62},
                                     {-3.44, -3.13, -2.87, -2.57, -0.43, -0.07, 0.24, 0.61},
                                     {-3.43, -3.12, -2.86, -2.57, -0.44, -0.07, 0.23, 0.60}};
static const fuller_table t_trend = {{-4.38, -3.95, -3.60, -3.24, -1.14, -0.80, -0.50, -0.15},
                                     {-4.15, -3.80, -3.50, -3.18, -1.19, -0.87, -0.58, -0.24},
                                     {-4.04, -3.73, -3.45, -3.15, -1.22, -0.90, -0.62, -0.28},
                                     {-3.99, -3.69, -3.43, -3.13, -1.23, -0.92, -0.64, -0.31},
                                     {-3.98, -3.68, -3.42, -3.13, -1.24, -0.93, -0.65, -0.32},
                                     {-3.96, -3.66, -3.41, -3.12, -1.25, -0.94, -0.66, -0.33}};
static const fuller_table alpha_level = {{-17.2, -14.6, -12.5, -10.2, -0.76, 0.01, 0.65, 1.40},
                                         {-18.9, -15.7, -13.3, -10.7, -0.81, -0.07, 0.53, 1.22},
                                         {-19.8, -16.3, -13.7, -11.0, -0.83, -0.10, 0.47, 1.14},
                                         {-20.3, -16.6, -14.0, -11.2, -0.84, -0.12, 0.43, 1.09},
                                         {-20.5, -16.8, -14.0, -11.2, -0.84, -0.13, 0.42, 1.06},
                                         {-20.7, -16.9, -14.1, -11.3, -0.85, -0.13, 0.41, 1.04}};
static const fuller_table alpha_trend = {{-22.5, -19.9, -17.9, -15.6, -3.66, -2.51, -1.53, -0.43},
                                         {-25.7, -22.4, -19.8, -16.8, -3.71, -2.60, -1.66, -0.65},
                                         {-27.4, -23.6, -20.7, -17.5, -3.74, -2.62, -1.73, -0.75},
                                         {-28.4, -24.4, -21.3, -18.0, -3.75, -2.64, -1.78, -0.82},
                                         {-28.9, -24.8, -21.5, -18.1, -3.76, -2.65, -1.78, -0.84},
                                         {-29.5, -25.1, -21.8, -18.3, -3.77, -2.66, -1.79, -0.87}};

static const fuller_table *table_of(jv_unit_trend trend, bool alpha) {
  if (alpha) return trend == JV_UNIT_LEVEL ? &alpha_level : &alpha_trend;
  return trend == JV_UNIT_LEVEL ? &t_level : &t_trend;
}

double jv_interpolate_table(const double *x, const double *y, size_t n, double at, int *beyond) {
  bool up = x[n - 1] > x[0];
  if (beyond) *beyond = 0;
  for (size_t side = 0; side < 2; side++) {
    size_t end = side ? n - 1 : 0;
    bool outside = (side == 1) == up ? at > x[end] : at < x[end];
    if (!outside) continue;
    if (beyond) *beyond = y[end] > y[side ? 0 : n - 1] ? 1 : -1;
    return y[end];
  }
  size_t i = 1;
  while (i + 1 < n && (up ? at > x[i] : at < x[i])) i++;
  return y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]);
}

double jv_fuller_p(jv_unit_trend trend, bool alpha, size_t n, double statistic, int *beyond) {
  double column[SIZES], row[PROBABILITIES];
  const fuller_table *table = table_of(trend, alpha);
  for (size_t p = 0; p < PROBABILITIES; p++) {
    for (size_t s = 0; s < SIZES; s++) column[s] = (*table)[s][p];
    row[p] = jv_interpolate_table(sizes, column, SIZES, (double)n, NULL);
  }
  return jv_interpolate_table(row, probabilities, PROBABILITIES, statistic, beyond);
}

static void set_levels(jv_test_result *out) {
  static const double levels[3] = {0.01, 0.05, 0.10};
  out->criticals = 3;
  memcpy(out->level, levels, sizeof levels);
}

void jv_fuller_critical(jv_unit_trend trend, bool alpha, size_t n, jv_test_result *out) {
  const fuller_table *table = table_of(trend, alpha);
  size_t row = 0;
  while (row + 1 < SIZES && (double)n >= sizes[row]) row++;
  set_levels(out);
  out->critical[0] = (*table)[row][0];
  out->critical[1] = (*table)[row][2];
  out->critical[2] = (*table)[row][3];
}

void jv_mackinnon_critical(jv_unit_trend trend, size_t n, jv_test_result *out) {
  static const double b[2][3][3] = {
      {{-3.4335, -5.999, -29.25}, {-2.8621, -2.738, -8.36}, {-2.5671, -1.438, -4.48}},
      {{-3.9638, -8.353, -47.44}, {-3.4126, -4.039, -17.83}, {-3.1279, -2.418, -7.58}}};
  double size = (double)n;
  set_levels(out);
  for (size_t i = 0; i < 3; i++) {
    const double *c = b[trend == JV_UNIT_TREND][i];
    out->critical[i] = c[0] + c[1] / size + c[2] / (size * size);
  }
}

void jv_kpss_table(jv_unit_trend trend, jv_test_result *out) {
  static const double levels[4] = {0.10, 0.05, 0.025, 0.01};
  static const double values[2][4] = {{0.347, 0.463, 0.574, 0.739}, {0.119, 0.146, 0.176, 0.216}};
  out->criticals = 4;
  memcpy(out->level, levels, sizeof levels);
  memcpy(out->critical, values[trend == JV_UNIT_TREND], sizeof values[0]);
  out->p_value = jv_interpolate_table(out->critical, levels, 4, out->statistic, &out->beyond);
}
