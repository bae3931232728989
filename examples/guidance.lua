-- What guidance was worth: each statement about a year, and where the outcome fell.
--
--   jevons examples/guidance.lua [TICKER]
local jv = require "jevons"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local ticker = arg[1] or "META"
local db = jv.edgar.open(here .. "/data/edgar")
db:add_management_reported(here .. "/data/capex/management_reported.csv")
local statements = jv.guidance.read(here .. "/data/capex/guidance.csv"):of { ticker = ticker }

-- The outcome in the boundary of the statement; one that only the firm knows is read as cash. nil where
-- the data lack it, or the statement is about a calendar year that the firm does not report.
local function outcome(statement)
  local boundary = statement.boundary == "firm_defined" and "cash" or statement.boundary
  local found, quantity = pcall(function()
    local company = db:company(ticker)
    local period = company.fiscal_year_end == "12-31" and statement.period:match("%d+") or statement.period
    return company:annual("capex", { boundary = boundary })[period]
  end)
  return found and quantity and not quantity:is_missing() and quantity or nil
end

local function range(statement)
  local low, high = statement.low / 1e9, statement.high / 1e9
  return low == high and ("%g"):format(low) or ("%g to %g"):format(low, high)
end

local row = "%-8s %-11s %-12s %-9s %-26s %s"
print(row:format("period", "said", "bn USD", "outcome", "counted as", "it fell"))
for _, statement in ipairs(statements) do
  local got = outcome(statement)
  print(row:format(statement.period, statement.said ~= "" and statement.said or "undated", range(statement),
    got and ("%.1f"):format(got.value / 1e9) or "none yet", statement.boundary,
    got and jv.guidance.compare(statement, got) or ""))
end
