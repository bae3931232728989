-- Vintages: what was known of a firm's capital expenditure on a day, and what later filings changed.
--
--   jevons examples/as_of.lua [TICKER] [DATE]
local jv = require "jevons"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local ticker, date = arg[1] or "META", arg[2] or "2024-02-29"
local company = jv.edgar.open(here .. "/data/edgar"):company(ticker)

local then_, now = company:as_of(date):quarterly("capex"), company:quarterly("capex")
print(("%s as known on %s:"):format(company.name, date))
print(then_:tail(8))

print("\nThe same quarters as filed since:")
print(now:window(then_:tail(8):periods()[1], then_:last().period))

print("\nRestated:")
local shown = 0
for _, change in ipairs(company:restatements("capex")) do
  if change["end"] >= "2020-01-01" then
    shown = shown + 1
    print(("  %s to %s: %.0f mn in %s filed %s, %.0f mn in %s filed %s (%+.2f %%)"):format(
      change.start, change["end"], change.before.value / 1e6, change.before.form, change.before.filed,
      change.after.value / 1e6, change.after.form, change.after.filed, 100 * change.difference))
  end
end
if shown == 0 then print("  nothing since 2020") end
