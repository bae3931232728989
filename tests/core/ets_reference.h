/* Reference answers for ETS, read from JSON: the selection in tests/conformance/ets, and the whole
 * set under $JEVONS_SHARED/reference where there is one. */
#ifndef JV_TESTS_ETS_REFERENCE_H
#define JV_TESTS_ETS_REFERENCE_H

#include "testing.h"
#include "model/ets.h"
#include <cjson/cJSON.h>
#include <glob.h>

typedef struct reference {
  cJSON *root;
  const char *name;
  double *y;
  size_t n, m, h;
} reference;

/* One fitted form of the reference. */
typedef struct reference_block {
  const cJSON *json;
  jv_ets_form form;
  jv_ets_par par;
  double states0[JV_ETS_MAX_SEASON + 2];
  double loglik;
} reference_block;

/* Numbers may stand alone or as an array of one. */
static inline double reference_number(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  if (cJSON_IsArray(item)) item = item->child;
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static inline const char *reference_text(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  if (cJSON_IsArray(item)) item = item->child;
  return cJSON_IsString(item) ? item->valuestring : "";
}

static inline size_t reference_reals(const cJSON *array, double *out, size_t room) {
  size_t n = 0;
  for (const cJSON *c = array ? array->child : NULL; c && n < room; c = c->next) {
    const cJSON *item = cJSON_IsArray(c) ? c->child : c;
    out[n++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
  }
  return n;
}

/* The longest run without gaps, as the reference fitted it. */
static inline void reference_trim(reference *r) {
  size_t best = 0, length = 0, start = 0;
  for (size_t t = 0; t <= r->n; t++) {
    if (t < r->n && !isnan(r->y[t])) continue;
    if (t - start > length) {
      length = t - start;
      best = start;
    }
    start = t + 1;
  }
  memmove(r->y, r->y + best, length * sizeof *r->y);
  r->n = length;
}

static inline bool reference_open(const char *path, reference *r) {
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  fseek(file, 0, SEEK_END);
  long len = ftell(file);
  rewind(file);
  char *text = malloc((size_t)len + 1);
  size_t got = fread(text, 1, (size_t)len, file);
  fclose(file);
  r->root = cJSON_ParseWithLength(text, got);
  free(text);
  if (!r->root) return false;
  const cJSON *values = cJSON_GetObjectItemCaseSensitive(r->root, "values");
  r->n = (size_t)cJSON_GetArraySize(values);
  r->y = malloc((r->n + 1) * sizeof *r->y);
  reference_reals(values, r->y, r->n);
  r->name = reference_text(r->root, "name");
  r->m = (size_t)reference_number(r->root, "frequency");
  r->h = (size_t)reference_number(r->root, "h");
  reference_trim(r);
  return true;
}

static inline void reference_close(reference *r) {
  free(r->y);
  cJSON_Delete(r->root);
}

/* Fills one block; false when it is not a case: no likelihood, or another form was fitted. */
static inline bool reference_read(jv_ctx *cx, const cJSON *json, reference_block *b) {
  char full[JV_ETS_NAME_SIZE];
  int damped;
  b->json = json;
  b->loglik = reference_number(json, "loglik");
  if (isnan(b->loglik) || jv_ets_parse_form(cx, json->string, &b->form, &damped) != JV_OK)
    return false;
  jv_ets_print_form(b->form, true, full);
  if (strcmp(full, reference_text(json, "method")) != 0) return false;
  const cJSON *par = cJSON_GetObjectItemCaseSensitive(json, "par");
  b->par = (jv_ets_par){reference_number(par, "alpha"), reference_number(par, "beta"),
                        reference_number(par, "gamma"), reference_number(par, "phi")};
  reference_reals(cJSON_GetObjectItemCaseSensitive(json, "initstate"), b->states0,
                  JV_ETS_MAX_SEASON + 2);
  return true;
}

#define REFERENCE_EACH(block, r)                                                                   \
  for (const cJSON *block = cJSON_GetObjectItemCaseSensitive((r)->root, "ets")->child; block;      \
       block = block->next)

/* Calls visit on every file of a folder; how many there were. */
static inline size_t reference_each_file(const char *folder, void (*visit)(reference *, void *),
                                         void *data) {
  char pattern[1024];
  glob_t found;
  size_t count = 0;
  snprintf(pattern, sizeof pattern, "%s/*.json", folder);
  if (glob(pattern, 0, NULL, &found) != 0) return 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    reference r = {0};
    if (!reference_open(found.gl_pathv[i], &r)) fail_msg("cannot read %s", found.gl_pathv[i]);
    visit(&r, data);
    reference_close(&r);
    count++;
  }
  globfree(&found);
  return count;
}

#endif
