/* core/capex: reading facts from JSON and CSV, and what is refused. */
#include "capex_text.h"
#include "base/rng.h"

static const char good[] =
    "{\"cik\":7,\"entityName\":\"TEST\",\"facts\":{\"us-gaap\":{"
    "\"Assets\":{\"label\":\"Assets\",\"units\":{\"USD\":["
    "{\"end\":\"2024-12-31\",\"val\":5,\"accn\":\"a-2\",\"fy\":null,\"fp\":null,\"form\":\"10-K\","
    "\"filed\":\"2025-02-01\",\"frame\":\"CY2024Q4I\"}]}},"
    "\"Revenues\":{\"units\":{\"USD\":["
    "{\"start\":\"2024-01-01\",\"end\":\"2024-12-31\",\"val\":12.5,\"accn\":\"a-2\",\"fy\":2024,"
    "\"fp\":\"FY\",\"form\":\"10-K\",\"filed\":\"2025-02-01\"},"
    "{\"start\":\"2024-01-01\",\"end\":\"2024-03-31\",\"val\":3,\"accn\":\"a-1\",\"fy\":2024,"
    "\"fp\":\"Q1\",\"form\":\"10-Q\",\"filed\":\"2024-05-01\"}]}}}}}";

static jv_status read_text(jv_ctx *cx, const char *text, jv_facts **out) {
  return jv_facts_read(cx, text, strlen(text), "TST", out);
}

static void every_fact_is_kept(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_facts *facts = NULL;
  assert_ok(&cx, read_text(&cx, good, &facts));
  assert_int_equal(facts->n, 3);
  assert_int_equal(facts->cik, 7);
  assert_string_equal(facts->name, "TEST");
  const jv_fact *a = &facts->fact[0], *q = &facts->fact[1], *y = &facts->fact[2];
  assert_true(a->start == JV_NO_DAY && a->fy == 0 && a->value == 5);
  assert_string_equal(a->fp, "");
  assert_string_equal(a->frame, "CY2024Q4I");
  /* by start, then end: the quarter before the year */
  assert_string_equal(q->accession, "a-1");
  assert_true(y->value == 12.5 && y->end == day("2024-12-31") && y->filed == day("2025-02-01"));
  assert_string_equal(y->form, "10-K");
  assert_ptr_equal(q->tag, y->tag);
  jv_facts_free(&cx, facts);
  assert_int_equal(memory.live, 0);
}

/* `from` in the good text is replaced by `to`. */
static void refused(const char *from, const char *to, const char *message) {
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  char text[2000];
  const char *at = strstr(good, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
  jv_facts *facts = NULL;
  assert_fails(&cx, read_text(&cx, text, &facts), JV_EPARSE, message);
  assert_null(facts);
  assert_int_equal(memory.live, 0);
}

static void errors_say_what_and_where(void **state) {
  (void)state;
  refused("\"val\":12.5", "\"val\":\"much\"",
          "facts.us-gaap.Revenues.units.USD[0].val: wanted a number, found 'much'");
  refused("\"val\":5,", "",
          "facts.us-gaap.Assets.units.USD[0].val: wanted a number, found nothing");
  refused("\"end\":\"2024-03-31\"", "\"end\":\"2024-13-31\"", "USD[1].end: wanted a date");
  refused("\"end\":\"2024-03-31\",", "", "USD[1].end: wanted a date, found nothing");
  refused("\"filed\":\"2024-05-01\"", "\"filed\":20240501",
          "USD[1].filed: wanted a date, found a number");
  refused("\"fy\":2024,\"fp\":\"Q1\"", "\"fy\":[1],\"fp\":\"Q1\"",
          "fy: wanted a year or null, found a list");
  refused("\"form\":\"10-Q\"", "\"form\":{}", "form: wanted text, found an object");
  refused("\"cik\":7", "\"cik\":-7", "cik: wanted a filer's number");
  refused("\"cik\":7", "\"cik\":\"x7\"", "cik: wanted a filer's number");
  refused("\"facts\":{\"us-gaap\"", "\"factoids\":{\"us-gaap\"",
          "facts: wanted an object, found nothing");
  refused("{\"USD\":[{\"start\"", "{\"USD\":{\"start\"", "");
  refused("\"units\":{\"USD\":[{\"start\"", "\"units\":[{\"start\"", "");
}

static void truncated_text_is_refused_with_its_place(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  for (size_t len = 0; len < sizeof good - 2; len++) {
    jv_facts *facts = NULL;
    assert_int_equal(jv_facts_read(&cx, good, len, NULL, &facts), JV_EPARSE);
    assert_null(facts);
    assert_int_equal(memory.live, 0);
  }
  jv_facts *facts = NULL;
  assert_fails(&cx, jv_facts_read(&cx, good, 300, NULL, &facts), JV_EPARSE, "line 1, column");
}

static void deep_nesting_is_refused(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  char text[4000];
  memset(text, '[', sizeof text);
  jv_facts *facts = NULL;
  assert_fails(&cx, jv_facts_read(&cx, text, sizeof text, NULL, &facts), JV_EPARSE,
               "line 1, column 13: nested too deeply");
}

static void absurd_facts_are_kept_and_marked(void **state) {
  (void)state;
  jv_ctx cx;
  heard h = {.n = 0};
  jv_ctx_init(&cx);
  cx.warn = hear;
  cx.warn_ud = &h;
  const row rows[] = {
      {"Revenues", "2024-12-31", "2024-01-01", 1, "10-K", "2025-02-01", NULL},
      {"Revenues", "2024-01-01", "2024-12-31", 1e300, "10-K", "2025-02-01", NULL},
      {"Revenues", "2023-01-01", "2023-12-31", 5, "10-K", "2025-02-01", NULL},
  };
  jv_facts *facts = read_rows(&cx, rows, 3);
  assert_int_equal(facts->n, 3);
  assert_false(facts->fact[0].suspect);
  assert_true(facts->fact[1].suspect && facts->fact[2].suspect);
  assert_non_null(strstr(h.text, "2 suspect facts are kept but not used, the first of Revenues"));
  jv_facts_free(&cx, facts);
}

static const char csv[] =
    "cik,taxonomy,tag,segment,dimensions,start,end,value,unit,accession,form,filed\n"
    "7,x,Proceeds,,,2024-01-01,2024-12-31,5341,USD,a-2,10-K,2025-02-07\n"
    "8,x,Proceeds,,,2024-01-01,2024-12-31,1,USD,a-2,10-K,2025-02-07\n"
    "7,x,Additions,AWS,Axis=AwsMember,2024-01-01,2024-12-31,53267,USD,a-2,10-K,2025-02-07\n"
    "7,us-gaap,Assets,,,,2023-12-31,4,USD,a-2,10-K,2025-02-07\n";

static void rows_of_csv_join_their_filer(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_facts *facts = NULL;
  size_t added, next = 0;
  jv_fact_range range;
  assert_ok(&cx, read_text(&cx, good, &facts));
  assert_ok(&cx, jv_facts_add_csv(&cx, facts, csv, strlen(csv), &added));
  assert_int_equal(added, 3);
  assert_ok(&cx, jv_facts_add_csv(&cx, facts, csv, strlen(csv), &added));
  assert_int_equal(added, 0);
  assert_int_equal(facts->n, 6);
  /* a segment's figures never mix with the whole's */
  assert_false(jv_facts_find(facts, NULL, "Additions", "", &next, &range));
  next = 0;
  assert_true(jv_facts_find(facts, NULL, "Additions", "AWS", &next, &range));
  assert_int_equal(range.n, 1);
  assert_true(facts->fact[range.first].value == 53267);
  next = 0; /* rows of a tag that the JSON has are of its group */
  assert_true(jv_facts_find(facts, "us-gaap", "Assets", "", &next, &range));
  assert_int_equal(range.n, 2);
  jv_facts_free(&cx, facts);
  assert_int_equal(memory.live, 0);
}

static void bad_csv_changes_nothing(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_facts *facts = NULL;
  size_t added = 99;
  assert_ok(&cx, read_text(&cx, good, &facts));
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"cik,tag\n7,x\n", "line 1: column 'taxonomy' is missing"},
      {"cik,taxonomy,tag,end,value,unit,accession,form,filed\n"
       "7,x,New,2024-12-31,5,USD,a,10-K,2025-01-01\n7,x,New,2024-02-30,5,USD,a,10-K,2025-01-01\n",
       "line 3, column 9: end: wanted a date such as 2024-12-31, found '2024-02-30'"},
      {"cik,taxonomy,tag,end,value,unit,accession,form,filed\n7,x,New,2024-12-31,5k,USD,a,10-K,"
       "2025-01-01\n",
       "line 2, column 20: value: wanted a number, found '5k'"},
      {"cik,taxonomy,tag,end,value,unit,accession,form,filed\nseven,x,New,2024-12-31,5,USD,a,10-K,"
       "2025-01-01\n",
       "cik: wanted a whole number, found 'seven'"},
      {"cik,taxonomy,tag,end,value,unit,accession,form,filed\n7,x,,2024-12-31,5,USD,a,10-K,2025-01-"
       "01\n",
       "tag: wanted the name of a tag"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *text = cases[i].text;
    assert_fails(&cx, jv_facts_add_csv(&cx, facts, text, strlen(text), &added), JV_EPARSE,
                 cases[i].message);
    assert_int_equal(facts->n, 3);
    assert_int_equal(added, 99);
  }
  jv_facts_free(&cx, facts);
}

static void forms_have_ranks(void **state) {
  (void)state;
  assert_int_equal(jv_form_rank_of("10-K"), JV_FORM_PERIODIC);
  assert_int_equal(jv_form_rank_of("10-Q/A"), JV_FORM_PERIODIC);
  assert_int_equal(jv_form_rank_of("6-K"), JV_FORM_PERIODIC);
  assert_int_equal(jv_form_rank_of("8-K"), JV_FORM_CURRENT);
  assert_int_equal(jv_form_rank_of("DEF 14A"), JV_FORM_OTHER);
  assert_int_equal(jv_form_rank_of("10-KITSCH"), JV_FORM_OTHER);
  assert_int_equal(jv_form_rank_of(""), JV_FORM_OTHER);
}

static void memory_may_fail_anywhere(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  bool done = false;
  for (size_t k = 1; !done; k++) {
    jv_facts *facts = NULL;
    size_t added = 0;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_status status = read_text(&cx, good, &facts);
    if (status == JV_OK) status = jv_facts_add_csv(&cx, facts, csv, strlen(csv), &added);
    assert_true(status == JV_OK || status == JV_ENOMEM);
    done = status == JV_OK;
    jv_facts_free(&cx, facts);
    assert_int_equal(memory.live, 0);
  }
}

/* Bytes changed, dropped and doubled at random: refused or read, never worse. Seeded. */
static void mutated_text_is_refused_or_read(void **state) {
  (void)state;
  static const char bytes[] = "{}[]\",:0123456789eE+-. \n\\ntruefalsn\0\xff";
  jv_rng rng = jv_rng_keyed(0, "facts", "mutate", 0);
  jv_ctx cx;
  testing_memory memory;
  size_t read = 0;
  for (int round = 0; round < 3000; round++) {
    char text[sizeof good + 8];
    size_t len = sizeof good - 1;
    memcpy(text, good, len);
    for (uint64_t edits = 1 + jv_rng_below(&rng, 4); edits > 0; edits--) {
      size_t at = (size_t)jv_rng_below(&rng, len);
      uint64_t what = jv_rng_below(&rng, 3);
      if (what == 0) text[at] = bytes[jv_rng_below(&rng, sizeof bytes - 1)];
      if (what == 1) memmove(text + at, text + at + 1, --len - at);
      if (what == 2 && len < sizeof text - 1) {
        memmove(text + at + 1, text + at, len - at);
        len++;
      }
    }
    jv_facts *facts = NULL;
    testing_ctx(&cx, &memory);
    jv_status status = jv_facts_read(&cx, text, len, NULL, &facts);
    assert_true(status == JV_OK || status == JV_EPARSE);
    assert_true((status == JV_OK) == (facts != NULL));
    if (status == JV_OK) read++;
    jv_facts_free(&cx, facts);
    assert_int_equal(memory.live, 0);
  }
  assert_true(read > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fact_is_kept),
      cmocka_unit_test(errors_say_what_and_where),
      cmocka_unit_test(truncated_text_is_refused_with_its_place),
      cmocka_unit_test(deep_nesting_is_refused),
      cmocka_unit_test(absurd_facts_are_kept_and_marked),
      cmocka_unit_test(rows_of_csv_join_their_filer),
      cmocka_unit_test(bad_csv_changes_nothing),
      cmocka_unit_test(forms_have_ranks),
      cmocka_unit_test(memory_may_fail_anywhere),
      cmocka_unit_test(mutated_text_is_refused_or_read),
  };
  return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
