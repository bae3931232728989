-- Options of the verbs: "--h 8" and "--h=8", flags, short forms, suggestions for misspelt names.
local jv = require "jevons"
local internal = require "jevons.internal"

local command_line = {}

-- Wrong usage: the verb prints the message and ends with code 2.
local Usage = { __name = "jevons.usage", __tostring = function(self) return self.message end }

function command_line.misuse(fmt, ...)
  error(setmetatable({ message = fmt:format(...) }, Usage), 0)
end

local function find(options, word)
  local names = {}
  for _, option in ipairs(options) do
    if word == "--" .. option.name or word == option.short then return option end
    names[#names + 1] = "--" .. option.name
  end
  local near = internal.nearest(word, names)
  command_line.misuse("unknown option '%s'%s", word, near and (", did you mean '" .. near .. "'?") or "")
end

local function whole_number(option, text)
  local value = text:match "^%s*[-+]?%d+%s*$" and math.tointeger(tonumber(text))
  local least, most = option.min or math.mininteger, option.max or math.maxinteger
  if not value or value < least or value > most then
    local range = option.max and (" from %d to %d"):format(least, most)
      or option.min and (" of at least %d"):format(least) or ""
    command_line.misuse("--%s takes a whole number%s, got '%s'", option.name, range, text)
  end
  return value
end

local convert = {
  text = function(_, text) return text end,
  count = whole_number,
  list = function(option, text) -- "80,95"
    local values = {}
    for part in (text .. ","):gmatch "([^,]*)," do
      local value = part:match "^%s*[%d.]+%s*$" and tonumber(part)
      if not value then
        command_line.misuse("--%s takes numbers such as 80,95, got '%s'", option.name, text)
      end
      values[#values + 1] = value
    end
    return values
  end,
}

-- options: rows {name=, short=, type="text"|"count"|"list"|"flag", min=, max=}. Returns the values by
-- name and the words that are no options; throws a usage error.
function command_line.parse(args, options)
  local values, words, i = {}, {}, 1
  while i <= #args do
    local word = args[i]
    local name, inline = word:match "^(%-%-[^=]+)=(.*)$"
    if word == "--" then
      table.move(args, i + 1, #args, #words + 1, words)
      break
    elseif word == "-" or not word:match "^%-" then
      words[#words + 1] = word
    else
      local option = find(options, name or word)
      if values[option.name] ~= nil then command_line.misuse("--%s is given twice", option.name) end
      if option.type == "flag" then
        if inline then command_line.misuse("--%s takes no value", option.name) end
        values[option.name] = true
      else
        if not inline then i = i + 1 end
        local text = inline or args[i]
        if not text then command_line.misuse("--%s needs a value", option.name) end
        values[option.name] = convert[option.type](option, text)
      end
    end
    i = i + 1
  end
  return values, words
end

-- Runs body(args) as a verb: --help prints the text, wrong usage says what and where to read on.
function command_line.verb(name, help, body)
  return function(args)
    for _, word in ipairs(args) do
      if word == "--" then break end
      if word == "--help" or word == "-h" then
        print(help)
        return 0
      end
    end
    local done, result = xpcall(body, function(e)
      if getmetatable(e) == Usage then return e end
      return { failure = e }
    end, args)
    if done then return result end
    if result.failure then error(result.failure, 0) end
    io.stderr:write(("jevons %s: %s\n"):format(name, result.message),
      ("'jevons %s --help' says what there is.\n"):format(name))
    return 2
  end
end

-- ---- what forecast and backtest share ----

command_line.panel_options = {
  { name = "freq", type = "text" },
  { name = "h", type = "count", min = 1, max = 100000 },
  { name = "season", type = "count", min = 1, max = 100000 },
  { name = "model", type = "text" },
  { name = "out", short = "-o", type = "text" },
  { name = "sort", type = "flag" },
  { name = "seed", type = "count", min = 0 },
  { name = "jobs", type = "count", min = 1, max = 256 },
}

-- Checks the list of models before anything is read; what is wrong with it is wrong usage.
local function check_models(list)
  local found, problem = pcall(jv.panel.models, list)
  if found then return end
  local code = type(problem) == "table" and problem.code
  if code == "not_found" or code == "invalid" or code == "parse" then
    command_line.misuse("--model: %s", (problem.message:gsub("^models: ", "")))
  end
  error(problem, 0)
end

local function check_levels(levels)
  local seen = {}
  for _, level in ipairs(levels) do
    if not (level > 0 and level < 100) then
      command_line.misuse("--level takes percentages between 0 and 100, got %s", level)
    end
    if seen[level] then command_line.misuse("--level has %s twice", level) end
    seen[level] = true
  end
end

-- The options of a verb over one panel, checked, and the path of the panel.
function command_line.parse_panel(args, options)
  local given, words = command_line.parse(args, options)
  if #words == 0 then command_line.misuse("the panel file is missing") end
  if #words > 1 then
    command_line.misuse("one panel file is expected, got %d: %s", #words, table.concat(words, " "))
  end
  if not given.h then command_line.misuse("--h is missing: how many periods ahead?") end
  given.model = given.model or "auto"
  check_levels(given.level or {})
  if given.freq then
    local known, problem = pcall(jv.panel.freq, given.freq)
    if not known then command_line.misuse("--freq: %s", problem.message) end
  end
  check_models(given.model)
  return given, words[1]
end

-- OUT.csv -> OUT.status.csv
function command_line.status_path(output)
  if not output or output == "-" then return nil end
  return (output:match "^(.*)%.[cC][sS][vV]$" or output) .. ".status.csv"
end

-- Says what failed; returns the exit code.
function command_line.report_failures(summary, status)
  if summary.failed == 0 then return 0 end
  warn(("%d of %d series failed, the first: %s%s"):format(summary.failed, summary.series,
    summary.first_failure, status and ("; all of them are in " .. status) or ""))
  if not status then io.stderr:write(summary.status) end
  return 5
end

return command_line
