-- help(x): what a name, a function, a value, a module or a model is. The text comes from what each
-- function registered where it was bound (bindings/doc.c) and from the option rows of the models.
local jv = require "jevons"
local internal = require "jevons.internal"
local text = require "jevons.text"
local topics = require "jevons.topics"

local docs = internal.docs
local WIDTH = 79

local page_meta = { __name = "jevons.page" }
page_meta.__tostring = function(page) return page.text end

local function page(found, ...)
  return setmetatable({ found = found, text = table.concat({ ... }, "\n") }, page_meta)
end

-- ---- parts of a text

local function signature_of(name)
  local doc = docs.text[name]
  return doc and doc:match("^[^\n]*") or name
end

local function description_of(name)
  local doc = docs.text[name] or ""
  return doc:match("^[^\n]*\n+(.*)$") or doc
end

-- The first sentence, never cut inside parentheses: what stands behind a name in a list.
local function summary_of(name)
  local body = description_of(name):gsub("%s+", " ")
  for stop in body:gmatch "[.;:]()%s" do
    local head = body:sub(1, stop - 1)
    if select(2, head:gsub("%(", "")) == select(2, head:gsub("%)", "")) then return head end
  end
  return (body:gsub("%.$", ""))
end

-- A row a name; long signatures have their line to themselves. In the list of a class its name is
-- left away: ":lag([k]) -> series".
local function list_text(names, class)
  local out = {}
  for _, name in ipairs(names) do
    local signature = signature_of(name)
    local summary = summary_of(name):gsub("[.;:]$", "")
    if class and signature:sub(1, #class) == class then signature = signature:sub(#class + 1) end
    if text.width(signature) <= 34 then
      out[#out + 1] = text.columns({ { text.pad(signature, 34), summary } }, WIDTH, "  ")
    else
      out[#out + 1] = "  " .. signature
      if summary ~= "" then out[#out + 1] = text.wrap(summary, WIDTH, (" "):rep(38)) end
    end
  end
  return table.concat(out, "\n")
end

-- ---- options

local function number_text(x)
  if x == math.huge or x >= 1e300 then return "inf" end
  if x == -math.huge or x <= -1e300 then return "-inf" end
  return ("%.6g"):format(x)
end

local UNSET = -1000000 -- JV_OPT_UNSET: estimated or chosen when absent

local function default_text(option)
  if option.default == nil or option.default == UNSET then return "-" end
  if option.type == "boolean" then return tostring(option.default ~= 0) end
  if option.type ~= "choice" then return number_text(option.default) end
  local i = 0
  for choice in option.choices:gmatch("[^|]+") do
    if i == option.default then return choice end
    i = i + 1
  end
  return "-"
end

local function range_text(option)
  if option.choices then return (option.choices:gsub("|", " ")) end
  if option.min == nil or (option.min <= -1e300 and option.max >= 1e300) then return "" end
  return ("%s … %s"):format(number_text(option.min), number_text(option.max))
end

-- The meaning stands in its column, or below the row where that would be too narrow to read.
local function rows_text(rows)
  local used = 2
  for column = 1, 4 do
    local widest = 0
    for _, row in ipairs(rows) do widest = math.max(widest, text.width(row[column])) end
    used = used + widest + 2
  end
  if WIDTH - used >= 36 then return text.columns(rows, WIDTH, "  ") end
  local meanings = {}
  for i, row in ipairs(rows) do
    meanings[i] = table.remove(row)
    row[#row + 1] = "" -- pads the range's column too
  end
  local out, i = {}, 0
  for line in text.columns(rows, WIDTH, "  "):gmatch("[^\n]+") do
    i = i + 1
    out[#out + 1] = line
    if i > 1 and meanings[i] ~= "" then out[#out + 1] = text.wrap(meanings[i], WIDTH, "      ") end
  end
  return table.concat(out, "\n")
end

local function options_text(options)
  if not options or #options == 0 then return "Options: none" end
  local rows = { { "option", "type", "default", "range", "meaning" } }
  for _, option in ipairs(options) do
    local range = range_text(option)
    local meaning = option.doc or ""
    if #range > 22 then
      meaning = meaning .. " (" .. range:gsub(" ", ", ") .. ")"
      range = "see there"
    end
    rows[#rows + 1] = { option.name, option.type, default_text(option), range, meaning }
  end
  return "Options\n" .. rows_text(rows)
end

-- ---- models

local function models()
  local by_name, list = {}, internal.models and internal.models() or {}
  for _, model in ipairs(list) do by_name[model.name] = model end
  return by_name, list
end

local function common_options()
  local names = {}
  for _, option in ipairs(docs.options["jv.fit"] or {}) do names[#names + 1] = option.name end
  return table.concat(names, ", ")
end

local function takes_regressors(model)
  for _, tag in ipairs(model.tags) do
    if tag == "regressors" then return true end
  end
  return false
end

local function model_page(model)
  local parts = { ("%s: %s"):format(model.name, model.title or "a model") }
  local call = docs.text["jv." .. model.name] and signature_of("jv." .. model.name)
    or (rawget(jv, model.name) and "jv.%s(y [, options]) -> fit"
      or 'jv.fit("%s", y [, options]) -> fit'):format(model.name)
  parts[#parts + 1] = ("\n  %s\n"):format(call)
  if model.doc then parts[#parts + 1] = text.wrap(model.doc, WIDTH) .. "\n" end
  parts[#parts + 1] = options_text(model.options)
  parts[#parts + 1] = "\n" .. text.wrap("Every model also takes " .. common_options() .. ', season and seed'
    .. (takes_regressors(model) and ", this one xreg" or "") .. ': see help "jv.fit".', WIDTH)
  local facts = ("Takes at least %d observation%s."):format(model.min_n, model.min_n == 1 and "" or "s")
  if #model.tags > 0 then facts = facts .. " Can: " .. table.concat(model.tags, ", ") .. "." end
  parts[#parts + 1] = "\n" .. text.wrap(facts, WIDTH)
  if model.source then parts[#parts + 1] = text.wrap("Source: " .. model.source, WIDTH) end
  return page(true, table.unpack(parts))
end

-- ---- classes and modules

-- Full names of a class's methods and fields, in order.
local function members_of(class)
  local names, listed = {}, {}
  local function add(name)
    if not listed[name] then names[#names + 1] = name end
    listed[name] = true
  end
  for _, member in ipairs(docs.classes[class] or {}) do
    local method = class .. ":" .. member
    add(docs.text[method] and method or class .. "." .. member)
  end
  for _, name in ipairs(docs.names) do -- those that Lua code documented
    if class ~= "jv" and name:match("^([%w_]+)[:.][%w_]+$") == class then add(name) end
  end
  return names
end

local function is_class(name)
  return docs.classes[name] ~= nil or (docs.text[name] ~= nil and #members_of(name) > 0)
end

local function class_page(class)
  local doc = docs.text[class] or class
  if signature_of(class) == class then doc = description_of(class) end
  if docs.text["jv." .. class] then
    doc = ("%s\n\nMade by %s; help \"jv.%s\" tells more."):format(doc, signature_of("jv." .. class), class)
  end
  return page(true, ("%s\n"):format(class), text.wrap(doc, WIDTH), "", list_text(members_of(class), class))
end

-- Full names of what stands under "jv.stats", in order.
local function names_under(prefix)
  local names = {}
  for _, name in ipairs(docs.names) do
    if name:sub(1, #prefix + 1) == prefix .. "." and not name:find("[.:]", #prefix + 2) then
      names[#names + 1] = name
    end
  end
  return names
end

local function module_page(name)
  local parts = { name }
  if docs.text[name] then parts[#parts + 1] = "\n" .. text.wrap(docs.text[name], WIDTH) end
  parts[#parts + 1] = "\n" .. list_text(names_under(name))
  return page(true, table.unpack(parts))
end

local function name_page(name)
  local parts = { signature_of(name) }
  local body = description_of(name)
  if body ~= signature_of(name) then parts[#parts + 1] = "\n" .. text.wrap(body, WIDTH) end
  if docs.options[name] then parts[#parts + 1] = "\n" .. options_text(docs.options[name]) end
  if #names_under(name) > 0 then parts[#parts + 1] = "\n" .. list_text(names_under(name)) end
  return page(true, table.unpack(parts))
end

-- ---- the overview

local overview = {
  { "periods and series", "jv.period jv.period_range jv.freq jv.unit jv.series" },
  { "models", "jv.fit jv.auto jv.combine jv.models jv.load jv.model.define" },
  { "evaluation", "jv.backtest jv.accuracy jv.pinball jv.winkler jv.coverage" },
  { "statistics", "jv.stats jv.features jv.find_frequency jv.fourier jv.calendar" },
  { "decomposition", "jv.stl jv.mstl jv.classical jv.trend jv.seasonally_adjusted" },
  { "mending", "jv.outliers jv.level_shifts jv.clean jv.interpolate" },
  { "filings", "jv.edgar jv.guidance jv.claim" },
  { "files", "jv.csv jv.json jv.panel jv.file" },
  { "reports", "jv.report" },
}

-- Is there anything under this name? Lazy parts count.
local function exists(name)
  if docs.text[name] then return true end
  local value = jv
  for key in name:gmatch("[^.]+") do
    if key ~= "jv" then
      if type(value) ~= "table" then return false end
      if value == jv and internal.lazy[key] then return true end
      value = rawget(value, key)
    end
  end
  return value ~= nil
end

local function existing(names)
  local kept = {}
  for name in names:gmatch("%S+") do
    if exists(name) then kept[#kept + 1] = (name:gsub("^jv%.", "")) end
  end
  return table.concat(kept, "  ")
end

local function overview_page()
  local rows = {}
  for _, group in ipairs(overview) do
    local names = existing(group[2])
    if names ~= "" then rows[#rows + 1] = { group[1], names } end
  end
  local _, list = models()
  local names = {}
  for i, model in ipairs(list) do names[i] = model.name end
  if #names > 0 then rows[#rows + 1] = { "built-in models", table.concat(names, "  ") } end
  local classes = {}
  for name, members in pairs(docs.classes) do
    if #members > 0 then classes[#classes + 1] = name end
  end
  table.sort(classes)
  if #classes > 0 then rows[#rows + 1] = { "kinds of value", table.concat(classes, "  ") } end
  return page(true, ("Jevons %s: forecasting and capital expenditure, in Lua.\n"):format(jv.version),
    'Everything stands in the table jv = require "jevons".\n', text.columns(rows, WIDTH, "  "), "",
    '  help "jv.series"   a function        help "series"       a kind of value',
    '  help "ets"         a model           help "series:lag"   a method',
    '  help "damped"      an option         help(x)            any value',
    "  topics: " .. table.concat(topics.names, "  "))
end

-- ---- looking up

local function all_names()
  local names = {}
  for i, name in ipairs(docs.names) do names[i] = name end
  for name in pairs(models()) do names[#names + 1] = name end
  return names
end

-- Names whose last part is `name`.
local function ending_in(name)
  local found = {}
  for _, full in ipairs(docs.names) do
    if full:match("[.:]([^.:]+)$") == name then found[#found + 1] = full end
  end
  return found
end

-- The name that was meant; a short one is compared with the last parts.
local function nearest(name)
  local near = internal.nearest(name, all_names())
  if near or name:find("[.:]") then return near end
  local parts, full = {}, {}
  for _, candidate in ipairs(docs.names) do
    local last = candidate:match("[^.:]+$")
    parts[#parts + 1] = last
    full[last] = full[last] or candidate
  end
  near = internal.nearest(name, parts)
  return near and full[near]
end

-- Rows "NAME: meaning" of every option of this name, models with the same meaning together.
local function option_page(name)
  local owners, order = {}, {}
  local function note(owner, list)
    for _, option in ipairs(list or {}) do
      if option.name == name then
        local doc = option.doc or ""
        if not owners[doc] then
          owners[doc] = {}
          order[#order + 1] = doc
        end
        table.insert(owners[doc], owner)
      end
    end
  end
  local by_name, list = models()
  note("every model", docs.options["jv.fit"])
  for _, model in ipairs(list) do note(model.name, model.options) end
  for _, full in ipairs(docs.names) do
    local is_model = full == "jv.fit" or by_name[full:match "^jv%.(.+)$" or full]
    if not is_model then note(full, docs.options[full]) end
  end
  if #order == 0 then return nil end
  local rows = {}
  for _, doc in ipairs(order) do
    rows[#rows + 1] = text.wrap(table.concat(owners[doc], ", ") .. ":", WIDTH, "  ")
    rows[#rows + 1] = text.wrap(doc, WIDTH, "      ")
  end
  return page(true, ("'%s' is an option of:\n"):format(name), table.concat(rows, "\n"))
end

-- Names whose text has the word: what help falls back on.
local function telling_of(word)
  local found = {}
  if #word < 4 then return found end
  word = word:lower()
  for _, full in ipairs(docs.names) do
    if (docs.text[full] or ""):lower():find(word, 1, true) then found[#found + 1] = full end
  end
  return found
end

local function unknown_page(name)
  local containing = {}
  for _, full in ipairs(all_names()) do
    if #name >= 3 and full:lower():find(name:lower(), 1, true) then containing[#containing + 1] = full end
  end
  local near = nearest(name)
  local message = ("nothing is called '%s'"):format(name)
  if near then message = message .. (", did you mean '%s'?"):format(near) end
  local telling = telling_of(name)
  if #containing > 0 then
    local most = math.min(#containing, 12)
    message = message .. "\nNames that contain it: " .. table.concat(containing, ", ", 1, most)
  elseif #telling > 0 then
    message = message .. "\nTexts that tell of it: " .. table.concat(telling, ", ", 1, math.min(#telling, 12))
  elseif not near then
    message = message .. "; help() says what there is"
  end
  return page(false, message)
end

local function load_lazy(name)
  local key = name:match("^jv%.([%w_]+)")
  if key and internal.lazy[key] then local _ = jv[key] end
end

local function exact_page(name)
  load_lazy(name)
  local model = models()[name:match("^jv%.([%w_]+)$") or name]
  if model then return model_page(model) end
  if is_class(name) then return class_page(name) end
  if docs.text[name] then return name_page(name) end
  if #names_under(name) > 0 then return module_page(name) end
  return nil
end

local function help_on_name(name)
  local method = name:match("^[%w_]+%.[%w_]+$") and name:gsub("%.", ":") or name
  local found = exact_page(name) or exact_page("jv." .. name) or exact_page(method)
  if found then return found end
  local ends = ending_in(name)
  if #ends == 1 then return name_page(ends[1]) end
  if #ends > 1 then return page(true, ("'%s' is the name of:\n"):format(name), list_text(ends)) end
  local topic = topics.pages[name:lower()]
  if topic then return page(true, topic) end
  internal.find_model(name) -- the model file of that name, where there is one
  return exact_page(name) or option_page(name) or unknown_page(name)
end

-- ---- values

-- Calls visit(qualified, function) for every function that can be reached from jv.
local function each_function(visit)
  local seen = {}
  local function walk(prefix, value)
    seen[value] = true
    local keys = {}
    for key in pairs(value) do
      if type(key) == "string" then keys[#keys + 1] = key end
    end
    table.sort(keys)
    for _, key in ipairs(keys) do
      local member, name = value[key], prefix .. "." .. key
      if type(member) == "function" then visit(name, member) end
      if type(member) == "table" and not seen[member] then walk(name, member) end
    end
  end
  for key in pairs(internal.lazy) do local _ = jv[key] end
  walk("jv", jv)
end

local function name_of(fn)
  if docs.of[fn] then return docs.of[fn] end
  local found
  each_function(function(name, member) if member == fn then found = found or name end end)
  return found
end

local function module_of(value)
  if value == jv then return "jv" end
  for key, member in pairs(jv) do
    if member == value then return "jv." .. key end
  end
  return nil
end

local function class_of(value)
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:match("^jevons%.([%w_]+)$") or nil
end

local function help_on_value(value)
  if type(value) == "function" then
    local name = name_of(value)
    return name and exact_page(name) or page(false, "a function that has no documentation")
  end
  if value == jv then return overview_page() end
  local class, meta = class_of(value), debug.getmetatable(value)
  if class and is_class(class) then return class_page(class) end
  local told = type(meta) == "table" and rawget(meta, "__help") -- what Lua code makes: where it is told
  if told then return exact_page(told) end
  local module = type(value) == "table" and module_of(value)
  if module then return exact_page(module) or module_page(module) end
  return page(false, ("a value of type %s; help() says what there is"):format(class or type(value)))
end

function jv.help(...)
  if select("#", ...) == 0 then return overview_page() end
  local value = ...
  if type(value) == "string" then return help_on_name(value) end
  return help_on_value(value)
end

jv.doc("jv.help", jv.help, [[
jv.help([name or value]) -> page

What a function, a kind of value, a model, a module or a value is; without an argument, what there
is. The prompt shows the page; in a script, print(jv.help "ets") does.]])

-- ---- completeness

local function documented(name, fn)
  local own = docs.of[fn]
  local text_of = docs.text[name] or (own and docs.text[own])
  if text_of and text_of ~= "" then return true end
  local model = models()[name:match("^jv%.([%w_]+)$") or ""]
  return model ~= nil and model.doc ~= nil and model.doc ~= ""
end

-- Methods of the classes: those of metatables that the registry knows as "jevons.NAME".
local function each_method(visit)
  for key, meta in pairs(debug.getregistry()) do
    local class = type(key) == "string" and type(meta) == "table" and key:match("^jevons%.([%w_]+)$")
    local methods = class and (rawget(meta, "__methods") or rawget(meta, "__index"))
    if type(methods) == "table" then
      for name, fn in pairs(methods) do
        if type(fn) == "function" then visit(class .. ":" .. tostring(name), fn) end
      end
    end
  end
end

function jv.undocumented()
  local names = {}
  local function note(name, fn)
    if not documented(name, fn) then names[#names + 1] = name end
  end
  each_function(note)
  each_method(note)
  table.sort(names)
  return names
end

jv.doc("jv.undocumented", jv.undocumented, [[
jv.undocumented() -> list of names

The functions that can be reached from jv, and the methods of its values, that have no
documentation. `make check` fails unless the list is empty.]])
