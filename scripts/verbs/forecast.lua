-- jevons forecast: forecasts of the series of a panel file.
local jv = require "jevons"
local command_line = require "jevons.command_line"

local help = [[
usage: jevons forecast PANEL.csv --freq Q --h 8 [options]

Forecasts every series of a panel: CSV with the columns unique_id,ds,y, or ds,y for one series. Rows of
a series stand together and ascend. ds is a date (first or last day of its period), a period (2024Q4,
2024-12, FY2025Q4) or a whole number; forecasts go on in the same form, from the series' own last row.
Empty, NA, NaN and null are missing; absent periods are filled with missing.

  --h N             how many periods ahead (required)
  --freq F          A, Q, M, W, D, H, with anchors as Q-JUN or W-SAT; dates need it, for whole numbers it
                    only sets the season
  --season M        seasonal period, by default that of the frequency (Q 4, M 12, W 52, D 7, H 24); 1: none
  --model LIST      models separated by commas, each with options in braces: 'ets{model="MAM"},theta',
                    'arima{order={0,1,1}}'; jevons help lists models, jevons help arima options;
                    default auto, the median of ETS, ARIMA, CES and theta. Combinations are typed as
                    'combine(ets,theta){how=mean}'. A name may be that of a file ./models/NAME.lua
  --level LIST      prediction intervals in per cent: 80,95; default none
  -o, --out FILE    write to FILE, which appears when all is done; default standard output
  --sort            sort the rows first (on disk, under $TMPDIR, when they do not fit into memory)
  --seed N          of the random streams; default 0
  --jobs N          threads; default one for each processor. The result is the same, byte for byte. A model
                    written in Lua has its file run again in each thread; one without a file has one thread
  PANEL.csv may be - for standard input.

The result has the columns unique_id,ds,MODEL,MODEL-lo-80,MODEL-hi-80,…, a row a step, series in the order
of the input. A model that fails on a series, or has no intervals when they are asked for, leaves those fields
empty and gets a row unique_id,model,code,message in FILE's name with .status.csv, or on standard error
without -o; the others go on.

Memory is bounded whatever the number of series: a few of them are at work at a time, and of those before
only the ids are remembered, as numbers.

Exit codes: 0 done, 1 failed (a panel that breaks the rules, a file that cannot be written), 2 wrong usage,
5 some series failed, 130 interrupted; unless 0 or 5, no output is left.

example: two quarterly series, two models, 95 % intervals
  $ jevons forecast capex.csv --freq Q --h 4 --model ets,theta --level 95 -o forecast.csv
  $ head -2 forecast.csv
  unique_id,ds,ets,ets-lo-95,ets-hi-95,theta,theta-lo-95,theta-hi-95]]

local options = table.move(command_line.panel_options, 1, #command_line.panel_options, 1, {})
options[#options + 1] = { name = "level", type = "list" }

return command_line.verb("forecast", help, function(args)
  local given, input = command_line.parse_panel(args, options)
  local status = command_line.status_path(given.out)
  local summary = jv.panel.forecast {
    input = input, output = given.out or "-", status = status, temp = os.getenv "TMPDIR",
    h = given.h, freq = given.freq, season = given.season, model = given.model, level = given.level,
    sort = given.sort, seed = given.seed, jobs = given.jobs,
  }
  return command_line.report_failures(summary, status)
end)
