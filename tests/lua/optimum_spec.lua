-- Maxima of the likelihood that one start does not find, and what is no maximum at all. The numbers
-- wanted are those that R's arima and ets reach (stats 4.2.2, forecast 8.20), less a hundredth.
local jv = require "jevons"

-- Luteinizing hormone, fifty years of tree rings, the population of the USA (all of R's datasets), a
-- made-up series of demands, an annual one of the M4 competition, and deaths from lung diseases in
-- the UK, by month (R's datasets too).
local hormone = {2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2,
  2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3, 2.3, 2, 2, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7,
  1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3, 2.9}
local rings = {0.112, 1.195, 1.116, 1.215, 1.187, 0.602, 1.054, 1.157, 1.008, 1.316, 0.363,
  1.135, 0.507, 0.985, 1.32, 1.035, 1.104, 0.998, 1.172, 1.193, 0.373, 1.071, 1.02, 1.059, 1.307,
  1.288, 1.138, 0.998, 1.214, 1.316, 1.273, 1.182, 0.768, 0.67, 1.022, 1.371, 1.456, 1.608,
  1.346, 1.128, 1.302, 1.128, 1.075, 1.32, 0.86, 1.466, 0.67, 1.155, 1.325, 1.012}
local people = {3.93, 5.31, 7.24, 9.64, 12.9, 17.1, 23.2, 31.4, 39.8, 50.2, 62.9, 76, 92, 105.7,
  122.8, 131.7, 151.3, 179.3, 203.2}
local demand = {0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 2, 0,
  0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 6}
local annual = {660, 670, 780, 850, 1030, 1140, 1350, 1430, 1590, 1910, 2090, 2220, 2210, 2590,
  3100, 3470, 3730, 4100, 4170, 4220, 5140, 6010, 6060, 6310, 7290, 9830, 9460, 9690, 9720}
local deaths = {3035, 2552, 2704, 2554, 2014, 1655, 1721, 1524, 1596, 2074, 2199, 2512, 2933,
  2889, 2938, 2497, 1870, 1726, 1607, 1545, 1396, 1787, 2076, 2837, 2787, 3891, 3179, 2011, 1636,
  1580, 1489, 1300, 1356, 1653, 2013, 2823, 3102, 2294, 2385, 2444, 1748, 1554, 1498, 1361, 1346,
  1564, 1640, 2293, 2815, 3137, 2679, 1969, 1870, 1633, 1529, 1366, 1357, 1570, 1535, 2491, 3084,
  2605, 2573, 2143, 1693, 1504, 1461, 1354, 1333, 1492, 1781, 1915}

-- Log-likelihood of differences w under an ARMA(2,2), sigma concentrated out, by the
-- innovations of Durbin and Levinson: an algorithm of its own.
local function autocovariances(phi, theta, n)
  local psi = { [0] = 1 }
  for j = 1, 2 do
    psi[j] = theta[j]
    for i = 1, j do psi[j] = psi[j] + phi[i] * psi[j - i] end
  end
  local t, right = { [0] = 1, theta[1], theta[2] }, {}
  for k = 0, 2 do
    right[k] = 0
    for j = k, 2 do right[k] = right[k] + t[j] * psi[j - k] end
  end
  -- gamma_1 and gamma_2 as multiples of gamma_0 and constants
  local a, b = phi[1] / (1 - phi[2]), right[1] / (1 - phi[2])
  local c, d = phi[1] * a + phi[2], phi[1] * b + right[2]
  local g0 = (right[0] + phi[1] * b + phi[2] * d) / (1 - phi[1] * a - phi[2] * c)
  local g = { [0] = g0, a * g0 + b, c * g0 + d }
  for k = 3, n do g[k] = phi[1] * g[k - 1] + phi[2] * g[k - 2] end
  return g
end

local function log_likelihood(y, phi, theta)
  local w = {}
  for t = 2, #y do w[t - 1] = y[t] - y[t - 1] end
  local n, g = #w, autocovariances(phi, theta, #w)
  local a, v = {}, g[0]
  local sum, logs = w[1] ^ 2 / v, math.log(v)
  for t = 1, n - 1 do
    local k = g[t]
    for i = 1, t - 1 do k = k - a[i] * g[t - i] end
    k = k / v
    local b = { [t] = k }
    for i = 1, t - 1 do b[i] = a[i] - k * a[t - i] end
    a, v = b, v * (1 - k * k)
    local e = w[t + 1]
    for i = 1, t do e = e - a[i] * w[t + 1 - i] end
    sum, logs = sum + e * e / v, logs + math.log(v)
  end
  return -n / 2 * (math.log(2 * math.pi * sum / n) + 1) - logs / 2
end

describe("the maximum of the likelihood", function()
  it("of an ARIMA that the conditional estimate leads astray", function()
    local fit = jv.arima(hormone, { order = "2,1,2", method = "css_ml" })
    assert.is_true(fit.loglik > -28.0947, tostring(fit.loglik))
  end)

  it("of a moving average with two roots near the circle", function()
    for _, method in ipairs { "ml", "css_ml" } do
      local fit = jv.arima(demand, { order = "2,1,2", method = method })
      assert.is_true(fit.loglik > -83.736, tostring(fit.loglik))
    end
  end)

  it("near two unit roots is that of the model, not of rounding", function()
    local fit = jv.arima(annual, { order = "2,1,2" })
    local c = {}
    for _, row in ipairs(fit:explain().coefficients) do c[row.name] = row.estimate end
    local own = log_likelihood(annual, { c.ar1, c.ar2 }, { c.ma1, c.ma2 })
    assert.is_true(math.abs(own - fit.loglik) < 0.01, ("%.6f, %.6f"):format(own, fit.loglik))
    assert.is_true(fit.loglik > -215.8729, tostring(fit.loglik))
  end)

  it("of a level that hardly moves", function()
    local fit = jv.ets(rings, { lambda = 0, model = "ANN" })
    assert.is_true(fit.loglik > -56.65, tostring(fit.loglik))
    assert.is_true(fit.params.alpha < 0.001)
  end)
end)

-- Curvature of minus the log-likelihood at x by differences of its own step.
local function curvature(f, x)
  local h, H = 1e-4, {}
  local function at(i, a, j, b)
    local z = table.move(x, 1, #x, 1, {})
    z[i] = z[i] + a
    z[j] = z[j] + b
    return f(z)
  end
  for i = 1, #x do
    H[i] = {}
    for j = 1, #x do
      H[i][j] = (at(i, h, j, -h) + at(i, -h, j, h) - at(i, h, j, h) - at(i, -h, j, -h)) / (4 * h * h)
    end
  end
  return H
end

describe("standard errors", function()
  it("are those of the curvature along ridges too", function()
    local fit = jv.arima(demand, { order = "1,1,2" })
    local x, se = {}, {}
    for i, row in ipairs(fit:explain().coefficients) do x[i], se[i] = row.estimate, row.se end
    local H = curvature(function(c) return log_likelihood(demand, { c[1], 0 }, { c[2], c[3] }) end, x)
    local function minor(a, b) return H[a][a] * H[b][b] - H[a][b] * H[b][a] end
    local whole = H[1][1] * minor(2, 3) - H[1][2] * (H[2][1] * H[3][3] - H[2][3] * H[3][1]) +
      H[1][3] * (H[2][1] * H[3][2] - H[2][2] * H[3][1])
    local variances = { minor(2, 3) / whole, minor(1, 3) / whole, minor(1, 2) / whole }
    for i = 1, 3 do
      assert.is_true(math.abs(se[i] / math.sqrt(variances[i]) - 1) < 0.01,
        ("%d: %g, %g"):format(i, se[i], math.sqrt(variances[i])))
    end
  end)
end)

describe("the choice of an ARIMA", function()
  it("looks at lags up to a third of the series, not of its differences", function()
    local fit = jv.arima(deaths, { season = 12 })
    assert.is_true(fit.aicc < 848.27, fit.form .. ", " .. fit.aicc)
  end)
end)

describe("a multiplicative trend", function()
  it("that turns negative fits nothing", function()
    local fit = jv.ets(people, { model = "AMdN" })
    local sum = 0
    for t, f in ipairs(fit:fitted()) do sum = sum + (people[t] - f) ^ 2 end
    local own = -#people / 2 * math.log(sum)
    assert.is_true(math.abs(own - fit.loglik) < 1e-8, ("%g, %g"):format(own, fit.loglik))
    assert.is_true(fit.loglik > -49.4887, tostring(fit.loglik))
  end)
end)
