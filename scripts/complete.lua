-- What Tab offers at the prompt: complete(text before the cursor) -> text to insert, text to show.
-- Names, fields and methods come from the values themselves, without calling anything; what a call
-- would give is read off the documented signature ("-> series"). Inside quotes: names for help(),
-- models for jv.fit(), files elsewhere.
local jv = require "jevons"
local internal = require "jevons.internal"
local lex = require "jevons.lex"
local text = require "jevons.text"
local topics = require "jevons.topics"

local docs = internal.docs
local MOST = 300

-- ---- what an expression is: {value=…} when it can be had, {class="series"} when only its kind

local function index(value, key)
  local good, member = pcall(function() return value[key] end)
  if good and member ~= nil then return member end
  return nil
end

local function class_of(value)
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:match("^jevons%.([%w_]+)$") or nil
end

-- "jv.period(text) -> period" says that a call gives a period.
local function result_class(qualified)
  local signature = docs.text[qualified] and docs.text[qualified]:match("^[^\n]*")
  local name = signature and signature:match("%->%s*([%w_]+)%s*$")
  if name and (docs.classes[name] or docs.text[name]) then return name end
  return nil
end

local function start_of(name)
  local value, is_kept = internal.kept_value(name)
  if is_kept then return { value = value, name = name } end
  return { value = _G[name], name = name }
end

local function member_of(node, key, is_method)
  if node.value ~= nil then
    local member = index(node.value, key)
    local class = class_of(node.value)
    local owner = class and class .. (is_method and ":" or ".") or (node.name or "?") .. "."
    if type(member) == "function" and docs.of[member] then owner, key = docs.of[member], "" end
    return { value = member, name = owner .. key }
  end
  if node.class then return { name = node.class .. (is_method and ":" or ".") .. key, unknown = true } end
  return nil
end

local function call_of(node)
  local class = node.name and result_class(node.name)
  return class and { class = class } or nil
end

-- Index of the mark that opens what the mark at `i` closes.
local function opening(tokens, i)
  local depth = 0
  for k = i, 1, -1 do
    local mark = tokens[k].kind == "mark" and tokens[k].text
    if mark == ")" or mark == "]" or mark == "}" then depth = depth + 1 end
    if mark == "(" or mark == "[" or mark == "{" then depth = depth - 1 end
    if depth == 0 then return k end
  end
  return nil
end

local resolve

-- Value of the key between brackets, where it is one literal.
local function literal_key(tokens, from, to)
  if from ~= to then return nil end
  local token = tokens[from]
  if token.kind == "number" then return math.tointeger(tonumber(token.text)) or tonumber(token.text) end
  if token.kind == "string" then return token.text:match("^[\"'](.*)[\"']$") end
  return nil
end

local function resolve_bracket(tokens, last)
  local open = opening(tokens, last)
  if not open or open == 1 then return nil end
  local node = resolve(tokens, open - 1)
  if tokens[open].text == "[" then
    local key = node and literal_key(tokens, open + 1, last - 1)
    return key ~= nil and node.value ~= nil and { value = index(node.value, key) } or nil
  end
  return node and call_of(node)
end

-- What the expression that ends with tokens[last] is; nil when nothing is known.
resolve = function(tokens, last)
  local token = tokens[last]
  if not token then return nil end
  local before = tokens[last - 1]
  if token.kind == "mark" and (token.text == ")" or token.text == "]" or token.text == "}") then
    return resolve_bracket(tokens, last)
  end
  if token.kind == "string" and before and (before.kind == "name" or before.text == ")") then
    local node = resolve(tokens, last - 1) -- f "text"
    return node and call_of(node)
  end
  if token.kind ~= "name" then return nil end
  if before and (before.text == "." or before.text == ":") then
    local node = resolve(tokens, last - 2)
    return node and member_of(node, token.text, before.text == ":")
  end
  return start_of(token.text)
end

-- ---- candidates

local function add_table_keys(out, value)
  for key in next, value do
    if type(key) == "string" then out[key] = true end
  end
  local meta = getmetatable(value)
  local inherited = type(meta) == "table" and rawget(meta, "__index")
  if type(inherited) == "table" and inherited ~= value then add_table_keys(out, inherited) end
  if value == jv then
    for key in pairs(internal.lazy) do out[key] = true end
  end
end

local function add_class(out, class, separator)
  local start = class .. separator
  for _, name in ipairs(docs.names) do
    if name:sub(1, #start) == start then out[name:sub(#start + 1)] = true end
  end
end

-- Fields that the class's text lists ("Fields: form, aic …") and the value has.
local function add_fields(out, class, value)
  local listed = docs.text[class] and docs.text[class]:match("Fields:(.*)$")
  for word in (listed or ""):gmatch("[%a_][%w_]*") do
    local member = index(value, word)
    if member ~= nil and type(member) ~= "function" then out[word] = true end
  end
end

local function members(node, separator)
  local out = {}
  local value = node.value
  local class = node.class or (value ~= nil and class_of(value)) or nil
  if class then add_class(out, class, separator) end
  if class and type(value) == "userdata" and separator == "." then add_fields(out, class, value) end
  if type(value) == "table" then add_table_keys(out, value) end
  if type(value) == "string" and separator == ":" then add_table_keys(out, string) end
  local meta = type(value) == "userdata" and debug.getmetatable(value)
  local methods = meta and (rawget(meta, "__methods") or rawget(meta, "__index"))
  if separator == ":" and type(methods) == "table" then add_table_keys(out, methods) end
  return out
end

local function globals()
  local out = {}
  for word in pairs(lex.keywords) do out[word] = true end
  for name in pairs(internal.kept) do out[name] = true end
  add_table_keys(out, _G)
  return out
end

-- Index of the last mark `open` that nothing closes before the token at `last`.
local function unclosed(tokens, last, open)
  local depth = 0
  for k = last, 1, -1 do
    local mark = tokens[k].kind == "mark" and tokens[k].text
    if mark == ")" or mark == "]" or mark == "}" then depth = depth + 1 end
    if mark == "(" or mark == "[" or mark == "{" then
      if depth == 0 then return mark == open and k or nil end
      depth = depth - 1
    end
  end
  return nil
end

local function add_rows(out, rows)
  for _, option in ipairs(rows or {}) do out[option.name] = true end
end

-- Options of the function of this name: its rows, those of a model and of every model, and the keys
-- that its signature shows, "{level=, xreg=}".
local function add_options(out, name)
  add_rows(out, docs.options[name])
  local signature = docs.text[name] and docs.text[name]:match("^[^\n]*") or ""
  for braces in signature:gmatch("%b{}") do
    for key in braces:gmatch("([%a_][%w_]*)=") do out[key] = true end
  end
  local is_model = name == "jv.fit"
  for _, model in ipairs(internal.models()) do
    if name == "jv." .. model.name then
      is_model = true
      add_rows(out, model.options)
    end
  end
  if not is_model then return end
  add_rows(out, docs.options["jv.fit"])
  for _, key in ipairs { "season", "seed", "xreg" } do out[key] = true end
end

-- Where the token at `last` ends what stands before a key of a call's table, f(y, { a = 1, |: the
-- options of f; nil elsewhere.
local function option_candidates(tokens, last)
  local before = tokens[last] and tokens[last].text
  local brace = (before == "{" or before == ",") and unclosed(tokens, last, "{")
  if not brace then return nil end
  local at = tokens[brace - 1] and tokens[brace - 1].text
  local fn = brace - 1
  if at == "," or at == "(" then
    local paren = unclosed(tokens, brace - 1, "(")
    if not paren then return nil end
    fn = paren - 1
  end
  local node = resolve(tokens, fn)
  if not node or not node.name then return nil end
  local out = {}
  add_options(out, node.name)
  return next(out) and out or nil
end

local function file_names(typed)
  local lfs = require "lfs"
  local folder = typed:match("^(.*/)") or ""
  local out = {}
  local good, entries, state = pcall(lfs.dir, folder == "" and "." or folder)
  if not good then return out end
  for entry in entries, state do
    if entry:sub(1, 1) ~= "." or typed:sub(#folder + 1, #folder + 1) == "." then
      local full = folder .. entry
      if entry ~= "." and entry ~= ".." then
        out[lfs.attributes(full, "mode") == "directory" and full .. "/" or full] = true
      end
    end
  end
  return out
end

-- Inside quotes: what stands before them decides.
local function string_candidates(tokens, typed)
  local before = tokens[#tokens - 1]
  local fn = before and before.text == "(" and tokens[#tokens - 2] or before
  local out = {}
  if fn and fn.text == "help" then
    for _, name in ipairs(docs.names) do out[name] = true end
    for _, name in ipairs(topics.names) do out[name] = true end
  end
  if fn and (fn.text == "help" or fn.text == "fit" or fn.text == "combine") then
    for _, name in ipairs(jv.models()) do out[name] = true end
  end
  return next(out) and out or file_names(typed)
end

-- ---- the answer

local function sorted_matches(set, typed)
  local out = {}
  for name in pairs(set) do
    if name:sub(1, #typed) == typed and (typed ~= "" or name:sub(1, 1) ~= "_") then out[#out + 1] = name end
  end
  table.sort(out)
  return out
end

local function common_start(names)
  local common = names[1]
  for _, name in ipairs(names) do
    local n = 0
    while n < #common and common:byte(n + 1) == name:byte(n + 1) do n = n + 1 end
    common = common:sub(1, n)
  end
  return common
end

local function listing(names)
  if #names > MOST then
    names = table.move(names, 1, MOST, 1, {})
    names[#names + 1] = "…"
  end
  local short = {}
  for i, name in ipairs(names) do short[i] = name:match("[^/]+/?$") or name end
  return text.list(short, internal.terminal.width("stdout"))
end

local function answer(set, typed, close)
  local names = sorted_matches(set, typed)
  if #names == 0 then return "", "" end
  local common = common_start(names)
  if #names == 1 then return common:sub(#typed + 1) .. (common:sub(-1) == "/" and "" or close), "" end
  if #common > #typed then return common:sub(#typed + 1), "" end
  return "", listing(names)
end

-- After an open parenthesis: the signature and what the function does, in a few lines.
local function signature(tokens)
  local node = resolve(tokens, #tokens - 1)
  local doc = node and node.name and docs.text[node.name]
  if not doc then return "", "" end
  local head, body = doc:match("^([^\n]*)\n*(.*)$")
  if body == "" then return "", head end
  return "", head .. "\n" .. text.wrap(body, internal.terminal.width("stdout") - 2, "  ")
end

-- Is the last token a string that has not been closed? Then what stands in it.
local function open_string(token)
  if not token or token.kind ~= "string" then return nil end
  local quote = token.text:sub(1, 1)
  if quote == "[" or (#token.text > 1 and token.text:sub(-1) == quote) then return nil end
  return token.text:sub(2), quote
end

return function(line)
  local tokens = lex.tokens(line)
  local last = tokens[#tokens]
  if not last then return "  ", "" end -- an indent
  local typed, quote = open_string(last)
  if typed then return answer(string_candidates(tokens, typed), typed, quote) end
  if last.to < #line then
    local options = option_candidates(tokens, #tokens)
    return answer(options or globals(), "", options and " = " or "")
  end
  if last.text == "(" then return signature(tokens) end
  typed = ""
  local mark = #tokens
  if last.kind == "name" or last.kind == "keyword" then
    typed = last.text
    mark = mark - 1
  end
  local separator = tokens[mark] and tokens[mark].text
  local options = option_candidates(tokens, mark)
  if options then return answer(options, typed, " = ") end
  if separator ~= "." and separator ~= ":" then return answer(globals(), typed, "") end
  local node = resolve(tokens, mark - 1)
  if not node then return "", "" end
  return answer(members(node, separator), typed, "")
end
