-- jv.fourier, jv.calendar, and the regression that uses them.
local jv = require "jevons"

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or err)
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-9) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

local function monthly(n)
  local v = {}
  for t = 1, n do v[t] = 100 + t + 10 * math.sin(2 * math.pi * t / 12) + (t * 37 % 11) / 5 end
  return jv.series { start = "2015-03", freq = "M", values = v, unit = "USD", name = "capex" }
end

describe("regressors of time", function()
  it("are Fourier terms over y and beyond", function()
    local y = monthly(50)
    local x = jv.fourier(y, 2, 6)
    assert.are.equal(4, #x)
    assert.are.equal("S1-12", x[1].name)
    assert.are.equal(56, #x[4])
    near(math.cos(4 * math.pi * 56 / 12), x[4][56].value)
    assert.are.equal("derived", x[1]:status(1))
    assert.are.equal(11, #jv.fourier(y, 6))
    local ahead = jv.fourier(y:values(), 1, 3, 12)
    assert.are.equal(3, #ahead[1])
    near(math.sin(2 * math.pi * 51 / 12), ahead[1][1])
    fails("invalid", "K is at most half of the season 12, got 7", jv.fourier, y, 7)
    fails("invalid", "this series has no season", jv.fourier, { 1, 2, 3 }, 1)
  end)

  it("are the calendar's", function()
    local y = monthly(50)
    local x = jv.calendar(y, { "days", "easter" }, 2)
    assert.are.equal(2, #x)
    assert.are.equal(31, x[1]["2015-03"].value)
    assert.are.equal(29, x[1]["2016-02"].value)
    near(1, x[2]["2015-04"].value)
    near(1 / 3, x[2]["2018-04"].value) -- Easter Sunday on the first of April
    assert.are.equal(3, #jv.calendar(y))
    near(-4, jv.calendar(y, "trading_days")[1]["2015-08"].value) -- 31 days: 21 weekdays, 10 of weekends
    fails("invalid", "got 'xmas'", jv.calendar, y, { "xmas" })
    fails("invalid", "dated periods", jv.calendar, jv.series { start = 1, freq = "I", values = { 1, 2 } })
  end)

  it("serve a regression that says what it found", function()
    local y = monthly(70)
    local x = jv.fourier(y, 2, 6)
    local with = jv.fit("regression", y, { season = 1, xreg = x })
    local own = jv.fit("regression{fourier=2}", y)
    local a, b = with:forecast(6, { xreg = x }), own:forecast(6)
    for i = 1, 6 do near(a.mean[i].value, b.mean[i].value) end
    local told = own:explain()
    assert.are.equal("(intercept)", told.coefficients[1].name)
    assert.are.equal("S1-12", told.coefficients[3].name)
    near(own.params.coefficients[3], told.coefficients[3].estimate)
    assert.is_true(told.coefficients[3].se > 0)
    local parts = own:components()
    near(y[30].value, parts.trend[30].value + parts.season[30].value + parts.remainder[30].value)
    local auto = jv.regression(y, { fourier = "auto", calendar = "days,easter" })
    assert.is_true(#auto:explain().trace >= 6)
    local back = jv.load(auto:save())
    near(auto:forecast(5).mean[5].value, back:forecast(5).mean[5].value, 0)
  end)
end)
