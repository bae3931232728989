/* Any text as a period, a frequency, a ds or a number: what is read is printed and read back the same. */
#include "evaluate/panel.h"
#include "fuzz.h"
#include "text/number.h"

static void check_period(jv_ctx *cx, const char *text, const jv_freq *freq) {
  jv_period period, back;
  char printed[JV_PERIOD_TEXT];
  if (jv_period_parse(cx, text, freq, &period) != JV_OK) {
    fuzz_require(cx->message[0]);
    return;
  }
  fuzz_require(jv_period_valid(period));
  jv_period_format(period, printed);
  fuzz_require(jv_period_parse(cx, printed, &period.freq, &back) == JV_OK);
  fuzz_require(back.ordinal == period.ordinal && jv_freq_equal(back.freq, period.freq));
}

static void check_stamp(jv_ctx *cx, const char *text, size_t len, const jv_freq *freq) {
  jv_stamp stamp, next, back;
  char printed[JV_STAMP_TEXT];
  if (jv_stamp_parse(cx, text, len, freq, &stamp) != JV_OK) return;
  if (jv_stamp_add(cx, stamp, 1, &next) != JV_OK) return;
  jv_stamp_format(next, printed);
  /* under the period's own frequency: 9999Q3 is the last but one, but of Q-JUN it is FY10000Q1 */
  const jv_freq *own = stamp.form == JV_DS_PERIOD ? &stamp.period.freq : freq;
  fuzz_require(jv_stamp_parse(cx, printed, strlen(printed), own, &back) == JV_OK);
  fuzz_require(back.form == stamp.form && back.period.ordinal == stamp.period.ordinal + 1);
  fuzz_require(back.form != JV_DS_DATE || (back.edge & stamp.edge));
}

static void check_number(const char *text, size_t len) {
  double x, back;
  char printed[JV_NUMBER_TEXT];
  if (!jv_number_parse(text, len, &x)) return;
  if (len < 400) { /* the C library in the C locale reads every such text in the same way */
    char copy[400];
    memcpy(copy, text, len);
    copy[len] = '\0';
    fuzz_require(strtod(copy, NULL) == x);
  }
  if (x - x != 0) return; /* infinite */
  size_t n = jv_number_format(x, printed);
  fuzz_require(jv_number_parse(printed, n, &back) && back == x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"A", "A-JUN", "Q", "Q-JUN", "Q-JAN", "M",
                                      "W", "W-WED", "D", "H",     "I",     NULL};
  jv_ctx cx;
  jv_ctx_init(&cx);
  char *text = jv_strndup(&cx, (const char *)data, size);
  jv_freq freq;
  fuzz_require(text != NULL);
  check_number(text, size);
  check_period(&cx, text, NULL);
  check_stamp(&cx, text, size, NULL);
  for (size_t i = 0; names[i]; i++) {
    fuzz_require(jv_freq_parse(&cx, names[i], &freq) == JV_OK);
    check_period(&cx, text, &freq);
    check_stamp(&cx, text, size, &freq);
  }
  if (jv_freq_parse(&cx, text, &freq) == JV_OK) {
    char printed[JV_PERIOD_TEXT];
    jv_freq back;
    jv_freq_format(freq, printed);
    fuzz_require(jv_freq_parse(&cx, printed, &back) == JV_OK && jv_freq_equal(freq, back));
  }
  jv_free(&cx, text);
  return 0;
}
