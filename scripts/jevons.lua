-- The Lua half of the module: runs when `require "jevons"` has opened the C modules, and gets the
-- module's table. Parts that only some scripts need are loaded at their first use.
local jv = ...

-- Name under jv -> script of the library that returns its value.
local lazy = {
  report = "jevons.report",
}

setmetatable(jv, {
  __index = function(self, key)
    local script = lazy[key]
    if not script then return nil end
    local value = require(script)
    rawset(self, key, value)
    return value
  end,
})
