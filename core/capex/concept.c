/* The table of concepts, and of single filers' departures from them. */
#include "capex/concept.h"
#include "base/option.h"
#include "capex/facts.h"
#include "series/period.h"
#include <string.h>

static const char *const boundary_names[] = {
#define X(code, name, text) name,
    JV_BOUNDARIES(X)
#undef X
};
static const char *const boundary_texts[] = {
#define X(code, name, text) text,
    JV_BOUNDARIES(X)
#undef X
};

const char *jv_boundary_name(jv_boundary boundary) { return boundary_names[boundary]; }
const char *jv_boundary_text(jv_boundary boundary) { return boundary_texts[boundary]; }

jv_status jv_boundary_parse(jv_ctx *cx, const char *name, jv_boundary *out) {
  for (size_t i = 0; i < JV_BOUNDARY_COUNT; i++)
    if (strcmp(boundary_names[i], name) == 0) {
      *out = (jv_boundary)i;
      return JV_OK;
    }
  return jv_fail(cx, JV_EINVAL,
                 "no boundary '%s': cash, cash_net, cash_plus_lease_principal, "
                 "incl_lease_additions or accrued",
                 name);
}

/* Revenue: `Revenues` is the total where a filer has income besides contracts with customers
 * (leases, hedges, interest), so it stands first; a filer that uses it for a part only has fewer
 * quarters under it. */
static const jv_concept concepts[] = {
    {"capex",
     {"PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToAcquireProductiveAssets",
      "PaymentsForCapitalImprovements", "PaymentsToAcquireOtherPropertyPlantAndEquipment",
      "PaymentsToAcquireMachineryAndEquipment",
      "PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities", NULL},
     false,
     true,
     "SegmentExpenditureAdditionToLongLivedAssets",
     "purchases of property and equipment"},
    {"revenue",
     {"Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax",
      "RevenueFromContractWithCustomerIncludingAssessedTax", "SalesRevenueNet",
      "RevenuesNetOfInterestExpense", "SalesRevenueGoodsNet", "Revenue", NULL},
     false,
     true,
     NULL,
     "revenue"},
    {"operating_cash_flow",
     {"NetCashProvidedByUsedInOperatingActivities",
      "NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",
      "CashFlowsFromUsedInOperatingActivities", NULL},
     false,
     false,
     NULL,
     "net cash provided by operating activities"},
    {"operating_income",
     {"OperatingIncomeLoss", "ProfitLossFromOperatingActivities", NULL},
     false,
     false,
     NULL,
     "operating income"},
    {"depreciation",
     {"Depreciation", "DepreciationDepletionAndAmortization", "DepreciationAndAmortization",
      "DepreciationAmortizationAndAccretionNet", NULL},
     false,
     true,
     NULL,
     "depreciation of property and equipment; with amortisation where only that is tagged"},
    {"ppe_net",
     {"PropertyPlantAndEquipmentNet",
      "PropertyPlantAndEquipmentAndFinanceLeaseRightOfUseAssetAfterAccumulatedDepreciationAndAmorti"
      "zation",
      "PropertyPlantAndEquipment", NULL},
     true,
     true,
     NULL,
     "property and equipment, net, at period ends"},
    {"lease_principal",
     {"FinanceLeasePrincipalPayments", "RepaymentsOfLongTermCapitalLeaseObligations",
      "RepaymentsOfCapitalLeaseObligations", NULL},
     false,
     true,
     NULL,
     "principal payments on finance leases"},
    {"lease_additions",
     {"RightOfUseAssetObtainedInExchangeForFinanceLeaseLiability",
      "CapitalLeaseObligationsIncurred", NULL},
     false,
     true,
     NULL,
     "assets obtained under finance leases, not paid in cash"},
    {"proceeds",
     {"ProceedsFromPropertyPlantAndEquipmentSalesAndIncentives",
      "ProceedsFromSaleOfPropertyPlantAndEquipment", "ProceedsFromSaleOfProductiveAssets",
      "ProceedsFromSaleOfOtherPropertyPlantAndEquipment", NULL},
     false,
     false,
     NULL,
     "proceeds from sales of property and equipment, and incentives"},
    {"accrued_capex",
     {"CapitalExpendituresIncurredButNotYetPaid", NULL},
     false,
     true,
     NULL,
     "purchases of property and equipment not yet paid at the period's end"},
    {"backlog",
     {"RevenueRemainingPerformanceObligation", NULL},
     true,
     true,
     NULL,
     "remaining performance obligations at period ends"},
    {"capex_incl_lease_additions",
     {"CapitalExpendituresIncludingFinanceLeases", NULL},
     false,
     true,
     NULL,
     "capital expenditure with finance leases as management reports it"},
    {"capex_accrued",
     {"CapitalExpendituresAccrued", NULL},
     false,
     true,
     NULL,
     "additions to property and equipment as management reports them"},
    {NULL, {NULL}, false, false, NULL, NULL},
};

const jv_concept *jv_concepts(void) { return concepts; }

jv_status jv_concept_find(jv_ctx *cx, const char *name, const jv_concept **out) {
  const char *names[sizeof concepts / sizeof *concepts];
  size_t n = 0;
  for (const jv_concept *c = concepts; c->name; c++) {
    if (strcmp(c->name, name) == 0) {
      *out = c;
      return JV_OK;
    }
    names[n++] = c->name;
  }
  const char *near = jv_nearest_name(name, names, n);
  return jv_fail(cx, JV_ENOTFOUND, "no concept '%s'%s%s%s", name, near ? ", did you mean '" : "",
                 near ? near : "", near ? "'?" : "");
}

/* Meta's purchases are net of proceeds in its filings from 2024Q1 on: the figures for 2023 are
 * restated by just the proceeds that were filed for each of its spans (27,266 less 221 mn USD is
 * 27,045). */
static const jv_definition definitions[] = {
    {1326801, "PaymentsToAcquirePropertyPlantAndEquipment", "2024-04-25", "", JV_BOUNDARY_CASH_NET,
     "net of proceeds as filed from 2024-04-25 on (2023 restated from 27,266 to 27,045 mn USD)"},
};

static bool day_within(int64_t day, const char *from, const char *to) {
  jv_ctx cx; /* dates of the table: parsing cannot fail */
  jv_ctx_init(&cx);
  int64_t limit;
  if (*from && (jv_date_parse(&cx, from, &limit) != JV_OK || day < limit)) return false;
  return !(*to && (jv_date_parse(&cx, to, &limit) != JV_OK || day > limit));
}

const jv_definition *jv_definition_of(int64_t cik, const char *tag, int64_t filed) {
  for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
    const jv_definition *d = &definitions[i];
    if (d->cik == cik && strcmp(d->tag, tag) == 0 && day_within(filed, d->from, d->to)) return d;
  }
  return NULL;
}
