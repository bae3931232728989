/* What the tests of capex share: companyfacts text made of short rows, and its reading. */
#ifndef JV_TESTS_CAPEX_TEXT_H
#define JV_TESTS_CAPEX_TEXT_H

#include "testing.h"
#include "capex/company.h"

/* One fact as the tests write it: "start" "" for an instant. */
typedef struct row {
  const char *tag, *start, *end;
  double value;
  const char *form, *filed, *accession;
} row;

/* Facts of CIK 7, taxonomy us-gaap, unit USD; rows of one tag stand together. */
static inline char *facts_text(const row *rows, size_t n) {
  size_t room = 400 + n * 400, len = 0;
  char *text = malloc(room);
  len +=
      (size_t)snprintf(text, room, "{\"cik\":7,\"entityName\":\"TEST\",\"facts\":{\"us-gaap\":{");
  for (size_t i = 0; i < n; i++) {
    bool first = i == 0 || strcmp(rows[i].tag, rows[i - 1].tag) != 0;
    if (first)
      len += (size_t)snprintf(text + len, room - len, "%s\"%s\":{\"units\":{\"USD\":[",
                              i ? "]}}," : "", rows[i].tag);
    len += (size_t)snprintf(text + len, room - len, "%s{", first ? "" : ",");
    if (*rows[i].start)
      len += (size_t)snprintf(text + len, room - len, "\"start\":\"%s\",", rows[i].start);
    len +=
        (size_t)snprintf(text + len, room - len,
                         "\"end\":\"%s\",\"val\":%.17g,\"accn\":\"%s\",\"fy\":2024,\"fp\":\"FY\","
                         "\"form\":\"%s\",\"filed\":\"%s\"}",
                         rows[i].end, rows[i].value, rows[i].accession ? rows[i].accession : "a-1",
                         rows[i].form, rows[i].filed);
  }
  snprintf(text + len, room - len, "%s}}}\n", n ? "]}}" : "");
  return text;
}

static inline jv_facts *read_rows(jv_ctx *cx, const row *rows, size_t n) {
  char *text = facts_text(rows, n);
  jv_facts *facts = NULL;
  assert_ok(cx, jv_facts_read(cx, text, strlen(text), "TST", &facts));
  free(text);
  return facts;
}

static inline int64_t day(const char *text) {
  jv_ctx cx;
  int64_t out;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_date_parse(&cx, text, &out));
  return out;
}

/* The last warning, and how many there were. */
typedef struct heard {
  char text[600];
  int n;
} heard;

static inline void hear(void *ud, const char *message) {
  heard *h = ud;
  snprintf(h->text, sizeof h->text, "%s", message);
  h->n++;
}

#endif
