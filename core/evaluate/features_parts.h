/* What the files of jv_features_of share. Inside core/evaluate. */
#ifndef JV_EVALUATE_FEATURES_PARTS_H
#define JV_EVALUATE_FEATURES_PARTS_H

#include "evaluate/features.h"

/* The series in hand; n >= 1, complete, m >= 1. */
typedef struct jv_feature_input {
  const double *y; /* filled */
  const double *z; /* standardised; NaN throughout when y is constant */
  size_t n, m, w;
  bool constant;
  double *room; /* 4 n + 64 doubles of scratch, free at each call */
} jv_feature_input;

/* Passes JV_ENOMEM and JV_ECANCEL on; any other failure means that there is no such feature. */
static inline jv_status jv_feature_absent(jv_status status) {
  return status == JV_ENOMEM || status == JV_ECANCEL ? status : JV_OK;
}

jv_status jv_features_stl(jv_ctx *cx, const jv_feature_input *in, jv_features *out);
jv_status jv_features_acf(jv_ctx *cx, const jv_feature_input *in, jv_features *out);
jv_status jv_features_spectrum(jv_ctx *cx, const jv_feature_input *in, jv_features *out);
void jv_features_windows(const jv_feature_input *in, jv_features *out);
void jv_features_runs(const jv_feature_input *in, jv_features *out);
jv_status jv_features_tests(jv_ctx *cx, const jv_feature_input *in, jv_features *out);
jv_status jv_features_models(jv_ctx *cx, const jv_feature_input *in, jv_features *out);

#endif
