-- The engine on real filings: which models forecast capital expenditure best, what the default model
-- does and why, and what a firm's announced plan adds to it.
--
--   jevons examples/engine.lua [TICKER] [DATE]
local jv = require "jevons"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local ticker, date = arg[1] or "GOOGL", arg[2] or "2025-02-07"
local db = jv.edgar.open(here .. "/data/edgar")

print "Models side by side: the year ahead, from twelve past quarters of four firms\n"
local firms = {}
for _, name in ipairs { "AMZN", "GOOGL", "META", "MSFT" } do
  firms[name] = db:company(name):quarterly("capex")
end
print(jv.backtest(firms, {
  models = { "auto", "ets", "ets{lambda=log}", "arima", "ces", "dotm", "structural", "stl+arima", "naive" },
  h = 4, origins = 12, level = 80,
}))

print(("\n%s as it was known on %s: what auto does, and why\n"):format(ticker, date))
local known = db:company(ticker):as_of(date):quarterly("capex")
local fit = jv.auto(known)
print(fit:explain())

local fc = fit:forecast(4, { 80, 95 })
local year = fc:annual()[1] -- the first (fiscal) year that the four quarters complete
local name = tostring(year.period)
print("\n" .. tostring(fc))
print(fc:annual { 80 })

-- The plan of that day binds the year's total; a standard deviation of 5 % leaves room on both sides.
local plans = jv.guidance.read(here .. "/data/capex/guidance.csv")
local plan = plans:of { ticker = ticker, period = "FY" .. name:match "%d+" }:as_of(date):latest()
if plan then
  local total = plan.midpoint
  local told = fc:condition { total = { [name] = { total, 0.05 * total } } }
  print(("\nGiven the plan of %.0f bn, said on %s; the history gave %.0f %% to as much or more\n"):format(
    total / 1e9, plan.said, 100 * year:chance_above(total)))
  print(told)
  print(told:annual { 80 })
end
print("filed since:", db:company(ticker):annual("capex")[name] or "not yet")
