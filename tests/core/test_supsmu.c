/* The super smoother: what it keeps, what it refuses, and R's answers in the trend of mstl. */
#include "conformance.h"
#include "numeric/supsmu.h"

static jv_ctx cx;

static void a_line_is_kept(void **state) {
  (void)state;
  double y[60], s[60];
  for (size_t i = 0; i < 60; i++) y[i] = 3 - 0.25 * (double)i;
  for (double bass = 0; bass <= 10; bass += 5) {
    assert_ok(&cx, jv_supsmu(&cx, NULL, y, 60, 0, bass, s));
    for (size_t i = 0; i < 60; i++) assert_near(s[i], y[i], 1e-12, 15);
  }
}

/* Adding a line to the data adds it to the result; a factor scales it. */
static void is_equivariant(void **state) {
  (void)state;
  double y[80], z[80], a[80], b[80];
  for (size_t i = 0; i < 80; i++) {
    y[i] = sin((double)i / 7) + 0.3 * sin((double)(i * i));
    z[i] = 5 * y[i] + 2 - 0.1 * (double)i;
  }
  assert_ok(&cx, jv_supsmu(&cx, NULL, y, 80, 0, 0, a));
  assert_ok(&cx, jv_supsmu(&cx, NULL, z, 80, 0, 0, b));
  for (size_t i = 0; i < 80; i++) assert_near(b[i], 5 * a[i] + 2 - 0.1 * (double)i, 1e-8, 5);
}

/* A fixed span is the least-squares line of the window, computed here from its definition. */
static void a_fixed_span_is_local_least_squares(void **state) {
  (void)state;
  enum { N = 21, HALF = 3 };
  double x[N], y[N], s[N];
  for (size_t i = 0; i < N; i++) {
    x[i] = (double)i + 0.3 * sin((double)i);
    y[i] = cos((double)(3 * i));
  }
  assert_ok(&cx, jv_supsmu(&cx, x, y, N, 6.0 / N, 0, s));
  for (size_t j = 0; j < N; j++) {
    size_t from = j < HALF ? 0 : j + HALF >= N ? N - 2 * HALF - 1 : j - HALF;
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (size_t i = from; i <= from + 2 * HALF; i++) mx += x[i] / 7, my += y[i] / 7;
    for (size_t i = from; i <= from + 2 * HALF; i++) {
      xx += (x[i] - mx) * (x[i] - mx);
      xy += (x[i] - mx) * (y[i] - my);
    }
    assert_near(s[j], my + xy / xx * (x[j] - mx), 1e-12, 1);
  }
}

static void equal_places_share_a_value(void **state) {
  (void)state;
  double x[] = {1, 1, 2, 2, 2, 3, 4, 5, 5, 6}, y[] = {0, 2, 1, 5, 3, 4, 2, 7, 8, 6}, s[10];
  assert_ok(&cx, jv_supsmu(&cx, x, y, 10, 0, 0, s));
  assert_near(s[0], s[1], 0, 0);
  assert_near(s[2], s[4], 0, 0);
  double level[] = {2, 2, 2}, z[] = {1, 2, 6};
  assert_ok(&cx, jv_supsmu(&cx, level, z, 3, 0, 0, s));
  for (size_t i = 0; i < 3; i++) assert_near(s[i], 3, 1e-12, 1);
}

static void refuses_what_it_cannot_smooth(void **state) {
  (void)state;
  double y[] = {1, NAN, 3}, x[] = {3, 2, 1}, s[3];
  assert_fails(&cx, jv_supsmu(&cx, NULL, y, 3, 0, 0, s), JV_EDATA, "point 2 of 3");
  assert_fails(&cx, jv_supsmu(&cx, NULL, y, 0, 0, 0, s), JV_EDATA, "needs values");
  assert_fails(&cx, jv_supsmu(&cx, x, x, 3, 0, 0, s), JV_EINVAL, "ascend");
  assert_fails(&cx, jv_supsmu(&cx, NULL, x, 3, 2, 0, s), JV_EINVAL, "span");
  assert_fails(&cx, jv_supsmu(&cx, NULL, x, 3, 0, NAN, s), JV_EINVAL, "bass");
}

static jv_status smooth_some(jv_ctx *c) {
  double y[] = {1, 4, 2, 8, 5, 7}, s[6];
  return jv_supsmu(c, NULL, y, 6, 0, 0, s);
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(smooth_some, 5);
}

/* R's mstl of a series without season is its supsmu. The sums of the windows are updated in another
 * order than there, which leaves 1e-9. */
static void check_mstl(const reference *r) {
  const cJSON *block = conformance_get(r->json, "mstl"), *trend = conformance_get(block, "Trend");
  size_t n;
  for (size_t i = 0; i < r->n; i++)
    if (isnan(r->y[i])) return;
  if (!trend || r->m > 1) return;
  double *want = conformance_list(trend, &n), *got = malloc((r->n + 1) * sizeof *got);
  assert_int_equal(n, r->n);
  assert_ok(&cx, jv_supsmu(&cx, NULL, r->y, n, 0, 0, got));
  for (size_t i = 0; i < n; i++) assert_near(got[i], want[i], 1e-8, r->size);
  free(want);
  free(got);
}

static void agrees_with_the_reference(void **state) {
  (void)state;
  conformance_run("stats/answers.json", check_mstl);
}

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_kept),
      cmocka_unit_test(is_equivariant),
      cmocka_unit_test(a_fixed_span_is_local_least_squares),
      cmocka_unit_test(equal_places_share_a_value),
      cmocka_unit_test(refuses_what_it_cannot_smooth),
      cmocka_unit_test(survives_starvation),
      cmocka_unit_test(agrees_with_the_reference),
  };
  return cmocka_run_group_tests_name("supsmu", tests, start, NULL);
}
