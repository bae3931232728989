/* Reference answers for the C tests: JSON files of tests/conformance, and, where JEVONS_SHARED (by
 * default ../shared) has them, all of reference/.
 *
 * A file holds one series, or {"origin", "series": [...]}; a series has name, values, frequency, h
 * and blocks of answers. */
#ifndef JV_TESTS_CONFORMANCE_H
#define JV_TESTS_CONFORMANCE_H

#include "testing.h"
#include <cjson/cJSON.h>
#include <dirent.h>

typedef struct reference {
  const cJSON *json;
  const char *name;
  double *y;
  size_t n, m, h;
  double size; /* largest |y|: the scale of tolerances */
} reference;

static inline cJSON *conformance_load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long len = ftell(file);
  rewind(file);
  char *text = malloc((size_t)len + 1);
  size_t got = fread(text, 1, (size_t)len, file);
  fclose(file);
  cJSON *json = cJSON_ParseWithLength(text, got);
  free(text);
  return json;
}

/* A block or a list; NULL when it is absent, null, or holds the error with which R refused. */
static inline const cJSON *conformance_get(const cJSON *from, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
  if (cJSON_IsNull(item) || cJSON_GetObjectItem(item, "error")) return NULL;
  return item;
}

/* A number of a block; arrays of one count as the number; null and absent are NaN. */
static inline double conformance_number(const cJSON *from, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
  if (cJSON_IsArray(item)) item = cJSON_GetArrayItem(item, 0);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* Member i of a list; NaN when it is null or beyond the end. */
static inline double conformance_at(const cJSON *list, size_t i) {
  const cJSON *item = cJSON_GetArrayItem(list, (int)i);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* Whole lists at once: cJSON finds member i in i steps. The caller frees. */
static inline double *conformance_list(const cJSON *list, size_t *n) {
  *n = (size_t)cJSON_GetArraySize(list);
  double *x = malloc((*n + 1) * sizeof *x);
  size_t i = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, list) x[i++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
  return x;
}

static inline void conformance_each(const cJSON *one, void (*check)(const reference *)) {
  reference r = {.json = one};
  r.name = cJSON_GetStringValue(cJSON_GetObjectItem(one, "name"));
  r.y = conformance_list(cJSON_GetObjectItem(one, "values"), &r.n);
  r.m = (size_t)conformance_number(one, "frequency");
  r.h = (size_t)conformance_number(one, "h");
  for (size_t i = 0; i < r.n; i++)
    if (fabs(r.y[i]) > r.size) r.size = fabs(r.y[i]);
  check(&r);
  free(r.y);
}

/* Calls check for every series of tests/conformance/FILE, and of the shared folder; returns how
 * many there were. */
static inline size_t conformance_run(const char *file, void (*check)(const reference *)) {
  char path[512];
  snprintf(path, sizeof path, "tests/conformance/%s", file);
  cJSON *json = conformance_load(path), *one;
  if (!json) fail_msg("cannot read %s: run from the top of the tree", path);
  size_t count = 0;
  cJSON_ArrayForEach(one, cJSON_GetObjectItem(json, "series")) {
    conformance_each(one, check);
    count++;
  }
  cJSON_Delete(json);
  const char *shared = getenv("JEVONS_SHARED");
  snprintf(path, sizeof path, "%s/reference", shared ? shared : "../shared");
  DIR *folder = opendir(path);
  if (!folder) {
    print_message("# %s is absent: the carried answers only\n", path);
    return count;
  }
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strstr(entry->d_name, ".json")) continue;
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
    json = conformance_load(full);
    if (!json) fail_msg("cannot read %s", full);
    conformance_each(json, check);
    cJSON_Delete(json);
    count++;
  }
  closedir(folder);
  return count;
}

#endif
