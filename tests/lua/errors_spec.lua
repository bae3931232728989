-- Error objects: code, message, place; wrong arguments; the library's own frames left out.
local jv = require "jevons"

local function failure(fn, ...)
  local good, err = pcall(fn, ...)
  assert.is_false(good)
  return err
end

local function this_line() return debug.getinfo(2, "l").currentline end

describe("an error object", function()
  it("has code, message and place, and reads as one text", function()
    local line
    local err = failure(function()
      line = this_line() + 1
      jv.error("data", "too short")
    end)
    local where = debug.getinfo(1, "S").short_src .. ":" .. line
    assert.same({ "data", "too short", where }, { err.code, err.message, err.where })
    assert.equal(where .. ": too short", tostring(err))
    assert.equal("failed: " .. tostring(err), "failed: " .. err)
    assert.equal(tostring(err) .. "!", err .. "!")
  end)

  it("names the caller's place at a level, as error() does", function()
    local line
    local function helper() jv.error("unit", "of no use", 2) end
    local err = failure(function()
      line = this_line() + 1
      helper()
      return true
    end)
    assert.matches(":" .. line .. "$", err.where)
  end)

  it("takes known codes alone", function()
    local err = failure(jv.error, "oddity", "x")
    assert.same({ "invalid", "jv.error: unknown code 'oddity'" }, { err.code, err.message })
  end)

  it("comes out of core with its status", function()
    local err = failure(function() return jv.period "2024Q7" end)
    assert.equal("parse", err.code)
    assert.truthy(err.message:find("2024Q7", 1, true), err.message)
    assert.matches("errors_spec.lua:%d+$", err.where)
  end)

  it("passes through coroutines and to-be-closed variables", function()
    local closed = false
    local co = coroutine.wrap(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      jv.error("data", "inside")
    end)
    local err = failure(co)
    assert.truthy(closed)
    assert.equal("data", err.code)
  end)
end)

describe("a wrong argument", function()
  local s = jv.series { start = "2024Q1", values = { 1, 2, 3 } }

  it("of another class is refused by name", function()
    local err = failure(function() return s.cumulative(42) end)
    assert.truthy(tostring(err):find("series expected, got number", 1, true), tostring(err))
    err = failure(function() return s.cumulative(jv.period "2024") end)
    assert.truthy(tostring(err):find("series expected, got period", 1, true), tostring(err))
  end)

  it("among options names the one that was meant", function()
    local err = failure(function() return jv.fit("ets", s, { modle = "ANN" }) end)
    assert.equal("invalid", err.code)
    assert.truthy(err.message:find("unknown option 'modle', did you mean 'model'?", 1, true), err.message)
    err = failure(function() return jv.fit("ets", s, { 5 }) end)
    assert.truthy(err.message:find("options have names, found the key 1", 1, true), err.message)
  end)
end)

describe("a closed object", function()
  it("is refused, and closing and collecting twice does nothing", function()
    local s = jv.series { start = "2024Q1", values = { 1, 2, 3 } }
    local meta = debug.getmetatable(s)
    meta.__gc(s)
    meta.__close(s)
    local err = failure(function() return s:cumulative() end)
    assert.same({ "invalid", "this series is closed" }, { err.code, err.message })
    meta.__gc(42)
    collectgarbage()
  end)
end)
