-- Is what was said about the hyperscalers' spending in February 2025 consistent with their filings?
--
--   jevons examples/hyperscalers.lua [FOLDER]
--
-- Checks each claim, puts the firms on one calendar and one boundary, forecasts 2025 as known on that
-- day beside the plans and the outcome, and writes report.html, report.md and the data as CSV. Facts,
-- claims and guidance stand in data/ beside this script; what is not there is named in the report.
local jv = require "jevons"

local DATA = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/data/"
local OUT = arg[1] or "hyperscalers-report"
local FIRMS = { { "AMZN", "Amazon" }, { "MSFT", "Microsoft" }, { "GOOGL", "Alphabet" },
                { "META", "Meta" }, { "ORCL", "Oracle" } }
local ESTIMATED = "ORCL" -- its quarters end between those of the calendar: totals with it and without
local MODELS = { "naive", "snaive", "drift", "holt", "ets", "theta" }
local BN, QUARTER, LAST_YEAR, PLAN_YEAR = "USD bn", "2024Q4", "2024", "2025"

local warnings = {} -- what the data are warned of stands in the report
jv.on_warning(function(text) warnings[#warnings + 1] = { warning = text } end)
local db = jv.edgar.open(DATA .. "edgar")
local guidance = jv.guidance.read(DATA .. "capex/guidance.csv")
local claims = jv.claim.read(DATA .. "capex/claims_2025_02.csv")
local AS_OF = claims[1].as_of
jv.try(db.add_management_reported, db, DATA .. "capex/management_reported.csv")

local firms = jv.group { facts = db, firms = FIRMS }
local known = jv.group { facts = db, firms = FIRMS, concepts = { "capex" }, as_of = AS_OF }
local group = firms:total("capex") or error("no firm's file is in " .. DATA .. "edgar", 0)

-- ---- 1. the claims, against the filings ----

local function amazon_quarter(boundary)
  return db:company("AMZN"):quarterly("capex", { boundary = boundary })[QUARTER]
end

local function annual(ticker, options)
  return db:company(ticker):annual("capex", options)[LAST_YEAR]
end

local checked = claims:check {
  { id = "amzn-q4", definitions = { "cash", "cash_net" }, figure = amazon_quarter },
  { id = "amzn-run-rate", definitions = { "cash", "cash_net" },
    figure = function(boundary) return amazon_quarter(boundary) * 4 end },
  { id = "amzn-2024", definitions = { "cash", "cash_net" },
    figure = function(boundary) return annual("AMZN", { boundary = boundary }) end },
  { id = "googl-growth", definitions = { "cash" },
    figure = function() return claims["googl-2025"].printed / annual("GOOGL") - 1 end },
  { id = "amzn-2025", what = "most of it for AWS: more than half, in " .. LAST_YEAR,
    definitions = { "accrued" }, at_least = 50, unit = "%",
    figure = function()
      local additions = db:company("AMZN"):annual("SegmentExpenditureAdditionToLongLivedAssets")
      return annual("AMZN", { segment = "AWS" }) / additions[LAST_YEAR]
    end },
  { id = "jevons", definitions = { "elasticity" }, at_least = 1, unit = "ratio",
    missing = "unit prices and volumes: filings hold spending only" },
}

-- How each plan is meant, and the boundary in which the firm counts.
local plans = claims:plans({
  { id = "amzn-2025", ticker = "AMZN", kind = "about", boundary = "cash" },
  { id = "meta-2025", ticker = "META", kind = "at_least", boundary = "cash_plus_lease_principal" },
  { id = "googl-2025", ticker = "GOOGL", kind = "about", boundary = "cash" },
  { id = "msft-fy2025", ticker = "MSFT", kind = "about", boundary = "incl_lease_additions" },
}, { year = PLAN_YEAR, facts = db, guidance = guidance })

local function claims_section(part)
  part:table {
    title = "Figures and arguments, held against the filings", name = "claims", rows = checked,
    columns = {
      { "claim", "Claim", head = true }, { "period", "Period" }, { "printed", "Printed" },
      { "definition", "Counted as" }, { "filed", "Filings say" },
      { "verdict", "Verdict", kind = "verdict" }, { "workings", "Arithmetic and filings", markdown = true },
    },
    notes = { [[`cash`: purchases of property and equipment as the cash-flow statement has them, gross.
      `cash_net`: less proceeds from sales and incentives. `accrued`: additions by segment, whether paid
      or not. A figure agrees when it rounds or truncates to the printed one.]] },
  }
  part:table {
    title = "Plans: what was announced, and what came of it", name = "plans", rows = plans,
    columns = {
      { "claim", "Plan", head = true }, { "printed", "Printed", BN, 0 },
      { "guidance", "On that day", kind = "verdict" }, { "boundary", "Counted as" },
      { "outcome", "Outcome", BN, 1 }, { "gap", "Over plan", "%", 0, signed = true },
      { "verdict", "Since then", kind = "verdict" },
    },
    notes = { [[Each firm in the boundary that it plans in. `cash_plus_lease_principal`: with principal
      paid on finance leases. `incl_lease_additions`: with assets taken on under finance leases.
      Microsoft's fiscal year ends in June, and its outcome is the sum of what its management reported
      by quarter.]] },
  }
end

-- ---- 2. the firms on one calendar and one boundary ----

local function comparison(part, period, title)
  local notes = { [[Run rate: the quarter at an annual rate. Growth: of the trailing twelve months on the
    twelve before. Capital intensity: capital expenditure over revenue, twelve months.]] }
  for _, line in ipairs(firms:notes "definition") do
    table.insert(notes, ("%s's line is %s."):format(line.firm, line.note))
  end
  part:table {
    title = ("%s: %s"):format(period, title), name = "comparison-" .. tostring(period), notes = notes,
    rows = firms:compare(period, ESTIMATED),
    columns = {
      { "firm", "Firm", head = true }, { "quarter", "Quarter", BN, 1 }, { "run_rate", "Run rate", BN, 1 },
      { "ttm", "Trailing twelve months", BN, 1 }, { "growth", "Growth", "%", 1, signed = true },
      { "share", "Share of group", "%", 1 }, { "intensity", "Capital intensity", "%", 1 },
    },
  }
end

local function chart(part, options, series_of)
  options.series, options.from = {}, "2019Q1"
  options.marker = { at = AS_OF, label = "claims made" }
  for _, firm in ipairs(firms) do
    local data, style = firm.capex and series_of(firm), firm.ticker == ESTIMATED and "dashed" or nil
    if data then table.insert(options.series, { name = firm.name, data = data, style = style }) end
  end
  part:chart(options)
end

local function comparison_section(part)
  part:text [[All figures are purchases of property and equipment as the cash-flow statements have them
    (`cash`), by calendar quarter. Microsoft's fiscal quarters coincide with calendar ones; Oracle's,
    which end a month earlier or later, are blended by days and marked as estimated.]]
  comparison(part, QUARTER, "the quarter of the claims")
  comparison(part, group:last().period, "the last quarter that all have filed")
  chart(part, { title = "Capital expenditure by quarter", unit = BN, name = "capex-by-quarter",
                alt = "Quarterly capital expenditure of each firm since 2019." },
        function(firm) return firm.capex end)
  chart(part, { title = "Capital intensity, trailing twelve months", unit = "%", digits = 0,
                name = "intensity", alt = "Capital expenditure over revenue, by firm, since 2019." },
        function(firm) return firm.revenue and firm.capex:ttm() / firm.revenue:ttm() end)
end

-- ---- 3. the forecast of that day, beside the plans and the outcome ----

-- How the models did on the years before; the one with the best intervals gives the distributions.
local trial, best = { models = MODELS, h = 4, origins = 12, level = { 80 } }, nil
local ranking = jv.backtest(known:panel "capex", trial):table()
for _, row in ipairs(ranking) do
  row.score = jv.quantity(row["winkler-80"], "USD")
  row.coverage = jv.quantity(row["coverage-80"], "ratio")
  if not best or row.score < best.score then best = row end
end

local function forecast_row(firm, capex)
  local outlook = jv.outlook(best.model, capex, PLAN_YEAR, { as_of = AS_OF })
  local years, lower, upper = firm.capex:aggregate("A", "sum"), outlook:interval(80)
  local row = { firm = firm.name, known = tostring(outlook.known), last = years[LAST_YEAR],
                mean = outlook:mean(), lower = lower, upper = upper, outcome = years[PLAN_YEAR],
                place = outlook:place(years[PLAN_YEAR]) }
  for _, plan in ipairs(plans) do
    if plan.ticker == firm.ticker then
      row.plan, row.counts = plan.printed, plan.boundary .. (plan.fiscal and ", fiscal year" or "")
      row.chance = plan.boundary == "cash" and outlook:chance(plan.printed) or nil
    end
  end
  firm.outlook = outlook
  return row, outlook.total.mean
end

local forecast_rows, all = {}, { firm = "All", total = true }
local rest = { firm = "All but " .. firms:find(ESTIMATED).name }
for i, firm in ipairs(firms) do
  local row, mean = { firm = firm.name, missing = firm.missing or "nothing was filed by " .. AS_OF }, nil
  if known[i].capex then row, mean = forecast_row(firm, known[i].capex) end
  forecast_rows[i] = row
  for _, sum in ipairs { all, firm.ticker ~= ESTIMATED and rest or nil } do
    for key, value in pairs { last = row.last, mean = mean, outcome = row.outcome } do
      sum[key] = sum[key] and sum[key] + value or value
    end
  end
end
table.move({ all, rest }, 1, 2, #forecast_rows + 1, forecast_rows)

local function fan_chart(part, firm, capex)
  part:chart {
    title = firm.name, unit = BN, name = "forecast-" .. firm.ticker:lower(), from = "2020Q1",
    small = true, marker = { at = AS_OF, label = "forecast made" },
    alt = "Quarters known then, their forecast with 80 and 95 % intervals, and what was filed since.",
    series = { { name = "known then", data = capex },
               { name = "filed since", style = "points",
                 data = firm.capex:window(capex:last().period + 1, PLAN_YEAR .. "Q4") } },
    forecast = { name = firm.outlook.forecast.form, of = firm.outlook.forecast, levels = { 80, 95 },
                 source = firm.outlook.how },
  }
end

local function models_table(part)
  local columns, rows = { { "firm", "Firm", head = true } }, {}
  for _, model in ipairs(MODELS) do columns[#columns + 1] = { model, model, BN, 1 } end
  columns[#columns + 1] = { "outcome", "Outcome", BN, 1 }
  for i, firm in ipairs(firms) do
    rows[i] = { firm = firm.name, missing = forecast_rows[i].missing, outcome = forecast_rows[i].outcome }
    for _, model in ipairs(known[i].capex and MODELS or {}) do
      rows[i][model] = jv.outlook(model, known[i].capex, PLAN_YEAR, { as_of = AS_OF }):mean()
    end
  end
  part:table { title = "Mean of the total by model", name = "models", columns = columns, rows = rows }
end

local function forecast_section(part)
  part:table {
    title = ("Total of %s by %s: forecast, outcome, plan"):format(PLAN_YEAR, best.model),
    name = "forecast", rows = forecast_rows,
    columns = {
      { "firm", "Firm", head = true }, { "known", "Known to" }, { "last", LAST_YEAR, BN, 1 },
      { "mean", "Forecast", BN, 1, source = "sum of the forecasts" },
      { "lower", "80 % from", BN, 1 }, { "upper", "80 % to", BN, 1 }, { "outcome", "Outcome", BN, 1 },
      { "place", "Outcome was" }, { "plan", "Plan", BN, 0 }, { "counts", "Plan counts" },
      { "chance", "Chance of plan", "%", 0 },
    },
    notes = { ("The forecast sees only what had been filed by %s; %s and outcome are as filed since. A " ..
               "chance is given where the plan counts the same boundary and year. The models know no " ..
               "plan and no floor: an interval may reach below zero."):format(AS_OF, LAST_YEAR) },
  }
  for i, firm in ipairs(firms) do if firm.outlook then fan_chart(part, firm, known[i].capex) end end
  models_table(part)
  local how = ("backtest on the quarters known by %s"):format(AS_OF)
  part:table {
    title = "Models ranked on the years before: four quarters ahead from 12 origins, all firms",
    name = "backtest", rows = ranking,
    columns = {
      { "model", "Model", head = true }, { "MASE", "MASE", nil, 2, source = how },
      { "sMAPE", "sMAPE", "%", 1, source = how }, { "skill", "Skill", nil, 2, signed = true, source = how },
      { "score", "Interval score", BN, 1, source = how },
      { "coverage", "Held by 80 % intervals", "%", 0, source = how },
    },
    notes = { [[`naive` repeats the last quarter, `snaive` that of a year before; `drift` goes on from first
      to last; `holt`, `ets` and `theta` smooth level, trend or seasons (`ets` chooses which).]],
              ("MASE: mean absolute error over that of the seasonal naive forecast within the data. " ..
               "Skill: 1 less MASE over that of `naive`. Interval score: width of the 80 %% intervals " ..
               "and a penalty for misses; less is better. The best points come first; the forecasts " ..
               "above are those of `%s`, whose intervals score best."):format(best.model) },
  }
end

-- ---- 4. the report, with the answer first ----

local function opening(report)
  local quarter, rate, year = checked["amzn-q4"], checked["amzn-run-rate"], checked["amzn-2024"]
  local growth, aws, held, gaps = checked["googl-growth"], checked["amzn-2025"], 0, {}
  for _, plan in ipairs(plans) do
    held = held + (plan.gap and 1 or 0)
    gaps[#gaps + 1] = plan.gap and plan.gap.value > 0 and plan.gap or nil
  end
  table.sort(gaps, function(a, b) return a < b end)
  local function says(check) return check.agrees and "agrees" or "does not agree" end
  for _, firm in ipairs(firms:absent()) do report:missing { what = firm.name, add = firm.missing } end
  report:findings {
    { ("**Amazon's figure for %s %s with the filings:** it was {quarter:USD bn:1}, gross, not %s bn, and " ..
       "the run rate {run_rate:USD bn:1}%s."):format(QUARTER, says(quarter), claims["amzn-q4"].text,
        quarter.cash_net and "" or "; net of proceeds, the filings do not say by quarter"),
      quarter = quarter.cash, run_rate = rate.cash },
    { ("**Its figure for the year %s, net of proceeds:** the %s bn of %s are {net:USD bn:1}, and gross " ..
       "{gross:USD bn:1}."):format(says(year), claims["amzn-2024"].text, LAST_YEAR),
      net = year.cash_net, gross = year.cash },
    { ("**Alphabet's growth %s:** the plan is {growth:%%:1} over %s. AWS took {aws:%%:0} of Amazon's " ..
       "additions."):format(says(growth), LAST_YEAR), growth = growth.cash, aws = aws.accrued },
    { ("**%d of %d plans were exceeded**, by {least_over:%%:0} to {most_over:%%:0}."):format(#gaps, held),
      least_over = gaps[1], most_over = gaps[#gaps] },
    { ("**What the filings alone foretold:** the model `%s` expected {forecast:USD bn:0} for %s from all " ..
       "firms; they spent {outcome:USD bn:0}."):format(best.model, PLAN_YEAR), outcome = all.outcome,
      forecast = { quantity = all.mean, lineage = "sum of the forecasts" } },
    { "**Whether falling unit costs raise spending cannot be checked:** missing are " ..
      checked.jevons.missing .. "." },
  }
  local last = firms:compare(group:last().period)[#firms + 1] -- the row of all
  report:number { label = "Capex of all, year to " .. tostring(group:last().period), value = last.ttm,
                  unit = BN, digits = 0 }
  report:number { label = "Growth on the year", value = last.growth, unit = "%", digits = 0, signed = true }
  report:number { label = "Capital intensity", value = last.intensity, unit = "%", digits = 0 }
end

local function notes_section(part)
  part:table { title = "Boundary, tags, and where they join", name = "notes", rows = firms:notes(),
               columns = { { "firm", "Firm", head = true }, { "concept", "Series" }, { "kind", "About" },
                           { "note", "Note" } } }
  part:table { title = "Warnings while the facts were read", name = "warnings", rows = warnings,
               columns = { { "warning", "Warning" } } }
end

local report = jv.report.new {
  title = "The hyperscalers' capital expenditure", ciks = db:ciks(),
  date = ("Claims made by %s, filings to %s"):format(AS_OF, group:last().period),
  subtitle = "What was said in February 2025, what the filings say, and what came of it",
}
opening(report)
claims_section(report:section "The claims of February 2025")
comparison_section(report:section "The firms on one calendar and one boundary")
forecast_section(report:section(("%s, as it could be forecast on %s"):format(PLAN_YEAR, AS_OF)))
notes_section(report:section "What the data say of themselves")
report:write_html(OUT .. "/report.html")
report:write_markdown(OUT .. "/report.md")
report:write_csv(OUT .. "/data")
if #warnings > 0 then
  warn(("%d warnings about the data stand at the end of the report"):format(#warnings))
end
print("report: " .. OUT .. "/report.html")
