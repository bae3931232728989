-- help() on names, functions, values, models and nothing; documentation of Lua functions; jevons help.
local jv = require "jevons"
local program = require "program"

local function text(...) return tostring(jv.help(...)) end
local function has(page, part) assert.truthy(page:find(part, 1, true), page) end

describe("help", function()
  it("on nothing fits a screen", function()
    local page = text()
    local lines = select(2, page:gsub("\n", "\n")) + 1
    assert.is_true(lines <= 24, lines .. " lines")
    for line in page:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 80, line) end
    has(page, "series")
    has(page, "ets")
  end)

  it("finds functions by name, by the end of the name, and by value", function()
    has(text "jv.period_range", "jv.period_range(")
    assert.equal(text "jv.period_range", text "period_range")
    assert.equal(text "jv.period_range", text(jv.period_range))
    assert.equal(text "series:lag", text "series.lag")
    local s = jv.series { start = "2024Q1", values = { 1, 2 } }
    assert.equal(text "series:cumulative", text(s.cumulative))
  end)

  it("shows the class of a value with its methods", function()
    local s = jv.series { start = "2024Q1", values = { 1, 2 } }
    local page = text(s)
    assert.equal(text "series", page)
    has(page, "\n  :cumulative() -> series ")
    has(page, "\n  .unit -> unit ")
    has(text(jv.period "2024Q4"), "period")
  end)

  it("leads from what Lua code makes to where it is told", function()
    has(text(jv.edgar.open "examples/data/edgar"), "jv.edgar.open(folder) -> folder of companies")
    has(text(jv.report.new { title = "x" }), "jv.report")
    has(text(jv.guidance.read "examples/data/capex/guidance.csv"), "jv.guidance.read(path) -> list")
  end)

  it("shows a model with its options as a table", function()
    local page = text "ets"
    has(page, "Options\n  option ")
    assert.matches("\n  %S+ +%a+ +%S+ ", page)
    has(page, "Source: ")
    assert.equal(page, text "jv.ets")
  end)

  it("says of a model what every model takes, and leaves absent defaults empty", function()
    local page = text "arima":gsub("%s+", " ")
    has(page, "Every model also takes lambda, bias_adjust,")
    has(page, 'season and seed, this one xreg: see help "jv.fit".')
    assert.is_nil(page:find("-1e+06", 1, true))
    assert.is_nil(text "ets":find("this one xreg", 1, true))
  end)

  it("finds options, with what they mean to whom", function()
    local page = text "caution"
    has(page, "'caution' is an option of:\n\n  ets:\n      what an endless trend must be")
    has(text "robust", "stl+, jv.stl, jv.mstl:\n")
    has(text "calibration", "every model:\n      forecast origins")
  end)

  it("has pages on topics, whose functions and options are there", function()
    local topics = require "jevons.topics"
    local common, rows = {}, require("jevons.internal").docs.options["jv.fit"]
    for _, option in ipairs(rows) do common[option.name] = true end
    for _, name in ipairs(topics.names) do
      local page = text(name)
      assert.equal(page, text(name:upper()))
      for line in page:gmatch "[^\n]+" do assert.is_true(utf8.len(line) <= 100, line) end
      for path in page:gmatch "jv%.([%a_][%w_.]*)" do
        local value = jv
        for key in path:gmatch "[^.]+" do value = value and value[key] end
        assert.is_not_nil(value, path .. " in the page on " .. name)
      end
    end
    for name in text "intervals":gmatch "\n  ([%l_]+) = " do
      assert.is_true(common[name] or name == "fc", name)
    end
    assert.equal(text "intervals", text "conformal")
    assert.equal(text "transformations", text "lambda")
  end)

  it("names the texts that tell of a word", function()
    has(text "kalman", "nothing is called 'kalman'\nTexts that tell of it: jv.structural")
  end)

  it("lists what a module holds", function()
    has(text "jv.stats", "jv.stats.")
    assert.equal(text "jv.stats", text(jv.stats))
  end)

  it("never cuts a summary inside parentheses", function()
    has(text "period", "Periods since 1970 (weeks: since the\n")
  end)

  it("suggests where nothing is found", function()
    assert.equal("nothing is called 'perid', did you mean 'period'?", text("perid"):match("^[^\n]*"))
    assert.is_false(jv.help("perid").found)
    has(text "xyzzy", "nothing is called 'xyzzy'; help() says what there is")
    has(text(42), "a value of type number")
    has(text(function() end), "a function that has no documentation")
  end)

  it("knows what Lua code documents", function()
    local function rate() end
    jv.doc("jv.test_rate", rate, "jv.test_rate(x) -> number\n\nThe rate of x. More of it.")
    assert.equal("jv.test_rate(x) -> number\n\nThe rate of x. More of it.", text(rate))
    assert.equal(text(rate), text "test_rate")
    assert.has_error(function() jv.doc("x") end)
  end)

  it("is there for everything", function() assert.same({}, jv.undocumented()) end)

  it("has the name on the first line of every text", function()
    local docs = require("jevons.internal").docs
    for _, name in ipairs(docs.names) do
      local first = docs.text[name]:match "^[^\n]*"
      if name:find "[.:]" then assert.equal(name, first:sub(1, #name)) end
    end
  end)

  it("notices what has none", function()
    jv.bare_function = function() end
    assert.same({ "jv.bare_function" }, jv.undocumented())
    jv.bare_function = nil
  end)
end)

describe("jevons help", function()
  it("prints pages", function()
    local code, out = program.run { "help", "jv.period", "naive" }
    assert.equal(0, code)
    has(out, text "jv.period" .. "\n" .. text "naive" .. "\n")
    has(select(2, program.run { "help" }), "usage: jevons")
    has(select(2, program.run { "help", "forecast" }), "usage: jevons forecast")
  end)

  it("shows a verb, and the kind of value of the same name", function()
    local code, out = program.run { "help", "forecast" }
    assert.equal(0, code)
    has(out, "usage: jevons forecast PANEL.csv")
    has(out, "\nIn Lua:\n\nforecast\n")
  end)

  it("fails on what it does not know", function()
    local code, out, err = program.run { "help", "perid" }
    assert.same({ 1, "" }, { code, out })
    has(err, "jevons help: nothing is called 'perid', did you mean 'period'?")
  end)
end)
