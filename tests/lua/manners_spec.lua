-- What a newcomer types, with the habits of R's and Python's packages, is understood, or answered by
-- what to type instead.
local jv = require "jevons"

-- Calls, and expects an error of this code whose message holds this text.
local function fails(code, text, fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok, "no error")
  assert.equal(code, e.code)
  assert.matches(text, tostring(e), 1, true)
end

local y = jv.series { start = "2014Q1", values = { 3, 4, 5, 7, 4, 5, 7, 8, 5, 7, 8, 10, 6, 8, 10, 11, 8,
  9, 11, 13, 9, 11, 12, 15, 10, 12, 14, 16, 11, 14, 15, 17 }, freq = "Q", name = "sales" }

describe("options", function()
  it("that are lists may be typed as lists", function()
    local text = jv.arima(y, { order = "0,1,1", seasonal = "0,1,1" })
    for _, same in ipairs {
      jv.arima(y, { order = { 0, 1, 1 }, seasonal = { 0, 1.0, 1 } }),
      jv.fit("arima{order={0,1,1}, seasonal=(0, 1, 1)}", y),
      jv.fit("arima{order='0,1,1'}", y, { seasonal = { 0, 1, 1 } }),
    } do
      assert.equal(text.form, same.form)
      assert.equal(text.loglik, same.loglik)
    end
    local listed = jv.fit("combine", y, { models = { "ets", "naive" } })
    assert.equal(jv.fit("combine(ets,naive)", y).form, listed.form)
    fails("invalid", "option 'order' is three numbers of 0 to 200 such as \"1,1,1\", got \"1,1\"",
          jv.arima, y, { order = { 1, 1 } })
    fails("invalid", "option 'order' is a list of numbers or texts", jv.arima, y, { order = { true } })
    fails("invalid", "option 'order' is a list of numbers or texts", jv.arima, y, { order = { {} } })
    fails("invalid", "option 'alpha' cannot be a table", jv.ets, y, { alpha = { 0.1 } })
  end)

  it("of several numbers without braces are answered with them", function()
    fails("parse", "a list stands in braces: {1,1,1}", jv.fit, "arima{order=1,1,1}", y)
    fails("parse", "options stand in braces: arima{name=value}", jv.fit, "arima(1,1,1)", y)
    fails("parse", "options stand in braces: ets{name=value}", jv.fit, "ets(MAM)", y)
  end)

  it("called as elsewhere are recognised", function()
    fails("invalid", "unknown option 'period', did you mean 'season'?", jv.ets, y, { period = 4 })
    fails("invalid", "unknown option 'm', did you mean 'season'?", jv.theta, y, { m = 4 })
    fails("invalid", "unknown option 'exog', did you mean 'xreg'?", jv.arima, y, { exog = y })
    fails("invalid", "unknown option 'p', did you mean 'order'?", jv.arima, y, { p = 1 })
    fails("invalid", "unknown option 'Lambda', did you mean 'lambda'?", jv.arima, y, { Lambda = 0 })
  end)
end)

describe("models", function()
  it("called as elsewhere are recognised", function()
    local names = { ARIMA = "arima", ["auto.arima"] = "arima", AutoETS = "ets", thetaf = "theta",
                    stl = "stl+", tslm = "regression", StructTS = "structural", HoltWinters = "hw" }
    for theirs, ours in pairs(names) do
      fails("not_found", ("no model '%s', did you mean '%s'?"):format(theirs, ours), jv.fit, theirs, y)
    end
  end)

  it("may stand in the wrong place, which is said", function()
    fails("invalid", "the model comes first: jv.fit(\"ets\", y)", jv.fit, y, "ets")
    fails("invalid", "one model at a time; jv.combine(models, y)", jv.fit, { "ets", "arima" }, y)
  end)

  it("are combined whichever comes first", function()
    local form = jv.combine("ets,naive", y).form
    assert.equal(form, jv.combine(y, "ets,naive").form)
    assert.equal(form, jv.combine(y, { "ets", "naive" }).form)
    assert.equal(jv.combine("ets,naive", y, { how = "mean" }).form,
                 jv.combine(y, "ets,naive", { how = "mean" }).form)
    local plain = y:values()
    assert.equal(jv.combine({ "ets", "naive" }, plain).form, jv.combine(plain, { "ets", "naive" }).form)
  end)
end)

describe("zeros", function()
  it("under a logarithm are answered with a transformation that takes them", function()
    local zeros = { 0, 0, 3, 0, 2, 0, 0, 4, 5, 0 }
    fails("data", "needs values above zero, observation 1 is 0; lambda = 0.5 takes zeros",
          jv.ets, zeros, { positive = true })
    assert.is_true(jv.ets(zeros, { positive = true, lambda = 0.5 }):forecast(2):interval(95)[1] >= 0)
  end)
end)

describe("one value", function()
  it("is its own forecast, or too little", function()
    fails("data", "arima: needs at least 2 observed values, got 1", jv.arima, { 5 })
    assert.equal(5, jv.auto({ 5 }):forecast(1).mean[1])
    assert.equal(5, jv.arima({ 5, 5 }):forecast(1).mean[1])
  end)
end)

describe("parameters of several models", function()
  it("are theirs", function()
    for name, value in pairs(jv.combine("ets,naive", y).params) do
      assert.is_true(type(value) ~= "table" or #value > 0 or next(value) == nil, name)
    end
  end)
end)

describe("levels", function()
  it("may stand bare", function()
    local f = jv.ets(y)
    assert.same({ 80, 95 }, f:forecast(4, { 80, 95 }).levels)
    assert.same({ 80 }, f:forecast(4, 80).levels)
    assert.equal(tostring(f:forecast(4, { level = 80 })), tostring(f:forecast(4, 80)))
    fails("invalid", "unknown field 'levels', did you mean 'level'?", f.forecast, f, 4, { levels = 80 })
    fails("invalid", "a level is a percentage between 0 and 100, got 100", f.forecast, f, 4, 100)
  end)

  it("typed as fractions are warned of", function()
    local heard
    jv.on_warning(function(message) heard = message end)
    jv.ets(y):forecast(4, { level = 0.8 })
    jv.on_warning(nil)
    assert.matches("level 0.8 is 0.8 per cent: levels are percentages", heard, 1, true)
  end)
end)

describe("a fit", function()
  it("prints what was estimated, with standard errors", function()
    local text = tostring(jv.arima(y, { order = { 0, 1, 1 }, seasonal = { 0, 1, 1 } }))
    assert.matches("\n  ma1 %-?[%d.]+ %([%d.]+%), sma1 %-?[%d.]+ %([%d.]+%)\n", text)
    assert.is_nil(text:find("used", 1, true))
    assert.matches("\n  alpha [%d.]+", tostring(jv.dotm(y)))
    assert.is_nil(tostring(jv.dotm(y)):find("line_products", 1, true))
    assert.matches("\n  last 17, slope ", tostring(jv.drift(y)))
  end)

  it("given facts keeps a name that is whole", function()
    local f = jv.auto(y):condition { known = { ["2022Q1"] = 13 } }
    assert.matches("^[^\n]* given 1 fact of sales: 32 obs", tostring(f))
    assert.equal("Step 1 is 13, exactly.", f:explain().steps[2])
    assert.matches("^ETS%(.*%) given 1 fact", jv.ets(y):condition({ known = { ["2022Q1"] = 13 } }).form)
  end)
end)

describe("tests", function()
  it("take a number where one is meant", function()
    local s = jv.stats
    for _, name in ipairs { "ljung_box", "box_pierce", "arch_lm", "kpss", "adf", "pp" } do
      assert.equal(tostring(s[name](y, { lags = 3 })), tostring(s[name](y, 3)))
    end
    assert.equal(s.seasonal_strength(y:values(), { season = 4 }), s.seasonal_strength(y:values(), 4))
    assert.equal(s.nsdiffs(y:values(), { season = 4 }), s.nsdiffs(y:values(), 4))
    assert.equal(tostring(s.ocsb(y:values(), { season = 4 })), tostring(s.ocsb(y:values(), 4)))
    fails("invalid", "chow: where is the break? A place or a period", s.chow, y)
  end)
end)

describe("tables", function()
  it("of parts print side by side, long ones by their ends", function()
    local text = tostring(jv.stl(y))
    assert.matches("^Parts of sales\n  period +trend +seasonal +remainder +adjusted\n  2014Q1 ", text)
    assert.matches("\n  2015Q4 [^\n]*\n  …\n  2020Q1 ", text)
    assert.matches("\n  2021Q4 [^\n]*$", text)
    assert.matches("^Parts of sales\n  period +level", tostring(jv.ets(y):components()))
    assert.matches("^Parts\n  step +trend", tostring(jv.classical(y:values(), { season = 4 })))
    local money = jv.series { start = "2014Q1", freq = "Q", unit = "USD", name = "capex",
                              values = (y * 1e9):values() }
    assert.matches("^Parts of capex, USD bn\n", tostring(jv.stl(money)))
    assert.is_nil(tostring(jv.classical(money, { type = "multiplicative" })):find("e%-09"))
  end)

  it("of figures print them", function()
    assert.matches("MAE = ", tostring(jv.accuracy(y, jv.naive(y):fitted())), 1, true)
    assert.matches('model = "naive"', tostring(jv.contributions(jv.combine("naive,mean", y), 2)), 1, true)
  end)
end)

describe("slips", function()
  it("of the unit are seen in updates", function()
    local f = jv.ets(y)
    local more = jv.series { start = "2022Q1", freq = "Q", values = { 13 }, unit = "EUR" }
    fails("unit", "the new observations are in EUR, the series in no unit", f.update, f, more)
  end)

  it("of the unit are seen in facts", function()
    local money = jv.series { start = "2014Q1", freq = "Q", unit = "USD", name = "capex",
                              values = (y * 1e9):values() }
    local f = jv.ets(money)
    local plain = f:condition { known = { ["2022Q1"] = { 13e9, 1e9 } } }:forecast(2)
    local bn = jv.quantity(1, "USD bn")
    local told = f:condition { known = { ["2022Q1"] = { 13 * bn, bn } } }
    assert.equal(tostring(plain), tostring(told:forecast(2)))
    fails("unit", "EUR", f.condition, f, { known = { ["2022Q1"] = jv.quantity(13, "EUR bn") } })
    fails("unit", "EUR", f.condition, f, { total = { ["2022"] = { 52e9, jv.quantity(1, "EUR bn") } } })
    fails("invalid", "wants {value, standard deviation}", f.condition, f, { total = { ["2022"] = { 52e9 } } })
    fails("invalid", "facts stand in known = {[period] = value}", f.condition, f, { ["2022Q1"] = 13e9 })
  end)

  it("of several seasons are told where to go", function()
    fails("invalid", "tbats: season is one whole number, several seasons are periods = {24, 168}",
          jv.tbats, y, { season = { 4, 8 } })
    fails("invalid", "ets: season is one whole number", jv.ets, y, { season = { 4, 8 } })
  end)
end)

describe("an explanation", function()
  it("ends no line within a setting, and has no columns without content", function()
    local page = tostring(jv.arima(y, { order = { 0, 1, 1 } }):explain())
    assert.matches("loglik = %-?%d", page)
    assert.is_nil(page:find("=\n", 1, true) or page:find("\u{a0}", 1, true))
    assert.matches("coefficient +estimate +s.e. +z\n", page)
    assert.matches("coefficient +estimate\n", tostring(jv.dotm(y):explain()))
    assert.matches("^Mean %(.*%): 1 observation\n", tostring(jv.mean({ 5 }):explain()))
  end)

  it("has that of the model after an stl+ in it", function()
    local page = tostring(jv.fit("stl+ets", y):explain())
    assert.matches("\nmember:\n%-  %d+ forms were tried", page)
    assert.is_nil(page:find("…", 1, true))
  end)
end)
