-- A value as a person reads it at the prompt: tables laid out over lines, with limits on depth and
-- size, and safe against cycles; anything with a __tostring by that.
local internal = require "jevons.internal"

local DEPTH, ITEMS, NODES, STRING = 5, 60, 2000, 200

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  keywords[word] = true
end

local function paint(state, colour, s)
  return state.colour and ("\27[%sm%s\27[0m"):format(colour, s) or s
end

local function quote(s)
  local cut = #s > STRING and s:sub(1, utf8.offset(s, 0, STRING + 1) - 1) or s
  local escaped = cut:gsub('[%c"\\]', function(c)
    local short = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\" }
    return short[c] or ("\\%d"):format(c:byte())
  end)
  return '"' .. escaped .. '"' .. (#s > STRING and ("… (%d bytes)"):format(#s) or "")
end

local function has_text(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__tostring") ~= nil
end

-- Something whose text has many lines stands in a table by its first one.
local function first_line(s)
  local line = s:match("^\n*([^\n]*)")
  return #line < #s and line .. " …" or line
end

local function scalar(state, value)
  if type(value) == "string" then return paint(state, "32", quote(value)) end
  if type(value) == "number" then return paint(state, "36", tostring(value)) end
  if type(value) == "nil" or type(value) == "boolean" then return paint(state, "35", tostring(value)) end
  local name = type(value) == "function" and internal.docs.of[value]
  return name and "function " .. name or first_line(tostring(value))
end

local rank = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return (rank[ta] or 4) < (rank[tb] or 4) end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

-- The keys that are not of the array part, sorted.
local function other_keys(t, n)
  local keys = {}
  for key in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= n) then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  return keys
end

local function array_length(t)
  local n = 0
  while rawget(t, n + 1) ~= nil do n = n + 1 end
  return n
end

local function key_text(state, key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") and not keywords[key] then return key end
  return "[" .. (type(key) == "table" and tostring(key) or scalar(state, key)) .. "]"
end

local function visible_width(s)
  local plain = s:gsub("\27%[[%d;]*m", "")
  return utf8.len(plain) or #plain
end

-- On one line when it fits, else an item a line.
local function lay_out(items, state, indent)
  if #items == 0 then return "{}" end
  local total, lines = 4, false
  for _, item in ipairs(items) do
    total = total + visible_width(item) + 2
    lines = lines or item:find("\n", 1, true) ~= nil
  end
  if not lines and total + #indent <= state.width then return "{ " .. table.concat(items, ", ") .. " }" end
  local inner = indent .. "  "
  return "{\n" .. inner .. table.concat(items, ",\n" .. inner) .. "\n" .. indent .. "}"
end

local render

local function render_table(state, t, indent, depth)
  if state.path[t] then return paint(state, "2", "{cycle}") end
  if depth > DEPTH then return paint(state, "2", "{…}") end
  state.path[t] = true
  local items, n, inner = {}, array_length(t), indent .. "  "
  local keys = other_keys(t, n)
  local function full() return #items >= ITEMS or state.nodes > NODES end
  for i = 1, n do
    if full() then break end
    items[#items + 1] = render(state, rawget(t, i), inner, depth + 1)
  end
  for _, key in ipairs(keys) do
    if full() then break end
    items[#items + 1] = key_text(state, key) .. " = " .. render(state, rawget(t, key), inner, depth + 1)
  end
  local rest = n + #keys - #items
  if rest > 0 then items[#items + 1] = paint(state, "2", ("… %d more"):format(rest)) end
  state.path[t] = nil
  return lay_out(items, state, indent)
end

render = function(state, value, indent, depth)
  state.nodes = state.nodes + 1
  if type(value) ~= "table" or has_text(value) then return scalar(state, value) end
  return render_table(state, value, indent, depth)
end

-- pretty(value [, {width=, colour=}]) -> text
return function(value, options)
  options = options or {}
  local state = { width = options.width or 80, colour = options.colour, path = {}, nodes = 0 }
  if type(value) ~= "string" and has_text(value) then return tostring(value) end
  return render(state, value, "", 1)
end
