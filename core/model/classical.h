/* Classical decomposition as a seasonal adjustment, and the autocorrelation test that asks for it:
 * what Naive2 and theta share. */
#ifndef JV_MODEL_CLASSICAL_H
#define JV_MODEL_CLASSICAL_H

#include "base/ctx.h"

struct cJSON;

/* The choices of the option `seasonal`, in the order of JV_SEASONAL_CHOICES. */
typedef enum jv_seasonal {
  JV_SEASONAL_AUTO,
  JV_SEASONAL_NONE,
  JV_SEASONAL_MULT,
  JV_SEASONAL_ADD,
  JV_SEASONAL_AUTO_ADD /* no word of the option: auto where y is on the scale of a transformation */
} jv_seasonal;
#define JV_SEASONAL_CHOICES "auto|none|multiplicative|additive"

/* The choice of an option; on a transformed scale a season found by the test adds up. */
static inline jv_seasonal jv_seasonal_of(int option, bool transformed) {
  if (option == JV_SEASONAL_AUTO && transformed) return JV_SEASONAL_AUTO_ADD;
  return (jv_seasonal)option;
}

/* Indices by position from the start of the sample: index[t % m] belongs to observation t. */
typedef struct jv_adjust {
  size_t m; /* 1: no adjustment, index NULL */
  bool multiplicative;
  double *index;
} jv_adjust;

/* Is there a season of period m? True when |r[m]| > z sqrt((1 + 2 sum_{k<m} r[k]^2) / n), r the
 * autocorrelations (Makridakis, Spiliotis & Assimakopoulos 2020, M4). A constant series has none;
 * n counts all observations, missing pairs are left out of r. */
bool jv_seasonality_test(const double *y, size_t n, size_t m, double z);

/* jv_adjust_fit(cx, y, n, m, choice, min_n, z, out): the adjustment that `choice` asks for.
 *
 *   choice  auto: by the test at z when n >= min_n; multiplicative if all y > 0, else additive
 *   out     the caller's: jv_adjust_free
 *
 * auto falls back to no adjustment when a season is nowhere seen with its moving average, or a
 * multiplicative index is below 1e-4. Errors: JV_EDATA (asked for by name, and cannot be), JV_ENOMEM.
 * Source: Kendall & Stuart (1983) 3, 46.8; a 2 x m moving average for even m. */
jv_status jv_adjust_fit(jv_ctx *cx, const double *y, size_t n, size_t m, jv_seasonal choice,
                        size_t min_n, double z, jv_adjust *out);
jv_status jv_adjust_copy(jv_ctx *cx, const jv_adjust *from, jv_adjust *out);
void jv_adjust_free(jv_ctx *cx, jv_adjust *a);

/* Index of observation t: 1 or 0 without adjustment. */
double jv_adjust_index(const jv_adjust *a, size_t t);
double jv_adjust_remove(const jv_adjust *a, size_t t, double y);
double jv_adjust_apply(const jv_adjust *a, size_t t, double x);

/* n values into their level (n doubles at `parts`) and, behind it, the n indices. */
void jv_adjust_split(const jv_adjust *a, const double *y, size_t n, double *parts);

/* ", multiplicative season [12]" or "" appended to a form. */
void jv_adjust_describe(const jv_adjust *a, char *form, size_t size);

jv_status jv_adjust_save(jv_ctx *cx, const jv_adjust *a, struct cJSON *into);
jv_status jv_adjust_load(jv_ctx *cx, const struct cJSON *from, size_t m, jv_adjust *out);

#endif
