-- What fit:explain() prints as: the fit in a line, then steps, coefficients, the trace of a search,
-- and whatever else its model adds, each as a table of aligned columns.
local internal = require "jevons.internal"
local text = require "jevons.text"

local WIDTH = 100
local TRACE_ROWS = 40

local function figure(value)
  if type(value) ~= "number" then return tostring(value) end
  if value ~= value then return "" end
  if math.type(value) == "integer" then return tostring(value) end
  return ("%.6g"):format(value)
end

-- Cells in columns; figures to the right, words to the left.
local function grid(rows, indent)
  local widths, right, out = {}, {}, {}
  for r, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, text.width(cell))
      if r > 1 and cell ~= "" then right[i] = right[i] ~= false and tonumber(cell) ~= nil end
    end
  end
  for r, row in ipairs(rows) do
    local line = {}
    for i, cell in ipairs(row) do
      local gap = (" "):rep(widths[i] - text.width(cell))
      line[i] = right[i] and gap .. cell or cell .. gap
    end
    out[r] = (indent .. table.concat(line, "  ")):gsub("%s+$", "")
  end
  return table.concat(out, "\n")
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- "a = 1, b = word"; nil for none.
local function settings(t)
  local parts = {}
  for _, key in ipairs(sorted_keys(t or {})) do
    parts[#parts + 1] = ("%s\u{a0}=\u{a0}%s"):format(key, type(t[key]) == "table" and "…" or figure(t[key]))
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

local function has_error(c) return type(c.se) == "number" and c.se == c.se and c.se > 0 end

local function coefficient_rows(list)
  local rows, any = { { "coefficient", "estimate", "s.e.", "z" } }, false
  for _, c in ipairs(list) do any = any or has_error(c) end
  if not any then rows[1] = { "coefficient", "estimate" } end
  for _, c in ipairs(list) do
    local row = { tostring(c.name), figure(c.estimate) }
    if any then
      row[3] = has_error(c) and figure(c.se) or ""
      row[4] = has_error(c) and ("%.2f"):format(c.estimate / c.se) or ""
    end
    rows[#rows + 1] = row
  end
  return rows
end

-- The columns that tell most come first.
local first = { form = 1, model = 2, order = 3, seasonal = 4, name = 5, member = 6 }

local function trace_rows(list)
  local keys, seen = {}, {}
  for _, row in ipairs(list) do
    for key in pairs(row) do
      if not seen[key] then
        seen[key] = true
        keys[#keys + 1] = key
      end
    end
  end
  table.sort(keys, function(a, b)
    local x, y = first[a] or 99, first[b] or 99
    return x == y and a < b or x < y
  end)
  local rows = { keys }
  for i = 1, math.min(#list, TRACE_ROWS) do
    local cells = {}
    for k, key in ipairs(keys) do cells[k] = list[i][key] == nil and "" or figure(list[i][key]) end
    rows[#rows + 1] = cells
  end
  return rows
end

-- No line ends within "name = value", whose spaces do not break.
local function wrapped(name, line)
  return (text.wrap(name .. ": " .. line, WIDTH):gsub("\u{a0}", " "))
end

local function head_lines(e, out)
  out[#out + 1] = ("%s%s: %d observation%s%s"):format(e.form, e.title and " (" .. e.title .. ")" or "",
    e.observations, e.observations == 1 and "" or "s", e.season and ", season " .. e.season or "")
  if e.regressors then out[#out + 1] = "regressors: " .. table.concat(e.regressors, ", ") end
  for _, part in ipairs { { "options", e.options }, { "common options", e.common },
    { "numbers", e.numbers }, { "parameters", e.parameters } } do
    local line = settings(part[2])
    if line then out[#out + 1] = wrapped(part[1], line) end
  end
end

local known = { model = true, title = true, form = true, observations = true, season = true,
  regressors = true, options = true, common = true, numbers = true, parameters = true, steps = true,
  coefficients = true, trace = true }

local body_lines

-- What a model adds besides the members that all have; a member that explains itself, as the model
-- after an stl+, in lines of its own.
local function other_lines(e, out)
  for _, key in ipairs(sorted_keys(e)) do
    local value = e[key]
    if not known[key] and type(value) ~= "table" then
      out[#out + 1] = ("%s: %s"):format(key, figure(value))
    elseif not known[key] and type(value[1]) == "table" then
      out[#out + 1] = key .. "\n" .. grid(trace_rows(value), "  ")
    elseif not known[key] and (value.steps or value.coefficients or value.trace) then
      out[#out + 1] = key .. ":"
      body_lines(value, out)
    elseif not known[key] then
      local line = settings(value)
      if line then out[#out + 1] = wrapped(key, line) end
    end
  end
end

body_lines = function(e, out)
  for _, step in ipairs(e.steps or {}) do
    out[#out + 1] = text.columns({ { "-", step } }, WIDTH, "")
  end
  if e.coefficients and #e.coefficients > 0 then
    out[#out + 1] = grid(coefficient_rows(e.coefficients), "  ")
  end
  other_lines(e, out)
  if e.trace and #e.trace > 0 then
    out[#out + 1] = ("tried: %d"):format(#e.trace)
    out[#out + 1] = grid(trace_rows(e.trace), "  ")
    if #e.trace > TRACE_ROWS then
      out[#out + 1] = ("  … %d more in .trace"):format(#e.trace - TRACE_ROWS)
    end
  end
end

local function explanation_text(e)
  local out = {}
  head_lines(e, out)
  body_lines(e, out)
  return table.concat(out, "\n")
end

internal.explanation_meta = { __name = "jevons.explanation", __tostring = explanation_text }
