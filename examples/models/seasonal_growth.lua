-- A model of an analyst's own: each quarter is last year's quarter, grown at the median year-on-year
-- growth of the last two years.
--
-- Copied to ./models/ (or ~/.config/jevons/models/) it is there by name: jv.fit("seasonal_growth", y),
-- jevons forecast panel.csv --freq Q --h 8 --model 'seasonal_growth{years=3}'. Its intervals are
-- measured by jevons from its own errors at earlier origins.
return {
  name = "seasonal_growth",
  title = "Last year's quarter at the median growth",
  doc = "Each period is that of a year before times 1 + g, g the median year-on-year growth of the last "
    .. "`years` years. Capex with a season and a steady pace; it does not see turns coming.",
  min_n = 9,
  seasonal = true,
  positive = true,
  options = {
    { name = "years", type = "integer", default = 2, min = 1, max = 20, doc = "years whose growth counts" },
  },

  fit = function(y, opts)
    local m = opts.season
    return {
      year = y:tail(m):values(),
      growth = y:growth(m):tail(opts.years * m):median(),
      form = ("Seasonal growth [%d]"):format(m),
    }
  end,

  forecast = function(fit, h)
    local m, means = #fit.year, {}
    for i = 1, h do means[i] = (means[i - m] or fit.year[i]) * (1 + fit.growth) end
    return means
  end,
}
