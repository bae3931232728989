-- Files that a page carries inside itself: style, script, charts' library.
--
-- Jevons' own are embedded beside the Lua. The charts' library is embedded when Jevons is built;
-- where it is not (a tree of scripts run by hand) it is read from the places listed here.
local assets = {}

local PACKAGED = {
  ["report/dygraph.min.js"] = { "/usr/share/javascript/dygraphs/dygraph.min.js",
                                "/usr/share/nodejs/dygraphs/dist/dygraph.min.js" },
  ["report/dygraph.css"] = { "/usr/share/javascript/dygraphs/dygraph.css",
                             "/usr/share/nodejs/dygraphs/dist/dygraph.css" },
}

local function read_first(paths)
  for _, path in ipairs(paths) do
    local file = io.open(path, "rb")
    if file then
      local text = file:read("a")
      file:close()
      return text
    end
  end
end

-- The text of an asset by its name under scripts/; what is missing is an error that names the package.
function assets.read(name)
  local text = require("jevons.internal").script(name) or read_first(PACKAGED[name] or {})
  if not text then
    error(("%s is neither built in nor in %s: install the Debian package libjs-dygraphs"):format(
      name, table.concat(PACKAGED[name] or { "the tree of scripts" }, ", ")), 0)
  end
  -- The source map is a file of the package's, which the page does not carry.
  return (text:gsub("\n//# sourceMappingURL=[^\n]*", ""):gsub("</script", "<\\/script"))
end

return assets
