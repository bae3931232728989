/* Verdicts on printed figures.
 *
 * A claim printed with d decimals stands for a unit u = 10^-d. A figure x rounds to it when |x -
 * c| <= u/2, and truncates to it when x, cut towards zero at d decimals, is c. Both are judged
 * with a slack of a few units in the last place of a double, for 26.35 has no exact binary form. */
#include "capex/claim.h"
#include "text/number.h"
#include <math.h>
#include <string.h>

jv_status jv_claim_parse(jv_ctx *cx, const char *printed, jv_claim_kind kind, jv_claim *out) {
  char plain[JV_CLAIM_TEXT];
  size_t n = 0;
  int decimals = -1;
  double value;
  for (const char *p = printed; *p && n < sizeof plain - 1; p++) {
    if (*p == ',') continue;
    if (decimals >= 0) decimals++;
    if (*p == '.') decimals = 0;
    plain[n++] = *p;
  }
  bool whole = strlen(printed) < JV_CLAIM_TEXT && !strpbrk(printed, "eE");
  if (!whole || !jv_number_parse(plain, n, &value))
    return jv_fail(cx, JV_EPARSE, "wanted a printed figure such as 26.3 or 1,250, found '%.60s'",
                   printed);
  *out = (jv_claim){.value = value, .decimals = decimals < 0 ? 0 : decimals, .kind = kind};
  memcpy(out->printed, printed, strlen(printed) + 1);
  return JV_OK;
}

static const char *how_it_agrees(const jv_claim *c, double x) {
  double unit = pow(10, -c->decimals), slack = 1e-9 * fmax(unit, fabs(x));
  double gap = fabs(x - c->value);
  if (c->kind == JV_CLAIM_AT_LEAST && x >= c->value - slack) return "at least";
  if (c->kind == JV_CLAIM_AT_MOST && x <= c->value + slack) return "at most";
  if (gap <= unit / 2 + slack) return "rounds";
  if (fabs(trunc(x / unit + copysign(slack / unit, x)) * unit - c->value) <= slack)
    return "truncates";
  if (c->kind == JV_CLAIM_ROUGH && gap <= JV_CLAIM_ABOUT * fabs(c->value)) return "within 2.5 %";
  return "";
}

jv_claim_result jv_claim_check(const jv_claim *claim, double figure) {
  if (isnan(figure)) return (jv_claim_result){JV_VERDICT_UNCHECKED, "", NAN};
  const char *how = how_it_agrees(claim, figure);
  return (jv_claim_result){*how ? JV_VERDICT_AGREES : JV_VERDICT_DIFFERS, how,
                           figure - claim->value};
}
