-- The verbs of the command line, once: `jevons VERB args…` runs scripts/verbs/VERB.lua, which
-- returns function(args) -> exit code. The program calls run, nearest and print_usage.
local internal = require "jevons.internal"

local verbs = {
  list = {
    { "forecast", "forecasts of the series of a panel file" },
    { "backtest", "how models would have done on a panel file" },
    { "help", "what a function, a model, a class or a verb is" },
    { "version", "the program's version" },
  },
}

local usage = [[
usage: jevons                     the prompt, where expressions are tried out
       jevons SCRIPT [args…]      run a script; `arg` holds the arguments
       jevons -e CODE             run a piece of Lua
       jevons - [args…]           run standard input
       jevons VERB [args…]        a script of a verb's name is run as ./NAME

verbs:
%s
options, before the script or verb:
  -e CODE               run CODE; may stand more than once, and before a script
  -i                    stay at the prompt afterwards
  --memory-limit SIZE   fail rather than use more memory: 512M, 4G
  --no-local-models     ignore the model files under ./models/
  -h, --help            this text
  -v, --version         the version

exit codes: 0 done, 1 failed, 2 wrong usage, 5 some series or sections failed, 130 interrupted]]

function verbs.names()
  local names = {}
  for i, verb in ipairs(verbs.list) do names[i] = verb[1] end
  return names
end

function verbs.has(name)
  for _, verb in ipairs(verbs.list) do
    if verb[1] == name then return true end
  end
  return false
end

-- Options of the program that people also write after the verb.
local function take_program_options(args)
  local rest = {}
  for i, word in ipairs(args) do
    if word == "--no-local-models" then
      internal.local_models = false
    else
      rest[#rest + 1] = args[i]
    end
  end
  return rest
end

-- Exit code of the verb; nil when there is no such verb.
function verbs.run(name, ...)
  if not verbs.has(name) then return nil end
  return require("jevons.verbs." .. name)(take_program_options { ... }) or 0
end

function verbs.nearest(name) return internal.nearest(name, verbs.names()) end

function verbs.print_usage()
  local lines = {}
  for i, verb in ipairs(verbs.list) do lines[i] = ("  %-20s  %s\n"):format(verb[1], verb[2]) end
  print(usage:format(table.concat(lines)))
end

return verbs
