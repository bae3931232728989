-- Pages of help() on what runs through many functions: help "intervals", help "R". Name -> text; the
-- names that lead to a page stand beside it, the one that is shown first.
local topics = { pages = {}, names = {} }

local function topic(names, text)
  topics.names[#topics.names + 1] = names:match "%S+"
  for name in names:gmatch "%S+" do topics.pages[name:lower()] = text end
end

topic("intervals interval levels level quantiles conformal bootstrap", [[
Intervals and distributions

  fc = fit:forecast(8, { 80, 95 })      the levels, in per cent, that fc prints
  fc:interval(90)  fc:quantile(0.1)     any other, for each step
  fc:paths(1000)                        sample paths
  fc:total()  fc:annual{ 80 }           sums over steps and years, jointly

How they are made is an option of every model:

  interval = "model"                    as the model has them (the default)
  interval = "analytic" | "simulated" | "bootstrap"
  interval = "conformal"                from errors of one fit moved through the data
  interval = "conformal_rolling"        from errors of refits
  parameter_uncertainty = true          paths of refits to simulated series
  paths = 5000, calibration = 40        how many

  jv.arima(y, { interval = "bootstrap" }):forecast(8, 80)
  jevons forecast panel.csv --h 8 --model 'ets{interval=conformal}' --level 80]])

topic("transformations transformation transform lambda box-cox boxcox log bounds positive bias_adjust", [[
Transformations: options of every model

  lambda = 0 | "log"                    logarithm; 0.5 and so on: Box-Cox
  lambda = "guerrero" | "likelihood"    Box-Cox, its parameter chosen from the data
  positive = true                       nothing below zero: the logarithm
  lower = 0, upper = 100                bounds: the scaled logit
  bias_adjust = true                    point forecasts are means, not medians

  jv.ets(y, { lambda = "guerrero", bias_adjust = true }):forecast(8, 80)

Forecasts come back on the scale of y. jv.stats.boxcox_lambda(y) tells the parameter.]])

topic("xreg regressors exogenous covariates", [[
Regressors, for models that can (arima, structural, regression, and what combines them)

  fit = jv.arima(sales, { xreg = price })                a series, matched by period
  fit = jv.arima(sales, { xreg = { price = p, ads = a } })
  fit:forecast(4)                                        where the series reach far enough
  fit:forecast(4, { xreg = { price = p2, ads = a2 } })   else future values are given
  fit = jv.arima({ 1, 2, … }, { xreg = { { 5, 6, … } } })   lists with a list

Made from the calendar, over y and h periods more: jv.fourier(y, K, h), jv.calendar(y, effects, h).
Which models take them: jv.fit(…).can.regressors.]])

topic("R forecast::auto.arima fable statsforecast statsmodels python migration", [[
What R's forecast and fable, StatsForecast and statsmodels call it

  auto.arima, ARIMA(), AutoARIMA        jv.arima(y)                   (chosen without an order)
  Arima(y, c(0,1,1), c(0,1,1))          jv.arima(y, { order = {0,1,1}, seasonal = {0,1,1} })
  ets(y, "MAM"), AutoETS                jv.ets(y, { model = "MAM" })
  thetaf, THETA                         jv.theta, jv.dotm, jv.autotheta
  AutoCES                               jv.ces
  stlf(y), MSTL(trend_forecaster)       jv.fit("stl+ets", y), "stl+arima", …
  StructTS, UnobservedComponents        jv.structural
  tslm, TSLM()                          jv.regression
  bats, tbats, croston, rwf(drift)      jv.bats, jv.tbats, jv.croston, jv.drift
  stl, mstl, decompose                  jv.stl, jv.mstl, jv.classical
  tsoutliers, tsclean, na.interp        jv.outliers, jv.clean, jv.interpolate
  ndiffs, nsdiffs, BoxCox.lambda        jv.stats.ndiffs, nsdiffs, boxcox_lambda
  Box.test, kpss.test, adf.test, dm.test   jv.stats.ljung_box, kpss, adf, dm_test
  nls, lm                               jv.stats.nls, jv.stats.ols
  tsCV, cross_validation                jv.backtest
  tsfeatures                            jv.features
  forecast(fit, h, level)               fit:forecast(h, { 80, 95 })
  frequency, season_length, m           season (an option of every model)
  coef(), summary(), glance()           print(fit), fit:explain(), fit.aicc
  biasadj, lambda = "auto"              bias_adjust = true, lambda = "guerrero"]])

topic("decomposition decompose seasonal_adjustment", [[
Decomposition

  jv.stl(y), jv.mstl(y, { periods = { 24, 168 } }), jv.classical(y, { type = "multiplicative" })
      .trend .seasonal .remainder .adjusted, each a series; printed side by side
  jv.trend(y), jv.seasonally_adjusted(y)   one part
  jv.fit("stl+ets", y)                     a model of the adjusted series, the season put back
  fit:components()                         the parts of a fitted model]])

topic("combination ensemble", [[
Combination of models

  jv.auto(y)                                        median of ETS, ARIMA, CES and theta
  jv.combine("ets,arima,naive", y)                  median of these
  jv.combine("ets,arima", y, { how = "stacked" })   or mean, trimmed, inverse
  jevons forecast p.csv --h 8 --model 'combine(ets,arima){how=mean}'

  fit:explain()           what went in, weights, what was left out
  jv.contributions(fit, h)   forecast of each member

help "combine" lists the options.]])

return topics
