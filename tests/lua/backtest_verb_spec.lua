-- jevons backtest, run as a person runs it.
local program = os.getenv "JEVONS" or "build/jevons"

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

describe("jevons backtest", function()
  local dir, panel
  local here = program:match "^/" and program or (io.popen("pwd"):read "l" .. "/" .. program)

  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(os.execute("mkdir '" .. dir .. "'"))
    local rows = { "unique_id,ds,y" }
    for _, id in ipairs { "b", "a" } do
      for i = 0, 39 do
        local y = i + ({ 0, 4, 2, 1 })[i % 4 + 1]
        rows[#rows + 1] = ("%s,%dQ%d,%g"):format(id, 2015 + i // 4, i % 4 + 1, y)
      end
    end
    panel = table.concat(rows, "\n") .. "\n"
  end)

  before_each(function() os.execute("rm -rf '" .. dir .. "'/*") end)
  teardown(function() os.execute("rm -rf '" .. dir .. "'") end)

  local function backtest(text, arguments)
    local file = assert(io.open(dir .. "/panel.csv", "wb"))
    file:write(text)
    file:close()
    local command = "cd '%s' && '%s' backtest panel.csv %s >out 2>err"
    local _, _, code = os.execute(command:format(dir, here, arguments))
    return code, read(dir .. "/out"), read(dir .. "/err")
  end

  it("prints measures by model with a skill against naive, the best first", function()
    local code, out, err = backtest(panel, "--h 4 --origins 3 --model naive,snaive,drift --level 80")
    assert.equal("", err)
    assert.equal(0, code)
    local lines = {}
    for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.equal(4, #lines)
    assert.equal("model MASE sMAPE MAE RMSE RMSSE OWA skill in 80 % origins failed",
      (lines[1]:gsub("%s+", " ")))
    local naive
    for _, line in ipairs(lines) do naive = line:match "^naive .*" or naive end
    assert.truthy(naive:find("+0.0 %", 1, true), naive)
    assert.truthy(naive:find "%s6%s+0$", naive) -- 3 origins of 2 series, none failed
    local previous = -1
    for i = 2, 4 do
      local mase = tonumber(lines[i]:match "^%S+%s+(%S+)")
      assert.is_true(mase >= previous)
      previous = mase
    end
  end)

  it("writes cutoff, ds, y and forecasts; the last origin leaves h observations", function()
    local code, out = backtest(panel, "--h 2 --origins 2 --step 3 --model naive,drift -o o.csv")
    assert.equal(0, code)
    assert.truthy(out:find "^model")
    local lines = {}
    for line in read(dir .. "/o.csv"):gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.equal("unique_id,cutoff,ds,y,naive,drift", lines[1])
    assert.equal(1 + 2 * 2 * 2, #lines)
    -- 40 observations: cutoffs at 35 and 38; the last value known at 35 is that of 2023Q3: 34 + 2
    assert.truthy(lines[2]:find "^b,2023Q3,2023Q4,36,36,", lines[2])
    assert.truthy(lines[4]:find "^b,2024Q2,2024Q3,40,41,", lines[4])
    assert.truthy(lines[5]:find "^b,2024Q2,2024Q4,40,41,", lines[5])
    assert.truthy(lines[6]:find "^a,2023Q3,2023Q4,36,36,", lines[6])
  end)

  it("takes a window, no refit, and one series", function()
    local single = panel:gsub("unique_id,", ""):gsub("\na,.*", "\n"):gsub("\nb,", "\n")
    local code, out, err = backtest(single, "--h 1 --origins 5 --window 4 --model mean --no-refit -o -")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal("cutoff,ds,y,mean", out:match "^[^\n]*")
  end)

  it("goes on past series that fail: code 5", function()
    local short = panel .. "short,2024Q1,1\nshort,2024Q2,2\n"
    local code, out, err = backtest(short, "--h 4 --model naive -o o.csv")
    assert.equal(5, code)
    assert.truthy(out:find "\nnaive ", out)
    assert.truthy(err:find("1 of 3 series failed, the first: short: ", 1, true), err)
    assert.truthy(read(dir .. "/o.status.csv"):find("\nshort,,data,", 1, true))
  end)

  it("says what is wrong with its usage: code 2", function()
    local code, _, err = backtest(panel, "--h 4 --origin 3")
    assert.equal(2, code)
    assert.equal("jevons backtest: unknown option '--origin', did you mean '--origins'?\n"
      .. "'jevons backtest --help' says what there is.\n", err)
    code, _, err = backtest(panel, "--h 4 --origins 0")
    assert.equal(2, code)
    assert.truthy(err:find("--origins takes a whole number from 1 to 1000000", 1, true), err)
    local out
    code, out = backtest(panel, "--help")
    assert.equal(0, code)
    assert.truthy(out:find("--no-refit", 1, true))
  end)
end)
