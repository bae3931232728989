-- jv.outlook: a year's total as a model sees it from the quarters known so far.
local jv = require "jevons"

local Outlook = {}
Outlook.__index = Outlook
Outlook.__name = "jevons.outlook"

local LEVELS = { 80, 95 }

function jv.outlook(model, series, year, options)
  options = options or {}
  year = tostring(year)
  local ahead = jv.period(year):to(series.freq) - series:last().period
  if ahead < 1 then
    jv.error("invalid", ("jv.outlook: %s has ended by %s, the last period known"):format(
      year, tostring(series:last().period)))
  end
  local levels = options.level or LEVELS
  local forecast = jv.fit(model, series):forecast(ahead, { level = levels })
  local how = ("%s fitted to the %d periods %s to %s%s"):format(forecast.form, #series,
    tostring(series:first().period), tostring(series:last().period),
    options.as_of and ", as filed by " .. options.as_of or "")
  return setmetatable({ forecast = forecast, total = forecast:annual()[year], levels = levels, how = how,
                        known = series:last().period }, Outlook)
end

-- What the model says, with how it came about.
local function told(self, quantity)
  return { quantity = quantity, lineage = self.how }
end

function Outlook:mean() return told(self, self.total.mean) end

function Outlook:interval(level)
  local lower, upper = self.total:interval(level)
  return told(self, lower), told(self, upper)
end

function Outlook:chance(plan)
  return told(self, jv.quantity(self.total:chance_above(plan), "ratio"))
end

function Outlook:place(outcome)
  if outcome == nil or outcome.value ~= outcome.value then return nil end
  for _, level in ipairs(self.levels) do
    local lower, upper = self.total:interval(level)
    if outcome >= lower and outcome <= upper then return ("within %g\u{a0}%%"):format(level) end
  end
  return outcome > self.total.mean and "above all" or "below all"
end

jv.doc("jv.outlook", jv.outlook, [[
jv.outlook(model, series, year [, {level={80, 95}, as_of=}]) -> outlook

A year's total as a model forecasts it from the periods known: those of the year that are known count,
the rest is forecast. Fields: total (the distribution), forecast, known (the last period), how (model,
span and as_of in words). Its methods give figures for a report, with how they came about.]])

jv.doc("outlook:mean", Outlook.mean, [[
outlook:mean() -> figure

The mean of the year's total.]])

jv.doc("outlook:interval", Outlook.interval, [[
outlook:interval(level) -> lower, upper

Figures between which the total lies with that probability, in per cent.]])

jv.doc("outlook:chance", Outlook.chance, [[
outlook:chance(plan) -> figure

The probability that the total reaches a plan, a quantity.]])

jv.doc("outlook:place", Outlook.place, [[
outlook:place(outcome) -> text

Where an outcome fell: "within 80 %", the narrowest interval that held it, or above or
below all; nil when there is no outcome yet.]])
