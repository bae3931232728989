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

  it("tells the members' forecasts", function()
    local f = jv.combine("drift,naive", y, { how = "inverse", horizon = 3, origins = 6 })
    local parts = jv.contributions(f, 4)
    assert.equal("drift", parts[1].model)
    assert.equal("Naive", parts[2].form)
    assert.equal(jv.naive(y):forecast(4).mean[4], parts[2].mean[4])
    assert.is_true(math.abs(parts[1].weight + parts[2].weight - 1) < 1e-12)
    local mean = f:forecast(4).mean
    for h = 1, 4 do
      local sum = parts[1].weight * parts[1].mean[h] + parts[2].weight * parts[2].mean[h]
      assert.is_true(math.abs(sum - mean[h]) < 1e-9)
    end
    assert.is_nil(jv.contributions(jv.combine("drift,naive", y), 1)[1].weight) -- a median has none
    local series = jv.contributions(jv.auto(jv.series { start = "2015Q1", values = y }), 2)
    assert.equal("2030Q1", tostring(series[1].mean.start))
    assert.has_error(function() jv.contributions(jv.naive(y), 1) end)
    assert.has_error(function() jv.contributions(f, 0) end)
  end)

  it("is what jv.auto makes of four models, and says so", function()
    local f = jv.auto(jv.series { start = "2010Q1", values = y })
    assert.equal("auto", f.model)
    local said = tostring(f:explain())
    assert.truthy(said:find("median of the forecasts of 4 models", 1, true), said)
    local annual = tostring(jv.auto(jv.series { start = "1960", values = y }):explain())
    assert.truthy(annual:find("Drift is among the models, since the series is annual", 1, true), annual)
    local one = tostring(jv.auto { 5 }:explain())
    assert.truthy(one:find("left out: arima", 1, true) or one:find("left out: dotm", 1, true), one)
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
