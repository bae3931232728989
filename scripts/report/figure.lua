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
             note = kind == "table" and cell.note or nil, period = get(cell, "period") }
  end
  if kind == "table" then
    if cell.missing then return { missing = cell.missing } end
    if cell.quantity ~= nil then
      local inner = read(cell.quantity) -- unit and digits beside it say how to show it: the column's part
      inner.text, inner.note = cell.text or inner.text, cell.note
      return inner
    end
    return { text = tostring(cell.text or ""), status = cell.status, lineage = cell.lineage }
  end
  return { text = tostring(cell) }
end

-- The figure of a cell under a column's {unit, digits, signed}.
function figure.of(cell, column)
  column = column or {}
  if type(cell) == "table" and cell.is_figure then return cell end
  local out = { is_figure = true }
  if cell == nil or cell == false then
    out.kind, out.text = "missing", "–"
    return out
  end
  local given = read(cell)
  if given.missing then
    out.kind, out.text, out.what = "missing", "missing", given.missing
    return out
  end
  out.status, out.lineage, out.note = given.status, lineage.tree(given.lineage), given.note
  if out.status == "" then out.status = nil end
  if given.value == nil then
    out.kind, out.text = "text", given.text
    return out
  end
  out.unit = column.unit or given.unit
  out.value = number.convert(given.value, given.unit, column.unit)
  if out.value ~= out.value then
    out.kind, out.text = "missing", "–"
    return out
  end
  out.kind = "number"
  out.text = given.text or number.format(out.value, column.digits, column.signed)
  return out
end

-- The figure with its unit, for prose: "27.8 bn USD", "42.8 %".
function figure.prose(fig)
  local unit = fig.kind == "number" and number.unit_text(fig.unit) or ""
  return unit == "" and fig.text or fig.text .. " " .. unit
end

return figure
