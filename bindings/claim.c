/* jv.claim.judge: one printed figure against one figure. scripts/claim.lua puts the verdict in
 * words. */
#include "capex/claim.h"
#include "modules.h"
#include "values.h"
#include <math.h>

static int l_judge(lua_State *L) {
  static const char *const verdicts[] = {"agrees", "differs", "cannot be checked"};
  static const char *const kinds[] = {"exact", "about", "at_least", "at_most", NULL};
  const char *printed = luaL_checkstring(L, 1);
  jv_quantity figure = {.value = NAN};
  jv_claim claim;
  if (!lua_isnoneornil(L, 2) && !jvl_to_quantity(L, 2, &figure))
    return luaL_typeerror(L, 2, "number or quantity");
  jv_claim_kind kind = (jv_claim_kind)luaL_checkoption(L, 3, "exact", kinds);
  jvl_check(L, jv_claim_parse(jvl_ctx(L), printed, kind, &claim));
  jv_claim_result result = jv_claim_check(&claim, figure.value);
  lua_pushstring(L, verdicts[result.verdict]);
  lua_pushstring(L, result.how);
  lua_pushnumber(L, result.difference);
  lua_pushnumber(L, claim.value);
  return 4;
}

static const jvl_function functions[] = {
    {"judge", l_judge,
     "jv.claim.judge(printed, figure [, kind]) -> verdict, how, difference, value\n\n"
     "Does a figure agree with a printed one (\"26.3\") at its printed precision? The verdict is "
     "`agrees` (how: rounds, truncates, within 2.5 %, at least, at most), `differs` or `cannot be "
     "checked` (no figure, or a missing one). kind: exact, about, at_least, at_most. The figure is "
     "in "
     "the claim's unit; difference is figure less claim, value the claim as a number.\n\n"
     "Errors: `parse` (printed is no figure)."},
    {NULL, NULL, NULL}};

void jvl_open_claim(lua_State *L) {
  jvl_submodule(L, "claim");
  jvl_add(L, "jv.claim", functions);
}
