-- Guidance lists and verdicts on claims, on the figures of February 2025.
local jv = require "jevons"
local facts = require "facts_text"

local guidance = "examples/data/capex/guidance.csv"

describe("guidance", function()
  local g = jv.guidance.read(guidance)

  it("is visible from the day it was said", function()
    local then_ = g:as_of("2025-02-07")
    assert.equal(7, #then_)
    local meta = then_:of { firm = "META", period = "FY2025" }
    assert.equal(1, #meta)
    assert.equal(60e9, meta[1].low)
    assert.equal(65e9, meta[1].high)
    assert.equal(62.5e9, meta[1].midpoint)
    assert.equal(5e9, meta[1].width)
    assert.equal("cash_plus_lease_principal", meta[1].boundary)
    assert.equal(0, #g:as_of("2025-01-28"):of { firm = "Meta", period = "FY2025" })
  end)

  it("counts a partial date from its last day, and an unknown one never", function()
    local function count(day) return #g:as_of(day):of { ticker = "GOOGL", period = "FY2026" } end
    assert.equal(1, count("2026-04-29"))
    assert.equal(2, count("2026-04-30"))
    assert.equal(0, #g:as_of("2026-08-30"):of { ticker = "AMZN", boundary = "cash_net" })
    assert.equal(1, #g:as_of("2026-08-31"):of { ticker = "AMZN", boundary = "cash_net" })
    assert.equal(3, #g:undated())
    for _, statement in ipairs(g:as_of("9999-12-31")) do assert.is_string(statement.known) end
  end)

  it("tells the statement said last, and where an amount stands to it", function()
    local meta = g:of { ticker = "META", period = "FY2025" }
    assert.equal(4, #meta)
    assert.equal("2025-10-29", meta:latest().said)
    assert.equal("within", jv.guidance.compare(meta:latest(), 72e9))
    assert.equal("above", jv.guidance.compare(meta[1], jv.quantity(72.2, "USD bn")))
    assert.equal("below", jv.guidance.compare(meta[1], 59e9))
    assert.matches("META%s+FY2025%s+2025%-01%-29%s+60%-65 bn", tostring(meta))
  end)

  it("refuses what is wrong, with its place", function()
    assert.equal("not_found", facts.thrown(jv.guidance.read, "no/such.csv").code)
    local err = facts.thrown(jv.guidance.parse, "firm,ticker\nx,y\n", "g.csv")
    assert.equal("parse", err.code)
    assert.matches("g.csv: line 1: column 'period' is missing", err.message)
    assert.matches("of: unknown field 'who'", facts.thrown(g.of, g, { who = "META" }).message)
    assert.matches("wanted a date such as", facts.thrown(g.as_of, g, "soon").message)
  end)
end)

describe("a claim", function()
  local db = facts.example()
  local amzn, googl, meta = db:company("AMZN"), db:company("GOOGL"), db:company("META")
  local function year(company, boundary, period)
    return company:annual("capex", { boundary = boundary })[period or "2024"]
  end

  it("prints the difference in the unit of the figure where the claim has none", function()
    local figure = jv.quantity(27.834, "USD bn")
    assert.equal("differs by 1.534 bn USD", jv.claim.check { claim = "26.3", figure = figure }.text)
    assert.equal("differs by 1.534", jv.claim.check { claim = "26.3", figure = 27.834 }.text)
  end)

  it("of 26.3 bn differs under cash, and cannot be checked under cash_net", function()
    local v = jv.claim.check { claim = "26.3", unit = "USD bn", figures = {
      { definition = "cash", figure = amzn:quarterly("capex")["2024Q4"] },
      { definition = "cash_net", figure = amzn:quarterly("capex", { boundary = "cash_net" })["2024Q4"] } } }
    assert.equal("differs", v.verdict)
    assert.is_false(v.agrees)
    assert.near(1.534, jv.number(v.difference), 1e-9)
    assert.equal("USD bn", tostring(v.difference.unit))
    assert.equal("differs by 1.534 bn USD under cash; cannot be checked under cash_net: "
      .. "proceeds is missing for this quarter, the data have it by years only", v.text)
    assert.equal("cannot be checked", v.results[2].verdict)
  end)

  it("of a run rate of 105.2 bn differs by 6.1", function()
    local v = jv.claim.check { claim = "105.2", unit = "USD bn", definition = "cash",
      figure = amzn:quarterly("capex")["2024Q4"] * 4, arithmetic = "27.834 x 4" }
    assert.equal("differs", v.verdict)
    assert.near(6.136, jv.number(v.difference), 1e-9)
    assert.equal("27.834 x 4", v.arithmetic)
  end)

  it("of 78 bn agrees under cash_net, and says how", function()
    local v = jv.claim.check { claim = "78", unit = "USD bn", figures = {
      { definition = "cash", figure = year(amzn, "cash") },
      { definition = "cash_net", figure = year(amzn, "cash_net") } } }
    assert.equal("agrees under cash_net", v.verdict)
    assert.equal("rounds", v.how)
    assert.near(-0.342, jv.number(v.difference), 1e-9)
  end)

  it("of 42 % agrees by truncation", function()
    local growth = jv.quantity(75, "USD bn") / year(googl, "cash") - 1
    local v = jv.claim.check { claim = "42", unit = "%", figure = growth }
    assert.equal("agrees", v.verdict)
    assert.equal("truncates", v.how)
    assert.near(42.762, jv.number(v.figure), 1e-3) -- 75,000 on 52,535
  end)

  it("without a figure cannot be checked, and says what is missing", function()
    local v = jv.claim.check { claim = "80", missing = "no figure by management in the data" }
    assert.equal("cannot be checked", v.verdict)
    assert.equal("cannot be checked: no figure by management in the data", v.text)
    assert.is_nil(v.difference)
    assert.equal("no figure", jv.claim.check { claim = "80" }.missing)
  end)

  it("that is a plan gets two verdicts", function()
    local said = jv.guidance.read(guidance):as_of("2025-02-07")
    said = said:of { ticker = "META", period = "FY2025" }:latest()
    local v = jv.claim.plan { claim = "60", unit = "USD bn", kind = "at_least", guidance = said,
      outcome = year(meta, "cash_plus_lease_principal", "2025"), definition = "cash_plus_lease_principal" }
    assert.equal("consistent", v.guidance.verdict)
    assert.equal("consistent with the guidance: META FY2025 of 2025-01-29", v.guidance.text)
    assert.equal("agrees under cash_plus_lease_principal", v.outcome.verdict)
    v = jv.claim.plan { claim = "75", unit = "USD bn", definition = "cash",
      outcome = year(googl, "cash", "2025") }
    assert.equal("cannot be checked", v.guidance.verdict)
    assert.equal("differs", v.outcome.verdict)
  end)

  it("refuses wrong use", function()
    assert.matches("unknown field 'figur'", facts.thrown(jv.claim.check, { claim = "1", figur = 1 }).message)
    assert.matches("claim, the printed figure, is missing", facts.thrown(jv.claim.check, {}).message)
    assert.matches("kind 'vague'", facts.thrown(jv.claim.check, { claim = "1", kind = "vague" }).message)
    assert.equal("parse", facts.thrown(jv.claim.check, { claim = "much", figure = 1 }).code)
    assert.equal("unit", facts.thrown(jv.claim.check,
      { claim = "1", unit = "EUR bn", figure = year(amzn, "cash") }).code)
  end)

  it("is carried with the examples as it was printed", function()
    local rows = jv.csv.read("examples/data/capex/claims_2025_02.csv", { types = "text" })
    assert.equal(9, #rows)
    assert.equal("26.3", rows[1].value_bn)
  end)
end)
