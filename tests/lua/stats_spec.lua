-- jv.stats: summary statistics, distributions, least squares.
local jv = require "jevons"
local missing = 0 / 0

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-12) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or err)
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

describe("summary statistics", function()
  it("take tables and series, and leave missing values out", function()
    local x = { 2, 4, 4, 4, missing, 5, 5, 7, 9 }
    near(5, jv.stats.mean(x))
    near(math.sqrt(32 / 7), jv.stats.sd(x))
    near(32 / 7, jv.stats.var(x))
    assert.are.equal(40, jv.stats.sum(x))
    assert.are.equal(2, jv.stats.min(x))
    assert.are.equal(9, jv.stats.max(x))
    assert.are.equal(8, jv.stats.count(x))
    assert.are.equal(4.5, jv.stats.median(x))
    near(1.4826 * 0.5, jv.stats.mad(x))
    local s = jv.series { start = "2024Q1", freq = "Q-DEC", values = x }
    near(5, jv.stats.mean(s))
    near(jv.stats.acf({ 1, 2, 3, 4 }, 1), 0.25)
    near(-1, jv.stats.correlation({ 1, 2, 3 }, { 6, 4, 2 }))
  end)

  it("keep the digits of NIST's NumAcc4", function()
    local x = { 10000000.2 }
    for _ = 1, 500 do
      x[#x + 1] = 10000000.1
      x[#x + 1] = 10000000.3
    end
    near(0.10000000055879354, jv.stats.sd(x), 1e-15) -- of the doubles, exactly: see test_nist.c
  end)

  it("give quantiles of type 7, one or many", function()
    near(1.4, jv.stats.quantile({ 9, 1, 4, 2, 8 }, 0.1))
    assert.are.same({ 1, 4, 9 }, jv.stats.quantile({ 9, 1, 4, 2, 8 }, { 0, 0.5, 1 }))
    fails("invalid", "[0, 1], got 2", jv.stats.quantile, { 1 }, 2)
  end)

  it("refuse what is no data", function()
    assert.has_error(function() jv.stats.mean "x" end)
    assert.has_error(function() jv.stats.mean { 1, "a" } end)
    fails("invalid", "x has 2 values and y 3", jv.stats.correlation, { 1, 2 }, { 1, 2, 3 })
    fails("invalid", "at least 0", jv.stats.acf, { 1, 2 }, -1)
  end)
end)

describe("distributions", function()
  it("agree with tables", function()
    near(1.959963984540054, jv.stats.normal_quantile(0.975), 1e-15)
    near(0.975, jv.stats.normal_cdf(1.959963984540054), 1e-15)
    near(2.2281388519862744, jv.stats.student_quantile(0.975, 10), 1e-14)
    near(0.975, jv.stats.student_cdf(2.2281388519862744, 10), 1e-14)
    near(math.exp(-1), jv.stats.chi_square_upper(2, 2), 1e-15)
    near(0.05, jv.stats.f_upper(4.9646027437307128, 1, 10), 1e-10)
  end)

  it("refuse arguments outside their domain", function()
    fails("invalid", "[0, 1], got 1.5", jv.stats.normal_quantile, 1.5)
    fails("invalid", "above 0, got 0", jv.stats.student_quantile, 0.5, 0)
  end)
end)

describe("least squares", function()
  local quarters = { start = "2020Q1", freq = "Q-DEC" }
  local function series(values, start, name)
    start = start or quarters.start
    return jv.series { start = start, freq = quarters.freq, values = values, unit = "USD bn", name = name }
  end

  it("gives the regression of tables", function()
    local m = jv.stats.ols({ 1, 3, 2, 5, 4 }, { 1, 2, 3, 4, 5 })
    near(0.6, m.coef[1])
    near(0.8, m.coef.x)
    near(0.64, m.r2)
    near(m.coef.x / m.se.x, m.t.x)
    assert.are.equal(5, m.n)
    assert.are.equal(2, m.rank)
    assert.are.same({ "(intercept)", "x" }, m.names)
    assert.are.same({}, m.aliased)
    assert.are.equal(5, #m:fitted())
    near(0, jv.stats.sum(m:residuals()))
    near(2, jv.stats.sum(m:leverage()))
    local mean, se_mean, se_new = m:predict { 6 }
    near(5.4, mean)
    near(m.sigma ^ 2, se_new ^ 2 - se_mean ^ 2)
  end)

  it("aligns series by period and gives series back", function()
    local y = series({ 5, 7, 9, 11, 13 }, "2020Q1", "capex")
    local x = series({ 9, 1, 2, 3, 4, 5, 9 }, "2019Q4", "sales")
    local m = jv.stats.ols(y, x)
    near(3, m.coef[1])
    near(2, m.coef.sales)
    local fitted = m:fitted()
    assert.are.equal("2020Q1", tostring(fitted.start))
    near(13, fitted[5].value)
    assert.are.equal("estimated", fitted[5].status)
    assert.are.equal("USD bn", tostring(fitted.unit))
    local late = jv.stats.ols(series({ 1, 2, 4 }, "2020Q3"), x)
    assert.are.equal(3, late.n)
  end)

  it("takes columns by name, in the order of the names, and lists with names", function()
    local y, a, b = { 1, 2, 4, 4, 7 }, { 1, 2, 3, 4, 5 }, { 2, 1, 2, 1, 3 }
    local m = jv.stats.ols(y, { slow = b, fast = a })
    assert.are.same({ "(intercept)", "fast", "slow" }, m.names)
    local k = jv.stats.ols(y, { a, b }, { names = { "fast", "slow" } })
    near(m.coef.slow, k.coef.slow)
    local none = jv.stats.ols(y, { a, b }, { intercept = false })
    assert.are.same({ "x1", "x2" }, none.names)
  end)

  it("names aliased columns", function()
    local x = { { 1, 2, 3, 4 }, { 2, 4, 6, 8 } }
    local m = jv.stats.ols({ 1, 2, 4, 4 }, x, { names = { "a", "twice" } })
    assert.are.same({ "twice" }, m.aliased)
    assert.is_true(m.coef.twice ~= m.coef.twice)
    assert.is_truthy(tostring(m):find("twice%s+aliased: a combination"))
  end)

  it("prints a regression table", function()
    local y = series({ 5, 7, 9, 11, 14 }, "2020Q1", "capex")
    local text = tostring(jv.stats.ols(y, { 1, 2, 3, 4, missing }))
    for _, part in ipairs {
      "Least squares of capex on 4 observations", "estimate", "std. error", "(intercept)", "R2 1",
      "Durbin%-Watson", "1 incomplete observation left out",
    } do
      assert.is_truthy(text:find(part), part .. " is not in\n" .. text)
    end
  end)

  it("says what is wrong", function()
    fails("invalid", "x has 2 values, y has 3", jv.stats.ols, { 1, 2, 3 }, { 1, 2 })
    fails("data", "2 columns need at least as many", jv.stats.ols, { 1 }, { 1 })
    fails("invalid", "unknown option 'intercpt', did you mean 'intercept'?",
      jv.stats.ols, { 1, 2 }, { 1, 2 }, { intercpt = false })
    fails("invalid", "2 columns, but 1 names",
      jv.stats.ols, { 1, 2 }, { { 1, 2 }, { 3, 4 } }, { names = { "a" } })
    fails("invalid", "no period in common", jv.stats.ols, series({ 1, 2 }), series({ 1, 2 }, "2024Q1"))
    fails("period", "", jv.stats.ols, series({ 1, 2 }),
      jv.series { start = "2020-01", freq = "M", values = { 1, 2 } })
    fails("data", "infinite", jv.stats.ols, { 1, math.huge, 3 }, { 1, 2, 3 })
    fails("invalid", "has 1 regressors, got 2", function()
      jv.stats.ols({ 1, 2, 4 }, { 1, 2, 3 }):predict { 1, 2 }
    end)
  end)
end)
