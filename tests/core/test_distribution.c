/* core/numeric/distribution.c against values to 17 digits (mpmath 1.3 with 40 digits: regularized
 * incomplete beta and gamma, and roots of them), and against closed forms and symmetries. */
#include "testing.h"
#include "numeric/distribution.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
/* Digits lost: the logarithm of a tail 1e-20 carries 46 units of its own rounding. */
#define TOLERANCE 2e-13
/* A relative tolerance also for tiny values. */
#define RELATIVE 1e-300

/* p, df, t */
static const double student_quantiles[][3] = {
    {1e-20, 0.3, -1.3958120070683056e+65},    {0.025, 0.3, -6582.0356994007758},
    {1e-05, 0.7, -2617507.3653890779},        {0.2, 0.7, -1.758826731403459},
    {0.3, 1.5, -0.6517954826023571},          {1e-300, 2.5, -8.7654378822799919e+119},
    {0.025, 2.5, -3.5746548420036831},        {0.499999, 3.0, -2.7206990462830085e-6},
    {0.6, 3.0, 0.27667066233268985},          {0.025, 5.0, -2.5705818356363155},
    {0.9, 5.0, 1.4758840488244813},           {1e-20, 10.0, -256.43469931852619},
    {0.025, 10.0, -2.2281388519862747},       {0.3, 30.0, -0.53001900390650451},
    {0.9, 100.5, 1.29003207221386},           {0.025, 10000.0, -1.9602012398906262},
    {0.025, 10000000.0, -1.9599642217672055},
};

/* t, df, P(T < t) */
static const double student_cdfs[][3] = {
    {-40, 0.3, 0.11556416301501271},           {-2.5, 0.3, 0.26444271960917246},
    {-1e-05, 0.3, 0.49999770680747166},        {0.7, 0.3, 0.62718845561675101},
    {-40, 1, 0.0079560899120258133},           {-2.5, 1, 0.1211189415908434},
    {-1e-05, 1, 0.49999681690113827},          {0.7, 1, 0.69440011221421478},
    {-40, 2.5, 7.0978171452466915e-5},         {-2.5, 2.5, 0.052284981539077694},
    {-1e-05, 2.5, 0.49999638191275979},        {0.7, 2.5, 0.72829752840522596},
    {-40, 5, 9.2059810858864772e-8},           {-2.5, 5, 0.027245049671188121},
    {-1e-05, 5, 0.49999620393310185},          {0.7, 5, 0.74242552584259178},
    {-40, 30, 6.8630225972032014e-28},         {-2.5, 30, 0.0090578245340333471},
    {-1e-05, 30, 0.49999604367815113},         {0.7, 30, 0.75533977825016423},
    {-2.5, 10000.0, 0.0062176097752918484},    {-1e-05, 10000.0, 0.49999601067693038},
    {0.7, 10000.0, 0.75802820590994177},       {-2.5, 10000000.0, 0.0062096732682892351},
    {-1e-05, 10000000.0, 0.49999601057729579}, {0.7, 10000000.0, 0.75803633963490581},
};

/* x, df, P(X > x) */
static const double chi_square_uppers[][3] = {
    {0.005, 0.5, 0.75342623436596988},       {0.45, 0.5, 0.27231809720821329},
    {1.25, 0.5, 0.12311426003660966},        {0.01, 1, 0.92034432544594204},
    {0.9, 1, 0.34278171114791139},           {2.5, 1, 0.11384629800665805},
    {0.03, 3, 0.99863039481880868},          {2.7, 3, 0.44022729436023105},
    {7.5, 3, 0.057558451972636407},          {0.1, 10, 0.99999999750204866},
    {9.0, 10, 0.53210357637471548},          {25.0, 10, 0.0053455054871340643},
    {1.0050000000000001, 100.5, 1.0},        {90.45, 100.5, 0.75381193713717241},
    {251.25, 100.5, 6.6963679014058217e-15}, {100.0, 10000.0, 1.0},
    {9000.0, 10000.0, 0.99999999999987302},
};

/* x, df1, df2, P(X > x) */
static const double f_uppers[][4] = {
    {0.1, 1, 1, 0.80501777095786335},
    {1, 1, 1, 0.5},
    {4, 1, 1, 0.29516723530086655},
    {0.1, 1, 8, 0.75992296834873903},
    {1, 1, 8, 0.34659350708733425},
    {4, 1, 8, 0.080516237957262671},
    {0.1, 1, 100000.0, 0.75183029406637912},
    {1, 1, 100000.0, 0.31731292756411002},
    {4, 1, 100000.0, 0.045502963457506463},
    {0.1, 5, 1, 0.97496898418154705},
    {1, 5, 1, 0.63678253235087737},
    {4, 5, 1, 0.36170112835907099},
    {0.1, 5, 8, 0.98934221879182768},
    {1, 5, 8, 0.47481340311813219},
    {4, 5, 8, 0.04079744100990934},
    {0.1, 5, 100000.0, 0.99212306438346213},
    {1, 5, 100000.0, 0.41588628891394389},
    {4, 5, 100000.0, 0.0012506487604172478},
    {0.1, 31.5, 1, 0.99654697038393906},
    {1, 31.5, 1, 0.67506916612415588},
    {4, 31.5, 1, 0.37944980348663374},
    {0.1, 31.5, 8, 0.99999916783317117},
    {1, 31.5, 8, 0.54460639244946866},
    {4, 31.5, 8, 0.022832320557081547},
    {0.1, 31.5, 100000.0, 0.99999999997184588},
    {1, 31.5, 100000.0, 0.4664976151574106},
    {4, 31.5, 100000.0, 3.0432730790515469e-13},
};

/* p, z */
static const double normal_quantiles[][2] = {
    {1e-300, -37.047096299361199}, {1e-20, -9.2623400897984076}, {1e-08, -5.6120012441747887},
    {0.001, -3.0902323061678135},  {0.025, -1.9599639845400542}, {0.07, -1.4757910281791707},
    {0.08, -1.4050715603096325},   {0.3, -0.52440051270804082},  {0.51, 0.025068908258711058},
    {0.8, 0.84162123357291436},    {0.975, 1.9599639845400539},  {0.9999999999, 6.3613408896974219},
};

static void student_quantiles_are_exact(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(student_quantiles); i++) {
    const double *row = student_quantiles[i];
    assert_near(jv_student_quantile(row[0], row[1]), row[2], TOLERANCE, RELATIVE);
  }
  /* closed forms: Cauchy, and t = (2p - 1) / sqrt(2 p (1 - p)) for two degrees of freedom */
  assert_near(jv_student_quantile(0.75, 1), 1, 1e-15, 1);
  assert_near(jv_student_quantile(0.9, 2), 0.8 / sqrt(0.18), 1e-15, 1);
  /* the general path meets them from both sides */
  assert_near(jv_student_quantile(0.9, 2 + 1e-12), jv_student_quantile(0.9, 2), 1e-11, 1);
  assert_true(jv_student_quantile(0.975, INFINITY) == jv_normal_quantile(0.975));
  /* first term of the expansion in 1/df; the next is of order 1e-19 */
  double z = jv_normal_quantile(0.975);
  assert_near(jv_student_quantile(0.975, 3e9), z + z * (z * z + 1) / 12e9, 1e-15, 1);
}

static void student_tails_agree(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(student_cdfs); i++) {
    const double *row = student_cdfs[i];
    assert_near(jv_student_cdf(row[0], row[1]), row[2], TOLERANCE, RELATIVE);
    assert_near(jv_student_upper(-row[0], row[1]), row[2], TOLERANCE, RELATIVE);
    assert_near(jv_student_cdf(row[0], row[1]) + jv_student_upper(row[0], row[1]), 1, 1e-15, 1);
  }
  assert_near(jv_student_cdf(1, 1), 0.75, 1e-15, 1);
  assert_true(jv_student_cdf(0, 7) == 0.5);
  assert_true(jv_student_cdf(INFINITY, 7) == 1 && jv_student_cdf(-INFINITY, 7) == 0);
  assert_near(jv_student_density(0, 1), 0.31830988618379067, 1e-15, 1);
  assert_near(jv_student_density(2, INFINITY), jv_normal_density(2), 1e-15, 1);
}

static void student_quantile_inverts_the_cdf(void **state) {
  (void)state;
  for (double df = 0.5; df < 1e6; df *= 3.7)
    for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 10 : p + 0.07)
      assert_near(jv_student_cdf(jv_student_quantile(p, df), df), p, 1e-12, RELATIVE);
}

static void chi_square_and_f_tails_agree(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(chi_square_uppers); i++) {
    const double *row = chi_square_uppers[i];
    assert_near(jv_chi_square_upper(row[0], row[1]), row[2], TOLERANCE, RELATIVE);
  }
  for (size_t i = 0; i < COUNT(f_uppers); i++) {
    const double *row = f_uppers[i];
    assert_near(jv_f_upper(row[0], row[1], row[2]), row[3], TOLERANCE, RELATIVE);
  }
  /* exponential tail for two degrees of freedom; F(1, n) is t(n) squared */
  assert_near(jv_chi_square_upper(7, 2), exp(-3.5), 1e-15, RELATIVE);
  assert_near(jv_f_upper(4, 1, 9), 2 * jv_student_upper(2, 9), 1e-14, RELATIVE);
  assert_near(jv_incomplete_gamma(3, 2, 0) + jv_incomplete_gamma(3, 2, 1), 1, 1e-15, 1);
}

static void normal_quantiles_are_exact(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(normal_quantiles); i++) {
    const double *row = normal_quantiles[i];
    assert_near(jv_normal_quantile(row[0]), row[1], 4e-16, RELATIVE);
    assert_near(jv_normal_cdf(row[1]), row[0], 2e-13, RELATIVE);
  }
  assert_true(jv_normal_quantile(0.5) == 0);
  assert_near(jv_normal_cdf(1.9599639845400545), 0.975, 1e-15, 1);
  assert_near(jv_normal_upper(10), 7.6198530241605261e-24, 1e-14, RELATIVE);
}

static void quantiles_rise_and_mirror(void **state) {
  (void)state;
  double last = -INFINITY, last_t = -INFINITY;
  for (int i = 1; i < 4000; i++) {
    double p = i / 4000.0, z = jv_normal_quantile(p), t = jv_student_quantile(p, 4.5);
    assert_true(z > last && t > last_t);
    if (i <= 2000 && i % 125 == 0) assert_true(z == -jv_normal_quantile(1 - p)); /* exact p */
    last = z;
    last_t = t;
  }
}

static void outside_the_domain_is_nan(void **state) {
  (void)state;
  assert_true(isnan(jv_normal_quantile(-0.1)) && isnan(jv_normal_quantile(1.1)));
  assert_true(isnan(jv_normal_quantile(NAN)) && isnan(jv_normal_cdf(NAN)));
  assert_true(jv_normal_quantile(0) == -INFINITY && jv_normal_quantile(1) == INFINITY);
  assert_true(jv_student_quantile(0, 3) == -INFINITY && jv_student_quantile(1, 3) == INFINITY);
  assert_true(isnan(jv_student_quantile(0.5, 0)) && isnan(jv_student_quantile(NAN, 3)));
  assert_true(isnan(jv_student_cdf(1, -1)) && isnan(jv_student_cdf(NAN, 1)));
  assert_true(isnan(jv_chi_square_upper(1, 0)) && jv_chi_square_upper(-1, 2) == 1);
  assert_true(isnan(jv_f_upper(1, 2, 0)) && jv_f_upper(0, 2, 2) == 1);
  assert_true(jv_f_upper(INFINITY, 2, 2) == 0 && jv_chi_square_upper(INFINITY, 2) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(student_quantiles_are_exact),
      cmocka_unit_test(student_tails_agree),
      cmocka_unit_test(student_quantile_inverts_the_cdf),
      cmocka_unit_test(chi_square_and_f_tails_agree),
      cmocka_unit_test(normal_quantiles_are_exact),
      cmocka_unit_test(quantiles_rise_and_mirror),
      cmocka_unit_test(outside_the_domain_is_nan),
  };
  return cmocka_run_group_tests_name("distribution", tests, NULL, NULL);
}
