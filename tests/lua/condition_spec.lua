-- Forecasts given facts about the future.
local jv = require "jevons"

local function quarters()
  local values = {}
  for t = 1, 38 do
    values[t] = 20 + 0.5 * t + 3 * math.sin(t * math.pi / 2) + (t * 7 % 5) / 5
  end
  return jv.series { values = values, start = "2016Q1" }
end

describe("condition", function()
  local y = quarters()
  local fit = jv.fit("structural", y, { type = "trend" })

  it("holds the year's total to the figure given", function()
    local told = fit:condition { total = { ["2025"] = 180 } }
    local fc = told:forecast(6, { level = 80 })
    -- 2025Q1 and Q2 have been observed: two of six steps belong to 2025
    local observed = y["2025Q1"] + y["2025Q2"]
    local mean = fc.mean
    assert.is_near(180, (observed + mean["2025Q3"] + mean["2025Q4"]).value, 1e-9)
    local year = fc:annual()["2025"]
    assert.is_near(180, year.mean.value, 1e-9)
    assert.is_true(year.sd.value < 1e-6)
  end)

  it("takes single values, exact or with a standard deviation", function()
    local facts = { known = { ["2025Q3"] = 50, ["2025Q4"] = { 40, 2 } } }
    local fc = fit:forecast(4, { level = 95 }):condition(facts)
    local lower, upper = fc:interval(95)
    assert.is_near(50, fc.mean["2025Q3"].value, 1e-9)
    assert.is_near(50, lower["2025Q3"].value, 1e-6)
    assert.is_true(upper["2025Q4"] - lower["2025Q4"] < 2 * 1.96 * 2 + 1e-9)
    assert.is_true(upper["2025Q4"] > lower["2025Q4"])
  end)

  it("works by sample paths for any model", function()
    local fc = jv.fit("naive", y):condition { total = { ["2026"] = 200 } }:forecast(6)
    local mean = fc.mean
    assert.is_near(200, (mean["2026Q1"] + mean["2026Q2"] + mean["2026Q3"] + mean["2026Q4"]).value, 1e-9)
  end)

  it("takes steps ahead where y is a table", function()
    local fc = jv.fit("drift", { 1, 2, 4, 3, 5, 7, 6 }):condition { known = { [2] = 10 } }:forecast(3)
    assert.is_near(10, fc.mean[2], 1e-9)
  end)

  it("says what is wrong", function()
    local function message(fn)
      local ok, err = pcall(fn)
      assert.is_false(ok)
      return tostring(err)
    end
    assert.matches("no facts were given", message(function() fit:condition {} end))
    assert.matches("unknown", message(function() fit:condition { totals = {} } end))
    assert.matches("lies within the data",
      message(function() fit:condition { known = { ["2024Q1"] = 1 } } end))
    assert.matches("is no number", message(function() fit:condition { known = { ["2025Q3"] = true } } end))
    assert.matches("contradict", message(function()
      fit:condition { known = { ["2025Q3"] = 60, ["2025Q4"] = 60 }, total = { ["2025"] = 1 } }:forecast(2)
    end))
    assert.matches("not saved", message(function()
      fit:condition { known = { ["2025Q3"] = 60 } }:save()
    end))
  end)
end)
