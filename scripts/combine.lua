-- jv.combine: a combination of models, typed as a list.
local jv = require "jevons"

-- The models as one text; nil when the value is none of them, but the series.
local function typed(models)
  if type(models) == "string" then return models end
  if type(models) ~= "table" or type(models[1]) ~= "string" then return nil end
  for i, model in ipairs(models) do
    if type(model) ~= "string" then
      jv.error("invalid", ("jv.combine: models[%d] is a name such as \"ets\", got %s"):format(i, type(model)))
    end
  end
  return table.concat(models, ",")
end

function jv.combine(models, y, options)
  if not typed(models) and typed(y) then models, y = y, models end -- the series first, as elsewhere
  local text = typed(models)
  if not text then return jv.fit("combine", models, y) end
  return jv.fit(("combine(%s)"):format(text), y, options)
end

jv.doc("jv.combine", jv.combine, [[
jv.combine([models,] y [, options]) -> fit

Fits several models to y, a text "ets,theta{alpha=0.2}" or a list of such, and brings their forecasts to one;
the same as jv.fit("combine(ets,theta)", y, options). Options: how = "median" (the default), "mean",
"trimmed" (trim = 0.25: the share left out at each end), "inverse" and "stacked": weights by a rolling-origin
backtest on y (origins, horizon), inverse squared errors, or those of sum one, none negative, that would have
done best. Intervals and sample paths come from the members' joint errors. fit:components() gives the
members' fitted values, jv.contributions(fit, h) their forecasts; explain() tells weights, and which models
could not be fitted and were left out.

Source: Bates & Granger (1969), Operational Research Quarterly 20, 451-468; Breiman (1996), Machine Learning
24, 49-64.]])
