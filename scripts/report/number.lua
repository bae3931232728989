-- Numbers and units as a report prints them.
local number = {}

local SCALES = { [""] = 0, k = 3, thousand = 3, mn = 6, million = 6, bn = 9, billion = 9, tn = 12,
                 trillion = 12 }

-- Unit text to base, power of ten: "USD bn" -> "USD", 9; "%" -> "ratio", -2.
local function parse_unit(unit)
  unit = tostring(unit or "")
  if unit == "%" then return "ratio", -2 end
  if unit == "ratio" or unit == "1" then return "ratio", 0 end
  local base, scale = unit:match("^(%S+) (%a+)$")
  if scale and SCALES[scale] then return base, SCALES[scale] end
  return unit, 0
end

-- Value in `from` to `to`; units that cannot be compared are an error that names both.
function number.convert(value, from, to)
  if to == nil or from == nil or from == "" or to == from then return value end
  local base_from, power_from = parse_unit(from)
  local base_to, power_to = parse_unit(to)
  if base_to == "" then return value end
  if base_from ~= base_to then
    error(("a figure in %q cannot be shown in %q"):format(from, to), 0)
  end
  local power = power_from - power_to
  -- Divide by an exact power rather than multiply by an inexact one.
  return power >= 0 and value * 10.0 ^ power or value / 10.0 ^ -power
end

-- string.format with a point whatever the locale of the process.
function number.plain(form, value)
  return (form:format(value):gsub(",", "."))
end

local function group_thousands(digits)
  local grouped = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (grouped:gsub("^,", ""))
end

local function default_digits(value)
  local size = math.abs(value)
  if size == math.floor(size) and size < 1e15 then return 0 end
  return size >= 1000 and 0 or size >= 10 and 1 or 2
end

-- A number as people read it: thousands grouped, a true minus sign, optional plus.
function number.format(value, digits, signed)
  if value ~= value then return "–" end
  if math.abs(value) == math.huge then return value > 0 and "∞" or "−∞" end
  local plain = number.plain("%." .. (digits or default_digits(value)) .. "f", math.abs(value))
  local whole, fraction = plain:match("^(%d+)(.*)$")
  local zero = not plain:find("[1-9]")
  local sign = value < 0 and not zero and "−" or (signed and not zero and "+" or "")
  return sign .. group_thousands(whole) .. fraction
end

-- A unit as prose and column heads say it: "bn USD", "%", "".
function number.unit_text(unit)
  unit = tostring(unit or "")
  if unit == "ratio" or unit == "1" then return "" end
  local base, scale = unit:match("^(%S+) (%a+)$")
  return base and scale .. " " .. base or unit
end

return number
