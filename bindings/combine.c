/* jv.contributions: the members of a combination and their forecasts. */
#include "evaluate/combine.h"
#include "fits.h"

/* {model=, form=, weight=, mean=} of member i; a median and a trimmed mean have no weights. */
static void push_member(lua_State *L, const jv_combine_state *s, size_t i, const jv_fit *fit,
                        const double *mean, size_t h) {
  bool weighed = s->how != JV_COMBINE_MEDIAN && s->how != JV_COMBINE_TRIMMED;
  lua_createtable(L, 0, 4);
  lua_pushstring(L, s->names[i]);
  lua_setfield(L, -2, "model");
  lua_pushstring(L, s->fits[i]->form);
  lua_setfield(L, -2, "form");
  if (weighed) {
    lua_pushnumber(L, s->weights[i]);
    lua_setfield(L, -2, "weight");
  }
  jvl_push_like(L, jvl_about_series(L, 1), (int64_t)fit->n, mean, h);
  lua_setfield(L, -2, "mean");
}

static int l_contributions(lua_State *L) {
  const jv_fit *fit = jvl_unbox(L, 1, &jvl_fit_class);
  const jv_combine_state *s = jv_combine_state_of(fit);
  if (!s)
    return jvl_bad_argument(L, 1,
                            "a combination of models on the scale of the series is wanted, got "
                            "a fit of %s",
                            fit->cls->name);
  size_t h = jvl_check_count(L, 2, "the horizon", 1);
  lua_settop(L, 3);
  const double *x = jvl_future_regressors(L, 1, 3, h);
  double *means = jvl_scratch(L, s->n * h, sizeof *means);
  jvl_check(L, jv_combine_means(jvl_ctx(L), fit, h, x, means));
  lua_createtable(L, (int)s->n, 0);
  for (size_t i = 0; i < s->n; i++) {
    push_member(L, s, i, fit, means + i * h, h);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  jvl_dress(L, "record_meta");
  return 1;
}

static const jvl_function functions[] = {
    {"contributions", l_contributions,
     "jv.contributions(fit, h [, xreg]) -> list\n\n"
     "What goes into a combination (jv.combine, jv.auto): for each member {model = as typed, form "
     "= "
     "what was fitted, mean = its h point forecasts, weight = its share}; a median and a trimmed "
     "mean "
     "have no weights. xreg: future values of the regressors, as for fit:forecast.\n\n"
     "Errors: a fit that is no combination, or one of transformed values; unsupported."},
    {NULL, NULL, NULL}};

void jvl_open_combine(lua_State *L) { jvl_add(L, "jv", functions); }
