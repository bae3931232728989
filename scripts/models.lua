-- Model files: models/NAME.lua in the working directory, or under the user's configuration folder.
-- Nothing is run before its model is named; then the file is run, and run again when it has changed
-- (size or time of change, looked at each time that the model is named).
--
-- The core's registry calls internal.find_model(name) for every name that is not built in.
local jv = require "jevons"
local internal = require "jevons.internal"
local lfs = require "lfs"

local loaded = {} -- name -> {path=, time=, size=, serial=}: what was run, and which definition it made
local running = {} -- name -> true while its file runs

local function user_folder()
  local base = os.getenv "XDG_CONFIG_HOME"
  if base and base ~= "" then return base .. "/jevons/models" end
  local home = os.getenv "HOME"
  return home and home .. "/.config/jevons/models"
end

-- Folders that are searched, the first one wins.
local function folders()
  local list = {}
  if internal.local_models ~= false then list[1] = "./models" end
  list[#list + 1] = user_folder()
  return list
end

local function find_file(name)
  for _, folder in ipairs(folders()) do
    local path = ("%s/%s.lua"):format(folder, name)
    local about = lfs.attributes(path)
    if about and about.mode == "file" then return path, about end
  end
end

local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then jv.error("io", "model file " .. message) end
  local text = file:read "a"
  file:close()
  return text
end

-- Runs the file. It may return the definition, or call jv.model.define itself.
local function run_file(name, path)
  local chunk, message = load(read_file(path), "@" .. path, "t")
  if not chunk then jv.error("parse", "model file " .. message) end
  local before = internal.model_serial(name)
  local definition = chunk(name)
  if type(definition) == "table" then
    if definition.name ~= name then
      jv.error("invalid", ("model file %s: its model is called '%s', not '%s' as the file"):format(
        path, tostring(definition.name), name))
    end
    jv.model.define(definition)
  elseif internal.model_serial(name) == before then
    jv.error("invalid", ("model file %s defines no model '%s'"):format(path, name))
  end
end

-- A model that a script has defined itself, after the file or without one, is left as it is.
local function up_to_date(name, path, about)
  local serial, last = internal.model_serial(name), loaded[name]
  if not last then return serial ~= nil end
  if serial ~= last.serial then return true end
  return last.path == path and last.time == about.modification and last.size == about.size
end

function internal.find_model(name)
  if not name:match "^[%a_][%w_]*$" or running[name] then return end
  local path, about = find_file(name)
  if not path or up_to_date(name, path, about) then return end
  running[name] = true
  local ok, message = pcall(run_file, name, path)
  running[name] = nil
  if not ok then
    loaded[name] = { serial = internal.model_serial(name) } -- tried again at the next use
    error(message, 0)
  end
  loaded[name] = {
    path = path, time = about.modification, size = about.size, serial = internal.model_serial(name),
  }
end

-- The file that the model of this name comes from as it is now; nil when a script has defined it.
function internal.model_file(name)
  local last = loaded[name]
  return last and last.path and last.serial == internal.model_serial(name) and last.path or nil
end

-- Adds the names of a folder's model files. One that is absent or must not be read has none.
local function add_files(folder, names, seen)
  local readable, entries, handle = pcall(lfs.dir, folder)
  if not readable then return end
  for entry in entries, handle do
    local name = entry:match "^([%a_][%w_]*)%.lua$"
    if name and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
end

-- A model file has not been run: of it the name alone is known.
local function details(names)
  local by_name, list = {}, {}
  for _, model in ipairs(internal.models()) do by_name[model.name] = model end
  for i, name in ipairs(names) do list[i] = by_name[name] or { name = name } end
  return list
end

function jv.models(options)
  local names, files, seen = internal.registered_models(), {}, {}
  for _, name in ipairs(names) do seen[name] = true end
  for _, folder in ipairs(folders()) do add_files(folder, files, seen) end
  table.sort(files)
  names = table.move(files, 1, #files, #names + 1, names)
  return options and options.details and details(names) or names
end

jv.doc("jv.models", jv.models, [[
jv.models([{details = true}]) -> table of names, or of tables

The models that can be named: the built-in ones, those defined since, and, in order of name, those
that stand in a file under ./models/ or ~/.config/jevons/models/. A file is listed without being run:
whether it is sound shows when its model is first named. With details each is a table: name, title,
doc, source, min_n, options (their rows) and can, what the model can do: can.update, can.missing, ….]])
