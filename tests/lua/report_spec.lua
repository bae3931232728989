-- Reports: what blocks check, and what each format makes of them.
local jv = require "jevons"

-- A figure as another module would hand it in: unit, evidence, lineage down to two filings.
local function quarter()
  return {
    value = 27834e6, unit = "USD", status = "derived",
    lineage = {
      operation = "year less nine months", value = 27834e6,
      inputs = {
        { value = 82999e6, unit = "USD", filer = "AMZN", accession = "0001018724-25-000004", form = "10-K",
          tag = "PaymentsToAcquireProductiveAssets", filed = "2025-02-07", start = "2024-01-01",
          finish = "2024-12-31" },
        { value = 55165e6, unit = "USD", filer = "AMZN", accession = "0001018724-24-000161", form = "10-Q",
          tag = "PaymentsToAcquireProductiveAssets", filed = "2024-11-01", start = "2024-01-01",
          finish = "2024-09-30" },
      },
    },
  }
end

local function new()
  return jv.report.new { title = "A <small> report", date = "2025-02-07", ciks = { AMZN = 1018724 } }
end

local function with_table()
  local r = new()
  r:table {
    title = "Quarters",
    columns = { { key = "firm", title = "Firm", head = true },
                { key = "q4", title = "2024Q4", unit = "USD bn", digits = 1 },
                { key = "verdict", title = "Verdict", kind = "verdict" } },
    rows = { { firm = "Amazon", q4 = quarter(), verdict = "differs by 1.5" },
             { firm = "Other", missing = "add `CIK.json`" },
             { firm = "Total", q4 = -1234.5e9 / 1e9, total = true } },
    notes = { "Gross of *proceeds*." },
  }
  return r
end

local function with_chart()
  local r = new()
  r:chart {
    title = "Capex", unit = "USD bn", alt = "It rises.",
    series = { { name = "filed", data = { { "2024Q3", 22.6e9 }, { "2024Q4", quarter() } } } },
    forecast = { name = "model", mean = { { "2025Q1", 25 } },
                 intervals = { { level = 80, lower = { { "2025Q1", 20 } }, upper = { { "2025Q1", 31 } } } } },
    marker = { at = "2025-02-07", label = "known then" },
  }
  return r
end

describe("report blocks", function()
  it("refuse what they do not know, at the script's line", function()
    local ok, message = pcall(function()
      local _ = jv.report.new { titel = "x" }
    end)
    assert.is_false(ok)
    assert.matches('report_spec.lua:%d+: report: new has no option "titel"; it has as_of', tostring(message))
    ok, message = pcall(function()
      new():table { title = "t", columns = { { title = "no key" } }, rows = {} }
    end)
    assert.is_false(ok)
    assert.matches("column 1's key: string expected, got nil", tostring(message))
    ok, message = pcall(function() new():text("{q} was spent", {}) end)
    assert.is_false(ok)
    assert.matches("{q} stands in it, and no figure of that name is given", tostring(message), 1, true)
    ok, message = pcall(function() new():chart { title = "c", alt = "a", series = {} } end)
    assert.is_false(ok)
    assert.matches('chart "c": nothing to draw', tostring(message), 1, true)
    ok, message = pcall(function() new():render("docx") end)
    assert.is_false(ok)
    assert.matches('no format "docx"', tostring(message), 1, true)
  end)

  it("are data that any renderer can walk", function()
    local r = new()
    local part = r:section("Part")
    part:heading("Head")
    part:text("Words.")
    local kinds = {}
    r:walk(function(block) kinds[#kinds + 1] = block.kind end)
    assert.same({ "section", "heading", "text" }, kinds)
  end)
end)

describe("figures", function()
  local figure = require "jevons.report.figure"
  local number = require "jevons.report.number"

  it("print with grouped thousands, a true minus and the digits asked for", function()
    assert.equal("1,234,567", number.format(1234567, 0))
    assert.equal("−12.5", number.format(-12.5, 1))
    assert.equal("+42.8", number.format(42.78, 1, true))
    assert.equal("0.0", number.format(-0.01, 1))
    assert.equal("–", number.format(0 / 0))
  end)

  it("come in the unit of their column, without losing digits", function()
    assert.equal(27.834, figure.of(quarter(), { unit = "USD bn" }).value)
    assert.equal("42.8", figure.of({ value = 0.4276, unit = "ratio" }, { unit = "%", digits = 1 }).text)
    local ok, message = pcall(figure.of, { value = 1, unit = "EUR" }, { unit = "USD bn" })
    assert.is_false(ok)
    assert.matches('a figure in "EUR" cannot be shown in "USD bn"', message, 1, true)
  end)

  it("that are missing say what is missing", function()
    assert.equal("missing", figure.of(nil).kind)
    assert.equal("missing", figure.of(0 / 0).kind)
    assert.equal("AWS capex", figure.of { missing = "AWS capex" }.what)
  end)
end)

describe("a report in HTML", function()
  it("escapes texts and names the filing behind each figure", function()
    local page = with_table():render("html")
    assert.matches("<title>A &lt;small&gt; report</title>", page, 1, true)
    assert.matches('<a class="fig" href="#s3" title="Amazon, 2024Q4">27.8</a><span class="ev derived"',
                   page, 1, true)
    assert.matches("https://www.sec.gov/Archives/edgar/data/1018724/000101872425000004/", page, 1, true)
    assert.matches('<li id="s1"><b>82,999 mn USD</b> <a class="in" href="#f1">0001018724-25-000004</a>',
                   page, 1, true)
    assert.matches('<li id="s3"><b>27,834 mn USD</b> <i>year less nine months</i> <ul><li><a class="in" ' ..
                   'href="#s1">82,999 mn USD</a></li>', page, 1, true)
    assert.matches('<li id="f2">AMZN · 10-Q · <a href="https://www.sec.gov/', page, 1, true)
    assert.matches("2024-01-01 to 2024-09-30", page, 1, true)
    assert.matches('<th scope="col" class="num">2024Q4<span class="unit">bn USD</span></th>', page, 1, true)
    assert.matches('<th scope="row">Amazon</th>', page, 1, true)
    assert.matches('<span class="verdict bad">differs by 1.5</span>', page, 1, true)
    assert.matches('<span class="missing">missing</span> add <code>CIK.json</code>', page, 1, true)
    assert.matches("−1,234.5", page, 1, true)
  end)

  it("shares one entry between figures of one lineage", function()
    local r = new()
    r:text("{a} and again {b}", { a = quarter(), b = quarter() })
    local page = r:render("html")
    assert.matches("2 figures, in 3 steps down to what was filed", page, 1, true)
    assert.is_nil(page:find('id="s4"', 1, true))
  end)

  it("grows with the steps of a lineage, not with the ways through them", function()
    local q = jv.quantity(1, "USD", { source = { filer = "AMZN", note = "the first" } })
    for _ = 1, 60 do q = q + q end -- 2^60 ways
    local r = new()
    r:text("{q} and {half}", { q = q, half = q / 2 })
    local page = r:render("html")
    assert.matches("2 figures, in 62 steps down to what was filed", page, 1, true)
    assert.is_nil(jv.report.arithmetic(q))
    assert.equal("AMZN", q.lineage:sources()[1].filer)
  end)

  it("carries the charts' library only where there is a chart, and nothing from the network", function()
    local plain, drawn = with_table():render("html"), with_chart():render("html")
    assert.is_nil(plain:find("Dygraph=", 1, true) or plain:find("dygraph-legend", 1, true))
    assert.is_truthy(drawn:find("dygraph-legend", 1, true))
    for _, page in ipairs { plain, drawn } do
      assert.is_nil(page:find("<link", 1, true))
      assert.is_nil(page:find("<script src", 1, true))
      assert.is_nil(page:find("@import", 1, true))
    end
  end)

  it("draws fans, markers and their alternative text", function()
    local page = with_chart():render("html")
    assert.matches('aria-label="It rises."', page, 1, true)
    assert.matches('"role":"lower","style":"solid","color":null,"level":80,"values":[null,null,20]',
                   page, 1, true)
    assert.matches('"periods":["2024Q3","2024Q4","2025Q1"]', page, 1, true)
    assert.matches('"marker":{"x":20126,"label":"known then"}', page, 1, true)
    assert.matches('"refs":[null,"s3",null]', page, 1, true)
    assert.matches('<span><i class="band" style="background:rgba(var(--band),0.16)"></i>80\u{a0}% interval',
                   page, 1, true)
    assert.matches('<svg class="still" viewBox="0 0 680 290"', page, 1, true)
    assert.matches('known then</text>', page, 1, true)
  end)

  it("cannot be broken out of by a name", function()
    local r = new()
    r:chart { title = "c", alt = '"><script>alert(1)</script>',
              series = { { name = "</script><script>alert(2)</script>", data = { { "2024", 1 } } } } }
    r:text("<script>alert(3)</script>")
    local page = r:render("html")
    assert.is_nil(page:find("<script>alert", 1, true))
  end)

  it("is the same bytes each time", function()
    assert.equal(with_chart():render("html"), with_chart():render("html"))
    assert.equal(with_table():render("markdown"), with_table():render("markdown"))
  end)
end)

describe("a report in Markdown", function()
  it("has the tables in pipes, the evidence, and the filings at the end", function()
    local text = with_table():render("markdown")
    assert.matches("| Firm | 2024Q4 (bn USD) | Verdict |\n|---|---:|---|\n" ..
                   "| Amazon | 27.8<sup>d</sup> | differs by 1.5 |", text, 1, true)
    assert.matches("| Other | *missing:* add `CIK.json` |  |", text, 1, true)
    assert.matches("- AMZN · 10-Q · [0001018724-24-000161](https://www.sec.gov/Archives/edgar/data/" ..
                   "1018724/000101872424000161/) · filed 2024-11-01", text, 1, true)
  end)
end)

describe("blocks of prose", function()
  local function prose()
    local r = new()
    r:findings {
      { "It was {spent} in {missing}.", spent = quarter() },
      { "It was {spent}.", spent = { quantity = quarter(), unit = "USD bn", digits = 1 } },
    }
    r:number { label = "Rate", value = quarter(), unit = "USD bn", digits = 1, text = "four times" }
    r:warning [[Oracle is
      *estimated*.]]
    r:missing { what = "capex of Oracle", add = "put `CIK0001341439.json` there" }
    r:section("Part"):heading("Head")
    return r
  end

  it("are read in HTML", function()
    local page = prose():render("html")
    assert.is_nil(page:find(" in {", 1, true))
    assert.matches('<li>It was <span class="q"><a class="fig" href="#s3" title="spent">27.8 bn USD</a>',
                   page, 1, true)
    assert.matches('<dt>Rate</dt><dd class="value"><a class="fig" href="#s3" title="Rate">27.8</a>',
                   page, 1, true)
    assert.matches('<strong>Note.</strong> Oracle is\n<em>estimated</em>.', page, 1, true)
    assert.matches("<strong>Missing: capex of Oracle.</strong> To bring it: put <code>CIK", page, 1, true)
    assert.matches('<h2 id="part">Part</h2>', page, 1, true)
    assert.matches('<h3 id="head">Head</h3>', page, 1, true)
  end)

  it("are read in Markdown", function()
    local text = prose():render("markdown")
    assert.matches("- It was 27.8 bn USD<sup>d</sup>.", text, 1, true)
    assert.matches("- **Rate:** 27.8 bn USD<sup>d</sup>. four times", text, 1, true)
    assert.matches("> **Missing: capex of Oracle.** To bring it: put `CIK0001341439.json`", text, 1, true)
    assert.matches("## Part\n\n### Head", text, 1, true)
  end)
end)

describe("a report in CSV", function()
  it("gives a file for each table and chart, in full digits, with status and accessions", function()
    local files = with_table():render("csv")
    assert.equal(1, #files)
    assert.equal("quarters.csv", files[1].name)
    assert.equal("Firm,2024Q4 [bn USD],2024Q4 status,2024Q4 accessions,Verdict\r\n" ..
      "Amazon,27.834,derived,0001018724-25-000004 0001018724-24-000161,differs by 1.5\r\n" ..
      "Other,,,,\r\nTotal,-1234.5,,,\r\n", files[1].text)
    files = with_chart():render("csv")
    assert.matches("2025Q1,,,,25,20,31\r\n", files[1].text, 1, true)
  end)
end)

describe("writing a report", function()
  local lfs = require "lfs"

  it("makes the folder, and names the files of the data", function()
    local folder = os.tmpname()
    os.remove(folder)
    local r = with_table()
    assert.equal(folder .. "/a/r.html", r:write_html(folder .. "/a/r.html"))
    assert.equal(r:render("html"), jv.file.read(folder .. "/a/r.html"))
    r:write_markdown(folder .. "/a/r.md")
    assert.same({ folder .. "/a/data/quarters.csv" }, r:write_csv(folder .. "/a/data"))
    assert.equal(27.834, jv.csv.read(folder .. "/a/data/quarters.csv")[1]["2024Q4 [bn USD]"])
    for _, name in ipairs { "/a/data/quarters.csv", "/a/r.html", "/a/r.md" } do os.remove(folder .. name) end
    for _, name in ipairs { "/a/data", "/a", "" } do lfs.rmdir(folder .. name) end
  end)

  it("says where it cannot", function()
    local ok, message = pcall(function() with_table():write_html("/proc/none/r.html") end)
    assert.is_false(ok)
    assert.matches("/proc/none/r.html", tostring(message), 1, true)
  end)
end)

describe("series in a report", function()
  it("bring their unit, evidence and lineage", function()
    local s = jv.series { start = "2024Q3", freq = "Q-DEC", values = { 22.62e9, 27.834e9 }, unit = "USD" }
    local total = jv.quantity(26.3, "USD bn", { source = { filer = "AMZN", note = "the call" } }) * 4
    local r = new()
    r:chart { title = "c", alt = "a", unit = "USD bn", series = { { name = "capex", data = s } } }
    r:text("At {rate} a year.", { rate = { quantity = total, digits = 2 } })
    local text = r:render("markdown")
    assert.matches("| 2024Q4 | 27.8 |", text, 1, true)
    assert.matches("At 105.20 bn USD<sup>d</sup> a year.", text, 1, true)
    local page = r:render("html")
    assert.matches("<i>times 4</i>", page, 1, true)
    assert.matches("AMZN · the call", page, 1, true)
  end)

  it("show the arithmetic of a figure in a line", function()
    assert.equal("82,999 − 55,165 = 27,834 mn USD", jv.report.arithmetic(quarter()))
    local plan = jv.quantity(75, "USD bn", { source = { note = "printed" } })
    local year = jv.quantity(52535e6, "USD", { source = { filer = "GOOGL" } })
    assert.equal("(75,000 / 52,535) − 1 = 42.76 %", jv.report.arithmetic(plan / year - 1))
    assert.equal("75,000 × 4 = 300,000 mn USD", jv.report.arithmetic(plan * 4))
    assert.is_nil(jv.report.arithmetic(year))
  end)

  it("say why a figure is unresolved", function()
    local gap = { value = 0 / 0, status = "unresolved", lineage = { operation = "no proceeds by quarter" } }
    local r = new()
    r:table { title = "t", columns = { { key = "a", title = "A" } }, rows = { { a = gap } } }
    assert.matches('<span class="missing">missing</span> <small>no proceeds by quarter</small>',
                   r:render("html"), 1, true)
  end)
end)

describe("jv.markdown", function()
  it("makes HTML, and text out of raw HTML", function()
    assert.equal("<p>a <em>b</em></p>\n", jv.markdown("a *b*"))
    assert.equal("<p>a &lt;i&gt;b&lt;/i&gt;</p>\n", jv.markdown("a <i>b</i>"))
    assert.is_nil(jv.markdown("<div>\nx\n</div>"):find("<div>", 1, true))
  end)

  it("drops dangerous links", function()
    assert.equal('<p><a href="">x</a></p>\n', jv.markdown("[x](javascript:alert(1))"))
  end)
end)
