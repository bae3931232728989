local jv = require "jevons"

describe("jv.json", function()
  local function fails(code, message, fn, ...)
    local ok, e = pcall(fn, ...)
    assert.is_false(ok)
    assert.equal(code, e.code)
    assert.truthy(e.message:find(message, 1, true), e.message)
  end

  it("decodes", function()
    local t = jv.json.decode [[{"a": [1, 2.5, null, true], "b": null, "c": {"d": "é\n"}, "e": []}]]
    assert.equal("integer", math.type(t.a[1]))
    assert.equal(2.5, t.a[2])
    assert.equal(jv.json.null, t.a[3])
    assert.is_nil(t.b)
    assert.equal("é\n", t.c.d)
    assert.equal(false, jv.json.decode("null", { null = false }))
    assert.equal("x", jv.json.decode('{"a":null}', { null = "x" }).a)
  end)

  it("encodes in one way only", function()
    assert.equal('{"a":1,"b":[1,2],"c":"x"}', jv.json.encode { c = "x", a = 1, b = { 1, 2 } })
    assert.equal("{}", jv.json.encode {})
    assert.equal("[]", jv.json.encode(jv.json.array {}))
    assert.equal('{"e":[]}', jv.json.encode(jv.json.decode '{"e":[]}'))
    assert.equal("[1,null,null,null]", jv.json.encode { 1, 0 / 0, 1 / 0, jv.json.null })
    assert.equal("9223372036854775807", jv.json.encode(math.maxinteger))
    assert.equal("-9223372036854775808", jv.json.encode(math.mininteger))
    assert.equal('"2024Q1"', jv.json.encode(jv.period "2024Q1"))
    assert.equal('[\n  {\n    "a": 1\n  }\n]', jv.json.encode({ { a = 1 } }, { indent = 2 }))
    assert.equal("true", jv.json.encode(true))
  end)

  it("keeps every digit", function()
    math.randomseed(4)
    for _ = 1, 2000 do
      local x = (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
      assert.equal(x, jv.json.decode(jv.json.encode(x)))
    end
  end)

  it("refuses what is no JSON", function()
    fails("parse", "line 2, column 5: a value was expected", jv.json.decode, '{\n"a":}')
    fails("parse", "nested too deeply", jv.json.decode, ("["):rep(100000))
    fails("invalid", "a function has no JSON", jv.json.encode, { print })
    fails("invalid", "neither an array nor an object", jv.json.encode, { 1, a = 2 })
    fails("invalid", "the key of an object is a boolean", jv.json.encode, { [true] = 2 })
    fails("invalid", "NUL", jv.json.encode, "a\0b")
    local cycle = {}
    cycle.self = cycle
    fails("invalid", "a cycle?", jv.json.encode, cycle)
  end)
end)
