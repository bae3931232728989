-- Runs the real program, for the specs: in pipes, and at a pseudo-terminal made by script(1).
local program = { path = os.getenv("JEVONS") or "build/jevons" }

local function quote(s) return "'" .. tostring(s):gsub("'", "'\\''") .. "'" end
program.quote = quote

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end
program.read_file = read_file

function program.write_file(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- A fresh directory; the caller removes it with program.remove.
function program.directory()
  local pipe = assert(io.popen("mktemp -d"))
  local path = pipe:read("l")
  pipe:close()
  return path
end

function program.remove(path) os.execute("rm -rf " .. quote(path)) end

-- Runs a shell command; exit code, standard output, standard error. `jevons` in it is the program.
function program.shell(command)
  local out, err = os.tmpname(), os.tmpname()
  local script = ("jevons() { %s \"$@\"; }; { %s\n} >%s 2>%s"):format(quote(program.path), command, out, err)
  local _, kind, code = os.execute(script)
  local output, message = read_file(out), read_file(err)
  os.remove(out)
  os.remove(err)
  return kind == "signal" and 128 + code or code, output, message
end

-- Runs the program with these arguments and, if given, this standard input.
function program.run(args, input)
  local words = {}
  for i, word in ipairs(args) do words[i] = quote(word) end
  local before = input and ("printf %%s %s | "):format(quote(input)) or ""
  return program.shell(before .. "jevons " .. table.concat(words, " ") .. (input and "" or " </dev/null"))
end

-- ---- at a terminal

local session = {}
session.__index = session

-- Starts `jevons args` at a pseudo-terminal; settings such as "XDG_STATE_HOME=/x" precede it.
function program.start(args, settings)
  local self = setmetatable({ folder = program.directory(), seen = "" }, session)
  local fifo = self.folder .. "/keys"
  assert(os.execute("mkfifo " .. quote(fifo)))
  local places = ("HOME=%s XDG_CONFIG_HOME=%s/.config XDG_STATE_HOME=%s/state"):gsub("%%s", self.folder)
  -- The program takes the shell's place: dash ends at ^C even when the program goes on.
  local command = ("exec env %s TERM=vt100 %s %s %s"):format(
    places, settings or "NO_COLOR=1", quote(program.path), args or "")
  self.screen = assert(io.popen(("timeout 300 script -qec %s /dev/null <%s 2>&1"):format(
    quote(command), quote(fifo)), "r"))
  self.keys = assert(io.open(fifo, "w"))
  self.keys:setvbuf("no")
  return self
end

-- Reads the screen until the text appears; fails when the program ends before.
function session:expect(text)
  while true do
    local _, stop = self.seen:find(text, 1, true)
    if stop then
      local before = self.seen:sub(1, stop)
      self.seen = self.seen:sub(stop + 1)
      return before
    end
    local c = self.screen:read(1)
    if not c then error(("'%s' did not appear; last seen: %s"):format(text, self.seen:sub(-400)), 2) end
    self.seen = self.seen .. c
  end
end

function session:type(text) self.keys:write(text) end

function session:enter(line) self.keys:write(line, "\r") end

-- Leaves by ^D; the exit code. Before the prompt is there, the terminal would take ^D as the end of
-- a line of its own.
function session:leave()
  self:expect("> ")
  self:type("\4")
  return self:ended()
end

-- Waits for the program to end; its exit code.
function session:ended()
  self.screen:read("a")
  return self:close()
end

function session:close()
  self.keys:close()
  local _, _, code = self.screen:close()
  program.remove(self.folder)
  return code
end

return program
