-- A model of one's own stands beside the built-in ones: here, the median growth of the last two years
-- goes on.
--
--   jevons examples/own_model.lua [TICKER]
local jv = require "jevons"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local ticker = arg[1] or "MSFT"

jv.model.define {
  name = "flat_growth",
  -- y is a series; what fit returns is handed to forecast.
  fit = function(y)
    return { year = y:tail(4):values(), growth = y:growth(4):tail(8):median().value }
  end,
  -- Each quarter is that of the year before, grown; intervals come from past errors.
  forecast = function(fit, h)
    local mean = {}
    for i = 1, h do mean[i] = (mean[i - 4] or fit.year[i]) * (1 + fit.growth) end
    return mean
  end,
}

local capex = jv.edgar.open(here .. "/data/edgar"):company(ticker):quarterly("capex")
print(jv.backtest(capex, { models = { "flat_growth", "naive", "ets", "theta" }, h = 4, origins = 12 }))
print(jv.fit("flat_growth", capex):forecast(4, { level = { 80 } }))
