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
local MODELS = { "naive", "snaive", "drift", "holt", "ets", "theta" }
local BN, QUARTER, LAST_YEAR, PLAN_YEAR = "USD bn", "2024Q4", "2024", "2025"

local db = jv.edgar.open(DATA .. "edgar")
local guidance = jv.guidance.read(DATA .. "capex/guidance.csv")
local claims = jv.csv.read(DATA .. "capex/claims_2025_02.csv", { types = { value_bn = "text" } })
for _, claim in ipairs(claims) do claims[claim.id] = claim end
local AS_OF = claims[1].as_of

-- The value, or nil and why there is none: what the data lack is named in its place.
local function attempt(fn, ...)
  local ok, value = pcall(fn, ...)
  if ok then return value end
  return nil, type(value) ~= "string" and value.message or tostring(value)
end

attempt(db.add_management_reported, db, DATA .. "capex/management_reported.csv")

local function annual(ticker, year, options)
  return db:company(ticker):annual("capex", options)[year]
end

-- A firm's concept by calendar quarter; a fiscal calendar that does not fit gives estimates.
local function quarters(ticker, concept, as_of)
  local company = db:company(ticker)
  if as_of then company = company:as_of(as_of) end
  return company:quarterly(concept):to_calendar("Q-DEC")
end

local function printed(claim)
  local note = ("%s, as printed by %s"):format(claim.what, claim.as_of)
  return jv.quantity(tonumber(claim.value_bn), claim.unit == "%" and "%" or BN,
                     { source = { filer = claim.who, note = note } })
end

-- A column of numbers; source: where those come from that have no lineage of their own.
local function number(key, title, unit, digits, signed, source)
  return { key = key, title = title, unit = unit, digits = digits, signed = signed, source = source }
end

-- ---- 1. the claims, against the filings ----

local function amazon_quarter(boundary)
  return db:company("AMZN"):quarterly("capex", { boundary = boundary })[QUARTER]
end

-- What a claim is held against, by definition of the figure; `printed` where it names no number.
local CHECKS = {
  { id = "amzn-q4", definitions = { "cash", "cash_net" }, figure = amazon_quarter },
  { id = "amzn-run-rate", definitions = { "cash", "cash_net" },
    figure = function(boundary) return amazon_quarter(boundary) * 4 end },
  { id = "amzn-2024", definitions = { "cash", "cash_net" },
    figure = function(boundary) return annual("AMZN", LAST_YEAR, { boundary = boundary }) end },
  { id = "googl-growth", definitions = { "cash" }, unit = "%",
    figure = function() return printed(claims["googl-2025"]) / annual("GOOGL", LAST_YEAR) - 1 end },
  { id = "amzn-2025", what = "most of it for AWS: more than half, in " .. LAST_YEAR,
    definitions = { "accrued" }, printed = jv.quantity(50, "%"), kind = "at_least", unit = "%",
    figure = function()
      local additions = db:company("AMZN"):annual("SegmentExpenditureAdditionToLongLivedAssets")
      return annual("AMZN", LAST_YEAR, { segment = "AWS" }) / additions[LAST_YEAR]
    end },
  { id = "jevons", definitions = { "elasticity" }, printed = jv.quantity(1), kind = "at_least",
    unit = "ratio", missing = "unit prices and volumes: filings hold spending only" },
}

local function in_words(result)
  if result.verdict == "agrees" then return ("agrees (%s)"):format(result.how) end
  if result.verdict == "differs" then return "differs by " .. tostring(result.difference) end
  return ("cannot be checked (%s)"):format(result.missing)
end

-- How a figure follows from the filings, and which they are.
local function workings(figure)
  local formula, filings = jv.report.arithmetic(figure), jv.report.accessions(figure)
  return (formula and formula .. "  \n" or "") .. table.concat(filings, ", ")
end

local claim_rows = {}
for _, check in ipairs(CHECKS) do
  local claim, unit = claims[check.id], check.unit or BN
  local said = check.printed or printed(claim)
  for _, definition in ipairs(check.definitions) do
    local figure, why
    if check.figure then figure, why = attempt(check.figure, definition) end
    local verdict = jv.claim.check {
      claim = check.printed and said.value or claim.value_bn, unit = unit, kind = check.kind,
      figure = figure, definition = definition, missing = not figure and (check.missing or why) or nil,
    }
    check[definition] = verdict.figure
    check.agrees = check.agrees or verdict.agrees
    claim_rows[#claim_rows + 1] = {
      claim = ("%s: %s"):format(claim.who, check.what or claim.what), definition = definition,
      period = claim.period,
      printed = { quantity = said, unit = unit }, verdict = in_words(verdict.results[1]),
      filed = not verdict.missing and { quantity = figure, unit = unit, digits = 2 } or "",
      arithmetic = verdict.missing and "" or workings(figure),
    }
  end
end

-- Plans: the claim, how it is meant, and the boundary in which the firm counts.
local PLANS = {
  { id = "amzn-2025", ticker = "AMZN", kind = "about", boundary = "cash" },
  { id = "meta-2025", ticker = "META", kind = "at_least", boundary = "cash_plus_lease_principal" },
  { id = "googl-2025", ticker = "GOOGL", kind = "about", boundary = "cash" },
  { id = "msft-fy2025", ticker = "MSFT", kind = "about", boundary = "incl_lease_additions" },
}

local said_then = guidance:as_of(AS_OF)
for _, plan in ipairs(PLANS) do
  local claim, company = claims[plan.id], db:find_company(plan.ticker)
  plan.fiscal = company and company.fiscal_year_end ~= "12-31"
  local outcome, why = attempt(annual, plan.ticker, (plan.fiscal and "FY" or "") .. PLAN_YEAR,
                               { boundary = plan.boundary })
  local verdict = jv.claim.plan {
    claim = claim.value_bn, unit = BN, kind = plan.kind, definition = plan.boundary, missing = why,
    guidance = said_then:of { ticker = plan.ticker, period = "FY" .. PLAN_YEAR }:latest(),
    outcome = outcome,
  }
  plan.claim = ("%s, %s, %s"):format(claim.who, claim.period, plan.kind:gsub("_", " "))
  plan.printed, plan.guidance = printed(claim), verdict.guidance.text
  plan.verdict, plan.outcome = in_words(verdict.outcome.results[1]), outcome or { missing = why }
  plan.gap = outcome and outcome / plan.printed - 1
end

local function claims_section(part)
  part:table {
    title = "Figures and arguments, held against the filings", name = "claims", rows = claim_rows,
    columns = {
      { key = "claim", title = "Claim", head = true }, { key = "period", title = "Period" },
      { key = "printed", title = "Printed" }, { key = "definition", title = "Counted as" },
      { key = "filed", title = "Filings say" }, { key = "verdict", title = "Verdict", kind = "verdict" },
      { key = "arithmetic", title = "Arithmetic and filings", markdown = true },
    },
    notes = { [[`cash`: purchases of property and equipment as the cash-flow statement has them, gross.
      `cash_net`: less proceeds from sales and incentives. `accrued`: additions by segment, whether paid
      or not. A figure agrees when it rounds or truncates to the printed one.]] },
  }
  part:table {
    title = "Plans: what was announced, and what came of it", name = "plans", rows = PLANS,
    columns = {
      { key = "claim", title = "Plan", head = true }, number("printed", "Printed", BN, 0),
      { key = "guidance", title = "On that day", kind = "verdict" },
      { key = "boundary", title = "Counted as" }, number("outcome", "Outcome", BN, 1),
      number("gap", "Over plan", "%", 0, true),
      { key = "verdict", title = "Since then", kind = "verdict" },
    },
    notes = { [[Each firm in the boundary that it plans in. Microsoft's fiscal year ends in June, and its
      outcome is the sum of what its management reported by quarter, leases included.]] },
  }
end

-- ---- 2. the firms on one calendar and one boundary ----

-- Per firm the series that comparisons and forecasts are made of; nil, and why, where data lack.
local firms = {}
for i, firm in ipairs(FIRMS) do
  local capex, why = attempt(quarters, firm[1], "capex")
  firms[i] = { ticker = firm[1], name = firm[2], capex = capex, why = why,
               known = attempt(quarters, firm[1], "capex", AS_OF),
               revenue = attempt(quarters, firm[1], "revenue") }
end

-- Sum over the firms that are there; `without` leaves one out.
local function total(field, without)
  local sum
  for _, firm in ipairs(firms) do
    local series = firm.ticker ~= without and firm[field]
    if series then sum = sum and sum + series or series end
  end
  return sum
end

assert(total("capex"), "no firm's file is in " .. DATA .. "edgar")

local function comparison_row(name, capex, revenue, period)
  local ttm = capex:ttm()
  return {
    firm = name, quarter = capex[period], rate = capex:run_rate()[period], ttm = ttm[period],
    growth = ttm:growth()[period], share = (ttm / total("capex"):ttm())[period],
    intensity = revenue and (ttm / revenue:ttm())[period],
  }
end

local function comparison(part, period)
  local rows = {}
  for i, firm in ipairs(firms) do
    rows[i] = firm.capex and comparison_row(firm.name, firm.capex, firm.revenue, period)
              or { firm = firm.name, missing = firm.why }
  end
  local all = comparison_row("All", total("capex"), total("revenue"), period)
  all.total, rows[#rows + 1] = true, all
  rows[#rows + 1] = comparison_row("All but Oracle", total("capex", "ORCL"), total("revenue", "ORCL"),
                                   period)
  part:table {
    title = tostring(period) .. " on calendar quarters, cash boundary", rows = rows,
    name = "comparison-" .. tostring(period),
    columns = {
      { key = "firm", title = "Firm", head = true }, number("quarter", "Quarter", BN, 1),
      number("rate", "Run rate", BN, 1), number("ttm", "Twelve months", BN, 1),
      number("growth", "On the year", "%", 1, true), number("share", "Share of group", "%", 1),
      number("intensity", "Of revenue", "%", 1),
    },
  }
end

-- A chart with a line for each firm that is there.
local function chart(part, options, series_of)
  options.series, options.from = {}, "2019Q1"
  options.marker = { at = AS_OF, label = "claims made" }
  for _, firm in ipairs(firms) do
    local data = firm.capex and series_of(firm)
    local style = firm.ticker == "ORCL" and "dashed" or nil
    if data then table.insert(options.series, { name = firm.name, data = data, style = style }) end
  end
  part:chart(options)
end

local function comparison_section(part)
  part:text [[All figures are purchases of property and equipment as the cash-flow statements have them
    (`cash`), by calendar quarter. Microsoft's fiscal quarters coincide with calendar ones; Oracle's,
    which end a month earlier or later, are blended by days and marked as estimated.]]
  comparison(part, QUARTER)
  comparison(part, total("capex"):last().period)
  chart(part, { title = "Capital expenditure by quarter", unit = BN, name = "capex-by-quarter",
                alt = "Quarterly capital expenditure of each firm since 2019." },
        function(firm) return firm.capex end)
  chart(part, { title = "Twelve months' capital expenditure over revenue", unit = "%", digits = 0,
                name = "intensity", alt = "Capital expenditure over revenue, by firm, since 2019." },
        function(firm) return firm.revenue and firm.capex:ttm() / firm.revenue:ttm() end)
end

-- ---- 3. the forecast of that day, beside the plans and the outcome ----

-- The distribution of the year's total from what was known, and the forecast it comes from.
local function year_ahead(model, known)
  local h = jv.period(PLAN_YEAR .. "Q4") - known:last().period
  local forecast = jv.fit(model, known):forecast(h, { level = { 80, 95 } })
  return forecast:annual()[PLAN_YEAR], forecast
end

-- How the models did on the years before; the one with the best intervals gives the distributions.
local panel, best = {}, nil
for _, firm in ipairs(firms) do panel[firm.name] = firm.known end
local ranking = jv.backtest(panel, { models = MODELS, h = 4, origins = 12, level = { 80 } }):table()
for _, row in ipairs(ranking) do
  row.score = jv.quantity(row["winkler-80"], "USD")
  row.coverage = jv.quantity(row["coverage-80"], "ratio")
  if not best or row.score < best.score then best = row end
end

-- Where the outcome fell in the distribution of the forecast.
local function place(year, outcome)
  for _, level in ipairs { 80, 95 } do
    local lower, upper = year:interval(level)
    if outcome >= lower and outcome <= upper then return ("%d\u{a0}%%"):format(level) end
  end
  return outcome > year.mean and "above it" or "below it"
end

-- How a forecast came about, for the figures that come of it.
local function provenance(model, known)
  return ("%s fitted to the %d quarters %s to %s, as filed by %s"):format(
    model, #known, known:first().period, known:last().period, AS_OF)
end

local function forecast_row(firm)
  local year, forecast = year_ahead(best.model, firm.known)
  local how = provenance(forecast.form, firm.known)
  local years = firm.capex:aggregate("A", "sum")
  firm.forecast, firm.outcome = forecast, years[PLAN_YEAR]
  local row = { firm = firm.name, known = tostring(firm.known:last().period), last = years[LAST_YEAR],
                mean = year.mean, outcome = firm.outcome, place = place(year, firm.outcome) }
  row.lower, row.upper = year:interval(80)
  for _, key in ipairs { "mean", "lower", "upper" } do
    row[key] = { quantity = row[key], lineage = how }
  end
  for _, plan in ipairs(PLANS) do
    if plan.ticker == firm.ticker then
      row.plan, row.counts = plan.printed, plan.boundary .. (plan.fiscal and ", fiscal year" or "")
      local chance = plan.boundary == "cash" and year:chance_above(plan.printed)
      row.chance = chance and { quantity = jv.quantity(chance, "ratio"), lineage = how }
    end
  end
  return row, year.mean
end

local forecast_rows, all = {}, { firm = "All", total = true }
for i, firm in ipairs(firms) do
  local row, mean = { firm = firm.name, missing = firm.why }, nil
  if firm.known then row, mean = forecast_row(firm) end
  forecast_rows[i] = row
  for key, value in pairs { last = row.last, mean = mean, outcome = row.outcome } do
    all[key] = all[key] and all[key] + value or value
  end
end
table.insert(forecast_rows, all)

local function fan_chart(part, firm)
  local since = firm.capex:window(firm.known:last().period + 1, PLAN_YEAR .. "Q4")
  part:chart {
    title = firm.name, unit = BN, name = "forecast-" .. firm.ticker:lower(), from = "2020Q1",
    small = true, marker = { at = AS_OF, label = "forecast made" },
    alt = "Quarters known then, their forecast with 80 and 95 % intervals, and what was filed since.",
    series = { { name = "known then", data = firm.known },
               { name = "since", data = since, style = "points" } },
    forecast = { name = firm.forecast.form, of = firm.forecast, levels = { 80, 95 },
                 source = provenance(firm.forecast.form, firm.known) },
  }
end

local function models_table(part)
  local columns, rows = { { key = "firm", title = "Firm", head = true } }, {}
  for i, model in ipairs(MODELS) do columns[i + 1] = number(model, model, BN, 1) end
  table.insert(columns, number("outcome", "Outcome", BN, 1))
  for i, firm in ipairs(firms) do
    rows[i] = { firm = firm.name, missing = firm.why, outcome = firm.outcome }
    for _, model in ipairs(firm.known and MODELS or {}) do
      local year, forecast = year_ahead(model, firm.known)
      rows[i][model] = { quantity = year.mean, lineage = provenance(forecast.form, firm.known) }
    end
  end
  part:table { title = ("Mean forecast of the %s total by model"):format(PLAN_YEAR), name = "models",
               columns = columns, rows = rows }
end

local function forecast_section(part)
  part:table {
    title = ("Total of %s by %s: forecast, plan, outcome"):format(PLAN_YEAR, best.model),
    name = "forecast", rows = forecast_rows,
    columns = {
      { key = "firm", title = "Firm", head = true }, { key = "known", title = "Known to" },
      number("last", LAST_YEAR, BN, 1),
      number("mean", "Forecast", BN, 1, false, "sum of the forecasts"),
      number("lower", "80 % from", BN, 1), number("upper", "to", BN, 1),
      number("outcome", "Outcome", BN, 1), { key = "place", title = "In interval" },
      number("plan", "Plan", BN, 0), { key = "counts", title = "Plan counts" },
      number("chance", "Chance of plan", "%", 0),
    },
    notes = { ("The forecast sees only what had been filed by %s. In interval: the narrower of its 80 and " ..
               "95 %% intervals that held the outcome. It has a chance of reaching a plan where the plan " ..
               "counts the same boundary and year."):format(AS_OF) },
  }
  for _, firm in ipairs(firms) do if firm.forecast then fan_chart(part, firm) end end
  models_table(part)
  local how = ("backtest on the quarters known by %s"):format(AS_OF)
  part:table {
    title = "Models ranked on the years before: four quarters ahead from 12 origins, all firms",
    name = "backtest", rows = ranking,
    columns = {
      { key = "model", title = "Model", head = true }, number("MASE", "MASE", nil, 2, false, how),
      number("sMAPE", "sMAPE", nil, 1, false, how), number("skill", "Skill", nil, 2, true, how),
      number("score", "Interval score", BN, 1, false, how),
      number("coverage", "Held by 80 % intervals", "%", 0, false, how),
    },
    notes = { ("MASE: mean absolute error over that of the seasonal naive forecast within the data. " ..
               "Skill: 1 less MASE over that of `naive`. The best points come first; the distributions " ..
               "above are those of `%s`, whose intervals score best."):format(best.model) },
  }
end

-- ---- the report, with the answer first ----

local function in_bn(quantity, digits)
  return quantity and { quantity = quantity, unit = BN, digits = digits or 1 }
end

local function percent(quantity, digits)
  return quantity and { quantity = quantity, unit = "%", digits = digits }
end

local function verdict(check)
  return check.agrees and "agrees with the filings" or "does not agree with the filings"
end

local function opening(report)
  local quarter, rate, year, growth, aws = table.unpack(CHECKS)
  local over, least, most = 0, nil, nil
  for _, plan in ipairs(PLANS) do
    if plan.gap and plan.gap.value > 0 then
      over = over + 1
      least = least and least < plan.gap and least or plan.gap
      most = most and most > plan.gap and most or plan.gap
    end
  end
  report:findings {
    { ("**Amazon's figure for %s %s:** it was {quarter}, gross, not %s bn, and the run rate {rate}.")
        :format(QUARTER, verdict(quarter), claims["amzn-q4"].value_bn),
      quarter = in_bn(quarter.cash), rate = in_bn(rate.cash) },
    { ("**Its figure for the year %s, net of proceeds:** the %s bn of %s are {net}; gross, {gross}.")
        :format(verdict(year), claims["amzn-2024"].value_bn, LAST_YEAR),
      net = in_bn(year.cash_net), gross = in_bn(year.cash) },
    { ("**Alphabet's growth %s:** the plan is {growth} over %s. AWS took {aws} of Amazon's additions.")
        :format(verdict(growth), LAST_YEAR),
      growth = percent(growth.cash, 1), aws = percent(aws.accrued, 0) },
    { ("**%d of %d plans were exceeded**, by {least} to {most}."):format(over, #PLANS),
      least = percent(least, 0), most = percent(most, 0) },
    { ("**What the filings alone foretold:** %s expected {mean} for %s from all firms; they spent {spent}.")
        :format(best.model, PLAN_YEAR),
      mean = { quantity = all.mean, unit = BN, digits = 0, lineage = "sum of the forecasts" },
      spent = in_bn(all.outcome, 0) },
    { "**Whether falling unit costs raise spending cannot be checked:** missing are " ..
      CHECKS[6].missing .. "." },
  }
  local group, revenue = total("capex"):ttm(), total("revenue")
  local last = group:last()
  local share = revenue and (group / revenue:ttm())[last.period]
  report:number { label = ("All firms, year to %s"):format(last.period), value = last, unit = BN,
                  digits = 0 }
  report:number { label = "On the year", value = group:growth():last(), unit = "%", digits = 0,
                  signed = true }
  report:number { label = "Of revenue", value = share, unit = "%", digits = 0 }
end

local ciks = {} -- for links to the filings
for _, ticker in ipairs(db:companies()) do
  local company = db:find_company(ticker)
  ciks[ticker] = company and company.cik
end

local report = jv.report.new {
  title = "The hyperscalers' capital expenditure", ciks = ciks,
  date = ("Claims made by %s, filings to %s"):format(AS_OF, total("capex"):last().period),
  subtitle = "What was said in February 2025, what the filings say, and what came of it",
}
opening(report)
claims_section(report:section "The claims of February 2025")
comparison_section(report:section "The firms on one calendar and one boundary")
forecast_section(report:section(("%s, as it could be forecast on %s"):format(PLAN_YEAR, AS_OF)))
report:write_html(OUT .. "/report.html")
report:write_markdown(OUT .. "/report.md")
report:write_csv(OUT .. "/data")
print("report: " .. OUT .. "/report.html")
