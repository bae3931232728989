/* Members of composed models. Saving and loading them: save.c. */
#include "model/composed.h"

jv_status jv_members_parse(jv_ctx *cx, const char *what, const char *text, const char *deflt,
                           size_t most, jv_model_spec **specs, size_t *n) {
  if (jv_model_specs_parse(cx, text[0] ? text : deflt, specs, n) != JV_OK)
    return jv_fail_in(cx, "%s", what);
  if (*n <= most) return JV_OK;
  size_t got = *n;
  jv_model_specs_free(cx, *specs, got);
  *specs = NULL;
  *n = 0;
  return jv_fail(cx, JV_EINVAL, "%s: takes %zu model%s, got %zu", what, most, most == 1 ? "" : "s",
                 got);
}

jv_status jv_member_fit(jv_ctx *cx, const char *what, const jv_model_spec *spec,
                        const jv_sample *sample, jv_fit **out) {
  jv_sample own = *sample;
  own.common = spec->common;
  if (jv_fit_new(cx, spec->cls, &own, spec->opt, out) != JV_OK) return jv_fail_in(cx, "%s", what);
  return JV_OK;
}
