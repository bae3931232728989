/* Models made of other models: one mechanism for `stl+ets` and `combine(ets,theta)`.
 *
 * There are no classes made on demand. A composed class is an ordinary one (a constant record, found
 * in the registry) with a text option `models` (JV_MODELS_ROW) that holds its members as typed, and
 * jv_model_spec_read takes that option out of the two forms in which members are typed:
 *
 *   combine(ets,theta){how=mean}      class "combine", options models = "ets,theta", how = mean
 *   stl{window=7}+ets{model="AAN"}    class "stl+", options window = 7, models = "ets{…}"
 *
 * (a class that is typed before a plus has the plus in its name). So names, options, Lua tables,
 * saving and loading work as for any other, nothing has to outlive a fit, and members may be composed
 * themselves. Such a class
 *
 *   check  parses the members (jv_members_parse, cleared at once): what is wrong is said before any
 *          data are seen
 *   fit    parses them again and fits each: jv_member_fit. The fits are part of its state.
 *   save   puts each with jv_fit_save_into, and load takes it with jv_fit_load_from
 *
 * and passes forecast, simulate, components, update and explain on through the functions of model.h.
 * Members are found in the registry of the context, which must be there. */
#ifndef JV_MODEL_COMPOSED_H
#define JV_MODEL_COMPOSED_H

#include "model/spec.h"

struct cJSON;

/* Room for the text of the members: `char models[JV_MODELS_SIZE]` in the struct of options. */
#define JV_MODELS_SIZE 1024
#define JV_MODELS_ROW(type, doc)                                                                   \
  { "models", JV_OPT_TEXT, offsetof(type, models), NAN, 0, JV_MODELS_SIZE, doc, NULL }

/* The members of `text`, or of `deflt` where it is "". Freed by jv_model_specs_free. Errors: those of
 * jv_model_specs_parse, with `what: ` before them; JV_EINVAL when there are more than `most`. */
jv_status jv_members_parse(jv_ctx *cx, const char *what, const char *text, const char *deflt,
                           size_t most, jv_model_spec **specs, size_t *n);

/* One member fitted to a sample, `what: ` before its errors. */
jv_status jv_member_fit(jv_ctx *cx, const char *what, const jv_model_spec *spec,
                        const jv_sample *sample, jv_fit **out);

/* A whole fit as an object `name` of `into`, and back. */
jv_status jv_fit_save_into(jv_ctx *cx, const jv_fit *fit, const char *name, struct cJSON *into);
jv_status jv_fit_load_from(jv_ctx *cx, const struct cJSON *from, const char *name, jv_fit **out);

#endif
