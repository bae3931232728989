-- jv.features: the binding; the definitions are held to laws in tests/core/test_features.c.
local jv = require "jevons"

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or err)
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

describe("features", function()
  local values = {}
  for i = 1, 96 do values[i] = 100 + i + 20 * math.sin(2 * math.pi * i / 12) + 5 * math.sin(i * i) end
  local y = jv.series { start = "2000-01", freq = "M", values = values, unit = "USD bn" }

  it("come by name, from a series or a table", function()
    local f, g = jv.features(y), jv.features(values, { season = 12 })
    for _, name in ipairs(jv.feature_names()) do assert.are.equal(f[name], g[name]) end
    assert.is_true(#jv.feature_names() >= 50)
    assert.are.equal(12, f.season)
    assert.are.equal(96, f.n)
    assert.is_true(f.seasonal_strength > 0.9)
    assert.is_true(f.hw_gamma >= 0)
    assert.are.equal(1, jv.features(values).season)
    assert.is_nil(jv.features(values).hw_gamma)
    assert.is_nil(jv.features(y, { models = false }).holt_alpha)
  end)

  it("print and are documented one by one", function()
    local text = tostring(jv.features(y))
    assert.is_truthy(text:find("trend_strength", 1, true), text)
    local help = tostring(jv.help("features"))
    for _, name in ipairs(jv.feature_names()) do
      assert.is_truthy(help:gsub("%s+", " "):find(name .. ":", 1, true), name)
    end
  end)

  it("refuse what is no series", function()
    fails("data", "none of 2", jv.features, { 0 / 0, 0 / 0 })
    fails("invalid", "season", jv.features, y, { season = 0 })
    fails("invalid", "seson", jv.features, y, { seson = 1 })
    fails("invalid", "a series or a table", jv.features, 3)
  end)
end)
