-- jevons version
local jv = require "jevons"

return function(args)
  if #args > 0 then
    io.stderr:write("jevons version: takes no arguments\n")
    return 2
  end
  print(("jevons %s (%s)"):format(jv.version, _VERSION))
  return 0
end
