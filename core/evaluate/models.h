/* The models that stand on evaluation: combinations of others, weighed by how they did. A host adds
 * them to its registry; the room of models knows nothing of them. */
#ifndef JV_EVALUATE_MODELS_H
#define JV_EVALUATE_MODELS_H

#include "model/registry.h"

/* Every one, as in model/builtin.h. */
#define JV_EVALUATE_MODELS(X) X(combine) X(auto)

#define X(name) extern const jv_model_class jv_model_##name;
JV_EVALUATE_MODELS(X)
#undef X

/* Adds all of them. Errors: JV_ENOMEM. */
jv_status jv_evaluate_models(jv_ctx *cx, jv_registry *registry);

#endif
