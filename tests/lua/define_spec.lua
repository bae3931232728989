-- Models written in Lua: jv.model.define, what their functions may return, and model files.
local jv = require "jevons"
local internal = require "jevons.internal"
local program = require "program"
local lfs = require "lfs"

local VALUES = { 10, 12, 11, 15, 13, 14, 13, 18, 16, 17, 15, 22, 18, 20, 18, 25, 21, 23, 21, 28 }

local function capex()
  return jv.series { start = "2015Q1", freq = "Q-DEC", values = VALUES, unit = "USD bn", name = "capex" }
end

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.are.equal(code, type(err) == "table" and err.code or tostring(err))
  assert.is_truthy(err.message:find(text, 1, true), err.message)
end

local function near(want, got, tolerance)
  assert.is_true(math.abs(want - got) <= (tolerance or 1e-12) * math.max(1, math.abs(want)),
    ("got %.17g, want %.17g"):format(got, want))
end

local function repeated(value, h)
  local list = {}
  for i = 1, h do list[i] = value end
  return list
end

-- Defines a model that forecasts the last value; `extra` adds to the definition or replaces in it.
local function define(name, extra)
  local definition = {
    name = name,
    fit = function(y) return { last = y:last() } end,
    forecast = function(fit, h) return repeated(fit.last, h) end,
  }
  for key, value in pairs(extra or {}) do definition[key] = value end
  return jv.model.define(definition)
end

describe("jv.model.define", function()
  it("makes a model that stands beside the built-in ones", function()
    assert.are.equal("lua_naive", define "lua_naive")
    local listed = false
    for _, name in ipairs(jv.models()) do listed = listed or name == "lua_naive" end
    assert.is_true(listed)
    local mine, theirs = jv.fit("lua_naive", capex()), jv.naive(capex())
    assert.are.same(theirs:forecast(6).mean:values(), mine:forecast(6).mean:values())
    assert.are.equal("2020Q1", tostring(mine:forecast(1).mean.start))
    assert.are.equal("lua_naive", mine.form)
    assert.are.equal(4, mine.params.season)
  end)

  it("gives fit the series itself, with its unit and methods", function()
    local seen
    define("looks", { fit = function(y, opts)
      seen = { unit = tostring(y.unit), growth = y:growth(4):tail(8):median(), name = y.name, n = #y,
        last = tostring(y:last()), season = opts.season, start = tostring(y.start) }
      return { last = y:last() }
    end })
    jv.fit("looks", capex())
    assert.are.equal("USD bn", seen.unit)
    assert.are.equal("capex", seen.name)
    assert.are.equal("2015Q1", seen.start)
    assert.are.equal(20, seen.n)
    assert.are.equal(4, seen.season)
    assert.is_true(seen.growth > 0.1 and seen.growth < 0.3)
    jv.fit("looks", { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 })
    assert.are.equal(1, seen.season)
    assert.are.equal("1", seen.start)
  end)

  it("passes options on as they are, and by rows where there are some", function()
    local got
    define("free", { fit = function(y, opts) got = opts return { last = y:last() } end })
    local list = { 1, 2 }
    jv.fit("free", capex(), { k = 3, list = list, season = 2 })
    assert.are.equal(3, got.k)
    assert.are.equal(list, got.list)
    assert.are.equal(2, got.season)
    define("strict", {
      fit = function(y, opts) got = opts return { last = y:last() } end,
      options = {
        { name = "k", type = "integer", default = 3, min = 1, max = 9, doc = "a count" },
        { name = "form", type = "choice", choices = { "flat", "steep" }, default = "steep", doc = "a form" },
        { name = "damped", type = "boolean", doc = "damped" },
        { name = "label", type = "text", doc = "a text" },
      },
    })
    local f = jv.fit("strict", capex())
    assert.are.same({ k = 3, form = "steep", season = 4 }, got)
    assert.are.same(got, f.params)
    jv.fit("strict", capex(), { k = 5, form = "flat", damped = true, label = "x" })
    assert.are.same({ k = 5, form = "flat", damped = true, label = "x", season = 4 }, got)
    fails("invalid", "strict: unknown option 'kk', did you mean 'k'?", jv.fit, "strict", capex(), { kk = 1 })
    fails("invalid", "must lie in [1, 9], got 10", jv.fit, "strict", capex(), { k = 10 })
    fails("invalid", "is one of flat|steep, got 'odd'", jv.fit, "strict", capex(), { form = "odd" })
  end)

  it("measures intervals by refitting at earlier origins", function()
    define "lua_naive"
    local fc = jv.fit("lua_naive", capex()):forecast(12)
    local lower, upper = fc:interval(80)
    -- ten origins (half of 20): root mean square of the errors one step ahead, Student with 10 df
    local sum = 0
    for k = 1, 10 do sum = sum + (VALUES[21 - k] - VALUES[20 - k]) ^ 2 end
    near(28 + jv.stats.student_quantile(0.9, 10) * math.sqrt(sum / 10), upper[1].value, 1e-10)
    for i = 2, 12 do assert.is_true(upper[i].value >= upper[i - 1].value) end
    near(28, (lower[5].value + upper[5].value) / 2, 1e-12)
    -- beyond the horizons that were measured, as a random walk
    near((upper[12].value - 28) ^ 2 / (upper[8].value - 28) ^ 2, 12 / 8, 1e-9)
    assert.are.same(fc.mean:head(3):values(), jv.fit("lua_naive", capex()):forecast(3).mean:values())
  end)

  it("measures them only when they are asked for, while the fit is as it was", function()
    local fits = 0
    define("counted", {
      fit = function(y) fits = fits + 1 return { last = y:last() } end,
      update = function(_, y) return { last = y:last() } end,
    })
    local f = jv.fit("counted", capex())
    local fc, other = f:forecast(4), f:forecast(4)
    assert.are.equal(28, fc.mean[4].value)
    assert.are.equal(1, fits)
    local lower = fc:interval(80)
    assert.are.equal(11, fits)
    assert.are.equal(tostring(lower), tostring((f:forecast(4):interval(80))))
    assert.are.equal(11, fits)
    jv.backtest(capex(), { models = { "counted" }, h = 2, origins = 3 })
    assert.are.equal(14, fits)
    f:update { 30 }
    assert.are.equal(tostring(lower), tostring((fc:interval(80))))
    fails("unsupported", "forecast again", function() other:interval(80) end)
    local gone = (function()
      local g <close> = jv.fit("counted", capex())
      return g:forecast(2)
    end)()
    fails("invalid", "this fit is closed", function() gone:interval(80) end)
  end)

  it("is scaled with y, and nests its intervals", function()
    define "lua_naive"
    local big = {}
    for i, v in ipairs(VALUES) do big[i] = v * 1024 end
    local a, b = jv.fit("lua_naive", VALUES):forecast(6), jv.fit("lua_naive", big):forecast(6)
    local low80, high80 = a:interval(80)
    local low95, high95 = a:interval(95)
    local big80 = b:interval(80)
    for i = 1, 6 do
      assert.are.equal(1024 * a.mean[i], b.mean[i])
      assert.are.equal(1024 * low80[i], big80[i])
      assert.is_true(low95[i] <= low80[i] and low80[i] <= high80[i] and high80[i] <= high95[i])
    end
  end)

  it("takes typed options in a list of models", function()
    local seen = {}
    define("typed", { fit = function(y, opts)
      seen[#seen + 1] = ("%s/%s/%s"):format(opts.k, opts.word, opts.on)
      return { last = y:last() }
    end })
    jv.backtest(capex(), { models = { 'typed{k=3, word="a b", on=true}', "typed" }, h = 2, origins = 1 })
    assert.are.same({ "3/a b/true", "nil/nil/nil" }, seen)
  end)

  it("gives points only where the series is too short for that", function()
    define "lua_naive"
    local fc = jv.fit("lua_naive", { 1, 2, 3 }):forecast(2, { level = {} })
    assert.are.same({ 3, 3 }, fc.mean)
    fails("unsupported", "no quantiles or intervals", function() fc:interval(80) end)
    fails("unsupported", "too short to measure its errors", function() fc:paths(1) end)
  end)

  it("takes means and standard deviations", function()
    define("with_sd", { forecast = function(fit, h)
      local sd = {}
      for i = 1, h do sd[i] = math.sqrt(i) end
      return { mean = repeated(fit.last, h), sd = sd }
    end })
    local _, upper = jv.fit("with_sd", capex()):forecast(4):interval(95)
    near(28 + 1.959963984540054 * 2, upper[4].value)
    local annual = jv.fit("with_sd", capex()):forecast(4):annual()[1]
    -- the sum of four steps of a random walk
    near(math.sqrt(1 + 2 + 3 + 4 + 2 * (1 * 3 + 2 * 2 + 3 * 1)), annual.sd.value, 0.05)
    define("with_df", { forecast = function(fit, h)
      return { mean = repeated(fit.last, h), sd = repeated(1, h), df = 5 }
    end })
    _, upper = jv.fit("with_df", capex()):forecast(1):interval(95)
    near(28 + jv.stats.student_quantile(0.975, 5), upper[1].value)
  end)

  it("takes quantiles and gives them back", function()
    define("with_quantiles", { forecast = function(fit, h)
      return { quantiles = { [0.1] = repeated(fit.last - 1, h), [0.5] = repeated(fit.last, h),
        [0.9] = repeated(fit.last + 4, h) } }
    end })
    local fc = jv.fit("with_quantiles", capex()):forecast(3)
    local lower, upper = fc:interval(80)
    near(27, lower[2].value)
    near(32, upper[2].value)
    near(28, fc:quantile(0.5)[3].value)
    assert.are.equal("median", fc.says)
    assert.is_true(fc:quantile(0.95)[1].value > 32 and fc:quantile(0.25)[1].value > 27)
    assert.are.same(fc:paths(3), jv.fit("with_quantiles", capex()):forecast(3):paths(3))
  end)

  it("takes paths", function()
    define("with_paths", { forecast = function(fit, h)
      local paths = {}
      for k = 1, 101 do paths[k] = repeated(fit.last + k - 51, h) end
      return { paths = paths }
    end })
    local fc = jv.fit("with_paths", capex()):forecast(4)
    near(28, fc.mean[1].value)
    local lower, upper = fc:interval(90)
    near(28 - 45, lower[1].value)
    near(28 + 45, upper[4].value)
    assert.are.same({ -22, -22, -22, -22 }, fc:paths(1)[1])
  end)

  it("draws its own paths with a stream of its own", function()
    define("walks", { simulate = function(fit, h, random)
      local level, path = fit.last, {}
      for i = 1, h do
        level = level + random:normal() + 0 * random() + 0 * random:below(3)
        path[i] = level
      end
      return path
    end })
    local f = jv.fit("walks", capex())
    local a, b = f:simulate(5, 3), f:simulate(5, 6)
    assert.are.same(a[3], b[3])
    assert.are_not.same(a, f:simulate(5, 3, { seed = 1 }))
    assert.are.same(a, jv.fit("walks", capex()):simulate(5, 3))
  end)

  it("shows fitted values, form and criteria that fit returns", function()
    define("with_fitted", { fit = function(y)
      return { last = y:last(), fitted = y:lag(1):window("2015Q1", "2019Q4") }
    end })
    local ok, err = pcall(jv.fit, "with_fitted", capex())
    assert.is_false(ok) -- the lagged series is shorter by one
    assert.is_truthy(tostring(err):find("model 'with_fitted': fit: fitted has 19 values, wanted 20", 1, true))
    define("with_fitted", { fit = function(y)
      local fitted = { 0 / 0 }
      for i = 2, #y do fitted[i] = y[i - 1] end
      return { last = y:last(), fitted = fitted, form = "Last value", loglik = -10, n_params = 1 }
    end })
    local f = jv.fit("with_fitted", capex())
    assert.are.equal("Last value", f.form)
    near(22, f.aic)
    near(jv.naive(capex()).sigma2, f.sigma2)
    assert.are.same(jv.naive(capex()):residuals():tail(19):values(), f:residuals():tail(19):values())
  end)

  it("has components, takes updates, is saved and loaded", function()
    define("whole", {
      components = function(fit) return { level = repeated(fit.last, 20), zero = repeated(0, 20) } end,
      update = function(fit, y) return { last = y:last(), was = fit.last } end,
    })
    local f = jv.fit("whole", capex(), { k = { 1, 2 } })
    local parts = f:components()
    assert.are.equal(28, parts.level[20].value)
    assert.are.equal(0, parts.zero[1].value)
    local g = jv.load(f:save())
    assert.are.equal(tostring(f:forecast(4, { level = 80 })), tostring(g:forecast(4, { level = 80 })))
    assert.are.equal(f:save(), g:save())
    assert.are.same({ 1, 2 }, g.params.k)
    f:update { 30 }
    assert.are.equal(30, f:forecast(1).mean[1].value)
    assert.are.equal("2020Q2", tostring(f:forecast(1).mean.start))
    define("saves", {
      fit = function(y) return function() return y:last() end end,
      forecast = function(fit, h) return repeated(fit(), h) end,
    })
    fails("invalid", "a fit that holds a function cannot be saved", function()
      jv.fit("saves", capex()):save()
    end)
    define("saves", {
      fit = function(y) return function() return y:last() end end,
      forecast = function(fit, h) return repeated(fit(), h) end,
      save = function(fit) return { last = fit() } end,
      load = function(saved) return function() return saved.last end end,
    })
    local loaded = jv.load(jv.fit("saves", capex()):save())
    assert.are.equal(28, loaded:forecast(1).mean[1].value)
  end)

  it("takes gaps only where it says so", function()
    define "lua_naive"
    fails("data", "lua_naive: observation 2 is missing", jv.fit, "lua_naive", { 1, 0 / 0, 3 })
    define("gaps", { missing = true })
    assert.are.equal(3, jv.fit("gaps", { 1, 0 / 0, 3 }):forecast(1).mean[1])
    define("long", { min_n = 30 })
    fails("data", "long: needs at least 30 observed values, got 20", jv.fit, "long", capex())
    define("above", { positive = true })
    fails("data", "above: needs values above zero", jv.fit, "above", { 1, -1, 2 })
  end)

  it("refuses what is no definition", function()
    local function refused(text, extra)
      fails("invalid", text, define, extra.name or "some", extra)
    end
    refused("'ets' is a built-in model and cannot be redefined", { name = "ets" })
    refused("letters, digits and _", { name = "a b" })
    refused("letters, digits and _", { name = "1a" })
    refused("letters, digits and _", { name = ("x"):rep(64) })
    refused("model 'some': fit must be a function, got number", { fit = 3 })
    refused("model 'some': simulate must be a function, got string", { simulate = "x" })
    refused("did you mean 'forecast'?", { forecats = print })
    refused("min_n is a whole number", { min_n = 0 })
    refused("type is number, integer", { options = { { name = "k", type = "real" } } })
    refused("a choice needs choices", { options = { { name = "k", type = "choice" } } })
    local odd = { name = "k", type = "choice", choices = { "a" }, default = "b" }
    refused("this default does not fit", { options = { odd } })
    refused("an option has no name", { options = { {} } })
    fails("invalid", "forecast must be a function, got nil", jv.model.define, { name = "x", fit = print })
    fails("invalid", "name is missing", jv.model.define, { fit = print, forecast = print })
    assert.has_error(function() jv.model.define "x" end)
  end)

  it("names model and function in what they return wrongly", function()
    local function returns(value, text)
      define("wrong", { forecast = function() return value end })
      fails("invalid", text, function() jv.fit("wrong", capex()):forecast(3) end)
    end
    returns(nil, "model 'wrong': forecast must be 3 numbers, got a nil")
    returns("x", "model 'wrong': forecast must be 3 numbers, got a string")
    returns({ 1, 2 }, "model 'wrong': forecast has 2 values, wanted 3")
    returns({ 1, 0 / 0, 3 }, "model 'wrong': forecast: value 2 is not a number")
    returns({ 1, 2, math.huge }, "model 'wrong': forecast: value 3 is infinite")
    returns({ mean = { 1, 2 } }, "model 'wrong': forecast: mean has 2 values, wanted 3")
    returns({ sd = { 1, 2, 3 } }, "model 'wrong': forecast: mean is missing")
    returns({ mean = { 1, 2, 3 }, sd = { 1, -1, 1 } }, "sd of step 2 is -1")
    returns({ mean = { 1, 2, 3 }, sd = { 1, 1, 1 }, df = -1 }, "df is -1")
    returns({ quantiles = { [0.5] = { 1, 2, 3 } } }, "at least 2 quantiles")
    returns({ quantiles = { [50] = { 1, 2, 3 } } }, "probabilities between 0 and 1")
    returns({ quantiles = { [0.1] = { 1, 2, 3 }, [0.9] = { 2, 1, 4 } } },
      "quantiles 0.1 and 0.9 cross at step 2")
    returns({ paths = { { 1, 2, 3 } } }, "at least 2 tables")
    returns({ paths = { { 1, 2, 3 }, { 1, 2 } } }, "path 2 has 2 values, wanted 3")
    define("wrong", { forecast = function() return { 1, "two", 3 } end })
    local ok, err = pcall(function() jv.fit("wrong", capex()):forecast(3) end)
    assert.is_false(ok)
    assert.is_truthy(tostring(err):find("model 'wrong': forecast", 1, true), tostring(err))
    define("wrong", { fit = function() end })
    fails("invalid", "model 'wrong': fit returned nothing", jv.fit, "wrong", capex())
    define("wrong", { simulate = function() return {} end })
    fails("invalid", "model 'wrong': simulate has 0 values, wanted 2", function()
      jv.fit("wrong", capex()):simulate(2, 1)
    end)
    define("wrong", { components = function() return 1 end })
    fails("invalid", "components must return a table", function() jv.fit("wrong", capex()):components() end)
    define("wrong", { components = function() return { a = { 1 } } end })
    fails("invalid", "components: a has 1 value, wanted 20", function()
      jv.fit("wrong", capex()):components()
    end)
  end)

  it("rethrows the error that the script threw", function()
    local thrown = { mine = true }
    define("throws", { fit = function() error(thrown) end })
    local ok, err = pcall(jv.fit, "throws", capex())
    assert.is_false(ok)
    assert.are.equal(thrown, err)
    define("throws", { forecast = function() error "no luck" end })
    ok, err = pcall(function() jv.fit("throws", capex()):forecast(1) end)
    assert.is_false(ok)
    assert.is_truthy(err:find("define_spec.lua:%d+: no luck"), err)
    define("throws", { fit = function(y) return y:window("2030Q1", "2031Q1"):log():last() end })
    assert.is_false((pcall(jv.fit, "throws", capex())))
  end)

  it("works inside coroutines, and models may use models", function()
    define("outer", {
      fit = function(y) return jv.ets(y) end,
      forecast = function(fit, h) return fit:forecast(h).mean end,
    })
    local co = coroutine.wrap(function() return jv.fit("outer", capex()):forecast(4).mean end)
    local mean = co()
    assert.are.same(jv.ets(capex()):forecast(4).mean:values(), mean:values())
    local f = coroutine.wrap(function() return jv.fit("outer", capex()) end)()
    collectgarbage()
    assert.are.equal(4, f:forecast(4).h)
  end)

  it("keeps old fits alive when the model is defined anew", function()
    define("changing", { forecast = function(_, h) return repeated(1, h) end })
    local old = jv.fit("changing", capex())
    for k = 2, 20 do define("changing", { forecast = function(_, h) return repeated(k, h) end }) end
    collectgarbage()
    collectgarbage()
    assert.are.equal(1, old:forecast(1).mean[1].value)
    assert.are.equal(20, jv.fit("changing", capex()):forecast(1).mean[1].value)
    define("suicidal", { fit = function(y)
      define "suicidal"
      define "suicidal"
      collectgarbage()
      return { last = y:last() }
    end })
    assert.are.equal(28, jv.fit("suicidal", capex()):forecast(1).mean[1].value)
  end)

  it("lets nothing stay behind when fits are dropped", function()
    define "lua_naive"
    local y = capex()
    for _ = 1, 50 do jv.fit("lua_naive", y):forecast(2) end
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    for _ = 1, 500 do jv.fit("lua_naive", y):forecast(2):interval(80) end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 64, "memory grew")
  end)
end)

describe("a model file", function()
  local dir, here, home

  before_each(function()
    dir, here, home = program.directory(), lfs.currentdir(), nil
    lfs.chdir(dir)
    lfs.mkdir "models"
  end)

  after_each(function()
    lfs.chdir(here)
    program.remove(dir)
    internal.local_models = nil
    assert.is_nil(home)
  end)

  local function put(name, text) program.write_file(dir .. "/models/" .. name .. ".lua", text) end

  local function model(name, value)
    local form = [[return { name = "%s", fit = function() return %d end,
      forecast = function(fit, h) local t = {} for i = 1, h do t[i] = fit end return t end }]]
    return form:format(name, value)
  end

  local function value(name) return jv.fit(name, capex()):forecast(1).mean[1].value end

  it("is run when its model is named, and again when it changes", function()
    put("file_one", model("file_one", 7))
    put("file_broken", "return {")
    assert.are.equal(7, value "file_one")
    put("file_one", model("file_one", 123))
    assert.are.equal(123, value "file_one")
    put("file_one", model("file_one", 456)) -- as long as before: the time tells
    lfs.touch(dir .. "/models/file_one.lua", os.time() + 10)
    assert.are.equal(456, value "file_one")
  end)

  it("is found by help, which names it", function()
    put("file_told", model("file_told", 7))
    local page = tostring(jv.help "file_told")
    assert.is_truthy(page:find('jv.fit("file_told", y [, options]) -> fit', 1, true), page)
    put("file_untold", "error 'not today'")
    local ok, err = pcall(jv.help, "file_untold")
    assert.is_false(ok)
    assert.is_truthy(tostring(err):find("not today", 1, true))
    assert.is_false(jv.help("file_absent").found)
  end)

  it("is listed before it is run, once", function()
    put("listed_later", "error 'not to be run'")
    put("naive", "error 'not to be run'")
    put("1st", "no name of a model")
    local count = {}
    for _, name in ipairs(jv.models()) do count[name] = (count[name] or 0) + 1 end
    assert.are.equal(1, count.listed_later)
    assert.are.equal(1, count.naive)
    assert.is_nil(count["1st"])
    internal.local_models = false
    local names = table.concat(jv.models(), " ")
    internal.local_models = nil
    assert.is_nil(names:find("listed_later", 1, true))
  end)

  it("may call jv.model.define itself", function()
    local definition = "(function() " .. model("file_call", 3) .. " end)()"
    put("file_call", "local jv = require 'jevons'\njv.model.define(" .. definition .. ")")
    assert.are.equal(3, value "file_call")
  end)

  it("that is broken is an error only when its model is named", function()
    put("file_broken", "return {")
    fails("parse", "model file ./models/file_broken.lua:1:", value, "file_broken")
    put("file_other", model("another", 1))
    fails("invalid", "its model is called 'another', not 'file_other'", value, "file_other")
    put("file_empty", "")
    fails("invalid", "./models/file_empty.lua defines no model 'file_empty'", value, "file_empty")
    put("file_throws", "error 'not today'")
    local ok, err = pcall(value, "file_throws")
    assert.is_false(ok)
    assert.is_truthy(tostring(err):find("models/file_throws.lua:1: not today", 1, true), tostring(err))
    put("file_throws", model("file_throws", 5))
    assert.are.equal(5, value "file_throws")
    put("file_throws", "oops")
    fails("parse", "file_throws.lua", value, "file_throws")
    fails("not_found", "no model 'file_absent'", value, "file_absent")
  end)

  it("under ./models/ can be ignored", function()
    put("file_local", model("file_local", 1))
    internal.local_models = false
    fails("not_found", "no model 'file_local'", value, "file_local")
    internal.local_models = nil
    assert.are.equal(1, value "file_local")
  end)

  it("of the examples works", function()
    put("seasonal_growth", program.read_file(here .. "/examples/models/seasonal_growth.lua"))
    local fc = jv.fit("seasonal_growth", capex(), { years = 1 }):forecast(5)
    local growth = capex():growth(4):tail(4):median().value
    near(VALUES[17] * (1 + growth), fc.mean[1].value)
    near(VALUES[17] * (1 + growth) ^ 2, fc.mean[5].value)
    assert.are.equal("Seasonal growth [4]", fc.form)
    assert.is_true(fc:interval(80)[1].value < fc.mean[1].value)
  end)

  it("stands back behind a definition of the script's own", function()
    put("file_mine", model("file_mine", 1))
    define "file_mine"
    assert.are.equal(28, value "file_mine")
  end)

  it("may stand in the user's folder, and serve the program", function()
    local path = program.path:match "^/" and program.path or here .. "/" .. program.path
    os.execute("mkdir -p " .. dir .. "/config/jevons/models")
    program.write_file(dir .. "/config/jevons/models/mine.lua", model("mine", 9))
    put("near", model("near", 8))
    local function run(words)
      return program.shell(("cd %s && XDG_CONFIG_HOME=%s/config %s %s"):format(dir, dir, path, words))
    end
    local function shell(options, name)
      local code = ("print(jv.fit(%q, {1, 2}):forecast(1).mean[1])"):format(name)
      return run(options .. " -e " .. program.quote(code))
    end
    local code, out, err = shell("", "mine")
    assert.are.same({ 0, "9.0\n", "" }, { code, out, err })
    assert.are.equal("8.0\n", select(2, shell("", "near")))
    code, out, err = shell("--no-local-models", "near")
    assert.are.same({ 1, "" }, { code, out })
    assert.is_truthy(err:find("no model 'near'", 1, true), err)
    program.write_file(dir .. "/p.csv", "unique_id,ds,y\na,2024Q1,1\na,2024Q2,2\na,2024Q3,3\n")
    code, out, err = run "forecast p.csv --freq Q --h 2 --model mine"
    assert.are.equal(0, code, err)
    assert.is_truthy(out:find("a,2025Q1,9", 1, true), out)
  end)
end)

describe("the program", function()
  it("interrupts a model written in Lua, also through pcall", function()
    local code = [[local function spin() while true do end end
      jv.model.define{name="spin", fit=function() while true do pcall(spin) end end, forecast=spin}
      jv.fit("spin", {1,2,3})]]
    local command = "timeout --preserve-status -s INT 0.5 %s -e %s"
    local status, _, err = program.shell(command:format(program.path, program.quote(code)))
    assert.are.equal(130, status, err)
  end)

  it("runs out of memory cleanly, wherever it happens", function()
    local code = [[jv.model.define{name="m", fit=function(y) return {last=y:last().value} end,
        forecast=function(f, h)
          local t = {}
          for i = 1, h do t[i] = f.last end
          return {quantiles={[0.1]=t, [0.9]=t}}
        end,
        components=function(f) return {a={1, 2, 3, f.last}} end, update=function(f, y) return {last=3} end}
      local f = jv.fit("m", {1, 2, 3, 4}, {k=1})
      local text = tostring(f:forecast(8, {level={80, 95}})) .. f:save()
      f:components() f:simulate(3, 50) jv.load(f:save()):update{3} print(jv.stats.ols({1, 2, 4}, {1, 2, 3}))]]
    local ended = {}
    for limit = 300, 1500, 60 do
      local status, _, err = program.run { "--memory-limit", limit .. "K", "-e", code }
      ended[status] = true
      assert.is_true(status == 0 or (status == 1 and err:find "memory" ~= nil), status .. ": " .. err)
    end
    assert.is_true(ended[0] and ended[1], "the limits do not straddle what is needed")
  end)

  it("ends a model that eats memory with an error", function()
    local code = [[local function eat() local t = {} for i = 1, 1e9 do t[i] = {i} end end
      jv.model.define{name="eats", fit=eat, forecast=eat}
      print(pcall(jv.fit, "eats", {1,2,3})) print(#jv.naive({1,2}):forecast(3))]]
    local status, out, err = program.run { "--memory-limit", "40M", "-e", code }
    assert.are.equal(0, status, err)
    assert.is_truthy(out:find("false.*memory.*\n3\n"), out)
  end)
end)
