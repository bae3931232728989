-- Text for a screen: wrapping, padding, columns. Widths are counted in characters of UTF-8.
local text = {}

function text.width(s) return utf8.len(s) or #s end

function text.pad(s, width) return s .. (" "):rep(width - text.width(s)) end

-- Wraps one paragraph to `width`; each line begins with `indent`.
local function wrap_paragraph(paragraph, width, indent, out)
  local line = ""
  for word in paragraph:gmatch("%S+") do
    if line ~= "" and text.width(indent .. line) + 1 + text.width(word) > width then
      out[#out + 1] = indent .. line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  if line ~= "" then out[#out + 1] = indent .. line end
end

-- Wraps text: empty lines part paragraphs; lines that begin with two spaces stay as they are.
function text.wrap(s, width, indent)
  local out, paragraph = {}, {}
  indent = indent or ""
  local function flush()
    if #paragraph > 0 then wrap_paragraph(table.concat(paragraph, " "), width, indent, out) end
    paragraph = {}
  end
  for line in (s .. "\n"):gmatch("(.-)\n") do
    if line:match("^%s*$") then
      flush()
      out[#out + 1] = ""
    elseif line:match("^  ") then
      flush()
      out[#out + 1] = indent .. line
    else
      paragraph[#paragraph + 1] = line
    end
  end
  flush()
  while out[#out] == "" do out[#out] = nil end
  return table.concat(out, "\n")
end

-- Rows of cells as aligned columns, the last one wrapped to what is left of `width`.
function text.columns(rows, width, indent)
  local widths, out = {}, {}
  indent = indent or ""
  for _, row in ipairs(rows) do
    for i = 1, #row - 1 do widths[i] = math.max(widths[i] or 0, text.width(row[i])) end
  end
  for _, row in ipairs(rows) do
    local line = indent
    for i = 1, #row - 1 do line = line .. text.pad(row[i], widths[i]) .. "  " end
    local hang = (" "):rep(text.width(line))
    local last = text.wrap(row[#row], math.max(width, #hang + 20), hang)
    out[#out + 1] = (line .. last:sub(#hang + 1)):gsub("%s+$", "")
  end
  return table.concat(out, "\n")
end

-- Names side by side, down the columns first, as a shell lists files.
function text.list(names, width)
  local longest = 0
  for _, name in ipairs(names) do longest = math.max(longest, text.width(name)) end
  local columns = math.max(1, (width + 2) // (longest + 2))
  local height = math.ceil(#names / columns)
  local out = {}
  for i = 1, height do
    local cells = {}
    for k = i, #names, height do cells[#cells + 1] = text.pad(names[k], longest) end
    out[i] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(out, "\n")
end

return text
