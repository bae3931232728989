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

/* Index of the observation that a text names under the frequency of s, or -1 when outside. A
 * date is looked up in the spans as filed where s has them, so that 2023-01-01 is the last day
 * of a fiscal year 2022 of 52 weeks. JV_EPARSE; JV_EPERIOD names what it touches when it fits
 * none, or two. */
jv_status jv_series_find(jv_ctx *cx, const jv_series *s, const char *text, int64_t *index);

/* A quantity with its own reference to the lineage: jv_quantity_clear. i < n. */
jv_quantity jv_series_at(const jv_series *s, size_t i);
void jv_quantity_clear(jv_ctx *cx, jv_quantity *q);

/* Puts a quantity into place i < n: its value in the unit of s (which takes that of the quantity
 * when it has none), its evidence and lineage. JV_EUNIT leaves s as it was. */
jv_status jv_series_set(jv_ctx *cx, jv_series *s, size_t i, const jv_quantity *q);

/* ---- arithmetic: core/series/arithmetic.c ---- */

typedef enum jv_op { JV_ADD, JV_SUB, JV_MUL, JV_DIV, JV_POW } jv_op;

const char *jv_op_name(jv_op op); /* "+" "-" "*" "/" "^" */

/* By period over the intersection; units checked; evidence the weakest, at best derived; lineage
 * joined where either side has it. JV_EPERIOD (frequencies), JV_EUNIT. An empty intersection is a
 * series of length 0. */
jv_status jv_series_combine(jv_ctx *cx, const jv_series *a, jv_op op, const jv_series *b,
                            jv_series **out);
/* s op k, or k op s when reversed. The quantity may carry unit and mark; a bare number has
 * JV_DIM_NONE: it adds in the unit of s and multiplies as a ratio. */
jv_status jv_series_combine_scalar(jv_ctx *cx, const jv_series *s, jv_op op, const jv_quantity *k,
                                   bool reversed, jv_series **out);
/* Two quantities, or a quantity and a bare number (JV_DIM_NONE without a period), by the same
 * rules. The result has a period where both have the same one, or only one has. */
jv_status jv_quantity_combine(jv_ctx *cx, const jv_quantity *a, jv_op op, const jv_quantity *b,
                              jv_quantity *out);
/* -1, 0 or 1 as a < b, a == b, a > b in one scale; 2 when either is missing. JV_EUNIT. */
jv_status jv_quantity_compare(jv_ctx *cx, const jv_quantity *a, const jv_quantity *b, int *out);
jv_status jv_quantity_convert(jv_ctx *cx, const jv_quantity *q, jv_unit to, jv_quantity *out);
/* The same figures in another scale of their unit; evidence and lineage stay. JV_EUNIT. */
jv_status jv_series_convert(jv_ctx *cx, const jv_series *s, jv_unit to, jv_series **out);

/* The values of a, and where a has none (missing, or outside it) those of b in the unit of a, each
 * with its own evidence; the note says so. Over the periods of both; a gap between them is missing.
 * JV_EPERIOD, JV_EUNIT. */
jv_status jv_series_combine_first(jv_ctx *cx, const jv_series *a, const jv_series *b,
                                  jv_series **out);

/* ---- transforms: core/series/transform.c; all keep name, unit (or say), marks and lineage ---- */

/* from..to inclusive by index (0-based); from > to gives length 0. */
jv_status jv_series_window(jv_ctx *cx, const jv_series *s, int64_t from, int64_t to,
                           jv_series **out);
/* Both on the union (or intersection) of their periods, filled with NaN. */
jv_status jv_series_align(jv_ctx *cx, const jv_series *a, const jv_series *b, bool join,
                          jv_series **a_out, jv_series **b_out);
/* The value at t is that of s at t - k: the same values, k periods later. */
jv_status jv_series_lag(jv_ctx *cx, const jv_series *s, int64_t k, jv_series **out);
/* `times` differences at `lag`; the result starts lag * times periods later. A stock's is a
 * flow. */
jv_status jv_series_diff(jv_ctx *cx, const jv_series *s, size_t lag, size_t times, jv_series **out);
/* y_t / y_{t-lag} - 1; a ratio. A base that is zero or negative gives NaN. Starts lag later. */
jv_status jv_series_pct_change(jv_ctx *cx, const jv_series *s, size_t lag, jv_series **out);
/* Running total from the first value; missing from the first missing one on. Of a flow: a stock. */
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
const char *jv_stat_name(jv_stat stat);
jv_status jv_stat_parse(jv_ctx *cx, const char *name, jv_stat *out);

/* Trailing window of k; missing while the window is incomplete or holds NaN. */
jv_status jv_series_rolling(jv_ctx *cx, const jv_series *s, size_t k, jv_stat stat,
                            jv_series **out);
/* To a coarser frequency. A period whose sub-periods are not all there is missing, unless
 * allow_partial. JV_EPERIOD when `to` is not coarser or does not contain whole sub-periods. */
jv_status jv_series_aggregate(jv_ctx *cx, const jv_series *s, jv_freq to, jv_stat stat,
                              bool allow_partial, jv_series **out);

/* JV_OK when the values add up over a year; else JV_EUNIT, for a stock and for a ratio. `what`
 * begins the message. */
jv_status jv_series_check_adds(jv_ctx *cx, const jv_series *s, const char *what);
/* Sum of the last year (4 quarters, 12 months, 52 weeks), from the first full year on. JV_EUNIT
 * for a stock or a ratio, JV_EPERIOD for days, hours and undated series. */
jv_status jv_series_ttm(jv_ctx *cx, const jv_series *s, jv_series **out);
/* Each period at its annual rate: times 4 for quarters, 12 for months. Weeks and days, and
 * periods whose filed span differs by more than 4 days from the calendar's (12-, 14- or 16-week
 * quarters), times the days of the year that ends with the period over the days of the period.
 * Errors as ttm. */
jv_status jv_series_run_rate(jv_ctx *cx, const jv_series *s, jv_series **out);
/* A or Q series on another anchor. A period whose first and last day lie within 7 days of an
 * observation's is that observation, evidence unchanged. Otherwise flows are blended from the
 * observations that overlap it, each by its share of days, and marked estimated; a period not
 * covered but for 6 days is missing. JV_EPERIOD (another kind), JV_EUNSUPPORTED (a stock whose
 * dates do not coincide). */
jv_status jv_series_to_calendar(jv_ctx *cx, const jv_series *s, jv_freq to, jv_series **out);

typedef enum jv_interp { JV_INTERP_LINEAR, JV_INTERP_PREVIOUS, JV_INTERP_SPLINE } jv_interp;
jv_status jv_interp_parse(jv_ctx *cx, const char *name, jv_interp *out);
/* Fills inner gaps (marks them estimated); ends stay missing. Spline: natural cubic through all
 * observed values. A series without gaps is a copy. */
jv_status jv_series_interpolate(jv_ctx *cx, const jv_series *s, jv_interp method, jv_series **out);
/* Natural log; JV_EDATA names the first value <= 0. Result has JV_DIM_NONE. */
jv_status jv_series_log(jv_ctx *cx, const jv_series *s, jv_series **out);
/* e^y, the inverse of log; JV_DIM_NONE. */
jv_status jv_series_exp(jv_ctx *cx, const jv_series *s, jv_series **out);
/* (sign(y)|y|^lambda - 1)/lambda as in Bickel & Doksum (1981) for lambda > 0; log for 0; lambda < 0
 * needs y > 0. JV_EDATA names the first value outside the domain. The inverse likewise. */
jv_status jv_series_boxcox(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out);
jv_status jv_series_boxcox_inverse(jv_ctx *cx, const jv_series *s, double lambda, jv_series **out);
/* The same for one number; NaN outside the domain. */
double jv_boxcox(double y, double lambda);
double jv_boxcox_inverse(double z, double lambda);

/* ---- describing: core/series/describe.c ---- */

/* Over observed values, which n counts with the missing ones. sd divides by n - 1; skewness and
 * excess kurtosis are the moment ratios m3/m2^1.5 and m4/m2^2 - 3; quartiles are of type 7. NaN
 * where too few values are observed. */
typedef struct jv_description {
  size_t n, missing;
  double mean, sd, min, q25, median, q75, max, skewness, kurtosis, acf1;
} jv_description;
jv_status jv_series_describe(jv_ctx *cx, const jv_series *s, jv_description *out);
/* One statistic in the unit of s, with the evidence of what went in. A sum, a first or a last value
 * is missing where an input is; the others are over observed values. Empty: missing. */
jv_status jv_series_summary(jv_ctx *cx, const jv_series *s, jv_stat stat, jv_quantity *out);
/* Type 7 quantile of the observed values, 0 <= p <= 1. */
jv_status jv_series_quantile(jv_ctx *cx, const jv_series *s, double p, double *out);
/* A statistic of n values without NaN, sorting them where it must; NaN for n == 0 (sd: n < 2). */
double jv_stat_of(jv_stat stat, double *values, size_t n);

/* ---- printing: core/series/display.c ---- */

/* "27.834 bn USD", "42.8 %", "missing"; money and counts in the scale that reads best, ratios in
 * %. */
void jv_quantity_format(const jv_quantity *q, char *out, size_t size);
/* A table: header (name, unit, frequency, span), then rows; quarters and months as a grid, a year a
 * row. More than max_rows rows are folded with "…". *text to be freed with jv_free. */
jv_status jv_series_format(jv_ctx *cx, const jv_series *s, size_t max_rows, char **text);
/* The unit in which money and counts of this size are shown: USD bn for 2e10 USD; others unchanged.
 * *factor brings values into it. */
jv_unit jv_unit_for_display(jv_unit unit, double magnitude, double *factor);

#endif
