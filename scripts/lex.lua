-- The words of a piece of Lua, as far as the prompt needs them: which names stand in it, and which
-- locals its outermost block declares. It never fails; text that is not Lua gives some tokens.
local lex = {}

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  keywords[word] = true
end
lex.keywords = keywords

-- End of the long bracket that begins at `from`, or nil when there is none there.
local function long_bracket(text, from)
  local level = text:match("^%[(=*)%[", from)
  if not level then return nil end
  local _, stop = text:find("]" .. level .. "]", from + #level + 2, true)
  return stop or #text
end

local function short_string(text, from)
  local quote, i = text:sub(from, from), from + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote or c == "\n" then
      return i
    end
    i = i + 1
  end
  return #text
end

-- End of the comment that begins at `from`.
local function comment(text, from)
  local stop = long_bracket(text, from + 2)
  if stop then return stop end
  return (text:find("\n", from, true) or #text + 1) - 1
end

local function token_at(text, i)
  local word = text:match("^[%a_][%w_]*", i)
  if word then return keywords[word] and "keyword" or "name", i + #word - 1 end
  local c = text:sub(i, i)
  if c == '"' or c == "'" then return "string", short_string(text, i) end
  if text:sub(i, i + 1) == "--" then return "comment", comment(text, i) end
  if c == "[" and long_bracket(text, i) then return "string", long_bracket(text, i) end
  local number = text:match("^%.?%d[%w.]*", i)
  if number then return "number", i + #number - 1 end
  return "mark", i
end

-- List of {kind, text, from, to}; comments and spaces are left out.
function lex.tokens(text)
  local out, i = {}, 1
  while i <= #text do
    i = text:find("%S", i)
    if not i then break end
    local kind, stop = token_at(text, i)
    if kind ~= "comment" then
      out[#out + 1] = { kind = kind, text = text:sub(i, stop), from = i, to = stop }
    end
    i = stop + 1
  end
  return out
end

-- Names of a `local` statement whose first token after the word is tokens[i]. A variable that is
-- closed at the end of its block cannot be kept.
local function declared(tokens, i, out)
  if tokens[i] and tokens[i].text == "function" then
    if tokens[i + 1] and tokens[i + 1].kind == "name" then out[#out + 1] = tokens[i + 1].text end
    return
  end
  while tokens[i] and tokens[i].kind == "name" do
    local name, attribute = tokens[i].text, nil
    i = i + 1
    if tokens[i] and tokens[i].text == "<" then
      attribute = tokens[i + 1] and tokens[i + 1].text
      i = i + 3
    end
    if attribute ~= "close" then out[#out + 1] = name end
    if not (tokens[i] and tokens[i].text == ",") then return end
    i = i + 1
  end
end

-- `while` and `for` open their block with the `do` that follows.
local opens = { ["do"] = true, ["function"] = true, ["if"] = true, ["repeat"] = true }
local closes = { ["end"] = true, ["until"] = true }

-- Names that `local` declares in the outermost block, in order, each once.
function lex.top_locals(tokens)
  local depth, found = 0, {}
  for i, token in ipairs(tokens) do
    if token.kind == "keyword" then
      if opens[token.text] then depth = depth + 1 end
      if closes[token.text] then depth = depth - 1 end
      if token.text == "local" and depth == 0 then declared(tokens, i + 1, found) end
    end
  end
  local out, seen = {}, {}
  for _, name in ipairs(found) do
    if not seen[name] then out[#out + 1] = name end
    seen[name] = true
  end
  return out
end

return lex
