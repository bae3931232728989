-- jevons forecast, run as a person runs it: output, status, exit codes, interruption.
local program = os.getenv "JEVONS" or "build/jevons"
local shared = os.getenv "JEVONS_SHARED" or "../shared"

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

describe("jevons forecast", function()
  local dir

  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(os.execute("mkdir '" .. dir .. "'"))
  end)

  before_each(function() os.execute("rm -rf '" .. dir .. "'/*") end)
  teardown(function() os.execute("rm -rf '" .. dir .. "'") end)

  local function shell(command)
    local _, how, code = os.execute(("cd '%s' && { %s ; } >out 2>err"):format(dir, command))
    return how == "exit" and code or -1, read(dir .. "/out"), read(dir .. "/err")
  end

  -- program is relative to the project
  local here = program:match "^/" and program or (io.popen("pwd"):read "l" .. "/" .. program)

  local function forecast(panel, arguments)
    write(dir .. "/panel.csv", panel)
    return shell(("'%s' forecast panel.csv %s"):format(here, arguments))
  end

  it("writes a row a step, series in the order of the input", function()
    local code, out, err = forecast("unique_id,ds,y\nb,2024Q3,1\nb,2024Q4,3\na,2024-12,1\na,2025-01,5\n",
      "--h 2 --model naive,mean")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal("unique_id,ds,naive,mean\nb,2025Q1,3,2\nb,2025Q2,3,2\na,2025-02,5,3\na,2025-03,5,3\n", out)
  end)

  it("takes a single series, dates, --h=2, and standard input", function()
    local code, out = forecast("ds,y\n2024-01-31,1\n2024-02-29,4\n", "--freq=M --h=2 --model=naive")
    assert.equal(0, code)
    assert.equal("ds,naive\n2024-03-31,4\n2024-04-30,4\n", out)
    code, out = shell(("printf 'ds,y\\n1,1\\n2,4\\n' | '%s' forecast --h 1 --model naive -"):format(here))
    assert.equal(0, code)
    assert.equal("ds,naive\n3,4\n", out)
  end)

  it("names columns as the model was typed, levels ascending", function()
    local code, out = forecast("ds,y\n1,1\n2,4\n3,2\n4,3\n5,1\n6,2\n",
      "--h 1 --level 95,80 --model 'ets{model=\"ANN\"}'")
    assert.equal(0, code)
    local q = '"ets{model=""ANN""}'
    assert.equal(("ds,%s\",%s-lo-80\",%s-hi-80\",%s-lo-95\",%s-hi-95\""):format(q, q, q, q, q),
      out:match "^[^\n]*")
    local mean, lo80, hi80, lo95, hi95 = out:match "\n7,([^,]+),([^,]+),([^,]+),([^,]+),([^\n]+)\n$"
    assert.is_true(tonumber(lo95) < tonumber(lo80) and tonumber(lo80) < tonumber(mean))
    assert.is_true(tonumber(hi95) > tonumber(hi80) and tonumber(hi80) > tonumber(mean))
  end)

  it("has auto as its default model and takes the season from --freq", function()
    local rows = { "ds,y" }
    for i = 1, 24 do rows[#rows + 1] = ("%d,%g"):format(i, 10 + ({ 0, 5, 1, -3 })[i % 4 + 1] + i % 3 / 10) end
    local panel = table.concat(rows, "\n")
    local _, yearly = forecast(panel, "--h 4")
    local _, quarterly = forecast(panel, "--h 4 --freq Q")
    local _, season = forecast(panel, "--h 4 --season 4")
    assert.equal("ds,auto", yearly:match "^[^\n]*")
    assert.equal(season, quarterly)
    assert.not_equal(yearly, quarterly)
  end)

  it("puts series that fail into a status file and goes on: code 5", function()
    local panel = "unique_id,ds,y\nbad,1,\nbad,2,NA\ngood,1,1\ngood,2,2\n"
    local code, out, err = forecast(panel, "--h 1 --model naive,mean -o o.csv")
    assert.equal(5, code)
    assert.equal("", out)
    assert.truthy(err:find("warning: 1 of 2 series failed, the first: bad: ", 1, true), err)
    assert.truthy(err:find("o.status.csv", 1, true), err)
    assert.equal("unique_id,ds,naive,mean\nbad,3,,\ngood,3,2,1.5\n", read(dir .. "/o.csv"))
    local status = read(dir .. "/o.status.csv")
    assert.truthy(status:find("^unique_id,model,code,message\nbad,naive,data,"), status)
    assert.truthy(status:find("\nbad,mean,data,", 1, true), status)
    -- the next run succeeds: what the earlier one left must not stay
    code = forecast("unique_id,ds,y\ngood,1,1\ngood,2,2\n", "--h 1 --model naive -o o.csv")
    assert.equal(0, code)
    assert.is_nil(read(dir .. "/o.status.csv"))
    code, out, err = forecast(panel, "--h 1 --model naive")
    assert.equal(5, code)
    assert.equal("unique_id,ds,naive\nbad,3,\ngood,3,2\n", out)
    assert.truthy(err:find("unique_id,model,code,message\nbad,naive,data,", 1, true), err)
  end)

  it("refuses a panel that breaks the rules and leaves the old output", function()
    write(dir .. "/o.csv", "old")
    local code, _, err = forecast("unique_id,ds,y\na,1,1\nb,1,1\na,2,1\n", "--h 1 --model naive -o o.csv")
    assert.equal(1, code)
    assert.equal("jevons: panel.csv: line 4, series 'a': its rows are not contiguous: other series stand "
      .. "between (--sort sorts them)\n", err)
    assert.equal("old", read(dir .. "/o.csv"))
    assert.equal("", io.popen("ls -A '" .. dir .. "' | grep tmp"):read "a")
    code, _, err = forecast("", "--h 1 --model naive -o o.csv")
    assert.equal(1, code)
    assert.truthy(err:find("panel.csv: the file is empty; expected the header unique_id,ds,y", 1, true), err)
    code, _, err = forecast("ds,y\n2024-01-31,1\n", "--h 1 --model naive")
    assert.equal(1, code)
    assert.truthy(err:find("only --freq can say", 1, true), err)
    code, _, err = shell(("'%s' forecast none.csv --h 1"):format(here))
    assert.equal(1, code)
    assert.equal("jevons: cannot open 'none.csv': No such file or directory\n", err)
    code, _, err = forecast("ds,y\n1,1\n2,2\n", "--h 1 --model naive -o no/where.csv")
    assert.equal(1, code)
    assert.truthy(err:find("cannot write 'no/where.csv': No such file or directory", 1, true), err)
  end)

  it("runs a model out of ./models, with options in its name", function()
    assert(os.execute("mkdir '" .. dir .. "/models'"))
    write(dir .. "/models/flat.lua", [[
      return {
        name = "flat",
        fit = function(y, opts) return { last = y[-1].value * (opts.k or 1) } end,
        forecast = function(fit, h)
          local means = {}
          for i = 1, h do means[i] = fit.last + i end
          return means
        end,
      }]])
    local code, out, err = forecast("unique_id,ds,y\na,1,1\na,2,4\n", "--h 2 --model 'flat,flat{k=2}'")
    assert.equal("", err)
    assert.equal(0, code)
    assert.equal("unique_id,ds,flat,flat{k=2}\na,3,5,9\na,4,6,10\n", out)
    local _
    code, _, err = forecast("ds,y\n1,1\n", "--h 1 --model flat --no-local-models")
    assert.equal(2, code)
    assert.truthy(err:find("no model 'flat'", 1, true), err)
  end)

  it("sorts on request", function()
    local panel = "unique_id,ds,y\nb,2,9\na,3,1\nb,1,1\na,1,4\n"
    local code, out = forecast(panel, "--h 1 --model naive,mean --sort")
    assert.equal(0, code)
    assert.equal("unique_id,ds,naive,mean\nb,3,9,5\na,4,1,2.5\n", out)
  end)

  it("may write over its own input", function()
    local code = forecast("ds,y\n1,1\n2,4\n", "--h 1 --model naive -o panel.csv")
    assert.equal(0, code)
    assert.equal("ds,naive\n3,4\n", read(dir .. "/panel.csv"))
  end)

  it("says what is wrong with its usage: code 2", function()
    local function wrong(arguments, message)
      local code, out, err = forecast("ds,y\n1,1\n", arguments)
      assert.equal(2, code)
      assert.equal("", out)
      assert.equal("jevons forecast: " .. message .. "\n'jevons forecast --help' says what there is.\n", err)
    end
    wrong("", "--h is missing: how many periods ahead?")
    wrong("--h 0", "--h takes a whole number from 1 to 100000, got '0'")
    wrong("--h 1.5", "--h takes a whole number from 1 to 100000, got '1.5'")
    wrong("--h 1000000000", "--h takes a whole number from 1 to 100000, got '1000000000'")
    wrong("--h 1 --model ets,,theta", "--model: a model is missing at character 5")
    wrong("--h", "--h needs a value")
    wrong("--h 1 --h 2", "--h is given twice")
    wrong("--h 1 --modle ets", "unknown option '--modle', did you mean '--model'?")
    wrong("--h 1 --sort=yes", "--sort takes no value")
    wrong("--h 1 --level 80,x", "--level takes numbers such as 80,95, got '80,x'")
    wrong("--h 1 --level 100", "--level takes percentages between 0 and 100, got 100")
    wrong("--h 1 --model naiv", "--model: no model 'naiv', did you mean 'naive'?")
    wrong([[--h 1 --model 'ets{model="MAdN",damped=false}']],
      "--model: ets: model 'MAdN' is damped, but damped = false")
    wrong("--h 1 other.csv", "one panel file is expected, got 2: panel.csv other.csv")
    local code, _, err = shell(("'%s' forecast --h 1"):format(here))
    assert.equal(2, code)
    assert.truthy(err:find("the panel file is missing", 1, true), err)
    local _, _, freq = forecast("ds,y\n1,1\n", "--h 1 --freq Z")
    assert.truthy(freq:find("--freq: 'Z' is no frequency", 1, true), freq)
  end)

  it("explains itself", function()
    local code, out = shell(("'%s' forecast --help"):format(here))
    assert.equal(0, code)
    assert.truthy(out:find("usage: jevons forecast PANEL.csv", 1, true))
    for option in ("freq h season model level out sort seed"):gmatch "%a+" do
      assert.truthy(out:find("--" .. option, 1, true), option)
    end
  end)

  it("stops at ^C with 130 and leaves nothing half-written", function()
    write(dir .. "/o.csv", "old")
    -- the panel never ends: the program is waiting for more of it when the signal comes
    local code, _, err = shell(([[
      mkfifo in; (printf 'ds,y\n1,1\n'; sleep 20) >in & feeder=$!
      '%s' forecast in --h 1 --model naive -o o.csv & pid=$!
      sleep 0.5; kill -INT $pid; wait $pid; code=$?; kill $feeder; exit $code]]):format(here))
    assert.equal(130, code)
    assert.truthy(err:find("interrupted", 1, true), err)
    assert.equal("old", read(dir .. "/o.csv"))
    assert.equal("", io.popen("ls -A '" .. dir .. "' | grep tmp"):read "a")
  end)

  it("forecasts M3 and the M4 sample whole", function()
    if not read(shared .. "/data/m3/train.csv") then
      pending("skipped: no competition data under JEVONS_SHARED (" .. shared .. ")")
      return
    end
    local root = io.popen(("cd '%s' && pwd"):format(shared)):read "l"
    for _, set in ipairs { { "m3", 3003 }, { "m4_sample", 422 } } do
      local command = "'%s' forecast '%s/data/%s/train.csv' --h 6 --model naive,drift --level 80 -o o.csv"
      local code, _, err = shell(command:format(here, root, set[1]))
      assert.equal("", err)
      assert.equal(0, code)
      local _, lines = read(dir .. "/o.csv"):gsub("\n", "")
      assert.equal(1 + 6 * set[2], lines)
    end
  end)
end)
