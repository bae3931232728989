-- jv.guidance.read: dated statements of what firms will spend, asked by firm, period and date.
local jv = require "jevons"

local List = {}
List.__index = List
List.__name = "jevons.guidance"
List.__help = "jv.guidance.read"

-- Inside jv.as_of nothing said later is seen, nor what has no day.
local function keep(self, wanted)
  local out, limit = setmetatable({}, List), jv.as_of()
  for _, statement in ipairs(self) do
    local visible = not limit or (statement.known and statement.known <= limit)
    if visible and wanted(statement) then out[#out + 1] = statement end
  end
  return out
end

function jv.guidance.read(path)
  return keep(jv.guidance.parse(jv.file.read(path), path), function() return true end)
end

jv.doc("jv.guidance.read", jv.guidance.read, [[
jv.guidance.read(path) -> list of statements

A CSV file of guidance (columns: see jv.guidance.parse). The list is indexed and walked like a table;
each statement is a table with firm, ticker, period ("FY2025"), said, known, low, high, midpoint, width
(whole currency), kind, boundary, quality, note.

  list:as_of(date)    what had been said by that day; a month counts from its last day, and a statement
                      whose day is unknown is never visible
  list:of{firm=, ticker=, period=, boundary=, kind=}   those that match
  list:undated()      those whose day is unknown
  list:latest()       the statement said last, or nil

Errors: not_found, parse with file, line and column.]])

function List:as_of(date)
  local day = jv.guidance.day(tostring(date))
  local limit = jv.as_of()
  if not day then jv.error("invalid", "as_of takes a date, such as 2025-02-07") end
  if limit and day > limit then jv.error("invalid", "as_of: an earlier date holds here already") end
  return keep(self, function(s) return s.known and s.known <= day end)
end

function List:of(what)
  if type(what) ~= "table" then jv.error("invalid", "of takes a table, as in of{ticker = \"META\"}") end
  local names = { firm = true, ticker = true, period = true, boundary = true, kind = true }
  for key in pairs(what) do
    if not names[key] then
      jv.error("invalid", ("of: unknown field '%s': firm, ticker, period, boundary or kind"):format(key))
    end
  end
  local firm = what.firm and what.firm:upper()
  return keep(self, function(s)
    return (not firm or s.firm:upper() == firm or s.ticker:upper() == firm)
      and (not what.ticker or s.ticker:upper() == what.ticker:upper())
      and (not what.period or s.period == tostring(what.period))
      and (not what.boundary or s.boundary == what.boundary)
      and (not what.kind or s.kind == what.kind)
  end)
end

function List:undated() return keep(self, function(s) return not s.known end) end

function List:latest()
  local last
  for _, s in ipairs(keep(self, function() return true end)) do
    if s.known and (not last or s.known >= last.known) then last = s end
  end
  return last
end

local function amount(s)
  local function bn(x) return ("%.4g"):format(x / 1e9) end
  if s.low and s.high and s.low ~= s.high then return bn(s.low) .. "-" .. bn(s.high) end
  return (s.low or s.high) and bn(s.low or s.high) or ""
end

function List:__tostring()
  local lines = {}
  for i, s in ipairs(self) do
    lines[i] = ("%-6s %-7s %-11s %9s bn  %-9s %s"):format(s.ticker, s.period,
      s.said ~= "" and s.said or "undated", amount(s), s.kind, s.boundary)
  end
  return #lines > 0 and table.concat(lines, "\n") or "no guidance"
end

return jv.guidance
