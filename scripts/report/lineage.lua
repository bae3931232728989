-- Lineage as a plain tree for the renderers: where a figure came from, down to filed facts.
--
-- A node is {operation=, value=, inputs={…}} or a source {accession=, tag=, form=, filed=, start=,
-- finish=, filer=, unit=, note=, value=}; either may be given as a table or as a lineage object.
local number = require "jevons.report.number"

local lineage = {}

-- One field of an object of another module; absent fields may throw there, and are nil here.
local function field(x, key)
  local ok, value = pcall(function() return x[key] end)
  if ok then return value end
end

local function text(value)
  if value ~= nil then return tostring(value) end
end

local SOURCE_FIELDS = { "filer", "accession", "tag", "form", "filed", "start", "unit", "note", "cik" }

-- A graph that shares nodes is a far bigger tree; what a page cannot show is not walked either.
local NODES_MAX = 400

-- The tree of x, or nil when x carries no lineage. x: a lineage object, a table, or a text.
function lineage.tree(x, budget)
  if x == nil then return nil end
  budget = budget or { left = NODES_MAX }
  budget.left = budget.left - 1
  if type(x) == "string" then return { note = x } end
  local source = field(x, "source") or x
  local node = { value = field(x, "value"), operation = text(field(x, "operation")) }
  for _, key in ipairs(SOURCE_FIELDS) do node[key] = text(field(source, key)) end
  node.finish = text(field(source, "finish") or field(source, "end"))
  local inputs = field(x, "inputs")
  if type(inputs) == "function" then inputs = inputs(x) end
  if inputs and #inputs > 0 then
    node.inputs = {}
    for i, input in ipairs(inputs) do
      if budget.left <= 0 then break end
      node.inputs[i] = lineage.tree(input, budget)
    end
  end
  return node
end

-- The one unit of the sources under a node, or nil when they differ: what its own value is in.
local function unit_of(node)
  local unit, differ
  lineage.walk(node, function(n)
    if n.unit and n.unit ~= "" then
      differ = differ or (unit and unit ~= n.unit)
      unit = n.unit
    end
  end)
  return not differ and unit or nil
end

-- The value of a node as accountants write it: money in millions; ratios as they are; "" without one.
function lineage.value_text(node)
  local value = node.value
  if type(value) ~= "number" then return "" end
  if value ~= value then return "missing" end
  local unit = unit_of(node)
  if unit and unit:match("^%u%u%u$") and math.abs(value) >= 1e5 then
    value = value / 1e6
    return number.format(value, value == math.floor(value) and 0 or 1) .. " mn " .. unit
  end
  if node.inputs and math.abs(value) < 1e3 then return ("%.4g"):format(value) end
  return number.format(value) .. (unit and " " .. number.unit_text(unit) or "")
end

-- Calls visit(node, depth) for every node, parents first.
function lineage.walk(node, visit, depth)
  depth = depth or 0
  visit(node, depth)
  for _, input in ipairs(node.inputs or {}) do lineage.walk(input, visit, depth + 1) end
end

-- The distinct filings under a node, in order of appearance: list of source nodes.
function lineage.filings(node)
  local list, seen = {}, {}
  lineage.walk(node, function(n)
    if n.accession and not seen[n.accession] then
      seen[n.accession] = true
      list[#list + 1] = n
    end
  end)
  return list
end

-- The index page of a filing at the SEC; needs the filer's CIK, from the node, its filer or `ciks`
-- (ticker -> CIK). nil when it is not known: a link that may be wrong is worse than none.
function lineage.url(node, ciks)
  if not node.accession then return nil end
  local cik = tonumber(node.cik) or tonumber(node.filer) or (ciks and tonumber(ciks[node.filer]))
  if not cik then return nil end
  local folder = node.accession:gsub("%-", "")
  return ("https://www.sec.gov/Archives/edgar/data/%d/%s/"):format(cik, folder)
end

-- "2024-01-01 to 2024-12-31", "on 2024-12-31" or "".
function lineage.span(node)
  if node.start and node.finish then return node.start .. " to " .. node.finish end
  return node.finish and ("on " .. node.finish) or ""
end

return lineage
