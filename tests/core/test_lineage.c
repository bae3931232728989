/* core/series/lineage: nodes, counting of references, sources, printed trees. */
#include "testing.h"
#include "series/lineage.h"
#include "series/period.h"

static jv_lineage *source(jv_ctx *cx, const char *accession, double value) {
  jv_source s = {.filer = "AMZN",
                 .accession = accession,
                 .tag = "PaymentsToAcquireProductiveAssets",
                 .form = "10-K",
                 .unit = "USD",
                 .start = 19723,
                 .end = 20088,
                 .filed = 20126,
                 .value = value};
  jv_lineage *node = NULL;
  if (jv_lineage_source(cx, &s, &node) != JV_OK) return NULL;
  return node;
}

static jv_lineage *derived(jv_ctx *cx, const char *operation, double value, jv_lineage *a,
                           jv_lineage *b) {
  jv_lineage *in[] = {a, b}, *node = NULL;
  if (jv_lineage_derived(cx, operation, value, in, b ? 2 : 1, &node) != JV_OK) return NULL;
  return node;
}

static void statuses_order_from_strong_to_weak(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  jv_evidence e;
  assert_int_equal(jv_evidence_weakest(JV_EVIDENCE_REPORTED, JV_EVIDENCE_ESTIMATED),
                   JV_EVIDENCE_ESTIMATED);
  assert_int_equal(jv_evidence_weakest(JV_EVIDENCE_UNRESOLVED, JV_EVIDENCE_SCENARIO),
                   JV_EVIDENCE_UNRESOLVED);
  assert_int_equal(jv_evidence_weakest(JV_EVIDENCE_NONE, JV_EVIDENCE_REPORTED),
                   JV_EVIDENCE_REPORTED);
  assert_ok(&cx, jv_evidence_parse(&cx, "derived", &e));
  assert_int_equal(e, JV_EVIDENCE_DERIVED);
  assert_fails(&cx, jv_evidence_parse(&cx, "guessed", &e), JV_EINVAL,
               "'guessed' is no evidence status");
  assert_string_equal(jv_evidence_name(JV_EVIDENCE_SCENARIO), "scenario");
  assert_string_equal(jv_evidence_name((jv_evidence)77), "?");
}

static void a_tree_prints_down_to_its_filings(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_lineage *year = source(&cx, "0001018724-25-000004", 82999e6);
  jv_lineage *nine = source(&cx, "0001018724-24-000161", 55165e6);
  jv_lineage *quarter = derived(&cx, "year less nine months", 27834e6, year, nine);
  char *text;
  assert_ok(&cx, jv_lineage_format(&cx, quarter, 40, &text));
  assert_string_equal(text, "27,834,000,000 = year less nine months\n"
                            "  82,999,000,000 USD  AMZN PaymentsToAcquireProductiveAssets  "
                            "2024-01-01 to 2024-12-31  10-K "
                            "0001018724-25-000004 filed 2025-02-07\n"
                            "  55,165,000,000 USD  AMZN PaymentsToAcquireProductiveAssets  "
                            "2024-01-01 to 2024-12-31  10-K "
                            "0001018724-24-000161 filed 2025-02-07");
  jv_free(&cx, text);
  assert_ok(&cx, jv_lineage_format(&cx, quarter, 2, &text));
  assert_string_equal(text, "27,834,000,000 = year less nine months\n  …");
  jv_free(&cx, text);
  assert_null(jv_lineage_get_source(quarter));
  assert_null(jv_lineage_operation(year));
  assert_int_equal(jv_lineage_input_count(quarter), 2);
  assert_ptr_equal(jv_lineage_input(quarter, 1), nine);
  assert_string_equal(jv_lineage_get_source(year)->form, "10-K");
  jv_lineage_release(&cx, year);
  jv_lineage_release(&cx, nine);
  assert_true(memory.live > 0); /* the quarter still holds them */
  assert_true(jv_lineage_value(jv_lineage_input(quarter, 0)) == 82999e6);
  jv_lineage_release(&cx, quarter);
  assert_int_equal(memory.live, 0);
}

/* A running total over 200,000 periods: neither releasing nor printing may use the C stack. */
static void long_chains_are_folded_and_released(void **state) {
  (void)state;
  enum { N = 200000 };
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_lineage *last = source(&cx, "a", 1);
  for (int i = 0; i < N; i++) {
    jv_lineage *next = derived(&cx, "running total", i, last, NULL);
    jv_lineage_release(&cx, last);
    last = next;
  }
  char *text;
  assert_ok(&cx, jv_lineage_format(&cx, last, 40, &text));
  assert_non_null(strstr(text, "… 199996 more of running total"));
  assert_non_null(strstr(text, "10-K a"));
  jv_free(&cx, text);
  const jv_lineage **list;
  size_t n;
  assert_ok(&cx, jv_lineage_sources(&cx, last, &list, &n));
  assert_int_equal(n, 1);
  jv_free(&cx, list);
  jv_lineage_release(&cx, last);
  assert_int_equal(memory.live, 0);
}

/* 60 doublings: as a tree 2^60 lines, as a graph 61 nodes. */
static void shared_inputs_are_met_once(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_lineage *node = source(&cx, "only", 1);
  for (int i = 0; i < 60; i++) {
    jv_lineage *next = derived(&cx, i % 2 ? "sum" : "product", i, node, node);
    jv_lineage_release(&cx, node);
    node = next;
  }
  const jv_lineage **list;
  size_t n;
  assert_ok(&cx, jv_lineage_sources(&cx, node, &list, &n));
  assert_int_equal(n, 1);
  assert_string_equal(jv_lineage_get_source(list[0])->accession, "only");
  jv_free(&cx, list);
  char *text;
  assert_ok(&cx, jv_lineage_format(&cx, node, 100, &text));
  size_t lines = 1;
  for (const char *at = text; *at; at++) lines += *at == '\n';
  assert_true(lines <= 100);
  jv_free(&cx, text);
  jv_lineage_release(&cx, node);
  assert_int_equal(memory.live, 0);
}

static jv_status build_and_print(jv_ctx *cx) {
  jv_lineage *a = source(cx, "a", 1), *b = a ? source(cx, "b", 2) : NULL;
  jv_lineage *c = b ? derived(cx, "sum", 3, a, b) : NULL;
  char *text = NULL;
  const jv_lineage **list = NULL;
  size_t n;
  jv_status status = c ? jv_lineage_format(cx, c, 10, &text) : cx->status;
  if (status == JV_OK) status = jv_lineage_sources(cx, c, &list, &n);
  jv_free(cx, text);
  jv_free(cx, list);
  jv_lineage_release(cx, a);
  jv_lineage_release(cx, b);
  jv_lineage_release(cx, c);
  return status;
}

static void every_failed_allocation_is_clean(void **state) {
  (void)state;
  testing_starve(build_and_print, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statuses_order_from_strong_to_weak),
      cmocka_unit_test(a_tree_prints_down_to_its_filings),
      cmocka_unit_test(long_chains_are_folded_and_released),
      cmocka_unit_test(shared_inputs_are_met_once),
      cmocka_unit_test(every_failed_allocation_is_clean),
  };
  return cmocka_run_group_tests_name("lineage", tests, NULL, NULL);
}
