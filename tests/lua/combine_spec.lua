-- jv.combine and combine(…) as typed.
local jv = require "jevons"

describe("jv.combine", function()
  local y = {}
  for t = 1, 60 do y[t] = 100 + t + t * 7919 % 13 end

  it("takes models as a text, as a list, or in the name", function()
    local one = jv.combine("ets,drift", y):forecast(3, { level = { 80 } })
    local two = jv.combine({ "ets", "drift" }, y):forecast(3, { level = { 80 } })
    local three = jv.fit("combine(ets,drift)", y):forecast(3, { level = { 80 } })
    local four = jv.combine(y, { models = "ets,drift" }):forecast(3, { level = { 80 } })
    for i = 1, 3 do
      assert.equal(one.mean[i], two.mean[i])
      assert.equal(one.mean[i], three.mean[i])
      assert.equal(one.mean[i], four.mean[i])
    end
    assert.equal(tostring(one), tostring(three))
  end)

  it("takes options beside them", function()
    local f = jv.combine("ets,drift,naive", y, { how = "stacked", horizon = 3, origins = 5 })
    assert.truthy(f.form:find("^Stack of "))
    local mean = jv.combine("drift,naive", y, { how = "mean" }):forecast(1).mean[1]
    local drift, naive = jv.drift(y):forecast(1).mean[1], jv.naive(y):forecast(1).mean[1]
    assert.is_true(math.abs(mean - (drift + naive) / 2) < 1e-9)
  end)

  it("has the members' fitted values as components", function()
    local parts = jv.combine("drift,naive", y):components()
    assert.equal(60, #parts.drift)
    assert.equal(y[59], parts.naive[60])
  end)

  it("comes back from a text", function()
    local f = jv.combine("ets,drift,naive", y)
    local g = jv.load(f:save())
    assert.equal(tostring(f:forecast(4, { level = { 95 } })), tostring(g:forecast(4, { level = { 95 } })))
  end)

  it("stands beside other models in a backtest, with a model of Lua in it", function()
    jv.model.define {
      name = "last_seen",
      fit = function(s) return { last = s:values()[#s] } end,
      forecast = function(fit, h)
        local m = {}
        for i = 1, h do m[i] = fit.last end
        return m
      end,
    }
    local bt = jv.backtest(y, { models = { "combine(last_seen,drift)", "naive" }, h = 2, origins = 3 })
    assert.truthy(tostring(bt):find("combine(last_seen,drift)", 1, true))
  end)

  it("refuses what is no list of models", function()
    assert.has_error(function() jv.combine({ "ets", 1 }, y) end)
    assert.has_error(function() jv.combine("ets,nosuch", y) end)
    assert.has_error(function() jv.combine("ets", y, { how = "best" }) end)
  end)
end)
