/* Units: dimension, currency, decimal scale, flow or stock. */
#ifndef JV_SERIES_UNIT_H
#define JV_SERIES_UNIT_H

#include "base/ctx.h"

typedef enum jv_dimension {
  JV_DIM_NONE,     /* unknown: combines with anything, and stays unknown */
  JV_DIM_MONEY,    /* USD, USD bn */
  JV_DIM_RATIO,    /* 1, % */
  JV_DIM_COUNT,    /* shares, GW: `noun` says of what */
  JV_DIM_PER_SHARE /* USD/share */
} jv_dimension;

typedef enum jv_flow { JV_FLOW_UNKNOWN, JV_FLOW, JV_STOCK } jv_flow;

typedef struct jv_unit {
  uint8_t dimension; /* jv_dimension */
  uint8_t flow;      /* jv_flow */
  int8_t scale;      /* value * 10^scale is in whole units: bn 9, mn 6, thousand 3, % -2 */
  char currency[4];  /* ISO 4217, "" when not money */
  char noun[16];     /* COUNT: "shares" */
} jv_unit;

#define JV_UNIT_TEXT 48

/* "USD" "USD bn" "EUR mn" "USD k" "%" "ratio" "1" "shares" "GW" "USD/share" "" (none). Scales: k, mn,
 * bn, tn, also thousand, million, billion, trillion. Flow or stock is not in the text. JV_EPARSE. */
jv_status jv_unit_parse(jv_ctx *cx, const char *text, jv_unit *out);
void jv_unit_format(jv_unit unit, char out[JV_UNIT_TEXT]); /* "USD bn", "%", "" */

/* Same dimension, currency and noun (scales may differ)? */
bool jv_unit_comparable(jv_unit a, jv_unit b);
bool jv_unit_equal(jv_unit a, jv_unit b);
/* Factor by which values in `from` are multiplied to be in `to`. JV_EUNIT names both units and says
 * what is missing (an exchange rate). */
jv_status jv_unit_factor(jv_ctx *cx, jv_unit from, jv_unit to, double *factor);

/* Unit of a + b, a - b: comparable, flows not with stocks (JV_EUNIT names both); in a's scale. */
jv_status jv_unit_add(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out);
/* Unit of a * b and a / b: ratio times money is money, money / money of one currency is a ratio, …;
 * the factor brings the product of the values into *out. JV_EUNIT for USD * USD and the like. */
jv_status jv_unit_multiply(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor);
jv_status jv_unit_divide(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor);

#endif
