/* The layers around a fit, saved and loaded: options, lambda as chosen, and the observations. The map is
 * made of them again, the mapped fit is the one that stands beside them in the file. */
#include "model/around.h"
#include "model/save.h"
#include "model/state.h"
#include <cjson/cJSON.h>

jv_status jv_around_save(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const jv_around *a = fit->around;
  cJSON *common;
  if (!a) return JV_OK;
  JV_TRY(jv_state_set_object(cx, into, "common", &common));
  JV_TRY(jv_save_options(cx, "options", jv_common_options, &a->common, common));
  JV_TRY(jv_state_set_real(cx, common, "lambda", a->map.lambda));
  JV_TRY(jv_state_set_reals(cx, common, "y", a->y, fit->n));
  if (a->x) JV_TRY(jv_state_set_reals(cx, common, "x", a->x, fit->n * fit->k));
  if (!a->dated) return JV_OK;
  JV_TRY(jv_state_set_real(cx, common, "start", (double)a->start.ordinal));
  JV_TRY(jv_state_set_count(cx, common, "kind", (size_t)a->start.freq.kind));
  return jv_state_set_count(cx, common, "anchor", (size_t)a->start.freq.anchor);
}

static jv_status load_start(jv_ctx *cx, const cJSON *from, jv_around *a) {
  double ordinal;
  size_t kind, anchor;
  if (!cJSON_GetObjectItemCaseSensitive(from, "start")) return JV_OK;
  JV_TRY(jv_state_get_real(cx, from, "start", &ordinal));
  JV_TRY(jv_state_get_count(cx, from, "kind", &kind));
  JV_TRY(jv_state_get_count(cx, from, "anchor", &anchor));
  if (!(fabs(ordinal) < 0x1p53) || kind > JV_FREQ_H || anchor > 12)
    return jv_fail(cx, JV_EPARSE, "'start' is no period");
  a->dated = true;
  a->start.ordinal = (int64_t)ordinal;
  a->start.freq.kind = (uint8_t)kind;
  a->start.freq.anchor = (uint8_t)anchor;
  return JV_OK;
}

static jv_status load_list(jv_ctx *cx, const cJSON *from, const char *name, size_t n,
                           double **out) {
  if (jv_state_list_length(from, name) != n)
    return jv_fail(cx, JV_EPARSE, "'%s' does not have %zu values", name, n);
  *out = JV_ARRAY(cx, double, n);
  return *out ? jv_state_get_reals(cx, from, name, *out, n) : JV_ENOMEM;
}

static jv_status fill_around(jv_ctx *cx, const cJSON *from, const jv_fit *core, jv_around *a) {
  double lambda;
  const char *what = core->cls->name;
  JV_TRY(jv_load_options(cx, from, what, jv_common_options, &a->common));
  JV_TRY(jv_common_check(cx, what, &a->common));
  JV_TRY(jv_state_get_real(cx, from, "lambda", &lambda));
  JV_TRY(load_list(cx, from, "y", core->n, &a->y));
  if (core->k) JV_TRY(load_list(cx, from, "x", core->n * core->k, &a->x));
  JV_TRY(load_start(cx, from, a));
  jv_common known = a->common;
  if (known.lambda.choice != JV_OPT_UNSET) known.lambda.choice = JV_LAMBDA_LOG; /* not anew */
  JV_TRY(jv_map_choose(cx, what, &known, a->y, core->n, core->m, &a->map));
  if (a->map.kind == JV_MAP_BOXCOX && !isfinite(lambda))
    return jv_fail(cx, JV_EPARSE, "'lambda' is absent");
  a->map.lambda = lambda;
  return JV_OK;
}

/* Puts around a fit, just loaded, what stood around the one saved. */
jv_status jv_around_load(jv_ctx *cx, const cJSON *from, jv_fit **fit) {
  const cJSON *common = cJSON_GetObjectItemCaseSensitive(from, "common");
  if (!common) return JV_OK;
  jv_around *a = JV_NEW(cx, jv_around);
  if (!a) return JV_ENOMEM;
  jv_status status = fill_around(cx, common, *fit, a);
  if (status != JV_OK) {
    jv_around_free(cx, a);
    return status;
  }
  if (a->map.kind == JV_MAP_NONE) {
    (*fit)->around = a;
    return JV_OK;
  }
  jv_fit *core = *fit;
  *fit = NULL;
  return jv_around_show(cx, core, a, fit);
}
