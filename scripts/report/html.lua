-- The HTML of a report: one self-contained page.
--
-- Every figure with evidence is a link to its entry in the list of sources at the end of the page;
-- the script turns the entry into a card on hover, focus and click. Without the script, and on paper,
-- the links and the list still serve.
local assets = require "jevons.report.assets"
local chart = require "jevons.report.chart"
local figure = require "jevons.report.figure"
local json = require "jevons.report.json"
local lineage = require "jevons.report.lineage"
local number = require "jevons.report.number"
local still = require "jevons.report.still"

local html = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function escape(text)
  return (tostring(text):gsub("[&<>\"']", ENTITIES))
end

local function markdown(text)
  return require("jevons").markdown(text)
end

-- Names with underscores may break there: they are the longest words of a table.
local function breakable(html_text)
  return (html_text:gsub("(%w)_(%w)", "%1_<wbr>%2"))
end

-- Markdown of one line, without the paragraph around it.
local function inline(text)
  return (markdown(text):gsub("^<p>(.*)</p>\n?$", "%1"))
end

-- ---- lineage: the list of sources ----

-- The entry of a filing, each once: a fact names it, and the script puts it in the fact's place.
local function filing_html(page, node)
  local parts, url = {}, lineage.url(node, page.ciks)
  local name = escape(node.accession)
  if url then name = ('<a href="%s" rel="noreferrer">%s</a>'):format(url, name) end
  local filed = node.filed and "filed " .. escape(node.filed)
  for _, part in ipairs { node.filer and escape(node.filer) or "", node.form and escape(node.form) or "",
                          name, filed or "" } do
    if part ~= "" then parts[#parts + 1] = part end
  end
  return table.concat(parts, " · ")
end

local function filing_link(page, node)
  local body = filing_html(page, node)
  local id = page.filing_ids[body]
  if not id then
    page.filings[#page.filings + 1] = body
    id = "f" .. #page.filings
    page.filing_ids[body] = id
  end
  return ('<a class="in" href="#%s">%s</a>'):format(id, escape(node.accession))
end

local function source_html(page, node)
  local parts = {}
  if node.accession then
    parts[1] = filing_link(page, node)
  else
    parts[1] = node.filer and escape(node.filer)
    parts[#parts + 1] = node.form and escape(node.form)
    parts[#parts + 1] = node.filed and "published " .. escape(node.filed)
  end
  parts[#parts + 1] = node.tag and "<code>" .. escape(node.tag) .. "</code>"
  local span = lineage.span(node)
  if span ~= "" then parts[#parts + 1] = escape(span) end
  parts[#parts + 1] = node.note and escape(node.note)
  return table.concat(parts, " · ")
end

-- The id of a node's entry. Every node has one, in which its inputs are named and not repeated: the
-- script unfolds them, as far as a card can show.
local function entry_of(page, node)
  if page.node_ids[node] then return page.node_ids[node] end
  local value = escape(lineage.value_text(node))
  local out = { value ~= "" and "<b>" .. value .. "</b> " or "" }
  if node.operation then out[#out + 1] = "<i>" .. escape(node.operation) .. "</i> " end
  if node.accession or node.tag or node.note then out[#out + 1] = source_html(page, node) end
  if node.inputs then
    local inputs = {}
    for i, input in ipairs(node.inputs) do
      local text = lineage.value_text(input)
      inputs[i] = ('<li><a class="in" href="#%s">%s</a></li>'):format(
        entry_of(page, input), escape(text ~= "" and text or "its source"))
    end
    out[#out + 1] = "<ul>" .. table.concat(inputs) .. "</ul>"
  end
  local body = table.concat(out)
  if not page.entry_ids[body] then
    page.entries[#page.entries + 1] = body
    page.entry_ids[body] = "s" .. #page.entries
  end
  page.node_ids[node] = page.entry_ids[body]
  return page.node_ids[node]
end

-- The id of the entry for a figure's lineage; nil without lineage.
local function cite(page, fig)
  if not fig.lineage then return nil end
  page.cited = page.cited + 1
  return entry_of(page, fig.lineage)
end

local function mark_html(status)
  if not status or not figure.MARK[status] then return "" end
  return ('<span class="ev %s" role="img" aria-label="%s"></span>'):format(status, status)
end

-- A figure as a link to its sources, or as plain text where it has none.
local function figure_html(page, fig, label, text)
  if fig.kind == "missing" and fig.what then
    return ('<span class="missing">missing</span> <small>%s</small>'):format(escape(fig.what))
  end
  text = escape(text or fig.text)
  local id = cite(page, fig)
  local mark = mark_html(fig.status)
  if not id then return text .. mark end
  return ('<a class="fig" href="#%s" title="%s">%s</a>%s'):format(id, escape(label), text, mark)
end

-- ---- blocks ----

local blocks = {}

local function slug(page, text)
  local base = text:lower():gsub("[^%w]+", "-"):gsub("^%-", ""):gsub("%-$", "")
  if base == "" or base:find("^[fs]%d+$") then base = "part" .. base end -- those are the sources
  page.slugs[base] = (page.slugs[base] or 0) + 1
  return page.slugs[base] == 1 and base or base .. "-" .. page.slugs[base]
end

-- Neighbours of one sort stand side by side: single figures, small charts.
local function group_of(block)
  if block.kind == "number" then return "dl", "numbers" end
  if block.kind == "chart" and block.small then return "div", "pair" end
end

local function render_blocks(page, list)
  local out, open = {}, nil
  for _, block in ipairs(list) do
    local tag, class = group_of(block)
    if tag ~= open then
      if open then out[#out + 1] = "</" .. open .. ">" end
      if tag then out[#out + 1] = ('<%s class="%s">'):format(tag, class) end
      open = tag
    end
    out[#out + 1] = blocks[block.kind](page, block)
  end
  if open then out[#out + 1] = "</" .. open .. ">" end
  return table.concat(out, "\n")
end

function blocks.heading(page, block)
  local level = math.min(block.depth + 1, 6)
  return ('<h%d id="%s">%s</h%d>'):format(level, slug(page, block.text), escape(block.text), level)
end

function blocks.section(page, block)
  local id = slug(page, block.title)
  if block.depth == 1 then page.contents[#page.contents + 1] = { id = id, title = block.title } end
  local level = math.min(block.depth + 1, 6)
  return ('<section aria-labelledby="%s">\n<h%d id="%s">%s</h%d>\n%s\n</section>'):format(
    id, level, id, escape(block.title), level, render_blocks(page, block.blocks))
end

function blocks.text(page, block)
  local body = markdown(block.markdown)
  body = body:gsub("{([%a_][%w_]*)}", function(name)
    local given = block.figures[name]
    local fig, text = figure.prose(given)
    local label = block.labels and block.labels[name] or name
    if type(given) == "table" and given.label then label = given.label end
    return '<span class="q">' .. figure_html(page, fig, label:gsub("_", " "), text) .. "</span>"
  end)
  return ('<div class="%s">%s</div>'):format(block.lead and "text lead" or "text", body)
end

function blocks.warning(_, block)
  return ('<div class="warning" role="note"><strong>Note.</strong> %s</div>'):format(inline(block.markdown))
end

function blocks.missing(_, block)
  local add = block.add and (" To bring it: " .. inline(block.add)) or ""
  return ('<div class="warning gap" role="note"><strong>Missing: %s.</strong>%s</div>'):format(
    inline(block.what), add)
end

function blocks.number(page, block)
  local fig = figure.of(block.value, block)
  local unit = number.unit_text(fig.unit)
  local text = block.text and ('<dd class="say">%s</dd>'):format(inline(block.text)) or ""
  return ('<div><dt>%s</dt><dd class="value">%s%s</dd>%s</div>'):format(
    escape(block.label), figure_html(page, fig, block.label),
    unit ~= "" and ' <span class="unit">' .. escape(unit) .. "</span>" or "", text)
end

-- Verdicts get a colour and a sign; the words alone say it all.
local VERDICTS = { { "^agrees", "good" }, { "^consistent", "good" }, { "^differs", "bad" },
                   { "^not consistent", "bad" }, { "^cannot", "open" } }

-- The verdict itself stands out; under which definition, how and why follow it.
local function split_verdict(text)
  local at = #text + 1
  for _, stop in ipairs { ":", " under ", " (", ";" } do
    at = math.min(at, text:find(stop, 1, true) or at)
  end
  return text:sub(1, at - 1), text:sub(at)
end

local function verdict_html(text)
  local head, rest = split_verdict(text)
  for _, rule in ipairs(VERDICTS) do
    if text:lower():find(rule[1]) then
      return ('<span class="verdict %s">%s</span>%s'):format(rule[2], escape(head), breakable(escape(rest)))
    end
  end
  return escape(text)
end

local function cell_html(page, column, cell, row_name)
  local fig = figure.of(cell, column)
  local name = column.title and column.title ~= "" and column.title or column.key
  local label = row_name ~= "" and row_name .. ", " .. name or name
  if fig.kind == "missing" and not fig.what then
    return column.numeric and '<td class="num">–</td>' or "<td></td>"
  end
  if fig.kind == "number" then return '<td class="num">' .. figure_html(page, fig, label) .. "</td>" end
  local class = column.numeric and ' class="num"' or ""
  if column.kind == "verdict" then return '<td class="say">' .. verdict_html(fig.text) .. "</td>" end
  if column.markdown then return '<td class="prose">' .. inline(fig.text) .. "</td>" end
  if not fig.lineage then return "<td" .. class .. ">" .. breakable(escape(fig.text)) .. "</td>" end
  return "<td" .. class .. ">" .. figure_html(page, fig, label) .. "</td>"
end

-- The columns with what their rows tell: one is numeric in which some row has a number.
local function laid_out(block)
  local columns = {}
  for i, column in ipairs(block.columns) do
    local numeric = false
    for _, row in ipairs(block.rows) do
      numeric = numeric or figure.of(row[column.key], column).kind == "number"
    end
    columns[i] = setmetatable({ numeric = numeric and column.align ~= "left" or column.align == "right" },
                              { __index = column })
  end
  return columns
end

local function head_html(columns)
  local out = {}
  for i, column in ipairs(columns) do
    local unit = number.unit_text(column.unit)
    out[i] = ('<th scope="col"%s>%s%s</th>'):format(
      column.numeric and ' class="num"' or "", escape(column.title or column.key),
      unit ~= "" and '<span class="unit">' .. escape(unit) .. "</span>" or "")
  end
  return "<tr>" .. table.concat(out) .. "</tr>"
end

local function name_of(columns, row)
  for _, column in ipairs(columns) do
    if column.head then return figure.of(row[column.key], column).text end
  end
  return ""
end

-- A row of the same name as the one above it keeps its name for those who hear the table read.
local function row_html(page, columns, row, above)
  local out, row_name = {}, name_of(columns, row)
  local again = above and row_name ~= "" and name_of(columns, above) == row_name
  for i, column in ipairs(columns) do
    if column.head then
      out[i] = ('<th scope="row"%s>%s</th>'):format(again and ' class="again"' or "", escape(row_name))
    elseif i == 2 and row.missing then
      out[i] = ('<td colspan="%d"><span class="missing">missing</span> %s</td>'):format(
        #columns - 1, inline(row.missing))
      break
    else
      out[i] = cell_html(page, column, row[column.key], row_name)
    end
  end
  return "<tr" .. (row.total and ' class="total"' or "") .. ">" .. table.concat(out) .. "</tr>"
end

local function notes_html(notes)
  local out = {}
  for i, note in ipairs(notes) do out[i] = "<p>" .. inline(note) .. "</p>" end
  return #out > 0 and '<div class="notes">' .. table.concat(out) .. "</div>" or ""
end

local function table_html(page, block, caption)
  local rows, columns = {}, laid_out(block)
  for i, row in ipairs(block.rows) do rows[i] = row_html(page, columns, row, block.rows[i - 1]) end
  return ('<div class="scroll" tabindex="0" role="region" aria-label="%s">\n<table>\n%s<thead>%s</thead>\n' ..
    "<tbody>\n%s\n</tbody></table></div>"):format(
    escape(block.title), caption and "<caption><span>" .. escape(block.title) .. "</span></caption>\n" or "",
    head_html(columns), table.concat(rows, "\n"))
end

local SHORT = 8 -- rows of a table that is kept on one sheet of paper

function blocks.table(page, block)
  return ('<figure class="table%s" id="%s">\n%s\n%s</figure>'):format(#block.rows <= SHORT and " short" or "",
    slug(page, block.title), table_html(page, block, true), notes_html(block.notes))
end

-- What the script draws: parallel arrays, so that the order of the keys is that of this function.
local function chart_data(page, block)
  local columns = {}
  for i, column in ipairs(block.columns) do
    local values, refs = {}, {}
    for r, period in ipairs(block.periods) do
      local fig = column.cells[period.text]
      local drawn = fig and fig.kind == "number"
      values[r] = drawn and fig.value or json.null
      refs[r] = drawn and cite(page, fig) or json.null
    end
    columns[i] = { { "name", column.name }, { "role", column.role }, { "style", column.style or "solid" },
                   { "color", column.color or json.null },
                   { "level", column.level or json.null }, { "values", json.list(values) },
                   { "refs", json.list(refs) } }
  end
  local periods, xs, lines = {}, {}, {}
  for r, period in ipairs(block.periods) do periods[r], xs[r] = period.text, period.x end
  for i, line in ipairs(block.lines) do
    lines[i] = { { "value", chart.line_value(block, line) }, { "label", line.label } }
  end
  local marker = block.marker and { { "x", block.marker.x }, { "label", block.marker.label } } or json.null
  return { { "unit", number.unit_text(block.unit) }, { "digits", block.digits }, { "zero", block.zero },
           { "periods", json.list(periods) }, { "days", json.list(xs) }, { "columns", json.list(columns) },
           { "lines", json.list(lines) }, { "marker", marker } }
end

-- Lines in their colours, then the intervals, the widest first.
local function legend_of(block)
  local out, levels, seen = {}, {}, {}
  for _, column in ipairs(block.columns) do
    if not column.level then
      out[#out + 1] = ('<span><i class="%s" style="color:var(%s)"></i>%s</span>'):format(
        column.style or "solid", column.color, escape(column.name))
    elseif not seen[column.level] then
      seen[column.level], levels[#levels + 1] = true, column.level
    end
  end
  table.sort(levels, function(a, b) return a > b end)
  for i, level in ipairs(levels) do
    out[#out + 1] = ('<span><i class="band" style="background:%s"></i>%g\u{a0}%% interval</span>'):format(
      still.band_color(i), level)
  end
  return table.concat(out)
end

function blocks.chart(page, block)
  local id = slug(page, block.title)
  page.has_chart = true
  local unit = number.unit_text(block.unit)
  return ([[<figure class="chart" id="%s">
<figcaption>%s%s</figcaption>
<p class="legend" aria-hidden="true">%s</p>
%s
<div class="plot" role="img" tabindex="0" aria-label="%s"></div>
<p class="readout" aria-live="polite"></p>
<script type="application/json">%s</script>
%s<details><summary>Figures of this chart</summary>
%s</details>
</figure>]]):format(
    id, escape(block.title), unit ~= "" and '<span class="unit">' .. escape(unit) .. "</span>" or "",
    legend_of(block), still.svg(block), escape(block.alt), json.encode(chart_data(page, block)),
    notes_html(block.notes), table_html(page, chart.as_table(block), false))
end

-- ---- the page ----

local function contents_html(page)
  if #page.contents < 2 then return "" end
  local out = {}
  for i, part in ipairs(page.contents) do
    out[i] = ('<li><a href="#%s">%s</a></li>'):format(part.id, escape(part.title))
  end
  return '<nav aria-label="Contents"><ol>' .. table.concat(out) .. "</ol></nav>"
end

local function list_html(summary, ids, bodies)
  local out = {}
  for i, body in ipairs(bodies) do out[i] = ('<li id="%s%d">%s</li>'):format(ids, i, body) end
  return ("<details><summary>%s</summary>\n<ol>\n%s\n</ol></details>"):format(summary,
                                                                              table.concat(out, "\n"))
end

local function sources_html(page)
  if #page.entries == 0 then return "" end
  local steps = ("%d figures, in %d steps down to what was filed"):format(page.cited, #page.entries)
  local filings = #page.filings > 0 and list_html(#page.filings .. " filings", "f", page.filings) or ""
  return '<section id="sources" aria-labelledby="sources-title"><h2 id="sources-title">Where each figure ' ..
    "comes from</h2>\n" .. list_html(steps, "s", page.entries) .. filings .. "</section>"
end

local function legend_html()
  local out = {}
  for i, status in ipairs(figure.STATUSES) do
    out[i] = ("<li>%s<b>%s</b> %s</li>"):format(mark_html(status.name), status.name, escape(status.meaning))
  end
  return '<ul class="evidence" aria-label="Evidence marks">' .. table.concat(out) .. "</ul>"
end

local function head_lines(report)
  local out = {}
  if report.date then out[#out + 1] = "<time>" .. escape(report.date) .. "</time>" end
  if report.as_of then out[#out + 1] = "known on " .. escape(report.as_of) end
  return table.concat(out, " · ")
end

local function new_page(report)
  return { ciks = report.ciks, cited = 0, entries = {}, entry_ids = {}, node_ids = {}, filings = {},
           filing_ids = {}, contents = {}, slugs = { main = 1, sources = 1 } }
end

-- What stands before the first section (the answer), and the rest; the contents go between.
local function split(list)
  local opening, parts = {}, {}
  for _, block in ipairs(list) do
    local to = (#parts > 0 or block.kind == "section") and parts or opening
    to[#to + 1] = block
  end
  return opening, parts
end

-- The scripts and styles of the page; charts' library only where there is a chart.
local function scripts_html(page)
  local out = { "<script>" .. assets.read("report/report.js") .. "</script>" }
  if page.has_chart then
    table.insert(out, 1, "<script>" .. assets.read("report/dygraph.min.js") .. "</script>")
  end
  return table.concat(out, "\n")
end

function html.render(report)
  local page = new_page(report)
  local opening, parts = split(report.blocks)
  opening, parts = render_blocks(page, opening), render_blocks(page, parts)
  local style = page.has_chart and assets.read("report/dygraph.css") or ""
  local meta = head_lines(report)
  return table.concat({
    "<!DOCTYPE html>",
    ('<html lang="%s">'):format(escape(report.language or "en")),
    '<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">\n<meta name="generator" content="Jevons">',
    "<title>" .. escape(report.title) .. "</title>",
    "<style>\n" .. style .. assets.read("report/style.css") .. "</style>\n</head>\n<body>",
    '<a class="skip" href="#main">To the report</a>',
    "<header><h1>" .. escape(report.title) .. "</h1>",
    report.subtitle and '<p class="subtitle">' .. escape(report.subtitle) .. "</p>" or "",
    meta ~= "" and '<p class="meta">' .. meta .. "</p>" or "",
    "</header>",
    '<main id="main">',
    '<div class="opening">' .. opening .. "</div>",
    contents_html(page),
    parts,
    sources_html(page),
    "</main>",
    "<footer>" .. legend_html(),
    "<p>Made with Jevons. Every underlined figure shows where it comes from.</p></footer>",
    scripts_html(page),
    "</body>\n</html>\n",
  }, "\n")
end

return html
