-- The Markdown twin of a report: the same words, tables in pipes, charts as their figures.
--
-- A letter after a figure says its evidence (the legend closes the text); the filings behind all
-- figures are listed at the end.
local chart = require "jevons.report.chart"
local figure = require "jevons.report.figure"
local lineage = require "jevons.report.lineage"
local number = require "jevons.report.number"

local markdown = {}
local blocks = {}

local function note_sources(page, fig)
  if not fig.lineage then return end
  for _, node in ipairs(lineage.filings(fig.lineage)) do
    if not page.seen[node.accession] then
      page.seen[node.accession] = true
      page.filings[#page.filings + 1] = node
    end
  end
end

local function figure_text(page, fig, text)
  note_sources(page, fig)
  if fig.what then return "*missing: " .. fig.what .. "*" end
  local mark = fig.kind == "number" and fig.status and figure.MARK[fig.status]
  return (text or fig.text) .. (mark and "<sup>" .. mark .. "</sup>" or "")
end

local function heading(depth, text)
  return ("#"):rep(math.min(depth + 1, 6)) .. " " .. text
end

local function render_blocks(page, list)
  local out = {}
  for i, block in ipairs(list) do
    local in_list = i > 1 and block.kind == "number" and list[i - 1].kind == "number"
    out[#out + 1] = (i == 1 and "" or in_list and "\n" or "\n\n") .. blocks[block.kind](page, block)
  end
  return table.concat(out)
end

function blocks.heading(_, block)
  return heading(block.depth, block.text)
end

function blocks.section(page, block)
  return heading(block.depth, block.title) .. "\n\n" .. render_blocks(page, block.blocks)
end

function blocks.text(page, block)
  return (block.markdown:gsub("{([%a_][%w_]*)}", function(name)
    local fig, text = figure.prose(block.figures[name])
    return figure_text(page, fig, text)
  end):gsub("%s+$", ""))
end

function blocks.warning(_, block)
  return "> **Note.** " .. block.markdown
end

function blocks.missing(_, block)
  return "> **Missing: " .. block.what .. ".**" .. (block.add and " To bring it: " .. block.add or "")
end

function blocks.number(page, block)
  local fig, text = figure.prose { quantity = block.value, unit = block.unit, digits = block.digits,
                                   signed = block.signed }
  return ("- **%s:** %s%s"):format(block.label, figure_text(page, fig, text),
                                 block.text and ". " .. block.text or "")
end

local function cell_text(page, column, cell)
  local text = figure_text(page, figure.of(cell, column))
  return (text:gsub("|", "\\|"):gsub("%s*\n%s*", " "))
end

local function is_numeric(block, column)
  for _, row in ipairs(block.rows) do
    if figure.of(row[column.key], column).kind == "number" then return true end
  end
  return false
end

local function row_text(page, block, row)
  local cells = {}
  for i, column in ipairs(block.columns) do
    if i == 2 and row.missing then
      cells[i] = "*missing:* " .. row.missing
    elseif row.missing and i > 2 then
      cells[i] = ""
    else
      cells[i] = cell_text(page, column, row[column.key])
      if row.total and cells[i] ~= "" then cells[i] = "**" .. cells[i] .. "**" end
    end
  end
  return "| " .. table.concat(cells, " | ") .. " |"
end

local function table_text(page, block)
  local head, rule = {}, {}
  for i, column in ipairs(block.columns) do
    local unit = number.unit_text(column.unit)
    local title = column.title or column.key
    head[i] = unit ~= "" and ("%s (%s)"):format(title, unit) or title
    rule[i] = is_numeric(block, column) and "---:" or "---"
  end
  local lines = { "| " .. table.concat(head, " | ") .. " |", "|" .. table.concat(rule, "|") .. "|" }
  for _, row in ipairs(block.rows) do lines[#lines + 1] = row_text(page, block, row) end
  return table.concat(lines, "\n")
end

function blocks.table(page, block)
  local out = { "**" .. block.title .. "**", table_text(page, block) }
  for _, note in ipairs(block.notes) do out[#out + 1] = note end
  return table.concat(out, "\n\n")
end

local CHART_ROWS = 12 -- of a chart's figures: the CSV has them all

function blocks.chart(page, block)
  local full = chart.as_table(block)
  local n = #full.rows
  local out = { "**" .. block.title .. "**", block.alt }
  if n > CHART_ROWS then
    full.rows = table.move(full.rows, n - CHART_ROWS + 1, n, 1, {})
    out[2] = ("%s The last %d of %d periods; the CSV of the chart%s has all."):format(
      block.alt, CHART_ROWS, n, block.name and " (`" .. block.name .. ".csv`)" or "")
  end
  out[3] = table_text(page, full)
  for _, note in ipairs(block.notes) do out[#out + 1] = note end
  return table.concat(out, "\n\n")
end

local function filings_text(page, ciks)
  if #page.filings == 0 then return "" end
  local lines = {}
  for i, node in ipairs(page.filings) do
    local url = lineage.url(node, ciks)
    local name = url and ("[%s](%s)"):format(node.accession, url) or node.accession
    local parts, filed = {}, node.filed and "filed " .. node.filed or ""
    for _, part in ipairs { node.filer or "", node.form or "", name, filed } do
      if part ~= "" then parts[#parts + 1] = part end
    end
    lines[i] = "- " .. table.concat(parts, " · ")
  end
  return "\n\n## Filings behind the figures\n\n" .. table.concat(lines, "\n")
end

local function legend_text()
  local parts = {}
  for i, status in ipairs(figure.STATUSES) do
    parts[i] = ("<sup>%s</sup> %s (%s)"):format(status.mark, status.name, status.meaning)
  end
  return "Evidence: " .. table.concat(parts, ", ") .. "."
end

function markdown.render(report)
  local page = { filings = {}, seen = {} }
  local head = { "# " .. report.title }
  if report.subtitle then head[#head + 1] = "*" .. report.subtitle .. "*" end
  local meta = {}
  if report.date then meta[1] = tostring(report.date) end
  if report.as_of then meta[#meta + 1] = "known on " .. tostring(report.as_of) end
  if #meta > 0 then head[#head + 1] = table.concat(meta, " · ") end
  local body = render_blocks(page, report.blocks)
  return table.concat(head, "\n\n") .. "\n\n" .. body .. filings_text(page, report.ciks) .. "\n\n---\n\n" ..
    legend_text() .. "\n"
end

return markdown
