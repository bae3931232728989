-- The traps of capex data that Jevons must not fall into, each on filed facts or on minimal ones.
local jv = require "jevons"
local facts = require "facts_text"

local capex = facts.capex
local mn = facts.millions

local function quarter(company, period, options)
  return company:quarterly("capex", options)[period]
end

describe("the traps of capex data", function()
  local db = facts.example()
  local more = facts.conformance()
  local amzn, googl, msft = db:company("AMZN"), db:company("GOOGL"), db:company("MSFT")
  local meta, orcl = db:company("META"), db:company("ORCL")

  it("trap 1: durations are often year to date, and dates alone tell", function()
    assert.equal(13186, mn(quarter(googl, "2024Q2"))) -- 25,198 - 12,012: only years to date are tagged
    assert.matches("H1 %- Q1", quarter(googl, "2024Q2").lineage.operation)
    assert.equal("reported", quarter(msft, "FY2025Q2").status) -- three months tagged
    assert.equal("FY - 9M", quarter(msft, "FY2025Q4").lineage.operation)
    -- trailing twelve months of Amazon's quarterly reports are no years: 93,093 to March 2025 is none
    for period, value in amzn:annual("capex"):pairs() do
      assert.is_true(value ~= 93093e6 and value ~= 69753e6, tostring(period))
    end
    assert.equal(82999, mn(amzn:annual("capex")["2024"]))
  end)

  it("trap 2: the fourth quarter is the year less nine months of one tag, or unresolved", function()
    assert.equal(27834, mn(quarter(amzn, "2024Q4")))
    assert.equal(14276, mn(quarter(googl, "2024Q4")))
    local lly = quarter(more:company("LLY"), "2020Q4") -- no annual figure in its facts
    assert.equal("unresolved", lly.status)
    assert.is_true(lly:is_missing())
    assert.matches("has no fact for the year to 2020%-12%-31", lly.lineage.operation)
    local nvda = quarter(more:company("NVDA"), "FY2020Q4")
    assert.equal("unresolved", nvda.status)
  end)

  it("trap 2: a discrete fourth quarter filed in the annual report is taken as such", function()
    local company = facts.company {
      { capex, "2024-01-01", "2024-09-30", 45, "10-Q", "2024-11-01" },
      { capex, "2024-10-01", "2024-12-31", 36, "10-K", "2025-02-01" },
      { capex, "2024-01-01", "2024-12-31", 81, "10-K", "2025-02-01" },
    }
    assert.equal("reported", quarter(company, "2024Q4").status)
  end)

  it("trap 2: a full year labelled as the fourth quarter is not one", function()
    -- Oracle's 10-K of June 2020 gives the year's revenue for the three months to May 2018
    local s = orcl:quarterly("revenue")
    assert.equal(11252, mn(s["FY2018Q4"])) -- 39,831 - 28,579, as first filed
    assert.equal("derived", s:status("FY2018Q4"))
  end)

  it("trap 2: years that a filing swapped are left out", function()
    -- Amazon's 10-K of January 2013 has the quarters of 2011 and 2012 the wrong way round
    local s = amzn:quarterly("revenue")
    assert.equal(17431, mn(s["2011Q4"]))
    assert.equal(21268, mn(s["2012Q4"]))
  end)

  it("trap 2: quarters need not be 13 weeks and keep their dates", function()
    local cost = more:company("COST"):quarterly("capex")
    local function length(period)
      local x = cost[period]
      return (jv.period(x.last_day, "D") - jv.period(x.first_day, "D") + 1) // 7
    end
    local weeks = {}
    for q = 1, 4 do weeks[q] = length("FY2025Q" .. q) end
    assert.same({ 12, 12, 12, 16 }, weeks)
    assert.equal("2025-05-12", cost["FY2025Q4"].first_day)
    assert.equal(17, length("FY2023Q4")) -- of a year of 53
  end)

  it("trap 3: fy and fp describe the filing, so periods come from dates", function()
    for _, f in ipairs(amzn:facts("PaymentsToAcquireProductiveAssets")) do
      if f.accession == "0001018724-25-000004" and f.start == "2022-01-01" then
        assert.equal(2024, f.fy) -- the filing's year; the fact is of 2022
        assert.equal("FY", f.fp)
      end
    end
    assert.equal(63645, mn(amzn:annual("capex")["2022"]))
  end)

  it("trap 4: the same fact recurs and may be restated: latest, first, as of a date, and the list", function()
    assert.equal(27045, mn(meta:annual("capex")["2023"]))
    assert.equal(27266, mn(meta:annual("capex", { view = "first" })["2023"]))
    assert.equal(27266, mn(meta:as_of("2025-01-29"):annual("capex")["2023"]))
    assert.equal(27045, mn(meta:as_of("2025-01-30"):annual("capex")["2023"]))
    local found
    for _, r in ipairs(meta:restatements("capex")) do
      if r.start == "2023-01-01" and r["end"] == "2023-12-31" then found = r end
    end
    assert.equal(27266e6, found.before.value)
    assert.equal(27045e6, found.after.value)
    assert.equal("2025-01-30", found.after.filed)
    assert.near(-221 / 27266, found.difference, 1e-12)
    local vintages = {}
    for i, v in ipairs(jv.edgar.vintages(meta, "capex", "2023Q4")) do
      vintages[i] = ("%s %g"):format(v.known, mn(v.figure))
    end
    assert.same({ "2024-02-02 7665", "2025-01-30 7592" }, vintages)
  end)

  it("trap 4: what was known then: nothing filed later is seen", function()
    assert.equal("2024Q3", tostring(amzn:as_of("2025-02-06"):quarterly("capex"):last().period))
    assert.equal("2024Q4", tostring(amzn:as_of("2025-02-07"):quarterly("capex"):last().period))
    -- between the restated nine months and the restated year, the fourth quarter stays of one vintage
    assert.equal(7665, mn(quarter(meta:as_of("2024-12-01"), "2023Q4"))) -- 27,266 - 19,601
    assert.equal(7592, mn(quarter(meta, "2023Q4"))) -- 27,045 - 19,453
  end)

  it("trap 4: periodic reports and their amendments outrank other forms", function()
    local company = facts.company {
      { capex, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01" },
      { capex, "2023-01-01", "2023-12-31", 92, "10-K/A", "2024-03-01" },
      { capex, "2023-01-01", "2023-12-31", 99, "S-1", "2024-04-01" },
    }
    assert.equal(92, jv.number(company:annual("capex")["2023"]))
  end)

  it("trap 5: frame marks the last filed value, so no view reads it", function()
    local text = facts.text {
      { capex, "2023-01-01", "2023-12-31", 90, "10-K", "2024-02-01" },
      { capex, "2023-01-01", "2023-12-31", 95, "10-K", "2025-02-01" },
    }
    local framed = text:gsub('("val":90.-"filed":"2024%-02%-01")', '%1,"frame":"CY2023"')
    for _, each in ipairs { text, framed } do
      local company = jv.edgar.read(each)
      assert.equal(95, jv.number(company:annual("capex")["2023"]))
      assert.equal(90, jv.number(company:as_of("2024-12-31"):annual("capex")["2023"]))
    end
  end)

  it("trap 6: tags migrate: a concept is a chain, and its splices are reported", function()
    local s = amzn:quarterly("capex")
    assert.equal(1179, mn(s["2016Q1"])) -- the older tag
    assert.equal(44203, mn(s["2026Q1"])) -- the newer
    assert.matches("tag: PaymentsToAcquirePropertyPlantAndEquipment, 2007Q3 to 2016Q4", s.note)
    assert.matches("tag: PaymentsToAcquireProductiveAssets, 2017Q1 to 2026Q1", s.note)
    local splices = amzn:splices("capex")
    assert.equal(1, #splices)
    assert.near(7804 / 6737 - 1, splices[1].difference, 1e-12)
    assert.matches("differ by up to 15.8 %%: 6737 mn USD over 2016%-01%-01..2016%-12%-31", s.note)
    local revenue = googl:quarterly("revenue") -- moved to Revenues in 2025
    assert.equal("2026Q2", tostring(revenue:last().period))
    local aapl = more:company("AAPL"):quarterly("capex")
    assert.matches("agree within 0.0 %%", aapl.note)
  end)

  it("trap 6: a year filed under one tag is never less nine months of another", function()
    local company = facts.company {
      { capex, "2024-01-01", "2024-09-30", 45, "10-Q", "2024-11-01" },
      { capex, "2024-01-01", "2024-06-30", 30, "10-Q", "2024-08-01" },
      { "PaymentsToAcquireProductiveAssets", "2024-01-01", "2024-12-31", 81, "10-K", "2025-02-01" },
      { capex, "2025-01-01", "2025-03-31", 20, "10-Q", "2025-05-01" },
    }
    local q = quarter(company, "2024Q4")
    assert.equal("unresolved", q.status)
    assert.matches("filed under PaymentsToAcquireProductiveAssets, its months under " .. capex,
      q.lineage.operation)
  end)

  it("trap 7: gross and net are named and never mixed", function()
    assert.equal(82999, mn(amzn:annual("capex")["2024"]))
    local net = amzn:annual("capex", { boundary = "cash_net" })
    assert.equal(77658, mn(net["2024"]))
    assert.matches("boundary: cash_net", net.note)
    local q = quarter(amzn, "2024Q4", { boundary = "cash_net" })
    assert.equal("unresolved", q.status)
    assert.matches("proceeds is missing for this quarter, the data have it by years only",
      q.lineage.operation)
  end)

  it("trap 7: a line that is net already is not lessened twice", function()
    -- Meta's line is net from 2024 on: 27,266 less proceeds of 221 is 27,045
    local net = meta:annual("capex", { boundary = "cash_net" })
    assert.equal(27045, mn(net["2023"]))
    assert.equal(37256, mn(net["2024"]))
    local before = meta:as_of("2024-03-01"):annual("capex", { boundary = "cash_net" })
    assert.equal(27045, mn(before["2023"]))
    assert.equal("derived", before:status("2023"))
    assert.matches("definition: net of proceeds as filed from 2024%-04%-25", net.note)
  end)

  it("trap 8: including finance leases means two things, each a boundary or a refusal", function()
    assert.equal(39225, mn(meta:annual("capex", { boundary = "cash_plus_lease_principal" })["2024"]))
    assert.equal(85042, mn(amzn:annual("capex", { boundary = "cash_plus_lease_principal" })["2024"]))
    assert.equal(64551 + 2283, mn(msft:annual("capex", { boundary = "cash_plus_lease_principal" })["FY2025"]))
    local err = facts.thrown(msft.annual, msft, "capex", { boundary = "incl_lease_additions" })
    assert.equal("unresolved", err.code)
    err = facts.thrown(msft.annual, msft, "capex", { boundary = "accrued" })
    assert.matches("accrued needs what management reports", err.message)
  end)

  it("trap 9: fiscal calendars: anchors, 52/53 weeks, names, exact dates", function()
    assert.equal("Q-JUN", tostring(msft.freq))
    assert.equal("Q-MAY", tostring(orcl.freq))
    assert.equal("Q-JAN", tostring(more:company("NVDA").freq))
    assert.equal("Q-SEP", tostring(more:company("AAPL").freq))
    assert.equal("Q-AUG", tostring(more:company("COST").freq))
    local jnj = more:company("JNJ")
    local years = jnj:annual("capex") -- two fiscal years end in the calendar year 2023
    assert.equal("2023-01-01", years["2022"].last_day)
    assert.equal("2023-12-31", years["2023"].last_day)
    assert.equal("2025-01-26", more:company("NVDA"):annual("capex")["FY2025"].last_day)
    local aapl = more:company("AAPL"):quarterly("capex")["FY2023Q1"] -- 14 weeks
    assert.same({ "2022-09-25", "2022-12-31" }, { aapl.first_day, aapl.last_day })
  end)

  it("trap 9: calendar quarters are exact or estimated, and say so", function()
    assert.equal("reported", msft:quarterly("capex"):to_calendar("Q-DEC"):status("2024Q4"))
    assert.equal("estimated", orcl:quarterly("capex"):to_calendar("Q-DEC"):status("2024Q4"))
  end)

  it("trap 11: signs, scale, precision, and the currency of the unit", function()
    local heard = facts.company { -- a statement's sign on a payment
      { capex, "2024-01-01", "2024-03-31", -10, "10-Q", "2024-05-01" },
      { capex, "2024-01-01", "2024-12-31", 81, "10-K", "2025-02-01" },
      { capex, "2024-01-01", "2024-09-30", 45, "10-Q", "2024-11-01" },
    }
    for _, value in heard:quarterly("capex"):pairs() do assert.is_false(value < 0) end
    assert.equal("USD", tostring(amzn:quarterly("capex").unit))
    assert.equal(32100, mn(amzn:annual("depreciation")["2024"])) -- tagged to tenths of a billion
    local euro = jv.edgar.read(facts.text({ { capex, "2024-01-01", "2024-12-31", 81, "20-F", "2025-02-01" } })
      :gsub('"USD"', '"EUR"'), "EUR")
    assert.equal("EUR", tostring(euro:annual("capex").unit))
  end)

  it("trap 11: a fact a thousand times too large is left out", function()
    local company = facts.company {
      { capex, "2024-01-01", "2024-03-31", 10e6, "10-Q", "2024-05-01" },
      { capex, "2024-01-01", "2024-06-30", 22e6, "10-Q", "2024-08-01" },
      { capex, "2024-01-01", "2024-09-30", 33e6, "10-Q", "2024-11-01" },
      { capex, "2024-07-01", "2024-09-30", 11e9, "10-Q", "2024-11-01" },
      { capex, "2024-01-01", "2024-12-31", 47e6, "10-K", "2025-02-01" },
    }
    assert.equal(11, mn(quarter(company, "2024Q3")))
    assert.equal("derived", quarter(company, "2024Q3").status)
  end)

  it("trap 12: not reported is not \"not yet published\", and neither is zero", function()
    local s = amzn:as_of("2025-02-06"):quarterly("capex")
    assert.is_nil(s["2024Q4"]) -- not yet published: outside the series
    local q = quarter(more:company("LLY"), "2020Q4") -- not reported: inside, missing, with its reason
    assert.is_true(q:is_missing() and q.status == "unresolved")
    local zero = facts.company {
      { capex, "2024-01-01", "2024-03-31", 0, "10-Q", "2024-05-01" },
      { capex, "2024-01-01", "2024-12-31", 5, "10-K", "2025-02-01" },
    }
    assert.equal(0, jv.number(quarter(zero, "2024Q1")))
    assert.equal("reported", quarter(zero, "2024Q1").status)
    -- fp may be null, as in Microsoft's 8-K of December 2024
    local nulls = 0
    for _, f in ipairs(msft:facts("capex")) do
      if f.filed == "2024-12-03" and not f.fp and not f.fy then nulls = nulls + 1 end
    end
    assert.is_true(nulls > 0)
  end)

  it("trap 13: guidance is a dated list with its boundary and fiscal year", function()
    local g = jv.guidance.read("examples/data/capex/guidance.csv"):of { ticker = "META", period = "FY2025" }
    local ranges = {}
    for i, s in ipairs(g) do ranges[i] = ("%g-%g"):format(s.low / 1e9, s.high / 1e9) end
    assert.same({ "60-65", "64-72", "66-72", "70-72" }, ranges) -- revised within the year
    assert.equal(1, #g:as_of("2025-02-07"))
    for _, s in ipairs(g) do assert.equal("cash_plus_lease_principal", s.boundary) end
  end)
end)
