-- Lineage as a plain graph for the renderers: where a figure came from, down to filed facts.
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

local function as_text(value)
  if value ~= nil then return tostring(value) end
end

local SOURCE_FIELDS = { "filer", "accession", "tag", "form", "filed", "start", "unit", "note", "cik" }

-- Node by the id of its lineage object. Figures share most of what they are made from: as a tree a
-- graph would be far bigger. A node holds its object, so that an id is not given anew while it is here.
local known = setmetatable({}, { __mode = "v" })

local function new_node(x, seen)
  local source = field(x, "source") or x
  local node = { value = field(x, "value"), operation = as_text(field(x, "operation")), object = x }
  for _, key in ipairs(SOURCE_FIELDS) do
    local text = as_text(field(source, key))
    node[key] = text ~= "" and text or nil
  end
  node.finish = as_text(field(source, "finish") or field(source, "end"))
  local inputs = field(x, "inputs")
  if type(inputs) == "function" then inputs = inputs(x) end
  if inputs and #inputs > 0 then
    node.inputs = {}
    for i, input in ipairs(inputs) do node.inputs[i] = lineage.graph(input, seen) end
  end
  return node
end

-- The node of x, or nil when x carries no lineage; what is shared below is the same table wherever it
-- is met. x: a lineage object, a table, or a text.
function lineage.graph(x, seen)
  if x == nil then return nil end
  if type(x) == "string" then return { note = x } end
  local id = type(x) == "userdata" and field(x, "id")
  if id then
    local node = known[id]
    if not node then
      node = new_node(x)
      known[id] = node
    end
    return node
  end
  seen = seen or {}
  seen[x] = seen[x] or new_node(x, seen)
  return seen[x]
end

-- Calls visit(node) once for every node, parents first.
function lineage.walk(node, visit, seen)
  seen = seen or {}
  if seen[node] then return end
  seen[node] = true
  visit(node)
  for _, input in ipairs(node.inputs or {}) do lineage.walk(input, visit, seen) end
end

-- The one unit of the sources under a node: what its value is in. "" when no source tells, false when
-- they differ.
local function unit_of(node)
  if node.unit_below == nil then
    local unit = node.unit or ""
    for _, input in ipairs(node.inputs or {}) do
      local below = unit_of(input)
      if unit == "" then
        unit = below
      elseif below ~= "" and below ~= unit then
        unit = false
      end
    end
    node.unit_below = unit
  end
  return node.unit_below
end

-- The value of a node as accountants write it: money in millions; ratios as they are; "" without one.
function lineage.value_text(node)
  local value = node.value
  if type(value) ~= "number" then return "" end
  if value ~= value then return "missing" end
  local unit = unit_of(node) or ""
  if unit:match("^%u%u%u$") and math.abs(value) >= 1e5 then
    value = value / 1e6
    return number.format(value, value == math.floor(value) and 0 or 1) .. " mn " .. unit
  end
  if node.inputs and math.abs(value) < 1e3 then return number.plain("%.4g", value) end
  return number.format(value) .. (unit ~= "" and " " .. number.unit_text(unit) or "")
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

-- ---- one line of arithmetic ----

local LEAVES_MAX = 8 -- beyond that a line is no arithmetic that a person follows

-- The sign between the inputs of an operation, by its words; nil: no such line.
local function sign_of(operation)
  local function has(words) return operation:find(words, 1, true) end
  if operation == "difference" or has " - " or has " less " then return " − " end
  if operation == "sum" or has "sum of" or has " plus " then return " + " end
  if operation == "product" then return " × " end
  if operation == "ratio" then return " / " end
end

-- Operations with a bare number: "times 4", "minus 1", "4 minus".
local SCALAR = { times = " × ", plus = " + ", minus = " − ", ["divided by"] = " / " }

local function with_scalar(node, inner)
  local word, k = node.operation:match("^(%a[%a ]-) ([%d.e+-]+)$")
  if not (word and SCALAR[word]) then word, k = node.operation:match("^annual rate: (times) ([%d.]+)$") end
  if word and SCALAR[word] then return inner .. SCALAR[word] .. k end
end

-- A number of the line: money in millions, whatever scale it was printed in.
local function leaf(node)
  local currency = (node.unit or ""):match("^(%u%u%u)$") or (node.unit or ""):match("^(%u%u%u) ")
  local value = currency and number.convert(node.value, node.unit, currency .. " mn") or node.value
  return number.format(value, value == math.floor(value) and 0 or currency and 1 or nil)
end

local function expression(node, inside, count)
  if count.leaves > LEAVES_MAX then return nil end
  if not node.inputs then
    count.leaves = count.leaves + 1
    return type(node.value) == "number" and node.value == node.value and leaf(node) or nil
  end
  local parts = {}
  for i, input in ipairs(node.inputs) do
    parts[i] = expression(input, true, count)
    if not parts[i] then return nil end
  end
  local sign = sign_of(node.operation or "")
  local formula = #parts > 1 and sign and table.concat(parts, sign)
  if #parts == 1 then formula = with_scalar(node, parts[1]) end
  return formula and (inside and "(" .. formula .. ")" or formula) or nil
end

-- "82,999 − 55,165 = 27,834 mn USD": how a figure follows from the filed ones; nil where there is
-- nothing to compute, or too much to read. unit: the figure's own, which a derived node does not tell.
function lineage.arithmetic(node, unit)
  if not node or not node.inputs then return nil end
  local count = { leaves = 0 }
  local formula = expression(node, false, count)
  if not formula or count.leaves > LEAVES_MAX then return nil end
  local currency = tostring(unit or ""):match("^(%u%u%u)")
  local to = currency and currency .. " mn" or "%"
  local value = number.convert(node.value, tostring(unit or "ratio"), to)
  local digits = currency and (value == math.floor(value) and 0 or 1) or 2
  return ("%s = %s %s"):format(formula, number.format(value, digits), number.unit_text(to))
end

return lineage
