/* A time series: frequency with anchor, start, unit, name, values, and per observation evidence,
 * lineage and exact dates (absent on the bulk path, where they cost nothing). */
#ifndef JV_SERIES_SERIES_H
#define JV_SERIES_SERIES_H

#include "series/lineage.h"
#include "series/period.h"
#include "series/unit.h"

/* What is known of one observation besides its value. Zeroed: nothing. */
typedef struct jv_mark {
  uint8_t evidence;    /* jv_evidence */
  jv_lineage *lineage; /* one reference, or NULL */
  int64_t first_day,
      last_day; /* exact span as filed (52/53-week years); equal 0 and 0: the period's */
} jv_mark;

typedef struct jv_series {
  jv_period start;
  size_t n;
  double *value; /* n, NaN = missing */
  jv_mark *mark; /* n, or NULL on the bulk path */
  jv_unit unit;
  char *name; /* "" when unnamed; never NULL */
  char *note; /* definition, boundary, splices: one line each; "" when none */
} jv_series;

/* One value with its unit and mark: what s[i] gives. */
typedef struct jv_quantity {
  double value;
  jv_unit unit;
  jv_mark mark; /* owns its lineage reference */
  jv_period period;
  bool has_period;
} jv_quantity;

/* values may be NULL (all NaN). The new series has no marks. JV_EPERIOD beyond year 9999. */
jv_status jv_series_new(jv_ctx *cx, jv_period start, size_t n, const double *values,
                        jv_series **out);
void jv_series_free(jv_ctx *cx, jv_series *s);
jv_status jv_series_copy(jv_ctx *cx, const jv_series *s, jv_series **out);
jv_status jv_series_set_name(jv_ctx *cx, jv_series *s, const char *name);
jv_status jv_series_set_note(jv_ctx *cx, jv_series *s, const char *note);
/* Gives s marks (all of one evidence, no lineage) when it has none. */
jv_status jv_series_mark(jv_ctx *cx, jv_series *s, jv_evidence evidence);

jv_period jv_series_period(const jv_series *s, size_t i); /* i < n */
/* Index of a period, or -1 when outside. JV_EPERIOD when the frequency differs. */
jv_status jv_series_index(jv_ctx *cx, const jv_series *s, jv_period period, int64_t *index);

/* A quantity with its own reference to the lineage: jv_quantity_clear. i < n. */
jv_quantity jv_series_at(const jv_series *s, size_t i);
void jv_quantity_clear(jv_ctx *cx, jv_quantity *q);

/* ---- arithmetic: core/series/arithmetic.c ---- */

typedef enum jv_op { JV_ADD, JV_SUB, JV_MUL, JV_DIV, JV_POW } jv_op;

/* By period over the intersection; units checked; evidence the weakest, at best derived; lineage
 * joined where either side has it. JV_EPERIOD (frequencies), JV_EUNIT. An empty intersection is a
 * series of length 0. */
jv_status jv_series_combine(jv_ctx *cx, const jv_series *a, jv_op op, const jv_series *b,
                            jv_series **out);
/* s op k, or k op s when reversed. The quantity may carry unit and mark; a bare number has
 * JV_DIM_NONE: it adds in the unit of s and multiplies as a ratio. */
jv_status jv_series_combine_scalar(jv_ctx *cx, const jv_series *s, jv_op op, const jv_quantity *k,
                                   bool reversed, jv_series **out);
jv_status jv_quantity_combine(jv_ctx *cx, const jv_quantity *a, jv_op op, const jv_quantity *b,
                              jv_quantity *out);
jv_status jv_series_convert(jv_ctx *cx, const jv_series *s, jv_unit to, jv_series **out);

/* ---- transforms: core/series/transform.c; all keep name, unit (or say), marks and lineage ---- */

/* from..to inclusive by index (0-based); from > to gives length 0. */
jv_status jv_series_window(jv_ctx *cx, const jv_series *s, int64_t from, int64_t to,
                           jv_series **out);
/* Both on the union (or intersection) of their periods, filled with NaN. */
jv_status jv_series_align(jv_ctx *cx, const jv_series *a, const jv_series *b, bool join,
                          jv_series **a_out, jv_series **b_out);
jv_status jv_series_lag(jv_ctx *cx, const jv_series *s, int64_t k, jv_series **out);
jv_status jv_series_diff(jv_ctx *cx, const jv_series *s, size_t lag, size_t times, jv_series **out);
/* y_t / y_{t-lag} - 1; a ratio. A base that is zero or negative gives NaN. */
jv_status jv_series_pct_change(jv_ctx *cx, const jv_series *s, size_t lag, jv_series **out);
jv_status jv_series_cumulative(jv_ctx *cx, const jv_series *s, jv_series **out);

typedef enum jv_stat {
  JV_STAT_SUM,
  JV_STAT_MEAN,
  JV_STAT_MEDIAN,
  JV_STAT_MIN,
  JV_STAT_MAX,
  JV_STAT_SD,
  JV_STAT_LAST,
  JV_STAT_FIRST
} jv_stat;
jv_status jv_stat_parse(jv_ctx *cx, const char *name, jv_stat *out);

/* Trailing window of k; missing while the window is incomplete or holds NaN. */
jv_status jv_series_rolling(jv_ctx *cx, const jv_series *s, size_t k, jv_stat stat,
                            jv_series **out);
/* To a coarser frequency. A period whose sub-periods are not all there is missing, unless
 * allow_partial. JV_EPERIOD when `to` is not coarser or does not contain whole sub-periods. */
jv_status jv_series_aggregate(jv_ctx *cx, const jv_series *s, jv_freq to, jv_stat stat,
                              bool allow_partial, jv_series **out);

typedef enum jv_interp { JV_INTERP_LINEAR, JV_INTERP_PREVIOUS, JV_INTERP_SPLINE } jv_interp;
/* Fills inner gaps (marks them estimated); ends stay missing. */
jv_status jv_series_interpolate(jv_ctx *cx, const jv_series *s, jv_interp method, jv_series **out);
/* Natural log; JV_EDATA names the first value <= 0. Result has JV_DIM_NONE. */
jv_status jv_series_log(jv_ctx *cx, const jv_series *s, jv_series **out);
/* (y^lambda - 1)/lambda, sign kept as in Bickel & Doksum (1981) for lambda > 0; log for 0. */
jv_status jv_series_boxcox(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out);
jv_status jv_series_boxcox_inverse(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out);

typedef struct jv_description {
  size_t n, missing;
  double mean, sd, min, q25, median, q75, max, skewness, kurtosis, acf1;
} jv_description;
jv_status jv_series_describe(jv_ctx *cx, const jv_series *s, jv_description *out);

#endif
