-- JSON whose keys keep the order they are written in: the bytes of a report may not depend on the
-- order in which Lua walks a table. An object is a list of {key, value} pairs; json.list marks arrays.
local numbers = require "jevons.report.number"

local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local list_mark = {}

-- Marks t as an array (an empty or nested table could be either).
function json.list(t)
  return setmetatable(t, list_mark)
end

-- "<" is escaped so that no text can end the <script> element that carries it.
local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["<"] = "\\u003c", ["\n"] = "\\n", ["\r"] = "\\r",
                  ["\t"] = "\\t" }

local function quote(text)
  return '"' .. text:gsub('[%c"\\<]', function(c)
    return ESCAPES[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function number(value)
  if value ~= value or math.abs(value) == math.huge then return "null" end
  if value == math.floor(value) and math.abs(value) < 2 ^ 53 then return ("%d"):format(value) end
  return numbers.plain("%.12g", value)
end

function json.encode(value)
  if value == json.null then return "null" end
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  local out, is_list = {}, getmetatable(value) == list_mark
  for i, item in ipairs(value) do
    out[i] = is_list and json.encode(item) or quote(item[1]) .. ":" .. json.encode(item[2])
  end
  return is_list and "[" .. table.concat(out, ",") .. "]" or "{" .. table.concat(out, ",") .. "}"
end

return json
