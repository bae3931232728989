/* core/text/number: exact parsing, shortest formatting, whatever the locale. */
#include "testing.h"
#include "base/rng.h"
#include "text/number.h"
#include <float.h>
#include <locale.h>
#include <unistd.h>

static bool parses(const char *text, double *out) {
  return jv_number_parse(text, strlen(text), out);
}

static void reads_what_is_a_number(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } cases[] = {
      {"0", 0},
      {"-0", -0.0},
      {"12", 12},
      {"+12", 12},
      {"007", 7},
      {".5", 0.5},
      {"5.", 5},
      {"-1.25e2", -125},
      {"1E-2", 0.01},
      {"0.1", 0.1},
      {"1e22", 1e22},
      {"1e23", 1e23},
      {"123456789012345678", 123456789012345678.0},
      {"9007199254740993", 9007199254740992.0},                           /* a tie, to even */
      {"9007199254740993.0000000000000000000000001", 9007199254740994.0}, /* just above it */
      {"2.2250738585072011e-308", 2.2250738585072011e-308},
      {"2.2250738585072012e-308", DBL_MIN},
      {"4.9406564584124654e-324", 4.9406564584124654e-324},
      {"2.4703282292062327e-324", 0},
      {"1.7976931348623157e308", DBL_MAX},
      {"1.7976931348623159e308", INFINITY},
      {"-1e999", -INFINITY},
      {"1e-999", 0},
      {"1e99999999999999999999", INFINITY},
      {"0e99999999999999999999", 0},
      {"8.5e-27", 8.5e-27},
      {"17976931348623157e-27", 17976931348623157e-27},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double got = 42;
    if (!parses(cases[i].text, &got)) fail_msg("refused '%s'", cases[i].text);
    if (memcmp(&got, &cases[i].value, sizeof got) != 0)
      fail_msg("'%s' gave %.17g", cases[i].text, got);
  }
}

static void refuses_what_is_not(void **state) {
  (void)state;
  static const char *const cases[] = {"",    " ",    " 1",  "1 ",    "1,5",   "1.2.3",    "e5",
                                      "1e",  "1e+",  "--1", "+-1",   ".",     "-",        "inf",
                                      "nan", "0x10", "1f",  "1_000", "1e5.5", "\xd9\xa1", "1\n"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double got = 42;
    if (parses(cases[i], &got)) fail_msg("took '%s' as %g", cases[i], got);
    assert_true(got == 42);
  }
  double got;
  assert_true(jv_number_parse("12x", 2, &got) && got == 12); /* the length decides */
  assert_false(jv_number_parse("12\0", 3, &got));
}

static void many_digits_keep_the_last_one_in_mind(void **state) {
  (void)state;
  /* 2^53 + 1 is a tie between two doubles; one digit after 2000 zeros breaks it upwards */
  char text[3000] = "9007199254740993.";
  size_t n = strlen(text);
  memset(text + n, '0', 2000);
  double got;
  assert_true(jv_number_parse(text, n + 2000, &got) && got == 9007199254740992.0);
  text[n + 1999] = '1';
  assert_true(jv_number_parse(text, n + 2000, &got) && got == 9007199254740994.0);
  memset(text, '1', 900);
  memcpy(text + 900, "e-900", 5);
  assert_true(jv_number_parse(text, 905, &got));
  assert_near(got, 1.0 / 9, 1e-15, 1); /* 0.111…: one rounding */
}

/* Random bit patterns against strtod, which glibc rounds correctly, in 1 to 17 digits. */
static void agrees_with_the_library_in_the_c_locale(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(7, "number", NULL, 0);
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = jv_rng_next(&rng);
    double x, got;
    memcpy(&x, &bits, sizeof x);
    if (!isfinite(x)) continue;
    if (i % 2) x = ldexp(1 + jv_rng_uniform(&rng), (int)jv_rng_below(&rng, 120) - 60);
    char text[64];
    int n = snprintf(text, sizeof text, "%.*e", (int)jv_rng_below(&rng, 21), x);
    assert_true(jv_number_parse(text, (size_t)n, &got));
    if (got != strtod(text, NULL)) fail_msg("%s gave %.17g", text, got);
  }
}

static void format_is(double x, const char *want) {
  char text[JV_NUMBER_TEXT];
  size_t len = jv_number_format(x, text);
  assert_string_equal(text, want);
  assert_int_equal(len, strlen(want));
}

static void writes_the_shortest_text(void **state) {
  (void)state;
  format_is(0, "0");
  format_is(-0.0, "-0");
  format_is(0.1, "0.1");
  format_is(-12.5, "-12.5");
  format_is(100, "100");
  format_is(0.1 + 0.2, "0.30000000000000004");
  format_is(1.0 / 3, "0.3333333333333333");
  format_is(1e22, "1e+22");
  format_is(5e-324, "5e-324");
  format_is(DBL_MAX, "1.7976931348623157e+308");
  format_is(123456789.25, "123456789.25");
  format_is(0.001, "0.001");
  format_is(1e-7, "0.0000001");
  format_is(27834000000.0, "27834000000");
  format_is(NAN, "NaN");
  format_is(-INFINITY, "-Inf");
}

static void every_double_comes_back(void **state) {
  (void)state;
  jv_rng rng = jv_rng_keyed(8, "number", NULL, 0);
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = jv_rng_next(&rng);
    double x, back = 0;
    memcpy(&x, &bits, sizeof x);
    if (i % 3 == 1) x = round(jv_rng_normal(&rng) * 1e6) / 1e3;
    if (i % 3 == 2) bits &= ~(UINT64_C(0x7ff) << 52), memcpy(&x, &bits, sizeof x);
    if (!isfinite(x)) continue;
    char text[JV_NUMBER_TEXT];
    size_t len = jv_number_format(x, text);
    assert_true(jv_number_parse(text, len, &back));
    if (memcmp(&back, &x, sizeof x) != 0) fail_msg("%.17g became %s", x, text);
  }
}

static void whole_numbers_stop_at_64_bits(void **state) {
  (void)state;
  int64_t x = 1;
  assert_true(jv_integer_parse("-9223372036854775808", 20, &x) && x == INT64_MIN);
  assert_true(jv_integer_parse("9223372036854775807", 19, &x) && x == INT64_MAX);
  assert_true(jv_integer_parse("-0", 2, &x) && x == 0);
  assert_false(jv_integer_parse("9223372036854775808", 19, &x));
  assert_false(jv_integer_parse("-9223372036854775809", 20, &x));
  assert_false(jv_integer_parse("1.0", 3, &x));
  assert_false(jv_integer_parse("", 0, &x));
  assert_false(jv_integer_parse("-", 1, &x));
}

static void words_for_missing_and_infinite(void **state) {
  (void)state;
  static const char *const missing[] = {"", "NA", "NaN", "nan", "null", "NULL"};
  for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
    assert_true(jv_number_is_missing(missing[i], strlen(missing[i])));
  assert_false(jv_number_is_missing("nano", 4));
  assert_true(jv_number_is_infinite("-Inf", 4));
  assert_true(jv_number_is_infinite("Infinity", 8));
  assert_false(jv_number_is_infinite("info", 4));
}

/* Takes the first comma locale that this machine has, or has one compiled into a scratch folder;
 * without either there is nothing that could go wrong to be seen, and the test says so. */
static bool enter_comma_locale(char dir[]) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (setlocale(LC_ALL, names[i])) return true;
  char command[300];
  if (!mkdtemp(dir)) return false;
  snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' 2>/dev/null >&2",
           dir);
  if (system(command) != 0) return false;
  setenv("LOCPATH", dir, 1);
  return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void a_comma_locale_changes_nothing(void **state) {
  (void)state;
  const char *scratch = getenv("TMPDIR");
  char dir[200], command[256];
  snprintf(dir, sizeof dir, "%.150s/jevons-locale-XXXXXX", scratch ? scratch : ".");
  bool there = enter_comma_locale(dir);
  if (there && strcmp(localeconv()->decimal_point, ",") == 0) {
    char probe[16];
    snprintf(probe, sizeof probe, "%.1f", 1.5);
    assert_string_equal(probe, "1,5"); /* the locale is in force */
    reads_what_is_a_number(NULL);
    refuses_what_is_not(NULL);
    many_digits_keep_the_last_one_in_mind(NULL);
    writes_the_shortest_text(NULL);
    every_double_comes_back(NULL);
  } else {
    there = false;
  }
  setlocale(LC_ALL, "C");
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  if (system(command) != 0) print_message("could not remove %s\n", dir);
  if (!there) {
    print_message("skipped: no comma locale on this machine, and none could be made\n");
    skip();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_is_a_number),
      cmocka_unit_test(refuses_what_is_not),
      cmocka_unit_test(many_digits_keep_the_last_one_in_mind),
      cmocka_unit_test(agrees_with_the_library_in_the_c_locale),
      cmocka_unit_test(writes_the_shortest_text),
      cmocka_unit_test(every_double_comes_back),
      cmocka_unit_test(whole_numbers_stop_at_64_bits),
      cmocka_unit_test(words_for_missing_and_infinite),
      cmocka_unit_test(a_comma_locale_changes_nothing),
  };
  return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
