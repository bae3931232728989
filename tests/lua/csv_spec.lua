local jv = require "jevons"

describe("jv.csv", function()
  local dir, path

  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(os.execute("mkdir '" .. dir .. "'"))
    path = dir .. "/t.csv"
  end)

  teardown(function() os.execute("rm -rf '" .. dir .. "'") end)

  local function put(text) jv.file.write(path, text) end

  local function fails(code, message, fn, ...)
    local ok, e = pcall(fn, ...)
    assert.is_false(ok)
    assert.equal(code, e.code)
    assert.truthy(e.message:find(message, 1, true), e.message)
  end

  it("reads rows by name, with types by column", function()
    put 'name,x,id,day\r\n"a,""b""",1,007,2024-01-01\r\nc,2.5,012,\r\nd,NA,1,2024-01-03\r\n'
    local rows = jv.csv.read(path)
    assert.same({ "name", "x", "id", "day" }, rows.columns)
    assert.equal(3, #rows)
    assert.equal('a,"b"', rows[1].name)
    assert.equal("integer", math.type(rows[1].x))
    assert.equal(2.5, rows[2].x)
    assert.is_true(rows[3].x ~= rows[3].x)
    assert.equal("007", rows[1].id) -- leading zeros: a name
    assert.equal("", rows[2].day)
  end)

  it("takes types, separators and files without header", function()
    put "a;b\n1;x\n2;y\n"
    assert.equal("1", jv.csv.read(path, { separator = ";", types = { a = "text" } })[1].a)
    assert.equal(2, jv.csv.read(path, { detect = true, types = "auto" })[2].a)
    fails("invalid", "row 1, column 'b': 'x' is not a number", jv.csv.read, path,
      { separator = ";", types = "number" })
    fails("invalid", "a type is auto, text or number", jv.csv.read, path, { separator = ";", types = "date" })
    local rows = jv.csv.read(path, { header = false, separator = ";" })
    assert.same({ "a", "b" }, rows[1])
    assert.is_nil(rows.columns)
    put "1,2\n3,4\n"
    assert.same({ { 1, 2 }, { 3, 4 } }, jv.csv.read(path, { header = false }))
  end)

  it("knows empty files, nameless columns and names that stand twice", function()
    put ""
    assert.same({ columns = {} }, jv.csv.read(path))
    put "a,b\n"
    assert.same({ columns = { "a", "b" } }, jv.csv.read(path))
    put ",b\n1,2\n"
    assert.equal(1, jv.csv.read(path)[1].column_1)
    put "a,a\n"
    fails("invalid", "the column 'a' stands twice in line 1", jv.csv.read, path)
  end)

  it("says file, line and column of what is wrong", function()
    put 'a,b\n1,"2\n'
    fails("parse", path .. ": line 2, column 3: this quote is never closed", jv.csv.read, path)
    put "a,b\n1\n"
    fails("parse", "line 2, column 2: 1 field, expected 2", jv.csv.read, path)
    fails("not_found", "/none.csv': No such file or directory", jv.csv.read, dir .. "/none.csv")
    fails("invalid", "unknown option 'seperator', did you mean 'separator'?", jv.csv.read, path,
      { seperator = ";" })
    fails("invalid", "takes one character", jv.csv.read, path, { separator = ";;" })
  end)

  it("iterates and closes", function()
    put "a\n1\n\n2\n"
    local seen = {}
    for row, line in jv.csv.rows(path) do seen[#seen + 1] = row.a .. "@" .. line end
    assert.same({ "1@2", "2@4" }, seen)
    local iterate = jv.csv.rows(path)
    assert.equal("1", iterate().a)
    put "a,b\n1\n"
    assert.has_error(function() for _ in jv.csv.rows(path) do end end)
  end)

  it("writes what reads back", function()
    local rows = { { a = 0.1, b = "x,\"y\"\nz" }, { a = 0 / 0, b = "", c = 3 }, { a = 1e300, b = "q" } }
    jv.csv.write(path, rows, { "b", "a", "c" })
    assert.equal('b,a,c\n"x,""y""\nz",0.1,\n,,3\nq,1e+300,\n', jv.file.read(path))
    local back = jv.csv.read(path)
    assert.equal(0.1, back[1].a)
    assert.equal('x,"y"\nz', back[1].b)
    jv.csv.write(path, back)
    assert.equal(3, jv.csv.read(path)[2].c)
    jv.csv.write(path, { { 1, "a" }, { 2 } })
    assert.equal("1,a\n2\n", jv.file.read(path))
    jv.csv.write(path, { { z = 1, y = true } }, nil, { separator = ";" })
    assert.equal("y;z\ntrue;1\n", jv.file.read(path))
    jv.csv.write(path, {})
    assert.equal("", jv.file.read(path))
    jv.csv.write(path, { { a = 1, b = nil }, {}, { b = 2, a = 3, c = "d" } })
    assert.equal("a,b,c\n1,,\n,,\n3,2,d\n", jv.file.read(path))
  end)

  it("writes quantities as their number", function()
    local s = jv.series { start = "2024Q1", freq = "Q-DEC", values = { 1.5, 2 }, unit = "USD bn" }
    jv.csv.write(path, { { q = s[1], p = jv.period "2024Q1" } })
    assert.equal("p,q\n2024Q1,1.5\n", jv.file.read(path))
  end)

  it("leaves the old file when a value throws", function()
    jv.csv.write(path, { { a = 1 } })
    local bad = setmetatable({}, { __tostring = function() error "no" end })
    assert.has_error(function() jv.csv.write(path, { { a = 2 }, { a = bad } }) end)
    collectgarbage()
    assert.equal("a\n1\n", jv.file.read(path))
    fails("invalid", "row 2 is a number, not a table", jv.csv.write, path, { { a = 1 }, 7 })
  end)

  it("reads a series", function()
    put "ds,y\n2024Q1,1\n2024Q3,4\n"
    local s = jv.csv.series(path, { unit = "USD bn", name = "capex" })
    assert.equal(3, #s)
    assert.equal("capex", s.name)
    assert.equal(4, s["2024Q3"].value)
    assert.is_true(s[2].value ~= s[2].value)
    put "unique_id,ds,y\na,2024-01-31,1\nb,2024-02-29,2\n"
    assert.equal(2, jv.csv.series(path, { freq = "M", id = "b" })["2024-02"].value)
    fails("not_found", "there is no series 'c'", jv.csv.series, path, { freq = "M", id = "c" })
    fails("data", "line 3: there is more than one series", jv.csv.series, path, { freq = "M" })
    fails("period", "only --freq can say", jv.csv.series, path, { id = "a" })
    put "ds,y\n2023,1\n2024,2\n"
    assert.equal(2, jv.csv.series(path, { freq = "A" })["2024"].value)
  end)
end)

describe("jv.file", function()
  it("reads and writes whole files", function()
    local path = os.tmpname()
    assert.is_true(jv.file.write(path, "a\0b"))
    assert.equal("a\0b", jv.file.read(path))
    os.remove(path)
    local ok, e = pcall(jv.file.read, path)
    assert.is_false(ok)
    assert.equal("not_found", e.code)
    ok, e = pcall(jv.file.write, path .. "/x", "")
    assert.is_false(ok)
    assert.truthy(e.message:find("cannot write '" .. path .. "/x'", 1, true), e.message)
  end)
end)
