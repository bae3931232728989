/* core/series/unit: text, conversion, and what may be added, multiplied and divided. */
#include "testing.h"
#include "base/rng.h"
#include "series/unit.h"

static jv_unit unit(const char *text, jv_flow flow) {
  jv_ctx cx;
  jv_unit u;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_unit_parse(&cx, text, &u));
  u.flow = (uint8_t)flow;
  return u;
}

static void expect_text(const char *given, const char *want) {
  char text[JV_UNIT_TEXT];
  jv_unit_format(unit(given, JV_FLOW_UNKNOWN), text);
  assert_string_equal(text, want);
}

static void after_a_number_the_scale_comes_first(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"USD bn", "bn USD"},       {"USD", "USD"},
                                         {"shares mn", "mn shares"}, {"%", "%"},
                                         {"USD/share", "USD/share"}, {"", ""}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char text[JV_UNIT_TEXT];
    jv_unit_format_after(unit(pairs[i][0], JV_FLOW_UNKNOWN), text);
    assert_string_equal(text, pairs[i][1]);
  }
}

static void texts_are_read_and_printed(void **state) {
  (void)state;
  static const char *const same[] = {
      "",   "USD",    "USD bn",    "EUR mn", "JPY tn", "USD k",  "%",         "ratio",
      "bp", "shares", "shares mn", "GW",     "m2",     "USD/GW", "USD/share", "USD/share k"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) expect_text(same[i], same[i]);
  expect_text("USD billion", "USD bn");
  expect_text("USD million", "USD mn");
  expect_text("bn USD", "USD bn");
  expect_text("mn shares", "shares mn");
  expect_text("USD thousand", "USD k");
  expect_text("usd bn", "USD bn");
  expect_text("Eur/share", "EUR/share");
  expect_text("top", "top");
  expect_text("1", "ratio");
  expect_text("pure", "ratio");
  expect_text("percent", "%");
  expect_text("USD/shares", "USD/share");
  jv_unit u = unit("USD bn", JV_FLOW);
  assert_int_equal(u.dimension, JV_DIM_MONEY);
  assert_int_equal(u.scale, 9);
  assert_string_equal(u.currency, "USD");
}

static void other_texts_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "bn",   "USD gazillion", "% bn", "USD/", "/share", " USD",
      "USD ", "USD  bn",       "12",   "$",    "GW/USD", "averyveryverylongnoun",
      "bn mn"};
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit u = unit("USD", JV_FLOW);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_fails(&cx, jv_unit_parse(&cx, bad[i], &u), JV_EPARSE, "is not a unit such as USD");
  assert_string_equal(u.currency, "USD");
}

static void random_texts_never_do_harm(void **state) {
  (void)state;
  static const char letters[] = "USDEUR bnmk/%shares1-GW";
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_rng rng = jv_rng_keyed(1, "unit", "fuzz", 0);
  for (int i = 0; i < 40000; i++) {
    char text[24];
    size_t n = jv_rng_below(&rng, sizeof text);
    for (size_t k = 0; k < n; k++) text[k] = letters[jv_rng_below(&rng, sizeof letters - 1)];
    text[n] = '\0';
    jv_unit u, again;
    char printed[JV_UNIT_TEXT];
    if (jv_unit_parse(&cx, text, &u) != JV_OK) continue;
    jv_unit_format(u, printed);
    assert_ok(&cx, jv_unit_parse(&cx, printed, &again));
    assert_true(jv_unit_equal(u, again));
  }
}

static void conversion_keeps_the_digits(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  double factor;
  assert_ok(&cx, jv_unit_factor(&cx, unit("USD", 0), unit("USD bn", 0), &factor));
  assert_true(jv_unit_rescale(26300000000.0, factor) == 26.3);
  assert_true(jv_unit_rescale(27834000000.0, factor) == 27.834);
  assert_ok(&cx, jv_unit_factor(&cx, unit("USD bn", 0), unit("USD mn", 0), &factor));
  assert_true(factor == 1000);
  assert_ok(&cx, jv_unit_factor(&cx, unit("%", 0), unit("ratio", 0), &factor));
  assert_true(jv_unit_rescale(42, factor) == 0.42);
  factor = 7;
  assert_fails(&cx, jv_unit_factor(&cx, unit("USD", 0), unit("EUR bn", 0), &factor), JV_EUNIT,
               "cannot convert between USD and EUR bn: an exchange rate is needed");
  assert_fails(&cx, jv_unit_factor(&cx, unit("USD", 0), unit("shares", 0), &factor), JV_EUNIT,
               "USD and shares: they measure different things");
  assert_fails(&cx, jv_unit_factor(&cx, unit("USD", JV_FLOW), unit("USD", JV_STOCK), &factor),
               JV_EUNIT, "cannot convert USD, a flow, to a stock");
  assert_fails(&cx, jv_unit_factor(&cx, unit("", 0), unit("USD", 0), &factor), JV_EUNIT,
               "no unit and USD");
  assert_true(factor == 7);
}

static void sums_need_one_kind(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit out;
  assert_ok(&cx, jv_unit_add(&cx, unit("USD bn", 0), unit("USD", JV_FLOW), &out));
  assert_true(jv_unit_equal(out, unit("USD bn", 0)) && out.flow == JV_FLOW);
  assert_ok(&cx, jv_unit_add(&cx, unit("", 0), unit("USD", JV_FLOW), &out));
  assert_int_equal(out.dimension, JV_DIM_NONE);
  assert_fails(&cx, jv_unit_add(&cx, unit("USD", 0), unit("EUR", 0), &out), JV_EUNIT,
               "cannot add USD and EUR: an exchange rate is needed");
  assert_fails(&cx, jv_unit_add(&cx, unit("USD bn", JV_FLOW), unit("USD", JV_STOCK), &out),
               JV_EUNIT,
               "cannot add USD bn, a flow, and USD, a stock: take the change of the stock");
  assert_fails(&cx, jv_unit_add(&cx, unit("USD", 0), unit("%", 0), &out), JV_EUNIT, "USD and %");
}

static void expect_product(const char *a, const char *b, bool divide, const char *want,
                           double factor) {
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit out;
  double got;
  char text[JV_UNIT_TEXT];
  jv_unit ua = unit(a, JV_FLOW_UNKNOWN), ub = unit(b, JV_FLOW_UNKNOWN);
  assert_ok(&cx, divide ? jv_unit_divide(&cx, ua, ub, &out, &got)
                        : jv_unit_multiply(&cx, ua, ub, &out, &got));
  jv_unit_format(out, text);
  assert_string_equal(text, want);
  assert_near(got, factor, 1e-15, 0);
}

static void products_and_quotients_have_the_right_unit(void **state) {
  (void)state;
  expect_product("USD bn", "ratio", false, "USD bn", 1);
  expect_product("%", "USD bn", false, "USD bn", 0.01);
  expect_product("USD/share", "shares mn", false, "USD", 1e6);
  expect_product("GW", "USD/GW", false, "USD", 1);
  expect_product("", "USD", false, "", 1);
  expect_product("USD bn", "USD mn", true, "ratio", 1e3);
  expect_product("USD bn", "shares mn", true, "USD/share", 1e3);
  expect_product("USD", "USD/share", true, "shares", 1);
  expect_product("GW", "GW", true, "ratio", 1);
  expect_product("USD", "%", true, "USD", 100);
  expect_product("%", "%", true, "ratio", 1);
  expect_product("USD bn", "", true, "", 1);
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit out, usd = unit("USD", 0), eur = unit("EUR", 0);
  double factor = 7;
  assert_fails(&cx, jv_unit_multiply(&cx, usd, usd, &out, &factor), JV_EUNIT,
               "cannot multiply USD by USD");
  assert_fails(&cx, jv_unit_divide(&cx, usd, eur, &out, &factor), JV_EUNIT,
               "an exchange rate is needed");
  assert_fails(&cx, jv_unit_divide(&cx, unit("ratio", 0), usd, &out, &factor), JV_EUNIT,
               "cannot divide ratio by USD");
  assert_fails(&cx, jv_unit_multiply(&cx, unit("USD/share", 0), unit("GW", 0), &out, &factor),
               JV_EUNIT, "cannot multiply USD/share by GW");
  assert_true(factor == 7);
}

static void flow_survives_scaling(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_unit out;
  double factor;
  assert_ok(&cx, jv_unit_multiply(&cx, unit("ratio", 0), unit("USD", JV_STOCK), &out, &factor));
  assert_int_equal(out.flow, JV_STOCK);
  assert_ok(&cx, jv_unit_divide(&cx, unit("USD", JV_FLOW), unit("ratio", 0), &out, &factor));
  assert_int_equal(out.flow, JV_FLOW);
  assert_ok(&cx, jv_unit_divide(&cx, unit("USD", JV_FLOW), unit("USD", JV_STOCK), &out, &factor));
  assert_int_equal(out.flow, JV_FLOW_UNKNOWN);
  jv_flow flow;
  assert_ok(&cx, jv_flow_parse(&cx, "stock", &flow));
  assert_int_equal(flow, JV_STOCK);
  assert_fails(&cx, jv_flow_parse(&cx, "tide", &flow), JV_EINVAL,
               "'tide' is neither 'flow' nor 'stock'");
  assert_string_equal(jv_flow_name(JV_FLOW), "flow");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_read_and_printed),
      cmocka_unit_test(after_a_number_the_scale_comes_first),
      cmocka_unit_test(other_texts_are_refused),
      cmocka_unit_test(random_texts_never_do_harm),
      cmocka_unit_test(conversion_keeps_the_digits),
      cmocka_unit_test(sums_need_one_kind),
      cmocka_unit_test(products_and_quotients_have_the_right_unit),
      cmocka_unit_test(flow_survives_scaling),
  };
  return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}
