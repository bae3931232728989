/* Verdicts on printed figures: does the figure from the filings agree with the claim?
 *
 * It agrees when it rounds, or truncates, to the claim at the claim's printed precision; "about"
 * allows 2.5 %. Otherwise it differs, by so much, under the definition of the figure; or it
 * cannot be checked, and what is missing is said. */
#ifndef JV_CAPEX_CLAIM_H
#define JV_CAPEX_CLAIM_H

#include "base/ctx.h"

#define JV_CLAIM_ABOUT 0.025

typedef enum jv_claim_kind {
  JV_CLAIM_EXACT, /* as printed */
  JV_CLAIM_ROUGH, /* "about" */
  JV_CLAIM_AT_LEAST,
  JV_CLAIM_AT_MOST
} jv_claim_kind;

typedef enum jv_verdict { JV_VERDICT_AGREES, JV_VERDICT_DIFFERS, JV_VERDICT_UNCHECKED } jv_verdict;

#define JV_CLAIM_TEXT 64
typedef struct jv_claim {
  char printed[JV_CLAIM_TEXT]; /* "26.3", "78", "42": decides the precision */
  double value;                /* of the printed text */
  int decimals;
  jv_claim_kind kind;
} jv_claim;

typedef struct jv_claim_result {
  jv_verdict verdict;
  const char *how;   /* "rounds", "truncates", "within 2.5 %", "at least"; "" when it differs */
  double difference; /* figure - claim, in the claim's unit */
} jv_claim_result;

/* A printed number: digits with an optional point and sign, thousands separated by commas.
 * JV_EPARSE. */
jv_status jv_claim_parse(jv_ctx *cx, const char *printed, jv_claim_kind kind, jv_claim *out);

/* figure in the claim's unit; NaN: cannot be checked. */
jv_claim_result jv_claim_check(const jv_claim *claim, double figure);

#endif
