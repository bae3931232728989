-- jevons help [NAME…]
local jv = require "jevons"
local verbs = require "jevons.verbs"

-- A verb explains itself; jevons without a name is what `jevons --help` prints and the overview.
local function explain(name)
  local page = jv.help(name)
  if verbs.has(name) and name ~= "help" and name ~= "version" then
    local code = verbs.run(name, "--help")
    if page.found then print("\nIn Lua:\n\n" .. tostring(page)) end
    return code
  end
  if not page.found then
    io.stderr:write("jevons help: ", tostring(page), "\n")
    return 1
  end
  print(page)
  return 0
end

return function(args)
  if #args == 0 or args[1] == "--help" then
    verbs.print_usage()
    print "\nIn scripts and at the prompt, help() lists what there is:\n"
    print(jv.help())
    return 0
  end
  local worst = 0
  for _, name in ipairs(args) do worst = math.max(worst, explain(name)) end
  return worst
end
