-- jv.stl, jv.mstl, jv.classical, jv.seasonally_adjusted, jv.trend.
local jv = require "jevons"
local missing = 0 / 0

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or err)
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

local function monthly(n)
  local v = {}
  for t = 1, n do v[t] = 100 + t + 10 * math.sin(2 * math.pi * t / 12) + (t * 37 % 11) / 5 end
  return jv.series { start = "2015-03", freq = "M", values = v, unit = "USD", name = "capex" }
end

local function same(want, got, tolerance)
  for i = 1, #want do
    local a, b = want[i].value, got[i].value
    local near = math.abs(a - b) <= (tolerance or 1e-10) or (a ~= a and b ~= b)
    assert.is_true(near, ("%d: %g, %g"):format(i, a, b))
  end
end

describe("decompositions", function()
  it("are series like y whose parts add up", function()
    local y = monthly(80)
    local d = jv.stl(y, { window = "periodic", robust = true })
    same(y, d.trend + d.seasonal + d.remainder)
    same(d.adjusted, d.trend + d.remainder)
    same(y - d.seasonal, d.adjusted)
    assert.are.equal(tostring(y.unit), tostring(d.trend.unit))
    assert.are.equal("capex", d.seasonal.name)
    assert.are.equal(tostring(y:first().period), tostring(d.trend:first().period))
    assert.are.equal("estimated", d.trend:status(1))
    for t = 13, 80 do assert.are.equal(d.seasonal[t - 12].value, d.seasonal[t].value) end
    assert.is_true(d.weights[1].value >= 0 and d.weights[1].value <= 1)
    local moving = jv.stl(y, { window = 7, t_window = 21, s_degree = 1 })
    assert.is_true(moving.seasonal[1].value ~= moving.seasonal[61].value)
  end)

  it("take several seasons, or none", function()
    local v = {}
    local w = 2 * math.pi
    for t = 1, 24 * 7 * 3 do v[t] = math.sin(w * t / 24) + 3 * math.cos(w * t / 168) end
    local d = jv.mstl(v, { periods = { 168, 24, 1000 } })
    assert.are.same({ 24, 168 }, d.periods)
    for t = 1, #v do
      assert.is_true(math.abs(d.seasons[24][t] + d.seasons[168][t] - d.seasonal[t]) < 1e-12)
      assert.is_true(math.abs(d.trend[t] + d.seasonal[t] + d.remainder[t] - v[t]) < 1e-12)
    end
    local plain = jv.mstl { 1, 2, 3, 5, 4, 6, 7, 8, 9 }
    assert.are.same({}, plain.periods)
    assert.are.equal(0, plain.seasonal[3])
    assert.are.equal(4, plain.adjusted[5])
  end)

  it("fill what is missing, and leave it out of the remainder", function()
    local y = monthly(80)
    local v = y:values()
    v[20], v[41] = missing, missing
    local holes = jv.series { start = "2015-03", freq = "M", values = v }
    local d = jv.stl(holes)
    assert.is_true(d.trend[20].value == d.trend[20].value)
    assert.is_true(d.remainder[20].value ~= d.remainder[20].value)
    assert.is_true(d.adjusted[41].value ~= d.adjusted[41].value)
  end)

  it("divide where they are multiplicative", function()
    local y = monthly(80)
    local d = jv.classical(y, { type = "multiplicative" })
    for t = 10, 60 do
      local product = d.trend[t].value * d.seasonal[t].value * d.remainder[t].value
      assert.is_true(math.abs(product - y[t].value) < 1e-9)
    end
    assert.is_true(d.trend[3].value ~= d.trend[3].value)
    assert.are_not.equal(tostring(y.unit), tostring(d.seasonal.unit))
    same(y, jv.classical(y).adjusted + jv.classical(y).seasonal)
  end)

  it("give the adjusted series and the trend", function()
    local y = monthly(80)
    same(jv.mstl(y).adjusted, jv.seasonally_adjusted(y))
    same(jv.stl(y, { window = 7 }).adjusted, jv.seasonally_adjusted(y, { method = "stl", window = 7 }))
    same(jv.classical(y).trend, jv.trend(y, { method = "classical" }))
    fails("invalid", "method is one of stl, mstl, classical, got 'x11'", jv.trend, y, { method = "x11" })
  end)

  it("say what they cannot do", function()
    local y = monthly(80)
    fails("invalid", "more than two of them: the season is 12, of 20", jv.stl, monthly(20))
    fails("invalid", "the season is 1", jv.stl, { 1, 2, 3, 4, 5 })
    fails("invalid", "did you mean 'window'?", jv.stl, y, { windwo = 7 })
    fails("invalid", "a period must be at least 1, got 0", jv.mstl, y, { periods = { 0 } })
    fails("data", "needs two seasons of 12, 24 observations, got 20", jv.classical, monthly(20))
  end)

  it("carry another model: stl+MODEL", function()
    local y = monthly(80)
    local fit = jv.fit("stl{window=periodic,robust=true}+naive", y)
    assert.are.equal("STL[12] + Naive", fit.form)
    local d = jv.stl(y, { window = "periodic", robust = true })
    local fc = fit:forecast(14)
    for i = 1, 14 do
      local want = d.adjusted[-1].value + d.seasonal[80 - 12 + (i - 1) % 12 + 1].value
      assert.is_true(math.abs(fc.mean[i].value - want) < 1e-9)
    end
    same(d.trend, fit:components().trend)
    assert.is_truthy(tostring(fit:explain()):find("the adjusted series is modelled by Naive", 1, true))
    local back = jv.load(fit:save())
    assert.are.equal(fc.mean[14].value, back:forecast(14).mean[14].value)
    fit:update { 200, 201 }
    assert.are.equal(82, fit.n)
    local several = jv.fit("stl+ets", y, { periods = { 4, 12.0 }, window = 9 })
    assert.is_truthy(several.form:find("MSTL[4,12] + ETS", 1, true))
    assert.are.equal(several.form, jv.fit('stl{periods="4,12",window=9}+ets', y).form)
    assert.are.equal(jv.fit("stl+ets", y).form, jv.fit("stl+", y).form)
    local wrong = { periods = { {} } }
    fails("invalid", "option 'periods' is a list of numbers or texts", jv.fit, "stl+ets", y, wrong)
    fails("invalid", "option 'window' cannot be a table", jv.fit, "stl+ets", y, { window = {} })
    fails("not_found", "stl+: no model 'eth', did you mean 'ets'?", jv.fit, "stl+eth", y)
  end)
end)
