-- The data of a report as CSV files: one for each table and chart.
--
-- A number is written in full, in the unit of its column's head, or with its unit beside it; a column
-- in which some figure carries evidence is followed by its status and by the accessions it rests on.
local chart = require "jevons.report.chart"
local figure = require "jevons.report.figure"
local lineage = require "jevons.report.lineage"
local number = require "jevons.report.number"

local csv = {}

local function quote(text)
  text = tostring(text)
  if text:find('[,"\r\n]') then return '"' .. text:gsub('"', '""') .. '"' end
  return text
end

local function number_text(value)
  for digits = 15, 17 do
    local text = number.plain("%." .. digits .. "g", value)
    if tonumber(text) == value then return text end
  end
end

-- A column without a unit of its own may hold figures that have one each, as in prose.
local function has_units(column, rows)
  for _, row in ipairs(rows) do
    local fig = figure.of(row[column.key], column)
    if not column.unit and fig.kind == "number" and number.unit_text(fig.unit) ~= "" then return true end
  end
  return false
end

local function has_evidence(column, rows)
  for _, row in ipairs(rows) do
    if figure.of(row[column.key], column).status then return true end
  end
  return false
end

local function sources(fig)
  local names = {}
  for i, node in ipairs(fig.lineage and lineage.filings(fig.lineage) or {}) do names[i] = node.accession end
  return table.concat(names, " ")
end

local function add_head(out, column, with_unit, tracked)
  local title = column.title and column.title ~= "" and column.title or column.key
  local unit = number.unit_text(column.unit)
  out[#out + 1] = quote(unit ~= "" and ("%s [%s]"):format(title, unit) or title)
  if with_unit then out[#out + 1] = quote(title .. " unit") end
  if tracked then
    out[#out + 1] = quote(title .. " status")
    out[#out + 1] = quote(title .. " accessions")
  end
end

-- What people read has signs that programs which guess a file's encoding would garble.
local PLAIN = { ["−"] = "-", ["×"] = "*", ["\u{a0}"] = " " }

local function plain(text)
  return (text:gsub("%s*\n%s*", " "):gsub(utf8.charpattern, PLAIN))
end

local function add_cell(out, column, cell, with_unit, tracked)
  local fig = figure.of(cell, column)
  local text = fig.kind == "number" and number_text(fig.value)
    or fig.kind == "text" and plain(fig.text) or ""
  out[#out + 1] = quote(text)
  if with_unit then out[#out + 1] = quote(fig.kind == "number" and number.unit_text(fig.unit) or "") end
  if tracked then
    out[#out + 1] = quote(fig.status or "")
    out[#out + 1] = quote(sources(fig))
  end
end

local function table_text(block)
  local lines, tracked, united, head = {}, {}, {}, {}
  for i, column in ipairs(block.columns) do
    tracked[i] = has_evidence(column, block.rows)
    united[i] = has_units(column, block.rows)
    add_head(head, column, united[i], tracked[i])
  end
  lines[1] = table.concat(head, ",")
  for _, row in ipairs(block.rows) do
    local out = {}
    for i, column in ipairs(block.columns) do
      add_cell(out, column, row[column.key], united[i], tracked[i])
    end
    lines[#lines + 1] = table.concat(out, ",")
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

local function file_name(block, used)
  local base = block.name or block.title:lower():gsub("[^%w]+", "-"):gsub("^%-", ""):gsub("%-$", "")
  used[base] = (used[base] or 0) + 1
  return (used[base] == 1 and base or base .. "-" .. used[base]) .. ".csv"
end

-- A list of {name, text}, in the order of the report.
function csv.render(report)
  local files, used = {}, {}
  report:walk(function(block)
    if block.kind == "chart" or block.kind == "table" then
      local as_table = block.kind == "chart" and chart.as_table(block) or block
      files[#files + 1] = { name = file_name(block, used), text = table_text(as_table) }
    end
  end)
  return files
end

return csv
