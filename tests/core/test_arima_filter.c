/* The likelihoods of ARIMA models against the multivariate normal density of short series, written
 * out by its definition; the state filter; recovery of parameters. */
#include "testing.h"
#include "model/arima_estimate.h"
#include "base/rng.h"
#include "model/arima_state.h"

static jv_ctx cx;

enum { MOST = 40, MANY = 4000 };

/* ---- by definition ---- */

/* gamma(0 … n-1) of the model by its psi weights, which are negligible after MANY. */
static void gammas(const jv_arima_order *o, const double *coef, size_t n, double *gamma) {
  static double psi[MANY];
  jv_arma_room *room;
  size_t p = o->p + o->P * o->m, q = o->q + o->Q * o->m;
  assert_ok(&cx, jv_arma_room_new(&cx, p, q, 1, &room));
  jv_arma_set(room, o, coef);
  for (size_t k = 0; k < MANY; k++) {
    psi[k] = k == 0 ? 1 : k <= q ? room->arma.theta[k - 1] : 0;
    for (size_t j = 1; j <= p && j <= k; j++) psi[k] += room->arma.phi[j - 1] * psi[k - j];
  }
  for (size_t k = 0; k < n; k++) {
    gamma[k] = 0;
    for (size_t i = k; i < MANY; i++) gamma[k] += psi[i] * psi[i - k];
  }
  jv_arma_room_free(&cx, room);
}

/* Lower Cholesky factor in place; the sum of the logs of the squared diagonal. */
static double factorise(double *a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      for (size_t l = 0; l < j; l++) a[i * n + j] -= a[i * n + l] * a[j * n + l];
      if (i > j) {
        a[i * n + j] /= a[j * n + j];
      } else {
        assert_true(a[i * n + i] > 0);
        sum += log(a[i * n + i]);
        a[i * n + i] = sqrt(a[i * n + i]);
      }
    }
  return sum;
}

/* The objective of arima_likelihood.h for w ~ N(0, s^2 Omega) at the best s. */
static double by_definition(const jv_arima_order *o, const double *coef, const double *w,
                            size_t n) {
  double gamma[MOST], omega[MOST * MOST], z[MOST], ss = 0;
  gammas(o, coef, n, gamma);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) omega[i * n + j] = gamma[i > j ? i - j : j - i];
  double log_det = factorise(omega, n);
  for (size_t i = 0; i < n; i++) {
    z[i] = w[i];
    for (size_t j = 0; j < i; j++) z[i] -= omega[i * n + j] * z[j];
    z[i] /= omega[i * n + i];
    ss += z[i] * z[i];
  }
  return (double)n / 2 * log(ss) + log_det / 2;
}

static void make_noise(double *y, size_t n, uint64_t seed) {
  jv_rng rng = jv_rng_keyed(seed, NULL, NULL, 0);
  for (size_t t = 0; t < n; t++) y[t] = 3 * jv_rng_normal(&rng) + (t ? 0.5 * y[t - 1] : 0);
}

static const struct {
  jv_arima_order order;
  double coef[6];
} cases[] = {{{.p = 1, .m = 1}, {0.7}},
             {{.q = 1, .m = 1}, {-0.6}},
             {{.q = 1, .m = 1}, {-1}},
             {{.p = 1, .q = 1, .m = 1}, {0.8, 0.4}},
             {{.p = 2, .q = 1, .m = 1}, {1.2, -0.5, 0.9}},
             {{.p = 3, .m = 1}, {0.4, 0.2, -0.3}},
             {{.p = 1, .q = 3, .m = 1}, {-0.5, 0.3, -0.2, 0.6}},
             {{.q = 1, .Q = 1, .m = 4}, {-0.4, -0.7}},
             {{.p = 1, .P = 1, .m = 4}, {0.5, 0.6}},
             {{.p = 1, .q = 1, .P = 1, .Q = 1, .m = 4}, {0.5, -0.3, 0.4, -0.6}},
             {{.P = 2, .Q = 1, .m = 7}, {0.3, 0.2, 0.5}}};
enum { CASES = sizeof cases / sizeof cases[0] };

static void the_exact_filter_is_the_normal_density(void **state) {
  (void)state;
  double y[MOST];
  for (size_t i = 0; i < CASES; i++)
    for (size_t n = 1; n <= 30; n += n < 4 ? 1 : 13) {
      const jv_arima_regressors none = {0};
      jv_arima_data *data;
      jv_arima_problem *p;
      size_t aliased;
      make_noise(y, n, i);
      assert_ok(&cx, jv_arima_data_new(&cx, y, n, &cases[i].order, &none, &aliased, &data));
      assert_ok(&cx, jv_arima_problem_new(&cx, &cases[i].order, data->n, 1, &p));
      jv_arima_problem_set(p, data, &cases[i].order);
      double got = jv_arima_exact(p, cases[i].coef);
      double want = by_definition(&cases[i].order, cases[i].coef, data->w, n);
      assert_near(got, want, 1e-9, 1); /* a few hundred roundings, and the end of psi */
      jv_arima_problem_free(&cx, p);
      jv_arima_data_free(&cx, data);
    }
}

/* Near unit roots the definition itself loses digits; AR(1) has a closed form. */
static void ar1_has_a_closed_form(void **state) {
  (void)state;
  const double phis[] = {-0.9, 0, 0.5, 0.99, 0.999999};
  double y[25];
  make_noise(y, 25, 3);
  for (size_t k = 0; k < 5; k++) {
    const jv_arima_order o = {.p = 1, .m = 1};
    const jv_arima_regressors none = {0};
    jv_arima_data *data;
    jv_arima_problem *p;
    size_t aliased;
    double phi = phis[k], ss;
    assert_ok(&cx, jv_arima_data_new(&cx, y, 25, &o, &none, &aliased, &data));
    assert_ok(&cx, jv_arima_problem_new(&cx, &o, 25, 1, &p));
    jv_arima_problem_set(p, data, &o);
    const double *w = data->w;
    ss = (1 - phi * phi) * w[0] * w[0];
    for (size_t t = 1; t < 25; t++) ss += pow(w[t] - phi * w[t - 1], 2);
    assert_near(jv_arima_exact(p, &phi), 12.5 * log(ss) - log(1 - phi * phi) / 2, 1e-9, 1);
    jv_arima_problem_free(&cx, p);
    jv_arima_data_free(&cx, data);
  }
}

/* ---- regression, differences and gaps ---- */

/* log of the density of the observed y under a start so diffuse (variance 1e6 for each value that
 * differencing takes) that its own part can be taken off: y = A (start, w). */
static double diffuse_loglik(const jv_arima_order *o, const double *coef, const double *y, size_t n,
                             double sigma2) {
  const double wide = 1e6;
  size_t lost = jv_arima_lost(o), left = n - lost, k = 0;
  double gamma[MOST], delta[MOST] = {0}, A[MOST * MOST] = {0}, V[MOST * MOST], z[MOST];
  size_t at[MOST];
  gammas(o, coef, left, gamma);
  jv_arima_state *s;
  assert_ok(&cx, jv_arima_state_blank(&cx, o, coef, &s));
  memcpy(delta, s->delta, lost * sizeof *delta);
  jv_arima_state_free(&cx, s);
  for (size_t t = 0; t < n; t++) {
    A[t * n + t] = 1;
    for (size_t j = 0; j < lost && t >= lost; j++)
      for (size_t c = 0; c < n; c++) A[t * n + c] += delta[j] * A[(t - 1 - j) * n + c];
  }
  for (size_t t = 0; t < n; t++)
    if (!isnan(y[t])) at[k++] = t;
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < k; j++) {
      double sum = 0;
      for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
          double v = a < lost || b < lost ? (a == b ? wide : 0) : gamma[a > b ? a - b : b - a];
          sum += A[at[i] * n + a] * v * A[at[j] * n + b];
        }
      V[i * k + j] = sum * sigma2;
    }
  double log_det = factorise(V, k), ss = 0;
  for (size_t i = 0; i < k; i++) {
    z[i] = y[at[i]];
    for (size_t j = 0; j < i; j++) z[i] -= V[i * k + j] * z[j];
    z[i] /= V[i * k + i];
    ss += z[i] * z[i];
  }
  double pi2 = log(2 * 3.14159265358979323846), start = log(wide * sigma2) + pi2;
  return -0.5 * ((double)k * pi2 + log_det + ss) + 0.5 * (double)lost * start;
}

static void gaps_anywhere_have_the_diffuse_likelihood(void **state) {
  (void)state;
  static const struct {
    jv_arima_order order;
    double coef[3];
    size_t gaps[3];
  } holes[] = {{{.p = 1, .m = 1}, {0.6}, {3, 4, 9}},
               {{.d = 1, .q = 1, .m = 1}, {-0.5}, {5, 6, 12}},
               {{.p = 1, .d = 2, .q = 1, .m = 1}, {0.3, -0.4}, {1, 8, 9}},
               {{.d = 1, .q = 1, .D = 1, .Q = 1, .m = 4}, {-0.4, -0.5}, {2, 7, 13}}};
  for (size_t i = 0; i < sizeof holes / sizeof holes[0]; i++) {
    double y[24];
    const jv_arima_order *o = &holes[i].order;
    const jv_arima_regressors none = {0};
    jv_arima_data *data;
    jv_arima_problem *p;
    size_t aliased;
    make_noise(y, 24, 10 + i);
    for (size_t g = 0; g < 3; g++) y[holes[i].gaps[g]] = NAN;
    assert_ok(&cx, jv_arima_data_new(&cx, y, 24, o, &none, &aliased, &data));
    assert_ok(&cx, jv_arima_problem_new(&cx, o, data->n, data->columns, &p));
    jv_arima_problem_set(p, data, o);
    assert_int_equal(data->n_used, 24 - 3 - jv_arima_lost(o));
    double loglik = jv_arima_loglik(data, jv_arima_exact(p, holes[i].coef));
    double sigma2 = p->ss * data->scale * data->scale / (double)data->n_used;
    /* the start is diffuse but not infinitely so: its variance is 1e6 of the innovations' */
    assert_near(loglik, diffuse_loglik(o, holes[i].coef, y, 24, sigma2), 2e-4, 1);
    jv_arima_problem_free(&cx, p);
    jv_arima_data_free(&cx, data);
  }
}

/* The state filter's innovations are those of the likelihood's recursion. */
static void the_state_says_the_same(void **state) {
  (void)state;
  double y[30], zero[1] = {0};
  for (size_t i = 0; i < CASES; i++) {
    const jv_arima_order *o = &cases[i].order;
    jv_arma_room *room;
    jv_arima_state *s;
    double z[30];
    make_noise(y, 30, 50 + i);
    assert_ok(&cx, jv_arma_room_new(&cx, o->p + o->P * o->m, o->q + o->Q * o->m, 1, &room));
    jv_arma_set(room, o, cases[i].coef);
    assert_true(jv_arma_start(room));
    jv_arma_filter(room, y, 30, 1, z);
    assert_ok(&cx, jv_arima_state_new(&cx, o, cases[i].coef, zero, &s));
    for (size_t t = 0; t < 30; t++) {
      double mean, variance;
      jv_arima_state_step(s, y[t], &mean, &variance);
      assert_near((y[t] - mean) / sqrt(variance), z[t], 1e-9, 10);
    }
    jv_arima_state_free(&cx, s);
    jv_arma_room_free(&cx, room);
  }
}

/* A gap: what is ahead of it is what the filter expects after it, with the same variances. */
static void a_gap_is_a_step_ahead(void **state) {
  (void)state;
  const jv_arima_order o = {.p = 1, .d = 1, .q = 1, .D = 1, .Q = 1, .m = 4};
  const double coef[] = {0.4, -0.6, -0.5};
  double y[40], means[8], variances[8], mean, variance;
  jv_arima_state *s;
  make_noise(y, 40, 77);
  assert_ok(&cx, jv_arima_state_new(&cx, &o, coef, y, &s));
  for (size_t t = 5; t < 40; t++) jv_arima_state_step(s, t == 20 ? NAN : y[t], &mean, &variance);
  jv_arima_state_finish(s);
  jv_arima_state_ahead(s, 8, means, variances);
  for (size_t k = 0; k < 8; k++) {
    jv_arima_state_step(s, NAN, &mean, &variance);
    assert_near(mean, means[k], 1e-10, 1);
    assert_near(variance, variances[k], 1e-10, variances[k]);
  }
  jv_arima_state_free(&cx, s);
}

/* ---- the minimum ---- */

static void parameters_come_back(void **state) {
  (void)state;
  enum { N = 3000 };
  static double y[N], e[N];
  jv_rng rng = jv_rng_keyed(5, NULL, NULL, 0);
  const double phi = 0.6, theta = -0.4, seasonal = 0.5;
  for (size_t t = 0; t < N; t++) { /* (1 - phi B)(y - 7) = (1 + theta B)(1 + seasonal B^4) e */
    e[t] = jv_rng_normal(&rng);
    double v = e[t] + (t ? theta * e[t - 1] : 0);
    if (t >= 4) v += seasonal * e[t - 4];
    if (t >= 5) v += theta * seasonal * e[t - 5];
    y[t] = 7 + v + (t ? phi * (y[t - 1] - 7) : 0);
  }
  const jv_arima_order o = {.p = 1, .q = 1, .Q = 1, .m = 4};
  const jv_arima_regressors reg = {.constant = true};
  const double want[] = {phi, theta, seasonal, 7};
  for (int method = 0; method < 3; method++) {
    jv_arima_estimate *found;
    assert_ok(&cx, jv_arima_estimate_new(&cx, y, N, &o, &reg, (jv_arima_method)method, &found));
    for (size_t i = 0; i < 4; i++) {
      assert_true(found->se[i] > 0.005 && found->se[i] < 0.2);
      assert_true(fabs(found->coef[i] - want[i]) < 4 * found->se[i]);
    }
    assert_near(found->sigma2, 1, 0.1, 1); /* four of its standard errors, sqrt(2 / n) */
    jv_arima_estimate_free(&cx, found);
  }
}

static void partial_autocorrelations_turn_back(void **state) {
  (void)state;
  const jv_arima_order o = {.p = 4, .q = 3, .P = 2, .Q = 1, .m = 12};
  const double x[] = {0.5, -0.9, 0.3, 0.99, -0.2, 0.7, 0.1, 0.4, -0.6, 0.8};
  double coef[10], back[10];
  jv_arima_from_partials(&o, x, coef);
  assert_true(jv_arima_to_partials(&o, coef, back));
  for (size_t i = 0; i < 10; i++) assert_near(back[i], x[i], 1e-12, 1);
  const double outside[] = {1.1};
  const jv_arima_order one = {.p = 1, .m = 1};
  assert_false(jv_arima_to_partials(&one, outside, back));
}

static jv_status estimate_once(jv_ctx *c) {
  double y[20];
  const jv_arima_order o = {.p = 1, .d = 1, .q = 1, .m = 1};
  const jv_arima_regressors reg = {.constant = true};
  jv_arima_estimate *e = NULL;
  make_noise(y, 20, 9);
  y[6] = NAN;
  jv_status status = jv_arima_estimate_new(c, y, 20, &o, &reg, JV_ARIMA_ML, &e);
  jv_arima_estimate_free(c, e);
  return status;
}

static void memory_failures(void **state) {
  (void)state;
  testing_starve(estimate_once, 100);
}

int main(void) {
  jv_ctx_init(&cx);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_exact_filter_is_the_normal_density),
      cmocka_unit_test(ar1_has_a_closed_form),
      cmocka_unit_test(gaps_anywhere_have_the_diffuse_likelihood),
      cmocka_unit_test(the_state_says_the_same),
      cmocka_unit_test(a_gap_is_a_step_ahead),
      cmocka_unit_test(parameters_come_back),
      cmocka_unit_test(partial_autocorrelations_turn_back),
      cmocka_unit_test(memory_failures),
  };
  return cmocka_run_group_tests_name("arima_filter", tests, NULL, NULL);
}
