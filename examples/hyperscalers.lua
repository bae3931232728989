-- Is what was said about the hyperscalers' spending in February 2025 consistent with their filings?
--
--   jevons examples/hyperscalers.lua [FOLDER]
--
-- Checks each claim, puts the firms on one calendar and one boundary, forecasts 2025 as known on that day,
-- sets the forecast beside the plans and what happened since, and writes report.html, report.md and CSVs.
-- Facts, claims and guidance stand in data/ beside this script; what is not there is named in the report.
local jv = require "jevons"

local DATA = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/data/"
local OUT = arg[1] or "hyperscalers-report"
local FIRMS = { { "AMZN", "Amazon" }, { "MSFT", "Microsoft" }, { "GOOGL", "Alphabet" }, { "META", "Meta" },
                { "ORCL", "Oracle" } }
local MODELS = { "naive", "snaive", "drift", "holt", "ets", "theta" }
local BN, QUARTER, LAST_YEAR, PLAN_YEAR = "USD bn", "2024Q4", "2024", "2025"

local db = jv.edgar.open(DATA .. "edgar"):add_management_reported(DATA .. "capex/management_reported.csv")
local guidance = jv.guidance.read(DATA .. "capex/guidance.csv")
local claims = jv.csv.read(DATA .. "capex/claims_2025_02.csv", { types = { value_bn = "text" } })
for _, claim in ipairs(claims) do claims[claim.id] = claim end
local AS_OF = claims[1].as_of

-- The value, or nil and why there is none: what the data lack is said in its place, the rest goes on.
local function attempt(fn, ...)
  local ok, value = pcall(fn, ...)
  if ok then return value end
  return nil, tostring(value)
end

-- A firm's concept by calendar quarter; a fiscal calendar that does not fit gives estimates.
local function quarters(ticker, concept, as_of)
  local company = db:company(ticker)
  if as_of then company = company:as_of(as_of) end
  return company:quarterly(concept):to_calendar("Q-DEC")
end

local function annual(ticker, year, options)
  return db:company(ticker):annual("capex", options)[year]
end

local function printed(claim)
  return jv.quantity(tonumber(claim.value_bn), claim.unit == "%" and "%" or BN,
    { source = { filer = claim.who, note = claim.what .. ", as printed by " .. claim.as_of } })
end

local ciks = {}
for _, ticker in ipairs(db:companies()) do
  local company = db:find_company(ticker)
  ciks[ticker] = company and company.cik
end

local report = jv.report.new {
  title = "The hyperscalers' capital expenditure",
  subtitle = "What was said in February 2025, what the filings say, and what came of it",
  as_of = AS_OF, ciks = ciks,
}

local function number(key, title, unit, digits, signed)
  return { key = key, title = title, unit = unit, digits = digits, signed = signed }
end

-- ---- 1. the claims, against the filings ----

local function amazon_quarter(boundary)
  return db:company("AMZN"):quarterly("capex", { boundary = boundary })[QUARTER]
end

-- What a printed figure is held against, by definition of capex.
local CHECKS = {
  { id = "amzn-q4", definitions = { "cash", "cash_net" }, figure = amazon_quarter },
  { id = "amzn-run-rate", definitions = { "cash", "cash_net" },
    figure = function(boundary) return amazon_quarter(boundary) * 4 end },
  { id = "amzn-2024", definitions = { "cash", "cash_net" },
    figure = function(boundary) return annual("AMZN", LAST_YEAR, { boundary = boundary }) end },
  { id = "googl-growth", definitions = { "cash" }, unit = "%",
    figure = function() return printed(claims["googl-2025"]) / annual("GOOGL", LAST_YEAR) - 1 end },
  { id = "amzn-2025", says = "most of it for AWS: more than half, in " .. LAST_YEAR, definitions = { "accrued" },
    printed = jv.quantity(50, "%"), kind = "at_least", unit = "%",
    figure = function()
      return annual("AMZN", LAST_YEAR, { segment = "AWS" })
        / db:company("AMZN"):annual("SegmentExpenditureAdditionToLongLivedAssets")[LAST_YEAR]
    end },
  { id = "jevons", definitions = { "elasticity" }, printed = jv.quantity(1), kind = "at_least", unit = "ratio",
    missing = "unit prices and volumes; an elasticity of demand needs both, and filings hold spending only" },
}

local function check_rows(check)
  local claim, rows = claims[check.id], {}
  local said = check.printed or printed(claim)
  for i, definition in ipairs(check.definitions) do
    local figure, why
    if check.figure then figure, why = attempt(check.figure, definition) end
    check[definition] = figure and not figure:is_missing() and figure or nil
    local verdict = jv.claim.check {
      claim = check.printed and check.printed.value or claim.value_bn, unit = check.unit or BN, figure = figure,
      kind = check.kind, definition = definition, missing = not figure and (check.missing or why) or nil,
    }
    rows[i] = {
      claim = ("%s: %s"):format(claim.who, check.says or claim.what .. (claim.period ~= "" and ", " .. claim.period or "")),
      printed = check.id ~= "jevons" and { quantity = said, unit = check.unit or BN } or "", definition = definition,
      filed = verdict.missing and "" or { quantity = figure, unit = check.unit or BN, digits = 2 },
      verdict = verdict.text, arithmetic = figure and jv.report.arithmetic(figure) or "", agrees = verdict.agrees,
    }
  end
  return rows
end

-- Plans: the claim, how it is meant, and the boundary in which the firm counts.
local PLANS = {
  { id = "amzn-2025", ticker = "AMZN", kind = "about", boundary = "cash" },
  { id = "meta-2025", ticker = "META", kind = "at_least", boundary = "cash_plus_lease_principal" },
  { id = "googl-2025", ticker = "GOOGL", kind = "about", boundary = "cash" },
  { id = "msft-fy2025", ticker = "MSFT", kind = "about", boundary = "incl_lease_additions" },
}

local function plan_row(plan)
  local claim, company = claims[plan.id], db:find_company(plan.ticker)
  local said = guidance:as_of(AS_OF):of { ticker = plan.ticker, period = "FY" .. PLAN_YEAR }:latest()
  local year = (company and company.fiscal_year_end ~= "12-31" and "FY" or "") .. PLAN_YEAR
  local outcome, why = attempt(annual, plan.ticker, year, { boundary = plan.boundary })
  local verdict = jv.claim.plan { claim = claim.value_bn, unit = BN, kind = plan.kind, guidance = said,
                                  outcome = outcome, definition = plan.boundary, missing = why }
  plan.claimed, plan.outcome = printed(claim), outcome
  return {
    claim = ("%s, %s, %s"):format(claim.who, claim.period, plan.kind:gsub("_", " ")), printed = plan.claimed,
    guidance = verdict.guidance.text, verdict = verdict.outcome.text,
    outcome = outcome or { missing = why }, gap = outcome and outcome / plan.claimed - 1,
  }
end

local claim_rows, plan_rows = {}, {}
for _, check in ipairs(CHECKS) do
  for _, row in ipairs(check_rows(check)) do claim_rows[#claim_rows + 1] = row end
end
for i, plan in ipairs(PLANS) do plan_rows[i] = plan_row(plan) end

local function claims_section()
  local part = report:section("The claims of February 2025")
  part:table {
    title = "Figures and arguments, held against the filings", name = "claims", rows = claim_rows,
    columns = {
      { key = "claim", title = "Claim", head = true }, { key = "printed", title = "Printed" },
      { key = "definition", title = "Counted as" }, { key = "filed", title = "Filings say" },
      { key = "verdict", title = "Verdict", kind = "verdict" }, { key = "arithmetic", title = "Arithmetic" },
    },
    notes = {
      "`cash`: purchases of property and equipment as the cash-flow statement has them, gross. `cash_net`: less " ..
      "proceeds from sales and incentives. `accrued`: additions by segment, whether paid or not. A figure agrees " ..
      "when it rounds or truncates to the printed one.",
    },
  }
  part:table {
    title = "Plans: what was announced, and what came of it", name = "plans", rows = plan_rows,
    columns = {
      { key = "claim", title = "Plan", head = true }, number("printed", "Printed", BN, 0),
      { key = "guidance", title = "On that day", kind = "verdict" },
      number("outcome", "Outcome", BN, 1),
      number("gap", "Over plan", "%", 0, true),
      { key = "verdict", title = "Since then", kind = "verdict" },
    },
    notes = { "Each firm in the boundary that it plans in; Microsoft's fiscal year ends in June, and its figure is " ..
              "the sum of what its management reported by quarter, leases included." },
  }
end

-- ---- 2. the firms on one calendar and one boundary ----

-- Per firm the series that comparisons and forecasts are made of; nil, and why, where the data lack it.
local firms = {}
for i, firm in ipairs(FIRMS) do
  local capex, why = attempt(quarters, firm[1], "capex")
  firms[i] = { ticker = firm[1], name = firm[2], why = why, capex = capex,
               known = attempt(quarters, firm[1], "capex", AS_OF), revenue = attempt(quarters, firm[1], "revenue") }
end

-- Sum over the firms that are there; `without` leaves one out.
local function total(field, without)
  local sum
  for _, firm in ipairs(firms) do
    if firm[field] and firm.ticker ~= without then sum = sum and sum + firm[field] or firm[field] end
  end
  return sum
end

local function comparison_row(name, capex, revenue, group, period)
  local ttm = capex:ttm()
  return {
    firm = name, quarter = capex[period], rate = capex:run_rate()[period], ttm = ttm[period],
    growth = ttm:growth()[period], share = (ttm / group:ttm())[period],
    intensity = revenue and (ttm / revenue:ttm())[period],
  }
end

local function comparison(part, period)
  local group, rows = total("capex"), {}
  for i, firm in ipairs(firms) do
    rows[i] = firm.capex and comparison_row(firm.name, firm.capex, firm.revenue, group, period)
              or { firm = firm.name, missing = firm.why }
  end
  rows[#rows + 1] = comparison_row("All", group, total("revenue"), group, period)
  rows[#rows].total = true
  rows[#rows + 1] = comparison_row("All but Oracle", total("capex", "ORCL"), total("revenue", "ORCL"), group, period)
  part:table {
    title = ("%s on calendar quarters, cash boundary"):format(period), name = "comparison-" .. tostring(period),
    rows = rows,
    columns = {
      { key = "firm", title = "Firm", head = true },
      number("quarter", "Quarter", BN, 1),
      number("rate", "Run rate", BN, 1),
      number("ttm", "Twelve months", BN, 1),
      number("growth", "On the year", "%", 1, true),
      number("share", "Share of group", "%", 1),
      number("intensity", "Of revenue", "%", 1),
    },
  }
end

-- A line for each firm that is there.
local function lines(series_of)
  local list = {}
  for _, firm in ipairs(firms) do
    local data = firm.capex and series_of(firm)
    if data then
      list[#list + 1] = { name = firm.name, data = data, style = firm.ticker == "ORCL" and "dashed" or nil }
    end
  end
  return list
end

local function comparison_section()
  local part = report:section("The firms on one calendar and one boundary")
  part:text("All figures are purchases of property and equipment as the cash-flow statements have them (`cash`), " ..
            "by calendar quarter. Microsoft's fiscal quarters coincide with calendar ones; Oracle's, which end in " ..
            "February, May, August and November, are blended by days and marked as estimated.")
  comparison(part, QUARTER)
  comparison(part, total("capex"):last().period)
  part:chart {
    title = "Capital expenditure by quarter", unit = BN, name = "capex-by-quarter", from = "2019Q1",
    alt = "Quarterly capital expenditure of the five firms since 2019, rising steeply from 2024 on.",
    marker = { at = AS_OF, label = "claims made" }, series = lines(function(firm) return firm.capex end),
  }
  part:chart {
    title = "Twelve months' capital expenditure over revenue", unit = "%", digits = 0, name = "intensity",
    alt = "Capital expenditure as a share of revenue over twelve months, by firm, since 2019.",
    from = "2019Q1", marker = { at = AS_OF, label = "claims made" },
    series = lines(function(firm) return firm.revenue and firm.capex:ttm() / firm.revenue:ttm() end),
  }
end

-- ---- 3. the forecast of that day, beside the plans and the outcome ----

-- The distribution of the year's total from what was known, and the forecast it comes from.
local function year_ahead(model, known)
  local h = jv.period(PLAN_YEAR .. "Q4") - known:last().period
  local forecast = jv.fit(model, known):forecast(h, { level = { 80, 95 } })
  return forecast:annual()[PLAN_YEAR], forecast
end

-- How the models did on the years before; the one with the best intervals gives the distributions.
local function run_backtest()
  local panel, best = {}, nil
  for _, firm in ipairs(firms) do panel[firm.name] = firm.known end
  local rows = jv.backtest(panel, { models = MODELS, h = 4, origins = 12, level = { 80 } }):table()
  for _, row in ipairs(rows) do
    row.score, row.coverage = jv.quantity(row["winkler-80"], "USD"), jv.quantity(row["coverage-80"], "ratio")
    if not best or row["winkler-80"] < best["winkler-80"] then best = row end
  end
  return rows, best
end

-- Where the outcome fell in the distribution of the forecast.
local function place(year, outcome)
  for _, level in ipairs { 80, 95 } do
    local lower, upper = year:interval(level)
    if outcome >= lower and outcome <= upper then return ("inside %d %%"):format(level) end
  end
  return outcome > year.mean and "above 95 %" or "below 95 %"
end

local function forecast_row(firm, model)
  if not firm.known then return { firm = firm.name, missing = firm.why } end
  local year, forecast = year_ahead(model, firm.known)
  local years = firm.capex:aggregate("A", "sum")
  local row = { firm = firm.name, mean = year.mean, last = years[LAST_YEAR], outcome = years[PLAN_YEAR],
                place = place(year, years[PLAN_YEAR]) }
  row.lower, row.upper = year:interval(80)
  for _, plan in ipairs(PLANS) do
    if plan.ticker == firm.ticker and plan.boundary == "cash" then
      row.plan, row.chance = plan.claimed, jv.quantity(year:chance_above(plan.claimed), "ratio")
    end
  end
  firm.forecast, firm.outcome = forecast, years[PLAN_YEAR]
  return row
end

local ranking, best = run_backtest()
local forecast_rows, all = {}, { firm = "All", total = true }
for i, firm in ipairs(firms) do
  local row = forecast_row(firm, best.model)
  forecast_rows[i] = row
  for _, key in ipairs { "last", "mean", "outcome" } do
    if row[key] then all[key] = all[key] and all[key] + row[key] or row[key] end
  end
end
forecast_rows[#forecast_rows + 1] = all

local function models_table(part)
  local columns, rows = { { key = "firm", title = "Firm", head = true } }, {}
  for i, model in ipairs(MODELS) do columns[i + 1] = number(model, model, BN, 1) end
  columns[#columns + 1] = number("outcome", "Outcome", BN, 1)
  for i, firm in ipairs(firms) do
    rows[i] = { firm = firm.name, missing = not firm.known and firm.why or nil, outcome = firm.outcome }
    for _, model in ipairs(firm.known and MODELS or {}) do rows[i][model] = year_ahead(model, firm.known).mean end
  end
  part:table { title = "Mean forecast of the " .. PLAN_YEAR .. " total by model", name = "models",
               columns = columns, rows = rows }
end

local function fan_chart(part, firm)
  part:chart {
    title = firm.name, unit = BN, name = "forecast-" .. firm.ticker:lower(), from = "2020Q1", small = true,
    alt = ("%s: quarters filed, the forecast of %s with 80 and 95 %% intervals, and what was filed since."):format(
      firm.name, AS_OF),
    series = { { name = "known then", data = firm.known },
               { name = "since", data = firm.capex:window(firm.known:last().period + 1, PLAN_YEAR .. "Q4"),
                 style = "points" } },
    forecast = { name = firm.forecast.form, of = firm.forecast, levels = { 80, 95 } },
    marker = { at = AS_OF, label = "forecast made" },
  }
end

local function forecast_section()
  local part = report:section(PLAN_YEAR .. ", as it could be forecast on " .. AS_OF)
  part:table {
    title = ("Total of %s by %s: forecast, plan, outcome"):format(PLAN_YEAR, best.model), name = "forecast",
    rows = forecast_rows,
    columns = {
      { key = "firm", title = "Firm", head = true }, number("last", LAST_YEAR, BN, 1),
      number("mean", "Forecast", BN, 1), number("lower", "80 % from", BN, 1), number("upper", "to", BN, 1),
      number("plan", "Plan", BN, 0), number("chance", "Chance to reach it", "%", 0),
      number("outcome", "Outcome", BN, 1), { key = "place", title = "Outcome lies" },
    },
    notes = { "The forecast sees only what had been filed by " .. AS_OF .. ". Plans stand beside it where they " ..
              "count the same boundary and year: Meta's adds lease principal, Microsoft's leases and its own year. " ..
              "Oracle's last calendar quarter known then was 2024Q3, so it is forecast five quarters ahead." },
  }
  for _, firm in ipairs(firms) do if firm.forecast then fan_chart(part, firm) end end
  models_table(part)
  part:table {
    title = "Models ranked on the years before: four quarters ahead from 12 origins, all firms", name = "backtest",
    rows = ranking,
    columns = {
      { key = "model", title = "Model", head = true }, number("MASE", "MASE", nil, 2),
      number("sMAPE", "sMAPE", nil, 1), number("skill", "Skill", nil, 2, true),
      number("score", "Interval score", BN, 1), number("coverage", "Held by 80 % intervals", "%", 0),
    },
    notes = { "MASE: mean absolute error over that of the seasonal naive forecast within the data. Skill: 1 less " ..
              "MASE over that of `naive`. The best points come first; the distributions above are those of " ..
              best.model .. ", whose 80 % intervals have the best score." },
  }
end

-- ---- the answer first ----

local function in_bn(quantity, digits)
  return quantity and { quantity = quantity, unit = BN, digits = digits or 1 }
end

local function percent(quantity, digits, signed)
  return quantity and { quantity = quantity, unit = "%", digits = digits, signed = signed }
end

-- How many plans were exceeded, by how much at least and at most.
local function exceeded()
  local count, least, most = 0, nil, nil
  for _, row in ipairs(plan_rows) do
    if row.gap and row.gap > 0 then
      count = count + 1
      least, most = least and least < row.gap and least or row.gap, most and most > row.gap and most or row.gap
    end
  end
  return ("%d of %d"):format(count, #plan_rows), least, most
end

local function opening()
  local quarter, rate, year, growth, aws = CHECKS[1], CHECKS[2], CHECKS[3], CHECKS[4], CHECKS[5]
  local count, least, most = exceeded()
  report:findings {
    { ("**Amazon's quarter does not agree with its filings; its year does, net of proceeds.** As filed, %s was " ..
       "{quarter}, not %s, and the run rate {rate}. The %s bn of %s are {net}; gross, the year came to {gross}."):format(
      QUARTER, claims["amzn-q4"].value_bn, claims["amzn-2024"].value_bn, LAST_YEAR),
      quarter = in_bn(quarter.cash), rate = in_bn(rate.cash), net = in_bn(year.cash_net), gross = in_bn(year.cash) },
    { "**Alphabet's growth and Amazon's words on AWS agree:** the plan is {growth} over the year before, and AWS " ..
      "took {aws} of Amazon's additions.",
      growth = percent(growth.cash, 1, true), aws = percent(aws.accrued, 0) },
    { "**The plans agreed with the guidance of the day, and " .. count .. " were exceeded,** by {least} to {most}.",
      least = percent(least, 0), most = percent(most, 0) },
    { ("**Models that knew only the filings saw less coming:** %s expected {mean} for %s from all firms together; " ..
       "they spent {spent}."):format(best.model, PLAN_YEAR),
      mean = in_bn(all.mean, 0), spent = in_bn(all.outcome, 0) },
    { "**Whether falling unit costs raise spending cannot be checked here:** filings hold spending, but neither " ..
      "unit prices nor volumes." },
  }
  local group, revenue = total("capex"):ttm(), total("revenue")
  local last = group:last()
  report:number { label = "All firms, twelve months to " .. tostring(last.period), value = last, unit = BN, digits = 0 }
  report:number { label = "On the year", value = group:growth():last(), unit = "%", digits = 0, signed = true }
  report:number { label = "Of revenue", value = revenue and (group / revenue:ttm())[last.period], unit = "%", digits = 0 }
end

opening()
claims_section()
comparison_section()
forecast_section()
report:write_html(OUT .. "/report.html")
report:write_markdown(OUT .. "/report.md")
report:write_csv(OUT .. "/data")
print("report: " .. OUT .. "/report.html")
