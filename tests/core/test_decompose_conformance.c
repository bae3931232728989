/* STL, MSTL, the super smoother and classical decomposition against R. */
#include "conformance.h"
#include "numeric/classical.h"
#include "numeric/mstl.h"
#include "numeric/summary.h"

static jv_ctx cx;

/* Deterministic quantities: the reference's tolerance. */
#define TOLERANCE 1e-6

static void check_list(const reference *r, const cJSON *want, const double *got, const char *what,
                       double scale) {
  size_t n;
  double *list = conformance_list(want, &n);
  assert_int_equal(n, r->n);
  for (size_t t = 0; t < n; t++)
    if (!(isnan(list[t]) && isnan(got[t])) &&
        !(fabs(got[t] - list[t]) <= TOLERANCE * fmax(fabs(list[t]), scale)))
      fail_msg("%s, %s at %zu: got %.17g, want %.17g", r->name, what, t + 1, got[t], list[t]);
  free(list);
}

/* y, with the reference's own filling where values are missing. The caller frees. */
static double *complete_values(const reference *r) {
  size_t n;
  const cJSON *cleaning = conformance_get(r->json, "cleaning");
  double *y = conformance_list(conformance_get(cleaning, "na.interp"), &n);
  if (n == r->n) return y;
  free(y);
  return conformance_list(conformance_get(r->json, "values"), &n);
}

static bool is_constant(const reference *r) {
  for (size_t t = 1; t < r->n; t++)
    if (r->y[t] != r->y[0]) return false;
  return true;
}

/* ---- STL ---- */

static jv_stl_options options_of(const char *block) {
  jv_stl_options opt;
  jv_option_defaults(jv_stl_option_rows, &opt);
  if (strncmp(block, "periodic", 8) == 0) opt.window.choice = JV_STL_PERIODIC;
  opt.robust = strstr(block, "robust") != NULL;
  if (strncmp(block, "s7", 2) == 0) opt.window.number = 7;
  if (strcmp(block, "s13_t21") == 0) {
    opt.window.number = 13;
    opt.t_window = 21;
  }
  return opt;
}

static void check_settings(const reference *r, const cJSON *block, const jv_stl_options *opt) {
  jv_stl_options s = jv_stl_settings(opt, r->n, r->m);
  const cJSON *win = conformance_get(block, "win"), *jump = conformance_get(block, "jump");
  const cJSON *deg = conformance_get(block, "deg");
  const int ours[] = {(int)s.window.number, s.t_window, s.l_window, s.s_jump, s.t_jump, s.l_jump,
                      s.s_degree,           s.t_degree, s.l_degree};
  for (size_t i = 0; i < 9; i++)
    assert_true(ours[i] == conformance_at(i < 3 ? win : i < 6 ? jump : deg, i % 3));
  assert_true(s.inner == conformance_number(block, "inner"));
  assert_true(s.outer == conformance_number(block, "outer"));
}

static void check_stl(const reference *r, const double *y, const cJSON *block) {
  jv_stl_options opt = options_of(block->string);
  double *out = malloc(4 * r->n * sizeof *out), *weights = out + 3 * r->n;
  check_settings(r, block, &opt);
  assert_ok(&cx, jv_stl(&cx, y, r->n, r->m, &opt, out, out + r->n, out + 2 * r->n, weights));
  check_list(r, conformance_get(block, "seasonal"), out, block->string, r->size);
  check_list(r, conformance_get(block, "trend"), out + r->n, block->string, r->size);
  check_list(r, conformance_get(block, "remainder"), out + 2 * r->n, block->string, r->size);
  check_list(r, conformance_get(block, "weights"), weights, block->string, 1);
  free(out);
}

/* R's robust scale for an even number of observations is not six medians (numeric/stl.c, settled by
 * the law in test_stl.c); the weights of a constant are those of rounding noise. */
static bool is_case(const reference *r, const cJSON *block) {
  if (!cJSON_IsObject(block)) return false;
  return !strstr(block->string, "robust") || (r->n % 2 == 1 && !is_constant(r));
}

static size_t stl_blocks, odd_blocks;

static void check_stl_blocks(const reference *r) {
  const cJSON *stl = conformance_get(r->json, "stl"), *block;
  if (!stl) return;
  double *y = complete_values(r);
  cJSON_ArrayForEach(block, stl) {
    if (!is_case(r, block)) continue;
    check_stl(r, y, block);
    stl_blocks++;
    if (strstr(block->string, "robust")) odd_blocks++;
  }
  free(y);
}

static void stl_agrees(void **state) {
  (void)state;
  conformance_run("decompose.json", check_stl_blocks);
  assert_true(stl_blocks >= 10 && odd_blocks >= 4);
}

/* ---- MSTL, and the super smoother of series without season ---- */

static void check_mstl(const reference *r) {
  const cJSON *block = conformance_get(r->json, "mstl");
  if (!block) return;
  jv_mstl *d;
  assert_ok(&cx, jv_mstl_new(&cx, r->y, r->n, &r->m, 1, NULL, &d));
  char name[32];
  snprintf(name, sizeof name, "Seasonal%zu", r->m);
  const cJSON *seasonal = conformance_get(block, name);
  assert_int_equal(d->n_periods, seasonal ? 1 : 0);
  /* with gaps: their filling rests on R's robust scale, which is another for even n */
  if (jv_summary_count(r->y, r->n) == r->n || r->n % 2 == 1) {
    check_list(r, conformance_get(block, "Trend"), d->trend, "mstl trend", r->size);
    if (seasonal) check_list(r, seasonal, d->seasonal, "mstl season", r->size);
    check_list(r, conformance_get(block, "Remainder"), d->remainder, "mstl remainder", r->size);
  }
  jv_mstl_free(&cx, d);
  double *y = complete_values(r);
  assert_ok(&cx, jv_mstl_new(&cx, y, r->n, &r->m, 1, NULL, &d));
  check_list(r, conformance_get(block, "Trend"), d->trend, "mstl trend", r->size);
  if (seasonal) check_list(r, seasonal, d->seasonal, "mstl season", r->size);
  jv_mstl_free(&cx, d);
  free(y);
}

static void mstl_agrees(void **state) {
  (void)state;
  assert_true(conformance_run("decompose.json", check_mstl) >= 6);
}

/* ---- classical ---- */

static void check_classical(const reference *r) {
  const cJSON *blocks = conformance_get(r->json, "decompose");
  static const char *const names[] = {"additive", "multiplicative"};
  if (!blocks) return;
  double *y = complete_values(r), *out = malloc(3 * r->n * sizeof *out);
  for (int k = 0; k < 2; k++) {
    const cJSON *block = conformance_get(blocks, names[k]);
    assert_ok(&cx, jv_classical(&cx, y, r->n, r->m, k == 1, out, out + r->n, out + 2 * r->n));
    check_list(r, conformance_get(block, "seasonal"), out, names[k], k ? 1 : r->size);
    check_list(r, conformance_get(block, "trend"), out + r->n, names[k], r->size);
    check_list(r, conformance_get(block, "random"), out + 2 * r->n, names[k], k ? 1 : r->size);
  }
  free(out);
  free(y);
}

static void classical_agrees(void **state) {
  (void)state;
  assert_true(conformance_run("decompose.json", check_classical) >= 6);
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stl_agrees),
      cmocka_unit_test(mstl_agrees),
      cmocka_unit_test(classical_agrees),
  };
  return cmocka_run_group_tests_name("decompose_conformance", tests, NULL, NULL);
}
