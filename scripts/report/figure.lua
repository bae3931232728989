-- One cell of a report: a figure with unit, evidence and lineage, or a text, or a named gap.
--
-- What scripts hand in (numbers, quantities, periods, texts, nil, tables) becomes one shape:
--   {kind = "number" | "text" | "missing", text, value, unit, status, lineage, what}
-- `value` is the number in the unit shown; `text` is it, printed with the column's digits.
local lineage = require "jevons.report.lineage"
local number = require "jevons.report.number"

local figure = {}

-- Evidence in order of strength; the mark stands for it where there is no colour or drawing.
figure.STATUSES = {
  { name = "reported", mark = "r", meaning = "as filed or as published" },
  { name = "derived", mark = "d", meaning = "computed from reported figures" },
  { name = "estimated", mark = "e", meaning = "an estimate enters the computation" },
  { name = "scenario", mark = "s", meaning = "rests on assumptions" },
  { name = "unresolved", mark = "u", meaning = "an input is missing" },
}
figure.MARK = {}
for _, status in ipairs(figure.STATUSES) do figure.MARK[status.name] = status.mark end

local function is_quantity(x)
  local ok, value = pcall(function() return x.value end)
  return ok and type(value) == "number"
end

local function get(x, key)
  local ok, value = pcall(function() return x[key] end)
  if ok then return value end
end

-- A verdict of jv.claim, or one of its results, in words: "differs by 1.534 bn USD".
local function verdict_text(result)
  if result.missing then return ("cannot be checked (%s)"):format(result.missing) end
  if result.verdict ~= "differs" then
    return result.how and ("%s (%s)"):format(result.verdict, result.how) or result.verdict
  end
  local gap = result.difference
  local value, unit = get(gap, "value") or gap, number.unit_text(get(gap, "unit"))
  return "differs by " .. number.plain("%.4g", value):gsub("^%-", "−") .. (unit ~= "" and " " .. unit or "")
end

-- What the script means by `cell`, before formatting: a plain table of value, unit, status, ….
local function read(cell)
  local kind = type(cell)
  if kind == "number" then return { value = cell } end
  if kind == "string" then return { text = cell } end
  if kind == "boolean" then return { text = cell and "yes" or "no" } end
  if is_quantity(cell) then
    local unit, status = get(cell, "unit"), get(cell, "status")
    return { value = get(cell, "value"), unit = unit and tostring(unit), text = get(cell, "text"),
             status = status and tostring(status), lineage = get(cell, "lineage"),
             period = get(cell, "period") }
  end
  if kind == "table" then
    if cell.verdict then return { text = verdict_text(cell) } end
    if cell.missing then return { missing = cell.missing } end
    if cell.quantity ~= nil then
      local inner = read(cell.quantity) -- unit and digits beside it say how to show it: the column's part
      inner.text, inner.lineage = cell.text or inner.text, cell.lineage or inner.lineage
      return inner
    end
    return { text = tostring(cell.text or ""), status = cell.status, lineage = cell.lineage }
  end
  return { text = tostring(cell) }
end

-- How a cell is shown: what it says itself goes before its column.
local function manner(cell, column)
  if type(cell) ~= "table" or cell.quantity == nil then return column end
  local digits = cell.digits or column.digits
  local signed = cell.signed == nil and column.signed or cell.signed
  return { unit = cell.unit or column.unit, digits = digits, signed = signed, source = column.source,
           says_unit = cell.unit ~= nil and column.unit == nil and not column.prose }
end

-- The unit of a figure as prose says it, "" for none.
local function unit_suffix(fig)
  local unit = fig.kind == "number" and number.unit_text(fig.unit) or ""
  return unit == "" and "" or " " .. unit
end

-- A figure that is not there; an unresolved one says why by the operation of its lineage.
local function missing(out, what)
  out.kind, out.what = "missing", what
  out.text = what and "missing" or "–"
  return out
end

-- The figure of a cell under a column's {unit, digits, signed, source}. A cell {quantity=, unit=, digits=}
-- in a column without unit carries its unit in its text.
function figure.of(cell, column)
  column = column or {}
  if type(cell) == "table" and cell.is_figure then return cell end
  local out, how = { is_figure = true }, manner(cell, column)
  if cell == nil or cell == false then return missing(out) end
  local given = read(cell)
  if given.missing then return missing(out, given.missing) end
  out.status, out.lineage = given.status, lineage.graph(given.lineage)
  if out.status == "" then out.status = nil end
  if given.value == nil then
    out.kind, out.text = "text", given.text
    return out
  end
  if given.value ~= given.value then return missing(out, out.lineage and out.lineage.operation) end
  out.kind = "number"
  out.lineage = out.lineage or lineage.graph(column.source)
  out.unit = how.unit or given.unit
  out.value = number.convert(given.value, given.unit, how.unit)
  out.text = given.text or number.format(out.value, how.digits, how.signed)
  if how.says_unit then out.text = out.text .. unit_suffix(out) end
  return out
end

-- The figure with its unit, for prose: "27.8 bn USD", "42.8 %".
function figure.prose(given)
  local fig = figure.of(given, { prose = true })
  return fig, fig.text .. unit_suffix(fig)
end

return figure
