-- The prompt: reads a statement or an expression over as many lines as it takes, runs it, shows
-- what it gave. Locals declared at the top level of one input are seen by the next ones: every
-- input is compiled inside a function whose upvalues are joined to the variables kept so far, so
-- that closures made earlier share them.
local jv = require "jevons"
local internal = require "jevons.internal"
local lex = require "jevons.lex"
local pretty = require "jevons.pretty"

local CHUNK = "=stdin"
local KEEP = "__jevons_keep" -- a local of the compiled text, out of the way of a person's names

-- name -> {fn = closure that has the variable as an upvalue, index = which one}, or {value = …}
-- for constants, which the compiler may have folded away.
local kept = {}
internal.kept = kept

-- Value of a kept local; the second result says whether there is one.
function internal.kept_value(name)
  local variable = kept[name]
  if not variable then return nil, false end
  if not variable.fn then return variable.value, true end
  local _, value = debug.getupvalue(variable.fn, variable.index)
  return value, true
end

-- ---- compiling

local function is_incomplete(message) return message:sub(-5) == "<eof>" end

-- More lines are wanted when the text could go on, as a statement or as an expression.
local function wants_more(text)
  local statement, why = load(text, CHUNK, "t")
  if statement then return false end
  local expression, why_not = load("return " .. text, CHUNK, "t")
  if expression then return false end
  return is_incomplete(why) or is_incomplete(why_not)
end

-- The kept variables that the text names.
local function used_names(tokens)
  local names, seen = {}, {}
  for _, token in ipairs(tokens) do
    if token.kind == "name" and kept[token.text] and not seen[token.text] then
      seen[token.text] = true
      names[#names + 1] = token.text
    end
  end
  return names
end

local function join_upvalues(fn)
  for i = 1, 255 do
    local name = debug.getupvalue(fn, i)
    if not name then return end
    local variable = kept[name]
    if variable and variable.fn then debug.upvaluejoin(fn, i, variable.fn, variable.index) end
  end
end

-- Compiles `text .. tail` with the named variables in scope; the function, or nil and why not.
local function compile(head, text, tail, names)
  local declared = { KEEP }
  for _, name in ipairs(names) do declared[#declared + 1] = name end
  local source = ("local %s = ...; return function() %s%s\n%s end"):format(
    table.concat(declared, ","), head, text, tail)
  local make, why = load(source, CHUNK, "t")
  if not make then return nil, why end
  local values = {}
  for i, name in ipairs(names) do values[i] = internal.kept_value(name) end
  local fn = make(internal.keep, table.unpack(values, 1, #names))
  join_upvalues(fn)
  return fn
end

-- Called at the end of an input with a closure over its locals, then name and value of each.
function internal.keep(closure, ...)
  local index_of = {}
  for i = 1, 255 do
    local name = debug.getupvalue(closure, i)
    if not name then break end
    index_of[name] = i
  end
  local list = table.pack(...)
  for i = 1, list.n, 2 do
    local name = list[i]
    kept[name] = index_of[name] and { fn = closure, index = index_of[name] } or { value = list[i + 1] }
  end
end

-- What is put behind a statement to keep the locals that it declares.
local function keeping(locals)
  if #locals == 0 then return "" end
  local pairs_text = {}
  for i, name in ipairs(locals) do pairs_text[i] = ("%q,%s"):format(name, name) end
  return (";%s(function() return %s end, %s)"):format(KEEP, table.concat(locals, ","),
    table.concat(pairs_text, ","))
end

-- The function that runs the input and returns what it gives; or nil and why it does not compile.
local function compile_input(text)
  local tokens = lex.tokens(text)
  local names = used_names(tokens)
  local fn = compile("return ", text, "", names)
    or compile("", text, keeping(lex.top_locals(tokens)), names)
  if fn then return fn end
  local plain, why = compile("", text, "", names) -- nothing can follow a `return`
  if plain then return plain end
  local _, own = load(text, CHUNK, "t") -- the message without what was put around
  return nil, own or why
end

-- ---- showing

local function show(...)
  local n = select("#", ...)
  if n == 0 then return end
  _G._ = (...)
  local options = { width = internal.terminal.width("stdout"), colour = internal.terminal.colour() }
  local texts, lines = {}, false
  for i = 1, n do
    texts[i] = pretty((select(i, ...)), options)
    lines = lines or texts[i]:find("\n", 1, true) ~= nil
  end
  print(table.concat(texts, lines and "\n" or "\t"))
end

local function run(text)
  local fn, why = compile_input(text)
  if not fn then
    io.stderr:write(why, "\n")
  else
    internal.protected(function() show(fn()) end)
  end
end

-- ---- reading

local function prompts()
  if not internal.terminal.colour() then return "> ", ">> " end
  return "\1\27[1m\1> \1\27[0m\1", "\1\27[2m\1>> \1\27[0m\1"
end

-- One line where joining changes nothing, so that the up key brings all of it back; else a line an
-- entry.
local function add_history(lines)
  local text = table.concat(lines, "\n")
  if not text:match("%S") then return end
  local joined = table.concat(lines, " ")
  if #lines > 1 and not text:find("%-%-") and not text:find("%[=*%[") and not text:find("\\\n") then
    lines = { joined }
  end
  for _, line in ipairs(lines) do
    if line:match("%S") then internal.prompt.add_history(line) end
  end
end

-- The next input; nil at the end, false when it was given up.
local function read()
  local first, more = prompts()
  local lines = {}
  repeat
    local line = internal.prompt.readline(#lines == 0 and first or more)
    if not line then
      if line == nil and #lines > 0 then print() end
      return line
    end
    lines[#lines + 1] = line
    local text = table.concat(lines, "\n")
  until not wants_more(text) or (line == "" and #lines > 2 and lines[#lines - 1] == "")
  add_history(lines)
  return table.concat(lines, "\n")
end

local function before_prompt()
  for _, fn in ipairs(internal.on_prompt) do internal.protected(fn) end
end

-- ---- the loop

return function()
  internal.complete = require("jevons.complete")
  if not internal.greeted then
    internal.greeted = true
    print(("Jevons %s  (%s)   help() says what there is, Tab completes, ^D leaves"):format(
      jv.version, _VERSION))
  end
  while true do
    before_prompt()
    local text = read()
    if text == nil then break end
    if text and text:match("%S") then run(text) end
  end
  print()
end
