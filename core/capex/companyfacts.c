/* Reads the companyfacts JSON of the SEC's API:
 *
 *   {"cik": 1018724, "entityName": "…",
 *    "facts": {taxonomy: {tag: {"units": {unit: [
 *      {start, end, val, accn, fy, fp, form, filed, frame}]}}}}}
 *
 * start is absent for instants; fy, fp and frame may be absent or null, and so may form and accn in
 * files that others have cut (a fact without a form comes last in every choice). Anything else that
 * is not of the form is an error with its path, for a file that breaks one rule may break others
 * unseen. */
#include "capex/fact_table.h"
#include "series/period.h"
#include "text/json.h"
#include <limits.h>
#include <math.h>
#include <string.h>

#define MAX_DEPTH 12 /* the format has seven levels */

typedef struct reading {
  jv_facts *facts;
  jv_fact like; /* taxonomy, tag, unit, group of the list at hand */
  int index;    /* of the fact in its list */
  size_t suspects;
  const char *first_suspect;
} reading;

static const char *kind_of(const cJSON *item) {
  if (!item) return "nothing";
  if (cJSON_IsNull(item)) return "null";
  if (cJSON_IsString(item)) return "text";
  if (cJSON_IsNumber(item)) return "a number";
  if (cJSON_IsObject(item)) return "an object";
  return cJSON_IsArray(item) ? "a list" : "true or false";
}

static jv_status bad_fact(jv_ctx *cx, const reading *in, const char *field, const char *wanted,
                          const cJSON *found) {
  bool text = cJSON_IsString(found);
  return jv_fail(cx, JV_EPARSE, "facts.%s.%s.units.%s[%d].%s: wanted %s, found %s%.40s%s",
                 in->like.taxonomy, in->like.tag, in->like.unit, in->index, field, wanted,
                 text ? "'" : "", text ? found->valuestring : kind_of(found), text ? "'" : "");
}

/* Text that may be absent or null: "". */
static jv_status optional_text(jv_ctx *cx, const reading *in, const cJSON *from, const char *field,
                               const char **out) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, field);
  *out = "";
  if (!item || cJSON_IsNull(item)) return JV_OK;
  if (!cJSON_IsString(item)) return bad_fact(cx, in, field, "text", item);
  return jv_pool_put(cx, in->facts->pool, item->valuestring, strlen(item->valuestring), out);
}

static jv_status day_of(jv_ctx *cx, const reading *in, const cJSON *item, const char *field,
                        bool required, int64_t *out) {
  *out = JV_NO_DAY;
  if (!required && (!item || cJSON_IsNull(item))) return JV_OK;
  if (!cJSON_IsString(item) || jv_date_parse(cx, item->valuestring, out) != JV_OK)
    return bad_fact(cx, in, field, "a date", item);
  return JV_OK;
}

static jv_status read_fact(jv_ctx *cx, reading *in, const cJSON *from) {
  jv_fact fact = in->like;
  if (!cJSON_IsObject(from)) return bad_fact(cx, in, "", "an object", from);
  const cJSON *start = NULL, *end = NULL, *value = NULL, *filed = NULL, *fy = NULL;
  const struct {
    const char *name;
    const cJSON **to;
  } members[] = {{"start", &start}, {"end", &end}, {"val", &value}, {"filed", &filed}, {"fy", &fy}};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    *members[i].to = cJSON_GetObjectItemCaseSensitive(from, members[i].name);
  JV_TRY(day_of(cx, in, start, "start", false, &fact.start));
  JV_TRY(day_of(cx, in, end, "end", true, &fact.end));
  JV_TRY(day_of(cx, in, filed, "filed", true, &fact.filed));
  if (!cJSON_IsNumber(value)) return bad_fact(cx, in, "val", "a number", value);
  fact.value = value->valuedouble;
  if (fy && !cJSON_IsNull(fy) && !cJSON_IsNumber(fy))
    return bad_fact(cx, in, "fy", "a year or null", fy);
  if (cJSON_IsNumber(fy) && fabs(fy->valuedouble) <= 9999) fact.fy = (int32_t)fy->valuedouble;
  JV_TRY(optional_text(cx, in, from, "accn", &fact.accession));
  JV_TRY(optional_text(cx, in, from, "form", &fact.form));
  JV_TRY(optional_text(cx, in, from, "fp", &fact.fp));
  JV_TRY(optional_text(cx, in, from, "frame", &fact.frame));
  fact.suspect = jv_fact_suspect(&fact);
  if (fact.suspect && in->suspects++ == 0) in->first_suspect = fact.tag;
  return jv_fact_table_add(cx, in->facts, &fact);
}

static jv_status intern_name(jv_ctx *cx, reading *in, const cJSON *item, const char **out) {
  return jv_pool_put(cx, in->facts->pool, item->string, strlen(item->string), out);
}

static jv_status read_unit(jv_ctx *cx, reading *in, const cJSON *list) {
  JV_TRY(intern_name(cx, in, list, &in->like.unit));
  in->index = 0;
  if (!cJSON_IsArray(list))
    return jv_fail(cx, JV_EPARSE, "facts.%s.%s.units.%s: wanted a list, found %s",
                   in->like.taxonomy, in->like.tag, in->like.unit, kind_of(list));
  in->like.group = (uint32_t)in->facts->groups++;
  const cJSON *item;
  cJSON_ArrayForEach(item, list) {
    JV_TRY(read_fact(cx, in, item));
    in->index++;
  }
  return JV_OK;
}

static jv_status read_tag(jv_ctx *cx, reading *in, const cJSON *tag) {
  JV_TRY(intern_name(cx, in, tag, &in->like.tag));
  const cJSON *units = cJSON_GetObjectItemCaseSensitive(tag, "units"), *item;
  if (!cJSON_IsObject(units))
    return jv_fail(cx, JV_EPARSE, "facts.%s.%s.units: wanted an object, found %s",
                   in->like.taxonomy, in->like.tag, kind_of(units));
  cJSON_ArrayForEach(item, units) JV_TRY(read_unit(cx, in, item));
  return jv_check_cancel(cx);
}

static jv_status read_taxonomy(jv_ctx *cx, reading *in, const cJSON *taxonomy) {
  JV_TRY(intern_name(cx, in, taxonomy, &in->like.taxonomy));
  if (!cJSON_IsObject(taxonomy))
    return jv_fail(cx, JV_EPARSE, "facts.%s: wanted an object, found %s", in->like.taxonomy,
                   kind_of(taxonomy));
  const cJSON *item;
  cJSON_ArrayForEach(item, taxonomy) JV_TRY(read_tag(cx, in, item));
  return JV_OK;
}

/* The API gives a number; files rewritten by others give text, with leading zeros. */
static jv_status read_cik(jv_ctx *cx, const cJSON *root, int64_t *out) {
  const cJSON *cik = cJSON_GetObjectItemCaseSensitive(root, "cik");
  double value = 0;
  if (cJSON_IsNumber(cik)) value = cik->valuedouble;
  if (cJSON_IsString(cik) && strlen(cik->valuestring) <= 10)
    for (const char *p = cik->valuestring; *p; p++)
      value = *p >= '0' && *p <= '9' ? value * 10 + (*p - '0') : NAN;
  if (!(value >= 1 && value < 1e10) || value != floor(value))
    return jv_fail(cx, JV_EPARSE, "cik: wanted a filer's number of at most ten digits, found %s",
                   kind_of(cik));
  *out = (int64_t)value;
  return JV_OK;
}

static jv_status read_root(jv_ctx *cx, reading *in, const cJSON *root) {
  if (!cJSON_IsObject(root))
    return jv_fail(cx, JV_EPARSE, "wanted the object of the companyfacts API, found %s",
                   kind_of(root));
  JV_TRY(read_cik(cx, root, &in->facts->cik));
  JV_TRY(optional_text(cx, in, root, "entityName", &in->facts->name));
  const cJSON *facts = cJSON_GetObjectItemCaseSensitive(root, "facts"), *item;
  if (!cJSON_IsObject(facts))
    return jv_fail(cx, JV_EPARSE, "facts: wanted an object, found %s", kind_of(facts));
  cJSON_ArrayForEach(item, facts) JV_TRY(read_taxonomy(cx, in, item));
  return JV_OK;
}

jv_status jv_facts_read(jv_ctx *cx, const char *text, size_t len, const char *ticker,
                        jv_facts **out) {
  reading in = {.like = {.taxonomy = "", .tag = "", .unit = "", .segment = "", .dimensions = ""}};
  cJSON *root = NULL;
  JV_TRY(jv_json_parse(cx, text, len, MAX_DEPTH, &root));
  jv_status status = jv_fact_table_new(cx, &in.facts);
  /* "" of the pool, so that groups of later rows compare by address */
  if (status == JV_OK) status = jv_pool_put(cx, in.facts->pool, "", 0, &in.like.segment);
  in.like.dimensions = in.like.segment;
  if (status == JV_OK) status = read_root(cx, &in, root);
  if (status == JV_OK && ticker)
    status = jv_pool_put(cx, in.facts->pool, ticker, strlen(ticker), &in.facts->ticker);
  cJSON_Delete(root);
  if (status != JV_OK) {
    jv_facts_free(cx, in.facts);
    return status;
  }
  jv_fact_table_sort(in.facts);
  if (in.suspects)
    jv_warn(cx, "%zu suspect facts are kept but not used, the first of %s", in.suspects,
            in.first_suspect);
  *out = in.facts;
  return JV_OK;
}
