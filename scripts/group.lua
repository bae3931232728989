-- jv.group: several filers side by side, each concept a series on one calendar.
local jv = require "jevons"

local Group = {}
Group.__index = Group
Group.__name = "jevons.group"

local KEYS = { facts = true, firms = true, concepts = true, calendar = true, as_of = true }

-- A firm's concept by quarter of the calendar; a fiscal year that does not fit it gives estimates.
local function series_of(spec, ticker, concept)
  local company = spec.facts:company(ticker)
  if spec.as_of then company = company:as_of(spec.as_of) end
  return company:quarterly(concept):to_calendar(spec.calendar or "Q-DEC")
end

function jv.group(spec)
  if type(spec) ~= "table" or not spec.facts or not spec.firms then
    jv.error("invalid", "jv.group takes a table with facts, an opened folder, and firms, a list")
  end
  for key in pairs(spec) do
    if not KEYS[key] then jv.error("invalid", ("jv.group: unknown field '%s'"):format(tostring(key))) end
  end
  local group = setmetatable({ concepts = spec.concepts or { "capex", "revenue" } }, Group)
  for i, firm in ipairs(spec.firms) do
    local ticker, name = firm, firm
    if type(firm) == "table" then ticker, name = firm[1], firm[2] end
    group[i] = { ticker = ticker, name = name }
    for _, concept in ipairs(group.concepts) do
      local series, why = jv.try(series_of, spec, ticker, concept)
      group[i][concept] = series
      group[i].missing = group[i].missing or why
    end
  end
  return group
end

function Group:find(ticker)
  for _, firm in ipairs(self) do
    if firm.ticker == ticker then return firm end
  end
end

function Group:absent()
  local list = {}
  for _, firm in ipairs(self) do
    if firm.missing then list[#list + 1] = firm end
  end
  return list
end

function Group:total(concept, without)
  local sum
  for _, firm in ipairs(self) do
    local series = firm.ticker ~= without and firm[concept]
    if series then sum = sum and sum + series or series end
  end
  return sum
end

function Group:panel(concept)
  local series = {}
  for _, firm in ipairs(self) do series[firm.name] = firm[concept] end
  return series
end

-- `of`: a firm, or the sums under the names of the concepts; `all`: the group's capital expenditure.
local function compare(name, of, all, period)
  local ttm = of.capex:ttm()
  return {
    firm = name, quarter = of.capex[period], run_rate = of.capex:run_rate()[period], ttm = ttm[period],
    growth = ttm:growth()[period], share = (ttm / all:ttm())[period],
    intensity = of.revenue and (ttm / of.revenue:ttm())[period],
  }
end

function Group:compare(period, without)
  local rows, all = {}, self:total "capex"
  for i, firm in ipairs(self) do
    rows[i] = firm.capex and compare(firm.name, firm, all, period)
              or { firm = firm.name, missing = firm.missing }
  end
  rows[#rows + 1] = compare("All", { capex = all, revenue = self:total "revenue" }, all, period)
  rows[#rows].total = true
  local left_out = without and self:find(without)
  if left_out and left_out.capex then
    local rest = { capex = self:total("capex", without), revenue = self:total("revenue", without) }
    if rest.capex then rows[#rows + 1] = compare("All but " .. left_out.name, rest, all, period) end
  end
  return rows
end

function Group:notes(kind)
  local rows = {}
  for _, firm in ipairs(self) do
    for _, concept in ipairs(self.concepts) do
      for line in (firm[concept] and firm[concept].note or ""):gmatch("[^\n]+") do
        local what, note = line:match("^(%a+): (.*)$")
        if not kind or kind == what then
          rows[#rows + 1] = { firm = firm.name, concept = concept, kind = what or "", note = note or line }
        end
      end
    end
  end
  return rows
end

jv.doc("jv.group", jv.group, [[
jv.group{facts=, firms= [, concepts=, calendar=, as_of=]} -> group

Several filers side by side. facts: what jv.edgar.open gives. firms: tickers, or {ticker, name} pairs.
concepts: default capex and revenue. calendar: the quarters to bring them to, default Q-DEC; as_of: what
was known on that day. group[i] is a firm: ticker, name, a series under the name of each concept, and
missing, why there is none. Methods: find, absent, total, panel, compare, notes.

    g = jv.group{facts = jv.edgar.open("data"), firms = {"AMZN", "MSFT"}}
    for _, row in ipairs(g:compare("2024Q4")) do print(row.firm, row.ttm, row.growth) end]])

jv.doc("group:find", Group.find, [[
group:find(ticker) -> firm or nil

The firm of a ticker.]])

jv.doc("group:absent", Group.absent, [[
group:absent() -> list of firms

Those of which a concept is missing; firm.missing says why.]])

jv.doc("group:total", Group.total, [[
group:total(concept [, without]) -> series or nil

The sum over the firms that have the concept; `without`, a ticker, is left out.]])

jv.doc("group:panel", Group.panel, [[
group:panel(concept) -> table of series by name

Those that are there, as jv.backtest takes them.]])

jv.doc("group:compare", Group.compare, [[
group:compare(period [, without]) -> list of rows

A row a firm, one for all, and one for all but `without`, a ticker: firm (its name), quarter, run_rate
(the quarter annualised), ttm (trailing twelve months), growth (of those on the twelve months before),
share (of the group's), intensity (capital expenditure over revenue, twelve months). A firm that is
missing has its name and missing, why.]])

jv.doc("group:notes", Group.notes, [[
group:notes([kind]) -> list of {firm, concept, kind, note}

What the series say of themselves: boundary, tag, splice, definition, sum; of one kind, if asked.]])
