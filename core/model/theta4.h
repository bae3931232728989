/* State of 4Theta, for its own files. */
#ifndef JV_MODEL_THETA4_H
#define JV_MODEL_THETA4_H

#include "model/classical.h"
#include "model/model.h"

enum { JV_THETA4_TRIALS = 8 };

typedef enum jv_theta4_curve { JV_THETA4_LINEAR, JV_THETA4_EXPONENTIAL } jv_theta4_curve;
typedef enum jv_theta4_form { JV_THETA4_ADDITIVE, JV_THETA4_MULTIPLICATIVE } jv_theta4_form;

typedef struct jv_theta4_trial {
  double season; /* 0 none, 1 added, 2 multiplied: numbers, as they are saved in one list */
  double curve, form, theta, mae;
} jv_theta4_trial;

typedef struct jv_theta4_state {
  jv_adjust adjust;
  jv_theta4_curve curve;
  jv_theta4_form form;
  double a, b; /* of the curve, t from 1 */
  double theta, alpha, start, level;
  double mae, time, gap;
  double floor; /* of the curve in a product */
  jv_theta4_trial tried[JV_THETA4_TRIALS];
  double n_tried;
} jv_theta4_state;

jv_status jv_theta4_explain(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_theta4_save(jv_ctx *cx, const jv_fit *fit, struct cJSON *into);
jv_status jv_theta4_load(jv_ctx *cx, const struct cJSON *from, jv_fit *fit);

#endif
