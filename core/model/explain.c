/* What a fit says of itself: jv_fit_explain of model/model.h.
 *
 * Members in this order: model, title, form, observations, season; regressors; options (of the family)
 * and common (of every model), those that are set; numbers; then what the family adds through its hook.
 * Its `steps` get those of the layers around it put before them. Of a family without the hook
 * `parameters` holds the numbers of its state. */
#include "model/around.h"
#include "model/save.h"
#include "model/state.h"
#include <cjson/cJSON.h>
#include <stdio.h>

static jv_status no_memory(jv_ctx *cx) {
  return jv_fail(cx, JV_ENOMEM, "out of memory explaining a fit");
}

static jv_status add_head(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const jv_model_class *cls = fit->cls;
  JV_TRY(jv_state_set_text(cx, into, "model", cls->name));
  if (cls->title) JV_TRY(jv_state_set_text(cx, into, "title", cls->title));
  JV_TRY(jv_state_set_text(cx, into, "form", fit->form[0] ? fit->form : cls->name));
  JV_TRY(jv_state_set_count(cx, into, "observations", fit->n));
  if (fit->m > 1) JV_TRY(jv_state_set_count(cx, into, "season", fit->m));
  return jv_save_regressors(cx, fit, into);
}

static bool says_nothing(const cJSON *item, const cJSON *defaults) {
  bool absent = cJSON_IsRaw(item) && item->valuestring[0] == 'n'; /* null */
  if (absent || (cJSON_IsString(item) && !item->valuestring[0])) return true;
  return cJSON_Compare(item, cJSON_GetObjectItemCaseSensitive(defaults, item->string), true);
}

/* Options that are set, but those as in `defaults` (NULL: none); an object without members is left
 * out. */
static jv_status add_options(jv_ctx *cx, const char *name, const jv_option *rows, const void *opt,
                             const cJSON *defaults, cJSON *into) {
  cJSON *item, *next, *object;
  JV_TRY(jv_save_options(cx, name, rows, opt, into));
  object = cJSON_GetObjectItemCaseSensitive(into, name);
  for (item = object->child; item; item = next) {
    next = item->next;
    if (says_nothing(item, defaults)) cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
  }
  if (!object->child) cJSON_Delete(cJSON_DetachItemViaPointer(into, object));
  return JV_OK;
}

/* What was asked for of every model's options. */
static jv_status add_common(jv_ctx *cx, const jv_common *common, cJSON *into) {
  jv_common plain;
  cJSON *holder = cJSON_CreateObject();
  if (!holder) return no_memory(cx);
  jv_common_defaults(&plain);
  jv_status status = jv_save_options(cx, "plain", jv_common_options, &plain, holder);
  if (status == JV_OK)
    status = add_options(cx, "common", jv_common_options, common, holder->child, into);
  cJSON_Delete(holder);
  return status;
}

static jv_status add_number(jv_ctx *cx, cJSON *into, const char *name, double value) {
  return isnan(value) ? JV_OK : jv_state_set_real(cx, into, name, value);
}

static jv_status add_numbers(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  cJSON *numbers;
  JV_TRY(jv_state_set_object(cx, into, "numbers", &numbers));
  JV_TRY(add_number(cx, numbers, "sigma2", fit->sigma2));
  JV_TRY(add_number(cx, numbers, "loglik", fit->loglik));
  JV_TRY(add_number(cx, numbers, "aic", fit->aic));
  JV_TRY(add_number(cx, numbers, "aicc", fit->aicc));
  JV_TRY(add_number(cx, numbers, "bic", fit->bic));
  if (fit->n_params) JV_TRY(jv_state_set_count(cx, numbers, "parameters", fit->n_params));
  if (fit->evaluations) JV_TRY(jv_state_set_count(cx, numbers, "evaluations", fit->evaluations));
  if (fit->evaluations || !fit->converged)
    JV_TRY(jv_state_set_flag(cx, numbers, "converged", fit->converged));
  return JV_OK;
}

/* The numbers of the state, for families that explain nothing themselves. */
static jv_status add_parameters(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  cJSON *item, *next, *object;
  if (!fit->cls->save || (fit->cls->tags & JV_TAG_SCRIPTED)) return JV_OK;
  JV_TRY(jv_state_set_object(cx, into, "parameters", &object));
  JV_TRY(fit->cls->save(cx, fit, object));
  for (item = object->child; item; item = next) {
    next = item->next;
    bool number = cJSON_IsNumber(item) ||
                  (cJSON_IsRaw(item) && item->valuestring[0] != '[' && item->valuestring[0] != '{');
    if (!number) cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
  }
  return JV_OK;
}

/* ---- the layers, in sentences ---- */

static void say_map(const jv_around *a, char *out, size_t size) {
  char map[64];
  static const char *const how[] = {" (lambda by Guerrero's method)",
                                    " (lambda by profile likelihood)", ""};
  int choice = a->common.lambda.choice;
  jv_map_describe(&a->map, map, sizeof map);
  snprintf(out, size,
           "The model works on %s%s; what it forecasts is mapped back, and point forecasts are %s.",
           map, choice == JV_OPT_UNSET ? "" : how[choice],
           a->common.bias_adjust ? "means" : "medians");
}

static void say_method(const jv_common *c, char *out, size_t size) {
  switch (c->interval) {
  case JV_INTERVAL_SIMULATED:
  case JV_INTERVAL_BOOTSTRAP:
    snprintf(out, size, "Intervals are read off %d paths of %s innovations.", c->paths,
             c->interval == JV_INTERVAL_BOOTSTRAP ? "resampled" : "simulated");
    return;
  case JV_INTERVAL_CONFORMAL:
  case JV_INTERVAL_CONFORMAL_ROLLING:
    snprintf(out, size, "Intervals are conformal: errors of %s the last origins, step by step.",
             c->interval == JV_INTERVAL_CONFORMAL ? "one fit moved through" : "refits at");
    return;
  default:
    snprintf(out, size, "Intervals are those in closed form.");
  }
}

static void say_uncertainty(const jv_fit *fit, char *out, size_t size) {
  bool carried = (fit->cls->tags & JV_TAG_ESTIMATION) != 0;
  snprintf(out, size, "%s",
           carried ? "The uncertainty of the parameters is part of the model's own distribution."
                   : "Paths are those of refits to simulated series: they carry the uncertainty of "
                     "the parameters.");
}

/* As the at-th of `steps`. */
static jv_status put_step(jv_ctx *cx, cJSON *steps, int at, const char *text) {
  cJSON *item = cJSON_CreateString(text);
  if (item && cJSON_InsertItemInArray(steps, at, item)) return JV_OK;
  cJSON_Delete(item);
  return no_memory(cx);
}

static jv_status add_layers(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const jv_around *a = fit->around;
  char text[240];
  int at = 0;
  if (!a) return JV_OK;
  cJSON *steps = cJSON_GetObjectItemCaseSensitive(into, "steps");
  if (!steps) steps = cJSON_AddArrayToObject(into, "steps");
  if (!steps) return no_memory(cx);
  if (a->map.kind != JV_MAP_NONE) {
    say_map(a, text, sizeof text);
    JV_TRY(put_step(cx, steps, at++, text));
  }
  if (a->common.interval != JV_INTERVAL_MODEL) {
    say_method(&a->common, text, sizeof text);
    JV_TRY(put_step(cx, steps, at++, text));
  }
  if (!a->common.parameter_uncertainty) return JV_OK;
  say_uncertainty(fit, text, sizeof text);
  return put_step(cx, steps, at, text);
}

jv_status jv_fit_explain(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  const jv_fit *core = jv_fit_core(fit);
  const jv_model_class *cls = fit->cls;
  JV_TRY(add_head(cx, fit, into));
  JV_TRY(add_options(cx, "options", cls->options, core->opt, NULL, into));
  if (fit->around) JV_TRY(add_common(cx, &fit->around->common, into));
  JV_TRY(add_numbers(cx, fit, into));
  JV_TRY(cls->explain ? cls->explain(cx, core, into) : add_parameters(cx, core, into));
  return add_layers(cx, fit, into);
}
