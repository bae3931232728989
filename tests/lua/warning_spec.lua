-- jv.on_warning: warnings go to a handler while there is one, and to stderr otherwise.
local jv = require "jevons"
local program = require "program"

-- Amazon's capex: its tags overlap and differ, which is warned of once for each opened folder.
local function amazon()
  return jv.edgar.open("examples/data/edgar"):company("AMZN"):quarterly("capex")
end

describe("jv.on_warning", function()
  after_each(function() jv.on_warning(nil) end)

  it("hands each warning to the function, and gives back the one before", function()
    local heard = {}
    local function first(text) heard[#heard + 1] = text end
    assert.is_nil(jv.on_warning(first))
    amazon()
    assert.equal(1, #heard)
    assert.matches("^AMZN capex: PaymentsToAcquirePropertyPlantAndEquipment and ", heard[1])
    assert.equal(first, jv.on_warning(function() end))
    amazon()
    assert.equal(1, #heard)
  end)

  it("may use the library, from a coroutine too", function()
    local last
    jv.on_warning(function()
      last = coroutine.wrap(function() return jv.series { start = "2024", values = { 7 } }[1].value end)()
    end)
    assert.equal(27834e6, amazon()["2024Q4"].value)
    assert.equal(7, last)
  end)

  it("goes on where a handler fails, and says so", function()
    local _, said = program.shell([[jevons -e 'local jv = require "jevons"
      jv.on_warning(function() error("no place") end)
      print(jv.edgar.open("examples/data/edgar"):company("AMZN"):quarterly("capex")["2024Q4"].value)' 2>&1]])
    assert.matches("warning: AMZN capex: .*\nwarning: the handler of warnings failed: .*no place\n", said)
    assert.matches("27834000000", said, 1, true)
  end)

  it("takes a function or nothing", function()
    local ok, message = pcall(jv.on_warning, 3)
    assert.is_false(ok)
    assert.matches("function expected, got number", tostring(message), 1, true)
  end)
end)
