/* Inside the ets family: recursions, their derivatives, start values. Not for other files. */
#ifndef JV_MODEL_ETS_ENGINE_H
#define JV_MODEL_ETS_ENGINE_H

#include "model/ets.h"
#include "numeric/minimise.h"

/* Loops are written once, with what varies as constant arguments, and inlined into each use. */
#define JV_ETS_INLINE static inline __attribute__((always_inline))

/* Twins of a function for wider registers, chosen when the program is loaded. They give the same
 * bits: nothing is fused or reordered. Sanitizers cannot run the choosing. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define JV_ETS_PROCESSORS __attribute__((target_clones("avx2", "default")))
#else
#define JV_ETS_PROCESSORS
#endif

/* A filter at some moment. ring holds m seasonal states; the next observation's is ring[at]. */
typedef struct jv_ets_run {
  jv_ets_form form;
  jv_ets_par par;
  double level, slope;
  double *ring;
  size_t m, at;
  bool conventional; /* Holt's and Winters' recursions: see ets_simple.c */
} jv_ets_run;

/* Moves the run over n observations; f gets the one-step means. NaN in y is a missing one. */
void jv_ets_filter(jv_ets_run *run, const double *y, size_t n, double *f);

/* The same by the conventional recursions, and their weights as those of ets.h, which move alike but
 * for multiplicative seasons (ets_simple.c). */
void jv_ets_conventional(jv_ets_run *run, const double *y, size_t n, double *f);
jv_ets_par jv_ets_from_conventional(jv_ets_form form, jv_ets_par par);

/* Half the concentrated deviance, -loglik; *sse and *logs (sum log|f|, multiplicative errors only)
 * are its parts; n_used observations are not NaN. Not finite where it does not exist. */
double jv_ets_half_deviance(jv_ets_kind error, const double *y, const double *f, size_t n,
                            double *sse, double *logs, size_t *n_used);

/* Perfect fits have no likelihood; the sum of squares is held above this share of the data's. */
double jv_ets_floor(double sse, double size);

/* States in the order of ets.h, to and from a run (at = 0 on the way in). */
void jv_ets_run_set(jv_ets_run *run, const double *states);
void jv_ets_run_get(const jv_ets_run *run, double *states);

/* ---- derivatives (ets_slope.c)
 *
 * A row of lanes for each observation holds the derivative of f by each coordinate: alpha, beta,
 * gamma, phi, level, slope, ring[0] ... ring[m-2] (ring[m-1] is what makes the seasons sum to 0,
 * or to m when they are factors), then two columns of weights. Lanes come in fours, for vector registers. */
enum { JV_ETS_LANE_LEVEL = 4, JV_ETS_LANE_SLOPE = 5, JV_ETS_LANE_SEASON = 6, JV_ETS_CHUNK = 32 };

typedef struct jv_ets_slopes {
  size_t lanes, weights;          /* lanes a row; the lane of the first weight column */
  double *level, *slope, *season; /* derivatives of the states: lanes, lanes, m * lanes */
  double *rows;                   /* JV_ETS_CHUNK * lanes */
  double *gram;                   /* lanes * lanes, upper blocks */
  bool proxy; /* multiplicative errors as e / y instead of e / f: no poles where f = 0 */
} jv_ets_slopes;

size_t jv_ets_count_lanes(jv_ets_form form, size_t m);

/* One pass: f as in jv_ets_filter, and gram = sum over observations of row' row, where
 *   additive error:        row = (f_p, ..., e, 0)
 *   multiplicative error:  row = (f_p / f, ..., r (1 + r), 1),  r = e / f
 *   the same by proxy:     row = (f_p / y, ..., e / y, 0)
 * Missing observations have no row. */
void jv_ets_expand(jv_ets_run *run, jv_ets_slopes *slopes, const double *y, size_t n, double *f);

/* Gram, sse and half deviance (of the proxy, if it is asked for) in one pass, for forms without
 * season and without multiplicative trend and series without gaps; size = sum y^2. */
bool jv_ets_is_plain(jv_ets_form form);
double jv_ets_expand_plain(const jv_ets_run *run, jv_ets_slopes *slopes, const double *y, size_t n,
                           double size, double *sse);

/* Four sets of parameters of a plain form, each with its best level and slope to begin with: those of
 * least squares of e, or of e / y when errors are relative. out[0].level and .slope say where to look
 * from; half is half the deviance there, at least nearly. */
typedef struct jv_ets_profile {
  double sse, level, slope, half;
} jv_ets_profile;
void jv_ets_profile_four(jv_ets_form form, const jv_ets_par par[4], const double *y, size_t n,
                         jv_ets_profile out[4]);

/* ---- start values (ets_start.c) */

/* Level, slope and seasons before y[0] by regression; run->form says which are wanted. */
void jv_ets_guess_states(jv_ets_run *run, const double *y, size_t n);

/* ---- the likelihood as an objective (ets_problem.c)
 *
 * Coordinates: x = (alpha, u, v, phi, level, slope, ring[0] ... ring[m-2]), of which u and v place
 * beta and gamma between their bounds, so that the region is a box (x[0] does so for alpha in the
 * admissible region of damped forms). y is scaled by the caller. */
typedef struct jv_ets_problem {
  const double *y;
  size_t n, m, n_used;
  double size; /* sum y^2 */
  jv_ets_form form;
  jv_ets_par given;
  jv_ets_bounds bounds;
  size_t k; /* coordinates of this form */
  jv_ets_run run;
  jv_ets_slopes slopes;
  double *f, *x, *best, *lower, *upper, *scratch;
  size_t evaluations, expansions;
  double *block; /* holds all of the above */
} jv_ets_problem;

jv_status jv_ets_problem_init(jv_ctx *cx, const double *y, size_t n, size_t m,
                              const jv_ets_request *request, jv_ets_problem *p);
void jv_ets_problem_clear(jv_ctx *cx, jv_ets_problem *p);
/* Sets the form, its coordinates and its box. */
void jv_ets_problem_form(jv_ets_problem *p, jv_ets_form form);
/* x[0] of alpha at this phi. */
double jv_ets_problem_share(const jv_ets_problem *p, double alpha, double phi);
jv_ets_par jv_ets_problem_par(const jv_ets_problem *p, const double *x);
/* States of a run into coordinates; and the run that coordinates stand for, its ring the problem's. */
void jv_ets_problem_states(jv_ets_problem *p, const jv_ets_run *run, double *x);
jv_ets_run jv_ets_problem_run(jv_ets_problem *p, const double *x);
/* Is p->run in the region, with states that the form can have? */
bool jv_ets_problem_inside(const jv_ets_problem *p);
jv_objective jv_ets_problem_objective(jv_ets_problem *p);
double jv_ets_problem_value(jv_ets_problem *p, const double *x);
/* The likelihood's own value whatever slopes.proxy says; leaves the one-step means in p->f. */
double jv_ets_problem_likelihood(jv_ets_problem *p, const double *x);

/* Half deviance, gradient and curvature at p->run by alpha, beta, gamma, phi and its states; the run
 * is moved. */
double jv_ets_problem_curvature(jv_ets_problem *p, double *g, double *h);

bool jv_ets_same_form(jv_ets_form a, jv_ets_form b);

/* ---- the admissible region (ets_form.c) */

/* Largest root of the characteristic polynomial inside the unit circle (ch. 10). */
bool jv_ets_is_stable(jv_ets_form form, jv_ets_par par, size_t m);

#endif
