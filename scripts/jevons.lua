-- The Lua half of the module: runs when `require "jevons"` has opened the C modules, and gets the
-- module's table. Parts that only some scripts need are loaded at their first use.
local jv = ...
local internal = require "jevons.internal"

-- Name under jv -> script of the library that returns its value.
internal.lazy = {
  report = "jevons.report",
}

-- Functions that the prompt calls before it asks for a line.
local on_prompt = {}
internal.on_prompt = on_prompt

function jv.on_prompt(fn)
  if type(fn) ~= "function" then jv.error("invalid", "jv.on_prompt takes a function") end
  on_prompt[#on_prompt + 1] = fn
end

jv.doc("jv.on_prompt", jv.on_prompt, [[
jv.on_prompt(fn)

Has the REPL call fn() before each prompt: to read again what has changed, or to say how things are.]])

function jv.try(fn, ...)
  local ok, value = pcall(fn, ...)
  if ok then return value end
  return nil, type(value) == "table" and value.message or tostring(value)
end

jv.doc("jv.try", jv.try, [[
jv.try(fn, …) -> value, or nil and why

The value of fn(…); where it throws, nil and the message, to be shown in the figure's place.]])

setmetatable(jv, {
  __index = function(self, key)
    local script = internal.lazy[key]
    if not script then return nil end
    local value = require(script)
    rawset(self, key, value)
    return value
  end,
})

require "jevons.help"
require "jevons.edgar"
require "jevons.guidance"
require "jevons.claim"
require "jevons.claims"
require "jevons.group"
require "jevons.outlook"
require "jevons.models"
require "jevons.combine"
require "jevons.explain"
require "jevons.tables"
