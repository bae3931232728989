/* The search for one ETS form, and what the choice among forms knows of it. Inside the ets family. */
#ifndef JV_MODEL_ETS_SEARCH_H
#define JV_MODEL_ETS_SEARCH_H

#include "model/ets_engine.h"

typedef struct jv_ets_candidate {
  jv_ets_form form;
  double half;      /* -loglik of the scaled series; infinite: not found */
  double criterion; /* of the scaled series */
  double handicap;  /* added to it in the choice */
  double *x;        /* coordinates, see jv_ets_problem */
  bool converged, given_up, biased;
} jv_ets_candidate;

/* A point from which a search may go on. */
typedef struct jv_ets_seed {
  double value, *x;
  bool arrived; /* at a maximum */
} jv_ets_seed;

enum { JV_ETS_MAX_SEEDS = 16 };

typedef struct jv_ets_search {
  jv_ctx *cx;
  const jv_ets_request *request;
  jv_ets_problem p;
  jv_ets_run guess; /* start states of the form in hand */
  double *scaled, *guess_ring, *room;
  jv_ets_candidate candidates[JV_ETS_MAX_FORMS];
  jv_ets_seed seeds[JV_ETS_MAX_SEEDS];
  size_t n_candidates, n_seeds;
  int exponent;  /* scaled = y / 2^exponent */
  bool positive; /* no y <= 0 */
} jv_ets_search;

/* Scales y and makes room. Errors: JV_ENOMEM; cleared either way by jv_ets_search_clear. */
jv_status jv_ets_search_init(jv_ctx *cx, const jv_ets_request *request, const double *y, size_t n,
                             size_t m, jv_ets_search *out);
void jv_ets_search_clear(jv_ets_search *search);

/* A new candidate, not yet searched. */
jv_ets_candidate *jv_ets_search_add(jv_ets_search *search, jv_ets_form form);

/* Criterion at half = -loglik; infinite when the series is too short for it. */
double jv_ets_criterion_at(const jv_ets_search *search, jv_ets_form form, double half);

/* From every start: for a form asked for by name. */
jv_status jv_ets_search_all(jv_ets_search *search, jv_ets_candidate *c);

/* From the most promising starts, among them what was found for related forms; given up where it
 * cannot come under `target` in the criterion. */
jv_status jv_ets_search_some(jv_ets_search *search, jv_ets_candidate *c, double target);

/* Where the request has another target than the likelihood: on to its minimum, from what was found and
 * from some starts. half and criterion become those of the likelihood there. */
jv_status jv_ets_search_aim(jv_ets_search *search, jv_ets_candidate *c);

/* The chosen one once more, to the tolerance of a form asked for by name. */
jv_status jv_ets_search_finish(jv_ets_search *search, jv_ets_candidate *c);

#endif
