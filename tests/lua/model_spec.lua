-- jv.fit and what it gives: fits, forecasts, annual totals, saved fits.
local jv = require "jevons"

local VALUES = { 10, 12, 11, 15, 13, 14, 13, 18, 16, 17, 15, 22, 18, 20, 18, 25, 21, 23, 21, 28 }

local function capex(n, extra)
  local values = table.move(VALUES, 1, n or #VALUES, 1, {})
  local spec = { start = "2015Q1", freq = "Q-DEC", values = values, unit = "USD bn", name = "capex" }
  for key, value in pairs(extra or {}) do spec[key] = value end
  return jv.series(spec)
end

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or tostring(err))
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-12) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

describe("jv.fit", function()
  it("fits every built-in model, by name and by its function", function()
    local names = jv.models()
    assert.is_true(#names >= 10)
    for _, name in ipairs(names) do
      if jv[name] then
        local f = jv.fit(name, capex())
        assert.are.equal(name, f.model)
        assert.are.same(f:forecast(5).mean:values(), jv[name](capex()):forecast(5).mean:values())
      end
    end
  end)

  it("takes a table, and then gives tables", function()
    local f = jv.naive { 1, 2, 4 }
    assert.are.equal(1, f.m)
    assert.are.same({ 4, 4 }, f:forecast(2).mean)
    assert.are.same({ 1, 2 }, table.move(f:fitted(), 2, 3, 1, {}))
    assert.are.same({ 1, 2 }, table.move(f:residuals(), 2, 3, 1, {}))
    assert.is_nil(f.series)
    fails("invalid", "a table without dates", function() f:forecast(4):annual() end)
  end)

  it("takes the season of the frequency, unless told", function()
    assert.are.equal(4, jv.naive(capex()).m)
    assert.are.equal(2, jv.naive(capex(), { season = 2 }).m)
    assert.are.equal(12, jv.fit("naive", { 1, 2, 3 }, { season = 12 }).m)
    fails("invalid", "season is a whole number from 1", jv.naive, capex(), { season = 0 })
    fails("invalid", "season is a whole number from 1", jv.naive, capex(), { season = 1.5 })
  end)

  it("takes options typed with the name", function()
    assert.are.equal("ETS(A,N,N)", jv.fit('ets{model="ANN"}', capex()).form)
    local f = jv.fit("ets{model=ANN, alpha=0.5, season=2}", capex(), { alpha = 0.25 })
    assert.are.equal(0.25, f.params.alpha)
    assert.are.equal(2, f.m)
    fails("parse", "", jv.fit, "ets{model=", capex())
    fails("invalid", "unknown option 'modle'", jv.fit, "ets{modle=1}", capex())
  end)

  it("has the fields of the fit", function()
    local f = jv.ets(capex(), { model = "ANN" })
    assert.are.equal("ETS(A,N,N)", f.form)
    assert.are.equal(20, f.n)
    near(f.aic, -2 * f.loglik + 2 * f.n_params)
    assert.is_true(f.aicc > f.aic and f.bic == f.bic and f.sigma2 > 0)
    assert.is_true(f.converged)
    assert.is_true(f.params.alpha > 0 and f.params.alpha <= 1)
    assert.are.equal("capex", f.series.name)
    assert.is_nil(f.no_such_field)
    local text = tostring(f)
    local head = "ETS(A,N,N) of capex: 20 observations, 2015Q1 to 2019Q4, season 4"
    assert.are.equal(head, text:match "^[^\n]+")
    assert.is_truthy(text:find("alpha", 1, true) and text:find("log-likelihood", 1, true))
  end)

  it("gives fitted values, residuals and components on the calendar of y", function()
    local y = capex()
    local f = jv.ets(y, { model = "AAA" })
    local fitted, residuals = f:fitted(), f:residuals()
    assert.are.equal("2015Q1", tostring(fitted.start))
    assert.are.equal("estimated", fitted[3].status)
    for i = 1, #y do near(y[i].value, fitted[i].value + residuals[i].value) end
    local parts = f:components()
    assert.are.equal(#y, #parts.level)
    assert.are.equal("USD bn", tostring(parts.level.unit))
    fails("unsupported", "has no components", function() jv.mean(y):components() end)
  end)

  it("says what is wrong", function()
    fails("not_found", "no model 'ests', did you mean 'ets'?", jv.fit, "ests", capex())
    fails("invalid", "unknown option 'modle', did you mean 'model'?", jv.ets, capex(), { modle = "ANN" })
    fails("invalid", "options must stand in a table, got number", jv.naive, capex(), 4)
    fails("invalid", "seed is a whole number", jv.naive, capex(), { seed = "x" })
    fails("data", "observation 2 is infinite", jv.naive, { 1, math.huge, 3 })
    fails("data", "needs an observed value of each of the 4 seasons", jv.snaive, { 1, 2 }, { season = 4 })
    assert.has_error(function() jv.fit("naive", "capex") end)
    fails("invalid", "at least 1, got 0", function() jv.naive(capex()):forecast(0) end)
    fails("invalid", "whole number, got 1.5", function() jv.naive(capex()):forecast(1.5) end)
    local f = jv.naive(capex())
    fails("invalid", "between 0 and 100, got 100", function() f:forecast(4, { level = 100 }) end)
    fails("invalid", "did you mean 'level'?", function() f:forecast(4, { levels = 80 }) end)
  end)

  it("survives a collection of everything around it", function()
    local fc = (function() return jv.naive(capex()):forecast(4) end)()
    collectgarbage()
    collectgarbage()
    assert.are.equal(28, fc.mean[1].value)
    assert.are.equal(4, #fc:paths(2)[1])
  end)
end)

describe("a forecast", function()
  it("refuses horizons, numbers of paths and levels that make no sense", function()
    local f = jv.naive(capex())
    fails("invalid", "h must be a whole number, got no value", f.forecast, f)
    fails("invalid", "h must be at most 100000000, got 2305843009213693952", f.forecast, f, 1 << 61)
    fails("invalid", "h must be at most 100000000", f.simulate, f, 1 << 61, 1)
    fails("invalid", "n must be at most 100000000", f.simulate, f, 1, 1 << 61)
    fails("period", "lies outside years 1-9999", f.forecast, f, 1000000)
    fails("invalid", "level 80 stands twice", f.forecast, f, 2, { level = { 80, 95, 80 } })
    fails("invalid", "unknown option 'modle', did you mean 'model'?", jv.ets, capex(), { modle = {} })
  end)

  it("continues calendar, unit, name, and is estimated", function()
    local fc = jv.naive(capex()):forecast(5)
    assert.are.equal("2020Q1", tostring(fc.mean.start))
    assert.are.equal("USD bn", tostring(fc.mean.unit))
    assert.are.equal("capex", fc.mean.name)
    assert.are.equal("estimated", fc.mean["2021Q1"].status)
    assert.are.equal("mean", fc.says)
    assert.are.equal("naive", fc.model)
    assert.are.equal(5, #fc)
    assert.are.equal(5, fc.h)
  end)

  it("of fiscal quarters is in fiscal quarters", function()
    local fc = jv.naive(jv.series { start = "FY2024Q3", freq = "Q-JUN", values = { 1, 2 } }):forecast(2)
    assert.are.equal("FY2025Q1", tostring(fc.mean.start))
  end)

  it("has intervals and quantiles that agree", function()
    local fc = jv.naive(capex()):forecast(4)
    local lower, upper = fc:interval(80)
    local low, high = fc:quantile(0.1), fc:quantile(0.9)
    for i = 1, 4 do
      near(low[i].value, lower[i].value)
      near(high[i].value, upper[i].value)
      near(fc.mean[i].value, fc:quantile(0.5)[i].value)
    end
    near(jv.stats.normal_quantile(0.9) * math.sqrt(jv.naive(capex()).sigma2), upper[1].value - 28, 1e-10)
    fails("invalid", "between 0 and 100", function() fc:interval(0) end)
    fails("invalid", "0 < p < 1", function() fc:quantile(1) end)
  end)

  it("prints the levels asked for", function()
    local text = tostring(jv.naive(capex()):forecast(2, { level = { 95, 80 } }))
    assert.is_truthy(text:find("Forecast of capex by Naive, USD bn", 1, true), text)
    assert.is_truthy(text:find("period%s+mean%s+lo 80%s+hi 80%s+lo 95%s+hi 95"), text)
    assert.is_truthy(text:find("2020Q2%s+28%s"), text)
    local step = tostring(jv.naive({ 1, 2, 3 }):forecast(1, { level = 50 }))
    assert.is_truthy(step:find("step%s+mean%s+lo 50%s+hi 50"), step)
  end)

  it("shows money in a scale that reads well", function()
    local y = jv.series { start = "2020", freq = "A", values = { 2e10, 3e10 }, unit = "USD" }
    assert.is_truthy(tostring(jv.naive(y):forecast(1)):find("USD bn\n.*2022%s+30"))
  end)

  it("draws paths by seed, whatever their number and the horizon", function()
    local f = jv.ets(capex())
    local a, b = f:simulate(6, 5), f:simulate(3, 2)
    for k = 1, 2 do for i = 1, 3 do assert.are.equal(a[k][i], b[k][i]) end end
    assert.are_not.equal(a[1][1], f:simulate(1, 1, { seed = 9 })[1][1])
    assert.are.equal(f:simulate(1, 1, { seed = 9 })[1][1], jv.ets(capex(), { seed = 9 }):simulate(1, 1)[1][1])
    assert.are.same(a[1], f:forecast(6):paths(1)[1])
    fails("invalid", "'sed'", function() f:simulate(1, 1, { sed = 1 }) end)
  end)

  it("leads back to the last observation where y has a lineage", function()
    local y = jv.edgar.open("examples/data/edgar"):company("AMZN"):quarterly("capex")
    local fc = jv.naive(y):forecast(1)
    local text = tostring(fc.mean[1].lineage)
    assert.is_truthy(text:find("forecast by Naive from %d+ observations to %d+Q%d"), text)
    assert.is_truthy(text:find("AMZN", 1, true), text)
    assert.are.equal("estimated", fc.mean[1].status)
  end)
end)

describe("the annual totals", function()
  it("count in what has been observed of a started year", function()
    local a = jv.naive(capex(18)):forecast(8):annual { 80, 95 }
    assert.are.equal(2, #a)
    local year = a["2019"]
    assert.are.equal(2, year.observed)
    assert.are.equal(2, year.ahead)
    near(44, year.so_far.value)
    near(90, year.mean.value)
    assert.are.equal("USD bn", tostring(year.mean.unit))
    assert.are.equal("estimated", year.mean.status)
    assert.are.equal("2019", tostring(year.period))
    local low, high = year:interval(80)
    assert.is_true(low.value < 90 and 90 < high.value)
    near(year:quantile(0.9).value, high.value)
    assert.is_true(year:chance_above(80) > 0.5 and year:chance_above(1000) == 0)
    near(year:chance_above(92), year:chance_above(jv.quantity and jv.quantity(92, "USD bn") or 92))
    assert.is_nil(a["2030"])
    assert.is_nil(a[3])
    local text = tostring(a)
    assert.is_truthy(text:find("^2019: mean 90 bn USD, 80 %% [%d.]+ … [%d.]+, 95 %% [%d.]+ … [%d.]+ "
      .. "%(2 of 4 periods observed: 44%)\n2020: mean 92 bn USD"), text)
    assert.are.equal(text:match "^[^\n]+", tostring(year))
  end)

  it("agree with the sums of the paths", function()
    local fc = jv.naive(capex()):forecast(4)
    local totals = {}
    for k, path in ipairs(fc:paths(500)) do
      totals[k] = path[1] + path[2] + path[3] + path[4]
    end
    local year = fc:annual({ paths = 500 })[1]
    near(jv.stats.sd(totals), year.sd.value, 1e-9)
    near(jv.stats.quantile(totals, 0.3), year:quantile(0.3).value, 1e-9)
  end)

  it("are refused for what does not add up", function()
    fails("unit", "annual: capex (USD bn) is a stock", function()
      jv.naive(capex(18, { flow = "stock" })):forecast(4):annual()
    end)
    fails("unit", "annual: capex (%) is a ratio", function()
      jv.naive(capex(18, { unit = "%" })):forecast(4):annual()
    end)
  end)

  it("are refused where no year ends", function()
    fails("data", "year", function() jv.naive(capex()):forecast(3):annual() end)
  end)
end)

describe("update", function()
  it("takes what follows, as a series or a table", function()
    local f = jv.ets(capex(16), { model = "ANN" })
    local before = f:forecast(1)
    local more = jv.series { start = "2019Q1", freq = "Q-DEC", values = { 21, 23 }, unit = "USD bn" }
    assert.are.equal(f, f:update(more))
    assert.are.equal(18, f.n)
    assert.are.equal("2019Q3", tostring(f:forecast(1).mean.start))
    assert.are.equal(18, #f:fitted())
    f:update { 21 }
    assert.are.equal("2019Q4", tostring(f:forecast(1).mean.start))
    assert.are.equal("2019Q1", tostring(before.mean.start))
    fails("invalid", "forecast again", function() before:paths(1) end)
    fails("invalid", "must follow 2019Q3 at once, these start in 2020Q1", function()
      f:update(jv.series { start = "2020Q1", freq = "Q-DEC", values = { 1 } })
    end)
  end)
end)

describe("a saved fit", function()
  it("forecasts the same numbers on the same calendar", function()
    for _, name in ipairs(jv.models()) do
      if jv[name] then
        local f = jv.fit(name, capex(18))
        local g = jv.load(f:save())
        local a, b = f:forecast(8, { level = 80 }), g:forecast(8, { level = 80 })
        assert.are.equal(tostring(a), tostring(b))
        assert.are.equal(f:save(), g:save())
        if name ~= "mean" then assert.are.equal(tostring(a:annual()), tostring(b:annual())) end
      end
    end
  end)

  it("without a series has none after loading", function()
    local g = jv.load(jv.naive({ 1, 2, 4 }):save())
    assert.are.same({ 4 }, g:forecast(1).mean)
  end)

  it("says what is wrong with a text", function()
    local text = jv.naive(capex()):save()
    fails("parse", "saved fit", jv.load, "{")
    fails("parse", "saved fit", jv.load, "{}")
    fails("not_found", "no model 'nave'", jv.load, (text:gsub('"model":"naive"', '"model":"nave"')))
    fails("invalid", "the series has 1 values, the fit 20", jv.load,
      (text:gsub('"values":%[[^%]]*%]', '"values":[1]')))
    fails("parse", "series", jv.load, (text:gsub('"freq":"Q%-DEC"', '"freq":"X"')))
  end)
end)
