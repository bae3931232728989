-- The theta family, CES and intermittent demand through Lua.
local jv = require "jevons"

local function passengers()
  local values = {}
  for t = 1, 60 do
    values[t] = (100 + 2 * t) * (1 + 0.2 * math.sin(2 * math.pi * t / 12)) * (1 + 0.01 * ((t * 7) % 5 - 2))
  end
  return jv.series { values = values, freq = "M", start = "2019-01" }
end

describe("theta, CES and intermittent demand", function()
  it("fits by name and by text, alike", function()
    local y = passengers()
    for _, name in ipairs { "stm", "otm", "dstm", "dotm", "autotheta", "fourtheta", "ces" } do
      local one = jv.fit(name, y):forecast(6, { level = { 80, 95 } })
      local two = jv[name](y):forecast(6)
      for i = 1, 6 do
        assert.are.equal(one.mean:values()[i], two.mean:values()[i])
        assert.is_true(one.mean:values()[i] > 100 and one.mean:values()[i] < 400)
      end
    end
  end)

  it("explains what was chosen", function()
    local told = jv.fit("autotheta", passengers()):explain()
    assert.are.equal(4, #told.trace)
    assert.are.equal("alpha", told.coefficients[1].name)
    assert.truthy(told.steps[1]:find("season of 12", 1, true))
    assert.are.equal(4, #jv.fit("ces", passengers()):explain().trace)
  end)

  it("goes on without a new fit, and comes back from a text", function()
    local y = passengers()
    for _, text in ipairs { "dotm", "ces", "fourtheta", "croston", "imapa" } do
      local whole = jv.fit(text, y)
      local back = jv.load(whole:save())
      local more = jv.series { values = { 230, 240 }, freq = "M", start = "2024-01" }
      whole:update(more)
      back:update(more)
      assert.are.equal(whole:forecast(3).mean:values()[3], back:forecast(3).mean:values()[3])
    end
  end)

  it("says what it needs", function()
    local y = passengers()
    assert.has_error(function() jv.fit("dotm{theta=0.5}", y) end)
    assert.has_error(function() jv.fit("ces{a0=0.6,a1=1}", y) end)
  end)

  it("forecasts demand with many zeros as a rate, with quantiles", function()
    local y = jv.series { values = { 0, 3, 0, 0, 5, 0, 2, 0, 0, 0, 4, 0 }, freq = "M", start = "2024-01" }
    for _, name in ipairs { "croston", "sba", "tsb", "adida", "imapa" } do
      local fc = jv.fit(name, y):forecast(3, { level = 80 })
      assert.is_true(fc.mean:values()[1] > 0.5 and fc.mean:values()[1] < 2.5)
      assert.are.equal(fc.mean:values()[1], fc.mean:values()[3])
    end
  end)
end)
