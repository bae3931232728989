-- A chart as a still picture (SVG) for paper, and for readers without the script.
--
-- Colours are the page's own (CSS variables), so that one picture serves light, dark and print.
local chart = require "jevons.report.chart"
local number = require "jevons.report.number"

local still = {}

local FONT, LINE_GAP = 11, 13

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text)
  return (tostring(text):gsub("[&<>\"]", ENTITIES))
end

-- The colour of the i-th band of a fan, the widest first: each lies on the one before.
function still.band_color(i)
  return ("rgba(var(--band),%s)"):format(number.plain("%.2f", 0.16 + 0.14 * (i - 1)))
end

-- A coordinate: a tenth of a unit is finer than print.
local function at(x)
  return (number.plain("%.1f", x):gsub("%.0$", ""))
end

local function drawn(column, period)
  local fig = column.cells[period.text]
  return fig and fig.kind == "number" and fig.value or nil
end

-- Least and greatest value drawn, with some air; from zero where the chart asks for it.
local function extent(block)
  local low, high = math.huge, -math.huge
  local function take(value)
    low, high = math.min(low, value), math.max(high, value)
  end
  for _, column in ipairs(block.columns) do
    for _, period in ipairs(block.periods) do
      local value = drawn(column, period)
      if value then take(value) end
    end
  end
  for _, line in ipairs(block.lines) do take(chart.line_value(block, line)) end
  if low > high then low, high = 0, 1 end
  local air = high > low and (high - low) * 0.06 or 1
  return block.zero and low >= 0 and 0 or low - air, high + air
end

-- A step of 1, 2 or 5 times a power of ten that gives about five marks.
local function step_of(span)
  local rough = span / 5
  local power = 10.0 ^ math.floor(math.log(rough, 10))
  for _, k in ipairs { 1, 2, 5 } do
    if k * power >= rough then return k * power end
  end
  return 10 * power
end

local function frame_of(block)
  local names = 0
  if not block.is_fan then
    for _, column in ipairs(block.columns) do
      names = math.max(names, utf8.len(column.name) or #column.name)
    end
  end
  local f = { width = block.small and 340 or 680, height = block.small and 210 or 290, left = 40, top = 8 }
  f.right, f.bottom = f.width - 8 - names * 6.4, f.height - 20
  f.low, f.high = extent(block)
  f.first, f.last = block.periods[1].x, block.periods[#block.periods].x
  if f.first == f.last then f.first, f.last = f.first - 1, f.last + 1 end
  return f
end

local function x_of(f, day) return f.left + (day - f.first) / (f.last - f.first) * (f.right - f.left) end
local function y_of(f, value) return f.bottom - (value - f.low) / (f.high - f.low) * (f.bottom - f.top) end

local function text_at(x, y, anchor, words, style)
  return ('<text x="%s" y="%s" text-anchor="%s"%s>%s</text>'):format(
    at(x), at(y), anchor, style and (' style="%s"'):format(style) or "", escape(words))
end

local function rule(x1, y1, x2, y2, class)
  return ('<path class="%s" d="M%s %sL%s %s"/>'):format(class, at(x1), at(y1), at(x2), at(y2))
end

local function axes(f, out)
  local step = step_of(f.high - f.low)
  local digits = step >= 1 and 0 or step >= 0.1 and 1 or 2
  for k = math.ceil(f.low / step), math.floor(f.high / step) do
    local y = y_of(f, k * step)
    out[#out + 1] = rule(f.left, y, f.right, y, "grid")
    out[#out + 1] = text_at(f.left - 5, y + 4, "end", number.format(k * step, digits))
  end
  local years = {}
  for year = 1900, 2200 do
    local day = chart.day_number(("%04d-01-01"):format(year))
    if day >= f.first and day <= f.last then years[#years + 1] = { x_of(f, day), tostring(year) } end
  end
  local every = math.ceil(#years * 36 / (f.right - f.left))
  for i, year in ipairs(years) do
    if (#years - i) % math.max(every, 1) == 0 then
      out[#out + 1] = text_at(year[1], f.height - 5, "middle", year[2])
    end
  end
end

-- The points of a column, from the last observed one on where it is a forecast.
local function points(block, f, column, origin)
  local list = {}
  if origin then list[1] = { x_of(f, origin.x), y_of(f, origin.value) } end
  for _, period in ipairs(block.periods) do
    local value = drawn(column, period)
    if value then list[#list + 1] = { x_of(f, period.x), y_of(f, value) } end
  end
  return list
end

local function joined(list)
  local out = {}
  for i, p in ipairs(list) do out[i] = at(p[1]) .. " " .. at(p[2]) end
  return table.concat(out, "L")
end

-- Where a forecast starts: the last point of the first line before it.
local function origin_of(block)
  local start
  for _, column in ipairs(block.columns) do
    if column.role == "mean" then
      for i, period in ipairs(block.periods) do
        if not start and drawn(column, period) then start = i end
      end
    end
  end
  for i = (start or 1) - 1, 1, -1 do
    local value = drawn(block.columns[1], block.periods[i])
    if value then return { x = block.periods[i].x, value = value } end
  end
end

local function bands(block, f, origin, out)
  local by_level, levels = {}, {}
  for _, column in ipairs(block.columns) do
    if column.level then
      if not by_level[column.level] then
        by_level[column.level], levels[#levels + 1] = {}, column.level
      end
      by_level[column.level][column.role] = column
    end
  end
  table.sort(levels, function(a, b) return a > b end) -- the widest first, under the others
  for i, level in ipairs(levels) do
    local up, down = points(block, f, by_level[level].upper, origin), points(block, f, by_level[level].lower)
    for k = #down, 1, -1 do up[#up + 1] = down[k] end
    out[#out + 1] = ('<path style="fill:%s" d="M%sZ"/>'):format(still.band_color(i), joined(up))
  end
end

local function lines(block, f, origin, out)
  local ends = {}
  for _, column in ipairs(block.columns) do
    local list = not column.level and points(block, f, column, column.role == "mean" and origin or nil) or {}
    local dashes = column.style == "dashed" and ";stroke-dasharray:6 4" or ""
    if column.style == "points" then
      for _, p in ipairs(list) do
        out[#out + 1] = ('<circle cx="%s" cy="%s" r="3" style="fill:var(%s)"/>'):format(
          at(p[1]), at(p[2]), column.color)
      end
    elseif #list > 0 then
      out[#out + 1] = ('<path class="line" style="stroke:var(%s)%s" d="M%s"/>'):format(
        column.color, dashes, joined(list))
    end
    if #list > 0 then ends[#ends + 1] = { y = list[#list][2], column = column } end
  end
  return ends
end

-- Names at the ends of the lines, pushed apart.
local function names(f, ends, out)
  table.sort(ends, function(a, b) return a.y < b.y end)
  for i, line in ipairs(ends) do
    if i > 1 then line.y = math.max(line.y, ends[i - 1].y + LINE_GAP) end
    out[#out + 1] = text_at(f.right + 5, line.y + 4, "start", line.column.name,
                            ("fill:var(%s);font-weight:600"):format(line.column.color))
  end
end

-- The SVG of a chart block.
function still.svg(block)
  local f, out = frame_of(block), {}
  axes(f, out)
  local origin = origin_of(block)
  bands(block, f, origin, out)
  for _, line in ipairs(block.lines) do
    local y = y_of(f, chart.line_value(block, line))
    out[#out + 1] = rule(f.left, y, f.right, y, "mark")
    out[#out + 1] = text_at(f.left + 4, y - 4, "start", line.label)
  end
  local marker = block.marker
  if marker and marker.x >= f.first and marker.x <= f.last then
    local x = x_of(f, marker.x)
    out[#out + 1] = rule(x, f.top, x, f.bottom, "mark")
    out[#out + 1] = text_at(x - 4, f.top + FONT, "end", marker.label)
  end
  local ends = lines(block, f, origin, out)
  if not block.is_fan then names(f, ends, out) end
  return ('<svg class="still" viewBox="0 0 %d %d" font-size="%d" aria-hidden="true">%s</svg>'):format(
    f.width, f.height, FONT, table.concat(out))
end

return still
