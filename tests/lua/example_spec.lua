-- The examples run as a person runs them, out of the bundled filings, and give the figures that the
-- filings hold. A firm whose file is taken away is named as missing, and the rest goes on.
local jv = require "jevons"
local lfs = require "lfs"
local program = require "program"

-- Standard output of an example, and whether it ended well; warnings of the data go to standard error.
local function run(script, arguments)
  local code, output = program.shell(("jevons %s %s"):format(program.quote(script), arguments or ""))
  return output, code == 0
end

-- The row of a CSV whose column has this value, and, where it is given, another that one.
local function find(rows, column, value, other, wanted)
  for _, row in ipairs(rows) do
    if row[column] == value and (not other or row[other] == wanted) then return row end
  end
  error(("no row with %s = %s"):format(column, value))
end

describe("examples/hyperscalers.lua", function()
  local folder, output
  local function data(name) return jv.csv.read(folder .. "/data/" .. name .. ".csv") end

  setup(function()
    folder = program.directory()
    local ok
    output, ok = run("examples/hyperscalers.lua", folder)
    assert(ok, "the example failed")
  end)
  teardown(function() program.remove(folder) end)

  it("says where the report is", function()
    assert.equal("report: " .. folder .. "/report.html\n", output)
    for _, name in ipairs { "report.html", "report.md" } do
      assert.equal("file", lfs.attributes(folder .. "/" .. name, "mode"))
    end
  end)

  it("checks the claims with verdict, arithmetic and accessions", function()
    local rows = data("claims")
    local quarter = find(rows, "Claim", "Amazon: capex of the quarter", "Counted as", "cash")
    assert.equal(27.834, quarter["Filings say"])
    assert.equal("differs by 1.534 bn USD", quarter.Verdict)
    local workings = "Arithmetic and filings"
    assert.equal("82,999 - 55,165 = 27,834 mn USD 0001018724-25-000004, 0001018724-24-000161",
                 quarter[workings])
    assert.equal("0001018724-25-000004 0001018724-24-000161", quarter["Filings say accessions"])
    local net = find(rows, "Claim", "Amazon: capex of the quarter", "Counted as", "cash_net")
    assert.matches("^cannot be checked %(proceeds", net.Verdict)
    local rate = find(rows, "Claim", "Amazon: annualised run rate of that quarter", "Counted as", "cash")
    assert.equal(111.336, rate["Filings say"])
    assert.equal("differs by 6.136 bn USD", rate.Verdict)
    local year = find(rows, "Claim", "Amazon: capex of the year", "Counted as", "cash_net")
    assert.equal(77.658, year["Filings say"])
    assert.equal("agrees (rounds)", year.Verdict)
    local growth = find(rows, "Claim", "Alphabet: growth of capex")
    assert.equal("agrees (truncates)", growth.Verdict)
    assert.matches("(75,000 / 52,535) - 1 = 42.76 %", growth[workings], 1, true)
    local aws = find(rows, "Claim", "Amazon: most of it for AWS: more than half, in 2024")
    assert.matches("53,267 / 85,752 = 62.12 %", aws[workings], 1, true)
    local paradox = find(rows, "Counted as", "elasticity")
    assert.equal("cannot be checked (unit prices and volumes: filings hold spending only)", paradox.Verdict)
  end)

  it("holds the plans against guidance and outcome", function()
    local rows = data("plans")
    local outcomes = { ["Amazon, 2025, about"] = 131.819, ["Meta, 2025, at least"] = 72.215,
                       ["Alphabet, 2025, about"] = 91.447,
                       ["Microsoft, FY2025 (to June 2025), about"] = 88.2 }
    for plan, outcome in pairs(outcomes) do
      local row = find(rows, "Plan", plan)
      assert.equal(outcome, row["Outcome [bn USD]"])
      assert.matches("^consistent with the guidance", row["On that day"])
    end
  end)

  it("puts the firms on one calendar, with and without Oracle", function()
    local rows = data("comparison-2024Q4")
    assert.equal(27.834, find(rows, "Firm", "Amazon")["Quarter [bn USD]"])
    assert.equal("estimated", find(rows, "Firm", "Oracle")["Quarter status"])
    assert.equal("estimated", find(rows, "Firm", "All")["Quarter status"])
    assert.equal("derived", find(rows, "Firm", "All but Oracle")["Quarter status"])
    local without = 27.834 + 15.804 + 14.276 + 14.425 -- the four quarters as derived from the filings
    assert.near(without, find(rows, "Firm", "All but Oracle")["Quarter [bn USD]"], 1e-9)
  end)

  it("forecasts the year beside plan and outcome, and ranks the models", function()
    local row = find(data("forecast"), "Firm", "Amazon")
    assert.equal("2024Q4", row["Known to"])
    assert.equal(131.819, row["Outcome [bn USD]"])
    assert.is_true(row["80 % from [bn USD]"] < row["Forecast [bn USD]"])
    assert.is_true(row["Forecast [bn USD]"] < row["80 % to [bn USD]"])
    local ranking, last = data("backtest"), 0
    assert.equal(6, #ranking)
    for _, model in ipairs(ranking) do
      assert.is_true(model.MASE >= last)
      last = model.MASE
    end
  end)

  it("says what the data say of themselves, and keeps standard error short", function()
    local text = jv.file.read(folder .. "/report.md")
    assert.matches("Meta's line is net of proceeds as filed from 2024-04-25 on", text, 1, true)
    assert.matches("| Amazon | capex | splice | PaymentsToAcquirePropertyPlantAndEquipment and ",
                   text, 1, true)
    assert.equal(6, #data("warnings"))
    local _, both = program.shell(("jevons examples/hyperscalers.lua '%s' 2>&1"):format(folder))
    local _, lines = both:gsub("\n", "")
    assert.equal(2, lines)
    assert.matches("warning: 6 warnings about the data stand at the end of the report\n", both, 1, true)
  end)

  it("is one page that needs nothing else", function()
    local page = jv.file.read(folder .. "/report.html")
    assert.is_true(#page < 700000)
    assert.is_nil(page:find("<link", 1, true) or page:find("<script src", 1, true))
    assert.matches("https://www.sec.gov/Archives/edgar/data/1018724/000101872425000004/", page, 1, true)
  end)

  it("gives the same bytes again", function()
    local again = program.directory()
    run("examples/hyperscalers.lua", again)
    for _, name in ipairs { "report.html", "report.md", "data/forecast.csv" } do
      assert.equal(jv.file.read(folder .. "/" .. name), jv.file.read(again .. "/" .. name))
    end
    program.remove(again)
  end)

  it("is usable in a browser", function()
    local _, said = program.shell(("sh tests/browser/check.sh '%s/report.html' 2>&1"):format(folder))
    said = said:gsub("%s+$", "")
    if said:find("^skipped") then
      pending(said)
    else
      assert.equal("ok", said)
    end
  end)
end)

describe("a firm that the data lack", function()
  it("is named in its place, and the report goes on", function()
    local folder = program.directory()
    program.shell(("cp -r examples/data examples/hyperscalers.lua '%s'"):format(folder))
    os.remove(folder .. "/data/edgar/CIK0001326801.json")
    local _, ok = run(folder .. "/hyperscalers.lua", "'" .. folder .. "/out'")
    assert.is_true(ok)
    local text = jv.file.read(folder .. "/out/report.md")
    assert.matches("| Meta | *missing:*", text, 1, true)
    assert.matches("> **Missing: Meta.** To bring it: cannot open ", text, 1, true)
    assert.matches("CIK0001326801.json", text, 1, true)
    assert.matches("**3 of 3 plans were exceeded**", text, 1, true)
    local rows = jv.csv.read(folder .. "/out/data/comparison-2024Q4.csv")
    assert.equal(27.834, find(rows, "Firm", "Amazon")["Quarter [bn USD]"])
    program.remove(folder)
  end)
end)

describe("the shorter examples", function()
  it("first_steps.lua", function()
    local text = run("examples/first_steps.lua")
    assert.matches("run rate of 2024Q4:\t111.34 bn USD", text, 1, true)
    assert.matches("0001018724-24-000161", text, 1, true)
    assert.matches("filed since for 2025:\t91.447 bn USD", text, 1, true)
  end)

  it("own_model.lua ranks a model written in Lua with the others", function()
    local text = run("examples/own_model.lua", "MSFT")
    for _, model in ipairs { "flat_growth", "naive", "ets", "theta" } do
      assert.matches("%d " .. model .. " ", text)
    end
    assert.matches("Forecast of MSFT capex by flat_growth", text, 1, true)
  end)

  it("engine.lua compares models, explains the default one, and holds it to a plan", function()
    local text, ok = run("examples/engine.lua")
    assert.is_true(ok)
    for _, model in ipairs { "auto", "ets", "ets{lambda=log}", "arima", "structural", "stl+arima" } do
      assert.matches("\n *%d " .. model:gsub("%p", "%%%0") .. " +[%d.-]", text)
    end
    assert.matches("48 origins, h = 4, expanding window, 4 series", text, 1, true)
    assert.matches("The forecast is the median of the forecasts of 4 models.", text, 1, true)
    assert.matches("Given the plan of 75 bn, said on 2025-02-04; the history gave", text, 1, true)
    local before, after = text:match "\n2025: mean ([%d.]+) bn USD.*\n2025: mean ([%d.]+) bn USD"
    assert.is_true(tonumber(before) < tonumber(after) and tonumber(after) <= 75)
    assert.matches("filed since:\t91.447 bn USD", text, 1, true)
    local fiscal = run("examples/engine.lua", "MSFT 2025-02-07")
    assert.matches("\nFY2025: mean [%d.]+ bn USD", fiscal)
    assert.matches("filed since:\t", fiscal, 1, true)
  end)

  it("as_of.lua shows what was known then, and what was restated", function()
    local text = run("examples/as_of.lua", "META 2024-02-29")
    assert.matches("27266 mn in 10-K filed 2024-02-02, 27045 mn in 10-K filed 2025-01-30", text, 1, true)
  end)

  it("guidance.lua holds each statement against the outcome", function()
    local text = run("examples/guidance.lua", "GOOGL")
    assert.matches("FY2025   2025%-02%-04  75 +91%.4 +cash +above", text)
    assert.matches("FY2025   2025%-10%-29  91 to 93 +91%.4 +cash +within", text)
  end)
end)

describe("README.md", function()
  it("names models that are there", function()
    local known, count = {}, 0
    for _, name in ipairs(jv.models()) do known[name] = true end
    local part = jv.file.read("README.md"):match "## What there is\n(.-)\n## "
    for row in part:gmatch "\n| [^|]+ | ([^\n]+)" do
      for name in row:gmatch "`([%l%d]+)%+?[^`]*`" do
        assert.is_true(known[name] or known[name .. "+"], name)
        count = count + 1
      end
    end
    assert.is_true(count > 20)
  end)

  it("shows what is answered", function()
    local fc = jv.ets(jv.edgar.open("examples/data/edgar"):company("GOOGL"):as_of("2025-02-07")
      :quarterly("capex")):forecast(4, { 80, 95 })
    local text = jv.file.read("README.md")
    assert.matches("\n" .. tostring(fc:annual { 80 }) .. "\n", text, 1, true)
    local told = fc:condition { total = { ["2025"] = { 75e9, 4e9 } } }
    assert.matches("\n" .. tostring(told:annual { 80 }) .. "\n", text, 1, true)
  end)
end)
