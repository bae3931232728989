/* Units: dimension, currency, decimal scale, flow or stock.
 *
 * A unit is small and passed by value. Money divided by a count is a price ("USD/share", "USD/GW");
 * ratios multiply anything; two moneys never multiply. */
#ifndef JV_SERIES_UNIT_H
#define JV_SERIES_UNIT_H

#include "base/ctx.h"

typedef enum jv_dimension {
  JV_DIM_NONE,     /* unknown: combines with anything, and stays unknown */
  JV_DIM_MONEY,    /* USD, USD bn */
  JV_DIM_RATIO,    /* 1, % */
  JV_DIM_COUNT,    /* shares, GW: `noun` says of what */
  JV_DIM_PER_SHARE /* USD/share; money per any other noun as well: USD/GW */
} jv_dimension;

typedef enum jv_flow { JV_FLOW_UNKNOWN, JV_FLOW, JV_STOCK } jv_flow;

typedef struct jv_unit {
  uint8_t dimension; /* jv_dimension */
  uint8_t flow;      /* jv_flow */
  int8_t scale;      /* value * 10^scale is in whole units: bn 9, mn 6, thousand 3, % -2 */
  char currency[4];  /* ISO 4217, "" when not money */
  char noun[16];     /* COUNT: "shares"; PER_SHARE: "share" */
} jv_unit;

#define JV_UNIT_TEXT 48

/* "USD" "USD bn" "EUR mn" "USD k" "%" "bp" "ratio" "1" "shares" "shares mn" "GW" "USD/share" ""
 * (none). Scales: k, mn, bn, tn, also thousand, million, billion, trillion, before or after the
 * noun. Currencies are those of ISO 4217; other words are counts of that noun (at most 15
 * letters). Flow or stock is not in the text. JV_EPARSE. */
jv_status jv_unit_parse(jv_ctx *cx, const char *text, jv_unit *out);
void jv_unit_format(jv_unit unit, char out[JV_UNIT_TEXT]); /* "USD bn", "%", "ratio", "" */
/* As it is read after a number: "bn USD". */
void jv_unit_format_after(jv_unit unit, char out[JV_UNIT_TEXT]);
/* "flow", "stock", "" */
const char *jv_flow_name(jv_flow flow);
jv_status jv_flow_parse(jv_ctx *cx, const char *name, jv_flow *out);

/* Same dimension, currency and noun (scales and flow may differ)? */
bool jv_unit_comparable(jv_unit a, jv_unit b);
/* Comparable and of one scale; flow or stock, which the text does not show, is not looked at. */
bool jv_unit_equal(jv_unit a, jv_unit b);
/* Factor by which values in `from` are multiplied to be in `to`. JV_EUNIT names both units and says
 * what is missing (an exchange rate). */
jv_status jv_unit_factor(jv_ctx *cx, jv_unit from, jv_unit to, double *factor);
/* value * factor for a factor that is a power of ten; below 1 it divides, so that 26300000000 USD
 * are 26.3 bn and not 26.300000000000004. */
double jv_unit_rescale(double value, double factor);

/* Unit of a + b, a - b: comparable, flows not with stocks (JV_EUNIT names both and says how to
 * convert); in a's scale. Unknown with anything is unknown. */
jv_status jv_unit_add(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out);
/* Unit of a * b and a / b. Unknown with anything is unknown; otherwise
 *   ratio * X = X, X / ratio = X                   in X's scale
 *   money / money, count / count, price / price    a ratio, where currency and noun agree
 *   money / count = price, price * count = money, money / price = count   in whole units
 * and the value of the result is a (op) b times *factor, a power of ten. JV_EUNIT for USD * USD and
 * the like. */
jv_status jv_unit_multiply(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor);
jv_status jv_unit_divide(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor);

#endif
