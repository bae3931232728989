-- jv.claim.read: a file of claims, each held against figures or, where it is a plan, against the
-- guidance of its day and what came of it.
local jv = require "jevons"

local Claims = {}
Claims.__index = Claims
Claims.__name = "jevons.claims"

-- The claim's figure as a quantity that says where it was printed; nil where the claim has none.
local function printed(claim)
  local value = tonumber(claim.text)
  if not value then return nil end
  local note = ("%s, as printed by %s"):format(claim.what, claim.as_of)
  return jv.quantity(value, claim.unit, { source = { filer = claim.who, note = note } })
end

function jv.claim.read(path)
  local list = setmetatable({}, Claims)
  for i, row in ipairs(jv.csv.read(path, { types = { value_bn = "text" } })) do
    local money = row.unit and row.unit:match("^%u%u%u$")
    local claim = { id = row.id, who = row.who, what = row.what, period = row.period, as_of = row.as_of,
                    text = row.value_bn ~= "" and row.value_bn or nil,
                    unit = money and money .. " bn" or row.unit ~= "" and row.unit or nil }
    if not claim.id then jv.error("parse", ("%s: row %d has no id"):format(path, i)) end
    claim.printed = printed(claim)
    list[i], list[claim.id] = claim, claim
  end
  return list
end

local function claim_of(self, id)
  return self[id] or jv.error("not_found", ("no claim has the id '%s'"):format(tostring(id)), 3)
end

local function nothing() end

local function check_row(claim, check, definition)
  local unit = check.unit or claim.unit
  local figure, why = jv.try(check.figure or nothing, definition)
  local verdict = jv.claim.check {
    claim = check.at_least or claim.text, unit = unit, kind = check.at_least and "at_least" or check.kind,
    figure = figure, definition = definition, missing = figure == nil and (check.missing or why) or nil,
  }
  local there = not verdict.missing
  return {
    claim = ("%s: %s"):format(claim.who, check.what or claim.what), period = claim.period,
    printed = not check.at_least and claim.printed and { quantity = claim.printed, unit = unit } or nil,
    definition = definition, filed = there and { quantity = verdict.figure, unit = unit, digits = 2 } or nil,
    verdict = verdict.results[1], workings = there and jv.report.workings(figure) or nil,
  }, verdict
end

function Claims:check(checks)
  local rows = {}
  for _, check in ipairs(checks) do
    local claim, found = claim_of(self, check.id), { agrees = false }
    for _, definition in ipairs(check.definitions) do
      local row, verdict = check_row(claim, check, definition)
      rows[#rows + 1] = row
      found[definition] = row.filed and row.filed.quantity
      found.agrees, found.missing = found.agrees or verdict.agrees, verdict.missing
    end
    rows[check.id] = rows[check.id] or found
  end
  return rows
end

local function plan_row(claim, plan, against)
  local facts = against.facts
  local company = facts:find_company(plan.ticker)
  local fiscal = company and company.fiscal_year_end ~= "12-31"
  local outcome, why = jv.try(function()
    local year = (fiscal and "FY" or "") .. against.year
    return facts:company(plan.ticker):annual("capex", { boundary = plan.boundary })[year]
  end)
  local stated = against.guidance:as_of(claim.as_of)
    :of { ticker = plan.ticker, period = "FY" .. against.year }
  local verdict = jv.claim.plan {
    claim = claim.text, unit = claim.unit, kind = plan.kind, definition = plan.boundary, missing = why,
    guidance = stated:latest(), outcome = outcome,
  }
  return {
    claim = ("%s, %s, %s"):format(claim.who, claim.period, (plan.kind:gsub("_", " "))),
    printed = claim.printed, ticker = plan.ticker, boundary = plan.boundary, fiscal = fiscal,
    guidance = verdict.guidance.text,
    outcome = outcome or { missing = why }, verdict = verdict.outcome.results[1],
    gap = outcome and outcome / claim.printed - 1,
  }
end

function Claims:plans(plans, against)
  local rows = {}
  for i, plan in ipairs(plans) do rows[i] = plan_row(claim_of(self, plan.id), plan, against) end
  return rows
end

jv.doc("jv.claim.read", jv.claim.read, [[
jv.claim.read(path) -> claims

A CSV of claims: id, who, what, period, value_bn (empty for an argument without a figure), unit (a
currency or %), as_of. claims[i] and claims[id] are tables: id, who, what, period, as_of, text (the
figure as printed), unit ("USD bn"), printed (a quantity). Methods: check, plans.]])

jv.doc("claims:check", Claims.check, [[
claims:check{{id=, definitions=, figure= [, unit=, kind=, at_least=, what=, missing=]}, …} -> rows

Holds claims against figures, a row for each definition: claim, period, definition, printed, filed,
verdict, workings (arithmetic and filings, in Markdown). figure(definition) gives the figure; where
it throws, the row says what is missing. at_least: what is asked of a claim that names no number.
rows[id] has the figure under the name of each definition, agrees (whether one does) and missing.]])

jv.doc("claims:plans", Claims.plans, [[
claims:plans({{id=, ticker=, kind=, boundary=}, …}, {year=, facts=, guidance=}) -> rows

Holds plans against the guidance of the claim's day and the year's capital expenditure since filed, in
the boundary named (for a firm with a fiscal year of its own, that one): claim, printed, guidance,
outcome, gap (outcome over plan, less 1), verdict, ticker, boundary, fiscal.]])
