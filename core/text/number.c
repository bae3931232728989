/* Exact decimal to binary and back.
 *
 * Parsing. A text is w * 10^e with w its digits as an integer. Three ways, each exact:
 *   1. w <= 2^53 and |e| <= 22: both are doubles without error, and one IEEE operation rounds once
 *      (Clinger 1990).
 *   2. w < 2^64 and |e| <= 27: 5^|e| fits 64 bits, so the product, or the quotient with its
 *      remainder as a sticky bit, is had in 128-bit integers and rounded to even by hand.
 *   3. The rest: the digits without their point, and the exponent moved accordingly, go to strtod.
 *      No decimal point is ever shown to the C library, so its locale has no say. Digits beyond 800
 *      cannot change a rounding except by not being zero (the longest exact tie has 768), so they
 *      are folded into one.
 *
 * Formatting. Whole numbers and short decimals are found by scaling: if w / 10^k == x for an integer
 * w < 10^15, then "w with k decimals" reads back as x by (1), and the least such k is shortest. Else
 * 15, 16 or 17 digits (1 to 17 below the normal range) are tried until one reads back. */
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { KEPT_DIGITS = 800, MOST_EXPONENT = 100000 };

static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A text taken apart. */
typedef struct parts {
  bool negative;
  const char *digits, *digits_end; /* leading zeros skipped; may hold one point */
  uint64_t w;                      /* valid when count <= 19 */
  size_t count;                    /* significant digits */
  long e;                          /* value = digits as an integer * 10^e */
} parts;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The exponent after 'e', whole rest of the text; clamped, for digits may be without end. */
static bool read_exponent(const char *p, const char *end, long *out) {
  bool negative = p < end && *p == '-';
  long e = 0;
  if (p < end && (*p == '+' || *p == '-')) p++;
  if (p == end) return false;
  for (; p < end; p++) {
    if (!is_digit(*p)) return false;
    if (e < MOST_EXPONENT) e = e * 10 + (*p - '0');
  }
  *out = negative ? -e : e;
  return true;
}

static bool take_apart(const char *p, const char *end, parts *out) {
  parts x = {false, NULL, NULL, 0, 0, 0};
  bool point = false, any = false;
  if (p < end && (*p == '-' || *p == '+')) x.negative = *p++ == '-';
  for (; p < end; p++) {
    if (*p == '.') {
      if (point) return false;
      point = true;
      continue;
    }
    if (!is_digit(*p)) break;
    any = true;
    if (point) x.e--;
    if (x.count == 0 && *p == '0') continue;
    if (x.count++ == 0) x.digits = p;
    if (x.count <= 19) x.w = x.w * 10 + (uint64_t)(*p - '0');
  }
  if (!any) return false;
  x.digits_end = p;
  if (p < end) {
    long e;
    if ((*p != 'e' && *p != 'E') || !read_exponent(p + 1, end, &e)) return false;
    x.e += e;
  }
  *out = x;
  return true;
}

/* x * 2^shift, where any lost bits of a longer value are in `sticky`: rounded to even, 53 bits. */
static double round_wide(wide x, int shift, bool sticky) {
  uint64_t high = (uint64_t)(x >> 64);
  int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)x);
  int drop = bits - 53;
  if (drop <= 0) return ldexp((double)(uint64_t)x, shift);
  wide rest = x & (((wide)1 << drop) - 1), half = (wide)1 << (drop - 1);
  uint64_t top = (uint64_t)(x >> drop);
  if (rest > half || (rest == half && (sticky || (top & 1)))) top++;
  return ldexp((double)top, shift + drop);
}

/* w * 10^e for w > 0 and |e| <= 27, by way 2. */
static double exact_wide(uint64_t w, long e) {
  uint64_t five = 1;
  for (long k = e < 0 ? -e : e; k > 0; k--) five *= 5;
  if (e >= 0) return round_wide((wide)w * five, (int)e, false);
  int lift = 63 + __builtin_clzll(w); /* w << lift has 127 bits: the quotient has 64 at least */
  wide num = (wide)w << lift, q = num / five;
  return round_wide(q, (int)e - lift, q * five != num);
}

/* Way 3: digits, perhaps a last 1 for what was cut, then the exponent. */
static double by_strtod(const parts *x) {
  char text[KEPT_DIGITS + 32];
  size_t n = 0, cut = 0;
  bool rest = false;
  for (const char *p = x->digits; p < x->digits_end; p++) {
    if (*p == '.') continue;
    if (n < KEPT_DIGITS) {
      text[n++] = *p;
    } else {
      cut++;
      rest = rest || *p != '0';
    }
  }
  if (rest) {
    text[n++] = '1';
    cut--;
  }
  snprintf(text + n, sizeof text - n, "e%ld", x->e + (long)cut);
  return strtod(text, NULL);
}

bool jv_number_parse(const char *text, size_t len, double *out) {
  parts x;
  if (!take_apart(text, text + len, &x)) return false;
  double value;
  if (x.count == 0)
    value = 0;
  else if (x.count <= 19 && x.w <= (UINT64_C(1) << 53) && x.e >= -22 && x.e <= 22)
    value = x.e < 0 ? (double)x.w / ten_to[-x.e] : (double)x.w * ten_to[x.e];
  else if (x.count <= 19 && x.e >= -27 && x.e <= 27)
    value = exact_wide(x.w, x.e);
  else
    value = by_strtod(&x);
  *out = x.negative ? -value : value;
  return true;
}

bool jv_integer_parse(const char *text, size_t len, int64_t *out) {
  const char *p = text, *end = text + len;
  bool negative = p < end && *p == '-';
  uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;
  if (p < end && (*p == '-' || *p == '+')) p++;
  if (p == end) return false;
  for (; p < end; p++) {
    if (!is_digit(*p)) return false;
    uint64_t digit = (uint64_t)(*p - '0');
    if (value > (most - digit) / 10) return false;
    value = value * 10 + digit;
  }
  *out = negative ? (value == 0 ? 0 : -(int64_t)(value - 1) - 1) : (int64_t)value;
  return true;
}

/* ASCII only: the locale's idea of letters must not matter. */
static bool same_word(const char *text, size_t len, const char *word) {
  if (strlen(word) != len) return false;
  for (size_t i = 0; i < len; i++) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c != word[i]) return false;
  }
  return true;
}

bool jv_number_is_missing(const char *text, size_t len) {
  return len == 0 || same_word(text, len, "na") || same_word(text, len, "nan") ||
         same_word(text, len, "null");
}

bool jv_number_is_infinite(const char *text, size_t len) {
  if (len > 0 && (*text == '-' || *text == '+')) {
    text++;
    len--;
  }
  return same_word(text, len, "inf") || same_word(text, len, "infinity");
}

/* ---- formatting ---- */

/* w as digits with `decimals` of them after the point. */
static size_t put_decimal(uint64_t w, int decimals, bool negative, char *out) {
  char reversed[24];
  size_t n = 0, len = 0;
  for (; w > 0 || (int)n <= decimals; w /= 10) reversed[n++] = (char)('0' + w % 10);
  if (negative) out[len++] = '-';
  while (n > 0) {
    out[len++] = reversed[--n];
    if (decimals > 0 && n == (size_t)decimals) out[len++] = '.';
  }
  out[len] = '\0';
  return len;
}

/* "1.5e+300" as printf wrote it under some locale: whatever stands for the point becomes one. */
static size_t plain_point(const char *text, char *out) {
  size_t len = 0;
  for (const char *p = text; *p;) {
    if (is_digit(*p) || *p == 'e' || *p == '+' || *p == '-') {
      out[len++] = *p++;
      continue;
    }
    out[len++] = '.';
    while (*p && !is_digit(*p)) p++;
  }
  out[len] = '\0';
  return len;
}

static size_t format_digits(double x, char out[JV_NUMBER_TEXT]) {
  char text[64];
  size_t len = 0;
  for (int digits = fabs(x) < 0x1p-1022 ? 1 : 15; digits <= 17; digits++) {
    double back;
    snprintf(text, sizeof text, "%.*g", digits, x);
    len = plain_point(text, out);
    if (jv_number_parse(out, len, &back) && back == x) break;
  }
  return len;
}

static size_t format_word(const char *word, char out[JV_NUMBER_TEXT]) {
  size_t len = strlen(word);
  memcpy(out, word, len + 1);
  return len;
}

size_t jv_number_format(double x, char out[JV_NUMBER_TEXT]) {
  if (isnan(x)) return format_word("NaN", out);
  if (isinf(x)) return format_word(x > 0 ? "Inf" : "-Inf", out);
  double size = fabs(x);
  for (int k = 0; k <= 9; k++) {
    double scaled = size * ten_to[k];
    if (scaled >= 1e15) break;
    double w = nearbyint(scaled);
    if (w / ten_to[k] == size && (w >= 1 || size == 0))
      return put_decimal((uint64_t)w, k, signbit(x) != 0, out);
  }
  return format_digits(x, out);
}
