local jv = require "jevons"

local function fails(code, message, fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok)
  assert.equal(code, e.code)
  assert.truthy(e.message:find(message, 1, true), e.message)
end

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-12), ("%.17g, wanted %.17g"):format(got, want))
end

local function is_nan(x) return x ~= x end

-- A walk with a quarterly season, the same on every run.
local function quarterly(name, n)
  local values, x = {}, 7
  for i = 1, n or 32 do
    x = (x * 16807) % 2147483647
    values[i] = 50 + i + 8 * (i % 4) + 3 * (x / 2147483647)
  end
  return jv.series { start = "2016Q1", freq = "Q-DEC", values = values, name = name }
end

describe("jv.accuracy", function()
  it("measures what the definitions say", function()
    local a = jv.accuracy({ 10, 20, 40 }, { 12, 15, 40 }, { 1, 3, 5 }, 1)
    near(1, a.ME)
    near(7 / 3, a.MAE)
    near(math.sqrt(29 / 3), a.RMSE)
    near(5 / 3, a.MPE)
    near(15, a.MAPE)
    near((400 / 22 + 1000 / 35) / 3, a.sMAPE)
    near(7 / 6, a.MASE)
    near(math.sqrt(29 / 12), a.RMSSE)
    assert.equal(3, a.used)
    assert.equal(0, a.skipped)
    assert.is_true(is_nan(jv.accuracy({ 1 }, { 2 }).MASE))
  end)

  it("matches series by period and leaves missing pairs out", function()
    local actual = jv.series { start = "2020Q1", freq = "Q", values = { 1, 2, jv.missing, 4 } }
    local forecast = jv.series { start = "2020Q2", freq = "Q", values = { 3, 3, 3, 3, 3 } }
    local a = jv.accuracy(actual, forecast)
    assert.equal(2, a.used)
    assert.equal(1, a.skipped)
    near(0, a.ME)
  end)

  it("takes a forecast object, on the calendar", function()
    local y = quarterly()
    local known = y:head(28)
    local fc = jv.fit("naive", known):forecast(4)
    local a = jv.accuracy(y, fc, known)
    assert.equal(4, a.used)
    near(y:tail(4):mean().value - known:last().value, a.ME, 1e-9)
    local lower, upper = fc:interval(95)
    local share, used = jv.coverage(y, lower, upper)
    assert.equal(4, used)
    near(1, share)
    assert.is_true((jv.winkler(y, lower, upper, 95)) > 0)
  end)

  it("takes the season of the in-sample series", function()
    local y = quarterly()
    local a = jv.accuracy({ 1 }, { 2 }, y)
    near(1 / jv.accuracy({ 1 }, { 2 }, y, 4).MASE, 1 / a.MASE)
    assert.is_true(jv.accuracy({ 1 }, { 2 }, y, 1).MASE ~= a.MASE)
  end)

  it("refuses what does not fit", function()
    fails("invalid", "actual has 2 values, forecast 1", jv.accuracy, { 1, 2 }, { 1 })
    fails("invalid", "a whole number from 1 on, got 0", jv.accuracy, { 1 }, { 1 }, { 1, 2 }, 0)
    fails("invalid", "actual: a series or a table of numbers expected", jv.accuracy, "x", { 1 })
  end)
end)

describe("scores of quantiles and intervals", function()
  it("are as defined", function()
    near((0.9 * 1 + 0.1 * 2) / 2, (jv.pinball({ 5, 12 }, { 4, 14 }, 0.9)))
    near((12 + 10 * 2) / 2, (jv.winkler({ 5, 12 }, { 4, 4 }, { 10, 10 }, 80)))
    local share, used = jv.coverage({ 5, 12, jv.missing }, { 4, 4, 4 }, { 10, 10, 10 })
    near(0.5, share)
    assert.equal(2, used)
  end)

  it("refuse levels and probabilities that are none", function()
    fails("invalid", "a percentage between 0 and 100", jv.winkler, { 1 }, { 0 }, { 2 }, 100)
    fails("invalid", "a probability between 0 and 1", jv.pinball, { 1 }, { 0 }, 1)
  end)
end)

describe("jv.backtest", function()
  it("ranks models and prints a table", function()
    local r = jv.backtest(quarterly("capex"), { models = { "naive", "snaive", "theta" }, h = 4, origins = 6 })
    local text = tostring(r)
    assert.truthy(text:find("backtest of capex: 6 origins, h = 4, expanding window", 1, true))
    assert.truthy(text:find("skill", 1, true))
    local rows = r:table()
    assert.equal(3, #rows)
    assert.equal(r:best(), rows[1].model)
    for i, row in ipairs(rows) do
      assert.equal(i, row.rank)
      assert.equal(6, row.origins)
      assert.equal(24, row.used)
      if i > 1 then assert.is_true(rows[i - 1].MASE <= row.MASE) end
      if row.model == "naive" then near(0, row.skill) end
    end
  end)

  it("gives naive's errors as differences", function()
    local y = quarterly()
    local r = jv.backtest(y, { models = { "naive" }, h = 2, origins = 3, step = 2 })
    local rows = r:errors()
    assert.equal(6, #rows)
    for _, row in ipairs(rows) do
      near(y[row.ds].value - y[row.cutoff].value, row.error)
      assert.equal(row.step, row.ds - row.cutoff)
    end
    assert.equal("2023Q4", tostring(rows[6].ds))
    assert.equal("2023Q2", tostring(rows[6].cutoff))
  end)

  it("scores intervals where levels are asked for", function()
    local r = jv.backtest(quarterly(), { models = "naive,mean", h = 2, origins = 4, level = { 50, 95 } })
    local row = r:table()[1]
    assert.is_true(row["coverage-95"] >= row["coverage-50"])
    assert.is_true(row["winkler-95"] > 0)
    local f = r:forecasts()[1]
    assert.is_true(f["lo-95"] < f["lo-50"] and f["lo-50"] < f.forecast and f.forecast < f["hi-95"])
    assert.truthy(tostring(r):find("in 95%", 1, true))
  end)

  it("takes many series, by name and as a list", function()
    local opts = { models = { "naive", "drift" }, h = 1, origins = 2 }
    local named = jv.backtest({ b = quarterly(), a = quarterly(nil, 24) }, opts)
    assert.equal("a", named:errors()[1].series)
    assert.equal(8, #named:errors())
    assert.truthy(tostring(named):find("2 series", 1, true))
    assert.equal(2, named:table("b")[1].used)
    fails("invalid", "no series 'c' in this result", named.table, named, "c")
    local list = jv.backtest({ quarterly("x"), quarterly(nil, 24) }, opts)
    assert.equal("2", list:errors()[8].series)
    fails("invalid", "two series are called 'x'", jv.backtest, { quarterly("x"), quarterly("x") }, opts)
    fails("invalid", "a list or named, not both", jv.backtest, { quarterly(), b = quarterly() }, opts)
  end)

  it("windows, and keeps parameters without refit", function()
    local y = quarterly()
    local r = jv.backtest(y, { models = { "mean" }, h = 1, origins = 3, window = 4 })
    near(y:tail(5):head(4):mean().value, r:forecasts()[3].forecast, 1e-9)
    local kept = jv.backtest(y, { models = { "drift" }, h = 1, origins = 3, refit = false }):forecasts()
    near(kept[1].forecast - y[kept[1].cutoff].value, kept[3].forecast - y[kept[3].cutoff].value, 1e-9)
  end)

  it("records models that fail, unless all do", function()
    local r = jv.backtest({ 1, 2, 4, 7, 11, 16 }, { models = { "naive", "theta" }, h = 1, origins = 5 })
    local failures = r:failures()
    assert.equal(1, #failures)
    assert.equal("theta", failures[1].model)
    assert.truthy(failures[1].message:find("needs at least 3 observed values, got 1", 1, true))
    assert.truthy(tostring(r):find("failed at 2 of 5 origins", 1, true))
    fails("data", "no model has a forecast: theta", jv.backtest, { 1, 2, 3 },
      { models = { "theta" }, h = 1, origins = 1 })
    fails("data", "4 steps ahead need at least 5 observations", jv.backtest, { 1, 2, 3 },
      { models = { "naive" }, h = 4 })
  end)

  it("runs models written in Lua beside the built-in ones, on the calendar", function()
    local seen = {}
    jv.model.define {
      name = "spec_last_year",
      fit = function(y, opts)
        seen[#seen + 1] = tostring(y:last().period)
        return { last = y:tail(4):values(), growth = 1 + (opts.growth or 0) }
      end,
      forecast = function(fit, h)
        local means = {}
        for i = 1, h do means[i] = fit.last[(i - 1) % 4 + 1] * fit.growth end
        return means
      end,
    }
    local models = { "spec_last_year", "snaive", "spec_last_year{growth=0.5}" }
    local r = jv.backtest(quarterly(), { models = models, h = 4, origins = 3 })
    local rows = r:forecasts()
    for i = 1, 4 do
      near(rows[4 + i].forecast, rows[i].forecast)
      near(1.5 * rows[i].forecast, rows[8 + i].forecast)
    end
    assert.equal("2022Q2", seen[1])
    assert.equal("spec_last_year{growth=0.5}", r:table()[3].model)
    local undated = jv.backtest({ 1, 2, 3, 4, 5, 6, 7, 8 }, { models = { "spec_last_year" }, h = 1 })
    assert.equal(4, undated:forecasts()[1].forecast)
  end)

  it("says what a model written in Lua said when it failed", function()
    jv.model.define {
      name = "spec_broken",
      fit = function() error("no luck today") end,
      forecast = function() return {} end,
    }
    local opts = { models = { "naive", "spec_broken" }, h = 1, origins = 2 }
    local r = jv.backtest(quarterly(), opts)
    assert.truthy(r:failures()[1].message:find("no luck today", 1, true))
    local ok, e = pcall(jv.backtest, quarterly(), { models = { "spec_broken" }, h = 1 })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("no luck today", 1, true))
  end)

  it("explains options that are wrong", function()
    local y = { 1, 2, 3, 4, 5 }
    fails("invalid", "option 'models' is a list", jv.backtest, y, { h = 1 })
    fails("invalid", "models[1] is a name", jv.backtest, y, { models = { 1 } })
    fails("invalid", "model 'naive' stands twice", jv.backtest, y, { models = { "naive", "naive" } })
    fails("not_found", "did you mean 'theta'", jv.backtest, y, { models = { "tehta" } })
    fails("invalid", "unknown option 'alpa', did you mean 'alpha'?", jv.backtest, y,
      { models = { "theta{alpa=1}" } })
    fails("invalid", "unknown option 'orgins', did you mean 'origins'?", jv.backtest, y,
      { models = { "naive" }, orgins = 2 })
    fails("invalid", "option 'window' is \"expanding\"", jv.backtest, y,
      { models = { "naive" }, window = "wide" })
    fails("data", "need at least 3 observations, the series has 2", jv.backtest, { 1, 2 },
      { models = { "naive" }, h = 2 })
    fails("invalid", "unknown option 'model', did you mean 'models'?", jv.backtest, y,
      { model = { "naive" } })
    fails("invalid", "between 0 and 100, got 120", jv.backtest, y,
      { models = { "naive" }, level = 120 })
    fails("invalid", "option 'season' is a whole number", jv.backtest, y,
      { models = { "naive" }, season = 0 })
  end)

  it("is documented", function()
    for _, name in ipairs { "jv.backtest", "jv.accuracy", "jv.pinball", "jv.winkler", "jv.coverage" } do
      assert.truthy(jv.help(name), name)
    end
  end)
end)
