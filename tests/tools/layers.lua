-- Checks that dependencies point one way: layers.lua FILE… (C sources and headers).
-- Inside core/ a file includes only its own room and lower ones, and never Lua; bindings/ includes
-- core and bindings. Prints each breach as file:line: and exits 1 when there is one.
local below = {
  base = {},
  text = { "base" },
  series = { "base" },
  numeric = { "base" },
  model = { "series", "numeric", "text" },
  evaluate = { "model" },
  capex = { "evaluate" },
  io = { "capex" },
}

local function may_use(room, other)
  if room == other then return true end
  for _, lower in ipairs(below[room]) do
    if may_use(lower, other) then return true end
  end
  return false
end

local breaches = 0
local function breach(file, line, text, ...)
  breaches = breaches + 1
  io.stderr:write(("%s:%d: "):format(file, line), text:format(...), "\n")
end

for _, file in ipairs(arg) do
  local room = file:match("^core/([%w_]+)/")
  local number = 0
  if file:match("^core/") and not below[room or ""] then
    breach(file, 1, "core has no room '%s'", tostring(room))
  end
  for line in io.lines(file) do
    number = number + 1
    local include = line:match('^%s*#%s*include%s*["<]([^">]+)')
    if include and room then
      local other = include:match("^([%w_]+)/")
      if include:match("^lua") or include:match("lauxlib") or include:match("^bind") then
        breach(file, number, "core includes %s", include)
      elseif other and below[other] and not may_use(room, other) then
        breach(file, number, "%s may not use %s (%s)", room, other, include)
      end
    end
    if room and (line:match("%f[%w_]printf%s*%(") or line:match("%f[%w_]exit%s*%(")
      or line:match("%f[%w_]abort%s*%(") or line:match("%f[%w_]getenv%s*%(")) then
      breach(file, number, "core prints, exits or reads the environment")
    end
  end
end
os.exit(breaches == 0)
