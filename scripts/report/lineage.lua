-- Lineage as a plain tree for the renderers: where a figure came from, down to filed facts.
--
-- A node is {operation=, value=, inputs={…}} or a source {accession=, tag=, form=, filed=, start=,
-- finish=, filer=, unit=, note=, value=}; either may be given as a table or as a lineage object.
local lineage = {}

-- One field of an object of another module; absent fields may throw there, and are nil here.
local function field(x, key)
  local ok, value = pcall(function() return x[key] end)
  if ok then return value end
end

local function text(value)
  if value ~= nil then return tostring(value) end
end

local SOURCE_FIELDS = { "filer", "accession", "tag", "form", "filed", "start", "unit", "note" }

-- The tree of x, or nil when x carries no lineage. x: a lineage object, a table, or a text.
function lineage.tree(x)
  if x == nil then return nil end
  if type(x) == "string" then return { note = x } end
  local node = { value = field(x, "value"), operation = text(field(x, "operation")) }
  for _, key in ipairs(SOURCE_FIELDS) do node[key] = text(field(x, key)) end
  node.finish = text(field(x, "finish") or field(x, "end"))
  node.cik = field(x, "cik")
  local inputs = field(x, "inputs")
  if type(inputs) == "function" then inputs = inputs(x) end
  if inputs and #inputs > 0 then
    node.inputs = {}
    for i, input in ipairs(inputs) do node.inputs[i] = lineage.tree(input) end
  end
  return node
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
