-- Folders of companyfacts, companies, their figures and what is said when there are none.
local jv = require "jevons"
local lfs = require "lfs"
local facts = require "facts_text"

local dir = os.tmpname()
os.remove(dir)
lfs.mkdir(dir)
teardown(function() os.execute("rm -r '" .. dir .. "'") end)

local function folder(name, files)
  local path = dir .. "/" .. name
  lfs.mkdir(path)
  lfs.mkdir(path .. "/filings")
  for file, text in pairs(files) do jv.file.write(path .. "/" .. file, text) end
  return path
end

local capex = facts.capex
local rows = {
  { capex, "2024-01-01", "2024-09-30", 45, "10-Q", "2024-11-01" },
  { capex, "2024-01-01", "2024-12-31", 80, "10-K", "2025-02-01" },
}

describe("a folder of companyfacts", function()
  it("gives companies by ticker, in any case, and by number", function()
    local db = facts.example()
    assert.same({ "AMZN", "GOOGL", "META", "MSFT", "ORCL" }, db:companies())
    local amzn = db:company("amzn")
    assert.equal(amzn, db:company(1018724))
    assert.equal(amzn, db:company("CIK0001018724"))
    assert.equal("AMAZON COM INC", amzn.name)
    assert.equal("AMZN", amzn.ticker)
    assert.equal(1018724, amzn.cik)
    assert.equal("12-31", amzn.fiscal_year_end)
    assert.equal("Q-MAY", tostring(db:company("ORCL").freq))
    assert.equal("06-30", db:company("MSFT").fiscal_year_end)
  end)

  it("says what may have been meant", function()
    local db = facts.example()
    local err = facts.thrown(db.company, db, "AMZM")
    assert.equal("not_found", err.code)
    assert.matches("no company 'AMZM', did you mean 'AMZN'%?", err.message)
    assert.matches("did you mean 'MSFT'%?", facts.thrown(db.company, db, "Microsoft").message)
    local company, message, code = db:find_company("IBM")
    assert.is_nil(company)
    assert.matches("no company 'IBM'; the folder has AMZN, GOOGL", message)
    assert.equal("not_found", code)
    assert.equal("invalid", facts.thrown(db.company, db, 1.5).code)
  end)

  it("works without a manifest, by number", function()
    local path = folder("plain", { ["CIK0000000007.json"] = facts.text(rows) })
    local db = jv.edgar.open(path)
    assert.same({ "7" }, db:companies())
    assert.equal(80, jv.number(db:company(7):annual("capex")["2024"]))
    assert.is_nil(db:company("7").ticker)
  end)

  it("refuses a folder that is none, or has nothing in it", function()
    assert.matches("no such folder", facts.thrown(jv.edgar.open, dir .. "/none").message)
    local err = facts.thrown(jv.edgar.open, folder("empty", {}))
    assert.equal("not_found", err.code)
    assert.matches("neither manifest.csv nor a file CIK##########.json", err.message)
  end)

  it("says so where a folder must not be read", function()
    local path, list = folder("closed", { ["CIK0000000007.json"] = facts.text(rows) }), lfs.dir
    lfs.dir = function(name) error(("cannot open %s: Permission denied"):format(name)) end
    local err = facts.thrown(jv.edgar.open, path)
    lfs.dir = list
    assert.equal("io", err.code)
    assert.matches("cannot open .*: Permission denied", err.message)
  end)

  it("refuses a manifest with what is wrong in it", function()
    local function manifest(text) return jv.edgar.open, folder("manifest", { ["manifest.csv"] = text }) end
    assert.matches("column 'cik' is missing", facts.thrown(manifest("ticker\nX\n")).message)
    assert.matches("row 1: cik: wanted a whole number, found 'x'",
      facts.thrown(manifest("ticker,cik\nX,x\n")).message)
    assert.matches("CIK 7 stands twice", facts.thrown(manifest("ticker,cik\nX,7\nY,7\n")).message)
    assert.matches("ticker X stands twice", facts.thrown(manifest("ticker,cik\nX,7\nX,8\n")).message)
  end)

  it("names a broken file, a missing one, and one of another filer", function()
    local path = folder("broken", {
      ["manifest.csv"] = "ticker,cik,file\nA,7,a.json\nB,8,b.json\nC,9,c.json\n",
      ["a.json"] = facts.text(rows):sub(1, 200), ["c.json"] = facts.text(rows) })
    local db = jv.edgar.open(path)
    local err = facts.thrown(db.company, db, "A")
    assert.equal("parse", err.code)
    assert.matches("a.json: line 1, column", err.message)
    local company, message, code = db:find_company("B")
    assert.is_nil(company)
    assert.matches("b.json", message)
    assert.equal("not_found", code)
    assert.matches("c.json: is of CIK 7, CIK 9 was expected", facts.thrown(db.company, db, "C").message)
  end)

  it("adds the figures of filings/, and those added later", function()
    local head = "cik,taxonomy,tag,start,end,value,unit,accession,form,filed\n"
    local proceeds = head .. "7,x,ProceedsFromSaleOfPropertyPlantAndEquipment,"
      .. "2024-01-01,2024-12-31,5,USD,k,10-K,2025-02-01\n"
    local path = folder("filings", { ["CIK0000000007.json"] = facts.text(rows), ["filings/k.csv"] = proceeds,
      ["more.csv"] = proceeds:gsub("2024%-", "2023-") })
    local db = jv.edgar.open(path)
    assert.equal(75, jv.number(db:company(7):annual("capex", { boundary = "cash_net" })["2024"]))
    db:add(path .. "/more.csv")
    assert.equal(2, #db:company(7):facts("proceeds"))
    jv.file.write(path .. "/filings/bad.csv", head .. "7,x,T,2024-01-01,never,5,USD,k,10-K,2025-02-01\n")
    local broken = jv.edgar.open(path)
    assert.matches("bad.csv: line 2, column 18: end: wanted a date",
      facts.thrown(broken.company, broken, 7).message)
  end)
end)

describe("a company", function()
  local db = facts.example()
  local amzn, googl = db:company("AMZN"), db:company("GOOGL")
  local msft, meta = db:company("MSFT"), db:company("META")

  it("has Amazon's fourth quarter as the year less nine months, with accessions", function()
    local s = amzn:quarterly("capex")
    assert.equal("AMZN capex", s.name)
    assert.equal(27834, facts.millions(s["2024Q4"]))
    assert.equal("derived", s:status("2024Q4"))
    assert.equal("reported", s:status("2024Q3"))
    local tree = tostring(s:lineage("2024Q4"))
    assert.matches("FY %- 9M", tree)
    assert.matches("82,999,000,000 USD.-0001018724%-25%-000004", tree)
    assert.matches("55,165,000,000 USD.-0001018724%-24%-000161", tree)
  end)

  it("has the years that the filings give", function()
    assert.equal(82999, facts.millions(amzn:annual("capex")["2024"]))
    assert.equal(131819, facts.millions(amzn:annual("capex")["2025"]))
    assert.equal(77658, facts.millions(amzn:annual("capex", { boundary = "cash_net" })["2024"]))
    assert.equal(52535, facts.millions(googl:annual("capex")["2024"]))
    assert.equal(64551, facts.millions(msft:annual("capex")["FY2025"]))
    local leases = meta:annual("capex", { boundary = "cash_plus_lease_principal" })
    assert.equal(39225, facts.millions(leases["2024"]))
  end)

  it("has segments apart from the whole", function()
    assert.same({ "North America", "International", "AWS", "Corporate" }, amzn:segments("capex"))
    local aws = amzn:annual("capex", { segment = "AWS" })
    assert.equal(53267, facts.millions(aws["2024"]))
    assert.matches("segment: AWS", aws.note)
    local parts = 0
    for _, name in ipairs(amzn:segments("capex")) do
      parts = parts + facts.millions(amzn:annual("capex", { segment = name })["2024"])
    end
    assert.equal(85752, parts)
    assert.equal(85752, facts.millions(amzn:annual("SegmentExpenditureAdditionToLongLivedAssets")["2024"]))
    assert.same({ "Google Services", "Google Cloud", "Other Bets" }, googl:segments("revenue"))
    assert.equal(43229, facts.millions(googl:annual("revenue", { segment = "Google Cloud" })["2024"]))
    local err = facts.thrown(googl.annual, googl, "capex", { segment = "Google Cloud" })
    assert.equal("not_found", err.code)
    assert.matches("GOOGL has no facts for capex of Google Cloud", err.message)
  end)

  it("answers with stocks, trailing sums and other concepts", function()
    assert.equal(204966, facts.millions(msft:quarterly("ppe_net")["FY2025Q4"]))
    local ttm = amzn:ttm("capex")
    assert.equal(131819, facts.millions(ttm["2025Q4"]))
    assert.equal(93093, facts.millions(ttm["2025Q1"])) -- the trailing sum that Amazon itself tags
    assert.equal(151003, facts.millions(ttm["2026Q1"]))
    local has = {}
    for _, name in ipairs(msft:concepts()) do has[name] = true end
    assert.is_true(has.capex and has.revenue and has.depreciation and has.lease_principal and has.ppe_net)
    assert.is_nil(has.proceeds)
    assert.equal(22000, facts.millions(msft:annual("depreciation")["FY2025"]))
  end)

  it("refuses what it cannot give, with the reason", function()
    local err = facts.thrown(amzn.quarterly, amzn, "capx")
    assert.equal("not_found", err.code)
    assert.matches("no concept 'capx', did you mean 'capex'%?", err.message)
    err = facts.thrown(msft.quarterly, msft, "capex", { boundary = "cash_net" })
    assert.equal("unresolved", err.code)
    assert.matches("MSFT: cash_net needs proceeds", err.message)
    assert.matches("boundary", facts.thrown(amzn.quarterly, amzn, "capex", { boundary = "gross" }).message)
    assert.matches("unknown option 'bundary', did you mean 'boundary'%?",
      facts.thrown(amzn.quarterly, amzn, "capex", { bundary = "cash" }).message)
    assert.matches("wanted a date", facts.thrown(amzn.as_of, amzn, "soon").message)
    local then_ = amzn:as_of("2024-06-01")
    assert.equal("invalid", facts.thrown(then_.as_of, then_, "2025-01-01").code)
    assert.equal("invalid", facts.thrown(then_.quarterly, then_, "capex", { as_of = "2025-01-01" }).code)
  end)

  it("has management's figures only when they are added", function()
    local own = facts.example()
    local company = own:company("MSFT")
    local err = facts.thrown(company.annual, company, "capex", { boundary = "incl_lease_additions" })
    assert.equal("unresolved", err.code)
    assert.matches("needs what management reports", err.message)
    own:add_management_reported("examples/data/capex/management_reported.csv")
    local year = company:annual("capex", { boundary = "incl_lease_additions" })["FY2025"]
    assert.near(88200, facts.millions(year), 1e-6) -- 20 + 22.6 + 21.4 + 24.2
    assert.equal("derived", year.status)
  end)

  it("prints, and lists its facts and years", function()
    assert.equal("AMAZON COM INC (AMZN, CIK 1018724)", tostring(amzn))
    assert.equal("AMAZON COM INC (AMZN, CIK 1018724) as of 2025-02-07", tostring(amzn:as_of("2025-02-07")))
    assert.equal("2025-02-07", amzn:as_of("2025-02-07").as_of_date)
    local list = amzn:facts("PaymentsToAcquireProductiveAssets")
    assert.equal(146, #list)
    local f = list[#list]
    assert.same({ "us-gaap", "USD", "10-Q", "2026-04-30" }, { f.taxonomy, f.unit, f.form, f.filed })
    local years = msft:fiscal_years()
    assert.equal("FY2025", tostring(years[#years - 1].period))
    assert.equal("2025-06-30", years[#years - 1].last_day)
  end)

  it("comes to calendar quarters exactly where quarter ends coincide, else estimated", function()
    local exact = msft:quarterly("capex"):to_calendar("Q-DEC")
    assert.equal(15804, facts.millions(exact["2024Q4"]))
    assert.equal("reported", exact:status("2024Q4"))
    local blend = db:company("ORCL"):quarterly("capex"):to_calendar("Q-DEC")
    assert.equal("estimated", blend:status("2024Q4"))
    local q2, q3 = 3970, 5862 -- fiscal quarters to November and to February
    local value = facts.millions(blend["2024Q4"])
    assert.is_true(value > q2 and value < q3)
  end)
end)

describe("jv.as_of", function()
  local db = facts.example()
  local amzn = db:company("AMZN")

  it("holds for every view inside, and no longer", function()
    local guidance = jv.guidance.read("examples/data/capex/guidance.csv")
    local seen, list, later = jv.as_of("2025-02-06", function(ticker)
      local company = db:company(ticker)
      assert.equal("2025-02-06", jv.as_of())
      assert.equal("2025-02-06", company.as_of_date)
      return company:quarterly("capex"):last().period, company:facts("capex"),
        #guidance:of { ticker = "META", period = "FY2025" }
    end, "AMZN")
    assert.equal("2024Q3", tostring(seen))
    for _, fact in ipairs(list) do assert.is_true(fact.filed <= "2025-02-06") end
    assert.equal(1, later)
    assert.is_nil(jv.as_of())
    assert.equal("2026Q1", tostring(amzn:quarterly("capex"):last().period))
  end)

  it("refuses a later date inside, passes errors on, and ends then too", function()
    local err = facts.thrown(jv.as_of, "2025-02-06", function() return amzn:as_of("2025-02-07") end)
    assert.equal("invalid", err.code)
    assert.matches("an earlier date holds here already", err.message)
    err = facts.thrown(jv.as_of, "2025-02-06", amzn.quarterly, amzn, "capex", { as_of = "2026" })
    assert.equal("invalid", err.code)
    err = facts.thrown(jv.as_of, "2025-02-06", jv.as_of, "2025-02-07", print)
    assert.matches("an earlier date holds here already", err.message)
    assert.equal("mine", facts.thrown(jv.as_of, "2025-02-06", error, "mine"))
    assert.is_nil(jv.as_of())
    assert.equal("2024-01-01", jv.as_of("2025-01-01", jv.as_of, "2024-01-01", jv.as_of))
    assert.equal("parse", facts.thrown(jv.as_of, "soon", print).code)
  end)
end)

-- ---- all filers of the shared data, where they are ----

local shared = os.getenv("JEVONS_SHARED") or "../shared"
local have = lfs.attributes(shared .. "/data/edgar/manifest.csv", "mode")
local maybe = have and it or pending

-- quarterly.csv takes the last filed figure of each span, whatever the vintage of the other; these are
-- the quarters where that mixes two, or two tags, and why Jevons has another figure.
local explained = {
  ["AMZN 2017-01-01"] = "one tag serves 2017: trailing years give its first quarter too",
  ["GOOGL 2014-10-01"] = "the year was restated, its nine months were not: both as first filed",
  ["META 2020-10-01"] = "the year was restated, its nine months were not: both as first filed",
  ["META 2022-10-01"] = "the year was restated net of proceeds, its nine months stand gross: both gross",
}

local function quarters_of(company)
  local good, s = pcall(company.quarterly, company, "capex")
  if not good then return nil, s.code end
  local out = {}
  for period in s:pairs() do
    local q = s[period]
    if not q:is_missing() then out[q.first_day .. " " .. q.last_day] = jv.number(q) end
  end
  return out, s
end

describe("fifty filers", function()
  maybe("give quarters and years, or a reason, and never crash", function()
    local db = jv.edgar.open(shared .. "/data/edgar")
    local codes, counted = {}, 0
    print("ticker  quarters  unresolved  from .. to")
    for _, ticker in ipairs(db:companies()) do
      local company = db:company(ticker)
      for _, concept in ipairs(company:concepts()) do
        for _, ask in ipairs { company.quarterly, company.annual } do
          local good, err = pcall(ask, company, concept)
          if not good then
            assert.is_truthy(({ not_found = 1, unresolved = 1, data = 1 })[err.code], tostring(err))
          end
        end
      end
      local good, s = pcall(company.quarterly, company, "capex")
      codes[ticker] = good and "ok" or s.code
      if good then
        counted = counted + 1
        local missing = 0
        for period in s:pairs() do
          if s[period]:is_missing() then
            missing = missing + 1
            assert.equal("unresolved", s:status(period))
            assert.matches("unresolved: ", s:lineage(period).operation)
          end
        end
        print(("%-7s %8d  %10d  %s .. %s"):format(ticker, #s, missing, tostring(s.start),
          tostring(s:last().period)))
      else
        print(("%-7s %s"):format(ticker, s.message))
      end
    end
    assert.same({ "not_found", "not_found", "not_found", "unresolved" },
      { codes.BAC, codes.JPM, codes.MS, codes.ASML })
    assert.equal(46, counted)
  end)

  maybe("agree with quarters derived independently, or the difference is explained", function()
    local db = jv.edgar.open(shared .. "/data/edgar")
    local mine, compared = {}, 0
    for _, row in ipairs(jv.csv.read(shared .. "/data/capex/quarterly.csv", { types = "text" })) do
      mine[row.ticker] = mine[row.ticker] or quarters_of(db:company(row.ticker))
      local value = mine[row.ticker][row.start .. " " .. row["end"]]
      if not explained[row.ticker .. " " .. row.start] then
        assert.equal(tonumber(row.capex_usd), value, row.ticker .. " " .. row.start)
        compared = compared + 1
      end
    end
    assert.equal(378, compared)
  end)

  maybe("have quarters that add up to the year, or say that they do not", function()
    local db = jv.edgar.open(shared .. "/data/edgar")
    local differ = 0
    for _, ticker in ipairs(db:companies()) do
      local company = db:company(ticker)
      local good, s = pcall(company.quarterly, company, "capex")
      local had, years = pcall(company.annual, company, "capex")
      if good and had then
        for period, sum in s:aggregate(years.freq, "sum"):pairs() do
          local year = years[period]
          local whole = year and jv.number(year) or 0 / 0
          -- filers round to millions; what is farther off has to be in the note
          if math.abs(sum - whole) > 0.005 * whole then
            differ = differ + 1
            assert.is_truthy(s.note:find("sum: the quarters of " .. tostring(period), 1, true), ticker)
          end
        end
      end
    end
    print(("%d years of quarters do not add up to the year as filed, and say so"):format(differ))
    assert.is_true(differ > 0)
  end)
end)
