-- The program: command line, exit codes, messages, output that cannot be written, interrupts.
local program = require "program"
local run, shell = program.run, program.shell

describe("the command line", function()
  it("runs code, scripts and standard input", function()
    local code, out, err = run { "-e", 'print(jv.version == require("jevons").version, ...)' }
    assert.same({ 0, "true\n", "" }, { code, out, err })
    assert.equal("a\tb\t-\n", select(2, run({ "-", "a", "b" }, "print(arg[1], arg[2], arg[0])")))
    assert.equal("piped\n", select(2, run({}, 'print "piped"')))
    assert.equal("1\n2\n", select(2, run { "-e", "print(1)", "-eprint(2)" }))
  end)

  it("gives a script its arguments", function()
    local folder = program.directory()
    program.write_file(folder .. "/s.lua", "#!/usr/bin/env jevons\nprint(#arg, arg[2], select('#', ...))")
    assert.equal("3\tb c\t3\n", select(2, run { folder .. "/s.lua", "a", "b c", "--help" }))
    program.remove(folder)
  end)

  it("is a module of lua5.4 as well, which needs LuaFileSystem for folders only", function()
    if os.getenv "JEVONS_TEST_RUNNER" then return end -- a sanitized module needs the sanitized program
    local build = program.path:match "^(.*)/"
    local code, out, err = shell(("LUA_CPATH=%s lua5.4 -e %s"):format(program.quote(build .. "/?.so"),
      program.quote 'print(require("jevons").naive({1, 2}):forecast(1).mean[1])'))
    assert.same({ 0, "2.0\n", "" }, { code, out, err })
  end)

  it("runs a script named as a verb when its path says so", function()
    local folder = program.directory()
    program.write_file(folder .. "/version", "print 'mine'")
    local path = program.path:match("^/") and program.path or "$PWD/" .. program.path
    local _, out = shell(("p=%s; cd %s && \"$p\" ./version && \"$p\" version"):format(path, folder))
    assert.matches("^mine\njevons %d", out)
    program.remove(folder)
  end)

  it("says what is wrong with it, and exits with 2", function()
    local function refused(args, message)
      local code, out, err = run(args)
      assert.same({ 2, "" }, { code, out })
      assert.truthy(err:find(message, 1, true), err)
    end
    refused({ "forcast", "x.csv" }, "there is no verb and no script 'forcast', did you mean 'forecast'?")
    refused({ "--hepl" }, "unknown option '--hepl', did you mean '--help'?")
    refused({ "-e" }, "a value is missing after '-e'")
    refused({ "no/such.lua" }, "cannot open 'no/such.lua': No such file or directory")
    refused({ "--memory-limit", "much" }, "takes a size such as 512M or 4G, got 'much'")
    refused({ "version", "please" }, "takes no arguments")
  end)

  it("prints help and version", function()
    local code, out = run { "--help" }
    assert.equal(0, code)
    assert.truthy(out:find("usage: jevons", 1, true))
    for _, verb in ipairs { "forecast", "backtest", "help", "version" } do
      assert.truthy(out:find("\n  " .. verb .. " ", 1, true), verb)
    end
    local _, version = run { "--version" }
    assert.equal(version, select(2, run { "version" }))
    assert.equal("jevons " .. require("jevons").version .. " (Lua 5.4)\n", version)
  end)

  it("finds LuaFileSystem without a package of the system", function()
    assert.equal("directory\n", select(2, run { "-e", 'print(require("lfs").attributes(".", "mode"))' }))
  end)
end)

describe("a script that fails", function()
  it("begins its message with the place, keeps its output, and exits with 1", function()
    local code, out, err = run({}, 'io.write("half a line")\nerror("boom")')
    assert.same({ 1, "half a line", "stdin:2: boom\n" }, { code, out, err })
  end)

  it("shows where it was called from, only when there is something to show", function()
    local _, _, err = run({},
      "local function f()\n  jv.error('data', 'too short')\nend\nlocal function g()\n  f()\nend\ng()")
    assert.equal("stdin:2: too short\n  called from stdin:5\n  called from stdin:7\n", err)
  end)

  it("is understood whatever the error value is", function()
    assert.equal("told\n  at stdin:1\n", select(3, run({}, "error { message = 'told' }")))
    assert.equal("(error object is a table value)\n  at stdin:1\n", select(3, run({}, "error {}")))
    assert.equal("plain\n  at stdin:1\n", select(3, run({}, "error('plain', 0)")))
    local endless = "local function f() return 1 + f() end f()"
    assert.matches("^stdin:1: stack overflow", select(3, run({}, endless)))
    assert.matches("^stdin:1: unexpected symbol near '='", select(3, run({}, "x = = 1")))
  end)

  it("prints warnings on stderr", function()
    local code, out, err = run({}, 'print "out" warn("odd ", "data") warn("@off")')
    assert.same({ 0, "out\n", "warning: odd data\n" }, { code, out, err })
  end)
end)

describe("standard output", function()
  it("that cannot be written is noticed", function()
    local code, _, err = shell "jevons -e 'print(1)' >/dev/full"
    assert.equal(1, code)
    assert.truthy(err:find("jevons: standard output could not be written", 1, true))
    assert.equal(1, (shell "jevons -e 'print(1) os.exit(0)' >/dev/full"))
    assert.equal(1, (shell "jevons -e 'print(1)' >&-"))
    assert.equal(0, (shell "jevons -e 'local x = 1' >&-"))
  end)

  it("closed early ends the program in silence", function()
    local _, out, err = shell "jevons -e 'while true do print(1) end' | head -n 1"
    assert.same({ "1\n", "" }, { out, err })
  end)

  it("is never given to a file that is opened while it is closed", function()
    local folder = program.directory()
    local code = ("local f = io.open(%q, %q) print(1) f:write(2) f:close()"):format(folder .. "/data", "w")
    shell("jevons -e " .. program.quote(code) .. " >&-")
    assert.equal("2", program.read_file(folder .. "/data"))
    program.remove(folder)
  end)
end)

describe("the library's scripts", function()
  it("come from the tree that JEVONS_SCRIPTS names, when it names one", function()
    local folder = program.directory()
    shell(("cp -r scripts/. %s && echo 'jv.marker = \"tree\"' >>%s/jevons.lua"):format(folder, folder))
    local command = "JEVONS_SCRIPTS=%s; export JEVONS_SCRIPTS; jevons -e 'print(jv.marker)'"
    assert.equal("tree\n", select(2, shell(command:format(folder))))
    local code, _, err = shell(command:format(folder .. "/none"))
    assert.equal(1, code)
    assert.truthy(err:find("jevons.lua is missing in the tree that JEVONS_SCRIPTS names", 1, true), err)
    program.remove(folder)
  end)

  it("are found whatever stands in the working directory", function()
    local folder = program.directory()
    shell(("mkdir %s/jevons; echo 'error(\"mine\")' >%s/jevons/pretty.lua"):format(folder, folder))
    local path = program.path:match("^/") and program.path or "$PWD/" .. program.path
    local command = "p=%s; cd %s; \"$p\" -e 'print(type(require \"jevons.pretty\"))'"
    local _, out = shell(command:format(path, folder))
    assert.equal("function\n", out)
    program.remove(folder)
  end)
end)

describe("limits", function()
  it("hold memory", function()
    local code, _, err = run({ "--memory-limit", "30M", "-" }, "local t = {} for i = 1, 1e9 do t[i] = {} end")
    assert.equal(1, code)
    assert.matches("^not enough memory", err)
  end)

  it("let a script go on that catches the failure", function()
    local code, out = run({ "--memory-limit", "30M", "-" },
      "print(pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end))")
    assert.same({ 0, "false\tnot enough memory\n" }, { code, out })
  end)
end)

describe("memory behind small objects", function()
  local make = "local y = {} for i = 1, 90000 do y[i] = i % 7 end "

  it("counts in the limit, as an error object", function()
    local code, out = run({ "--memory-limit", "60M", "-" }, make .. [=[
      local kept = {}
      local good, err = pcall(function()
        while true do kept[#kept + 1] = jv.series { start = "1000-01", values = y } end
      end)
      print(good, err.code or err)]=])
    assert.equal(0, code)
    assert.matches("^false\tmemory\n", out)
  end)

  it("is collected before it fills the machine", function()
    local code, out = run({ "--memory-limit", "200M", "-" }, make .. [=[
      local s = jv.series { start = "1000-01", values = y }
      for _ = 1, 1000 do local _ = s + 1 end -- 720 MB in all
      print "done"]=])
    assert.same({ 0, "done\n" }, { code, out })
  end)
end)

describe("an interrupt", function()
  -- Starts the code, waits until it has printed a line, sends SIGINT; exit code and stderr.
  local function interrupted(code)
    local folder = program.directory()
    local status, _, err = shell(([[
      mkfifo %s/ready
      sh -c 'trap - INT; exec "$@"' sh %s -e %s >%s/ready &
      read line <%s/ready; kill -INT $!; wait $!]]):format(folder, program.quote(program.path),
      program.quote("print('ready') io.stdout:flush() " .. code), folder, folder))
    program.remove(folder)
    return status, err
  end

  it("stops a computation of the library, and a read that waits", function()
    local fit = "local y = {} for i = 1, 3000000 do y[i] = (i * 7919) % 101 end jv.fit('ets', y)"
    local status, err = interrupted(fit)
    assert.equal(130, status)
    assert.matches("interrupted", err)
    assert.equal(130, (interrupted("while io.read(1) do end io.popen('sleep 20'):read('a')")))
  end)

  it("stops Lua whatever catches errors, and exits with 130", function()
    for _, code in ipairs {
      "while true do end",
      "while true do pcall(function() while true do end end) end",
      "coroutine.wrap(function() while true do end end)()",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    } do
      local status, err = interrupted(code)
      assert.equal(130, status, code)
      assert.matches("^%(command line%):1: interrupted", err)
    end
  end)
end)
