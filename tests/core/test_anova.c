/* One-way analysis of variance: NIST's files, a sum by hand, missing values, bad input. */
#include "testing.h"
#include "numeric/anova.h"

enum { MOST = 20000, LINE = 512 };

typedef struct problem {
  double y[MOST], certified[6]; /* SSB, MSB, F, SSW, MSW, r2 */
  size_t group[MOST], n, groups;
  double sigma;
} problem;

static jv_ctx cx;

static double lre(double got, double want) {
  double digits = got == want ? 15 : -log10(fabs(got - want) / fabs(want));
  return digits > 15 ? 15 : digits;
}

/* "Between Treatment   8 1.68E+00 2.1E-01 2.1E+01": k numbers after the degrees of freedom. */
static void read_row(const char *line, double *to, int k) {
  char *end;
  const char *at = line + strcspn(line, "0123456789");
  strtod(at, &end);
  for (int i = 0; i < k; i++) to[i] = strtod(end, &end);
}

static bool read_problem(const char *folder, const char *name, problem *p) {
  char path[512], line[LINE], *end;
  snprintf(path, sizeof path, "%s/%s.dat", folder, name);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  p->n = p->groups = 0;
  for (int number = 1; fgets(line, sizeof line, file); number++) {
    const char *at = line;
    if (strncmp(line, "Between", 7) == 0) read_row(line, p->certified, 3);
    if (strncmp(line, "Within", 6) == 0) read_row(line, p->certified + 3, 2);
    if (strstr(line, "Certified R-Squared"))
      p->certified[5] = strtod(strstr(line, "Squared") + 7, NULL);
    if (strstr(line, "Standard Deviation")) p->sigma = strtod(strstr(line, "Deviation") + 9, NULL);
    if (number <= 60 || !strchr(line, '.')) continue;
    for (size_t g = 0;; g++, at = end) {
      double value = strtod(at, &end);
      if (end == at) break;
      p->y[p->n] = value;
      p->group[p->n++] = g;
      if (g + 1 > p->groups) p->groups = g + 1;
    }
  }
  fclose(file);
  return true;
}

/* Tenths are no doubles. With 7 and 13 constant leading digits (SmLs04-06, 07-09) the data reach us
 * rounded by 1e-10 and 1e-4 beside deviations of 0.1, so that sums of squares keep 9 and 3 digits: of
 * those that the doubles have, none is lost. */
static const struct {
  const char *file;
  double floor;
} cases[] = {{"SiRstvt", 12}, {"AtmWtAgt", 8.5}, {"SmLs01t", 13}, {"SmLs02t", 13},
             {"SmLs03t", 13}, {"SmLs04t", 8},    {"SmLs05t", 8},  {"SmLs06t", 8},
             {"SmLs07t", 2},  {"SmLs08t", 2},    {"SmLs09t", 2}};

static void check_file(const char *folder, size_t i) {
  static problem p;
  jv_anova a;
  if (!read_problem(folder, cases[i].file, &p)) return;
  assert_ok(&cx, jv_anova_of(&cx, p.y, p.group, p.n, p.groups, &a));
  const double got[6] = {a.ss_between, a.ms_between, a.f, a.ss_within, a.ms_within, a.r2};
  double least = lre(a.sigma, p.sigma);
  for (size_t k = 0; k < 6; k++) least = fmin(least, lre(got[k], p.certified[k]));
  print_message("# %-9s %4.1f digits\n", cases[i].file, least);
  assert_true(least >= cases[i].floor);
}

static void certified_files_are_met(void **state) {
  (void)state;
  char folder[400];
  const char *shared = getenv("JEVONS_SHARED");
  snprintf(folder, sizeof folder, "%s/data/nist", shared ? shared : "../shared");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check_file("tests/conformance/nist", i);
    check_file(folder, i);
  }
}

static void a_sum_by_hand(void **state) {
  (void)state;
  double y[] = {1, 3, 3, 5, 5, NAN, 7};
  size_t group[] = {0, 0, 1, 1, 3, 3, 3}; /* group 2 is empty */
  jv_anova a;
  assert_ok(&cx, jv_anova_of(&cx, y, group, 7, 4, &a));
  assert_near(a.ss_between, 16, 1e-15, 0);
  assert_near(a.ss_within, 6, 1e-15, 0);
  assert_near(a.f, 4, 1e-15, 0);
  assert_int_equal(a.groups, 3);
  assert_int_equal(a.n, 6);
}

static void refuses(void **state) {
  (void)state;
  double y[] = {1, 2, INFINITY}, flat[] = {1, 1, 1};
  size_t group[] = {0, 1, 1}, one[] = {0, 0, 0};
  jv_anova a;
  assert_fails(&cx, jv_anova_of(&cx, y, group, 3, 2, &a), JV_EDATA, "value 3 is infinite");
  assert_fails(&cx, jv_anova_of(&cx, y, group, 2, 1, &a), JV_EINVAL, "group 2 of 1");
  assert_fails(&cx, jv_anova_of(&cx, y, group, 2, 2, &a), JV_EDATA, "more than 2 values");
  assert_fails(&cx, jv_anova_of(&cx, y, one, 2, 1, &a), JV_EDATA, "two groups");
  assert_fails(&cx, jv_anova_of(&cx, flat, group, 3, 2, &a), JV_EDATA, "the same");
  assert_fails(&cx, jv_anova_of(&cx, y, one, 0, 0, &a), JV_EDATA, "two groups");
}

static jv_status some(jv_ctx *c) {
  double y[] = {1, 2, 3, 5};
  size_t group[] = {0, 0, 1, 1};
  jv_anova a;
  return jv_anova_of(c, y, group, 4, 2, &a);
}

static void survives_starvation(void **state) {
  (void)state;
  testing_starve(some, 5);
}

static int start(void **state) {
  (void)state;
  jv_ctx_init(&cx);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(certified_files_are_met),
      cmocka_unit_test(a_sum_by_hand),
      cmocka_unit_test(refuses),
      cmocka_unit_test(survives_starvation),
  };
  return cmocka_run_group_tests_name("anova", tests, start, NULL);
}
