-- Cost against size, in CPU time: automatic ETS, a panel through the command line, CSV and a filer's
-- facts. Series are simulated from a fixed seed.
local jv = require "jevons"
local build = arg[1] or "build"
local here = arg[0]:match("^(.*)/[^/]*$")

-- Seconds of CPU of one call, the least of three.
local function seconds(fn)
  local best = math.huge
  for _ = 1, 3 do
    collectgarbage()
    local start = os.clock()
    fn()
    best = math.min(best, os.clock() - start)
  end
  return best
end

-- A seasonal series with trend and noise.
local function simulate(n, m)
  math.randomseed(1, n)
  local y, level = {}, 100
  for t = 1, n do
    level = level + 0.2 + math.random() - 0.5
    y[t] = level * (1 + 0.2 * math.sin(2 * math.pi * t / m)) + math.random()
  end
  return y
end

local function row(...) print(("%-34s %10s %12s %14s"):format(...)) end

row("automatic ETS", "n", "ms", "us/observation")
for _, case in ipairs { { 1, 50 }, { 1, 200 }, { 1, 800 }, { 1, 3200 }, { 4, 100 }, { 4, 400 }, { 4, 1600 },
  { 12, 120 }, { 12, 480 }, { 12, 1920 }, { 24, 480 }, { 24, 1920 } } do
  local m, n = case[1], case[2]
  local y = simulate(n, m)
  local t = seconds(function() jv.ets(y, { season = m }) end)
  row("  season " .. m, n, ("%.2f"):format(t * 1e3), ("%.2f"):format(t * 1e6 / n))
end

print()
row("reading", "MB", "ms", "MB/s")
local panel = build .. "/bench/panel.csv"
os.execute(("mkdir -p '%s/bench'"):format(build))
local lines = { "unique_id,ds,y" }
for id = 1, 2000 do
  for t = 1, 100 do lines[#lines + 1] = ("S%d,%d,%.6f"):format(id, t, id + t / 7) end
end
local text = table.concat(lines, "\n") .. "\n"
jv.file.write(panel, text)
local t = seconds(function() jv.csv.read(panel) end)
local size = #text / 1e6
row("  CSV into Lua rows", ("%.1f"):format(size), ("%.0f"):format(t * 1e3), ("%.0f"):format(size / t))
jv.on_warning(function() end) -- the tests look at warnings, a bench at time
for _, ticker in ipairs { "AMZN", "MSFT" } do
  local dir = here .. "/../../examples/data/edgar"
  local s = seconds(function() jv.edgar.open(dir):company(ticker):quarterly("revenue") end)
  row("  filer's facts, quarters: " .. ticker, "", ("%.1f"):format(s * 1e3), "")
end
os.remove(panel)
