-- jv.stats.nls: models in Lua; NIST's nonlinear files from both starts through the binding.
local jv = require "jevons"
local exp, cos, sin, pi, atan = math.exp, math.cos, math.sin, math.pi, math.atan
local missing = 0 / 0

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-9) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or err)
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

-- Digits that agree with a certified value.
local function digits(got, want) return got == want and 11 or -math.log(math.abs(got / want - 1), 10) end

local function read(name)
  local p = { x = {}, y = {}, start = { {}, {} }, coef = {}, se = {} }
  local number, from = 0, 60
  for line in io.lines("tests/conformance/nist/" .. name .. ".dat") do
    number = number + 1
    local i, a, b, c, d = line:match("^%s*b(%d+)%s*=%s*(%S+)%s+(%S+)%s+(%S+)%s+(%S+)")
    if i and number < 60 then
      i = tonumber(i)
      p.start[1][i], p.start[2][i] = tonumber(a), tonumber(b)
      p.coef[i], p.se[i] = tonumber(c), tonumber(d)
    end
    local sigma = line:match("^Residual Standard Deviation:%s*(%S+)")
    if sigma then p.sigma = tonumber(sigma) end
    local row = {}
    if number > from then for word in line:gmatch("%S+") do row[#row + 1] = tonumber(word) end end
    if #row > 0 then
      p.y[#p.y + 1] = row[1]
      p.x[#p.x + 1] = row[2]
      if row[3] then
        p.z = p.z or {}
        p.z[#p.z + 1] = row[3]
      end
    end
  end
  return p
end

local function rational(x, b)
  return (b[1] + x * (b[2] + x * (b[3] + x * b[4]))) / (1 + x * (b[5] + x * (b[6] + x * b[7])))
end
local function gauss(x, b)
  return b[1] * exp(-b[2] * x) + b[3] * exp(-(x - b[4]) ^ 2 / b[5] ^ 2)
    + b[6] * exp(-(x - b[7]) ^ 2 / b[8] ^ 2)
end
local function lanczos(x, b) return b[1] * exp(-b[2] * x) + b[3] * exp(-b[4] * x) + b[5] * exp(-b[6] * x) end
local function saturation(x, b) return b[1] * (1 - exp(-b[2] * x)) end
local function chwirut(x, b) return exp(-b[1] * x) / (b[2] + b[3] * x) end

local models = {
  Bennett5 = function(x, b) return b[1] * (b[2] + x) ^ (-1 / b[3]) end,
  BoxBOD = saturation,
  Chwirut1 = chwirut,
  Chwirut2 = chwirut,
  DanWood = function(x, b) return b[1] * x ^ b[2] end,
  ENSO = function(x, b)
    local a = 2 * pi * x
    return b[1] + b[2] * cos(a / 12) + b[3] * sin(a / 12) + b[5] * cos(a / b[4]) + b[6] * sin(a / b[4])
      + b[8] * cos(a / b[7]) + b[9] * sin(a / b[7])
  end,
  Eckerle4 = function(x, b) return b[1] / b[2] * exp(-0.5 * ((x - b[3]) / b[2]) ^ 2) end,
  Gauss1 = gauss,
  Gauss2 = gauss,
  Gauss3 = gauss,
  Hahn1 = rational,
  Kirby2 = function(x, b) return (b[1] + x * (b[2] + x * b[3])) / (1 + x * (b[4] + x * b[5])) end,
  Lanczos1 = lanczos,
  Lanczos2 = lanczos,
  Lanczos3 = lanczos,
  MGH09 = function(x, b) return b[1] * (x * x + x * b[2]) / (x * x + x * b[3] + b[4]) end,
  MGH10 = function(x, b) return b[1] * exp(b[2] / (x + b[3])) end,
  MGH17 = function(x, b) return b[1] + b[2] * exp(-x * b[4]) + b[3] * exp(-x * b[5]) end,
  Misra1a = saturation,
  Misra1b = function(x, b) return b[1] * (1 - (1 + b[2] * x / 2) ^ -2) end,
  Misra1c = function(x, b) return b[1] * (1 - (1 + 2 * b[2] * x) ^ -0.5) end,
  Misra1d = function(x, b) return b[1] * b[2] * x / (1 + b[2] * x) end,
  Nelson = function(x, b) return b[1] - b[2] * x[1] * exp(-b[3] * x[2]) end,
  Rat42 = function(x, b) return b[1] / (1 + exp(b[2] - b[3] * x)) end,
  Rat43 = function(x, b) return b[1] / (1 + exp(b[2] - b[3] * x)) ^ (1 / b[4]) end,
  Roszman1 = function(x, b) return b[1] - b[2] * x - atan(b[3] / (x - b[4])) / pi end,
  Thurber = rational,
}

describe("nonlinear least squares", function()
  for name, model in pairs(models) do
    it("meets NIST's " .. name .. " from both starts", function()
      local p = read(name)
      local x, y = p.z and { p.x, p.z } or p.x, p.y
      if name == "Nelson" then
        y = {}
        for i, v in ipairs(p.y) do y[i] = math.log(v) end
      end
      -- The residuals of Lanczos1 are the rounding of its data: test_nist_nonlinear.c.
      local spread = name == "Lanczos1" and 3 or 6
      for start = 1, 2 do
        local fit = jv.stats.nls { model = model, start = p.start[start], x = x, y = y }
        assert.is_true(fit.converged)
        assert.is_true(digits(fit.sigma, p.sigma) >= spread)
        for i = 1, #p.coef do
          assert.is_true(digits(fit.coef[i], p.coef[i]) >= 6)
          assert.is_true(digits(fit.se[i], p.se[i]) >= spread)
        end
      end
    end)
  end

  local y = jv.series { start = "2020Q1", freq = "Q-DEC", unit = "USD bn",
    values = { 1.2, 1.9, missing, 4.6, 7.9, 12.1, 20.3 } }
  local function growth(t, b) return b.level * exp(b.rate * t) end

  it("takes series, names, missing values, and x from the periods", function()
    local fit = jv.stats.nls { model = growth, start = { level = 1, rate = 0.1 }, y = y }
    assert.are.same({ "level", "rate" }, fit.names)
    near(fit.coef.rate, fit.coef[2])
    assert.are.equal(6, fit.n)
    assert.are.equal(4, fit.df)
    assert.is_true(math.abs(fit.coef.rate - 0.5) < 0.05)
    near(fit:predict(8), growth(8, fit.coef))
    assert.are.equal("2020Q1", tostring(fit.residuals:periods()[1]))
    assert.is_true(fit.residuals[3].value ~= fit.residuals[3].value)
    local text = tostring(fit)
    assert.is_truthy(text:find("level", 1, true) and text:find("residual sd", 1, true), text)
  end)

  it("takes a gradient and columns by name", function()
    local t, z, v = { 1, 2, 3, 4, 5, 6 }, { 1, 0, 1, 1, 0, 0 }, { 3.1, 2.2, 5.4, 7.1, 6.4, 8.9 }
    local function model(x, b) return b.a * x.t ^ b.p + b.c * x.z end
    local plain = jv.stats.nls { model = model, start = { a = 1, p = 1, c = 0 }, y = v, x = { t = t, z = z } }
    local exact = jv.stats.nls {
      model = model, start = { a = 1, p = 1, c = 0 }, y = v, x = { t = t, z = z },
      gradient = function(x, b) return { a = x.t ^ b.p, p = b.a * x.t ^ b.p * math.log(x.t), c = x.z } end,
    }
    for i = 1, 3 do
      near(exact.coef[i], plain.coef[i], 1e-8)
      near(exact.se[i], plain.se[i], 1e-7)
    end
    assert.is_true(exact.evaluations < plain.evaluations)
  end)

  it("is least squares where the model is linear", function()
    local x, v = { 1, 2, 3, 4, 5 }, { 2, 1, 4, 3, 7 }
    local function model(u, b) return b[1] + b[2] * u end
    local fit = jv.stats.nls { model = model, start = { 0, 0 }, x = x, y = v }
    local ols = jv.stats.ols(v, x)
    near(ols.coef[2], fit.coef[2], 1e-10)
    near(ols.se[1], fit.se[1], 1e-9)
    near(ols.loglik, fit.loglik, 1e-10)
  end)

  it("says what it cannot do", function()
    local function model(x, b) return b[1] * x end
    fails("invalid", "model must be a function", jv.stats.nls, { start = { 1 }, y = { 1, 2 } })
    fails("invalid", "start is a table", jv.stats.nls, { model = model, y = { 1, 2 } })
    fails("invalid", "start of parameter a must be a number", jv.stats.nls,
      { model = model, start = { a = "x" }, y = { 1, 2 } })
    fails("invalid", "needs a parameter", jv.stats.nls, { model = model, start = {}, y = { 1, 2 } })
    fails("invalid", "unknown option 'strat', did you mean 'start'?", jv.stats.nls,
      { model = model, start = { 1 }, strat = 2, y = { 1, 2 } })
    fails("data", "1 parameters need more than 1 values", jv.stats.nls,
      { model = model, start = { 1 }, y = { 1 } })
    fails("data", "not finite at the start", jv.stats.nls,
      { model = function(x, b) return math.log(b[1]) * x end, start = { -1 }, y = { 1, 2, 3 } })
    fails("invalid", "x has 2 values and y 3", jv.stats.nls,
      { model = model, start = { 1 }, y = { 1, 2, 3 }, x = { 1, 2 } })
    fails("invalid", "in row 2", jv.stats.nls,
      { model = model, start = { 1 }, y = { 1, 2, 3 }, x = { 1, missing, 2 } })
    fails("invalid", "must return a number, in row 1 it returned nil", jv.stats.nls,
      { model = function() end, start = { 1 }, y = { 1, 2, 3 } })
    fails("invalid", "gradient must return a table", jv.stats.nls,
      { model = model, gradient = model, start = { 1 }, y = { 1, 2, 3 } })
    local function angry() error({ mine = true }) end
    local ok, err = pcall(jv.stats.nls, { model = angry, start = { 1 }, y = { 1, 2 } })
    assert.is_false(ok)
    assert.is_true(err.mine)
  end)
end)
