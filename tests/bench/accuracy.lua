-- How well models forecast: every registered model, and R's where R has forecasts cached or is
-- installed, on the panels of JEVONS_SHARED/data. Run by accuracy.sh, which says what can be set.
--
--   sMAPE, MASE  means over series; MASE scales by the in-sample error of the seasonal naive forecast
--   OWA          (sMAPE / sMAPE of Naive2 + MASE / MASE of Naive2) / 2, over the series that have both
--   80 %, 95 %   share of the test values inside the interval
--   se           standard deviation over bootstrap samples of series
--   to peer      OWA less that of R's model, over the series that both have, with its standard error
--                from the same bootstrap samples; "worse" where it is above two of them
local jv = require "jevons"

local build, shared = arg[1], arg[2]
local function setting(name, otherwise)
  local value = os.getenv("ACCURACY_" .. name)
  return value and value ~= "" and value or otherwise
end

local full = setting("FULL", "0") ~= "0"
local settings = {
  data = setting("DATA", full and "m4_sample,m3,m1" or "m4_sample"),
  models = setting("MODELS"),
  limit = tonumber(setting("LIMIT", full and "1000000" or "100")),
  r_models = setting("R", "thetaf,naive,snaive,rwf,meanf,ses,holt,hw,stlf,ets,auto.arima" ..
    (full and ",bats,tbats" or "")),
  r_limit = tonumber(setting("R_LIMIT", "100")),
  r_slow = tonumber(setting("R_SLOW", full and "100" or "10")), -- series a frequency for slow ones
  jobs = tonumber(setting("JOBS", "0")),
  draws = tonumber(setting("BOOTSTRAP", "500")),
}
if settings.jobs == 0 then settings.jobs = nil end

-- R's model beside each of ours; that of a combination is the one it should beat.
local peers = {
  naive = "naive", snaive = "snaive", drift = "rwf", mean = "meanf", ses = "ses", ets = "ets",
  theta = "thetaf", arima = "auto.arima", dotm = "thetaf", otm = "thetaf", dstm = "thetaf",
  stm = "thetaf", autotheta = "thetaf", auto = "thetaf", holt = "holt", hw = "hw", bats = "bats",
  tbats = "tbats", ["stl+ets"] = "stlf",
}
local seasonal = { stlf = true, hw = true } -- of R's, for series with a season only
local slow = { ets = true, ["auto.arima"] = true, tbats = true, bats = true } -- of R's
-- Ours that the short run has on so many series a frequency; those for other data than these.
local heavy = { bats = 10, tbats = 10, structural = 30 } -- a tenth where the season is longer than 12
local elsewhere = { croston = true, sba = true, tsb = true, adida = true, imapa = true }

-- ---- the panels

local function lines_of(path)
  local file = assert(io.open(path))
  file:read "l"
  return file:lines()
end

-- {name=, groups = {{freq=, m=, h=, ids = {…}, train = {id = {…}}, test = {id = {…}}}}}
local function read_panel(name)
  local folder, groups, by_key, of = shared .. "/data/" .. name, {}, {}, {}
  for line in lines_of(folder .. "/series.csv") do
    local id, freq, m, h = line:match "^([^,]*),([^,]*),(%d+),(%d+)"
    local group = by_key[freq]
    if not group then
      group = { freq = freq, m = tonumber(m), h = tonumber(h), ids = {}, train = {}, test = {} }
      by_key[freq] = group
      groups[#groups + 1] = group
    end
    if #group.ids < settings.limit then
      group.ids[#group.ids + 1] = id
      group.train[id], group.test[id] = {}, {}
      of[id] = group
    end
  end
  for _, part in ipairs { "train", "test" } do
    for line in lines_of(("%s/%s.csv"):format(folder, part)) do
      local id, y = line:match "^([^,]*),[^,]*,(.*)$"
      local group = of[id]
      if group then table.insert(group[part][id], tonumber(y) or 0 / 0) end
    end
  end
  return { name = name, groups = groups }
end

local function write_train(group, path, limit)
  local file = assert(io.open(path, "w"))
  file:write "unique_id,ds,y\n"
  for i = 1, math.min(limit, #group.ids) do
    local id = group.ids[i]
    for t, y in ipairs(group.train[id]) do file:write(("%s,%d,%.17g\n"):format(id, t, y)) end
  end
  file:close()
end

-- ---- scores of one series

local function scale_of(y, m)
  local sum, n = 0, 0
  for t = m + 1, #y do
    sum = sum + math.abs(y[t] - y[t - m])
    n = n + 1
  end
  return n > 0 and sum / n or 0 / 0
end

-- forecast: {mean, lo80, hi80, lo95, hi95} by step
local function score(y, test, m, forecast)
  local smape, mae, inside = 0, 0, { 0, 0 }
  local scale = scale_of(y, m)
  for i, actual in ipairs(test) do
    local row = forecast[i]
    if not row or not row[1] then return nil end
    local off, size = math.abs(actual - row[1]), math.abs(actual) + math.abs(row[1])
    smape = smape + (size > 0 and 200 * off / size or 0)
    mae = mae + off
    for l = 1, 2 do
      local lower, upper = row[2 * l], row[2 * l + 1]
      if not lower then
        inside[l] = nil
      elseif inside[l] and lower <= actual and actual <= upper then
        inside[l] = inside[l] + 1
      end
    end
  end
  local n = #test
  local mase = mae / n / scale
  if mase ~= mase or mase == math.huge then return nil end
  return {
    smape = smape / n, mase = mase,
    c80 = inside[1] and 100 * inside[1] / n, c95 = inside[2] and 100 * inside[2] / n,
  }
end

-- ---- forecasts: ours by the panel, R's out of its cache

-- id -> steps out of lines id,ds,mean,lo,hi,…
local function read_forecasts(path)
  local by_id = {}
  for line in lines_of(path) do
    local row, id = {}, nil
    for field in (line .. ","):gmatch "([^,]*)," do
      if not id then id = field else row[#row + 1] = tonumber(field) or false end
    end
    table.remove(row, 1)
    by_id[id] = by_id[id] or {}
    table.insert(by_id[id], row)
  end
  return by_id
end

local function scores_of(group, forecasts)
  local scores, n = {}, 0
  for i, id in ipairs(group.ids) do
    local forecast = forecasts[id]
    scores[i] = forecast and score(group.train[id], group.test[id], group.m, forecast) or nil
    if scores[i] then n = n + 1 end
  end
  scores.n = n
  return scores
end

local function run_model(group, model, folder)
  local train, out, status = folder .. "/train.csv", folder .. "/out.csv", folder .. "/status.csv"
  local limit = #group.ids
  if heavy[model] and not full then limit = math.min(limit, heavy[model] // (group.m > 12 and 10 or 1)) end
  write_train(group, train, limit)
  local cpu = os.clock()
  jv.panel.forecast {
    input = train, output = out, status = status, model = model, h = group.h, season = group.m,
    level = { 80, 95 }, jobs = settings.jobs,
  }
  local spent = os.clock() - cpu
  local scores = scores_of(group, read_forecasts(out))
  scores.ms = 1000 * spent / limit
  return scores
end

local has_r = os.execute(
  "Rscript -e 'quit(status = !requireNamespace(\"forecast\", quietly = TRUE))' >/dev/null 2>&1")

local function run_r(panel, group, model, folder)
  local limit = math.min(#group.ids, slow[model] and settings.r_slow or settings.r_limit)
  if seasonal[model] and group.m == 1 then return nil end
  if slow[model] and group.m > 12 and not full then return nil end -- minutes a series
  local cache = ("%s/bench/accuracy_r/%s_%s_%s_%d.csv"):format(build, panel.name, group.freq, model, limit)
  local file = io.open(cache)
  if file then
    file:close()
  elseif not has_r then
    return nil
  else
    local train = folder .. "/r_train.csv"
    write_train(group, train, limit)
    if not os.execute(("Rscript --vanilla tests/bench/accuracy.R %s %s %d %d %s >/dev/null"):format(
      train, model, group.m, group.h, cache)) then
      return nil
    end
  end
  return scores_of(group, read_forecasts(cache))
end

-- ---- over series

local function owa(scores, base, places)
  local s, m, s2, m2 = 0, 0, 0, 0
  for _, i in ipairs(places) do
    local a, b = scores[i], base[i]
    s, m, s2, m2 = s + a.smape, m + a.mase, s2 + b.smape, m2 + b.mase
  end
  return (s / s2 + m / m2) / 2
end

local function common_places(n, ...)
  local places, lists = {}, { ... }
  for i = 1, n do
    local all = true
    for _, scores in ipairs(lists) do all = all and scores[i] ~= nil end
    if all then places[#places + 1] = i end
  end
  return places
end

-- Standard deviation of a statistic of places over samples of them; the same samples for all.
local function bootstrap(places, statistic)
  local sum, square, n = 0, 0, #places
  math.randomseed(20260101)
  for _ = 1, settings.draws do
    local sample = {}
    for i = 1, n do sample[i] = places[math.random(n)] end
    local x = statistic(sample)
    sum, square = sum + x, square + x * x
  end
  local mean = sum / settings.draws
  return math.sqrt(math.max(0, square / settings.draws - mean * mean))
end

local function mean_of(scores, places, field)
  local sum, n = 0, 0
  for _, i in ipairs(places) do
    local x = scores[i][field]
    if x then sum, n = sum + x, n + 1 end
  end
  return n > 0 and sum / n or 0 / 0
end

local function summarise(scores, base, peer, n)
  local places = common_places(n, scores, base)
  if #places == 0 then return nil end
  local row = {
    n = #places, failed = scores.failed or 0, ms = scores.ms or 0 / 0,
    smape = mean_of(scores, places, "smape"), mase = mean_of(scores, places, "mase"),
    c80 = mean_of(scores, places, "c80"), c95 = mean_of(scores, places, "c95"),
    owa = owa(scores, base, places),
    owa_se = bootstrap(places, function(sample) return owa(scores, base, sample) end),
    smape_se = bootstrap(places, function(sample) return mean_of(scores, sample, "smape") end),
    mase_se = bootstrap(places, function(sample) return mean_of(scores, sample, "mase") end),
    difference = 0 / 0, difference_se = 0 / 0, ratio = 0 / 0,
  }
  if peer then
    local both = common_places(n, scores, base, peer)
    local function apart(sample) return owa(scores, base, sample) - owa(peer, base, sample) end
    if #both > 1 then
      row.difference, row.difference_se = apart(both), bootstrap(both, apart)
      row.ratio = owa(scores, base, both) / owa(peer, base, both)
      row.both = #both
    end
  end
  return row
end

-- ---- the table

local csv = assert(io.open(build .. "/bench/accuracy.csv", "w"))
csv:write("panel,frequency,model,series,failed,sMAPE,sMAPE_se,MASE,MASE_se,OWA,OWA_se,coverage80,coverage95,",
  "peer,to_peer,to_peer_se,ratio,ms\n")

local function text(fmt, x) return x == x and fmt:format(x) or "-" end

local worse = {}

local function print_row(panel, freq, model, row, peer_name)
  local mark = row.difference > 2 * row.difference_se and "  worse" or ""
  if mark ~= "" then worse[#worse + 1] = ("%s, %s: %s"):format(panel, freq, model) end
  print(("  %-28s %5d %4d %7.2f %7.3f %7.3f %6s %6s %6s  %-10s %7s %6s %7s%s"):format(model, row.n,
    row.failed, row.smape, row.mase, row.owa, text("%.3f", row.owa_se), text("%.1f", row.c80),
    text("%.1f", row.c95), row.difference == row.difference and peer_name or "",
    text("%+.3f", row.difference),
    text("%.3f", row.difference_se), text("%.2f", row.ms), mark))
  local function number(x) return x == x and ("%.6g"):format(x) or "" end
  csv:write(table.concat({
    panel, freq, '"' .. model:gsub('"', '""') .. '"', row.n, row.failed,
    number(row.smape), number(row.smape_se), number(row.mase), number(row.mase_se),
    number(row.owa), number(row.owa_se), number(row.c80), number(row.c95), peer_name or "",
    number(row.difference), number(row.difference_se), number(row.ratio), number(row.ms),
  }, ","), "\n")
end

local function print_head(title)
  print(title)
  print(("  %-28s %5s %4s %7s %7s %7s %6s %6s %6s  %-10s %7s %6s %7s"):format("model", "n", "fail", "sMAPE",
    "MASE", "OWA", "se", "80 %", "95 %", "peer", "to peer", "se", "ms"))
end

local function print_group(panel, freq, n, models, results, base)
  print_head(("%s, %s"):format(panel, freq))
  local rows = {}
  for _, name in ipairs(models) do
    local scores, peer = results[name], peers[name] and results["R " .. peers[name]]
    if not peer and name:match "^combine" then peer = results["R thetaf"] end
    local row = scores and summarise(scores, base, peer, n)
    if row then rows[#rows + 1] = { name = name, row = row } end
  end
  table.sort(rows, function(a, b)
    if a.row.owa ~= b.row.owa then return a.row.owa < b.row.owa end
    return a.name < b.name
  end)
  for _, r in ipairs(rows) do
    print_row(panel, freq, r.name, r.row, peers[r.name] or (r.name:match "^combine" and "thetaf"))
  end
  for _, r in ipairs(rows) do
    if r.name == "auto" and r.row.ratio == r.row.ratio then
      print(("  the OWA of auto is %.3f times that of R's thetaf"):format(r.row.ratio))
    end
  end
end

-- ---- everything

local function split(list)
  local names = {}
  for name in list:gmatch "[^,]+" do names[#names + 1] = name end
  return names
end

local function models_to_run()
  if settings.models then return jv.panel.models(settings.models) end
  local names, have = {}, {}
  for _, name in ipairs(jv.models()) do
    have[name] = true
    if not elsewhere[name] and not name:find("+", 1, true) and name ~= "combine" then
      names[#names + 1] = name
    end
  end
  if have["stl+"] then names[#names + 1] = "stl+ets" end
  local four = {}
  for _, name in ipairs { "ets", "arima", "ces", "dotm" } do
    if have[name] then four[#four + 1] = name end
  end
  four = table.concat(four, ",")
  names[#names + 1] = ("combine(%s)"):format(four)
  names[#names + 1] = ("combine(%s){how=mean}"):format(four)
  if full then
    names[#names + 1] = ("combine(%s){how=inverse}"):format(four)
    names[#names + 1] = ("combine(%s){how=stacked}"):format(four)
  end
  return names
end

local function append(all, at, scores, n)
  all.ms = (all.ms or 0) + (scores.ms or 0 / 0) * n
  all.failed = (all.failed or 0) + (scores.failed or 0)
  for i = 1, n do all[at + i] = scores[i] end
end

local function run_panel(name, models, r_models, folder)
  local panel = read_panel(name)
  local all, base, at = {}, {}, 0
  local shown = { table.unpack(models) }
  for _, model in ipairs(r_models) do shown[#shown + 1] = "R " .. model end
  for _, group in ipairs(panel.groups) do
    local n, results = #group.ids, {}
    local naive2 = run_model(group, "naive2", folder)
    for _, model in ipairs(models) do
      local made, scores = pcall(run_model, group, model, folder)
      if made then
        scores.failed = heavy[model] and not full and 0 or n - scores.n -- left out is not failed
        results[model] = scores
      else
        print(("  %s: %s"):format(model, scores))
      end
    end
    for _, model in ipairs(r_models) do results["R " .. model] = run_r(panel, group, model, folder) end
    print_group(name, group.freq, n, shown, results, naive2)
    append(base, at, naive2, n)
    for model, scores in pairs(results) do
      all[model] = all[model] or {}
      append(all[model], at, scores, n)
    end
    at = at + n
  end
  for _, scores in pairs(all) do scores.ms = scores.ms / at end
  print_group(name, "all", at, shown, all, base)
end

jv.on_warning(function() end) -- what a model says of a series is not looked at here
local folder = os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir -p '%s' '%s/bench/accuracy_r'"):format(folder, build)))
local models, r_models = models_to_run(), split(settings.r_models)
local done, problem = pcall(function()
  for _, name in ipairs(split(settings.data)) do run_panel(name, models, r_models, folder) end
end)
os.execute(("rm -rf '%s'"):format(folder))
csv:close()
if not done then error(problem, 0) end
print(("table: %s/bench/accuracy.csv"):format(build))
if #worse > 0 then
  print "worse than the peer by more than two standard errors of the difference:"
  for _, line in ipairs(worse) do print("  " .. line) end
end
