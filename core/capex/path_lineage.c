/* Facts in words, and paths of facts as lineage: "FY - 9M" over the filed facts it is made of. */
#include "capex/path_lineage.h"
#include <math.h>
#include <stdio.h>

#define YEAR_TOLERANCE 5 /* days between a year's start in the calendar and in a fact */

void jv_fact_text(const jv_fact *f, char out[JV_FACT_TEXT]) {
  char start[JV_PERIOD_TEXT] = "", end[JV_PERIOD_TEXT], filed[JV_PERIOD_TEXT];
  if (f->start != JV_NO_DAY) jv_date_format(f->start, start);
  jv_date_format(f->end, end);
  jv_date_format(f->filed, filed);
  bool millions = fabs(f->value) >= 1e6;
  snprintf(out, JV_FACT_TEXT, "%.15g %s%s over %s%s%s (%.60s, filed %s)",
           millions ? f->value / 1e6 : f->value, millions ? "mn " : "", f->unit, start,
           *start ? ".." : "", end, f->accession, filed);
}

const char *jv_filer_name(const jv_facts *facts, char cik[24]) {
  if (*facts->ticker) return facts->ticker;
  snprintf(cik, 24, "CIK %lld", (long long)facts->cik);
  return cik;
}

static jv_status source_node(jv_ctx *cx, const jv_facts *facts, const jv_fact *f,
                             jv_lineage **out) {
  char cik[24];
  jv_source source = {.filer = jv_filer_name(facts, cik),
                      .accession = f->accession,
                      .tag = f->tag,
                      .form = f->form,
                      .unit = f->unit,
                      .note = *f->segment ? f->segment : NULL,
                      .start = f->start,
                      .end = f->end,
                      .filed = f->filed,
                      .value = f->value};
  return jv_lineage_source(cx, &source, out);
}

/* "Q1", "H1", "9M", "FY" from the start of this fiscal year, "TTM", "3M" or "5M" elsewhere. */
static void span_label(const jv_fact *f, const jv_fiscal_year *year, char out[16]) {
  static const char *const to_date[] = {"Q1", "H1", "9M", "FY"};
  int months = (int)lround((double)(f->end - f->start + 1) / 30.4375);
  bool home =
      f->start - year->first_day <= YEAR_TOLERANCE && year->first_day - f->start <= YEAR_TOLERANCE;
  int q = home ? jv_fiscal_quarter_ending(year, f->end) : 0;
  if (q)
    snprintf(out, 16, "%s", to_date[q - 1]);
  else if (months == 12)
    snprintf(out, 16, "TTM");
  else
    snprintf(out, 16, "%dM", months);
}

/* "FY - 9M": added facts first, so that the text reads from left to right. */
static void operation_text(const jv_path *path, const jv_fiscal_year *year, char out[80]) {
  size_t len = 0;
  for (int minus = 0; minus <= 1; minus++)
    for (size_t i = 0; i < path->n; i++) {
      char label[16];
      if (path->minus[i] != (minus == 1)) continue;
      span_label(path->fact[i], year, label);
      len +=
          (size_t)snprintf(out + len, 80 - len, "%s%s", len ? (minus ? " - " : " + ") : "", label);
    }
}

jv_status jv_path_lineage(jv_ctx *cx, const jv_facts *facts, const jv_path *path,
                          const jv_fiscal_year *year, jv_lineage **out) {
  if (path->n == 1) return source_node(cx, facts, path->fact[0], out);
  jv_lineage *node[JV_PATH_EDGES] = {NULL};
  char text[80];
  size_t n = 0;
  jv_status status = JV_OK;
  operation_text(path, year, text);
  for (int minus = 0; minus <= 1; minus++)
    for (size_t i = 0; i < path->n && status == JV_OK; i++)
      if (path->minus[i] == (minus == 1)) {
        status = source_node(cx, facts, path->fact[i], &node[n]);
        if (status == JV_OK) n++;
      }
  if (status == JV_OK) status = jv_lineage_derived(cx, text, jv_path_value(path), node, n, out);
  for (size_t i = 0; i < n; i++) jv_lineage_release(cx, node[i]);
  return status;
}
