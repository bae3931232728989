-- A chart as data: series, forecast fan, marker, on one list of periods.
--
-- new() checks and brings everything to {periods, columns}; a column is {name, role, style, level,
-- cells}, cells by period text. Roles: "line", "mean" (of a forecast), "lower" and "upper" (ends of an
-- interval). Renderers draw it, print it as a table, or write it as CSV.
local figure = require "jevons.report.figure"

local chart = {}

local function call(x, name)
  local ok, method = pcall(function() return x[name] end)
  if ok and type(method) == "function" then return method end
end

-- (period, value) pairs of a series object or of a list of {period, value}.
local function pairs_of(data, name)
  local list = {}
  local periods = data ~= nil and call(data, "periods")
  if periods then
    for i, period in ipairs(periods(data)) do list[i] = { period, data:at(i) } end
  elseif type(data) == "table" then
    for i, pair in ipairs(data) do list[i] = { pair[1], pair[2] } end
  else
    error(("series %q has no data"):format(tostring(name)), 0)
  end
  return list
end

-- Days since 1970 of an ISO date (proleptic Gregorian; H. Hinnant, "chrono-compatible low-level
-- date algorithms").
local function day_number(date)
  local y, m, d = date:match("^(%d%d%d%d)-(%d%d)-(%d%d)$")
  if not y then error(("a date such as 2025-02-07 expected, got %q"):format(date), 0) end
  y, m, d = tonumber(y), tonumber(m), tonumber(d)
  y = m <= 2 and y - 1 or y
  local era = y // 400
  local yoe = y - era * 400
  local doy = (153 * (m + (m > 2 and -3 or 9)) + 2) // 5 + d - 1
  return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end
chart.day_number = day_number

-- First and last day of a period object, or of the text of a quarter, month, year or date.
local function span_of(period)
  local first, last = call(period, "first_day"), call(period, "last_day")
  if first and last then return day_number(tostring(first(period))), day_number(tostring(last(period))) end
  local text = tostring(period)
  local year, quarter = text:match("^(%d%d%d%d)Q([1-4])$")
  if year then
    local month = tonumber(quarter) * 3 - 2
    local after = month == 10 and ("%d-01-01"):format(year + 1) or ("%s-%02d-01"):format(year, month + 3)
    return day_number(("%s-%02d-01"):format(year, month)), day_number(after) - 1
  end
  if text:match("^%d%d%d%d$") then return day_number(text .. "-01-01"), day_number(text .. "-12-31") end
  local day = day_number(text)
  return day, day
end

-- The middle of the period: a flow belongs to its whole span, not to its last day.
local function place(period)
  local first, last = span_of(period)
  return (first + last) / 2
end

local function add_column(block, positions, column, data)
  column.cells = {}
  for _, pair in ipairs(pairs_of(data, column.name)) do
    local x = place(pair[1])
    if not block.from_x or x >= block.from_x then
      local key = tostring(pair[1])
      column.cells[key] = figure.of(pair[2], { unit = block.unit, digits = block.digits,
                                                 source = column.source })
      positions[key] = x
    end
  end
  block.columns[#block.columns + 1] = column
end

-- {name, mean, intervals} of {name, of = forecast object, levels}.
local function open_fan(fan)
  if not fan.of then return fan end
  local out = { name = fan.name, source = fan.source, mean = fan.of.mean, intervals = {} }
  for i, level in ipairs(fan.levels or { 80 }) do
    local lower, upper = fan.of:interval(level)
    out.intervals[i] = { level = level, lower = lower, upper = upper }
  end
  return out
end

local function add_fan(block, positions, given)
  local fan = open_fan(given)
  if fan.mean == nil then error("a forecast needs its mean", 0) end
  local line = { name = fan.name or "forecast", role = "mean", style = "dashed", source = fan.source }
  add_column(block, positions, line, fan.mean)
  for _, interval in ipairs(fan.intervals or {}) do
    for _, role in ipairs { "lower", "upper" } do
      local name = ("%s %s %g %%"):format(fan.name or "forecast", role, interval.level)
      local column = { name = name, role = role, level = interval.level, source = fan.source }
      add_column(block, positions, column, interval[role])
    end
  end
end

-- Each line its colour, by the name that the page gives it; in a chart with a fan the first line is ink
-- and the forecast the colour of its fan.
local function add_colors(block)
  local n = 0
  for _, column in ipairs(block.columns) do
    if column.role == "mean" and block.is_fan then
      column.color = "--c1"
    elseif not column.level then
      column.color = block.is_fan and (n == 0 and "--ink" or ("--c%d"):format(n % 6 + 1))
                     or ("--c%d"):format(n % 7 + 1)
      n = n + 1
    end
  end
end

-- The value of a line across a chart, in the chart's unit.
function chart.line_value(block, line)
  return figure.of(line.value, { unit = block.unit }).value
end

function chart.new(options)
  local block = { kind = "chart", columns = {}, title = options.title,
                  unit = options.unit, digits = options.digits or 1, alt = options.alt, name = options.name,
                  lines = options.lines or {}, zero = options.zero ~= false, small = options.small }
  if options.from then block.from_x = place(options.from) end
  local positions = {}
  for _, series in ipairs(options.series or {}) do
    local line = { name = series.name, role = "line", style = series.style, source = series.source }
    add_column(block, positions, line, series.data)
  end
  if options.forecast then add_fan(block, positions, options.forecast) end
  for _, column in ipairs(block.columns) do block.is_fan = block.is_fan or column.level ~= nil end
  add_colors(block)
  if next(positions) == nil then error("nothing to draw", 0) end
  block.periods = {}
  for key, x in pairs(positions) do block.periods[#block.periods + 1] = { text = key, x = x } end
  table.sort(block.periods, function(a, b)
    if a.x ~= b.x then return a.x < b.x end
    return a.text < b.text
  end)
  if options.marker then
    local at = tostring(options.marker.at)
    block.marker = { at = at, label = options.marker.label or at, x = day_number(at) }
  end
  return block
end

-- The chart as a table block: one row a period, one column a line. For readers and for CSV.
function chart.as_table(block)
  local columns = { { key = "period", title = "Period", head = true } }
  local rows = {}
  for i, column in ipairs(block.columns) do
    columns[i + 1] = { key = "c" .. i, title = column.name, unit = block.unit, digits = block.digits }
  end
  for r, period in ipairs(block.periods) do
    local row = { period = period.text }
    for i, column in ipairs(block.columns) do row["c" .. i] = column.cells[period.text] end
    rows[r] = row
  end
  return { kind = "table", title = block.title, name = block.name, columns = columns, rows = rows,
           notes = {} }
end

return chart
