-- Series as Lua sees them: making, indexing, arithmetic, methods, printing.
local jv = require "jevons"

local function failure(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  return err
end

local function capex()
  return jv.series { start = "2023Q1", freq = "Q-DEC", unit = "USD bn", flow = "flow", name = "capex",
                     values = { 14, 11, 12, 14, 15, 17.5, 22, 27.5 } }
end

describe("jv.series", function()
  it("reads start, frequency, values, unit and name", function()
    local s = capex()
    assert.equal(8, #s)
    assert.equal("capex", s.name)
    assert.equal("USD bn", tostring(s.unit))
    assert.equal("flow", s.unit.flow)
    assert.equal("Q-DEC", tostring(s.freq))
    assert.equal("2023Q1", tostring(s.start))
    assert.equal("2024Q4", tostring(s.stop))
    assert.equal("", s.note)
    assert.equal("M", tostring(jv.series { start = "2024-03", values = { 1 } }.freq))
    assert.equal("3", tostring(jv.series { values = { 5, 6, 7 } }.stop))
    assert.equal(3, #jv.series { values = { 5, n = 3 } })
    assert.equal(8, #jv.series { start = "2001", freq = "A", values = s })
  end)

  it("takes false and jv.missing for missing values", function()
    local s = jv.series { start = "2024", freq = "A", values = { 1, false, jv.missing, 4 } }
    assert.is_true(s[2]:is_missing() and s[3]:is_missing())
    assert.is_true(s:values()[2] ~= s:values()[2])
    assert.equal(2, s:describe().missing)
  end)

  it("takes quantities with their unit, evidence and lineage", function()
    local q = jv.quantity(26.3e9, "USD", { source = { filer = "AMZN", note = "press" } })
    local s = jv.series { start = "2024Q4", unit = "USD bn", values = { q, 30 } }
    assert.equal(26.3, s[1].value)
    assert.equal("press", s:lineage(1).note)
    assert.equal("reported", s:status(1))
    assert.is_nil(s:status(2))
    assert.equal("USD", tostring(jv.series({ start = "2024Q4", values = { q } }).unit))
    assert.matches("value 1: cannot convert between USD and EUR",
                   failure(jv.series, { start = "2024Q4", unit = "EUR", values = { q } }).message)
  end)

  it("names what is wrong", function()
    assert.matches("unknown field 'frequency'",
                   failure(jv.series, { frequency = "Q", values = {} }).message)
    assert.matches("value 2 is a string", failure(jv.series, { values = { 1, "x" } }).message)
    assert.matches("a start is needed", failure(jv.series, { freq = "Q", values = { 1 } }).message)
    assert.matches("table of numbers expected, got nil", failure(jv.series, { start = "2024" }).message)
    assert.equal("period", failure(jv.series, { start = "9999Q4", values = { 1, 2 } }).code)
    assert.equal("parse", failure(jv.series, { start = "2024Q9", values = { 1 } }).code)
    assert.equal("parse", failure(jv.series, { start = "2024", unit = "dollars?", values = { 1 } }).code)
  end)
end)

describe("indexing", function()
  local s = capex()

  it("counts from 1, and from the end", function()
    assert.equal(14, s[1].value)
    assert.equal(27.5, s[-1].value)
    assert.equal(14, s[-8].value)
    assert.is_nil(s[9])
    assert.is_nil(s[-9])
    assert.matches("index 0", failure(function() return s[0] end).message)
    assert.matches("whole number", failure(function() return s[1.5] end).message)
    assert.equal(27.5, s:last().value)
    assert.equal(14, s:first().value)
    assert.is_nil(jv.series({ start = "2024", values = {} }):last())
  end)

  it("takes periods and their texts", function()
    assert.equal(27.5, s["2024Q4"].value)
    assert.equal(27.5, s["2024-11-02"].value)
    assert.equal(27.5, s[jv.period "2024Q4"].value)
    assert.equal(27.5, s[jv.period("FY2025Q2", "Q-JUN")].value)
    assert.equal(27.5, s:at("2024Q4").value)
    assert.is_nil(s["2025Q1"])
    assert.equal("2024Q4", tostring(s["2024Q4"].period))
  end)

  it("reads calendar texts on a fiscal series where the quarters coincide", function()
    local f = jv.series { start = "FY2025Q1", freq = "Q-JUN", values = { 1, 2, 3, 4 } }
    assert.equal(2, f["2024Q4"].value)
    assert.equal(4, f["FY2025Q4"].value)
    local o = jv.series { start = "FY2025Q1", freq = "Q-MAY", values = { 1, 2, 3, 4 } }
    local err = failure(function() return o["2024Q4"] end)
    assert.equal("period", err.code)
    assert.matches("'2024Q4' %(2024%-10%-01 to 2024%-12%-31%) is no period of Q%-MAY: "
      .. "it touches FY2025Q2 and FY2025Q3",
                   err.message)
    assert.equal("period", failure(function() return s["2024"] end).code)
    assert.equal("parse", failure(function() return s["2024Q7"] end).code)
  end)

  it("takes a text with a digit for a period", function()
    for _, text in ipairs { "2024Q9", "Q4 2024", "x2024Q4", "FY2024Q5" } do
      assert.matches("is not a period such as", failure(function() return s[text] end).message)
    end
  end)

  it("gives nil for other names, and never changes", function()
    assert.is_nil(s.nothing)
    assert.matches("does not change", failure(function() s[1] = 5 end).message)
    assert.matches("indexed by", failure(function() return s[{}] end).message)
  end)

  it("iterates over periods and plain values", function()
    local seen = {}
    for period, value in s:pairs() do seen[#seen + 1] = period .. "=" .. value end
    assert.equal(8, #seen)
    assert.equal("2023Q1=14.0", seen[1])
    assert.equal("2024Q4=27.5", seen[8])
    local n = 0
    for _ in pairs(s) do n = n + 1 end
    assert.equal(8, n)
    assert.equal("2024Q4", tostring(s:periods()[8]))
  end)
end)

describe("arithmetic", function()
  local s = capex()
  local sales = jv.series { start = "2024Q1", unit = "USD mn", flow = "flow", name = "revenue",
                            values = { 143e3, 148e3, 158.9e3, 187.8e3, 155e3 } }

  it("works by period, and mixes with numbers and quantities", function()
    local ratio = s / sales
    assert.equal(4, #ratio)
    assert.equal("2024Q1", tostring(ratio.start))
    assert.equal("capex / revenue", ratio.name)
    assert.is_true(math.abs(ratio[1].value - 15 / 143) < 1e-15)
    assert.equal("10.5 %", tostring(ratio[1]))
    assert.equal(110, (s * 4):last().value)
    assert.equal(110, (4 * s):last().value)
    assert.equal(28.5, (s + 1):last().value)
    assert.equal(-27.5, (-s):last().value)
    assert.equal(0, (s - s["2024Q4"]):last().value)
    assert.equal(0, (s["2024Q4"] - s):last().value)
  end)

  it("refuses what does not go together and says how", function()
    local err = failure(function() return s + s:with_unit("EUR bn") end)
    assert.equal("unit", err.code)
    assert.matches("cannot add USD bn and EUR bn: an exchange rate is needed", err.message)
    err = failure(function() return s - s:with_unit("USD bn", "stock") end)
    assert.matches("a flow, and USD bn, a stock: take the change of the stock", err.message)
    assert.equal("period", failure(function() return s + s:aggregate("A") end).code)
    assert.matches("got nil", failure(function() return s + nil end).message)
  end)

  it("carries evidence", function()
    local values = { 1, false, 3 }
    local known = jv.series { start = "2024Q1", unit = "USD bn", values = values, status = "reported" }
    assert.equal("reported", known:status(1))
    local twice = known * 2
    assert.equal("derived", twice:status("2024Q1"))
    assert.equal("unresolved", twice:status("2024Q2"))
    assert.equal("estimated", known:interpolate():status(2))
    assert.is_nil(s:status(1))
    assert.is_nil(s:lineage(1))
    assert.matches("outside the series", failure(function() return s:status(99) end).message)
    local q = jv.quantity(2, "ratio", { source = { filer = "AMZN", note = "press" } })
    assert.equal("product", (known * q):lineage(1).operation)
    assert.equal("press", (known * q):lineage(1):sources()[1].note)
  end)
end)

describe("methods", function()
  local s = capex()

  it("transform", function()
    assert.equal("2023Q2", tostring(s:lag().start))
    assert.equal(5.5, s:diff():last().value)
    assert.equal(4, s:diff(1, 2)[1].value)
    assert.is_true(math.abs(s:growth():last().value - (27.5 / 14 - 1)) < 1e-15)
    assert.equal(4, #s:growth())
    assert.equal(7, #s:pct_change())
    assert.equal(133, s:cumulative():last().value)
    assert.equal("stock", s:cumulative().unit.flow)
    assert.equal(24.75, s:rolling(2):last().value)
    assert.equal(49.5, s:rolling(2, "sum"):last().value)
    assert.equal(82, s:ttm():last().value)
    assert.equal(110, s:run_rate():last().value)
    assert.is_true(math.abs(s:log():exp():last().value - 27.5) < 1e-13)
    assert.is_true(math.abs(s:boxcox(0.3):boxcox_inverse(0.3):last().value - 27.5) < 1e-13)
    assert.equal(27500, s:convert("USD mn"):last().value)
    assert.equal("other", s:rename("other").name)
    assert.equal("cash", s:with_note("cash").note)
  end)

  it("cut and align", function()
    assert.equal(4, #s:window("2024Q1", "2024Q4"))
    assert.equal(2, #s:window(-2))
    assert.equal(3, #s:window(nil, "2023Q3"))
    assert.equal(8, #s:window("2000Q1", "2040Q1"))
    assert.equal(0, #s:window("2040Q1"))
    assert.equal("2024Q3", tostring(s:tail(2).start))
    assert.equal(2, #s:head(2))
    assert.equal(8, #s:tail(100))
    local a, b = s:align(s:lag(2), "union")
    assert.equal(10, #a)
    assert.equal(10, #b)
    a = s:align(s:lag(2))
    assert.equal(6, #a)
  end)

  it("fill one from another", function()
    local t = jv.series { start = "2024Q4", unit = "USD mn", name = "plan", values = { 1, 30000, 31000 },
      status = "scenario" }
    local both = s:combine_first(t)
    assert.equal(10, #both)
    assert.equal(27.5, both["2024Q4"].value)
    assert.equal(31, both:last().value)
    assert.equal("scenario", both:status(-1))
    assert.equal("2 values from plan", both.note)
    assert.matches("%^ scenario", tostring(both))
    assert.equal(27500, t:combine_first(s)["2024Q3"].value + 5500)
    assert.equal("unit", failure(function() return s:combine_first(t:with_unit("EUR")) end).code)
    assert.equal("period", failure(function() return s:combine_first(s:aggregate("A")) end).code)
  end)

  it("aggregate; a flow is summed and a stock's last taken", function()
    assert.same({ 51, 82 }, s:aggregate("A"):values())
    assert.same({ 14, 27.5 }, s:with_unit("USD bn", "stock"):aggregate("A"):values())
    assert.same({ 82 }, s:tail(6):aggregate("A"):tail(1):values())
    assert.same({ 26, 82 }, s:tail(6):aggregate("A", "sum", { partial = true }):values())
    local bare = s:with_unit("USD")
    assert.matches("flow or a stock", tostring(failure(function() return bare:aggregate "A" end)))
    local err = failure(function() return s:aggregate("A", "sum", { partail = true }) end)
    assert.matches("did you mean 'partial'", err.message)
    assert.equal("unit", failure(function() return s:with_unit("USD", "stock"):ttm() end).code)
  end)

  it("bring fiscal quarters to the calendar", function()
    local f = jv.series { start = "FY2025Q1", freq = "Q-JUN", unit = "USD", values = { 1, 2 },
      status = "reported" }
    local c = f:to_calendar()
    assert.equal("2024Q3", tostring(c.start))
    assert.equal("reported", c:status(1))
    local o = jv.series { start = "FY2025Q1", freq = "Q-MAY", unit = "USD", values = { 92, 91, 90 },
      status = "reported" }
    c = o:to_calendar("Q-DEC")
    assert.equal("2024Q3", tostring(c.start))
    assert.equal("estimated", c:status(1))
    assert.equal(92, c[1].value)
  end)

  it("summarise", function()
    assert.equal(133, s:sum().value)
    assert.equal(16.625, s:mean().value)
    assert.equal(14.5, s:median().value)
    assert.equal(11, s:min().value)
    assert.equal(27.5, s:max().value)
    assert.equal("USD bn", tostring(s:sd().unit))
    assert.equal(13.5, s:quantile(0.25).value)
    local d = s:describe()
    assert.equal(8, d.n)
    assert.equal(16.625, d.mean)
    assert.matches("median +14.5 bn USD", tostring(d))
    assert.is_true((s + jv.missing):sum():is_missing())
  end)

  it("check their arguments", function()
    assert.matches("bad argument #1 to 'rolling'", tostring(failure(function() return s:rolling() end)))
    assert.matches("at least 1 expected, got 0", tostring(failure(function() return s:diff(0) end)))
    assert.matches("is no statistic", failure(function() return s:rolling(2, "mode") end).message)
    assert.matches("series expected, got number", tostring(failure(function() return s:align(5) end)))
    local err = failure(function() return (-s):log() end)
    assert.matches("log needs values > 0: capex in 2023Q1 is %-14", err.message)
  end)
end)

describe("printing", function()
  it("puts quarters in a grid", function()
    assert.equal([[
capex, USD bn, Q-DEC, 2023Q1 to 2024Q4, 8 values
         Q1     Q2     Q3     Q4
2023  14.00  11.00  12.00  14.00
2024  15.00  17.50  22.00  27.50]], tostring(capex()))
  end)

  it("shows growth in per cent and folds long series", function()
    assert.matches("capex, %%, Q%-DEC", tostring(capex():growth()))
    local values = {}
    for i = 1, 500 do values[i] = i end
    local text = tostring(jv.series { start = "2020-01-01", freq = "D", values = values })
    assert.matches("\n…\n", text)
    assert.equal(41, select(2, text:gsub("\n", "")))
    assert.equal(11, select(2, (jv.series { values = values }):text(10):gsub("\n", "")))
  end)
end)

describe("memory", function()
  it("is given back when Lua collects", function()
    collectgarbage()
    local before = collectgarbage "count"
    for _ = 1, 2000 do local _ = (capex() * 2):growth() end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 200)
  end)
end)
