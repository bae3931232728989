/* Targets of an ETS fit other than the likelihood. Inside the ets family. */
#ifndef JV_MODEL_ETS_TARGET_H
#define JV_MODEL_ETS_TARGET_H

#include "model/ets_engine.h"

typedef struct jv_ets_aim {
  jv_ets_problem *p; /* whose form and box are set, and stay */
  jv_ets_target target;
  size_t steps;
  double delta;               /* rounds off absolute values */
  jv_ets_run *runs;           /* of x, and of x with each coordinate moved */
  double *rings;              /* theirs; holds what follows too */
  double *r, *weight, *slope; /* residuals of each run, weights of steps, derivatives */
  double *moved, *by;
} jv_ets_aim;

/* nmse: steps of JV_ETS_AMSE. Errors: JV_ENOMEM; cleared either way. */
jv_status jv_ets_aim_init(jv_ctx *cx, jv_ets_problem *p, jv_ets_target target, size_t nmse,
                          jv_ets_aim *out);
void jv_ets_aim_clear(jv_ctx *cx, jv_ets_aim *aim);

/* Local minimum from x, which is moved; found->value falls with the target. Errors: JV_ECANCEL. */
jv_status jv_ets_aim_minimise(jv_ctx *cx, jv_ets_aim *aim, double *x, jv_minimum *found);

#endif
