-- jv.stats: tests of unit roots, seasons, residuals, stability; cleaning. The numbers are held to R's
-- in tests/core; here the binding: arguments, series and tables, results, errors.
local jv = require "jevons"
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

-- Nile, 1871 to 1970.
local nile = {
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799,
  958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916,
  692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698,
  845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801,
  1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170,
  912, 746, 919, 718, 714, 740,
}
local flow = jv.series { start = "1871", freq = "A", values = nile, name = "Nile" }

local function monthly(f)
  local t = {}
  for i = 1, 96 do t[i] = f(i) end
  return t, jv.series { start = "2000-01", freq = "M", values = t, unit = "USD bn" }
end
local wave, months = monthly(function(i)
  return 100 + i + 20 * math.sin(2 * math.pi * i / 12) + 5 * math.sin(i * i)
end)

describe("unit-root tests", function()
  it("give what R gives for the Nile", function()
    local k = jv.stats.kpss(flow) -- tseries::kpss.test
    near(0.9654, k.statistic, 1e-3)
    assert.are.equal(0.01, k.p_value)
    assert.are.equal("below", k.bound)
    assert.are.equal(0.463, k.critical[5])
    assert.are.equal(1, jv.stats.ndiffs(flow))
    assert.are.equal(1, jv.stats.ndiffs(nile, { test = "kpss", alpha = 0.05 }))
    local a = jv.stats.adf(nile, { trend = "trend" }) -- tseries::adf.test
    near(-3.3657, a.statistic, 1e-4)
    near(0.0642, a.p_value, 1e-3)
    assert.are.equal(4, a.lags)
    assert.is_true(a.phi2 > 0 and a.phi3 > 0 and a.phi1 == nil)
    assert.is_true(jv.stats.pp(nile).p_value < 0.05)
    assert.is_truthy(jv.stats.pp(nile, { kind = "alpha" }).test:find("alpha", 1, true))
  end)

  it("print as text", function()
    local text = tostring(jv.stats.kpss(flow, { trend = "trend", lags = 3 }))
    assert.is_truthy(text:find("H0: stationary about a linear trend", 1, true), text)
    assert.is_truthy(text:find("3 lags, n 100", 1, true), text)
    assert.is_truthy(text:find("0.146 (5 %)", 1, true), text)
    assert.is_truthy(tostring(jv.stats.kpss(flow)):find("p < 0.01", 1, true))
  end)

  it("refuse bad input", function()
    fails("data", "value 2 of 5 is missing", jv.stats.kpss, { 1, missing, 2, 4, 5 })
    fails("data", "constant", jv.stats.adf, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })
    fails("invalid", "unknown option 'lag', did you mean 'lags'?", jv.stats.pp, nile, { lag = 3 })
    fails("invalid", "level|trend", jv.stats.kpss, nile, { trend = "line" })
    fails("invalid", "alpha", jv.stats.ndiffs, nile, { alpha = 0.5 })
    fails("invalid", "a series or a table of numbers", jv.stats.kpss, "x")
  end)
end)

describe("seasonal tests", function()
  it("take the season of a series, or the one that is given", function()
    assert.is_true(jv.stats.seasonal_strength(months) > 0.9)
    assert.are.equal(0, jv.stats.seasonal_strength(wave))
    near(jv.stats.seasonal_strength(months), jv.stats.seasonal_strength(wave, { season = 12 }))
    assert.are.equal(1, jv.stats.nsdiffs(months))
    assert.are.equal(0, jv.stats.nsdiffs(flow))
    local o = jv.stats.ocsb(months)
    assert.is_true(o.statistic < o.critical[5])
    assert.is_nil(o.p_value)
    assert.are.equal(12, o.season)
    fails("invalid", "period of 2", jv.stats.ocsb, wave)
    local short = { 103.2, 105.3, 107.2, 108.5, 110.9, 115, 120.2, 125.4, 130.1, 131.9 }
    fails("data", "15 values", jv.stats.ocsb, short, { season = 4, lags = 3 })
    near(-1.06678, jv.stats.ocsb(short, { season = 4, lags = 3, choose = "aic" }).statistic, 1e-5)
    assert.are.equal(1, jv.stats.nsdiffs(short, { season = 4, test = "ocsb" })) -- as R's
    fails("invalid", "season", jv.stats.nsdiffs, wave, { season = 0 })
    fails("invalid", "seasn", jv.stats.seasonal_strength, wave, { seasn = 12 })
  end)
end)

describe("autocorrelations", function()
  it("come singly or as a list that prints", function()
    near(0.25, jv.stats.acf({ 1, 2, 3, 4 }, 1))
    local all = jv.stats.acf(flow, { lags = 3 })
    assert.are.equal(3, #all)
    near(jv.stats.acf(nile, 2), all[2])
    near(all[1], jv.stats.pacf(nile, 1))
    near((all[2] - all[1] ^ 2) / (1 - all[1] ^ 2), jv.stats.pacf(nile, 2))
    near(1.96 / 10, all.bound, 1e-3)
    local lines = select(2, tostring(all):gsub("\n", ""))
    assert.are.equal(3, lines)
    assert.are.equal(24, #jv.stats.acf(months))
    fails("invalid", "at least 1", jv.stats.pacf, nile, 0)
    fails("invalid", "lag of 200", jv.stats.acf, nile, 200)
    fails("invalid", "lgs", jv.stats.acf, nile, { lgs = 2 })
  end)
end)

describe("tests of residuals", function()
  it("agree with R for the Nile", function()
    local d = {}
    for i = 2, #nile do d[i - 1] = nile[i] - nile[i - 1] end
    local lb = jv.stats.ljung_box(d, { lags = 10 })
    assert.are.equal(10, lb.df)
    assert.are.equal(7, jv.stats.ljung_box(d, { lags = 10, fitdf = 3 }).df)
    assert.is_true(lb.statistic > jv.stats.box_pierce(d, { lags = 10 }).statistic)
    assert.are.equal(10, jv.stats.ljung_box(nile).lags)
    assert.are.equal(4, jv.stats.ljung_box({ 1, 3, 2, 5, 4, 6, 2, 3 }, { fitdf = 1 }).lags)
    assert.are.equal(12, jv.stats.arch_lm(d).lags)
    near(0.9734, jv.stats.shapiro_wilk(nile).statistic, 1e-4) -- shapiro.test(Nile)
    assert.are.equal(2, jv.stats.jarque_bera(nile).df)
    fails("invalid", "fitdf 3 leaves none", jv.stats.ljung_box, nile, { lags = 3, fitdf = 3 })
    fails("data", "constant", jv.stats.jarque_bera, { 1, 1, 1, 1 })
    fails("invalid", "lags", jv.stats.arch_lm, nile, { lags = 0 })
  end)

  it("see the break in the Nile at 1898", function()
    local c = jv.stats.cusum(flow, { kind = "ols" })
    assert.is_true(c.p_value < 0.001)
    assert.are.equal(28, c.place)
    assert.are.equal("1871", tostring(c.path:periods()[1]))
    assert.are.equal(100, #jv.stats.cusum(nile).path)
    local f = jv.stats.chow(flow, "1899")
    near(jv.stats.chow(nile, 29).statistic, f.statistic)
    assert.is_true(f.p_value < 1e-9)
    assert.are.equal(2, jv.stats.chow(nile, 29, { trend = true }).df)
    local plain = monthly(function(i) return i ^ 2 % 11 end)
    local _, dated = monthly(function(i) return i % 7 end)
    assert.are.equal(3, jv.stats.chow(months, 50, { x = { plain, dated } }).df)
    fails("invalid", "kind is recursive or ols", jv.stats.cusum, nile, { kind = "x" })
    fails("invalid", "x must have the 100 values", jv.stats.cusum, nile, { x = { 1, 2, 3 } })
    fails("invalid", "must lie in rows", jv.stats.chow, nile, 1)
    fails("invalid", "1 .. 100", jv.stats.chow, nile, 101)
    fails("invalid", "does not lie in the series", jv.stats.chow, flow, "2020")
  end)

  it("compare two forecasts", function()
    local e1, e2 = {}, {}
    for i = 2, #nile do
      e1[i - 1] = nile[i] - nile[i - 1]
      e2[i - 1] = nile[i] - 919.35
    end
    local d = jv.stats.dm_test(e1, e2)
    assert.are.equal(98, d.df)
    near(-d.statistic, jv.stats.dm_test(e2, e1).statistic)
    local less = jv.stats.dm_test(e1, e2, { alternative = "less" }).p_value
    near(1, less + jv.stats.dm_test(e1, e2, { alternative = "greater" }).p_value)
    near(d.p_value, 2 * math.min(less, 1 - less))
    assert.are.equal("rectangular", d.variance)
    local s1 = jv.series { start = "1990", freq = "A", values = { 1, 2, 3, 5 } }
    local s2 = jv.series { start = "1991", freq = "A", values = { 1, 1, 4, 9 } }
    assert.are.equal(3, jv.stats.dm_test(s1, s2).n)
    fails("invalid", "the first has 4 values, the second 2", jv.stats.dm_test, { 1, 2, 3, 4 }, { 1, 2 })
    fails("data", "the same everywhere", jv.stats.dm_test, e1, e1)
  end)
end)

describe("analysis of variance", function()
  it("compares groups", function()
    -- means 2, 4, 6 with 2 values each, 2 apart: SSB = 16, SSW = 6
    local a = jv.stats.anova { { 1, 3 }, { 3, 5 }, { 5, missing, 7 } }
    near(16, a.ss_between)
    near(6, a.ss_within)
    near(4, a.statistic)
    assert.are.equal(2, a.df)
    assert.are.equal(3, a.df2)
    near(16 / 22, a.r2)
    near(a.p_value, jv.stats.anova({ b = { 1, 3 }, a = { 3, 5 }, c = { 5, 7 } }).p_value)
    assert.is_truthy(tostring(a):find("on 2 and 3 degrees of freedom", 1, true))
    fails("data", "two groups", jv.stats.anova, { { 1, 2 } })
    fails("data", "more than 2 values", jv.stats.anova, { { 1 }, { 2 } })
    fails("data", "the same", jv.stats.anova, { { 1, 1 }, { 1, 1 } })
    fails("invalid", "a group", jv.stats.anova, { 1, 2 })
  end)
end)

describe("Box-Cox and frequency", function()
  it("are chosen from the data", function()
    local y = {}
    for i = 1, 96 do y[i] = math.exp(wave[i] / 60) end
    assert.is_true(math.abs(jv.stats.boxcox_lambda(y, { season = 12 })) < 0.3)
    assert.is_true(math.abs(jv.stats.boxcox_lambda(y, { season = 12, method = "likelihood" })) < 0.3)
    fails("data", "values > 0", jv.stats.boxcox_lambda, { 1, -1, 2, 3 }, { method = "likelihood" })
    fails("invalid", "below upper", jv.stats.boxcox_lambda, y, { lower = 1, upper = 0 })
    assert.are.equal(12, jv.find_frequency(wave))
    assert.are.equal(12, jv.find_frequency(months, { standardise = true, threshold = 3 }))
    assert.are.equal(1, jv.find_frequency(nile, { threshold = 1e12 }))
  end)
end)

describe("cleaning", function()
  local dirty = {}
  for i = 1, 96 do dirty[i] = wave[i] end
  dirty[40], dirty[55] = 400, missing
  local s = jv.series { start = "2000-01", freq = "M", values = dirty, unit = "USD bn", name = "x" }

  it("finds outliers and says where", function()
    local o = jv.outliers(s)
    assert.are.equal(1, #o)
    assert.are.equal(40, o[1].index)
    assert.are.equal("2003-04", tostring(o[1].period))
    assert.are.equal(400, o[1].value)
    assert.is_true(math.abs(o[1].replacement - wave[40]) < 12)
    assert.is_truthy(tostring(o):find("2003-04", 1, true))
    assert.are.equal("none", tostring(jv.outliers(nile)))
    assert.are.equal(0, #jv.outliers(s, { width = 90 }))
    assert.are.equal(40, jv.outliers(dirty, { season = 12 })[1].index)
  end)

  it("fills and mends, and marks what it did", function()
    local c = jv.clean(s)
    assert.are.equal("estimated", c[40].status)
    assert.are.equal("estimated", c[55].status)
    assert.are_not.equal("estimated", c[41].status)
    assert.are.equal(wave[41], c[41].value)
    assert.are.equal("USD bn", tostring(c.unit))
    local kept = jv.clean(s, { missing = false })
    assert.is_true(kept[55].value ~= kept[55].value)
    local f = jv.interpolate(s)
    assert.are.equal(400, f[40].value)
    near((wave[54] + wave[56]) / 2, jv.interpolate(s, { method = "linear" })[55].value)
    assert.are.same({ 1, 2, 3 }, jv.interpolate { 1, missing, 3 })
    local seasonal = { method = "seasonal", season = 4 }
    fails("data", "more than 2 periods", jv.interpolate, { 1, missing, 3 }, seasonal)
    fails("data", "none of 2", jv.clean, { missing, missing })
    fails("invalid", "'missing' is true or false", jv.clean, { 1, 2 }, { missing = 3 })
  end)

  it("finds level shifts and can level them", function()
    local y = {}
    for i = 1, 60 do y[i] = math.sin(i * i) + (i > 30 and 20 or 0) end
    local shifts = jv.level_shifts(y)
    assert.are.equal(1, #shifts)
    assert.are.equal(31, shifts[1].index)
    assert.is_true(math.abs(shifts[1].size - 20) < 1.5)
    assert.is_truthy(tostring(shifts):find("size", 1, true))
    assert.is_true(math.abs(jv.clean(y, { shifts = true })[5] - y[5] - 20) < 1.5)
    assert.are.equal(0, #jv.level_shifts(nile, { threshold = 100 }))
  end)
end)
