-- Firms side by side, files of claims, and a year's outlook, on the bundled filings.
local jv = require "jevons"

local DATA = "examples/data/"
local db = jv.edgar.open(DATA .. "edgar")

setup(function() jv.on_warning(function() end) end)
teardown(function() jv.on_warning(nil) end)

local function bn(figure) return jv.quantity(figure.value, figure.unit):convert("USD bn").value end

describe("jv.group", function()
  local group = jv.group { facts = db, firms = { { "AMZN", "Amazon" }, "MSFT", { "ORCL", "Oracle" } } }

  it("compares firms at a quarter, with and without one", function()
    local rows = group:compare("2024Q4", "ORCL")
    assert.equal(5, #rows)
    assert.equal("Amazon", rows[1].firm)
    assert.near(27.834, bn(rows[1].quarter), 1e-9)
    assert.near(111.336, bn(rows[1].run_rate), 1e-9)
    assert.near(82.999, bn(rows[1].ttm), 1e-9)
    assert.near(82.999 / 52.729 - 1, rows[1].growth.value, 1e-12)
    assert.near(82.999 / 637.959, rows[1].intensity.value, 1e-12)
    assert.equal("estimated", rows[3].quarter.status)
    assert.is_true(rows[4].total)
    assert.equal("All but Oracle", rows[5].firm)
    assert.near(27.834 + 15.804, bn(rows[5].quarter), 1e-9)
    assert.near(1, rows[4].share.value, 1e-12)
  end)

  it("sees what was known on a day", function()
    local known = jv.group { facts = db, firms = { "AMZN", "ORCL" }, concepts = { "capex" },
                             as_of = "2025-02-06" } -- a day before Amazon's annual report
    assert.equal("2024Q3", tostring(known:find("AMZN").capex:last().period))
    assert.equal("2024Q3", tostring(known:total("capex"):last().period))
    assert.is_nil(known:find("AMZN").revenue)
  end)

  it("names a firm that is missing, and goes on without it", function()
    local some = jv.group { facts = db, firms = { "AMZN", "NONE" } }
    assert.matches("NONE", some[2].missing, 1, true)
    assert.same({ some[2] }, some:absent())
    local rows = some:compare "2024Q4"
    assert.equal(some[2].missing, rows[2].missing)
    assert.near(27.834, bn(rows[3].quarter), 1e-9)
    assert.same({ "AMZN" }, { (next(some:panel "capex")) })
    assert.is_nil(jv.group { facts = db, firms = { "NONE" } }:total "capex")
  end)

  it("gives the notes of the series, by kind", function()
    local notes = jv.group { facts = db, firms = { { "META", "Meta" } } }:notes "definition"
    assert.equal(1, #notes)
    assert.matches("^net of proceeds as filed from 2024%-04%-25 on", notes[1].note)
    assert.equal("capex", notes[1].concept)
  end)

  it("refuses what it does not know", function()
    local ok, message = pcall(jv.group, { facts = db, firms = {}, concept = "capex" })
    assert.is_false(ok)
    assert.matches("jv.group: unknown field 'concept'", tostring(message), 1, true)
  end)
end)

describe("jv.claim.read", function()
  local claims = jv.claim.read(DATA .. "capex/claims_2025_02.csv")

  it("reads figures as printed, and arguments without one", function()
    assert.equal("26.3", claims["amzn-q4"].text)
    assert.near(26.3, bn(claims[1].printed), 1e-12)
    assert.equal("reported", claims[1].printed.status)
    assert.is_nil(claims.jevons.printed)
  end)

  it("holds them against figures, by definition", function()
    local rows = claims:check {
      { id = "amzn-2024", definitions = { "cash", "cash_net" }, figure = function(boundary)
        return db:company("AMZN"):annual("capex", { boundary = boundary })["2024"]
      end },
      { id = "jevons", definitions = { "elasticity" }, at_least = 1, unit = "ratio", missing = "prices" },
    }
    assert.equal("differs", rows[1].verdict.verdict)
    assert.equal("agrees", rows[2].verdict.verdict)
    assert.matches("82,999 − 5,341 = 77,658 mn USD", rows[2].workings, 1, true)
    assert.is_true(rows["amzn-2024"].agrees)
    assert.near(77.658, bn(rows["amzn-2024"].cash_net), 1e-9)
    assert.is_nil(rows[3].printed)
    assert.equal("prices", rows.jevons.missing)
  end)

  it("holds plans against the guidance of the day, and what came of them", function()
    local guidance = jv.guidance.read(DATA .. "capex/guidance.csv")
    local rows = claims:plans({ { id = "googl-2025", ticker = "GOOGL", kind = "about", boundary = "cash" },
                                { id = "amzn-2025", ticker = "NONE", kind = "about", boundary = "cash" } },
                              { year = "2025", facts = db, guidance = guidance })
    assert.near(91.447, bn(rows[1].outcome), 1e-9)
    assert.near(91.447 / 75 - 1, rows[1].gap.value, 1e-12)
    assert.matches("^consistent with the guidance", rows[1].guidance)
    assert.matches("NONE", rows[2].outcome.missing, 1, true)
  end)

  it("says which claim is not there", function()
    local ok, message = pcall(claims.check, claims, { { id = "none", definitions = { "cash" } } })
    assert.is_false(ok)
    assert.matches("no claim has the id 'none'", tostring(message), 1, true)
  end)
end)

describe("jv.outlook", function()
  local quarters = jv.series { start = "2022Q1", freq = "Q-DEC", unit = "USD bn",
                               values = { 10, 12, 11, 14, 13, 15, 14, 18, 16 } }

  it("counts the quarters known, and forecasts the rest", function()
    local outlook = jv.outlook("naive", quarters, "2024", { as_of = "2024-05-01" })
    assert.near(64, outlook:mean().quantity.value, 1e-9)
    assert.matches("9 periods 2022Q1 to 2024Q1, as filed by 2024-05-01", outlook:mean().lineage, 1, true)
    local lower, upper = outlook:interval(80)
    assert.is_true(lower.quantity.value < 64 and upper.quantity.value > 64)
    local chance = outlook:chance(jv.quantity(64, "USD bn")).quantity.value
    assert.is_true(chance > 0.4 and chance < 0.6) -- the mean of a symmetric forecast
    assert.equal("within 80\u{a0}%", outlook:place(jv.quantity(65, "USD bn")))
    assert.is_nil(outlook:place(nil))
    assert.is_nil(outlook:place(jv.quantity(0 / 0, "USD bn")))
    assert.equal("above all", outlook:place(jv.quantity(200, "USD bn")))
  end)

  it("refuses a year that has ended", function()
    local ok, message = pcall(jv.outlook, "naive", quarters, "2023")
    assert.is_false(ok)
    assert.matches("jv.outlook: 2023 has ended by 2024Q1", tostring(message), 1, true)
  end)
end)

describe("jv.try", function()
  it("gives the value, or nil and why", function()
    assert.equal(3, jv.try(function(x) return x + 1 end, 2))
    local value, why = jv.try(function() return db:company("NONE") end)
    assert.is_nil(value)
    assert.matches("NONE", why, 1, true)
  end)
end)
