/* Units: parsing, printing, and what may be added, multiplied and converted. */
#include "series/unit.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ISO 4217, active codes of currencies. */
static const char currencies[] =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
    "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY "
    "KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XDR XOF XPF YER ZAR ZMW ZWL";

/* The name that is printed comes first for its exponent. */
static const struct {
  const char *name;
  int8_t exponent;
} scales[] = {{"k", 3},         {"mn", 6},        {"bn", 9},       {"tn", 12},
              {"thousand", 3},  {"million", 6},   {"billion", 9},  {"trillion", 12},
              {"K", 3},         {"m", 6},         {"M", 6},        {"B", 9},
              {"T", 12},        {"thousands", 3}, {"millions", 6}, {"billions", 9},
              {"trillions", 12}};
enum { SCALES = sizeof scales / sizeof *scales, SCALES_PRINTED = 4 };

static const struct {
  const char *name;
  int8_t exponent;
} ratios[] = {{"ratio", 0}, {"%", -2},       {"bp", -4}, {"1", 0},
              {"pure", 0},  {"percent", -2}, {"pct", -2}};

static bool is_among(const char *list, const char code[3]) {
  for (const char *at = list; *at; at += at[3] ? 4 : 3)
    if (memcmp(at, code, 3) == 0) return true;
  return false;
}

/* Typed small, these are meant as money: no one counts in "usd". Others may be nouns ("top"). */
static bool read_currency(const char *word, size_t len, char code[3]) {
  if (len != 3) return false;
  for (int i = 0; i < 3; i++) code[i] = (char)toupper((unsigned char)word[i]);
  if (memcmp(code, word, 3) == 0) return is_among(currencies, code);
  return is_among("AUD CAD CHF CNY EUR GBP HKD INR JPY KRW SEK TWD USD", code);
}

static bool is_word(const char *at, size_t len, const char *word) {
  return strlen(word) == len && memcmp(at, word, len) == 0;
}

static bool read_scale(const char *word, size_t len, int8_t *exponent) {
  for (int i = 0; i < SCALES; i++)
    if (is_word(word, len, scales[i].name)) {
      *exponent = scales[i].exponent;
      return true;
    }
  return false;
}

/* A noun, no scale: a letter, then letters, digits, _, - or ^ ("m2", "kWh"). */
static bool read_noun(const char *word, size_t len, char noun[16]) {
  int8_t exponent;
  if (read_scale(word, len, &exponent)) return false;
  if (len == 0 || len > 15 || !isalpha((unsigned char)word[0])) return false;
  for (size_t i = 1; i < len; i++)
    if (!isalnum((unsigned char)word[i]) && !strchr("_-^", word[i])) return false;
  memcpy(noun, word, len);
  noun[len] = '\0';
  return true;
}

/* The word that is not a scale: a ratio, a currency, a price or a noun. */
static bool read_base(const char *word, size_t len, jv_unit *unit) {
  for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++)
    if (is_word(word, len, ratios[i].name)) {
      unit->dimension = JV_DIM_RATIO;
      unit->scale = ratios[i].exponent;
      return true;
    }
  const char *slash = memchr(word, '/', len);
  size_t head = slash ? (size_t)(slash - word) : len;
  char code[3];
  if (read_currency(word, head, code)) {
    unit->dimension = slash ? JV_DIM_PER_SHARE : JV_DIM_MONEY;
    memcpy(unit->currency, code, 3);
    if (!slash) return true;
    if (!read_noun(slash + 1, len - head - 1, unit->noun)) return false;
    if (strcmp(unit->noun, "shares") == 0) unit->noun[5] = '\0';
    return true;
  }
  unit->dimension = JV_DIM_COUNT;
  return !slash && read_noun(word, len, unit->noun);
}

jv_status jv_unit_parse(jv_ctx *cx, const char *text, jv_unit *out) {
  jv_unit unit;
  memset(&unit, 0, sizeof unit);
  if (*text == '\0') {
    *out = unit;
    return JV_OK;
  }
  size_t len = strcspn(text, " "), rest = 0;
  const char *second = text[len] ? text + len + 1 : NULL;
  int8_t exponent = 0;
  bool ok;
  if (second) {
    rest = strlen(second);
    if (read_scale(second, rest, &exponent))
      ok = read_base(text, len, &unit);
    else
      ok = read_scale(text, len, &exponent) && read_base(second, rest, &unit);
  } else {
    ok = read_base(text, len, &unit);
  }
  if (!ok || (exponent && unit.dimension == JV_DIM_RATIO))
    return jv_fail(cx, JV_EPARSE,
                   "'%.40s' is not a unit such as USD, USD bn, EUR mn, %%, ratio, shares, GW or "
                   "USD/share",
                   text);
  if (exponent) unit.scale = exponent;
  *out = unit;
  return JV_OK;
}

static const char *scale_name(int exponent) {
  for (int i = 0; i < SCALES_PRINTED; i++)
    if (scales[i].exponent == exponent) return scales[i].name;
  return NULL;
}

void jv_unit_format(jv_unit unit, char out[JV_UNIT_TEXT]) {
  const char *scale = scale_name(unit.scale);
  char tail[16] = "";
  if (unit.dimension == JV_DIM_NONE) {
    out[0] = '\0';
    return;
  }
  if (unit.dimension == JV_DIM_RATIO) {
    snprintf(out, JV_UNIT_TEXT, "%s", unit.scale == -2 ? "%" : unit.scale == -4 ? "bp" : "ratio");
    return;
  }
  if (scale)
    snprintf(tail, sizeof tail, " %s", scale);
  else if (unit.scale)
    snprintf(tail, sizeof tail, " 1e%d", unit.scale);
  snprintf(out, JV_UNIT_TEXT, "%s%s%s%s", unit.currency,
           unit.dimension == JV_DIM_PER_SHARE ? "/" : "", unit.noun, tail);
}

void jv_unit_format_after(jv_unit unit, char out[JV_UNIT_TEXT]) {
  char name[JV_UNIT_TEXT];
  jv_unit_format(unit, name);
  const char *scale = strrchr(name, ' ');
  if (scale && unit.dimension != JV_DIM_RATIO)
    snprintf(out, JV_UNIT_TEXT, "%.*s %.*s", (int)strlen(scale + 1), scale + 1, (int)(scale - name),
             name);
  else
    memcpy(out, name, sizeof name);
}

const char *jv_flow_name(jv_flow flow) {
  return flow == JV_FLOW ? "flow" : flow == JV_STOCK ? "stock" : "";
}

jv_status jv_flow_parse(jv_ctx *cx, const char *name, jv_flow *out) {
  if (strcmp(name, "flow") == 0)
    *out = JV_FLOW;
  else if (strcmp(name, "stock") == 0)
    *out = JV_STOCK;
  else if (*name == '\0')
    *out = JV_FLOW_UNKNOWN;
  else
    return jv_fail(cx, JV_EINVAL, "'%.40s' is neither 'flow' nor 'stock'", name);
  return JV_OK;
}

/* ---- what goes with what ---- */

bool jv_unit_comparable(jv_unit a, jv_unit b) {
  return a.dimension == b.dimension && strcmp(a.currency, b.currency) == 0 &&
         strcmp(a.noun, b.noun) == 0;
}

bool jv_unit_equal(jv_unit a, jv_unit b) { return jv_unit_comparable(a, b) && a.scale == b.scale; }

/* 10^k, exact for the exponents that scales can have. */
static double power_of_ten(int k) {
  double p = 1;
  for (int i = 0; i < k || i < -k; i++) p *= 10;
  return k < 0 ? 1 / p : p;
}

double jv_unit_rescale(double value, double factor) {
  if (factor == 1) return value;
  return factor > 1 ? value * factor : value / round(1 / factor);
}

/* The name of a unit in messages. */
static void name_unit(jv_unit unit, char out[JV_UNIT_TEXT]) {
  jv_unit_format(unit, out);
  if (*out == '\0') snprintf(out, JV_UNIT_TEXT, "no unit");
}

static jv_status not_comparable(jv_ctx *cx, jv_unit a, jv_unit b, const char *what) {
  char ta[JV_UNIT_TEXT], tb[JV_UNIT_TEXT];
  name_unit(a, ta);
  name_unit(b, tb);
  bool money = a.dimension == b.dimension && *a.currency && strcmp(a.currency, b.currency) != 0;
  if (money)
    return jv_fail(cx, JV_EUNIT,
                   "cannot %s %s and %s: an exchange rate is needed; multiply one side by a series "
                   "of rates and set its unit",
                   what, ta, tb);
  return jv_fail(cx, JV_EUNIT,
                 "cannot %s %s and %s: they measure different things; take a ratio, or set the "
                 "right unit with with_unit",
                 what, ta, tb);
}

jv_status jv_unit_factor(jv_ctx *cx, jv_unit from, jv_unit to, double *factor) {
  if (!jv_unit_comparable(from, to)) return not_comparable(cx, from, to, "convert between");
  if (from.flow && to.flow && from.flow != to.flow) {
    char text[JV_UNIT_TEXT];
    name_unit(from, text);
    return jv_fail(cx, JV_EUNIT, "cannot convert %s, a %s, to a %s", text,
                   jv_flow_name((jv_flow)from.flow), jv_flow_name((jv_flow)to.flow));
  }
  *factor = power_of_ten(from.scale - to.scale);
  return JV_OK;
}

jv_status jv_unit_add(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out) {
  if (a.dimension == JV_DIM_NONE || b.dimension == JV_DIM_NONE) {
    memset(out, 0, sizeof *out);
    return JV_OK;
  }
  if (!jv_unit_comparable(a, b)) return not_comparable(cx, a, b, "add");
  if (a.flow && b.flow && a.flow != b.flow) {
    char ta[JV_UNIT_TEXT], tb[JV_UNIT_TEXT];
    name_unit(a, ta);
    name_unit(b, tb);
    return jv_fail(cx, JV_EUNIT,
                   "cannot add %s, a %s, and %s, a %s: take the change of the stock (s:diff()) or "
                   "the running total of the flow (s:cumulative()) first",
                   ta, jv_flow_name((jv_flow)a.flow), tb, jv_flow_name((jv_flow)b.flow));
  }
  *out = a;
  if (!out->flow) out->flow = b.flow;
  return JV_OK;
}

static jv_unit make_unit(jv_dimension dimension, const char *currency, const char *noun,
                         uint8_t flow) {
  jv_unit unit;
  memset(&unit, 0, sizeof unit);
  unit.dimension = (uint8_t)dimension;
  unit.flow = flow;
  snprintf(unit.currency, sizeof unit.currency, "%s", currency);
  snprintf(unit.noun, sizeof unit.noun, "%s", noun);
  return unit;
}

/* A price is per "share", a count is of "shares"; other nouns are the same in both. */
static const char *singular(const char *noun) {
  return strcmp(noun, "shares") == 0 ? "share" : noun;
}
static const char *plural(const char *noun) { return strcmp(noun, "share") == 0 ? "shares" : noun; }

static jv_status refuse(jv_ctx *cx, jv_unit a, jv_unit b, const char *what) {
  char ta[JV_UNIT_TEXT], tb[JV_UNIT_TEXT];
  name_unit(a, ta);
  name_unit(b, tb);
  return jv_fail(cx, JV_EUNIT, "cannot %s %s by %s: the result has no unit of its own", what, ta,
                 tb);
}

jv_status jv_unit_multiply(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor) {
  if (a.dimension == JV_DIM_NONE || b.dimension == JV_DIM_NONE) {
    *factor = 1;
    memset(out, 0, sizeof *out);
  } else if (b.dimension == JV_DIM_RATIO) {
    *factor = power_of_ten(b.scale);
    *out = a;
  } else if (a.dimension == JV_DIM_RATIO) {
    *factor = power_of_ten(a.scale);
    *out = b;
  } else {
    jv_unit price = a.dimension == JV_DIM_PER_SHARE ? a : b;
    jv_unit count = a.dimension == JV_DIM_PER_SHARE ? b : a;
    if (price.dimension != JV_DIM_PER_SHARE || count.dimension != JV_DIM_COUNT ||
        strcmp(plural(price.noun), plural(count.noun)) != 0)
      return refuse(cx, a, b, "multiply");
    *factor = power_of_ten(a.scale + b.scale);
    *out = make_unit(JV_DIM_MONEY, price.currency, "", count.flow);
  }
  return JV_OK;
}

jv_status jv_unit_divide(jv_ctx *cx, jv_unit a, jv_unit b, jv_unit *out, double *factor) {
  int exponent = a.scale - b.scale;
  jv_unit unit = make_unit(JV_DIM_NONE, "", "", JV_FLOW_UNKNOWN);
  if (a.dimension == JV_DIM_NONE || b.dimension == JV_DIM_NONE) {
    exponent = 0;
  } else if (jv_unit_comparable(a, b)) {
    unit.dimension = JV_DIM_RATIO;
  } else if (b.dimension == JV_DIM_RATIO) {
    exponent = -b.scale;
    unit = a;
  } else if (a.dimension == JV_DIM_MONEY && b.dimension == JV_DIM_COUNT) {
    unit = make_unit(JV_DIM_PER_SHARE, a.currency, singular(b.noun), a.flow);
  } else if (a.dimension == JV_DIM_MONEY && b.dimension == JV_DIM_PER_SHARE &&
             strcmp(a.currency, b.currency) == 0) {
    unit = make_unit(JV_DIM_COUNT, "", plural(b.noun), a.flow);
  } else if (a.dimension == JV_DIM_MONEY && b.dimension == JV_DIM_MONEY) {
    return not_comparable(cx, a, b, "divide");
  } else {
    return refuse(cx, a, b, "divide");
  }
  *factor = power_of_ten(exponent);
  *out = unit;
  return JV_OK;
}
