-- jevons backtest: how models would have done on a panel file.
local jv = require "jevons"
local command_line = require "jevons.command_line"
local text = require "jevons.text"

local help = [[
usage: jevons backtest PANEL.csv --freq M --h 18 --origins 3 [options]

Forecasts every series of a panel from past origins, with what was known then, and compares with what came.
The last origin leaves --h observations, each other one lies --step before the next. Prints a table of
measures by model, the best by MASE first: skill is 1 - MASE / MASE of naive over the same origins, OWA is
against Naive2 as in M4. Panel, ds and models are as in `jevons forecast --help`.

  --h N             how many periods ahead (required)
  --origins K       number of origins; default 1. A series too short for all of them has those it can have
  --step N          observations between origins; default 1
  --window N        train on the last N observations; default all before the origin
  --no-refit        fit at the first origin, then only take in the new observations, where a model can
  --freq F, --season M, --model LIST, --sort, --seed N, --jobs N
                    as in jevons forecast
  --level LIST      intervals in per cent: adds their coverage to the table
  -o, --out FILE    write unique_id,cutoff,ds,y,MODEL… to FILE; cutoff is the last ds that was known
  PANEL.csv may be - for standard input.

A model that fails gets a row unique_id,model,code,message in FILE's name with .status.csv, or on standard
error without -o. Exit codes: 0 done, 1 failed, 2 wrong usage, 5 some series failed, 130 interrupted.

example: three models on monthly series, 18 months ahead from 3 origins
  $ jevons backtest panel.csv --freq M --h 18 --origins 3 --model ets,theta,snaive]]

local options = table.move(command_line.panel_options, 1, #command_line.panel_options, 1, {})
table.move({
  { name = "level", type = "list" },
  { name = "origins", type = "count", min = 1, max = 1000000 },
  { name = "step", type = "count", min = 1, max = 1000000 },
  { name = "window", type = "count", min = 1, max = 1000000000 },
  { name = "no-refit", type = "flag" },
}, 1, 5, #options + 1, options)

local function number(fmt, x)
  if x ~= x then return "-" end
  return fmt:format(x)
end

local columns = {
  { "MASE", "%.3f" }, { "sMAPE", "%.2f" }, { "MAE", "%.4g" }, { "RMSE", "%.4g" },
  { "RMSSE", "%.3f" }, { "OWA", "%.3f" }, { "skill", "%+.1f %%", 100 },
}

local function row_of(score, levels)
  local row = { score.model }
  for _, column in ipairs(columns) do
    row[#row + 1] = number(column[2], score[column[1]] * (column[3] or 1))
  end
  for _, level in ipairs(levels) do row[#row + 1] = number("%.1f %%", 100 * score.coverage[level]) end
  row[#row + 1] = tostring(score.origins)
  row[#row + 1] = tostring(score.failed)
  return row
end

-- Names to the left, numbers to the right.
local function print_table(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, text.width(cell)) end
  end
  for _, row in ipairs(rows) do
    local line = { text.pad(row[1], widths[1]) }
    for i = 2, #row do line[i] = (" "):rep(widths[i] - text.width(row[i])) .. row[i] end
    print((table.concat(line, "  "):gsub("%s+$", "")))
  end
end

local function print_scores(summary, levels)
  local head = { "model" }
  for _, column in ipairs(columns) do head[#head + 1] = column[1] end
  for _, level in ipairs(levels) do head[#head + 1] = ("in %g %%"):format(level) end
  table.move({ "origins", "failed" }, 1, 2, #head + 1, head)
  local rows = { head }
  for _, score in ipairs(summary.scores) do rows[#rows + 1] = row_of(score, levels) end
  print_table(rows)
end

return command_line.verb("backtest", help, function(args)
  local given, input = command_line.parse_panel(args, options)
  local status = command_line.status_path(given.out)
  local summary = jv.panel.backtest {
    input = input, output = given.out, status = status, temp = os.getenv "TMPDIR",
    h = given.h, freq = given.freq, season = given.season, model = given.model, level = given.level,
    sort = given.sort, seed = given.seed, jobs = given.jobs, origins = given.origins, step = given.step,
    window = given.window, refit = not given["no-refit"],
  }
  if given.out ~= "-" then
    local levels = given.level or {}
    table.sort(levels)
    print_scores(summary, levels)
  end
  return command_line.report_failures(summary, status)
end)
