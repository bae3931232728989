-- jv.combine: a combination of models, typed as a list.
local jv = require "jevons"

local function typed(models)
  if type(models) == "table" then
    for i, model in ipairs(models) do
      if type(model) ~= "string" then
        jv.error("invalid", ("jv.combine: models[%d] is a name such as \"ets\", got %s"):format(i, type(model)))
      end
    end
    models = table.concat(models, ",")
  end
  if type(models) ~= "string" then
    jv.error("invalid", 'jv.combine: the models come first, as in jv.combine("ets,theta", y)')
  end
  return models
end

function jv.combine(models, y, options)
  models = typed(models)
  return jv.fit(models == "" and "combine" or ("combine(%s)"):format(models), y, options)
end

jv.doc("jv.combine", jv.combine, [[
jv.combine(models, y [, options]) -> fit

Fits several models to y, a text "ets,theta{alpha=0.2}" or a list of such, and brings their forecasts to one;
the same as jv.fit("combine(ets,theta)", y, options). Options: how = "median" (the default), "mean",
"trimmed" (trim = 0.25: the share left out at each end), "inverse" and "stacked": weights by a rolling-origin
backtest on y (origins, horizon), inverse squared errors, or those of sum one, none negative, that would have
done best. Intervals and sample paths come from the members' joint errors. fit:components() gives the members'
fitted values; explain() tells weights, and which models could not be fitted and were left out.

Source: Bates & Granger (1969), Operational Research Quarterly 20, 451-468; Breiman (1996), Machine Learning
24, 49-64.]])
