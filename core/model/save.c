/* A fit as JSON text and back: model, options by their rows, numbers, fitted values, state.
 *
 * "jevons_fit" is the version of the form. A loaded fit forecasts the same bytes: doubles are
 * written exactly, and seeds as text, because a JSON number holds 53 bits. */
#include "model/save.h"
#include "model/composed.h"
#include "model/registry.h"
#include "model/state.h"
#include "text/json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_VERSION = 1 };

static int int_at(const void *opt, const jv_option *row) {
  int value;
  memcpy(&value, (const char *)opt + row->offset, sizeof value);
  return value;
}

/* The word at `index` of "a|b|c" into out. */
static void choice_word(const char *choices, int index, char out[JV_OPT_TEXT_SIZE]) {
  while (index-- > 0) {
    const char *bar = strchr(choices, '|');
    if (!bar) break;
    choices = bar + 1;
  }
  size_t len = strcspn(choices, "|");
  snprintf(out, JV_OPT_TEXT_SIZE, "%.*s", (int)len, choices);
}

/* Absent options are left out: their default on loading says the same. */
static jv_status save_option(jv_ctx *cx, const jv_option *row, const void *opt, cJSON *into) {
  double real;
  jv_real_or_choice either;
  char word[JV_OPT_TEXT_SIZE];
  switch (row->type) {
  case JV_OPT_REAL_OR_CHOICE:
    memcpy(&either, (const char *)opt + row->offset, sizeof either);
    if (either.choice == JV_OPT_UNSET) return jv_state_set_real(cx, into, row->name, either.number);
    choice_word(row->choices, either.choice, word);
    return jv_state_set_text(cx, into, row->name, word);
  case JV_OPT_REAL:
    memcpy(&real, (const char *)opt + row->offset, sizeof real);
    return jv_state_set_real(cx, into, row->name, real);
  case JV_OPT_TEXT:
    return jv_state_set_text(cx, into, row->name, (const char *)opt + row->offset);
  case JV_OPT_INT:
  case JV_OPT_FLAG:
  case JV_OPT_CHOICE:
    break;
  }
  int value = int_at(opt, row);
  if (value == JV_OPT_UNSET) return JV_OK;
  if (row->type == JV_OPT_FLAG) return jv_state_set_flag(cx, into, row->name, value != 0);
  if (row->type == JV_OPT_INT) return jv_state_set_real(cx, into, row->name, value);
  choice_word(row->choices, value, word);
  return jv_state_set_text(cx, into, row->name, word);
}

static jv_status save_numbers(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  char seed[32];
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)fit->seed);
  JV_TRY(jv_state_set_count(cx, into, "jevons_fit", FORM_VERSION));
  JV_TRY(jv_state_set_text(cx, into, "model", fit->cls->name));
  JV_TRY(jv_state_set_text(cx, into, "form", fit->form));
  JV_TRY(jv_state_set_text(cx, into, "id", fit->id));
  JV_TRY(jv_state_set_text(cx, into, "seed", seed));
  JV_TRY(jv_state_set_count(cx, into, "n", fit->n));
  JV_TRY(jv_state_set_count(cx, into, "m", fit->m));
  JV_TRY(jv_state_set_real(cx, into, "loglik", fit->loglik));
  JV_TRY(jv_state_set_count(cx, into, "n_params", fit->n_params));
  JV_TRY(jv_state_set_real(cx, into, "aic", fit->aic));
  JV_TRY(jv_state_set_real(cx, into, "aicc", fit->aicc));
  JV_TRY(jv_state_set_real(cx, into, "bic", fit->bic));
  JV_TRY(jv_state_set_real(cx, into, "sigma2", fit->sigma2));
  JV_TRY(jv_state_set_flag(cx, into, "converged", fit->converged));
  return jv_state_set_count(cx, into, "evaluations", fit->evaluations);
}

jv_status jv_save_options(jv_ctx *cx, const char *name, const jv_option *rows, const void *opt,
                          cJSON *into) {
  cJSON *options;
  JV_TRY(jv_state_set_object(cx, into, name, &options));
  for (const jv_option *row = rows; row && row->name; row++)
    JV_TRY(save_option(cx, row, opt, options));
  return JV_OK;
}

jv_status jv_save_regressors(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  if (fit->k == 0) return JV_OK;
  cJSON *names = cJSON_AddArrayToObject(into, "regressors");
  for (size_t j = 0; names && j < fit->k; j++)
    if (!cJSON_AddItemToArray(names, cJSON_CreateString(fit->x_names[j]))) names = NULL;
  return names ? JV_OK : jv_fail(cx, JV_ENOMEM, "out of memory saving a fit");
}

/* fit: as its family made it. */
static jv_status save_core(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  cJSON *state;
  JV_TRY(save_numbers(cx, fit, into));
  JV_TRY(jv_save_options(cx, "options", fit->cls->options, fit->opt, into));
  JV_TRY(jv_save_regressors(cx, fit, into));
  JV_TRY(jv_state_set_object(cx, into, "state", &state));
  JV_TRY(fit->cls->save(cx, fit, state));
  JV_TRY(jv_state_set_reals(cx, into, "fitted", fit->fitted, fit->n));
  return jv_state_set_reals(cx, into, "residuals", fit->residuals, fit->n);
}

static jv_status save_whole(jv_ctx *cx, const jv_fit *fit, cJSON *into) {
  JV_TRY(save_core(cx, jv_fit_core(fit), into));
  return jv_around_save(cx, fit, into);
}

static jv_status check_saves(jv_ctx *cx, const jv_fit *fit) {
  if (fit->cls->save) return JV_OK;
  return jv_fail(cx, JV_EUNSUPPORTED, "%s: fits of this model cannot be saved", fit->cls->name);
}

jv_status jv_fit_save_into(jv_ctx *cx, const jv_fit *fit, const char *name, cJSON *into) {
  cJSON *object;
  JV_TRY(check_saves(cx, fit));
  JV_TRY(jv_state_set_object(cx, into, name, &object));
  return save_whole(cx, fit, object);
}

jv_status jv_fit_save(jv_ctx *cx, const jv_fit *fit, char **json) {
  *json = NULL;
  JV_TRY(check_saves(cx, fit));
  cJSON *root = cJSON_CreateObject();
  if (!root) return jv_fail(cx, JV_ENOMEM, "out of memory saving a fit");
  jv_status status = save_whole(cx, fit, root);
  char *text = status == JV_OK ? cJSON_PrintUnformatted(root) : NULL;
  if (text) *json = jv_strdup(cx, text);
  if (status == JV_OK && !*json) status = jv_fail(cx, JV_ENOMEM, "out of memory saving a fit");
  cJSON_free(text);
  cJSON_Delete(root);
  return status;
}

jv_status jv_load_options(jv_ctx *cx, const cJSON *from, const char *what, const jv_option *rows,
                          void *opt) {
  const cJSON *options, *item;
  JV_TRY(jv_state_get_object(cx, from, "options", &options));
  jv_option_defaults(rows, opt);
  cJSON_ArrayForEach(item, options) {
    if (cJSON_IsNull(item) || (cJSON_IsString(item) && !item->valuestring[0]))
      continue; /* absent */
    if (cJSON_IsNumber(item))
      JV_TRY(jv_option_set_number(cx, what, rows, opt, item->string, item->valuedouble));
    else if (cJSON_IsString(item))
      JV_TRY(jv_option_set_text(cx, what, rows, opt, item->string, item->valuestring));
    else
      JV_TRY(jv_option_set_flag(cx, what, rows, opt, item->string, cJSON_IsTrue(item)));
  }
  return JV_OK;
}

static jv_status load_numbers(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  const char *form, *id, *seed;
  JV_TRY(jv_state_get_text(cx, from, "form", &form));
  JV_TRY(jv_state_get_text(cx, from, "id", &id));
  JV_TRY(jv_state_get_text(cx, from, "seed", &seed));
  snprintf(fit->form, sizeof fit->form, "%s", form);
  char *end;
  errno = 0;
  fit->seed = strtoull(seed, &end, 10);
  if (end == seed || *end || errno) return jv_fail(cx, JV_EPARSE, "'seed' is no whole number");
  JV_TRY(jv_state_get_count(cx, from, "n", &fit->n));
  JV_TRY(jv_state_get_count(cx, from, "m", &fit->m));
  if (fit->m < 1) return jv_fail(cx, JV_EPARSE, "'m' must be at least 1");
  JV_TRY(jv_state_get_real(cx, from, "loglik", &fit->loglik));
  JV_TRY(jv_state_get_count(cx, from, "n_params", &fit->n_params));
  JV_TRY(jv_state_get_real(cx, from, "aic", &fit->aic));
  JV_TRY(jv_state_get_real(cx, from, "aicc", &fit->aicc));
  JV_TRY(jv_state_get_real(cx, from, "bic", &fit->bic));
  JV_TRY(jv_state_get_real(cx, from, "sigma2", &fit->sigma2));
  JV_TRY(jv_state_get_flag(cx, from, "converged", &fit->converged));
  JV_TRY(jv_state_get_count(cx, from, "evaluations", &fit->evaluations));
  fit->id = jv_strdup(cx, id);
  return fit->id ? JV_OK : JV_ENOMEM;
}

static jv_status load_values(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  /* counted before it is believed: a file may name any n */
  if (jv_state_list_length(from, "fitted") != fit->n)
    return jv_fail(cx, JV_EPARSE, "'fitted' does not have the %zu values of 'n'", fit->n);
  fit->fitted = JV_ARRAY(cx, double, fit->n);
  if (!fit->fitted) return JV_ENOMEM;
  fit->residuals = JV_ARRAY(cx, double, fit->n);
  if (!fit->residuals) return JV_ENOMEM;
  JV_TRY(jv_state_get_reals(cx, from, "fitted", fit->fitted, fit->n));
  return jv_state_get_reals(cx, from, "residuals", fit->residuals, fit->n);
}

static jv_status load_regressors(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  const cJSON *names = cJSON_GetObjectItemCaseSensitive(from, "regressors");
  size_t k = jv_state_list_length(from, "regressors");
  if (!names) return JV_OK;
  fit->x_names = jv_calloc(cx, k, sizeof *fit->x_names);
  if (!fit->x_names) return JV_ENOMEM;
  fit->k = k;
  for (size_t j = 0; j < k; j++) {
    const cJSON *name = cJSON_GetArrayItem(names, (int)j);
    if (!cJSON_IsString(name)) return jv_fail(cx, JV_EPARSE, "'regressors' is no list of texts");
    fit->x_names[j] = jv_strdup(cx, name->valuestring);
    if (!fit->x_names[j]) return JV_ENOMEM;
  }
  return JV_OK;
}

static jv_status load_whole(jv_ctx *cx, const cJSON *from, jv_fit *fit) {
  const cJSON *state;
  fit->opt = jv_calloc(cx, 1, fit->cls->opt_size);
  if (!fit->opt) return JV_ENOMEM;
  JV_TRY(jv_load_options(cx, from, fit->cls->name, fit->cls->options, fit->opt));
  JV_TRY(load_numbers(cx, from, fit));
  JV_TRY(load_regressors(cx, from, fit));
  JV_TRY(load_values(cx, from, fit));
  JV_TRY(jv_state_get_object(cx, from, "state", &state));
  if (fit->cls->state_size) {
    fit->state = jv_calloc(cx, 1, fit->cls->state_size);
    if (!fit->state) return JV_ENOMEM;
  }
  jv_status status = fit->cls->load(cx, state, fit);
  if (status == JV_OK) return JV_OK;
  /* a family frees what it made before it fails */
  if (fit->cls->state_size) jv_free(cx, fit->state);
  fit->state = NULL;
  return status;
}

static jv_status find_class(jv_ctx *cx, const cJSON *root, const jv_model_class **out) {
  size_t version;
  const char *name;
  JV_TRY(jv_state_get_count(cx, root, "jevons_fit", &version));
  if (version != FORM_VERSION)
    return jv_fail(cx, JV_EUNSUPPORTED, "written in version %zu of the form, this reads version %d",
                   version, FORM_VERSION);
  JV_TRY(jv_state_get_text(cx, root, "model", &name));
  *out = jv_registry_find(cx, cx->models, name);
  if (!*out) return cx->status;
  if (!(*out)->load)
    return jv_fail(cx, JV_EUNSUPPORTED, "%s: fits of this model cannot be loaded", name);
  return JV_OK;
}

static jv_status load_tree(jv_ctx *cx, const cJSON *root, jv_fit **out) {
  const jv_model_class *cls = NULL;
  JV_TRY(find_class(cx, root, &cls));
  if (!cls) return jv_failure(cx);
  jv_fit *fit = JV_NEW(cx, jv_fit);
  if (!fit) return JV_ENOMEM;
  fit->cls = cls;
  jv_status status = load_whole(cx, root, fit);
  if (status == JV_OK) status = jv_around_load(cx, root, &fit);
  if (status != JV_OK) {
    jv_fit_free(cx, fit);
    return status;
  }
  *out = fit;
  return JV_OK;
}

jv_status jv_fit_load(jv_ctx *cx, const char *json, size_t len, jv_fit **out) {
  *out = NULL;
  cJSON *root = NULL;
  if (jv_json_parse(cx, json, len, 0, &root) != JV_OK) return jv_fail_in(cx, "saved fit");
  jv_status status = load_tree(cx, root, out);
  cJSON_Delete(root);
  return status == JV_OK ? JV_OK : jv_fail_in(cx, "saved fit");
}

jv_status jv_fit_load_from(jv_ctx *cx, const cJSON *from, const char *name, jv_fit **out) {
  const cJSON *object;
  *out = NULL;
  JV_TRY(jv_state_get_object(cx, from, name, &object));
  return load_tree(cx, object, out);
}
