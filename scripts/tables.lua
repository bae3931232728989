-- What the tables that functions return print as: parts of a series side by side (decompositions,
-- components of a fit), lists of rows, and records. Without this print() would show an address.
local internal = require "jevons.internal"
local pretty = require "jevons.pretty"
local text = require "jevons.text"

local MOST, ENDS = 24, 8 -- longer tables show so many rows of either end

local rank = { level = 1, trend = 2, slope = 3, seasonal = 4, season = 5, cycle = 6, regression = 7,
  remainder = 8, adjusted = 9 }

local function is_series(value) return type(value) == "userdata" and value.values ~= nil end

-- Names of the parts: series, or lists of numbers, in an order that people expect.
local function part_names(t)
  local names = {}
  for key, value in pairs(t) do
    local list = type(value) == "table" and type(value[1]) == "number"
    if type(key) == "string" and key ~= "weights" and key ~= "periods" and (list or is_series(value)) then
      names[#names + 1] = key
    end
  end
  table.sort(names, function(a, b)
    local x, y = rank[a] or 99, rank[b] or 99
    return x == y and a < b or x < y
  end)
  return names
end

local scales = { [3] = "thousand", [6] = "mn", [9] = "bn", [12] = "tn" }

-- The power of ten that brings money to a readable size, and the unit that says so.
local function display(s, columns)
  local unit, most = tostring(s.unit), 0
  for _, column in ipairs(columns) do
    for _, x in ipairs(column) do
      if x == x and math.abs(x) < math.huge then most = math.max(most, math.abs(x)) end
    end
  end
  if not unit:match "^%u%u%u$" or most < 1e4 then return 1, unit end
  local power = math.min(12, math.floor(math.log(most, 10) / 3 + 1e-9) * 3)
  return 10.0 ^ power, unit .. " " .. scales[power]
end

local function cell(x)
  if x ~= x then return "." end
  return ("%.6g"):format(x)
end

local function shown(n)
  local rows = {}
  for i = 1, n do
    if n <= MOST or i <= ENDS or i > n - ENDS then rows[#rows + 1] = i end
  end
  return rows
end

local function to_right(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, value in ipairs(row) do widths[i] = math.max(widths[i] or 0, text.width(value)) end
  end
  local out = {}
  for r, row in ipairs(rows) do
    local line = { text.pad(row[1], widths[1]) }
    for i = 2, #row do line[i] = (" "):rep(widths[i] - text.width(row[i])) .. row[i] end
    out[r] = ("  " .. table.concat(line, "  ")):gsub("%s+$", "")
  end
  return out
end

local function parts_text(t)
  local names, columns, first = part_names(t), {}, nil
  if #names == 0 then return "no parts" end
  for i, name in ipairs(names) do
    local part = t[name]
    if is_series(part) then
      first = first or part
      columns[i] = part:values()
    else
      columns[i] = part
    end
  end
  local scale, unit, periods = 1, "", nil
  if first then
    scale, unit = display(first, columns)
    periods = first:periods()
  end
  local rows, last = { { first and "period" or "step", table.unpack(names) } }, 0
  local function divisor(k) -- ratios, as the indices of a product, are as they are
    local part = t[names[k]]
    return is_series(part) and tostring(part.unit) ~= tostring(first.unit) and 1 or scale
  end
  for _, i in ipairs(shown(#columns[1])) do
    if i > last + 1 then rows[#rows + 1] = { "…" } end
    last = i
    local row = { periods and tostring(periods[i]) or tostring(i) }
    for k, column in ipairs(columns) do row[k + 1] = cell(column[i] / divisor(k)) end
    rows[#rows + 1] = row
  end
  local lines = to_right(rows)
  local name = first and first.name ~= "" and "of " .. first.name or ""
  local head = ("Parts %s%s"):format(name, unit ~= "" and ", " .. unit or ""):gsub("%s+$", "")
  return head .. "\n" .. table.concat(lines, "\n")
end

-- pretty() asks for the text of what has one: it gets a copy without.
local function record_text(t)
  local copy = {}
  for key, value in pairs(t) do copy[key] = value end
  return pretty(copy)
end

internal.parts_meta = { __name = "jevons.parts", __tostring = parts_text }
internal.record_meta = { __name = "jevons.record", __tostring = record_text }
