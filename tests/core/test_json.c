/* core/text/json: positions of errors, the limit of depth, exact numbers, checked members. */
#include "testing.h"
#include "base/rng.h"
#include "text/json.h"

static void comes_back_as(const char *text, int indent, const char *want) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  cJSON *tree = NULL;
  jv_buffer out = {NULL, 0, 0};
  assert_ok(&cx, jv_json_parse(&cx, text, strlen(text), 0, &tree));
  assert_ok(&cx, jv_json_print(&cx, tree, indent, &out));
  assert_string_equal(out.data, want);
  cJSON_Delete(tree);
  jv_buffer_free(&cx, &out);
  assert_int_equal(memory.live, 0);
}

static void parses_and_prints(void **state) {
  (void)state;
  comes_back_as("null", 0, "null");
  comes_back_as(" [ ] ", 0, "[]");
  comes_back_as("{}", 2, "{}");
  comes_back_as("\xef\xbb\xbf[1]", 0, "[1]");
  comes_back_as("{\"a\" : [1, -0.5e1, true,false,null,\"x\\n\\u00e9\\\"\\/\"], \"b\":{}}", 0,
                "{\"a\":[1,-5,true,false,null,\"x\\n\xc3\xa9\\\"/\"],\"b\":{}}");
  comes_back_as("[[],[1,{\"k\":2}]]", 1, "[\n [],\n [\n  1,\n  {\n   \"k\": 2\n  }\n ]\n]");
  comes_back_as("[\"\\u0001\\u001f\"]", 0, "[\"\\u0001\\u001f\"]");
  comes_back_as("[0.1,0.30000000000000004,1e22,123456789012345680]", 0,
                "[0.1,0.30000000000000004,1e+22,1.2345678901234568e+17]");
  comes_back_as("[1e999]", 0, "[null]");
}

static void wrong_at(const char *text, const char *message) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  cJSON *tree = NULL;
  assert_int_equal(jv_json_parse(&cx, text, strlen(text), 0, &tree), JV_EPARSE);
  assert_string_equal(cx.message, message);
  assert_null(tree);
  assert_int_equal(memory.live, 0);
}

static void errors_have_a_place(void **state) {
  (void)state;
  wrong_at("", "line 1, column 1: the text ends where a value was expected");
  wrong_at("[1,\n 2,]", "line 2, column 4: a value was expected");
  wrong_at("{\"a\":1,}", "line 1, column 8: a name in quotes was expected");
  wrong_at("{\"a\" 1}", "line 1, column 6: ':' was expected");
  wrong_at("{a:1}", "line 1, column 2: a name in quotes was expected");
  wrong_at("[1 2]", "line 1, column 4: ',' or the end of the object or array was expected");
  wrong_at("[1}", "line 1, column 3: ',' or the end of the object or array was expected");
  wrong_at("[1", "line 1, column 3: the text ends inside of an object or array");
  wrong_at("[", "line 1, column 2: the text ends where a value was expected");
  wrong_at("\n\n  \"abc", "line 3, column 3: this string is never closed");
  wrong_at("[\"a\nb\"]", "line 1, column 4: a control character in a string");
  wrong_at("[\"\\x\"]", "line 1, column 4: an unknown escape in a string");
  wrong_at("[\"\\u12g4\"]", "line 1, column 4: \\u needs four hexadecimal digits");
  wrong_at("[\"\\u0000\"]", "line 1, column 4: \\u0000 is refused");
  wrong_at("[01]", "line 1, column 4: a number with leading zeros");
  wrong_at("[1.]", "line 1, column 4: digits were expected after the point");
  wrong_at("[1e]", "line 1, column 4: digits were expected in the exponent");
  wrong_at("[NaN]", "line 1, column 2: a value was expected");
  wrong_at("1 2", "line 1, column 3: something follows the end of the value");
  wrong_at("[]]", "line 1, column 3: something follows the end of the value");
  jv_ctx cx;
  jv_ctx_init(&cx);
  cJSON *tree = NULL;
  assert_fails(&cx, jv_json_parse(&cx, "[\"\\ud800\"]", 10, 0, &tree), JV_EPARSE, "\\u pair");
}

static void depth_is_limited(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cJSON *tree = NULL;
  static char deep[200001];
  memset(deep, '[', 200000);
  assert_fails(&cx, jv_json_parse(&cx, deep, 200000, 0, &tree), JV_EPARSE,
               "line 1, column 201: nested too deeply");
  assert_fails(&cx, jv_json_parse(&cx, "[[1]]", 5, 1, &tree), JV_EPARSE, "column 2: nested");
  assert_ok(&cx, jv_json_parse(&cx, "[[1]]", 5, 2, &tree));
  cJSON_Delete(tree);
}

static void numbers_come_back_exactly(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(5, "json", NULL, 0);
  enum { N = 5000 };
  static double x[N], back[N];
  for (int i = 0; i < N; i++) x[i] = ldexp(jv_rng_normal(&rng), (int)jv_rng_below(&rng, 200) - 100);
  x[0] = NAN;
  cJSON *tree = cJSON_CreateObject(), *again = NULL;
  jv_buffer out = {NULL, 0, 0};
  assert_ok(&cx, jv_json_add_numbers(&cx, tree, "x", x, N));
  assert_ok(&cx, jv_json_print(&cx, tree, 0, &out));
  assert_ok(&cx, jv_json_parse(&cx, out.data, out.len, 0, &again));
  assert_ok(&cx, jv_json_get_numbers(&cx, again, "x", back, N));
  assert_true(isnan(back[0]));
  assert_memory_equal(x + 1, back + 1, (N - 1) * sizeof *x);
  cJSON_Delete(tree);
  cJSON_Delete(again);
  jv_buffer_free(&cx, &out);
}

static void members_are_checked(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cJSON *tree = cJSON_CreateObject();
  double x = 0, pair[2];
  const char *text = NULL;
  bool flag = false;
  assert_ok(&cx, jv_json_add_number(&cx, tree, "x", 2.5));
  assert_ok(&cx, jv_json_add_text(&cx, tree, "t", "hello"));
  assert_ok(&cx, jv_json_add_flag(&cx, tree, "f", true));
  assert_ok(&cx, jv_json_add_number(&cx, tree, "none", NAN));
  assert_ok(&cx, jv_json_get_number(&cx, tree, "x", &x));
  assert_ok(&cx, jv_json_get_text(&cx, tree, "t", &text));
  assert_ok(&cx, jv_json_get_flag(&cx, tree, "f", &flag));
  assert_true(x == 2.5 && strcmp(text, "hello") == 0 && flag);
  assert_ok(&cx, jv_json_get_number(&cx, tree, "none", &x));
  assert_true(isnan(x));
  assert_fails(&cx, jv_json_get_number(&cx, tree, "y", &x), JV_EPARSE, "member 'y' is missing");
  assert_fails(&cx, jv_json_get_number(&cx, tree, "t", &x), JV_EPARSE, "'t' is not a number");
  assert_fails(&cx, jv_json_get_text(&cx, tree, "x", &text), JV_EPARSE, "'x' is not a text");
  assert_fails(&cx, jv_json_get_flag(&cx, tree, "x", &flag), JV_EPARSE, "not true or false");
  assert_fails(&cx, jv_json_get_numbers(&cx, tree, "x", pair, 2), JV_EPARSE, "an array of numbers");
  assert_ok(&cx, jv_json_add_numbers(&cx, tree, "one", &x, 1));
  assert_fails(&cx, jv_json_get_numbers(&cx, tree, "one", pair, 2), JV_EPARSE,
               "'one' has 1 numbers, expected 2");
  cJSON_Delete(tree);
}

static void wrong_bytes_become_marks(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  cJSON *item = cJSON_CreateString("a\xff\xc3(\xe2\x82\xac\xed\xa0\x80z");
  jv_buffer out = {NULL, 0, 0};
  assert_ok(&cx, jv_json_print(&cx, item, 0, &out));
  assert_string_equal(out.data, "\"a\xef\xbf\xbd\xef\xbf\xbd(\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd"
                                "\xef\xbf\xbdz\"");
  cJSON_Delete(item);
  jv_buffer_free(&cx, &out);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const char *text = "{\"a\":[1,2,{\"b\":\"c\"}]}";
  for (size_t k = 1;; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    cJSON *tree = NULL;
    jv_buffer out = {NULL, 0, 0};
    jv_status status = jv_json_parse(&cx, text, strlen(text), 0, &tree);
    if (status == JV_OK) status = jv_json_print(&cx, tree, 300, &out);
    cJSON_Delete(tree);
    jv_buffer_free(&cx, &out);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parses_and_prints),         cmocka_unit_test(errors_have_a_place),
      cmocka_unit_test(depth_is_limited),          cmocka_unit_test(numbers_come_back_exactly),
      cmocka_unit_test(members_are_checked),       cmocka_unit_test(wrong_bytes_become_marks),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
