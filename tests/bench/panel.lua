-- Panels by threads and by size: the gain from one to two threads, and peak memory against the number of
-- series. panel.lua PROGRAM FOLDER: each run is a program of its own, since the peak is that of a process.
local program, folder = arg[1], arg[2]

local function write_panel(path, series, length)
  local file = assert(io.open(path, "w"))
  file:write "unique_id,ds,y\n"
  local state = 1
  for i = 1, series do
    local rows, y = {}, 100
    for t = 1, length do
      state = (state * 1103515245 + 12345) % 2147483648
      y = y + state / 2147483648 - 0.45
      rows[t] = ("s%d,%d,%.4f"):format(i, t, y + 3 * math.sin(t * math.pi / 6))
    end
    file:write(table.concat(rows, "\n"), "\n")
  end
  file:close()
end

-- The worker: forecasts, then tells wall seconds and the peak in kB.
local worker = [[
local began = jv.bench_clock()
jv.panel.forecast { input = "%s", output = "%s", model = "%s", h = 12, season = 12, jobs = %d }
local status = assert(io.open "/proc/self/status"):read "a"
print(jv.bench_clock() - began, status:match "VmHWM:%%s*(%%d+)")
]]

local clock = [[
function jv.bench_clock()
  local file = assert(io.open "/proc/uptime")
  local now = file:read "n"
  file:close()
  return now
end
]]

local function run(path, model, jobs)
  local code = clock .. worker:format(path, folder .. "/out.csv", model, jobs)
  local script = folder .. "/run.lua"
  local file = assert(io.open(script, "w"))
  file:write(code)
  file:close()
  local pipe = assert(io.popen(("%s %s"):format(program, script)))
  local seconds, peak = pipe:read("n", "n")
  pipe:close()
  return seconds, peak
end

local function same_output(a, b)
  return os.execute(("cmp -s %s %s"):format(a, b))
end

if not io.open "/proc/self/status" then
  print "skipped: no /proc to read peaks from"
  return
end

local panel = folder .. "/panel.csv"
write_panel(panel, 1500, 120)
print "1500 monthly series of 120, 12 ahead: seconds with 1 and 2 threads"
for _, model in ipairs { "naive", "theta", "ets", "combine(ets,dotm,ces)" } do
  local one = run(panel, model, 1)
  os.rename(folder .. "/out.csv", folder .. "/one.csv")
  local two = run(panel, model, 2)
  print(("  %-22s %6.2f %6.2f   gain %.2f   %s"):format(model, one, two, one / two,
    same_output(folder .. "/one.csv", folder .. "/out.csv") and "same bytes" or "DIFFERENT BYTES"))
end
print "peak memory in MB of series of 30 (theta), by number of series and of threads"
for _, n in ipairs { 1000, 10000, 100000 } do
  write_panel(panel, n, 30)
  local _, one = run(panel, "theta", 1)
  local _, two = run(panel, "theta", 2)
  print(("  %7d series   %6.1f   %6.1f"):format(n, one / 1024, two / 1024))
end
