-- What lies around every model, from Lua: common options, totals, explanations, regressors, and the
-- same for models written in Lua.
local jv = require "jevons"

local VALUES = { 10, 12, 11, 15, 13, 14, 13, 18, 16, 17, 15, 22, 18, 20, 18, 25, 21, 23, 21, 28 }

local function capex(extra)
  local spec = { start = "2015Q1", freq = "Q-DEC", values = VALUES, unit = "USD bn", name = "capex" }
  for key, value in pairs(extra or {}) do spec[key] = value end
  return jv.series(spec)
end

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or tostring(err))
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

local function num(q) return type(q) == "number" and q or q.value end

local function near(want, got, tolerance)
  want, got = num(want), num(got)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-12) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

describe("the options of every model", function()
  it("work on logarithms and come back", function()
    local logs = {}
    for i, v in ipairs(VALUES) do logs[i] = math.log(v) end
    local plain = jv.naive(logs, { season = 4 }):forecast(4)
    local f = jv.fit("naive{lambda=log}", capex())
    local fc = f:forecast(4)
    assert.are.equal("Naive of log(y)", f.form)
    assert.are.equal("median", fc.says)
    local low = fc:interval(80)
    for i = 1, 4 do
      near(math.exp(plain.mean[i]), num(fc.mean[i]))
      near(math.exp(plain:interval(80)[i]), num(low[i]))
    end
    local adjusted = jv.naive(capex(), { lambda = 0, bias_adjust = true }):forecast(4)
    assert.are.equal("mean", adjusted.says)
    assert.is_true(adjusted.mean[4] > fc.mean[4])
    assert.are.equal("USD bn", tostring(fc.mean.unit))
  end)

  it("hold bounds on every path", function()
    local f = jv.ets(capex(), { lower = 5, upper = 30, interval = "bootstrap" })
    for _, path in ipairs(f:simulate(20, 200)) do
      for _, v in ipairs(path) do assert.is_true(v >= 5 and v <= 30) end
    end
    local low, high = f:forecast(20):interval(95)
    assert.is_true(num(low[20]) >= 5 and num(high[20]) <= 30)
  end)

  it("are refused with names and reasons", function()
    fails("invalid", "unknown option 'lamda', did you mean 'lambda'?", jv.naive, capex(), { lamda = 0 })
    fails("invalid", "a number or one of guerrero|likelihood|log, got 'gerrero'", jv.naive, capex(),
      { lambda = "gerrero" })
    fails("invalid", "two transformations", jv.fit, "ets{lambda=0, upper=40}", capex())
  end)

  it("survive saving, in a backtest and in a list of models", function()
    local f = jv.fit("theta{lambda=guerrero, interval=conformal}", capex())
    local back = jv.load(f:save())
    assert.are.same(f:forecast(3):interval(50):values(), back:forecast(3):interval(50):values())
    assert.are.equal(f.form, back.form)
    local board = jv.backtest(capex(), { models = { "naive{lambda=0}", "naive" }, h = 2, origins = 3 })
    assert.is_truthy(tostring(board):find("naive{lambda=0}", 1, true))
  end)

  it("stand in the help of jv.fit", function()
    assert.is_truthy(tostring(jv.help "jv.fit"):find("conformal_rolling", 1, true))
  end)
end)

describe("forecast:total", function()
  it("is the distribution of a sum over the steps", function()
    local fc = jv.naive(capex()):forecast(8, { level = 80 })
    local total = fc:total()
    near(8 * 28, total.mean)
    -- a random walk's sum has the variance sigma^2 (1 + 4 + … + 64); 4000 paths, 5 standard errors
    local sd = math.sqrt(jv.naive(capex()).sigma2 * 204)
    near(sd, total.sd, 5 / math.sqrt(8000))
    local part = fc:total { from = 2, to = 3, paths = 500 }
    near(56, part.mean)
    local same = fc:total { from = "2020Q2", to = "2020Q3", paths = 500 }
    assert.are.equal(tostring(part), tostring(same))
    assert.is_truthy(tostring(part):find("2020Q2 to 2020Q3: mean 56 bn USD, 80 %", 1, true))
    assert.are.equal(2, part.ahead)
    assert.are.equal(tostring(fc:annual()["2020"].mean), tostring(fc:total { to = 4 }.mean))
    near(part:quantile(0.5), part.median)
    assert.is_true(part:chance_above(0) == 1)
    local first, last = part:interval(80)
    assert.is_true(num(first) < 56 and num(last) > 56)
  end)

  it("serves tables, conformal errors and transformed models", function()
    local plain = jv.naive(VALUES):forecast(3):total()
    near(84, plain.mean)
    assert.is_truthy(tostring(plain):find("steps 1 to 3: mean 84", 1, true))
    local total = jv.fit("naive{interval=conformal}", capex()):forecast(3):total()
    near(84, total.mean)
    local logs = jv.fit("naive{lambda=0}", capex()):forecast(3):total()
    assert.is_true(num(logs.mean) > 84) -- a mean of totals: their steps are medians
  end)

  it("refuses what is no span and what does not add up", function()
    local fc = jv.naive(capex()):forecast(4)
    fails("invalid", "step 5 is beyond the horizon 4", fc.total, fc, { to = 5 })
    fails("invalid", "from step 3 to step 2", fc.total, fc, { from = 3, to = 2 })
    fails("invalid", "2019Q4 is none of its 4 periods", fc.total, fc, { from = "2019Q4" })
    fails("invalid", "did you mean 'from'", fc.total, fc, { form = 1 })
    local stock = jv.naive(capex { flow = "stock" }):forecast(4)
    fails("unit", "stock", stock.total, stock)
  end)
end)

describe("fit:apply", function()
  it("estimates nothing", function()
    local f = jv.ets(capex(), { model = "ANN" })
    local g = f:apply(capex():head(12))
    assert.are.equal(f.params.alpha, g.params.alpha)
    assert.are.equal(12, g.n)
    assert.are.equal("2018Q1", tostring(g:forecast(1).mean.start))
    near(f:fitted()[12], g:fitted()[12])
    fails("unsupported", "drift: cannot be applied", function() jv.drift(capex()):apply(capex()) end)
    local logs = jv.fit("naive{lambda=0}", capex()):apply { 1, 2, 4 }
    assert.are.equal("Naive of log(y)", logs.form)
  end)
end)

describe("explanations", function()
  it("are tables that print as text", function()
    local e = jv.fit("drift{lambda=0}", capex()):explain()
    assert.are.equal("drift", e.model)
    assert.are.equal(20, e.observations)
    assert.are.equal(0, e.common.lambda)
    assert.is_truthy(e.steps[1]:find("log(y)", 1, true))
    assert.is_number(e.parameters.slope)
    local text = tostring(jv.ets(capex()):explain())
    assert.is_truthy(text:find("tried: ", 1, true))
    assert.is_truthy(text:find("coefficient", 1, true))
  end)

  it("tell what a model can do", function()
    local can = jv.naive(capex()).can
    assert.is_true(can.update and can.simulate and can.missing)
    assert.is_false(can.components or can.regressors)
    for _, model in ipairs(jv.models { details = true }) do
      if model.can then assert.is_boolean(model.can.update) end
    end
  end)
end)

-- Least squares of y on one regressor and a constant, as a model of Lua.
local function define_line(name, extra)
  local definition = {
    name = name,
    regressors = true,
    fit = function(y, opts)
      local x = opts.xreg.price
      local n, sx, sy, sxx, sxy = #y, 0, 0, 0, 0
      for i = 1, n do
        local a, b = num(x[i]), num(y[i])
        sx, sy, sxx, sxy = sx + a, sy + b, sxx + a * a, sxy + a * b
      end
      local slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
      local base, fitted = (sy - slope * sx) / n, {}
      for i = 1, n do fitted[i] = base + slope * num(x[i]) end
      return { base = base, slope = slope, fitted = fitted, start = tostring(x.start) }
    end,
    forecast = function(fit, h, opts)
      local out, x = {}, opts.xreg.price
      assert(#x == h)
      for i = 1, h do out[i] = fit.base + fit.slope * num(x[i]) end
      return out
    end,
    update = function(fit, y, opts)
      assert(#opts.xreg.price == #y)
      return fit
    end,
    explain = function(fit)
      return { coefficients = { { name = "price", estimate = fit.slope } }, steps = { "a line" } }
    end,
  }
  for key, value in pairs(extra or {}) do definition[key] = value end
  return jv.model.define(definition)
end

local function price(n)
  local values = {}
  for i = 1, n do values[i] = i + (i % 3) * 0.5 end
  return jv.series { start = "2014Q3", freq = "Q-DEC", values = values, name = "price" }
end

describe("regressors", function()
  it("are matched by period and reach a model written in Lua", function()
    define_line "line_model"
    local values, x = {}, price(40)
    for i = 1, 20 do values[i] = 3 + 2 * x[i + 2] end
    local y = jv.series { start = "2015Q1", freq = "Q-DEC", values = values }
    local f = jv.fit("line_model", y, { xreg = { price = x } })
    local e = f:explain()
    assert.are.same({ "price" }, e.regressors)
    near(2, e.coefficients[1].estimate, 1e-9)
    assert.is_truthy(tostring(e):find("a line", 1, true))
    -- X reaches far enough: it serves
    near(3 + 2 * x[23], num(f:forecast(1).mean[1]), 1e-9)
    local fc = f:forecast(4, { xreg = { price = x } })
    near(3 + 2 * x[26], num(fc.mean[4]), 1e-9)
    near(3 + 2 * 7, f:forecast(2, { xreg = { price = { 1, 7 } } }).mean[2], 1e-9)
    near(3 + 2 * 7, f:forecast(2, { xreg = { { 1, 7 } } }).mean[2], 1e-9)
    local back = jv.load(f:save())
    near(3 + 2 * 7, back:forecast(2, { xreg = { price = { 1, 7 } } }).mean[2], 1e-9)
    f:update({ 3 + 2 * x[23] })
    near(3 + 2 * x[24], num(f:forecast(1).mean[1]), 1e-9)
    assert.are.equal(3, #f:simulate(2, 3, { xreg = { price = { 1, 2 } } }))
  end)

  it("are refused where they are missing, strange or not wanted", function()
    define_line "line_model"
    local y = capex()
    fails("invalid", "'price' has no value in 2019Q4", jv.fit, "line_model", y,
      { xreg = price(21) })
    fails("invalid", "has no value in 2018Q1 and 7 more", jv.fit, "line_model", y, { xreg = price(14) })
    fails("unsupported", "naive: takes no regressors", jv.naive, y, { xreg = price(40) })
    fails("invalid", "xreg: a series, or a table", jv.fit, "line_model", y, { xreg = 3 })
    fails("invalid", "has 3 values, wanted 20", jv.fit, "line_model", y, { xreg = { { 1, 2, 3 } } })
    local f = jv.fit("line_model", y, { xreg = price(22) })
    fails("invalid", "has no value in 2020Q1", f.forecast, f, 2)
    fails("invalid", "regressor 'price' of the model is not given", f.forecast, f, 1,
      { xreg = { cost = { 1 } } })
    fails("invalid", "has 1 regressors, got 2", f.forecast, f, 1, { xreg = { { 1 }, { 2 } } })
    local plain = jv.fit("line_model", VALUES, { xreg = { price = VALUES } })
    fails("invalid", "line_model: was fitted with 1 regressor", plain.forecast, plain, 1)
    assert.are.equal(2, #plain:forecast(2, { xreg = { price = { 1, 2 } } }).mean)
    fails("invalid", "takes no values of them", function()
      jv.naive(y):forecast(1, { xreg = { 1 } })
    end)
  end)
end)

describe("models written in Lua", function()
  it("take the options of every model", function()
    jv.model.define {
      name = "flat",
      fit = function(y, opts) return { last = num(y:last()), bump = opts.bump or 0 } end,
      forecast = function(fit, h)
        local out = {}
        for i = 1, h do out[i] = fit.last + fit.bump end
        return out
      end,
    }
    local f = jv.fit("flat{bump=0.5}", capex(), { lambda = 0 })
    near(28 * math.exp(0.5), num(f:forecast(2).mean[1]), 1e-12)
    local low, high = f:forecast(2):interval(80)
    assert.is_true(num(low[1]) > 0 and num(high[1]) > num(low[1]))
    for _, method in ipairs { "conformal", "conformal_rolling" } do
      local g = jv.fit("flat{bump=0.5}", capex(), { interval = method })
      low, high = g:forecast(2):interval(50)
      -- refits see the option that was typed: errors are those of last + 0.5
      near(28.5, (low[1] + high[1]) / 2)
      local errors = {}
      for t = 11, 20 do errors[#errors + 1] = math.abs(VALUES[t] - VALUES[t - 1] - 0.5) end
      table.sort(errors)
      near(28.5 + errors[6], num(high[1])) -- rank ceil(11 * 0.5)
      assert.are.equal(5, #g:simulate(2, 5))
    end
    fails("data", "flat: bootstrapped intervals need at least 5 residuals, this fit has 0", function()
      jv.fit("flat", capex(), { interval = "bootstrap" }):forecast(2):interval(80)
    end)
    fails("unsupported", "cannot carry the uncertainty", jv.fit, "flat", capex(),
      { parameter_uncertainty = true })
  end)

  it("draw residuals through random:innovation()", function()
    local function define(name, draw)
      jv.model.define {
        name = name,
        fit = function(y)
          local fitted = { 0 / 0 }
          for i = 2, #y do fitted[i] = num(y[i - 1]) end
          return { last = num(y:last()), fitted = fitted }
        end,
        forecast = function(fit, h)
          local out = {}
          for i = 1, h do out[i] = fit.last end
          return out
        end,
        simulate = function(fit, h, random)
          local out, at = {}, fit.last
          for i = 1, h do
            at = at + draw(random)
            out[i] = at
          end
          return out
        end,
      }
    end
    define("walk", function(random) return 3 * random:innovation() end)
    local seen = {}
    for _, path in ipairs(jv.fit("walk", capex(), { interval = "bootstrap" }):simulate(1, 500)) do
      seen[("%.9f"):format(path[1])] = true
    end
    local n = 0
    for _ in pairs(seen) do n = n + 1 end
    assert.is_true(n <= 19)
    define("deaf", function(random) return random:normal() end)
    fails("invalid", "simulate draws no random:innovation()", function()
      jv.fit("deaf", capex(), { interval = "bootstrap" }):simulate(1, 1)
    end)
  end)

  it("carry the uncertainty of their parameters where they can be applied", function()
    jv.model.define {
      name = "shrunk",
      fit = function(y)
        local sum, used = 0, 0
        for i = 1, #y do sum, used = sum + num(y[i]), used + 1 end
        local fitted = {}
        for i = 1, #y do fitted[i] = sum / used end
        return { mean = sum / used, fitted = fitted }
      end,
      apply = function(fit, y)
        local fitted = {}
        for i = 1, #y do fitted[i] = fit.mean end
        return { mean = fit.mean, fitted = fitted }
      end,
      forecast = function(fit, h)
        local out = {}
        for i = 1, h do out[i] = fit.mean end
        return out
      end,
      simulate = function(fit, h, random)
        local out = {}
        for i = 1, h do out[i] = fit.mean + 4 * random:innovation() end
        return out
      end,
    }
    local f = jv.fit("shrunk", capex(), { parameter_uncertainty = true, paths = 400 })
    local low, high = f:forecast(1):interval(80)
    assert.is_true(num(low[1]) < num(f:forecast(1).mean[1]) and num(high[1]) > num(low[1]) + 8)
    local other = jv.fit("shrunk", VALUES):apply { 1, 2, 3 }
    near(jv.fit("shrunk", VALUES):forecast(1).mean[1], other:forecast(1).mean[1])
    assert.are.equal(3, other.n)
  end)

  it("have options of other names", function()
    fails("invalid", "option 'lower' is one that every model has", jv.model.define, {
      name = "clash",
      fit = function() return 1 end,
      forecast = function() return { 1 } end,
      options = { { name = "lower", type = "number" } },
    })
  end)
end)
