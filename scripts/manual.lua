-- The manual (Markdown) and the LuaCATS annotations for editors, both out of the documentation that
-- each function registered where it was bound: manual(DIR) writes DIR/manual.md and DIR/jevons.lua.
local jv = require "jevons"
local internal = require "jevons.internal"

local docs = internal.docs

local function load_everything()
  for key in pairs(internal.lazy) do local _ = jv[key] end
end

local function split(text)
  local signature, body = text:match("^([^\n]*)\n*(.*)$")
  return signature, body
end

-- "jv.stats.ols" -> "jv.stats"; "series:lag" -> "series"; a class or a module owns itself.
local function owner_of(name) return name:match("^(.*)[.:][^.:]+$") or name end

local function owners()
  local list, members = {}, {}
  for _, name in ipairs(docs.names) do
    local owner = owner_of(name)
    if not members[owner] then
      members[owner] = {}
      list[#list + 1] = owner
    end
    if owner ~= name then table.insert(members[owner], name) end
  end
  return list, members
end

local function option_lines(name, out)
  for _, option in ipairs(docs.options[name] or {}) do
    out[#out + 1] = ("- `%s`: %s"):format(option.name, option.doc or "")
  end
end

local function models_part(out)
  out[#out + 1] = "\n## Models\n"
  for _, model in ipairs(internal.models()) do
    out[#out + 1] = ("### %s: %s\n\n%s\n"):format(model.name, model.title or "", model.doc or "")
    for _, option in ipairs(model.options or {}) do
      out[#out + 1] = ("- `%s`: %s"):format(option.name, option.doc or "")
    end
    if model.source then out[#out + 1] = ("\nSource: %s\n"):format(model.source) end
  end
end

local function markdown()
  local out = { ("# Jevons %s\n"):format(jv.version) }
  local list, members = owners()
  for _, owner in ipairs(list) do
    out[#out + 1] = ("\n## %s\n"):format(owner)
    if docs.text[owner] then out[#out + 1] = docs.text[owner] .. "\n" end
    for _, name in ipairs(members[owner]) do
      local signature, body = split(docs.text[name])
      out[#out + 1] = ("### `%s`\n\n%s\n"):format(signature, body)
      option_lines(name, out)
    end
  end
  models_part(out)
  return table.concat(out, "\n") .. "\n"
end

-- Names of the parameters of "jv.f(a, b or nil [, c])"; what stands in brackets is optional.
local function parameters(signature)
  local inside, list, seen = signature:match("%((.*)%)") or "", {}, {}
  local optional = false
  for part in inside:gsub("%b{}", "options"):gsub("%b\"\"", "text"):gmatch("[^,]+") do
    optional = optional or part:find("[", 1, true) == 1
    local word = part:match("[%a_][%w_]*") or "value"
    if word == "function" or word == "end" or word == "or" or word == "nil" then word = "value" end
    while seen[word] do word = word .. "_" end
    seen[word] = true
    list[#list + 1] = { word, optional }
    optional = optional or part:find("[", 1, true) ~= nil
  end
  return list
end

local function annotation(name)
  local signature, body = split(docs.text[name])
  local out, names = {}, {}
  for line in ((body ~= "" and body or signature) .. "\n"):gmatch("(.-)\n") do
    out[#out + 1] = "---" .. line
  end
  for _, parameter in ipairs(parameters(signature)) do
    out[#out + 1] = ("---@param %s%s any"):format(parameter[1], parameter[2] and "?" or "")
    names[#names + 1] = parameter[1]
  end
  local result = signature:match("%->%s*(.*)$")
  if result then out[#out + 1] = "---@return any # " .. result end
  out[#out + 1] = ("function %s(%s) end\n"):format(name, table.concat(names, ", "))
  return table.concat(out, "\n")
end

local function annotations()
  local out = { "---@meta jevons\n" }
  local list = owners()
  for _, owner in ipairs(list) do
    local line = owner:find(".", 1, true) and "%s = {}\n" or "---@class %s\nlocal %s = {}\n"
    out[#out + 1] = line:format(owner, owner)
  end
  for _, name in ipairs(docs.names) do
    if docs.text[name]:match("^[^\n]*%(") then out[#out + 1] = annotation(name) end
  end
  out[#out + 1] = "return jv\n"
  return table.concat(out, "\n")
end

-- Writes both files; returns their paths.
return function(dir)
  load_everything()
  local manual, stubs = dir .. "/manual.md", dir .. "/jevons.lua"
  jv.file.write(manual, markdown())
  jv.file.write(stubs, annotations())
  return manual, stubs
end
